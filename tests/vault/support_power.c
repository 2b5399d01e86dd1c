#include "tests/vault/support_power.h"

#include "tests/vault/support_memory.h"
#include "tests/vault/support_vault.h"
#include "tools/simulator/disk.h"

#include "core/vault/vault_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH          "/case.db"
#define ROWS          96
#define BLOB_MAX      2600
#define ROUNDS        5
#define STEPS_MAX     24 /* transactions until a round ends without a stop */
#define CALLS_MAX     700
#define REOPENS_MAX   8 /* stops in a row while opening */
#define FAILURES_TOLD 10

/* What the table must hold: per row the number of the transaction that wrote it, 0: no row. */
struct model {
    int64_t step;
    uint64_t rows[ROWS];
};

struct run {
    uint64_t seed;
    struct disk *disk;
    struct hf_vault *vault;
    struct model before; /* last reported commit */
    struct model after;  /* with the transaction under way */
    struct model doubt;  /* with the one that failed last: its commit may have reached the disk all the same */
    int64_t attempts;
    char *text;
};

static uint64_t pick(struct run *run, uint64_t below)
{
    return test_random(&run->seed) % below;
}

static bool wrong(struct run *run, const char *what)
{
    (void)snprintf(run->text, POWER_TEXT_BYTES, "step %" PRId64 ": %s", run->before.step, what);
    return false;
}

/* --- statements ------------------------------------------------------------------------------------------------------
 */

static int sql(struct run *run, const char *text)
{
    return sqlite3_exec(hf_vault_db(run->vault), text, NULL, NULL, NULL);
}

static size_t blob_make(uint64_t row, uint64_t version, uint8_t out[BLOB_MAX])
{
    uint64_t seed = version * 1000 + row;
    size_t len = test_random(&seed) % BLOB_MAX;

    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)(seed >> (i % 8) ^ i);
    return len;
}

static int put_row(struct run *run, uint64_t row, uint64_t version)
{
    uint8_t blob[BLOB_MAX];
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(hf_vault_db(run->vault), "INSERT OR REPLACE INTO row(id, v) VALUES(?1, ?2)", -1,
                                &statement, NULL);

    if (rc == SQLITE_OK) {
        sqlite3_bind_int64(statement, 1, (sqlite3_int64)row);
        sqlite3_bind_blob(statement, 2, blob, (int)blob_make(row, version, blob), SQLITE_STATIC);
        (void)sqlite3_step(statement);
    }
    return sqlite3_finalize(statement);
}

static int delete_row(struct run *run, uint64_t row)
{
    char text[64];

    (void)snprintf(text, sizeof(text), "DELETE FROM row WHERE id=%" PRIu64, row);
    return sql(run, text);
}

/* --- transactions ----------------------------------------------------------------------------------------------------
 */

static int change_rows(struct run *run, uint64_t count)
{
    int rc = SQLITE_OK;

    for (uint64_t i = 0; rc == SQLITE_OK && i < count; i++) {
        uint64_t row = pick(run, ROWS);
        bool is_delete = pick(run, 4) == 0;

        rc = is_delete ? delete_row(run, row) : put_row(run, row, (uint64_t)run->after.step);
        run->after.rows[row] = is_delete ? 0 : (uint64_t)run->after.step;
    }
    return rc;
}

/* Changes that are taken back inside the transaction. */
static int detour(struct run *run)
{
    struct model kept = run->after;
    int rc = sql(run, "SAVEPOINT detour");

    if (rc == SQLITE_OK)
        rc = change_rows(run, 1 + pick(run, 30));
    if (rc == SQLITE_OK)
        rc = sql(run, "ROLLBACK TO detour; RELEASE detour");
    run->after = kept;
    return rc;
}

static int body(struct run *run)
{
    static const uint64_t sizes[] = {1, 2, 4, 12, 90};
    char text[64];
    int rc;

    (void)snprintf(text, sizeof(text), "BEGIN; UPDATE meta SET step=%" PRId64, run->after.step);
    rc = sql(run, text);
    if (rc == SQLITE_OK)
        rc = change_rows(run, 1 + pick(run, sizes[pick(run, 5)]));
    if (rc == SQLITE_OK && pick(run, 6) == 0)
        rc = detour(run);
    if (rc == SQLITE_OK)
        rc = change_rows(run, pick(run, 4));
    return rc;
}

