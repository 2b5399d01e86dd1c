/* The office's registers: panels and approvals, who was sent what, what is filed where; and recording a circulation or
 * a filing. */
#include "client/app/call.h"
#include "client/app/figures.h"
#include "client/app/reading.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char *const finals[] = {"final", "circulated", "filed"};

static void give(struct hf_app_call *call, enum holdfast_status status, json_t *value)
{
    if (status == HOLDFAST_OK) {
        hf_app_reply(call, value);
        return;
    }
    json_decref(value);
    hf_app_fail(call, status);
}

static enum holdfast_status read_type(struct hf_app_call *call, const char *type, json_t *out)
{
    const struct holdfast_filter filter = {.type = type};
    json_t *records = NULL;
    const bool named_only = strcmp(type, "meeting") == 0;
    enum holdfast_status status = named_only ? hf_app_look_at_records(call->hf, &filter, &records)
                                             : hf_app_read_records(call->hf, &filter, &records);
    if (status == HOLDFAST_OK && json_object_set_new(out, type, records) != 0)
        status = HOLDFAST_NOMEM;
    return status;
}

static enum holdfast_status add_names(struct hf_app_call *call, json_t *out)
{
    json_t *names = NULL;
    enum holdfast_status status = hf_app_read_names(call->hf, &names);
    if (status == HOLDFAST_OK && json_object_set_new(out, "names", names) != 0)
        status = HOLDFAST_NOMEM;
    return status;
}

/* --- panels and approvals --- */

/* An action that needs much and that no panel was asked about. */
static json_t *not_asked(const json_t *actions, const json_t *approvals)
{
    json_t *out = json_array();
    for (size_t i = 0; i < json_array_size(actions); i++) {
        json_t *action = json_array_get(actions, i);
        bool asked = false;
        for (size_t j = 0; !asked && j < json_array_size(approvals); j++)
            asked = hf_app_field_is(json_array_get(approvals, j), "action", hf_app_text_of(action, "id"));
        if (!asked && hf_app_field_is(action, "extra_resource", "true") &&
            !hf_app_field_is(action, "status", "cancelled"))
            (void)json_array_append(out, action);
    }
    return out;
}

static void panels(struct hf_app_call *call)
{
    static const char *const types[] = {"panel_approval", "out_of_meeting_approval", "panel_consideration", "action"};
    json_t *out = json_object();
    enum holdfast_status status = out ? HOLDFAST_OK : HOLDFAST_NOMEM;
    for (size_t i = 0; status == HOLDFAST_OK && i < sizeof types / sizeof types[0]; i++)
        status = read_type(call, types[i], out);
    if (status == HOLDFAST_OK)
        status = add_names(call, out);
    if (status == HOLDFAST_OK) {
        json_t *actions = json_object_get(out, "action");
        (void)json_object_set_new(out, "not_asked", not_asked(actions, json_object_get(out, "panel_approval")));
        (void)json_object_del(out, "action");
    }
    give(call, status, out);
}

/* --- circulation --- */

struct due {
    json_t *figures, *rows;
    uint64_t now_ms;
};

static bool each_duty(void *ctx, const struct holdfast_duty_row *row)
{
    struct due *due = ctx;
    if (strcmp(hf_app_figure_of(due->figures, row), "minutes") != 0 || strcmp(row->status, "not_yet_due") == 0)
        return true;
    json_t *duty = hf_app_json_duty(row);
    if (duty && row->due_ms)
        (void)json_object_set_new(duty, "left_ms", json_integer((json_int_t)row->due_ms - (json_int_t)due->now_ms));
    return json_array_size(due->rows) >= HF_APP_ROWS_MAX ? (json_decref(duty), true) : hf_app_append(due->rows, duty);
}

