/* From a request to the route that answers it. */
#include "client/app/call.h"
#include "core/base/text.h"

#include <stdio.h>
#include <string.h>

static const struct hf_app_routes *const areas[] = {
    &hf_app_session_routes,
    &hf_app_case_routes,
    &hf_app_record_routes,
    &hf_app_form_routes,
    &hf_app_conflict_routes,
    &hf_app_sync_routes,
    &hf_app_office_routes,
    &hf_app_duty_routes,
    &hf_app_find_routes,
    &hf_app_act_routes,
    &hf_app_audit_routes,
    &hf_app_attach_routes,
    &hf_app_urgent_routes,
    &hf_app_voice_routes,
    &hf_app_reading_routes,
    /* the office's rooms, and what a worker takes away */
    &hf_app_dashboard_routes,
    &hf_app_policy_routes,
    &hf_app_register_routes,
    &hf_app_filing_routes,
    &hf_app_sheet_routes,
    &hf_app_calendar_routes,
};

/* --- the query --- */

static int hex_digit(uint8_t byte)
{
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    const uint8_t folded = byte | 0x20u;
    return folded >= 'a' && folded <= 'f' ? folded - 'a' + 10 : -1;
}

/* As encodeURIComponent writes it, and '+' as itself. False for a cut escape, what does not fit, and bad UTF-8. */
static bool decode(struct hf_slice text, char *out, size_t cap)
{
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t byte = text.data[i];
        if (byte == '%') {
            const int high = i + 2 < text.len ? hex_digit(text.data[i + 1]) : -1;
            const int low = i + 2 < text.len ? hex_digit(text.data[i + 2]) : -1;
            if (high < 0 || low < 0)
                return false;
            byte = (uint8_t)(high * 16 + low);
            i += 2;
        }
        if (len + 1 >= cap)
            return false;
        out[len++] = (char)byte;
    }
    out[len] = '\0';
    return hf_text_is_utf8(hf_slice_of(out, len));
}

static bool read_pair(struct hf_app_call *call, struct hf_slice pair)
{
    const uint8_t *equals = memchr(pair.data, '=', pair.len);
    if (!equals || call->query_count == HF_APP_QUERY_MAX)
        return false;
    struct hf_app_query *query = &call->query[call->query_count++];
    const size_t name_len = (size_t)(equals - pair.data);
    return decode(hf_slice_of(pair.data, name_len), query->name, sizeof query->name) &&
           decode(hf_slice_of(equals + 1, pair.len - name_len - 1), query->value, sizeof query->value);
}

static bool read_query(struct hf_app_call *call, struct hf_slice text)
{
    while (text.len > 0) {
        const uint8_t *end = memchr(text.data, '&', text.len);
        const size_t len = end ? (size_t)(end - text.data) : text.len;
        if (len == 0 || !read_pair(call, hf_slice_of(text.data, len)))
            return false;
        text = end ? hf_slice_of(end + 1, text.len - len - 1) : (struct hf_slice){0};
    }
    return true;
}

/* --- patterns --- */

static struct hf_slice next_part(struct hf_slice *path)
{
    struct hf_slice rest = hf_slice_of(path->data + 1, path->len - 1); /* behind its '/' */
    const uint8_t *end = rest.len > 0 ? memchr(rest.data, '/', rest.len) : NULL;
    const size_t len = end ? (size_t)(end - rest.data) : rest.len;
    *path = hf_slice_of(rest.data + len, rest.len - len);
    return hf_slice_of(rest.data, len);
}

static bool take_id(struct hf_slice part, struct holdfast_id *out)
{
    struct hf_id id;
    if (part.len != HF_ID_TEXT_BYTES - 1 || hf_id_parse(part, &id) != HF_OK)
        return false;
    memcpy(out->bytes, id.bytes, sizeof out->bytes);
    return true;
}

static bool take_word(struct hf_slice part, char out[HF_APP_WORD_BYTES])
{
    if (part.len == 0 || part.len >= HF_APP_WORD_BYTES)
        return false;
    for (size_t i = 0; i < part.len; i++)
        if (!(part.data[i] >= 'a' && part.data[i] <= 'z') && !(part.data[i] >= '0' && part.data[i] <= '9') &&
            part.data[i] != '_')
            return false;
    memcpy(out, part.data, part.len);
    out[part.len] = '\0';
    return true;
}