/* SQLITE_OK: reported as committed, or rolled back on purpose. */
static int transact(struct run *run)
{
    int rc;

    run->after = run->before;
    run->after.step = ++run->attempts;
    rc = body(run);
    if (rc == SQLITE_OK && pick(run, 8) == 0) {
        run->after = run->before;
        return sql(run, "ROLLBACK");
    }
    if (rc == SQLITE_OK)
        rc = sql(run, "COMMIT");
    if (rc == SQLITE_OK)
        run->before = run->doubt = run->after;
    return rc;
}

static int checkpoint(struct run *run)
{
    static const int modes[] = {SQLITE_CHECKPOINT_PASSIVE, SQLITE_CHECKPOINT_RESTART, SQLITE_CHECKPOINT_TRUNCATE};

    return sqlite3_wal_checkpoint_v2(hf_vault_db(run->vault), NULL, modes[pick(run, 3)], NULL, NULL);
}

/* --- opening and checking
 * --------------------------------------------------------------------------------------------- */

static enum hf_status open_once(struct run *run, struct hf_error *err)
{
    return hf_vault_open_on(disk_vfs(run->disk), PATH, &fixture_db_id, fixture_key, fixture_flags(HF_VAULT_READ_WRITE),
                            &run->vault, err);
}

static void close_vault(struct run *run)
{
    (void)hf_vault_close(run->vault);
    run->vault = NULL;
}

static bool row_is(sqlite3_stmt *statement, const struct model *model)
{
    uint8_t blob[BLOB_MAX];
    uint64_t row = (uint64_t)sqlite3_column_int64(statement, 0);
    size_t len;

    if (row >= ROWS || model->rows[row] == 0)
        return false;
    len = blob_make(row, model->rows[row], blob);
    return (size_t)sqlite3_column_bytes(statement, 1) == len &&
           (len == 0 || memcmp(sqlite3_column_blob(statement, 1), blob, len) == 0);
}

static bool table_is(struct run *run, const struct model *model)
{
    sqlite3_stmt *statement = NULL;
    size_t expected = 0;
    size_t found = 0;
    int rc = sqlite3_prepare_v2(hf_vault_db(run->vault), "SELECT id, v FROM row", -1, &statement, NULL);

    for (size_t i = 0; i < ROWS; i++)
        expected += model->rows[i] != 0;
    while (rc == SQLITE_OK && (rc = sqlite3_step(statement)) == SQLITE_ROW) {
        rc = row_is(statement, model) ? SQLITE_OK : SQLITE_MISMATCH;
        found++;
    }
    (void)sqlite3_finalize(statement);
    return rc == SQLITE_DONE && found == expected;
}

static int one_text(struct run *run, const char *query, char *out, int bytes)
{
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(hf_vault_db(run->vault), query, -1, &statement, NULL);

    if (rc == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW)
        sqlite3_snprintf(bytes, out, "%s", sqlite3_column_text(statement, 0));
    return sqlite3_finalize(statement);
}

static bool check(struct run *run)
{
    char step[32] = "";
    char integrity[64] = "";

    if (one_text(run, "SELECT step FROM meta", step, sizeof(step)) != SQLITE_OK)
        return wrong(run, "the state cannot be read");
    if (atoll(step) == run->after.step)
        run->before = run->after;
    if (atoll(step) == run->doubt.step)
        run->before = run->doubt;
    if (atoll(step) != run->before.step)
        return wrong(run, "a reported commit is lost");
    if (!table_is(run, &run->before))
        return wrong(run, "the rows are not those of the commit");
    if (one_text(run, "PRAGMA integrity_check", integrity, sizeof(integrity)) != SQLITE_OK ||
        strcmp(integrity, "ok") != 0)
        return wrong(run, "the integrity check fails");
    run->after = run->doubt = run->before;
    return true;
}

/* Opens after a stop; opening may be stopped too. */
static bool reopen(struct run *run)
{
    struct hf_error err;
    enum hf_status status = HF_ERR_IO;
    char text[64];

    for (int attempt = 0; attempt < REOPENS_MAX; attempt++) {
        bool is_last = attempt + 1 == REOPENS_MAX || pick(run, 4) != 0;

        disk_go_on(run->disk);
        if (!is_last)
            disk_stop_at(run->disk, (enum disk_stop)pick(run, 2), 1 + pick(run, 40));
        status = open_once(run, &err);
        if (status == HF_OK || !disk_is_stopped(run->disk))
            break;
    }
    if (status != HF_OK)
        return wrong(run, err.text);
    if (disk_is_stopped(run->disk)) { /* it opened, and the stop was ignored: cannot be */
        close_vault(run);
        return wrong(run, "opened although the disk was gone");
    }
    disk_stop_at(run->disk, DISK_POWER_FAILS, 0);
    (void)snprintf(text, sizeof(text), "PRAGMA cache_size=12; PRAGMA wal_autocheckpoint=%u",
                   4 + (unsigned)pick(run, 40));
    if (sql(run, text) != SQLITE_OK)
        return wrong(run, "the cache cannot be set");
    return check(run);
}

