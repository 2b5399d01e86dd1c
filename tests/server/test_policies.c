/* Released procedures at the office: who may release, decide and record. */
#include "core/pack/writer.h"
#include "core/policy/day.h"
#include "server/policies.h"
#include "tests/policy/support_tree.h"
#include "tests/server/support_office.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TYPE_APPROVAL  62
#define APPROVAL_ROUTE 2
#define APPROVAL_WHAT  5
#define POST_PERSON    2
#define POST_ROLE      3
#define POST_FROM      5
#define POST_UNTIL     6
#define DAY_MS         (UINT64_C(24) * 60 * 60 * 1000)
#define ACK_PERSON     2
#define COVER_BY       3

struct world {
    struct office *office;
    struct device worker, manager, clerk;
    struct hf_class_key key, office_key;
};

static int setup(void **state)
{
    static struct world world;
    world.office = office_new();
    world.worker = device_enrolled(world.office, "Wanda Worker", HF_ROLE_WORKER);
    world.manager = device_enrolled(world.office, "Mo Manager", HF_ROLE_MANAGER);
    world.clerk = device_enrolled(world.office, "Olu Office", HF_ROLE_OFFICE);
    world.key = device_opens_case(&world.worker);
    assert_int_equal(hf_keystore_current(world.office->keystore, &world.office->office.office_case, &world.office_key),
                     HF_OK);
    *state = &world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    office_free(world->office);
    return 0;
}

/* --- releasing --- */

static const char rights_pack[] =
    "{\"format\": 1, \"policy\": \"test.rights\", \"version\": \"%s\", \"authority\": \"invented\","
    " \"effective_from\": \"2020-01-01\", \"calendar\": \"england-and-wales\", \"names\": [\"Test\"],%s"
    " \"rights\": [{\"id\": \"urgent\", \"for\": \"out_of_meeting_approval\", \"fields\": [\"route\"],"
    " \"when\": [\"eq\", \"out_of_meeting_approval.route\", \"fostering_manager\"],"
    " \"by\": [\"fostering_manager\"]}], \"rules\": []}";

static struct hf_item release_item(struct device *device, const struct hf_class_key *key, struct hf_slice file,
                                   const char *name, const char *version, const char *what)
{
    struct hf_policy_body body = {.what = hf_slice_str(what),
                                  .name = hf_slice_str(name),
                                  .version = hf_slice_str(version),
                                  .file = file,
                                  .effective_from = hf_slice_str("2020-01-01")};
    struct hf_buf bytes = {0};
    hf_sha256_of(file.data, file.len, body.hash);
    hf_policy_body_encode(&body, &bytes);
    struct hf_item item = device_leaf(device, HF_LEAF_POLICY, key, scratch_copy(device->office, hf_buf_slice(&bytes)));
    hf_buf_clear(&bytes);
    return item;
}

static enum hf_hold release_calendar(struct world *world)
{
    struct hf_buf file = read_tree_file("policies/calendars/england-and-wales-2027.json");
    struct hf_item item = release_item(&world->clerk, &world->office_key, hf_buf_slice(&file), "england-and-wales",
                                       "2024-2027", "calendar");
    hf_buf_clear(&file);
    return device_push_one(&world->clerk, item).hold;
}

static struct hf_item pack_item(struct world *world, struct device *device, const char *version, const char *more)
{
    char pack[1024];
    (void)snprintf(pack, sizeof pack, rights_pack, version, more);
    return release_item(device, &world->office_key, hf_slice_str(pack), "test.rights", version, "pack");
}

static enum hf_hold release_pack(struct world *world, struct device *device, const char *version, const char *more)
{
    return device_push_one(device, pack_item(world, device, version, more)).hold;
}

static void release__counts_from_the_office_and_from_nobody_else(void **state)
{
    struct world *world = *state;
    assert_int_equal(release_pack(world, &world->worker, "1", ""), HF_HOLD_ROLE);
    assert_int_equal(release_pack(world, &world->manager, "1", ""), HF_HOLD_ROLE);
    assert_int_equal(release_pack(world, &world->clerk, "1", ""), HF_HOLD_NONE);
}

