#include "client/app/app.h"

#include "client/app/call.h"
#include "core/crypto/crypto.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void changed(void *ctx, const struct holdfast_id *case_id, const struct holdfast_id *record)
{
    (void)case_id;
    (void)record;
    hf_app_tell(ctx, true);
}

/* Cookies know no ports: two apps of one person on one machine must not take each other's. */
static void name_cookie(struct hf_app *app)
{
    const char *port = strrchr(app->host, ':');
    (void)snprintf(app->cookie_name, sizeof app->cookie_name, "holdfast_%.8s", port ? port + 1 : "app");
}

enum hf_status hf_app_new(const struct hf_app_config *config, struct hf_app **out)
{
    if (strlen(config->host) >= HF_APP_HOST_BYTES)
        return HF_ERR_INVALID;
    struct hf_app *app = calloc(1, sizeof *app);
    if (!app)
        return HF_ERR_NOMEM;
    app->config = *config;
    (void)snprintf(app->host, sizeof app->host, "%s", config->host);
    (void)snprintf(app->origin, sizeof app->origin, "http://%s", config->host);
    name_cookie(app);
    app->news = 1;
    app->active_ms = hf_app_mono_ms(app);
    app->sync.next_ms = app->active_ms;
    holdfast_on_change(config->hf, changed, app);
    *out = app;
    return HF_OK;
}

static void end_uploads(struct hf_app *app)
{
    for (size_t i = 0; i < HF_APP_SESSIONS_MAX; i++)
        hf_app_upload_end(&app->sessions[i]);
}

void hf_app_free(struct hf_app *app)
{
    if (!app)
        return;
    hf_app_audit_end(&app->audit);
    end_uploads(app);
    hf_app_work_forget(&app->work);
    holdfast_watch_end(app->config.hf);
    holdfast_on_change(app->config.hf, NULL, NULL);
    hf_wipe(app, sizeof *app);
    free(app);
}

uint64_t hf_app_mono_ms(const struct hf_app *app)
{
    return app->config.mono_ms(app->config.clock_ctx);
}

uint64_t hf_app_wall_ms(const struct hf_app *app)
{
    return app->config.wall_ms(app->config.clock_ctx);
}

void hf_app_tell(struct hf_app *app, bool records_too)
{
    app->news++;
    if (records_too && (!app->sync.running || app->sync.was_revoked || !hf_app_is_revoked(app)))
        app->records_news = app->news; /* what was revoked while it syncs is about to be locked: nobody reads */
}

uint64_t hf_app_news(const struct hf_app *app)
{
    return app->news;
}

void hf_app_random_text(char out[HF_APP_TOKEN_TEXT_BYTES])
{
    static const char digits[] = "0123456789abcdef";
    uint8_t random[(HF_APP_TOKEN_TEXT_BYTES - 1) / 2];
    hf_random(random, sizeof random);
    for (size_t i = 0; i < sizeof random; i++) {
        out[2 * i] = digits[random[i] >> 4];
        out[2 * i + 1] = digits[random[i] & 15];
    }
    out[HF_APP_TOKEN_TEXT_BYTES - 1] = '\0';
    hf_wipe(random, sizeof random);
}

void hf_app_launch(struct hf_app *app, char out_token[HF_APP_TOKEN_TEXT_BYTES])
{
    hf_app_random_text(app->launch);
    memcpy(out_token, app->launch, HF_APP_TOKEN_TEXT_BYTES);
}

bool hf_app_is_unlocked(const struct hf_app *app)
{
    return holdfast_get_state(app->config.hf) == HOLDFAST_UNLOCKED;
}

bool hf_app_is_revoked(struct hf_app *app)
{
    struct holdfast_identity identity;
    return hf_app_is_unlocked(app) && holdfast_get_identity(app->config.hf, &identity) == HOLDFAST_OK &&
           identity.revoked;
}

