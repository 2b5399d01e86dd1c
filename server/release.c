#include "server/release.h"

#include "core/base/text.h"
#include "core/pack/cursor.h"
#include "core/pack/writer.h"
#include "server/effect.h"
#include "server/officers.h"

#include <stdlib.h>
#include <string.h>

bool hf_release_may_write(enum hf_role role, uint16_t type)
{
    if (type == HF_RECORD_HELD_DECISION)
        return role == HF_ROLE_OFFICE;
    if (type == HF_RECORD_URGENT_ACCESS) /* the server writes it; a review is added to it */
        return role == HF_ROLE_OFFICE || role == HF_ROLE_MANAGER;
    return true;
}

/* --- one logged change, opened --- */

struct opened {
    struct hf_batch *batch;
    struct hf_entry_row row; /* without leaf and payload */
    struct hf_leaf leaf;
    struct hf_class_key key;
    struct hf_buf body;
    bool readable;
    enum hf_status status;
};

static bool open_row(void *ctx, const struct hf_entry_row *row)
{
    struct opened *opened = ctx;
    opened->row = *row;
    opened->status = hf_leaf_decode(row->leaf, &opened->leaf);
    if (opened->status == HF_OK && row->payload.len > 0) {
        enum hf_status status = hf_keystore_get(opened->batch->office->keystore, &row->key_id, &opened->key);
        if (status == HF_OK)
            status = hf_payload_open(&opened->key, row->payload, &opened->leaf, &opened->body);
        opened->readable = status == HF_OK;
        if (status != HF_OK && status != HF_ERR_NOT_FOUND && status != HF_ERR_AUTH)
            opened->status = status;
    }
    opened->row.leaf = opened->row.payload = hf_slice_of(NULL, 0);
    return false;
}

static void opened_clear(struct opened *opened)
{
    hf_wipe(&opened->key, sizeof opened->key);
    hf_buf_wipe(&opened->body);
}

/* HF_ERR_NOT_FOUND. The standing is the one that this batch leaves. Clear *out in any case. */
static enum hf_status open_change(struct hf_batch *batch, const struct hf_id *change_id, struct opened *out)
{
    struct hf_change_standing standing;
    struct hf_store *store = batch->office->store;
    *out = (struct opened){.batch = batch};
    enum hf_status status = hf_batch_standing(batch, change_id, &standing);
    if (status != HF_OK)
        return status;
    const struct hf_entry_row *own = hf_batch_entry_of(batch, change_id);
    if (own)
        (void)open_row(out, own);
    else
        status = store->ops->change(store, change_id, open_row, out);
    out->row.hold = standing.hold;
    out->row.waiting = standing.waiting;
    return status == HF_OK ? out->status : status;
}

/* --- what builds on it --- */

struct id_list {
    struct hf_buf ids;
};

static bool list_base_held(void *ctx, const struct hf_entry_row *row)
{
    struct id_list *list = ctx;
    if (row->hold == HF_HOLD_BASE)
        hf_buf_append(&list->ids, row->change_id.bytes, sizeof row->change_id.bytes);
    return hf_buf_status(&list->ids) == HF_OK;
}

static enum hf_status free_one(struct hf_batch *batch, const struct hf_id *change_id, bool *out_moved)
{
    struct opened opened;
    struct hf_effect effect = {0};
    struct hf_data_body *body = malloc(sizeof *body);
    if (!body)
        return HF_ERR_NOMEM;
    enum hf_status status = open_change(batch, change_id, &opened);
    if (status != HF_OK || opened.row.hold != HF_HOLD_BASE || !opened.readable)
        goto out;
    status = hf_data_body_decode(hf_buf_slice(&opened.body), body, NULL);
    if (status == HF_OK)
        status = hf_effect_of_bases(batch, body, &effect);
    if (status != HF_OK || effect.hold == HF_HOLD_BASE)
        goto out;
    if (effect.hold == HF_HOLD_NONE && !effect.waiting)
        status = hf_effect_merge(batch, hf_buf_slice(&opened.body), change_id, opened.leaf.clock);
    if (status == HF_ERR_LIMIT) {
        effect.hold = HF_HOLD_FORM;
        status = HF_OK;
    }
    if (status == HF_OK)
        status = hf_effect_set(batch, change_id, effect.hold, effect.waiting);
    if (status == HF_OK)
        status = hf_effect_tell_held(batch, change_id, effect.hold);
    *out_moved = true;
out:
    opened_clear(&opened);
    free(body);
    return status;
}

