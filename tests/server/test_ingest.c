/* What the office takes of a push and what it refuses. */
#include "tests/server/support_office.h"

#include <string.h>

struct world {
    struct office *office;
    struct device worker;
    struct hf_class_key key;
    struct hf_id record;
};

static int setup(void **state)
{
    static struct world world;
    world.office = office_new();
    world.worker = device_enrolled(world.office, "Wanda Worker", HF_ROLE_WORKER);
    world.key = device_opens_case(&world.worker);
    world.record = new_id();
    *state = &world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    office_free(world->office);
    return 0;
}

/* The refused push left log, chain and state as they were; the text says something. */
static void assert_refused(struct world *world, struct device *device, const struct hf_item *items, size_t count,
                           enum hf_status status)
{
    struct office *office = world->office;
    struct hf_device_row before, after;
    struct hf_store *store = office->store;
    uint64_t size = office_size(office);
    assert_int_equal(store->ops->device(store, device->sign.public_key, NULL, &before), HF_OK);
    assert_int_equal(device_push(device, items, count), status);
    assert_int_not_equal(office->err.text[0], 0);
    assert_int_equal(office_size(office), size);
    assert_int_equal(store->ops->device(store, device->sign.public_key, NULL, &after), HF_OK);
    assert_memory_equal(&before, &after, sizeof before);
    assert_string_equal(office_text(office, &world->record, CHILD_NAME), "");
}

static struct hf_item edit(struct world *world)
{
    return device_edit(&world->worker, &world->key, &world->record, CHILD_NAME, "Casey", NULL, 0);
}

/* The item with some bytes of its leaf changed; signed again when asked. */
static struct hf_item altered(struct world *world, struct hf_item item, size_t at, const void *bytes, size_t len,
                              bool sign)
{
    struct hf_leaf leaf;
    uint8_t copy[HF_LEAF_BYTES];
    memcpy(copy, item.leaf.data, sizeof copy);
    memcpy(copy + at, bytes, len);
    if (sign) {
        assert_int_equal(hf_leaf_decode(hf_slice_of(copy, sizeof copy), &leaf), HF_OK);
        hf_leaf_sign(&leaf, &world->worker.sign);
        hf_leaf_encode(&leaf, copy);
    }
    item.leaf = scratch_copy(world->office, hf_slice_of(copy, sizeof copy));
    return item;
}

static void push__is_logged_and_applied(void **state)
{
    struct world *world = *state;
    struct hf_item item = edit(world);
    uint64_t size = office_size(world->office);
    struct hf_msg_pushed answer = device_push_one(&world->worker, item);
    assert_int_equal(answer.seq, 1);
    assert_int_equal(answer.index, size);
    assert_int_equal(answer.hold, HF_HOLD_NONE);
    struct hf_entry_row row = office_entry(world->office, size);
    struct hf_id id = item_id(&item);
    assert_true(hf_id_equal(&row.change_id, &id));
    assert_true(hf_id_equal(&row.record_id, &world->record));
    assert_true(hf_id_equal(&row.case_id, &world->key.case_id));
    assert_string_equal(office_text(world->office, &world->record, CHILD_NAME), "Casey");
}

static void push__of_nothing_is_fine(void **state)
{
    struct world *world = *state;
    uint64_t size = office_size(world->office);
    assert_int_equal(device_push(&world->worker, NULL, 0), HF_OK);
    assert_int_equal(office_size(world->office), size);
}

static void push__of_many_gets_contiguous_indices(void **state)
{
    struct world *world = *state;
    struct hf_item items[3] = {edit(world)};
    struct hf_id base = item_id(&items[0]);
    items[1] = device_edit(&world->worker, &world->key, &world->record, CHILD_NAME, "Kasey", &base, 1);
    base = item_id(&items[1]);
    items[2] = device_edit(&world->worker, &world->key, &world->record, CHILD_NAME, "Kaycee", &base, 1);
    assert_int_equal(device_push(&world->worker, items, 3), HF_OK);
    assert_int_equal(world->office->results[1].index, world->office->results[0].index + 1);
    assert_int_equal(world->office->results[2].index, world->office->results[0].index + 2);
    assert_string_equal(office_text(world->office, &world->record, CHILD_NAME), "Kaycee");
}

static void push__repeated_gets_the_same_answer_and_logs_nothing(void **state)
{
    struct world *world = *state;
    struct hf_item items[2] = {edit(world)};
    struct hf_msg_pushed first = device_push_one(&world->worker, items[0]);
    uint64_t size = office_size(world->office);
    struct hf_msg_pushed again = device_push_one(&world->worker, items[0]);
    assert_memory_equal(&first, &again, sizeof first);
    assert_int_equal(office_size(world->office), size);

    struct hf_id base = item_id(&items[0]);
    items[1] = device_edit(&world->worker, &world->key, &world->record, CHILD_NAME, "Kasey", &base, 1);
    assert_int_equal(device_push(&world->worker, items, 2), HF_OK);
    assert_int_equal(world->office->results[0].index, first.index);
    assert_int_equal(world->office->results[1].index, size);
    assert_int_equal(office_size(world->office), size + 1);
}

