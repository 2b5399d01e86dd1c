/* Values in conditions: fields, words, settings, the first or last moment of several records. */
#include "core/policy/expr.h"

#include "core/base/assert.h"

#include <stdlib.h>
#include <string.h>

#define NODES_AT_FIRST 1024

bool hf_build_node(struct hf_build *build, enum hf_op op, int32_t *out)
{
    struct hf_policy_pack *pack = build->pack;
    if (pack->node_count == HF_PACK_NODES_MAX)
        return hf_build_fail_status(build, HF_ERR_LIMIT, "the conditions of one pack have at most %d parts",
                                    HF_PACK_NODES_MAX);
    if (pack->node_count == pack->node_cap) {
        const size_t cap = pack->node_cap ? pack->node_cap * 2 : NODES_AT_FIRST;
        struct hf_node *grown = realloc(pack->nodes, cap * sizeof *grown);
        if (!grown)
            return hf_build_fail_status(build, HF_ERR_NOMEM, "%s", hf_status_text(HF_ERR_NOMEM));
        pack->nodes = grown;
        pack->node_cap = cap;
    }
    *out = (int32_t)pack->node_count;
    pack->nodes[pack->node_count++] = (struct hf_node){
        .op = op, .child = HF_NODE_NONE, .next = HF_NODE_NONE, .slot = HF_SLOT_NONE, .of = HF_SLOT_NONE};
    return true;
}

void hf_build_adopt(struct hf_build *build, int32_t parent, int32_t child)
{
    struct hf_node *nodes = build->pack->nodes;
    int32_t *place = &nodes[parent].child;
    while (*place != HF_NODE_NONE)
        place = &nodes[*place].next;
    *place = child;
}

static int32_t find_name(const struct hf_scope *scope, const char *name, size_t len)
{
    for (size_t i = scope->count; i > 0; i--)
        if (scope->names[i - 1].len == len && memcmp(scope->names[i - 1].name, name, len) == 0)
            return (int32_t)(i - 1);
    return HF_SLOT_NONE;
}

bool hf_scope_push(struct hf_build *build, struct hf_scope *scope, const char *name, size_t len,
                   const struct hf_record_spec *type, int32_t *out_slot)
{
    if (scope->count == HF_SLOTS_MAX)
        return hf_build_fail_status(build, HF_ERR_LIMIT, "a condition can name at most %d records at once",
                                    HF_SLOTS_MAX);
    *out_slot = (int32_t)scope->count;
    scope->names[scope->count++] = (struct hf_scope_name){.name = name, .len = len, .type = type};
    return true;
}

bool hf_build_path(struct hf_build *build, const struct hf_scope *scope, const char *text, int32_t *out)
{
    const char *dot = strchr(text, '.');
    const int32_t slot = dot ? find_name(scope, text, (size_t)(dot - text)) : HF_SLOT_NONE;
    if (slot == HF_SLOT_NONE)
        return hf_build_fail(build, "\"%.*s\" names no record that is known here; write \"record.field\"",
                             HF_PACK_NAME_BYTES_MAX, text);
    const struct hf_record_spec *type = scope->names[slot].type;
    const bool is_id = strcmp(dot + 1, "id") == 0;
    const struct hf_field_spec *field = is_id ? NULL : hf_model_field_named(type, hf_slice_str(dot + 1));
    if (!field && !is_id)
        return hf_build_fail(build, "a %s has no field \"%.*s\"", type->name, HF_PACK_NAME_BYTES_MAX, dot + 1);
    if (!hf_build_node(build, HF_OP_PATH, out))
        return false;
    build->pack->nodes[*out].slot = slot;
    build->pack->nodes[*out].type = type;
    build->pack->nodes[*out].field = field;
    return true;
}

/* Takes the next word, parted by single spaces; empty at the end. */
static struct hf_slice next_word(const char **at)
{
    const size_t len = strcspn(*at, " ");
    const struct hf_slice word = hf_slice_of(*at, len);
    *at += len + ((*at)[len] == ' ' ? 1 : 0);
    return word;
}

static bool word_is(struct hf_slice word, const char *text)
{
    return hf_slice_equal(word, hf_slice_str(text));
}

