/* Small files that commands of holdfastd read and write whole. */
#ifndef HF_SERVER_CLI_FILE_H
#define HF_SERVER_CLI_FILE_H

#include "core/base/bytes.h"
#include "server/cli/office_run.h"

/* A word as a path; false when it cannot be one. */
bool hf_cli_path(struct hf_slice word, char out[HF_CLI_PATH_BYTES]);
/* HF_ERR_IO, HF_ERR_LIMIT, with text. out is initialised with the limit. */
HF_CHECKED enum hf_status hf_cli_read_file(const char *path, size_t limit_bytes, struct hf_buf *out,
                                           struct hf_error *err);
HF_CHECKED enum hf_status hf_cli_write_file(const char *path, const struct hf_buf *bytes, struct hf_error *err);

#endif
