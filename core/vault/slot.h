/* The key slot of passphrase and device secret: wraps and unwraps the data key. Pure but for randomness and the memory
 * that Argon2id takes.
 *
 * KEK = BLAKE2b-256(key = device secret, Argon2id(passphrase, salt) ‖ "hf-kek-1" ‖ db id). The device secret alone, a
 * copied key file alone or the passphrase alone open nothing. */
#ifndef HF_CORE_VAULT_SLOT_H
#define HF_CORE_VAULT_SLOT_H

#include "core/vault/keyfile.h"
#include "core/vault/vault.h"

#define HF_VAULT_PASSPHRASE_BYTES_MAX   1024
#define HF_VAULT_KDF_MEMORY_BYTES       (256ull << 20) /* default */
#define HF_VAULT_KDF_MEMORY_BYTES_FLOOR (64ull << 20)
#define HF_VAULT_KDF_MEMORY_BYTES_MAX   (4ull << 30) /* more in a file is damage: it would stall the device */
#define HF_VAULT_KDF_PASSES             3u           /* default and floor */
#define HF_VAULT_KDF_PASSES_MAX         64u
#define HF_VAULT_DEVICE_SECRET_BYTES    32
#define HF_VAULT_SECRET_FILE_BYTES      52

/* Defaults filled in. HF_ERR_INVALID below the floors without weak_for_tests, or above the limits. */
HF_CHECKED enum hf_status hf_vault_kdf_settle(const struct hf_vault_kdf *kdf, struct hf_vault_kdf *out_kdf,
                                              struct hf_error *err);

/* HF_ERR_INVALID for an empty passphrase or one longer than HF_VAULT_PASSPHRASE_BYTES_MAX. */
HF_CHECKED enum hf_status hf_vault_passphrase_check(struct hf_slice passphrase, struct hf_error *err);

/* Fills `slot` with the data key wrapped anew: new salt, new nonce. kdf: settled. HF_ERR_NOMEM. `slot` is untouched on
 * failure; its id is kept, or drawn when zero. */
HF_CHECKED enum hf_status hf_vault_slot_wrap(struct hf_keyfile_slot *slot, const struct hf_keyfile *keyfile,
                                             struct hf_slice passphrase,
                                             const uint8_t device_secret[HF_VAULT_DEVICE_SECRET_BYTES],
                                             const struct hf_vault_kdf *kdf, const uint8_t data_key[HF_KEY_BYTES],
                                             struct hf_error *err);

/* HF_ERR_AUTH when passphrase or device secret do not fit; HF_ERR_CORRUPT when the slot or its cost is out of bounds;
 * HF_ERR_NOMEM. */
HF_CHECKED enum hf_status hf_vault_slot_unwrap(const struct hf_keyfile_slot *slot, const struct hf_keyfile *keyfile,
                                               struct hf_slice passphrase,
                                               const uint8_t device_secret[HF_VAULT_DEVICE_SECRET_BYTES],
                                               uint8_t out_data_key[HF_KEY_BYTES], struct hf_error *err);

/* The cost that a slot was made with. HF_ERR_CORRUPT as above. */
HF_CHECKED enum hf_status hf_vault_slot_kdf(const struct hf_keyfile_slot *slot, const struct hf_keyfile *keyfile,
                                            struct hf_vault_kdf *out_kdf, struct hf_error *err);

/* The file that holds the device secret where no keyring does: "HFD1", 32 bytes, checksum 16. Decoding: HF_ERR_CORRUPT.
 */
void hf_vault_secret_encode(const uint8_t device_secret[HF_VAULT_DEVICE_SECRET_BYTES],
                            uint8_t out[HF_VAULT_SECRET_FILE_BYTES]);
HF_CHECKED enum hf_status hf_vault_secret_decode(struct hf_slice bytes,
                                                 uint8_t out_device_secret[HF_VAULT_DEVICE_SECRET_BYTES],
                                                 struct hf_error *err);

#endif