static void circulation(struct hf_app_call *call)
{
    struct due due = {.rows = json_array(), .now_ms = hf_app_wall_ms(call->app)};
    const struct holdfast_duty_filter filter = {.as_of_ms = due.now_ms};
    json_t *out = json_pack("{s:O}", "due", due.rows);
    enum holdfast_status status = out ? hf_app_figures(call->hf, &due.figures) : HOLDFAST_NOMEM;
    if (status == HOLDFAST_OK)
        status = holdfast_duties(call->hf, &filter, each_duty, &due);
    if (status == HOLDFAST_OK)
        status = hf_app_duties_about(call->hf, due.rows);
    if (status == HOLDFAST_OK)
        status = read_type(call, "circulation", out);
    if (status == HOLDFAST_OK)
        status = read_type(call, "meeting", out);
    if (status == HOLDFAST_OK)
        status = add_names(call, out);
    json_decref(due.figures);
    json_decref(due.rows);
    give(call, status, out);
}

/* --- who gets the notes of one meeting --- */

/* Ways to reach somebody of the case that stand on record: of a person around the child, or of staff. */
static bool add_ways(json_t *person, const json_t *record)
{
    static const char *const fields[] = {"email", "phone", "address"};
    json_t *ways = json_array();
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        if (hf_app_field(record, fields[i])[0])
            (void)hf_app_append(ways, json_string(hf_app_field(record, fields[i])));
    return json_object_set_new(person, "ways", ways) == 0;
}

static json_t *person_json(const char *id, const char *name, const char *role, bool was_there)
{
    return json_pack("{s:s, s:s, s:s, s:b, s:[]}", "id", id, "name", name, "role", role, "was_there", was_there,
                     "ways");
}

static json_t *find_person(const json_t *people, const char *id, const char *name)
{
    for (size_t i = 0; i < json_array_size(people); i++) {
        json_t *person = json_array_get(people, i);
        if (id[0] ? strcmp(hf_app_text_of(person, "id"), id) == 0
                  : strcasecmp(hf_app_text_of(person, "name"), name) == 0)
            return person;
    }
    return NULL;
}

static void add_contacts(json_t *people, const json_t *contacts)
{
    for (size_t i = 0; i < json_array_size(contacts); i++) {
        const json_t *contact = json_array_get(contacts, i);
        json_t *person;
        if (hf_app_field_is(contact, "status", "no_longer_involved"))
            continue;
        person = person_json(hf_app_text_of(contact, "id"), hf_app_field(contact, "name"),
                             hf_app_field(contact, "role"), false);
        (void)(person && add_ways(person, contact));
        (void)hf_app_append(people, person);
    }
}

static void add_attendees(struct hf_app_call *call, json_t *people, const json_t *attendance, const json_t *names)
{
    for (size_t i = 0; i < json_array_size(attendance); i++) {
        const json_t *one = json_array_get(attendance, i);
        const char *id = hf_app_field(one, "person");
        const char *name = id[0] ? hf_app_name_of(names, id) : hf_app_field(one, "name");
        json_t *person = find_person(people, id, name), *staff = NULL;
        struct holdfast_id person_id;
        const bool there = hf_app_field_is(one, "attended", "attended") || hf_app_field_is(one, "attended", "part");
        if (!person) {
            person = person_json(id, name, hf_app_field(one, "role"), there);
            if (id[0] && holdfast_id_parse(id, &person_id) == HOLDFAST_OK &&
                hf_app_read_record(call->hf, &person_id, &staff) == HOLDFAST_OK)
                (void)add_ways(person, staff);
            json_decref(staff);
            (void)hf_app_append(people, person);
        } else {
            if (there)
                (void)json_object_set_new(person, "was_there", json_true());
            if (!id[0]) /* a rule that asks who was sent the notes knows this attendee by name */
                (void)json_object_set_new(person, "by_name", json_true());
        }
    }
}

