/* The listener over real loopback sockets: hostile peers, limits, stopping. */
#include "tests/server/support_client.h"

#include "server/listener.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

/* With sanitizers a machine under load is slow: the number of rounds is what was seen to be enough with nng's own
 * sockets to hang a listener, and ten times that without. */
#define HOSTILE_ROUNDS 1000

struct world {
    struct office *office;
    struct device worker, manager;
    struct hf_class_key key;
    struct hf_listener *listener;
    uint16_t port;
};

static size_t open_descriptors(void)
{
    size_t count = 0;
    DIR *folder = opendir("/proc/self/fd");
    assert_non_null(folder);
    while (readdir(folder))
        count++;
    (void)closedir(folder);
    return count;
}

/* nng's own thread closes what was freed, a moment later. */
static void assert_descriptors(size_t expected)
{
    struct timespec from, now;
    (void)clock_gettime(CLOCK_MONOTONIC, &from);
    now = from;
    while (open_descriptors() > expected && now.tv_sec - from.tv_sec < 10) {
        (void)sched_yield();
        (void)clock_gettime(CLOCK_MONOTONIC, &now);
    }
    assert_true(open_descriptors() <= expected); /* fewer: the first count came too early as well */
}

static void stop(struct world *world)
{
    hf_listener_stop(world->listener);
    world->listener = NULL;
}

static void start(struct world *world)
{
    if (hf_listener_start(&world->office->office, "tcp://127.0.0.1:0", NULL, NULL, &world->listener,
                          &world->office->err) != HF_OK)
        fail_msg("%s", world->office->err.text);
    const char *address = hf_listener_address(world->listener);
    assert_memory_equal(address, "tcp://127.0.0.1:", 16);
    world->port = (uint16_t)strtoul(address + 16, NULL, 10);
    assert_int_not_equal(world->port, 0);
}

static int setup(void **state)
{
    static struct world world;
    world.office = office_new();
    world.worker = device_enrolled(world.office, "Wanda Worker", HF_ROLE_WORKER);
    world.manager = device_enrolled(world.office, "Mo Manager", HF_ROLE_MANAGER);
    world.key = device_opens_case(&world.worker);
    start(&world);
    *state = &world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    stop(world);
    office_free(world->office);
    return 0;
}

/* --- sockets --- */

static int dial(const struct world *world)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(world->port)};
    struct timeval limit = {.tv_sec = CLIENT_WAIT_S};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit), 0);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit), 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static void put(int fd, struct hf_slice bytes)
{
    while (bytes.len > 0) {
        ssize_t sent = send(fd, bytes.data, bytes.len, MSG_NOSIGNAL);
        if (sent <= 0)
            return; /* the office has had enough */
        bytes.data += sent;
        bytes.len -= (size_t)sent;
    }
}

/* Reads until the office closes; fails the test when it does not in CLIENT_WAIT_S. */
static void wait_closed(int fd)
{
    char bytes[4096];
    for (;;) {
        ssize_t got = recv(fd, bytes, sizeof bytes, 0);
        if (got == 0 || (got < 0 && errno == ECONNRESET))
            return;
        if (got < 0)
            fail_msg("the office did not close the connection in %d s", CLIENT_WAIT_S);
    }
}

