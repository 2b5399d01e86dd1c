#include "core/pack/cursor.h"
#include "core/pack/squeeze.h"
#include "protocol/changes.h"

#include <stdlib.h>
#include <string.h>

#define ITEMS_MAX HF_LIMIT_FEED_ITEMS
#define CLOCK_MAX ((uint64_t)1 << 48) /* milliseconds of a clock lie below */

struct device_row {
    const uint8_t *device; /* NULL: the one of the channel */
    uint32_t incarnation;
    bool any;
    uint64_t last_seq;
};
struct seen_row {
    uint64_t size;
    const uint8_t *root;
};
struct case_row {
    struct hf_id case_id, key_id;
};

struct reader {
    struct hf_cursor cursor;
    bool is_feed;
    struct device_row *devices;
    struct seen_row *seens;
    struct case_row *cases;
    uint32_t device_count, seen_count, case_count;
    struct hf_slice signatures;
    size_t signatures_used;
    uint64_t last_index;
    uint64_t last_ms;
    uint8_t (*leaves)[HF_LEAF_BYTES];
};

static void fail(struct reader *reader)
{
    hf_cursor_fail(&reader->cursor, HF_ERR_INVALID);
}

static bool going(const struct reader *reader)
{
    return hf_cursor_status(&reader->cursor) == HF_OK;
}

static void enter(struct reader *reader, uint32_t count)
{
    if (hf_cursor_array(&reader->cursor, UINT32_MAX) != count)
        fail(reader);
}

/* --- tables --- */

static void *room(struct reader *reader, uint32_t count, size_t size)
{
    void *made = calloc((size_t)count + 1, size);
    if (!made)
        hf_cursor_fail(&reader->cursor, HF_ERR_NOMEM);
    return made;
}

static void take_devices(struct reader *reader)
{
    struct hf_cursor *cursor = &reader->cursor;
    reader->device_count = hf_cursor_array(cursor, reader->is_feed ? ITEMS_MAX : 1);
    reader->devices = room(reader, reader->device_count, sizeof *reader->devices);
    for (uint32_t i = 0; going(reader) && i < reader->device_count; i++) {
        enter(reader, 2);
        if (reader->is_feed)
            reader->devices[i].device = hf_cursor_fixed(cursor, HF_SIGN_PUBLIC_BYTES);
        else
            hf_cursor_nil(cursor);
        uint64_t incarnation = hf_cursor_uint(cursor);
        if (incarnation > UINT32_MAX)
            fail(reader);
        reader->devices[i].incarnation = (uint32_t)incarnation;
        hf_cursor_leave(cursor);
    }
    hf_cursor_leave(cursor);
}

static void take_tables(struct reader *reader)
{
    struct hf_cursor *cursor = &reader->cursor;
    take_devices(reader);
    reader->seen_count = hf_cursor_array(cursor, ITEMS_MAX);
    reader->seens = room(reader, reader->seen_count, sizeof *reader->seens);
    for (uint32_t i = 0; going(reader) && i < reader->seen_count; i++) {
        enter(reader, 2);
        reader->seens[i].size = hf_cursor_uint(cursor);
        reader->seens[i].root = hf_cursor_fixed(cursor, HF_HASH_BYTES);
        hf_cursor_leave(cursor);
    }
    hf_cursor_leave(cursor);
    reader->case_count = hf_cursor_array(cursor, ITEMS_MAX);
    reader->cases = room(reader, reader->case_count, sizeof *reader->cases);
    for (uint32_t i = 0; going(reader) && i < reader->case_count; i++) {
        enter(reader, 2);
        reader->cases[i].case_id = hf_cursor_id(cursor);
        reader->cases[i].key_id = hf_cursor_id(cursor);
        hf_cursor_leave(cursor);
    }
    hf_cursor_leave(cursor);
}

/* Number of a table row; 0 after an error, when nothing is looked up any more. */
static uint16_t take_place(struct reader *reader, uint32_t count)
{
    uint64_t place = hf_cursor_uint(&reader->cursor);
    if (going(reader) && place >= count)
        fail(reader);
    return going(reader) ? (uint16_t)place : 0;
}

/* --- rows --- */

struct link {
    bool follows;
    uint64_t seq;
    const uint8_t *prev;
};

static void take_link(struct reader *reader, struct link *out)
{
    struct hf_cursor *cursor = &reader->cursor;
    if (hf_cursor_peek(cursor) == HF_PACK_NIL) {
        hf_cursor_nil(cursor);
        out->follows = true;
        return;
    }
    enter(reader, 2);
    out->seq = hf_cursor_uint(cursor);
    if (out->seq == 0)
        hf_cursor_nil(cursor);
    else
        out->prev = hf_cursor_fixed(cursor, HF_HASH_BYTES);
    hf_cursor_leave(cursor);
}

static void apply_link(struct reader *reader, struct link *link, struct device_row *device, struct hf_leaf *leaf)
{
    if (link->follows) {
        if (!device->any || device->last_seq == UINT64_MAX)
            fail(reader);
        else
            link->seq = device->last_seq + 1;
        memset(leaf->prev, HF_ITEM_PREV_BYTE, sizeof leaf->prev);
    } else if (link->prev) {
        memcpy(leaf->prev, link->prev, sizeof leaf->prev);
    }
    leaf->seq = link->seq;
    device->any = true;
    device->last_seq = link->seq;
}

static void take_clock(struct reader *reader, struct hf_leaf *leaf)
{
    int64_t step = hf_cursor_int(&reader->cursor);
    uint64_t counter = hf_cursor_uint(&reader->cursor);
    uint64_t ms = reader->last_ms + (uint64_t)step; /* wraps to a large number below 0 */
    if (ms >= CLOCK_MAX || counter > UINT16_MAX)
        fail(reader);
    leaf->clock = ms << 16 | counter;
    reader->last_ms = ms;
}

