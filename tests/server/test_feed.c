/* What a device may read, in what pieces. */
#include "tests/server/support_world.h"

#include <string.h>

struct pull {
    uint64_t cursor;
    const struct hf_id *one_case;
    uint64_t until;
};

static void ask(struct device *device, struct pull pull, struct hf_reply *reply)
{
    struct hf_message request = {.type = HF_MSG_PULL, .request = 7};
    request.as.pull.cursor = pull.cursor;
    request.as.pull.one_case = pull.one_case != NULL;
    if (pull.one_case)
        request.as.pull.case_id = *pull.one_case;
    request.as.pull.until = pull.until;
    assert_int_equal(hf_office_answer(&device->office->office, &device->peer, &request, reply), HF_OK);
    assert_int_equal(reply->message.request, 7);
    /* What goes out must also be a message. */
    struct hf_buf bytes = {0};
    assert_int_equal(hf_message_encode(&reply->message, &bytes), HF_OK);
    hf_buf_wipe(&bytes);
}

static bool has_item(const struct hf_reply *reply, const struct hf_id *change)
{
    for (size_t i = 0; i < reply->message.as.feed.item_count; i++) {
        struct hf_id id = item_id(&reply->message.as.feed.items[i]);
        if (hf_id_equal(&id, change))
            return true;
    }
    return false;
}

static bool has_case(const struct hf_reply *reply, const struct hf_id *case_id)
{
    for (size_t i = 0; i < reply->message.as.feed.item_count; i++)
        if (hf_id_equal(&reply->message.as.feed.items[i].case_id, case_id))
            return true;
    return false;
}

static bool reads_it(struct device *device, const struct hf_id *change)
{
    struct hf_reply reply;
    ask(device, (struct pull){0}, &reply);
    assert_int_equal(reply.message.type, HF_MSG_FEED);
    bool found = has_item(&reply, change);
    hf_reply_clear(&reply);
    return found;
}

static void feed__opens_what_others_wrote_with_the_key(void **state)
{
    struct world *world = *state;
    struct hf_item item = device_edit(&world->worker, &world->key, &world->record, CHILD_NAME, "Casey", NULL, 0);
    struct hf_msg_pushed pushed = device_push_one(&world->worker, item);
    struct hf_reply reply;
    ask(&world->manager, (struct pull){.cursor = pushed.index}, &reply);
    assert_int_equal(reply.message.as.feed.item_count, 1);
    const struct hf_item *got = &reply.message.as.feed.items[0];
    assert_int_equal(got->index, pushed.index);
    assert_true(hf_slice_equal(got->leaf, item.leaf));
    assert_true(hf_slice_equal(got->body, item.body));
    assert_int_equal(reply.message.as.feed.key_count, 1);
    assert_memory_equal(reply.message.as.feed.keys[0].key, world->key.key, HF_KEY_BYTES);
    assert_int_equal(reply.message.as.feed.next_cursor, office_size(world->office));
    assert_false(reply.message.as.feed.more);
    hf_reply_clear(&reply);
}

static void feed__leaves_out_the_devices_own_changes(void **state)
{
    struct world *world = *state;
    struct hf_id change = device_saves(&world->worker, &world->key, &world->record, "Casey", NULL);
    struct device tablet = device_enrolled(world->office, "Wanda Worker", HF_ROLE_WORKER);
    assert_false(reads_it(&world->worker, &change));
    assert_true(reads_it(&tablet, &change)); /* the same person's other device has to read them */
}

static void feed__follows_the_caseload(void **state)
{
    struct world *world = *state;
    struct device other = device_enrolled(world->office, "Olga Other", HF_ROLE_WORKER);
    struct device desk = device_enrolled(world->office, "Otto Office", HF_ROLE_OFFICE);
    struct device auditor = device_enrolled(world->office, "Aud Itor", HF_ROLE_AUDITOR);
    struct hf_id change = device_saves(&world->worker, &world->key, &world->record, "Casey", NULL);
    assert_true(reads_it(&world->manager, &change));
    assert_true(reads_it(&desk, &change));
    assert_false(reads_it(&auditor, &change));
    assert_false(reads_it(&other, &change));
    assert_int_equal(hf_enrol_assign(&world->office->office, &world->key.case_id, &other.person, true,
                                     hf_slice_str("cover"), &world->office->err),
                     HF_OK);
    assert_true(reads_it(&other, &change));
    assert_int_equal(hf_enrol_assign(&world->office->office, &world->key.case_id, &other.person, false,
                                     hf_slice_str("cover"), &world->office->err),
                     HF_OK);
    assert_false(reads_it(&other, &change));
}

