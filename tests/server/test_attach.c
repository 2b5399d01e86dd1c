/* Attachments at the office, without programs: what it takes from whom, what it gives to whom, what counts after a stop
 * between file and row, and who is told that one became whole. */
#include "core/attach/chunks.h"
#include "core/pack/writer.h"
#include "server/attach.h"
#include "server/keystore_erase.h"
#include "tests/server/support_client.h"
#include "tests/server/support_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHUNKS 3
#define SIZE   ((CHUNKS - 1) * HF_ATTACH_CHUNK_BYTES + 91)

/* A file as its author's device has it: sealed chunks in a folder of the test. */
struct paper {
    struct hf_id record;
    struct hf_attach_content content;
    uint8_t sealed[CHUNKS][HF_ATTACH_SEALED_BYTES];
    struct hf_slice parts[CHUNKS];
    struct hf_proof proof; /* of the run that was asked for last */
    char folder[64];
};

struct fixture {
    struct world *world;
    char folder[64]; /* of the office */
    struct paper paper;
};

static struct fixture fix;

static void make_folder(char out[64], const char *name)
{
    (void)snprintf(out, 64, "/tmp/holdfast-%s-XXXXXX", name);
    assert_non_null(mkdtemp(out));
}

static void open_chunks(const char *folder, const struct hf_id *record, bool make, struct hf_chunks *out)
{
    struct hf_error err = {0};
    *out = (struct hf_chunks){.fd = -1};
    assert_int_equal(hf_chunks_open(folder, record, SIZE, make, out, &err), HF_OK);
}

static void make_paper(struct paper *paper, const struct hf_class_key *key, uint8_t letter)
{
    struct hf_chunks chunks;
    uint8_t seal_key[HF_KEY_BYTES], plain[HF_ATTACH_CHUNK_BYTES];
    paper->record = new_id();
    paper->content = (struct hf_attach_content){.size = SIZE, .key_id = key->key_id};
    hf_attach_key(key->key, &paper->record, seal_key);
    memset(plain, letter, sizeof plain);
    open_chunks(paper->folder, &paper->record, true, &chunks);
    for (uint64_t i = 0; i < CHUNKS; i++) {
        const size_t len = hf_attach_sealed_len(SIZE, i);
        hf_attach_seal(seal_key, &paper->record, i, hf_slice_of(plain, len - HF_TAG_BYTES), paper->sealed[i]);
        paper->parts[i] = hf_slice_of(paper->sealed[i], len);
        assert_int_equal(hf_chunks_write(&chunks, i, paper->parts[i], NULL), HF_OK);
    }
    assert_int_equal(hf_chunks_root(&chunks, paper->content.root), HF_OK);
    hf_chunks_close(&chunks);
}

static void prove(struct paper *paper, uint64_t first, uint64_t count)
{
    struct hf_chunks chunks;
    open_chunks(paper->folder, &paper->record, false, &chunks);
    assert_int_equal(hf_chunks_prove(&chunks, first, count, &paper->proof), HF_OK);
    hf_chunks_close(&chunks);
}

/* The record that names it, signed by this device. */
static struct hf_item record_of(struct device *device, const struct hf_class_key *key, const struct paper *paper)
{
    struct hf_buf title = {0}, content = {0}, body = {0};
    char text[HF_ATTACH_CONTENT_TEXT_BYTES];
    hf_attach_content_encode(&paper->content, text);
    hf_pack_text(&title, hf_slice_str("A paper"));
    hf_pack_text(&content, hf_slice_str(text));
    const struct hf_edit_input edits[] = {{.field = HF_FIELD_ATTACH_TITLE, .value = hf_buf_slice(&title)},
                                          {.field = HF_FIELD_ATTACH_CONTENT, .value = hf_buf_slice(&content)}};
    const struct hf_data_body_input input = {.case_id = key->case_id,
                                             .record_id = paper->record,
                                             .type = HF_RECORD_ATTACHMENT,
                                             .edits = edits,
                                             .edit_count = 2};
    if (hf_data_body_encode(&input, &body, &device->office->err) != HF_OK)
        fail_msg("%s", device->office->err.text);
    const struct hf_item item =
        device_leaf(device, HF_LEAF_DATA, key, scratch_copy(device->office, hf_buf_slice(&body)));
    hf_buf_clear(&title);
    hf_buf_clear(&content);
    hf_buf_clear(&body);
    return item;
}

