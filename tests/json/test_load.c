#include "core/json/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static struct hf_error err;

static enum hf_status load(struct hf_slice text)
{
    json_t *value = NULL;
    memset(&err, 0, sizeof err);
    enum hf_status status = hf_json_load(text, &value, &err);
    assert_int_equal(value != NULL, status == HF_OK);
    assert_int_equal(err.status, status);
    json_decref(value);
    return status;
}

#define LOAD(literal) load(hf_slice_of(literal, sizeof(literal) - 1))

/* The text is refused and the error says where and what. */
static void assert_refused(const char *text, const char *place, const char *reason)
{
    assert_int_equal(load(hf_slice_str(text)), HF_ERR_INVALID);
    if (strncmp(err.text, place, strlen(place)) != 0 || !strstr(err.text, reason))
        fail_msg("%s: %s", text, err.text);
}

static void objects_and_arrays__are_loaded(void **state)
{
    (void)state;
    json_t *value = NULL;
    assert_int_equal(hf_json_load(hf_slice_str("{\"a\": [1, 2.5, \"x\", true, null], \"b\": {}}"), &value, NULL),
                     HF_OK);
    assert_true(json_is_object(value));
    assert_int_equal(json_array_size(json_object_get(value, "a")), 5);
    json_decref(value);
    assert_int_equal(LOAD("[]"), HF_OK);
    assert_int_equal(LOAD(" \r\n\t{} \n"), HF_OK);
}

static void a_bare_value__is_refused(void **state)
{
    (void)state;
    assert_int_equal(LOAD("1"), HF_ERR_INVALID);
    assert_int_equal(LOAD("\"text\""), HF_ERR_INVALID);
    assert_int_equal(LOAD("null"), HF_ERR_INVALID);
    assert_int_equal(LOAD(""), HF_ERR_INVALID);
    assert_int_equal(load((struct hf_slice){0}), HF_ERR_INVALID);
}

static void errors__name_line_and_column_in_plain_english(void **state)
{
    (void)state;
    assert_refused("{\n  \"a\": 1,\n  \"a\": 2\n}", "Line 3, column ", "stands twice");
    assert_refused("{\n  \"a\": 1\n  \"b\": 2\n}", "Line 3, column ", "not valid JSON");
    assert_refused("{\"a\": [1, 2", "Line 1, column ", "ends too early");
    assert_refused("{}\n\n[]", "Line 3, column ", "follows after the end");
    assert_refused("[1e999]", "Line 1, column ", "too large");
    assert_refused("[99999999999999999999]", "Line 1, column ", "too large");
    assert_refused("[\"\\u0000\"]", "Line 1, column ", "\\u0000");
    assert_refused("[1, 2,]", "Line 1, column ", "not valid JSON");
    assert_refused("[01]", "Line 1, column ", "not valid JSON");
    assert_refused("{'a': 1}", "Line 1, column ", "not valid JSON");
    assert_refused("[NaN]", "Line 1, column ", "not valid JSON");
    assert_refused("[1] // comment", "Line 1, column ", "follows after the end");
}

static void errors__do_not_repeat_what_stands_there(void **state)
{
    (void)state;
    assert_int_equal(LOAD("{\"passphrase\": hunter2hunter2}"), HF_ERR_INVALID);
    assert_null(strstr(err.text, "hunter2"));
    assert_int_equal(LOAD("{\"hunter2\": 1, \"hunter2\": 2}"), HF_ERR_INVALID);
    assert_null(strstr(err.text, "hunter2"));
}

