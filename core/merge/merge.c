#include "core/merge/merge.h"

#include "core/base/assert.h"
#include "core/base/mutant.h"
#include "core/merge/meet.h"
#include "core/merge/standing.h"
#include "core/merge/state.h"
#include "core/model/act.h"
#include "core/model/steps.h"

#include <stdlib.h>
#include <string.h>

#define ARENA_SLACK_BYTES                                                                                              \
    (64u * 1024) /* bytes of values that no entry points to any more, before they are given back */

#define TAKEN_OUT_HEAD_BYTES 8 /* of a packed entry of field 992, at most, before the element */

/* What one change makes of a record: built beside the state, then put in its place at once. */
struct plan {
    const struct hf_record_spec *type;
    struct hf_id change;
    hf_clock clock;
    enum hf_act act;                                /* of field 991 */
    struct hf_value_block *block;                   /* the values that the change adds */
    struct hf_field_state edited[HF_EDITS_MAX + 1]; /* own their entries until they stand in the state */
    size_t edited_count;
    struct hf_field_state *fields; /* the record's fields afterwards */
    size_t field_count;
};

static bool names_base(const struct hf_edit *edit, const struct hf_id *change)
{
    uint32_t low = 0;
    uint32_t high = edit->base_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        struct hf_id base = hf_edit_base(edit, middle);
        int order = hf_id_compare(&base, change);
        if (order == 0)
            return true;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

/* What is final is taken out by amending only; the status goes on. */
static bool is_protected(const struct plan *plan, const struct hf_record_state *state, enum hf_field_kind kind,
                         const struct hf_entry *entry)
{
    if (plan->act == HF_ACT_AMEND || hf_merge_meeting(kind, HF_AGAINST_FINALISE) != HF_MEETING_PROPOSED ||
        HF_MUTANT(FINAL_EDITED))
        return false;
    enum hf_act act = hf_standing_act(state, &entry->change);
    return act == HF_ACT_FINALISE || act == HF_ACT_AMEND;
}

/* A step that the machine does not know takes nothing out. A decision about several values may take any of them. */
static bool is_step(const struct plan *plan, const struct hf_field_spec *spec, const struct hf_edit *edit,
                    const struct hf_entry *entry)
{
    if (edit->base_count > 1 || HF_MUTANT(ANY_STEP))
        return true;
    if (hf_steps_is_final(spec, edit->value) && !hf_slice_equal(edit->value, entry->value) &&
        plan->act != HF_ACT_FINALISE)
        return false;
    return hf_steps_allowed(spec, entry->value, edit->value);
}

/* The whole rule of merging stands here: an entry goes only when an edit names it. */
static bool survives(const struct plan *plan, const struct hf_record_state *state, const struct hf_field_spec *spec,
                     const struct hf_edit *edit, const struct hf_set_edit *set, const struct hf_entry *entry)
{
    const enum hf_field_kind kind = spec->kind;
    if (HF_MUTANT(DROP_HEAD) && hf_kind_is_single(kind))
        return false;
    if (HF_MUTANT(KEEP_NAMED) && kind == HF_KIND_TEXT)
        return true;
    if (HF_MUTANT(SET_REMOVES_UNSEEN) && kind == HF_KIND_SET)
        return !hf_set_edit_has(set->removed, set->removed_count, entry->value);
    if (kind == HF_KIND_APPEND || !names_base(edit, &entry->change))
        return true;
    if (spec->code < HF_FIELD_COMMON && is_protected(plan, state, kind, entry))
        return true;
    if (kind == HF_KIND_STATUS && !is_step(plan, spec, edit, entry))
        return true;
    return kind == HF_KIND_SET && !hf_set_edit_has(set->removed, set->removed_count, entry->value);
}

/* Old entries that survive and the added ones, both in order; an entry that is there already is not added again. */
static void weave(const struct plan *plan, const struct hf_record_state *state, const struct hf_field_spec *spec,
                  const struct hf_edit *edit, const struct hf_set_edit *set, struct hf_field_state *out)
{
    const struct hf_field_state *old = hf_record_state_field(state, spec->code);
    size_t old_count = old ? old->count : 0;
    size_t at = 0;
    size_t add = 0;
    while (at < old_count || add < set->added_count) {
        struct hf_entry added = {.change = plan->change, .clock = plan->clock};
        int order = -1;
        if (add < set->added_count) {
            added.value = set->added[add];
            order = at < old_count ? hf_entry_compare(&old->entries[at], &added) : 1;
        }
        if (order > 0) {
            added.value = hf_value_block_copy(plan->block, added.value);
            out->entries[out->count++] = added;
            add++;
            continue;
        }
        if (order == 0)
            add++;
        if (HF_MUTANT(COMPARE_CLOCKS) && hf_kind_is_single(spec->kind) && old->entries[at].clock < plan->clock)
            ; /* the later clock wins */
        else if (survives(plan, state, spec, edit, set, &old->entries[at]))
            out->entries[out->count++] = old->entries[at];
        at++;
    }
}

/* What the edit adds and removes; every kind but a set adds its one value. */
static enum hf_status read_edit(enum hf_field_kind kind, const struct hf_edit *edit, struct hf_set_edit *out)
{
    if (kind == HF_KIND_SET)
        return hf_set_edit_decode(edit->value, out);
    out->added_count = 1;
    out->added[0] = edit->value;
    out->removed_count = 0;
    return HF_OK;
}

static enum hf_status plan_edit(struct plan *plan, const struct hf_record_state *state, const struct hf_edit *edit)
{
    const struct hf_field_spec *spec = hf_model_field(plan->type, edit->field);
    const struct hf_field_state *old = hf_record_state_field(state, edit->field);
    struct hf_set_edit set;
    if (!spec || read_edit(spec->kind, edit, &set) != HF_OK)
        return HF_ERR_INVALID;
    struct hf_field_state *out = &plan->edited[plan->edited_count];
    *out = (struct hf_field_state){.field = edit->field, .cap = (old ? old->count : 0) + set.added_count};
    out->entries = out->cap > 0 ? malloc(out->cap * sizeof *out->entries) : NULL;
    if (out->cap > 0 && !out->entries)
        return HF_ERR_NOMEM;
    plan->edited_count++;
    weave(plan, state, spec, edit, &set, out);
    return out->count > HF_FIELD_ENTRIES_MAX ? HF_ERR_LIMIT : HF_OK;
}

/* --- what is taken out of sets, kept as entries of field 992 --- */

typedef void taken_out_fn(void *ctx, const struct hf_taken_out *taken);

/* By field and then by element, which is the order of the packed values too. */
static void each_taken_out(const struct plan *plan, const struct hf_data_body *body, taken_out_fn *each, void *ctx)
{
    struct hf_set_edit set;
    for (uint32_t i = 0; i < body->edit_count; i++) {
        const struct hf_field_spec *spec = hf_model_field(plan->type, body->edits[i].field);
        if (!spec || spec->kind != HF_KIND_SET || hf_set_edit_decode(body->edits[i].value, &set) != HF_OK)
            continue;
        for (size_t j = 0; j < set.removed_count; j++)
            each(ctx, &(struct hf_taken_out){.field = spec->code, .element = set.removed[j]});
    }
}

struct taken_out {
    struct plan *plan;
    struct hf_field_state *field;
    size_t count, bytes;
    bool failed;
};

static void count_taken_out(void *ctx, const struct hf_taken_out *taken)
{
    struct taken_out *all = ctx;
    all->count++;
    all->bytes += taken->element.len + TAKEN_OUT_HEAD_BYTES;
}

static void add_taken_out(void *ctx, const struct hf_taken_out *taken)
{
    struct taken_out *all = ctx;
    struct hf_buf packed = {0};
    hf_taken_out_encode(taken, &packed);
    all->failed = all->failed || hf_buf_status(&packed) != HF_OK;
    if (!all->failed)
        all->field->entries[all->field->count++] =
            (struct hf_entry){.change = all->plan->change,
                              .clock = all->plan->clock,
                              .value = hf_value_block_copy(all->plan->block, hf_buf_slice(&packed))};
    hf_buf_clear(&packed);
}

static enum hf_status plan_taken_out(struct plan *plan, const struct hf_record_state *state,
                                     const struct hf_data_body *body, struct taken_out *all)
{
    const struct hf_field_state *old = hf_record_state_field(state, HF_FIELD_TAKEN_OUT);
    const size_t old_count = old ? old->count : 0;
    struct hf_field_state *out = &plan->edited[plan->edited_count];
    size_t at = 0;
    if (all->count == 0)
        return HF_OK;
    *out = (struct hf_field_state){.field = HF_FIELD_TAKEN_OUT, .cap = old_count + all->count};
    out->entries = malloc(out->cap * sizeof *out->entries);
    if (!out->entries)
        return HF_ERR_NOMEM;
    plan->edited_count++;
    while (at < old_count && hf_id_compare(&old->entries[at].change, &plan->change) < 0)
        out->entries[out->count++] = old->entries[at++];
    all->plan = plan;
    all->field = out;
    each_taken_out(plan, body, add_taken_out, all);
    while (at < old_count && hf_id_equal(&old->entries[at].change, &plan->change)) /* applied before */
        at++;
    while (at < old_count)
        out->entries[out->count++] = old->entries[at++];
    if (all->failed)
        return HF_ERR_NOMEM;
    return out->count > HF_FIELD_ENTRIES_MAX ? HF_ERR_LIMIT : HF_OK;
}

static enum hf_status plan_edits(struct plan *plan, const struct hf_record_state *state,
                                 const struct hf_data_body *body)
{
    size_t value_bytes = 0;
    struct taken_out taken_out = {0};
    for (uint32_t i = 0; i < body->edit_count; i++) {
        value_bytes += body->edits[i].value.len;
        if (body->edits[i].field == HF_FIELD_FINAL)
            plan->act = hf_act_read(body->edits[i].value).act;
    }
    each_taken_out(plan, body, count_taken_out, &taken_out);
    value_bytes += taken_out.bytes;
    plan->block = hf_value_block_new(value_bytes);
    if (!plan->block)
        return HF_ERR_NOMEM;
    for (uint32_t i = 0; i < body->edit_count; i++) {
        enum hf_status status = plan_edit(plan, state, &body->edits[i]);
        if (status != HF_OK)
            return status;
    }
    return plan_taken_out(plan, state, body, &taken_out);
}

/* The record's fields afterwards: edited ones instead of old ones, without those that have no entries left. */
static enum hf_status plan_fields(struct plan *plan, const struct hf_record_state *state)
{
    size_t at = 0;
    size_t edit = 0;
    plan->fields = malloc((state->field_count + plan->edited_count) * sizeof *plan->fields);
    if (!plan->fields)
        return HF_ERR_NOMEM;
    while (at < state->field_count || edit < plan->edited_count) {
        const struct hf_field_state *next;
        if (edit == plan->edited_count ||
            (at < state->field_count && state->fields[at].field < plan->edited[edit].field)) {
            next = &state->fields[at++];
        } else {
            next = &plan->edited[edit++];
            if (at < state->field_count && state->fields[at].field == next->field)
                at++;
        }
        if (next->count > 0)
            plan->fields[plan->field_count++] = *next;
    }
    size_t packed_bytes = hf_state_packed_bytes(plan->type->code, plan->fields, plan->field_count);
    return packed_bytes > HF_STATE_BYTES_MAX ? HF_ERR_LIMIT : HF_OK;
}

static void plan_drop(struct plan *plan)
{
    for (size_t i = 0; i < plan->edited_count; i++)
        free(plan->edited[i].entries);
    free(plan->fields);
    hf_value_blocks_free(plan->block);
}

/* Gives back values that no entry points to any more. Without memory for it they stay a little longer. */
static void compact(struct hf_record_state *state)
{
    size_t held = 0;
    for (const struct hf_value_block *block = state->arena; block; block = block->next)
        held += block->cap;
    size_t live = hf_state_value_bytes(state->fields, state->field_count);
    if (held < live * 2 + ARENA_SLACK_BYTES)
        return;
    struct hf_value_block *fresh = hf_value_block_new(live);
    if (!fresh)
        return;
    for (size_t i = 0; i < state->field_count; i++)
        for (size_t j = 0; j < state->fields[i].count; j++) {
            struct hf_entry *entry = &state->fields[i].entries[j];
            entry->value = hf_value_block_copy(fresh, entry->value);
        }
    hf_value_blocks_free(state->arena);
    state->arena = fresh;
}

/* Cannot fail. */
static void plan_commit(struct plan *plan, const struct hf_data_body *body, struct hf_record_state *state)
{
    for (size_t i = 0; i < plan->edited_count; i++) {
        for (size_t j = 0; j < state->field_count; j++)
            if (state->fields[j].field == plan->edited[i].field)
                free(state->fields[j].entries);
        if (plan->edited[i].count == 0)
            free(plan->edited[i].entries);
    }
    free(state->fields);
    state->case_id = body->case_id;
    state->record_id = body->record_id;
    state->type = body->type;
    state->fields = plan->fields;
    state->field_count = plan->field_count;
    plan->block->next = state->arena;
    state->arena = plan->block;
    compact(state);
    hf_standing_compute(state);
}

static bool fits(const struct hf_record_state *state, const struct hf_data_body *body)
{
    if (state->type == 0)
        return true;
    return state->type == body->type && hf_id_equal(&state->record_id, &body->record_id) &&
           hf_id_equal(&state->case_id, &body->case_id);
}

enum hf_status hf_merge_apply(struct hf_record_state *state, const struct hf_data_body *body,
                              const struct hf_id *change, hf_clock clock)
{
    struct plan plan = {.type = hf_model_type(body->type), .change = *change, .clock = clock};
    if (!plan.type || body->edit_count == 0 || !fits(state, body))
        return HF_ERR_INVALID;
    enum hf_status status = plan_edits(&plan, state, body);
    if (status == HF_OK)
        status = plan_fields(&plan, state);
    if (status == HF_OK)
        plan_commit(&plan, body, state);
    else
        plan_drop(&plan);
    return status;
}

bool hf_merge_bases(const struct hf_data_body *body, hf_merge_base_fn *base, void *ctx)
{
    uint32_t at[HF_EDITS_MAX] = {0};
    for (;;) { /* ends: every round takes the least base left off at least one edit */
        struct hf_id least = hf_id_zero();
        bool any = false;
        for (uint32_t i = 0; i < body->edit_count; i++) {
            if (at[i] == body->edits[i].base_count)
                continue;
            struct hf_id next = hf_edit_base(&body->edits[i], at[i]);
            if (!any || hf_id_compare(&next, &least) < 0)
                least = next;
            any = true;
        }
        if (!any)
            return true;
        for (uint32_t i = 0; i < body->edit_count; i++) {
            if (at[i] == body->edits[i].base_count)
                continue;
            struct hf_id next = hf_edit_base(&body->edits[i], at[i]);
            if (hf_id_equal(&next, &least))
                at[i]++;
        }
        if (!base(ctx, &least))
            return false;
    }
}
