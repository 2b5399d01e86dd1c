/* From a draft to one signed change. */
#include "client/drafts.h"
#include "client/edit.h"
#include "core/pack/writer.h"

#include <stdlib.h>

/* What the draft's author saw stands in for the state of the record, so that the change names it as its bases. */
static enum hf_status see_field(struct hf_record_state *seen, const struct hf_draft_field *field)
{
    struct hf_field_state *out = &seen->fields[seen->field_count];
    out->entries = calloc(HF_DRAFT_SEEN_MAX, sizeof *out->entries);
    if (!out->entries)
        return HF_ERR_NOMEM;
    out->field = field->field;
    out->cap = HF_DRAFT_SEEN_MAX;
    out->count = hf_draft_seen(field, out->entries, HF_DRAFT_SEEN_MAX);
    seen->field_count++;
    return HF_OK;
}

static enum hf_status see(struct holdfast_edit *edit, const struct hf_draft *draft)
{
    enum hf_status status = HF_OK;
    edit->seen.case_id = draft->case_id;
    edit->seen.record_id = draft->record_id;
    edit->seen.type = draft->type;
    edit->seen.fields = calloc(draft->field_count + 1, sizeof *edit->seen.fields);
    if (!edit->seen.fields)
        return HF_ERR_NOMEM;
    for (size_t i = 0; status == HF_OK && i < draft->field_count; i++)
        status = see_field(&edit->seen, &draft->fields[i]);
    return status;
}

/* An entry or a person's words that were not written say nothing. */
static bool says_nothing(const struct hf_field_spec *spec, const struct hf_draft_field *field,
                         const struct hf_field_state *seen)
{
    if (field->text.len > 0)
        return false;
    return spec->kind == HF_KIND_APPEND || (spec->kind == HF_KIND_VERBATIM && (!seen || seen->count == 0));
}

static enum hf_status fill(struct holdfast_edit *edit, const struct hf_draft *draft)
{
    enum hf_status status = HF_OK;
    if (!hf_id_is_zero(&draft->parent)) {
        struct hf_buf value = {0};
        hf_pack_id(&value, &draft->parent);
        status = hf_edit_put_value(edit, hf_model_field(edit->type, HF_FIELD_PARENT), &value);
        hf_buf_wipe(&value);
    }
    for (size_t i = 0; status == HF_OK && i < draft->field_count; i++) {
        const struct hf_draft_field *field = &draft->fields[i];
        const struct hf_field_spec *spec = hf_model_field(edit->type, field->field);
        if (!says_nothing(spec, field, hf_edit_seen(edit, spec)))
            status = hf_edit_set_text(edit, spec, field->text, '\n');
    }
    hf_buf_append_slice(&edit->reason, draft->reason);
    return status == HF_OK ? hf_buf_status(&edit->reason) : status;
}

/* The draft's own edit, ready to be saved; the caller cancels it in any case. */
static enum hf_status edit_of(struct holdfast *hf, const struct hf_draft_at *at, struct holdfast_edit **out)
{
    struct holdfast_edit *edit = calloc(1, sizeof *edit);
    if (!edit)
        return HF_ERR_NOMEM;
    *out = edit;
    edit->hf = hf;
    edit->case_id = at->draft.case_id;
    edit->record_id = at->draft.record_id;
    edit->type = at->type;
    enum hf_status status = hf_replica_draft_ready(hf->replica, &at->draft, &hf->err);
    if (status == HF_OK)
        status = see(edit, &at->draft);
    if (status == HF_OK)
        status = fill(edit, &at->draft);
    return status == HF_OK ? hf_edit_check_reason(hf, at->draft.reason) : status;
}

static enum hf_status commit(struct holdfast *hf, const struct hf_draft_at *at, struct hf_id *out_change)
{
    struct holdfast_edit *edit = NULL;
    enum hf_status status = edit_of(hf, at, &edit);
    if (status == HF_OK)
        status = hf_edit_save(edit, true, out_change);
    holdfast_edit_cancel(edit);
    return status;
}

enum hf_status hf_draft_body(struct holdfast *hf, const struct holdfast_draft_place *place, struct hf_buf *out_body)
{
    struct holdfast_edit *edit = NULL;
    struct hf_draft_at *at = calloc(1, sizeof *at);
    enum hf_status status = at ? hf_drafts_open(hf, place, NULL, at) : HF_ERR_NOMEM;
    if (status == HF_OK)
        status = edit_of(hf, at, &edit);
    if (status == HF_OK)
        status = hf_edit_body(edit, true, out_body);
    holdfast_edit_cancel(edit);
    if (at)
        hf_buf_wipe(&at->bytes);
    free(at);
    return status;
}

enum holdfast_status holdfast_draft_commit(struct holdfast *hf, const struct holdfast_draft_place *place,
                                           struct holdfast_id *out_change)
{
    struct hf_id change = hf_id_zero();
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_WRITE);
    if (status != HF_OK)
        return hf_handle_refused(status);
    struct holdfast_draft_place there;
    struct hf_draft_at *at = calloc(1, sizeof *at);
    status = at ? hf_drafts_follow(hf, place, &there) : HF_ERR_NOMEM;
    if (status == HF_OK)
        status = hf_drafts_open(hf, &there, NULL, at);
    if (status == HF_OK)
        status = commit(hf, at, &change);
    if (status == HF_OK && out_change)
        *out_change = hf_id_out(&change);
    if (at)
        hf_buf_wipe(&at->bytes);
    free(at);
    return hf_handle_leave(hf, status);
}
