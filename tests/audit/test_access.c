/* who-read and the access reports, over an invented office: person 1 holds the case, person 2 does not. */
#include "core/base/text.h"
#include "core/model/body_read.h"
#include "core/pack/writer.h"
#include "tests/audit/support_bundle.h"
#include "tests/audit/support_command.h"
#include "tests/audit/support_folder.h"
#include "tools/audit/access.h"
#include "tools/audit/command.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#define DAY_MS 86400000ull

static struct support_log office;
static struct support_bundle bundle;
static char path[SUPPORT_PATH_BYTES];
static char folder[SUPPORT_PATH_BYTES];
static char key_file[SUPPORT_PATH_BYTES];
static char list_file[SUPPORT_PATH_BYTES];

static int setup(void **state)
{
    (void)state;
    struct hf_buf text = {0};
    assert_int_equal(hf_crypto_init(false), HF_OK);
    support_log_begin(&office);
    (void)support_begin_server(&office);
    (void)support_enrol(&office, 1, 1);
    (void)support_enrol(&office, 2, 2);
    support_folder_make(path);
    (void)snprintf(folder, sizeof folder, "%s", support_path(path, "bundle"));
    (void)snprintf(key_file, sizeof key_file, "%s", support_path(path, "authority.pub"));
    (void)snprintf(list_file, sizeof list_file, "%s", support_path(path, "list.csv"));
    assert_int_equal(mkdir(folder, 0700), 0);
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

static int run(const char *const *arguments)
{
    support_bundle_make(&office, 0, &bundle);
    support_bundle_write(&bundle, folder);
    support_bundle_end(&bundle);
    int status = support_command(arguments);
    if (status == 1)
        fail_msg("%s", errors);
    return status;
}

static const char *case_text(void)
{
    static char text[HF_ID_TEXT_BYTES];
    hf_id_format(&office.class_key.case_id, text);
    return text;
}

#define RUN(...) run((const char *const[]){__VA_ARGS__, "--authority-key", key_file, NULL})

static void says(const char *part)
{
    if (!strstr(out, part))
        fail_msg("“%s” is missing from:\n%s", part, out);
}

static void silent_about(const char *part)
{
    if (strstr(out, part))
        fail_msg("“%s” stands in:\n%s", part, out);
}

/* --- what happens in the office --- */

static enum hf_read_what what = HF_READ_LIST;

static void reads(unsigned device, struct hf_id case_id, const char *reason, bool opened)
{
    static struct hf_read_body body;
    struct hf_buf bytes = {0};
    body = (struct hf_read_body){.began_ms = office.now_ms, .case_count = 1, .line_count = 1};
    body.cases[0] = case_id;
    body.lines[0] =
        (struct hf_read_line){.what = what, .times = 3, .lasted_s = 240, .reason_at = reason ? 0 : HF_READ_NO_REASON};
    if (reason)
        body.reasons[body.reason_count++] = hf_slice_str(reason);
    hf_read_body_encode(&body, &bytes);
    (void)support_leaf(&office, device, HF_LEAF_READ, hf_buf_slice(&bytes), opened);
    hf_buf_clear(&bytes);
}

static void writes(unsigned device, struct hf_id case_id, struct hf_id record, uint16_t type, uint16_t field,
                   const char *text)
{
    struct hf_buf value = {0}, bytes = {0};
    struct hf_error err = {0};
    hf_pack_text(&value, hf_slice_str(text));
    const struct hf_edit_input edit = {.field = field, .value = hf_buf_slice(&value)};
    const struct hf_data_body_input input = {
        .case_id = case_id, .record_id = record, .type = type, .edits = &edit, .edit_count = 1};
    if (hf_data_body_encode(&input, &bytes, &err) != HF_OK)
        fail_msg("%s", err.text);
    (void)support_leaf(&office, device, HF_LEAF_DATA, hf_buf_slice(&bytes), true);
    hf_buf_clear(&value);
    hf_buf_clear(&bytes);
}

static struct hf_id person_of(unsigned person)
{
    struct hf_id id = hf_id_zero();
    char text[HF_ID_TEXT_BYTES];
    /* As the enrolment names it: asked of the report itself would be a circle. */
    (void)text;
    uint8_t bytes[4], made[HF_ID_BYTES];
    hf_put_u32(bytes, person);
    struct hf_slice parts[] = {hf_slice_str("person"), hf_slice_of(bytes, sizeof bytes)};
    hf_blake2b(hf_slice_of(NULL, 0), parts, 2, made, sizeof made);
    id = hf_id_from_bytes(made);
    return id;
}

static void is_called(unsigned person, const char *name)
{
    writes(1, hf_office_case_id(office.log_id), person_of(person), HF_RECORD_PERSON, HF_FIELD_PERSON_NAME, name);
}

static void list(const char *text)
{
    support_write_file(path, "list.csv", hf_slice_str(text));
}

static void taken_from(unsigned person)
{
    const struct hf_note_body body = {.what = HF_NOTE_ASSIGN,
                                      .case_id = office.class_key.case_id,
                                      .person = person_of(person),
                                      .held = false,
                                      .reason_code = hf_slice_str("left")};
    (void)support_note(&office, &body);
}

/* --- who-read --- */

static void who_read__names_reader_time_and_reason(void **state)
{
    (void)state;
    (void)support_assign(&office, 1);
    is_called(2, "Bo Sample");
    reads(1, office.class_key.case_id, NULL, true);
    reads(2, office.class_key.case_id, "Duty desk", true);
    reads(2, office.class_key.case_id, NULL, true);
    reads(2, person_of(7), "Another case", true);
    assert_int_equal(RUN("who-read", case_text(), folder), 0);
    says("opened the list of the case's records, 3 times in 4 min\n"); /* theirs: nothing to explain */
    says("Bo Sample");
    says("not their case, because: Duty desk");
    says("not their case, no reason given");
    silent_about("Another case");
    assert_int_equal(RUN("who-read", case_text(), folder, "--csv"), 0);
    says("entry,time,person,name,device,case,record,what,own_case,by_right,reason,text");
    says("\"list\",\"no\",\"\",\"Duty desk\"");
    assert_int_equal(RUN("who-read", case_text(), folder, "--json", "--person", "Bo Sample"), 0);
    says("\"own_case\":\"no\"");
    silent_about("\"own_case\":\"yes\"");
}

static void who_read__says_by_what_right_a_copy_was_released(void **state)
{
    (void)state;
    (void)support_role(&office, 2, HF_ROLE_OFFICE);
    (void)support_officer(&office, 2, true);
    what = HF_READ_RELEASE;
    reads(1, office.class_key.case_id, "First request", true);
    reads(2, office.class_key.case_id, "Second request", true);
    (void)support_officer(&office, 2, false);
    reads(2, office.class_key.case_id, "Third request", true);
    what = HF_READ_LIST;
    assert_int_equal(RUN("who-read", case_text(), folder), 0);
    says("WITHOUT THE RIGHT: no records officer when this reached the log; a case that nobody held, because: First");
    says("as a records officer; a case that nobody held, because: Second request");
    says("WITHOUT THE RIGHT: no records officer when this reached the log; a case that nobody held, because: Third");
    assert_int_equal(RUN("who-read", case_text(), folder, "--csv"), 0);
    says("\"release\",\"nobody's\",\"records officer\",\"Second request\"");
    says("\"release\",\"nobody's\",\"none\",\"Third request\"");
}

static void who_read__finds_the_case_by_its_reference_and_chooses_times(void **state)
{
    (void)state;
    (void)support_assign(&office, 1);
    writes(1, office.class_key.case_id, office.class_key.case_id, HF_RECORD_CASE, HF_FIELD_CASE_REFERENCE, "CH-17");
    reads(2, office.class_key.case_id, "Before", true);
    office.now_ms += 30 * DAY_MS;
    reads(2, office.class_key.case_id, "After", true);
    assert_int_equal(RUN("who-read", "CH-17", folder, "--from", "2026-10-10"), 0);
    says("After");
    silent_about("Before");
    assert_int_equal(RUN("who-read", "CH-17", folder, "--to", "2026-10-10"), 0);
    says("Before");
    silent_about("After");
    assert_int_equal(RUN("who-read", "CH-17", folder, "--from", "yesterday"), 2);
}

static void who_read__counts_what_stays_sealed_and_shows_exports_of_everything(void **state)
{
    (void)state;
    reads(2, office.class_key.case_id, NULL, false);
    reads(2, hf_id_zero(), "Yearly audit", true);
    assert_int_equal(RUN("who-read", case_text(), folder), 0);
    says("1 pages of the read log stay sealed");
    says("because: Yearly audit");
}

static void who_read__judges_by_who_held_the_case_then(void **state)
{
    (void)state;
    (void)support_assign(&office, 1);
    const uint64_t then_ms = office.now_ms;
    office.now_ms += 5 * DAY_MS;
    taken_from(1);
    office.now_ms += DAY_MS;
    reads(1, office.class_key.case_id, NULL, true);
    assert_int_equal(RUN("who-read", case_text(), folder), 0);
    says("a case that nobody held");
    office.now_ms = then_ms + DAY_MS; /* offline since: read while it was theirs, logged after it was taken */
    reads(2, office.class_key.case_id, NULL, true);
    assert_int_equal(RUN("who-read", case_text(), folder, "--to", "2026-09-25"), 0);
    says("not their case");
}

/* --- reports --- */

static void report_known__holds_names_and_addresses_against_the_list(void **state)
{
    (void)state;
    is_called(2, "Bo O'Neill");
    is_called(1, "Ada Field");
    writes(1, office.class_key.case_id, person_of(50), 3, 2, "Robin ONeill");
    writes(1, office.class_key.case_id, person_of(51), 5, 9, "4 Mill Lane, Northtown, NT1 2AB (invented)");
    reads(2, office.class_key.case_id, NULL, true);
    reads(1, office.class_key.case_id, NULL, true);
    list("person,name,other_names,address,postcode\r\n"
         "Bo O'Neill,\"O'Neill, Bo\",,\"9 Hill Road, Northtown\",\r\n"
         "Ada Field,Ada Field,Robin,\"1 Mill Lane\",nt12ab\r\n");
    assert_int_equal(RUN("report", "known", folder, "--staff", list_file), 0);
    says("same surname (Child's name); 1 reading");
    says("Ada Field");
    says("another name of theirs (Child's name), same postcode (Address); 1 reading");
    list("person,name\nBo O'Neill,Bo O'Neill\n");
    assert_int_equal(RUN("report", "known", folder, "--staff", list_file), 0);
    says("same surname (Child's name)");
    silent_about("Ada Field");
    assert_int_equal(RUN("report", "known", folder), 2);
}

static void report_known__without_likeness_is_empty(void **state)
{
    (void)state;
    is_called(2, "Bo Sample");
    writes(1, office.class_key.case_id, person_of(50), 3, 2, "Robin Example");
    reads(2, office.class_key.case_id, NULL, true);
    list("person,name,address,postcode\nBo Sample,Bo Sample,2 Other Street,ZZ9 9ZZ\n");
    assert_int_equal(RUN("report", "known", folder, "--staff", list_file), 0);
    says("Nothing to report.");
}

static void report_unallocated__shows_readings_and_cases(void **state)
{
    static struct hf_case_body opened;
    struct hf_buf bytes = {0};
    (void)state;
    opened = (struct hf_case_body){.case_id = office.class_key.case_id,
                                   .key_id = office.class_key.key_id,
                                   .retention_class = hf_slice_str("child")};
    hf_case_body_encode(&opened, &bytes);
    (void)support_leaf(&office, 1, HF_LEAF_CASE, hf_buf_slice(&bytes), true);
    hf_buf_clear(&bytes);
    (void)support_assign(&office, 1);
    reads(2, office.class_key.case_id, "While it was held", true);
    assert_int_equal(RUN("report", "unallocated", folder), 0);
    says("Nothing to report.");
    office.now_ms += DAY_MS;
    taken_from(1);
    office.now_ms += DAY_MS;
    reads(2, office.class_key.case_id, "Curious", true);
    assert_int_equal(RUN("report", "unallocated", folder), 0);
    says("because: Curious");
    says("nobody holds it since then");
    silent_about("While it was held");
}

static void report_others__shows_readings_of_cases_of_others(void **state)
{
    (void)state;
    (void)support_assign(&office, 1);
    reads(1, office.class_key.case_id, "Mine", true);
    reads(2, office.class_key.case_id, "Not mine", true);
    assert_int_equal(RUN("report", "others", folder), 0);
    says("Not mine");
    silent_about("because: Mine");
    assert_int_equal(RUN("report", "all", folder), 0);
    says("because: Mine");
}

static void report_leavers__shows_deeds_after_leaving_and_devices(void **state)
{
    (void)state;
    is_called(2, "Bo Sample");
    list("person,left_on\nBo Sample,2026-09-25\n");
    reads(2, office.class_key.case_id, NULL, true);
    assert_int_equal(RUN("report", "leavers", folder), 0);
    says("Nothing to report.");
    office.now_ms += 20 * DAY_MS;
    reads(2, office.class_key.case_id, NULL, true);
    writes(2, office.class_key.case_id, person_of(60), 3, 2, "Somebody");
    assert_int_equal(RUN("report", "leavers", folder, "--leavers", list_file), 0);
    says("left on 2026-09-25; since then 1 reading and 1 other entry; 1 device still let in");
    writes(1, hf_office_case_id(office.log_id), person_of(2), HF_RECORD_PERSON, 8, "2026-09-30");
    assert_int_equal(RUN("report", "leavers", folder), 0);
    says("left on 2026-09-30");
}

static void report_unused__shows_people_who_did_nothing(void **state)
{
    (void)state;
    is_called(1, "Ada Field");
    office.now_ms += 100 * DAY_MS;
    (void)support_assign(&office, 1);
    assert_int_equal(RUN("report", "unused", folder), 0);
    says("did nothing for 100 days");
    says("never did anything that the log knows of");
    assert_int_equal(RUN("report", "unused", folder, "--days", "101"), 0);
    silent_about("did nothing for");
    assert_int_equal(RUN("report", "unused", folder, "--days", "0"), 2);
    assert_int_equal(RUN("report", "unused", folder, "--days", "many"), 2);
}

static void a_report_without_a_name__is_usage(void **state)
{
    (void)state;
    assert_int_equal(RUN("report", "nonsense", folder), 2);
    const char *const help[] = {"report", "--help", NULL};
    assert_int_equal(run(help), 0);
    says("A likeness is a reason to ask");
}

/* --- the auditor's lists --- */

static void csv__takes_quotes_line_ends_and_short_rows(void **state)
{
    struct hf_audit_csv csv = {0};
    struct hf_audit_streams streams = {.out = stdout, .errors = stderr};
    (void)state;
    list("\xef\xbb\xbfname,address,postcode\r\n\"Say \"\"Hi\"\"\",\"1 Lane\nTown\",AB1\r\n\r\nOnly\n");
    assert_true(hf_audit_csv_read(hf_slice_str(list_file), &csv, &streams));
    assert_int_equal(csv.row_count, 2);
    assert_string_equal(hf_audit_csv_value(&csv, 0, "name"), "Say \"Hi\"");
    assert_string_equal(hf_audit_csv_value(&csv, 0, "address"), "1 Lane\nTown");
    assert_string_equal(hf_audit_csv_value(&csv, 0, "postcode"), "AB1");
    assert_string_equal(hf_audit_csv_value(&csv, 1, "name"), "Only");
    assert_string_equal(hf_audit_csv_value(&csv, 1, "postcode"), "");
    assert_string_equal(hf_audit_csv_value(&csv, 1, "no such column"), "");
    hf_audit_csv_clear(&csv);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(who_read__names_reader_time_and_reason, setup, teardown),
        cmocka_unit_test_setup_teardown(who_read__says_by_what_right_a_copy_was_released, setup, teardown),
        cmocka_unit_test_setup_teardown(who_read__finds_the_case_by_its_reference_and_chooses_times, setup, teardown),
        cmocka_unit_test_setup_teardown(who_read__counts_what_stays_sealed_and_shows_exports_of_everything, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(who_read__judges_by_who_held_the_case_then, setup, teardown),
        cmocka_unit_test_setup_teardown(report_known__holds_names_and_addresses_against_the_list, setup, teardown),
        cmocka_unit_test_setup_teardown(report_known__without_likeness_is_empty, setup, teardown),
        cmocka_unit_test_setup_teardown(report_unallocated__shows_readings_and_cases, setup, teardown),
        cmocka_unit_test_setup_teardown(report_others__shows_readings_of_cases_of_others, setup, teardown),
        cmocka_unit_test_setup_teardown(report_leavers__shows_deeds_after_leaving_and_devices, setup, teardown),
        cmocka_unit_test_setup_teardown(report_unused__shows_people_who_did_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(a_report_without_a_name__is_usage, setup, teardown),
        cmocka_unit_test_setup_teardown(csv__takes_quotes_line_ends_and_short_rows, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
