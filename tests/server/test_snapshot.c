/* The state of cases instead of their history, and the note that ties it to the log. */
#include "server/snapshot.h"

#include "core/merge/standing.h"
#include "core/pack/writer.h"
#include "tests/server/support_office.h"

#include <stdlib.h>
#include <string.h>

struct world {
    struct office *office;
    struct device wanda, wilma, mo;
    struct hf_class_key key;
    struct hf_id records[3];
};

static int set_up(void **state, struct office *office)
{
    static struct world world;
    world.office = office;
    world.wanda = device_enrolled(world.office, "Wanda Worker", HF_ROLE_WORKER);
    world.wilma = device_enrolled(world.office, "Wilma Worker", HF_ROLE_WORKER);
    world.mo = device_enrolled(world.office, "Mo Manager", HF_ROLE_MANAGER);
    world.key = device_opens_case(&world.wanda);
    for (size_t i = 0; i < 3; i++) {
        world.records[i] = new_id();
        const struct hf_id first = device_saves(&world.wanda, &world.key, &world.records[i], "Casey", NULL);
        if (i == 1)
            (void)device_saves(&world.wanda, &world.key, &world.records[i], "Kim", &first);
    }
    *state = &world;
    return 0;
}

static int in_memory(void **state)
{
    return set_up(state, office_new());
}

static int on_disk(void **state)
{
    return set_up(state, office_new_on_disk());
}

static int teardown(void **state)
{
    struct world *world = *state;
    office_free(world->office);
    return 0;
}

/* --- asking --- */

static struct hf_message question(void)
{
    return (struct hf_message){.type = HF_MSG_SNAPSHOT, .request = 7};
}

/* Through the form of the wire, as a device reads it; the caller clears. */
static struct hf_message asked(struct world *world, const struct device *device, const struct hf_message *request)
{
    struct hf_reply reply = {0};
    struct hf_buf bytes = {0};
    struct hf_message heard;
    assert_int_equal(hf_office_answer(&world->office->office, &device->peer, request, &reply), HF_OK);
    assert_int_equal(hf_message_encode(&reply.message, &bytes), HF_OK);
    hf_reply_clear(&reply);
    assert_int_equal(hf_message_decode(hf_buf_slice(&bytes), &heard), HF_OK);
    const struct hf_slice kept = scratch_copy(world->office, hf_buf_slice(&bytes));
    hf_message_clear(&heard);
    assert_int_equal(hf_message_decode(kept, &heard), HF_OK);
    hf_buf_clear(&bytes);
    return heard;
}

static void check_note(struct world *world, const struct hf_snapshot_note *note, struct hf_digests_body *out)
{
    const struct hf_server_keys *keys = hf_keystore_server(world->office->keystore);
    struct hf_note_key key;
    struct hf_checkpoint checkpoint;
    struct hf_hash hash;
    struct hf_leaf leaf;
    assert_int_equal(hf_note_key_init(hf_slice_str(keys->origin), keys->log.public_key, &key), HF_OK);
    assert_int_equal(hf_checkpoint_open(note->checkpoint, &key, &checkpoint), HF_OK);
    assert_int_equal(checkpoint.size, note->checkpoint_size);
    hf_tree_leaf_hash(note->leaf, &hash);
    assert_int_equal(hf_tree_verify_inclusion(note->index, checkpoint.size, &hash, note->inclusion, &checkpoint.root),
                     HF_OK);
    assert_true(hf_leaf_verify(note->leaf.data));
    assert_int_equal(hf_leaf_decode(note->leaf, &leaf), HF_OK);
    assert_memory_equal(leaf.device, keys->device.public_key, sizeof leaf.device);
    assert_int_equal(leaf.kind, HF_LEAF_NOTE);
    assert_int_equal(hf_digests_body_decode(note->body, out), HF_OK);
    assert_int_equal(out->size, note->index);
}

static void digest_of(const struct hf_snapshot_part *part, size_t from, size_t count, uint8_t out[HF_HASH_BYTES])
{
    struct hf_digest digest;
    hf_digest_begin(&digest);
    for (size_t i = from; i < from + count; i++) {
        struct hf_record_state state = {0};
        assert_int_equal(hf_record_state_decode(part->records[i].packed, &state), HF_OK);
        hf_digest_add(&digest, &state);
        hf_record_state_clear(&state);
    }
    hf_digest_end(&digest, out);
}

