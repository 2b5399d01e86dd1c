/* A change whose delivery fails a thousand times in a row, for every reason there is: it stays, is tried again, and is
 * in the log once in the end. In memory and with virtual time. */
#include "tests/client/support_client.h"

#include "client/syncer.h"
#include "client/watch.h"

#include <stdlib.h>
#include <string.h>

#define TRIES     1000
#define LOGGED_AT 400 /* from here on the office may have logged the changes when the line breaks … */
#define TOLD_AT   800 /* … and from here on it has told so, and the proof is what does not come */
#define OWN       3   /* changes: two for the case, one for the action */
#define QUEUE     16
#define WALL_MS   1800000000000ull

struct queue {
    struct hf_buf at[QUEUE];
    size_t count;
};
struct line {
    struct office *office;
    struct client ada;
    struct holdfast_id record;
    struct hf_syncer *syncer;
    struct office_peer *peer;
    struct queue up, down;
    uint64_t mono_ms;
    unsigned tries; /* in a row, as the sync that stays counts them */
    uint64_t random;
};

/* How one try fails. */
enum reason { LINE_BREAKS, NO_ANSWER, GARBAGE, OFFICE_REFUSES };
struct failure {
    enum reason reason;
    enum hf_message_type before; /* the first message that is not carried any more */
    enum hf_status refusal;      /* OFFICE_REFUSES: of PUSH */
};

static uint32_t chance(struct line *line, uint32_t below)
{
    line->random = line->random * 6364136223846793005ull + 1442695040888963407ull;
    return (uint32_t)(line->random >> 33) % below;
}

static int setup(void **state)
{
    struct line *line = calloc(1, sizeof *line);
    assert_non_null(line);
    line->office = office_new();
    line->ada = client_enrolled(line->office, "Ada Invented", HF_ROLE_OFFICE);
    const struct holdfast_id case_id = new_case(&line->ada, "C-17");
    line->record = new_record(&line->ada, &case_id, "action", "text", "Call the school");
    line->mono_ms = 50000;
    *state = line;
    return 0;
}

static int teardown(void **state)
{
    struct line *line = *state;
    client_free(&line->ada);
    office_free(line->office);
    free(line);
    return 0;
}

/* --- one try --- */

static void put(struct queue *queue, struct hf_slice message)
{
    assert_true(queue->count < QUEUE);
    queue->at[queue->count] = (struct hf_buf){0};
    hf_buf_append_slice(&queue->at[queue->count], message);
    assert_int_equal(hf_buf_status(&queue->at[queue->count++]), HF_OK);
}

static struct hf_buf take(struct queue *queue)
{
    const struct hf_buf first = queue->at[0];
    memmove(queue->at, queue->at + 1, --queue->count * sizeof *queue->at);
    return first;
}

static void drop_all(struct queue *queue)
{
    while (queue->count > 0)
        hf_buf_clear(&queue->at[--queue->count]);
}

static enum hf_status send_up(void *ctx, struct hf_slice message)
{
    put(&((struct line *)ctx)->up, message);
    return HF_OK;
}

static void send_down(void *ctx, struct hf_slice message)
{
    put(&((struct line *)ctx)->down, message);
}

static struct hf_syncer_now now(const struct line *line)
{
    return (struct hf_syncer_now){.wall_ms = WALL_MS + line->mono_ms, .mono_ms = line->mono_ms};
}

static const uint8_t *own_key(const struct line *line)
{
    return hf_replica_identity(line->ada.hf->replica)->sign.public_key;
}

static void begin(struct line *line)
{
    const struct hf_peer who = office_peer_of(office_device_of(line->office, own_key(line)));
    const struct hf_syncer_hooks hooks = {.ctx = line, .send = send_up};
    line->peer = office_peer_new(line->office, &who);
    assert_int_equal(hf_syncer_new(line->ada.hf->replica, &hooks, &line->syncer), HF_OK);
    hf_syncer_start(line->syncer, now(line));
}

static void end(struct line *line)
{
    drop_all(&line->up);
    drop_all(&line->down);
    hf_syncer_free(line->syncer);
    office_peer_free(line->peer);
}

static bool is_next(const struct queue *queue, enum hf_message_type type)
{
    struct hf_message message = {0};
    if (queue->count == 0)
        return false;
    assert_int_equal(hf_message_decode(hf_buf_slice(&queue->at[0]), &message), HF_OK);
    const bool is = message.type == type;
    hf_message_clear(&message);
    return is;
}

/* Carries until nothing moves, or the message of this type is the next of its way. True: it was met. */
static bool carry_up_to(struct line *line, enum hf_message_type type)
{
    while (line->up.count > 0 || line->down.count > 0) {
        struct queue *queue = line->up.count > 0 ? &line->up : &line->down;
        if (is_next(queue, type))
            return true;
        struct hf_buf message = take(queue);
        if (queue == &line->up)
            assert_true(office_peer_take(line->peer, hf_buf_slice(&message), send_down, line));
        else
            hf_syncer_message(line->syncer, hf_buf_slice(&message), now(line));
        hf_buf_clear(&message);
    }
    return false;
}

