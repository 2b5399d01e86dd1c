/* Alerts that the server raises without anyone watching. */
#include "core/merge/standing.h"
#include "core/model/act.h"
#include "core/model/body_policy.h"
#include "core/pack/writer.h"
#include "core/policy/day.h"
#include "server/alerts.h"
#include "tests/server/support_office.h"

#include <stdio.h>
#include <string.h>

#define DAY_MS       (24ull * 60 * 60 * 1000)
#define TYPE_REQUEST 20
#define REQUEST_AT   6
#define ALERT_STATUS 7
#define ALERT_KIND   2
#define ALERT_TO     4
#define ALERT_CAUSE  5

struct world {
    struct office *office;
    struct device worker, clerk;
    struct hf_class_key key, office_key;
    struct hf_id request, alert;
};

static const char pack[] =
    "{\"format\": 1, \"policy\": \"test.alerts\", \"version\": \"1\", \"authority\": \"invented\","
    " \"effective_from\": \"2020-01-01\", \"calendar\": \"plain\", \"names\": [\"Test\"],"
    " \"deadlines\": {\"soon\": {\"from\": \"request.at\", \"n\": 24, \"unit\": \"hour\", \"severity\": \"breach\"}},"
    " \"rules\": [{\"id\": \"T-1\", \"kind\": \"deadline\", \"strength\": \"required\", \"title\": \"Answer\","
    " \"for\": \"request\", \"deadline\": \"soon\", \"done\": [\"set\", \"request.outcome\"],"
    " \"alert\": {\"code\": \"AL-T\", \"to\": [\"ssw\"]}},"
    " {\"id\": \"T-2\", \"kind\": \"exists\", \"strength\": \"required\", \"title\": \"Tell\", \"for\": \"request\","
    " \"when\": [\"set\", \"request.outcome\"], \"record\": \"alert\","
    " \"where\": [\"and\", [\"eq\", \"alert.kind\", \"AL-IRO-NOTE\"], [\"eq\", \"alert.subject\", \"request.id\"]],"
    " \"alert\": {\"code\": \"AL-IRO-NOTE\", \"to\": [\"iro\"], \"when_due\": true, \"stays\": true}}]}";
/* Asks everybody to read it; its rule with that alert is about meetings. */
#define READ_PACK(version, from)                                                                                       \
    "{\"format\": 1, \"policy\": \"test.read\", \"version\": \"" version "\", \"authority\": \"invented\","            \
    " \"effective_from\": \"" from "\", \"calendar\": \"plain\", \"names\": [\"Read\"], \"reread_required\": true,"    \
    " \"rules\": [{\"id\": \"R-1\", \"kind\": \"check\", \"strength\": \"expected\", \"title\": \"Read it\","          \
    " \"for\": \"meeting\", \"holds\": [\"set\", \"meeting.chair\"],"                                                  \
    " \"alert\": {\"code\": \"AL-POL-ACK\", \"to\": [\"ssw\"]}}]}"
static const char calendar[] =
    "{\"calendar\": \"plain\", \"version\": \"1\", \"covers_from\": \"2020-01-01\", \"covers_until\": \"2030-12-31\","
    " \"weekend\": [6, 7], \"holidays\": []}";

static void release_version(struct world *world, const char *file, const char *name, const char *version,
                            const char *from, const char *what)
{
    struct hf_policy_body body = {.what = hf_slice_str(what),
                                  .name = hf_slice_str(name),
                                  .version = hf_slice_str(version),
                                  .file = hf_slice_str(file),
                                  .effective_from = hf_slice_str(from)};
    struct hf_buf bytes = {0};
    hf_sha256_of(file, strlen(file), body.hash);
    hf_policy_body_encode(&body, &bytes);
    struct hf_item item = device_leaf(&world->clerk, HF_LEAF_POLICY, &world->office_key,
                                      scratch_copy(world->office, hf_buf_slice(&bytes)));
    hf_buf_clear(&bytes);
    assert_int_equal(device_push_one(&world->clerk, item).hold, HF_HOLD_NONE);
}

static void release(struct world *world, const char *file, const char *name, const char *what)
{
    release_version(world, file, name, "1", "", what);
}

