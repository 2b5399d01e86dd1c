/* What is printed or sent of a meeting, for one kind of recipient: what each may not see is left out here and named, so
 * that the page can draw nothing else. The procedures say nothing about it; this is the program's own, careful reading,
 * and whoever sends it reads it first. Practice concerns are in none (FSM-37). */
#include "client/app/call.h"
#include "client/app/reading.h"

#include <string.h>

enum { PROFESSIONAL = 1, CARER = 2, PARENT = 4, CHILD = 8 };
#define ADULTS   (PROFESSIONAL | CARER | PARENT)
#define EVERYONE (ADULTS | CHILD)
#define NEAR     (PROFESSIONAL | CARER)

static const struct {
    const char *name;
    unsigned reader;
} readers[] = {{"professional", PROFESSIONAL}, {"carer", CARER}, {"parent", PARENT}, {"child", CHILD}};

/* Kinds of record in the order of the sheet, and who gets them. What is not named is in no sheet. */
static const struct {
    const char *type;
    unsigned for_whom;
} kinds[] = {
    {"attendance", EVERYONE}, {"views", EVERYONE},  {"agenda_item", ADULTS}, {"discussion", NEAR},
    {"issue", NEAR},          {"need", EVERYONE},   {"risk_factor", NEAR},   {"support_tried", NEAR},
    {"option", NEAR},         {"action", EVERYONE}, {"notes", ADULTS},       {"panel_consideration", PROFESSIONAL},
};

/* Fields that fewer people get than their record; references show names, and places say where a child is. */
static const struct {
    const char *type, *field;
    unsigned for_whom;
} fields[] = {
    {"meeting", "place", NEAR},
    {"meeting", "chair_reason", PROFESSIONAL},
    {"meeting", "outcome_reason", NEAR},
    {"meeting", "no_plan_reason", PROFESSIONAL},
    {"meeting", "no_views_link_reason", PROFESSIONAL},
    {"meeting", "other_children", 0},
    {"meeting", "amendments", PROFESSIONAL},
    {"meeting", "request", 0},
    {"meeting", "earlier_meeting", 0},
    {"meeting", "ppm", 0},
    {"attendance", "prepared_note", PROFESSIONAL},
    {"attendance", "reason", PROFESSIONAL},
    {"views", "by", ADULTS},
    {"views", "by_role", ADULTS},
    {"views", "document", 0},
    {"views", "agenda_items", 0},
    {"views", "no_views_reason", PROFESSIONAL},
    {"issue", "raised_by", PROFESSIONAL},
    {"need", "no_action_reason", PROFESSIONAL},
    {"option", "actions", 0},
    {"action", "needs", 0},
    {"action", "extra_resource", PROFESSIONAL},
    {"action", "provider", ADULTS},
    {"action", "reason", PROFESSIONAL},
    {"notes", "assured_by", PROFESSIONAL},
    {"notes", "template_id", PROFESSIONAL},
    {"notes", "amendments", PROFESSIONAL},
};

struct sheet {
    unsigned reader;
    json_t *children; /* ids of the children of the case */
    json_t *sections, *left_out;
};

static bool is_one_of(const json_t *record, const char *field, const char *const *values)
{
    for (; *values; values++)
        if (hf_app_field_is(record, field, *values))
            return true;
    return false;
}

static bool is_child_view(const struct sheet *sheet, const json_t *record)
{
    return hf_app_field_is(record, "role", "child") || json_object_get(sheet->children, hf_app_field(record, "person"));
}

/* Whether this reader gets this record of a kind that they get. */
static bool may_see(const struct sheet *sheet, const char *type, const json_t *record)
{
    static const char *const of_child[] = {"child", "both", NULL};
    static const char *const of_carers[] = {"carer", "agency_carer", NULL};
    static const char *const for_carers[] = {"carer", "fostering_family", NULL};
    if (sheet->reader == PROFESSIONAL)
        return true;
    if (strcmp(type, "views") == 0)
        return is_child_view(sheet, record) || (sheet->reader == PARENT && hf_app_field_is(record, "role", "parent")) ||
               (sheet->reader == CARER && is_one_of(record, "role", of_carers));
    if (strcmp(type, "need") == 0)
        return sheet->reader == CARER || hf_app_field_is(record, "subject", "child");
    if (strcmp(type, "action") == 0 && sheet->reader == CHILD)
        return is_one_of(record, "recipient", of_child);
    if (strcmp(type, "action") == 0 && sheet->reader == PARENT)
        return !is_one_of(record, "recipient", for_carers);
    return true;
}

