/* The export for auditors: a bundle that verifies, and none when anything the office sends does not hold. */
#include "tests/client/support_client.h"

#include "core/log/bundle.h"

#include <nng/nng.h>

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct audit {
    struct office *office;
    struct client worker, auditor;
    char bundle[200];
    char part[220];
};

static int setup(void **state)
{
    struct audit *audit = calloc(1, sizeof *audit);
    audit->office = office_new();
    office_listen(audit->office);
    audit->worker = client_enrolled(office_at_rest(audit->office), "Ada Invented", HF_ROLE_OFFICE);
    audit->auditor = client_enrolled(office_at_rest(audit->office), "Cem Invented", HF_ROLE_AUDITOR);
    const struct holdfast_id case_id = new_case(&audit->worker, "C-17");
    (void)new_record(&audit->worker, &case_id, "action", "text", "Call the school");
    for (int i = 0; i < 300; i++) { /* more than one tile */
        struct hf_id person = {{1}};
        hf_put_u32(person.bytes + 1, (uint32_t)i);
        (void)server_person(office_at_rest(audit->office)->server, &person, "Dee Invented");
    }
    sync_in_memory(&audit->worker, office_at_rest(audit->office));
    (void)snprintf(audit->bundle, sizeof audit->bundle, "%s/bundle", audit->auditor.above);
    (void)snprintf(audit->part, sizeof audit->part, "%s.part", audit->bundle);
    *state = audit;
    return 0;
}

static int teardown(void **state)
{
    struct audit *audit = *state;
    client_free(&audit->worker);
    client_free(&audit->auditor);
    office_free(audit->office);
    free(audit);
    return 0;
}

static enum holdfast_status export_with(struct audit *audit, bool (*progress)(void *ctx, uint64_t done, uint64_t total),
                                        void *ctx)
{
    return holdfast_audit_export(audit->auditor.hf, audit->bundle, &weak, progress, ctx);
}

static bool is_there(const char *path)
{
    struct stat found;
    return lstat(path, &found) == 0;
}

static void assert_no_bundle(const struct audit *audit)
{
    assert_false(is_there(audit->bundle));
    assert_false(is_there(audit->part));
}

/* --- reading the bundle with core/log --- */

static enum hf_status read_file(void *ctx, const char *name, size_t limit_bytes, struct hf_buf *out)
{
    char path[400];
    uint8_t bytes[4096];
    size_t got;
    size_t total = 0;
    (void)snprintf(path, sizeof path, "%s/%s", (const char *)ctx, name);
    FILE *file = fopen(path, "rb");
    if (!file)
        return HF_ERR_NOT_FOUND;
    while ((got = fread(bytes, 1, sizeof bytes, file)) > 0) {
        hf_buf_append(out, bytes, got);
        total += got;
    }
    (void)fclose(file);
    return total > limit_bytes ? HF_ERR_LIMIT : hf_buf_status(out);
}

static enum hf_status list_files(void *ctx, enum hf_bundle_kind kind, hf_bundle_index_fn *each, void *each_ctx)
{
    (void)ctx;
    (void)kind;
    (void)each;
    (void)each_ctx;
    return HF_OK;
}

/* Every entry with its payload and its opening. */
static void check_entries(struct hf_bundle *bundle, uint64_t size)
{
    struct hf_bundle_entries entries;
    struct hf_buf bytes = {0};
    struct hf_slice entry;
    uint64_t index;
    uint64_t count = 0;
    uint64_t opened = 0;
    hf_bundle_entries_begin(bundle, 0, &entries);
    while (hf_bundle_entries_next(&entries, &index, &entry)) {
        struct hf_leaf leaf;
        struct hf_bundle_opening opening;
        assert_int_equal(hf_leaf_decode(entry, &leaf), HF_OK);
        hf_buf_reset(&bytes);
        assert_int_equal(hf_bundle_read_ct(bundle, index, &bytes), HF_OK);
        assert_true(hf_payload_hash_fits(hf_buf_slice(&bytes), &leaf));
        if (hf_bundle_read_opening(bundle, index, &bytes) == HF_OK) {
            assert_int_equal(hf_bundle_opening_parse(hf_buf_slice(&bytes), &opening), HF_OK);
            assert_true(hf_payload_commitment_fits(opening.r, opening.body, &leaf));
            opened++;
        }
        count++;
    }
    assert_int_equal(entries.status, HF_OK);
    assert_int_equal(count, size);
    assert_int_equal(opened, 3); /* the server's note and two enrolments */
    hf_bundle_entries_end(&entries);
    hf_buf_clear(&bytes);
}

static void assert_bundle_holds(struct audit *audit, uint64_t size, bool with_prev)
{
    struct hf_bundle *bundle = calloc(1, sizeof *bundle);
    const struct hf_bundle_reader reader = {.ctx = audit->bundle, .read = read_file, .list = list_files};
    hf_bundle_begin(bundle, &reader);
    assert_int_equal(hf_bundle_load_policy(bundle), HF_OK);
    assert_int_equal(hf_bundle_load_checkpoints(bundle), HF_OK);
    assert_int_equal(hf_bundle_load_tree(bundle), HF_OK);
    assert_int_equal(bundle->checkpoint.size, size);
    assert_int_equal(bundle->has_prev, with_prev);
    check_entries(bundle, size);
    hf_bundle_end(bundle);
    free(bundle);
}

struct watch {
    uint64_t done, total;
    size_t calls, stop_after;
};

static bool watch(void *ctx, uint64_t done, uint64_t total)
{
    struct watch *seen = ctx;
    assert_true(done > seen->done && done <= total);
    seen->done = done;
    seen->total = total;
    return ++seen->calls != seen->stop_after;
}

