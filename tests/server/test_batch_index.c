/* Where the items of a batch stand. */
#include "server/batch_index.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ITEMS 3000

static const struct hf_id *id_of(const void *items, size_t at)
{
    return &((const struct hf_id *)items)[at];
}

static struct hf_id numbered(uint32_t number)
{
    struct hf_id id = {{0}};
    hf_put_u32(id.bytes + HF_ID_BYTES - 4, number);
    return id;
}

static void items_added__are_found_where_they_stand(void **state)
{
    (void)state;
    struct hf_batch_index index = {.slots = NULL};
    struct hf_id *ids = calloc(ITEMS, sizeof *ids);
    assert_non_null(ids);
    for (size_t i = 0; i < ITEMS; i++) {
        size_t at = 0;
        ids[i] = numbered((uint32_t)i * 7);
        assert_false(hf_batch_index_find(&index, &ids[i], id_of, ids, &at));
        assert_int_equal(hf_batch_index_add(&index, id_of, ids), HF_OK);
    }
    for (size_t i = 0; i < ITEMS; i++) {
        size_t at = ITEMS;
        assert_true(hf_batch_index_find(&index, &ids[i], id_of, ids, &at));
        assert_int_equal(at, i);
    }
    hf_batch_index_clear(&index);
    free(ids);
}

/* Ids that only differ at their beginning share a place. */
static void ids_that_meet__are_told_apart(void **state)
{
    (void)state;
    struct hf_batch_index index = {.slots = NULL};
    struct hf_id ids[200];
    for (size_t i = 0; i < 200; i++) {
        ids[i] = numbered(5);
        ids[i].bytes[0] = (uint8_t)i;
        assert_int_equal(hf_batch_index_add(&index, id_of, ids), HF_OK);
    }
    for (size_t i = 0; i < 200; i++) {
        size_t at = 0;
        assert_true(hf_batch_index_find(&index, &ids[i], id_of, ids, &at));
        assert_int_equal(at, i);
    }
    hf_batch_index_clear(&index);
}

static void an_id_that_stands_twice__is_found_where_it_came_first(void **state)
{
    (void)state;
    struct hf_batch_index index = {.slots = NULL};
    struct hf_id ids[40];
    size_t at = 9;
    for (size_t i = 0; i < 40; i++) {
        ids[i] = numbered(i % 2 ? 1 : (uint32_t)(10 + i));
        assert_int_equal(hf_batch_index_add(&index, id_of, ids), HF_OK);
    }
    assert_true(hf_batch_index_find(&index, &ids[3], id_of, ids, &at));
    assert_int_equal(at, 1);
    hf_batch_index_clear(&index);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_added__are_found_where_they_stand),
        cmocka_unit_test(ids_that_meet__are_told_apart),
        cmocka_unit_test(an_id_that_stands_twice__is_found_where_it_came_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