/* --- tests --- */

static void snapshot__is_the_state_and_its_digest_is_in_the_log(void **state)
{
    struct world *world = *state;
    struct hf_message request = question();
    struct hf_message heard = asked(world, &world->mo, &request);
    const struct hf_snapshot_part *part = &heard.as.snapshot_is;
    struct hf_digests_body body;
    uint8_t digest[HF_HASH_BYTES];
    assert_int_equal(part->case_count, 1);
    assert_int_equal(part->record_count, 3);
    assert_true(part->cases[0].begins && part->cases[0].ends && !part->more && part->left_count == 0);
    assert_true(part->has_note);
    check_note(world, &part->note, &body);
    assert_int_equal(body.size, part->cases[0].size);
    digest_of(part, 0, 3, digest);
    assert_memory_equal(hf_digests_body_find(&body, &world->key.case_id), digest, HF_HASH_BYTES);
    assert_int_equal(part->device_count, 1);
    assert_memory_equal(part->devices[0].device, world->wanda.sign.public_key, HF_SIGN_PUBLIC_BYTES);
    for (size_t i = 0; i < 3; i++) {
        struct hf_record_state record = {0};
        struct hf_changes seen = {0};
        assert_int_equal(hf_record_state_decode(part->records[i].packed, &record), HF_OK);
        assert_int_equal(hf_standing_named(&record, &seen), HF_OK);
        assert_int_equal(seen.count, part->records[i].change_count);
        for (size_t j = 0; j < seen.count; j++) {
            const struct hf_entry_row row = office_entry(world->office, part->records[i].changes[j].index);
            assert_true(hf_id_equal(&row.change_id, &seen.at[j]));
        }
        free(seen.at);
        hf_record_state_clear(&record);
    }
    bool key_came = false;
    for (size_t i = 0; i < part->key_count; i++)
        key_came = key_came || hf_id_equal(&part->keys[i].key_id, &world->key.key_id);
    assert_true(key_came);
    hf_message_clear(&heard);
}

static void note__is_written_only_when_a_case_changed(void **state)
{
    struct world *world = *state;
    struct hf_message request = question();
    struct hf_message first = asked(world, &world->mo, &request);
    const uint64_t size = office_size(world->office);
    request.as.snapshot.noted = first.as.snapshot_is.note.index + 1;
    request.as.snapshot.checkpoint_size = first.as.snapshot_is.note.checkpoint_size;
    struct hf_message second = asked(world, &world->mo, &request);
    assert_int_equal(office_size(world->office), size);
    assert_false(second.as.snapshot_is.has_note); /* the device has it */
    hf_message_clear(&second);
    (void)device_opens_case(&world->wilma); /* the log grows, the case is as it was */
    const uint64_t grown = office_size(world->office);
    request.as.snapshot.one_case = true;
    request.as.snapshot.case_id = world->key.case_id;
    second = asked(world, &world->mo, &request);
    assert_int_equal(office_size(world->office), grown);
    hf_message_clear(&second);
    (void)device_saves(&world->wanda, &world->key, &world->records[0], "Robin", NULL);
    second = asked(world, &world->mo, &request);
    assert_int_equal(office_size(world->office), grown + 2);
    assert_true(second.as.snapshot_is.has_note);
    assert_int_equal(second.as.snapshot_is.note.index, grown + 1);
    assert_true(second.as.snapshot_is.note.consistency->count > 0);
    hf_message_clear(&first);
    hf_message_clear(&second);
}

static void note__is_fed_to_nobody_and_wakes_nobody(void **state)
{
    struct world *world = *state;
    struct hf_message request = question();
    struct hf_message heard = asked(world, &world->mo, &request);
    const uint64_t index = heard.as.snapshot_is.note.index;
    hf_message_clear(&heard);
    assert_true(hf_snapshot_wrote(&world->office->office, index));
    assert_false(hf_snapshot_wrote(&world->office->office, index - 1));
    struct hf_message pull = {.type = HF_MSG_PULL, .request = 8};
    pull.as.pull.cursor = index;
    struct hf_message fed = asked(world, &world->mo, &pull);
    assert_int_equal(fed.as.feed.item_count, 0);
    assert_int_equal(fed.as.feed.next_cursor, index + 1);
    hf_message_clear(&fed);
}

