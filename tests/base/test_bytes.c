#include "core/base/bytes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Sanitizers stop the program when an allocation cannot be met; here it must return NULL as it does without them. */
__attribute__((visibility("default"))) const char *__asan_default_options(void);
__attribute__((visibility("default"))) const char *__tsan_default_options(void);

const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

const char *__tsan_default_options(void)
{
    return "allocator_may_return_null=1";
}

static void assert_content(const struct hf_buf *buf, const char *text)
{
    assert_int_equal(hf_buf_status(buf), HF_OK);
    assert_true(hf_slice_equal(hf_buf_slice(buf), hf_slice_str(text)));
}

static void slices__are_equal_by_content(void **state)
{
    (void)state;
    assert_true(hf_slice_equal(hf_slice_str("abc"), hf_slice_of("abcd", 3)));
    assert_false(hf_slice_equal(hf_slice_str("abc"), hf_slice_str("abd")));
    assert_false(hf_slice_equal(hf_slice_str("abc"), hf_slice_str("ab")));
    assert_true(hf_slice_equal(hf_slice_of(NULL, 0), hf_slice_str("")));
}

static void slices__compare_bytewise_and_shorter_first(void **state)
{
    (void)state;
    assert_true(hf_slice_compare(hf_slice_str("abc"), hf_slice_str("abd")) < 0);
    assert_true(hf_slice_compare(hf_slice_str("b"), hf_slice_str("abd")) > 0);
    assert_true(hf_slice_compare(hf_slice_str("ab"), hf_slice_str("abc")) < 0);
    assert_true(hf_slice_compare(hf_slice_str("abc"), hf_slice_str("ab")) > 0);
    assert_int_equal(hf_slice_compare(hf_slice_str("abc"), hf_slice_str("abc")), 0);
    assert_int_equal(hf_slice_compare(hf_slice_of(NULL, 0), hf_slice_of(NULL, 0)), 0);
    assert_true(hf_slice_compare(hf_slice_of(NULL, 0), hf_slice_str("a")) < 0);
    assert_true(hf_slice_compare(hf_slice_str("\x7F"), hf_slice_str("\x80")) < 0); /* bytes have no sign */
}

static void integers__stand_big_endian(void **state)
{
    (void)state;
    uint8_t bytes[8];
    hf_put_u16(bytes, 0x8001);
    assert_memory_equal(bytes, "\x80\x01", 2);
    assert_int_equal(hf_get_u16(bytes), 0x8001);
    hf_put_u32(bytes, 0x80010203u);
    assert_memory_equal(bytes, "\x80\x01\x02\x03", 4);
    assert_int_equal(hf_get_u32(bytes), 0x80010203u);
    hf_put_u64(bytes, 0xF001020304050607ull);
    assert_memory_equal(bytes, "\xF0\x01\x02\x03\x04\x05\x06\x07", 8);
    assert_true(hf_get_u64(bytes) == 0xF001020304050607ull);
}

static void zeroed_buffer__is_empty_and_grows(void **state)
{
    (void)state;
    struct hf_buf buf = {0};
    assert_int_equal(hf_buf_slice(&buf).len, 0);
    for (int i = 0; i < 10000; i++)
        hf_buf_append_u16(&buf, (uint16_t)i);
    assert_int_equal(hf_buf_status(&buf), HF_OK);
    assert_int_equal(buf.len, 20000);
    for (int i = 0; i < 10000; i++)
        assert_int_equal(hf_get_u16(buf.data + 2 * i), i);
    hf_buf_clear(&buf);
    assert_null(buf.data);
    assert_int_equal(buf.len, 0);
}

static void appends__write_what_they_say(void **state)
{
    (void)state;
    struct hf_buf buf;
    hf_buf_init(&buf, 0);
    hf_buf_append(&buf, "ab", 2);
    hf_buf_append(&buf, NULL, 0);
    hf_buf_append_slice(&buf, hf_slice_str("c"));
    hf_buf_append_str(&buf, "d");
    hf_buf_append_fmt(&buf, "%d-%s", 17, "e");
    hf_buf_append_u8(&buf, 0xFF);
    hf_buf_append_u16(&buf, 0x0102);
    hf_buf_append_u32(&buf, 0x03040506);
    hf_buf_append_u64(&buf, 0x0708090A0B0C0D0Eull);
    hf_buf_append_zeros(&buf, 2);
    static const char expected[] = "abcd17-e\xFF\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0A\x0B\x0C\x0D\x0E\0";
    assert_true(hf_slice_equal(hf_buf_slice(&buf), hf_slice_of(expected, sizeof expected)));
    hf_buf_clear(&buf);
}

static void limit__may_be_reached_but_not_passed(void **state)
{
    (void)state;
    struct hf_buf buf;
    hf_buf_init(&buf, 4);
    hf_buf_append_str(&buf, "abcd");
    assert_content(&buf, "abcd");
    hf_buf_append_u8(&buf, 'e');
    assert_int_equal(hf_buf_status(&buf), HF_ERR_LIMIT);
    assert_int_equal(buf.len, 4);
    hf_buf_clear(&buf);
    assert_int_equal(buf.limit, 4);
    assert_int_equal(hf_buf_status(&buf), HF_OK);
}

