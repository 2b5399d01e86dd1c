/* Rules: every kind becomes the same few conditions, so that the engine needs no kinds. */
#include "core/policy/expr.h"

#include <stdlib.h>
#include <string.h>

static const char *const kind_names[HF_POLICY_KIND_COUNT] = {"help",   "silent",   "exists", "count", "each", "event",
                                                             "before", "deadline", "role",   "check", "cycle"};
static const char *const strength_names[HF_POLICY_STRENGTH_COUNT] = {"required", "expected", "considered",
                                                                     "definition"};

const char *hf_policy_kind_name(enum hf_policy_kind kind)
{
    return kind < HF_POLICY_KIND_COUNT ? kind_names[kind] : "unknown";
}

const char *hf_policy_strength_name(enum hf_policy_strength strength)
{
    return strength < HF_POLICY_STRENGTH_COUNT ? strength_names[strength] : "unknown";
}

/* One rule while it is read. */
struct reading {
    struct hf_build *build;
    const json_t *json;
    struct hf_rule *rule;
    struct hf_scope scope;
};

static bool named(struct hf_build *build, const json_t *json, const char *key, const char *const *names, size_t count,
                  size_t *out)
{
    const char *word = NULL;
    if (!hf_build_text(build, json, key, HF_PACK_NAME_BYTES_MAX, true, &word))
        return false;
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], word) == 0) {
            *out = i;
            return true;
        }
    return hf_build_fail(build, "\"%s\" cannot be \"%s\"", key, word);
}

static bool condition_at(struct reading *r, const char *key, struct hf_scope *scope, int32_t *out)
{
    hf_build_enter(r->build, key);
    const bool fine = hf_build_condition(r->build, scope, json_object_get(r->json, key), out);
    hf_build_leave(r->build);
    return fine;
}

static bool moment_at(struct reading *r, const char *key, struct hf_scope *scope, const json_t *json, int32_t *out)
{
    hf_build_enter(r->build, key);
    const bool fine = hf_build_moment(r->build, scope, json, out);
    hf_build_leave(r->build);
    return fine;
}

/* a and b, either of which may be missing. */
static bool both(struct reading *r, int32_t a, int32_t b, int32_t *out)
{
    if (a == HF_NODE_NONE || b == HF_NODE_NONE) {
        *out = a == HF_NODE_NONE ? b : a;
        return true;
    }
    if (!hf_build_node(r->build, HF_OP_AND, out))
        return false;
    hf_build_adopt(r->build, *out, a);
    hf_build_adopt(r->build, *out, b);
    return true;
}

static bool relation_at(struct reading *r, const char *key, enum hf_op op, struct hf_scope *inner, int32_t *out)
{
    *inner = r->scope;
    hf_build_enter(r->build, key);
    const bool fine = hf_build_relation(r->build, inner, op, json_object_get(r->json, key), out);
    hf_build_leave(r->build);
    return fine;
}

/* "record" with "where": at least n of them. */
static bool read_exists(struct reading *r, enum hf_op op)
{
    struct hf_scope inner;
    int32_t where = HF_NODE_NONE;
    int32_t n = 1;
    if (op == HF_OP_COUNT) {
        const json_t *json = json_object_get(r->json, "n");
        if (!json_is_integer(json) || json_integer_value(json) < 1 || json_integer_value(json) > HF_COUNT_DAYS_MAX)
            return hf_build_fail(r->build, "\"n\" must be a whole number from 1");
        n = (int32_t)json_integer_value(json);
    }
    if (!relation_at(r, "record", op, &inner, &r->rule->done) || !condition_at(r, "where", &inner, &where))
        return false;
    r->build->pack->nodes[r->rule->done].n = n;
    if (where != HF_NODE_NONE)
        hf_build_adopt(r->build, r->rule->done, where);
    return true;
}

