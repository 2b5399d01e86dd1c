#include "core/model/act.h"
#include "core/model/steps.h"
#include "tools/simulator/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- one record: the rules without any order -----------------------------------------------------------------------
 */

static const struct hf_edit *edit_of(const struct sim_change *change, uint16_t field)
{
    for (uint32_t i = 0; i < change->body.edit_count; i++)
        if (change->body.edits[i].field == field)
            return &change->body.edits[i];
    return NULL;
}

static bool names(const struct hf_edit *edit, const struct hf_id *change)
{
    for (uint32_t i = 0; i < edit->base_count; i++) {
        struct hf_id base = hf_edit_base(edit, i);
        if (hf_id_equal(&base, change))
            return true;
    }
    return false;
}

static bool lists(const struct hf_slice *elements, size_t count, struct hf_slice element)
{
    for (size_t i = 0; i < count; i++)
        if (hf_slice_equal(elements[i], element))
            return true;
    return false;
}

/* What a change did in field 991; zero for nothing. */
static unsigned act_of(const struct sim_change *change)
{
    const struct hf_edit *edit = edit_of(change, HF_FIELD_FINAL);
    struct hf_act_value act;
    return edit && hf_act_decode(hf_model_field(NULL, HF_FIELD_FINAL), edit->value, &act) == HF_OK ? (unsigned)act.act
                                                                                                   : 0;
}

static bool is_official(const struct sim_change *change)
{
    return act_of(change) == HF_ACT_FINALISE || act_of(change) == HF_ACT_AMEND;
}

/* Whether an edit that names a value may take it out: what is final goes by amending, a status by its steps. */
static bool may_take(const struct sim_change *change, const struct hf_edit *edit, const struct hf_field_spec *spec,
                     const struct sim_change *author, struct hf_slice value)
{
    if (spec->code >= HF_FIELD_COMMON)
        return true;
    if (spec->kind != HF_KIND_STATUS)
        return !is_official(author) || act_of(change) == HF_ACT_AMEND;
    if (edit->base_count > 1 || hf_slice_equal(edit->value, value))
        return true;
    return hf_steps_allowed(spec, value, edit->value) &&
           (!hf_steps_is_final(spec, edit->value) || act_of(change) == HF_ACT_FINALISE);
}

/* True when some change took this value of `author` out. */
static bool is_gone(const struct sim_change *const *changes, size_t count, const struct hf_field_spec *spec,
                    const struct sim_change *author, struct hf_slice value)
{
    for (size_t i = 0; i < count && spec->kind != HF_KIND_APPEND; i++) {
        const struct hf_edit *edit = edit_of(changes[i], spec->code);
        struct hf_set_edit set;
        if (!edit || !names(edit, &author->id) || !may_take(changes[i], edit, spec, author, value))
            continue;
        if (spec->kind != HF_KIND_SET)
            return true;
        if (hf_set_edit_decode(edit->value, &set) == HF_OK && lists(set.removed, set.removed_count, value))
            return true;
    }
    return false;
}

static int by_change_then_value(const void *a, const void *b)
{
    const struct hf_entry *left = a, *right = b;
    int order = memcmp(left->change.bytes, right->change.bytes, HF_ID_BYTES);
    return order ? order : hf_slice_compare(left->value, right->value);
}

static void expect(struct sim_expected *out, struct hf_entry entry)
{
    if (out->count == out->cap) {
        out->cap = out->cap ? out->cap * 2 : 16;
        out->entries = sim_must(realloc(out->entries, out->cap * sizeof *out->entries));
    }
    out->entries[out->count++] = entry;
}

void sim_rules_field(const struct sim_change *const *changes, size_t count, const struct hf_field_spec *spec,
                     struct sim_expected *out)
{
    out->count = 0;
    for (size_t i = 0; i < count; i++) {
        const struct hf_edit *edit = edit_of(changes[i], spec->code);
        struct hf_set_edit set;
        if (!edit)
            continue;
        set.added_count = 1;
        set.added[0] = edit->value;
        if (spec->kind == HF_KIND_SET && hf_set_edit_decode(edit->value, &set) != HF_OK)
            set.added_count = 0;
        for (size_t j = 0; j < set.added_count; j++)
            if (!is_gone(changes, count, spec, changes[i], set.added[j]))
                expect(out,
                       (struct hf_entry){.change = changes[i]->id, .clock = changes[i]->clock, .value = set.added[j]});
    }
    if (out->count > 1)
        qsort(out->entries, out->count, sizeof out->entries[0], by_change_then_value);
}

static bool same_entries(const struct hf_field_state *found, const struct sim_expected *want)
{
    if ((found ? found->count : 0) != want->count)
        return false;
    for (size_t i = 0; i < want->count; i++)
        if (!hf_id_equal(&found->entries[i].change, &want->entries[i].change) ||
            found->entries[i].clock != want->entries[i].clock ||
            !hf_slice_equal(found->entries[i].value, want->entries[i].value))
            return false;
    return true;
}

