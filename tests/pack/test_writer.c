#include "core/pack/writer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Takes what was written and empties the buffer. */
static void assert_written(struct hf_buf *out, const void *expected, size_t len)
{
    assert_int_equal(hf_buf_status(out), HF_OK);
    assert_int_equal(out->len, len);
    assert_memory_equal(out->data, expected, len);
    hf_buf_reset(out);
}

#define ASSERT_WRITTEN(out, literal) assert_written(out, literal, sizeof(literal) - 1)

static void nil_and_bool__are_one_byte(void **state)
{
    (void)state;
    struct hf_buf out = {0};
    hf_pack_nil(&out);
    hf_pack_bool(&out, false);
    hf_pack_bool(&out, true);
    ASSERT_WRITTEN(&out, "\xC0\xC2\xC3");
    hf_buf_clear(&out);
}

static void uint__takes_the_shortest_form_on_both_sides_of_each_border(void **state)
{
    (void)state;
    struct hf_buf out = {0};
    hf_pack_uint(&out, 0);
    ASSERT_WRITTEN(&out, "\x00");
    hf_pack_uint(&out, 127);
    ASSERT_WRITTEN(&out, "\x7F");
    hf_pack_uint(&out, 128);
    ASSERT_WRITTEN(&out, "\xCC\x80");
    hf_pack_uint(&out, 255);
    ASSERT_WRITTEN(&out, "\xCC\xFF");
    hf_pack_uint(&out, 256);
    ASSERT_WRITTEN(&out, "\xCD\x01\x00");
    hf_pack_uint(&out, 65535);
    ASSERT_WRITTEN(&out, "\xCD\xFF\xFF");
    hf_pack_uint(&out, 65536);
    ASSERT_WRITTEN(&out, "\xCE\x00\x01\x00\x00");
    hf_pack_uint(&out, UINT32_MAX);
    ASSERT_WRITTEN(&out, "\xCE\xFF\xFF\xFF\xFF");
    hf_pack_uint(&out, (uint64_t)UINT32_MAX + 1);
    ASSERT_WRITTEN(&out, "\xCF\x00\x00\x00\x01\x00\x00\x00\x00");
    hf_pack_uint(&out, UINT64_MAX);
    ASSERT_WRITTEN(&out, "\xCF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF");
    hf_buf_clear(&out);
}

static void int__takes_the_shortest_form_on_both_sides_of_each_border(void **state)
{
    (void)state;
    struct hf_buf out = {0};
    hf_pack_int(&out, -1);
    ASSERT_WRITTEN(&out, "\xFF");
    hf_pack_int(&out, -32);
    ASSERT_WRITTEN(&out, "\xE0");
    hf_pack_int(&out, -33);
    ASSERT_WRITTEN(&out, "\xD0\xDF");
    hf_pack_int(&out, -128);
    ASSERT_WRITTEN(&out, "\xD0\x80");
    hf_pack_int(&out, -129);
    ASSERT_WRITTEN(&out, "\xD1\xFF\x7F");
    hf_pack_int(&out, -32768);
    ASSERT_WRITTEN(&out, "\xD1\x80\x00");
    hf_pack_int(&out, -32769);
    ASSERT_WRITTEN(&out, "\xD2\xFF\xFF\x7F\xFF");
    hf_pack_int(&out, INT32_MIN);
    ASSERT_WRITTEN(&out, "\xD2\x80\x00\x00\x00");
    hf_pack_int(&out, (int64_t)INT32_MIN - 1);
    ASSERT_WRITTEN(&out, "\xD3\xFF\xFF\xFF\xFF\x7F\xFF\xFF\xFF");
    hf_pack_int(&out, INT64_MIN);
    ASSERT_WRITTEN(&out, "\xD3\x80\x00\x00\x00\x00\x00\x00\x00");
    hf_buf_clear(&out);
}

static void int__that_is_not_negative_is_written_as_uint(void **state)
{
    (void)state;
    static const int64_t values[] = {0,        127, 128, 255, 256, 65535, 65536, UINT32_MAX, (int64_t)UINT32_MAX + 1,
                                     INT64_MAX};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        struct hf_buf as_int = {0};
        struct hf_buf as_uint = {0};
        hf_pack_int(&as_int, values[i]);
        hf_pack_uint(&as_uint, (uint64_t)values[i]);
        assert_true(hf_slice_equal(hf_buf_slice(&as_int), hf_buf_slice(&as_uint)));
        hf_buf_clear(&as_int);
        hf_buf_clear(&as_uint);
    }
}

struct run_case {
    size_t len;
    const char *text_head;
    size_t text_head_len;
    const char *bytes_head;
    size_t bytes_head_len;
};

static const struct run_case run_cases[] = {
    {0, "\xA0", 1, "\xC4\x00", 2},
    {31, "\xBF", 1, "\xC4\x1F", 2},
    {32, "\xD9\x20", 2, "\xC4\x20", 2},
    {255, "\xD9\xFF", 2, "\xC4\xFF", 2},
    {256, "\xDA\x01\x00", 3, "\xC5\x01\x00", 3},
    {65535, "\xDA\xFF\xFF", 3, "\xC5\xFF\xFF", 3},
    {65536, "\xDB\x00\x01\x00\x00", 5, "\xC6\x00\x01\x00\x00", 5},
};

