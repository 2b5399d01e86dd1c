/* Who a clash goes to: the people of the meeting, then the office. */
#include "tests/replica/support_device.h"

#include <stdlib.h>
#include <string.h>

#define TYPE_MEETING     22
#define MEETING_CHAIR    9
#define MEETING_ARRANGER 12
#define MEETING_MINUTER  14
#define FIELD_PARENT     1

struct world {
    struct server *server;
    struct device *amara, *chidi, *bola, *auditor;
    struct hf_id case_id, meeting, action, update;
};

static struct hf_slice ref_value(const struct hf_id *id)
{
    static uint8_t bytes[16][18];
    static size_t next;
    uint8_t *out = bytes[next++ % 16];
    out[0] = 0xc4;
    out[1] = HF_ID_BYTES;
    memcpy(out + 2, id->bytes, HF_ID_BYTES);
    return hf_slice_of(out, 18);
}

static struct hf_id save(struct world *world, const struct hf_id *record, uint16_t type, uint16_t field,
                         struct hf_slice value)
{
    return device_save(world->amara, &world->case_id, record, type, field, value);
}

static int setup(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    world->server = server_new();
    world->amara = device_new(world->server, "Amara Field", HF_ROLE_WORKER);
    world->chidi = device_new(world->server, "Chidi Road", HF_ROLE_MANAGER);
    world->bola = device_new(world->server, "Bola Street", HF_ROLE_WORKER);
    world->auditor = device_new(world->server, "Ivo Check", HF_ROLE_AUDITOR);
    world->case_id = device_case(world->amara, "INV-4821");
    world->meeting = device_id(world->amara);
    world->action = device_id(world->amara);
    world->update = device_id(world->amara);
    save(world, &world->meeting, TYPE_MEETING, FIELD_PARENT, ref_value(&world->case_id));
    save(world, &world->action, TYPE_ACTION, FIELD_PARENT, ref_value(&world->meeting));
    save(world, &world->update, TYPE_ACTION_UPDATE, FIELD_PARENT, ref_value(&world->action));
    device_sync(world->amara);
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    device_free(world->amara);
    device_free(world->chidi);
    device_free(world->bola);
    device_free(world->auditor);
    server_free(world->server);
    free(world);
    return 0;
}

struct asked {
    size_t count;
    struct hf_decider deciders[HF_DECIDERS_MAX];
};

static struct asked ask(struct world *world, const struct hf_id *record)
{
    struct asked asked = {0};
    struct hf_record_state found = {0};
    assert_int_equal(hf_replica_record(world->amara->replica, record, &found), HF_OK);
    assert_int_equal(hf_replica_deciders(world->amara->replica, &found, asked.deciders, &asked.count), HF_OK);
    hf_record_state_clear(&found);
    return asked;
}

static void name(struct world *world, uint16_t field, const struct hf_id *person)
{
    save(world, &world->meeting, TYPE_MEETING, field, ref_value(person));
}

static void meeting_without_people__leaves_it_to_the_office(void **state)
{
    struct world *world = *state;
    assert_int_equal(ask(world, &world->action).count, 0);
    assert_int_equal(ask(world, &world->case_id).count, 0);
}

static void chair_then_note_taker_then_arranger__are_asked_for_all_that_belongs_to_the_meeting(void **state)
{
    struct world *world = *state;
    name(world, MEETING_ARRANGER, &world->amara->identity.person);
    name(world, MEETING_CHAIR, &world->chidi->identity.person);
    const struct hf_id *const of[] = {&world->meeting, &world->action, &world->update};
    for (size_t i = 0; i < 3; i++) {
        struct asked asked = ask(world, of[i]);
        assert_int_equal(asked.count, 2);
        assert_int_equal(asked.deciders[0].role, HF_DECIDER_CHAIR);
        assert_string_equal(asked.deciders[0].name, "Chidi Road");
        assert_true(hf_id_equal(&asked.deciders[0].person, &world->chidi->identity.person));
        assert_int_equal(asked.deciders[1].role, HF_DECIDER_ARRANGER);
        assert_string_equal(asked.deciders[1].name, "Amara Field");
    }
    assert_int_equal(ask(world, &world->case_id).count, 0); /* the case is above the meeting */
    name(world, MEETING_MINUTER, &world->amara->identity.person);
    struct asked asked = ask(world, &world->action); /* each person once */
    assert_int_equal(asked.count, 2);
    assert_int_equal(asked.deciders[1].role, HF_DECIDER_MINUTER);
}

