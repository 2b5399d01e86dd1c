/* What the server delivers is checked before anything is stored. */
#include "tests/replica/support_device.h"

#include "core/pack/writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct world {
    struct server *server;
    struct device *amara;
    struct device *office; /* has taken in everything but the last two entries */
    struct hf_id case_id;
    struct hf_id record_id;
    struct hf_item good; /* the entry before the last: an edit of the record */
    struct hf_item last; /* an edit of another field */
};

static int setup(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    world->server = server_new();
    world->amara = device_new(world->server, "Amara Field", HF_ROLE_WORKER);
    world->office = device_new(world->server, "Ben Office", HF_ROLE_OFFICE);
    world->case_id = device_case(world->amara, "INV-4821");
    world->record_id = device_id(world->amara);
    device_save(world->amara, &world->case_id, &world->record_id, TYPE_ACTION, ACTION_TEXT, text_value("Ring"));
    device_sync(world->amara);
    device_sync(world->office);
    device_save(world->amara, &world->case_id, &world->record_id, TYPE_ACTION, ACTION_TEXT, text_value("Ring twice"));
    device_save(world->amara, &world->case_id, &world->record_id, TYPE_ACTION, ACTION_DUE, text_value("2026-12-01"));
    device_push(world->amara);
    world->good = server_item(world->server, world->server->size - 2);
    world->last = server_item(world->server, world->server->size - 1);
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    device_free(world->amara);
    device_free(world->office);
    server_free(world->server);
    free(world);
    return 0;
}

/* A delivery of a good entry and then this one: refused, the text names the entry, and nothing at all was stored. */
static void assert_refused(struct world *world, const struct hf_item *bad, const char *reason)
{
    char entry[40];
    struct snapshot before = snapshot_of(world->office);
    struct hf_item items[] = {world->good, *bad};
    items[1].index = world->last.index;
    assert_int_equal(device_feed(world->office, items, 2, world->server->size), HF_ERR_AUTH);
    (void)snprintf(entry, sizeof entry, "Entry %u ", (unsigned)world->last.index);
    assert_non_null(strstr(world->office->err.text, entry));
    if (!strstr(world->office->err.text, reason))
        fail_msg("%s", world->office->err.text);
    assert_unchanged(world->office, &before);
    assert_string_equal(device_text(world->office, &world->record_id, ACTION_TEXT), "Ring");
    device_reopen(world->office);
    assert_unchanged(world->office, &before);
    device_sync(world->office); /* and the true entries still go in */
    assert_string_equal(device_text(world->office, &world->record_id, ACTION_TEXT), "Ring twice");
}

/* A signer that goes on with a chain that somebody has. */
static struct signer stranger(void)
{
    struct signer signer = {0};
    uint8_t seed[HF_KEY_BYTES];
    hf_random(seed, sizeof seed);
    hf_sign_key_from_seed(seed, &signer.key);
    return signer;
}

static struct signer chain_of(const struct device *device, uint64_t seq)
{
    struct signer signer = {.key = device->identity.sign, .seq = seq};
    memset(signer.head, 7, seq ? sizeof signer.head : 0);
    return signer;
}

static struct hf_item signed_by(struct world *world, struct signer *signer, enum hf_leaf_kind kind,
                                const struct hf_class_key *key, struct hf_slice body, uint8_t leaf[HF_LEAF_BYTES])
{
    signer_leaf(signer, world->server, kind, key, body, leaf);
    return (struct hf_item){
        .leaf = hf_slice_of(leaf, HF_LEAF_BYTES), .case_id = key->case_id, .key_id = key->key_id, .body = body};
}

/* --- what does not hold --- */

