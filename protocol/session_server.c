#include "protocol/session_server.h"

#include "core/base/assert.h"
#include "core/base/text.h"
#include "protocol/session_server_rules.h"

#include <stdlib.h>
#include <string.h>

#define NEVER UINT64_MAX

enum phase {
    CONNECTING, /* the channel is not open yet */
    OPENED,     /* nothing has come: what is known of the peer may be a replay */
    GREETED,    /* a device said HELLO, the host is at it */
    SPEAKING,   /* requests may come */
    CLOSED
};

struct hf_session_server {
    enum phase phase;
    struct hf_peer peer;
    uint32_t command; /* number of the last ADMIN; 0: none yet */
    struct {
        uint32_t id; /* 0: free */
        enum hf_message_type type;
    } open[HF_LIMIT_IN_FLIGHT];
    uint64_t since_ms; /* the present phase until SPEAKING */
    uint64_t heard_ms; /* or answered */
    uint64_t now_ms;
    uint64_t news_size; /* newest log size heard of */
    uint64_t told_size; /* newest log size the peer was told */
    bool news_open;     /* it was told, and has not looked since */
    struct hf_message in;
    struct hf_buf out;
};

enum hf_status hf_session_server_new(uint64_t now_ms, struct hf_session_server **out)
{
    struct hf_session_server *session = calloc(1, sizeof *session);
    if (!session)
        return HF_ERR_NOMEM;
    session->since_ms = session->now_ms = now_ms;
    hf_buf_init(&session->out, HF_LIMIT_MESSAGE_BYTES);
    *out = session;
    return HF_OK;
}

/* What the last update lent; bodies and class keys are in it. */
static void drop_lent(struct hf_session_server *session)
{
    hf_message_clear(&session->in);
    hf_buf_wipe(&session->out);
}

void hf_session_server_free(struct hf_session_server *session)
{
    if (!session)
        return;
    drop_lent(session);
    free(session);
}

/* --- actions --- */

static struct hf_server_action *act(struct hf_server_update *update, enum hf_server_action_type type)
{
    HF_ASSERT(update->count < HF_SERVER_ACTIONS_MAX);
    struct hf_server_action *action = &update->actions[update->count++];
    *action = (struct hf_server_action){.type = type};
    return action;
}

static void close_session(struct hf_session_server *session, struct hf_server_update *update, const char *text)
{
    session->phase = CLOSED;
    act(update, HF_SA_CLOSE)->text = text;
}

/* One message a step. */
static enum hf_status say(struct hf_session_server *session, struct hf_server_update *update,
                          const struct hf_message *message)
{
    HF_ASSERT(session->out.len == 0);
    enum hf_status status = hf_message_encode(message, &session->out);
    if (status != HF_OK)
        hf_buf_wipe(&session->out);
    else
        act(update, HF_SA_SEND)->bytes = hf_buf_slice(&session->out);
    return status;
}

/* Text of the host is cut to fit, at the start of a character; what is no text at all is replaced. */
static struct hf_slice fit_text(struct hf_slice text, enum hf_status status)
{
    if (!hf_text_is_utf8(text))
        text = hf_slice_str(hf_status_text(status));
    if (text.len <= HF_LIMIT_ERROR_TEXT_BYTES)
        return text;
    size_t len = HF_LIMIT_ERROR_TEXT_BYTES;
    while (len > 0 && (text.data[len] & 0xC0u) == 0x80u)
        len--;
    return hf_slice_of(text.data, len);
}

static void say_error(struct hf_session_server *session, struct hf_server_update *update, uint32_t request,
                      enum hf_status status, struct hf_slice text)
{
    struct hf_message message = {.type = HF_MSG_ERROR, .request = request};
    message.as.error.status = status == HF_OK ? HF_ERR_STATE : status;
    message.as.error.text = fit_text(text, message.as.error.status);
    if (say(session, update, &message) != HF_OK)
        close_session(session, update, "an error could not be told");
}

static void refuse(struct hf_session_server *session, struct hf_server_update *update, uint32_t request,
                   const struct hf_ruling *ruling)
{
    say_error(session, update, request, ruling->status, hf_slice_str(ruling->text));
    if (ruling->close && session->phase != CLOSED)
        close_session(session, update, ruling->text);
}