/* Closes with RST, so that the office's reads and writes fail at once. */
static void reset(int fd)
{
    struct linger hard = {.l_onoff = 1, .l_linger = 0};
    (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    (void)close(fd);
}

static void open_as(struct world *world, struct device *device, struct client *client)
{
    struct caller caller = caller_device(device);
    client_open_socket(client, dial(world), world->office, &caller);
}

static void assert_serves(struct world *world)
{
    struct client client;
    open_as(world, &world->worker, &client);
    client_greet(&client, &world->worker);
    client_ping(&client);
    client_free(&client);
}

/* A good client pings until nobody else is left: every ping is at least one turn of the worker. */
static void assert_all_gone(struct world *world)
{
    struct client client;
    struct hf_listener_counts counts = {.open = 99};
    open_as(world, &world->worker, &client);
    client_greet(&client, &world->worker);
    for (int i = 0; i < 200000 && counts.open != 1; i++) {
        client_ping(&client);
        hf_listener_get_counts(world->listener, &counts);
    }
    assert_int_equal(counts.open, 1);
    client_free(&client);
}

/* --- good clients --- */

static void listener__carries_syncs(void **state)
{
    struct world *world = *state;
    static struct synced synced;
    memset(&synced, 0, sizeof synced);
    struct client client;
    struct hf_id record = new_id();
    synced.device = &world->manager;
    for (int i = 0; i < 100; i++) {
        record = new_id();
        synced.items[synced.item_count++] =
            device_edit(&world->manager, &world->key, &record, CHILD_NAME, "Casey", NULL, 0);
    }
    open_as(world, &world->manager, &client);
    assert_int_equal(client_sync(&client, &synced), HF_OK);
    assert_int_equal(synced.proved, 100);
    client_free(&client);
}

static void listener__tells_one_client_of_anothers_changes(void **state)
{
    struct world *world = *state;
    struct client reader, writer;
    struct hf_id record = new_id();
    struct hf_item item = device_edit(&world->worker, &world->key, &record, CHILD_NAME, "Casey", NULL, 0);
    struct hf_message push = {.type = HF_MSG_PUSH, .request = 3}, news;
    push.as.push.items = &item;
    push.as.push.count = 1;
    open_as(world, &world->manager, &reader);
    client_greet(&reader, &world->manager);
    open_as(world, &world->worker, &writer);
    client_greet(&writer, &world->worker);
    struct hf_message pushed = client_ask(&writer, &push, HF_MSG_PUSHED);
    assert_true(client_hear(&reader));
    assert_int_equal(hf_message_decode(hf_buf_slice(&reader.message), &news), HF_OK);
    assert_int_equal(news.type, HF_MSG_NEWS);
    assert_int_equal(news.as.news.log_size, pushed.as.pushed.results[0].index + 1);
    hf_message_clear(&news);
    hf_message_clear(&pushed);
    client_free(&reader);
    client_free(&writer);
}

/* The socket of this process whose own end is `port` and whose other end is `peer`; -1: none. */
static int socket_between(uint16_t port, uint16_t peer)
{
    for (int fd = 3; fd < 1024; fd++) {
        struct sockaddr_in own = {0}, other = {0};
        socklen_t own_len = sizeof own, other_len = sizeof other;
        if (getsockname(fd, (struct sockaddr *)&own, &own_len) == 0 &&
            getpeername(fd, (struct sockaddr *)&other, &other_len) == 0 && own.sin_family == AF_INET &&
            ntohs(own.sin_port) == port && ntohs(other.sin_port) == peer)
            return fd;
    }
    return -1;
}

/* An answer in several pieces would wait for the other side's delayed acknowledgement before its last one. */
static void listener__holds_no_piece_of_an_answer_back(void **state)
{
    struct world *world = *state;
    struct client client;
    struct sockaddr_in own = {0};
    socklen_t len = sizeof own;
    int at_once = 0;
    open_as(world, &world->worker, &client);
    client_greet(&client, &world->worker);
    assert_int_equal(getsockname(client.fd, (struct sockaddr *)&own, &len), 0);
    const int fd = socket_between(world->port, ntohs(own.sin_port));
    assert_true(fd >= 0);
    len = sizeof at_once;
    assert_int_equal(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &at_once, &len), 0);
    assert_true(at_once);
    client_free(&client);
}

