/* The routes, asked as the page asks. */
#include "client/handle.h"
#include "core/pack/writer.h"
#include "core/replica/device_clocks.h"
#include "protocol/limits.h"
#include "tests/app/support_app.h"

#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TEXT_BYTES 200

static int setup(void **state)
{
    *state = desk_new("Ada Invented", HF_ROLE_OFFICE);
    return 0;
}

static int teardown(void **state)
{
    desk_free(*state);
    return 0;
}

/* --- short ways --- */

static const char *new_case_id(struct desk *desk)
{
    static char id[HOLDFAST_ID_TEXT_BYTES];
    assert_int_equal(desk_post(desk, "/api/cases", "{\"reference\":\"C-17\"}"), 200);
    (void)snprintf(id, sizeof id, "%s", desk_text(desk, "id"));
    return id;
}

static char *path_of(char out[TEXT_BYTES], const char *before, const char *id, const char *after)
{
    (void)snprintf(out, TEXT_BYTES, "%s%s%s", before, id, after);
    return out;
}

/* A form on a new action; its id in `record`, what it is about in the result (new). */
static json_t *open_action(struct desk *desk, const char *case_id, char record[HOLDFAST_ID_TEXT_BYTES])
{
    assert_int_equal(desk_post_json(desk, "/api/forms",
                                    json_pack("{s:s, s:s, s:s}", "case", case_id, "type", "action", "parent", case_id)),
                     200);
    (void)snprintf(record, HOLDFAST_ID_TEXT_BYTES, "%s", desk_text(desk, "record"));
    return json_pack("{s:s, s:s, s:s, s:I}", "case", case_id, "type", "action", "parent", case_id, "seen",
                     desk_number(desk, "seen"));
}

static unsigned type_in(struct desk *desk, const char *record, const json_t *about, const char *field, const char *text)
{
    char path[TEXT_BYTES];
    json_t *body = json_deep_copy(about);
    (void)json_object_set_new(body, "fields", json_pack("{s:s}", field, text));
    return desk_post_json(desk, path_of(path, "/api/forms/", record, "/draft"), body);
}

static unsigned save_form(struct desk *desk, const char *record, const json_t *about)
{
    char path[TEXT_BYTES];
    return desk_post_json(desk, path_of(path, "/api/forms/", record, "/save"), json_deep_copy(about));
}

/* A saved action. */
static void new_action(struct desk *desk, const char *case_id, const char *text, char record[HOLDFAST_ID_TEXT_BYTES])
{
    json_t *about = open_action(desk, case_id, record);
    assert_int_equal(type_in(desk, record, about, "text", text), 200);
    assert_int_equal(save_form(desk, record, about), 200);
    json_decref(about);
}

/* --- tests --- */

static void a_session__says_who_and_what(void **state)
{
    struct desk *desk = *state;
    assert_int_equal(desk_get(desk, "/api/session"), 200);
    assert_string_equal(desk_text(desk, "state"), "unlocked");
    assert_string_equal(desk_text(desk, "identity.name"), "Ada Invented");
    assert_string_equal(desk_text(desk, "identity.role"), "office");
    assert_int_equal(desk_post(desk, "/api/session/lock", "{}"), 200);
    assert_int_equal(desk_get(desk, "/api/session"), 200);
    assert_string_equal(desk_text(desk, "identity.name"), "");
}

static void a_new_folder__joins_by_an_invitation(void **state)
{
    (void)state;
    struct desk *desk = desk_new_empty();
    office_listen(desk->office);
    assert_int_equal(desk_get(desk, "/api/session"), 200);
    assert_string_equal(desk_text(desk, "state"), "empty");
    assert_int_equal(desk_get(desk, "/api/cases"), 423);
    assert_int_equal(desk_post_json(desk, "/api/session/enrol",
                                    json_pack("{s:s, s:s}", "invitation", "nonsense", "passphrase", PASSPHRASE)),
                     400);
    char *line = strdup(office_invite(desk->office, HF_ROLE_WORKER));
    assert_int_equal(desk_post_json(desk, "/api/session/enrol",
                                    json_pack("{s:s, s:s}", "invitation", line, "passphrase", PASSPHRASE)),
                     200);
    assert_int_equal(strlen(desk_text(desk, "safety_code")), HOLDFAST_SAFETY_CODE_TEXT_BYTES - 1);
    assert_int_equal(desk_get(desk, "/api/cases"), 200);
    free(line);
    desk_free(desk);
}

