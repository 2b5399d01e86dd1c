/* A carried file at an office that serves: it is taken in portion by portion and others are answered in between;
 * stopped after any portion it loses nothing and logs nothing twice; who was revoked meanwhile reads nothing more. */
#include "server/exchange.h"
#include "tests/server/support_client.h"
#include "tests/server/support_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PUSHES 4
#define EACH   5 /* changes in a push */

struct fixture {
    struct world *world;
    struct hf_id record;
    struct hf_buf file, answer;
    char folder[64];
    char from[96], to[96], part[96];
};

static struct fixture fix;

/* --- the file --- */

static void put_message(struct hf_carry_writer *writer, const struct hf_message *message)
{
    struct hf_buf bytes = {0};
    assert_int_equal(hf_message_encode(message, &bytes), HF_OK);
    assert_int_equal(hf_carry_put(writer, hf_buf_slice(&bytes), false), HF_OK);
    hf_buf_clear(&bytes);
}

static void begin_file(struct device *device, struct hf_carry_writer *writer)
{
    const struct hf_office *office = &device->office->office;
    const struct hf_server_keys *keys = hf_keystore_server(office->keystore);
    struct hf_carry_header header = {.kind = HF_CARRY_TO_OFFICE};
    struct hf_dh_key once;
    uint8_t seed[HF_DH_BYTES], key[HF_KEY_BYTES];
    hf_random(seed, sizeof seed);
    hf_dh_key_from_seed(seed, &once);
    memcpy(header.log_id, office->log_id, sizeof header.log_id);
    memcpy(header.party, device->channel.public_key, sizeof header.party);
    memcpy(header.once, once.public_key, sizeof header.once);
    assert_int_equal(hf_carry_channel_key(&header, device->psk, &device->channel, keys->channel.public_key, &once, key),
                     HF_OK);
    hf_carry_begin(writer, &header, key, &fix.file);
}

/* HELLO, PUSH …, PULL, HEAD, as a device writes it. */
static void make_file(struct device *device)
{
    struct hf_carry_writer writer;
    uint32_t request = 2;
    begin_file(device, &writer);
    const struct hf_message hello = hello_of(device);
    put_message(&writer, &hello);
    for (int i = 0; i < PUSHES; i++) {
        struct hf_item items[EACH];
        struct hf_message push = {.type = HF_MSG_PUSH, .request = request++};
        for (int j = 0; j < EACH; j++)
            items[j] = device_edit(device, &fix.world->key, &fix.record, CHILD_NAME, "Casey", NULL, 0);
        push.as.push.items = items;
        push.as.push.count = EACH;
        put_message(&writer, &push);
    }
    put_message(&writer, &(struct hf_message){.type = HF_MSG_PULL, .request = request++});
    put_message(&writer, &(struct hf_message){.type = HF_MSG_HEAD, .request = request++});
    assert_int_equal(hf_carry_put(&writer, hf_slice_of(NULL, 0), true), HF_OK);
    hf_carry_end(&writer);
}

static void write_path(const char *path, struct hf_slice bytes)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes.data, 1, bytes.len, file), bytes.len);
    assert_int_equal(fclose(file), 0);
}

static bool is_there(const char *path)
{
    struct stat found;
    return stat(path, &found) == 0;
}

static int setup(void **state)
{
    void *world = NULL;
    memset(&fix, 0, sizeof fix);
    assert_int_equal(world_setup(&world), 0);
    fix.world = world;
    fix.record = new_id();
    (void)snprintf(fix.folder, sizeof fix.folder, "/tmp/holdfast-exchange-XXXXXX");
    assert_non_null(mkdtemp(fix.folder));
    (void)snprintf(fix.from, sizeof fix.from, "%s/stick", fix.folder);
    (void)snprintf(fix.to, sizeof fix.to, "%s/answer", fix.folder);
    (void)snprintf(fix.part, sizeof fix.part, "%s/answer.part", fix.folder);
    *state = &fix;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    void *world = fix.world;
    (void)unlink(fix.from);
    (void)unlink(fix.to);
    assert_int_equal(rmdir(fix.folder), 0); /* nothing else was left in it */
    hf_buf_clear(&fix.file);
    hf_buf_clear(&fix.answer);
    return world_teardown(&world);
}

/* --- taking it in, without a connection --- */

static enum hf_status read_file(void *ctx, uint64_t at, uint8_t *out, size_t len, struct hf_error *err)
{
    const struct hf_buf *file = ctx;
    (void)err;
    assert_true(at <= file->len && len <= file->len - at);
    memcpy(out, file->data + at, len);
    return HF_OK;
}

static enum hf_status write_answer(void *ctx, struct hf_slice bytes, struct hf_error *err)
{
    (void)ctx;
    (void)err;
    hf_buf_append_slice(&fix.answer, bytes);
    return hf_buf_status(&fix.answer);
}