static void flipped_bit_of_a_leaf__is_refused(void **state)
{
    struct world *world = *state;
    static const size_t places[] = {9, 60, 90, 130, 170, 190, 220, 250, 311};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        uint8_t leaf[HF_LEAF_BYTES];
        struct hf_item bad = world->last;
        struct snapshot before = snapshot_of(world->office);
        memcpy(leaf, bad.leaf.data, sizeof leaf);
        leaf[places[i]] ^= 1;
        bad.leaf.data = leaf;
        struct hf_item items[] = {world->good, bad};
        assert_int_equal(device_feed(world->office, items, 2, world->server->size), HF_ERR_AUTH);
        assert_unchanged(world->office, &before);
    }
}

static void signature_that_does_not_fit__is_refused(void **state)
{
    struct world *world = *state;
    uint8_t leaf[HF_LEAF_BYTES];
    struct hf_item bad = world->last;
    memcpy(leaf, bad.leaf.data, sizeof leaf);
    leaf[300] ^= 1;
    bad.leaf.data = leaf;
    assert_refused(world, &bad, "signature");
}

static void other_body_than_signed__is_refused(void **state)
{
    struct world *world = *state;
    struct hf_item bad = world->last;
    bad.body = world->good.body;
    assert_refused(world, &bad, "not what was signed");
}

static void body_that_is_empty_or_too_long__is_refused(void **state)
{
    struct world *world = *state;
    struct hf_item bad = world->last;
    struct hf_buf large = {0};
    hf_buf_append_zeros(&large, HF_BODY_BYTES_MAX + 1);
    bad.body = hf_buf_slice(&large);
    assert_refused(world, &bad, "not what was signed");
    hf_buf_clear(&large);
}

static void leaf_of_another_log__is_refused(void **state)
{
    struct world *world = *state;
    struct server *other = server_new();
    uint8_t leaf[HF_LEAF_BYTES];
    struct signer signer = chain_of(world->amara, 77);
    other->log_id[0] ^= 1;
    signer_leaf(&signer, other, HF_LEAF_DATA, server_key_of(world->server, &world->case_id), world->last.body, leaf);
    struct hf_item bad = world->last;
    bad.leaf.data = leaf;
    assert_refused(world, &bad, "another log");
    server_free(other);
}

static void leaf_that_is_no_leaf__is_refused(void **state)
{
    struct world *world = *state;
    struct hf_item bad = world->last;
    bad.leaf.len -= 1;
    assert_refused(world, &bad, "form");
}

static void device_that_nobody_enrolled__is_refused(void **state)
{
    struct world *world = *state;
    uint8_t leaf[HF_LEAF_BYTES];
    struct signer signer = stranger();
    struct hf_item bad =
        signed_by(world, &signer, HF_LEAF_DATA, server_key_of(world->server, &world->case_id), world->last.body, leaf);
    assert_refused(world, &bad, "not enrolled");
}

static void other_incarnation_than_enrolled__is_refused(void **state)
{
    struct world *world = *state;
    uint8_t leaf[HF_LEAF_BYTES];
    struct signer signer = chain_of(world->amara, 0);
    signer.incarnation = 1;
    struct hf_item bad =
        signed_by(world, &signer, HF_LEAF_DATA, server_key_of(world->server, &world->case_id), world->last.body, leaf);
    assert_refused(world, &bad, "not enrolled");
}

static void change_logged_before_its_device_was_enrolled__is_refused(void **state)
{
    struct world *world = *state;
    struct server *server = world->server;
    struct device *late = device_new(server, "Dora New", HF_ROLE_WORKER);
    struct signer signer = chain_of(late, 0);
    uint8_t leaf[HF_LEAF_BYTES];
    struct hf_item early =
        signed_by(world, &signer, HF_LEAF_DATA, server_key_of(server, &world->case_id), world->last.body, leaf);
    uint64_t enrolled_at = server->size - 1;
    device_sync(world->office); /* the enrolment is known, but stands later in the log than the change claims to */
    struct snapshot before = snapshot_of(world->office);
    early.index = enrolled_at - 1;
    assert_int_equal(device_feed(world->office, &early, 1, server->size), HF_ERR_AUTH);
    assert_non_null(strstr(world->office->err.text, "not enrolled"));
    early.index = enrolled_at;
    assert_int_equal(device_feed(world->office, &early, 1, server->size), HF_ERR_AUTH);
    assert_unchanged(world->office, &before);
    early.index = enrolled_at + 1;
    assert_int_equal(device_feed(world->office, &early, 1, server->size + 1), HF_OK);
    device_free(late);
}

