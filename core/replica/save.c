#include "core/replica/policies.h"
#include "core/replica/replica_internal.h"
#include "core/replica/snapshot.h"

#include "core/base/mutant.h"
#include "core/merge/standing.h"
#include "core/merge/verbatim.h"
#include "core/model/act.h"
#include "core/model/set_edit.h"
#include "core/model/steps.h"
#include "core/model/value.h"
#include "core/pack/writer.h"
#include "core/replica/drafts_internal.h"
#include "core/replica/first_due.h"

#include <stdlib.h>

#define NIL_BYTE 0xc0

/* What an edit of the plan borrows. */
struct plan_edit {
    struct hf_buf set; /* the value of a set, written anew */
    struct hf_id bases[HF_EDIT_BASES_MAX];
};

/* What becomes of one save: the edits that change something, with their bases. */
struct plan {
    struct hf_replica *replica;
    const struct hf_save *save;
    const struct hf_record_spec *type;
    struct hf_record_known known;                 /* its state is empty for a new record */
    struct hf_edit_input edits[HF_EDITS_MAX + 1]; /* and the act of one who settles in a final record */
    struct hf_buf act;
    size_t count;
    struct hf_buf first_due;
    struct hf_buf policy; /* the procedures in force, by which the record is made */
    struct hf_error *err;
    struct hf_id finals[HF_EDIT_BASES_MAX];
    struct plan_edit rows[]; /* one for each edit that was asked for */
};

enum hf_status hf_replica_may_save(const struct hf_replica *replica, struct hf_error *err)
{
    if (replica->damage.text[0])
        return hf_error_set(err, HF_ERR_STATE, "%s", replica->damage.text);
    switch (replica->identity->state) {
    case HF_IDENTITY_ENROLLED:
        return HF_OK;
    case HF_IDENTITY_REVOKED:
        return hf_error_set(err, HF_ERR_STATE,
                            "This device was signed off by the office: it can still send what is saved here, but take "
                            "nothing new. Ask the office if that is a mistake.");
    case HF_IDENTITY_NEW:
    case HF_IDENTITY_PENDING:
        break;
    }
    return hf_error_set(err, HF_ERR_STATE,
                        "This device is not enrolled yet. Finish setting it up with the office, then "
                        "save again.");
}

/* --- bases --- */

struct base_row {
    bool found;
    enum hf_effect effect;
    struct hf_id record_id;
};

static enum hf_status find_base(struct plan *plan, const struct hf_id *id, struct base_row *out)
{
    struct hf_rows rows;
    *out = (struct base_row){.found = false};
    hf_rows_begin(&rows, plan->replica, HF_STATEMENT_CHANGE_BASE);
    hf_rows_bind_id(&rows, id);
    if (hf_rows_next(&rows)) {
        out->found = true;
        out->effect = (enum hf_effect)hf_rows_u64(&rows, 0);
        out->record_id = hf_rows_id(&rows, 1);
    }
    enum hf_status status = hf_rows_end(&rows, plan->err);
    bool came = false; /* with a snapshot, in the state that people saw */
    if (status == HF_OK && (!out->found || out->effect == HF_EFFECT_BEHIND))
        status = hf_replica_snapshot_names(plan->replica, &plan->save->record_id, id, &came, plan->err);
    if (came)
        *out = (struct base_row){.found = true, .effect = HF_EFFECT_APPLIED, .record_id = plan->save->record_id};
    return status;
}

/* Bases that the caller names: what its person saw. They may have been followed by others since, that makes a clash;
 * they must have been seen here, and still count. */