static void feed__brings_only_the_keys_of_what_it_brings(void **state)
{
    struct world *world = *state;
    struct device other = device_enrolled(world->office, "Olga Other", HF_ROLE_WORKER);
    struct hf_class_key own = device_opens_case(&other);
    (void)device_saves(&world->worker, &world->key, &world->record, "Casey", NULL);
    struct hf_reply reply;
    ask(&other, (struct pull){0}, &reply);
    assert_false(has_case(&reply, &world->key.case_id));
    assert_true(has_case(&reply, &world->office->office.office_case)); /* staff and server leaves are for everybody */
    assert_int_equal(reply.message.as.feed.key_count, 1);
    assert_true(
        hf_id_equal(&reply.message.as.feed.keys[0].case_id, &world->office->office.office_case)); /* not even its own */
    assert_false(hf_id_equal(&reply.message.as.feed.keys[0].key_id, &own.key_id));
    hf_reply_clear(&reply);
}

static void feed__tells_what_is_held(void **state)
{
    struct world *world = *state;
    struct device other = device_enrolled(world->office, "Olga Other", HF_ROLE_WORKER);
    struct hf_item item = device_edit(&other, &world->key, &world->record, CHILD_NAME, "Casey", NULL, 0);
    struct hf_msg_pushed pushed = device_push_one(&other, item);
    struct hf_reply reply;
    ask(&world->worker, (struct pull){.cursor = pushed.index}, &reply);
    assert_int_equal(reply.message.as.feed.item_count, 1);
    assert_int_equal(reply.message.as.feed.items[0].hold, HF_HOLD_RIGHT);
    hf_reply_clear(&reply);
}

/* Reads everything from the beginning in pieces; counts the items of the case. */
static size_t read_all(struct device *device, struct pull pull, size_t *out_pieces)
{
    size_t found = 0;
    bool more = true;
    uint64_t last = 0;
    *out_pieces = 0;
    while (more) {
        struct hf_reply reply;
        size_t bytes = 0;
        ask(device, pull, &reply);
        assert_int_equal(reply.message.type, HF_MSG_FEED);
        assert_true(reply.message.as.feed.item_count <= HF_LIMIT_FEED_ITEMS);
        for (size_t i = 0; i < reply.message.as.feed.item_count; i++) {
            const struct hf_item *item = &reply.message.as.feed.items[i];
            assert_true(item->index >= pull.cursor && (found == 0 || item->index > last));
            last = item->index;
            found++;
            bytes += hf_message_item_bytes(item);
        }
        assert_true(bytes <= HF_LIMIT_FEED_BYTES);
        more = reply.message.as.feed.more;
        assert_true(!more || reply.message.as.feed.next_cursor > pull.cursor);
        pull.cursor = reply.message.as.feed.next_cursor;
        ++*out_pieces;
        hf_reply_clear(&reply);
    }
    assert_int_equal(pull.cursor, pull.until ? pull.until : office_size(device->office));
    return found;
}

static void push_many(struct world *world, size_t count, size_t text_bytes)
{
    static char text[20001];
    struct hf_item items[OFFICE_PUSH_MAX];
    memset(text, 'x', text_bytes);
    text[text_bytes] = 0;
    for (size_t done = 0; done < count;) {
        size_t n = 0;
        for (; n < OFFICE_PUSH_MAX && done < count; done++) {
            struct hf_id record = new_id();
            items[n++] = device_edit(&world->worker, &world->key, &record, CHILD_KNOWN_AS, text, NULL, 0);
        }
        assert_int_equal(device_push(&world->worker, items, n), HF_OK);
    }
}

static void feed__comes_in_pieces_of_limited_number(void **state)
{
    struct world *world = *state;
    size_t pieces;
    push_many(world, 1100, 4);
    uint64_t from = office_size(world->office) - 1100;
    assert_int_equal(read_all(&world->manager, (struct pull){.cursor = from}, &pieces), 1100);
    assert_int_equal(pieces, 3);
}

