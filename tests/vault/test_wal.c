/* What becomes of a WAL that was cut, changed or exchanged: end of log after a power failure, damage when two later
 * commits prove it, and never rows that no commit held (the table in docs/vault.md). */
#include "tests/vault/support_memory.h"

#include <stdlib.h>
#include <string.h>

#define HEADER  32
#define FRAME   4120
#define COMMITS 6

static struct disk *original;
static size_t wal_len;  /* up to the end of its frames … */
static size_t laid_len; /* … and of the zeros behind them */
static uint8_t *wal_bytes;

static int make_original(void **state)
{
    (void)state;
    original = memory_with_commits(COMMITS, false);
    wal_bytes = disk_bytes(original, MEMORY_WAL, &wal_len);
    laid_len = wal_len;
    wal_len = memory_log_end(original, MEMORY_WAL);
    return wal_bytes && laid_len > wal_len && (wal_len - HEADER) % FRAME == 0 ? 0 : -1;
}

static int free_original(void **state)
{
    (void)state;
    disk_free(original);
    return 0;
}

static size_t frame_count(void)
{
    return (wal_len - HEADER) / FRAME;
}

static uint8_t *frame_of(struct disk *disk, size_t frame)
{
    size_t len;

    return disk_bytes(disk, MEMORY_WAL, &len) + HEADER + frame * FRAME;
}

/* The database size in a frame's clear header marks a commit. */
static bool is_commit(size_t frame)
{
    const uint8_t *size = wal_bytes + HEADER + frame * FRAME + 4;

    return (size[0] | size[1] | size[2] | size[3]) != 0;
}

static size_t commits_in(size_t from, size_t to)
{
    size_t count = 0;

    for (size_t i = from; i < to; i++)
        count += is_commit(i);
    return count;
}

/* With `bad` the first frame that is not what it should be. */
static void expect_after_damage(struct disk *disk, size_t bad)
{
    int64_t step = -1;
    enum hf_status status = memory_read_all(disk, &step);

    if (commits_in(bad + 1, frame_count()) >= 2) {
        assert_int_equal(status, HF_ERR_CORRUPT);
    } else {
        assert_int_equal(status, HF_OK);
        assert_int_equal(step, commits_in(0, bad));
    }
}

static void untouched__all_commits_are_there(void **state)
{
    struct disk *disk = memory_copy(original);
    int64_t step = 0;

    (void)state;
    assert_int_equal(memory_read_all(disk, &step), HF_OK);
    assert_int_equal(step, COMMITS);
    disk_free(disk);
}

static void one_bit_anywhere__end_of_log_or_damage(void **state)
{
    (void)state;
    for (size_t at = HEADER; at < wal_len; at += 7) {
        struct disk *disk = memory_copy(original);
        size_t frame = (at - HEADER) / FRAME;

        frame_of(disk, 0)[at - HEADER] ^= (uint8_t)(1u << (at % 8));
        expect_after_damage(disk, frame);
        disk_free(disk);
    }
}

/* What lies there is no frame, whatever becomes of it. */
static void zeros_behind_the_frames_changed__all_commits_are_there(void **state)
{
    (void)state;
    for (size_t at = wal_len; at < laid_len; at += 509) {
        struct disk *disk = memory_copy(original);
        int64_t step = 0;
        size_t len;

        memset(disk_bytes(disk, MEMORY_WAL, &len) + at, 0x5a, laid_len - at);
        assert_int_equal(memory_read_all(disk, &step), HF_OK);
        assert_int_equal(step, COMMITS);
        disk_free(disk);
    }
}

