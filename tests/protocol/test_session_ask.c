/* Who asks and does not sync, at every point too: joining with an invitation, reading the log out, a command. Both
 * machines cut, repeated, swapped and delayed at every message, and stopped at every store; then the person tries
 * again. The device is joined once and with the key that the office goes by, what was read is the log and nothing else,
 * and a command is carried out at most once for each time that it was asked for. */
#include "tests/protocol/support_faults.h"
#include "tests/protocol/support_scenes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define ENTRIES 10

static struct world *asking(enum fake_asking what)
{
    struct world *world = world_new(4, 3);
    for (unsigned i = 1; i < ENTRIES; i++)
        fake_office_hear(&world->office, 1 + i % 4, 0);
    world->device.ask.what = what;
    return world;
}

static struct world *joining(void)
{
    struct world *world = asking(ASKS_TO_JOIN);
    world->peer.kind = HF_PEER_INVITED;
    return world;
}

static struct world *reading(void)
{
    struct world *world = asking(ASKS_TO_READ);
    world->peer.role = HF_ROLE_AUDITOR;
    return world;
}

static struct world *commanding(void)
{
    struct world *world = asking(ASKS_A_COMMAND);
    world->peer.role = HF_ROLE_OFFICE;
    return world;
}

static void run(struct world *world, const struct plan *plan, struct outcome *out)
{
    world_run(world, plan, out);
    assert_ask_holds(&world->office, &world->device);
}

static void try_again(struct world *world, struct outcome *out)
{
    const struct plan plan = calm_plan();
    if (!world->device.ask.joined || world->device.ask.what != ASKS_TO_JOIN)
        run(world, &plan, out);
    if (out->ending == ENDED_FAILED)
        fail_msg("%s", out->text);
    assert_int_equal(out->ending, ENDED_DONE);
    assert_ask_done(&world->office, &world->device);
}

static void settle(struct world *world)
{
    struct outcome outcome = {.ending = ENDED_DONE};
    try_again(world, &outcome);
}

/* --- nothing goes wrong --- */

static void joining__is_one_question(void **state)
{
    (void)state;
    struct world *world = joining();
    struct outcome outcome;
    try_again(world, &outcome);
    assert_int_equal(outcome.messages, 2);
    assert_int_equal(outcome.stores, 2); /* the key of later sessions, before the office hears of it; who joined */
    free(world);
}

static void the_log__is_read_in_parts(void **state)
{
    (void)state;
    struct world *world = reading();
    struct outcome outcome;
    try_again(world, &outcome);
    assert_int_equal(outcome.messages, 12); /* HELLO, WITNESSED, ENTRIES four times, and their answers */
    assert_int_equal(world->device.ask.read, ENTRIES);
    free(world);
}

static void a_command__is_carried_out_once(void **state)
{
    (void)state;
    struct world *world = commanding();
    struct outcome outcome;
    try_again(world, &outcome);
    assert_int_equal(outcome.messages, 4);
    assert_int_equal(world->office.ask.commands, 1);
    assert_int_equal(world->device.ask.answered, 1);
    free(world);
}

/* Others save, at any moment: what the office says of it of its own accord is no answer and no reason to stop. */
static void what_others_save_meanwhile__is_passed_over(void **state)
{
    (void)state;
    static struct world *(*const scenes[])(void) = {joining, reading, commanding};
    for (size_t i = 0; i < 3; i++) {
        struct plan plan = calm_plan();
        struct outcome outcome = {.messages = 1};
        for (plan.busy_at = 0; plan.busy_at < outcome.messages; plan.busy_at++) {
            struct world *world = scenes[i]();
            run(world, &plan, &outcome);
            assert_int_equal(outcome.ending, ENDED_DONE);
            assert_ask_done(&world->office, &world->device);
            free(world);
        }
    }
}

/* A key that the office refused is none that it goes by: the one before is put back. */
static void a_refusal__leaves_the_key_before(void **state)
{
    (void)state;
    struct world *world = joining();
    struct outcome outcome;
    struct plan plan = calm_plan();
    plan.fault = FAULT_CUT;
    plan.at = 1; /* the device is known at the office, and its answer is lost */
    run(world, &plan, &outcome);
    assert_int_equal(world->device.ask.key, 1);
    world->device.ask.sessions = 1;
    plan = calm_plan();
    world->peer.kind = HF_PEER_ADMIN; /* which may not join */
    run(world, &plan, &outcome);
    assert_int_equal(outcome.ending, ENDED_FAILED);
    assert_int_equal(world->device.ask.key, world->office.ask.key);
    free(world);
}

/* --- one thing goes wrong --- */

static void try_all(struct world *(*make)(void), size_t messages)
{
    const struct fault_scene scene = {.make = make, .run = run, .settle = settle};
    struct plan plan = calm_plan();
    assert_true(every_fault_everywhere(&scene, plan) >= messages);
    for (plan.busy_at = 0; plan.busy_at < messages; plan.busy_at++)
        (void)every_fault_everywhere(&scene, plan);
}

static void whatever_happens_at_joining__it_is_done_again(void **state)
{
    (void)state;
    try_all(joining, 2);
}

static void whatever_happens_at_reading__the_log_is_read_whole(void **state)
{
    (void)state;
    try_all(reading, 12);
}

static void whatever_happens_at_a_command__it_is_not_carried_out_twice(void **state)
{
    (void)state;
    try_all(commanding, 4);
}

/* Last. */
static void every_type_of_this_scene__was_disturbed(void **state)
{
    (void)state;
    assert_scene_was_played(SCENE_ASK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(joining__is_one_question),
        cmocka_unit_test(the_log__is_read_in_parts),
        cmocka_unit_test(a_command__is_carried_out_once),
        cmocka_unit_test(what_others_save_meanwhile__is_passed_over),
        cmocka_unit_test(a_refusal__leaves_the_key_before),
        cmocka_unit_test(whatever_happens_at_joining__it_is_done_again),
        cmocka_unit_test(whatever_happens_at_reading__the_log_is_read_whole),
        cmocka_unit_test(whatever_happens_at_a_command__it_is_not_carried_out_twice),
        cmocka_unit_test(every_type_of_this_scene__was_disturbed),
    };
    return cmocka_run_group_tests_name("protocol/session_ask", tests, NULL, NULL);
}
