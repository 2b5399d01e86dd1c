/* Record types with their fields, lists of records, one record, its history. */
#include "client/app/call.h"
#include "client/app/reading.h"
#include "core/base/bytes.h"

#include <string.h>

static bool append(json_t **array, json_t *value)
{
    if (*array && json_array_append_new(*array, value) == 0)
        return true;
    json_decref(*array);
    *array = NULL;
    return false;
}

/* --- types --- */

static bool each_type(void *ctx, const char *name, const char *label)
{
    return append(ctx, json_pack("{s:s, s:s}", "name", name, "label", label));
}

static void types(struct hf_app_call *call)
{
    json_t *array = json_array();
    holdfast_types(each_type, &array);
    hf_app_reply(call, json_pack("{s:o}", "types", array));
}

static json_t *codes_json(const char *const *codes)
{
    json_t *array = codes ? json_array() : json_null();
    for (; codes && *codes && array; codes++)
        (void)append(&array, json_string(*codes));
    return array;
}

static bool each_info(void *ctx, const struct holdfast_field_info *field)
{
    return append(ctx, json_pack("{s:s, s:s, s:s, s:s, s:I, s:o, s:s}", "name", field->name, "label", field->label,
                                 "kind", field->kind, "type", field->type, "bytes_max", (json_int_t)field->bytes_max,
                                 "codes", codes_json(field->codes), "duty", field->duty));
}

static void one_type(struct hf_app_call *call)
{
    json_t *array = json_array();
    const enum holdfast_status status = holdfast_fields(call->words[0], each_info, &array);
    if (status == HOLDFAST_OK) {
        hf_app_reply(call, json_pack("{s:s, s:o}", "name", call->words[0], "fields", array));
        return;
    }
    json_decref(array);
    hf_app_refuse(call->response, 404, "not_found", "There is no such kind of record.");
}

/* --- lists --- */

static bool each_row(void *ctx, const struct holdfast_record_row *row)
{
    return append(ctx, hf_app_json_row(row));
}

/* A field of several values, such as what was written one after the other, as one text. */
static json_t *text_of_all(const json_t *record, const char *field)
{
    const json_t *value = json_object_get(json_object_get(record, "fields"), field), *one = NULL;
    struct hf_buf text = {0};
    size_t i = 0;
    if (!json_is_array(value))
        return json_string(hf_app_field(record, field));
    json_array_foreach(value, i, one)
    {
        if (i > 0)
            hf_buf_append_u8(&text, '\n');
        hf_buf_append_str(&text, json_is_string(one) ? json_string_value(one) : "");
    }
    json_t *joined = hf_buf_status(&text) == HF_OK && text.len > 0 ? json_stringn((const char *)text.data, text.len)
                                                                   : json_string("");
    hf_buf_wipe(&text);
    return joined;
}

/* One field more of each, for lists that tell papers apart by their kind: "with". The list was noted as read already.
 */
static enum holdfast_status add_with(struct hf_app_call *call, const struct holdfast_filter *filter, const char *field,
                                     json_t *rows)
{
    json_t *read = NULL;
    const enum holdfast_status status = hf_app_look_at_records(call->hf, filter, &read);
    for (size_t i = 0; status == HOLDFAST_OK && i < json_array_size(rows) && i < json_array_size(read); i++)
        (void)json_object_set_new(json_array_get(rows, i), "with", text_of_all(json_array_get(read, i), field));
    json_decref(read);
    return status;
}

static void list(struct hf_app_call *call)
{
    struct holdfast_id case_id, parent;
    bool with_case = false, with_parent = false;
    json_t *array = NULL;
    if (!hf_app_query_id(call, "case", &case_id, &with_case) || !hf_app_query_id(call, "parent", &parent, &with_parent))
        return;
    const struct holdfast_filter filter = {.case_id = with_case ? &case_id : NULL,
                                           .parent = with_parent ? &parent : NULL,
                                           .type = hf_app_query(call, "type"),
                                           .conflicts_only = hf_app_query(call, "conflicts") != NULL};
    array = json_array();
    enum holdfast_status status = holdfast_list(call->hf, &filter, each_row, &array);
    if (status == HOLDFAST_OK && hf_app_query(call, "with"))
        status = add_with(call, &filter, hf_app_query(call, "with"), array);
    if (status == HOLDFAST_OK) {
        hf_app_reply(call, json_pack("{s:o}", "records", array));
    } else {
        json_decref(array);
        hf_app_fail(call, status);
    }
}

/* --- one --- */

static bool each_field(void *ctx, const struct holdfast_field_row *field)
{
    return append(ctx, hf_app_json_field(field));
}

static void one(struct hf_app_call *call)
{
    struct holdfast_record_row row;
    json_t *fields = json_array();
    json_t *found = json_array();
    enum holdfast_status status = holdfast_read(call->hf, &call->ids[0], &row, each_field, &fields);
    if (status == HOLDFAST_OK) { /* the texts of the row come from the list */
        const struct holdfast_filter filter = {.case_id = &row.case_id, .type = row.type, .with_deleted = true};
        status = holdfast_list(call->hf, &filter, each_row, &found);
    }
    json_t *object = NULL;
    char id[HOLDFAST_ID_TEXT_BYTES];
    holdfast_id_format(&call->ids[0], id);
    for (size_t i = 0; status == HOLDFAST_OK && i < json_array_size(found); i++) {
        json_t *candidate = json_array_get(found, i);
        if (strcmp(json_string_value(json_object_get(candidate, "id")), id) == 0)
            object = json_incref(candidate);
    }
    if (status != HOLDFAST_OK) {
        hf_app_fail(call, status);
        json_decref(fields);
    } else if (!object) {
        hf_app_refuse(call->response, 404, "not_found", "There is no such record on this device.");
        json_decref(fields);
    } else {
        json_t *shown = json_pack("{s:o, s:o}", "record", object, "fields", fields);
        status = shown ? hf_app_read_disputes(call->hf, &call->ids[0], shown) : HOLDFAST_NOMEM;
        if (status == HOLDFAST_OK) {
            hf_app_reply(call, shown);
        } else {
            hf_app_fail(call, status);
            json_decref(shown);
        }
    }
    json_decref(found);
}

static bool each_change(void *ctx, const struct holdfast_change_row *row)
{
    return append(ctx, hf_app_json_change(row));
}

static void history(struct hf_app_call *call)
{
    json_t *array = json_array();
    const enum holdfast_status status = holdfast_history(call->hf, &call->ids[0], each_change, &array);
    if (status == HOLDFAST_OK) {
        hf_app_reply(call, json_pack("{s:o}", "changes", array));
    } else {
        json_decref(array);
        if (status == HOLDFAST_WAITING) /* it is not verified yet: its history comes with the next sync */
            hf_app_sync_now(call->app);
        hf_app_fail(call, status);
    }
}

static const struct hf_app_route rows[] = {
    {"GET", "/api/types", HF_APP_SESSION, types},
    {"GET", "/api/types/:word", HF_APP_SESSION, one_type},
    {"GET", "/api/records", HF_APP_UNLOCKED, list},
    {"GET", "/api/records/:id", HF_APP_UNLOCKED, one},
    {"GET", "/api/records/:id/history", HF_APP_UNLOCKED, history},
};
const struct hf_app_routes hf_app_record_routes = HF_APP_ROUTES(rows);
