/* Attacks on the app: what does not come from its own page, in the browser that was launched, gets nothing. */
#include "tests/app/support_app.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define JSON_TYPE "Content-Type: application/json"

static int setup(void **state)
{
    *state = desk_new("Ada Invented", HF_ROLE_WORKER);
    return 0;
}

static int teardown(void **state)
{
    desk_free(*state);
    return 0;
}

static const char *cookie_of(const struct desk *desk)
{
    static char line[HF_APP_COOKIE_BYTES + 16];
    (void)snprintf(line, sizeof line, "Cookie: %s", desk->cookie);
    return line;
}

static const char *form_of(const struct desk *desk)
{
    static char line[HF_APP_TOKEN_TEXT_BYTES + 24];
    (void)snprintf(line, sizeof line, "X-Holdfast-Form: %s", desk->form_token);
    return line;
}

static void the_page__is_given_under_its_own_name_only(void **state)
{
    struct desk *desk = *state;
    assert_int_equal(desk_ask(desk, "GET", "/", "", "Host: " HOST, NULL), 200);
    assert_true(hf_slice_equal(hf_app_response_body(&desk->response), hf_slice_str("page")));
    assert_int_equal(desk_ask(desk, "GET", "/", "", "Host: evil.example:8123", NULL), 421);
    assert_int_equal(desk_ask(desk, "GET", "/", "", "Host: localhost:8123", NULL), 421);
    assert_int_equal(desk_ask(desk, "GET", "/", "", "Host: 127.0.0.1", NULL), 421);
    assert_int_equal(desk_ask(desk, "GET", "/", "", NULL), 421);
    assert_int_equal(desk_ask(desk, "GET", "/", "", "Host: " HOST, "Host: evil.example", NULL), 421);
}

/* DNS rebinding: the victim's browser has the cookie of another name at most, but even with ours the name is wrong. */
static void a_rebound_name__gets_nothing_even_with_the_cookie(void **state)
{
    struct desk *desk = *state;
    assert_int_equal(desk_ask(desk, "GET", "/api/cases", "", "Host: evil.example:8123", cookie_of(desk), NULL), 421);
    assert_int_equal(desk_get(desk, "/api/cases"), 200);
}

static void without_a_session__the_api_says_nothing(void **state)
{
    struct desk *desk = *state;
    char wrong[HF_APP_COOKIE_BYTES + 16];
    assert_int_equal(desk_ask(desk, "GET", "/api/session", "", "Host: " HOST, NULL), 401);
    (void)snprintf(wrong, sizeof wrong, "Cookie: %s", desk->cookie);
    wrong[strlen(wrong) - 1] = wrong[strlen(wrong) - 1] == '0' ? '1' : '0';
    assert_int_equal(desk_ask(desk, "GET", "/api/cases", "", "Host: " HOST, wrong, NULL), 401);
    assert_int_equal(desk_ask(desk, "GET", "/api/cases", "", "Host: " HOST, "Cookie: holdfast_8123=", NULL), 401);
    (void)snprintf(wrong, sizeof wrong, "Cookie: holdfast_9999=%s", strchr(desk->cookie, '=') + 1);
    assert_int_equal(desk_ask(desk, "GET", "/api/cases", "", "Host: " HOST, wrong, NULL), 401);
    assert_int_equal(desk_ask(desk, "GET", "/api/cases", "", "Host: " HOST, cookie_of(desk), cookie_of(desk), NULL),
                     401);
}

static void a_launch_token__works_once(void **state)
{
    struct desk *desk = *state;
    char token[HF_APP_TOKEN_TEXT_BYTES], wrong[HF_APP_TOKEN_TEXT_BYTES];
    hf_app_launch(desk->app, token);
    memcpy(wrong, token, sizeof wrong);
    wrong[0] = wrong[0] == '0' ? '1' : '0';
    assert_int_equal(desk_launch(desk, wrong), 403);
    assert_int_equal(desk_launch(desk, ""), 403);
    assert_int_equal(desk_launch(desk, token), 200);
    assert_non_null(strstr(desk->response.cookie, "; HttpOnly; SameSite=Strict"));
    assert_int_equal(desk_launch(desk, token), 403);
    assert_string_equal(desk_text(desk, "error"), "used");
}

