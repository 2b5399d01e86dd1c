/* What only named people read: practice concerns. */
#include "core/pack/writer.h"
#include "server/restricted.h"
#include "tests/server/support_office.h"

#include <stdlib.h>

#define CONCERN_TEXT    5
#define CONCERN_ALLOWED 9

struct world {
    struct office *office;
    struct device worker, manager, other;
    struct hf_class_key key;
    struct hf_id named; /* the change that named somebody last */
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

/* Words, a person named or taken off, or both. */
static struct hf_id save_in(struct world *world, const struct hf_id *record, const char *words,
                            const struct hf_id *person, bool add)
{
    struct hf_buf text = {0}, id = {0}, set = {0}, bytes = {0};
    struct hf_edit_input edits[2];
    size_t count = 0;
    hf_pack_text(&text, hf_slice_str(words ? words : ""));
    hf_pack_id(&id, person ? person : record);
    const struct hf_slice element = hf_buf_slice(&id);
    hf_set_edit_encode(&element, add ? 1 : 0, &element, add ? 0 : 1, &set);
    if (words)
        edits[count++] = (struct hf_edit_input){.field = CONCERN_TEXT, .value = hf_buf_slice(&text)};
    if (person)
        edits[count++] = (struct hf_edit_input){.field = CONCERN_ALLOWED, .value = hf_buf_slice(&set)};
    if (person && !add) {
        edits[count - 1].bases = &world->named;
        edits[count - 1].base_count = 1;
    }
    const struct hf_data_body_input input = {.case_id = world->key.case_id,
                                             .record_id = *record,
                                             .type = HF_RECORD_CONCERN,
                                             .edits = edits,
                                             .edit_count = count};
    assert_int_equal(hf_data_body_encode(&input, &bytes, NULL), HF_OK);
    struct hf_item item =
        device_leaf(&world->worker, HF_LEAF_DATA, &world->key, scratch_copy(world->office, hf_buf_slice(&bytes)));
    assert_int_equal(device_push_one(&world->worker, item).hold, HF_HOLD_NONE);
    hf_buf_clear(&text);
    hf_buf_clear(&id);
    hf_buf_clear(&set);
    hf_buf_clear(&bytes);
    if (person && add)
        world->named = item_id(&item);
    return item_id(&item);
}

static struct hf_id save_concern(struct world *world, const struct hf_id *allowed)
{
    const struct hf_id record = new_id();
    return save_in(world, &record, "Invented concern", allowed, true);
}

static bool answer_has(struct world *world, struct device *device, const struct hf_message *request,
                       const struct hf_id *change)
{
    struct hf_reply reply = {0};
    bool found = false;
    assert_int_equal(hf_office_answer(&world->office->office, &device->peer, request, &reply), HF_OK);
    assert_int_equal(reply.message.type, HF_MSG_FEED);
    for (size_t i = 0; i < reply.message.as.feed.item_count; i++) {
        const struct hf_id id = hf_leaf_change_id(reply.message.as.feed.items[i].leaf.data);
        found = found || hf_id_equal(&id, change);
    }
    hf_reply_clear(&reply);
    return found;
}

/* True when the general feed of this device has the change. */
static bool is_fed(struct world *world, struct device *device, const struct hf_id *change)
{
    const struct hf_message request = {.type = HF_MSG_PULL, .request = 1};
    return answer_has(world, device, &request, change);
}

/* True when the history of the case has it for this device. */
static bool is_in_history(struct world *world, struct device *device, const struct hf_id *change)
{
    struct hf_message request = {.type = HF_MSG_PULL, .request = 1};
    request.as.pull.one_case = true;
    request.as.pull.case_id = world->key.case_id;
    request.as.pull.until = UINT64_MAX;
    return answer_has(world, device, &request, change);
}

static void concern__goes_to_whom_it_names_and_to_no_other_manager(void **state)
{
    struct world *world = *state;
    const struct hf_id change = save_concern(world, &world->manager.person);
    assert_true(is_fed(world, &world->manager, &change));
    assert_false(is_fed(world, &world->other, &change));
}

static void person_named_later__is_given_all_that_was_said_before(void **state)
{
    struct world *world = *state;
    const struct hf_id record = new_id();
    const struct hf_id first = save_in(world, &record, "Invented concern", NULL, false);
    assert_false(is_in_history(world, &world->other, &first));
    const struct hf_id naming = save_in(world, &record, NULL, &world->other.person, true);
    assert_true(is_fed(world, &world->other, &naming));
    assert_true(is_in_history(world, &world->other, &first));
    assert_false(is_in_history(world, &world->manager, &first));
}

static void person_taken_off_the_list__hears_that_and_nothing_else(void **state)
{
    struct world *world = *state;
    const struct hf_id record = new_id();
    const struct hf_id first = save_in(world, &record, "Invented concern", &world->other.person, true);
    assert_true(is_in_history(world, &world->other, &first));
    const struct hf_id off = save_in(world, &record, NULL, &world->other.person, false);
    const struct hf_id later = save_in(world, &record, "Said later", NULL, false);
    assert_true(is_fed(world, &world->other, &off));
    assert_false(is_fed(world, &world->manager, &off));
    assert_false(is_fed(world, &world->other, &later));
    assert_false(is_in_history(world, &world->other, &first));
}

/* A tampered device: honest ones take people off in a change of its own. */
static void taking_off_with_other_words__is_not_handed_out(void **state)
{
    struct world *world = *state;
    const struct hf_id record = new_id();
    (void)save_in(world, &record, "Invented concern", &world->other.person, true);
    const struct hf_id off = save_in(world, &record, "Words beside it", &world->other.person, false);
    assert_false(is_fed(world, &world->other, &off));
}

static size_t opened_data(struct world *world, struct device *auditor)
{
    struct hf_message request = {.type = HF_MSG_ENTRIES, .request = 5};
    struct hf_reply reply = {0};
    size_t opened = 0;
    struct hf_data_body *body = malloc(sizeof *body);
    request.as.entries.count = HF_LIMIT_ENTRIES;
    request.as.entries.contents = true;
    assert_non_null(body);
    office_publish(world->office);
    assert_int_equal(hf_office_answer(&world->office->office, &auditor->peer, &request, &reply), HF_OK);
    assert_int_equal(reply.message.type, HF_MSG_ENTRIES_ARE);
    for (size_t i = 0; i < reply.message.as.entries_are.count; i++)
        opened += reply.message.as.entries_are.entries[i].body.len > 0 &&
                  hf_data_body_decode(reply.message.as.entries_are.entries[i].body, body, NULL) == HF_OK &&
                  body->type == HF_RECORD_CONCERN;
    hf_reply_clear(&reply);
    free(body);
    return opened;
}

static void concern__stays_sealed_for_an_auditor_who_is_not_named(void **state)
{
    struct world *world = *state;
    struct device auditor = device_enrolled(world->office, "Ada Auditor", HF_ROLE_AUDITOR);
    (void)save_concern(world, &world->manager.person);
    assert_int_equal(opened_data(world, &auditor), 0);
    (void)save_concern(world, &auditor.person);
    assert_int_equal(opened_data(world, &auditor), 1);
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
        cmocka_unit_test_setup_teardown(person_named_later__is_given_all_that_was_said_before, setup, teardown),
        cmocka_unit_test_setup_teardown(person_taken_off_the_list__hears_that_and_nothing_else, setup, teardown),
        cmocka_unit_test_setup_teardown(taking_off_with_other_words__is_not_handed_out, setup, teardown),
        cmocka_unit_test_setup_teardown(concern__stays_sealed_for_an_auditor_who_is_not_named, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
