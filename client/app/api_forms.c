/* Forms: a record that a person has open. What they saw when the form was drawn is the base of what they save, so that
 * a sync in between shows as a clash and never as an overwrite. */
#include "client/app/call.h"

#include <stdlib.h>
#include <string.h>

#define ELEMENTS_MAX 500

/* --- the places of forms --- */

static bool same_id(const struct holdfast_id *a, const struct holdfast_id *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

static void let_go(struct hf_app_form *form)
{
    holdfast_edit_cancel(form->edit);
    memset(form, 0, sizeof *form);
}

void hf_app_close_forms(struct hf_app *app)
{
    for (size_t i = 0; i < HF_APP_FORMS_MAX; i++)
        let_go(&app->forms[i]);
}

static struct hf_app_form *find_form(struct hf_app *app, const struct holdfast_id *record)
{
    for (size_t i = 0; i < HF_APP_FORMS_MAX; i++)
        if (app->forms[i].edit && same_id(&app->forms[i].record, record))
            return &app->forms[i];
    return NULL;
}

/* A free place, or the one that was left alone the longest: what was saved from it stays saved. */
static struct hf_app_form *free_form(struct hf_app *app)
{
    struct hf_app_form *oldest = &app->forms[0];
    for (size_t i = 0; i < HF_APP_FORMS_MAX && oldest->edit; i++)
        if (!app->forms[i].edit || app->forms[i].used_ms < oldest->used_ms)
            oldest = &app->forms[i];
    let_go(oldest);
    return oldest;
}

static struct hf_app_form *keep(struct hf_app *app, struct holdfast_edit *edit)
{
    const struct holdfast_id record = holdfast_edit_id(edit);
    struct hf_app_form *form = find_form(app, &record);
    if (form)
        let_go(form);
    else
        form = free_form(app);
    *form = (struct hf_app_form){.edit = edit, .record = record, .used_ms = hf_app_mono_ms(app)};
    return form;
}

/* --- opening --- */

static bool each_field(void *ctx, const struct holdfast_field_row *field)
{
    json_t **array = ctx;
    if (*array && json_array_append_new(*array, hf_app_json_field(field)) == 0)
        return true;
    json_decref(*array);
    *array = NULL;
    return false;
}

static void reply_form(struct hf_app_call *call, const struct hf_app_form *form)
{
    json_t *fields = json_array();
    const enum holdfast_status status = holdfast_read(call->hf, &form->record, NULL, each_field, &fields);
    if (status != HOLDFAST_OK && status != HOLDFAST_NOT_FOUND) { /* a new record is not there yet */
        json_decref(fields);
        hf_app_fail(call, status);
        return;
    }
    hf_app_reply(call, json_pack("{s:o, s:b, s:o}", "record", hf_app_json_id(&form->record), "is_new",
                                 status == HOLDFAST_NOT_FOUND, "fields", fields));
}

static bool begin(struct hf_app_call *call, struct holdfast_edit **out)
{
    struct holdfast_id record, case_id, parent;
    bool has_record = false, has_case = false, has_parent = false;
    const char *type = NULL, *slot = NULL;
    if (!hf_app_body_id(call, "record", &record, &has_record) || !hf_app_body_id(call, "case", &case_id, &has_case) ||
        !hf_app_body_id(call, "parent", &parent, &has_parent) || !hf_app_body_text(call, "type", false, &type) ||
        !hf_app_body_text(call, "slot", false, &slot))
        return false;
    if (!has_record && (!has_case || !type)) {
        hf_app_refuse(call->response, 400, "invalid", "A form is about a record, or about a case and a type.");
        return false;
    }
    enum holdfast_status status =
        has_record ? holdfast_edit_record(call->hf, &record, out)
                   : holdfast_edit_new(call->hf, &case_id, type, has_parent ? &parent : NULL, slot, out);
    if (status != HOLDFAST_OK)
        hf_app_fail(call, status);
    return status == HOLDFAST_OK;
}

static void open_form(struct hf_app_call *call)
{
    struct holdfast_edit *edit = NULL;
    if (begin(call, &edit))
        reply_form(call, keep(call->app, edit));
}

/* --- saving --- */

struct set {
    const char *field;
    bool found;
    json_t *elements;
};

static bool each_set(void *ctx, const struct holdfast_field_row *field)
{
    struct set *set = ctx;
    if (strcmp(field->name, set->field) != 0)
        return true;
    for (size_t i = 0; i < field->value_count; i++)
        (void)json_array_append_new(set->elements, json_string(field->values[i]));
    return false;
}

static bool holds(const json_t *array, const char *text)
{
    for (size_t i = 0; i < json_array_size(array); i++) {
        const char *element = json_string_value(json_array_get(array, i));
        if (element && strcmp(element, text) == 0)
            return true;
    }
    return false;
}

/* What is in the record and not in `wanted` goes, what is new comes. */
static enum holdfast_status change_set(struct hf_app_call *call, struct hf_app_form *form, const char *field,
                                       const json_t *wanted)
{
    struct set set = {.field = field, .elements = json_array()};
    enum holdfast_status status = holdfast_read(call->hf, &form->record, NULL, each_set, &set);
    if (status == HOLDFAST_NOT_FOUND)
        status = HOLDFAST_OK;
    for (size_t i = 0; status == HOLDFAST_OK && i < json_array_size(set.elements); i++) {
        const char *element = json_string_value(json_array_get(set.elements, i));
        if (!holds(wanted, element))
            status = holdfast_edit_remove(form->edit, field, element);
    }
    for (size_t i = 0; status == HOLDFAST_OK && i < json_array_size(wanted); i++) {
        const char *element = json_string_value(json_array_get(wanted, i));
        status = element ? holdfast_edit_add(form->edit, field, element) : HOLDFAST_INVALID;
    }
    json_decref(set.elements);
    return status;
}

static enum holdfast_status change_field(struct hf_app_call *call, struct hf_app_form *form, const char *field,
                                         const json_t *value)
{
    if (json_is_array(value) && json_array_size(value) <= ELEMENTS_MAX)
        return change_set(call, form, field, value);
    return json_is_string(value) ? holdfast_edit_set(form->edit, field, json_string_value(value)) : HOLDFAST_INVALID;
}

/* The next save from this form has what was just saved as its base. */
static enum holdfast_status begin_again(struct hf_app *app, struct hf_app_form *form)
{
    struct holdfast_edit *edit = NULL;
    const enum holdfast_status status = holdfast_edit_record(app->config.hf, &form->record, &edit);
    if (status == HOLDFAST_OK)
        form->edit = edit;
    return status;
}

/* A commit that found nothing different frees a new record's edit without writing it. */
static bool commit(struct hf_app_call *call, struct hf_app_form *form, struct holdfast_id *out_change)
{
    enum holdfast_status status = holdfast_edit_commit(form->edit, out_change);
    if (status == HOLDFAST_OK) {
        form->edit = NULL;
        status = begin_again(call->app, form);
    }
    if (status != HOLDFAST_OK)
        hf_app_fail(call, status);
    return status == HOLDFAST_OK;
}

static void save(struct hf_app_call *call)
{
    struct hf_app_form *form = find_form(call->app, &call->ids[0]);
    json_t *fields = json_object_get(call->body, "fields");
    struct holdfast_id change;
    const char *name = NULL, *reason = NULL;
    json_t *value = NULL;
    if (!hf_app_body_text(call, "reason", false, &reason))
        return;
    if (!form) {
        hf_app_refuse(call->response, 409, "state",
                      "This form was closed. Open it again; what you wrote is still here.");
        return;
    }
    form->used_ms = hf_app_mono_ms(call->app);
    json_object_foreach(fields, name, value)
    {
        const enum holdfast_status status = change_field(call, form, name, value);
        if (status != HOLDFAST_OK) {
            hf_app_fail(call, status);
            return;
        }
    }
    if (reason && holdfast_edit_reason(form->edit, reason) != HOLDFAST_OK) {
        hf_app_refuse(call->response, 400, "invalid", "%s", holdfast_error_text(call->hf));
        return;
    }
    if (!commit(call, form, &change))
        return;
    hf_app_sync_soon(call->app);
    hf_app_reply(call, json_pack("{s:o, s:o, s:o}", "record", hf_app_json_id(&call->ids[0]), "change",
                                 hf_app_json_id(&change), "saved_at", hf_app_json_ms(hf_app_wall_ms(call->app))));
}

static void close_form(struct hf_app_call *call)
{
    struct hf_app_form *form = find_form(call->app, &call->ids[0]);
    if (form)
        let_go(form);
    hf_app_reply(call, json_object());
}

static const struct hf_app_route rows[] = {
    {"POST", "/api/forms", HF_APP_UNLOCKED, open_form},
    {"POST", "/api/forms/:id/save", HF_APP_UNLOCKED, save},
    {"POST", "/api/forms/:id/close", HF_APP_UNLOCKED, close_form},
};
const struct hf_app_routes hf_app_form_routes = HF_APP_ROUTES(rows);