static struct hf_exchange *begin(void)
{
    const struct hf_exchange_io io = {.ctx = &fix.file, .size = fix.file.len, .read = read_file, .write = write_answer};
    struct hf_exchange *exchange = NULL;
    fix.answer.len = 0;
    if (hf_exchange_begin(&fix.world->office->office, &io, &exchange, &fix.world->office->err) != HF_OK)
        fail_msg("%s", fix.world->office->err.text);
    return exchange;
}

/* At most so many portions; how many it took. */
static size_t go(struct hf_exchange *exchange, size_t most, bool *out_done)
{
    size_t portions = 0;
    *out_done = false;
    while (!*out_done && portions < most) {
        if (hf_exchange_step(exchange, out_done, &fix.world->office->err) != HF_OK)
            fail_msg("%s", fix.world->office->err.text);
        portions++;
    }
    return portions;
}

static void file__is_taken_in_by_portions_of_one_message(void **state)
{
    (void)state;
    bool done = false;
    make_file(&fix.world->worker);
    const uint64_t before = office_size(fix.world->office);
    struct hf_exchange *exchange = begin();
    assert_int_equal(office_size(fix.world->office), before);
    uint64_t size = before;
    size_t portions = 0;
    while (!done) {
        (void)go(exchange, 1, &done);
        assert_true(office_size(fix.world->office) - size <= EACH + 1); /* a push, and a note of the clock */
        size = office_size(fix.world->office);
        portions++;
    }
    assert_true(portions > PUSHES + 3);
    assert_int_equal(size, before + PUSHES * EACH);
    const struct hf_exchange_report *report = hf_exchange_report(exchange);
    assert_int_equal(report->changes, PUSHES * EACH);
    assert_int_equal(report->held, 0);
    assert_true(report->entries > 0);
    hf_exchange_free(exchange);
}

/* A kill after any of its commits, and then the same file again. */
static void stopped_after_any_portion__the_same_file_does_the_rest(void **state)
{
    (void)state;
    bool done = false;
    make_file(&fix.world->worker);
    const uint64_t before = office_size(fix.world->office);
    for (size_t most = 0; !done; most++) {
        struct hf_exchange *exchange = begin();
        (void)go(exchange, most, &done);
        hf_exchange_free(exchange);
        assert_true(office_size(fix.world->office) <= before + PUSHES * EACH);
        assert_int_equal(office_reopen(fix.world->office), HF_OK);
    }
    assert_int_equal(office_size(fix.world->office), before + PUSHES * EACH);
    struct hf_exchange *exchange = begin(); /* and once more: an answer, and no entry */
    (void)go(exchange, 1000, &done);
    assert_true(done);
    assert_int_equal(hf_exchange_report(exchange)->changes, PUSHES * EACH);
    hf_exchange_free(exchange);
    assert_int_equal(office_size(fix.world->office), before + PUSHES * EACH);
}

static void revoked_between_two_portions__hands_in_and_reads_nothing(void **state)
{
    (void)state;
    bool done = false;
    make_file(&fix.world->worker);
    struct hf_exchange *exchange = begin();
    (void)go(exchange, 3, &done); /* looked through; HELLO; the first push */
    assert_int_equal(hf_exchange_report(exchange)->changes, EACH);
    assert_int_equal(hf_enrol_revoke(&fix.world->office->office, fix.world->worker.sign.public_key,
                                     hf_slice_str("lost"), &fix.world->office->err),
                     HF_OK);
    (void)go(exchange, 1000, &done);
    assert_true(done);
    const struct hf_exchange_report *report = hf_exchange_report(exchange);
    assert_true(report->hand_in);
    assert_int_equal(report->changes, PUSHES * EACH);
    assert_int_equal(report->held, (PUSHES - 1) * EACH);
    assert_int_equal(report->entries, 0);
    hf_exchange_free(exchange);
}

static void altered_at_its_end__is_found_before_anything_is_taken_in(void **state)
{
    (void)state;
    bool done = false;
    make_file(&fix.world->worker);
    const uint64_t before = office_size(fix.world->office);
    fix.file.data[fix.file.len - 1] ^= 1;
    struct hf_exchange *exchange = begin();
    assert_int_equal(hf_exchange_step(exchange, &done, &fix.world->office->err), HF_ERR_CORRUPT);
    hf_exchange_free(exchange);
    assert_int_equal(office_size(fix.world->office), before);
}

/* Of a role that may ask for commands on a connection: there somebody waits for what they say. */
static void command_in_a_file__is_not_run(void **state)
{
    (void)state;
    bool done = false;
    struct hf_carry_writer writer;
    struct hf_slice words[] = {hf_slice_str("status")};
    struct hf_message command = {.type = HF_MSG_ADMIN, .request = 2, .as.admin = {.args = words, .count = 1}};
    begin_file(&fix.world->worker, &writer);
    const struct hf_message hello = hello_of(&fix.world->worker);
    put_message(&writer, &hello);
    put_message(&writer, &command);
    assert_int_equal(hf_carry_put(&writer, hf_slice_of(NULL, 0), true), HF_OK);
    hf_carry_end(&writer);
    struct hf_exchange *exchange = begin();
    (void)go(exchange, 2, &done);
    assert_int_equal(hf_exchange_step(exchange, &done, &fix.world->office->err), HF_ERR_INVALID);
    hf_exchange_free(exchange);
}

