/* Publishing behind the guard, proofs, entries for auditors. */
#include "tests/server/support_office.h"

#include "core/log/note.h"
#include "core/model/body_caseload.h"
#include "server/audit.h"

#include <string.h>

struct world {
    struct office *office;
    struct device worker;
    struct hf_class_key key;
    struct hf_id record;
};

static int setup_with(void **state, struct office *office)
{
    static struct world world;
    world.office = office;
    world.worker = device_enrolled(world.office, "Wanda Worker", HF_ROLE_WORKER);
    world.key = device_opens_case(&world.worker);
    world.record = new_id();
    *state = &world;
    return 0;
}

static int setup(void **state)
{
    return setup_with(state, office_new());
}

static int setup_on_disk(void **state)
{
    return setup_with(state, office_new_on_disk());
}

static int teardown(void **state)
{
    struct world *world = *state;
    office_free(world->office);
    return 0;
}

static void open_checkpoint(struct office *office, struct hf_slice note, struct hf_checkpoint *out)
{
    struct hf_note_key key;
    const struct hf_server_keys *keys = hf_keystore_server(office->keystore);
    assert_int_equal(hf_note_key_init(hf_slice_str(OFFICE_ORIGIN), keys->log.public_key, &key), HF_OK);
    assert_int_equal(hf_checkpoint_open(note, &key, out), HF_OK);
}

static struct hf_checkpoint stored_checkpoint(struct office *office)
{
    struct hf_checkpoint checkpoint;
    struct hf_buf note = {0};
    assert_int_equal(hf_store_checkpoint(office->store, &note), HF_OK);
    open_checkpoint(office, hf_buf_slice(&note), &checkpoint);
    hf_buf_clear(&note);
    return checkpoint;
}

static void grow(struct world *world)
{
    struct hf_id record = new_id();
    (void)device_saves(&world->worker, &world->key, &record, "Casey", NULL);
}

static struct hf_guard_mark guard_mark(struct office *office)
{
    struct hf_guard_mark mark;
    assert_int_equal(hf_guard_get(office->guard, &mark), HF_OK);
    return mark;
}

static void ask_head(struct world *world, uint64_t old_size, const struct hf_msg_range *ranges, size_t count,
                     struct hf_reply *reply)
{
    struct hf_msg_range copy[HF_LIMIT_HEAD_RANGES];
    struct hf_message request = {.type = HF_MSG_HEAD, .request = 9};
    if (count)
        memcpy(copy, ranges, count * sizeof *ranges);
    request.as.head.old_size = old_size;
    request.as.head.ranges = copy;
    request.as.head.range_count = count;
    assert_int_equal(hf_office_answer(&world->office->office, &world->worker.peer, &request, reply), HF_OK);
    struct hf_buf bytes = {0};
    assert_int_equal(hf_message_encode(&reply->message, &bytes), HF_OK);
    hf_buf_clear(&bytes);
}

/* --- publish --- */

static void publish__signs_the_whole_log_and_moves_the_guard(void **state)
{
    struct world *world = *state;
    office_publish(world->office);
    struct hf_checkpoint checkpoint = stored_checkpoint(world->office);
    struct hf_guard_mark mark = guard_mark(world->office);
    struct hf_store_head head;
    struct hf_hash root;
    hf_store_head(world->office->store, &head);
    hf_tree_root(&head.tree, &root);
    assert_int_equal(checkpoint.size, head.tree.size);
    assert_int_equal(head.published_size, head.tree.size);
    assert_memory_equal(checkpoint.root.bytes, root.bytes, sizeof root.bytes);
    assert_int_equal(mark.size, checkpoint.size);
    assert_memory_equal(mark.root.bytes, root.bytes, sizeof root.bytes);
}

static void publish__each_checkpoint_is_consistent_with_the_one_before(void **state)
{
    struct world *world = *state;
    office_publish(world->office);
    struct hf_checkpoint before = stored_checkpoint(world->office);
    for (int i = 0; i < 40; i++) {
        struct hf_proof proof;
        for (int j = 0; j <= i % 3; j++)
            grow(world);
        office_publish(world->office);
        struct hf_checkpoint after = stored_checkpoint(world->office);
        assert_true(after.size > before.size);
        assert_int_equal(
            hf_tree_prove_consistency(before.size, after.size, hf_store_node, world->office->store, &proof), HF_OK);
        assert_int_equal(hf_tree_verify_consistency(before.size, &before.root, after.size, &after.root, &proof), HF_OK);
        before = after;
    }
}

