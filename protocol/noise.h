/* Noise_IKpsk2_25519_ChaChaPoly_SHA256 from libsodium primitives (formats.md 4). No I/O; ephemeral keys are
 * arguments so that published vectors and the simulator can be replayed. Secrets are wiped by hf_noise_clear. */
#ifndef HF_PROTOCOL_NOISE_H
#define HF_PROTOCOL_NOISE_H

#include "core/base/bytes.h"
#include "core/crypto/crypto.h"

#define HF_NOISE_MESSAGE1_BYTES 96 /* e 32 ‖ s 32+16 ‖ empty payload 16 */
#define HF_NOISE_MESSAGE2_BYTES 48 /* e 32 ‖ empty payload 16 */

struct hf_noise_cipher {
    uint8_t key[HF_KEY_BYTES];
    uint64_t nonce;
    bool has_key;
};

struct hf_noise {
    uint8_t chaining_key[HF_HASH_BYTES];
    uint8_t hash[HF_HASH_BYTES];
    struct hf_noise_cipher cipher;
    struct hf_dh_key static_key;
    struct hf_dh_key ephemeral;
    uint8_t remote_static[HF_DH_BYTES];
    uint8_t remote_ephemeral[HF_DH_BYTES];
    bool initiator;
    uint8_t step; /* messages done */
};

void hf_noise_init(struct hf_noise *noise, bool initiator, struct hf_slice prologue,
                   const struct hf_dh_key *static_key, const uint8_t remote_static[HF_DH_BYTES] /* initiator only */,
                   const struct hf_dh_key *ephemeral);
/* Message 1, by the initiator; payload may be empty. out grows by 96 + payload. */
HF_CHECKED enum hf_status hf_noise_write1(struct hf_noise *noise, struct hf_slice payload, struct hf_buf *out);
/* Message 1 at the responder: afterwards noise->remote_static is known and the psk can be looked up. HF_ERR_AUTH. */
HF_CHECKED enum hf_status hf_noise_read1(struct hf_noise *noise, struct hf_slice message, struct hf_buf *out_payload);
HF_CHECKED enum hf_status hf_noise_write2(struct hf_noise *noise, const uint8_t psk[HF_KEY_BYTES],
                                          struct hf_slice payload, struct hf_buf *out);
HF_CHECKED enum hf_status hf_noise_read2(struct hf_noise *noise, const uint8_t psk[HF_KEY_BYTES],
                                         struct hf_slice message, struct hf_buf *out_payload);
/* After message 2: the two transport ciphers as seen from this side, and the handshake hash. */
void hf_noise_split(const struct hf_noise *noise, struct hf_noise_cipher *out_send, struct hf_noise_cipher *out_receive,
                    uint8_t out_handshake_hash[HF_HASH_BYTES]);
/* Transport: seals/opens one Noise message (<= 65535 bytes with tag) and steps the nonce. */
HF_CHECKED enum hf_status hf_noise_encrypt(struct hf_noise_cipher *cipher, struct hf_slice plain, struct hf_buf *out);
HF_CHECKED enum hf_status hf_noise_decrypt(struct hf_noise_cipher *cipher, struct hf_slice sealed, struct hf_buf *out);
void hf_noise_clear(struct hf_noise *noise);

#endif
