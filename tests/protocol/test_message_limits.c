/* Limits and rules of the messages that carry changes and proofs: what keeps them passes, one more is refused, by the
 * encoder and – given bytes that no encoder of ours would write – by the decoder. */
#include "core/log/note.h"
#include "core/pack/squeeze.h"
#include "core/pack/writer.h"
#include "tests/protocol/support_form.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* --- PUSH and FEED --- */

static struct hf_item *make_items(size_t count, size_t body_len)
{
    struct hf_item *items = calloc(count, sizeof *items);
    assert_non_null(items);
    for (size_t i = 0; i < count; i++) {
        items[i].index = i;
        items[i].leaf = zeros_of(HF_LEAF_BYTES);
        items[i].body = zeros_of(body_len);
    }
    return items;
}

static enum hf_status push_of(size_t count, size_t body_len, size_t last_len)
{
    struct hf_item *items = make_items(count, body_len);
    items[count - 1].body = zeros_of(last_len);
    struct hf_message message = {.type = HF_MSG_PUSH, .request = 7};
    message.as.push.items = items;
    message.as.push.count = count;
    enum hf_status status = check_encode(&message);
    free(items);
    return status;
}

/* The tables of a batch: no device, nothing seen, one case. */
static void begin_batch(struct hf_buf *out, size_t rows)
{
    hf_pack_array(out, 0);
    hf_pack_array(out, 0);
    hf_pack_array(out, 1);
    hf_pack_array(out, 2);
    hf_pack_bytes(out, zeros_of(16));
    hf_pack_bytes(out, zeros_of(16));
    hf_pack_array(out, (uint32_t)rows);
}

static void end_batch(struct hf_buf *batch, struct hf_buf *out)
{
    struct hf_buf squeezed = {0};
    hf_squeeze(hf_buf_slice(batch), &squeezed);
    hf_pack_bytes(out, hf_buf_slice(&squeezed));
    hf_pack_bytes(out, zeros_of(0));
    hf_buf_clear(&squeezed);
    hf_buf_clear(batch);
}

static enum hf_status push_bytes_of(size_t count, size_t leaf_len, size_t body_len, size_t last_len)
{
    struct hf_buf out = begin_bytes(HF_MSG_PUSH, 2);
    struct hf_buf batch = {0};
    begin_batch(&batch, count);
    for (size_t i = 0; i < count; i++) {
        hf_pack_array(&batch, 3);
        hf_pack_bytes(&batch, zeros_of(leaf_len));
        hf_pack_uint(&batch, 0);
        hf_pack_bytes(&batch, zeros_of(i + 1 < count ? body_len : last_len));
    }
    end_batch(&batch, &out);
    return check_bytes(&out);
}

static void push__holds_at_most_its_limits(void **state)
{
    (void)state;
    const size_t full = HF_LIMIT_PUSH_BYTES / 4 - HF_LEAF_BYTES;
    assert_int_equal(push_of(HF_LIMIT_PUSH_ITEMS, 1, 1), HF_OK);
    assert_int_equal(push_of(HF_LIMIT_PUSH_ITEMS + 1, 1, 1), HF_ERR_LIMIT);
    assert_int_equal(push_of(1, 1, HF_BODY_BYTES_MAX), HF_OK);
    assert_int_equal(push_of(1, 1, HF_BODY_BYTES_MAX + 1), HF_ERR_LIMIT);
    assert_int_equal(push_of(1, 1, 0), HF_ERR_INVALID);
    assert_int_equal(push_of(4, full, full), HF_OK);
    assert_int_equal(push_of(4, full, full + 1), HF_ERR_LIMIT);

    assert_int_equal(push_bytes_of(HF_LIMIT_PUSH_ITEMS, HF_LEAF_BYTES, 1, 1), HF_OK);
    assert_int_equal(push_bytes_of(HF_LIMIT_PUSH_ITEMS + 1, HF_LEAF_BYTES, 1, 1), HF_ERR_LIMIT);
    assert_int_equal(push_bytes_of(1, HF_LEAF_BYTES, 1, HF_BODY_BYTES_MAX + 1), HF_ERR_LIMIT);
    assert_int_equal(push_bytes_of(4, HF_LEAF_BYTES, full, full), HF_OK);
    assert_int_equal(push_bytes_of(4, HF_LEAF_BYTES, full, full + 1), HF_ERR_LIMIT);
    assert_int_equal(push_bytes_of(1, HF_LEAF_BYTES, 1, 0), HF_ERR_PROTOCOL);
    assert_int_equal(push_bytes_of(1, HF_LEAF_BYTES - 1, 1, 1), HF_ERR_PROTOCOL);
    assert_int_equal(push_bytes_of(1, HF_LEAF_BYTES + 1, 1, 1), HF_ERR_PROTOCOL);
    assert_int_equal(push_bytes_of(0, HF_LEAF_BYTES, 1, 1), HF_ERR_PROTOCOL);
}

