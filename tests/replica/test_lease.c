/* The lease: how long a device may go without the office, and that no clock makes it longer. */
#include "tests/replica/support_device.h"

#include "core/replica/lease.h"

#include <stdlib.h>

#define DAY_MS  HF_LEASE_DAY_MS
#define START   UINT64_C(1795305600000) /* Unix ms */
#define MACHINE UINT64_C(5000000)       /* ms since the machine started */

struct world {
    struct server *server;
    struct device *device;
};

static int setup(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    world->server = server_new();
    world->device = device_new(world->server, "Amara Field", HF_ROLE_WORKER);
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    device_free(world->device);
    server_free(world->server);
    free(world);
    return 0;
}

static struct hf_lease look(struct world *world, uint64_t wall_ms, uint64_t machine_ms)
{
    struct hf_lease lease;
    const struct hf_lease_now now = {.wall_ms = wall_ms, .machine_ms = machine_ms};
    assert_int_equal(hf_replica_lease(world->device->replica, now, &lease, NULL), HF_OK);
    return lease;
}

static void reopen(struct world *world)
{
    hf_replica_lease_keep(world->device->replica);
    device_reopen(world->device);
}

static void a_new_lease__is_14_days_and_runs_out(void **state)
{
    struct world *world = *state;
    const struct hf_lease fresh = look(world, START, 0);
    assert_int_equal(fresh.days, 14);
    assert_int_equal(fresh.left_ms, 14 * DAY_MS);
    assert_int_equal(look(world, START + 13 * DAY_MS, 0).left_ms, DAY_MS);
    assert_int_equal(look(world, START + 14 * DAY_MS - 1, 0).left_ms, 1);
    assert_int_equal(look(world, START + 14 * DAY_MS, 0).left_ms, 0);
}

static void a_clock_set_back__adds_nothing_and_counts_on(void **state)
{
    struct world *world = *state;
    (void)look(world, START, 0);
    (void)look(world, START + 10 * DAY_MS, 0);
    assert_int_equal(look(world, START, 0).left_ms, 4 * DAY_MS - HF_LEASE_SET_BACK_MS);
    assert_int_equal(look(world, START + DAY_MS, 0).left_ms, 3 * DAY_MS - HF_LEASE_SET_BACK_MS);
    assert_int_equal(look(world, START - 100 * DAY_MS, 0).left_ms, 3 * DAY_MS - 2 * HF_LEASE_SET_BACK_MS);
    assert_int_equal(look(world, START - 97 * DAY_MS, 0).left_ms, 0);
    assert_int_equal(look(world, START - 200 * DAY_MS, 0).left_ms, 0);
}

static void a_clock_put_right_by_an_hour__costs_nothing(void **state)
{
    struct world *world = *state;
    (void)look(world, START + HF_LEASE_SLACK_MS, 0);
    assert_int_equal(look(world, START, 0).left_ms, 14 * DAY_MS);
    assert_int_equal(look(world, START - HF_LEASE_SLACK_MS - 1, 0).left_ms, 14 * DAY_MS - HF_LEASE_SET_BACK_MS);
}

/* The machine is switched off in between, so its own clock says nothing. */
static void a_clock_set_back_before_every_opening__ends_the_lease_all_the_same(void **state)
{
    struct world *world = *state;
    unsigned openings = 0;
    uint64_t left;
    (void)look(world, START, 1);
    do {
        (void)look(world, START + 2 * HF_LEASE_SLACK_MS, 1); /* worked for two hours */
        reopen(world);
        left = look(world, START, 1).left_ms;
        openings++;
        reopen(world);
    } while (left > 0 && openings < 100);
    assert_in_range(openings, 2, 28);
}

static void a_clock_set_back_while_closed__adds_nothing(void **state)
{
    struct world *world = *state;
    (void)look(world, START, 0);
    (void)look(world, START + 10 * DAY_MS, 0);
    reopen(world);
    assert_int_equal(look(world, START, 0).left_ms, 4 * DAY_MS - HF_LEASE_SET_BACK_MS);
    reopen(world);
    assert_int_equal(look(world, START + 4 * DAY_MS, 0).left_ms, 0);
    reopen(world);
    assert_int_equal(look(world, START, 0).left_ms, 0);
}

static void a_clock_that_stands_still__is_found_out_by_the_machines_own(void **state)
{
    struct world *world = *state;
    (void)look(world, START, MACHINE);
    reopen(world);
    assert_int_equal(look(world, START, MACHINE + 3 * DAY_MS).left_ms, 11 * DAY_MS);
    assert_int_equal(look(world, START - DAY_MS, MACHINE + 5 * DAY_MS).left_ms, 9 * DAY_MS);
}

