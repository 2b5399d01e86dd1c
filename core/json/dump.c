/* Values to bytes. */
#include "core/json/json.h"

#include "core/base/assert.h"

static int write_to_buf(const char *text, size_t len, void *out)
{
    struct hf_buf *buf = out;
    hf_buf_append(buf, text, len);
    return buf->status == HF_OK ? 0 : -1;
}

enum hf_status hf_json_dump(const json_t *value, unsigned style, struct hf_buf *out)
{
    HF_ASSERT(style <= (HF_JSON_INDENTED | HF_JSON_SORTED));
    if (hf_buf_status(out) != HF_OK)
        return out->status;

    size_t flags = JSON_ENCODE_ANY;
    flags |= style & HF_JSON_INDENTED ? JSON_INDENT(2) : JSON_COMPACT;
    flags |= style & HF_JSON_SORTED ? JSON_SORT_KEYS : 0;
    const size_t len = out->len;
    if (json_dump_callback(value, write_to_buf, out, flags) == 0)
        return HF_OK;
    out->len = len;
    return out->status != HF_OK ? out->status : HF_ERR_INVALID;
}
