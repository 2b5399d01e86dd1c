/* One suite for every driver of the store. */
#include "tests/server/support_store.h"

#include "core/log/node_store.h"
#include "server/store_sqlite.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

struct rig {
    bool sqlite;
    char folder[128];
    uint8_t key[HF_KEY_BYTES];
    struct hf_vault *vault;
    struct hf_store *store;
    struct hf_error err;
};

static void rig_open_sqlite(struct rig *rig)
{
    rig->vault = office_vault(rig->folder, "store", rig->key);
    if (hf_store_sqlite_open(rig->vault, &rig->store, &rig->err) != HF_OK)
        fail_msg("%s", rig->err.text);
}

static void rig_open(struct rig *rig, bool sqlite)
{
    memset(rig, 0, sizeof *rig);
    rig->sqlite = sqlite;
    assert_int_equal(hf_crypto_init(false), HF_OK);
    if (!sqlite) {
        assert_int_equal(hf_store_memory_open(&rig->store), HF_OK);
        return;
    }
    office_folder_make(rig->folder);
    hf_random(rig->key, sizeof rig->key);
    rig_open_sqlite(rig);
}

static void rig_close_sqlite(struct rig *rig)
{
    hf_store_close(rig->store);
    assert_int_equal(hf_vault_close(rig->vault), HF_OK);
}

static void rig_close(struct rig *rig)
{
    if (!rig->sqlite) {
        hf_store_close(rig->store);
        return;
    }
    rig_close_sqlite(rig);
    office_folder_remove(rig->folder);
}

static int setup_memory(void **state)
{
    static struct rig rig;
    rig_open(&rig, false);
    *state = &rig;
    return 0;
}

static int setup_sqlite(void **state)
{
    static struct rig rig;
    rig_open(&rig, true);
    *state = &rig;
    return 0;
}

static int teardown(void **state)
{
    rig_close(*state);
    return 0;
}

static uint64_t size_of(const struct rig *rig)
{
    struct hf_store_head head;
    hf_store_head(rig->store, &head);
    return head.tree.size;
}

static void commit(struct rig *rig, struct rows *rows)
{
    assert_int_equal(hf_store_commit(rig->store, &rows->batch), HF_OK);
}

static void commit_entries(struct rig *rig, size_t count)
{
    for (; count > 0; count--) {
        struct rows *rows = rows_at(size_of(rig));
        (void)add_entry(rows, 1, 1);
        commit(rig, rows);
    }
}

static void assert_same_dump(struct hf_store *store, const struct hf_buf *expected)
{
    struct hf_buf now = dump(store);
    assert_string_equal((char *)now.data, (char *)expected->data);
    hf_buf_clear(&now);
}

/* The batch is refused and nothing has changed. */
static void assert_refused(struct rig *rig, struct rows *rows, enum hf_status status)
{
    struct hf_buf before = dump(rig->store);
    assert_int_equal(hf_store_commit(rig->store, &rows->batch), status);
    assert_same_dump(rig->store, &before);
    hf_buf_clear(&before);
}

static struct rows *full_batch(uint64_t size)
{
    struct rows *rows = rows_at(size);
    for (uint64_t i = 0; i < 5; i++)
        (void)add_entry(rows, i, i);
    rows->entries[3].hold = HF_HOLD_RIGHT;
    rows->entries[4].waiting = true;
    add_record(rows, 2, 1, "two");
    add_record(rows, 1, 1, "one");
    add_record(rows, 3, 2, "");
    (void)add_device(rows, 1);
    (void)add_device(rows, 2);
    add_assignment(rows, 1, 1, true);
    add_assignment(rows, 2, 1, false);
    (void)add_invitation(rows, 1, 0);
    (void)add_invitation(rows, 2, HF_INVITATION_CASES_MAX);
    rows->effects[rows->batch.effect_count++] =
        (struct hf_effect_write){.change_id = id_of('c', size + 1), .hold = HF_HOLD_BASE, .waiting = true};
    return rows;
}