/* A child's own words are the child's: the others get them, and how they were weighed, but a child sees no other's. */
static unsigned who_gets(const char *type, const char *field)
{
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        if (strcmp(fields[i].type, type) == 0 && strcmp(fields[i].field, field) == 0)
            return fields[i].for_whom;
    return EVERYONE;
}

/* Takes the fields out that this reader does not get; how many. */
static size_t leave_out(const struct sheet *sheet, const char *type, json_t *record)
{
    json_t *values = json_object_get(record, "fields");
    size_t count = 0;
    const char *name;
    json_t *value;
    void *next;
    json_object_foreach_safe(values, next, name, value)
    {
        const unsigned gets = who_gets(type, name);
        if ((gets & sheet->reader) == 0 || strcmp(name, "parent") == 0) {
            count += gets != 0 && strcmp(name, "parent") != 0;
            (void)json_object_del(values, name);
        }
    }
    return count;
}

static bool add_left(struct sheet *sheet, const char *type, size_t records, size_t parts)
{
    if (records + parts == 0)
        return true;
    return hf_app_append(sheet->left_out, json_pack("{s:s, s:I, s:I}", "type", type, "records", (json_int_t)records,
                                                    "parts", (json_int_t)parts));
}

static bool is_restricted(const json_t *record)
{
    return json_is_object(json_object_get(record, "restriction"));
}

static bool add_section(struct sheet *sheet, const char *type, unsigned for_whom, json_t *records)
{
    json_t *rows = json_array();
    size_t left = 0, parts = 0;
    for (size_t i = 0; i < json_array_size(records); i++) {
        json_t *record = json_array_get(records, i);
        if ((for_whom & sheet->reader) == 0 || !may_see(sheet, type, record) ||
            (sheet->reader != PROFESSIONAL && is_restricted(record))) {
            left++;
            continue;
        }
        parts += leave_out(sheet, type, record);
        (void)json_array_append(rows, record);
    }
    if (!add_left(sheet, type, left, parts)) {
        json_decref(rows);
        return false;
    }
    if (json_array_size(rows) == 0) {
        json_decref(rows);
        return true;
    }
    return hf_app_append(sheet->sections, json_pack("{s:s, s:o}", "type", type, "rows", rows));
}

/* Statements stand beside what they are about on every paper; why the office answered as it did is for professionals.
 * An entry whose use is restricted goes to nobody else meanwhile. */
static enum holdfast_status add_disputes(const struct sheet *sheet, struct holdfast *hf, json_t *record)
{
    struct holdfast_id id;
    enum holdfast_status status = holdfast_id_parse(hf_app_text_of(record, "id"), &id);
    if (status == HOLDFAST_OK)
        status = hf_app_read_disputes(hf, &id, record);
    const json_t *statements = json_object_get(record, "statements");
    for (size_t i = 0; sheet->reader != PROFESSIONAL && i < json_array_size(statements); i++)
        (void)json_object_del(json_array_get(statements, i), "answer_reason");
    return status;
}

static enum holdfast_status add_kind(struct hf_app_call *call, struct sheet *sheet, const struct holdfast_id *case_id,
                                     size_t at)
{
    const struct holdfast_filter filter = {.type = kinds[at].type, .case_id = case_id, .parent = &call->ids[0]};
    json_t *records = NULL;
    enum holdfast_status status = hf_app_read_records(call->hf, &filter, &records);
    for (size_t i = 0; status == HOLDFAST_OK && i < json_array_size(records); i++)
        status = add_disputes(sheet, call->hf, json_array_get(records, i));
    if (status == HOLDFAST_OK && !add_section(sheet, kinds[at].type, kinds[at].for_whom, records))
        status = HOLDFAST_NOMEM;
    json_decref(records);
    return status;
}

