/* Who may ask: the app's own page, in the browser that was given the launch token, and nobody else on the machine. */
#include "client/app/call.h"
#include "core/crypto/crypto.h"

#include <stdio.h>
#include <string.h>

/* --- headers --- */

static char lower(uint8_t byte)
{
    return (char)(byte >= 'A' && byte <= 'Z' ? byte - 'A' + 'a' : byte);
}

static bool same_name(struct hf_slice name, const char *wanted)
{
    if (name.len != strlen(wanted))
        return false;
    for (size_t i = 0; i < name.len; i++)
        if (lower(name.data[i]) != lower((uint8_t)wanted[i]))
            return false;
    return true;
}

bool hf_app_header(const struct hf_app_request *request, const char *name, struct hf_slice *out)
{
    struct hf_slice found = {0};
    size_t count = 0;
    for (size_t i = 0; i < request->header_count; i++) {
        if (!same_name(request->headers[i].name, name))
            continue;
        found = request->headers[i].value;
        count++;
    }
    if (count <= 1)
        *out = found;
    return count <= 1;
}

static bool header_is(const struct hf_app_request *request, const char *name, const char *value)
{
    struct hf_slice found = {0};
    return hf_app_header(request, name, &found) && hf_slice_equal(found, hf_slice_str(value));
}

/* Tokens are hex of one length, and compared in constant time. */
static bool same_token(struct hf_slice given, const char *token)
{
    return given.len == HF_APP_TOKEN_TEXT_BYTES - 1 && token[0] != '\0' &&
           hf_secret_equal(given.data, token, HF_APP_TOKEN_TEXT_BYTES - 1);
}

/* --- the form of a request --- */

static bool is_path_byte(uint8_t byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
           byte == '/' || byte == '-' || byte == '_' || byte == '.';
}

/* Paths are ours: nothing in them is ever encoded, and no part is "." or "..". */
static bool is_path(struct hf_slice path)
{
    if (path.len == 0 || path.data[0] != '/')
        return false;
    for (size_t i = 0; i < path.len; i++) {
        if (!is_path_byte(path.data[i]))
            return false;
        if (i > 0 && path.data[i - 1] == '/' && (path.data[i] == '/' || path.data[i] == '.'))
            return false;
    }
    return true;
}

static bool good_target(struct hf_slice target)
{
    if (target.len > HF_APP_TARGET_BYTES_MAX)
        return false;
    const uint8_t *mark = target.len > 0 ? memchr(target.data, '?', target.len) : NULL;
    const size_t path_len = mark ? (size_t)(mark - target.data) : target.len;
    return is_path(hf_slice_of(target.data, path_len));
}

/* A body is announced by one length or not at all: who reads two differently can be told two stories. */
static bool good_framing(const struct hf_app_request *request)
{
    struct hf_slice length = {0}, coding = {0};
    return hf_app_header(request, "Content-Length", &length) && hf_app_header(request, "Transfer-Encoding", &coding) &&
           coding.len == 0;
}

/* A browser says what kind of page asks; another site's page is told nothing, not even that a path exists. A person who
 * types the address, or is led here by the launch file, navigates: that may only reach the page itself. */
static bool good_site(const struct hf_app_request *request)
{
    struct hf_slice site = {0}, mode = {0};
    if (!hf_app_header(request, "Sec-Fetch-Site", &site) || !hf_app_header(request, "Sec-Fetch-Mode", &mode))
        return false;
    if (site.len == 0 || hf_slice_equal(site, hf_slice_str("same-origin")) ||
        hf_slice_equal(site, hf_slice_str("none")))
        return true;
    return hf_slice_equal(mode, hf_slice_str("navigate")) && hf_slice_equal(request->method, hf_slice_str("GET")) &&
           hf_slice_equal(request->target, hf_slice_str("/"));
}

static bool good_method(struct hf_slice method)
{
    return hf_slice_equal(method, hf_slice_str("GET")) || hf_slice_equal(method, hf_slice_str("POST"));
}