static void after_an_error__every_append_does_nothing(void **state)
{
    (void)state;
    struct hf_buf buf;
    hf_buf_init(&buf, 3);
    hf_buf_append_str(&buf, "ab");
    hf_buf_append_str(&buf, "too long");
    hf_buf_append_u8(&buf, 'c'); /* would fit, but something is missing before it */
    hf_buf_append_fmt(&buf, "c");
    hf_buf_append_zeros(&buf, 1);
    hf_buf_reserve(&buf, 1);
    assert_int_equal(hf_buf_status(&buf), HF_ERR_LIMIT);
    assert_int_equal(buf.len, 2);
    hf_buf_reset(&buf);
    hf_buf_append_str(&buf, "xyz");
    assert_content(&buf, "xyz");
    hf_buf_clear(&buf);
}

static void formatted_text__may_fill_the_limit_exactly(void **state)
{
    (void)state;
    struct hf_buf buf;
    hf_buf_init(&buf, 70);
    hf_buf_append_fmt(&buf, "%069d", 7);
    hf_buf_append_fmt(&buf, "%s", "x");
    assert_int_equal(hf_buf_status(&buf), HF_OK);
    assert_int_equal(buf.len, 70);
    assert_memory_equal(buf.data + 67, "07x", 3);
    hf_buf_append_fmt(&buf, "%s", "");
    assert_int_equal(hf_buf_status(&buf), HF_OK);
    hf_buf_append_fmt(&buf, "%s", "y");
    assert_int_equal(hf_buf_status(&buf), HF_ERR_LIMIT);
    hf_buf_clear(&buf);
}

static void reserve__makes_later_appends_keep_their_place(void **state)
{
    (void)state;
    struct hf_buf buf = {0};
    hf_buf_reserve(&buf, 1000);
    const uint8_t *place = buf.data;
    for (int i = 0; i < 1000; i++)
        hf_buf_append_u8(&buf, 'x');
    assert_ptr_equal(buf.data, place);
    hf_buf_clear(&buf);
}

static void reserve__counts_against_the_limit(void **state)
{
    (void)state;
    struct hf_buf buf;
    hf_buf_init(&buf, 10);
    hf_buf_reserve(&buf, 10);
    assert_int_equal(hf_buf_status(&buf), HF_OK);
    hf_buf_reserve(&buf, 11);
    assert_int_equal(hf_buf_status(&buf), HF_ERR_LIMIT);
    hf_buf_clear(&buf);
}

static void growth_that_memory_cannot_meet__is_remembered_and_keeps_content(void **state)
{
    (void)state;
    struct hf_buf buf = {0};
    hf_buf_append_str(&buf, "kept");
    hf_buf_reserve(&buf, SIZE_MAX / 2);
    assert_int_equal(hf_buf_status(&buf), HF_ERR_NOMEM);
    hf_buf_append_str(&buf, "lost");
    assert_int_equal(buf.len, 4);
    assert_memory_equal(buf.data, "kept", 4);
    hf_buf_clear(&buf);
}

static void sizes_that_overflow__are_refused(void **state)
{
    (void)state;
    struct hf_buf buf = {0};
    hf_buf_append_str(&buf, "kept");
    hf_buf_append_zeros(&buf, SIZE_MAX - 2);
    assert_int_equal(hf_buf_status(&buf), HF_ERR_NOMEM);
    hf_buf_reset(&buf);
    hf_buf_append_str(&buf, "kept");
    hf_buf_reserve(&buf, SIZE_MAX);
    assert_int_equal(hf_buf_status(&buf), HF_ERR_NOMEM);
    assert_memory_equal(buf.data, "kept", 4);
    hf_buf_clear(&buf);

    hf_buf_init(&buf, SIZE_MAX);
    hf_buf_append_str(&buf, "kept");
    hf_buf_append(&buf, "data whose length is a lie", SIZE_MAX - 3);
    assert_int_equal(hf_buf_status(&buf), HF_ERR_LIMIT);
    hf_buf_clear(&buf);
}

static void wipe__leaves_an_empty_buffer_with_its_limit(void **state)
{
    (void)state;
    struct hf_buf buf;
    hf_buf_init(&buf, 100);
    hf_buf_wipe(&buf);
    hf_buf_append_str(&buf, "secret");
    hf_buf_wipe(&buf);
    assert_null(buf.data);
    assert_int_equal(buf.len, 0);
    assert_int_equal(buf.cap, 0);
    assert_int_equal(buf.limit, 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slices__are_equal_by_content),
        cmocka_unit_test(slices__compare_bytewise_and_shorter_first),
        cmocka_unit_test(integers__stand_big_endian),
        cmocka_unit_test(zeroed_buffer__is_empty_and_grows),
        cmocka_unit_test(appends__write_what_they_say),
        cmocka_unit_test(limit__may_be_reached_but_not_passed),
        cmocka_unit_test(after_an_error__every_append_does_nothing),
        cmocka_unit_test(formatted_text__may_fill_the_limit_exactly),
        cmocka_unit_test(reserve__makes_later_appends_keep_their_place),
        cmocka_unit_test(reserve__counts_against_the_limit),
        cmocka_unit_test(growth_that_memory_cannot_meet__is_remembered_and_keeps_content),
        cmocka_unit_test(sizes_that_overflow__are_refused),
        cmocka_unit_test(wipe__leaves_an_empty_buffer_with_its_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
