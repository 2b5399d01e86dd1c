#include "core/replica/decided.h"

#include "core/merge/state.h"
#include "core/model/act.h"
#include "core/replica/indexed.h"
#include "core/replica/replica_internal.h"

const char hf_replica_decided_tables[] =
    "CREATE TABLE decided(change_id BLOB PRIMARY KEY, seen INTEGER NOT NULL) WITHOUT ROWID;";

/* --- taking in --- */

static enum hf_status note(struct hf_replica *replica, const struct hf_id *decision, const struct hf_id *base,
                           struct hf_error *err)
{
    struct hf_rows rows;
    hf_rows_begin(&rows, replica, HF_STATEMENT_DECIDED_ADD);
    hf_rows_bind_id(&rows, decision);
    hf_rows_bind_id(&rows, base);
    hf_rows_bind_id(&rows, &replica->identity->person);
    return hf_rows_run(&rows, err);
}

static enum hf_status note_bases(struct hf_replica *replica, const struct hf_id *decision, const struct hf_edit *edit,
                                 struct hf_error *err)
{
    enum hf_status status = HF_OK;
    for (uint32_t i = 0; status == HF_OK && i < edit->base_count; i++) {
        const struct hf_id base = hf_edit_base(edit, i);
        status = note(replica, decision, &base, err);
    }
    return status;
}

/* Everything that an act names: proposals that it answers, or what a deleter had seen. */
static enum hf_status note_named(struct hf_replica *replica, const struct hf_id *decision,
                                 const struct hf_act_value *act, struct hf_error *err)
{
    enum hf_status status = HF_OK;
    for (uint32_t i = 0; status == HF_OK && i < act->count; i++) {
        const struct hf_id named = hf_act_id(act, i);
        status = note(replica, decision, &named, err);
    }
    return status;
}

/* Who made final decides nothing; nor does who deletes first, without a delete to stand against. */
static enum hf_status take_act(struct hf_replica *replica, const struct hf_id *decision, const struct hf_edit *edit,
                               struct hf_error *err)
{
    const struct hf_act_value act = hf_act_read(edit->value);
    if (edit->field == HF_FIELD_FINAL)
        return act.act == HF_ACT_FINALISE ? HF_OK : note_named(replica, decision, &act, err);
    if (edit->base_count == 0)
        return HF_OK;
    enum hf_status status = note_bases(replica, decision, edit, err);
    return status == HF_OK ? note_named(replica, decision, &act, err) : status;
}

enum hf_status hf_replica_decided_take(struct hf_replica *replica, const struct hf_stored *change,
                                       const struct hf_data_body *body, struct hf_error *err)
{
    enum hf_status status = HF_OK;
    for (uint32_t i = 0; status == HF_OK && !change->own && i < body->edit_count; i++) {
        const struct hf_edit *edit = &body->edits[i];
        const struct hf_field_spec *field = hf_model_field(hf_model_type(body->type), edit->field);
        if (edit->field == HF_FIELD_FINAL || edit->field == HF_FIELD_DELETED)
            status = take_act(replica, &change->change_id, edit, err);
        else if (field && field->code < HF_FIELD_COMMON && hf_kind_is_single(field->kind) && edit->base_count > 1)
            status = note_bases(replica, &change->change_id, edit, err);
    }
    return status;
}

/* --- telling --- */

enum hf_status hf_replica_decided(struct hf_replica *replica, const struct hf_id *record_id, hf_change_fn *each,
                                  void *ctx)
{
    struct hf_rows rows;
    struct hf_buf list = {0};
    hf_rows_begin_text(&rows, replica,
                       "SELECT decided.change_id FROM decided JOIN changes ON changes." HF_CHANGE_NAMED(
                           "decided.change_id") " WHERE seen = 0 AND effect = 0"
                                                " AND (?1 IS NULL OR record_id = ?1) ORDER BY log_index, changes.seq");
    if (record_id)
        hf_rows_bind_id(&rows, record_id);
    while (hf_rows_next(&rows)) {
        const struct hf_id id = hf_rows_id(&rows, 0);
        hf_buf_append(&list, id.bytes, sizeof id.bytes);
    }
    enum hf_status status = hf_rows_end(&rows, NULL);
    if (status == HF_OK)
        status = hf_buf_status(&list);
    for (size_t at = 0; status == HF_OK && at < list.len; at += HF_ID_BYTES) {
        const struct hf_id id = hf_id_from_bytes(list.data + at);
        status = hf_replica_change(replica, &id, each, ctx);
    }
    hf_buf_clear(&list);
    return status;
}

enum hf_status hf_replica_decided_seen(struct hf_replica *replica, const struct hf_id *change_id, struct hf_error *err)
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, replica, "SELECT 1 FROM decided WHERE change_id = ?");
    hf_rows_bind_id(&rows, change_id);
    const bool found = hf_rows_next(&rows);
    enum hf_status status = hf_rows_end(&rows, err);
    if (status == HF_OK && !found)
        status = hf_error_set(err, HF_ERR_NOT_FOUND, "This is no decision about something that you wrote.");
    if (status != HF_OK)
        return status;
    hf_rows_begin_text(&rows, replica, "UPDATE decided SET seen = 1 WHERE change_id = ?");
    hf_rows_bind_id(&rows, change_id);
    return hf_rows_run(&rows, err);
}
