#include "core/policy/eval.h"

#include "core/base/assert.h"
#include "core/pack/cursor.h"

#include <string.h>

static const struct hf_policy_value none = {.kind = HF_VALUE_NONE};

void hf_eval_depends(struct hf_eval *eval, uint64_t moment_ms)
{
    if (moment_ms > eval->now_ms && (eval->next_ms == 0 || moment_ms < eval->next_ms))
        eval->next_ms = moment_ms;
}

/* --- fields ------------------------------------------------------------------------------------------------------ */

static struct hf_policy_value date_value(struct hf_slice text)
{
    hf_day day = 0;
    if (hf_day_parse(text, &day) != HF_OK)
        return none;
    return (struct hf_policy_value){.kind = HF_VALUE_MOMENT, .moment = hf_moment_on(day)};
}

static struct hf_policy_value decode(const struct hf_field_spec *field, struct hf_slice encoded)
{
    struct hf_policy_value value = none;
    struct hf_cursor cursor;
    hf_cursor_init(&cursor, encoded, 1);
    if (hf_cursor_peek(&cursor) == HF_PACK_NIL)
        return none;
    switch (field->type) {
    case HF_TYPE_TEXT:
    case HF_TYPE_CODE:
        value = (struct hf_policy_value){.kind = HF_VALUE_TEXT, .text = hf_cursor_text(&cursor, 0)};
        break;
    case HF_TYPE_INT:
        value = (struct hf_policy_value){.kind = HF_VALUE_INT, .number = hf_cursor_int(&cursor)};
        break;
    case HF_TYPE_BOOL:
        value = (struct hf_policy_value){.kind = HF_VALUE_BOOL, .number = hf_cursor_bool(&cursor)};
        break;
    case HF_TYPE_DATE:
        value = date_value(hf_cursor_text(&cursor, HF_DATE_BYTES));
        break;
    case HF_TYPE_TIME:
        value = (struct hf_policy_value){.kind = HF_VALUE_MOMENT, .moment = hf_moment_at(hf_cursor_uint(&cursor))};
        break;
    case HF_TYPE_REF:
        value = (struct hf_policy_value){.kind = HF_VALUE_REF, .ref = hf_cursor_id(&cursor)};
        break;
    case HF_TYPE_ACT:
    case HF_TYPE_TAKEN_OUT:
        break; /* no pack names these fields */
    }
    return hf_cursor_status(&cursor) == HF_OK ? value : none;
}

struct hf_policy_value hf_eval_field(const struct hf_record_state *state, const struct hf_field_spec *field)
{
    const struct hf_field_state *entries = hf_record_state_field(state, field->code);
    const struct hf_entry *only = NULL;
    if (entries && field->kind == HF_KIND_STATUS)
        return decode(field, hf_merge_plain_value(hf_model_type(state->type), entries));
    for (size_t i = 0; entries && i < entries->count; i++) {
        if (entries->entries[i].is_aside)
            continue;
        if (only && !hf_slice_equal(only->value, entries->entries[i].value))
            return none;
        only = &entries->entries[i];
    }
    return only ? decode(field, only->value) : none;
}

/* Filled, when all rivals are. */
static bool is_set(const struct hf_record_state *state, const struct hf_field_spec *field)
{
    static const uint8_t nil = 0xc0;
    const struct hf_field_state *entries = hf_record_state_field(state, field->code);
    bool any = false;
    for (size_t i = 0; entries && i < entries->count; i++) {
        if (entries->entries[i].is_aside) /* a proposed amendment */
            continue;
        if (hf_slice_equal(entries->entries[i].value, hf_slice_of(&nil, 1)))
            return false;
        any = true;
    }
    return any;
}

/* Different elements of a set; entries of an append field. */
static bool holds_at_least(const struct hf_record_state *state, const struct hf_field_spec *field, int32_t n)
{
    const struct hf_field_state *entries = hf_record_state_field(state, field->code);
    int32_t found = 0;
    for (size_t i = 0; entries && i < entries->count && found < n; i++) {
        bool again = entries->entries[i].is_aside;
        for (size_t j = 0; field->kind == HF_KIND_SET && j < i && !again; j++)
            again =
                !entries->entries[j].is_aside && hf_slice_equal(entries->entries[i].value, entries->entries[j].value);
        found += again ? 0 : 1;
    }
    return found >= n;
}

/* --- values ------------------------------------------------------------------------------------------------------ */

