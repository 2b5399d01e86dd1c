/* Released procedures on a device, and what its cases owe by them. */
#include "core/base/text.h"
#include "core/replica/policies.h"
#include "tests/policy/support_tree.h"
#include "tests/replica/support_device.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TYPE_REQUEST    20
#define TYPE_MEETING    22
#define TYPE_DISCUSSION 34
#define TYPE_DECISION   25
#define TYPE_CASE       1
#define CASE_SSW        9
#define CASE_POLICY     6
#define PACK            "policies/procedure-b-fsm.json"
#define PACK_A          "policies/procedure-a-psm.json"
#define CALENDAR        "policies/calendars/england-and-wales-2027.json"

struct world {
    struct server *server;
    struct device *amara; /* opened the case */
    struct device *office;
    struct hf_id case_id;
    struct hf_id request;
};

static enum hf_status release(struct device *device, const char *path, const char *swap_from, const char *swap_to,
                              struct hf_id *out_change)
{
    struct hf_buf bytes = read_tree_file(path);
    struct hf_buf file = {0};
    hf_buf_append_u8(&bytes, 0);
    const char *text = (const char *)bytes.data;
    const char *at = swap_from ? strstr(text, swap_from) : NULL;
    assert_true(!swap_from || at);
    if (at) {
        hf_buf_append(&file, text, (size_t)(at - text));
        hf_buf_append_str(&file, swap_to);
        hf_buf_append_str(&file, at + strlen(swap_from));
    } else {
        hf_buf_append_str(&file, text);
    }
    enum hf_status status =
        hf_replica_release(device->replica, hf_buf_slice(&file), device->now_ms, out_change, &device->err);
    hf_buf_clear(&bytes);
    hf_buf_clear(&file);
    return status;
}

static void release_both(struct world *world)
{
    struct hf_id change;
    assert_int_equal(release(world->office, CALENDAR, NULL, NULL, &change), HF_OK);
    assert_int_equal(release(world->office, PACK, NULL, NULL, &change), HF_OK);
    device_sync(world->office);
    device_sync(world->amara);
    device_sync(world->office);
}

static struct hf_id put(struct device *device, const struct hf_id *case_id, const struct hf_id *record, uint16_t type,
                        const struct hf_put_value *values, size_t count)
{
    struct hf_id change;
    const struct hf_put put = {
        .case_id = *case_id, .record_id = *record, .type = type, .values = values, .count = count};
    assert_int_equal(hf_replica_put(device->replica, &put, device->now_ms, &change, &device->err), HF_OK);
    return change;
}

static int setup(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    world->server = server_new();
    world->amara = device_new(world->server, "Amara Field", HF_ROLE_WORKER);
    world->office = device_new(world->server, "Ben Office", HF_ROLE_OFFICE);
    world->case_id = device_case(world->amara, "INV-4821");
    world->request = device_id(world->amara);
    const struct hf_put_value values[] = {
        {"by_role", "carer"}, {"at", "2026-12-23T10:00:00Z"}, {"urgency", "imminent"}};
    (void)put(world->amara, &world->case_id, &world->request, TYPE_REQUEST, values, 3);
    device_push(world->amara);
    server_assign(world->server, &world->case_id, &world->amara->identity.person, true);
    device_sync(world->amara);
    device_sync(world->office);
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    device_free(world->amara);
    device_free(world->office);
    server_free(world->server);
    free(world);
    return 0;
}

struct found {
    const char *rule;
    size_t rows;  /* all */
    size_t count; /* of that rule */
    enum hf_duty_status status;
    bool late;
    uint64_t due_ms, first_due_ms;
    struct hf_book_person who;
    char owner[64], version[64], alert[64], id[HF_DUTY_ID_TEXT_BYTES];
};

static bool find(void *ctx, const struct hf_duty_view *view)
{
    struct found *found = ctx;
    found->rows++;
    if (strcmp(view->duty->rule->id, found->rule) != 0)
        return true;
    found->count++;
    found->status = view->duty->status;
    found->late = view->duty->late;
    found->due_ms = view->duty->due_ms;
    found->first_due_ms = view->duty->first_due_ms;
    found->who = view->who;
    (void)snprintf(found->owner, sizeof found->owner, "%s", view->duty->owner);
    (void)snprintf(found->version, sizeof found->version, "%s", view->view->pack->version);
    (void)snprintf(found->alert, sizeof found->alert, "%s", view->alert ? view->alert->code : "");
    hf_book_duty_id(view->view->pack, view->duty, found->id);
    return true;
}

