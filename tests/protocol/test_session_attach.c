/* Attachments in a session: both machines cut, repeated, swapped and delayed at every message, and stopped at every
 * store. After the next session both sides have every chunk, none that was acknowledged has gone twice, and whatever is
 * saved or told meanwhile goes before the next chunk. */
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

/* 30 and 5 chunks to send, 27 to fetch; the office has not all of the last one. */
static struct world *new_world(void)
{
    static const uint32_t count[FAKE_ATTACHMENTS] = {30, 5, 27, 9};
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    fake_device_init(&world->device, 4);
    fake_office_init(&world->office, world->device.key, 3);
    world->peer = peer_of(&world->device, HF_MODE_NORMAL);
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
    run_session(&world->office, &world->device, &world->peer, plan, out);
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

static void check_all(enum fault fault, size_t moments, uint64_t delay_ms)
{
    for (size_t at = 0; at < moments; at++) {
        struct plan plan = calm_plan();
        struct world *world = new_world();
        struct outcome first, second;
        plan.fault = fault;
        plan.at = at;
        plan.delay_ms = delay_ms;
        run(world, &plan, &first);
        const uint32_t sent = world->device.attachments.sent[0] + world->device.attachments.sent[1];
        run_calm(world, &second);
        /* what is sent after the fault is what was not acknowledged before it, and no more */
        assert_true(second.chunks_out <= 35 - sent);
        assert_true(first.chunks_out + second.chunks_out <= 35 + HF_LIMIT_ATTACH_CHUNKS);
        free(world);
    }
}

static void cut_at_every_message__loses_nothing(void **state)
{
    (void)state;
    check_all(FAULT_CUT, calm_messages(), 0);
}

static void repeat_and_swap_of_every_message__do_no_harm(void **state)
{
    (void)state;
    check_all(FAULT_REPEAT, calm_messages(), 0);
    check_all(FAULT_SWAP, calm_messages(), 0);
}

static void delay_of_every_message__does_no_harm(void **state)
{
    (void)state;
    check_all(FAULT_DELAY, calm_messages(), HF_LIMIT_REPLY_MS - 1);
    check_all(FAULT_DELAY, calm_messages(), HF_LIMIT_REPLY_MS + 1);
}

static void stopped_at_every_store__loses_nothing(void **state)
{
    (void)state;
    check_all(FAULT_REFUSE_STORE, calm_messages() / 2, 0);
    check_all(FAULT_CRASH_BEFORE_STORE, calm_messages() / 2, 0);
    check_all(FAULT_CRASH_AFTER_STORE, calm_messages() / 2, 0);
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
        cmocka_unit_test(cut_at_every_message__loses_nothing),
        cmocka_unit_test(repeat_and_swap_of_every_message__do_no_harm),
        cmocka_unit_test(delay_of_every_message__does_no_harm),
        cmocka_unit_test(stopped_at_every_store__loses_nothing),
        cmocka_unit_test(what_becomes_whole_at_the_office__is_fetched_at_once),
        cmocka_unit_test(news_of_it_that_get_lost__cost_nothing_but_the_next_try),
        cmocka_unit_test(what_is_saved_meanwhile__goes_before_the_next_chunk),
        cmocka_unit_test(revoked_device__hands_its_chunks_in_and_gets_none),
        cmocka_unit_test(revoked_at_any_moment__is_sent_no_chunk),
        cmocka_unit_test(every_type_of_this_scene__was_disturbed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