static bool each_child(void *ctx, const struct holdfast_record_row *row)
{
    char id[HOLDFAST_ID_TEXT_BYTES];
    holdfast_id_format(&row->id, id);
    return json_object_set_new(ctx, id, json_true()) == 0;
}

static unsigned reader_named(const char *name)
{
    for (size_t i = 0; name && i < sizeof readers / sizeof readers[0]; i++)
        if (strcmp(readers[i].name, name) == 0)
            return readers[i].reader;
    return 0;
}

static enum holdfast_status fill(struct hf_app_call *call, struct sheet *sheet, json_t *meeting,
                                 const struct holdfast_id *case_id)
{
    const struct holdfast_filter children = {.type = "child", .case_id = case_id};
    enum holdfast_status status = holdfast_list(call->hf, &children, each_child, sheet->children);
    if (status == HOLDFAST_OK && !add_left(sheet, "meeting", 0, leave_out(sheet, "meeting", meeting)))
        status = HOLDFAST_NOMEM;
    for (size_t i = 0; status == HOLDFAST_OK && i < sizeof kinds / sizeof kinds[0]; i++)
        status = add_kind(call, sheet, case_id, i);
    return status;
}

/* ?for=professional, carer, parent or child */
static void sheet(struct hf_app_call *call)
{
    const char *whom = hf_app_query(call, "for");
    struct sheet sheet = {
        .reader = reader_named(whom), .children = json_object(), .sections = json_array(), .left_out = json_array()};
    struct holdfast_id case_id;
    json_t *meeting = NULL, *names = NULL;
    enum holdfast_status status = hf_app_read_record(call->hf, &call->ids[0], &meeting);
    const bool is_meeting = strcmp(hf_app_text_of(meeting, "type"), "meeting") == 0;
    if (status == HOLDFAST_OK)
        status = holdfast_id_parse(hf_app_text_of(meeting, "case"), &case_id);
    if (status == HOLDFAST_OK && is_meeting)
        status = add_disputes(&sheet, call->hf, meeting);
    const bool kept_back = sheet.reader != PROFESSIONAL && is_restricted(meeting);
    if (status == HOLDFAST_OK && is_meeting && sheet.reader && !kept_back)
        status = fill(call, &sheet, meeting, &case_id);
    if (status == HOLDFAST_OK && is_meeting && sheet.reader && !kept_back)
        status = holdfast_note_taken(call->hf, &case_id, &call->ids[0], HOLDFAST_TAKEN_PAPER);
    if (status == HOLDFAST_OK)
        status = hf_app_read_names(call->hf, &names);
    if (status != HOLDFAST_OK)
        hf_app_fail(call, status);
    else if (!sheet.reader)
        hf_app_refuse(call->response, 400, "invalid", "Say for whom: professional, carer, parent or child.");
    else if (!is_meeting)
        hf_app_refuse(call->response, 404, "not_found", "This is no meeting.");
    else if (kept_back)
        hf_app_refuse(call->response, 409, "restricted",
                      "The use of this meeting is restricted while it is contested. No copy goes out meanwhile. Ask a "
                      "records officer.");
    else
        hf_app_reply(call, json_pack("{s:s, s:s, s:O, s:O, s:O, s:O}", "for", whom, "reference",
                                     hf_app_name_of(names, hf_app_text_of(meeting, "case")), "meeting", meeting,
                                     "sections", sheet.sections, "left_out", sheet.left_out, "names", names));
    json_decref(sheet.children);
    json_decref(sheet.sections);
    json_decref(sheet.left_out);
    json_decref(meeting);
    json_decref(names);
}

static const struct hf_app_route rows[] = {
    {"GET", "/api/meetings/:id/sheet", HF_APP_UNLOCKED, sheet},
};
const struct hf_app_routes hf_app_sheet_routes = HF_APP_ROUTES(rows);