/* --- committing --------------------------------------------------------------------------------------------------- */

static void empty__has_nothing(void **state)
{
    struct rig *rig = *state;
    struct hf_buf note = {0};
    struct hf_id id = id_of('x', 1);
    assert_int_equal(size_of(rig), 0);
    assert_int_equal(hf_store_checkpoint(rig->store, &note), HF_OK);
    assert_int_equal(note.len, 0);
    assert_int_equal(rig->store->ops->change(rig->store, &id, dump_entry, &note), HF_ERR_NOT_FOUND);
    assert_int_equal(rig->store->ops->record(rig->store, &id, &note), HF_ERR_NOT_FOUND);
}

static void commit__stores_every_kind_of_row(void **state)
{
    struct rig *rig = *state;
    commit(rig, full_batch(0));
    struct hf_buf all = dump(rig->store);
    static const char *const expected[] = {
        "size 7 published 0",
        "\n  1 c1 C1 K1 r1 kind 1 hold 3 waiting 1 payload 1", /* the effect came after the entry */
        "\n  3 c3 C3 K3 r3 kind 3 hold 2 waiting 0 payload 3",
        "records\n  r1 C1 type 1 conflicts 1 one\n  r2 C1 type 2 conflicts 2 two",
        "\n  device 2 1002 2002 3002 4002 p2 i2 1 1 998 5 4294967295 18446744073709551613 18446744073709551608",
        "\n  C1 p1 1 at 5\n  C2 p1 0 at 6",
        "invitation 0 i2 p2 2 79 0 2 0 cases 32 C0 C1 C2",
        "waiting\n  4 c4 C4 K4 r4",
        "\nheld 2 waiting 2\n",
    };
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
        if (!strstr((char *)all.data, expected[i]))
            fail_msg("“%s” is missing in\n%s", expected[i], (char *)all.data);
    hf_buf_clear(&all);
}

static void commit__replaces_rows_of_the_same_key(void **state)
{
    struct rig *rig = *state;
    commit(rig, full_batch(0));
    struct rows *rows = rows_at(7);
    add_record(rows, 1, 1, "one again");
    add_device(rows, 1)->state = HF_DEVICE_REVOKED;
    add_assignment(rows, 1, 1, false);
    add_invitation(rows, 1, 1)->state = HF_INVITATION_USED;
    commit(rig, rows);
    struct hf_buf all = dump(rig->store);
    assert_non_null(strstr((char *)all.data, "one again"));
    assert_null(strstr((char *)all.data, "1 one\n"));
    assert_non_null(strstr((char *)all.data, "C2 p1 0 at 6\n  C1 p1 0 at 7")); /* in the order of the log */
    hf_buf_clear(&all);
}

static void commit__expects_the_size_of_the_log(void **state)
{
    struct rig *rig = *state;
    commit_entries(rig, 3);
    assert_refused(rig, full_batch(2), HF_ERR_CONFLICT);
    assert_refused(rig, full_batch(4), HF_ERR_CONFLICT);
    commit(rig, full_batch(3));
}

static void commit__wants_contiguous_indices_and_whole_leaves(void **state)
{
    struct rig *rig = *state;
    struct rows *rows = full_batch(0);
    rows->entries[1].index = 2;
    assert_refused(rig, rows, HF_ERR_INVALID);
    rows = full_batch(0);
    rows->entries[1].leaf.len--;
    assert_refused(rig, rows, HF_ERR_INVALID);
}

static void commit__changes_nothing_without_an_entry(void **state)
{
    struct rig *rig = *state;
    commit(rig, full_batch(0));
    struct rows *rows = rows_at(7);
    add_record(rows, 1, 1, "sneaked in");
    assert_refused(rig, rows, HF_ERR_INVALID);
    rows = rows_at(7);
    rows->effects[rows->batch.effect_count++] = (struct hf_effect_write){.change_id = id_of('c', 1)};
    assert_refused(rig, rows, HF_ERR_INVALID);
    rows = rows_at(7);
    rows->assignments[rows->batch.assignment_count++] =
        (struct hf_assignment_row){.case_id = id_of('C', 1), .person = id_of('p', 2), .held = true};
    assert_refused(rig, rows, HF_ERR_INVALID);
    rows = rows_at(7);
    add_device(rows, 1)->last_seen_ms = 99;
    (void)add_invitation(rows, 3, 0);
    commit(rig, rows);
    assert_int_equal(size_of(rig), 7);
}