static void publish__after_a_crash_behind_the_guard_signs_again(void **state)
{
    struct world *world = *state;
    struct office *office = world->office;
    struct hf_store_head head;
    struct hf_guard_mark mark = guard_mark(office), next = {.keys = 0};
    grow(world);
    hf_store_head(office->store, &head);
    next.size = head.tree.size;
    hf_tree_root(&head.tree, &next.root);
    assert_int_equal(hf_guard_advance(office->guard, &mark, &next), HF_OK); /* and no further: the crash */
    assert_int_equal(office_reopen(office), HF_OK);
    assert_int_equal(stored_checkpoint(office).size, next.size);
    assert_int_equal(office->office.mark.size, next.size);
    grow(world);
    office_publish(office);
    assert_int_equal(stored_checkpoint(office).size, next.size + 1);
}

static void publish__with_the_guard_ahead_refuses_and_says_why(void **state)
{
    struct world *world = *state;
    struct office *office = world->office;
    office_publish(office);
    struct hf_guard_mark mark = guard_mark(office), ahead = {.size = mark.size + 100};
    struct hf_checkpoint before = stored_checkpoint(office);
    hf_random(ahead.root.bytes, sizeof ahead.root.bytes);
    assert_int_equal(hf_guard_advance(office->guard, &mark, &ahead), HF_OK);
    grow(world);
    assert_int_equal(hf_office_publish(&office->office, &office->err), HF_ERR_CONFLICT);
    assert_non_null(strstr(office->err.text, "restored from an older backup"));
    assert_non_null(strstr(office->err.text, "Put the newer store back"));
    assert_int_equal(stored_checkpoint(office).size, before.size);

    struct hf_reply reply;
    ask_head(world, 0, NULL, 0, &reply);
    assert_int_equal(reply.message.type, HF_MSG_ERROR);
    assert_int_equal(reply.message.as.error.status, HF_ERR_CONFLICT);
    hf_reply_clear(&reply);
    assert_int_equal(office_reopen(office), HF_ERR_CONFLICT);
    assert_non_null(strstr(office->err.text, "restored"));
}

/* A restored store that has grown to the same size again holds other entries. */
static void publish__of_other_entries_than_were_signed_refuses(void **state)
{
    struct world *world = *state;
    struct office *office = world->office;
    office_publish(office);
    struct hf_guard_mark mark = guard_mark(office), other = {.size = mark.size + 1};
    hf_random(other.root.bytes, sizeof other.root.bytes);
    assert_int_equal(hf_guard_advance(office->guard, &mark, &other), HF_OK);
    grow(world);
    assert_int_equal(hf_office_publish(&office->office, &office->err), HF_ERR_CONFLICT);
    assert_non_null(strstr(office->err.text, "not those that were signed before"));
    grow(world); /* nor is it cured by growing past */
    assert_int_equal(hf_office_publish(&office->office, &office->err), HF_ERR_CONFLICT);
    assert_int_equal(office_reopen(office), HF_ERR_CONFLICT);
}

static void open__refuses_a_published_log_of_the_signed_size_with_other_entries(void **state)
{
    struct world *world = *state;
    struct office *office = world->office;
    office_publish(office);
    /* The store says that all is published; the guard has signed another log of that very size. */
    struct hf_vault *vault = office_vault(office->folder, "other", office->vault_key);
    struct hf_guard *own = office->guard, *other = NULL;
    struct hf_guard_mark empty, signed_before = {.size = office_size(office)};
    assert_int_equal(hf_guard_create(vault, &other, &office->err), HF_OK);
    assert_int_equal(hf_guard_get(other, &empty), HF_OK);
    hf_random(signed_before.root.bytes, sizeof signed_before.root.bytes);
    assert_int_equal(hf_guard_advance(other, &empty, &signed_before), HF_OK);
    struct hf_office second;
    assert_int_equal(
        hf_office_open(&second, office->store, office->keystore, other, office->office.wall_ms, office, &office->err),
        HF_ERR_CONFLICT);
    assert_non_null(strstr(office->err.text, "not those that were signed before"));
    hf_guard_close(other);
    assert_int_equal(hf_vault_close(vault), HF_OK);
    assert_ptr_equal(office->guard, own);
}

static void open__of_an_empty_store_under_a_guard_that_signed_refuses(void **state)
{
    struct world *world = *state;
    struct office *office = world->office;
    struct hf_store *empty = NULL;
    struct hf_office second;
    struct hf_store_head head;
    office_publish(office);
    assert_int_equal(hf_store_memory_open(&empty), HF_OK);
    assert_int_equal(
        hf_office_open(&second, empty, office->keystore, office->guard, office->office.wall_ms, office, &office->err),
        HF_ERR_CONFLICT);
    hf_store_head(empty, &head);
    assert_int_equal(head.tree.size, 0);
    hf_store_close(empty);
}

