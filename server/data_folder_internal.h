/* What data_folder.c and data_folder_guard.c share. Errors come with text. */
#ifndef HF_SERVER_DATA_FOLDER_INTERNAL_H
#define HF_SERVER_DATA_FOLDER_INTERNAL_H

#include "server/data_folder.h"

#include <sys/types.h>

#define HF_FOLDER_PATH_BYTES 4096
enum { HF_FOLDER_STORE, HF_FOLDER_KEYS, HF_FOLDER_GUARD };

/* FOLDER/NAME. */
HF_CHECKED enum hf_status hf_folder_path(const char *folder, const char *name, char out[HF_FOLDER_PATH_BYTES],
                                         struct hf_error *err);
/* What errno says about the path; never HF_OK. */
enum hf_status hf_folder_file_error(const char *path, struct hf_error *err);
/* A new file with 64 hexadecimal digits, durable; HF_ERR_EXISTS. */
HF_CHECKED enum hf_status hf_folder_write_hex(const char *folder, const char *name, const uint8_t *key, mode_t mode,
                                              struct hf_error *err);
/* secret.key: the key, and the suite as flags of a vault. Wipe it. */
HF_CHECKED enum hf_status hf_folder_read_secret(const char *folder, uint8_t out[HF_KEY_BYTES], unsigned *out_suite,
                                                struct hf_error *err);
/* The file NAME.db as the vault `which`; `flags` of enum hf_vault_flags. Its form is checked, or set with CREATE. */
HF_CHECKED enum hf_status hf_folder_open_vault(const char *folder, const char *name, int which,
                                               const uint8_t secret[HF_KEY_BYTES], unsigned flags,
                                               struct hf_vault **out, struct hf_error *err);
/* What was made in the folder is there after a power cut. */
HF_CHECKED enum hf_status hf_folder_sync(const char *folder, struct hf_error *err);
/* HF_ERR_NOT_FOUND, saying what to do: there is no guard.db. */
HF_CHECKED enum hf_status hf_folder_check_guard(const char *folder, struct hf_error *err);

#endif
