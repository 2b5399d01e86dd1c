/* Requests to a witness from anywhere: what parses is written again byte for byte, and nothing but what the log signed
 * is ever signed. */
#include "core/base/assert.h"
#include "core/log/witness_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char vkey[] = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
    static bool ready;
    struct hf_note_key key;
    struct hf_witness_request request;
    struct hf_checkpoint next, last = {.size = size > 0 ? data[0] : 0};
    struct hf_slice text;
    struct hf_buf again = {0};
    const struct hf_slice input = hf_slice_of(data, size);
    if (!ready && hf_crypto_init(false) != HF_OK)
        return 0;
    ready = true;
    if (hf_witness_request_parse(input, &request) != HF_OK)
        return 0;
    HF_ASSERT(hf_witness_request_format(&request, &again) == HF_OK);
    HF_ASSERT(hf_slice_equal(hf_buf_slice(&again), input));
    HF_ASSERT(hf_note_key_parse(hf_slice_str(vkey), &key) == HF_OK);
    if (hf_witness_check(&request, &key, &last, &next, NULL) == HF_OK)
        HF_ASSERT(hf_note_open(request.note, &key, &text) == HF_OK && next.size >= last.size &&
                  request.old_size == last.size);
    hf_buf_clear(&again);
    return 0;
}
