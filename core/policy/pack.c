#include "core/policy/pack.h"

#include "core/policy/build.h"

#include <stdlib.h>
#include <string.h>

#define FORMAT 1

static bool dated(struct hf_build *build, const json_t *document, const char *key)
{
    const char *text = json_string_value(json_object_get(document, key));
    hf_day day = 0;
    if (!text || hf_day_parse(hf_slice_str(text), &day) == HF_OK)
        return true;
    hf_build_enter(build, key);
    (void)hf_build_fail(build, "must be a date such as 2026-12-25");
    hf_build_leave(build);
    return false;
}

static bool read_head(struct hf_build *build, const json_t *document)
{
    struct hf_policy_pack *pack = build->pack;
    const char *about = NULL;
    const json_t *format = json_object_get(document, "format");
    if (!json_is_integer(format))
        return hf_build_fail(build, "\"format\" is missing: write \"format\": %d", FORMAT);
    if (json_integer_value(format) != FORMAT)
        return hf_build_fail_status(build, HF_ERR_UNSUPPORTED,
                                    "this program reads packs of format %d only; a later version may read this one",
                                    FORMAT);
    return hf_build_text(build, document, "policy", HF_PACK_NAME_BYTES_MAX, true, &pack->policy) &&
           hf_build_text(build, document, "version", HF_PACK_NAME_BYTES_MAX, true, &pack->version) &&
           hf_build_text(build, document, "authority", HF_PACK_TEXT_BYTES_MAX, true, &about) &&
           hf_build_text(build, document, "effective_from", HF_PACK_NAME_BYTES_MAX, true, &about) &&
           hf_build_text(build, document, "calendar", HF_PACK_NAME_BYTES_MAX, true, &pack->calendar) &&
           dated(build, document, "effective_from") && dated(build, document, "effective_until");
}

/* What an authority should say, be it null: the procedure is silent. */
static void warn_of_gaps(struct hf_build *build, const json_t *document)
{
    static const char *const parts[] = {
        "aliases",     "scope",         "triggers",    "requesters",  "arranger", "chair",     "note_taker",
        "invitations", "child",         "parents",     "preparation", "agenda",   "decisions", "deadlines",
        "settings",    "review_cycles", "circulation", "filing",      "panels",   "approvals", "escalation",
        "notices",     "retention",     "supersedes",  "legal_basis", "rights"};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (!json_object_get(document, parts[i]))
            hf_build_warn(build, "\"%s\" is missing: write null when the procedure does not say", parts[i]);
}

static bool asks_for(const json_t *json, const char *setting)
{
    const char *word = json_string_value(json_array_get(json, 0));
    const char *name = json_string_value(json_object_get(json, "setting"));
    if (word && strcmp(word, "setting") == 0)
        name = json_string_value(json_array_get(json, 1));
    if (name && strcmp(name, setting) == 0)
        return true;
    for (size_t i = 0; i < json_array_size(json); i++)
        if (asks_for(json_array_get(json, i), setting))
            return true;
    json_t *object = (json_t *)(uintptr_t)json;
    for (void *at = json_object_iter(object); at; at = json_object_iter_next(object, at))
        if (asks_for(json_object_iter_value(at), setting))
            return true;
    return false;
}

static void warn_of_idle_settings(struct hf_build *build, const json_t *document)
{
    hf_build_enter(build, "settings");
    for (size_t i = 0; build->warning && i < build->pack->setting_count; i++) {
        hf_build_enter(build, build->pack->settings[i].name);
        if (!asks_for(document, build->pack->settings[i].name))
            hf_build_warn(build, "no rule asks for this setting: changing it changes nothing");
        hf_build_leave(build);
    }
    hf_build_leave(build);
}

static bool list_of_texts(struct hf_build *build, const json_t *document, const char *key, bool needed)
{
    const json_t *list = json_object_get(document, key);
    bool fine = true;
    if (!needed && (!list || json_is_null(list)))
        return true;
    hf_build_enter(build, key);
    if (!json_is_array(list) || json_array_size(list) == 0)
        fine = hf_build_fail(build, "is a list of texts");
    for (size_t i = 0; fine && i < json_array_size(list); i++)
        if (!json_is_string(json_array_get(list, i)))
            fine = hf_build_fail(build, "is a list of texts");
    hf_build_leave(build);
    return fine;
}

/* The parts that people read. What they hold is shown, not computed: their form is checked as far as the pages rely on
 * it. */
bool hf_build_sections(struct hf_build *build, const json_t *document)
{
    const json_t *agenda = json_object_get(json_object_get(document, "agenda"), "items");
    bool fine = list_of_texts(build, document, "names", true);
    fine = list_of_texts(build, document, "legal_basis", false) && fine;
    hf_build_enter(build, "agenda");
    hf_build_enter(build, "items");
    for (size_t i = 0; fine && i < json_array_size(agenda); i++) {
        const char *text = NULL;
        hf_build_enter_index(build, i);
        fine = hf_build_text(build, json_array_get(agenda, i), "number", HF_PACK_NAME_BYTES_MAX, true, &text) &&
               hf_build_text(build, json_array_get(agenda, i), "title", HF_PACK_TEXT_BYTES_MAX, true, &text);
        hf_build_leave(build);
    }
    hf_build_leave(build);
    hf_build_leave(build);
    return fine;
}

