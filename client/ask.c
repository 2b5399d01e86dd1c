#include "client/ask.h"

#include <stdio.h>

#define STEP_MS 1000

static enum hf_status put(struct hf_transport *transport, struct hf_session_ask *ask, struct hf_message *question,
                          struct hf_buf *bytes)
{
    hf_buf_wipe(bytes);
    const enum hf_status status = hf_session_ask_put(ask, question, bytes);
    return status == HF_OK ? hf_transport_send(transport, hf_buf_slice(bytes)) : status;
}

enum hf_status hf_ask_office(struct hf_transport *transport, struct hf_session_ask *ask, struct hf_message *question,
                             struct hf_buf *bytes, enum hf_ask_heard *out_heard, struct hf_message *out)
{
    enum hf_ask_heard heard = HF_ASK_NOTHING;
    struct hf_message message = {0};
    enum hf_status status = put(transport, ask, question, bytes);
    while (status == HF_OK && heard == HF_ASK_NOTHING) {
        hf_message_clear(&message);
        if (hf_transport_next(transport, bytes))
            status = hf_session_ask_take(ask, hf_buf_slice(bytes), &heard, &message);
        else
            status = hf_transport_wait(transport, STEP_MS);
    }
    if (status != HF_OK)
        return status;
    *out_heard = heard;
    *out = message;
    return HF_OK;
}

void hf_ask_refusal_text(const struct hf_message *refusal, char out[HF_ASK_REFUSAL_BYTES])
{
    const struct hf_slice text = refusal->as.error.text; /* decoding has kept the limit */
    if (text.len > 0)
        (void)snprintf(out, HF_ASK_REFUSAL_BYTES, "%.*s", (int)text.len, (const char *)text.data);
    else
        (void)snprintf(out, HF_ASK_REFUSAL_BYTES, "%s", hf_status_text(refusal->as.error.status));
}
