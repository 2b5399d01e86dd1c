/* A case's key turns when somebody loses the case: later words are under another key, older changes still count. All
 * names are invented. */
#include "server/epoch.h"

#include "tests/server/support_office.h"

#include <string.h>

struct world {
    struct office *office;
    struct device holder, other;
    struct hf_class_key key; /* of the beginning */
    struct hf_id record;
};

static int setup(void **state)
{
    static struct world world;
    memset(&world, 0, sizeof world);
    world.office = office_new();
    world.holder = device_enrolled(world.office, "Hana Holder", HF_ROLE_WORKER);
    world.other = device_enrolled(world.office, "Otto Other", HF_ROLE_WORKER);
    world.key = device_opens_case(&world.holder);
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

static void assign(struct world *world, const struct device *device, bool held)
{
    assert_int_equal(hf_enrol_assign(&world->office->office, &world->key.case_id, &device->person, held,
                                     hf_slice_str("cover"), &world->office->err),
                     HF_OK);
}

static struct hf_class_key current(struct world *world)
{
    struct hf_class_key key;
    assert_int_equal(hf_keystore_current(world->office->keystore, &world->key.case_id, &key), HF_OK);
    return key;
}

/* The key of this epoch comes with what the device is fed. */
static bool is_fed(struct device *device, const struct hf_class_key *key)
{
    struct hf_message request = {.type = HF_MSG_PULL, .request = 7};
    struct hf_reply reply;
    bool found = false;
    assert_int_equal(hf_office_answer(&device->office->office, &device->peer, &request, &reply), HF_OK);
    assert_int_equal(reply.message.type, HF_MSG_FEED);
    for (size_t i = 0; i < reply.message.as.feed.key_count; i++)
        found = found || memcmp(reply.message.as.feed.keys[i].key, key->key, sizeof key->key) == 0;
    hf_reply_clear(&reply);
    return found;
}

static void losing_a_case__turns_its_key_for_those_who_keep_it(void **state)
{
    struct world *world = *state;
    assign(world, &world->other, true);
    assert_int_equal(current(world).epoch, 0);
    assert_true(is_fed(&world->other, &world->key));
    assign(world, &world->other, false);
    const struct hf_class_key turned = current(world);
    assert_int_equal(turned.epoch, 1);
    assert_memory_not_equal(turned.key, world->key.key, sizeof turned.key);
    assert_true(is_fed(&world->holder, &turned));
    assert_false(is_fed(&world->other, &turned));
    assign(world, &world->other, false); /* nothing to take away */
    assert_int_equal(current(world).epoch, 1);
}

static void change_under_the_older_key__still_counts(void **state)
{
    struct world *world = *state;
    assign(world, &world->other, true);
    assign(world, &world->other, false);
    const struct hf_class_key turned = current(world);
    const struct hf_id first = device_saves(&world->holder, &world->key, &world->record, "Under the old key", NULL);
    assert_string_equal(office_text(world->office, &world->record, CHILD_NAME), "Under the old key");
    (void)device_saves(&world->holder, &turned, &world->record, "Under the new key", &first);
    assert_string_equal(office_text(world->office, &world->record, CHILD_NAME), "Under the new key");
}

static void what_the_server_writes_then__is_under_the_new_key(void **state)
{
    struct world *world = *state;
    assign(world, &world->other, true);
    assign(world, &world->other, false);
    const struct hf_class_key turned = current(world);
    struct hf_entry_row row = office_entry(world->office, office_size(world->office) - 1);
    assert_int_equal(row.kind, HF_LEAF_CASE);
    assert_true(hf_id_equal(&row.key_id, &turned.key_id));
    assert_true(hf_id_equal(&row.case_id, &world->key.case_id));
}

static void lost_tablet__turns_the_keys_of_its_persons_cases(void **state)
{
    struct world *world = *state;
    const struct hf_class_key second = device_opens_case(&world->holder);
    const struct hf_class_key others = device_opens_case(&world->other);
    struct hf_class_key now;
    assert_int_equal(hf_enrol_revoke(&world->office->office, world->holder.sign.public_key, hf_slice_str("lost"),
                                     &world->office->err),
                     HF_OK);
    assert_int_equal(current(world).epoch, 1);
    assert_int_equal(hf_keystore_current(world->office->keystore, &second.case_id, &now), HF_OK);
    assert_int_equal(now.epoch, 1);
    assert_int_equal(hf_keystore_current(world->office->keystore, &others.case_id, &now), HF_OK);
    assert_int_equal(now.epoch, 0);
    assert_int_equal(hf_enrol_revoke(&world->office->office, world->holder.sign.public_key, hf_slice_str("lost"),
                                     &world->office->err),
                     HF_OK);
    assert_int_equal(current(world).epoch, 1); /* revoked already */
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(losing_a_case__turns_its_key_for_those_who_keep_it),
        TEST(change_under_the_older_key__still_counts),
        TEST(what_the_server_writes_then__is_under_the_new_key),
        TEST(lost_tablet__turns_the_keys_of_its_persons_cases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