static bool count_step(struct hf_eval *eval)
{
    if (eval->status == HF_OK && ++eval->steps > HF_POLICY_STEPS_MAX)
        eval->status = HF_ERR_LIMIT;
    return eval->status == HF_OK;
}

static struct hf_policy_value path_value(const struct hf_eval *eval, const struct hf_node *node)
{
    const struct hf_record_state *state = eval->frame[node->slot];
    if (!state)
        return none;
    if (!node->field)
        return (struct hf_policy_value){.kind = HF_VALUE_REF, .ref = state->record_id};
    return hf_eval_field(state, node->field);
}

/* Calls the body for every record of a relation that meets its condition; the loop ends when it returns false. */
typedef bool record_fn(struct hf_eval *eval, const struct hf_node *relation, void *ctx);
static void each_record(struct hf_eval *eval, const struct hf_node *relation, int32_t condition, record_fn *body,
                        void *ctx)
{
    const struct hf_record_state *parent = relation->of == HF_SLOT_NONE ? NULL : eval->frame[relation->of];
    const struct hf_record_state *outer = eval->frame[relation->slot];
    const uint32_t end = eval->first[relation->type->code + 1];
    if (relation->of != HF_SLOT_NONE && !parent)
        return;
    for (uint32_t i = eval->first[relation->type->code]; i < end && count_step(eval); i++) {
        const struct hf_indexed *record = &eval->index[i];
        if (record->left_out || (parent && !hf_id_equal(&record->parent, &parent->record_id)))
            continue;
        eval->frame[relation->slot] = record->state;
        if (hf_eval_test(eval, condition, true) && !body(eval, relation, ctx))
            break;
    }
    eval->frame[relation->slot] = outer;
}

struct extreme {
    int32_t path;
    size_t count;
    bool last;
    struct hf_policy_value best;
};

static bool take_extreme(struct hf_eval *eval, const struct hf_node *relation, void *ctx)
{
    struct extreme *extreme = ctx;
    (void)relation;
    const struct hf_policy_value value = hf_eval_value(eval, extreme->path);
    if (value.kind == HF_VALUE_NONE)
        return true;
    extreme->count++;
    const int order = extreme->best.kind == HF_VALUE_NONE ? 0 : hf_moment_compare(value.moment, extreme->best.moment);
    if (extreme->best.kind == HF_VALUE_NONE || (extreme->last ? order > 0 : order < 0))
        extreme->best = value;
    return true;
}

static struct hf_policy_value extreme_value(struct hf_eval *eval, const struct hf_node *node)
{
    const int32_t path = node->child;
    struct extreme extreme = {.path = path, .last = node->op == HF_OP_LAST, .best = none};
    each_record(eval, node, eval->pack->nodes[path].next, take_extreme, &extreme);
    return extreme.best;
}

size_t hf_eval_times(struct hf_eval *eval, int32_t index, struct hf_policy_value *out)
{
    const struct hf_node *node = &eval->pack->nodes[index];
    struct extreme extreme = {.path = node->child, .last = node->op == HF_OP_LAST, .best = none};
    each_record(eval, node, eval->pack->nodes[node->child].next, take_extreme, &extreme);
    *out = extreme.best;
    return extreme.count;
}

static struct hf_policy_value either_value(struct hf_eval *eval, const struct hf_node *node)
{
    struct hf_policy_value value = none;
    for (int32_t i = node->child; i != HF_NODE_NONE && value.kind == HF_VALUE_NONE; i = eval->pack->nodes[i].next)
        value = hf_eval_value(eval, i);
    return value;
}

static struct hf_policy_value latest_value(struct hf_eval *eval, const struct hf_node *node)
{
    struct hf_policy_value latest = none;
    for (int32_t i = node->child; i != HF_NODE_NONE; i = eval->pack->nodes[i].next) {
        const struct hf_policy_value value = hf_eval_value(eval, i);
        if (value.kind != HF_VALUE_NONE &&
            (latest.kind == HF_VALUE_NONE || hf_moment_compare(value.moment, latest.moment) > 0))
            latest = value;
    }
    return latest;
}