static void text_and_bytes__have_the_shortest_length(void **state)
{
    (void)state;
    static char content[65536];
    memset(content, 'x', sizeof content);
    for (size_t i = 0; i < sizeof run_cases / sizeof run_cases[0]; i++) {
        const struct run_case *c = &run_cases[i];
        struct hf_buf out = {0};
        hf_pack_text(&out, hf_slice_of(content, c->len));
        assert_int_equal(out.len, c->text_head_len + c->len);
        assert_memory_equal(out.data, c->text_head, c->text_head_len);
        assert_memory_equal(out.data + c->text_head_len, content, c->len);
        hf_buf_reset(&out);
        hf_pack_bytes(&out, hf_slice_of(content, c->len));
        assert_int_equal(out.len, c->bytes_head_len + c->len);
        assert_memory_equal(out.data, c->bytes_head, c->bytes_head_len);
        assert_memory_equal(out.data + c->bytes_head_len, content, c->len);
        hf_buf_clear(&out);
    }
}

static void id__is_sixteen_bytes_of_bin(void **state)
{
    (void)state;
    struct hf_buf out = {0};
    struct hf_id id = hf_id_from_bytes((const uint8_t *)"0123456789abcdef");
    hf_pack_id(&out, &id);
    ASSERT_WRITTEN(&out, "\xC4\x10"
                         "0123456789abcdef");
    hf_buf_clear(&out);
}

static void array_and_map__have_the_shortest_count(void **state)
{
    (void)state;
    struct hf_buf out = {0};
    hf_pack_array(&out, 0);
    hf_pack_map(&out, 0);
    ASSERT_WRITTEN(&out, "\x90\x80");
    hf_pack_array(&out, 15);
    hf_pack_map(&out, 15);
    ASSERT_WRITTEN(&out, "\x9F\x8F");
    hf_pack_array(&out, 16);
    hf_pack_map(&out, 16);
    ASSERT_WRITTEN(&out, "\xDC\x00\x10\xDE\x00\x10");
    hf_pack_array(&out, 65535);
    hf_pack_map(&out, 65535);
    ASSERT_WRITTEN(&out, "\xDC\xFF\xFF\xDE\xFF\xFF");
    hf_pack_array(&out, 65536);
    hf_pack_map(&out, 65536);
    ASSERT_WRITTEN(&out, "\xDD\x00\x01\x00\x00\xDF\x00\x01\x00\x00");
    hf_pack_array(&out, UINT32_MAX);
    hf_pack_map(&out, UINT32_MAX);
    ASSERT_WRITTEN(&out, "\xDD\xFF\xFF\xFF\xFF\xDF\xFF\xFF\xFF\xFF");
    hf_buf_clear(&out);
}

static void limit_of_the_buffer__is_remembered_by_the_buffer(void **state)
{
    (void)state;
    struct hf_buf out;
    hf_buf_init(&out, 4);
    hf_pack_text(&out, hf_slice_str("abc"));
    assert_int_equal(hf_buf_status(&out), HF_OK);
    hf_pack_uint(&out, 1);
    assert_int_equal(hf_buf_status(&out), HF_ERR_LIMIT);
    hf_pack_nil(&out);
    assert_int_equal(out.len, 4);
    hf_buf_clear(&out);
}

/* The length is looked at before the content, so no such content is needed to see it refused. */
static void runs_that_32_bits_cannot_count__are_a_limit(void **state)
{
    (void)state;
#if SIZE_MAX > UINT32_MAX
    struct hf_buf out = {0};
    hf_pack_text(&out, hf_slice_of("x", (size_t)UINT32_MAX + 1));
    assert_int_equal(hf_buf_status(&out), HF_ERR_LIMIT);
    hf_buf_reset(&out);
    hf_pack_bytes(&out, hf_slice_of("x", (size_t)UINT32_MAX + 1));
    assert_int_equal(hf_buf_status(&out), HF_ERR_LIMIT);
    assert_int_equal(out.len, 0);
    hf_buf_clear(&out);
#else
    skip();
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nil_and_bool__are_one_byte),
        cmocka_unit_test(uint__takes_the_shortest_form_on_both_sides_of_each_border),
        cmocka_unit_test(int__takes_the_shortest_form_on_both_sides_of_each_border),
        cmocka_unit_test(int__that_is_not_negative_is_written_as_uint),
        cmocka_unit_test(text_and_bytes__have_the_shortest_length),
        cmocka_unit_test(id__is_sixteen_bytes_of_bin),
        cmocka_unit_test(array_and_map__have_the_shortest_count),
        cmocka_unit_test(limit_of_the_buffer__is_remembered_by_the_buffer),
        cmocka_unit_test(runs_that_32_bits_cannot_count__are_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
