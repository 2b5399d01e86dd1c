/* Sync by the public functions over TCP, against an office that may misbehave. */
#include "tests/client/support_town.h"

#include <nng/nng.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void a_sync__ends_with_everything_received_by_the_office(void **state)
{
    struct town *town = *state;
    struct holdfast_sync_progress progress = {.phase = HOLDFAST_SYNC_CONNECTING};
    office_at_rest(town->office)->faults.server_ahead_ms = 3600000;
    ok(&town->ada, sync_over_tcp(&town->ada, &progress));
    assert_int_equal(progress.pushed, 3);
    assert_true(progress.pulled > 0);
    assert_false(progress.hand_in);
    assert_in_range(progress.clock_offset_ms, 3600000 - 60000, 3600000 + 60000);
    assert_int_equal(counts(&town->ada).received, 3);
    refused(&town->ada, holdfast_sync_step(town->ada.hf, 0, &progress), HOLDFAST_STATE, "under way");
}

static void bytes_one_by_one__are_the_same_sync(void **state)
{
    struct town *town = *state;
    office_at_rest(town->office)->faults.drip = true;
    ok(&town->ada, sync_over_tcp(&town->ada, NULL));
    assert_int_equal(counts(&town->ada).received, 3);
}

/* Megabytes, so that reads and writes come in pieces. */
static void much_to_send_and_to_fetch__arrives_whole(void **state)
{
    struct town *town = *state;
    struct client ben = client_enrolled(office_at_rest(town->office), "Ben Invented", HF_ROLE_OFFICE);
    static char text[19001];
    memset(text, 'b', sizeof text - 1);
    for (int i = 0; i < 60; i++) {
        text[i] = 'c';
        save(&town->ada, &town->record, "text", text);
    }
    ok(&town->ada, sync_over_tcp(&town->ada, NULL));
    ok(&ben, sync_over_tcp(&ben, NULL));
    ok(&town->ada, sync_over_tcp(&town->ada, NULL));
    assert_string_equal(field_text(&ben, &town->record, "text"), text);
    assert_same_digest(&town->ada, &ben);
    client_free(&ben);
}

/* The socket of this process whose other end is `peer`; -1: none. */
static int socket_to(uint16_t peer)
{
    for (int fd = 3; fd < 1024; fd++) {
        struct sockaddr_in other = {0};
        socklen_t len = sizeof other;
        if (getpeername(fd, (struct sockaddr *)&other, &len) == 0 && other.sin_family == AF_INET &&
            ntohs(other.sin_port) == peer)
            return fd;
    }
    return -1;
}

/* A message in several pieces would wait for the office's delayed acknowledgement before its last one. */
static void a_connection__holds_no_piece_of_a_message_back(void **state)
{
    struct town *town = *state;
    struct holdfast_sync_progress progress = {.phase = HOLDFAST_SYNC_CONNECTING};
    int at_once = 0;
    socklen_t len = sizeof at_once;
    const char *port = strrchr(office_at_rest(town->office)->address, ':');
    ok(&town->ada, holdfast_sync_begin(town->ada.hf, &weak));
    while (progress.phase == HOLDFAST_SYNC_CONNECTING)
        ok(&town->ada, holdfast_sync_step(town->ada.hf, 1000, &progress));
    const int fd = socket_to((uint16_t)strtoul(port + 1, NULL, 10));
    assert_true(fd >= 0);
    assert_int_equal(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &at_once, &len), 0);
    assert_true(at_once);
    holdfast_sync_end(town->ada.hf);
}

static void a_second_begin__is_refused_while_the_first_goes_on(void **state)
{
    struct town *town = *state;
    ok(&town->ada, holdfast_sync_begin(town->ada.hf, &weak));
    refused(&town->ada, holdfast_sync_begin(town->ada.hf, &weak), HOLDFAST_STATE, "under way");
    holdfast_sync_end(town->ada.hf);
    ok(&town->ada, sync_over_tcp(&town->ada, NULL));
}

