/* Drafts: lists, and how they end. */
#include "core/replica/draft_done.h"
#include "core/replica/drafts_internal.h"

#include <stdlib.h>
#include <string.h>

/* --- has it changed? --------------------------------------------------------------------------------------------- */

static bool was_seen(const struct hf_entry *seen, size_t count, const struct hf_id *change)
{
    for (size_t i = 0; i < count; i++)
        if (hf_id_equal(&seen[i].change, change))
            return true;
    return false;
}

static bool same_heads(const struct hf_field_state *field, const struct hf_entry *seen, size_t count)
{
    for (size_t i = 0; field && i < field->count; i++)
        if (!was_seen(seen, count, &field->entries[i].change))
            return false;
    return (field ? field->count : 0) == count;
}

bool hf_draft_field_changed(const struct hf_draft_field *field, const struct hf_record_state *state)
{
    const struct hf_record_spec *type = hf_model_type(state->type);
    const struct hf_field_spec *spec = type ? hf_model_field(type, field->field) : NULL;
    struct hf_entry seen[HF_DRAFT_SEEN_MAX];
    if (!spec || spec->kind == HF_KIND_APPEND)
        return false;
    const struct hf_field_state *there = hf_record_state_field(state, field->field);
    const size_t count = hf_draft_seen(field, seen, HF_DRAFT_SEEN_MAX);
    if (there && there->count > HF_DRAFT_SEEN_MAX)
        return false; /* more than a draft can tell */
    return !same_heads(there, seen, count);
}

static bool any_changed(const struct hf_draft *draft, const struct hf_record_state *state)
{
    for (size_t i = 0; i < draft->field_count; i++)
        if (hf_draft_field_changed(&draft->fields[i], state))
            return true;
    return false;
}

/* --- lists ------------------------------------------------------------------------------------------------------- */

static void read_whose(struct hf_replica *replica, struct hf_rows *rows, struct hf_draft_row *out)
{
    const struct hf_slice device = hf_rows_bytes(rows, 0);
    out->own = device.len == 0;
    if (out->own) {
        memcpy(out->device, replica->identity->sign.public_key, sizeof out->device);
        out->person = replica->identity->person;
    } else {
        hf_rows_copy(rows, 0, out->device, sizeof out->device);
        out->person = hf_rows_id(rows, 1);
    }
    out->same_person = out->own || hf_id_equal(&out->person, &replica->identity->person);
    out->shared = hf_rows_u64(rows, 2) == 1;
    out->held_back = hf_rows_u64(rows, 2) == 2;
}

/* Somebody began another record under the id that its author's part would have had (core/replica/part.h). */
static bool is_another(const struct hf_draft *draft, const struct hf_record_state *state)
{
    return state->type != draft->type || !hf_id_equal(&state->case_id, &draft->case_id);
}

/* Of a copy: where its words came from. One that was taken over is a copy until something is typed into it here. */
static enum hf_status look_for_end(struct hf_replica *replica, struct hf_rows *rows, struct hf_draft_row *row,
                                   struct hf_error *err)
{
    uint8_t from[HF_SIGN_PUBLIC_BYTES];
    if (!row->own)
        return hf_replica_draft_done(replica, row->draft, row->device, &row->done_ms, err);
    if (hf_rows_bytes(rows, 4).len != sizeof from || hf_rows_u64(rows, 5) != hf_rows_u64(rows, 6))
        return HF_OK;
    hf_rows_copy(rows, 4, from, sizeof from);
    return hf_replica_draft_done(replica, row->draft, from, &row->done_ms, err);
}

/* *out_more: the callback wants the next one. */
static enum hf_status show(struct hf_replica *replica, struct hf_rows *rows, struct hf_draft *draft, hf_draft_fn *each,
                           void *ctx, bool *out_more, struct hf_error *err)
{
    struct hf_draft_row row = {.draft = draft};
    struct hf_record_state state = {0};
    enum hf_status status = hf_draft_decode(hf_rows_bytes(rows, 3), draft);
    read_whose(replica, rows, &row);
    if (status == HF_ERR_UNSUPPORTED || (status != HF_OK && !row.own))
        return HF_OK;
    if (status != HF_OK)
        return hf_error_set(err, HF_ERR_CORRUPT, "A draft on this device cannot be read. Tell the office.");
    status = hf_replica_record_load(replica, &draft->record_id, &state, err);
    row.is_new = status == HF_ERR_NOT_FOUND || (status == HF_OK && is_another(draft, &state));
    if (status == HF_OK && !row.is_new)
        row.changed_since = any_changed(draft, &state);
    hf_record_state_clear(&state);
    if (status == HF_ERR_NOT_FOUND)
        status = HF_OK;
    if (status == HF_OK && !row.is_new)
        status = look_for_end(replica, rows, &row, err);
    if (status != HF_OK)
        return status;
    *out_more = each(ctx, &row);
    return HF_OK;
}

