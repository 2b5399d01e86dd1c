#include "tests/log/support_log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define SIZES_MAX       40
#define SHAPE_SIZES_MAX 16

static struct hf_node_store store;
static struct hf_hash leaf[SIZES_MAX + 2];
static struct hf_hash root[SIZES_MAX + 1];

static int set_up(void **state)
{
    (void)state;
    support_fill(&store, SIZES_MAX);
    for (uint64_t i = 0; i < SIZES_MAX + 2; i++)
        support_leaf_hash(i, &leaf[i]);
    for (uint64_t size = 0; size <= SIZES_MAX; size++)
        support_naive_root(0, size, &root[size]);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    hf_node_store_clear(&store);
    return 0;
}

struct range {
    uint64_t first;
    uint64_t count;
    uint64_t size;
};

/* Every range of every size, one after the other; false after the last. Start from {0, 0, 1}. */
static bool next_range(struct range *range, uint64_t size_max)
{
    if (range->first + range->count < range->size) {
        range->count++;
    } else if (range->first + 1 < range->size) {
        range->first++;
        range->count = 1;
    } else {
        *range = (struct range){0, 1, range->size + 1};
    }
    return range->size <= size_max;
}

static void prove(struct range range, struct hf_proof *out)
{
    assert_int_equal(hf_tree_prove_range(range.first, range.count, range.size, hf_node_store_get, &store, out), HF_OK);
}

static enum hf_status verify(struct range range, const struct hf_proof *proof)
{
    return hf_tree_verify_range(range.first, &leaf[range.first], range.count, range.size, proof, &root[range.size]);
}

static void every_range_of_every_size__has_a_proof_that_verifies(void **state)
{
    (void)state;
    size_t tried = 0;
    for (struct range range = {0, 0, 1}; next_range(&range, SIZES_MAX); tried++) {
        struct hf_proof proof;
        prove(range, &proof);
        assert_int_equal(verify(range, &proof), HF_OK);
    }
    assert_int_equal(tried, SIZES_MAX * (SIZES_MAX + 1) * (SIZES_MAX + 2) / 6);
}

static void the_whole_tree__needs_no_hashes(void **state)
{
    (void)state;
    struct hf_proof proof;
    prove((struct range){0, 29, 29}, &proof);
    assert_int_equal(proof.count, 0);
}

static void one_leaf__needs_the_hashes_of_its_inclusion_proof(void **state)
{
    (void)state;
    for (uint64_t size = 1; size <= SIZES_MAX; size++) {
        for (uint64_t index = 0; index < size; index++) {
            struct hf_proof range;
            struct hf_proof inclusion;
            prove((struct range){index, 1, size}, &range);
            assert_int_equal(hf_tree_prove_inclusion(index, size, hf_node_store_get, &store, &inclusion), HF_OK);
            assert_int_equal(range.count, inclusion.count);
        }
    }
}

/* Border hashes left to right: range [3, 6) of 8 leaves is bordered by [0,2), [2], [6,8). */
static void border__runs_from_left_to_right(void **state)
{
    (void)state;
    static const uint64_t border[][2] = {{0, 2}, {2, 3}, {6, 8}};
    struct hf_proof proof;
    prove((struct range){3, 3, 8}, &proof);
    assert_int_equal(proof.count, 3);
    for (size_t i = 0; i < 3; i++) {
        struct hf_hash naive;
        support_naive_root(border[i][0], border[i][1], &naive);
        support_assert_same(&proof.hash[i], &naive);
    }
}

static void a_bit_turned_in_proof_leaves_or_root__is_refused(void **state)
{
    (void)state;
    uint64_t random = support_seed();
    for (struct range range = {0, 0, 1}; next_range(&range, SIZES_MAX);) {
        struct hf_proof proof;
        prove(range, &proof);
        for (size_t i = 0; i < proof.count; i++) {
            unsigned bit = (unsigned)(support_random(&random) % (HF_HASH_BYTES * 8));
            support_flip(&proof.hash[i], bit);
            assert_int_equal(verify(range, &proof), HF_ERR_AUTH);
            support_flip(&proof.hash[i], bit);
        }
        unsigned bit = (unsigned)(support_random(&random) % (HF_HASH_BYTES * 8));
        struct hf_hash *one = &leaf[range.first + support_random(&random) % range.count];
        support_flip(one, bit);
        assert_int_equal(verify(range, &proof), HF_ERR_AUTH);
        support_flip(one, bit);
        support_flip(&root[range.size], bit);
        assert_int_equal(verify(range, &proof), HF_ERR_AUTH);
        support_flip(&root[range.size], bit);
    }
}

