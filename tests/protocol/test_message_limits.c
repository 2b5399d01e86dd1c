/* Every limit and every rule of a message's form: what keeps it passes, one more is refused, by the encoder and – given
 * bytes that no encoder of ours would write – by the decoder. */
#include "core/log/note.h"
#include "core/pack/writer.h"
#include "tests/protocol/support_message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint8_t zeros[HF_LIMIT_MESSAGE_BYTES + 1];
static char letters[HF_LIMIT_ADMIN_OUTPUT_BYTES + 2];

static int fill_letters(void **state)
{
    (void)state;
    memset(letters, 'a', sizeof letters - 1);
    return 0;
}

static struct hf_slice zeros_of(size_t len)
{
    return hf_slice_of(zeros, len);
}

static struct hf_slice letters_of(size_t len)
{
    return hf_slice_of(letters, len);
}

/* What encoding says; what it wrote must decode, to the same bytes again. */
static enum hf_status check_encode(const struct hf_message *message)
{
    struct hf_buf bytes = {0};
    enum hf_status status = hf_message_encode(message, &bytes);
    if (status == HF_OK)
        assert_int_equal(try_decode(hf_buf_slice(&bytes)), HF_OK);
    hf_buf_clear(&bytes);
    return status;
}

/* What the decoder says of bytes written by hand; clears them. */
static enum hf_status check_bytes(struct hf_buf *bytes)
{
    assert_int_equal(hf_buf_status(bytes), HF_OK);
    enum hf_status status = try_decode(hf_buf_slice(bytes));
    hf_buf_clear(bytes);
    return status;
}

static struct hf_buf begin(enum hf_message_type type, uint32_t fields)
{
    struct hf_buf out = {0};
    hf_pack_array(&out, 2 + fields);
    hf_pack_uint(&out, type);
    hf_pack_uint(&out, type == HF_MSG_NEWS ? 0 : 7);
    return out;
}

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

static enum hf_status push_bytes_of(size_t count, size_t leaf_len, size_t body_len, size_t last_len)
{
    struct hf_buf out = begin(HF_MSG_PUSH, 1);
    hf_pack_array(&out, (uint32_t)count);
    for (size_t i = 0; i < count; i++) {
        hf_pack_array(&out, 4);
        hf_pack_bytes(&out, zeros_of(leaf_len));
        hf_pack_bytes(&out, zeros_of(16));
        hf_pack_bytes(&out, zeros_of(16));
        hf_pack_bytes(&out, zeros_of(i + 1 < count ? body_len : last_len));
    }
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
    struct hf_buf out = begin(HF_MSG_FEED, 4);
    hf_pack_array(&out, (uint32_t)shape.keys);
    for (size_t i = 0; i < shape.keys; i++) {
        hf_pack_array(&out, 4);
        hf_pack_bytes(&out, zeros_of(16));
        hf_pack_bytes(&out, zeros_of(16));
        hf_pack_uint(&out, 1);
        hf_pack_bytes(&out, zeros_of(HF_KEY_BYTES));
    }
    hf_pack_array(&out, (uint32_t)shape.items);
    for (size_t i = 0; i < shape.items; i++) {
        hf_pack_array(&out, 6);
        hf_pack_uint(&out, shape.first_index + i * shape.step);
        hf_pack_bytes(&out, zeros_of(HF_LEAF_BYTES));
        hf_pack_bytes(&out, zeros_of(16));
        hf_pack_bytes(&out, zeros_of(16));
        hf_pack_bytes(&out, zeros_of(i + 1 < shape.items ? shape.body_len : shape.last_len));
        hf_pack_uint(&out, i == 0 ? shape.hold : 0);
    }
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
    struct hf_buf out = begin(HF_MSG_PUSHED, 1);
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
    enum hf_status status = check_encode(&message), decoded = check_bytes(&out);
    free(results);
    assert_int_equal(decoded, status == HF_ERR_INVALID ? HF_ERR_PROTOCOL : status);
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
    struct hf_buf out = begin(HF_MSG_PULL, 3);
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
    enum hf_status status = check_encode(&message), decoded = check_bytes(&out);
    assert_int_equal(decoded, status == HF_ERR_INVALID ? HF_ERR_PROTOCOL : status);
    return status;
}

