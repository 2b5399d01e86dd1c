/* Practice concerns on a device: who is named later has all of it, who is taken off the list has none of it. */
#include "tests/replica/support_device.h"

#include "core/pack/writer.h"
#include "core/replica/search.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONCERN_TEXT    5
#define CONCERN_ALLOWED 9

struct world {
    struct server *server;
    struct device *amara, *mo;
    struct hf_id case_id, record_id;
};

static int setup(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    world->server = server_new();
    world->amara = device_new(world->server, "Amara Field", HF_ROLE_WORKER);
    world->mo = device_new(world->server, "Mo Manager", HF_ROLE_MANAGER);
    world->case_id = device_case(world->amara, "INV-4821");
    device_sync(world->amara);
    device_sync(world->mo);
    world->record_id = device_id(world->amara);
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    device_free(world->amara);
    device_free(world->mo);
    server_free(world->server);
    free(world);
    return 0;
}

static void say(struct world *world, const char *words)
{
    device_save(world->amara, &world->case_id, &world->record_id, HF_RECORD_CONCERN, CONCERN_TEXT, text_value(words));
}

static void list(struct world *world, struct device *by, bool add)
{
    struct hf_buf id = {0}, set = {0};
    hf_pack_id(&id, &world->mo->identity.person);
    const struct hf_slice element = hf_buf_slice(&id);
    hf_set_edit_encode(&element, add ? 1 : 0, &element, add ? 0 : 1, &set);
    device_save(by, &world->case_id, &world->record_id, HF_RECORD_CONCERN, CONCERN_ALLOWED, hf_buf_slice(&set));
    hf_buf_clear(&id);
    hf_buf_clear(&set);
}

/* The newest entry comes by the general feed and those before it do not, as server/feed.c does it. */
static void mo_hears_the_last(struct world *world)
{
    size_t purged;
    device_push(world->amara);
    struct hf_item last = server_item(world->server, world->server->size - 1);
    assert_int_equal(device_feed(world->mo, &last, 1, world->server->size), HF_OK);
    assert_int_equal(hf_replica_purge_ready(world->mo->replica, &purged, &world->mo->err), HF_OK);
}

static void person_named_later__has_what_was_said_before(void **state)
{
    struct world *world = *state;
    say(world, "Invented concern");
    say(world, "Invented concern, more of it");
    list(world, world->amara, true);
    mo_hears_the_last(world);
    assert_string_equal(device_text(world->mo, &world->record_id, CONCERN_TEXT), "");
    device_pull(world->mo);
    assert_string_equal(device_text(world->mo, &world->record_id, CONCERN_TEXT), "Invented concern, more of it");
    assert_same_state(world->amara, world->mo);
}

static size_t rows_of(struct device *device, const struct hf_id *record_id)
{
    char sql[200], hex[HF_ID_BYTES * 2 + 1];
    for (size_t i = 0; i < HF_ID_BYTES; i++)
        (void)snprintf(hex + 2 * i, 3, "%02x", record_id->bytes[i]);
    (void)snprintf(sql, sizeof sql,
                   "SELECT (SELECT count(*) FROM changes WHERE record_id = x'%s')"
                   " + (SELECT count(*) FROM records WHERE record_id = x'%s')",
                   hex, hex);
    return device_number(device, sql);
}

static void person_taken_off_the_list__has_nothing_of_it_left(void **state)
{
    struct world *world = *state;
    say(world, "Invented concern about sleeplessness");
    list(world, world->amara, true);
    mo_hears_the_last(world);
    device_pull(world->mo);
    assert_true(rows_of(world->mo, &world->record_id) >= 3);
    list(world, world->amara, false);
    mo_hears_the_last(world);
    assert_int_equal(rows_of(world->mo, &world->record_id), 0);
    assert_true(device_wal_is_empty(world->mo));
    assert_string_equal(device_text(world->amara, &world->record_id, CONCERN_TEXT),
                        "Invented concern about sleeplessness");
}

static void person_who_takes_themselves_off__keeps_it_until_that_was_sent(void **state)
{
    struct world *world = *state;
    size_t purged;
    say(world, "Invented concern");
    list(world, world->amara, true);
    mo_hears_the_last(world);
    device_pull(world->mo);
    list(world, world->mo, false);
    assert_int_equal(hf_replica_purge_ready(world->mo->replica, &purged, &world->mo->err), HF_OK);
    assert_true(rows_of(world->mo, &world->record_id) > 0);
    device_push(world->mo);
    assert_int_equal(hf_replica_purge_ready(world->mo->replica, &purged, &world->mo->err), HF_OK);
    assert_int_equal(rows_of(world->mo, &world->record_id), 0);
    device_reopen(world->mo); /* the chain of the device is whole */
}

static void person_put_back__has_all_of_it_again(void **state)
{
    struct world *world = *state;
    say(world, "Invented concern");
    list(world, world->amara, true);
    mo_hears_the_last(world);
    device_pull(world->mo);
    list(world, world->amara, false);
    mo_hears_the_last(world);
    say(world, "Invented concern, later");
    list(world, world->amara, true);
    mo_hears_the_last(world);
    device_pull(world->mo);
    assert_same_state(world->amara, world->mo);
}