static enum hf_status check_base(struct plan *plan, const struct hf_field_spec *field, const struct hf_id *id)
{
    struct base_row base;
    enum hf_status status = find_base(plan, id, &base);
    if (status != HF_OK)
        return status;
    if (!base.found && plan->replica->identity->incarnation > 0) /* perhaps signed again under another name */
        return hf_error_set(plan->err, HF_ERR_CONFLICT,
                            "%s: this device was put in order with the office since this record was opened. Open it "
                            "again, then save",
                            field->name);
    if (!base.found || hf_id_is_zero(&base.record_id)) /* its case was taken and given back, and is not whole again */
        return hf_error_set(
            plan->err, HF_ERR_CONFLICT,
            "%s: what you started from is not on this device any more. Sync, open the record again, then "
            "save",
            field->name);
    if (!hf_id_equal(&base.record_id, &plan->save->record_id))
        return hf_error_set(plan->err, HF_ERR_INVALID, "%s: this edit builds on a change that this record never had",
                            field->name);
    if (base.effect != HF_EFFECT_APPLIED)
        return hf_error_set(plan->err, HF_ERR_CONFLICT,
                            "%s: what you started from was set aside meanwhile. Open the record again and look before "
                            "you save.",
                            field->name);
    return HF_OK;
}

static enum hf_status take_bases(struct plan *plan, const struct hf_field_spec *field, const struct hf_save_edit *edit,
                                 struct hf_edit_input *out)
{
    if (edit->base_count > HF_EDIT_BASES_MAX)
        return hf_error_set(plan->err, HF_ERR_LIMIT, "%s: one edit can settle at most %d versions at once", field->name,
                            HF_EDIT_BASES_MAX);
    for (size_t i = 0; i < edit->base_count; i++) {
        enum hf_status status = check_base(plan, field, &edit->bases[i]);
        if (status != HF_OK)
            return status;
    }
    out->bases = edit->bases;
    out->base_count = edit->base_count;
    return HF_OK;
}

static enum hf_status all_heads(struct plan *plan, const struct hf_field_spec *field, size_t count,
                                struct hf_edit_input *out)
{
    if (count > HF_EDIT_BASES_MAX)
        return hf_error_set(plan->err, HF_ERR_LIMIT, "%s: one edit can settle at most %d versions at once", field->name,
                            HF_EDIT_BASES_MAX);
    out->bases = plan->rows[plan->count].bases;
    out->base_count = HF_MUTANT(FORGET_PARENT) ? 0 : HF_MUTANT(NAME_TOO_FEW) && count > 1 ? 1 : count;
    return HF_OK;
}

/* --- fields with one value --- */

static bool is_nil(struct hf_slice value)
{
    return value.len == 1 && value.data[0] == NIL_BYTE;
}

/* The value that stands there is the one to be written, or both are nothing. */
static bool changes_nothing(struct hf_slice plain, struct hf_slice value)
{
    return plain.len > 0 ? hf_slice_equal(plain, value) : is_nil(value);
}

/* True when the person left the field as they had seen it. */
static enum hf_status as_it_was_seen(struct plan *plan, const struct hf_save_edit *edit, bool *out)
{
    struct hf_buf seen = {0};
    *out = false;
    if (!edit->bases || edit->base_count != 1)
        return HF_OK;
    enum hf_status status =
        hf_replica_given_value(plan->replica, &plan->save->record_id, &edit->bases[0], edit->field, &seen, plan->err);
    *out = status == HF_OK && seen.len > 0 && hf_slice_equal(hf_buf_slice(&seen), edit->value);
    hf_buf_wipe(&seen);
    return status;
}

/* --- status --- */

static enum hf_status refuse_step(struct plan *plan, const struct hf_field_spec *spec, struct hf_slice from)
{
    struct hf_buf word = {0}, next = {0};
    hf_value_to_text(spec, from, &word);
    hf_steps_list(spec, from, &next);
    enum hf_status status = hf_buf_status(&word) == HF_OK ? hf_buf_status(&next) : HF_ERR_NOMEM;
    if (status != HF_OK)
        (void)hf_error_set(plan->err, status, "%s", hf_status_text(status));
    else if (next.len > 0)
        status = hf_error_set(plan->err, HF_ERR_STATE, "%s is %.*s; what can follow is %.*s", spec->name, (int)word.len,
                              (const char *)word.data, (int)next.len, (const char *)next.data);
    else
        status = hf_error_set(plan->err, HF_ERR_STATE, "%s is %.*s, and nothing follows that", spec->name,
                              (int)word.len, (const char *)word.data);
    hf_buf_clear(&word);
    hf_buf_clear(&next);
    return status;
}

