#include "protocol/session_client.h"

#include "core/base/assert.h"
#include "protocol/session_client_restart.h"
#include "protocol/session_client_round.h"
#include "protocol/session_client_shard.h"

#include <stdlib.h>
#include <string.h>

#define NEVER UINT64_MAX

enum hf_status hf_session_client_new(struct hf_session_client **out)
{
    struct hf_session_client *session = calloc(1, sizeof *session);
    if (!session)
        return HF_ERR_NOMEM;
    hf_buf_init(&session->out, HF_LIMIT_MESSAGE_BYTES);
    *out = session;
    return HF_OK;
}

void hf_session_client_stay(struct hf_session_client *session)
{
    HF_ASSERT(session->phase == HF_CLIENT_WAIT_START);
    session->stays = true;
}

/* What the last update lent; bodies and class keys are in it. */
static void drop_lent(struct hf_session_client *session)
{
    hf_message_clear(&session->in);
    hf_buf_wipe(&session->out);
}

void hf_session_client_free(struct hf_session_client *session)
{
    if (!session)
        return;
    drop_lent(session);
    free(session);
}

void hf_session_client_progress(const struct hf_session_client *session, struct hf_client_progress *out)
{
    *out = session->told;
}

/* --- what the caller says --- */

static void on_start(struct hf_session_client *session, struct hf_client_update *update)
{
    HF_ASSERT(session->phase == HF_CLIENT_WAIT_START);
    struct hf_message message = {.type = HF_MSG_HELLO};
    message.as.hello.version = HF_PROTOCOL_VERSION;
    memcpy(message.as.hello.device, session->facts.device, sizeof message.as.hello.device);
    message.as.hello.incarnation = session->facts.incarnation;
    message.as.hello.next_seq = session->facts.next_seq;
    message.as.hello.cursor = session->facts.cursor;
    message.as.hello.checkpoint_size = session->facts.checkpoint_size;
    message.as.hello.clock_ms = session->facts.clock_ms;
    message.as.hello.known = session->facts.known;
    hf_client_ask(session, update, &message);
}

static void on_local(struct hf_session_client *session, struct hf_client_update *update)
{
    session->outbox_empty = false;
    if (session->phase == HF_CLIENT_IDLE)
        hf_client_round_begin(session, update);
    else if (session->phase != HF_CLIENT_WAIT_START)
        session->again = true;
}

static void on_caller_failed(struct hf_session_client *session, const struct hf_client_event *event,
                             struct hf_client_update *update)
{
    HF_ASSERT(session->phase == HF_CLIENT_WAIT_OUTBOX || session->phase == HF_CLIENT_WAIT_UNLOGGED ||
              session->phase == HF_CLIENT_WAIT_RESTART_STORED || session->phase == HF_CLIENT_WAIT_SHARD_STORED ||
              session->phase == HF_CLIENT_WAIT_HAND_ON || session->phase == HF_CLIENT_WAIT_HANDED_ON_STORED ||
              session->phase == HF_CLIENT_WAIT_PUSHED_STORED || session->phase == HF_CLIENT_WAIT_FEED_STORED ||
              session->phase == HF_CLIENT_WAIT_PURGE_STORED || session->phase == HF_CLIENT_WAIT_HEAD_STORED ||
              session->phase == HF_CLIENT_WAIT_REFUSED_STORED || session->phase == HF_CLIENT_WAIT_DRAFTS_OUT ||
              session->phase == HF_CLIENT_WAIT_DRAFTS_STORED || session->phase == HF_CLIENT_WAIT_ATTACH_OUT ||
              session->phase == HF_CLIENT_WAIT_SNAPSHOT_STORED || session->phase == HF_CLIENT_WAIT_ATTACH_STORED);
    enum hf_status status = event->status == HF_OK ? HF_ERR_STATE : event->status;
    hf_client_fail(session, update, status, event->text ? event->text : hf_status_text(status));
}

/* --- what the office says --- */

