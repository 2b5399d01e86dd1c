/* Both session machines, cut, repeated, swapped and delayed at every message, and stopped at every store: after the
 * next session everything is in sync, nothing is lost, nothing is taken twice and nothing acknowledged is sent again.
 */
#include "tests/protocol/support_faults.h"
#include "tests/protocol/support_scenes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

/* Of a sync in which nothing goes wrong: HELLO, PUSH thrice, PULL five times, HEAD, and their answers. */
#define CALM_MESSAGES 20
#define CALM_STORES   9

/* Of one whose device begins with a snapshot: HELLO, PUSH thrice, SNAPSHOT seven times, PULL, HEAD, and their answers.
 */
#define CALM_SNAPSHOT_MESSAGES 26
#define CALM_SNAPSHOT_STORES   12

static bool with_snapshots; /* what every new world's device asks for */

/* Eleven changes to push in batches of four, entries to pull in batches of three, a case to catch up. */
static struct world *new_world(void)
{
    struct world *world = world_new(4, 3);
    for (unsigned i = 0; i < 5; i++) {
        fake_office_hear(&world->office, 2, 0);
        fake_office_hear(&world->office, 1, 0);
        fake_office_hear(&world->office, 3, 0);
    }
    fake_office_hear(&world->office, 1, 2);
    for (unsigned i = 0; i < 3; i++)
        fake_office_hear(&world->office, 2, 0);
    fake_device_save(&world->device, 11);
    world->device.snapshots.on = with_snapshots;
    return world;
}

/* A session in which nothing goes wrong, whatever comes of it. */
static void run_calm(struct world *world, struct outcome *out)
{
    const struct plan plan = calm_plan();
    world_run(world, &plan, out);
}

static void run_calm_to_sync(struct world *world)
{
    struct outcome outcome;
    world_run_calm(world, &outcome);
}

/* --- nothing goes wrong --- */

static void sync__carries_everything_in_batches(void **state)
{
    (void)state;
    struct world *world = new_world();
    struct outcome outcome;
    run_calm(world, &outcome);
    assert_int_equal(outcome.ending, ENDED_DONE);
    assert_false(outcome.hand_in);
    assert_in_sync(&world->office, &world->device);
    assert_int_equal(outcome.messages, CALM_MESSAGES);
    assert_int_equal(outcome.stores, CALM_STORES);
    assert_int_equal(outcome.pushes, 3);
    assert_int_equal(outcome.progress.pushed, 11);
    assert_int_equal(outcome.progress.pulled, 14);
    assert_int_equal(outcome.progress.log_size, world->office.size);
    assert_int_equal(world->device.feeds, 5);
    assert_int_equal(world->device.heads, 1);
    free(world);
}

static void second_sync__sends_nothing_again(void **state)
{
    (void)state;
    struct world *world = new_world();
    struct outcome outcome;
    run_calm_to_sync(world);
    run_calm(world, &outcome);
    assert_int_equal(outcome.ending, ENDED_DONE);
    assert_int_equal(outcome.pushes, 0);
    assert_int_equal(outcome.messages, 2); /* HELLO and its answer */
    assert_in_sync(&world->office, &world->device);
    free(world);
}

static void news_and_saves_during_a_sync__are_carried_by_it(void **state)
{
    (void)state;
    struct outcome outcome;
    struct plan plan = calm_plan();
    for (plan.busy_at = 0; plan.busy_at < CALM_MESSAGES; plan.busy_at++) {
        struct world *world = new_world();
        world_run(world, &plan, &outcome);
        assert_int_equal(outcome.ending, ENDED_DONE);
        assert_in_sync(&world->office, &world->device);
        assert_int_equal(world->device.next_seq, 13);
        free(world);
    }
}

static void idle_connection__is_kept_alive(void **state)
{
    (void)state;
    struct world *world = new_world();
    struct outcome outcome;
    struct plan plan = calm_plan();
    plan.idle_ms = 10 * 60 * 1000;
    world_run(world, &plan, &outcome);
    assert_int_equal(outcome.ending, ENDED_DONE);
    assert_true(outcome.took_ms >= plan.idle_ms);
    assert_int_equal(outcome.pings, plan.idle_ms / HF_LIMIT_KEEP_ALIVE_MS);
    free(world);
}