static void save(struct world *world, uint16_t field, const struct hf_buf *value)
{
    const struct hf_edit_input edit = {.field = field, .value = hf_buf_slice(value)};
    const struct hf_data_body_input input = {.case_id = world->key.case_id,
                                             .record_id = world->request,
                                             .type = TYPE_REQUEST,
                                             .edits = &edit,
                                             .edit_count = 1,
                                             .reason = hf_slice_str(field == HF_FIELD_DELETED ? "By mistake" : "")};
    struct hf_buf bytes = {0};
    struct hf_error err = {0};
    if (hf_data_body_encode(&input, &bytes, &err) != HF_OK)
        fail_msg("%s", err.text);
    struct hf_item item =
        device_leaf(&world->worker, HF_LEAF_DATA, &world->key, scratch_copy(world->office, hf_buf_slice(&bytes)));
    hf_buf_clear(&bytes);
    assert_int_equal(device_push_one(&world->worker, item).hold, HF_HOLD_NONE);
}

static int setup(void **state)
{
    static struct world world;
    struct hf_buf at = {0};
    world.office = office_new();
    world.worker = device_enrolled(world.office, "Wanda Worker", HF_ROLE_WORKER);
    world.clerk = device_enrolled(world.office, "Olu Office", HF_ROLE_OFFICE);
    world.key = device_opens_case(&world.worker);
    world.request = new_id();
    world.alert = hf_model_slot_id(&world.request, HF_RECORD_ALERT, hf_slice_str("T-1 test.alerts"));
    assert_int_equal(hf_keystore_current(world.office->keystore, &world.office->office.office_case, &world.office_key),
                     HF_OK);
    hf_pack_uint(&at, world.office->now_ms);
    save(&world, REQUEST_AT, &at);
    hf_buf_clear(&at);
    *state = &world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    office_free(world->office);
    return 0;
}

/* Until there is nothing to do at this time. */
static void step(struct world *world)
{
    for (int i = 0; i < 4; i++)
        assert_int_equal(hf_alerts_step(&world->office->office), HF_OK);
}

static void release_both(struct world *world)
{
    release(world, calendar, "plain", "calendar");
    release(world, pack, "test.alerts", "pack");
}

static void alert__is_raised_when_its_time_has_come_and_only_then(void **state)
{
    struct world *world = *state;
    release_both(world);
    step(world);
    assert_string_equal(office_text(world->office, &world->alert, ALERT_STATUS), "");
    const uint64_t wake_ms = hf_alerts_wake_ms(&world->office->office);
    assert_int_equal(wake_ms, world->office->now_ms + DAY_MS + 1);
    world->office->now_ms = wake_ms;
    step(world);
    assert_string_equal(office_text(world->office, &world->alert, ALERT_STATUS), "raised");
    assert_string_equal(office_text(world->office, &world->alert, ALERT_KIND), "AL-T");
}

static void alert__is_raised_once(void **state)
{
    struct world *world = *state;
    release_both(world);
    world->office->now_ms += 2 * DAY_MS;
    step(world);
    const uint64_t size = office_size(world->office);
    world->office->now_ms += DAY_MS;
    step(world);
    assert_int_equal(office_size(world->office), size);
}

static void alert__is_cleared_when_its_cause_is_gone(void **state)
{
    struct world *world = *state;
    struct hf_buf outcome = {0};
    const struct hf_field_spec *field = hf_model_field_named(hf_model_type(TYPE_REQUEST), hf_slice_str("outcome"));
    release_both(world);
    world->office->now_ms += 2 * DAY_MS;
    step(world);
    assert_string_equal(office_text(world->office, &world->alert, ALERT_STATUS), "raised");
    hf_pack_text(&outcome, hf_slice_str(field->codes[0]));
    save(world, field->code, &outcome);
    hf_buf_clear(&outcome);
    step(world);
    assert_string_equal(office_text(world->office, &world->alert, ALERT_STATUS), "cleared");
}

/* FSM-62: the note itself is what the duty asks for, and it stands until its reader has acknowledged it. */
static void alert__that_stays_is_written_once_and_stays_when_the_duty_is_done(void **state)
{
    struct world *world = *state;
    struct hf_buf outcome = {0};
    const struct hf_field_spec *field = hf_model_field_named(hf_model_type(TYPE_REQUEST), hf_slice_str("outcome"));
    const struct hf_id note = hf_model_slot_id(&world->request, HF_RECORD_ALERT, hf_slice_str("T-2 test.alerts"));
    release_both(world);
    step(world);
    assert_string_equal(office_text(world->office, &note, ALERT_STATUS), "");
    hf_pack_text(&outcome, hf_slice_str(field->codes[0]));
    save(world, field->code, &outcome);
    hf_buf_clear(&outcome);
    step(world);
    assert_string_equal(office_text(world->office, &note, ALERT_STATUS), "raised");
    assert_string_equal(office_text(world->office, &note, ALERT_KIND), "AL-IRO-NOTE");
    const uint64_t size = office_size(world->office);
    hf_alerts_forget(&world->office->office);
    step(world);
    assert_string_equal(office_text(world->office, &note, ALERT_STATUS), "raised");
    assert_int_equal(office_size(world->office), size);
}

