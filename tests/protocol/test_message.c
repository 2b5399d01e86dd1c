#include "tests/protocol/support_message.h"
#include "tests/protocol/support_vectors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void every_message__comes_back_as_it_was(void **state)
{
    (void)state;
    for (size_t number = 1; number <= SAMPLE_COUNT; number++) {
        if (!sample_exists(number))
            continue;
        struct sample_store store;
        struct hf_message message, back;
        uint8_t *copy;
        sample_message(number, &store, &message);
        struct hf_buf bytes = encoded(&message);
        assert_int_equal(decode_exact(hf_buf_slice(&bytes), &back, &copy), HF_OK);
        assert_messages_equal(&message, &back);
        hf_message_clear(&back);
        assert_null(back.owned);
        free(copy);
        hf_buf_clear(&bytes);
    }
}

/* What decodes reads the same when it is encoded again. */
static void check_reads_the_same(const struct hf_message *message, struct hf_slice bytes)
{
    struct hf_message again;
    assert_int_equal(hf_message_decode(bytes, &again), HF_OK);
    assert_messages_equal(message, &again);
    hf_message_clear(&again);
}

static void encode__gives_the_golden_bytes(void **state)
{
    (void)state;
    static const char *const names[SAMPLE_COUNT + 1] = {[1] = "hello",
                                                        [2] = "welcome",
                                                        [3] = "push",
                                                        [4] = "pushed",
                                                        [5] = "pull",
                                                        [6] = "feed",
                                                        [7] = "head",
                                                        [8] = "head_is",
                                                        [9] = "enrol",
                                                        [10] = "enrolled",
                                                        [11] = "entries",
                                                        [12] = "entries_are",
                                                        [13] = "admin",
                                                        [14] = "admin_done",
                                                        [15] = "ping",
                                                        [16] = "pong",
                                                        [17] = "error",
                                                        [18] = "news",
                                                        [HF_MSG_LIVE] = "live",
                                                        [HF_MSG_SNAPSHOT] = "snapshot",
                                                        [HF_MSG_SNAPSHOT_IS] = "snapshot_is",
                                                        [HF_MSG_PURGED] = "purged",
                                                        [HF_MSG_ATTACH_PUT] = "attach_put",
                                                        [HF_MSG_ATTACH_HAS] = "attach_has",
                                                        [HF_MSG_ATTACH_GET] = "attach_get",
                                                        [HF_MSG_ATTACH_IS] = "attach_is",
                                                        [HF_MSG_DRAFTS] = "drafts",
                                                        [HF_MSG_DRAFTS_ARE] = "drafts_are",
                                                        [HF_MSG_PURGE_NOTED] = "purge_noted",
                                                        [HF_MSG_RESTART] = "restart",
                                                        [HF_MSG_RESTARTED] = "restarted",
                                                        [HF_MSG_HAND_ON] = "hand_on",
                                                        [HF_MSG_HANDED_ON] = "handed_on",
                                                        [HF_MSG_WITNESSED] = "witnessed",
                                                        [HF_MSG_WITNESSED_IS] = "witnessed_is",
                                                        [SAMPLE_FURTHER] = "pull_of_case",
                                                        [SAMPLE_FURTHER + 1] = "feed_empty",
                                                        [SAMPLE_FURTHER + 2] = "head_without_ranges",
                                                        [SAMPLE_FURTHER + 3] = "error_without_text",
                                                        [SAMPLE_FURTHER + 4] = "snapshot_is_few"};
    for (size_t number = 1; number <= SAMPLE_COUNT; number++) {
        if (!sample_exists(number))
            continue;
        struct sample_store store;
        struct hf_message message;
        sample_message(number, &store, &message);
        struct hf_buf bytes = encoded(&message), golden = {0};
        vector_hex("messages.txt", names[number], &golden);
        if (message.type == HF_MSG_PUSH || message.type == HF_MSG_FEED || message.type == HF_MSG_LIVE ||
            message.type == HF_MSG_SNAPSHOT_IS || message.type == HF_MSG_HAND_ON)
            check_reads_the_same(&message, hf_buf_slice(&golden)); /* zstd may write another frame in another version */
        else if (!hf_slice_equal(hf_buf_slice(&bytes), hf_buf_slice(&golden)))
            fail_msg("%s is not as in tests/vectors/messages.txt", names[number]);
        hf_buf_clear(&bytes);
        hf_buf_clear(&golden);
    }
}

static void encode__appends(void **state)
{
    (void)state;
    struct sample_store store;
    struct hf_message message;
    sample_message(HF_MSG_NEWS, &store, &message);
    struct hf_buf alone = encoded(&message), after = {0};
    hf_buf_append_str(&after, "before");
    assert_int_equal(hf_message_encode(&message, &after), HF_OK);
    assert_int_equal(after.len, 6 + alone.len);
    assert_memory_equal(after.data + 6, alone.data, alone.len);
    hf_buf_clear(&alone);
    hf_buf_clear(&after);
}