static void a_new_launch_token__ends_the_old_one(void **state)
{
    struct desk *desk = *state;
    char first[HF_APP_TOKEN_TEXT_BYTES], second[HF_APP_TOKEN_TEXT_BYTES];
    hf_app_launch(desk->app, first);
    hf_app_launch(desk->app, second);
    assert_int_equal(desk_launch(desk, first), 403);
    assert_int_equal(desk_launch(desk, second), 200);
}

static void a_fifth_session__ends_the_oldest(void **state)
{
    struct desk *desk = *state;
    char token[HF_APP_TOKEN_TEXT_BYTES], first[HF_APP_COOKIE_BYTES + 16];
    (void)snprintf(first, sizeof first, "Cookie: %s", desk->cookie);
    for (int i = 0; i < 4; i++) {
        desk->now_ms += 1000;
        hf_app_launch(desk->app, token);
        assert_int_equal(desk_launch(desk, token), 200);
    }
    assert_int_equal(desk_ask(desk, "GET", "/api/session", "", "Host: " HOST, first, NULL), 401);
    assert_int_equal(desk_get(desk, "/api/session"), 200);
}

/* A form or script of another site: the browser may send the cookie, but shows its own origin and has no form token. */
static void a_post_of_another_site__changes_nothing(void **state)
{
    struct desk *desk = *state;
    const char *body = "{\"reference\":\"EVIL\"}";
    assert_int_equal(desk_ask(desk, "POST", "/api/cases", body, "Host: " HOST, "Origin: http://evil.example", JSON_TYPE,
                              cookie_of(desk), form_of(desk), NULL),
                     403);
    assert_int_equal(desk_ask(desk, "POST", "/api/cases", body, "Host: " HOST, "Origin: null", JSON_TYPE,
                              cookie_of(desk), form_of(desk), NULL),
                     403);
    assert_int_equal(
        desk_ask(desk, "POST", "/api/cases", body, "Host: " HOST, JSON_TYPE, cookie_of(desk), form_of(desk), NULL),
        403);
    assert_int_equal(desk_ask(desk, "POST", "/api/cases", body, "Host: " HOST, "Origin: http://127.0.0.1:9999",
                              JSON_TYPE, cookie_of(desk), form_of(desk), NULL),
                     403);
    assert_int_equal(
        desk_ask(desk, "POST", "/api/cases", body, "Host: " HOST, "Origin: " ORIGIN, JSON_TYPE, cookie_of(desk), NULL),
        403);
    assert_int_equal(desk_ask(desk, "POST", "/api/cases", body, "Host: " HOST, "Origin: " ORIGIN,
                              "Content-Type: text/plain", cookie_of(desk), form_of(desk), NULL),
                     415);
    assert_int_equal(desk_ask(desk, "POST", "/api/cases", body, "Host: " HOST, "Origin: " ORIGIN, JSON_TYPE,
                              "Sec-Fetch-Site: cross-site", cookie_of(desk), form_of(desk), NULL),
                     403);
    assert_int_equal(desk_get(desk, "/api/cases"), 200);
    assert_int_equal(desk_count(desk, "cases"), 0);
    assert_int_equal(desk_post(desk, "/api/cases", body), 200);
}

/* The launch file leads here from another site: that may reach the page itself and nothing else. */
static void a_page_of_another_site__may_only_lead_to_the_page(void **state)
{
    struct desk *desk = *state;
    assert_int_equal(
        desk_ask(desk, "GET", "/", "", "Host: " HOST, "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", NULL),
        200);
    assert_int_equal(
        desk_ask(desk, "GET", "/", "", "Host: " HOST, "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors", NULL),
        403);
    assert_int_equal(desk_ask(desk, "GET", "/app.js", "", "Host: " HOST, "Sec-Fetch-Site: same-site",
                              "Sec-Fetch-Mode: navigate", NULL),
                     403);
    assert_int_equal(desk_ask(desk, "GET", "/api/session", "", "Host: " HOST, "Sec-Fetch-Site: cross-site",
                              "Sec-Fetch-Mode: navigate", cookie_of(desk), NULL),
                     403);
}

