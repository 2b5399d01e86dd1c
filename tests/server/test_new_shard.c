/* A new shard is asked for, and what was lost before is more than one entry can name. Everything is invented. */
#include "server/new_shard.h"

#include "core/model/shard.h"
#include "server/data_folder.h"
#include "server/keystore_rotate.h"
#include "tests/server/support_office.h"

#include <stdio.h>
#include <string.h>

#define LONG_NOTE 1900 /* a checkpoint with many witnesses */

struct world {
    char folder[128];
    struct hf_error err;
};

static int setup(void **state)
{
    static struct world world;
    struct hf_data_folder folder;
    memset(&world, 0, sizeof world);
    assert_int_equal(hf_crypto_init(false), HF_OK);
    office_folder_make(world.folder);
    assert_int_equal(hf_data_folder_init(world.folder, "Invented Council", OFFICE_ORIGIN, &world.err), HF_OK);
    assert_int_equal(hf_data_folder_open(world.folder, &folder, &world.err), HF_OK); /* begins the log */
    hf_data_folder_close(&folder);
    *state = &world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    office_folder_remove(world->folder);
    return 0;
}

/* A shard that the key store knows and of which the log has nothing: the store is from before it. */
static void lost_shard(struct hf_data_folder *folder, uint64_t number, uint64_t at_size)
{
    static const uint8_t signature[HF_SIGN_BYTES] = {1};
    static uint8_t note[LONG_NOTE];
    char name[64];
    struct hf_buf bytes = {0};
    struct hf_key_row next;
    (void)snprintf(name, sizeof name, "%s/%u", OFFICE_ORIGIN, (unsigned)number + 1);
    memset(note, 'n', sizeof note);
    const struct hf_shard shard = {.number = number,
                                   .name = hf_slice_str(name),
                                   .size = at_size,
                                   .note = hf_slice_of(note, sizeof note),
                                   .reason = hf_slice_str("The disk failed (invented).")};
    hf_shard_encode(&shard, &bytes);
    const struct hf_key_wish wish = {
        .parts = HF_KEYS_LOG | HF_KEYS_DEVICE, .shard = hf_buf_slice(&bytes), .never_used_from = at_size};
    assert_int_equal(hf_keystore_next_keys(folder->keystore, &wish, &next), HF_OK);
    assert_int_equal(hf_keystore_certify_keys(folder->keystore, next.serial, signature, at_size), HF_OK);
    assert_int_equal(hf_keystore_use_keys(folder->keystore, next.serial), HF_OK);
    hf_wipe(&next, sizeof next);
    hf_buf_clear(&bytes);
}

/* The guard knows of more entries than the folder has: their end was lost. */
static void mark_ahead(struct hf_data_folder *folder)
{
    struct hf_guard_mark old;
    assert_int_equal(hf_guard_get(folder->guard, &old), HF_OK);
    struct hf_guard_mark next = old;
    next.size = 900;
    next.root = (struct hf_hash){{7}};
    assert_int_equal(hf_guard_advance(folder->guard, &old, &next), HF_OK);
}

static enum hf_status ask(struct world *world, uint64_t shards)
{
    struct hf_data_folder folder;
    struct hf_buf request = {0};
    uint8_t suffix_key[HF_KEY_BYTES];
    assert_int_equal(hf_data_folder_open_parts(world->folder, &folder, suffix_key, &world->err), HF_OK);
    for (uint64_t i = 1; i <= shards; i++)
        lost_shard(&folder, i, 100 + i);
    mark_ahead(&folder);
    hf_data_folder_close(&folder);
    const struct hf_new_shard_wish wish = {.name = hf_slice_str(OFFICE_ORIGIN "/again"),
                                           .reason = hf_slice_str("The disk failed again (invented).")};
    const enum hf_status status = hf_new_shard_request(world->folder, &wish, &request, &world->err);
    assert_true((status == HF_OK) == (request.len > 0));
    hf_buf_clear(&request);
    return status;
}

static void shards_that_fit_into_one_entry__are_asked_for(void **state)
{
    struct world *world = *state;
    assert_int_equal(ask(world, 3), HF_OK);
}

static void more_than_one_entry_can_name__is_refused_with_what_helps(void **state)
{
    struct world *world = *state;
    assert_int_equal(ask(world, 4), HF_ERR_LIMIT);
    assert_non_null(strstr(world->err.text, "Too many shards and changes of the server's keys were lost"));
    assert_non_null(strstr(world->err.text, "Put a newer backup of server.db back"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(shards_that_fit_into_one_entry__are_asked_for, setup, teardown),
        cmocka_unit_test_setup_teardown(more_than_one_entry_can_name__is_refused_with_what_helps, setup, teardown),
    };
    return cmocka_run_group_tests_name("new_shard", tests, NULL, NULL);
}
