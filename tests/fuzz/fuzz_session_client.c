/* An office that says anything to the client's session machine, and now and then what fits. The caller answers every
 * action, honestly or not. Checked: nothing after the session failed, no more requests open than the office takes, no
 * entries stored that were taken in before, results only for what was pushed.
 *
 * Step: kind u8, length u8, then that many bytes (fewer at the end of the input). */
#include "core/base/assert.h"
#include "protocol/session_client.h"

#include <string.h>

enum kind {
    KIND_RAW,   /* the bytes arrive as a message */
    KIND_REPLY, /* a reply of the type and number that is awaited, with content from the bytes */
    KIND_NEWS,
    KIND_TICK, /* the first byte in seconds later */
    KIND_LOCAL,
    KIND_FAIL,     /* the caller's next answer is a failure */
    KIND_STUBBORN, /* the caller's next answer leaves the facts as they are */
    KIND_COUNT
};

#define FED_MAX 4

struct world {
    struct hf_session_client *session;
    struct hf_client_facts facts;
    uint64_t now_ms;
    enum hf_message_type asked; /* the first of the open requests: it is the one that is answered */
    uint32_t request;
    uint64_t push_from;
    size_t push_count;
    struct {
        enum hf_message_type type;
        uint32_t request;
        uint64_t push_from;
        size_t push_count;
    } open[HF_LIMIT_IN_FLIGHT];
    size_t open_count;
    uint64_t given_from; /* by the outbox, last */
    size_t given_count;
    bool failed, fail_next, stubborn_next;
};

static uint8_t leaf[HF_LEAF_BYTES], body[1];

static uint8_t take(struct hf_slice *bytes)
{
    if (bytes->len == 0)
        return 0;
    bytes->len--;
    return *bytes->data++;
}

/* --- the caller --- */

static void note_sent(struct world *world, struct hf_slice bytes)
{
    struct hf_message message;
    HF_ASSERT(hf_message_decode(bytes, &message) == HF_OK);
    if (message.type != HF_MSG_PING && message.type != HF_MSG_PONG) {
        HF_ASSERT(world->open_count < HF_LIMIT_IN_FLIGHT);
        world->open[world->open_count].type = message.type;
        world->open[world->open_count].request = message.request;
        world->open[world->open_count].push_from = world->given_from;
        world->open[world->open_count++].push_count = world->given_count;
    }
    hf_message_clear(&message);
}

static void next_asked(struct world *world)
{
    if (world->open_count == 0)
        return;
    world->asked = world->open[0].type;
    world->request = world->open[0].request;
    world->push_from = world->open[0].push_from;
    world->push_count = world->open[0].push_count;
}

static void keep_feed(struct world *world, const struct hf_client_action *action)
{
    const struct hf_message *message = action->message;
    const uint64_t from = action->catchup ? world->facts.catchup_from : world->facts.cursor;
    for (size_t i = 0; i < message->as.feed.item_count; i++)
        HF_ASSERT(message->as.feed.items[i].index >= from);
    HF_ASSERT(message->as.feed.next_cursor >= from);
    if (world->stubborn_next)
        return;
    if (!action->catchup) {
        world->facts.cursor = message->as.feed.next_cursor;
    } else {
        world->facts.catchup_from = message->as.feed.next_cursor;
        world->facts.has_catchup = world->facts.catchup_from < world->facts.catchup_until;
    }
}

static void keep_pushed(struct world *world, const struct hf_message *message)
{
    HF_ASSERT(message->as.pushed.count == world->push_count);
    for (size_t i = 0; i < world->push_count; i++)
        HF_ASSERT(message->as.pushed.results[i].seq == world->push_from + i);
    if (!world->stubborn_next)
        world->facts.unsent_seq += world->push_count;
}

static void keep_refused(struct world *world, const struct hf_client_action *action)
{
    HF_ASSERT(world->facts.has_catchup && hf_id_equal(&action->case_id, &world->facts.catchup_case));
    if (world->stubborn_next)
        return;
    world->facts.has_catchup = false;
    world->facts.catchup_refused = true;
}