static void take_signature(struct reader *reader, struct hf_leaf *leaf)
{
    if (reader->signatures.len - reader->signatures_used < HF_SIGN_BYTES) {
        fail(reader);
        return;
    }
    memcpy(leaf->signature, reader->signatures.data + reader->signatures_used, HF_SIGN_BYTES);
    reader->signatures_used += HF_SIGN_BYTES;
}

static void take_outline(struct reader *reader, struct hf_item *item, uint8_t bytes[HF_LEAF_BYTES])
{
    struct hf_leaf leaf = {0};
    struct link link = {0};
    take_link(reader, &link);
    item->chain = take_place(reader, reader->device_count);
    uint64_t kind = hf_cursor_uint(&reader->cursor);
    if (kind >= HF_LEAF_KIND_COUNT)
        fail(reader);
    take_clock(reader, &leaf);
    uint16_t seen = take_place(reader, reader->seen_count);
    take_signature(reader, &leaf);
    if (!going(reader))
        return;
    struct device_row *device = &reader->devices[item->chain];
    leaf.kind = (enum hf_leaf_kind)kind;
    leaf.incarnation = device->incarnation;
    leaf.seen_size = reader->seens[seen].size;
    memcpy(leaf.seen_root, reader->seens[seen].root, sizeof leaf.seen_root);
    if (device->device)
        memcpy(leaf.device, device->device, sizeof leaf.device);
    apply_link(reader, &link, device, &leaf);
    if (!going(reader))
        return;
    hf_leaf_encode(&leaf, bytes);
    item->follows = link.follows;
    item->form = HF_ITEM_OUTLINE;
    item->leaf = hf_slice_of(bytes, HF_LEAF_BYTES);
}

static void take_row(struct reader *reader, struct hf_item *item, uint8_t bytes[HF_LEAF_BYTES])
{
    struct hf_cursor *cursor = &reader->cursor;
    const uint32_t before = reader->is_feed ? 2 : 0;
    const uint32_t fields = hf_cursor_array(cursor, UINT32_MAX);
    item->index = HF_INDEX_NONE;
    if (reader->is_feed) {
        uint64_t gap = hf_cursor_uint(cursor);
        uint64_t hold = hf_cursor_uint(cursor);
        item->index = reader->last_index + gap;
        if (item->index < gap || item->index == HF_INDEX_NONE || hold > INT8_MAX)
            fail(reader);
        item->hold = (enum hf_hold)(hold & INT8_MAX);
        reader->last_index = item->index + 1;
    }
    if (fields == before + 3) {
        const uint8_t *leaf = hf_cursor_fixed(cursor, HF_LEAF_BYTES);
        item->leaf = hf_slice_of(leaf, leaf ? HF_LEAF_BYTES : 0);
    } else if (fields == before + 8) {
        take_outline(reader, item, bytes);
    } else {
        fail(reader);
    }
    const uint16_t case_at = take_place(reader, reader->case_count);
    if (!going(reader))
        return;
    item->case_id = reader->cases[case_at].case_id;
    item->key_id = reader->cases[case_at].key_id;
    item->body = hf_cursor_bytes(cursor, HF_BODY_BYTES_MAX);
    hf_cursor_leave(cursor);
}

static void take_rows(struct reader *reader, hf_changes_own_fn *own, void *ctx, struct hf_item **out_items,
                      size_t *out_count)
{
    const uint32_t count = hf_cursor_array(&reader->cursor, ITEMS_MAX);
    if (going(reader) && count > 0) {
        *out_items = own(ctx, count * sizeof **out_items);
        reader->leaves = own(ctx, count * sizeof *reader->leaves);
        if (!*out_items || !reader->leaves)
            hf_cursor_fail(&reader->cursor, HF_ERR_NOMEM);
    }
    for (uint32_t i = 0; going(reader) && i < count; i++)
        take_row(reader, &(*out_items)[i], reader->leaves[i]);
    hf_cursor_leave(&reader->cursor);
    *out_count = count;
}

static enum hf_status read_plain(struct reader *reader, struct hf_slice plain, hf_changes_own_fn *own, void *ctx,
                                 struct hf_item **out_items, size_t *out_count)
{
    struct hf_item *items = NULL;
    size_t count = 0;
    hf_cursor_init(&reader->cursor, plain, HF_LIMIT_MESSAGE_ELEMENTS);
    take_tables(reader);
    take_rows(reader, own, ctx, &items, &count);
    enum hf_status status = hf_cursor_end(&reader->cursor);
    if (status == HF_OK && reader->signatures_used != reader->signatures.len)
        status = HF_ERR_INVALID;
    if (status == HF_OK) {
        *out_items = items;
        *out_count = count;
    }
    return status;
}

enum hf_status hf_changes_decode(struct hf_slice batch, struct hf_slice signatures, bool is_feed,
                                 hf_changes_own_fn *own, void *ctx, struct hf_item **out_items, size_t *out_count)
{
    size_t len = 0;
    enum hf_status status = hf_unsqueeze_size(batch, HF_LIMIT_BATCH_BYTES, &len);
    if (status != HF_OK)
        return status;
    uint8_t *plain = own(ctx, len + 1);
    if (!plain)
        return HF_ERR_NOMEM;
    status = hf_unsqueeze(batch, plain, len);
    if (status != HF_OK)
        return status;
    struct reader reader = {.is_feed = is_feed, .signatures = signatures};
    status = read_plain(&reader, hf_slice_of(plain, len), own, ctx, out_items, out_count);
    free(reader.devices);
    free(reader.seens);
    free(reader.cases);
    return status;
}
