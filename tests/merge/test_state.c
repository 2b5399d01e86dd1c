#include "tests/merge/support_merge.h"

#include "core/base/text.h"
#include "core/pack/writer.h"

#include <stdlib.h>
#include <string.h>

#define MEETING    22
#define PLACE      7
#define OTHERS     28 /* a set */
#define AMENDMENTS 31

/* Written by hand after the header: a conflict about the place, and one amendment by a change that is named before. */
#define GOLDEN_PACKED                                                                                                  \
    "94c410cacacacacacacacacacacacacacacacac4105e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e169292079293c410111111"                 \
    "11111111111111111111111111cd012ca6526f6f6d203193c4102222222222222222222222222222222205a6526f6f6d"                 \
    "2032921f919200a44c617465"
/* SHA-256 over the three entries, computed with Python's hashlib. */
#define GOLDEN_DIGEST "61d0695af3a6dcc144fa5d841d3ed5e1617d370688e71aec11cdcf211a168103"

static struct hf_record_state golden_state(void)
{
    struct changes changes = {0};
    struct hf_record_state state = {0};
    const struct hf_edit_input first[] = {{PLACE, text_of("Room 1"), NULL, 0}};
    const struct hf_edit_input second[] = {{AMENDMENTS, text_of("Late"), NULL, 0}, {PLACE, text_of("Room 2"), NULL, 0}};
    (void)changes_add(&changes, id_of(0x11), 300, MEETING, first, 1);
    (void)changes_add(&changes, id_of(0x22), 5, MEETING, second, 2);
    (void)apply_in_every_order(&changes, &state);
    changes_clear(&changes);
    return state;
}

static struct hf_buf bytes_of_hex(const char *hex)
{
    struct hf_buf out = {0};
    hf_buf_append_zeros(&out, strlen(hex) / 2);
    assert_ok(hf_text_unhex(hf_slice_str(hex), out.data, out.len));
    return out;
}

static enum hf_status decode(struct hf_slice packed)
{
    struct hf_record_state state = {0};
    enum hf_status status = hf_record_state_decode(packed, &state);
    hf_record_state_clear(&state); /* untouched on failure: still a valid empty state */
    return status;
}

static void encode__gives_the_bytes_that_the_header_says(void **state)
{
    (void)state;
    struct hf_record_state made = golden_state();
    struct hf_buf packed = pack(&made);
    struct hf_buf want = bytes_of_hex(GOLDEN_PACKED);
    assert_int_equal(packed.len, want.len);
    assert_memory_equal(packed.data, want.data, want.len);
    hf_buf_clear(&packed);
    hf_buf_clear(&want);
    hf_record_state_clear(&made);
}

static void digest__is_the_hash_that_the_header_says(void **state)
{
    (void)state;
    struct hf_record_state made = golden_state();
    struct hf_buf want = bytes_of_hex(GOLDEN_DIGEST);
    uint8_t digest[HF_HASH_BYTES];
    digest_of(&made, digest);
    assert_memory_equal(digest, want.data, sizeof digest);
    hf_buf_clear(&want);
    hf_record_state_clear(&made);
}

static void digest__changes_with_every_part_of_an_entry_but_its_clock(void **state)
{
    (void)state;
    struct hf_record_state made = golden_state();
    uint8_t before[HF_HASH_BYTES];
    uint8_t after[HF_HASH_BYTES];
    digest_of(&made, before);
    made.fields[0].entries[0].clock++;
    digest_of(&made, after);
    assert_memory_equal(before, after, sizeof before);
    uint8_t *parts[] = {made.case_id.bytes, made.record_id.bytes, made.fields[0].entries[1].change.bytes};
    for (size_t i = 0; i < 3; i++) {
        parts[i][15] ^= 1;
        digest_of(&made, after);
        assert_memory_not_equal(before, after, sizeof before);
        parts[i][15] ^= 1;
    }
    made.fields[1].field++;
    digest_of(&made, after);
    assert_memory_not_equal(before, after, sizeof before);
    made.fields[1].field--;
    made.fields[0].entries[0].value = text_of("Room 9");
    digest_of(&made, after);
    assert_memory_not_equal(before, after, sizeof before);
    hf_record_state_clear(&made);
}

