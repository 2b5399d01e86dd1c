/* The app over a real socket: what must not come through libmicrohttpd, and what must. */
#include "client/app/http.h"
#include "tests/app/support_app.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define ANSWER_BYTES (64u << 10)

struct door {
    struct office *office;
    struct client client;
    struct hf_app *app;
    struct hf_worker *worker;
    struct hf_http *http;
    char host[HF_APP_HOST_BYTES];
    char cookie[HF_APP_COOKIE_BYTES], form_token[HF_APP_TOKEN_TEXT_BYTES];
    char answer[ANSWER_BYTES];
};

/* --- plain sockets --- */

static int dial(const struct door *door, const char *address)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(hf_http_port(door->http))};
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(inet_pton(AF_INET, address, &to.sin_addr), 1);
    if (connect(fd, (const struct sockaddr *)&to, sizeof to) == 0)
        return fd;
    (void)close(fd);
    return -1;
}

static void send_all(int fd, const char *text, size_t len)
{
    while (len > 0) {
        const ssize_t sent = send(fd, text, len, MSG_NOSIGNAL);
        if (sent <= 0)
            return; /* the other side has seen enough */
        text += sent;
        len -= (size_t)sent;
    }
}

/* Until the other side closes. The status, 0 when it closed without a word. */
static unsigned hear(struct door *door, int fd)
{
    size_t len = 0;
    ssize_t got;
    while (len + 1 < sizeof door->answer && (got = recv(fd, door->answer + len, sizeof door->answer - 1 - len, 0)) > 0)
        len += (size_t)got;
    door->answer[len] = '\0';
    (void)close(fd);
    return len > 12 ? (unsigned)strtoul(door->answer + 9, NULL, 10) : 0;
}

static unsigned say(struct door *door, const char *bytes)
{
    const int fd = dial(door, "127.0.0.1");
    assert_true(fd >= 0);
    send_all(fd, bytes, strlen(bytes));
    return hear(door, fd);
}

static unsigned say_fmt(struct door *door, const char *format, ...) __attribute__((format(printf, 2, 3)));
static unsigned say_fmt(struct door *door, const char *format, ...)
{
    char text[8192];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return say(door, text);
}

static unsigned get(struct door *door, const char *target)
{
    return say_fmt(door, "GET %s HTTP/1.1\r\nHost: %s\r\nCookie: %s\r\nConnection: close\r\n\r\n", target, door->host,
                   door->cookie);
}

static void format_post(const struct door *door, const char *target, const char *body, char out[4096])
{
    (void)snprintf(out, 4096,
                   "POST %s HTTP/1.1\r\nHost: %s\r\nOrigin: http://%s\r\nCookie: %s\r\nX-Holdfast-Form: %s\r\n"
                   "Content-Type: application/json\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s",
                   target, door->host, door->host, door->cookie, door->form_token, strlen(body), body);
}

static unsigned post(struct door *door, const char *target, const char *body)
{
    char text[4096];
    format_post(door, target, body, text);
    return say(door, text);
}

/* What stands in the answer between two texts. */
static void between(const struct door *door, const char *before, const char *after, char *out, size_t cap)
{
    const char *from = strstr(door->answer, before);
    assert_non_null(from);
    from += strlen(before);
    (void)snprintf(out, cap, "%.*s", (int)strcspn(from, after), from);
}

/* --- set-up --- */

static void launch(struct door *door)
{
    char token[HF_APP_TOKEN_TEXT_BYTES], body[200];
    hf_worker_launch(door->worker, token);
    (void)snprintf(body, sizeof body, "{\"token\":\"%s\"}", token);
    assert_int_equal(post(door, "/api/launch", body), 200);
    between(door, "Set-Cookie: ", ";", door->cookie, sizeof door->cookie);
    between(door, "\"form_token\":\"", "\"", door->form_token, sizeof door->form_token);
}

static int setup(void **state)
{
    static const struct hf_app_asset files[] = {{"/", "text/html", {(const uint8_t *)"page", 4}}};
    struct door *door = calloc(1, sizeof *door);
    door->office = office_new();
    door->client = client_enrolled(door->office, "Ada Invented", HF_ROLE_WORKER);
    assert_int_equal(hf_http_open(0, &door->http), HF_OK);
    (void)snprintf(door->host, sizeof door->host, "127.0.0.1:%u", (unsigned)hf_http_port(door->http));
    const struct hf_app_config config = {.hf = door->client.hf,
                                         .host = door->host,
                                         .assets = {files, 1},
                                         .mono_ms = hf_worker_mono_ms,
                                         .wall_ms = hf_worker_wall_ms,
                                         .options = weak};
    assert_int_equal(hf_app_new(&config, &door->app), HF_OK);
    assert_int_equal(hf_worker_start(door->app, &door->worker), HF_OK);
    hf_http_serve(door->http, door->worker);
    launch(door);
    *state = door;
    return 0;
}

