/* The invitation line: base64url of version u8 = 1 ‖ id 16 ‖ token 32 ‖ server channel key 32 ‖ SHA-256(authority key)
 * 32 ‖ expiry u64 (Unix ms) ‖ address length u16 ‖ address ‖ origin length u16 ‖ origin ‖ check 4 (formats.md 4; the
 * origin is needed for the prologue, the check so that a mistyped letter does not use the invitation up:
 * docs/decisions/0001). Pure. */
#ifndef HF_PROTOCOL_INVITATION_H
#define HF_PROTOCOL_INVITATION_H

#include "core/base/id.h"
#include "core/crypto/crypto.h"
#include "core/log/note.h"
#include "protocol/limits.h"

#define HF_INVITATION_ADDRESS_BYTES_MAX 256

struct hf_invitation {
    struct hf_id id;
    uint8_t token[HF_KEY_BYTES];
    uint8_t server_key[HF_DH_BYTES];
    uint8_t authority_hash[HF_HASH_BYTES];
    uint64_t expiry_ms;
    char address[HF_INVITATION_ADDRESS_BYTES_MAX + 1]; /* tcp://host:port */
    char origin[HF_NOTE_NAME_BYTES_MAX + 1];
};
/* check = SHA-256("holdfast invitation v1\0" ‖ all bytes before it)[0..4). */
#define HF_INVITATION_CHECK_BYTES 4
void hf_invitation_check(struct hf_slice bytes, uint8_t out[HF_INVITATION_CHECK_BYTES]);
/* tcp://host:port in printable ASCII, loosely: the transport judges host and port. */
bool hf_invitation_address_fits(struct hf_slice address);
/* Appends the line, without newline. address (hf_invitation_address_fits) and origin must be such that parse accepts
 * them (asserted). The token is in it: wipe out after use. */
void hf_invitation_format(const struct hf_invitation *invitation, struct hf_buf *out);
/* HF_ERR_INVALID with a sentence for the person who typed it, HF_ERR_NOMEM; surrounding white space is fine. Whether it
 * has expired is for the caller to see. Wipe *out after use (hf_wipe). */
HF_CHECKED enum hf_status hf_invitation_parse(struct hf_slice text, struct hf_invitation *out, struct hf_error *err);
/* psk of the device = HMAC-SHA-256(token, "hf-psk-v1" ‖ handshake hash). */
void hf_invitation_device_psk(const uint8_t token[HF_KEY_BYTES], const uint8_t handshake_hash[HF_HASH_BYTES],
                              uint8_t out[HF_KEY_BYTES]);

/* The signature of ENROL: the device key signs "holdfast enrol v1\0" ‖ handshake hash, so that who enrols a key holds
 * it, and on this very channel. */
void hf_invitation_sign(const struct hf_sign_key *device, const uint8_t handshake_hash[HF_HASH_BYTES],
                        uint8_t out_signature[HF_SIGN_BYTES]);
bool hf_invitation_signature_fits(const uint8_t device[HF_SIGN_PUBLIC_BYTES],
                                  const uint8_t handshake_hash[HF_HASH_BYTES], const uint8_t signature[HF_SIGN_BYTES]);

#endif
