/* The half of core/base/text.h that deals with dates and times. */
#include "core/base/text.h"

#include <stdio.h>

#define DAY_MS      (24ll * 60 * 60 * 1000)
#define UNIX_MS_MAX 253402300799999ull /* 9999-12-31T23:59:59.999Z */

struct date {
    int year;
    int month;
    int day;
};

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_in_month(int year, int month)
{
    static const int days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

static bool date_exists(struct date date)
{
    return date.month >= 1 && date.month <= 12 && date.day >= 1 && date.day <= days_in_month(date.year, date.month);
}

/* Days since 1970-01-01 in the proleptic Gregorian calendar, counted in years that begin in March so that the leap
 * day comes last. */
static int64_t days_from_date(struct date date)
{
    int64_t year = date.month <= 2 ? date.year - 1 : date.year;
    int64_t month = (date.month + 9) % 12; /* March = 0 */
    int64_t leap_days = (year + 400) / 4 - (year + 400) / 100 + (year + 400) / 400 - 97;
    return year * 365 + leap_days + (153 * month + 2) / 5 + date.day - 1 - 719468;
}

static struct date date_from_days(int64_t days)
{
    struct date date = {.year = 1970, .month = 1, .day = 1};
    date.year += (int)(days / 366); /* never too late, at most 22 years too early */
    while (days_from_date((struct date){.year = date.year + 1, .month = 1, .day = 1}) <= days)
        date.year++;
    int64_t rest = days - days_from_date(date);
    while (rest >= days_in_month(date.year, date.month)) {
        rest -= days_in_month(date.year, date.month);
        date.month++;
    }
    date.day += (int)rest;
    return date;
}

void hf_text_time(uint64_t unix_ms, char out[HF_TIME_TEXT_BYTES])
{
    int64_t ms = (int64_t)(unix_ms < UNIX_MS_MAX ? unix_ms : UNIX_MS_MAX);
    struct date date = date_from_days(ms / DAY_MS);
    int rest = (int)(ms % DAY_MS);
    /* The ranges are known; the modulo tells the compiler that the text fits. */
    snprintf(out, HF_TIME_TEXT_BYTES, "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ", (unsigned)date.year % 10000u,
             (unsigned)date.month % 100u, (unsigned)date.day % 100u, (unsigned)rest / 3600000u % 24u,
             (unsigned)rest / 60000u % 60u, (unsigned)rest / 1000u % 60u, (unsigned)rest % 1000u);
}

/* Reads what is left of a text from the front; `bad` stays set after the first surprise. */
struct reader {
    struct hf_slice left;
    bool bad;
};

static bool next_is(const struct reader *reader, char wanted)
{
    return !reader->bad && reader->left.len > 0 && reader->left.data[0] == (uint8_t)wanted;
}

static void skip(struct reader *reader)
{
    reader->left = hf_slice_of(reader->left.data + 1, reader->left.len - 1);
}

static void read_mark(struct reader *reader, char wanted)
{
    if (next_is(reader, wanted))
        skip(reader);
    else
        reader->bad = true;
}

/* Exactly `digits` decimal digits, at most max; 0 after a surprise. */
static int read_number(struct reader *reader, int digits, int max)
{
    int value = 0;
    for (int i = 0; i < digits; i++) {
        if (reader->bad || reader->left.len == 0 || reader->left.data[0] < '0' || reader->left.data[0] > '9') {
            reader->bad = true;
            return 0;
        }
        value = value * 10 + (reader->left.data[0] - '0');
        skip(reader);
    }
    if (value > max)
        reader->bad = true;
    return reader->bad ? 0 : value;
}

static struct date read_date(struct reader *reader)
{
    struct date date = {.year = read_number(reader, 4, 9999)};
    read_mark(reader, '-');
    date.month = read_number(reader, 2, 12);
    read_mark(reader, '-');
    date.day = read_number(reader, 2, 31);
    if (reader->bad || !date_exists(date))
        reader->bad = true;
    return date;
}

/* hh:mm[:ss[.mmm]] in milliseconds since midnight. */
static int64_t read_time_of_day(struct reader *reader)
{
    int64_t ms = read_number(reader, 2, 23) * 3600000ll;
    read_mark(reader, ':');
    ms += read_number(reader, 2, 59) * 60000ll;
    if (!next_is(reader, ':'))
        return ms;
    skip(reader);
    ms += read_number(reader, 2, 59) * 1000ll;
    if (!next_is(reader, '.'))
        return ms;
    skip(reader);
    return ms + read_number(reader, 3, 999);
}

/* Z or ±hh:mm in milliseconds to subtract. */
static int64_t read_offset(struct reader *reader)
{
    if (next_is(reader, 'Z')) {
        skip(reader);
        return 0;
    }
    bool west = next_is(reader, '-');
    read_mark(reader, west ? '-' : '+');
    int64_t ms = read_number(reader, 2, 23) * 3600000ll;
    read_mark(reader, ':');
    ms += read_number(reader, 2, 59) * 60000ll;
    return west ? -ms : ms;
}

enum hf_status hf_text_parse_time(struct hf_slice text, uint64_t *out_unix_ms)
{
    struct reader reader = {.left = text};
    struct date date = read_date(&reader);
    read_mark(&reader, 'T');
    int64_t ms = read_time_of_day(&reader);
    ms -= read_offset(&reader);
    if (reader.bad || reader.left.len > 0)
        return HF_ERR_INVALID;

    ms += days_from_date(date) * DAY_MS;
    if (ms < 0)
        return HF_ERR_INVALID; /* before 1970: not a moment this program can name */
    *out_unix_ms = (uint64_t)ms;
    return HF_OK;
}

bool hf_text_is_date(struct hf_slice text)
{
    struct reader reader = {.left = text};
    (void)read_date(&reader);
    return !reader.bad && reader.left.len == 0;
}