static void listener__sends_long_answers_whole(void **state)
{
    struct world *world = *state;
    struct client client;
    static char text[19001];
    static struct hf_item items[32];
    memset(text, 'x', 19000);
    open_as(world, &world->worker, &client);
    client_greet(&client, &world->worker);
    for (size_t i = 0; i < 32; i++) {
        struct hf_id record = new_id();
        items[i] = device_edit(&world->worker, &world->key, &record, 8, text, NULL, 0);
    }
    struct hf_message push = {.type = HF_MSG_PUSH, .request = 3}, pull = {.type = HF_MSG_PULL, .request = 4};
    push.as.push.items = items;
    push.as.push.count = 32;
    struct hf_message answer = client_ask(&client, &push, HF_MSG_PUSHED);
    pull.as.pull.cursor = answer.as.pushed.results[0].index;
    hf_message_clear(&answer);
    client_free(&client);
    open_as(world, &world->manager, &client);
    client_greet(&client, &world->manager);
    answer = client_ask(&client, &pull, HF_MSG_FEED);
    assert_int_equal(answer.as.feed.item_count, 32);
    for (size_t i = 0; i < 32; i++)
        assert_true(hf_slice_equal(answer.as.feed.items[i].body, items[i].body));
    hf_message_clear(&answer);
    client_free(&client);
}

/* --- hostile ones --- */

static void listener__drops_garbage(void **state)
{
    struct world *world = *state;
    uint64_t seed = test_seed();
    for (int round = 0; round < 200; round++) {
        uint8_t bytes[3000];
        int fd = dial(world);
        size_t len = HF_CHANNEL_HELLO_BYTES + next_random(&seed) % (sizeof bytes - HF_CHANNEL_HELLO_BYTES);
        for (size_t i = 0; i < len; i++)
            bytes[i] = (uint8_t)next_random(&seed);
        if (round % 2)
            memcpy(bytes, "HFS1\0\0", 6);
        put(fd, hf_slice_of(bytes, len));
        wait_closed(fd);
        assert_int_equal(close(fd), 0);
    }
    assert_all_gone(world);
}

static void listener__survives_half_closes_and_resets(void **state)
{
    struct world *world = *state;
    struct caller caller = caller_device(&world->worker);
    struct hf_channel *channel = client_channel(world->office, &caller);
    struct hf_slice hello = hf_channel_output(channel);
    for (size_t round = 0; round < HOSTILE_ROUNDS; round++) {
        int fd = dial(world);
        put(fd, hf_slice_of(hello.data, (round * 7) % (hello.len + 1))); /* a replayed hello, whole or cut */
        if (round % 4 < 2)
            assert_int_equal(shutdown(fd, SHUT_WR), 0);
        if (round % 4 == 0 || round % 4 == 3)
            reset(fd);
        else
            assert_int_equal(close(fd), 0);
        if (round % 50 == 49)
            assert_serves(world); /* and the kernel's queue of connections is empty again */
    }
    assert_all_gone(world);
    hf_channel_free(channel);
}

static void listener__survives_peers_that_vanish_with_requests_open(void **state)
{
    struct world *world = *state;
    for (int round = 0; round < 60; round++) {
        struct client client;
        struct hf_message pull = {.type = HF_MSG_PULL};
        open_as(world, &world->manager, &client);
        client_greet(&client, &world->manager);
        for (uint32_t i = 0; i < 6; i++) {
            pull.request = 10 + i;
            client_say(&client, &pull);
        }
        reset(client.fd);
        client.fd = -1;
        client_free(&client);
    }
    assert_all_gone(world);
}

static void listener__drops_bombs_in_an_open_channel(void **state)
{
    struct world *world = *state;
    static const char *const bombs[] = {"\xdd\xff\xff\xff\xff", "\x93\x03\x01\xdd\xff\xff\xff\xff",
                                        "\xdf\xff\xff\xff\xff", "\x93\x0d\x01\xdd\xff\xff\xff\xff"};
    for (size_t i = 0; i < sizeof bombs / sizeof bombs[0]; i++) {
        struct client client;
        open_as(world, &world->worker, &client);
        client_greet(&client, &world->worker);
        client_say_bytes(&client, hf_slice_str(bombs[i]));
        assert_true(client_hear(&client)); /* ERROR, and the end */
        assert_false(client_hear(&client));
        client_free(&client);
    }
    assert_all_gone(world);
}

