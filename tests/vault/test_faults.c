/* A disk that fails at the 1st, 2nd, 3rd … call until the work gets through: the status is clear, nothing reported is
 * lost, and work goes on when the disk is back. */
#include "tests/vault/support_memory.h"

#include "core/vault/vault_internal.h"

#include <stdio.h>

#define COMMITS   6
#define CALLS_MAX 2000

struct work {
    int64_t reported; /* step of the last commit that succeeded */
    enum hf_status status;
    struct hf_vault *vault;
};

static enum hf_status commit(struct hf_vault *vault, int64_t step)
{
    char sql[256];
    int rc;

    (void)snprintf(sql, sizeof(sql),
                   "BEGIN; UPDATE meta SET step=%d; INSERT INTO row(v) SELECT randomblob(900) FROM row LIMIT 12;"
                   "INSERT INTO row(v) VALUES(randomblob(5000)); COMMIT",
                   (int)step);
    rc = fixture_try(vault, sql);
    if (rc != SQLITE_OK && !sqlite3_get_autocommit(hf_vault_db(vault)))
        (void)fixture_try(vault, "ROLLBACK");
    return hf_vault_status(vault, rc, NULL);
}

static void work_on(struct disk *disk, struct work *work)
{
    work->status = memory_open(disk, &work->vault, NULL);
    if (work->status != HF_OK)
        return;
    work->status = hf_vault_status(work->vault,
                                   fixture_try(work->vault, "PRAGMA cache_size=8; PRAGMA wal_autocheckpoint=15"), NULL);
    while (work->status == HF_OK && work->reported < COMMITS) {
        work->status = commit(work->vault, work->reported + 1);
        if (work->status == HF_OK)
            work->reported++;
    }
}

static enum hf_status close_vault(struct work *work)
{
    enum hf_status status = work->vault ? hf_vault_close(work->vault) : HF_OK;

    work->vault = NULL;
    return status;
}

/* The disk is back: the same connection goes on, and so does the next one. */
static void goes_on(struct disk *disk, struct work *work)
{
    int64_t step = -1;

    if (work->vault) {
        assert_int_equal(commit(work->vault, work->reported + 100), HF_OK);
        work->reported += 100;
    }
    assert_int_equal(close_vault(work), HF_OK);
    assert_int_equal(memory_read_all(disk, &step), HF_OK);
    assert_int_equal(step, work->reported);
}

static bool is_clear(enum disk_fault fault, enum hf_status status)
{
    if (fault == DISK_FAULT_FULL || fault == DISK_FAULT_SHORT_WRITE)
        return status == HF_ERR_FULL;
    return status == HF_ERR_IO;
}

/* False when the fault did not come any more. */
static bool run_with(enum disk_fault fault, uint64_t nth, bool stays)
{
    struct disk *disk = memory_with_commits(0, true);
    struct work work = {0};
    bool happened;

    {
        struct hf_vault *vault = memory_must_open(disk);

        fixture_exec(vault,
                     "INSERT INTO row(v) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<30) "
                     "SELECT randomblob(500) FROM n");
        assert_int_equal(hf_vault_close(vault), HF_OK);
    }
    disk_fault_at(disk, fault, nth, stays);
    work_on(disk, &work);
    if (work.status == HF_OK && !disk_fault_happened(disk))
        work.status = close_vault(&work);
    happened = disk_fault_happened(disk);
    if (work.status != HF_OK && !is_clear(fault, work.status))
        fail_msg("fault %d at %d: %s", (int)fault, (int)nth, hf_status_name(work.status));
    if (!happened)
        assert_int_equal(work.reported, COMMITS);
    disk_fault_end(disk);
    goes_on(disk, &work);
    disk_free(disk);
    return happened;
}

static void fails_at_each_call(enum disk_fault fault, bool stays)
{
    uint64_t nth = 1;

    while (nth < CALLS_MAX && run_with(fault, nth, stays))
        nth++;
    (void)printf("%d calls\n", (int)nth - 1);
    assert_in_range(nth, 2, CALLS_MAX - 1);
}

static void read_errors__clear_status_and_nothing_lost(void **state)
{
    (void)state;
    fails_at_each_call(DISK_FAULT_READ, false);
}

static void write_errors__clear_status_and_nothing_lost(void **state)
{
    (void)state;
    fails_at_each_call(DISK_FAULT_WRITE, false);
}

static void write_errors_that_stay__clear_status_and_nothing_lost(void **state)
{
    (void)state;
    fails_at_each_call(DISK_FAULT_WRITE, true);
}

static void short_writes__clear_status_and_nothing_lost(void **state)
{
    (void)state;
    fails_at_each_call(DISK_FAULT_SHORT_WRITE, false);
}

static void disk_full__clear_status_and_nothing_lost(void **state)
{
    (void)state;
    fails_at_each_call(DISK_FAULT_FULL, true);
}

static void sync_errors__clear_status_and_nothing_lost(void **state)
{
    (void)state;
    fails_at_each_call(DISK_FAULT_SYNC, false);
}

static void sync_errors_that_stay__clear_status_and_nothing_lost(void **state)
{
    (void)state;
    fails_at_each_call(DISK_FAULT_SYNC, true);
}

static void truncate_errors__clear_status_and_nothing_lost(void **state)
{
    (void)state;
    fails_at_each_call(DISK_FAULT_TRUNCATE, false);
}

/* The last checkpoint fails: the commits stay in the WAL. */
static void close_on_a_full_disk__says_so_and_keeps_the_commits(void **state)
{
    struct disk *disk = memory_with_commits(0, true);
    struct hf_vault *vault = memory_must_open(disk);
    int64_t step = 0;

    (void)state;
    fixture_exec(vault, "UPDATE meta SET step=7");
    disk_fault_at(disk, DISK_FAULT_FULL, 1, true);
    assert_int_equal(hf_vault_close(vault), HF_ERR_FULL);
    disk_fault_end(disk);
    assert_int_equal(memory_read_all(disk, &step), HF_OK);
    assert_int_equal(step, 7);
    disk_free(disk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(read_errors__clear_status_and_nothing_lost),
        cmocka_unit_test(write_errors__clear_status_and_nothing_lost),
        cmocka_unit_test(write_errors_that_stay__clear_status_and_nothing_lost),
        cmocka_unit_test(short_writes__clear_status_and_nothing_lost),
        cmocka_unit_test(disk_full__clear_status_and_nothing_lost),
        cmocka_unit_test(sync_errors__clear_status_and_nothing_lost),
        cmocka_unit_test(sync_errors_that_stay__clear_status_and_nothing_lost),
        cmocka_unit_test(truncate_errors__clear_status_and_nothing_lost),
        cmocka_unit_test(close_on_a_full_disk__says_so_and_keeps_the_commits),
    };

    return fixture_run_in_both_suites(tests, NULL, NULL);
}