static int setup(void **state)
{
    void *world = NULL;
    memset(&fix, 0, sizeof fix);
    assert_int_equal(world_setup(&world), 0);
    fix.world = world;
    make_folder(fix.folder, "office");
    make_folder(fix.paper.folder, "author");
    fix.world->office->office.attach_folder = fix.folder;
    make_paper(&fix.paper, &fix.world->key, 'a');
    *state = &fix;
    return 0;
}

static enum hf_status keep_nothing(void *ctx, const struct hf_id *id, bool *out)
{
    (void)ctx;
    (void)id;
    *out = false;
    return HF_OK;
}

static int teardown(void **state)
{
    (void)state;
    void *world = fix.world;
    assert_int_equal(hf_chunks_sweep(fix.folder, keep_nothing, NULL, NULL), HF_OK);
    assert_int_equal(hf_chunks_sweep(fix.paper.folder, keep_nothing, NULL, NULL), HF_OK);
    assert_int_equal(rmdir(fix.folder), 0);
    assert_int_equal(rmdir(fix.paper.folder), 0);
    return world_teardown(&world);
}

/* --- short ways --- */

struct said {
    enum hf_attach_result result;
    uint64_t have;
};

static struct said put_parts(struct device *device, const struct paper *paper, uint64_t first,
                             const struct hf_slice *parts, size_t count)
{
    struct hf_message request = {.type = HF_MSG_ATTACH_PUT, .request = 1};
    struct hf_slice copy[CHUNKS];
    struct hf_reply reply = {0};
    memcpy(copy, parts, count * sizeof *parts);
    request.as.attach = (struct hf_msg_attach){
        .record_id = paper->record, .first = first, .chunks = copy, .count = count, .proof = paper->proof};
    assert_int_equal(hf_attach_answer_put(&fix.world->office->office, &device->peer, &request, &reply), HF_OK);
    assert_int_equal(reply.message.type, HF_MSG_ATTACH_HAS);
    const struct said said = {reply.message.as.attach.result, reply.message.as.attach.have};
    hf_reply_clear(&reply);
    return said;
}

static struct said put(struct device *device, struct paper *paper, uint64_t first, size_t count)
{
    if (count > 0)
        prove(paper, first, count);
    return put_parts(device, paper, first, paper->parts + first, count);
}

static void assert_said(struct said said, enum hf_attach_result result, uint64_t have)
{
    assert_int_equal(said.result, result);
    assert_int_equal(said.have, have);
}

/* What a device is given of it, from `first` on; the bytes are checked. */
static struct said get(struct device *device, const struct paper *paper, uint64_t first)
{
    struct hf_message request = {.type = HF_MSG_ATTACH_GET, .request = 1};
    struct hf_reply reply = {0};
    request.as.attach = (struct hf_msg_attach){.record_id = paper->record, .first = first, .most = 20};
    assert_int_equal(hf_attach_answer_get(&fix.world->office->office, &device->peer, &request, &reply), HF_OK);
    const struct hf_msg_attach *answer = &reply.message.as.attach;
    const struct said said = {answer->result, answer->count};
    if (answer->result == HF_ATTACH_KEPT)
        assert_int_equal(
            hf_chunks_verify(SIZE, paper->content.root, first, answer->chunks, answer->count, &answer->proof), HF_OK);
    hf_reply_clear(&reply);
    return said;
}

static void push_record(struct device *device, const struct paper *paper)
{
    assert_int_equal(device_push_one(device, record_of(device, &fix.world->key, paper)).hold, HF_HOLD_NONE);
}

