/* Any bytes as a message: refused, or read so that it writes the same bytes again – one form per message. The one
 * exception is an ERROR whose status this program does not know: it is read, and written, as HF_ERR_PROTOCOL. */
#include "core/base/assert.h"
#include "protocol/message.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hf_message message;
    enum hf_status status = hf_message_decode(hf_slice_of(data, size), &message);
    if (status != HF_OK) {
        HF_ASSERT(status == HF_ERR_PROTOCOL || status == HF_ERR_LIMIT);
        return 0;
    }
    struct hf_buf again = {0};
    HF_ASSERT(hf_message_encode(&message, &again) == HF_OK);
    const bool may_differ = (message.type == HF_MSG_ERROR && message.as.error.status == HF_ERR_PROTOCOL) ||
                            message.type == HF_MSG_SNAPSHOT_IS; /* squeezed bytes have many forms */
    HF_ASSERT(may_differ || hf_slice_equal(hf_buf_slice(&again), hf_slice_of(data, size)));

    struct hf_message back;
    HF_ASSERT(hf_message_decode(hf_buf_slice(&again), &back) == HF_OK);
    HF_ASSERT(back.type == message.type && back.request == message.request);
    if (message.type == HF_MSG_SNAPSHOT_IS) {
        const struct hf_snapshot_part *a = &message.as.snapshot_is, *b = &back.as.snapshot_is;
        HF_ASSERT(a->record_count == b->record_count && a->case_count == b->case_count && a->more == b->more);
        for (size_t i = 0; i < a->record_count; i++)
            HF_ASSERT(hf_slice_equal(a->records[i].packed, b->records[i].packed));
    }
    hf_message_clear(&back);
    hf_message_clear(&message);
    hf_buf_clear(&again);
    return 0;
}
