/* Acts on a record as a whole: making it final, deleting and restoring it, answering a proposed amendment. */
#include "client/edit.h"
#include "core/replica/policies.h"

#include <string.h>

typedef enum hf_status act_fn(struct hf_replica *replica, const struct hf_id *record, struct hf_slice reason,
                              uint64_t now_ms, struct hf_id *out_change, struct hf_error *err);

static void tell(struct holdfast *hf, const struct hf_id *record)
{
    struct hf_record_state state = {0};
    if (hf_replica_record(hf->replica, record, &state) == HF_OK)
        hf_handle_tell(hf, &state.case_id, record);
    hf_record_state_clear(&state);
}

static enum holdfast_status act(struct holdfast *hf, const struct holdfast_id *record, const char *reason, act_fn *run,
                                struct holdfast_id *out_change)
{
    const struct hf_id id = hf_id_in(record);
    const struct hf_slice why = hf_slice_str(reason ? reason : "");
    struct hf_id change;
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_WRITE);
    if (status != HF_OK)
        return hf_handle_refused(status);
    status = hf_edit_check_reason(hf, why);
    if (status == HF_OK)
        status = run(hf->replica, &id, why, hf_wall_ms(), &change, &hf->err);
    if (status == HF_OK) {
        if (out_change)
            *out_change = hf_id_out(&change);
        tell(hf, &id);
    }
    return hf_handle_leave(hf, status);
}

enum holdfast_status holdfast_finalise(struct holdfast *hf, const struct holdfast_id *record, const char *reason,
                                       struct holdfast_id *out_change)
{
    return act(hf, record, reason, hf_replica_finalise_ready, out_change);
}

enum holdfast_status holdfast_delete(struct holdfast *hf, const struct holdfast_id *record, const char *reason,
                                     struct holdfast_id *out_change)
{
    return act(hf, record, reason, hf_replica_delete, out_change);
}

enum holdfast_status holdfast_restore(struct holdfast *hf, const struct holdfast_id *record, const char *reason,
                                      struct holdfast_id *out_change)
{
    return act(hf, record, reason, hf_replica_restore, out_change);
}

static enum holdfast_status answer(struct holdfast *hf, const struct holdfast_id *record,
                                   const struct holdfast_id *amendment, bool accept, const char *reason,
                                   struct holdfast_id *out_change)
{
    const struct hf_id id = hf_id_in(record), proposal = hf_id_in(amendment);
    const struct hf_slice why = hf_slice_str(reason ? reason : "");
    struct hf_id change;
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_WRITE);
    if (status != HF_OK)
        return hf_handle_refused(status);
    status = hf_edit_check_reason(hf, why);
    if (status == HF_OK)
        status = hf_replica_answer(hf->replica, &id, &proposal, accept, why, hf_wall_ms(), &change, &hf->err);
    if (status == HF_OK) {
        if (out_change)
            *out_change = hf_id_out(&change);
        tell(hf, &id);
    }
    return hf_handle_leave(hf, status);
}

enum holdfast_status holdfast_amendment_accept(struct holdfast *hf, const struct holdfast_id *record,
                                               const struct holdfast_id *amendment, const char *reason,
                                               struct holdfast_id *out_change)
{
    return answer(hf, record, amendment, true, reason, out_change);
}

enum holdfast_status holdfast_amendment_decline(struct holdfast *hf, const struct holdfast_id *record,
                                                const struct holdfast_id *amendment, const char *reason,
                                                struct holdfast_id *out_change)
{
    return answer(hf, record, amendment, false, reason, out_change);
}