static enum hf_status refuse_final(struct plan *plan, const struct hf_field_spec *spec)
{
    return hf_error_set(plan->err, HF_ERR_STATE,
                        "%s: a record becomes final by being finalised, not by writing it here", spec->name);
}

static bool some_head_is(const struct hf_field_state *field, struct hf_slice value)
{
    for (size_t i = 0; field && i < field->count; i++)
        if (hf_slice_equal(field->entries[i].value, value))
            return true;
    return false;
}

/* A status goes by its steps, from what its author saw. Who settles a clash may take any value, but final only when
 * somebody finalised: what finalising asks for is not passed by settling. */
static enum hf_status check_step(struct plan *plan, const struct hf_field_spec *spec, const struct hf_save_edit *edit)
{
    struct hf_buf from = {0};
    const struct hf_field_state *field = hf_record_state_field(&plan->known.state, spec->code);
    if (spec->kind == HF_KIND_STATUS && plan->save->settle && hf_steps_is_final(spec, edit->value) &&
        !some_head_is(field, edit->value))
        return refuse_final(plan, spec);
    if (spec->kind != HF_KIND_STATUS || plan->save->settle)
        return HF_OK;
    enum hf_status status = HF_OK;
    if (!edit->bases)
        hf_buf_append_slice(&from, hf_merge_plain_value(plan->type, field));
    else if (edit->base_count == 1)
        status = hf_replica_given_value(plan->replica, &plan->save->record_id, &edit->bases[0], spec->code, &from,
                                        plan->err);
    if (status == HF_OK)
        status = hf_buf_status(&from);
    if (status == HF_OK && !hf_slice_equal(hf_buf_slice(&from), edit->value)) {
        if (hf_steps_is_final(spec, edit->value))
            status = refuse_final(plan, spec);
        else if (from.len > 0 && !hf_steps_allowed(spec, hf_buf_slice(&from), edit->value))
            status = refuse_step(plan, spec, hf_buf_slice(&from));
    }
    hf_buf_clear(&from);
    return status;
}

/* *out_keep: the edit changes something. */
static enum hf_status plan_single(struct plan *plan, const struct hf_field_spec *spec, const struct hf_save_edit *edit,
                                  struct hf_edit_input *out, bool *out_keep)
{
    const struct hf_field_state *field = hf_record_state_field(&plan->known.state, edit->field);
    bool conflict = hf_merge_in_conflict(plan->type, field);
    bool as_seen = false;
    if (conflict && !plan->save->settle)
        return hf_error_set(plan->err, HF_ERR_CONFLICT, "%s has two different values; settle the clash first",
                            spec->name);
    if (!conflict) {
        *out_keep = false;
        if (changes_nothing(hf_merge_plain_value(plan->type, field), edit->value))
            return HF_OK;
        enum hf_status status = as_it_was_seen(plan, edit, &as_seen);
        if (status != HF_OK || as_seen)
            return status;
    }
    *out_keep = true;
    enum hf_status step = check_step(plan, spec, edit);
    if (step != HF_OK)
        return step;
    if (edit->bases)
        return take_bases(plan, spec, edit, out);
    return all_heads(plan, spec, hf_merge_heads(field, plan->rows[plan->count].bases, HF_EDIT_BASES_MAX), out);
}

/* --- sets --- */

static bool set_holds(const struct hf_field_state *field, struct hf_slice element)
{
    return hf_standing_holds(field, element);
}