static void push__repeated_tells_of_the_hold_again(void **state)
{
    struct world *world = *state;
    struct device auditor = device_enrolled(world->office, "Aud Itor", HF_ROLE_AUDITOR);
    struct hf_item item = device_edit(&auditor, &world->key, &world->record, CHILD_NAME, "Casey", NULL, 0);
    assert_int_equal(device_push_one(&auditor, item).hold, HF_HOLD_RIGHT);
    assert_int_equal(device_push_one(&auditor, item).hold, HF_HOLD_RIGHT);
}

static void push__with_a_wrong_signature_is_refused(void **state)
{
    struct world *world = *state;
    struct hf_item item = edit(world);
    uint8_t byte = item.leaf.data[HF_LEAF_SIGNED_BYTES] ^ 1;
    item = altered(world, item, HF_LEAF_SIGNED_BYTES, &byte, 1, false);
    assert_refused(world, &world->worker, &item, 1, HF_ERR_AUTH);
}

static void push__signed_by_another_key_is_refused(void **state)
{
    struct world *world = *state;
    struct device other = device_enrolled(world->office, "Olga Other", HF_ROLE_WORKER);
    world->worker.sign.secret_key[0] ^= 1;
    struct hf_item item = edit(world);
    assert_refused(world, &world->worker, &item, 1, HF_ERR_AUTH);
    struct hf_item own = device_edit(&other, &world->key, &world->record, CHILD_NAME, "Casey", NULL, 0);
    assert_refused(world, &world->worker, &own, 1, HF_ERR_INVALID); /* another device's leaf */
}

static void push__with_a_wrong_prev_is_refused(void **state)
{
    struct world *world = *state;
    uint8_t prev[HF_HASH_BYTES] = {7};
    struct hf_item item = altered(world, edit(world), 92, prev, sizeof prev, true);
    assert_refused(world, &world->worker, &item, 1, HF_ERR_CONFLICT);
}

static void push__with_a_clock_that_stands_still_is_refused(void **state)
{
    struct world *world = *state;
    uint8_t clock[8];
    hf_put_u64(clock, world->worker.clock);
    struct hf_item item = altered(world, edit(world), 8, clock, sizeof clock, true);
    assert_refused(world, &world->worker, &item, 1, HF_ERR_CONFLICT);
}

static void push__for_another_log_is_refused(void **state)
{
    struct world *world = *state;
    uint8_t log_id[HF_HASH_BYTES] = {9};
    struct hf_item item = altered(world, edit(world), 16, log_id, sizeof log_id, true);
    assert_refused(world, &world->worker, &item, 1, HF_ERR_INVALID);
}

static void push__of_another_incarnation_is_refused(void **state)
{
    struct world *world = *state;
    world->worker.incarnation++;
    struct hf_item item = edit(world);
    assert_refused(world, &world->worker, &item, 1, HF_ERR_CONFLICT);
}

/* Logged, it would make every later bundle fail for the auditor. */
static void push__that_had_seen_another_log_is_refused(void **state)
{
    struct world *world = *state;
    struct hf_store_head head;
    hf_store_head(world->office->store, &head);
    for (int round = 0; round < 3; round++) {
        struct device liar = world->worker;
        liar.seen.size = round == 0 ? head.tree.size + 1 : round == 1 ? head.tree.size : 2;
        hf_tree_root(&head.tree, &liar.seen.root);
        liar.seen.root.bytes[5] ^= round == 1;
        struct hf_item item = device_edit(&liar, &world->key, &world->record, CHILD_NAME, "Casey", NULL, 0);
        assert_refused(world, &liar, &item, 1, HF_ERR_STATE);
    }
    world->worker.seen.size = head.tree.size;
    hf_tree_root(&head.tree, &world->worker.seen.root);
    (void)device_saves(&world->worker, &world->key, &world->record, "Casey", NULL);
}

static void push__with_a_gap_is_refused(void **state)
{
    struct world *world = *state;
    (void)edit(world);
    struct hf_item item = edit(world);
    assert_refused(world, &world->worker, &item, 1, HF_ERR_CONFLICT);
}

static void push__of_bytes_that_are_no_leaf_is_refused(void **state)
{
    struct world *world = *state;
    struct hf_item item = edit(world);
    item = altered(world, item, 0, "XXXX", 4, false);
    assert_refused(world, &world->worker, &item, 1, HF_ERR_INVALID);
    item.leaf.len--;
    assert_refused(world, &world->worker, &item, 1, HF_ERR_INVALID);
}

static void push__of_a_second_change_with_the_same_number_is_refused(void **state)
{
    struct world *world = *state;
    struct device restored = world->worker;
    struct hf_item first = device_edit(&world->worker, &world->key, &world->record, CHILD_KNOWN_AS, "Cas", NULL, 0);
    (void)device_push_one(&world->worker, first);
    struct hf_item fork = device_edit(&restored, &world->key, &world->record, CHILD_KNOWN_AS, "Kit", NULL, 0);
    assert_refused(world, &restored, &fork, 1, HF_ERR_CONFLICT);
    assert_non_null(strstr(world->office->err.text, "number 1"));
    assert_string_equal(office_text(world->office, &world->record, CHILD_KNOWN_AS), "Cas");
}

