#include "server/link.h"

#include <stdlib.h>
#include <string.h>

#define MESSAGE_KEPT_BYTES 1024 /* of a message's storage; a thousand quiet connections keep no more than that each */
#define LIVE_ENTRIES_MAX   16   /* that come with the news; of more the device is told only that they are there */
#define LIVE_BYTES_MAX     4096 /* of their leaves and bodies */
#define LEFT_EVERY_MS      (60ull * 1000) /* a short sync is noted once, not when it began and when it ended */
#define KEYS_TOLD          16             /* remembered, so that a live change of a case does not bring its key again */

struct span {
    uint64_t first, count;
};

struct hf_link {
    struct hf_office *office;
    struct hf_channel *channel; /* made when the first bytes arrive: a silent stranger costs no key */
    struct hf_session_server *session;
    struct hf_peer peer;
    struct hf_present present;
    struct hf_buf message;
    bool open;
    bool closing;
    const char *close_text;
    uint64_t wake_ms;
    uint64_t standing; /* the office's count when the peer was looked at */
    struct hf_id keys_told[KEYS_TOLD];
    size_t keys_told_count; /* ever; the newest are kept */
    struct span *pushed;    /* places of what was pushed since the last HEAD; HF_LIMIT_HEAD_RANGES, or NULL */
    size_t pushed_count;
    uint64_t until_ms[HF_CHANNEL_KEYS_MAX]; /* for each static key of the channel but the first */
    uint64_t reads_to;                      /* where the device's cursor stands, if it took all that it was answered */
    bool reads_all;                         /* it was answered up to there, and not only in part */
    /* On the heap while there is one: a reply is larger than all else of a quiet connection. */
    struct hf_reply *going_on; /* .more: a command that takes long; its answer comes when it is done */
    struct hf_reply *held;     /* the answer to a push of a group (group.h), until that has ended */
    enum hf_status held_status;
    uint32_t held_request;
};

static void close_link(struct hf_link *link, const char *text)
{
    if (!link->closing)
        link->close_text = text;
    link->closing = true;
}

enum hf_status hf_link_new(struct hf_office *office, uint64_t now_ms, struct hf_link **out)
{
    struct hf_link *link = calloc(1, sizeof *link);
    if (!link)
        return HF_ERR_NOMEM;
    link->office = office;
    link->wake_ms = now_ms + HF_LIMIT_HANDSHAKE_MS;
    enum hf_status status = hf_session_server_new(now_ms, &link->session);
    if (status != HF_OK)
        free(link);
    else
        *out = link;
    return status;
}

static void drop_reply(struct hf_reply **reply)
{
    if (*reply)
        hf_reply_clear(*reply);
    free(*reply);
    *reply = NULL;
}

void hf_link_free(struct hf_link *link)
{
    if (!link)
        return;
    hf_present_gone(&link->present);
    hf_channel_free(link->channel);
    hf_session_server_free(link->session);
    hf_buf_wipe(&link->message);
    drop_reply(&link->going_on);
    drop_reply(&link->held);
    free(link->pushed);
    hf_wipe(&link->peer, sizeof link->peer);
    free(link);
}

/* --- session
 * ----------------------------------------------------------------------------------------------------------------- */

static void step(struct hf_link *link, const struct hf_server_event *event);

static const char *office_failure(enum hf_status status)
{
    if (status == HF_ERR_FULL)
        return "The office's disk is full. Your work is saved here and will be sent later. Tell the administrator.";
    if (status == HF_ERR_LIMIT)
        return "This was too much at once for the office. Your work is saved here.";
    return "The office could not store or read its records. Your work is saved here and will be sent later.";
}

static bool key_was_told(const struct hf_link *link, const struct hf_id *key_id)
{
    const size_t kept = link->keys_told_count < KEYS_TOLD ? link->keys_told_count : KEYS_TOLD;
    for (size_t i = 0; i < kept; i++) {
        if (hf_id_equal(&link->keys_told[i], key_id))
            return true;
    }
    return false;
}

/* Anything but records, such as that a case was taken or given: the device may have purged keys since. */
static bool only_records(const struct hf_message *feed)
{
    for (size_t i = 0; i < feed->as.feed.item_count; i++) {
        struct hf_leaf leaf;
        if (hf_leaf_decode(feed->as.feed.items[i].leaf, &leaf) != HF_OK || leaf.kind != HF_LEAF_DATA)
            return false;
    }
    return true;
}

/* The device stored what it was sent before it asked for more: unless it asks for what it was sent. A catch-up always
 * brings its keys. */