/* Leaves the elements that are in the set (wanted) or not in it. */
static size_t sift(const struct hf_field_state *field, struct hf_slice *elements, size_t count, bool wanted)
{
    size_t left = 0;
    for (size_t i = 0; i < count; i++)
        if (set_holds(field, elements[i]) == wanted)
            elements[left++] = elements[i];
    return left;
}

static enum hf_status plan_set(struct plan *plan, const struct hf_field_spec *spec, const struct hf_save_edit *edit,
                               struct hf_edit_input *out, bool *out_keep)
{
    const struct hf_field_state *field = hf_record_state_field(&plan->known.state, edit->field);
    struct hf_set_edit set;
    enum hf_status status = hf_set_edit_decode(edit->value, &set);
    if (status != HF_OK)
        return hf_error_set(plan->err, status,
                            "%s must be a list of what is added and a list of what is removed, each thing once and at "
                            "most %d in a list",
                            spec->name, HF_SET_ELEMENTS_MAX);
    set.added_count = sift(field, set.added, set.added_count, false);
    set.removed_count = sift(field, set.removed, set.removed_count, true);
    *out_keep = set.added_count + set.removed_count > 0;
    if (!*out_keep)
        return HF_OK;
    if (plan->type->restricted && set.removed_count > 0 && (plan->save->edit_count > 1 || plan->save->reason.len > 0))
        return hf_error_set(plan->err, HF_ERR_INVALID,
                            "Take people off the list of those who read this in a save of its own, without other "
                            "changes and without a reason: whoever is taken off gets that change as their last one.");
    struct hf_buf *value = &plan->rows[plan->count].set;
    hf_set_edit_encode(set.added, set.added_count, set.removed, set.removed_count, value);
    if (hf_buf_status(value) != HF_OK)
        return hf_error_set(plan->err, HF_ERR_NOMEM, "%s", hf_status_text(HF_ERR_NOMEM));
    out->value = hf_buf_slice(value);
    if (edit->bases)
        return take_bases(plan, spec, edit, out);
    size_t heads =
        hf_merge_removed_heads(field, set.removed, set.removed_count, plan->rows[plan->count].bases, HF_EDIT_BASES_MAX);
    return all_heads(plan, spec, heads, out);
}

/* Who settles in a final record amends it: what they take out is final too. */
static enum hf_status plan_act(struct plan *plan)
{
    struct hf_id answered[HF_EDIT_BASES_MAX];
    size_t count = 0;
    for (size_t i = 0; i < plan->count; i++) {
        const struct hf_field_spec *spec = hf_model_field(plan->type, plan->edits[i].field);
        for (size_t j = 0; spec->kind != HF_KIND_STATUS && j < plan->edits[i].base_count; j++)
            if (count < HF_EDIT_BASES_MAX)
                answered[count++] = plan->edits[i].bases[j];
    }
    if (!plan->known.state.is_final || !plan->save->settle || count == 0)
        return HF_OK;
    size_t finals = hf_standing_finals(&plan->known.state, plan->finals, HF_EDIT_BASES_MAX);
    hf_act_encode(HF_ACT_AMEND, answered, count, &plan->act);
    plan->edits[plan->count++] =
        (struct hf_edit_input){.field = HF_FIELD_FINAL,
                               .value = hf_buf_slice(&plan->act),
                               .bases = plan->finals,
                               .base_count = finals < HF_EDIT_BASES_MAX ? finals : HF_EDIT_BASES_MAX};
    return hf_buf_status(&plan->act);
}

/* --- the whole save --- */

