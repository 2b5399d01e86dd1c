#include "protocol/session_client_snapshot.h"

#include "protocol/session_client_round.h"

static bool is_begun(const struct hf_client_facts *facts)
{
    return !hf_id_is_zero(&facts->snapshot_at.case_id);
}

static bool is_wanted(const struct hf_session_client *session)
{
    const struct hf_client_facts *facts = &session->facts;
    return facts->snapshot_due && !hf_client_is_hand_in(session) &&
           (is_begun(facts) || session->told.log_size >= facts->snapshot_least);
}

static void ask(struct hf_session_client *session, struct hf_client_update *update, const struct hf_msg_snapshot *what)
{
    struct hf_message message = {.type = HF_MSG_SNAPSHOT};
    session->asked.snapshot = *what;
    message.as.snapshot = *what;
    hf_client_ask(session, update, &message);
}

bool hf_client_snapshot_begin(struct hf_session_client *session, struct hf_client_update *update)
{
    const struct hf_client_facts *facts = &session->facts;
    if (!is_wanted(session))
        return false;
    const struct hf_msg_snapshot what = {.one_case = facts->snapshot_one,
                                         .case_id = facts->snapshot_one ? facts->snapshot_case : hf_id_zero(),
                                         .least = facts->snapshot_least,
                                         .checkpoint_size = facts->checkpoint_size,
                                         .noted = facts->snapshot_noted,
                                         .at = facts->snapshot_at};
    ask(session, update, &what);
    return true;
}

static bool same_at(const struct hf_snapshot_at *a, const struct hf_snapshot_at *b)
{
    return hf_id_equal(&a->case_id, &b->case_id) && a->size == b->size && hf_id_equal(&a->record_id, &b->record_id);
}

bool hf_client_snapshot_stands_still(const struct hf_session_client *session)
{
    const struct hf_client_facts *facts = &session->facts;
    const struct hf_msg_snapshot *asked = &session->asked.snapshot;
    return facts->snapshot_due && facts->snapshot_one == asked->one_case &&
           hf_id_equal(&facts->snapshot_case, &asked->case_id) && same_at(&facts->snapshot_at, &asked->at);
}

/* The office gathers the next part while this one is being stored. */
static void ask_ahead(struct hf_session_client *session, struct hf_client_update *update)
{
    const struct hf_snapshot_part *part = &session->in.as.snapshot_is;
    const struct hf_client_asked asked = session->asked;
    struct hf_msg_snapshot next = asked.snapshot;
    next.at = part->next;
    if (part->has_note) {
        next.noted = part->note.index + 1;
        if (part->note.checkpoint_size > next.checkpoint_size)
            next.checkpoint_size = part->note.checkpoint_size;
    }
    ask(session, update, &next);
    session->asked = asked;
}

void hf_client_round_snapshot_is(struct hf_session_client *session, struct hf_client_update *update)
{
    const struct hf_snapshot_part *part = &session->in.as.snapshot_is;
    bool again = false;
    enum hf_status status = hf_client_check_snapshot(&session->asked, &session->in, &again, &session->err);
    session->snapshots_again += again;
    if (status == HF_OK && session->snapshots_again > HF_LIMIT_SNAPSHOT_AGAIN)
        status =
            hf_error_set(&session->err, HF_ERR_LIMIT,
                         "What this device fetches for the first time is being changed again and again. Everything "
                         "that came is kept. Sync again in a while.");
    if (status != HF_OK) {
        hf_client_fail_with_err(session, update);
        return;
    }
    session->pending = part->record_count;
    hf_client_grow_log(session, part->log_size);
    if (part->more)
        ask_ahead(session, update);
    if (session->phase == HF_CLIENT_FAILED)
        return;
    session->phase = HF_CLIENT_WAIT_SNAPSHOT_STORED;
    struct hf_client_action *action = hf_client_act(update, HF_CA_STORE_SNAPSHOT);
    action->message = &session->in;
    action->catchup = session->asked.snapshot.one_case;
}
