/* One question to the office over an open connection, and its answer. Inside client/. */
#ifndef HF_CLIENT_ASK_H
#define HF_CLIENT_ASK_H

#include "client/transport.h"
#include "protocol/session_ask.h"

/* Asks and waits for what is heard of it, which is not HF_ASK_NOTHING. `bytes` is the caller's, holds messages on the
 * way and what out borrows from. Errors are those of the question (hf_message_encode) and of the line
 * (hf_transport_wait). out is to be cleared after HF_OK. */
HF_CHECKED enum hf_status hf_ask_office(struct hf_transport *transport, struct hf_session_ask *ask,
                                        struct hf_message *question, struct hf_buf *bytes, enum hf_ask_heard *out_heard,
                                        struct hf_message *out);
/* The text of an ERROR, cut to fit; what its status says when it has none. */
#define HF_ASK_REFUSAL_BYTES (HF_LIMIT_ERROR_TEXT_BYTES + 1)
void hf_ask_refusal_text(const struct hf_message *refusal, char out[HF_ASK_REFUSAL_BYTES]);

#endif
