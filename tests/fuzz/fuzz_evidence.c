/* Evidence from anywhere: what parses is written again byte for byte, and nothing proves itself that the log did not
 * sign. */
#include "core/base/assert.h"
#include "core/log/evidence.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool ready;
    struct hf_evidence evidence;
    struct hf_checkpoint earlier, later;
    struct hf_buf again = {0};
    if (!ready && hf_crypto_init(false) != HF_OK)
        return 0;
    ready = true;
    if (hf_evidence_parse(hf_slice_of(data, size), &evidence) != HF_OK)
        return 0;
    HF_ASSERT(hf_evidence_format(&evidence, &again) == HF_OK);
    HF_ASSERT(hf_slice_equal(hf_buf_slice(&again), hf_slice_of(data, size)));
    if (hf_evidence_judge(&evidence, &earlier, &later) == HF_EVIDENCE_PROVES)
        HF_ASSERT(earlier.size == later.size);
    hf_buf_clear(&again);
    return 0;
}