/* --- requests --- */

static size_t find_open(const struct hf_session_server *session, uint32_t id)
{
    size_t i = 0;
    while (i < HF_LIMIT_IN_FLIGHT && session->open[i].id != id)
        i++;
    return i;
}

static bool any_open(const struct hf_session_server *session)
{
    for (size_t i = 0; i < HF_LIMIT_IN_FLIGHT; i++) {
        if (session->open[i].id != 0)
            return true;
    }
    return false;
}

static struct hf_ruling broken(enum hf_status status, const char *text)
{
    return (struct hf_ruling){.status = status, .text = text, .close = true};
}

/* Is this the moment for it? A device begins with HELLO, says it once and waits for its answer. */
static struct hf_ruling check_order(const struct hf_session_server *session, enum hf_message_type type)
{
    const bool first = session->phase == OPENED;
    if (session->peer.kind == HF_PEER_DEVICE && first != (type == HF_MSG_HELLO))
        return broken(HF_ERR_PROTOCOL, "A device says HELLO first, and once.");
    if (session->phase == GREETED)
        return broken(HF_ERR_PROTOCOL, "A device waits for the answer to its HELLO.");
    if (session->peer.kind == HF_PEER_ADMIN && first && type != HF_MSG_ADMIN)
        return broken(HF_ERR_PROTOCOL, "An administrator's connection begins with a command.");
    return (struct hf_ruling){.status = HF_OK};
}

/* A command is carried out once, and not again because it came again. */
static struct hf_ruling check_command(const struct hf_session_server *session)
{
    if (session->in.type == HF_MSG_ADMIN && session->in.request <= session->command)
        return broken(HF_ERR_PROTOCOL, "A command's number is greater than that of the command before.");
    return (struct hf_ruling){.status = HF_OK};
}

static struct hf_ruling check_version(const struct hf_message *message)
{
    if (message->type == HF_MSG_HELLO && message->as.hello.version != HF_PROTOCOL_VERSION)
        return broken(HF_ERR_UNSUPPORTED, "The office's server speaks another version of the Holdfast protocol. Update "
                                          "Holdfast on this device, or tell an administrator.");
    return (struct hf_ruling){.status = HF_OK};
}

/* Wrong kinds of message first, then the moment, then standing, then content. */
static struct hf_ruling judge(const struct hf_session_server *session)
{
    const struct hf_message *message = &session->in;
    struct hf_ruling may = hf_session_may_ask(&session->peer, message->type);
    if (may.status != HF_OK && may.close)
        return may;
    struct hf_ruling ruling = check_order(session, message->type);
    if (ruling.status == HF_OK)
        ruling = may;
    if (ruling.status == HF_OK)
        ruling = check_version(message);
    if (ruling.status == HF_OK)
        ruling = check_command(session);
    if (ruling.status == HF_OK)
        ruling = hf_session_is_own(&session->peer, message);
    return ruling;
}

static void pass_on(struct hf_session_server *session, struct hf_server_update *update)
{
    const uint32_t id = session->in.request;
    const size_t slot = find_open(session, 0);
    struct hf_ruling ruling = {.status = HF_OK};
    if (find_open(session, id) < HF_LIMIT_IN_FLIGHT)
        ruling = broken(HF_ERR_PROTOCOL, "Two open requests have the same number.");
    else if (slot == HF_LIMIT_IN_FLIGHT)
        ruling = broken(HF_ERR_LIMIT, "Too many requests are open at once.");
    if (ruling.status != HF_OK) {
        refuse(session, update, id, &ruling);
        return;
    }
    session->open[slot].id = id;
    session->open[slot].type = session->in.type;
    if (session->in.type == HF_MSG_ADMIN)
        session->command = id;
    if (session->in.type == HF_MSG_PULL && !session->in.as.pull.one_case)
        session->news_open = false;
    session->phase = session->in.type == HF_MSG_HELLO ? GREETED : SPEAKING;
    act(update, HF_SA_REQUEST)->request = &session->in;
}

static void pong(struct hf_session_server *session, struct hf_server_update *update)
{
    const struct hf_message message = {.type = HF_MSG_PONG, .request = session->in.request};
    session->phase = SPEAKING;
    if (say(session, update, &message) != HF_OK)
        close_session(session, update, "a keep-alive could not be answered");
}

