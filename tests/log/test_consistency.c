#include "tests/log/support_log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define SIZES_MAX          70
#define EVERY_BIT_SIZE_MAX 12
#define SHAPE_SIZES_MAX    20

static struct hf_node_store store;
static struct hf_hash root[SIZES_MAX + 1];

static int set_up(void **state)
{
    (void)state;
    support_fill(&store, SIZES_MAX);
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

static void prove(uint64_t old_size, uint64_t new_size, struct hf_proof *out)
{
    assert_int_equal(hf_tree_prove_consistency(old_size, new_size, hf_node_store_get, &store, out), HF_OK);
}

static enum hf_status verify(uint64_t old_size, uint64_t new_size, const struct hf_proof *proof)
{
    return hf_tree_verify_consistency(old_size, &root[old_size], new_size, &root[new_size], proof);
}

/* SUBPROOF(m, D[n], b) of RFC 6962 2.1.2, by its recursion. */
static void naive_subproof(uint64_t old_end, uint64_t begin, uint64_t end, bool whole, struct hf_proof *out)
{
    if (old_end == end) {
        if (!whole)
            support_naive_root(begin, end, &out->hash[out->count++]);
        return;
    }
    uint64_t middle = begin + support_naive_split(end - begin);
    if (old_end <= middle) {
        naive_subproof(old_end, begin, middle, whole, out);
        support_naive_root(middle, end, &out->hash[out->count++]);
    } else {
        naive_subproof(old_end, middle, end, false, out);
        support_naive_root(begin, middle, &out->hash[out->count++]);
    }
}

static void every_two_sizes__have_a_proof_that_verifies(void **state)
{
    (void)state;
    for (uint64_t new_size = 0; new_size <= SIZES_MAX; new_size++) {
        for (uint64_t old_size = 0; old_size <= new_size; old_size++) {
            struct hf_proof proof;
            struct hf_proof naive = {.count = 0};
            prove(old_size, new_size, &proof);
            if (old_size > 0)
                naive_subproof(old_size, 0, new_size, true, &naive);
            assert_int_equal(proof.count, naive.count);
            assert_memory_equal(proof.hash, naive.hash, naive.count * sizeof naive.hash[0]);
            assert_int_equal(verify(old_size, new_size, &proof),
                             old_size == 0 && new_size > 0 ? HF_ERR_INVALID : HF_OK);
        }
    }
}

static void refuse_flips(uint64_t old_size, uint64_t new_size, uint64_t *random)
{
    struct hf_proof proof;
    prove(old_size, new_size, &proof);
    bool every = new_size <= EVERY_BIT_SIZE_MAX;
    for (size_t i = 0; i < proof.count; i++) {
        for (unsigned t = 0; t < (every ? HF_HASH_BYTES * 8 : 2); t++) {
            unsigned bit = every ? t : (unsigned)(support_random(random) % (HF_HASH_BYTES * 8));
            support_flip(&proof.hash[i], bit);
            assert_int_equal(verify(old_size, new_size, &proof), HF_ERR_AUTH);
            support_flip(&proof.hash[i], bit);
        }
    }
}

static void a_bit_turned_in_the_proof__is_refused(void **state)
{
    (void)state;
    uint64_t random = support_seed();
    for (uint64_t new_size = 1; new_size <= SIZES_MAX; new_size++) {
        for (uint64_t old_size = 1; old_size < new_size; old_size++)
            refuse_flips(old_size, new_size, &random);
    }
}

static void a_bit_turned_in_either_root__is_refused(void **state)
{
    (void)state;
    for (uint64_t new_size = 0; new_size <= EVERY_BIT_SIZE_MAX; new_size++) {
        for (uint64_t old_size = new_size > 0; old_size <= new_size; old_size++) {
            struct hf_proof proof;
            prove(old_size, new_size, &proof);
            for (unsigned bit = 0; bit < HF_HASH_BYTES * 8; bit++) {
                struct hf_hash other = root[old_size];
                support_flip(&other, bit);
                assert_int_equal(hf_tree_verify_consistency(old_size, &other, new_size, &root[new_size], &proof),
                                 HF_ERR_AUTH);
                other = root[new_size];
                support_flip(&other, bit);
                assert_int_equal(hf_tree_verify_consistency(old_size, &root[old_size], new_size, &other, &proof),
                                 HF_ERR_AUTH);
            }
        }
    }
}

/* How the proof is put together: 'o' both trees, 'n' the new one only, 's' a first hash of its own. Pairs of sizes put
 * together alike are one and the same statement about hashes. */
static size_t shape(uint64_t old_size, uint64_t new_size, char out[130])
{
    size_t count = 0;
    bool whole = true;
    while (old_size != new_size) {
        uint64_t left = support_naive_split(new_size);
        if (old_size <= left) {
            out[count++] = 'n';
            new_size = left;
        } else {
            out[count++] = 'o';
            old_size -= left;
            new_size -= left;
            whole = false;
        }
    }
    if (!whole)
        out[count++] = 's';
    return count;
}

static bool same_statement(uint64_t old_size, uint64_t new_size, uint64_t other_old, uint64_t other_new)
{
    char a[130];
    char b[130];
    if (old_size == 0 || other_old == 0)
        return old_size == other_old;
    size_t count = shape(old_size, new_size, a);
    return count == shape(other_old, other_new, b) && memcmp(a, b, count) == 0;
}

/* The roots and the proof of two sizes, claimed for two others. */
static void check_claim(uint64_t old_size, uint64_t new_size, uint64_t claimed_old, uint64_t claimed_new)
{
    struct hf_proof proof;
    prove(old_size, new_size, &proof);
    enum hf_status wanted = HF_ERR_AUTH;
    if (claimed_old > claimed_new || (claimed_old == 0 && claimed_new > 0))
        wanted = HF_ERR_INVALID;
    else if (same_statement(old_size, new_size, claimed_old, claimed_new))
        wanted = HF_OK;
    assert_int_equal(hf_tree_verify_consistency(claimed_old, &root[old_size], claimed_new, &root[new_size], &proof),
                     wanted);
}

static void wrong_sizes__are_refused_unless_they_say_the_same(void **state)
{
    (void)state;
    for (uint64_t new_size = 1; new_size <= SHAPE_SIZES_MAX; new_size++) {
        for (uint64_t old_size = 1; old_size <= new_size; old_size++) {
            for (uint64_t claimed_new = 0; claimed_new <= SHAPE_SIZES_MAX + 4; claimed_new++) {
                for (uint64_t claimed_old = 0; claimed_old <= SHAPE_SIZES_MAX + 4; claimed_old++)
                    check_claim(old_size, new_size, claimed_old, claimed_new);
            }
            check_claim(old_size, new_size, old_size, UINT64_MAX);
        }
    }
}

static void a_wrong_old_size__is_refused(void **state)
{
    (void)state;
    for (uint64_t new_size = 1; new_size <= SIZES_MAX; new_size++) {
        for (uint64_t old_size = 1; old_size <= new_size; old_size += 1 + new_size / 8) {
            for (uint64_t claimed = 0; claimed <= new_size; claimed++) {
                assert_true(claimed == old_size || !same_statement(old_size, new_size, claimed, new_size));
                check_claim(old_size, new_size, claimed, new_size);
            }
        }
    }
}

static void a_hash_more_or_less__is_refused(void **state)
{
    (void)state;
    for (uint64_t new_size = 0; new_size <= SIZES_MAX; new_size++) {
        for (uint64_t old_size = new_size > 0; old_size <= new_size; old_size++) {
            struct hf_proof proof;
            prove(old_size, new_size, &proof);
            support_leaf_hash(3, &proof.hash[proof.count]);
            proof.count++;
            assert_int_equal(verify(old_size, new_size, &proof), HF_ERR_AUTH);
            if (proof.count < 2)
                continue;
            proof.count -= 2;
            assert_int_equal(verify(old_size, new_size, &proof), HF_ERR_AUTH);
        }
    }
}

static void a_proof_that_adds_up_beyond_both_roots__is_refused(void **state)
{
    (void)state;
    for (uint64_t new_size = 2; new_size <= SIZES_MAX; new_size++) {
        for (uint64_t old_size = 1; old_size < new_size; old_size++) {
            struct hf_proof proof;
            struct hf_hash old_above;
            struct hf_hash new_above;
            prove(old_size, new_size, &proof);
            proof.hash[proof.count++] = root[1];
            hf_tree_node_hash(&root[1], &root[old_size], &old_above);
            hf_tree_node_hash(&root[1], &root[new_size], &new_above);
            assert_int_equal(hf_tree_verify_consistency(old_size, &old_above, new_size, &new_above, &proof),
                             HF_ERR_AUTH);
        }
    }
}

static void the_empty_tree__proves_nothing_about_a_later_one(void **state)
{
    (void)state;
    struct hf_proof proof = {.count = 0};
    assert_int_equal(hf_tree_verify_consistency(0, &root[0], 5, &root[5], &proof), HF_ERR_INVALID);
    assert_int_equal(hf_tree_verify_consistency(0, &root[0], 0, &root[0], &proof), HF_OK);
    assert_int_equal(hf_tree_verify_consistency(0, &root[0], 0, &root[1], &proof), HF_ERR_AUTH);
    assert_int_equal(hf_tree_verify_consistency(0, &root[1], 0, &root[1], &proof), HF_ERR_AUTH);
}

static void a_history_rewritten__is_refused(void **state)
{
    (void)state;
    /* The new tree keeps all leaves but one of the old; every proof its own nodes can give must fail. */
    struct hf_node_store other = {.tree = {.size = 0}};
    for (uint64_t i = 0; i < 40; i++) {
        struct hf_hash leaf;
        support_leaf_hash(i == 7 ? 1007 : i, &leaf);
        assert_int_equal(hf_node_store_append(&other, &leaf), HF_OK);
    }
    for (uint64_t old_size = 1; old_size <= 40; old_size++) {
        struct hf_proof proof;
        struct hf_hash new_root;
        assert_int_equal(hf_tree_prove_consistency(old_size, 40, hf_node_store_get, &other, &proof), HF_OK);
        assert_int_equal(hf_tree_root_at(40, hf_node_store_get, &other, &new_root), HF_OK);
        assert_int_equal(hf_tree_verify_consistency(old_size, &root[old_size], 40, &new_root, &proof),
                         old_size <= 7 ? HF_OK : HF_ERR_AUTH);
    }
    hf_node_store_clear(&other);
}

static void impossible_sizes__are_invalid(void **state)
{
    (void)state;
    struct hf_proof proof = {.count = 0};
    assert_int_equal(hf_tree_verify_consistency(2, &root[2], 1, &root[1], &proof), HF_ERR_INVALID);
    assert_int_equal(hf_tree_prove_consistency(2, 1, hf_node_store_get, &store, &proof), HF_ERR_INVALID);
    proof.count = HF_PROOF_HASHES_MAX + 1;
    assert_int_equal(hf_tree_verify_consistency(1, &root[1], 2, &root[2], &proof), HF_ERR_INVALID);
    assert_int_equal(hf_tree_prove_consistency(1, SIZES_MAX + 1, hf_node_store_get, &store, &proof), HF_ERR_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_two_sizes__have_a_proof_that_verifies),
        cmocka_unit_test(a_bit_turned_in_the_proof__is_refused),
        cmocka_unit_test(a_bit_turned_in_either_root__is_refused),
        cmocka_unit_test(wrong_sizes__are_refused_unless_they_say_the_same),
        cmocka_unit_test(a_wrong_old_size__is_refused),
        cmocka_unit_test(a_hash_more_or_less__is_refused),
        cmocka_unit_test(a_proof_that_adds_up_beyond_both_roots__is_refused),
        cmocka_unit_test(the_empty_tree__proves_nothing_about_a_later_one),
        cmocka_unit_test(a_history_rewritten__is_refused),
        cmocka_unit_test(impossible_sizes__are_invalid),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
