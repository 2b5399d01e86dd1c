/* Changes that a colleague carries: what is signed by a known device and fits is taken; whatever was forged is not, and
 * nothing of the same file with it. */
#include "tests/replica/support_device.h"

#include "core/pack/writer.h"
#include "core/replica/carried.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ITEMS_MAX 8

struct world {
    struct server *server;
    struct device *ann, *ben, *cat; /* Ann and Ben hold the case, Cat does not */
    struct hf_id case_id, other_case, record_id;
    struct hf_item items[ITEMS_MAX]; /* what Ann carries: two changes, the second builds on the first */
    struct hf_buf bytes[ITEMS_MAX];
    size_t count;
    struct signer ann_goes_on; /* her chain behind these */
    uint8_t forged[HF_LEAF_BYTES];
    struct hf_buf body;
};

static bool take_item(void *ctx, const struct hf_item *item)
{
    struct world *world = ctx;
    struct hf_buf *bytes = &world->bytes[world->count];
    hf_buf_append_slice(bytes, item->leaf);
    hf_buf_append_slice(bytes, item->body);
    assert_int_equal(hf_buf_status(bytes), HF_OK);
    struct hf_item *copy = &world->items[world->count++];
    *copy = *item;
    copy->leaf = hf_slice_of(bytes->data, HF_LEAF_BYTES);
    copy->body = hf_slice_of(bytes->data + HF_LEAF_BYTES, bytes->len - HF_LEAF_BYTES);
    return world->count < ITEMS_MAX;
}

static void end_of_chain(struct world *world)
{
    struct hf_sync_facts facts;
    assert_int_equal(hf_replica_facts(world->ann->replica, &facts), HF_OK);
    world->ann_goes_on = (struct signer){.key = world->ann->identity.sign,
                                         .incarnation = facts.incarnation,
                                         .seq = facts.next_seq,
                                         .clock = facts.clock};
    memcpy(world->ann_goes_on.head, facts.head, sizeof facts.head);
}

static int setup(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    world->server = server_new();
    world->ann = device_new(world->server, "Ann Sample", HF_ROLE_WORKER);
    world->ben = device_new(world->server, "Ben Example", HF_ROLE_WORKER);
    world->cat = device_new(world->server, "Cat Elsewhere", HF_ROLE_WORKER);
    world->case_id = device_case(world->ann, "INV-1");
    world->other_case = device_case(world->ben, "INV-2");
    world->record_id = device_id(world->ann);
    device_sync(world->ann);
    device_sync(world->ben);
    server_assign(world->server, &world->case_id, &world->ben->identity.person, true);
    device_sync(world->ann);
    device_sync(world->ben);
    device_sync(world->cat);
    device_save(world->ann, &world->case_id, &world->record_id, TYPE_ACTION, ACTION_TEXT, text_value("Ring"));
    device_save(world->ann, &world->case_id, &world->record_id, TYPE_ACTION, ACTION_TEXT, text_value("Ring twice"));
    assert_int_equal(hf_replica_carry_out(world->ann->replica, &world->case_id, false, take_item, world), HF_OK);
    assert_int_equal(world->count, 2);
    end_of_chain(world);
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    for (size_t i = 0; i < ITEMS_MAX; i++)
        hf_buf_clear(&world->bytes[i]);
    hf_buf_clear(&world->body);
    device_free(world->ann);
    device_free(world->ben);
    device_free(world->cat);
    server_free(world->server);
    free(world);
    return 0;
}

static enum hf_status carry(struct world *world, struct device *to, const struct hf_item *items, size_t count,
                            struct hf_carried *out)
{
    *out = (struct hf_carried){.taken = 99};
    return hf_replica_carry_in(to->replica, &world->case_id, items, count, to->now_ms++, out, &to->err);
}

/* A change of an action's text, sealed and signed by whoever holds `signer`. */
static struct hf_item forge(struct world *world, struct signer *signer, const struct hf_id *case_id, uint16_t type,
                            uint16_t field)
{
    struct hf_edit_input edit = {.field = field, .value = text_value("Forged")};
    const struct hf_data_body_input input = {
        .case_id = *case_id, .record_id = device_id(world->cat), .type = type, .edits = &edit, .edit_count = 1};
    const struct hf_class_key *key = server_key_of(world->server, &world->case_id);
    hf_buf_wipe(&world->body);
    assert_int_equal(hf_data_body_encode(&input, &world->body, NULL), HF_OK);
    signer_leaf(signer, world->server, HF_LEAF_DATA, key, hf_buf_slice(&world->body), world->forged);
    return (struct hf_item){.index = HF_INDEX_NONE,
                            .leaf = hf_slice_of(world->forged, sizeof world->forged),
                            .case_id = world->case_id,
                            .key_id = key->key_id,
                            .body = hf_buf_slice(&world->body)};
}