static void leave_out_keys(struct hf_link *link, const struct hf_message *request, struct hf_message *reply)
{
    size_t left = 0;
    if (reply->type != HF_MSG_FEED || request->as.pull.one_case)
        return;
    if (!only_records(reply) || request->as.pull.cursor != link->reads_to)
        link->keys_told_count = 0;
    link->reads_to = reply->as.feed.next_cursor;
    link->reads_all = !reply->as.feed.more;
    for (size_t i = 0; i < reply->as.feed.key_count; i++) {
        const struct hf_class_key *key = &reply->as.feed.keys[i];
        if (key_was_told(link, &key->key_id))
            continue;
        link->keys_told[link->keys_told_count++ % KEYS_TOLD] = key->key_id;
        reply->as.feed.keys[left++] = *key;
    }
    reply->as.feed.key_count = left;
}

/* A device whose own changes lie directly behind what it has read moves its cursor itself. */
static void move_reads(struct hf_link *link, const struct hf_message *pushed)
{
    const struct hf_msg_pushed *results = pushed->as.pushed.results;
    const size_t count = pushed->as.pushed.count;
    if (count > 0 && results[0].index == link->reads_to && results[count - 1].index - results[0].index == count - 1)
        link->reads_to = results[count - 1].index + 1;
}

/* --- what a HEAD behind PUSHes asks for --- */

/* What does not fit is asked for by its places later. */
static void note_pushed(struct hf_link *link, const struct hf_message *reply)
{
    if (!link->pushed)
        link->pushed = calloc(HF_LIMIT_HEAD_RANGES, sizeof *link->pushed);
    for (size_t i = 0; link->pushed && i < reply->as.pushed.count; i++) {
        const uint64_t index = reply->as.pushed.results[i].index;
        struct span *last = link->pushed_count > 0 ? &link->pushed[link->pushed_count - 1] : NULL;
        if (last && last->first + last->count == index)
            last->count++;
        else if (link->pushed_count < HF_LIMIT_HEAD_RANGES)
            link->pushed[link->pushed_count++] = (struct span){.first = index, .count = 1};
    }
}

static bool is_asked(const struct hf_msg_range *ranges, size_t count, const struct span *pushed)
{
    for (size_t i = 0; i < count; i++)
        if (pushed->first < ranges[i].first + ranges[i].count && ranges[i].first < pushed->first + pushed->count)
            return true;
    return false;
}

/* The HEAD with the places in it; `ranges` has room for HF_LIMIT_HEAD_RANGES. */
static struct hf_message with_pushed(struct hf_link *link, const struct hf_message *request,
                                     struct hf_msg_range *ranges)
{
    struct hf_message whole = *request;
    const size_t asked = request->as.head.range_count;
    size_t count = asked;
    if (asked > 0)
        memcpy(ranges, request->as.head.ranges, asked * sizeof *ranges);
    for (size_t i = 0; i < link->pushed_count && count < HF_LIMIT_HEAD_RANGES; i++)
        if (!is_asked(ranges, asked, &link->pushed[i]))
            ranges[count++] = (struct hf_msg_range){.first = link->pushed[i].first, .count = link->pushed[i].count};
    whole.as.head.ranges = ranges;
    whole.as.head.range_count = count;
    return whole;
}

static enum hf_status ask_head(struct hf_link *link, const struct hf_message *request, struct hf_reply *reply)
{
    struct hf_msg_range *ranges = calloc(HF_LIMIT_HEAD_RANGES, sizeof *ranges);
    if (!ranges)
        return HF_ERR_NOMEM;
    const struct hf_message whole = with_pushed(link, request, ranges);
    enum hf_status status = hf_office_answer(link->office, &link->peer, &whole, reply);
    free(ranges);
    return status;
}

static enum hf_status ask_office(struct hf_link *link, const struct hf_message *request, struct hf_reply *reply)
{
    const bool head = request->type == HF_MSG_HEAD;
    enum hf_status status = head && request->as.head.with_pushed
                                ? ask_head(link, request, reply)
                                : hf_office_answer(link->office, &link->peer, request, reply);
    if (head) {
        free(link->pushed);
        link->pushed = NULL;
        link->pushed_count = 0;
    }
    return status;
}

/* The reply borrows from itself: it outlives the step. */
static void give_reply(struct hf_link *link, struct hf_reply *reply, enum hf_status status, uint32_t request,
                       uint64_t now_ms)
{
    if (status != HF_OK) {
        reply->message = (struct hf_message){.request = request};
        status = hf_reply_error(reply, status, office_failure(status));
    }
    if (status == HF_OK)
        step(link, &(struct hf_server_event){.type = HF_SE_REPLY, .now_ms = now_ms, .reply = &reply->message});
    else
        close_link(link, "out of memory");
    hf_reply_clear(reply);
}