static void a_restart_of_the_machine__counts_no_time_twice(void **state)
{
    struct world *world = *state;
    (void)look(world, START, MACHINE);
    reopen(world);
    assert_int_equal(look(world, START + DAY_MS, 1).left_ms, 13 * DAY_MS);
    assert_int_equal(look(world, START + DAY_MS + 1000, 1001).left_ms, 13 * DAY_MS - 1000);
}

static void a_restart_with_a_clock_that_stands_still__counts_since_the_restart(void **state)
{
    struct world *world = *state;
    (void)look(world, START, 10 * DAY_MS);
    reopen(world);
    assert_int_equal(look(world, START, 2 * DAY_MS).left_ms, 12 * DAY_MS);
}

static void a_clock_far_ahead__ends_it_until_the_next_contact_only(void **state)
{
    struct world *world = *state;
    (void)look(world, START, 0);
    assert_int_equal(look(world, START + 30000 * DAY_MS, 0).left_ms, 0);
    assert_int_equal(hf_replica_lease_renew(world->device->replica, 14, START + 30000 * DAY_MS, NULL), HF_OK);
    assert_int_equal(look(world, START + DAY_MS, 0).left_ms,
                     14 * DAY_MS - HF_LEASE_SET_BACK_MS); /* the clock was put right */
    assert_int_equal(look(world, START + 15 * DAY_MS, 0).left_ms, 0);
    (void)look(world, UINT64_MAX, UINT64_MAX);
    assert_int_equal(hf_replica_lease_renew(world->device->replica, 14, UINT64_MAX, NULL), HF_OK);
    reopen(world);
    assert_int_equal(look(world, START, 1).left_ms, 14 * DAY_MS - HF_LEASE_SET_BACK_MS);
}

static void a_contact__gives_the_whole_lease_again(void **state)
{
    struct world *world = *state;
    (void)look(world, START, 0);
    (void)look(world, START + 20 * DAY_MS, 0);
    assert_int_equal(hf_replica_lease_renew(world->device->replica, 14, START + 20 * DAY_MS, NULL), HF_OK);
    device_reopen(world->device);
    assert_int_equal(look(world, START + 20 * DAY_MS, 0).left_ms, 14 * DAY_MS);
}

static void the_days__come_with_the_contact(void **state)
{
    struct world *world = *state;
    struct hf_replica *replica = world->device->replica;
    (void)look(world, START, 0);
    assert_int_equal(hf_replica_lease_renew(replica, 30, START + 20 * DAY_MS, NULL), HF_OK);
    assert_int_equal(look(world, START + 40 * DAY_MS, 0).left_ms, 10 * DAY_MS);
    assert_int_equal(hf_replica_lease_renew(replica, 7, START + 40 * DAY_MS, NULL), HF_OK);
    assert_int_equal(hf_replica_lease_renew(replica, 0, START + 41 * DAY_MS, NULL), HF_ERR_INVALID);
    assert_int_equal(hf_replica_lease_renew(replica, HF_LEASE_DAYS_MAX + 1, START + 41 * DAY_MS, NULL), HF_ERR_INVALID);
    assert_int_equal(look(world, START + 47 * DAY_MS - 1, 0).left_ms, 1);
    reopen(world);
    assert_int_equal(look(world, START + 47 * DAY_MS, 0).left_ms, 0);
    assert_int_equal(look(world, START, 0).days, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_new_lease__is_14_days_and_runs_out, setup, teardown),
        cmocka_unit_test_setup_teardown(a_clock_set_back__adds_nothing_and_counts_on, setup, teardown),
        cmocka_unit_test_setup_teardown(a_clock_put_right_by_an_hour__costs_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(a_clock_set_back_before_every_opening__ends_the_lease_all_the_same, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_restart_with_a_clock_that_stands_still__counts_since_the_restart, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_clock_set_back_while_closed__adds_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(a_clock_that_stands_still__is_found_out_by_the_machines_own, setup, teardown),
        cmocka_unit_test_setup_teardown(a_restart_of_the_machine__counts_no_time_twice, setup, teardown),
        cmocka_unit_test_setup_teardown(a_clock_far_ahead__ends_it_until_the_next_contact_only, setup, teardown),
        cmocka_unit_test_setup_teardown(a_contact__gives_the_whole_lease_again, setup, teardown),
        cmocka_unit_test_setup_teardown(the_days__come_with_the_contact, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
