#include "tests/server/support_client.h"

#include "core/log/note.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/* --- the channel --- */

struct caller caller_device(const struct device *device)
{
    return (struct caller){.key = &device->channel, .psk = device->psk};
}

struct caller caller_invited(const struct device *device, const struct hf_invitation *invitation)
{
    return (struct caller){.key = &device->channel, .enrolment_id = invitation->id, .psk = invitation->token};
}

struct hf_channel *client_channel(const struct office *office, const struct caller *caller)
{
    uint8_t seed[HF_DH_BYTES];
    struct hf_dh_key ephemeral;
    struct hf_channel *channel = NULL;
    hf_random(seed, sizeof seed);
    hf_dh_key_from_seed(seed, &ephemeral);
    assert_int_equal(hf_channel_client_new(hf_slice_str(OFFICE_ORIGIN), &caller->enrolment_id, caller->key,
                                           hf_keystore_server(office->keystore)->channel.public_key, caller->psk,
                                           &ephemeral, CLIENT_START_MS, &channel),
                     HF_OK);
    return channel;
}

bool client_link_closed(const struct client *client)
{
    return hf_link_closing(client->link, NULL);
}

bool client_flush(struct client *client)
{
    for (;;) {
        struct hf_slice out = hf_channel_output(client->channel);
        size_t taken = out.len;
        if (out.len == 0)
            return true;
        if (client->link) {
            hf_link_feed(client->link, out, client->now_ms);
        } else {
            ssize_t written = send(client->fd, out.data, out.len, MSG_NOSIGNAL);
            if (written <= 0)
                return false;
            taken = (size_t)written;
        }
        hf_channel_output_taken(client->channel, taken);
        client->moved += taken;
    }
}

/* Bytes of the office into the channel; false when there are none and none will come. */
static bool read_some(struct client *client)
{
    uint8_t bytes[4096];
    size_t len = 0;
    if (client->link) {
        struct hf_slice out = hf_link_output(client->link);
        len = out.len < sizeof bytes ? out.len : sizeof bytes;
        if (len)
            memcpy(bytes, out.data, len);
        hf_link_output_taken(client->link, len);
    } else {
        ssize_t got = recv(client->fd, bytes, sizeof bytes, 0);
        if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            fail_msg("the office said nothing for %d s", CLIENT_WAIT_S);
        len = got > 0 ? (size_t)got : 0;
    }
    if (len == 0)
        return false;
    client->moved += len;
    assert_int_equal(hf_channel_feed(client->channel, hf_slice_of(bytes, len)), HF_OK);
    return true;
}

bool client_hear(struct client *client)
{
    while (!hf_channel_next(client->channel, &client->message)) {
        if (!read_some(client)) {
            client->ended = true;
            return false;
        }
    }
    return true;
}

static void handshake(struct client *client)
{
    assert_true(client_flush(client));
    while (hf_channel_state(client->channel) == HF_CHANNEL_HANDSHAKE)
        assert_true(read_some(client));
    assert_int_equal(hf_channel_state(client->channel), HF_CHANNEL_OPEN);
}

void client_open_link(struct client *client, struct office *office, const struct caller *caller)
{
    *client = (struct client){.fd = -1, .now_ms = CLIENT_START_MS};
    client->channel = client_channel(office, caller);
    assert_int_equal(hf_link_new(&office->office, client->now_ms, &client->link), HF_OK);
    handshake(client);
}

void client_open_socket(struct client *client, int fd, const struct office *office, const struct caller *caller)
{
    *client = (struct client){.fd = fd};
    client->channel = client_channel(office, caller);
    handshake(client);
}

void client_free(struct client *client)
{
    hf_channel_free(client->channel);
    hf_link_free(client->link);
    hf_buf_wipe(&client->message);
    if (client->fd >= 0)
        assert_int_equal(close(client->fd), 0);
}

/* --- messages --- */

