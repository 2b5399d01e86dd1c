#include "core/pack/cursor.h"

#include "core/base/assert.h"
#include "core/base/text.h"

/* --- the head of one element: its kind and its value, length or count --- */

struct head {
    enum hf_pack_kind kind;
    uint64_t value; /* unsigned value, bool, length or count; for HF_PACK_INT the two's complement */
    size_t bytes;   /* of the head itself */
};

/* Tags 0xC4 to 0xDF that are followed by a number of `width` bytes. A value below `least` has a shorter form and is
 * refused; for negative integers `least` is the size below zero that the shorter form still reaches. Rows left empty
 * (floats, extension types) are refused. */
struct wide_form {
    enum hf_pack_kind kind;
    uint8_t width;
    uint64_t least;
};

#define WIDE_FIRST 0xC4u
#define WIDE_LAST  0xDFu

static const struct wide_form wide_forms[WIDE_LAST - WIDE_FIRST + 1] = {
    [0xC4 - WIDE_FIRST] = {HF_PACK_BYTES, 1, 0},         [0xC5 - WIDE_FIRST] = {HF_PACK_BYTES, 2, 1u << 8},
    [0xC6 - WIDE_FIRST] = {HF_PACK_BYTES, 4, 1u << 16},  [0xCC - WIDE_FIRST] = {HF_PACK_UINT, 1, 1u << 7},
    [0xCD - WIDE_FIRST] = {HF_PACK_UINT, 2, 1u << 8},    [0xCE - WIDE_FIRST] = {HF_PACK_UINT, 4, 1u << 16},
    [0xCF - WIDE_FIRST] = {HF_PACK_UINT, 8, 1ull << 32}, [0xD0 - WIDE_FIRST] = {HF_PACK_INT, 1, 1u << 5},
    [0xD1 - WIDE_FIRST] = {HF_PACK_INT, 2, 1u << 7},     [0xD2 - WIDE_FIRST] = {HF_PACK_INT, 4, 1u << 15},
    [0xD3 - WIDE_FIRST] = {HF_PACK_INT, 8, 1ull << 31},  [0xD9 - WIDE_FIRST] = {HF_PACK_TEXT, 1, 1u << 5},
    [0xDA - WIDE_FIRST] = {HF_PACK_TEXT, 2, 1u << 8},    [0xDB - WIDE_FIRST] = {HF_PACK_TEXT, 4, 1u << 16},
    [0xDC - WIDE_FIRST] = {HF_PACK_ARRAY, 2, 1u << 4},   [0xDD - WIDE_FIRST] = {HF_PACK_ARRAY, 4, 1u << 16},
    [0xDE - WIDE_FIRST] = {HF_PACK_MAP, 2, 1u << 4},     [0xDF - WIDE_FIRST] = {HF_PACK_MAP, 4, 1u << 16},
};

static uint64_t read_number(const uint8_t *at, size_t width)
{
    uint64_t value = 0;
    for (size_t i = 0; i < width; i++)
        value = value << 8 | at[i];
    return value;
}

/* The two's complement of `width` bytes, widened to 64 bits. */
static uint64_t widen_sign(uint64_t value, size_t width)
{
    uint64_t sign = 1ull << (8 * width - 1);
    return (value ^ sign) - sign;
}

static bool read_wide(const uint8_t *at, size_t left, struct head *out_head)
{
    const struct wide_form *form = &wide_forms[at[0] - WIDE_FIRST];
    if (form->width == 0 || left < 1u + form->width)
        return false;

    uint64_t value = read_number(at + 1, form->width);
    if (form->kind == HF_PACK_INT) {
        value = widen_sign(value, form->width);
        bool negative = value >> 63 != 0;
        if (!negative || 0 - value <= form->least)
            return false;
    } else if (value < form->least) {
        return false;
    }
    *out_head = (struct head){.kind = form->kind, .value = value, .bytes = 1u + form->width};
    return true;
}

static bool read_head(const uint8_t *at, size_t left, struct head *out_head)
{
    if (left == 0)
        return false;
    const uint8_t tag = at[0];
    if (tag >= WIDE_FIRST && tag <= WIDE_LAST)
        return read_wide(at, left, out_head);

    struct head head = {.bytes = 1};
    if (tag < 0x80) {
        head.kind = HF_PACK_UINT;
        head.value = tag;
    } else if (tag >= 0xE0) {
        head.kind = HF_PACK_INT;
        head.value = widen_sign(tag, 1);
    } else if (tag < 0x90) {
        head.kind = HF_PACK_MAP;
        head.value = tag & 0x0Fu;
    } else if (tag < 0xA0) {
        head.kind = HF_PACK_ARRAY;
        head.value = tag & 0x0Fu;
    } else if (tag < 0xC0) {
        head.kind = HF_PACK_TEXT;
        head.value = tag & 0x1Fu;
    } else if (tag == 0xC0) {
        head.kind = HF_PACK_NIL;
    } else if (tag == 0xC2 || tag == 0xC3) {
        head.kind = HF_PACK_BOOL;
        head.value = tag & 1u;
    } else {
        return false; /* 0xC1 is not used */
    }
    *out_head = head;
    return true;
}