static void keep(struct world *world, const struct hf_client_action *action)
{
    if (action->type == HF_CA_STORE_FEED)
        keep_feed(world, action);
    else if (action->type == HF_CA_STORE_PUSHED)
        keep_pushed(world, action->message);
    else if (action->type == HF_CA_STORE_REFUSED)
        keep_refused(world, action);
    else if (!world->stubborn_next)
        world->facts.range_count = 0;
    world->stubborn_next = false;
}

/* True when `next` answers the action. */
static bool answer(struct world *world, const struct hf_client_action *action, struct hf_item items[2],
                   struct hf_client_event *next)
{
    switch (action->type) {
    case HF_CA_SEND:
        note_sent(world, action->bytes);
        return false;
    case HF_CA_FAIL:
        HF_ASSERT(action->status != HF_OK && action->text[0] != '\0');
        world->failed = true;
        return false;
    case HF_CA_WELCOMED:
    case HF_CA_NEWS:
    case HF_CA_DONE:
        return false;
    default:
        break;
    }
    *next = (struct hf_client_event){.type = HF_CE_FAILED, .status = HF_ERR_IO, .text = "The disk says no."};
    if (world->fail_next)
        return true;
    if (action->type == HF_CA_WANT_OUTBOX) {
        HF_ASSERT(action->from_seq >= world->facts.unsent_seq && action->from_seq <= world->facts.next_seq);
        const uint64_t left = world->facts.next_seq - action->from_seq;
        world->given_from = action->from_seq;
        world->given_count = left < 2 ? (size_t)left : 2;
        *next = (struct hf_client_event){.type = HF_CE_OUTBOX, .items = items, .item_count = world->given_count};
        return true;
    }
    keep(world, action);
    *next = (struct hf_client_event){.type = HF_CE_STORED, .facts = &world->facts};
    return true;
}

static void step(struct world *world, struct hf_client_event event)
{
    struct hf_item items[2];
    for (size_t i = 0; i < 2; i++)
        items[i] = (struct hf_item){.leaf = hf_slice_of(leaf, sizeof leaf), .body = hf_slice_of(body, sizeof body)};
    bool more = true;
    while (more) {
        struct hf_client_update update;
        struct hf_client_event next = {.type = HF_CE_TICK};
        const bool was_failed = world->failed;
        event.now_ms = world->now_ms;
        hf_session_client_step(world->session, &event, &update);
        HF_ASSERT(update.count <= HF_CLIENT_ACTIONS_MAX && (!was_failed || update.count == 0));
        more = false;
        for (size_t i = 0; i < update.count; i++) {
            HF_ASSERT(!world->failed);
            more |= answer(world, &update.actions[i], items, &next);
        }
        if (more)
            world->fail_next = false;
        event = next;
    }
}

/* --- the office --- */

static void hear(struct world *world, const struct hf_message *message)
{
    struct hf_buf bytes = {0};
    const bool encoded = hf_message_encode(message, &bytes) == HF_OK;
    if (encoded && world->open_count > 0 && message->request == world->open[0].request) {
        world->open_count--;
        memmove(&world->open[0], &world->open[1], world->open_count * sizeof world->open[0]);
    }
    if (encoded)
        step(world, (struct hf_client_event){.type = HF_CE_MESSAGE, .bytes = hf_buf_slice(&bytes)});
    hf_buf_clear(&bytes);
}

static void hear_welcome(struct world *world, struct hf_slice bytes)
{
    struct hf_message message = {.type = HF_MSG_WELCOME, .request = world->request};
    message.as.welcome.version = HF_PROTOCOL_VERSION;
    message.as.welcome.mode = take(&bytes) % 3;
    message.as.welcome.next_seq = world->facts.unsent_seq + take(&bytes) % 4;
    message.as.welcome.log_size = world->facts.cursor + take(&bytes);
    message.as.welcome.lease_days = 14;
    hear(world, &message);
}

static void hear_pushed(struct world *world, struct hf_slice bytes)
{
    struct hf_msg_pushed results[4];
    const size_t count = world->push_count + take(&bytes) % 3 - 1;
    const uint64_t first = world->push_from + take(&bytes) % 3 - 1;
    for (size_t i = 0; i < 4; i++)
        results[i] = (struct hf_msg_pushed){.seq = first + i, .index = 100 + i};
    struct hf_message message = {.type = HF_MSG_PUSHED, .request = world->request};
    message.as.pushed.results = results;
    message.as.pushed.count = count < 4 ? count : 4;
    hear(world, &message);
}

