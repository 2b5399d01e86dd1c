/* What a child has said, wherever in the case it was written down: views, requests, preparation, what was explained,
 * moves, the child's own page, statements; and what was agreed for the child. Gathered, never rewritten: each is given
 * as it stands in its record. */
#include "client/app/call.h"
#include "client/app/reading.h"

#include <stdlib.h>
#include <string.h>

enum whose {
    OF_THE_CHILD, /* the field holds nobody else's words */
    BY_PERSON,    /* only when `person` or `role` says that it is the child */
    BY_ROLE,      /* only when `role` says so */
};

/* Where a child's words can stand. `field` holds them; `on` when they were said, `by` who wrote them down, or heard. */
static const struct {
    const char *type, *field;
    enum whose whose;
    const char *on, *by, *by_role;
} places[] = {
    {"views", "words", BY_PERSON, "obtained_at", "by", "by_role"},
    {"views", "text", BY_PERSON, "obtained_at", "by", "by_role"},
    {"views", "document", BY_PERSON, "obtained_at", "by", "by_role"},
    {"views", "no_views_reason", BY_PERSON, "obtained_at", "by", "by_role"},
    {"request", "words", OF_THE_CHILD, "said_on", "said_to", "by_role"},
    {"attendance_decision", "factor_wishes", BY_PERSON, "at", "by", ""},
    {"child_explained", "words", OF_THE_CHILD, "at", "by", ""},
    {"move", "child_words", OF_THE_CHILD, "on", "", ""},
    {"child", "communication", OF_THE_CHILD, "", "", ""},
    {"statement", "words", BY_ROLE, "made_on", "", ""},
};

struct voice {
    struct hf_app_call *call;
    json_t *children, *names, *meetings, *rows, *agreed; /* meetings: id to when each began */
};

static bool each_child(void *ctx, const struct holdfast_record_row *row)
{
    char id[HOLDFAST_ID_TEXT_BYTES];
    holdfast_id_format(&row->id, id);
    return json_object_set_new(ctx, id, json_true()) == 0;
}

static bool is_the_childs(const struct voice *voice, const json_t *record, enum whose whose)
{
    return whose == OF_THE_CHILD || hf_app_field_is(record, "role", "child") ||
           (whose == BY_PERSON && json_object_get(voice->children, hf_app_field(record, "person")));
}

/* The first name of several: whoever decides about a meeting may be two. */
static const char *name_of(const struct voice *voice, const json_t *record, const char *field)
{
    const json_t *value = json_object_get(json_object_get(record, "fields"), field);
    const char *id = json_is_array(value) ? json_string_value(json_array_get(value, 0)) : json_string_value(value);
    return hf_app_name_of(voice->names, id ? id : "");
}

/* When it was said; else when it was asked, or the meeting that it was said for began. */
static const char *day_of(const struct voice *voice, const json_t *record, size_t at)
{
    const char *said = hf_app_field(record, places[at].on);
    if (!said[0])
        said = hf_app_field(record, "at");
    return said[0] ? said : hf_app_name_of(voice->meetings, hf_app_text_of(record, "parent"));
}

static bool add_row(struct voice *voice, json_t *record, size_t at, const char *text)
{
    const char *how = strcmp(places[at].type, "views") == 0 ? hf_app_field(record, "how_considered") : "";
    return hf_app_append(voice->rows,
                         json_pack("{s:O, s:O, s:O, s:O, s:O, s:s, s:s, s:s, s:s, s:s, s:s}", "record",
                                   json_object_get(record, "id"), "type", json_object_get(record, "type"), "label",
                                   json_object_get(record, "label"), "parent", json_object_get(record, "parent"),
                                   "sent", json_object_get(record, "sent"), "field", places[at].field, "text", text,
                                   "on", day_of(voice, record, at), "by", name_of(voice, record, places[at].by),
                                   "by_role", hf_app_field(record, places[at].by_role), "how_considered", how));
}

static bool add_values(struct voice *voice, json_t *record, size_t at)
{
    json_t *value = json_object_get(json_object_get(record, "fields"), places[at].field);
    const size_t count = json_is_array(value) ? json_array_size(value) : 1; /* two, while they clash */
    for (size_t i = 0; i < count; i++) {
        const char *text = json_string_value(json_is_array(value) ? json_array_get(value, i) : value);
        if (text && text[0] && !add_row(voice, record, at, text))
            return false;
    }
    return true;
}

/* Every record of this kind in the case; the list of its children was noted as read, and stands for them. */
static enum holdfast_status read_kind(struct voice *voice, const char *type, json_t **out)
{
    const struct holdfast_filter filter = {.type = type, .case_id = &voice->call->ids[0]};
    return hf_app_look_at_records(voice->call->hf, &filter, out);
}