/* --- taking one element --- */

static size_t bytes_left(const struct hf_cursor *cursor)
{
    return (size_t)(cursor->end - cursor->at);
}

static struct hf_cursor_level *level_of(struct hf_cursor *cursor)
{
    return &cursor->level[cursor->depth];
}

static bool fail(struct hf_cursor *cursor, enum hf_status status)
{
    if (cursor->status == HF_OK)
        cursor->status = status;
    return false;
}

/* The outermost level has no count of its own: it ends with the input. */
static bool at_level_end(struct hf_cursor *cursor)
{
    return cursor->depth == 0 ? bytes_left(cursor) == 0 : level_of(cursor)->left == 0;
}

/* Reads the head of the next element without moving. */
static bool look(struct hf_cursor *cursor, struct head *out_head)
{
    if (cursor->status != HF_OK)
        return false;
    if (at_level_end(cursor) || !read_head(cursor->at, bytes_left(cursor), out_head))
        return fail(cursor, HF_ERR_INVALID);
    return true;
}

static bool expect(struct hf_cursor *cursor, enum hf_pack_kind kind, struct head *out_head)
{
    if (!look(cursor, out_head))
        return false;
    return out_head->kind == kind || fail(cursor, HF_ERR_INVALID);
}

static bool key_ascends(struct hf_cursor_level *level, struct hf_slice encoded)
{
    if (level->last_key.len > 0 && hf_slice_compare(level->last_key, encoded) >= 0)
        return false;
    level->last_key = encoded;
    return true;
}

/* Steps over `len` bytes that make up a scalar or the head of an array or map, and counts the element. */
static bool advance(struct hf_cursor *cursor, size_t len)
{
    struct hf_cursor_level *level = level_of(cursor);
    if (cursor->budget == 0)
        return fail(cursor, HF_ERR_LIMIT);
    if (level->is_map && level->at_key && !key_ascends(level, hf_slice_of(cursor->at, len)))
        return fail(cursor, HF_ERR_INVALID);

    cursor->budget--;
    cursor->at += len;
    level->at_key = !level->at_key;
    if (cursor->depth > 0)
        level->left--;
    return true;
}

/* Takes text or bytes of at most max_bytes (0: any length). */
static struct hf_slice take_run(struct hf_cursor *cursor, enum hf_pack_kind kind, size_t max_bytes)
{
    const struct hf_slice none = {0};
    struct head head;
    if (!expect(cursor, kind, &head))
        return none;
    if (head.value > bytes_left(cursor) - head.bytes) {
        fail(cursor, HF_ERR_INVALID);
        return none;
    }
    struct hf_slice run = hf_slice_of(cursor->at + head.bytes, (size_t)head.value);
    if (max_bytes && run.len > max_bytes) {
        fail(cursor, HF_ERR_LIMIT);
        return none;
    }
    if (kind == HF_PACK_TEXT && !hf_text_is_utf8(run)) {
        fail(cursor, HF_ERR_INVALID);
        return none;
    }
    return advance(cursor, head.bytes + run.len) ? run : none;
}

static uint32_t enter(struct hf_cursor *cursor, enum hf_pack_kind kind, uint32_t max_count)
{
    struct head head;
    if (!expect(cursor, kind, &head))
        return 0;
    const bool is_map = kind == HF_PACK_MAP;
    const struct hf_cursor_level *level = level_of(cursor);
    /* Every element takes a byte at least; and a key must be a scalar, so that keys can be put in order. */
    if (head.value > (bytes_left(cursor) - head.bytes) / (is_map ? 2 : 1) || (level->is_map && level->at_key)) {
        fail(cursor, HF_ERR_INVALID);
        return 0;
    }
    if (head.value > max_count || head.value > UINT32_MAX / 2 || cursor->depth == HF_PACK_DEPTH_MAX) {
        fail(cursor, HF_ERR_LIMIT);
        return 0;
    }
    if (!advance(cursor, head.bytes))
        return 0;

    uint32_t count = (uint32_t)head.value;
    cursor->depth++;
    *level_of(cursor) =
        (struct hf_cursor_level){.left = is_map ? count * 2 : count, .is_map = is_map, .at_key = is_map};
    return count;
}

/* --- the functions of the header --- */

void hf_cursor_init(struct hf_cursor *cursor, struct hf_slice input, uint32_t element_budget)
{
    static const uint8_t nothing[1] = {0};
    const uint8_t *at = input.len ? input.data : nothing;
    *cursor = (struct hf_cursor){.at = at, .end = at + input.len, .budget = element_budget};
}