static void too_few_records__are_said_to_be_few(void **state)
{
    struct world *world = *state;
    struct hf_message request = question();
    const uint64_t size = office_size(world->office);
    request.as.snapshot.least = 4;
    struct hf_message heard = asked(world, &world->mo, &request);
    assert_true(heard.as.snapshot_is.few);
    assert_int_equal(office_size(world->office), size); /* and no note is written */
    hf_message_clear(&heard);
    request.as.snapshot.least = 3;
    heard = asked(world, &world->mo, &request);
    assert_false(heard.as.snapshot_is.few);
    hf_message_clear(&heard);
}

static void snapshot__holds_what_the_person_may_read(void **state)
{
    struct world *world = *state;
    struct hf_message request = question();
    struct hf_message heard = asked(world, &world->wilma, &request);
    assert_int_equal(heard.as.snapshot_is.record_count, 0);
    assert_int_equal(heard.as.snapshot_is.left_count, 0);
    assert_int_equal(heard.as.snapshot_is.key_count, 0);
    hf_message_clear(&heard);
    request.as.snapshot.one_case = true;
    request.as.snapshot.case_id = world->key.case_id;
    heard = asked(world, &world->wilma, &request);
    assert_int_equal(heard.type, HF_MSG_ERROR);
    assert_int_equal(heard.as.error.status, HF_ERR_DENIED);
    hf_message_clear(&heard);
}

/* What is held now may take effect later: such a case goes on coming with its history. */
static void case_with_a_held_change__is_left_to_the_feed(void **state)
{
    struct world *world = *state;
    struct hf_message request = question();
    assert_int_equal(hf_enrol_revoke(&world->office->office, world->wanda.sign.public_key, hf_slice_str("left"),
                                     &world->office->err),
                     HF_OK);
    device_refresh(&world->wanda);
    const struct hf_item late =
        device_edit(&world->wanda, &world->key, &world->records[0], CHILD_NAME, "Late", NULL, 0);
    assert_int_equal(device_push_one(&world->wanda, late).hold, HF_HOLD_REVOKED);
    struct hf_message heard = asked(world, &world->mo, &request);
    assert_int_equal(heard.as.snapshot_is.record_count, 0);
    assert_int_equal(heard.as.snapshot_is.left_count, 1);
    assert_true(hf_id_equal(&heard.as.snapshot_is.left[0], &world->key.case_id));
    hf_message_clear(&heard);
}

/* Its key is not in use, and what people in the office write there counts. The journal of a device, whose key is not in
 * use either, is no case. */
static void case_that_a_revoked_device_opened__is_left_to_the_feed(void **state)
{
    struct world *world = *state;
    struct hf_message request = question();
    const struct hf_class_key key = new_class_key();
    const struct hf_class_key journal = {.case_id = new_id(), .key_id = new_id(), .key = {1}};
    const struct hf_id record = new_id();
    assert_int_equal(hf_enrol_revoke(&world->office->office, world->wilma.sign.public_key, hf_slice_str("left"),
                                     &world->office->err),
                     HF_OK);
    device_refresh(&world->wilma);
    assert_int_equal(device_push_one(&world->wilma, device_case(&world->wilma, &key)).hold, HF_HOLD_REVOKED);
    assert_int_equal(hf_keystore_put_held(world->office->keystore, &journal), HF_OK);
    const struct hf_item later = device_edit(&world->mo, &key, &record, CHILD_NAME, "Robin", NULL, 0);
    assert_int_equal(device_push_one(&world->mo, later).hold, HF_HOLD_NONE);
    struct hf_message heard = asked(world, &world->mo, &request);
    assert_int_equal(heard.as.snapshot_is.case_count, 1);
    assert_int_equal(heard.as.snapshot_is.left_count, 1);
    assert_true(hf_id_equal(&heard.as.snapshot_is.left[0], &key.case_id));
    hf_message_clear(&heard);
}

