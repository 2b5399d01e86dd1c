/* holdfast-audit as somebody at a terminal, or a script, meets it. */
#include "core/base/text.h"
#include "core/json/json.h"
#include "tests/audit/support_bundle.h"
#include "tests/audit/support_folder.h"
#include "tools/audit/command.h"
#include "tools/audit/report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static struct support_log office;
static struct support_bundle bundle;
static char path[SUPPORT_PATH_BYTES];
static char folder[SUPPORT_PATH_BYTES];
static char key_file[SUPPORT_PATH_BYTES];
static char out[16384];
static char errors[16384];

static void write_key(const char *before, const char *after)
{
    struct hf_buf text = {0};
    hf_buf_append_str(&text, before);
    hf_text_hex(&text, hf_slice_of(office.authority.public_key, HF_SIGN_PUBLIC_BYTES));
    hf_buf_append_str(&text, after);
    support_write_file(path, "authority.pub", hf_buf_slice(&text));
    hf_buf_clear(&text);
}

static int setup(void **state)
{
    (void)state;
    assert_int_equal(hf_crypto_init(false), HF_OK);
    support_small_log(&office, 4);
    support_bundle_make(&office, 5, &bundle);
    support_folder_make(path);
    (void)snprintf(folder, sizeof folder, "%s", support_path(path, "bundle"));
    (void)snprintf(key_file, sizeof key_file, "%s", support_path(path, "authority.pub"));
    assert_int_equal(mkdir(folder, 0700), 0);
    support_bundle_write(&bundle, folder);
    write_key("# the invented authority\n", "\n");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    support_folder_remove(path);
    support_bundle_end(&bundle);
    support_log_end(&office);
    return 0;
}

static void take(FILE *file, char *text, size_t text_bytes)
{
    rewind(file);
    size_t len = fread(text, 1, text_bytes - 1, file);
    text[len] = '\0';
    (void)fclose(file);
}

/* Up to six arguments; the first NULL ends them. */
static int run_with(enum hf_audit_progress progress, const char *const *arguments)
{
    char *argv[8] = {(char *)"holdfast-audit"};
    int argc = 1;
    while (arguments[argc - 1] && argc < 8) {
        argv[argc] = (char *)arguments[argc - 1];
        argc++;
    }
    struct hf_audit_streams streams = {.out = tmpfile(), .errors = tmpfile(), .progress = progress};
    assert_non_null(streams.out);
    assert_non_null(streams.errors);
    int status = hf_audit_command(argc, argv, "1.2.3", &streams);
    take(streams.out, out, sizeof out);
    take(streams.errors, errors, sizeof errors);
    return status;
}

#define RUN(...) run_with(HF_AUDIT_PROGRESS_NONE, (const char *const[]){__VA_ARGS__, NULL})

static void assert_says(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("“%s” is missing from:\n%s", part, text);
}

static void a_good_bundle__exits_0_and_tells_what_was_shown(void **state)
{
    (void)state;
    assert_int_equal(RUN("verify", folder, "--authority-key", key_file), 0);
    assert_string_equal(errors, "");
    assert_says(out, "Verified: nothing in this log was changed, removed or added outside it since it was signed.");
    assert_says(out, SUPPORT_ORIGIN);
    assert_says(out, "Invented Council");
    assert_says(out, "11: 6 record changes, 2 enrolments, 1 revocation, 2 office notes");
    assert_says(out, "2 devices and the server; 1 of them is revoked");
    assert_says(out, "11 entries, root ");
    assert_says(out, "5 entries, root ");
    assert_says(out, "What this does not show");
    assert_says(out, "1 entry reached the log after its device was revoked (held): 9");
    assert_null(strstr(out, "Not part of a bundle"));
}

static void entries_that_a_device_may_not_make__exit_0_and_are_listed(void **state)
{
    (void)state;
    uint64_t at = support_leaf(&office, 1, HF_LEAF_ENROL, hf_slice_str("x"), true);
    assert_int_equal(at, 11);
    support_bundle_end(&bundle);
    support_bundle_make(&office, 5, &bundle);
    support_bundle_write(&bundle, folder);
    assert_int_equal(RUN("verify", folder, "--authority-key", key_file), 0);
    assert_says(out, "Logged without effect  1 entry: a device may not make such an entry: 11");
    assert_says(out, "2 enrolments, 1 revocation, 2 office notes, 1");
    assert_int_equal(RUN("verify", folder, "--authority-key", key_file, "--json"), 0);
    assert_says(out, "\"without_effect\":1,\"without_effect_entries\":[11]");
}

static void text__fits_the_width_of_a_page(void **state)
{
    (void)state;
    assert_int_equal(RUN("verify", folder, "--authority-key", key_file), 0);
    for (char *line = strtok(out, "\n"); line; line = strtok(NULL, "\n")) {
        if (!strstr(line, "Audit of"))
            assert_true(hf_text_length(hf_slice_str(line)) <= 96);
    }
}

