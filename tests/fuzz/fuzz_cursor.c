/* Any bytes at all: the cursor never reads outside them, skipping and reading agree, and what it accepts has one form
 * only: written again it is the same. The first byte chooses the budget. */
#include "core/base/assert.h"
#include "tests/pack/support_copy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    const uint32_t budget = data[0] < 128 ? data[0] : HF_PACK_ELEMENTS_MAX;
    const struct hf_slice message = hf_slice_of(data + 1, size - 1);

    struct hf_cursor skipping;
    hf_cursor_init(&skipping, message, budget);
    const struct hf_slice skipped = hf_cursor_skip(&skipping);
    HF_ASSERT(skipped.len <= message.len);

    struct hf_cursor reading;
    struct hf_buf copy = {0};
    hf_cursor_init(&reading, message, budget);
    copy_element(&reading, &copy);
    HF_ASSERT(hf_cursor_status(&reading) == hf_cursor_status(&skipping));
    HF_ASSERT(hf_cursor_end(&reading) == hf_cursor_end(&skipping));
    if (hf_cursor_status(&reading) == HF_OK)
        HF_ASSERT(hf_slice_equal(hf_buf_slice(&copy), skipped));
    hf_buf_clear(&copy);
    return 0;
}
