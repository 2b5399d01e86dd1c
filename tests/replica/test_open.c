#include "core/replica/replica_internal.h"
#include "tests/replica/support_world.h"

#include <stdlib.h>
#include <string.h>

static void expect_open(struct world *world, enum hf_status expected)
{
    assert_int_equal(device_open(world->device), expected);
    if (expected != HF_OK) {
        assert_null(world->device->replica);
        assert_true(strlen(world->device->err.text) > 20);
    }
}

/* Closes, runs SQL on the bare store, and opens again. */
static void tamper(struct world *world, const char *sql, enum hf_status expected)
{
    device_sql(world->device, sql);
    device_close(world->device);
    expect_open(world, expected);
}

/* The same for a store that then does not fit itself: it can be read, and nothing can be saved. */
static void tamper_so_that_it_is_noticed(struct world *world, const char *sql)
{
    struct hf_sync_facts facts;
    struct hf_id ignored;
    const struct hf_save_edit edit = {.field = ACTION_TEXT, .value = text_value("More")};
    const struct hf_save save = {
        .case_id = world->case_id, .record_id = world->record_id, .type = TYPE_ACTION, .edits = &edit, .edit_count = 1};
    tamper(world, sql, HF_OK);
    struct device *device = world->device;
    assert_non_null(strstr(hf_replica_damage(device->replica), "older copy"));
    assert_int_equal(hf_replica_save(device->replica, &save, device->now_ms, &ignored, &device->err), HF_ERR_STATE);
    assert_non_null(strstr(device->err.text, "older copy"));
    assert_int_equal(hf_replica_facts(device->replica, &facts), HF_OK);
    assert_true(facts.damaged);
    /* The office grants a new chain: what was not sent goes on in it. */
    const uint64_t unsent = device_counts(device).saved_here;
    assert_int_equal(hf_replica_restart(device->replica, &(struct hf_restart_answer){.incarnation = 1}, device->now_ms,
                                        &device->err),
                     HF_OK);
    assert_string_equal(hf_replica_damage(device->replica), "");
    assert_int_equal(device_counts(device).saved_here, unsent);
    assert_int_equal(hf_replica_facts(device->replica, &facts), HF_OK);
    assert_false(facts.damaged);
    assert_int_equal(facts.incarnation, 1);
    assert_int_equal(facts.next_seq, unsent);
    assert_int_equal(facts.cursor, 0);
    server_enrol(world->server, hf_replica_identity(device->replica));
    device_save(device, &world->case_id, &world->record_id, TYPE_ACTION, ACTION_TEXT, text_value("More"));
    device_sync(device);
    assert_int_equal(device_counts(device).saved_here, 0);
    device_reopen(device);
    assert_string_equal(hf_replica_damage(device->replica), "");
    assert_string_equal(device_text(device, &world->record_id, ACTION_TEXT), "More");
}

/* A later program, or a changed one, may have signed here what this program cannot read. It goes on like the rest. */
static void new_chain__takes_along_an_own_change_that_cannot_be_read(void **state)
{
    struct world *world = *state;
    struct hf_replica *replica = world->device->replica;
    struct hf_error *err = &world->device->err;
    struct hf_class_key key = {0};
    struct hf_chain chain;
    struct hf_id change;
    const struct hf_chain_change unreadable = {
        .kind = HF_LEAF_DATA, .key = &key, .body = hf_slice_str("no body"), .again = true};
    assert_int_equal(hf_replica_key_newest(replica, &world->case_id, &key, err), HF_OK);
    assert_int_equal(hf_rows_transaction(replica, err), HF_OK);
    assert_int_equal(hf_replica_chain_load(replica, &chain, err), HF_OK);
    assert_int_equal(hf_replica_chain_write_change(replica, &chain, &unreadable, world->device->now_ms, &change, err),
                     HF_OK);
    assert_int_equal(hf_rows_finish(replica, hf_replica_chain_store(replica, &chain, err), err), HF_OK);
    const uint64_t unsent = device_counts(world->device).saved_here;
    assert_int_equal(
        hf_replica_restart(replica, &(struct hf_restart_answer){.incarnation = 1}, world->device->now_ms, err), HF_OK);
    assert_int_equal(device_counts(world->device).saved_here, unsent);
    assert_string_equal(device_text(world->device, &world->record_id, ACTION_TEXT), "Ring");
}

