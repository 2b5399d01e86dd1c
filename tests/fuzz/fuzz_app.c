/* Bytes as a request to the app's handler, on an unlocked replica with one case. First byte: whether the request shows
 * a session, origin and form token as the page does. Then lines: method and target, headers until an empty one, the
 * rest is the body. Checked: without a session nothing but the page and refusals is answered; every answer is a page or
 * JSON with a status, and nothing that a stranger sends is repeated in a header. */
#include "client/app/app.h"
#include "client/handle.h"
#include "core/base/assert.h"
#include "core/json/json.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HOST       "127.0.0.1:8123"
#define PASSPHRASE "correct horse battery staple"

void __lsan_disable(void);
void __lsan_enable(void);

static struct holdfast *hf;
static struct hf_app *app;
static char folder[] = "/tmp/hf-fuzz-app-XXXXXX";
static char cookie[HF_APP_COOKIE_BYTES], form_token[HF_APP_TOKEN_TEXT_BYTES];

static uint64_t clock_ms(void *ctx)
{
    (void)ctx;
    return 1795600000000ull;
}

static void make_identity(struct hf_identity *identity)
{
    uint8_t seed[HF_SIGN_SEED_BYTES] = {7};
    *identity = (struct hf_identity){.state = HF_IDENTITY_ENROLLED, .role = HF_ROLE_OFFICE};
    hf_sign_key_from_seed(seed, &identity->sign);
    hf_dh_key_from_seed(seed, &identity->channel);
    memcpy(identity->key_store_key, identity->channel.public_key, sizeof identity->key_store_key);
    identity->person.bytes[0] = 1;
    (void)snprintf(identity->origin, sizeof identity->origin, "fuzz.example/log");
    (void)snprintf(identity->person_name, sizeof identity->person_name, "Fay Fuzz");
    (void)snprintf(identity->authority_name, sizeof identity->authority_name, "Invented Council");
    (void)snprintf(identity->address, sizeof identity->address, "nowhere");
}

static void make_replica(void)
{
    const struct hf_vault_kdf kdf = {.memory_bytes = 8192, .passes = 1, .weak_for_tests = true};
    struct hf_identity identity;
    struct hf_vault *vault = NULL;
    struct hf_replica *replica = NULL;
    struct holdfast_id case_id;
    make_identity(&identity);
    HF_ASSERT(hf_vault_create(folder, HF_CLIENT_VAULT_NAME, hf_slice_str(PASSPHRASE), &kdf, &vault, NULL) == HF_OK);
    HF_ASSERT(hf_replica_create(vault, &identity, &replica, NULL) == HF_OK);
    hf_replica_close(replica);
    HF_ASSERT(hf_vault_close(vault) == HF_OK);
    HF_ASSERT(holdfast_unlock(hf, PASSPHRASE) == HOLDFAST_OK);
    HF_ASSERT(holdfast_case_new(hf, "C-17", &case_id) == HOLDFAST_OK);
}

static struct hf_app_header header(const char *name, const char *value)
{
    return (struct hf_app_header){hf_slice_str(name), hf_slice_str(value)};
}

static void enter(const char *token)
{
    char body[200];
    (void)snprintf(body, sizeof body, "{\"token\":\"%s\"}", token);
    const struct hf_app_header headers[] = {header("Host", HOST), header("Origin", "http://" HOST),
                                            header("Content-Type", "application/json")};
    const struct hf_app_request request = {.method = hf_slice_str("POST"),
                                           .target = hf_slice_str("/api/launch"),
                                           .headers = headers,
                                           .header_count = 3,
                                           .body = hf_slice_str(body)};
    struct hf_app_response response;
    const char *form = NULL;
    json_t *session = NULL;
    HF_ASSERT(hf_app_handle(app, &request, &response) == HF_APP_ANSWERED && response.status == 200);
    (void)snprintf(cookie, sizeof cookie, "%.*s", (int)strcspn(response.cookie, ";"), response.cookie);
    HF_ASSERT(hf_json_load(hf_app_response_body(&response), &session, NULL) == HF_OK);
    HF_ASSERT(hf_json_get_text(session, "form_token", 0, &form, NULL) == HF_OK);
    (void)snprintf(form_token, sizeof form_token, "%s", form);
    json_decref(session);
    hf_app_response_clear(&response);
}