static void second_change_with_one_number__is_a_fork(void **state)
{
    struct world *world = *state;
    uint8_t leaf[HF_LEAF_BYTES];
    struct signer signer = chain_of(world->amara, 3); /* its number 3 is the good entry */
    struct hf_item bad =
        signed_by(world, &signer, HF_LEAF_DATA, server_key_of(world->server, &world->case_id), world->last.body, leaf);
    assert_refused(world, &bad, "second change number 3");
}

static void fork_of_this_device__is_told_with_both_changes(void **state)
{
    struct world *world = *state;
    uint8_t leaf[HF_LEAF_BYTES];
    char text[HF_ID_TEXT_BYTES];
    struct signer signer = chain_of(world->amara, 2);
    struct hf_item bad =
        signed_by(world, &signer, HF_LEAF_DATA, server_key_of(world->server, &world->case_id), world->last.body, leaf);
    struct snapshot before = snapshot_of(world->amara);
    bad.index = world->server->size;
    assert_int_equal(device_feed(world->amara, &bad, 1, bad.index + 1), HF_ERR_AUTH);
    struct hf_id id = hf_leaf_change_id(leaf);
    hf_id_format(&id, text);
    assert_non_null(strstr(world->amara->err.text, text));
    assert_unchanged(world->amara, &before);
}

static void kinds_of_the_server__come_from_the_server_only(void **state)
{
    struct world *world = *state;
    static const enum hf_leaf_kind kinds[] = {HF_LEAF_ENROL, HF_LEAF_REVOKE, HF_LEAF_NOTE};
    for (size_t i = 0; i < 3; i++) {
        uint8_t leaf[HF_LEAF_BYTES];
        struct signer signer = chain_of(world->amara, 77 + i);
        struct hf_item bad =
            signed_by(world, &signer, kinds[i], &world->server->keys[0], server_item(world->server, 1).body, leaf);
        struct snapshot before = snapshot_of(world->office);
        bad.index = world->server->size;
        assert_int_equal(device_feed(world->office, &bad, 1, bad.index + 1), HF_ERR_AUTH);
        assert_non_null(strstr(world->office->err.text, "only the office's server"));
        assert_unchanged(world->office, &before);
    }
}

/* A changed program signs that another device is out: the office holds it, and every device goes on with its work. */
static void kind_of_the_server_by_a_device_that_is_held__is_kept_without_effect(void **state)
{
    struct world *world = *state;
    uint8_t leaf[HF_LEAF_BYTES];
    struct hf_buf body = {0};
    struct hf_revoke_body revoke = {.reason_code = hf_slice_str("lost")};
    memcpy(revoke.device, world->office->identity.sign.public_key, sizeof revoke.device);
    hf_revoke_body_encode(&revoke, &body);
    device_pull(world->office);
    struct signer signer = chain_of(world->amara, 77);
    struct hf_item item = signed_by(world, &signer, HF_LEAF_REVOKE, server_key_of(world->server, &world->case_id),
                                    hf_buf_slice(&body), leaf);
    item.index = world->server->size;
    item.hold = HF_HOLD_RIGHT;
    assert_int_equal(device_feed(world->office, &item, 1, item.index + 1), HF_OK);
    assert_int_equal(device_counts(world->office).held, 1);
    assert_int_equal(hf_replica_identity(world->office->replica)->state, HF_IDENTITY_ENROLLED);
    hf_buf_clear(&body);
}

