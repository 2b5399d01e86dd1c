/* Held changes: what is released counts, what is refused never does, and nothing behind either is blocked. */
#include "server/release.h"

#include "tests/server/support_office.h"

#include "core/pack/writer.h"

#include <string.h>

struct world {
    struct office *office;
    struct device worker, other, officer;
    struct hf_class_key key;
    struct hf_id child;
};

static int setup(void **state)
{
    static struct world world;
    memset(&world, 0, sizeof world);
    world.office = office_new();
    world.worker = device_enrolled(world.office, "Wanda Worker", HF_ROLE_WORKER);
    world.other = device_enrolled(world.office, "Olga Other", HF_ROLE_WORKER);
    world.officer = device_enrolled(world.office, "Asa Asker", HF_ROLE_OFFICE);
    world.key = device_opens_case(&world.worker);
    world.child = new_id();
    *state = &world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    office_free(world->office);
    return 0;
}

/* By somebody who does not hold the case: logged, and held. */
static struct hf_id held_edit(struct world *world, const char *text, const struct hf_id *base)
{
    struct hf_item item = device_edit(&world->other, &world->key, &world->child, CHILD_NAME, text, base, base ? 1 : 0);
    assert_int_equal(device_push_one(&world->other, item).hold, HF_HOLD_RIGHT);
    return item_id(&item);
}

static enum hf_status settle(struct world *world, const struct hf_id *change, bool released)
{
    return hf_release_settle(&world->office->office, change, released, hf_slice_str("Looked at it with both."),
                             &world->office->err);
}

static uint64_t held_count(struct world *world)
{
    struct hf_store_counts counts;
    assert_int_equal(world->office->store->ops->counts(world->office->store, &counts), HF_OK);
    return counts.held;
}

static void released_change__counts(void **state)
{
    struct world *world = *state;
    struct hf_id change = held_edit(world, "Held name", NULL);
    assert_string_equal(office_text(world->office, &world->child, CHILD_NAME), "");
    assert_int_equal(held_count(world), 1);
    assert_int_equal(settle(world, &change, true), HF_OK);
    assert_string_equal(office_text(world->office, &world->child, CHILD_NAME), "Held name");
    assert_int_equal(office_standing(world->office, &change).hold, HF_HOLD_NONE);
    assert_int_equal(held_count(world), 0);
    assert_int_equal(settle(world, &change, true), HF_ERR_STATE); /* once */
    assert_int_equal(settle(world, &change, false), HF_ERR_STATE);
}

static void refused_change__never_counts_and_is_settled(void **state)
{
    struct world *world = *state;
    struct hf_id change = held_edit(world, "Held name", NULL);
    assert_int_equal(settle(world, &change, false), HF_OK);
    assert_string_equal(office_text(world->office, &world->child, CHILD_NAME), "");
    assert_int_equal(office_standing(world->office, &change).hold, HF_HOLD_REFUSED);
    assert_int_equal(held_count(world), 0);
    assert_int_equal(settle(world, &change, false), HF_ERR_STATE);
    assert_int_equal(settle(world, &change, true), HF_OK); /* somebody thought again */
    assert_string_equal(office_text(world->office, &world->child, CHILD_NAME), "Held name");
}

static void what_builds_on_it__is_freed_with_it(void **state)
{
    struct world *world = *state;
    struct hf_id change = held_edit(world, "One", NULL);
    struct hf_id change_ids[3];
    const char *texts[] = {"Two", "Three", "Four"};
    for (size_t i = 0; i < 3; i++) {
        const struct hf_id *base = i ? &change_ids[i - 1] : &change;
        struct hf_item item = device_edit(&world->worker, &world->key, &world->child, CHILD_NAME, texts[i], base, 1);
        assert_int_equal(device_push_one(&world->worker, item).hold, HF_HOLD_BASE);
        change_ids[i] = item_id(&item);
    }
    assert_int_equal(held_count(world), 4);
    assert_int_equal(settle(world, &change_ids[1], true), HF_ERR_STATE); /* the first one comes first */
    assert_int_equal(settle(world, &change, true), HF_OK);
    assert_int_equal(held_count(world), 0);
    assert_string_equal(office_text(world->office, &world->child, CHILD_NAME), "Four");
    assert_int_equal(office_conflicts(world->office, &world->child), 0);
}