/* Every "record" with "where" meets "has"; without any such record there is no duty. */
static bool read_each(struct reading *r)
{
    struct hf_scope inner;
    int32_t exists = HF_NODE_NONE;
    int32_t where = HF_NODE_NONE;
    int32_t broken = HF_NODE_NONE;
    int32_t has = HF_NODE_NONE;
    int32_t negated = HF_NODE_NONE;
    int32_t all = HF_NODE_NONE;
    if (!relation_at(r, "record", HF_OP_EXISTS, &inner, &exists) || !condition_at(r, "where", &inner, &where))
        return false;
    if (where != HF_NODE_NONE)
        hf_build_adopt(r->build, exists, where);
    if (!both(r, r->rule->when, exists, &r->rule->when) || !relation_at(r, "record", HF_OP_EXISTS, &inner, &broken) ||
        !condition_at(r, "where", &inner, &where) || !condition_at(r, "has", &inner, &has) ||
        !hf_build_node(r->build, HF_OP_NOT, &negated) || !hf_build_node(r->build, HF_OP_NOT, &r->rule->done))
        return false;
    if (has == HF_NODE_NONE)
        return hf_build_fail(r->build, "\"has\" is missing: what every one of these records needs");
    hf_build_adopt(r->build, negated, has);
    if (!both(r, where, negated, &all))
        return false;
    hf_build_adopt(r->build, broken, all);
    hf_build_adopt(r->build, r->rule->done, broken);
    return true;
}

/* The subject is followed by a "record" whose "link" names it. */
static bool read_event(struct reading *r)
{
    struct hf_scope inner;
    const char *link = NULL;
    int32_t path = HF_NODE_NONE;
    int32_t id = HF_NODE_NONE;
    int32_t same = HF_NODE_NONE;
    int32_t where = HF_NODE_NONE;
    if (!hf_build_text(r->build, r->json, "link", HF_PACK_TEXT_BYTES_MAX, true, &link) ||
        !relation_at(r, "record", HF_OP_EXISTS, &inner, &r->rule->done) ||
        !hf_build_path(r->build, &inner, link, &path) || !hf_build_node(r->build, HF_OP_PATH, &id) ||
        !hf_build_node(r->build, HF_OP_EQ, &same))
        return false;
    r->build->pack->nodes[id].slot = r->rule->subject_slot;
    r->build->pack->nodes[id].type = r->rule->subject;
    if (!hf_build_same_kind(r->build, path, id) || !condition_at(r, "where", &inner, &where))
        return false;
    hf_build_adopt(r->build, same, path);
    hf_build_adopt(r->build, same, id);
    int32_t all = HF_NODE_NONE;
    if (!both(r, same, where, &all))
        return false;
    hf_build_adopt(r->build, r->rule->done, all);
    return true;
}

/* The first "time" of "record" with "where", or "time" of a record in scope, comes before "before"; "done" may ask for
 * more than the time. */
static bool read_before(struct reading *r)
{
    struct hf_scope inner = r->scope;
    int32_t where = HF_NODE_NONE;
    int32_t time = HF_NODE_NONE;
    const bool has_record = json_object_get(r->json, "record") != NULL;
    if (has_record && !relation_at(r, "record", HF_OP_FIRST, &inner, &r->rule->at))
        return false;
    if (!moment_at(r, "time", &inner, json_object_get(r->json, "time"), &time) ||
        !condition_at(r, "where", &inner, &where) ||
        !moment_at(r, "before", &r->scope, json_object_get(r->json, "before"), &r->rule->before) ||
        !condition_at(r, "done", &r->scope, &r->rule->done))
        return false;
    if (time == HF_NODE_NONE || r->rule->before == HF_NODE_NONE)
        return hf_build_fail(r->build, "\"time\" and \"before\" are needed");
    r->rule->missed_is_not_recorded = true;
    if (!has_record) {
        r->rule->at = time;
        return true;
    }
    hf_build_adopt(r->build, r->rule->at, time);
    if (where != HF_NODE_NONE)
        hf_build_adopt(r->build, r->rule->at, where);
    return true;
}

static bool read_role_choice(struct reading *r, const char *path, const char *word, int32_t any)
{
    int32_t test = HF_NODE_NONE;
    json_t *list = NULL;
    if (hf_pack_is_role(word))
        list = json_pack("[s,s,s]", "eq", path, word);
    else
        list = json_pack("[s,s,s]", "is_role", path, word);
    if (!list)
        return hf_build_fail_status(r->build, HF_ERR_NOMEM, "%s", hf_status_text(HF_ERR_NOMEM));
    /* Literals point into the document, so the words must be those of the document. */
    const bool fine = hf_build_condition(r->build, &r->scope, list, &test);
    json_decref(list);
    if (!fine)
        return false;
    struct hf_node *nodes = r->build->pack->nodes;
    for (int32_t i = nodes[test].child; i != HF_NODE_NONE; i = nodes[i].next)
        if (nodes[i].op == HF_OP_LITERAL)
            nodes[i].value.text = hf_slice_str(word);
    hf_build_adopt(r->build, any, test);
    return true;
}

