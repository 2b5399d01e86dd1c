/* Small files that the auditor's commands read whole, and files they replace whole. */
#ifndef HF_TOOLS_AUDIT_FILE_H
#define HF_TOOLS_AUDIT_FILE_H

#include "core/base/bytes.h"

/* Appends the file. HF_ERR_NOT_FOUND, HF_ERR_LIMIT above bytes_max, HF_ERR_IO, HF_ERR_NOMEM; err says which file. */
HF_CHECKED enum hf_status hf_audit_file_read(const char *path, size_t bytes_max, struct hf_buf *out,
                                             struct hf_error *err);
/* The file holds these bytes, all of them and on the disk, or what it held before: written beside it, fsync, rename,
 * fsync of the folder. HF_ERR_IO. */
HF_CHECKED enum hf_status hf_audit_file_replace(const char *path, struct hf_slice bytes, unsigned mode,
                                                struct hf_error *err);

#endif