void client_say_bytes(struct client *client, struct hf_slice bytes)
{
    assert_int_equal(hf_channel_send(client->channel, bytes), HF_OK);
    (void)client_flush(client);
}

void client_say(struct client *client, const struct hf_message *message)
{
    struct hf_buf bytes = {0};
    assert_int_equal(hf_message_encode(message, &bytes), HF_OK);
    client_say_bytes(client, hf_buf_slice(&bytes));
    hf_buf_wipe(&bytes);
}

static struct hf_message decoded(struct client *client)
{
    struct hf_message message;
    assert_int_equal(hf_message_decode(hf_buf_slice(&client->message), &message), HF_OK);
    return message;
}

struct hf_message client_ask(struct client *client, const struct hf_message *message, enum hf_message_type expected)
{
    client_say(client, message);
    assert_true(client_hear(client));
    struct hf_message answer = decoded(client);
    if (answer.type == HF_MSG_ERROR && expected != HF_MSG_ERROR)
        fail_msg("%.*s", (int)answer.as.error.text.len, (const char *)answer.as.error.text.data);
    assert_int_equal(answer.type, expected);
    assert_int_equal(answer.request, message->request);
    return answer;
}

void client_hear_error(struct client *client, enum hf_status status)
{
    assert_true(client_hear(client));
    struct hf_message answer = decoded(client);
    assert_int_equal(answer.type, HF_MSG_ERROR);
    assert_int_equal(answer.as.error.status, status);
    hf_message_clear(&answer);
}

struct hf_message hello_of(const struct device *device)
{
    struct hf_message hello = {.type = HF_MSG_HELLO, .request = 1};
    hello.as.hello.version = HF_PROTOCOL_VERSION;
    memcpy(hello.as.hello.device, device->sign.public_key, sizeof hello.as.hello.device);
    return hello;
}

void client_greet(struct client *client, const struct device *device)
{
    struct hf_message hello = hello_of(device), welcome = client_ask(client, &hello, HF_MSG_WELCOME);
    hf_message_clear(&welcome);
}

void client_ping(struct client *client)
{
    struct hf_message ping = {.type = HF_MSG_PING, .request = 99}, pong = client_ask(client, &ping, HF_MSG_PONG);
    hf_message_clear(&pong);
}

/* --- a sync --- */

static struct hf_client_facts facts_of(const struct synced *synced)
{
    const struct device *device = synced->device;
    struct hf_client_facts facts = {.incarnation = device->incarnation,
                                    .next_seq = device->seq,
                                    .unsent_seq = synced->unsent_seq,
                                    .cursor = synced->cursor,
                                    .checkpoint_size = synced->checkpoint_size,
                                    .clock_ms = synced->clock_ms,
                                    .known = synced->known,
                                    .range_count = synced->range_count};
    memcpy(facts.device, device->sign.public_key, sizeof facts.device);
    memcpy(facts.head, device->head, sizeof facts.head);
    for (size_t i = 0; i < synced->range_count; i++) {
        facts.ranges[i].first = synced->ranges[i].first;
        facts.ranges[i].count = synced->ranges[i].count;
    }
    return facts;
}

static void store_pushed(struct synced *synced, const struct hf_message *message)
{
    for (size_t i = 0; i < message->as.pushed.count; i++) {
        const struct hf_msg_pushed *result = &message->as.pushed.results[i];
        size_t last = synced->range_count - 1;
        assert_int_equal(result->seq, synced->unsent_seq);
        synced->unsent_seq++;
        synced->held += result->hold != HF_HOLD_NONE;
        if (synced->range_count && synced->ranges[last].first + synced->ranges[last].count == result->index) {
            synced->ranges[last].count++;
        } else {
            assert_true(synced->range_count < HF_LIMIT_HEAD_RANGES);
            synced->ranges[synced->range_count].first = result->index;
            synced->ranges[synced->range_count++].count = 1;
        }
    }
}