static void kinds_of_the_server__stand_in_the_office_case_only(void **state)
{
    struct world *world = *state;
    uint8_t leaf[HF_LEAF_BYTES];
    struct hf_item bad =
        signed_by(world, &world->server->signer, HF_LEAF_ENROL, server_key_of(world->server, &world->case_id),
                  server_item(world->server, 1).body, leaf);
    struct snapshot before = snapshot_of(world->office);
    bad.index = world->server->size;
    assert_int_equal(device_feed(world->office, &bad, 1, bad.index + 1), HF_ERR_AUTH);
    assert_non_null(strstr(world->office->err.text, "wrong case"));
    assert_unchanged(world->office, &before);
}

static void enrolment_that_cannot_be_read__is_refused(void **state)
{
    struct world *world = *state;
    uint8_t leaf[HF_LEAF_BYTES];
    struct signer signer = world->server->signer;
    struct hf_item bad = signed_by(world, &signer, HF_LEAF_ENROL, &world->server->keys[0], hf_slice_str("\x80"), leaf);
    assert_refused(world, &bad, "cannot be read");
}

static void entry_without_its_key__is_refused(void **state)
{
    struct world *world = *state;
    struct hf_item bad = world->last;
    bad.key_id.bytes[0] ^= 1;
    assert_refused(world, &bad, "key did not come");
}

static void entry_under_the_key_of_another_case__is_refused(void **state)
{
    struct world *world = *state;
    struct hf_item bad = world->last;
    bad.case_id.bytes[3] ^= 1;
    assert_refused(world, &bad, "another case");
}

static void other_key_under_a_known_name__is_refused(void **state)
{
    struct world *world = *state;
    struct hf_class_key key = *server_key_of(world->server, &world->case_id);
    const struct hf_feed feed = {.keys = &key, .key_count = 1, .next_cursor = world->server->size};
    struct snapshot before = snapshot_of(world->office);
    key.key[0] ^= 1;
    assert_int_equal(hf_replica_store_feed(world->office->replica, &feed, 1, &world->office->err), HF_ERR_AUTH);
    assert_unchanged(world->office, &before);
}

static void entries_out_of_order_or_beyond_the_cursor__are_refused(void **state)
{
    struct world *world = *state;
    struct snapshot before = snapshot_of(world->office);
    struct hf_item items[] = {world->last, world->good};
    assert_int_equal(device_feed(world->office, items, 2, world->server->size), HF_ERR_AUTH);
    items[1] = world->last;
    assert_int_equal(device_feed(world->office, items, 2, world->server->size), HF_ERR_AUTH);
    assert_int_equal(device_feed(world->office, &world->last, 1, world->server->size - 1), HF_ERR_AUTH);
    assert_unchanged(world->office, &before);
}

static void place_that_was_another_change_before__is_refused(void **state)
{
    struct world *world = *state;
    struct snapshot before = snapshot_of(world->office);
    struct hf_item moved = world->last;
    moved.index = world->good.index - 1;
    assert_int_equal(device_feed(world->office, &moved, 1, world->server->size), HF_ERR_AUTH);
    assert_unchanged(world->office, &before);
    device_pull(world->office);
    before = snapshot_of(world->office);
    moved.index = world->server->size + 5; /* known, but elsewhere */
    assert_int_equal(device_feed(world->office, &moved, 1, world->server->size + 6), HF_ERR_AUTH);
    assert_unchanged(world->office, &before);
}