static int teardown(void **state)
{
    struct door *door = *state;
    hf_worker_stop(door->worker);
    hf_http_close(door->http);
    hf_worker_free(door->worker);
    hf_app_free(door->app);
    client_free(&door->client);
    office_free(door->office);
    free(door);
    return 0;
}

/* --- tests --- */

static void the_page_and_the_api__are_there(void **state)
{
    struct door *door = *state;
    assert_int_equal(get(door, "/"), 200);
    assert_non_null(strstr(door->answer, "Content-Security-Policy: default-src 'none'"));
    assert_non_null(strstr(door->answer, "Cache-Control: no-store"));
    assert_non_null(strstr(door->answer, "\r\n\r\npage"));
    assert_int_equal(post(door, "/api/cases", "{\"reference\":\"C-17\"}"), 200);
    assert_int_equal(get(door, "/api/cases"), 200);
    assert_non_null(strstr(door->answer, "\"reference\":\"C-17\""));
}

static void it_listens_on_one_address_of_loopback(void **state)
{
    struct door *door = *state;
    const int other = dial(door, "127.0.0.2");
    assert_int_equal(other, -1);
    assert_int_equal(errno, ECONNREFUSED);
}

static void a_taken_port__is_told(void **state)
{
    struct door *door = *state;
    struct hf_http *second = NULL;
    assert_int_equal(hf_http_open(hf_http_port(door->http), &second), HF_ERR_BUSY);
    assert_null(second);
}

static void what_can_be_read_in_two_ways__is_refused(void **state)
{
    struct door *door = *state;
    assert_int_equal(say_fmt(door,
                             "GET / HTTP/1.1\r\nHost: %s\r\nContent-Length: 0\r\nContent-Length: 4\r\n"
                             "Connection: close\r\n\r\n",
                             door->host),
                     400);
    assert_int_equal(
        say_fmt(door,
                "POST /api/cases HTTP/1.1\r\nHost: %s\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n"
                "Connection: close\r\n\r\n0\r\n\r\n",
                door->host),
        400);
    assert_int_equal(say_fmt(door,
                             "POST /api/cases HTTP/1.1\r\nHost: %s\r\nTransfer-Encoding: chunked\r\n"
                             "Connection: close\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
                             door->host),
                     400);
    assert_int_not_equal(
        say_fmt(door, "GET / HTTP/1.1\r\nHost: %s\r\nHost: evil.example\r\nConnection: close\r\n\r\n", door->host),
        200);
}

static void paths_that_wander__are_refused(void **state)
{
    static const char *const targets[] = {"/%00",
                                          "/%2e%2e/%2e%2e/etc/passwd",
                                          "/../../etc/passwd",
                                          "/a%00.js",
                                          "//etc/passwd",
                                          "/api/cases/%2e%2e",
                                          "/.",
                                          "/\\..\\"};
    struct door *door = *state;
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++)
        assert_int_equal(get(door, targets[i]), 400);
}

static void too_much__is_refused_before_it_is_kept(void **state)
{
    struct door *door = *state;
    assert_int_equal(say_fmt(door,
                             "POST /api/cases HTTP/1.1\r\nHost: %s\r\nContent-Length: 999999999999\r\n"
                             "Connection: close\r\n\r\n",
                             door->host),
                     413);
    char *many = malloc(70000);
    size_t len = (size_t)snprintf(many, 70000, "GET / HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n", door->host);
    for (int i = 0; i < 60; i++)
        len += (size_t)snprintf(many + len, 70000 - len, "X-%d: y\r\n", i);
    (void)snprintf(many + len, 70000 - len, "\r\n");
    assert_int_equal(say(door, many), 400);
    len = (size_t)snprintf(many, 70000, "GET /");
    memset(many + len, 'a', 60000);
    (void)snprintf(many + len + 60000, 70000 - len - 60000, " HTTP/1.1\r\nHost: %s\r\n\r\n", door->host);
    assert_int_not_equal(say(door, many), 200);
    free(many);
    assert_int_equal(get(door, "/"), 200);
}

