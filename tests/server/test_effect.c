/* What takes effect and what is held, and that the state is what core/merge makes of all that is not held. */
#include "tests/server/support_world.h"

#include "server/effect.h"

#include <stdlib.h>
#include <string.h>

static struct hf_class_key office_class_key(struct office *office)
{
    struct hf_class_key key;
    assert_int_equal(hf_keystore_current(office->keystore, &office->office.office_case, &key), HF_OK);
    return key;
}

static enum hf_hold hold_of(struct device *device, struct hf_item item)
{
    return device_push_one(device, item).hold;
}

static enum hf_hold hold_of_edit(struct world *world, struct device *device)
{
    return hold_of(device, device_edit(device, &world->key, &world->record, CHILD_NAME, "Casey", NULL, 0));
}

/* --- opening a case --- */

static void case__opened_by_a_worker_is_theirs(void **state)
{
    struct world *world = *state;
    assert_true(office_holds(world->office, &world->worker.person, &world->key.case_id));
    assert_int_equal(office_last_kind(world->office), HF_LEAF_NOTE); /* the assignment is in the log */
    struct hf_class_key stored;
    assert_int_equal(hf_keystore_current(world->office->keystore, &world->key.case_id, &stored), HF_OK);
    assert_memory_equal(stored.key, world->key.key, sizeof stored.key);
}

static void case__opened_by_a_manager_is_nobodys_yet(void **state)
{
    struct world *world = *state;
    struct hf_class_key key = device_opens_case(&world->manager);
    assert_false(office_holds(world->office, &world->manager.person, &key.case_id));
}

static void case__opened_by_an_auditor_is_held(void **state)
{
    struct world *world = *state;
    struct device auditor = device_enrolled(world->office, "Aud Itor", HF_ROLE_AUDITOR);
    struct device admin = device_enrolled(world->office, "Ada Admin", HF_ROLE_ADMIN);
    assert_int_equal(hf_enrol_confirm(&world->office->office, admin.sign.public_key, &world->office->err), HF_OK);
    device_refresh(&admin);
    struct hf_class_key key = new_class_key(), other = new_class_key();
    assert_int_equal(hold_of(&auditor, device_case(&auditor, &key)), HF_HOLD_RIGHT);
    assert_int_equal(hold_of(&admin, device_case(&admin, &other)), HF_HOLD_RIGHT);
    struct hf_class_key found;
    assert_int_equal(hf_keystore_current(world->office->keystore, &key.case_id, &found), HF_ERR_NOT_FOUND);
}

static void case__opened_a_second_time_is_held(void **state)
{
    struct world *world = *state;
    struct device other = device_enrolled(world->office, "Olga Other", HF_ROLE_WORKER);
    struct hf_class_key mine = new_class_key(), later;
    mine.case_id = world->key.case_id;
    assert_int_equal(hold_of(&other, device_case(&other, &mine)), HF_HOLD_RIGHT);
    assert_false(office_holds(world->office, &other.person, &mine.case_id));
    mine.key_id = new_id();
    mine.epoch = 5;
    assert_int_equal(hold_of(&other, device_case(&other, &mine)), HF_HOLD_RIGHT);
    /* The key of the case is the one it was opened with. */
    assert_int_equal(hf_keystore_current(world->office->keystore, &mine.case_id, &later), HF_OK);
    assert_true(hf_id_equal(&later.key_id, &world->key.key_id));
    /* What follows in that chain can still be read, and is held. */
    assert_int_equal(hold_of(&other, device_edit(&other, &mine, &world->record, CHILD_NAME, "Casey", NULL, 0)),
                     HF_HOLD_RIGHT);
}

static void case__opened_again_under_its_own_key_does_not_bring_it_back(void **state)
{
    struct world *world = *state;
    assert_int_equal(hf_enrol_assign(&world->office->office, &world->key.case_id, &world->worker.person, false,
                                     hf_slice_str("reallocated"), &world->office->err),
                     HF_OK);
    assert_int_equal(hold_of(&world->worker, device_case(&world->worker, &world->key)), HF_HOLD_RIGHT);
    assert_false(office_holds(world->office, &world->worker.person, &world->key.case_id));
}

