/* The parts of a pack that rules refer to: settings, roles, named selections, deadlines. */
#include "core/policy/build.h"
#include "core/policy/expr.h"

#include <stdlib.h>

#include <string.h>

#define INT_SETTING_MAX 100000
#define HOUR_LAST       23

int32_t hf_pack_setting(const struct hf_policy_pack *pack, const char *name)
{
    for (size_t i = 0; i < pack->setting_count; i++)
        if (strcmp(pack->settings[i].name, name) == 0)
            return (int32_t)i;
    return HF_NODE_NONE;
}

int32_t hf_pack_deadline(const struct hf_policy_pack *pack, const char *id)
{
    for (size_t i = 0; i < pack->deadline_count; i++)
        if (strcmp(pack->deadlines[i].id, id) == 0)
            return (int32_t)i;
    return HF_NODE_NONE;
}

int32_t hf_pack_chooser(const struct hf_policy_pack *pack, const char *name)
{
    for (size_t i = 0; i < pack->chooser_count; i++)
        if (strcmp(pack->choosers[i].name, name) == 0)
            return (int32_t)i;
    return HF_NODE_NONE;
}

/* The role codes of the model stand in the field "role" of an invitation. */
bool hf_pack_is_role(const char *word)
{
    const struct hf_record_spec *type = hf_model_type_named(hf_slice_str("invite"));
    const struct hf_field_spec *field = hf_model_field_named(type, hf_slice_str("role"));
    for (size_t i = 0; field->codes[i]; i++)
        if (strcmp(field->codes[i], word) == 0)
            return true;
    return false;
}

void hf_build_outer_scope(const struct hf_build *build, struct hf_scope *scope)
{
    static const char name[] = "case";
    scope->count = 1;
    scope->names[HF_SLOT_CASE] =
        (struct hf_scope_name){.name = name, .len = sizeof name - 1, .type = hf_model_type(HF_RECORD_CASE)};
    for (size_t i = 0; i < build->pack->context_count; i++)
        scope->names[scope->count++] = (struct hf_scope_name){.name = build->pack->context[i].name,
                                                              .len = strlen(build->pack->context[i].name),
                                                              .type = build->pack->context[i].type};
}

/* Calls take for every member of the object `document`[key]; a missing or null part is empty. */
typedef bool member_fn(struct hf_build *build, const char *name, const json_t *value);
static bool each_member(struct hf_build *build, const json_t *document, const char *key, size_t most, member_fn *take)
{
    json_t *part = json_object_get(document, key);
    bool fine = true;
    if (!part || json_is_null(part))
        return true;
    hf_build_enter(build, key);
    if (!json_is_object(part))
        fine = hf_build_fail(build, "an object with named values, { … }, belongs here");
    else if (json_object_size(part) > most)
        fine =
            hf_build_fail_status(build, HF_ERR_LIMIT, "has %zu entries; at most %zu fit", json_object_size(part), most);
    for (void *at = fine ? json_object_iter(part) : NULL; at; at = json_object_iter_next(part, at)) {
        const char *name = json_object_iter_key(at);
        hf_build_enter(build, name);
        if (strncmp(name, "x-", 2) != 0)
            fine = take(build, name, json_object_iter_value(at)) && fine;
        hf_build_leave(build);
    }
    hf_build_leave(build);
    return fine;
}

static bool short_name(struct hf_build *build, const char *name)
{
    if (strlen(name) > 0 && strlen(name) <= HF_PACK_NAME_BYTES_MAX && !strpbrk(name, " .\"\\"))
        return true;
    return hf_build_fail(build, "a name has 1 to %d bytes, without spaces and dots", HF_PACK_NAME_BYTES_MAX);
}

/* --- settings -------------------------------------------------------------------------------------------------- */

static bool read_choices(struct hf_build *build, const json_t *list, struct hf_setting *setting)
{
    if (!json_is_array(list) || json_array_size(list) == 0 || json_array_size(list) > HF_CHOICES_MAX)
        return hf_build_fail(build, "\"choices\" is a list of 1 to %d words", HF_CHOICES_MAX);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *word = json_string_value(json_array_get(list, i));
        if (!word)
            return hf_build_fail(build, "\"choices\" is a list of words");
        setting->choices[setting->choice_count++] = word;
    }
    return true;
}

