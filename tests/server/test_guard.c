#include "tests/server/support_office.h"

#include <string.h>

struct world {
    char folder[128];
    uint8_t key[HF_KEY_BYTES];
    struct hf_vault *vault;
    struct hf_guard *guard;
    struct hf_error err;
};

static int setup(void **state)
{
    static struct world world;
    memset(&world, 0, sizeof world);
    assert_int_equal(hf_crypto_init(false), HF_OK);
    office_folder_make(world.folder);
    hf_random(world.key, sizeof world.key);
    world.vault = office_vault(world.folder, "guard", world.key);
    assert_int_equal(hf_guard_create(world.vault, &world.guard, &world.err), HF_OK);
    *state = &world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    hf_guard_close(world->guard);
    assert_int_equal(hf_vault_close(world->vault), HF_OK);
    office_folder_remove(world->folder);
    return 0;
}

static void reopen(struct world *world)
{
    hf_guard_close(world->guard);
    assert_int_equal(hf_vault_close(world->vault), HF_OK);
    world->vault = office_vault(world->folder, "guard", world->key);
    assert_int_equal(hf_guard_open(world->vault, &world->guard, &world->err), HF_OK);
}

static struct hf_guard_mark mark_of(uint64_t size, uint8_t first)
{
    struct hf_guard_mark mark = {.size = size, .root = {{first}}};
    return mark;
}

static void assert_mark(struct world *world, const struct hf_guard_mark *expected)
{
    struct hf_guard_mark mark;
    assert_int_equal(hf_guard_get(world->guard, &mark), HF_OK);
    assert_int_equal(mark.size, expected->size);
    assert_memory_equal(mark.root.bytes, expected->root.bytes, sizeof mark.root.bytes);
}

static struct hf_guard_mark empty_mark(void)
{
    struct hf_tree tree = {0};
    struct hf_guard_mark mark = {0};
    hf_tree_root(&tree, &mark.root);
    return mark;
}

static void guard__begins_with_the_empty_tree(void **state)
{
    struct hf_guard_mark empty = empty_mark();
    assert_mark(*state, &empty);
}

static void guard__remembers_over_a_restart(void **state)
{
    struct world *world = *state;
    struct hf_guard_mark empty = empty_mark(), next = mark_of(UINT32_MAX + 5ull, 1);
    assert_int_equal(hf_guard_advance(world->guard, &empty, &next), HF_OK);
    reopen(world);
    assert_mark(world, &next);
}

static void guard__made_again_keeps_its_mark(void **state)
{
    struct world *world = *state;
    struct hf_guard_mark empty = empty_mark(), next = mark_of(5, 1);
    assert_int_equal(hf_guard_advance(world->guard, &empty, &next), HF_OK);
    hf_guard_close(world->guard);
    assert_int_equal(hf_guard_create(world->vault, &world->guard, &world->err), HF_OK);
    assert_mark(world, &next);
}

static void guard__moves_only_from_where_it_is(void **state)
{
    struct world *world = *state;
    struct hf_guard_mark empty = empty_mark(), a = mark_of(5, 1), b = mark_of(9, 2), other_a = mark_of(5, 3);
    assert_int_equal(hf_guard_advance(world->guard, &empty, &a), HF_OK);
    assert_int_equal(hf_guard_advance(world->guard, &empty, &b), HF_ERR_CONFLICT);
    assert_int_equal(hf_guard_advance(world->guard, &other_a, &b), HF_ERR_CONFLICT);
    assert_mark(world, &a);
    assert_int_equal(hf_guard_advance(world->guard, &a, &b), HF_OK);
    assert_mark(world, &b);
}

static void guard__never_goes_back(void **state)
{
    struct world *world = *state;
    struct hf_guard_mark empty = empty_mark(), a = mark_of(5, 1), less = mark_of(4, 2), fork = mark_of(5, 2);
    assert_int_equal(hf_guard_advance(world->guard, &empty, &a), HF_OK);
    assert_int_equal(hf_guard_advance(world->guard, &a, &less), HF_ERR_CONFLICT);
    assert_int_equal(hf_guard_advance(world->guard, &a, &fork), HF_ERR_CONFLICT);
    assert_int_equal(hf_guard_advance(world->guard, &a, &a), HF_OK); /* signed again */
    assert_mark(world, &a);
}

static void guard__that_is_not_there_is_not_made_by_opening(void **state)
{
    struct world *world = *state;
    struct hf_vault *vault = office_vault(world->folder, "empty", world->key);
    struct hf_guard *guard = NULL;
    assert_int_equal(hf_guard_open(vault, &guard, &world->err), HF_ERR_NOT_FOUND);
    assert_null(guard);
    assert_non_null(strstr(world->err.text, "guard.db"));
    assert_int_equal(hf_vault_close(vault), HF_OK);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(guard__begins_with_the_empty_tree),
        TEST(guard__remembers_over_a_restart),
        TEST(guard__made_again_keeps_its_mark),
        TEST(guard__moves_only_from_where_it_is),
        TEST(guard__never_goes_back),
        TEST(guard__that_is_not_there_is_not_made_by_opening),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
