/* The index: no query breaks it, no word that is gone is found, and rebuilding it leaves nothing of old words. */
#include "tests/replica/support_world.h"

#include "core/replica/search_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct hf_id action(struct world *world, const char *text)
{
    const struct hf_id record_id = device_id(world->device);
    device_save(world->device, &world->case_id, &record_id, TYPE_ACTION, ACTION_TEXT, text_value(text));
    return record_id;
}

static bool count_row(void *ctx, const struct hf_search_row *row)
{
    (void)ctx;
    assert_true(row->snippet.len > 0);
    return true;
}

static uint64_t number(struct world *world, struct hf_slice query)
{
    struct hf_search_found found = {0};
    assert_int_equal(
        hf_replica_search(world->device->replica, query, 100, count_row, NULL, &found, &world->device->err), HF_OK);
    return found.records;
}

static uint64_t named(struct world *world, const char *query)
{
    return number(world, hf_slice_str(query));
}

static uint64_t one_number(struct world *world, const char *sql)
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, world->device->replica, sql);
    assert_true(hf_rows_next(&rows));
    const uint64_t value = hf_rows_u64(&rows, 0);
    assert_int_equal(hf_rows_end(&rows, NULL), HF_OK);
    return value;
}

static void random_queries__are_all_answered(void **state)
{
    struct world *world = *state;
    static const char *const pieces[] = {"\"", "*",    "(",    ")", " ", "AND", "OR",   "NOT",     "NEAR",
                                         ":",  "^",    "-",    "+", "{", "}",   ",",    "'",       ";",
                                         "a",  "bo",   "book", "é", "Ω", "’",   "ß",    "İ",       "\t",
                                         "0",  "4821", "\\",   "%", "_", "字",  "🙂", "\xcc\x81"};
    const unsigned seed = (unsigned)time(NULL);
    print_message("seed %u\n", seed);
    srand(seed);
    (void)action(world, "Book the dentist – O’Brien’s, Straße, İstanbul, 字 and Ωmega");
    for (int round = 0; round < 2000; round++) {
        struct hf_buf query = {0};
        for (int i = rand() % 12; i >= 0; i--)
            hf_buf_append_str(&query, pieces[(size_t)rand() % (sizeof pieces / sizeof pieces[0])]);
        (void)number(world, hf_buf_slice(&query));
        hf_buf_clear(&query);
    }
    assert_int_equal(named(world, "straße"), 1);
    assert_int_equal(named(world, "brien"), 1);
    assert_int_equal(named(world, "字"), 1);
}

static void a_save__only_notes_that_the_index_is_behind(void **state)
{
    struct world *world = *state;
    const struct hf_id record_id = action(world, "Book the dentist");
    assert_int_equal(one_number(world, "SELECT upto FROM search"), 0);
    assert_int_equal(named(world, "dentist"), 1);
    assert_true(one_number(world, "SELECT upto FROM search") > 0);
    device_save(world->device, &world->case_id, &record_id, TYPE_ACTION, ACTION_TEXT, text_value("Book the optician"));
    assert_int_equal(one_number(world, "SELECT count(*) FROM search_todo"), 1);
    assert_int_equal(named(world, "optician"), 1);
    assert_int_equal(one_number(world, "SELECT count(*) FROM search_todo"), 0);
}

static void the_index__survives_reopening(void **state)
{
    struct world *world = *state;
    (void)action(world, "Book the dentist");
    assert_int_equal(named(world, "dentist"), 1);
    (void)action(world, "Ring the dentist");
    device_reopen(world->device);
    assert_int_equal(named(world, "dentist"), 2);
}

/* FTS5 keeps words as they are folded, in front-coded order: a word without relatives stands there whole. */
static bool index_knows(struct world *world, const char *word)
{
    struct hf_rows rows;
    bool found = false;
    hf_rows_begin_text(&rows, world->device->replica,
                       "SELECT count(*) FROM search_texts_data"
                       " WHERE instr(block, ?)");
    hf_rows_bind_bytes(&rows, hf_slice_str(word));
    if (hf_rows_next(&rows))
        found = hf_rows_u64(&rows, 0) > 0;
    assert_int_equal(hf_rows_end(&rows, NULL), HF_OK);
    return found;
}

static void rebuilding__leaves_nothing_of_words_that_are_gone(void **state)
{
    struct world *world = *state;
    struct hf_replica *replica = world->device->replica;
    const struct hf_id record_id = action(world, "zanzibarquartet");
    assert_int_equal(named(world, "zanzibarquartet"), 1);
    assert_true(index_knows(world, "zanzibarquartet"));
    device_save(world->device, &world->case_id, &record_id, TYPE_ACTION, ACTION_TEXT, text_value("Something else"));
    assert_int_equal(named(world, "zanzibarquartet"), 0);
    assert_int_equal(hf_rows_transaction(replica, NULL), HF_OK);
    assert_int_equal(hf_rows_finish(replica, hf_replica_search_rebuild(replica, NULL), NULL), HF_OK);
    assert_false(index_knows(world, "zanzibarquartet"));
    assert_int_equal(named(world, "something"), 1);
    assert_false(index_knows(world, "zanzibarquartet"));
}

static void many_edits__make_the_index_anew(void **state)
{
    struct world *world = *state;
    const struct hf_id record_id = action(world, "zanzibarquartet");
    assert_int_equal(named(world, "zanzibarquartet"), 1);
    device_save(world->device, &world->case_id, &record_id, TYPE_ACTION, ACTION_TEXT, text_value("Something else"));
    device_sql(world->device, "UPDATE search SET stale = 5000");
    assert_int_equal(named(world, "something"), 1);
    assert_false(index_knows(world, "zanzibarquartet"));
    assert_int_equal(one_number(world, "SELECT stale FROM search"), 0);
}

/* The row number of a record that went may come again with the next one. */
static void a_record_in_the_place_of_one_that_went__is_found(void **state)
{
    struct world *world = *state;
    (void)action(world, "Book the dentist");
    assert_int_equal(named(world, "dentist"), 1);
    device_sql(world->device, "DELETE FROM records WHERE seq = (SELECT max(seq) FROM records)");
    assert_int_equal(named(world, "dentist"), 0);
    (void)action(world, "Ring the optician");
    assert_int_equal(named(world, "optician"), 1);
    assert_int_equal(named(world, "dentist"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(random_queries__are_all_answered, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(a_save__only_notes_that_the_index_is_behind, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(the_index__survives_reopening, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(rebuilding__leaves_nothing_of_words_that_are_gone, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(many_edits__make_the_index_anew, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(a_record_in_the_place_of_one_that_went__is_found, world_setup, world_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