static void people_without_a_device_that_records__are_not_asked(void **state)
{
    struct world *world = *state;
    struct hf_id stranger = device_id(world->amara);
    name(world, MEETING_CHAIR, &stranger);
    name(world, MEETING_ARRANGER, &world->auditor->identity.person);
    assert_int_equal(ask(world, &world->action).count, 0);
    name(world, MEETING_MINUTER, &world->chidi->identity.person);
    assert_int_equal(ask(world, &world->action).count, 1);
    server_revoke(world->server, world->chidi->identity.sign.public_key);
    device_sync(world->amara);
    assert_int_equal(ask(world, &world->action).count, 0);
}

static void assign(struct world *world, const struct device *to, bool held)
{
    (void)server_assign(world->server, &world->case_id, &to->identity.person, held);
    device_sync(world->amara);
}

/* A field worker sees the cases they hold; somebody else who does is asked in their place. */
static void worker_who_does_not_hold_the_case__is_not_asked(void **state)
{
    struct world *world = *state;
    name(world, MEETING_CHAIR, &world->bola->identity.person);
    assert_int_equal(ask(world, &world->action).count, 0);
    assign(world, world->bola, true);
    struct asked asked = ask(world, &world->action);
    assert_int_equal(asked.count, 1);
    assert_string_equal(asked.deciders[0].name, "Bola Street");
    name(world, MEETING_MINUTER, &world->chidi->identity.person);
    assign(world, world->bola, false);
    asked = ask(world, &world->action);
    assert_int_equal(asked.count, 1);
    assert_int_equal(asked.deciders[0].role, HF_DECIDER_MINUTER);
    const struct hf_id other = device_id(world->amara);
    (void)server_assign(world->server, &other, &world->bola->identity.person, true);
    device_sync(world->amara);
    assert_int_equal(ask(world, &world->action).count, 1);
    assign(world, world->bola, true);
    assert_int_equal(ask(world, &world->action).count, 2);
}

/* Nobody else knows of the case yet, so nothing says who holds it. */
static void who_opened_the_case_here__is_asked_before_the_office_has_heard_of_it(void **state)
{
    struct world *world = *state;
    const struct hf_id case_id = device_case(world->amara, "INV-4822"), meeting = device_id(world->amara);
    device_save(world->amara, &case_id, &meeting, TYPE_MEETING, FIELD_PARENT, ref_value(&case_id));
    device_save(world->amara, &case_id, &meeting, TYPE_MEETING, MEETING_CHAIR,
                ref_value(&world->amara->identity.person));
    assert_int_equal(ask(world, &meeting).count, 1);
}

static void chair_in_a_clash__is_not_asked(void **state)
{
    struct world *world = *state;
    struct hf_id none = hf_id_zero();
    struct hf_id ignored;
    name(world, MEETING_CHAIR, &world->chidi->identity.person);
    const struct hf_save_edit edit = {
        .field = MEETING_CHAIR, .value = ref_value(&world->amara->identity.person), .bases = &none};
    const struct hf_save other = {
        .case_id = world->case_id, .record_id = world->meeting, .type = TYPE_MEETING, .edits = &edit, .edit_count = 1};
    assert_int_equal(hf_replica_save(world->amara->replica, &other, world->amara->now_ms, &ignored, NULL), HF_OK);
    assert_int_equal(ask(world, &world->action).count, 0);
}

