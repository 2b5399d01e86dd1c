/* A meeting or an action as a calendar file (RFC 5545). Its title is neutral: no name and no place leave with it. The
 * same record has the same UID for good; SEQUENCE grows with each change of when it is, and a meeting that is called
 * off is a CANCEL. */
#include "client/app/call.h"
#include "client/app/reading.h"
#include "core/base/text.h"

#include <stdio.h>
#include <string.h>

#define LINE_OCTETS 75
#define HOUR_MS     3600000u

struct event {
    json_t *record;
    const char *reference;
    bool is_meeting, cancelled;
    unsigned sequence;
    uint64_t changed_ms;
};

/* Folded at 75 octets, never inside a character; commas, semicolons, backslashes and line ends of text escaped. */
static void add_line(struct hf_buf *out, const char *name, const char *text, bool escape)
{
    size_t column = strlen(name);
    hf_buf_append_str(out, name);
    for (; *text; text++) {
        const bool special = escape && strchr("\\,;\n", *text);
        const bool starts = ((unsigned char)*text & 0xc0) != 0x80;
        if (starts && column + 5 > LINE_OCTETS) {
            hf_buf_append_str(out, "\r\n ");
            column = 1;
        }
        if (special)
            hf_buf_append_u8(out, '\\');
        hf_buf_append_u8(out, (uint8_t)(special && *text == '\n' ? 'n' : *text));
        column += 1u + special;
    }
    hf_buf_append_str(out, "\r\n");
}

/* 2026-11-21T21:58:35.123Z to 20261121T215835Z */
static void add_time(struct hf_buf *out, const char *name, uint64_t ms)
{
    char text[HF_TIME_TEXT_BYTES];
    hf_text_time(ms, text);
    hf_buf_append_fmt(out, "%s:%.4s%.2s%.2sT%.2s%.2s%.2sZ\r\n", name, text, text + 5, text + 8, text + 11, text + 14,
                      text + 17);
}

static bool moves_it(const char *field)
{
    static const char *const fields[] = {"start", "end", "due", "status", "mode"};
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        if (strcmp(field, fields[i]) == 0)
            return true;
    return false;
}

static bool each_change(void *ctx, const struct holdfast_change_row *row)
{
    struct event *event = ctx;
    bool moved = false;
    for (size_t i = 0; i < row->edit_count; i++)
        moved = moved || moves_it(row->edits[i].field);
    if (!moved || row->held[0])
        return true;
    event->sequence++;
    if (row->time_ms > event->changed_ms)
        event->changed_ms = row->time_ms;
    return true;
}

static bool has_when(const struct event *event, uint64_t *out_start, uint64_t *out_end)
{
    const char *start = hf_app_field(event->record, "start"), *end = hf_app_field(event->record, "end");
    if (!event->is_meeting)
        return hf_text_is_date(hf_slice_str(hf_app_field(event->record, "due")));
    if (hf_text_parse_time(hf_slice_str(start), out_start) != HF_OK)
        return false;
    if (hf_text_parse_time(hf_slice_str(end), out_end) != HF_OK || *out_end <= *out_start)
        *out_end = *out_start + HOUR_MS;
    return true;
}

static void add_when(struct hf_buf *out, const struct event *event, uint64_t start, uint64_t end)
{
    const char *due = hf_app_field(event->record, "due");
    if (event->is_meeting) {
        add_time(out, "DTSTART", start);
        add_time(out, "DTEND", end);
    } else {
        hf_buf_append_fmt(out, "DTSTART;VALUE=DATE:%.4s%.2s%.2s\r\nTRANSP:TRANSPARENT\r\n", due, due + 5, due + 8);
    }
}

/* --- whom it asks --- */

static const char *email_of(struct hf_app_call *call, const char *id, json_t **out_record)
{
    struct holdfast_id person;
    if (!id[0] || holdfast_id_parse(id, &person) != HOLDFAST_OK ||
        hf_app_read_record(call->hf, &person, out_record) != HOLDFAST_OK)
        return "";
    return hf_app_field(*out_record, "email");
}

/* An address that could break out of its line is none. */
static bool add_mail(struct hf_app_call *call, struct hf_buf *out, const char *name, const char *id)
{
    json_t *record = NULL;
    const char *email = email_of(call, id, &record);
    const bool good = strchr(email, '@') && !strpbrk(email, " \r\n\t;,:\"");
    if (good)
        add_line(out, name, email, false);
    json_decref(record);
    return good;
}

static void add_invited(struct hf_app_call *call, struct hf_buf *out, const struct holdfast_id *case_id)
{
    const struct holdfast_filter filter = {.type = "invite", .case_id = case_id, .parent = &call->ids[0]};
    json_t *invites = NULL;
    if (hf_app_read_records(call->hf, &filter, &invites) != HOLDFAST_OK)
        return;
    for (size_t i = 0; i < json_array_size(invites); i++)
        if (hf_app_field_is(json_array_get(invites, i), "decision", "invited"))
            (void)add_mail(call, out, "ATTENDEE;RSVP=TRUE:mailto:", hf_app_field(json_array_get(invites, i), "person"));
    json_decref(invites);
}