static void commit__refuses_a_change_that_is_there_already(void **state)
{
    struct rig *rig = *state;
    commit_entries(rig, 3);
    struct rows *rows = full_batch(3);
    rows->entries[2].change_id = id_of('c', 1);
    assert_refused(rig, rows, HF_ERR_EXISTS);
    rows = full_batch(3);
    rows->entries[2].change_id = rows->entries[1].change_id;
    assert_refused(rig, rows, HF_ERR_EXISTS);
}

static void commit__refuses_an_effect_on_an_unknown_change(void **state)
{
    struct rig *rig = *state;
    struct rows *rows = full_batch(0);
    rows->effects[0].change_id = id_of('c', 99);
    assert_refused(rig, rows, HF_ERR_NOT_FOUND);
}

static void commit__refuses_a_second_device_with_the_same_channel_key(void **state)
{
    struct rig *rig = *state;
    commit(rig, full_batch(0));
    struct rows *rows = rows_at(7);
    (void)add_entry(rows, 1, 1);
    hf_put_u64(add_device(rows, 3)->channel_key, 1001);
    assert_refused(rig, rows, HF_ERR_EXISTS);
}

/* --- publishing --------------------------------------------------------------------------------------------------- */

static void publish__never_goes_back_and_never_beyond_the_log(void **state)
{
    struct rig *rig = *state;
    struct hf_slice note = hf_slice_str("note"), newer = hf_slice_str("newer");
    struct hf_buf now = {0};
    commit_entries(rig, 5);
    assert_int_equal(hf_store_publish(rig->store, 6, note), HF_ERR_CONFLICT);
    assert_int_equal(hf_store_publish(rig->store, 4, note), HF_OK);
    assert_int_equal(hf_store_publish(rig->store, 3, newer), HF_ERR_CONFLICT);
    assert_int_equal(hf_store_checkpoint(rig->store, &now), HF_OK);
    assert_true(hf_slice_equal(hf_buf_slice(&now), note));
    assert_int_equal(hf_store_publish(rig->store, 4, newer), HF_OK); /* signed again */
    hf_buf_reset(&now);
    assert_int_equal(hf_store_checkpoint(rig->store, &now), HF_OK);
    assert_true(hf_slice_equal(hf_buf_slice(&now), newer));
    hf_buf_clear(&now);
}

/* --- reading ------------------------------------------------------------------------------------------------------ */

struct indices {
    uint64_t index[ROWS_MAX];
    size_t count, stop_after;
};

static bool note_index(void *ctx, const struct hf_entry_row *row)
{
    struct indices *indices = ctx;
    indices->index[indices->count++] = row->index;
    return indices->count != indices->stop_after;
}

static void assert_feed(struct rig *rig, const struct hf_feed_filter *filter, uint64_t from, const char *expected)
{
    struct indices indices = {.stop_after = 0};
    char text[200] = "";
    assert_int_equal(rig->store->ops->feed(rig->store, filter, from, note_index, &indices), HF_OK);
    for (size_t i = 0; i < indices.count; i++) {
        size_t used = strlen(text);
        (void)snprintf(text + used, sizeof text - used, "%llu ", (unsigned long long)indices.index[i]);
    }
    assert_string_equal(text, expected);
}