static bool setting_fits(const struct hf_setting *setting, const json_t *value, struct hf_policy_value *out)
{
    *out = (struct hf_policy_value){.kind = HF_VALUE_NONE};
    if (json_is_null(value))
        return setting->may_be_null;
    if (setting->is_int) {
        *out = (struct hf_policy_value){.kind = HF_VALUE_INT, .number = json_integer_value(value)};
        return json_is_integer(value) && out->number >= setting->min && out->number <= setting->max;
    }
    const char *word = json_string_value(value);
    for (size_t i = 0; word && i < setting->choice_count; i++)
        if (strcmp(setting->choices[i], word) == 0) {
            *out = (struct hf_policy_value){.kind = HF_VALUE_TEXT, .text = hf_slice_str(word)};
            return true;
        }
    return false;
}

static bool read_setting(struct hf_build *build, const char *name, const json_t *json)
{
    static const char *const keys[] = {"about", "amb", "choices", "from", "to", "null", "default", "source", NULL};
    struct hf_setting *setting = &build->pack->settings[build->pack->setting_count];
    const json_t *initial = json_object_get(json, "default");
    const char *about = NULL;
    if (!short_name(build, name) || !hf_build_only(build, json, keys) ||
        !hf_build_text(build, json, "about", HF_PACK_TEXT_BYTES_MAX, true, &about) ||
        !hf_build_bool(build, json, "null", &setting->may_be_null))
        return false;
    setting->name = name;
    if (json_object_get(json, "choices")) {
        if (!read_choices(build, json_object_get(json, "choices"), setting))
            return false;
    } else {
        setting->is_int = true;
        setting->min = json_integer_value(json_object_get(json, "from"));
        setting->max = json_integer_value(json_object_get(json, "to"));
        if (!json_is_integer(json_object_get(json, "from")) || !json_is_integer(json_object_get(json, "to")) ||
            setting->min > setting->max || setting->max > INT_SETTING_MAX || setting->min < -INT_SETTING_MAX)
            return hf_build_fail(build, "needs \"choices\", or \"from\" and \"to\" as whole numbers");
    }
    if (!initial || !setting_fits(setting, initial, &setting->initial))
        return hf_build_fail(build, "needs a \"default\" that is allowed (null only with \"null\": true)");
    build->pack->setting_count++;
    return true;
}

bool hf_build_settings(struct hf_build *build, const json_t *document)
{
    return each_member(build, document, "settings", HF_PACK_SETTINGS_MAX, read_setting);
}

static enum hf_status take_values(struct hf_policy_settings *settings, struct hf_error *err)
{
    for (void *at = json_object_iter(settings->held); at; at = json_object_iter_next(settings->held, at)) {
        const char *name = json_object_iter_key(at);
        const int32_t place = hf_pack_setting(settings->pack, name);
        if (place == HF_NODE_NONE)
            return hf_error_set(err, HF_ERR_INVALID, "This procedure has no setting \"%.*s\".", HF_PACK_NAME_BYTES_MAX,
                                name);
        if (!setting_fits(&settings->pack->settings[place], json_object_iter_value(at), &settings->values[place]))
            return hf_error_set(err, HF_ERR_INVALID,
                                "The setting \"%s\" cannot have this value. Its entry in the pack says what it may be.",
                                name);
    }
    return HF_OK;
}

enum hf_status hf_policy_settings_new(const struct hf_policy_pack *pack, const json_t *values,
                                      struct hf_policy_settings **out, struct hf_error *err)
{
    struct hf_policy_settings *settings = calloc(1, sizeof *settings);
    if (!settings)
        return hf_error_set(err, HF_ERR_NOMEM, "%s", hf_status_text(HF_ERR_NOMEM));
    settings->pack = pack;
    for (size_t i = 0; i < pack->setting_count; i++)
        settings->values[i] = pack->settings[i].initial;
    enum hf_status status = HF_OK;
    if (values && !json_is_object(values))
        status = hf_error_set(err, HF_ERR_INVALID, "Settings are an object with named values, { … }.");
    else if (values && !(settings->held = json_deep_copy(values)))
        status = hf_error_set(err, HF_ERR_NOMEM, "%s", hf_status_text(HF_ERR_NOMEM));
    else
        status = take_values(settings, err);
    if (status == HF_OK)
        *out = settings;
    else
        hf_policy_settings_free(settings);
    return status;
}

void hf_policy_settings_free(struct hf_policy_settings *settings)
{
    if (settings)
        json_decref(settings->held);
    free(settings);
}