static void working_during_a_sync__is_sent_too(void **state)
{
    struct town *town = *state;
    struct holdfast_sync_progress progress = {.phase = HOLDFAST_SYNC_CONNECTING};
    ok(&town->ada, holdfast_sync_begin(town->ada.hf, &weak));
    while (progress.phase == HOLDFAST_SYNC_CONNECTING)
        ok(&town->ada, holdfast_sync_step(town->ada.hf, 1000, &progress));
    save(&town->ada, &town->record, "text", "Write to the school");
    while (progress.phase != HOLDFAST_SYNC_DONE)
        ok(&town->ada, holdfast_sync_step(town->ada.hf, 1000, &progress));
    ok(&town->ada, sync_over_tcp(&town->ada, NULL));
    assert_int_equal(counts(&town->ada).received, 4);
}

static void nobody_at_the_address__says_where_and_that_the_work_is_safe(void **state)
{
    struct town *town = *state;
    office_stop(town->office);
    refused(&town->ada, sync_over_tcp(&town->ada, NULL), HOLDFAST_NETWORK, office_at_rest(town->office)->address);
    assert_non_null(strstr(holdfast_error_text(town->ada.hf), "Your work is saved here"));
    assert_int_equal(counts(&town->ada).saved_here, 3);
}

static void set_address(struct town *town, const char *address)
{
    struct hf_identity identity = *hf_replica_identity(town->ada.hf->replica);
    (void)snprintf(identity.address, sizeof identity.address, "%s", address);
    assert_int_equal(hf_replica_identity_put(town->ada.hf->replica, &identity, NULL), HF_OK);
}

static void an_address_that_is_none__is_told(void **state)
{
    struct town *town = *state;
    set_address(town, "nonsense://:::");
    refused(&town->ada, sync_over_tcp(&town->ada, NULL), HOLDFAST_NETWORK, "nonsense");
}

static void a_stranger__is_not_let_in(void **state)
{
    struct town *town = *state;
    office_at_rest(town->office)->device_count = 0;
    refused(&town->ada, sync_over_tcp(&town->ada, NULL), HOLDFAST_NETWORK, "did not let this device in");
    assert_non_null(strstr(holdfast_error_text(town->ada.hf), "Your work is saved here"));
}

static void another_psk__ends_the_handshake(void **state)
{
    struct town *town = *state;
    office_at_rest(town->office)->devices[0].psk[0] ^= 1;
    refused(&town->ada, sync_over_tcp(&town->ada, NULL), HOLDFAST_AUTH, "not the office");
}

/* Accepts one connection on a socket of its own, says something and closes. */
struct impostor {
    int socket;
    const char *say;
    size_t len;
    bool hold; /* keeps the line open until the other side closes it */
};

static void *pretend(void *ctx)
{
    const struct impostor *impostor = ctx;
    char ignored[512];
    const int socket = accept(impostor->socket, NULL, NULL);
    if (socket < 0)
        return NULL;
    (void)!recv(socket, ignored, sizeof ignored, 0);
    (void)!send(socket, impostor->say, impostor->len, MSG_NOSIGNAL);
    while (impostor->hold && recv(socket, ignored, sizeof ignored, 0) > 0)
        ;
    (void)close(socket);
    return NULL;
}

static pthread_t impostor_start(struct town *town, struct impostor *impostor)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    char text[64];
    pthread_t thread;
    impostor->socket = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(impostor->socket, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(impostor->socket, 1), 0);
    assert_int_equal(getsockname(impostor->socket, (struct sockaddr *)&address, &len), 0);
    (void)snprintf(text, sizeof text, "tcp://127.0.0.1:%u", (unsigned)ntohs(address.sin_port));
    set_address(town, text);
    assert_int_equal(pthread_create(&thread, NULL, pretend, impostor), 0);
    return thread;
}

static void impostor_end(const struct impostor *impostor, pthread_t thread)
{
    (void)shutdown(impostor->socket, SHUT_RDWR);
    (void)pthread_join(thread, NULL);
    (void)close(impostor->socket);
}