static void feed__follows_its_filter(void **state)
{
    struct rig *rig = *state;
    struct rows *rows = rows_at(0);
    static const uint64_t cases[] = {0, 1, 2, 1, 0, 2, 3};
    for (size_t i = 0; i < 7; i++)
        (void)add_entry(rows, cases[i], 0);
    add_assignment(rows, 1, 1, true); /* entry 7, of case 0 */
    add_assignment(rows, 2, 1, false);
    add_assignment(rows, 2, 2, true);
    commit(rig, rows);

    struct hf_feed_filter filter = {.person = id_of('p', 1), .office_case = id_of('C', 0)};
    assert_feed(rig, &filter, 0, "0 1 3 4 7 8 9 ");
    assert_feed(rig, &filter, 3, "3 4 7 8 9 ");
    filter.until = 4;
    assert_feed(rig, &filter, 1, "1 3 ");
    filter.until = 400;
    assert_feed(rig, &filter, 8, "8 9 ");
    filter = (struct hf_feed_filter){.person = id_of('p', 2), .office_case = id_of('C', 0)};
    assert_feed(rig, &filter, 0, "0 2 4 5 7 8 9 ");
    filter.person = id_of('p', 3);
    assert_feed(rig, &filter, 0, "0 4 7 8 9 ");
    filter = (struct hf_feed_filter){.all_cases = true, .until = 3};
    assert_feed(rig, &filter, 0, "0 1 2 ");
    filter = (struct hf_feed_filter){.one_case = true, .case_id = id_of('C', 2)};
    assert_feed(rig, &filter, 0, "2 5 ");
    filter.all_cases = true; /* one_case is the narrower */
    filter.until = 5;
    assert_feed(rig, &filter, 0, "2 ");
}

static void reading__from_beyond_the_end_gives_nothing(void **state)
{
    struct rig *rig = *state;
    static const uint64_t beyond[] = {3, 1000, INT64_MAX, (uint64_t)INT64_MAX + 1, UINT64_MAX - 1, UINT64_MAX};
    struct hf_feed_filter all = {.all_cases = true}, one = {.one_case = true, .case_id = id_of('C', 1)};
    struct hf_feed_filter person = {.office_case = id_of('C', 1)};
    commit_entries(rig, 3);
    for (size_t i = 0; i < sizeof beyond / sizeof beyond[0]; i++) {
        struct indices indices = {.stop_after = 0};
        assert_int_equal(rig->store->ops->entries(rig->store, beyond[i], 5, note_index, &indices), HF_OK);
        assert_int_equal(rig->store->ops->entries(rig->store, beyond[i], UINT64_MAX, note_index, &indices), HF_OK);
        assert_int_equal(indices.count, 0);
        assert_feed(rig, &all, beyond[i], "");
        assert_feed(rig, &one, beyond[i], "");
        assert_feed(rig, &person, beyond[i], "");
        all.until = beyond[i];
        assert_feed(rig, &all, 1, "1 2 ");
        all.until = 0;
    }
}

static void reading__stops_when_told(void **state)
{
    struct rig *rig = *state;
    struct indices indices = {.stop_after = 2};
    struct hf_feed_filter all = {.all_cases = true};
    struct hf_id record = id_of('r', 1);
    commit_entries(rig, 5);
    assert_int_equal(rig->store->ops->entries(rig->store, 1, 4, note_index, &indices), HF_OK);
    assert_int_equal(indices.count, 2);
    assert_int_equal(indices.index[1], 2);
    indices = (struct indices){.stop_after = 2};
    assert_int_equal(rig->store->ops->feed(rig->store, &all, 0, note_index, &indices), HF_OK);
    assert_int_equal(indices.count, 2);
    indices = (struct indices){.stop_after = 2};
    assert_int_equal(rig->store->ops->changes_of(rig->store, &record, note_index, &indices), HF_OK);
    assert_int_equal(indices.count, 2);
    indices = (struct indices){.stop_after = 0};
    assert_int_equal(rig->store->ops->entries(rig->store, 1, 2, note_index, &indices), HF_OK); /* as many as asked */
    assert_int_equal(indices.count, 2);
}

