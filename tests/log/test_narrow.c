/* From the proof of a range to that of one entry. */
#include "tests/log/support_log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define SIZE_MAX_HERE 21

static struct hf_node_store store;
static struct hf_hash leaf[SIZE_MAX_HERE];

static int set_up(void **state)
{
    (void)state;
    support_fill(&store, SIZE_MAX_HERE);
    for (uint64_t i = 0; i < SIZE_MAX_HERE; i++)
        support_leaf_hash(i, &leaf[i]);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    hf_node_store_clear(&store);
    return 0;
}

static void check(uint64_t first, uint64_t count, uint64_t size)
{
    struct hf_proof range, expected, got;
    assert_int_equal(hf_tree_prove_range(first, count, size, hf_node_store_get, &store, &range), HF_OK);
    for (uint64_t index = first; index < first + count; index++) {
        assert_int_equal(hf_tree_prove_inclusion(index, size, hf_node_store_get, &store, &expected), HF_OK);
        assert_int_equal(hf_tree_narrow_range(first, &leaf[first], count, size, &range, index, &got), HF_OK);
        assert_int_equal(got.count, expected.count);
        assert_memory_equal(got.hash, expected.hash, got.count * HF_HASH_BYTES);
    }
}

static void every_entry_of_every_range__has_the_proof_that_the_tree_gives(void **state)
{
    (void)state;
    for (uint64_t size = 1; size <= SIZE_MAX_HERE; size++)
        for (uint64_t first = 0; first < size; first++)
            for (uint64_t count = 1; count <= size - first; count++)
                check(first, count, size);
}

static void proof_of_another_form__gives_nothing(void **state)
{
    (void)state;
    struct hf_proof range, got;
    assert_int_equal(hf_tree_prove_range(3, 2, 11, hf_node_store_get, &store, &range), HF_OK);
    assert_int_equal(hf_tree_narrow_range(3, &leaf[3], 2, 11, &range, 5, &got), HF_ERR_INVALID);
    assert_int_equal(hf_tree_narrow_range(3, &leaf[3], 2, 11, &range, 2, &got), HF_ERR_INVALID);
    assert_int_equal(hf_tree_narrow_range(10, &leaf[3], 2, 11, &range, 10, &got), HF_ERR_INVALID);
    range.count--;
    assert_int_equal(hf_tree_narrow_range(3, &leaf[3], 2, 11, &range, 3, &got), HF_ERR_INVALID);
    range.count += 2;
    assert_int_equal(hf_tree_narrow_range(3, &leaf[3], 2, 11, &range, 3, &got), HF_ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_entry_of_every_range__has_the_proof_that_the_tree_gives),
        cmocka_unit_test(proof_of_another_form__gives_nothing),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
