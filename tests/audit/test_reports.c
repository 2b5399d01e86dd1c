/* gaps and compare: what to ask about although the log verifies, and what came since the last audit. */
#include "core/base/text.h"
#include "core/json/json.h"
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

#define HOUR_MS 3600000ull

static struct support_log office;
static struct support_bundle bundle;
static char path[SUPPORT_PATH_BYTES];
static char folder[SUPPORT_PATH_BYTES];
static char earlier[SUPPORT_PATH_BYTES];
static char key_file[SUPPORT_PATH_BYTES];

static void write_bundle(const char *where)
{
    support_bundle_make(&office, 0, &bundle);
    support_bundle_write(&bundle, where);
    support_bundle_end(&bundle);
}

/* 0 certificate, 1 and 2 enrolments, 3 and 4 data */
static int setup(void **state)
{
    (void)state;
    struct hf_buf text = {0};
    assert_int_equal(hf_crypto_init(false), HF_OK);
    support_log_begin(&office);
    (void)support_begin_server(&office);
    (void)support_enrol(&office, 1, 1);
    (void)support_enrol(&office, 2, 2);
    (void)support_data(&office, 1);
    (void)support_data(&office, 2);
    support_folder_make(path);
    (void)snprintf(folder, sizeof folder, "%s", support_path(path, "bundle"));
    (void)snprintf(earlier, sizeof earlier, "%s", support_path(path, "earlier"));
    (void)snprintf(key_file, sizeof key_file, "%s", support_path(path, "authority.pub"));
    assert_int_equal(mkdir(folder, 0700), 0);
    assert_int_equal(mkdir(earlier, 0700), 0);
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

#define RUN(...)     support_command((const char *const[]){__VA_ARGS__, NULL})
#define GAPS(...)    support_command((const char *const[]){"gaps", folder, "--authority-key", key_file, __VA_ARGS__ NULL})
#define COMPARE(...) RUN("compare", __VA_ARGS__, "--authority-key", key_file)

static void assert_says(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("“%s” is missing from:\n%s", part, text);
}

static void assert_silent_about(const char *text, const char *part)
{
    if (strstr(text, part))
        fail_msg("“%s” stands in:\n%s", part, text);
}

/* --- gaps --- */

static void gaps__of_an_ordinary_log_are_the_missing_witness_only(void **state)
{
    (void)state;
    (void)support_assign(&office, 1);
    write_bundle(folder);
    assert_int_equal(GAPS("--csv", ), 0);
    assert_says(out, "entry,time,gap,device,person,name,text\r\n,\"\",\"unwitnessed\"");
    assert_silent_about(out, "\"clock\"");
    assert_silent_about(out, "\"late\"");
    assert_silent_about(out, "handed_in");
}

static void gaps__an_entry_that_came_late_is_told_once_the_days_are_passed(void **state)
{
    (void)state;
    uint64_t written_ms = office.now_ms;
    office.now_ms += 9 * 24 * HOUR_MS;
    (void)support_assign(&office, 1);
    office.now_ms = written_ms;
    office.seen_size = 3; /* the device had not synced since */
    uint64_t late = support_data(&office, 1);
    assert_int_equal(late, 6);
    write_bundle(folder);
    assert_int_equal(GAPS("--late", "8", ), 0);
    assert_says(out, "       6  ");
    assert_says(out, "  late         ");
    assert_says(out, "it reached the log at least 8 days after the time it gives");
    assert_int_equal(GAPS("--late", "9", ), 0);
    assert_silent_about(out, "  late  ");
}

static void year_ahead(struct hf_leaf *leaf)
{
    leaf->clock = (hf_clock_ms(leaf->clock) + 365 * 24 * HOUR_MS) << 16;
}

static void gaps__a_clock_that_runs_ahead_is_proved_by_the_server_entry_after_it(void **state)
{
    (void)state;
    office.tweak = year_ahead;
    uint64_t ahead = support_data(&office, 1);
    assert_int_equal(ahead, 5);
    write_bundle(folder);
    assert_int_equal(GAPS(), 0);
    assert_silent_about(out, "  clock  "); /* nothing after it tells the time */
    (void)support_assign(&office, 1);
    write_bundle(folder);
    assert_int_equal(GAPS("--json", ), 0);
    assert_says(out, "\"entry\":5");
    assert_says(out, "its device's clock was at least 364 days ahead");
}

static void gaps__a_clock_that_runs_behind_is_proved_by_what_the_device_had_seen(void **state)
{
    (void)state;
    uint64_t before_ms = office.now_ms;
    office.now_ms += 3 * HOUR_MS;
    (void)support_assign(&office, 1); /* 5: the checkpoint after it is what device 1 sees */
    office.seen_size = office.size;
    office.now_ms = before_ms;
    (void)support_data(&office, 1);
    write_bundle(folder);
    assert_int_equal(GAPS(), 0);
    assert_says(out, "       6  ");
    assert_says(out, "behind: it had already seen later entries");
}

static void gaps__hand_ins_new_chains_and_impossible_entries_are_told(void **state)
{
    (void)state;
    (void)support_enrol_by(&office, 1, 5, 5); /* 5 */
    (void)support_revoke(&office, 2);         /* 6 */
    (void)support_data(&office, 2);           /* 7 */
    office.device[1].incarnation = 1;
    office.device[1].next_seq = 0;
    memset(office.device[1].head, 0, sizeof office.device[1].head);
    (void)support_enrol(&office, 1, 1); /* 8 */
    write_bundle(folder);
    assert_int_equal(GAPS("--csv", ), 0);
    assert_says(out, "\r\n5,");
    assert_says(out, "\"no_effect\"");
    assert_says(out, "\r\n7,");
    assert_says(out, "\"handed_in\"");
    assert_says(out, "\r\n8,");
    assert_says(out, "began chain number 2");
}

static void gaps__of_a_bundle_that_does_not_hold_are_not_shown(void **state)
{
    (void)state;
    office.openings[1].data[0] ^= 1;
    write_bundle(folder);
    assert_int_equal(GAPS(), 1);
    assert_string_equal(out, "");
    assert_says(errors, "Not verified.");
    assert_int_equal(GAPS("--late", "0", ), 2);
    assert_int_equal(GAPS("--late", "x", ), 2);
    assert_int_equal(GAPS("--late", "99999", ), 2);
    assert_int_equal(RUN("gaps", folder), 2);
    assert_int_equal(RUN("gaps", "--help"), 0);
}

/* --- compare --- */

static void compare__tells_what_came_since(void **state)
{
    (void)state;
    write_bundle(earlier);
    (void)support_enrol(&office, 3, 3); /* 5 */
    (void)support_data(&office, 3);
    (void)support_revoke(&office, 2); /* 7 */
    write_bundle(folder);
    assert_int_equal(COMPARE(earlier, folder), 0);
    assert_says(out, "Continues the earlier log: its 5 entries stand unchanged at the beginning of these 8.");
    assert_says(out, "1 of kind data");
    assert_says(out, "1 of kind enrol");
    assert_says(out, "       5  devices    enrols device ");
    assert_says(out, "       7  devices    revokes device ");
    assert_silent_about(out, "gone");
    char checkpoint[SUPPORT_PATH_BYTES + 16];
    (void)snprintf(checkpoint, sizeof checkpoint, "%s/checkpoint", earlier);
    assert_int_equal(COMPARE(checkpoint, folder), 0);
    assert_says(out, "its 5 entries stand unchanged");
    assert_int_equal(COMPARE(folder, folder), 0);
    assert_says(out, "Nothing came since.");
}

static void compare__tells_which_contents_are_gone(void **state)
{
    (void)state;
    write_bundle(earlier);
    hf_buf_clear(&office.payloads[3]);
    (void)support_data(&office, 1);
    write_bundle(folder);
    assert_int_equal(COMPARE(earlier, folder), 0);
    assert_says(out, "       3  gone       its sealed content was in OLD and is not in NEW");
    assert_silent_about(out, "       4  gone");
}

static void compare__of_a_log_that_was_rewritten_refuses(void **state)
{
    (void)state;
    write_bundle(earlier);
    support_log_end(&office);
    support_log_begin(&office);
    (void)support_begin_server(&office);
    (void)support_enrol(&office, 1, 1);
    for (int i = 0; i < 9; i++)
        (void)support_data(&office, 1);
    write_bundle(folder);
    assert_int_equal(COMPARE(earlier, folder), 1);
    assert_says(errors, "The log was rewritten in between.");
    assert_string_equal(out, "");
}

static void compare__with_a_later_one_or_with_nothing_says_so(void **state)
{
    (void)state;
    write_bundle(folder);
    (void)support_data(&office, 1);
    write_bundle(earlier);
    assert_int_equal(COMPARE(earlier, folder), 1);
    assert_string_equal(out, "");
    assert_int_equal(COMPARE("/nowhere/at/all", folder), 2);
    assert_says(errors, "holds no checkpoint that can be read");
    assert_int_equal(COMPARE(path, folder), 2);
    assert_int_equal(COMPARE(folder), 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(gaps__of_an_ordinary_log_are_the_missing_witness_only),
        TEST(gaps__an_entry_that_came_late_is_told_once_the_days_are_passed),
        TEST(gaps__a_clock_that_runs_ahead_is_proved_by_the_server_entry_after_it),
        TEST(gaps__a_clock_that_runs_behind_is_proved_by_what_the_device_had_seen),
        TEST(gaps__hand_ins_new_chains_and_impossible_entries_are_told),
        TEST(gaps__of_a_bundle_that_does_not_hold_are_not_shown),
        TEST(compare__tells_what_came_since),
        TEST(compare__tells_which_contents_are_gone),
        TEST(compare__of_a_log_that_was_rewritten_refuses),
        TEST(compare__with_a_later_one_or_with_nothing_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
