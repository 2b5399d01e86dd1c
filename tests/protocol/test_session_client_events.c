/* The client's session machine alone: errors, news, time, and a caller whose disk is full, slow or mistaken. */
#include "tests/protocol/support_client.h"
#include "tests/protocol/support_message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* --- tests: errors, news, keep-alive --- */

static void error_of_the_office__reaches_the_person(void **state)
{
    (void)state;
    for (enum stage stage = AT_HELLO; stage <= AT_IDLE; stage++) {
        struct client_rig rig;
        go_to(&rig, stage);
        struct hf_message message = {.type = HF_MSG_ERROR, .request = rig.request};
        message.as.error.status = HF_ERR_DENIED;
        message.as.error.text = hf_slice_str("Not on a Sunday, says the office.");
        client_hears(&rig, &message);
        assert_failed(&rig, HF_ERR_DENIED);
        assert_string_equal(rig.update.actions[0].text, "Not on a Sunday, says the office.");
        close_client_rig(&rig);
    }
}

static void error_without_text__gets_the_sentence_of_its_status(void **state)
{
    (void)state;
    struct client_rig rig;
    go_to(&rig, AT_PULL);
    struct hf_message message = {.type = HF_MSG_ERROR};
    message.as.error.status = HF_ERR_BUSY;
    client_hears(&rig, &message);
    assert_failed(&rig, HF_ERR_BUSY);
    assert_string_equal(rig.update.actions[0].text, hf_status_text(HF_ERR_BUSY));
    close_client_rig(&rig);
}

/* The office's full disk is not this device's: the caller would wait for a person to make room here. */
static void what_the_office_lacks__is_an_office_that_is_busy(void **state)
{
    (void)state;
    const enum hf_status lacks[] = {HF_ERR_IO, HF_ERR_FULL, HF_ERR_NOMEM};
    for (size_t i = 0; i < sizeof lacks / sizeof lacks[0]; i++) {
        struct client_rig rig;
        go_to(&rig, AT_PUSH);
        struct hf_message message = {.type = HF_MSG_ERROR, .request = rig.request};
        message.as.error.status = lacks[i];
        message.as.error.text = hf_slice_str("Your work is saved here and will be sent later.");
        client_hears(&rig, &message);
        assert_failed(&rig, HF_ERR_BUSY);
        assert_string_equal(rig.update.actions[0].text, "Your work is saved here and will be sent later.");
        close_client_rig(&rig);
    }
}

static void error_of_unknown_status__is_a_protocol_error(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {0x94, 0x11, 0x00, 0xCC, 0xC8, 0xAB, 'n', 'e', 'w',
                                    ' ',  'r',  'e',  'a',  's',  'o',  'n', '.'};
    struct client_rig rig;
    go_to(&rig, AT_PULL);
    client_hears_bytes(&rig, hf_slice_of(bytes, sizeof bytes));
    assert_failed(&rig, HF_ERR_PROTOCOL);
    assert_string_equal(rig.update.actions[0].text, "new reason.");
    close_client_rig(&rig);
}

static void news__are_told_at_any_stage(void **state)
{
    (void)state;
    for (enum stage stage = AT_OUTBOX; stage <= AT_IDLE; stage++) {
        struct client_rig rig;
        struct hf_client_progress progress;
        go_to(&rig, stage);
        struct hf_message message = {.type = HF_MSG_NEWS};
        message.as.news.log_size = 41;
        client_hears(&rig, &message);
        only_action(&rig, HF_CA_NEWS);
        hf_session_client_progress(rig.session, &progress);
        assert_int_equal(progress.log_size, 41);
        close_client_rig(&rig);
    }
}

static void ping_of_the_office__is_answered(void **state)
{
    (void)state;
    for (enum stage stage = AT_HELLO; stage <= AT_IDLE; stage++) {
        struct client_rig rig;
        go_to(&rig, stage);
        client_hears(&rig, &(struct hf_message){.type = HF_MSG_PING, .request = 99});
        only_action(&rig, HF_CA_SEND);
        assert_int_equal(rig.sent, HF_MSG_PONG);
        assert_int_equal(rig.request, 99);
        close_client_rig(&rig);
    }
}

static void reply_that_does_not_come__is_given_up(void **state)
{
    (void)state;
    for (enum stage stage = AT_HELLO; stage <= AT_IDLE; stage++) {
        struct client_rig rig;
        if (!waits_for_reply(stage))
            continue;
        go_to(&rig, stage);
        assert_int_equal(rig.update.wake_ms, CLIENT_START_MS + HF_LIMIT_REPLY_MS);
        client_tick_at(&rig, CLIENT_START_MS + HF_LIMIT_REPLY_MS - 1);
        assert_int_equal(rig.update.count, 0);
        client_tick_at(&rig, CLIENT_START_MS + HF_LIMIT_REPLY_MS);
        assert_failed(&rig, HF_ERR_TIMEOUT);
        close_client_rig(&rig);
    }
}

