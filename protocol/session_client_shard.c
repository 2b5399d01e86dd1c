#include "protocol/session_client_shard.h"

#include "core/base/assert.h"
#include "protocol/session_client_round.h"

/* Whether the authority signed it, the caller checks. */
static bool shows_shard(const struct hf_session_client *session)
{
    struct hf_note_body note;
    struct hf_shard shard;
    return hf_note_body_decode(session->in.as.welcome.certificate, &note) == HF_OK && note.what == HF_NOTE_SERVER &&
           note.shard.len > 0 && hf_shard_decode(note.shard, &shard) == HF_OK && shard.number > session->facts.shard;
}

static void want_changes(struct hf_session_client *session, struct hf_client_update *update)
{
    session->phase = HF_CLIENT_WAIT_HAND_ON;
    hf_client_act(update, HF_CA_WANT_HAND_ON);
}

bool hf_client_shard_begin(struct hf_session_client *session, struct hf_client_update *update)
{
    if (session->told.mode == HF_MODE_PENDING)
        return false;
    if (shows_shard(session)) {
        session->phase = HF_CLIENT_WAIT_SHARD_STORED;
        hf_client_act(update, HF_CA_STORE_SHARD)->message = &session->in;
        return true;
    }
    if (!session->facts.hand_on_due)
        return false;
    want_changes(session, update);
    return true;
}

void hf_client_hand_on(struct hf_session_client *session, const struct hf_client_event *event,
                       struct hf_client_update *update)
{
    HF_ASSERT(session->phase == HF_CLIENT_WAIT_HAND_ON && event->item_count > 0);
    struct hf_message message = {.type = HF_MSG_HAND_ON};
    message.as.push.items = event->items;
    message.as.push.count = event->item_count;
    session->asked.push.count = event->item_count;
    hf_client_ask(session, update, &message);
}

void hf_client_handed_on(struct hf_session_client *session, struct hf_client_update *update)
{
    if (session->in.as.pushed.count != session->asked.push.count) {
        hf_client_fail(session, update, HF_ERR_PROTOCOL,
                       "The office's answer does not fit what was asked. Nothing of it was stored. Try again, and tell "
                       "an administrator if it happens again.");
        return;
    }
    for (size_t i = 0; i < session->in.as.pushed.count; i++)
        hf_client_grow_log(session, session->in.as.pushed.results[i].index + 1);
    session->phase = HF_CLIENT_WAIT_HANDED_ON_STORED;
    hf_client_act(update, HF_CA_STORE_HANDED_ON)->message = &session->in;
}

void hf_client_shard_stored(struct hf_session_client *session, struct hf_client_update *update)
{
    if (session->office_incarnation < session->facts.incarnation) /* it grants again what it had granted */
        session->office_incarnation = session->facts.incarnation;
    if (session->facts.hand_on_due)
        want_changes(session, update);
    else
        hf_client_round_begin(session, update);
}
