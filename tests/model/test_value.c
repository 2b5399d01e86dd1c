#include "tests/model/support_model.h"

#include "core/model/value.h"
#include "core/pack/writer.h"

#include <string.h>

static const struct hf_record_spec *type_named(const char *name)
{
    const struct hf_record_spec *type = hf_model_type_named(hf_slice_str(name));
    assert_non_null(type);
    return type;
}

static const struct hf_field_spec *field_named(const char *type, const char *field)
{
    const struct hf_field_spec *spec = hf_model_field_named(type_named(type), hf_slice_str(field));
    assert_non_null(spec);
    return spec;
}

static enum hf_status check(const char *type, const char *field, struct hf_slice encoded, struct hf_error *err)
{
    return hf_value_check(type_named(type), field_named(type, field), encoded, err);
}

static enum hf_status check_bytes(const char *type, const char *field, const void *bytes, size_t len)
{
    return check(type, field, hf_slice_of(bytes, len), NULL);
}

/* Text in, text out; the encoded form passes the check. */
static void assert_reads(const char *type, const char *field, const char *text, const char *want)
{
    struct hf_buf encoded = {0};
    struct hf_buf again = {0};
    struct hf_error err = {0};
    enum hf_status status =
        hf_value_from_text(type_named(type), field_named(type, field), hf_slice_str(text), &encoded, &err);
    if (status != HF_OK)
        fail_msg("%s.%s refused \"%s\": %s", type, field, text, err.text);
    assert_ok(check(type, field, hf_buf_slice(&encoded), NULL));
    hf_value_to_text(field_named(type, field), hf_buf_slice(&encoded), &again);
    assert_true(hf_slice_equal(hf_buf_slice(&again), hf_slice_str(want)));
    hf_buf_clear(&encoded);
    hf_buf_clear(&again);
}

static void assert_refuses(const char *type, const char *field, const char *text, const char *want)
{
    struct hf_buf out = {0};
    struct hf_error err = {0};
    hf_buf_append_str(&out, "as it was");
    enum hf_status status =
        hf_value_from_text(type_named(type), field_named(type, field), hf_slice_str(text), &out, &err);
    assert_status(status, HF_ERR_INVALID);
    assert_int_equal(err.status, HF_ERR_INVALID);
    assert_string_equal(err.text, want);
    assert_true(hf_slice_equal(hf_buf_slice(&out), hf_slice_str("as it was")));
    hf_buf_clear(&out);
}

static void text__reads_as_it_stands(void **state)
{
    (void)state;
    assert_reads("action", "text", "Ring the school", "Ring the school");
    assert_reads("action", "text", " \n", " \n");
    assert_reads("views", "words", "I don\xE2\x80\x99t like \xF0\x9F\x90\x8C",
                 "I don\xE2\x80\x99t like \xF0\x9F\x90\x8C");
    assert_refuses("action", "text", "bad \xFF", "text must be text");
}

static void text__of_the_greatest_length_fits_and_one_more_does_not(void **state)
{
    (void)state;
    static char text[20002];
    memset(text, 'x', sizeof text);
    const struct hf_field_spec *field = field_named("action", "text");
    struct hf_buf out = {0};
    struct hf_error err = {0};
    assert_ok(hf_value_from_text(type_named("action"), field, hf_slice_of(text, 20000), &out, &err));
    assert_ok(check("action", "text", hf_buf_slice(&out), &err));
    hf_buf_reset(&out);
    assert_status(hf_value_from_text(type_named("action"), field, hf_slice_of(text, 20001), &out, &err), HF_ERR_LIMIT);
    assert_string_equal(err.text,
                        "text can hold 20000 bytes of text and this has 20001: shorten it, or put the rest in "
                        "another entry");
    assert_int_equal(out.len, 0);
    hf_pack_text(&out, hf_slice_of(text, 20001));
    assert_status(check("action", "text", hf_buf_slice(&out), &err), HF_ERR_LIMIT);
    hf_buf_clear(&out);
}

static void date__must_be_a_day_that_exists(void **state)
{
    (void)state;
    assert_reads("action", "due", "2026-11-21", "2026-11-21");
    assert_reads("action", "due", "2028-02-29", "2028-02-29");
    const char *want = "due must be a date such as 2026-11-21";
    assert_refuses("action", "due", "2026-02-29", want);
    assert_refuses("action", "due", "21/11/2026", want);
    assert_refuses("action", "due", "tomorrow", want);
    assert_refuses("action", "due", "2026-11-21T10:00:00Z", want);
}

static void code__must_be_one_of_the_list(void **state)
{
    (void)state;
    assert_reads("action", "status", "done", "done");
    assert_refuses("action", "status", "finished", "status must be one of open, started, done, not_done, cancelled");
    assert_refuses("action", "status", "Done", "status must be one of open, started, done, not_done, cancelled");
    assert_refuses("action", "status", "open, started",
                   "status must be one of open, started, done, not_done, cancelled");
}