static enum holdfast_status add_place(struct voice *voice, size_t at)
{
    json_t *records = NULL;
    enum holdfast_status status = read_kind(voice, places[at].type, &records);
    for (size_t i = 0; status == HOLDFAST_OK && i < json_array_size(records); i++) {
        json_t *record = json_array_get(records, i);
        if (is_the_childs(voice, record, places[at].whose) && !add_values(voice, record, at))
            status = HOLDFAST_NOMEM;
    }
    json_decref(records);
    return status;
}

static enum holdfast_status read_meetings(struct voice *voice)
{
    json_t *meetings = NULL;
    enum holdfast_status status = read_kind(voice, "meeting", &meetings);
    for (size_t i = 0; status == HOLDFAST_OK && i < json_array_size(meetings); i++) {
        const json_t *meeting = json_array_get(meetings, i);
        if (json_object_set_new(voice->meetings, hf_app_text_of(meeting, "id"),
                                json_string(hf_app_field(meeting, "start"))) != 0)
            status = HOLDFAST_NOMEM;
    }
    json_decref(meetings);
    return status;
}

/* What is to be done for the child, so that it stands beside what the child asked for. */
static enum holdfast_status add_agreed(struct voice *voice)
{
    json_t *actions = NULL;
    const enum holdfast_status status = read_kind(voice, "action", &actions);
    for (size_t i = 0; status == HOLDFAST_OK && i < json_array_size(actions); i++) {
        json_t *action = json_array_get(actions, i);
        if (hf_app_field_is(action, "recipient", "child") || hf_app_field_is(action, "recipient", "both"))
            (void)json_array_append(voice->agreed, action);
    }
    json_decref(actions);
    return status;
}

/* Newest first; what has no day comes last. Of one moment, the record that was begun later comes first. */
static int newest_first(const void *a, const void *b)
{
    const json_t *const *one = a, *const *other = b;
    const int by_day = strcmp(hf_app_text_of(*other, "on"), hf_app_text_of(*one, "on"));
    return by_day ? by_day : strcmp(hf_app_text_of(*other, "record"), hf_app_text_of(*one, "record"));
}

static enum holdfast_status sort(struct voice *voice)
{
    const size_t count = json_array_size(voice->rows);
    json_t **rows = calloc(count + 1, sizeof(json_t *));
    json_t *sorted = json_array();
    bool fine = rows && sorted;
    for (size_t i = 0; fine && i < count; i++)
        rows[i] = json_array_get(voice->rows, i);
    if (fine)
        qsort(rows, count, sizeof(json_t *), newest_first);
    for (size_t i = 0; fine && i < count && i < HF_APP_ROWS_MAX; i++)
        fine = json_array_append(sorted, rows[i]) == 0;
    free(rows);
    if (fine) {
        json_decref(voice->rows);
        voice->rows = sorted;
        return HOLDFAST_OK;
    }
    json_decref(sorted);
    return HOLDFAST_NOMEM;
}

static void voice(struct hf_app_call *call)
{
    struct voice all = {.call = call,
                        .children = json_object(),
                        .meetings = json_object(),
                        .rows = json_array(),
                        .agreed = json_array()};
    const struct holdfast_filter children = {.type = "child", .case_id = &call->ids[0]};
    enum holdfast_status status = all.children && all.meetings && all.rows && all.agreed ? HOLDFAST_OK : HOLDFAST_NOMEM;
    if (status == HOLDFAST_OK)
        status = holdfast_list(call->hf, &children, each_child, all.children);
    if (status == HOLDFAST_OK)
        status = hf_app_read_names(call->hf, &all.names);
    if (status == HOLDFAST_OK)
        status = read_meetings(&all);
    for (size_t i = 0; status == HOLDFAST_OK && i < sizeof places / sizeof places[0]; i++)
        status = add_place(&all, i);
    if (status == HOLDFAST_OK)
        status = add_agreed(&all);
    const size_t total = json_array_size(all.rows);
    if (status == HOLDFAST_OK)
        status = sort(&all);
    if (status == HOLDFAST_OK)
        hf_app_reply(
            call, json_pack("{s:I, s:O, s:O}", "total", (json_int_t)total, "voices", all.rows, "agreed", all.agreed));
    else
        hf_app_fail(call, status);
    json_decref(all.children);
    json_decref(all.names);
    json_decref(all.meetings);
    json_decref(all.rows);
    json_decref(all.agreed);
}

static const struct hf_app_route rows[] = {
    {"GET", "/api/cases/:id/voice", HF_APP_UNLOCKED, voice},
};
const struct hf_app_routes hf_app_voice_routes = HF_APP_ROUTES(rows);
