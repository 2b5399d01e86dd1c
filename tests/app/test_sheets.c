/* What leaves the office: registers, circulation, filing and its export, sheets by recipient, calendar files; and the
 * keyring of the computer. */
#include "client/reads.h"
#include "core/model/body_read.h"
#include "tests/app/support_app.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TEXT_BYTES 400
/* desk's clock says 2026-11-25T09:46:40Z, a Wednesday */

struct visit {
    struct desk *desk;
    struct holdfast_id case_id, meeting, contact, person;
    char id[HOLDFAST_ID_TEXT_BYTES];
};

static int setup(void **state)
{
    struct visit *visit = calloc(1, sizeof *visit);
    struct holdfast_identity own;
    visit->desk = desk_new("Ada Invented", HF_ROLE_OFFICE);
    struct client *client = &visit->desk->client;
    sync_in_memory(client, visit->desk->office);
    ok(client, holdfast_get_identity(client->hf, &own));
    visit->person = own.person;
    visit->case_id = new_case(client, "CH-4821");
    (void)new_record(client, &visit->case_id, "child", "name", "Robin Invented");
    visit->contact = new_record(client, &visit->case_id, "contact", "name", "Cleo Carer");
    save(client, &visit->contact, "role", "carer");
    save(client, &visit->contact, "email", "cleo@home.example");
    visit->meeting = new_record(client, &visit->case_id, "meeting", "type", "fsm");
    save(client, &visit->meeting, "start", "2026-11-24T10:00:00Z");
    save(client, &visit->meeting, "place", "9 Invented Lane");
    holdfast_id_format(&visit->meeting, visit->id);
    *state = visit;
    return 0;
}

static int teardown(void **state)
{
    struct visit *visit = *state;
    desk_free(visit->desk);
    free(visit);
    return 0;
}

static unsigned get(struct visit *visit, const char *before, const char *behind)
{
    char path[TEXT_BYTES];
    (void)snprintf(path, sizeof path, "%s%s%s", before, visit->id, behind);
    return desk_get(visit->desk, path);
}

static unsigned post(struct visit *visit, const char *what, json_t *body)
{
    char path[TEXT_BYTES];
    (void)snprintf(path, sizeof path, "/api/meetings/%s/%s", visit->id, what);
    return desk_post_json(visit->desk, path, body);
}

static bool answer_holds(const struct visit *visit, const char *words)
{
    const struct hf_slice body = hf_app_response_body(&visit->desk->response);
    const size_t len = strlen(words);
    for (size_t i = 0; i + len <= body.len; i++)
        if (memcmp(body.data + i, words, len) == 0)
            return true;
    return false;
}

static struct holdfast_id part(struct visit *visit, const char *type, const char *field, const char *value)
{
    return new_part(&visit->desk->client, &visit->case_id, type, &visit->meeting, field, value);
}

/* --- registers --- */

static void panels__show_what_was_asked_and_what_was_not(void **state)
{
    struct visit *visit = *state;
    struct client *client = &visit->desk->client;
    char id[HOLDFAST_ID_TEXT_BYTES];
    const struct holdfast_id action = part(visit, "action", "text", "A night away each month");
    save(client, &action, "extra_resource", "true");
    assert_int_equal(desk_get(visit->desk, "/api/registers/panels"), 200);
    assert_int_equal(desk_count(visit->desk, "not_asked"), 1);
    const struct holdfast_id asked = new_record(client, &visit->case_id, "panel_approval", "panel", "parp_east");
    holdfast_id_format(&action, id);
    save(client, &asked, "action", id);
    assert_int_equal(desk_get(visit->desk, "/api/registers/panels"), 200);
    assert_int_equal(desk_count(visit->desk, "not_asked"), 0);
    assert_string_equal(desk_text(visit->desk, "panel_approval.0.fields.panel"), "parp_east");
}