static void case__opened_twice_in_one_batch_is_held_the_second_time(void **state)
{
    struct world *world = *state;
    struct hf_class_key key = new_class_key();
    struct hf_item items[2] = {device_case(&world->worker, &key)};
    items[1] = device_case(&world->worker, &key);
    assert_int_equal(device_push(&world->worker, items, 2), HF_OK);
    assert_int_equal(world->office->results[0].hold, HF_HOLD_NONE);
    assert_int_equal(world->office->results[1].hold, HF_HOLD_RIGHT);
}

static void case__of_the_office_cannot_be_opened(void **state)
{
    struct world *world = *state;
    struct hf_class_key before = office_class_key(world->office), mine = new_class_key();
    mine.case_id = world->office->office.office_case;
    mine.epoch = 1;
    assert_int_equal(hold_of(&world->worker, device_case(&world->worker, &mine)), HF_HOLD_RIGHT);
    struct hf_class_key after = office_class_key(world->office);
    assert_true(hf_id_equal(&before.key_id, &after.key_id));
}

static void case__with_a_body_that_does_not_fit_is_held(void **state)
{
    struct world *world = *state;
    struct hf_class_key key = new_class_key();
    /* Under a key that the office has, the body need not bring it: it must be right all the same. */
    struct hf_item item = device_leaf(&world->worker, HF_LEAF_CASE, &world->key, hf_slice_str("\x80"));
    assert_int_equal(hold_of(&world->worker, item), HF_HOLD_FORM);
    key.epoch = 3; /* a case begins with epoch 0 */
    assert_int_equal(hold_of(&world->worker, device_case(&world->worker, &key)), HF_HOLD_FORM);
    assert_false(office_holds(world->office, &world->worker.person, &key.case_id));
}

static void case__held_is_no_case_that_can_be_assigned(void **state)
{
    struct world *world = *state;
    struct device auditor = device_enrolled(world->office, "Aud Itor", HF_ROLE_AUDITOR);
    struct hf_class_key key = new_class_key();
    assert_int_equal(hold_of(&auditor, device_case(&auditor, &key)), HF_HOLD_RIGHT);
    assert_int_equal(hf_enrol_assign(&world->office->office, &key.case_id, &world->worker.person, true,
                                     hf_slice_str("allocated"), &world->office->err),
                     HF_ERR_NOT_FOUND);
}

/* --- rights --- */

static void right__of_a_worker_is_their_cases(void **state)
{
    struct world *world = *state;
    struct device other = device_enrolled(world->office, "Olga Other", HF_ROLE_WORKER);
    assert_int_equal(hold_of_edit(world, &other), HF_HOLD_RIGHT);
    assert_string_equal(office_text(world->office, &world->record, CHILD_NAME), "");
    assert_int_equal(hf_enrol_assign(&world->office->office, &world->key.case_id, &other.person, true,
                                     hf_slice_str("cover"), &world->office->err),
                     HF_OK);
    assert_int_equal(hold_of_edit(world, &other), HF_HOLD_NONE);
    assert_int_equal(hf_enrol_assign(&world->office->office, &world->key.case_id, &other.person, false,
                                     hf_slice_str("cover"), &world->office->err),
                     HF_OK);
    assert_int_equal(hold_of_edit(world, &other), HF_HOLD_RIGHT);
}

static void right__of_managers_and_the_office_is_every_case(void **state)
{
    struct world *world = *state;
    struct device desk = device_enrolled(world->office, "Otto Office", HF_ROLE_OFFICE);
    assert_int_equal(hold_of_edit(world, &world->manager), HF_HOLD_NONE);
    assert_int_equal(hold_of_edit(world, &desk), HF_HOLD_NONE);
}

static void right__of_auditors_and_administrators_is_no_case(void **state)
{
    struct world *world = *state;
    struct device auditor = device_enrolled(world->office, "Aud Itor", HF_ROLE_AUDITOR);
    struct device admin = device_enrolled(world->office, "Ada Admin", HF_ROLE_ADMIN);
    assert_int_equal(hf_enrol_confirm(&world->office->office, admin.sign.public_key, &world->office->err), HF_OK);
    device_refresh(&admin);
    assert_int_equal(admin.peer.mode, HF_MODE_NORMAL);
    assert_int_equal(hold_of_edit(world, &auditor), HF_HOLD_RIGHT);
    assert_int_equal(hold_of_edit(world, &admin), HF_HOLD_RIGHT);
}

