/* The changes of a PUSH and a FEED: what can be derived is left out and made again; what does not hold is refused. */
#include "core/pack/squeeze.h"
#include "core/pack/writer.h"
#include "protocol/changes.h"
#include "protocol/message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT    64
#define BODY_LEN 200

struct chain {
    struct hf_sign_key sign;
    struct hf_class_key key;
    uint8_t log_id[HF_HASH_BYTES];
    uint8_t leaves[COUNT][HF_LEAF_BYTES];
    uint8_t bodies[COUNT][BODY_LEN];
    struct hf_item items[COUNT];
};

/* Real leaves of one device, sealed and signed; bodies do not squeeze. */
static struct chain *chain_new(void)
{
    struct chain *chain = calloc(1, sizeof *chain);
    uint8_t seed[HF_SIGN_SEED_BYTES];
    assert_non_null(chain);
    hf_random(seed, sizeof seed);
    hf_sign_key_from_seed(seed, &chain->sign);
    hf_random(&chain->key, sizeof chain->key);
    hf_random(chain->log_id, sizeof chain->log_id);
    for (size_t i = 0; i < COUNT; i++) {
        struct hf_leaf leaf = {.clock = (uint64_t)(1790000000000 + i * 1300) << 16, .incarnation = 3, .seq = i};
        memcpy(leaf.device, chain->sign.public_key, sizeof leaf.device);
        memcpy(leaf.log_id, chain->log_id, sizeof leaf.log_id);
        if (i > 0)
            hf_leaf_hash(chain->leaves[i - 1], leaf.prev);
        hf_random(chain->bodies[i], BODY_LEN);
        struct hf_slice body = hf_slice_of(chain->bodies[i], BODY_LEN);
        assert_int_equal(hf_payload_seal(&chain->key, body, &leaf, NULL), HF_OK);
        hf_leaf_sign(&leaf, &chain->sign);
        hf_leaf_encode(&leaf, chain->leaves[i]);
        chain->items[i] = (struct hf_item){.index = 1000 + 2 * i,
                                           .leaf = hf_slice_of(chain->leaves[i], HF_LEAF_BYTES),
                                           .case_id = chain->key.case_id,
                                           .key_id = chain->key.key_id,
                                           .body = body,
                                           .form = HF_ITEM_DERIVABLE};
    }
    return chain;
}

static struct hf_message push_of(const struct chain *chain, size_t first)
{
    struct hf_message message = {.type = HF_MSG_PUSH, .request = 7};
    message.as.push.items = chain->items + first;
    message.as.push.count = COUNT - first;
    return message;
}

static void check_rebuilt(const struct chain *chain, const struct hf_item *items, size_t first, bool pushed)
{
    uint8_t prev[HF_HASH_BYTES];
    for (size_t i = 0; first + i < COUNT; i++) {
        const struct hf_item *item = &items[i];
        struct hf_leaf leaf;
        uint8_t bytes[HF_LEAF_BYTES];
        const struct hf_item_rebuild with = {.log_id = chain->log_id,
                                             .device = pushed ? chain->sign.public_key : NULL,
                                             .prev = i > 0 ? prev : NULL,
                                             .key = &chain->key};
        assert_int_equal(item->form, HF_ITEM_OUTLINE);
        assert_int_equal(item->follows, i > 0);
        assert_int_equal(hf_item_rebuild(item, &with, &leaf, bytes, NULL), HF_OK);
        assert_memory_equal(bytes, chain->leaves[first + i], sizeof bytes);
        assert_true(hf_leaf_verify(bytes));
        hf_leaf_hash(bytes, prev);
    }
}

static void pushed_chain__is_made_again_from_what_travelled(void **state)
{
    (void)state;
    struct chain *chain = chain_new();
    for (size_t first = 0; first < 2; first++) {
        struct hf_message message = push_of(chain, first), got;
        struct hf_buf bytes = {0};
        assert_int_equal(hf_message_encode(&message, &bytes), HF_OK);
        const size_t above = bytes.len / (COUNT - first) - BODY_LEN;
        printf("%zu bytes above the body for a change pushed\n", above);
        assert_true(above <= 100);
        assert_int_equal(hf_message_decode(hf_buf_slice(&bytes), &got), HF_OK);
        assert_int_equal(got.as.push.count, COUNT - first);
        check_rebuilt(chain, got.as.push.items, first, true);
        hf_message_clear(&got);
        hf_buf_clear(&bytes);
    }
    free(chain);
}