static void fail_out_of_order(struct hf_session_client *session, struct hf_client_update *update)
{
    hf_client_fail(
        session, update, HF_ERR_PROTOCOL,
        "The office's server said something that does not belong here. Try again, and tell an administrator if it "
        "happens again.");
}

static void on_welcome(struct hf_session_client *session, struct hf_client_update *update)
{
    session->told.welcomed = true;
    session->drafts_there = session->in.as.welcome.drafts;
    session->greeted_in_ms = session->now_ms - session->sent_ms;
    session->told.mode = session->in.as.welcome.mode;
    session->told.log_size = session->in.as.welcome.log_size;
    hf_client_act(update, HF_CA_WELCOMED)->message = &session->in; /* by which the caller asks anew about its own */
    if (session->facts.attach_own && session->in.as.welcome.attach_mark != session->facts.attach_mark)
        session->facts.attach_due = true;
    bool restart = false;
    session->office_incarnation = session->in.as.welcome.incarnation;
    if (hf_client_shard_begin(session, update))
        return;
    if (hf_client_check_welcome(&session->facts, &session->in, &restart, &session->err) != HF_OK)
        hf_client_fail_with_err(session, update);
    else if (restart)
        hf_client_restart_begin(session, update);
    else
        hf_client_round_begin(session, update);
}

/* Which request each reply answers. */
static const struct {
    enum hf_message_type request;
    void (*take)(struct hf_session_client *session, struct hf_client_update *update);
} replies[HF_MSG_TYPE_COUNT] = {
    [HF_MSG_WELCOME] = {HF_MSG_HELLO, on_welcome},
    [HF_MSG_PUSHED] = {HF_MSG_PUSH, hf_client_round_pushed},
    [HF_MSG_FEED] = {HF_MSG_PULL, hf_client_round_feed},
    [HF_MSG_HEAD_IS] = {HF_MSG_HEAD, hf_client_round_head_is},
    [HF_MSG_DRAFTS_ARE] = {HF_MSG_DRAFTS, hf_client_round_drafts_are},
    [HF_MSG_ATTACH_HAS] = {HF_MSG_ATTACH_PUT, hf_client_attach_answered},
    [HF_MSG_ATTACH_IS] = {HF_MSG_ATTACH_GET, hf_client_attach_answered},
    [HF_MSG_HANDED_ON] = {HF_MSG_HAND_ON, hf_client_handed_on},
    [HF_MSG_RESTARTED] = {HF_MSG_RESTART, hf_client_restart_granted},
    [HF_MSG_SNAPSHOT_IS] = {HF_MSG_SNAPSHOT, hf_client_round_snapshot_is},
    [HF_MSG_PURGE_NOTED] = {HF_MSG_PURGED, hf_client_round_purge_noted},
};

/* Whether this message, a reply or an ERROR, answers the first of the open requests. */
static bool answers_first(const struct hf_session_client *session)
{
    return session->phase == HF_CLIENT_WAIT_REPLY && session->open_count > 0 &&
           session->in.request == session->open[0].request;
}

static void on_reply(struct hf_session_client *session, struct hf_client_update *update)
{
    const enum hf_message_type type = session->in.type;
    if (!replies[type].take || !answers_first(session) || replies[type].request != session->open[0].type) {
        fail_out_of_order(session, update);
        return;
    }
    hf_client_answered(session);
    if (session->then != HF_CLIENT_THEN_NOTHING)
        hf_client_round_go_on(session, update);
    else
        replies[type].take(session, update);
}

/* The log has something else in the place of a change: then a new chain. Or the device has to read something first.
 * What else is under way is answered before. */
static bool changes_the_plan(struct hf_session_client *session, enum hf_status status)
{
    if (!answers_first(session))
        return false;
    if (session->then != HF_CLIENT_THEN_NOTHING)
        return true;
    if (session->open[0].type != HF_MSG_PUSH)
        return false;
    if (status == HF_ERR_CONFLICT)
        session->then = HF_CLIENT_THEN_RESTART;
    else if (status == HF_ERR_WAITING && !session->pull_first && !hf_client_is_hand_in(session))
        session->then = HF_CLIENT_THEN_PULL_FIRST;
    return session->then != HF_CLIENT_THEN_NOTHING;
}

