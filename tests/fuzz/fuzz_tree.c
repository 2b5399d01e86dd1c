/* Proofs from anywhere: never a crash or an endless loop, and a proof that verifies for a tree we know is the one the
 * tree itself gives. Bytes: old or first u64, count u8, size u64, hashes. */
#include "core/base/assert.h"
#include "core/log/node_store.h"

#include <string.h>

#define HEAD_BYTES  17
#define LEAVES      37
#define KNOWN_SIZES (LEAVES + 1)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct hf_node_store store;
static struct hf_hash leaf[LEAVES];
static struct hf_hash root[KNOWN_SIZES];

static bool set_up(void)
{
    if (hf_crypto_init(false) != HF_OK)
        return false;
    hf_tree_root(&store.tree, &root[0]);
    for (uint8_t i = 0; i < LEAVES; i++) {
        hf_tree_leaf_hash(hf_slice_of(&i, 1), &leaf[i]);
        if (hf_node_store_append(&store, &leaf[i]) != HF_OK)
            return false;
        hf_tree_root(&store.tree, &root[i + 1]);
    }
    return true;
}

static void read_proof(const uint8_t *data, size_t size, struct hf_proof *out)
{
    out->count = size / HF_HASH_BYTES;
    if (out->count > HF_PROOF_HASHES_MAX)
        out->count = HF_PROOF_HASHES_MAX;
    memcpy(out->hash, data, out->count * HF_HASH_BYTES);
}

static void check_same(const struct hf_proof *given, const struct hf_proof *ours)
{
    HF_ASSERT(given->count == ours->count);
    HF_ASSERT(memcmp(given->hash, ours->hash, ours->count * sizeof ours->hash[0]) == 0);
}

static void check_known(uint64_t first, uint64_t count, uint64_t size, const struct hf_proof *proof)
{
    struct hf_proof ours;
    if (hf_tree_verify_inclusion(first, size, &leaf[first % LEAVES], proof, &root[size]) == HF_OK) {
        HF_ASSERT(hf_tree_prove_inclusion(first, size, hf_node_store_get, &store, &ours) == HF_OK);
        check_same(proof, &ours);
    }
    if (first < size && count <= size - first &&
        hf_tree_verify_range(first, &leaf[first], count, size, proof, &root[size]) == HF_OK) {
        HF_ASSERT(hf_tree_prove_range(first, count, size, hf_node_store_get, &store, &ours) == HF_OK);
        check_same(proof, &ours);
    }
    if (hf_tree_verify_consistency(first, &root[first % KNOWN_SIZES], size, &root[size], proof) == HF_OK) {
        HF_ASSERT(hf_tree_prove_consistency(first, size, hf_node_store_get, &store, &ours) == HF_OK);
        check_same(proof, &ours);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool ready;
    struct hf_proof proof;
    if (!ready && !set_up())
        return 0;
    ready = true;
    if (size < HEAD_BYTES)
        return 0;
    uint64_t first = hf_get_u64(data);
    uint64_t count = data[8] % LEAVES;
    uint64_t tree_size = hf_get_u64(data + 9);
    read_proof(data + HEAD_BYTES, size - HEAD_BYTES, &proof);

    (void)hf_tree_verify_inclusion(first, tree_size, &leaf[0], &proof, &root[1]);
    (void)hf_tree_verify_range(first, leaf, count, tree_size, &proof, &root[1]);
    (void)hf_tree_verify_consistency(first, &root[1], tree_size, &root[2], &proof);
    check_known(first % KNOWN_SIZES, count, tree_size % KNOWN_SIZES, &proof);
    return 0;
}
