/* What the procedures will say of something before it is saved: whom it waits for. Help only: nothing is refused. */
#include "client/app/call.h"

static bool each_right(void *ctx, const struct holdfast_right_row *row)
{
    json_t **out = ctx;
    json_t *roles = NULL;
    if (row->may)
        return true;
    roles = json_array();
    for (size_t i = 0; i < row->role_count; i++)
        (void)json_array_append_new(roles, json_string(row->roles[i]));
    *out = json_pack("{s:s, s:s, s:s, s:b, s:o}", "id", row->id, "about", row->about, "asks", row->asks, "lacks",
                     row->lacks, "roles", roles);
    return false;
}

/* What cannot be worked out here is for the office to look at. */
static json_t *answer(enum holdfast_status status, json_t *waits)
{
    if (status == HOLDFAST_OK && waits)
        return waits;
    json_decref(waits);
    return json_null();
}

json_t *hf_app_draft_waits(struct hf_app_call *call, const struct holdfast_draft_place *place)
{
    json_t *waits = NULL;
    const enum holdfast_status status = holdfast_draft_rights(call->hf, place, each_right, &waits);
    return answer(status, waits);
}

json_t *hf_app_final_waits(struct hf_app_call *call, const struct holdfast_id *record)
{
    json_t *waits = NULL;
    const enum holdfast_status status = holdfast_finalise_rights(call->hf, record, each_right, &waits);
    return answer(status, waits);
}

json_t *hf_app_edit_waits(struct holdfast_edit *edit)
{
    json_t *waits = NULL;
    const enum holdfast_status status = holdfast_edit_rights(edit, each_right, &waits);
    return answer(status, waits);
}