/* What the office lacks is no trouble of this device: the caller tries again later, as with an office that is busy. */
static enum hf_status of_the_office(enum hf_status status)
{
    const bool its_own = status == HF_ERR_IO || status == HF_ERR_FULL || status == HF_ERR_NOMEM;
    return its_own ? HF_ERR_BUSY : status;
}

static void on_error(struct hf_session_client *session, struct hf_client_update *update)
{
    const struct hf_slice text = session->in.as.error.text;
    const enum hf_status status = session->in.as.error.status;
    if (changes_the_plan(session, status)) {
        hf_client_answered(session);
        hf_client_round_go_on(session, update);
        return;
    }
    char said[HF_LIMIT_ERROR_TEXT_BYTES + 1] = {0};
    if (text.len > 0)
        memcpy(said, text.data, text.len);
    const char *why = text.len > 0 ? said : hf_status_text(of_the_office(status));
    if (!answers_first(session) || !hf_client_refused(session, status, why, update))
        hf_client_fail(session, update, of_the_office(status), why);
}

static void on_news(struct hf_session_client *session, struct hf_client_update *update)
{
    if (!session->told.welcomed || hf_client_is_hand_in(session)) {
        fail_out_of_order(session, update);
        return;
    }
    hf_client_grow_log(session, session->in.as.news.log_size);
    hf_client_act(update, HF_CA_NEWS)->message = &session->in;
}

/* The entries with the news. Taken when they follow what is here and nothing else is at hand; otherwise they are news
 * like any other, and what they hold is asked for. */
static void on_live(struct hf_session_client *session, struct hf_client_update *update)
{
    if (!session->told.welcomed || hf_client_is_hand_in(session)) {
        fail_out_of_order(session, update);
        return;
    }
    const bool fits = session->phase == HF_CLIENT_IDLE && session->stays && !session->facts.has_catchup &&
                      !session->facts.damaged && session->in.as.feed.from == session->facts.cursor;
    if (fits) {
        hf_client_round_live(session, update);
        return;
    }
    hf_client_grow_log(session, session->in.as.feed.next_cursor);
    hf_client_act(update, HF_CA_NEWS)->message = &session->in;
}

static void on_pong(struct hf_session_client *session, struct hf_client_update *update)
{
    if (session->ping == 0 || session->in.request != session->ping)
        fail_out_of_order(session, update);
    else
        session->ping = 0;
}

static void on_message(struct hf_session_client *session, const struct hf_client_event *event,
                       struct hf_client_update *update)
{
    HF_ASSERT(session->phase != HF_CLIENT_WAIT_START);
    enum hf_status status = hf_message_decode(event->bytes, &session->in);
    if (status != HF_OK) {
        hf_client_fail(session, update, status,
                       status == HF_ERR_NOMEM
                           ? hf_status_text(status)
                           : "The office's server sent something that this program cannot read. Update "
                             "Holdfast on this device, or tell an administrator.");
        return;
    }
    const struct hf_message pong = {.type = HF_MSG_PONG, .request = session->in.request};
    if (session->in.type == HF_MSG_PING)
        (void)hf_client_say(session, update, &pong);
    else if (session->in.type == HF_MSG_PONG)
        on_pong(session, update);
    else if (session->in.type == HF_MSG_NEWS)
        on_news(session, update);
    else if (session->in.type == HF_MSG_LIVE)
        on_live(session, update);
    else if (session->in.type == HF_MSG_ERROR)
        on_error(session, update);
    else
        on_reply(session, update);
}

/* --- time --- */

static void on_moving(struct hf_session_client *session)
{
    session->reply_by_ms = session->now_ms + HF_LIMIT_REPLY_MS;
}

/* While a reply is awaited there is nothing to keep alive: it comes, or its time runs out. */
static bool may_ping(const struct hf_session_client *session)
{
    return session->phase != HF_CLIENT_WAIT_START && session->open_count == 0 && session->ping == 0;
}

