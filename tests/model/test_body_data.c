#include "tests/model/support_model.h"

#include "core/pack/writer.h"

#include <stdlib.h>
#include <string.h>

#define ACTION      54
#define FIELD_TEXT  2
#define FIELD_DUE   7
#define FIELD_NEEDS 10 /* a set */
#define UPDATE      55
#define VIEWS       26

static const struct hf_slice nil = {(const uint8_t *)"\xC0", 1};
static const struct hf_slice text_x = {(const uint8_t *)"\xA1x", 2};
static const struct hf_slice no_change_of_set = {(const uint8_t *)"\x92\x90\x90", 3};

static struct hf_data_body_input input_of(const struct hf_edit_input *edits, size_t count)
{
    return (struct hf_data_body_input){
        .case_id = id_of(0xCA), .record_id = id_of(0x5E), .type = ACTION, .edits = edits, .edit_count = count};
}

static struct hf_buf encode(const struct hf_data_body_input *input)
{
    struct hf_buf out = {0};
    struct hf_error err = {0};
    if (hf_data_body_encode(input, &out, &err) != HF_OK)
        fail_msg("not encoded: %s", err.text);
    return out;
}

static enum hf_status decode(struct hf_slice bytes)
{
    struct hf_data_body body;
    struct hf_error err = {0};
    enum hf_status status = hf_data_body_decode(bytes, &body, &err);
    if (status != HF_OK) /* every refusal says something */
        assert_true(err.status == status && strlen(err.text) > 10);
    return status;
}

/* A body with everything in it. */
static struct hf_buf full_body(void)
{
    static const uint8_t due[] = "\xAA"
                                 "2026-11-21";
    struct hf_id bases[] = {id_of(9), id_of(3), id_of(9)};
    struct hf_buf needs = {0};
    struct hf_slice ref[2];
    static uint8_t refs[2][18];
    for (size_t i = 0; i < 2; i++) {
        memset(refs[i], (int)i + 1, sizeof refs[i]);
        refs[i][0] = 0xC4;
        refs[i][1] = 0x10;
        ref[i] = hf_slice_of(refs[i], sizeof refs[i]);
    }
    hf_set_edit_encode(&ref[0], 1, &ref[1], 1, &needs);
    const struct hf_edit_input edits[] = {
        {FIELD_NEEDS, hf_buf_slice(&needs), bases, 1},
        {FIELD_TEXT, text_x, bases, 3},
        {FIELD_DUE, hf_slice_of(due, sizeof due - 1), NULL, 0},
    };
    struct hf_data_body_input input = input_of(edits, 3);
    input.group_id = id_of(0x60);
    input.reason = hf_slice_str("said on the phone");
    input.policy = hf_slice_str("sample.fsm 2024-11");
    struct hf_buf out = encode(&input);
    hf_buf_clear(&needs);
    return out;
}

static void encode_decode__keeps_everything(void **state)
{
    (void)state;
    struct hf_buf bytes = full_body();
    struct hf_data_body body;
    assert_ok(hf_data_body_decode(hf_buf_slice(&bytes), &body, NULL));
    struct hf_id want[] = {id_of(0xCA), id_of(0x5E), id_of(0x60), id_of(3), id_of(9)};
    assert_true(hf_id_equal(&body.case_id, &want[0]) && hf_id_equal(&body.record_id, &want[1]));
    assert_true(hf_id_equal(&body.group_id, &want[2]));
    assert_int_equal(body.type, ACTION);
    assert_true(hf_slice_equal(body.reason, hf_slice_str("said on the phone")));
    assert_true(hf_slice_equal(body.policy, hf_slice_str("sample.fsm 2024-11")));
    assert_int_equal(body.edit_count, 3);
    assert_int_equal(body.edits[0].field, FIELD_TEXT); /* ascending, whatever the order given */
    assert_int_equal(body.edits[1].field, FIELD_DUE);
    assert_int_equal(body.edits[2].field, FIELD_NEEDS);
    assert_true(hf_slice_equal(body.edits[0].value, text_x));
    assert_int_equal(body.edits[0].base_count, 2); /* ascending, each once */
    struct hf_id bases[] = {hf_edit_base(&body.edits[0], 0), hf_edit_base(&body.edits[0], 1)};
    assert_true(hf_id_equal(&bases[0], &want[3]) && hf_id_equal(&bases[1], &want[4]));
    assert_int_equal(body.edits[1].base_count, 0);
    hf_buf_clear(&bytes);
}

