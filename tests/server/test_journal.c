/* Pages of the read log: logged, opened by the key store alone, fed to nobody. */
#include "tests/server/support_office.h"

#include "core/model/body_erase.h"
#include "server/erase.h"
#include "server/officers.h"

#include "core/model/body_read.h"
#include "core/pack/writer.h"

#include <string.h>

#define WORD "Xyloquintessence asked me to"

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
    world.journal.case_id = hf_journal_id(world.office->office.log_id, world.worker.sign.public_key, 2026);
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
                     HF_HOLD_FORM);
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

static bool take_len(void *ctx, const struct hf_entry_row *row)
{
    *(size_t *)ctx = row->payload.len;
    return false;
}

static size_t payload_of(struct world *world, uint64_t index)
{
    struct hf_store *store = world->office->store;
    size_t len = SIZE_MAX;
    assert_int_equal(store->ops->entries(store, index, 1, take_len, &len), HF_OK);
    return len;
}

/* With a reason about each of its cases. */
static struct hf_item page_with_reason(struct world *world, struct device *device, const struct hf_class_key *key,
                                       uint32_t cases)
{
    static struct hf_read_body body;
    struct hf_buf bytes = {0};
    body = (struct hf_read_body){.began_ms = OFFICE_NOW_MS,
                                 .case_count = cases,
                                 .line_count = cases,
                                 .reason_count = 1,
                                 .has_key = true,
                                 .reasons = {hf_slice_str(WORD)}};
    for (uint32_t i = 0; i < cases; i++) {
        body.cases[i] = i ? new_id() : world->key.case_id;
        body.lines[i] = (struct hf_read_line){.case_at = i, .what = HF_READ_LIST, .times = 1};
    }
    assert_true(hf_box_seal(hf_keystore_server(world->office->keystore)->key_store.public_key, key->key,
                            sizeof key->key, body.sealed_key));
    hf_read_body_encode(&body, &bytes);
    struct hf_slice copy = scratch_copy(world->office, hf_buf_slice(&bytes));
    hf_buf_clear(&bytes);
    return device_leaf(device, HF_LEAF_READ, key, copy);
}

/* As what a copy's page says, which is one line with a reason. */
static struct hf_item release(struct world *world, struct device *device, const struct hf_class_key *key)
{
    static struct hf_read_body body;
    struct hf_buf bytes = {0};
    body = (struct hf_read_body){.began_ms = OFFICE_NOW_MS,
                                 .case_count = 1,
                                 .line_count = 1,
                                 .reason_count = 1,
                                 .has_key = true,
                                 .reasons = {hf_slice_str(WORD)}};
    body.cases[0] = world->key.case_id;
    body.lines[0] = (struct hf_read_line){.what = HF_READ_RELEASE, .times = 1};
    assert_true(hf_box_seal(hf_keystore_server(world->office->keystore)->key_store.public_key, key->key,
                            sizeof key->key, body.sealed_key));
    hf_read_body_encode(&body, &bytes);
    struct hf_slice copy = scratch_copy(world->office, hf_buf_slice(&bytes));
    hf_buf_clear(&bytes);
    return device_leaf(device, HF_LEAF_READ, key, copy);
}

static struct hf_class_key single_key_of(struct world *world, const struct device *device)
{
    struct hf_class_key key = new_class_key();
    key.case_id = hf_journal_id(world->office->office.log_id, device->sign.public_key, HF_JOURNAL_SINGLE);
    return key;
}

static void a_copy_released_by_a_records_officer__counts(void **state)
{
    struct world *world = *state;
    struct device officer = device_officer(world->office, "Ada Officer", HF_ROLE_OFFICE);
    struct hf_class_key key = single_key_of(world, &officer);
    assert_int_equal(hold_of(&officer, release(world, &officer, &key)), HF_HOLD_NONE);
}

static void a_copy_released_without_the_right__is_held_and_can_be_read_by_auditors(void **state)
{
    struct world *world = *state;
    struct device officer = device_officer(world->office, "Ada Officer", HF_ROLE_OFFICE);
    struct hf_class_key of_manager = single_key_of(world, &world->manager), of_officer = single_key_of(world, &officer);
    struct hf_class_key kept;
    assert_int_equal(hold_of(&world->manager, release(world, &world->manager, &of_manager)), HF_HOLD_OFFICER);
    assert_int_equal(hf_keystore_get(world->office->keystore, &of_manager.key_id, &kept), HF_OK);
    assert_memory_equal(kept.key, of_manager.key, sizeof kept.key);
    /* Nor with a right that was taken back before the page came. */
    assert_int_equal(hf_officers_set(&world->office->office, &officer.person, false, &world->office->err), HF_OK);
    assert_int_equal(hold_of(&officer, release(world, &officer, &of_officer)), HF_HOLD_OFFICER);
}