static void pull__has_an_end_exactly_for_one_case(void **state)
{
    (void)state;
    assert_int_equal(pull_of(9, false, 0), HF_OK);
    assert_int_equal(pull_of(9, false, 10), HF_ERR_INVALID);
    assert_int_equal(pull_of(9, true, 10), HF_OK);
    assert_int_equal(pull_of(9, true, 8), HF_ERR_INVALID);
}

static enum hf_status head_of(size_t count, uint64_t first, uint64_t len)
{
    struct hf_buf out = begin(HF_MSG_HEAD, 2);
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
    struct hf_message message = {.type = HF_MSG_HEAD, .request = 7};
    message.as.head.ranges = ranges;
    message.as.head.range_count = count;
    enum hf_status status = check_encode(&message), decoded = check_bytes(&out);
    free(ranges);
    assert_int_equal(decoded, status == HF_ERR_INVALID ? HF_ERR_PROTOCOL : status);
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
    struct hf_buf out = begin(HF_MSG_HEAD_IS, 3);
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
    enum hf_status status = check_encode(&message), decoded = check_bytes(&out);
    free(all);
    assert_int_equal(decoded, status == HF_ERR_INVALID ? HF_ERR_PROTOCOL : status);
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

/* --- ENTRIES, ENTRIES_ARE --- */

static enum hf_status entries_of(uint64_t from, uint64_t count)
{
    struct hf_buf out = begin(HF_MSG_ENTRIES, 2);
    hf_pack_uint(&out, from);
    hf_pack_uint(&out, count);
    struct hf_message message = {.type = HF_MSG_ENTRIES, .request = 7};
    message.as.entries.from = from;
    message.as.entries.count = count;
    enum hf_status status = check_encode(&message), decoded = check_bytes(&out);
    assert_int_equal(decoded, status == HF_ERR_INVALID ? HF_ERR_PROTOCOL : status);
    return status;
}

static void entries__asks_for_as_many_as_allowed(void **state)
{
    (void)state;
    assert_int_equal(entries_of(0, HF_LIMIT_ENTRIES), HF_OK);
    assert_int_equal(entries_of(0, HF_LIMIT_ENTRIES + 1), HF_ERR_LIMIT);
    assert_int_equal(entries_of(0, 0), HF_ERR_INVALID);
    assert_int_equal(entries_of(UINT64_MAX, 1), HF_ERR_INVALID);
}

enum part { PART_NIL, PART_BYTES, PART_EMPTY };
struct entry_shape {
    size_t count, payload_len, body_len;
    enum part payload, r, body;
    size_t r_len;
};
static const struct entry_shape opened_entry = {.count = 1,
                                                .payload_len = 9,
                                                .body_len = 9,
                                                .payload = PART_BYTES,
                                                .r = PART_BYTES,
                                                .body = PART_BYTES,
                                                .r_len = HF_OPENING_BYTES};

static void put_part(struct hf_buf *out, enum part part, size_t len)
{
    if (part == PART_NIL)
        hf_pack_nil(out);
    else
        hf_pack_bytes(out, zeros_of(part == PART_EMPTY ? 0 : len));
}

static enum hf_status entry_bytes_of(struct entry_shape shape)
{
    struct hf_buf out = begin(HF_MSG_ENTRIES_ARE, 2);
    hf_pack_uint(&out, 1);
    hf_pack_array(&out, (uint32_t)shape.count);
    for (size_t i = 0; i < shape.count; i++) {
        hf_pack_array(&out, 4);
        hf_pack_bytes(&out, zeros_of(HF_LEAF_BYTES));
        put_part(&out, shape.payload, shape.payload_len);
        put_part(&out, shape.r, shape.r_len);
        put_part(&out, shape.body, shape.body_len);
    }
    return check_bytes(&out);
}

static enum hf_status entry_of(struct entry_shape shape)
{
    struct hf_msg_entry *entries = calloc(shape.count + 1, sizeof *entries);
    assert_non_null(entries);
    for (size_t i = 0; i < shape.count; i++) {
        entries[i].leaf = zeros_of(HF_LEAF_BYTES);
        entries[i].payload = zeros_of(shape.payload == PART_BYTES ? shape.payload_len : 0);
        entries[i].r = shape.r == PART_BYTES ? zeros : NULL;
        entries[i].body = zeros_of(shape.body == PART_BYTES ? shape.body_len : 0);
    }
    struct hf_message message = {.type = HF_MSG_ENTRIES_ARE, .request = 7};
    message.as.entries_are.entries = entries;
    message.as.entries_are.count = shape.count;
    enum hf_status status = check_encode(&message);
    free(entries);
    return status;
}

static void check_entries(struct entry_shape shape, enum hf_status expected)
{
    assert_int_equal(entry_of(shape), expected);
    assert_int_equal(entry_bytes_of(shape), expected == HF_ERR_INVALID ? HF_ERR_PROTOCOL : expected);
}

static void entries_are__hold_at_most_their_limits(void **state)
{
    (void)state;
    struct entry_shape shape = opened_entry;
    shape.count = HF_LIMIT_ENTRIES;
    check_entries(shape, HF_OK);
    shape.count++;
    check_entries(shape, HF_ERR_LIMIT);
    shape = opened_entry;
    shape.payload_len = HF_PAYLOAD_BYTES_MAX;
    shape.body_len = HF_BODY_BYTES_MAX;
    check_entries(shape, HF_OK);
    shape.payload_len++;
    check_entries(shape, HF_ERR_LIMIT);
    shape = opened_entry;
    shape.body_len = HF_BODY_BYTES_MAX + 1;
    check_entries(shape, HF_ERR_LIMIT);
    shape.count = 4;
    shape.payload_len = HF_LIMIT_ENTRIES_BYTES / 8;
    shape.body_len = HF_LIMIT_ENTRIES_BYTES / 8 - HF_LEAF_BYTES;
    check_entries(shape, HF_OK);
    shape.body_len++;
    check_entries(shape, HF_ERR_LIMIT);
}

static void entries_are__open_r_and_body_together(void **state)
{
    (void)state;
    struct entry_shape shape = opened_entry;
    shape.r = PART_NIL;
    check_entries(shape, HF_ERR_INVALID);
    shape.body = PART_NIL;
    check_entries(shape, HF_OK);
    shape.payload = PART_NIL;
    check_entries(shape, HF_OK);
    shape.payload = PART_EMPTY; /* nil is the one way to say none */
    assert_int_equal(entry_bytes_of(shape), HF_ERR_PROTOCOL);
    shape = opened_entry;
    shape.r_len = HF_OPENING_BYTES - 1;
    assert_int_equal(entry_bytes_of(shape), HF_ERR_PROTOCOL);
}

/* --- people --- */

static enum hf_status welcome_of(unsigned mode, size_t certificate_len)
{
    struct hf_buf out = begin(HF_MSG_WELCOME, 7);
    hf_pack_uint(&out, 1);
    hf_pack_uint(&out, 1);
    hf_pack_uint(&out, mode);
    hf_pack_uint(&out, 1);
    hf_pack_bytes(&out, zeros_of(HF_HASH_BYTES));
    hf_pack_uint(&out, 1);
    hf_pack_bytes(&out, zeros_of(certificate_len));
    struct hf_message message = {.type = HF_MSG_WELCOME, .request = 7};
    message.as.welcome.mode = (enum hf_mode)mode;
    message.as.welcome.certificate = zeros_of(certificate_len);
    enum hf_status status = check_encode(&message), decoded = check_bytes(&out);
    assert_int_equal(decoded, status == HF_ERR_INVALID ? HF_ERR_PROTOCOL : status);
    return status;
}

static void welcome__knows_its_modes_and_limits(void **state)
{
    (void)state;
    assert_int_equal(welcome_of(HF_MODE_PENDING, HF_LIMIT_CERTIFICATE_BYTES), HF_OK);
    assert_int_equal(welcome_of(HF_MODE_PENDING + 1, 0), HF_ERR_INVALID);
    assert_int_equal(welcome_of(0, HF_LIMIT_CERTIFICATE_BYTES + 1), HF_ERR_LIMIT);
}

static enum hf_status enrolled_of(unsigned role, struct hf_slice name, size_t certificate_len)
{
    struct hf_buf out = begin(HF_MSG_ENROLLED, 7);
    hf_pack_bool(&out, false);
    hf_pack_bytes(&out, zeros_of(16));
    hf_pack_uint(&out, role);
    hf_pack_text(&out, name);
    hf_pack_uint(&out, 1);
    hf_pack_bytes(&out, zeros_of(HF_SIGN_PUBLIC_BYTES));
    hf_pack_bytes(&out, zeros_of(certificate_len));
    struct hf_message message = {.type = HF_MSG_ENROLLED, .request = 7};
    message.as.enrolled.role = (enum hf_role)role;
    message.as.enrolled.person_name = name;
    message.as.enrolled.certificate = zeros_of(certificate_len);
    enum hf_status status = check_encode(&message), decoded = check_bytes(&out);
    assert_int_equal(decoded, status == HF_ERR_INVALID ? HF_ERR_PROTOCOL : status);
    return status;
}

static void enrolled__knows_the_roles_of_people(void **state)
{
    (void)state;
    const struct hf_slice name = letters_of(HF_LIMIT_PERSON_NAME_BYTES);
    assert_int_equal(enrolled_of(HF_ROLE_WORKER, name, HF_LIMIT_CERTIFICATE_BYTES), HF_OK);
    assert_int_equal(enrolled_of(HF_ROLE_ADMIN, name, 0), HF_OK);
    assert_int_equal(enrolled_of(0, name, 0), HF_ERR_INVALID);
    assert_int_equal(enrolled_of(HF_ROLE_SERVER, name, 0), HF_ERR_INVALID);
    assert_int_equal(enrolled_of(HF_ROLE_WORKER, letters_of(HF_LIMIT_PERSON_NAME_BYTES + 1), 0), HF_ERR_LIMIT);
    assert_int_equal(enrolled_of(HF_ROLE_WORKER, name, HF_LIMIT_CERTIFICATE_BYTES + 1), HF_ERR_LIMIT);
    assert_int_equal(enrolled_of(HF_ROLE_WORKER, hf_slice_str("\xC0\x80"), 0), HF_ERR_INVALID);
}

static enum hf_status admin_of(size_t count, struct hf_slice arg)
{
    struct hf_slice args[HF_LIMIT_ADMIN_ARGS + 1];
    struct hf_buf out = begin(HF_MSG_ADMIN, 1);
    hf_pack_array(&out, (uint32_t)count);
    for (size_t i = 0; i < count; i++) {
        args[i] = arg;
        hf_pack_text(&out, arg);
    }
    struct hf_message message = {.type = HF_MSG_ADMIN, .request = 7};
    message.as.admin.args = args;
    message.as.admin.count = count;
    enum hf_status status = check_encode(&message), decoded = check_bytes(&out);
    assert_int_equal(decoded, status == HF_ERR_INVALID ? HF_ERR_PROTOCOL : status);
    return status;
}

static void admin__holds_at_most_its_limits(void **state)
{
    (void)state;
    assert_int_equal(admin_of(HF_LIMIT_ADMIN_ARGS, letters_of(HF_LIMIT_ADMIN_ARG_BYTES)), HF_OK);
    assert_int_equal(admin_of(HF_LIMIT_ADMIN_ARGS + 1, letters_of(1)), HF_ERR_LIMIT);
    assert_int_equal(admin_of(1, letters_of(HF_LIMIT_ADMIN_ARG_BYTES + 1)), HF_ERR_LIMIT);
    assert_int_equal(admin_of(0, letters_of(1)), HF_ERR_INVALID);
    assert_int_equal(admin_of(1, hf_slice_str("\xFF")), HF_ERR_INVALID);
}

static enum hf_status admin_done_of(size_t output, size_t errors)
{
    struct hf_buf out = begin(HF_MSG_ADMIN_DONE, 3);
    hf_pack_uint(&out, 1);
    hf_pack_text(&out, letters_of(output));
    hf_pack_text(&out, letters_of(errors));
    struct hf_message message = {.type = HF_MSG_ADMIN_DONE, .request = 7};
    message.as.admin_done.output = letters_of(output);
    message.as.admin_done.errors = letters_of(errors);
    enum hf_status status = check_encode(&message);
    assert_int_equal(check_bytes(&out), status);
    return status;
}

static void admin_done__holds_at_most_its_limits(void **state)
{
    (void)state;
    assert_int_equal(admin_done_of(HF_LIMIT_ADMIN_OUTPUT_BYTES, 0), HF_OK);
    assert_int_equal(admin_done_of(HF_LIMIT_ADMIN_OUTPUT_BYTES + 1, 0), HF_ERR_LIMIT);
    assert_int_equal(admin_done_of(0, HF_LIMIT_ADMIN_OUTPUT_BYTES + 1), HF_ERR_LIMIT);
    /* Both full are more than a message may have: array head, type, id, exit code and two text heads are 14 bytes. */
    assert_int_equal(admin_done_of(HF_LIMIT_ADMIN_OUTPUT_BYTES, HF_LIMIT_ADMIN_OUTPUT_BYTES), HF_ERR_LIMIT);
    assert_int_equal(admin_done_of(HF_LIMIT_ADMIN_OUTPUT_BYTES, HF_LIMIT_ADMIN_OUTPUT_BYTES - 14), HF_OK);
    assert_int_equal(admin_done_of(HF_LIMIT_ADMIN_OUTPUT_BYTES, HF_LIMIT_ADMIN_OUTPUT_BYTES - 13), HF_ERR_LIMIT);
}

static enum hf_status error_of(unsigned status_code, struct hf_slice text)
{
    struct hf_message message = {.type = HF_MSG_ERROR, .request = 7};
    message.as.error.status = (enum hf_status)status_code;
    message.as.error.text = text;
    return check_encode(&message);
}

static void error__has_a_reason_and_a_short_text(void **state)
{
    (void)state;
    assert_int_equal(error_of(HF_ERR_DENIED, letters_of(HF_LIMIT_ERROR_TEXT_BYTES)), HF_OK);
    assert_int_equal(error_of(HF_ERR_DENIED, letters_of(HF_LIMIT_ERROR_TEXT_BYTES + 1)), HF_ERR_LIMIT);
    assert_int_equal(error_of(HF_OK, letters_of(1)), HF_ERR_INVALID);
    assert_int_equal(error_of(HF_STATUS_COUNT, letters_of(1)), HF_ERR_INVALID);
    struct hf_buf out = begin(HF_MSG_ERROR, 2);
    hf_pack_uint(&out, HF_ERR_DENIED);
    hf_pack_text(&out, letters_of(HF_LIMIT_ERROR_TEXT_BYTES + 1));
    assert_int_equal(check_bytes(&out), HF_ERR_LIMIT);
    out = begin(HF_MSG_ERROR, 2);
    hf_pack_uint(&out, HF_OK);
    hf_pack_text(&out, letters_of(1));
    assert_int_equal(check_bytes(&out), HF_ERR_PROTOCOL);
}

/* --- the frame of every message --- */

static enum hf_status ping_like(uint64_t type, uint64_t request)
{
    struct hf_buf out = {0};
    hf_pack_array(&out, 2);
    hf_pack_uint(&out, type);
    hf_pack_uint(&out, request);
    return check_bytes(&out);
}

static void message__has_a_known_type_and_a_number(void **state)
{
    (void)state;
    assert_int_equal(ping_like(HF_MSG_PING, UINT32_MAX), HF_OK);
    assert_int_equal(ping_like(HF_MSG_PING, 1ull << 32), HF_ERR_PROTOCOL);
    assert_int_equal(ping_like(HF_MSG_PING, 0), HF_ERR_PROTOCOL);
    assert_int_equal(ping_like(0, 1), HF_ERR_PROTOCOL);
    assert_int_equal(ping_like(HF_MSG_TYPE_COUNT, 1), HF_ERR_PROTOCOL);
    assert_int_equal(ping_like(UINT64_MAX, 1), HF_ERR_PROTOCOL);

    struct hf_message message = {.type = HF_MSG_PING};
    assert_int_equal(check_encode(&message), HF_ERR_INVALID);
    message = (struct hf_message){.type = HF_MSG_NEWS, .request = 7};
    assert_int_equal(check_encode(&message), HF_ERR_INVALID);
    message = (struct hf_message){.type = HF_MSG_TYPE_COUNT, .request = 7};
    assert_int_equal(check_encode(&message), HF_ERR_INVALID);
}

static void message__has_exactly_its_parts(void **state)
{
    (void)state;
    struct hf_buf out = begin(HF_MSG_PONG, 1);
    hf_pack_nil(&out);
    assert_int_equal(check_bytes(&out), HF_ERR_PROTOCOL);
    out = begin(HF_MSG_NEWS, 0);
    assert_int_equal(check_bytes(&out), HF_ERR_PROTOCOL);
    hf_pack_array(&out, 40);
    for (unsigned i = 0; i < 40; i++)
        hf_pack_uint(&out, i);
    assert_int_equal(check_bytes(&out), HF_ERR_PROTOCOL);
    hf_pack_map(&out, 1);
    hf_pack_uint(&out, HF_MSG_PING);
    hf_pack_uint(&out, 1);
    assert_int_equal(check_bytes(&out), HF_ERR_PROTOCOL);
}

static void more_than_a_message__is_not_looked_at(void **state)
{
    (void)state;
    assert_int_equal(hf_message_decode(zeros_of(HF_LIMIT_MESSAGE_BYTES + 1), &(struct hf_message){0}), HF_ERR_LIMIT);
    assert_int_equal(hf_message_decode(zeros_of(HF_LIMIT_MESSAGE_BYTES), &(struct hf_message){0}), HF_ERR_PROTOCOL);
}

static void encode_into_a_small_buffer__is_refused(void **state)
{
    (void)state;
    struct sample_store store;
    struct hf_message message;
    for (size_t number = 1; number <= SAMPLE_COUNT; number++) {
        sample_message(number, &store, &message);
        struct hf_buf whole = encoded(&message), out;
        hf_buf_init(&out, whole.len - 1);
        assert_int_equal(hf_message_encode(&message, &out), HF_ERR_LIMIT);
        hf_buf_clear(&whole);
        hf_buf_clear(&out);
    }
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
        cmocka_unit_test(pull__has_an_end_exactly_for_one_case),
        cmocka_unit_test(head__asks_for_ranges_that_can_be),
        cmocka_unit_test(head_is__holds_at_most_its_limits),
        cmocka_unit_test(entries__asks_for_as_many_as_allowed),
        cmocka_unit_test(entries_are__hold_at_most_their_limits),
        cmocka_unit_test(entries_are__open_r_and_body_together),
        cmocka_unit_test(welcome__knows_its_modes_and_limits),
        cmocka_unit_test(enrolled__knows_the_roles_of_people),
        cmocka_unit_test(admin__holds_at_most_its_limits),
        cmocka_unit_test(admin_done__holds_at_most_its_limits),
        cmocka_unit_test(error__has_a_reason_and_a_short_text),
        cmocka_unit_test(message__has_a_known_type_and_a_number),
        cmocka_unit_test(message__has_exactly_its_parts),
        cmocka_unit_test(more_than_a_message__is_not_looked_at),
        cmocka_unit_test(encode_into_a_small_buffer__is_refused),
    };
    return cmocka_run_group_tests(tests, fill_letters, NULL);
}