static void export__is_a_bundle_that_verifies(void **state)
{
    struct audit *audit = *state;
    struct watch seen = {0};
    struct stat found;
    const uint64_t size = office_at_rest(audit->office)->server->size;
    ok(&audit->auditor, export_with(audit, watch, &seen));
    assert_int_equal(seen.done, size);
    assert_int_equal(seen.total, size);
    assert_false(is_there(audit->part));
    assert_int_equal(lstat(audit->bundle, &found), 0);
    assert_int_equal(found.st_mode & 0077, 0);
    assert_bundle_holds(audit, size, false);
}

static void a_later_export__holds_the_earlier_checkpoint_too(void **state)
{
    struct audit *audit = *state;
    ok(&audit->auditor, sync_over_tcp(&audit->auditor, NULL));
    (void)new_case(&audit->worker, "C-18");
    sync_in_memory(&audit->worker, office_at_rest(audit->office));
    ok(&audit->auditor, export_with(audit, NULL, NULL));
    assert_bundle_holds(audit, office_at_rest(audit->office)->server->size, true);
}

static void export__into_an_empty_folder_or_with_a_slash_is_fine(void **state)
{
    struct audit *audit = *state;
    char slashed[220];
    assert_int_equal(mkdir(audit->bundle, 0700), 0);
    (void)snprintf(slashed, sizeof slashed, "%s//", audit->bundle);
    ok(&audit->auditor, holdfast_audit_export(audit->auditor.hf, slashed, &weak, NULL, NULL));
    assert_bundle_holds(audit, office_at_rest(audit->office)->server->size, false);
}

static void export__writes_over_nothing(void **state)
{
    struct audit *audit = *state;
    char inside[240];
    assert_int_equal(mkdir(audit->bundle, 0700), 0);
    (void)snprintf(inside, sizeof inside, "%s/mine", audit->bundle);
    assert_int_equal(mkdir(inside, 0700), 0);
    refused(&audit->auditor, export_with(audit, NULL, NULL), HOLDFAST_EXISTS, audit->bundle);
    assert_true(is_there(inside));
    assert_int_equal(rmdir(inside), 0);
    assert_int_equal(rmdir(audit->bundle), 0);
    assert_int_equal(mkdir(audit->part, 0700), 0);
    refused(&audit->auditor, export_with(audit, NULL, NULL), HOLDFAST_EXISTS, ".part");
    assert_int_equal(rmdir(audit->part), 0); /* still there, and empty */
    refused(&audit->auditor, holdfast_audit_export(audit->auditor.hf, "/no/such/folder", &weak, NULL, NULL),
            HOLDFAST_NOT_FOUND, "folder");
    refused(&audit->auditor, holdfast_audit_export(audit->auditor.hf, "", &weak, NULL, NULL), HOLDFAST_INVALID, "");
}

static void who_is_no_auditor__may_not_export(void **state)
{
    struct audit *audit = *state;
    const uint64_t messages = audit->office->messages;
    refused(&audit->worker, holdfast_audit_export(audit->worker.hf, audit->bundle, &weak, NULL, NULL), HOLDFAST_DENIED,
            "auditor");
    assert_int_equal(office_at_rest(audit->office)->messages, messages); /* not even asked */
    assert_no_bundle(audit);
}

static void a_stopped_export__leaves_nothing(void **state)
{
    struct audit *audit = *state;
    struct watch seen = {.stop_after = 3};
    refused(&audit->auditor, export_with(audit, watch, &seen), HOLDFAST_STATE, "stopped");
    assert_int_equal(seen.calls, 3);
    assert_no_bundle(audit);
}

static void a_cut_line__leaves_nothing(void **state)
{
    struct audit *audit = *state;
    ok(&audit->auditor, sync_over_tcp(&audit->auditor, NULL));
    office_at_rest(audit->office)->faults.cut_after = 6;
    assert_int_not_equal(export_with(audit, NULL, NULL), HOLDFAST_OK);
    assert_no_bundle(audit);
}

static void another_leaf__is_noticed_by_the_root(void **state)
{
    struct audit *audit = *state;
    office_at_rest(audit->office)->faults.other_entries = true;
    refused(&audit->auditor, export_with(audit, NULL, NULL), HOLDFAST_AUTH, "not those that it signed");
    assert_no_bundle(audit);
}

static void another_payload__is_noticed_by_its_hash(void **state)
{
    struct audit *audit = *state;
    office_at_rest(audit->office)->faults.other_payload = true;
    refused(&audit->auditor, export_with(audit, NULL, NULL), HOLDFAST_AUTH, "payload");
    assert_no_bundle(audit);
}

static void another_opening__is_noticed_by_its_commitment(void **state)
{
    struct audit *audit = *state;
    office_at_rest(audit->office)->faults.other_opening = true;
    refused(&audit->auditor, export_with(audit, NULL, NULL), HOLDFAST_AUTH, "opening");
    assert_no_bundle(audit);
}

static int stop_network(void **state)
{
    (void)state;
    nng_fini();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(export__is_a_bundle_that_verifies, setup, teardown),
        cmocka_unit_test_setup_teardown(a_later_export__holds_the_earlier_checkpoint_too, setup, teardown),
        cmocka_unit_test_setup_teardown(export__into_an_empty_folder_or_with_a_slash_is_fine, setup, teardown),
        cmocka_unit_test_setup_teardown(export__writes_over_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(who_is_no_auditor__may_not_export, setup, teardown),
        cmocka_unit_test_setup_teardown(a_stopped_export__leaves_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(a_cut_line__leaves_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(another_leaf__is_noticed_by_the_root, setup, teardown),
        cmocka_unit_test_setup_teardown(another_payload__is_noticed_by_its_hash, setup, teardown),
        cmocka_unit_test_setup_teardown(another_opening__is_noticed_by_its_commitment, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, stop_network);
}
