/* What is rare in a session, at every point too: cases that were taken away are told, changes of the log before are
 * handed on, a device that was put back goes on in a new chain, a line that stays is kept alive, and a refusal is said.
 * Both machines cut, repeated, swapped and delayed at every message, and stopped at every store; after the next session
 * nothing is lost, nothing is there twice and nothing acknowledged was sent again. */
#include "tests/protocol/support_faults.h"
#include "tests/protocol/support_scenes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PUT_BACK 100 /* what is saved afterwards is not what was saved before */

static struct world *new_world(void)
{
    struct world *world = world_new(2, 3);
    fake_office_hear(&world->office, 1, 0);
    fake_device_save(&world->device, 4);
    return world;
}

static void run_calm(struct world *world, struct outcome *out)
{
    world_run_calm(world, out);
    assert_rest_in_sync(&world->office, &world->device);
}

/* --- the scenes --- */

static struct world *with_purges(void)
{
    struct world *world = new_world();
    for (size_t i = 0; i < FAKE_PURGES; i++)
        world->device.rest.purge[i] = true;
    return world;
}

static struct world *with_hand_ons(void)
{
    struct world *world = new_world();
    fake_rest_hold(&world->device);
    return world;
}

/* Four changes, which it had not sent when the copy was made; the device sent them and two more, is put back, and saves
 * three others. */
static struct world *put_back(void)
{
    struct world *world = new_world();
    struct outcome outcome;
    struct fake_device *copy = malloc(sizeof *copy);
    assert_non_null(copy);
    *copy = world->device;
    fake_device_save(&world->device, 2);
    run_calm(world, &outcome);
    world->device = *copy;
    world->device.saved += PUT_BACK;
    fake_device_save(&world->device, 3);
    world->office.rest.grants = true;
    free(copy);
    return world;
}

/* The same, but the copy is the longer chain: only a push can tell. */
static struct world *put_back_and_ahead(void)
{
    struct world *world = put_back();
    fake_device_save(&world->device, 5);
    return world;
}

/* The office says no to a new chain, for a while. */
static struct world *refused(void)
{
    struct world *world = put_back();
    world->office.rest.grants = false;
    return world;
}

/* --- nothing goes wrong --- */

static void cases_that_were_taken_away__are_told_once(void **state)
{
    (void)state;
    struct world *world = with_purges();
    struct outcome outcome;
    run_calm(world, &outcome);
    for (size_t i = 0; i < FAKE_PURGES; i++)
        assert_int_equal(world->office.rest.purged[i], 1);
    run_calm(world, &outcome);
    assert_int_equal(outcome.messages, 2);
    free(world);
}

static void changes_of_the_log_before__are_handed_on_before_anything_else(void **state)
{
    (void)state;
    struct world *world = with_hand_ons();
    struct outcome outcome;
    run_calm(world, &outcome);
    assert_memory_equal(world->office.log[2].leaf, world->device.rest.hand_on[0], HF_LEAF_BYTES);
    assert_true(world->office.log[2 + FAKE_HAND_ONS].own);
    run_calm(world, &outcome);
    assert_int_equal(outcome.messages, 2);
    free(world);
}

static void a_device_that_was_put_back__goes_on_in_one_new_chain(void **state)
{
    (void)state;
    static struct world *(*const worlds[])(void) = {put_back, put_back_and_ahead};
    for (size_t i = 0; i < 2; i++) {
        struct world *world = worlds[i]();
        struct outcome outcome;
        run_calm(world, &outcome);
        assert_int_equal(world->office.rest.granted, 1);
        assert_int_equal(world->device.rest.incarnation, 1);
        assert_int_equal(world->device.rest.left_count, 4); /* found in the log by their leaves */
        assert_int_equal(world->device.next_seq, i == 0 ? 3 : 8);
        free(world);
    }
}

/* --- one thing goes wrong --- */

/* A refusal may come twice; one that the scene is about comes anyway. */
static void look(struct world *world, const struct plan *plan, const struct outcome *out)
{
    const bool refuses = !world->office.rest.grants;
    if (out->ending != ENDED_FAILED || out->status == HF_ERR_CONFLICT || (out->status == HF_ERR_STATE && refuses))
        return;
    failure_fits(world, plan, out);
}

static void settle(struct world *world)
{
    struct outcome outcome;
    world->office.rest.grants = true;
    run_calm(world, &outcome);
}

/* `idle_ms`: stays connected so long when all is done. */
static void try_all(struct world *(*make)(void), uint64_t idle_ms)
{
    const struct fault_scene scene = {.make = make, .disturbed = look, .settle = settle};
    struct plan plan = calm_plan();
    plan.idle_ms = idle_ms;
    (void)every_fault_everywhere(&scene, plan);
}

static void whatever_happens_at_a_purge__it_is_noted(void **state)
{
    (void)state;
    try_all(with_purges, 0);
}

static void whatever_happens_while_changes_are_handed_on__each_is_logged_once(void **state)
{
    (void)state;
    try_all(with_hand_ons, 0);
}

static void whatever_happens_at_a_new_chain__each_change_is_logged_once(void **state)
{
    (void)state;
    try_all(put_back, 0);
    try_all(put_back_and_ahead, 0);
}

static void whatever_happens_at_a_refusal__it_is_only_put_off(void **state)
{
    (void)state;
    try_all(refused, 0);
}

static void whatever_happens_at_a_keep_alive__nothing_is_lost(void **state)
{
    (void)state;
    try_all(new_world, 2 * HF_LIMIT_KEEP_ALIVE_MS + 1);
}

/* Last. */
static void every_type_of_this_scene__was_disturbed(void **state)
{
    (void)state;
    assert_scene_was_played(SCENE_REST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cases_that_were_taken_away__are_told_once),
        cmocka_unit_test(changes_of_the_log_before__are_handed_on_before_anything_else),
        cmocka_unit_test(a_device_that_was_put_back__goes_on_in_one_new_chain),
        cmocka_unit_test(whatever_happens_at_a_purge__it_is_noted),
        cmocka_unit_test(whatever_happens_while_changes_are_handed_on__each_is_logged_once),
        cmocka_unit_test(whatever_happens_at_a_new_chain__each_change_is_logged_once),
        cmocka_unit_test(whatever_happens_at_a_refusal__it_is_only_put_off),
        cmocka_unit_test(whatever_happens_at_a_keep_alive__nothing_is_lost),
        cmocka_unit_test(every_type_of_this_scene__was_disturbed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
