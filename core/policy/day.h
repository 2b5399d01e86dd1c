/* Days and the clock in England: the civil calendar, and Europe/London with its summer time. Pure integers, no tables
 * of the machine, so that a phone and the office get the same answer.
 *
 * Summer time (UTC+1) runs from 01:00 UTC on the last Sunday of March to 01:00 UTC on the last Sunday of October: the
 * Summer Time Act 1972 as amended by the Summer Time Order 2002 (SI 2002/262), and the same rule since 1996. For
 * earlier years the rule is applied as it stands, which no record of this century notices. */
#ifndef HF_CORE_POLICY_DAY_H
#define HF_CORE_POLICY_DAY_H

#include "core/base/bytes.h"

typedef int32_t hf_day; /* days since 1970-01-01 */

#define HF_DAY_FIRST       0       /* 1970-01-01 */
#define HF_DAY_LAST        2932896 /* 9999-12-31 */
#define HF_DAY_MS          UINT64_C(86400000)
#define HF_HOUR_MS         UINT64_C(3600000)
#define HF_DATE_BYTES      10
#define HF_DATE_TEXT_BYTES 11

struct hf_civil {
    int32_t year;
    int32_t month; /* 1..12 */
    int32_t day;   /* 1..31 */
};

struct hf_civil hf_day_civil(hf_day day);
/* The day must exist; see hf_day_month_length. */
hf_day hf_day_of(struct hf_civil civil);
int32_t hf_day_month_length(int32_t year, int32_t month);
/* 1 Monday … 7 Sunday. */
int32_t hf_day_weekday(hf_day day);
/* The same day of the month n months on (n may be negative); the last day of that month when it has no such day:
 * 31 January + 1 month = 28 or 29 February. Kept within HF_DAY_FIRST and HF_DAY_LAST. */
hf_day hf_day_add_months(hf_day day, int32_t n);
/* YYYY-MM-DD from 1970 on. HF_ERR_INVALID. */
HF_CHECKED enum hf_status hf_day_parse(struct hf_slice text, hf_day *out_day);
void hf_day_format(hf_day day, char out[HF_DATE_TEXT_BYTES]);

/* Europe/London. Times are Unix milliseconds UTC, at most 9999-12-31T23:59:59.999Z. */
bool hf_london_is_summer(uint64_t unix_ms);
/* The day it is in London, and the minute of that day (0..1439). */
hf_day hf_london_day(uint64_t unix_ms);
int32_t hf_london_minute(uint64_t unix_ms);
/* First millisecond of a London day. The last is the first of the next less one: a day has 23, 24 or 25 hours. */
uint64_t hf_london_day_start(hf_day day);

#endif