static struct found duty_at(struct device *device, const char *rule, uint64_t now_ms)
{
    struct found found = {.rule = rule};
    const struct hf_duty_filter filter = {.now_ms = now_ms};
    assert_int_equal(hf_replica_duties(device->replica, &filter, find, &found, &device->err), HF_OK);
    return found;
}

/* 2026-12-29T23:59:59.999Z: two working days after a Wednesday before Christmas (domain 1.6). */
#define DUE_MS  UINT64_C(1798588799999)
#define HOUR_MS UINT64_C(3600000)

static void without_a_release__nothing_is_owed(void **state)
{
    struct world *world = *state;
    assert_int_equal(duty_at(world->amara, "FSM-55", DUE_MS).rows, 0);
}

static void a_release__reaches_every_device_and_says_what_is_due(void **state)
{
    struct world *world = *state;
    release_both(world);
    struct found found = duty_at(world->amara, "FSM-55", DUE_MS);
    assert_int_equal(found.count, 1);
    assert_int_equal(found.status, HF_DUTY_DUE);
    assert_int_equal(found.due_ms, DUE_MS);
    assert_string_equal(found.owner, "ssw");
    assert_string_equal(found.version, "2024-11");
    assert_int_equal(duty_at(world->amara, "FSM-55", DUE_MS + 1).status, HF_DUTY_OVERDUE);
    struct found office = duty_at(world->office, "FSM-55", DUE_MS + 1);
    assert_int_equal(office.status, HF_DUTY_OVERDUE);
    assert_string_equal(office.alert, "AL-URG");
    assert_string_equal(office.id, found.id);
}

/* --- the first limit --- */

static uint64_t first_due_at(struct device *device, uint64_t now_ms)
{
    return duty_at(device, "FSM-55", now_ms).first_due_ms;
}

static void set_request(struct world *world, const char *field, const char *text)
{
    const struct hf_put_value value = {field, text};
    (void)put(world->amara, &world->case_id, &world->request, TYPE_REQUEST, &value, 1);
}

static void a_request_whose_time_is_changed__keeps_its_first_limit(void **state)
{
    struct world *world = *state;
    release_both(world);
    assert_int_equal(first_due_at(world->amara, DUE_MS), 0);
    set_request(world, "reason", "They cannot go on");
    assert_int_equal(first_due_at(world->amara, DUE_MS), 0);
    set_request(world, "at", "2026-12-24T10:00:00Z");
    assert_int_equal(duty_at(world->amara, "FSM-55", DUE_MS).due_ms, DUE_MS + 24 * HOUR_MS);
    assert_int_equal(first_due_at(world->amara, DUE_MS), DUE_MS);
    set_request(world, "at", "2026-12-29T10:00:00Z");
    assert_int_equal(first_due_at(world->amara, DUE_MS), DUE_MS);
    device_push(world->amara);
    device_sync(world->office);
    assert_int_equal(first_due_at(world->office, DUE_MS), DUE_MS);
}

static void a_request_whose_urgency_is_lowered_and_raised__keeps_its_first_limit(void **state)
{
    struct world *world = *state;
    release_both(world);
    set_request(world, "urgency", "soon");
    assert_int_equal(duty_at(world->amara, "FSM-55", DUE_MS).count, 0);
    set_request(world, "at", "2026-12-28T10:00:00Z");
    set_request(world, "urgency", "imminent");
    assert_int_equal(duty_at(world->amara, "FSM-55", DUE_MS).count, 1);
    assert_int_equal(first_due_at(world->amara, DUE_MS), DUE_MS);
}