enum hf_status hf_replica_drafts(struct hf_replica *replica, const struct hf_id *record_id, hf_draft_fn *each,
                                 void *ctx, struct hf_error *err)
{
    struct hf_rows rows;
    enum hf_status status = HF_OK;
    bool more = true;
    const struct hf_id any = hf_id_zero();
    struct hf_draft *draft = malloc(sizeof *draft);
    if (!draft)
        return hf_error_set(err, HF_ERR_NOMEM, "%s", hf_status_text(HF_ERR_NOMEM));
    hf_rows_begin_text(&rows, replica,
                       "SELECT device, person, shared, content, from_device, from_version, version FROM drafts WHERE "
                       "?1 IS NULL OR record_id = ?1"
                       " ORDER BY device <> x'', updated_ms DESC, seq DESC");
    hf_rows_bind_id(&rows, record_id ? record_id : &any);
    while (status == HF_OK && more && hf_rows_next(&rows))
        status = show(replica, &rows, draft, each, ctx, &more, err);
    enum hf_status ended = hf_rows_end(&rows, status == HF_OK ? err : NULL);
    free(draft);
    return status == HF_OK ? ended : status;
}

/* --- is what its author saw here? -------------------------------------------------------------------------------- */

static enum hf_status base_here(struct hf_replica *replica, const struct hf_id *change, struct hf_error *err)
{
    struct hf_rows rows;
    hf_rows_begin(&rows, replica, HF_STATEMENT_CHANGE_BASE);
    hf_rows_bind_id(&rows, change);
    const bool found = hf_rows_next(&rows);
    enum hf_status status = hf_rows_end(&rows, err);
    if (status != HF_OK || found)
        return status;
    return hf_error_set(err, HF_ERR_WAITING,
                        "What this draft was begun from has not come to this device yet. Sync, then try again. The "
                        "draft stays.");
}

enum hf_status hf_replica_draft_ready(struct hf_replica *replica, const struct hf_draft *draft, struct hf_error *err)
{
    enum hf_status status = HF_OK;
    struct hf_entry seen[HF_DRAFT_SEEN_MAX];
    for (size_t i = 0; status == HF_OK && i < draft->field_count; i++) {
        const size_t count = hf_draft_seen(&draft->fields[i], seen, HF_DRAFT_SEEN_MAX);
        for (size_t j = 0; status == HF_OK && j < count; j++)
            status = base_here(replica, &seen[j].change, err);
    }
    return status;
}

/* --- how they end ------------------------------------------------------------------------------------------------ */

/* Of both: this device's, and the one it was taken from. */
static const char note_drops[] = "INSERT INTO draft_drops(record_id, device, version)"
                                 " SELECT record_id, device, version FROM drafts WHERE record_id = ?1 AND device = x''"
                                 " UNION ALL SELECT record_id, from_device, from_version FROM drafts"
                                 " WHERE record_id = ?1 AND device = x'' AND from_device IS NOT NULL"
                                 " ON CONFLICT DO UPDATE SET version = max(version, excluded.version)";

static enum hf_status run_for(struct hf_replica *replica, const char *sql, const struct hf_id *id, struct hf_error *err)
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, replica, sql);
    hf_rows_bind_id(&rows, id);
    return hf_rows_run(&rows, err);
}

enum hf_status hf_replica_draft_end(struct hf_replica *replica, const struct hf_id *record_id, struct hf_error *err)
{
    enum hf_status status = run_for(replica, note_drops, record_id, err);
    if (status == HF_OK)
        status = run_for(replica, "DELETE FROM drafts WHERE record_id = ? AND device = x''", record_id, err);
    return status;
}

static enum hf_status found_one(struct hf_replica *replica, struct hf_error *err)
{
    if (sqlite3_changes(replica->db) > 0)
        return HF_OK;
    return hf_error_set(err, HF_ERR_NOT_FOUND, "There is no draft of this record on this device.");
}

enum hf_status hf_replica_draft_discard(struct hf_replica *replica, const struct hf_id *record_id, struct hf_error *err)
{
    enum hf_status status = hf_rows_transaction(replica, err);
    if (status != HF_OK)
        return status;
    status = hf_replica_draft_end(replica, record_id, err);
    if (status == HF_OK)
        status = found_one(replica, err);
    return hf_rows_finish(replica, status, err);
}