static void decode_encode__gives_the_same_bytes_and_owns_its_values(void **state)
{
    (void)state;
    struct hf_buf packed = bytes_of_hex(GOLDEN_PACKED);
    struct hf_buf kept = bytes_of_hex(GOLDEN_PACKED);
    struct hf_record_state read = {0};
    assert_ok(hf_record_state_decode(hf_buf_slice(&packed), &read));
    memset(packed.data, 0, packed.len);
    hf_buf_clear(&packed); /* nothing in the state may point here */
    struct hf_buf again = pack(&read);
    assert_true(hf_slice_equal(hf_buf_slice(&again), hf_buf_slice(&kept)));
    hf_buf_clear(&again);
    hf_buf_clear(&kept);
    hf_record_state_clear(&read);
}

static void decode__refuses_truncation_at_every_byte_and_a_byte_more(void **state)
{
    (void)state;
    struct hf_buf packed = bytes_of_hex(GOLDEN_PACKED);
    for (size_t len = 0; len < packed.len; len++) {
        uint8_t *cut = malloc(len ? len : 1);
        assert_non_null(cut);
        memcpy(cut, packed.data, len);
        assert_status(decode(hf_slice_of(cut, len)), HF_ERR_CORRUPT);
        free(cut);
    }
    assert_ok(decode(hf_buf_slice(&packed)));
    hf_buf_append_u8(&packed, 0xC0);
    assert_status(decode(hf_buf_slice(&packed)), HF_ERR_CORRUPT);
    hf_buf_clear(&packed);
}

/* Whatever byte is damaged: either refused, or it is another state that encodes to exactly these bytes. */
static void decode__of_any_damaged_byte_is_refused_or_canonical(void **state)
{
    (void)state;
    struct hf_buf packed = bytes_of_hex(GOLDEN_PACKED);
    for (size_t at = 0; at < packed.len; at++)
        for (unsigned value = 0; value < 256; value++) {
            struct hf_record_state read = {0};
            uint8_t before = packed.data[at];
            packed.data[at] = (uint8_t)value;
            if (hf_record_state_decode(hf_buf_slice(&packed), &read) == HF_OK) {
                struct hf_buf again = pack(&read);
                assert_true(hf_slice_equal(hf_buf_slice(&again), hf_buf_slice(&packed)));
                hf_buf_clear(&again);
            } else {
                assert_null(read.fields);
            }
            hf_record_state_clear(&read);
            packed.data[at] = before;
        }
    hf_buf_clear(&packed);
}

/* --- states written by hand, to break one rule each
 * ------------------------------------------------------------------- */

static uint8_t named[8]; /* changes, in the order of their first entries */
static size_t named_count;

static void begin_state(struct hf_buf *out, uint16_t type, uint32_t fields)
{
    named_count = 0;
    struct hf_id case_id = id_of(0xCA);
    struct hf_id record_id = id_of(0x5E);
    hf_pack_array(out, 4);
    hf_pack_id(out, &case_id);
    hf_pack_id(out, &record_id);
    hf_pack_uint(out, type);
    hf_pack_array(out, fields);
}

static void put_field(struct hf_buf *out, uint16_t field, uint32_t entries)
{
    hf_pack_array(out, 2);
    hf_pack_uint(out, field);
    hf_pack_array(out, entries);
}

static void put_entry(struct hf_buf *out, uint8_t change, struct hf_slice value)
{
    struct hf_id id = id_of(change);
    size_t back = 0;
    while (back < named_count && named[named_count - 1 - back] != change)
        back++;
    const bool again = back < named_count;
    hf_pack_array(out, again ? 2 : 3);
    if (again) {
        hf_pack_uint(out, back);
    } else {
        named[named_count++] = change;
        hf_pack_id(out, &id);
        hf_pack_uint(out, 1);
    }
    hf_buf_append_slice(out, value);
}

static void put_in_full(struct hf_buf *out, uint8_t change, struct hf_slice value)
{
    named_count = 0;
    put_entry(out, change, value);
}

static enum hf_status decode_and_clear(struct hf_buf *packed)
{
    enum hf_status status = decode(hf_buf_slice(packed));
    hf_buf_clear(packed);
    return status;
}