static struct hf_id name_ssw(struct world *world, const struct hf_id *person, const struct hf_id *base)
{
    struct hf_buf id = {0}, bytes = {0};
    const struct hf_field_spec *field = hf_model_field_named(hf_model_type(HF_RECORD_CASE), hf_slice_str("ssw"));
    hf_pack_id(&id, person);
    const struct hf_edit_input edit = {
        .field = field->code, .value = hf_buf_slice(&id), .bases = base, .base_count = base ? 1 : 0};
    const struct hf_data_body_input input = {.case_id = world->key.case_id,
                                             .record_id = world->key.case_id,
                                             .type = HF_RECORD_CASE,
                                             .edits = &edit,
                                             .edit_count = 1};
    assert_int_equal(hf_data_body_encode(&input, &bytes, NULL), HF_OK);
    struct hf_item item =
        device_leaf(&world->worker, HF_LEAF_DATA, &world->key, scratch_copy(world->office, hf_buf_slice(&bytes)));
    assert_int_equal(device_push_one(&world->worker, item).hold, HF_HOLD_NONE);
    hf_buf_clear(&id);
    hf_buf_clear(&bytes);
    return item_id(&item);
}

static bool tells_only(struct world *world, const struct hf_id *person)
{
    struct hf_record_state state = office_state(world->office, &world->alert);
    struct hf_buf id = {0};
    size_t told = 0;
    hf_pack_id(&id, person);
    const struct hf_field_state *field = hf_record_state_field(&state, ALERT_TO);
    const bool named = field && hf_standing_holds(field, hf_buf_slice(&id));
    for (size_t i = 0; field && i < field->count; i++)
        told += hf_standing_holds(field, field->entries[i].value);
    hf_buf_clear(&id);
    hf_record_state_clear(&state);
    return named && told == 1;
}

static void alert__tells_whoever_has_the_role_now(void **state)
{
    struct world *world = *state;
    const struct hf_id first = name_ssw(world, &world->worker.person, NULL);
    release_both(world);
    world->office->now_ms += 2 * DAY_MS;
    step(world);
    assert_true(tells_only(world, &world->worker.person));
    (void)name_ssw(world, &world->clerk.person, &first);
    step(world);
    assert_true(tells_only(world, &world->clerk.person));
}

/* A case that nobody holds is open all the same. */
static void alerts__of_a_case_that_nobody_holds_are_found_after_a_start(void **state)
{
    struct world *world = *state;
    release_both(world);
    assert_int_equal(hf_enrol_assign(&world->office->office, &world->key.case_id, &world->worker.person, false,
                                     hf_slice_str("left"), &world->office->err),
                     HF_OK);
    world->office->now_ms += 2 * DAY_MS;
    hf_alerts_forget(&world->office->office);
    step(world);
    assert_string_equal(office_text(world->office, &world->alert, ALERT_STATUS), "raised");
}

static void alerts__of_every_case_are_found_after_a_start(void **state)
{
    struct world *world = *state;
    release_both(world);
    world->office->now_ms += 2 * DAY_MS;
    assert_int_equal(office_reopen(world->office), HF_OK);
    step(world);
    assert_string_equal(office_text(world->office, &world->alert, ALERT_STATUS), "raised");
}

static void alerts__without_a_procedure_are_none(void **state)
{
    struct world *world = *state;
    const uint64_t size = office_size(world->office);
    world->office->now_ms += 100 * DAY_MS;
    step(world);
    assert_int_equal(office_size(world->office), size);
    assert_true(hf_alerts_wake_ms(&world->office->office) == UINT64_MAX);
}

/* Opened and filled while nothing was released: there is nothing to look at then, and there is later. */
static void alerts__of_a_case_opened_before_the_procedure_are_found_with_it(void **state)
{
    struct world *world = *state;
    struct hf_buf at = {0};
    step(world);
    world->key = device_opens_case(&world->worker);
    world->request = new_id();
    world->alert = hf_model_slot_id(&world->request, HF_RECORD_ALERT, hf_slice_str("T-1 test.alerts"));
    hf_pack_uint(&at, world->office->now_ms);
    save(world, REQUEST_AT, &at);
    hf_buf_clear(&at);
    assert_true(hf_alerts_wake_ms(&world->office->office) == UINT64_MAX);
    release_both(world);
    world->office->now_ms += 2 * DAY_MS;
    step(world);
    assert_string_equal(office_text(world->office, &world->alert, ALERT_STATUS), "raised");
}

