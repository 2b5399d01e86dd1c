/* Why somebody reads a case that is not theirs: asked, never needed, and kept in the read log. */
#include "client/app/call.h"

static void why(struct hf_app_call *call)
{
    struct holdfast_case_reading reading;
    const enum holdfast_status status = holdfast_get_case_reading(call->hf, &call->ids[0], &reading);
    if (status == HOLDFAST_OK)
        hf_app_reply(call, json_pack("{s:b, s:s}", "own", reading.is_own, "reason", reading.reason));
    else
        hf_app_fail(call, status);
}

static void because(struct hf_app_call *call)
{
    const char *reason = NULL;
    if (!hf_app_body_text(call, "reason", true, &reason))
        return;
    const enum holdfast_status status = holdfast_reading_because(call->hf, &call->ids[0], reason);
    if (status == HOLDFAST_OK)
        hf_app_reply(call, json_object());
    else
        hf_app_fail(call, status);
}

static const struct hf_app_route rows[] = {
    {"GET", "/api/cases/:id/reading", HF_APP_UNLOCKED, why},
    {"POST", "/api/cases/:id/reading", HF_APP_UNLOCKED, because},
};
const struct hf_app_routes hf_app_reading_routes = HF_APP_ROUTES(rows);
