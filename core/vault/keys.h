/* From the files beside a database to its data key, and back into a key file. Inside core/vault. */
#ifndef HF_CORE_VAULT_KEYS_H
#define HF_CORE_VAULT_KEYS_H

#include "core/vault/files.h"
#include "core/vault/slot.h"

/* Secrets of one call; lives in hf_secret_alloc memory. */
struct hf_vault_secrets {
    uint8_t data_key[HF_KEY_BYTES];
    uint8_t device_secret[HF_VAULT_DEVICE_SECRET_BYTES];
    uint8_t secret_file[HF_VAULT_SECRET_FILE_BYTES];
};

/* Zeroed. HF_ERR_NOMEM. Ends with hf_secret_free. */
HF_CHECKED enum hf_status hf_vault_secrets_new(struct hf_vault_secrets **out, struct hf_error *err);

/* HF_ERR_NOT_FOUND no vault there, HF_ERR_CORRUPT, HF_ERR_UNSUPPORTED. The MAC is not checked yet. */
HF_CHECKED enum hf_status hf_vault_keyfile_load(const struct hf_vault_paths *paths, struct hf_keyfile *out,
                                                struct hf_error *err);
/* HF_ERR_CORRUPT when the key file's MAC does not fit the data key. */
HF_CHECKED enum hf_status hf_vault_keyfile_check(const struct hf_keyfile *keyfile, const uint8_t data_key[HF_KEY_BYTES],
                                                 struct hf_error *err);
/* Fills device_secret. HF_ERR_AUTH it is gone, HF_ERR_CORRUPT. */
HF_CHECKED enum hf_status hf_vault_secret_load(const struct hf_vault_paths *paths, struct hf_vault_secrets *secrets,
                                               struct hf_error *err);
/* Key file, device secret and passphrase give the data key; *out_slot: the one that fits, in *keyfile. Wrong
 * passphrases are counted; too many, and for a while none is tried: HF_ERR_LIMIT. */
HF_CHECKED enum hf_status hf_vault_unlock(const struct hf_vault_paths *paths, struct hf_slice passphrase,
                                          struct hf_keyfile *keyfile, struct hf_vault_secrets *secrets,
                                          struct hf_keyfile_slot **out_slot, struct hf_error *err);

/* Opens the database beside an unlocked key file. Statuses as hf_vault_open. */
HF_CHECKED enum hf_status hf_vault_open_unlocked(const struct hf_vault_paths *paths, const struct hf_keyfile *keyfile,
                                                 const struct hf_vault_secrets *secrets, unsigned flags,
                                                 struct hf_vault **out_vault, struct hf_error *err);

/* Writes the key file, under data_key, as the draft. */
HF_CHECKED enum hf_status hf_vault_keyfile_draft(const struct hf_vault_paths *paths, struct hf_vault_draft *draft,
                                                 const struct hf_keyfile *keyfile,
                                                 const struct hf_vault_secrets *secrets, struct hf_error *err);

/* A change of the key file: what to do with it once it is unlocked. */
typedef enum hf_status hf_vault_keyfile_fn(void *ctx, struct hf_keyfile *keyfile, struct hf_keyfile_slot *slot,
                                           const struct hf_vault_secrets *secrets, struct hf_error *err);
/* Unlocks with the passphrase, lets `change` work on the key file, and replaces it atomically, under its lock.
 * HF_ERR_NOT_FOUND without a vault; statuses of hf_vault_unlock and of `change`, after which nothing is changed. */
HF_CHECKED enum hf_status hf_vault_keyfile_change(const char *folder, const char *name, struct hf_slice passphrase,
                                                  hf_vault_keyfile_fn *change, void *ctx, struct hf_error *err);

/* The next free slot, zeroed but for its type and a random id; counted. HF_ERR_LIMIT when all are taken. */
HF_CHECKED enum hf_status hf_vault_slot_add(struct hf_keyfile *keyfile, enum hf_keyfile_slot_type type,
                                            struct hf_keyfile_slot **out_slot, struct hf_error *err);
/* Removes every slot of the type but `keep` (may be NULL); *keep moves along. At least one slot stays. */
void hf_vault_slots_drop(struct hf_keyfile *keyfile, enum hf_keyfile_slot_type type, struct hf_keyfile_slot **keep);

#endif