static void open__again_changes_nothing(void **state)
{
    struct world *world = *state;
    office_publish(world->office);
    uint64_t size = office_size(world->office);
    struct hf_checkpoint before = stored_checkpoint(world->office);
    assert_int_equal(office_reopen(world->office), HF_OK);
    struct hf_checkpoint after = stored_checkpoint(world->office);
    assert_int_equal(office_size(world->office), size);
    assert_memory_equal(before.root.bytes, after.root.bytes, sizeof before.root.bytes);
}

/* --- HEAD --- */

static void head__publishes_first_and_proves_what_was_asked(void **state)
{
    struct world *world = *state;
    struct office *office = world->office;
    office_publish(office);
    struct hf_checkpoint before = stored_checkpoint(office), now;
    struct hf_item items[5];
    struct hf_hash leaves[5];
    for (size_t i = 0; i < 5; i++) {
        struct hf_id record = new_id();
        items[i] = device_edit(&world->worker, &world->key, &record, CHILD_NAME, "Casey", NULL, 0);
        hf_tree_leaf_hash(items[i].leaf, &leaves[i]);
    }
    assert_int_equal(device_push(&world->worker, items, 5), HF_OK);
    uint64_t first = office->results[0].index;
    struct hf_msg_range ranges[2] = {{.first = first, .count = 5}, {.first = first + 3, .count = 1}};
    struct hf_reply reply;
    ask_head(world, before.size, ranges, 2, &reply);
    assert_int_equal(reply.message.type, HF_MSG_HEAD_IS);
    open_checkpoint(office, reply.message.as.head_is.note, &now);
    assert_int_equal(now.size, office_size(office));
    assert_int_equal(hf_tree_verify_consistency(before.size, &before.root, now.size, &now.root,
                                                &reply.message.as.head_is.consistency),
                     HF_OK);
    assert_int_equal(reply.message.as.head_is.range_count, 2);
    for (size_t i = 0; i < 2; i++) {
        const struct hf_msg_range *range = &reply.message.as.head_is.ranges[i];
        assert_int_equal(hf_tree_verify_range(range->first, leaves + (range->first - first), range->count, now.size,
                                              &range->proof, &now.root),
                         HF_OK);
    }
    hf_reply_clear(&reply);
}

static void head__of_more_than_there_is_is_an_error(void **state)
{
    struct world *world = *state;
    uint64_t size = office_size(world->office);
    const struct hf_msg_range bad[] = {
        {.first = size, .count = 1}, {.first = size - 1, .count = 2}, {.first = 0, .count = UINT64_MAX}};
    for (size_t i = 0; i < 3; i++) {
        struct hf_reply reply;
        ask_head(world, 0, &bad[i], 1, &reply);
        assert_int_equal(reply.message.type, HF_MSG_ERROR);
        assert_int_equal(reply.message.as.error.status, HF_ERR_INVALID);
        hf_reply_clear(&reply);
    }
    struct hf_reply reply;
    ask_head(world, size + 1, NULL, 0, &reply);
    assert_int_equal(reply.message.type, HF_MSG_ERROR);
    assert_int_equal(reply.message.as.error.status, HF_ERR_CONFLICT);
    hf_reply_clear(&reply);
}

/* --- ENTRIES --- */

static bool with_contents;

static void ask_entries(struct world *world, uint64_t from, uint64_t count, struct hf_reply *reply)
{
    struct hf_message request = {.type = HF_MSG_ENTRIES, .request = 5};
    request.as.entries.from = from;
    request.as.entries.count = count;
    request.as.entries.contents = with_contents;
    assert_int_equal(hf_office_answer(&world->office->office, &world->worker.peer, &request, reply), HF_OK);
    assert_int_equal(reply->message.type, HF_MSG_ENTRIES_ARE);
    struct hf_buf bytes = {0};
    assert_int_equal(hf_message_encode(&reply->message, &bytes), HF_OK);
    hf_buf_clear(&bytes);
}

static bool always_open(enum hf_leaf_kind kind)
{
    return kind == 2 || kind == 3 || kind == 4 || kind == 5 || kind == 7 || kind == 9;
}