static enum hf_status plan_edit(struct plan *plan, const struct hf_save_edit *edit)
{
    const struct hf_field_spec *spec = hf_model_field(plan->type, edit->field);
    if (!spec)
        return hf_error_set(plan->err, HF_ERR_INVALID, "%s has no field number %u", plan->type->name,
                            (unsigned)edit->field);
    if (plan->known.state.is_final && spec->kind != HF_KIND_STATUS && !plan->save->propose && !plan->save->settle)
        return hf_error_set(plan->err, HF_ERR_STATE,
                            "This record is final. Propose an amendment, with a reason: it stands beside the original "
                            "until someone accepts or declines it.");
    struct hf_edit_input *out = &plan->edits[plan->count];
    *out = (struct hf_edit_input){.field = edit->field, .value = edit->value};
    bool keep = true;
    enum hf_status status = HF_OK;
    if (spec->kind == HF_KIND_SET)
        status = plan_set(plan, spec, edit, out, &keep);
    else if (spec->kind != HF_KIND_APPEND)
        status = plan_single(plan, spec, edit, out, &keep);
    else if (edit->bases)
        status = take_bases(plan, spec, edit, out);
    if (status == HF_OK && keep)
        plan->count++;
    return status;
}

static enum hf_status check_request(struct plan *plan)
{
    const struct hf_save *save = plan->save;
    plan->type = hf_model_type(save->type);
    if (!plan->type)
        return hf_error_set(plan->err, HF_ERR_INVALID, "There is no kind of record with the number %u",
                            (unsigned)save->type);
    if (hf_id_is_zero(&save->record_id) || hf_id_is_zero(&save->case_id))
        return hf_error_set(plan->err, HF_ERR_INVALID, "A record needs an id and a case");
    return HF_OK;
}

static enum hf_status load_record(struct plan *plan)
{
    const struct hf_save *save = plan->save;
    enum hf_status status = hf_replica_record_known(plan->replica, &save->record_id, &plan->known, plan->err);
    if (status != HF_OK || plan->known.is_new)
        return status;
    if (plan->known.state.type != save->type)
        return hf_error_set(plan->err, HF_ERR_INVALID, "This record is not of the kind %s", plan->type->name);
    if (!hf_id_equal(&plan->known.state.case_id, &save->case_id))
        return hf_error_set(plan->err, HF_ERR_INVALID, "This record belongs to another case");
    return HF_OK;
}

static enum hf_status encode_plan(struct plan *plan, struct hf_buf *out)
{
    const struct hf_save *save = plan->save;
    const struct hf_data_body_input input = {.case_id = save->case_id,
                                             .record_id = save->record_id,
                                             .type = save->type,
                                             .edits = plan->edits,
                                             .edit_count = plan->count,
                                             .group_id = save->group_id,
                                             .reason = save->reason,
                                             .policy = hf_buf_slice(&plan->policy)};
    return hf_data_body_encode(&input, out, plan->err);
}

/* In its place among the edits, which are in the order of their fields. */
static void insert_edit(struct plan *plan, const struct hf_edit_input *edit)
{
    size_t at = plan->count;
    for (; at > 0 && plan->edits[at - 1].field > edit->field; at--)
        plan->edits[at] = plan->edits[at - 1];
    plan->edits[at] = *edit;
    plan->count++;
}

/* A limit that this save moves: the old one stays on record (core/replica/first_due.h). */
static enum hf_status plan_first_due(struct plan *plan, uint64_t now_ms)
{
    struct hf_first_due kept = {0};
    struct hf_buf body = {0};
    if (plan->known.state.type == 0 || plan->count == 0 || plan->count >= HF_EDITS_MAX)
        return HF_OK;
    enum hf_status status = encode_plan(plan, &body);
    if (status == HF_OK)
        status = hf_replica_first_due(plan->replica, &plan->known.state, hf_buf_slice(&body), now_ms, &kept, plan->err);
    hf_buf_wipe(&body);
    for (size_t i = 0; i < plan->count; i++)
        if (plan->edits[i].field == kept.field)
            return status; /* the author says it themselves */
    if (status != HF_OK || kept.field == 0)
        return status;
    hf_pack_uint(&plan->first_due, kept.due_ms);
    const struct hf_edit_input edit = {.field = kept.field, .value = hf_buf_slice(&plan->first_due)};
    insert_edit(plan, &edit);
    return hf_buf_status(&plan->first_due);
}