static void ping(struct hf_session_client *session, struct hf_client_update *update, uint64_t within_ms)
{
    struct hf_message message = {.type = HF_MSG_PING, .request = hf_client_next_request(session)};
    if (!hf_client_say(session, update, &message))
        return;
    session->ping = message.request;
    session->pong_by_ms = session->now_ms + within_ms;
}

/* A line that broke without a word shows soon. */
static void on_check(struct hf_session_client *session, struct hf_client_update *update)
{
    if (may_ping(session) && session->phase != HF_CLIENT_FAILED)
        ping(session, update, HF_LIMIT_CHECK_MS);
}

static bool head_is_due(const struct hf_session_client *session)
{
    return session->phase == HF_CLIENT_IDLE && session->head_due_ms != 0 && session->now_ms >= session->head_due_ms;
}

static void on_tick(struct hf_session_client *session, struct hf_client_update *update)
{
    const uint64_t now_ms = session->now_ms;
    if ((session->open_count > 0 && now_ms >= session->reply_by_ms) ||
        (session->ping && now_ms >= session->pong_by_ms)) {
        hf_client_fail(
            session, update, HF_ERR_TIMEOUT,
            "The office's server did not answer in time. Everything is saved here. Holdfast will try again.");
        return;
    }
    if (head_is_due(session))
        hf_client_round_begin(session, update);
    else if (may_ping(session) && now_ms >= session->sent_ms + HF_LIMIT_KEEP_ALIVE_MS)
        ping(session, update, HF_LIMIT_REPLY_MS);
}

static uint64_t wake_ms(const struct hf_session_client *session)
{
    uint64_t wake = NEVER;
    if (session->phase == HF_CLIENT_FAILED)
        return wake;
    if (session->open_count > 0)
        wake = session->reply_by_ms;
    if (session->ping && session->pong_by_ms < wake)
        wake = session->pong_by_ms;
    if (may_ping(session))
        wake = session->sent_ms + HF_LIMIT_KEEP_ALIVE_MS;
    if (session->phase == HF_CLIENT_IDLE && session->head_due_ms != 0 && session->head_due_ms < wake)
        wake = session->head_due_ms;
    return wake;
}

/* --- step --- */

static void take_facts(struct hf_session_client *session, const struct hf_client_event *event)
{
    if (event->type != HF_CE_START && event->type != HF_CE_STORED && event->type != HF_CE_LOCAL)
        return;
    HF_ASSERT(event->facts);
    session->facts = *event->facts;
}

static void handle(struct hf_session_client *session, const struct hf_client_event *event,
                   struct hf_client_update *update)
{
    switch (event->type) {
    case HF_CE_START:
        on_start(session, update);
        break;
    case HF_CE_MESSAGE:
        on_message(session, event, update);
        break;
    case HF_CE_OUTBOX:
        hf_client_round_outbox(session, event, update);
        break;
    case HF_CE_HAND_ON:
        hf_client_hand_on(session, event, update);
        break;
    case HF_CE_DRAFTS:
        hf_client_drafts_out(session, event, update);
        break;
    case HF_CE_ATTACH:
        hf_client_attach_out(session, event, update);
        break;
    case HF_CE_STORED:
        hf_client_round_stored(session, update);
        break;
    case HF_CE_FAILED:
        on_caller_failed(session, event, update);
        break;
    case HF_CE_LOCAL:
        on_local(session, update);
        break;
    case HF_CE_MOVING:
        on_moving(session);
        break;
    case HF_CE_CHECK:
        on_check(session, update);
        break;
    case HF_CE_TICK:
        on_tick(session, update);
        break;
    }
}

void hf_session_client_step(struct hf_session_client *session, const struct hf_client_event *event,
                            struct hf_client_update *out)
{
    *out = (struct hf_client_update){0};
    drop_lent(session);
    session->now_ms = event->now_ms;
    if (session->phase != HF_CLIENT_FAILED) {
        take_facts(session, event);
        handle(session, event, out);
        hf_client_lend_sent(session, out);
    }
    out->wake_ms = wake_ms(session);
}
