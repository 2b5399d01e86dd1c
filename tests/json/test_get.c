#include "core/json/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char sample[] =
    "{\"text\": \"Zo\xC3\xAB\", \"empty\": \"\", \"number\": 42, \"negative\": -7, \"real\": 2.0,"
    " \"yes\": true, \"no\": false, \"nothing\": null, \"list\": [1], \"object\": {\"x\": 1},"
    " \"id\": \"017f22e2-79b0-7cc3-98c4-dc0c0c07398f\"}";

static json_t *object;
static struct hf_error err;

static int load_sample(void **state)
{
    (void)state;
    return hf_json_load(hf_slice_str(sample), &object, NULL) == HF_OK ? 0 : -1;
}

static int drop_sample(void **state)
{
    (void)state;
    json_decref(object);
    return 0;
}

/* The last call failed with `status`, and its text names the key. */
static void assert_error(enum hf_status got, enum hf_status status, const char *key)
{
    assert_int_equal(got, status);
    assert_int_equal(err.status, status);
    assert_non_null(strstr(err.text, key));
    memset(&err, 0, sizeof err);
}

static void has__is_true_for_keys_with_a_value(void **state)
{
    (void)state;
    assert_true(hf_json_has(object, "text"));
    assert_true(hf_json_has(object, "no"));
    assert_false(hf_json_has(object, "nothing"));
    assert_false(hf_json_has(object, "absent"));
    assert_false(hf_json_has(json_object_get(object, "list"), "text"));
    assert_false(hf_json_has(NULL, "text"));
}

static void text__is_borrowed_and_limited(void **state)
{
    (void)state;
    const char *text = NULL;
    assert_int_equal(hf_json_get_text(object, "text", 4, &text, &err), HF_OK);
    assert_string_equal(text, "Zo\xC3\xAB");
    assert_int_equal(hf_json_get_text(object, "empty", 4, &text, &err), HF_OK);
    assert_string_equal(text, "");
    assert_int_equal(hf_json_get_text(object, "text", 0, &text, NULL), HF_OK);

    text = "kept";
    assert_error(hf_json_get_text(object, "text", 3, &text, &err), HF_ERR_INVALID, "\"text\"");
    assert_error(hf_json_get_text(object, "number", 0, &text, &err), HF_ERR_INVALID, "\"number\"");
    assert_error(hf_json_get_text(object, "nothing", 0, &text, &err), HF_ERR_INVALID, "\"nothing\"");
    assert_error(hf_json_get_text(object, "absent", 0, &text, &err), HF_ERR_NOT_FOUND, "\"absent\"");
    assert_string_equal(text, "kept");
}

static void int__must_be_whole_and_in_range(void **state)
{
    (void)state;
    int64_t value = 1;
    assert_int_equal(hf_json_get_int(object, "number", 42, 42, &value, &err), HF_OK);
    assert_true(value == 42);
    assert_int_equal(hf_json_get_int(object, "negative", INT64_MIN, INT64_MAX, &value, NULL), HF_OK);
    assert_true(value == -7);

    value = 1;
    assert_error(hf_json_get_int(object, "number", 43, 100, &value, &err), HF_ERR_INVALID, "43 to 100");
    assert_error(hf_json_get_int(object, "number", 0, 41, &value, &err), HF_ERR_INVALID, "\"number\"");
    assert_error(hf_json_get_int(object, "real", 0, 100, &value, &err), HF_ERR_INVALID, "\"real\"");
    assert_error(hf_json_get_int(object, "text", 0, 100, &value, &err), HF_ERR_INVALID, "\"text\"");
    assert_error(hf_json_get_int(object, "absent", 0, 100, &value, &err), HF_ERR_NOT_FOUND, "\"absent\"");
    assert_true(value == 1);
}