static enum hf_status value_given(void *ctx, const struct hf_id *change, uint16_t field, struct hf_buf *out)
{
    const struct plan *plan = ctx;
    return hf_replica_given_value(plan->replica, &plan->save->record_id, change, field, out, plan->err);
}

/* Words of a person stand as they were said. Someone who had not seen them may write others beside them; that is a
 * clash, and both stay until a person picks one. */
static enum hf_status check_words(struct plan *plan, const struct hf_data_body *body)
{
    const struct hf_field_spec *broken = NULL;
    enum hf_status status = hf_merge_check_words(body, value_given, plan, &broken);
    if (status != HF_OK || !broken)
        return status;
    return hf_error_set(plan->err, HF_ERR_STATE,
                        "%s: a person's own words are never overwritten. Where they clash, pick those that were said; "
                        "for what was said later, add a new record.",
                        broken->name);
}

static enum hf_status check_body(struct plan *plan, struct hf_slice bytes)
{
    struct hf_data_body *body = malloc(sizeof *body);
    if (!body)
        return hf_error_set(plan->err, HF_ERR_NOMEM, "%s", hf_status_text(HF_ERR_NOMEM));
    enum hf_status status = hf_data_body_decode(bytes, body, plan->err);
    if (status == HF_OK)
        status = check_words(plan, body);
    if (status == HF_OK)
        status = hf_replica_restricted_check(plan->replica, body, plan->err);
    free(body);
    return status;
}

/* Records keep the version of the procedures that they were made under. A list too long to be named is left out: saving
 * never fails on a rule. */
enum hf_status hf_replica_policy_named(struct hf_replica *replica, const struct hf_id *case_id, uint64_t now_ms,
                                       struct hf_buf *out, struct hf_error *err)
{
    struct hf_book *book = NULL;
    struct hf_record_state case_record = {0};
    if (hf_id_equal(case_id, &replica->office_case))
        return HF_OK;
    enum hf_status status = hf_replica_book(replica, &book, err);
    if (status != HF_OK || hf_book_count(book) == 0)
        return status;
    status = hf_replica_record_load(replica, case_id, &case_record, err);
    if (status == HF_OK || status == HF_ERR_NOT_FOUND)
        hf_book_versions(book, status == HF_OK ? &case_record : NULL, now_ms, out);
    hf_record_state_clear(&case_record);
    if (out->len > HF_POLICY_NAME_BYTES_MAX)
        hf_buf_reset(out);
    return status == HF_ERR_NOT_FOUND ? hf_buf_status(out) : status;
}

static enum hf_status write_plan(struct plan *plan, const struct hf_class_key *key, uint64_t now_ms,
                                 struct hf_id *out_change_id)
{
    struct hf_chain chain;
    struct hf_buf body = {0};
    const int64_t writes = sqlite3_total_changes64(plan->replica->db);
    enum hf_status status =
        hf_replica_policy_named(plan->replica, &plan->save->case_id, now_ms, &plan->policy, plan->err);
    if (status == HF_OK)
        status = encode_plan(plan, &body);
    if (status == HF_OK)
        status = check_body(plan, hf_buf_slice(&body));
    if (status == HF_OK)
        status = hf_replica_chain_load(plan->replica, &chain, plan->err);
    const struct hf_chain_change change = {
        .kind = HF_LEAF_DATA, .key = key, .body = hf_buf_slice(&body), .known = &plan->known};
    if (status == HF_OK)
        status = hf_replica_chain_write_change(plan->replica, &chain, &change, now_ms, out_change_id, plan->err);
    if (status == HF_OK)
        status = hf_replica_chain_store(plan->replica, &chain, plan->err);
    if (status == HF_OK)
        hf_replica_memo_kept(plan->replica, writes, hf_id_equal(&plan->save->case_id, &plan->replica->office_case));
    hf_buf_wipe(&body);
    return status;
}

