/* The office over its procedures: what was released, two versions beside each other, releasing, who has read them; how
 * each is read here, and who decided that; the calendars. */
#include "client/app/call.h"
#include "client/app/reading.h"
#include "core/policy/calendar.h"
#include "core/policy/diff.h"

#include <string.h>

static void changed(struct hf_app_call *call, enum holdfast_status status, const struct holdfast_id *id)
{
    if (status != HOLDFAST_OK) {
        hf_app_fail(call, status);
        return;
    }
    hf_app_sync_soon(call->app);
    hf_app_tell(call->app, true);
    hf_app_reply(call, json_pack("{s:o}", "change", hf_app_json_id(id)));
}

/* The value, or the failure. NULL is no memory. */
static void give(struct hf_app_call *call, enum holdfast_status status, json_t *value)
{
    if (status == HOLDFAST_OK) {
        hf_app_reply(call, value);
        return;
    }
    json_decref(value);
    hf_app_fail(call, status);
}

/* --- what was released --- */

static bool each_release(void *ctx, const struct holdfast_policy_row *row)
{
    static const char digits[] = "0123456789abcdef";
    char hash[2 * sizeof row->sha256 + 1] = "";
    for (size_t i = 0; i < sizeof row->sha256; i++) {
        hash[2 * i] = digits[row->sha256[i] >> 4];
        hash[2 * i + 1] = digits[row->sha256[i] & 15];
    }
    return hf_app_append(ctx, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:s, s:o, s:b, s:b}", "what", row->what,
                                        "name", row->name, "version", row->version, "effective_from",
                                        row->effective_from, "supersedes", row->supersedes, "sha256", hash, "change",
                                        hf_app_json_id(&row->change), "released_by", row->released_by, "released",
                                        hf_app_json_ms(row->released_ms), "in_force", row->in_force, "reread_required",
                                        row->reread_required));
}

static void released(struct hf_app_call *call)
{
    json_t *array = json_array();
    const enum holdfast_status status = array ? holdfast_policies(call->hf, each_release, array) : HOLDFAST_NOMEM;
    give(call, status, json_pack("{s:o}", "released", array));
}

/* --- two versions --- */

static void take_file(void *ctx, const void *bytes, size_t len)
{
    json_t **out = ctx;
    if (hf_json_load(hf_slice_of(bytes, len), out, NULL) != HF_OK)
        *out = NULL; /* it was released, so it can be read */
}

static json_t *or_null(const json_t *value)
{
    return value ? json_deep_copy(value) : json_null();
}

static void each_change(void *ctx, const struct hf_policy_change *change)
{
    (void)hf_app_append(ctx, json_pack("{s:s, s:s, s:o, s:o}", "path", change->path, "what",
                                       !change->before  ? "new"
                                       : !change->after ? "gone"
                                                        : "changed",
                                       "before", or_null(change->before), "after", or_null(change->after)));
}

/* Titles of rules by id, the newer's first, so that a change can be told in words. */
static json_t *titles(const json_t *older, const json_t *newer)
{
    const json_t *packs[] = {newer, older};
    json_t *out = json_object();
    for (size_t p = 0; p < 2; p++) {
        const json_t *rules = json_object_get(packs[p], "rules");
        for (size_t i = 0; i < json_array_size(rules); i++) {
            const json_t *rule = json_array_get(rules, i);
            const char *id = hf_app_text_of(rule, "id");
            if (id[0] && !json_object_get(out, id))
                (void)json_object_set_new(out, id, json_string(hf_app_text_of(rule, "title")));
        }
    }
    return out;
}

static json_t *diff_json(const json_t *older, const json_t *newer)
{
    json_t *changes = json_array();
    if (changes && older && newer)
        (void)hf_policy_diff(older, newer, each_change, changes);
    return json_pack("{s:o, s:o, s:s, s:s}", "changes", changes, "titles", titles(older, newer), "from",
                     hf_app_text_of(older, "version"), "to", hf_app_text_of(newer, "version"));
}

/* ?name=&from=&to= */
static void compare(struct hf_app_call *call)
{
    const char *name = hf_app_query(call, "name"), *from = hf_app_query(call, "from"), *to = hf_app_query(call, "to");
    json_t *older = NULL, *newer = NULL;
    if (!name || !from || !to) {
        hf_app_refuse(call->response, 400, "invalid", "Say which procedure, and which two versions.");
        return;
    }
    enum holdfast_status status = holdfast_policy_file(call->hf, name, from, take_file, &older);
    if (status == HOLDFAST_OK)
        status = holdfast_policy_file(call->hf, name, to, take_file, &newer);
    give(call, status, status == HOLDFAST_OK ? diff_json(older, newer) : NULL);
    json_decref(older);
    json_decref(newer);
}

/* --- releasing: looked at first, then signed --- */

