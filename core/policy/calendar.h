/* Working days and deadlines. A calendar is a data file (policies/calendars/): the days that are no working days
 * although they fall on Monday to Friday, and the span for which they were published. No formula gives them (some are
 * set by proclamation), so a deadline in working days that leaves the span says so instead of guessing. Immutable after
 * loading: thread-safe. */
#ifndef HF_CORE_POLICY_CALENDAR_H
#define HF_CORE_POLICY_CALENDAR_H

#include "core/policy/day.h"

#define HF_CALENDAR_HOLIDAYS_MAX 2000
#define HF_COUNT_DAYS_MAX        3660 /* in days of either kind */
#define HF_COUNT_MONTHS_MAX      1200
#define HF_COUNT_HOURS_MAX       87600
#define HF_CUTOFF_NONE           (-1)

struct hf_calendar;

/* From JSON: "calendar" (its name), "version", "covers_from", "covers_until", "weekend" (1 Monday … 7 Sunday),
 * "holidays" [{"on", "name"} …] in ascending order; other keys are kept by whoever holds the file. HF_ERR_INVALID and
 * HF_ERR_LIMIT with text that names the key, HF_ERR_NOMEM. *out is freed by the caller. */
HF_CHECKED enum hf_status hf_calendar_load(struct hf_slice bytes, struct hf_calendar **out, struct hf_error *err);
void hf_calendar_free(struct hf_calendar *calendar);
const char *hf_calendar_name(const struct hf_calendar *calendar);
const char *hf_calendar_version(const struct hf_calendar *calendar);
hf_day hf_calendar_covers_from(const struct hf_calendar *calendar);
hf_day hf_calendar_covers_until(const struct hf_calendar *calendar);
bool hf_calendar_is_working(const struct hf_calendar *calendar, hf_day day);
/* Why a day is no working day: "Saturday", or the name of the holiday; "" for a working day. */
const char *hf_calendar_why_not(const struct hf_calendar *calendar, hf_day day);

enum hf_unit { HF_UNIT_HOUR, HF_UNIT_CALENDAR_DAY, HF_UNIT_WORKING_DAY, HF_UNIT_MONTH, HF_UNIT_COUNT };
const char *hf_unit_name(enum hf_unit unit); /* "working_day"; never NULL */
/* The unit of that name, or HF_UNIT_COUNT. */
enum hf_unit hf_unit_named(const char *name);

/* A point that is known to the day (a date) or to the millisecond. */
struct hf_moment {
    bool is_date;
    hf_day day;  /* in London, for both */
    uint64_t ms; /* of a date: the first millisecond of the day */
};
struct hf_moment hf_moment_at(uint64_t unix_ms);
struct hf_moment hf_moment_on(hf_day day);
/* a < b, 0, a > b; by days when either is a date. */
int hf_moment_compare(struct hf_moment a, struct hf_moment b);

struct hf_count {
    int32_t n; /* negative counts back */
    enum hf_unit unit;
    bool first_day_counts; /* day 0 is day 1, when it is a day of that unit */
    int32_t cutoff_minute; /* a time at or after this minute of the London day counts as the next day; HF_CUTOFF_NONE */
};
/* When a limit ends. Hours run from the instant (of a date: from the start of its day). Days and months are London
 * days and the limit is the last millisecond of the day they lead to; counting starts on the following day, or the
 * following working day. *out_beyond: working days were counted outside the calendar's span, so the answer may be
 * early. HF_ERR_LIMIT when n is beyond the limits above or the result beyond HF_DAY_LAST. */
HF_CHECKED enum hf_status hf_calendar_due(const struct hf_calendar *calendar, struct hf_moment from,
                                          struct hf_count count, uint64_t *out_due_ms, bool *out_beyond);
/* The same count, day by day: calls each for every day that is looked at, in the order of counting, with how many count
 * so far, or 0 when this one does not. Only for units of days; nothing for others. */
typedef void hf_calendar_day_fn(void *ctx, hf_day day, int32_t number);
void hf_calendar_walk(const struct hf_calendar *calendar, struct hf_moment from, struct hf_count count,
                      hf_calendar_day_fn *each, void *ctx);
/* True when the moment is late enough in its day to count as of the next. */
bool hf_count_is_cut_off(struct hf_moment from, struct hf_count count);

#endif