static bool fits(const char *pattern, struct hf_slice path, struct hf_app_call *call)
{
    struct hf_slice wanted = hf_slice_str(pattern);
    size_t ids = 0, words = 0;
    while (wanted.len > 0 && path.len > 0) {
        const struct hf_slice part = next_part(&path), want = next_part(&wanted);
        bool good;
        if (hf_slice_equal(want, hf_slice_str(":id")))
            good = ids < HF_APP_PARAMS_MAX && take_id(part, &call->ids[ids++]);
        else if (hf_slice_equal(want, hf_slice_str(":word")))
            good = words < HF_APP_PARAMS_MAX && take_word(part, call->words[words++]);
        else
            good = hf_slice_equal(part, want);
        if (!good)
            return false;
    }
    return wanted.len == 0 && path.len == 0;
}

static const struct hf_app_route *find(struct hf_app_call *call, struct hf_slice path)
{
    for (size_t a = 0; a < sizeof areas / sizeof areas[0]; a++)
        for (size_t r = 0; r < areas[a]->count; r++) {
            const struct hf_app_route *route = &areas[a]->rows[r];
            if (hf_slice_equal(call->request->method, hf_slice_str(route->method)) && fits(route->pattern, path, call))
                return route;
        }
    return NULL;
}

/* --- running --- */

static bool allowed(struct hf_app_call *call, const struct hf_app_route *route)
{
    struct hf_app *app = call->app;
    const bool changes = strcmp(route->method, "POST") == 0;
    if (route->access != HF_APP_LAUNCH) {
        call->session = hf_app_gate_session(app, call->request);
        if (!call->session) {
            hf_app_refuse(call->response, 401, "auth",
                          "This page is not connected to Holdfast. Open the address that `holdfast app` shows.");
            return false;
        }
        call->session->used_ms = hf_app_mono_ms(app) + 1;
    }
    if (changes && !hf_app_gate_change(app, call->request, call->session, call->response))
        return false;
    if (route->access >= HF_APP_STANDING && !hf_app_is_unlocked(app)) {
        hf_app_refuse(call->response, 423, "locked", "This is locked. Unlock it with your passphrase.");
        return false;
    }
    if (route->access == HF_APP_UNLOCKED && hf_app_is_revoked(app)) {
        hf_app_refuse(call->response, 403, "revoked",
                      "The office has revoked this device: its records stay closed. Ask for a new invitation.");
        return false;
    }
    return true;
}

static bool read_body(struct hf_app_call *call)
{
    struct hf_error err = {0};
    if (!hf_slice_equal(call->request->method, hf_slice_str("POST")))
        return true;
    enum hf_status status = hf_json_load(call->request->body, &call->body, &err);
    if (status == HF_OK && json_is_object(call->body))
        return true;
    hf_app_refuse(call->response, status == HF_ERR_NOMEM ? 500 : 400, "invalid", "%s",
                  status == HF_OK ? "The app takes one JSON object." : err.text);
    return false;
}

/* A change that arrives is a sign of a person: pages ask for news by GET. */
static void note_person(struct hf_app_call *call, const struct hf_app_route *route)
{
    if (route->access != HF_APP_LAUNCH && call->body)
        call->app->active_ms = hf_app_mono_ms(call->app);
}

enum hf_app_answer hf_app_route(struct hf_app *app, const struct hf_app_request *request,
                                struct hf_app_response *response)
{
    struct hf_app_call call = {.app = app, .hf = app->config.hf, .request = request, .response = response};
    const struct hf_slice target = request->target;
    const uint8_t *mark = memchr(target.data, '?', target.len);
    const size_t path_len = mark ? (size_t)(mark - target.data) : target.len;
    const struct hf_slice query = mark ? hf_slice_of(mark + 1, target.len - path_len - 1) : (struct hf_slice){0};
    const struct hf_app_route *route = find(&call, hf_slice_of(target.data, path_len));
    if (!route) {
        hf_app_refuse(response, 404, "not_found", "The app knows no such address.");
    } else if (!read_query(&call, query)) {
        hf_app_refuse(response, 400, "invalid", "What follows the address cannot be read.");
    } else if (allowed(&call, route) && read_body(&call)) {
        note_person(&call, route);
        route->run(&call);
    }
    json_decref(call.body);
    return call.later ? HF_APP_LATER : HF_APP_ANSWERED;
}
