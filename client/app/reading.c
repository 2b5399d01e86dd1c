#include "client/app/reading.h"

#include <string.h>

bool hf_app_append(json_t *array, json_t *value)
{
    return value && json_array_append_new(array, value) == 0;
}

const char *hf_app_text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "";
}

const char *hf_app_field(const json_t *record, const char *name)
{
    return hf_app_text_of(json_object_get(record, "fields"), name);
}

bool hf_app_field_is(const json_t *record, const char *name, const char *value)
{
    return strcmp(hf_app_field(record, name), value) == 0;
}

size_t hf_app_field_count(const json_t *record, const char *name)
{
    const json_t *value = json_object_get(json_object_get(record, "fields"), name);
    return json_is_array(value) ? json_array_size(value) : json_is_string(value);
}

const char *hf_app_name_of(const json_t *names, const char *id)
{
    return hf_app_text_of(names, id);
}

/* --- one record --- */

static bool each_field(void *ctx, const struct holdfast_field_row *row)
{
    json_t **fields = ctx;
    const bool several = row->in_conflict || strcmp(row->kind, "set") == 0 || strcmp(row->kind, "append") == 0;
    json_t *value = several ? json_array() : json_string(row->value_count ? row->values[0] : "");
    for (size_t i = 0; several && value && i < row->value_count; i++)
        if (!hf_app_append(value, json_string(row->values[i]))) {
            json_decref(value);
            value = NULL;
        }
    if (value && json_object_set_new(*fields, row->name, value) == 0)
        return true;
    json_decref(*fields);
    *fields = NULL;
    return false;
}

static enum holdfast_status add_fields(struct holdfast *hf, const struct holdfast_id *id, json_t *record)
{
    json_t *fields = json_object();
    const enum holdfast_status status = holdfast_read(hf, id, NULL, each_field, &fields);
    if (status != HOLDFAST_OK) {
        json_decref(fields);
        return status;
    }
    return fields && json_object_set_new(record, "fields", fields) == 0 ? HOLDFAST_OK : HOLDFAST_NOMEM;
}

enum holdfast_status hf_app_read_record(struct holdfast *hf, const struct holdfast_id *id, json_t **out)
{
    struct holdfast_record_row row = {0};
    enum holdfast_status status = holdfast_read(hf, id, &row, NULL, NULL);
    if (status != HOLDFAST_OK)
        return status;
    row.title = row.due = row.status = "";
    row.deleted = row.deleted ? row.deleted : "";
    json_t *record = hf_app_json_row(&row);
    status = record ? add_fields(hf, id, record) : HOLDFAST_NOMEM;
    if (status == HOLDFAST_OK)
        *out = record;
    else
        json_decref(record);
    return status;
}

/* --- what is said against it --- */

static bool each_statement(void *ctx, const struct holdfast_statement_row *row)
{
    char id[HOLDFAST_ID_TEXT_BYTES];
    holdfast_id_format(&row->id, id);
    return hf_app_append(ctx, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "id", id, "kind", row->kind, "said_by",
                                        row->said_by, "words", row->words, "made_on", row->made_on, "answer",
                                        row->answer, "answer_reason", row->answer_reason));
}

enum holdfast_status hf_app_read_disputes(struct holdfast *hf, const struct holdfast_id *id, json_t *record)
{
    struct holdfast_restriction found = {.in_force = false};
    json_t *statements = json_array();
    enum holdfast_status status = holdfast_statements(hf, id, each_statement, statements);
    if (status == HOLDFAST_OK)
        status = holdfast_get_restriction(hf, id, &found);
    json_t *restriction =
        !found.in_force ? json_null()
                        : json_pack("{s:s, s:s, s:s}", "who", found.who, "ground", found.ground, "since", found.since);
    if (status == HOLDFAST_OK &&
        (!statements || !restriction || json_object_set(record, "statements", statements) != 0 ||
         json_object_set(record, "restriction", restriction) != 0))
        status = HOLDFAST_NOMEM;
    json_decref(statements);
    json_decref(restriction);
    return status;
}

