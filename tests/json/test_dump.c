#include "core/json/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static json_t *loaded(const char *text)
{
    json_t *value = NULL;
    assert_int_equal(hf_json_load(hf_slice_str(text), &value, NULL), HF_OK);
    return value;
}

static void assert_dump(const char *text, unsigned style, const char *expected)
{
    json_t *value = loaded(text);
    struct hf_buf out = {0};
    hf_buf_append_str(&out, ">");
    assert_int_equal(hf_json_dump(value, style, &out), HF_OK);
    hf_buf_append_u8(&out, 0);
    assert_int_equal(hf_buf_status(&out), HF_OK);
    assert_int_equal(out.data[0], '>');
    assert_string_equal((const char *)out.data + 1, expected);
    hf_buf_clear(&out);
    json_decref(value);
}

static void compact__has_no_white_space_and_keeps_the_order(void **state)
{
    (void)state;
    assert_dump("{ \"b\" : [ 1 , 2 ], \"a\" : { \"y\" : null, \"x\" : true } }", HF_JSON_COMPACT,
                "{\"b\":[1,2],\"a\":{\"y\":null,\"x\":true}}");
}

static void sorted__orders_the_keys_on_every_level(void **state)
{
    (void)state;
    assert_dump("{\"b\":[{\"d\":1,\"c\":2}],\"a\":{\"y\":null,\"x\":true}}", HF_JSON_COMPACT | HF_JSON_SORTED,
                "{\"a\":{\"x\":true,\"y\":null},\"b\":[{\"c\":2,\"d\":1}]}");
}

static void indented__puts_two_spaces_a_level(void **state)
{
    (void)state;
    assert_dump("{\"b\":[1,2],\"a\":{}}", HF_JSON_INDENTED, "{\n  \"b\": [\n    1,\n    2\n  ],\n  \"a\": {}\n}");
    assert_dump("{\"b\":1,\"a\":2}", HF_JSON_INDENTED | HF_JSON_SORTED, "{\n  \"a\": 2,\n  \"b\": 1\n}");
}

static void text__stays_utf8_and_is_escaped_where_json_demands_it(void **state)
{
    (void)state;
    assert_dump("[\"Zo\\u00eb \\\"\\\\\\n\\u0001\"]", HF_JSON_COMPACT, "[\"Zo\xC3\xAB \\\"\\\\\\n\\u0001\"]");
}

static void a_value_of_any_kind__can_be_dumped(void **state)
{
    (void)state;
    struct hf_buf out = {0};
    json_t *number = json_integer(-7);
    assert_int_equal(hf_json_dump(number, HF_JSON_COMPACT, &out), HF_OK);
    assert_true(hf_slice_equal(hf_buf_slice(&out), hf_slice_str("-7")));
    json_decref(number);
    hf_buf_clear(&out);
}

static void a_full_buffer__is_reported_and_left_at_its_length(void **state)
{
    (void)state;
    json_t *value = loaded("{\"a\":[1,2,3]}");
    struct hf_buf out;
    hf_buf_init(&out, 8);
    hf_buf_append_str(&out, "kept");
    assert_int_equal(hf_json_dump(value, HF_JSON_COMPACT, &out), HF_ERR_LIMIT);
    assert_int_equal(out.len, 4);
    assert_int_equal(hf_json_dump(value, HF_JSON_COMPACT, &out), HF_ERR_LIMIT); /* the first error stays */
    hf_buf_clear(&out);
    json_decref(value);
}

static void a_value_that_contains_itself__is_refused(void **state)
{
    (void)state;
    json_t *outer = json_array();
    json_t *inner = json_array();
    assert_int_equal(json_array_append(outer, inner), 0);
    assert_int_equal(json_array_append(inner, outer), 0);
    struct hf_buf out = {0};
    hf_buf_append_str(&out, "kept");
    assert_int_equal(hf_json_dump(outer, HF_JSON_COMPACT, &out), HF_ERR_INVALID);
    assert_true(hf_slice_equal(hf_buf_slice(&out), hf_slice_str("kept")));
    json_array_clear(inner);
    json_decref(inner);
    json_decref(outer);
    hf_buf_clear(&out);
}

static void what_was_dumped__loads_as_the_same(void **state)
{
    (void)state;
    json_t *value = loaded("{\"a\":[1,-2,2.5,\"x\",true,null],\"b\":{\"c\":\"\xF0\x9F\x99\x82\"}}");
    for (unsigned style = 0; style < 4; style++) {
        struct hf_buf out = {0};
        assert_int_equal(hf_json_dump(value, style, &out), HF_OK);
        json_t *again = NULL;
        assert_int_equal(hf_json_load(hf_buf_slice(&out), &again, NULL), HF_OK);
        assert_true(json_equal(value, again));
        json_decref(again);
        hf_buf_clear(&out);
    }
    json_decref(value);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compact__has_no_white_space_and_keeps_the_order),
        cmocka_unit_test(sorted__orders_the_keys_on_every_level),
        cmocka_unit_test(indented__puts_two_spaces_a_level),
        cmocka_unit_test(text__stays_utf8_and_is_escaped_where_json_demands_it),
        cmocka_unit_test(a_value_of_any_kind__can_be_dumped),
        cmocka_unit_test(a_full_buffer__is_reported_and_left_at_its_length),
        cmocka_unit_test(a_value_that_contains_itself__is_refused),
        cmocka_unit_test(what_was_dumped__loads_as_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
