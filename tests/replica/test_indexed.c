/* Rows that wait to be put into their indices are found like those that stand in them: at the end of the table, when it
 * grew too long, and where rows behind the end went. */
#include "tests/replica/support_world.h"

#include "core/replica/indexed.h"
#include "core/replica/policies.h"

#include <stdio.h>

#define MANY (HF_UNINDEXED_MAX + HF_UNINDEXED_MAX / 4)

static struct hf_id action(struct world *world)
{
    const struct hf_id record_id = device_id(world->device);
    device_save(world->device, &world->case_id, &record_id, TYPE_ACTION, ACTION_TEXT, text_value("Book the dentist"));
    return record_id;
}

static bool count_record(void *ctx, const struct hf_record_row *row)
{
    size_t *count = ctx;
    assert_int_equal(row->type, TYPE_ACTION);
    ++*count;
    return true;
}

static size_t listed(struct world *world, const struct hf_record_filter *filter)
{
    size_t count = 0;
    assert_int_equal(hf_replica_list(world->device->replica, filter, count_record, &count), HF_OK);
    return count;
}

static bool count_of_case(void *ctx, const struct hf_case_row *row)
{
    *(size_t *)ctx += row->record_count;
    return true;
}

static bool count_change(void *ctx, const struct hf_change_row *row)
{
    (void)row;
    ++*(size_t *)ctx;
    return true;
}

static void assert_change_is_found(struct world *world, const struct hf_id *change_id)
{
    size_t count = 0;
    assert_int_equal(hf_replica_change(world->device->replica, change_id, count_change, &count), HF_OK);
    assert_int_equal(count, 1);
}

/* By case, by kind, with their case's count, digest and its duties' view. */
static void assert_all_are_found(struct world *world, size_t actions)
{
    const struct hf_record_filter of_case = {.case_id = world->case_id, .type = TYPE_ACTION};
    const struct hf_record_filter of_type = {.type = TYPE_ACTION};
    struct hf_case_records records = {0};
    size_t of_cases = 0;
    assert_int_equal(listed(world, &of_case), actions);
    assert_int_equal(listed(world, &of_type), actions);
    assert_int_equal(hf_replica_cases(world->device->replica, count_of_case, &of_cases), HF_OK);
    assert_int_equal(of_cases, actions + 1);
    assert_int_equal(hf_replica_case_records(world->device->replica, &world->case_id, &records, &world->device->err),
                     HF_OK);
    assert_int_equal(records.count, actions + 1);
    hf_case_records_clear(&records);
    assert_int_equal(device_counts(world->device).records, actions + 1);
}

static size_t waiting(struct world *world, const char *table)
{
    char sql[64];
    (void)snprintf(sql, sizeof sql, "SELECT count(*) FROM %s WHERE indexed = 0", table);
    return device_number(world->device, sql);
}

/* The tables in memory name the rows that wait, and no others. */
static void assert_ends_fit(struct world *world)
{
    static const char *const tables[][2] = {{"changes", "changes_end"}, {"records", "records_end"}};
    for (size_t i = 0; i < 2; i++) {
        char sql[512];
        (void)snprintf(sql, sizeof sql,
                       "SELECT (SELECT count(*) FROM (SELECT record_id, seq FROM %s WHERE indexed = 0 AND record_id IS "
                       "NOT NULL EXCEPT SELECT record_id, row FROM %s))"
                       " + (SELECT count(*) FROM (SELECT record_id, row FROM %s EXCEPT SELECT record_id, seq FROM %s"
                       " WHERE indexed = 0))",
                       tables[i][0], tables[i][1], tables[i][1], tables[i][0]);
        assert_int_equal(device_number(world->device, sql), 0);
    }
}

static void assert_sound(struct world *world)
{
    assert_ends_fit(world);
    assert_int_equal(device_number(world->device, "SELECT count(*) FROM pragma_integrity_check()"
                                                  " WHERE integrity_check <> 'ok'"),
                     0);
}

static void what_waits__is_found_like_the_rest(void **state)
{
    struct world *world = *state;
    size_t most = 0;
    for (size_t i = 1; i <= MANY; i++) {
        (void)action(world);
        const size_t now = waiting(world, "changes");
        most = now > most ? now : most;
        assert_true(now <= HF_UNINDEXED_MAX);
        if (i % 64 == 1 || i >= HF_UNINDEXED_MAX - 3)
            assert_all_are_found(world, i);
    }
    assert_int_equal(most, HF_UNINDEXED_MAX);
    assert_true(waiting(world, "changes") < MANY);
    assert_true(waiting(world, "records") > 0);
    assert_sound(world);
    device_reopen(world->device);
    assert_all_are_found(world, MANY);
}

static void a_change__is_found_while_it_waits_and_after(void **state)
{
    struct world *world = *state;
    const struct hf_id record_id = device_id(world->device);
    const struct hf_id change_id = device_save(world->device, &world->case_id, &record_id, TYPE_ACTION, ACTION_TEXT,
                                               text_value("Book the dentist"));
    assert_true(waiting(world, "changes") > 0);
    assert_change_is_found(world, &change_id);
    device_sync(world->device);
    assert_int_equal(waiting(world, "changes"), 0);
    assert_int_equal(waiting(world, "records"), 0);
    assert_change_is_found(world, &change_id);
    assert_all_are_found(world, 1);
    assert_sound(world);
}

static bool take_in_order(void *ctx, const struct hf_item *item)
{
    struct hf_leaf leaf;
    uint64_t *next = ctx;
    assert_int_equal(hf_leaf_decode(item->leaf, &leaf), HF_OK);
    assert_int_equal(leaf.seq, *next);
    ++*next;
    return true;
}

