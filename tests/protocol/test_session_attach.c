/* Attachments in a session: both machines cut, repeated, swapped and delayed at every message, and stopped at every
 * store. After the next session both sides have every chunk, none that was acknowledged has gone twice, and whatever is
 * saved or told meanwhile goes before the next chunk. */
#include "tests/protocol/support_faults.h"
#include "tests/protocol/support_scenes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* 30 and 5 chunks to send, 27 to fetch; the office has not all of the last one. */
static struct world *new_world(void)
{
    static const uint32_t count[FAKE_ATTACHMENTS] = {30, 5, 27, 9};
    struct world *world = world_new(4, 3);
    fake_office_hear(&world->office, 1, 0);
    fake_device_save(&world->device, 2);
    world->device.attachments.on = true;
    memcpy(world->device.attachments.count, count, sizeof count);
    memcpy(world->office.attachments.count, count, sizeof count);
    world->office.attachments.have[2] = count[2];
    return world;
}

static void run(struct world *world, const struct plan *plan, struct outcome *out)
{
    memset(world->device.attachments.asked, 0, sizeof world->device.attachments.asked);
    memset(world->device.attachments.put_off, 0, sizeof world->device.attachments.put_off);
    world_run(world, plan, out);
}

static void assert_all_there(const struct world *world)
{
    const struct fake_attachments *device = &world->device.attachments, *office = &world->office.attachments;
    for (size_t i = 0; i < FAKE_ATTACH_OWN; i++) {
        assert_int_equal(office->have[i], device->count[i]);
        assert_int_equal(device->sent[i], device->count[i]);
    }
    assert_int_equal(device->have[2], device->count[2]);
    assert_int_equal(device->have[FAKE_ATTACH_NOT_HERE], 0);
}

static void run_calm(struct world *world, struct outcome *out)
{
    const struct plan plan = calm_plan();
    run(world, &plan, out);
    assert_int_equal(out->ending, ENDED_DONE);
    assert_in_sync(&world->office, &world->device);
    assert_all_there(world);
}

static size_t calm_messages(void)
{
    struct world *world = new_world();
    struct outcome outcome;
    run_calm(world, &outcome);
    free(world);
    return outcome.messages;
}

static void attachments__go_both_ways_and_once(void **state)
{
    (void)state;
    struct world *world = new_world();
    struct outcome outcome;
    run_calm(world, &outcome);
    assert_int_equal(outcome.chunks_out, 35);
    assert_int_equal(outcome.chunks_in, 27);
    run_calm(world, &outcome);
    assert_int_equal(outcome.chunks_out, 0);
    assert_int_equal(outcome.chunks_in, 0);
    assert_int_equal(outcome.messages, 4); /* HELLO, one question for what was not there, and their answers */
    free(world);
}

/* Of the session that was disturbed. */
static size_t sent_before, chunks_before;

static void look(struct world *world, const struct plan *plan, const struct outcome *out)
{
    failure_fits(world, plan, out);
    sent_before = world->device.attachments.sent[0] + world->device.attachments.sent[1];
    chunks_before = out->chunks_out;
}

/* What is sent after the fault is what was not acknowledged before it, and no more. */
static void settle(struct world *world)
{
    struct outcome outcome;
    run_calm(world, &outcome);
    assert_true(outcome.chunks_out <= 35 - sent_before);
    assert_true(chunks_before + outcome.chunks_out <= 35 + HF_LIMIT_ATTACH_CHUNKS);
}

static void whatever_happens_at_a_chunk__nothing_is_lost_and_nothing_goes_twice(void **state)
{
    (void)state;
    const struct fault_scene scene = {.make = new_world, .run = run, .disturbed = look, .settle = settle};
    assert_true(every_fault_everywhere(&scene, calm_plan()) >= calm_messages());
}

/* Whenever the last chunk of it comes to the office, before the device has asked, while it asks and after: it is
 * fetched on the same connection, without waiting for the next try. */
static void what_becomes_whole_at_the_office__is_fetched_at_once(void **state)
{
    (void)state;
    const size_t messages = calm_messages();
    for (size_t at = 1; at < messages; at++) { /* before WELCOME is sent nothing can be told: then it asks anyway */
        struct world *world = new_world();
        struct outcome outcome;
        struct plan plan = calm_plan();
        plan.whole_at = at;
        run(world, &plan, &outcome);
        assert_int_equal(outcome.ending, ENDED_DONE);
        assert_in_sync(&world->office, &world->device);
        assert_int_equal(world->device.attachments.have[FAKE_ATTACH_NOT_HERE], 9);
        assert_int_equal(outcome.took_ms, 0);
        free(world);
    }
}