static void history_of_another_case_than_asked_for__is_refused(void **state)
{
    struct world *world = *state;
    struct hf_feed feed = {.keys = world->server->keys,
                           .key_count = world->server->key_count,
                           .items = &world->good,
                           .item_count = 1,
                           .catchup = true,
                           .next_cursor = world->server->size};
    struct device *dora = device_new(world->server, "Dora New", HF_ROLE_WORKER);
    assert_int_equal(hf_replica_store_feed(dora->replica, &feed, 1, &dora->err), HF_ERR_STATE); /* none asked for */
    struct hf_id other = device_case(world->amara, "INV-4822");
    device_push(world->amara);
    server_assign(world->server, &other, &dora->identity.person, true);
    struct hf_item items[SERVER_DUTIES_MAX];
    size_t count = 0;
    for (uint64_t i = 0; i < world->server->size; i++)
        if (hf_id_equal(&world->server->entries[i].case_id, &world->server->office_case))
            items[count++] = server_item(world->server, i);
    assert_int_equal(device_feed(dora, items, count, world->server->size), HF_OK);
    struct snapshot before = snapshot_of(dora);
    assert_true(before.facts.has_catchup);
    assert_int_equal(hf_replica_store_feed(dora->replica, &feed, 1, &dora->err), HF_ERR_AUTH);
    assert_unchanged(dora, &before);
    device_free(dora);
}

static void device_that_is_not_enrolled__takes_nothing_in(void **state)
{
    struct world *world = *state;
    struct hf_identity identity = world->office->identity;
    identity.state = HF_IDENTITY_PENDING;
    assert_int_equal(hf_replica_identity_put(world->office->replica, &identity, NULL), HF_OK);
    assert_int_equal(device_feed(world->office, &world->good, 1, world->server->size), HF_ERR_STATE);
}

/* --- what is kept without effect --- */

static void entries_that_are_here_already__are_taken_once(void **state)
{
    struct world *world = *state;
    struct hf_item items[] = {world->good, world->last};
    assert_int_equal(device_feed(world->office, items, 2, world->server->size), HF_OK);
    struct snapshot before = snapshot_of(world->office);
    assert_int_equal(device_feed(world->office, items, 2, world->server->size), HF_OK);
    assert_int_equal(device_feed(world->office, items, 1, world->last.index), HF_OK); /* an old cursor does not count */
    assert_unchanged(world->office, &before);
}

/* { 1 case, 2 record, 3 type, 4 [[field, "x", [base …]]] } */
static void write_body(struct world *world, const struct hf_id *record_id, unsigned type, unsigned field,
                       const struct hf_id *base, struct hf_buf *out)
{
    hf_buf_reset(out);
    hf_pack_map(out, 4);
    hf_pack_uint(out, 1);
    hf_pack_id(out, &world->case_id);
    hf_pack_uint(out, 2);
    hf_pack_id(out, record_id);
    hf_pack_uint(out, 3);
    hf_pack_uint(out, type);
    hf_pack_uint(out, 4);
    hf_pack_array(out, 1);
    hf_pack_array(out, 3);
    hf_pack_uint(out, field);
    hf_pack_text(out, hf_slice_str("x"));
    hf_pack_array(out, base ? 1 : 0);
    if (base)
        hf_pack_id(out, base);
}

static bool count_changes(void *ctx, const struct hf_change_row *row)
{
    (void)row;
    ++*(size_t *)ctx;
    return true;
}

static void type_or_field_of_a_later_program__is_kept_without_effect(void **state)
{
    struct world *world = *state;
    struct hf_buf body = {0};
    uint8_t leaf[HF_LEAF_BYTES];
    size_t changes = 0;
    struct signer signer = chain_of(world->amara, 77);
    const struct hf_class_key *key = server_key_of(world->server, &world->case_id);
    struct hf_id other = device_id(world->office);
    device_pull(world->office);
    struct snapshot before = snapshot_of(world->office);

    write_body(world, &world->record_id, TYPE_ACTION, 998, NULL, &body);
    struct hf_item item = signed_by(world, &signer, HF_LEAF_DATA, key, hf_buf_slice(&body), leaf);
    item.index = world->server->size;
    assert_int_equal(device_feed(world->office, &item, 1, item.index + 1), HF_OK);
    struct hf_id unknown = hf_leaf_change_id(leaf);

    write_body(world, &world->record_id, TYPE_ACTION, ACTION_TEXT, &unknown, &body); /* builds on it */
    item = signed_by(world, &signer, HF_LEAF_DATA, key, hf_buf_slice(&body), leaf);
    item.index = world->server->size + 1;
    assert_int_equal(device_feed(world->office, &item, 1, item.index + 1), HF_OK);

    write_body(world, &other, 998, 2, NULL, &body);
    item = signed_by(world, &signer, HF_LEAF_DATA, key, hf_buf_slice(&body), leaf);
    item.index = world->server->size + 2;
    assert_int_equal(device_feed(world->office, &item, 1, item.index + 1), HF_OK);

    struct snapshot after = snapshot_of(world->office);
    assert_memory_equal(before.digest, after.digest, sizeof before.digest);
    assert_int_equal(after.counts.changes, before.counts.changes + 3);
    assert_int_equal(after.counts.waiting, 0);
    assert_int_equal(hf_replica_history(world->office->replica, &world->record_id, count_changes, &changes), HF_OK);
    assert_int_equal(changes, 5);
    device_reopen(world->office);
    assert_unchanged(world->office, &after);
    hf_buf_clear(&body);
}

