/* A peer that says anything to the server's session machine, with a host that answers some requests, late or wrongly.
 * Checked: nothing after the end, one message a step, nothing to read for a peer that may not, every request passed on
 * allowed for that peer at that moment.
 *
 * First byte: the peer. Then steps: kind u8, length u8, then that many bytes (fewer at the end of the input). */
#include "core/base/assert.h"
#include "protocol/session_server.h"

#include <string.h>

enum kind {
    KIND_RAW,   /* the bytes arrive as a message */
    KIND_SAY,   /* a well-formed request: type and number from the bytes */
    KIND_REPLY, /* the host answers the oldest open request, well or with ERROR */
    KIND_MODE,
    KIND_NEWS,
    KIND_TICK, /* the first byte in seconds later */
    KIND_MOVING,
    KIND_COUNT
};

struct world {
    struct hf_session_server *session;
    struct hf_peer peer;
    uint64_t now_ms;
    struct {
        uint32_t id;
        enum hf_message_type type;
    } open[HF_LIMIT_IN_FLIGHT];
    size_t open_count;
    bool closed;
};

static uint8_t take(struct hf_slice *bytes)
{
    if (bytes->len == 0)
        return 0;
    bytes->len--;
    return *bytes->data++;
}

/* --- what the session does --- */

static void check_sent(const struct world *world, struct hf_slice bytes)
{
    struct hf_message message;
    HF_ASSERT(hf_message_decode(bytes, &message) == HF_OK);
    if (message.type == HF_MSG_FEED || message.type == HF_MSG_NEWS)
        HF_ASSERT(world->peer.kind == HF_PEER_DEVICE && world->peer.mode == HF_MODE_NORMAL);
    if (message.type == HF_MSG_ENTRIES_ARE)
        HF_ASSERT(world->peer.role == HF_ROLE_AUDITOR && world->peer.mode == HF_MODE_NORMAL);
    hf_message_clear(&message);
}

static bool may_ask(const struct hf_peer *peer, enum hf_message_type type)
{
    if (peer->kind == HF_PEER_INVITED)
        return type == HF_MSG_ENROL;
    if (peer->kind == HF_PEER_ADMIN)
        return type == HF_MSG_ADMIN;
    if (type == HF_MSG_HELLO)
        return true;
    if (peer->mode == HF_MODE_HAND_IN)
        return type == HF_MSG_PUSH || type == HF_MSG_HEAD;
    return peer->mode == HF_MODE_NORMAL &&
           (type == HF_MSG_PUSH || type == HF_MSG_PULL || type == HF_MSG_HEAD ||
            ((type == HF_MSG_ENTRIES || type == HF_MSG_WITNESSED) && peer->role == HF_ROLE_AUDITOR));
}

static void note_request(struct world *world, const struct hf_message *request)
{
    HF_ASSERT(may_ask(&world->peer, request->type));
    HF_ASSERT(world->open_count < HF_LIMIT_IN_FLIGHT);
    if (request->type == HF_MSG_HELLO)
        HF_ASSERT(memcmp(request->as.hello.device, world->peer.device, HF_DEVICE_MARK_BYTES) == 0);
    world->open[world->open_count].id = request->request;
    world->open[world->open_count++].type = request->type;
}

static void step(struct world *world, struct hf_server_event event)
{
    struct hf_server_update update;
    event.now_ms = world->now_ms;
    hf_session_server_step(world->session, &event, &update);
    HF_ASSERT(update.count <= HF_SERVER_ACTIONS_MAX && (!world->closed || update.count == 0));
    size_t sends = 0;
    for (size_t i = 0; i < update.count; i++) {
        const struct hf_server_action *action = &update.actions[i];
        HF_ASSERT(!world->closed);
        if (action->type == HF_SA_CLOSE) {
            HF_ASSERT(action->text && update.wake_ms == UINT64_MAX);
            world->closed = true;
        } else if (action->type == HF_SA_SEND) {
            HF_ASSERT(sends++ == 0);
            check_sent(world, action->bytes);
        } else {
            note_request(world, action->request);
        }
    }
}

/* --- the peer --- */

