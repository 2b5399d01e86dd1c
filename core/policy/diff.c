#include "core/policy/diff.h"

#include <stdio.h>
#include <string.h>

#define DEPTH_MAX 8

struct diff {
    hf_policy_change_fn *each;
    void *ctx;
    size_t count;
};

static void tell(struct diff *diff, const char *path, const json_t *before, const json_t *after)
{
    const struct hf_policy_change change = {.path = path, .before = before, .after = after};
    diff->count++;
    diff->each(diff->ctx, &change);
}

static const char *id_of(const json_t *rule)
{
    const char *id = json_string_value(json_object_get(rule, "id"));
    return id ? id : "";
}

static const json_t *rule_named(const json_t *rules, const char *id)
{
    for (size_t i = 0; i < json_array_size(rules); i++)
        if (strcmp(id_of(json_array_get(rules, i)), id) == 0)
            return json_array_get(rules, i);
    return NULL;
}

static void compare(struct diff *diff, const char *path, const json_t *before, const json_t *after, int depth);

static void compare_rules(struct diff *diff, const json_t *before, const json_t *after)
{
    for (size_t i = 0; i < json_array_size(before); i++) {
        const json_t *rule = json_array_get(before, i);
        compare(diff, id_of(rule), rule, rule_named(after, id_of(rule)), 1);
    }
    for (size_t i = 0; i < json_array_size(after); i++)
        if (!rule_named(before, id_of(json_array_get(after, i))))
            tell(diff, id_of(json_array_get(after, i)), NULL, json_array_get(after, i));
}

static void compare_objects(struct diff *diff, const char *path, const json_t *before, const json_t *after, int depth)
{
    json_t *old = (json_t *)(uintptr_t)before;
    json_t *new = (json_t *)(uintptr_t)after;
    char inner[HF_POLICY_DIFF_PATH_BYTES];
    for (void *at = json_object_iter(old); at; at = json_object_iter_next(old, at)) {
        const char *key = json_object_iter_key(at);
        (void)snprintf(inner, sizeof inner, "%.300s%s%.90s", path, path[0] ? "." : "", key);
        if (depth == 0 && strcmp(key, "rules") == 0)
            compare_rules(diff, json_object_iter_value(at), json_object_get(new, key));
        else
            compare(diff, inner, json_object_iter_value(at), json_object_get(new, key), depth + 1);
    }
    for (void *at = json_object_iter(new); at; at = json_object_iter_next(new, at)) {
        const char *key = json_object_iter_key(at);
        (void)snprintf(inner, sizeof inner, "%.300s%s%.90s", path, path[0] ? "." : "", key);
        if (!json_object_get(old, key))
            tell(diff, inner, NULL, json_object_iter_value(at));
    }
}

static void compare(struct diff *diff, const char *path, const json_t *before, const json_t *after, int depth)
{
    if (json_is_object(before) && json_is_object(after) && depth < DEPTH_MAX)
        compare_objects(diff, path, before, after, depth);
    else if (!after || !json_equal(before, after))
        tell(diff, path, before, after);
}

size_t hf_policy_diff(const json_t *older, const json_t *newer, hf_policy_change_fn *each, void *ctx)
{
    struct diff diff = {.each = each, .ctx = ctx};
    compare_objects(&diff, "", older, newer, 0);
    return diff.count;
}
