#include "core/model/snapshot.h"

#include "core/pack/cursor.h"
#include "core/pack/writer.h"

#include <string.h>

#define ROW_BYTES (HF_ID_BYTES + HF_HASH_BYTES)

static const char name[] = "digests";
enum { KEY_NAME = 1, KEY_SIZE = 2, KEY_ROWS = 3, KEY_COUNT = 3 };

void hf_digests_body_encode(uint64_t size, const struct hf_case_digest *cases, size_t count, struct hf_buf *out)
{
    struct hf_buf rows = {0};
    for (size_t i = 0; i < count; i++) {
        hf_buf_append(&rows, cases[i].case_id.bytes, HF_ID_BYTES);
        hf_buf_append(&rows, cases[i].digest, HF_HASH_BYTES);
    }
    if (hf_buf_status(&rows) != HF_OK && out->status == HF_OK)
        out->status = hf_buf_status(&rows);
    hf_pack_map(out, KEY_COUNT);
    hf_pack_uint(out, KEY_NAME);
    hf_pack_text(out, hf_slice_str(name));
    hf_pack_uint(out, KEY_SIZE);
    hf_pack_uint(out, size);
    hf_pack_uint(out, KEY_ROWS);
    hf_pack_bytes(out, hf_buf_slice(&rows));
    hf_buf_clear(&rows);
}

static bool rows_fit(struct hf_slice rows)
{
    if (rows.len == 0 || rows.len % ROW_BYTES != 0)
        return false;
    for (size_t at = ROW_BYTES; at < rows.len; at += ROW_BYTES)
        if (memcmp(rows.data + at - ROW_BYTES, rows.data + at, HF_ID_BYTES) >= 0)
            return false;
    return true;
}

enum hf_status hf_digests_body_decode(struct hf_slice bytes, struct hf_digests_body *out)
{
    struct hf_cursor cursor;
    struct hf_digests_body body = {0};
    hf_cursor_init(&cursor, bytes, HF_PACK_ELEMENTS_MAX);
    const uint32_t pairs = hf_cursor_map(&cursor, UINT32_MAX);
    const bool named = hf_cursor_uint(&cursor) == KEY_NAME;
    const struct hf_slice said = hf_cursor_text(&cursor, HF_BODY_BYTES_MAX);
    if (hf_cursor_status(&cursor) != HF_OK || !named)
        return HF_ERR_INVALID;
    if (!hf_slice_equal(said, hf_slice_str(name)))
        return HF_ERR_UNSUPPORTED;
    const bool second = pairs == KEY_COUNT && hf_cursor_uint(&cursor) == KEY_SIZE;
    body.size = hf_cursor_uint(&cursor);
    const bool third = second && hf_cursor_uint(&cursor) == KEY_ROWS;
    body.rows = hf_cursor_bytes(&cursor, HF_DIGESTS_CASES_MAX * ROW_BYTES);
    hf_cursor_leave(&cursor);
    enum hf_status status = hf_cursor_end(&cursor);
    if (status != HF_OK)
        return status;
    if (!third || !rows_fit(body.rows))
        return HF_ERR_INVALID;
    body.count = body.rows.len / ROW_BYTES;
    *out = body;
    return HF_OK;
}

const uint8_t *hf_digests_body_find(const struct hf_digests_body *body, const struct hf_id *case_id)
{
    size_t low = 0, high = body->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const uint8_t *row = body->rows.data + middle * ROW_BYTES;
        const int order = memcmp(row, case_id->bytes, HF_ID_BYTES);
        if (order == 0)
            return row + HF_ID_BYTES;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}
