/* Two devices that stay connected to the real server, by the library: what one saves arrives at the other because the
 * office says so, not because anybody asks again and again. Bytes and connections are counted, never time. */
#include "tests/e2e/support_replica.h"
#include "tests/e2e/support_world.h"

#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define STEPS_MAX       4000
#define QUIET_STEPS     200
#define LIVE_BYTES_MAX  700 /* of one short change, both legs: the goal */
#define CHANGES_BY_HAND 20
#define CHANGES_TRIED   500    /* until as many were quick */
#define LONG_US         500000 /* a receipt follows after two seconds: of so quick ones, one in four has one in it */
#define QUIET_REST_MS   60001  /* longer than an answer is waited for: nothing but the keep-alive is as far away */
#define WAKES_MAX       100    /* of a first sync, a change and its receipt: about 20 */
#define PATIENCE_MS     120000 /* for what has to come */

struct pair {
    struct world world;
    struct holdfast *ann, *ben;
    struct holdfast_id case_id, record;
};

static struct holdfast *join(struct pair *pair, const char *device, const char *person)
{
    const char *invitation = world_invite(&pair->world, person, "office");
    if (WORLD_RUN(&pair->world, "holdfast", "enrol", "--weak-kdf-for-tests", "--replica",
                  world_path(&pair->world, device), invitation) != 0)
        fail_msg("%s could not enrol: %s", person, pair->world.output);
    return replica_open(world_path(&pair->world, device));
}

static struct holdfast_watch_progress step(struct holdfast *hf, uint32_t wait_ms)
{
    struct holdfast_watch_progress progress;
    enum holdfast_status status = holdfast_watch_step(hf, wait_ms, &progress);
    if (status != HOLDFAST_OK)
        fail_msg("%s: %s", holdfast_status_name(status), holdfast_error_text(hf));
    return progress;
}

static struct holdfast_watch_progress go_in_sync(struct holdfast *hf, uint64_t connections)
{
    struct holdfast_watch_progress progress = {0};
    for (int i = 0; i < STEPS_MAX; i++) {
        progress = step(hf, 50);
        if (progress.phase == HOLDFAST_WATCH_IN_SYNC && progress.connections >= connections)
            return progress;
    }
    fail_msg("not in sync: %s", progress.text);
    return progress;
}

/* Both are quiet: neither has bytes that move. */
static void settle(struct pair *pair)
{
    uint64_t before = UINT64_MAX;
    for (int i = 0, quiet = 0; i < STEPS_MAX && quiet < 50; i++) {
        const uint64_t bytes = step(pair->ann, 5).bytes + step(pair->ben, 5).bytes;
        quiet = bytes == before ? quiet + 1 : 0;
        before = bytes;
    }
}

static int setup(void **state)
{
    struct pair *pair = calloc(1, sizeof *pair);
    world_begin(&pair->world, 0);
    world_hold_port(&pair->world);
    world_serve(&pair->world);
    pair->ann = join(pair, "ann", "Ann Invented");
    pair->ben = join(pair, "ben", "Ben Invented");
    assert_int_equal(holdfast_case_new(pair->ann, "CH-1", &pair->case_id), HOLDFAST_OK);
    pair->record = replica_record(pair->ann, &pair->case_id, "action", "text", "Call the school", "status", "open");
    assert_int_equal(holdfast_watch_begin(pair->ann, NULL), HOLDFAST_OK);
    assert_int_equal(holdfast_watch_begin(pair->ben, NULL), HOLDFAST_OK);
    (void)go_in_sync(pair->ann, 1);
    (void)go_in_sync(pair->ben, 1);
    settle(pair);
    *state = pair;
    return 0;
}

static int teardown(void **state)
{
    struct pair *pair = *state;
    holdfast_close(pair->ann);
    holdfast_close(pair->ben);
    world_end(&pair->world);
    free(pair);
    return 0;
}

