/* A bundle on disk, from somebody who means harm: nothing outside the folder is opened, nothing is waited for, nothing
 * large is read. */
#include "tests/audit/support_bundle.h"
#include "tests/audit/support_folder.h"
#include "tools/audit/folder.h"

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
static struct hf_audit audit;
static struct hf_audit_strays strays;
static char path[SUPPORT_PATH_BYTES];

static int setup(void **state)
{
    (void)state;
    assert_int_equal(hf_crypto_init(false), HF_OK);
    support_small_log(&office, 4);
    support_bundle_make(&office, 5, &bundle);
    support_folder_make(path);
    support_bundle_write(&bundle, path);
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

/* Runs the verifier over the folder and then looks for strays; the finding stays in `audit`. */
static enum hf_status run(void)
{
    struct hf_audit_folder folder;
    assert_int_equal(hf_audit_folder_open(path, &folder), HF_OK);
    struct hf_bundle_reader reader = hf_audit_folder_reader(&folder);
    hf_audit_begin(&audit, &reader, office.authority.public_key);
    enum hf_status status = hf_audit_run(&audit);
    assert_int_equal(hf_audit_folder_strays(&folder, office.size, &strays), HF_OK);
    hf_audit_end(&audit);
    hf_audit_folder_close(&folder);
    return status;
}

static void assert_refused(const char *file, const char *why)
{
    assert_int_equal(run(), HF_ERR_AUTH);
    assert_int_equal(audit.finding.check, HF_AUDIT_FILE);
    assert_string_equal(audit.finding.file, file);
    if (!strstr(audit.finding.text, why))
        fail_msg("%s", audit.finding.text);
}

static void a_written_bundle__is_accepted_without_strays(void **state)
{
    (void)state;
    assert_int_equal(run(), HF_OK);
    assert_int_equal(strays.count, 0);
}

static void proofs__are_found_by_listing(void **state)
{
    (void)state;
    support_write_file(path, "proof/3.tlog-proof", hf_slice_str("no proof\n"));
    assert_int_equal(run(), HF_ERR_AUTH);
    assert_int_equal(audit.finding.check, HF_AUDIT_PROOF);
    assert_int_equal(audit.finding.first, 3);
}

static void links_in_place_of_files__are_not_followed(void **state)
{
    (void)state;
    static const char *const names[] = {"policy",          "checkpoint", "prev",  "tile/entries/000.p/11",
                                        "tile/0/000.p/11", "ct/4",       "open/1"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char real[SUPPORT_PATH_BYTES];
        char moved[SUPPORT_PATH_BYTES];
        (void)snprintf(real, sizeof real, "%s", support_path(path, names[i]));
        (void)snprintf(moved, sizeof moved, "%s", support_path(path, "moved"));
        assert_int_equal(rename(real, moved), 0);
        assert_int_equal(symlink(moved, real), 0); /* to the very bytes that would be right */
        assert_refused(names[i], "not a plain file");
        assert_int_equal(unlink(real), 0);
        assert_int_equal(rename(moved, real), 0);
    }
    assert_int_equal(run(), HF_OK);
}

static void links_in_place_of_folders__are_not_followed(void **state)
{
    (void)state;
    static const struct {
        const char *folder;
        const char *file;
    } cases[] = {{"ct", "ct/0"}, {"open", "open/0"}, {"tile", "tile/entries/000.p/11"}, {"tile/0", "tile/0/000.p/11"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char real[SUPPORT_PATH_BYTES];
        char moved[SUPPORT_PATH_BYTES];
        (void)snprintf(real, sizeof real, "%s", support_path(path, cases[i].folder));
        (void)snprintf(moved, sizeof moved, "%s", support_path(path, "moved"));
        assert_int_equal(rename(real, moved), 0);
        assert_int_equal(symlink(moved, real), 0);
        assert_refused(cases[i].file, "not a plain file");
        assert_int_equal(unlink(real), 0);
        assert_int_equal(rename(moved, real), 0);
    }
    assert_int_equal(run(), HF_OK);
}

static void a_folder_that_is_a_file_and_a_file_that_is_a_folder__are_refused(void **state)
{
    (void)state;
    assert_int_equal(unlink(support_path(path, "ct/4")), 0);
    assert_int_equal(mkdir(support_path(path, "ct/4"), 0700), 0);
    assert_refused("ct/4", "not a plain file");
    assert_int_equal(rmdir(support_path(path, "ct/4")), 0);
    assert_int_equal(run(), HF_OK);
    char moved[SUPPORT_PATH_BYTES];
    (void)snprintf(moved, sizeof moved, "%s", support_path(path, "moved"));
    assert_int_equal(rename(support_path(path, "open"), moved), 0);
    support_write_file(path, "open", hf_slice_str("x"));
    assert_refused("open/0", "not a plain file");
}

static void a_pipe__is_not_waited_for(void **state)
{
    (void)state;
    assert_int_equal(unlink(support_path(path, "checkpoint")), 0);
    assert_int_equal(mkfifo(support_path(path, "checkpoint"), 0600), 0);
    assert_refused("checkpoint", "not a plain file");
}

static void huge_files__are_refused_unread(void **state)
{
    (void)state;
    static const char *const names[] = {"policy",          "checkpoint", "prev", "tile/entries/000.p/11",
                                        "tile/0/000.p/11", "open/1",     "ct/4"};
    for (size_t i = sizeof names / sizeof names[0]; i-- > 0;) {
        assert_int_equal(truncate(support_path(path, names[i]), (off_t)1 << 40), 0); /* a hole of a terabyte */
        assert_refused(names[i], "longer than it can be");
    }
}

static bool listed(const char *name)
{
    for (uint64_t i = 0; i < strays.count && i < HF_AUDIT_FOLDER_STRAY_LISTED_MAX; i++) {
        if (strcmp(strays.name[i], name) == 0)
            return true;
    }
    return false;
}

static void what_has_no_place__is_listed_and_not_refused(void **state)
{
    (void)state;
    static const char *const names[] = {"README",          "policy.bak",      "ct/11",       "ct/007",
                                        "open/x",          "tile/0/000",      "tile/0/001",  "tile/1/000.p/1",
                                        "tile/entries/00", "tile/9/000.p/11", "proof/notes", "ct/4\x1b[31m",
                                        "tile/entries/x"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        support_write_file(path, names[i], hf_slice_str("x"));
    assert_int_equal(mkdir(support_path(path, "attachments"), 0700), 0);
    support_write_file(path, "attachments/1", hf_slice_str("x"));
    assert_int_equal(symlink("/", support_path(path, "ct/root")), 0);
    assert_int_equal(run(), HF_OK);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (!listed(names[i]))
            fail_msg("%s is not listed", names[i]);
    }
    assert_true(listed("attachments/"));
    assert_true(listed("ct/root"));
    assert_int_equal(strays.count, sizeof names / sizeof names[0] + 2);
}

static void many_strays__are_counted(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 100; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "ct/x%u", i);
        support_write_file(path, name, hf_slice_str(""));
    }
    assert_int_equal(run(), HF_OK);
    assert_int_equal(strays.count, 100);
}

