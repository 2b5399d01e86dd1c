#include "server/restricted.h"

enum hf_status hf_restricted_may_read(struct hf_office *office, const struct hf_id *person, const struct hf_id *record,
                                      bool *out)
{
    struct hf_buf packed = {0};
    struct hf_record_state state = {0};
    enum hf_status status = office->store->ops->record(office->store, record, &packed);
    if (status == HF_OK)
        status = hf_record_state_decode(hf_buf_slice(&packed), &state);
    if (status == HF_OK)
        *out = hf_restricted_names(&state, person);
    else if (status == HF_ERR_NOT_FOUND) {
        *out = false;
        status = HF_OK;
    }
    hf_record_state_clear(&state);
    hf_buf_wipe(&packed);
    return status;
}

enum hf_status hf_restricted_may_have(struct hf_office *office, const struct hf_id *person, struct hf_slice body,
                                      bool *out)
{
    struct hf_id record;
    *out = true;
    if (!hf_restricted_body(body, &record))
        return HF_OK;
    const struct hf_restricted_turn turn = hf_restricted_turns(body, person);
    return turn.removes && turn.alone ? HF_OK : hf_restricted_may_read(office, person, &record, out);
}