static void waiting__ends_with_the_effect(void **state)
{
    struct rig *rig = *state;
    struct indices indices = {.stop_after = 0};
    struct hf_id record = id_of('r', 1);
    struct rows *rows = rows_at(0);
    for (int i = 0; i < 3; i++)
        add_entry(rows, 1, 1)->waiting = true;
    commit(rig, rows);
    rows = rows_at(3);
    (void)add_entry(rows, 1, 1);
    rows->effects[rows->batch.effect_count++] = (struct hf_effect_write){.change_id = id_of('c', 1)};
    commit(rig, rows);
    assert_int_equal(rig->store->ops->waiting(rig->store, &record, note_index, &indices), HF_OK);
    assert_int_equal(indices.count, 2);
    assert_int_equal(indices.index[0], 0);
    assert_int_equal(indices.index[1], 2);
}

/* --- the tree ----------------------------------------------------------------------------------------------------- */

static void nodes__are_those_of_a_tree_built_from_the_entries(void **state)
{
    struct rig *rig = *state;
    struct hf_node_store tree = {0};
    struct hf_store_head head;
    struct hf_hash a, b;
    uint64_t state_of_random = 5;
    while (size_of(rig) < 200) {
        struct rows *rows = rows_at(size_of(rig));
        for (size_t i = next_random(&state_of_random) % 20 + 1; i > 0; i--) {
            struct hf_entry_row *row = add_entry(rows, 1, 0);
            hf_tree_leaf_hash(row->leaf, &a);
            assert_int_equal(hf_node_store_append(&tree, &a), HF_OK);
        }
        commit(rig, rows);
        hf_store_head(rig->store, &head);
        hf_tree_root(&head.tree, &a);
        hf_tree_root(&tree.tree, &b);
        assert_memory_equal(a.bytes, b.bytes, sizeof a.bytes);
    }
    for (unsigned level = 0; level < 10; level++) {
        for (uint64_t i = 0; i < 260; i++) {
            bool known = hf_node_store_get(&tree, level, i, &a);
            assert_int_equal(hf_store_node(rig->store, level, i, &b), known);
            if (known)
                assert_memory_equal(a.bytes, b.bytes, sizeof a.bytes);
        }
    }
    assert_false(hf_store_node(rig->store, HF_TREE_LEVELS_MAX, 0, &a));
    hf_node_store_clear(&tree);
}

/* --- both drivers ------------------------------------------------------------------------------------------------- */

static struct rows *random_batch(uint64_t size, uint64_t *seed)
{
    struct rows *rows = rows_at(size);
    size_t entries = next_random(seed) % 6;
    for (size_t i = 0; i < entries; i++) {
        struct hf_entry_row *row = add_entry(rows, next_random(seed) % NUMBERS, next_random(seed) % NUMBERS);
        row->hold = (enum hf_hold)(next_random(seed) % HF_HOLD_COUNT);
        row->waiting = next_random(seed) % 3 == 0;
    }
    for (size_t i = entries ? next_random(seed) % 4 : 0; i > 0; i--) {
        char *texts[] = {"a", "bb", "", "dddddddddddddddddddd"};
        add_record(rows, next_random(seed) % NUMBERS, next_random(seed) % NUMBERS, texts[next_random(seed) % 4]);
    }
    for (size_t i = next_random(seed) % 3; i > 0; i--) {
        struct hf_device_row *row = add_device(rows, next_random(seed) % NUMBERS);
        row->last_seen_ms = next_random(seed);
        row->state = (enum hf_device_state)(next_random(seed) % 3);
    }
    for (size_t i = entries ? next_random(seed) % 3 : 0; i > 0; i--)
        add_assignment(rows, next_random(seed) % NUMBERS, next_random(seed) % NUMBERS, next_random(seed) % 2);
    for (size_t i = next_random(seed) % 2; i > 0; i--)
        add_invitation(rows, next_random(seed) % NUMBERS, next_random(seed) % 4)->state = next_random(seed) % 2;
    for (size_t i = size && entries ? next_random(seed) % 3 : 0; i > 0; i--)
        rows->effects[rows->batch.effect_count++] =
            (struct hf_effect_write){.change_id = id_of('c', next_random(seed) % (size + 1)),
                                     .hold = (enum hf_hold)(next_random(seed) % HF_HOLD_COUNT),
                                     .waiting = next_random(seed) % 2};
    /* A mistake now and then; never an id that is yet to come, which would spoil every later batch. */
    if (next_random(seed) % 8 == 0 && rows->batch.entry_count && size)
        rows->entries[rows->batch.entry_count - 1].change_id = id_of('c', next_random(seed) % size);
    if (next_random(seed) % 16 == 0)
        rows->batch.expected_size++;
    return rows;
}