static void folders_without_end__are_not_walked(void **state)
{
    (void)state;
    char name[3000] = "tile";
    for (size_t at = 4; at + 6 < sizeof name - 1; at += 5)
        memcpy(name + at, "/x001", 6);
    char full[4096];
    (void)snprintf(full, sizeof full, "%s", support_path(path, name));
    for (char *at = full + strlen(path) + 1; (at = strchr(at, '/')) != NULL; at++) {
        *at = '\0';
        (void)mkdir(full, 0700);
        *at = '/';
    }
    assert_int_equal(mkdir(full, 0700), 0);
    assert_int_equal(run(), HF_OK);
    assert_int_equal(strays.count, 1); /* where the walk stopped */
}

static void long_names__are_cut(void **state)
{
    (void)state;
    char name[260] = "ct/";
    memset(name + 3, 'n', 250);
    name[253] = '\0';
    support_write_file(path, name, hf_slice_str(""));
    memset(name, 'm', 255);
    name[255] = '\0';
    support_write_file(path, name, hf_slice_str(""));
    assert_int_equal(run(), HF_OK);
    assert_int_equal(strays.count, 2);
}

static void a_file_on_its_own__is_read_under_its_limit(void **state)
{
    (void)state;
    struct hf_buf out = {0};
    support_write_file(path, "key", hf_slice_str("0123456789"));
    assert_int_equal(hf_audit_folder_read_file(support_path(path, "key"), 10, &out), HF_OK);
    assert_int_equal(out.len, 10);
    assert_int_equal(hf_audit_folder_read_file(support_path(path, "key"), 9, &out), HF_ERR_LIMIT);
    assert_int_equal(hf_audit_folder_read_file(support_path(path, "none"), 9, &out), HF_ERR_NOT_FOUND);
    assert_int_equal(hf_audit_folder_read_file(path, 9, &out), HF_ERR_INVALID);
    hf_buf_clear(&out);
    struct hf_audit_folder folder;
    assert_int_equal(hf_audit_folder_open(support_path(path, "none"), &folder), HF_ERR_NOT_FOUND);
    assert_int_equal(hf_audit_folder_open(support_path(path, "key"), &folder), HF_ERR_INVALID);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_written_bundle__is_accepted_without_strays),
        TEST(proofs__are_found_by_listing),
        TEST(links_in_place_of_files__are_not_followed),
        TEST(links_in_place_of_folders__are_not_followed),
        TEST(a_folder_that_is_a_file_and_a_file_that_is_a_folder__are_refused),
        TEST(a_pipe__is_not_waited_for),
        TEST(huge_files__are_refused_unread),
        TEST(what_has_no_place__is_listed_and_not_refused),
        TEST(many_strays__are_counted),
        TEST(folders_without_end__are_not_walked),
        TEST(long_names__are_cut),
        TEST(a_file_on_its_own__is_read_under_its_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
