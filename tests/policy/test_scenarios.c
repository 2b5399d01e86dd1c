/* Every rule of the sample packs, kept and broken: tests/policy/scenarios, one file per rule. A scenario says which
 * other rules it leaves open and which alerts there are; anything else that is open or raised fails it. */
#include "tests/policy/support_policy.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

static bool is_named(const json_t *list, const char *word)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (strcmp(json_string_value(json_array_get(list, i)), word) == 0)
            return true;
    return false;
}

static bool same_alerts(const struct hf_policy_result *result, const json_t *wanted)
{
    bool same = true;
    for (size_t i = 0; i < result->alert_count; i++)
        if (!is_named(wanted, result->alerts[i].code)) {
            print_error("    alert that nobody expects: %s (%s)\n", result->alerts[i].code,
                        result->duties[result->alerts[i].duty].rule->id);
            same = false;
        }
    for (size_t i = 0; i < json_array_size(wanted); i++) {
        const char *code = json_string_value(json_array_get(wanted, i));
        bool found = false;
        for (size_t j = 0; j < result->alert_count; j++)
            found = found || strcmp(result->alerts[j].code, code) == 0;
        if (!found)
            print_error("    alert that is missing: %s\n", code);
        same = same && found;
    }
    return same;
}

static bool fits(const struct hf_policy_result *result, const char *rule, const char *subject, const json_t *part)
{
    char word[32] = "no duty";
    const struct hf_duty *duty = worst_duty(result, rule, subject);
    const char *wanted = json_string_value(json_object_get(part, "is"));
    bool fine = true;
    if (duty)
        duty_word(duty, word);
    if (!wanted || strcmp(word, wanted) != 0) {
        print_error("    %s is \"%s\", not \"%s\"\n", rule, word, wanted ? wanted : "?");
        fine = false;
    }
    for (size_t i = 0; i < result->duty_count; i++) {
        const struct hf_duty *other = &result->duties[i];
        if (!duty_is_open(other) || strcmp(other->rule->id, rule) == 0 ||
            is_named(json_object_get(part, "also_open"), other->rule->id))
            continue;
        duty_word(other, word);
        print_error("    %s is open as well: %s\n", other->rule->id, word);
        fine = false;
    }
    return same_alerts(result, json_object_get(part, "alerts")) && fine;
}

struct cache {
    struct hf_calendar *calendar;
    struct hf_policy_result result;
};

static bool run_part(struct cache *cache, const json_t *world, const json_t *scenario, const json_t *part)
{
    static struct a_case built;
    struct hf_policy_pack *pack = load_pack(json_string_value(json_object_get(world, "pack")));
    json_t *laid = world_with(world, part);
    build_case(json_object_get(laid, "records"), &built);
    evaluate(pack, cache->calendar, json_object_get(laid, "settings"), &built,
             time_of(json_string_value(json_object_get(laid, "now"))), &cache->result);
    const bool fine = fits(&cache->result, json_string_value(json_object_get(scenario, "rule")),
                           json_string_value(json_object_get(scenario, "subject")), part);
    clear_case(&built);
    json_decref(laid);
    hf_policy_result_clear(&cache->result);
    hf_policy_pack_free(pack);
    return fine;
}

static size_t run_file(struct cache *cache, const char *name)
{
    static const char *const parts[] = {"kept", "broken", "kept_too", "broken_too"};
    char path[320];
    size_t failed = 0;
    (void)snprintf(path, sizeof path, "tests/policy/scenarios/%s", name);
    json_t *scenario = load_tree_json(path);
    (void)snprintf(path, sizeof path, "tests/policy/worlds/%s.json",
                   json_string_value(json_object_get(scenario, "world")));
    json_t *world = load_tree_json(path);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        const json_t *part = json_object_get(scenario, parts[i]);
        if (!part && i < 2)
            fail_msg("%s has no \"%s\"", name, parts[i]);
        if (part && !run_part(cache, world, scenario, part)) {
            print_error("%s: %s\n", name, parts[i]);
            failed++;
        }
    }
    json_decref(world);
    json_decref(scenario);
    return failed;
}

static void scenarios__every_rule_is_seen_kept_and_broken(void **state)
{
    (void)state;
    char folder[512];
    struct cache cache = {.calendar = load_calendar()};
    size_t files = 0;
    size_t failed = 0;
    (void)snprintf(folder, sizeof folder, "%s", tree_path("tests/policy/scenarios/PSM-03.json"));
    *strrchr(folder, '/') = '\0';
    DIR *all = opendir(folder);
    assert_non_null(all);
    for (const struct dirent *entry; (entry = readdir(all));)
        if (strstr(entry->d_name, ".json")) {
            failed += run_file(&cache, entry->d_name);
            files++;
        }
    (void)closedir(all);
    hf_calendar_free(cache.calendar);
    print_message("%zu files\n", files);
    assert_true(files >= 105);
    assert_int_equal(failed, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(scenarios__every_rule_is_seen_kept_and_broken)};
    return cmocka_run_group_tests(tests, support_start, NULL);
}
