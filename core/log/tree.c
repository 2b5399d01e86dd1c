/* Hashing, appending, roots. */
#include "core/log/tree.h"

#include "core/base/assert.h"
#include "core/base/mutant.h"

static const uint8_t leaf_prefix = 0x00;
static const uint8_t node_prefix = 0x01;

void hf_tree_leaf_hash(struct hf_slice entry, struct hf_hash *out)
{
    struct hf_sha256 hash;
    hf_sha256_begin(&hash);
    hf_sha256_add(&hash, &leaf_prefix, sizeof leaf_prefix);
    hf_sha256_add(&hash, entry.data, entry.len);
    hf_sha256_end(&hash, out->bytes);
}

void hf_tree_node_hash(const struct hf_hash *left, const struct hf_hash *right, struct hf_hash *out)
{
    struct hf_sha256 hash;
    hf_sha256_begin(&hash);
    hf_sha256_add(&hash, &node_prefix, sizeof node_prefix);
    hf_sha256_add(&hash, HF_MUTANT(TREE_FORGETS) ? right->bytes : left->bytes, sizeof left->bytes);
    hf_sha256_add(&hash, right->bytes, sizeof right->bytes);
    hf_sha256_end(&hash, out->bytes);
}

void hf_tree_append(struct hf_tree *tree, const struct hf_hash *leaf_hash, hf_tree_node_fn *on_node, void *ctx)
{
    HF_ASSERT(tree->size < UINT64_MAX);
    struct hf_hash node = *leaf_hash;
    uint64_t index = tree->size;
    unsigned level = 0;

    if (on_node)
        on_node(ctx, level, index, &node);
    while (index & 1u) {
        hf_tree_node_hash(&tree->edge[level], &node, &node);
        index >>= 1;
        level++;
        if (on_node)
            on_node(ctx, level, index, &node);
    }
    tree->edge[level] = node;
    tree->size++;
}

void hf_tree_root(const struct hf_tree *tree, struct hf_hash *out)
{
    struct hf_hash root;
    bool begun = false;

    if (tree->size == 0) {
        hf_sha256_of(NULL, 0, out->bytes);
        return;
    }
    /* The smallest subtree stands furthest right: fold from there to the left. */
    for (unsigned level = 0; level < HF_TREE_LEVELS_MAX; level++) {
        if (!(tree->size >> level & 1u))
            continue;
        if (begun)
            hf_tree_node_hash(&tree->edge[level], &root, &root);
        else
            root = tree->edge[level];
        begun = true;
    }
    *out = root;
}

enum hf_status hf_tree_load(uint64_t size, hf_tree_get_fn *get, void *ctx, struct hf_tree *out)
{
    struct hf_tree tree = {.size = size};
    for (unsigned level = 0; level < HF_TREE_LEVELS_MAX; level++) {
        uint64_t subtrees = size >> level;
        if ((subtrees & 1u) && !get(ctx, level, subtrees - 1, &tree.edge[level]))
            return HF_ERR_NOT_FOUND;
    }
    *out = tree;
    return HF_OK;
}

enum hf_status hf_tree_root_at(uint64_t size, hf_tree_get_fn *get, void *ctx, struct hf_hash *out)
{
    struct hf_tree tree;
    enum hf_status status = hf_tree_load(size, get, ctx, &tree);
    if (status != HF_OK)
        return status;
    hf_tree_root(&tree, out);
    return HF_OK;
}
