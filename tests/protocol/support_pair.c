#include "tests/protocol/support_pair.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define QUEUE_MAX 64
#define TURNS_MAX 20000
#define NEVER     UINT64_MAX
#define START_MS  5000000

struct letter {
    struct hf_buf bytes;
    bool to_office;
    uint64_t ready_ms;
};

struct pair {
    struct fake_office *office;
    struct fake_device *device;
    struct hf_peer *peer;
    const struct plan *plan;
    struct outcome *outcome;
    struct hf_session_client *client;
    struct hf_session_ask ask; /* of a device that only asks, in its place */
    struct hf_session_server *server;
    struct letter queue[QUEUE_MAX];
    size_t queued;
    struct letter held; /* of FAULT_SWAP; empty: none */
    bool holding;
    bool over, done, server_closed;
    bool busy_now, revoke_now, whole_now;
    size_t lives;       /* told */
    uint64_t push_next; /* seq behind the last change that was sent */
    uint64_t now_ms, client_wake_ms, server_wake_ms;
    struct fake_reply reply;
    struct hf_item items[HF_LIMIT_PUSH_ITEMS];
    struct hf_client_facts facts;
    struct fake_drafts drafts;
    struct fake_attach attach;
};

struct plan calm_plan(void)
{
    return (struct plan){.at = NOT_AT_ALL, .busy_at = NOT_AT_ALL, .revoke_at = NOT_AT_ALL, .whole_at = NOT_AT_ALL};
}

struct hf_peer peer_of(const struct fake_device *device, enum hf_mode mode)
{
    struct hf_peer peer = {.kind = HF_PEER_DEVICE, .mode = mode, .role = HF_ROLE_WORKER};
    memcpy(peer.device, device->key, sizeof peer.device);
    return peer;
}

static void end(struct pair *pair, enum ending ending)
{
    if (!pair->over)
        pair->outcome->ending = ending;
    pair->over = true;
}

/* --- letters --- */

/* What the office has noted, taken over or placed is not told, handed on or shown again. */
static void inspect_rest(const struct pair *pair, const struct hf_message *message)
{
    struct hf_leaf leaf;
    const struct fake_rest_device *rest = &pair->device->rest;
    if (message->type == HF_MSG_PURGED)
        assert_true(rest->purge[message->as.purged.case_id.bytes[1]]);
    if (message->type == HF_MSG_HAND_ON)
        assert_memory_equal(message->as.push.items[0].leaf.data, rest->hand_on[rest->handed_on], HF_LEAF_BYTES);
    if (message->type == HF_MSG_RESTART && message->as.restart.leaves.len > 0) {
        const struct hf_slice first = hf_slice_of(message->as.restart.leaves.data, HF_LEAF_BYTES);
        assert_int_equal(hf_leaf_decode(first, &leaf), HF_OK);
        assert_true(leaf.seq >= pair->device->unsent_seq);
    }
}

