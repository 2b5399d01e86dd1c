#include "core/policy/calendar.h"

#include "core/json/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_BYTES_MAX 64
#define WEEK_DAYS      7

struct hf_calendar {
    char name[NAME_BYTES_MAX + 1];
    char version[NAME_BYTES_MAX + 1];
    hf_day from;
    hf_day until;
    bool weekend[WEEK_DAYS + 1];
    size_t holiday_count;
    struct holiday {
        hf_day day;
        char name[NAME_BYTES_MAX + 1];
    } * holidays; /* ascending */
};

static const char *const unit_names[HF_UNIT_COUNT] = {"hour", "calendar_day", "working_day", "month"};

const char *hf_unit_name(enum hf_unit unit)
{
    return unit < HF_UNIT_COUNT ? unit_names[unit] : "unknown";
}

enum hf_unit hf_unit_named(const char *name)
{
    for (int i = 0; i < HF_UNIT_COUNT; i++)
        if (strcmp(unit_names[i], name) == 0)
            return (enum hf_unit)i;
    return HF_UNIT_COUNT;
}

static enum hf_status get_day(const json_t *object, const char *key, hf_day *out, struct hf_error *err)
{
    const char *text = NULL;
    enum hf_status status = hf_json_get_text(object, key, HF_DATE_BYTES, &text, err);
    if (status != HF_OK)
        return status;
    if (hf_day_parse(hf_slice_str(text), out) != HF_OK)
        return hf_error_set(err, HF_ERR_INVALID, "\"%s\" must be a date such as 2026-12-25.", key);
    return HF_OK;
}

static enum hf_status get_name(const json_t *object, const char *key, char out[NAME_BYTES_MAX + 1],
                               struct hf_error *err)
{
    const char *text = NULL;
    enum hf_status status = hf_json_get_text(object, key, NAME_BYTES_MAX, &text, err);
    if (status == HF_OK)
        memcpy(out, text, strlen(text) + 1);
    return status;
}

static enum hf_status read_weekend(struct hf_calendar *calendar, const json_t *document, struct hf_error *err)
{
    json_t *days = NULL;
    enum hf_status status = hf_json_get_array(document, "weekend", &days, err);
    if (status != HF_OK)
        return status;
    for (size_t i = 0; i < json_array_size(days); i++) {
        const json_t *day = json_array_get(days, i);
        const json_int_t value = json_is_integer(day) ? json_integer_value(day) : 0;
        if (value < 1 || value > WEEK_DAYS)
            return hf_error_set(err, HF_ERR_INVALID, "\"weekend\" lists days as 1 (Monday) to 7 (Sunday).");
        calendar->weekend[value] = true;
    }
    for (size_t i = 1; i <= WEEK_DAYS; i++)
        if (!calendar->weekend[i])
            return HF_OK;
    return hf_error_set(err, HF_ERR_INVALID, "\"weekend\" names every day of the week: none is left for work.");
}

static enum hf_status read_holidays(struct hf_calendar *calendar, const json_t *document, struct hf_error *err)
{
    json_t *list = NULL;
    enum hf_status status = hf_json_get_array(document, "holidays", &list, err);
    if (status != HF_OK)
        return status;
    const size_t count = json_array_size(list);
    if (count > HF_CALENDAR_HOLIDAYS_MAX)
        return hf_error_set(err, HF_ERR_LIMIT, "\"holidays\" lists %zu days; at most %d fit.", count,
                            HF_CALENDAR_HOLIDAYS_MAX);
    calendar->holidays = calloc(count + 1, sizeof *calendar->holidays);
    if (!calendar->holidays)
        return hf_error_set(err, HF_ERR_NOMEM, "%s", hf_status_text(HF_ERR_NOMEM));
    for (size_t i = 0; i < count; i++) {
        hf_day day = 0;
        struct hf_error inner = {0};
        status = get_day(json_array_get(list, i), "on", &day, &inner);
        if (status != HF_OK)
            return hf_error_set(err, status, "holidays[%zu]: %s", i, inner.text);
        if (day < calendar->from || day > calendar->until)
            return hf_error_set(err, HF_ERR_INVALID, "holidays[%zu] lies outside covers_from to covers_until.", i);
        if (i > 0 && day <= calendar->holidays[i - 1].day)
            return hf_error_set(err, HF_ERR_INVALID, "holidays[%zu] must be later than the one before it.", i);
        const char *name = json_string_value(json_object_get(json_array_get(list, i), "name"));
        calendar->holidays[i].day = day;
        (void)snprintf(calendar->holidays[i].name, sizeof calendar->holidays[i].name, "%s", name ? name : "holiday");
    }
    calendar->holiday_count = count;
    return HF_OK;
}

