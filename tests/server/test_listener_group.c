/* The listener while commits fail: what a push wrote is news for others only once it is durable. */
#include "tests/server/support_client.h"

#include "server/listener.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

struct world {
    atomic_bool fails; /* whatever is to be committed */
    atomic_int failed;
    struct office *office;
    struct device worker, manager;
    struct hf_class_key key;
    struct hf_listener *listener;
    struct client writer, reader;
};

/* In the office's thread. Not zero: it is rolled back. */
static int at_commit(void *ctx)
{
    struct world *world = ctx;
    const bool fails = atomic_load(&world->fails);
    atomic_fetch_add(&world->failed, fails);
    return fails;
}

static void open_as(struct world *world, struct device *device, struct client *client)
{
    const char *address = hf_listener_address(world->listener);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval limit = {.tv_sec = CLIENT_WAIT_S};
    struct caller caller = caller_device(device);
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    to.sin_port = htons((uint16_t)strtoul(strrchr(address, ':') + 1, NULL, 10));
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit), 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    client_open_socket(client, fd, world->office, &caller);
    client_greet(client, device);
}

static int setup(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    world->office = office_new_on_disk();
    world->worker = device_enrolled(world->office, "Wanda Worker", HF_ROLE_WORKER);
    world->manager = device_enrolled(world->office, "Mo Manager", HF_ROLE_MANAGER);
    world->key = device_opens_case(&world->worker);
    (void)sqlite3_commit_hook(hf_vault_db(world->office->vaults[2]), at_commit, world);
    if (hf_listener_start(&world->office->office, "tcp://127.0.0.1:0", NULL, NULL, &world->listener,
                          &world->office->err) != HF_OK)
        fail_msg("%s", world->office->err.text);
    open_as(world, &world->manager, &world->reader);
    open_as(world, &world->worker, &world->writer);
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    client_free(&world->reader);
    client_free(&world->writer);
    hf_listener_stop(world->listener);
    office_free(world->office);
    free(world);
    return 0;
}

/* From then on the office sends it what it lacks, with the news. */
static void read_all(struct client *reader)
{
    struct hf_message pull = {.type = HF_MSG_PULL, .request = 4};
    for (bool more = true; more;) {
        struct hf_message feed = client_ask(reader, &pull, HF_MSG_FEED);
        more = feed.as.feed.more;
        pull.as.pull.cursor = feed.as.feed.next_cursor;
        hf_message_clear(&feed);
    }
}

static uint64_t hear_news(struct client *client, enum hf_message_type expected)
{
    struct hf_message news;
    assert_true(client_hear(client));
    assert_int_equal(hf_message_decode(hf_buf_slice(&client->message), &news), HF_OK);
    assert_int_equal(news.type, expected);
    const uint64_t size = expected == HF_MSG_LIVE ? news.as.feed.next_cursor : news.as.news.log_size;
    hf_message_clear(&news);
    return size;
}

/* Readers are told before the writer is answered: whatever was told of the push has been sent when its answer is here,
 * and so would come before the PONG. */
static void push_in_vain(struct world *world, enum hf_message_type news)
{
    struct hf_id record = new_id();
    struct hf_item item = device_edit(&world->worker, &world->key, &record, CHILD_NAME, "Casey", NULL, 0);
    struct hf_message push = {.type = HF_MSG_PUSH, .request = 3};
    push.as.push.items = &item;
    push.as.push.count = 1;
    const int failed = atomic_load(&world->failed);
    atomic_store(&world->fails, true);
    struct hf_message refused = client_ask(&world->writer, &push, HF_MSG_ERROR);
    assert_int_equal(refused.request, 3);
    hf_message_clear(&refused);
    atomic_store(&world->fails, false);
    assert_true(atomic_load(&world->failed) > failed);
    client_ping(&world->reader);
    struct hf_message pushed = client_ask(&world->writer, &push, HF_MSG_PUSHED);
    assert_int_equal(hear_news(&world->reader, news), pushed.as.pushed.results[0].index + 1);
    hf_message_clear(&pushed);
}

/* Once: who was told that there is something is told again only when it has asked for it. */
static void a_push_that_could_not_be_stored__is_no_news_for_anybody(void **state)
{
    push_in_vain(*state, HF_MSG_NEWS);
}

static void a_push_that_could_not_be_stored__is_not_sent_to_who_has_all_before_it(void **state)
{
    struct world *world = *state;
    read_all(&world->reader);
    push_in_vain(world, HF_MSG_LIVE);
    push_in_vain(world, HF_MSG_LIVE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_push_that_could_not_be_stored__is_no_news_for_anybody, setup, teardown),
        cmocka_unit_test_setup_teardown(a_push_that_could_not_be_stored__is_not_sent_to_who_has_all_before_it, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
