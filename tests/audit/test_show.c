/* The entries in human words: only of a bundle that holds, filtered, for people and for scripts. */
#include "core/base/text.h"
#include "core/json/json.h"
#include "core/model/value.h"
#include "tests/audit/support_bundle.h"
#include "tests/audit/support_command.h"
#include "tests/audit/support_folder.h"
#include "tools/audit/command.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static struct support_log office;
static struct support_bundle bundle;
static char path[SUPPORT_PATH_BYTES];
static char folder[SUPPORT_PATH_BYTES];
static char key_file[SUPPORT_PATH_BYTES];

static void write_bundle(void)
{
    support_bundle_make(&office, 0, &bundle);
    support_bundle_write(&bundle, folder);
    support_bundle_end(&bundle);
}

/* 0 certificate, 1 and 2 enrolments, 3 assignment, 4 to 7 data, 8 revocation of device 2, 9 handed in, 10 data, 11 an
 * enrolment by a device. */
static int setup(void **state)
{
    (void)state;
    struct hf_buf text = {0};
    assert_int_equal(hf_crypto_init(false), HF_OK);
    support_small_log(&office, 4);
    (void)support_enrol_by(&office, 1, 5, 5);
    support_folder_make(path);
    (void)snprintf(folder, sizeof folder, "%s", support_path(path, "bundle"));
    (void)snprintf(key_file, sizeof key_file, "%s", support_path(path, "authority.pub"));
    assert_int_equal(mkdir(folder, 0700), 0);
    write_bundle();
    hf_text_hex(&text, hf_slice_of(office.authority.public_key, HF_SIGN_PUBLIC_BYTES));
    support_write_file(path, "authority.pub", hf_buf_slice(&text));
    hf_buf_clear(&text);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    support_folder_remove(path);
    support_log_end(&office);
    return 0;
}

#define RUN(...) support_command((const char *const[]){"show", folder, "--authority-key", key_file, __VA_ARGS__, NULL})

static void assert_says(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("“%s” is missing from:\n%s", part, text);
}

/* The id of the person who was given device `device`, from what the log says. */
static void person_of(unsigned device, char id[HF_ID_TEXT_BYTES])
{
    struct hf_enrol_body body;
    const struct hf_buf *opening = &office.openings[device];
    assert_int_equal(
        hf_enrol_body_decode(hf_slice_of(opening->data + HF_OPENING_R_BYTES, opening->len - HF_OPENING_R_BYTES), &body),
        HF_OK);
    hf_id_format(&body.person, id);
}

static void device_digits(unsigned device, char digits[17])
{
    struct hf_buf hex = {0};
    hf_text_hex(&hex, hf_slice_of(office.device[device].key.public_key, 8));
    memcpy(digits, hex.data, 16);
    digits[16] = '\0';
    hf_buf_clear(&hex);
}

static void text__says_who_did_what(void **state)
{
    (void)state;
    char person[HF_ID_TEXT_BYTES], case_id[HF_ID_TEXT_BYTES], device[17], words[300];
    assert_int_equal(RUN("--kind", "note"), 0);
    assert_says(out, "certifies the server, for Invented Council");
    person_of(1, person);
    device_digits(1, device);
    hf_id_format(&office.class_key.case_id, case_id);
    (void)snprintf(words, sizeof words, "assigns case %s to person %s (allocated)", case_id, person);
    assert_says(out, words);
    assert_says(out, "2 of 12 entries, verified");
    assert_int_equal(RUN("--kind=enrol"), 0);
    (void)snprintf(words, sizeof words, "enrols device %s as worker of person %s\n", device, person);
    assert_says(out, words);
    assert_says(out, "; without effect: a device may not make such an entry");
    assert_says(out, "3 of 12 entries, verified");
    assert_int_equal(RUN("--kind=revoke"), 0);
    device_digits(2, device);
    (void)snprintf(words, sizeof words, "revokes device %s (lost)", device);
    assert_says(out, words);
    assert_string_equal(errors, "");
}

static void filters__keep_what_is_by_or_about(void **state)
{
    (void)state;
    char person[HF_ID_TEXT_BYTES], case_id[HF_ID_TEXT_BYTES], device[17];
    person_of(1, person);
    assert_int_equal(RUN("--person", person), 0);
    assert_says(out, "6 of 12 entries"); /* enrolled, assigned, changes 4, 6 and 10, and 11 */
    device_digits(2, device);
    assert_int_equal(RUN("--device", device), 0);
    assert_says(out, "5 of 12 entries"); /* enrolled, changes 5, 7, revoked, handed in */
    assert_says(out, "handed in after its device was revoked");
    hf_id_format(&office.class_key.case_id, case_id);
    assert_int_equal(RUN("--case", case_id), 0);
    assert_says(out, "1 of 12 entries");
    assert_int_equal(RUN("--to", "2026-09-20"), 0);
    assert_says(out, "0 of 12 entries");
    assert_int_equal(RUN("--from", "2026-09-21", "--to", "2026-09-21"), 0);
    assert_says(out, "12 of 12 entries");
    assert_int_equal(RUN("--from", "2026-09-22T00:00:00Z"), 0);
    assert_says(out, "0 of 12 entries");
}

static void json__is_one_array(void **state)
{
    (void)state;
    json_t *rows = NULL;
    struct hf_error error = {0};
    assert_int_equal(RUN("--json"), 0);
    if (hf_json_load(hf_slice_str(out), &rows, &error) != HF_OK)
        fail_msg("%s\n%s", error.text, out);
    assert_int_equal(json_array_size(rows), 12);
    assert_string_equal(json_string_value(json_object_get(json_array_get(rows, 8), "kind")), "revoke");
    assert_int_equal(json_integer_value(json_object_get(json_array_get(rows, 8), "entry")), 8);
    json_decref(rows);
    assert_int_equal(RUN("--json", "--kind", "erase"), 0);
    assert_int_equal(hf_json_load(hf_slice_str(out), &rows, &error), HF_OK);
    assert_int_equal(json_array_size(rows), 0);
    json_decref(rows);
}

