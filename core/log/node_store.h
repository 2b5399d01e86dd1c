/* All perfect subtrees of one tree in memory, 64 bytes a leaf: proofs and roots of every earlier size in O(log n).
 * Pure; one thread at a time. */
#ifndef HF_CORE_LOG_NODE_STORE_H
#define HF_CORE_LOG_NODE_STORE_H

#include "core/log/tree.h"

#define HF_NODE_STORE_LEAVES_MAX (1ull << 25) /* 2 GiB of hashes */

/* Zero-initialised is an empty store. */
struct hf_node_store {
    struct hf_tree tree;
    struct hf_buf level[HF_TREE_LEVELS_MAX];
};

/* Appends a leaf hash. HF_ERR_LIMIT at HF_NODE_STORE_LEAVES_MAX, HF_ERR_NOMEM; the store may only be cleared after
 * HF_ERR_NOMEM. */
HF_CHECKED enum hf_status hf_node_store_append(struct hf_node_store *store, const struct hf_hash *leaf_hash);
/* An hf_tree_get_fn; ctx is the store. */
bool hf_node_store_get(void *ctx, unsigned level, uint64_t index, struct hf_hash *out);
/* Frees the hashes and leaves an empty store. */
void hf_node_store_clear(struct hf_node_store *store);

#endif