/* One field with two entries. */
static enum hf_status two_entries(uint16_t field, uint8_t change_1, struct hf_slice value_1, uint8_t change_2,
                                  struct hf_slice value_2)
{
    struct hf_buf out = {0};
    begin_state(&out, MEETING, 1);
    put_field(&out, field, 2);
    put_entry(&out, change_1, value_1);
    put_entry(&out, change_2, value_2);
    return decode_and_clear(&out);
}

static struct hf_slice ref_of(uint8_t fill)
{
    static uint8_t refs[256][18];
    memset(refs[fill], fill, sizeof refs[fill]);
    refs[fill][0] = 0xC4;
    refs[fill][1] = 0x10;
    return hf_slice_of(refs[fill], sizeof refs[fill]);
}

static void decode__wants_entries_in_order_each_once(void **state)
{
    (void)state;
    struct hf_slice a = text_of("a");
    struct hf_slice b = text_of("b");
    assert_ok(two_entries(PLACE, 1, a, 2, b));
    assert_ok(two_entries(PLACE, 1, b, 2, a));
    assert_status(two_entries(PLACE, 2, a, 1, b), HF_ERR_CORRUPT);
    assert_status(two_entries(PLACE, 1, a, 1, a), HF_ERR_CORRUPT);
    assert_status(two_entries(PLACE, 1, a, 1, b), HF_ERR_CORRUPT); /* one change, one value */
    assert_status(two_entries(PLACE, 0, a, 1, b), HF_ERR_CORRUPT);
    assert_ok(two_entries(OTHERS, 1, ref_of(1), 1, ref_of(2))); /* of a set: many elements */
    assert_ok(two_entries(OTHERS, 1, ref_of(1), 2, ref_of(1)));
    assert_status(two_entries(OTHERS, 1, ref_of(2), 1, ref_of(1)), HF_ERR_CORRUPT);
    assert_status(two_entries(OTHERS, 1, ref_of(1), 1, ref_of(1)), HF_ERR_CORRUPT);
}

static void decode__checks_every_value(void **state)
{
    (void)state;
    assert_status(two_entries(PLACE, 1, text_of("a"), 2, ref_of(1)), HF_ERR_CORRUPT);
    assert_status(two_entries(OTHERS, 1, ref_of(1), 2, text_of("a")), HF_ERR_CORRUPT);
    assert_status(two_entries(OTHERS, 1, ref_of(1), 2, set_of(NULL, NULL)), HF_ERR_CORRUPT);
    assert_status(two_entries(AMENDMENTS, 1, text_of("a"), 2, hf_slice_of("\xC0", 1)), HF_ERR_CORRUPT);
    assert_ok(two_entries(PLACE, 1, text_of("a"), 2, hf_slice_of("\xC0", 1)));
}

static void decode__wants_fields_in_order_and_none_empty(void **state)
{
    (void)state;
    static const struct {
        uint16_t first, second;
        enum hf_status want;
    } orders[] = {{PLACE, AMENDMENTS, HF_OK},
                  {AMENDMENTS, PLACE, HF_ERR_CORRUPT},
                  {PLACE, PLACE, HF_ERR_CORRUPT},
                  {PLACE, 1000, HF_ERR_CORRUPT},
                  {PLACE, 999, HF_ERR_UNSUPPORTED}};
    for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
        struct hf_buf out = {0};
        begin_state(&out, MEETING, 2);
        put_field(&out, orders[i].first, 1);
        put_entry(&out, 1, text_of("a"));
        put_field(&out, orders[i].second, 1);
        put_entry(&out, 1, text_of("a"));
        assert_status(decode_and_clear(&out), orders[i].want);
    }
    struct hf_buf out = {0};
    begin_state(&out, MEETING, 1);
    put_field(&out, PLACE, 0);
    assert_status(decode_and_clear(&out), HF_ERR_CORRUPT);
    begin_state(&out, MEETING, 0); /* a record whose sets were all emptied */
    assert_ok(decode_and_clear(&out));
}