/* --- taking --- */

static void chunks__are_taken_from_whom_the_log_names_and_in_order(void **state)
{
    (void)state;
    struct device *worker = &fix.world->worker;
    assert_said(put(worker, &fix.paper, 0, 0), HF_ATTACH_UNKNOWN, 0); /* the record is not in the log yet */
    push_record(worker, &fix.paper);
    assert_said(put(&fix.world->manager, &fix.paper, 0, 0), HF_ATTACH_UNKNOWN, 0); /* of another device */
    assert_said(put(worker, &fix.paper, 0, 0), HF_ATTACH_KEPT, 0);
    assert_said(put(&fix.world->manager, &fix.paper, 0, 1), HF_ATTACH_UNKNOWN, 0);
    assert_said(put(worker, &fix.paper, 1, 1), HF_ATTACH_KEPT, 0); /* behind a gap */
    assert_said(put(worker, &fix.paper, 0, 2), HF_ATTACH_KEPT, 2);
    assert_said(put(worker, &fix.paper, 0, 2), HF_ATTACH_KEPT, 2); /* again */
    assert_said(put(worker, &fix.paper, 1, 2), HF_ATTACH_KEPT, 2); /* half of it again: from where it stands */
    assert_said(put(worker, &fix.paper, 2, 1), HF_ATTACH_KEPT, 3);
    assert_said(put(worker, &fix.paper, 2, 1), HF_ATTACH_KEPT, 3);
}

static void chunk__that_is_not_the_signed_one__is_not_stored(void **state)
{
    (void)state;
    struct device *worker = &fix.world->worker;
    push_record(worker, &fix.paper);
    prove(&fix.paper, 0, 1);
    fix.paper.sealed[0][100] ^= 1;
    assert_said(put_parts(worker, &fix.paper, 0, fix.paper.parts, 1), HF_ATTACH_DAMAGED, 0);
    fix.paper.sealed[0][100] ^= 1;
    struct hf_slice shorter = hf_slice_of(fix.paper.sealed[0], fix.paper.parts[0].len - 1);
    assert_said(put_parts(worker, &fix.paper, 0, &shorter, 1), HF_ATTACH_DAMAGED, 0);
    assert_said(put_parts(worker, &fix.paper, 0, fix.paper.parts + 1, 1), HF_ATTACH_DAMAGED, 0); /* of another place */
    assert_said(put(worker, &fix.paper, 0, 3), HF_ATTACH_KEPT, 3);                               /* none of it stuck */
    assert_said(get(worker, &fix.paper, 0), HF_ATTACH_KEPT, 3);
}

/* Signed by the same device, but not of this length: its last chunk never fits, so it is never whole. */
static void size__that_is_not_that_of_the_content__is_never_whole(void **state)
{
    (void)state;
    struct paper lie = fix.paper;
    lie.content.size = SIZE - 1;
    push_record(&fix.world->worker, &lie);
    prove(&fix.paper, 0, 2);
    lie.proof = fix.paper.proof;
    assert_said(put_parts(&fix.world->worker, &lie, 0, lie.parts, 2), HF_ATTACH_KEPT, 2);
    prove(&fix.paper, 2, 1);
    lie.proof = fix.paper.proof;
    assert_said(put_parts(&fix.world->worker, &lie, 2, lie.parts + 2, 1), HF_ATTACH_DAMAGED, 2);
    assert_said(get(&fix.world->manager, &lie, 0), HF_ATTACH_NOT_YET, 0);
}

/* The key of another case would give the content to whoever holds that one, and outlive this one's erasure. */
static void content_under_the_key_of_another_case__is_not_taken(void **state)
{
    (void)state;
    const struct hf_class_key other = device_opens_case(&fix.world->worker);
    struct paper lie = fix.paper;
    lie.content.key_id = other.key_id;
    push_record(&fix.world->worker, &lie);
    assert_said(put(&fix.world->worker, &lie, 0, 0), HF_ATTACH_UNKNOWN, 0);
}