static void circulating__asks_again_about_an_address_that_nobody_has(void **state)
{
    struct visit *visit = *state;
    char contact[HOLDFAST_ID_TEXT_BYTES];
    holdfast_id_format(&visit->contact, contact);
    assert_int_equal(
        post(visit, "circulate",
             json_pack("{s:s, s:s, s:s}", "recipient", contact, "channel", "email", "address", "cleo@home.example")),
        400); /* not confirmed */
    assert_int_equal(post(visit, "circulate",
                          json_pack("{s:s, s:s, s:s, s:b}", "recipient", contact, "channel", "email", "address",
                                    "neighbour@other.example", "confirmed", 1)),
                     409);
    assert_string_equal(desk_text(visit->desk, "error"), "unknown_address");
    assert_int_equal(desk_get(visit->desk, "/api/registers/circulation"), 200);
    assert_int_equal(desk_count(visit->desk, "circulation"), 0);
    assert_int_equal(post(visit, "circulate",
                          json_pack("{s:s, s:s, s:s, s:b}", "recipient", contact, "channel", "email", "address",
                                    "Cleo@Home.example", "confirmed", 1)),
                     200);
    assert_int_equal(post(visit, "circulate",
                          json_pack("{s:s, s:s, s:s, s:b, s:b}", "name", "Dr Example", "channel", "letter", "address",
                                    "1 Surgery Road", "confirmed", 1, "anyway", 1)),
                     200);
    assert_int_equal(post(visit, "circulate", json_pack("{s:s, s:b}", "channel", "letter", "confirmed", 1)), 400);
    assert_int_equal(desk_get(visit->desk, "/api/registers/circulation"), 200);
    assert_int_equal(desk_count(visit->desk, "circulation"), 2);
    assert_string_equal(desk_text(visit->desk, "circulation.0.fields.status"), "sent");
    assert_string_equal(desk_text(visit->desk, "circulation.0.fields.sent_at"), "2026-11-25T09:46:40.000Z");
    assert_string_equal(desk_text(visit->desk, "circulation.0.fields.confirmed"), "yes");
}

static void recipients__are_those_around_the_child_and_those_who_were_there(void **state)
{
    struct visit *visit = *state;
    struct client *client = &visit->desk->client;
    char contact[HOLDFAST_ID_TEXT_BYTES];
    holdfast_id_format(&visit->contact, contact);
    const struct holdfast_id carer = part(visit, "attendance", "person", contact);
    save(client, &carer, "attended", "attended");
    const struct holdfast_id guest = part(visit, "attendance", "name", "Dr Example");
    save(client, &guest, "attended", "absent");
    assert_int_equal(get(visit, "/api/meetings/", "/recipients"), 200);
    assert_int_equal(desk_count(visit->desk, "people"), 2);
    assert_string_equal(desk_text(visit->desk, "people.0.name"), "Cleo Carer");
    assert_string_equal(desk_text(visit->desk, "people.0.ways.0"), "cleo@home.example");
    assert_true(answer_holds(visit, "\"was_there\":true"));
    assert_string_equal(desk_text(visit->desk, "people.1.name"), "Dr Example");
    const struct holdfast_id gone = new_record(client, &visit->case_id, "contact", "name", "Gone Example");
    save(client, &gone, "status", "no_longer_involved");
    assert_int_equal(get(visit, "/api/meetings/", "/recipients"), 200);
    assert_int_equal(desk_count(visit->desk, "people"), 2); /* those who went are no suggestion */
}

static void filing__is_a_queue_until_both_records_have_it(void **state)
{
    struct visit *visit = *state;
    struct client *client = &visit->desk->client;
    assert_int_equal(desk_get(visit->desk, "/api/registers/filing"), 200);
    assert_int_equal(desk_count(visit->desk, "queue"), 0); /* not final */
    save(client, &visit->meeting, "status", "held");
    ok(client, holdfast_finalise(client->hf, &visit->meeting, NULL, NULL));
    assert_int_equal(desk_get(visit->desk, "/api/registers/filing"), 200);
    assert_int_equal(desk_count(visit->desk, "queue"), 1);
    assert_string_equal(desk_text(visit->desk, "queue.0.child_record.id"), "");
    assert_int_equal(post(visit, "file",
                          json_pack("{s:s, s:s, s:s}", "where", "child_record", "status", "failed", "problem",
                                    "The form is locked")),
                     200);
    assert_int_equal(
        post(visit, "file",
             json_pack("{s:s, s:s, s:s}", "where", "child_record", "status", "filed", "reference", "LCS-77")),
        200);
    assert_int_equal(desk_get(visit->desk, "/api/registers/filing"), 200);
    assert_string_equal(desk_text(visit->desk, "queue.0.child_record.status"), "filed");
    assert_string_equal(desk_text(visit->desk, "queue.0.child_record.fields.reference"), "LCS-77");
    assert_string_equal(desk_text(visit->desk, "queue.0.child_record.fields.at"), "2026-11-25T09:46:40.000Z");
    assert_string_equal(desk_text(visit->desk, "queue.0.carer_record.id"), "");
    assert_int_equal(post(visit, "file", json_pack("{s:s, s:s}", "where", "attic", "status", "filed")), 400);
}

