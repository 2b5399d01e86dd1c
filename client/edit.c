/* Editing: what a person changes is collected beside what they saw, and saved as one signed change whose bases are what
 * they saw. So a sync in between shows as a clash and is never overwritten. Here: beginning and saving. */
#include "client/edit.h"

#include "core/pack/writer.h"
#include "core/replica/part.h"

#include <stdlib.h>

void holdfast_edit_cancel(struct holdfast_edit *edit)
{
    if (!edit)
        return;
    hf_edit_forget(edit);
    hf_edit_unlist(edit);
    hf_buf_clear(&edit->sealed);
    free(edit);
}

static enum hf_status edit_alloc(struct holdfast *hf, struct holdfast_edit **out)
{
    struct holdfast_edit *edit = calloc(1, sizeof *edit);
    if (!edit)
        return HF_ERR_NOMEM;
    edit->hf = hf;
    edit->next = hf->edits;
    hf->edits = edit;
    *out = edit;
    return HF_OK;
}

struct holdfast_id holdfast_edit_id(const struct holdfast_edit *edit)
{
    return hf_id_out(&edit->record_id);
}

/* --- public: beginning --- */

static enum hf_status see(struct holdfast_edit *edit)
{
    enum hf_status status = hf_replica_record(edit->hf->replica, &edit->record_id, &edit->seen);
    if (status != HF_OK)
        return status;
    edit->case_id = edit->seen.case_id;
    edit->type = hf_model_type(edit->seen.type);
    return edit->type ? HF_OK : HF_ERR_UNSUPPORTED;
}

enum holdfast_status holdfast_edit_record(struct holdfast *hf, const struct holdfast_id *record,
                                          struct holdfast_edit **out)
{
    struct holdfast_edit *edit = NULL;
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_WRITE);
    if (status != HF_OK)
        return hf_handle_refused(status);
    status = edit_alloc(hf, &edit);
    if (status == HF_OK) {
        edit->record_id = hf_id_in(record);
        status = see(edit);
    }
    if (status == HF_ERR_NOT_FOUND)
        (void)hf_handle_fail(hf, status, "This record is not on this device. Sync, or check its id.");
    if (status == HF_OK)
        *out = edit;
    else
        holdfast_edit_cancel(edit);
    return hf_handle_leave(hf, status);
}

static enum hf_status check_type(struct holdfast *hf, const char *name, struct hf_new_record *wanted)
{
    wanted->type = name ? hf_model_type_named(hf_slice_str(name)) : NULL;
    if (!wanted->type)
        return hf_handle_fail(hf, HF_ERR_NOT_FOUND, "There is no kind of record called %.100s.",
                              name ? name : "(nothing)");
    if (wanted->type->code == HF_RECORD_CASE)
        return hf_handle_fail(hf, HF_ERR_INVALID, "A case is opened as a new case, not as a record of one.");
    if (wanted->has_slot && !wanted->type->once_per_parent)
        return hf_handle_fail(hf, HF_ERR_INVALID, "%s can be there several times, so it has no slot.",
                              wanted->type->name);
    return HF_OK;
}

static enum hf_status check_parent(struct holdfast *hf, const struct hf_new_record *wanted)
{
    struct hf_record_state parent = {0};
    if (hf_id_is_zero(&wanted->parent))
        return HF_OK;
    enum hf_status status = hf_replica_record(hf->replica, &wanted->parent, &parent);
    if (status == HF_ERR_NOT_FOUND)
        (void)hf_handle_fail(hf, status, "parent: that record is not on this device. Sync, or check its id.");
    else if (status == HF_OK && !hf_id_equal(&parent.case_id, &wanted->case_id))
        status = hf_handle_fail(hf, HF_ERR_INVALID, "parent: that record belongs to another case.");
    hf_record_state_clear(&parent);
    return status;
}

/* Of a part without a parent the case itself stands for it. */
struct hf_id hf_edit_first_id(const struct hf_new_record *wanted)
{
    const struct hf_id *parent = hf_id_is_zero(&wanted->parent) ? &wanted->case_id : &wanted->parent;
    return hf_model_slot_id(parent, wanted->type->code, wanted->slot);
}

enum hf_status hf_edit_new_id(struct holdfast *hf, const struct hf_new_record *wanted, struct hf_id *out)
{
    uint8_t random[HF_ID_RANDOM_BYTES];
    if (wanted->type->once_per_parent) {
        const struct hf_id first = hf_edit_first_id(wanted);
        return hf_replica_part_id(hf->replica, &wanted->case_id, wanted->type->code, &first, hf_wall_ms(), out);
    }
    hf_random(random, sizeof random);
    *out = hf_id_v7(hf_wall_ms(), random);
    return HF_OK;
}

