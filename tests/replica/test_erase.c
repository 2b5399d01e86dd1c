/* A case that two officers erased leaves a device for good, and nothing less than two officers can make it go. */
#include "core/model/body_erase.h"
#include "core/replica/reads.h"
#include "core/replica/search.h"

#include "tests/replica/support_device.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define WORD "Xyloquintessence"

struct world {
    struct server *server;
    struct device *worker, *first, *second;
    struct hf_id case_id, child, other_case;
};

static int setup(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    world->server = server_new();
    world->worker = device_new(world->server, "Wanda Worker", HF_ROLE_WORKER);
    world->first = device_new(world->server, "Ada Officer", HF_ROLE_OFFICE);
    world->second = device_new(world->server, "Bede Officer", HF_ROLE_MANAGER);
    (void)server_officer(world->server, &world->first->identity.person, true);
    (void)server_officer(world->server, &world->second->identity.person, true);
    world->case_id = device_case(world->worker, "Case " WORD);
    world->child = device_id(world->worker);
    (void)device_save(world->worker, &world->case_id, &world->child, TYPE_CHILD, CHILD_NAME, text_value(WORD));
    world->other_case = device_case(world->worker, "Another case");
    device_sync(world->worker);
    device_sync(world->worker);
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    device_free(world->worker);
    device_free(world->first);
    device_free(world->second);
    server_free(world->server);
    free(world);
    return 0;
}

/* As the server writes it; `second` signs as the second officer. */
static uint64_t erase(struct world *world, struct device *first, struct device *second)
{
    struct server *server = world->server;
    struct hf_buf ranges = {0}, request = {0}, bytes = {0};
    uint64_t entries = 0;
    for (uint64_t i = 0; i < server->size; i++)
        if (hf_id_equal(&server->entries[i].case_id, &world->case_id)) {
            assert_int_equal(hf_erase_ranges_add(&ranges, i), HF_OK);
            entries++;
        }
    struct hf_erase_request asked = {.erasure = device_id(first),
                                     .case_id = world->case_id,
                                     .basis = hf_slice_str("never_recorded"),
                                     .log_size = server->size,
                                     .entry_count = entries,
                                     .asked_ms = first->now_ms,
                                     .person = first->identity.person};
    memcpy(asked.device, first->identity.sign.public_key, sizeof asked.device);
    hf_sha256_of(ranges.data, ranges.len, asked.ranges_hash);
    hf_erase_request_encode(&asked, &request);
    struct hf_erase_body body = {
        .request = hf_buf_slice(&request), .ranges = hf_buf_slice(&ranges), .person = second->identity.person};
    hf_erase_sign_request(&first->identity.sign, server->log_id, body.request, body.asked_signature);
    memcpy(body.device, second->identity.sign.public_key, sizeof body.device);
    hf_erase_sign_confirm(&second->identity.sign, server->log_id, &body.person, body.request, body.signature);
    hf_erase_body_encode(&body, &bytes);
    uint64_t index = server_write(server, HF_LEAF_ERASE, hf_buf_slice(&bytes));
    hf_buf_clear(&ranges);
    hf_buf_clear(&request);
    hf_buf_clear(&bytes);
    return index;
}

/* Every page as the vault's key opens it, free ones too. */
static bool contains(struct device *device, const void *word, size_t len)
{
    sqlite3_int64 size = 0;
    unsigned char *image = sqlite3_serialize(hf_vault_db(device->vault), "main", &size, 0);
    assert_non_null(image);
    bool found = false;
    for (sqlite3_int64 i = 0; !found && i + (sqlite3_int64)len <= size; i++)
        found = memcmp(image + i, word, len) == 0;
    sqlite3_free(image);
    return found;
}

