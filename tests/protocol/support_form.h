/* Messages at the edge of what is allowed: long runs to fill them with, and bytes that no encoder of ours would write.
 */
#ifndef HF_TESTS_PROTOCOL_SUPPORT_FORM_H
#define HF_TESTS_PROTOCOL_SUPPORT_FORM_H

#include "protocol/message.h"

/* At most HF_LIMIT_MESSAGE_BYTES + 1. */
struct hf_slice zeros_of(size_t len);
struct hf_slice letters_of(size_t len);

/* What encoding says; what it wrote must decode. */
enum hf_status check_encode(const struct hf_message *message);
/* The frame of a message written by hand: array of two and `fields`, type, number 7 (0 for NEWS). */
struct hf_buf begin_bytes(enum hf_message_type type, uint32_t fields);
/* What the decoder says of bytes written by hand; clears them. */
enum hf_status check_bytes(struct hf_buf *bytes);
/* The same form was written by both hands: the encoder says HF_ERR_INVALID where the decoder says HF_ERR_PROTOCOL.
 * Returns what the encoder said; clears bytes. */
enum hf_status check_both(const struct hf_message *message, struct hf_buf *bytes);

#endif