static void release__of_a_version_with_another_content_is_held(void **state)
{
    struct world *world = *state;
    assert_int_equal(release_pack(world, &world->clerk, "1", ""), HF_HOLD_NONE);
    assert_int_equal(release_pack(world, &world->clerk, "1", " \"x-note\": 1,"), HF_HOLD_FORM);
    assert_int_equal(release_pack(world, &world->clerk, "2", " \"x-note\": 1,"), HF_HOLD_NONE);
}

static void release__twice_in_one_batch_is_held_the_second_time(void **state)
{
    struct world *world = *state;
    struct hf_item items[2] = {pack_item(world, &world->clerk, "1", "")};
    items[1] = pack_item(world, &world->clerk, "1", " \"x-note\": 1,");
    assert_int_equal(device_push(&world->clerk, items, 2), HF_OK);
    assert_int_equal(world->office->results[0].hold, HF_HOLD_NONE);
    assert_int_equal(world->office->results[1].hold, HF_HOLD_FORM);
}

static void release__that_cannot_be_used_is_held(void **state)
{
    struct world *world = *state;
    static const char nonsense[] = "{\"format\": 1}";
    struct hf_item item = release_item(&world->clerk, &world->office_key, hf_slice_str(nonsense), "x", "1", "pack");
    assert_int_equal(device_push_one(&world->clerk, item).hold, HF_HOLD_FORM);
    item = device_leaf(&world->clerk, HF_LEAF_POLICY, &world->office_key, hf_slice_str("\x80"));
    assert_int_equal(device_push_one(&world->clerk, item).hold, HF_HOLD_FORM);
}

static void release__in_a_childs_case_is_held(void **state)
{
    struct world *world = *state;
    char pack[1024];
    (void)snprintf(pack, sizeof pack, rights_pack, "1", "");
    struct hf_item item = release_item(&world->clerk, &world->key, hf_slice_str(pack), "test.rights", "1", "pack");
    assert_int_equal(device_push_one(&world->clerk, item).hold, HF_HOLD_ROLE);
}

static void releases__are_known_again_after_the_office_was_closed(void **state)
{
    struct world *world = *state;
    assert_int_equal(release_pack(world, &world->clerk, "1", ""), HF_HOLD_NONE);
    assert_int_equal(office_reopen(world->office), HF_OK);
    assert_int_equal(release_pack(world, &world->clerk, "1", " \"x-note\": 1,"), HF_HOLD_FORM);
}

/* --- the office case --- */

static struct hf_slice packed_id(struct world *world, const struct hf_id *id)
{
    struct hf_buf bytes = {0};
    hf_pack_id(&bytes, id);
    struct hf_slice copy = scratch_copy(world->office, hf_buf_slice(&bytes));
    hf_buf_clear(&bytes);
    return copy;
}

static struct hf_slice packed_text(struct world *world, const char *text)
{
    struct hf_buf bytes = {0};
    hf_pack_text(&bytes, hf_slice_str(text));
    struct hf_slice copy = scratch_copy(world->office, hf_buf_slice(&bytes));
    hf_buf_clear(&bytes);
    return copy;
}

static struct hf_item data_item(struct world *world, struct device *device, const struct hf_class_key *key,
                                const struct hf_id *record, uint16_t type, const struct hf_edit_input *edits,
                                size_t count)
{
    const struct hf_data_body_input input = {
        .case_id = key->case_id, .record_id = *record, .type = type, .edits = edits, .edit_count = count};
    struct hf_buf bytes = {0};
    assert_int_equal(hf_data_body_encode(&input, &bytes, NULL), HF_OK);
    struct hf_item item = device_leaf(device, HF_LEAF_DATA, key, scratch_copy(world->office, hf_buf_slice(&bytes)));
    hf_buf_clear(&bytes);
    return item;
}

static enum hf_hold record_about(struct world *world, struct device *device, uint16_t type, const struct hf_id *person)
{
    const struct hf_id record = new_id();
    const struct hf_edit_input edit = {.field = POST_PERSON, .value = packed_id(world, person)};
    return device_push_one(device, data_item(world, device, &world->office_key, &record, type, &edit, 1)).hold;
}