static void erased_case__leaves_nothing_on_the_device_and_a_receipt(void **state)
{
    struct world *world = *state;
    struct device *worker = world->worker;
    struct hf_class_key key = *server_key_of(world->server, &world->case_id);
    struct hf_sync_facts facts;
    assert_int_equal(hf_replica_search_update(worker->replica, &worker->err), HF_OK);
    assert_true(contains(worker, WORD, strlen(WORD)));
    assert_true(contains(worker, key.key, sizeof key.key));
    (void)erase(world, world->first, world->second);
    device_pull_general(worker);
    assert_false(contains(worker, WORD, strlen(WORD)));
    assert_false(contains(worker, key.key, sizeof key.key));
    assert_true(device_wal_is_empty(worker));
    assert_int_equal(hf_replica_facts(worker->replica, &facts), HF_OK);
    assert_true(facts.has_purge);
    assert_true(hf_id_equal(&facts.purge_case, &world->case_id));
    assert_int_equal(device_counts(worker).cases, 1); /* the other one */
    device_reopen(worker);
    assert_false(contains(worker, WORD, strlen(WORD)));
    (void)device_save(worker, &world->other_case, &(struct hf_id){.bytes = {7}}, TYPE_CHILD, CHILD_NAME,
                      text_value("Still works"));
    device_sync(worker);
}

static bool take_item(void *ctx, const struct hf_item *item)
{
    *(struct hf_item *)ctx = *item;
    assert_int_equal(item->body.len, 1); /* nil */
    return true;
}

/* Its chain cannot go on, and neither can the change be sealed again: its leaf goes into the new chain as it was. */
static void unsent_change_of_an_erased_case__goes_on_in_a_new_chain(void **state)
{
    struct world *world = *state;
    struct device *worker = world->worker;
    struct hf_id another = device_id(worker);
    struct hf_item item = {0};
    struct hf_sync_facts facts;
    (void)device_save(worker, &world->case_id, &another, TYPE_CHILD, CHILD_NAME, text_value("Unsent " WORD));
    (void)erase(world, world->first, world->second);
    device_pull_general(worker);
    assert_int_equal(hf_replica_restart(worker->replica, &(struct hf_restart_answer){.incarnation = 1}, worker->now_ms,
                                        &worker->err),
                     HF_OK);
    assert_int_equal(device_counts(worker).saved_here, 1);
    assert_int_equal(hf_replica_facts(worker->replica, &facts), HF_OK);
    assert_int_equal(facts.incarnation, 1);
    assert_int_equal(hf_replica_outbox(worker->replica, facts.unsent_seq, take_item, &item), HF_OK);
    assert_int_equal(item.form, HF_ITEM_WHOLE);
    assert_false(contains(worker, "Unsent " WORD, strlen("Unsent " WORD)));
}

static void unsent_change_of_an_erased_case__is_handed_in_as_a_leaf_only(void **state)
{
    struct world *world = *state;
    struct device *worker = world->worker;
    struct hf_id another = device_id(worker);
    struct hf_item item = {0};
    struct hf_sync_facts facts;
    (void)device_save(worker, &world->case_id, &another, TYPE_CHILD, CHILD_NAME, text_value("Unsent " WORD));
    (void)erase(world, world->first, world->second);
    device_pull_general(worker);
    assert_false(contains(worker, WORD, strlen(WORD)));
    assert_int_equal(hf_replica_facts(worker->replica, &facts), HF_OK);
    assert_int_equal(facts.next_seq - facts.unsent_seq, 1);
    assert_int_equal(hf_replica_outbox(worker->replica, facts.unsent_seq, take_item, &item), HF_OK);
    assert_int_equal(item.form, HF_ITEM_WHOLE);
    const struct hf_pushed held = {.seq = facts.unsent_seq, .index = world->server->size, .hold = HF_HOLD_ERASED};
    assert_int_equal(hf_replica_store_pushed(worker->replica, &held, 1, &worker->err), HF_OK);
}

static enum hf_status pull(struct world *world)
{
    struct hf_sync_facts facts;
    assert_int_equal(hf_replica_facts(world->worker->replica, &facts), HF_OK);
    struct hf_item item = server_item(world->server, world->server->size - 1);
    const struct hf_feed feed = {.keys = server_key_of(world->server, &world->server->office_case),
                                 .key_count = 1,
                                 .items = &item,
                                 .item_count = 1,
                                 .next_cursor = world->server->size};
    return hf_replica_store_feed(world->worker->replica, &feed, world->worker->now_ms, &world->worker->err);
}

