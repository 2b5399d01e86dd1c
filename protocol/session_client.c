#include "protocol/session_client.h"

#include "core/base/assert.h"
#include "protocol/session_client_checks.h"

#include <stdlib.h>
#include <string.h>

#define NEVER UINT64_MAX

/* What the session waits for. */
enum phase {
    WAIT_START,
    WAIT_WELCOME,
    WAIT_OUTBOX, /* the caller's changes */
    WAIT_PUSHED,
    WAIT_PUSHED_STORED,
    WAIT_FEED,
    WAIT_FEED_STORED,
    WAIT_HEAD,
    WAIT_HEAD_STORED,
    IDLE, /* in sync */
    FAILED
};

struct hf_session_client {
    enum phase phase;
    struct hf_client_facts facts; /* the newest */
    struct hf_client_asked asked; /* by the request that is or was open last */
    struct hf_client_progress told;
    bool again;        /* asked to sync while syncing */
    bool outbox_empty; /* said the caller, since the facts last changed from outside */
    bool more;         /* the feed goes on */
    size_t pending;    /* changes or entries being stored */

    uint32_t last_request;
    uint32_t request; /* open; 0: none */
    uint32_t ping;    /* open; 0: none */
    uint64_t reply_by_ms;
    uint64_t pong_by_ms;
    uint64_t now_ms;
    uint64_t sent_ms;

    struct hf_message in;
    struct hf_buf out;
    struct hf_error err;
};

