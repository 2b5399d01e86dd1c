/* Acts on a record as a whole: final, amended, deleted, restored, escalated. */
#include "client/app/call.h"

#include <stdio.h>
#include <string.h>

#define LEVELS 3 /* of the ladder */

static void done(struct hf_app_call *call, enum holdfast_status status, const struct holdfast_id *change)
{
    if (status != HOLDFAST_OK) {
        hf_app_fail(call, status);
        return;
    }
    hf_app_sync_soon(call->app);
    hf_app_tell(call->app, true);
    hf_app_reply(call, json_pack("{s:o}", "change", hf_app_json_id(change)));
}

typedef enum holdfast_status act_fn(struct holdfast *hf, const struct holdfast_id *record, const char *reason,
                                    struct holdfast_id *out_change);

static void act(struct hf_app_call *call, bool needs_reason, act_fn *run)
{
    const char *reason = NULL;
    struct holdfast_id change;
    if (hf_app_body_text(call, "reason", needs_reason, &reason))
        done(call, run(call->hf, &call->ids[0], reason, &change), &change);
}

static void finalise(struct hf_app_call *call)
{
    act(call, false, holdfast_finalise);
}

static void delete_record(struct hf_app_call *call)
{
    act(call, true, holdfast_delete);
}

static void restore(struct hf_app_call *call)
{
    act(call, true, holdfast_restore);
}

/* --- amendments --- */

static json_t *fields_json(const struct holdfast_amendment_row *row)
{
    json_t *fields = json_array();
    for (size_t i = 0; i < row->field_count; i++)
        (void)json_array_append_new(fields, json_pack("{s:s, s:s, s:s, s:s}", "field", row->fields[i].field, "label",
                                                      row->fields[i].label, "original", row->fields[i].original,
                                                      "proposed", row->fields[i].proposed));
    return fields;
}

static bool each_amendment(void *ctx, const struct holdfast_amendment_row *row)
{
    json_t **array = ctx;
    json_t *object = json_pack(
        "{s:o, s:o, s:o, s:s, s:s, s:s, s:s, s:o, s:o, s:s, s:s, s:o}", "id", hf_app_json_id(&row->id), "record",
        hf_app_json_id(&row->record), "case", hf_app_json_id(&row->case_id), "type", row->type, "state", row->state,
        "author", row->author, "reason", row->reason, "time", hf_app_json_ms(row->time_ms), "fields", fields_json(row),
        "decided_by", row->decided_by ? row->decided_by : "", "decision_reason",
        row->decision_reason ? row->decision_reason : "", "decided", hf_app_json_ms(row->decided_ms));
    if (object && json_array_append_new(*array, object) == 0)
        return true;
    json_decref(*array);
    *array = NULL;
    return false;
}

static void amendments(struct hf_app_call *call)
{
    json_t *array = json_array();
    const enum holdfast_status status = holdfast_amendments(call->hf, &call->ids[0], false, each_amendment, &array);
    if (status == HOLDFAST_OK) {
        hf_app_reply(call, json_pack("{s:o}", "amendments", array));
    } else {
        json_decref(array);
        hf_app_fail(call, status);
    }
}

typedef enum holdfast_status answer_fn(struct holdfast *hf, const struct holdfast_id *record,
                                       const struct holdfast_id *amendment, const char *reason,
                                       struct holdfast_id *out_change);

static void answer(struct hf_app_call *call, answer_fn *run)
{
    const char *reason = NULL;
    struct holdfast_id change;
    if (hf_app_body_text(call, "reason", true, &reason))
        done(call, run(call->hf, &call->ids[0], &call->ids[1], reason, &change), &change);
}

static void accept_one(struct hf_app_call *call)
{
    answer(call, holdfast_amendment_accept);
}

static void decline(struct hf_app_call *call)
{
    answer(call, holdfast_amendment_decline);
}

/* --- the status alone, whatever a draft of the record holds --- */

static void set_status(struct hf_app_call *call)
{
    const char *status_text = NULL, *outcome = NULL; /* of a request */
    struct holdfast_edit *edit = NULL;
    struct holdfast_id change;
    if (!hf_app_body_text(call, "outcome", false, &outcome) ||
        !hf_app_body_text(call, "status", outcome == NULL, &status_text))
        return;
    enum holdfast_status status = holdfast_edit_record(call->hf, &call->ids[0], &edit);
    if (status == HOLDFAST_OK)
        status = holdfast_edit_set(edit, outcome ? "outcome" : "status", outcome ? outcome : status_text);
    if (status == HOLDFAST_OK)
        status = holdfast_edit_commit(edit, &change);
    done(call, status, &change);
    if (status != HOLDFAST_OK)
        holdfast_edit_cancel(edit);
}

