#include "server/sql.h"

#include "core/base/assert.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum hf_status exec(struct hf_sql *sql, const char *text, struct hf_error *err)
{
    return hf_vault_status(sql->vault, sqlite3_exec(hf_vault_db(sql->vault), text, NULL, NULL, NULL), err);
}

static enum hf_status table_exists(struct hf_sql *sql, const char *table, bool *out, struct hf_error *err)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(hf_vault_db(sql->vault), "SELECT 1 FROM sqlite_schema WHERE type='table' AND name=?1",
                                  -1, &statement, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_bind_text(statement, 1, table, -1, SQLITE_STATIC);
    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    *out = code == SQLITE_ROW;
    sqlite3_finalize(statement);
    return hf_vault_status(sql->vault, code, err);
}

enum hf_status hf_sql_open(struct hf_sql *sql, struct hf_vault *vault, const char *probe, const char *schema,
                           const char *const *texts, size_t count, struct hf_error *err)
{
    *sql = (struct hf_sql){.vault = vault, .texts = texts, .count = count};
    bool exists = false;
    enum hf_status status = table_exists(sql, probe, &exists, err);
    if (status != HF_OK)
        return status;
    if (!exists) {
        status = exec(sql, "BEGIN IMMEDIATE", err);
        if (status == HF_OK)
            status = hf_sql_finish(sql, exec(sql, schema, err));
        if (status != HF_OK)
            return status;
    }
    sql->statements = calloc(count, sizeof *sql->statements);
    return sql->statements ? HF_OK : hf_error_set(err, HF_ERR_NOMEM, "There is not enough memory.");
}

enum hf_status hf_sql_form(struct hf_vault *vault, uint64_t *out)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(hf_vault_db(vault), "PRAGMA user_version", -1, &statement, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    const uint64_t form = code == SQLITE_ROW ? (uint64_t)sqlite3_column_int64(statement, 0) : 0;
    sqlite3_finalize(statement);
    enum hf_status status = hf_vault_status(vault, code, NULL);
    if (status == HF_OK)
        *out = form;
    return status;
}

enum hf_status hf_sql_set_form(struct hf_vault *vault, unsigned form)
{
    char text[40];
    (void)snprintf(text, sizeof text, "PRAGMA user_version = %u", form);
    return hf_vault_status(vault, sqlite3_exec(hf_vault_db(vault), text, NULL, NULL, NULL), NULL);
}

void hf_sql_close(struct hf_sql *sql)
{
    for (size_t i = 0; sql->statements && i < sql->count; i++)
        sqlite3_finalize(sql->statements[i]);
    free(sql->statements);
    *sql = (struct hf_sql){0};
}

enum hf_status hf_sql_begin(struct hf_sql *sql)
{
    return exec(sql, "BEGIN IMMEDIATE", NULL);
}

enum hf_status hf_sql_finish(struct hf_sql *sql, enum hf_status status)
{
    if (status == HF_OK)
        status = exec(sql, "COMMIT", NULL);
    if (status != HF_OK)
        (void)exec(sql, "ROLLBACK", NULL);
    return status;
}

enum hf_status hf_sql_scrub(struct hf_sql *sql)
{
    return hf_vault_scrub(sql->vault);
}

void hf_row_start(struct hf_row *row, struct hf_sql *sql, size_t statement)
{
    HF_ASSERT(statement < sql->count);
    *row = (struct hf_row){.sql = sql, .code = SQLITE_OK};
    if (!sql->statements[statement])
        row->code = sqlite3_prepare_v3(hf_vault_db(sql->vault), sql->texts[statement], -1, SQLITE_PREPARE_PERSISTENT,
                                       &sql->statements[statement], NULL);
    row->statement = sql->statements[statement];
}

void hf_row_bind_u64(struct hf_row *row, uint64_t value)
{
    row->position++;
    if (row->code == SQLITE_OK)
        row->code = sqlite3_bind_int64(row->statement, row->position, (sqlite3_int64)value);
}

void hf_row_bind_blob(struct hf_row *row, const void *data, size_t len)
{
    row->position++;
    if (row->code != SQLITE_OK)
        return;
    if (len == 0)
        row->code = sqlite3_bind_zeroblob(row->statement, row->position, 0);
    else
        row->code = sqlite3_bind_blob64(row->statement, row->position, data, len, SQLITE_STATIC);
}

void hf_row_bind_slice(struct hf_row *row, struct hf_slice slice)
{
    hf_row_bind_blob(row, slice.data, slice.len);
}

void hf_row_bind_id(struct hf_row *row, const struct hf_id *id)
{
    hf_row_bind_blob(row, id->bytes, HF_ID_BYTES);
}

bool hf_row_next(struct hf_row *row)
{
    if (row->code != SQLITE_OK)
        return false;
    int code = sqlite3_step(row->statement);
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        row->code = code;
    return code == SQLITE_ROW;
}

uint64_t hf_row_u64(struct hf_row *row, int column)
{
    return (uint64_t)sqlite3_column_int64(row->statement, column);
}

struct hf_slice hf_row_slice(struct hf_row *row, int column)
{
    const void *data = sqlite3_column_blob(row->statement, column);
    return hf_slice_of(data, (size_t)sqlite3_column_bytes(row->statement, column));
}

void hf_row_fixed(struct hf_row *row, int column, void *out, size_t len)
{
    struct hf_slice slice = hf_row_slice(row, column);
    if (slice.len == len) {
        memcpy(out, slice.data, len);
        return;
    }
    memset(out, 0, len);
    row->code = SQLITE_CORRUPT;
}

struct hf_id hf_row_id(struct hf_row *row, int column)
{
    struct hf_id id;
    hf_row_fixed(row, column, id.bytes, HF_ID_BYTES);
    return id;
}

enum hf_status hf_row_end(struct hf_row *row)
{
    int code = row->code;
    if (row->statement) {
        sqlite3_reset(row->statement);
        sqlite3_clear_bindings(row->statement);
    }
    return hf_vault_status(row->sql->vault, code, NULL);
}

enum hf_status hf_row_run(struct hf_row *row)
{
    (void)hf_row_next(row);
    return hf_row_end(row);
}
