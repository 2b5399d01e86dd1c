#include "server/batch_index.h"

#include <stdlib.h>
#include <string.h>

#define SLOTS_AT_FIRST 16u

/* The end of an id is random, or a hash; its beginning may be a time. Who chooses ids that meet makes a push slow that
 * is their own. */
static size_t slot_of(const struct hf_batch_index *index, const struct hf_id *id)
{
    uint64_t bits = 0;
    memcpy(&bits, id->bytes + HF_ID_BYTES - sizeof bits, sizeof bits);
    return (size_t)((bits * 0x9e3779b97f4a7c15u) >> 32) & (index->cap - 1);
}

bool hf_batch_index_find(const struct hf_batch_index *index, const struct hf_id *id, hf_batch_index_id_fn *id_of,
                         const void *items, size_t *out_at)
{
    if (index->cap == 0)
        return false;
    for (size_t slot = slot_of(index, id); index->slots[slot]; slot = (slot + 1) & (index->cap - 1)) {
        const size_t at = index->slots[slot] - 1u;
        if (hf_id_equal(id_of(items, at), id)) {
            *out_at = at;
            return true;
        }
    }
    return false;
}

static void put(struct hf_batch_index *index, const struct hf_id *id, size_t at)
{
    size_t slot = slot_of(index, id);
    while (index->slots[slot])
        slot = (slot + 1) & (index->cap - 1);
    index->slots[slot] = (uint16_t)(at + 1);
}

static enum hf_status grow(struct hf_batch_index *index, hf_batch_index_id_fn *id_of, const void *items)
{
    const size_t cap = index->cap ? index->cap * 2 : SLOTS_AT_FIRST;
    uint16_t *slots = calloc(cap, sizeof *slots);
    if (!slots)
        return HF_ERR_NOMEM;
    free(index->slots);
    index->slots = slots;
    index->cap = cap;
    for (size_t i = 0; i < index->count; i++)
        put(index, id_of(items, i), i);
    return HF_OK;
}

enum hf_status hf_batch_index_add(struct hf_batch_index *index, hf_batch_index_id_fn *id_of, const void *items)
{
    if (index->count + 1 >= UINT16_MAX)
        return HF_ERR_LIMIT;
    enum hf_status status = 2 * (index->count + 1) > index->cap ? grow(index, id_of, items) : HF_OK;
    if (status == HF_OK) {
        put(index, id_of(items, index->count), index->count);
        index->count++;
    }
    return status;
}

void hf_batch_index_clear(struct hf_batch_index *index)
{
    free(index->slots);
    *index = (struct hf_batch_index){.slots = NULL};
}