static void remove_folder(void)
{
    DIR *open_folder = opendir(folder);
    const struct dirent *entry;
    while (open_folder && (entry = readdir(open_folder))) {
        char path[600];
        (void)snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        (void)unlink(path);
    }
    if (open_folder)
        (void)closedir(open_folder);
    (void)rmdir(folder);
}

static void make_app(void)
{
    static const struct hf_app_asset files[] = {{"/", "text/html", {(const uint8_t *)"page", 4}}};
    char token[HF_APP_TOKEN_TEXT_BYTES];
    HF_ASSERT(mkdtemp(folder) && holdfast_open(folder, &hf) == HOLDFAST_OK);
    (void)atexit(remove_folder);
    make_replica();
    const struct hf_app_config config = {.hf = hf,
                                         .host = HOST,
                                         .assets = {files, 1},
                                         .mono_ms = clock_ms,
                                         .wall_ms = clock_ms,
                                         .options = {.weak_kdf_for_tests = true, .timeout_ms = 1}};
    HF_ASSERT(hf_app_new(&config, &app) == HF_OK);
    hf_app_launch(app, token);
    enter(token);
}

/* Up to the next end of line, or all of it. */
static struct hf_slice next_line(struct hf_slice *rest)
{
    const uint8_t *end = rest->len > 0 ? memchr(rest->data, '\n', rest->len) : NULL;
    const size_t len = end ? (size_t)(end - rest->data) : rest->len;
    const struct hf_slice line = hf_slice_of(rest->data, len);
    *rest = end ? hf_slice_of(end + 1, rest->len - len - 1) : (struct hf_slice){0};
    return line;
}

static void split(struct hf_slice line, char at, struct hf_slice *first, struct hf_slice *second)
{
    const uint8_t *mark = line.len > 0 ? memchr(line.data, at, line.len) : NULL;
    const size_t len = mark ? (size_t)(mark - line.data) : line.len;
    *first = hf_slice_of(line.data, len);
    *second = mark ? hf_slice_of(mark + 1, line.len - len - 1) : (struct hf_slice){0};
}

static size_t own_headers(struct hf_app_header out[6])
{
    out[0] = header("Host", HOST);
    out[1] = header("Origin", "http://" HOST);
    out[2] = header("Content-Type", "application/json");
    out[3] = header("Cookie", cookie);
    out[4] = header("X-Holdfast-Form", form_token);
    return 5;
}

static void check(const struct hf_app_response *response, bool as_page)
{
    const struct hf_slice body = hf_app_response_body(response);
    json_t *value = NULL;
    HF_ASSERT(response->status >= 200 && response->status < 600);
    if (strcmp(response->content_type, "application/json") == 0)
        HF_ASSERT(hf_json_load(body, &value, NULL) == HF_OK);
    else
        HF_ASSERT(response->status == 200 && hf_slice_equal(body, hf_slice_str("page")));
    if (!as_page) {
        HF_ASSERT(response->status != 200 || !value);
        HF_ASSERT(response->cookie[0] == '\0');
    }
    json_decref(value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hf_app_header headers[HF_APP_HEADERS_MAX + 8];
    struct hf_app_request request = {.headers = headers, .waited = true};
    struct hf_app_response response;
    if (!app) {
        __lsan_disable(); /* the vault's cipher hangs on locked memory, in which no leak check looks */
        make_app();
        __lsan_enable();
    }
    if (size == 0)
        return 0;
    if (holdfast_get_state(hf) != HOLDFAST_UNLOCKED) /* an earlier request has locked it */
        HF_ASSERT(holdfast_unlock(hf, PASSPHRASE) == HOLDFAST_OK);
    const bool as_page = data[0] % 2 == 0;
    struct hf_slice rest = hf_slice_of(data + 1, size - 1);
    split(next_line(&rest), ' ', &request.method, &request.target);
    request.header_count = as_page ? own_headers(headers) : 0;
    while (rest.len > 0 && request.header_count < HF_APP_HEADERS_MAX + 2) {
        const struct hf_slice line = next_line(&rest);
        if (line.len == 0)
            break;
        struct hf_app_header *place = &headers[request.header_count++];
        split(line, ':', &place->name, &place->value);
    }
    request.body = rest;
    if (hf_app_handle(app, &request, &response) == HF_APP_ANSWERED)
        check(&response, as_page);
    hf_app_response_clear(&response);
    return 0;
}