static void fed_chain__is_made_again_from_what_travelled(void **state)
{
    (void)state;
    struct chain *chain = chain_new();
    struct hf_message message = {.type = HF_MSG_FEED, .request = 7}, got;
    struct hf_buf bytes = {0};
    message.as.feed.items = chain->items;
    message.as.feed.item_count = COUNT;
    message.as.feed.next_cursor = 5000;
    assert_int_equal(hf_message_encode(&message, &bytes), HF_OK);
    const size_t above = bytes.len / COUNT - BODY_LEN;
    printf("%zu bytes above the body for a change pulled\n", above);
    assert_true(above <= 170);
    assert_int_equal(hf_message_decode(hf_buf_slice(&bytes), &got), HF_OK);
    for (size_t i = 0; i < COUNT; i++)
        assert_int_equal(got.as.feed.items[i].index, 1000 + 2 * i);
    check_rebuilt(chain, got.as.feed.items, 0, false);
    hf_message_clear(&got);
    hf_buf_clear(&bytes);
    free(chain);
}

/* Some entries of a chain belong to cases that the reader does not hold. */
static void gap_in_a_chain__brings_prev(void **state)
{
    (void)state;
    struct chain *chain = chain_new();
    struct hf_item items[2] = {chain->items[3], chain->items[9]};
    struct hf_message message = {.type = HF_MSG_FEED, .request = 7}, got;
    struct hf_buf bytes = {0};
    message.as.feed.items = items;
    message.as.feed.item_count = 2;
    message.as.feed.next_cursor = 5000;
    assert_int_equal(hf_message_encode(&message, &bytes), HF_OK);
    assert_int_equal(hf_message_decode(hf_buf_slice(&bytes), &got), HF_OK);
    for (size_t i = 0; i < 2; i++) {
        struct hf_leaf leaf;
        uint8_t whole[HF_LEAF_BYTES];
        const struct hf_item_rebuild with = {.log_id = chain->log_id, .key = &chain->key};
        assert_false(got.as.feed.items[i].follows);
        assert_int_equal(hf_item_rebuild(&got.as.feed.items[i], &with, &leaf, whole, NULL), HF_OK);
        assert_memory_equal(whole, items[i].leaf.data, sizeof whole);
    }
    hf_message_clear(&got);
    hf_buf_clear(&bytes);
    free(chain);
}

/* --- what does not hold --- */

static enum hf_status decode_push(struct hf_slice batch, size_t signatures)
{
    static const uint8_t zeros[4 * HF_SIGN_BYTES];
    struct hf_buf out = {0};
    struct hf_message got = {0};
    hf_pack_array(&out, 4);
    hf_pack_uint(&out, HF_MSG_PUSH);
    hf_pack_uint(&out, 7);
    hf_pack_bytes(&out, batch);
    hf_pack_bytes(&out, hf_slice_of(zeros, signatures * HF_SIGN_BYTES));
    enum hf_status status = hf_message_decode(hf_buf_slice(&out), &got);
    hf_message_clear(&got);
    hf_buf_clear(&out);
    return status;
}

struct row {
    bool follows;
    uint64_t device, kind, seen, case_at, counter;
    int64_t ms;
};

