/* What is rare in a session, at every point too: cases that were taken away are told, changes of the log before are
 * handed on, a device that was put back goes on in a new chain, a line that stays is kept alive, and a refusal is said.
 * Both machines cut, repeated, swapped and delayed at every message, and stopped at every store; after the next session
 * nothing is lost, nothing is there twice and nothing acknowledged was sent again. */
#include "tests/protocol/support_pair.h"
#include "tests/protocol/support_scenes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MOMENTS_MOST 200
#define PUT_BACK     100 /* what is saved afterwards is not what was saved before */

struct world {
    struct fake_office office;
    struct fake_device device;
    struct hf_peer peer;
};
typedef struct world *make_world(void);

static struct world *new_world(void)
{
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    fake_device_init(&world->device, 2);
    fake_office_init(&world->office, world->device.key, 3);
    world->peer = peer_of(&world->device, HF_MODE_NORMAL);
    fake_office_hear(&world->office, 1, 0);
    fake_device_save(&world->device, 4);
    return world;
}

static void run(struct world *world, const struct plan *plan, struct outcome *out)
{
    run_session(&world->office, &world->device, &world->peer, plan, out);
}

static void run_calm(struct world *world, struct outcome *out)
{
    const struct plan plan = calm_plan();
    run(world, &plan, out);
    if (out->ending == ENDED_FAILED)
        fail_msg("%s", out->text);
    assert_int_equal(out->ending, ENDED_DONE);
    assert_in_sync(&world->office, &world->device);
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
    static make_world *const worlds[] = {put_back, put_back_and_ahead};
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

/* A session with this fault at each moment in turn, then calm ones until all is in sync. */
static void try_everywhere(make_world *make, struct plan plan)
{
    size_t moments = 1;
    for (plan.at = 0; plan.at <= moments; plan.at++) {
        assert_true(plan.at < MOMENTS_MOST);
        struct world *world = make();
        struct outcome outcome;
        run(world, &plan, &outcome);
        const size_t came = plan.fault >= FAULT_REFUSE_STORE ? outcome.stores : outcome.messages;
        moments = came > moments ? came : moments;
        if (outcome.ending == ENDED_FAILED)
            assert_true(outcome.status == HF_ERR_PROTOCOL || outcome.status == HF_ERR_TIMEOUT ||
                        outcome.status == HF_ERR_FULL ||
                        outcome.status == HF_ERR_CONFLICT || /* a refusal that came twice */
                        (outcome.status == HF_ERR_STATE && (plan.fault == FAULT_SWAP || make == refused)));
        world->office.rest.grants = true;
        run_calm(world, &outcome);
        free(world);
    }
}

/* `idle_ms`: stays connected so long when all is done. */
static void try_all(make_world *make, uint64_t idle_ms)
{
    for (enum fault fault = FAULT_CUT; fault <= FAULT_CRASH_AFTER_STORE; fault++) {
        struct plan plan = calm_plan();
        plan.fault = fault;
        plan.idle_ms = idle_ms;
        plan.delay_ms = HF_LIMIT_REPLY_MS + 1;
        try_everywhere(make, plan);
    }
    struct plan late = calm_plan();
    late.fault = FAULT_DELAY;
    late.idle_ms = idle_ms;
    late.delay_ms = HF_LIMIT_REPLY_MS - 1;
    try_everywhere(make, late);
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
