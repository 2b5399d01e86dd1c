/* The parts of a pack that hold clocks of law: how long records are kept, and cycles of reviews. What
 * core/policy/retention.c works out from them is checked when the pack is read. */
#include "core/policy/build.h"
#include "core/policy/retention.h"

#include <string.h>

#define AGE_MAX    150
#define NUMBER_MAX 1000
#define CYCLES_MAX 32
#define STEPS_MAX  32

static bool is_one_of(const char *word, const char *const *words)
{
    for (size_t i = 0; words[i]; i++)
        if (strcmp(words[i], word) == 0)
            return true;
    return false;
}

/* A whole number from min to max; `needed` false: or nothing. */
static bool number_at(struct hf_build *build, const json_t *object, const char *key, json_int_t max, bool needed)
{
    const json_t *value = json_object_get(object, key);
    if (!value && !needed)
        return true;
    if (json_is_integer(value) && json_integer_value(value) >= 1 && json_integer_value(value) <= max)
        return true;
    return hf_build_fail(build, "\"%s\" must be a whole number from 1 to %d", key, (int)max);
}

typedef bool entry_fn(struct hf_build *build, const json_t *entry);
/* Calls take for every entry of `object`[key], which is a list; null or nothing is fine. */
static bool each_entry(struct hf_build *build, const json_t *object, const char *key, size_t most, entry_fn *take)
{
    const json_t *list = json_object_get(object, key);
    bool fine = true;
    if (!list || json_is_null(list))
        return true;
    hf_build_enter(build, key);
    if (!json_is_array(list) || json_array_size(list) > most)
        fine = hf_build_fail(build, "is a list of at most %zu entries", most);
    for (size_t i = 0; fine && i < json_array_size(list); i++) {
        hf_build_enter_index(build, i);
        fine = json_is_object(json_array_get(list, i)) ? take(build, json_array_get(list, i))
                                                       : hf_build_fail(build, "is an entry with keys, { … }");
        hf_build_leave(build);
    }
    hf_build_leave(build);
    return fine;
}

static bool read_retention(struct hf_build *build, const json_t *entry)
{
    static const char *const keys[] = {"class", "years", "from", "died_before", "source", "about", "req", NULL};
    static const char *const from[] = {"birth", "death", "approval_ended", "read", NULL};
    const char *class = NULL, *word = NULL;
    if (!hf_build_only(build, entry, keys) ||
        !hf_build_text(build, entry, "class", HF_PACK_NAME_BYTES_MAX, true, &class) ||
        !hf_build_text(build, entry, "from", HF_PACK_NAME_BYTES_MAX, true, &word) ||
        !number_at(build, entry, "years", HF_RETENTION_YEARS_MAX, true) ||
        !number_at(build, entry, "died_before", AGE_MAX, false))
        return false;
    return is_one_of(word, from) || hf_build_fail(build, "\"from\" must be birth, death, approval_ended or read");
}

static bool read_step(struct hf_build *build, const json_t *step)
{
    static const char *const keys[] = {"number", "first_months", "when", "n", "unit", "from", "about", NULL};
    static const char *const from[] = {"start", "last", NULL};
    const char *unit = NULL, *word = NULL, *when = NULL;
    if (!hf_build_only(build, step, keys) || !number_at(build, step, "n", HF_COUNT_MONTHS_MAX, true) ||
        !number_at(build, step, "number", NUMBER_MAX, false) ||
        !number_at(build, step, "first_months", HF_COUNT_MONTHS_MAX, false) ||
        !hf_build_text(build, step, "unit", HF_PACK_NAME_BYTES_MAX, true, &unit) ||
        !hf_build_text(build, step, "from", HF_PACK_NAME_BYTES_MAX, true, &word) ||
        !hf_build_text(build, step, "when", HF_PACK_NAME_BYTES_MAX, false, &when))
        return false;
    if (hf_unit_named(unit) == HF_UNIT_COUNT || hf_unit_named(unit) == HF_UNIT_HOUR)
        return hf_build_fail(build, "\"unit\" must be calendar_day, working_day or month");
    if (!is_one_of(word, from))
        return hf_build_fail(build, "\"from\" must be start or last");
    return when[0] == '\0' || strcmp(when, "long_term") == 0 || hf_build_fail(build, "\"when\" can only be long_term");
}

/* The last step has no condition: there is always a next review. */
static bool ends_open(struct hf_build *build, const json_t *steps)
{
    const json_t *last = json_array_get(steps, json_array_size(steps) - 1);
    if (json_array_size(steps) > 0 && !json_object_get(last, "number") && !json_object_get(last, "first_months") &&
        !json_object_get(last, "when"))
        return true;
    return hf_build_fail(build, "the last of \"steps\" must hold for every review: without number, first_months, when");
}

static bool read_cycle(struct hf_build *build, const json_t *cycle)
{
    static const char *const keys[] = {"what", "steps", "at", "months", "source", "about", "req", NULL};
    const char *what = NULL;
    if (!hf_build_only(build, cycle, keys) ||
        !hf_build_text(build, cycle, "what", HF_PACK_NAME_BYTES_MAX, true, &what) ||
        !number_at(build, cycle, "months", HF_COUNT_MONTHS_MAX, false) ||
        !each_entry(build, cycle, "steps", STEPS_MAX, read_step))
        return false;
    return !json_object_get(cycle, "steps") || ends_open(build, json_object_get(cycle, "steps"));
}

bool hf_build_law(struct hf_build *build, const json_t *document)
{
    const bool kept = each_entry(build, document, "retention", CYCLES_MAX, read_retention);
    return each_entry(build, document, "review_cycles", CYCLES_MAX, read_cycle) && kept;
}