static void decode_encode__gives_the_same_bytes(void **state)
{
    (void)state;
    struct hf_buf bytes = full_body();
    struct hf_data_body body;
    struct hf_edit_input edits[HF_EDITS_MAX];
    static struct hf_id bases[HF_EDITS_MAX][HF_EDIT_BASES_MAX];
    assert_ok(hf_data_body_decode(hf_buf_slice(&bytes), &body, NULL));
    for (uint32_t i = 0; i < body.edit_count; i++) {
        for (uint32_t j = 0; j < body.edits[i].base_count; j++)
            bases[i][j] = hf_edit_base(&body.edits[i], j);
        edits[i] = (struct hf_edit_input){body.edits[i].field, body.edits[i].value, bases[i], body.edits[i].base_count};
    }
    struct hf_data_body_input input = input_of(edits, body.edit_count);
    input.group_id = body.group_id;
    input.reason = body.reason;
    input.policy = body.policy;
    struct hf_buf again = encode(&input);
    assert_true(hf_slice_equal(hf_buf_slice(&again), hf_buf_slice(&bytes)));
    hf_buf_clear(&again);
    hf_buf_clear(&bytes);
}

static void vector__is_a_body_that_reads(void **state)
{
    (void)state;
    struct hf_buf bytes = vector_bytes("leaf_first.hex", "body");
    struct hf_data_body body;
    assert_ok(hf_data_body_decode(hf_buf_slice(&bytes), &body, NULL));
    const struct hf_edit_input edit = {FIELD_TEXT, body.edits[0].value, NULL, 0};
    struct hf_data_body_input input = input_of(&edit, 1);
    input.case_id = body.case_id;
    input.record_id = body.record_id;
    struct hf_buf again = encode(&input);
    assert_true(hf_slice_equal(hf_buf_slice(&again), hf_buf_slice(&bytes)));
    hf_buf_clear(&again);
    hf_buf_clear(&bytes);
}

static void decode__refuses_truncation_at_every_byte_and_a_byte_more(void **state)
{
    (void)state;
    struct hf_buf bytes = full_body();
    for (size_t len = 0; len < bytes.len; len++) {
        /* its own storage of exactly that length: a read past the end is seen */
        uint8_t *cut = malloc(len ? len : 1);
        assert_non_null(cut);
        memcpy(cut, bytes.data, len);
        assert_status(decode(hf_slice_of(cut, len)), HF_ERR_INVALID);
        free(cut);
    }
    assert_ok(decode(hf_buf_slice(&bytes)));
    hf_buf_append_u8(&bytes, 0);
    assert_status(decode(hf_buf_slice(&bytes)), HF_ERR_INVALID);
    hf_buf_clear(&bytes);
}

static void decode__survives_any_byte_changed(void **state)
{
    (void)state;
    struct hf_buf bytes = full_body();
    for (size_t at = 0; at < bytes.len; at++)
        for (unsigned value = 0; value < 256; value++) {
            uint8_t before = bytes.data[at];
            bytes.data[at] = (uint8_t)value;
            (void)decode(hf_buf_slice(&bytes)); /* the sanitizers watch; a refusal must have text */
            bytes.data[at] = before;
        }
    hf_buf_clear(&bytes);
}

/* --- bodies written by hand, to break one rule each ------------------------------------------------------------------
 */

