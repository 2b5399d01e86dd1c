/* A row of a damaged store: never more bytes than the limit, never a frame that is believed without its checksum. */
#include "core/base/assert.h"
#include "core/pack/press.h"

#define LIMIT_BYTES (64u * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct hf_press *press;
    struct hf_buf out = {0}, again = {0}, same = {0};
    if (!press)
        press = hf_press_new();
    HF_ASSERT(press);
    if (hf_press_unpack(press, hf_slice_of(data, size), LIMIT_BYTES, &out) == HF_OK) {
        HF_ASSERT(out.len <= LIMIT_BYTES);
        hf_press_pack(press, hf_buf_slice(&out), &again);
        HF_ASSERT(hf_press_unpack(press, hf_buf_slice(&again), out.len, &same) == HF_OK);
        HF_ASSERT(hf_slice_equal(hf_buf_slice(&out), hf_buf_slice(&same)));
    } else {
        HF_ASSERT(out.len == 0);
    }
    hf_buf_clear(&out);
    hf_buf_clear(&again);
    hf_buf_clear(&same);
    return 0;
}