static void something_else_at_the_address__is_not_taken_for_the_office(void **state)
{
    struct town *town = *state;
    static const char page[] = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    struct impostor impostor = {.say = page, .len = sizeof page - 1};
    const pthread_t thread = impostor_start(town, &impostor);
    refused(&town->ada, sync_over_tcp(&town->ada, NULL), HOLDFAST_AUTH, "not the office");
    impostor_end(&impostor, thread);
    assert_int_equal(counts(&town->ada).saved_here, 3);
}

static enum holdfast_status sync_with_timeout(struct client *client, uint32_t timeout_ms)
{
    const struct holdfast_options options = {.timeout_ms = timeout_ms};
    struct holdfast_sync_progress progress = {.phase = HOLDFAST_SYNC_CONNECTING};
    enum holdfast_status status = holdfast_sync_begin(client->hf, &options);
    while (status == HOLDFAST_OK && progress.phase != HOLDFAST_SYNC_DONE)
        status = holdfast_sync_step(client->hf, 50, &progress);
    return status;
}

static void silence_in_the_handshake__ends_in_time(void **state)
{
    struct town *town = *state;
    struct impostor impostor = {.say = "", .hold = true};
    const pthread_t thread = impostor_start(town, &impostor);
    refused(&town->ada, sync_with_timeout(&town->ada, 300), HOLDFAST_TIMEOUT, "did not answer in time");
    impostor_end(&impostor, thread);
}

static void silence_after_the_handshake__ends_in_time(void **state)
{
    struct town *town = *state;
    office_at_rest(town->office)->faults.silent = true;
    refused(&town->ada, sync_with_timeout(&town->ada, 300), HOLDFAST_TIMEOUT, "did not answer in time");
    assert_non_null(strstr(holdfast_error_text(town->ada.hf), "Your work is saved here"));
}

static void a_line_cut_anywhere__loses_nothing(void **state)
{
    struct town *town = *state;
    enum holdfast_status status = HOLDFAST_CLOSED;
    int cut = 0;
    while (status != HOLDFAST_OK) {
        office_at_rest(town->office)->faults.cut_after = ++cut;
        status = sync_over_tcp(&town->ada, NULL);
        if (status != HOLDFAST_OK)
            assert_non_null(strstr(holdfast_error_text(town->ada.hf), "Your work is saved here"));
        assert_true(cut < 40);
    }
    assert_true(cut > 3);
    assert_int_equal(counts(&town->ada).received, 3);
}

static void ending_a_sync_at_any_step__leaves_nothing_behind(void **state)
{
    struct town *town = *state;
    for (int steps = 0; steps < 12; steps++) {
        enum holdfast_status status = holdfast_sync_begin(town->ada.hf, &weak);
        for (int i = 0; status == HOLDFAST_OK && i < steps; i++)
            status = holdfast_sync_step(town->ada.hf, 5, NULL);
        holdfast_sync_end(town->ada.hf);
    }
    ok(&town->ada, holdfast_sync_begin(town->ada.hf, &weak));
    holdfast_lock(town->ada.hf); /* ends it too */
    ok(&town->ada, holdfast_unlock(town->ada.hf, PASSPHRASE));
    ok(&town->ada, sync_over_tcp(&town->ada, NULL));
    assert_int_equal(counts(&town->ada).received, 3);
}

static bool any_text(void *ctx, const struct holdfast_field_row *row)
{
    (void)ctx;
    (void)row;
    fail_msg("a record is read");
    return false;
}

static void a_revoked_device__hands_in_its_work(void **state)
{
    struct town *town = *state;
    struct holdfast_sync_progress progress;
    struct holdfast_identity identity;
    office_at_rest(town->office)->devices[0].revoked = true;
    ok(&town->ada, sync_over_tcp(&town->ada, &progress));
    assert_true(progress.hand_in);
    assert_int_equal(progress.pushed, 3);
    ok(&town->ada, holdfast_get_identity(town->ada.hf, &identity));
    assert_true(identity.revoked);
    assert_int_equal(holdfast_read(town->ada.hf, &town->record, NULL, any_text, NULL), HOLDFAST_REVOKED);
    assert_non_null(strstr(holdfast_error_text(town->ada.hf), "revoked"));
    holdfast_lock(town->ada.hf);
    ok(&town->ada, holdfast_unlock(town->ada.hf, PASSPHRASE));
    assert_int_equal(holdfast_read(town->ada.hf, &town->record, NULL, any_text, NULL), HOLDFAST_REVOKED);
    assert_int_equal(counts(&town->ada).saved_here, 0);
}

