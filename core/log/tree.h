/* The Merkle tree of the change log (RFC 6962 / RFC 9162 hashing; formats.md 2). Pure: nodes come from and go to the
 * caller. A node (level L, index I) is the hash of the perfect subtree over leaves [I·2^L, (I+1)·2^L). */
#ifndef HF_CORE_LOG_TREE_H
#define HF_CORE_LOG_TREE_H

#include "core/base/bytes.h"
#include "core/crypto/crypto.h"

#define HF_TREE_LEVELS_MAX  64
#define HF_PROOF_HASHES_MAX 126 /* a range proof: left and right border */

struct hf_hash {
    uint8_t bytes[HF_HASH_BYTES];
};

void hf_tree_leaf_hash(struct hf_slice entry, struct hf_hash *out); /* 0x00 ‖ entry */
void hf_tree_node_hash(const struct hf_hash *left, const struct hf_hash *right, struct hf_hash *out); /* 0x01 ‖ l ‖ r */

/* The right edge of a tree: enough to append and to compute the root. Fixed size, copied by assignment. */
struct hf_tree {
    uint64_t size;
    struct hf_hash edge[HF_TREE_LEVELS_MAX]; /* edge[L] valid where bit L of size is set */
};

typedef void hf_tree_node_fn(void *ctx, unsigned level, uint64_t index, const struct hf_hash *hash);
/* Appends one leaf hash; on_node (may be NULL) is told of every perfect subtree this completes, the leaf (level 0)
 * first. */
void hf_tree_append(struct hf_tree *tree, const struct hf_hash *leaf_hash, hf_tree_node_fn *on_node, void *ctx);
/* Root of the tree; SHA-256 of nothing at size 0. */
void hf_tree_root(const struct hf_tree *tree, struct hf_hash *out);

/* Looks up a stored node; false when it is not known (then the proof functions answer HF_ERR_NOT_FOUND). */
typedef bool hf_tree_get_fn(void *ctx, unsigned level, uint64_t index, struct hf_hash *out);
/* Rebuilds the right edge at `size` from stored nodes. */
HF_CHECKED enum hf_status hf_tree_load(uint64_t size, hf_tree_get_fn *get, void *ctx, struct hf_tree *out);
/* Root at any earlier size from stored nodes. */
HF_CHECKED enum hf_status hf_tree_root_at(uint64_t size, hf_tree_get_fn *get, void *ctx, struct hf_hash *out);

struct hf_proof {
    size_t count;
    struct hf_hash hash[HF_PROOF_HASHES_MAX];
};

/* index < size <= tree. */
HF_CHECKED enum hf_status hf_tree_prove_inclusion(uint64_t index, uint64_t size, hf_tree_get_fn *get, void *ctx,
                                                  struct hf_proof *out);
HF_CHECKED enum hf_status hf_tree_prove_consistency(uint64_t old_size, uint64_t new_size, hf_tree_get_fn *get,
                                                    void *ctx, struct hf_proof *out);
/* One proof for the contiguous leaves [first, first+count), count >= 1: the border hashes left to right. */
HF_CHECKED enum hf_status hf_tree_prove_range(uint64_t first, uint64_t count, uint64_t size, hf_tree_get_fn *get,
                                              void *ctx, struct hf_proof *out);

/* Verification: HF_OK, or HF_ERR_AUTH when it does not hold, or HF_ERR_INVALID for impossible sizes. A proof binds
 * sizes only as far as they change its shape: what fixes a size is the signed checkpoint. */
HF_CHECKED enum hf_status hf_tree_verify_inclusion(uint64_t index, uint64_t size, const struct hf_hash *leaf_hash,
                                                   const struct hf_proof *proof, const struct hf_hash *root);
/* old_size 0 with new_size above is HF_ERR_INVALID: every tree grows out of the empty one, so there is nothing to prove
 * and nothing would bind new_root. Two equal sizes want an empty proof and equal roots. */
HF_CHECKED enum hf_status hf_tree_verify_consistency(uint64_t old_size, const struct hf_hash *old_root,
                                                     uint64_t new_size, const struct hf_hash *new_root,
                                                     const struct hf_proof *proof);
HF_CHECKED enum hf_status hf_tree_verify_range(uint64_t first, const struct hf_hash *leaf_hashes, uint64_t count,
                                               uint64_t size, const struct hf_proof *proof, const struct hf_hash *root);

/* From the proof of a range to the inclusion proof of one entry in it (first <= index < first + count). Nothing is
 * verified. HF_ERR_INVALID when the proof has not the form for such a range. */
HF_CHECKED enum hf_status hf_tree_narrow_range(uint64_t first, const struct hf_hash *leaf_hashes, uint64_t count,
                                               uint64_t size, const struct hf_proof *range, uint64_t index,
                                               struct hf_proof *out);

#endif