static void more_ranges_than_one_head__are_all_proved(void **state)
{
    (void)state;
    struct world *world = new_world();
    struct outcome outcome;
    struct plan plan = calm_plan();
    run_calm_to_sync(world);
    world->device.range_max = 2;
    for (unsigned i = 0; i < 5; i++) { /* each acknowledged, none proved */
        fake_office_hear(&world->office, 1, 0);
        fake_device_save(&world->device, 1);
        plan.fault = FAULT_CRASH_AFTER_STORE;
        plan.at = 0;
        world_run(world, &plan, &outcome);
        assert_int_equal(outcome.ending, ENDED_CUT);
    }
    const size_t before = world->device.heads;
    run_calm_to_sync(world);
    assert_int_equal(world->device.heads - before, 3);
    free(world);
}

static void entries_not_in_the_signed_log_yet__are_proved_next_time(void **state)
{
    (void)state;
    struct world *world = new_world();
    struct outcome outcome;
    world->office.unpublished = 6;
    run_calm(world, &outcome);
    assert_int_equal(outcome.ending, ENDED_DONE);
    assert_true(world->device.checkpoint_size < world->office.size);
    world->office.unpublished = 0;
    run_calm_to_sync(world);
    free(world);
}

/* --- one thing goes wrong --- */

static void look(struct world *world, const struct plan *plan, const struct outcome *out)
{
    failure_fits(world, plan, out);
    if (out->ending == ENDED_DONE)
        assert_in_sync(&world->office, &world->device);
}

static void check_everywhere(enum fault fault, uint64_t delay_ms, size_t busy_at)
{
    const struct fault_scene scene = {.make = new_world, .disturbed = look, .settle = run_calm_to_sync};
    struct plan plan = calm_plan();
    plan.fault = fault;
    plan.delay_ms = delay_ms;
    plan.busy_at = busy_at;
    const bool stores = fault >= FAULT_REFUSE_STORE;
    const size_t calm_stores = with_snapshots ? CALM_SNAPSHOT_STORES : CALM_STORES;
    const size_t calm_messages = with_snapshots ? CALM_SNAPSHOT_MESSAGES : CALM_MESSAGES;
    assert_true(fault_everywhere(&scene, plan) >= (stores ? calm_stores : calm_messages));
}

static void check_quiet_and_busy(enum fault fault, uint64_t delay_ms)
{
    check_everywhere(fault, delay_ms, NOT_AT_ALL);
    const size_t calm_messages = with_snapshots ? CALM_SNAPSHOT_MESSAGES : CALM_MESSAGES;
    for (size_t busy_at = 0; busy_at < calm_messages; busy_at++)
        check_everywhere(fault, delay_ms, busy_at);
}

/* --- the same for a device that begins with a snapshot --- */

static int begin_with_snapshots(void **state)
{
    (void)state;
    with_snapshots = true;
    return 0;
}

static int end_with_snapshots(void **state)
{
    (void)state;
    with_snapshots = false;
    return 0;
}

static void first_sync_by_snapshot__brings_all_in_parts(void **state)
{
    (void)state;
    struct world *world = new_world();
    struct outcome outcome;
    run_calm(world, &outcome);
    if (outcome.ending == ENDED_FAILED)
        fail_msg("%s", outcome.text);
    assert_int_equal(outcome.ending, ENDED_DONE);
    assert_in_sync(&world->office, &world->device);
    assert_int_equal(outcome.messages, CALM_SNAPSHOT_MESSAGES);
    assert_int_equal(outcome.stores, CALM_SNAPSHOT_STORES);
    assert_int_equal(world->device.snapshots.records, 13);
    assert_int_equal(world->device.snapshots.parts, 7);
    assert_int_equal(world->device.feeds, 1); /* the one entry that assigns a case */
    run_calm(world, &outcome);
    assert_int_equal(outcome.messages, 2);
    free(world);
}

