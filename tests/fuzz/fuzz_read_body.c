/* Pages of the read log, and erasures: what decodes encodes to the same bytes. */
#include "core/base/assert.h"
#include "core/model/body_erase.h"
#include "core/model/body_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void assert_again(struct hf_buf *again, struct hf_slice bytes)
{
    HF_ASSERT(hf_slice_equal(hf_buf_slice(again), bytes));
    hf_buf_clear(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct hf_read_body read;
    static struct hf_erase_body erase;
    const struct hf_slice bytes = hf_slice_of(data, size);
    struct hf_erase_request request;
    struct hf_hold_body hold;
    struct hf_buf again = {0};
    if (hf_read_body_decode(bytes, &read) == HF_OK) {
        hf_read_body_encode(&read, &again);
        assert_again(&again, bytes);
    }
    if (hf_erase_body_decode(bytes, &erase) == HF_OK) {
        hf_erase_body_encode(&erase, &again);
        assert_again(&again, bytes);
    }
    if (hf_erase_request_decode(bytes, &request) == HF_OK) {
        hf_erase_request_encode(&request, &again);
        assert_again(&again, bytes);
    }
    if (hf_hold_body_decode(bytes, &hold) == HF_OK) {
        hf_hold_body_encode(&hold, &again);
        assert_again(&again, bytes);
    }
    return 0;
}
