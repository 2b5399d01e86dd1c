/* Drafts in a session: both machines cut, repeated, swapped and delayed at every message, and stopped at every store;
 * after the next session each side has what the other wrote last, and the log is as if there were no drafts. */
#include "tests/protocol/support_faults.h"
#include "tests/protocol/support_scenes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Five drafts to send and six to fetch, in threes; one that is here has ended. */
static struct world *new_world(void)
{
    struct world *world = world_new(4, 3);
    fake_office_hear(&world->office, 1, 0);
    fake_device_save(&world->device, 2);
    world->device.has_drafts = true;
    for (size_t i = 0; i < 5; i++)
        world->device.drafts[i] = 3 + i;
    for (size_t i = 1; i < FAKE_DRAFTS; i++)
        world->office.others_drafts[i] = 10 + i;
    world->device.others_drafts[0] = 4;
    world->device.others_drafts[1] = 4;
    return world;
}

static void run(struct world *world, const struct plan *plan, struct outcome *out)
{
    world->device.drafts_asked = false;
    world_run(world, plan, out);
}

static void run_calm(struct world *world, struct outcome *out)
{
    const struct plan plan = calm_plan();
    run(world, &plan, out);
    assert_int_equal(out->ending, ENDED_DONE);
    assert_in_sync(&world->office, &world->device);
    assert_drafts_in_sync(&world->office, &world->device);
}

static void drafts__go_both_ways_in_batches(void **state)
{
    (void)state;
    struct world *world = new_world();
    struct outcome outcome;
    run_calm(world, &outcome);
    assert_int_equal(outcome.messages, 12); /* HELLO, PUSH, PULL, HEAD, DRAFTS twice, and their answers */
    run_calm(world, &outcome);
    assert_int_equal(outcome.messages, 4); /* HELLO, DRAFTS, and their answers */
    free(world);
}

/* Nothing to send, and more to fetch than one answer holds: the office's word that there is more is enough. */
static void more_than_one_answer__is_asked_for(void **state)
{
    (void)state;
    struct world *world = new_world();
    struct outcome outcome;
    memset(world->device.drafts, 0, sizeof world->device.drafts);
    run_calm(world, &outcome);
    free(world);
}

/* After the fault one is typed on, and one of somebody else ends. */
static void settle(struct world *world)
{
    struct outcome outcome;
    world->device.drafts[2]++;
    world->office.others_drafts[3] = 0;
    run_calm(world, &outcome);
}

static void whatever_happens_at_a_draft__nothing_is_lost(void **state)
{
    (void)state;
    const struct fault_scene scene = {.make = new_world, .run = run, .settle = settle};
    assert_true(every_fault_everywhere(&scene, calm_plan()) >= 12);
}

static void revoked_device__hands_its_drafts_in_and_gets_none(void **state)
{
    (void)state;
    struct world *world = new_world();
    struct outcome outcome;
    const struct plan plan = calm_plan();
    memset(world->office.others_drafts, 0, sizeof world->office.others_drafts);
    memset(world->device.others_drafts, 0, sizeof world->device.others_drafts);
    world->peer.mode = HF_MODE_HAND_IN;
    run(world, &plan, &outcome);
    assert_int_equal(outcome.ending, ENDED_DONE);
    assert_true(outcome.hand_in);
    assert_drafts_in_sync(&world->office, &world->device);
    free(world);
}

/* Last. */
static void every_type_of_this_scene__was_disturbed(void **state)
{
    (void)state;
    assert_scene_was_played(SCENE_DRAFTS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(drafts__go_both_ways_in_batches),
        cmocka_unit_test(more_than_one_answer__is_asked_for),
        cmocka_unit_test(whatever_happens_at_a_draft__nothing_is_lost),
        cmocka_unit_test(revoked_device__hands_its_drafts_in_and_gets_none),
        cmocka_unit_test(every_type_of_this_scene__was_disturbed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