static void a_bad_bundle__exits_1_and_names_the_entry(void **state)
{
    (void)state;
    struct hf_buf *tile = support_bundle_find(&bundle, "tile/entries/000.p/11");
    tile->data[6 * (2 + HF_LEAF_BYTES) + 60] ^= 1;
    support_bundle_write(&bundle, folder);
    assert_int_equal(RUN("verify", folder, "--authority-key", key_file), 1);
    assert_says(out, "Not verified.");
    assert_says(out, "Entry 6 was changed after it was signed: its signature does not fit.");
    assert_null(strstr(out, "Verified:"));
}

static json_t *parsed(void)
{
    json_t *json = NULL;
    struct hf_error err = {0};
    if (hf_json_load(hf_slice_str(out), &json, &err) != HF_OK)
        fail_msg("%s: %s", err.text, out);
    return json;
}

static void json_of_a_good_bundle__holds_the_numbers(void **state)
{
    (void)state;
    int64_t value = -1;
    bool ok = false;
    json_t *list = NULL;
    json_t *checkpoint = NULL;
    support_write_file(folder, "ct/\xff\x1b", hf_slice_str("x"));
    assert_int_equal(RUN("verify", folder, "--json", "--authority-key", key_file), 0);
    json_t *json = parsed();
    assert_int_equal(hf_json_get_bool(json, "ok", &ok, NULL), HF_OK);
    assert_true(ok);
    assert_int_equal(hf_json_get_int(json, "entries", 0, 100, &value, NULL), HF_OK);
    assert_int_equal(value, 11);
    assert_int_equal(hf_json_get_int(json, "people", 0, 100, &value, NULL), HF_OK);
    assert_int_equal(value, 2);
    assert_int_equal(hf_json_get_int(json, "handed_in_after_revocation", 0, 100, &value, NULL), HF_OK);
    assert_int_equal(value, 1);
    assert_int_equal(hf_json_get_array(json, "devices", &list, NULL), HF_OK);
    assert_int_equal(json_array_size(list), 3);
    assert_int_equal(hf_json_get_array(json, "unexpected_names", &list, NULL), HF_OK);
    assert_string_equal(json_string_value(json_array_get(list, 0)), "ct/\?\?");
    assert_int_equal(hf_json_get_object(json, "prev", &checkpoint, NULL), HF_OK);
    assert_int_equal(hf_json_get_int(checkpoint, "size", 0, 100, &value, NULL), HF_OK);
    assert_int_equal(value, 5);
    json_decref(json);
}

static void json_of_a_bad_bundle__names_entry_and_check(void **state)
{
    (void)state;
    int64_t entry = -1;
    bool ok = true;
    const char *text = NULL;
    assert_int_equal(unlink(support_path(folder, "open/2")), 0);
    assert_int_equal(RUN("verify", folder, "--authority-key", key_file, "--json"), 1);
    json_t *json = parsed();
    assert_int_equal(hf_json_get_bool(json, "ok", &ok, NULL), HF_OK);
    assert_false(ok);
    assert_int_equal(hf_json_get_int(json, "entry", 0, 100, &entry, NULL), HF_OK);
    assert_int_equal(entry, 2);
    assert_int_equal(hf_json_get_text(json, "check", 0, &text, NULL), HF_OK);
    assert_string_equal(text, "opening");
    assert_int_equal(hf_json_get_text(json, "file", 0, &text, NULL), HF_OK);
    assert_string_equal(text, "open/2");
    json_decref(json);

    assert_int_equal(unlink(support_path(folder, "policy")), 0);
    assert_int_equal(RUN("verify", folder, "--authority-key", key_file, "--json"), 1);
    json = parsed();
    assert_true(json_is_null(json_object_get(json, "entry")));
    json_decref(json);
}

static void strays__are_told_without_control_characters(void **state)
{
    (void)state;
    support_write_file(folder, "note\x1b[2J\xc2\x9b!.txt", hf_slice_str("x"));
    for (unsigned i = 0; i < 30; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "ct/x%u", i);
        support_write_file(folder, name, hf_slice_str(""));
    }
    assert_int_equal(RUN("verify", folder, "--authority-key", key_file), 0);
    assert_says(out, "Not part of a bundle, and not looked at:");
    assert_says(out, "and 11 more");
    assert_null(strchr(out, '\x1b'));
    assert_null(strstr(out, "\xc2\x9b"));
}

