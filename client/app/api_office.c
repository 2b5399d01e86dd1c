/* The office's door: people, devices, assignments, invitations, held changes. Reads and orders go to the office's
 * server over this device's own channel (holdfast_office); what the role may not do, the server refuses in words. */
#include "client/app/call.h"

#include <string.h>

#define WORDS_MAX 12
#define OFFICE_MS 8000 /* the thread is the only one: a person should not wait longer for an answer */

struct reading {
    const char *name;
    const char *words[3];
};
/* GET /api/office/NAME */
static const struct reading readings[] = {
    {"people", {"person", "list"}}, {"devices", {"device", "list"}}, {"waiting", {"enrol", "list"}},
    {"cases", {"case", "list"}},    {"status", {"status"}},
};

/* The server's JSON under `key`; or its refusal. */
static void run(struct hf_app_call *call, const char *key, const char *const *words, size_t count)
{
    const struct holdfast_options options = {.timeout_ms = OFFICE_MS};
    struct hf_error error = {0};
    json_t *value = NULL;
    char *text = NULL;
    hf_app_sync_stop(call->app); /* it has a line of its own */
    const enum holdfast_status status = holdfast_office(call->hf, count, words, &options, &text);
    hf_app_sync_now(call->app);
    if (status != HOLDFAST_OK) {
        hf_app_fail(call, status);
        return;
    }
    if (hf_json_load(hf_slice_str(text), &value, &error) != HF_OK)
        hf_app_refuse(call->response, 502, "protocol", "The office's answer could not be read. Try again.");
    else
        hf_app_reply(call, json_pack("{s:o}", key, value));
    holdfast_text_free(text);
}

static void read_list(struct hf_app_call *call)
{
    for (size_t i = 0; i < sizeof readings / sizeof readings[0]; i++) {
        const struct reading *reading = &readings[i];
        const char *words[4];
        size_t count = 0;
        if (strcmp(reading->name, call->words[0]) != 0)
            continue;
        while (count < 3 && reading->words[count]) {
            words[count] = reading->words[count];
            count++;
        }
        words[count++] = "--json";
        run(call, reading->name, words, count);
        return;
    }
    hf_app_refuse(call->response, 404, "not_found", "There is no such list.");
}

void hf_app_order(struct hf_app_call *call, const char *const *words, size_t count)
{
    run(call, "answer", words, count);
    hf_app_sync_soon(call->app);
}

static void invite(struct hf_app_call *call)
{
    const char *person = NULL, *role = NULL, *one_case = NULL;
    if (!hf_app_body_text(call, "person", true, &person) || !hf_app_body_text(call, "role", true, &role) ||
        !hf_app_body_text(call, "case", false, &one_case))
        return;
    const char *words[WORDS_MAX] = {"invite", "--person", person, "--role", role, "--json", "--case", one_case};
    hf_app_order(call, words, one_case ? 8 : 6);
}

static void confirm(struct hf_app_call *call)
{
    const char *device = NULL;
    if (!hf_app_body_text(call, "device", true, &device))
        return;
    const char *words[] = {"enrol", "confirm", device, "--json"};
    hf_app_order(call, words, 4);
}

static void revoke(struct hf_app_call *call)
{
    const char *device = NULL, *reason = NULL;
    if (!hf_app_body_text(call, "device", true, &device) || !hf_app_body_text(call, "reason", true, &reason))
        return;
    const char *words[] = {"device", "revoke", device, "--reason", reason, "--json"};
    hf_app_order(call, words, 6);
}

static void assign(struct hf_app_call *call)
{
    const char *one_case = NULL, *person = NULL, *reason = NULL;
    if (!hf_app_body_text(call, "case", true, &one_case) || !hf_app_body_text(call, "person", true, &person) ||
        !hf_app_body_text(call, "reason", true, &reason))
        return;
    const char *words[WORDS_MAX] = {"case", "assign",   "--case", one_case, "--person",
                                    person, "--reason", reason,   "--json", "--remove"};
    hf_app_order(call, words, json_is_true(json_object_get(call->body, "remove")) ? 10 : 9);
}

static void holders(struct hf_app_call *call)
{
    char id[HOLDFAST_ID_TEXT_BYTES];
    holdfast_id_format(&call->ids[0], id);
    const char *words[] = {"case", "holders", id, "--json"};
    run(call, "holders", words, 4);
}

/* --- what is held: known on this device, settled by a change that this device signs --- */

static bool add_held(void *ctx, const struct holdfast_held_row *row)
{
    json_t *array = ctx;
    json_t *object = json_pack("{s:o, s:o, s:o, s:s, s:s, s:o, s:s, s:b, s:b}", "change", hf_app_json_id(&row->change),
                               "case", hf_app_json_id(&row->case_id), "record", hf_app_json_id(&row->record), "author",
                               row->author, "type", row->type, "time", hf_app_json_ms(row->time_ms), "why", row->why,
                               "own", row->own, "releasable", row->releasable);
    return object && json_array_append_new(array, object) == 0;
}

static void held(struct hf_app_call *call)
{
    json_t *array = json_array();
    const enum holdfast_status status = array ? holdfast_held(call->hf, add_held, array) : HOLDFAST_NOMEM;
    if (status == HOLDFAST_OK) {
        hf_app_reply(call, json_pack("{s:o}", "held", array));
    } else {
        json_decref(array);
        hf_app_fail(call, status);
    }
}

static void settle_held(struct hf_app_call *call)
{
    struct holdfast_id change;
    bool given = false;
    const char *reason = NULL;
    const json_t *release = json_object_get(call->body, "release");
    if (!hf_app_body_id(call, "change", &change, &given) || !hf_app_body_text(call, "reason", true, &reason))
        return;
    if (!given || !json_is_boolean(release)) {
        hf_app_refuse(call->response, 400, "invalid", "Say which change, and whether it shall count.");
        return;
    }
    const enum holdfast_status status = holdfast_settle_held(call->hf, &change, json_is_true(release), reason);
    if (status != HOLDFAST_OK) {
        hf_app_fail(call, status);
        return;
    }
    hf_app_sync_soon(call->app);
    hf_app_reply(call, json_object());
}

static const struct hf_app_route rows[] = {
    {"GET", "/api/office/held", HF_APP_UNLOCKED, held},
    {"GET", "/api/office/cases/:id/holders", HF_APP_UNLOCKED, holders},
    {"GET", "/api/office/:word", HF_APP_UNLOCKED, read_list},
    {"POST", "/api/office/invite", HF_APP_UNLOCKED, invite},
    {"POST", "/api/office/confirm", HF_APP_UNLOCKED, confirm},
    {"POST", "/api/office/revoke", HF_APP_UNLOCKED, revoke},
    {"POST", "/api/office/assign", HF_APP_UNLOCKED, assign},
    {"POST", "/api/office/held", HF_APP_UNLOCKED, settle_held},
};
const struct hf_app_routes hf_app_office_routes = HF_APP_ROUTES(rows);
