/* Pages of the read log: logged, opened by the key store alone, fed to nobody. */
#include "tests/server/support_office.h"

#include "core/model/body_read.h"
#include "core/pack/writer.h"

#include <string.h>

struct world {
    struct office *office;
    struct device worker, manager;
    struct hf_class_key key;     /* of a case */
    struct hf_class_key journal; /* of the worker's device */
};

static int setup(void **state)
{
    static struct world world;
    world.office = office_new();
    world.worker = device_enrolled(world.office, "Wanda Worker", HF_ROLE_WORKER);
    world.manager = device_enrolled(world.office, "Mo Manager", HF_ROLE_MANAGER);
    world.key = device_opens_case(&world.worker);
    world.journal = new_class_key();
    world.journal.case_id = hf_journal_id(world.office->office.log_id, world.worker.sign.public_key);
    *state = &world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    office_free(world->office);
    return 0;
}

static struct hf_item page(struct world *world, struct device *device, const struct hf_class_key *key, bool with_key)
{
    static struct hf_read_body body;
    struct hf_buf bytes = {0};
    body = (struct hf_read_body){.began_ms = OFFICE_NOW_MS, .case_count = 1, .line_count = 1, .has_key = with_key};
    body.cases[0] = world->key.case_id;
    body.lines[0] = (struct hf_read_line){.what = HF_READ_LIST, .times = 1, .reason_at = HF_READ_NO_REASON};
    if (with_key)
        assert_true(hf_box_seal(hf_keystore_server(world->office->keystore)->key_store.public_key, key->key,
                                sizeof key->key, body.sealed_key));
    hf_read_body_encode(&body, &bytes);
    struct hf_slice copy = scratch_copy(world->office, hf_buf_slice(&bytes));
    hf_buf_clear(&bytes);
    return device_leaf(device, HF_LEAF_READ, key, copy);
}

static enum hf_hold hold_of(struct device *device, struct hf_item item)
{
    return device_push_one(device, item).hold;
}

static void a_page__is_logged_and_its_key_kept(void **state)
{
    struct world *world = *state;
    struct hf_class_key kept;
    const uint64_t size = office_size(world->office);
    assert_int_equal(hold_of(&world->worker, page(world, &world->worker, &world->journal, true)), HF_HOLD_NONE);
    assert_int_equal(office_size(world->office), size + 1); /* and nothing told about it */
    assert_int_equal(office_last_kind(world->office), HF_LEAF_READ);
    assert_int_equal(hf_keystore_get(world->office->keystore, &world->journal.key_id, &kept), HF_OK);
    assert_memory_equal(kept.key, world->journal.key, sizeof kept.key);
    assert_int_equal(hold_of(&world->worker, page(world, &world->worker, &world->journal, false)), HF_HOLD_NONE);
}

static void two_pages_in_one_push__find_the_key_of_the_first(void **state)
{
    struct world *world = *state;
    const struct hf_item items[] = {page(world, &world->worker, &world->journal, true),
                                    page(world, &world->worker, &world->journal, false)};
    assert_int_equal(device_push(&world->worker, items, 2), HF_OK);
    assert_int_equal(world->office->results[1].hold, HF_HOLD_NONE);
}

static bool count_case(void *ctx, const struct hf_id *case_id)
{
    (void)case_id;
    ++*(size_t *)ctx;
    return true;
}

static void a_journal__is_no_case(void **state)
{
    struct world *world = *state;
    size_t before = 0, after = 0;
    assert_int_equal(hf_keystore_cases(world->office->keystore, count_case, &before), HF_OK);
    (void)hold_of(&world->worker, page(world, &world->worker, &world->journal, true));
    assert_int_equal(hf_keystore_cases(world->office->keystore, count_case, &after), HF_OK);
    assert_int_equal(before, after);
    assert_false(office_holds(world->office, &world->worker.person, &world->journal.case_id));
}

