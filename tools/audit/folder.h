/* A bundle as a folder on disk, read by somebody who does not trust it: no link is followed below the folder, only
 * plain files are opened, each under a limit, and names are made here, never taken from a file. */
#ifndef HF_TOOLS_AUDIT_FOLDER_H
#define HF_TOOLS_AUDIT_FOLDER_H

#include "core/log/bundle.h"

#define HF_AUDIT_FOLDER_NAME_BYTES_MAX   256
#define HF_AUDIT_FOLDER_STRAY_LISTED_MAX 20
#define HF_AUDIT_FOLDER_DEPTH_MAX        32 /* no path of a tile has more parts: HF_TILE_PATH_BYTES_MAX */

#define HF_AUDIT_FOLDERS_OPEN 4 /* ct, open and two of tiles */

struct hf_audit_folder {
    int fd;
    struct {    /* folders below that were read from last: thousands of files in a row lie in few */
        int fd; /* -1: none */
        char name[HF_BUNDLE_NAME_BYTES_MAX];
    } below[HF_AUDIT_FOLDERS_OPEN];
    unsigned next; /* is replaced */
};

/* HF_ERR_NOT_FOUND, HF_ERR_INVALID (not a folder), HF_ERR_DENIED, HF_ERR_IO. The folder itself may be named by a link:
 * the person chose it. */
HF_CHECKED enum hf_status hf_audit_folder_open(const char *path, struct hf_audit_folder *out);
void hf_audit_folder_close(struct hf_audit_folder *folder);
/* Borrows the folder. Its read answers HF_ERR_INVALID for anything that is not a plain file or lies behind a link. */
struct hf_bundle_reader hf_audit_folder_reader(struct hf_audit_folder *folder);

/* Files that have no place in a bundle of a log of this size, links and the like included. Their names are cut to fit
 * and may hold any bytes but NUL. */
struct hf_audit_strays {
    uint64_t count;
    char name[HF_AUDIT_FOLDER_STRAY_LISTED_MAX]
             [HF_AUDIT_FOLDER_NAME_BYTES_MAX]; /* the first of them in no special order */
};
HF_CHECKED enum hf_status hf_audit_folder_strays(struct hf_audit_folder *folder, uint64_t size,
                                                 struct hf_audit_strays *out);

/* Reads a whole file that the person named (links are followed). HF_ERR_NOT_FOUND, HF_ERR_LIMIT, HF_ERR_INVALID not a
 * plain file, HF_ERR_DENIED, HF_ERR_IO, HF_ERR_NOMEM. */
HF_CHECKED enum hf_status hf_audit_folder_read_file(const char *path, size_t limit_bytes, struct hf_buf *out);

#endif
