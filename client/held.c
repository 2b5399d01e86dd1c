/* Changes that are logged without effect, and what the office decides about them. A decision is an ordinary record,
 * signed by the device of the person who made it; the server carries it out. */
#include "client/edit.h"
#include "client/handle.h"
#include "client/texts.h"

#include "core/pack/writer.h"
#include "core/replica/part.h"

#include <stdlib.h>

/* --- listing --- */

struct held_rows {
    bool (*each)(void *ctx, const struct holdfast_held_row *row);
    void *ctx;
    enum hf_status status;
};

static bool show_held(void *ctx, const struct hf_change_row *row)
{
    struct held_rows *rows = ctx;
    struct hf_texts texts = {0};
    struct hf_data_body body;
    struct holdfast_held_row out = {.change = hf_id_out(&row->change_id),
                                    .case_id = hf_id_out(&row->item.case_id),
                                    .time_ms = hf_clock_ms(row->leaf.clock),
                                    .author = hf_texts_copy(&texts, row->author_name),
                                    .why = hf_hold_text(row->item.hold),
                                    .type = "",
                                    .own = row->own,
                                    .releasable = hf_hold_may_release(row->item.hold)};
    if (row->leaf.kind == HF_LEAF_DATA && hf_data_body_decode(row->item.body, &body, NULL) == HF_OK) {
        out.record = hf_id_out(&body.record_id);
        const struct hf_record_spec *type = hf_model_type(body.type);
        out.type = type ? type->label : "";
    }
    rows->status = hf_texts_status(&texts);
    bool more = rows->status == HF_OK && rows->each(rows->ctx, &out);
    hf_texts_clear(&texts);
    return more;
}

enum holdfast_status holdfast_held(struct holdfast *hf, bool (*each)(void *ctx, const struct holdfast_held_row *row),
                                   void *ctx)
{
    struct held_rows rows = {.each = each, .ctx = ctx};
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_READ);
    if (status != HF_OK)
        return hf_handle_refused(status);
    status = hf_replica_held(hf->replica, show_held, &rows);
    return hf_handle_leave(hf, status == HF_OK ? rows.status : status);
}

/* --- deciding --- */

struct held_change {
    struct hf_id case_id, record_id; /* record zero: not about one */
    enum hf_hold hold;
};

static bool look_at_change(void *ctx, const struct hf_change_row *row)
{
    struct held_change *held = ctx;
    struct hf_data_body body;
    held->case_id = row->item.case_id;
    held->hold = row->item.hold;
    if (row->leaf.kind == HF_LEAF_DATA && hf_data_body_decode(row->item.body, &body, NULL) == HF_OK)
        held->record_id = body.record_id;
    return false;
}

static enum hf_status check_decision(struct holdfast *hf, const struct hf_id *change_id, bool release,
                                     const char *reason, struct held_change *out)
{
    if (hf_replica_identity(hf->replica)->role != HF_ROLE_OFFICE)
        return hf_handle_fail(hf, HF_ERR_DENIED, "Only somebody with the role office settles held changes here.");
    if (!reason || reason[0] == '\0')
        return hf_handle_fail(hf, HF_ERR_INVALID, "reason: say why, so that others can follow the decision.");
    enum hf_status status = hf_replica_change(hf->replica, change_id, look_at_change, out);
    if (status == HF_ERR_NOT_FOUND)
        return hf_handle_fail(hf, status, "This change is not on this device. Sync, or check its id.");
    if (status == HF_OK && out->hold == HF_HOLD_NONE)
        return hf_handle_fail(hf, HF_ERR_STATE, "This change is not held.");
    if (status == HF_OK && release && !hf_hold_may_release(out->hold))
        return hf_handle_fail(hf, HF_ERR_STATE, "This change cannot be released: %s", hf_hold_text(out->hold));
    return status;
}