/* Until nothing moves: every round settles at least one, so there are no more rounds than changes. */
static enum hf_status free_dependents(struct hf_batch *batch, const struct hf_id *record_id)
{
    struct id_list list = {.ids = {0}};
    struct hf_store *store = batch->office->store;
    bool moved = true;
    enum hf_status status = store->ops->changes_of(store, record_id, list_base_held, &list);
    for (size_t i = 0; i < batch->entry_count; i++)
        if (hf_id_equal(&batch->entries[i].row.record_id, record_id))
            (void)list_base_held(&list, &batch->entries[i].row);
    if (status == HF_OK)
        status = hf_buf_status(&list.ids);
    while (status == HF_OK && moved) {
        moved = false;
        for (size_t at = 0; status == HF_OK && at < list.ids.len; at += HF_ID_BYTES) {
            struct hf_id id = hf_id_from_bytes(list.ids.data + at);
            status = free_one(batch, &id, &moved);
        }
    }
    hf_buf_clear(&list.ids);
    return status == HF_OK ? hf_effect_apply_waiting(batch, record_id) : status;
}

/* --- release and refuse --- */

static enum hf_status write_note(struct hf_batch *batch, const struct hf_id *change_id, bool released)
{
    struct hf_note_body note = {.what = HF_NOTE_RELEASE, .change_id = *change_id, .released = released};
    struct hf_class_key key = {0};
    struct hf_buf body = {0};
    hf_note_body_encode(&note, &body);
    enum hf_status status = hf_buf_status(&body);
    if (status == HF_OK)
        status = hf_batch_office_key(batch, &key);
    if (status == HF_OK)
        status = hf_batch_server_leaf(batch, HF_LEAF_NOTE, &key, hf_buf_slice(&body));
    hf_wipe(&key, sizeof key);
    hf_buf_clear(&body);
    return status;
}

static enum hf_status cannot_count(struct hf_error *err)
{
    return hf_error_set(err, HF_ERR_STATE,
                        "This change cannot be made to count: its form, its key or a person's own words stand in the "
                        "way. It can be refused; what it says can be recorded again.");
}

/* What only a records officer may write is not made to count by somebody else's decision. */
static enum hf_status check_officer(struct hf_batch *batch, const struct opened *opened,
                                    const struct hf_data_body *body, struct hf_error *err)
{
    struct hf_device_row *device = NULL;
    enum hf_hold hold = HF_HOLD_NONE;
    if (!hf_officer_writes(body->type))
        return HF_OK;
    enum hf_status status = hf_batch_device(batch, opened->leaf.device, &device);
    if (status == HF_OK)
        status = hf_officers_decide(batch, &device->person, body, &hold);
    return status == HF_OK && hold != HF_HOLD_NONE ? cannot_count(err) : status;
}

static enum hf_status release_data(struct hf_batch *batch, struct opened *opened, struct hf_error *err)
{
    struct hf_effect effect = {0};
    struct hf_data_body *body = malloc(sizeof *body);
    const struct hf_id *change_id = &opened->row.change_id;
    if (!body)
        return HF_ERR_NOMEM;
    enum hf_status status = hf_data_body_decode(hf_buf_slice(&opened->body), body, NULL);
    if (status == HF_ERR_INVALID || status == HF_ERR_UNSUPPORTED || status == HF_ERR_LIMIT)
        status = cannot_count(err);
    if (status == HF_OK)
        status = check_officer(batch, opened, body, err);
    if (status == HF_OK)
        status = hf_effect_of_bases(batch, body, &effect);
    if (status == HF_OK && effect.hold == HF_HOLD_BASE)
        status = hf_error_set(err, HF_ERR_STATE,
                              "This change builds on another one that is held. Settle that one first; then this one "
                              "can be released.");
    else if (status == HF_OK && effect.hold != HF_HOLD_NONE)
        status = cannot_count(err);
    if (status == HF_OK && !effect.waiting)
        status = hf_effect_merge(batch, hf_buf_slice(&opened->body), change_id, opened->leaf.clock);
    if (status == HF_ERR_LIMIT || status == HF_ERR_INVALID)
        status = cannot_count(err);
    if (status == HF_OK)
        status = hf_effect_set(batch, change_id, HF_HOLD_NONE, effect.waiting);
    free(body);
    return status;
}