/* --- roles: who, by condition ---------------------------------------------------------------------------------- */

static bool read_choice(struct hf_build *build, const json_t *json, struct hf_chooser *chooser)
{
    static const char *const keys[] = {"when", "role", "about", NULL};
    struct hf_choice_rule *rule = &chooser->rules[chooser->count];
    struct hf_scope scope;
    hf_build_outer_scope(build, &scope);
    if (!hf_build_only(build, json, keys) ||
        !hf_build_condition(build, &scope, json_object_get(json, "when"), &rule->when) ||
        !hf_build_text(build, json, "role", HF_PACK_NAME_BYTES_MAX, true, &rule->role))
        return false;
    if (!hf_pack_is_role(rule->role))
        return hf_build_fail(build, "\"%s\" is no role", rule->role);
    chooser->count++;
    return true;
}

static bool read_chooser(struct hf_build *build, const char *name, const json_t *list)
{
    struct hf_chooser *chooser = &build->pack->choosers[build->pack->chooser_count];
    if (!short_name(build, name))
        return false;
    if (hf_pack_is_role(name))
        return hf_build_fail(build, "is the name of a role already");
    if (!json_is_null(list) && (!json_is_array(list) || json_array_size(list) > HF_CHOICES_MAX))
        return hf_build_fail(build, "is a list of at most %d choices { \"when\", \"role\" }", HF_CHOICES_MAX);
    chooser->name = name;
    for (size_t i = 0; i < json_array_size(list); i++) {
        hf_build_enter_index(build, i);
        const bool fine = read_choice(build, json_array_get(list, i), chooser);
        hf_build_leave(build);
        if (!fine)
            return false;
    }
    build->pack->chooser_count++;
    return true;
}

bool hf_build_choosers(struct hf_build *build, const json_t *document)
{
    return each_member(build, document, "roles", HF_PACK_ROLES_MAX, read_chooser);
}

/* --- context: named selections; applies: which records the pack is about ----------------------------------------- */

static bool read_context(struct hf_build *build, const char *name, const json_t *json)
{
    static const char *const keys[] = {"record", "where", "latest_by", "about", NULL};
    struct hf_context *context = &build->pack->context[build->pack->context_count];
    const char *type = NULL;
    struct hf_scope scope;
    int32_t slot = HF_SLOT_NONE;
    if (!short_name(build, name) || !hf_build_only(build, json, keys) ||
        !hf_build_text(build, json, "record", HF_PACK_NAME_BYTES_MAX, true, &type))
        return false;
    context->name = name;
    context->type = hf_model_type_named(hf_slice_str(type));
    if (!context->type)
        return hf_build_fail(build, "\"%s\" is no type of record", type);
    hf_build_outer_scope(build, &scope);
    if (!hf_scope_push(build, &scope, name, strlen(name), context->type, &slot) ||
        !hf_build_condition(build, &scope, json_object_get(json, "where"), &context->where) ||
        !hf_build_moment(build, &scope, json_object_get(json, "latest_by"), &context->latest_by))
        return false;
    build->pack->context_count++;
    return true;
}

bool hf_build_context(struct hf_build *build, const json_t *document)
{
    return each_member(build, document, "context", HF_PACK_CONTEXT_MAX, read_context);
}

static bool read_applies(struct hf_build *build, const char *name, const json_t *json)
{
    struct hf_applies *applies = &build->pack->applies[build->pack->applies_count];
    struct hf_scope scope;
    int32_t slot = HF_SLOT_NONE;
    hf_build_outer_scope(build, &scope);
    applies->type = hf_model_type_named(hf_slice_str(name));
    if (!applies->type)
        return hf_build_fail(build, "is no type of record");
    if (!hf_scope_push(build, &scope, name, strlen(name), applies->type, &slot) ||
        !hf_build_condition(build, &scope, json, &applies->where))
        return false;
    build->pack->applies_count++;
    return true;
}

bool hf_build_applies(struct hf_build *build, const json_t *document)
{
    return each_member(build, document, "applies", HF_PACK_CONTEXT_MAX, read_applies);
}

/* --- deadlines ---------------------------------------------------------------------------------------------------- */