/* What it knows of its own chain is not asked for again, and what it signed after the copy comes. */
static void store_that_was_put_back__reads_on_behind_the_last_of_its_own_changes(void **state)
{
    struct world *world = *state;
    struct device *device = world->device, *other = device_new(world->server, "Ben Field", HF_ROLE_OFFICE);
    struct hf_sync_facts facts;
    server_assign(world->server, &world->case_id, &device->identity.person, true);
    device_sync(device);
    const uint64_t own_end = world->server->size;
    device_sync(other);
    device_save(other, &world->case_id, &world->record_id, TYPE_ACTION, ACTION_DUE, text_value("2026-12-01"));
    device_sync(other);
    device_sync(device);
    device_close(device);
    device_copy_store(device, ".copy");
    expect_open(world, HF_OK);
    device_save(device, &world->case_id, &world->record_id, TYPE_ACTION, ACTION_TEXT, text_value("Ring at noon"));
    device_sync(device);
    device_close(device);
    device_put_back(device, ".copy");
    expect_open(world, HF_OK);
    assert_string_equal(device_text(device, &world->record_id, ACTION_TEXT), "Ring");
    assert_int_equal(hf_replica_restart(device->replica, &(struct hf_restart_answer){.incarnation = 1}, device->now_ms,
                                        &device->err),
                     HF_OK);
    assert_int_equal(hf_replica_facts(device->replica, &facts), HF_OK);
    assert_int_equal(facts.cursor, own_end);
    server_enrol(world->server, hf_replica_identity(device->replica));
    device_sync(device);
    assert_string_equal(device_text(device, &world->record_id, ACTION_TEXT), "Ring at noon");
    device_sync(other);
    assert_same_state(device, other);
    device_free(other);
}

/* --- persistence --- */

static void replica__is_the_same_after_closing_and_opening(void **state)
{
    struct world *world = *state;
    device_sync(world->device);
    device_save(world->device, &world->case_id, &world->record_id, TYPE_ACTION, ACTION_TEXT, text_value("Ring twice"));
    struct snapshot before = snapshot_of(world->device);
    device_reopen(world->device);
    assert_unchanged(world->device, &before);
    assert_string_equal(device_text(world->device, &world->record_id, ACTION_TEXT), "Ring twice");
    device_save(world->device, &world->case_id, &world->record_id, TYPE_ACTION, ACTION_TEXT, text_value("Ring again"));
    device_sync(world->device); /* the chain goes on where it was */
    assert_int_equal(device_counts(world->device).received, 5);
}

static void identity__is_the_same_after_closing_and_opening(void **state)
{
    struct world *world = *state;
    struct hf_identity identity = world->device->identity;
    identity.role = HF_ROLE_MANAGER;
    memset(identity.person_name, 'n', sizeof identity.person_name - 1);
    memset(identity.address, 'a', sizeof identity.address - 1);
    memset(identity.token, 7, sizeof identity.token);
    assert_int_equal(hf_replica_identity_put(world->device->replica, &identity, NULL), HF_OK);
    assert_int_equal(hf_replica_identity(world->device->replica)->role, HF_ROLE_MANAGER);
    device_reopen(world->device);
    const struct hf_identity *read = hf_replica_identity(world->device->replica);
    assert_int_equal(read->state, HF_IDENTITY_ENROLLED);
    assert_string_equal(read->origin, identity.origin);
    assert_string_equal(read->address, identity.address);
    assert_string_equal(read->person_name, identity.person_name);
    assert_string_equal(read->authority_name, identity.authority_name);
    assert_memory_equal(read->log_id, identity.log_id, sizeof read->log_id);
    assert_memory_equal(read->token, identity.token, sizeof read->token);
    assert_memory_equal(&read->sign, &identity.sign, sizeof read->sign);
    assert_memory_equal(&read->channel, &identity.channel, sizeof read->channel);
    assert_memory_equal(read->psk, identity.psk, sizeof read->psk);
    assert_memory_equal(read->server_device, identity.server_device, sizeof read->server_device);
    assert_memory_equal(read->log_key, identity.log_key, sizeof read->log_key);
    assert_memory_equal(read->key_store_key, identity.key_store_key, sizeof read->key_store_key);
    assert_memory_equal(read->authority_hash, identity.authority_hash, sizeof read->authority_hash);
    assert_memory_equal(read->authority_key, identity.authority_key, sizeof read->authority_key);
    assert_memory_equal(read->server_channel_key, identity.server_channel_key, sizeof read->server_channel_key);
    assert_int_equal(read->role, HF_ROLE_MANAGER);
    assert_true(hf_id_equal(&read->person, &identity.person));
}

