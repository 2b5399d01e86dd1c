/* The read log through the library: what is noted, with which reason, and what reaches the office. */
#include "tests/client/support_client.h"

#include "client/reads.h"

#include <stdlib.h>
#include <string.h>

struct reading {
    struct office *office;
    struct client worker, manager;
    struct holdfast_id case_id, record;
};

static int setup(void **state)
{
    struct reading *reading = calloc(1, sizeof *reading);
    reading->office = office_new();
    reading->worker = client_enrolled(reading->office, "Ada Invented", HF_ROLE_WORKER);
    reading->manager = client_enrolled(reading->office, "Bo Invented", HF_ROLE_MANAGER);
    reading->case_id = new_case(&reading->worker, "C-17");
    reading->record = new_record(&reading->worker, &reading->case_id, "action", "text", "Call the school");
    sync_in_memory(&reading->worker, reading->office);
    sync_in_memory(&reading->manager, reading->office);
    *state = reading;
    return 0;
}

static int teardown(void **state)
{
    struct reading *reading = *state;
    client_free(&reading->worker);
    client_free(&reading->manager);
    office_free(reading->office);
    free(reading);
    return 0;
}

static uint64_t pending(struct client *client)
{
    uint64_t count = 0;
    assert_int_equal(hf_replica_reads_pending(client->hf->replica, &count), HF_OK);
    return count;
}

static bool any_field(void *ctx, const struct holdfast_field_row *row)
{
    (void)ctx;
    (void)row;
    return true;
}

static bool any_row(void *ctx, const struct holdfast_record_row *row)
{
    (void)ctx;
    (void)row;
    return true;
}

static bool any_change(void *ctx, const struct holdfast_change_row *row)
{
    (void)ctx;
    (void)row;
    return true;
}

static bool any_hit(void *ctx, const struct holdfast_search_row *row)
{
    (void)ctx;
    (void)row;
    return true;
}

static void everything_that_shows_a_case__is_noted(void **state)
{
    struct reading *reading = *state;
    struct client *manager = &reading->manager;
    const struct holdfast_filter filter = {.case_id = &reading->case_id};
    ok(manager, holdfast_read(manager->hf, &reading->record, NULL, any_field, NULL));
    assert_int_equal(pending(manager), 1);
    ok(manager, holdfast_history(manager->hf, &reading->record, any_change, NULL));
    assert_int_equal(pending(manager), 2);
    ok(manager, holdfast_list(manager->hf, &filter, any_row, NULL));
    assert_int_equal(pending(manager), 3);
    ok(manager, holdfast_search(manager->hf, "school", 10, any_hit, NULL, NULL));
    assert_int_equal(pending(manager), 4);
    ok(manager, holdfast_note_chronology(manager->hf, &reading->case_id));
    assert_int_equal(pending(manager), 5);
}

static void what_shows_no_case__is_not_noted(void **state)
{
    struct reading *reading = *state;
    struct client *manager = &reading->manager;
    struct holdfast_record_row row;
    ok(manager, holdfast_list(manager->hf, NULL, any_row, NULL));
    ok(manager, holdfast_read(manager->hf, &reading->record, &row, NULL, NULL));
    ok(manager, holdfast_search(manager->hf, "zebra", 10, any_hit, NULL, NULL));
    (void)holdfast_read_quietly(manager->hf, true);
    ok(manager, holdfast_read(manager->hf, &reading->record, NULL, any_field, NULL));
    (void)holdfast_read_quietly(manager->hf, false);
    assert_int_equal(pending(manager), 0);
}

/* The last page that the office has, decoded; false without one. */
static bool last_page(struct reading *reading, struct hf_read_body *out)
{
    const struct server *server = reading->office->server;
    for (uint64_t i = server->size; i-- > 0;)
        if (server->entries[i].leaf[4] == HF_LEAF_READ) {
            assert_int_equal(hf_read_body_decode(hf_buf_slice(&server->entries[i].body), out), HF_OK);
            return true;
        }
    return false;
}