/* The news itself is lost with its connection, repeated, late, or comes after what followed it. */
static void news_of_it_that_get_lost__cost_nothing_but_the_next_try(void **state)
{
    (void)state;
    static const enum fault faults[] = {FAULT_CUT, FAULT_REPEAT, FAULT_SWAP, FAULT_DELAY};
    const size_t messages = calm_messages();
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++)
        for (size_t at = 2; at < messages; at++) {
            struct world *world = new_world();
            struct outcome outcome;
            struct plan plan = calm_plan();
            plan.whole_at = at - 1; /* so the message `at` is the news, or what crosses it */
            plan.fault = faults[i];
            plan.at = at;
            plan.delay_ms = HF_LIMIT_REPLY_MS - 1;
            run(world, &plan, &outcome);
            const uint32_t sent = world->device.attachments.sent[0] + world->device.attachments.sent[1];
            world->office.attachments.have[FAKE_ATTACH_NOT_HERE] = 9; /* also when the cut came before */
            plan = calm_plan();
            run(world, &plan, &outcome);
            assert_int_equal(outcome.ending, ENDED_DONE);
            assert_int_equal(world->device.attachments.have[FAKE_ATTACH_NOT_HERE], 9);
            assert_true(outcome.chunks_out <= 35 - sent);
            free(world);
        }
}

/* Whenever a person saves two changes and others add three entries: they go before the next run of chunks. */
static void what_is_saved_meanwhile__goes_before_the_next_chunk(void **state)
{
    (void)state;
    const size_t messages = calm_messages();
    for (size_t at = 0; at < messages; at++) {
        struct world *world = new_world();
        struct outcome outcome;
        struct plan plan = calm_plan();
        plan.busy_at = at;
        run(world, &plan, &outcome);
        assert_int_equal(outcome.ending, ENDED_DONE);
        assert_in_sync(&world->office, &world->device);
        assert_all_there(world);
        assert_int_equal(world->device.next_seq, 4);
        assert_int_equal(outcome.runs_with_work, 0);
        assert_int_equal(outcome.chunks_out, 35);
        free(world);
    }
}

static void revoked_device__hands_its_chunks_in_and_gets_none(void **state)
{
    (void)state;
    struct world *world = new_world();
    struct outcome outcome;
    const struct plan plan = calm_plan();
    world->peer.mode = HF_MODE_HAND_IN;
    run(world, &plan, &outcome);
    assert_int_equal(outcome.ending, ENDED_DONE);
    assert_true(outcome.hand_in);
    assert_int_equal(outcome.chunks_out, 35);
    assert_int_equal(outcome.chunks_in, 0);
    assert_int_equal(world->office.attachments.have[0], 30);
    free(world);
}

static void revoked_at_any_moment__is_sent_no_chunk(void **state)
{
    (void)state;
    const size_t messages = calm_messages();
    for (size_t at = 0; at < messages; at++) {
        struct world *world = new_world();
        struct outcome outcome;
        struct plan plan = calm_plan();
        plan.revoke_at = at; /* support_pair.c asserts on the way that nothing to read is sent from then on */
        run(world, &plan, &outcome);
        const struct plan calm = calm_plan();
        world->office.hold_all = true;
        run(world, &calm, &outcome);
        assert_int_equal(outcome.ending, ENDED_DONE);
        assert_int_equal(world->office.attachments.have[0], 30);
        assert_int_equal(world->office.attachments.have[1], 5);
        free(world);
    }
}

/* Last. */
static void every_type_of_this_scene__was_disturbed(void **state)
{
    (void)state;
    assert_scene_was_played(SCENE_ATTACH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(attachments__go_both_ways_and_once),
        cmocka_unit_test(whatever_happens_at_a_chunk__nothing_is_lost_and_nothing_goes_twice),
        cmocka_unit_test(what_becomes_whole_at_the_office__is_fetched_at_once),
        cmocka_unit_test(news_of_it_that_get_lost__cost_nothing_but_the_next_try),
        cmocka_unit_test(what_is_saved_meanwhile__goes_before_the_next_chunk),
        cmocka_unit_test(revoked_device__hands_its_chunks_in_and_gets_none),
        cmocka_unit_test(revoked_at_any_moment__is_sent_no_chunk),
        cmocka_unit_test(every_type_of_this_scene__was_disturbed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