/* --- export --- */

static json_t *mapping(const char *path)
{
    struct hf_buf file = read_tree_file(path);
    json_t *value = NULL;
    assert_int_equal(hf_json_load(hf_buf_slice(&file), &value, NULL), HF_OK);
    hf_buf_clear(&file);
    return value;
}

static void an_export__maps_fields_to_the_councils_columns(void **state)
{
    struct visit *visit = *state;
    (void)part(visit, "attendance", "name", "Cleo Carer");
    (void)part(visit, "attendance", "name", "Ben, \"the\" Example");
    (void)part(visit, "action", "text", "=cmd()");
    assert_int_equal(
        post(visit, "export", json_pack("{s:o}", "mapping", mapping("policies/templates/sample-meeting-form.json"))),
        200);
    const char *csv = desk_text(visit->desk, "csv");
    assert_non_null(strstr(csv, "\"Form\",\"Child reference\",\"Child\",\"Meeting\",\"Held at\""));
    assert_non_null(
        strstr(csv, "\r\n\"Support meeting\",\"CH-4821\",\"Robin Invented\",\"Fsm\",\"2026-11-24T10:00:00"));
    assert_non_null(strstr(csv, "\"Cleo Carer, Ben, \"\"the\"\" Example\""));
    assert_non_null(strstr(csv, "\"'=cmd()\"")); /* no formula of a spreadsheet */
}

static void an_export__refuses_what_no_record_has_and_practice_concerns(void **state)
{
    struct visit *visit = *state;
    const char *const from[] = {"meeting.colour", "nothing.at", "meeting", "practice_concern.concern", ""};
    for (size_t i = 0; i < sizeof from / sizeof from[0]; i++) {
        assert_int_equal(post(visit, "export",
                              json_pack("{s:{s:s, s:[{s:s, s:s}]}}", "mapping", "template", "Form", "columns", "column",
                                        "One", "from", from[i])),
                         400);
        assert_non_null(strstr(desk_text(visit->desk, "text"), "One"));
    }
    assert_int_equal(post(visit, "export", json_pack("{s:{}}", "mapping")), 400);
    assert_int_equal(post(visit, "export", json_object()), 400);
}

/* --- sheets --- */

static void fill_meeting(struct visit *visit)
{
    struct client *client = &visit->desk->client;
    const struct holdfast_id child = part(visit, "views", "words", "I want it quiet.");
    save(client, &child, "role", "child");
    const struct holdfast_id parent = part(visit, "views", "text", "The parent's own view.");
    save(client, &parent, "role", "parent");
    const struct holdfast_id carer = part(visit, "views", "text", "The carer's own view.");
    save(client, &carer, "role", "carer");
    const struct holdfast_id need = part(visit, "need", "text", "A night off for carers");
    save(client, &need, "subject", "carer");
    (void)part(visit, "risk_factor", "text", "Works next door");
    const struct holdfast_id for_carer = part(visit, "action", "text", "Find a support carer");
    save(client, &for_carer, "recipient", "carer");
    const struct holdfast_id for_child = part(visit, "action", "text", "A place to draw");
    save(client, &for_child, "recipient", "child");
    (void)part(visit, "notes", "text", "What was said in full");
    (void)new_record(client, &visit->case_id, "practice_concern", "concern", "A concern about practice");
    (void)part(visit, "briefing", "summary", "What the chair was told");
}

