/* What a council's own form wants of a meeting, as CSV: a mapping file says which field goes into which column of the
 * council's template. docs/app.md describes the file; policies/templates holds a sample. */
#include "client/app/call.h"
#include "client/app/reading.h"
#include "core/base/text.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define COLUMNS_MAX 200
#define JOIN_MAX    20
#define NAME_BYTES  64

struct source {
    char type[NAME_BYTES], field[NAME_BYTES];
    const char *text; /* in place of a field */
    const char *join; /* between several */
    const char *where_field, *where_is;
    bool is_ref, is_code, is_bool;
};
struct export
{
    struct hf_app_call *call;
    struct holdfast_id meeting, case_id;
    json_t *names;
    json_t *read; /* records by type, so that each is read once */
    struct hf_buf heads, cells;
};

/* --- the mapping --- */

struct look {
    struct source *source;
    bool found;
};

static bool each_field(void *ctx, const struct holdfast_field_info *field)
{
    struct look *look = ctx;
    if (strcmp(field->name, look->source->field) != 0)
        return true;
    look->found = true;
    look->source->is_ref = strcmp(field->type, "ref") == 0;
    look->source->is_code = strcmp(field->type, "code") == 0;
    look->source->is_bool = strcmp(field->type, "bool") == 0;
    return false;
}

static bool is_column(const json_t *column, const char *name)
{
    const json_t *value = json_object_get(column, name);
    return !value || json_is_string(value);
}

/* Practice concerns leave with nothing (FSM-37). False after refusing. */
static bool read_source(struct hf_app_call *call, const json_t *column, struct source *out)
{
    const char *from = json_string_value(json_object_get(column, "from"));
    const char *name = hf_app_text_of(column, "column");
    const json_t *where = json_object_get(column, "where");
    const char *dot = from ? strchr(from, '.') : NULL;
    struct look look = {.source = out};
    *out = (struct source){.text = json_string_value(json_object_get(column, "text")),
                           .join = json_string_value(json_object_get(column, "join")),
                           .where_field = where ? hf_app_text_of(where, "field") : NULL,
                           .where_is = where ? hf_app_text_of(where, "is") : NULL};
    if (!out->join)
        out->join = "; ";
    const bool fits = dot && (size_t)(dot - from) < NAME_BYTES && strlen(dot + 1) < NAME_BYTES;
    if (fits) {
        (void)snprintf(out->type, sizeof out->type, "%.*s", (int)(dot - from), from);
        (void)snprintf(out->field, sizeof out->field, "%s", dot + 1);
    }
    if (!name[0] || !is_column(column, "text") || !is_column(column, "join") || strlen(out->join) > JOIN_MAX) {
        hf_app_refuse(call->response, 400, "invalid", "Each column of the mapping needs a name: \"column\".");
        return false;
    }
    if (out->text || (fits && strcmp(out->type, "practice_concern") != 0 &&
                      holdfast_fields(out->type, each_field, &look) == HOLDFAST_OK && look.found))
        return true;
    hf_app_refuse(call->response, 400, "invalid",
                  "The column “%.80s” asks for “%.80s”, which no record has. Write it as TYPE.FIELD, such as "
                  "meeting.start.",
                  name, from ? from : "");
    return false;
}

/* --- values --- */

static void add_plain(struct hf_buf *out, const char *code)
{
    for (size_t i = 0; code[i]; i++) {
        const char letter = code[i] == '_' ? ' ' : code[i];
        hf_buf_append_u8(out, (uint8_t)(i == 0 ? toupper((unsigned char)letter) : letter));
    }
}

static void add_value(const struct export *export, const struct source *source, const char *value, struct hf_buf *out)
{
    if (out->len > 0)
        hf_buf_append_str(out, source->join);
    if (source->is_ref)
        hf_buf_append_str(out, hf_app_name_of(export->names, value));
    else if (source->is_code)
        add_plain(out, value);
    else if (source->is_bool)
        hf_buf_append_str(out, strcmp(value, "true") == 0 ? "Yes" : "No");
    else
        hf_buf_append_str(out, value);
}

static void add_record(const struct export *export, const struct source *source, const json_t *record,
                       struct hf_buf *out)
{
    const json_t *value = json_object_get(json_object_get(record, "fields"), source->field);
    if (source->where_field && !hf_app_field_is(record, source->where_field, source->where_is))
        return;
    if (json_is_string(value) && json_string_value(value)[0])
        add_value(export, source, json_string_value(value), out);
    for (size_t i = 0; i < json_array_size(value); i++)
        add_value(export, source, json_string_value(json_array_get(value, i)), out);
}