static void one_person__cannot_make_a_device_forget(void **state)
{
    struct world *world = *state;
    struct device *again = device_of_same_person(world->first);
    device_pull_general(world->worker); /* knows the other device */
    (void)erase(world, world->first, again);
    assert_int_equal(pull(world), HF_ERR_AUTH);
    assert_true(contains(world->worker, WORD, strlen(WORD)));
    device_free(again);
}

static void workers__cannot_make_a_device_forget(void **state)
{
    struct world *world = *state;
    (void)erase(world, world->first, world->worker);
    assert_int_equal(pull(world), HF_ERR_AUTH);
    assert_true(contains(world->worker, WORD, strlen(WORD)));
}

static void reason_for_reading_an_erased_case__goes_and_the_reading_is_told(void **state)
{
    struct world *world = *state;
    struct device *worker = world->worker;
    uint64_t pending = 0;
    struct hf_read read = {.case_id = world->case_id, .what = HF_READ_LIST, .reason = hf_slice_str("Signed for " WORD)};
    assert_int_equal(hf_replica_read_note(worker->replica, &read, worker->now_ms, &worker->err), HF_OK);
    assert_int_equal(hf_replica_reads_sign(worker->replica, HF_READS_ALL, worker->now_ms, NULL, &worker->err), HF_OK);
    device_push(worker);
    read.reason = hf_slice_str("Pending for " WORD);
    assert_int_equal(hf_replica_read_note(worker->replica, &read, worker->now_ms, &worker->err), HF_OK);
    assert_true(contains(worker, "Signed for " WORD, strlen("Signed for " WORD)));
    (void)erase(world, world->first, world->second);
    device_pull_general(worker);
    assert_false(contains(worker, WORD, strlen(WORD)));
    assert_int_equal(hf_replica_reads_pending(worker->replica, &pending), HF_OK);
    assert_int_equal(pending, 1);
}

/* A page that was signed before this device heard of the erasure still has to be handed in, and is taken as a leaf. */
static uint64_t page_in_wait(struct world *world)
{
    struct device *worker = world->worker;
    struct hf_sync_facts facts;
    const struct hf_read read = {
        .case_id = world->case_id, .what = HF_READ_LIST, .reason = hf_slice_str("Signed for " WORD)};
    assert_int_equal(hf_replica_facts(worker->replica, &facts), HF_OK);
    assert_int_equal(hf_replica_read_note(worker->replica, &read, worker->now_ms, &worker->err), HF_OK);
    assert_int_equal(hf_replica_reads_sign(worker->replica, HF_READS_ALL, worker->now_ms, NULL, &worker->err), HF_OK);
    (void)erase(world, world->first, world->second);
    device_pull_general(worker);
    assert_true(contains(worker, "Signed for " WORD, strlen("Signed for " WORD))); /* the office has not heard of it */
    return facts.next_seq;
}

static void page_about_an_erased_case__loses_its_reason_when_the_office_has_it(void **state)
{
    struct world *world = *state;
    struct device *worker = world->worker;
    const struct hf_pushed late = {.seq = page_in_wait(world), .index = world->server->size, .hold = HF_HOLD_ERASED};
    assert_int_equal(hf_replica_store_pushed(worker->replica, &late, 1, &worker->err), HF_OK);
    assert_false(contains(worker, WORD, strlen(WORD)));
    assert_true(device_wal_is_empty(worker));
}

static void page_logged_before_the_erasure_and_answered_after__loses_its_reason(void **state)
{
    struct world *world = *state;
    struct device *worker = world->worker;
    const struct hf_pushed in_time = {.seq = page_in_wait(world), .index = world->server->size};
    assert_int_equal(hf_replica_store_pushed(worker->replica, &in_time, 1, &worker->err), HF_OK);
    assert_false(contains(worker, WORD, strlen(WORD)));
}