static void record_types__come_with_their_fields(void **state)
{
    struct desk *desk = *state;
    assert_int_equal(desk_get(desk, "/api/types"), 200);
    assert_true(desk_count(desk, "types") > 40);
    assert_int_equal(desk_get(desk, "/api/types/action"), 200);
    assert_string_equal(desk_text(desk, "fields.1.name"), "text");
    assert_true(strlen(desk_text(desk, "fields.1.duty")) > 0);
    assert_int_equal(desk_get(desk, "/api/types/nothing"), 404);
}

static void a_case__is_listed_with_the_childs_name(void **state)
{
    struct desk *desk = *state;
    char record[HOLDFAST_ID_TEXT_BYTES];
    const char *case_id = new_case_id(desk);
    assert_int_equal(desk_post_json(desk, "/api/forms", json_pack("{s:s, s:s}", "case", case_id, "type", "child")),
                     200);
    (void)snprintf(record, sizeof record, "%s", desk_text(desk, "record"));
    json_t *about = json_pack("{s:s, s:s, s:I}", "case", case_id, "type", "child", "seen", desk_number(desk, "seen"));
    assert_int_equal(type_in(desk, record, about, "name", "Robin Invented"), 200);
    assert_int_equal(save_form(desk, record, about), 200);
    json_decref(about);
    assert_int_equal(desk_get(desk, "/api/cases"), 200);
    assert_int_equal(desk_count(desk, "cases"), 1);
    assert_string_equal(desk_text(desk, "cases.0.reference"), "C-17");
    assert_string_equal(desk_text(desk, "cases.0.child"), "Robin Invented");
}

/* UX-02: the id is there before the first save. */
static void two_autosaves_before_the_first_answer__make_one_record(void **state)
{
    struct desk *desk = *state;
    char record[HOLDFAST_ID_TEXT_BYTES], path[TEXT_BYTES];
    const char *case_id = new_case_id(desk);
    json_t *about = open_action(desk, case_id, record);
    assert_int_equal(type_in(desk, record, about, "text", "Call"), 200);
    assert_int_equal(type_in(desk, record, about, "text", "Call the school"), 200);
    assert_int_equal(type_in(desk, record, about, "due", "2026-1"), 200); /* half a date is kept */
    assert_int_equal(desk_get(desk, "/api/drafts"), 200);
    assert_int_equal(desk_count(desk, "drafts"), 1);
    assert_string_equal(desk_text(desk, "drafts.0.preview"), "Call the school");
    assert_int_equal(save_form(desk, record, about), 400); /* and told when it is to be saved */
    assert_memory_equal(desk_text(desk, "text"), "due ", 4);
    assert_int_equal(type_in(desk, record, about, "due", "2026-12-01"), 200);
    assert_int_equal(save_form(desk, record, about), 200);
    json_decref(about);
    assert_int_equal(desk_get(desk, "/api/drafts"), 200);
    assert_int_equal(desk_count(desk, "drafts"), 0);
    assert_int_equal(desk_get(desk, path_of(path, "/api/records?type=action&case=", case_id, "")), 200);
    assert_int_equal(desk_count(desk, "records"), 1);
    assert_string_equal(desk_text(desk, "records.0.id"), record);
    assert_string_equal(desk_text(desk, "records.0.title"), "Call the school");
    assert_string_equal(desk_text(desk, "records.0.sent"), "saved_here");
    assert_int_equal(desk_get(desk, path_of(path, "/api/records/", record, "")), 200);
    assert_string_equal(desk_text(desk, "record.due"), "2026-12-01");
    assert_int_equal(desk_get(desk, path_of(path, "/api/records/", record, "/history")), 200);
    assert_int_equal(desk_count(desk, "changes"), 1); /* one signed change of all of it */
}

