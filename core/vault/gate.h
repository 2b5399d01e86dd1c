/* The door that wrong passphrases close: tries.h with its file. Inside core/vault. */
#ifndef HF_CORE_VAULT_GATE_H
#define HF_CORE_VAULT_GATE_H

#include "core/vault/files.h"

/* HF_ERR_LIMIT while a delay runs, with a text that says how long. A file that cannot be read counts as none. */
HF_CHECKED enum hf_status hf_vault_gate_enter(const struct hf_vault_paths *paths, struct hf_error *err);
/* Tells how the try ended: HF_ERR_AUTH counts, HF_OK forgets, anything else changes nothing. A disk that cannot take
 * the count is no reason to say anything else to the person. */
void hf_vault_gate_leave(const struct hf_vault_paths *paths, enum hf_status status);

#endif
