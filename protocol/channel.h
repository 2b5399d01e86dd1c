/* The channel: Noise handshake, then frames, then messages (formats.md 4). A machine without I/O: bytes that arrived
 * go in, bytes to send and whole messages come out. One per connection, used by one thread at a time.
 *
 * Client:  hf_channel_client_new -> take hf_channel_output, write it -> feed what arrives …
 * Server:  hf_channel_server_new -> feed; when the state is HF_CHANNEL_WANTS_PSK, look the peer up
 *          (remote static key and enrolment id are known by then) and call hf_channel_give_psk or drop it.
 *
 * A hello can be replayed by whoever recorded it, so an open channel at the server proves nothing yet: send nothing
 * sensitive before the first message has arrived. Everything after that is fresh, ordered and whole, or the channel
 * is dead. Keys are wiped as soon as they are not needed, and what waits in a dead channel is wiped and lost. */
#ifndef HF_PROTOCOL_CHANNEL_H
#define HF_PROTOCOL_CHANNEL_H

#include "core/base/id.h"
#include "protocol/noise.h"

#define HF_CHANNEL_HELLO_BYTES       134   /* "HFS1" ‖ flags ‖ enrolment id ‖ mac1 ‖ message 1 */
#define HF_CHANNEL_FRAME_PLAIN_MAX   65519 /* ciphertext of a frame fits its u16 length */
#define HF_CHANNEL_MESSAGE_BYTES_MAX (1u << 20)
#define HF_CHANNEL_REKEY_FRAMES      (1u << 20)
#define HF_CHANNEL_REKEY_MS          (60ull * 60 * 1000)

enum hf_channel_state {
    HF_CHANNEL_HANDSHAKE, /* waiting for bytes */
    HF_CHANNEL_WANTS_PSK, /* server only */
    HF_CHANNEL_OPEN,
    HF_CHANNEL_DEAD /* failed; drop the connection */
};

struct hf_channel;

/* origin: the authority's origin line without newline, 1 to HF_NOTE_NAME_BYTES_MAX bytes (HF_ERR_INVALID otherwise);
 * enrolment_id zero for an enrolled device. Copies what it needs. An ephemeral key is used for one channel only, ever.
 * now_ms starts the hour after which a new handshake is due. HF_ERR_AUTH: a server_key of small order. HF_ERR_NOMEM. */
HF_CHECKED enum hf_status hf_channel_client_new(struct hf_slice origin, const struct hf_id *enrolment_id,
                                                const struct hf_dh_key *static_key,
                                                const uint8_t server_key[HF_DH_BYTES], const uint8_t psk[HF_KEY_BYTES],
                                                const struct hf_dh_key *ephemeral, uint64_t now_ms,
                                                struct hf_channel **out_channel);
HF_CHECKED enum hf_status hf_channel_server_new(struct hf_slice origin, const struct hf_dh_key *static_key,
                                                const struct hf_dh_key *ephemeral, uint64_t now_ms,
                                                struct hf_channel **out_channel);
/* A server, before the first byte was fed: another static key that clients may still come with. HF_ERR_LIMIT beyond
 * HF_CHANNEL_KEYS_MAX in all. */
#define HF_CHANNEL_KEYS_MAX 4
HF_CHECKED enum hf_status hf_channel_server_also(struct hf_channel *channel, const struct hf_dh_key *static_key);
void hf_channel_free(struct hf_channel *channel); /* wipes; NULL is fine */

enum hf_channel_state hf_channel_state(const struct hf_channel *channel);
/* Known from HF_CHANNEL_WANTS_PSK on (server) or always (client); NULL before. Borrowed. */
const uint8_t *hf_channel_remote_key(const struct hf_channel *channel);
const struct hf_id *hf_channel_enrolment_id(const struct hf_channel *channel);
/* Of a server, as hf_channel_remote_key: which of its static keys the client came with; 0: that of
 * hf_channel_server_new, then in the order of hf_channel_server_also. */
size_t hf_channel_key_used(const struct hf_channel *channel);
/* Known when open, NULL otherwise. Borrowed, HF_HASH_BYTES. */
const uint8_t *hf_channel_handshake_hash(const struct hf_channel *channel);
/* True after 2^20 frames in either direction or 60 minutes: open a new connection. This one goes on working. */
bool hf_channel_wants_rekey(const struct hf_channel *channel, uint64_t now_ms);

/* Answers with message 2; the channel is then open. HF_ERR_STATE unless the state is HF_CHANNEL_WANTS_PSK. */
HF_CHECKED enum hf_status hf_channel_give_psk(struct hf_channel *channel, const uint8_t psk[HF_KEY_BYTES]);

/* Takes bytes that arrived, in any pieces. HF_ERR_PROTOCOL/HF_ERR_AUTH/HF_ERR_LIMIT/HF_ERR_NOMEM: the channel is dead,
 * and says the same again when asked again. HF_ERR_STATE: whole messages are still waiting; nothing was read, call
 * hf_channel_next until it is false first. So whatever the peer sends, a channel holds at most 1 MiB and one frame,
 * and between a feed and hf_channel_next as much more as was fed. */
HF_CHECKED enum hf_status hf_channel_feed(struct hf_channel *channel, struct hf_slice bytes);
/* Moves the next whole message into out_message (reset first); false when there is none yet, or the channel is dead
 * (also when there was no memory for it, or out_message's limit is below its size). */
bool hf_channel_next(struct hf_channel *channel, struct hf_buf *out_message);
/* True when hf_channel_next has a whole message to give; its length. */
bool hf_channel_waiting(const struct hf_channel *channel);
size_t hf_channel_waiting_bytes(const struct hf_channel *channel);
/* Seals one message (<= 1 MiB, HF_ERR_LIMIT otherwise; empty is fine) into the output, in frames. HF_ERR_STATE unless
 * open. HF_ERR_BUSY: the peer takes too little, more than HF_LIMIT_OUTPUT_BYTES would wait; try again later.
 * HF_ERR_NOMEM: the channel is dead. */
HF_CHECKED enum hf_status hf_channel_send(struct hf_channel *channel, struct hf_slice message);
/* Bytes to write to the peer; the caller writes a prefix of them and says how much it took. Borrowed until the next
 * call on this channel. */
struct hf_slice hf_channel_output(const struct hf_channel *channel);
void hf_channel_output_taken(struct hf_channel *channel, size_t len);

/* "12345 67890 …": six groups of five digits of the handshake hash, for two people to compare; 36 bytes with NUL.
 * Group i (0 to 5) is the big-endian number in bytes 5i to 5i+4 of the hash, modulo 100000, with leading zeros; one
 * space between groups. The last two bytes of the hash are not shown. */
#define HF_SAFETY_CODE_TEXT_BYTES 36
void hf_channel_safety_code(const uint8_t handshake_hash[HF_HASH_BYTES], char out[HF_SAFETY_CODE_TEXT_BYTES]);

#endif
