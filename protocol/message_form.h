/* The rules that every message keeps beyond its msgpack form: limits, ranges, orders. One place, asked by the encoder
 * before it writes and by the decoder after it has read. Inside protocol/. Pure. */
#ifndef HF_PROTOCOL_MESSAGE_FORM_H
#define HF_PROTOCOL_MESSAGE_FORM_H

#include "protocol/message.h"

/* HF_OK, HF_ERR_INVALID, or HF_ERR_LIMIT past a limit of protocol/limits.h. */
HF_CHECKED enum hf_status hf_message_check(const struct hf_message *message);

#endif
