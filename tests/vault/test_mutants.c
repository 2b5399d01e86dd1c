/* The rules that keep a vault whole, each switched off in turn: the crash simulator must notice. This program is linked
 * with its own hf_vault_rule_is_on. */
#include "tests/vault/support_memory.h"
#include "tests/vault/support_power.h"

#include "core/vault/rules.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define SEED       20260101
#define RUNS_MAX   5000
#define RUNS_SOUND 50

static int rule_off = -1;

bool hf_vault_rule_is_on(enum hf_vault_rule rule)
{
    return (int)rule != rule_off;
}

/* The run that notices, from 1; 0: none did. */
static uint64_t noticed_by(int rule)
{
    char text[POWER_TEXT_BYTES] = "";

    rule_off = rule;
    for (uint64_t run = 1; run <= RUNS_MAX; run++) {
        if (!power_run(SEED + run, text)) {
            (void)printf("noticed by run %" PRIu64 ": %s\n", run, text);
            rule_off = -1;
            return run;
        }
    }
    rule_off = -1;
    return 0;
}

static void all_rules_on__nothing_to_notice(void **state)
{
    (void)state;
    assert_int_equal(power_runs(SEED, RUNS_SOUND), 0);
}

static void peek_at_a_torn_page_one_unanswered__is_noticed(void **state)
{
    (void)state;
    assert_int_not_equal(noticed_by(HF_VAULT_RULE_PEEK), 0);
}

static void torn_last_frame_as_an_error__is_noticed(void **state)
{
    (void)state;
    assert_int_not_equal(noticed_by(HF_VAULT_RULE_TORN_TAIL), 0);
}

static void later_commits_uncounted__is_noticed(void **state)
{
    struct disk *disk = memory_with_commits(4, false);
    size_t len;
    uint8_t *wal = disk_bytes(disk, MEMORY_WAL, &len);

    (void)state;
    wal[32 + 100] ^= 1;
    {
        struct disk *copy = memory_copy(disk);

        assert_int_equal(memory_read_all(copy, NULL), HF_ERR_CORRUPT);
        rule_off = HF_VAULT_RULE_LATER;
        assert_int_equal(memory_read_all(copy, NULL), HF_OK); /* four commits gone, and nobody told */
        rule_off = -1;
        disk_free(copy);
    }
    disk_free(disk);
}

static void inherited_frames_unsynced__is_noticed(void **state)
{
    (void)state;
    assert_int_not_equal(noticed_by(HF_VAULT_RULE_INHERITED), 0);
}

static void tail_left_after_a_failure__is_noticed(void **state)
{
    char text[POWER_TEXT_BYTES] = "";

    (void)state;
    assert_true(power_after_a_failed_commit(text));
    rule_off = HF_VAULT_RULE_AFTER_FAILURE;
    assert_false(power_after_a_failed_commit(text));
    assert_non_null(strstr(text, "damaged"));
    assert_false(power_twice_in_a_row(text));
    rule_off = -1;
    assert_true(power_twice_in_a_row(text));
}

static void forgotten_checksums_unmended__is_noticed(void **state)
{
    (void)state;
    assert_int_not_equal(noticed_by(HF_VAULT_RULE_MEND), 0);
}

/* Pages of a running transaction were given to the VFS and find no room when a later statement wants one back. SQLite
 * takes that statement back and not the transaction, and the program commits. True when no commit was reported that a
 * copy of the files does not hold. */
static bool goes_on_after_a_full_disk(int rows, int after)
{
    struct disk *disk = memory_with_commits(1, true);
    struct hf_vault *vault = memory_must_open(disk);
    int64_t step = 0;
    bool is_whole = true;
    char sql[200];

    fixture_exec(vault, "PRAGMA cache_size=6; PRAGMA wal_autocheckpoint=0; CREATE TABLE u(k UNIQUE, v NOT NULL);"
                        "BEGIN; UPDATE meta SET step=2");
    (void)snprintf(sql, sizeof(sql),
                   "INSERT INTO u WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<%d) "
                   "SELECT i, randomblob(900) FROM n",
                   rows);
    fixture_exec(vault, sql);
    disk_fault_at(disk, DISK_FAULT_FULL, 1, false);
    (void)fixture_try(vault, "UPDATE u SET k=k+1000, v=randomblob(800)");
    disk_fault_end(disk);
    (void)snprintf(sql, sizeof(sql), "UPDATE u SET v=randomblob(900) WHERE k<=%d", after);
    (void)fixture_try(vault, sql);
    if (!sqlite3_get_autocommit(hf_vault_db(vault)) && fixture_try(vault, "COMMIT") == SQLITE_OK) {
        struct disk *copy = memory_copy(disk);

        is_whole = memory_read_all(copy, &step) == HF_OK && step == 2;
        disk_free(copy);
    }
    if (!sqlite3_get_autocommit(hf_vault_db(vault)))
        (void)fixture_try(vault, "ROLLBACK");
    is_whole = is_whole && fixture_try(vault, "UPDATE meta SET step=3") == SQLITE_OK;
    (void)hf_vault_close(vault);
    is_whole = is_whole && memory_read_all(disk, &step) == HF_OK && step == 3;
    disk_free(disk);
    return is_whole;
}

static void frames_behind_a_lost_one__are_noticed(void **state)
{
    unsigned noticed = 0;

    (void)state;
    for (int before = 10; before <= 60; before += 5) {
        for (int after = 0; after <= 60; after += 20) {
            assert_true(goes_on_after_a_full_disk(before, after));
            rule_off = HF_VAULT_RULE_LOST;
            noticed += !goes_on_after_a_full_disk(before, after);
            rule_off = -1;
        }
    }
    (void)printf("noticed by %u of 44\n", noticed);
    assert_int_not_equal(noticed, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_rules_on__nothing_to_notice),
        cmocka_unit_test(peek_at_a_torn_page_one_unanswered__is_noticed),
        cmocka_unit_test(torn_last_frame_as_an_error__is_noticed),
        cmocka_unit_test(later_commits_uncounted__is_noticed),
        cmocka_unit_test(inherited_frames_unsynced__is_noticed),
        cmocka_unit_test(tail_left_after_a_failure__is_noticed),
        cmocka_unit_test(forgotten_checksums_unmended__is_noticed),
        cmocka_unit_test(frames_behind_a_lost_one__are_noticed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
