/* Lists, cases, names and counts. */
#include "tests/replica/support_device.h"

#include "core/pack/writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_MAX 16

struct world {
    struct server *server;
    struct device *device;
    struct hf_id case_id;
    struct hf_id other_case;
    struct hf_id first;  /* an action with due date and status */
    struct hf_id second; /* an action below the first */
    struct hf_id views;
    struct hf_id elsewhere; /* an action of the other case */
};

static struct hf_id save(struct world *world, const struct hf_id *case_id, uint16_t type, uint16_t field,
                         const char *text)
{
    struct hf_id record_id = device_id(world->device);
    device_save(world->device, case_id, &record_id, type, field, text_value(text));
    return record_id;
}

static void set_parent(struct world *world, const struct hf_id *record_id, const struct hf_id *parent)
{
    struct hf_buf value = {0};
    hf_pack_id(&value, parent);
    device_save(world->device, &world->case_id, record_id, TYPE_ACTION, HF_FIELD_PARENT, hf_buf_slice(&value));
    hf_buf_clear(&value);
}

static int setup(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    world->server = server_new();
    world->device = device_new(world->server, "Amara Field", HF_ROLE_OFFICE);
    world->case_id = device_case(world->device, "INV-2");
    world->other_case = device_case(world->device, "INV-1");
    world->first = save(world, &world->case_id, TYPE_ACTION, ACTION_TEXT, "Ring");
    world->second = save(world, &world->case_id, TYPE_ACTION, ACTION_TEXT, "Write");
    world->views = save(world, &world->case_id, TYPE_VIEWS, VIEWS_WORDS, "I like it here");
    world->elsewhere = save(world, &world->other_case, TYPE_ACTION, ACTION_TEXT, "Visit");
    device_save(world->device, &world->case_id, &world->first, TYPE_ACTION, ACTION_DUE, text_value("2026-12-01"));
    device_save(world->device, &world->case_id, &world->first, TYPE_ACTION, ACTION_STATUS, text_value("open"));
    set_parent(world, &world->second, &world->first);
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    device_free(world->device);
    server_free(world->server);
    free(world);
    return 0;
}

struct list {
    struct hf_replica *replica;
    size_t count;
    size_t most;
    struct hf_record_row rows[ROWS_MAX];
    char titles[ROWS_MAX][64];
    char dues[ROWS_MAX][64];
    char statuses[ROWS_MAX][64];
};

static void keep_text(struct hf_slice text, char out[64])
{
    (void)snprintf(out, 64, "%.*s", (int)text.len, text.len ? (const char *)text.data : "");
}

static bool keep_row(void *ctx, const struct hf_record_row *row)
{
    struct list *list = ctx;
    assert_true(list->count < ROWS_MAX);
    keep_text(row->title, list->titles[list->count]);
    keep_text(row->due, list->dues[list->count]);
    keep_text(row->status, list->statuses[list->count]);
    list->rows[list->count++] = *row;
    return list->count != list->most;
}

static struct list *list_of(struct world *world, const struct hf_record_filter *filter, size_t most)
{
    static struct list list;
    list = (struct list){.most = most};
    assert_int_equal(hf_replica_list(world->device->replica, filter, keep_row, &list), HF_OK);
    return &list;
}

/* --- lists --- */

static void list__goes_in_order_of_creation(void **state)
{
    struct world *world = *state;
    const struct hf_record_filter all = {.type = 0};
    struct list *list = list_of(world, &all, 0);
    assert_int_equal(list->count, 6);
    assert_true(hf_id_equal(&list->rows[0].record_id, &world->case_id));
    assert_true(hf_id_equal(&list->rows[1].record_id, &world->other_case));
    assert_true(hf_id_equal(&list->rows[2].record_id, &world->first));
    assert_true(hf_id_equal(&list->rows[3].record_id, &world->second));
    assert_true(hf_id_equal(&list->rows[5].record_id, &world->elsewhere));
}

static void list__filters_by_case_type_and_parent(void **state)
{
    struct world *world = *state;
    struct hf_record_filter filter = {.case_id = world->case_id};
    assert_int_equal(list_of(world, &filter, 0)->count, 4);
    filter.type = TYPE_ACTION;
    assert_int_equal(list_of(world, &filter, 0)->count, 2);
    filter.parent = world->first;
    struct list *list = list_of(world, &filter, 0);
    assert_int_equal(list->count, 1);
    assert_true(hf_id_equal(&list->rows[0].record_id, &world->second));
    filter = (struct hf_record_filter){.type = TYPE_ACTION};
    assert_int_equal(list_of(world, &filter, 0)->count, 3);
    filter.conflicts_only = true;
    assert_int_equal(list_of(world, &filter, 0)->count, 0);
}

