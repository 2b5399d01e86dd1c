/* Which byte strings the cursor takes for one element: every form of msgpack, the shortest one only. */
#include "core/pack/cursor.h"
#include "core/pack/writer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Skips one element of input that lies alone in heap memory, so that a read past its end is seen. */
static enum hf_status skip_status(const void *bytes, size_t len)
{
    uint8_t *alone = malloc(len ? len : 1);
    assert_non_null(alone);
    memcpy(alone, bytes, len);
    struct hf_cursor cursor;
    hf_cursor_init(&cursor, hf_slice_of(alone, len), HF_PACK_ELEMENTS_MAX);
    struct hf_slice skipped = hf_cursor_skip(&cursor);
    enum hf_status status = hf_cursor_end(&cursor);
    assert_int_equal(skipped.len, hf_cursor_status(&cursor) == HF_OK ? cursor.at - alone : 0);
    free(alone);
    return status;
}

#define REFUSED(literal) assert_int_equal(skip_status(literal, sizeof(literal) - 1), HF_ERR_INVALID)
#define TAKEN(literal)   assert_int_equal(skip_status(literal, sizeof(literal) - 1), HF_OK)

static void uint__is_taken_in_its_shortest_form_only(void **state)
{
    (void)state;
    TAKEN("\x00");
    TAKEN("\x7F");
    TAKEN("\xCC\x80");
    REFUSED("\xCC\x7F");
    REFUSED("\xCC\x00");
    TAKEN("\xCD\x01\x00");
    REFUSED("\xCD\x00\xFF");
    REFUSED("\xCD\x00\x00");
    TAKEN("\xCE\x00\x01\x00\x00");
    REFUSED("\xCE\x00\x00\xFF\xFF");
    REFUSED("\xCE\x00\x00\x00\x00");
    TAKEN("\xCF\x00\x00\x00\x01\x00\x00\x00\x00");
    TAKEN("\xCF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF");
    REFUSED("\xCF\x00\x00\x00\x00\xFF\xFF\xFF\xFF");
    REFUSED("\xCF\x00\x00\x00\x00\x00\x00\x00\x00");
}

static void int__is_taken_in_its_shortest_form_only(void **state)
{
    (void)state;
    TAKEN("\xFF");
    TAKEN("\xE0");
    TAKEN("\xD0\xDF");
    TAKEN("\xD0\x80");
    REFUSED("\xD0\xE0");
    REFUSED("\xD0\xFF");
    TAKEN("\xD1\xFF\x7F");
    TAKEN("\xD1\x80\x00");
    REFUSED("\xD1\xFF\x80");
    REFUSED("\xD1\xFF\xFF");
    TAKEN("\xD2\xFF\xFF\x7F\xFF");
    TAKEN("\xD2\x80\x00\x00\x00");
    REFUSED("\xD2\xFF\xFF\x80\x00");
    REFUSED("\xD2\xFF\xFF\xFF\xFF");
    TAKEN("\xD3\xFF\xFF\xFF\xFF\x7F\xFF\xFF\xFF");
    TAKEN("\xD3\x80\x00\x00\x00\x00\x00\x00\x00");
    REFUSED("\xD3\xFF\xFF\xFF\xFF\x80\x00\x00\x00");
    REFUSED("\xD3\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF");
}

static void int__that_is_not_negative_is_refused_in_signed_forms(void **state)
{
    (void)state;
    REFUSED("\xD0\x00");
    REFUSED("\xD0\x7F");
    REFUSED("\xD1\x00\x00");
    REFUSED("\xD1\x7F\xFF");
    REFUSED("\xD2\x00\x00\x00\x00");
    REFUSED("\xD2\x7F\xFF\xFF\xFF");
    REFUSED("\xD3\x00\x00\x00\x00\x00\x00\x00\x00");
    REFUSED("\xD3\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF");
}

/* tag ‖ length in `width` bytes ‖ that many 'x', or as many nils for an array, or no body to speak of for a map. */
static enum hf_status status_of_counted(uint8_t tag, unsigned width, uint32_t count)
{
    struct hf_buf bytes = {0};
    hf_buf_append_u8(&bytes, tag);
    for (unsigned i = width; i-- > 0;)
        hf_buf_append_u8(&bytes, (uint8_t)(count >> 8 * i));
    for (uint32_t i = 0; i < count; i++) {
        if (tag >= 0xDE) {
            hf_pack_uint(&bytes, i);
            hf_pack_nil(&bytes);
        } else if (tag >= 0xDC) {
            hf_pack_nil(&bytes);
        } else {
            hf_buf_append_u8(&bytes, 'x');
        }
    }
    assert_int_equal(hf_buf_status(&bytes), HF_OK);
    enum hf_status status = skip_status(bytes.data, bytes.len);
    hf_buf_clear(&bytes);
    return status;
}

struct counted_form {
    uint8_t tag;
    unsigned width;
    uint32_t least; /* the shortest length or count that needs this form */
};

static const struct counted_form counted_forms[] = {
    {0xD9, 1, 32}, {0xDA, 2, 256},   {0xDB, 4, 65536}, /* text */
    {0xC4, 1, 0},  {0xC5, 2, 256},   {0xC6, 4, 65536}, /* bytes */
    {0xDC, 2, 16}, {0xDD, 4, 65536},                   /* arrays */
    {0xDE, 2, 16}, {0xDF, 4, 65536},                   /* maps */
};

