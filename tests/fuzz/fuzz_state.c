/* A packed record state from a damaged file or a hostile snapshot: what decodes encodes to the same bytes, and can be
 * asked anything. */
#include "core/base/assert.h"
#include "core/merge/merge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ask(const struct hf_record_state *state)
{
    const struct hf_record_spec *type = hf_model_type(state->type);
    struct hf_digest digest;
    uint8_t hash[HF_HASH_BYTES];
    size_t conflicts = 0;
    for (size_t i = 0; i < state->field_count; i++) {
        const struct hf_field_state *field = &state->fields[i];
        struct hf_id heads[4];
        HF_ASSERT(hf_merge_heads(field, heads, 4) > 0);
        bool clash = hf_merge_in_conflict(type, field);
        HF_ASSERT(!clash || hf_merge_plain_value(type, field).len == 0);
        conflicts += clash;
    }
    HF_ASSERT(hf_merge_conflict_count(state) == conflicts);
    hf_digest_begin(&digest);
    hf_digest_add(&digest, state);
    hf_digest_end(&digest, hash);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hf_record_state state = {0};
    struct hf_buf again = {0};
    if (hf_record_state_decode(hf_slice_of(data, size), &state) != HF_OK) {
        HF_ASSERT(state.fields == NULL && state.arena == NULL);
        return 0;
    }
    hf_record_state_encode(&state, &again);
    HF_ASSERT(hf_slice_equal(hf_buf_slice(&again), hf_slice_of(data, size)));
    ask(&state);
    hf_buf_clear(&again);
    hf_record_state_clear(&state);
    return 0;
}
