#include "core/policy/day.h"
#include "tests/policy/support_policy.h"

#include <string.h>

static hf_day day_of(const char *text)
{
    hf_day day = 0;
    assert_ok(hf_day_parse(hf_slice_str(text), &day));
    return day;
}

static void days__every_day_comes_back_as_it_was(void **state)
{
    (void)state;
    struct hf_civil before = hf_day_civil(HF_DAY_FIRST);
    assert_int_equal(before.year, 1970);
    for (hf_day day = HF_DAY_FIRST + 1; day <= HF_DAY_LAST; day++) {
        const struct hf_civil civil = hf_day_civil(day);
        const bool new_month = civil.day == 1;
        assert_int_equal(hf_day_of(civil), day);
        assert_true(new_month ? before.day == hf_day_month_length(before.year, before.month)
                              : civil.day == before.day + 1);
        before = civil;
    }
    assert_int_equal(before.year, 9999);
    assert_int_equal(before.month, 12);
    assert_int_equal(before.day, 31);
}

static void days__weekdays_and_leap_days_are_right(void **state)
{
    (void)state;
    assert_int_equal(hf_day_weekday(day_of("1970-01-01")), 4);
    assert_int_equal(hf_day_weekday(day_of("2000-02-29")), 2);
    assert_int_equal(hf_day_weekday(day_of("2026-11-21")), 6);
    assert_int_equal(hf_day_weekday(day_of("2028-02-29")), 2);
    assert_int_equal(hf_day_month_length(2000, 2), 29);
    assert_int_equal(hf_day_month_length(2100, 2), 28);
    assert_int_equal(hf_day_month_length(2024, 2), 29);
}

static void days__dates_that_do_not_exist_are_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"2026-02-29", "2026-13-01", "2026-00-10", "2026-04-31", "1969-12-31",
                                        "2026-1-01",  "2026/01/01", "",           "2026-01-0x", "02026-01-01"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        hf_day day = 77;
        assert_int_equal(hf_day_parse(hf_slice_str(wrong[i]), &day), HF_ERR_INVALID);
        assert_int_equal(day, 77);
    }
}

static void assert_months(const char *from, int32_t n, const char *wanted)
{
    char text[HF_DATE_TEXT_BYTES];
    hf_day_format(hf_day_add_months(day_of(from), n), text);
    assert_string_equal(text, wanted);
}

static void months__end_with_the_last_day_of_a_shorter_month(void **state)
{
    (void)state;
    assert_months("2026-11-19", 3, "2027-02-19");
    assert_months("2026-11-30", 3, "2027-02-28");
    assert_months("2027-11-30", 3, "2028-02-29");
    assert_months("2027-01-31", 1, "2027-02-28");
    assert_months("2028-02-29", 12, "2029-02-28");
    assert_months("2027-03-31", -1, "2027-02-28");
    assert_months("2027-01-15", -1, "2026-12-15");
    assert_months("1970-01-15", -1, "1970-01-01");
    assert_months("9999-12-15", 1, "9999-12-31");
}

/* Last Sundays: 29 March and 25 October 2026, 28 March and 31 October 2027, 26 March and 29 October 2028. */
static void london__clocks_change_at_one_utc_on_the_last_sunday(void **state)
{
    (void)state;
    static const char *const changes[][2] = {{"2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z"},
                                             {"2027-03-28T01:00:00Z", "2027-10-31T01:00:00Z"},
                                             {"2028-03-26T01:00:00Z", "2028-10-29T01:00:00Z"}};
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        const uint64_t forward = time_of(changes[i][0]);
        const uint64_t back = time_of(changes[i][1]);
        assert_false(hf_london_is_summer(forward - 1));
        assert_true(hf_london_is_summer(forward));
        assert_true(hf_london_is_summer(back - 1));
        assert_false(hf_london_is_summer(back));
    }
}

static void london__days_begin_at_local_midnight_and_have_23_to_25_hours(void **state)
{
    (void)state;
    assert_int_equal(hf_london_day_start(day_of("2026-11-21")), time_of("2026-11-21T00:00:00Z"));
    assert_int_equal(hf_london_day_start(day_of("2026-07-01")), time_of("2026-06-30T23:00:00Z"));
    assert_int_equal(hf_london_day_start(day_of("2026-03-29")), time_of("2026-03-29T00:00:00Z"));
    assert_int_equal(hf_london_day_start(day_of("2026-03-30")), time_of("2026-03-29T23:00:00Z"));
    assert_int_equal(hf_london_day_start(day_of("2026-10-25")), time_of("2026-10-24T23:00:00Z"));
    assert_int_equal(hf_london_day_start(day_of("2026-10-26")), time_of("2026-10-26T00:00:00Z"));
    for (hf_day day = day_of("2026-01-01"); day < day_of("2029-01-01"); day++) {
        const uint64_t start = hf_london_day_start(day);
        const uint64_t next = hf_london_day_start(day + 1);
        assert_int_equal(hf_london_day(start), day);
        assert_int_equal(hf_london_day(next - 1), day);
        assert_int_equal(hf_london_minute(start), 0);
        assert_in_range(next - start, 23 * HF_HOUR_MS, 25 * HF_HOUR_MS);
    }
    assert_int_equal(hf_london_minute(time_of("2026-07-01T16:30:00Z")), 17 * 60 + 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days__every_day_comes_back_as_it_was),
        cmocka_unit_test(days__weekdays_and_leap_days_are_right),
        cmocka_unit_test(days__dates_that_do_not_exist_are_refused),
        cmocka_unit_test(months__end_with_the_last_day_of_a_shorter_month),
        cmocka_unit_test(london__clocks_change_at_one_utc_on_the_last_sunday),
        cmocka_unit_test(london__days_begin_at_local_midnight_and_have_23_to_25_hours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
