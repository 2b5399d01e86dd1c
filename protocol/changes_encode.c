#include "core/pack/squeeze.h"
#include "core/pack/writer.h"
#include "protocol/changes.h"

#include <stdlib.h>
#include <string.h>

#define ITEMS_MAX HF_LIMIT_FEED_ITEMS
_Static_assert(HF_LIMIT_PUSH_ITEMS <= ITEMS_MAX, "one set of tables for both");

struct device_row {
    uint8_t device[HF_SIGN_PUBLIC_BYTES];
    uint32_t incarnation;
    bool any; /* a row of it was written */
    uint64_t last_seq;
};
struct seen_row {
    uint64_t size;
    uint8_t root[HF_HASH_BYTES];
};
struct case_row {
    struct hf_id case_id, key_id;
};
/* Where an item's parts stand in the tables. */
struct places {
    uint16_t device, seen, case_at;
};

struct writer {
    bool is_feed;
    struct device_row *devices; /* each as long as there are items */
    struct seen_row *seens;
    struct case_row *cases;
    struct places *places;
    struct hf_leaf *leaves;
    size_t device_count, seen_count, case_count;
    uint64_t last_index; /* of the row before, + 1 */
    uint64_t last_ms;
};

/* --- tables: the newest rows first, neighbours are mostly alike --- */

static uint16_t place_device(struct writer *writer, const struct hf_leaf *leaf)
{
    for (size_t i = writer->device_count; i-- > 0;) {
        const struct device_row *row = &writer->devices[i];
        if (row->incarnation == leaf->incarnation && memcmp(row->device, leaf->device, sizeof row->device) == 0)
            return (uint16_t)i;
    }
    struct device_row *row = &writer->devices[writer->device_count];
    memcpy(row->device, leaf->device, sizeof row->device);
    row->incarnation = leaf->incarnation;
    return (uint16_t)writer->device_count++;
}

static uint16_t place_seen(struct writer *writer, const struct hf_leaf *leaf)
{
    for (size_t i = writer->seen_count; i-- > 0;) {
        const struct seen_row *row = &writer->seens[i];
        if (row->size == leaf->seen_size && memcmp(row->root, leaf->seen_root, sizeof row->root) == 0)
            return (uint16_t)i;
    }
    struct seen_row *row = &writer->seens[writer->seen_count];
    row->size = leaf->seen_size;
    memcpy(row->root, leaf->seen_root, sizeof row->root);
    return (uint16_t)writer->seen_count++;
}

static uint16_t place_case(struct writer *writer, const struct hf_item *item)
{
    for (size_t i = writer->case_count; i-- > 0;) {
        if (hf_id_equal(&writer->cases[i].key_id, &item->key_id) &&
            hf_id_equal(&writer->cases[i].case_id, &item->case_id))
            return (uint16_t)i;
    }
    writer->cases[writer->case_count] = (struct case_row){item->case_id, item->key_id};
    return (uint16_t)writer->case_count++;
}

static enum hf_status place_item(struct writer *writer, const struct hf_item *item, size_t i)
{
    writer->places[i].case_at = place_case(writer, item);
    if (item->form != HF_ITEM_DERIVABLE)
        return HF_OK;
    if (hf_leaf_decode(item->leaf, &writer->leaves[i]) != HF_OK)
        return HF_ERR_INVALID;
    writer->places[i].device = place_device(writer, &writer->leaves[i]);
    writer->places[i].seen = place_seen(writer, &writer->leaves[i]);
    return writer->is_feed || writer->places[i].device == 0 ? HF_OK : HF_ERR_INVALID;
}

static void put_tables(const struct writer *writer, struct hf_buf *out)
{
    hf_pack_array(out, (uint32_t)writer->device_count);
    for (size_t i = 0; i < writer->device_count; i++) {
        const struct device_row *row = &writer->devices[i];
        hf_pack_array(out, 2);
        if (writer->is_feed)
            hf_pack_bytes(out, hf_slice_of(row->device, sizeof row->device));
        else
            hf_pack_nil(out);
        hf_pack_uint(out, row->incarnation);
    }
    hf_pack_array(out, (uint32_t)writer->seen_count);
    for (size_t i = 0; i < writer->seen_count; i++) {
        hf_pack_array(out, 2);
        hf_pack_uint(out, writer->seens[i].size);
        hf_pack_bytes(out, hf_slice_of(writer->seens[i].root, HF_HASH_BYTES));
    }
    hf_pack_array(out, (uint32_t)writer->case_count);
    for (size_t i = 0; i < writer->case_count; i++) {
        hf_pack_array(out, 2);
        hf_pack_id(out, &writer->cases[i].case_id);
        hf_pack_id(out, &writer->cases[i].key_id);
    }
}

