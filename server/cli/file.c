#include "server/cli/file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

bool hf_cli_path(struct hf_slice word, char out[HF_CLI_PATH_BYTES])
{
    if (word.len == 0 || word.len >= HF_CLI_PATH_BYTES || memchr(word.data, 0, word.len))
        return false;
    memcpy(out, word.data, word.len);
    out[word.len] = '\0';
    return true;
}

enum hf_status hf_cli_read_file(const char *path, size_t limit_bytes, struct hf_buf *out, struct hf_error *err)
{
    uint8_t chunk[4096];
    size_t got;
    FILE *file = fopen(path, "re");
    if (!file)
        return hf_error_set(err, HF_ERR_IO, "%s could not be read: %s.", path, strerror(errno));
    hf_buf_init(out, limit_bytes);
    while ((got = fread(chunk, 1, sizeof chunk, file)) > 0)
        hf_buf_append(out, chunk, got);
    bool bad = ferror(file) != 0;
    (void)fclose(file);
    if (bad)
        return hf_error_set(err, HF_ERR_IO, "%s could not be read.", path);
    if (hf_buf_status(out) != HF_OK)
        return hf_error_set(err, HF_ERR_LIMIT, "%s is longer than such a file can be.", path);
    return HF_OK;
}

enum hf_status hf_cli_write_file(const char *path, const struct hf_buf *bytes, struct hf_error *err)
{
    FILE *file = fopen(path, "we");
    if (!file)
        return hf_error_set(err, HF_ERR_IO, "%s could not be written: %s.", path, strerror(errno));
    bool fine = fwrite(bytes->data, 1, bytes->len, file) == bytes->len;
    if (fclose(file) != 0 || !fine)
        return hf_error_set(err, HF_ERR_IO, "%s could not be written.", path);
    return HF_OK;
}