static void plain__keeps_text_and_replaces_the_rest(void **state)
{
    (void)state;
    static const struct {
        const char *in;
        const char *wanted;
    } cases[] = {{"Z\xc3\xbcrich \xe2\x80\x93 \xf0\x9f\x8c\xb3", "Z\xc3\xbcrich \xe2\x80\x93 \xf0\x9f\x8c\xb3"},
                 {"a\nb\x7f\x1b[0m", "a?b??[0m"},
                 {"\xc2\x85\xc3", "???"},
                 {"\xff\xfe", "??"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct hf_buf plain = {0};
        hf_audit_plain(hf_slice_str(cases[i].in), &plain);
        assert_true(hf_slice_equal(hf_buf_slice(&plain), hf_slice_str(cases[i].wanted)));
        hf_buf_clear(&plain);
    }
}

static void progress__is_shown_only_when_asked_for(void **state)
{
    (void)state;
    const char *const arguments[] = {"verify", folder, "--authority-key", key_file, NULL};
    assert_int_equal(run_with(HF_AUDIT_PROGRESS_BAR, arguments), 0);
    assert_says(errors, "100 %, 11 of 11 entries");
    assert_null(strstr(out, "100 %"));
    assert_int_equal(RUN("--progress", "verify", folder, "--authority-key", key_file), 0);
    assert_string_equal(errors, "progress 11 of 11\n");
    assert_null(strstr(out, "progress"));
}

static void key_files__are_read_strictly(void **state)
{
    (void)state;
    static const struct {
        const char *before;
        const char *after;
        int wanted;
    } cases[] = {{"", "\n", 0},   {"", "", 0},     {"# one\n\n# two\n", "\n# three\n", 0},
                 {"", "\r\n", 0}, {" ", "\n", 2},  {"", " \n", 2},
                 {"", "0\n", 2},  {"x\n", "\n", 2}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        write_key(cases[i].before, cases[i].after);
        int status = RUN("verify", folder, "--authority-key", key_file);
        if (status != cases[i].wanted)
            fail_msg("case %zu: %d %s", i, status, errors);
    }
    support_write_file(path, "authority.pub", hf_slice_str("# nothing\n"));
    assert_int_equal(RUN("verify", folder, "--authority-key", key_file), 2);
    assert_says(errors, "holds no key");
    write_key("", "\n0000000000000000000000000000000000000000000000000000000000000000\n");
    assert_int_equal(RUN("verify", folder, "--authority-key", key_file), 2);
    assert_int_equal(truncate(key_file, 1 << 20), 0);
    assert_int_equal(RUN("verify", folder, "--authority-key", key_file), 2);
    assert_int_equal(unlink(key_file), 0);
    assert_int_equal(RUN("verify", folder, "--authority-key", key_file), 2);
    assert_says(errors, "there is no such file");
}

static void the_wrong_authority__exits_1(void **state)
{
    (void)state;
    office.authority = support_sign_key(5);
    write_key("", "\n");
    assert_int_equal(RUN("verify", folder, "--authority-key", key_file), 1);
    assert_says(out, "Entry 0, the server's certificate, was not signed by this authority");
}

static void usage__exits_2_and_says_what_is_missing(void **state)
{
    (void)state;
    assert_int_equal(RUN(NULL), 2);
    assert_says(errors, "holdfast-audit verify DIR");
    assert_int_equal(RUN("check"), 2);
    assert_says(errors, "there is no command check");
    assert_int_equal(RUN("verify"), 2);
    assert_says(errors, "folder");
    assert_int_equal(RUN("verify", folder), 2);
    assert_says(errors, "--authority-key FILE is missing");
    assert_int_equal(RUN("verify", folder, "--authority-key"), 2);
    assert_int_equal(RUN("verify", folder, "more", "--authority-key", key_file), 2);
    assert_int_equal(RUN("verify", folder, "--loud", "--authority-key", key_file), 2);
    assert_says(errors, "--loud");
    assert_int_equal(RUN("verify", "/no/such/folder", "--authority-key", key_file), 2);
    assert_int_equal(RUN("verify", key_file, "--authority-key", key_file), 2);
    assert_string_equal(out, "");
}

static void help_and_version__exit_0(void **state)
{
    (void)state;
    assert_int_equal(RUN("--help"), 0);
    assert_says(out, "verify DIR --authority-key FILE");
    assert_int_equal(RUN("verify", "--help"), 0);
    assert_says(out, "Exit status: 0");
    assert_int_equal(RUN("--version"), 0);
    assert_string_equal(out, "holdfast-audit 1.2.3\n");
}

static void a_report_that_cannot_be_written__is_no_success(void **state)
{
    (void)state;
    FILE *full = fopen("/dev/full", "w");
    if (!full)
        skip();
    char *argv[] = {(char *)"holdfast-audit", (char *)"verify", folder, (char *)"--authority-key", key_file};
    struct hf_audit_streams streams = {.out = full, .errors = tmpfile()};
    assert_int_equal(hf_audit_command(5, argv, "1", &streams), 1);
    take(streams.errors, errors, sizeof errors);
    assert_says(errors, "could not be written");
    (void)fclose(full);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_good_bundle__exits_0_and_tells_what_was_shown),
        TEST(entries_that_a_device_may_not_make__exit_0_and_are_listed),
        TEST(text__fits_the_width_of_a_page),
        TEST(a_bad_bundle__exits_1_and_names_the_entry),
        TEST(json_of_a_good_bundle__holds_the_numbers),
        TEST(json_of_a_bad_bundle__names_entry_and_check),
        TEST(strays__are_told_without_control_characters),
        TEST(plain__keeps_text_and_replaces_the_rest),
        TEST(progress__is_shown_only_when_asked_for),
        TEST(key_files__are_read_strictly),
        TEST(the_wrong_authority__exits_1),
        TEST(usage__exits_2_and_says_what_is_missing),
        TEST(help_and_version__exit_0),
        TEST(a_report_that_cannot_be_written__is_no_success),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