/* "role" is a field with a role; "normal" lists roles and names from "roles". */
static bool read_role(struct reading *r)
{
    const char *path = NULL;
    const json_t *list = json_object_get(r->json, "normal");
    if (!hf_build_text(r->build, r->json, "role", HF_PACK_TEXT_BYTES_MAX, true, &path) ||
        !hf_build_node(r->build, HF_OP_OR, &r->rule->done))
        return false;
    if (!json_is_array(list) || json_array_size(list) == 0)
        return hf_build_fail(r->build, "\"normal\" is a list of roles");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *word = json_string_value(json_array_get(list, i));
        if (!word || (!hf_pack_is_role(word) && hf_pack_chooser(r->build->pack, word) == HF_NODE_NONE))
            return hf_build_fail(r->build, "\"normal\": \"%s\" is neither a role nor a name from \"roles\"",
                                 word ? word : "");
        if (!read_role_choice(r, path, word, r->rule->done))
            return false;
    }
    return true;
}

static bool read_check(struct reading *r)
{
    if (!condition_at(r, "holds", &r->scope, &r->rule->done))
        return false;
    return r->rule->done != HF_NODE_NONE || hf_build_fail(r->build, "\"holds\" is missing: the condition to check");
}

/* "done" and "at" of the rule stand before "to" of its deadline. */
static bool read_deadline_kind(struct reading *r)
{
    if (r->rule->deadline == HF_NODE_NONE)
        return hf_build_fail(r->build, "\"deadline\" must name an entry of \"deadlines\"");
    if (!condition_at(r, "done", &r->scope, &r->rule->done))
        return false;
    const json_t *to = json_object_get(r->build->pack->deadlines[r->rule->deadline].json, "to");
    if (r->rule->at == HF_NODE_NONE && !moment_at(r, "deadline", &r->scope, to, &r->rule->at))
        return false;
    if (r->rule->done == HF_NODE_NONE && r->rule->at == HF_NODE_NONE)
        return hf_build_fail(r->build, "needs \"at\" or \"done\", or its deadline needs \"to\"");
    return true;
}

/* The next review of a cycle: counted from "start", or from the last "time" of "record" with "where". */
static bool read_cycle(struct reading *r)
{
    struct hf_scope inner;
    int32_t time = HF_NODE_NONE, where = HF_NODE_NONE;
    const json_t *cycles = json_object_get(r->build->pack->document, "review_cycles");
    bool known = false;
    if (!hf_build_text(r->build, r->json, "cycle", HF_PACK_NAME_BYTES_MAX, true, &r->rule->cycle))
        return false;
    for (size_t i = 0; i < json_array_size(cycles) && !known; i++) {
        const char *what = json_string_value(json_object_get(json_array_get(cycles, i), "what"));
        known = what && strcmp(what, r->rule->cycle) == 0 && json_object_get(json_array_get(cycles, i), "steps");
    }
    if (!known)
        return hf_build_fail(r->build, "\"cycle\": no entry \"%s\" with \"steps\" stands in \"review_cycles\"",
                             r->rule->cycle);
    if (!relation_at(r, "record", HF_OP_LAST, &inner, &r->rule->cycle_events) ||
        !moment_at(r, "time", &inner, json_object_get(r->json, "time"), &time) ||
        !condition_at(r, "where", &inner, &where) ||
        !moment_at(r, "start", &r->scope, json_object_get(r->json, "start"), &r->rule->cycle_start) ||
        !condition_at(r, "long_term", &r->scope, &r->rule->cycle_long_term))
        return false;
    if (time == HF_NODE_NONE || r->rule->cycle_start == HF_NODE_NONE)
        return hf_build_fail(r->build, "\"time\" of a review and \"start\" are needed");
    hf_build_adopt(r->build, r->rule->cycle_events, time);
    if (where != HF_NODE_NONE)
        hf_build_adopt(r->build, r->rule->cycle_events, where);
    return true;
}