static void body_about_another_case_or_record__has_no_effect(void **state)
{
    struct world *world = *state;
    struct hf_buf body = {0};
    uint8_t leaf[HF_LEAF_BYTES];
    struct signer signer = chain_of(world->amara, 77);
    struct hf_id other_case = device_case(world->amara, "INV-4822");
    device_sync(world->amara);
    device_sync(world->office);
    struct hf_id true_case = world->case_id;
    struct snapshot before = snapshot_of(world->office);
    world->case_id = other_case; /* sealed under one case's key, about another */
    write_body(world, &world->record_id, TYPE_ACTION, ACTION_TEXT, NULL, &body);
    struct hf_item item =
        signed_by(world, &signer, HF_LEAF_DATA, server_key_of(world->server, &true_case), hf_buf_slice(&body), leaf);
    item.index = world->server->size;
    assert_int_equal(device_feed(world->office, &item, 1, item.index + 1), HF_OK);
    item = signed_by(world, &signer, HF_LEAF_DATA, server_key_of(world->server, &other_case), hf_buf_slice(&body),
                     leaf); /* a record of another case */
    item.index = world->server->size + 1;
    assert_int_equal(device_feed(world->office, &item, 1, item.index + 1), HF_OK);
    item = signed_by(world, &signer, HF_LEAF_DATA, server_key_of(world->server, &true_case), hf_slice_str("?"), leaf);
    item.index = world->server->size + 2;
    item.hold = HF_HOLD_FORM;
    assert_int_equal(device_feed(world->office, &item, 1, item.index + 1), HF_OK);
    struct hf_id fresh = device_id(world->office); /* would be a new record in a case whose key was not used */
    write_body(world, &fresh, TYPE_ACTION, ACTION_TEXT, NULL, &body);
    item = signed_by(world, &signer, HF_LEAF_DATA, server_key_of(world->server, &true_case), hf_buf_slice(&body), leaf);
    item.index = world->server->size + 3;
    assert_int_equal(device_feed(world->office, &item, 1, item.index + 1), HF_OK);
    struct snapshot after = snapshot_of(world->office);
    assert_memory_equal(before.digest, after.digest, sizeof before.digest);
    assert_int_equal(after.counts.held, 1);
    device_reopen(world->office);
    assert_unchanged(world->office, &after);
    hf_buf_clear(&body);
}

