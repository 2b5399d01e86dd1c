/* Checking proofs. Every hash of a proof must be used, and exactly once. */
#include "core/log/span.h"
#include "core/log/tree.h"

#include <string.h>

static bool same(const struct hf_hash *a, const struct hf_hash *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

static bool is_empty_root(const struct hf_hash *root)
{
    struct hf_hash nothing;
    hf_sha256_of(NULL, 0, nothing.bytes);
    return same(root, &nothing);
}

/* RFC 9162 2.1.3.2: `at` and `last` are the positions of our node and of the last node on its level. */
enum hf_status hf_tree_verify_inclusion(uint64_t index, uint64_t size, const struct hf_hash *leaf_hash,
                                        const struct hf_proof *proof, const struct hf_hash *root)
{
    if (index >= size || proof->count > HF_PROOF_HASHES_MAX)
        return HF_ERR_INVALID;

    struct hf_hash acc = *leaf_hash;
    uint64_t at = index;
    uint64_t last = size - 1;
    for (size_t i = 0; i < proof->count; i++) {
        if (last == 0)
            return HF_ERR_AUTH;
        if ((at & 1u) || at == last) {
            hf_tree_node_hash(&proof->hash[i], &acc, &acc);
            /* The last node of an odd row has no sibling: it rises until it is a right child. */
            while (at > 0 && !(at & 1u)) {
                at >>= 1;
                last >>= 1;
            }
        } else {
            hf_tree_node_hash(&acc, &proof->hash[i], &acc);
        }
        at >>= 1;
        last >>= 1;
    }
    return last == 0 && same(&acc, root) ? HF_OK : HF_ERR_AUTH;
}

struct growth {
    uint64_t at;   /* position of the old tree's right edge on this level */
    uint64_t last; /* position of the new tree's last node on this level */
    struct hf_hash old_acc;
    struct hf_hash new_acc;
};

/* One hash of a consistency proof; false when the trees have no place for it. */
static bool grow(struct growth *growth, const struct hf_hash *hash)
{
    if (growth->last == 0)
        return false;
    if ((growth->at & 1u) || growth->at == growth->last) {
        hf_tree_node_hash(hash, &growth->old_acc, &growth->old_acc);
        hf_tree_node_hash(hash, &growth->new_acc, &growth->new_acc);
        while (growth->at > 0 && !(growth->at & 1u)) {
            growth->at >>= 1;
            growth->last >>= 1;
        }
    } else {
        hf_tree_node_hash(&growth->new_acc, hash, &growth->new_acc);
    }
    growth->at >>= 1;
    growth->last >>= 1;
    return true;
}

/* RFC 9162 2.1.4.2, for 0 < old_size < new_size. */
static bool is_growth(uint64_t old_size, const struct hf_hash *old_root, uint64_t new_size,
                      const struct hf_hash *new_root, const struct hf_proof *proof)
{
    struct growth growth = {.at = old_size - 1, .last = new_size - 1};
    size_t next = 0;

    while (growth.at & 1u) {
        growth.at >>= 1;
        growth.last >>= 1;
    }
    /* An old tree whose size is a power of two is itself a node of the new one: its root begins the proof. */
    if (growth.at == 0) {
        growth.old_acc = *old_root;
    } else {
        if (proof->count == 0)
            return false;
        growth.old_acc = proof->hash[next++];
    }
    growth.new_acc = growth.old_acc;

    for (; next < proof->count; next++) {
        if (!grow(&growth, &proof->hash[next]))
            return false;
    }
    return growth.last == 0 && same(&growth.old_acc, old_root) && same(&growth.new_acc, new_root);
}

enum hf_status hf_tree_verify_consistency(uint64_t old_size, const struct hf_hash *old_root, uint64_t new_size,
                                          const struct hf_hash *new_root, const struct hf_proof *proof)
{
    if (old_size > new_size || (old_size == 0 && new_size > 0) || proof->count > HF_PROOF_HASHES_MAX)
        return HF_ERR_INVALID;

    bool holds;
    if (old_size == new_size)
        holds = proof->count == 0 && same(old_root, new_root) && (old_size > 0 || is_empty_root(old_root));
    else
        holds = is_growth(old_size, old_root, new_size, new_root, proof);
    return holds ? HF_OK : HF_ERR_AUTH;
}

struct rebuild {
    uint64_t first;
    uint64_t end;
    const struct hf_hash *leaf_hashes;
    const struct hf_proof *proof;
    size_t used;
};

/* Depth is at most 64: each step halves the span. False when the proof is too short. */
static bool rebuild_span(struct rebuild *rebuild, struct hf_span span, struct hf_hash *out)
{
    if (span.begin >= rebuild->end || span.begin + span.len <= rebuild->first) {
        if (rebuild->used == rebuild->proof->count)
            return false;
        *out = rebuild->proof->hash[rebuild->used++];
        return true;
    }
    if (span.len == 1) {
        *out = rebuild->leaf_hashes[span.begin - rebuild->first];
        return true;
    }
    struct hf_hash left;
    struct hf_hash right;
    if (!rebuild_span(rebuild, hf_span_left(span), &left) || !rebuild_span(rebuild, hf_span_right(span), &right))
        return false;
    hf_tree_node_hash(&left, &right, out);
    return true;
}

enum hf_status hf_tree_verify_range(uint64_t first, const struct hf_hash *leaf_hashes, uint64_t count, uint64_t size,
                                    const struct hf_proof *proof, const struct hf_hash *root)
{
    if (count == 0 || first >= size || count > size - first || proof->count > HF_PROOF_HASHES_MAX)
        return HF_ERR_INVALID;

    struct rebuild rebuild = {.first = first, .end = first + count, .leaf_hashes = leaf_hashes, .proof = proof};
    struct hf_hash acc;
    bool holds =
        rebuild_span(&rebuild, (struct hf_span){0, size}, &acc) && rebuild.used == proof->count && same(&acc, root);
    return holds ? HF_OK : HF_ERR_AUTH;
}