/* --- over a connection --- */

static void open_admin(struct client *client)
{
    struct hf_office *office = &fix.world->office->office;
    static struct device machine;
    machine = device_new(fix.world->office);
    office->has_admin_key = true;
    hf_random(office->admin_key, sizeof office->admin_key);
    struct caller caller = {.key = &machine.channel, .enrolment_id = hf_office_admin_id(), .psk = office->admin_key};
    client_open_link(client, fix.world->office, &caller);
}

/* The message arrives and nothing of it is done: that is for the listener, turn by turn. */
static void say_import(struct client *client)
{
    struct hf_slice words[] = {hf_slice_str("bundle"), hf_slice_str("import"), hf_slice_str(fix.from),
                               hf_slice_str("--answer"), hf_slice_str(fix.to)};
    const struct hf_message command = {.type = HF_MSG_ADMIN, .request = 7, .as.admin = {.args = words, .count = 5}};
    struct hf_buf bytes = {0};
    assert_int_equal(hf_message_encode(&command, &bytes), HF_OK);
    assert_int_equal(hf_channel_send(client->channel, hf_buf_slice(&bytes)), HF_OK);
    const struct hf_slice sealed = hf_channel_output(client->channel);
    hf_link_take(client->link, sealed, client->now_ms);
    hf_channel_output_taken(client->channel, sealed.len);
    hf_buf_clear(&bytes);
}

static void others_are_answered_between_its_portions(void **state)
{
    (void)state;
    struct client admin, other;
    struct caller caller = caller_device(&fix.world->manager);
    struct hf_message done;
    size_t turns = 0;
    make_file(&fix.world->worker);
    write_path(fix.from, hf_buf_slice(&fix.file));
    open_admin(&admin);
    client_open_link(&other, fix.world->office, &caller);
    client_greet(&other, &fix.world->manager);
    say_import(&admin);
    while (hf_link_waiting(admin.link)) {
        assert_true(hf_link_work(admin.link, admin.now_ms));
        turns++;
        if (!hf_link_waiting(admin.link))
            break;
        assert_int_equal(hf_link_output(admin.link).len, 0);   /* not yet */
        assert_true(hf_link_waiting_bytes(admin.link) > 1024); /* it counts as a long message */
        assert_false(is_there(fix.to));
        client_ping(&other); /* answered at once */
        struct hf_item item = device_edit(&fix.world->manager, &fix.world->key, &fix.record, CHILD_NAME, "Mo", NULL, 0);
        struct hf_message push = {.type = HF_MSG_PUSH, .request = (uint32_t)(100 + turns)};
        push.as.push.items = &item;
        push.as.push.count = 1;
        struct hf_message pushed = client_ask(&other, &push, HF_MSG_PUSHED);
        hf_message_clear(&pushed);
    }
    assert_true(turns > PUSHES + 3);
    assert_true(client_hear(&admin));
    assert_int_equal(hf_message_decode(hf_buf_slice(&admin.message), &done), HF_OK);
    assert_int_equal(done.type, HF_MSG_ADMIN_DONE);
    assert_int_equal(done.request, 7);
    assert_int_equal(done.as.admin_done.exit_code, 0);
    assert_true(is_there(fix.to));
    assert_false(is_there(fix.part));
    hf_message_clear(&done);
    client_free(&admin);
    client_free(&other);
}

/* Whoever asked went away, or the server stopped in good order: no half of an answer is left under any name. */
static void connection_that_ends_in_the_middle__leaves_no_answer(void **state)
{
    (void)state;
    struct client admin;
    make_file(&fix.world->worker);
    write_path(fix.from, hf_buf_slice(&fix.file));
    open_admin(&admin);
    say_import(&admin);
    for (int i = 0; i < 3; i++)
        assert_true(hf_link_work(admin.link, admin.now_ms));
    assert_true(is_there(fix.part));
    client_free(&admin);
    assert_false(is_there(fix.part));
    assert_false(is_there(fix.to));
    open_admin(&admin); /* again, over what a kill would have left */
    write_path(fix.part, hf_slice_str("half"));
    say_import(&admin);
    while (hf_link_work(admin.link, admin.now_ms))
        ;
    assert_true(client_hear(&admin));
    assert_true(is_there(fix.to));
    client_free(&admin);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(file__is_taken_in_by_portions_of_one_message),
        TEST(stopped_after_any_portion__the_same_file_does_the_rest),
        TEST(revoked_between_two_portions__hands_in_and_reads_nothing),
        TEST(altered_at_its_end__is_found_before_anything_is_taken_in),
        TEST(command_in_a_file__is_not_run),
        TEST(others_are_answered_between_its_portions),
        TEST(connection_that_ends_in_the_middle__leaves_no_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