static void pushed(struct hf_link *link, struct hf_reply *reply, enum hf_status status, uint32_t request,
                   uint64_t now_ms)
{
    if (status == HF_OK && reply->message.type == HF_MSG_PUSHED) {
        note_pushed(link, &reply->message);
        move_reads(link, &reply->message);
    }
    give_reply(link, reply, status, request, now_ms);
}

static void answer_push(struct hf_link *link, const struct hf_message *request, uint64_t now_ms)
{
    struct hf_reply reply = {0};
    struct hf_reply *held = link->office->group.allowed ? malloc(sizeof *held) : NULL;
    const bool holds = held && hf_group_enter(link->office);
    const uint32_t number = request->request;
    enum hf_status status = ask_office(link, request, &reply);
    if (!holds) {
        free(held);
        pushed(link, &reply, status, number, now_ms);
        return;
    }
    *held = reply;
    link->held = held;
    link->held_status = status;
    link->held_request = number;
}

bool hf_link_holds(const struct hf_link *link)
{
    return link->held != NULL;
}

void hf_link_let_go(struct hf_link *link, enum hf_status group, uint64_t now_ms)
{
    if (!link->held)
        return;
    struct hf_reply reply = *link->held;
    free(link->held);
    link->held = NULL;
    if (link->closing)
        hf_reply_clear(&reply);
    else
        pushed(link, &reply, group != HF_OK ? group : link->held_status, link->held_request, now_ms);
}

/* The request borrows from the message of the event before, which outlives the step. */
static void answer(struct hf_link *link, const struct hf_message *request, uint64_t now_ms)
{
    struct hf_reply reply = {0};
    if (request->type == HF_MSG_PUSH) {
        answer_push(link, request, now_ms);
        return;
    }
    enum hf_status status = ask_office(link, request, &reply);
    if (status == HF_OK && reply.more) {
        link->going_on = malloc(sizeof *link->going_on);
        if (link->going_on) {
            *link->going_on = reply;
            return;
        }
        hf_reply_clear(&reply);
        status = HF_ERR_NOMEM;
    }
    if (status == HF_OK) {
        leave_out_keys(link, request, &reply.message);
        if (reply.message.type == HF_MSG_WELCOME && reply.message.as.welcome.log_size == request->as.hello.cursor) {
            link->reads_to = request->as.hello.cursor; /* it has all, and will not ask */
            link->reads_all = true;
        }
    }
    give_reply(link, &reply, status, request->request, now_ms);
}

/* A command that takes long: its next portion. */
static void go_on(struct hf_link *link, uint64_t now_ms)
{
    const uint32_t request = link->going_on->message.request;
    enum hf_status status = hf_office_go_on(link->office, link->going_on);
    if (status == HF_OK && link->going_on->more)
        return;
    struct hf_reply reply = *link->going_on;
    free(link->going_on);
    link->going_on = NULL;
    give_reply(link, &reply, status, request, now_ms);
}

static void act(struct hf_link *link, const struct hf_server_action *action, uint64_t now_ms)
{
    if (action->type == HF_SA_REQUEST) {
        answer(link, action->request, now_ms);
    } else if (action->type == HF_SA_CLOSE) {
        close_link(link, action->text);
    } else {
        enum hf_status status = hf_channel_send(link->channel, action->bytes);
        if (status != HF_OK)
            close_link(link, status == HF_ERR_BUSY ? "the peer takes too little" : hf_status_text(status));
    }
}

static void step(struct hf_link *link, const struct hf_server_event *event)
{
    struct hf_server_update update;
    hf_session_server_step(link->session, event, &update);
    link->wake_ms = update.wake_ms;
    for (size_t i = 0; i < update.count && !link->closing; i++)
        act(link, &update.actions[i], event->now_ms);
}

/* --- bytes
 * ----------------------------------------------------------------------------------------------------------------------
 */

static enum hf_status make_channel(struct hf_link *link, uint64_t now_ms)
{
    const struct hf_server_keys *keys = hf_keystore_server(link->office->keystore);
    struct hf_dh_key ephemeral;
    uint8_t seed[HF_DH_BYTES];
    hf_random(seed, sizeof seed);
    hf_dh_key_from_seed(seed, &ephemeral);
    enum hf_status status =
        hf_channel_server_new(hf_slice_str(keys->origin), &keys->channel, &ephemeral, now_ms, &link->channel);
    for (size_t i = 0; status == HF_OK && i < keys->old_channel_count && i + 1 < HF_CHANNEL_KEYS_MAX; i++) {
        const struct hf_old_channel *old = &keys->old_channels[keys->old_channel_count - 1 - i]; /* the newest first */
        status = hf_channel_server_also(link->channel, &old->key);
        link->until_ms[i + 1] = old->until_ms;
    }
    hf_wipe(seed, sizeof seed);
    hf_wipe(&ephemeral, sizeof ephemeral);
    return status;
}