/* What must be true of every message, whatever goes wrong. */
static void inspect(struct pair *pair, struct hf_slice bytes, bool to_office)
{
    struct hf_message message;
    assert_int_equal(hf_message_decode(bytes, &message), HF_OK);
    if (message.type == HF_MSG_PUSH) {
        struct hf_leaf leaf;
        assert_int_equal(hf_leaf_decode(message.as.push.items[0].leaf, &leaf), HF_OK);
        assert_true(leaf.seq >= pair->device->unsent_seq); /* acknowledged: never again */
        if (leaf.seq > pair->device->unsent_seq)
            assert_int_equal(leaf.seq, pair->push_next);
        pair->push_next = leaf.seq + message.as.push.count;
        pair->outcome->pushes++;
    }
    if (message.type == HF_MSG_ATTACH_PUT && message.as.attach.count > 0) {
        /* no chunk that was acknowledged goes again, and no chunk before a change that waits */
        const size_t number = message.as.attach.record_id.bytes[1];
        assert_int_equal(message.as.attach.first, pair->device->attachments.sent[number]);
        pair->outcome->chunks_out += message.as.attach.count;
        pair->outcome->runs_with_work += pair->device->unsent_seq < pair->device->next_seq;
    }
    pair->outcome->chunks_in += message.type == HF_MSG_ATTACH_IS ? message.as.attach.count : 0;
    inspect_rest(pair, &message);
    if (message.type == HF_MSG_SNAPSHOT)
        fake_snapshot_asked(pair->device, &message.as.snapshot);
    if (message.type == HF_MSG_FEED || message.type == HF_MSG_SNAPSHOT_IS || message.type == HF_MSG_NEWS ||
        message.type == HF_MSG_LIVE || message.type == HF_MSG_ATTACH_IS)
        assert_int_equal(pair->peer->mode, HF_MODE_NORMAL);
    assert_true(to_office ==
                (message.type == HF_MSG_HELLO || message.type == HF_MSG_PUSH || message.type == HF_MSG_PULL ||
                 message.type == HF_MSG_SNAPSHOT || message.type == HF_MSG_HEAD || message.type == HF_MSG_PING ||
                 message.type == HF_MSG_DRAFTS || message.type == HF_MSG_RESTART || message.type == HF_MSG_ATTACH_PUT ||
                 message.type == HF_MSG_ATTACH_GET || message.type == HF_MSG_PURGED || message.type == HF_MSG_HAND_ON ||
                 message.type == HF_MSG_ENROL || message.type == HF_MSG_WITNESSED || message.type == HF_MSG_ENTRIES ||
                 message.type == HF_MSG_ADMIN));
    pair->outcome->pings += message.type == HF_MSG_PING;
    pair->outcome->pulls += message.type == HF_MSG_PULL;
    hf_message_clear(&message);
}

static void enqueue(struct pair *pair, struct hf_slice bytes, bool to_office, uint64_t ready_ms)
{
    assert_true(pair->queued < QUEUE_MAX);
    struct letter *letter = &pair->queue[pair->queued++];
    *letter = (struct letter){.to_office = to_office, .ready_ms = ready_ms};
    hf_buf_append_slice(&letter->bytes, bytes);
    assert_int_equal(hf_buf_status(&letter->bytes), HF_OK);
}

static void release_held(struct pair *pair, bool to_office)
{
    if (!pair->holding || pair->held.to_office != to_office)
        return;
    pair->holding = false;
    enqueue(pair, hf_buf_slice(&pair->held.bytes), to_office, pair->now_ms);
    hf_buf_clear(&pair->held.bytes);
}

static bool disturbed[HF_MSG_TYPE_COUNT];

bool pair_was_disturbed(enum hf_message_type type)
{
    return disturbed[type];
}

static void note_disturbed(struct hf_slice bytes)
{
    struct hf_message message;
    assert_int_equal(hf_message_decode(bytes, &message), HF_OK);
    disturbed[message.type] = true;
    hf_message_clear(&message);
}

static void post(struct pair *pair, struct hf_slice bytes, bool to_office)
{
    const struct plan *plan = pair->plan;
    const size_t number = pair->outcome->messages++;
    const enum fault fault = number == plan->at ? plan->fault : FAULT_NONE;
    inspect(pair, bytes, to_office);
    if (fault != FAULT_NONE)
        note_disturbed(bytes);
    if (fault == FAULT_CUT) {
        end(pair, ENDED_CUT);
    } else if (fault == FAULT_SWAP) {
        pair->holding = true;
        pair->held = (struct letter){.to_office = to_office};
        hf_buf_append_slice(&pair->held.bytes, bytes);
    } else {
        enqueue(pair, bytes, to_office, pair->now_ms + (fault == FAULT_DELAY ? plan->delay_ms : 0));
        if (fault == FAULT_REPEAT)
            enqueue(pair, bytes, to_office, pair->now_ms);
        release_held(pair, to_office);
    }
    pair->busy_now |= number == plan->busy_at;
    pair->revoke_now |= number == plan->revoke_at;
    pair->whole_now |= number == plan->whole_at;
}