static void paths_that_wander__are_refused(void **state)
{
    static const char *const targets[] = {"/../etc/passwd",
                                          "//evil.example/",
                                          "/./app.js",
                                          "/%2e%2e/etc/passwd",
                                          "/app.js%00",
                                          "/app.js\\",
                                          "app.js",
                                          "",
                                          "*",
                                          "/.git/config",
                                          "/a b",
                                          "http://127.0.0.1:8123/",
                                          "/api/../",
                                          "/app.js#x",
                                          "/a\xC3\xA4"};
    struct desk *desk = *state;
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++)
        assert_int_equal(desk_get(desk, targets[i]), 400);
    assert_int_equal(desk_get(desk, "/app.css"), 404);
    assert_int_equal(desk_get(desk, "/app.js?x=1"), 404);
    assert_int_equal(desk_get(desk, "/api/nothing"), 404);
    assert_int_equal(desk_get(desk, "/api/"), 404);
}

static void requests_that_can_be_read_in_two_ways__are_refused(void **state)
{
    struct desk *desk = *state;
    assert_int_equal(desk_ask(desk, "GET", "/", "", "Host: " HOST, "Content-Length: 0", "Content-Length: 5", NULL),
                     400);
    assert_int_equal(
        desk_ask(desk, "GET", "/", "", "Host: " HOST, "Transfer-Encoding: chunked", "Content-Length: 5", NULL), 400);
    assert_int_equal(desk_ask(desk, "PUT", "/", "", "Host: " HOST, NULL), 405);
    assert_int_equal(desk_ask(desk, "OPTIONS", "/api/cases", "", "Host: " HOST, NULL), 405);
    assert_int_equal(desk_ask(desk, "POST", "/", "", "Host: " HOST, NULL), 405);
}

static void too_much__is_refused(void **state)
{
    struct desk *desk = *state;
    char *big = malloc(HF_APP_BODY_BYTES_MAX + 2);
    memset(big, 'x', HF_APP_BODY_BYTES_MAX + 1);
    big[HF_APP_BODY_BYTES_MAX + 1] = '\0';
    assert_int_equal(desk_post(desk, "/api/cases", big), 413);
    big[HF_APP_TARGET_BYTES_MAX + 1] = '\0';
    big[0] = '/';
    assert_int_equal(desk_get(desk, big), 400);
    free(big);
}

static void bodies_that_are_no_object__are_refused(void **state)
{
    static const char *const bodies[] = {
        "", "[]", "{", "null", "{\"a\":1,\"a\":2}", "{\"reference\":7}", "{}", "{\"reference\":\"\\u0000\"}"};
    struct desk *desk = *state;
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++)
        assert_int_equal(desk_post(desk, "/api/cases", bodies[i]), 400);
    assert_int_equal(desk_get(desk, "/api/cases?x"), 400);
    assert_int_equal(desk_get(desk, "/api/cases?x=%"), 400);
    assert_int_equal(desk_get(desk, "/api/cases?x=%00"), 400);
    assert_int_equal(desk_get(desk, "/api/cases?x=%FF"), 400);
    assert_int_equal(desk_get(desk, "/api/records?case=7"), 400);
}

static void every_answer__carries_the_headers_that_close_the_page(void **state)
{
    static const char *const wanted[] = {"Cache-Control: no-store", "X-Content-Type-Options: nosniff",
                                         "X-Frame-Options: DENY", "Referrer-Policy: no-referrer"};
    struct desk *desk = *state;
    const char *const targets[] = {"/", "/api/session", "/api/nothing", "/.."};
    for (size_t t = 0; t < 4; t++) {
        struct hf_app_reply_header headers[HF_APP_REPLY_HEADERS_MAX];
        (void)desk_get(desk, targets[t]);
        const size_t count = hf_app_response_headers(&desk->response, headers);
        size_t found = 0;
        for (size_t i = 0; i < count; i++) {
            char line[600];
            (void)snprintf(line, sizeof line, "%s: %s", headers[i].name, headers[i].value);
            for (size_t w = 0; w < 4; w++)
                found += strcmp(line, wanted[w]) == 0;
            assert_null(strstr(line, "Access-Control"));
            if (strcmp(headers[i].name, "Content-Security-Policy") == 0) {
                assert_non_null(strstr(line, "default-src 'none'"));
                assert_null(strstr(line, "unsafe"));
                found += 10;
            }
        }
        assert_int_equal(found, 14);
    }
}