/* With a key that was given up devices may come until its time; the commands of this machine may at any time. */
static bool key_is_over(const struct hf_link *link)
{
    const size_t used = hf_channel_key_used(link->channel);
    return used > 0 && link->peer.kind != HF_PEER_ADMIN &&
           link->office->wall_ms(link->office->clock_ctx) >= link->until_ms[used];
}

static void admit(struct hf_link *link, uint64_t now_ms)
{
    uint8_t psk[HF_KEY_BYTES];
    enum hf_status status = hf_office_peer(link->office, hf_channel_remote_key(link->channel),
                                           hf_channel_enrolment_id(link->channel), &link->peer, psk);
    if (status == HF_OK && key_is_over(link))
        status = HF_ERR_EXPIRED;
    if (status == HF_OK)
        status = hf_channel_give_psk(link->channel, psk);
    hf_wipe(psk, sizeof psk);
    if (status != HF_OK) {
        close_link(link, status == HF_ERR_NOT_FOUND ? "a stranger" : hf_status_text(status));
        return;
    }
    memcpy(link->peer.handshake_hash, hf_channel_handshake_hash(link->channel), HF_HASH_BYTES);
    link->standing = link->office->standing;
    link->open = true;
    step(link, &(struct hf_server_event){.type = HF_SE_OPEN, .now_ms = now_ms, .peer = &link->peer});
}

/* A revocation that another link carried in counts from the very next request. */
static void take_message(struct hf_link *link, uint64_t now_ms)
{
    if (link->standing != link->office->standing)
        hf_link_recheck(link, now_ms);
    if (!link->closing && link->peer.kind == HF_PEER_DEVICE)
        hf_present_here(link->office, &link->present, link->peer.device); /* whoever can speak has shown its key */
    if (!link->closing)
        step(link,
             &(struct hf_server_event){.type = HF_SE_MESSAGE, .now_ms = now_ms, .bytes = hf_buf_slice(&link->message)});
}

bool hf_link_waiting(const struct hf_link *link)
{
    return !link->closing && (link->going_on || (link->channel && hf_channel_waiting(link->channel)));
}

size_t hf_link_waiting_bytes(const struct hf_link *link)
{
    if (link->going_on) /* a portion of it takes as long as a long message */
        return HF_LIMIT_MESSAGE_BYTES;
    return hf_link_waiting(link) ? hf_channel_waiting_bytes(link->channel) : 0;
}

bool hf_link_work(struct hf_link *link, uint64_t now_ms)
{
    if (link->closing || link->held || !link->channel || hf_link_output(link).len >= HF_LINK_OUTPUT_FULL_BYTES)
        return false;
    if (link->going_on) {
        go_on(link, now_ms);
        return true;
    }
    const bool any = hf_channel_next(link->channel, &link->message);
    if (any)
        take_message(link, now_ms);
    if (link->message.cap > MESSAGE_KEPT_BYTES)
        hf_buf_wipe(&link->message);
    if (!link->closing && hf_channel_state(link->channel) == HF_CHANNEL_DEAD)
        close_link(link, "the channel failed");
    return any;
}

void hf_link_take(struct hf_link *link, struct hf_slice bytes, uint64_t now_ms)
{
    enum hf_status status = HF_OK;
    if (link->closing)
        return;
    if (!link->channel)
        status = make_channel(link, now_ms);
    if (status == HF_OK)
        status = hf_channel_feed(link->channel, bytes);
    if (status != HF_OK) {
        close_link(link, hf_status_text(status));
        return;
    }
    if (hf_channel_state(link->channel) == HF_CHANNEL_WANTS_PSK)
        admit(link, now_ms);
    else
        hf_link_moving(link, now_ms);
    if (!link->closing && hf_channel_state(link->channel) == HF_CHANNEL_DEAD)
        close_link(link, "the channel failed");
}

void hf_link_feed(struct hf_link *link, struct hf_slice bytes, uint64_t now_ms)
{
    hf_link_take(link, bytes, now_ms);
    while (hf_link_work(link, now_ms))
        ;
}

void hf_link_tick(struct hf_link *link, uint64_t now_ms)
{
    if (!link->closing)
        step(link, &(struct hf_server_event){.type = HF_SE_TICK, .now_ms = now_ms});
}