static bool take_text(struct hf_app_call *call, struct hf_slice *out)
{
    const char *text = NULL;
    if (!hf_app_body_text(call, "file", true, &text))
        return false;
    *out = hf_slice_str(text);
    return true;
}

/* Which pack or calendar it is, and whether it can be read. */
static enum hf_status look_at_file(struct hf_slice file, json_t **out, bool *out_is_pack, struct hf_error *err)
{
    struct hf_policy_pack *pack = NULL;
    struct hf_calendar *calendar = NULL;
    json_t *document = NULL;
    enum hf_status status = hf_json_load(file, &document, err);
    const bool is_pack = status == HF_OK && json_object_get(document, "policy") != NULL;
    if (status == HF_OK)
        status = is_pack ? hf_policy_pack_load(file, &pack, err) : hf_calendar_load(file, &calendar, err);
    hf_policy_pack_free(pack);
    hf_calendar_free(calendar);
    if (status != HF_OK) {
        json_decref(document);
        return status;
    }
    *out = document;
    *out_is_pack = is_pack;
    return HF_OK;
}

/* {file}: what releasing it would change, beside the version in force. Nothing is changed. */
static void check(struct hf_app_call *call)
{
    struct hf_slice file;
    struct hf_error err = {0};
    json_t *document = NULL, *now = NULL;
    bool is_pack = false;
    if (!take_text(call, &file))
        return;
    const enum hf_status read = look_at_file(file, &document, &is_pack, &err);
    if (read != HF_OK) {
        hf_app_refuse(call->response, read == HF_ERR_NOMEM ? 500 : 400, "invalid", "%s", err.text);
        return;
    }
    const char *name = hf_app_text_of(document, is_pack ? "policy" : "calendar");
    enum holdfast_status status = holdfast_policy_file(call->hf, name, NULL, take_file, &now);
    if (status == HOLDFAST_NOT_FOUND)
        status = HOLDFAST_OK;
    give(call, status,
         json_pack("{s:s, s:s, s:s, s:s, s:b, s:o}", "what", is_pack ? "pack" : "calendar", "name", name, "version",
                   hf_app_text_of(document, "version"), "effective_from", hf_app_text_of(document, "effective_from"),
                   "is_first", now == NULL, "diff", diff_json(now, now ? document : NULL)));
    json_decref(document);
    json_decref(now);
}

static void release(struct hf_app_call *call)
{
    struct hf_slice file;
    struct holdfast_id change;
    if (take_text(call, &file))
        changed(call, holdfast_policy_release(call->hf, file.data, file.len, &change), &change);
}

/* --- who has read it --- */

static bool each_person(void *ctx, const struct holdfast_person_row *row)
{
    return hf_app_append(ctx, json_pack("{s:o, s:s, s:n}", "id", hf_app_json_id(&row->id), "name", row->name, "at"));
}

static void note_read(json_t *people, const json_t *ack)
{
    for (size_t i = 0; i < json_array_size(people); i++) {
        json_t *person = json_array_get(people, i);
        if (strcmp(hf_app_text_of(person, "id"), hf_app_field(ack, "person")) == 0)
            (void)json_object_set_new(person, "at", json_string(hf_app_field(ack, "at")));
    }
}

/* ?name=&version= */
static void acknowledgements(struct hf_app_call *call)
{
    const char *name = hf_app_query(call, "name"), *version = hf_app_query(call, "version");
    json_t *people = json_array(), *acks = NULL;
    if (!name || !version) {
        json_decref(people);
        hf_app_refuse(call->response, 400, "invalid", "Say which procedure, and which version.");
        return;
    }
    enum holdfast_status status = people ? holdfast_people(call->hf, each_person, people) : HOLDFAST_NOMEM;
    if (status == HOLDFAST_OK)
        status = hf_app_read_office(call->hf, "policy_ack", &acks);
    for (size_t i = 0; i < json_array_size(acks); i++) {
        const json_t *ack = json_array_get(acks, i);
        if (hf_app_field_is(ack, "policy_id", name) && hf_app_field_is(ack, "policy_version", version))
            note_read(people, ack);
    }
    json_decref(acks);
    give(call, status, json_pack("{s:o}", "people", people));
}

/* --- how a procedure is read here --- */

static bool each_setting(void *ctx, const struct holdfast_setting_row *row)
{
    return hf_app_append(ctx, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:o, s:o, s:s, s:s, s:s}", "policy",
                                        row->policy, "version", row->version, "name", row->name, "about", row->about,
                                        "amb", row->amb, "value", row->value, "is_default", row->is_default, "decision",
                                        hf_app_json_id(&row->decision), "decided_by", hf_app_json_id(&row->decided_by),
                                        "decided_on", row->decided_on, "from", row->from, "reason", row->reason));
}