static void right__to_staff_records_is_the_servers_alone(void **state)
{
    struct world *world = *state;
    struct hf_class_key key = office_class_key(world->office);
    struct hf_item item = device_edit(&world->manager, &key, &world->record, CHILD_NAME, "Casey", NULL, 0);
    assert_int_equal(hold_of(&world->manager, item), HF_HOLD_RIGHT);
}

static void right__to_server_leaves_is_the_servers_alone(void **state)
{
    struct world *world = *state;
    static const enum hf_leaf_kind kinds[] = {HF_LEAF_ERASE, HF_LEAF_ENROL, HF_LEAF_REVOKE, HF_LEAF_HOLD, HF_LEAF_NOTE};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        assert_int_equal(
            hold_of(&world->manager, device_leaf(&world->manager, kinds[i], &world->key, hf_slice_str("x"))),
            HF_HOLD_RIGHT);
}

/* --- revoked --- */

static void revoked__device_hands_in_and_all_of_it_is_held(void **state)
{
    struct world *world = *state;
    struct hf_class_key key = new_class_key();
    assert_int_equal(hf_enrol_revoke(&world->office->office, world->worker.sign.public_key, hf_slice_str("lost"),
                                     &world->office->err),
                     HF_OK);
    device_refresh(&world->worker);
    assert_int_equal(world->worker.peer.mode, HF_MODE_HAND_IN);
    assert_int_equal(hold_of_edit(world, &world->worker), HF_HOLD_REVOKED);
    assert_int_equal(hold_of(&world->worker, device_case(&world->worker, &key)), HF_HOLD_REVOKED);
    assert_int_equal(
        hold_of(&world->worker, device_edit(&world->worker, &key, &world->record, CHILD_NAME, "Casey", NULL, 0)),
        HF_HOLD_REVOKED);
    assert_string_equal(office_text(world->office, &world->record, CHILD_NAME), "");
    assert_false(office_holds(world->office, &world->worker.person, &key.case_id));
}

/* --- bases --- */

static void base__held_holds_what_builds_on_it(void **state)
{
    struct world *world = *state;
    struct device other = device_enrolled(world->office, "Olga Other", HF_ROLE_WORKER);
    struct hf_item base = device_edit(&other, &world->key, &world->record, CHILD_NAME, "Casey", NULL, 0);
    assert_int_equal(hold_of(&other, base), HF_HOLD_RIGHT);
    struct hf_id id = item_id(&base);
    struct hf_item next = device_edit(&world->worker, &world->key, &world->record, CHILD_NAME, "Kasey", &id, 1);
    assert_int_equal(hold_of(&world->worker, next), HF_HOLD_BASE);
    assert_string_equal(office_text(world->office, &world->record, CHILD_NAME), "");
}

static void base__of_another_record_holds(void **state)
{
    struct world *world = *state;
    struct hf_id elsewhere = new_id();
    struct hf_id id = device_saves(&world->worker, &world->key, &elsewhere, "Sam", NULL);
    struct hf_item item = device_edit(&world->worker, &world->key, &world->record, CHILD_NAME, "Casey", &id, 1);
    assert_int_equal(hold_of(&world->worker, item), HF_HOLD_BASE);
}

static void base__unknown_makes_a_change_wait_until_it_comes(void **state)
{
    struct world *world = *state;
    struct hf_item first = device_edit(&world->worker, &world->key, &world->record, CHILD_NAME, "Casey", NULL, 0);
    struct hf_id a = item_id(&first);
    struct hf_item second = device_edit(&world->manager, &world->key, &world->record, CHILD_NAME, "Kasey", &a, 1);
    struct hf_id b = item_id(&second);
    struct hf_item third = device_edit(&world->manager, &world->key, &world->record, CHILD_NAME, "Kaycee", &b, 1);
    struct hf_id c = item_id(&third);

    struct hf_item early[2] = {second, third};
    assert_int_equal(device_push(&world->manager, early, 2), HF_OK);
    assert_int_equal(world->office->results[0].hold, HF_HOLD_NONE);
    assert_true(office_standing(world->office, &b).waiting);
    assert_true(office_standing(world->office, &c).waiting);
    assert_string_equal(office_text(world->office, &world->record, CHILD_NAME), "");

    assert_int_equal(hold_of(&world->worker, first), HF_HOLD_NONE);
    assert_false(office_standing(world->office, &b).waiting);
    assert_false(office_standing(world->office, &c).waiting);
    assert_string_equal(office_text(world->office, &world->record, CHILD_NAME), "Kaycee");
    assert_int_equal(office_conflicts(world->office, &world->record), 0);
}

