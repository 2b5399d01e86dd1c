/* The caseload, one case, its chronology. */
#include "client/app/call.h"

#include <stdlib.h>
#include <string.h>

#define CHRONOLOGY_MAX 500

static json_t *append(json_t *array, json_t *value)
{
    if (array && json_array_append_new(array, value) == 0)
        return array;
    json_decref(array);
    return NULL;
}

/* --- caseload --- */

struct rows {
    json_t *array; /* NULL: no memory */
    json_t *by_id; /* case id -> its object, borrowed from array */
};

static bool each_case(void *ctx, const struct holdfast_case_row *row)
{
    struct rows *rows = ctx;
    char id[HOLDFAST_ID_TEXT_BYTES];
    holdfast_id_format(&row->id, id);
    json_t *object = json_pack("{s:s, s:s, s:I, s:I, s:I, s:s}", "id", id, "reference", row->reference, "records",
                               (json_int_t)row->records, "conflicts", (json_int_t)row->conflicts, "unsent",
                               (json_int_t)row->unsent, "child", "");
    if (object && json_object_set(rows->by_id, id, object) != 0) {
        json_decref(object);
        object = NULL;
    }
    rows->array = append(rows->array, object);
    return rows->array != NULL;
}

/* The child's name stands in a record of its own, apart from the pseudonymous case. */
static bool each_child(void *ctx, const struct holdfast_record_row *row)
{
    struct rows *rows = ctx;
    char id[HOLDFAST_ID_TEXT_BYTES];
    holdfast_id_format(&row->case_id, id);
    json_t *object = json_object_get(rows->by_id, id);
    return !object || json_object_set_new(object, "child", json_string(row->title)) == 0;
}

static void list_cases(struct hf_app_call *call)
{
    struct rows rows = {.array = json_array(), .by_id = json_object()};
    const struct holdfast_filter children = {.type = "child"};
    enum holdfast_status status = holdfast_cases(call->hf, each_case, &rows);
    if (status == HOLDFAST_OK)
        status = holdfast_list(call->hf, &children, each_child, &rows);
    if (status == HOLDFAST_OK) {
        hf_app_reply(call, json_pack("{s:o}", "cases", rows.array));
    } else {
        hf_app_fail(call, status);
        json_decref(rows.array);
    }
    json_decref(rows.by_id);
}

static void new_case(struct hf_app_call *call)
{
    const char *reference = NULL;
    struct holdfast_id id;
    if (!hf_app_body_text(call, "reference", true, &reference))
        return;
    const enum holdfast_status status = holdfast_case_new(call->hf, reference, &id);
    if (status != HOLDFAST_OK) {
        hf_app_fail(call, status);
        return;
    }
    hf_app_sync_soon(call->app);
    hf_app_tell(call->app, true);
    hf_app_reply(call, json_pack("{s:o}", "id", hf_app_json_id(&id)));
}

/* --- chronology --- */

struct line {
    struct holdfast_id record;
    char *title; /* of its record: label and title, joined as JSON */
    uint64_t time_ms;
    json_t *change;
};
struct chronology {
    struct hf_app_call *call;
    json_t *records; /* of the case */
    json_t *lines;
    size_t at;
    bool failed;
};

static bool each_record(void *ctx, const struct holdfast_record_row *row)
{
    struct chronology *chronology = ctx;
    chronology->records = append(chronology->records, hf_app_json_row(row));
    return chronology->records != NULL;
}

static bool each_change(void *ctx, const struct holdfast_change_row *row)
{
    struct chronology *chronology = ctx;
    const json_t *record = json_array_get(chronology->records, chronology->at);
    json_t *line = hf_app_json_change(row);
    if (line && (json_object_set(line, "record", json_object_get(record, "id")) != 0 ||
                 json_object_set(line, "type", json_object_get(record, "type")) != 0 ||
                 json_object_set(line, "label", json_object_get(record, "label")) != 0 ||
                 json_object_set(line, "title", json_object_get(record, "title")) != 0)) {
        json_decref(line);
        line = NULL;
    }
    chronology->lines = append(chronology->lines, line);
    return chronology->lines != NULL;
}

static int newest_first(const void *a, const void *b)
{
    const json_t *const *one = a, *const *other = b;
    const char *time_one = json_string_value(json_object_get(*one, "time"));
    const char *time_other = json_string_value(json_object_get(*other, "time"));
    return strcmp(time_other ? time_other : "", time_one ? time_one : "");
}

/* The newest CHRONOLOGY_MAX, in order; a new array. */
static json_t *newest(const json_t *lines)
{
    const size_t count = json_array_size(lines);
    json_t **sorted = calloc(count + 1, sizeof *sorted);
    json_t *out = sorted ? json_array() : NULL;
    for (size_t i = 0; sorted && i < count; i++)
        sorted[i] = json_array_get(lines, i);
    if (sorted)
        qsort(sorted, count, sizeof *sorted, newest_first);
    for (size_t i = 0; out && i < count && i < CHRONOLOGY_MAX; i++)
        out = append(out, json_incref(sorted[i]));
    free(sorted);
    return out;
}

static enum holdfast_status read_changes(struct chronology *chronology)
{
    enum holdfast_status status = HOLDFAST_OK;
    const size_t count = json_array_size(chronology->records);
    for (; status == HOLDFAST_OK && chronology->lines && chronology->at < count; chronology->at++) {
        struct holdfast_id id;
        const json_t *text = json_object_get(json_array_get(chronology->records, chronology->at), "id");
        status = holdfast_id_parse(json_string_value(text), &id);
        if (status == HOLDFAST_OK)
            status = holdfast_history(chronology->call->hf, &id, each_change, chronology);
    }
    return status;
}

static void chronology(struct hf_app_call *call)
{
    struct chronology all = {.call = call, .records = json_array(), .lines = json_array()};
    const struct holdfast_filter filter = {.case_id = &call->ids[0]};
    enum holdfast_status status = holdfast_note_chronology(call->hf, &call->ids[0]);
    const bool before = holdfast_read_quietly(call->hf, true);
    if (status == HOLDFAST_OK)
        status = holdfast_list(call->hf, &filter, each_record, &all);
    if (status == HOLDFAST_OK && all.records)
        status = read_changes(&all);
    (void)holdfast_read_quietly(call->hf, before);
    if (status == HOLDFAST_OK)
        hf_app_reply(call, json_pack("{s:I, s:o}", "total", (json_int_t)json_array_size(all.lines), "changes",
                                     newest(all.lines)));
    else
        hf_app_fail(call, status);
    if (status == HOLDFAST_WAITING) /* not all of it is verified yet: its history comes with the next sync */
        hf_app_sync_now(call->app);
    json_decref(all.records);
    json_decref(all.lines);
}

static const struct hf_app_route rows[] = {
    {"GET", "/api/cases", HF_APP_UNLOCKED, list_cases},
    {"POST", "/api/cases", HF_APP_UNLOCKED, new_case},
    {"GET", "/api/cases/:id/chronology", HF_APP_UNLOCKED, chronology},
};
const struct hf_app_routes hf_app_case_routes = HF_APP_ROUTES(rows);
