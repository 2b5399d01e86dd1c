/* A draft that decodes encodes to the same bytes, and what was seen of every field can be read. */
#include "core/base/assert.h"
#include "core/replica/drafts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct hf_draft draft;
    static struct hf_entry seen[HF_DRAFT_SEEN_MAX];
    const struct hf_slice bytes = hf_slice_of(data, size);
    struct hf_buf again = {0};
    if (hf_draft_decode(bytes, &draft) != HF_OK)
        return 0;
    hf_draft_encode(&draft, &again);
    HF_ASSERT(hf_slice_equal(hf_buf_slice(&again), bytes));
    for (size_t i = 0; i < draft.field_count; i++)
        HF_ASSERT(hf_draft_seen(&draft.fields[i], seen, HF_DRAFT_SEEN_MAX) <= HF_DRAFT_SEEN_MAX);
    hf_buf_clear(&again);
    return 0;
}
