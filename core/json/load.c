/* Bytes and files to values. */
#include "core/json/json.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define READ_BYTES 65536u

/* jansson only knows a nesting limit of its own, far above ours, so brackets outside texts are counted first. */
struct depth_scan {
    size_t depth;
    size_t line;
    size_t column;
    bool in_text;
    bool escaped;
};

static void scan_byte(struct depth_scan *scan, uint8_t byte)
{
    if (byte == '\n') {
        scan->line++;
        scan->column = 0;
    } else if ((byte & 0xC0u) != 0x80u) {
        scan->column++;
    }

    if (scan->in_text) {
        if (byte == '"' && !scan->escaped)
            scan->in_text = false;
        scan->escaped = byte == '\\' && !scan->escaped;
    } else if (byte == '"') {
        scan->in_text = true;
    } else if (byte == '[' || byte == '{') {
        scan->depth++;
    } else if ((byte == ']' || byte == '}') && scan->depth > 0) {
        scan->depth--;
    }
}

static enum hf_status check_depth(struct hf_slice bytes, struct hf_error *err)
{
    struct depth_scan scan = {.line = 1};
    for (size_t i = 0; i < bytes.len; i++) {
        scan_byte(&scan, bytes.data[i]);
        if (scan.depth > HF_JSON_DEPTH_MAX)
            return hf_error_set(err, HF_ERR_LIMIT,
                                "Line %zu, column %zu: lists and objects lie more than %d deep in each other here. "
                                "Use fewer levels.",
                                scan.line, scan.column, HF_JSON_DEPTH_MAX);
    }
    return HF_OK;
}

/* What jansson found, in plain words and without repeating what stands there. */
static const char *explain(enum json_error_code code)
{
    switch (code) {
    case json_error_invalid_utf8:
        return "this is not UTF-8 text. Save the file as UTF-8 and try again.";
    case json_error_premature_end_of_input:
        return "the text ends too early. Check that every bracket and quotation mark is closed.";
    case json_error_end_of_input_expected:
        return "something follows after the end. Remove it, or check for a bracket that closes too early.";
    case json_error_duplicate_key:
        return "this key stands twice in one object. Keep one of the two.";
    case json_error_numeric_overflow:
        return "this number is too large. Write a smaller one.";
    case json_error_null_character:
    case json_error_null_byte_in_key:
        return "a text holds the character \\u0000, which is not allowed. Remove it.";
    default:
        return "this is not valid JSON. Check for a missing or extra comma, quotation mark or bracket just before.";
    }
}

static enum hf_status refuse(const json_error_t *found, struct hf_error *err)
{
    enum json_error_code code = json_error_code(found);
    if (code == json_error_out_of_memory)
        return hf_error_set(err, HF_ERR_NOMEM, "%s", hf_status_text(HF_ERR_NOMEM));
    int line = found->line > 0 ? found->line : 1;
    int column = found->column > 0 ? found->column : 1;
    return hf_error_set(err, HF_ERR_INVALID, "Line %d, column %d: %s", line, column, explain(code));
}

enum hf_status hf_json_load(struct hf_slice bytes, json_t **out_value, struct hf_error *err)
{
    if (bytes.len > HF_JSON_BYTES_MAX)
        return hf_error_set(err, HF_ERR_LIMIT, "This JSON text is larger than %u MiB. Split it into smaller parts.",
                            HF_JSON_BYTES_MAX >> 20);
    enum hf_status status = check_depth(bytes, err);
    if (status != HF_OK)
        return status;

    json_error_t found;
    const char *text = bytes.len ? (const char *)bytes.data : "";
    json_t *value = json_loadb(text, bytes.len, JSON_REJECT_DUPLICATES, &found);
    if (!value)
        return refuse(&found, err);
    *out_value = value;
    return HF_OK;
}

static enum hf_status refuse_file(const char *path, int error, struct hf_error *err)
{
    /* The path stands last: a very long one is what gets cut. */
    if (error == ENOENT || error == ENOTDIR)
        return hf_error_set(err, HF_ERR_NOT_FOUND, "There is no such file. Check the name: %s", path);
    if (error == EACCES || error == EPERM)
        return hf_error_set(err, HF_ERR_DENIED, "This file may not be read. Check its permissions: %s", path);
    return hf_error_set(err, HF_ERR_IO, "This file could not be read (%s). Check it and try again: %s", strerror(error),
                        path);
}

static enum hf_status read_all(FILE *file, const char *path, struct hf_buf *out, struct hf_error *err)
{
    /* One byte above the limit is read, so that hf_json_load can tell a text that fits from one that does not. */
    while (out->len <= HF_JSON_BYTES_MAX && !feof(file)) {
        hf_buf_reserve(out, READ_BYTES);
        if (hf_buf_status(out) != HF_OK)
            return hf_error_set(err, out->status, "%s", hf_status_text(out->status));
        errno = 0;
        out->len += fread(out->data + out->len, 1, READ_BYTES, file);
        if (ferror(file))
            return refuse_file(path, errno ? errno : EIO, err);
    }
    return HF_OK;
}

enum hf_status hf_json_load_file(const char *path, json_t **out_value, struct hf_error *err)
{
    const bool standard_input = strcmp(path, "-") == 0;
    FILE *file = standard_input ? stdin : fopen(path, "rb");
    if (!file)
        return refuse_file(path, errno, err);

    struct hf_buf bytes = {0};
    enum hf_status status = read_all(file, path, &bytes, err);
    if (!standard_input)
        fclose(file);
    if (status == HF_OK)
        status = hf_json_load(hf_buf_slice(&bytes), out_value, err);
    hf_buf_wipe(&bytes);
    return status;
}