static void refused_change__does_not_block_what_does_not_build_on_it(void **state)
{
    struct world *world = *state;
    struct hf_id change = held_edit(world, "Held", NULL);
    (void)device_saves(&world->worker, &world->key, &world->child, "Not held", NULL);
    assert_string_equal(office_text(world->office, &world->child, CHILD_NAME), "Not held");
    struct hf_item on_it = device_edit(&world->worker, &world->key, &world->child, CHILD_NAME, "On it", &change, 1);
    assert_int_equal(device_push_one(&world->worker, on_it).hold, HF_HOLD_BASE);
    assert_int_equal(settle(world, &change, false), HF_OK);
    assert_string_equal(office_text(world->office, &world->child, CHILD_NAME), "Not held");
    assert_int_equal(held_count(world), 1); /* it waits for a person of its own */
    struct hf_id id = item_id(&on_it);
    assert_int_equal(settle(world, &id, false), HF_OK);
    assert_int_equal(held_count(world), 0);
}

static void change_that_waited__waits_on_when_its_base_is_not_here(void **state)
{
    struct world *world = *state;
    struct hf_item base = device_edit(&world->other, &world->key, &world->child, CHILD_NAME, "Base", NULL, 0);
    struct hf_id base_id = item_id(&base);
    struct hf_item item = device_edit(&world->worker, &world->key, &world->child, CHILD_NAME, "On it", &base_id, 1);
    assert_int_equal(device_push_one(&world->worker, item).hold, HF_HOLD_NONE); /* waiting */
    struct hf_id item_change = item_id(&item);
    assert_true(office_standing(world->office, &item_change).waiting);
    assert_int_equal(device_push_one(&world->other, base).hold, HF_HOLD_RIGHT);
    assert_int_equal(office_standing(world->office, &item_change).hold, HF_HOLD_BASE);
    assert_int_equal(settle(world, &base_id, true), HF_OK);
    assert_string_equal(office_text(world->office, &world->child, CHILD_NAME), "On it");
}

static void decision__says_why_in_the_case(void **state)
{
    struct world *world = *state;
    char slot[HF_ID_TEXT_BYTES];
    struct hf_id change = held_edit(world, "Held name", NULL);
    assert_int_equal(settle(world, &change, true), HF_OK);
    hf_id_format(&change, slot);
    struct hf_id record = hf_model_slot_id(&world->child, HF_RECORD_HELD_DECISION, hf_slice_str(slot));
    assert_string_equal(office_text(world->office, &record, HF_FIELD_HELD_VERDICT), "release");
    assert_string_equal(office_text(world->office, &record, HF_FIELD_HELD_REASON), "Looked at it with both.");
}

static void settling__needs_a_reason_and_a_held_change(void **state)
{
    struct world *world = *state;
    struct hf_id change = held_edit(world, "Held name", NULL), nobody = new_id();
    uint64_t size = office_size(world->office);
    assert_int_equal(hf_release_settle(&world->office->office, &change, true, hf_slice_str(""), &world->office->err),
                     HF_ERR_INVALID);
    assert_int_equal(settle(world, &nobody, true), HF_ERR_NOT_FOUND);
    struct hf_id fine = device_saves(&world->worker, &world->key, &world->child, "Fine", NULL);
    assert_int_equal(settle(world, &fine, false), HF_ERR_STATE);
    assert_int_equal(office_size(world->office), size + 1); /* the save */
}

/* A decision as an office's device signs it; base: the decision that it takes the place of, or NULL. */
static struct hf_item decision_on(struct world *world, struct device *device, const struct hf_id *change,
                                  const char *verdict, const struct hf_id *base)
{
    struct hf_buf values[3] = {{0}}, body = {0};
    struct hf_error err;
    char slot[HF_ID_TEXT_BYTES];
    hf_id_format(change, slot);
    hf_pack_id(&values[0], change);
    hf_pack_text(&values[1], hf_slice_str(verdict));
    hf_pack_text(&values[2], hf_slice_str("Signed by the one who decided."));
    struct hf_edit_input edits[3];
    for (size_t i = 0; i < 3; i++)
        edits[i] = (struct hf_edit_input){.field = (uint16_t)(HF_FIELD_HELD_CHANGE + i),
                                          .value = hf_buf_slice(&values[i]),
                                          .bases = base,
                                          .base_count = base ? 1 : 0};
    struct hf_data_body_input input = {.case_id = world->key.case_id,
                                       .record_id =
                                           hf_model_slot_id(&world->child, HF_RECORD_HELD_DECISION, hf_slice_str(slot)),
                                       .type = HF_RECORD_HELD_DECISION,
                                       .edits = edits,
                                       .edit_count = 3};
    assert_int_equal(hf_data_body_encode(&input, &body, &err), HF_OK);
    struct hf_item item =
        device_leaf(device, HF_LEAF_DATA, &world->key, scratch_copy(world->office, hf_buf_slice(&body)));
    for (size_t i = 0; i < 3; i++)
        hf_buf_clear(&values[i]);
    hf_buf_clear(&body);
    return item;
}