/* There is one form: a change that was named is named again by its place, and only one that was. */
static void decode__wants_a_change_in_full_once(void **state)
{
    (void)state;
    struct hf_buf out = {0};
    begin_state(&out, MEETING, 2);
    put_field(&out, PLACE, 1);
    put_entry(&out, 1, text_of("a"));
    put_field(&out, AMENDMENTS, 1);
    put_in_full(&out, 1, text_of("a"));
    assert_status(decode_and_clear(&out), HF_ERR_CORRUPT);
    for (uint8_t back = 0; back < 3; back++) {
        begin_state(&out, MEETING, 2);
        put_field(&out, PLACE, 1);
        put_entry(&out, 1, text_of("a"));
        put_field(&out, AMENDMENTS, 1);
        hf_pack_array(&out, 2);
        hf_pack_uint(&out, back);
        hf_buf_append_slice(&out, text_of("a"));
        assert_status(decode_and_clear(&out), back == 0 ? HF_OK : HF_ERR_CORRUPT);
    }
}

/* More changes than are remembered: each is written in full again when it comes back, and reads the same. */
static void state_of_many_changes__reads_as_it_was_written(void **state)
{
    (void)state;
    struct changes changes = {0};
    struct hf_record_state made = {0}, read = {0};
    for (uint8_t i = 1; i <= 40; i++) {
        const struct hf_edit_input edits[] = {{AMENDMENTS, text_of("Late"), NULL, 0},
                                              {PLACE, text_of("Room"), NULL, 0}};
        (void)changes_add(&changes, id_of(i), 1000u - i, MEETING, edits, 2);
    }
    size_t order[40];
    for (size_t i = 0; i < 40; i++)
        order[i] = i;
    apply_in_order(&changes, order, &made);
    struct hf_buf packed = pack(&made);
    assert_ok(hf_record_state_decode(hf_buf_slice(&packed), &read));
    struct hf_buf again = pack(&read);
    assert_true(hf_slice_equal(hf_buf_slice(&again), hf_buf_slice(&packed)));
    hf_buf_clear(&packed);
    hf_buf_clear(&again);
    hf_record_state_clear(&made);
    hf_record_state_clear(&read);
    changes_clear(&changes);
}

static void decode__of_a_type_of_a_later_version_is_unsupported(void **state)
{
    (void)state;
    struct hf_buf out = {0};
    begin_state(&out, 998, 0);
    assert_status(decode_and_clear(&out), HF_ERR_UNSUPPORTED);
    begin_state(&out, 0, 0);
    assert_status(decode_and_clear(&out), HF_ERR_CORRUPT);
}

static void decode__refuses_more_than_its_limits(void **state)
{
    (void)state;
    struct hf_buf out = {0};
    hf_buf_append_zeros(&out, HF_STATE_BYTES_MAX + 1);
    assert_status(decode_and_clear(&out), HF_ERR_LIMIT);
    begin_state(&out, MEETING, 1);
    put_field(&out, PLACE, HF_FIELD_ENTRIES_MAX + 1);
    for (uint32_t i = 0; i <= HF_FIELD_ENTRIES_MAX; i++)
        put_entry(&out, 1, text_of("a"));
    assert_status(decode_and_clear(&out), HF_ERR_LIMIT);
}

static void clear__leaves_an_empty_state_that_may_be_cleared_again(void **state)
{
    (void)state;
    struct hf_record_state made = golden_state();
    hf_record_state_clear(&made);
    assert_int_equal(made.type, 0);
    assert_null(made.fields);
    hf_record_state_clear(&made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(encode__gives_the_bytes_that_the_header_says),
        cmocka_unit_test(digest__is_the_hash_that_the_header_says),
        cmocka_unit_test(digest__changes_with_every_part_of_an_entry_but_its_clock),
        cmocka_unit_test(decode_encode__gives_the_same_bytes_and_owns_its_values),
        cmocka_unit_test(decode__refuses_truncation_at_every_byte_and_a_byte_more),
        cmocka_unit_test(decode__of_any_damaged_byte_is_refused_or_canonical),
        cmocka_unit_test(decode__wants_entries_in_order_each_once),
        cmocka_unit_test(decode__checks_every_value),
        cmocka_unit_test(decode__wants_fields_in_order_and_none_empty),
        cmocka_unit_test(decode__wants_a_change_in_full_once),
        cmocka_unit_test(state_of_many_changes__reads_as_it_was_written),
        cmocka_unit_test(decode__of_a_type_of_a_later_version_is_unsupported),
        cmocka_unit_test(decode__refuses_more_than_its_limits),
        cmocka_unit_test(clear__leaves_an_empty_state_that_may_be_cleared_again),
    };
    return cmocka_run_group_tests_name("state", tests, support_start, NULL);
}