static void change_that_builds_on_another_record__has_no_effect(void **state)
{
    struct world *world = *state;
    struct hf_buf body = {0};
    uint8_t leaf[HF_LEAF_BYTES];
    struct signer signer = chain_of(world->amara, 77);
    device_pull(world->office);
    struct hf_id fresh = device_id(world->office);
    struct hf_id base = hf_leaf_change_id(world->good.leaf.data);
    struct snapshot before = snapshot_of(world->office);
    write_body(world, &fresh, TYPE_ACTION, ACTION_TEXT, &base, &body);
    struct hf_item item = signed_by(world, &signer, HF_LEAF_DATA, server_key_of(world->server, &world->case_id),
                                    hf_buf_slice(&body), leaf);
    item.index = world->server->size;
    assert_int_equal(device_feed(world->office, &item, 1, item.index + 1), HF_OK);
    struct snapshot after = snapshot_of(world->office);
    assert_memory_equal(before.digest, after.digest, sizeof before.digest);
    assert_int_equal(after.counts.waiting, 0);
    hf_buf_clear(&body);
}

static void change_that_nobody_can_open__is_kept_as_held(void **state)
{
    struct world *world = *state;
    uint8_t leaf[HF_LEAF_BYTES];
    struct signer signer = chain_of(world->amara, 77);
    struct hf_item item =
        signed_by(world, &signer, HF_LEAF_DATA, server_key_of(world->server, &world->case_id), world->last.body, leaf);
    device_pull(world->office);
    item.index = world->server->size;
    item.key_id = hf_id_zero();
    item.body = hf_slice_of(NULL, 0);
    item.hold = HF_HOLD_KEY;
    assert_int_equal(device_feed(world->office, &item, 1, item.index + 1), HF_OK);
    assert_int_equal(device_counts(world->office).held, 1);
    item.hold = HF_HOLD_NONE;
    item.index++;
    signer_leaf(&signer, world->server, HF_LEAF_DATA, server_key_of(world->server, &world->case_id), world->last.body,
                leaf);
    assert_int_equal(device_feed(world->office, &item, 1, item.index + 1), HF_ERR_AUTH);
}

/* What a delivery looked up for an entry does not outlive the entry that changes it. */
static void revocation_in_the_middle_of_a_delivery__counts_for_what_comes_after_it(void **state)
{
    struct world *world = *state;
    uint8_t leaf[HF_LEAF_BYTES];
    struct signer signer = chain_of(world->amara, 77);
    const uint64_t revoked_at = server_revoke(world->server, world->amara->identity.sign.public_key);
    struct hf_item late =
        signed_by(world, &signer, HF_LEAF_DATA, server_key_of(world->server, &world->case_id), world->last.body, leaf);
    late.index = world->server->size;
    struct hf_item items[] = {world->good, world->last, server_item(world->server, revoked_at), late};
    assert_int_equal(device_feed(world->office, items, 4, late.index + 1), HF_OK);
    assert_int_equal(device_counts(world->office).held, 1);
}

static void release_in_the_middle_of_a_delivery__counts_for_what_comes_after_it(void **state)
{
    struct world *world = *state;
    uint8_t leaf[HF_LEAF_BYTES];
    struct signer signer = chain_of(world->amara, 77);
    struct hf_item late =
        signed_by(world, &signer, HF_LEAF_DATA, server_key_of(world->server, &world->case_id), world->last.body, leaf);
    const struct hf_id change = hf_leaf_change_id(leaf);
    const uint64_t released_at = world->server->size;
    server_release(world->server, &change, true);
    late.index = world->server->size;
    late.hold = HF_HOLD_RIGHT; /* the office's first answer */
    struct hf_item items[] = {world->good, world->last, server_item(world->server, released_at), late};
    assert_int_equal(device_feed(world->office, items, 4, late.index + 1), HF_OK);
    assert_int_equal(device_counts(world->office).held, 0);
}

static void note_of_a_later_program__is_kept_without_effect(void **state)
{
    struct world *world = *state;
    struct hf_buf body = {0};
    device_pull(world->office);
    hf_pack_map(&body, 1);
    hf_pack_uint(&body, 1);
    hf_pack_text(&body, hf_slice_str("weather"));
    struct hf_item item = server_item(world->server, server_write(world->server, HF_LEAF_NOTE, hf_buf_slice(&body)));
    assert_int_equal(device_feed(world->office, &item, 1, item.index + 1), HF_OK);
    item = server_item(world->server, server_write(world->server, HF_LEAF_NOTE, hf_slice_str("\xc1")));
    assert_int_equal(device_feed(world->office, &item, 1, item.index + 1), HF_OK);
    hf_buf_clear(&body);
}