static enum hf_status may_share(struct hf_replica *replica, const struct hf_id *record_id, struct hf_error *err)
{
    struct hf_buf bytes = {0};
    struct hf_draft *draft = malloc(sizeof *draft);
    enum hf_status status = draft ? hf_replica_draft(replica, record_id, NULL, &bytes, draft, err) : HF_ERR_NOMEM;
    if (status == HF_ERR_NOT_FOUND)
        status = hf_error_set(err, status, "There is no draft of this record on this device.");
    else if (status == HF_OK && hf_model_type(draft->type)->restricted)
        status = hf_error_set(err, HF_ERR_DENIED,
                              "Records of this kind are for named people only, so a draft of one is not shared.");
    hf_buf_wipe(&bytes);
    free(draft);
    return status;
}

enum hf_status hf_replica_draft_share(struct hf_replica *replica, const struct hf_id *record_id, bool shared,
                                      struct hf_error *err)
{
    struct hf_rows rows;
    enum hf_status status = shared ? may_share(replica, record_id, err) : HF_OK;
    if (status == HF_OK)
        status = hf_rows_transaction(replica, err);
    if (status != HF_OK)
        return status;
    hf_rows_begin_text(&rows, replica,
                       "UPDATE drafts SET version = version + (shared <> ?2), shared = ?2"
                       " WHERE record_id = ?1 AND device = x''");
    hf_rows_bind_id(&rows, record_id);
    hf_rows_bind_u64(&rows, shared);
    status = hf_rows_run(&rows, err);
    if (status == HF_OK)
        status = found_one(replica, err);
    return hf_rows_finish(replica, status, err);
}

enum hf_status hf_replica_drafts_shared(struct hf_replica *replica, struct hf_id *out, size_t *out_count,
                                        struct hf_error *err)
{
    struct hf_rows rows;
    *out_count = 0;
    hf_rows_begin_text(&rows, replica, "SELECT record_id FROM drafts WHERE device = x'' AND shared = 1");
    while (*out_count < HF_DRAFTS_MAX && hf_rows_next(&rows))
        out[(*out_count)++] = hf_rows_id(&rows, 0);
    return hf_rows_end(&rows, err);
}

enum hf_status hf_replica_draft_hold_back(struct hf_replica *replica, const struct hf_id *record_id,
                                          struct hf_error *err)
{
    enum hf_status status = hf_rows_transaction(replica, err);
    if (status != HF_OK)
        return status;
    status = run_for(replica,
                     "UPDATE drafts SET version = version + 1, shared = 2"
                     " WHERE record_id = ?1 AND device = x'' AND shared = 1",
                     record_id, err);
    return hf_rows_finish(replica, status, err);
}

static enum hf_status may_take(struct hf_replica *replica, const struct hf_id *record_id, struct hf_error *err)
{
    struct hf_rows rows;
    uint64_t count = 0;
    bool own = false;
    hf_rows_begin_text(&rows, replica,
                       "SELECT count(*), coalesce(max(record_id = ?), 0) FROM drafts WHERE device = x''");
    hf_rows_bind_id(&rows, record_id);
    if (hf_rows_next(&rows)) {
        count = hf_rows_u64(&rows, 0);
        own = hf_rows_u64(&rows, 1) != 0;
    }
    enum hf_status status = hf_rows_end(&rows, err);
    if (status == HF_OK && own)
        return hf_error_set(err, HF_ERR_EXISTS,
                            "This device has a draft of this record itself. Save or discard it first; both stay.");
    if (status == HF_OK && count >= HF_DRAFTS_MAX)
        return hf_error_set(err, HF_ERR_LIMIT, "There are %d drafts on this device already. Save or discard some.",
                            HF_DRAFTS_MAX);
    return status;
}

enum hf_status hf_replica_draft_take(struct hf_replica *replica, const struct hf_id *record_id,
                                     const uint8_t device[HF_SIGN_PUBLIC_BYTES], struct hf_error *err)
{
    struct hf_rows rows;
    enum hf_status status = hf_rows_transaction(replica, err);
    if (status != HF_OK)
        return status;
    status = may_take(replica, record_id, err);
    if (status == HF_OK) {
        hf_rows_begin_text(&rows, replica,
                           "INSERT INTO drafts(record_id, device, case_id, version, updated_ms, from_device,"
                           " from_version, content) SELECT record_id, x'', case_id, version, updated_ms, device,"
                           " version, content FROM drafts WHERE record_id = ? AND device = ?");
        hf_rows_bind_id(&rows, record_id);
        hf_rows_bind_bytes(&rows, hf_slice_of(device, HF_SIGN_PUBLIC_BYTES));
        status = hf_rows_run(&rows, err);
    }
    if (status == HF_OK)
        status = found_one(replica, err);
    return hf_rows_finish(replica, status, err);
}
