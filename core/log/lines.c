#include "core/log/lines.h"

#include "core/base/text.h"

#include <string.h>

bool hf_lines_take(struct hf_slice *rest, struct hf_slice *out_line)
{
    const uint8_t *newline = rest->len ? memchr(rest->data, '\n', rest->len) : NULL;
    if (!newline)
        return false;
    size_t len = (size_t)(newline - rest->data);
    *out_line = hf_slice_of(rest->data, len);
    *rest = hf_slice_of(newline + 1, rest->len - len - 1);
    return true;
}

bool hf_lines_skip(struct hf_slice *text, const char *prefix)
{
    size_t len = strlen(prefix);
    if (text->len < len || memcmp(text->data, prefix, len) != 0)
        return false;
    *text = hf_slice_of(text->data + len, text->len - len);
    return true;
}

enum hf_status hf_lines_decimal(struct hf_slice text, uint64_t *out)
{
    uint64_t value = 0;
    if (text.len == 0 || (text.len > 1 && text.data[0] == '0'))
        return HF_ERR_INVALID;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return HF_ERR_INVALID;
        unsigned digit = (unsigned)(text.data[i] - '0');
        if (value > (UINT64_MAX - digit) / 10)
            return HF_ERR_INVALID;
        value = value * 10 + digit;
    }
    *out = value;
    return HF_OK;
}

enum hf_status hf_lines_hash(struct hf_slice text, struct hf_hash *out)
{
    struct hf_buf bytes;
    hf_buf_init(&bytes, 0);
    enum hf_status status = text.len == 44 ? hf_text_unbase64(text, &bytes) : HF_ERR_INVALID;
    if (status == HF_OK)
        status = hf_buf_status(&bytes);
    if (status == HF_OK && bytes.len != sizeof out->bytes)
        status = HF_ERR_INVALID;
    if (status == HF_OK)
        memcpy(out->bytes, bytes.data, sizeof out->bytes);
    hf_buf_clear(&bytes);
    return status;
}

void hf_lines_add_hash(struct hf_buf *out, const struct hf_hash *hash)
{
    hf_text_base64(out, hf_slice_of(hash->bytes, sizeof hash->bytes));
    hf_buf_append_u8(out, '\n');
}

bool hf_lines_is_text(struct hf_slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < 0x20 && text.data[i] != '\n')
            return false;
    }
    return hf_text_is_utf8(text);
}

enum hf_status hf_lines_hand_over(const struct hf_buf *made, struct hf_buf *out)
{
    enum hf_status status = hf_buf_status(made);
    if (status != HF_OK)
        return status;
    hf_buf_append(out, made->data, made->len);
    return hf_buf_status(out);
}