static uint64_t microseconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* Ann's change until Ben has it; bytes of both lines. What takes long has receipts of earlier changes in it. */
static uint64_t live_change(struct pair *pair, const char *text, uint64_t *out_us, bool *out_long)
{
    const uint64_t bytes = step(pair->ann, 0).bytes + step(pair->ben, 0).bytes;
    const uint64_t from = microseconds();
    replica_set(pair->ann, &pair->record, "text", text);
    struct holdfast_watch_progress ann = {0}, ben = {0};
    for (int i = 0; i < STEPS_MAX && strcmp(replica_text(pair->ben, &pair->record, "text"), text) != 0; i++) {
        ann = step(pair->ann, 0);
        ben = step(pair->ben, 1);
        if (i == STEPS_MAX - 1)
            fail_msg("the change did not arrive");
    }
    *out_us = microseconds() - from;
    for (int i = 0; i < STEPS_MAX && (ann.phase != HOLDFAST_WATCH_IN_SYNC || ben.phase != HOLDFAST_WATCH_IN_SYNC);
         i++) {
        ann = step(pair->ann, 1);
        ben = step(pair->ben, 1);
    }
    *out_long = microseconds() - from > LONG_US;
    return ann.bytes + ben.bytes - bytes;
}

static int by_size(const void *left, const void *right)
{
    const uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

static void a_change__arrives_at_the_other_without_anybody_asking(void **state)
{
    struct pair *pair = *state;
    uint64_t us[CHANGES_BY_HAND], bytes[CHANGES_BY_HAND];
    const uint64_t before = step(pair->ben, 0).bytes;
    for (int i = 0; i < QUIET_STEPS; i++)
        assert_int_equal(step(pair->ben, 1).bytes, before); /* nobody polls */
    for (int i = 0, tried = 0; i < CHANGES_BY_HAND; tried++) {
        char text[64];
        bool too_long = false;
        if (tried == CHANGES_TRIED)
            fail_msg("the machine is too slow to tell: of %d changes only %d went in time", tried, i);
        (void)snprintf(text, sizeof text, "Call the school: %d", tried);
        bytes[i] = live_change(pair, text, &us[i], &too_long);
        i += !too_long;
        const char *there = replica_text(pair->ben, &pair->record, "text");
        assert_string_equal(there, text);
    }
    qsort(us, CHANGES_BY_HAND, sizeof us[0], by_size);
    qsort(bytes, CHANGES_BY_HAND, sizeof bytes[0], by_size);
    print_message("a live change: %" PRIu64 " us and %" PRIu64 " bytes over both legs (medians of %d)\n",
                  us[CHANGES_BY_HAND / 2], bytes[CHANGES_BY_HAND / 2], CHANGES_BY_HAND);
    assert_in_range(bytes[CHANGES_BY_HAND / 2], 1, LIVE_BYTES_MAX);
    assert_int_equal(step(pair->ann, 0).connections, 1);
    assert_int_equal(step(pair->ben, 0).connections, 1);
}

static bool is_ready(struct holdfast *hf, uint64_t wait_ms)
{
    struct pollfd line = {.fd = holdfast_watch_fd(hf), .events = POLLIN};
    assert_true(line.fd >= 0);
    return poll(&line, 1, (int)wait_ms) > 0;
}

/* As a program with an event loop does it, until nothing but the keep-alive is left. How often it was woken. */
static int rest_until_quiet(struct holdfast *hf)
{
    struct holdfast_watch_progress now = step(hf, 0);
    int wakes = 0;
    for (; now.phase != HOLDFAST_WATCH_IN_SYNC || now.rest_ms < QUIET_REST_MS; wakes++) {
        if (wakes == WAKES_MAX)
            fail_msg("woken too often, at last to be left alone for %" PRIu64 " ms", now.rest_ms);
        (void)is_ready(hf, now.rest_ms < PATIENCE_MS ? now.rest_ms : PATIENCE_MS);
        now = step(hf, 0);
    }
    assert_true(now.rest_ms <= 120000); /* the keep-alive */
    return wakes;
}

/* No timer of its own: what is saved, and what comes, wakes a program that waits for the descriptor alone. */
static void an_event_loop__is_woken_by_what_happens_and_by_nothing_else(void **state)
{
    struct pair *pair = *state;
    (void)rest_until_quiet(pair->ann);
    assert_false(is_ready(pair->ann, 0));
    replica_set(pair->ann, &pair->record, "text", "Ask for the school's leaflet");
    assert_true(is_ready(pair->ann, 0));
    const int wakes = rest_until_quiet(pair->ann); /* it went, and its receipt came */
    print_message("a change and its receipt: woken %d times\n", wakes);
    struct holdfast_counts counts = {0};
    assert_int_equal(holdfast_get_counts(pair->ann, &counts), HOLDFAST_OK);
    assert_int_equal(counts.saved_here + counts.sent, 0);
    for (int i = 0; strcmp(replica_text(pair->ben, &pair->record, "text"), "Ask for the school's leaflet") != 0; i++) {
        assert_true(i < WAKES_MAX);
        assert_true(is_ready(pair->ben, PATIENCE_MS)); /* the office's word, no time that has come */
        (void)step(pair->ben, 0);
    }
    holdfast_watch_end(pair->ann);
    assert_int_equal(holdfast_watch_fd(pair->ann), -1);
}

static void receipts__follow_on_the_same_line(void **state)
{
    struct pair *pair = *state;
    struct holdfast_counts counts = {0};
    replica_set(pair->ann, &pair->record, "text", "Write to the school");
    for (int i = 0; i < STEPS_MAX && (counts.received == 0 || counts.received != counts.changes); i++) {
        (void)step(pair->ann, 20);
        assert_int_equal(holdfast_get_counts(pair->ann, &counts), HOLDFAST_OK);
        if (counts.saved_here + counts.sent == 0 && counts.received > 0)
            break;
    }
    assert_int_equal(counts.saved_here + counts.sent, 0);
    assert_int_equal(step(pair->ann, 0).connections, 1);
}

/* The server goes and comes back at the same address: nobody starts anything, and what was saved meanwhile goes out. */
static void a_lost_line__comes_back_by_itself(void **state)
{
    struct pair *pair = *state;
    assert_int_equal(world_stop(&pair->world, SIGTERM), 0);
    for (int i = 0; i < STEPS_MAX && step(pair->ann, 5).phase != HOLDFAST_WATCH_WAITING; i++)
        continue;
    replica_set(pair->ann, &pair->record, "text", "Written while nobody was there");
    world_serve(&pair->world);
    (void)go_in_sync(pair->ann, 2);
    (void)go_in_sync(pair->ben, 2);
    for (int i = 0; i < STEPS_MAX; i++) {
        (void)step(pair->ann, 5);
        (void)step(pair->ben, 5);
        if (strcmp(replica_text(pair->ben, &pair->record, "text"), "Written while nobody was there") == 0)
            return;
    }
    fail_msg("it did not come");
}

static void a_second_sync_or_watch__is_refused_meanwhile(void **state)
{
    struct pair *pair = *state;
    assert_int_equal(holdfast_sync_begin(pair->ann, NULL), HOLDFAST_STATE);
    assert_int_equal(holdfast_watch_begin(pair->ann, NULL), HOLDFAST_STATE);
    assert_int_equal(holdfast_sync_step(pair->ann, 0, NULL), HOLDFAST_STATE);
    holdfast_sync_end(pair->ann); /* not its business */
    assert_int_equal(step(pair->ann, 0).connections, 1);
    holdfast_watch_end(pair->ann);
    assert_int_equal(holdfast_watch_step(pair->ann, 0, NULL), HOLDFAST_STATE);
    assert_int_equal(holdfast_sync_begin(pair->ann, NULL), HOLDFAST_OK);
    holdfast_sync_end(pair->ann);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_change__arrives_at_the_other_without_anybody_asking, setup, teardown),
        cmocka_unit_test_setup_teardown(an_event_loop__is_woken_by_what_happens_and_by_nothing_else, setup, teardown),
        cmocka_unit_test_setup_teardown(receipts__follow_on_the_same_line, setup, teardown),
        cmocka_unit_test_setup_teardown(a_lost_line__comes_back_by_itself, setup, teardown),
        cmocka_unit_test_setup_teardown(a_second_sync_or_watch__is_refused_meanwhile, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