/* --- the device's side --- */

static enum fault fault_of_store(struct pair *pair)
{
    const size_t number = pair->outcome->stores++;
    return number == pair->plan->at ? pair->plan->fault : FAULT_NONE;
}

static void store(struct pair *pair, const struct hf_client_action *action, struct hf_client_event *next)
{
    const enum fault fault = fault_of_store(pair);
    if (fault == FAULT_CRASH_BEFORE_STORE) {
        end(pair, ENDED_CUT);
        return;
    }
    if (fault == FAULT_REFUSE_STORE) {
        *next = (struct hf_client_event){.type = HF_CE_FAILED, .status = HF_ERR_FULL, .text = "The disk is full."};
        return;
    }
    if (action->type == HF_CA_STORE_ATTACH)
        fake_attach_store(&pair->device->attachments, &pair->attach, action->message);
    else
        fake_device_store(pair->device, action);
    if (fault == FAULT_CRASH_AFTER_STORE)
        end(pair, ENDED_CUT);
    fake_device_facts(pair->device, &pair->facts);
    *next = (struct hf_client_event){.type = HF_CE_STORED, .facts = &pair->facts};
}

static void give_up(struct pair *pair, enum hf_status status, const char *text)
{
    pair->outcome->status = status;
    snprintf(pair->outcome->text, sizeof pair->outcome->text, "%s", text);
    assert_int_not_equal(status, HF_OK);
    assert_true(strlen(text) > 0);
    end(pair, ENDED_FAILED);
}

/* True when `next` answers the action. */
static bool client_act(struct pair *pair, const struct hf_client_action *action, struct hf_client_event *next)
{
    switch (action->type) {
    case HF_CA_SEND:
        post(pair, action->bytes, true);
        return false;
    case HF_CA_WANT_OUTBOX:
        *next = (struct hf_client_event){.type = HF_CE_OUTBOX, .items = pair->items};
        next->item_count = fake_device_outbox(pair->device, action->from_seq, pair->items);
        return true;
    case HF_CA_WANT_ATTACH:
        fake_attach_next(&pair->device->attachments, action->chunks, action->hand_in, &pair->attach);
        *next = (struct hf_client_event){.type = HF_CE_ATTACH,
                                         .attach = pair->attach.any ? &pair->attach.message : NULL,
                                         .attach_put = pair->attach.put};
        return true;
    case HF_CA_WANT_DRAFTS:
        fake_device_drafts(pair->device, &pair->drafts);
        *next = (struct hf_client_event){.type = HF_CE_DRAFTS, .drafts = &pair->drafts.message};
        return true;
    case HF_CA_STORE_PUSHED:
    case HF_CA_STORE_FEED:
    case HF_CA_STORE_SNAPSHOT:
    case HF_CA_STORE_HEAD:
    case HF_CA_STORE_DRAFTS:
    case HF_CA_STORE_ATTACH:
    case HF_CA_STORE_PURGED:
    case HF_CA_STORE_HANDED_ON:
    case HF_CA_STORE_RESTARTED:
        store(pair, action, next);
        return true;
    case HF_CA_NEWS:
        if (action->message->type == HF_MSG_NEWS && action->message->as.news.whole)
            fake_attach_told(&pair->device->attachments, &action->message->as.news.attachment);
        fake_device_facts(pair->device, &pair->facts);
        *next = (struct hf_client_event){.type = HF_CE_LOCAL, .facts = &pair->facts};
        return true;
    case HF_CA_DONE:
        pair->done = true;
        pair->outcome->hand_in = action->hand_in;
        return false;
    case HF_CA_FAIL:
        give_up(pair, action->status, action->text);
        return false;
    case HF_CA_WANT_HAND_ON:
        *next = (struct hf_client_event){.type = HF_CE_HAND_ON, .items = pair->items};
        next->item_count = fake_rest_hand_on(pair->device, pair->items);
        return true;
    case HF_CA_STORE_REFUSED: /* these offices give every case */
        fail_msg("a case was refused");
        break;
    case HF_CA_STORE_SHARD: /* these offices have one for ever */
    case HF_CA_WELCOMED:
        break;
    }
    return false;
}