static void every_truncation__is_refused(void **state)
{
    (void)state;
    for (size_t number = 1; number <= SAMPLE_COUNT; number++) {
        if (!sample_exists(number))
            continue;
        struct sample_store store;
        struct hf_message message;
        sample_message(number, &store, &message);
        struct hf_buf bytes = encoded(&message);
        for (size_t len = 0; len < bytes.len; len++)
            assert_int_equal(try_decode(hf_slice_of(bytes.data, len)), HF_ERR_PROTOCOL);
        hf_buf_append_u8(&bytes, 0xC0);
        assert_int_equal(try_decode(hf_buf_slice(&bytes)), HF_ERR_PROTOCOL);
        hf_buf_clear(&bytes);
    }
}

/* One form per message: what decodes is what its content encodes to. Only squeezed bytes have many. */
static void check_changed(struct hf_slice bytes)
{
    struct hf_message message;
    uint8_t *copy;
    enum hf_status status = decode_exact(bytes, &message, &copy);
    if (status == HF_OK) {
        struct hf_buf again = encoded(&message);
        bool unknown_status = message.type == HF_MSG_ERROR && message.as.error.status == HF_ERR_PROTOCOL;
        if (message.type == HF_MSG_PUSH || message.type == HF_MSG_FEED || message.type == HF_MSG_LIVE ||
            message.type == HF_MSG_SNAPSHOT_IS || message.type == HF_MSG_HAND_ON)
            check_reads_the_same(&message, hf_buf_slice(&again));
        else
            assert_true(unknown_status || hf_slice_equal(hf_buf_slice(&again), bytes));
        hf_buf_clear(&again);
        hf_message_clear(&message);
    } else {
        assert_true(status == HF_ERR_PROTOCOL || status == HF_ERR_LIMIT);
    }
    free(copy);
}

static void every_changed_byte__is_refused_or_read_as_it_stands(void **state)
{
    (void)state;
    static const uint8_t flips[] = {0x01, 0x02, 0x10, 0x40, 0x80, 0xFF};
    for (size_t number = 1; number <= SAMPLE_COUNT; number++) {
        if (!sample_exists(number))
            continue;
        struct sample_store store;
        struct hf_message message;
        sample_message(number, &store, &message);
        struct hf_buf bytes = encoded(&message);
        for (size_t at = 0; at < bytes.len; at++) {
            for (size_t i = 0; i < sizeof flips; i++) {
                bytes.data[at] ^= flips[i];
                check_changed(hf_buf_slice(&bytes));
                bytes.data[at] ^= flips[i];
            }
        }
        hf_buf_clear(&bytes);
    }
}

static void decode__fails_and_leaves_out_untouched(void **state)
{
    (void)state;
    struct hf_message message;
    memset(&message, 0x5A, sizeof message);
    const struct hf_message before = message;
    assert_int_equal(hf_message_decode(hf_slice_str("\x93\x11"), &message), HF_ERR_PROTOCOL);
    assert_memory_equal(&message, &before, sizeof message);
}

static void clear__is_fine_on_nothing_and_twice(void **state)
{
    (void)state;
    struct hf_message message = {0};
    hf_message_clear(&message);
    hf_message_clear(&message);
    assert_null(message.owned);
}

/* A program made later may know more reasons than this one. */
static void error_of_unknown_status__is_a_protocol_error_with_its_text(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {0x94, 0x11, 0x05, 0xCC, 0xC8, 0xA3, 'n', 'e', 'w'};
    struct hf_message message;
    assert_int_equal(hf_message_decode(hf_slice_of(bytes, sizeof bytes), &message), HF_OK);
    assert_int_equal(message.as.error.status, HF_ERR_PROTOCOL);
    assert_true(hf_slice_equal(message.as.error.text, hf_slice_str("new")));
    hf_message_clear(&message);
}

/* They travel as numbers (docs/protocol.md): a new one goes to the end. */
static void status_numbers__never_change(void **state)
{
    (void)state;
    static const char *const names[] = {"ok",          "invalid", "limit",   "not_found", "exists",  "denied",
                                        "auth",        "corrupt", "locked",  "busy",      "state",   "conflict",
                                        "io",          "full",    "network", "closed",    "timeout", "protocol",
                                        "unsupported", "expired", "used",    "revoked",   "waiting", "nomem"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_string_equal(hf_status_name((enum hf_status)i), names[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_message__comes_back_as_it_was),
        cmocka_unit_test(encode__gives_the_golden_bytes),
        cmocka_unit_test(encode__appends),
        cmocka_unit_test(every_truncation__is_refused),
        cmocka_unit_test(every_changed_byte__is_refused_or_read_as_it_stands),
        cmocka_unit_test(decode__fails_and_leaves_out_untouched),
        cmocka_unit_test(clear__is_fine_on_nothing_and_twice),
        cmocka_unit_test(error_of_unknown_status__is_a_protocol_error_with_its_text),
        cmocka_unit_test(status_numbers__never_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