static void list__shows_title_due_and_status(void **state)
{
    struct world *world = *state;
    const struct hf_record_filter filter = {.case_id = world->case_id, .type = TYPE_ACTION};
    struct list *list = list_of(world, &filter, 0);
    assert_string_equal(list->titles[0], "Ring");
    assert_string_equal(list->dues[0], "2026-12-01");
    assert_string_equal(list->statuses[0], "open");
    assert_string_equal(list->titles[1], "Write");
    assert_string_equal(list->dues[1], "");
    assert_true(hf_id_equal(&list->rows[1].parent, &world->first));
    assert_true(hf_id_is_zero(&list->rows[0].parent));
}

static void list__follows_what_is_edited(void **state)
{
    struct world *world = *state;
    const uint8_t nil = 0xc0;
    const struct hf_record_filter filter = {.case_id = world->case_id, .type = TYPE_ACTION};
    device_save(world->device, &world->case_id, &world->first, TYPE_ACTION, ACTION_TEXT, text_value("Ring twice"));
    device_save(world->device, &world->case_id, &world->first, TYPE_ACTION, ACTION_DUE, hf_slice_of(&nil, 1));
    device_save(world->device, &world->case_id, &world->second, TYPE_ACTION, HF_FIELD_PARENT, hf_slice_of(&nil, 1));
    struct list *list = list_of(world, &filter, 0);
    assert_string_equal(list->titles[0], "Ring twice");
    assert_string_equal(list->dues[0], "");
    assert_true(hf_id_is_zero(&list->rows[1].parent));
}

static void list__stops_when_told_to(void **state)
{
    struct world *world = *state;
    const struct hf_record_filter all = {.type = 0};
    assert_int_equal(list_of(world, &all, 2)->count, 2);
}

static bool list_below(void *ctx, const struct hf_record_row *row)
{
    struct list *list = ctx;
    const struct hf_record_filter below = {.parent = row->record_id};
    struct hf_record_state record = {0};
    char name[HF_PERSON_NAME_BYTES_MAX + 1];
    assert_int_equal(hf_replica_record(list->replica, &row->record_id, &record), HF_OK);
    hf_record_state_clear(&record);
    assert_int_equal(hf_replica_person_name(list->replica, &row->record_id, name), HF_ERR_NOT_FOUND);
    assert_int_equal(hf_replica_list(list->replica, &below, keep_row, list), HF_OK);
    return true;
}

static void reading__is_possible_while_reading(void **state)
{
    struct world *world = *state;
    struct list list = {.replica = world->device->replica};
    const struct hf_record_filter all = {.type = 0};
    assert_int_equal(hf_replica_list(world->device->replica, &all, list_below, &list), HF_OK);
    assert_int_equal(list.count, 1);
}

static void sent_state__is_that_of_the_newest_own_change(void **state)
{
    struct world *world = *state;
    const struct hf_record_filter filter = {.case_id = world->case_id, .type = TYPE_ACTION};
    assert_int_equal(list_of(world, &filter, 0)->rows[0].sent, HF_SAVED_HERE);
    device_push(world->device);
    assert_int_equal(list_of(world, &filter, 0)->rows[0].sent, HF_SENT);
    device_head(world->device);
    assert_int_equal(list_of(world, &filter, 0)->rows[0].sent, HF_RECEIVED);
    device_save(world->device, &world->case_id, &world->first, TYPE_ACTION, ACTION_TEXT, text_value("Ring twice"));
    assert_int_equal(list_of(world, &filter, 0)->rows[0].sent, HF_SAVED_HERE);
    assert_int_equal(list_of(world, &filter, 0)->rows[1].sent, HF_RECEIVED);
}

/* --- cases --- */

struct cases {
    size_t count;
    struct hf_case_row rows[ROWS_MAX];
    char references[ROWS_MAX][64];
};

static bool keep_case(void *ctx, const struct hf_case_row *row)
{
    struct cases *cases = ctx;
    keep_text(row->reference, cases->references[cases->count]);
    cases->rows[cases->count++] = *row;
    return true;
}

