#include "core/policy/calendar.h"
#include "tests/policy/support_policy.h"

#include <stdio.h>
#include <string.h>

static struct hf_calendar *calendar;

static int load(void **state)
{
    (void)state;
    calendar = load_calendar();
    return 0;
}

static int unload(void **state)
{
    (void)state;
    hf_calendar_free(calendar);
    return 0;
}

static hf_day day_of(const char *text)
{
    hf_day day = 0;
    assert_ok(hf_day_parse(hf_slice_str(text), &day));
    return day;
}

static struct hf_moment moment_of(const char *text)
{
    return strlen(text) == HF_DATE_BYTES ? hf_moment_on(day_of(text)) : hf_moment_at(time_of(text));
}

static struct hf_count count_of(int32_t n, enum hf_unit unit)
{
    return (struct hf_count){.n = n, .unit = unit, .cutoff_minute = HF_CUTOFF_NONE};
}

/* The limit is the last millisecond of `wanted`. */
static void assert_due(const char *from, struct hf_count count, const char *wanted)
{
    uint64_t due = 0;
    bool beyond = true;
    char text[HF_DATE_TEXT_BYTES];
    assert_ok(hf_calendar_due(calendar, moment_of(from), count, &due, &beyond));
    hf_day_format(hf_london_day(due), text);
    assert_string_equal(text, wanted);
    assert_int_equal(hf_london_day(due + 1), hf_london_day(due) + 1);
    assert_false(beyond);
}

static void working_days__skip_weekends_and_bank_holidays(void **state)
{
    (void)state;
    const struct hf_count two = count_of(2, HF_UNIT_WORKING_DAY);
    const struct hf_count five = count_of(5, HF_UNIT_WORKING_DAY);
    assert_due("2026-12-23T10:00:00Z", two, "2026-12-29");
    assert_due("2026-12-24T10:00:00Z", two, "2026-12-30");
    assert_due("2026-12-24T10:00:00Z", five, "2027-01-05");
    assert_due("2026-12-24T10:00:00Z", count_of(5, HF_UNIT_CALENDAR_DAY), "2026-12-29");
    assert_due("2027-03-25T10:00:00Z", two, "2027-03-31");
    assert_due("2026-12-24", five, "2027-01-05");
    assert_due("2026-11-20T10:00:00Z", two, "2026-11-24"); /* a Friday */
    assert_due("2026-11-21T10:00:00Z", two, "2026-11-24"); /* the Saturday after */
    assert_due("2024-02-27", two, "2024-02-29");           /* a leap day */
    assert_due("2027-12-24", two, "2027-12-30");           /* 27 and 28 December are substitutes */
}

static void working_days__count_the_first_day_only_when_told_to(void **state)
{
    (void)state;
    struct hf_count count = count_of(2, HF_UNIT_WORKING_DAY);
    count.first_day_counts = true;
    assert_due("2026-11-17", count, "2026-11-18");
    assert_due("2026-11-21", count, "2026-11-24"); /* a Saturday is no working day, first or not */
    count.first_day_counts = false;
    assert_due("2026-11-17", count, "2026-11-19");
    assert_due("2026-11-17", count_of(0, HF_UNIT_WORKING_DAY), "2026-11-17");
}

static void working_days__count_back_as_well(void **state)
{
    (void)state;
    assert_due("2027-01-05", count_of(-2, HF_UNIT_WORKING_DAY), "2026-12-31");
    assert_due("2027-01-05", count_of(-5, HF_UNIT_CALENDAR_DAY), "2026-12-31");
}

static void late_evening__counts_as_the_next_day_when_an_hour_is_set(void **state)
{
    (void)state;
    struct hf_count count = count_of(2, HF_UNIT_WORKING_DAY);
    count.cutoff_minute = 17 * 60;
    assert_due("2026-11-17T16:59:59Z", count, "2026-11-19");
    assert_due("2026-11-17T17:00:00Z", count, "2026-11-20");
    assert_due("2026-07-01T15:59:00Z", count, "2026-07-03"); /* 16:59 in London */
    assert_due("2026-07-01T16:00:00Z", count, "2026-07-06"); /* 17:00 in London, a Wednesday */
    assert_due("2026-11-17", count, "2026-11-19");           /* a date has no hour */
}

static void limits__never_come_earlier_for_what_began_later(void **state)
{
    (void)state;
    struct hf_count count = count_of(2, HF_UNIT_WORKING_DAY);
    for (int32_t hour = HF_CUTOFF_NONE; hour <= 18; hour += 19) {
        uint64_t before = 0;
        count.cutoff_minute = hour < 0 ? HF_CUTOFF_NONE : hour * 60;
        for (uint64_t at = time_of("2026-12-01T00:00:00Z"); at < time_of("2027-06-01T00:00:00Z"); at += HF_HOUR_MS) {
            uint64_t due = 0;
            bool beyond = false;
            assert_ok(hf_calendar_due(calendar, hf_moment_at(at), count, &due, &beyond));
            assert_true(due >= before && due > at);
            before = due;
        }
    }
}

