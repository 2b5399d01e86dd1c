/* Making proofs from stored nodes. */
#include "core/log/span.h"
#include "core/log/tree.h"

#include "core/base/assert.h"

struct maker {
    hf_tree_get_fn *get;
    void *ctx;
    uint64_t first; /* range proofs: the leaves that are not covered by the proof */
    uint64_t end;
    bool complete; /* every node asked for was known */
    struct hf_proof proof;
};

static bool hash_of(const struct maker *maker, struct hf_span span, struct hf_hash *out)
{
    struct hf_hash acc;
    bool begun = false;
    for (unsigned level = 0; level < HF_TREE_LEVELS_MAX; level++) {
        uint64_t subtrees = span.len >> level;
        if (!(subtrees & 1u))
            continue;
        struct hf_hash node;
        if (!maker->get(maker->ctx, level, (span.begin >> level) + subtrees - 1, &node))
            return false;
        if (begun)
            hf_tree_node_hash(&node, &acc, &acc);
        else
            acc = node;
        begun = true;
    }
    HF_ASSERT(begun);
    *out = acc;
    return true;
}

static void add(struct maker *maker, struct hf_span span)
{
    HF_ASSERT(maker->proof.count < HF_PROOF_HASHES_MAX);
    if (!hash_of(maker, span, &maker->proof.hash[maker->proof.count]))
        maker->complete = false;
    maker->proof.count++;
}

/* The descents below collect from the root down; the public forms run from the leaf up. */
static void reverse(struct hf_proof *proof)
{
    for (size_t i = 0; i < proof->count / 2; i++) {
        struct hf_hash swap = proof->hash[i];
        proof->hash[i] = proof->hash[proof->count - 1 - i];
        proof->hash[proof->count - 1 - i] = swap;
    }
}

static enum hf_status hand_out(const struct maker *maker, struct hf_proof *out)
{
    if (!maker->complete)
        return HF_ERR_NOT_FOUND;
    *out = maker->proof;
    return HF_OK;
}

enum hf_status hf_tree_prove_inclusion(uint64_t index, uint64_t size, hf_tree_get_fn *get, void *ctx,
                                       struct hf_proof *out)
{
    if (index >= size)
        return HF_ERR_INVALID;

    struct maker maker = {.get = get, .ctx = ctx, .complete = true};
    struct hf_span span = {0, size};
    while (span.len > 1) {
        struct hf_span left = hf_span_left(span);
        struct hf_span right = hf_span_right(span);
        bool go_left = index < right.begin;
        add(&maker, go_left ? right : left);
        span = go_left ? left : right;
    }
    reverse(&maker.proof);
    return hand_out(&maker, out);
}

/* SUBPROOF of RFC 6962 2.1.2, from the root down: follows the right edge of the old tree. */
enum hf_status hf_tree_prove_consistency(uint64_t old_size, uint64_t new_size, hf_tree_get_fn *get, void *ctx,
                                         struct hf_proof *out)
{
    if (old_size > new_size)
        return HF_ERR_INVALID;

    struct maker maker = {.get = get, .ctx = ctx, .complete = true};
    struct hf_span span = {0, new_size};
    while (old_size > 0 && span.begin + span.len != old_size) {
        struct hf_span left = hf_span_left(span);
        struct hf_span right = hf_span_right(span);
        bool go_left = old_size <= right.begin;
        add(&maker, go_left ? right : left);
        span = go_left ? left : right;
    }
    /* A span that begins at 0 is the old tree itself, whose root the verifier has. */
    if (old_size > 0 && span.begin > 0)
        add(&maker, span);
    reverse(&maker.proof);
    return hand_out(&maker, out);
}

static void add_border(struct maker *maker, struct hf_span span)
{
    uint64_t end = span.begin + span.len;
    if (span.begin >= maker->end || end <= maker->first) {
        add(maker, span);
    } else if (span.begin < maker->first || end > maker->end) {
        add_border(maker, hf_span_left(span));
        add_border(maker, hf_span_right(span));
    }
}

enum hf_status hf_tree_prove_range(uint64_t first, uint64_t count, uint64_t size, hf_tree_get_fn *get, void *ctx,
                                   struct hf_proof *out)
{
    if (count == 0 || first >= size || count > size - first)
        return HF_ERR_INVALID;

    struct maker maker = {.get = get, .ctx = ctx, .first = first, .end = first + count, .complete = true};
    add_border(&maker, (struct hf_span){0, size});
    return hand_out(&maker, out);
}