static enum hf_status make_plan(struct plan *plan, uint64_t now_ms, struct hf_class_key *out_key)
{
    enum hf_status status = hf_replica_key_newest(plan->replica, &plan->save->case_id, out_key, plan->err);
    if (status == HF_ERR_NOT_FOUND)
        return hf_error_set(plan->err, status, "This case is not on this device. Sync, or ask the office for it.");
    if (status == HF_OK)
        status = load_record(plan);
    for (size_t i = 0; status == HF_OK && i < plan->save->edit_count; i++)
        status = plan_edit(plan, &plan->save->edits[i]);
    if (status == HF_OK)
        status = plan_first_due(plan, now_ms);
    return status == HF_OK ? plan_act(plan) : status;
}

static void plan_free(struct plan *plan)
{
    hf_record_state_clear(&plan->known.state);
    hf_buf_clear(&plan->act);
    for (size_t i = 0; i < plan->save->edit_count; i++)
        hf_buf_wipe(&plan->rows[i].set);
    hf_buf_clear(&plan->first_due);
    hf_buf_clear(&plan->policy);
    free(plan);
}

static enum hf_status plan_new(struct hf_replica *replica, const struct hf_save *save, struct plan **out,
                               struct hf_error *err)
{
    if (save->edit_count > HF_EDITS_MAX)
        return hf_error_set(err, HF_ERR_LIMIT, "One save can change at most %d fields: save in smaller parts",
                            HF_EDITS_MAX);
    struct plan *plan = calloc(1, sizeof *plan + save->edit_count * sizeof *plan->rows);
    if (!plan)
        return hf_error_set(err, HF_ERR_NOMEM, "%s", hf_status_text(HF_ERR_NOMEM));
    plan->replica = replica;
    plan->save = save;
    plan->err = err;
    *out = plan;
    return HF_OK;
}

enum hf_status hf_replica_save_body(struct hf_replica *replica, const struct hf_save *save, uint64_t now_ms,
                                    struct hf_buf *out_body, struct hf_error *err)
{
    struct hf_class_key key = {0};
    struct plan *plan = NULL;
    enum hf_status status = plan_new(replica, save, &plan, err);
    if (status != HF_OK)
        return status;
    status = check_request(plan);
    if (status == HF_OK)
        status = make_plan(plan, now_ms, &key);
    if (status == HF_OK && plan->count > 0)
        status = encode_plan(plan, out_body);
    hf_wipe(&key, sizeof key);
    plan_free(plan);
    return status;
}

enum hf_status hf_replica_save(struct hf_replica *replica, const struct hf_save *save, uint64_t now_ms,
                               struct hf_id *out_change_id, struct hf_error *err)
{
    struct hf_class_key key = {0};
    struct hf_id change_id = hf_id_zero();
    enum hf_status status = hf_replica_may_save(replica, err);
    if (status == HF_OK && save->settle) /* who decides sees what people signed */
        status = hf_replica_needs_history(replica, &save->record_id, err);
    if (status != HF_OK)
        return status;
    struct plan *plan = NULL;
    status = plan_new(replica, save, &plan, err);
    if (status != HF_OK)
        return status;
    status = check_request(plan);
    if (status == HF_OK)
        status = hf_rows_transaction(replica, err);
    if (status == HF_OK) {
        status = make_plan(plan, now_ms, &key);
        if (status == HF_OK && plan->count > 0)
            status = write_plan(plan, &key, now_ms, &change_id);
        if (status == HF_OK && save->end_draft)
            status = hf_replica_draft_end(replica, &save->record_id, err);
        status = hf_rows_finish(replica, status, err);
    }
    if (status == HF_OK)
        *out_change_id = change_id;
    hf_wipe(&key, sizeof key);
    plan_free(plan);
    return status;
}