static void begin_body(struct hf_buf *out, uint32_t pairs, uint16_t type)
{
    struct hf_id case_id = id_of(0xCA);
    struct hf_id record_id = id_of(0x5E);
    hf_pack_map(out, pairs);
    hf_pack_uint(out, 1);
    hf_pack_id(out, &case_id);
    hf_pack_uint(out, 2);
    hf_pack_id(out, &record_id);
    hf_pack_uint(out, 3);
    hf_pack_uint(out, type);
    hf_pack_uint(out, 4);
}

static void put_edit(struct hf_buf *out, uint64_t field, struct hf_slice value, const struct hf_id *bases,
                     uint32_t count)
{
    hf_pack_array(out, 3);
    hf_pack_uint(out, field);
    hf_buf_append_slice(out, value);
    hf_pack_array(out, count);
    for (uint32_t i = 0; i < count; i++)
        hf_pack_id(out, &bases[i]);
}

static enum hf_status decode_and_clear(struct hf_buf *bytes)
{
    assert_ok(hf_buf_status(bytes));
    enum hf_status status = decode(hf_buf_slice(bytes));
    hf_buf_clear(bytes);
    return status;
}

/* A body of one edit. */
static enum hf_status one_edit(uint16_t type, uint64_t field, struct hf_slice value)
{
    struct hf_buf out = {0};
    begin_body(&out, 4, type);
    hf_pack_array(&out, 1);
    put_edit(&out, field, value, NULL, 0);
    return decode_and_clear(&out);
}

static enum hf_status with_bases(const struct hf_id *bases, uint32_t count)
{
    struct hf_buf out = {0};
    begin_body(&out, 4, ACTION);
    hf_pack_array(&out, 1);
    put_edit(&out, FIELD_TEXT, text_x, bases, count);
    return decode_and_clear(&out);
}

static void decode__wants_fields_ascending_each_once(void **state)
{
    (void)state;
    static const struct {
        uint64_t first, second;
        enum hf_status want;
    } orders[] = {{FIELD_TEXT, FIELD_DUE, HF_OK},
                  {FIELD_DUE, FIELD_TEXT, HF_ERR_INVALID},
                  {FIELD_TEXT, FIELD_TEXT, HF_ERR_INVALID},
                  {0, FIELD_TEXT, HF_ERR_INVALID},
                  {FIELD_TEXT, 0x10000 + FIELD_DUE, HF_ERR_INVALID}};
    for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
        struct hf_buf out = {0};
        begin_body(&out, 4, ACTION);
        hf_pack_array(&out, 2);
        put_edit(&out, orders[i].first, orders[i].first == FIELD_DUE ? nil : text_x, NULL, 0);
        put_edit(&out, orders[i].second, orders[i].second == FIELD_TEXT ? text_x : nil, NULL, 0);
        assert_status(decode_and_clear(&out), orders[i].want);
    }
}

static void decode__wants_bases_ascending_distinct_and_not_zero(void **state)
{
    (void)state;
    struct hf_id ids[] = {id_of(1), id_of(2), id_of(2), id_of(1)};
    struct hf_id zero = hf_id_zero();
    assert_ok(with_bases(ids, 2));
    assert_status(with_bases(ids + 1, 2), HF_ERR_INVALID);
    assert_status(with_bases(ids + 2, 2), HF_ERR_INVALID);
    assert_status(with_bases(&zero, 1), HF_ERR_INVALID);
}

static void decode__limits_bases_to_64(void **state)
{
    (void)state;
    struct hf_id ids[HF_EDIT_BASES_MAX + 1];
    for (size_t i = 0; i <= HF_EDIT_BASES_MAX; i++)
        ids[i] = id_of((uint8_t)(i + 1));
    assert_ok(with_bases(ids, HF_EDIT_BASES_MAX));
    assert_status(with_bases(ids, HF_EDIT_BASES_MAX + 1), HF_ERR_LIMIT);
}