/* --- the file --- */

static void write_event(struct hf_app_call *call, const struct event *event, const struct holdfast_id *case_id,
                        bool asks, struct hf_buf *out)
{
    struct holdfast_identity own = {0};
    struct hf_buf uid = {0}, title = {0};
    uint64_t start = 0, end = 0;
    (void)has_when(event, &start, &end);
    (void)holdfast_get_identity(call->hf, &own);
    hf_buf_append_fmt(&uid, "%s@%.*s", hf_app_text_of(event->record, "id"), (int)strcspn(own.origin, "/"), own.origin);
    hf_buf_append_u8(&uid, 0);
    hf_buf_append_fmt(&title, "%s - ref %s", event->is_meeting ? "Meeting" : "Action", event->reference);
    hf_buf_append_u8(&title, 0);
    hf_buf_append_fmt(out, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Holdfast//Holdfast//EN\r\nMETHOD:%s\r\n",
                      event->cancelled ? "CANCEL"
                      : asks           ? "REQUEST"
                                       : "PUBLISH");
    hf_buf_append_str(out, "BEGIN:VEVENT\r\n");
    add_line(out, "UID:", hf_buf_status(&uid) == HF_OK ? (const char *)uid.data : "", true);
    hf_buf_append_fmt(out, "SEQUENCE:%u\r\n", event->sequence ? event->sequence - 1 : 0);
    add_time(out, "DTSTAMP", event->changed_ms ? event->changed_ms : hf_app_wall_ms(call->app));
    add_when(out, event, start, end);
    add_line(out, "SUMMARY:", hf_buf_status(&title) == HF_OK ? (const char *)title.data : "", true);
    hf_buf_append_fmt(out, "STATUS:%s\r\nCLASS:PRIVATE\r\n", event->cancelled ? "CANCELLED" : "CONFIRMED");
    if (asks) {
        (void)add_mail(call, out, "ORGANIZER:mailto:", hf_app_field(event->record, "arranger"));
        add_invited(call, out, case_id);
    }
    hf_buf_append_str(out, "END:VEVENT\r\nEND:VCALENDAR\r\n");
    hf_buf_clear(&uid);
    hf_buf_clear(&title);
}

static bool can_ask(struct hf_app_call *call, const struct event *event)
{
    struct hf_buf unused = {0};
    const bool can = add_mail(call, &unused, "", hf_app_field(event->record, "arranger"));
    hf_buf_clear(&unused);
    if (!can)
        hf_app_refuse(
            call->response, 409, "state",
            "An invitation needs the arranger's email. Write it into the person's record, or take the file for "
            "yourself.");
    return can;
}

static void give_file(struct hf_app_call *call, struct event *event, const struct holdfast_id *case_id)
{
    const char *method = hf_app_query(call, "method");
    const bool asks = method && strcmp(method, "request") == 0 && event->is_meeting;
    uint64_t start = 0, end = 0;
    if (!has_when(event, &start, &end)) {
        hf_app_refuse(call->response, 409, "state", "It has no day yet.");
        return;
    }
    if (asks && !can_ask(call, event))
        return;
    write_event(call, event, case_id, asks, &call->response->body);
    if (hf_buf_status(&call->response->body) != HF_OK) {
        hf_app_refuse(call->response, 500, "nomem", "There is not enough memory.");
        return;
    }
    call->response->status = 200;
    call->response->content_type = "text/calendar; charset=utf-8";
}

/* ?method=request: with the people that are invited, so that they can accept; otherwise to be kept by whoever takes it.
 */
static void calendar(struct hf_app_call *call)
{
    struct event event = {0};
    struct holdfast_id case_id;
    json_t *names = NULL;
    enum holdfast_status status = hf_app_read_record(call->hf, &call->ids[0], &event.record);
    if (status == HOLDFAST_OK)
        status = holdfast_history(call->hf, &call->ids[0], each_change, &event);
    if (status == HOLDFAST_OK)
        status = hf_app_read_names(call->hf, &names);
    if (status == HOLDFAST_OK)
        status = holdfast_id_parse(hf_app_text_of(event.record, "case"), &case_id);
    const char *type = hf_app_text_of(event.record, "type");
    event.is_meeting = strcmp(type, "meeting") == 0;
    event.cancelled = hf_app_field_is(event.record, "status", "cancelled");
    event.reference = hf_app_name_of(names, hf_app_text_of(event.record, "case"));
    if (status != HOLDFAST_OK)
        hf_app_fail(call, status);
    else if (!event.is_meeting && strcmp(type, "action") != 0)
        hf_app_refuse(call->response, 404, "not_found", "Only meetings and actions have a day in a calendar.");
    else
        give_file(call, &event, &case_id);
    json_decref(event.record);
    json_decref(names);
}

static const struct hf_app_route rows[] = {
    {"GET", "/api/records/:id/calendar.ics", HF_APP_UNLOCKED, calendar},
};
const struct hf_app_routes hf_app_calendar_routes = HF_APP_ROUTES(rows);