static void too_few_records__come_with_their_history(void **state)
{
    (void)state;
    struct world *world = new_world();
    struct outcome outcome;
    world->device.snapshots.least = 14;
    run_calm(world, &outcome);
    assert_int_equal(outcome.ending, ENDED_DONE);
    assert_in_sync(&world->office, &world->device);
    assert_int_equal(world->device.snapshots.records, 0);
    assert_int_equal(world->device.feeds, 5);
    free(world);
}

static void short_log__is_read_without_asking(void **state)
{
    (void)state;
    struct world *world = new_world();
    struct outcome outcome;
    world->device.snapshots.least = 1000;
    run_calm(world, &outcome);
    assert_int_equal(outcome.ending, ENDED_DONE);
    assert_int_equal(outcome.messages, CALM_MESSAGES);
    free(world);
}

static void case_given_later__comes_by_snapshot(void **state)
{
    (void)state;
    struct world *world = new_world();
    run_calm_to_sync(world);
    fake_office_hear(&world->office, 1, 3);
    const size_t before = world->device.snapshots.records;
    run_calm_to_sync(world);
    assert_int_equal(world->device.snapshots.records - before, 5);
    free(world);
}

static void case_that_changes_in_the_midst__begins_anew(void **state)
{
    (void)state;
    struct world *world = new_world();
    struct outcome outcome;
    struct plan plan = calm_plan();
    plan.fault = FAULT_CRASH_AFTER_STORE;
    plan.at = 3; /* three PUSHED, the first part of case 1 */
    world_run(world, &plan, &outcome);
    assert_int_equal(world->device.snapshots.records, FAKE_PART);
    fake_office_hear(&world->office, 1, 0);
    run_calm_to_sync(world);
    assert_int_equal(world->device.snapshots.records, 13 + 1 + FAKE_PART);
    free(world);
}

static void cut_at_every_message__loses_and_repeats_nothing(void **state)
{
    (void)state;
    check_quiet_and_busy(FAULT_CUT, 0);
}

static void repeat_of_every_message__does_no_harm(void **state)
{
    (void)state;
    check_quiet_and_busy(FAULT_REPEAT, 0);
}

static void swap_of_every_message__does_no_harm(void **state)
{
    (void)state;
    check_quiet_and_busy(FAULT_SWAP, 0);
}

static void delay_of_every_message__is_waited_for(void **state)
{
    (void)state;
    struct plan plan = calm_plan();
    struct outcome outcome;
    size_t messages = 1;
    plan.fault = FAULT_DELAY;
    plan.delay_ms = HF_LIMIT_REPLY_MS - 1;
    for (plan.at = 1; plan.at <= messages; plan.at++) { /* a slow HELLO is too slow: tried below */
        struct world *world = new_world();
        world_run(world, &plan, &outcome);
        messages = outcome.messages;
        assert_int_equal(outcome.ending, ENDED_DONE);
        assert_in_sync(&world->office, &world->device);
        free(world);
    }
    check_everywhere(FAULT_DELAY, HF_LIMIT_REPLY_MS - 1, 7);
}

static void delay_beyond_the_limit__ends_the_session_cleanly(void **state)
{
    (void)state;
    check_quiet_and_busy(FAULT_DELAY, HF_LIMIT_REPLY_MS + 1);
}

static void slow_first_message__is_not_waited_for(void **state)
{
    (void)state;
    struct world *world = new_world();
    struct outcome outcome;
    struct plan plan = calm_plan();
    plan.fault = FAULT_DELAY;
    plan.at = 0;
    plan.delay_ms = HF_LIMIT_FIRST_FRAME_MS;
    world_run(world, &plan, &outcome);
    assert_int_equal(outcome.ending, ENDED_CLOSED);
    assert_int_equal(outcome.took_ms, HF_LIMIT_FIRST_FRAME_MS);
    free(world);
}

