#include "tests/app/support_app.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct hf_app_asset files[] = {{"/", "text/html", {(const uint8_t *)"page", 4}},
                                            {"/app.js", "text/javascript", {(const uint8_t *)"script", 6}}};

static uint64_t now(void *ctx)
{
    return ((const struct desk *)ctx)->now_ms;
}

/* --- a keyring that keeps one secret, and forgets it --- */

static enum holdfast_status keep_secret(void *ctx, const uint8_t secret[HOLDFAST_HOST_SECRET_BYTES],
                                        uint8_t out[HOLDFAST_HOST_WRAPPED_BYTES], size_t *out_len)
{
    struct desk *desk = ctx;
    memcpy(desk->secret, secret, sizeof desk->secret);
    desk->has_secret = true;
    out[0] = 7;
    *out_len = 1;
    return HOLDFAST_OK;
}

static enum holdfast_status give_secret(void *ctx, const uint8_t *wrapped, size_t wrapped_len,
                                        uint8_t out_secret[HOLDFAST_HOST_SECRET_BYTES])
{
    const struct desk *desk = ctx;
    if (!desk->has_secret || wrapped_len != 1 || wrapped[0] != 7)
        return HOLDFAST_AUTH;
    memcpy(out_secret, desk->secret, sizeof desk->secret);
    return HOLDFAST_OK;
}

static void forget_secret(void *ctx, const uint8_t *wrapped, size_t wrapped_len)
{
    (void)wrapped;
    (void)wrapped_len;
    ((struct desk *)ctx)->has_secret = false;
}

static void begin(struct desk *desk)
{
    char token[HF_APP_TOKEN_TEXT_BYTES];
    desk->now_ms = 1795600000000;
    desk->keyring =
        (struct holdfast_host_key){.ctx = desk, .wrap = keep_secret, .unwrap = give_secret, .forget = forget_secret};
    const struct hf_app_config config = {.hf = desk->client.hf,
                                         .host = HOST,
                                         .assets = {files, 2},
                                         .idle_ms = 600000,
                                         .mono_ms = now,
                                         .wall_ms = now,
                                         .clock_ctx = desk,
                                         .options = weak,
                                         .keyring = &desk->keyring};
    assert_int_equal(hf_app_new(&config, &desk->app), HF_OK);
    hf_app_launch(desk->app, token);
    assert_int_equal(desk_launch(desk, token), 200);
}

struct desk *desk_new(const char *person_name, enum hf_role role)
{
    struct desk *desk = calloc(1, sizeof *desk);
    desk->office = office_new();
    desk->client = client_enrolled(desk->office, person_name, role);
    begin(desk);
    return desk;
}

struct desk *desk_new_empty(void)
{
    struct desk *desk = calloc(1, sizeof *desk);
    desk->office = office_new();
    desk->client = client_new();
    begin(desk);
    return desk;
}

static void forget(struct desk *desk)
{
    json_decref(desk->json);
    desk->json = NULL;
    hf_app_response_clear(&desk->response);
}

void desk_free(struct desk *desk)
{
    forget(desk);
    hf_app_free(desk->app);
    client_free(&desk->client);
    office_free(desk->office);
    free(desk);
}

static void put_header(struct hf_app_request *request, struct hf_app_header *headers, const char *line)
{
    const char *colon = strstr(line, ": ");
    assert_non_null(colon);
    headers[request->header_count++] =
        (struct hf_app_header){hf_slice_of(line, (size_t)(colon - line)), hf_slice_str(colon + 2)};
}

static unsigned ask(struct desk *desk, const struct hf_app_request *request)
{
    forget(desk);
    desk->answer = hf_app_handle(desk->app, request, &desk->response);
    if (desk->answer == HF_APP_ANSWERED && strcmp(desk->response.content_type, "application/json") == 0)
        assert_int_equal(hf_json_load(hf_app_response_body(&desk->response), &desk->json, NULL), HF_OK);
    return desk->response.status;
}

unsigned desk_ask(struct desk *desk, const char *method, const char *target, const char *body, ...)
{
    struct hf_app_header headers[HF_APP_HEADERS_MAX + 4];
    struct hf_app_request request = {
        .method = hf_slice_str(method), .target = hf_slice_str(target), .headers = headers, .body = hf_slice_str(body)};
    va_list lines;
    const char *line;
    va_start(lines, body);
    while ((line = va_arg(lines, const char *)))
        put_header(&request, headers, line);
    va_end(lines);
    return ask(desk, &request);
}

