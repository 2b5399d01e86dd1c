/* A folder that appears whole or not at all: files are written into PATH.part, which becomes PATH at the end. Inside
 * client/. */
#ifndef HF_CLIENT_FOLDER_H
#define HF_CLIENT_FOLDER_H

#include "core/base/bytes.h"

/* Zero-initialised is fine to end. */
struct hf_folder {
    char *target;
    char *part;
    bool made; /* PATH.part is ours, and still there */
};

/* Makes PATH.part (0700). HF_ERR_EXISTS when PATH is there and not an empty folder, or PATH.part is; HF_ERR_INVALID,
 * HF_ERR_NOT_FOUND (the folder above), HF_ERR_DENIED, HF_ERR_IO, HF_ERR_FULL, HF_ERR_NOMEM. Texts in err. */
HF_CHECKED enum hf_status hf_folder_begin(const char *path, struct hf_folder *out, struct hf_error *err);
/* Writes one new file (0600); name is relative, of our own making, with '/' between parts, whose folders are made. */
HF_CHECKED enum hf_status hf_folder_write(const struct hf_folder *folder, const char *name, struct hf_slice bytes,
                                          struct hf_error *err);
/* Everything to the disk, then the new name. */
HF_CHECKED enum hf_status hf_folder_finish(struct hf_folder *folder, struct hf_error *err);
/* Removes what was not finished, and frees. */
void hf_folder_end(struct hf_folder *folder);

#endif