static void a_first_limit_that_somebody_wrote__stays_as_it_is(void **state)
{
    struct world *world = *state;
    release_both(world);
    set_request(world, "first_due", "2026-12-24T12:00:00Z");
    const uint64_t written = first_due_at(world->amara, DUE_MS);
    set_request(world, "at", "2026-12-24T10:00:00Z");
    assert_int_equal(first_due_at(world->amara, DUE_MS), written);
}

/* --- when it was, and when it was written down --- */

static uint64_t time_of_text(const char *text)
{
    uint64_t ms = 0;
    assert_int_equal(hf_text_parse_time(hf_slice_str(text), &ms), HF_OK);
    return ms;
}

static struct hf_id meeting_on(struct world *world, const char *start)
{
    char request[HF_ID_TEXT_BYTES];
    const struct hf_id meeting = device_id(world->amara);
    hf_id_format(&world->request, request);
    const struct hf_put_value values[] = {{"type", "fsm"}, {"status", "held"}, {"start", start}, {"request", request}};
    (void)put(world->amara, &world->case_id, &meeting, TYPE_MEETING, values, 4);
    return meeting;
}

static void what_is_written_down_late__counts_from_when_it_was(void **state)
{
    struct world *world = *state;
    release_both(world);
    world->amara->now_ms = time_of_text("2027-01-11T09:00:00Z");
    (void)meeting_on(world, "2026-12-29T10:00:00Z");
    const struct found duty = duty_at(world->amara, "FSM-55", world->amara->now_ms);
    assert_int_equal(duty.status, HF_DUTY_DONE);
    assert_false(duty.late);
}

static void what_was_late__is_late_however_soon_it_is_written_down(void **state)
{
    struct world *world = *state;
    release_both(world);
    world->amara->now_ms = time_of_text("2026-12-30T10:30:00Z");
    (void)meeting_on(world, "2026-12-30T10:00:00Z");
    const struct found duty = duty_at(world->amara, "FSM-55", world->amara->now_ms);
    assert_int_equal(duty.status, HF_DUTY_DONE);
    assert_true(duty.late);
}

/* That nothing is on record says nothing about whether it was done: a decision that is written down afterwards, and was
 * taken in time, makes it done. */
static void not_recorded__is_not_the_same_as_not_done(void **state)
{
    struct world *world = *state;
    char person[HF_ID_TEXT_BYTES], about[HF_ID_TEXT_BYTES];
    release_both(world);
    world->amara->now_ms = time_of_text("2027-01-04T09:00:00Z");
    const struct hf_id meeting = meeting_on(world, "2026-12-29T10:00:00Z");
    assert_int_equal(duty_at(world->amara, "FSM-47", world->amara->now_ms).status, HF_DUTY_NOT_RECORDED);
    char parent[HF_ID_TEXT_BYTES];
    hf_id_format(&meeting, parent);
    hf_id_format(&world->amara->identity.person, person);
    const struct hf_id child = device_id(world->amara), decision = device_id(world->amara);
    const struct hf_put_value name = {"name", "Robin Invented"};
    (void)put(world->amara, &world->case_id, &child, TYPE_CHILD, &name, 1);
    hf_id_format(&child, about);
    const struct hf_put_value values[] = {
        {"parent", parent}, {"person", about}, {"decision", "attend"}, {"by", person}, {"at", "2026-12-28T15:00:00Z"}};
    (void)put(world->amara, &world->case_id, &decision, TYPE_DECISION, values, 5);
    const struct found duty = duty_at(world->amara, "FSM-47", world->amara->now_ms);
    assert_int_equal(duty.status, HF_DUTY_DONE);
    assert_false(duty.late);
}

static void without_a_procedure__nothing_is_kept(void **state)
{
    struct world *world = *state;
    set_request(world, "at", "2026-12-24T10:00:00Z");
    release_both(world);
    assert_int_equal(first_due_at(world->amara, DUE_MS), 0);
}

static void a_release__outlives_closing(void **state)
{
    struct world *world = *state;
    release_both(world);
    device_reopen(world->amara);
    assert_int_equal(duty_at(world->amara, "FSM-55", DUE_MS).count, 1);
}

static void release__is_for_the_office(void **state)
{
    struct world *world = *state;
    struct hf_id change;
    assert_int_equal(release(world->amara, CALENDAR, NULL, NULL, &change), HF_ERR_DENIED);
    assert_int_equal(device_counts(world->amara).saved_here, 0);
}