static void nonsense_and_halves__leave_it_standing(void **state)
{
    static const char *const noise[] = {"\r\n\r\n\r\n",
                                        "GET\r\n\r\n",
                                        "\x16\x03\x01\x02",
                                        "GET / HTTP/9.9\r\n\r\n",
                                        "POST /api/cases HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
                                        "GET / HTTP/1.1\r\nHost: x\r\n y: z\r\n\r\n"};
    struct door *door = *state;
    for (int round = 0; round < 20; round++) {
        for (size_t i = 0; i < sizeof noise / sizeof noise[0]; i++) {
            const int fd = dial(door, "127.0.0.1");
            assert_true(fd >= 0);
            send_all(fd, noise[i], strlen(noise[i]));
            (void)close(fd);
        }
        const int half = dial(door, "127.0.0.1");
        char text[4096];
        format_post(door, "/api/cases", "{\"reference\":\"HALF\"}", text);
        send_all(half, text, strlen(text) - 4);
        (void)close(half);
    }
    assert_int_equal(get(door, "/api/cases"), 200);
    assert_null(strstr(door->answer, "HALF"));
}

static void a_request_for_news__waits_for_them(void **state)
{
    struct door *door = *state;
    char number[32], text[1024];
    assert_int_equal(get(door, "/api/news?after=0"), 200);
    between(door, "\"news\":", ",", number, sizeof number);
    (void)snprintf(text, sizeof text,
                   "GET /api/news?after=%s HTTP/1.1\r\nHost: %s\r\nCookie: %s\r\nConnection: close\r\n\r\n", number,
                   door->host, door->cookie);
    const int waiting = dial(door, "127.0.0.1");
    send_all(waiting, text, strlen(text));
    assert_int_equal(post(door, "/api/cases", "{\"reference\":\"C-17\"}"), 200);
    assert_int_equal(hear(door, waiting), 200);
    /* News of a sync may have come before: then the next ones are of the case. */
    for (int more = 0; more < 8 && !strstr(door->answer, "\"records\":true"); more++) {
        between(door, "\"news\":", ",", number, sizeof number);
        (void)snprintf(text, sizeof text, "/api/news?after=%s", number);
        assert_int_equal(get(door, text), 200);
    }
    assert_non_null(strstr(door->answer, "\"records\":true"));
}

static void stopping__answers_who_waits(void **state)
{
    struct door *door = *state;
    int waiting[8];
    char text[1024];
    assert_int_equal(post(door, "/api/session/lock", "{}"), 200); /* nothing syncs, nothing is new */
    assert_int_equal(get(door, "/api/news?after=0"), 200);
    char number[32];
    between(door, "\"news\":", ",", number, sizeof number);
    (void)snprintf(text, sizeof text,
                   "GET /api/news?after=%s HTTP/1.1\r\nHost: %s\r\nCookie: %s\r\nConnection: close\r\n\r\n", number,
                   door->host, door->cookie);
    for (size_t i = 0; i < 8; i++) {
        waiting[i] = dial(door, "127.0.0.1");
        send_all(waiting[i], text, strlen(text));
    }
    assert_int_equal(get(door, "/"), 200);
    hf_worker_stop(door->worker);
    for (size_t i = 0; i < 8; i++) {
        const unsigned status = hear(door, waiting[i]);
        assert_true(status == 200 || status == 503); /* 503: came after the stop */
    }
    hf_http_close(door->http);
    hf_worker_free(door->worker);
    assert_int_equal(hf_http_open(0, &door->http), HF_OK); /* for the teardown */
    assert_int_equal(hf_worker_start(door->app, &door->worker), HF_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_page_and_the_api__are_there, setup, teardown),
        cmocka_unit_test_setup_teardown(it_listens_on_one_address_of_loopback, setup, teardown),
        cmocka_unit_test_setup_teardown(a_taken_port__is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(what_can_be_read_in_two_ways__is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(paths_that_wander__are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(too_much__is_refused_before_it_is_kept, setup, teardown),
        cmocka_unit_test_setup_teardown(nonsense_and_halves__leave_it_standing, setup, teardown),
        cmocka_unit_test_setup_teardown(a_request_for_news__waits_for_them, setup, teardown),
        cmocka_unit_test_setup_teardown(stopping__answers_who_waits, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
