/* A leaf from anywhere: what decodes encodes to the same bytes; opening a payload never reads outside it. The first 312
 * bytes are the leaf, the rest is a payload. */
#include "core/base/assert.h"
#include "core/model/payload.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void open_and_seal_again(const struct hf_leaf *leaf, struct hf_slice payload)
{
    struct hf_class_key key = {.epoch = 1};
    struct hf_buf body = {0};
    struct hf_leaf fitted = *leaf;
    fitted.payload_len = (uint32_t)payload.len;
    hf_sha256_of(payload.data, payload.len, fitted.payload_hash);
    if (hf_payload_open(&key, payload, &fitted, &body) == HF_OK)
        HF_ASSERT(hf_payload_check_opened(&key, hf_buf_slice(&body), &fitted, NULL) == HF_OK);
    hf_buf_clear(&body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool ready;
    struct hf_leaf leaf;
    uint8_t again[HF_LEAF_BYTES];
    if (!ready && hf_crypto_init(false) != HF_OK)
        return 0;
    ready = true;
    size_t leaf_len = size < HF_LEAF_BYTES ? size : HF_LEAF_BYTES;
    if (hf_leaf_decode(hf_slice_of(data, leaf_len), &leaf) != HF_OK)
        return 0;
    hf_leaf_encode(&leaf, again);
    HF_ASSERT(memcmp(again, data, HF_LEAF_BYTES) == 0);
    HF_ASSERT(!hf_leaf_follows(data, data));
    (void)hf_leaf_verify(data);
    open_and_seal_again(&leaf, hf_slice_of(data + HF_LEAF_BYTES, size - HF_LEAF_BYTES));
    return 0;
}