static struct hf_class_key single_key(struct world *world)
{
    struct hf_class_key key = new_class_key();
    key.case_id = hf_journal_id(world->office->office.log_id, world->manager.sign.public_key, HF_JOURNAL_SINGLE);
    return key;
}

static void erase_case(struct world *world)
{
    struct hf_office *office = &world->office->office;
    struct hf_buf request = {0};
    struct hf_id erasure;
    uint8_t signature[HF_SIGN_BYTES];
    struct device first = device_officer(world->office, "Ada Officer", HF_ROLE_OFFICE);
    struct device second = device_officer(world->office, "Bede Officer", HF_ROLE_MANAGER);
    struct hf_acting who = {.person = first.person}, other = {.person = second.person};
    memcpy(who.device, first.sign.public_key, sizeof who.device);
    memcpy(other.device, second.sign.public_key, sizeof other.device);
    assert_int_equal(hf_erase_draft(office, &who, &world->key.case_id, hf_slice_str("never_recorded"), &request,
                                    &world->office->err),
                     HF_OK);
    hf_erase_sign_request(&first.sign, office->log_id, hf_buf_slice(&request), signature);
    assert_int_equal(hf_erase_ask(office, &who, hf_buf_slice(&request), signature, &erasure, &world->office->err),
                     HF_OK);
    hf_erase_sign_confirm(&second.sign, office->log_id, &second.person, hf_buf_slice(&request), signature);
    assert_int_equal(hf_erase_confirm(office, &other, &erasure, signature, &world->office->err), HF_OK);
    hf_buf_clear(&request);
}

static void a_reason__goes_with_the_case_that_it_is_about(void **state)
{
    struct world *world = *state;
    struct hf_class_key key = single_key(world), kept;
    struct hf_item item = page_with_reason(world, &world->manager, &key, 1);
    assert_int_equal(hold_of(&world->manager, item), HF_HOLD_NONE);
    const uint64_t index = office_size(world->office) - 1;
    assert_true(payload_of(world, index) > 0);
    assert_int_equal(hf_keystore_get(world->office->keystore, &key.key_id, &kept), HF_OK);
    assert_int_equal(fed(&world->worker, NULL), 0); /* nor told to who holds the case */
    assert_int_equal(fed(&world->manager, NULL), 0);
    erase_case(world);
    assert_int_equal(payload_of(world, index), 0);
    assert_int_equal(hf_keystore_get(world->office->keystore, &key.key_id, &kept), HF_ERR_NOT_FOUND);
}

static void a_reason_that_comes_after_the_erasure__is_not_kept(void **state)
{
    struct world *world = *state;
    struct hf_class_key key = single_key(world), kept;
    erase_case(world);
    device_refresh(&world->manager);
    const struct hf_item item = page_with_reason(world, &world->manager, &key, 1);
    assert_int_equal(hold_of(&world->manager, item), HF_HOLD_ERASED);
    const uint64_t index = office_size(world->office) - 1;
    assert_int_equal(payload_of(world, index), 0);
    assert_int_equal(hf_keystore_get(world->office->keystore, &key.key_id, &kept), HF_ERR_NOT_FOUND);
    assert_int_equal(device_push(&world->manager, &item, 1), HF_OK); /* again after a cut */
}

static void reasons_about_two_cases_in_one_page__are_held(void **state)
{
    struct world *world = *state;
    struct hf_class_key key = single_key(world);
    assert_int_equal(hold_of(&world->manager, page_with_reason(world, &world->manager, &key, 2)), HF_HOLD_FORM);
}

static void an_auditors_device__has_a_journal_too(void **state)
{
    struct world *world = *state;
    struct device auditor = device_enrolled(world->office, "Ola Auditor", HF_ROLE_AUDITOR);
    struct hf_class_key key = new_class_key();
    key.case_id = hf_journal_id(world->office->office.log_id, auditor.sign.public_key, 2026);
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
        cmocka_unit_test_setup_teardown(a_copy_released_without_the_right__is_held_and_can_be_read_by_auditors, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_copy_released_by_a_records_officer__counts, setup, teardown),
        cmocka_unit_test_setup_teardown(a_reason__goes_with_the_case_that_it_is_about, setup, teardown),
        cmocka_unit_test_setup_teardown(a_reason_that_comes_after_the_erasure__is_not_kept, setup, teardown),
        cmocka_unit_test_setup_teardown(reasons_about_two_cases_in_one_page__are_held, setup, teardown),
        cmocka_unit_test_setup_teardown(an_auditors_device__has_a_journal_too, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