static void office_case__takes_acknowledgements_from_the_person_they_name(void **state)
{
    struct world *world = *state;
    assert_int_equal(record_about(world, &world->worker, HF_RECORD_POLICY_ACK, &world->worker.person), HF_HOLD_NONE);
    assert_int_equal(record_about(world, &world->worker, HF_RECORD_POLICY_ACK, &world->manager.person), HF_HOLD_RIGHT);
    assert_int_equal(record_about(world, &world->clerk, HF_RECORD_POLICY_ACK, &world->manager.person), HF_HOLD_RIGHT);
}

static void office_case__an_acknowledgement_is_not_turned_into_somebody_elses(void **state)
{
    struct world *world = *state;
    const struct hf_id record = new_id();
    struct hf_edit_input edit = {.field = ACK_PERSON, .value = packed_id(world, &world->worker.person)};
    struct hf_item item = data_item(world, &world->worker, &world->office_key, &record, HF_RECORD_POLICY_ACK, &edit, 1);
    const struct hf_id base = item_id(&item);
    assert_int_equal(device_push_one(&world->worker, item).hold, HF_HOLD_NONE);
    edit = (struct hf_edit_input){
        .field = ACK_PERSON, .value = packed_id(world, &world->manager.person), .bases = &base, .base_count = 1};
    item = data_item(world, &world->manager, &world->office_key, &record, HF_RECORD_POLICY_ACK, &edit, 1);
    assert_int_equal(device_push_one(&world->manager, item).hold, HF_HOLD_RIGHT);
}

static void office_case__posts_and_settings_are_the_offices(void **state)
{
    struct world *world = *state;
    assert_int_equal(record_about(world, &world->worker, HF_RECORD_POST, &world->worker.person), HF_HOLD_RIGHT);
    assert_int_equal(record_about(world, &world->manager, HF_RECORD_POST, &world->manager.person), HF_HOLD_RIGHT);
    assert_int_equal(record_about(world, &world->clerk, HF_RECORD_POST, &world->manager.person), HF_HOLD_NONE);
}

static void office_case__cover_is_for_managers_and_for_who_is_away(void **state)
{
    struct world *world = *state;
    assert_int_equal(record_about(world, &world->worker, HF_RECORD_COVER, &world->worker.person), HF_HOLD_NONE);
    assert_int_equal(record_about(world, &world->worker, HF_RECORD_COVER, &world->manager.person), HF_HOLD_RIGHT);
    assert_int_equal(record_about(world, &world->manager, HF_RECORD_COVER, &world->worker.person), HF_HOLD_NONE);
}

static void office_case__staff_records_stay_the_servers(void **state)
{
    struct world *world = *state;
    const struct hf_edit_input edit = {.field = HF_FIELD_PERSON_NAME, .value = packed_text(world, "Somebody Else")};
    struct hf_item item =
        data_item(world, &world->clerk, &world->office_key, &world->worker.person, HF_RECORD_PERSON, &edit, 1);
    assert_int_equal(device_push_one(&world->clerk, item).hold, HF_HOLD_RIGHT);
}

/* --- rights of a pack --- */

static struct hf_item approval(struct world *world, struct device *device, const struct hf_id *record)
{
    const struct hf_edit_input edit = {.field = APPROVAL_ROUTE, .value = packed_text(world, "fostering_manager")};
    return data_item(world, device, &world->key, record, TYPE_APPROVAL, &edit, 1);
}

static enum hf_hold approve(struct world *world, struct device *device)
{
    const struct hf_id record = new_id();
    return device_push_one(device, approval(world, device, &record)).hold;
}

static struct hf_item post_item(struct world *world, const struct hf_id *person)
{
    const struct hf_id record = new_id();
    const struct hf_edit_input edits[] = {{.field = POST_PERSON, .value = packed_id(world, person)},
                                          {.field = POST_ROLE, .value = packed_text(world, "fostering_manager")}};
    return data_item(world, &world->clerk, &world->office_key, &record, HF_RECORD_POST, edits, 2);
}