bool hf_build_relation(struct hf_build *build, struct hf_scope *scope, enum hf_op op, const json_t *json, int32_t *out)
{
    const char *at = json_string_value(json);
    if (!at)
        return hf_build_fail(build, "which records: a text such as \"briefing of meeting\" belongs here");
    const struct hf_slice name = next_word(&at);
    const struct hf_record_spec *type = hf_model_type_named(name);
    struct hf_slice alias = name;
    struct hf_slice word = next_word(&at);
    int32_t of = HF_SLOT_NONE;
    int32_t slot = HF_SLOT_NONE;
    if (!type)
        return hf_build_fail(build, "\"%.*s\" is no type of record", HF_PACK_NAME_BYTES_MAX, json_string_value(json));
    if (word_is(word, "of")) {
        word = next_word(&at);
        of = find_name(scope, (const char *)word.data, word.len);
        if (of == HF_SLOT_NONE)
            return hf_build_fail(build, "what stands after \"of\" names no record that is known here");
        word = next_word(&at);
    }
    if (word_is(word, "as")) {
        alias = next_word(&at);
        word = next_word(&at);
    }
    if (word.len > 0 || alias.len == 0 || *at)
        return hf_build_fail(build, "write \"type\", \"type of name\" or \"type of name as other\"");
    if (!hf_scope_push(build, scope, (const char *)alias.data, alias.len, type, &slot) ||
        !hf_build_node(build, op, out))
        return false;
    struct hf_node *node = &build->pack->nodes[*out];
    node->type = type;
    node->slot = slot;
    node->of = of;
    node->n = 1;
    return true;
}

enum hf_value_kind hf_build_kind_of(const struct hf_build *build, int32_t index)
{
    static const enum hf_value_kind kinds[] = {
        [HF_TYPE_TEXT] = HF_VALUE_TEXT,   [HF_TYPE_INT] = HF_VALUE_INT,     [HF_TYPE_BOOL] = HF_VALUE_BOOL,
        [HF_TYPE_DATE] = HF_VALUE_MOMENT, [HF_TYPE_TIME] = HF_VALUE_MOMENT, [HF_TYPE_CODE] = HF_VALUE_TEXT,
        [HF_TYPE_REF] = HF_VALUE_REF};
    const struct hf_node *node = &build->pack->nodes[index];
    switch (node->op) {
    case HF_OP_PATH:
        return node->field ? kinds[node->field->type] : HF_VALUE_REF;
    case HF_OP_LITERAL:
        return node->value.kind;
    case HF_OP_SETTING:
        return build->pack->settings[node->n].is_int ? HF_VALUE_INT : HF_VALUE_TEXT;
    case HF_OP_FIRST:
    case HF_OP_LAST:
    case HF_OP_EITHER:
    case HF_OP_LATEST:
        return HF_VALUE_MOMENT;
    case HF_OP_AUTHOR:
        return HF_VALUE_REF;
    default:
        return HF_VALUE_TEXT;
    }
}

static bool is_code_of(const struct hf_field_spec *field, struct hf_slice word)
{
    for (size_t i = 0; field->codes[i]; i++)
        if (hf_slice_equal(hf_slice_str(field->codes[i]), word))
            return true;
    return false;
}

bool hf_build_same_kind(struct hf_build *build, int32_t left, int32_t right)
{
    const struct hf_node *path = &build->pack->nodes[left];
    const struct hf_node *word = &build->pack->nodes[right];
    if (hf_build_kind_of(build, left) != hf_build_kind_of(build, right))
        return hf_build_fail(build, "the two sides can never be equal: they are of different kinds");
    if (path->op == HF_OP_PATH && path->field && path->field->codes && word->op == HF_OP_LITERAL &&
        !is_code_of(path->field, word->value.text))
        return hf_build_fail(build, "\"%.*s\" is no value of %s", (int)word->value.text.len,
                             (const char *)word->value.text.data, path->field->name);
    return true;
}

static bool literal(struct hf_build *build, struct hf_policy_value value, int32_t *out)
{
    if (!hf_build_node(build, HF_OP_LITERAL, out))
        return false;
    build->pack->nodes[*out].value = value;
    return true;
}

static bool build_extreme(struct hf_build *build, struct hf_scope *scope, const json_t *list, enum hf_op op,
                          int32_t *out)
{
    struct hf_scope inner = *scope;
    int32_t moment = HF_NODE_NONE;
    int32_t where = HF_NODE_NONE;
    if (json_array_size(list) < 3 || json_array_size(list) > 4 || json_is_null(json_array_get(list, 2)))
        return hf_build_fail(build, "write [\"first\", \"records\", \"record.time\", condition]");
    if (++build->expr_depth > HF_PACK_EXPR_DEPTH_MAX)
        return hf_build_fail_status(build, HF_ERR_LIMIT, "a date or time stands too deep in others");
    if (!hf_build_relation(build, &inner, op, json_array_get(list, 1), out) ||
        !hf_build_moment(build, &inner, json_array_get(list, 2), &moment) ||
        !hf_build_condition(build, &inner, json_array_get(list, 3), &where))
        return false;
    build->expr_depth--;
    hf_build_adopt(build, *out, moment);
    if (where != HF_NODE_NONE)
        hf_build_adopt(build, *out, where);
    return true;
}