static void code__of_a_long_list_is_refused_in_whole_words(void **state)
{
    (void)state;
    struct hf_buf out = {0};
    struct hf_error err = {0};
    assert_status(
        hf_value_from_text(type_named("invite"), field_named("invite", "role"), hf_slice_str("postman"), &out, &err),
        HF_ERR_INVALID);
    const char *end = " and others";
    assert_true(strlen(err.text) < sizeof err.text - 1);
    assert_string_equal(err.text + strlen(err.text) - strlen(end), end);
}

static void bool__is_true_or_false_or_yes_or_no(void **state)
{
    (void)state;
    assert_reads("placement", "emergency", "true", "true");
    assert_reads("placement", "emergency", "false", "false");
    assert_reads("placement", "emergency", "yes", "true");
    assert_reads("placement", "emergency", "no", "false");
    assert_refuses("placement", "emergency", "1", "emergency must be true or false");
}

static void int__reads_what_fits_63_bits_and_a_sign(void **state)
{
    (void)state;
    assert_reads("escalation", "level", "2", "2");
    assert_reads("escalation", "level", "0", "0");
    assert_reads("escalation", "level", "007", "7");
    assert_reads("escalation", "level", "-129", "-129");
    assert_reads("escalation", "level", "9223372036854775807", "9223372036854775807");
    const char *want = "level must be a whole number such as 3";
    assert_refuses("escalation", "level", "9223372036854775808", want);
    assert_refuses("escalation", "level", "99999999999999999999", want);
    assert_refuses("escalation", "level", "-", want);
    assert_refuses("escalation", "level", "1.5", want);
    assert_refuses("escalation", "level", "two", want);
    assert_refuses("escalation", "level", "+2", want);
}

static void time__is_a_moment_shown_in_utc(void **state)
{
    (void)state;
    assert_reads("request", "at", "2026-11-21T21:58:35.123Z", "2026-11-21T21:58:35.123Z");
    assert_reads("request", "at", "2026-07-01T10:00+01:00", "2026-07-01T09:00:00.000Z");
    const char *want = "at must be a date and time such as 2026-11-21T14:02:00Z";
    assert_refuses("request", "at", "2026-11-21", want);
    assert_refuses("request", "at", "14:02", want);
    assert_refuses("request", "at", "9999-12-31T23:59:59-05:00", want);
}

static void ref__is_an_id_and_never_zero(void **state)
{
    (void)state;
    assert_reads("action", "owner", "0193A1B2-c3d4-7e5f-8a9b-0c1d2e3f4a5b", "0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b");
    assert_reads("action", "owner", "0193a1b2c3d47e5f8a9b0c1d2e3f4a5b", "0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b");
    const char *want = "owner must be the id of a record or person, such as 01939b2e-7c10-7a55-9f00-3c2d5e6f7a8b";
    assert_refuses("action", "owner", "Mrs Sample", want);
    assert_refuses("action", "owner", "00000000-0000-0000-0000-000000000000", want);
}

static void empty_text__clears_what_can_be_cleared(void **state)
{
    (void)state;
    assert_reads("action", "text", "", "");
    assert_reads("action", "due", "", "");
    assert_reads("action", "status", "", "");
    assert_reads("placement", "emergency", "", "");
    struct hf_buf out = {0};
    assert_ok(hf_value_from_text(type_named("action"), field_named("action", "due"), hf_slice_str(""), &out, NULL));
    assert_int_equal(out.len, 1);
    assert_int_equal(out.data[0], 0xC0);
    hf_buf_clear(&out);
    assert_refuses("views", "words", "", "words cannot be empty here: write something, or leave it as it is");
    assert_refuses("action_update", "text", "", "text cannot be empty here: write something, or leave it as it is");
    assert_refuses("placement", "carers", "", "carers cannot be empty here: write something, or leave it as it is");
}

static void check__refuses_other_kinds_of_element(void **state)
{
    (void)state;
    assert_status(check_bytes("action", "text", "\x05", 1), HF_ERR_INVALID);      /* 5 */
    assert_status(check_bytes("action", "text", "\xC4\x01x", 3), HF_ERR_INVALID); /* bytes */
    assert_status(check_bytes("action", "text", "\x91\xA1x", 3), HF_ERR_INVALID); /* [x] */
    assert_status(check_bytes("escalation", "level",
                              "\xA1"
                              "2",
                              2),
                  HF_ERR_INVALID);                                                   /* "2" */
    assert_status(check_bytes("placement", "emergency", "\x01", 1), HF_ERR_INVALID); /* 1 */
    assert_status(check_bytes("request", "at", "\xFF", 1), HF_ERR_INVALID);          /* -1 */
    assert_status(check_bytes("action", "owner", "\xA3xyz", 4), HF_ERR_INVALID);     /* text */
    assert_status(check_bytes("action", "owner",
                              "\xC4\x0F"
                              "123456789012345",
                              17),
                  HF_ERR_INVALID);                                                                /* 15 bytes */
    assert_status(check_bytes("escalation", "level", "\xCB\0\0\0\0\0\0\0\0", 9), HF_ERR_INVALID); /* a float */
}