static bool read_kind(struct reading *r)
{
    switch (r->rule->seen.kind) {
    case HF_POLICY_EXISTS:
        return read_exists(r, HF_OP_EXISTS);
    case HF_POLICY_COUNT:
        return read_exists(r, HF_OP_COUNT);
    case HF_POLICY_EACH:
        return read_each(r);
    case HF_POLICY_EVENT:
        return read_event(r);
    case HF_POLICY_BEFORE:
        return read_before(r);
    case HF_POLICY_DEADLINE:
        return read_deadline_kind(r);
    case HF_POLICY_ROLE:
        return read_role(r);
    case HF_POLICY_CHECK:
        return read_check(r);
    case HF_POLICY_CYCLE:
        return read_cycle(r);
    default:
        return true;
    }
}

static bool read_subject(struct reading *r)
{
    const char *name = NULL;
    if (!hf_build_text(r->build, r->json, "for", HF_PACK_NAME_BYTES_MAX, false, &name))
        return false;
    hf_build_outer_scope(r->build, &r->scope);
    r->rule->subject = hf_model_type(HF_RECORD_CASE);
    r->rule->subject_slot = HF_SLOT_CASE;
    if (name[0] == '\0' || strcmp(name, "case") == 0)
        return true;
    r->rule->subject = hf_model_type_named(hf_slice_str(name));
    if (!r->rule->subject)
        return hf_build_fail(r->build, "\"for\": \"%s\" is no type of record", name);
    return hf_scope_push(r->build, &r->scope, name, strlen(name), r->rule->subject, &r->rule->subject_slot);
}

static bool read_deadline_use(struct reading *r)
{
    const char *id = NULL;
    int32_t when = HF_NODE_NONE;
    if (!hf_build_text(r->build, r->json, "deadline", HF_PACK_NAME_BYTES_MAX, false, &id) || id[0] == '\0')
        return id != NULL;
    r->rule->deadline = hf_pack_deadline(r->build->pack, id);
    if (r->rule->deadline == HF_NODE_NONE)
        return hf_build_fail(r->build, "\"deadline\": no entry \"%s\" stands in \"deadlines\"", id);
    const struct hf_deadline *deadline = &r->build->pack->deadlines[r->rule->deadline];
    hf_build_enter(r->build, "deadline");
    const bool fine = hf_build_moment(r->build, &r->scope, json_object_get(deadline->json, "from"), &r->rule->from) &&
                      hf_build_condition(r->build, &r->scope, json_object_get(deadline->json, "when"), &when);
    hf_build_leave(r->build);
    if (fine && r->rule->from == HF_NODE_NONE)
        return hf_build_fail(r->build, "the deadline \"%s\" needs \"from\"", id);
    r->rule->seen.information = r->rule->seen.information || deadline->information;
    return fine && both(r, r->rule->when, when, &r->rule->when);
}

static bool read_owner(struct reading *r)
{
    if (!hf_build_text(r->build, r->json, "owner", HF_PACK_NAME_BYTES_MAX, false, &r->rule->owner))
        return false;
    if (r->rule->owner[0] == '\0' || hf_pack_is_role(r->rule->owner))
        return true;
    r->rule->owner_chooser = hf_pack_chooser(r->build->pack, r->rule->owner);
    if (r->rule->owner_chooser != HF_NODE_NONE)
        return true;
    return hf_build_fail(r->build, "\"owner\": \"%s\" is neither a role nor a name from \"roles\"", r->rule->owner);
}