/* --- the clock --- */

static bool keep_leaf(void *ctx, const struct hf_change_row *row)
{
    *(struct hf_leaf *)ctx = row->leaf;
    return true;
}

static uint64_t clock_of_next_save(struct world *world)
{
    struct hf_leaf leaf;
    struct hf_id record_id = device_id(world->office);
    struct hf_id change_id =
        device_save(world->office, &world->case_id, &record_id, TYPE_ACTION, ACTION_TEXT, text_value("Later"));
    assert_int_equal(hf_replica_change(world->office->replica, &change_id, keep_leaf, &leaf), HF_OK);
    return hf_clock_ms(leaf.clock);
}

static void clock__follows_what_it_hears_up_to_a_day(void **state)
{
    struct world *world = *state;
    const uint64_t hour = 60ull * 60 * 1000;
    device_pull(world->office);
    world->amara->now_ms = world->office->now_ms + hour;
    device_save(world->amara, &world->case_id, &world->record_id, TYPE_ACTION, ACTION_TEXT, text_value("a"));
    uint64_t heard = world->amara->now_ms - 1;
    device_push(world->amara);
    device_pull(world->office);
    uint64_t next = clock_of_next_save(world);
    assert_true(next >= heard && next < heard + hour);
    world->amara->now_ms = world->office->now_ms + 25 * hour;
    device_save(world->amara, &world->case_id, &world->record_id, TYPE_ACTION, ACTION_TEXT, text_value("b"));
    device_push(world->amara);
    device_pull(world->office);
    assert_true(clock_of_next_save(world) < heard + hour);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(flipped_bit_of_a_leaf__is_refused),
        TEST(signature_that_does_not_fit__is_refused),
        TEST(other_body_than_signed__is_refused),
        TEST(body_that_is_empty_or_too_long__is_refused),
        TEST(leaf_of_another_log__is_refused),
        TEST(leaf_that_is_no_leaf__is_refused),
        TEST(device_that_nobody_enrolled__is_refused),
        TEST(other_incarnation_than_enrolled__is_refused),
        TEST(change_logged_before_its_device_was_enrolled__is_refused),
        TEST(second_change_with_one_number__is_a_fork),
        TEST(fork_of_this_device__is_told_with_both_changes),
        TEST(kinds_of_the_server__come_from_the_server_only),
        TEST(kind_of_the_server_by_a_device_that_is_held__is_kept_without_effect),
        TEST(kinds_of_the_server__stand_in_the_office_case_only),
        TEST(enrolment_that_cannot_be_read__is_refused),
        TEST(entry_without_its_key__is_refused),
        TEST(entry_under_the_key_of_another_case__is_refused),
        TEST(other_key_under_a_known_name__is_refused),
        TEST(entries_out_of_order_or_beyond_the_cursor__are_refused),
        TEST(place_that_was_another_change_before__is_refused),
        TEST(history_of_another_case_than_asked_for__is_refused),
        TEST(device_that_is_not_enrolled__takes_nothing_in),
        TEST(entries_that_are_here_already__are_taken_once),
        TEST(type_or_field_of_a_later_program__is_kept_without_effect),
        TEST(body_about_another_case_or_record__has_no_effect),
        TEST(change_that_builds_on_another_record__has_no_effect),
        TEST(change_that_nobody_can_open__is_kept_as_held),
        TEST(revocation_in_the_middle_of_a_delivery__counts_for_what_comes_after_it),
        TEST(release_in_the_middle_of_a_delivery__counts_for_what_comes_after_it),
        TEST(note_of_a_later_program__is_kept_without_effect),
        TEST(clock__follows_what_it_hears_up_to_a_day),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