static enum hf_status push_of_row(struct row row, size_t signatures)
{
    static const uint8_t zeros[HF_HASH_BYTES];
    struct hf_buf plain = {0}, batch = {0};
    hf_pack_array(&plain, 1);
    hf_pack_array(&plain, 2);
    hf_pack_nil(&plain);
    hf_pack_uint(&plain, 1);
    hf_pack_array(&plain, 1);
    hf_pack_array(&plain, 2);
    hf_pack_uint(&plain, 0);
    hf_pack_bytes(&plain, hf_slice_of(zeros, sizeof zeros));
    hf_pack_array(&plain, 1);
    hf_pack_array(&plain, 2);
    hf_pack_bytes(&plain, hf_slice_of(zeros, HF_ID_BYTES));
    hf_pack_bytes(&plain, hf_slice_of(zeros, HF_ID_BYTES));
    hf_pack_array(&plain, 1);
    hf_pack_array(&plain, 8);
    if (row.follows) {
        hf_pack_nil(&plain);
    } else {
        hf_pack_array(&plain, 2);
        hf_pack_uint(&plain, 0);
        hf_pack_nil(&plain);
    }
    hf_pack_uint(&plain, row.device);
    hf_pack_uint(&plain, row.kind);
    hf_pack_int(&plain, row.ms);
    hf_pack_uint(&plain, row.counter);
    hf_pack_uint(&plain, row.seen);
    hf_pack_uint(&plain, row.case_at);
    hf_pack_bytes(&plain, hf_slice_str("body"));
    hf_squeeze(hf_buf_slice(&plain), &batch);
    enum hf_status status = decode_push(hf_buf_slice(&batch), signatures);
    hf_buf_clear(&plain);
    hf_buf_clear(&batch);
    return status;
}

static void row_that_points_nowhere__is_refused(void **state)
{
    (void)state;
    assert_int_equal(push_of_row((struct row){.ms = 5}, 1), HF_OK);
    assert_int_equal(push_of_row((struct row){.ms = 5}, 0), HF_ERR_PROTOCOL);
    assert_int_equal(push_of_row((struct row){.ms = 5}, 2), HF_ERR_PROTOCOL);
    assert_int_equal(push_of_row((struct row){.follows = true}, 1), HF_ERR_PROTOCOL);
    assert_int_equal(push_of_row((struct row){.device = 1}, 1), HF_ERR_PROTOCOL);
    assert_int_equal(push_of_row((struct row){.kind = HF_LEAF_KIND_COUNT}, 1), HF_ERR_PROTOCOL);
    assert_int_equal(push_of_row((struct row){.ms = -1}, 1), HF_ERR_PROTOCOL);
    assert_int_equal(push_of_row((struct row){.counter = 65536}, 1), HF_ERR_PROTOCOL);
    assert_int_equal(push_of_row((struct row){.seen = 1}, 1), HF_ERR_PROTOCOL);
    assert_int_equal(push_of_row((struct row){.case_at = 1}, 1), HF_ERR_PROTOCOL);
}

static void bomb__is_refused_before_it_is_unpacked(void **state)
{
    (void)state;
    const size_t len = 64u << 20;
    uint8_t *zeros = calloc(1, len);
    struct hf_buf bomb = {0};
    size_t size = 0;
    assert_non_null(zeros);
    hf_squeeze(hf_slice_of(zeros, len), &bomb);
    assert_true(bomb.len < 16384);
    assert_int_equal(hf_unsqueeze_size(hf_buf_slice(&bomb), HF_LIMIT_BATCH_BYTES, &size), HF_ERR_LIMIT);
    assert_int_equal(decode_push(hf_buf_slice(&bomb), 0), HF_ERR_LIMIT);
    hf_buf_clear(&bomb);
    free(zeros);
}

static void damaged_frame__is_refused(void **state)
{
    (void)state;
    struct hf_buf frame = {0};
    uint8_t text[1000];
    memset(text, 'a', sizeof text);
    hf_squeeze(hf_slice_of(text, sizeof text), &frame);
    for (size_t len = 0; len < frame.len; len++)
        assert_int_equal(decode_push(hf_slice_of(frame.data, len), 0), HF_ERR_PROTOCOL);
    hf_buf_append_u8(&frame, 0);
    assert_int_equal(hf_unsqueeze(hf_buf_slice(&frame), text, sizeof text), HF_ERR_INVALID);
    assert_int_equal(decode_push(hf_slice_str("\2x"), 0), HF_ERR_PROTOCOL);
    hf_buf_clear(&frame);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pushed_chain__is_made_again_from_what_travelled),
        cmocka_unit_test(fed_chain__is_made_again_from_what_travelled),
        cmocka_unit_test(gap_in_a_chain__brings_prev),
        cmocka_unit_test(row_that_points_nowhere__is_refused),
        cmocka_unit_test(bomb__is_refused_before_it_is_unpacked),
        cmocka_unit_test(damaged_frame__is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