static void new_incarnation__waits_for_what_is_unsent_and_begins_a_chain(void **state)
{
    struct world *world = *state;
    struct hf_sync_facts facts;
    struct hf_identity identity = world->device->identity;
    identity.incarnation = 1;
    assert_int_equal(hf_replica_identity_put(world->device->replica, &identity, &world->device->err), HF_ERR_STATE);
    assert_int_equal(hf_replica_identity(world->device->replica)->incarnation, 0);
    device_sync(world->device);
    assert_int_equal(hf_replica_identity_put(world->device->replica, &identity, &world->device->err), HF_OK);
    assert_int_equal(hf_replica_facts(world->device->replica, &facts), HF_OK);
    assert_int_equal(facts.incarnation, 1);
    assert_int_equal(facts.next_seq, 0);
    server_enrol(world->server, &identity);
    device_save(world->device, &world->case_id, &world->record_id, TYPE_ACTION, ACTION_TEXT, text_value("Ring twice"));
    device_sync(world->device);
    device_reopen(world->device);
    assert_int_equal(device_counts(world->device).received, 4);
    identity.incarnation = 0; /* and never back */
    assert_int_equal(hf_replica_identity_put(world->device->replica, &identity, &world->device->err), HF_ERR_STATE);
}

static void store_of_one_authority__is_not_used_for_another(void **state)
{
    struct world *world = *state;
    struct hf_identity identity = world->device->identity;
    identity.log_id[0] ^= 1;
    assert_int_equal(hf_replica_identity_put(world->device->replica, &identity, &world->device->err), HF_ERR_STATE);
}

/* --- what cannot be opened --- */

static void empty_vault__holds_no_replica(void **state)
{
    struct world *world = *state;
    struct device *device = world->device;
    struct hf_vault *vault = NULL;
    struct hf_replica *replica = NULL;
    assert_int_equal(
        hf_vault_open_raw(device->folder, "other", &device->db_id, device->data_key, HF_VAULT_CREATE, &vault, NULL),
        HF_OK);
    assert_int_equal(hf_replica_open(vault, &replica, &device->err), HF_ERR_NOT_FOUND);
    assert_null(replica);
    assert_int_equal(hf_replica_create(vault, &device->identity, &replica, &device->err), HF_OK);
    hf_replica_close(replica);
    replica = NULL;
    assert_int_equal(hf_replica_create(vault, &device->identity, &replica, &device->err), HF_ERR_EXISTS);
    assert_null(replica);
    assert_int_equal(hf_replica_open(vault, &replica, &device->err), HF_OK);
    hf_replica_close(replica);
    assert_int_equal(hf_vault_close(vault), HF_OK);
}

static void closing_nothing__is_fine(void **state)
{
    (void)state;
    hf_replica_close(NULL);
}

static void store_of_a_later_program__is_refused(void **state)
{
    tamper(*state, "UPDATE replica SET schema = 4", HF_ERR_UNSUPPORTED);
}

/* And loses nothing: the same store opens again. */
static void store_of_an_earlier_program__is_refused_and_stays_as_it_was(void **state)
{
    struct world *world = *state;
    const struct snapshot before = snapshot_of(world->device);
    device_sql(world->device, "UPDATE replica SET schema = schema - 1");
    device_close(world->device);
    assert_int_equal(device_open(world->device), HF_ERR_UNSUPPORTED);
    assert_non_null(strstr(world->device->err.text, "older version"));
    assert_non_null(strstr(world->device->err.text, "Nothing was changed"));
    device_sql(world->device, "UPDATE replica SET schema = schema + 1");
    device_reopen(world->device);
    assert_unchanged(world->device, &before);
}