/* Field 992: what every change took out of sets, whether it stood there or not. */
static bool same_taken_out(const struct sim_change *const *changes, size_t count, const struct hf_record_spec *type,
                           const struct hf_field_state *found)
{
    size_t wanted = 0, met = 0;
    for (size_t i = 0; i < count; i++)
        for (uint32_t j = 0; j < changes[i]->body.edit_count; j++) {
            const struct hf_edit *edit = &changes[i]->body.edits[j];
            const struct hf_field_spec *spec = hf_model_field(type, edit->field);
            struct hf_set_edit set;
            if (!spec || spec->kind != HF_KIND_SET || hf_set_edit_decode(edit->value, &set) != HF_OK)
                continue;
            wanted += set.removed_count;
            for (size_t k = 0; found && k < found->count; k++) {
                struct hf_taken_out taken;
                met += hf_id_equal(&found->entries[k].change, &changes[i]->id) &&
                       hf_taken_out_decode(type, found->entries[k].value, &taken) == HF_OK &&
                       taken.field == edit->field && lists(set.removed, set.removed_count, taken.element);
            }
        }
    return wanted == met && (found ? found->count : 0) == wanted;
}

static bool is_final(const struct sim_change *const *changes, size_t count);
static bool counts_as_said(const struct sim_change *const *changes, size_t count, const struct hf_id *id);

/* What stands aside as a proposal: everything in a final record that nobody made official, but its status. */
static bool same_aside(const struct sim_change *const *changes, size_t count, const struct hf_field_spec *spec,
                       const struct hf_field_state *found)
{
    const bool may = spec->code < HF_FIELD_COMMON && spec->kind != HF_KIND_STATUS && is_final(changes, count);
    for (size_t i = 0; found && spec->code < HF_FIELD_COMMON && i < found->count; i++)
        if (found->entries[i].is_aside != (may && !counts_as_said(changes, count, &found->entries[i].change)))
            return false;
    return true;
}

static bool same_field(const struct sim_change *const *changes, size_t count, const struct hf_record_spec *type,
                       const struct hf_field_spec *spec, const struct hf_record_state *state, size_t *fields,
                       char text[SIM_TEXT_BYTES])
{
    const struct hf_field_state *found = hf_record_state_field(state, spec->code);
    struct sim_expected want = {0};
    bool fits;
    if (spec->code == HF_FIELD_TAKEN_OUT) {
        fits = same_taken_out(changes, count, type, found);
        want.count = found ? found->count : 0;
    } else {
        sim_rules_field(changes, count, spec, &want);
        fits = same_entries(found, &want) && same_aside(changes, count, spec, found);
    }
    *fields += want.count > 0;
    if (!fits)
        (void)snprintf(text, SIM_TEXT_BYTES, "%s.%s holds %zu entries, by the rules %zu of %zu changes", type->name,
                       spec->name, found ? found->count : 0, want.count, count);
    free(want.entries);
    return fits;
}

bool sim_rules_record(const struct sim_change *const *changes, size_t count, const struct hf_record_state *state,
                      uint16_t type, char text[SIM_TEXT_BYTES])
{
    const struct hf_record_spec *spec = hf_model_type(type);
    size_t fields = 0;
    bool fits = true;
    for (size_t i = 0; fits && i < spec->field_count; i++)
        fits = same_field(changes, count, spec, &spec->fields[i], state, &fields, text);
    for (uint16_t code = HF_FIELD_COMMON; fits && code <= HF_FIELD_TAKEN_OUT; code++)
        fits = same_field(changes, count, spec, hf_model_field(spec, code), state, &fields, text);
    if (fits && fields != state->field_count) {
        fits = false;
        (void)snprintf(text, SIM_TEXT_BYTES, "%s has %zu fields, by the rules %zu", spec->name, state->field_count,
                       fields);
    }
    return fits;
}

/* --- how it stands: clashes, proposals, deletes --- */

static bool names_in(const struct sim_change *change, uint16_t field, unsigned acts, const struct hf_id *id)
{
    const struct hf_edit *edit = edit_of(change, field);
    struct hf_act_value act;
    return edit && hf_act_decode(hf_model_field(NULL, field), edit->value, &act) == HF_OK &&
           (acts & 1u << act.act) != 0 && hf_act_names(&act, id);
}

static const struct sim_change *change_of(const struct sim_change *const *changes, size_t count, const struct hf_id *id)
{
    for (size_t i = 0; i < count; i++)
        if (hf_id_equal(&changes[i]->id, id))
            return changes[i];
    return NULL;
}

static bool is_final(const struct sim_change *const *changes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (act_of(changes[i]) == HF_ACT_FINALISE)
            return true;
    return false;
}

