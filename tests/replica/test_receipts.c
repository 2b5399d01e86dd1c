/* Checkpoints and receipts. */
#include "core/log/evidence.h"
#include "core/replica/distrust.h"
#include "core/replica/proofs.h"
#include "tests/replica/support_device.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct world {
    struct server *server;
    struct device *device;
    struct hf_id case_id;
    struct hf_sync_facts facts; /* after the push of five changes */
    struct hf_buf note;
    struct hf_proof consistency;
    struct hf_range_proof ranges[HF_FACT_RANGES_MAX];
};

/* A checkpoint was verified, and then five more changes were pushed. */
static int setup(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    world->server = server_new();
    world->device = device_new(world->server, "Amara Field", HF_ROLE_WORKER);
    world->case_id = device_case(world->device, "INV-4821");
    device_sync(world->device);
    server_person(world->server, &world->case_id, "Somebody Else");
    for (int i = 0; i < 5; i++) {
        struct hf_id record_id = device_id(world->device);
        device_save(world->device, &world->case_id, &record_id, TYPE_ACTION, ACTION_TEXT, text_value("Ring"));
    }
    device_push(world->device);
    server_person(world->server, &world->case_id, "Somebody Else");
    assert_int_equal(hf_replica_facts(world->device->replica, &world->facts), HF_OK);
    server_prove(world->server, &world->facts, &world->consistency, world->ranges);
    server_checkpoint(world->server, &world->note);
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    device_free(world->device);
    server_free(world->server);
    hf_buf_clear(&world->note);
    free(world);
    return 0;
}

static enum hf_status store(struct world *world)
{
    return device_store_head(world->device, hf_buf_slice(&world->note), &world->consistency, world->ranges,
                             world->facts.range_count);
}

static void assert_refused(struct world *world, const char *reason)
{
    struct hf_buf note = {0};
    struct hf_buf prev = {0};
    struct hf_buf note_after = {0};
    struct snapshot before = snapshot_of(world->device);
    assert_int_equal(hf_replica_checkpoint(world->device->replica, &note, &prev), HF_OK);
    assert_int_equal(store(world), HF_ERR_AUTH);
    if (!strstr(world->device->err.text, reason))
        fail_msg("%s", world->device->err.text);
    assert_unchanged(world->device, &before);
    hf_buf_reset(&prev);
    assert_int_equal(hf_replica_checkpoint(world->device->replica, &note_after, &prev), HF_OK);
    assert_true(hf_slice_equal(hf_buf_slice(&note), hf_buf_slice(&note_after)));
    hf_buf_clear(&note);
    hf_buf_clear(&prev);
    hf_buf_clear(&note_after);
}

/* --- what holds --- */

static void proved_changes__are_received(void **state)
{
    struct world *world = *state;
    assert_int_equal(device_counts(world->device).sent, 5);
    assert_int_equal(world->facts.range_count, 1);
    assert_int_equal(store(world), HF_OK);
    struct hf_replica_counts counts = device_counts(world->device);
    assert_int_equal(counts.sent, 0);
    assert_int_equal(counts.received, 7);
    assert_int_equal(counts.oldest_unsent_ms, 0);
    assert_int_equal(counts.checkpoint_size, world->server->size);
    assert_int_equal(counts.checkpoint_ms, world->device->now_ms - 1);
    assert_int_equal(counts.last_sync_ms, world->device->now_ms - 1);
    device_reopen(world->device);
    assert_int_equal(device_counts(world->device).received, 7);
}

static void head_without_receipts__leaves_changes_sent(void **state)
{
    struct world *world = *state;
    world->facts.range_count = 0;
    assert_int_equal(store(world), HF_OK);
    assert_int_equal(device_counts(world->device).sent, 5);
}

static void checkpoint__is_kept_with_the_one_before(void **state)
{
    struct world *world = *state;
    struct hf_buf first = {0};
    struct hf_buf none = {0};
    struct hf_buf note = {0};
    struct hf_buf prev = {0};
    assert_int_equal(hf_replica_checkpoint(world->device->replica, &first, &none), HF_OK);
    assert_true(first.len > 0);
    assert_int_equal(none.len, 0);
    assert_int_equal(store(world), HF_OK);
    assert_int_equal(hf_replica_checkpoint(world->device->replica, &note, &prev), HF_OK);
    assert_true(hf_slice_equal(hf_buf_slice(&note), hf_buf_slice(&world->note)));
    assert_true(hf_slice_equal(hf_buf_slice(&prev), hf_buf_slice(&first)));
    assert_int_equal(store(world), HF_OK); /* the same again */
    hf_buf_reset(&prev);
    hf_buf_reset(&note);
    assert_int_equal(hf_replica_checkpoint(world->device->replica, &note, &prev), HF_OK);
    assert_true(hf_slice_equal(hf_buf_slice(&prev), hf_buf_slice(&first)));
    hf_buf_clear(&first);
    hf_buf_clear(&note);
    hf_buf_clear(&prev);
}

