/* A new shard of the office's log, on a device: what is followed, kept, and handed on. The authority's signature is
 * checked in client/certificate.c. */
#include "core/replica/shard.h"
#include "tests/replica/support_device.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct world {
    struct server *server;
    struct device *device;
    struct hf_id case_id, record;
    struct hf_buf certificate, shard;
};

static int setup(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    assert_int_equal(hf_crypto_init(false), HF_OK);
    world->server = server_new();
    world->device = device_new(world->server, "Ann Sample", HF_ROLE_WORKER);
    world->case_id = device_case(world->device, "CH-1");
    world->record = device_id(world->device);
    (void)device_save(world->device, &world->case_id, &world->record, TYPE_ACTION, ACTION_TEXT,
                      text_value("What nobody else has"));
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    hf_buf_clear(&world->certificate);
    hf_buf_clear(&world->shard);
    device_free(world->device);
    server_free(world->server);
    free(world);
    return 0;
}

/* A certificate with a shard that begins with the first entry, signed by `authority`. */
static struct hf_slice make(struct world *world, const struct hf_sign_key *authority, uint64_t serial)
{
    const struct server *server = world->server;
    struct hf_shard shard = {.number = 1,
                             .name = hf_slice_str("log.invented-council.example/2"),
                             .size = 1,
                             .note = hf_slice_str("the checkpoint of before"),
                             .reason = hf_slice_str("The disk failed (invented).")};
    struct hf_note_body note = {.what = HF_NOTE_SERVER, .serial = serial, .authority_name = hf_slice_str("Invented")};
    memset(shard.root, 7, sizeof shard.root);
    hf_buf_reset(&world->shard);
    hf_buf_reset(&world->certificate);
    hf_shard_encode(&shard, &world->shard);
    note.shard = hf_buf_slice(&world->shard);
    memset(note.server_device, 1, sizeof note.server_device);
    memset(note.log_key, 2, sizeof note.log_key);
    memcpy(note.channel_key, server->channel.public_key, sizeof note.channel_key);
    memcpy(note.key_store_key, server->key_store.public_key, sizeof note.key_store_key);
    hf_server_certify(authority, server->log_id, &note);
    hf_note_body_encode(&note, &world->certificate);
    return hf_buf_slice(&world->certificate);
}

static uint64_t left(struct world *world)
{
    uint64_t count = 0;
    assert_int_equal(hf_replica_hand_on_left(world->device->replica, &count), HF_OK);
    return count;
}

static bool count_item(void *ctx, const struct hf_item *item)
{
    size_t *count = ctx;
    *count += item->leaf.len == HF_LEAF_BYTES && item->form == HF_ITEM_WHOLE;
    return true;
}

static void a_new_shard__is_followed_and_everything_handed_on(void **state)
{
    struct world *world = *state;
    struct device *device = world->device;
    struct hf_shard_seen seen;
    size_t items = 0;
    struct hf_note_body good;
    assert_int_equal(hf_note_body_decode(make(world, &world->server->authority, 1), &good), HF_OK);
    assert_int_equal(hf_replica_shard_take(device->replica, &good, 1, &device->err), HF_OK);
    assert_int_equal(hf_replica_identity(device->replica)->shard, 1);
    assert_string_equal(hf_identity_log_name(hf_replica_identity(device->replica)), "log.invented-council.example/2");
    assert_int_equal(hf_replica_hand_on(device->replica, count_item, &items), HF_OK);
    assert_int_equal(items, left(world));
    assert_true(items >= 2); /* the case and the words */
    assert_int_equal(hf_replica_shard_seen(device->replica, &seen, &device->err), HF_OK);
    assert_true(seen.any);
    assert_string_equal(seen.reason, "The disk failed (invented).");
    device_reopen(device);
    assert_int_equal(left(world), items);
    assert_int_equal(hf_replica_identity(device->replica)->shard, 1);
    /* What is answered is handed on no more; what was not taken stays here. */
    struct hf_pushed answers[] = {{.index = 5}, {.index = 0}};
    assert_int_equal(hf_replica_store_handed_on(device->replica, answers, 2, &device->err), HF_OK);
    assert_int_equal(left(world), items - 2);
    assert_int_equal(hf_replica_shard_seen(device->replica, &seen, &device->err), HF_OK);
    assert_int_equal(seen.handed_on, 1);
    assert_int_equal(seen.not_taken, 1);
    assert_string_equal(device_text(device, &world->record, ACTION_TEXT), "What nobody else has");
    assert_int_equal(hf_replica_shard_take(device->replica, &good, 1, &device->err), HF_ERR_INVALID); /* once */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_new_shard__is_followed_and_everything_handed_on, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