static void entries__open_exactly_the_kinds_that_carry_no_names(void **state)
{
    struct world *world = *state;
    struct office *office = world->office;
    struct device gone = device_enrolled(office, "Olga Other", HF_ROLE_WORKER);
    bool seen[HF_LEAF_KIND_COUNT] = {false};
    grow(world);
    assert_int_equal(hf_enrol_revoke(&office->office, gone.sign.public_key, hf_slice_str("left"), &office->err), HF_OK);
    for (int kind = 0; kind < HF_LEAF_KIND_COUNT; kind++) /* by a device: held, but in the log */
        (void)device_push_one(&world->worker,
                              device_leaf(&world->worker, (enum hf_leaf_kind)kind, &world->key, hf_slice_str("x")));
    office_publish(office);
    struct hf_reply reply;
    ask_entries(world, 0, 1000, &reply);
    assert_int_equal(reply.message.as.entries_are.size, office_size(office));
    assert_int_equal(reply.message.as.entries_are.count, office_size(office));
    for (size_t i = 0; i < reply.message.as.entries_are.count; i++) {
        const struct hf_msg_entry *entry = &reply.message.as.entries_are.entries[i];
        struct hf_leaf leaf;
        assert_int_equal(hf_leaf_decode(entry->leaf, &leaf), HF_OK);
        assert_true(hf_payload_hash_fits(entry->payload, &leaf));
        assert_int_equal(entry->r != NULL, always_open(leaf.kind));
        if (entry->r)
            assert_true(hf_payload_commitment_fits(entry->r, entry->body, &leaf));
        else
            assert_int_equal(entry->body.len, 0);
        seen[leaf.kind] = true;
    }
    for (int kind = 0; kind < HF_LEAF_KIND_COUNT; kind++)
        assert_true(seen[kind]);
    hf_reply_clear(&reply);
}

static void entries__come_below_the_checkpoint_and_in_limited_pieces(void **state)
{
    struct world *world = *state;
    for (int i = 0; i < 300; i++)
        grow(world);
    office_publish(world->office);
    uint64_t size = office_size(world->office), from = 0;
    grow(world); /* not signed yet */
    while (from < size) {
        struct hf_reply reply;
        ask_entries(world, from, UINT64_MAX, &reply);
        assert_int_equal(reply.message.as.entries_are.size, size);
        assert_true(reply.message.as.entries_are.count > 0);
        assert_true(reply.message.as.entries_are.count <= HF_LIMIT_ENTRIES);
        from += reply.message.as.entries_are.count;
        hf_reply_clear(&reply);
    }
    assert_int_equal(from, size);
    static const uint64_t beyond[] = {INT64_MAX, UINT64_MAX};
    for (size_t i = 0; i < 2; i++) {
        struct hf_reply reply;
        ask_entries(world, beyond[i], 10, &reply);
        assert_int_equal(reply.message.as.entries_are.count, 0);
        hf_reply_clear(&reply);
    }
}

static void entries__with_contents_open_all_and_the_log_says_who_read_them(void **state)
{
    struct world *world = *state;
    struct office *office = world->office;
    struct hf_caseload_note note;
    struct hf_reply reply;
    grow(world);
    office_publish(office);
    uint64_t size = office_size(office);
    with_contents = true;
    ask_entries(world, 0, 1000, &reply);
    assert_int_equal(reply.message.as.entries_are.count, size);
    for (size_t i = 0; i < size; i++)
        assert_non_null(reply.message.as.entries_are.entries[i].r);
    hf_reply_clear(&reply);
    assert_int_equal(office_size(office), size + 1);
    ask_entries(world, 0, 1000, &reply); /* within the quarter of an hour: said already */
    hf_reply_clear(&reply);
    assert_int_equal(office_size(office), size + 1);
    office->now_ms += HF_AUDIT_READS_FOR_MS;
    ask_entries(world, 0, 1000, &reply);
    hf_reply_clear(&reply);
    assert_int_equal(office_size(office), size + 2);
    with_contents = false;
    office_publish(office);
    ask_entries(world, size, 1, &reply);
    const struct hf_msg_entry *entry = &reply.message.as.entries_are.entries[0];
    assert_int_equal(hf_caseload_note_decode(entry->body, &note), HF_OK);
    assert_int_equal(note.what, HF_CASELOAD_OFFICE);
    assert_true(hf_id_equal(&note.person, &world->worker.peer.person));
    assert_true(hf_slice_equal(note.command, hf_slice_str(HF_AUDIT_READS)));
    assert_int_equal(note.first, 0);
    assert_int_equal(note.count, size);
    hf_reply_clear(&reply);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define DISK(name) cmocka_unit_test_setup_teardown(name, setup_on_disk, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(publish__signs_the_whole_log_and_moves_the_guard),
        TEST(publish__each_checkpoint_is_consistent_with_the_one_before),
        DISK(publish__after_a_crash_behind_the_guard_signs_again),
        DISK(publish__with_the_guard_ahead_refuses_and_says_why),
        DISK(publish__of_other_entries_than_were_signed_refuses),
        TEST(open__refuses_a_published_log_of_the_signed_size_with_other_entries),
        TEST(open__of_an_empty_store_under_a_guard_that_signed_refuses),
        DISK(open__again_changes_nothing),
        TEST(head__publishes_first_and_proves_what_was_asked),
        TEST(head__of_more_than_there_is_is_an_error),
        TEST(entries__open_exactly_the_kinds_that_carry_no_names),
        TEST(entries__with_contents_open_all_and_the_log_says_who_read_them),
        DISK(entries__come_below_the_checkpoint_and_in_limited_pieces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