static void clock_changes__leave_days_whole_and_hours_exact(void **state)
{
    (void)state;
    uint64_t due = 0;
    bool beyond = false;
    /* 25 October 2026 has 25 hours in London. */
    assert_ok(
        hf_calendar_due(calendar, moment_of("2026-10-24T12:00:00Z"), count_of(1, HF_UNIT_CALENDAR_DAY), &due, &beyond));
    assert_int_equal(due, time_of("2026-10-25T23:59:59.999Z"));
    assert_ok(
        hf_calendar_due(calendar, moment_of("2026-03-28T12:00:00Z"), count_of(1, HF_UNIT_CALENDAR_DAY), &due, &beyond));
    assert_int_equal(due, time_of("2026-03-29T22:59:59.999Z"));
    assert_ok(hf_calendar_due(calendar, moment_of("2026-10-24T12:00:00Z"), count_of(24, HF_UNIT_HOUR), &due, &beyond));
    assert_int_equal(due, time_of("2026-10-25T12:00:00Z"));
    /* 23:30 UTC in July is the next day in London. */
    assert_due("2026-07-01T23:30:00Z", count_of(1, HF_UNIT_CALENDAR_DAY), "2026-07-03");
}

static void months__keep_the_day_or_take_the_last(void **state)
{
    (void)state;
    assert_due("2026-11-24", count_of(3, HF_UNIT_MONTH), "2027-02-24");
    assert_due("2026-11-30", count_of(3, HF_UNIT_MONTH), "2027-02-28");
}

static void limits__beyond_the_calendar_are_marked(void **state)
{
    (void)state;
    uint64_t due = 0;
    bool beyond = false;
    assert_ok(hf_calendar_due(calendar, moment_of("2027-12-31"), count_of(2, HF_UNIT_WORKING_DAY), &due, &beyond));
    assert_true(beyond);
    assert_ok(hf_calendar_due(calendar, moment_of("2023-12-29"), count_of(2, HF_UNIT_WORKING_DAY), &due, &beyond));
    assert_true(beyond);
    /* Days of the week and months do not hang on the calendar. */
    assert_ok(hf_calendar_due(calendar, moment_of("2027-12-31"), count_of(2, HF_UNIT_CALENDAR_DAY), &due, &beyond));
    assert_false(beyond);
}

static void limits__that_no_calendar_reaches_are_refused(void **state)
{
    (void)state;
    uint64_t due = 5;
    bool beyond = false;
    assert_int_equal(hf_calendar_due(calendar, moment_of("2027-01-01"),
                                     count_of(HF_COUNT_DAYS_MAX + 1, HF_UNIT_WORKING_DAY), &due, &beyond),
                     HF_ERR_LIMIT);
    assert_int_equal(
        hf_calendar_due(calendar, moment_of("9999-12-30"), count_of(5, HF_UNIT_CALENDAR_DAY), &due, &beyond),
        HF_ERR_LIMIT);
    assert_int_equal(due, 5);
}

static void assert_refused(const char *json, const char *says)
{
    struct hf_calendar *none = NULL;
    struct hf_error err = {0};
    assert_int_not_equal(hf_calendar_load(hf_slice_str(json), &none, &err), HF_OK);
    assert_null(none);
    if (!strstr(err.text, says))
        fail_msg("\"%s\" does not say \"%s\"", err.text, says);
}

#define HEAD "{\"calendar\":\"x\",\"version\":\"1\",\"covers_from\":\"2026-01-01\",\"covers_until\":\"2026-12-31\","

static void calendar_files__are_checked(void **state)
{
    (void)state;
    assert_refused("[]", "{ … }");
    assert_refused("{\"calendar\":\"x\"}", "version");
    assert_refused(HEAD "\"weekend\":[0],\"holidays\":[]}", "weekend");
    assert_refused(HEAD "\"weekend\":[1,2,3,4,5,6,7],\"holidays\":[]}", "every day");
    assert_refused(HEAD "\"weekend\":[6,7],\"holidays\":[{\"on\":\"2026-02-30\"}]}", "holidays[0]");
    assert_refused(HEAD "\"weekend\":[6,7],\"holidays\":[{\"on\":\"2027-01-01\"}]}", "outside");
    assert_refused(HEAD "\"weekend\":[6,7],\"holidays\":[{\"on\":\"2026-02-03\"},{\"on\":\"2026-02-03\"}]}", "later");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(working_days__skip_weekends_and_bank_holidays),
        cmocka_unit_test(working_days__count_the_first_day_only_when_told_to),
        cmocka_unit_test(working_days__count_back_as_well),
        cmocka_unit_test(late_evening__counts_as_the_next_day_when_an_hour_is_set),
        cmocka_unit_test(limits__never_come_earlier_for_what_began_later),
        cmocka_unit_test(clock_changes__leave_days_whole_and_hours_exact),
        cmocka_unit_test(months__keep_the_day_or_take_the_last),
        cmocka_unit_test(limits__beyond_the_calendar_are_marked),
        cmocka_unit_test(limits__that_no_calendar_reaches_are_refused),
        cmocka_unit_test(calendar_files__are_checked),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