static struct hf_item decision_of(struct world *world, struct device *device, const struct hf_id *change,
                                  const char *verdict)
{
    return decision_on(world, device, change, verdict, NULL);
}

/* Two officers without a line, one after the other: the second one's file comes first. */
static void decision_that_arrives_before_its_base__is_carried_out_when_the_base_is_there(void **state)
{
    struct world *world = *state;
    struct hf_id change = held_edit(world, "One", NULL);
    struct device second = device_enrolled(world->office, "Bea Second", HF_ROLE_OFFICE);
    struct hf_item refused = decision_of(world, &world->officer, &change, "refuse");
    struct hf_id refused_id = item_id(&refused);
    struct hf_item released = decision_on(world, &second, &change, "release", &refused_id);
    struct hf_id released_id = item_id(&released);
    assert_int_equal(device_push_one(&second, released).hold, HF_HOLD_NONE);
    assert_true(office_standing(world->office, &released_id).waiting);
    assert_string_equal(office_text(world->office, &world->child, CHILD_NAME), "");
    assert_int_equal(device_push_one(&world->officer, refused).hold, HF_HOLD_NONE);
    assert_false(office_standing(world->office, &released_id).waiting);
    assert_string_equal(office_text(world->office, &world->child, CHILD_NAME), "One");
    assert_int_equal(held_count(world), 0);
}

/* The decision goes by wire, and the change that it is about is still on a stick: held for the moment that it takes. */
static void decision_that_arrives_before_its_change__is_carried_out_when_the_change_is_there(void **state)
{
    struct world *world = *state;
    struct hf_item late[2];
    late[0] = device_edit(&world->other, &world->key, &world->child, CHILD_NAME, "One", NULL, 0);
    const struct hf_id one = item_id(&late[0]);
    late[1] = device_edit(&world->other, &world->key, &world->child, CHILD_NAME, "Two", &one, 1);
    const struct hf_id two = item_id(&late[1]);
    assert_int_equal(device_push_one(&world->officer, decision_of(world, &world->officer, &two, "refuse")).hold,
                     HF_HOLD_NONE);
    assert_int_equal(device_push_one(&world->officer, decision_of(world, &world->officer, &one, "release")).hold,
                     HF_HOLD_NONE);
    assert_int_equal(held_count(world), 0);
    assert_int_equal(device_push(&world->other, late, 2), HF_OK);
    assert_int_equal(world->office->results[0].hold, HF_HOLD_RIGHT); /* the note that frees it comes behind */
    assert_string_equal(office_text(world->office, &world->child, CHILD_NAME), "One");
    assert_int_equal(office_standing(world->office, &one).hold, HF_HOLD_NONE);
    assert_int_equal(office_standing(world->office, &two).hold, HF_HOLD_REFUSED);
    assert_int_equal(held_count(world), 0);
    const uint64_t size = office_size(world->office);
    assert_int_equal(device_push(&world->other, late, 2), HF_OK); /* again: nothing is decided twice */
    assert_int_equal(office_size(world->office), size);
}

/* Two officers: the one who settles what builds on the other change is quicker. */
static void decisions_in_the_wrong_order__are_all_carried_out(void **state)
{
    struct world *world = *state;
    const struct hf_id one = held_edit(world, "One", NULL), two = held_edit(world, "Two", &one),
                       three = held_edit(world, "Three", &two);
    const struct hf_id *const order[] = {&three, &two, &one};
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(
            device_push_one(&world->officer, decision_of(world, &world->officer, order[i], "release")).hold,
            HF_HOLD_NONE);
    assert_string_equal(office_text(world->office, &world->child, CHILD_NAME), "Three");
    assert_int_equal(held_count(world), 0);
}