bool hf_build_knob(struct hf_build *build, const json_t *object, const char *key, struct hf_knob *out)
{
    const json_t *json = json_object_get(object, key);
    const char *name = json_string_value(json_object_get(json, "setting"));
    *out = (struct hf_knob){.setting = HF_NODE_NONE};
    if (!json || json_is_null(json)) {
        out->silent = true;
    } else if (json_is_integer(json)) {
        out->number = json_integer_value(json);
    } else if (json_is_string(json)) {
        out->word = json_string_value(json);
    } else if (json_is_boolean(json)) {
        out->word = json_is_true(json) ? "yes" : "no";
    } else if (name && json_object_size(json) == 1 && (out->setting = hf_pack_setting(build->pack, name)) >= 0) {
        return true;
    } else {
        return hf_build_fail(build, "\"%s\" must be a value, null, or {\"setting\": name} of \"settings\"", key);
    }
    return true;
}

bool hf_build_knob_within(const struct hf_build *build, const struct hf_knob *knob, int64_t min, int64_t max)
{
    if (knob->setting != HF_NODE_NONE)
        return build->pack->settings[knob->setting].is_int && build->pack->settings[knob->setting].min >= min &&
               build->pack->settings[knob->setting].max <= max;
    return knob->silent || (!knob->word && knob->number >= min && knob->number <= max);
}

static bool is_word(const struct hf_build *build, const struct hf_knob *knob, bool (*fits)(const char *))
{
    if (knob->setting == HF_NODE_NONE)
        return knob->silent || (knob->word && fits(knob->word));
    const struct hf_setting *setting = &build->pack->settings[knob->setting];
    for (size_t i = 0; i < setting->choice_count; i++)
        if (!fits(setting->choices[i]))
            return false;
    return !setting->is_int;
}

static bool is_unit(const char *word)
{
    return hf_unit_named(word) != HF_UNIT_COUNT;
}

static bool is_yes_no(const char *word)
{
    return strcmp(word, "yes") == 0 || strcmp(word, "no") == 0;
}

static bool read_deadline(struct hf_build *build, const char *id, const json_t *json)
{
    static const char *const keys[] = {
        "n",   "unit",  "from",        "to",         "when",   "severity",         "unit_source",
        "req", "about", "cutoff_hour", "warn_hours", "source", "first_day_counts", NULL};
    struct hf_deadline *deadline = &build->pack->deadlines[build->pack->deadline_count];
    const char *severity = NULL;
    if (!short_name(build, id) || !hf_build_only(build, json, keys) || !hf_build_knob(build, json, "n", &deadline->n) ||
        !hf_build_knob(build, json, "unit", &deadline->unit) ||
        !hf_build_knob(build, json, "first_day_counts", &deadline->first_day_counts) ||
        !hf_build_knob(build, json, "cutoff_hour", &deadline->cutoff_hour) ||
        !hf_build_knob(build, json, "warn_hours", &deadline->warn_hours) ||
        !hf_build_text(build, json, "severity", HF_PACK_NAME_BYTES_MAX, true, &severity))
        return false;
    if (!hf_build_knob_within(build, &deadline->n, -HF_COUNT_HOURS_MAX, HF_COUNT_HOURS_MAX))
        return hf_build_fail(build, "\"n\" must be a whole number of at most %d, or null", HF_COUNT_HOURS_MAX);
    if (!is_word(build, &deadline->unit, is_unit) || (deadline->unit.silent && !deadline->n.silent))
        return hf_build_fail(build, "\"unit\" must be hour, calendar_day, working_day or month");
    if (!is_word(build, &deadline->first_day_counts, is_yes_no))
        return hf_build_fail(build, "\"first_day_counts\" must be true or false");
    if (!hf_build_knob_within(build, &deadline->cutoff_hour, 0, HOUR_LAST))
        return hf_build_fail(build, "\"cutoff_hour\" must be an hour from 0 to 23, or null");
    if (!hf_build_knob_within(build, &deadline->warn_hours, 0, HF_COUNT_HOURS_MAX))
        return hf_build_fail(build, "\"warn_hours\" must be a whole number of at most %d, or null", HF_COUNT_HOURS_MAX);
    if (strcmp(severity, "breach") != 0 && strcmp(severity, "info") != 0)
        return hf_build_fail(build, "\"severity\" must be breach or info");
    deadline->id = id;
    deadline->json = json;
    deadline->information = strcmp(severity, "info") == 0;
    build->pack->deadline_count++;
    return true;
}

bool hf_build_deadlines(struct hf_build *build, const json_t *document)
{
    return each_member(build, document, "deadlines", HF_PACK_DEADLINES_MAX, read_deadline);
}