/* A record that names `person`, or nobody but its author. */
static void save_concern(struct world *world, const struct hf_id *person)
{
    struct hf_buf id = {0}, set = {0}, bytes = {0};
    hf_pack_id(&id, person);
    const struct hf_slice element = hf_buf_slice(&id);
    hf_set_edit_encode(&element, 1, &element, 0, &set);
    const struct hf_edit_input edit = {.field = 9, .value = hf_buf_slice(&set)};
    const struct hf_data_body_input input = {.case_id = world->key.case_id,
                                             .record_id = new_id(),
                                             .type = HF_RECORD_CONCERN,
                                             .edits = &edit,
                                             .edit_count = 1};
    assert_int_equal(hf_data_body_encode(&input, &bytes, NULL), HF_OK);
    const struct hf_item item =
        device_leaf(&world->wanda, HF_LEAF_DATA, &world->key, scratch_copy(world->office, hf_buf_slice(&bytes)));
    assert_int_equal(device_push_one(&world->wanda, item).hold, HF_HOLD_NONE);
    hf_buf_clear(&id);
    hf_buf_clear(&set);
    hf_buf_clear(&bytes);
}

static void restricted_record__is_in_no_snapshot_and_in_no_digest(void **state)
{
    struct world *world = *state;
    struct hf_message request = question();
    struct hf_message before = asked(world, &world->mo, &request);
    save_concern(world, &world->wanda.person);
    struct hf_message after = asked(world, &world->mo, &request);
    assert_int_equal(after.as.snapshot_is.record_count, 3);
    assert_int_equal(after.as.snapshot_is.note.index, before.as.snapshot_is.note.index); /* its digest is the same */
    hf_message_clear(&before);
    hf_message_clear(&after);
    save_concern(world, &world->mo.person); /* who may read it reads the history */
    after = asked(world, &world->mo, &request);
    assert_int_equal(after.as.snapshot_is.record_count, 0);
    assert_int_equal(after.as.snapshot_is.left_count, 1);
    hf_message_clear(&after);
}

/* What was found for one who asked before holds for the next only as far as both may read the same. */
static void restricted_record__leaves_the_case_of_whom_it_names_to_the_feed_whoever_asked_before(void **state)
{
    struct world *world = *state;
    struct hf_message request = question();
    struct device cara = device_enrolled(world->office, "Cara Manager", HF_ROLE_MANAGER);
    save_concern(world, &cara.person);
    struct hf_message heard = asked(world, &world->mo, &request);
    assert_int_equal(heard.as.snapshot_is.record_count, 3);
    hf_message_clear(&heard);
    const uint64_t size = office_size(world->office);
    heard = asked(world, &cara, &request);
    assert_int_equal(heard.as.snapshot_is.record_count, 0);
    assert_int_equal(heard.as.snapshot_is.case_count, 0);
    assert_int_equal(heard.as.snapshot_is.left_count, 1);
    assert_false(heard.as.snapshot_is.more);
    hf_message_clear(&heard);
    heard = asked(world, &world->mo, &request);
    assert_int_equal(heard.as.snapshot_is.record_count, 3);
    assert_int_equal(office_size(world->office), size);
    hf_message_clear(&heard);
}

static void save_many(struct world *world, const struct hf_class_key *key, size_t count)
{
    while (count > 0) {
        struct hf_item items[OFFICE_PUSH_MAX];
        const size_t now = count < OFFICE_PUSH_MAX ? count : OFFICE_PUSH_MAX;
        for (size_t i = 0; i < now; i++) {
            const struct hf_id record = new_id();
            items[i] = device_edit(&world->wanda, key, &record, CHILD_NAME, "Sam", NULL, 0);
        }
        assert_int_equal(device_push(&world->wanda, items, now), HF_OK);
        count -= now;
    }
}

static void large_case__comes_in_parts_that_go_on(void **state)
{
    struct world *world = *state;
    struct hf_message request = question();
    struct hf_digest digest;
    uint8_t hash[HF_HASH_BYTES];
    size_t records = 0, parts = 0;
    bool more = true;
    struct hf_digests_body body;
    uint8_t said[HF_HASH_BYTES] = {0};
    save_many(world, &world->key, 1100);
    const struct hf_class_key small = device_opens_case(&world->wanda);
    save_many(world, &small, 5);
    hf_digest_begin(&digest);
    while (more) {
        struct hf_message heard = asked(world, &world->mo, &request);
        const struct hf_snapshot_part *part = &heard.as.snapshot_is;
        if (part->has_note) {
            check_note(world, &part->note, &body);
            if (hf_digests_body_find(&body, &world->key.case_id))
                memcpy(said, hf_digests_body_find(&body, &world->key.case_id), sizeof said);
            request.as.snapshot.noted = part->note.index + 1;
            request.as.snapshot.checkpoint_size = part->note.checkpoint_size;
        }
        for (size_t i = 0; i < part->record_count; i++) {
            struct hf_record_state record = {0};
            assert_int_equal(hf_record_state_decode(part->records[i].packed, &record), HF_OK);
            if (hf_id_equal(&record.case_id, &world->key.case_id))
                hf_digest_add(&digest, &record);
            hf_record_state_clear(&record);
        }
        records += part->record_count;
        more = part->more;
        request.as.snapshot.at = part->next;
        hf_message_clear(&heard);
        assert_true(++parts < 10);
    }
    hf_digest_end(&digest, hash);
    assert_int_equal(records, 1108);
    assert_int_equal(parts, 3);
    assert_memory_equal(said, hash, sizeof hash);
}