static enum holdfast_status read_in(struct hf_app_call *call, const char *type, const struct holdfast_id *case_id,
                                    const struct holdfast_id *parent, json_t **out)
{
    const struct holdfast_filter filter = {.type = type, .case_id = case_id, .parent = parent};
    return hf_app_read_records(call->hf, &filter, out);
}

/* People who were there and people around the child, with the addresses on record. *out is new. */
static enum holdfast_status read_recipients(struct hf_app_call *call, const struct holdfast_id *meeting,
                                            const struct holdfast_id *case_id, json_t **out)
{
    json_t *contacts = NULL, *attendance = NULL, *names = NULL, *people = json_array();
    enum holdfast_status status = read_in(call, "contact", case_id, NULL, &contacts);
    if (status == HOLDFAST_OK)
        status = read_in(call, "attendance", case_id, meeting, &attendance);
    if (status == HOLDFAST_OK)
        status = hf_app_read_names(call->hf, &names);
    if (status == HOLDFAST_OK) {
        add_contacts(people, contacts);
        add_attendees(call, people, attendance, names);
        *out = people;
    } else {
        json_decref(people);
    }
    json_decref(contacts);
    json_decref(attendance);
    json_decref(names);
    return status;
}

static bool take_meeting(struct hf_app_call *call, const struct holdfast_id *id, json_t **out,
                         struct holdfast_id *out_case)
{
    json_t *meeting = NULL;
    enum holdfast_status status = hf_app_read_record(call->hf, id, &meeting);
    if (status == HOLDFAST_OK && strcmp(hf_app_text_of(meeting, "type"), "meeting") == 0 &&
        holdfast_id_parse(hf_app_text_of(meeting, "case"), out_case) == HOLDFAST_OK) {
        *out = meeting;
        return true;
    }
    json_decref(meeting);
    if (status == HOLDFAST_OK)
        hf_app_refuse(call->response, 404, "not_found", "This is no meeting.");
    else
        hf_app_fail(call, status);
    return false;
}

static void recipients(struct hf_app_call *call)
{
    struct holdfast_id case_id;
    json_t *meeting = NULL, *people = NULL, *sent = NULL;
    if (!take_meeting(call, &call->ids[0], &meeting, &case_id))
        return;
    enum holdfast_status status = read_recipients(call, &call->ids[0], &case_id, &people);
    if (status == HOLDFAST_OK)
        status = read_in(call, "circulation", &case_id, &call->ids[0], &sent);
    give(call, status, json_pack("{s:o, s:o*, s:o*}", "meeting", meeting, "people", people, "sent", sent));
}

static bool is_on_file(const json_t *people, const char *address)
{
    for (size_t i = 0; i < json_array_size(people); i++) {
        const json_t *ways = json_object_get(json_array_get(people, i), "ways");
        for (size_t j = 0; j < json_array_size(ways); j++)
            if (strcasecmp(json_string_value(json_array_get(ways, j)), address) == 0)
                return true;
    }
    return false;
}

/* --- one new record, of texts --- */

struct put {
    const char *field, *value;
};

static enum holdfast_status put_record(struct hf_app_call *call, struct holdfast_edit *edit, const struct put *puts,
                                       size_t count, struct holdfast_id *out_record)
{
    enum holdfast_status status = HOLDFAST_OK;
    for (size_t i = 0; status == HOLDFAST_OK && i < count; i++)
        if (puts[i].value && puts[i].value[0])
            status = holdfast_edit_set(edit, puts[i].field, puts[i].value);
    *out_record = holdfast_edit_id(edit);
    if (status == HOLDFAST_OK)
        status = holdfast_edit_commit(edit, NULL);
    if (status != HOLDFAST_OK) {
        hf_app_fail(call, status); /* before the edit is given up, which clears the text */
        holdfast_edit_cancel(edit);
        return status;
    }
    hf_app_sync_soon(call->app);
    hf_app_tell(call->app, true);
    return status;
}

