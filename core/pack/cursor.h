/* Reading msgpack strictly (formats.md 4): depth <= HF_PACK_DEPTH_MAX, counts never above the bytes left, an element
 * budget, minimal integers and lengths, ascending unique map keys, valid UTF-8, no floats, no extension types, no
 * trailing bytes. Never allocates. Values borrow from the input.
 *
 * Map keys are scalars and ascend by their encoded bytes: small numbers before large ones, short texts before longer
 * ones and texts of one length in bytewise order. The outermost level may hold several elements one after another; it
 * ends with the input.
 *
 * The cursor remembers its first error; after one, every getter returns an empty value, so reading code checks once
 * at the end with hf_cursor_end (or hf_cursor_status). Not thread-safe; one cursor, one reader. */
#ifndef HF_CORE_PACK_CURSOR_H
#define HF_CORE_PACK_CURSOR_H

#include "core/base/bytes.h"
#include "core/base/id.h"

#define HF_PACK_DEPTH_MAX    8
#define HF_PACK_ELEMENTS_MAX (1u << 20) /* default budget of one message */

enum hf_pack_kind {
    HF_PACK_END, /* nothing left at this level, or an error before */
    HF_PACK_NIL,
    HF_PACK_BOOL,
    HF_PACK_UINT,
    HF_PACK_INT, /* negative only; non-negative integers are HF_PACK_UINT */
    HF_PACK_TEXT,
    HF_PACK_BYTES,
    HF_PACK_ARRAY,
    HF_PACK_MAP
};

struct hf_cursor {
    const uint8_t *at;
    const uint8_t *end;
    uint32_t budget;
    uint32_t depth;
    struct hf_cursor_level {
        uint32_t left; /* elements left; for a map, keys and values counted apart */
        bool is_map;
        bool at_key;
        struct hf_slice last_key; /* encoded bytes of the last key, for ascending order */
    } level[HF_PACK_DEPTH_MAX + 1];
    enum hf_status status; /* HF_OK, HF_ERR_INVALID or HF_ERR_LIMIT */
};

void hf_cursor_init(struct hf_cursor *cursor, struct hf_slice input, uint32_t element_budget);

/* Kind of the next element at this level, without taking it. HF_PACK_END at the end of an array or map. */
enum hf_pack_kind hf_cursor_peek(struct hf_cursor *cursor);

void hf_cursor_nil(struct hf_cursor *cursor);
bool hf_cursor_bool(struct hf_cursor *cursor);
uint64_t hf_cursor_uint(struct hf_cursor *cursor);
/* Any integer that fits int64_t. */
int64_t hf_cursor_int(struct hf_cursor *cursor);
/* Text of at most max_bytes (0: no own limit); more is HF_ERR_LIMIT. */
struct hf_slice hf_cursor_text(struct hf_cursor *cursor, size_t max_bytes);
struct hf_slice hf_cursor_bytes(struct hf_cursor *cursor, size_t max_bytes);
/* Bin of exactly `len` bytes, borrowed; NULL after an error. */
const uint8_t *hf_cursor_fixed(struct hf_cursor *cursor, size_t len);
struct hf_id hf_cursor_id(struct hf_cursor *cursor);

/* Enters an array or map and returns its count (of pairs for a map), at most max_count; leave it after the last
 * element with hf_cursor_leave, which fails when elements remain. */
uint32_t hf_cursor_array(struct hf_cursor *cursor, uint32_t max_count);
uint32_t hf_cursor_map(struct hf_cursor *cursor, uint32_t max_count);
void hf_cursor_leave(struct hf_cursor *cursor);

/* Skips one element of any kind, checking it as strictly; returns its encoded bytes (borrowed). */
struct hf_slice hf_cursor_skip(struct hf_cursor *cursor);

/* Marks the input as bad (HF_ERR_INVALID) from the reader's side, for rules that msgpack does not know. */
void hf_cursor_fail(struct hf_cursor *cursor, enum hf_status status);

HF_CHECKED enum hf_status hf_cursor_status(const struct hf_cursor *cursor);
/* HF_OK only when nothing failed and the input was used up. */
HF_CHECKED enum hf_status hf_cursor_end(const struct hf_cursor *cursor);

#endif
