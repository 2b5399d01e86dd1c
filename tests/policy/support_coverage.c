#include "tests/policy/support_coverage.h"

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

void coverage_rule(const json_t *rule, struct hf_buf *out)
{
    const json_t *alert = json_object_get(rule, "alert");
    const json_t *to = json_object_get(alert, "to");
    hf_buf_append_fmt(out, "| %s | %s | %s, %s%s | %s | %s | %s", text_of(rule, "id"), text_of(rule, "title"),
                      text_of(rule, "kind"), text_of(rule, "strength"),
                      json_is_true(json_object_get(rule, "information")) ? ", information" : "", text_of(rule, "owner"),
                      text_of(rule, "gate"), text_of(alert, "code"));
    for (size_t i = 0; i < json_array_size(to); i++)
        hf_buf_append_fmt(out, "%s %s", i == 0 ? " →" : ",", json_string_value(json_array_get(to, i)));
    if (json_is_true(json_object_get(alert, "stays")))
        hf_buf_append_str(out, ", stays");
    hf_buf_append_str(out, " |");
}
