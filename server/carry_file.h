/* The files of an exchange (exchange.h) on the disk of the office: one that is read piece by piece, and one that grows
 * under another name and gets its own when it is whole. So a name that was asked for is never that of half a file, also
 * after a kill. Texts of errors are for people. */
#ifndef HF_SERVER_CARRY_FILE_H
#define HF_SERVER_CARRY_FILE_H

#include "core/base/bytes.h"
#include "core/base/status.h"

#define HF_CARRY_FILE_PATH_BYTES 4096
#define HF_CARRY_FILE_NONE       ((struct hf_carry_file){.fd = -1})

struct hf_carry_file {
    int fd; /* -1: none */
    uint64_t size;
    char path[HF_CARRY_FILE_PATH_BYTES];
    char grows_as[HF_CARRY_FILE_PATH_BYTES]; /* PATH.part; empty: it is only read, or done */
};

/* HF_ERR_NOT_FOUND, HF_ERR_INVALID: not a plain file; HF_ERR_LIMIT: longer than any such file is; HF_ERR_IO. */
HF_CHECKED enum hf_status hf_carry_file_open(const char *path, struct hf_carry_file *out, struct hf_error *err);
/* Fits hf_carry_read_fn, with the file as ctx. HF_ERR_CORRUPT: it has become shorter. */
enum hf_status hf_carry_file_read(void *ctx, uint64_t at, uint8_t *out, size_t len, struct hf_error *err);

/* A new one, 0600; what an earlier try left under PATH.part goes. HF_ERR_EXISTS: PATH is there. */
HF_CHECKED enum hf_status hf_carry_file_make(const char *path, struct hf_carry_file *out, struct hf_error *err);
enum hf_status hf_carry_file_append(void *ctx, struct hf_slice bytes, struct hf_error *err);
/* All was appended: durable, and under its name. HF_ERR_EXISTS: somebody made one meanwhile. */
HF_CHECKED enum hf_status hf_carry_file_finish(struct hf_carry_file *file, struct hf_error *err);

/* One that was not finished goes. Fine twice. */
void hf_carry_file_close(struct hf_carry_file *file);

#endif