static void text__must_be_utf8_without_nul(void **state)
{
    (void)state;
    assert_int_equal(LOAD("[\"Zo\xC3\xAB \xE2\x82\xAC \xF0\x9F\x99\x82\"]"), HF_OK);
    assert_int_equal(LOAD("[\"\\u00eb \\ud83d\\ude42\"]"), HF_OK);
    static const struct hf_slice bad[] = {
        {(const uint8_t *)"[\"\x80\"]", 5},             /* continuation alone */
        {(const uint8_t *)"[\"\xC0\x80\"]", 6},         /* overlong */
        {(const uint8_t *)"[\"\xE0\x80\x80\"]", 7},     /* overlong */
        {(const uint8_t *)"[\"\xED\xA0\x80\"]", 7},     /* surrogate */
        {(const uint8_t *)"[\"\xF4\x90\x80\x80\"]", 8}, /* above U+10FFFF */
        {(const uint8_t *)"[\"\xC3\"]", 5},             /* cut short */
        {(const uint8_t *)"[\"a\0b\"]", 7},             /* NUL */
        {(const uint8_t *)"[]\0", 3},                   /* NUL after the end */
        {(const uint8_t *)"[]\xFF", 3},                 /* no UTF-8 after the end */
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(load(bad[i]), HF_ERR_INVALID);
    assert_int_equal(LOAD("[\"\\ud83d\"]"), HF_ERR_INVALID); /* half a pair */
    assert_refused("{\n\"a\": \"\xFF\"}", "Line 2, column ", "UTF-8");
}

static struct hf_buf nested(unsigned depth, const char *open, const char *middle, const char *close)
{
    struct hf_buf text = {0};
    for (unsigned i = 0; i < depth; i++)
        hf_buf_append_str(&text, open);
    hf_buf_append_str(&text, middle);
    for (unsigned i = 0; i < depth; i++)
        hf_buf_append_str(&text, close);
    return text;
}

static void depth__of_32_is_taken_and_of_33_is_a_limit_error(void **state)
{
    (void)state;
    static const char *const kinds[][3] = {{"[", "", "]"}, {"{\"a\":", "1", "}"}};
    for (size_t i = 0; i < 2; i++) {
        struct hf_buf text = nested(HF_JSON_DEPTH_MAX, kinds[i][0], kinds[i][1], kinds[i][2]);
        assert_int_equal(load(hf_buf_slice(&text)), HF_OK);
        hf_buf_clear(&text);
        text = nested(HF_JSON_DEPTH_MAX + 1, kinds[i][0], kinds[i][1], kinds[i][2]);
        assert_int_equal(load(hf_buf_slice(&text)), HF_ERR_LIMIT);
        hf_buf_clear(&text);
    }
    assert_int_equal(LOAD("[[[[[[[[[[[[[[[[\n[[[[[[[[[[[[[[[[\n \xC3\xAB["), HF_ERR_LIMIT);
    assert_non_null(strstr(err.text, "Line 3, column 3:"));
}

static void brackets_in_texts__are_not_depth(void **state)
{
    (void)state;
    struct hf_buf inside = nested(100, "[{", "", "");
    struct hf_buf text = {0};
    hf_buf_append_fmt(&text, "[\"%.*s\\\"%.*s\\\\\", \"\"]", (int)inside.len, (const char *)inside.data,
                      (int)inside.len, (const char *)inside.data);
    assert_int_equal(load(hf_buf_slice(&text)), HF_OK);
    hf_buf_reset(&text); /* the first text ends with an escaped backslash, not with an escaped quotation mark */
    hf_buf_append_fmt(&text, "[\"\\\\\", \"%.*s\"]", (int)inside.len, (const char *)inside.data);
    assert_int_equal(load(hf_buf_slice(&text)), HF_OK);
    hf_buf_clear(&inside);
    hf_buf_clear(&text);
}

static void size__of_4_mib_is_taken_and_one_byte_more_is_a_limit_error(void **state)
{
    (void)state;
    struct hf_buf text = {0};
    hf_buf_append_str(&text, "[]");
    hf_buf_append_zeros(&text, HF_JSON_BYTES_MAX + 1 - text.len);
    assert_int_equal(hf_buf_status(&text), HF_OK);
    memset(text.data + 2, ' ', text.len - 2);
    assert_int_equal(load(hf_slice_of(text.data, HF_JSON_BYTES_MAX)), HF_OK);
    assert_int_equal(load(hf_slice_of(text.data, HF_JSON_BYTES_MAX + 1)), HF_ERR_LIMIT);
    hf_buf_clear(&text);
}

static void a_text_cut_at_any_byte__is_refused(void **state)
{
    (void)state;
    static const char good[] = "{\"a\": [1, -2.5e3, \"x\\u00eb\xC3\xAB\", true, null]}";
    assert_int_equal(LOAD(good), HF_OK);
    for (size_t len = 0; len < sizeof good - 1; len++) {
        uint8_t *alone = malloc(len + 1); /* of its own, so that a read past the end is seen */
        assert_non_null(alone);
        memcpy(alone + 1, good, len);
        assert_int_equal(load(hf_slice_of(alone + 1, len)), HF_ERR_INVALID);
        free(alone);
    }
}

/* --- files --- */

static char folder[] = "/tmp/hf_test_json_XXXXXX";
static char path[64];

static int make_folder(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/file.json", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    (void)remove(path);
    return rmdir(folder);
}

static void write_file(const void *bytes, size_t len)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static enum hf_status load_file(const char *name)
{
    json_t *value = NULL;
    memset(&err, 0, sizeof err);
    enum hf_status status = hf_json_load_file(name, &value, &err);
    assert_int_equal(value != NULL, status == HF_OK);
    json_decref(value);
    return status;
}

static void a_file__is_loaded_under_the_same_rules(void **state)
{
    (void)state;
    write_file("{\"a\": 1}\n", 9);
    json_t *value = NULL;
    assert_int_equal(hf_json_load_file(path, &value, &err), HF_OK);
    assert_int_equal(json_integer_value(json_object_get(value, "a")), 1);
    json_decref(value);
    write_file("{\"a\": 1, \"a\": 2}", 16);
    assert_int_equal(load_file(path), HF_ERR_INVALID);
    write_file("", 0);
    assert_int_equal(load_file(path), HF_ERR_INVALID);
}

static void a_file__of_4_mib_is_taken_and_a_larger_one_is_a_limit_error(void **state)
{
    (void)state;
    char *spaces = malloc(HF_JSON_BYTES_MAX + 200000);
    assert_non_null(spaces);
    memset(spaces, ' ', HF_JSON_BYTES_MAX + 200000);
    memcpy(spaces, "[]", 2);
    write_file(spaces, HF_JSON_BYTES_MAX);
    assert_int_equal(load_file(path), HF_OK);
    write_file(spaces, HF_JSON_BYTES_MAX + 1);
    assert_int_equal(load_file(path), HF_ERR_LIMIT);
    write_file(spaces, HF_JSON_BYTES_MAX + 200000);
    assert_int_equal(load_file(path), HF_ERR_LIMIT);
    free(spaces);
    assert_int_equal(load_file("/dev/zero"), HF_ERR_LIMIT); /* a source without an end */
}

static void a_file__that_cannot_be_read_says_why_and_names_itself(void **state)
{
    (void)state;
    assert_int_equal(load_file("/nowhere/at/all.json"), HF_ERR_NOT_FOUND);
    assert_non_null(strstr(err.text, "/nowhere/at/all.json"));
    assert_int_equal(load_file(folder), HF_ERR_IO);
    assert_non_null(strstr(err.text, folder));
    write_file("[]", 2);
    if (geteuid() != 0) { /* root may read anything */
        assert_int_equal(chmod(path, 0), 0);
        assert_int_equal(load_file(path), HF_ERR_DENIED);
        assert_int_equal(chmod(path, 0600), 0);
    }
}

static void a_dash__is_standard_input(void **state)
{
    (void)state;
    write_file("[1, 2, 3]", 9);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        json_t *value = NULL;
        if (!freopen(path, "rb", stdin) || hf_json_load_file("-", &value, NULL) != HF_OK)
            _exit(1);
        size_t size = json_array_size(value);
        json_decref(value);
        _exit(size == 3 ? 0 : 2);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(objects_and_arrays__are_loaded),
        cmocka_unit_test(a_bare_value__is_refused),
        cmocka_unit_test(errors__name_line_and_column_in_plain_english),
        cmocka_unit_test(errors__do_not_repeat_what_stands_there),
        cmocka_unit_test(text__must_be_utf8_without_nul),
        cmocka_unit_test(depth__of_32_is_taken_and_of_33_is_a_limit_error),
        cmocka_unit_test(brackets_in_texts__are_not_depth),
        cmocka_unit_test(size__of_4_mib_is_taken_and_one_byte_more_is_a_limit_error),
        cmocka_unit_test(a_text_cut_at_any_byte__is_refused),
        cmocka_unit_test(a_file__is_loaded_under_the_same_rules),
        cmocka_unit_test(a_file__of_4_mib_is_taken_and_a_larger_one_is_a_limit_error),
        cmocka_unit_test(a_file__that_cannot_be_read_says_why_and_names_itself),
        cmocka_unit_test(a_dash__is_standard_input),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