static void stop_at_every_store__loses_and_repeats_nothing(void **state)
{
    (void)state;
    check_quiet_and_busy(FAULT_REFUSE_STORE, 0);
    check_quiet_and_busy(FAULT_CRASH_BEFORE_STORE, 0);
    check_quiet_and_busy(FAULT_CRASH_AFTER_STORE, 0);
}

static uint64_t next_of(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static void random_history(uint64_t seed)
{
    struct world *world = new_world();
    struct outcome outcome;
    for (unsigned round = 0; round < 12; round++) {
        struct plan plan = calm_plan();
        plan.fault = (enum fault)(next_of(&seed) % (FAULT_CRASH_AFTER_STORE + 1));
        plan.at = next_of(&seed) % 20;
        plan.busy_at = next_of(&seed) % 40;
        plan.delay_ms = next_of(&seed) % (2 * HF_LIMIT_REPLY_MS);
        world->device.outbox_batch = 1 + next_of(&seed) % 6;
        world->office.feed_batch = 1 + next_of(&seed) % 6;
        world->device.range_max = 1 + next_of(&seed) % 4;
        world->office.unpublished = 0;
        fake_device_save(&world->device, next_of(&seed) % 5);
        for (uint64_t n = next_of(&seed) % 6; n > 0; n--)
            fake_office_hear(&world->office, 1 + (unsigned)(next_of(&seed) % 4), 0);
        world_run(world, &plan, &outcome);
        if (outcome.ending == ENDED_DONE)
            assert_in_sync(&world->office, &world->device);
    }
    run_calm_to_sync(world);
    free(world);
}

static void many_random_histories__end_in_sync(void **state)
{
    (void)state;
    const char *given = getenv("HF_SEED");
    uint64_t seed = given ? strtoull(given, NULL, 10) : (uint64_t)time(NULL);
    print_message("HF_SEED=%llu\n", (unsigned long long)seed);
    for (unsigned i = 0; i < 300; i++)
        random_history((seed + i) * 0x9E3779B97F4A7C15u | 1);
}

/* --- standing --- */

static void revoked_device__hands_in_and_reads_nothing(void **state)
{
    (void)state;
    struct world *world = new_world();
    struct outcome outcome;
    world->peer.mode = HF_MODE_HAND_IN;
    world->office.hold_all = true;
    run_calm(world, &outcome);
    assert_int_equal(outcome.ending, ENDED_DONE);
    assert_true(outcome.hand_in);
    assert_handed_in(&world->office, &world->device);
    assert_int_equal(world->device.held, 11);
    assert_int_equal(world->device.feeds, 0);
    assert_int_equal(world->device.cursor, 0);
    free(world);
}

static void revoked_device__hands_in_whatever_is_cut(void **state)
{
    (void)state;
    struct plan plan = calm_plan();
    struct outcome outcome;
    plan.fault = FAULT_CUT;
    for (plan.at = 0; plan.at < 9; plan.at++) {
        struct world *world = new_world();
        world->peer.mode = HF_MODE_HAND_IN;
        world->office.hold_all = true;
        world_run(world, &plan, &outcome);
        assert_int_equal(outcome.ending, ENDED_CUT);
        run_calm(world, &outcome);
        assert_int_equal(outcome.ending, ENDED_DONE);
        assert_handed_in(&world->office, &world->device);
        assert_int_equal(world->device.feeds, 0);
        free(world);
    }
}

/* run_session asserts that nothing to read is sent from the moment of the revocation. */
static void revocation_at_every_message__ends_reading_at_once(void **state)
{
    (void)state;
    struct plan plan = calm_plan();
    struct outcome outcome;
    size_t messages = 1;
    for (plan.revoke_at = 0; plan.revoke_at < messages || outcome.ending != ENDED_DONE; plan.revoke_at++) {
        assert_true(plan.revoke_at < 100);
        struct world *world = new_world();
        world_run(world, &plan, &outcome);
        messages = outcome.messages;
        if (outcome.ending == ENDED_FAILED)
            assert_int_equal(outcome.status, HF_ERR_REVOKED);
        else
            assert_int_equal(outcome.ending, ENDED_DONE);
        world->peer.mode = HF_MODE_HAND_IN;
        struct outcome next;
        run_calm(world, &next);
        assert_int_equal(next.ending, ENDED_DONE);
        assert_true(next.hand_in);
        assert_handed_in(&world->office, &world->device);
        free(world);
    }
    assert_int_equal(messages, CALM_MESSAGES);
}

static void unconfirmed_device__sends_nothing_and_says_why(void **state)
{
    (void)state;
    struct world *world = new_world();
    struct outcome outcome;
    world->peer.mode = HF_MODE_PENDING;
    run_calm(world, &outcome);
    assert_int_equal(outcome.ending, ENDED_FAILED);
    assert_int_equal(outcome.status, HF_ERR_WAITING);
    assert_non_null(strstr(outcome.text, "waiting for an administrator to confirm"));
    assert_int_equal(outcome.messages, 2);
    world->peer.mode = HF_MODE_NORMAL;
    run_calm_to_sync(world);
    free(world);
}

static void other_device_of_the_same_channel__is_refused(void **state)
{
    (void)state;
    struct world *world = new_world();
    struct outcome outcome;
    world->peer.device[0] ^= 1;
    run_calm(world, &outcome);
    assert_int_equal(outcome.ending, ENDED_FAILED);
    assert_int_equal(outcome.status, HF_ERR_DENIED);
    assert_int_equal(world->office.next_seq, 0);
    free(world);
}

/* --- one side was restored from a backup --- */

static void assert_refused(struct world *world, const char *words)
{
    struct outcome outcome;
    const uint64_t size = world->office.size, unsent = world->device.unsent_seq, cursor = world->device.cursor;
    run_calm(world, &outcome);
    assert_int_equal(outcome.ending, ENDED_FAILED);
    assert_int_equal(outcome.status, HF_ERR_STATE);
    assert_non_null(strstr(outcome.text, words));
    assert_int_equal(outcome.pushes, 0);
    assert_int_equal(world->office.size, size);
    assert_int_equal(world->device.unsent_seq, unsent);
    assert_int_equal(world->device.cursor, cursor);
}

static void device_restored_from_a_backup__asks_for_a_new_chain(void **state)
{
    (void)state;
    struct world *world = new_world();
    run_calm_to_sync(world);
    struct fake_device *backup = malloc(sizeof *backup);
    assert_non_null(backup);
    *backup = world->device;
    fake_device_save(&world->device, 2);
    run_calm_to_sync(world);
    world->device = *backup;
    assert_refused(world, "new chain was asked for");
    fake_device_save(&world->device, 1);
    assert_refused(world, "new chain was asked for");
    free(backup);
    free(world);
}

static void office_restored_from_a_backup__is_sent_nothing(void **state)
{
    (void)state;
    struct world *world = new_world();
    struct fake_office *backup = malloc(sizeof *backup);
    assert_non_null(backup);
    *backup = world->office;
    run_calm_to_sync(world);
    world->office = *backup;
    assert_refused(world, "old backup");
    free(backup);
    free(world);
}

/* The chain of this device is whole, but entries of others that it knew are gone. */
static void office_without_entries_it_had_signed__is_sent_nothing(void **state)
{
    (void)state;
    struct world *world = new_world();
    run_calm_to_sync(world);
    struct fake_office *backup = malloc(sizeof *backup);
    assert_non_null(backup);
    *backup = world->office;
    fake_office_hear(&world->office, 1, 0);
    run_calm_to_sync(world);
    world->office = *backup;
    assert_refused(world, "old backup");
    world->device.checkpoint_size = world->office.size; /* it was cut before the checkpoint: the cursor tells */
    assert_refused(world, "old backup");
    free(backup);
    free(world);
}

static void copy_of_a_device__is_noticed(void **state)
{
    (void)state;
    struct world *world = new_world();
    run_calm_to_sync(world);
    world->device.leaf[world->device.next_seq - 1][20] ^= 1;
    assert_refused(world, "new chain was asked for");
    free(world);
}

/* The office took a change in, the answer was lost, and only now does the device hear of it. */
static void office_ahead_of_what_was_acknowledged__is_fine(void **state)
{
    (void)state;
    struct world *world = new_world();
    struct plan plan = calm_plan();
    struct outcome outcome;
    plan.fault = FAULT_CUT;
    plan.at = 7; /* the first PUSHED: behind HELLO, WELCOME, three PUSHes, PULL and HEAD */
    world_run(world, &plan, &outcome);
    assert_int_equal(outcome.ending, ENDED_CUT);
    assert_int_equal(world->office.next_seq, 4);
    assert_int_equal(world->device.unsent_seq, 0);
    run_calm_to_sync(world);
    free(world);
}

/* Last. */
static void every_type_of_this_scene__was_disturbed(void **state)
{
    (void)state;
    assert_scene_was_played(SCENE_PAIR);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sync__carries_everything_in_batches),
        cmocka_unit_test(second_sync__sends_nothing_again),
        cmocka_unit_test(news_and_saves_during_a_sync__are_carried_by_it),
        cmocka_unit_test(idle_connection__is_kept_alive),
        cmocka_unit_test(more_ranges_than_one_head__are_all_proved),
        cmocka_unit_test(entries_not_in_the_signed_log_yet__are_proved_next_time),
        cmocka_unit_test(cut_at_every_message__loses_and_repeats_nothing),
        cmocka_unit_test(repeat_of_every_message__does_no_harm),
        cmocka_unit_test(swap_of_every_message__does_no_harm),
        cmocka_unit_test(delay_of_every_message__is_waited_for),
        cmocka_unit_test(delay_beyond_the_limit__ends_the_session_cleanly),
        cmocka_unit_test(slow_first_message__is_not_waited_for),
        cmocka_unit_test(stop_at_every_store__loses_and_repeats_nothing),
        cmocka_unit_test(many_random_histories__end_in_sync),
        cmocka_unit_test(revoked_device__hands_in_and_reads_nothing),
        cmocka_unit_test(revoked_device__hands_in_whatever_is_cut),
        cmocka_unit_test(revocation_at_every_message__ends_reading_at_once),
        cmocka_unit_test(unconfirmed_device__sends_nothing_and_says_why),
        cmocka_unit_test(other_device_of_the_same_channel__is_refused),
        cmocka_unit_test(device_restored_from_a_backup__asks_for_a_new_chain),
        cmocka_unit_test(office_restored_from_a_backup__is_sent_nothing),
        cmocka_unit_test(office_without_entries_it_had_signed__is_sent_nothing),
        cmocka_unit_test(copy_of_a_device__is_noticed),
        cmocka_unit_test(office_ahead_of_what_was_acknowledged__is_fine),
    };
    const struct CMUnitTest snapshot_tests[] = {
        cmocka_unit_test(first_sync_by_snapshot__brings_all_in_parts),
        cmocka_unit_test(too_few_records__come_with_their_history),
        cmocka_unit_test(short_log__is_read_without_asking),
        cmocka_unit_test(case_given_later__comes_by_snapshot),
        cmocka_unit_test(case_that_changes_in_the_midst__begins_anew),
        cmocka_unit_test(cut_at_every_message__loses_and_repeats_nothing),
        cmocka_unit_test(repeat_of_every_message__does_no_harm),
        cmocka_unit_test(swap_of_every_message__does_no_harm),
        cmocka_unit_test(delay_of_every_message__is_waited_for),
        cmocka_unit_test(delay_beyond_the_limit__ends_the_session_cleanly),
        cmocka_unit_test(stop_at_every_store__loses_and_repeats_nothing),
        cmocka_unit_test(many_random_histories__end_in_sync),
        cmocka_unit_test(revoked_device__hands_in_and_reads_nothing),
        cmocka_unit_test(every_type_of_this_scene__was_disturbed),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    return failed +
           cmocka_run_group_tests_name("with snapshots", snapshot_tests, begin_with_snapshots, end_with_snapshots);
}