static void store_head(struct synced *synced, const struct hf_message *message)
{
    struct hf_note_key key;
    struct hf_checkpoint now;
    const struct hf_server_keys *keys = hf_keystore_server(synced->device->office->keystore);
    assert_int_equal(hf_note_key_init(hf_slice_str(OFFICE_ORIGIN), keys->log.public_key, &key), HF_OK);
    assert_int_equal(hf_checkpoint_open(message->as.head_is.note, &key, &now), HF_OK);
    if (synced->checkpoint_size > 0)
        assert_int_equal(hf_tree_verify_consistency(synced->checkpoint_size, &synced->checkpoint_root, now.size,
                                                    &now.root, &message->as.head_is.consistency),
                         HF_OK);
    assert_int_equal(message->as.head_is.range_count, synced->range_count);
    size_t item = synced->unsent_seq;
    for (size_t i = 0; i < synced->range_count; i++)
        item -= synced->ranges[i].count;
    for (size_t i = 0; i < synced->range_count; i++) {
        struct hf_hash hashes[SYNCED_ITEMS_MAX];
        for (size_t j = 0; j < synced->ranges[i].count; j++)
            hf_tree_leaf_hash(synced->items[item++].leaf, &hashes[j]);
        assert_int_equal(hf_tree_verify_range(synced->ranges[i].first, hashes, synced->ranges[i].count, now.size,
                                              &message->as.head_is.ranges[i].proof, &now.root),
                         HF_OK);
        synced->proved += synced->ranges[i].count;
    }
    synced->range_count = 0;
    synced->checkpoint_size = now.size;
    synced->checkpoint_root = now.root;
}

/* True when the action asks for an event, which is then in *next. */
static bool act(struct client *client, struct synced *synced, const struct hf_client_action *action,
                struct hf_client_event *next)
{
    next->type = HF_CE_STORED;
    switch (action->type) {
    case HF_CA_SEND:
        client_say_bytes(client, action->bytes);
        return false;
    case HF_CA_WANT_OUTBOX:
        next->type = HF_CE_OUTBOX;
        next->items = synced->items + action->from_seq;
        next->item_count = synced->item_count - action->from_seq;
        return true;
    case HF_CA_STORE_PUSHED:
        store_pushed(synced, action->message);
        return true;
    case HF_CA_STORE_FEED:
        synced->fed += action->message->as.feed.item_count;
        synced->cursor = action->message->as.feed.next_cursor;
        return true;
    case HF_CA_STORE_HEAD:
        store_head(synced, action->message);
        return true;
    case HF_CA_WELCOMED:
        synced->mode = action->message->as.welcome.mode;
        return false;
    default:
        return false;
    }
}

enum hf_status client_sync(struct client *client, struct synced *synced)
{
    struct hf_session_client *session = NULL;
    struct hf_client_facts facts = facts_of(synced);
    struct hf_client_event event = {.type = HF_CE_START, .facts = &facts};
    enum hf_status status = HF_ERR_CLOSED;
    assert_int_equal(hf_session_client_new(&session), HF_OK);
    for (bool more = true; more;) {
        struct hf_client_update update;
        struct hf_client_event next = {.type = HF_CE_TICK};
        bool answers = false, done = false;
        event.now_ms = 1000;
        hf_session_client_step(session, &event, &update);
        for (size_t i = 0; i < update.count; i++) {
            if (update.actions[i].type == HF_CA_FAIL || update.actions[i].type == HF_CA_DONE) {
                status = update.actions[i].type == HF_CA_DONE ? HF_OK : update.actions[i].status;
                done = true;
            }
            answers = act(client, synced, &update.actions[i], &next) || answers;
        }
        facts = facts_of(synced);
        event = next;
        event.facts = &facts;
        more = !done;
        if (more && !answers) {
            more = client_hear(client);
            event = (struct hf_client_event){.type = HF_CE_MESSAGE, .bytes = hf_buf_slice(&client->message)};
        }
    }
    hf_session_client_free(session);
    return status;
}
