#include "tests/protocol/support_client.h"

#include "tests/protocol/support_message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

const struct hf_client_facts start_facts = {
    .device = {0xDE},
    .incarnation = 3,
    .next_seq = 7,
    .head = {0x77},
    .unsent_seq = 5,
    .cursor = 20,
    .checkpoint_size = 18,
    .range_count = 2,
    .ranges = {{.first = 10, .count = 2}, {.first = 15, .count = 1}},
};

const struct hf_client_action *only_action(const struct client_rig *rig, enum hf_client_action_type type)
{
    assert_int_equal(rig->update.count, 1);
    assert_int_equal(rig->update.actions[0].type, type);
    return &rig->update.actions[0];
}

void only_sent(const struct client_rig *rig, size_t count, enum hf_message_type awaited)
{
    assert_int_equal(rig->update.count, count);
    assert_int_equal(rig->sends, count);
    assert_int_equal(rig->sent, awaited);
}

static bool has_answer(enum hf_message_type type)
{
    return type != HF_MSG_PONG && type != HF_MSG_PING;
}

static void note_sent(struct client_rig *rig, struct hf_slice bytes)
{
    struct hf_message message;
    assert_int_equal(hf_message_decode(bytes, &message), HF_OK);
    rig->sends++;
    if (has_answer(message.type)) {
        assert_true(rig->open_count < HF_LIMIT_IN_FLIGHT);
        rig->open[rig->open_count].type = message.type;
        rig->open[rig->open_count++].request = message.request;
    } else {
        rig->sent = message.type;
        rig->request = message.request;
    }
    hf_message_clear(&message);
}

void client_step(struct client_rig *rig, struct hf_client_event event)
{
    event.now_ms = rig->now_ms;
    hf_session_client_step(rig->session, &event, &rig->update);
    rig->sends = 0;
    for (size_t i = 0; i < rig->update.count; i++)
        if (rig->update.actions[i].type == HF_CA_SEND)
            note_sent(rig, rig->update.actions[i].bytes);
    if (rig->open_count > 0 && (rig->sends == 0 || has_answer(rig->sent))) {
        rig->sent = rig->open[0].type;
        rig->request = rig->open[0].request;
    }
}

/* Whatever this message is: it has the number of the request that is awaited next. */
static void note_answer(struct client_rig *rig, const struct hf_message *message)
{
    if (rig->open_count == 0 || message->request != rig->open[0].request)
        return;
    rig->open_count--;
    memmove(&rig->open[0], &rig->open[1], rig->open_count * sizeof rig->open[0]);
}

void client_hears_bytes(struct client_rig *rig, struct hf_slice bytes)
{
    hf_buf_reset(&rig->bytes);
    hf_buf_append_slice(&rig->bytes, bytes);
    client_step(rig, (struct hf_client_event){.type = HF_CE_MESSAGE, .bytes = hf_buf_slice(&rig->bytes)});
}

void client_hears(struct client_rig *rig, const struct hf_message *message)
{
    struct hf_buf bytes = encoded(message);
    note_answer(rig, message);
    client_hears_bytes(rig, hf_buf_slice(&bytes));
    hf_buf_clear(&bytes);
}

void stored(struct client_rig *rig)
{
    client_step(rig, (struct hf_client_event){.type = HF_CE_STORED, .facts = &rig->facts});
}

void client_tick_at(struct client_rig *rig, uint64_t now_ms)
{
    rig->now_ms = now_ms;
    client_step(rig, (struct hf_client_event){.type = HF_CE_TICK});
}

void assert_failed(const struct client_rig *rig, enum hf_status status)
{
    assert_true(rig->update.count > 0);
    const struct hf_client_action *last = &rig->update.actions[rig->update.count - 1];
    assert_int_equal(last->type, HF_CA_FAIL);
    assert_int_equal(last->status, status);
    assert_true(strlen(last->text) > 10);
    assert_int_equal(rig->update.wake_ms, UINT64_MAX);
    for (size_t i = 0; i < rig->update.count; i++)
        assert_true(rig->update.actions[i].type == HF_CA_FAIL || rig->update.actions[i].type == HF_CA_WELCOMED);
}

void close_client_rig(struct client_rig *rig)
{
    hf_session_client_free(rig->session);
    hf_buf_clear(&rig->bytes);
}

/* --- one step after the other --- */

void start_with(struct client_rig *rig, const struct hf_client_facts *facts)
{
    *rig = (struct client_rig){.facts = *facts, .now_ms = CLIENT_START_MS};
    assert_int_equal(hf_session_client_new(&rig->session), HF_OK);
    client_step(rig, (struct hf_client_event){.type = HF_CE_START, .facts = &rig->facts});
    only_action(rig, HF_CA_SEND);
    assert_int_equal(rig->sent, HF_MSG_HELLO);
}

struct hf_message fitting_welcome(const struct client_rig *rig)
{
    struct hf_message message = {.type = HF_MSG_WELCOME, .request = rig->request};
    message.as.welcome.version = HF_PROTOCOL_VERSION;
    message.as.welcome.next_seq = 5;
    message.as.welcome.incarnation = rig->facts.incarnation;
    message.as.welcome.log_size = 30;
    message.as.welcome.lease_days = 14;
    return message;
}

void be_welcomed(struct client_rig *rig, enum hf_mode mode)
{
    struct hf_message message = fitting_welcome(rig);
    message.as.welcome.mode = mode;
    client_hears(rig, &message);
    assert_int_equal(rig->update.count, 2);
    assert_int_equal(rig->update.actions[0].type, HF_CA_WELCOMED);
    assert_int_equal(rig->update.actions[0].message->as.welcome.log_size, 30);
}

