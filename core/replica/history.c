#include "core/replica/indexed.h"
#include "core/replica/replica_internal.h"

/* The hold that a person is told: a change that only builds on a held one has none of its own. */
static enum hf_hold hold_shown(const struct hf_stored *stored)
{
    if (stored->effect == HF_EFFECT_HELD && stored->hold == HF_HOLD_NONE && !stored->refused)
        return HF_HOLD_BASE;
    return stored->hold;
}

static enum hf_status show(struct hf_replica *replica, const struct hf_stored *stored, hf_change_fn *each, void *ctx,
                           bool *out_more)
{
    struct hf_author author;
    enum hf_status status = hf_replica_stored_check(replica, stored, NULL);
    if (status != HF_OK)
        return status;
    struct hf_change_row row = {.change_id = stored->change_id,
                                .sent = stored->own ? stored->sent : HF_RECEIVED,
                                .own = stored->own,
                                .waiting = stored->effect == HF_EFFECT_WAITING};
    row.item = (struct hf_item){.index = stored->index,
                                .leaf = stored->leaf,
                                .case_id = stored->case_id,
                                .key_id = stored->key_id,
                                .body = stored->body,
                                .hold = hold_shown(stored)};
    if (hf_leaf_decode(stored->leaf, &row.leaf) != HF_OK)
        return HF_ERR_CORRUPT;
    status = hf_replica_author_of(replica, stored->device, &author);
    if (status != HF_OK)
        return status;
    row.author = author.person;
    row.author_name = hf_slice_str(author.name);
    *out_more = each(ctx, &row);
    return HF_OK;
}

/* Shows the rows of a begun statement and ends it. *out_count may be NULL. */
static enum hf_status show_all(struct hf_rows *rows, hf_change_fn *each, void *ctx, size_t *out_count)
{
    struct hf_stored stored;
    struct hf_buf bytes = {0};
    enum hf_status status = HF_OK;
    bool more = true;
    while (status == HF_OK && more && hf_rows_next(rows)) {
        hf_replica_stored_read(rows, &stored, &bytes);
        if (rows->code != SQLITE_ROW)
            break;
        status = show(rows->replica, &stored, each, ctx, &more);
        if (out_count)
            ++*out_count;
    }
    enum hf_status ended = hf_rows_end(rows, NULL);
    hf_buf_wipe(&bytes);
    return status == HF_OK ? ended : status;
}

enum hf_status hf_replica_history(struct hf_replica *replica, const struct hf_id *record_id, hf_change_fn *each,
                                  void *ctx)
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, replica,
                       "SELECT " HF_STORED_COLUMNS
                       " FROM changes WHERE " HF_CHANGES_OF_RECORD("?1") " ORDER BY log_index IS NULL, log_index, seq");
    hf_rows_bind_id(&rows, record_id);
    return show_all(&rows, each, ctx, NULL);
}

enum hf_status hf_replica_change(struct hf_replica *replica, const struct hf_id *change_id, hf_change_fn *each,
                                 void *ctx)
{
    struct hf_rows rows;
    size_t count = 0;
    hf_rows_begin_text(&rows, replica, "SELECT " HF_STORED_COLUMNS " FROM changes WHERE " HF_CHANGE_NAMED("?1"));
    hf_rows_bind_id(&rows, change_id);
    enum hf_status status = show_all(&rows, each, ctx, &count);
    return status == HF_OK && count == 0 ? HF_ERR_NOT_FOUND : status;
}

enum hf_status hf_replica_held(struct hf_replica *replica, hf_change_fn *each, void *ctx)
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, replica,
                       "SELECT " HF_STORED_COLUMNS " FROM changes WHERE effect = 2 AND refused = 0 ORDER BY seq");
    return show_all(&rows, each, ctx, NULL);
}
