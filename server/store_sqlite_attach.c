/* Attachments in the SQLite driver. */
#include "server/store_sqlite.h"

static struct hf_sql *sql_of(struct hf_store *store)
{
    return &((struct hf_store_sqlite *)store)->sql;
}

enum hf_status hf_sqlite_attach_put(struct hf_store *store, const struct hf_attach_kept *kept)
{
    struct hf_row row;
    hf_row_start(&row, sql_of(store), HF_SQLITE_ATTACH_PUT);
    hf_row_bind_id(&row, &kept->record_id);
    hf_row_bind_id(&row, &kept->case_id);
    hf_row_bind_blob(&row, kept->device, sizeof kept->device);
    hf_row_bind_id(&row, &kept->content.key_id);
    hf_row_bind_u64(&row, kept->content.size);
    hf_row_bind_blob(&row, kept->content.root, sizeof kept->content.root);
    hf_row_bind_u64(&row, kept->have);
    return hf_row_run(&row);
}

static void read_kept(struct hf_row *row, struct hf_attach_kept *out)
{
    out->case_id = hf_row_id(row, 0);
    hf_row_fixed(row, 1, out->device, sizeof out->device);
    out->content.key_id = hf_row_id(row, 2);
    out->content.size = hf_row_u64(row, 3);
    hf_row_fixed(row, 4, out->content.root, sizeof out->content.root);
    out->have = hf_row_u64(row, 5);
}

enum hf_status hf_sqlite_attach_each(struct hf_store *store, hf_attach_kept_fn *each, void *ctx)
{
    struct hf_row row;
    bool more = true;
    hf_row_start(&row, sql_of(store), HF_SQLITE_ATTACH_EACH);
    while (more && hf_row_next(&row)) {
        struct hf_attach_kept kept = {.record_id = hf_row_id(&row, 6)};
        read_kept(&row, &kept);
        more = each(ctx, &kept);
    }
    return hf_row_end(&row);
}

enum hf_status hf_sqlite_attach(struct hf_store *store, const struct hf_id *record_id, struct hf_attach_kept *out)
{
    struct hf_row row;
    struct hf_attach_kept kept = {.record_id = *record_id};
    hf_row_start(&row, sql_of(store), HF_SQLITE_ATTACH_GET);
    hf_row_bind_id(&row, record_id);
    const bool found = hf_row_next(&row);
    if (found)
        read_kept(&row, &kept);
    enum hf_status status = hf_row_end(&row);
    if (status == HF_OK && !found)
        status = HF_ERR_NOT_FOUND;
    if (status == HF_OK)
        *out = kept;
    return status;
}

enum hf_status hf_sqlite_attach_bytes(struct hf_store *store, uint64_t *out)
{
    struct hf_row row;
    uint64_t bytes = 0;
    hf_row_start(&row, sql_of(store), HF_SQLITE_ATTACH_BYTES);
    if (hf_row_next(&row))
        bytes = hf_row_u64(&row, 0);
    enum hf_status status = hf_row_end(&row);
    if (status == HF_OK)
        *out = bytes;
    return status;
}
