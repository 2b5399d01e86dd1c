/* Entries that come with the news: a device that has all before them takes them as they come and asks for nothing;
 * whatever goes wrong on the way, what is missing is asked for, nothing is lost and nothing is taken twice. */
#include "tests/protocol/support_pair.h"
#include "tests/protocol/support_scenes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define LIVES         4
#define IDLE_MS       (HF_LIMIT_CHECKPOINT_AFTER_MS + 1) /* so that a checkpoint follows */
#define MESSAGES_MOST 200

struct world {
    struct fake_office office;
    struct fake_device device;
    struct hf_peer peer;
};

static struct world *new_world(void)
{
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    fake_device_init(&world->device, 4);
    fake_office_init(&world->office, world->device.key, 3);
    world->peer = peer_of(&world->device, HF_MODE_NORMAL);
    for (unsigned i = 0; i < 3; i++)
        fake_office_hear(&world->office, 1, 0);
    fake_device_save(&world->device, 2);
    return world;
}

static void run(struct world *world, const struct plan *plan, struct outcome *out)
{
    run_session(&world->office, &world->device, &world->peer, plan, out);
}

static void calm_to_sync(struct world *world)
{
    const struct plan plan = calm_plan();
    struct outcome outcome;
    run(world, &plan, &outcome);
    if (outcome.ending == ENDED_FAILED)
        fail_msg("%s", outcome.text);
    assert_int_equal(outcome.ending, ENDED_DONE);
    assert_in_sync(&world->office, &world->device);
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
    run(world, &plan, &outcome);
    assert_int_equal(outcome.ending, ENDED_DONE);
    assert_int_equal(outcome.pulls, 0); /* WELCOME says that it has all */
    assert_int_equal(world->device.feeds, feeds + LIVES);
    assert_in_sync(&world->office, &world->device);
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
    run(world, &plan, &outcome);
    assert_int_equal(outcome.ending, ENDED_DONE);
    assert_int_equal(outcome.pulls, LIVES / 2);
    assert_in_sync(&world->office, &world->device);
    free(world);
}

static void check_at(const struct plan *plan, size_t *most)
{
    struct world *world = new_world();
    struct outcome outcome;
    run(world, plan, &outcome);
    const size_t moments = plan->fault >= FAULT_REFUSE_STORE ? outcome.stores : outcome.messages;
    if (outcome.ending == ENDED_FAILED)
        assert_true(outcome.status == HF_ERR_PROTOCOL || outcome.status == HF_ERR_TIMEOUT ||
                    outcome.status == HF_ERR_FULL || outcome.status == HF_ERR_STATE);
    *most = moments > *most ? moments : *most;
    calm_to_sync(world);
    free(world);
}

static void check_everywhere(enum fault fault, uint64_t delay_ms)
{
    for (unsigned mixed = 0; mixed < 4; mixed++) {
        struct plan plan = live_plan();
        size_t most = 1;
        plan.fault = fault;
        plan.delay_ms = delay_ms;
        plan.wrong_from = mixed % 2 == 1;
        for (plan.at = 0; plan.at < most + 1; plan.at++) {
            assert_true(plan.at < MESSAGES_MOST);
            plan.busy_at = mixed / 2 == 1 ? plan.at / 2 + 6 : NOT_AT_ALL;
            check_at(&plan, &most);
        }
        assert_true(most > LIVES);
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
        cmocka_unit_test(entries_that_do_not_follow__are_asked_for),
        cmocka_unit_test(cut_repeat_swap_and_delay_at_every_message__lose_and_repeat_nothing),
        cmocka_unit_test(stop_at_every_store__loses_and_repeats_nothing),
        cmocka_unit_test(every_type_of_this_scene__was_disturbed),
    };
    return cmocka_run_group_tests_name("protocol/session_live", tests, NULL, NULL);
}
