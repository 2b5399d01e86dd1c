/* Launch, unlock, enrol, lock. */
#include "client/app/call.h"
#include "core/crypto/crypto.h"

#include <string.h>

/* --- what a page needs to know first --- */

static const char *state_name(const struct hf_app *app)
{
    switch (holdfast_get_state(app->config.hf)) {
    case HOLDFAST_UNLOCKED:
        return "unlocked";
    case HOLDFAST_IS_LOCKED:
        return "locked";
    default:
        return "empty";
    }
}

static json_t *identity_json(struct hf_app_call *call)
{
    struct holdfast_identity identity;
    if (!hf_app_is_unlocked(call->app) || holdfast_get_identity(call->hf, &identity) != HOLDFAST_OK)
        return json_null();
    return json_pack("{s:o, s:s, s:s, s:s, s:s, s:s, s:b, s:b}", "person", hf_app_json_id(&identity.person), "name",
                     identity.person_name, "role", identity.role, "authority", identity.authority, "address",
                     identity.address, "device", identity.device, "enrolled", identity.enrolled, "revoked",
                     identity.revoked);
}

static void reply_session(struct hf_app_call *call)
{
    hf_app_reply(call, json_pack("{s:s, s:s, s:s, s:I, s:I, s:o}", "state", state_name(call->app), "form_token",
                                 call->session->form_token, "version", holdfast_version(), "idle_ms",
                                 (json_int_t)call->app->config.idle_ms, "news", (json_int_t)call->app->news, "identity",
                                 identity_json(call)));
}

static void launch(struct hf_app_call *call)
{
    const char *token = NULL;
    if (!hf_app_body_text(call, "token", true, &token))
        return;
    call->session = hf_app_gate_enter(call->app, token, call->response);
    if (call->session)
        reply_session(call);
    else
        hf_app_refuse(call->response, 403, "used",
                      "This address was used already. Press Enter where `holdfast app` runs for a new one.");
}

/* --- passphrases --- */

/* The body holds it, and jansson's copy goes with the body: this is as early as it can be wiped. */
static void wipe_text(const char *text)
{
    if (text)
        hf_wipe((char *)(uintptr_t)text, strlen(text));
}

/* At most HF_APP_UNLOCKS_MAX tries in HF_APP_UNLOCKS_MS. The vault has a limit of its own, on disk. */
static bool may_try(struct hf_app_call *call)
{
    struct hf_app *app = call->app;
    const uint64_t now_ms = hf_app_mono_ms(app) + HF_APP_UNLOCKS_MS; /* so that 0 is long ago */
    size_t oldest = 0;
    for (size_t i = 1; i < HF_APP_UNLOCKS_MAX; i++)
        if (app->unlock_ms[i] < app->unlock_ms[oldest])
            oldest = i;
    if (now_ms - app->unlock_ms[oldest] < HF_APP_UNLOCKS_MS) {
        hf_app_refuse(call->response, 429, "limit", "Too many tries. Wait a minute, then try again.");
        return false;
    }
    app->unlock_ms[oldest] = now_ms;
    return true;
}

static void entered(struct hf_app *app)
{
    memset(app->unlock_ms, 0, sizeof app->unlock_ms);
    app->active_ms = hf_app_mono_ms(app);
    hf_app_sync_now(app);
    hf_app_tell(app, true);
}

static void unlock(struct hf_app_call *call)
{
    const char *passphrase = NULL;
    if (!hf_app_body_text(call, "passphrase", true, &passphrase))
        return;
    if (may_try(call)) {
        const enum holdfast_status status = holdfast_unlock(call->hf, passphrase);
        if (status == HOLDFAST_OK || (status == HOLDFAST_STATE && hf_app_is_unlocked(call->app))) {
            entered(call->app);
            reply_session(call);
        } else if (status == HOLDFAST_LIMIT) {
            hf_app_refuse(call->response, 429, "limit", "%s", holdfast_error_text(call->hf));
        } else {
            hf_app_fail(call, status);
        }
    }
    wipe_text(passphrase);
}