/* Moments only. */
static bool build_several(struct hf_build *build, struct hf_scope *scope, const json_t *list, enum hf_op op,
                          int32_t *out)
{
    const size_t count = json_array_size(list);
    if (count < 3 || count > HF_CHOICES_MAX)
        return hf_build_fail(build, "\"%s\" takes 2 to %d dates or times", json_string_value(json_array_get(list, 0)),
                             HF_CHOICES_MAX - 1);
    if (!hf_build_node(build, op, out))
        return false;
    if (++build->expr_depth > HF_PACK_EXPR_DEPTH_MAX)
        return hf_build_fail_status(build, HF_ERR_LIMIT, "a date or time stands too deep in others");
    for (size_t i = 1; i < count; i++) {
        int32_t moment = HF_NODE_NONE;
        if (json_is_null(json_array_get(list, i)) || !hf_build_moment(build, scope, json_array_get(list, i), &moment))
            return json_is_null(json_array_get(list, i)) ? hf_build_fail(build, "null is no date") : false;
        hf_build_adopt(build, *out, moment);
    }
    build->expr_depth--;
    return true;
}

static bool build_setting(struct hf_build *build, const char *name, int32_t *out)
{
    const int32_t setting = name ? hf_pack_setting(build->pack, name) : HF_NODE_NONE;
    if (setting == HF_NODE_NONE)
        return hf_build_fail(build, "no setting of that name stands in \"settings\"");
    if (!hf_build_node(build, HF_OP_SETTING, out))
        return false;
    build->pack->nodes[*out].n = setting;
    return true;
}

static bool build_list_value(struct hf_build *build, struct hf_scope *scope, const json_t *list, int32_t *out)
{
    const char *name = json_string_value(json_array_get(list, 0));
    const char *word = json_string_value(json_array_get(list, 1));
    if (name && strcmp(name, "first") == 0)
        return build_extreme(build, scope, list, HF_OP_FIRST, out);
    if (name && strcmp(name, "last") == 0)
        return build_extreme(build, scope, list, HF_OP_LAST, out);
    if (name && strcmp(name, "either") == 0)
        return build_several(build, scope, list, HF_OP_EITHER, out);
    if (name && strcmp(name, "latest") == 0)
        return build_several(build, scope, list, HF_OP_LATEST, out);
    if (name && strcmp(name, "setting") == 0)
        return build_setting(build, word, out);
    if (name && word && strcmp(name, "pack") == 0 && strcmp(word, "version") == 0)
        return hf_build_node(build, HF_OP_VERSION, out);
    if (name && word && strcmp(name, "pack") == 0 && strcmp(word, "policy") == 0)
        return hf_build_node(build, HF_OP_POLICY, out);
    if (name && json_array_size(list) == 1 && strcmp(name, "author") == 0)
        return build->in_right
                   ? hf_build_node(build, HF_OP_AUTHOR, out)
                   : hf_build_fail(build, "[\"author\"] is known in \"also\" and \"needs\" of a right only");
    if (name && word && strcmp(name, "text") == 0)
        return literal(build, (struct hf_policy_value){.kind = HF_VALUE_TEXT, .text = hf_slice_str(word)}, out);
    return hf_build_fail(build, "a value belongs here: \"record.field\", a word, a number, [\"setting\", …] or "
                                "[\"first\", …]");
}

static bool build_field(struct hf_build *build, struct hf_scope *scope, const char *text, int32_t *out)
{
    if (!hf_build_path(build, scope, text, out))
        return false;
    const struct hf_field_spec *field = build->pack->nodes[*out].field;
    if (field && (field->kind == HF_KIND_SET || field->kind == HF_KIND_APPEND))
        return hf_build_fail(build, "%s holds several values; ask with \"has\" or \"holds\"", text);
    return true;
}

bool hf_build_value(struct hf_build *build, struct hf_scope *scope, const json_t *json, int32_t like, int32_t *out)
{
    const char *text = json_string_value(json);
    if (text && (like == HF_NODE_NONE || strchr(text, '.')))
        return build_field(build, scope, text, out);
    if (text)
        return literal(build, (struct hf_policy_value){.kind = HF_VALUE_TEXT, .text = hf_slice_str(text)}, out);
    if (json_is_integer(json))
        return literal(build, (struct hf_policy_value){.kind = HF_VALUE_INT, .number = json_integer_value(json)}, out);
    if (json_is_boolean(json))
        return literal(build, (struct hf_policy_value){.kind = HF_VALUE_BOOL, .number = json_is_true(json)}, out);
    if (json_is_array(json))
        return build_list_value(build, scope, json, out);
    return hf_build_fail(build, "a value belongs here; numbers are whole numbers");
}

bool hf_build_moment(struct hf_build *build, struct hf_scope *scope, const json_t *json, int32_t *out)
{
    *out = HF_NODE_NONE;
    if (!json || json_is_null(json))
        return true;
    if (!hf_build_value(build, scope, json, HF_NODE_NONE, out))
        return false;
    if (hf_build_kind_of(build, *out) != HF_VALUE_MOMENT)
        return hf_build_fail(build, "a date or time belongs here");
    return true;
}