static void damaged_identity__is_reported(void **state)
{
    tamper(*state, "UPDATE replica SET identity = substr(identity, 1, 100)", HF_ERR_CORRUPT);
}

static void own_change_that_is_gone__is_noticed(void **state)
{
    tamper_so_that_it_is_noticed(*state, "DELETE FROM changes WHERE seq = (SELECT max(seq) FROM changes)");
}

static void change_of_somebody_else_that_is_gone__is_noticed(void **state)
{
    struct world *world = *state;
    device_pull(world->device); /* the newest rows are entries of the office now */
    tamper_so_that_it_is_noticed(world, "DELETE FROM changes WHERE seq = (SELECT max(seq) FROM changes)");
}

static void other_head_than_remembered__is_noticed(void **state)
{
    tamper_so_that_it_is_noticed(*state, "UPDATE chain SET head = zeroblob(32)");
}

static void older_chain_than_changes__is_noticed(void **state)
{
    struct world *world = *state;
    device_sql(world->device, "CREATE TABLE old AS SELECT * FROM chain");
    device_save(world->device, &world->case_id, &world->record_id, TYPE_ACTION, ACTION_TEXT, text_value("Ring twice"));
    tamper_so_that_it_is_noticed(world, "DELETE FROM chain; INSERT INTO chain SELECT * FROM old");
}

static void older_chain_of_the_right_count__is_noticed(void **state)
{
    struct world *world = *state;
    device_sql(world->device, "CREATE TABLE old AS SELECT * FROM chain");
    device_save(world->device, &world->case_id, &world->record_id, TYPE_ACTION, ACTION_TEXT, text_value("Ring twice"));
    tamper_so_that_it_is_noticed(
        world,
        "DELETE FROM chain; INSERT INTO chain SELECT * FROM old; UPDATE chain SET change_count = change_count + 1");
}

static void record_older_than_the_newest_own_change__is_noticed(void **state)
{
    struct world *world = *state;
    device_sql(world->device, "CREATE TABLE old AS SELECT * FROM records");
    device_save(world->device, &world->case_id, &world->record_id, TYPE_ACTION, ACTION_TEXT, text_value("Ring twice"));
    tamper_so_that_it_is_noticed(world, "DELETE FROM records; INSERT INTO records SELECT * FROM old");
}

/* Nothing that a person reads: a list would show it. The newest own change is of another record, and fits. */
static void noticed_before_a_sync(struct world *world, const char *sql)
{
    struct hf_sync_facts facts;
    struct device *device = world->device;
    const struct hf_id other = device_id(device);
    device_sql(device, "CREATE TABLE old AS SELECT * FROM records");
    device_save(device, &world->case_id, &world->record_id, TYPE_ACTION, ACTION_TEXT, text_value("Ring twice"));
    device_save(device, &world->case_id, &other, TYPE_ACTION, ACTION_TEXT, text_value("Write"));
    tamper(world, sql, HF_OK);
    assert_string_equal(hf_replica_damage(device->replica), "");
    assert_int_equal(hf_replica_facts(device->replica, &facts), HF_OK);
    assert_true(facts.damaged);
    assert_non_null(strstr(hf_replica_damage(device->replica), "older copy"));
}

static void record_older_than_its_newest_change__is_noticed_before_a_sync(void **state)
{
    noticed_before_a_sync(*state, "UPDATE records SET changed = (SELECT changed FROM old WHERE old.seq = records.seq)"
                                  " WHERE seq IN (SELECT seq FROM old WHERE type = 54)");
}

static void record_that_is_gone__is_noticed_before_a_sync(void **state)
{
    noticed_before_a_sync(*state, "DELETE FROM records WHERE seq IN (SELECT seq FROM old WHERE type = 54)");
}