static void base__held_when_it_comes_holds_what_waited(void **state)
{
    struct world *world = *state;
    struct device other = device_enrolled(world->office, "Olga Other", HF_ROLE_WORKER);
    struct hf_item first = device_edit(&other, &world->key, &world->record, CHILD_NAME, "Casey", NULL, 0);
    struct hf_id a = item_id(&first);
    struct hf_item second = device_edit(&world->worker, &world->key, &world->record, CHILD_NAME, "Kasey", &a, 1);
    struct hf_id b = item_id(&second);
    assert_int_equal(hold_of(&world->worker, second), HF_HOLD_NONE);
    assert_true(office_standing(world->office, &b).waiting);
    assert_int_equal(hold_of(&other, first), HF_HOLD_RIGHT);
    struct hf_change_standing standing = office_standing(world->office, &b);
    assert_false(standing.waiting);
    assert_int_equal(standing.hold, HF_HOLD_BASE);
    assert_string_equal(office_text(world->office, &world->record, CHILD_NAME), "");
}

/* A base that comes in the same push, behind what builds on it: only a device that names its own later change does so,
 * which signing makes impossible, so the two come from two fields of one record. */
static void base__that_comes_later_in_the_same_batch_is_found(void **state)
{
    struct world *world = *state;
    struct hf_item theirs = device_edit(&world->manager, &world->key, &world->record, CHILD_NAME, "Casey", NULL, 0);
    struct hf_id a = item_id(&theirs);
    struct hf_batch batch;
    struct hf_item mine = device_edit(&world->worker, &world->key, &world->record, CHILD_NAME, "Kasey", &a, 1);
    struct hf_id b = item_id(&mine);
    hf_batch_begin(&batch, &world->office->office);
    struct hf_item items[2] = {mine, theirs};
    struct device *devices[2] = {&world->worker, &world->manager};
    for (size_t i = 0; i < 2; i++) {
        struct hf_leaf leaf;
        struct hf_effect effect;
        struct hf_id id = item_id(&items[i]);
        assert_int_equal(hf_leaf_decode(items[i].leaf, &leaf), HF_OK);
        assert_int_equal(hf_effect_decide(&batch, &devices[i]->peer, &leaf, &world->key, items[i].body, &effect),
                         HF_OK);
        assert_int_equal(effect.waiting, i == 0);
        struct hf_entry_row row = {.kind = HF_LEAF_DATA,
                                   .case_id = world->key.case_id,
                                   .key_id = world->key.key_id,
                                   .record_id = effect.record_id,
                                   .waiting = effect.waiting,
                                   .leaf = items[i].leaf};
        struct hf_buf payload = {0};
        assert_int_equal(hf_payload_check_opened(&world->key, items[i].body, &leaf, &payload), HF_OK);
        row.payload = hf_buf_slice(&payload);
        assert_int_equal(hf_batch_add_entry(&batch, &row), HF_OK);
        assert_int_equal(hf_effect_apply(&batch, &devices[i]->peer, &leaf, &id, &world->key, items[i].body, &effect),
                         HF_OK);
        hf_buf_clear(&payload);
    }
    assert_int_equal(hf_batch_commit(&batch), HF_OK);
    hf_batch_clear(&batch);
    assert_false(office_standing(world->office, &b).waiting);
    assert_string_equal(office_text(world->office, &world->record, CHILD_NAME), "Kasey");
}

/* Whoever names bases that never come cannot take the waiting places of others for ever. */
static void base__unknown_waits_in_a_limited_number_of_places(void **state)
{
    struct world *world = *state;
    size_t waiting = 0, held = 0;
    for (size_t i = 0; i < 300; i++) {
        struct hf_id nowhere = new_id();
        struct hf_item item =
            device_edit(&world->manager, &world->key, &world->record, CHILD_NAME, "Casey", &nowhere, 1);
        struct hf_id id = item_id(&item);
        held += hold_of(&world->manager, item) == HF_HOLD_FORM;
        waiting += office_standing(world->office, &id).waiting;
    }
    assert_int_equal(waiting, 256);
    assert_int_equal(held, 300 - 256);
    /* Others go on. */
    (void)device_saves(&world->worker, &world->key, &world->record, "Sam", NULL);
    assert_string_equal(office_text(world->office, &world->record, CHILD_NAME), "Sam");
}

/* --- form --- */

