/* The organisation's recovery key: an X25519 key whose public half every device may hold, and whose private half lies
 * with two officers, each with a share that is worth nothing alone. Pure, but for randomness. */
#ifndef HF_CORE_VAULT_RECOVERY_H
#define HF_CORE_VAULT_RECOVERY_H

#include "core/vault/keyfile.h"

#define HF_RECOVERY_SHARE_BYTES 88
#define HF_RECOVERY_SHARES      2

/* A new key as two shares: the first is random, the second is the private key XOR the first. The private key itself is
 * wiped before this returns. */
void hf_recovery_make(uint8_t out_public_key[HF_DH_BYTES],
                      uint8_t out_shares[HF_RECOVERY_SHARES][HF_RECOVERY_SHARE_BYTES]);
/* The key from both shares, in either order. HF_ERR_CORRUPT a share is damaged; HF_ERR_AUTH they are the same share or
 * of different keys. The caller wipes *out_key. */
HF_CHECKED enum hf_status hf_recovery_join(struct hf_slice one, struct hf_slice other, struct hf_dh_key *out_key,
                                           struct hf_error *err);

/* Fills the body of a recovery slot: the data key sealed to the public key. HF_ERR_INVALID: that is no public key. */
HF_CHECKED enum hf_status hf_recovery_wrap(struct hf_keyfile_slot *slot, const uint8_t public_key[HF_DH_BYTES],
                                           const uint8_t data_key[HF_KEY_BYTES], struct hf_error *err);
/* The public key that a recovery slot is sealed to; NULL for a body of another form. Borrowed. */
const uint8_t *hf_recovery_slot_key(const struct hf_keyfile_slot *slot);
/* HF_ERR_AUTH when it is sealed to another key or was changed. */
HF_CHECKED enum hf_status hf_recovery_unwrap(const struct hf_keyfile_slot *slot, const struct hf_dh_key *key,
                                             uint8_t out_data_key[HF_KEY_BYTES], struct hf_error *err);

#endif