enum hf_status hf_edit_wanted(struct holdfast *hf, const struct holdfast_id *case_id, const char *type,
                              const struct holdfast_id *parent, const char *slot, struct hf_new_record *out)
{
    *out = (struct hf_new_record){.case_id = hf_id_in(case_id),
                                  .parent = hf_id_in_or_zero(parent),
                                  .has_slot = slot != NULL,
                                  .slot = hf_slice_str(slot ? slot : "")};
    enum hf_status status = check_type(hf, type, out);
    return status == HF_OK ? check_parent(hf, out) : status;
}

static enum hf_status put_parent(struct holdfast_edit *edit, const struct hf_id *parent)
{
    struct hf_buf value = {0};
    if (hf_id_is_zero(parent) || hf_record_state_field(&edit->seen, HF_FIELD_PARENT))
        return HF_OK;
    hf_pack_id(&value, parent);
    enum hf_status status = hf_edit_put_value(edit, hf_model_field(edit->type, HF_FIELD_PARENT), &value);
    hf_buf_wipe(&value);
    return status;
}

static enum hf_status begin_new(struct holdfast_edit *edit, const struct hf_new_record *wanted)
{
    enum hf_status status = hf_edit_new_id(edit->hf, wanted, &edit->record_id);
    if (status != HF_OK)
        return status;
    /* Only a part can be there already: another new id was drawn just now. */
    status = wanted->type->once_per_parent ? see(edit) : HF_ERR_NOT_FOUND;
    if (status == HF_ERR_NOT_FOUND) {
        edit->case_id = wanted->case_id;
        edit->type = wanted->type;
        status = HF_OK;
    }
    return status == HF_OK ? put_parent(edit, &wanted->parent) : status;
}

enum holdfast_status holdfast_edit_new(struct holdfast *hf, const struct holdfast_id *case_id, const char *type,
                                       const struct holdfast_id *parent, const char *slot, struct holdfast_edit **out)
{
    struct holdfast_edit *edit = NULL;
    struct hf_new_record wanted;
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_WRITE);
    if (status != HF_OK)
        return hf_handle_refused(status);
    status = hf_edit_wanted(hf, case_id, type, parent, slot, &wanted);
    if (status == HF_OK)
        status = edit_alloc(hf, &edit);
    if (status == HF_OK)
        status = begin_new(edit, &wanted);
    if (status == HF_OK)
        *out = edit;
    else
        holdfast_edit_cancel(edit);
    return hf_handle_leave(hf, status);
}

/* --- public: saving --- */

/* What the replica's save needs for one field, kept while it runs. */
struct save_part {
    struct hf_buf set_value;
    struct hf_id bases[HF_EDIT_BASES_MAX];
};

static enum hf_status too_many_bases(struct holdfast_edit *edit, const struct hf_field_spec *spec, size_t count)
{
    if (count <= HF_EDIT_BASES_MAX)
        return HF_OK;
    return hf_handle_fail(edit->hf, HF_ERR_LIMIT, "%s: one save can build on at most %d earlier changes.", spec->name,
                          HF_EDIT_BASES_MAX);
}

static void save_set(const struct holdfast_edit *edit, const struct hf_field_edit *field, struct save_part *part,
                     struct hf_save_edit *out)
{
    struct hf_slice added[HF_SET_ELEMENTS_MAX];
    struct hf_slice removed[HF_SET_ELEMENTS_MAX];
    hf_elements_slices(&field->added, added);
    hf_elements_slices(&field->removed, removed);
    hf_set_edit_encode(added, field->added.count, removed, field->removed.count, &part->set_value);
    out->value = hf_buf_slice(&part->set_value);
    out->base_count = hf_merge_removed_heads(hf_edit_seen(edit, field->spec), removed, field->removed.count,
                                             part->bases, HF_EDIT_BASES_MAX);
}

/* bases is never NULL but for an append field: an edit names what its person saw, also when that was nothing. */
static enum hf_status save_field(struct holdfast_edit *edit, const struct hf_field_edit *field, struct save_part *part,
                                 struct hf_save_edit *out)
{
    *out =
        (struct hf_save_edit){.field = field->spec->code, .value = hf_buf_slice(&field->value), .bases = part->bases};
    if (field->spec->kind == HF_KIND_APPEND)
        out->bases = NULL;
    else if (field->spec->kind == HF_KIND_SET)
        save_set(edit, field, part, out);
    else
        out->base_count = hf_merge_heads(hf_edit_seen(edit, field->spec), part->bases, HF_EDIT_BASES_MAX);
    enum hf_status status = hf_buf_status(&part->set_value);
    return status == HF_OK ? too_many_bases(edit, field->spec, out->base_count) : status;
}

/* What somebody saw final they amend, knowing it; what became final since they began is saved as a proposal without
 * more ado. */