static void reply_on_a_slow_line__is_waited_for_while_it_moves(void **state)
{
    (void)state;
    struct client_rig rig;
    go_to(&rig, AT_PULL);
    for (unsigned i = 1; i <= 5; i++) {
        rig.now_ms = CLIENT_START_MS + i * (HF_LIMIT_REPLY_MS - 1);
        client_step(&rig, (struct hf_client_event){.type = HF_CE_MOVING});
        assert_int_equal(rig.update.count, 0);
        assert_int_equal(rig.update.wake_ms, rig.now_ms + HF_LIMIT_REPLY_MS);
    }
    client_tick_at(&rig, rig.now_ms + HF_LIMIT_REPLY_MS - 1);
    assert_int_equal(rig.update.count, 0);
    client_tick_at(&rig, rig.now_ms + 1);
    assert_failed(&rig, HF_ERR_TIMEOUT);
    close_client_rig(&rig);
}

static void silence__is_kept_alive_whenever_no_reply_is_awaited(void **state)
{
    (void)state;
    for (enum stage stage = AT_HELLO; stage <= AT_IDLE; stage++) {
        struct client_rig rig;
        if (waits_for_reply(stage))
            continue;
        go_to(&rig, stage);
        assert_int_equal(rig.update.wake_ms, CLIENT_START_MS + HF_LIMIT_KEEP_ALIVE_MS);
        client_tick_at(&rig, CLIENT_START_MS + HF_LIMIT_KEEP_ALIVE_MS - 1);
        assert_int_equal(rig.update.count, 0);
        client_tick_at(&rig, CLIENT_START_MS + HF_LIMIT_KEEP_ALIVE_MS);
        only_action(&rig, HF_CA_SEND);
        assert_int_equal(rig.sent, HF_MSG_PING);
        assert_int_equal(rig.update.wake_ms, rig.now_ms + HF_LIMIT_REPLY_MS);
        client_hears(&rig, &(struct hf_message){.type = HF_MSG_PONG, .request = rig.request});
        assert_int_equal(rig.update.count, 0);
        assert_int_equal(rig.update.wake_ms, rig.now_ms + HF_LIMIT_KEEP_ALIVE_MS);
        close_client_rig(&rig);
    }
}

static void pong_that_does_not_come__is_given_up(void **state)
{
    (void)state;
    struct client_rig rig;
    go_to(&rig, AT_IDLE);
    client_tick_at(&rig, CLIENT_START_MS + HF_LIMIT_KEEP_ALIVE_MS);
    client_tick_at(&rig, CLIENT_START_MS + HF_LIMIT_KEEP_ALIVE_MS + HF_LIMIT_REPLY_MS);
    assert_failed(&rig, HF_ERR_TIMEOUT);
    close_client_rig(&rig);
}

static void pong_of_another_ping__fails_the_session(void **state)
{
    (void)state;
    struct client_rig rig;
    go_to(&rig, AT_IDLE);
    client_tick_at(&rig, CLIENT_START_MS + HF_LIMIT_KEEP_ALIVE_MS);
    client_hears(&rig, &(struct hf_message){.type = HF_MSG_PONG, .request = rig.request + 1});
    assert_failed(&rig, HF_ERR_PROTOCOL);
    close_client_rig(&rig);
}

/* --- tests: the caller --- */

static void failure_of_the_caller__ends_the_session_with_its_words(void **state)
{
    (void)state;
    static const enum stage stages[] = {AT_OUTBOX, AT_PUSH_STORE, AT_PULL_STORE, AT_HEAD_STORE};
    for (size_t i = 0; i < sizeof stages / sizeof stages[0]; i++) {
        struct client_rig rig;
        go_to(&rig, stages[i]);
        client_step(&rig, (struct hf_client_event){.type = HF_CE_FAILED,
                                                   .status = HF_ERR_AUTH,
                                                   .text = "Entry 31 is not signed by its device."});
        assert_failed(&rig, HF_ERR_AUTH);
        assert_string_equal(rig.update.actions[0].text, "Entry 31 is not signed by its device.");
        close_client_rig(&rig);
    }
}

static void failed_session__hears_nothing_more(void **state)
{
    (void)state;
    struct client_rig rig;
    go_to(&rig, AT_HEAD_STORE);
    client_tick_at(&rig, CLIENT_START_MS + HF_LIMIT_KEEP_ALIVE_MS);
    client_tick_at(&rig, CLIENT_START_MS + HF_LIMIT_KEEP_ALIVE_MS + HF_LIMIT_REPLY_MS);
    assert_failed(&rig, HF_ERR_TIMEOUT);
    stored(&rig); /* the disk was slower than the office */
    assert_int_equal(rig.update.count, 0);
    client_hears_bytes(&rig, hf_slice_str("x"));
    assert_int_equal(rig.update.count, 0);
    client_step(&rig, (struct hf_client_event){.type = HF_CE_LOCAL, .facts = &rig.facts});
    assert_int_equal(rig.update.count, 0);
    assert_int_equal(rig.update.wake_ms, UINT64_MAX);
    close_client_rig(&rig);
}