static void cases__are_listed_by_reference_without_the_office(void **state)
{
    struct world *world = *state;
    struct cases cases = {0};
    device_pull(world->device);
    assert_int_equal(hf_replica_cases(world->device->replica, keep_case, &cases), HF_OK);
    assert_int_equal(cases.count, 2);
    assert_string_equal(cases.references[0], "INV-1");
    assert_string_equal(cases.references[1], "INV-2");
    assert_true(hf_id_equal(&cases.rows[1].case_id, &world->case_id));
    assert_int_equal(cases.rows[1].record_count, 4);
    assert_int_equal(cases.rows[0].record_count, 2);
    assert_int_equal(cases.rows[0].unsent_count, 3);
    device_push(world->device);
    cases.count = 0;
    assert_int_equal(hf_replica_cases(world->device->replica, keep_case, &cases), HF_OK);
    assert_int_equal(cases.rows[0].unsent_count, 0);
}

static void clash__shows_in_case_list_and_title(void **state)
{
    struct world *world = *state;
    struct cases cases = {0};
    struct hf_id none = hf_id_zero();
    struct hf_id ignored;
    const struct hf_save_edit edits[] = {{.field = ACTION_TEXT, .value = text_value("Knock"), .bases = &none},
                                         {.field = ACTION_STATUS, .value = text_value("done"), .bases = &none}};
    const struct hf_save other = {
        .case_id = world->case_id, .record_id = world->first, .type = TYPE_ACTION, .edits = edits, .edit_count = 2};
    const struct hf_record_filter filter = {.conflicts_only = true};
    assert_int_equal(hf_replica_save(world->device->replica, &other, world->device->now_ms, &ignored, NULL), HF_OK);
    struct list *list = list_of(world, &filter, 0);
    assert_int_equal(list->count, 1);
    assert_int_equal(list->rows[0].conflict_count, 1);
    assert_true(strlen(list->titles[0]) > 0);
    assert_string_equal(list->statuses[0], "done"); /* further along than the other: no clash */
    assert_int_equal(hf_replica_cases(world->device->replica, keep_case, &cases), HF_OK);
    assert_int_equal(cases.rows[1].conflict_count, 1);
    assert_int_equal(device_counts(world->device).conflicts, 1);
}

/* --- names --- */

static void person_name__comes_from_the_staff_records(void **state)
{
    struct world *world = *state;
    char name[HF_PERSON_NAME_BYTES_MAX + 1];
    struct hf_id other = device_id(world->device);
    const struct hf_id *own = &world->device->identity.person;
    assert_int_equal(hf_replica_person_name(world->device->replica, own, name), HF_OK);
    assert_string_equal(name, "Amara Field"); /* from the enrolment */
    assert_int_equal(hf_replica_person_name(world->device->replica, &other, name), HF_ERR_NOT_FOUND);
    server_person(world->server, &other, "Chidi Road");
    device_pull(world->device);
    assert_int_equal(hf_replica_person_name(world->device->replica, &other, name), HF_OK);
    assert_string_equal(name, "Chidi Road");
}

static void staff_record_outside_the_office_case__names_nobody(void **state)
{
    struct world *world = *state;
    char name[HF_PERSON_NAME_BYTES_MAX + 1];
    struct hf_id person = save(world, &world->case_id, HF_RECORD_PERSON, HF_FIELD_PERSON_NAME, "Mallory");
    assert_int_equal(hf_replica_person_name(world->device->replica, &person, name), HF_ERR_NOT_FOUND);
}

/* --- counts and digests --- */

static void counts__add_up(void **state)
{
    struct world *world = *state;
    struct hf_replica_counts counts = device_counts(world->device);
    assert_int_equal(counts.cases, 2);
    assert_int_equal(counts.records, 6);
    assert_int_equal(counts.changes, 11);
    assert_int_equal(counts.saved_here, 11);
    assert_int_equal(counts.received, 0);
    assert_int_equal(counts.last_sync_ms, 0);
    assert_int_equal(counts.oldest_unsent_ms, world->server->now_ms);
    device_sync(world->device);
    counts = device_counts(world->device);
    assert_int_equal(counts.cases, 2);
    assert_int_equal(counts.records, 6); /* without the staff record */
    assert_int_equal(counts.changes, 13);
    assert_int_equal(counts.received, 11);
    assert_int_equal(counts.oldest_unsent_ms, 0);
    assert_true(counts.last_sync_ms > 0);
}