static void asker_event(struct pair *pair, const struct hf_client_event *event);

static void client_event(struct pair *pair, struct hf_client_event event)
{
    bool more = true;
    if (pair->device->ask.what != ASKS_NOTHING) {
        asker_event(pair, &event);
        return;
    }
    while (more && !pair->over) {
        struct hf_client_update update;
        struct hf_client_event next = {.type = HF_CE_TICK};
        event.now_ms = pair->now_ms;
        hf_session_client_step(pair->client, &event, &update);
        pair->client_wake_ms = update.wake_ms;
        more = false;
        if (event.type == HF_CE_LOCAL)
            pair->done = false; /* another sync has begun */
        for (size_t i = 0; i < update.count && !pair->over; i++)
            more |= client_act(pair, &update.actions[i], &next);
        event = next;
    }
}

/* --- a device that only asks --- */

/* `answer` NULL: what is to be kept before the question. False: it came to an end here. */
static bool asker_stores(struct pair *pair, const struct hf_message *answer)
{
    const enum fault fault = fault_of_store(pair);
    if (fault == FAULT_CRASH_BEFORE_STORE)
        end(pair, ENDED_CUT);
    else if (fault == FAULT_REFUSE_STORE)
        give_up(pair, HF_ERR_FULL, "The disk is full.");
    else if (answer)
        fake_ask_store(pair->device, answer);
    else
        fake_ask_keep(pair->device);
    if (fault == FAULT_CRASH_AFTER_STORE)
        end(pair, ENDED_CUT);
    return !pair->over;
}

static void asker_goes_on(struct pair *pair)
{
    struct hf_message question;
    struct hf_buf bytes;
    if (fake_ask_keeps(pair->device) && !asker_stores(pair, NULL))
        return;
    if (!fake_ask_next(pair->device, &question)) {
        pair->done = true;
        pair->client_wake_ms = NEVER;
        return;
    }
    hf_buf_init(&bytes, HF_LIMIT_MESSAGE_BYTES);
    assert_int_equal(hf_session_ask_put(&pair->ask, &question, &bytes), HF_OK);
    post(pair, hf_buf_slice(&bytes), true);
    hf_buf_clear(&bytes);
}

static void asker_hears(struct pair *pair, struct hf_slice bytes)
{
    struct hf_message message;
    enum hf_ask_heard heard;
    assert_int_equal(hf_session_ask_take(&pair->ask, bytes, &heard, &message), HF_OK);
    if (heard == HF_ASK_NONSENSE) {
        give_up(pair, HF_ERR_PROTOCOL, "This does not belong here.");
    } else if (heard == HF_ASK_REFUSAL) {
        fake_ask_refused(pair->device);
        give_up(pair, message.as.error.status, "The office refused.");
    } else if (heard == HF_ASK_ANSWER && asker_stores(pair, &message)) {
        asker_goes_on(pair);
    }
    hf_message_clear(&message);
}

/* It waits as long as the carrier of its bytes does. Whoever is done listens no more. */
static void asker_event(struct pair *pair, const struct hf_client_event *event)
{
    if (pair->done)
        return;
    const bool late = event->type == HF_CE_TICK && pair->now_ms >= pair->client_wake_ms;
    pair->client_wake_ms = pair->now_ms + HF_LIMIT_REPLY_MS;
    if (event->type == HF_CE_START)
        asker_goes_on(pair);
    else if (event->type == HF_CE_MESSAGE)
        asker_hears(pair, event->bytes);
    else if (late)
        give_up(pair, HF_ERR_TIMEOUT, "Nothing came.");
}

/* --- the office's side --- */