/* --- rows --- */

static void put_link(struct device_row *device, const struct hf_leaf *leaf, struct hf_buf *out)
{
    if (device->any && device->last_seq != UINT64_MAX && leaf->seq == device->last_seq + 1) {
        hf_pack_nil(out);
    } else {
        hf_pack_array(out, 2);
        hf_pack_uint(out, leaf->seq);
        if (leaf->seq == 0)
            hf_pack_nil(out);
        else
            hf_pack_bytes(out, hf_slice_of(leaf->prev, sizeof leaf->prev));
    }
    device->any = true;
    device->last_seq = leaf->seq;
}

static void put_outline(struct writer *writer, const struct hf_leaf *leaf, const struct places *at, struct hf_buf *out)
{
    const uint64_t ms = leaf->clock >> 16;
    put_link(&writer->devices[at->device], leaf, out);
    hf_pack_uint(out, at->device);
    hf_pack_uint(out, leaf->kind);
    hf_pack_int(out, (int64_t)ms - (int64_t)writer->last_ms);
    hf_pack_uint(out, leaf->clock & 0xffff);
    hf_pack_uint(out, at->seen);
    hf_pack_uint(out, at->case_at);
    writer->last_ms = ms;
}

static void put_row(struct writer *writer, const struct hf_item *item, size_t i, struct hf_buf *out,
                    struct hf_buf *signatures)
{
    const bool outline = item->form == HF_ITEM_DERIVABLE;
    hf_pack_array(out, (outline ? 8u : 3u) + (writer->is_feed ? 2u : 0u));
    if (writer->is_feed) {
        hf_pack_uint(out, item->index - writer->last_index);
        hf_pack_uint(out, item->hold);
        writer->last_index = item->index + 1;
    }
    if (outline) {
        put_outline(writer, &writer->leaves[i], &writer->places[i], out);
        hf_buf_append(signatures, writer->leaves[i].signature, HF_SIGN_BYTES);
    } else {
        hf_pack_bytes(out, item->leaf);
        hf_pack_uint(out, writer->places[i].case_at);
    }
    hf_pack_bytes(out, item->body);
}

static bool make_room(struct writer *writer, size_t count)
{
    writer->devices = calloc(count + 1, sizeof *writer->devices);
    writer->seens = calloc(count + 1, sizeof *writer->seens);
    writer->cases = calloc(count + 1, sizeof *writer->cases);
    writer->places = calloc(count + 1, sizeof *writer->places);
    writer->leaves = calloc(count + 1, sizeof *writer->leaves);
    return writer->devices && writer->seens && writer->cases && writer->places && writer->leaves;
}

static void free_room(struct writer *writer)
{
    free(writer->devices);
    free(writer->seens);
    free(writer->cases);
    free(writer->places);
    free(writer->leaves);
}

enum hf_status hf_changes_encode(const struct hf_item *items, size_t count, bool is_feed, struct hf_buf *out_batch,
                                 struct hf_buf *out_signatures)
{
    struct writer writer = {.is_feed = is_feed};
    struct hf_buf plain;
    hf_buf_init(&plain, HF_LIMIT_BATCH_BYTES);
    if (count > ITEMS_MAX)
        return HF_ERR_LIMIT;
    enum hf_status status = make_room(&writer, count) ? HF_OK : HF_ERR_NOMEM;
    for (size_t i = 0; status == HF_OK && i < count; i++)
        status = place_item(&writer, &items[i], i);
    if (status == HF_OK) {
        put_tables(&writer, &plain);
        hf_pack_array(&plain, (uint32_t)count);
        for (size_t i = 0; i < count; i++)
            put_row(&writer, &items[i], i, &plain, out_signatures);
        status = hf_buf_status(&plain);
    }
    if (status == HF_OK) {
        hf_squeeze(hf_buf_slice(&plain), out_batch);
        status = hf_buf_status(out_batch);
    }
    if (status == HF_OK)
        status = hf_buf_status(out_signatures);
    hf_buf_wipe(&plain);
    free_room(&writer);
    return status;
}