static struct hf_item forge_action(struct world *world, struct signer *signer)
{
    return forge(world, signer, &world->case_id, TYPE_ACTION, ACTION_TEXT);
}

/* A good change and then this one: refused with these words, and nothing at all was stored. */
static void assert_refused(struct world *world, struct hf_item bad, const char *words)
{
    struct hf_carried done;
    struct snapshot before = snapshot_of(world->ben);
    const struct hf_item items[] = {world->items[0], bad};
    assert_int_equal(carry(world, world->ben, items, 2, &done), HF_ERR_AUTH);
    if (!strstr(world->ben->err.text, words))
        fail_msg("“%s” lacks “%s”", world->ben->err.text, words);
    assert_int_equal(done.taken, 99);
    assert_unchanged(world->ben, &before);
}

static void what_a_colleague_carries__counts_at_once_and_again_does_nothing(void **state)
{
    struct world *world = *state;
    struct hf_carried done;
    assert_int_equal(carry(world, world->ben, world->items, 2, &done), HF_OK);
    assert_int_equal(done.taken, 2);
    assert_string_equal(device_text(world->ben, &world->record_id, ACTION_TEXT), "Ring twice");
    struct snapshot before = snapshot_of(world->ben);
    assert_int_equal(carry(world, world->ben, world->items, 2, &done), HF_OK);
    assert_int_equal(done.taken, 0);
    assert_int_equal(done.known, 2);
    assert_unchanged(world->ben, &before);
    device_sync(world->ann);
    device_sync(world->ben);
    assert_int_equal(carry(world, world->ben, world->items, 2, &done), HF_OK);
    assert_int_equal(done.known, 2);
    assert_string_equal(device_text(world->ben, &world->record_id, ACTION_TEXT), "Ring twice");
}

static void gap__waits_for_what_is_missing(void **state)
{
    struct world *world = *state;
    struct hf_carried done;
    assert_int_equal(carry(world, world->ben, &world->items[1], 1, &done), HF_OK);
    assert_int_equal(done.taken, 1);
    assert_int_equal(device_counts(world->ben).waiting, 1);
    assert_string_equal(device_text(world->ben, &world->record_id, ACTION_TEXT), "");
    assert_int_equal(carry(world, world->ben, &world->items[0], 1, &done), HF_OK);
    assert_int_equal(device_counts(world->ben).waiting, 0);
    assert_string_equal(device_text(world->ben, &world->record_id, ACTION_TEXT), "Ring twice");
}

static void signature_or_content_that_does_not_fit__is_refused(void **state)
{
    struct world *world = *state;
    struct hf_item bad = forge_action(world, &world->ann_goes_on);
    world->forged[300] ^= 1;
    assert_refused(world, bad, "signature");
    world->forged[300] ^= 1;
    world->body.data[world->body.len - 1] ^= 1;
    assert_refused(world, bad, "content is not what was signed");
}

static void change_for_another_office__is_refused(void **state)
{
    struct world *world = *state;
    world->server->log_id[0] ^= 1;
    struct hf_item bad = forge_action(world, &world->ann_goes_on);
    world->server->log_id[0] ^= 1;
    assert_refused(world, bad, "another office");
}

static void second_change_with_one_number__is_refused(void **state)
{
    struct world *world = *state;
    world->ann_goes_on.seq -= 2; /* the number of the first change that she carries */
    assert_refused(world, forge_action(world, &world->ann_goes_on), "two different changes with one number");
}

static void change_said_to_be_of_this_device__is_refused(void **state)
{
    struct world *world = *state;
    struct signer ben = {.key = world->ben->identity.sign, .incarnation = world->ben->identity.incarnation, .seq = 50};
    hf_random(ben.head, sizeof ben.head);
    assert_refused(world, forge_action(world, &ben), "of this device");
}

static void wrong_chain__is_kept_out(void **state)
{
    struct world *world = *state;
    struct hf_carried done;
    struct signer stranger = {.seq = 0}, later = world->ann_goes_on;
    uint8_t seed[HF_SIGN_SEED_BYTES];
    hf_random(seed, sizeof seed);
    hf_sign_key_from_seed(seed, &stranger.key);
    later.incarnation += 1; /* a chain of hers that the office did not grant */
    struct snapshot before = snapshot_of(world->ben);
    struct hf_item bad = forge_action(world, &stranger);
    assert_int_equal(carry(world, world->ben, &bad, 1, &done), HF_OK);
    assert_int_equal(done.strangers, 1);
    bad = forge_action(world, &later);
    assert_int_equal(carry(world, world->ben, &bad, 1, &done), HF_OK);
    assert_int_equal(done.strangers, 1);
    assert_int_equal(done.taken, 0);
    assert_unchanged(world->ben, &before);
}