static void every_bit_of_some_proofs__counts(void **state)
{
    (void)state;
    for (struct range range = {0, 0, 1}; next_range(&range, 7);) {
        struct hf_proof proof;
        prove(range, &proof);
        for (size_t i = 0; i < proof.count * HF_HASH_BYTES * 8; i++) {
            struct hf_hash *hash = &proof.hash[i / (HF_HASH_BYTES * 8)];
            support_flip(hash, (unsigned)(i % (HF_HASH_BYTES * 8)));
            assert_int_equal(verify(range, &proof), HF_ERR_AUTH);
            support_flip(hash, (unsigned)(i % (HF_HASH_BYTES * 8)));
        }
    }
}

/* The tree as text, with '.' for a leaf of the range and 'o' for a hash of the proof. */
static void shape(struct range range, uint64_t begin, uint64_t end, struct hf_buf *out)
{
    if (begin >= range.first + range.count || end <= range.first) {
        hf_buf_append_str(out, "o");
    } else if (end - begin == 1) {
        hf_buf_append_str(out, ".");
    } else {
        uint64_t middle = begin + support_naive_split(end - begin);
        hf_buf_append_str(out, "(");
        shape(range, begin, middle, out);
        shape(range, middle, end, out);
        hf_buf_append_str(out, ")");
    }
}

static bool same_statement(struct range a, struct range b)
{
    struct hf_buf of_a = {.len = 0};
    struct hf_buf of_b = {.len = 0};
    shape(a, 0, a.size, &of_a);
    shape(b, 0, b.size, &of_b);
    bool same = hf_slice_equal(hf_buf_slice(&of_a), hf_buf_slice(&of_b));
    hf_buf_clear(&of_a);
    hf_buf_clear(&of_b);
    return same;
}

static void wrong_first_count_or_size__is_refused_unless_it_says_the_same(void **state)
{
    (void)state;
    for (struct range range = {0, 0, 1}; next_range(&range, SHAPE_SIZES_MAX);) {
        struct hf_proof proof;
        prove(range, &proof);
        for (struct range claimed = {0, 0, 1}; next_range(&claimed, SHAPE_SIZES_MAX + 2);) {
            if (claimed.count > range.count)
                continue; /* there are no further leaves to show */
            enum hf_status wanted = same_statement(range, claimed) ? HF_OK : HF_ERR_AUTH;
            assert_true(wanted == HF_ERR_AUTH || claimed.size != range.size || claimed.first == range.first);
            assert_int_equal(hf_tree_verify_range(claimed.first, &leaf[range.first], claimed.count, claimed.size,
                                                  &proof, &root[range.size]),
                             wanted);
        }
    }
}

static void leaves_in_another_order__are_refused(void **state)
{
    (void)state;
    struct range range = {5, 9, 23};
    struct hf_proof proof;
    prove(range, &proof);
    for (uint64_t i = range.first; i + 1 < range.first + range.count; i++) {
        struct hf_hash swap = leaf[i];
        leaf[i] = leaf[i + 1];
        leaf[i + 1] = swap;
        assert_int_equal(verify(range, &proof), HF_ERR_AUTH);
        leaf[i + 1] = leaf[i];
        leaf[i] = swap;
    }
    assert_int_equal(verify(range, &proof), HF_OK);
}

static void a_hash_more_or_less__is_refused(void **state)
{
    (void)state;
    for (struct range range = {0, 0, 1}; next_range(&range, SIZES_MAX);) {
        struct hf_proof proof;
        prove(range, &proof);
        proof.hash[proof.count++] = leaf[0];
        assert_int_equal(verify(range, &proof), HF_ERR_AUTH);
        if (proof.count < 2)
            continue;
        proof.count -= 2;
        assert_int_equal(verify(range, &proof), HF_ERR_AUTH);
    }
}