static void tries_at_the_passphrase__are_few(void **state)
{
    struct desk *desk = *state;
    assert_int_equal(desk_post(desk, "/api/session/lock", "{}"), 200);
    assert_string_equal(desk_text(desk, "state"), "locked");
    assert_int_equal(desk_get(desk, "/api/cases"), 423);
    for (int i = 0; i < 3; i++)
        assert_int_equal(desk_post(desk, "/api/session/unlock", "{\"passphrase\":\"wrong\"}"), 403);
    unsigned status = 403;
    for (int i = 0; i < 3 && status == 403; i++)
        status = desk_post(desk, "/api/session/unlock", "{\"passphrase\":\"wrong\"}");
    assert_int_equal(status, 429);
    assert_int_equal(desk_get(desk, "/api/cases"), 423);
}

/* The app's own limit, where the vault has none yet. */
static void tries_at_joining__are_few(void **state)
{
    const char *body = "{\"invitation\":\"nonsense\",\"passphrase\":\"" PASSPHRASE "\"}";
    (void)state;
    struct desk *desk = desk_new_empty();
    for (int i = 0; i < 5; i++)
        assert_int_equal(desk_post(desk, "/api/session/enrol", body), 400);
    assert_int_equal(desk_post(desk, "/api/session/enrol", body), 429);
    desk->now_ms += 59000;
    assert_int_equal(desk_post(desk, "/api/session/enrol", body), 429);
    desk->now_ms += 2000;
    assert_int_equal(desk_post(desk, "/api/session/enrol", body), 400);
    desk_free(desk);
}

static void an_idle_app__locks_itself(void **state)
{
    struct desk *desk = *state;
    desk->now_ms += 599000;
    (void)hf_app_step(desk->app);
    assert_int_equal(desk_get(desk, "/api/cases"), 200); /* reading is no sign of a person: a page does it by itself */
    desk->now_ms += 1000;
    (void)hf_app_step(desk->app);
    assert_int_equal(desk_get(desk, "/api/cases"), 423);
    assert_int_equal(desk_post(desk, "/api/session/unlock", "{\"passphrase\":\"" PASSPHRASE "\"}"), 200);
    desk->now_ms += 599000;
    assert_int_equal(desk_post(desk, "/api/session/active", "{}"), 200);
    desk->now_ms += 599000;
    (void)hf_app_step(desk->app);
    assert_int_equal(desk_get(desk, "/api/cases"), 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_page__is_given_under_its_own_name_only, setup, teardown),
        cmocka_unit_test_setup_teardown(a_rebound_name__gets_nothing_even_with_the_cookie, setup, teardown),
        cmocka_unit_test_setup_teardown(without_a_session__the_api_says_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(a_launch_token__works_once, setup, teardown),
        cmocka_unit_test_setup_teardown(a_new_launch_token__ends_the_old_one, setup, teardown),
        cmocka_unit_test_setup_teardown(a_fifth_session__ends_the_oldest, setup, teardown),
        cmocka_unit_test_setup_teardown(a_post_of_another_site__changes_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(a_page_of_another_site__may_only_lead_to_the_page, setup, teardown),
        cmocka_unit_test_setup_teardown(paths_that_wander__are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(requests_that_can_be_read_in_two_ways__are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(too_much__is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(bodies_that_are_no_object__are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(every_answer__carries_the_headers_that_close_the_page, setup, teardown),
        cmocka_unit_test_setup_teardown(tries_at_the_passphrase__are_few, setup, teardown),
        cmocka_unit_test(tries_at_joining__are_few),
        cmocka_unit_test_setup_teardown(an_idle_app__locks_itself, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
