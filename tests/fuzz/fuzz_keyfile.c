/* Key file decoding: never out of bounds, and what is accepted is written back byte for byte. The checksum is put right
 * first, or the fuzzer would never get past it. */
#include "core/vault/keyfile.h"

#include "core/base/assert.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TRAILER (HF_KEYFILE_MAC_BYTES + HF_KEYFILE_CHECKSUM_BYTES)

static void put_checksum(uint8_t *bytes, size_t len)
{
    const size_t at = len - HF_KEYFILE_CHECKSUM_BYTES;
    const struct hf_slice parts[] = {hf_slice_str("hf vault key file checksum v1"), hf_slice_of(bytes, at)};

    hf_blake2b(hf_slice_of(NULL, 0), parts, 2, bytes + at, HF_KEYFILE_CHECKSUM_BYTES);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t data_key[HF_KEY_BYTES];
    uint8_t bytes[HF_KEYFILE_BYTES_MAX];
    struct hf_keyfile keyfile;
    struct hf_buf again;

    if (hf_keyfile_decode(hf_slice_of(data, size), &keyfile, NULL) == HF_OK || size > sizeof(bytes) || size < TRAILER)
        return 0;
    memcpy(bytes, data, size);
    put_checksum(bytes, size);
    if (hf_keyfile_decode(hf_slice_of(bytes, size), &keyfile, NULL) != HF_OK)
        return 0;
    hf_buf_init(&again, HF_KEYFILE_BYTES_MAX);
    hf_keyfile_encode(&keyfile, data_key, &again);
    HF_ASSERT(hf_buf_status(&again) == HF_OK && again.len == size && memcmp(again.data, bytes, size - TRAILER) == 0);
    hf_buf_clear(&again);
    return 0;
}
