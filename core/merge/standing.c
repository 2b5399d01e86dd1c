#include "core/merge/standing.h"

#include "core/base/mutant.h"
#include "core/merge/meet.h"
#include "core/model/act.h"

#include <stdlib.h>

enum hf_act hf_standing_act(const struct hf_record_state *state, const struct hf_id *change)
{
    const struct hf_field_state *acts = hf_record_state_field(state, HF_FIELD_FINAL);
    size_t low = 0, high = acts ? acts->count : 0;
    while (low < high) { /* one entry for each change, ascending */
        size_t middle = low + (high - low) / 2;
        int order = hf_id_compare(&acts->entries[middle].change, change);
        if (order == 0)
            return hf_act_read(acts->entries[middle].value).act;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return HF_ACT_NONE;
}

size_t hf_standing_finals(const struct hf_record_state *state, struct hf_id *out, size_t max)
{
    const struct hf_field_state *acts = hf_record_state_field(state, HF_FIELD_FINAL);
    size_t count = 0;
    for (size_t i = 0; acts && i < acts->count; i++) {
        if (hf_act_read(acts->entries[i].value).act != HF_ACT_FINALISE)
            continue;
        if (count < max)
            out[count] = acts->entries[i].change;
        count++;
    }
    return count;
}

/* --- final --- */

/* Some act names the change: as seen or accepted, or (also_declined) as declined. */
static bool is_named(const struct hf_record_state *state, const struct hf_id *change, bool also_declined)
{
    const struct hf_field_state *acts = hf_record_state_field(state, HF_FIELD_FINAL);
    for (size_t i = 0; acts && i < acts->count; i++) {
        const struct hf_act_value act = hf_act_read(acts->entries[i].value);
        if ((also_declined || act.act != HF_ACT_DECLINE) && hf_act_names(&act, change))
            return true;
    }
    return false;
}

static bool is_official(const struct hf_record_state *state, const struct hf_id *change)
{
    enum hf_act act = hf_standing_act(state, change);
    return act == HF_ACT_FINALISE || act == HF_ACT_AMEND;
}

static bool proposes(const struct hf_record_state *state, uint16_t field)
{
    const struct hf_record_spec *type = hf_model_type(state->type);
    const struct hf_field_spec *spec = type && field < HF_FIELD_COMMON ? hf_model_field(type, field) : NULL;
    return spec && hf_merge_meeting(spec->kind, HF_AGAINST_FINALISE) == HF_MEETING_PROPOSED;
}

static void set_aside(struct hf_record_state *state)
{
    for (size_t i = 0; i < state->field_count; i++) {
        struct hf_field_state *field = &state->fields[i];
        const bool may_propose = state->is_final && proposes(state, field->field);
        for (size_t j = 0; j < field->count; j++) {
            const struct hf_id *change = &field->entries[j].change;
            field->entries[j].is_aside = may_propose && !is_official(state, change) &&
                                         (HF_MUTANT(SEEN_FORGOTTEN) || !is_named(state, change, false));
        }
    }
}

/* --- deleted --- */

/* A delete by somebody who saw the record final does nothing. */
static bool takes_effect(const struct hf_record_state *state, const struct hf_act_value *act)
{
    if (act->act != HF_ACT_DELETE)
        return false;
    for (uint32_t i = 0; state->is_final && i < act->count; i++) {
        struct hf_id id = hf_act_id(act, i);
        if (hf_standing_act(state, &id) == HF_ACT_FINALISE)
            return false;
    }
    return true;
}

/* The deletes that stand and take effect. */
struct deletes {
    size_t count;
    struct hf_act_value acts[HF_DELETES_MAX];
    struct hf_id changes[HF_DELETES_MAX];
    bool any_restored;
};

static void find_deletes(const struct hf_record_state *state, struct deletes *out)
{
    const struct hf_field_state *field = hf_record_state_field(state, HF_FIELD_DELETED);
    out->count = 0;
    out->any_restored = false;
    for (size_t i = 0; field && i < field->count && out->count < HF_DELETES_MAX; i++) {
        const struct hf_act_value act = hf_act_read(field->entries[i].value);
        out->any_restored = out->any_restored || act.act == HF_ACT_RESTORE;
        if (!takes_effect(state, &act))
            continue;
        out->acts[out->count] = act;
        out->changes[out->count++] = field->entries[i].change;
    }
}

static bool was_seen(const struct deletes *deletes, const struct hf_id *change)
{
    for (size_t i = 0; i < deletes->count; i++)
        if (hf_id_equal(&deletes->changes[i], change) || hf_act_names(&deletes->acts[i], change))
            return true;
    return false;
}

static bool any_since(const struct hf_record_state *state, const struct deletes *deletes)
{
    for (size_t i = 0; i < state->field_count; i++)
        for (size_t j = 0; state->fields[i].field != HF_FIELD_DELETED && j < state->fields[i].count; j++)
            if (!was_seen(deletes, &state->fields[i].entries[j].change))
                return true;
    return false;
}

static enum hf_deleted how_deleted(const struct hf_record_state *state)
{
    struct deletes deletes;
    if (!hf_record_state_field(state, HF_FIELD_DELETED))
        return HF_DELETED_NOT;
    find_deletes(state, &deletes);
    if (deletes.count == 0)
        return HF_DELETED_NOT;
    if (deletes.any_restored)
        return HF_DELETED_DISPUTED;
    return !HF_MUTANT(DELETE_WINS) && any_since(state, &deletes) ? HF_DELETED_EDITED_SINCE : HF_DELETED_YES;
}

void hf_standing_compute(struct hf_record_state *state)
{
    struct hf_id first;
    const bool was_final = state->is_final;
    state->is_final = hf_standing_finals(state, &first, 1) > 0;
    if (state->is_final || was_final)
        set_aside(state);
    state->deleted = how_deleted(state);
}

/* --- proposals --- */

bool hf_standing_holds(const struct hf_field_state *field, struct hf_slice value)
{
    for (size_t i = 0; field && i < field->count; i++)
        if (!field->entries[i].is_aside && hf_slice_equal(field->entries[i].value, value))
            return true;
    return false;
}

/* An entry aside that would change something; a removal of something that counts. */
static bool would_change(const struct hf_record_state *state, const struct hf_field_state *field,
                         const struct hf_entry *entry, struct hf_proposal *out)
{
    const struct hf_record_spec *type = hf_model_type(state->type);
    struct hf_taken_out taken;
    if (field->field == HF_FIELD_TAKEN_OUT) {
        if (hf_taken_out_decode(type, entry->value, &taken) != HF_OK || is_official(state, &entry->change) ||
            is_named(state, &entry->change, false) ||
            !hf_standing_holds(hf_record_state_field(state, taken.field), taken.element))
            return false;
        *out = (struct hf_proposal){.field = taken.field, .value = taken.element, .takes_out = true};
        return true;
    }
    *out = (struct hf_proposal){.field = field->field, .value = entry->value};
    if (!entry->is_aside)
        return false;
    return hf_model_field(type, field->field)->kind == HF_KIND_APPEND || !hf_standing_holds(field, entry->value);
}

void hf_standing_proposal(const struct hf_record_state *state, const struct hf_id *change, hf_proposal_fn *each,
                          void *ctx)
{
    struct hf_proposal proposal;
    bool more = state->is_final;
    for (size_t i = 0; more && i < state->field_count; i++)
        for (size_t j = 0; more && j < state->fields[i].count; j++)
            if (hf_id_equal(&state->fields[i].entries[j].change, change) &&
                would_change(state, &state->fields[i], &state->fields[i].entries[j], &proposal))
                more = each(ctx, &proposal);
}

/* --- lists of changes --- */

typedef bool wanted_fn(const struct hf_record_state *state, const void *ctx, const struct hf_field_state *field,
                       const struct hf_entry *entry);

static int by_id(const void *a, const void *b)
{
    return hf_id_compare(a, b);
}

static enum hf_status gather(const struct hf_record_state *state, wanted_fn *wanted, const void *ctx,
                             struct hf_changes *out)
{
    size_t cap = 0, count = 0, left = 0;
    for (size_t i = 0; i < state->field_count; i++)
        cap += state->fields[i].count;
    struct hf_id *ids = malloc((cap ? cap : 1) * sizeof *ids);
    if (!ids)
        return HF_ERR_NOMEM;
    for (size_t i = 0; i < state->field_count; i++)
        for (size_t j = 0; j < state->fields[i].count; j++)
            if (wanted(state, ctx, &state->fields[i], &state->fields[i].entries[j]))
                ids[count++] = state->fields[i].entries[j].change;
    qsort(ids, count, sizeof *ids, by_id);
    for (size_t i = 0; i < count; i++)
        if (left == 0 || !hf_id_equal(&ids[i], &ids[left - 1]))
            ids[left++] = ids[i];
    *out = (struct hf_changes){.at = ids, .count = left};
    return HF_OK;
}

static bool is_proposal(const struct hf_record_state *state, const void *ctx, const struct hf_field_state *field,
                        const struct hf_entry *entry)
{
    struct hf_proposal proposal;
    (void)ctx;
    return would_change(state, field, entry, &proposal) && !is_named(state, &entry->change, true);
}

enum hf_status hf_standing_proposals(const struct hf_record_state *state, struct hf_changes *out)
{
    if (state->is_final)
        return gather(state, is_proposal, NULL, out);
    *out = (struct hf_changes){0};
    return HF_OK;
}

static bool is_any(const struct hf_record_state *state, const void *ctx, const struct hf_field_state *field,
                   const struct hf_entry *entry)
{
    (void)state;
    (void)ctx;
    (void)entry;
    return field->field != HF_FIELD_DELETED;
}

static bool is_every(const struct hf_record_state *state, const void *ctx, const struct hf_field_state *field,
                     const struct hf_entry *entry)
{
    (void)state;
    (void)ctx;
    (void)field;
    (void)entry;
    return true;
}

enum hf_status hf_standing_named(const struct hf_record_state *state, struct hf_changes *out)
{
    return gather(state, is_every, NULL, out);
}

enum hf_status hf_standing_seen(const struct hf_record_state *state, struct hf_changes *out)
{
    return gather(state, is_any, NULL, out);
}

static bool is_since(const struct hf_record_state *state, const void *ctx, const struct hf_field_state *field,
                     const struct hf_entry *entry)
{
    (void)state;
    return field->field != HF_FIELD_DELETED && !was_seen(ctx, &entry->change);
}

enum hf_status hf_standing_since(const struct hf_record_state *state, struct hf_changes *out)
{
    struct deletes deletes;
    find_deletes(state, &deletes);
    if (deletes.count > 0)
        return gather(state, is_since, &deletes, out);
    *out = (struct hf_changes){0};
    return HF_OK;
}

/* --- answers --- */

enum hf_status hf_merge_check_answer(const struct hf_data_body *body, hf_merge_value_fn *value_of, void *ctx,
                                     bool *out_holds)
{
    const struct hf_edit *edit = NULL;
    bool holds = true;
    for (uint32_t i = 0; i < body->edit_count; i++)
        if (body->edits[i].field == HF_FIELD_FINAL)
            edit = &body->edits[i];
    if (edit && hf_act_read(edit->value).act != HF_ACT_FINALISE) {
        struct hf_buf value = {0};
        enum hf_status status = HF_OK;
        holds = false;
        for (uint32_t i = 0; status == HF_OK && !holds && i < edit->base_count; i++) {
            const struct hf_id base = hf_edit_base(edit, i);
            hf_buf_reset(&value);
            status = value_of(ctx, &base, HF_FIELD_FINAL, &value);
            if (status == HF_OK)
                status = hf_buf_status(&value);
            holds = status == HF_OK && value.len > 0 && hf_act_read(hf_buf_slice(&value)).act == HF_ACT_FINALISE;
        }
        hf_buf_clear(&value);
        if (status != HF_OK)
            return status;
    }
    *out_holds = holds;
    return HF_OK;
}