static void rights__without_a_pack_hold_nothing_back(void **state)
{
    struct world *world = *state;
    assert_int_equal(approve(world, &world->worker), HF_HOLD_NONE);
}

static void rights__are_of_the_role_not_of_the_device(void **state)
{
    struct world *world = *state;
    assert_int_equal(release_calendar(world), HF_HOLD_NONE);
    assert_int_equal(release_pack(world, &world->clerk, "1", ""), HF_HOLD_NONE);
    assert_int_equal(approve(world, &world->manager), HF_HOLD_ROLE);
    assert_int_equal(device_push_one(&world->clerk, post_item(world, &world->manager.person)).hold, HF_HOLD_NONE);
    assert_int_equal(approve(world, &world->manager), HF_HOLD_NONE);
    assert_int_equal(approve(world, &world->worker), HF_HOLD_ROLE);
}

static void rights__see_a_post_of_the_same_delivery(void **state)
{
    struct world *world = *state;
    const struct hf_id record = new_id();
    assert_int_equal(release_calendar(world), HF_HOLD_NONE);
    struct hf_item items[3] = {pack_item(world, &world->clerk, "1", "")};
    items[1] = post_item(world, &world->clerk.person);
    items[2] = approval(world, &world->clerk, &record);
    assert_int_equal(device_push(&world->clerk, items, 3), HF_OK);
    assert_int_equal(world->office->results[2].hold, HF_HOLD_NONE);
}

static void rights__leave_other_fields_alone(void **state)
{
    struct world *world = *state;
    const struct hf_id record = new_id();
    assert_int_equal(release_calendar(world), HF_HOLD_NONE);
    assert_int_equal(release_pack(world, &world->clerk, "1", ""), HF_HOLD_NONE);
    const struct hf_edit_input edit = {.field = APPROVAL_WHAT, .value = packed_text(world, "Two more visits")};
    struct hf_item item = data_item(world, &world->worker, &world->key, &record, TYPE_APPROVAL, &edit, 1);
    assert_int_equal(device_push_one(&world->worker, item).hold, HF_HOLD_NONE);
}

static struct hf_item post_until(struct world *world, const struct hf_id *person, const char *from, const char *until)
{
    const struct hf_id record = new_id();
    const struct hf_edit_input edits[] = {{.field = POST_PERSON, .value = packed_id(world, person)},
                                          {.field = POST_ROLE, .value = packed_text(world, "fostering_manager")},
                                          {.field = POST_FROM, .value = packed_text(world, from)},
                                          {.field = POST_UNTIL, .value = packed_text(world, until)}};
    return data_item(world, &world->clerk, &world->office_key, &record, HF_RECORD_POST, edits, 4);
}

static void day_text(uint64_t ms, char out[HF_DATE_TEXT_BYTES])
{
    hf_day_format(hf_london_day(ms), out);
}

/* Who lost a role yesterday has it no more, whatever their device says that the time is. */
static void rights__are_of_the_day_the_office_takes_a_change_in_not_of_its_authors_clock(void **state)
{
    struct world *world = *state;
    char before[HF_DATE_TEXT_BYTES], yesterday[HF_DATE_TEXT_BYTES];
    assert_int_equal(release_calendar(world), HF_HOLD_NONE);
    assert_int_equal(release_pack(world, &world->clerk, "1", ""), HF_HOLD_NONE);
    day_text(world->office->now_ms - 9 * DAY_MS, before);
    day_text(world->office->now_ms - DAY_MS, yesterday);
    assert_int_equal(device_push_one(&world->clerk, post_until(world, &world->manager.person, before, yesterday)).hold,
                     HF_HOLD_NONE);
    world->manager.clock = hf_clock_make(world->office->now_ms - 3 * DAY_MS, 0);
    const uint64_t office_ms = world->office->now_ms;
    world->office->now_ms = office_ms - 3 * DAY_MS; /* the device's own clock runs three days late */
    const struct hf_id record = new_id();
    struct hf_item item = approval(world, &world->manager, &record);
    world->office->now_ms = office_ms;
    assert_int_equal(device_push_one(&world->manager, item).hold, HF_HOLD_ROLE);
}

