/* For this room and its tests: a connection over any base VFS, without folders and key files. */
#ifndef HF_CORE_VAULT_VAULT_INTERNAL_H
#define HF_CORE_VAULT_VAULT_INTERNAL_H

#include "core/vault/vault.h"

#define HF_VAULT_BASE_VFS "unix-excl"

/* SQLite's process-wide settings, once: no spilling of statement journals, page cache in locked memory where SQLite was
 * not started before. HF_ERR_STATE when SQLite or libsodium cannot start. */
HF_CHECKED enum hf_status hf_vault_start(struct hf_error *err);

/* Opens the database at the absolute path `path` of `base`; its page 1 exists. Statuses as hf_vault_open_raw. */
HF_CHECKED enum hf_status hf_vault_open_on(sqlite3_vfs *base, const char *path, const struct hf_id *db_id,
                                           const uint8_t data_key[HF_KEY_BYTES], unsigned flags,
                                           struct hf_vault **out_vault, struct hf_error *err);

/* From now on nothing that is done with the vault, closing included, changes a byte on the disk. */
void hf_vault_freeze(struct hf_vault *vault);

/* What the flags say about the suite. */
unsigned hf_vault_suite_of(unsigned flags);

/* The main file of an empty database: one sealed page. HF_ERR_UNSUPPORTED, HF_ERR_NOMEM as hf_sealer_begin. */
HF_CHECKED enum hf_status hf_vault_seal_first_page_in(unsigned suite, const struct hf_id *db_id,
                                                      const uint8_t data_key[HF_KEY_BYTES], uint8_t out[4096]);
/* The same in the portable suite. */
void hf_vault_seal_first_page(const struct hf_id *db_id, const uint8_t data_key[HF_KEY_BYTES], uint8_t out[4096]);

#endif
