/* A folder of files that other programs read while we write it: every file appears whole or not at all, and what was
 * put first is on the disk before what was put later. Nothing is ever deleted but the partial tiles that hf_web_drop
 * names. One thread at a time. */
#ifndef HF_SERVER_WEB_FOLDER_H
#define HF_SERVER_WEB_FOLDER_H

#include "core/base/bytes.h"

#define HF_WEB_PATH_BYTES 256 /* below the folder, NUL included */

struct hf_web_folder {
    int fd;
    char unsynced[HF_WEB_PATH_BYTES]; /* the folder of the last file that was put; its name is not on the disk yet */
    bool has_unsynced;
};

/* Makes the folder when it is missing (not those above it). HF_ERR_DENIED, HF_ERR_NOT_FOUND, HF_ERR_INVALID (not a
 * folder), HF_ERR_IO. */
HF_CHECKED enum hf_status hf_web_open(const char *path, struct hf_web_folder *out);
/* The same, but a folder that is missing stays missing: HF_ERR_NOT_FOUND. */
HF_CHECKED enum hf_status hf_web_open_there(const char *path, struct hf_web_folder *out);
void hf_web_close(struct hf_web_folder *web);

/* Whether there is a plain file of exactly this length. */
bool hf_web_has(const struct hf_web_folder *web, const char *path, size_t bytes);
/* Appends a whole file. HF_ERR_NOT_FOUND, HF_ERR_LIMIT, HF_ERR_INVALID not a plain file, HF_ERR_IO, HF_ERR_NOMEM. */
HF_CHECKED enum hf_status hf_web_read(const struct hf_web_folder *web, const char *path, size_t limit_bytes,
                                      struct hf_buf *out);
/* Puts the file in place, replacing what is there, with the folders on the way to it. */
HF_CHECKED enum hf_status hf_web_put(struct hf_web_folder *web, const char *path, struct hf_slice bytes);
/* Everything put so far is on the disk, names included. */
HF_CHECKED enum hf_status hf_web_sync(struct hf_web_folder *web);
/* Removes the files of a folder whose names are numbers, and the folder. What is not there is not missed. */
void hf_web_drop(const struct hf_web_folder *web, const char *path);

#endif