/* An address that nobody of the case has is asked about once more (anyway). */
static bool address_is_meant(struct hf_app_call *call, const struct holdfast_id *meeting,
                             const struct holdfast_id *case_id, const char *address)
{
    json_t *people = NULL;
    if (!address || !address[0] || json_is_true(json_object_get(call->body, "anyway")))
        return true;
    const enum holdfast_status status = read_recipients(call, meeting, case_id, &people);
    const bool known = status == HOLDFAST_OK && is_on_file(people, address);
    json_decref(people);
    if (status != HOLDFAST_OK)
        hf_app_fail(call, status);
    else if (!known)
        hf_app_refuse(
            call->response, 409, "unknown_address",
            "Nobody in this case has this address. Compare it with the person's record, and say once more that "
            "it is meant.");
    return known;
}

struct sending {
    const char *recipient, *name, *role, *address, *channel, *left_out, *at;
};

static bool take_sending(struct hf_app_call *call, struct sending *out)
{
    if (!hf_app_body_text(call, "recipient", false, &out->recipient) ||
        !hf_app_body_text(call, "name", false, &out->name) || !hf_app_body_text(call, "role", false, &out->role) ||
        !hf_app_body_text(call, "address", false, &out->address) ||
        !hf_app_body_text(call, "channel", true, &out->channel) ||
        !hf_app_body_text(call, "left_out", false, &out->left_out) || !hf_app_body_text(call, "at", false, &out->at))
        return false;
    if ((out->recipient && out->recipient[0]) || (out->name && out->name[0])) {
        if (json_is_true(json_object_get(call->body, "confirmed")))
            return true;
        hf_app_refuse(call->response, 400, "invalid", "Confirm that this person and this address are meant.");
        return false;
    }
    hf_app_refuse(call->response, 400, "invalid", "Say who gets it.");
    return false;
}

/* {recipient or name, role, address, channel, left_out, at, confirmed, anyway}: who was sent the notes, and how. */
static void circulate(struct hf_app_call *call)
{
    struct holdfast_id case_id, record;
    struct sending sending = {0};
    struct holdfast_edit *edit = NULL;
    json_t *meeting = NULL, *now = hf_app_json_ms(hf_app_wall_ms(call->app));
    if (take_sending(call, &sending) && take_meeting(call, &call->ids[0], &meeting, &case_id) &&
        address_is_meant(call, &call->ids[0], &case_id, sending.address)) {
        const struct put puts[] = {
            {"recipient", sending.recipient},
            {"name", sending.name},
            {"role", sending.role},
            {"address", sending.address},
            {"channel", sending.channel},
            {"left_out", sending.left_out},
            {"confirmed", "yes"},
            {"status", "sent"},
            {"sent_at", sending.at && sending.at[0] ? sending.at : json_string_value(now)},
        };
        const enum holdfast_status status =
            holdfast_edit_new(call->hf, &case_id, "circulation", &call->ids[0], NULL, &edit);
        if (status != HOLDFAST_OK)
            hf_app_fail(call, status);
        else if (put_record(call, edit, puts, sizeof puts / sizeof puts[0], &record) == HOLDFAST_OK)
            hf_app_reply(call, json_pack("{s:o}", "record", hf_app_json_id(&record)));
    }
    json_decref(meeting);
    json_decref(now);
}

/* --- filing --- */

static bool is_final(const json_t *meeting)
{
    for (size_t i = 0; i < sizeof finals / sizeof finals[0]; i++)
        if (hf_app_field_is(meeting, "status", finals[i]))
            return true;
    return false;
}

/* Where it stands on one of the two records: the filing record, or null. */
static json_t *filed_on(const json_t *filings, const json_t *meeting, const char *where)
{
    for (size_t i = 0; i < json_array_size(filings); i++) {
        json_t *filing = json_array_get(filings, i);
        if (strcmp(hf_app_text_of(filing, "parent"), hf_app_text_of(meeting, "id")) == 0 &&
            hf_app_field_is(filing, "where", where))
            return json_incref(filing);
    }
    return json_null();
}