static void server_event(struct pair *pair, struct hf_server_event event)
{
    bool more = true;
    while (more && !pair->over && !pair->server_closed) {
        struct hf_server_update update;
        event.now_ms = pair->now_ms;
        hf_session_server_step(pair->server, &event, &update);
        pair->server_wake_ms = update.wake_ms;
        more = false;
        for (size_t i = 0; i < update.count && !pair->over; i++) {
            const struct hf_server_action *action = &update.actions[i];
            if (action->type == HF_SA_SEND) {
                post(pair, action->bytes, false);
            } else if (action->type == HF_SA_CLOSE) {
                pair->server_closed = true;
            } else {
                fake_office_answer(pair->office, action->request, &pair->reply);
                event = (struct hf_server_event){.type = HF_SE_REPLY, .reply = &pair->reply.message};
                more = true;
            }
        }
    }
}

/* --- the world outside --- */

/* Somebody saves something about this case, and the office tells it to the device with the entries themselves, from
 * this place on. At a moment when it may not, the session makes news of it. */
static void tell_entries(struct pair *pair, uint64_t from, unsigned case_number)
{
    struct hf_message request = {.type = HF_MSG_PULL, .request = 1};
    request.as.pull.cursor = from;
    fake_office_hear(pair->office, case_number, 0);
    fake_office_answer(pair->office, &request, &pair->reply);
    struct hf_message live = pair->reply.message;
    live.type = HF_MSG_LIVE;
    live.request = 0;
    live.as.feed.from = from;
    server_event(pair, (struct hf_server_event){.type = HF_SE_NEWS,
                                                .log_size = pair->office->size,
                                                .reply = live.as.feed.more ? NULL : &live});
}

/* What the office thinks that the device lacks; in between, and of cases that it may not read, other entries come that
 * are not told at all. */
static void tell_live(struct pair *pair)
{
    uint64_t from = pair->device->cursor;
    if (pair->plan->wrong_from && pair->lives % 2 == 1) {
        fake_office_hear(pair->office, 1, 0);
        from = pair->office->size;
    }
    pair->lives++;
    pair->done = false;
    tell_entries(pair, from, pair->lives % 3 == 0 ? 3 : 1);
}

static void be_busy(struct pair *pair)
{
    pair->busy_now = false;
    if (pair->device->ask.what != ASKS_NOTHING) {
        tell_entries(pair, pair->office->size, 1);
        return;
    }
    fake_office_hear(pair->office, 1, 0);
    fake_office_hear(pair->office, 4, 0);
    fake_office_hear(pair->office, 1, pair->office->assigned[3] ? 0 : 3);
    server_event(pair, (struct hf_server_event){.type = HF_SE_NEWS, .log_size = pair->office->size});
    fake_device_save(pair->device, 2);
    fake_device_facts(pair->device, &pair->facts);
    client_event(pair, (struct hf_client_event){.type = HF_CE_LOCAL, .facts = &pair->facts});
}

static void become_whole(struct pair *pair)
{
    struct fake_attachments *office = &pair->office->attachments;
    pair->whole_now = false;
    office->have[FAKE_ATTACH_NOT_HERE] = office->count[FAKE_ATTACH_NOT_HERE];
    server_event(pair,
                 (struct hf_server_event){.type = HF_SE_WHOLE, .attachment = fake_attach_id(FAKE_ATTACH_NOT_HERE)});
}

static void revoke(struct pair *pair)
{
    pair->revoke_now = false;
    pair->peer->mode = HF_MODE_HAND_IN;
    pair->office->hold_all = true;
    server_event(pair, (struct hf_server_event){.type = HF_SE_MODE, .peer = pair->peer});
}