static void listener__drops_frames_that_are_not_whole_or_not_authentic(void **state)
{
    struct world *world = *state;
    static uint8_t frame[65537];
    for (size_t round = 0; round < 20; round++) {
        struct client client;
        open_as(world, &world->worker, &client);
        client_greet(&client, &world->worker);
        memset(frame, 0xff, sizeof frame);
        if (round % 2) { /* a cut frame, then nothing */
            put(client.fd, hf_slice_of(frame, 1000));
            assert_int_equal(shutdown(client.fd, SHUT_WR), 0);
        } else {
            put(client.fd, hf_slice_of(frame, sizeof frame));
        }
        wait_closed(client.fd);
        client_free(&client);
    }
    assert_all_gone(world);
}

/* Silent from the beginning, after half a hello, and after the handshake: five seconds each, all at once. */
static void listener__drops_silent_strangers_in_time(void **state)
{
    struct world *world = *state;
    int fds[30];
    struct timespec from, to;
    struct caller caller = caller_device(&world->worker);
    (void)clock_gettime(CLOCK_MONOTONIC, &from);
    for (size_t i = 0; i < 30; i++) {
        struct hf_channel *channel = client_channel(world->office, &caller);
        struct hf_slice hello = hf_channel_output(channel);
        fds[i] = dial(world);
        put(fds[i], hf_slice_of(hello.data, i % 3 == 0 ? 0 : i % 3 == 1 ? 60 : hello.len));
        hf_channel_free(channel);
    }
    assert_serves(world);
    for (size_t i = 0; i < 30; i++) {
        wait_closed(fds[i]);
        assert_int_equal(close(fds[i]), 0);
    }
    (void)clock_gettime(CLOCK_MONOTONIC, &to);
    assert_true(to.tv_sec - from.tv_sec >= 4 && to.tv_sec - from.tv_sec <= 15);
    assert_all_gone(world);
}

/* Many push much at once; somebody with a short question is answered before all of them are done. */
#define GREEDY         24
#define GREEDY_CHANGES 100
static void listener__answers_a_short_message_before_the_long_ones_of_others(void **state)
{
    struct world *world = *state;
    static struct hf_item items[GREEDY_CHANGES];
    struct device devices[GREEDY];
    struct hf_class_key keys[GREEDY];
    struct client greedy[GREEDY], light;
    struct hf_buf pushes[GREEDY] = {{0}};
    struct hf_listener_counts counts;
    stop(world);
    for (size_t i = 0; i < GREEDY; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "Greedy %zu", i);
        devices[i] = device_enrolled(world->office, name, HF_ROLE_WORKER);
        keys[i] = device_opens_case(&devices[i]);
    }
    start(world);
    for (size_t i = 0; i < GREEDY; i++) {
        const struct hf_id record = new_id();
        struct hf_message push = {.type = HF_MSG_PUSH, .request = 5};
        for (size_t j = 0; j < GREEDY_CHANGES; j++)
            items[j] = device_edit(&devices[i], &keys[i], &record, CHILD_NAME, "Alba", NULL, 0);
        push.as.push.items = items;
        push.as.push.count = GREEDY_CHANGES;
        assert_int_equal(hf_message_encode(&push, &pushes[i]), HF_OK);
        assert_true(pushes[i].len > 1024); /* else it is a short one, too */
        open_as(world, &devices[i], &greedy[i]);
        client_greet(&greedy[i], &devices[i]);
    }
    open_as(world, &world->worker, &light);
    client_greet(&light, &world->worker);
    for (size_t i = 0; i < GREEDY; i++)
        client_say_bytes(&greedy[i], hf_buf_slice(&pushes[i]));
    const uint64_t greeted = GREEDY + 1;
    do { /* by then the long ones have arrived, and wait */
        (void)sched_yield();
        hf_listener_get_counts(world->listener, &counts);
    } while (counts.answered < greeted + 3);
    client_ping(&light);
    hf_listener_get_counts(world->listener, &counts);
    assert_true(counts.answered < greeted + GREEDY); /* the PING, and not all the PUSHes */
    for (size_t i = 0; i < GREEDY; i++) {
        assert_true(client_hear(&greedy[i]));
        client_free(&greedy[i]);
        hf_buf_clear(&pushes[i]);
    }
    client_free(&light);
}