struct noticed {
    struct holdfast *hf;
    struct holdfast_id record;
    bool told;
    char text[64];
};

static bool note_text(void *ctx, const struct holdfast_field_row *row)
{
    struct noticed *noticed = ctx;
    if (strcmp(row->name, "text") == 0)
        (void)snprintf(noticed->text, sizeof noticed->text, "%s", row->values[0]);
    return true;
}

static void read_it(void *ctx, const struct holdfast_id *case_id, const struct holdfast_id *record)
{
    struct noticed *noticed = ctx;
    (void)case_id;
    if (memcmp(record, &noticed->record, sizeof *record) != 0)
        return;
    noticed->told = true;
    assert_int_equal(holdfast_read(noticed->hf, record, NULL, note_text, noticed), HOLDFAST_OK);
}

static void what_others_changed__is_told_and_can_be_read_at_once(void **state)
{
    struct town *town = *state;
    struct client ben = client_enrolled(office_at_rest(town->office), "Ben Invented", HF_ROLE_OFFICE);
    struct noticed noticed = {.hf = ben.hf, .record = town->record};
    ok(&town->ada, sync_over_tcp(&town->ada, NULL));
    holdfast_on_change(ben.hf, read_it, &noticed);
    ok(&ben, sync_over_tcp(&ben, NULL));
    assert_true(noticed.told);
    assert_string_equal(noticed.text, "Call the school");
    client_free(&ben);
}

static int stop_network(void **state)
{
    (void)state;
    nng_fini(); /* so that memory checkers find nothing of it */
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_sync__ends_with_everything_received_by_the_office, town_setup, town_teardown),
        cmocka_unit_test_setup_teardown(bytes_one_by_one__are_the_same_sync, town_setup, town_teardown),
        cmocka_unit_test_setup_teardown(much_to_send_and_to_fetch__arrives_whole, town_setup, town_teardown),
        cmocka_unit_test_setup_teardown(a_connection__holds_no_piece_of_a_message_back, town_setup, town_teardown),
        cmocka_unit_test_setup_teardown(a_second_begin__is_refused_while_the_first_goes_on, town_setup, town_teardown),
        cmocka_unit_test_setup_teardown(working_during_a_sync__is_sent_too, town_setup, town_teardown),
        cmocka_unit_test_setup_teardown(nobody_at_the_address__says_where_and_that_the_work_is_safe, town_setup,
                                        town_teardown),
        cmocka_unit_test_setup_teardown(an_address_that_is_none__is_told, town_setup, town_teardown),
        cmocka_unit_test_setup_teardown(a_stranger__is_not_let_in, town_setup, town_teardown),
        cmocka_unit_test_setup_teardown(another_psk__ends_the_handshake, town_setup, town_teardown),
        cmocka_unit_test_setup_teardown(something_else_at_the_address__is_not_taken_for_the_office, town_setup,
                                        town_teardown),
        cmocka_unit_test_setup_teardown(silence_in_the_handshake__ends_in_time, town_setup, town_teardown),
        cmocka_unit_test_setup_teardown(silence_after_the_handshake__ends_in_time, town_setup, town_teardown),
        cmocka_unit_test_setup_teardown(a_line_cut_anywhere__loses_nothing, town_setup, town_teardown),
        cmocka_unit_test_setup_teardown(ending_a_sync_at_any_step__leaves_nothing_behind, town_setup, town_teardown),
        cmocka_unit_test_setup_teardown(a_revoked_device__hands_in_its_work, town_setup, town_teardown),
        cmocka_unit_test_setup_teardown(what_others_changed__is_told_and_can_be_read_at_once, town_setup,
                                        town_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, stop_network);
}
