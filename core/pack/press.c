#include "core/pack/press.h"

#include "core/crypto/crypto.h"
#include "core/pack/press_words.h"

#include <stdlib.h>
#include <string.h>
#define ZSTD_STATIC_LINKING_ONLY /* memory of our own, which is wiped, and frames without a magic number */
#include <zstd.h>

enum { AS_IT_IS = 0, FRAME_1 = 1 };

#define LEVEL        3
#define WORTH_BYTES  24          /* below, a frame's own bytes eat what it saves */
#define KEPT_BYTES   (64 * 1024) /* working memory that a larger text needs is given back */
#define SIZE_BYTES   16          /* before each piece of zstd's memory; keeps it aligned */
#define HEADER_BYTES 1
#define WORDS_BYTES  (HF_PRESS_TABLES_BYTES + HF_PRESS_WORDS_BYTES)

struct hf_press {
    ZSTD_CDict *words_in;
    ZSTD_DDict *words_out;
    ZSTD_CCtx *in;
    ZSTD_DCtx *out;
};

/* --- memory that is wiped --- */

static void *take(void *ctx, size_t bytes)
{
    (void)ctx;
    uint8_t *memory = bytes <= SIZE_MAX - SIZE_BYTES ? malloc(SIZE_BYTES + bytes) : NULL;
    if (!memory)
        return NULL;
    memcpy(memory, &bytes, sizeof bytes);
    return memory + SIZE_BYTES;
}

static void give(void *ctx, void *address)
{
    (void)ctx;
    if (!address)
        return;
    uint8_t *memory = (uint8_t *)address - SIZE_BYTES;
    size_t bytes;
    memcpy(&bytes, memory, sizeof bytes);
    hf_wipe(memory, SIZE_BYTES + bytes);
    free(memory);
}

static const ZSTD_customMem wiped = {take, give, NULL};

/* --- contexts --- */

static bool set(ZSTD_CCtx *in, ZSTD_cParameter parameter, int value)
{
    return !ZSTD_isError(ZSTD_CCtx_setParameter(in, parameter, value));
}

static bool begin_in(struct hf_press *press)
{
    if (press->in)
        return true;
    ZSTD_CCtx *in = ZSTD_createCCtx_advanced(wiped);
    if (in && set(in, ZSTD_c_format, ZSTD_f_zstd1_magicless) && set(in, ZSTD_c_dictIDFlag, 0) &&
        set(in, ZSTD_c_checksumFlag, 1) && !ZSTD_isError(ZSTD_CCtx_refCDict(in, press->words_in))) {
        press->in = in;
        return true;
    }
    (void)ZSTD_freeCCtx(in);
    return false;
}

static bool begin_out(struct hf_press *press)
{
    if (press->out)
        return true;
    ZSTD_DCtx *out = ZSTD_createDCtx_advanced(wiped);
    if (out && !ZSTD_isError(ZSTD_DCtx_setParameter(out, ZSTD_d_format, ZSTD_f_zstd1_magicless)) &&
        !ZSTD_isError(ZSTD_DCtx_refDDict(out, press->words_out))) {
        press->out = out;
        return true;
    }
    (void)ZSTD_freeDCtx(out);
    return false;
}

static void end_in(struct hf_press *press)
{
    (void)ZSTD_freeCCtx(press->in);
    press->in = NULL;
}

struct hf_press *hf_press_new(void)
{
    uint8_t words[WORDS_BYTES];
    struct hf_press *press = calloc(1, sizeof *press);
    if (!press)
        return NULL;
    memcpy(words, hf_press_tables, HF_PRESS_TABLES_BYTES);
    memcpy(words + HF_PRESS_TABLES_BYTES, hf_press_words, HF_PRESS_WORDS_BYTES);
    press->words_in = ZSTD_createCDict(words, sizeof words, LEVEL);
    press->words_out = ZSTD_createDDict(words, sizeof words);
    if (press->words_in && press->words_out)
        return press;
    hf_press_free(press);
    return NULL;
}

void hf_press_free(struct hf_press *press)
{
    if (!press)
        return;
    end_in(press);
    (void)ZSTD_freeDCtx(press->out);
    (void)ZSTD_freeCDict(press->words_in);
    (void)ZSTD_freeDDict(press->words_out);
    free(press);
}

/* --- in --- */

static void append_plain(struct hf_slice bytes, struct hf_buf *out)
{
    hf_buf_append_u8(out, AS_IT_IS);
    hf_buf_append_slice(out, bytes);
}

void hf_press_pack(struct hf_press *press, struct hf_slice bytes, struct hf_buf *out)
{
    const size_t start = out->len;
    if (bytes.len < WORTH_BYTES || !begin_in(press)) {
        append_plain(bytes, out);
        return;
    }
    const size_t bound = ZSTD_compressBound(bytes.len);
    hf_buf_reserve(out, HEADER_BYTES + bound);
    if (hf_buf_status(out) != HF_OK)
        return;
    hf_buf_append_u8(out, FRAME_1);
    const size_t len = ZSTD_compress2(press->in, out->data + out->len, bound, bytes.data, bytes.len);
    if (ZSTD_isError(len) || bytes.len > KEPT_BYTES)
        end_in(press);
    if (!ZSTD_isError(len) && len < bytes.len) {
        out->len += len;
        return;
    }
    out->len = start;
    append_plain(bytes, out);
}

/* --- out --- */

/* One frame and nothing behind it. */
static enum hf_status frame_size(struct hf_slice frame, size_t max_bytes, size_t *out)
{
    ZSTD_frameHeader header;
    if (ZSTD_getFrameHeader_advanced(&header, frame.data, frame.len, ZSTD_f_zstd1_magicless) != 0 ||
        header.frameType != ZSTD_frame || header.frameContentSize == ZSTD_CONTENTSIZE_UNKNOWN || !header.checksumFlag)
        return HF_ERR_CORRUPT;
    if (header.frameContentSize == 0)
        return HF_ERR_CORRUPT; /* nothing is never pressed: it is kept as it is */
    if (header.frameContentSize > max_bytes)
        return HF_ERR_LIMIT;
    *out = (size_t)header.frameContentSize;
    return HF_OK;
}

static enum hf_status unpack_frame(struct hf_press *press, struct hf_slice frame, size_t max_bytes, struct hf_buf *out)
{
    size_t size = 0;
    enum hf_status status = frame_size(frame, max_bytes, &size);
    if (status != HF_OK)
        return status;
    if (!begin_out(press))
        return HF_ERR_NOMEM;
    hf_buf_reserve(out, size);
    if (hf_buf_status(out) != HF_OK)
        return hf_buf_status(out);
    const size_t got = ZSTD_decompressDCtx(press->out, out->data + out->len, size, frame.data, frame.len);
    if (ZSTD_isError(got) || got != size)
        return HF_ERR_CORRUPT;
    out->len += size;
    return HF_OK;
}

enum hf_status hf_press_unpack(struct hf_press *press, struct hf_slice pressed, size_t max_bytes, struct hf_buf *out)
{
    if (pressed.len < HEADER_BYTES)
        return HF_ERR_CORRUPT;
    const struct hf_slice content = hf_slice_of(pressed.data + HEADER_BYTES, pressed.len - HEADER_BYTES);
    if (pressed.data[0] == FRAME_1)
        return unpack_frame(press, content, max_bytes, out);
    if (pressed.data[0] != AS_IT_IS)
        return HF_ERR_CORRUPT;
    if (content.len > max_bytes)
        return HF_ERR_LIMIT;
    hf_buf_append_slice(out, content);
    return hf_buf_status(out);
}
