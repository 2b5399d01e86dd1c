/* The JSON Schema that ships beside the packs: it takes every pack of this tree, knows every key in them, and refuses
 * what the reader refuses. A small reading of the schema language: the words that pack.schema.json uses, and no others.
 */
#include "tests/policy/support_policy.h"

#include <stdio.h>
#include <string.h>

#define DEPTH_MAX 40

static json_t *schema;

struct checking {
    bool strict; /* a key that "properties" does not name is wrong too */
    char wrong[256];
    char path[256];
};

static bool check(struct checking *at, const json_t *rule, const json_t *value, int depth);

static bool fail_at(struct checking *at, const char *word)
{
    (void)snprintf(at->wrong, sizeof at->wrong, "%.180s: %.60s", at->path, word);
    return false;
}

static const json_t *follow(const json_t *rule)
{
    const char *ref = json_string_value(json_object_get(rule, "$ref"));
    if (!ref)
        return rule;
    assert_int_equal(strncmp(ref, "#/$defs/", 8), 0);
    const json_t *found = json_object_get(json_object_get(schema, "$defs"), ref + 8);
    assert_non_null(found);
    return found;
}

static bool is_of(const json_t *value, const char *type)
{
    static const struct {
        const char *name;
        json_type type;
    } types[] = {{"object", JSON_OBJECT},
                 {"array", JSON_ARRAY},
                 {"string", JSON_STRING},
                 {"integer", JSON_INTEGER},
                 {"null", JSON_NULL}};
    if (strcmp(type, "boolean") == 0)
        return json_is_boolean(value);
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (strcmp(types[i].name, type) == 0)
            return json_typeof(value) == types[i].type;
    fail_msg("a type that this test does not know: %s", type);
    return false;
}

static bool check_type(const json_t *rule, const json_t *value)
{
    const json_t *type = json_object_get(rule, "type");
    if (!type)
        return true;
    if (json_is_string(type))
        return is_of(value, json_string_value(type));
    for (size_t i = 0; i < json_array_size(type); i++)
        if (is_of(value, json_string_value(json_array_get(type, i))))
            return true;
    return false;
}

static bool within(const json_t *rule, const char *least, const char *most, json_int_t number)
{
    const json_t *min = json_object_get(rule, least), *max = json_object_get(rule, most);
    return (!min || number >= json_integer_value(min)) && (!max || number <= json_integer_value(max));
}

static bool check_value(const json_t *rule, const json_t *value)
{
    const json_t *words = json_object_get(rule, "enum"), *constant = json_object_get(rule, "const");
    bool known = !words;
    for (size_t i = 0; i < json_array_size(words); i++)
        known = known || json_equal(json_array_get(words, i), value);
    if (!known || (constant && !json_equal(constant, value)))
        return false;
    if (json_is_integer(value))
        return within(rule, "minimum", "maximum", json_integer_value(value));
    if (json_is_string(value))
        return within(rule, "minLength", "maxLength", (json_int_t)json_string_length(value));
    return true;
}

static bool check_array(struct checking *at, const json_t *rule, const json_t *value, int depth)
{
    const json_t *items = json_object_get(rule, "items"), *first = json_object_get(rule, "prefixItems");
    if (!within(rule, "minItems", "maxItems", (json_int_t)json_array_size(value)))
        return fail_at(at, "number of items");
    for (size_t i = 0; i < json_array_size(value); i++) {
        const json_t *of = i < json_array_size(first) ? json_array_get(first, i) : items;
        if (of && !check(at, of, json_array_get(value, i), depth))
            return false;
    }
    return true;
}

static bool check_object(struct checking *at, const json_t *rule, json_t *value, int depth)
{
    const json_t *required = json_object_get(rule, "required"), *properties = json_object_get(rule, "properties");
    const json_t *others = json_object_get(rule, "additionalProperties");
    if (!within(rule, "minProperties", "maxProperties", (json_int_t)json_object_size(value)))
        return fail_at(at, "number of keys");
    for (size_t i = 0; i < json_array_size(required); i++)
        if (!json_object_get(value, json_string_value(json_array_get(required, i))))
            return fail_at(at, json_string_value(json_array_get(required, i)));
    for (void *it = json_object_iter(value); it; it = json_object_iter_next(value, it)) {
        const char *key = json_object_iter_key(it);
        const json_t *of = json_object_get(properties, key);
        const size_t len = strlen(at->path);
        if (!of && json_is_object(others))
            of = others;
        if (!of && properties && (json_is_false(others) || (at->strict && strncmp(key, "x-", 2) != 0)))
            return fail_at(at, key);
        (void)snprintf(at->path + len, sizeof at->path - len, ".%s", key);
        if (of && !check(at, of, json_object_iter_value(it), depth))
            return false;
        at->path[len] = '\0';
    }
    return true;
}