static size_t changes_of(struct world *world, const struct hf_id *record_id)
{
    size_t count = 0;
    assert_int_equal(hf_replica_history(world->device->replica, record_id, count_change, &count), HF_OK);
    return count;
}

static void assert_record_has(struct world *world, const struct hf_id *record_id, size_t changes)
{
    struct hf_record_state record = {0};
    assert_int_equal(hf_replica_record_load(world->device->replica, record_id, &record, &world->device->err), HF_OK);
    hf_record_state_clear(&record);
    assert_int_equal(changes_of(world, record_id), changes);
    assert_ends_fit(world);
}

static void a_record__is_found_with_its_changes_while_it_waits_and_after(void **state)
{
    struct world *world = *state;
    const struct hf_id first = action(world), second = action(world);
    device_save(world->device, &world->case_id, &first, TYPE_ACTION, ACTION_TEXT, text_value("Book the doctor"));
    assert_record_has(world, &first, 2);
    assert_record_has(world, &second, 1);
    device_reopen(world->device);
    assert_record_has(world, &first, 2);
    for (size_t i = 0; i < HF_UNINDEXED_MAX; i++)
        (void)action(world);
    assert_true(waiting(world, "changes") < HF_UNINDEXED_MAX);
    device_save(world->device, &world->case_id, &first, TYPE_ACTION, ACTION_TEXT, text_value("Book the nurse"));
    assert_record_has(world, &first, 3); /* one of them waits */
    assert_int_equal(device_number(world->device, "SELECT count(*) FROM records WHERE type = 54"),
                     HF_UNINDEXED_MAX + 2);
    device_sync(world->device);
    assert_record_has(world, &first, 3);
    assert_record_has(world, &second, 1);
    assert_sound(world);
}

static void a_save_that_is_undone__leaves_nothing_that_waits(void **state)
{
    struct world *world = *state;
    struct hf_error err = {0};
    (void)action(world);
    const size_t before = waiting(world, "changes");
    assert_int_equal(hf_rows_transaction(world->device->replica, &err), HF_OK);
    device_sql(world->device, "INSERT INTO records(record_id, case_id, type, conflicts, is_final, amendments, deleted,"
                              " indexed, changed, packed) VALUES(x'00112233445566778899aabbccddeeff', x'00', 54, 0, 0,"
                              " 0, 0, 0, 0, x'00')");
    device_sql(world->device, "UPDATE changes SET indexed = 1 WHERE indexed = 0");
    assert_ends_fit(world);
    assert_int_equal(device_number(world->device, "SELECT count(*) FROM changes_end"), 0);
    assert_int_equal(hf_rows_finish(world->device->replica, HF_ERR_STATE, &err), HF_ERR_STATE);
    assert_int_equal(waiting(world, "changes"), before);
    assert_sound(world);
}

/* Part of it stands in its indices, part waits. */
static void what_is_unsent__is_counted_and_handed_in_in_order(void **state)
{
    struct world *world = *state;
    uint64_t next = 0;
    for (size_t i = 0; i < MANY; i++)
        (void)action(world);
    const uint64_t unsent = device_counts(world->device).saved_here;
    assert_int_equal(unsent, device_number(world->device, "SELECT count(*) FROM changes WHERE own = 1 AND sent = 0"
                                                          " AND kind <> 8"));
    assert_true(unsent > MANY && device_counts(world->device).oldest_unsent_ms > 0);
    assert_true(waiting(world, "changes") > 0 && waiting(world, "changes") < MANY);
    assert_int_equal(hf_replica_outbox(world->device->replica, 0, take_in_order, &next), HF_OK);
    assert_int_equal(next, device_number(world->device, "SELECT next_seq FROM chain"));
    device_sync(world->device);
    assert_int_equal(device_counts(world->device).saved_here, 0);
    assert_int_equal(device_counts(world->device).received, unsent);
    assert_sound(world);
}

/* The number of a row that went may come again, in front of what was the end. */
static void a_row_in_the_place_of_one_that_went__is_found(void **state)
{
    struct world *world = *state;
    (void)action(world);
    (void)action(world);
    device_sync(world->device);
    (void)action(world); /* here the end begins */
    device_sql(world->device, "DELETE FROM records WHERE seq > (SELECT max(seq) FROM records) - 2");
    (void)action(world);
    assert_int_equal(waiting(world, "records"), 1);
    const struct hf_record_filter of_case = {.case_id = world->case_id, .type = TYPE_ACTION};
    assert_int_equal(listed(world, &of_case), device_number(world->device, "SELECT count(*) FROM records"
                                                                           " WHERE type = 54"));
    assert_ends_fit(world);
}

static void a_case_that_is_purged__leaves_nothing_that_waits(void **state)
{
    struct world *world = *state;
    struct hf_error err = {0};
    (void)action(world);
    (void)action(world);
    assert_int_equal(hf_rows_transaction(world->device->replica, &err), HF_OK);
    assert_int_equal(hf_rows_finish(world->device->replica,
                                    hf_replica_purge_case(world->device->replica, &world->case_id, &err), &err),
                     HF_OK);
    assert_int_equal(device_number(world->device, "SELECT count(*) FROM records WHERE type = 54"), 0);
    assert_ends_fit(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_waits__is_found_like_the_rest, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(a_change__is_found_while_it_waits_and_after, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(a_record__is_found_with_its_changes_while_it_waits_and_after, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(a_save_that_is_undone__leaves_nothing_that_waits, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(what_is_unsent__is_counted_and_handed_in_in_order, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(a_row_in_the_place_of_one_that_went__is_found, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(a_case_that_is_purged__leaves_nothing_that_waits, world_setup, world_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