/* PSM-03: everybody, not only whoever chairs. */
static struct hf_id reading_of(const struct hf_id *person)
{
    return hf_model_slot_id(person, HF_RECORD_ALERT, hf_slice_str("R-1 test.read"));
}

static void acknowledge(struct world *world, struct device *device, const char *version)
{
    struct hf_buf values[3] = {{0}}, bytes = {0};
    static const char *const names[3] = {"person", "policy_id", "policy_version"};
    struct hf_edit_input edits[3];
    hf_pack_id(&values[0], &device->person);
    hf_pack_text(&values[1], hf_slice_str("test.read"));
    hf_pack_text(&values[2], hf_slice_str(version));
    for (size_t i = 0; i < 3; i++)
        edits[i] = (struct hf_edit_input){
            .field = hf_model_field_named(hf_model_type(HF_RECORD_POLICY_ACK), hf_slice_str(names[i]))->code,
            .value = hf_buf_slice(&values[i])};
    const struct hf_data_body_input input = {.case_id = world->office_key.case_id,
                                             .record_id = new_id(),
                                             .type = HF_RECORD_POLICY_ACK,
                                             .edits = edits,
                                             .edit_count = 3};
    assert_int_equal(hf_data_body_encode(&input, &bytes, NULL), HF_OK);
    struct hf_item item =
        device_leaf(device, HF_LEAF_DATA, &world->office_key, scratch_copy(world->office, hf_buf_slice(&bytes)));
    assert_int_equal(device_push_one(device, item).hold, HF_HOLD_NONE);
    hf_buf_clear(&bytes);
    for (size_t i = 0; i < 3; i++)
        hf_buf_clear(&values[i]);
}

static void alert__asks_everybody_with_a_device_to_read_a_version_until_they_have(void **state)
{
    struct world *world = *state;
    const struct hf_id worker = reading_of(&world->worker.person), clerk = reading_of(&world->clerk.person);
    release(world, calendar, "plain", "calendar");
    release(world, READ_PACK("1", "2020-01-01"), "test.read", "pack");
    step(world);
    assert_string_equal(office_text(world->office, &worker, ALERT_STATUS), "raised");
    assert_string_equal(office_text(world->office, &worker, ALERT_KIND), "AL-POL-ACK");
    assert_string_equal(office_text(world->office, &clerk, ALERT_STATUS), "raised");
    acknowledge(world, &world->worker, "1");
    step(world);
    assert_string_equal(office_text(world->office, &worker, ALERT_STATUS), "cleared");
    assert_string_equal(office_text(world->office, &clerk, ALERT_STATUS), "raised");
    const uint64_t size = office_size(world->office);
    hf_alerts_forget(&world->office->office);
    step(world);
    assert_int_equal(office_size(world->office), size);
}

static void alert__asks_again_for_the_next_version_and_names_it(void **state)
{
    struct world *world = *state;
    const struct hf_id worker = reading_of(&world->worker.person), clerk = reading_of(&world->clerk.person);
    release(world, calendar, "plain", "calendar");
    release(world, READ_PACK("1", "2020-01-01"), "test.read", "pack");
    acknowledge(world, &world->worker, "1");
    step(world);
    assert_string_equal(office_text(world->office, &worker, ALERT_STATUS), "");
    release_version(world, READ_PACK("2", "2020-01-01"), "test.read", "2", "2020-01-01", "pack");
    step(world);
    assert_string_equal(office_text(world->office, &worker, ALERT_STATUS), "raised");
    assert_string_equal(office_text(world->office, &worker, ALERT_CAUSE), "R-1 test.read 2, -");
    assert_string_equal(office_text(world->office, &clerk, ALERT_STATUS), "raised");
    assert_string_equal(office_text(world->office, &clerk, ALERT_CAUSE), "R-1 test.read 2, -");
}

static void alert__asks_nobody_whose_devices_are_out_of_use(void **state)
{
    struct world *world = *state;
    const struct hf_id worker = reading_of(&world->worker.person);
    release(world, calendar, "plain", "calendar");
    release(world, READ_PACK("1", "2020-01-01"), "test.read", "pack");
    step(world);
    assert_string_equal(office_text(world->office, &worker, ALERT_STATUS), "raised");
    assert_int_equal(hf_enrol_revoke(&world->office->office, world->worker.sign.public_key, hf_slice_str("left"),
                                     &world->office->err),
                     HF_OK);
    step(world);
    assert_string_equal(office_text(world->office, &worker, ALERT_STATUS), "cleared");
}