static void a_reason__goes_with_the_case_that_it_was_given_for(void **state)
{
    struct reading *reading = *state;
    struct client *manager = &reading->manager;
    struct holdfast_case_reading known;
    static struct hf_read_body page;
    ok(manager, holdfast_get_case_reading(manager->hf, &reading->case_id, &known));
    assert_false(known.is_own);
    assert_string_equal(known.reason, "");
    refused(manager, holdfast_reading_because(manager->hf, &reading->case_id, ""), HOLDFAST_INVALID, "why");
    ok(manager, holdfast_reading_because(manager->hf, &reading->case_id, "Cover for Ada"));
    ok(manager, holdfast_get_case_reading(manager->hf, &reading->case_id, &known));
    assert_string_equal(known.reason, "Cover for Ada");
    ok(manager, holdfast_read(manager->hf, &reading->record, NULL, any_field, NULL));
    hf_reads_sign(manager->hf, true);
    sync_in_memory(manager, reading->office);
    assert_true(last_page(reading, &page));
    assert_int_equal(page.line_count, 1);
    assert_true(hf_slice_equal(page.reasons[page.lines[0].reason_at], hf_slice_str("Cover for Ada")));
    assert_memory_equal(page.lines[0].record_id.bytes, reading->record.bytes, HF_ID_BYTES);
}

static void a_visit_that_ended_with_the_lock__goes_with_the_next_sync(void **state)
{
    struct reading *reading = *state;
    struct client *worker = &reading->worker;
    static struct hf_read_body page;
    ok(worker, holdfast_read(worker->hf, &reading->record, NULL, any_field, NULL));
    sync_in_memory(worker, reading->office);
    assert_false(last_page(reading, &page)); /* it goes on */
    holdfast_lock(worker->hf);
    ok(worker, holdfast_unlock(worker->hf, PASSPHRASE));
    hf_reads_sign(worker->hf, false); /* as every sync over the network begins */
    sync_in_memory(worker, reading->office);
    assert_true(last_page(reading, &page));
    assert_int_equal(page.line_count, 1);
    assert_int_equal(counts(worker).saved_here, 0);
}

static void reading_only__notes_nothing_and_still_reads(void **state)
{
    struct reading *reading = *state;
    struct client *worker = &reading->worker;
    holdfast_lock(worker->hf);
    ok(worker, holdfast_unlock_read_only(worker->hf, PASSPHRASE));
    ok(worker, holdfast_read(worker->hf, &reading->record, NULL, any_field, NULL));
    assert_int_equal(pending(worker), 0);
}

static void a_log_that_cannot_be_written__keeps_nobody_from_reading(void **state)
{
    struct reading *reading = *state;
    struct client *worker = &reading->worker;
    sqlite3 *db = hf_vault_db(worker->hf->vault);
    assert_int_equal(sqlite3_exec(db,
                                  "CREATE TRIGGER full BEFORE INSERT ON reads BEGIN SELECT RAISE(ABORT, 'full'); END",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    ok(worker, holdfast_read(worker->hf, &reading->record, NULL, any_field, NULL));
    assert_int_equal(pending(worker), 0);
}

static void wiping__asks_for_the_read_log_first(void **state)
{
    struct reading *reading = *state;
    struct client *worker = &reading->worker;
    ok(worker, holdfast_read(worker->hf, &reading->record, NULL, any_field, NULL));
    refused(worker, holdfast_wipe(worker->hf, false, NULL), HOLDFAST_STATE, "read on this device");
    sync_in_memory(worker, reading->office);
    ok(worker, holdfast_wipe(worker->hf, false, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(everything_that_shows_a_case__is_noted, setup, teardown),
        cmocka_unit_test_setup_teardown(what_shows_no_case__is_not_noted, setup, teardown),
        cmocka_unit_test_setup_teardown(a_reason__goes_with_the_case_that_it_was_given_for, setup, teardown),
        cmocka_unit_test_setup_teardown(a_visit_that_ended_with_the_lock__goes_with_the_next_sync, setup, teardown),
        cmocka_unit_test_setup_teardown(reading_only__notes_nothing_and_still_reads, setup, teardown),
        cmocka_unit_test_setup_teardown(a_log_that_cannot_be_written__keeps_nobody_from_reading, setup, teardown),
        cmocka_unit_test_setup_teardown(wiping__asks_for_the_read_log_first, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