static void on_message(struct hf_session_server *session, const struct hf_server_event *event,
                       struct hf_server_update *update)
{
    HF_ASSERT(session->phase != CONNECTING);
    session->heard_ms = session->now_ms;
    enum hf_status status = hf_message_decode(event->bytes, &session->in);
    struct hf_ruling ruling = status == HF_OK ? judge(session) : broken(status, "This message cannot be read.");
    if (session->in.type == HF_MSG_ERROR)
        close_session(session, update, "the peer gave up");
    else if (ruling.status != HF_OK)
        refuse(session, update, session->in.request, &ruling);
    else if (session->in.type == HF_MSG_PING)
        pong(session, update);
    else
        pass_on(session, update);
}

/* --- replies --- */

static void welcome(struct hf_session_server *session, struct hf_message *reply)
{
    session->phase = SPEAKING;
    reply->as.welcome.version = HF_PROTOCOL_VERSION;
    reply->as.welcome.mode = session->peer.mode;
    if (reply->as.welcome.log_size < session->news_size)
        reply->as.welcome.log_size = session->news_size;
    session->told_size = reply->as.welcome.log_size;
}

/* What an answer has told of the log need not be told as news: own changes that lie directly behind what the device
 * knows, and a feed that was read to its end. */
static void note_told(struct hf_session_server *session, const struct hf_message *reply)
{
    uint64_t size = 0;
    if (reply->type == HF_MSG_PUSHED) {
        const struct hf_msg_pushed *results = reply->as.pushed.results;
        const size_t count = reply->as.pushed.count;
        const bool follow = results[count - 1].index - results[0].index == count - 1;
        if (follow && results[0].index <= session->told_size)
            size = results[count - 1].index + 1;
    } else if (reply->type == HF_MSG_FEED && !reply->as.feed.more) {
        size = reply->as.feed.next_cursor;
    }
    if (size > session->told_size)
        session->told_size = size;
}

/* Without a WELCOME there is nothing further to say. */
static void answer_failed(struct hf_session_server *session, struct hf_server_update *update,
                          enum hf_message_type asked, const struct hf_message *reply, enum hf_status status,
                          struct hf_slice text)
{
    say_error(session, update, reply->request, status, text);
    if (asked == HF_MSG_HELLO && session->phase != CLOSED)
        close_session(session, update, "the HELLO could not be answered");
}

static void on_reply(struct hf_session_server *session, const struct hf_server_event *event,
                     struct hf_server_update *update)
{
    struct hf_message reply = *event->reply;
    const size_t slot = find_open(session, reply.request);
    HF_ASSERT(reply.request != 0 && slot < HF_LIMIT_IN_FLIGHT);
    const enum hf_message_type asked = session->open[slot].type;
    HF_ASSERT(reply.type == hf_session_reply_type(asked) || reply.type == HF_MSG_ERROR);
    session->open[slot].id = 0;
    session->heard_ms = session->now_ms;

    /* Standing may have changed since it was asked. */
    const struct hf_ruling ruling = hf_session_may_ask(&session->peer, asked);
    if (ruling.status != HF_OK) {
        refuse(session, update, reply.request, &ruling);
        return;
    }
    if (reply.type == HF_MSG_ERROR) {
        answer_failed(session, update, asked, &reply, reply.as.error.status, reply.as.error.text);
        return;
    }
    if (reply.type == HF_MSG_WELCOME)
        welcome(session, &reply);
    note_told(session, &reply);
    enum hf_status status = say(session, update, &reply);
    if (status != HF_OK)
        answer_failed(session, update, asked, &reply, status, hf_slice_str(hf_status_text(status)));
}

/* --- the rest --- */

static void on_open(struct hf_session_server *session, const struct hf_server_event *event)
{
    HF_ASSERT(session->phase == CONNECTING && event->peer);
    session->phase = OPENED;
    session->peer = *event->peer;
    session->since_ms = session->heard_ms = session->now_ms;
}

static bool hears_news(const struct hf_session_server *session)
{
    return session->phase == SPEAKING && session->peer.kind == HF_PEER_DEVICE && session->peer.mode == HF_MODE_NORMAL;
}

