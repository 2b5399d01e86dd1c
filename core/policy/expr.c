/* Conditions: from JSON to nodes. Every name is looked up here, so that evaluating cannot meet an unknown one. */
#include "core/policy/expr.h"

#include "core/base/assert.h"

#include <stdlib.h>
#include <string.h>

#define N_MAX 100000

static bool condition(struct hf_build *build, struct hf_scope *scope, const json_t *json, int32_t *out);

static bool argument(struct hf_build *build, struct hf_scope *scope, const json_t *list, size_t index, int32_t parent)
{
    int32_t child = HF_NODE_NONE;
    hf_build_enter_index(build, index);
    const bool fine = condition(build, scope, json_array_get(list, index), &child);
    hf_build_leave(build);
    if (fine)
        hf_build_adopt(build, parent, child);
    return fine;
}

static bool sized(struct hf_build *build, const json_t *list, size_t least, size_t most)
{
    const size_t count = json_array_size(list) - 1;
    if (count >= least && count <= most)
        return true;
    return hf_build_fail(build, "\"%s\" takes %zu to %zu arguments, here are %zu",
                         json_string_value(json_array_get(list, 0)), least, most, count);
}

static bool build_logic(struct hf_build *build, struct hf_scope *scope, const json_t *list, enum hf_op op, int32_t *out)
{
    if (!sized(build, list, 1, op == HF_OP_NOT ? 1 : HF_CHOICES_MAX) || !hf_build_node(build, op, out))
        return false;
    for (size_t i = 1; i < json_array_size(list); i++)
        if (!argument(build, scope, list, i, *out))
            return false;
    return true;
}

/* A path of any kind of field. */
static bool build_set(struct hf_build *build, struct hf_scope *scope, const json_t *list, bool negated, int32_t *out)
{
    int32_t path = HF_NODE_NONE;
    int32_t set = HF_NODE_NONE;
    if (!sized(build, list, 1, 1))
        return false;
    if (!json_is_string(json_array_get(list, 1)))
        return hf_build_fail(build, "takes a field, written as \"record.field\"");
    if (!hf_build_node(build, HF_OP_SET, &set) ||
        !hf_build_path(build, scope, json_string_value(json_array_get(list, 1)), &path))
        return false;
    hf_build_adopt(build, set, path);
    *out = set;
    if (!negated)
        return true;
    if (!hf_build_node(build, HF_OP_NOT, out))
        return false;
    hf_build_adopt(build, *out, set);
    return true;
}

static bool build_compare(struct hf_build *build, struct hf_scope *scope, const json_t *list, enum hf_op op,
                          bool swapped, int32_t *out)
{
    int32_t left = HF_NODE_NONE;
    int32_t right = HF_NODE_NONE;
    if (!sized(build, list, 2, 2) || !hf_build_node(build, op, out) ||
        !hf_build_value(build, scope, json_array_get(list, 1), HF_NODE_NONE, &left) ||
        !hf_build_value(build, scope, json_array_get(list, 2), left, &right))
        return false;
    if (!hf_build_same_kind(build, left, right))
        return false;
    if (op != HF_OP_EQ && hf_build_kind_of(build, left) != HF_VALUE_INT)
        return hf_build_fail(build, "compares whole numbers; times are compared by \"before\"");
    hf_build_adopt(build, *out, swapped ? right : left);
    hf_build_adopt(build, *out, swapped ? left : right);
    return true;
}

static bool build_in(struct hf_build *build, struct hf_scope *scope, const json_t *list, int32_t *out)
{
    int32_t path = HF_NODE_NONE;
    if (!sized(build, list, 2, 2) || !hf_build_node(build, HF_OP_IN, out) ||
        !hf_build_value(build, scope, json_array_get(list, 1), HF_NODE_NONE, &path))
        return false;
    hf_build_adopt(build, *out, path);
    const json_t *words = json_array_get(list, 2);
    if (!json_is_array(words) || json_array_size(words) == 0)
        return hf_build_fail(build, "the second argument of \"in\" is a list of values");
    for (size_t i = 0; i < json_array_size(words); i++) {
        int32_t word = HF_NODE_NONE;
        if (!hf_build_value(build, scope, json_array_get(words, i), path, &word) ||
            !hf_build_same_kind(build, path, word))
            return false;
        hf_build_adopt(build, *out, word);
    }
    return true;
}

static bool many_path(struct hf_build *build, struct hf_scope *scope, const json_t *json, int32_t *out)
{
    if (!json_is_string(json) || !hf_build_path(build, scope, json_string_value(json), out))
        return json_is_string(json) ? false : hf_build_fail(build, "takes a field, written as \"record.field\"");
    const struct hf_field_spec *field = build->pack->nodes[*out].field;
    if (field && (field->kind == HF_KIND_SET || field->kind == HF_KIND_APPEND))
        return true;
    return hf_build_fail(build, "%s holds one value, not several", json_string_value(json));
}

