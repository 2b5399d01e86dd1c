/* The server's session machine alone: open requests and their replies, news, time, and the end. */
#include "tests/protocol/support_message.h"
#include "tests/protocol/support_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* --- tests: requests and replies --- */

static void several_requests__are_answered_in_any_order(void **state)
{
    (void)state;
    struct server_rig rig;
    struct sample_store store;
    struct hf_message head, feed;
    welcomed_as(&rig, HF_MODE_NORMAL);
    server_hears_type(&rig, HF_MSG_PULL, 2);
    server_hears_type(&rig, HF_MSG_HEAD, 3);
    sample_message(HF_MSG_HEAD_IS, &store, &head);
    head.request = 3;
    reply(&rig, &head);
    assert_said(&rig, HF_MSG_HEAD_IS, 3);
    sample_message(HF_MSG_FEED, &store, &feed);
    feed.request = 2;
    reply(&rig, &feed);
    assert_said(&rig, HF_MSG_FEED, 2);
    close_server_rig(&rig);
}

static void too_many_open_requests__end_the_connection(void **state)
{
    (void)state;
    struct server_rig rig;
    welcomed_as(&rig, HF_MODE_NORMAL);
    for (uint32_t i = 0; i < HF_LIMIT_IN_FLIGHT; i++) {
        server_hears_type(&rig, HF_MSG_PULL, 2 + i);
        assert_asked(&rig, HF_MSG_PULL, 2 + i);
    }
    server_hears_type(&rig, HF_MSG_PING, 40);
    assert_said(&rig, HF_MSG_PONG, 40);
    server_hears_type(&rig, HF_MSG_PULL, 50);
    assert_error(&rig, HF_ERR_LIMIT, 50, true);
    close_server_rig(&rig);
}

static void answered_requests__make_room(void **state)
{
    (void)state;
    struct server_rig rig;
    welcomed_as(&rig, HF_MODE_NORMAL);
    for (uint32_t i = 0; i < 3 * HF_LIMIT_IN_FLIGHT; i++) {
        server_hears_type(&rig, HF_MSG_PULL, 2 + i);
        assert_asked(&rig, HF_MSG_PULL, 2 + i);
        const struct hf_message feed = {.type = HF_MSG_FEED, .request = 2 + i};
        reply(&rig, &feed);
        assert_said(&rig, HF_MSG_FEED, 2 + i);
    }
    close_server_rig(&rig);
}

static void two_open_requests_of_one_number__end_the_connection(void **state)
{
    (void)state;
    struct server_rig rig;
    welcomed_as(&rig, HF_MODE_NORMAL);
    server_hears_type(&rig, HF_MSG_PULL, 2);
    server_hears_type(&rig, HF_MSG_PULL, 2);
    assert_error(&rig, HF_ERR_PROTOCOL, 2, true);
    close_server_rig(&rig);
}

static void error_of_the_host__is_told_with_its_text_cut_to_fit(void **state)
{
    (void)state;
    struct server_rig rig;
    struct hf_message message;
    char text[3 * HF_LIMIT_ERROR_TEXT_BYTES + 1] = "xy";
    for (size_t i = 2; i + 3 < sizeof text; i += 3)
        memcpy(text + i, "\xE2\x82\xAC", 3);
    welcomed_as(&rig, HF_MODE_NORMAL);
    server_hears_type(&rig, HF_MSG_PULL, 2);
    struct hf_message error = {.type = HF_MSG_ERROR, .request = 2};
    error.as.error.status = HF_ERR_IO;
    error.as.error.text = hf_slice_str(text);
    reply(&rig, &error);
    assert_error(&rig, HF_ERR_IO, 2, false);
    said(&rig, &message);
    assert_int_equal(message.as.error.text.len, HF_LIMIT_ERROR_TEXT_BYTES - 1); /* 2 and 99 times 3 */
    assert_memory_equal(message.as.error.text.data, text, message.as.error.text.len);
    hf_message_clear(&message);

    server_hears_type(&rig, HF_MSG_PULL, 3);
    error.request = 3;
    error.as.error.text = hf_slice_str("\xFF is no text");
    reply(&rig, &error);
    said(&rig, &message);
    assert_true(hf_slice_equal(message.as.error.text, hf_slice_str(hf_status_text(HF_ERR_IO))));
    hf_message_clear(&message);
    close_server_rig(&rig);
}

static void reply_past_a_limit__becomes_an_error(void **state)
{
    (void)state;
    struct server_rig rig;
    static struct hf_item items[HF_LIMIT_FEED_ITEMS + 1];
    welcomed_as(&rig, HF_MODE_NORMAL);
    server_hears_type(&rig, HF_MSG_PULL, 2);
    struct hf_message feed = {.type = HF_MSG_FEED, .request = 2};
    feed.as.feed.items = items;
    feed.as.feed.item_count = HF_LIMIT_FEED_ITEMS + 1;
    reply(&rig, &feed);
    assert_error(&rig, HF_ERR_LIMIT, 2, false);
    server_hears_type(&rig, HF_MSG_PULL, 3);
    assert_asked(&rig, HF_MSG_PULL, 3);
    close_server_rig(&rig);
}

