/* Limits and rules of the messages for auditors, administrators and people, and of the frame that all messages share:
 * what keeps them passes, one more is refused, by the encoder and by the decoder. */
#include "core/pack/writer.h"
#include "tests/protocol/support_form.h"
#include "tests/protocol/support_message.h"
#include "tests/protocol/support_scenes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* --- ENTRIES, ENTRIES_ARE --- */

static enum hf_status entries_of(uint64_t from, uint64_t count)
{
    struct hf_buf out = begin_bytes(HF_MSG_ENTRIES, 3);
    hf_pack_uint(&out, from);
    hf_pack_uint(&out, count);
    hf_pack_bool(&out, false);
    struct hf_message message = {.type = HF_MSG_ENTRIES, .request = 7};
    message.as.entries.from = from;
    message.as.entries.count = count;
    return check_both(&message, &out);
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
    struct hf_buf out = begin_bytes(HF_MSG_ENTRIES_ARE, 2);
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
        entries[i].r = shape.r == PART_BYTES ? zeros_of(HF_OPENING_BYTES).data : NULL;
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

static enum hf_status restart_of(size_t leaves_len, bool more)
{
    struct hf_buf out = begin_bytes(HF_MSG_RESTART, 4);
    hf_pack_uint(&out, 1);
    hf_pack_bytes(&out, zeros_of(HF_HASH_BYTES));
    hf_pack_bool(&out, more);
    hf_pack_bytes(&out, zeros_of(leaves_len));
    struct hf_message message = {.type = HF_MSG_RESTART, .request = 7};
    message.as.restart.incarnation = 1;
    message.as.restart.more = more;
    message.as.restart.leaves = zeros_of(leaves_len);
    return check_both(&message, &out);
}

static void restart__shows_whole_leaves(void **state)
{
    (void)state;
    assert_int_equal(restart_of(0, false), HF_OK);
    assert_int_equal(restart_of(2 * HF_LEAF_BYTES, true), HF_OK);
    assert_int_equal(restart_of(2 * HF_LEAF_BYTES - 1, false), HF_ERR_INVALID);
    assert_int_equal(restart_of(0, true), HF_ERR_INVALID); /* for ever */
}

static enum hf_status welcome_with(unsigned mode, size_t certificate_len, uint32_t lease_days)
{
    struct hf_buf out = begin_bytes(HF_MSG_WELCOME, 11);
    hf_pack_uint(&out, 1);
    hf_pack_uint(&out, 1);
    hf_pack_uint(&out, mode);
    hf_pack_uint(&out, 1);
    hf_pack_uint(&out, 0);
    hf_pack_uint(&out, 1);
    hf_pack_bytes(&out, zeros_of(certificate_len));
    hf_pack_uint(&out, lease_days);
    hf_pack_uint(&out, 0);
    hf_pack_bool(&out, false);
    hf_pack_uint(&out, 0);
    struct hf_message message = {.type = HF_MSG_WELCOME, .request = 7};
    message.as.welcome.mode = (enum hf_mode)mode;
    message.as.welcome.certificate = zeros_of(certificate_len);
    message.as.welcome.lease_days = lease_days;
    return check_both(&message, &out);
}

static enum hf_status welcome_of(unsigned mode, size_t certificate_len)
{
    return welcome_with(mode, certificate_len, 14);
}

static void welcome__knows_its_modes_and_limits(void **state)
{
    (void)state;
    assert_int_equal(welcome_of(HF_MODE_PENDING, HF_LIMIT_CERTIFICATE_BYTES), HF_OK);
    assert_int_equal(welcome_of(HF_MODE_PENDING + 1, 0), HF_ERR_INVALID);
    assert_int_equal(welcome_of(1u << 7, 0), HF_ERR_INVALID);
    assert_int_equal(welcome_of(1u << 8, 0), HF_ERR_INVALID);
    assert_int_equal(welcome_of(0, HF_LIMIT_CERTIFICATE_BYTES + 1), HF_ERR_LIMIT);
    assert_int_equal(welcome_with(0, 0, 1), HF_OK);
    assert_int_equal(welcome_with(0, 0, HF_LIMIT_LEASE_DAYS), HF_OK);
    assert_int_equal(welcome_with(0, 0, 0), HF_ERR_INVALID);
    assert_int_equal(welcome_with(0, 0, HF_LIMIT_LEASE_DAYS + 1), HF_ERR_INVALID);
}

static enum hf_status enrolled_of(unsigned role, struct hf_slice name, size_t certificate_len)
{
    struct hf_buf out = begin_bytes(HF_MSG_ENROLLED, 7);
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
    return check_both(&message, &out);
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
    struct hf_buf out = begin_bytes(HF_MSG_ADMIN, 1);
    hf_pack_array(&out, (uint32_t)count);
    for (size_t i = 0; i < count; i++) {
        args[i] = arg;
        hf_pack_text(&out, arg);
    }
    struct hf_message message = {.type = HF_MSG_ADMIN, .request = 7};
    message.as.admin.args = args;
    message.as.admin.count = count;
    return check_both(&message, &out);
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
    struct hf_buf out = begin_bytes(HF_MSG_ADMIN_DONE, 3);
    hf_pack_uint(&out, 1);
    hf_pack_text(&out, letters_of(output));
    hf_pack_text(&out, letters_of(errors));
    struct hf_message message = {.type = HF_MSG_ADMIN_DONE, .request = 7};
    message.as.admin_done.output = letters_of(output);
    message.as.admin_done.errors = letters_of(errors);
    return check_both(&message, &out);
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
    struct hf_buf out = begin_bytes(HF_MSG_ERROR, 2);
    hf_pack_uint(&out, HF_ERR_DENIED);
    hf_pack_text(&out, letters_of(HF_LIMIT_ERROR_TEXT_BYTES + 1));
    assert_int_equal(check_bytes(&out), HF_ERR_LIMIT);
    out = begin_bytes(HF_MSG_ERROR, 2);
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
    assert_int_equal(ping_like(HF_MSG_PING, (1ull << 32) + 1), HF_ERR_PROTOCOL);
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

/* What comes unasked says from where on it is whole. */
static void live__holds_entries_from_where_it_says(void **state)
{
    (void)state;
    struct sample_store store;
    struct hf_message live;
    sample_message(HF_MSG_LIVE, &store, &live);
    assert_int_equal(check_encode(&live), HF_OK);
    live.as.feed.from = live.as.feed.items[0].index;
    assert_int_equal(check_encode(&live), HF_OK);
    live.as.feed.from++; /* an entry before it */
    assert_int_equal(check_encode(&live), HF_ERR_INVALID);
    live.as.feed.from = live.as.feed.next_cursor;
    live.as.feed.item_count = 0;
    assert_int_equal(check_encode(&live), HF_ERR_INVALID); /* nothing to tell */
    live.as.feed.from--;
    assert_int_equal(check_encode(&live), HF_OK); /* nothing of it is for this device */
    live.request = 7;
    assert_int_equal(check_encode(&live), HF_ERR_INVALID);
}

static void message__has_exactly_its_parts(void **state)
{
    (void)state;
    struct hf_buf out = begin_bytes(HF_MSG_PONG, 1);
    hf_pack_nil(&out);
    assert_int_equal(check_bytes(&out), HF_ERR_PROTOCOL);
    out = begin_bytes(HF_MSG_NEWS, 0);
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
        if (!sample_exists(number))
            continue;
        sample_message(number, &store, &message);
        struct hf_buf whole = encoded(&message), out;
        hf_buf_init(&out, whole.len - 1);
        assert_int_equal(hf_message_encode(&message, &out), HF_ERR_LIMIT);
        hf_buf_clear(&whole);
        hf_buf_clear(&out);
    }
}

/* Who adds a type says which test cuts, repeats, swaps and delays it. */
static void every_type__has_a_scene(void **state)
{
    (void)state;
    for (unsigned type = 1; type < HF_MSG_TYPE_COUNT; type++)
        if (hf_message_is_type(type) != (scene_of_type[type] != SCENE_NONE))
            fail_msg("tests/protocol/support_scenes.c: type %u", type);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries__asks_for_as_many_as_allowed),
        cmocka_unit_test(entries_are__hold_at_most_their_limits),
        cmocka_unit_test(entries_are__open_r_and_body_together),
        cmocka_unit_test(restart__shows_whole_leaves),
        cmocka_unit_test(welcome__knows_its_modes_and_limits),
        cmocka_unit_test(enrolled__knows_the_roles_of_people),
        cmocka_unit_test(admin__holds_at_most_its_limits),
        cmocka_unit_test(admin_done__holds_at_most_its_limits),
        cmocka_unit_test(error__has_a_reason_and_a_short_text),
        cmocka_unit_test(message__has_a_known_type_and_a_number),
        cmocka_unit_test(live__holds_entries_from_where_it_says),
        cmocka_unit_test(message__has_exactly_its_parts),
        cmocka_unit_test(more_than_a_message__is_not_looked_at),
        cmocka_unit_test(encode_into_a_small_buffer__is_refused),
        cmocka_unit_test(every_type__has_a_scene),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
