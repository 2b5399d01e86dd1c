#include "client/app/figures.h"
#include "client/app/reading.h"

#include <stdio.h>
#include <string.h>

#define KEY_BYTES 200

static const struct {
    const char *alert, *figure;
} by_alert[] = {
    {"AL-URG", "urgent"},          {"AL-CIRC", "minutes"},      {"AL-NOTES", "minutes"},   {"AL-PLAN-REV", "plans"},
    {"AL-SM-NOTIFY", "stability"}, {"AL-CHILD-VIEWS", "views"}, {"AL-IRO-VIEWS", "views"}, {"AL-ESC", "escalate"},
};

static bool each_policy(void *ctx, const struct holdfast_policy_row *row)
{
    json_t *array = ctx;
    if (!row->in_force || strcmp(row->what, "pack") != 0)
        return true;
    return hf_app_append(array, json_string(row->name));
}

static void take_file(void *ctx, const void *bytes, size_t len)
{
    json_t **pack = ctx;
    if (hf_json_load(hf_slice_of(bytes, len), pack, NULL) != HF_OK)
        *pack = NULL; /* it was released, so it can be read */
}

static void put(json_t *figures, const char *policy, const char *rule, const char *figure)
{
    char key[KEY_BYTES];
    (void)snprintf(key, sizeof key, "%s %s", policy, rule);
    if (figure && !json_object_get(figures, key))
        (void)json_object_set_new(figures, key, json_string(figure));
}

static void put_all(json_t *figures, const char *policy, const json_t *rules, const char *figure)
{
    for (size_t i = 0; i < json_array_size(rules); i++) {
        const char *rule = json_string_value(json_array_get(rules, i));
        if (rule)
            put(figures, policy, rule, figure);
    }
}

static void put_rules(json_t *figures, const char *policy, const json_t *rules)
{
    for (size_t i = 0; i < json_array_size(rules); i++) {
        const json_t *rule = json_array_get(rules, i);
        const char *alert = hf_app_text_of(json_object_get(rule, "alert"), "code");
        for (size_t j = 0; j < sizeof by_alert / sizeof by_alert[0]; j++)
            if (strcmp(by_alert[j].alert, alert) == 0)
                put(figures, policy, hf_app_text_of(rule, "id"), by_alert[j].figure);
    }
}

static void put_pack(json_t *figures, const char *policy, const json_t *pack)
{
    const json_t *cycles = json_object_get(pack, "review_cycles");
    put_rules(figures, policy, json_object_get(pack, "rules"));
    put_all(figures, policy, json_object_get(json_object_get(pack, "circulation"), "req"), "minutes");
    for (size_t i = 0; i < json_array_size(cycles); i++) {
        const json_t *cycle = json_array_get(cycles, i);
        if (strcmp(hf_app_text_of(cycle, "what"), "support_plan") == 0)
            put_all(figures, policy, json_object_get(cycle, "req"), "plans");
    }
}

enum holdfast_status hf_app_figures(struct holdfast *hf, json_t **out)
{
    json_t *packs = json_array(), *figures = json_object();
    enum holdfast_status status = packs && figures ? holdfast_policies(hf, each_policy, packs) : HOLDFAST_NOMEM;
    for (size_t i = 0; status == HOLDFAST_OK && i < json_array_size(packs); i++) {
        const char *name = json_string_value(json_array_get(packs, i));
        json_t *pack = NULL;
        status = holdfast_policy_file(hf, name, NULL, take_file, &pack);
        if (status == HOLDFAST_OK)
            put_pack(figures, name, pack);
        json_decref(pack);
    }
    json_decref(packs);
    if (status == HOLDFAST_OK)
        *out = figures;
    else
        json_decref(figures);
    return status;
}

const char *hf_app_figure_of(const json_t *figures, const struct holdfast_duty_row *row)
{
    char key[KEY_BYTES];
    (void)snprintf(key, sizeof key, "%s %s", row->policy, row->duty);
    return hf_app_text_of(figures, key);
}