bool hf_app_gate(struct hf_app *app, const struct hf_app_request *request, struct hf_app_response *response)
{
    if (request->header_count > HF_APP_HEADERS_MAX || !good_target(request->target) || !good_framing(request))
        hf_app_refuse(response, 400, "invalid", "This request is not of the form that the page sends.");
    else if (!header_is(request, "Host", app->host))
        hf_app_refuse(response, 421, "denied", "This app answers at its own address only.");
    else if (!good_method(request->method))
        hf_app_refuse(response, 405, "invalid", "The app knows GET and POST.");
    else if (!good_site(request))
        hf_app_refuse(response, 403, "denied", "Other pages may not ask here.");
    else if (request->body.len > HF_APP_BODY_BYTES_MAX)
        hf_app_refuse(response, 413, "limit", "This is more than fits into one save.");
    else
        return true;
    return false;
}

/* --- sessions --- */

static struct hf_slice next_cookie(struct hf_slice *rest)
{
    const uint8_t *end = rest->len > 0 ? memchr(rest->data, ';', rest->len) : NULL;
    const size_t len = end ? (size_t)(end - rest->data) : rest->len;
    struct hf_slice cookie = hf_slice_of(rest->data, len);
    *rest = end ? hf_slice_of(end + 1, rest->len - len - 1) : (struct hf_slice){0};
    while (cookie.len > 0 && cookie.data[0] == ' ')
        cookie = hf_slice_of(cookie.data + 1, cookie.len - 1);
    return cookie;
}

struct hf_app_session *hf_app_gate_session(struct hf_app *app, const struct hf_app_request *request)
{
    struct hf_slice rest = {0};
    const size_t name_len = strlen(app->cookie_name);
    if (!hf_app_header(request, "Cookie", &rest))
        return NULL;
    while (rest.len > 0) {
        const struct hf_slice cookie = next_cookie(&rest);
        if (cookie.len <= name_len + 1 || memcmp(cookie.data, app->cookie_name, name_len) != 0 ||
            cookie.data[name_len] != '=')
            continue;
        const struct hf_slice token = hf_slice_of(cookie.data + name_len + 1, cookie.len - name_len - 1);
        for (size_t i = 0; i < HF_APP_SESSIONS_MAX; i++)
            if (same_token(token, app->sessions[i].token))
                return &app->sessions[i];
    }
    return NULL;
}

bool hf_app_gate_change(struct hf_app *app, const struct hf_app_request *request, const struct hf_app_session *session,
                        struct hf_app_response *response)
{
    struct hf_slice form_token = {0};
    if (!header_is(request, "Origin", app->origin)) {
        hf_app_refuse(response, 403, "denied", "Other pages may not ask here.");
        return false;
    }
    if (!header_is(request, "Content-Type", "application/json")) {
        hf_app_refuse(response, 415, "invalid", "The app takes JSON.");
        return false;
    }
    if (session &&
        !(hf_app_header(request, "X-Holdfast-Form", &form_token) && same_token(form_token, session->form_token))) {
        hf_app_refuse(response, 403, "denied", "This page is out of date. Load it again.");
        return false;
    }
    return true;
}

static struct hf_app_session *oldest_session(struct hf_app *app)
{
    struct hf_app_session *oldest = &app->sessions[0];
    for (size_t i = 0; i < HF_APP_SESSIONS_MAX; i++)
        if (app->sessions[i].used_ms < oldest->used_ms)
            oldest = &app->sessions[i];
    return oldest;
}

struct hf_app_session *hf_app_gate_enter(struct hf_app *app, const char *token, struct hf_app_response *response)
{
    if (!same_token(hf_slice_str(token), app->launch))
        return NULL;
    hf_wipe(app->launch, sizeof app->launch);
    struct hf_app_session *session = oldest_session(app);
    hf_app_upload_end(session);
    hf_app_random_text(session->token);
    hf_app_random_text(session->form_token);
    session->used_ms = hf_app_mono_ms(app) + 1; /* never 0, which is a free place */
    (void)snprintf(response->cookie, sizeof response->cookie, "%s=%s; Path=/; HttpOnly; SameSite=Strict",
                   app->cookie_name, session->token);
    return session;
}