/* A case that a device opened when it had been revoked already: from now on it is a case; nobody holds it yet. */
static enum hf_status release_case(struct hf_batch *batch, struct opened *opened, struct hf_error *err)
{
    bool opened_already = false;
    enum hf_status status = hf_batch_case_opened(batch, &opened->row.case_id, &opened_already);
    if (status == HF_OK && opened_already)
        status = cannot_count(err);
    if (status == HF_OK)
        status = hf_keystore_put(batch->office->keystore, &opened->key);
    if (status == HF_OK)
        status = hf_effect_set(batch, &opened->row.change_id, HF_HOLD_NONE, false);
    return status;
}

static enum hf_status release(struct hf_batch *batch, struct opened *opened, struct hf_error *err)
{
    if (!hf_hold_may_release(opened->row.hold) && opened->row.hold != HF_HOLD_BASE)
        return cannot_count(err);
    if (!opened->readable)
        return cannot_count(err);
    if (opened->row.kind == HF_LEAF_DATA)
        return release_data(batch, opened, err);
    return opened->row.kind == HF_LEAF_CASE ? release_case(batch, opened, err) : cannot_count(err);
}

enum hf_status hf_release_in(struct hf_batch *batch, const struct hf_id *change_id, bool released, struct hf_error *err)
{
    struct opened opened;
    enum hf_status status = open_change(batch, change_id, &opened);
    if (status == HF_ERR_NOT_FOUND)
        (void)hf_error_set(err, status,
                           "The office has no such change. `holdfastd held list` shows those that are held.");
    if (status == HF_OK && (opened.row.hold == HF_HOLD_NONE || (!released && opened.row.hold == HF_HOLD_REFUSED)))
        status = hf_error_set(err, HF_ERR_STATE, "This change is not held: it was settled already, or it counts.");
    if (status == HF_OK && released)
        status = release(batch, &opened, err);
    else if (status == HF_OK)
        status = hf_effect_set(batch, change_id, HF_HOLD_REFUSED, false);
    if (status == HF_OK)
        status = write_note(batch, change_id, released);
    if (status == HF_OK && released && !hf_id_is_zero(&opened.row.record_id))
        status = free_dependents(batch, &opened.row.record_id);
    opened_clear(&opened);
    return status;
}

/* --- decisions that arrive as records --- */

static struct hf_slice value_of(const struct hf_record_state *state, uint16_t field)
{
    const struct hf_record_spec *type = hf_model_type(state->type);
    return hf_merge_plain_value(type, hf_record_state_field(state, field));
}

/* What a decision says, when it says one thing. */
static bool read_decision(const struct hf_record_state *state, struct hf_id *out_change, bool *out_released)
{
    struct hf_cursor cursor;
    hf_cursor_init(&cursor, value_of(state, HF_FIELD_HELD_CHANGE), 1);
    *out_change = hf_cursor_id(&cursor);
    const bool named = hf_cursor_end(&cursor) == HF_OK;
    hf_cursor_init(&cursor, value_of(state, HF_FIELD_HELD_VERDICT), 1);
    const struct hf_slice verdict = hf_cursor_text(&cursor, HF_BODY_CODE_BYTES_MAX);
    *out_released = hf_slice_equal(verdict, hf_slice_str("release"));
    return named && hf_cursor_end(&cursor) == HF_OK; /* incomplete, or two different ones: no effect until they agree */
}

