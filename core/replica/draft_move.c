/* A draft of a part whose id another record has taken follows the part to its next id (core/replica/part.h). */
#include "core/replica/drafts_internal.h"

#include <stdlib.h>

static enum hf_status put_there(struct hf_replica *replica, const struct hf_draft_move *move,
                                const struct hf_draft *draft, uint64_t now_ms, struct hf_error *err)
{
    struct hf_draft_put_field *fields = calloc(draft->field_count + 1, sizeof *fields);
    if (!fields)
        return hf_error_set(err, HF_ERR_NOMEM, "%s", hf_status_text(HF_ERR_NOMEM));
    for (size_t i = 0; i < draft->field_count; i++)
        fields[i] = (struct hf_draft_put_field){.field = draft->fields[i].field, .text = draft->fields[i].text};
    /* seen 0: its author has seen nothing of what others may have written under the next id */
    const struct hf_draft_put put = {.case_id = move->case_id,
                                     .record_id = move->to,
                                     .type = move->type,
                                     .parent = move->parent,
                                     .slot = move->slot,
                                     .form = draft->form,
                                     .seen = 0,
                                     .fields = fields,
                                     .field_count = draft->field_count,
                                     .reason = &draft->reason,
                                     .cursor = &draft->cursor};
    enum hf_status status = hf_replica_draft_put_in(replica, &put, now_ms, err);
    free(fields);
    return status;
}

/* A draft that was shown to those who hold the case stays so. */
static enum hf_status share_alike(struct hf_replica *replica, const struct hf_id *from, const struct hf_id *to,
                                  struct hf_error *err)
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, replica,
                       "UPDATE drafts SET shared = (SELECT shared FROM drafts WHERE record_id = ?1 AND device = x'')"
                       " WHERE record_id = ?2 AND device = x''");
    hf_rows_bind_id(&rows, from);
    hf_rows_bind_id(&rows, to);
    return hf_rows_run(&rows, err);
}

static enum hf_status carry_over(struct hf_replica *replica, const struct hf_id *from, const struct hf_draft_move *move,
                                 const struct hf_draft *draft, uint64_t now_ms, struct hf_error *err)
{
    enum hf_status status = put_there(replica, move, draft, now_ms, err);
    if (status == HF_OK)
        status = share_alike(replica, from, &move->to, err);
    return status == HF_OK ? hf_replica_draft_end(replica, from, err) : status;
}

/* Whether there is one that this program can read. */
static enum hf_status find(struct hf_replica *replica, const struct hf_id *record_id, struct hf_buf *bytes,
                           struct hf_draft *out, bool *out_found, struct hf_error *err)
{
    enum hf_status status = hf_replica_draft(replica, record_id, NULL, bytes, out, err);
    *out_found = status == HF_OK;
    return status == HF_ERR_NOT_FOUND || status == HF_ERR_UNSUPPORTED ? HF_OK : status;
}

/* *out_done: it was this one. */
static enum hf_status move_one(struct hf_replica *replica, const struct hf_id *from, const struct hf_draft_move *move,
                               uint64_t now_ms, bool *out_done, struct hf_error *err)
{
    bool found = false;
    struct hf_buf bytes = {0};
    struct hf_draft *draft = malloc(sizeof *draft);
    enum hf_status status = draft ? find(replica, from, &bytes, draft, &found, err)
                                  : hf_error_set(err, HF_ERR_NOMEM, "%s", hf_status_text(HF_ERR_NOMEM));
    if (status == HF_OK && found && draft->type == move->type && hf_id_equal(&draft->case_id, &move->case_id)) {
        status = carry_over(replica, from, move, draft, now_ms, err);
        *out_done = true;
    }
    hf_buf_wipe(&bytes);
    free(draft);
    return status;
}

static enum hf_status has_any(struct hf_replica *replica, const struct hf_id *record_id, bool *out,
                              struct hf_error *err)
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, replica, "SELECT 1 FROM drafts WHERE record_id = ? AND device = x''");
    hf_rows_bind_id(&rows, record_id);
    *out = hf_rows_next(&rows);
    return hf_rows_end(&rows, err);
}

static enum hf_status follow(struct hf_replica *replica, const struct hf_draft_move *move, uint64_t now_ms,
                             struct hf_error *err)
{
    bool done = false;
    struct hf_id id = move->first;
    enum hf_status status = has_any(replica, &move->to, &done, err);
    for (size_t i = 0; status == HF_OK && !done && i < HF_PART_IDS_MAX && !hf_id_equal(&id, &move->to); i++) {
        status = move_one(replica, &id, move, now_ms, &done, err);
        id = hf_model_part_next(&id, move->type);
    }
    return status;
}

enum hf_status hf_replica_draft_follow(struct hf_replica *replica, const struct hf_draft_move *move, uint64_t now_ms,
                                       struct hf_error *err)
{
    if (hf_id_equal(&move->first, &move->to))
        return HF_OK;
    enum hf_status status = hf_rows_transaction(replica, err);
    return status == HF_OK ? hf_rows_finish(replica, follow(replica, move, now_ms, err), err) : status;
}