static void a_draft__survives_the_app_and_opens_again(void **state)
{
    struct desk *desk = *state;
    char record[HOLDFAST_ID_TEXT_BYTES], token[HF_APP_TOKEN_TEXT_BYTES], path[TEXT_BYTES];
    const char *case_id = new_case_id(desk);
    json_t *about = open_action(desk, case_id, record);
    assert_int_equal(type_in(desk, record, about, "text", "Call the school"), 200);
    assert_int_equal(desk_post(desk, "/api/session/lock", "{}"), 200);
    assert_int_equal(type_in(desk, record, about, "text", "Call"), 423);
    json_decref(about);
    assert_int_equal(desk_post(desk, "/api/session/unlock", "{\"passphrase\":\"" PASSPHRASE "\"}"), 200);
    hf_app_launch(desk->app, token);
    assert_int_equal(desk_launch(desk, token), 200);
    assert_int_equal(desk_post_json(desk, "/api/forms", json_pack("{s:s}", "draft", record)), 200);
    assert_string_equal(desk_text(desk, "record"), record);
    assert_string_equal(desk_text(desk, "parent"), case_id);
    assert_string_equal(desk_text(desk, "draft.values.text"), "Call the school");
    assert_int_equal(desk_post(desk, path_of(path, "/api/forms/", record, "/discard"), "{}"), 200);
    assert_int_equal(desk_post_json(desk, "/api/forms", json_pack("{s:s}", "draft", record)), 404);
}

/* As another device's program would: an action under an id that a part would have. */
static void begin_action_at(struct desk *desk, const struct holdfast_id *case_id, const char *record)
{
    struct hf_buf value = {0};
    struct holdfast_id at;
    struct hf_id change;
    assert_int_equal(holdfast_id_parse(record, &at), HOLDFAST_OK);
    hf_pack_text(&value, hf_slice_str("in its place"));
    const struct hf_save_edit edit = {.field = 2, .value = hf_buf_slice(&value)};
    const struct hf_save save = {.case_id = hf_id_in(case_id),
                                 .record_id = hf_id_in(&at),
                                 .type = HF_RECORD_ACTION,
                                 .edits = &edit,
                                 .edit_count = 1};
    assert_int_equal(hf_replica_save(desk->client.hf->replica, &save, hf_wall_ms(), &change, NULL), HF_OK);
    hf_buf_clear(&value);
}

static void a_draft_of_a_part_whose_id_was_taken__opens_at_the_next_one_and_is_saved(void **state)
{
    struct desk *desk = *state;
    char record[HOLDFAST_ID_TEXT_BYTES], parent[HOLDFAST_ID_TEXT_BYTES], next[HOLDFAST_ID_TEXT_BYTES];
    const char *in_case = new_case_id(desk);
    struct holdfast_id case_id;
    assert_int_equal(holdfast_id_parse(in_case, &case_id), HOLDFAST_OK);
    const struct holdfast_id meeting = new_part(&desk->client, &case_id, "meeting", &case_id, "place", "School");
    holdfast_id_format(&meeting, parent);
    json_t *about = json_pack("{s:s, s:s, s:s}", "case", in_case, "type", "notes", "parent", parent);
    assert_int_equal(desk_post_json(desk, "/api/forms", json_deep_copy(about)), 200);
    (void)snprintf(record, sizeof record, "%s", desk_text(desk, "record"));
    (void)json_object_set_new(about, "seen", json_integer(desk_number(desk, "seen")));
    assert_int_equal(type_in(desk, record, about, "text", "what was agreed"), 200);
    begin_action_at(desk, &case_id, record);
    assert_int_equal(type_in(desk, record, about, "text", "what was agreed, and"), 409);
    assert_int_equal(desk_post_json(desk, "/api/forms", json_pack("{s:s}", "draft", record)), 200);
    (void)snprintf(next, sizeof next, "%s", desk_text(desk, "record"));
    assert_string_not_equal(next, record);
    assert_string_equal(desk_text(desk, "type"), "notes");
    assert_string_equal(desk_text(desk, "parent"), parent);
    assert_string_equal(desk_text(desk, "draft.values.text"), "what was agreed");
    (void)json_object_set_new(about, "seen", json_integer(desk_number(desk, "seen")));
    assert_int_equal(type_in(desk, next, about, "text", "what was agreed, and by whom"), 200);
    assert_int_equal(save_form(desk, next, about), 200);
    json_decref(about);
    assert_int_equal(desk_post_json(desk, "/api/forms", json_pack("{s:s}", "draft", record)), 404);
}