static void drivers__give_the_same_answers_to_random_batches(void **state)
{
    struct rig rigs[2];
    uint64_t seed = test_seed();
    size_t taken = 0;
    (void)state;
    rig_open(&rigs[0], false);
    rig_open(&rigs[1], true);
    for (int step = 0; step < 150; step++) {
        struct rows *rows = random_batch(size_of(&rigs[0]), &seed);
        enum hf_status a = hf_store_commit(rigs[0].store, &rows->batch);
        enum hf_status b = hf_store_commit(rigs[1].store, &rows->batch);
        assert_int_equal(a, b);
        taken += a == HF_OK;
        uint64_t published = next_random(&seed) % (size_of(&rigs[0]) + 2);
        if (step % 4 == 0) {
            a = hf_store_publish(rigs[0].store, published, hf_slice_str(step % 8 ? "odd" : "even"));
            b = hf_store_publish(rigs[1].store, published, hf_slice_str(step % 8 ? "odd" : "even"));
            assert_int_equal(a, b);
        }
        if (step % 25 == 24) {
            rig_close_sqlite(&rigs[1]);
            rig_open_sqlite(&rigs[1]);
        }
        if (step % 5 == 0 || step > 140) {
            struct hf_buf expected = dump(rigs[0].store);
            assert_same_dump(rigs[1].store, &expected);
            hf_buf_clear(&expected);
        }
    }
    print_message("%zu of 150 batches were taken\n", taken);
    assert_true(taken > 40); /* most batches are good ones */
    rig_close(&rigs[0]);
    rig_close(&rigs[1]);
}

/* --- SQLite ------------------------------------------------------------------------------------------------------- */

static void reopened__is_as_it_was(void **state)
{
    struct rig *rig = *state;
    commit(rig, full_batch(0));
    assert_int_equal(hf_store_publish(rig->store, 4, hf_slice_str("note")), HF_OK);
    struct hf_buf before = dump(rig->store);
    rig_close_sqlite(rig);
    rig_open_sqlite(rig);
    assert_same_dump(rig->store, &before);
    commit(rig, full_batch(7));
    hf_buf_clear(&before);
}

static void exec(struct rig *rig, const char *sql)
{
    assert_int_equal(sqlite3_exec(hf_vault_db(rig->vault), sql, NULL, NULL, NULL), SQLITE_OK);
}

/* Wherever in the commit it goes wrong, nothing of it stays. */
static void failing__in_any_table_leaves_the_store_as_it_was(void **state)
{
    struct rig *rig = *state;
    static const char *const tables[] = {"entries", "nodes", "records", "devices", "assignments", "invitations"};
    commit(rig, full_batch(0));
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        char sql[200];
        (void)snprintf(sql, sizeof sql,
                       "CREATE TRIGGER fail AFTER INSERT ON %s BEGIN SELECT RAISE(FAIL, 'told to'); END", tables[i]);
        exec(rig, sql);
        struct hf_buf before = dump(rig->store);
        struct rows *rows = full_batch(7);
        rows->records[0].record_id = id_of('r', 5);
        hf_put_u64(rows->devices[0].device, 5);
        hf_put_u64(rows->devices[0].channel_key, 5005);
        rows->invitations[0].id = id_of('i', 5);
        rows->assignments[0].person = id_of('p', 5);
        assert_int_not_equal(hf_store_commit(rig->store, &rows->batch), HF_OK);
        assert_same_dump(rig->store, &before);
        rig_close_sqlite(rig);
        rig_open_sqlite(rig);
        assert_same_dump(rig->store, &before);
        hf_buf_clear(&before);
        exec(rig, "DROP TRIGGER fail");
    }
    exec(rig, "CREATE TRIGGER fail AFTER UPDATE OF waiting ON entries BEGIN SELECT RAISE(ABORT, 'told to'); END");
    assert_refused(rig, full_batch(7), HF_ERR_INVALID);
    exec(rig, "DROP TRIGGER fail");
    commit(rig, full_batch(7));
}

