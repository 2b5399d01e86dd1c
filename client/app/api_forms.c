/* Forms and drafts. A form is a record that a person has open: what they saw when it was drawn is the base of what they
 * save, so that a sync in between shows as a clash and never as an overwrite. What they type is kept as a draft; saving
 * makes one signed change of it. The page holds what a form is about and gives it back with each request, so nothing
 * is lost when the app ends. */
#include "client/app/call.h"
#include "core/base/text.h"

#include <stdio.h>
#include <string.h>

#define FORM_VERSION 1
#define SEEN_MAX     ((json_int_t)1 << 53)

/* What the page sends with every request about a form. */
struct about {
    struct holdfast_form form;
    struct holdfast_id parent;
    bool has_parent;
    const char *type, *slot; /* borrowed from the body; slot NULL: none */
    char name[HOLDFAST_DRAFT_FORM_BYTES_MAX];
};

static void name_form(const char *type, char out[HOLDFAST_DRAFT_FORM_BYTES_MAX])
{
    (void)snprintf(out, HOLDFAST_DRAFT_FORM_BYTES_MAX, "%.48s/%d", type, FORM_VERSION);
}

static bool append(json_t **array, json_t *value)
{
    if (*array && json_array_append_new(*array, value) == 0)
        return true;
    json_decref(*array);
    *array = NULL;
    return false;
}

static bool each_field(void *ctx, const struct holdfast_field_row *field)
{
    return append(ctx, hf_app_json_field(field));
}

/* --- drafts as JSON --- */

static json_t *draft_json(const struct holdfast_draft_row *row)
{
    return json_pack(
        "{s:o, s:o, s:o, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:b, s:b, s:b, s:b, s:b, s:b, s:s, s:s, s:I, "
        "s:o}",
        "record", hf_app_json_id(&row->record), "case", hf_app_json_id(&row->case_id), "parent",
        hf_app_json_id(&row->parent), "reference", row->reference, "type", row->type, "label", row->label, "slot",
        row->slot, "form", row->form, "cursor", row->cursor, "preview", row->preview, "created_at",
        hf_app_json_ms(row->created_ms), "updated_at", hf_app_json_ms(row->updated_ms), "own", row->own, "same_person",
        row->same_person, "shared", row->shared, "held_back", row->held_back, "is_new", row->is_new, "changed_since",
        row->changed_since, "person", row->person, "device", row->device, "device_number",
        (json_int_t)row->device_number, "done_at", hf_app_json_ms(row->done_ms));
}

static bool each_draft(void *ctx, const struct holdfast_draft_row *row)
{
    return append(ctx, draft_json(row));
}

static void list_drafts(struct hf_app_call *call)
{
    struct holdfast_id record, case_id;
    bool given = false, of_case = false, held_back = false;
    if (!hf_app_query_id(call, "record", &record, &given) || !hf_app_query_id(call, "case", &case_id, &of_case))
        return;
    json_t *array = json_array();
    enum holdfast_status status = holdfast_draft_list(call->hf, given ? &record : NULL, each_draft, &array);
    if (status == HOLDFAST_OK && of_case)
        status = holdfast_drafts_held_back(call->hf, &case_id, &held_back);
    if (status == HOLDFAST_NOT_FOUND)
        status = HOLDFAST_OK; /* drafts of others may be here before their case is */
    if (status == HOLDFAST_OK) {
        hf_app_reply(call, json_pack("{s:o, s:b}", "drafts", array, "held_back", held_back));
    } else {
        json_decref(array);
        hf_app_fail(call, status);
    }
}

/* --- opening --- */

struct own_draft {
    json_t *draft, *values, *changed;
};

static bool take_row(void *ctx, const struct holdfast_draft_row *row)
{
    struct own_draft *own = ctx;
    own->draft = draft_json(row);
    return true;
}

static bool take_value(void *ctx, const struct holdfast_draft_value *value)
{
    struct own_draft *own = ctx;
    if (value->changed_since)
        (void)append(&own->changed, json_string(value->name));
    return json_object_set_new(own->values, value->name, json_string(value->value)) == 0;
}

