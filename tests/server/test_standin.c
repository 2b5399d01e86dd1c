/* Cover and handover take access to cases with them. */
#include "core/pack/writer.h"
#include "core/policy/day.h"
#include "server/alerts.h"
#include "tests/server/support_office.h"

#include <string.h>

struct world {
    struct office *office;
    struct device away, colleague, clerk;
    struct hf_class_key key, office_key;
};

static int setup(void **state)
{
    static struct world world;
    world.office = office_new();
    world.away = device_enrolled(world.office, "Wanda Worker", HF_ROLE_WORKER);
    world.colleague = device_enrolled(world.office, "Cal Colleague", HF_ROLE_WORKER);
    world.clerk = device_enrolled(world.office, "Olu Office", HF_ROLE_OFFICE);
    world.key = device_opens_case(&world.away);
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

#define VALUES_MAX 6
struct values {
    struct hf_edit_input edits[VALUES_MAX];
    struct hf_buf bytes[VALUES_MAX];
    size_t count;
};

static struct hf_buf *value(struct values *values, uint16_t type, const char *field)
{
    const struct hf_field_spec *spec = hf_model_field_named(hf_model_type(type), hf_slice_str(field));
    assert_non_null(spec);
    values->edits[values->count].field = spec->code;
    return &values->bytes[values->count++];
}

static struct hf_id write_record(struct world *world, struct device *by, const struct hf_class_key *key, uint16_t type,
                                 struct values *values, enum hf_hold hold)
{
    const struct hf_id record = type == HF_RECORD_CASE ? key->case_id : new_id();
    struct hf_buf bytes = {0};
    for (size_t i = 0; i < values->count; i++)
        values->edits[i].value = hf_buf_slice(&values->bytes[i]);
    const struct hf_data_body_input input = {.case_id = key->case_id,
                                             .record_id = record,
                                             .type = type,
                                             .edits = values->edits,
                                             .edit_count = values->count};
    assert_int_equal(hf_data_body_encode(&input, &bytes, NULL), HF_OK);
    struct hf_item item = device_leaf(by, HF_LEAF_DATA, key, scratch_copy(world->office, hf_buf_slice(&bytes)));
    assert_int_equal(device_push_one(by, item).hold, hold);
    hf_buf_clear(&bytes);
    for (size_t i = 0; i < values->count; i++)
        hf_buf_clear(&values->bytes[i]);
    return record;
}

static void cover(struct world *world, const char *from, const char *until)
{
    struct values values = {.count = 0};
    hf_pack_id(value(&values, HF_RECORD_COVER, "person"), &world->away.person);
    hf_pack_id(value(&values, HF_RECORD_COVER, "by"), &world->colleague.person);
    hf_pack_text(value(&values, HF_RECORD_COVER, "from"), hf_slice_str(from));
    hf_pack_text(value(&values, HF_RECORD_COVER, "until"), hf_slice_str(until));
    (void)write_record(world, &world->clerk, &world->office_key, HF_RECORD_COVER, &values, HF_HOLD_NONE);
}

static void step(struct world *world)
{
    for (int i = 0; i < 4; i++)
        assert_int_equal(hf_alerts_step(&world->office->office), HF_OK);
}

static bool has(struct world *world, const struct device *device)
{
    return office_holds(world->office, &device->person, &world->key.case_id);
}

static void at(struct world *world, const char *day)
{
    hf_day number;
    assert_int_equal(hf_day_parse(hf_slice_str(day), &number), HF_OK);
    world->office->now_ms = hf_london_day_start(number) + HF_HOUR_MS;
    step(world);
}

/* OFFICE_NOW_MS lies on 25 November 2026. */
static void cover__gives_the_case_for_its_time_and_takes_it_back(void **state)
{
    struct world *world = *state;
    cover(world, "2026-11-25", "2026-11-27");
    step(world);
    assert_true(has(world, &world->colleague));
    assert_true(has(world, &world->away));
    at(world, "2026-11-27");
    assert_true(has(world, &world->colleague));
    assert_int_equal(hf_alerts_wake_ms(&world->office->office), world->office->now_ms - HF_HOUR_MS + HF_DAY_MS);
    at(world, "2026-11-28");
    assert_false(has(world, &world->colleague));
    assert_true(has(world, &world->away));
}

static void cover__that_lies_ahead_gives_the_case_on_its_day(void **state)
{
    struct world *world = *state;
    cover(world, "2026-12-01", "2026-12-02");
    step(world);
    assert_false(has(world, &world->colleague));
    at(world, "2026-12-01");
    assert_true(has(world, &world->colleague));
}

static void cover__gives_what_its_person_is_named_for_and_no_other_case(void **state)
{
    struct world *world = *state;
    struct values values = {.count = 0};
    struct device other = device_enrolled(world->office, "Oda Other", HF_ROLE_WORKER);
    const struct hf_class_key other_key = device_opens_case(&other);
    const struct hf_class_key named_key = device_opens_case(&other);
    hf_pack_id(value(&values, HF_RECORD_CASE, "ssw"), &world->away.person);
    (void)write_record(world, &other, &named_key, HF_RECORD_CASE, &values, HF_HOLD_NONE);
    cover(world, "2026-11-25", "2026-11-27");
    step(world);
    assert_true(office_holds(world->office, &world->colleague.person, &named_key.case_id));
    assert_false(office_holds(world->office, &world->colleague.person, &other_key.case_id));
}

static void cover__does_not_take_what_was_allocated(void **state)
{
    struct world *world = *state;
    assert_int_equal(hf_enrol_assign(&world->office->office, &world->key.case_id, &world->colleague.person, true,
                                     hf_slice_str("allocated"), &world->office->err),
                     HF_OK);
    cover(world, "2026-11-25", "2026-11-26");
    step(world);
    at(world, "2026-12-01");
    assert_true(has(world, &world->colleague));
}

static void what_the_office_takes_away_during_cover__stays_away(void **state)
{
    struct world *world = *state;
    cover(world, "2026-11-25", "2026-12-20");
    step(world);
    assert_true(has(world, &world->colleague));
    assert_int_equal(hf_enrol_assign(&world->office->office, &world->key.case_id, &world->colleague.person, false,
                                     hf_slice_str("other"), &world->office->err),
                     HF_OK);
    at(world, "2026-12-02");
    cover(world, "2027-01-01", "2027-01-02"); /* so that every case is looked at */
    step(world);
    assert_false(has(world, &world->colleague));
}

static void hand_over(struct world *world, struct device *by)
{
    struct values name = {.count = 0}, values = {.count = 0};
    hf_pack_id(value(&name, HF_RECORD_CASE, "child_sw"), &world->colleague.person);
    (void)write_record(world, by, &world->key, HF_RECORD_CASE, &name, HF_HOLD_NONE);
    hf_pack_text(value(&values, HF_RECORD_HANDOVER, "role"), hf_slice_str("child_sw"));
    hf_pack_id(value(&values, HF_RECORD_HANDOVER, "from_person"), &world->away.person);
    hf_pack_id(value(&values, HF_RECORD_HANDOVER, "to_person"), &world->colleague.person);
    hf_pack_text(value(&values, HF_RECORD_HANDOVER, "on"), hf_slice_str("2026-11-25"));
    (void)write_record(world, by, &world->key, HF_RECORD_HANDOVER, &values, HF_HOLD_NONE);
}

static void handover_by_the_office__moves_the_case(void **state)
{
    struct world *world = *state;
    hand_over(world, &world->clerk);
    step(world);
    assert_true(has(world, &world->colleague));
    assert_false(has(world, &world->away));
    assert_int_equal(hf_enrol_assign(&world->office->office, &world->key.case_id, &world->away.person, true,
                                     hf_slice_str("allocated"), &world->office->err),
                     HF_OK);
    cover(world, "2027-01-01", "2027-01-02"); /* so that every case is looked at */
    step(world);
    assert_true(has(world, &world->away)); /* the office's later decision */
}

/* Without any procedure, in a case that had nothing to look at until then; and once more when its record changes after.
 */
static void handover_in_a_case_that_nothing_follows_from__moves_it(void **state)
{
    struct world *world = *state;
    struct values name = {.count = 0};
    step(world);
    world->key = device_opens_case(&world->away);
    step(world);
    hf_pack_id(value(&name, HF_RECORD_CASE, "ssw"), &world->clerk.person);
    (void)write_record(world, &world->away, &world->key, HF_RECORD_CASE, &name, HF_HOLD_NONE);
    assert_true(hf_alerts_wake_ms(&world->office->office) == UINT64_MAX);
    hand_over(world, &world->clerk);
    step(world);
    assert_true(has(world, &world->colleague));
    assert_false(has(world, &world->away));
}

/* A worker names a colleague; who may read the case is for the office or a manager to say. */
static void handover_by_a_worker__gives_no_access(void **state)
{
    struct world *world = *state;
    hand_over(world, &world->away);
    step(world);
    assert_false(has(world, &world->colleague));
    assert_true(has(world, &world->away));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(cover__gives_the_case_for_its_time_and_takes_it_back, setup, teardown),
        cmocka_unit_test_setup_teardown(cover__that_lies_ahead_gives_the_case_on_its_day, setup, teardown),
        cmocka_unit_test_setup_teardown(cover__gives_what_its_person_is_named_for_and_no_other_case, setup, teardown),
        cmocka_unit_test_setup_teardown(cover__does_not_take_what_was_allocated, setup, teardown),
        cmocka_unit_test_setup_teardown(what_the_office_takes_away_during_cover__stays_away, setup, teardown),
        cmocka_unit_test_setup_teardown(handover_by_the_office__moves_the_case, setup, teardown),
        cmocka_unit_test_setup_teardown(handover_in_a_case_that_nothing_follows_from__moves_it, setup, teardown),
        cmocka_unit_test_setup_teardown(handover_by_a_worker__gives_no_access, setup, teardown),
    };
    return cmocka_run_group_tests_name("server/standin", tests, NULL, NULL);
}