static bool keep_leaf(void *ctx, const struct hf_change_row *row)
{
    *(struct hf_leaf *)ctx = row->leaf;
    return true;
}

static void next_change__names_the_checkpoint_that_was_verified(void **state)
{
    struct world *world = *state;
    struct hf_leaf leaf;
    struct hf_hash root;
    assert_int_equal(store(world), HF_OK);
    struct hf_id record_id = device_id(world->device);
    struct hf_id id =
        device_save(world->device, &world->case_id, &record_id, TYPE_ACTION, ACTION_TEXT, text_value("Ring"));
    assert_int_equal(hf_replica_change(world->device->replica, &id, keep_leaf, &leaf), HF_OK);
    hf_tree_root(&world->server->nodes.tree, &root);
    assert_int_equal(leaf.seen_size, world->server->size);
    assert_memory_equal(leaf.seen_root, root.bytes, sizeof leaf.seen_root);
}

static bool keep_first_leaf(void *ctx, const struct hf_item *item)
{
    assert_int_equal(hf_leaf_decode(item->leaf, ctx), HF_OK);
    return false;
}

static void change_before_any_checkpoint__names_the_empty_tree(void **state)
{
    struct world *world = *state;
    struct hf_leaf leaf;
    uint8_t empty[HF_HASH_BYTES];
    hf_sha256_of(NULL, 0, empty);
    assert_int_equal(hf_replica_outbox(world->device->replica, 0, keep_first_leaf, &leaf), HF_OK);
    assert_int_equal(leaf.seen_size, 0);
    assert_memory_equal(leaf.seen_root, empty, sizeof empty);
}

/* --- the proofs that are kept --- */

struct found {
    struct hf_id change_id[16];
    uint64_t index[16];
    size_t count;
};

static bool note_own(void *ctx, const struct hf_item *item)
{
    struct found *found = ctx;
    found->change_id[found->count] = hf_leaf_change_id(item->leaf.data);
    found->index[found->count++] = item->index;
    return true;
}

static void assert_proved(struct world *world, const struct hf_id *change_id, uint64_t index, uint64_t size)
{
    struct hf_buf bytes = {0};
    struct hf_proof_file file;
    struct hf_note_key key;
    struct hf_checkpoint checkpoint;
    struct hf_hash leaf_hash;
    assert_int_equal(hf_replica_proof_file(world->device->replica, change_id, &bytes, &world->device->err), HF_OK);
    assert_int_equal(hf_proof_file_parse(hf_buf_slice(&bytes), &file), HF_OK);
    hf_tree_leaf_hash(hf_buf_slice(&file.extra), &leaf_hash);
    assert_int_equal(hf_note_key_init(hf_slice_str(world->server->origin), world->server->log_key.public_key, &key),
                     HF_OK);
    assert_int_equal(hf_proof_file_verify(&file, &key, &leaf_hash, &checkpoint), HF_OK);
    assert_int_equal(file.index, index);
    assert_int_equal(checkpoint.size, size);
    hf_proof_file_clear(&file);
    hf_buf_clear(&bytes);
}

static void every_received_change__has_a_proof_that_others_can_check(void **state)
{
    struct world *world = *state;
    struct found found = {0};
    struct hf_receipt receipt;
    assert_int_equal(store(world), HF_OK);
    device_reopen(world->device);
    assert_int_equal(hf_replica_outbox(world->device->replica, 0, note_own, &found), HF_OK);
    assert_int_equal(found.count, 7);
    for (size_t i = 2; i < found.count; i++) {
        assert_int_equal(hf_replica_receipt(world->device->replica, found.index[i], &receipt), HF_OK);
        assert_int_equal(receipt.size, world->server->size);
        assert_int_equal(receipt.verified_ms, world->device->now_ms - 1);
        assert_proved(world, &found.change_id[i], found.index[i], world->server->size);
    }
    /* Those of the sync before keep the checkpoint of that day. */
    assert_proved(world, &found.change_id[0], found.index[0], world->facts.checkpoint_size);
}