static void bytes_that_are_no_message__end_the_connection(void **state)
{
    (void)state;
    static uint8_t much[HF_LIMIT_MESSAGE_BYTES + 1];
    struct server_rig rig;
    open_as(&rig, HF_PEER_DEVICE, HF_MODE_NORMAL);
    server_hears_bytes(&rig, hf_slice_str("hello"));
    assert_error(&rig, HF_ERR_PROTOCOL, 0, true);
    server_hears_type(&rig, HF_MSG_HELLO, 1);
    assert_int_equal(rig.update.count, 0);
    close_server_rig(&rig);
    welcomed_as(&rig, HF_MODE_NORMAL);
    server_hears_bytes(&rig, hf_slice_of(much, sizeof much));
    assert_error(&rig, HF_ERR_LIMIT, 0, true);
    close_server_rig(&rig);
}

static void closed_session__does_nothing_more(void **state)
{
    (void)state;
    struct server_rig rig;
    welcomed_as(&rig, HF_MODE_NORMAL);
    server_hears_type(&rig, HF_MSG_PULL, 2);
    server_hears_type(&rig, HF_MSG_ERROR, 3);
    assert_closed(&rig);
    const struct hf_message feed = {.type = HF_MSG_FEED, .request = 2};
    reply(&rig, &feed); /* the host was still at it */
    assert_int_equal(rig.update.count, 0);
    news(&rig, 99);
    assert_int_equal(rig.update.count, 0);
    server_tick_at(&rig, SERVER_START_MS + 10 * HF_LIMIT_IDLE_MS);
    assert_int_equal(rig.update.count, 0);
    close_server_rig(&rig);
}

/* --- tests: news and time --- */

static void news__are_told_once_to_who_may_read(void **state)
{
    (void)state;
    struct server_rig rig;
    struct hf_message message;
    welcomed_as(&rig, HF_MODE_NORMAL);
    news(&rig, 30); /* the welcome said so */
    assert_int_equal(rig.update.count, 0);
    news(&rig, 31);
    said(&rig, &message);
    assert_int_equal(message.type, HF_MSG_NEWS);
    assert_int_equal(message.request, 0);
    assert_int_equal(message.as.news.log_size, 31);
    hf_message_clear(&message);
    news(&rig, 31);
    assert_int_equal(rig.update.count, 0);
    news(&rig, 29);
    assert_int_equal(rig.update.count, 0);
    close_server_rig(&rig);

    for (enum hf_mode mode = HF_MODE_HAND_IN; mode <= HF_MODE_PENDING; mode++) {
        welcomed_as(&rig, mode);
        news(&rig, 31);
        assert_int_equal(rig.update.count, 0);
        close_server_rig(&rig);
    }
}

static void news__wait_until_the_device_has_looked(void **state)
{
    (void)state;
    struct server_rig rig;
    struct hf_message feed = {.type = HF_MSG_FEED, .request = 3};
    welcomed_as(&rig, HF_MODE_NORMAL);
    news(&rig, 31);
    assert_said(&rig, HF_MSG_NEWS, 0);
    news(&rig, 40);
    assert_int_equal(rig.update.count, 0);
    server_hears_type(&rig, HF_MSG_PULL, 3);
    feed.as.feed.next_cursor = 40;
    reply(&rig, &feed);
    assert_said(&rig, HF_MSG_FEED, 3);
    news(&rig, 40); /* the feed was read to there */
    assert_int_equal(rig.update.count, 0);
    news(&rig, 41);
    assert_said(&rig, HF_MSG_NEWS, 0);
    close_server_rig(&rig);
}

/* Beside the news of the log, which it neither brings nor holds up; to nobody who reads nothing. */
static void an_attachment_that_is_whole__is_told_by_itself(void **state)
{
    (void)state;
    const struct hf_server_event whole = {.type = HF_SE_WHOLE, .now_ms = SERVER_START_MS, .attachment = {{7, 8, 9}}};
    struct server_rig rig;
    struct hf_message message;
    welcomed_as(&rig, HF_MODE_NORMAL);
    news(&rig, 31);
    assert_said(&rig, HF_MSG_NEWS, 0);
    for (int i = 0; i < 2; i++) {
        hf_session_server_step(rig.session, &whole, &rig.update);
        said(&rig, &message);
        assert_int_equal(message.type, HF_MSG_NEWS);
        assert_int_equal(message.as.news.log_size, 31);
        assert_true(message.as.news.whole);
        assert_true(hf_id_equal(&message.as.news.attachment, &whole.attachment));
        hf_message_clear(&message);
    }
    close_server_rig(&rig);
    for (enum hf_mode mode = HF_MODE_HAND_IN; mode <= HF_MODE_PENDING; mode++) {
        welcomed_as(&rig, mode);
        hf_session_server_step(rig.session, &whole, &rig.update);
        assert_int_equal(rig.update.count, 0);
        close_server_rig(&rig);
    }
}