static void read_pack(struct hf_build *build, const json_t *document)
{
    if (!json_is_object(document)) {
        (void)hf_build_fail(build, "a pack is an object, { … }");
        return;
    }
    /* What later parts name must be right before they are read: one wrong setting would be reported many times. */
    if (!read_head(build, document) || !hf_build_sections(build, document) || !hf_build_law(build, document) ||
        !hf_build_settings(build, document) || !hf_build_context(build, document) ||
        !hf_build_choosers(build, document) || !hf_build_applies(build, document) ||
        !hf_build_deadlines(build, document) || !hf_build_rights(build, document))
        return;
    (void)hf_build_rules(build, document);
    warn_of_gaps(build, document);
    warn_of_idle_settings(build, document);
}

static enum hf_status read_bytes(struct hf_slice bytes, hf_policy_problem_fn *problem, hf_policy_problem_fn *warning,
                                 void *ctx, struct hf_policy_pack **out, size_t *out_problems)
{
    struct hf_error err = {0};
    struct hf_policy_pack *pack = NULL;
    json_t *document = NULL;
    enum hf_status status = hf_json_load(bytes, &document, &err);
    if (status != HF_OK) {
        problem(ctx, err.text);
        *out_problems = 1;
        return status;
    }
    pack = calloc(1, sizeof *pack);
    if (!pack) {
        json_decref(document);
        problem(ctx, hf_status_text(HF_ERR_NOMEM));
        *out_problems = 1;
        return HF_ERR_NOMEM;
    }
    pack->document = document;
    struct hf_build build = {.bytes = bytes, .pack = pack, .problem = problem, .warning = warning, .problem_ctx = ctx};
    read_pack(&build, document);
    *out_problems = build.problems;
    if (build.problems > 0)
        hf_policy_pack_free(pack);
    else
        *out = pack;
    return build.problems > 0 ? build.status : HF_OK;
}

static void keep_first(void *ctx, const char *text)
{
    struct hf_error *err = ctx;
    if (err->text[0] == '\0')
        (void)hf_error_set(err, HF_ERR_INVALID, "%s", text);
}

enum hf_status hf_policy_pack_load(struct hf_slice bytes, struct hf_policy_pack **out, struct hf_error *err)
{
    struct hf_error first = {0};
    struct hf_policy_pack *pack = NULL;
    size_t problems = 0;
    const enum hf_status status = read_bytes(bytes, keep_first, NULL, &first, &pack, &problems);
    if (status != HF_OK)
        return hf_error_set(err, status, "%s", first.text);
    *out = pack;
    return HF_OK;
}

size_t hf_policy_pack_lint(struct hf_slice bytes, hf_policy_problem_fn *problem, hf_policy_problem_fn *warning,
                           void *ctx)
{
    struct hf_policy_pack *pack = NULL;
    size_t problems = 0;
    (void)read_bytes(bytes, problem, warning, ctx, &pack, &problems);
    hf_policy_pack_free(pack);
    return problems;
}

void hf_policy_pack_free(struct hf_policy_pack *pack)
{
    if (pack) {
        json_decref(pack->document);
        free(pack->nodes);
        free(pack->rules);
    }
    free(pack);
}

const char *hf_policy_pack_policy(const struct hf_policy_pack *pack)
{
    return pack->policy;
}

const char *hf_policy_pack_version(const struct hf_policy_pack *pack)
{
    return pack->version;
}

const char *hf_policy_pack_calendar(const struct hf_policy_pack *pack)
{
    return pack->calendar;
}

size_t hf_policy_pack_rule_count(const struct hf_policy_pack *pack)
{
    return pack->rule_count;
}

const struct hf_policy_rule *hf_policy_pack_rule(const struct hf_policy_pack *pack, size_t index)
{
    return &pack->rules[index].seen;
}

const struct hf_policy_rule *hf_policy_pack_rule_named(const struct hf_policy_pack *pack, const char *id)
{
    for (size_t i = 0; i < pack->rule_count; i++)
        if (strcmp(pack->rules[i].seen.id, id) == 0)
            return &pack->rules[i].seen;
    return NULL;
}

bool hf_policy_keeps_first_due(const struct hf_policy_pack *pack, uint16_t type)
{
    for (size_t i = 0; i < pack->rule_count; i++)
        if (pack->rules[i].seen.first_due_field != 0 && pack->rules[i].subject->code == type)
            return true;
    return false;
}

const json_t *hf_policy_pack_document(const struct hf_policy_pack *pack)
{
    return pack->document;
}
