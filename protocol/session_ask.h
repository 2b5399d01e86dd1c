/* The client's machine for one who asks something and does not sync: joining with an invitation, a command of the
 * office, an auditor's reading of the log. One question after the other; what the server says of its own accord
 * meanwhile is passed over. No I/O, no time: how long to wait is for whoever carries the bytes. After a failure the
 * machine is of no use, and the channel is given up. One thread at a time. */
#ifndef HF_PROTOCOL_SESSION_ASK_H
#define HF_PROTOCOL_SESSION_ASK_H

#include "protocol/message.h"

struct hf_session_ask {
    uint32_t request;             /* of the last question */
    enum hf_message_type awaited; /* 0: no question is open */
};
/* Numbers of questions begin behind `after`: 0, or the highest that was used on this channel before. */
void hf_session_ask_begin(struct hf_session_ask *ask, uint32_t after);

/* Numbers the question and appends it to out. None may be open (asserted), and it is one that has an answer. As
 * hf_message_encode. */
HF_CHECKED enum hf_status hf_session_ask_put(struct hf_session_ask *ask, struct hf_message *question,
                                             struct hf_buf *out);

enum hf_ask_heard {
    HF_ASK_NOTHING, /* what is no answer: wait on */
    HF_ASK_ANSWER,  /* out: the answer, of the fitting type */
    HF_ASK_REFUSAL, /* out: an ERROR, to the question or to the whole channel */
    HF_ASK_NONSENSE /* it does not belong here, or cannot be read; out is empty */
};
/* Takes one message that arrived. HF_ERR_NOMEM. out borrows from bytes; hf_message_clear is due after HF_OK, whatever
 * was heard. */
HF_CHECKED enum hf_status hf_session_ask_take(struct hf_session_ask *ask, struct hf_slice bytes,
                                              enum hf_ask_heard *out_heard, struct hf_message *out);

#endif