static void push_of_a_damaged_leaf__is_not_encoded(void **state)
{
    (void)state;
    struct hf_item item = {.leaf = zeros_of(HF_LEAF_BYTES - 1), .body = zeros_of(1)};
    struct hf_message message = {.type = HF_MSG_PUSH, .request = 7};
    message.as.push.items = &item;
    message.as.push.count = 1;
    assert_int_equal(check_encode(&message), HF_ERR_INVALID);
}

struct feed_shape {
    size_t keys, items, body_len, last_len;
    uint64_t first_index, step, next_cursor;
    unsigned hold;
};
static const struct feed_shape plain_feed = {.items = 2, .body_len = 1, .last_len = 1, .step = 1, .next_cursor = 2};

static enum hf_status feed_of(struct feed_shape shape)
{
    struct hf_item *items = make_items(shape.items, shape.body_len);
    struct hf_class_key *keys = calloc(shape.keys + 1, sizeof *keys);
    assert_non_null(keys);
    for (size_t i = 0; i < shape.items; i++)
        items[i].index = shape.first_index + i * shape.step;
    items[shape.items - 1].body = zeros_of(shape.last_len);
    items[0].hold = (enum hf_hold)shape.hold;
    struct hf_message message = {.type = HF_MSG_FEED, .request = 7};
    message.as.feed.keys = keys;
    message.as.feed.key_count = shape.keys;
    message.as.feed.items = items;
    message.as.feed.item_count = shape.items;
    message.as.feed.next_cursor = shape.next_cursor;
    enum hf_status status = check_encode(&message);
    free(keys);
    free(items);
    return status;
}

static enum hf_status feed_bytes_of(struct feed_shape shape)
{
    struct hf_buf out = begin_bytes(HF_MSG_FEED, 5);
    hf_pack_array(&out, (uint32_t)shape.keys);
    for (size_t i = 0; i < shape.keys; i++) {
        hf_pack_array(&out, 4);
        hf_pack_bytes(&out, zeros_of(16));
        hf_pack_bytes(&out, zeros_of(16));
        hf_pack_uint(&out, 1);
        hf_pack_bytes(&out, zeros_of(HF_KEY_BYTES));
    }
    struct hf_buf batch = {0};
    begin_batch(&batch, shape.items);
    for (size_t i = 0; i < shape.items; i++) {
        hf_pack_array(&batch, 5);
        hf_pack_uint(&batch, i == 0 ? shape.first_index : shape.step - 1);
        hf_pack_uint(&batch, i == 0 ? shape.hold : 0);
        hf_pack_bytes(&batch, zeros_of(HF_LEAF_BYTES));
        hf_pack_uint(&batch, 0);
        hf_pack_bytes(&batch, zeros_of(i + 1 < shape.items ? shape.body_len : shape.last_len));
    }
    end_batch(&batch, &out);
    hf_pack_uint(&out, shape.next_cursor);
    hf_pack_bool(&out, false);
    return check_bytes(&out);
}

/* The encoder says HF_ERR_INVALID where the decoder says HF_ERR_PROTOCOL. */
static void check_feed(struct feed_shape shape, enum hf_status expected)
{
    assert_int_equal(feed_of(shape), expected);
    assert_int_equal(feed_bytes_of(shape), expected == HF_ERR_INVALID ? HF_ERR_PROTOCOL : expected);
}

static void feed__holds_at_most_its_limits(void **state)
{
    (void)state;
    struct feed_shape shape = plain_feed;
    shape.keys = HF_LIMIT_FEED_KEYS;
    shape.items = shape.next_cursor = HF_LIMIT_FEED_ITEMS;
    check_feed(shape, HF_OK);
    shape.keys++;
    check_feed(shape, HF_ERR_LIMIT);
    shape.keys = 0;
    shape.items = shape.next_cursor = HF_LIMIT_FEED_ITEMS + 1;
    check_feed(shape, HF_ERR_LIMIT);

    shape.items = shape.next_cursor = 4;
    shape.body_len = shape.last_len = HF_LIMIT_FEED_BYTES / 4 - HF_LEAF_BYTES;
    check_feed(shape, HF_OK);
    shape.last_len++;
    check_feed(shape, HF_ERR_LIMIT);
}

