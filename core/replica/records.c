#include "core/replica/fold.h"
#include "core/replica/indexed.h"
#include "core/replica/kept.h"

#include "core/merge/standing.h"
#include "core/model/value.h"
#include "core/pack/cursor.h"

#include <stdlib.h>

/* What lists and duties look for, kept beside the packed state and always computed from it. */
struct columns {
    uint64_t conflicts, is_final, amendments, deleted;
    struct hf_id parent;
    struct hf_buf title;
    struct hf_buf due;
    struct hf_buf status;
};

static void columns_clear(struct columns *columns)
{
    hf_buf_wipe(&columns->title);
    hf_buf_wipe(&columns->due);
    hf_buf_wipe(&columns->status);
}

static bool single_value(const struct hf_field_spec *field)
{
    return field && field->kind != HF_KIND_SET && field->kind != HF_KIND_APPEND;
}

/* The value of a field as text. In a clash the first head stands in for a title, so that a list has something to show;
 * a due date or status in a clash is none. */
static void text_of(const struct hf_record_state *state, uint16_t code, bool first_of_clash, struct hf_buf *out)
{
    const struct hf_record_spec *type = hf_model_type(state->type);
    const struct hf_field_spec *field = type && code ? hf_model_field(type, code) : NULL;
    const struct hf_field_state *value = single_value(field) ? hf_record_state_field(state, code) : NULL;
    if (!value || value->count == 0)
        return;
    struct hf_slice plain = hf_merge_plain_value(type, value);
    for (size_t i = 0; plain.len == 0 && first_of_clash && i < value->count; i++)
        if (!value->entries[i].is_aside)
            plain = value->entries[i].value;
    if (plain.len > 0)
        hf_value_to_text(field, plain, out);
}

static struct hf_id parent_of(const struct hf_record_state *state)
{
    struct hf_id parent = hf_id_zero();
    struct hf_cursor cursor;
    const struct hf_record_spec *type = hf_model_type(state->type);
    const struct hf_field_state *value = hf_record_state_field(state, HF_FIELD_PARENT);
    if (!type || !value)
        return parent;
    hf_cursor_init(&cursor, hf_merge_plain_value(type, value), HF_PACK_ELEMENTS_MAX);
    if (hf_cursor_peek(&cursor) == HF_PACK_BYTES)
        parent = hf_cursor_id(&cursor);
    return parent;
}

static enum hf_status columns_of(const struct hf_record_state *state, struct columns *out)
{
    const struct hf_record_spec *type = hf_model_type(state->type);
    struct hf_changes proposals = {0};
    enum hf_status status = hf_standing_proposals(state, &proposals);
    free(proposals.at);
    if (status != HF_OK)
        return status;
    *out = (struct columns){.conflicts = hf_merge_conflict_count(state),
                            .is_final = state->is_final,
                            .amendments = proposals.count,
                            .deleted = (uint64_t)state->deleted,
                            .parent = parent_of(state)};
    if (type) {
        text_of(state, type->title_field, true, &out->title);
        text_of(state, type->due_field, false, &out->due);
        text_of(state, type->status_field, false, &out->status);
    }
    if (hf_buf_status(&out->title) != HF_OK || hf_buf_status(&out->due) != HF_OK)
        return HF_ERR_NOMEM;
    return hf_buf_status(&out->status);
}

/* --- load --- */

static enum hf_status load(struct hf_replica *replica, const struct hf_id *record_id, struct hf_record_state *out,
                           uint64_t *out_changed, struct hf_error *err)
{
    struct hf_rows rows;
    enum hf_status decoded = HF_ERR_NOT_FOUND;
    uint64_t changed = 0;
    enum hf_status status = hf_replica_kept_write_of(replica, record_id, err);
    if (status != HF_OK)
        return status;
    hf_rows_begin(&rows, replica, HF_STATEMENT_RECORD_GET);
    hf_rows_bind_id(&rows, record_id);
    if (hf_rows_next(&rows)) {
        decoded = hf_replica_unfold_state(&rows, 0, out);
        changed = hf_rows_u64(&rows, 4);
    }
    status = hf_rows_end(&rows, err);
    if (status == HF_OK)
        status = hf_replica_chain_check_record(replica, record_id, changed, err);
    if (status != HF_OK && decoded == HF_OK)
        hf_record_state_clear(out);
    if (status == HF_OK && decoded != HF_OK && decoded != HF_ERR_NOT_FOUND)
        (void)hf_error_set(err, decoded,
                           "A record on this device cannot be read. Do not delete anything; tell the office.");
    *out_changed = changed;
    return status == HF_OK ? decoded : status;
}

enum hf_status hf_replica_record_load(struct hf_replica *replica, const struct hf_id *record_id,
                                      struct hf_record_state *out, struct hf_error *err)
{
    uint64_t changed;
    return load(replica, record_id, out, &changed, err);
}