static enum hf_status read_calendar(struct hf_calendar *calendar, const json_t *document, struct hf_error *err)
{
    enum hf_status status = get_name(document, "calendar", calendar->name, err);
    if (status == HF_OK)
        status = get_name(document, "version", calendar->version, err);
    if (status == HF_OK)
        status = get_day(document, "covers_from", &calendar->from, err);
    if (status == HF_OK)
        status = get_day(document, "covers_until", &calendar->until, err);
    if (status == HF_OK)
        status = read_weekend(calendar, document, err);
    return status == HF_OK ? read_holidays(calendar, document, err) : status;
}

static enum hf_status as_invalid(enum hf_status status)
{
    return status == HF_ERR_NOT_FOUND ? HF_ERR_INVALID : status;
}

enum hf_status hf_calendar_load(struct hf_slice bytes, struct hf_calendar **out, struct hf_error *err)
{
    json_t *document = NULL;
    struct hf_calendar *calendar = NULL;
    enum hf_status status = hf_json_load(bytes, &document, err);
    if (status != HF_OK)
        return status;
    calendar = calloc(1, sizeof *calendar);
    status = calendar ? as_invalid(read_calendar(calendar, document, err))
                      : hf_error_set(err, HF_ERR_NOMEM, "%s", hf_status_text(HF_ERR_NOMEM));
    json_decref(document);
    if (status == HF_OK)
        *out = calendar;
    else
        hf_calendar_free(calendar);
    return status;
}

void hf_calendar_free(struct hf_calendar *calendar)
{
    if (calendar)
        free(calendar->holidays);
    free(calendar);
}

const char *hf_calendar_name(const struct hf_calendar *calendar)
{
    return calendar->name;
}

const char *hf_calendar_version(const struct hf_calendar *calendar)
{
    return calendar->version;
}

hf_day hf_calendar_covers_from(const struct hf_calendar *calendar)
{
    return calendar->from;
}

hf_day hf_calendar_covers_until(const struct hf_calendar *calendar)
{
    return calendar->until;
}

static const struct holiday *holiday_on(const struct hf_calendar *calendar, hf_day day)
{
    size_t low = 0;
    size_t high = calendar->holiday_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (calendar->holidays[middle].day < day)
            low = middle + 1;
        else
            high = middle;
    }
    return low < calendar->holiday_count && calendar->holidays[low].day == day ? &calendar->holidays[low] : NULL;
}

bool hf_calendar_is_working(const struct hf_calendar *calendar, hf_day day)
{
    return !calendar->weekend[hf_day_weekday(day)] && !holiday_on(calendar, day);
}

const char *hf_calendar_why_not(const struct hf_calendar *calendar, hf_day day)
{
    static const char *const names[WEEK_DAYS + 1] = {"",         "Monday", "Tuesday",  "Wednesday",
                                                     "Thursday", "Friday", "Saturday", "Sunday"};
    const struct holiday *holiday = holiday_on(calendar, day);
    if (holiday)
        return holiday->name;
    return calendar->weekend[hf_day_weekday(day)] ? names[hf_day_weekday(day)] : "";
}