static enum hf_status save_decision(struct holdfast *hf, const struct hf_id *change_id, const struct held_change *held,
                                    bool release, const char *reason, struct hf_id *out_record)
{
    const struct hf_id parent = hf_id_is_zero(&held->record_id) ? held->case_id : held->record_id;
    struct hf_buf values[4] = {{0}};
    struct hf_save_edit edits[4];
    char slot[HF_ID_TEXT_BYTES];
    struct hf_id saved;
    hf_id_format(change_id, slot);
    hf_pack_id(&values[0], &parent);
    hf_pack_id(&values[1], change_id);
    hf_pack_text(&values[2], hf_slice_str(release ? "release" : "refuse"));
    hf_pack_text(&values[3], hf_slice_str(reason));
    enum hf_status status = HF_OK;
    for (size_t i = 0; i < 4; i++) {
        edits[i] = (struct hf_save_edit){.field = (uint16_t)(HF_FIELD_PARENT + i), .value = hf_buf_slice(&values[i])};
        if (status == HF_OK)
            status = hf_buf_status(&values[i]);
    }
    const struct hf_id first = hf_model_slot_id(&parent, HF_RECORD_HELD_DECISION, hf_slice_str(slot));
    if (status == HF_OK)
        status =
            hf_replica_part_id(hf->replica, &held->case_id, HF_RECORD_HELD_DECISION, &first, hf_wall_ms(), out_record);
    struct hf_save save = {.case_id = held->case_id,
                           .record_id = *out_record,
                           .type = HF_RECORD_HELD_DECISION,
                           .edits = edits,
                           .edit_count = 4,
                           .settle = true};
    if (status == HF_OK)
        status = hf_replica_save(hf->replica, &save, hf_wall_ms(), &saved, &hf->err);
    for (size_t i = 0; i < 4; i++)
        hf_buf_wipe(&values[i]);
    return status;
}

enum holdfast_status holdfast_settle_held(struct holdfast *hf, const struct holdfast_id *change, bool release,
                                          const char *reason)
{
    struct held_change held = {0};
    struct hf_id record;
    const struct hf_id change_id = hf_id_in(change);
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_WRITE);
    if (status != HF_OK)
        return hf_handle_refused(status);
    status = check_decision(hf, &change_id, release, reason, &held);
    if (status == HF_OK)
        status = save_decision(hf, &change_id, &held, release, reason, &record);
    if (status == HF_OK)
        hf_handle_tell(hf, &held.case_id, &record);
    return hf_handle_leave(hf, status);
}

/* --- saying it again --- */

struct again {
    struct holdfast *hf;
    struct hf_buf bytes; /* the body */
    bool fits;
    struct hf_id record;
};

static enum hf_status save_again(struct again *again, const struct hf_data_body *body)
{
    struct hf_save_edit edits[HF_EDITS_MAX];
    struct hf_save save = {.case_id = body->case_id,
                           .record_id = again->record,
                           .type = body->type,
                           .edits = edits,
                           .settle = true,
                           .reason = body->reason};
    struct hf_id change;
    for (uint32_t i = 0; i < body->edit_count; i++)
        if (body->edits[i].field < HF_FIELD_COMMON)
            edits[save.edit_count++] =
                (struct hf_save_edit){.field = body->edits[i].field, .value = body->edits[i].value};
    return hf_replica_save(again->hf->replica, &save, hf_wall_ms(), &change, &again->hf->err);
}

static bool take_again(void *ctx, const struct hf_change_row *row)
{
    struct again *again = ctx;
    again->fits = row->own && row->item.hold == HF_HOLD_FORM && row->leaf.kind == HF_LEAF_DATA;
    hf_buf_append_slice(&again->bytes, row->item.body);
    return false;
}

static enum hf_status say_again(struct again *again, struct hf_data_body *body)
{
    struct hf_replica *replica = again->hf->replica;
    bool taken = false;
    enum hf_status status = hf_buf_status(&again->bytes);
    if (status == HF_OK && again->fits && hf_data_body_decode(hf_buf_slice(&again->bytes), body, NULL) == HF_OK)
        status = hf_replica_id_taken(replica, &body->case_id, body->type, &body->record_id, &taken);
    if (status == HF_OK && !taken)
        status = hf_handle_fail(again->hf, HF_ERR_STATE,
                                "Only a change of your own is said again, in whose place another record was begun.");
    if (status == HF_OK)
        status =
            hf_replica_part_id(replica, &body->case_id, body->type, &body->record_id, hf_wall_ms(), &again->record);
    if (status == HF_OK)
        status = save_again(again, body);
    if (status == HF_OK)
        hf_handle_tell(again->hf, &body->case_id, &again->record);
    return status;
}

enum holdfast_status holdfast_say_again(struct holdfast *hf, const struct holdfast_id *change,
                                        struct holdfast_id *out_record)
{
    struct again again = {.hf = hf};
    const struct hf_id id = hf_id_in(change);
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_WRITE);
    if (status != HF_OK)
        return hf_handle_refused(status);
    struct hf_data_body *body = calloc(1, sizeof *body);
    status = body ? hf_replica_change(hf->replica, &id, take_again, &again) : HF_ERR_NOMEM;
    if (status == HF_ERR_NOT_FOUND)
        (void)hf_handle_fail(hf, status, "This change is not on this device. Sync, or check its id.");
    else if (status == HF_OK)
        status = say_again(&again, body);
    hf_buf_wipe(&again.bytes);
    free(body);
    if (status == HF_OK && out_record)
        *out_record = hf_id_out(&again.record);
    return hf_handle_leave(hf, status);
}