enum hf_status hf_replica_record_known(struct hf_replica *replica, const struct hf_id *record_id,
                                       struct hf_record_known *out, struct hf_error *err)
{
    *out = (struct hf_record_known){0};
    enum hf_status status = load(replica, record_id, &out->state, &out->changed, err);
    out->is_new = status == HF_ERR_NOT_FOUND;
    return out->is_new ? HF_OK : status;
}

/* --- store --- */

static void bind_columns(struct hf_rows *rows, const struct columns *columns, struct hf_slice packed, uint64_t changed)
{
    hf_rows_bind_u64(rows, columns->conflicts);
    hf_rows_bind_u64(rows, columns->is_final);
    hf_rows_bind_u64(rows, columns->amendments);
    hf_rows_bind_u64(rows, columns->deleted);
    hf_rows_bind_u64(rows, changed);
    hf_rows_bind_id(rows, &columns->parent);
    hf_rows_bind_text(rows, hf_buf_slice(&columns->title));
    hf_rows_bind_text(rows, hf_buf_slice(&columns->due));
    hf_rows_bind_text(rows, hf_buf_slice(&columns->status));
    hf_rows_bind_bytes(rows, packed);
}

static enum hf_status update(struct hf_replica *replica, const struct hf_id *record_id, const struct columns *columns,
                             struct hf_slice packed, uint64_t changed, struct hf_error *err)
{
    struct hf_rows rows;
    hf_rows_begin(&rows, replica, HF_STATEMENT_RECORD_UPDATE);
    bind_columns(&rows, columns, packed, changed);
    hf_rows_bind_id(&rows, record_id);
    return hf_rows_run(&rows, err);
}

static enum hf_status insert(struct hf_replica *replica, const struct hf_record_state *state,
                             const struct columns *columns, struct hf_slice packed, const struct hf_record_place *place,
                             struct hf_error *err)
{
    struct hf_rows rows;
    hf_rows_begin(&rows, replica, HF_STATEMENT_RECORD_ADD);
    bind_columns(&rows, columns, packed, place->changed);
    hf_rows_bind_id(&rows, &state->record_id);
    hf_rows_bind_id(&rows, &state->case_id);
    hf_rows_bind_u64(&rows, state->type);
    hf_rows_bind_u64(&rows, place->at_end ? 0 : 1);
    enum hf_status status = hf_rows_run(&rows, err);
    if (status == HF_OK && place->at_end)
        status = hf_replica_end_of_records(replica, (uint64_t)sqlite3_last_insert_rowid(replica->db), err);
    return status;
}

enum hf_status hf_replica_record_store(struct hf_replica *replica, const struct hf_record_state *state,
                                       const struct hf_record_place *place, struct hf_error *err)
{
    struct columns columns = {0};
    bool is_new = place->is_new;
    struct hf_buf packed = {0};
    enum hf_status status = columns_of(state, &columns);
    if (status == HF_OK)
        status = hf_replica_fold_state(replica, state, hf_buf_slice(&columns.title), &packed);
    if (status != HF_OK)
        (void)hf_error_set(err, status, "%s", hf_status_text(status));
    if (status == HF_OK && !is_new) {
        status = update(replica, &state->record_id, &columns, hf_buf_slice(&packed), place->changed, err);
        is_new = status == HF_OK && sqlite3_changes(replica->db) == 0;
    }
    if (status == HF_OK && is_new)
        status = insert(replica, state, &columns, hf_buf_slice(&packed), place, err);
    columns_clear(&columns);
    hf_buf_wipe(&packed);
    return status;
}

enum hf_status hf_replica_record_add_snapshot(struct hf_replica *replica, const struct hf_record_state *state,
                                              struct hf_slice stubs, struct hf_error *err)
{
    struct hf_rows rows;
    struct columns columns = {0};
    struct hf_buf packed = {0};
    enum hf_status status = columns_of(state, &columns);
    if (status == HF_OK)
        status = hf_replica_fold_state(replica, state, hf_buf_slice(&columns.title), &packed);
    if (status == HF_OK) {
        hf_rows_begin(&rows, replica, HF_STATEMENT_SNAPSHOT_ADD);
        bind_columns(&rows, &columns, hf_buf_slice(&packed), 0);
        hf_rows_bind_id(&rows, &state->record_id);
        hf_rows_bind_id(&rows, &state->case_id);
        hf_rows_bind_u64(&rows, state->type);
        hf_rows_bind_bytes(&rows, stubs);
        status = hf_rows_run(&rows, err);
    } else {
        (void)hf_error_set(err, status, "%s", hf_status_text(status));
    }
    columns_clear(&columns);
    hf_buf_wipe(&packed);
    return status;
}

enum hf_status hf_replica_record_drop(struct hf_replica *replica, const struct hf_id *record_id, struct hf_error *err)
{
    struct hf_rows rows;
    hf_rows_begin(&rows, replica, HF_STATEMENT_RECORD_DELETE);
    hf_rows_bind_id(&rows, record_id);
    return hf_rows_run(&rows, err);
}
