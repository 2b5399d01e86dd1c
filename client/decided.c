/* Who wrote one of the values of a clash is told how somebody else decided it. */
#include "client/decided.h"

#include "client/disputes.h"
#include "client/passed_over.h"
#include "core/replica/decided.h"

/* False to stop. */
static bool tell_edit(struct hf_telling *told, const struct hf_change_row *row, const struct hf_data_body *body,
                      const struct hf_edit *edit)
{
    const struct hf_record_spec *type = hf_model_type(body->type);
    const struct hf_field_spec *field = type ? hf_model_field(type, edit->field) : NULL;
    struct hf_texts texts = {0};
    struct hf_passed_over_mine mine = {0};
    bool more = true;
    if (!field)
        return true;
    told->status = hf_passed_over_mine(told->hf->replica, body, edit, &texts, &mine);
    const struct holdfast_decided out = {.about = "value",
                                         .change = hf_id_out(&row->change_id),
                                         .case_id = hf_id_out(&body->case_id),
                                         .record = hf_id_out(&body->record_id),
                                         .type = type->name,
                                         .type_label = type->label,
                                         .field = field->name,
                                         .label = field->label,
                                         .author = hf_texts_copy(&texts, row->author_name),
                                         .time_ms = hf_clock_ms(row->leaf.clock),
                                         .reason = hf_texts_copy(&texts, body->reason),
                                         .chosen = mine.chosen,
                                         .own = mine.own,
                                         .taken = hf_texts_value(&texts, field, edit->value)};
    if (told->status == HF_OK)
        told->status = hf_texts_status(&texts);
    if (told->status == HF_OK && mine.own) {
        told->told_value = true;
        more = told->each(told->ctx, &out);
    }
    hf_texts_clear(&texts);
    return told->status == HF_OK && more;
}

static bool tell_change(void *ctx, const struct hf_change_row *row)
{
    struct hf_telling *told = ctx;
    struct hf_data_body body;
    bool more = true;
    if (row->leaf.kind != HF_LEAF_DATA || row->item.hold != HF_HOLD_NONE ||
        hf_id_equal(&row->author, &hf_replica_identity(told->hf->replica)->person) || /* another device of theirs */
        hf_data_body_decode(row->item.body, &body, NULL) != HF_OK ||
        hf_disputes_may_use(told->hf, &body.record_id) != HF_OK)
        return true;
    told->told_value = false;
    for (uint32_t i = 0; more && i < body.edit_count; i++)
        more = tell_edit(told, row, &body, &body.edits[i]);
    return more && hf_decided_acts(told, row, &body);
}

enum hf_status hf_decided_each(struct holdfast *hf, const struct hf_id *record, holdfast_decided_fn *each, void *ctx)
{
    struct hf_telling told = {.hf = hf, .each = each, .ctx = ctx};
    enum hf_status status = hf_replica_decided(hf->replica, record, tell_change, &told);
    return status == HF_OK ? told.status : status;
}

enum holdfast_status holdfast_decisions_told(struct holdfast *hf, const struct holdfast_id *record,
                                             holdfast_decided_fn *each, void *ctx)
{
    const struct hf_id id = hf_id_in_or_zero(record);
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_READ);
    if (status != HF_OK)
        return hf_handle_refused(status);
    return hf_handle_leave(hf, hf_decided_each(hf, record ? &id : NULL, each, ctx));
}

enum holdfast_status holdfast_decision_seen(struct holdfast *hf, const struct holdfast_id *change)
{
    const struct hf_id id = hf_id_in(change);
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_WRITE);
    if (status != HF_OK)
        return hf_handle_refused(status);
    return hf_handle_leave(hf, hf_replica_decided_seen(hf->replica, &id, &hf->err));
}
