#include "core/replica/fold.h"
#include "core/replica/indexed.h"
#include "core/replica/replica_internal.h"
#include "core/replica/snapshot.h"

#include "core/merge/standing.h"

#include <stdlib.h>
#include <string.h>

/* --- the value that the heads were made from --- */

struct common_base {
    struct hf_id id;
    bool any;
    bool same; /* every head names this base and no other */
};

static void look_at_edit(const struct hf_edit *edit, bool first, struct common_base *out)
{
    if (edit->base_count != 1) {
        out->same = false;
        return;
    }
    struct hf_id base = hf_edit_base(edit, 0);
    if (first)
        out->id = base;
    else if (!hf_id_equal(&out->id, &base))
        out->same = false;
    out->any = true;
}

static enum hf_status look_at_head(struct hf_replica *replica, const struct hf_id *change_id, uint16_t field,
                                   struct hf_buf *bytes, struct common_base *out)
{
    struct hf_stored stored;
    struct hf_data_body body;
    enum hf_status status = hf_replica_stored_find(replica, change_id, &stored, bytes, NULL);
    if (status == HF_ERR_NOT_FOUND || (status == HF_OK && hf_data_body_decode(stored.body, &body, NULL) != HF_OK)) {
        out->same = false;
        return HF_OK;
    }
    if (status != HF_OK)
        return status;
    for (uint32_t i = 0; i < body.edit_count; i++)
        if (body.edits[i].field == field)
            look_at_edit(&body.edits[i], !out->any, out);
    return HF_OK;
}

/* Appends the value; nothing when the heads have no single base in common. */
static enum hf_status base_value(struct hf_replica *replica, const struct hf_id *record_id,
                                 const struct hf_field_state *field, struct hf_buf *out)
{
    struct hf_buf bytes = {0};
    struct common_base base = {.same = true};
    enum hf_status status = HF_OK;
    for (size_t i = 0; status == HF_OK && base.same && i < field->count; i++)
        if (!field->entries[i].is_aside)
            status = look_at_head(replica, &field->entries[i].change, field->field, &bytes, &base);
    if (status == HF_OK && base.any && base.same)
        status = hf_replica_given_value(replica, record_id, &base.id, field->field, out, NULL);
    hf_buf_wipe(&bytes);
    return status;
}

/* --- heads --- */

/* Who wrote it, as far as the office says. */
static enum hf_status fill_stub_head(struct hf_replica *replica, const struct hf_id *record_id,
                                     struct hf_conflict_head *out)
{
    struct hf_rows rows;
    struct hf_author author;
    uint64_t index = 0, device = 0;
    enum hf_status status = hf_replica_stub(replica, record_id, &out->change_id, &index, &device);
    if (status != HF_OK)
        return status == HF_ERR_NOT_FOUND ? HF_ERR_CORRUPT : status;
    hf_rows_begin(&rows, replica, HF_STATEMENT_DEVICE_BY_NUMBER);
    hf_rows_bind_u64(&rows, device);
    if (hf_rows_next(&rows))
        hf_rows_copy(&rows, 1, out->device, sizeof out->device);
    out->log_index = index;
    status = hf_rows_end(&rows, NULL);
    if (status == HF_OK)
        status = hf_replica_author_of(replica, device, &author);
    if (status != HF_OK)
        return status;
    out->author = author.person;
    memcpy(out->author_name, author.name, sizeof out->author_name);
    return HF_OK;
}

static enum hf_status fill_head(struct hf_replica *replica, const struct hf_id *record_id, const struct hf_entry *entry,
                                struct hf_buf *bytes, struct hf_conflict_head *out)
{
    struct hf_stored stored;
    struct hf_leaf leaf;
    struct hf_author author;
    *out = (struct hf_conflict_head){
        .change_id = entry->change, .log_index = HF_INDEX_NONE, .clock = entry->clock, .value = entry->value};
    enum hf_status status = hf_replica_stored_find(replica, &entry->change, &stored, bytes, NULL);
    if (status != HF_OK)
        return status == HF_ERR_NOT_FOUND ? fill_stub_head(replica, record_id, out) : status;
    if (hf_leaf_decode(stored.leaf, &leaf) != HF_OK)
        return HF_ERR_CORRUPT;
    memcpy(out->device, leaf.device, sizeof out->device);
    out->log_index = stored.index;
    out->own = stored.own;
    status = hf_replica_author_of(replica, stored.device, &author);
    if (status != HF_OK)
        return status;
    out->author = author.person;
    memcpy(out->author_name, author.name, sizeof out->author_name);
    return HF_OK;
}

static enum hf_status fill_heads(struct hf_replica *replica, const struct hf_field_state *field,
                                 struct hf_conflict_row *out)
{
    struct hf_buf bytes = {0};
    enum hf_status status = HF_OK;
    size_t count = 0;
    for (size_t i = 0; status == HF_OK && i < field->count && count < HF_CONFLICT_HEADS_MAX; i++)
        if (!field->entries[i].is_aside)
            status = fill_head(replica, &out->record_id, &field->entries[i], &bytes, &out->heads[count++]);
    out->head_count = count;
    hf_buf_wipe(&bytes);
    return status;
}

/* --- records --- */