static void a_sheet__leaves_out_what_its_reader_may_not_see(void **state)
{
    static const struct {
        const char *query;
        bool place, parent, carer, need, risk, carer_action, notes;
    } sheets[] = {{"/sheet?for=professional", true, true, true, true, true, true, true},
                  {"/sheet?for=carer", true, false, true, true, true, true, true},
                  {"/sheet?for=parent", false, true, false, false, false, false, true},
                  {"/sheet?for=child", false, false, false, false, false, false, false}};
    struct visit *visit = *state;
    fill_meeting(visit);
    for (size_t i = 0; i < sizeof sheets / sizeof sheets[0]; i++) {
        assert_int_equal(get(visit, "/api/meetings/", sheets[i].query), 200);
        assert_int_equal(answer_holds(visit, "9 Invented Lane"), sheets[i].place);
        assert_int_equal(answer_holds(visit, "The parent's own view."), sheets[i].parent);
        assert_int_equal(answer_holds(visit, "The carer's own view."), sheets[i].carer);
        assert_int_equal(answer_holds(visit, "A night off for carers"), sheets[i].need);
        assert_int_equal(answer_holds(visit, "Works next door"), sheets[i].risk);
        assert_int_equal(answer_holds(visit, "Find a support carer"), sheets[i].carer_action);
        assert_int_equal(answer_holds(visit, "What was said in full"), sheets[i].notes);
        assert_true(answer_holds(visit, "I want it quiet."));
        assert_true(answer_holds(visit, "A place to draw"));
        assert_false(answer_holds(visit, "A concern about practice"));
        assert_false(answer_holds(visit, "What the chair was told"));
        assert_int_equal(desk_count(visit->desk, "left_out") > 0, i > 0);
    }
    assert_int_equal(get(visit, "/api/meetings/", "/sheet?for=neighbour"), 400);
    assert_int_equal(get(visit, "/api/meetings/", "/sheet"), 400);
}

static void a_sheet__shows_statements_beside_their_record(void **state)
{
    struct visit *visit = *state;
    struct client *client = &visit->desk->client;
    char path[TEXT_BYTES];
    const struct holdfast_id action = part(visit, "action", "text", "Robin stays in after school");
    save(client, &action, "recipient", "child");
    const struct holdfast_id said =
        new_part(client, &visit->case_id, "statement", &action, "words", "Nobody asked me about this.");
    save(client, &said, "said_by", "Robin Invented");
    save(client, &said, "answer", "entry_stands");
    save(client, &said, "answer_reason", "The school said so");
    const char *const readers[] = {"professional", "carer", "parent", "child"};
    for (size_t i = 0; i < sizeof readers / sizeof readers[0]; i++) {
        (void)snprintf(path, sizeof path, "/sheet?for=%s", readers[i]);
        assert_int_equal(get(visit, "/api/meetings/", path), 200);
        assert_string_equal(desk_text(visit->desk, "sections.0.rows.0.fields.text"), "Robin stays in after school");
        assert_string_equal(desk_text(visit->desk, "sections.0.rows.0.statements.0.words"),
                            "Nobody asked me about this.");
        assert_string_equal(desk_text(visit->desk, "sections.0.rows.0.statements.0.said_by"), "Robin Invented");
        assert_int_equal(answer_holds(visit, "The school said so"), i == 0);
    }
}

static void a_sheet__keeps_back_what_is_restricted(void **state)
{
    struct visit *visit = *state;
    struct client *client = &visit->desk->client;
    const struct holdfast_id action = part(visit, "action", "text", "Robin stays in after school");
    const struct holdfast_id limit =
        new_part(client, &visit->case_id, "restriction", &action, "status", "managers_and_office");
    save(client, &limit, "ground", "accuracy_contested");
    assert_int_equal(get(visit, "/api/meetings/", "/sheet?for=parent"), 200);
    assert_false(answer_holds(visit, "Robin stays in"));
    assert_int_equal(desk_count(visit->desk, "left_out"), 2); /* beside the place of the meeting */
    assert_int_equal(get(visit, "/api/meetings/", "/sheet?for=professional"), 200);
    assert_string_equal(desk_text(visit->desk, "sections.0.rows.0.restriction.who"), "managers_and_office");
    assert_string_equal(desk_text(visit->desk, "sections.0.rows.0.restriction.ground"), "accuracy_contested");
    (void)new_part(client, &visit->case_id, "restriction", &visit->meeting, "status", "managers_and_office");
    assert_int_equal(get(visit, "/api/meetings/", "/sheet?for=parent"), 409);
    assert_string_equal(desk_text(visit->desk, "error"), "restricted");
}

