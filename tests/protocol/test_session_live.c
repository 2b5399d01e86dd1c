/* Entries that come with the news: a device that has all before them takes them as they come and asks for nothing;
 * whatever goes wrong on the way, what is missing is asked for, nothing is lost and nothing is taken twice. */
#include "tests/protocol/support_faults.h"
#include "tests/protocol/support_scenes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define LIVES   4
#define IDLE_MS (HF_LIMIT_CHECKPOINT_AFTER_MS + 1) /* so that a checkpoint follows */

static struct world *new_world(void)
{
    struct world *world = world_new(4, 3);
    for (unsigned i = 0; i < 3; i++)
        fake_office_hear(&world->office, 1, 0);
    fake_device_save(&world->device, 2);
    return world;
}

static void calm_to_sync(struct world *world)
{
    struct outcome outcome;
    world_run_calm(world, &outcome);
}

static struct plan live_plan(void)
{
    struct plan plan = calm_plan();
    plan.lives = LIVES;
    plan.idle_ms = IDLE_MS;
    return plan;
}

static void entries_with_the_news__are_taken_and_nothing_is_asked_for(void **state)
{
    (void)state;
    struct world *world = new_world();
    struct outcome outcome;
    calm_to_sync(world);
    const size_t feeds = world->device.feeds;
    const struct plan plan = live_plan();
    world_run(world, &plan, &outcome);
    assert_int_equal(outcome.ending, ENDED_DONE);
    assert_int_equal(outcome.pulls, 0); /* WELCOME says that it has all */
    assert_int_equal(world->device.feeds, feeds + LIVES);
    assert_in_sync(&world->office, &world->device);
    free(world);
}

/* Prompt, in the only way that a test without a clock can say it: what others save, and what is saved here, has arrived
 * at the other side before any time has passed: nobody's timer was needed, nothing was asked for, no keep-alive sent.
 * How long that takes on a line, tools/bench measures. */
static void what_is_saved__is_at_the_other_side_before_any_time_has_passed(void **state)
{
    (void)state;
    struct world *world = new_world();
    struct outcome outcome;
    calm_to_sync(world);
    const uint64_t size = world->office.size, own = world->device.next_seq;
    struct plan plan = calm_plan();
    plan.lives = LIVES;
    plan.busy_at = 1 + LIVES; /* behind HELLO, WELCOME and all but the last of the LIVEs: two are saved here */
    world_run(world, &plan, &outcome);
    assert_int_equal(outcome.ending, ENDED_DONE);
    assert_int_equal(outcome.took_ms, 0);
    assert_int_equal(outcome.pings, 0);
    assert_true(world->office.size > size + LIVES);
    assert_int_equal(world->device.next_seq, own + 2);
    assert_int_equal(world->office.next_seq, own + 2);
    assert_int_equal(world->device.unsent_seq, own + 2);
    for (uint64_t i = size; i < world->office.size; i++)
        if (!world->office.log[i].own && world->office.assigned[world->office.log[i].body[0]])
            assert_int_equal(world->device.taken[i], 1);
    free(world);
}

/* What it was told does not follow what it has: it takes nothing of it and asks. */
static void entries_that_do_not_follow__are_asked_for(void **state)
{
    (void)state;
    struct world *world = new_world();
    struct outcome outcome;
    calm_to_sync(world);
    struct plan plan = live_plan();
    plan.wrong_from = true;
    world_run(world, &plan, &outcome);
    assert_int_equal(outcome.ending, ENDED_DONE);
    assert_int_equal(outcome.pulls, LIVES / 2);
    assert_in_sync(&world->office, &world->device);
    free(world);
}

/* Entries that do not follow are asked for, and what is asked may fail for its order. */
static void look(struct world *world, const struct plan *plan, const struct outcome *out)
{
    if (out->ending != ENDED_FAILED || out->status != HF_ERR_STATE)
        failure_fits(world, plan, out);
}

static void be_busy_too(struct plan *plan)
{
    plan->busy_at = plan->at / 2 + 6;
}

static void check_everywhere(enum fault fault, uint64_t delay_ms)
{
    for (unsigned mixed = 0; mixed < 4; mixed++) {
        const struct fault_scene scene = {
            .make = new_world, .aim = mixed / 2 == 1 ? be_busy_too : NULL, .disturbed = look, .settle = calm_to_sync};
        struct plan plan = live_plan();
        plan.fault = fault;
        plan.delay_ms = delay_ms;
        plan.wrong_from = mixed % 2 == 1;
        assert_true(fault_everywhere(&scene, plan) > LIVES);
    }
}

static void cut_repeat_swap_and_delay_at_every_message__lose_and_repeat_nothing(void **state)
{
    (void)state;
    check_everywhere(FAULT_CUT, 0);
    check_everywhere(FAULT_REPEAT, 0);
    check_everywhere(FAULT_SWAP, 0);
    check_everywhere(FAULT_DELAY, 1000);
    check_everywhere(FAULT_DELAY, HF_LIMIT_REPLY_MS + 1);
}

static void stop_at_every_store__loses_and_repeats_nothing(void **state)
{
    (void)state;
    check_everywhere(FAULT_REFUSE_STORE, 0);
    check_everywhere(FAULT_CRASH_BEFORE_STORE, 0);
    check_everywhere(FAULT_CRASH_AFTER_STORE, 0);
}

/* Last. */
static void every_type_of_this_scene__was_disturbed(void **state)
{
    (void)state;
    assert_scene_was_played(SCENE_LIVE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_with_the_news__are_taken_and_nothing_is_asked_for),
        cmocka_unit_test(what_is_saved__is_at_the_other_side_before_any_time_has_passed),
        cmocka_unit_test(entries_that_do_not_follow__are_asked_for),
        cmocka_unit_test(cut_repeat_swap_and_delay_at_every_message__lose_and_repeat_nothing),
        cmocka_unit_test(stop_at_every_store__loses_and_repeats_nothing),
        cmocka_unit_test(every_type_of_this_scene__was_disturbed),
    };
    return cmocka_run_group_tests_name("protocol/session_live", tests, NULL, NULL);
}