static void form__that_cannot_be_read_is_held(void **state)
{
    struct world *world = *state;
    struct hf_item item = device_leaf(&world->worker, HF_LEAF_DATA, &world->key, hf_slice_str("not msgpack"));
    assert_int_equal(hold_of(&world->worker, item), HF_HOLD_FORM);
    struct hf_id id = item_id(&item);
    struct hf_item next = device_edit(&world->worker, &world->key, &world->record, CHILD_NAME, "Casey", &id, 1);
    assert_int_equal(hold_of(&world->worker, next), HF_HOLD_BASE);
}

static void form__of_a_body_for_another_case_is_held(void **state)
{
    struct world *world = *state;
    struct hf_class_key other = device_opens_case(&world->worker);
    struct device copy = world->worker;
    struct hf_item inner = device_edit(&copy, &other, &world->record, CHILD_NAME, "Casey", NULL, 0);
    struct hf_item item = device_leaf(&world->worker, HF_LEAF_DATA, &world->key, inner.body);
    assert_int_equal(hold_of(&world->worker, item), HF_HOLD_FORM);
}

static void form__of_a_record_that_moves_to_another_case_is_held(void **state)
{
    struct world *world = *state;
    struct hf_class_key other = device_opens_case(&world->worker);
    (void)device_saves(&world->worker, &world->key, &world->record, "Casey", NULL);
    struct hf_item item = device_edit(&world->worker, &other, &world->record, CHILD_KNOWN_AS, "Kit", NULL, 0);
    assert_int_equal(hold_of(&world->worker, item), HF_HOLD_FORM);
}

/* --- merge --- */

static void merge__of_two_edits_of_one_field_keeps_both_as_a_conflict(void **state)
{
    struct world *world = *state;
    struct hf_id base = device_saves(&world->worker, &world->key, &world->record, "Casey", NULL);
    struct hf_id heads[2] = {device_saves(&world->worker, &world->key, &world->record, "Kasey", &base),
                             device_saves(&world->manager, &world->key, &world->record, "Kaycee", &base)};
    assert_string_equal(office_text(world->office, &world->record, CHILD_NAME), "!");
    assert_int_equal(office_conflicts(world->office, &world->record), 1);
    struct hf_item settled = device_edit(&world->worker, &world->key, &world->record, CHILD_NAME, "Kaycee", heads, 2);
    assert_int_equal(hold_of(&world->worker, settled), HF_HOLD_NONE);
    assert_string_equal(office_text(world->office, &world->record, CHILD_NAME), "Kaycee");
    assert_int_equal(office_conflicts(world->office, &world->record), 0);
}

/* Random edits by three people, one without the case, pushed in a random order; then the state must be what merge
 * makes of everything that is not held, taken in any order that respects the bases. */
#define EDITS 60
struct made {
    struct hf_item item;
    struct hf_id id;
    unsigned by;
    bool done;
};

static bool base_done(void *ctx, const struct hf_id *base)
{
    const struct made *made = ctx;
    for (size_t i = 0; i < EDITS; i++)
        if (hf_id_equal(&made[i].id, base))
            return made[i].done;
    return false;
}

static void merge_anew(struct world *world, struct made *made, uint64_t *seed, struct hf_record_state *out)
{
    struct hf_data_body *body = malloc(sizeof *body);
    assert_non_null(body);
    for (size_t i = 0; i < EDITS; i++)
        made[i].done = false;
    for (size_t tries = 0; tries < EDITS * 400; tries++) {
        struct made *one = &made[next_random(seed) % EDITS];
        struct hf_leaf leaf;
        if (one->done || office_standing(world->office, &one->id).hold != HF_HOLD_NONE)
            continue;
        assert_int_equal(hf_data_body_decode(one->item.body, body, NULL), HF_OK);
        if (!hf_merge_bases(body, base_done, made))
            continue;
        assert_int_equal(hf_leaf_decode(one->item.leaf, &leaf), HF_OK);
        assert_int_equal(hf_merge_apply(out, body, &one->id, leaf.clock), HF_OK);
        one->done = true;
    }
    free(body);
}