/* --- the read log --- */

/* What the read log has to say of this visit's case: how many lines, and why. */
static int noted(struct visit *visit, enum hf_read_what what, const char *record, const char *reason)
{
    sqlite3_stmt *rows = NULL;
    struct holdfast_id id;
    const char *sql = "SELECT count(*) FROM reads WHERE what = ?1 AND case_id = ?2 AND record_id = ?3 AND "
                      "coalesce(CAST(reason AS TEXT), '') = ?4";
    sqlite3 *db = hf_vault_db(visit->desk->client.hf->vault);
    assert_int_equal(holdfast_id_parse(record, &id), HOLDFAST_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &rows, NULL), SQLITE_OK);
    (void)sqlite3_bind_int(rows, 1, (int)what);
    (void)sqlite3_bind_blob(rows, 2, visit->case_id.bytes, sizeof visit->case_id.bytes, SQLITE_STATIC);
    (void)sqlite3_bind_blob(rows, 3, id.bytes, sizeof id.bytes, SQLITE_STATIC);
    (void)sqlite3_bind_text(rows, 4, reason, -1, SQLITE_STATIC);
    assert_int_equal(sqlite3_step(rows), SQLITE_ROW);
    const int count = sqlite3_column_int(rows, 0);
    (void)sqlite3_finalize(rows);
    return count;
}

static void a_sheet__is_noted_as_a_paper_of_that_meeting(void **state)
{
    struct visit *visit = *state;
    ok(&visit->desk->client, holdfast_reading_because(visit->desk->client.hf, &visit->case_id, "For Cleo (sample)"));
    assert_int_equal(get(visit, "/api/meetings/", "/sheet?for=neighbour"), 400);
    assert_int_equal(noted(visit, HF_READ_PAPER, visit->id, "For Cleo (sample)"), 0);
    assert_int_equal(get(visit, "/api/meetings/", "/sheet?for=carer"), 200);
    assert_int_equal(noted(visit, HF_READ_PAPER, visit->id, "For Cleo (sample)"), 1);
    assert_int_equal(noted(visit, HF_READ_FILE, visit->id, "For Cleo (sample)"), 0);
}

static void an_export__is_noted_as_a_file_of_that_meeting(void **state)
{
    struct visit *visit = *state;
    assert_int_equal(post(visit, "export", json_object()), 400);
    assert_int_equal(noted(visit, HF_READ_FILE, visit->id, ""), 0);
    assert_int_equal(
        post(visit, "export", json_pack("{s:o}", "mapping", mapping("policies/templates/sample-meeting-form.json"))),
        200);
    assert_int_equal(noted(visit, HF_READ_FILE, visit->id, ""), 1);
}

/* --- calendar files --- */