/* A commit behind the first ones writes over what is laid out; only where that is used up does the file grow. */
static void commits__seldom_make_the_file_longer(void **state)
{
    struct disk *disk = memory_disk();
    struct hf_vault *vault = memory_must_open(disk);
    size_t len = 0, before = 0, grown = 0;
    int64_t step = 0;

    (void)state;
    fixture_exec(vault, "PRAGMA wal_autocheckpoint=0; CREATE TABLE meta(step);"
                        "CREATE TABLE row(id INTEGER PRIMARY KEY, v BLOB); INSERT INTO meta VALUES(0)");
    for (int i = 1; i <= 200; i++) {
        fixture_exec(vault, "UPDATE meta SET step=step+1");
        assert_non_null(disk_bytes(disk, MEMORY_WAL, &len));
        grown += len > before;
        before = len;
    }
    assert_in_range(grown, 1, 6);
    {
        struct disk *left = memory_copy(disk); /* as after a kill */

        assert_int_equal(memory_read_all(left, &step), HF_OK);
        assert_int_equal(step, 200);
        disk_free(left);
    }
    assert_int_equal(hf_vault_close(vault), HF_OK);
    disk_free(disk);
}

static void any_bit_of_the_header__damage(void **state)
{
    (void)state;
    for (size_t bit = 0; bit < HEADER * 8; bit++) {
        struct disk *disk = memory_copy(original);
        size_t len;

        disk_bytes(disk, MEMORY_WAL, &len)[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        assert_int_equal(memory_read_all(disk, NULL), HF_ERR_CORRUPT);
        disk_free(disk);
    }
}

static void cut_anywhere__the_commits_before_the_cut(void **state)
{
    (void)state;
    for (size_t cut = 0; cut < wal_len; cut += 103) {
        struct disk *disk = memory_copy(original);
        size_t whole = cut < HEADER ? 0 : (cut - HEADER) / FRAME;
        int64_t step = -1;

        disk_put(disk, MEMORY_WAL, wal_bytes, cut);
        assert_int_equal(memory_read_all(disk, &step), HF_OK);
        assert_int_equal(step, commits_in(0, whole));
        disk_free(disk);
    }
}

static void last_frame_torn_at_each_sector__the_commits_before_it(void **state)
{
    (void)state;
    for (size_t kept = 0; kept < FRAME; kept += 512) {
        struct disk *disk = memory_copy(original);
        size_t last = frame_count() - 1;

        memset(frame_of(disk, last) + kept, 0, FRAME - kept);
        expect_after_damage(disk, last);
        disk_free(disk);
    }
}

static void frames_swapped__end_of_log_or_damage(void **state)
{
    (void)state;
    for (size_t a = 0; a < frame_count(); a++) {
        for (size_t b = a + 1; b < frame_count(); b++) {
            struct disk *disk = memory_copy(original);
            int64_t step = -1;
            enum hf_status status;

            memcpy(frame_of(disk, a), wal_bytes + HEADER + b * FRAME, FRAME);
            memcpy(frame_of(disk, b), wal_bytes + HEADER + a * FRAME, FRAME);
            status = memory_read_all(disk, &step);
            if (status != HF_ERR_CORRUPT) {
                assert_int_equal(status, HF_OK);
                assert_int_equal(step, commits_in(0, a));
            }
            disk_free(disk);
        }
    }
}

static void frame_replayed_at_another_place__end_of_log_or_damage(void **state)
{
    (void)state;
    for (size_t at = 1; at < frame_count(); at++) {
        struct disk *disk = memory_copy(original);

        memcpy(frame_of(disk, at), wal_bytes + HEADER + (at - 1) * FRAME, FRAME);
        expect_after_damage(disk, at);
        disk_free(disk);
    }
}

/* Frames of another generation at the same place are authentic; their salts give them away. */
static void frame_of_an_older_generation__end_of_log_or_damage(void **state)
{
    struct disk *other = memory_with_commits(COMMITS, false);
    size_t len;
    uint8_t *bytes = disk_bytes(other, MEMORY_WAL, &len);

    (void)state;
    assert_int_equal(len, laid_len);
    for (size_t at = 0; at < frame_count(); at++) {
        struct disk *disk = memory_copy(original);

        memcpy(frame_of(disk, at), bytes + HEADER + at * FRAME, FRAME);
        expect_after_damage(disk, at);
        disk_free(disk);
    }
    disk_free(other);
}

/* docs/vault.md, "not promised": a WAL that is gone takes its commits along. */
static void wal_removed__reads_as_of_the_last_checkpoint(void **state)
{
    struct disk *disk = disk_new(1);
    size_t len;
    uint8_t *bytes = disk_bytes(original, MEMORY_DB, &len);
    int64_t step = -1;

    (void)state;
    disk_put(disk, MEMORY_DB, bytes, len);
    assert_int_equal(memory_read_all(disk, &step), HF_OK);
    assert_int_equal(step, 0);
    disk_free(disk);
}

static void torn_page_one_with_a_good_copy_in_the_wal__opens(void **state)
{
    struct disk *disk = memory_copy(original);
    struct hf_vault *vault;
    size_t len;
    int64_t step = -1;

    (void)state;
    disk_free(disk);
    disk = memory_disk();
    vault = memory_must_open(disk);
    fixture_exec(vault, "CREATE TABLE meta(step INTEGER); CREATE TABLE row(id INTEGER PRIMARY KEY, v BLOB);"
                        "INSERT INTO meta VALUES(1)"); /* page 1 is in the WAL */
    {
        struct disk *torn = memory_copy(disk);

        memset(disk_bytes(torn, MEMORY_DB, &len) + 512, 0x55, 512);
        assert_int_equal(memory_read_all(torn, &step), HF_OK);
        assert_int_equal(step, 1);
        disk_free(torn);
    }
    assert_int_equal(hf_vault_close(vault), HF_OK);
    disk_free(disk);
}

/* A frame that this handle wrote must come back: no end of log, an error. */
static void own_frame_changed__reading_it_fails(void **state)
{
    struct disk *disk = memory_disk();
    struct hf_vault *vault = memory_must_open(disk);
    struct hf_error err;
    size_t len;
    uint8_t *bytes;
    int rc;

    (void)state;
    fixture_exec(vault, "PRAGMA wal_autocheckpoint=0; CREATE TABLE t(v); INSERT INTO t VALUES(zeroblob(9000))");
    (void)sqlite3_db_release_memory(hf_vault_db(vault));
    bytes = disk_bytes(disk, MEMORY_WAL, &len);
    for (size_t at = HEADER + 200; at < len; at += FRAME)
        bytes[at] ^= 1;
    rc = fixture_try(vault, "SELECT sum(length(v)) FROM t");
    assert_int_equal(hf_vault_status(vault, rc, &err), HF_ERR_CORRUPT);
    for (size_t at = HEADER + 200; at < len; at += FRAME)
        bytes[at] ^= 1;
    fixture_exec(vault, "SELECT sum(length(v)) FROM t");
    assert_int_equal(hf_vault_close(vault), HF_OK);
    disk_free(disk);
}

/* SQLite would take the database for new and delete the log. */
static void main_file_emptied__does_not_open_and_the_log_stays(void **state)
{
    struct disk *disk = memory_copy(original);

    (void)state;
    disk_put(disk, MEMORY_DB, "", 0);
    assert_int_not_equal(memory_read_all(disk, NULL), HF_OK); /* checks that nothing changed */
    disk_free(disk);
}

/* Authentic, at its own place, but of the generation before: only the salts tell. */
static void own_frame_replaced_by_the_last_generations__reading_it_fails(void **state)
{
    struct disk *disk = memory_disk();
    struct hf_vault *vault = memory_must_open(disk);
    struct disk *older;
    size_t len;
    uint8_t *bytes;
    int rc;

    (void)state;
    fixture_exec(vault, "PRAGMA wal_autocheckpoint=0; CREATE TABLE t(v); INSERT INTO t VALUES(zeroblob(9000))");
    assert_int_equal(sqlite3_wal_checkpoint_v2(hf_vault_db(vault), NULL, SQLITE_CHECKPOINT_RESTART, NULL, NULL), 0);
    fixture_exec(vault, "UPDATE t SET v=randomblob(9000)");
    older = memory_copy(disk);
    assert_int_equal(sqlite3_wal_checkpoint_v2(hf_vault_db(vault), NULL, SQLITE_CHECKPOINT_RESTART, NULL, NULL), 0);
    fixture_exec(vault, "UPDATE t SET v=randomblob(9000)");
    (void)sqlite3_db_release_memory(hf_vault_db(vault));
    bytes = disk_bytes(disk, MEMORY_WAL, &len);
    memcpy(bytes + HEADER, disk_bytes(older, MEMORY_WAL, &len) + HEADER, 3 * FRAME);
    rc = fixture_try(vault, "SELECT v FROM t");
    assert_int_equal(hf_vault_status(vault, rc, NULL), HF_ERR_CORRUPT);
    (void)!hf_vault_close(vault);
    disk_free(older);
    disk_free(disk);
}

/* Authentic, of this generation and at its own place, but from a transaction that was rolled back: only the checksum
 * that runs on from frame to frame tells. */
static void frame_of_a_rolled_back_transaction__damage_when_two_commits_follow(void **state)
{
    struct disk *disk = memory_disk();
    struct hf_vault *vault = memory_must_open(disk);
    struct disk *older;
    struct disk *copy;
    size_t committed, len;

    (void)state;
    fixture_exec(vault, "PRAGMA wal_autocheckpoint=0; PRAGMA cache_size=5; CREATE TABLE meta(step);"
                        "CREATE TABLE row(id INTEGER PRIMARY KEY, v BLOB); INSERT INTO meta VALUES(0);");
    committed = memory_log_end(disk, MEMORY_WAL);
    fixture_exec(vault, "BEGIN; INSERT INTO row(v) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE "
                        "i<40) SELECT randomblob(3000) FROM n; ROLLBACK");
    older = memory_copy(disk);
    assert_true(memory_log_end(older, MEMORY_WAL) > committed + FRAME);
    fixture_exec(vault, "UPDATE meta SET step=1; UPDATE meta SET step=2; UPDATE meta SET step=3; UPDATE meta SET "
                        "step=4"); /* one frame each; the second does not carry on from what we put in for the first */
    copy = memory_copy(disk);
    memcpy(disk_bytes(copy, MEMORY_WAL, &len) + committed, disk_bytes(older, MEMORY_WAL, &len) + committed, FRAME);
    assert_int_equal(memory_read_all(copy, NULL), HF_ERR_CORRUPT);
    disk_free(copy);
    disk_free(older);
    assert_int_equal(hf_vault_close(vault), HF_OK);
    disk_free(disk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(untouched__all_commits_are_there),
        cmocka_unit_test(one_bit_anywhere__end_of_log_or_damage),
        cmocka_unit_test(zeros_behind_the_frames_changed__all_commits_are_there),
        cmocka_unit_test(commits__seldom_make_the_file_longer),
        cmocka_unit_test(any_bit_of_the_header__damage),
        cmocka_unit_test(cut_anywhere__the_commits_before_the_cut),
        cmocka_unit_test(last_frame_torn_at_each_sector__the_commits_before_it),
        cmocka_unit_test(frames_swapped__end_of_log_or_damage),
        cmocka_unit_test(frame_replayed_at_another_place__end_of_log_or_damage),
        cmocka_unit_test(frame_of_an_older_generation__end_of_log_or_damage),
        cmocka_unit_test(wal_removed__reads_as_of_the_last_checkpoint),
        cmocka_unit_test(torn_page_one_with_a_good_copy_in_the_wal__opens),
        cmocka_unit_test(own_frame_changed__reading_it_fails),
        cmocka_unit_test(main_file_emptied__does_not_open_and_the_log_stays),
        cmocka_unit_test(own_frame_replaced_by_the_last_generations__reading_it_fails),
        cmocka_unit_test(frame_of_a_rolled_back_transaction__damage_when_two_commits_follow),
    };

    return fixture_run_in_both_suites(tests, make_original, free_original);
}
