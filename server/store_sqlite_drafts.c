/* Drafts in the SQLite driver. */
#include "server/store_sqlite.h"

static struct hf_sql *sql_of(struct hf_store *store)
{
    return &((struct hf_store_sqlite *)store)->sql;
}

enum hf_status hf_sqlite_draft_put(struct hf_store *store, const struct hf_draft_item *item)
{
    struct hf_row row;
    hf_row_start(&row, sql_of(store), HF_SQLITE_DRAFT_PUT);
    hf_row_bind_id(&row, &item->record_id);
    hf_row_bind_blob(&row, item->device, sizeof item->device);
    hf_row_bind_id(&row, &item->person);
    hf_row_bind_id(&row, &item->case_id);
    hf_row_bind_id(&row, &item->key_id);
    hf_row_bind_u64(&row, item->version);
    hf_row_bind_u64(&row, item->shared);
    hf_row_bind_slice(&row, item->blob);
    return hf_row_run(&row);
}

enum hf_status hf_sqlite_draft_end(struct hf_store *store, const struct hf_draft_ref *ref, bool by_owner)
{
    struct hf_row row;
    hf_row_start(&row, sql_of(store), by_owner ? HF_SQLITE_DRAFT_DROP : HF_SQLITE_DRAFT_END);
    hf_row_bind_id(&row, &ref->record_id);
    hf_row_bind_blob(&row, ref->device, sizeof ref->device);
    hf_row_bind_u64(&row, ref->version);
    return hf_row_run(&row);
}

static void read_draft(struct hf_row *row, struct hf_kept_draft *out)
{
    struct hf_draft_item *item = &out->item;
    item->record_id = hf_row_id(row, 0);
    hf_row_fixed(row, 1, item->device, sizeof item->device);
    item->person = hf_row_id(row, 2);
    item->case_id = hf_row_id(row, 3);
    item->key_id = hf_row_id(row, 4);
    item->version = hf_row_u64(row, 5);
    item->shared = hf_row_u64(row, 6) != 0;
    out->ended = hf_row_u64(row, 7) != 0;
    item->blob = hf_row_slice(row, 8);
}

enum hf_status hf_sqlite_drafts(struct hf_store *store, const struct hf_id *person, hf_kept_draft_fn *each, void *ctx)
{
    struct hf_row row;
    bool more = true;
    hf_row_start(&row, sql_of(store), HF_SQLITE_DRAFT_PERSON);
    hf_row_bind_id(&row, person);
    while (more && hf_row_next(&row)) {
        struct hf_kept_draft draft = {0};
        read_draft(&row, &draft);
        more = each(ctx, &draft);
    }
    return hf_row_end(&row);
}

enum hf_status hf_sqlite_drafts_purge(struct hf_store *store, const struct hf_id *case_id)
{
    struct hf_row row;
    hf_row_start(&row, sql_of(store), HF_SQLITE_DRAFT_PURGE);
    hf_row_bind_id(&row, case_id);
    return hf_row_run(&row);
}