/* Many devices behind one router: the office's setting counts. */
static void listener__takes_as_many_of_one_address_as_it_was_set_to(void **state)
{
    struct world *world = *state;
    struct client clients[3];
    struct hf_listener_counts counts;
    stop(world);
    world->office->office.per_address = 3;
    start(world);
    for (size_t i = 0; i < 3; i++)
        open_as(world, &world->worker, &clients[i]);
    const int refused = dial(world);
    wait_closed(refused);
    hf_listener_get_counts(world->listener, &counts);
    assert_int_equal(counts.open, 3);
    assert_int_equal(counts.refused, 1);
    assert_int_equal(close(refused), 0);
    for (size_t i = 0; i < 3; i++)
        client_free(&clients[i]);
}

static void listener__limits_connections_of_one_address(void **state)
{
    struct world *world = *state;
    struct hf_listener_counts counts;
    int fds[HF_LIMIT_CONNECTIONS_ADDRESS + 40];
    const size_t all = sizeof fds / sizeof fds[0];
    struct client client;
    open_as(world, &world->worker, &client);
    client_greet(&client, &world->worker);
    for (size_t i = 0; i < all; i++)
        fds[i] = dial(world);
    for (size_t i = HF_LIMIT_CONNECTIONS_ADDRESS; i < all; i++) /* the last ones find no room */
        wait_closed(fds[i]);
    client_ping(&client); /* those that are in go on */
    hf_listener_get_counts(world->listener, &counts);
    assert_int_equal(counts.open, HF_LIMIT_CONNECTIONS_ADDRESS);
    assert_int_equal(counts.refused, all + 1 - HF_LIMIT_CONNECTIONS_ADDRESS);
    for (size_t i = 0; i < all; i++)
        assert_int_equal(close(fds[i]), 0);
    client_free(&client);
    /* The office may not have seen them go yet: then this one is refused, and the next. */
    bool served = false;
    for (int i = 0; i < 1000 && !served; i++) {
        char byte;
        struct pollfd wait = {.fd = dial(world), .events = POLLIN};
        served = poll(&wait, 1, 100) == 0;
        if (!served)
            assert_true(recv(wait.fd, &byte, 1, 0) <= 0);
        assert_int_equal(close(wait.fd), 0);
    }
    assert_true(served);
    assert_all_gone(world);
}

/* --- starting and stopping --- */

static void start__says_what_is_wrong_with_an_address(void **state)
{
    struct world *world = *state;
    struct hf_error err = {0};
    struct hf_listener *second = NULL;
    struct office *other = office_new();
    static const char *const wrong[] = {"",       "127.0.0.1:0",       "ipc:///tmp/x",     "ws://127.0.0.1:0",
                                        "tcp://", "tcp://127.0.0.1:x", "tcp://999.0.0.1:1"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        enum hf_status status = hf_listener_start(&other->office, wrong[i], NULL, NULL, &second, &err);
        assert_true(status == HF_ERR_INVALID || status == HF_ERR_NETWORK);
        assert_int_not_equal(err.text[0], 0);
        assert_null(second);
    }
    assert_int_equal(hf_listener_start(&other->office, hf_listener_address(world->listener), NULL, NULL, &second, &err),
                     HF_ERR_BUSY);
    assert_non_null(strstr(err.text, "another port"));
    office_free(other);
    assert_serves(world);
}