/* Carries one decision out. *out_moved, and the record that it was about, when that settled something. */
static enum hf_status follow(struct hf_batch *batch, const struct hf_id *decision_id, bool *out_moved,
                             struct hf_id *out_record)
{
    struct hf_batch_state *state = NULL;
    struct hf_id change_id;
    struct hf_error err;
    bool released = false;
    enum hf_status status = hf_batch_state(batch, decision_id, &state);
    if (status != HF_OK || state->state.type != HF_RECORD_HELD_DECISION ||
        !read_decision(&state->state, &change_id, &released))
        return status;
    const struct hf_id case_id = state->state.case_id;
    struct opened opened;
    status = open_change(batch, &change_id, &opened);
    const bool same_case = status == HF_OK && hf_id_equal(&opened.row.case_id, &case_id);
    const struct hf_id record = opened.row.record_id;
    opened_clear(&opened);
    if (status == HF_ERR_NOT_FOUND || (status == HF_OK && !same_case))
        return HF_OK;
    if (status == HF_OK)
        status = hf_release_in(batch, &change_id, released, &err);
    if (status == HF_ERR_STATE)
        return HF_OK;
    *out_moved = true;
    *out_record = record;
    return status;
}

/* Where its decision is, or would be. */
static enum hf_status decision_of(struct hf_batch *batch, const struct hf_id *change_id, const struct hf_id *case_id,
                                  const struct hf_id *parent, struct hf_id *out)
{
    char slot[HF_ID_TEXT_BYTES];
    hf_id_format(change_id, slot);
    const struct hf_id first = hf_model_slot_id(parent, HF_RECORD_HELD_DECISION, hf_slice_str(slot));
    return hf_batch_part_id(batch, case_id, HF_RECORD_HELD_DECISION, &first, out);
}

static enum hf_status follow_about(struct hf_batch *batch, const struct hf_id *change_id, const struct hf_id *case_id,
                                   const struct hf_id *record_id, bool *out_moved)
{
    struct hf_id decision, record;
    enum hf_status status = decision_of(batch, change_id, case_id, record_id, &decision);
    if (status == HF_ERR_LIMIT) /* somebody took every place that one could have */
        return HF_OK;
    return status == HF_OK ? follow(batch, &decision, out_moved, &record) : status;
}

struct held_list {
    struct hf_id case_id;
    struct hf_buf ids;
};

static bool list_held(void *ctx, const struct hf_entry_row *row)
{
    struct held_list *list = ctx;
    list->case_id = row->case_id;
    if (row->hold != HF_HOLD_NONE && row->hold != HF_HOLD_BASE)
        hf_buf_append(&list->ids, row->change_id.bytes, sizeof row->change_id.bytes);
    return hf_buf_status(&list->ids) == HF_OK;
}

/* Something of this record was settled: decisions about its other changes may have come before they could be carried
 * out, because those build on it. Every round settles at least one. */
static enum hf_status follow_others(struct hf_batch *batch, const struct hf_id *record_id)
{
    struct held_list list = {.ids = {0}};
    struct hf_store *store = batch->office->store;
    bool moved = !hf_id_is_zero(record_id);
    enum hf_status status = moved ? store->ops->changes_of(store, record_id, list_held, &list) : HF_OK;
    for (size_t i = 0; moved && i < batch->entry_count; i++)
        if (hf_id_equal(&batch->entries[i].row.record_id, record_id))
            (void)list_held(&list, &batch->entries[i].row);
    if (status == HF_OK)
        status = hf_buf_status(&list.ids);
    while (status == HF_OK && moved) {
        moved = false;
        for (size_t at = 0; status == HF_OK && at < list.ids.len; at += HF_ID_BYTES) {
            const struct hf_id id = hf_id_from_bytes(list.ids.data + at);
            status = follow_about(batch, &id, &list.case_id, record_id, &moved);
        }
    }
    hf_buf_clear(&list.ids);
    return status;
}

enum hf_status hf_release_follow(struct hf_batch *batch, const struct hf_id *record_id)
{
    bool moved = false;
    struct hf_id record = hf_id_zero();
    enum hf_status status = follow(batch, record_id, &moved, &record);
    return status == HF_OK && moved ? follow_others(batch, &record) : status;
}

enum hf_status hf_release_look(struct hf_batch *batch, const struct hf_id *change_id, const struct hf_id *case_id,
                               const struct hf_id *record_id)
{
    bool moved = false;
    enum hf_status status = follow_about(batch, change_id, case_id, record_id, &moved);
    return status == HF_OK && moved ? follow_others(batch, record_id) : status;
}

/* --- the command --- */

struct decision {
    struct hf_batch *batch;
    struct hf_id record_id;
    struct hf_edit_input edits[5];
    struct hf_id bases[5][HF_EDIT_BASES_MAX];
    struct hf_buf values[5];
    size_t count;
};

