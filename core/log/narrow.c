/* From the proof of a range to that of one entry in it: with the leaves of the range every node beside the path can be
 * worked out. */
#include "core/log/span.h"
#include "core/log/tree.h"

struct narrow {
    uint64_t first, end;
    const struct hf_hash *leaf_hashes;
    const struct hf_proof *range;
    size_t used;
    uint64_t index;
    struct hf_proof *out;
};

static bool has(struct hf_span span, uint64_t index)
{
    return index >= span.begin && index - span.begin < span.len;
}

/* Depth is at most 64. Borders are taken left to right as the range's proof has them; siblings of the path are added on
 * the way up, as an inclusion proof has them. False when the proof does not have the form for this range. */
static bool walk(struct narrow *narrow, struct hf_span span, struct hf_hash *out)
{
    struct hf_hash left, right;
    if (span.begin >= narrow->end || span.begin + span.len <= narrow->first) {
        if (narrow->used == narrow->range->count)
            return false;
        *out = narrow->range->hash[narrow->used++];
        return true;
    }
    if (span.len == 1) {
        *out = narrow->leaf_hashes[span.begin - narrow->first];
        return true;
    }
    if (!walk(narrow, hf_span_left(span), &left) || !walk(narrow, hf_span_right(span), &right))
        return false;
    if (has(span, narrow->index)) {
        if (narrow->out->count == HF_PROOF_HASHES_MAX)
            return false;
        narrow->out->hash[narrow->out->count++] = has(hf_span_left(span), narrow->index) ? right : left;
    }
    hf_tree_node_hash(&left, &right, out);
    return true;
}

enum hf_status hf_tree_narrow_range(uint64_t first, const struct hf_hash *leaf_hashes, uint64_t count, uint64_t size,
                                    const struct hf_proof *range, uint64_t index, struct hf_proof *out)
{
    struct hf_proof proof = {.count = 0};
    struct hf_hash root;
    if (count == 0 || first >= size || count > size - first || index < first || index - first >= count ||
        range->count > HF_PROOF_HASHES_MAX)
        return HF_ERR_INVALID;
    struct narrow narrow = {.first = first,
                            .end = first + count,
                            .leaf_hashes = leaf_hashes,
                            .range = range,
                            .index = index,
                            .out = &proof};
    if (!walk(&narrow, (struct hf_span){0, size}, &root) || narrow.used != range->count)
        return HF_ERR_INVALID;
    *out = proof;
    return HF_OK;
}