/* The meeting and the case themselves; of any other kind what belongs to the meeting, or else to the case. */
static enum holdfast_status read_type(struct export *export, const char *type, const json_t **out)
{
    const bool is_case = strcmp(type, "case") == 0, is_meeting = strcmp(type, "meeting") == 0;
    struct holdfast_filter filter = {.type = type, .case_id = &export->case_id, .parent = &export->meeting};
    json_t *records = NULL, *one = NULL;
    enum holdfast_status status = HOLDFAST_OK;
    *out = json_object_get(export->read, type);
    if (*out)
        return HOLDFAST_OK;
    if (is_case || is_meeting) {
        status = hf_app_read_record(export->call->hf, is_case ? &export->case_id : &export->meeting, &one);
        records = status == HOLDFAST_OK ? json_pack("[o]", one) : NULL;
    } else {
        status = hf_app_read_records(export->call->hf, &filter, &records);
        if (status == HOLDFAST_OK && json_array_size(records) == 0) {
            json_decref(records);
            filter.parent = NULL;
            status = hf_app_read_records(export->call->hf, &filter, &records);
        }
    }
    if (status != HOLDFAST_OK)
        return status;
    *out = records;
    return json_object_set_new(export->read, type, records) == 0 ? HOLDFAST_OK : HOLDFAST_NOMEM;
}

static bool add_column(struct export *export, const json_t *column)
{
    struct hf_buf *ends[] = {&export->heads, &export->cells};
    struct source source;
    struct hf_buf value = {0};
    const json_t *records = NULL;
    if (!read_source(export->call, column, &source))
        return false;
    const enum holdfast_status status = source.text ? HOLDFAST_OK : read_type(export, source.type, &records);
    if (status != HOLDFAST_OK) {
        hf_app_fail(export->call, status);
        return false;
    }
    for (size_t i = 0; i < 2; i++)
        hf_buf_append_str(ends[i], ends[i]->len ? "," : "");
    hf_text_csv_cell(hf_app_text_of(column, "column"), &export->heads);
    for (size_t i = 0; i < json_array_size(records); i++)
        add_record(export, &source, json_array_get(records, i), &value);
    hf_buf_append_u8(&value, 0);
    hf_text_csv_cell(source.text                      ? source.text
                     : hf_buf_status(&value) == HF_OK ? (const char *)value.data
                                                      : "",
                     &export->cells);
    hf_buf_clear(&value);
    return true;
}

/* {mapping}: name of the template, and its two lines as CSV. */
static void export_meeting(struct hf_app_call *call)
{
    struct export export = {.call = call, .meeting = call->ids[0], .read = json_object()};
    struct holdfast_record_row row = {0};
    const json_t *mapping = json_object_get(call->body, "mapping"), *columns = json_object_get(mapping, "columns");
    enum holdfast_status status = holdfast_read(call->hf, &export.meeting, &row, NULL, NULL);
    bool good = false;
    export.case_id = row.case_id;
    if (status == HOLDFAST_OK)
        status = hf_app_read_names(call->hf, &export.names);
    if (status != HOLDFAST_OK) {
        hf_app_fail(call, status);
    } else if (strcmp(row.type, "meeting") != 0) {
        hf_app_refuse(call->response, 404, "not_found", "This is no meeting.");
    } else if (json_array_size(columns) == 0 || json_array_size(columns) > COLUMNS_MAX ||
               !json_is_string(json_object_get(mapping, "template"))) {
        hf_app_refuse(call->response, 400, "invalid",
                      "A mapping file names its \"template\" and lists 1 to %d \"columns\".", COLUMNS_MAX);
    } else {
        good = true;
        for (size_t i = 0; good && i < json_array_size(columns); i++)
            good = add_column(&export, json_array_get(columns, i));
    }
    if (good && holdfast_note_taken(call->hf, &export.case_id, &export.meeting, HOLDFAST_TAKEN_FILE) == HOLDFAST_OK) {
        hf_buf_append_str(&export.heads, "\r\n");
        hf_buf_append(&export.heads, export.cells.data, export.cells.len);
        hf_buf_append_str(&export.heads, "\r\n");
        hf_app_reply(call, json_pack("{s:O, s:s%}", "template", json_object_get(mapping, "template"), "csv",
                                     (const char *)export.heads.data, export.heads.len));
    }
    hf_buf_wipe(&export.heads);
    hf_buf_wipe(&export.cells);
    json_decref(export.names);
    json_decref(export.read);
}

static const struct hf_app_route rows[] = {
    {"POST", "/api/meetings/:id/export", HF_APP_UNLOCKED, export_meeting},
};
const struct hf_app_routes hf_app_filing_routes = HF_APP_ROUTES(rows);