static bool read_alert(struct reading *r)
{
    static const char *const keys[] = {"code", "to", "when_due", "when_reason", "stays", NULL};
    const json_t *json = json_object_get(r->json, "alert");
    struct hf_rule *rule = r->rule;
    rule->seen.alert = "";
    if (!json || json_is_null(json))
        return true;
    const json_t *to = json_object_get(json, "to");
    if (!hf_build_only(r->build, json, keys) ||
        !hf_build_text(r->build, json, "code", HF_PACK_NAME_BYTES_MAX, true, &rule->seen.alert) ||
        !hf_build_bool(r->build, json, "when_due", &rule->alert_when_due) ||
        !hf_build_bool(r->build, json, "when_reason", &rule->alert_when_reason) ||
        !hf_build_bool(r->build, json, "stays", &rule->seen.alert_stays))
        return false;
    if (!json_is_array(to) || json_array_size(to) == 0 ||
        json_array_size(to) > sizeof rule->alert_roles / sizeof rule->alert_roles[0])
        return hf_build_fail(r->build, "\"alert\" needs \"to\", a list of 1 to 8 roles");
    for (size_t i = 0; i < json_array_size(to); i++) {
        const char *word = json_string_value(json_array_get(to, i));
        if (!word || (!hf_pack_is_role(word) && hf_pack_chooser(r->build->pack, word) == HF_NODE_NONE))
            return hf_build_fail(r->build, "\"alert.to\": \"%s\" is neither a role nor a name from \"roles\"",
                                 word ? word : "");
        rule->alert_roles[rule->alert_role_count++] = word;
    }
    return true;
}

/* "gate": when it is closed behind the record, what is missing is "not recorded". */
static bool read_gate(struct reading *r)
{
    const char *name = NULL;
    if (!hf_build_text(r->build, r->json, "gate", HF_PACK_NAME_BYTES_MAX, false, &name))
        return false;
    r->rule->seen.gate = name;
    if (name[0] == '\0')
        return true;
    const json_t *gate = json_object_get(json_object_get(r->build->pack->document, "gates"), name);
    const char *type = json_string_value(json_object_get(gate, "record"));
    if (!type || strcmp(type, r->rule->subject->name) != 0)
        return hf_build_fail(r->build, "\"gate\": \"gates\" has no \"%s\" for this type of record", name);
    if (r->rule->seen.strength != HF_POLICY_REQUIRED)
        return hf_build_fail(r->build, "only what is required can hold back \"%s\"", name);
    hf_build_enter(r->build, "gate");
    const bool fine = r->rule->passed != HF_NODE_NONE ||
                      hf_build_condition(r->build, &r->scope, json_object_get(gate, "passed"), &r->rule->passed);
    hf_build_leave(r->build);
    return fine;
}

static bool read_texts(struct reading *r)
{
    struct hf_policy_rule *seen = &r->rule->seen;
    size_t kind = 0;
    size_t strength = 0;
    if (!hf_build_text(r->build, r->json, "title", HF_PACK_TEXT_BYTES_MAX, true, &seen->title) ||
        !hf_build_text(r->build, r->json, "help", HF_PACK_TEXT_BYTES_MAX, false, &seen->help) ||
        !hf_build_text(r->build, r->json, "clears", HF_PACK_TEXT_BYTES_MAX, false, &seen->clears) ||
        !hf_build_bool(r->build, r->json, "information", &seen->information) ||
        !named(r->build, r->json, "kind", kind_names, HF_POLICY_KIND_COUNT, &kind) ||
        !named(r->build, r->json, "strength", strength_names, HF_POLICY_STRENGTH_COUNT, &strength))
        return false;
    seen->kind = (enum hf_policy_kind)kind;
    seen->strength = (enum hf_policy_strength)strength;
    return true;
}

/* Where "first_due" is a field of the subject itself, whoever saves knows where to keep it. */
static void keep_first_due(struct reading *r)
{
    const struct hf_node *node = r->rule->first_due == HF_NODE_NONE ? NULL : &r->build->pack->nodes[r->rule->first_due];
    if (node && node->op == HF_OP_PATH && node->slot == r->rule->subject_slot && node->field &&
        node->field->type == HF_TYPE_TIME)
        r->rule->seen.first_due_field = node->field->code;
}