static enum hf_status show_field(struct hf_replica *replica, const struct hf_record_state *state,
                                 const struct hf_field_state *field, hf_conflict_fn *each, void *ctx, bool *out_more)
{
    struct hf_conflict_row row = {
        .case_id = state->case_id, .record_id = state->record_id, .type = state->type, .field = field->field};
    struct hf_buf base = {0};
    enum hf_status status = base_value(replica, &state->record_id, field, &base);
    if (status == HF_OK)
        status = fill_heads(replica, field, &row);
    if (status == HF_OK)
        status = hf_replica_deciders(replica, state, row.deciders, &row.decider_count);
    if (status == HF_OK) {
        row.base = hf_buf_slice(&base);
        *out_more = each(ctx, &row);
    }
    hf_buf_wipe(&base);
    return status;
}

/* --- deleted, but edited since ---
 * Not rival values of a field: the deletes that stand, and the changes whose authors did not know of them. */

static enum hf_status add_deleted_head(struct hf_replica *replica, const struct hf_id *change, hf_clock clock,
                                       struct hf_slice value, struct hf_buf *bytes, struct hf_conflict_row *row)
{
    const struct hf_entry entry = {.change = *change, .clock = clock, .value = value};
    if (row->head_count == HF_CONFLICT_HEADS_MAX)
        return HF_OK;
    enum hf_status status = fill_head(replica, &row->record_id, &entry, bytes, &row->heads[row->head_count]);
    if (status == HF_OK)
        row->head_count++;
    return status;
}

static hf_clock clock_of(const struct hf_record_state *state, const struct hf_id *change)
{
    for (size_t i = 0; i < state->field_count; i++)
        for (size_t j = 0; j < state->fields[i].count; j++)
            if (hf_id_equal(&state->fields[i].entries[j].change, change))
                return state->fields[i].entries[j].clock;
    return 0;
}

static enum hf_status show_deleted(struct hf_replica *replica, const struct hf_record_state *state,
                                   hf_conflict_fn *each, void *ctx, bool *out_more)
{
    static const char since_text[] = "\xac"
                                     "edited since"; /* msgpack: text of 12 bytes */
    const struct hf_slice since_value = hf_slice_of(since_text, sizeof since_text - 1);
    const struct hf_field_state *deletes = hf_record_state_field(state, HF_FIELD_DELETED);
    struct hf_changes since = {0};
    struct hf_buf bytes = {0};
    struct hf_conflict_row row = {
        .case_id = state->case_id, .record_id = state->record_id, .type = state->type, .field = HF_FIELD_DELETED};
    enum hf_status status = hf_standing_since(state, &since);
    for (size_t i = 0; status == HF_OK && deletes && i < deletes->count; i++)
        status = add_deleted_head(replica, &deletes->entries[i].change, deletes->entries[i].clock,
                                  deletes->entries[i].value, &bytes, &row);
    for (size_t i = 0; status == HF_OK && i < since.count; i++)
        status = add_deleted_head(replica, &since.at[i], clock_of(state, &since.at[i]), since_value, &bytes, &row);
    if (status == HF_OK)
        status = hf_replica_deciders(replica, state, row.deciders, &row.decider_count);
    if (status == HF_OK)
        *out_more = each(ctx, &row);
    free(since.at);
    hf_buf_wipe(&bytes);
    return status;
}

static enum hf_status show_record(struct hf_replica *replica, const struct hf_record_state *state, hf_conflict_fn *each,
                                  void *ctx, bool *out_more)
{
    const struct hf_record_spec *type = hf_model_type(state->type);
    enum hf_status status = HF_OK;
    for (size_t i = 0; status == HF_OK && *out_more && type && i < state->field_count; i++)
        if (hf_merge_in_conflict(type, &state->fields[i]))
            status = show_field(replica, state, &state->fields[i], each, ctx, out_more);
    if (status == HF_OK && *out_more && type &&
        (state->deleted == HF_DELETED_EDITED_SINCE || state->deleted == HF_DELETED_DISPUTED))
        status = show_deleted(replica, state, each, ctx, out_more);
    return status;
}

enum hf_status hf_replica_conflicts(struct hf_replica *replica, const struct hf_id *record_id, hf_conflict_fn *each,
                                    void *ctx)
{
    struct hf_rows rows;
    enum hf_status status = HF_OK;
    bool more = true;
    hf_rows_begin_text(&rows, replica,
                       record_id ? "SELECT " HF_STATE_COLUMNS
                                   " FROM records WHERE conflicts > 0 AND " HF_RECORD_NAMED("?1")
                                 : "SELECT " HF_STATE_COLUMNS
                                   " FROM records INDEXED BY records_in_conflict WHERE conflicts > 0 ORDER BY seq");
    if (record_id)
        hf_rows_bind_id(&rows, record_id);
    while (status == HF_OK && more && hf_rows_next(&rows)) {
        struct hf_record_state state = {0};
        status = hf_replica_unfold_state(&rows, 0, &state);
        if (status != HF_OK)
            break;
        status = show_record(replica, &state, each, ctx, &more);
        hf_record_state_clear(&state);
    }
    enum hf_status ended = hf_rows_end(&rows, NULL);
    return status == HF_OK ? ended : status;
}