/* --- rounds
 * ------------------------------------------------------------------------------------------------------------ */

static int step_once(struct run *run)
{
    int rc = transact(run);

    if (rc == SQLITE_OK && pick(run, 6) == 0)
        rc = checkpoint(run);
    if (rc == SQLITE_OK && pick(run, 20) == 0) {
        close_vault(run);
        rc = open_once(run, NULL) == HF_OK ? SQLITE_OK : SQLITE_CANTOPEN;
    }
    return rc;
}

/* A call that failed once, with the disk fine again: what was under way is rolled back and work goes on. */
static int shrug(struct run *run)
{
    disk_fault_end(run->disk);
    run->doubt = run->after;
    if (!run->vault)
        return open_once(run, NULL) == HF_OK ? SQLITE_OK : SQLITE_CANTOPEN;
    return sqlite3_get_autocommit(hf_vault_db(run->vault)) ? SQLITE_OK : sql(run, "ROLLBACK");
}

static void plan_trouble(struct run *run)
{
    enum disk_stop stop = pick(run, 3) == 0 ? DISK_PROCESS_DIES : DISK_POWER_FAILS;
    enum disk_fault fault = (enum disk_fault)(DISK_FAULT_WRITE + pick(run, DISK_FAULT_COUNT - DISK_FAULT_WRITE));

    disk_stop_at(run->disk, stop, 1 + pick(run, 1 + pick(run, CALLS_MAX)));
    disk_fault_at(run->disk, pick(run, 2) == 0 ? fault : DISK_FAULT_NONE, 1 + pick(run, 40), false);
}

/* Works until the stop. Before it, only the planned fault may be in the way. */
static bool work(struct run *run)
{
    bool was_troubled = false;
    char text[160];
    int rc = SQLITE_OK;

    plan_trouble(run);
    for (int i = 0; rc == SQLITE_OK && i < STEPS_MAX; i++) {
        rc = step_once(run);
        if (rc != SQLITE_OK && !disk_is_stopped(run->disk) && disk_fault_happened(run->disk) && !was_troubled) {
            was_troubled = true;
            rc = shrug(run);
        }
    }
    disk_fault_end(run->disk);
    if (rc != SQLITE_OK && !disk_is_stopped(run->disk)) {
        (void)snprintf(text, sizeof(text), "an error without a reason: %d %s", rc,
                       run->vault ? sqlite3_errmsg(hf_vault_db(run->vault)) : "");
        return wrong(run, text);
    }
    if (run->vault)
        close_vault(run);
    return true;
}

static bool prepare(struct run *run)
{
    uint8_t page[4096];
    struct hf_error err;

    assert_int_equal(hf_vault_seal_first_page_in(fixture_suite, &fixture_db_id, fixture_key, page), HF_OK);
    disk_put(run->disk, PATH, page, sizeof(page));
    if (open_once(run, &err) != HF_OK)
        return wrong(run, err.text);
    if (sql(run,
            "CREATE TABLE meta(step INTEGER); INSERT INTO meta VALUES(0);"
            "CREATE TABLE row(id INTEGER PRIMARY KEY, v BLOB); CREATE INDEX row_size ON row(length(v))") != SQLITE_OK)
        return wrong(run, "the tables cannot be made");
    return true;
}

bool power_run(uint64_t seed, char text[POWER_TEXT_BYTES])
{
    struct run run = {.seed = seed, .disk = disk_new(seed ^ 0x5eedu), .text = text};
    bool is_fine = run.disk && hf_vault_start(NULL) == HF_OK && prepare(&run);

    for (int round = 0; is_fine && round < ROUNDS; round++)
        is_fine = work(&run) && reopen(&run);
    if (is_fine && (transact(&run) != SQLITE_OK || !check(&run)))
        is_fine = wrong(&run, "it cannot be written on");
    if (run.vault)
        close_vault(&run);
    disk_free(run.disk);
    return is_fine;
}