static void held_or_revoked__is_taken_all_the_same(void **state)
{
    (void)state;
    struct device *worker = &fix.world->worker;
    assert_int_equal(hf_enrol_revoke(&fix.world->office->office, worker->sign.public_key, hf_slice_str("lost"),
                                     &fix.world->office->err),
                     HF_OK);
    device_refresh(worker);
    const struct hf_item item = record_of(worker, &fix.world->key, &fix.paper);
    assert_int_equal(device_push_one(worker, item).hold, HF_HOLD_REVOKED);
    assert_said(put(worker, &fix.paper, 0, 3), HF_ATTACH_KEPT, 3);
}

static void full_disk_or_no_folder__is_said_and_can_be_tried_again(void **state)
{
    (void)state;
    push_record(&fix.world->worker, &fix.paper);
    fix.world->office->office.attach_folder = NULL;
    assert_said(put(&fix.world->worker, &fix.paper, 0, 0), HF_ATTACH_FULL, 0);
    assert_said(get(&fix.world->worker, &fix.paper, 0), HF_ATTACH_NOT_YET, 0);
    fix.world->office->office.attach_folder = fix.folder;
    assert_said(put(&fix.world->worker, &fix.paper, 0, 3), HF_ATTACH_KEPT, 3);
}

/* The same bytes twice are two attachments: each has its own name, key and row, and neither stands for the other. */
static void same_content_twice__is_kept_twice(void **state)
{
    (void)state;
    static struct paper twin;
    twin = fix.paper;
    make_paper(&twin, &fix.world->key, 'a');
    push_record(&fix.world->worker, &fix.paper);
    push_record(&fix.world->worker, &twin);
    assert_true(memcmp(twin.content.root, fix.paper.content.root, sizeof twin.content.root) != 0);
    assert_said(put(&fix.world->worker, &fix.paper, 0, 3), HF_ATTACH_KEPT, 3);
    assert_said(get(&fix.world->worker, &twin, 0), HF_ATTACH_NOT_YET, 0);
    prove(&fix.paper, 0, 3);
    twin.proof = fix.paper.proof; /* the chunks of the other */
    assert_said(put_parts(&fix.world->worker, &twin, 0, fix.paper.parts, 3), HF_ATTACH_DAMAGED, 0);
    assert_said(put(&fix.world->worker, &twin, 0, 3), HF_ATTACH_KEPT, 3);
    assert_said(get(&fix.world->worker, &twin, 1), HF_ATTACH_KEPT, 2);
}

/* --- after a stop --- */

/* The chunk was durable, its row was not: it comes again and lies where it lay. */
static void stopped_between_chunk_and_row__takes_the_chunk_again(void **state)
{
    (void)state;
    struct hf_chunks chunks;
    push_record(&fix.world->worker, &fix.paper);
    assert_said(put(&fix.world->worker, &fix.paper, 0, 1), HF_ATTACH_KEPT, 0 + 1);
    open_chunks(fix.folder, &fix.paper.record, false, &chunks);
    assert_int_equal(hf_chunks_write(&chunks, 1, fix.paper.parts[1], NULL), HF_OK);
    hf_chunks_close(&chunks);
    assert_said(put(&fix.world->worker, &fix.paper, 0, 0), HF_ATTACH_KEPT, 1);
    assert_said(put(&fix.world->worker, &fix.paper, 1, 2), HF_ATTACH_KEPT, 3);
    assert_said(get(&fix.world->manager, &fix.paper, 0), HF_ATTACH_KEPT, 3);
}