static void filing(struct hf_app_call *call)
{
    json_t *read = json_object(), *queue = json_array();
    enum holdfast_status status = read && queue ? read_type(call, "meeting", read) : HOLDFAST_NOMEM;
    if (status == HOLDFAST_OK)
        status = read_type(call, "filing", read);
    if (status == HOLDFAST_OK)
        status = add_names(call, read);
    const json_t *meetings = json_object_get(read, "meeting"), *filings = json_object_get(read, "filing");
    for (size_t i = 0; status == HOLDFAST_OK && i < json_array_size(meetings); i++) {
        json_t *meeting = json_array_get(meetings, i);
        if (is_final(meeting) &&
            !hf_app_append(queue, json_pack("{s:O, s:o, s:o}", "meeting", meeting, "child_record",
                                            filed_on(filings, meeting, "child_record"), "carer_record",
                                            filed_on(filings, meeting, "carer_record"))))
            status = HOLDFAST_NOMEM;
    }
    give(call, status, json_pack("{s:o, s:O}", "queue", queue, "names", json_object_get(read, "names")));
    json_decref(read);
}

/* {where, status: filed or failed, reference, problem}: a new filing record, or the one that is there. */
static void file_meeting(struct hf_app_call *call)
{
    struct holdfast_id case_id, id;
    struct holdfast_edit *edit = NULL;
    json_t *meeting = NULL, *filings = NULL, *there = NULL;
    const char *where = NULL, *result = NULL, *reference = NULL, *problem = NULL;
    if (!hf_app_body_text(call, "where", true, &where) || !hf_app_body_text(call, "status", true, &result) ||
        !hf_app_body_text(call, "reference", false, &reference) ||
        !hf_app_body_text(call, "problem", false, &problem) || !take_meeting(call, &call->ids[0], &meeting, &case_id))
        return;
    enum holdfast_status status = read_in(call, "filing", &case_id, &call->ids[0], &filings);
    there = status == HOLDFAST_OK ? filed_on(filings, meeting, where) : NULL;
    if (status == HOLDFAST_OK)
        status = json_is_object(there) && holdfast_id_parse(hf_app_text_of(there, "id"), &id) == HOLDFAST_OK
                     ? holdfast_edit_record(call->hf, &id, &edit)
                     : holdfast_edit_new(call->hf, &case_id, "filing", &call->ids[0], NULL, &edit);
    json_t *now = hf_app_json_ms(hf_app_wall_ms(call->app));
    const struct put puts[] = {{"where", where},
                               {"status", result},
                               {"reference", reference},
                               {"problem", problem},
                               {"at", strcmp(result, "filed") == 0 ? json_string_value(now) : NULL}};
    if (status != HOLDFAST_OK)
        hf_app_fail(call, status);
    else if (put_record(call, edit, puts, sizeof puts / sizeof puts[0], &id) == HOLDFAST_OK)
        hf_app_reply(call, json_pack("{s:o}", "record", hf_app_json_id(&id)));
    json_decref(now);
    json_decref(there);
    json_decref(filings);
    json_decref(meeting);
}

static const struct hf_app_route rows[] = {
    {"GET", "/api/registers/panels", HF_APP_UNLOCKED, panels},
    {"GET", "/api/registers/circulation", HF_APP_UNLOCKED, circulation},
    {"GET", "/api/registers/filing", HF_APP_UNLOCKED, filing},
    {"GET", "/api/meetings/:id/recipients", HF_APP_UNLOCKED, recipients},
    {"POST", "/api/meetings/:id/circulate", HF_APP_UNLOCKED, circulate},
    {"POST", "/api/meetings/:id/file", HF_APP_UNLOCKED, file_meeting},
};
const struct hf_app_routes hf_app_register_routes = HF_APP_ROUTES(rows);