unsigned desk_get(struct desk *desk, const char *target)
{
    char cookie[HF_APP_COOKIE_BYTES + 32];
    (void)snprintf(cookie, sizeof cookie, "Cookie: other=1; %s", desk->cookie);
    return desk_ask(desk, "GET", target, "", "Host: " HOST, "Sec-Fetch-Site: same-origin", cookie, NULL);
}

unsigned desk_post(struct desk *desk, const char *target, const char *body)
{
    char cookie[HF_APP_COOKIE_BYTES + 16], form[HF_APP_TOKEN_TEXT_BYTES + 24];
    (void)snprintf(cookie, sizeof cookie, "Cookie: %s", desk->cookie);
    (void)snprintf(form, sizeof form, "X-Holdfast-Form: %s", desk->form_token);
    return desk_ask(desk, "POST", target, body, "Host: " HOST, "Origin: " ORIGIN, "Content-Type: application/json",
                    cookie, form, NULL);
}

unsigned desk_post_json(struct desk *desk, const char *target, json_t *body)
{
    struct hf_buf text = {0};
    assert_non_null(body);
    assert_int_equal(hf_json_dump(body, HF_JSON_COMPACT, &text), HF_OK);
    hf_buf_append_u8(&text, 0);
    json_decref(body);
    const unsigned status = desk_post(desk, target, (const char *)text.data);
    hf_buf_clear(&text);
    return status;
}

unsigned desk_launch(struct desk *desk, const char *token)
{
    char body[200];
    (void)snprintf(body, sizeof body, "{\"token\":\"%s\"}", token);
    const unsigned status = desk_ask(desk, "POST", "/api/launch", body, "Host: " HOST, "Origin: " ORIGIN,
                                     "Content-Type: application/json", NULL);
    if (status == 200) {
        (void)snprintf(desk->cookie, sizeof desk->cookie, "%.*s", (int)strcspn(desk->response.cookie, ";"),
                       desk->response.cookie);
        (void)snprintf(desk->form_token, sizeof desk->form_token, "%s", desk_text(desk, "form_token"));
    }
    return status;
}

/* --- looking into an answer --- */

static const json_t *at(const struct desk *desk, const char *path)
{
    const json_t *value = desk->json;
    while (*path) {
        char part[64];
        const size_t len = strcspn(path, ".");
        (void)snprintf(part, sizeof part, "%.*s", (int)len, path);
        value = json_is_array(value) ? json_array_get(value, strtoul(part, NULL, 10)) : json_object_get(value, part);
        path += len + (path[len] == '.');
    }
    return value;
}

const char *desk_text(const struct desk *desk, const char *path)
{
    const char *text = json_string_value(at(desk, path));
    return text ? text : "";
}

json_int_t desk_number(const struct desk *desk, const char *path)
{
    return json_integer_value(at(desk, path));
}

size_t desk_count(const struct desk *desk, const char *path)
{
    return json_array_size(at(desk, path));
}

/* --- files of the project, and records --- */

void desk_release(struct desk *desk, const char *path)
{
    struct hf_buf file = read_tree_file(path);
    ok(&desk->client, holdfast_policy_release(desk->client.hf, file.data, file.len, NULL));
    hf_buf_clear(&file);
}

struct desk *desk_with_fostering_procedure(const char *person_name)
{
    struct desk *desk = desk_new(person_name, HF_ROLE_OFFICE);
    sync_in_memory(&desk->client, desk->office);
    desk_release(desk, "policies/calendars/england-and-wales-2027.json");
    desk_release(desk, "policies/procedure-b-fsm.json");
    return desk;
}

struct holdfast_id new_part(struct client *client, const struct holdfast_id *case_id, const char *type,
                            const struct holdfast_id *parent, const char *field, const char *value)
{
    struct holdfast_edit *edit = NULL;
    ok(client, holdfast_edit_new(client->hf, case_id, type, parent, NULL, &edit));
    ok(client, holdfast_edit_set(edit, field, value));
    const struct holdfast_id id = holdfast_edit_id(edit);
    ok(client, holdfast_edit_commit(edit, NULL));
    return id;
}

void add_element(struct client *client, const struct holdfast_id *record, const char *field, const char *element)
{
    struct holdfast_edit *edit = NULL;
    ok(client, holdfast_edit_record(client->hf, record, &edit));
    ok(client, holdfast_edit_add(edit, field, element));
    ok(client, holdfast_edit_commit(edit, NULL));
}