static void hear_feed(struct world *world, struct hf_slice bytes)
{
    struct hf_item items[FED_MAX];
    struct hf_message message = {.type = HF_MSG_FEED, .request = world->request};
    message.as.feed.next_cursor = take(&bytes);
    message.as.feed.more = take(&bytes) & 1;
    uint64_t index = take(&bytes);
    size_t count = 0;
    for (; count < FED_MAX && bytes.len > 0; count++) {
        items[count] = (struct hf_item){
            .index = index, .leaf = hf_slice_of(leaf, sizeof leaf), .body = hf_slice_of(body, sizeof body)};
        index += 1u + take(&bytes) % 4;
    }
    message.as.feed.items = items;
    message.as.feed.item_count = count;
    hear(world, &message);
}

static void hear_head(struct world *world, struct hf_slice bytes)
{
    static struct hf_msg_range ranges[FED_MAX];
    size_t count = 0;
    for (; count < FED_MAX && bytes.len > 0; count++) {
        ranges[count].first = take(&bytes);
        ranges[count].count = 1u + take(&bytes) % 3;
    }
    struct hf_message message = {.type = HF_MSG_HEAD_IS, .request = world->request};
    message.as.head_is.note = hf_slice_str("a note");
    message.as.head_is.ranges = ranges;
    message.as.head_is.range_count = count;
    hear(world, &message);
}

static void hear_reply(struct world *world, struct hf_slice bytes)
{
    next_asked(world);
    if (world->asked == HF_MSG_HELLO)
        hear_welcome(world, bytes);
    else if (world->asked == HF_MSG_PUSH)
        hear_pushed(world, bytes);
    else if (world->asked == HF_MSG_PULL)
        hear_feed(world, bytes);
    else
        hear_head(world, bytes);
}

static void take_step(struct world *world, enum kind kind, struct hf_slice bytes)
{
    struct hf_message news = {.type = HF_MSG_NEWS};
    switch (kind) {
    case KIND_RAW:
        step(world, (struct hf_client_event){.type = HF_CE_MESSAGE, .bytes = bytes});
        break;
    case KIND_REPLY:
        hear_reply(world, bytes);
        break;
    case KIND_NEWS:
        news.as.news.log_size = take(&bytes);
        hear(world, &news);
        break;
    case KIND_TICK:
        world->now_ms += take(&bytes) * 1000u;
        step(world, (struct hf_client_event){.type = HF_CE_TICK});
        break;
    case KIND_LOCAL:
        world->facts.next_seq += take(&bytes) % 4;
        step(world, (struct hf_client_event){.type = HF_CE_LOCAL, .facts = &world->facts});
        break;
    case KIND_FAIL:
        world->fail_next = true;
        break;
    case KIND_STUBBORN:
        world->stubborn_next = true;
        break;
    case KIND_COUNT:
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hf_slice rest = hf_slice_of(data, size);
    struct world world = {.now_ms = 1000};
    world.facts = (struct hf_client_facts){.next_seq = 5,
                                           .unsent_seq = 2,
                                           .cursor = 10,
                                           .has_catchup = take(&rest) & 1,
                                           .catchup_from = 3,
                                           .catchup_until = 9,
                                           .checkpoint_size = 8,
                                           .range_count = 1,
                                           .ranges = {{.first = 4, .count = 2}}};
    if (hf_session_client_new(&world.session) != HF_OK)
        return 0;
    step(&world, (struct hf_client_event){.type = HF_CE_START, .facts = &world.facts});
    while (rest.len > 0) {
        enum kind kind = (enum kind)(take(&rest) % KIND_COUNT);
        size_t len = take(&rest);
        struct hf_slice bytes = hf_slice_of(rest.data, len < rest.len ? len : rest.len);
        rest.data += bytes.len;
        rest.len -= bytes.len;
        take_step(&world, kind, bytes);
    }
    hf_session_client_free(world.session);
    return 0;
}