static void feed__comes_in_pieces_of_limited_size(void **state)
{
    struct world *world = *state;
    size_t pieces;
    uint64_t from = office_size(world->office);
    /* 200 narratives of 20 kB each: field 8 of a child is a narrative. */
    static char text[19001];
    memset(text, 'y', 19000);
    for (size_t i = 0; i < 120; i++) {
        struct hf_id record = new_id();
        (void)device_push_one(&world->worker, device_edit(&world->worker, &world->key, &record, 8, text, NULL, 0));
    }
    assert_int_equal(read_all(&world->manager, (struct pull){.cursor = from}, &pieces), 120);
    assert_true(pieces >= 4 && pieces <= 5);
}

/* A worker whose caseload is quiet still gets forward, and nobody makes the office read its whole log for one answer.
 */
static void feed__of_a_device_with_nothing_to_read_moves_on(void **state)
{
    struct world *world = *state;
    size_t pieces;
    push_many(world, 700, 4);
    uint64_t from = office_size(world->office) - 700;
    assert_int_equal(read_all(&world->worker, (struct pull){.cursor = from}, &pieces), 0); /* its own */
    assert_int_equal(pieces, 1);
}

static void feed__from_beyond_the_end_is_empty(void **state)
{
    struct world *world = *state;
    static const uint64_t cursors[] = {1000, INT64_MAX, (uint64_t)INT64_MAX + 5, UINT64_MAX};
    for (size_t i = 0; i < 4; i++) {
        struct hf_reply reply;
        ask(&world->manager, (struct pull){.cursor = cursors[i]}, &reply);
        assert_int_equal(reply.message.as.feed.item_count, 0);
        assert_int_equal(reply.message.as.feed.next_cursor, cursors[i]);
        assert_false(reply.message.as.feed.more);
        hf_reply_clear(&reply);
    }
}

/* --- one case --- */

static void catchup__brings_one_case_up_to_where_it_was_asked(void **state)
{
    struct world *world = *state;
    size_t pieces;
    struct device other = device_enrolled(world->office, "Olga Other", HF_ROLE_WORKER);
    struct hf_class_key own = device_opens_case(&other);
    (void)device_saves(&world->worker, &world->key, &world->record, "Casey", NULL);
    assert_int_equal(hf_enrol_assign(&world->office->office, &world->key.case_id, &other.person, true,
                                     hf_slice_str("cover"), &world->office->err),
                     HF_OK);
    uint64_t until = office_size(world->office);
    struct hf_id elsewhere = new_id();
    (void)device_saves(&world->worker, &world->key, &elsewhere, "Sam", NULL); /* after it */
    /* The opening of the case and one save; not the office case. Of a case that was hers before her own changes come
     * too: they went from her device with it. */
    struct pull pull = {.one_case = &world->key.case_id, .until = until};
    assert_int_equal(read_all(&other, pull, &pieces), 2);
    pull.one_case = &own.case_id;
    assert_int_equal(read_all(&other, pull, &pieces), 1);
}

static void catchup__of_a_case_that_is_not_ones_own_is_denied(void **state)
{
    struct world *world = *state;
    struct device other = device_enrolled(world->office, "Olga Other", HF_ROLE_WORKER);
    struct device auditor = device_enrolled(world->office, "Aud Itor", HF_ROLE_AUDITOR);
    struct device *denied[2] = {&other, &auditor}, *allowed[2] = {&world->worker, &world->manager};
    for (size_t i = 0; i < 2; i++) {
        struct hf_reply reply;
        ask(denied[i], (struct pull){.one_case = &world->key.case_id, .until = 3}, &reply);
        assert_int_equal(reply.message.type, HF_MSG_ERROR);
        assert_int_equal(reply.message.as.error.status, HF_ERR_DENIED);
        hf_reply_clear(&reply);
        ask(allowed[i], (struct pull){.one_case = &world->key.case_id, .until = 3}, &reply);
        assert_int_equal(reply.message.type, HF_MSG_FEED);
        hf_reply_clear(&reply);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(feed__opens_what_others_wrote_with_the_key),
        TEST(feed__leaves_out_the_devices_own_changes),
        TEST(feed__follows_the_caseload),
        TEST(feed__brings_only_the_keys_of_what_it_brings),
        TEST(feed__tells_what_is_held),
        TEST(feed__comes_in_pieces_of_limited_number),
        TEST(feed__comes_in_pieces_of_limited_size),
        TEST(feed__of_a_device_with_nothing_to_read_moves_on),
        TEST(feed__from_beyond_the_end_is_empty),
        TEST(catchup__brings_one_case_up_to_where_it_was_asked),
        TEST(catchup__of_a_case_that_is_not_ones_own_is_denied),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
