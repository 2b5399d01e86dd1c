/* What the office notes of devices' clocks: each is noted when it is measured to be off, and no more than tells its
 * readers something. All names are invented. */
#include "core/model/body_caseload.h"
#include "server/clocks.h"
#include "tests/server/support_office.h"

#include <string.h>

#define MINUTE_MS 60000ull
#define HOUR_MS   (60 * MINUTE_MS)
#define DAY_MS    (24 * HOUR_MS)
#define YEAR_MS   (365 * DAY_MS)

struct world {
    struct office *office;
    struct device device;
};

static int setup(void **state)
{
    static struct world world;
    memset(&world, 0, sizeof world);
    world.office = office_new();
    world.device = device_enrolled(world.office, "Fay Ahead", HF_ROLE_WORKER);
    *state = &world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    office_free(world->office);
    return 0;
}

static struct hf_device_row row_of(struct world *world)
{
    const struct hf_store *store = world->office->store;
    struct hf_device_row row;
    assert_int_equal(store->ops->device(world->office->store, world->device.sign.public_key, NULL, &row), HF_OK);
    return row;
}

/* The device says HELLO when its own clock shows `wall_ms`, as client/syncer.c does. What it then measures: office
 * less device. */
static int64_t comes(struct world *world, uint64_t wall_ms)
{
    const struct hf_device_row row = row_of(world);
    const uint64_t device_ms = hf_clock_ms(hf_clock_tick(world->device.clock, wall_ms));
    hf_clocks_note(&world->office->office, &row, device_ms);
    return hf_clock_offset(world->office->now_ms, device_ms);
}

static void saves(struct world *world, uint64_t wall_ms)
{
    world->device.clock = hf_clock_tick(world->device.clock, wall_ms);
}

/* As the newest note says it. */
static int64_t noted(struct world *world)
{
    const struct hf_device_row row = row_of(world);
    return hf_clock_offset(row.clock_office_ms, row.clock_device_ms);
}

static bool is_about(int64_t offset, int64_t other, int64_t within)
{
    return offset - other < within && other - offset < within;
}

static void a_clock_years_ahead__is_noted_once(void **state)
{
    struct world *world = *state;
    const uint64_t before = office_size(world->office);
    for (int i = 0; i < 20; i++, world->office->now_ms += DAY_MS) {
        const uint64_t wall_ms = world->office->now_ms + 10 * YEAR_MS + (uint64_t)i % 2 * MINUTE_MS;
        saves(world, wall_ms);
        (void)comes(world, wall_ms);
    }
    assert_int_equal(office_size(world->office), before + 1);
    assert_true(is_about(noted(world), -(int64_t)(10 * YEAR_MS), (int64_t)(2 * MINUTE_MS)));
}

static void a_clock_put_right_under_a_chain_years_ahead__is_not_noted_at_every_sync(void **state)
{
    struct world *world = *state;
    const uint64_t before = office_size(world->office);
    saves(world, world->office->now_ms + 10 * YEAR_MS);
    for (int i = 0; i < 20; i++, world->office->now_ms += DAY_MS)
        (void)comes(world, world->office->now_ms);
    assert_int_equal(office_size(world->office), before + 1);
}

/* What stands in the log tells what a change bears to a sixteenth, all the way. */
static void a_chain_ahead_that_time_catches_up_with__is_noted_as_far_as_it_tells_something(void **state)
{
    struct world *world = *state;
    const uint64_t before = office_size(world->office);
    uint64_t syncs = 0;
    saves(world, world->office->now_ms + YEAR_MS);
    for (uint64_t passed = 0; passed < YEAR_MS + 2 * DAY_MS; passed += 6 * HOUR_MS, syncs++) {
        const int64_t offset = comes(world, world->office->now_ms);
        const int64_t lead = offset < 0 ? -offset : 0;
        assert_true(is_about(noted(world), offset, lead / 16 + HF_CLOCK_TOLERATE_MS));
        world->office->now_ms += 6 * HOUR_MS;
    }
    assert_int_equal(comes(world, world->office->now_ms), 0);
    assert_true(is_about(noted(world), 0, HF_CLOCK_TOLERATE_MS));
    const uint64_t notes = office_size(world->office) - before;
    assert_in_range(notes, 2, syncs / 10);
}

/* Others' times take a chain forward by up to a day: a colleague whose clock is ahead is not noted once for each who
 * hears of them. */
static void a_chain_that_follows_a_colleague_ahead__is_noted_a_few_times(void **state)
{
    struct world *world = *state;
    const uint64_t before = office_size(world->office);
    for (int i = 0; i < 20; i++, world->office->now_ms += 20 * MINUTE_MS) {
        if (i % 3 == 0)
            saves(world, world->office->now_ms + 20 * HOUR_MS);
        (void)comes(world, world->office->now_ms);
    }
    assert_in_range(office_size(world->office) - before, 1, 2);
}