static struct rows *big_batch(uint64_t size)
{
    static uint8_t payload[60000];
    struct rows *rows = rows_at(size);
    for (int i = 0; i < 20; i++)
        add_entry(rows, 1, 1)->payload = hf_slice_of(payload, sizeof payload);
    hf_put_u64(payload, 0);
    return rows;
}

/* Files that may not grow stand for a full disk. */
static void full_disk__leaves_the_store_as_it_was_and_usable(void **state)
{
    struct rig *rig = *state;
    struct rlimit old, small;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    commit(rig, full_batch(0));
    struct hf_buf before = dump(rig->store);
    for (rlim_t limit = 100000; limit < 1000000; limit += 150000) {
        small = (struct rlimit){.rlim_cur = limit, .rlim_max = old.rlim_max};
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
        enum hf_status status = hf_store_commit(rig->store, &big_batch(7)->batch);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
        assert_true(status == HF_ERR_FULL || status == HF_ERR_IO);
        assert_same_dump(rig->store, &before);
        rig_close_sqlite(rig);
        rig_open_sqlite(rig);
        assert_same_dump(rig->store, &before);
    }
    commit(rig, full_batch(7));
    (void)signal(SIGXFSZ, handler);
    hf_buf_clear(&before);
}

static void damaged__nodes_are_noticed_on_opening(void **state)
{
    struct rig *rig = *state;
    commit_entries(rig, 5);
    exec(rig, "DELETE FROM nodes WHERE level = 2");
    hf_store_close(rig->store);
    rig->store = NULL;
    assert_int_equal(hf_store_sqlite_open(rig->vault, &rig->store, &rig->err), HF_ERR_CORRUPT);
    assert_null(rig->store);
    assert_int_not_equal(rig->err.text[0], 0);
}

#define BOTH(name)                                                                                                     \
    {#name " (memory)", name, setup_memory, teardown, NULL},                                                           \
    {                                                                                                                  \
#name " (sqlite)", name, setup_sqlite, teardown, NULL                                                          \
    }
#define SQLITE(name) cmocka_unit_test_setup_teardown(name, setup_sqlite, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH(empty__has_nothing),
        BOTH(commit__stores_every_kind_of_row),
        BOTH(commit__replaces_rows_of_the_same_key),
        BOTH(commit__expects_the_size_of_the_log),
        BOTH(commit__wants_contiguous_indices_and_whole_leaves),
        BOTH(commit__changes_nothing_without_an_entry),
        BOTH(commit__refuses_a_change_that_is_there_already),
        BOTH(commit__refuses_an_effect_on_an_unknown_change),
        BOTH(commit__refuses_a_second_device_with_the_same_channel_key),
        BOTH(publish__never_goes_back_and_never_beyond_the_log),
        BOTH(feed__follows_its_filter),
        BOTH(reading__from_beyond_the_end_gives_nothing),
        BOTH(reading__stops_when_told),
        BOTH(waiting__ends_with_the_effect),
        BOTH(nodes__are_those_of_a_tree_built_from_the_entries),
        cmocka_unit_test(drivers__give_the_same_answers_to_random_batches),
        SQLITE(reopened__is_as_it_was),
        SQLITE(failing__in_any_table_leaves_the_store_as_it_was),
        SQLITE(full_disk__leaves_the_store_as_it_was_and_usable),
        SQLITE(damaged__nodes_are_noticed_on_opening),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