static bool check_one_of(struct checking *at, const json_t *list, const json_t *value, int depth)
{
    size_t fits = 0;
    for (size_t i = 0; i < json_array_size(list); i++) {
        struct checking aside = *at;
        fits += check(&aside, json_array_get(list, i), value, depth);
    }
    return fits == 1 || fail_at(at, "oneOf");
}

static bool check(struct checking *at, const json_t *rule, const json_t *value, int depth)
{
    assert_true(depth < DEPTH_MAX);
    rule = follow(rule);
    if (!check_type(rule, value))
        return fail_at(at, "type");
    if (!check_value(rule, value))
        return fail_at(at, "value");
    if (json_object_get(rule, "oneOf") && !check_one_of(at, json_object_get(rule, "oneOf"), value, depth + 1))
        return false;
    if (json_is_array(value))
        return check_array(at, rule, value, depth + 1);
    return !json_is_object(value) || check_object(at, rule, (json_t *)(uintptr_t)value, depth + 1);
}

static const char *const packs[] = {"policies/procedure-a-psm.json", "policies/procedure-b-fsm.json",
                                    "policies/statutory-england.json", "tests/policy/packs/northvale.json",
                                    "tests/policy/packs/southmere.json"};

static void schema__takes_every_pack_and_knows_its_keys(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof packs / sizeof packs[0]; i++) {
        struct checking at = {.strict = true};
        json_t *pack = load_tree_json(packs[i]);
        if (!check(&at, schema, pack, 0))
            fail_msg("%s%s", packs[i], at.wrong);
        json_decref(pack);
    }
}

static json_t *value_of(const char *text)
{
    char wrapped[128];
    json_t *list = NULL;
    struct hf_error err = {0};
    (void)snprintf(wrapped, sizeof wrapped, "[%s]", text);
    assert_ok(hf_json_load(hf_slice_str(wrapped), &list, &err));
    json_t *value = json_incref(json_array_get(list, 0));
    json_decref(list);
    return value;
}

/* What the reader refuses, an editor marks while it is written. */
static void schema__refuses_what_the_reader_refuses(void **state)
{
    static const struct {
        const char *part, *key, *wrong;
    } changes[] = {
        {NULL, "format", "2"},
        {NULL, "names", "[]"},
        {NULL, "calendar", "null"},
        {"rules", "kind", "\"deadlin\""},
        {"rules", "strength", "\"must\""},
        {"rules", "holds", "[\"equal\", \"case.status\", \"open\"]"},
        {"rights", "by", "[]"},
        {"retention", "from", "\"moon\""},
        {"retention", "years", "0"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        struct checking at = {.strict = false};
        struct hf_buf bytes = {0};
        struct hf_policy_pack *loaded = NULL;
        struct hf_error err = {0};
        json_t *pack = load_tree_json(packs[1]), *value = value_of(changes[i].wrong);
        json_t *part = changes[i].part ? json_array_get(json_object_get(pack, changes[i].part), 0) : pack;
        assert_int_equal(json_object_set_new(part, changes[i].key, value), 0);
        if (check(&at, schema, pack, 0))
            fail_msg("the schema takes %s", changes[i].wrong);
        assert_ok(hf_json_dump(pack, 0, &bytes));
        assert_int_not_equal(hf_policy_pack_load(hf_buf_slice(&bytes), &loaded, &err), HF_OK);
        hf_buf_clear(&bytes);
        json_decref(pack);
    }
}

static int load(void **state)
{
    schema = load_tree_json("policies/pack.schema.json");
    return support_start(state);
}

static int unload(void **state)
{
    (void)state;
    json_decref(schema);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(schema__takes_every_pack_and_knows_its_keys),
        cmocka_unit_test(schema__refuses_what_the_reader_refuses),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
