#include "tests/protocol/support_server.h"

#include "tests/protocol/support_message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

const enum hf_message_type questions[QUESTION_COUNT] = {
    HF_MSG_HELLO,      HF_MSG_PUSH,       HF_MSG_PULL,      HF_MSG_HEAD,   HF_MSG_ENROL,  HF_MSG_ENTRIES,
    HF_MSG_ADMIN,      HF_MSG_PURGED,     HF_MSG_SNAPSHOT,  HF_MSG_PING,   HF_MSG_DRAFTS, HF_MSG_RESTART,
    HF_MSG_ATTACH_PUT, HF_MSG_ATTACH_GET, HF_MSG_WITNESSED, HF_MSG_HAND_ON};

static void step(struct server_rig *rig, struct hf_server_event event)
{
    event.now_ms = rig->now_ms;
    hf_session_server_step(rig->session, &event, &rig->update);
}

void server_hears_bytes(struct server_rig *rig, struct hf_slice bytes)
{
    hf_buf_reset(&rig->bytes);
    hf_buf_append_slice(&rig->bytes, bytes);
    step(rig, (struct hf_server_event){.type = HF_SE_MESSAGE, .bytes = hf_buf_slice(&rig->bytes)});
}

void server_hears(struct server_rig *rig, const struct hf_message *message)
{
    struct hf_buf bytes = encoded(message);
    server_hears_bytes(rig, hf_buf_slice(&bytes));
    hf_buf_clear(&bytes);
}

void reply(struct server_rig *rig, const struct hf_message *message)
{
    step(rig, (struct hf_server_event){.type = HF_SE_REPLY, .reply = message});
}

void server_tick_at(struct server_rig *rig, uint64_t now_ms)
{
    rig->now_ms = now_ms;
    step(rig, (struct hf_server_event){.type = HF_SE_TICK});
}

void server_moves(struct server_rig *rig)
{
    step(rig, (struct hf_server_event){.type = HF_SE_MOVING});
}

void news(struct server_rig *rig, uint64_t log_size)
{
    step(rig, (struct hf_server_event){.type = HF_SE_NEWS, .log_size = log_size});
}

void set_mode(struct server_rig *rig, enum hf_mode mode)
{
    rig->peer.mode = mode;
    step(rig, (struct hf_server_event){.type = HF_SE_MODE, .peer = &rig->peer});
    assert_int_equal(rig->update.count, 0);
}

/* --- what it did --- */

void assert_asked(const struct server_rig *rig, enum hf_message_type type, uint32_t request)
{
    assert_int_equal(rig->update.count, 1);
    assert_int_equal(rig->update.actions[0].type, HF_SA_REQUEST);
    assert_int_equal(rig->update.actions[0].request->type, type);
    assert_int_equal(rig->update.actions[0].request->request, request);
}

void said(const struct server_rig *rig, struct hf_message *out)
{
    assert_true(rig->update.count >= 1);
    assert_int_equal(rig->update.actions[0].type, HF_SA_SEND);
    assert_int_equal(hf_message_decode(rig->update.actions[0].bytes, out), HF_OK);
}

void assert_said(const struct server_rig *rig, enum hf_message_type type, uint32_t request)
{
    struct hf_message message;
    assert_int_equal(rig->update.count, 1);
    said(rig, &message);
    assert_int_equal(message.type, type);
    assert_int_equal(message.request, request);
    hf_message_clear(&message);
}

void assert_error(const struct server_rig *rig, enum hf_status status, uint32_t request, bool closes)
{
    struct hf_message message;
    said(rig, &message);
    assert_int_equal(message.type, HF_MSG_ERROR);
    assert_int_equal(message.as.error.status, status);
    assert_int_equal(message.request, request);
    assert_true(message.as.error.text.len > 10);
    hf_message_clear(&message);
    assert_int_equal(rig->update.count, closes ? 2 : 1);
    if (closes) {
        assert_int_equal(rig->update.actions[1].type, HF_SA_CLOSE);
        assert_non_null(rig->update.actions[1].text);
        assert_int_equal(rig->update.wake_ms, UINT64_MAX);
    }
}

void assert_closed(const struct server_rig *rig)
{
    assert_int_equal(rig->update.count, 1);
    assert_int_equal(rig->update.actions[0].type, HF_SA_CLOSE);
    assert_non_null(rig->update.actions[0].text);
    assert_int_equal(rig->update.wake_ms, UINT64_MAX);
}

/* --- setting up --- */

void connect_rig(struct server_rig *rig)
{
    *rig = (struct server_rig){.now_ms = SERVER_START_MS};
    assert_int_equal(hf_session_server_new(rig->now_ms, &rig->session), HF_OK);
}

void open_as(struct server_rig *rig, enum hf_peer_kind kind, enum hf_mode mode)
{
    connect_rig(rig);
    rig->peer = (struct hf_peer){.kind = kind, .mode = mode, .role = HF_ROLE_WORKER, .device = {0xDE}};
    step(rig, (struct hf_server_event){.type = HF_SE_OPEN, .peer = &rig->peer});
    assert_int_equal(rig->update.count, 0);
}

struct hf_message hello_of(uint32_t request)
{
    struct hf_message message = {.type = HF_MSG_HELLO, .request = request};
    message.as.hello.version = HF_PROTOCOL_VERSION;
    message.as.hello.device[0] = 0xDE;
    return message;
}

struct hf_message welcome_of(uint32_t request)
{
    struct hf_message message = {.type = HF_MSG_WELCOME, .request = request};
    message.as.welcome.log_size = 30;
    message.as.welcome.lease_days = 14;
    return message;
}

void welcomed_as(struct server_rig *rig, enum hf_mode mode)
{
    open_as(rig, HF_PEER_DEVICE, mode);
    const struct hf_message hello = hello_of(1), welcome = welcome_of(1);
    server_hears(rig, &hello);
    assert_asked(rig, HF_MSG_HELLO, 1);
    reply(rig, &welcome);
    assert_said(rig, HF_MSG_WELCOME, 1);
}

void close_server_rig(struct server_rig *rig)
{
    hf_session_server_free(rig->session);
    hf_buf_clear(&rig->bytes);
}

void server_hears_type(struct server_rig *rig, enum hf_message_type type, uint32_t request)
{
    struct sample_store store;
    struct hf_message message;
    sample_message((size_t)type, &store, &message);
    if (type == HF_MSG_HELLO)
        message = hello_of(request);
    struct hf_leaf leaf = {.device = {0xDE}, .seq = 4};
    leaf.prev[0] = 1;
    for (size_t i = 0; i < 2; i++, leaf.seq++)
        hf_leaf_encode(&leaf, store.leaf[i]);
    if (type != HF_MSG_NEWS && type != HF_MSG_LIVE)
        message.request = request;
    server_hears(rig, &message);
}

bool is_question(enum hf_message_type type)
{
    for (size_t i = 0; i < QUESTION_COUNT; i++) {
        if (questions[i] == type)
            return true;
    }
    return false;
}