enum hf_status hf_session_client_new(struct hf_session_client **out)
{
    struct hf_session_client *session = calloc(1, sizeof *session);
    if (!session)
        return HF_ERR_NOMEM;
    hf_buf_init(&session->out, HF_LIMIT_MESSAGE_BYTES);
    *out = session;
    return HF_OK;
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

/* --- actions --- */

static struct hf_client_action *act(struct hf_client_update *update, enum hf_client_action_type type)
{
    HF_ASSERT(update->count < HF_CLIENT_ACTIONS_MAX);
    struct hf_client_action *action = &update->actions[update->count++];
    *action = (struct hf_client_action){.type = type};
    return action;
}

/* Gives the channel up; session->err may be the source of text. */
static void fail(struct hf_session_client *session, struct hf_client_update *update, enum hf_status status,
                 const char *text)
{
    hf_error_set(&session->err, status, "%s", text);
    session->phase = FAILED;
    struct hf_client_action *action = act(update, HF_CA_FAIL);
    action->status = status;
    action->text = session->err.text;
}

static void fail_with_err(struct hf_session_client *session, struct hf_client_update *update)
{
    fail(session, update, session->err.status, session->err.text);
}

static void fail_out_of_order(struct hf_session_client *session, struct hf_client_update *update)
{
    fail(session, update, HF_ERR_PROTOCOL,
         "The office's server said something that does not belong here. Try again, and tell an administrator if it "
         "happens again.");
}

static void fail_no_progress(struct hf_session_client *session, struct hf_client_update *update)
{
    fail(session, update, HF_ERR_STATE,
         "This device could not take note of the office's answer, so syncing would never end. Everything is still "
         "saved here. Tell an administrator.");
}

static bool say(struct hf_session_client *session, struct hf_client_update *update, const struct hf_message *message)
{
    enum hf_status status = hf_message_encode(message, &session->out);
    if (status != HF_OK) {
        fail(session, update, status, hf_status_text(status));
        return false;
    }
    act(update, HF_CA_SEND)->bytes = hf_buf_slice(&session->out);
    session->sent_ms = session->now_ms;
    return true;
}

static uint32_t next_request(struct hf_session_client *session)
{
    if (++session->last_request == 0)
        session->last_request = 1;
    return session->last_request;
}

/* Sends a request and waits in `phase` for its reply. */
static void ask(struct hf_session_client *session, struct hf_client_update *update, struct hf_message *message,
                enum phase phase)
{
    message->request = next_request(session);
    if (!say(session, update, message))
        return;
    session->request = message->request;
    session->reply_by_ms = session->now_ms + HF_LIMIT_REPLY_MS;
    session->phase = phase;
}

/* Hands an answer to the caller and waits in `phase` until it is durable. */
static struct hf_client_action *store(struct hf_session_client *session, struct hf_client_update *update,
                                      enum hf_client_action_type type, enum phase phase)
{
    session->phase = phase;
    struct hf_client_action *action = act(update, type);
    action->message = &session->in;
    return action;
}

/* --- one round: push, pull, catch up, head --- */

static bool has_unsent(const struct hf_session_client *session)
{
    return !session->outbox_empty && session->facts.unsent_seq < session->facts.next_seq;
}

static bool is_hand_in(const struct hf_session_client *session)
{
    return session->told.mode == HF_MODE_HAND_IN;
}

static void begin_round(struct hf_session_client *session, struct hf_client_update *update);

static void end_round(struct hf_session_client *session, struct hf_client_update *update)
{
    if (session->again || has_unsent(session) || (session->facts.has_catchup && !is_hand_in(session))) {
        begin_round(session, update);
        return;
    }
    session->phase = IDLE;
    act(update, HF_CA_DONE)->hand_in = is_hand_in(session);
}

static void ask_head(struct hf_session_client *session, struct hf_client_update *update)
{
    const struct hf_client_facts *facts = &session->facts;
    struct hf_msg_range ranges[HF_LIMIT_HEAD_RANGES];
    HF_ASSERT(facts->range_count <= HF_LIMIT_HEAD_RANGES);
    for (size_t i = 0; i < facts->range_count; i++) {
        ranges[i].first = session->asked.ranges[i].first = facts->ranges[i].first;
        ranges[i].count = session->asked.ranges[i].count = facts->ranges[i].count;
    }
    session->asked.range_count = facts->range_count;

    struct hf_message message = {.type = HF_MSG_HEAD};
    message.as.head.old_size = facts->checkpoint_size;
    message.as.head.ranges = ranges;
    message.as.head.range_count = facts->range_count;
    ask(session, update, &message, WAIT_HEAD);
}

static void begin_head(struct hf_session_client *session, struct hf_client_update *update)
{
    if (session->facts.range_count > 0 || session->told.log_size != session->facts.checkpoint_size)
        ask_head(session, update);
    else
        end_round(session, update);
}

static void ask_pull(struct hf_session_client *session, struct hf_client_update *update, bool one_case)
{
    const struct hf_client_facts *facts = &session->facts;
    session->asked.pull.one_case = one_case;
    session->asked.pull.cursor = one_case ? facts->catchup_from : facts->cursor;
    session->asked.pull.case_id = one_case ? facts->catchup_case : hf_id_zero();
    session->asked.pull.until = one_case ? facts->catchup_until : 0;

    struct hf_message message = {.type = HF_MSG_PULL};
    message.as.pull.cursor = session->asked.pull.cursor;
    message.as.pull.one_case = one_case;
    message.as.pull.case_id = session->asked.pull.case_id;
    message.as.pull.until = session->asked.pull.until;
    ask(session, update, &message, WAIT_FEED);
}

static void begin_catchup(struct hf_session_client *session, struct hf_client_update *update)
{
    if (session->facts.has_catchup)
        ask_pull(session, update, true);
    else
        begin_head(session, update);
}

static void begin_pull(struct hf_session_client *session, struct hf_client_update *update)
{
    if (is_hand_in(session))
        begin_head(session, update);
    else
        ask_pull(session, update, false);
}

/* One PUSH at a time: its answer says where the next begins. */
static void begin_push(struct hf_session_client *session, struct hf_client_update *update)
{
    if (!has_unsent(session)) {
        begin_pull(session, update);
        return;
    }
    session->phase = WAIT_OUTBOX;
    session->asked.push.from_seq = session->facts.unsent_seq;
    act(update, HF_CA_WANT_OUTBOX)->from_seq = session->facts.unsent_seq;
}

static void begin_round(struct hf_session_client *session, struct hf_client_update *update)
{
    session->again = false;
    begin_push(session, update);
}

/* --- what the caller answers --- */

static void on_start(struct hf_session_client *session, struct hf_client_update *update)
{
    HF_ASSERT(session->phase == WAIT_START);
    struct hf_message message = {.type = HF_MSG_HELLO};
    message.as.hello.version = HF_PROTOCOL_VERSION;
    memcpy(message.as.hello.device, session->facts.device, sizeof message.as.hello.device);
    message.as.hello.incarnation = session->facts.incarnation;
    message.as.hello.next_seq = session->facts.next_seq;
    message.as.hello.cursor = session->facts.cursor;
    message.as.hello.checkpoint_size = session->facts.checkpoint_size;
    ask(session, update, &message, WAIT_WELCOME);
}

static void on_outbox(struct hf_session_client *session, const struct hf_client_event *event,
                      struct hf_client_update *update)
{
    HF_ASSERT(session->phase == WAIT_OUTBOX);
    if (event->item_count == 0) {
        session->outbox_empty = true;
        begin_pull(session, update);
        return;
    }
    struct hf_message message = {.type = HF_MSG_PUSH};
    message.as.push.items = event->items;
    message.as.push.count = event->item_count;
    session->asked.push.count = event->item_count;
    ask(session, update, &message, WAIT_PUSHED);
}

static void on_pushed_stored(struct hf_session_client *session, struct hf_client_update *update)
{
    session->told.pushed += session->pending;
    if (session->facts.unsent_seq <= session->asked.push.from_seq)
        fail_no_progress(session, update);
    else
        begin_push(session, update);
}

/* A catch-up that did not move would be asked for again without end. */
static bool catchup_stands_still(const struct hf_session_client *session)
{
    const struct hf_client_facts *facts = &session->facts;
    return facts->has_catchup && hf_id_equal(&facts->catchup_case, &session->asked.pull.case_id) &&
           facts->catchup_from <= session->asked.pull.cursor;
}

static void on_feed_stored(struct hf_session_client *session, struct hf_client_update *update)
{
    session->told.pulled += session->pending;
    if (session->asked.pull.one_case) {
        if (catchup_stands_still(session))
            fail_no_progress(session, update);
        else
            begin_catchup(session, update);
    } else if (!session->more) {
        begin_catchup(session, update);
    } else if (session->facts.cursor <= session->asked.pull.cursor) {
        fail_no_progress(session, update);
    } else {
        ask_pull(session, update, false);
    }
}

/* More than fits one HEAD waits for proof: go on while the office proves all that was asked for. */
static void on_head_stored(struct hf_session_client *session, struct hf_client_update *update)
{
    const struct hf_client_facts *facts = &session->facts;
    bool all_proved = session->pending == session->asked.range_count && session->pending > 0;
    if (all_proved && facts->range_count > 0 && facts->ranges[0].first != session->asked.ranges[0].first)
        ask_head(session, update);
    else
        end_round(session, update);
}

static void on_stored(struct hf_session_client *session, struct hf_client_update *update)
{
    HF_ASSERT(session->phase == WAIT_PUSHED_STORED || session->phase == WAIT_FEED_STORED ||
              session->phase == WAIT_HEAD_STORED);
    if (session->phase == WAIT_PUSHED_STORED)
        on_pushed_stored(session, update);
    else if (session->phase == WAIT_FEED_STORED)
        on_feed_stored(session, update);
    else
        on_head_stored(session, update);
}

static void on_local(struct hf_session_client *session, struct hf_client_update *update)
{
    session->outbox_empty = false;
    if (session->phase == IDLE)
        begin_round(session, update);
    else
        session->again = true;
}

static void on_caller_failed(struct hf_session_client *session, const struct hf_client_event *event,
                             struct hf_client_update *update)
{
    HF_ASSERT(session->phase == WAIT_OUTBOX || session->phase == WAIT_PUSHED_STORED ||
              session->phase == WAIT_FEED_STORED || session->phase == WAIT_HEAD_STORED);
    enum hf_status status = event->status == HF_OK ? HF_ERR_STATE : event->status;
    fail(session, update, status, event->text ? event->text : hf_status_text(status));
}

/* --- what the office says --- */

static void grow_log(struct hf_session_client *session, uint64_t log_size)
{
    if (log_size > session->told.log_size)
        session->told.log_size = log_size;
}

static void on_welcome(struct hf_session_client *session, struct hf_client_update *update)
{
    session->told.welcomed = true;
    session->told.mode = session->in.as.welcome.mode;
    session->told.log_size = session->in.as.welcome.log_size;
    act(update, HF_CA_WELCOMED)->message = &session->in;
    if (hf_client_check_welcome(&session->facts, &session->in, &session->err) != HF_OK)
        fail_with_err(session, update);
    else
        begin_round(session, update);
}

static void on_pushed(struct hf_session_client *session, struct hf_client_update *update)
{
    if (hf_client_check_pushed(&session->asked, &session->in, &session->err) != HF_OK) {
        fail_with_err(session, update);
        return;
    }
    session->pending = session->in.as.pushed.count;
    grow_log(session, session->in.as.pushed.results[session->pending - 1].index + 1);
    store(session, update, HF_CA_STORE_PUSHED, WAIT_PUSHED_STORED);
}

static void on_feed(struct hf_session_client *session, struct hf_client_update *update)
{
    if (hf_client_check_feed(&session->asked, &session->in, &session->err) != HF_OK) {
        fail_with_err(session, update);
        return;
    }
    session->pending = session->in.as.feed.item_count;
    session->more = session->in.as.feed.more;
    grow_log(session, session->in.as.feed.next_cursor);
    store(session, update, HF_CA_STORE_FEED, WAIT_FEED_STORED)->catchup = session->asked.pull.one_case;
}

static void on_head_is(struct hf_session_client *session, struct hf_client_update *update)
{
    if (hf_client_check_head(&session->asked, &session->in, &session->err) != HF_OK) {
        fail_with_err(session, update);
        return;
    }
    session->pending = session->in.as.head_is.range_count;
    store(session, update, HF_CA_STORE_HEAD, WAIT_HEAD_STORED);
}

/* The reply that each waiting phase is for. */
static const struct {
    enum phase phase;
    void (*take)(struct hf_session_client *session, struct hf_client_update *update);
} replies[HF_MSG_TYPE_COUNT] = {
    [HF_MSG_WELCOME] = {WAIT_WELCOME, on_welcome},
    [HF_MSG_PUSHED] = {WAIT_PUSHED, on_pushed},
    [HF_MSG_FEED] = {WAIT_FEED, on_feed},
    [HF_MSG_HEAD_IS] = {WAIT_HEAD, on_head_is},
};

static void on_reply(struct hf_session_client *session, struct hf_client_update *update)
{
    const enum hf_message_type type = session->in.type;
    if (!replies[type].take || replies[type].phase != session->phase || session->in.request != session->request) {
        fail_out_of_order(session, update);
        return;
    }
    session->request = 0;
    replies[type].take(session, update);
}

static void on_error(struct hf_session_client *session, struct hf_client_update *update)
{
    const struct hf_slice text = session->in.as.error.text;
    const enum hf_status status = session->in.as.error.status;
    char said[HF_LIMIT_ERROR_TEXT_BYTES + 1] = {0};
    if (text.len > 0)
        memcpy(said, text.data, text.len);
    fail(session, update, status, text.len > 0 ? said : hf_status_text(status));
}

static void on_news(struct hf_session_client *session, struct hf_client_update *update)
{
    if (!session->told.welcomed || is_hand_in(session)) {
        fail_out_of_order(session, update);
        return;
    }
    grow_log(session, session->in.as.news.log_size);
    act(update, HF_CA_NEWS);
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
    HF_ASSERT(session->phase != WAIT_START);
    enum hf_status status = hf_message_decode(event->bytes, &session->in);
    if (status != HF_OK) {
        fail(session, update, status,
             status == HF_ERR_NOMEM ? hf_status_text(status)
                                    : "The office's server sent something that this program cannot read. Update "
                                      "Holdfast on this device, or tell an administrator.");
        return;
    }
    const struct hf_message pong = {.type = HF_MSG_PONG, .request = session->in.request};
    if (session->in.type == HF_MSG_PING)
        (void)say(session, update, &pong);
    else if (session->in.type == HF_MSG_PONG)
        on_pong(session, update);
    else if (session->in.type == HF_MSG_NEWS)
        on_news(session, update);
    else if (session->in.type == HF_MSG_ERROR)
        on_error(session, update);
    else
        on_reply(session, update);
}

/* --- time --- */

/* While a reply is awaited there is nothing to keep alive: it comes, or its time runs out. */
static bool may_ping(const struct hf_session_client *session)
{
    return session->phase != WAIT_START && session->request == 0 && session->ping == 0;
}

static void on_tick(struct hf_session_client *session, struct hf_client_update *update)
{
    const uint64_t now_ms = session->now_ms;
    if ((session->request && now_ms >= session->reply_by_ms) || (session->ping && now_ms >= session->pong_by_ms)) {
        fail(session, update, HF_ERR_TIMEOUT,
             "The office's server did not answer in time. Everything is saved here. Holdfast will try again.");
        return;
    }
    if (!may_ping(session) || now_ms < session->sent_ms + HF_LIMIT_KEEP_ALIVE_MS)
        return;
    struct hf_message ping = {.type = HF_MSG_PING, .request = next_request(session)};
    if (say(session, update, &ping)) {
        session->ping = ping.request;
        session->pong_by_ms = now_ms + HF_LIMIT_REPLY_MS;
    }
}

static uint64_t wake_ms(const struct hf_session_client *session)
{
    uint64_t wake = NEVER;
    if (session->phase == FAILED)
        return wake;
    if (session->request)
        wake = session->reply_by_ms;
    if (session->ping && session->pong_by_ms < wake)
        wake = session->pong_by_ms;
    if (may_ping(session))
        wake = session->sent_ms + HF_LIMIT_KEEP_ALIVE_MS;
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
        on_outbox(session, event, update);
        break;
    case HF_CE_STORED:
        on_stored(session, update);
        break;
    case HF_CE_FAILED:
        on_caller_failed(session, event, update);
        break;
    case HF_CE_LOCAL:
        on_local(session, update);
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
    if (session->phase != FAILED) {
        take_facts(session, event);
        handle(session, event, out);
    }
    out->wake_ms = wake_ms(session);
}
