/* Clashes: both values side by side, and the decision. */
#include "client/app/call.h"

#include <string.h>

#define VALUES_MAX 64

static const char *by_name(enum holdfast_suggestion_by by)
{
    static const char *const names[] = {"nobody", "first", "second", "both"};
    return names[by];
}

static json_t *values_json(const struct holdfast_conflict_row *row)
{
    json_t *array = json_array();
    for (size_t i = 0; i < row->value_count; i++) {
        const struct holdfast_conflict_value *value = &row->values[i];
        (void)json_array_append_new(
            array, json_pack("{s:o, s:s, s:s, s:s, s:I, s:b, s:o, s:I, s:s}", "change", hf_app_json_id(&value->change),
                             "value", value->value, "author", value->author, "device", value->device, "device_number",
                             (json_int_t)value->device_number, "this_device", value->this_device, "time",
                             hf_app_json_ms(value->time_ms), "clock_offset_ms", (json_int_t)value->clock_offset_ms,
                             "clock", value->clock_text));
    }
    return array;
}

static json_t *parts_json(const struct holdfast_conflict_row *row)
{
    json_t *array = json_array();
    for (size_t i = 0; i < row->suggestion_part_count; i++) {
        const struct holdfast_suggestion_part *part = &row->suggestion_parts[i];
        (void)json_array_append_new(
            array, json_pack("{s:s, s:s, s:b}", "text", part->text, "by", by_name(part->by), "removed", part->removed));
    }
    return array;
}

static bool each_conflict(void *ctx, const struct holdfast_conflict_row *row)
{
    json_t *array = ctx;
    json_t *object =
        json_pack("{s:o, s:o, s:s, s:s, s:s, s:s, s:s, s:o, s:s, s:o, s:s}", "case", hf_app_json_id(&row->case_id),
                  "record", hf_app_json_id(&row->record), "type", row->type, "field", row->field, "label", row->label,
                  "code", row->code, "base", row->base, "values", values_json(row), "suggestion", row->suggestion,
                  "suggestion_parts", parts_json(row), "decider", row->decider);
    return json_array_append_new(array, object) == 0;
}

static void list(struct hf_app_call *call)
{
    struct holdfast_id record;
    bool given = false;
    if (!hf_app_query_id(call, "record", &record, &given))
        return;
    json_t *array = json_array();
    const enum holdfast_status status = holdfast_conflicts(call->hf, given ? &record : NULL, each_conflict, array);
    if (status == HOLDFAST_OK) {
        hf_app_reply(call, json_pack("{s:o}", "conflicts", array));
    } else {
        json_decref(array);
        hf_app_fail(call, status);
    }
}

/* --- settling --- */

/* The clash that a person saw is named by its code; its values are what the decision closes. */
struct seen {
    const char *field, *code;
    struct holdfast_id values[VALUES_MAX];
    size_t count;
};

static bool find_seen(void *ctx, const struct holdfast_conflict_row *row)
{
    struct seen *seen = ctx;
    if (strcmp(row->field, seen->field) != 0 || strcmp(row->code, seen->code) != 0 || row->value_count > VALUES_MAX)
        return true;
    for (size_t i = 0; i < row->value_count; i++)
        seen->values[i] = row->values[i].change;
    seen->count = row->value_count;
    return false;
}

static void settle_seen(struct hf_app_call *call, const struct holdfast_id *record, const struct seen *seen,
                        const struct holdfast_decision *wanted)
{
    struct holdfast_decision decision = *wanted;
    struct holdfast_id change;
    decision.seen = seen->values;
    decision.seen_count = seen->count;
    const enum holdfast_status status = holdfast_settle(call->hf, record, seen->field, &decision, &change);
    if (status != HOLDFAST_OK) {
        hf_app_fail(call, status);
        return;
    }
    hf_app_sync_soon(call->app);
    hf_app_reply(call, json_pack("{s:o}", "change", hf_app_json_id(&change)));
}

static void settle(struct hf_app_call *call)
{
    struct seen seen = {0};
    struct holdfast_id record, pick;
    struct holdfast_decision decision = {0};
    bool has_record = false, has_pick = false;
    if (!hf_app_body_id(call, "record", &record, &has_record) || !hf_app_body_id(call, "pick", &pick, &has_pick) ||
        !hf_app_body_text(call, "field", true, &seen.field) || !hf_app_body_text(call, "code", true, &seen.code) ||
        !hf_app_body_text(call, "value", false, &decision.value) ||
        !hf_app_body_text(call, "reason", true, &decision.reason))
        return;
    if (!has_record || has_pick == (decision.value != NULL)) {
        hf_app_refuse(call->response, 400, "invalid", "Choose one of the values, or write one.");
        return;
    }
    decision.pick = has_pick ? &pick : NULL;
    const enum holdfast_status status = holdfast_conflicts(call->hf, &record, find_seen, &seen);
    if (status != HOLDFAST_OK)
        hf_app_fail(call, status);
    else if (seen.count == 0)
        hf_app_refuse(call->response, 409, "conflict", "The values have changed since you looked. Look again.");
    else
        settle_seen(call, &record, &seen, &decision);
}

static const struct hf_app_route rows[] = {
    {"GET", "/api/conflicts", HF_APP_UNLOCKED, list},
    {"POST", "/api/conflicts/settle", HF_APP_UNLOCKED, settle},
};
const struct hf_app_routes hf_app_conflict_routes = HF_APP_ROUTES(rows);