static void enrol(struct hf_app_call *call)
{
    const char *passphrase = NULL, *invitation = NULL;
    char code[HOLDFAST_SAFETY_CODE_TEXT_BYTES] = "";
    if (!hf_app_body_text(call, "passphrase", true, &passphrase) ||
        !hf_app_body_text(call, "invitation", true, &invitation))
        return;
    if (may_try(call)) {
        const enum holdfast_status status =
            holdfast_enrol(call->hf, invitation, passphrase, &call->app->config.options, code);
        if (status == HOLDFAST_OK || status == HOLDFAST_WAITING) {
            entered(call->app);
            hf_app_reply(call, json_pack("{s:s, s:b}", "safety_code", code, "waiting", status == HOLDFAST_WAITING));
        } else {
            hf_app_fail(call, status);
        }
    }
    wipe_text(passphrase);
    wipe_text(invitation);
}

static void lock(struct hf_app_call *call)
{
    hf_app_lock(call->app);
    reply_session(call);
}

/* The router has noted the person already. */
static void active(struct hf_app_call *call)
{
    hf_app_reply(call, json_object());
}

/* --- the keyring of this computer, which opens without the passphrase --- */

/* False after refusing: built without it, or not installed. */
static bool keyring(struct hf_app_call *call, struct holdfast_host_key *out)
{
    if (call->app->config.keyring) {
        *out = *call->app->config.keyring;
        return true;
    }
    if (holdfast_desktop_keyring(out) == HOLDFAST_OK)
        return true;
    hf_app_refuse(call->response, 409, "unsupported", "This computer has no keyring that Holdfast can use.");
    return false;
}

static void read_keyring(struct hf_app_call *call)
{
    hf_app_reply(call, json_pack("{s:b}", "on", holdfast_has_host_key(call->hf)));
}

/* {passphrase, on} */
static void set_keyring(struct hf_app_call *call)
{
    const char *passphrase = NULL;
    const json_t *on = json_object_get(call->body, "on");
    struct holdfast_host_key host;
    if (!hf_app_body_text(call, "passphrase", true, &passphrase))
        return;
    if (!json_is_boolean(on)) {
        hf_app_refuse(call->response, 400, "invalid", "Say whether the keyring shall open it.");
    } else if (may_try(call) && keyring(call, &host)) {
        const enum holdfast_status status = json_is_true(on) ? holdfast_add_host_key(call->hf, passphrase, &host)
                                                             : holdfast_remove_host_key(call->hf, passphrase, &host);
        if (status == HOLDFAST_OK) {
            memset(call->app->unlock_ms, 0, sizeof call->app->unlock_ms);
            read_keyring(call);
        } else {
            hf_app_fail(call, status);
        }
    }
    wipe_text(passphrase);
}

/* The keyring may ask a person; until it answers nothing else is done. */
static void unlock_keyring(struct hf_app_call *call)
{
    struct holdfast_host_key host;
    if (!may_try(call) || !keyring(call, &host))
        return;
    const enum holdfast_status status = holdfast_unlock_host(call->hf, &host);
    if (status == HOLDFAST_OK || (status == HOLDFAST_STATE && hf_app_is_unlocked(call->app))) {
        entered(call->app);
        reply_session(call);
    } else {
        hf_app_fail(call, status);
    }
}

static const struct hf_app_route rows[] = {
    {"GET", "/api/session/keyring", HF_APP_SESSION, read_keyring},
    {"POST", "/api/session/keyring", HF_APP_UNLOCKED, set_keyring},
    {"POST", "/api/session/unlock_keyring", HF_APP_SESSION, unlock_keyring},
    {"POST", "/api/launch", HF_APP_LAUNCH, launch},
    {"GET", "/api/session", HF_APP_SESSION, reply_session},
    {"POST", "/api/session/unlock", HF_APP_SESSION, unlock},
    {"POST", "/api/session/enrol", HF_APP_SESSION, enrol},
    {"POST", "/api/session/lock", HF_APP_SESSION, lock},
    {"POST", "/api/session/active", HF_APP_SESSION, active},
};
const struct hf_app_routes hf_app_session_routes = HF_APP_ROUTES(rows);
