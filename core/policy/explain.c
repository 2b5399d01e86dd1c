#include "core/policy/explain.h"

#include "core/policy/eval.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 24

struct explaining {
    const struct hf_policy_input *input;
    struct hf_explanation *out;
    size_t day_cap;
    bool failed;
};

static const json_t *rule_json(const struct hf_policy_pack *pack, const char *id)
{
    const json_t *rules = json_object_get(hf_policy_pack_document(pack), "rules");
    for (size_t i = 0; i < json_array_size(rules); i++) {
        const json_t *rule = json_array_get(rules, i);
        const char *own = json_string_value(json_object_get(rule, "id"));
        if (own && strcmp(own, id) == 0)
            return rule;
    }
    return NULL;
}

/* --- days -------------------------------------------------------------------------------------------------------- */

static void add_day(void *ctx, hf_day day, int32_t number)
{
    struct explaining *at = ctx;
    struct hf_explanation *out = at->out;
    if (at->failed || out->day_count == HF_EXPLAIN_DAYS_MAX)
        return;
    if (out->day_count == at->day_cap) {
        const size_t cap = at->day_cap ? at->day_cap * 2 : 32;
        struct hf_explained_day *grown = realloc(out->days, cap * sizeof *grown);
        if (!grown) {
            at->failed = true;
            return;
        }
        out->days = grown;
        at->day_cap = cap;
    }
    out->days[out->day_count++] = (struct hf_explained_day){
        .day = day, .number = number, .why = number > 0 ? "" : hf_calendar_why_not(at->input->calendar, day)};
}

static void explain_limit(struct explaining *at, const struct hf_rule *rule, const struct hf_policy_value *settings)
{
    const struct hf_policy_pack *pack = at->input->pack;
    const struct hf_eval eval = {.pack = pack, .settings = settings};
    struct hf_explanation *out = at->out;
    out->is_before = rule->before != HF_NODE_NONE;
    if (rule->deadline == HF_NODE_NONE)
        return;
    const struct hf_deadline *deadline = &pack->deadlines[rule->deadline];
    const char *source = json_string_value(json_object_get(deadline->json, "unit_source"));
    out->deadline = deadline->id;
    out->unit_source = source ? source : "";
    out->is_counted = hf_eval_count(&eval, deadline, &out->count);
    if (!out->is_counted || !out->has_from)
        return;
    out->next_day = out->count.unit != HF_UNIT_HOUR && hf_count_is_cut_off(out->from, out->count);
    hf_calendar_walk(at->input->calendar, out->from, out->count, add_day, at);
}

/* --- the limit in short --- */

/* The first path of an expression: "request.at", ["either", "meeting.end", …]. */
static const char *first_path(const json_t *json, int depth)
{
    const char *text = json_string_value(json);
    if (text)
        return strchr(text, '.') ? text : NULL;
    const char *found = NULL;
    for (size_t i = 0; !found && depth < DEPTH_MAX && i < json_array_size(json); i++)
        found = first_path(json_array_get(json, i), depth + 1);
    return found;
}

static bool limit_of(const struct hf_eval *eval, const struct hf_rule *rule, struct hf_limit *out)
{
    struct hf_limit limit = {.from = ""};
    if (rule->deadline == HF_NODE_NONE)
        return false;
    const struct hf_deadline *deadline = &eval->pack->deadlines[rule->deadline];
    const char *path = first_path(json_object_get(deadline->json, "from"), 0);
    const size_t len = path ? strcspn(path, ".") : 0;
    if (!hf_eval_count(eval, deadline, &limit.count))
        return false;
    if (path && len < sizeof limit.from)
        memcpy(limit.from, path, len);
    *out = limit;
    return true;
}

bool hf_policy_limit(const struct hf_policy_input *input, const struct hf_duty *duty, struct hf_limit *out)
{
    struct hf_policy_value values[HF_PACK_SETTINGS_MAX];
    const struct hf_policy_pack *pack = input->pack;
    const struct hf_eval eval = {.pack = pack, .settings = values};
    if (!duty->has_due)
        return false;
    for (size_t i = 0; i < pack->setting_count; i++)
        values[i] = input->settings ? input->settings->values[i] : pack->settings[i].initial;
    for (size_t i = 0; i < pack->rule_count; i++)
        if (&pack->rules[i].seen == duty->rule)
            return limit_of(&eval, &pack->rules[i], out);
    return false;
}

/* --- settings ------------------------------------------------------------------------------------------------------
 */

