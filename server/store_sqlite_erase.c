/* Erasing a case from the SQLite store. */
#include "server/store_sqlite.h"

static enum hf_status run_for(struct hf_sql *sql, enum hf_sqlite_statement statement, const struct hf_id *case_id)
{
    struct hf_row row;
    hf_row_start(&row, sql, statement);
    hf_row_bind_id(&row, case_id);
    return hf_row_run(&row);
}

enum hf_status hf_sqlite_erase_case(struct hf_sql *sql, const struct hf_id *case_id)
{
    enum hf_status status = run_for(sql, HF_SQLITE_ERASE_PAYLOADS, case_id);
    if (status == HF_OK)
        status = run_for(sql, HF_SQLITE_ERASE_RECORDS, case_id);
    if (status == HF_OK)
        status = run_for(sql, HF_SQLITE_ATTACH_PURGE, case_id);
    return status == HF_OK ? run_for(sql, HF_SQLITE_DRAFT_PURGE, case_id) : status;
}

enum hf_status hf_sqlite_destroy(struct hf_store *store, const struct hf_id *case_id)
{
    struct hf_sql *sql = &((struct hf_store_sqlite *)store)->sql;
    enum hf_status status = hf_sql_begin(sql);
    return status == HF_OK ? hf_sql_finish(sql, hf_sqlite_erase_case(sql, case_id)) : status;
}

enum hf_status hf_sqlite_scrub(struct hf_store *store)
{
    return hf_sql_scrub(&((struct hf_store_sqlite *)store)->sql);
}
