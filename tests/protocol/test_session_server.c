/* The server's session machine alone: who may say what, first and later. */
#include "tests/protocol/support_message.h"
#include "tests/protocol/support_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* --- tests: beginning --- */

static void connection_without_handshake__is_closed_in_time(void **state)
{
    (void)state;
    struct server_rig rig;
    connect_rig(&rig);
    server_tick_at(&rig, SERVER_START_MS + HF_LIMIT_HANDSHAKE_MS - 1);
    assert_int_equal(rig.update.count, 0);
    assert_int_equal(rig.update.wake_ms, SERVER_START_MS + HF_LIMIT_HANDSHAKE_MS);
    server_tick_at(&rig, SERVER_START_MS + HF_LIMIT_HANDSHAKE_MS);
    assert_closed(&rig);
    close_server_rig(&rig);
}

static void connection_without_first_message__is_closed_in_time(void **state)
{
    (void)state;
    for (enum hf_peer_kind kind = HF_PEER_DEVICE; kind <= HF_PEER_ADMIN; kind++) {
        struct server_rig rig;
        open_as(&rig, kind, HF_MODE_NORMAL);
        assert_int_equal(rig.update.wake_ms, SERVER_START_MS + HF_LIMIT_FIRST_FRAME_MS);
        news(&rig, 99); /* nothing is told to whom has not spoken */
        assert_int_equal(rig.update.count, 0);
        server_tick_at(&rig, SERVER_START_MS + HF_LIMIT_FIRST_FRAME_MS - 1);
        assert_int_equal(rig.update.count, 0);
        server_tick_at(&rig, SERVER_START_MS + HF_LIMIT_FIRST_FRAME_MS);
        assert_closed(&rig);
        close_server_rig(&rig);
    }
}

/* The first message of every kind of peer: which are passed on, which end the connection. */
static void first_message__must_be_the_peers_own(void **state)
{
    (void)state;
    for (enum hf_peer_kind kind = HF_PEER_DEVICE; kind <= HF_PEER_ADMIN; kind++) {
        for (enum hf_message_type type = HF_MSG_HELLO; type < HF_MSG_TYPE_COUNT; type++) {
            if (!hf_message_is_type(type))
                continue;
            struct server_rig rig;
            open_as(&rig, kind, HF_MODE_NORMAL);
            server_hears_type(&rig, type, 9);
            bool fits = (kind == HF_PEER_DEVICE && type == HF_MSG_HELLO) ||
                        (kind == HF_PEER_INVITED && type == HF_MSG_ENROL) ||
                        (kind == HF_PEER_ADMIN && type == HF_MSG_ADMIN);
            if (fits)
                assert_asked(&rig, type, 9);
            else if (kind == HF_PEER_INVITED && type == HF_MSG_PING)
                assert_said(&rig, HF_MSG_PONG, 9);
            else if (type == HF_MSG_ERROR)
                assert_closed(&rig);
            else
                assert_error(&rig,
                             is_question(type) && kind != HF_PEER_DEVICE && type != HF_MSG_PING ? HF_ERR_DENIED
                                                                                                : HF_ERR_PROTOCOL,
                             type == HF_MSG_NEWS || type == HF_MSG_LIVE ? 0 : 9, true);
            close_server_rig(&rig);
        }
    }
}

static void hello_of_another_device__is_refused(void **state)
{
    (void)state;
    struct server_rig rig;
    open_as(&rig, HF_PEER_DEVICE, HF_MODE_NORMAL);
    struct hf_message hello = hello_of(1);
    hello.as.hello.device[HF_DEVICE_MARK_BYTES - 1] = 1;
    server_hears(&rig, &hello);
    assert_error(&rig, HF_ERR_DENIED, 1, true);
    close_server_rig(&rig);
}

static void hello_of_another_version__is_refused(void **state)
{
    (void)state;
    struct server_rig rig;
    open_as(&rig, HF_PEER_DEVICE, HF_MODE_NORMAL);
    struct hf_message hello = hello_of(1);
    hello.as.hello.version++;
    server_hears(&rig, &hello);
    assert_error(&rig, HF_ERR_UNSUPPORTED, 1, true);
    close_server_rig(&rig);
}

static void second_hello__ends_the_connection(void **state)
{
    (void)state;
    struct server_rig rig;
    welcomed_as(&rig, HF_MODE_NORMAL);
    const struct hf_message hello = hello_of(2);
    server_hears(&rig, &hello);
    assert_error(&rig, HF_ERR_PROTOCOL, 2, true);
    close_server_rig(&rig);
}