static void store_that_moves_nothing__does_not_go_round_for_ever(void **state)
{
    (void)state;
    struct client_rig rig;
    go_to(&rig, AT_PUSH_STORE);
    stored(&rig); /* facts as before */
    assert_failed(&rig, HF_ERR_STATE);
    close_client_rig(&rig);

    go_to(&rig, AT_PULL);
    answer_pull(&rig, (struct feed_answer){.next_cursor = 25, .more = true});
    stored(&rig);
    assert_failed(&rig, HF_ERR_STATE);
    close_client_rig(&rig);

    go_to_catchup(&rig);
    answer_pull(&rig, (struct feed_answer){.next_cursor = 5, .more = true});
    stored(&rig);
    assert_failed(&rig, HF_ERR_STATE);
    close_client_rig(&rig);
}

static void empty_outbox__is_believed(void **state)
{
    (void)state;
    struct client_rig rig;
    go_to(&rig, AT_OUTBOX);
    client_step(&rig, (struct hf_client_event){.type = HF_CE_OUTBOX});
    only_sent(&rig, 2, HF_MSG_PULL);
    pull_all(&rig);
    finish(&rig); /* although the facts still say that there is something */
    close_client_rig(&rig);
}

static void something_new_when_idle__starts_another_round(void **state)
{
    (void)state;
    struct client_rig rig;
    go_to(&rig, AT_IDLE);
    rig.facts.next_seq = 8;
    client_step(&rig, (struct hf_client_event){.type = HF_CE_LOCAL, .facts = &rig.facts});
    assert_int_equal(only_action(&rig, HF_CA_WANT_OUTBOX)->from_seq, 7);
    close_client_rig(&rig);
}

static void something_new_during_a_round__is_followed_by_another(void **state)
{
    (void)state;
    struct client_rig rig;
    go_to(&rig, AT_HEAD);
    rig.facts.next_seq = 8;
    client_step(&rig, (struct hf_client_event){.type = HF_CE_LOCAL, .facts = &rig.facts});
    assert_int_equal(rig.update.count, 0);
    answer_head(&rig, both_ranges, 2);
    rig.facts.range_count = 0;
    stored(&rig);
    assert_int_equal(only_action(&rig, HF_CA_WANT_OUTBOX)->from_seq, 7);
    close_client_rig(&rig);
}

static void asking_again_during_a_round__pulls_again(void **state)
{
    (void)state;
    struct client_rig rig;
    go_to(&rig, AT_HEAD); /* others have added something meanwhile; nothing is new here */
    client_step(&rig, (struct hf_client_event){.type = HF_CE_LOCAL, .facts = &rig.facts});
    assert_int_equal(rig.update.count, 0);
    answer_head(&rig, both_ranges, 2);
    rig.facts.range_count = 0;
    stored(&rig);
    only_sent(&rig, 2, HF_MSG_PULL); /* and HEAD: the log is longer than the checkpoint */
    close_client_rig(&rig);
}

static void hand_in__pushes_and_takes_receipts_only(void **state)
{
    (void)state;
    struct client_rig rig;
    struct hf_client_facts facts = start_facts;
    facts.has_catchup = true;
    start_with(&rig, &facts);
    be_welcomed(&rig, HF_MODE_HAND_IN);
    push_all(&rig);
    answer_head(&rig, both_ranges, 2);
    rig.facts.range_count = 0;
    stored(&rig);
    assert_true(only_action(&rig, HF_CA_DONE)->hand_in);
    struct hf_message message = {.type = HF_MSG_NEWS};
    client_hears(&rig, &message);
    assert_failed(&rig, HF_ERR_PROTOCOL);
    close_client_rig(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(error_of_the_office__reaches_the_person),
        cmocka_unit_test(error_without_text__gets_the_sentence_of_its_status),
        cmocka_unit_test(what_the_office_lacks__is_an_office_that_is_busy),
        cmocka_unit_test(error_of_unknown_status__is_a_protocol_error),
        cmocka_unit_test(news__are_told_at_any_stage),
        cmocka_unit_test(ping_of_the_office__is_answered),
        cmocka_unit_test(reply_that_does_not_come__is_given_up),
        cmocka_unit_test(reply_on_a_slow_line__is_waited_for_while_it_moves),
        cmocka_unit_test(silence__is_kept_alive_whenever_no_reply_is_awaited),
        cmocka_unit_test(pong_that_does_not_come__is_given_up),
        cmocka_unit_test(pong_of_another_ping__fails_the_session),
        cmocka_unit_test(failure_of_the_caller__ends_the_session_with_its_words),
        cmocka_unit_test(failed_session__hears_nothing_more),
        cmocka_unit_test(store_that_moves_nothing__does_not_go_round_for_ever),
        cmocka_unit_test(empty_outbox__is_believed),
        cmocka_unit_test(something_new_when_idle__starts_another_round),
        cmocka_unit_test(something_new_during_a_round__is_followed_by_another),
        cmocka_unit_test(asking_again_during_a_round__pulls_again),
        cmocka_unit_test(hand_in__pushes_and_takes_receipts_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