static void impossible_ranges__are_invalid(void **state)
{
    (void)state;
    static const struct range impossible[] = {
        {0, 0, 5}, {5, 1, 5}, {4, 2, 5}, {0, 6, 5}, {0, 1, 0}, {UINT64_MAX, 2, 5}, {1, UINT64_MAX, 5},
    };
    struct hf_proof proof = {.count = 0};
    for (size_t i = 0; i < sizeof impossible / sizeof impossible[0]; i++) {
        const struct range *range = &impossible[i];
        assert_int_equal(
            hf_tree_prove_range(range->first, range->count, range->size, hf_node_store_get, &store, &proof),
            HF_ERR_INVALID);
        assert_int_equal(hf_tree_verify_range(range->first, leaf, range->count, range->size, &proof, &root[5]),
                         HF_ERR_INVALID);
    }
    proof.count = HF_PROOF_HASHES_MAX + 1;
    assert_int_equal(hf_tree_verify_range(0, leaf, 1, 5, &proof, &root[5]), HF_ERR_INVALID);
    assert_int_equal(hf_tree_prove_range(0, 1, SIZES_MAX + 1, hf_node_store_get, &store, &proof), HF_ERR_NOT_FOUND);
}

/* A tree of any size whose leaves are all alike: a perfect subtree depends on its level only. */
static struct hf_hash alike[64];

static bool get_alike(void *ctx, unsigned level, uint64_t index, struct hf_hash *out)
{
    (void)ctx;
    (void)index;
    *out = alike[level];
    return true;
}

static void the_largest_trees__have_proofs_within_the_limit(void **state)
{
    (void)state;
    static const struct range ranges[] = {
        {(1ull << 63) - 1, 2, UINT64_MAX}, {UINT64_MAX - 1, 1, UINT64_MAX},   {0, 1, UINT64_MAX},
        {(1ull << 63) - 1, 3, UINT64_MAX}, {(1ull << 62) + 5, 1, 1ull << 63}, {(1ull << 63), 1, (1ull << 63) + 1},
    };
    struct hf_hash leaves[3];
    size_t longest = 0;
    alike[0] = leaves[0] = leaves[1] = leaves[2] = leaf[0];
    for (unsigned level = 1; level < 64; level++)
        hf_tree_node_hash(&alike[level - 1], &alike[level - 1], &alike[level]);

    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        const struct range *range = &ranges[i];
        struct hf_proof proof;
        struct hf_hash large_root;
        assert_int_equal(hf_tree_root_at(range->size, get_alike, NULL, &large_root), HF_OK);
        assert_int_equal(hf_tree_prove_range(range->first, range->count, range->size, get_alike, NULL, &proof), HF_OK);
        assert_int_equal(hf_tree_verify_range(range->first, leaves, range->count, range->size, &proof, &large_root),
                         HF_OK);
        longest = proof.count > longest ? proof.count : longest;

        assert_int_equal(hf_tree_prove_inclusion(range->first, range->size, get_alike, NULL, &proof), HF_OK);
        assert_int_equal(hf_tree_verify_inclusion(range->first, range->size, leaves, &proof, &large_root), HF_OK);
        if (range->first == 0)
            continue; /* nothing is proved from the empty tree */
        struct hf_hash old_root;
        assert_int_equal(hf_tree_root_at(range->first, get_alike, NULL, &old_root), HF_OK);
        assert_int_equal(hf_tree_prove_consistency(range->first, range->size, get_alike, NULL, &proof), HF_OK);
        assert_int_equal(hf_tree_verify_consistency(range->first, &old_root, range->size, &large_root, &proof), HF_OK);
    }
    assert_int_equal(longest, HF_PROOF_HASHES_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_range_of_every_size__has_a_proof_that_verifies),
        cmocka_unit_test(the_whole_tree__needs_no_hashes),
        cmocka_unit_test(one_leaf__needs_the_hashes_of_its_inclusion_proof),
        cmocka_unit_test(border__runs_from_left_to_right),
        cmocka_unit_test(a_bit_turned_in_proof_leaves_or_root__is_refused),
        cmocka_unit_test(every_bit_of_some_proofs__counts),
        cmocka_unit_test(wrong_first_count_or_size__is_refused_unless_it_says_the_same),
        cmocka_unit_test(leaves_in_another_order__are_refused),
        cmocka_unit_test(a_hash_more_or_less__is_refused),
        cmocka_unit_test(impossible_ranges__are_invalid),
        cmocka_unit_test(the_largest_trees__have_proofs_within_the_limit),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