static void oldest_unsent__is_the_oldest_that_is_not_received(void **state)
{
    struct world *world = *state;
    device_sync(world->device);
    world->device->now_ms += 50000;
    uint64_t first = world->device->now_ms;
    device_save(world->device, &world->case_id, &world->first, TYPE_ACTION, ACTION_TEXT, text_value("a"));
    device_push(world->device); /* sent, not proved */
    world->device->now_ms += 50000;
    device_save(world->device, &world->case_id, &world->first, TYPE_ACTION, ACTION_TEXT, text_value("b"));
    assert_int_equal(device_counts(world->device).oldest_unsent_ms, first);
}

static void digest_of_a_case__changes_with_that_case_only(void **state)
{
    struct world *world = *state;
    uint8_t before[3][HF_HASH_BYTES];
    uint8_t after[3][HF_HASH_BYTES];
    struct hf_replica *replica = world->device->replica;
    assert_int_equal(hf_replica_digest(replica, &world->case_id, before[0]), HF_OK);
    assert_int_equal(hf_replica_digest(replica, &world->other_case, before[1]), HF_OK);
    assert_int_equal(hf_replica_digest(replica, NULL, before[2]), HF_OK);
    device_save(world->device, &world->case_id, &world->first, TYPE_ACTION, ACTION_TEXT, text_value("a"));
    assert_int_equal(hf_replica_digest(replica, &world->case_id, after[0]), HF_OK);
    assert_int_equal(hf_replica_digest(replica, &world->other_case, after[1]), HF_OK);
    assert_int_equal(hf_replica_digest(replica, NULL, after[2]), HF_OK);
    assert_memory_not_equal(before[0], after[0], HF_HASH_BYTES);
    assert_memory_equal(before[1], after[1], HF_HASH_BYTES);
    assert_memory_not_equal(before[2], after[2], HF_HASH_BYTES);
}

/* The digest of all cases, computed here from the digests of each as the header says. */
static void digest_of_all__is_over_cases_in_order_without_the_office(void **state)
{
    struct world *world = *state;
    struct hf_sha256 hash;
    uint8_t digest[HF_HASH_BYTES];
    uint8_t all[HF_HASH_BYTES];
    device_pull(world->device); /* the office case has a record now */
    bool swap = hf_id_compare(&world->case_id, &world->other_case) > 0;
    const struct hf_id *ids[] = {swap ? &world->other_case : &world->case_id,
                                 swap ? &world->case_id : &world->other_case};
    hf_sha256_begin(&hash);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(hf_replica_digest(world->device->replica, ids[i], digest), HF_OK);
        hf_sha256_add(&hash, ids[i]->bytes, sizeof ids[i]->bytes);
        hf_sha256_add(&hash, digest, sizeof digest);
    }
    hf_sha256_end(&hash, digest);
    assert_int_equal(hf_replica_digest(world->device->replica, NULL, all), HF_OK);
    assert_memory_equal(all, digest, sizeof all);
}

static bool count_change(void *ctx, const struct hf_change_row *row)
{
    (void)row;
    return ++*(size_t *)ctx < 2;
}

static void what_is_not_there__is_not_found(void **state)
{
    struct world *world = *state;
    struct hf_id nothing = device_id(world->device);
    struct hf_record_state record = {0};
    size_t count = 0;
    assert_int_equal(hf_replica_record(world->device->replica, &nothing, &record), HF_ERR_NOT_FOUND);
    assert_int_equal(hf_replica_change(world->device->replica, &nothing, count_change, &count), HF_ERR_NOT_FOUND);
    assert_int_equal(hf_replica_history(world->device->replica, &nothing, count_change, &count), HF_OK);
    assert_int_equal(count, 0);
    assert_int_equal(hf_replica_history(world->device->replica, &world->first, count_change, &count), HF_OK);
    assert_int_equal(count, 2); /* of three: told to stop */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(list__goes_in_order_of_creation),
        TEST(list__filters_by_case_type_and_parent),
        TEST(list__shows_title_due_and_status),
        TEST(list__follows_what_is_edited),
        TEST(list__stops_when_told_to),
        TEST(reading__is_possible_while_reading),
        TEST(sent_state__is_that_of_the_newest_own_change),
        TEST(cases__are_listed_by_reference_without_the_office),
        TEST(clash__shows_in_case_list_and_title),
        TEST(person_name__comes_from_the_staff_records),
        TEST(staff_record_outside_the_office_case__names_nobody),
        TEST(counts__add_up),
        TEST(oldest_unsent__is_the_oldest_that_is_not_received),
        TEST(digest_of_a_case__changes_with_that_case_only),
        TEST(digest_of_all__is_over_cases_in_order_without_the_office),
        TEST(what_is_not_there__is_not_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
