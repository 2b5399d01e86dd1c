#include "core/log/node_store.h"

#include <string.h>

static void keep(void *ctx, unsigned level, uint64_t index, const struct hf_hash *hash)
{
    struct hf_node_store *store = ctx;
    (void)index; /* nodes of a level are completed in order */
    hf_buf_append(&store->level[level], hash->bytes, sizeof hash->bytes);
}

enum hf_status hf_node_store_append(struct hf_node_store *store, const struct hf_hash *leaf_hash)
{
    if (store->tree.size >= HF_NODE_STORE_LEAVES_MAX)
        return HF_ERR_LIMIT;
    hf_tree_append(&store->tree, leaf_hash, keep, store);
    for (unsigned level = 0; level < HF_TREE_LEVELS_MAX && store->tree.size >> level; level++) {
        enum hf_status status = hf_buf_status(&store->level[level]);
        if (status != HF_OK)
            return status;
    }
    return HF_OK;
}

bool hf_node_store_get(void *ctx, unsigned level, uint64_t index, struct hf_hash *out)
{
    const struct hf_node_store *store = ctx;
    if (level >= HF_TREE_LEVELS_MAX || index >= store->level[level].len / sizeof out->bytes)
        return false;
    memcpy(out->bytes, store->level[level].data + index * sizeof out->bytes, sizeof out->bytes);
    return true;
}

void hf_node_store_clear(struct hf_node_store *store)
{
    for (unsigned level = 0; level < HF_TREE_LEVELS_MAX; level++)
        hf_buf_clear(&store->level[level]);
    store->tree = (struct hf_tree){.size = 0};
}
