#include "server/keystore_erase.h"

#include "server/keystore_internal.h"

enum statement { ASK, DESTROYED, ALL, CANCEL, IS_ERASED, KEYS_DELETE, STATEMENT_COUNT };

static const char schema[] =
    "CREATE TABLE erasures(erasure BLOB PRIMARY KEY, case_id BLOB NOT NULL, state INTEGER NOT NULL, body BLOB NOT NULL,"
    " shard INTEGER NOT NULL)"
    " WITHOUT ROWID;"
    "CREATE INDEX erasures_of_case ON erasures(case_id) WHERE state = 1;" HF_KEYSTORE_COUNTS(erasures);

static const char *const texts[STATEMENT_COUNT] = {
    [ASK] = "INSERT INTO erasures VALUES(?1, ?2, 0, ?3, ?4) ON CONFLICT DO NOTHING",
    [DESTROYED] = ("INSERT INTO erasures VALUES(?1, ?2, 1, ?3, ?4)"
                   " ON CONFLICT DO UPDATE SET state = 1, body = excluded.body, shard = excluded.shard"),
    [ALL] = "SELECT erasure, case_id, state, body, shard FROM erasures ORDER BY erasure",
    [CANCEL] = "DELETE FROM erasures WHERE erasure = ?1 AND state = 0",
    [IS_ERASED] = "SELECT 1 FROM erasures WHERE case_id = ?1 AND state = 1 LIMIT 1",
    [KEYS_DELETE] = "DELETE FROM class_keys WHERE case_id = ?1",
};

enum hf_status hf_keystore_erasures_open(struct hf_keystore *store, struct hf_vault *vault, struct hf_error *err)
{
    return hf_sql_open(&store->erasures, vault, "erasures", schema, texts, STATEMENT_COUNT, err);
}

static int changed(const struct hf_keystore *store)
{
    return sqlite3_changes(hf_vault_db(store->erasures.vault));
}

static enum hf_status put(struct hf_keystore *store, enum statement statement, const struct hf_erasure_row *erasure)
{
    struct hf_row row;
    hf_row_start(&row, &store->erasures, statement);
    hf_row_bind_id(&row, &erasure->erasure);
    hf_row_bind_id(&row, &erasure->case_id);
    hf_row_bind_slice(&row, erasure->body);
    hf_row_bind_u64(&row, erasure->shard);
    return hf_row_run(&row);
}

static enum hf_status run_for(struct hf_keystore *store, enum statement statement, const struct hf_id *id)
{
    struct hf_row row;
    hf_row_start(&row, &store->erasures, statement);
    hf_row_bind_id(&row, id);
    return hf_row_run(&row);
}

enum hf_status hf_keystore_erasure_ask(struct hf_keystore *store, const struct hf_erasure_row *row)
{
    enum hf_status status = put(store, ASK, row);
    return status == HF_OK && changed(store) != 1 ? HF_ERR_EXISTS : status;
}

enum hf_status hf_keystore_erasures(struct hf_keystore *store, hf_erasure_row_fn *each, void *ctx)
{
    struct hf_row row;
    bool go_on = true;
    hf_row_start(&row, &store->erasures, ALL);
    while (go_on && hf_row_next(&row)) {
        struct hf_erasure_row erasure = {.erasure = hf_row_id(&row, 0),
                                         .case_id = hf_row_id(&row, 1),
                                         .state = hf_row_u64(&row, 2) ? HF_ERASURE_DESTROYED : HF_ERASURE_ASKED,
                                         .body = hf_row_slice(&row, 3),
                                         .shard = hf_row_u64(&row, 4)};
        if (row.code != SQLITE_OK)
            break;
        go_on = each(ctx, &erasure);
    }
    return hf_row_end(&row);
}

enum hf_status hf_keystore_erasure_cancel(struct hf_keystore *store, const struct hf_id *erasure)
{
    enum hf_status status = run_for(store, CANCEL, erasure);
    return status == HF_OK && changed(store) != 1 ? HF_ERR_NOT_FOUND : status;
}

enum hf_status hf_keystore_destroy(struct hf_keystore *store, const struct hf_erasure_row *row)
{
    enum hf_status status = hf_sql_begin(&store->erasures);
    if (status != HF_OK)
        return status;
    status = put(store, DESTROYED, row);
    if (status == HF_OK)
        status = run_for(store, KEYS_DELETE, &row->case_id);
    status = hf_sql_finish(&store->erasures, status);
    return status == HF_OK ? hf_keystore_scrub(store) : status;
}

enum hf_status hf_keystore_erased(struct hf_keystore *store, const struct hf_id *case_id, bool *out)
{
    struct hf_row row;
    hf_row_start(&row, &store->erasures, IS_ERASED);
    hf_row_bind_id(&row, case_id);
    bool found = hf_row_next(&row);
    enum hf_status status = hf_row_end(&row);
    if (status == HF_OK)
        *out = found;
    return status;
}

enum hf_status hf_keystore_scrub(struct hf_keystore *store)
{
    return hf_sql_scrub(&store->erasures);
}
