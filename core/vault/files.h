/* The vault's small files on the real file system: paths, whole reads, durable writes, removal, and the one lock that
 * orders changes of the key file. Texts of errors are for people. */
#ifndef HF_CORE_VAULT_FILES_H
#define HF_CORE_VAULT_FILES_H

#include "core/base/bytes.h"
#include "core/vault/vfs.h"

#define HF_VAULT_NAME_BYTES_MAX 64

struct hf_vault_paths {
    char folder[HF_VAULT_PATH_BYTES];
    char db[HF_VAULT_PATH_BYTES];
    char db_new[HF_VAULT_PATH_BYTES];
    char db_new_wal[HF_VAULT_PATH_BYTES];
    char wal[HF_VAULT_PATH_BYTES];
    char key[HF_VAULT_PATH_BYTES];
    char key_new[HF_VAULT_PATH_BYTES];
    char secret[HF_VAULT_PATH_BYTES];
    char tries[HF_VAULT_PATH_BYTES];
    char tries_new[HF_VAULT_PATH_BYTES];
};

/* Absolute paths without links. The folder must be there: HF_ERR_NOT_FOUND. HF_ERR_INVALID for a name that is empty,
 * longer than HF_VAULT_NAME_BYTES_MAX, starts with a dot or has bytes outside A-Z a-z 0-9 . _ -; HF_ERR_LIMIT. */
HF_CHECKED enum hf_status hf_vault_paths_make(const char *folder, const char *name, struct hf_vault_paths *out_paths,
                                              struct hf_error *err);

/* Makes the folder (0700) when it is missing; *out_made tells. */
HF_CHECKED enum hf_status hf_vault_folder_make(const char *folder, bool *out_made, struct hf_error *err);
HF_CHECKED enum hf_status hf_vault_folder_sync(const char *folder, struct hf_error *err);

/* Size of a regular file without opening it (closing a second handle would drop SQLite's lock). HF_ERR_NOT_FOUND. */
HF_CHECKED enum hf_status hf_vault_file_size(const char *path, uint64_t *out_bytes, struct hf_error *err);
/* Appends the whole file to `out`. HF_ERR_NOT_FOUND; HF_ERR_CORRUPT when it is longer than limit_bytes. */
HF_CHECKED enum hf_status hf_vault_file_read(const char *path, size_t limit_bytes, struct hf_buf *out,
                                             struct hf_error *err);
/* Makes a file (0600) that must not be there yet, and syncs it. HF_ERR_EXISTS. A failed write leaves no file. The
 * folder is for the caller to sync. */
HF_CHECKED enum hf_status hf_vault_file_write(const char *path, struct hf_slice bytes, struct hf_error *err);
/* Replaces `to` atomically; the folder is for the caller to sync. */
HF_CHECKED enum hf_status hf_vault_file_rename(const char *from, const char *to, struct hf_error *err);
/* A missing file is fine. */
HF_CHECKED enum hf_status hf_vault_file_remove(const char *path, struct hf_error *err);
/* Overwrites a file with random bytes and syncs it before removing it. A missing file is fine. */
HF_CHECKED enum hf_status hf_vault_file_shred(const char *path, struct hf_error *err);

/* A new key file in the making: NAME.key.new, locked against other processes. */
struct hf_vault_draft {
    int fd;
    bool had_content; /* it was there already: an earlier attempt was cut short */
    bool is_ours;     /* made or overwritten by this attempt */
};

/* Opens or makes and locks the draft. HF_ERR_BUSY when another process has it. */
HF_CHECKED enum hf_status hf_vault_draft_begin(const struct hf_vault_paths *paths, struct hf_vault_draft *out_draft,
                                               struct hf_error *err);
/* Writes the content and syncs file and folder; the key file itself stays as it is. */
HF_CHECKED enum hf_status hf_vault_draft_write(const struct hf_vault_paths *paths, struct hf_vault_draft *draft,
                                               struct hf_slice bytes, struct hf_error *err);
/* The draft becomes the key file: rename, sync of the folder. Ends the draft on success. */
HF_CHECKED enum hf_status hf_vault_draft_commit(const struct hf_vault_paths *paths, struct hf_vault_draft *draft,
                                                struct hf_error *err);
/* Removes the draft, if it is ours, and unlocks. What an earlier attempt left stays: it may be the only copy of a key
 * file. After a commit: nothing. */
void hf_vault_draft_end(const struct hf_vault_paths *paths, struct hf_vault_draft *draft);

#endif
