/* Frames and messages behind an open handshake (formats.md 4): arriving bytes are cut into frames, opened and joined to
 * messages; messages are sealed into frames. Used by channel.c only. No I/O; one thread at a time.
 *
 * A frame is `length u16 ‖ ciphertext`, its plaintext `more u8 ‖ bytes`. A message is the bytes of frames with more = 1
 * up to one with more = 0. Only a message that is empty as a whole may have a frame without bytes. */
#ifndef HF_PROTOCOL_FRAME_H
#define HF_PROTOCOL_FRAME_H

#include "protocol/noise.h"

#define HF_FRAME_HEADER_BYTES     2
#define HF_FRAME_OVERHEAD_BYTES   (HF_FRAME_HEADER_BYTES + 1 + HF_TAG_BYTES) /* header, more, tag */
#define HF_FRAME_SEALED_BYTES_MIN (1 + HF_TAG_BYTES)
#define HF_FRAME_BYTES_MAX        (HF_FRAME_HEADER_BYTES + HF_NOISE_BYTES_MAX)

/* What arrived and was not taken yet. Zero-initialised is valid and empty. */
struct hf_frame_inbox {
    struct hf_buf partial; /* a frame that has not arrived whole, header included; at most HF_FRAME_BYTES_MAX */
    struct hf_buf joined;  /* length u32 ‖ bytes for every message; the last may still grow */
    size_t taken;          /* bytes of joined that were handed out */
    size_t growing_at;     /* where the growing message starts in joined, when `growing` */
    bool growing;
};

/* Takes bytes that arrived. No whole message may be waiting (asserted). Once the whole messages are taken, the inbox
 * holds less than HF_CHANNEL_MESSAGE_BYTES_MAX + HF_FRAME_BYTES_MAX bytes, whatever the peer sent; until then, at most
 * bytes.len more. HF_ERR_PROTOCOL: malformed frame. HF_ERR_LIMIT: message over 1 MiB, known from the frame's length
 * alone. HF_ERR_AUTH. HF_ERR_NOMEM. After any error the inbox can only be wiped. */
HF_CHECKED enum hf_status hf_frame_feed(struct hf_frame_inbox *inbox, struct hf_noise_cipher *receive,
                                        struct hf_slice bytes);
/* True when a whole message waits to be taken. */
bool hf_frame_waiting(const struct hf_frame_inbox *inbox);
/* Its length; 0 also when none waits. */
size_t hf_frame_waiting_bytes(const struct hf_frame_inbox *inbox);
/* Replaces the content of out_message by the oldest waiting message (there must be one: asserted). HF_ERR_NOMEM or
 * HF_ERR_LIMIT, as out_message remembers it. */
HF_CHECKED enum hf_status hf_frame_take(struct hf_frame_inbox *inbox, struct hf_buf *out_message);
/* Wipes the inbox and leaves it empty. */
void hf_frame_wipe(struct hf_frame_inbox *inbox);

/* Appends the frames of one message. HF_ERR_LIMIT for more than 1 MiB and HF_ERR_NOMEM change nothing but the error
 * that out remembers; after any other error the cipher can no longer be used. */
HF_CHECKED enum hf_status hf_frame_seal(struct hf_noise_cipher *send, struct hf_slice message, struct hf_buf *out);
/* Bytes that the frames of a message take. */
size_t hf_frame_sealed_bytes(size_t message_bytes);

#endif
