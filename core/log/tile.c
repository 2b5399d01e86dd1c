/* What is inside a tile, and how wide it is. */
#include "core/log/tile.h"

#include "core/base/assert.h"

#include <string.h>

unsigned hf_tile_width_at(unsigned level, uint64_t index, uint64_t size)
{
    if (level >= HF_TILE_LEVELS)
        return 0;
    uint64_t hashes = size >> (HF_TILE_HEIGHT * level); /* complete ones on this level */
    uint64_t full = hashes / HF_TILE_WIDTH;
    if (index < full)
        return HF_TILE_WIDTH;
    return index == full ? (unsigned)(hashes % HF_TILE_WIDTH) : 0;
}

enum hf_status hf_tile_decode(struct hf_slice bytes, unsigned width, struct hf_hash out[HF_TILE_WIDTH])
{
    if (width < 1 || width > HF_TILE_WIDTH || bytes.len != (size_t)width * HF_HASH_BYTES)
        return HF_ERR_INVALID;
    for (unsigned i = 0; i < width; i++)
        memcpy(out[i].bytes, bytes.data + (size_t)i * HF_HASH_BYTES, HF_HASH_BYTES);
    return HF_OK;
}

void hf_tile_encode(const struct hf_hash *hashes, unsigned width, struct hf_buf *out)
{
    HF_ASSERT(width >= 1 && width <= HF_TILE_WIDTH);
    for (unsigned i = 0; i < width; i++)
        hf_buf_append(out, hashes[i].bytes, HF_HASH_BYTES);
}

enum hf_status hf_entry_append(struct hf_slice entry, struct hf_buf *out)
{
    if (entry.len > HF_ENTRY_BYTES_MAX)
        return HF_ERR_LIMIT;
    hf_buf_reserve(out, entry.len + 2);
    hf_buf_append_u16(out, (uint16_t)entry.len);
    hf_buf_append_slice(out, entry);
    return hf_buf_status(out);
}

enum hf_status hf_entry_next(struct hf_slice *rest, struct hf_slice *out_entry)
{
    if (rest->len < 2)
        return HF_ERR_INVALID;
    size_t len = hf_get_u16(rest->data);
    if (rest->len - 2 < len)
        return HF_ERR_INVALID;
    *out_entry = hf_slice_of(rest->data + 2, len);
    *rest = hf_slice_of(rest->data + 2 + len, rest->len - 2 - len);
    return HF_OK;
}