/* UX-03 */
static void a_draft__never_opens_in_another_case(void **state)
{
    struct desk *desk = *state;
    char record[HOLDFAST_ID_TEXT_BYTES], first[HOLDFAST_ID_TEXT_BYTES];
    (void)snprintf(first, sizeof first, "%s", new_case_id(desk));
    json_t *about = open_action(desk, first, record);
    assert_int_equal(type_in(desk, record, about, "text", "Call the school"), 200);
    const char *other = new_case_id(desk);
    (void)json_object_set_new(about, "case", json_string(other));
    (void)json_object_set_new(about, "parent", json_string(other));
    assert_int_equal(type_in(desk, record, about, "text", "Somebody else"), 409);
    assert_int_equal(save_form(desk, record, about), 409);
    json_decref(about);
    assert_int_equal(desk_post_json(desk, "/api/forms", json_pack("{s:s}", "draft", record)), 200);
    assert_string_equal(desk_text(desk, "case"), first);
    assert_string_equal(desk_text(desk, "draft.values.text"), "Call the school");
}

static void a_form__says_what_it_is_about_or_is_refused(void **state)
{
    struct desk *desk = *state;
    char record[HOLDFAST_ID_TEXT_BYTES], path[TEXT_BYTES];
    const char *case_id = new_case_id(desk);
    json_decref(open_action(desk, case_id, record));
    assert_int_equal(desk_post(desk, "/api/forms", "{}"), 400);
    assert_int_equal(desk_post(desk, "/api/forms", "{\"record\":\"7\"}"), 400);
    assert_int_equal(desk_post_json(desk, "/api/forms", json_pack("{s:s}", "record", record)), 404);
    assert_int_equal(desk_post_json(desk, "/api/forms", json_pack("{s:s, s:s}", "case", case_id, "type", "nothing")),
                     404);
    path_of(path, "/api/forms/", record, "/draft");
    assert_int_equal(desk_post_json(desk, path, json_pack("{s:s, s:s}", "case", case_id, "type", "action")), 400);
    assert_int_equal(desk_post_json(desk, path,
                                    json_pack("{s:s, s:s, s:i, s:{s:i}}", "case", case_id, "type", "action", "seen", 1,
                                              "fields", "text", 7)),
                     400);
    assert_int_equal(
        desk_post_json(desk, path, json_pack("{s:s, s:s, s:i}", "case", case_id, "type", "action", "seen", -1)), 400);
}

/* --- clashes --- */

struct pair {
    struct desk *ada;
    struct client ben;
    char record[HOLDFAST_ID_TEXT_BYTES];
    struct holdfast_id id;
};

/* Ada has a form open while Ben's change arrives. */
static void clash(struct pair *pair)
{
    struct desk *ada = pair->ada;
    const char *case_id = new_case_id(ada);
    new_action(ada, case_id, "Call the school", pair->record);
    assert_int_equal(holdfast_id_parse(pair->record, &pair->id), HOLDFAST_OK);
    sync_in_memory(&ada->client, ada->office);
    sync_in_memory(&pair->ben, ada->office);
    assert_int_equal(desk_post_json(ada, "/api/forms", json_pack("{s:s}", "record", pair->record)), 200);
    json_t *about = json_pack("{s:s, s:s, s:I}", "case", case_id, "type", "action", "seen", desk_number(ada, "seen"));
    save(&pair->ben, &pair->id, "text", "Write to the school");
    sync_in_memory(&pair->ben, ada->office);
    sync_in_memory(&ada->client, ada->office);
    assert_int_equal(type_in(ada, pair->record, about, "text", "Visit the school"), 200);
    assert_int_equal(save_form(ada, pair->record, about), 200);
    json_decref(about);
}