static struct failure failure_of(struct line *line, size_t number)
{
    static const enum hf_message_type places[] = {HF_MSG_HELLO, HF_MSG_WELCOME, HF_MSG_PUSH, HF_MSG_PUSHED};
    static const enum hf_message_type places_told[] = {HF_MSG_HELLO, HF_MSG_WELCOME, HF_MSG_HEAD_IS};
    static const enum hf_status refusals[] = {HF_ERR_BUSY,    HF_ERR_FULL,   HF_ERR_IO,     HF_ERR_NOMEM,
                                              HF_ERR_CORRUPT, HF_ERR_DENIED, HF_ERR_WAITING};
    const uint32_t refusal_count = sizeof refusals / sizeof refusals[0];
    struct failure failure = {.reason = (enum reason)chance(line, number < TOLD_AT ? 4 : 3),
                              .before = HF_MSG_TYPE_COUNT};
    if (failure.reason == OFFICE_REFUSES)
        /* The last is "read on first", and who reads on finds there what has been logged. */
        failure.refusal = refusals[chance(line, number < LOGGED_AT ? refusal_count : refusal_count - 1)];
    else if (number < TOLD_AT)
        failure.before = places[chance(line, number < LOGGED_AT ? 3 : 4)];
    else
        failure.before = places_told[number == TOLD_AT ? 2 : chance(line, 3)];
    return failure;
}

/* With what the try ended, as the transport or the syncer says it. */
static enum hf_status fail_once(struct line *line, const struct failure *failure)
{
    enum hf_status status = HF_ERR_CLOSED;
    line->office->faults.refuse_push = failure->refusal;
    begin(line);
    assert_int_equal(carry_up_to(line, failure->before), failure->reason != OFFICE_REFUSES);
    if (failure->reason == NO_ANSWER) {
        line->mono_ms = hf_syncer_wake_ms(line->syncer);
        hf_syncer_tick(line->syncer, now(line));
    } else if (failure->reason == GARBAGE) {
        hf_syncer_message(line->syncer, hf_slice_str("garbage"), now(line));
    }
    if (failure->reason != LINE_BREAKS) {
        assert_int_equal(hf_syncer_state(line->syncer), HF_SYNCER_FAILED);
        status = hf_syncer_error(line->syncer)->status;
        assert_true(strlen(hf_syncer_error(line->syncer)->text) > 0);
    }
    end(line);
    line->office->faults.refuse_push = HF_OK;
    return status;
}

/* What somebody has to settle waits for somebody who asks again; after everything else the next try has its time. */
static void wait_for_the_next(struct line *line, const struct failure *failure, enum hf_status status)
{
    assert_int_equal(hf_watch_may_retry(status),
                     failure->refusal != HF_ERR_DENIED && failure->refusal != HF_ERR_CORRUPT);
    const uint64_t due_ms = hf_watch_after(&line->tries, line->mono_ms, chance(line, UINT32_MAX));
    assert_in_range(due_ms - line->mono_ms, HF_WATCH_RETRY_MIN_MS / 2, HF_WATCH_RETRY_MAX_MS);
    line->mono_ms = due_ms;
}

/* --- what is there --- */

static size_t own_leaves(const struct line *line)
{
    bool seen[OWN] = {false};
    size_t count = 0;
    for (size_t i = 0; i < line->office->server->size; i++) {
        struct hf_leaf leaf;
        assert_int_equal(hf_leaf_decode(hf_slice_of(line->office->server->entries[i].leaf, HF_LEAF_BYTES), &leaf),
                         HF_OK);
        if (memcmp(leaf.device, own_key(line), sizeof leaf.device) != 0)
            continue;
        assert_true(leaf.seq < OWN);
        assert_false(seen[leaf.seq]);
        seen[leaf.seq] = true;
        count++;
    }
    return count;
}

/* Nothing is dropped, and nothing looks as if it had arrived. */
static void all_is_still_here(struct line *line, size_t number)
{
    const struct holdfast_counts here = counts(&line->ada);
    assert_int_equal(here.sent, number < TOLD_AT ? 0 : OWN);
    assert_int_equal(here.saved_here, number < TOLD_AT ? OWN : 0);
    assert_int_equal(here.received + here.held, 0);
    assert_true(here.oldest_unsent_ms > 0);
    assert_string_equal(field_text(&line->ada, &line->record, "text"), "Call the school");
    if (number < LOGGED_AT)
        assert_int_equal(own_leaves(line), 0);
}

/* --- tests --- */

static void a_change_that_fails_a_thousand_times__stays_and_is_delivered_once(void **state)
{
    struct line *line = *state;
    const char *given = getenv("HF_TEST_SEED");
    if (given)
        line->random = strtoull(given, NULL, 10);
    else
        hf_random((uint8_t *)&line->random, sizeof line->random);
    print_message("HF_TEST_SEED=%llu\n", (unsigned long long)line->random);
    for (size_t number = 0; number < TRIES; number++) {
        const struct failure failure = failure_of(line, number);
        wait_for_the_next(line, &failure, fail_once(line, &failure));
        all_is_still_here(line, number);
    }
    assert_int_equal(own_leaves(line), OWN);
    begin(line);
    assert_false(carry_up_to(line, HF_MSG_TYPE_COUNT));
    assert_int_equal(hf_syncer_state(line->syncer), HF_SYNCER_DONE);
    end(line);
    const struct holdfast_counts here = counts(&line->ada);
    assert_int_equal(own_leaves(line), OWN);
    assert_int_equal(here.received, OWN);
    assert_int_equal(here.saved_here + here.sent + here.held + here.conflicts, 0);
    assert_int_equal(here.oldest_unsent_ms, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_change_that_fails_a_thousand_times__stays_and_is_delivered_once, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