struct hf_policy_value hf_eval_value(struct hf_eval *eval, int32_t index)
{
    if (index == HF_NODE_NONE || !count_step(eval))
        return none;
    const struct hf_node *node = &eval->pack->nodes[index];
    switch (node->op) {
    case HF_OP_PATH:
        return path_value(eval, node);
    case HF_OP_FIRST:
    case HF_OP_LAST:
        return extreme_value(eval, node);
    case HF_OP_EITHER:
        return either_value(eval, node);
    case HF_OP_LATEST:
        return latest_value(eval, node);
    case HF_OP_LITERAL:
        return node->value;
    case HF_OP_SETTING:
        return eval->settings[node->n];
    case HF_OP_VERSION:
        return (struct hf_policy_value){.kind = HF_VALUE_TEXT, .text = hf_slice_str(eval->pack->version)};
    case HF_OP_AUTHOR:
        return eval->asking ? (struct hf_policy_value){.kind = HF_VALUE_REF, .ref = eval->asking->author} : none;
    case HF_OP_POLICY:
        return (struct hf_policy_value){.kind = HF_VALUE_TEXT, .text = hf_slice_str(eval->pack->policy)};
    default:
        HF_ASSERT(false); /* reading the pack put a condition where a value belongs */
        return none;
    }
}

/* --- conditions -------------------------------------------------------------------------------------------------- */

static bool equal(const struct hf_policy_value *a, const struct hf_policy_value *b)
{
    if (a->kind != b->kind)
        return false;
    switch (a->kind) {
    case HF_VALUE_BOOL:
    case HF_VALUE_INT:
        return a->number == b->number;
    case HF_VALUE_TEXT:
        return hf_slice_equal(a->text, b->text);
    case HF_VALUE_REF:
        return hf_id_equal(&a->ref, &b->ref);
    case HF_VALUE_MOMENT:
        return hf_moment_compare(a->moment, b->moment) == 0;
    default:
        return false;
    }
}

static bool test_logic(struct hf_eval *eval, const struct hf_node *node)
{
    const bool stop_at = node->op == HF_OP_OR;
    for (int32_t i = node->child; i != HF_NODE_NONE; i = eval->pack->nodes[i].next)
        if (hf_eval_test(eval, i, false) == stop_at)
            return stop_at;
    return !stop_at;
}

static bool test_set(const struct hf_eval *eval, const struct hf_node *node)
{
    const struct hf_node *path = &eval->pack->nodes[node->child];
    const struct hf_record_state *state = eval->frame[path->slot];
    return state && (!path->field || is_set(state, path->field));
}

static bool test_pair(struct hf_eval *eval, const struct hf_node *node)
{
    const struct hf_policy_value left = hf_eval_value(eval, node->child);
    const struct hf_policy_value right = hf_eval_value(eval, eval->pack->nodes[node->child].next);
    if (left.kind == HF_VALUE_NONE || right.kind == HF_VALUE_NONE)
        return false;
    switch (node->op) {
    case HF_OP_LT:
        return left.number < right.number;
    case HF_OP_LE:
        return left.number <= right.number;
    case HF_OP_BEFORE:
        return hf_moment_compare(left.moment, right.moment) < 0;
    case HF_OP_NOT_AFTER:
        return hf_moment_compare(left.moment, right.moment) <= 0;
    default:
        return equal(&left, &right);
    }
}

static bool test_in(struct hf_eval *eval, const struct hf_node *node)
{
    const struct hf_policy_value value = hf_eval_value(eval, node->child);
    for (int32_t i = eval->pack->nodes[node->child].next; i != HF_NODE_NONE; i = eval->pack->nodes[i].next) {
        const struct hf_policy_value word = hf_eval_value(eval, i);
        if (value.kind != HF_VALUE_NONE && equal(&value, &word))
            return true;
    }
    return false;
}

static bool test_has(struct hf_eval *eval, const struct hf_node *node)
{
    const struct hf_node *path = &eval->pack->nodes[node->child];
    const struct hf_record_state *state = eval->frame[path->slot];
    const struct hf_policy_value wanted = hf_eval_value(eval, path->next);
    const struct hf_field_state *entries = state ? hf_record_state_field(state, path->field->code) : NULL;
    for (size_t i = 0; entries && i < entries->count; i++) {
        const struct hf_policy_value element = decode(path->field, entries->entries[i].value);
        if (!entries->entries[i].is_aside && element.kind != HF_VALUE_NONE && equal(&element, &wanted))
            return true;
    }
    return false;
}

static bool test_past(struct hf_eval *eval, const struct hf_node *node)
{
    const struct hf_policy_value value = hf_eval_value(eval, node->child);
    if (value.kind == HF_VALUE_NONE)
        return false;
    const uint64_t at = value.moment.is_date ? hf_london_day_start(value.moment.day + 1) : value.moment.ms;
    hf_eval_depends(eval, at);
    return eval->now_ms >= at;
}

static bool count_one(struct hf_eval *eval, const struct hf_node *relation, void *ctx)
{
    int32_t *left = ctx;
    (void)eval;
    (void)relation;
    return --*left > 0;
}