static void check__refuses_what_is_not_one_whole_canonical_element(void **state)
{
    (void)state;
    assert_ok(check_bytes("escalation", "level", "\x05", 1));
    assert_status(check_bytes("escalation", "level", "", 0), HF_ERR_INVALID);
    assert_status(check_bytes("escalation", "level", "\x05\x05", 2), HF_ERR_INVALID);
    assert_status(check_bytes("escalation", "level", "\xCC\x05", 2), HF_ERR_INVALID);
    assert_status(check_bytes("action", "text", "\xA2x", 2), HF_ERR_INVALID);
    assert_status(check_bytes("action", "text", "\xD9\x01x", 3), HF_ERR_INVALID);
    assert_status(check_bytes("action", "text", "\xA1\xFF", 2), HF_ERR_INVALID);
    assert_status(check_bytes("action", "text", "\xC0\xC0", 2), HF_ERR_INVALID);
    assert_status(check_bytes("action", "text", "\xA0", 1), HF_ERR_INVALID); /* empty text is written as nil */
}

static void check__refuses_times_beyond_what_can_be_shown(void **state)
{
    (void)state;
    struct hf_buf value = {0};
    hf_pack_uint(&value, 253402300799999ull);
    assert_ok(check("request", "at", hf_buf_slice(&value), NULL));
    hf_buf_reset(&value);
    hf_pack_uint(&value, 253402300800000ull);
    assert_status(check("request", "at", hf_buf_slice(&value), NULL), HF_ERR_INVALID);
    hf_buf_clear(&value);
}

/* A good example of each type of value, as people type it. */
static const char *example(const struct hf_field_spec *field)
{
    switch (field->type) {
    case HF_TYPE_TEXT:
        return "some words";
    case HF_TYPE_INT:
        return "3";
    case HF_TYPE_BOOL:
        return "true";
    case HF_TYPE_DATE:
        return "2026-11-21";
    case HF_TYPE_TIME:
        return "2026-11-21T14:02:00.000Z";
    case HF_TYPE_CODE:
        return field->codes[0];
    case HF_TYPE_REF:
        return "01939b2e-7c10-7a55-9f00-3c2d5e6f7a8b";
    case HF_TYPE_ACT:
    case HF_TYPE_TAKEN_OUT:
        break; /* no type has such a field of its own */
    }
    return NULL;
}

static void every_field__takes_a_good_value_every_code_and_refuses_a_list(void **state)
{
    (void)state;
    size_t count;
    const struct hf_record_spec *types = hf_model_types(&count);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < types[i].field_count; j++) {
            const struct hf_field_spec *field = &types[i].fields[j];
            struct hf_error err = {0};
            assert_reads(types[i].name, field->name, example(field), example(field));
            for (size_t k = 0; field->codes && field->codes[k]; k++)
                assert_reads(types[i].name, field->name, field->codes[k], field->codes[k]);
            assert_status(hf_value_check(&types[i], field, hf_slice_of("\x90", 1), &err), HF_ERR_INVALID);
            assert_ptr_equal(strstr(err.text, field->name), err.text); /* the message begins with the field */
            bool clears =
                field->kind != HF_KIND_SET && field->kind != HF_KIND_APPEND && field->kind != HF_KIND_VERBATIM;
            assert_int_equal(hf_value_check(&types[i], field, hf_slice_of("\xC0", 1), NULL) == HF_OK, clears);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text__reads_as_it_stands),
        cmocka_unit_test(text__of_the_greatest_length_fits_and_one_more_does_not),
        cmocka_unit_test(date__must_be_a_day_that_exists),
        cmocka_unit_test(code__must_be_one_of_the_list),
        cmocka_unit_test(code__of_a_long_list_is_refused_in_whole_words),
        cmocka_unit_test(bool__is_true_or_false_or_yes_or_no),
        cmocka_unit_test(int__reads_what_fits_63_bits_and_a_sign),
        cmocka_unit_test(time__is_a_moment_shown_in_utc),
        cmocka_unit_test(ref__is_an_id_and_never_zero),
        cmocka_unit_test(empty_text__clears_what_can_be_cleared),
        cmocka_unit_test(check__refuses_other_kinds_of_element),
        cmocka_unit_test(check__refuses_what_is_not_one_whole_canonical_element),
        cmocka_unit_test(check__refuses_times_beyond_what_can_be_shown),
        cmocka_unit_test(every_field__takes_a_good_value_every_code_and_refuses_a_list),
    };
    return cmocka_run_group_tests_name("value", tests, support_start, NULL);
}