/* What the office measured of Ben's clock, as its note in the log says, before anything else. */
static void measure_clock(struct desk *ada, struct client *ben, uint64_t slow_ms)
{
    struct hf_caseload_note note = {.what = HF_CASELOAD_CLOCK, .office_ms = 1790000000000, .device_ms = 1790000000000};
    note.device_ms -= slow_ms;
    memcpy(note.device, hf_replica_identity(ben->hf->replica)->sign.public_key, sizeof note.device);
    assert_int_equal(hf_replica_device_clock_take(ada->client.hf->replica, &note, 0, NULL), HF_OK);
}

/* Whether a value of the clash says that it was written there, and by how much that clock was off. */
static bool has_value_of(const struct desk *desk, bool this_device, json_int_t number, json_int_t offset_ms)
{
    const json_t *conflict = json_array_get(json_object_get(desk->json, "conflicts"), 0);
    const json_t *values = json_object_get(conflict, "values");
    for (size_t i = 0; i < json_array_size(values); i++) {
        const json_t *value = json_array_get(values, i);
        if (json_is_true(json_object_get(value, "this_device")) == this_device &&
            json_integer_value(json_object_get(value, "device_number")) == number &&
            json_integer_value(json_object_get(value, "clock_offset_ms")) == offset_ms)
            return true;
    }
    return false;
}

static void a_form_that_was_open_meanwhile__clashes_and_overwrites_nothing(void **state)
{
    struct pair pair = {.ada = *state};
    struct desk *ada = pair.ada;
    char first[HOLDFAST_ID_TEXT_BYTES], code[HOLDFAST_CLASH_CODE_TEXT_BYTES];
    pair.ben = client_enrolled(ada->office, "Ben Invented", HF_ROLE_OFFICE);
    clash(&pair);
    measure_clock(ada, &pair.ben, 3 * 3600000);
    assert_int_equal(desk_get(ada, "/api/conflicts"), 200);
    assert_int_equal(desk_count(ada, "conflicts"), 1);
    assert_int_equal(desk_count(ada, "conflicts.0.values"), 2);
    assert_string_equal(desk_text(ada, "conflicts.0.base"), "Call the school");
    assert_true(has_value_of(ada, true, 1, 0));
    assert_true(has_value_of(ada, false, 1, 3 * 3600000));
    (void)snprintf(first, sizeof first, "%s", desk_text(ada, "conflicts.0.values.0.change"));
    (void)snprintf(code, sizeof code, "%s", desk_text(ada, "conflicts.0.code"));
    assert_int_equal(desk_post_json(ada, "/api/conflicts/settle",
                                    json_pack("{s:s, s:s, s:s, s:s, s:s}", "record", pair.record, "field", "text",
                                              "code", "000000000000", "pick", first, "reason", "Agreed")),
                     409);
    assert_int_equal(desk_post_json(ada, "/api/conflicts/settle",
                                    json_pack("{s:s, s:s, s:s, s:s}", "record", pair.record, "field", "text", "code",
                                              code, "reason", "Agreed")),
                     400);
    assert_int_equal(desk_post_json(ada, "/api/conflicts/settle",
                                    json_pack("{s:s, s:s, s:s, s:s, s:s}", "record", pair.record, "field", "text",
                                              "code", code, "value", "Visit, then write", "reason", "Agreed")),
                     200);
    assert_int_equal(desk_get(ada, "/api/conflicts"), 200);
    assert_int_equal(desk_count(ada, "conflicts"), 0);
    assert_string_equal(field_text(&ada->client, &pair.id, "text"), "Visit, then write");
    client_free(&pair.ben);
}

/* --- chronology, news --- */

