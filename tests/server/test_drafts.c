/* Drafts at the office, on both drivers of the store: who may leave one, who gets it, and when it is gone. */
#include "tests/server/support_office.h"

#include <string.h>

struct world {
    struct office *office;
    struct device ann, other, stranger; /* other: of another person who holds the case too */
    struct hf_class_key key;
    struct hf_id record;
};

static int setup_on(void **state, struct office *office)
{
    static struct world world;
    world.office = office;
    world.ann = device_enrolled(office, "Ann Sample", HF_ROLE_WORKER);
    world.key = device_opens_case(&world.ann);
    world.other = device_with_case(office, "Ben Sample", HF_ROLE_WORKER, &world.key.case_id);
    world.stranger = device_enrolled(office, "Cy Sample", HF_ROLE_WORKER);
    world.record = new_id();
    *state = &world;
    return 0;
}

static int setup_memory(void **state)
{
    return setup_on(state, office_new());
}

static int setup_disk(void **state)
{
    return setup_on(state, office_new_on_disk());
}

static int teardown(void **state)
{
    struct world *world = *state;
    office_free(world->office);
    return 0;
}

static const uint8_t sealed[100] = {1, 2, 3};

static struct hf_draft_item draft(const struct world *world, uint64_t version, bool shared)
{
    return (struct hf_draft_item){.record_id = world->record,
                                  .case_id = world->key.case_id,
                                  .key_id = world->key.key_id,
                                  .version = version,
                                  .shared = shared,
                                  .blob = hf_slice_of(sealed, sizeof sealed)};
}

static void ask(struct device *device, struct hf_msg_drafts drafts, struct hf_reply *reply)
{
    const struct hf_message request = {.type = HF_MSG_DRAFTS, .request = 7, .as.drafts = drafts};
    struct hf_buf bytes = {0};
    device_refresh(device);
    assert_int_equal(hf_office_answer(&device->office->office, &device->peer, &request, reply), HF_OK);
    assert_int_equal(reply->message.type, HF_MSG_DRAFTS_ARE);
    assert_int_equal(hf_message_encode(&reply->message, &bytes), HF_OK);
    hf_buf_wipe(&bytes);
}

static enum hf_draft_result leave(struct device *device, struct hf_draft_item item)
{
    struct hf_reply reply;
    ask(device, (struct hf_msg_drafts){.items = &item, .item_count = 1}, &reply);
    assert_int_equal(reply.message.as.drafts.result_count, 1);
    const enum hf_draft_result result = reply.message.as.drafts.results[0];
    hf_reply_clear(&reply);
    return result;
}

/* The version that this device is given; 0: none. */
static uint64_t hears(struct device *device)
{
    struct hf_reply reply;
    ask(device, (struct hf_msg_drafts){.item_count = 0}, &reply);
    const struct hf_msg_drafts *said = &reply.message.as.drafts;
    const uint64_t version = said->item_count > 0 ? said->items[0].version : 0;
    hf_reply_clear(&reply);
    return version;
}

static void end(struct device *device, const struct device *of, const struct hf_id *record, uint64_t version)
{
    struct hf_reply reply;
    struct hf_draft_ref ref = {.record_id = *record, .version = version};
    memcpy(ref.device, of->peer.device, sizeof ref.device);
    ask(device, (struct hf_msg_drafts){.ended = &ref, .ended_count = 1}, &reply);
    hf_reply_clear(&reply);
}

static void shared__reaches_only_who_may_read_the_case(void **state)
{
    struct world *world = *state;
    struct hf_error err = {0};
    assert_int_equal(leave(&world->ann, draft(world, 5, false)), HF_DRAFT_KEPT);
    assert_int_equal(hears(&world->other), 0);
    assert_int_equal(leave(&world->ann, draft(world, 6, true)), HF_DRAFT_KEPT);
    assert_int_equal(hears(&world->other), 6);
    assert_int_equal(hears(&world->stranger), 0);
    assert_int_equal(hears(&world->ann), 0);
    assert_int_equal(hf_enrol_assign(&world->office->office, &world->key.case_id, &world->other.person, false,
                                     hf_slice_str("left"), &err),
                     HF_OK);
    assert_int_equal(hears(&world->other), 0);
}

static void a_draft__is_left_only_where_the_person_has_or_had_the_case(void **state)
{
    struct world *world = *state;
    struct hf_error err = {0};
    struct hf_draft_item unknown = draft(world, 5, false);
    unknown.key_id = new_id();
    assert_int_equal(leave(&world->stranger, draft(world, 5, false)), HF_DRAFT_NOT_HERE);
    assert_int_equal(leave(&world->ann, unknown), HF_DRAFT_NOT_HERE);
    assert_int_equal(hf_enrol_assign(&world->office->office, &world->key.case_id, &world->other.person, false,
                                     hf_slice_str("left"), &err),
                     HF_OK);
    assert_int_equal(leave(&world->other, draft(world, 5, false)), HF_DRAFT_KEPT);
}

static void an_older_version__never_takes_the_place_of_a_newer(void **state)
{
    struct world *world = *state;
    assert_int_equal(leave(&world->ann, draft(world, 9, true)), HF_DRAFT_KEPT);
    assert_int_equal(leave(&world->ann, draft(world, 8, true)), HF_DRAFT_KEPT);
    assert_int_equal(hears(&world->other), 9);
    end(&world->ann, &world->ann, &world->record, 8);
    assert_int_equal(hears(&world->other), 9);
    end(&world->ann, &world->ann, &world->record, 9);
    assert_int_equal(hears(&world->other), 0);
}

static void nobody__ends_a_draft_that_is_not_shown_to_them(void **state)
{
    struct world *world = *state;
    assert_int_equal(leave(&world->ann, draft(world, 5, false)), HF_DRAFT_KEPT);
    end(&world->other, &world->ann, &world->record, 5);
    assert_int_equal(leave(&world->ann, draft(world, 6, true)), HF_DRAFT_KEPT);
    end(&world->stranger, &world->ann, &world->record, 6);
    assert_int_equal(hears(&world->other), 6);
    end(&world->other, &world->ann, &world->record, 6);
    assert_int_equal(hears(&world->other), 0);
}

static void one_device__has_a_limit(void **state)
{
    struct world *world = *state;
    for (int i = 0; i < HF_LIMIT_DRAFTS_DEVICE; i++) {
        world->record = new_id();
        assert_int_equal(leave(&world->ann, draft(world, 5, false)), HF_DRAFT_KEPT);
    }
    world->record = new_id();
    assert_int_equal(leave(&world->ann, draft(world, 5, false)), HF_DRAFT_TOO_MANY);
}

int main(void)
{
#define BOTH(name)                                                                                                     \
    cmocka_unit_test_setup_teardown(name, setup_memory, teardown),                                                     \
        cmocka_unit_test_setup_teardown(name, setup_disk, teardown)
    const struct CMUnitTest tests[] = {
        BOTH(shared__reaches_only_who_may_read_the_case),
        BOTH(a_draft__is_left_only_where_the_person_has_or_had_the_case),
        BOTH(an_older_version__never_takes_the_place_of_a_newer),
        BOTH(nobody__ends_a_draft_that_is_not_shown_to_them),
        cmocka_unit_test_setup_teardown(one_device__has_a_limit, setup_memory, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