uint64_t power_runs(uint64_t seed, uint64_t runs)
{
    uint64_t failed = 0;

    for (uint64_t i = 0; i < runs; i++) {
        char text[POWER_TEXT_BYTES] = "";

        if (power_run(seed + i, text))
            continue;
        if (failed++ < FAILURES_TOLD)
            (void)printf("seed %" PRIu64 ": %s\n", seed + i, text);
    }
    return failed;
}

#define WAL_PATH    PATH "-wal"
#define FRAME_AT(n) (32 + (size_t)(n)*4120)
#define LONG_COMMIT 20

/* A disk with the same files, but without frame `lost` of the WAL. */
static struct disk *copy_without_frame(struct disk *disk, size_t lost)
{
    struct disk *copy = disk_new(1);
    const char *const names[] = {PATH, WAL_PATH};

    for (size_t i = 0; copy && i < 2; i++) {
        size_t len = 0;
        uint8_t *bytes = disk_bytes(disk, names[i], &len);

        if (bytes)
            disk_put(copy, names[i], bytes, len);
        if (bytes && i == 1)
            memset(disk_bytes(copy, names[i], &len) + FRAME_AT(lost), 0, 4120);
    }
    return copy;
}

static bool opens(struct run *run, struct disk *disk)
{
    struct run other = {.disk = disk, .text = run->text};
    struct hf_error err;
    bool is_fine = open_once(&other, &err) == HF_OK;

    if (is_fine)
        close_vault(&other);
    else
        (void)wrong(&other, err.text);
    return is_fine;
}

bool power_after_a_failed_commit(char text[POWER_TEXT_BYTES])
{
    struct run run = {.seed = 1, .disk = disk_new(1), .text = text};
    struct disk *copy = NULL;
    size_t frames;
    bool is_fine = run.disk && hf_vault_start(NULL) == HF_OK && prepare(&run);

    frames = (memory_log_end(run.disk, WAL_PATH) - 32) / 4120;
    is_fine = is_fine && sql(&run, "BEGIN") == SQLITE_OK && change_rows(&run, LONG_COMMIT) == SQLITE_OK;
    disk_fault_at(run.disk, DISK_FAULT_SYNC, 1, false);
    is_fine = is_fine && sql(&run, "COMMIT") != SQLITE_OK && disk_fault_happened(run.disk);
    is_fine = is_fine && sql(&run, "BEGIN; UPDATE meta SET step=1") == SQLITE_OK && change_rows(&run, 2) == SQLITE_OK &&
              sql(&run, "COMMIT") == SQLITE_OK;
    if (is_fine)
        copy = copy_without_frame(run.disk, frames);
    is_fine = copy && opens(&run, copy);
    if (run.vault)
        close_vault(&run);
    if (copy)
        disk_free(copy);
    disk_free(run.disk);
    return is_fine;
}

/* Opens what one power failure left, commits something short, and leaves it without its first frame. */
static struct disk *second_failure(struct run *run, struct disk *left, size_t frame)
{
    struct run next = {.seed = 2, .disk = left, .text = run->text};
    struct hf_error err;
    struct disk *copy = NULL;

    if (open_once(&next, &err) != HF_OK)
        return NULL;
    if (sql(&next, "BEGIN; UPDATE meta SET step=1") == SQLITE_OK && change_rows(&next, 2) == SQLITE_OK &&
        sql(&next, "COMMIT") == SQLITE_OK)
        copy = copy_without_frame(left, frame);
    close_vault(&next);
    return copy;
}

bool power_twice_in_a_row(char text[POWER_TEXT_BYTES])
{
    struct run run = {.seed = 1, .disk = disk_new(1), .text = text};
    struct disk *first = NULL;
    struct disk *second = NULL;
    size_t frames;
    bool is_fine = run.disk && hf_vault_start(NULL) == HF_OK && prepare(&run);

    frames = (memory_log_end(run.disk, WAL_PATH) - 32) / 4120;
    is_fine = is_fine && sql(&run, "BEGIN") == SQLITE_OK && change_rows(&run, LONG_COMMIT) == SQLITE_OK &&
              sql(&run, "COMMIT") == SQLITE_OK;
    if (is_fine)
        first = copy_without_frame(run.disk, frames);
    if (first)
        second = second_failure(&run, first, frames);
    is_fine = second && opens(&run, second);
    if (run.vault)
        close_vault(&run);
    if (first)
        disk_free(first);
    if (second)
        disk_free(second);
    disk_free(run.disk);
    return is_fine;
}
