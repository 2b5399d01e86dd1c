/* Amendments at the office: nobody amends or declines what was never made final, whatever a modified client signs. */
#include "core/model/act.h"
#include "core/pack/writer.h"
#include "tests/server/support_world.h"

#define TYPE_VIEWS  26
#define VIEWS_WORDS 4

/* Words and an act in one change; words NULL: the act alone, act HF_ACT_NONE: the words alone. */
static struct hf_item item_with(struct world *world, struct device *device, const char *words, enum hf_act act,
                                const struct hf_id *names, const struct hf_id *base)
{
    struct hf_buf value = {0}, decided = {0}, body = {0};
    struct hf_edit_input edits[2];
    struct hf_id named = names ? *names : hf_id_zero();
    size_t count = 0;
    if (words) {
        hf_pack_text(&value, hf_slice_str(words));
        edits[count++] = (struct hf_edit_input){.field = VIEWS_WORDS, .value = hf_buf_slice(&value)};
    }
    if (act != HF_ACT_NONE) {
        hf_act_encode(act, &named, names ? 1 : 0, &decided);
        edits[count++] = (struct hf_edit_input){
            .field = HF_FIELD_FINAL, .value = hf_buf_slice(&decided), .bases = base, .base_count = base ? 1 : 0};
    }
    const struct hf_data_body_input input = {.case_id = world->key.case_id,
                                             .record_id = world->record,
                                             .type = TYPE_VIEWS,
                                             .edits = edits,
                                             .edit_count = count,
                                             .reason = hf_slice_str("it was agreed")};
    assert_int_equal(hf_data_body_encode(&input, &body, NULL), HF_OK);
    struct hf_item item = device_leaf(device, HF_LEAF_DATA, &world->key, hf_buf_slice(&body));
    hf_buf_clear(&value);
    hf_buf_clear(&decided);
    hf_buf_clear(&body);
    return item;
}

static enum hf_hold hold_of(struct device *device, struct hf_item item)
{
    return device_push_one(device, item).hold;
}

static void answer__that_names_no_finalising_is_held(void **state)
{
    struct world *world = *state;
    struct hf_item said = item_with(world, &world->worker, "I want to stay", HF_ACT_NONE, NULL, NULL);
    struct hf_id id = item_id(&said);
    assert_int_equal(hold_of(&world->worker, said), HF_HOLD_NONE);
    struct hf_item amend = item_with(world, &world->manager, "Stays", HF_ACT_AMEND, &id, &id);
    struct hf_id amend_id = item_id(&amend);
    assert_int_equal(hold_of(&world->manager, amend), HF_HOLD_FINAL);
    assert_string_equal(office_text(world->office, &world->record, VIEWS_WORDS), "I want to stay");
    assert_int_equal(hold_of(&world->manager, item_with(world, &world->manager, NULL, HF_ACT_DECLINE, &id, &id)),
                     HF_HOLD_FINAL);
    /* and nothing is built on it */
    assert_int_equal(hold_of(&world->manager, item_with(world, &world->manager, NULL, HF_ACT_DECLINE, &id, &amend_id)),
                     HF_HOLD_BASE);
}

static void answer__that_follows_the_finalising_takes_effect(void **state)
{
    struct world *world = *state;
    struct hf_item final = item_with(world, &world->worker, "I want to stay", HF_ACT_FINALISE, NULL, NULL);
    struct hf_id final_id = item_id(&final);
    struct hf_item beside = item_with(world, &world->worker, "I like it here", HF_ACT_NONE, NULL, NULL);
    struct hf_id beside_id = item_id(&beside);
    assert_int_equal(hold_of(&world->worker, final), HF_HOLD_NONE);
    assert_int_equal(hold_of(&world->worker, beside), HF_HOLD_NONE);
    assert_int_equal(
        hold_of(&world->manager, item_with(world, &world->manager, NULL, HF_ACT_DECLINE, &beside_id, &final_id)),
        HF_HOLD_NONE);
    assert_string_equal(office_text(world->office, &world->record, VIEWS_WORDS), "I want to stay");
}

static void answer__that_waited_for_what_is_no_finalising_is_held_when_it_comes(void **state)
{
    struct world *world = *state;
    struct hf_item said = item_with(world, &world->worker, "I want to stay", HF_ACT_NONE, NULL, NULL);
    struct hf_id id = item_id(&said);
    struct hf_item decline = item_with(world, &world->manager, NULL, HF_ACT_DECLINE, &id, &id);
    struct hf_id decline_id = item_id(&decline);
    assert_int_equal(hold_of(&world->manager, decline), HF_HOLD_NONE);
    assert_true(office_standing(world->office, &decline_id).waiting);
    assert_int_equal(hold_of(&world->worker, said), HF_HOLD_NONE);
    assert_int_equal(office_standing(world->office, &decline_id).hold, HF_HOLD_FINAL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(answer__that_names_no_finalising_is_held),
        TEST(answer__that_follows_the_finalising_takes_effect),
        TEST(answer__that_waited_for_what_is_no_finalising_is_held_when_it_comes),
    };
    if (hf_crypto_init(false) != HF_OK)
        return 1;
    return cmocka_run_group_tests_name("answers", tests, NULL, NULL);
}