/* This device's draft of the form with what was typed; null when there is none. */
static json_t *own_draft_json(struct hf_app_call *call, const struct about *about)
{
    struct own_draft own = {.values = json_object(), .changed = json_array()};
    const struct holdfast_draft_place place = {
        .record = about->form.record, .case_id = about->form.case_id, .form = about->name};
    if (holdfast_draft_read(call->hf, &place, NULL, take_row, take_value, &own) == HOLDFAST_OK && own.draft) {
        (void)json_object_set(own.draft, "values", own.values);
        (void)json_object_set(own.draft, "changed", own.changed);
    }
    json_decref(own.values);
    json_decref(own.changed);
    return own.draft ? own.draft : json_null();
}

static void reply_form(struct hf_app_call *call, const struct about *about)
{
    json_t *fields = json_array(), *drafts = json_array();
    enum holdfast_status status = holdfast_read(call->hf, &about->form.record, NULL, each_field, &fields);
    const bool is_new = status == HOLDFAST_NOT_FOUND;
    if (status == HOLDFAST_OK || is_new)
        status = holdfast_draft_list(call->hf, &about->form.record, each_draft, &drafts);
    if (status != HOLDFAST_OK) {
        hf_app_fail(call, status);
        json_decref(fields);
        json_decref(drafts);
        return;
    }
    const struct holdfast_draft_place place = {
        .record = about->form.record, .case_id = about->form.case_id, .form = about->name};
    hf_app_reply(
        call, json_pack("{s:o, s:o, s:s, s:o, s:s?, s:I, s:b, s:o, s:o, s:o, s:o}", "record",
                        hf_app_json_id(&about->form.record), "case", hf_app_json_id(&about->form.case_id), "type",
                        about->type, "parent", about->has_parent ? hf_app_json_id(&about->parent) : json_null(), "slot",
                        about->slot, "seen", (json_int_t)about->form.seen, "is_new", is_new, "fields", fields, "draft",
                        own_draft_json(call, about), "drafts", drafts, "waits", hf_app_draft_waits(call, &place)));
}

static bool failed(struct hf_app_call *call, enum holdfast_status status)
{
    if (status != HOLDFAST_OK)
        hf_app_fail(call, status);
    return status != HOLDFAST_OK;
}

static void open_record(struct hf_app_call *call, const struct holdfast_id *record)
{
    struct holdfast_record_row row;
    struct about about = {.type = NULL};
    if (failed(call, holdfast_form_record(call->hf, record, &about.form)) ||
        failed(call, holdfast_read(call->hf, record, &row, NULL, NULL)))
        return;
    about.type = row.type;
    name_form(about.type, about.name);
    reply_form(call, &about);
}

static void open_new(struct hf_app_call *call)
{
    struct about about = {.type = NULL};
    struct holdfast_id case_id;
    bool has_case = false;
    if (!hf_app_body_id(call, "case", &case_id, &has_case) ||
        !hf_app_body_id(call, "parent", &about.parent, &about.has_parent) ||
        !hf_app_body_text(call, "type", false, &about.type) || !hf_app_body_text(call, "slot", false, &about.slot))
        return;
    if (!has_case || !about.type) {
        hf_app_refuse(call->response, 400, "invalid", "A form is about a record, or about a case and a type.");
        return;
    }
    if (failed(call, holdfast_form_new(call->hf, &case_id, about.type, about.has_parent ? &about.parent : NULL,
                                       about.slot, &about.form)))
        return;
    name_form(about.type, about.name);
    reply_form(call, &about);
}

/* A draft of a record that was not saved yet names its form itself. */
struct wanted {
    const char *device; /* NULL: this one */
    bool found, is_new, has_parent;
    struct holdfast_id case_id, parent;
    char type[HF_APP_WORD_BYTES], slot[HOLDFAST_DRAFT_SLOT_BYTES_MAX + 1], form[HOLDFAST_DRAFT_FORM_BYTES_MAX + 1];
};

