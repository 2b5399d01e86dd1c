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

bool hf_count_is_cut_off(struct hf_moment from, struct hf_count count)
{
    return !from.is_date && count.cutoff_minute >= 0 && hf_london_minute(from.ms) >= count.cutoff_minute;
}

/* `calendar` NULL: every day counts. `each` NULL: nobody looks on. */
static hf_day count_days(const struct hf_calendar *calendar, hf_day day, struct hf_count count,
                         hf_calendar_day_fn *each, void *ctx)
{
    const int32_t step = count.n < 0 ? -1 : 1;
    const int32_t all = count.n < 0 ? -count.n : count.n;
    int32_t found = 0;
    bool looked = !count.first_day_counts;
    while (found < all) {
        if (looked && (day + step < HF_DAY_FIRST || day + step > HF_DAY_LAST))
            break;
        day += looked ? step : 0;
        looked = true;
        const bool counts = !calendar || hf_calendar_is_working(calendar, day);
        found += counts ? 1 : 0;
        if (each)
            each(ctx, day, counts ? found : 0);
    }
    return day;
}

void hf_calendar_walk(const struct hf_calendar *calendar, struct hf_moment from, struct hf_count count,
                      hf_calendar_day_fn *each, void *ctx)
{
    const hf_day start = from.day + (hf_count_is_cut_off(from, count) ? 1 : 0);
    if (!within_limits(count))
        return;
    if (count.unit == HF_UNIT_CALENDAR_DAY)
        (void)count_days(NULL, start, count, each, ctx);
    if (count.unit == HF_UNIT_WORKING_DAY)
        (void)count_days(calendar, start, count, each, ctx);
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
    const hf_day start = from.day + (hf_count_is_cut_off(from, count) ? 1 : 0);
    hf_day day = start;
    bool beyond = false;
    if (!within_limits(count))
        return HF_ERR_LIMIT;
    switch (count.unit) {
    case HF_UNIT_HOUR:
        *out_beyond = false;
        return hours_on(from, count.n, out_due_ms);
    case HF_UNIT_CALENDAR_DAY:
        day = count_days(NULL, start, count, NULL, NULL);
        break;
    case HF_UNIT_WORKING_DAY:
        day = count_days(calendar, start, count, NULL, NULL);
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
