/* Reads one element through the cursor and writes the same again. What the cursor accepts has one form only, so the
 * copy must be the same bytes. In a header because the fuzz target uses it as well. */
#ifndef HF_TESTS_PACK_SUPPORT_COPY_H
#define HF_TESTS_PACK_SUPPORT_COPY_H

#include "core/pack/cursor.h"
#include "core/pack/writer.h"

static void copy_element(struct hf_cursor *cursor, struct hf_buf *out);

static inline void copy_array(struct hf_cursor *cursor, struct hf_buf *out)
{
    uint32_t count = hf_cursor_array(cursor, UINT32_MAX);
    hf_pack_array(out, count);
    for (uint32_t i = 0; i < count && cursor->status == HF_OK; i++)
        copy_element(cursor, out);
    hf_cursor_leave(cursor);
}

static inline void copy_map(struct hf_cursor *cursor, struct hf_buf *out)
{
    uint32_t count = hf_cursor_map(cursor, UINT32_MAX);
    hf_pack_map(out, count);
    for (uint32_t i = 0; i < count && cursor->status == HF_OK; i++) {
        copy_element(cursor, out);
        copy_element(cursor, out);
    }
    hf_cursor_leave(cursor);
}

/* Nests no deeper than the cursor lets it. */
static inline void copy_element(struct hf_cursor *cursor, struct hf_buf *out)
{
    switch (hf_cursor_peek(cursor)) {
    case HF_PACK_NIL:
        hf_cursor_nil(cursor);
        hf_pack_nil(out);
        break;
    case HF_PACK_BOOL:
        hf_pack_bool(out, hf_cursor_bool(cursor));
        break;
    case HF_PACK_UINT:
        hf_pack_uint(out, hf_cursor_uint(cursor));
        break;
    case HF_PACK_INT:
        hf_pack_int(out, hf_cursor_int(cursor));
        break;
    case HF_PACK_TEXT:
        hf_pack_text(out, hf_cursor_text(cursor, 0));
        break;
    case HF_PACK_BYTES:
        hf_pack_bytes(out, hf_cursor_bytes(cursor, 0));
        break;
    case HF_PACK_ARRAY:
        copy_array(cursor, out);
        break;
    case HF_PACK_MAP:
        copy_map(cursor, out);
        break;
    case HF_PACK_END:
        hf_cursor_fail(cursor, HF_ERR_INVALID);
        break;
    }
}

#endif