static void a_clock_that_is_set__is_noted_at_once(void **state)
{
    struct world *world = *state;
    uint64_t size = office_size(world->office);
    (void)comes(world, world->office->now_ms + 10 * YEAR_MS); /* nothing is saved: the chain has no lead */
    assert_int_equal(office_size(world->office), ++size);
    (void)comes(world, world->office->now_ms);
    assert_int_equal(office_size(world->office), ++size);
    (void)comes(world, world->office->now_ms - 6 * YEAR_MS);
    assert_int_equal(office_size(world->office), ++size);
    (void)comes(world, world->office->now_ms - 6 * YEAR_MS + 6 * MINUTE_MS); /* behind is always the clock itself */
    assert_int_equal(office_size(world->office), ++size);
    (void)comes(world, world->office->now_ms + 6 * MINUTE_MS);
    assert_int_equal(office_size(world->office), ++size);
    (void)comes(world, world->office->now_ms + 10 * YEAR_MS);
    assert_int_equal(office_size(world->office), ++size);
    (void)comes(world, world->office->now_ms + 9 * YEAR_MS);
    assert_int_equal(office_size(world->office), ++size);
}

static void a_device_that_says_no_time__is_not_noted(void **state)
{
    struct world *world = *state;
    const struct hf_device_row row = row_of(world);
    const uint64_t before = office_size(world->office);
    hf_clocks_note(&world->office->office, &row, 0);
    assert_int_equal(office_size(world->office), before);
}

/* --- at a HELLO --- */

static void says_hello(struct world *world, const struct hf_device_row *row, uint64_t wall_ms, bool has_more)
{
    hf_clocks_hello(&world->office->office, row, hf_clock_ms(hf_clock_tick(world->device.clock, wall_ms)), has_more);
}

static void a_clock_of_a_device_that_brings_changes__is_noted_at_once(void **state)
{
    struct world *world = *state;
    const struct hf_device_row row = row_of(world);
    const uint64_t before = office_size(world->office);
    says_hello(world, &row, world->office->now_ms + YEAR_MS, true);
    assert_int_equal(office_size(world->office), before + 1);
    hf_clocks_push(&world->office->office, world->device.sign.public_key);
    assert_int_equal(office_size(world->office), before + 1);
}

static void a_clock_of_a_device_that_brings_nothing__is_noted_before_its_first_push(void **state)
{
    struct world *world = *state;
    const struct hf_device_row row = row_of(world);
    const uint64_t before = office_size(world->office);
    says_hello(world, &row, world->office->now_ms + YEAR_MS, false);
    assert_int_equal(office_size(world->office), before);
    world->office->now_ms += DAY_MS; /* followed for a day, then something is saved */
    hf_clocks_push(&world->office->office, world->device.sign.public_key);
    assert_int_equal(office_size(world->office), before + 1);
    assert_true(is_about(noted(world), -(int64_t)YEAR_MS, MINUTE_MS));
    hf_clocks_push(&world->office->office, world->device.sign.public_key);
    assert_int_equal(office_size(world->office), before + 1);
}

static void a_clock_that_was_put_right_before_anything_came__is_not_noted(void **state)
{
    struct world *world = *state;
    const struct hf_device_row row = row_of(world);
    const uint64_t before = office_size(world->office);
    says_hello(world, &row, world->office->now_ms + YEAR_MS, false);
    says_hello(world, &row, world->office->now_ms, false);
    hf_clocks_push(&world->office->office, world->device.sign.public_key);
    assert_int_equal(office_size(world->office), before);
}

static void more_clocks_than_are_kept__are_noted_and_not_forgotten(void **state)
{
    struct world *world = *state;
    const struct hf_device_row row = row_of(world);
    const uint64_t before = office_size(world->office);
    says_hello(world, &row, world->office->now_ms + YEAR_MS, false);
    for (uint8_t i = 0; i < HF_CLOCKS_KEPT; i++) {
        struct hf_device_row other = row;
        memset(other.device, i, sizeof other.device);
        assert_int_equal(office_size(world->office), before);
        says_hello(world, &other, world->office->now_ms + YEAR_MS, false);
    }
    assert_int_equal(office_size(world->office), before + 1);
    assert_true(is_about(noted(world), -(int64_t)YEAR_MS, MINUTE_MS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_clock_years_ahead__is_noted_once, setup, teardown),
        cmocka_unit_test_setup_teardown(a_clock_put_right_under_a_chain_years_ahead__is_not_noted_at_every_sync, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_chain_ahead_that_time_catches_up_with__is_noted_as_far_as_it_tells_something,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_chain_that_follows_a_colleague_ahead__is_noted_a_few_times, setup, teardown),
        cmocka_unit_test_setup_teardown(a_clock_that_is_set__is_noted_at_once, setup, teardown),
        cmocka_unit_test_setup_teardown(a_device_that_says_no_time__is_not_noted, setup, teardown),
        cmocka_unit_test_setup_teardown(a_clock_of_a_device_that_brings_changes__is_noted_at_once, setup, teardown),
        cmocka_unit_test_setup_teardown(a_clock_of_a_device_that_brings_nothing__is_noted_before_its_first_push, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_clock_that_was_put_right_before_anything_came__is_not_noted, setup, teardown),
        cmocka_unit_test_setup_teardown(more_clocks_than_are_kept__are_noted_and_not_forgotten, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
