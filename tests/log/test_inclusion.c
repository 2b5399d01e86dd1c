#include "tests/log/support_log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define SIZES_MAX          70
#define EVERY_BIT_SIZE_MAX 12 /* above it a few seeded bits of each hash are turned */
#define SOME_BITS          3

static struct hf_node_store store;
static struct hf_hash leaf[SIZES_MAX + 1];
static struct hf_hash root[SIZES_MAX + 1];

static int set_up(void **state)
{
    (void)state;
    support_fill(&store, SIZES_MAX);
    for (uint64_t size = 0; size <= SIZES_MAX; size++) {
        support_leaf_hash(size, &leaf[size]);
        support_naive_root(0, size, &root[size]);
    }
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    hf_node_store_clear(&store);
    return 0;
}

static void prove(uint64_t index, uint64_t size, struct hf_proof *out)
{
    assert_int_equal(hf_tree_prove_inclusion(index, size, hf_node_store_get, &store, out), HF_OK);
}

static enum hf_status verify(uint64_t index, uint64_t size, const struct hf_proof *proof)
{
    return hf_tree_verify_inclusion(index, size, &leaf[index], proof, &root[size]);
}

/* PATH(m, D[n]) of RFC 6962 2.1.1, by its recursion. */
static void naive_path(uint64_t index, uint64_t begin, uint64_t end, struct hf_proof *out)
{
    if (end - begin == 1)
        return;
    uint64_t middle = begin + support_naive_split(end - begin);
    if (index < middle) {
        naive_path(index, begin, middle, out);
        support_naive_root(middle, end, &out->hash[out->count++]);
    } else {
        naive_path(index, middle, end, out);
        support_naive_root(begin, middle, &out->hash[out->count++]);
    }
}

/* On which side the siblings stand, from the root down. Two pairs of index and size with the same sides are one and the
 * same statement about hashes; what binds the size is the signed checkpoint. */
static size_t sides(uint64_t index, uint64_t size, char out[64])
{
    size_t count = 0;
    while (size > 1) {
        uint64_t left = support_naive_split(size);
        bool go_left = index < left;
        out[count++] = go_left ? 'r' : 'l';
        index -= go_left ? 0 : left;
        size = go_left ? left : size - left;
    }
    return count;
}

static bool same_statement(uint64_t index, uint64_t size, uint64_t other_index, uint64_t other_size)
{
    char a[64];
    char b[64];
    size_t count = sides(index, size, a);
    return count == sides(other_index, other_size, b) && memcmp(a, b, count) == 0;
}

static void every_leaf_of_every_size__has_a_proof_that_verifies(void **state)
{
    (void)state;
    for (uint64_t size = 1; size <= SIZES_MAX; size++) {
        for (uint64_t index = 0; index < size; index++) {
            struct hf_proof proof;
            struct hf_proof naive = {.count = 0};
            prove(index, size, &proof);
            naive_path(index, 0, size, &naive);
            assert_int_equal(proof.count, naive.count);
            assert_memory_equal(proof.hash, naive.hash, naive.count * sizeof naive.hash[0]);
            assert_int_equal(verify(index, size, &proof), HF_OK);
        }
    }
}

static void refuse_flips(uint64_t index, uint64_t size, uint64_t *random)
{
    struct hf_proof proof;
    prove(index, size, &proof);
    unsigned tries = size <= EVERY_BIT_SIZE_MAX ? HF_HASH_BYTES * 8 : SOME_BITS;
    for (size_t i = 0; i < proof.count; i++) {
        for (unsigned t = 0; t < tries; t++) {
            unsigned bit = size <= EVERY_BIT_SIZE_MAX ? t : (unsigned)(support_random(random) % (HF_HASH_BYTES * 8));
            support_flip(&proof.hash[i], bit);
            assert_int_equal(verify(index, size, &proof), HF_ERR_AUTH);
            support_flip(&proof.hash[i], bit);
        }
    }
}

static void a_bit_turned_in_the_proof__is_refused(void **state)
{
    (void)state;
    uint64_t random = support_seed();
    for (uint64_t size = 1; size <= SIZES_MAX; size++) {
        for (uint64_t index = 0; index < size; index++)
            refuse_flips(index, size, &random);
    }
}

static void a_bit_turned_in_leaf_or_root__is_refused(void **state)
{
    (void)state;
    for (uint64_t size = 1; size <= EVERY_BIT_SIZE_MAX; size++) {
        for (unsigned bit = 0; bit < HF_HASH_BYTES * 8; bit++) {
            uint64_t index = bit % size;
            struct hf_proof proof;
            struct hf_hash other = leaf[index];
            prove(index, size, &proof);
            support_flip(&other, bit);
            assert_int_equal(hf_tree_verify_inclusion(index, size, &other, &proof, &root[size]), HF_ERR_AUTH);
            other = root[size];
            support_flip(&other, bit);
            assert_int_equal(hf_tree_verify_inclusion(index, size, &leaf[index], &proof, &other), HF_ERR_AUTH);
        }
    }
}

