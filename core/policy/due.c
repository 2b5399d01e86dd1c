/* Counting: from a moment, n units on. */
#include "core/base/assert.h"
#include "core/policy/calendar.h"

struct hf_moment hf_moment_at(uint64_t unix_ms)
{
    return (struct hf_moment){.is_date = false, .day = hf_london_day(unix_ms), .ms = unix_ms};
}

struct hf_moment hf_moment_on(hf_day day)
{
    return (struct hf_moment){.is_date = true, .day = day, .ms = hf_london_day_start(day)};
}

int hf_moment_compare(struct hf_moment a, struct hf_moment b)
{
    if (a.is_date || b.is_date)
        return (a.day > b.day) - (a.day < b.day);
    return (a.ms > b.ms) - (a.ms < b.ms);
}

static bool within_limits(struct hf_count count)
{
    static const int32_t limits[HF_UNIT_COUNT] = {HF_COUNT_HOURS_MAX, HF_COUNT_DAYS_MAX, HF_COUNT_DAYS_MAX,
                                                  HF_COUNT_MONTHS_MAX};
    return count.n >= -limits[count.unit] && count.n <= limits[count.unit];
}

static bool past_cutoff(struct hf_moment from, struct hf_count count)
{
    return !from.is_date && count.cutoff_minute >= 0 && hf_london_minute(from.ms) >= count.cutoff_minute;
}

static hf_day count_working(const struct hf_calendar *calendar, hf_day day, int32_t n, bool first_counts)
{
    const int32_t step = n < 0 ? -1 : 1;
    int32_t left = n < 0 ? -n : n;
    if (first_counts && left > 0 && hf_calendar_is_working(calendar, day))
        left--;
    while (left > 0 && day + step >= HF_DAY_FIRST && day + step <= HF_DAY_LAST) {
        day += step;
        left -= hf_calendar_is_working(calendar, day) ? 1 : 0;
    }
    return day;
}

static hf_day count_days(int32_t day, int32_t n, bool first_counts)
{
    const int32_t less = first_counts && n != 0 ? (n < 0 ? -1 : 1) : 0;
    return day + n - less;
}

static enum hf_status hours_on(struct hf_moment from, int32_t n, uint64_t *out_due_ms)
{
    const uint64_t span = (uint64_t)(n < 0 ? -n : n) * HF_HOUR_MS;
    if (n < 0 && span > from.ms)
        return HF_ERR_LIMIT;
    *out_due_ms = n < 0 ? from.ms - span : from.ms + span;
    return HF_OK;
}

enum hf_status hf_calendar_due(const struct hf_calendar *calendar, struct hf_moment from, struct hf_count count,
                               uint64_t *out_due_ms, bool *out_beyond)
{
    HF_ASSERT(count.unit < HF_UNIT_COUNT);
    const hf_day start = from.day + (past_cutoff(from, count) ? 1 : 0);
    hf_day day = start;
    bool beyond = false;
    if (!within_limits(count))
        return HF_ERR_LIMIT;
    switch (count.unit) {
    case HF_UNIT_HOUR:
        *out_beyond = false;
        return hours_on(from, count.n, out_due_ms);
    case HF_UNIT_CALENDAR_DAY:
        day = count_days(start, count.n, count.first_day_counts);
        break;
    case HF_UNIT_WORKING_DAY:
        day = count_working(calendar, start, count.n, count.first_day_counts);
        beyond = (day > start ? day : start) > hf_calendar_covers_until(calendar) ||
                 (day < start ? day : start) < hf_calendar_covers_from(calendar);
        break;
    case HF_UNIT_MONTH:
        day = hf_day_add_months(start, count.n);
        break;
    default:
        break;
    }
    if (day < HF_DAY_FIRST || day >= HF_DAY_LAST)
        return HF_ERR_LIMIT;
    *out_due_ms = hf_london_day_start(day + 1) - 1;
    *out_beyond = beyond;
    return HF_OK;
}