static void the_chronology__is_newest_first(void **state)
{
    struct desk *desk = *state;
    char record[HOLDFAST_ID_TEXT_BYTES], path[TEXT_BYTES], case_id[HOLDFAST_ID_TEXT_BYTES];
    (void)snprintf(case_id, sizeof case_id, "%s", new_case_id(desk));
    new_action(desk, case_id, "First", record);
    new_action(desk, case_id, "Second", record);
    assert_int_equal(desk_get(desk, path_of(path, "/api/cases/", case_id, "/chronology")), 200);
    const size_t count = desk_count(desk, "changes");
    assert_int_equal(desk_number(desk, "total"), count);
    assert_true(count >= 3);
    for (size_t i = 1; i < count; i++) {
        char newer[64], older[64];
        (void)snprintf(newer, sizeof newer, "changes.%zu.time", i - 1);
        (void)snprintf(older, sizeof older, "changes.%zu.time", i);
        assert_true(strcmp(desk_text(desk, newer), desk_text(desk, older)) >= 0);
    }
}

static void news__wait_until_there_are_any(void **state)
{
    struct desk *desk = *state;
    char path[TEXT_BYTES], record[HOLDFAST_ID_TEXT_BYTES];
    const char *case_id = new_case_id(desk);
    assert_int_equal(desk_get(desk, "/api/news?after=0"), 200);
    const json_int_t now = desk_number(desk, "news");
    (void)snprintf(path, sizeof path, "/api/news?after=%lld", (long long)now);
    (void)desk_get(desk, path);
    assert_int_equal(desk->answer, HF_APP_LATER);
    new_action(desk, case_id, "Call", record);
    assert_int_equal(desk_get(desk, path), 200);
    assert_int_equal(desk->answer, HF_APP_ANSWERED);
    assert_true(json_is_true(json_object_get(desk->json, "records")));
    assert_true(desk_number(desk, "news") > now);
    assert_true(desk_number(desk, "sync.saved_here") > 0);
}

/* UX-06, UX-07: what is sent is counted from the office's receipts, and a failure stays where it can be seen. */
/* The library's list of what is held is the page's; also of a record that never came to be. */
static void what_the_office_holds__needs_attention_until_it_is_settled(void **state)
{
    struct desk *desk = *state;
    const struct holdfast_id case_id = new_case(&desk->client, "C-held");
    assert_int_equal(desk_get(desk, "/api/attention"), 200);
    assert_int_equal(desk_count(desk, "held"), 0);
    sync_in_memory(&desk->client, desk->office);
    struct hf_sync_facts facts;
    assert_int_equal(hf_replica_facts(desk->client.hf->replica, &facts), HF_OK);
    desk->office->server->hold = HF_HOLD_RIGHT;
    desk->office->server->hold_seq = facts.next_seq;
    (void)new_record(&desk->client, &case_id, "action", "text", "Held before it was a record");
    sync_in_memory(&desk->client, desk->office);
    assert_int_equal(desk_get(desk, "/api/attention"), 200);
    assert_int_equal(desk_count(desk, "held"), 1);
    assert_true(strlen(desk_text(desk, "held.0.held")) > 0);
    assert_string_equal(desk_text(desk, "held.0.record.label"), "Action");
    assert_true(strlen(desk_text(desk, "held.0.record.case")) > 0);

    const struct holdfast_id action = new_record(&desk->client, &case_id, "action", "text", "This one counts");
    sync_in_memory(&desk->client, desk->office);
    assert_int_equal(hf_replica_facts(desk->client.hf->replica, &facts), HF_OK);
    desk->office->server->hold_seq = facts.next_seq;
    save(&desk->client, &action, "due", "2026-12-24");
    sync_in_memory(&desk->client, desk->office);
    assert_int_equal(desk_get(desk, "/api/attention"), 200);
    assert_int_equal(desk_count(desk, "held"), 2);
    assert_int_equal(desk_get(desk, "/api/sync"), 200);
    assert_int_equal(desk_number(desk, "sync.held"), 2);
    assert_int_equal(desk_number(desk, "sync.unverified"), 0);
}