/* Nothing happens on the day itself that would wake anybody. */
static void alerts__of_a_version_that_comes_into_force_later_are_raised_on_its_day(void **state)
{
    struct world *world = *state;
    const struct hf_id worker = reading_of(&world->worker.person);
    char day[HF_DATE_TEXT_BYTES], file[1024];
    static const char form[] = READ_PACK("1", "%s");
    hf_day_format(hf_london_day(world->office->now_ms) + 3, day);
    (void)snprintf(file, sizeof file, form, day);
    release(world, calendar, "plain", "calendar");
    release_version(world, file, "test.read", "1", day, "pack");
    step(world);
    assert_string_equal(office_text(world->office, &worker, ALERT_STATUS), "");
    const uint64_t wake_ms = hf_alerts_wake_ms(&world->office->office);
    assert_int_equal(wake_ms, hf_london_day_start(hf_london_day(world->office->now_ms) + 3));
    world->office->now_ms = wake_ms;
    step(world);
    assert_string_equal(office_text(world->office, &worker, ALERT_STATUS), "raised");
}

/* As on a device, where a deleted record is out of view. */
static void alert__about_a_record_that_was_deleted_is_cleared(void **state)
{
    struct world *world = *state;
    struct hf_buf gone = {0};
    release_both(world);
    world->office->now_ms += 2 * DAY_MS;
    step(world);
    assert_string_equal(office_text(world->office, &world->alert, ALERT_STATUS), "raised");
    struct hf_record_state seen = office_state(world->office, &world->request);
    struct hf_id change = seen.fields[0].entries[0].change;
    hf_record_state_clear(&seen);
    hf_act_encode(HF_ACT_DELETE, &change, 1, &gone);
    save(world, HF_FIELD_DELETED, &gone);
    hf_buf_clear(&gone);
    step(world);
    assert_string_equal(office_text(world->office, &world->alert, ALERT_STATUS), "cleared");
}

/* Who writes to the case knows the alert's id before it is raised: a record of another type under it keeps no alert
 * back. */
static void alert_whose_place_another_record_has_taken__is_raised_beside_it(void **state)
{
    struct world *world = *state;
    struct hf_buf words = {0}, bytes = {0};
    hf_pack_text(&words, hf_slice_str("in its place"));
    const struct hf_edit_input edit = {.field = 2, .value = hf_buf_slice(&words)};
    const struct hf_data_body_input input = {.case_id = world->key.case_id,
                                             .record_id = world->alert,
                                             .type = HF_RECORD_ACTION,
                                             .edits = &edit,
                                             .edit_count = 1};
    assert_int_equal(hf_data_body_encode(&input, &bytes, NULL), HF_OK);
    struct hf_item item =
        device_leaf(&world->worker, HF_LEAF_DATA, &world->key, scratch_copy(world->office, hf_buf_slice(&bytes)));
    assert_int_equal(device_push_one(&world->worker, item).hold, HF_HOLD_NONE);
    hf_buf_clear(&words);
    hf_buf_clear(&bytes);
    release_both(world);
    world->office->now_ms += 2 * DAY_MS;
    step(world);
    const struct hf_id beside = hf_model_part_next(&world->alert, HF_RECORD_ALERT);
    assert_string_equal(office_text(world->office, &beside, ALERT_STATUS), "raised");
    const uint64_t size = office_size(world->office);
    world->office->now_ms += DAY_MS;
    step(world);
    assert_int_equal(office_size(world->office), size); /* once */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(alert__is_raised_when_its_time_has_come_and_only_then),
        TEST(alert__is_raised_once),
        TEST(alert_whose_place_another_record_has_taken__is_raised_beside_it),
        TEST(alert__is_cleared_when_its_cause_is_gone),
        TEST(alerts__of_every_case_are_found_after_a_start),
        TEST(alert__that_stays_is_written_once_and_stays_when_the_duty_is_done),
        TEST(alert__tells_whoever_has_the_role_now),
        TEST(alerts__of_a_case_that_nobody_holds_are_found_after_a_start),
        TEST(alert__asks_everybody_with_a_device_to_read_a_version_until_they_have),
        TEST(alert__asks_again_for_the_next_version_and_names_it),
        TEST(alert__asks_nobody_whose_devices_are_out_of_use),
        TEST(alerts__of_a_version_that_comes_into_force_later_are_raised_on_its_day),
        TEST(alert__about_a_record_that_was_deleted_is_cleared),
        TEST(alerts__without_a_procedure_are_none),
        TEST(alerts__of_a_case_opened_before_the_procedure_are_found_with_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