static bool same_value(const struct hf_policy_value *a, const struct hf_policy_value *b)
{
    return a->kind == b->kind && a->number == b->number &&
           (a->kind != HF_VALUE_TEXT || hf_slice_equal(a->text, b->text));
}

static void add_setting(struct explaining *at, const char *name, const struct hf_policy_value *settings)
{
    const struct hf_policy_pack *pack = at->input->pack;
    struct hf_explanation *out = at->out;
    const int32_t place = hf_pack_setting(pack, name);
    for (size_t i = 0; i < out->setting_count; i++)
        if (strcmp(out->settings[i].name, name) == 0)
            return;
    if (place == HF_NODE_NONE || out->setting_count == HF_EXPLAIN_SETTINGS_MAX)
        return;
    const struct hf_policy_value *value = &settings[place];
    const json_t *json = json_object_get(json_object_get(hf_policy_pack_document(pack), "settings"), name);
    const char *amb = json_string_value(json_object_get(json, "amb"));
    struct hf_explained_setting *setting = &out->settings[out->setting_count++];
    *setting = (struct hf_explained_setting){.name = pack->settings[place].name,
                                             .amb = amb ? amb : "",
                                             .local = !same_value(value, &pack->settings[place].initial)};
    if (value->kind == HF_VALUE_INT)
        (void)snprintf(setting->value, sizeof setting->value, "%lld", (long long)value->number);
    else if (value->kind == HF_VALUE_TEXT)
        (void)snprintf(setting->value, sizeof setting->value, "%.*s", (int)value->text.len,
                       (const char *)value->text.data);
    else
        (void)snprintf(setting->value, sizeof setting->value, "null");
}

/* {"setting": name} and ["setting", name], wherever they stand. */
static void find_settings(struct explaining *at, const json_t *json, const struct hf_policy_value *settings, int depth)
{
    const char *name = json_string_value(json_object_get(json, "setting"));
    const char *word = json_string_value(json_array_get(json, 0));
    if (word && strcmp(word, "setting") == 0)
        name = json_string_value(json_array_get(json, 1));
    if (name)
        add_setting(at, name, settings);
    if (name || depth == DEPTH_MAX)
        return;
    /* Who it is asks for settings as well. */
    const json_t *roles = json_object_get(hf_policy_pack_document(at->input->pack), "roles");
    const char *owner = json_string_value(json_object_get(json, "owner"));
    if (word && strcmp(word, "is_role") == 0)
        owner = json_string_value(json_array_get(json, 2));
    if (owner)
        find_settings(at, json_object_get(roles, owner), settings, depth + 1);
    for (size_t i = 0; i < json_array_size(json); i++)
        find_settings(at, json_array_get(json, i), settings, depth + 1);
    json_t *object = (json_t *)(uintptr_t)json;
    for (void *i = json_object_iter(object); i; i = json_object_iter_next(object, i))
        find_settings(at, json_object_iter_value(i), settings, depth + 1);
}

enum hf_status hf_policy_explain(const struct hf_policy_input *input, const struct hf_duty *duty,
                                 struct hf_explanation *out)
{
    struct hf_policy_value values[HF_PACK_SETTINGS_MAX];
    const struct hf_policy_pack *pack = input->pack;
    *out = (struct hf_explanation){.rule = rule_json(pack, duty->rule->id),
                                   .deadline = "",
                                   .unit_source = "",
                                   .has_from = duty->has_from,
                                   .from = duty->from,
                                   .has_done = duty->has_done_at,
                                   .done = duty->done_at};
    struct explaining at = {.input = input, .out = out};
    for (size_t i = 0; i < pack->setting_count; i++)
        values[i] = input->settings ? input->settings->values[i] : pack->settings[i].initial;
    for (size_t i = 0; i < pack->rule_count; i++)
        if (&pack->rules[i].seen == duty->rule)
            explain_limit(&at, &pack->rules[i], values);
    find_settings(&at, out->rule, values, 0);
    if (out->deadline[0] != '\0')
        find_settings(&at, json_object_get(json_object_get(hf_policy_pack_document(pack), "deadlines"), out->deadline),
                      values, 0);
    if (!at.failed)
        return HF_OK;
    hf_explanation_clear(out);
    return HF_ERR_NOMEM;
}

void hf_explanation_clear(struct hf_explanation *explanation)
{
    free(explanation->days);
    *explanation = (struct hf_explanation){0};
}