/* Official, or seen or accepted by what is. */
static bool counts_as_said(const struct sim_change *const *changes, size_t count, const struct hf_id *id)
{
    const struct sim_change *author = change_of(changes, count, id);
    bool said = author && is_official(author);
    for (size_t i = 0; i < count && !said; i++)
        said = names_in(changes[i], HF_FIELD_FINAL, 1u << HF_ACT_FINALISE | 1u << HF_ACT_AMEND, id);
    return said;
}

static void drop_proposals(const struct sim_change *const *changes, size_t count, const struct hf_field_spec *spec,
                           struct sim_expected *entries)
{
    size_t left = 0;
    if (spec->kind == HF_KIND_STATUS || !is_final(changes, count))
        return;
    for (size_t i = 0; i < entries->count; i++)
        if (counts_as_said(changes, count, &entries->entries[i].change))
            entries->entries[left++] = entries->entries[i];
    entries->count = left;
}

void sim_rules_official(const struct sim_change *const *changes, size_t count, const struct hf_field_spec *spec,
                        struct sim_expected *out)
{
    sim_rules_field(changes, count, spec, out);
    drop_proposals(changes, count, spec, out);
}

/* No value that all others are equal to, or lie before. */
static bool clashes(const struct hf_field_spec *spec, const struct sim_expected *entries)
{
    for (size_t i = 0; i < entries->count; i++) {
        bool leads = true;
        for (size_t j = 0; j < entries->count; j++)
            leads = leads && (hf_slice_equal(entries->entries[i].value, entries->entries[j].value) ||
                              (spec->kind == HF_KIND_STATUS &&
                               hf_steps_further(spec, entries->entries[j].value, entries->entries[i].value)));
        if (leads)
            return false;
    }
    return entries->count > 0;
}

static bool saw_it_final(const struct sim_change *const *changes, size_t count, const struct sim_change *deleting)
{
    for (size_t i = 0; i < count; i++)
        if (act_of(changes[i]) == HF_ACT_FINALISE &&
            names_in(deleting, HF_FIELD_DELETED, 1u << HF_ACT_DELETE, &changes[i]->id))
            return true;
    return false;
}

/* 0: not deleted; 1: deleted; 2: edited since, or disputed. */
static unsigned deleted_how(const struct sim_change *const *changes, size_t count, uint16_t type)
{
    const struct hf_record_spec *spec = hf_model_type(type);
    const struct hf_field_spec *field = hf_model_field(spec, HF_FIELD_DELETED);
    const struct sim_change *deletes[64];
    struct sim_expected entries = {0};
    struct hf_act_value act;
    size_t found = 0;
    bool restored = false, since = false;
    sim_rules_field(changes, count, field, &entries);
    for (size_t i = 0; i < entries.count && found < 64; i++) {
        const struct sim_change *change = change_of(changes, count, &entries.entries[i].change);
        bool reads = hf_act_decode(field, entries.entries[i].value, &act) == HF_OK;
        restored = restored || (reads && act.act == HF_ACT_RESTORE);
        if (reads && act.act == HF_ACT_DELETE && !saw_it_final(changes, count, change))
            deletes[found++] = change;
    }
    for (size_t i = 0; found > 0 && !since && i < count; i++) {
        bool seen = false, stands = false;
        for (size_t j = 0; j < found; j++)
            seen = seen || deletes[j] == changes[i] ||
                   names_in(deletes[j], HF_FIELD_DELETED, 1u << HF_ACT_DELETE, &changes[i]->id);
        for (uint32_t j = 0; !seen && !stands && j < changes[i]->body.edit_count; j++) {
            const struct hf_edit *edit = &changes[i]->body.edits[j];
            const struct hf_field_spec *edited = hf_model_field(spec, edit->field);
            struct hf_set_edit set;
            if (edited->code == HF_FIELD_DELETED)
                continue;
            if (edited->kind == HF_KIND_SET && hf_set_edit_decode(edit->value, &set) == HF_OK && set.removed_count > 0)
                stands = true;
            sim_rules_field(changes, count, edited, &entries);
            for (size_t k = 0; k < entries.count; k++)
                stands = stands || hf_id_equal(&entries.entries[k].change, &changes[i]->id);
        }
        since = !seen && stands;
    }
    free(entries.entries);
    return found == 0 ? 0 : restored || since ? 2 : 1;
}

size_t sim_rules_conflicts(const struct sim_change *const *changes, size_t count, uint16_t type)
{
    const struct hf_record_spec *spec = hf_model_type(type);
    struct sim_expected want = {0};
    size_t conflicts = deleted_how(changes, count, type) == 2;
    for (size_t i = 0; i < spec->field_count; i++) {
        enum hf_field_kind kind = spec->fields[i].kind;
        if (kind == HF_KIND_SET || kind == HF_KIND_APPEND)
            continue;
        sim_rules_field(changes, count, &spec->fields[i], &want);
        drop_proposals(changes, count, &spec->fields[i], &want);
        conflicts += clashes(&spec->fields[i], &want);
    }
    free(want.entries);
    return conflicts;
}