static void change_that_is_only_sent__has_no_proof(void **state)
{
    struct world *world = *state;
    struct found found = {0};
    struct hf_receipt receipt;
    struct hf_buf bytes = {0};
    assert_int_equal(hf_replica_outbox(world->device->replica, 0, note_own, &found), HF_OK);
    assert_int_equal(hf_replica_receipt(world->device->replica, found.index[6], &receipt), HF_ERR_NOT_FOUND);
    assert_int_equal(hf_replica_proof_file(world->device->replica, &found.change_id[6], &bytes, &world->device->err),
                     HF_ERR_STATE);
    assert_non_null(strstr(world->device->err.text, "no proof yet"));
    assert_int_equal(bytes.len, 0);
}

static void kept_proof_that_was_altered__is_not_given_out(void **state)
{
    struct world *world = *state;
    struct found found = {0};
    struct hf_buf bytes = {0};
    assert_int_equal(store(world), HF_OK);
    device_sql(world->device, "UPDATE proofs SET proof = randomblob(length(proof))");
    assert_int_equal(hf_replica_outbox(world->device->replica, 0, note_own, &found), HF_OK);
    assert_int_equal(hf_replica_proof_file(world->device->replica, &found.change_id[6], &bytes, &world->device->err),
                     HF_ERR_AUTH);
    assert_int_equal(bytes.len, 0);
}

/* --- what does not --- */

/* From now on, and with evidence; what the log did not sign is refused each time and proves nothing against it. */
static void expect_trust(struct world *world, bool trusts)
{
    struct hf_distrust distrust;
    struct hf_buf file = {0};
    struct hf_evidence evidence;
    assert_int_equal(hf_replica_distrust(world->device->replica, &distrust, &world->device->err), HF_OK);
    assert_int_equal(distrust.found, !trusts);
    if (trusts)
        return;
    assert_true(distrust.text[0] != '\0');
    assert_int_equal(hf_replica_evidence(world->device->replica, &file, &world->device->err), HF_OK);
    assert_int_equal(hf_evidence_parse(hf_buf_slice(&file), &evidence), HF_OK);
    assert_true(hf_slice_equal(evidence.later, hf_buf_slice(&world->note)));
    hf_buf_clear(&file);
}

static void proof_that_is_wrong__is_refused(void **state)
{
    struct world *world = *state;
    world->ranges[0].proof.hash[0].bytes[5] ^= 1;
    assert_refused(world, "do not prove");
    expect_trust(world, false);
    world->ranges[0].proof.hash[0].bytes[5] ^= 1;
    world->ranges[0].proof.count--;
    assert_refused(world, "do not prove");
}

static void receipt_for_a_change_that_was_altered__is_refused(void **state)
{
    struct world *world = *state;
    device_sql(world->device, "UPDATE changes SET leaf = (SELECT leaf FROM changes WHERE own = 1 AND log_index <"
                              " (SELECT max(log_index) FROM changes) ORDER BY log_index DESC LIMIT 1) WHERE log_index ="
                              " (SELECT max(log_index) FROM changes)");
    assert_int_equal(store(world), HF_ERR_STATE); /* it is this store that does not fit; nobody else is blamed */
    assert_true(hf_replica_damage(world->device->replica)[0] != '\0');
}

static void receipt_for_changes_of_others__is_refused(void **state)
{
    struct world *world = *state;
    struct hf_range *range = &world->ranges[0].range;
    range->count++;
    assert_refused(world, "did not make");
    range->count = 0;
    assert_refused(world, "does not have");
    range->count = UINT64_MAX;
    assert_refused(world, "does not have");
    range->count = 1;
    range->first = UINT64_MAX;
    assert_refused(world, "does not have");
    range->first = 0;
    assert_refused(world, "did not make");
}

static void one_bad_receipt_of_several__stores_none(void **state)
{
    struct world *world = *state;
    world->ranges[1] = world->ranges[0];
    world->ranges[1].proof.hash[0].bytes[0] ^= 1;
    world->facts.range_count = 2;
    assert_refused(world, "do not prove");
}

static void consistency_that_is_wrong__is_refused(void **state)
{
    struct world *world = *state;
    world->consistency.hash[0].bytes[0] ^= 1;
    assert_refused(world, "does not continue");
    world->consistency.count = 0;
    assert_refused(world, "does not continue");
}

