/* Urgent access: opening a case that is somebody else's because a child cannot wait, and looking at such openings. */
#include "client/app/call.h"
#include "client/app/reading.h"

#include <string.h>

#define TYPE "urgent_access"

/* The office is asked at once, over this device's own channel: the case comes with the next sync. */
static void open_case(struct hf_app_call *call)
{
    const char *reference = NULL, *reason = NULL;
    if (!hf_app_body_text(call, "reference", true, &reference) || !hf_app_body_text(call, "reason", true, &reason))
        return;
    const char *words[] = {"urgent", "open", "--case", reference, "--reason", reason, "--json"};
    hf_app_order(call, words, sizeof words / sizeof words[0]);
    if (call->response->status == 200)
        hf_app_sync_now(call->app);
}

static bool is_own(const json_t *record, const struct holdfast_identity *own)
{
    char id[HOLDFAST_ID_TEXT_BYTES];
    holdfast_id_format(&own->person, id);
    return hf_app_field_is(record, "person", id);
}

static json_t *opening_json(const json_t *record, const json_t *names, const struct holdfast_identity *own)
{
    const char *by = hf_app_field(record, "reviewed_by");
    return json_pack("{s:s, s:s, s:s, s:s, s:b, s:s, s:s, s:s, s:b, s:s, s:s}", "record", hf_app_text_of(record, "id"),
                     "case", hf_app_text_of(record, "case"), "reference",
                     hf_app_name_of(names, hf_app_text_of(record, "case")), "person",
                     hf_app_name_of(names, hf_app_field(record, "person")), "own", is_own(record, own), "reason",
                     hf_app_field(record, "reason"), "from", hf_app_field(record, "from"), "until",
                     hf_app_field(record, "until"), "looked_at", by[0] != '\0', "looked_at_by",
                     by[0] ? hf_app_name_of(names, by) : "", "review", hf_app_field(record, "review"));
}

static void list(struct hf_app_call *call)
{
    const struct holdfast_filter filter = {.type = TYPE};
    struct holdfast_identity own;
    json_t *records = NULL, *names = NULL, *openings = json_array();
    enum holdfast_status status = holdfast_get_identity(call->hf, &own);
    if (status == HOLDFAST_OK)
        status = hf_app_read_records(call->hf, &filter, &records);
    if (status == HOLDFAST_OK)
        status = hf_app_read_names(call->hf, &names);
    for (size_t i = 0; status == HOLDFAST_OK && i < json_array_size(records); i++)
        if (!hf_app_append(openings, opening_json(json_array_get(records, i), names, &own)))
            status = HOLDFAST_NOMEM;
    if (status == HOLDFAST_OK)
        hf_app_reply(call, json_pack("{s:O}", "openings", openings));
    else
        hf_app_fail(call, status);
    json_decref(openings);
    json_decref(records);
    json_decref(names);
}

/* --- a manager's look --- */

static enum holdfast_status save_look(struct hf_app_call *call, const struct holdfast_identity *own, const char *note,
                                      struct holdfast_id *out_change)
{
    struct holdfast_edit *edit = NULL;
    char me[HOLDFAST_ID_TEXT_BYTES];
    holdfast_id_format(&own->person, me);
    enum holdfast_status status = holdfast_edit_record(call->hf, &call->ids[0], &edit);
    if (status == HOLDFAST_OK)
        status = holdfast_edit_set(edit, "reviewed_by", me);
    if (status == HOLDFAST_OK)
        status = holdfast_edit_set(edit, "review", note);
    if (status == HOLDFAST_OK)
        status = holdfast_edit_commit(edit, out_change);
    if (status != HOLDFAST_OK)
        holdfast_edit_cancel(edit);
    return status;
}

static void look(struct hf_app_call *call)
{
    struct holdfast_identity own;
    struct holdfast_id change;
    json_t *record = NULL;
    const char *note = NULL;
    if (!hf_app_body_text(call, "note", true, &note))
        return;
    enum holdfast_status status = holdfast_get_identity(call->hf, &own);
    if (status == HOLDFAST_OK)
        status = hf_app_read_record(call->hf, &call->ids[0], &record);
    if (status == HOLDFAST_OK && strcmp(hf_app_text_of(record, "type"), TYPE) != 0) {
        hf_app_refuse(call->response, 400, "invalid", "This record is no urgent opening.");
    } else if (status == HOLDFAST_OK && is_own(record, &own)) {
        hf_app_refuse(call->response, 403, "denied", "You opened this case yourself: somebody else looks at it.");
    } else {
        if (status == HOLDFAST_OK)
            status = save_look(call, &own, note, &change);
        if (status == HOLDFAST_OK) {
            hf_app_sync_soon(call->app);
            hf_app_tell(call->app, true);
            hf_app_reply(call, json_pack("{s:o}", "change", hf_app_json_id(&change)));
        } else {
            hf_app_fail(call, status);
        }
    }
    json_decref(record);
}

static const struct hf_app_route rows[] = {
    {"GET", "/api/urgent", HF_APP_UNLOCKED, list},
    {"POST", "/api/urgent", HF_APP_UNLOCKED, open_case},
    {"POST", "/api/urgent/:id/look", HF_APP_UNLOCKED, look},
};
const struct hf_app_routes hf_app_urgent_routes = HF_APP_ROUTES(rows);