/* Claims the leaf stands elsewhere, or in a tree of another size, everything else being right. */
static void check_claim(uint64_t index, uint64_t size, uint64_t claimed_index, uint64_t claimed_size)
{
    struct hf_proof proof;
    prove(index, size, &proof);
    enum hf_status wanted = HF_ERR_AUTH;
    if (claimed_index >= claimed_size)
        wanted = HF_ERR_INVALID;
    else if (same_statement(index, size, claimed_index, claimed_size))
        wanted = HF_OK;
    assert_int_equal(hf_tree_verify_inclusion(claimed_index, claimed_size, &leaf[index], &proof, &root[size]), wanted);
}

static void a_wrong_index__is_refused(void **state)
{
    (void)state;
    for (uint64_t size = 1; size <= SIZES_MAX; size++) {
        for (uint64_t index = 0; index < size; index += 1 + size / 8) {
            for (uint64_t claimed = 0; claimed <= size; claimed++) {
                assert_true(claimed == index || claimed == size || !same_statement(index, size, claimed, size));
                check_claim(index, size, claimed, size);
            }
            check_claim(index, size, UINT64_MAX, size);
        }
    }
}

static void a_wrong_size__is_refused_unless_it_says_the_same(void **state)
{
    (void)state;
    for (uint64_t size = 1; size <= SIZES_MAX; size++) {
        for (uint64_t index = 0; index < size; index += 1 + size / 8) {
            for (uint64_t claimed = 0; claimed <= SIZES_MAX + 60; claimed++)
                check_claim(index, size, index, claimed);
            check_claim(index, size, index, size << 32);
            check_claim(index, size, index, UINT64_MAX);
        }
    }
}

static void a_hash_more_or_less__is_refused(void **state)
{
    (void)state;
    for (uint64_t size = 1; size <= SIZES_MAX; size++) {
        for (uint64_t index = 0; index < size; index++) {
            struct hf_proof proof;
            prove(index, size, &proof);
            proof.hash[proof.count++] = leaf[index];
            assert_int_equal(verify(index, size, &proof), HF_ERR_AUTH);
            if (proof.count < 2)
                continue;
            proof.count -= 2;
            assert_int_equal(verify(index, size, &proof), HF_ERR_AUTH);
        }
    }
}

/* Without a look at where the path ends, a root made to measure would let an inner node pass for a leaf. */
static void a_path_that_adds_up_beyond_the_root__is_refused(void **state)
{
    (void)state;
    for (uint64_t size = 1; size <= SIZES_MAX; size++) {
        for (uint64_t index = 0; index < size; index += 1 + size / 8) {
            struct hf_proof proof;
            struct hf_hash above;
            prove(index, size, &proof);
            proof.hash[proof.count++] = leaf[0];
            hf_tree_node_hash(&leaf[0], &root[size], &above);
            assert_int_equal(hf_tree_verify_inclusion(index, size, &leaf[index], &proof, &above), HF_ERR_AUTH);
            hf_tree_node_hash(&root[size], &leaf[0], &above);
            assert_int_equal(hf_tree_verify_inclusion(index, size, &leaf[index], &proof, &above), HF_ERR_AUTH);
        }
    }
}

static void impossible_sizes__are_invalid(void **state)
{
    (void)state;
    struct hf_proof proof = {.count = 0};
    assert_int_equal(hf_tree_verify_inclusion(0, 0, leaf, &proof, leaf), HF_ERR_INVALID);
    assert_int_equal(hf_tree_verify_inclusion(1, 1, leaf, &proof, leaf), HF_ERR_INVALID);
    proof.count = HF_PROOF_HASHES_MAX + 1;
    assert_int_equal(hf_tree_verify_inclusion(0, 1, leaf, &proof, leaf), HF_ERR_INVALID);
    assert_int_equal(hf_tree_prove_inclusion(3, 3, hf_node_store_get, &store, &proof), HF_ERR_INVALID);
    assert_int_equal(hf_tree_prove_inclusion(0, 0, hf_node_store_get, &store, &proof), HF_ERR_INVALID);
}

static void unknown_nodes__are_not_found(void **state)
{
    (void)state;
    struct hf_proof proof = {.count = 5};
    assert_int_equal(hf_tree_prove_inclusion(0, SIZES_MAX + 1, hf_node_store_get, &store, &proof), HF_ERR_NOT_FOUND);
    assert_int_equal(proof.count, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_leaf_of_every_size__has_a_proof_that_verifies),
        cmocka_unit_test(a_bit_turned_in_the_proof__is_refused),
        cmocka_unit_test(a_bit_turned_in_leaf_or_root__is_refused),
        cmocka_unit_test(a_wrong_index__is_refused),
        cmocka_unit_test(a_wrong_size__is_refused_unless_it_says_the_same),
        cmocka_unit_test(a_hash_more_or_less__is_refused),
        cmocka_unit_test(a_path_that_adds_up_beyond_the_root__is_refused),
        cmocka_unit_test(impossible_sizes__are_invalid),
        cmocka_unit_test(unknown_nodes__are_not_found),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