static void say(struct world *world, struct hf_slice bytes)
{
    static struct hf_slice args[1];
    uint8_t leaf[HF_LEAF_BYTES], body[1] = {0};
    struct hf_message message = {.type = 1 + take(&bytes) % (HF_MSG_TYPE_COUNT - 1), .request = take(&bytes)};
    struct hf_leaf decoded = {.seq = 0};
    memcpy(decoded.device, world->peer.device, sizeof decoded.device);
    decoded.device[5] = take(&bytes) & 1;
    hf_leaf_encode(&decoded, leaf);
    struct hf_item item = {.leaf = hf_slice_of(leaf, sizeof leaf), .body = hf_slice_of(body, sizeof body)};
    if (message.type == HF_MSG_HELLO) {
        message.as.hello.version = HF_PROTOCOL_VERSION + (take(&bytes) & 1);
        memcpy(message.as.hello.device, decoded.device, sizeof message.as.hello.device);
    } else if (message.type == HF_MSG_PUSH) {
        message.as.push.items = &item;
        message.as.push.count = 1;
    } else if (message.type == HF_MSG_ENTRIES) {
        message.as.entries.count = 1;
    } else if (message.type == HF_MSG_ADMIN) {
        args[0] = hf_slice_str("status");
        message.as.admin.args = args;
        message.as.admin.count = 1;
    } else if (message.type == HF_MSG_ERROR) {
        message.as.error.status = HF_ERR_IO;
    }
    struct hf_buf encoded = {0};
    if (hf_message_encode(&message, &encoded) == HF_OK)
        step(world, (struct hf_server_event){.type = HF_SE_MESSAGE, .bytes = hf_buf_slice(&encoded)});
    hf_buf_clear(&encoded);
}

/* --- the host --- */

static enum hf_message_type reply_type(enum hf_message_type type)
{
    switch (type) {
    case HF_MSG_HELLO:
        return HF_MSG_WELCOME;
    case HF_MSG_PUSH:
        return HF_MSG_PUSHED;
    case HF_MSG_PULL:
        return HF_MSG_FEED;
    case HF_MSG_HEAD:
        return HF_MSG_HEAD_IS;
    case HF_MSG_ENROL:
        return HF_MSG_ENROLLED;
    case HF_MSG_ENTRIES:
        return HF_MSG_ENTRIES_ARE;
    case HF_MSG_WITNESSED:
        return HF_MSG_WITNESSED_IS;
    default:
        return HF_MSG_ADMIN_DONE;
    }
}

static void reply(struct world *world, struct hf_slice bytes)
{
    if (world->open_count == 0)
        return;
    const bool refuses = take(&bytes) & 1;
    struct hf_msg_pushed result = {.seq = take(&bytes)};
    struct hf_message message = {.request = world->open[0].id};
    message.type = refuses ? HF_MSG_ERROR : reply_type(world->open[0].type);
    world->open_count--;
    memmove(&world->open[0], &world->open[1], world->open_count * sizeof world->open[0]);
    if (refuses) {
        message.as.error.status = HF_ERR_BUSY;
        message.as.error.text = bytes; /* text or not */
    } else if (message.type == HF_MSG_WELCOME) {
        message.as.welcome.log_size = take(&bytes);
        message.as.welcome.certificate = bytes;
    } else if (message.type == HF_MSG_PUSHED) {
        message.as.pushed.results = &result;
        message.as.pushed.count = 1;
    } else if (message.type == HF_MSG_HEAD_IS) {
        message.as.head_is.note = bytes;
    } else if (message.type == HF_MSG_ENROLLED) {
        message.as.enrolled.role = HF_ROLE_WORKER;
        message.as.enrolled.person_name = bytes;
    } else if (message.type == HF_MSG_ADMIN_DONE) {
        message.as.admin_done.output = bytes;
    }
    step(world, (struct hf_server_event){.type = HF_SE_REPLY, .reply = &message});
}

static void take_step(struct world *world, enum kind kind, struct hf_slice bytes)
{
    switch (kind) {
    case KIND_RAW:
        step(world, (struct hf_server_event){.type = HF_SE_MESSAGE, .bytes = bytes});
        break;
    case KIND_SAY:
        say(world, bytes);
        break;
    case KIND_REPLY:
        reply(world, bytes);
        break;
    case KIND_MODE:
        world->peer.mode = take(&bytes) % 3;
        step(world, (struct hf_server_event){.type = HF_SE_MODE, .peer = &world->peer});
        break;
    case KIND_NEWS:
        step(world, (struct hf_server_event){.type = HF_SE_NEWS, .log_size = take(&bytes)});
        break;
    case KIND_TICK:
        world->now_ms += take(&bytes) * 1000u;
        step(world, (struct hf_server_event){.type = HF_SE_TICK});
        break;
    case KIND_MOVING:
        step(world, (struct hf_server_event){.type = HF_SE_MOVING});
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
    const uint8_t who = take(&rest);
    world.peer = (struct hf_peer){.kind = who % 3, .mode = who / 3 % 3, .role = 1 + who / 9 % 6, .device = {0xDE}};
    if (hf_session_server_new(world.now_ms, &world.session) != HF_OK)
        return 0;
    step(&world, (struct hf_server_event){.type = HF_SE_OPEN, .peer = &world.peer});
    while (rest.len > 0) {
        enum kind kind = (enum kind)(take(&rest) % KIND_COUNT);
        size_t len = take(&rest);
        struct hf_slice bytes = hf_slice_of(rest.data, len < rest.len ? len : rest.len);
        rest.data += bytes.len;
        rest.len -= bytes.len;
        take_step(&world, kind, bytes);
    }
    hf_session_server_free(world.session);
    return 0;
}