static void anything_before_the_welcome__ends_the_connection(void **state)
{
    (void)state;
    for (size_t i = 0; i < QUESTION_COUNT; i++) {
        struct server_rig rig;
        open_as(&rig, HF_PEER_DEVICE, HF_MODE_NORMAL);
        server_hears_type(&rig, HF_MSG_HELLO, 1);
        server_hears_type(&rig, questions[i], 2);
        assert_error(&rig, HF_ERR_PROTOCOL, 2, true);
        close_server_rig(&rig);
    }
}

static void refused_hello__ends_the_connection(void **state)
{
    (void)state;
    struct server_rig rig;
    open_as(&rig, HF_PEER_DEVICE, HF_MODE_NORMAL);
    server_hears_type(&rig, HF_MSG_HELLO, 1);
    struct hf_message error = {.type = HF_MSG_ERROR, .request = 1};
    error.as.error.status = HF_ERR_IO;
    error.as.error.text = hf_slice_str("The office cannot read its disk.");
    reply(&rig, &error);
    assert_error(&rig, HF_ERR_IO, 1, true);
    close_server_rig(&rig);
}

static void welcome__carries_the_standing_and_the_newest_size(void **state)
{
    (void)state;
    for (enum hf_mode mode = HF_MODE_NORMAL; mode <= HF_MODE_PENDING; mode++) {
        struct server_rig rig;
        struct hf_message message;
        open_as(&rig, HF_PEER_DEVICE, mode);
        server_hears_type(&rig, HF_MSG_HELLO, 1);
        news(&rig, 33); /* while the host is at it */
        assert_int_equal(rig.update.count, 0);
        struct hf_message welcome = welcome_of(1);
        welcome.as.welcome.mode = HF_MODE_NORMAL;
        reply(&rig, &welcome);
        said(&rig, &message);
        assert_int_equal(message.as.welcome.version, HF_PROTOCOL_VERSION);
        assert_int_equal(message.as.welcome.mode, mode);
        assert_int_equal(message.as.welcome.log_size, 33);
        hf_message_clear(&message);
        close_server_rig(&rig);
    }
}

/* --- tests: standing --- */

static void device__may_ask_what_its_standing_allows(void **state)
{
    (void)state;
    for (enum hf_message_type type = HF_MSG_PUSH; type < HF_MSG_TYPE_COUNT; type++) {
        struct server_rig rig;
        if (!hf_message_is_type(type))
            continue;
        welcomed_as(&rig, HF_MODE_NORMAL);
        server_hears_type(&rig, type, 2);
        if (type == HF_MSG_PUSH || type == HF_MSG_PULL || type == HF_MSG_HEAD || type == HF_MSG_PURGED ||
            type == HF_MSG_DRAFTS || type == HF_MSG_RESTART || type == HF_MSG_ADMIN || type == HF_MSG_ATTACH_PUT ||
            type == HF_MSG_ATTACH_GET || type == HF_MSG_SNAPSHOT || type == HF_MSG_HAND_ON)
            assert_asked(&rig, type, 2);
        else if (type == HF_MSG_PING)
            assert_said(&rig, HF_MSG_PONG, 2);
        else if (type == HF_MSG_ENTRIES || type == HF_MSG_WITNESSED)
            assert_error(&rig, HF_ERR_DENIED, 2, false);
        else if (type == HF_MSG_ERROR)
            assert_closed(&rig);
        else
            assert_error(&rig, HF_ERR_PROTOCOL, type == HF_MSG_NEWS || type == HF_MSG_LIVE ? 0 : 2, true);
        close_server_rig(&rig);
    }
}

static void revoked_device__may_hand_in_and_take_receipts(void **state)
{
    (void)state;
    for (size_t i = 1; i < QUESTION_COUNT; i++) {
        struct server_rig rig;
        welcomed_as(&rig, HF_MODE_HAND_IN);
        server_hears_type(&rig, questions[i], 2);
        if (questions[i] == HF_MSG_PUSH || questions[i] == HF_MSG_HEAD || questions[i] == HF_MSG_DRAFTS ||
            questions[i] == HF_MSG_RESTART || questions[i] == HF_MSG_ATTACH_PUT || questions[i] == HF_MSG_HAND_ON)
            assert_asked(&rig, questions[i], 2);
        else if (questions[i] == HF_MSG_PING)
            assert_said(&rig, HF_MSG_PONG, 2);
        else {
            struct hf_message message;
            assert_error(&rig, HF_ERR_REVOKED, 2, false);
            said(&rig, &message);
            assert_true(
                hf_slice_equal(message.as.error.text,
                               hf_slice_str("This device was revoked. It can hand in unsent work but read nothing.")));
            hf_message_clear(&message);
        }
        close_server_rig(&rig);
    }
}