static enum hf_status check_standing(const struct holdfast_edit *edit, bool proposes)
{
    bool more_than_status = false;
    if (edit->seen.deleted == HF_DELETED_YES)
        return hf_handle_fail(edit->hf, HF_ERR_STATE, "This record was deleted: restore it first.");
    for (size_t i = 0; i < edit->count; i++)
        more_than_status = more_than_status || edit->fields[i]->spec->kind != HF_KIND_STATUS;
    if (!edit->seen.is_final || !more_than_status)
        return HF_OK;
    if (!proposes)
        return hf_handle_fail(
            edit->hf, HF_ERR_STATE,
            "This record is final. Propose an amendment, with a reason: it stands beside the original "
            "until someone accepts or declines it.");
    if (edit->reason.len == 0)
        return hf_handle_fail(edit->hf, HF_ERR_INVALID, "reason: say why, so that others can follow the decision.");
    return HF_OK;
}

/* What a save makes: a change, or with `body` only what it would say. */
struct made {
    struct hf_id change;
    struct hf_buf *body;
};

static enum hf_status save(struct holdfast_edit *edit, struct save_part *parts, bool end_draft, struct made *out)
{
    struct hf_save_edit edits[HF_EDITS_MAX];
    enum hf_status status = check_standing(edit, edit->proposes);
    for (size_t i = 0; status == HF_OK && i < edit->count; i++)
        status = save_field(edit, edit->fields[i], &parts[i], &edits[i]);
    const struct hf_save request = {.case_id = edit->case_id,
                                    .record_id = edit->record_id,
                                    .type = edit->type->code,
                                    .edits = edits,
                                    .edit_count = edit->count,
                                    .reason = hf_buf_slice(&edit->reason),
                                    .propose = true, /* check_standing has looked */
                                    .end_draft = end_draft};
    struct hf_replica *replica = edit->hf->replica;
    if (status == HF_OK && out->body)
        return hf_replica_save_body(replica, &request, hf_wall_ms(), out->body, &edit->hf->err);
    if (status == HF_OK)
        status = hf_replica_save(replica, &request, hf_wall_ms(), &out->change, &edit->hf->err);
    return status;
}

/* Another record may have come to stand under the id of a part since it was begun. */
static enum hf_status find_place(struct holdfast_edit *edit)
{
    if (!edit->type->once_per_parent || edit->seen.field_count > 0)
        return HF_OK;
    const struct hf_id first = edit->record_id;
    return hf_replica_part_id(edit->hf->replica, &edit->case_id, edit->type->code, &first, hf_wall_ms(),
                              &edit->record_id);
}

static enum hf_status make(struct holdfast_edit *edit, bool end_draft, struct made *out)
{
    struct save_part *parts = calloc(edit->count + 1, sizeof *parts);
    enum hf_status status = parts ? HF_OK : HF_ERR_NOMEM;
    if (status == HF_OK && !end_draft) /* a draft is named by its record */
        status = find_place(edit);
    if (status == HF_OK)
        status = save(edit, parts, end_draft, out);
    for (size_t i = 0; parts && i < edit->count; i++)
        hf_buf_wipe(&parts[i].set_value);
    free(parts);
    return status;
}

enum hf_status hf_edit_save(struct holdfast_edit *edit, bool end_draft, struct hf_id *out_change)
{
    struct made made = {.change = hf_id_zero()};
    enum hf_status status = make(edit, end_draft, &made);
    if (status != HF_OK)
        return status;
    *out_change = made.change;
    if (!hf_id_is_zero(&made.change))
        hf_handle_tell(edit->hf, &edit->case_id, &edit->record_id);
    return HF_OK;
}

enum hf_status hf_edit_body(struct holdfast_edit *edit, bool end_draft, struct hf_buf *out_body)
{
    struct made made = {.body = out_body};
    return make(edit, end_draft, &made);
}

static enum holdfast_status commit(struct holdfast_edit *edit, bool proposes, struct holdfast_id *out_change)
{
    struct holdfast *hf = edit->hf;
    struct hf_id change = hf_id_zero();
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_WRITE);
    if (status != HF_OK)
        return hf_handle_refused(status);
    edit->proposes = proposes;
    status = hf_edit_save(edit, false, &change);
    if (status == HF_OK) {
        if (out_change)
            *out_change = hf_id_out(&change);
        holdfast_edit_cancel(edit);
    }
    return hf_handle_leave(hf, status);
}

enum holdfast_status holdfast_edit_commit(struct holdfast_edit *edit, struct holdfast_id *out_change)
{
    return commit(edit, false, out_change);
}

enum holdfast_status holdfast_edit_propose(struct holdfast_edit *edit, struct holdfast_id *out_change)
{
    return commit(edit, true, out_change);
}