static bool build_has(struct hf_build *build, struct hf_scope *scope, const json_t *list, int32_t *out)
{
    int32_t path = HF_NODE_NONE;
    int32_t element = HF_NODE_NONE;
    if (!sized(build, list, 2, 2) || !hf_build_node(build, HF_OP_HAS, out) ||
        !many_path(build, scope, json_array_get(list, 1), &path) ||
        !hf_build_value(build, scope, json_array_get(list, 2), path, &element) ||
        !hf_build_same_kind(build, path, element))
        return false;
    hf_build_adopt(build, *out, path);
    hf_build_adopt(build, *out, element);
    return true;
}

static bool build_n(struct hf_build *build, const json_t *json, int32_t *out)
{
    const json_int_t n = json_is_integer(json) ? json_integer_value(json) : -1;
    if (n < 1 || n > N_MAX)
        return hf_build_fail(build, "how many: a whole number from 1 to %d belongs here", N_MAX);
    *out = (int32_t)n;
    return true;
}

static bool build_holds(struct hf_build *build, struct hf_scope *scope, const json_t *list, int32_t *out)
{
    int32_t path = HF_NODE_NONE;
    int32_t n = 0;
    if (!sized(build, list, 2, 2) || !hf_build_node(build, HF_OP_HOLDS, out) ||
        !many_path(build, scope, json_array_get(list, 1), &path) || !build_n(build, json_array_get(list, 2), &n))
        return false;
    build->pack->nodes[*out].n = n;
    hf_build_adopt(build, *out, path);
    return true;
}

static bool build_moments(struct hf_build *build, struct hf_scope *scope, const json_t *list, enum hf_op op,
                          bool swapped, int32_t *out)
{
    const size_t count = op == HF_OP_PAST ? 1 : 2;
    int32_t moments[2];
    if (!sized(build, list, count, count) || !hf_build_node(build, op, out))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!hf_build_moment(build, scope, json_array_get(list, i + 1), &moments[i]) || moments[i] == HF_NODE_NONE)
            return build->problems > 0 ? false : hf_build_fail(build, "a date or time belongs here, not null");
    for (size_t i = 0; i < count; i++)
        hf_build_adopt(build, *out, moments[swapped ? count - 1 - i : i]);
    return true;
}

static bool build_relation_test(struct hf_build *build, struct hf_scope *scope, const json_t *list, enum hf_op op,
                                int32_t *out)
{
    const bool counts = op == HF_OP_COUNT;
    const size_t condition_at = counts ? 3 : 2;
    struct hf_scope inner = *scope;
    int32_t n = 1;
    if (!sized(build, list, op == HF_OP_EACH || counts ? 2 : 1, condition_at) ||
        !hf_build_relation(build, &inner, op, json_array_get(list, 1), out))
        return false;
    if (counts && !build_n(build, json_array_get(list, 2), &n))
        return false;
    build->pack->nodes[*out].n = n;
    return json_array_size(list) <= condition_at || argument(build, &inner, list, condition_at, *out);
}

static bool build_is_role(struct hf_build *build, struct hf_scope *scope, const json_t *list, int32_t *out)
{
    int32_t path = HF_NODE_NONE;
    if (!sized(build, list, 2, 2) || !hf_build_node(build, HF_OP_IS_ROLE, out) ||
        !hf_build_value(build, scope, json_array_get(list, 1), HF_NODE_NONE, &path))
        return false;
    const char *name = json_string_value(json_array_get(list, 2));
    const int32_t chooser = name ? hf_pack_chooser(build->pack, name) : HF_NODE_NONE;
    if (chooser == HF_NODE_NONE)
        return hf_build_fail(build, "\"is_role\" takes a field and a name from \"roles\"");
    build->pack->nodes[*out].n = chooser;
    hf_build_adopt(build, *out, path);
    return true;
}

/* The roles are literals after the field: a role of the model, or a name of the pack's "roles". */
static bool build_people(struct hf_build *build, struct hf_scope *scope, const json_t *list, int32_t *out)
{
    int32_t path = HF_NODE_NONE;
    int32_t n = 0;
    if (!build->in_right)
        return hf_build_fail(build, "\"people\" is known in \"also\" and \"needs\" of a right only");
    const json_t *roles = json_array_get(list, 3);
    if (!sized(build, list, 2, 3) || !hf_build_node(build, HF_OP_PEOPLE, out))
        return false;
    if (!json_is_string(json_array_get(list, 1)) ||
        !hf_build_path(build, scope, json_string_value(json_array_get(list, 1)), &path))
        return json_is_string(json_array_get(list, 1))
                   ? false
                   : hf_build_fail(build, "takes a field, written as \"record.field\"");
    const struct hf_field_spec *field = build->pack->nodes[path].field;
    if (!field || field->type != HF_TYPE_REF || field->kind == HF_KIND_APPEND)
        return hf_build_fail(build, "\"people\" takes a field that names people");
    if (!build_n(build, json_array_get(list, 2), &n) || (roles && !json_is_array(roles)))
        return roles && !json_is_array(roles) ? hf_build_fail(build, "the roles are a list") : false;
    build->pack->nodes[*out].n = n;
    hf_build_adopt(build, *out, path);
    for (size_t i = 0; i < json_array_size(roles); i++) {
        const char *role = json_string_value(json_array_get(roles, i));
        int32_t word = HF_NODE_NONE;
        if (!role || (!hf_pack_is_role(role) && hf_pack_chooser(build->pack, role) == HF_NODE_NONE))
            return hf_build_fail(build, "\"%s\" is no role, and none of \"roles\"", role ? role : "?");
        if (!hf_build_node(build, HF_OP_LITERAL, &word))
            return false;
        build->pack->nodes[word].value = (struct hf_policy_value){
            .kind = HF_VALUE_TEXT, .text = hf_slice_str(role)}; /* ends with NUL in the document */
        hf_build_adopt(build, *out, word);
    }
    return true;
}