static void records_that_belong_to_each_other__come_to_an_end(void **state)
{
    struct world *world = *state;
    struct hf_id a = device_id(world->amara), b = device_id(world->amara);
    save(world, &a, TYPE_ACTION, FIELD_PARENT, ref_value(&b));
    save(world, &b, TYPE_ACTION, FIELD_PARENT, ref_value(&a));
    assert_int_equal(ask(world, &a).count, 0);
}

/* What belongs to a meeting goes on without it: it keeps its place, its clash and those who settle it, and is no clash
 * of the meeting. */
static void meeting_that_is_deleted__leaves_what_points_at_it_as_it_was(void **state)
{
    struct world *world = *state;
    struct hf_record_state found = {0};
    struct hf_id ignored;
    name(world, MEETING_CHAIR, &world->chidi->identity.person);
    save(world, &world->action, TYPE_ACTION, ACTION_TEXT, text_value("Ring"));
    assert_int_equal(hf_replica_delete(world->amara->replica, &world->meeting, hf_slice_str("Entered twice"),
                                       world->amara->now_ms, &ignored, NULL),
                     HF_OK);
    assert_int_equal(hf_replica_record(world->amara->replica, &world->meeting, &found), HF_OK);
    assert_true(found.deleted == HF_DELETED_YES);
    hf_record_state_clear(&found);
    save(world, &world->action, TYPE_ACTION, ACTION_TEXT, text_value("Write")); /* does not bring the meeting back */
    for (int synced = 0; synced < 2; synced++) {
        assert_int_equal(hf_replica_record(world->amara->replica, &world->meeting, &found), HF_OK);
        assert_true(found.deleted == HF_DELETED_YES);
        hf_record_state_clear(&found);
        assert_int_equal(hf_replica_record(world->amara->replica, &world->action, &found), HF_OK);
        assert_true(found.deleted == HF_DELETED_NOT);
        assert_int_equal(hf_record_state_field(&found, FIELD_PARENT)->count, 1);
        assert_int_equal(hf_merge_conflict_count(&found), 0);
        hf_record_state_clear(&found);
        assert_int_equal(ask(world, &world->action).count, 1);
        device_sync(world->amara);
    }
}

static bool keep_row(void *ctx, const struct hf_conflict_row *row)
{
    *(struct hf_conflict_row *)ctx = *row;
    return true;
}

static void clash__says_who_is_asked(void **state)
{
    struct world *world = *state;
    struct hf_conflict_row row = {0};
    struct hf_id none = hf_id_zero();
    struct hf_id ignored;
    name(world, MEETING_CHAIR, &world->chidi->identity.person);
    save(world, &world->action, TYPE_ACTION, ACTION_TEXT, text_value("Ring"));
    const struct hf_save_edit edit = {.field = ACTION_TEXT, .value = text_value("Write"), .bases = &none};
    const struct hf_save other = {
        .case_id = world->case_id, .record_id = world->action, .type = TYPE_ACTION, .edits = &edit, .edit_count = 1};
    assert_int_equal(hf_replica_save(world->amara->replica, &other, world->amara->now_ms, &ignored, NULL), HF_OK);
    assert_int_equal(hf_replica_conflicts(world->amara->replica, NULL, keep_row, &row), HF_OK);
    assert_int_equal(row.decider_count, 1);
    assert_string_equal(row.deciders[0].name, "Chidi Road");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(meeting_without_people__leaves_it_to_the_office),
        TEST(chair_then_note_taker_then_arranger__are_asked_for_all_that_belongs_to_the_meeting),
        TEST(people_without_a_device_that_records__are_not_asked),
        TEST(worker_who_does_not_hold_the_case__is_not_asked),
        TEST(who_opened_the_case_here__is_asked_before_the_office_has_heard_of_it),
        TEST(chair_in_a_clash__is_not_asked),
        TEST(records_that_belong_to_each_other__come_to_an_end),
        TEST(meeting_that_is_deleted__leaves_what_points_at_it_as_it_was),
        TEST(clash__says_who_is_asked),
    };
    if (hf_crypto_init(false) != HF_OK)
        return 1;
    return cmocka_run_group_tests_name("deciders", tests, NULL, NULL);
}
