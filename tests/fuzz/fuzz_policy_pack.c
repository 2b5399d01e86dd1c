/* A policy pack or calendar from anywhere: it is refused with a text, or it can be asked about a case. */
#include "core/base/assert.h"
#include "core/policy/policy.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char calendar_json[] =
    "{\"calendar\":\"england-and-wales\",\"version\":\"1\",\"covers_from\":\"2026-01-01\","
    "\"covers_until\":\"2026-12-31\",\"weekend\":[6,7],\"holidays\":[]}";

static void count(void *ctx, const char *text)
{
    size_t *problems = ctx;
    HF_ASSERT(text[0] != '\0');
    (*problems)++;
}

static void ask(const struct hf_policy_pack *pack, const struct hf_calendar *calendar)
{
    struct hf_policy_result result = {0};
    struct hf_error err = {0};
    const struct hf_policy_input input = {
        .pack = pack, .calendar = calendar, .now_ms = UINT64_C(1795600000000), .with_help = true};
    if (hf_policy_evaluate(&input, &result, &err) == HF_OK)
        HF_ASSERT(result.duty_count <= hf_policy_pack_rule_count(pack));
    else
        HF_ASSERT(err.text[0] != '\0' && result.duty_count == 0);
    hf_policy_result_clear(&result);
}

static void try_calendar(struct hf_slice bytes)
{
    struct hf_calendar *calendar = NULL;
    struct hf_error err = {0};
    uint64_t due = 0;
    bool beyond = false;
    if (hf_calendar_load(bytes, &calendar, &err) != HF_OK)
        return;
    const struct hf_count count_back = {.n = -400, .unit = HF_UNIT_WORKING_DAY, .cutoff_minute = HF_CUTOFF_NONE};
    if (hf_calendar_due(calendar, hf_moment_on(hf_calendar_covers_until(calendar)), count_back, &due, &beyond) == HF_OK)
        HF_ASSERT(hf_calendar_is_working(calendar, hf_london_day(due)) || hf_london_day(due) == HF_DAY_FIRST);
    hf_calendar_free(calendar);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct hf_calendar *calendar;
    struct hf_policy_pack *pack = NULL;
    struct hf_error err = {0};
    size_t problems = 0;
    const struct hf_slice bytes = hf_slice_of(data, size);
    if (!calendar)
        HF_ASSERT(hf_calendar_load(hf_slice_str(calendar_json), &calendar, &err) == HF_OK);
    const size_t told = hf_policy_pack_lint(bytes, count, NULL, &problems);
    HF_ASSERT(told == problems);
    const enum hf_status status = hf_policy_pack_load(bytes, &pack, &err);
    HF_ASSERT((status == HF_OK) == (problems == 0));
    if (status == HF_OK)
        ask(pack, calendar);
    else
        HF_ASSERT(pack == NULL && err.text[0] != '\0');
    hf_policy_pack_free(pack);
    try_calendar(bytes);
    return 0;
}