static bool read_rule(struct reading *r)
{
    static const char *const keys[] = {
        "id",     "title",       "help",   "clears",     "kind",     "strength", "for",       "when", "ready",
        "passed", "reason",      "at",     "done",       "deadline", "owner",    "alert",     "gate", "first_due",
        "record", "where",       "n",      "has",        "link",     "time",     "before",    "role", "normal",
        "holds",  "information", "missed", "warn_hours", "cycle",    "start",    "long_term", NULL};
    const char *missed = NULL;
    if (!hf_build_only(r->build, r->json, keys) || !read_texts(r) || !read_subject(r) ||
        !condition_at(r, "when", &r->scope, &r->rule->when) || !condition_at(r, "ready", &r->scope, &r->rule->ready) ||
        !condition_at(r, "passed", &r->scope, &r->rule->passed) ||
        !condition_at(r, "reason", &r->scope, &r->rule->reason) ||
        !moment_at(r, "at", &r->scope, json_object_get(r->json, "at"), &r->rule->at) ||
        !moment_at(r, "first_due", &r->scope, json_object_get(r->json, "first_due"), &r->rule->first_due) ||
        !hf_build_text(r->build, r->json, "missed", HF_PACK_NAME_BYTES_MAX, false, &missed))
        return false;
    keep_first_due(r);
    if (missed[0] != '\0' && strcmp(missed, "not_recorded") != 0)
        return hf_build_fail(r->build, "\"missed\" can only be not_recorded");
    r->rule->missed_is_not_recorded = missed[0] != '\0';
    if (!hf_build_knob(r->build, r->json, "warn_hours", &r->rule->warn_hours) ||
        !hf_build_knob_within(r->build, &r->rule->warn_hours, 0, HF_COUNT_HOURS_MAX))
        return hf_build_fail(r->build, "\"warn_hours\" must be a whole number of hours, or a setting that is one");
    return read_deadline_use(r) && read_owner(r) && read_alert(r) && read_gate(r) && read_kind(r);
}

static bool id_is_new(struct hf_build *build, const char *id)
{
    for (size_t i = 0; i < build->pack->rule_count; i++)
        if (strcmp(build->pack->rules[i].seen.id, id) == 0)
            return hf_build_fail(build, "two rules have the id \"%s\"", id);
    return true;
}

static bool start_rule(struct hf_build *build, const json_t *json)
{
    struct hf_rule *rule = &build->pack->rules[build->pack->rule_count];
    struct reading reading = {.build = build, .json = json, .rule = rule};
    const char *id = NULL;
    if (!hf_build_text(build, json, "id", HF_PACK_NAME_BYTES_MAX, true, &id) || !id_is_new(build, id))
        return false;
    *rule = (struct hf_rule){.seen = {.id = id, .title = "", .help = "", .clears = "", .gate = "", .alert = ""},
                             .owner = "",
                             .when = HF_NODE_NONE,
                             .ready = HF_NODE_NONE,
                             .passed = HF_NODE_NONE,
                             .done = HF_NODE_NONE,
                             .reason = HF_NODE_NONE,
                             .at = HF_NODE_NONE,
                             .from = HF_NODE_NONE,
                             .before = HF_NODE_NONE,
                             .first_due = HF_NODE_NONE,
                             .deadline = HF_NODE_NONE,
                             .cycle_events = HF_NODE_NONE,
                             .cycle_start = HF_NODE_NONE,
                             .cycle_long_term = HF_NODE_NONE,
                             .owner_chooser = HF_NODE_NONE};
    build->rule = id;
    build->expr_depth = 0;
    const bool fine = read_rule(&reading);
    build->rule = NULL;
    build->pack->rule_count++;
    return fine;
}

bool hf_build_rules(struct hf_build *build, const json_t *document)
{
    const json_t *list = json_object_get(document, "rules");
    if (!json_is_array(list))
        return hf_build_fail(build, "\"rules\" is missing: a list of rules");
    if (json_array_size(list) > HF_PACK_RULES_MAX)
        return hf_build_fail_status(build, HF_ERR_LIMIT, "\"rules\" holds at most %d", HF_PACK_RULES_MAX);
    build->pack->rules = calloc(json_array_size(list) + 1, sizeof *build->pack->rules);
    if (!build->pack->rules)
        return hf_build_fail_status(build, HF_ERR_NOMEM, "%s", hf_status_text(HF_ERR_NOMEM));
    bool fine = true;
    hf_build_enter(build, "rules");
    for (size_t i = 0; i < json_array_size(list); i++) {
        hf_build_enter_index(build, i);
        fine = start_rule(build, json_array_get(list, i)) && fine;
        hf_build_leave(build);
    }
    hf_build_leave(build);
    return fine;
}