/* The few entries that a device lacks come with the news, and need not be asked for. */
static bool tell_entries(struct hf_link *link, uint64_t log_size, uint64_t now_ms)
{
    const struct hf_message request = {.type = HF_MSG_PULL, .as.pull.cursor = link->reads_to};
    struct hf_reply reply = {0};
    if (!link->reads_all || log_size <= link->reads_to || log_size - link->reads_to > LIVE_ENTRIES_MAX ||
        hf_link_output(link).len > LIVE_BYTES_MAX || !hf_session_server_hears(link->session, log_size))
        return false;
    const uint64_t from = link->reads_to;
    const bool fits = hf_office_answer(link->office, &link->peer, &request, &reply) == HF_OK &&
                      reply.message.type == HF_MSG_FEED && !reply.message.as.feed.more &&
                      reply.message.as.feed.next_cursor == log_size && reply.bytes.len <= LIVE_BYTES_MAX;
    if (fits) {
        leave_out_keys(link, &request, &reply.message);
        reply.message.type = HF_MSG_LIVE;
        reply.message.request = 0;
        reply.message.as.feed.from = from;
        step(link, &(struct hf_server_event){
                       .type = HF_SE_NEWS, .now_ms = now_ms, .log_size = log_size, .reply = &reply.message});
    }
    hf_reply_clear(&reply);
    return fits;
}

void hf_link_news(struct hf_link *link, uint64_t log_size, uint64_t now_ms)
{
    if (link->open && !link->closing && !tell_entries(link, log_size, now_ms))
        step(link, &(struct hf_server_event){.type = HF_SE_NEWS, .now_ms = now_ms, .log_size = log_size});
}

bool hf_link_whole(struct hf_link *link, const struct hf_whole_item *item, const struct hf_concern *concern,
                   uint64_t now_ms)
{
    if (link->closing || !hf_link_concerned(link, concern) || link->peer.kind != HF_PEER_DEVICE ||
        memcmp(link->peer.device, item->device, sizeof item->device) == 0 ||
        hf_link_output(link).len > HF_LINK_OUTPUT_FULL_BYTES)
        return false;
    step(link, &(struct hf_server_event){.type = HF_SE_WHOLE, .now_ms = now_ms, .attachment = item->record_id});
    return true;
}

bool hf_link_concerned(const struct hf_link *link, const struct hf_concern *concern)
{
    return link->open && hf_concern_has(concern, &link->peer);
}

void hf_link_left(struct hf_link *link)
{
    if (!link->present.place)
        return;
    hf_present_gone(&link->present);
    hf_present_note(link->office, link->present.device, LEFT_EVERY_MS);
}

void hf_link_recheck(struct hf_link *link, uint64_t now_ms)
{
    link->standing = link->office->standing;
    if (!link->open || link->closing || link->peer.kind != HF_PEER_DEVICE)
        return;
    struct hf_peer peer;
    struct hf_id zero = hf_id_zero();
    uint8_t psk[HF_KEY_BYTES];
    enum hf_status status = hf_office_peer(link->office, link->peer.channel_key, &zero, &peer, psk);
    hf_wipe(psk, sizeof psk);
    if (status != HF_OK) {
        close_link(link, "the device is not known any more");
        return;
    }
    memcpy(peer.handshake_hash, link->peer.handshake_hash, sizeof peer.handshake_hash);
    bool changed = peer.mode != link->peer.mode || peer.role != link->peer.role;
    link->peer = peer;
    if (changed)
        step(link, &(struct hf_server_event){.type = HF_SE_MODE, .now_ms = now_ms, .peer = &link->peer});
}

struct hf_slice hf_link_output(const struct hf_link *link)
{
    return link->channel ? hf_channel_output(link->channel) : hf_slice_of(NULL, 0);
}

void hf_link_output_taken(struct hf_link *link, size_t len)
{
    if (link->channel)
        hf_channel_output_taken(link->channel, len);
}

void hf_link_moving(struct hf_link *link, uint64_t now_ms)
{
    if (link->open && !link->closing)
        step(link, &(struct hf_server_event){.type = HF_SE_MOVING, .now_ms = now_ms});
}

bool hf_link_closing(const struct hf_link *link, const char **out_text)
{
    if (link->closing && out_text)
        *out_text = link->close_text ? link->close_text : "closed";
    return link->closing;
}

bool hf_link_open(const struct hf_link *link)
{
    return link->open;
}

uint64_t hf_link_wake_ms(const struct hf_link *link)
{
    return link->wake_ms;
}
