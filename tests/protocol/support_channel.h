/* Helpers for tests of the channel: a client and a server joined in memory, and a client taken apart that can put any
 * plaintext into a frame. Fixed keys; none is used outside tests. What cannot go wrong is asserted by cmocka. */
#ifndef HF_TESTS_PROTOCOL_SUPPORT_CHANNEL_H
#define HF_TESTS_PROTOCOL_SUPPORT_CHANNEL_H

#include "protocol/channel.h"

#define SUPPORT_NOW_MS 1000000u

/* What each side believes; the two start out in agreement. */
struct channel_setup {
    const char *client_origin, *server_origin;
    struct hf_id enrolment_id;
    struct hf_dh_key client_static, client_ephemeral, server_static, server_ephemeral;
    uint8_t server_key_at_client[HF_DH_BYTES];
    uint8_t client_psk[HF_KEY_BYTES], server_psk[HF_KEY_BYTES];
};
void channel_setup_init(struct channel_setup *setup);

struct channel_pair {
    struct hf_channel *client, *server;
};
struct hf_channel *client_of(const struct channel_setup *setup);
struct hf_channel *server_of(const struct channel_setup *setup);
/* Both sides new, nothing said yet. */
void channel_pair_new(struct channel_pair *pair, const struct channel_setup *setup);
/* Both sides open. */
void channel_pair_open(struct channel_pair *pair);
void channel_pair_free(struct channel_pair *pair);

/* Everything the channel wants to write, taken from it; the caller clears it. */
struct hf_buf take_output(struct hf_channel *channel);
/* Feeds all output of one channel to the other. */
enum hf_status carry(struct hf_channel *from, struct hf_channel *to);
enum hf_status feed_buf(struct hf_channel *channel, const struct hf_buf *bytes);
/* The next message must be there and be equal. */
void expect_message(struct hf_channel *channel, struct hf_slice expected);
void expect_no_message(struct hf_channel *channel);

/* A client made of Noise alone: its ciphers after a handshake with an open server channel. */
struct raw_client {
    struct hf_noise_cipher send, receive;
};
void raw_client_open(struct raw_client *raw, struct hf_channel *server, const struct channel_setup *setup);
/* Appends a frame with this plaintext, `more` byte included. */
void raw_client_frame(struct raw_client *raw, struct hf_slice plain, struct hf_buf *out);

/* The same numbers for the same seed, everywhere. */
uint64_t next_random(uint64_t *state);
/* len bytes that differ from place to place. */
void fill_pattern(struct hf_buf *out, size_t len);

#endif