static void lengths_and_counts__are_taken_in_their_shortest_form_only(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof counted_forms / sizeof counted_forms[0]; i++) {
        const struct counted_form *form = &counted_forms[i];
        assert_int_equal(status_of_counted(form->tag, form->width, form->least), HF_OK);
        if (form->least == 0)
            continue;
        assert_int_equal(status_of_counted(form->tag, form->width, form->least - 1), HF_ERR_INVALID);
        assert_int_equal(status_of_counted(form->tag, form->width, 0), HF_ERR_INVALID);
    }
}

static void floats_extensions_and_the_unused_tag__are_refused(void **state)
{
    (void)state;
    REFUSED("\xC1");
    REFUSED("\xCA\x3F\x80\x00\x00");
    REFUSED("\xCB\x3F\xF0\x00\x00\x00\x00\x00\x00");
    REFUSED("\xD4\x01\x00");
    REFUSED("\xD5\x01\x00\x00");
    REFUSED("\xD6\xFF\x00\x00\x00\x00"); /* timestamp */
    REFUSED("\xD7\xFF\x00\x00\x00\x00\x00\x00\x00\x00");
    REFUSED("\xD8\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00");
    REFUSED("\xC7\x00\x01");
    REFUSED("\xC8\x01\x00\x01");
    REFUSED("\xC9\x00\x01\x00\x00\x01");
}

static void nothing__is_no_element(void **state)
{
    (void)state;
    REFUSED("");
}

static void every_first_byte__alone_is_an_element_or_refused(void **state)
{
    (void)state;
    for (unsigned tag = 0; tag < 256; tag++) {
        uint8_t byte = (uint8_t)tag;
        bool whole = tag < 0x80 || tag == 0x80 || tag == 0x90 || tag == 0xA0 || tag == 0xC0 || tag == 0xC2 ||
                     tag == 0xC3 || tag >= 0xE0;
        assert_int_equal(skip_status(&byte, 1), whole ? HF_OK : HF_ERR_INVALID);
    }
}

static void five_byte_bombs__are_refused_at_the_head(void **state)
{
    (void)state;
    REFUSED("\xDD\xFF\xFF\xFF\xFF");
    REFUSED("\xDF\xFF\xFF\xFF\xFF");
    REFUSED("\xDB\xFF\xFF\xFF\xFF");
    REFUSED("\xC6\xFF\xFF\xFF\xFF");
    REFUSED("\xDF\x80\x00\x00\x00");
    REFUSED("\xDD\x00\x01\x00\x00");
    REFUSED("\x91\xDD\xFF\xFF\xFF\xFF");
    REFUSED("\x81\x01\xDF\x7F\xFF\xFF\xFF");
}

static void counts__may_use_up_the_bytes_left_but_not_more(void **state)
{
    (void)state;
    TAKEN("\x93\x01\x02\x03");
    REFUSED("\x94\x01\x02\x03");
    TAKEN("\x82\x01\x01\x02\x02");
    REFUSED("\x83\x01\x01\x02\x02");
    REFUSED("\x82\x01\x01\x02");
}

/* Before the first element is read: whoever makes room by the count is not misled. */
static void a_count_beyond_the_bytes_left__is_refused_on_entering(void **state)
{
    (void)state;
    struct hf_cursor cursor;
    hf_cursor_init(&cursor, hf_slice_str("\x94\x01\x02\x03"), HF_PACK_ELEMENTS_MAX);
    assert_int_equal(hf_cursor_array(&cursor, UINT32_MAX), 0);
    assert_int_equal(hf_cursor_status(&cursor), HF_ERR_INVALID);
    hf_cursor_init(&cursor, hf_slice_str("\x83\x01\x01\x02\x02\x03"), HF_PACK_ELEMENTS_MAX);
    assert_int_equal(hf_cursor_map(&cursor, UINT32_MAX), 0);
    assert_int_equal(hf_cursor_status(&cursor), HF_ERR_INVALID);
}

static void text__must_be_utf8_without_nul(void **state)
{
    (void)state;
    TAKEN("\xA4Zo\xC3\xAB");
    TAKEN("\xA3\xE2\x82\xAC");
    TAKEN("\xA4\xF0\x9F\x99\x82");
    REFUSED("\xA1\x80");
    REFUSED("\xA2\xC0\x80");
    REFUSED("\xA3\xED\xA0\x80");
    REFUSED("\xA4\xF4\x90\x80\x80");
    REFUSED("\xA1\xC3\xA9"); /* the length ends inside a character */
    REFUSED("\xA1\x00");
    REFUSED("\x81\xA1\xFF\x01"); /* a key */
    TAKEN("\xC4\x02\xC0\x80");   /* bytes may be anything */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(uint__is_taken_in_its_shortest_form_only),
        cmocka_unit_test(int__is_taken_in_its_shortest_form_only),
        cmocka_unit_test(int__that_is_not_negative_is_refused_in_signed_forms),
        cmocka_unit_test(lengths_and_counts__are_taken_in_their_shortest_form_only),
        cmocka_unit_test(floats_extensions_and_the_unused_tag__are_refused),
        cmocka_unit_test(nothing__is_no_element),
        cmocka_unit_test(every_first_byte__alone_is_an_element_or_refused),
        cmocka_unit_test(five_byte_bombs__are_refused_at_the_head),
        cmocka_unit_test(counts__may_use_up_the_bytes_left_but_not_more),
        cmocka_unit_test(a_count_beyond_the_bytes_left__is_refused_on_entering),
        cmocka_unit_test(text__must_be_utf8_without_nul),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
