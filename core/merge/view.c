/* Asking a state: conflicts, plain values, heads, digest. */
#include "core/base/assert.h"
#include "core/base/mutant.h"
#include "core/merge/meet.h"
#include "core/merge/state.h"
#include "core/model/steps.h"
#include "core/pack/writer.h"

#define DIGEST_PARTS      6
#define DIGEST_HEAD_BYTES 80 /* three ids and two small integers take at most 61 */

static bool is_single(const struct hf_record_spec *type, const struct hf_field_state *field)
{
    const struct hf_field_spec *spec = hf_model_field(type, field->field);
    return spec && spec->code < HF_FIELD_COMMON && hf_kind_is_single(spec->kind);
}

/* The entry whose value stands: every other one has the same, or (of a status) is less far along. NULL: none does. */
static const struct hf_entry *leader(const struct hf_field_spec *spec, const struct hf_field_state *field)
{
    const bool follows = hf_merge_meeting(spec->kind, HF_AGAINST_EDIT) == HF_MEETING_FURTHER;
    const struct hf_entry *best = NULL;
    for (size_t i = 0; i < field->count; i++) {
        const struct hf_entry *entry = &field->entries[i];
        if (entry->is_aside)
            continue;
        if (!best || (follows && hf_steps_further(spec, best->value, entry->value)))
            best = entry;
    }
    for (size_t i = 0; best && i < field->count; i++) {
        const struct hf_entry *entry = &field->entries[i];
        if (!entry->is_aside && !hf_slice_equal(entry->value, best->value) &&
            !(follows && hf_steps_further(spec, entry->value, best->value)))
            return NULL;
    }
    return best;
}

static bool has_any(const struct hf_field_state *field)
{
    for (size_t i = 0; i < field->count; i++)
        if (!field->entries[i].is_aside)
            return true;
    return false;
}

bool hf_merge_in_conflict(const struct hf_record_spec *type, const struct hf_field_state *field)
{
    if (!field || !is_single(type, field) || (HF_MUTANT(CONFLICT_UNSEEN) && field->count == 2))
        return false;
    return has_any(field) && !leader(hf_model_field(type, field->field), field);
}

size_t hf_merge_conflict_count(const struct hf_record_state *state)
{
    const struct hf_record_spec *type = hf_model_type(state->type);
    size_t count = state->deleted == HF_DELETED_EDITED_SINCE || state->deleted == HF_DELETED_DISPUTED;
    for (size_t i = 0; type && i < state->field_count; i++)
        if (hf_merge_in_conflict(type, &state->fields[i]))
            count++;
    return count;
}

struct hf_slice hf_merge_plain_value(const struct hf_record_spec *type, const struct hf_field_state *field)
{
    if (!field || field->count == 0 || !is_single(type, field))
        return hf_slice_of(NULL, 0);
    if (HF_MUTANT(CONFLICT_UNSEEN) && field->count == 2)
        return field->entries[0].value;
    const struct hf_entry *entry = leader(hf_model_field(type, field->field), field);
    return entry ? entry->value : hf_slice_of(NULL, 0);
}

static size_t collect(const struct hf_field_state *field, const struct hf_slice *removed, size_t removed_count,
                      struct hf_id *out, size_t max)
{
    const struct hf_id *last = NULL;
    size_t count = 0;
    for (size_t i = 0; field && i < field->count; i++) {
        const struct hf_entry *entry = &field->entries[i];
        if (entry->is_aside || (last && hf_id_equal(last, &entry->change)))
            continue;
        if (removed && !hf_set_edit_has(removed, removed_count, entry->value))
            continue;
        if (count < max)
            out[count] = entry->change;
        last = &entry->change;
        count++;
    }
    return count;
}

size_t hf_merge_heads(const struct hf_field_state *field, struct hf_id *out, size_t max)
{
    return collect(field, NULL, 0, out, max);
}

size_t hf_merge_removed_heads(const struct hf_field_state *field, const struct hf_slice *removed, size_t removed_count,
                              struct hf_id *out, size_t max)
{
    return removed_count > 0 ? collect(field, removed, removed_count, out, max) : 0;
}

void hf_digest_begin(struct hf_digest *digest)
{
    hf_sha256_begin(&digest->hash);
}

static void add_entry(struct hf_digest *digest, const struct hf_record_state *state, uint16_t field,
                      const struct hf_entry *entry)
{
    uint8_t storage[DIGEST_HEAD_BYTES];
    /* A buffer over this storage never grows: the limit stops it before. */
    struct hf_buf head = {.data = storage, .cap = sizeof storage, .limit = sizeof storage};
    hf_pack_array(&head, DIGEST_PARTS);
    hf_pack_id(&head, &state->case_id);
    hf_pack_id(&head, &state->record_id);
    hf_pack_uint(&head, state->type);
    hf_pack_uint(&head, field);
    hf_pack_id(&head, &entry->change);
    HF_ASSERT(hf_buf_status(&head) == HF_OK);
    hf_sha256_add(&digest->hash, head.data, head.len);
    hf_sha256_add(&digest->hash, entry->value.data, entry->value.len);
}

void hf_digest_add(struct hf_digest *digest, const struct hf_record_state *state)
{
    for (size_t i = 0; i < state->field_count; i++)
        for (size_t j = 0; j < state->fields[i].count; j++)
            add_entry(digest, state, state->fields[i].field, &state->fields[i].entries[j]);
}

void hf_digest_end(struct hf_digest *digest, uint8_t out[HF_HASH_BYTES])
{
    hf_sha256_end(&digest->hash, out);
}
