/* The steps of hf_vault_rotate, so that a test can stop at each. Inside core/vault. */
#ifndef HF_CORE_VAULT_ROTATE_H
#define HF_CORE_VAULT_ROTATE_H

#include "core/vault/keys.h"

enum hf_vault_rotation {
    HF_VAULT_ROTATION_UNLOCKED,    /* nothing written */
    HF_VAULT_ROTATION_EMPTY,       /* NAME.db.new has its first page */
    HF_VAULT_ROTATION_COPIED,      /* … every page, and is closed */
    HF_VAULT_ROTATION_VERIFIED,    /* … and was read back */
    HF_VAULT_ROTATION_DRAFTED,     /* NAME.key.new is written */
    HF_VAULT_ROTATION_KEY_SWAPPED, /* from here on the new key is in force */
    HF_VAULT_ROTATION_DONE,        /* NAME.db is the new one */
    HF_VAULT_ROTATION_STEPS
};

/* Does nothing. A test is linked with a function of its own. */
void hf_vault_rotation_reached(enum hf_vault_rotation step);

/* Finishes a rotation that was cut short after its key file was in force: a NAME.db.new that this key opens becomes
 * NAME.db. Any other NAME.db.new is left of an attempt that changed nothing, and stays as it is. */
HF_CHECKED enum hf_status hf_vault_rotation_finish(const struct hf_vault_paths *paths, const struct hf_keyfile *keyfile,
                                                   const uint8_t data_key[HF_KEY_BYTES], struct hf_error *err);

#endif