/* --- many --- */

static bool each_row(void *ctx, const struct holdfast_record_row *row)
{
    return hf_app_append(ctx, hf_app_json_row(row));
}

enum holdfast_status hf_app_read_records(struct holdfast *hf, const struct holdfast_filter *filter, json_t **out)
{
    json_t *array = json_array();
    enum holdfast_status status = array ? holdfast_list(hf, filter, each_row, array) : HOLDFAST_NOMEM;
    /* In the read log the list of a case stands for all that is in it; figures over all cases are not noted. */
    const bool before = holdfast_read_quietly(hf, true);
    for (size_t i = 0; status == HOLDFAST_OK && i < json_array_size(array); i++) {
        struct holdfast_id id;
        json_t *record = json_array_get(array, i);
        status = holdfast_id_parse(hf_app_text_of(record, "id"), &id);
        if (status == HOLDFAST_OK)
            status = add_fields(hf, &id, record);
    }
    (void)holdfast_read_quietly(hf, before);
    if (status == HOLDFAST_OK)
        *out = array;
    else
        json_decref(array);
    return status;
}

enum holdfast_status hf_app_look_at_records(struct holdfast *hf, const struct holdfast_filter *filter, json_t **out)
{
    const bool before = holdfast_read_quietly(hf, true);
    const enum holdfast_status status = hf_app_read_records(hf, filter, out);
    (void)holdfast_read_quietly(hf, before);
    return status;
}

/* A member of staff is a record of the office's case: whose device this is leads there. */
enum holdfast_status hf_app_read_office(struct holdfast *hf, const char *type, json_t **out)
{
    struct holdfast_identity own;
    struct holdfast_record_row row = {0};
    enum holdfast_status status = holdfast_get_identity(hf, &own);
    const bool before = holdfast_read_quietly(hf, true);
    if (status == HOLDFAST_OK)
        status = holdfast_read(hf, &own.person, &row, NULL, NULL);
    (void)holdfast_read_quietly(hf, before);
    const struct holdfast_filter filter = {.type = type, .case_id = &row.case_id};
    if (status == HOLDFAST_OK)
        return hf_app_look_at_records(hf, &filter, out);
    if (status != HOLDFAST_NOT_FOUND) /* before its first sync it knows of nobody */
        return status;
    *out = json_array();
    return *out ? HOLDFAST_OK : HOLDFAST_NOMEM;
}

/* --- names --- */

static bool set_name(json_t *names, const struct holdfast_id *id, const char *name)
{
    char text[HOLDFAST_ID_TEXT_BYTES];
    holdfast_id_format(id, text);
    return !name[0] || json_object_set_new(names, text, json_string(name)) == 0;
}

static bool each_person(void *ctx, const struct holdfast_person_row *row)
{
    return set_name(ctx, &row->id, row->name);
}

static bool each_titled(void *ctx, const struct holdfast_record_row *row)
{
    return set_name(ctx, &row->id, row->title);
}

static bool each_case(void *ctx, const struct holdfast_case_row *row)
{
    return set_name(ctx, &row->id, row->reference);
}

enum holdfast_status hf_app_read_names(struct holdfast *hf, json_t **out)
{
    const struct holdfast_filter contacts = {.type = "contact"}, children = {.type = "child"};
    json_t *names = json_object();
    enum holdfast_status status = names ? holdfast_cases(hf, each_case, names) : HOLDFAST_NOMEM;
    if (status == HOLDFAST_OK)
        status = holdfast_list(hf, &contacts, each_titled, names);
    if (status == HOLDFAST_OK)
        status = holdfast_list(hf, &children, each_titled, names);
    if (status == HOLDFAST_OK)
        status = holdfast_people(hf, each_person, names);
    if (status == HOLDFAST_OK)
        *out = names;
    else
        json_decref(names);
    return status;
}
