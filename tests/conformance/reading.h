/* Shared by the runners: a whole file into memory. */
#ifndef HF_TESTS_CONFORMANCE_READING_H
#define HF_TESTS_CONFORMANCE_READING_H

#include "core/base/bytes.h"

#include <errno.h>
#include <stdio.h>

/* Appends the file. HF_ERR_NOT_FOUND, HF_ERR_IO, HF_ERR_LIMIT above limit_bytes, HF_ERR_NOMEM. */
HF_CHECKED static inline enum hf_status read_whole_file(const char *path, size_t limit_bytes, struct hf_buf *out)
{
    uint8_t piece[4096];
    size_t len;
    FILE *file = fopen(path, "rb");
    if (!file)
        return errno == ENOENT || errno == ENOTDIR ? HF_ERR_NOT_FOUND : HF_ERR_IO;
    while ((len = fread(piece, 1, sizeof piece, file)) > 0 && out->len <= limit_bytes)
        hf_buf_append(out, piece, len);
    enum hf_status status = ferror(file) ? HF_ERR_IO : hf_buf_status(out);
    if (status == HF_OK && out->len > limit_bytes)
        status = HF_ERR_LIMIT;
    (void)fclose(file);
    return status;
}

#endif