static void record_that_is_gone__is_noticed(void **state)
{
    struct world *world = *state;
    tamper_so_that_it_is_noticed(world, "DELETE FROM records WHERE type = 54");
}

/* A whole older file fits itself: only the office can tell, and does. */
static void older_copy_of_the_whole_store__shows_at_the_next_sync(void **state)
{
    struct world *world = *state;
    struct device *device = world->device;
    device_sync(device);
    device_close(device);
    device_copy_store(device, "older");
    assert_int_equal(device_open(device), HF_OK);
    device_save(device, &world->case_id, &world->record_id, TYPE_ACTION, ACTION_TEXT, text_value("Ring twice"));
    device_sync(device);
    device_close(device);
    device_put_back(device, "older");
    assert_int_equal(device_open(device), HF_OK);

    struct hf_sync_facts facts;
    struct snapshot before = snapshot_of(device);
    assert_int_equal(hf_replica_facts(device->replica, &facts), HF_OK);
    assert_int_equal(facts.cursor, world->server->size - 1);
    struct hf_item item = server_item(world->server, facts.cursor);
    assert_int_equal(device_feed(device, &item, 1, world->server->size), HF_ERR_AUTH);
    assert_non_null(strstr(device->err.text, "older copy"));
    assert_unchanged(device, &before);

    /* Going on from there makes a second change with a number that is in use. */
    device_save(device, &world->case_id, &world->record_id, TYPE_ACTION, ACTION_TEXT, text_value("Write"));
    assert_int_equal(device_feed(device, &item, 1, world->server->size), HF_ERR_AUTH);
    assert_non_null(strstr(device->err.text, "second change"));
}

/* --- what an older program could not read --- */

static void change_not_understood_before__takes_effect_once_it_is(void **state)
{
    struct world *world = *state;
    uint8_t before[HF_HASH_BYTES];
    uint8_t after[HF_HASH_BYTES];
    device_sync(world->device);
    device_digest(world->device, before);
    /* as a program without this record type would have stored it, with a newer own change elsewhere */
    struct hf_id other = device_id(world->device);
    device_sql(world->device, "UPDATE changes SET effect = 3 WHERE record_id IN (SELECT record_id FROM records WHERE"
                              " type = 54); DELETE FROM records WHERE type = 54");
    assert_string_equal(device_text(world->device, &world->record_id, ACTION_TEXT), "");
    device_reopen(world->device);
    assert_string_equal(device_text(world->device, &world->record_id, ACTION_TEXT), "Ring");
    device_digest(world->device, after);
    assert_memory_equal(before, after, sizeof before);
    device_save(world->device, &world->case_id, &other, TYPE_ACTION, ACTION_TEXT, text_value("Next"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup_action, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(new_chain__takes_along_an_own_change_that_cannot_be_read),
        TEST(store_that_was_put_back__reads_on_behind_the_last_of_its_own_changes),
        TEST(replica__is_the_same_after_closing_and_opening),
        TEST(identity__is_the_same_after_closing_and_opening),
        TEST(new_incarnation__waits_for_what_is_unsent_and_begins_a_chain),
        TEST(store_of_one_authority__is_not_used_for_another),
        TEST(empty_vault__holds_no_replica),
        TEST(closing_nothing__is_fine),
        TEST(store_of_a_later_program__is_refused),
        TEST(store_of_an_earlier_program__is_refused_and_stays_as_it_was),
        TEST(damaged_identity__is_reported),
        TEST(own_change_that_is_gone__is_noticed),
        TEST(change_of_somebody_else_that_is_gone__is_noticed),
        TEST(other_head_than_remembered__is_noticed),
        TEST(older_chain_than_changes__is_noticed),
        TEST(older_chain_of_the_right_count__is_noticed),
        TEST(record_older_than_the_newest_own_change__is_noticed),
        TEST(record_that_is_gone__is_noticed),
        TEST(record_older_than_its_newest_change__is_noticed_before_a_sync),
        TEST(record_that_is_gone__is_noticed_before_a_sync),
        TEST(older_copy_of_the_whole_store__shows_at_the_next_sync),
        TEST(change_not_understood_before__takes_effect_once_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