static void step_until_sent(struct desk *desk)
{
    bool done = false;
    while (!done) {
        (void)hf_app_step(desk->app);
        assert_int_equal(desk_get(desk, "/api/sync"), 200);
        const char *phase = desk_text(desk, "sync.phase");
        if (strcmp(phase, "failed") == 0)
            fail_msg("%s", desk_text(desk, "sync.text"));
        if (strcmp(phase, "rest") == 0)
            desk->now_ms += 20; /* then it looks now and then only */
        done = strcmp(phase, "rest") == 0 && desk_number(desk, "sync.saved_here") == 0;
        (void)sched_yield(); /* to the office's threads */
    }
}

/* By the library's watch: one line, on which what is saved goes out, however long ago the last was. */
static void the_app__stays_connected(void **state)
{
    struct desk *desk = *state;
    const struct holdfast_id case_id = new_case(&desk->client, "C-stays");
    office_listen(desk->office);
    struct hf_identity identity = *hf_replica_identity(desk->client.hf->replica);
    (void)snprintf(identity.address, sizeof identity.address, "%s", desk->office->address);
    assert_int_equal(hf_replica_identity_put(desk->client.hf->replica, &identity, NULL), HF_OK);
    assert_int_equal(desk_post(desk, "/api/sync", "{}"), 200);
    step_until_sent(desk);
    for (int i = 0; i < 3; i++) {
        for (int k = 0; k < 300; k++) { /* more than a minute by its clock */
            desk->now_ms += 250;
            (void)hf_app_step(desk->app);
        }
        (void)new_record(&desk->client, &case_id, "action", "text", "Saved while connected");
        step_until_sent(desk);
    }
    hf_app_free(desk->app); /* puts the line down, so that the office can be looked at */
    desk->app = NULL;
    assert_int_equal(office_at_rest(desk->office)->connections_ever, 1);
}

#define QUIET_REST_MS (HF_LIMIT_REPLY_MS + 1) /* nothing but the keep-alive is as far away */
#define TURNS_MAX     200
#define PATIENCE_MS   120000 /* for what has to come */

/* No clock of its own but the idle lock: connected it waits for the line, locked it waits for a request. */
static void a_quiet_app__is_woken_for_the_keep_alive_only(void **state)
{
    struct desk *desk = *state;
    (void)new_case(&desk->client, "C-quiet");
    office_listen(desk->office);
    struct hf_identity identity = *hf_replica_identity(desk->client.hf->replica);
    (void)snprintf(identity.address, sizeof identity.address, "%s", desk->office->address);
    assert_int_equal(hf_replica_identity_put(desk->client.hf->replica, &identity, NULL), HF_OK);
    assert_int_equal(desk_post(desk, "/api/sync", "{}"), 200);
    uint32_t rest_ms = 0;
    bool at_rest = false;
    for (int turns = 0; !at_rest || rest_ms < QUIET_REST_MS; turns++) {
        struct pollfd line = {.fd = hf_app_fd(desk->app), .events = POLLIN};
        if (turns == TURNS_MAX)
            fail_msg("woken too often, at last to be left alone for %u ms", (unsigned)rest_ms);
        (void)poll(&line, 1, (int)(rest_ms < PATIENCE_MS ? rest_ms : PATIENCE_MS));
        rest_ms = hf_app_step(desk->app);
        assert_int_equal(desk_get(desk, "/api/sync"), 200);
        at_rest = strcmp(desk_text(desk, "sync.phase"), "rest") == 0;
    }
    assert_true(rest_ms <= HF_LIMIT_KEEP_ALIVE_MS);
    assert_int_equal(desk_number(desk, "sync.saved_here") + desk_number(desk, "sync.sent"), 0);
    desk->now_ms += 600000;
    (void)hf_app_step(desk->app); /* nobody is there any more */
    assert_int_equal(desk_get(desk, "/api/cases"), 423);
    assert_int_equal(hf_app_step(desk->app), HF_APP_STEP_NEVER);
    assert_int_equal(hf_app_fd(desk->app), -1);
}

