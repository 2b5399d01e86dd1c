/* Three texts of anybody, parted by NUL bytes: a suggestion is the same with the sides swapped, holds no paragraph that
 * neither side has, and keeps what one side alone wrote. */
#include "core/base/assert.h"
#include "core/merge/text_merge.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct hf_slice take(const uint8_t **at, const uint8_t *end)
{
    const uint8_t *from = *at;
    const uint8_t *stop = from < end ? memchr(from, 0, (size_t)(end - from)) : NULL;
    *at = stop ? stop + 1 : end;
    return hf_slice_of(from, (size_t)((stop ? stop : end) - from));
}

static bool holds(struct hf_slice text, struct hf_slice part)
{
    for (size_t i = 0; i + part.len <= text.len; i++)
        if (memcmp(text.data + i, part.data, part.len) == 0)
            return true;
    return false;
}

static void check_parts(const struct hf_text_merge *merge, struct hf_slice base, struct hf_slice left,
                        struct hf_slice right)
{
    for (size_t i = 0; i < merge->part_count; i++) {
        const struct hf_text_part *part = &merge->parts[i];
        HF_ASSERT(part->text.len > 0);
        if (part->removed) {
            HF_ASSERT(holds(base, part->text));
            continue;
        }
        HF_ASSERT(holds(hf_buf_slice(&merge->text), part->text));
        HF_ASSERT(part->from == HF_TEXT_FROM_RIGHT || holds(left, part->text));
        HF_ASSERT(part->from == HF_TEXT_FROM_LEFT || holds(right, part->text));
        HF_ASSERT(part->from != HF_TEXT_FROM_BASE || holds(base, part->text));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *at = data;
    const uint8_t *end = data + size;
    struct hf_slice base = take(&at, end), left = take(&at, end), right = take(&at, end);
    struct hf_text_merge merge = {0}, swapped = {0};
    enum hf_status status = hf_text_merge(base, left, right, &merge);
    HF_ASSERT(hf_text_merge(base, right, left, &swapped) == status);
    if (status == HF_OK) {
        HF_ASSERT(hf_slice_equal(hf_buf_slice(&merge.text), hf_buf_slice(&swapped.text)));
        HF_ASSERT(merge.part_count == swapped.part_count);
        check_parts(&merge, base, left, right);
    }
    HF_ASSERT(status != HF_ERR_CONFLICT || !hf_slice_equal(left, right));
    hf_text_merge_clear(&merge);
    hf_text_merge_clear(&swapped);
    return 0;
}