static void taking_off_with_other_changes__is_refused(void **state)
{
    struct world *world = *state;
    struct hf_buf id = {0}, set = {0};
    struct hf_id change;
    say(world, "Invented concern");
    list(world, world->amara, true);
    hf_pack_id(&id, &world->mo->identity.person);
    const struct hf_slice element = hf_buf_slice(&id);
    hf_set_edit_encode(NULL, 0, &element, 1, &set);
    const struct hf_save_edit edits[] = {{.field = CONCERN_TEXT, .value = text_value("Other words")},
                                         {.field = CONCERN_ALLOWED, .value = hf_buf_slice(&set)}};
    const struct hf_save save = {.case_id = world->case_id,
                                 .record_id = world->record_id,
                                 .type = HF_RECORD_CONCERN,
                                 .edits = edits,
                                 .edit_count = 2};
    assert_int_equal(hf_replica_save(world->amara->replica, &save, world->amara->now_ms, &change, &world->amara->err),
                     HF_ERR_INVALID);
    assert_non_null(strstr(world->amara->err.text, "in a save of its own"));
    hf_buf_clear(&id);
    hf_buf_clear(&set);
}

#define TYPE_CIRCULATION     37
#define CIRCULATION_DOCUMENT 11
#define TYPE_DOCUMENT        78
#define MEETING_PLACE        7
#define ACTION_NEEDS         10

static enum hf_status refer(struct world *world, uint16_t type, uint16_t field, const struct hf_id *to)
{
    struct hf_buf value = {0};
    struct hf_id record = device_id(world->amara), change;
    hf_pack_id(&value, to);
    enum hf_status status =
        device_try_save(world->amara, &world->case_id, &record, type, field, hf_buf_slice(&value), false, &change);
    hf_buf_clear(&value);
    return status;
}

static enum hf_status refer_among(struct world *world, uint16_t type, uint16_t field, const struct hf_id *to)
{
    struct hf_buf id = {0}, set = {0};
    struct hf_id record = device_id(world->amara), change;
    hf_pack_id(&id, to);
    const struct hf_slice element = hf_buf_slice(&id);
    hf_set_edit_encode(&element, 1, NULL, 0, &set);
    enum hf_status status =
        device_try_save(world->amara, &world->case_id, &record, type, field, hf_buf_slice(&set), false, &change);
    hf_buf_clear(&id);
    hf_buf_clear(&set);
    return status;
}

/* A field of several values holds no way round it. */
static void concern__stands_in_no_set_of_what_others_read(void **state)
{
    struct world *world = *state;
    const struct hf_id document = device_id(world->amara);
    say(world, "Invented concern");
    device_save(world->amara, &world->case_id, &document, TYPE_DOCUMENT, 3, text_value("Minutes"));
    assert_int_equal(refer_among(world, TYPE_ACTION, ACTION_NEEDS, &document), HF_OK);
    assert_int_equal(refer_among(world, TYPE_ACTION, ACTION_NEEDS, &world->record_id), HF_ERR_INVALID);
    assert_non_null(strstr(world->amara->err.text, "stays apart"));
}

/* FSM-37: never stored in, sent with or filed with the notes of a meeting. */
static void concern__is_no_part_of_a_meeting_and_goes_out_with_nothing(void **state)
{
    struct world *world = *state;
    const struct hf_id meeting = device_id(world->amara), document = device_id(world->amara);
    say(world, "Invented concern");
    device_save(world->amara, &world->case_id, &meeting, HF_RECORD_MEETING, MEETING_PLACE, text_value("Town hall"));
    device_save(world->amara, &world->case_id, &document, TYPE_DOCUMENT, 3, text_value("Minutes"));
    assert_int_equal(refer(world, TYPE_CIRCULATION, CIRCULATION_DOCUMENT, &document), HF_OK);
    assert_int_equal(refer(world, TYPE_CIRCULATION, HF_FIELD_PARENT, &meeting), HF_OK);
    assert_int_equal(refer(world, TYPE_CIRCULATION, CIRCULATION_DOCUMENT, &world->record_id), HF_ERR_INVALID);
    assert_non_null(strstr(world->amara->err.text, "stays apart"));
    assert_int_equal(refer(world, TYPE_CIRCULATION, HF_FIELD_PARENT, &world->record_id), HF_ERR_INVALID);
    assert_int_equal(refer(world, TYPE_DOCUMENT, HF_FIELD_PARENT, &world->record_id), HF_ERR_INVALID);
    assert_int_equal(refer(world, TYPE_ACTION, HF_FIELD_PARENT, &world->record_id), HF_ERR_INVALID);
    assert_int_equal(refer(world, HF_RECORD_CONCERN, HF_FIELD_PARENT, &meeting), HF_ERR_INVALID);
    assert_non_null(strstr(world->amara->err.text, "never part of a meeting"));
    assert_int_equal(refer(world, HF_RECORD_CONCERN, HF_FIELD_PARENT, &world->case_id), HF_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(person_named_later__has_what_was_said_before, setup, teardown),
        cmocka_unit_test_setup_teardown(person_taken_off_the_list__has_nothing_of_it_left, setup, teardown),
        cmocka_unit_test_setup_teardown(person_who_takes_themselves_off__keeps_it_until_that_was_sent, setup, teardown),
        cmocka_unit_test_setup_teardown(person_put_back__has_all_of_it_again, setup, teardown),
        cmocka_unit_test_setup_teardown(concern__is_no_part_of_a_meeting_and_goes_out_with_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(concern__stands_in_no_set_of_what_others_read, setup, teardown),
        cmocka_unit_test_setup_teardown(taking_off_with_other_changes__is_refused, setup, teardown),
    };
    return cmocka_run_group_tests_name("replica/restricted", tests, NULL, NULL);
}