/* --- escalation --- */

static void escalate(struct hf_app_call *call)
{
    struct holdfast_escalation escalation = {.action = call->ids[0]};
    struct holdfast_id record;
    const json_t *level = json_object_get(call->body, "level");
    if (!hf_app_body_text(call, "reason", true, &escalation.reason) ||
        !hf_app_body_text(call, "delay_effect", false, &escalation.delay_effect))
        return;
    escalation.level = json_is_integer(level) ? (int)json_integer_value(level) : 0;
    done(call, holdfast_escalate(call->hf, &escalation, &record), &record);
}

/* The edit that escalating would save, for the rights over it alone. */
static enum holdfast_status rehearse(struct hf_app_call *call, const char *level, struct holdfast_edit **out)
{
    const char *const set[][2] = {{"level", level}, {"reason", "-"}, {"delay_effect", "-"}};
    struct holdfast_form form;
    enum holdfast_status status = holdfast_form_record(call->hf, &call->ids[0], &form);
    if (status == HOLDFAST_OK)
        status = holdfast_edit_new(call->hf, &form.case_id, "escalation", &call->ids[0], NULL, out);
    for (size_t i = 0; status == HOLDFAST_OK && i < sizeof set / sizeof set[0]; i++)
        status = holdfast_edit_set(*out, set[i][0], set[i][1]);
    return status;
}

/* Whom the ladder names for each level: [{role, name}], level 1 first; an empty role where it has none. */
static json_t *rungs(struct hf_app_call *call)
{
    json_t *array = json_array();
    for (int level = 1; level <= LEVELS; level++) {
        struct holdfast_escalation_step step = {.role = ""};
        if (holdfast_escalation_step(call->hf, &call->ids[0], level, &step) != HOLDFAST_OK)
            step = (struct holdfast_escalation_step){.role = ""};
        (void)json_array_append_new(array, json_pack("{s:s, s:s}", "role", step.role, "name", step.name));
    }
    return array;
}

/* Whom the ladder names for the action's next level, and whether escalating to a level is this person's to do. */
static void ladder(struct hf_app_call *call)
{
    struct holdfast_escalation_step next;
    struct holdfast_edit *edit = NULL;
    char role[HF_APP_WORD_BYTES] = ""; /* the step's own lives until the next call only */
    const char *level = hf_app_query(call, "level");
    enum holdfast_status status = holdfast_escalation_next(call->hf, &call->ids[0], &next);
    if (status == HOLDFAST_OK)
        (void)snprintf(role, sizeof role, "%s", next.role);
    if (status == HOLDFAST_OK)
        status = rehearse(call, level ? level : "1", &edit);
    if (status == HOLDFAST_OK)
        hf_app_reply(call, json_pack("{s:i, s:s, s:s, s:o, s:o}", "next", next.level, "role", role, "name", next.name,
                                     "levels", rungs(call), "waits", hf_app_edit_waits(edit)));
    else
        hf_app_fail(call, status);
    holdfast_edit_cancel(edit);
}

static void reply(struct hf_app_call *call)
{
    const char *text = NULL;
    if (hf_app_body_text(call, "text", true, &text))
        done(call, holdfast_escalation_reply(call->hf, &call->ids[0], text), &call->ids[0]);
}

static const struct hf_app_route rows[] = {
    {"POST", "/api/records/:id/finalise", HF_APP_UNLOCKED, finalise},
    {"POST", "/api/records/:id/delete", HF_APP_UNLOCKED, delete_record},
    {"POST", "/api/records/:id/restore", HF_APP_UNLOCKED, restore},
    {"GET", "/api/records/:id/amendments", HF_APP_UNLOCKED, amendments},
    {"POST", "/api/records/:id/amendments/:id/accept", HF_APP_UNLOCKED, accept_one},
    {"POST", "/api/records/:id/amendments/:id/decline", HF_APP_UNLOCKED, decline},
    {"POST", "/api/records/:id/status", HF_APP_UNLOCKED, set_status},
    {"POST", "/api/records/:id/escalate", HF_APP_UNLOCKED, escalate},
    {"GET", "/api/records/:id/ladder", HF_APP_UNLOCKED, ladder},
    {"POST", "/api/records/:id/reply", HF_APP_UNLOCKED, reply},
};
const struct hf_app_routes hf_app_act_routes = HF_APP_ROUTES(rows);