static void push_in_random_order(struct world *world, struct device *devices[3], struct made *made, uint64_t *seed)
{
    size_t next[3] = {0, 0, 0};
    for (;;) {
        unsigned by = (unsigned)(next_random(seed) % 3);
        struct hf_item items[4];
        size_t count = 0, want = 1 + next_random(seed) % 4;
        for (; next[by] < EDITS && count < want; next[by]++)
            if (made[next[by]].by == by)
                items[count++] = made[next[by]].item;
        if (count && device_push(devices[by], items, count) != HF_OK)
            fail_msg("%s", world->office->err.text);
        if (next[0] == EDITS && next[1] == EDITS && next[2] == EDITS)
            return;
    }
}

static void merge__in_any_order_gives_the_state_of_all_unheld_changes(void **state)
{
    struct world *world = *state;
    uint64_t seed = test_seed();
    struct device other = device_enrolled(world->office, "Olga Other", HF_ROLE_WORKER); /* without the case */
    struct device *devices[3] = {&world->worker, &world->manager, &other};
    struct made *made = calloc(EDITS, sizeof *made);
    assert_non_null(made);
    for (size_t i = 0; i < EDITS; i++) {
        char text[8] = {(char)('A' + next_random(&seed) % 6), 0};
        struct hf_id bases[3];
        size_t base_count = i ? next_random(&seed) % 3 : 0;
        for (size_t j = 0; j < base_count; j++)
            bases[j] = made[next_random(&seed) % i].id;
        if (base_count == 2 && hf_id_equal(&bases[0], &bases[1]))
            base_count = 1;
        made[i].by = (unsigned)(next_random(&seed) % 8);
        made[i].by = made[i].by > 2 ? made[i].by % 2 : made[i].by;
        made[i].item = device_edit(devices[made[i].by], &world->key, &world->record,
                                   next_random(&seed) % 2 ? CHILD_NAME : CHILD_KNOWN_AS, text, bases, base_count);
        made[i].id = item_id(&made[i].item);
    }
    push_in_random_order(world, devices, made, &seed);

    struct hf_record_state expected = {0}, actual = office_state(world->office, &world->record);
    struct hf_buf a = {0}, b = {0};
    merge_anew(world, made, &seed, &expected);
    for (size_t i = 0; i < EDITS; i++) {
        struct hf_change_standing standing = office_standing(world->office, &made[i].id);
        assert_false(standing.waiting); /* every base has come */
        assert_int_equal(made[i].done, standing.hold == HF_HOLD_NONE);
        if (made[i].by == 2)
            assert_int_equal(standing.hold, HF_HOLD_RIGHT);
    }
    hf_record_state_encode(&expected, &a);
    hf_record_state_encode(&actual, &b);
    assert_true(hf_slice_equal(hf_buf_slice(&a), hf_buf_slice(&b)));
    hf_buf_clear(&a);
    hf_buf_clear(&b);
    hf_record_state_clear(&expected);
    hf_record_state_clear(&actual);
    free(made);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(case__opened_by_a_worker_is_theirs),
        TEST(case__opened_by_a_manager_is_nobodys_yet),
        TEST(case__opened_by_an_auditor_is_held),
        TEST(case__opened_a_second_time_is_held),
        TEST(case__opened_again_under_its_own_key_does_not_bring_it_back),
        TEST(case__opened_twice_in_one_batch_is_held_the_second_time),
        TEST(case__of_the_office_cannot_be_opened),
        TEST(case__with_a_body_that_does_not_fit_is_held),
        TEST(case__held_is_no_case_that_can_be_assigned),
        TEST(right__of_a_worker_is_their_cases),
        TEST(right__of_managers_and_the_office_is_every_case),
        TEST(right__of_auditors_and_administrators_is_no_case),
        TEST(right__to_staff_records_is_the_servers_alone),
        TEST(right__to_server_leaves_is_the_servers_alone),
        TEST(revoked__device_hands_in_and_all_of_it_is_held),
        TEST(base__held_holds_what_builds_on_it),
        TEST(base__of_another_record_holds),
        TEST(base__unknown_makes_a_change_wait_until_it_comes),
        TEST(base__held_when_it_comes_holds_what_waited),
        TEST(base__that_comes_later_in_the_same_batch_is_found),
        TEST(base__unknown_waits_in_a_limited_number_of_places),
        TEST(form__that_cannot_be_read_is_held),
        TEST(form__of_a_body_for_another_case_is_held),
        TEST(form__of_a_record_that_moves_to_another_case_is_held),
        TEST(merge__of_two_edits_of_one_field_keeps_both_as_a_conflict),
        TEST(merge__in_any_order_gives_the_state_of_all_unheld_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