static void push__under_an_unknown_key_is_refused(void **state)
{
    struct world *world = *state;
    struct hf_class_key stranger = new_class_key();
    struct hf_item item = device_edit(&world->worker, &stranger, &world->record, CHILD_NAME, "Casey", NULL, 0);
    assert_refused(world, &world->worker, &item, 1, HF_ERR_INVALID);
}

static void push__under_the_key_of_another_case_is_refused(void **state)
{
    struct world *world = *state;
    struct hf_item item = edit(world);
    item.case_id = new_id();
    assert_refused(world, &world->worker, &item, 1, HF_ERR_INVALID);
}

static void push__of_a_body_that_was_not_signed_is_refused(void **state)
{
    struct world *world = *state;
    struct hf_item item = edit(world);
    struct hf_slice body = scratch_copy(world->office, item.body);
    ((uint8_t *)(uintptr_t)body.data)[body.len - 1] ^= 1;
    item.body = body;
    assert_refused(world, &world->worker, &item, 1, HF_ERR_AUTH);
}

static void push__with_one_bad_item_stores_none_of_the_batch(void **state)
{
    struct world *world = *state;
    struct hf_item items[2] = {edit(world), edit(world)};
    uint8_t byte = 0;
    items[1] = altered(world, items[1], HF_LEAF_SIGNED_BYTES, &byte, 1, false);
    items[1] = altered(world, items[1], HF_LEAF_SIGNED_BYTES + 1, &byte, 1, false);
    assert_refused(world, &world->worker, items, 2, HF_ERR_AUTH);
    assert_int_equal(device_push_one(&world->worker, items[0]).hold, HF_HOLD_NONE); /* the good one still fits */
}

/* With other processors at the signatures, and a case among the changes: wherever the bad one is, nothing stays, no key
 * either. */
static void push__of_many_with_one_wrong_signature_leaves_nothing(void **state)
{
    struct world *world = *state;
    struct hf_crew *crew = NULL;
    struct hf_item items[40], bad[40];
    struct hf_class_key brought = new_class_key(), found;
    hf_crew_new(&crew);
    world->office->office.crew = crew;
    for (size_t i = 0; i < 40; i++)
        items[i] = i == 20 ? device_case(&world->worker, &brought) : edit(world);
    for (size_t at = 0; at < 40; at++) {
        const uint8_t byte = items[at].leaf.data[HF_LEAF_SIGNED_BYTES + 3] ^ 4;
        memcpy(bad, items, sizeof bad);
        bad[at] = altered(world, items[at], HF_LEAF_SIGNED_BYTES + 3, &byte, 1, false);
        assert_refused(world, &world->worker, bad, at + 1, HF_ERR_AUTH);
        assert_int_equal(hf_keystore_get(world->office->keystore, &brought.key_id, &found), HF_ERR_NOT_FOUND);
    }
    assert_int_equal(device_push(&world->worker, items, 40), HF_OK);
    assert_int_equal(hf_keystore_get(world->office->keystore, &brought.key_id, &found), HF_OK);
    world->office->office.crew = NULL;
    hf_crew_free(crew);
}

static void push__goes_on_after_a_restart(void **state)
{
    struct world *world = *state;
    struct hf_item item = edit(world);
    struct hf_msg_pushed first = device_push_one(&world->worker, item);
    assert_int_equal(office_reopen(world->office), HF_OK);
    assert_int_equal(device_push_one(&world->worker, item).index, first.index);
    struct hf_id base = item_id(&item);
    (void)device_saves(&world->worker, &world->key, &world->record, "Kasey", &base);
    assert_string_equal(office_text(world->office, &world->record, CHILD_NAME), "Kasey");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(push__is_logged_and_applied),
        TEST(push__of_nothing_is_fine),
        TEST(push__of_many_gets_contiguous_indices),
        TEST(push__repeated_gets_the_same_answer_and_logs_nothing),
        TEST(push__repeated_tells_of_the_hold_again),
        TEST(push__with_a_wrong_signature_is_refused),
        TEST(push__signed_by_another_key_is_refused),
        TEST(push__with_a_wrong_prev_is_refused),
        TEST(push__with_a_clock_that_stands_still_is_refused),
        TEST(push__for_another_log_is_refused),
        TEST(push__of_another_incarnation_is_refused),
        TEST(push__that_had_seen_another_log_is_refused),
        TEST(push__with_a_gap_is_refused),
        TEST(push__of_bytes_that_are_no_leaf_is_refused),
        TEST(push__of_a_second_change_with_the_same_number_is_refused),
        TEST(push__under_an_unknown_key_is_refused),
        TEST(push__under_the_key_of_another_case_is_refused),
        TEST(push__of_a_body_that_was_not_signed_is_refused),
        TEST(push__with_one_bad_item_stores_none_of_the_batch),
        TEST(push__of_many_with_one_wrong_signature_leaves_nothing),
        TEST(push__goes_on_after_a_restart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