static bool test_count(struct hf_eval *eval, const struct hf_node *node)
{
    int32_t left = node->n;
    each_record(eval, node, node->child, count_one, &left);
    return left <= 0;
}

struct each {
    int32_t condition;
    bool broken;
};

static bool check_one(struct hf_eval *eval, const struct hf_node *relation, void *ctx)
{
    struct each *each = ctx;
    (void)relation;
    each->broken = !hf_eval_test(eval, each->condition, true);
    return !each->broken;
}

static bool test_each(struct hf_eval *eval, const struct hf_node *node)
{
    struct each each = {.condition = node->child};
    each_record(eval, node, HF_NODE_NONE, check_one, &each);
    return !each.broken;
}

static bool has_one_role(struct hf_eval *eval, const struct hf_id *person, int32_t role)
{
    for (; role != HF_NODE_NONE; role = eval->pack->nodes[role].next)
        if (hf_right_counts(eval, person, (const char *)eval->pack->nodes[role].value.text.data))
            return true;
    return false;
}

/* Different people; a set may hold the same one several times. */
static bool test_people(struct hf_eval *eval, const struct hf_node *node)
{
    const struct hf_node *path = &eval->pack->nodes[node->child];
    const struct hf_record_state *state = eval->frame[path->slot];
    const struct hf_field_state *field = state ? hf_record_state_field(state, path->field->code) : NULL;
    int32_t found = 0;
    for (size_t i = 0; field && i < field->count && found < node->n && count_step(eval); i++) {
        bool counted = field->entries[i].is_aside;
        for (size_t j = 0; j < i && !counted; j++)
            counted = !field->entries[j].is_aside && hf_slice_equal(field->entries[i].value, field->entries[j].value);
        const struct hf_policy_value person = decode(path->field, field->entries[i].value);
        if (!counted && person.kind == HF_VALUE_REF)
            found += path->next == HF_NODE_NONE || has_one_role(eval, &person.ref, path->next) ? 1 : 0;
    }
    return found >= node->n;
}

static bool test_role(struct hf_eval *eval, const struct hf_node *node)
{
    const struct hf_policy_value value = hf_eval_value(eval, node->child);
    const char *role = hf_eval_choose(eval, node->n);
    return value.kind == HF_VALUE_TEXT && role[0] != '\0' && hf_slice_equal(value.text, hf_slice_str(role));
}

static bool test(struct hf_eval *eval, const struct hf_node *node)
{
    switch (node->op) {
    case HF_OP_AND:
    case HF_OP_OR:
        return test_logic(eval, node);
    case HF_OP_NOT:
        return !hf_eval_test(eval, node->child, false);
    case HF_OP_TRUE:
        return true;
    case HF_OP_FALSE:
        return false;
    case HF_OP_SET:
        return test_set(eval, node);
    case HF_OP_EQ:
    case HF_OP_LT:
    case HF_OP_LE:
    case HF_OP_BEFORE:
    case HF_OP_NOT_AFTER:
        return test_pair(eval, node);
    case HF_OP_IN:
        return test_in(eval, node);
    case HF_OP_HAS:
        return test_has(eval, node);
    case HF_OP_HOLDS: {
        const struct hf_node *path = &eval->pack->nodes[node->child];
        return eval->frame[path->slot] && holds_at_least(eval->frame[path->slot], path->field, node->n);
    }
    case HF_OP_PAST:
        return test_past(eval, node);
    case HF_OP_EXISTS:
    case HF_OP_COUNT:
        return test_count(eval, node);
    case HF_OP_EACH:
        return test_each(eval, node);
    case HF_OP_IS_ROLE:
        return test_role(eval, node);
    case HF_OP_PEOPLE:
        return test_people(eval, node);
    default:
        HF_ASSERT(false); /* reading the pack put a value where a condition belongs */
        return false;
    }
}

bool hf_eval_test(struct hf_eval *eval, int32_t node, bool missing)
{
    if (node == HF_NODE_NONE)
        return missing;
    return count_step(eval) && test(eval, &eval->pack->nodes[node]) && eval->status == HF_OK;
}

const char *hf_eval_choose(struct hf_eval *eval, int32_t chooser)
{
    const struct hf_chooser *choices = &eval->pack->choosers[chooser];
    for (size_t i = 0; i < choices->count; i++)
        if (hf_eval_test(eval, choices->rules[i].when, true))
            return choices->rules[i].role;
    return "";
}