static void a_sync_that_fails__says_why_and_counts_nothing_as_sent(void **state)
{
    struct desk *desk = *state;
    char record[HOLDFAST_ID_TEXT_BYTES];
    new_action(desk, new_case_id(desk), "Call", record);
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(desk_post(desk, "/api/sync", "{}"), 200);
        do
            (void)hf_app_step(desk->app);
        while (desk_get(desk, "/api/sync") == 200 && (strcmp(desk_text(desk, "sync.phase"), "connecting") == 0 ||
                                                      strcmp(desk_text(desk, "sync.phase"), "running") == 0));
    }
    assert_string_equal(desk_text(desk, "sync.phase"), "failed");
    assert_true(strlen(desk_text(desk, "sync.text")) > 0);
    assert_true(desk_number(desk, "sync.saved_here") > 0);
    assert_int_equal(desk_number(desk, "sync.sent") + desk_number(desk, "sync.received"), 0);
    /* Listed still, as what the office lacks. */
    assert_int_equal(desk_get(desk, "/api/records?type=action"), 200);
    assert_int_equal(desk_count(desk, "records"), 1);
    assert_string_equal(desk_text(desk, "records.0.sent"), "saved_here");
}

/* Out of the lists, but never out of reach: its page says that it was deleted, and gives it back. */
static void a_deleted_record__still_opens_and_comes_back(void **state)
{
    struct desk *desk = *state;
    char record[HOLDFAST_ID_TEXT_BYTES], path[TEXT_BYTES];
    const char *case_id = new_case_id(desk);
    new_action(desk, case_id, "Ask about a quiet room", record);
    assert_int_equal(desk_post(desk, path_of(path, "/api/records/", record, "/delete"), "{\"reason\":\"Twice\"}"), 200);
    assert_int_equal(desk_get(desk, "/api/records?type=action"), 200);
    assert_int_equal(desk_count(desk, "records"), 0);
    assert_int_equal(desk_get(desk, path_of(path, "/api/records/", record, "")), 200);
    assert_string_equal(desk_text(desk, "record.deleted"), "deleted");
    assert_int_equal(desk_post(desk, path_of(path, "/api/records/", record, "/restore"), "{\"reason\":\"Not twice\"}"),
                     200);
    assert_int_equal(desk_get(desk, path_of(path, "/api/records/", record, "")), 200);
    assert_string_equal(desk_text(desk, "record.deleted"), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_session__says_who_and_what, setup, teardown),
        cmocka_unit_test(a_new_folder__joins_by_an_invitation),
        cmocka_unit_test_setup_teardown(record_types__come_with_their_fields, setup, teardown),
        cmocka_unit_test_setup_teardown(a_case__is_listed_with_the_childs_name, setup, teardown),
        cmocka_unit_test_setup_teardown(two_autosaves_before_the_first_answer__make_one_record, setup, teardown),
        cmocka_unit_test_setup_teardown(a_draft__survives_the_app_and_opens_again, setup, teardown),
        cmocka_unit_test_setup_teardown(a_draft_of_a_part_whose_id_was_taken__opens_at_the_next_one_and_is_saved, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_draft__never_opens_in_another_case, setup, teardown),
        cmocka_unit_test_setup_teardown(a_form__says_what_it_is_about_or_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(a_form_that_was_open_meanwhile__clashes_and_overwrites_nothing, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_deleted_record__still_opens_and_comes_back, setup, teardown),
        cmocka_unit_test_setup_teardown(the_chronology__is_newest_first, setup, teardown),
        cmocka_unit_test_setup_teardown(news__wait_until_there_are_any, setup, teardown),
        cmocka_unit_test_setup_teardown(what_the_office_holds__needs_attention_until_it_is_settled, setup, teardown),
        cmocka_unit_test_setup_teardown(a_quiet_app__is_woken_for_the_keep_alive_only, setup, teardown),
        cmocka_unit_test_setup_teardown(the_app__stays_connected, setup, teardown),
        cmocka_unit_test_setup_teardown(a_sync_that_fails__says_why_and_counts_nothing_as_sent, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