static bool find_draft(void *ctx, const struct holdfast_draft_row *row)
{
    static const struct holdfast_id zero;
    struct wanted *wanted = ctx;
    if (wanted->device ? strcmp(row->device, wanted->device) != 0 : !row->own)
        return true;
    wanted->found = true;
    wanted->is_new = row->is_new;
    wanted->case_id = row->case_id;
    wanted->parent = row->parent;
    wanted->has_parent = memcmp(&row->parent, &zero, sizeof zero) != 0;
    (void)snprintf(wanted->type, sizeof wanted->type, "%s", row->type);
    (void)snprintf(wanted->slot, sizeof wanted->slot, "%s", row->slot);
    (void)snprintf(wanted->form, sizeof wanted->form, "%s", row->form);
    return false;
}

static enum holdfast_status take_over(struct hf_app_call *call, const struct holdfast_id *record,
                                      const struct wanted *wanted)
{
    const struct holdfast_draft_place place = {.record = *record, .case_id = wanted->case_id, .form = wanted->form};
    return wanted->device ? holdfast_draft_take(call->hf, &place, wanted->device) : HOLDFAST_OK;
}

static void open_draft(struct hf_app_call *call, const struct holdfast_id *record, const char *device)
{
    struct wanted wanted = {.device = device}, still = {.device = NULL};
    struct about about = {.type = wanted.type};
    if (failed(call, holdfast_draft_list(call->hf, record, find_draft, &wanted)))
        return;
    if (!wanted.found) {
        hf_app_refuse(call->response, 404, "not_found", "There is no such draft on this device.");
        return;
    }
    if (failed(call, take_over(call, record, &wanted)))
        return;
    if (!wanted.is_new) {
        open_record(call, record);
        return;
    }
    if (failed(call,
               holdfast_form_new(call->hf, &wanted.case_id, wanted.type, wanted.has_parent ? &wanted.parent : NULL,
                                 wanted.slot[0] ? wanted.slot : NULL, &about.form)))
        return;
    if (failed(call, holdfast_draft_list(call->hf, record, find_draft, &still)))
        return;
    if (still.found)
        about.form.record = *record; /* the id that it was given when it was begun */
    /* else it went with its part to the id that holdfast_form_new gives */
    about.parent = wanted.parent;
    about.has_parent = wanted.has_parent;
    about.slot = wanted.slot[0] ? wanted.slot : NULL;
    name_form(about.type, about.name);
    reply_form(call, &about);
}

static void open_form(struct hf_app_call *call)
{
    struct holdfast_id record, draft;
    bool has_record = false, has_draft = false;
    const char *device = NULL;
    if (!hf_app_body_id(call, "record", &record, &has_record) || !hf_app_body_id(call, "draft", &draft, &has_draft) ||
        !hf_app_body_text(call, "device", false, &device))
        return;
    if (has_draft)
        open_draft(call, &draft, device);
    else if (has_record)
        open_record(call, &record);
    else
        open_new(call);
}

/* --- typing --- */

static bool read_about(struct hf_app_call *call, struct about *out)
{
    const json_t *seen = json_object_get(call->body, "seen");
    bool has_case = false;
    *out = (struct about){.form = {.record = call->ids[0]}};
    if (!hf_app_body_id(call, "case", &out->form.case_id, &has_case) ||
        !hf_app_body_id(call, "parent", &out->parent, &out->has_parent) ||
        !hf_app_body_text(call, "type", true, &out->type) || !hf_app_body_text(call, "slot", false, &out->slot))
        return false;
    if (!has_case || !json_is_integer(seen) || json_integer_value(seen) < 0 || json_integer_value(seen) >= SEEN_MAX) {
        hf_app_refuse(call->response, 400, "invalid", "The form does not say what it is about.");
        return false;
    }
    out->form.seen = (uint64_t)json_integer_value(seen);
    name_form(out->type, out->name);
    return true;
}

