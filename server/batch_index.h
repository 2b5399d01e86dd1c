/* Where in an array the item with an id stands: a batch of a thousand changes asks that thousands of times. Holds
 * positions, not ids: the caller's array is asked for those. */
#ifndef HF_SERVER_BATCH_INDEX_H
#define HF_SERVER_BATCH_INDEX_H

#include "core/base/id.h"
#include "core/base/status.h"

struct hf_batch_index {
    uint16_t *slots; /* position + 1; 0: free */
    size_t cap;      /* a power of two, at least twice the count; 0 at first */
    size_t count;
};

/* The id of item number `at` of the array that `items` stands for. */
typedef const struct hf_id *hf_batch_index_id_fn(const void *items, size_t at);

/* Of several with the same id the first that was added. False: none. */
bool hf_batch_index_find(const struct hf_batch_index *index, const struct hf_id *id, hf_batch_index_id_fn *id_of,
                         const void *items, size_t *out_at);
/* Adds item number index->count, which stands in the array already. HF_ERR_NOMEM; HF_ERR_LIMIT beyond 65,534 items. */
HF_CHECKED enum hf_status hf_batch_index_add(struct hf_batch_index *index, hf_batch_index_id_fn *id_of,
                                             const void *items);
void hf_batch_index_clear(struct hf_batch_index *index);

#endif
