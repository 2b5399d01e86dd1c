/* A person's own words at the office: a modified client cannot overwrite them. */
#include "core/pack/writer.h"
#include "tests/server/support_world.h"

#include <string.h>

#define TYPE_VIEWS  26
#define VIEWS_WORDS 4

/* What no client of ours would sign. */
static struct hf_item words(struct world *world, struct device *device, const char *text, const struct hf_id *bases,
                            size_t base_count)
{
    struct hf_buf value = {0}, body = {0};
    hf_pack_text(&value, hf_slice_str(text));
    const struct hf_edit_input edit = {
        .field = VIEWS_WORDS, .value = hf_buf_slice(&value), .bases = bases, .base_count = base_count};
    const struct hf_data_body_input input = {
        .case_id = world->key.case_id, .record_id = world->record, .type = TYPE_VIEWS, .edits = &edit, .edit_count = 1};
    assert_int_equal(hf_data_body_encode(&input, &body, NULL), HF_OK);
    struct hf_item item = device_leaf(device, HF_LEAF_DATA, &world->key, hf_buf_slice(&body));
    hf_buf_clear(&value);
    hf_buf_clear(&body);
    return item;
}

static enum hf_hold hold_of(struct device *device, struct hf_item item)
{
    return device_push_one(device, item).hold;
}

static void words__of_a_child_are_not_overwritten_by_a_change_that_names_them(void **state)
{
    struct world *world = *state;
    struct hf_item said = words(world, &world->worker, "I want to stay", NULL, 0);
    struct hf_id id = item_id(&said);
    assert_int_equal(hold_of(&world->worker, said), HF_HOLD_NONE);
    struct hf_item other = words(world, &world->manager, "Wants to stay", &id, 1);
    struct hf_id other_id = item_id(&other);
    assert_int_equal(hold_of(&world->manager, other), HF_HOLD_WORDS);
    assert_string_equal(office_text(world->office, &world->record, VIEWS_WORDS), "I want to stay");
    assert_int_equal(hold_of(&world->manager, words(world, &world->manager, "Stays", &other_id, 1)), HF_HOLD_BASE);
    assert_string_equal(office_text(world->office, &world->record, VIEWS_WORDS), "I want to stay");
}

static void words__written_beside_others_clash_and_are_picked(void **state)
{
    struct world *world = *state;
    struct hf_item first = words(world, &world->worker, "I want to stay", NULL, 0);
    struct hf_item second = words(world, &world->manager, "I like it here", NULL, 0);
    struct hf_id heads[2] = {item_id(&first), item_id(&second)};
    assert_int_equal(hold_of(&world->worker, first), HF_HOLD_NONE);
    assert_int_equal(hold_of(&world->manager, second), HF_HOLD_NONE);
    assert_string_equal(office_text(world->office, &world->record, VIEWS_WORDS), "!");
    assert_int_equal(hold_of(&world->manager, words(world, &world->manager, "Likes it, will stay", heads, 2)),
                     HF_HOLD_WORDS);
    assert_string_equal(office_text(world->office, &world->record, VIEWS_WORDS), "!");
    assert_int_equal(hold_of(&world->worker, words(world, &world->worker, "I like it here", heads, 2)), HF_HOLD_NONE);
    assert_string_equal(office_text(world->office, &world->record, VIEWS_WORDS), "I like it here");
}

static void words__that_waited_for_those_they_overwrite_are_held_when_these_come(void **state)
{
    struct world *world = *state;
    struct hf_item said = words(world, &world->worker, "I want to stay", NULL, 0);
    struct hf_id id = item_id(&said);
    struct hf_item other = words(world, &world->manager, "Wants to stay", &id, 1);
    struct hf_id other_id = item_id(&other);
    assert_int_equal(hold_of(&world->manager, other), HF_HOLD_NONE);
    assert_true(office_standing(world->office, &other_id).waiting);
    assert_int_equal(hold_of(&world->worker, said), HF_HOLD_NONE);
    assert_int_equal(office_standing(world->office, &other_id).hold, HF_HOLD_WORDS);
    assert_string_equal(office_text(world->office, &world->record, VIEWS_WORDS), "I want to stay");
}

/* Both in one push: the base is found among what is not stored yet. */
static void words__pushed_together_are_judged_alike(void **state)
{
    struct world *world = *state;
    struct hf_item items[2];
    items[0] = words(world, &world->worker, "I want to stay", NULL, 0);
    struct hf_id id = item_id(&items[0]);
    items[1] = words(world, &world->worker, "Wants to stay", &id, 1);
    struct hf_id other = item_id(&items[1]);
    assert_int_equal(device_push(&world->worker, items, 2), HF_OK);
    assert_int_equal(office_standing(world->office, &other).hold, HF_HOLD_WORDS);
    assert_string_equal(office_text(world->office, &world->record, VIEWS_WORDS), "I want to stay");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(words__of_a_child_are_not_overwritten_by_a_change_that_names_them),
        TEST(words__written_beside_others_clash_and_are_picked),
        TEST(words__that_waited_for_those_they_overwrite_are_held_when_these_come),
        TEST(words__pushed_together_are_judged_alike),
    };
    if (hf_crypto_init(false) != HF_OK)
        return 1;
    return cmocka_run_group_tests_name("words", tests, NULL, NULL);
}