static void pending_device__may_ask_nothing(void **state)
{
    (void)state;
    for (size_t i = 1; i < QUESTION_COUNT; i++) {
        struct server_rig rig;
        welcomed_as(&rig, HF_MODE_PENDING);
        server_hears_type(&rig, questions[i], 2);
        assert_error(&rig, HF_ERR_WAITING, 2, false);
        close_server_rig(&rig);
    }
}

static void entries__are_for_auditors_in_good_standing(void **state)
{
    (void)state;
    for (enum hf_role role = HF_ROLE_WORKER; role <= HF_ROLE_SERVER; role++) {
        struct server_rig rig;
        welcomed_as(&rig, HF_MODE_NORMAL);
        rig.peer.role = role;
        set_mode(&rig, HF_MODE_NORMAL);
        server_hears_type(&rig, HF_MSG_ENTRIES, 2);
        if (role == HF_ROLE_AUDITOR)
            assert_asked(&rig, HF_MSG_ENTRIES, 2);
        else
            assert_error(&rig, HF_ERR_DENIED, 2, false);
        set_mode(&rig, HF_MODE_HAND_IN);
        server_hears_type(&rig, HF_MSG_ENTRIES, 3);
        assert_error(&rig, HF_ERR_REVOKED, 3, false);
        close_server_rig(&rig);
    }
}

static void office_commands__are_for_roles_that_may_run_any_in_good_standing(void **state)
{
    (void)state;
    for (enum hf_role role = HF_ROLE_WORKER; role <= HF_ROLE_SERVER; role++) {
        struct server_rig rig;
        welcomed_as(&rig, HF_MODE_NORMAL);
        rig.peer.role = role;
        set_mode(&rig, HF_MODE_NORMAL);
        server_hears_type(&rig, HF_MSG_ADMIN, 2);
        if (role == HF_ROLE_ADMIN || role == HF_ROLE_OFFICE || role == HF_ROLE_WORKER)
            assert_asked(&rig, HF_MSG_ADMIN, 2);
        else
            assert_error(&rig, HF_ERR_DENIED, 2, false);
        set_mode(&rig, HF_MODE_HAND_IN);
        server_hears_type(&rig, HF_MSG_ADMIN, 3);
        assert_error(&rig, HF_ERR_REVOKED, 3, false);
        close_server_rig(&rig);
    }
}

/* The host was quicker than the revocation, the network was not. */
static void reply_made_before_the_revocation__is_not_sent_after_it(void **state)
{
    (void)state;
    struct server_rig rig;
    struct sample_store store;
    struct hf_message feed;
    welcomed_as(&rig, HF_MODE_NORMAL);
    server_hears_type(&rig, HF_MSG_PULL, 2);
    set_mode(&rig, HF_MODE_HAND_IN);
    sample_message(HF_MSG_FEED, &store, &feed);
    feed.request = 2;
    reply(&rig, &feed);
    assert_error(&rig, HF_ERR_REVOKED, 2, false);
    news(&rig, 99);
    assert_int_equal(rig.update.count, 0);
    server_hears_type(&rig, HF_MSG_PUSH, 3);
    assert_asked(&rig, HF_MSG_PUSH, 3);
    close_server_rig(&rig);
}

static void confirmed_device__may_ask_from_then_on(void **state)
{
    (void)state;
    struct server_rig rig;
    welcomed_as(&rig, HF_MODE_PENDING);
    set_mode(&rig, HF_MODE_NORMAL);
    server_hears_type(&rig, HF_MSG_PULL, 2);
    assert_asked(&rig, HF_MSG_PULL, 2);
    close_server_rig(&rig);
}