static void bool__is_true_or_false_and_nothing_else(void **state)
{
    (void)state;
    bool value = false;
    assert_int_equal(hf_json_get_bool(object, "yes", &value, &err), HF_OK);
    assert_true(value);
    assert_int_equal(hf_json_get_bool(object, "no", &value, &err), HF_OK);
    assert_false(value);
    value = true;
    assert_error(hf_json_get_bool(object, "number", &value, &err), HF_ERR_INVALID, "\"number\"");
    assert_error(hf_json_get_bool(object, "nothing", &value, &err), HF_ERR_INVALID, "\"nothing\"");
    assert_error(hf_json_get_bool(object, "absent", &value, &err), HF_ERR_NOT_FOUND, "\"absent\"");
    assert_true(value);
}

static void id__is_read_from_text(void **state)
{
    (void)state;
    struct hf_id id = hf_id_zero();
    assert_int_equal(hf_json_get_id(object, "id", &id, &err), HF_OK);
    assert_int_equal(id.bytes[0], 0x01);
    assert_int_equal(id.bytes[15], 0x8F);
    id = hf_id_zero();
    assert_error(hf_json_get_id(object, "text", &id, &err), HF_ERR_INVALID, "\"text\"");
    assert_error(hf_json_get_id(object, "number", &id, &err), HF_ERR_INVALID, "\"number\"");
    assert_error(hf_json_get_id(object, "absent", &id, &err), HF_ERR_NOT_FOUND, "\"absent\"");
    assert_true(hf_id_is_zero(&id));
}

static void object_and_array__are_borrowed_and_not_mistaken_for_each_other(void **state)
{
    (void)state;
    json_t *value = NULL;
    assert_int_equal(hf_json_get_object(object, "object", &value, &err), HF_OK);
    assert_ptr_equal(value, json_object_get(object, "object"));
    assert_int_equal(hf_json_get_array(object, "list", &value, &err), HF_OK);
    assert_ptr_equal(value, json_object_get(object, "list"));

    value = NULL;
    assert_error(hf_json_get_object(object, "list", &value, &err), HF_ERR_INVALID, "\"list\"");
    assert_error(hf_json_get_array(object, "object", &value, &err), HF_ERR_INVALID, "\"object\"");
    assert_error(hf_json_get_object(object, "absent", &value, &err), HF_ERR_NOT_FOUND, "\"absent\"");
    assert_error(hf_json_get_array(object, "absent", &value, &err), HF_ERR_NOT_FOUND, "\"absent\"");
    assert_null(value);
}

static void getters__on_something_else_than_an_object_are_refused(void **state)
{
    (void)state;
    const json_t *list = json_object_get(object, "list");
    int64_t value;
    assert_error(hf_json_get_int(list, "number", 0, 1, &value, &err), HF_ERR_INVALID, "object");
    assert_error(hf_json_get_int(NULL, "number", 0, 1, &value, &err), HF_ERR_INVALID, "object");
    assert_error(hf_json_only_keys(list, NULL, 0, &err), HF_ERR_INVALID, "object");
}

static void only_keys__names_the_first_key_that_is_not_known(void **state)
{
    (void)state;
    static const char *const known[] = {"x", "y"};
    const json_t *inner = json_object_get(object, "object");
    assert_int_equal(hf_json_only_keys(inner, known, 2, &err), HF_OK);
    assert_error(hf_json_only_keys(inner, known + 1, 1, &err), HF_ERR_INVALID, "\"x\"");
    assert_int_equal(hf_json_only_keys(inner, NULL, 0, NULL), HF_ERR_INVALID);
    json_t *empty = json_object();
    assert_int_equal(hf_json_only_keys(empty, NULL, 0, &err), HF_OK);
    json_decref(empty);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(has__is_true_for_keys_with_a_value),
        cmocka_unit_test(text__is_borrowed_and_limited),
        cmocka_unit_test(int__must_be_whole_and_in_range),
        cmocka_unit_test(bool__is_true_or_false_and_nothing_else),
        cmocka_unit_test(id__is_read_from_text),
        cmocka_unit_test(object_and_array__are_borrowed_and_not_mistaken_for_each_other),
        cmocka_unit_test(getters__on_something_else_than_an_object_are_refused),
        cmocka_unit_test(only_keys__names_the_first_key_that_is_not_known),
    };
    return cmocka_run_group_tests(tests, load_sample, drop_sample);
}