static void give_outbox(struct client_rig *rig)
{
    static uint8_t leaf[HF_LEAF_BYTES], body[1];
    struct hf_item items[2];
    for (size_t i = 0; i < 2; i++)
        items[i] = (struct hf_item){.leaf = hf_slice_of(leaf, sizeof leaf), .body = hf_slice_of(body, sizeof body)};
    const struct hf_client_action *last = &rig->update.actions[rig->update.count - 1];
    assert_int_equal(last->type, HF_CA_WANT_OUTBOX);
    assert_int_equal(last->from_seq, 5);
    client_step(rig, (struct hf_client_event){.type = HF_CE_OUTBOX, .items = items, .item_count = 2});
    assert_true(rig->sends == rig->update.count && rig->sends > 0); /* and what does not wait for its answer */
    assert_int_equal(rig->sent, HF_MSG_PUSH);
}

void answer_push(struct client_rig *rig, size_t count, uint64_t first_seq)
{
    struct hf_msg_pushed results[3];
    for (size_t i = 0; i < 3; i++)
        results[i] = (struct hf_msg_pushed){.seq = first_seq + i, .index = 30 + i};
    struct hf_message message = {.type = HF_MSG_PUSHED, .request = rig->request};
    message.as.pushed.results = results;
    message.as.pushed.count = count;
    client_hears(rig, &message);
}

void push_all(struct client_rig *rig)
{
    give_outbox(rig);
    answer_push(rig, 2, 5);
    const struct hf_client_action *action = only_action(rig, HF_CA_STORE_PUSHED);
    assert_int_equal(action->message->as.pushed.count, 2);
    rig->facts.unsent_seq = 7;
    stored(rig);
    assert_int_equal(rig->update.count, 0); /* the answers to the rest are on their way */
}

void answer_pull(struct client_rig *rig, struct feed_answer answer)
{
    static uint8_t leaf[HF_LEAF_BYTES], body[1];
    struct hf_item items[2];
    for (size_t i = 0; i < 2; i++)
        items[i] = (struct hf_item){
            .index = answer.index + i, .leaf = hf_slice_of(leaf, sizeof leaf), .body = hf_slice_of(body, sizeof body)};
    assert_int_equal(rig->sent, HF_MSG_PULL);
    struct hf_message message = {.type = HF_MSG_FEED, .request = rig->request};
    message.as.feed.items = items;
    message.as.feed.item_count = answer.count;
    message.as.feed.next_cursor = answer.next_cursor;
    message.as.feed.more = answer.more;
    client_hears(rig, &message);
}

void pull_all(struct client_rig *rig)
{
    answer_pull(rig, (struct feed_answer){.next_cursor = 32});
    assert_false(only_action(rig, HF_CA_STORE_FEED)->catchup);
    rig->facts.cursor = 32;
    stored(rig);
    assert_int_equal(rig->update.count, 0);
}

void answer_head(struct client_rig *rig, const struct hf_msg_range *ranges, size_t count)
{
    assert_int_equal(rig->sent, HF_MSG_HEAD);
    struct hf_msg_range copy[4] = {0};
    for (size_t i = 0; i < count; i++) {
        copy[i].first = ranges[i].first;
        copy[i].count = ranges[i].count;
    }
    struct hf_message message = {.type = HF_MSG_HEAD_IS, .request = rig->request};
    message.as.head_is.note = hf_slice_str("a note");
    message.as.head_is.ranges = copy;
    message.as.head_is.range_count = count;
    client_hears(rig, &message);
}

const struct hf_msg_range both_ranges[2] = {{.first = 10, .count = 2}, {.first = 15, .count = 1}};

void finish(struct client_rig *rig)
{
    answer_head(rig, both_ranges, 2);
    only_action(rig, HF_CA_STORE_HEAD);
    rig->facts.checkpoint_size = 32;
    rig->facts.range_count = 0;
    stored(rig);
    only_action(rig, HF_CA_DONE);
}

void go_to(struct client_rig *rig, enum stage stage)
{
    start_with(rig, &start_facts);
    if (stage >= AT_OUTBOX)
        be_welcomed(rig, HF_MODE_NORMAL);
    if (stage == AT_PUSH || stage == AT_PUSH_STORE)
        give_outbox(rig);
    if (stage == AT_PUSH_STORE)
        answer_push(rig, 2, 5);
    if (stage >= AT_PULL)
        push_all(rig);
    if (stage == AT_PULL_STORE)
        answer_pull(rig, (struct feed_answer){.next_cursor = 32});
    if (stage >= AT_HEAD)
        pull_all(rig);
    if (stage == AT_HEAD_STORE)
        answer_head(rig, both_ranges, 2);
    if (stage == AT_IDLE)
        finish(rig);
}

bool waits_for_reply(enum stage stage)
{
    return stage != AT_OUTBOX && stage != AT_HEAD_STORE && stage != AT_IDLE;
}

void go_to_catchup(struct client_rig *rig)
{
    go_to(rig, AT_PULL_STORE);
    rig->facts.cursor = 32;
    rig->facts.has_catchup = true;
    rig->facts.catchup_case = (struct hf_id){.bytes = {0xCA}};
    rig->facts.catchup_from = 3;
    rig->facts.catchup_until = 9;
    stored(rig);
    assert_int_equal(rig->update.count, 0);
    answer_head(rig, both_ranges, 2);
    only_action(rig, HF_CA_STORE_HEAD);
    rig->facts.checkpoint_size = 32;
    rig->facts.range_count = 0;
    stored(rig);
    only_action(rig, HF_CA_SEND);
}
