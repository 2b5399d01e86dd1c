/* What only named people read: practice concerns. */
#include "core/pack/writer.h"
#include "server/restricted.h"
#include "tests/server/support_office.h"

#define CONCERN_TEXT    5
#define CONCERN_ALLOWED 9

struct world {
    struct office *office;
    struct device worker, manager, other;
    struct hf_class_key key;
};

static int setup(void **state)
{
    static struct world world;
    world.office = office_new();
    world.worker = device_enrolled(world.office, "Wanda Worker", HF_ROLE_WORKER);
    world.manager = device_enrolled(world.office, "Mo Manager", HF_ROLE_MANAGER);
    world.other = device_enrolled(world.office, "Olga Manager", HF_ROLE_MANAGER);
    world.key = device_opens_case(&world.worker);
    *state = &world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    office_free(world->office);
    return 0;
}

static struct hf_id save_concern(struct world *world, const struct hf_id *allowed)
{
    const struct hf_id record = new_id();
    struct hf_buf text = {0}, id = {0}, set = {0}, bytes = {0};
    hf_pack_text(&text, hf_slice_str("Invented concern"));
    hf_pack_id(&id, allowed);
    const struct hf_slice added = hf_buf_slice(&id);
    hf_set_edit_encode(&added, 1, NULL, 0, &set);
    const struct hf_edit_input edits[] = {{.field = CONCERN_TEXT, .value = hf_buf_slice(&text)},
                                          {.field = CONCERN_ALLOWED, .value = hf_buf_slice(&set)}};
    const struct hf_data_body_input input = {
        .case_id = world->key.case_id, .record_id = record, .type = HF_RECORD_CONCERN, .edits = edits, .edit_count = 2};
    assert_int_equal(hf_data_body_encode(&input, &bytes, NULL), HF_OK);
    struct hf_item item =
        device_leaf(&world->worker, HF_LEAF_DATA, &world->key, scratch_copy(world->office, hf_buf_slice(&bytes)));
    assert_int_equal(device_push_one(&world->worker, item).hold, HF_HOLD_NONE);
    hf_buf_clear(&text);
    hf_buf_clear(&id);
    hf_buf_clear(&set);
    hf_buf_clear(&bytes);
    return item_id(&item);
}

/* True when the general feed of this device has the change. */
static bool is_fed(struct world *world, struct device *device, const struct hf_id *change)
{
    const struct hf_message request = {.type = HF_MSG_PULL, .request = 1};
    struct hf_reply reply = {0};
    bool found = false;
    assert_int_equal(hf_office_answer(&world->office->office, &device->peer, &request, &reply), HF_OK);
    assert_int_equal(reply.message.type, HF_MSG_FEED);
    for (size_t i = 0; i < reply.message.as.feed.item_count; i++) {
        const struct hf_id id = hf_leaf_change_id(reply.message.as.feed.items[i].leaf.data);
        found = found || hf_id_equal(&id, change);
    }
    hf_reply_clear(&reply);
    return found;
}

static void concern__goes_to_whom_it_names_and_to_no_other_manager(void **state)
{
    struct world *world = *state;
    const struct hf_id change = save_concern(world, &world->manager.person);
    assert_true(is_fed(world, &world->manager, &change));
    assert_false(is_fed(world, &world->other, &change));
}

static void other_records__go_on_as_before(void **state)
{
    struct world *world = *state;
    const struct hf_id record = new_id();
    const struct hf_id change = device_saves(&world->worker, &world->key, &record, "Casey", NULL);
    assert_true(is_fed(world, &world->other, &change));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(concern__goes_to_whom_it_names_and_to_no_other_manager, setup, teardown),
        cmocka_unit_test_setup_teardown(other_records__go_on_as_before, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