static void case_that_changed_in_the_midst__begins_anew(void **state)
{
    struct world *world = *state;
    struct hf_message request = question();
    save_many(world, &world->key, 600);
    struct hf_message heard = asked(world, &world->mo, &request);
    assert_true(heard.as.snapshot_is.more && !heard.as.snapshot_is.cases[0].ends);
    request.as.snapshot.at = heard.as.snapshot_is.next;
    hf_message_clear(&heard);
    heard = asked(world, &world->mo, &request);
    assert_false(heard.as.snapshot_is.cases[0].begins);
    assert_int_equal(heard.as.snapshot_is.record_count, 603 - HF_LIMIT_SNAPSHOT_RECORDS);
    hf_message_clear(&heard);
    (void)device_saves(&world->wanda, &world->key, &world->records[0], "Robin", NULL);
    heard = asked(world, &world->mo, &request);
    assert_true(heard.as.snapshot_is.cases[0].begins);
    assert_int_equal(heard.as.snapshot_is.record_count, HF_LIMIT_SNAPSHOT_RECORDS);
    assert_true(heard.as.snapshot_is.cases[0].size > request.as.snapshot.at.size);
    hf_message_clear(&heard);
}

static void feed_behind_a_snapshot__is_what_everybody_reads(void **state)
{
    struct world *world = *state;
    struct hf_message pull = {.type = HF_MSG_PULL, .request = 8};
    const uint64_t past = office_size(world->office);
    const struct hf_id later = device_saves(&world->wanda, &world->key, &world->records[0], "Robin", NULL);
    pull.as.pull.until = past;
    struct hf_message fed = asked(world, &world->mo, &pull);
    assert_true(fed.as.feed.item_count > 0);
    for (size_t i = 0; i < fed.as.feed.item_count; i++)
        assert_true(hf_id_equal(&fed.as.feed.items[i].case_id, &world->office->office.office_case));
    assert_int_equal(fed.as.feed.next_cursor, past);
    assert_true(fed.as.feed.more);
    hf_message_clear(&fed);
    pull.as.pull.cursor = past;
    fed = asked(world, &world->mo, &pull);
    assert_int_equal(fed.as.feed.item_count, 1);
    const struct hf_id came = office_entry(world->office, fed.as.feed.items[0].index).change_id;
    assert_true(hf_id_equal(&came, &later));
    assert_false(fed.as.feed.more);
    hf_message_clear(&fed);
}

#define BOTH(test)                                                                                                     \
    cmocka_unit_test_setup_teardown(test, in_memory, teardown), cmocka_unit_test_setup_teardown(test, on_disk, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH(snapshot__is_the_state_and_its_digest_is_in_the_log),
        BOTH(note__is_written_only_when_a_case_changed),
        BOTH(note__is_fed_to_nobody_and_wakes_nobody),
        BOTH(too_few_records__are_said_to_be_few),
        BOTH(snapshot__holds_what_the_person_may_read),
        BOTH(case_with_a_held_change__is_left_to_the_feed),
        BOTH(case_that_a_revoked_device_opened__is_left_to_the_feed),
        BOTH(restricted_record__is_in_no_snapshot_and_in_no_digest),
        BOTH(restricted_record__leaves_the_case_of_whom_it_names_to_the_feed_whoever_asked_before),
        BOTH(large_case__comes_in_parts_that_go_on),
        BOTH(case_that_changed_in_the_midst__begins_anew),
        BOTH(feed_behind_a_snapshot__is_what_everybody_reads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
