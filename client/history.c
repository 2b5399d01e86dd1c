/* The changes of one record, as people read them. */
#include "client/clock.h"
#include "client/disputes.h"
#include "client/passed_over.h"
#include "client/reads.h"
#include "client/texts.h"
#include "core/replica/carried.h"
#include "core/replica/proofs.h"
#include "core/replica/snapshot.h"

#include <stdlib.h>

struct history {
    struct hf_replica *replica;
    bool (*each)(void *ctx, const struct holdfast_change_row *row);
    void *ctx;
    enum hf_status status;
};

/* places: where each edit of the body stands in `out`; NULL for one that only a later program knows. */
static size_t fill_edits(const struct hf_data_body *body, struct hf_texts *texts, struct holdfast_change_edit *out,
                         struct holdfast_change_edit **places)
{
    const struct hf_record_spec *type = hf_model_type(body->type);
    size_t count = 0;
    for (uint32_t i = 0; type && i < body->edit_count; i++) {
        const struct hf_edit *edit = &body->edits[i];
        const struct hf_field_spec *field = hf_model_field(type, edit->field);
        if (!field)
            continue;
        const char *value = field->kind == HF_KIND_SET ? hf_texts_set_edit(texts, field, edit->value)
                                                       : hf_texts_value(texts, field, edit->value);
        places[i] = &out[count];
        out[count++] = (struct holdfast_change_edit){.field = field->name, .label = field->label, .value = value};
    }
    return count;
}

static enum hf_status fill_receipt(struct hf_replica *replica, const struct hf_change_row *row,
                                   struct holdfast_change_row *out)
{
    struct hf_receipt receipt;
    if (!row->own || row->sent != HF_RECEIVED)
        return HF_OK;
    enum hf_status status = hf_replica_receipt(replica, row->item.index, &receipt);
    if (status == HF_OK) {
        out->proof_size = receipt.size;
        out->proof_ms = receipt.verified_ms;
    }
    return status == HF_ERR_NOT_FOUND ? HF_OK : status;
}

static enum hf_status fill_clock(struct hf_replica *replica, const struct hf_change_row *row,
                                 char text[HF_CLOCK_OFF_BYTES], struct holdfast_change_row *out)
{
    int64_t offset_ms = 0;
    enum hf_status status = hf_clock_of_change(replica, row->leaf.device, row->item.index, row->own, &offset_ms);
    hf_clock_off_text(offset_ms, text);
    out->clock_text = text;
    out->clock_offset_ms = text[0] == '\0' ? 0 : offset_ms;
    return status;
}

static bool show_change(void *ctx, const struct hf_change_row *row)
{
    struct history *history = ctx;
    struct hf_texts texts = {0};
    struct hf_data_body body;
    struct holdfast_change_edit edits[HF_EDITS_MAX];
    struct holdfast_change_edit *places[HF_EDITS_MAX] = {NULL};
    struct holdfast_passed_over *passed_over = NULL;
    char device[HF_DEVICE_TEXT_BYTES], clock[HF_CLOCK_OFF_BYTES];
    hf_device_text(row->leaf.device, device);

    struct holdfast_change_row out = {.id = hf_id_out(&row->change_id),
                                      .time_ms = hf_clock_ms(row->leaf.clock),
                                      .author = hf_texts_copy(&texts, row->author_name),
                                      .device = device,
                                      .own = row->own,
                                      .sent = hf_sent_name(row->sent),
                                      .log_index = -1,
                                      .held = row->item.hold == HF_HOLD_NONE ? "" : hf_hold_text(row->item.hold),
                                      .waiting = row->waiting,
                                      .reason = "",
                                      .edits = edits};
    if (row->item.index <= INT64_MAX)
        out.log_index = (int64_t)row->item.index;
    /* A change of a later program, or one that has no such form: shown, without what it changed. */
    if (row->leaf.kind == HF_LEAF_DATA && hf_data_body_decode(row->item.body, &body, NULL) == HF_OK) {
        out.reason = hf_texts_copy(&texts, body.reason);
        out.edit_count = fill_edits(&body, &texts, edits, places);
        if (!row->waiting && row->item.hold == HF_HOLD_NONE)
            history->status = hf_passed_over_fill(history->replica, &body, places, &texts, &passed_over);
    }
    if (history->status == HF_OK)
        history->status = hf_texts_status(&texts);
    if (history->status == HF_OK)
        history->status = fill_receipt(history->replica, row, &out);
    if (history->status == HF_OK)
        history->status = fill_clock(history->replica, row, clock, &out);
    bool more = history->status == HF_OK && history->each(history->ctx, &out);
    free(passed_over);
    hf_texts_clear(&texts);
    return more;
}

enum holdfast_status holdfast_history(struct holdfast *hf, const struct holdfast_id *record,
                                      bool (*each)(void *ctx, const struct holdfast_change_row *row), void *ctx)
{
    struct history history = {.each = each, .ctx = ctx};
    const struct hf_id id = hf_id_in(record);
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_READ);
    if (status != HF_OK)
        return hf_handle_refused(status);
    history.replica = hf->replica;
    status = hf_disputes_may_use(hf, &id);
    if (status != HF_OK)
        return hf_handle_leave(hf, status);
    if (!hf->quiet) /* who looks for something of their own looks at what is here */
        status = hf_replica_needs_history(hf->replica, &id, &hf->err);
    if (status != HF_OK)
        return hf_handle_leave(hf, status);
    hf_reads_note(hf, NULL, &id, HF_READ_HISTORY);
    status = hf_replica_history(hf->replica, &id, show_change, &history);
    return hf_handle_leave(hf, status == HF_OK ? history.status : status);
}

/* --- what came as a snapshot --- */

enum holdfast_status holdfast_fetch_history(struct holdfast *hf, const struct holdfast_id *case_id, bool *out_asked)
{
    bool asked = false;
    const struct hf_id id = case_id ? hf_id_in(case_id) : hf_id_zero();
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_READ);
    if (status != HF_OK)
        return hf_handle_refused(status);
    status = hf_replica_prove(hf->replica, case_id ? &id : NULL, &asked, &hf->err);
    if (status == HF_OK)
        *out_asked = asked;
    return hf_handle_leave(hf, status);
}
