/* The half of core/base/text.h that deals with dates and times. */
#include "core/base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include <cmocka.h>

#define DAY_MS 86400000ull

static void assert_text(uint64_t unix_ms, const char *expected)
{
    char text[HF_TIME_TEXT_BYTES];
    hf_text_time(unix_ms, text);
    assert_string_equal(text, expected);
}

static void assert_parsed(const char *text, uint64_t expected_ms)
{
    uint64_t unix_ms = 1;
    assert_int_equal(hf_text_parse_time(hf_slice_str(text), &unix_ms), HF_OK);
    assert_true(unix_ms == expected_ms);
}

static void time__is_written_in_utc_with_milliseconds(void **state)
{
    (void)state;
    assert_text(0, "1970-01-01T00:00:00.000Z");
    assert_text(1, "1970-01-01T00:00:00.001Z");
    assert_text(DAY_MS - 1, "1970-01-01T23:59:59.999Z");
    assert_text(951782400000ull, "2000-02-29T00:00:00.000Z");
    assert_text(951868800000ull, "2000-03-01T00:00:00.000Z");
    assert_text(1000000000000ull, "2001-09-09T01:46:40.000Z");
    assert_text(2147483647000ull, "2038-01-19T03:14:07.000Z");
    assert_text(4107542399999ull, "2100-02-28T23:59:59.999Z");
    assert_text(4107542400000ull, "2100-03-01T00:00:00.000Z");
}

static void time__stands_still_at_the_end_of_the_year_9999(void **state)
{
    (void)state;
    assert_text(253402300799999ull, "9999-12-31T23:59:59.999Z");
    assert_text(253402300800000ull, "9999-12-31T23:59:59.999Z");
    assert_text(UINT64_MAX, "9999-12-31T23:59:59.999Z");
}

/* The C library is the other witness; 40 years day by day, then every 97th day. */
static void time__agrees_with_the_c_library_and_comes_back(void **state)
{
    (void)state;
    for (uint64_t day = 0; day < 2932897; day += day < 15000 ? 1 : 97) {
        uint64_t unix_ms = day * DAY_MS + day % DAY_MS;
        time_t seconds = (time_t)(unix_ms / 1000);
        struct tm utc;
        assert_non_null(gmtime_r(&seconds, &utc));
        char expected[64];
        snprintf(expected, sizeof expected, "%04d-%02d-%02dT%02d:%02d:%02d.%03uZ", utc.tm_year + 1900, utc.tm_mon + 1,
                 utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, (unsigned)(unix_ms % 1000));
        assert_text(unix_ms, expected);
        assert_parsed(expected, unix_ms);
    }
}

static void parse__reads_every_allowed_form(void **state)
{
    (void)state;
    assert_parsed("2026-11-21T21:58:35.123Z", 1795298315123ull);
    assert_parsed("2026-11-21T21:58:35Z", 1795298315000ull);
    assert_parsed("2026-11-21T21:58Z", 1795298280000ull);
    assert_parsed("2026-11-21T22:58:35.123+01:00", 1795298315123ull);
    assert_parsed("2026-11-21T16:28-05:30", 1795298280000ull);
    assert_parsed("2026-11-22T00:13:35+02:15", 1795298315000ull);
    assert_parsed("1970-01-01T00:00Z", 0);
    assert_parsed("1969-12-31T23:59:59.999-00:01", 59999);
    assert_parsed("9999-12-31T23:59:59.999Z", 253402300799999ull);
}

static void parse__refuses_everything_else_and_leaves_the_result(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "2026-11-21",
        "2026-11-21T21:58",
        "2026-11-21T21:58:35",
        "2026-11-21 21:58:35Z",
        "2026-11-21t21:58:35Z",
        "2026-11-21T21:58:35z",
        "2026-11-21T21:58:35.1Z",
        "2026-11-21T21:58:35.1234Z",
        "2026-11-21T21:58:35.Z",
        "2026-11-21T21:58:35,123Z",
        "2026-11-21T21Z",
        "2026-11-21T24:00:00Z",
        "2026-11-21T21:60:00Z",
        "2026-11-21T21:58:60Z",
        "2026-11-21T21:58:35+0100",
        "2026-11-21T21:58:35+01",
        "2026-11-21T21:58:35+24:00",
        "2026-11-21T21:58:35+01:60",
        "2026-11-21T21:58:35Z ",
        " 2026-11-21T21:58:35Z",
        "2026-11-21T21:58:35Z+01:00",
        "2026-1-21T21:58:35Z",
        "26-11-21T21:58:35Z",
        "2026-00-21T21:58:35Z",
        "2026-13-21T21:58:35Z",
        "2026-11-00T21:58:35Z",
        "2026-11-31T21:58:35Z",
        "2026-02-29T21:58:35Z",
        "1900-02-29T00:00:00Z",
        "-026-11-21T21:58:35Z",
        "+2026-11-21T21:58:35Z",
        "1969-12-31T23:59:59.999Z", /* before 1970 */
        "1970-01-01T00:00:00+00:01",
        "0000-01-01T00:00:00Z",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        uint64_t unix_ms = 4711;
        if (hf_text_parse_time(hf_slice_str(bad[i]), &unix_ms) != HF_ERR_INVALID)
            fail_msg("accepted: %s", bad[i]);
        assert_true(unix_ms == 4711);
    }
}

static void parse__refuses_a_good_time_cut_at_any_byte(void **state)
{
    (void)state;
    static const char good[] = "2026-11-21T21:58:35.123+01:00";
    for (size_t len = 0; len + 1 < sizeof good; len++) {
        char part[sizeof good]; /* bytes of its own, so that a read past the end is seen */
        for (size_t i = 0; i < len; i++)
            part[i] = good[i];
        uint64_t unix_ms;
        assert_int_equal(hf_text_parse_time(hf_slice_of(part, len), &unix_ms), HF_ERR_INVALID);
    }
}

static void date__must_exist(void **state)
{
    (void)state;
    static const char *const good[] = {"2026-11-21", "2024-02-29", "2000-02-29",
                                       "0000-02-29", "9999-12-31", "2026-01-31"};
    static const char *const bad[] = {
        "",           "2026-02-29", "1900-02-29", "2026-04-31", "2026-11-2",   "2026-11-211", "2026/11/21", "20261121",
        "2026-00-01", "2026-13-01", "2026-01-00", "2026-01-32", "2026-11-21T", " 2026-11-21", "2O26-11-21"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_true(hf_text_is_date(hf_slice_str(good[i])));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(hf_text_is_date(hf_slice_str(bad[i])));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(time__is_written_in_utc_with_milliseconds),
        cmocka_unit_test(time__stands_still_at_the_end_of_the_year_9999),
        cmocka_unit_test(time__agrees_with_the_c_library_and_comes_back),
        cmocka_unit_test(parse__reads_every_allowed_form),
        cmocka_unit_test(parse__refuses_everything_else_and_leaves_the_result),
        cmocka_unit_test(parse__refuses_a_good_time_cut_at_any_byte),
        cmocka_unit_test(date__must_exist),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