static void stop__ends_every_connection_and_publishes(void **state)
{
    struct world *world = *state;
    struct client clients[5];
    int strangers[5];
    struct hf_id record = new_id();
    struct hf_item item = device_edit(&world->worker, &world->key, &record, CHILD_NAME, "Casey", NULL, 0);
    struct hf_message push = {.type = HF_MSG_PUSH, .request = 3};
    push.as.push.items = &item;
    push.as.push.count = 1;
    for (size_t i = 0; i < 5; i++) {
        open_as(world, &world->worker, &clients[i]);
        client_greet(&clients[i], &world->worker);
        strangers[i] = dial(world);
    }
    client_say(&clients[0], &push); /* and nobody waits for the answer */
    stop(world);
    for (size_t i = 0; i < 5; i++) {
        wait_closed(clients[i].fd);
        client_free(&clients[i]);
        wait_closed(strangers[i]);
        assert_int_equal(close(strangers[i]), 0);
    }
    struct hf_store_head head;
    hf_store_head(world->office->store, &head);
    assert_int_equal(head.published_size, head.tree.size);
    start(world);
    assert_serves(world);
}

/* Connections that arrive while it stops: none may be lost in between, with its descriptor. */
static void *keep_dialling(void *arg)
{
    struct world *world = arg;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(world->port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (int refused = 0; refused < 20;) {
        char byte;
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        if (fd < 0)
            break;
        refused += connect(fd, (struct sockaddr *)&address, sizeof address) != 0;
        (void)shutdown(fd, SHUT_WR);
        while (recv(fd, &byte, 1, 0) > 0) /* one at a time: a full queue would make connect wait a second */
            ;
        reset(fd);
    }
    return NULL;
}

static void stop__loses_no_connection_that_comes_meanwhile(void **state)
{
    struct world *world = *state;
    assert_serves(world);
    stop(world);
    size_t before = open_descriptors();
    for (int round = 0; round < 20; round++) {
        pthread_t thread;
        start(world);
        assert_int_equal(pthread_create(&thread, NULL, keep_dialling, world), 0);
        assert_serves(world);
        stop(world);
        assert_int_equal(pthread_join(thread, NULL), 0);
    }
    assert_descriptors(before);
    start(world);
}

static void stop__leaves_no_descriptor_behind(void **state)
{
    struct world *world = *state;
    assert_serves(world);
    stop(world);
    size_t before = open_descriptors();
    for (int round = 0; round < 5; round++) {
        start(world);
        listener__drops_garbage(state);
        listener__survives_peers_that_vanish_with_requests_open(state);
        assert_serves(world);
        stop(world);
        assert_descriptors(before);
    }
    start(world);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(listener__carries_syncs),
        TEST(listener__tells_one_client_of_anothers_changes),
        TEST(listener__holds_no_piece_of_an_answer_back),
        TEST(listener__sends_long_answers_whole),
        TEST(listener__drops_garbage),
        TEST(listener__survives_half_closes_and_resets),
        TEST(listener__survives_peers_that_vanish_with_requests_open),
        TEST(listener__drops_bombs_in_an_open_channel),
        TEST(listener__drops_frames_that_are_not_whole_or_not_authentic),
        TEST(listener__drops_silent_strangers_in_time),
        TEST(listener__limits_connections_of_one_address),
        TEST(listener__answers_a_short_message_before_the_long_ones_of_others),
        TEST(listener__takes_as_many_of_one_address_as_it_was_set_to),
        TEST(start__says_what_is_wrong_with_an_address),
        TEST(stop__ends_every_connection_and_publishes),
        TEST(stop__loses_no_connection_that_comes_meanwhile),
        TEST(stop__leaves_no_descriptor_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
