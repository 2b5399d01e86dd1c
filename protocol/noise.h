/* Noise_IKpsk2_25519_ChaChaPoly_SHA256 from libsodium primitives (formats.md 4; Noise revision 34). No I/O; ephemeral
 * keys are arguments so that published vectors and the simulator can be replayed.
 *
 * Order: init, then write1 + read2 at the initiator, read1 + write2 at the responder, then split and clear. A call out
 * of order is HF_ERR_STATE and changes nothing. Any other failure wipes the handshake (it can only be dropped, every
 * later call is HF_ERR_STATE) and leaves the out buffer at its old length. Ephemeral and static secrets are wiped when
 * message 2 is done, the chaining key by hf_noise_clear. Points of small order are HF_ERR_AUTH. One thread at a time.
 */
#ifndef HF_PROTOCOL_NOISE_H
#define HF_PROTOCOL_NOISE_H

#include "core/base/bytes.h"
#include "core/crypto/crypto.h"

#define HF_NOISE_MESSAGE1_BYTES 96    /* e 32 ‖ s 32+16 ‖ empty payload 16 */
#define HF_NOISE_MESSAGE2_BYTES 48    /* e 32 ‖ empty payload 16 */
#define HF_NOISE_BYTES_MAX      65535 /* any Noise message, tag included */

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
    uint8_t step; /* messages done; 3 once cleared */
};

/* Copies the keys; remote_static is NULL at the responder. */
void hf_noise_init(struct hf_noise *noise, bool initiator, struct hf_slice prologue, const struct hf_dh_key *static_key,
                   const uint8_t remote_static[HF_DH_BYTES] /* initiator only */, const struct hf_dh_key *ephemeral);
/* Message 1, by the initiator; payload may be empty. out grows by 96 + payload. HF_ERR_LIMIT for a payload that does
 * not fit a Noise message, HF_ERR_AUTH when the remote static key is of small order. */
HF_CHECKED enum hf_status hf_noise_write1(struct hf_noise *noise, struct hf_slice payload, struct hf_buf *out);
/* Message 1 at the responder: afterwards noise->remote_static is known and the psk can be looked up.
 * out_payload grows by the payload. HF_ERR_PROTOCOL for a length no message 1 has, HF_ERR_AUTH when it does not
 * authenticate: other keys, other prologue, changed bytes. */
HF_CHECKED enum hf_status hf_noise_read1(struct hf_noise *noise, struct hf_slice message, struct hf_buf *out_payload);
/* Message 2: as above; out grows by 48 + payload. A wrong psk shows at the initiator, as HF_ERR_AUTH of read2. */
HF_CHECKED enum hf_status hf_noise_write2(struct hf_noise *noise, const uint8_t psk[HF_KEY_BYTES],
                                          struct hf_slice payload, struct hf_buf *out);
HF_CHECKED enum hf_status hf_noise_read2(struct hf_noise *noise, const uint8_t psk[HF_KEY_BYTES],
                                         struct hf_slice message, struct hf_buf *out_payload);
/* After message 2 only (asserted): the two transport ciphers as seen from this side, and the handshake hash. */
void hf_noise_split(const struct hf_noise *noise, struct hf_noise_cipher *out_send, struct hf_noise_cipher *out_receive,
                    uint8_t out_handshake_hash[HF_HASH_BYTES]);
/* Transport: seals/opens one Noise message (<= 65535 bytes with tag, no associated data), appends the result to out and
 * steps the nonce; after a failure nonce and out are as before. HF_ERR_LIMIT: too long, or all 2^64 - 1 nonces used.
 * HF_ERR_AUTH: changed, replayed, out of order or shorter than a tag. HF_ERR_STATE: a cipher without a key. */
HF_CHECKED enum hf_status hf_noise_encrypt(struct hf_noise_cipher *cipher, struct hf_slice plain, struct hf_buf *out);
HF_CHECKED enum hf_status hf_noise_decrypt(struct hf_noise_cipher *cipher, struct hf_slice sealed, struct hf_buf *out);
/* Wipes everything; again is fine. The caller wipes the ciphers it took from the split. */
void hf_noise_clear(struct hf_noise *noise);

#endif
