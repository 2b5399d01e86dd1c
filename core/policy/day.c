#include "core/policy/day.h"

#include <stdio.h>
#include <string.h>

#define FIRST_YEAR        1970
#define LAST_YEAR         9999
#define MONTHS_OF_YEAR    12
#define DAYS_OF_WEEK      7
#define EPOCH_WEEKDAY     4 /* 1970-01-01 was a Thursday */
#define DAYS_OF_400_YEARS 146097
#define DAYS_TO_EPOCH     719468 /* from 0000-03-01 */
#define MARCH             3
#define OCTOBER           10
#define MINUTE_MS         UINT64_C(60000)
#define DECIMAL           10

/* The count of days starts each year on 1 March, so that a leap day is the last of its year. */
struct hf_civil hf_day_civil(hf_day day)
{
    const int32_t days = day + DAYS_TO_EPOCH;
    const int32_t era = days / DAYS_OF_400_YEARS;
    const int32_t of_era = days % DAYS_OF_400_YEARS;
    const int32_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    const int32_t of_year = of_era - (365 * year + year / 4 - year / 100);
    const int32_t from_march = (5 * of_year + 2) / 153;
    struct hf_civil civil;
    civil.day = of_year - (153 * from_march + 2) / 5 + 1;
    civil.month = from_march < DECIMAL ? from_march + MARCH : from_march - 9;
    civil.year = year + era * 400 + (civil.month < MARCH ? 1 : 0);
    return civil;
}

hf_day hf_day_of(struct hf_civil civil)
{
    const int32_t year = civil.year - (civil.month < MARCH ? 1 : 0);
    const int32_t era = year / 400;
    const int32_t of_era_year = year % 400;
    const int32_t from_march = civil.month + (civil.month < MARCH ? 9 : -3);
    const int32_t of_year = (153 * from_march + 2) / 5 + civil.day - 1;
    const int32_t of_era = of_era_year * 365 + of_era_year / 4 - of_era_year / 100 + of_year;
    return era * DAYS_OF_400_YEARS + of_era - DAYS_TO_EPOCH;
}

int32_t hf_day_month_length(int32_t year, int32_t month)
{
    static const int8_t lengths[MONTHS_OF_YEAR] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return lengths[month - 1] + (month == 2 && leap ? 1 : 0);
}

int32_t hf_day_weekday(hf_day day)
{
    return (day + EPOCH_WEEKDAY - 1) % DAYS_OF_WEEK + 1;
}

hf_day hf_day_add_months(hf_day day, int32_t n)
{
    struct hf_civil civil = hf_day_civil(day);
    const int32_t months = civil.year * MONTHS_OF_YEAR + civil.month - 1 + n;
    if (months < FIRST_YEAR * MONTHS_OF_YEAR)
        return HF_DAY_FIRST;
    if (months >= (LAST_YEAR + 1) * MONTHS_OF_YEAR)
        return HF_DAY_LAST;
    civil.year = months / MONTHS_OF_YEAR;
    civil.month = months % MONTHS_OF_YEAR + 1;
    const int32_t length = hf_day_month_length(civil.year, civil.month);
    civil.day = civil.day < length ? civil.day : length;
    return hf_day_of(civil);
}

static bool digits(const uint8_t *at, size_t count, int32_t *out)
{
    int32_t value = 0;
    for (size_t i = 0; i < count; i++) {
        if (at[i] < '0' || at[i] > '9')
            return false;
        value = value * DECIMAL + (at[i] - '0');
    }
    *out = value;
    return true;
}

enum hf_status hf_day_parse(struct hf_slice text, hf_day *out_day)
{
    struct hf_civil civil;
    if (text.len != HF_DATE_BYTES || text.data[4] != '-' || text.data[7] != '-')
        return HF_ERR_INVALID;
    if (!digits(text.data, 4, &civil.year) || !digits(text.data + 5, 2, &civil.month) ||
        !digits(text.data + 8, 2, &civil.day))
        return HF_ERR_INVALID;
    if (civil.year < FIRST_YEAR || civil.month < 1 || civil.month > MONTHS_OF_YEAR || civil.day < 1 ||
        civil.day > hf_day_month_length(civil.year, civil.month))
        return HF_ERR_INVALID;
    *out_day = hf_day_of(civil);
    return HF_OK;
}

void hf_day_format(hf_day day, char out[HF_DATE_TEXT_BYTES])
{
    const struct hf_civil civil = hf_day_civil(day);
    int32_t parts[HF_DATE_BYTES] = {civil.year / 1000,
                                    civil.year / 100,
                                    civil.year / DECIMAL,
                                    civil.year,
                                    -1,
                                    civil.month / DECIMAL,
                                    civil.month,
                                    -1,
                                    civil.day / DECIMAL,
                                    civil.day};
    for (size_t i = 0; i < HF_DATE_BYTES; i++)
        out[i] = (char)(parts[i] < 0 ? '-' : '0' + parts[i] % DECIMAL);
    out[HF_DATE_BYTES] = '\0';
}

static uint64_t last_sunday_one_utc(int32_t year, int32_t month)
{
    hf_day day = hf_day_of((struct hf_civil){year, month, hf_day_month_length(year, month)});
    day -= hf_day_weekday(day) % DAYS_OF_WEEK;
    return (uint64_t)day * HF_DAY_MS + HF_HOUR_MS;
}

bool hf_london_is_summer(uint64_t unix_ms)
{
    const int32_t year = hf_day_civil((hf_day)(unix_ms / HF_DAY_MS)).year;
    return unix_ms >= last_sunday_one_utc(year, MARCH) && unix_ms < last_sunday_one_utc(year, OCTOBER);
}

static uint64_t london_ms(uint64_t unix_ms)
{
    return unix_ms + (hf_london_is_summer(unix_ms) ? HF_HOUR_MS : 0);
}

hf_day hf_london_day(uint64_t unix_ms)
{
    return (hf_day)(london_ms(unix_ms) / HF_DAY_MS);
}

int32_t hf_london_minute(uint64_t unix_ms)
{
    return (int32_t)(london_ms(unix_ms) % HF_DAY_MS / MINUTE_MS);
}

/* The clock never changes at midnight: whether it is summer at 00:00 London time can be asked an hour before in UTC. */
uint64_t hf_london_day_start(hf_day day)
{
    const uint64_t midnight = (uint64_t)day * HF_DAY_MS;
    return midnight >= HF_HOUR_MS && hf_london_is_summer(midnight - HF_HOUR_MS) ? midnight - HF_HOUR_MS : midnight;
}
