#include "core/pack/squeeze.h"

#include "core/base/assert.h"

#include <string.h>
#include <zstd.h>

enum { AS_IT_IS = 0, ZSTD_FRAME = 1 };

#define LEVEL        3
#define WORTH_BYTES  96 /* below, a frame's own bytes eat what it saves */
#define HEADER_BYTES 1

static void append_plain(struct hf_slice bytes, struct hf_buf *out)
{
    hf_buf_append_u8(out, AS_IT_IS);
    hf_buf_append_slice(out, bytes);
}

void hf_squeeze(struct hf_slice bytes, struct hf_buf *out)
{
    const size_t start = out->len;
    if (bytes.len < WORTH_BYTES) {
        append_plain(bytes, out);
        return;
    }
    const size_t bound = ZSTD_compressBound(bytes.len);
    hf_buf_reserve(out, HEADER_BYTES + bound);
    if (hf_buf_status(out) != HF_OK)
        return;
    hf_buf_append_u8(out, ZSTD_FRAME);
    const size_t len = ZSTD_compress(out->data + out->len, bound, bytes.data, bytes.len, LEVEL);
    if (!ZSTD_isError(len) && len < bytes.len) {
        out->len += len;
        return;
    }
    out->len = start;
    append_plain(bytes, out);
}

enum hf_status hf_unsqueeze_size(struct hf_slice squeezed, size_t max_bytes, size_t *out_len)
{
    if (squeezed.len < HEADER_BYTES)
        return HF_ERR_INVALID;
    const size_t len = squeezed.len - HEADER_BYTES;
    if (squeezed.data[0] == AS_IT_IS) {
        *out_len = len;
        return len > max_bytes ? HF_ERR_LIMIT : HF_OK;
    }
    if (squeezed.data[0] != ZSTD_FRAME)
        return HF_ERR_INVALID;
    const unsigned long long size = ZSTD_getFrameContentSize(squeezed.data + HEADER_BYTES, len);
    if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN || size == 0)
        return HF_ERR_INVALID;
    if (size > max_bytes)
        return HF_ERR_LIMIT;
    *out_len = (size_t)size;
    return HF_OK;
}

enum hf_status hf_unsqueeze(struct hf_slice squeezed, uint8_t *out, size_t len)
{
    HF_ASSERT(squeezed.len >= HEADER_BYTES);
    const struct hf_slice content = hf_slice_of(squeezed.data + HEADER_BYTES, squeezed.len - HEADER_BYTES);
    if (squeezed.data[0] == AS_IT_IS) {
        if (content.len != len)
            return HF_ERR_INVALID;
        if (len > 0)
            memcpy(out, content.data, len);
        return HF_OK;
    }
    /* One frame and nothing behind it: otherwise there would be many ways to say the same. */
    if (ZSTD_findFrameCompressedSize(content.data, content.len) != content.len)
        return HF_ERR_INVALID;
    ZSTD_DCtx *context = ZSTD_createDCtx();
    if (!context)
        return HF_ERR_NOMEM;
    const size_t got = ZSTD_decompressDCtx(context, out, len, content.data, content.len);
    ZSTD_freeDCtx(context);
    return !ZSTD_isError(got) && got == len ? HF_OK : HF_ERR_INVALID;
}