static void decode__limits_edits_to_64_and_wants_one(void **state)
{
    (void)state;
    struct hf_buf out = {0};
    begin_body(&out, 4, ACTION);
    hf_pack_array(&out, HF_EDITS_MAX + 1);
    for (uint64_t i = 0; i <= HF_EDITS_MAX; i++)
        put_edit(&out, i + 1, nil, NULL, 0);
    assert_status(decode_and_clear(&out), HF_ERR_LIMIT);
    begin_body(&out, 4, ACTION);
    hf_pack_array(&out, 0);
    assert_status(decode_and_clear(&out), HF_ERR_INVALID);
}

static void decode__of_what_a_later_version_knows_is_unsupported(void **state)
{
    (void)state;
    assert_status(one_edit(999, 2, text_x), HF_ERR_UNSUPPORTED);
    assert_status(one_edit(60000, 2, text_x), HF_ERR_UNSUPPORTED);
    assert_status(one_edit(ACTION, 999, text_x), HF_ERR_UNSUPPORTED);
    struct hf_buf out = {0};
    begin_body(&out, 5, ACTION);
    hf_pack_array(&out, 1);
    put_edit(&out, FIELD_TEXT, text_x, NULL, 0);
    hf_pack_uint(&out, 8);
    hf_buf_append_slice(&out, no_change_of_set);
    assert_status(decode_and_clear(&out), HF_ERR_UNSUPPORTED);
    assert_status(one_edit(999, 2, hf_slice_of("\xC1", 1)), HF_ERR_INVALID); /* but it must be msgpack */
    assert_status(one_edit(0, 2, text_x), HF_ERR_INVALID);
}

static void decode__checks_values(void **state)
{
    (void)state;
    assert_ok(one_edit(ACTION, FIELD_TEXT, nil));
    assert_status(one_edit(ACTION, FIELD_DUE, text_x), HF_ERR_INVALID);
    assert_ok(one_edit(UPDATE, 4, text_x));
    assert_status(one_edit(UPDATE, 4, nil), HF_ERR_INVALID); /* append */
    assert_ok(one_edit(VIEWS, 4, text_x));
    assert_status(one_edit(VIEWS, 4, nil), HF_ERR_INVALID); /* verbatim */
}

static void decode__checks_sets_element_by_element(void **state)
{
    (void)state;
    static const uint8_t good[] = "\x92\x91\xC4\x10"
                                  "aaaaaaaaaaaaaaaa"
                                  "\x91\xC4\x10"
                                  "bbbbbbbbbbbbbbbb";
    static const uint8_t twice[] = "\x92\x92\xC4\x10"
                                   "aaaaaaaaaaaaaaaa"
                                   "\xC4\x10"
                                   "aaaaaaaaaaaaaaaa"
                                   "\x90";
    assert_ok(one_edit(ACTION, FIELD_NEEDS, hf_slice_of(good, sizeof good - 1)));
    assert_ok(one_edit(ACTION, FIELD_NEEDS, no_change_of_set));
    assert_status(one_edit(ACTION, FIELD_NEEDS, hf_slice_of(twice, sizeof twice - 1)), HF_ERR_INVALID);
    assert_status(one_edit(ACTION, FIELD_NEEDS, nil), HF_ERR_INVALID);
    assert_status(one_edit(ACTION, FIELD_NEEDS, hf_slice_of("\x92\x91\xC0\x90", 4)), HF_ERR_INVALID);
    assert_status(one_edit(ACTION, FIELD_NEEDS, hf_slice_of("\x92\x90\x91\xA1x", 5)), HF_ERR_INVALID);
    assert_status(one_edit(ACTION, FIELD_NEEDS, hf_slice_of("\x91\x90", 2)), HF_ERR_INVALID);
    assert_status(one_edit(ACTION, FIELD_TEXT, no_change_of_set), HF_ERR_INVALID);
}