static void invited_and_admin__may_ask_their_one_thing_again(void **state)
{
    (void)state;
    static const struct {
        enum hf_peer_kind kind;
        enum hf_message_type question, answer;
    } rows[] = {{HF_PEER_INVITED, HF_MSG_ENROL, HF_MSG_ENROLLED}, {HF_PEER_ADMIN, HF_MSG_ADMIN, HF_MSG_ADMIN_DONE}};
    for (size_t i = 0; i < 2; i++) {
        struct server_rig rig;
        struct sample_store store;
        struct hf_message answer;
        open_as(&rig, rows[i].kind, HF_MODE_NORMAL);
        sample_message((size_t)rows[i].answer, &store, &answer);
        for (uint32_t request = 1; request <= 2; request++) {
            server_hears_type(&rig, rows[i].question, request);
            assert_asked(&rig, rows[i].question, request);
            answer.request = request;
            reply(&rig, &answer);
            assert_said(&rig, rows[i].answer, request);
        }
        server_hears_type(&rig, HF_MSG_PING, 3);
        assert_said(&rig, HF_MSG_PONG, 3);
        news(&rig, 99);
        assert_int_equal(rig.update.count, 0);
        server_hears_type(&rig, HF_MSG_PULL, 4);
        assert_error(&rig, HF_ERR_DENIED, 4, true);
        close_server_rig(&rig);
    }
}

/* --- tests: push --- */

static void check_push(const struct hf_leaf leaves[2], bool fits)
{
    struct server_rig rig;
    struct sample_store store;
    struct hf_message message;
    welcomed_as(&rig, HF_MODE_NORMAL);
    sample_message(HF_MSG_PUSH, &store, &message);
    for (size_t i = 0; i < 2; i++)
        hf_leaf_encode(&leaves[i], store.leaf[i]);
    message.request = 2;
    server_hears(&rig, &message);
    if (fits)
        assert_asked(&rig, HF_MSG_PUSH, 2);
    else
        assert_error(&rig, HF_ERR_PROTOCOL, 2, true);
    close_server_rig(&rig);
}

static void push__is_of_the_own_chain_in_order(void **state)
{
    (void)state;
    struct hf_leaf leaves[2] = {{.device = {0xDE}, .seq = 4, .prev = {1}}, {.device = {0xDE}, .seq = 5, .prev = {1}}};
    const struct hf_leaf next = leaves[1];
    check_push(leaves, true);
    leaves[1].seq = 6;
    check_push(leaves, false);
    leaves[1].seq = 4;
    check_push(leaves, false);
    leaves[1] = next;
    leaves[1].incarnation = 1;
    check_push(leaves, false);
    leaves[1] = next;
    leaves[1].device[1] = 1;
    check_push(leaves, false);
    leaves[1] = next;
    leaves[0].device[0] = 0;
    check_push(leaves, false);
    leaves[0] = (struct hf_leaf){.device = {0xDE}, .seq = UINT64_MAX, .prev = {1}};
    leaves[1] = (struct hf_leaf){.device = {0xDE}, .seq = 0};
    check_push(leaves, false);
}

static void push_of_what_is_no_leaf__ends_the_connection(void **state)
{
    (void)state;
    struct server_rig rig;
    struct sample_store store;
    struct hf_message message;
    welcomed_as(&rig, HF_MODE_NORMAL);
    sample_message(HF_MSG_PUSH, &store, &message);
    message.request = 2;
    server_hears(&rig, &message);
    assert_error(&rig, HF_ERR_PROTOCOL, 2, true);
    close_server_rig(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(connection_without_handshake__is_closed_in_time),
        cmocka_unit_test(connection_without_first_message__is_closed_in_time),
        cmocka_unit_test(first_message__must_be_the_peers_own),
        cmocka_unit_test(hello_of_another_device__is_refused),
        cmocka_unit_test(hello_of_another_version__is_refused),
        cmocka_unit_test(second_hello__ends_the_connection),
        cmocka_unit_test(anything_before_the_welcome__ends_the_connection),
        cmocka_unit_test(refused_hello__ends_the_connection),
        cmocka_unit_test(welcome__carries_the_standing_and_the_newest_size),
        cmocka_unit_test(device__may_ask_what_its_standing_allows),
        cmocka_unit_test(revoked_device__may_hand_in_and_take_receipts),
        cmocka_unit_test(pending_device__may_ask_nothing),
        cmocka_unit_test(entries__are_for_auditors_in_good_standing),
        cmocka_unit_test(office_commands__are_for_roles_that_may_run_any_in_good_standing),
        cmocka_unit_test(reply_made_before_the_revocation__is_not_sent_after_it),
        cmocka_unit_test(confirmed_device__may_ask_from_then_on),
        cmocka_unit_test(invited_and_admin__may_ask_their_one_thing_again),
        cmocka_unit_test(push__is_of_the_own_chain_in_order),
        cmocka_unit_test(push_of_what_is_no_leaf__ends_the_connection),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
