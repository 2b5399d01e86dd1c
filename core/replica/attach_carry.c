/* Attachments in carried files: the same chunks and proofs as on a connection, read without changing anything. */
#include "core/replica/attachments_internal.h"
#include "core/replica/indexed.h"

#include <stdlib.h>
#include <string.h>

#define ROWS_MAX 1024 /* in one file */

struct row_list {
    struct hf_attach_row *rows;
    size_t count;
};

/* Read first and walked through afterwards: no statement is open while others work. */
static enum hf_status list_rows(struct hf_rows *rows, struct row_list *out, struct hf_error *err)
{
    out->rows = calloc(ROWS_MAX, sizeof *out->rows);
    while (out->rows && out->count < ROWS_MAX && hf_rows_next(rows))
        hf_attach_row_read(rows, &out->rows[out->count++]);
    enum hf_status status = hf_rows_end(rows, err);
    if (status == HF_OK && !out->rows)
        status = hf_error_set(err, HF_ERR_NOMEM, "%s", hf_status_text(HF_ERR_NOMEM));
    return status;
}

static enum hf_status walk_chunks(struct hf_replica *replica, const struct hf_attach_row *row, uint64_t first,
                                  hf_attach_step_fn *each, void *ctx, bool *more, struct hf_error *err)
{
    enum hf_status status = HF_OK;
    while (status == HF_OK && *more && first < row->count) {
        struct hf_attach_step step = {.any = true, .put = true, .record_id = row->record_id, .first = first};
        status = hf_attach_load(replica, row, first, HF_CHUNKS_RUN_MAX, &step, err);
        if (status == HF_OK)
            *more = each(ctx, &step);
        first += step.count;
        hf_attach_step_clear(&step);
    }
    /* Its file was taken away from below: one attachment must not stop all others. */
    return status == HF_ERR_CORRUPT || status == HF_ERR_NOT_FOUND ? HF_OK : status;
}

enum hf_status hf_replica_attach_carry_out(struct hf_replica *replica, hf_attach_step_fn *each, void *ctx,
                                           struct hf_error *err)
{
    struct hf_rows rows;
    struct row_list list = {0};
    bool more = true;
    if (!replica->attach_folder)
        return HF_OK;
    hf_rows_begin_text(&rows, replica,
                       "SELECT " HF_ATTACH_COLUMNS " FROM attachments WHERE own = 1 AND sent < count AND answer <> 4"
                       " ORDER BY count - sent, record_id");
    enum hf_status status = list_rows(&rows, &list, err);
    for (size_t i = 0; status == HF_OK && more && i < list.count; i++)
        status = walk_chunks(replica, &list.rows[i], list.rows[i].sent, each, ctx, &more, err);
    free(list.rows);
    return status;
}

static bool ask(const struct hf_attach_row *row, hf_attach_step_fn *each, void *ctx)
{
    bool more = true;
    for (uint64_t first = row->have; more && first < row->count; first += HF_CHUNKS_RUN_MAX) {
        const uint64_t left = row->count - first;
        const struct hf_attach_step step = {.any = true,
                                            .record_id = row->record_id,
                                            .first = first,
                                            .count = left < HF_CHUNKS_RUN_MAX ? (size_t)left : HF_CHUNKS_RUN_MAX};
        more = each(ctx, &step);
    }
    return more;
}

enum hf_status hf_replica_attach_carry_wanted(struct hf_replica *replica, hf_attach_step_fn *each, void *ctx,
                                              struct hf_error *err)
{
    struct hf_rows rows;
    struct row_list list = {0};
    bool due = false;
    if (!replica->attach_folder)
        return HF_OK;
    enum hf_status status = hf_replica_attach_due(replica, 0, false, &due, err); /* learns of those that came */
    if (status != HF_OK)
        return status;
    hf_rows_begin_text(
        &rows, replica,
        "SELECT " HF_ATTACH_COLUMNS " FROM attachments WHERE have < count AND (wanted = 1 OR size <= ?)"
        " AND EXISTS(SELECT 1 FROM records WHERE " HF_RECORD_NAMED(
            "attachments.record_id") "  AND records.deleted = 0) ORDER BY wanted DESC, count - have, record_id");
    hf_rows_bind_u64(&rows, HF_ATTACH_SMALL_BYTES);
    status = list_rows(&rows, &list, err);
    for (size_t i = 0; status == HF_OK && i < list.count && ask(&list.rows[i], each, ctx); i++) {
    }
    free(list.rows);
    return status;
}

enum hf_status hf_replica_attach_carry_case(struct hf_replica *replica, const struct hf_id *case_id, bool all,
                                            hf_attach_step_fn *each, void *ctx, struct hf_error *err)
{
    struct hf_rows rows;
    struct row_list list = {0};
    bool more = true;
    if (!replica->attach_folder)
        return HF_OK;
    hf_rows_begin_text(
        &rows, replica,
        "SELECT " HF_ATTACH_COLUMNS " FROM attachments WHERE case_id = ?1 AND count > 0 AND have = count"
        " AND EXISTS(SELECT 1 FROM records WHERE " HF_RECORD_NAMED(
            "attachments.record_id") "  AND records.deleted = 0)"
                                     " AND (?2 OR (own = 1 AND sent < count) OR EXISTS(SELECT 1 FROM changes"
                                     "  WHERE " HF_CHANGES_OF_RECORD(
                                         "attachments.record_id") " AND log_index IS NULL))"
                                                                  " ORDER BY count, record_id");
    hf_rows_bind_id(&rows, case_id);
    hf_rows_bind_u64(&rows, all ? 1 : 0);
    enum hf_status status = list_rows(&rows, &list, err);
    for (size_t i = 0; status == HF_OK && more && i < list.count; i++)
        status = walk_chunks(replica, &list.rows[i], 0, each, ctx, &more, err);
    free(list.rows);
    return status;
}
