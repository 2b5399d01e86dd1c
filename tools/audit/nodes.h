/* Inside tools/audit: the tree while it grows, in little memory. Kept are its right edge, every node from the height of
 * a tile upwards (a quarter of a byte for each entry) and the nodes inside the tiles used last. A tile that is asked
 * for again is read from the bundle and counts only if its hash is the one it had when its entries were checked. */
#ifndef HF_TOOLS_AUDIT_NODES_H
#define HF_TOOLS_AUDIT_NODES_H

#include "core/log/bundle.h"

#define HF_AUDIT_ENTRIES_MAX  (1ull << 28) /* 64 MiB of hashes */
#define HF_AUDIT_TILES_CACHED 64           /* 1 MiB: devices have mostly seen what is near the end */
#define HF_AUDIT_TILE_NODES   (2 * HF_TILE_WIDTH)

struct hf_audit_tile_nodes {
    bool used;
    uint64_t number;
    uint64_t asked;                           /* when it was asked for last */
    struct hf_hash node[HF_AUDIT_TILE_NODES]; /* as a heap: the root at 1, the leaves from 256 */
};

struct hf_audit_nodes {
    struct hf_tree tree;
    struct hf_buf upper[HF_TREE_LEVELS_MAX - HF_TILE_HEIGHT]; /* levels from 8 on */
    struct hf_audit_tile_nodes *tile;                         /* HF_AUDIT_TILES_CACHED, then the one that grows */
    uint64_t asked;
    const struct hf_bundle_reader *reader; /* borrowed */
    enum hf_status status; /* why a node was not to be had: HF_ERR_NOMEM, or HF_ERR_IO when a file is not any more what
                              it was */
};

/* HF_ERR_NOMEM. */
HF_CHECKED enum hf_status hf_audit_nodes_begin(struct hf_audit_nodes *nodes, const struct hf_bundle_reader *reader);
/* The next entry's hash. HF_ERR_NOMEM. */
HF_CHECKED enum hf_status hf_audit_nodes_append(struct hf_audit_nodes *nodes, const struct hf_hash *leaf_hash);
/* An hf_tree_get_fn; ctx is the nodes. Nodes of complete subtrees only. */
bool hf_audit_nodes_get(void *ctx, unsigned level, uint64_t index, struct hf_hash *out);
void hf_audit_nodes_end(struct hf_audit_nodes *nodes);

#endif
