/* The columns "erase" and "reassign" of the table in docs/merge.md: an edit of each kind of field that comes too late
 * is logged and held. The other columns: tests/merge/test_meet.c. All names are invented. */
#include "core/merge/meet.h"
#include "core/pack/writer.h"
#include "server/erase.h"
#include "tests/server/support_office.h"

#include <string.h>

/* A field of each kind. */
static const struct sample {
    enum hf_field_kind kind;
    uint16_t type, field;
    const char *word;
} samples[] = {
    {HF_KIND_VALUE, 22, 7, "Room 2"},   {HF_KIND_TEXT, 22, 18, "To plan"},           {HF_KIND_SET, 74, 15, "carer"},
    {HF_KIND_STATUS, 54, 8, "started"}, {HF_KIND_VERBATIM, 74, 13, "I miss my dog"}, {HF_KIND_APPEND, 22, 31, "second"},
};
#define SAMPLE_COUNT (sizeof samples / sizeof samples[0])

struct world {
    struct office *office;
    struct device holder, other, first, second;
    struct hf_class_key key;
    struct hf_id records[SAMPLE_COUNT];
};

static int setup(void **state)
{
    static struct world world;
    memset(&world, 0, sizeof world);
    world.office = office_new_on_disk();
    world.holder = device_enrolled(world.office, "Hana Holder", HF_ROLE_WORKER);
    world.other = device_enrolled(world.office, "Otto Other", HF_ROLE_WORKER);
    world.first = device_officer(world.office, "Ada Officer", HF_ROLE_OFFICE);
    world.second = device_officer(world.office, "Bede Officer", HF_ROLE_MANAGER);
    world.key = device_opens_case(&world.holder);
    for (size_t i = 0; i < SAMPLE_COUNT; i++)
        world.records[i] = new_id();
    *state = &world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    office_free(world->office);
    return 0;
}

static void pack_value(const struct sample *sample, struct hf_buf *out)
{
    struct hf_buf element = {0};
    hf_pack_text(&element, hf_slice_str(sample->word));
    if (sample->kind == HF_KIND_SET) {
        hf_pack_array(out, 2);
        hf_pack_array(out, 1);
        hf_buf_append_slice(out, hf_buf_slice(&element));
        hf_pack_array(out, 0);
    } else {
        hf_buf_append_slice(out, hf_buf_slice(&element));
    }
    hf_buf_clear(&element);
}

static struct hf_item edit(struct world *world, struct device *device, size_t kind)
{
    const struct sample *sample = &samples[kind];
    struct hf_buf value = {0}, body = {0};
    pack_value(sample, &value);
    const struct hf_edit_input input_edit = {.field = sample->field, .value = hf_buf_slice(&value)};
    const struct hf_data_body_input input = {.case_id = world->key.case_id,
                                             .record_id = world->records[kind],
                                             .type = sample->type,
                                             .edits = &input_edit,
                                             .edit_count = 1};
    assert_int_equal(hf_data_body_encode(&input, &body, NULL), HF_OK);
    struct hf_item item = device_leaf(device, HF_LEAF_DATA, &world->key, hf_buf_slice(&body));
    hf_buf_clear(&value);
    hf_buf_clear(&body);
    return item;
}

static size_t entries(struct world *world, size_t kind)
{
    struct hf_record_state state = office_state(world->office, &world->records[kind]);
    const struct hf_field_state *field = hf_record_state_field(&state, samples[kind].field);
    const size_t count = field ? field->count : 0;
    hf_record_state_clear(&state);
    return count;
}

static void assign(struct world *world, const struct device *device, bool held)
{
    assert_int_equal(hf_enrol_assign(&world->office->office, &world->key.case_id, &device->person, held,
                                     hf_slice_str("reallocated"), &world->office->err),
                     HF_OK);
}

static void edit_of_each_kind_by_one_who_lost_the_case__is_held(void **state)
{
    struct world *world = *state;
    assign(world, &world->other, true);
    for (size_t i = 0; i < SAMPLE_COUNT; i++) { /* arrived in time */
        assert_int_equal(device_push_one(&world->other, edit(world, &world->other, i)).hold, HF_HOLD_NONE);
        assert_int_equal(entries(world, i), 1);
    }
    assign(world, &world->other, false);
    for (size_t i = 0; i < SAMPLE_COUNT; i++) {
        assert_int_equal(hf_merge_meeting(samples[i].kind, HF_AGAINST_REASSIGN), HF_MEETING_HELD);
        assert_int_equal(device_push_one(&world->other, edit(world, &world->other, i)).hold, HF_HOLD_RIGHT);
        assert_int_equal(entries(world, i), 1); /* what arrived before stands */
        assert_int_equal(device_push_one(&world->holder, edit(world, &world->holder, i)).hold, HF_HOLD_NONE);
        assert_int_equal(entries(world, i), 2); /* and who holds the case goes on */
    }
}

