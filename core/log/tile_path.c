/* Names of tiles: tile/<L>/<N>[.p/<W>] and tile/entries/<N>[.p/<W>]. */
#include "core/log/tile.h"

#include "core/base/assert.h"
#include "core/log/lines.h"

#include <string.h>

#define GROUP_DIGITS 3
#define GROUP_BASE   1000u
#define GROUPS_MAX   7 /* 2^64-1 has 20 digits */

struct cursor {
    char *at;
    size_t left;
};

static void put_char(struct cursor *cursor, char value)
{
    HF_ASSERT(cursor->left > 1);
    *cursor->at++ = value;
    *cursor->at = '\0';
    cursor->left--;
}

static void put_text(struct cursor *cursor, const char *text)
{
    while (*text)
        put_char(cursor, *text++);
}

/* At least `digits` digits, zeros in front. */
static void put_number(struct cursor *cursor, unsigned value, unsigned digits)
{
    if (value >= 10 || digits > 1)
        put_number(cursor, value / 10, digits > 0 ? digits - 1 : 0);
    put_char(cursor, (char)('0' + value % 10));
}

static void put_index(struct cursor *cursor, uint64_t index)
{
    unsigned group[GROUPS_MAX];
    size_t count = 0;
    do {
        group[count++] = (unsigned)(index % GROUP_BASE);
        index /= GROUP_BASE;
    } while (index > 0);
    while (count > 1) {
        put_char(cursor, 'x');
        put_number(cursor, group[--count], GROUP_DIGITS);
        put_char(cursor, '/');
    }
    put_number(cursor, group[0], GROUP_DIGITS);
}

size_t hf_tile_path(const struct hf_tile_id *id, char out[HF_TILE_PATH_BYTES_MAX])
{
    struct cursor cursor = {.at = out, .left = HF_TILE_PATH_BYTES_MAX};
    HF_ASSERT(id->level <= HF_TILE_LEVEL_MAX && id->width >= 1 && id->width <= HF_TILE_WIDTH);
    put_text(&cursor, "tile/");
    if (id->entries)
        put_text(&cursor, "entries");
    else
        put_number(&cursor, id->level, 1);
    put_char(&cursor, '/');
    put_index(&cursor, id->index);
    if (id->width < HF_TILE_WIDTH) {
        put_text(&cursor, ".p/");
        put_number(&cursor, id->width, 1);
    }
    return HF_TILE_PATH_BYTES_MAX - cursor.left;
}

/* Takes what stands before the next '/', or all of it. */
static struct hf_slice take_element(struct hf_slice *rest)
{
    const uint8_t *slash = rest->len ? memchr(rest->data, '/', rest->len) : NULL;
    struct hf_slice element = *rest;
    if (slash) {
        element.len = (size_t)(slash - rest->data);
        *rest = hf_slice_of(slash + 1, rest->len - element.len - 1);
    } else {
        *rest = hf_slice_of(NULL, 0);
    }
    return element;
}

/* Three digits at the front of an element, folded into the index. */
static bool fold_group(struct hf_slice digits, uint64_t *index)
{
    uint64_t value = 0;
    if (digits.len < GROUP_DIGITS)
        return false;
    for (size_t i = 0; i < GROUP_DIGITS; i++) {
        if (digits.data[i] < '0' || digits.data[i] > '9')
            return false;
        value = value * 10 + (unsigned)(digits.data[i] - '0');
    }
    if (*index > (UINT64_MAX - value) / GROUP_BASE)
        return false;
    *index = *index * GROUP_BASE + value;
    return true;
}

/* x001/x234/067 at the front of *rest; leaves what follows the last three digits. */
static bool parse_index(struct hf_slice *rest, uint64_t *out)
{
    uint64_t index = 0;
    while (hf_lines_skip(rest, "x")) {
        struct hf_slice group = take_element(rest);
        if (group.len != GROUP_DIGITS || !fold_group(group, &index) || index == 0)
            return false;
    }
    if (!fold_group(*rest, &index))
        return false;
    *rest = hf_slice_of(rest->data + GROUP_DIGITS, rest->len - GROUP_DIGITS);
    *out = index;
    return true;
}

static bool parse_width(struct hf_slice rest, unsigned *out)
{
    uint64_t width = HF_TILE_WIDTH;
    if (rest.len > 0 && (!hf_lines_skip(&rest, ".p/") || hf_lines_decimal(rest, &width) != HF_OK || width < 1 ||
                         width >= HF_TILE_WIDTH))
        return false;
    *out = (unsigned)width;
    return true;
}

enum hf_status hf_tile_path_parse(struct hf_slice path, struct hf_tile_id *out)
{
    struct hf_tile_id id = {.entries = false};
    struct hf_slice rest = path;
    if (!hf_lines_skip(&rest, "tile/"))
        return HF_ERR_INVALID;
    if (hf_lines_skip(&rest, "entries/")) {
        id.entries = true;
    } else {
        uint64_t level;
        if (hf_lines_decimal(take_element(&rest), &level) != HF_OK || level > HF_TILE_LEVEL_MAX)
            return HF_ERR_INVALID;
        id.level = (unsigned)level;
    }
    if (!parse_index(&rest, &id.index) || !parse_width(rest, &id.width))
        return HF_ERR_INVALID;
    *out = id;
    return HF_OK;
}
