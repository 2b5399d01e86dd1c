/* Search on this device, the staff, and the rules of the procedures in plain words. */
#include "client/app/call.h"

#include <string.h>

#define SEARCH_MAX 100

static json_t *append(json_t *array, json_t *value)
{
    if (array && json_array_append_new(array, value) == 0)
        return array;
    json_decref(array);
    return NULL;
}

/* --- search --- */

static bool each_found(void *ctx, const struct holdfast_search_row *row)
{
    json_t **array = ctx;
    *array = append(*array, json_pack("{s:o, s:o, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "record",
                                      hf_app_json_id(&row->record), "case", hf_app_json_id(&row->case_id), "reference",
                                      row->reference, "type", row->type, "label", row->label, "title", row->title,
                                      "field", row->field, "field_label", row->field_label, "snippet", row->snippet));
    return *array != NULL;
}

static void search(struct hf_app_call *call)
{
    const char *words = hf_app_query(call, "q");
    json_t *array = json_array();
    struct holdfast_search_found found = {0};
    const enum holdfast_status status =
        holdfast_search(call->hf, words ? words : "", SEARCH_MAX, each_found, &array, &found);
    if (status == HOLDFAST_OK) {
        hf_app_reply(
            call, json_pack("{s:o, s:I, s:b}", "found", array, "cases", (json_int_t)found.cases, "more", found.more));
    } else {
        json_decref(array);
        hf_app_fail(call, status);
    }
}

/* --- staff --- */

static bool each_person(void *ctx, const struct holdfast_person_row *row)
{
    json_t **array = ctx;
    *array = append(*array, json_pack("{s:o, s:s}", "id", hf_app_json_id(&row->id), "name", row->name));
    return *array != NULL;
}

static void people(struct hf_app_call *call)
{
    json_t *array = json_array();
    const enum holdfast_status status = holdfast_people(call->hf, each_person, &array);
    if (status == HOLDFAST_OK) {
        hf_app_reply(call, json_pack("{s:o}", "people", array));
    } else {
        json_decref(array);
        hf_app_fail(call, status);
    }
}

/* --- procedures --- */

static bool each_policy(void *ctx, const struct holdfast_policy_row *row)
{
    json_t **array = ctx;
    if (strcmp(row->what, "pack") != 0)
        return true;
    *array =
        append(*array, json_pack("{s:s, s:s, s:s, s:s, s:o, s:b, s:b, s:b}", "name", row->name, "version", row->version,
                                 "effective_from", row->effective_from, "released_by", row->released_by, "released",
                                 hf_app_json_ms(row->released_ms), "in_force", row->in_force, "reread_required",
                                 row->reread_required, "acknowledged", row->acknowledged));
    return *array != NULL;
}

static void policies(struct hf_app_call *call)
{
    json_t *array = json_array();
    const enum holdfast_status status = holdfast_policies(call->hf, each_policy, &array);
    if (status == HOLDFAST_OK) {
        hf_app_reply(call, json_pack("{s:o}", "policies", array));
    } else {
        json_decref(array);
        hf_app_fail(call, status);
    }
}

static void take_file(void *ctx, const void *bytes, size_t len)
{
    json_t **out = ctx;
    if (hf_json_load(hf_slice_of(bytes, len), out, NULL) != HF_OK)
        *out = NULL; /* it was released, so it can be read; rules_json shows none */
}

static json_t *copy_text(const json_t *rule, const char *name)
{
    const char *text = json_string_value(json_object_get(rule, name));
    return json_string(text ? text : "");
}

static json_t *rules_json(const json_t *pack, const char *name)
{
    json_t *array = json_array();
    const json_t *rules = json_object_get(pack, "rules");
    for (size_t i = 0; i < json_array_size(rules); i++) {
        const json_t *rule = json_array_get(rules, i);
        array = append(array, json_pack("{s:o, s:o, s:o, s:o, s:o, s:s, s:o}", "id", copy_text(rule, "id"), "title",
                                        copy_text(rule, "title"), "help", copy_text(rule, "help"), "clears",
                                        copy_text(rule, "clears"), "strength", copy_text(rule, "strength"), "policy",
                                        name, "version", copy_text(pack, "version")));
    }
    return array;
}

/* What people call it: the first of the names that its file gives. */
static const char *title_of(const json_t *pack)
{
    const char *title = json_string_value(json_array_get(json_object_get(pack, "names"), 0));
    return title ? title : "";
}