static void feed__rises_below_its_next_cursor(void **state)
{
    (void)state;
    struct feed_shape shape = plain_feed;
    check_feed(shape, HF_OK);
    shape.step = 0;
    check_feed(shape, HF_ERR_INVALID);
    shape.step = UINT64_MAX; /* one less each time */
    shape.first_index = 1;
    check_feed(shape, HF_ERR_INVALID);
    shape = plain_feed;
    shape.next_cursor = 1;
    check_feed(shape, HF_ERR_INVALID);
    shape = plain_feed;
    shape.first_index = UINT64_MAX - 1;
    shape.next_cursor = UINT64_MAX;
    check_feed(shape, HF_ERR_INVALID); /* HF_INDEX_NONE is no index */
    shape = plain_feed;
    shape.hold = HF_HOLD_COUNT - 1;
    check_feed(shape, HF_OK);
    shape.hold = HF_HOLD_COUNT;
    check_feed(shape, HF_ERR_INVALID);
}

/* The largest feed there can be fits a message with its keys, in the room that was reserved for it. */
static void largest_feed__fits(void **state)
{
    (void)state;
    struct feed_shape shape = {.keys = HF_LIMIT_FEED_KEYS, .items = HF_LIMIT_FEED_ITEMS, .step = 1};
    shape.first_index = UINT64_MAX - 1 - shape.items;
    shape.next_cursor = UINT64_MAX - 1;
    shape.body_len = shape.last_len = HF_LIMIT_FEED_BYTES / HF_LIMIT_FEED_ITEMS - HF_LEAF_BYTES;
    check_feed(shape, HF_OK);
}

/* --- PUSHED --- */

static enum hf_status pushed_of(size_t count, uint64_t first_seq, uint64_t seq_step, uint64_t index_step, unsigned hold)
{
    struct hf_buf out = begin_bytes(HF_MSG_PUSHED, 1);
    struct hf_msg_pushed *results = calloc(count + 1, sizeof *results);
    assert_non_null(results);
    hf_pack_array(&out, (uint32_t)count);
    for (size_t i = 0; i < count; i++) {
        results[i] = (struct hf_msg_pushed){
            .seq = first_seq + i * seq_step, .index = 9 + i * index_step, .hold = (enum hf_hold)hold};
        hf_pack_array(&out, 3);
        hf_pack_uint(&out, results[i].seq);
        hf_pack_uint(&out, results[i].index);
        hf_pack_uint(&out, hold);
    }
    struct hf_message message = {.type = HF_MSG_PUSHED, .request = 7};
    message.as.pushed.results = results;
    message.as.pushed.count = count;
    enum hf_status status = check_both(&message, &out);
    free(results);
    return status;
}

static void pushed__is_one_run_of_results(void **state)
{
    (void)state;
    assert_int_equal(pushed_of(HF_LIMIT_PUSH_ITEMS, 5, 1, 1, 0), HF_OK);
    assert_int_equal(pushed_of(HF_LIMIT_PUSH_ITEMS + 1, 5, 1, 1, 0), HF_ERR_LIMIT);
    assert_int_equal(pushed_of(0, 5, 1, 1, 0), HF_ERR_INVALID);
    assert_int_equal(pushed_of(2, 5, 1, 3, HF_HOLD_COUNT - 1), HF_OK);
    assert_int_equal(pushed_of(2, 5, 1, 3, HF_HOLD_COUNT), HF_ERR_INVALID);
    assert_int_equal(pushed_of(2, 5, 0, 1, 0), HF_ERR_INVALID);
    assert_int_equal(pushed_of(2, 5, 2, 1, 0), HF_ERR_INVALID);
    assert_int_equal(pushed_of(2, 5, 1, 0, 0), HF_ERR_INVALID);
    assert_int_equal(pushed_of(2, 5, 1, UINT64_MAX, 0), HF_ERR_INVALID);
    assert_int_equal(pushed_of(2, UINT64_MAX, 1, 1, 0), HF_ERR_INVALID);
    assert_int_equal(pushed_of(2, 5, 1, UINT64_MAX - 9, 0), HF_ERR_INVALID); /* HF_INDEX_NONE is no index */
}

/* --- PULL, HEAD, HEAD_IS --- */

static enum hf_status pull_of(uint64_t cursor, bool one_case, uint64_t until)
{
    struct hf_buf out = begin_bytes(HF_MSG_PULL, 3);
    hf_pack_uint(&out, cursor);
    if (one_case)
        hf_pack_bytes(&out, zeros_of(16));
    else
        hf_pack_nil(&out);
    hf_pack_uint(&out, until);
    struct hf_message message = {.type = HF_MSG_PULL, .request = 7};
    message.as.pull.cursor = cursor;
    message.as.pull.one_case = one_case;
    message.as.pull.until = until;
    return check_both(&message, &out);
}

/* Of the general feed it says from where on entries of cases are wanted. */
static void pull__of_one_case_has_an_end_behind_its_beginning(void **state)
{
    (void)state;
    assert_int_equal(pull_of(9, false, 0), HF_OK);
    assert_int_equal(pull_of(9, false, 10), HF_OK);
    assert_int_equal(pull_of(9, false, 8), HF_OK);
    assert_int_equal(pull_of(9, true, 10), HF_OK);
    assert_int_equal(pull_of(9, true, 8), HF_ERR_INVALID);
}

