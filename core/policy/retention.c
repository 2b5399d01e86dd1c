#include "core/policy/retention.h"

#include <string.h>

#define MONTHS_OF_YEAR 12
#define AGE_MAX        150

#define DAYS_OF_400_YEARS 146097

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

/* Not before the day it names: 29 February comes round as 1 March. */
static hf_day anniversary(hf_day day, int64_t years)
{
    const hf_day found = hf_day_add_months(day, (int32_t)years * MONTHS_OF_YEAR);
    return hf_day_civil(found).day < hf_day_civil(day).day ? found + 1 : found;
}

static bool date_named(const struct hf_retention_dates *dates, const char *from, hf_day *out)
{
    if (strcmp(from, "birth") == 0) {
        *out = dates->birth;
        return dates->has_birth;
    }
    if (strcmp(from, "death") == 0) {
        *out = dates->death;
        return dates->has_death;
    }
    if (strcmp(from, "read") == 0) {
        *out = dates->read;
        return dates->has_read;
    }
    *out = dates->approval_ended;
    return dates->has_approval_ended;
}

static enum hf_status check_entry(const json_t *entry, struct hf_error *err)
{
    const char *from = text_of(entry, "from");
    const json_int_t years = json_integer_value(json_object_get(entry, "years"));
    const json_t *age = json_object_get(entry, "died_before");
    if (years < 1 || years > HF_RETENTION_YEARS_MAX)
        return hf_error_set(err, HF_ERR_INVALID, "\"retention\": \"years\" must be a whole number from 1 to %d.",
                            HF_RETENTION_YEARS_MAX);
    if (strcmp(from, "birth") != 0 && strcmp(from, "death") != 0 && strcmp(from, "approval_ended") != 0 &&
        strcmp(from, "read") != 0)
        return hf_error_set(err, HF_ERR_INVALID,
                            "\"retention\": \"from\" must be birth, death, approval_ended or read.");
    if (age && (!json_is_integer(age) || json_integer_value(age) < 1 || json_integer_value(age) > AGE_MAX))
        return hf_error_set(err, HF_ERR_INVALID, "\"retention\": \"died_before\" must be an age in years.");
    return HF_OK;
}

/* Whether the entry is about this child or carer: without the birth nobody can say how old the child was. */
static bool entry_fits(const json_t *entry, const struct hf_retention_dates *dates)
{
    const json_t *age = json_object_get(entry, "died_before");
    if (!age)
        return true;
    return dates->has_death && dates->has_birth && dates->death < anniversary(dates->birth, json_integer_value(age));
}

enum hf_status hf_policy_retention_due(const json_t *document, const char *class,
                                       const struct hf_retention_dates *dates, struct hf_retention *out,
                                       struct hf_error *err)
{
    const json_t *list = json_object_get(document, "retention");
    const json_t *best = NULL;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *entry = json_array_get(list, i);
        hf_day day = 0;
        if (strcmp(text_of(entry, "class"), class) != 0)
            continue;
        const enum hf_status status = check_entry(entry, err);
        if (status != HF_OK)
            return status;
        if (!date_named(dates, text_of(entry, "from"), &day) || !entry_fits(entry, dates))
            continue;
        if (!best || (json_object_get(entry, "died_before") && !json_object_get(best, "died_before")))
            best = entry;
    }
    if (!best)
        return hf_error_set(err, HF_ERR_NOT_FOUND,
                            "Nothing says until when this is kept: the date it is counted from is not on record.");
    hf_day from = 0;
    const json_int_t years = json_integer_value(json_object_get(best, "years"));
    (void)date_named(dates, text_of(best, "from"), &from);
    const hf_day until = anniversary(from, years);
    if (until >= HF_DAY_LAST)
        return hf_error_set(err, HF_ERR_LIMIT, "The day until which this is kept lies beyond the year 9999.");
    *out = (struct hf_retention){.until = until,
                                 .from = text_of(best, "from"),
                                 .from_day = from,
                                 .years = (int32_t)years,
                                 .source = text_of(best, "source")};
    return HF_OK;
}