/* Signs a checkpoint over whatever tree the test made up. */
static void forge(struct world *world, uint64_t size, uint8_t mark, const struct hf_sign_key *key, const char *origin)
{
    struct hf_note_key note_key;
    struct hf_checkpoint checkpoint = {.size = size};
    (void)snprintf(checkpoint.origin, sizeof checkpoint.origin, "%s", origin);
    memset(checkpoint.root.bytes, mark, sizeof checkpoint.root.bytes);
    hf_buf_reset(&world->note);
    assert_int_equal(hf_note_key_init(hf_slice_str(origin), key->public_key, &note_key), HF_OK);
    assert_int_equal(hf_checkpoint_sign(&checkpoint, &note_key, key, &world->note), HF_OK);
    world->facts.range_count = 0;
}

static void log_that_was_rolled_back__is_refused(void **state)
{
    struct world *world = *state;
    forge(world, world->facts.checkpoint_size - 1, 1, &world->server->log_key, world->server->origin);
    assert_refused(world, "shorter");
    expect_trust(world, false);
    forge(world, 0, 1, &world->server->log_key, world->server->origin);
    assert_refused(world, "shorter");
}

static void log_of_the_same_size_with_another_root__is_refused(void **state)
{
    struct world *world = *state;
    forge(world, world->facts.checkpoint_size, 1, &world->server->log_key, world->server->origin);
    assert_refused(world, "does not continue");
    expect_trust(world, false);
}

static void log_that_forked__is_refused(void **state)
{
    struct world *world = *state;
    forge(world, world->server->size, 1, &world->server->log_key, world->server->origin);
    assert_refused(world, "does not continue");
    expect_trust(world, false);
}

static void checkpoint_of_another_key_or_log__is_refused(void **state)
{
    struct world *world = *state;
    forge(world, world->server->size, 1, &world->server->authority, world->server->origin);
    assert_refused(world, "not signed");
    forge(world, world->server->size, 1, &world->server->log_key, "log.elsewhere.example");
    assert_refused(world, "not signed");
    hf_buf_reset(&world->note);
    hf_buf_append_str(&world->note, "no note at all\n");
    assert_refused(world, "not signed");
    expect_trust(world, true);
}

static void checkpoint_of_the_log_key_that_was_given_up__is_refused(void **state)
{
    struct world *world = *state;
    const struct hf_identity *now = hf_replica_identity(world->device->replica);
    struct hf_note_body certificate = {.what = HF_NOTE_SERVER, .serial = now->serial + 1};
    struct hf_identity *next = malloc(sizeof *next);
    struct hf_error err = {0};
    assert_non_null(next);
    *next = *now;
    memcpy(certificate.log_key, world->server->authority.public_key, sizeof certificate.log_key);
    assert_int_equal(hf_identity_take_certificate(next, &certificate), HF_OK);
    assert_int_equal(hf_replica_identity_put(world->device->replica, next, &err), HF_OK);
    hf_wipe(next, sizeof *next);
    free(next);
    assert_refused(world, "not signed"); /* true in everything else: the day before it was taken */
    forge(world, world->server->size, 1, &world->server->authority, world->server->origin); /* the new one */
    assert_refused(world, "does not continue");
}

static void first_checkpoint__needs_no_consistency(void **state)
{
    struct world *world = *state;
    struct device *fresh = device_new(world->server, "Chidi Road", HF_ROLE_WORKER);
    const struct hf_proof none = {.count = 0};
    hf_buf_reset(&world->note);
    server_checkpoint(world->server, &world->note);
    assert_int_equal(device_store_head(fresh, hf_buf_slice(&world->note), &none, NULL, 0), HF_OK);
    assert_int_equal(device_counts(fresh).checkpoint_size, world->server->size);
    device_free(fresh);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(proved_changes__are_received),
        TEST(head_without_receipts__leaves_changes_sent),
        TEST(checkpoint__is_kept_with_the_one_before),
        TEST(next_change__names_the_checkpoint_that_was_verified),
        TEST(change_before_any_checkpoint__names_the_empty_tree),
        TEST(every_received_change__has_a_proof_that_others_can_check),
        TEST(change_that_is_only_sent__has_no_proof),
        TEST(kept_proof_that_was_altered__is_not_given_out),
        TEST(proof_that_is_wrong__is_refused),
        TEST(receipt_for_a_change_that_was_altered__is_refused),
        TEST(receipt_for_changes_of_others__is_refused),
        TEST(one_bad_receipt_of_several__stores_none),
        TEST(consistency_that_is_wrong__is_refused),
        TEST(log_that_was_rolled_back__is_refused),
        TEST(log_of_the_same_size_with_another_root__is_refused),
        TEST(log_that_forked__is_refused),
        TEST(checkpoint_of_another_key_or_log__is_refused),
        TEST(checkpoint_of_the_log_key_that_was_given_up__is_refused),
        TEST(first_checkpoint__needs_no_consistency),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