struct word {
    const char *name;
    enum hf_op op;
    bool swapped;
};
static const struct word words[] = {
    {"and", HF_OP_AND, false},       {"or", HF_OP_OR, false},
    {"not", HF_OP_NOT, false},       {"set", HF_OP_SET, false},
    {"unset", HF_OP_SET, true},      {"eq", HF_OP_EQ, false},
    {"lt", HF_OP_LT, false},         {"le", HF_OP_LE, false},
    {"gt", HF_OP_LT, true},          {"ge", HF_OP_LE, true},
    {"in", HF_OP_IN, false},         {"has", HF_OP_HAS, false},
    {"holds", HF_OP_HOLDS, false},   {"before", HF_OP_BEFORE, false},
    {"after", HF_OP_BEFORE, true},   {"not_after", HF_OP_NOT_AFTER, false},
    {"past", HF_OP_PAST, false},     {"not_before", HF_OP_NOT_AFTER, true},
    {"exists", HF_OP_EXISTS, false}, {"each", HF_OP_EACH, false},
    {"count", HF_OP_COUNT, false},   {"is_role", HF_OP_IS_ROLE, false},
    {"people", HF_OP_PEOPLE, false},
};

static bool dispatch(struct hf_build *build, struct hf_scope *scope, const json_t *list, const struct word *word,
                     int32_t *out)
{
    switch (word->op) {
    case HF_OP_AND:
    case HF_OP_OR:
    case HF_OP_NOT:
        return build_logic(build, scope, list, word->op, out);
    case HF_OP_SET:
        return build_set(build, scope, list, word->swapped, out);
    case HF_OP_EQ:
    case HF_OP_LT:
    case HF_OP_LE:
        return build_compare(build, scope, list, word->op, word->swapped, out);
    case HF_OP_IN:
        return build_in(build, scope, list, out);
    case HF_OP_HAS:
        return build_has(build, scope, list, out);
    case HF_OP_HOLDS:
        return build_holds(build, scope, list, out);
    case HF_OP_BEFORE:
    case HF_OP_NOT_AFTER:
    case HF_OP_PAST:
        return build_moments(build, scope, list, word->op, word->swapped, out);
    case HF_OP_EXISTS:
    case HF_OP_EACH:
    case HF_OP_COUNT:
        return build_relation_test(build, scope, list, word->op, out);
    case HF_OP_PEOPLE:
        return build_people(build, scope, list, out);
    default:
        return build_is_role(build, scope, list, out);
    }
}

static bool condition(struct hf_build *build, struct hf_scope *scope, const json_t *json, int32_t *out)
{
    if (json_is_boolean(json))
        return hf_build_node(build, json_is_true(json) ? HF_OP_TRUE : HF_OP_FALSE, out);
    const char *name = json_string_value(json_array_get(json, 0));
    if (!name)
        return hf_build_fail(build, "a condition belongs here, such as [\"set\", \"meeting.start\"]");
    if (++build->expr_depth > HF_PACK_EXPR_DEPTH_MAX) {
        build->expr_depth--;
        return hf_build_fail_status(build, HF_ERR_LIMIT, "conditions stand at most %d deep in each other",
                                    HF_PACK_EXPR_DEPTH_MAX);
    }
    bool fine = false;
    size_t i = 0;
    while (i < sizeof words / sizeof words[0] && strcmp(words[i].name, name) != 0)
        i++;
    if (i < sizeof words / sizeof words[0])
        fine = dispatch(build, scope, json, &words[i], out);
    else
        (void)hf_build_fail(build, "\"%.*s\" is no condition", HF_PACK_NAME_BYTES_MAX, name);
    build->expr_depth--;
    return fine;
}

bool hf_build_condition(struct hf_build *build, struct hf_scope *scope, const json_t *json, int32_t *out)
{
    *out = HF_NODE_NONE;
    return !json || json_is_null(json) || condition(build, scope, json, out);
}