static void release__needs_the_calendar_first(void **state)
{
    struct world *world = *state;
    struct hf_id change;
    assert_int_equal(release(world->office, PACK, NULL, NULL, &change), HF_ERR_NOT_FOUND);
    assert_int_equal(device_counts(world->office).saved_here, 0);
}

static void release__never_changes_and_again_is_nothing(void **state)
{
    struct world *world = *state;
    struct hf_id change;
    release_both(world);
    assert_int_equal(release(world->office, PACK, NULL, NULL, &change), HF_OK);
    assert_true(hf_id_is_zero(&change));
    assert_int_equal(release(world->office, PACK, "Fostering Support Meeting", "Support Meeting", &change),
                     HF_ERR_EXISTS);
    assert_int_equal(device_counts(world->office).saved_here, 0);
    assert_int_equal(release(world->office, PACK, "\"2024-11\"", "\"2026-12\"", &change), HF_OK);
    assert_false(hf_id_is_zero(&change));
    assert_string_equal(duty_at(world->office, "FSM-55", DUE_MS).version, "2026-12");
}

/* A version that is released today and in force later counts from its day on. */
static void versions__count_from_their_day(void **state)
{
    struct world *world = *state;
    struct hf_id change;
    struct hf_buf bytes = read_tree_file(PACK);
    release_both(world);
    hf_buf_append_u8(&bytes, 0);
    char *text = (char *)bytes.data;
    memcpy(strstr(text, "\"2024-11\""), "\"2026-12\"", 9);
    memcpy(strstr(text, "2024-11-01"), "2026-12-29", 10);
    assert_int_equal(hf_replica_release(world->office->replica, hf_slice_str(text), world->office->now_ms, &change,
                                        &world->office->err),
                     HF_OK);
    hf_buf_clear(&bytes);
    assert_string_equal(duty_at(world->office, "FSM-55", DUE_MS - 24 * HOUR_MS).version, "2024-11");
    assert_string_equal(duty_at(world->office, "FSM-55", DUE_MS).version, "2026-12");
}

static void a_release_that_is_held__counts_nowhere(void **state)
{
    struct world *world = *state;
    struct hf_id change;
    assert_int_equal(release(world->office, CALENDAR, NULL, NULL, &change), HF_OK);
    device_sync(world->office);
    world->server->hold = HF_HOLD_RIGHT;
    world->server->hold_seq = 1;
    assert_int_equal(release(world->office, PACK, NULL, NULL, &change), HF_OK);
    assert_int_equal(duty_at(world->office, "FSM-55", DUE_MS).count, 1);
    device_sync(world->office);
    device_sync(world->amara);
    assert_int_equal(duty_at(world->office, "FSM-55", DUE_MS).count, 0);
    assert_int_equal(duty_at(world->amara, "FSM-55", DUE_MS).count, 0);
}

/* --- who --- */

static void the_person__is_whom_the_case_names(void **state)
{
    struct world *world = *state;
    char person[HF_ID_TEXT_BYTES];
    release_both(world);
    struct hf_book_person who = duty_at(world->amara, "FSM-55", DUE_MS).who;
    assert_true(hf_id_is_zero(&who.person));
    hf_id_format(&world->amara->identity.person, person);
    const struct hf_put_value values[] = {{"ssw", person}};
    (void)put(world->amara, &world->case_id, &world->case_id, TYPE_CASE, values, 1);
    who = duty_at(world->amara, "FSM-55", DUE_MS).who;
    assert_true(hf_id_equal(&who.person, &world->amara->identity.person));
    assert_true(hf_id_is_zero(&who.instead_of));
}