/* What the pack allows for it: choices, or from and to; and whether it may stay silent. */
static void add_allowed(struct hf_app_call *call, json_t *settings)
{
    json_t *pack = NULL;
    const char *of = "";
    for (size_t i = 0; i < json_array_size(settings); i++) {
        json_t *setting = json_array_get(settings, i);
        const char *policy = hf_app_text_of(setting, "policy");
        if (!pack || strcmp(of, policy) != 0) {
            json_decref(pack);
            pack = NULL;
            if (holdfast_policy_file(call->hf, policy, NULL, take_file, &pack) != HOLDFAST_OK)
                pack = NULL;
            of = policy;
        }
        json_t *spec = json_object_get(json_object_get(pack, "settings"), hf_app_text_of(setting, "name"));
        if (spec)
            (void)json_object_set(setting, "allowed", spec);
    }
    json_decref(pack);
}

static void settings(struct hf_app_call *call)
{
    json_t *array = json_array(), *decisions = NULL, *names = NULL;
    enum holdfast_status status = array ? holdfast_settings(call->hf, NULL, each_setting, array) : HOLDFAST_NOMEM;
    if (status == HOLDFAST_OK)
        status = hf_app_read_office(call->hf, "setting", &decisions);
    if (status == HOLDFAST_OK)
        status = hf_app_read_names(call->hf, &names);
    if (status == HOLDFAST_OK)
        add_allowed(call, array);
    give(call, status, json_pack("{s:o, s:o*, s:o*}", "settings", array, "decisions", decisions, "names", names));
}

static void decide(struct hf_app_call *call)
{
    struct holdfast_setting_decision decision = {0};
    struct holdfast_id record;
    if (hf_app_body_text(call, "policy", true, &decision.policy) &&
        hf_app_body_text(call, "name", true, &decision.name) &&
        hf_app_body_text(call, "value", true, &decision.value) &&
        hf_app_body_text(call, "from", false, &decision.from) &&
        hf_app_body_text(call, "reason", true, &decision.reason))
        changed(call, holdfast_setting_decide(call->hf, &decision, &record), &record);
}

/* --- calendars --- */

struct calendars {
    struct hf_app_call *call;
    json_t *released;
    size_t beyond;
    json_t *duties;
};

static bool each_duty(void *ctx, const struct holdfast_duty_row *row)
{
    struct calendars *calendars = ctx;
    if (!row->beyond_calendar || calendars->beyond++ >= HF_APP_ROWS_MAX)
        return true;
    return hf_app_append(calendars->duties, hf_app_json_duty(row));
}

static json_t *calendar_json(struct hf_app_call *call, const json_t *row)
{
    json_t *file = NULL;
    const enum holdfast_status status =
        holdfast_policy_file(call->hf, hf_app_text_of(row, "name"), hf_app_text_of(row, "version"), take_file, &file);
    if (status != HOLDFAST_OK || !file)
        return NULL;
    if (json_object_set(file, "in_force", json_object_get(row, "in_force")) != 0) {
        json_decref(file);
        return NULL;
    }
    return file;
}

/* Every calendar that was released, as its file has it; and what is owed on a day that its calendar does not know. */
static void calendars(struct hf_app_call *call)
{
    struct calendars all = {.call = call, .released = json_array(), .duties = json_array()};
    const struct holdfast_duty_filter filter = {.as_of_ms = hf_app_wall_ms(call->app)};
    json_t *array = json_array();
    enum holdfast_status status =
        all.released && all.duties && array ? holdfast_policies(call->hf, each_release, all.released) : HOLDFAST_NOMEM;
    for (size_t i = 0; status == HOLDFAST_OK && i < json_array_size(all.released); i++) {
        const json_t *row = json_array_get(all.released, i);
        if (strcmp(hf_app_text_of(row, "what"), "calendar") == 0 && !hf_app_append(array, calendar_json(call, row)))
            status = HOLDFAST_NOMEM;
    }
    if (status == HOLDFAST_OK)
        status = holdfast_duties(call->hf, &filter, each_duty, &all);
    if (status == HOLDFAST_OK)
        status = hf_app_duties_about(call->hf, all.duties);
    json_decref(all.released);
    give(call, status,
         json_pack("{s:o, s:I, s:o}", "calendars", array, "beyond", (json_int_t)all.beyond, "duties", all.duties));
}

static const struct hf_app_route rows[] = {
    {"GET", "/api/policies/released", HF_APP_UNLOCKED, released},
    {"GET", "/api/policies/compare", HF_APP_UNLOCKED, compare},
    {"GET", "/api/policies/acknowledgements", HF_APP_UNLOCKED, acknowledgements},
    {"POST", "/api/policies/check", HF_APP_UNLOCKED, check},
    {"POST", "/api/policies/release", HF_APP_UNLOCKED, release},
    {"GET", "/api/settings", HF_APP_UNLOCKED, settings},
    {"POST", "/api/settings", HF_APP_UNLOCKED, decide},
    {"GET", "/api/calendars", HF_APP_UNLOCKED, calendars},
};
const struct hf_app_routes hf_app_policy_routes = HF_APP_ROUTES(rows);
