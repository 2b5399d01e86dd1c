/* The lane of attachments: one message of chunks at a time, and before each everything else goes first – what was saved
 * here meanwhile, what others saved, a receipt that is due. So what a person saves waits for one message at most, and
 * how long that is follows from how long the last one took. */
#include "protocol/session_client_round.h"

#include "core/base/assert.h"

#define RUN_FIRST 1 /* nothing is known of the line yet */

/* Others' changes that were told of, or a receipt whose time has come. */
static bool something_waits(const struct hf_session_client *session)
{
    if (hf_client_is_hand_in(session))
        return false;
    return session->told.log_size > session->facts.cursor || session->facts.has_purge ||
           (session->head_due_ms != 0 && session->now_ms >= session->head_due_ms);
}

bool hf_client_attach_begin(struct hf_session_client *session, struct hf_client_update *update)
{
    if (!session->facts.attach_due)
        return false;
    if (session->attach_run == 0)
        session->attach_run = RUN_FIRST;
    session->was_done = true; /* with all that people wait for */
    session->phase = HF_CLIENT_WAIT_ATTACH_OUT;
    struct hf_client_action *action = hf_client_act(update, HF_CA_WANT_ATTACH);
    action->chunks = session->attach_run;
    action->hand_in = hf_client_is_hand_in(session);
    return true;
}

void hf_client_attach_out(struct hf_session_client *session, const struct hf_client_event *event,
                          struct hf_client_update *update)
{
    HF_ASSERT(session->phase == HF_CLIENT_WAIT_ATTACH_OUT);
    if (!event->attach) {
        session->facts.attach_due = false;
        hf_client_round_end(session, update);
        return;
    }
    struct hf_message message = {.type = event->attach_put ? HF_MSG_ATTACH_PUT : HF_MSG_ATTACH_GET,
                                 .as.attach = *event->attach};
    session->asked.attach_count = event->attach_put ? event->attach->count : event->attach->most;
    session->attach_sent_ms = session->now_ms;
    hf_client_ask(session, update, &message);
}

/* A run that came back fast lets the next be longer, a slow one makes it shorter: a note never waits long for it. What
 * a question takes that holds next to nothing is the line's distance, and no reason for short runs. */
static void choose_run(struct hf_session_client *session)
{
    const uint64_t whole_ms = session->now_ms - session->attach_sent_ms;
    const uint64_t far_ms =
        session->greeted_in_ms < HF_LIMIT_ATTACH_SLOW_MS ? session->greeted_in_ms : HF_LIMIT_ATTACH_SLOW_MS;
    const uint64_t took_ms = whole_ms > far_ms ? whole_ms - far_ms : 0;
    if (session->asked.attach_count < session->attach_run)
        return; /* a question, or the end of a file */
    if (took_ms > HF_LIMIT_ATTACH_SLOW_MS && session->attach_run > 1)
        session->attach_run /= 2;
    else if (took_ms < HF_LIMIT_ATTACH_FAST_MS && session->attach_run < HF_LIMIT_ATTACH_CHUNKS)
        session->attach_run =
            session->attach_run * 2 < HF_LIMIT_ATTACH_CHUNKS ? session->attach_run * 2 : HF_LIMIT_ATTACH_CHUNKS;
}

void hf_client_attach_answered(struct hf_session_client *session, struct hf_client_update *update)
{
    choose_run(session);
    if (session->in.type == HF_MSG_ATTACH_IS && session->in.as.attach.count > session->asked.attach_count) {
        hf_client_fail(session, update, HF_ERR_PROTOCOL,
                       "The office sent more of an attachment than was asked for. Nothing of it was stored. Try again, "
                       "and tell an administrator if it happens again.");
        return;
    }
    session->phase = HF_CLIENT_WAIT_ATTACH_STORED;
    hf_client_act(update, HF_CA_STORE_ATTACH)->message = &session->in;
}

void hf_client_attach_stored(struct hf_session_client *session, struct hf_client_update *update)
{
    if (something_waits(session))
        hf_client_round_begin(session, update);
    else
        hf_client_round_end(session, update);
}