/* An older folder beside a newer store: what the row counts is not there. */
static void file_shorter_than_its_row__begins_anew(void **state)
{
    (void)state;
    push_record(&fix.world->worker, &fix.paper);
    assert_said(put(&fix.world->worker, &fix.paper, 0, 2), HF_ATTACH_KEPT, 2);
    assert_int_equal(hf_chunks_remove(fix.folder, &fix.paper.record, NULL), HF_OK);
    assert_said(put(&fix.world->worker, &fix.paper, 2, 1), HF_ATTACH_KEPT, 0);
    assert_said(put(&fix.world->worker, &fix.paper, 0, 1), HF_ATTACH_KEPT, 1);
    struct hf_attach_kept row = {0};
    struct hf_store *store = fix.world->office->store;
    assert_int_equal(store->ops->attach(store, &fix.paper.record, &row), HF_OK);
    row.have = 2; /* of the file only the first chunk came back */
    assert_int_equal(store->ops->attach_put(store, &row), HF_OK);
    assert_said(put(&fix.world->worker, &fix.paper, 2, 1), HF_ATTACH_KEPT, 0);
    assert_said(put(&fix.world->worker, &fix.paper, 0, 3), HF_ATTACH_KEPT, 3);
    assert_int_equal(hf_chunks_remove(fix.folder, &fix.paper.record, NULL), HF_OK);
    assert_said(get(&fix.world->worker, &fix.paper, 0), HF_ATTACH_DAMAGED, 0);
}

/* The log has lost its end and the rows with it; the records are handed on, and the folder still has the files: to the
 * author nothing is asked for twice, and others get it also when its author's device is gone. */
static void file_whose_row_is_lost__is_found_again(void **state)
{
    (void)state;
    push_record(&fix.world->worker, &fix.paper);
    assert_int_equal(hf_chunks_remove(fix.folder, &fix.paper.record, NULL), HF_OK);
    struct hf_chunks chunks;
    open_chunks(fix.folder, &fix.paper.record, true, &chunks);
    for (uint64_t i = 0; i < CHUNKS; i++)
        assert_int_equal(hf_chunks_write(&chunks, i, fix.paper.parts[i], NULL), HF_OK);
    hf_chunks_close(&chunks);
    assert_said(get(&fix.world->manager, &fix.paper, 0), HF_ATTACH_KEPT, CHUNKS);
    assert_said(put(&fix.world->worker, &fix.paper, 0, 0), HF_ATTACH_KEPT, CHUNKS);
    assert_said(put(&fix.world->manager, &fix.paper, 0, 0), HF_ATTACH_UNKNOWN, CHUNKS); /* nothing is taken from it */
}

/* --- giving --- */

static void whole_one__is_given_to_whoever_may_read_the_case(void **state)
{
    (void)state;
    struct device stranger = device_enrolled(fix.world->office, "Oli Other", HF_ROLE_WORKER);
    push_record(&fix.world->worker, &fix.paper);
    assert_said(put(&fix.world->worker, &fix.paper, 0, 2), HF_ATTACH_KEPT, 2);
    assert_said(get(&fix.world->manager, &fix.paper, 0), HF_ATTACH_NOT_YET, 0);
    assert_said(put(&fix.world->worker, &fix.paper, 2, 1), HF_ATTACH_KEPT, 3);
    assert_said(get(&fix.world->manager, &fix.paper, 1), HF_ATTACH_KEPT, 2);
    assert_said(get(&fix.world->manager, &fix.paper, 3), HF_ATTACH_UNKNOWN, 0); /* there is no fourth */
    assert_said(get(&stranger, &fix.paper, 0), HF_ATTACH_NOT_YET, 0);           /* as if there were none */
}

static void erased_case__takes_and_gives_nothing(void **state)
{
    (void)state;
    push_record(&fix.world->worker, &fix.paper);
    assert_said(put(&fix.world->worker, &fix.paper, 0, 3), HF_ATTACH_KEPT, 3);
    const struct hf_erasure_row row = {
        .erasure = new_id(), .case_id = fix.world->key.case_id, .body = hf_slice_str("x")};
    assert_int_equal(hf_keystore_destroy(fix.world->office->keystore, &row), HF_OK);
    assert_said(get(&fix.world->worker, &fix.paper, 0), HF_ATTACH_GONE, 0);
}

/* --- the news --- */