static void somebody_who_is_away__is_stood_in_for(void **state)
{
    struct world *world = *state;
    char away[HF_ID_TEXT_BYTES], by[HF_ID_TEXT_BYTES];
    const struct hf_id cover = device_id(world->office);
    const struct hf_id post = device_id(world->office);
    release_both(world);
    hf_id_format(&world->amara->identity.person, away);
    hf_id_format(&world->office->identity.person, by);
    const struct hf_put_value held[] = {{"person", away}, {"role", "ssw"}};
    (void)put(world->office, &world->office->server->office_case, &post, HF_RECORD_POST, held, 2);
    struct hf_book_person who = duty_at(world->office, "FSM-55", DUE_MS).who;
    assert_true(hf_id_equal(&who.person, &world->amara->identity.person));
    const struct hf_put_value values[] = {
        {"person", away}, {"by", by}, {"from", "2026-12-28"}, {"until", "2026-12-29"}, {"cause", "leave"}};
    (void)put(world->office, &world->office->server->office_case, &cover, HF_RECORD_COVER, values, 5);
    who = duty_at(world->office, "FSM-55", DUE_MS).who;
    assert_true(hf_id_equal(&who.person, &world->office->identity.person));
    assert_true(hf_id_equal(&who.instead_of, &world->amara->identity.person));
    who = duty_at(world->office, "FSM-55", DUE_MS + 24 * HOUR_MS).who;
    assert_true(hf_id_equal(&who.person, &world->amara->identity.person));
}

/* --- settings --- */

static void decide(struct world *world, const char *name, const char *value, const char *from)
{
    world->office->now_ms += 1000; /* of two decisions on one day the later one counts */
    const struct hf_id record = device_id(world->office);
    const struct hf_put_value values[] = {{"policy", "sample.fsm"}, {"name", name}, {"value", value}, {"from", from}};
    (void)put(world->office, &world->office->server->office_case, &record, HF_RECORD_SETTING, values, 4);
}

static void a_setting__counts_from_its_day_and_can_be_taken_back(void **state)
{
    struct world *world = *state;
    release_both(world);
    assert_int_equal(duty_at(world->office, "FSM-55", DUE_MS).due_ms, DUE_MS);
    decide(world, "cutoff_hour", "9", "2026-12-29");
    assert_int_equal(duty_at(world->office, "FSM-55", DUE_MS - 24 * HOUR_MS).due_ms, DUE_MS);
    assert_int_equal(duty_at(world->office, "FSM-55", DUE_MS).due_ms, DUE_MS + 24 * HOUR_MS);
    decide(world, "cutoff_hour", "null", "2026-12-29");
    assert_int_equal(duty_at(world->office, "FSM-55", DUE_MS).due_ms, DUE_MS);
}

static void a_setting_of_no_sense__leaves_the_default(void **state)
{
    struct world *world = *state;
    release_both(world);
    decide(world, "cutoff_hour", "ninety", "2026-01-01");
    decide(world, "no_such_setting", "1", "2026-01-01");
    assert_int_equal(duty_at(world->office, "FSM-55", DUE_MS).due_ms, DUE_MS);
}

/* --- which procedure --- */

static void a_case__follows_the_procedure_that_it_names(void **state)
{
    struct world *world = *state;
    struct hf_id change;
    release_both(world);
    assert_int_equal(release(world->office, PACK_A, NULL, NULL, &change), HF_OK);
    assert_int_equal(duty_at(world->office, "FSM-55", DUE_MS).count, 1);
    const struct hf_put_value values[] = {{"policy_id", "sample.psm"}};
    (void)put(world->office, &world->case_id, &world->case_id, TYPE_CASE, values, 1);
    assert_int_equal(duty_at(world->office, "FSM-55", DUE_MS).count, 0);
}

static bool keep_policy(void *ctx, const struct hf_change_row *row)
{
    struct hf_data_body body;
    assert_int_equal(hf_data_body_decode(row->item.body, &body, NULL), HF_OK);
    (void)snprintf(ctx, 64, "%.*s", (int)body.policy.len, (const char *)body.policy.data);
    return true;
}

static void a_save__keeps_the_version_it_was_made_under(void **state)
{
    struct world *world = *state;
    char policy[64] = "";
    const struct hf_put_value values[] = {{"reason", "The carers ask for help"}};
    release_both(world);
    (void)put(world->amara, &world->case_id, &world->request, TYPE_REQUEST, values, 1);
    assert_int_equal(hf_replica_history(world->amara->replica, &world->request, keep_policy, policy), HF_OK);
    assert_string_equal(policy, "sample.fsm 2024-11");
}