static size_t fed(struct device *device, const struct hf_id *one_case)
{
    struct hf_message request = {.type = HF_MSG_PULL, .request = 7};
    struct hf_reply reply = {0};
    size_t count = 0;
    request.as.pull.one_case = one_case != NULL;
    if (one_case)
        request.as.pull.case_id = *one_case;
    assert_int_equal(hf_office_answer(&device->office->office, &device->peer, &request, &reply), HF_OK);
    for (size_t i = 0; reply.message.type == HF_MSG_FEED && i < reply.message.as.feed.item_count; i++)
        count += reply.message.as.feed.items[i].leaf.data[4] == HF_LEAF_READ;
    for (size_t i = 0; reply.message.type == HF_MSG_FEED && i < reply.message.as.feed.key_count; i++)
        assert_false(one_case && hf_id_equal(&reply.message.as.feed.keys[i].case_id, one_case));
    hf_reply_clear(&reply);
    return count;
}

static void who_looked__is_told_to_nobody(void **state)
{
    struct world *world = *state;
    (void)hold_of(&world->worker, page(world, &world->worker, &world->journal, true));
    assert_int_equal(fed(&world->manager, NULL), 0);
    assert_int_equal(fed(&world->manager, &world->journal.case_id), 0);
    assert_int_equal(fed(&world->worker, NULL), 0);
}

static void a_page_under_another_key__is_held(void **state)
{
    struct world *world = *state;
    struct hf_class_key other = new_class_key();
    assert_int_equal(hold_of(&world->worker, page(world, &world->worker, &world->key, false)), HF_HOLD_RIGHT);
    assert_int_equal(hold_of(&world->worker, device_leaf(&world->worker, HF_LEAF_READ, &world->key, hf_slice_str("x"))),
                     HF_HOLD_RIGHT);
    /* Of a key that nobody brought nothing can be logged. */
    other.case_id = world->journal.case_id;
    struct hf_item item = page(world, &world->worker, &other, false);
    assert_int_not_equal(device_push(&world->worker, &item, 1), HF_OK);
}

static void a_page_that_cannot_be_read__is_held(void **state)
{
    struct world *world = *state;
    (void)hold_of(&world->worker, page(world, &world->worker, &world->journal, true));
    assert_int_equal(
        hold_of(&world->worker, device_leaf(&world->worker, HF_LEAF_READ, &world->journal, hf_slice_str("x"))),
        HF_HOLD_FORM);
}

static void a_revoked_device__still_tells_what_it_showed(void **state)
{
    struct world *world = *state;
    assert_int_equal(hf_enrol_revoke(&world->office->office, world->worker.sign.public_key, hf_slice_str("left"),
                                     &world->office->err),
                     HF_OK);
    device_refresh(&world->worker);
    assert_int_equal(world->worker.peer.mode, HF_MODE_HAND_IN);
    assert_int_equal(hold_of(&world->worker, page(world, &world->worker, &world->journal, true)), HF_HOLD_NONE);
}

static void an_auditors_device__has_a_journal_too(void **state)
{
    struct world *world = *state;
    struct device auditor = device_enrolled(world->office, "Ola Auditor", HF_ROLE_AUDITOR);
    struct hf_class_key key = new_class_key();
    key.case_id = hf_journal_id(world->office->office.log_id, auditor.sign.public_key);
    assert_int_equal(hold_of(&auditor, page(world, &auditor, &key, true)), HF_HOLD_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_page__is_logged_and_its_key_kept, setup, teardown),
        cmocka_unit_test_setup_teardown(two_pages_in_one_push__find_the_key_of_the_first, setup, teardown),
        cmocka_unit_test_setup_teardown(a_journal__is_no_case, setup, teardown),
        cmocka_unit_test_setup_teardown(who_looked__is_told_to_nobody, setup, teardown),
        cmocka_unit_test_setup_teardown(a_page_under_another_key__is_held, setup, teardown),
        cmocka_unit_test_setup_teardown(a_page_that_cannot_be_read__is_held, setup, teardown),
        cmocka_unit_test_setup_teardown(a_revoked_device__still_tells_what_it_showed, setup, teardown),
        cmocka_unit_test_setup_teardown(an_auditors_device__has_a_journal_too, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