/* What would count anyway is not touched by a decision that somebody made about it before. */
static void decision_about_a_change_that_counts__does_nothing(void **state)
{
    struct world *world = *state;
    struct hf_item late = device_edit(&world->worker, &world->key, &world->child, CHILD_NAME, "Fine", NULL, 0);
    const struct hf_id change = item_id(&late);
    assert_int_equal(device_push_one(&world->officer, decision_of(world, &world->officer, &change, "refuse")).hold,
                     HF_HOLD_NONE);
    const uint64_t size = office_size(world->office);
    assert_int_equal(device_push_one(&world->worker, late).hold, HF_HOLD_NONE);
    assert_int_equal(office_size(world->office), size + 1);
    assert_string_equal(office_text(world->office, &world->child, CHILD_NAME), "Fine");
}

static void decision_signed_by_the_office__is_carried_out(void **state)
{
    struct world *world = *state;
    struct hf_id one = held_edit(world, "One", NULL), two = held_edit(world, "Two", &one);
    assert_int_equal(device_push_one(&world->officer, decision_of(world, &world->officer, &one, "release")).hold,
                     HF_HOLD_NONE);
    assert_string_equal(office_text(world->office, &world->child, CHILD_NAME), "One");
    assert_int_equal(device_push_one(&world->officer, decision_of(world, &world->officer, &two, "refuse")).hold,
                     HF_HOLD_NONE);
    assert_string_equal(office_text(world->office, &world->child, CHILD_NAME), "One");
    assert_int_equal(held_count(world), 0);
}

static void decision_of_a_worker__is_held_itself(void **state)
{
    struct world *world = *state;
    struct hf_id change = held_edit(world, "One", NULL);
    assert_int_equal(device_push_one(&world->worker, decision_of(world, &world->worker, &change, "release")).hold,
                     HF_HOLD_RIGHT);
    assert_string_equal(office_text(world->office, &world->child, CHILD_NAME), "");
    assert_int_equal(held_count(world), 2);
}

static void case_opened_by_a_revoked_device__becomes_a_case(void **state)
{
    struct world *world = *state;
    struct hf_class_key key = new_class_key();
    struct hf_id child = new_id();
    assert_int_equal(hf_enrol_revoke(&world->office->office, world->other.sign.public_key, hf_slice_str("lost"),
                                     &world->office->err),
                     HF_OK);
    device_refresh(&world->other);
    struct hf_item opens = device_case(&world->other, &key);
    assert_int_equal(device_push_one(&world->other, opens).hold, HF_HOLD_REVOKED);
    struct hf_item edit = device_edit(&world->other, &key, &child, CHILD_NAME, "Only on the lost device", NULL, 0);
    assert_int_equal(device_push_one(&world->other, edit).hold, HF_HOLD_REVOKED);
    struct hf_id case_change = item_id(&opens), edit_change = item_id(&edit);
    assert_int_equal(settle(world, &case_change, true), HF_OK);
    assert_int_equal(settle(world, &edit_change, true), HF_OK);
    assert_string_equal(office_text(world->office, &child, CHILD_NAME), "Only on the lost device");
    assert_int_equal(hf_enrol_assign(&world->office->office, &key.case_id, &world->worker.person, true,
                                     hf_slice_str("reallocated"), &world->office->err),
                     HF_OK);
    assert_int_equal(held_count(world), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(released_change__counts),
        TEST(refused_change__never_counts_and_is_settled),
        TEST(what_builds_on_it__is_freed_with_it),
        TEST(refused_change__does_not_block_what_does_not_build_on_it),
        TEST(change_that_waited__waits_on_when_its_base_is_not_here),
        TEST(decision__says_why_in_the_case),
        TEST(settling__needs_a_reason_and_a_held_change),
        TEST(decision_that_arrives_before_its_base__is_carried_out_when_the_base_is_there),
        TEST(decision_that_arrives_before_its_change__is_carried_out_when_the_change_is_there),
        TEST(decisions_in_the_wrong_order__are_all_carried_out),
        TEST(decision_about_a_change_that_counts__does_nothing),
        TEST(decision_signed_by_the_office__is_carried_out),
        TEST(decision_of_a_worker__is_held_itself),
        TEST(case_opened_by_a_revoked_device__becomes_a_case),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
