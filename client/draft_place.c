/* Where a draft is that a window still names by an old id: another record has come to stand under the id of a part
 * (core/replica/part.h), and the draft goes along, or has gone already. */
#include "client/drafts.h"
#include "client/edit.h"
#include "core/replica/part.h"

#include <stdlib.h>

static bool is_part(const struct hf_draft *draft)
{
    const struct hf_record_spec *type = hf_model_type(draft->type);
    return type && type->once_per_parent;
}

static struct hf_id first_id(const struct hf_draft *draft)
{
    const struct hf_new_record part = {.type = hf_model_type(draft->type),
                                       .case_id = draft->case_id,
                                       .parent = draft->parent,
                                       .has_slot = true,
                                       .slot = draft->slot};
    return hf_edit_first_id(&part);
}

/* --- a draft that is still there --- */

static enum hf_status move_along(struct holdfast *hf, const struct hf_draft *draft, struct hf_id *io_record)
{
    struct hf_draft_move move = {.case_id = draft->case_id,
                                 .type = draft->type,
                                 .parent = draft->parent,
                                 .slot = draft->slot,
                                 .first = first_id(draft)};
    struct hf_buf bytes = {0};
    struct hf_draft *other = malloc(sizeof *other);
    enum hf_status status = other ? HF_OK : HF_ERR_NOMEM;
    if (status == HF_OK)
        status = hf_replica_part_id(hf->replica, &draft->case_id, draft->type, &move.first, hf_wall_ms(), &move.to);
    if (status == HF_OK)
        status = hf_replica_draft(hf->replica, &move.to, NULL, &bytes, other, &hf->err);
    if (status == HF_OK || status == HF_ERR_UNSUPPORTED)
        status = hf_handle_fail(hf, HF_ERR_STATE,
                                "Another record has come to stand where this was begun, and you have typed in its next "
                                "place as well. Save or discard that draft first; nothing of either is lost.");
    else if (status == HF_ERR_NOT_FOUND)
        status = hf_replica_draft_follow(hf->replica, &move, hf_wall_ms(), &hf->err);
    if (status == HF_OK)
        *io_record = move.to;
    hf_buf_wipe(&bytes);
    free(other);
    return status;
}

static enum hf_status follow_taken(struct holdfast *hf, const struct hf_draft *draft, struct hf_id *io_record)
{
    bool taken = false;
    if (!is_part(draft))
        return HF_OK;
    const enum hf_status status =
        hf_replica_id_taken(hf->replica, &draft->case_id, draft->type, &draft->record_id, &taken);
    return status == HF_OK && taken ? move_along(hf, draft, io_record) : status;
}

/* --- a draft that has gone --- */

struct search {
    const struct holdfast_draft_place *place;
    struct hf_id record;
    size_t found;
    struct hf_id at;
};

/* The part went through the id that is asked for, on its way to where the draft is. */
static bool came_from(const struct hf_draft *draft, const struct hf_id *id)
{
    struct hf_id at = first_id(draft);
    bool passed = false;
    for (size_t i = 0; i < HF_PART_IDS_MAX && !hf_id_equal(&at, &draft->record_id); i++) {
        passed = passed || hf_id_equal(&at, id);
        at = hf_model_part_next(&at, draft->type);
    }
    return passed;
}

static bool look_at(void *ctx, const struct hf_draft_row *row)
{
    struct search *search = ctx;
    const struct hf_id case_id = hf_id_in(&search->place->case_id);
    const char *form = search->place->form ? search->place->form : "";
    if (row->own && is_part(row->draft) && hf_id_equal(&row->draft->case_id, &case_id) &&
        hf_slice_equal(row->draft->form, hf_slice_str(form)) && came_from(row->draft, &search->record)) {
        search->found++;
        search->at = row->draft->record_id;
    }
    return true;
}

static enum hf_status find_gone(struct holdfast *hf, const struct holdfast_draft_place *place, struct hf_id *io_record)
{
    struct search search = {.place = place, .record = *io_record};
    const enum hf_status status = hf_replica_drafts(hf->replica, NULL, look_at, &search, &hf->err);
    if (status == HF_OK && search.found == 1)
        *io_record = search.at;
    return status;
}

enum hf_status hf_drafts_follow(struct holdfast *hf, const struct holdfast_draft_place *place,
                                struct holdfast_draft_place *out)
{
    struct hf_id record = hf_id_in(&place->record);
    struct hf_buf bytes = {0};
    struct hf_draft *draft = malloc(sizeof *draft);
    enum hf_status status =
        draft ? hf_replica_draft(hf->replica, &record, NULL, &bytes, draft, &hf->err) : HF_ERR_NOMEM;
    if (status == HF_OK)
        status = follow_taken(hf, draft, &record);
    else if (status == HF_ERR_NOT_FOUND)
        status = find_gone(hf, place, &record);
    else if (status == HF_ERR_UNSUPPORTED) /* hf_drafts_open says so */
        status = HF_OK;
    if (status == HF_OK) {
        *out = *place;
        out->record = hf_id_out(&record);
    }
    hf_buf_wipe(&bytes);
    free(draft);
    return status;
}
