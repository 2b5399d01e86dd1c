/* Drafts in a session: both machines cut, repeated, swapped and delayed at every message, and stopped at every store;
 * after the next session each side has what the other wrote last, and the log is as if there were no drafts. */
#include "tests/protocol/support_pair.h"
#include "tests/protocol/support_scenes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct world {
    struct fake_office office;
    struct fake_device device;
    struct hf_peer peer;
};

/* Five drafts to send and six to fetch, in threes; one that is here has ended. */
static struct world *new_world(void)
{
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    fake_device_init(&world->device, 4);
    fake_office_init(&world->office, world->device.key, 3);
    world->peer = peer_of(&world->device, HF_MODE_NORMAL);
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
    run_session(&world->office, &world->device, &world->peer, plan, out);
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

/* A fault ends the session it strikes: the moments are those of a calm one. */
static void check_all(enum fault fault, size_t moments, uint64_t delay_ms)
{
    for (size_t at = 0; at < moments; at++) {
        struct plan plan = calm_plan();
        struct world *world = new_world();
        struct outcome outcome;
        plan.fault = fault;
        plan.at = at;
        plan.delay_ms = delay_ms;
        run(world, &plan, &outcome);
        world->device.drafts[2]++;
        world->office.others_drafts[3] = 0;
        run_calm(world, &outcome);
        free(world);
    }
}

static void cut_at_every_message__loses_nothing(void **state)
{
    (void)state;
    check_all(FAULT_CUT, 12, 0);
}

static void repeat_and_swap_of_every_message__do_no_harm(void **state)
{
    (void)state;
    check_all(FAULT_REPEAT, 12, 0);
    check_all(FAULT_SWAP, 12, 0);
}

static void delay_of_every_message__does_no_harm(void **state)
{
    (void)state;
    check_all(FAULT_DELAY, 12, HF_LIMIT_REPLY_MS - 1);
    check_all(FAULT_DELAY, 12, HF_LIMIT_REPLY_MS + 1);
}

static void stopped_at_every_store__loses_nothing(void **state)
{
    (void)state;
    check_all(FAULT_REFUSE_STORE, 5, 0);
    check_all(FAULT_CRASH_BEFORE_STORE, 5, 0);
    check_all(FAULT_CRASH_AFTER_STORE, 5, 0);
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
        cmocka_unit_test(cut_at_every_message__loses_nothing),
        cmocka_unit_test(repeat_and_swap_of_every_message__do_no_harm),
        cmocka_unit_test(delay_of_every_message__does_no_harm),
        cmocka_unit_test(stopped_at_every_store__loses_nothing),
        cmocka_unit_test(revoked_device__hands_its_drafts_in_and_gets_none),
        cmocka_unit_test(every_type_of_this_scene__was_disturbed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
