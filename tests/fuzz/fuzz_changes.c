/* The changes of a PUSH or FEED as they come unsqueezed or squeezed, with signatures: what is read is of a leaf's form
 * and within its limits. First byte: bit 0 feed, bits 1 to 7 how many signatures follow. */
#include "core/base/assert.h"
#include "protocol/changes.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct room {
    void *blocks[8];
    size_t count;
};

static void *own(void *ctx, size_t bytes)
{
    struct room *room = ctx;
    HF_ASSERT(room->count < 8);
    room->blocks[room->count] = calloc(1, bytes);
    return room->blocks[room->count++];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct room room = {.count = 0};
    struct hf_item *items = NULL;
    size_t count = 0;
    if (size < 1)
        return 0;
    const bool is_feed = data[0] & 1;
    size_t signatures = (size_t)(data[0] >> 1) * HF_SIGN_BYTES;
    if (signatures > size - 1)
        signatures = 0;
    if (hf_changes_decode(hf_slice_of(data + 1 + signatures, size - 1 - signatures), hf_slice_of(data + 1, signatures),
                          is_feed, own, &room, &items, &count) == HF_OK) {
        HF_ASSERT(count <= HF_LIMIT_FEED_ITEMS);
        for (size_t i = 0; i < count; i++) {
            struct hf_leaf leaf;
            HF_ASSERT(items[i].leaf.len == HF_LEAF_BYTES && items[i].body.len <= HF_BODY_BYTES_MAX);
            HF_ASSERT(items[i].form != HF_ITEM_OUTLINE || hf_leaf_decode(items[i].leaf, &leaf) == HF_OK);
        }
    }
    for (size_t i = 0; i < room.count; i++)
        free(room.blocks[i]);
    return 0;
}