static void a_calendar_file__is_neutral_and_grows_in_sequence(void **state)
{
    struct visit *visit = *state;
    struct client *client = &visit->desk->client;
    char uid[TEXT_BYTES];
    assert_int_equal(get(visit, "/api/records/", "/calendar.ics"), 200);
    (void)snprintf(uid, sizeof uid, "UID:%s@", visit->id);
    assert_true(answer_holds(visit, uid));
    assert_true(answer_holds(visit, "SUMMARY:Meeting - ref CH-4821\r\n"));
    assert_true(answer_holds(visit, "DTSTART:20261124T100000Z\r\nDTEND:20261124T110000Z\r\n"));
    assert_true(answer_holds(visit, "METHOD:PUBLISH\r\n") && answer_holds(visit, "SEQUENCE:0\r\n"));
    assert_false(answer_holds(visit, "Robin") || answer_holds(visit, "Invented Lane"));
    assert_string_equal(visit->desk->response.content_type, "text/calendar; charset=utf-8");
    save(client, &visit->meeting, "start", "2026-11-26T14:00:00Z");
    assert_int_equal(get(visit, "/api/records/", "/calendar.ics"), 200);
    assert_true(answer_holds(visit, uid) && answer_holds(visit, "SEQUENCE:1\r\n"));
    save(client, &visit->meeting, "place", "Elsewhere");
    assert_int_equal(get(visit, "/api/records/", "/calendar.ics"), 200);
    assert_true(answer_holds(visit, "SEQUENCE:1\r\n"));
    save(client, &visit->meeting, "status", "draft");
    save(client, &visit->meeting, "status", "cancelled");
    assert_int_equal(get(visit, "/api/records/", "/calendar.ics"), 200);
    assert_true(answer_holds(visit, "METHOD:CANCEL\r\n") && answer_holds(visit, "STATUS:CANCELLED\r\n"));
}

static void an_invitation_by_calendar__asks_those_who_are_invited(void **state)
{
    struct visit *visit = *state;
    struct client *client = &visit->desk->client;
    char contact[HOLDFAST_ID_TEXT_BYTES], own[HOLDFAST_ID_TEXT_BYTES];
    holdfast_id_format(&visit->contact, contact);
    holdfast_id_format(&visit->person, own);
    assert_int_equal(get(visit, "/api/records/", "/calendar.ics?method=request"), 409);
    save(client, &visit->meeting, "arranger", contact);
    const struct holdfast_id invite = part(visit, "invite", "person", contact);
    assert_int_equal(get(visit, "/api/records/", "/calendar.ics?method=request"), 200);
    assert_false(answer_holds(visit, "ATTENDEE"));
    save(client, &invite, "decision", "invited");
    assert_int_equal(get(visit, "/api/records/", "/calendar.ics?method=request"), 200);
    assert_true(answer_holds(visit, "METHOD:REQUEST\r\n"));
    assert_true(answer_holds(visit, "ATTENDEE;RSVP=TRUE:mailto:cleo@home.example\r\n"));
    save(client, &visit->contact, "email", "a@b.example\nSUMMARY:x");
    assert_int_equal(get(visit, "/api/records/", "/calendar.ics?method=request"), 409);
}

static void an_action__is_a_day_in_the_calendar(void **state)
{
    struct visit *visit = *state;
    const struct holdfast_id action = part(visit, "action", "text", "Ring Robin's school");
    holdfast_id_format(&action, visit->id);
    assert_int_equal(get(visit, "/api/records/", "/calendar.ics"), 409); /* no day */
    save(&visit->desk->client, &action, "due", "2026-12-04");
    assert_int_equal(get(visit, "/api/records/", "/calendar.ics"), 200);
    assert_true(answer_holds(visit, "DTSTART;VALUE=DATE:20261204\r\n"));
    assert_true(answer_holds(visit, "SUMMARY:Action - ref CH-4821\r\n"));
    assert_false(answer_holds(visit, "Robin"));
    holdfast_id_format(&visit->contact, visit->id);
    assert_int_equal(get(visit, "/api/records/", "/calendar.ics"), 404);
}

/* --- the status beside a draft, and the keyring --- */

static void a_status__changes_while_somebody_writes_in_the_record(void **state)
{
    struct visit *visit = *state;
    char path[TEXT_BYTES], id[HOLDFAST_ID_TEXT_BYTES];
    const struct holdfast_id action = part(visit, "action", "text", "Ring the school");
    holdfast_id_format(&action, id);
    assert_int_equal(desk_post_json(visit->desk, "/api/forms", json_pack("{s:s}", "record", id)), 200);
    json_t *seen = json_integer(desk_number(visit->desk, "seen"));
    (void)snprintf(path, sizeof path, "/api/forms/%s/draft", id);
    json_t *body = json_pack("{s:s, s:s, s:o, s:{s:s}}", "case", desk_text(visit->desk, "case"), "type", "action",
                             "seen", seen, "fields", "text", "Ring the school and");
    assert_int_equal(desk_post_json(visit->desk, path, body), 200);
    (void)snprintf(path, sizeof path, "/api/records/%s/status", id);
    assert_int_equal(desk_post(visit->desk, path, "{\"status\":\"started\"}"), 200);
    assert_string_equal(field_text(&visit->desk->client, &action, "status"), "started");
    assert_int_equal(desk_post_json(visit->desk, "/api/forms", json_pack("{s:s}", "record", id)), 200);
    assert_string_equal(desk_text(visit->desk, "draft.values.text"), "Ring the school and");
    assert_int_equal(desk_post(visit->desk, path, "{\"status\":\"no such\"}"), 400);
    assert_int_equal(desk_post(visit->desk, path, "{}"), 400);
}