static enum hf_status put_field(struct decision *decision, const struct hf_record_state *state, uint16_t field)
{
    size_t at = decision->count++;
    const size_t heads = hf_merge_heads(hf_record_state_field(state, field), decision->bases[at], HF_EDIT_BASES_MAX);
    decision->edits[at] = (struct hf_edit_input){.field = field,
                                                 .value = hf_buf_slice(&decision->values[at]),
                                                 .bases = decision->bases[at],
                                                 .base_count = heads};
    if (heads > HF_EDIT_BASES_MAX)
        return HF_ERR_LIMIT;
    return hf_buf_status(&decision->values[at]);
}

static enum hf_status fill_decision(struct decision *decision, const struct opened *opened, bool released,
                                    struct hf_slice reason)
{
    struct hf_batch_state *state = NULL;
    const struct hf_acting *acting = decision->batch->office->acting;
    const struct hf_id parent = hf_id_is_zero(&opened->row.record_id) ? opened->row.case_id : opened->row.record_id;
    enum hf_status status =
        decision_of(decision->batch, &opened->row.change_id, &opened->row.case_id, &parent, &decision->record_id);
    if (status == HF_OK)
        status = hf_batch_state(decision->batch, &decision->record_id, &state);
    hf_pack_id(&decision->values[0], &parent);
    hf_pack_id(&decision->values[1], &opened->row.change_id);
    hf_pack_text(&decision->values[2], hf_slice_str(released ? "release" : "refuse"));
    hf_pack_text(&decision->values[3], reason);
    if (acting)
        hf_pack_id(&decision->values[4], &acting->person);
    for (uint16_t field = HF_FIELD_PARENT; status == HF_OK && field <= (acting ? 5 : 4); field++)
        status = put_field(decision, &state->state, field);
    return status;
}

static enum hf_status write_decision(struct hf_batch *batch, const struct opened *opened, bool released,
                                     struct hf_slice reason, struct hf_error *err)
{
    struct decision *decision = calloc(1, sizeof *decision);
    struct hf_class_key key = {0};
    struct hf_buf body = {0};
    if (!decision)
        return HF_ERR_NOMEM;
    decision->batch = batch;
    enum hf_status status = hf_keystore_current(batch->office->keystore, &opened->row.case_id, &key);
    if (status == HF_ERR_NOT_FOUND) {
        free(decision);
        return HF_OK; /* of a case that never was opened: there is nowhere to write it but the note */
    }
    if (status == HF_OK)
        status = fill_decision(decision, opened, released, reason);
    struct hf_data_body_input input = {.case_id = opened->row.case_id,
                                       .record_id = decision->record_id,
                                       .type = HF_RECORD_HELD_DECISION,
                                       .edits = decision->edits,
                                       .edit_count = decision->count};
    if (status == HF_OK)
        status = hf_data_body_encode(&input, &body, err);
    if (status == HF_OK)
        status = hf_batch_server_leaf(batch, HF_LEAF_DATA, &key, hf_buf_slice(&body));
    for (size_t i = 0; i < 5; i++)
        hf_buf_wipe(&decision->values[i]);
    free(decision);
    hf_buf_wipe(&body);
    hf_wipe(&key, sizeof key);
    return status;
}

enum hf_status hf_release_settle(struct hf_office *office, const struct hf_id *change_id, bool released,
                                 struct hf_slice reason, struct hf_error *err)
{
    struct opened opened = {0};
    struct hf_batch batch;
    if (reason.len == 0 || reason.len > HF_REASON_BYTES_MAX || !hf_text_is_utf8(reason))
        return hf_error_set(err, HF_ERR_INVALID, "--reason: say why, so that others can follow the decision.");
    hf_batch_begin(&batch, office);
    enum hf_status status = hf_release_in(&batch, change_id, released, err);
    if (status == HF_OK)
        status = open_change(&batch, change_id, &opened);
    if (status == HF_OK)
        status = write_decision(&batch, &opened, released, reason, err);
    if (status == HF_OK)
        status = follow_others(&batch, &opened.row.record_id);
    if (status == HF_OK)
        status = hf_batch_commit(&batch);
    opened_clear(&opened);
    hf_batch_clear(&batch);
    return status;
}