bool hf_policy_retention_speaks(const json_t *document, const char *class)
{
    const json_t *list = json_object_get(document, "retention");
    for (size_t i = 0; i < json_array_size(list); i++)
        if (strcmp(text_of(json_array_get(list, i), "class"), class) == 0)
            return true;
    return false;
}

/* The calendar comes round every 400 years, so an early day is read as the same one 400 years on. */
enum hf_status hf_policy_retention_day(struct hf_slice text, hf_day *out)
{
    uint8_t later[HF_DATE_BYTES];
    hf_day day = 0;
    if (hf_day_parse(text, out) == HF_OK)
        return HF_OK;
    if (text.len != HF_DATE_BYTES || text.data[0] != '1' || (text.data[1] != '8' && text.data[1] != '9') ||
        (text.data[1] == '8' && text.data[2] < '8'))
        return HF_ERR_INVALID;
    memcpy(later, text.data, sizeof later);
    later[0] = '2';
    later[1] = text.data[1] == '8' ? '2' : '3';
    if (hf_day_parse(hf_slice_of(later, sizeof later), &day) != HF_OK)
        return HF_ERR_INVALID;
    *out = day - DAYS_OF_400_YEARS;
    return HF_OK;
}

/* --- reviews and visits ---------------------------------------------------------------------------------------- */

static bool step_fits(const json_t *step, const struct hf_review_state *state)
{
    const json_t *number = json_object_get(step, "number");
    const json_t *months = json_object_get(step, "first_months");
    if (number && json_integer_value(number) != (json_int_t)state->done + 1)
        return false;
    if (months &&
        (state->done == 0 || state->last >= hf_day_add_months(state->start, (int32_t)json_integer_value(months))))
        return false;
    return strcmp(text_of(step, "when"), "long_term") != 0 || state->long_term;
}

static const json_t *cycle_named(const json_t *document, const char *what)
{
    const json_t *cycles = json_object_get(document, "review_cycles");
    for (size_t i = 0; i < json_array_size(cycles); i++)
        if (strcmp(text_of(json_array_get(cycles, i), "what"), what) == 0)
            return json_array_get(cycles, i);
    return NULL;
}

enum hf_status hf_policy_review_due(const json_t *document, const struct hf_calendar *calendar, const char *what,
                                    const struct hf_review_state *state, uint64_t *out_due_ms, bool *out_beyond,
                                    struct hf_error *err)
{
    const json_t *steps = json_object_get(cycle_named(document, what), "steps");
    const json_t *step = NULL;
    for (size_t i = 0; i < json_array_size(steps) && !step; i++)
        if (step_fits(json_array_get(steps, i), state))
            step = json_array_get(steps, i);
    if (!step)
        return hf_error_set(err, HF_ERR_NOT_FOUND, "\"review_cycles\" has no step for \"%.60s\".", what);
    const json_int_t n = json_integer_value(json_object_get(step, "n"));
    const enum hf_unit unit = hf_unit_named(text_of(step, "unit"));
    const bool from_last = strcmp(text_of(step, "from"), "last") == 0;
    if (n < 1 || n > HF_COUNT_MONTHS_MAX || unit == HF_UNIT_COUNT)
        return hf_error_set(err, HF_ERR_INVALID, "\"review_cycles\": a step needs \"n\" from 1 to %d and \"unit\".",
                            HF_COUNT_MONTHS_MAX);
    const hf_day from = from_last && state->done > 0 ? state->last : state->start;
    const struct hf_count count = {.n = (int32_t)n, .unit = unit, .cutoff_minute = HF_CUTOFF_NONE};
    const enum hf_status status = hf_calendar_due(calendar, hf_moment_on(from), count, out_due_ms, out_beyond);
    return status == HF_OK ? HF_OK : hf_error_set(err, status, "The next review lies beyond the year 9999.");
}