/* One NEWS, and no other until the device has looked: the feed it then reads holds everything since. */
static void tell_news(struct hf_session_server *session, struct hf_server_update *update)
{
    if (!hears_news(session) || session->news_open || session->news_size <= session->told_size)
        return;
    struct hf_message message = {.type = HF_MSG_NEWS};
    message.as.news.log_size = session->news_size;
    if (say(session, update, &message) == HF_OK) {
        session->told_size = session->news_size;
        session->news_open = true;
    }
}

bool hf_session_server_hears(const struct hf_session_server *session, uint64_t log_size)
{
    return hears_news(session) && !session->news_open && !any_open(session) && log_size > session->told_size;
}

/* The entries, to whoever has all before them: they need not be asked for. Who can not use them asks all the same. */
static bool tell_live(struct hf_session_server *session, struct hf_server_update *update, const struct hf_message *live)
{
    if (!live || !hf_session_server_hears(session, session->news_size) ||
        live->as.feed.next_cursor != session->news_size || say(session, update, live) != HF_OK)
        return false;
    session->told_size = session->news_size;
    return true;
}

static void on_news(struct hf_session_server *session, const struct hf_server_event *event,
                    struct hf_server_update *update)
{
    HF_ASSERT(!event->reply || (event->reply->type == HF_MSG_LIVE && event->reply->request == 0));
    if (event->log_size > session->news_size)
        session->news_size = event->log_size;
    if (!tell_live(session, update, event->reply))
        tell_news(session, update);
}

/* Tells nothing new of the log: that goes its own way. */
static void on_whole(struct hf_session_server *session, const struct hf_server_event *event,
                     struct hf_server_update *update)
{
    struct hf_message message = {.type = HF_MSG_NEWS};
    message.as.news.log_size = session->told_size;
    message.as.news.whole = true;
    message.as.news.attachment = event->attachment;
    if (hears_news(session) && say(session, update, &message) != HF_OK)
        close_session(session, update, "news could not be told");
}

/* An open request keeps the connection: the host is at it, and the peer may do nothing but wait. */
static uint64_t deadline_ms(const struct hf_session_server *session)
{
    switch (session->phase) {
    case CONNECTING:
        return session->since_ms + HF_LIMIT_HANDSHAKE_MS;
    case OPENED:
        return session->since_ms + HF_LIMIT_FIRST_FRAME_MS;
    case GREETED:
    case SPEAKING:
        return any_open(session) ? NEVER : session->heard_ms + HF_LIMIT_IDLE_MS;
    case CLOSED:
        break;
    }
    return NEVER;
}

static void on_tick(struct hf_session_server *session, struct hf_server_update *update)
{
    if (session->now_ms < deadline_ms(session))
        return;
    if (session->phase == CONNECTING)
        close_session(session, update, "no handshake in time");
    else if (session->phase == OPENED)
        close_session(session, update, "no first message in time");
    else
        close_session(session, update, "nothing heard for too long");
}

static void handle(struct hf_session_server *session, const struct hf_server_event *event,
                   struct hf_server_update *update)
{
    switch (event->type) {
    case HF_SE_OPEN:
        on_open(session, event);
        break;
    case HF_SE_MESSAGE:
        on_message(session, event, update);
        break;
    case HF_SE_REPLY:
        on_reply(session, event, update);
        break;
    case HF_SE_MODE:
        HF_ASSERT(session->phase != CONNECTING && event->peer);
        session->peer = *event->peer;
        break;
    case HF_SE_NEWS:
        on_news(session, event, update);
        break;
    case HF_SE_WHOLE:
        on_whole(session, event, update);
        break;
    case HF_SE_MOVING:
        session->heard_ms = session->now_ms;
        break;
    case HF_SE_TICK:
        on_tick(session, update);
        break;
    }
}

void hf_session_server_step(struct hf_session_server *session, const struct hf_server_event *event,
                            struct hf_server_update *out)
{
    *out = (struct hf_server_update){0};
    drop_lent(session);
    session->now_ms = event->now_ms;
    if (session->phase != CLOSED)
        handle(session, event, out);
    out->wake_ms = deadline_ms(session);
}