static bool each_version(void *ctx, const struct holdfast_policy_row *row)
{
    json_t **array = ctx;
    if (strcmp(row->what, "pack") == 0)
        *array = append(*array, json_pack("{s:s, s:s, s:b}", "name", row->name, "version", row->version, "in_force",
                                          row->in_force));
    return *array != NULL;
}

/* The version in force says how it is called, before any other. */
static enum holdfast_status add_title(struct holdfast *hf, const json_t *version, json_t *names)
{
    const char *name = json_string_value(json_object_get(version, "name"));
    json_t *pack = NULL;
    if (json_object_get(names, name) && !json_is_true(json_object_get(version, "in_force")))
        return HOLDFAST_OK;
    enum holdfast_status status =
        holdfast_policy_file(hf, name, json_string_value(json_object_get(version, "version")), take_file, &pack);
    if (status == HOLDFAST_OK && json_object_set_new(names, name, json_string(title_of(pack))) != 0)
        status = HOLDFAST_NOMEM;
    json_decref(pack);
    return status;
}

/* What every procedure that was released is called, by its id. */
static void titles(struct hf_app_call *call)
{
    json_t *versions = json_array(), *names = json_object();
    enum holdfast_status status = versions && names ? HOLDFAST_OK : HOLDFAST_NOMEM;
    if (status == HOLDFAST_OK)
        status = holdfast_policies(call->hf, each_version, &versions);
    for (size_t i = 0; status == HOLDFAST_OK && i < json_array_size(versions); i++)
        status = add_title(call->hf, json_array_get(versions, i), names);
    if (status == HOLDFAST_OK)
        hf_app_reply(call, json_pack("{s:O}", "names", names));
    else
        hf_app_fail(call, status);
    json_decref(versions);
    json_decref(names);
}

/* The rules of the version in force of one procedure, ?name= */
static void rules(struct hf_app_call *call)
{
    const char *name = hf_app_query(call, "name");
    json_t *pack = NULL;
    const enum holdfast_status status = holdfast_policy_file(call->hf, name ? name : "", NULL, take_file, &pack);
    if (status != HOLDFAST_OK)
        hf_app_fail(call, status);
    else
        hf_app_reply(call, json_pack("{s:o, s:o, s:o, s:o}", "rules", rules_json(pack, name), "about",
                                     copy_text(pack, "about"), "meeting_type", copy_text(pack, "meeting_type"),
                                     "version", copy_text(pack, "version")));
    json_decref(pack);
}

static void acknowledge(struct hf_app_call *call)
{
    const char *name = NULL;
    struct holdfast_id record;
    if (!hf_app_body_text(call, "name", true, &name))
        return;
    const enum holdfast_status status = holdfast_policy_acknowledge(call->hf, name, &record);
    if (status != HOLDFAST_OK) {
        hf_app_fail(call, status);
        return;
    }
    hf_app_sync_soon(call->app);
    hf_app_tell(call->app, true);
    hf_app_reply(call, json_pack("{s:o}", "record", hf_app_json_id(&record)));
}

/* --- the lease --- */

static void lease(struct hf_app_call *call)
{
    struct holdfast_lease now;
    const enum holdfast_status status = holdfast_get_lease(call->hf, &now);
    if (status != HOLDFAST_OK)
        hf_app_fail(call, status);
    else
        hf_app_reply(call, json_pack("{s:i, s:o, s:b, s:I}", "days", (int)now.days, "ends", hf_app_json_ms(now.ends_ms),
                                     "is_over", now.is_over, "clock_offset_ms",
                                     (json_int_t)call->app->sync.progress.clock_offset_ms));
}

static const struct hf_app_route rows[] = {
    {"GET", "/api/search", HF_APP_UNLOCKED, search},
    {"GET", "/api/people", HF_APP_UNLOCKED, people},
    {"GET", "/api/policies", HF_APP_UNLOCKED, policies},
    {"GET", "/api/policies/names", HF_APP_UNLOCKED, titles},
    {"GET", "/api/policies/rules", HF_APP_UNLOCKED, rules},
    {"POST", "/api/policies/acknowledge", HF_APP_UNLOCKED, acknowledge},
    {"GET", "/api/lease", HF_APP_STANDING, lease},
};
const struct hf_app_routes hf_app_find_routes = HF_APP_ROUTES(rows);