static void decode__wants_the_first_four_keys_in_order(void **state)
{
    (void)state;
    struct hf_buf bytes = full_body();
    static const size_t keys[] = {1, 20, 39, 41}; /* where the keys 1 to 4 stand */
    for (size_t i = 0; i < 4; i++) {
        uint8_t before = bytes.data[keys[i]];
        assert_int_equal(before, i + 1);
        bytes.data[keys[i]] = (uint8_t)(i + 2);
        assert_status(decode(hf_buf_slice(&bytes)), HF_ERR_INVALID);
        bytes.data[keys[i]] = 0;
        assert_status(decode(hf_buf_slice(&bytes)), HF_ERR_INVALID);
        bytes.data[keys[i]] = before;
    }
    hf_buf_clear(&bytes);
    struct hf_buf out = {0};
    struct hf_id id = id_of(1);
    hf_pack_map(&out, 1);
    hf_pack_uint(&out, 1);
    hf_pack_id(&out, &id);
    assert_status(decode_and_clear(&out), HF_ERR_INVALID);
    hf_pack_map(&out, 0);
    assert_status(decode_and_clear(&out), HF_ERR_INVALID);
}

/* What says nothing is left out, so that one change has one form. */
static void decode__refuses_zero_ids_and_empty_texts(void **state)
{
    (void)state;
    struct hf_buf bytes = full_body();
    static const size_t ids[] = {4, 23};
    for (size_t i = 0; i < 2; i++) {
        uint8_t before[HF_ID_BYTES];
        memcpy(before, bytes.data + ids[i], sizeof before);
        memset(bytes.data + ids[i], 0, sizeof before);
        assert_status(decode(hf_buf_slice(&bytes)), HF_ERR_INVALID);
        memcpy(bytes.data + ids[i], before, sizeof before);
    }
    assert_ok(decode(hf_buf_slice(&bytes)));
    hf_buf_clear(&bytes);
    for (uint64_t key = 5; key <= 7; key++) {
        struct hf_buf out = {0};
        struct hf_id zero = hf_id_zero();
        begin_body(&out, 5, ACTION);
        hf_pack_array(&out, 1);
        put_edit(&out, FIELD_TEXT, text_x, NULL, 0);
        hf_pack_uint(&out, key);
        if (key == 5)
            hf_pack_id(&out, &zero);
        else
            hf_pack_text(&out, hf_slice_str(""));
        assert_status(decode_and_clear(&out), HF_ERR_INVALID);
    }
}

static void encode__refuses_what_would_not_read_and_leaves_out_as_it_was(void **state)
{
    (void)state;
    static char long_text[HF_REASON_BYTES_MAX + 1];
    static const struct hf_edit_input none[HF_EDITS_MAX + 1];
    static struct hf_id many[HF_EDIT_BASES_MAX + 1];
    memset(long_text, 'x', sizeof long_text);
    const struct hf_edit_input good = {FIELD_TEXT, text_x, NULL, 0};
    const struct hf_edit_input twice[] = {good, good};
    const struct hf_edit_input bad_value = {FIELD_DUE, text_x, NULL, 0};
    const struct hf_edit_input unknown = {500, text_x, NULL, 0};
    const struct hf_edit_input bases = {FIELD_TEXT, text_x, many, HF_EDIT_BASES_MAX + 1};
    struct {
        struct hf_data_body_input input;
        enum hf_status want;
    } cases[] = {{input_of(&good, 0), HF_ERR_INVALID},      {input_of(twice, 2), HF_ERR_INVALID},
                 {input_of(&bad_value, 1), HF_ERR_INVALID}, {input_of(&unknown, 1), HF_ERR_UNSUPPORTED},
                 {input_of(&bases, 1), HF_ERR_LIMIT},       {input_of(none, HF_EDITS_MAX + 1), HF_ERR_LIMIT},
                 {input_of(&good, 1), HF_ERR_LIMIT},        {input_of(&good, 1), HF_ERR_INVALID},
                 {input_of(&good, 1), HF_ERR_UNSUPPORTED}};
    cases[6].input.reason = hf_slice_of(long_text, sizeof long_text);
    cases[7].input.record_id = hf_id_zero();
    cases[8].input.type = 998;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct hf_buf out = {0};
        struct hf_error err = {0};
        hf_buf_append_str(&out, "before");
        assert_status(hf_data_body_encode(&cases[i].input, &out, &err), cases[i].want);
        assert_true(strlen(err.text) > 10);
        assert_true(hf_slice_equal(hf_buf_slice(&out), hf_slice_str("before")));
        assert_ok(hf_buf_status(&out));
        hf_buf_clear(&out);
    }
}