static void own_changes_right_behind_what_was_told__are_no_news(void **state)
{
    (void)state;
    for (uint64_t gap = 0; gap < 2; gap++) {
        struct server_rig rig;
        struct hf_msg_pushed results[2] = {{.seq = 1, .index = 30 + gap}, {.seq = 2, .index = 31 + gap}};
        struct hf_message pushed = {.type = HF_MSG_PUSHED, .request = 3};
        pushed.as.pushed.results = results;
        pushed.as.pushed.count = 2;
        welcomed_as(&rig, HF_MODE_NORMAL); /* told 30 */
        server_hears_type(&rig, HF_MSG_PUSH, 3);
        reply(&rig, &pushed);
        news(&rig, 32 + gap);
        assert_int_equal(rig.update.count, gap); /* with a gap there is something of somebody else */
        close_server_rig(&rig);
    }
}

static void silent_peer__is_closed_in_time(void **state)
{
    (void)state;
    struct server_rig rig;
    welcomed_as(&rig, HF_MODE_NORMAL);
    rig.now_ms += 1000;
    server_hears_type(&rig, HF_MSG_PING, 2);
    assert_int_equal(rig.update.wake_ms, rig.now_ms + HF_LIMIT_IDLE_MS);
    news(&rig, 31); /* what we say does not count */
    server_tick_at(&rig, SERVER_START_MS + 1000 + HF_LIMIT_IDLE_MS - 1);
    assert_int_equal(rig.update.count, 0);
    server_tick_at(&rig, SERVER_START_MS + 1000 + HF_LIMIT_IDLE_MS);
    assert_closed(&rig);
    close_server_rig(&rig);
}

static void message_on_a_slow_line__is_waited_for_unless_it_is_the_first(void **state)
{
    (void)state;
    struct server_rig rig;
    welcomed_as(&rig, HF_MODE_NORMAL);
    rig.now_ms += HF_LIMIT_IDLE_MS - 1;
    server_moves(&rig);
    assert_int_equal(rig.update.wake_ms, rig.now_ms + HF_LIMIT_IDLE_MS);
    server_tick_at(&rig, rig.now_ms + HF_LIMIT_IDLE_MS);
    assert_closed(&rig);
    close_server_rig(&rig);

    open_as(&rig, HF_PEER_DEVICE, HF_MODE_NORMAL);
    rig.now_ms += HF_LIMIT_FIRST_FRAME_MS - 1;
    server_moves(&rig);
    server_tick_at(&rig, rig.now_ms + 1);
    assert_closed(&rig);
    close_server_rig(&rig);
}

static void peer_that_waits_for_the_host__is_not_closed(void **state)
{
    (void)state;
    struct server_rig rig;
    welcomed_as(&rig, HF_MODE_NORMAL);
    server_hears_type(&rig, HF_MSG_PULL, 2);
    assert_int_equal(rig.update.wake_ms, UINT64_MAX);
    server_tick_at(&rig, SERVER_START_MS + 3 * HF_LIMIT_IDLE_MS);
    assert_int_equal(rig.update.count, 0);
    const struct hf_message feed = {.type = HF_MSG_FEED, .request = 2};
    reply(&rig, &feed);
    assert_int_equal(rig.update.wake_ms, rig.now_ms + HF_LIMIT_IDLE_MS);
    server_tick_at(&rig, rig.now_ms + HF_LIMIT_IDLE_MS);
    assert_closed(&rig);
    close_server_rig(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(several_requests__are_answered_in_any_order),
        cmocka_unit_test(too_many_open_requests__end_the_connection),
        cmocka_unit_test(answered_requests__make_room),
        cmocka_unit_test(two_open_requests_of_one_number__end_the_connection),
        cmocka_unit_test(error_of_the_host__is_told_with_its_text_cut_to_fit),
        cmocka_unit_test(reply_past_a_limit__becomes_an_error),
        cmocka_unit_test(bytes_that_are_no_message__end_the_connection),
        cmocka_unit_test(closed_session__does_nothing_more),
        cmocka_unit_test(news__are_told_once_to_who_may_read),
        cmocka_unit_test(news__wait_until_the_device_has_looked),
        cmocka_unit_test(an_attachment_that_is_whole__is_told_by_itself),
        cmocka_unit_test(own_changes_right_behind_what_was_told__are_no_news),
        cmocka_unit_test(silent_peer__is_closed_in_time),
        cmocka_unit_test(message_on_a_slow_line__is_waited_for_unless_it_is_the_first),
        cmocka_unit_test(peer_that_waits_for_the_host__is_not_closed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