enum hf_pack_kind hf_cursor_peek(struct hf_cursor *cursor)
{
    struct head head;
    if (cursor->status != HF_OK || at_level_end(cursor) || !look(cursor, &head))
        return HF_PACK_END;
    return head.kind;
}

void hf_cursor_nil(struct hf_cursor *cursor)
{
    struct head head;
    if (expect(cursor, HF_PACK_NIL, &head))
        (void)advance(cursor, head.bytes);
}

bool hf_cursor_bool(struct hf_cursor *cursor)
{
    struct head head;
    return expect(cursor, HF_PACK_BOOL, &head) && advance(cursor, head.bytes) && head.value != 0;
}

uint64_t hf_cursor_uint(struct hf_cursor *cursor)
{
    struct head head;
    return expect(cursor, HF_PACK_UINT, &head) && advance(cursor, head.bytes) ? head.value : 0;
}

int64_t hf_cursor_int(struct hf_cursor *cursor)
{
    struct head head;
    if (!look(cursor, &head))
        return 0;
    bool fits = head.kind == HF_PACK_INT || (head.kind == HF_PACK_UINT && head.value <= INT64_MAX);
    if (!fits) {
        fail(cursor, HF_ERR_INVALID);
        return 0;
    }
    return advance(cursor, head.bytes) ? (int64_t)head.value : 0;
}

struct hf_slice hf_cursor_text(struct hf_cursor *cursor, size_t max_bytes)
{
    return take_run(cursor, HF_PACK_TEXT, max_bytes);
}

struct hf_slice hf_cursor_bytes(struct hf_cursor *cursor, size_t max_bytes)
{
    return take_run(cursor, HF_PACK_BYTES, max_bytes);
}

const uint8_t *hf_cursor_fixed(struct hf_cursor *cursor, size_t len)
{
    struct head head;
    if (!expect(cursor, HF_PACK_BYTES, &head))
        return NULL;
    if (head.value != len) {
        fail(cursor, HF_ERR_INVALID);
        return NULL;
    }
    return take_run(cursor, HF_PACK_BYTES, 0).data;
}

struct hf_id hf_cursor_id(struct hf_cursor *cursor)
{
    const uint8_t *bytes = hf_cursor_fixed(cursor, HF_ID_BYTES);
    return bytes ? hf_id_from_bytes(bytes) : hf_id_zero();
}

uint32_t hf_cursor_array(struct hf_cursor *cursor, uint32_t max_count)
{
    return enter(cursor, HF_PACK_ARRAY, max_count);
}

uint32_t hf_cursor_map(struct hf_cursor *cursor, uint32_t max_count)
{
    return enter(cursor, HF_PACK_MAP, max_count);
}

void hf_cursor_leave(struct hf_cursor *cursor)
{
    if (cursor->status != HF_OK)
        return;
    HF_ASSERT(cursor->depth > 0);
    if (level_of(cursor)->left > 0)
        fail(cursor, HF_ERR_INVALID);
    else
        cursor->depth--;
}

/* Takes a scalar whole, or goes into an array or map. */
static void step_in(struct hf_cursor *cursor)
{
    struct head head;
    if (!look(cursor, &head))
        return;
    if (head.kind == HF_PACK_TEXT || head.kind == HF_PACK_BYTES)
        (void)take_run(cursor, head.kind, 0);
    else if (head.kind == HF_PACK_ARRAY || head.kind == HF_PACK_MAP)
        (void)enter(cursor, head.kind, UINT32_MAX);
    else
        (void)advance(cursor, head.bytes);
}

struct hf_slice hf_cursor_skip(struct hf_cursor *cursor)
{
    const uint8_t *start = cursor->at;
    const uint32_t depth = cursor->depth;
    /* Ends because every round spends budget or fails. */
    do {
        step_in(cursor);
        while (cursor->status == HF_OK && cursor->depth > depth && level_of(cursor)->left == 0)
            hf_cursor_leave(cursor);
    } while (cursor->status == HF_OK && cursor->depth > depth);

    if (cursor->status != HF_OK)
        return (struct hf_slice){0};
    return hf_slice_of(start, (size_t)(cursor->at - start));
}

void hf_cursor_fail(struct hf_cursor *cursor, enum hf_status status)
{
    HF_ASSERT(status != HF_OK);
    fail(cursor, status);
}

enum hf_status hf_cursor_status(const struct hf_cursor *cursor)
{
    return cursor->status;
}

enum hf_status hf_cursor_end(const struct hf_cursor *cursor)
{
    if (cursor->status != HF_OK)
        return cursor->status;
    return cursor->depth == 0 && cursor->at == cursor->end ? HF_OK : HF_ERR_INVALID;
}