/* 14 narratives of 20,000 bytes are more than one body holds. */
static void encode__refuses_more_than_a_body_holds(void **state)
{
    (void)state;
    static uint8_t text[3 + 20000];
    struct hf_edit_input edits[14];
    memset(text, 'x', sizeof text);
    text[0] = 0xDA;
    hf_put_u16(text + 1, 20000);
    for (uint16_t i = 0; i < 14; i++)
        edits[i] = (struct hf_edit_input){(uint16_t)(i + 1), hf_slice_of(text, sizeof text), NULL, 0};
    struct hf_data_body_input input = input_of(edits, 14);
    struct hf_buf out = {0};
    struct hf_error err = {0};
    assert_status(hf_data_body_encode(&input, &out, &err), HF_ERR_LIMIT);
    assert_int_equal(out.len, 0);
    static uint8_t large[HF_BODY_BYTES_MAX + 1];
    assert_status(decode(hf_slice_of(large, sizeof large)), HF_ERR_LIMIT);
}

static void every_type__can_be_saved_with_all_its_fields(void **state)
{
    (void)state;
    size_t count;
    const struct hf_record_spec *types = hf_model_types(&count);
    for (size_t i = 0; i < count; i++) {
        struct hf_edit_input edits[HF_EDITS_MAX];
        for (size_t j = 0; j < types[i].field_count; j++) {
            const struct hf_field_spec *field = &types[i].fields[j];
            bool clears = field->kind != HF_KIND_APPEND && field->kind != HF_KIND_VERBATIM;
            struct hf_slice value = field->kind == HF_KIND_SET ? no_change_of_set : clears ? nil : text_x;
            edits[j] = (struct hf_edit_input){field->code, value, NULL, 0};
        }
        struct hf_data_body_input input = input_of(edits, types[i].field_count);
        input.type = types[i].code;
        struct hf_buf bytes = encode(&input);
        hf_buf_clear(&bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(encode_decode__keeps_everything),
        cmocka_unit_test(decode_encode__gives_the_same_bytes),
        cmocka_unit_test(vector__is_a_body_that_reads),
        cmocka_unit_test(decode__refuses_truncation_at_every_byte_and_a_byte_more),
        cmocka_unit_test(decode__survives_any_byte_changed),
        cmocka_unit_test(decode__wants_fields_ascending_each_once),
        cmocka_unit_test(decode__wants_bases_ascending_distinct_and_not_zero),
        cmocka_unit_test(decode__limits_bases_to_64),
        cmocka_unit_test(decode__limits_edits_to_64_and_wants_one),
        cmocka_unit_test(decode__of_what_a_later_version_knows_is_unsupported),
        cmocka_unit_test(decode__checks_values),
        cmocka_unit_test(decode__checks_sets_element_by_element),
        cmocka_unit_test(decode__wants_the_first_four_keys_in_order),
        cmocka_unit_test(decode__refuses_zero_ids_and_empty_texts),
        cmocka_unit_test(encode__refuses_what_would_not_read_and_leaves_out_as_it_was),
        cmocka_unit_test(encode__refuses_more_than_a_body_holds),
        cmocka_unit_test(every_type__can_be_saved_with_all_its_fields),
    };
    return cmocka_run_group_tests_name("body_data", tests, support_start, NULL);
}