/* The log itself tells the day, so that a replay of it judges the same: the server signs it once, when it is needed. */
static void rights__of_another_day_are_judged_after_the_server_said_so(void **state)
{
    struct world *world = *state;
    char today[HF_DATE_TEXT_BYTES], then[HF_DATE_TEXT_BYTES];
    assert_int_equal(release_calendar(world), HF_HOLD_NONE);
    assert_int_equal(release_pack(world, &world->clerk, "1", ""), HF_HOLD_NONE);
    day_text(world->office->now_ms, today);
    day_text(world->office->now_ms + 4 * DAY_MS, then);
    assert_int_equal(device_push_one(&world->clerk, post_until(world, &world->manager.person, today, then)).hold,
                     HF_HOLD_NONE);
    assert_int_equal(approve(world, &world->manager), HF_HOLD_NONE);
    struct hf_store_head head;
    hf_store_head(world->office->store, &head);
    const uint64_t size = head.tree.size;
    world->office->now_ms += 5 * DAY_MS;
    assert_int_equal(approve(world, &world->manager), HF_HOLD_ROLE);
    hf_store_head(world->office->store, &head);
    assert_int_equal(head.tree.size, size + 2);
    assert_int_equal(office_entry(world->office, size).kind, HF_LEAF_NOTE);
    assert_int_equal(approve(world, &world->manager), HF_HOLD_ROLE);
    hf_store_head(world->office->store, &head);
    assert_int_equal(head.tree.size, size + 3);
}

/* A change that waited for its base is asked the same when it is its turn. */
static void rights__hold_a_change_that_waited(void **state)
{
    struct world *world = *state;
    const struct hf_id record = new_id();
    assert_int_equal(release_calendar(world), HF_HOLD_NONE);
    assert_int_equal(release_pack(world, &world->clerk, "1", ""), HF_HOLD_NONE);
    const struct hf_edit_input first = {.field = APPROVAL_ROUTE, .value = packed_text(world, "parp")};
    struct hf_item base = data_item(world, &world->worker, &world->key, &record, TYPE_APPROVAL, &first, 1);
    const struct hf_id base_id = item_id(&base);
    const struct hf_edit_input second = {
        .field = APPROVAL_ROUTE, .value = packed_text(world, "fostering_manager"), .bases = &base_id, .base_count = 1};
    struct hf_item later = data_item(world, &world->manager, &world->key, &record, TYPE_APPROVAL, &second, 1);
    const struct hf_id later_id = item_id(&later);
    assert_int_equal(device_push_one(&world->manager, later).hold, HF_HOLD_NONE);
    assert_true(office_standing(world->office, &later_id).waiting);
    assert_int_equal(device_push_one(&world->worker, base).hold, HF_HOLD_NONE);
    assert_int_equal(office_standing(world->office, &later_id).hold, HF_HOLD_ROLE);
    assert_string_equal(office_text(world->office, &record, APPROVAL_ROUTE), "parp");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(release__counts_from_the_office_and_from_nobody_else),
        TEST(release__of_a_version_with_another_content_is_held),
        TEST(release__twice_in_one_batch_is_held_the_second_time),
        TEST(release__that_cannot_be_used_is_held),
        TEST(release__in_a_childs_case_is_held),
        TEST(releases__are_known_again_after_the_office_was_closed),
        TEST(office_case__takes_acknowledgements_from_the_person_they_name),
        TEST(office_case__an_acknowledgement_is_not_turned_into_somebody_elses),
        TEST(office_case__posts_and_settings_are_the_offices),
        TEST(office_case__cover_is_for_managers_and_for_who_is_away),
        TEST(office_case__staff_records_stay_the_servers),
        TEST(rights__without_a_pack_hold_nothing_back),
        TEST(rights__are_of_the_role_not_of_the_device),
        TEST(rights__see_a_post_of_the_same_delivery),
        TEST(rights__leave_other_fields_alone),
        TEST(rights__are_of_the_day_the_office_takes_a_change_in_not_of_its_authors_clock),
        TEST(rights__of_another_day_are_judged_after_the_server_said_so),
        TEST(rights__hold_a_change_that_waited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