/* {"field": "text as typed", "other": null to take it out of the draft}. */
static bool read_fields(struct hf_app_call *call, struct holdfast_draft_field out[HOLDFAST_DRAFT_FIELDS_MAX],
                        size_t *out_count)
{
    json_t *fields = json_object_get(call->body, "fields"), *value = NULL;
    const char *name = NULL;
    size_t count = 0;
    json_object_foreach(fields, name, value)
    {
        if (count == HOLDFAST_DRAFT_FIELDS_MAX || !(json_is_string(value) || json_is_null(value))) {
            hf_app_refuse(call->response, 400, "invalid", "A draft has at most %d fields, each a text.",
                          HOLDFAST_DRAFT_FIELDS_MAX);
            return false;
        }
        out[count++] = (struct holdfast_draft_field){name, json_string_value(value)};
    }
    *out_count = count;
    return true;
}

static void put_draft(struct hf_app_call *call)
{
    struct about about;
    struct holdfast_draft_field fields[HOLDFAST_DRAFT_FIELDS_MAX];
    struct holdfast_draft_save save = {.fields = fields};
    uint64_t saved_ms = 0;
    if (!read_about(call, &about) || !read_fields(call, fields, &save.field_count) ||
        !hf_app_body_text(call, "reason", false, &save.reason) ||
        !hf_app_body_text(call, "cursor", false, &save.cursor))
        return;
    save.about = about.form;
    save.type = about.type;
    save.parent = about.has_parent ? &about.parent : NULL;
    save.slot = about.slot;
    save.form = about.name;
    if (failed(call, holdfast_draft_put(call->hf, &save, &saved_ms)))
        return;
    const struct holdfast_draft_place place = {
        .record = about.form.record, .case_id = about.form.case_id, .form = about.name};
    hf_app_reply(
        call, json_pack("{s:o, s:o}", "saved_at", hf_app_json_ms(saved_ms), "waits", hf_app_draft_waits(call, &place)));
}

/* --- the end of a draft --- */

static void save_draft(struct hf_app_call *call)
{
    struct about about;
    struct holdfast_id change;
    if (!read_about(call, &about))
        return;
    const struct holdfast_draft_place place = {
        .record = about.form.record, .case_id = about.form.case_id, .form = about.name};
    if (failed(call, holdfast_draft_commit(call->hf, &place, &change)))
        return;
    hf_app_sync_soon(call->app);
    hf_app_tell(call->app, true);
    hf_app_reply(call, json_pack("{s:o, s:o, s:o}", "record", hf_app_json_id(&about.form.record), "change",
                                 hf_app_json_id(&change), "saved_at", hf_app_json_ms(hf_app_wall_ms(call->app))));
}

static void discard_draft(struct hf_app_call *call)
{
    if (failed(call, holdfast_draft_discard(call->hf, &call->ids[0])))
        return;
    hf_app_tell(call->app, true);
    hf_app_reply(call, json_object());
}

static void share_draft(struct hf_app_call *call)
{
    const json_t *shared = json_object_get(call->body, "shared");
    if (!json_is_boolean(shared))
        hf_app_refuse(call->response, 400, "invalid", "shared must be true or false.");
    else if (!failed(call, holdfast_draft_share(call->hf, &call->ids[0], json_is_true(shared))))
        hf_app_reply(call, json_object());
}

static const struct hf_app_route rows[] = {
    {"POST", "/api/forms", HF_APP_UNLOCKED, open_form},
    {"POST", "/api/forms/:id/draft", HF_APP_UNLOCKED, put_draft},
    {"POST", "/api/forms/:id/save", HF_APP_UNLOCKED, save_draft},
    {"POST", "/api/forms/:id/discard", HF_APP_UNLOCKED, discard_draft},
    {"POST", "/api/forms/:id/share", HF_APP_UNLOCKED, share_draft},
    {"GET", "/api/drafts", HF_APP_UNLOCKED, list_drafts},
};
const struct hf_app_routes hf_app_form_routes = HF_APP_ROUTES(rows);