static bool deliver_next(struct pair *pair)
{
    bool blocked[2] = {false, false};
    for (size_t i = 0; i < pair->queued; i++) {
        struct letter letter = pair->queue[i];
        if (letter.ready_ms > pair->now_ms || blocked[letter.to_office]) {
            blocked[letter.to_office] = true;
            continue;
        }
        pair->queued--;
        memmove(&pair->queue[i], &pair->queue[i + 1], (pair->queued - i) * sizeof letter);
        const struct hf_slice bytes = hf_buf_slice(&letter.bytes);
        if (letter.to_office)
            server_event(pair, (struct hf_server_event){.type = HF_SE_MESSAGE, .bytes = bytes});
        else
            client_event(pair, (struct hf_client_event){.type = HF_CE_MESSAGE, .bytes = bytes});
        hf_buf_clear(&letter.bytes);
        return true;
    }
    return false;
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static void pass_time(struct pair *pair)
{
    uint64_t next = least(pair->client_wake_ms, pair->server_closed ? NEVER : pair->server_wake_ms);
    for (size_t i = 0; i < pair->queued; i++) {
        if (pair->queue[i].ready_ms > pair->now_ms)
            next = least(next, pair->queue[i].ready_ms);
    }
    assert_true(next != NEVER && next > pair->now_ms);
    pair->now_ms = next;
    if (pair->now_ms >= pair->server_wake_ms)
        server_event(pair, (struct hf_server_event){.type = HF_SE_TICK});
    if (pair->now_ms >= pair->client_wake_ms)
        client_event(pair, (struct hf_client_event){.type = HF_CE_TICK});
}

static void turn(struct pair *pair, uint64_t *idle_until_ms)
{
    if (pair->busy_now) {
        be_busy(pair);
    } else if (pair->revoke_now) {
        revoke(pair);
    } else if (pair->whole_now) {
        become_whole(pair);
    } else if (deliver_next(pair)) {
        return;
    } else if (pair->server_closed) {
        end(pair, ENDED_CLOSED);
    } else if (pair->done && pair->queued == 0 && pair->lives < pair->plan->lives) {
        tell_live(pair);
    } else if (pair->done && pair->queued == 0 && pair->plan->idle_ms == 0) {
        end(pair, ENDED_DONE);
    } else if (pair->done && pair->queued == 0 && *idle_until_ms == 0) {
        *idle_until_ms = pair->now_ms + pair->plan->idle_ms;
    } else if (*idle_until_ms != 0 && pair->now_ms >= *idle_until_ms) {
        end(pair, ENDED_DONE);
    } else {
        pass_time(pair);
    }
}

void run_session(struct fake_office *office, struct fake_device *device, struct hf_peer *peer, const struct plan *plan,
                 struct outcome *out)
{
    struct pair *pair = calloc(1, sizeof *pair);
    assert_non_null(pair);
    *out = (struct outcome){.ending = ENDED_CUT};
    *pair = (struct pair){.office = office, .device = device, .peer = peer, .plan = plan, .outcome = out};
    pair->now_ms = START_MS;
    assert_int_equal(hf_session_client_new(&pair->client), HF_OK);
    assert_int_equal(hf_session_server_new(pair->now_ms, &pair->server), HF_OK);
    if (plan->lives > 0)
        hf_session_client_stay(pair->client);
    server_event(pair, (struct hf_server_event){.type = HF_SE_OPEN, .peer = peer});
    hf_session_ask_begin(&pair->ask, 0);
    if (device->ask.what != ASKS_NOTHING)
        fake_ask_begin(office, device);
    fake_device_facts(device, &pair->facts);
    client_event(pair, (struct hf_client_event){.type = HF_CE_START, .facts = &pair->facts});

    uint64_t idle_until_ms = 0;
    for (size_t turns = 0; !pair->over; turns++) {
        assert_true(turns < TURNS_MAX);
        turn(pair, &idle_until_ms);
    }
    hf_session_client_progress(pair->client, &out->progress);
    out->took_ms = pair->now_ms - START_MS;
    hf_session_client_free(pair->client);
    hf_session_server_free(pair->server);
    for (size_t i = 0; i < pair->queued; i++)
        hf_buf_clear(&pair->queue[i].bytes);
    hf_buf_clear(&pair->held.bytes);
    free(pair);
}