static void csv__has_a_head_and_a_line_for_each_entry(void **state)
{
    (void)state;
    size_t lines = 0;
    assert_int_equal(RUN("--csv"), 0);
    assert_says(out, "entry,time,device,person,name,role,kind,text,clock_offset_ms\r\n0,2026-09-21T");
    assert_says(out, ",server,\"\",server,note,\"certifies the server, for Invented Council\",0\r\n");
    for (const char *at = out; (at = strstr(at, "\r\n")) != NULL; at += 2)
        lines++;
    assert_int_equal(lines, 13);
}

static void write_change(unsigned device, const struct hf_id *case_id, const struct hf_id *record, const char *type,
                         const char *field, const char *value, const char *reason)
{
    const struct hf_record_spec *spec = hf_model_type_named(hf_slice_str(type));
    const struct hf_field_spec *row = hf_model_field_named(spec, hf_slice_str(field));
    struct hf_buf encoded = {0}, body = {0};
    assert_int_equal(hf_value_from_text(spec, row, hf_slice_str(value), &encoded, NULL), HF_OK);
    struct hf_edit_input edit = {.field = row->code, .value = hf_buf_slice(&encoded)};
    struct hf_data_body_input input = {.case_id = *case_id,
                                       .record_id = *record,
                                       .type = spec->code,
                                       .edits = &edit,
                                       .edit_count = 1,
                                       .reason = hf_slice_str(reason)};
    assert_int_equal(hf_data_body_encode(&input, &body, NULL), HF_OK);
    (void)support_leaf(&office, device, HF_LEAF_DATA, hf_buf_slice(&body), true);
    hf_buf_clear(&encoded);
    hf_buf_clear(&body);
}

static void opened_contents__are_told_with_names_and_found_by_them(void **state)
{
    (void)state;
    struct hf_id worker, other = {{7}}, kase = {{8}}, action = {{9}};
    char id[HF_ID_TEXT_BYTES];
    person_of(1, id);
    assert_int_equal(hf_id_parse(hf_slice_str(id), &worker), HF_OK);
    write_change(0, &other, &worker, "person", "name", "Wanda Sample", "");
    write_change(1, &kase, &kase, "case", "reference", "REF-77", "");
    write_change(1, &kase, &action, "action", "text", "Ring the school\nand write it down", "=agreed at the meeting");
    write_bundle();
    assert_int_equal(RUN("--case", "REF-77", "--kind", "data"), 0);
    assert_says(out, "  Wanda Sample                          changes Action ");
    assert_says(out, " of REF-77: Action = Ring the school and write it down; reason: =agreed at the meeting\n");
    assert_says(out, "2 of 15 entries, verified\n");
    assert_int_equal(RUN("--person", "Wanda Sample", "--csv"), 0);
    assert_says(out, ",\"Wanda Sample\",worker,data,\"changes Action ");
    assert_int_equal(RUN("--person", "Wanda"), 2);
    assert_string_equal(errors, "holdfast-audit: nothing in this bundle is called “Wanda”.\n");
}

static void a_name_like_a_formula__is_text_in_a_table(void **state)
{
    (void)state;
    struct hf_id worker, other = {{7}};
    char id[HF_ID_TEXT_BYTES];
    person_of(1, id);
    assert_int_equal(hf_id_parse(hf_slice_str(id), &worker), HF_OK);
    write_change(0, &other, &worker, "person", "name", "=1+\"1\"", "");
    write_change(1, &other, &other, "action", "text", "x", "");
    write_bundle();
    assert_int_equal(RUN("--csv"), 0);
    assert_says(out, ",\"'=1+\"\"1\"\"\",worker,data,");
}

static void a_bundle_that_does_not_hold__shows_nothing(void **state)
{
    (void)state;
    office.openings[8].data[0] ^= 1;
    write_bundle();
    assert_int_equal(RUN("--kind", "note"), 1);
    assert_string_equal(out, "");
    assert_says(errors, "Not verified.");
    assert_int_equal(RUN("--json"), 1);
    assert_string_equal(out, "");
}

static void what_cannot_be_used__exits_2(void **state)
{
    (void)state;
    assert_int_equal(RUN("--kind", "letter"), 2);
    assert_says(errors, "--kind must be one of");
    assert_int_equal(RUN("--person", "Wanda"), 2);
    assert_says(errors, "It holds no names: export it with --contents, or give an id.");
    assert_int_equal(RUN("--case", "7"), 2);
    assert_int_equal(RUN("--case", ""), 2);
    assert_int_equal(RUN("--device", "12"), 2);
    assert_int_equal(RUN("--device", "0123456z"), 2);
    assert_int_equal(RUN("--from", "yesterday"), 2);
    assert_int_equal(RUN("--to", "2026-02-30"), 2);
    assert_int_equal(RUN("--json", "--csv"), 2);
    assert_int_equal(RUN("another"), 2);
    assert_string_equal(out, "");
    assert_int_equal(RUN("--help"), 0);
    assert_says(out, "holdfast-audit show DIR");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(text__says_who_did_what),
        TEST(filters__keep_what_is_by_or_about),
        TEST(json__is_one_array),
        TEST(csv__has_a_head_and_a_line_for_each_entry),
        TEST(opened_contents__are_told_with_names_and_found_by_them),
        TEST(a_name_like_a_formula__is_text_in_a_table),
        TEST(a_bundle_that_does_not_hold__shows_nothing),
        TEST(what_cannot_be_used__exits_2),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