static struct hf_acting acting(const struct device *device)
{
    struct hf_acting who = {.person = device->person, .command = "erase"};
    memcpy(who.device, device->sign.public_key, sizeof who.device);
    return who;
}

/* By two officers, each with a signature. */
static void erase(struct world *world)
{
    struct hf_buf request = {0};
    struct hf_id erasure;
    uint8_t signature[HF_SIGN_BYTES];
    struct hf_office *office = &world->office->office;
    struct hf_acting first = acting(&world->first), second = acting(&world->second);
    assert_int_equal(hf_erase_draft(office, &first, &world->key.case_id, hf_slice_str("never_recorded"), &request,
                                    &world->office->err),
                     HF_OK);
    hf_erase_sign_request(&world->first.sign, office->log_id, hf_buf_slice(&request), signature);
    assert_int_equal(hf_erase_ask(office, &first, hf_buf_slice(&request), signature, &erasure, &world->office->err),
                     HF_OK);
    hf_erase_sign_confirm(&world->second.sign, office->log_id, &world->second.person, hf_buf_slice(&request),
                          signature);
    assert_int_equal(hf_erase_confirm(office, &second, &erasure, signature, &world->office->err), HF_OK);
    hf_buf_clear(&request);
}

static void edit_of_each_kind_of_an_erased_case__is_held(void **state)
{
    struct world *world = *state;
    struct hf_item late[SAMPLE_COUNT];
    office_publish(world->office);
    for (size_t i = 0; i < SAMPLE_COUNT; i++) /* made before, on its way */
        late[i] = edit(world, &world->holder, i);
    erase(world);
    for (size_t i = 0; i < SAMPLE_COUNT; i++) {
        assert_int_equal(hf_merge_meeting(samples[i].kind, HF_AGAINST_ERASE), HF_MEETING_HELD);
        late[i].form = HF_ITEM_WHOLE;
    }
    assert_int_equal(device_push(&world->holder, late, SAMPLE_COUNT), HF_OK);
    for (size_t i = 0; i < SAMPLE_COUNT; i++) {
        assert_int_equal(world->office->results[i].hold, HF_HOLD_ERASED);
        assert_int_equal(entries(world, i), 0);
    }
}

static struct hf_item place(struct world *world, struct device *device, const char *word, const struct hf_id *bases,
                            size_t base_count)
{
    struct hf_buf value = {0}, body = {0};
    hf_pack_text(&value, hf_slice_str(word));
    const struct hf_edit_input over = {samples[0].field, hf_buf_slice(&value), bases, base_count};
    const struct hf_data_body_input input = {.case_id = world->key.case_id,
                                             .record_id = world->records[0],
                                             .type = samples[0].type,
                                             .edits = &over,
                                             .edit_count = 1};
    assert_int_equal(hf_data_body_encode(&input, &body, NULL), HF_OK);
    struct hf_item item = device_leaf(device, HF_LEAF_DATA, &world->key, hf_buf_slice(&body));
    hf_buf_clear(&value);
    hf_buf_clear(&body);
    return item;
}

/* The clash goes with the case, and a decision that was on its way meanwhile brings back neither the record nor a word
 * of what it chose from: it stands in the log, held. */
static void decision_about_a_case_that_was_erased_meanwhile__is_held_and_brings_nothing_back(void **state)
{
    struct world *world = *state;
    struct hf_id heads[2];
    assign(world, &world->other, true);
    struct hf_item mine = place(world, &world->holder, "hall", NULL, 0);
    struct hf_item theirs = place(world, &world->other, "home", NULL, 0);
    heads[0] = hf_leaf_change_id(mine.leaf.data);
    heads[1] = hf_leaf_change_id(theirs.leaf.data);
    assert_int_equal(device_push_one(&world->holder, mine).hold, HF_HOLD_NONE);
    assert_int_equal(device_push_one(&world->other, theirs).hold, HF_HOLD_NONE);
    assert_int_equal(office_conflicts(world->office, &world->records[0]), 1);
    office_publish(world->office);
    struct hf_item decision = place(world, &world->holder, "home", heads, 2);
    erase(world);
    assert_int_equal(entries(world, 0), 0);
    const struct hf_msg_pushed answer = device_push_one(&world->holder, decision);
    assert_int_equal(answer.hold, HF_HOLD_ERASED);
    assert_int_equal(entries(world, 0), 0);
    assert_int_equal(office_conflicts(world->office, &world->records[0]), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            decision_about_a_case_that_was_erased_meanwhile__is_held_and_brings_nothing_back, setup, teardown),
        cmocka_unit_test_setup_teardown(edit_of_each_kind_by_one_who_lost_the_case__is_held, setup, teardown),
        cmocka_unit_test_setup_teardown(edit_of_each_kind_of_an_erased_case__is_held, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