static void hear_whole(struct client *client)
{
    struct hf_message news;
    assert_true(client_hear(client));
    assert_int_equal(hf_message_decode(hf_buf_slice(&client->message), &news), HF_OK);
    assert_int_equal(news.type, HF_MSG_NEWS);
    assert_true(news.as.news.whole);
    assert_true(hf_id_equal(&news.as.news.attachment, &fix.paper.record));
    hf_message_clear(&news);
}

static void open_as(struct client *client, struct device *device)
{
    struct caller caller = caller_device(device);
    client_open_link(client, device->office, &caller);
    client_greet(client, device);
}

static bool tell(struct client *client, const struct hf_concern *concern)
{
    return hf_link_whole(client->link, &fix.world->office->office.whole.items[0], concern, client->now_ms);
}

static void last_chunk__is_news_for_the_others_who_hold_the_case(void **state)
{
    (void)state;
    struct hf_office *office = &fix.world->office->office;
    static struct hf_concern concern;
    struct client worker, manager, holder, stranger;
    struct device second = device_with_case(fix.world->office, "Hana Holder", HF_ROLE_WORKER, &fix.world->key.case_id);
    struct device other = device_enrolled(fix.world->office, "Oli Other", HF_ROLE_WORKER);
    push_record(&fix.world->worker, &fix.paper);
    assert_said(put(&fix.world->worker, &fix.paper, 0, 2), HF_ATTACH_KEPT, 2);
    assert_int_equal(office->whole.count, 0);
    assert_said(put(&fix.world->worker, &fix.paper, 2, 1), HF_ATTACH_KEPT, 3);
    assert_int_equal(office->whole.count, 1);
    assert_said(put(&fix.world->worker, &fix.paper, 2, 1), HF_ATTACH_KEPT, 3); /* again: no news */
    assert_int_equal(office->whole.count, 1);

    open_as(&worker, &fix.world->worker);
    open_as(&manager, &fix.world->manager);
    open_as(&holder, &second);
    open_as(&stranger, &other);
    hf_concern_case(office, &office->whole.items[0].case_id, &concern);
    assert_false(tell(&worker, &concern)); /* which brought it */
    assert_false(tell(&stranger, &concern));
    assert_true(tell(&manager, &concern));
    assert_true(tell(&holder, &concern));
    hear_whole(&manager);
    hear_whole(&holder);
    assert_false(client_hear(&stranger));
    assert_false(client_hear(&worker));
    client_free(&worker);
    client_free(&manager);
    client_free(&holder);
    client_free(&stranger);
}

/* The list is short, and full it drops: who was not told asks again after a while. */
static void more_than_can_be_told__are_not_told(void **state)
{
    (void)state;
    struct hf_whole *whole = &fix.world->office->office.whole;
    whole->count = HF_OFFICE_WHOLE_MAX;
    push_record(&fix.world->worker, &fix.paper);
    assert_said(put(&fix.world->worker, &fix.paper, 0, 3), HF_ATTACH_KEPT, 3);
    assert_int_equal(whole->count, HF_OFFICE_WHOLE_MAX);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(chunks__are_taken_from_whom_the_log_names_and_in_order),
        TEST(chunk__that_is_not_the_signed_one__is_not_stored),
        TEST(size__that_is_not_that_of_the_content__is_never_whole),
        TEST(content_under_the_key_of_another_case__is_not_taken),
        TEST(held_or_revoked__is_taken_all_the_same),
        TEST(full_disk_or_no_folder__is_said_and_can_be_tried_again),
        TEST(same_content_twice__is_kept_twice),
        TEST(stopped_between_chunk_and_row__takes_the_chunk_again),
        TEST(file_shorter_than_its_row__begins_anew),
        TEST(file_whose_row_is_lost__is_found_again),
        TEST(whole_one__is_given_to_whoever_may_read_the_case),
        TEST(erased_case__takes_and_gives_nothing),
        TEST(last_chunk__is_news_for_the_others_who_hold_the_case),
        TEST(more_than_can_be_told__are_not_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
