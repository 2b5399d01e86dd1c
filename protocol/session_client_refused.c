/* A case that the office does not give: taken away or erased meanwhile, a role that reads no case, a place of the
 * office's disk that cannot be read. It is left aside, the device reads on, and everything else is done as if it had
 * not been asked for. */
#include "protocol/session_client_round.h"

/* Whose standing has changed is told so, whatever was asked; and behind a message out of form the office closes. */
static bool ends_the_session(enum hf_status status)
{
    return status == HF_ERR_REVOKED || status == HF_ERR_WAITING || status == HF_ERR_PROTOCOL ||
           status == HF_ERR_UNSUPPORTED;
}

static bool asked_for_one(const struct hf_client_open *open, struct hf_id *out_case)
{
    if (open->type == HF_MSG_PULL && open->asked.pull.one_case) {
        *out_case = open->asked.pull.case_id;
        return true;
    }
    if (open->type == HF_MSG_SNAPSHOT && open->asked.snapshot.one_case) {
        *out_case = open->asked.snapshot.case_id;
        return true;
    }
    return false;
}

bool hf_client_refused(struct hf_session_client *session, enum hf_status status, const char *text,
                       struct hf_client_update *update)
{
    if (ends_the_session(status) || !asked_for_one(&session->open[0], &session->refused_case))
        return false;
    hf_client_answered(session);
    (void)hf_error_set(&session->refusal, status,
                       "One case did not come: %s Everything else is in sync, and this one is asked for again next "
                       "time.",
                       text);
    session->phase = HF_CLIENT_WAIT_REFUSED_STORED;
    hf_client_act(update, HF_CA_STORE_REFUSED)->case_id = session->refused_case;
    return true;
}

bool hf_client_refused_stands_still(struct hf_session_client *session)
{
    const struct hf_client_facts *facts = &session->facts;
    session->pulled = false;
    session->reads_on = true;
    return (facts->has_catchup && hf_id_equal(&facts->catchup_case, &session->refused_case)) ||
           (facts->snapshot_due && facts->snapshot_one && hf_id_equal(&facts->snapshot_case, &session->refused_case));
}

void hf_client_refused_tell(struct hf_session_client *session, struct hf_client_update *update)
{
    if (session->facts.catchup_refused && session->refusal.status != HF_OK && !session->stays)
        hf_client_fail(session, update, session->refusal.status, session->refusal.text);
}
