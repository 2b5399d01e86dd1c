#include "tests/vault/support_memory.h"

#include "core/vault/vault_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct disk *memory_disk(void)
{
    struct disk *disk = disk_new(1);
    uint8_t page[4096];

    assert_non_null(disk);
    assert_int_equal(hf_vault_start(NULL), HF_OK);
    assert_int_equal(hf_vault_seal_first_page_in(fixture_suite, &fixture_db_id, fixture_key, page), HF_OK);
    disk_put(disk, MEMORY_DB, page, sizeof(page));
    return disk;
}

enum hf_status memory_open(struct disk *disk, struct hf_vault **out_vault, struct hf_error *err)
{
    return hf_vault_open_on(disk_vfs(disk), MEMORY_DB, &fixture_db_id, fixture_key, fixture_flags(HF_VAULT_READ_WRITE),
                            out_vault, err);
}

struct hf_vault *memory_must_open(struct disk *disk)
{
    struct hf_vault *vault = NULL;
    struct hf_error err = {0};

    if (memory_open(disk, &vault, &err) != HF_OK)
        fail_msg("%s", err.text);
    return vault;
}

/* integrity_check reads every page and compares tables with indexes. */
static enum hf_status read_tables(struct hf_vault *vault, int64_t *out_step)
{
    sqlite3 *db = hf_vault_db(vault);
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(db, "SELECT step, (SELECT sum(length(v)) FROM row) FROM meta", -1, &statement, NULL);

    if (rc == SQLITE_OK && (rc = sqlite3_step(statement)) == SQLITE_ROW && out_step)
        *out_step = sqlite3_column_int64(statement, 0);
    (void)sqlite3_finalize(statement);
    if (rc == SQLITE_ROW)
        rc = sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &statement, NULL);
    if (rc == SQLITE_OK) {
        rc = sqlite3_step(statement);
        if (rc == SQLITE_ROW && strcmp((const char *)sqlite3_column_text(statement, 0), "ok") != 0)
            rc = SQLITE_CORRUPT;
        (void)sqlite3_finalize(statement);
    }
    return hf_vault_status(vault, rc, NULL);
}

static void expect_same(struct disk *a, struct disk *b, const char *name)
{
    size_t a_len = 0;
    size_t b_len = 0;
    const uint8_t *a_bytes = disk_bytes(a, name, &a_len);
    const uint8_t *b_bytes = disk_bytes(b, name, &b_len);

    assert_int_equal(a_len, b_len);
    if (a_len > 0)
        assert_memory_equal(a_bytes, b_bytes, a_len);
}

enum hf_status memory_read_all(struct disk *disk, int64_t *out_step)
{
    struct disk *before = memory_copy(disk);
    struct hf_vault *vault = NULL;
    enum hf_status status = memory_open(disk, &vault, NULL);

    if (status != HF_OK) {
        expect_same(disk, before, MEMORY_DB);
        expect_same(disk, before, MEMORY_WAL);
    } else {
        status = read_tables(vault, out_step);
        (void)!hf_vault_close(vault);
    }
    disk_free(before);
    return status;
}

struct disk *memory_with_commits(int commits, bool is_closed)
{
    struct disk *disk = memory_disk();
    struct disk *copy;
    struct hf_vault *vault = memory_must_open(disk);
    char sql[160];

    fixture_exec(vault, "CREATE TABLE meta(step INTEGER); CREATE TABLE row(id INTEGER PRIMARY KEY, v BLOB);"
                        "CREATE INDEX row_length ON row(length(v)); INSERT INTO meta VALUES(0)");
    assert_int_equal(sqlite3_wal_checkpoint_v2(hf_vault_db(vault), NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL), 0);
    for (int i = 1; i <= commits; i++) {
        (void)snprintf(sql, sizeof(sql),
                       "BEGIN; UPDATE meta SET step=%d; INSERT INTO row(v) VALUES(zeroblob(%d)); COMMIT", i, 700 + i);
        fixture_exec(vault, sql);
    }
    if (is_closed)
        assert_int_equal(hf_vault_close(vault), HF_OK);
    copy = memory_copy(disk);
    if (!is_closed)
        assert_int_equal(hf_vault_close(vault), HF_OK);
    disk_free(disk);
    return copy;
}

struct disk *memory_copy(struct disk *disk)
{
    struct disk *copy = disk_new(1);
    const char *const names[] = {MEMORY_DB, MEMORY_WAL};

    assert_non_null(copy);
    for (size_t i = 0; i < 2; i++) {
        size_t len = 0;
        const uint8_t *bytes = disk_bytes(disk, names[i], &len);

        if (bytes)
            disk_put(copy, names[i], bytes, len);
    }
    return copy;
}

size_t memory_log_end(struct disk *disk, const char *path)
{
    static const uint8_t zeros[4120];
    size_t len = 0;
    const uint8_t *bytes = disk_bytes(disk, path, &len);

    while (bytes && len >= 32 + sizeof(zeros) && memcmp(bytes + len - sizeof(zeros), zeros, sizeof(zeros)) == 0)
        len -= sizeof(zeros);
    return len;
}