/* --- finalising --- */

static enum hf_status finalise(struct world *world, const struct hf_id *record)
{
    struct hf_id change;
    return hf_replica_finalise_ready(world->amara->replica, record, hf_slice_of(NULL, 0), world->amara->now_ms, &change,
                                     &world->amara->err);
}

static void finalise__waits_for_what_is_required_and_says_so(void **state)
{
    struct world *world = *state;
    char parent[HF_ID_TEXT_BYTES];
    const struct hf_id meeting = device_id(world->amara);
    const struct hf_id discussion = device_id(world->amara);
    release_both(world);
    const struct hf_put_value held[] = {{"type", "fsm"}, {"status", "notes_draft"}, {"start", "2026-12-28T10:00:00Z"}};
    (void)put(world->amara, &world->case_id, &meeting, TYPE_MEETING, held, 3);
    assert_int_equal(finalise(world, &meeting), HF_ERR_STATE);
    assert_non_null(strstr(world->amara->err.text, "FSM-35"));
    hf_id_format(&meeting, parent);
    const struct hf_put_value both[] = {{"parent", parent}, {"child", "Settling"}, {"carers", "Tired"}};
    (void)put(world->amara, &world->case_id, &discussion, TYPE_DISCUSSION, both, 3);
    assert_int_equal(finalise(world, &meeting), HF_OK);
}

static void finalise__without_a_procedure_waits_for_nothing(void **state)
{
    struct world *world = *state;
    const struct hf_id meeting = device_id(world->amara);
    const struct hf_put_value held[] = {{"type", "fsm"}, {"status", "notes_draft"}};
    (void)put(world->amara, &world->case_id, &meeting, TYPE_MEETING, held, 2);
    assert_int_equal(finalise(world, &meeting), HF_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(without_a_release__nothing_is_owed, setup, teardown),
        cmocka_unit_test_setup_teardown(a_release__reaches_every_device_and_says_what_is_due, setup, teardown),
        cmocka_unit_test_setup_teardown(a_request_whose_time_is_changed__keeps_its_first_limit, setup, teardown),
        cmocka_unit_test_setup_teardown(a_request_whose_urgency_is_lowered_and_raised__keeps_its_first_limit, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_first_limit_that_somebody_wrote__stays_as_it_is, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_written_down_late__counts_from_when_it_was, setup, teardown),
        cmocka_unit_test_setup_teardown(what_was_late__is_late_however_soon_it_is_written_down, setup, teardown),
        cmocka_unit_test_setup_teardown(not_recorded__is_not_the_same_as_not_done, setup, teardown),
        cmocka_unit_test_setup_teardown(without_a_procedure__nothing_is_kept, setup, teardown),
        cmocka_unit_test_setup_teardown(a_release__outlives_closing, setup, teardown),
        cmocka_unit_test_setup_teardown(release__is_for_the_office, setup, teardown),
        cmocka_unit_test_setup_teardown(release__needs_the_calendar_first, setup, teardown),
        cmocka_unit_test_setup_teardown(release__never_changes_and_again_is_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(versions__count_from_their_day, setup, teardown),
        cmocka_unit_test_setup_teardown(a_release_that_is_held__counts_nowhere, setup, teardown),
        cmocka_unit_test_setup_teardown(the_person__is_whom_the_case_names, setup, teardown),
        cmocka_unit_test_setup_teardown(somebody_who_is_away__is_stood_in_for, setup, teardown),
        cmocka_unit_test_setup_teardown(a_setting__counts_from_its_day_and_can_be_taken_back, setup, teardown),
        cmocka_unit_test_setup_teardown(a_setting_of_no_sense__leaves_the_default, setup, teardown),
        cmocka_unit_test_setup_teardown(a_case__follows_the_procedure_that_it_names, setup, teardown),
        cmocka_unit_test_setup_teardown(finalise__waits_for_what_is_required_and_says_so, setup, teardown),
        cmocka_unit_test_setup_teardown(finalise__without_a_procedure_waits_for_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(a_save__keeps_the_version_it_was_made_under, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
