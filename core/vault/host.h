/* The slot of the host's key store, for the files of this room. */
#ifndef HF_CORE_VAULT_HOST_H
#define HF_CORE_VAULT_HOST_H

#include "core/vault/keys.h"

/* What a slot that goes was kept under, so that the store can forget it once the new key file is in force. */
struct hf_vault_host_old {
    size_t len; /* 0: there was none */
    uint8_t bytes[HF_VAULT_HOST_BYTES_MAX];
};

/* Removes every host slot; *keep moves along (hf_vault_slots_drop). */
void hf_vault_host_drop(struct hf_keyfile *keyfile, struct hf_keyfile_slot **keep, struct hf_vault_host_old *out_old);
/* Adds one that wraps data_key. */
HF_CHECKED enum hf_status hf_vault_host_wrap(const struct hf_vault_host *host, struct hf_keyfile *keyfile,
                                             const uint8_t data_key[HF_KEY_BYTES], struct hf_error *err);
/* NULL for host is fine. */
void hf_vault_host_forget(const struct hf_vault_host *host, const struct hf_vault_host_old *old);

#endif