void hf_app_lock(struct hf_app *app)
{
    hf_app_work_forget(&app->work);
    end_uploads(app);
    hf_app_sync_stop(app);
    holdfast_lock(app->config.hf);
    hf_app_tell(app, true);
}

/* --- stepping --- */

static uint32_t lock_when_idle(struct hf_app *app)
{
    const uint64_t now_ms = hf_app_mono_ms(app);
    if (app->config.idle_ms == 0 || !hf_app_is_unlocked(app))
        return HF_APP_STEP_NEVER;
    if (now_ms - app->active_ms >= app->config.idle_ms) {
        hf_app_lock(app);
        return HF_APP_STEP_NEVER;
    }
    return (uint32_t)(app->config.idle_ms - (now_ms - app->active_ms));
}

uint32_t hf_app_step(struct hf_app *app)
{
    const uint32_t idle_ms = lock_when_idle(app);
    const uint32_t sync_ms = hf_app_sync_step(app);
    return idle_ms < sync_ms ? idle_ms : sync_ms;
}

int hf_app_fd(const struct hf_app *app)
{
    return holdfast_watch_fd(app->config.hf);
}

/* --- responses --- */

static const struct hf_app_reply_header fixed_headers[] = {
    {"Cache-Control", "no-store"},
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; base-uri "
     "'none'; "
     "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"},
};

size_t hf_app_response_headers(const struct hf_app_response *response,
                               struct hf_app_reply_header out[HF_APP_REPLY_HEADERS_MAX])
{
    const size_t fixed = sizeof fixed_headers / sizeof fixed_headers[0];
    _Static_assert(sizeof fixed_headers / sizeof fixed_headers[0] + 2 <= HF_APP_REPLY_HEADERS_MAX, "room for all");
    memcpy(out, fixed_headers, sizeof fixed_headers);
    size_t count = fixed;
    out[count++] = (struct hf_app_reply_header){"Content-Type", response->content_type};
    if (response->cookie[0])
        out[count++] = (struct hf_app_reply_header){"Set-Cookie", response->cookie};
    return count;
}

struct hf_slice hf_app_response_body(const struct hf_app_response *response)
{
    return response->page.len > 0 ? response->page : hf_buf_slice(&response->body);
}

void hf_app_response_clear(struct hf_app_response *response)
{
    hf_buf_wipe(&response->body);
    hf_wipe(response, sizeof *response);
}

/* --- handling --- */

static const struct hf_app_asset *find_asset(const struct hf_app *app, struct hf_slice path)
{
    for (size_t i = 0; i < app->config.assets.count; i++)
        if (hf_slice_equal(path, hf_slice_str(app->config.assets.files[i].path)))
            return &app->config.assets.files[i];
    return NULL;
}

static bool is_api(struct hf_slice target)
{
    return target.len >= 5 && memcmp(target.data, "/api/", 5) == 0;
}

static void give_asset(struct hf_app *app, const struct hf_app_request *request, struct hf_app_response *out)
{
    const struct hf_app_asset *asset = find_asset(app, request->target);
    if (!asset) {
        hf_app_refuse(out, 404, "not_found", "There is no such page here.");
        return;
    }
    if (!hf_slice_equal(request->method, hf_slice_str("GET"))) {
        hf_app_refuse(out, 405, "invalid", "A page can only be read.");
        return;
    }
    out->status = 200;
    out->content_type = asset->content_type;
    out->page = asset->bytes;
}

enum hf_app_answer hf_app_handle(struct hf_app *app, const struct hf_app_request *request, struct hf_app_response *out)
{
    *out = (struct hf_app_response){.content_type = "application/json"};
    hf_buf_init(&out->body, HF_APP_ANSWER_BYTES_MAX);
    if (!hf_app_gate(app, request, out))
        return HF_APP_ANSWERED;
    if (is_api(request->target))
        return hf_app_route(app, request, out);
    give_asset(app, request, out);
    return HF_APP_ANSWERED;
}