static void revoked_device__is_for_the_office_to_judge(void **state)
{
    struct world *world = *state;
    struct hf_carried done;
    server_revoke(world->server, world->ann->identity.sign.public_key);
    device_sync(world->ben);
    assert_int_equal(carry(world, world->ben, world->items, 2, &done), HF_OK);
    assert_int_equal(done.revoked, 2);
    assert_int_equal(done.taken, 0);
    assert_string_equal(device_text(world->ben, &world->record_id, ACTION_TEXT), "");
}

static void restricted_record__comes_from_the_office_only(void **state)
{
    struct world *world = *state;
    struct hf_carried done;
    struct hf_item concern = forge(world, &world->ann_goes_on, &world->case_id, HF_RECORD_CONCERN, 5);
    struct snapshot before = snapshot_of(world->ben);
    assert_int_equal(carry(world, world->ben, &concern, 1, &done), HF_OK);
    assert_int_equal(done.restricted, 1);
    assert_unchanged(world->ben, &before);
}

struct seen {
    struct hf_id last;
    size_t count;
    bool was_last; /* the newest that was given */
};

static bool look_at(void *ctx, const struct hf_item *item)
{
    struct seen *seen = ctx;
    const struct hf_id id = hf_leaf_change_id(item->leaf.data);
    seen->was_last = hf_id_equal(&id, &seen->last);
    seen->count++;
    return true;
}

static void restricted_record__goes_out_to_the_office_only(void **state)
{
    struct world *world = *state;
    const struct hf_id concern = device_id(world->ann);
    device_save(world->ann, &world->case_id, &concern, HF_RECORD_CONCERN, 5, text_value("Only for those named"));
    const struct hf_id before_it = hf_leaf_change_id(world->items[1].leaf.data);
    for (int all = 0; all < 2; all++) {
        struct seen seen = {.last = before_it};
        assert_int_equal(hf_replica_carry_out(world->ann->replica, &world->case_id, all, look_at, &seen), HF_OK);
        assert_true(seen.count >= 2);
        assert_true(seen.was_last); /* the concern came behind it */
    }
    struct hf_sync_facts facts;
    assert_int_equal(hf_replica_facts(world->ann->replica, &facts), HF_OK);
    assert_int_equal(facts.next_seq, world->ann_goes_on.seq + 1); /* it is there */
}

static void foreign_case__is_refused(void **state)
{
    struct world *world = *state;
    struct hf_carried done;
    struct snapshot before = snapshot_of(world->cat);
    assert_int_equal(carry(world, world->cat, world->items, 2, &done), HF_ERR_NOT_FOUND);
    assert_unchanged(world->cat, &before);
    /* Under the key of this case, about another one that Ben holds; and the other way round. */
    assert_refused(world, forge(world, &world->ann_goes_on, &world->other_case, TYPE_ACTION, ACTION_TEXT),
                   "another case");
    struct hf_item bad = forge_action(world, &world->ann_goes_on);
    bad.key_id = server_key_of(world->server, &world->other_case)->key_id;
    assert_refused(world, bad, "key belongs to another case");
}

static void leaf_of_another_form__is_refused(void **state)
{
    struct world *world = *state;
    struct hf_item bad = world->items[1];
    bad.leaf.len--;
    assert_refused(world, bad, "form");
    const struct hf_class_key *key = server_key_of(world->server, &world->case_id);
    signer_leaf(&world->ann_goes_on, world->server, HF_LEAF_NOTE, key, world->items[1].body, world->forged);
    bad = world->items[1];
    bad.leaf = hf_slice_of(world->forged, sizeof world->forged);
    assert_refused(world, bad, "form");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_a_colleague_carries__counts_at_once_and_again_does_nothing),
        TEST(gap__waits_for_what_is_missing),
        TEST(signature_or_content_that_does_not_fit__is_refused),
        TEST(change_for_another_office__is_refused),
        TEST(second_change_with_one_number__is_refused),
        TEST(change_said_to_be_of_this_device__is_refused),
        TEST(wrong_chain__is_kept_out),
        TEST(revoked_device__is_for_the_office_to_judge),
        TEST(restricted_record__comes_from_the_office_only),
        TEST(restricted_record__goes_out_to_the_office_only),
        TEST(foreign_case__is_refused),
        TEST(leaf_of_another_form__is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
