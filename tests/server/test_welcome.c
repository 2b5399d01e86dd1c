/* The certificate in WELCOME: left out for a device that says the mark of the very keys the office has, and shown,
 * signed by the authority, to every other one. */
#include "tests/server/support_client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct world {
    struct office *office;
    struct device device;
};

static int setup(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    world->office = office_new();
    world->device = device_enrolled(world->office, "Fay Invented", HF_ROLE_WORKER);
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    office_free(world->office);
    free(world);
    return 0;
}

/* What the office shows to a device that says `known`; empty: nothing. */
static void shown_to(struct world *world, uint64_t known, struct hf_buf *out)
{
    struct client client;
    const struct caller caller = caller_device(&world->device);
    struct hf_message hello = hello_of(&world->device);
    hello.as.hello.known = known;
    client_open_link(&client, world->office, &caller);
    struct hf_message welcome = client_ask(&client, &hello, HF_MSG_WELCOME);
    *out = (struct hf_buf){0};
    hf_buf_append_slice(out, welcome.as.welcome.certificate);
    hf_message_clear(&welcome);
    client_free(&client);
}

static void certificate__is_left_out_for_who_knows_these_keys_only(void **state)
{
    struct world *world = *state;
    struct hf_office *office = &world->office->office;
    struct hf_note_body note;
    struct hf_buf shown;
    const uint64_t mark = office->keys_mark;
    assert_true(mark != 0);
    shown_to(world, mark, &shown);
    assert_int_equal(shown.len, 0);
    hf_buf_clear(&shown);
    for (unsigned bit = 0; bit < 65; bit++) { /* 64: says nothing */
        shown_to(world, bit < 64 ? mark ^ 1ull << bit : 0, &shown);
        assert_int_equal(hf_note_body_decode(hf_buf_slice(&shown), &note), HF_OK);
        assert_int_equal(note.what, HF_NOTE_SERVER);
        hf_buf_clear(&shown);
    }
}

/* A device that knows keys which were given up, or a forged set of them, has another mark: every part counts. */
static void mark_of_the_keys__differs_when_any_part_does(void **state)
{
    struct world *world = *state;
    struct hf_note_body note;
    struct hf_buf shown;
    shown_to(world, 0, &shown);
    assert_int_equal(hf_note_body_decode(hf_buf_slice(&shown), &note), HF_OK);
    const uint64_t mark = hf_server_keys_mark(&note, 0);
    assert_int_equal(mark, world->office->office.keys_mark);
    assert_true(hf_server_keys_mark(&note, 1) != mark);
    uint8_t *const keys[] = {note.server_device, note.log_key, note.channel_key, note.key_store_key};
    const size_t lengths[] = {sizeof note.server_device, sizeof note.log_key, sizeof note.channel_key,
                              sizeof note.key_store_key};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        for (size_t at = 0; at < lengths[i]; at++) {
            keys[i][at] ^= 1;
            assert_true(hf_server_keys_mark(&note, 0) != mark);
            keys[i][at] ^= 1;
        }
    note.serial++;
    assert_true(hf_server_keys_mark(&note, 0) != mark);
    hf_buf_clear(&shown);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(certificate__is_left_out_for_who_knows_these_keys_only, setup, teardown),
        cmocka_unit_test_setup_teardown(mark_of_the_keys__differs_when_any_part_does, setup, teardown),
    };
    return cmocka_run_group_tests_name("server/welcome", tests, NULL, NULL);
}