static enum hf_status head_of(size_t count, uint64_t first, uint64_t len)
{
    struct hf_buf out = begin_bytes(HF_MSG_HEAD, 3);
    struct hf_msg_range *ranges = calloc(count, sizeof *ranges);
    assert_non_null(ranges);
    hf_pack_uint(&out, 3);
    hf_pack_array(&out, (uint32_t)count);
    for (size_t i = 0; i < count; i++) {
        ranges[i].first = first;
        ranges[i].count = len;
        hf_pack_array(&out, 2);
        hf_pack_uint(&out, first);
        hf_pack_uint(&out, len);
    }
    hf_pack_bool(&out, false);
    struct hf_message message = {.type = HF_MSG_HEAD, .request = 7};
    message.as.head.ranges = ranges;
    message.as.head.range_count = count;
    enum hf_status status = check_both(&message, &out);
    free(ranges);
    return status;
}

static void head__asks_for_ranges_that_can_be(void **state)
{
    (void)state;
    assert_int_equal(head_of(HF_LIMIT_HEAD_RANGES, 4, 1), HF_OK);
    assert_int_equal(head_of(HF_LIMIT_HEAD_RANGES + 1, 4, 1), HF_ERR_LIMIT);
    assert_int_equal(head_of(1, 4, 0), HF_ERR_INVALID);
    assert_int_equal(head_of(1, UINT64_MAX - 1, 1), HF_OK);
    assert_int_equal(head_of(1, UINT64_MAX - 1, 2), HF_ERR_INVALID);
}

static void put_hashes(struct hf_buf *out, size_t count)
{
    hf_pack_array(out, (uint32_t)count);
    for (size_t i = 0; i < count; i++)
        hf_pack_bytes(out, zeros_of(HF_HASH_BYTES));
}

static enum hf_status head_is_of(size_t note_len, size_t hashes, size_t ranges, size_t range_hashes)
{
    struct hf_buf out = begin_bytes(HF_MSG_HEAD_IS, 3);
    hf_pack_bytes(&out, zeros_of(note_len));
    put_hashes(&out, hashes);
    hf_pack_array(&out, (uint32_t)ranges);
    struct hf_msg_range *all = calloc(ranges + 1, sizeof *all);
    assert_non_null(all);
    for (size_t i = 0; i < ranges; i++) {
        all[i].count = 1;
        all[i].proof.count = range_hashes;
        hf_pack_array(&out, 3);
        hf_pack_uint(&out, 0);
        hf_pack_uint(&out, 1);
        put_hashes(&out, range_hashes);
    }
    struct hf_message message = {.type = HF_MSG_HEAD_IS, .request = 7};
    message.as.head_is.note = zeros_of(note_len);
    message.as.head_is.consistency.count = hashes;
    message.as.head_is.ranges = all;
    message.as.head_is.range_count = ranges;
    enum hf_status status = check_both(&message, &out);
    free(all);
    return status;
}

static void head_is__holds_at_most_its_limits(void **state)
{
    (void)state;
    assert_int_equal(head_is_of(HF_NOTE_BYTES_MAX, HF_PROOF_HASHES_MAX, HF_LIMIT_HEAD_RANGES, HF_PROOF_HASHES_MAX),
                     HF_OK);
    assert_int_equal(head_is_of(HF_NOTE_BYTES_MAX + 1, 0, 0, 0), HF_ERR_LIMIT);
    assert_int_equal(head_is_of(0, 0, 0, 0), HF_ERR_INVALID);
    assert_int_equal(head_is_of(1, HF_PROOF_HASHES_MAX + 1, 0, 0), HF_ERR_LIMIT);
    assert_int_equal(head_is_of(1, 0, HF_LIMIT_HEAD_RANGES + 1, 0), HF_ERR_LIMIT);
    assert_int_equal(head_is_of(1, 0, 1, HF_PROOF_HASHES_MAX + 1), HF_ERR_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(push__holds_at_most_its_limits),
        cmocka_unit_test(push_of_a_damaged_leaf__is_not_encoded),
        cmocka_unit_test(feed__holds_at_most_its_limits),
        cmocka_unit_test(feed__rises_below_its_next_cursor),
        cmocka_unit_test(largest_feed__fits),
        cmocka_unit_test(pushed__is_one_run_of_results),
        cmocka_unit_test(pull__of_one_case_has_an_end_behind_its_beginning),
        cmocka_unit_test(head__asks_for_ranges_that_can_be),
        cmocka_unit_test(head_is__holds_at_most_its_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