static void the_keyring__opens_it_only_while_it_is_turned_on(void **state)
{
    struct visit *visit = *state;
    struct desk *desk = visit->desk;
    assert_int_equal(desk_get(desk, "/api/session/keyring"), 200);
    assert_false(answer_holds(visit, "true"));
    assert_int_equal(desk_post(desk, "/api/session/keyring", "{\"passphrase\":\"wrong\",\"on\":true}"), 403);
    assert_int_equal(desk_post(desk, "/api/session/keyring", "{\"passphrase\":\"" PASSPHRASE "\"}"), 400);
    assert_int_equal(desk_post(desk, "/api/session/keyring", "{\"passphrase\":\"" PASSPHRASE "\",\"on\":true}"), 200);
    assert_true(answer_holds(visit, "\"on\":true"));
    assert_int_equal(desk_post(desk, "/api/session/lock", "{}"), 200);
    assert_int_equal(desk_get(desk, "/api/work"), 423);
    assert_int_equal(desk_post(desk, "/api/session/unlock_keyring", "{}"), 200);
    assert_string_equal(desk_text(desk, "state"), "unlocked");
    assert_int_equal(desk_post(desk, "/api/session/keyring", "{\"passphrase\":\"" PASSPHRASE "\",\"on\":false}"), 200);
    assert_false(desk->has_secret);
    assert_int_equal(desk_post(desk, "/api/session/lock", "{}"), 200);
    assert_int_equal(desk_post(desk, "/api/session/unlock_keyring", "{}"), 404);
    assert_int_equal(desk_get(desk, "/api/work"), 423);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(panels__show_what_was_asked_and_what_was_not, setup, teardown),
        cmocka_unit_test_setup_teardown(circulating__asks_again_about_an_address_that_nobody_has, setup, teardown),
        cmocka_unit_test_setup_teardown(recipients__are_those_around_the_child_and_those_who_were_there, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(filing__is_a_queue_until_both_records_have_it, setup, teardown),
        cmocka_unit_test_setup_teardown(an_export__maps_fields_to_the_councils_columns, setup, teardown),
        cmocka_unit_test_setup_teardown(an_export__refuses_what_no_record_has_and_practice_concerns, setup, teardown),
        cmocka_unit_test_setup_teardown(a_sheet__leaves_out_what_its_reader_may_not_see, setup, teardown),
        cmocka_unit_test_setup_teardown(a_sheet__shows_statements_beside_their_record, setup, teardown),
        cmocka_unit_test_setup_teardown(a_sheet__keeps_back_what_is_restricted, setup, teardown),
        cmocka_unit_test_setup_teardown(a_sheet__is_noted_as_a_paper_of_that_meeting, setup, teardown),
        cmocka_unit_test_setup_teardown(an_export__is_noted_as_a_file_of_that_meeting, setup, teardown),
        cmocka_unit_test_setup_teardown(a_calendar_file__is_neutral_and_grows_in_sequence, setup, teardown),
        cmocka_unit_test_setup_teardown(an_invitation_by_calendar__asks_those_who_are_invited, setup, teardown),
        cmocka_unit_test_setup_teardown(an_action__is_a_day_in_the_calendar, setup, teardown),
        cmocka_unit_test_setup_teardown(the_keyring__opens_it_only_while_it_is_turned_on, setup, teardown),
        cmocka_unit_test_setup_teardown(a_status__changes_while_somebody_writes_in_the_record, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