static void page_about_a_case_that_stays__keeps_its_reason_until_the_office_proves_it(void **state)
{
    struct world *world = *state;
    struct device *worker = world->worker;
    struct hf_sync_facts facts;
    const struct hf_read read = {
        .case_id = world->other_case, .what = HF_READ_LIST, .reason = hf_slice_str("Signed for the other")};
    assert_int_equal(hf_replica_facts(worker->replica, &facts), HF_OK);
    assert_int_equal(hf_replica_read_note(worker->replica, &read, worker->now_ms, &worker->err), HF_OK);
    assert_int_equal(hf_replica_reads_sign(worker->replica, HF_READS_ALL, worker->now_ms, NULL, &worker->err), HF_OK);
    (void)erase(world, world->first, world->second);
    device_pull_general(worker);
    const struct hf_pushed answer = {.seq = facts.next_seq, .index = world->server->size};
    assert_int_equal(hf_replica_store_pushed(worker->replica, &answer, 1, &worker->err), HF_OK);
    assert_true(contains(worker, "Signed for the other", strlen("Signed for the other")));
}

/* The office as such is not enough, and neither is a right that was taken back before. */
static void people_without_the_right__cannot_make_a_device_forget(void **state)
{
    struct world *world = *state;
    struct device *plain = device_new(world->server, "Cora Office", HF_ROLE_OFFICE);
    (void)erase(world, world->first, plain);
    assert_int_equal(pull(world), HF_ERR_AUTH);
    assert_true(contains(world->worker, WORD, strlen(WORD)));
    device_free(plain);
}

static void right_taken_back_before__cannot_make_a_device_forget(void **state)
{
    struct world *world = *state;
    (void)server_officer(world->server, &world->second->identity.person, false);
    device_pull_general(world->worker);
    (void)erase(world, world->first, world->second);
    assert_int_equal(pull(world), HF_ERR_AUTH);
    assert_true(contains(world->worker, WORD, strlen(WORD)));
}

static void right_taken_back_afterwards__changes_nothing(void **state)
{
    struct world *world = *state;
    (void)erase(world, world->first, world->second);
    (void)server_officer(world->server, &world->second->identity.person, false);
    device_pull_general(world->worker);
    assert_false(contains(world->worker, WORD, strlen(WORD)));
}

static void key_of_an_erased_case__is_not_taken_again(void **state)
{
    struct world *world = *state;
    struct hf_class_key key = *server_key_of(world->server, &world->case_id);
    (void)erase(world, world->first, world->second);
    device_pull_general(world->worker);
    const struct hf_feed feed = {.keys = &key, .key_count = 1, .next_cursor = world->server->size};
    assert_int_equal(hf_replica_store_feed(world->worker->replica, &feed, world->worker->now_ms, &world->worker->err),
                     HF_OK);
    assert_false(contains(world->worker, key.key, sizeof key.key));
}

#define ERASE_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ERASE_TEST(erased_case__leaves_nothing_on_the_device_and_a_receipt),
        ERASE_TEST(unsent_change_of_an_erased_case__is_handed_in_as_a_leaf_only),
        ERASE_TEST(unsent_change_of_an_erased_case__goes_on_in_a_new_chain),
        ERASE_TEST(one_person__cannot_make_a_device_forget),
        ERASE_TEST(workers__cannot_make_a_device_forget),
        ERASE_TEST(reason_for_reading_an_erased_case__goes_and_the_reading_is_told),
        ERASE_TEST(page_about_an_erased_case__loses_its_reason_when_the_office_has_it),
        ERASE_TEST(page_logged_before_the_erasure_and_answered_after__loses_its_reason),
        ERASE_TEST(page_about_a_case_that_stays__keeps_its_reason_until_the_office_proves_it),
        ERASE_TEST(people_without_the_right__cannot_make_a_device_forget),
        ERASE_TEST(right_taken_back_before__cannot_make_a_device_forget),
        ERASE_TEST(right_taken_back_afterwards__changes_nothing),
        ERASE_TEST(key_of_an_erased_case__is_not_taken_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
