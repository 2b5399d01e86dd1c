#include "protocol/session_client_round.h"

#include "core/base/assert.h"
#include "protocol/session_client_restart.h"

static bool has_unsent(const struct hf_session_client *session)
{
    return !session->outbox_empty && session->facts.unsent_seq < session->facts.next_seq;
}

void hf_client_round_end(struct hf_session_client *session, struct hf_client_update *update)
{
    if (session->push_later) {
        session->push_later = session->outbox_empty = false;
        session->again = true;
    }
    if (session->again || has_unsent(session) || (session->facts.has_catchup && !hf_client_is_hand_in(session))) {
        hf_client_round_begin(session, update);
        return;
    }
    if (hf_client_drafts_begin(session, update))
        return;
    session->phase = HF_CLIENT_IDLE;
    session->was_done = true;
    hf_client_act(update, HF_CA_DONE)->hand_in = hf_client_is_hand_in(session);
}

static void ask_head(struct hf_session_client *session, struct hf_client_update *update)
{
    const struct hf_client_facts *facts = &session->facts;
    struct hf_msg_range ranges[HF_LIMIT_HEAD_RANGES];
    HF_ASSERT(facts->range_count <= HF_LIMIT_HEAD_RANGES);
    for (size_t i = 0; i < facts->range_count; i++) {
        ranges[i].first = session->asked.ranges[i].first = facts->ranges[i].first;
        ranges[i].count = session->asked.ranges[i].count = facts->ranges[i].count;
    }
    session->asked.range_count = facts->range_count;

    struct hf_message message = {.type = HF_MSG_HEAD};
    message.as.head.old_size = facts->checkpoint_size;
    message.as.head.ranges = ranges;
    message.as.head.range_count = facts->range_count;
    hf_client_ask(session, update, &message, HF_CLIENT_WAIT_HEAD);
}

/* A checkpoint and its proofs are longer than a short change: while the connection stays one serves for all that comes
 * in a moment, and later still when nobody here waits for a receipt. */
static bool puts_head_off(struct hf_session_client *session)
{
    if (!session->stays || !session->was_done || hf_client_is_hand_in(session))
        return false;
    const uint64_t wait_ms = session->facts.range_count > 0 ? HF_LIMIT_RECEIPT_AFTER_MS : HF_LIMIT_CHECKPOINT_AFTER_MS;
    if (session->head_due_ms == 0 || session->head_due_ms > session->now_ms + wait_ms)
        session->head_due_ms = session->now_ms + wait_ms;
    return session->now_ms < session->head_due_ms;
}

static void begin_head(struct hf_session_client *session, struct hf_client_update *update)
{
    const bool wanted = session->facts.range_count > 0 || session->told.log_size != session->facts.checkpoint_size;
    if (wanted && puts_head_off(session)) {
        hf_client_round_end(session, update);
        return;
    }
    session->head_due_ms = 0;
    if (wanted)
        ask_head(session, update);
    else
        hf_client_round_end(session, update);
}

static void ask_pull(struct hf_session_client *session, struct hf_client_update *update, bool one_case)
{
    const struct hf_client_facts *facts = &session->facts;
    session->asked.pull.one_case = one_case;
    session->asked.pull.cursor = one_case ? facts->catchup_from : facts->cursor;
    session->asked.pull.case_id = one_case ? facts->catchup_case : hf_id_zero();
    session->asked.pull.until = one_case ? facts->catchup_until : 0;

    struct hf_message message = {.type = HF_MSG_PULL};
    message.as.pull.cursor = session->asked.pull.cursor;
    message.as.pull.one_case = one_case;
    message.as.pull.case_id = session->asked.pull.case_id;
    message.as.pull.until = session->asked.pull.until;
    hf_client_ask(session, update, &message, HF_CLIENT_WAIT_FEED);
}

static void ask_purged(struct hf_session_client *session, struct hf_client_update *update)
{
    struct hf_message message = {.type = HF_MSG_PURGED};
    session->asked.purge_case = session->facts.purge_case;
    message.as.purged.case_id = session->facts.purge_case;
    message.as.purged.changes = session->facts.purge_changes;
    hf_client_ask(session, update, &message, HF_CLIENT_WAIT_PURGE_NOTED);
}

static void begin_catchup(struct hf_session_client *session, struct hf_client_update *update)
{
    if (session->facts.has_catchup)
        ask_pull(session, update, true);
    else if (session->facts.has_purge)
        ask_purged(session, update);
    else
        begin_head(session, update);
}

/* Own changes move the cursor themselves when nothing of others lies before them. */
static bool nothing_to_pull(const struct hf_session_client *session)
{
    return session->stays && session->was_done && !session->push_later &&
           session->told.log_size == session->facts.cursor;
}

static void begin_pull(struct hf_session_client *session, struct hf_client_update *update)
{
    if (hf_client_is_hand_in(session))
        begin_head(session, update);
    else if (nothing_to_pull(session))
        begin_catchup(session, update);
    else
        ask_pull(session, update, false);
}

/* One PUSH at a time: its answer says where the next begins. */
static void begin_push(struct hf_session_client *session, struct hf_client_update *update)
{
    if (!has_unsent(session)) {
        begin_pull(session, update);
        return;
    }
    session->phase = HF_CLIENT_WAIT_OUTBOX;
    session->asked.push.from_seq = session->facts.unsent_seq;
    hf_client_act(update, HF_CA_WANT_OUTBOX)->from_seq = session->facts.unsent_seq;
}

void hf_client_round_begin(struct hf_session_client *session, struct hf_client_update *update)
{
    session->again = false;
    session->drafts_rounds = 0;
    begin_push(session, update);
}

/* A change of a case that was erased cannot be rebuilt by anybody: what this device reads now tells it so. */
void hf_client_round_pull_first(struct hf_session_client *session, struct hf_client_update *update)
{
    session->request = 0;
    session->pull_first = session->push_later = session->outbox_empty = true;
    begin_pull(session, update);
}

/* --- what the caller answers --- */

static void fail_no_progress(struct hf_session_client *session, struct hf_client_update *update)
{
    hf_client_fail(
        session, update, HF_ERR_STATE,
        "This device could not take note of the office's answer, so syncing would never end. Everything is still "
        "saved here. Tell an administrator.");
}

void hf_client_round_outbox(struct hf_session_client *session, const struct hf_client_event *event,
                            struct hf_client_update *update)
{
    if (session->phase == HF_CLIENT_WAIT_UNLOGGED) {
        hf_client_restart_unlogged(session, event, update);
        return;
    }
    HF_ASSERT(session->phase == HF_CLIENT_WAIT_OUTBOX);
    if (event->item_count == 0) {
        session->outbox_empty = true;
        begin_pull(session, update);
        return;
    }
    struct hf_message message = {.type = HF_MSG_PUSH};
    message.as.push.items = event->items;
    message.as.push.count = event->item_count;
    session->asked.push.count = event->item_count;
    hf_client_ask(session, update, &message, HF_CLIENT_WAIT_PUSHED);
}

static void on_pushed_stored(struct hf_session_client *session, struct hf_client_update *update)
{
    session->told.pushed += session->pending;
    session->pull_first = false;
    if (session->facts.unsent_seq <= session->asked.push.from_seq)
        fail_no_progress(session, update);
    else
        begin_push(session, update);
}

/* A catch-up that did not move would be asked for again without end. */
static bool catchup_stands_still(const struct hf_session_client *session)
{
    const struct hf_client_facts *facts = &session->facts;
    return facts->has_catchup && hf_id_equal(&facts->catchup_case, &session->asked.pull.case_id) &&
           facts->catchup_from <= session->asked.pull.cursor;
}

static void on_feed_stored(struct hf_session_client *session, struct hf_client_update *update)
{
    session->told.pulled += session->pending;
    if (session->asked.pull.one_case) {
        if (catchup_stands_still(session))
            fail_no_progress(session, update);
        else
            begin_catchup(session, update);
    } else if (!session->more) {
        begin_catchup(session, update);
    } else if (session->facts.cursor == session->asked.pull.cursor) {
        fail_no_progress(session, update); /* one that went back reads from there: another role reads more */
    } else {
        ask_pull(session, update, false);
    }
}

/* More than fits one HEAD waits for proof: go on while the office proves all that was asked for. */
static void on_head_stored(struct hf_session_client *session, struct hf_client_update *update)
{
    const struct hf_client_facts *facts = &session->facts;
    bool all_proved = session->pending == session->asked.range_count && session->pending > 0;
    if (all_proved && facts->range_count > 0 && facts->ranges[0].first != session->asked.ranges[0].first)
        ask_head(session, update);
    else
        hf_client_round_end(session, update);
}

static void on_purge_stored(struct hf_session_client *session, struct hf_client_update *update)
{
    const struct hf_client_facts *facts = &session->facts;
    if (facts->has_purge && hf_id_equal(&facts->purge_case, &session->asked.purge_case))
        fail_no_progress(session, update);
    else
        begin_catchup(session, update);
}

void hf_client_round_stored(struct hf_session_client *session, struct hf_client_update *update)
{
    if (session->phase == HF_CLIENT_WAIT_DRAFTS_STORED) {
        hf_client_drafts_stored(session, update);
        return;
    }
    HF_ASSERT(session->phase == HF_CLIENT_WAIT_PUSHED_STORED || session->phase == HF_CLIENT_WAIT_FEED_STORED ||
              session->phase == HF_CLIENT_WAIT_RESTART_STORED || session->phase == HF_CLIENT_WAIT_PURGE_STORED ||
              session->phase == HF_CLIENT_WAIT_HEAD_STORED);
    if (session->phase == HF_CLIENT_WAIT_PUSHED_STORED)
        on_pushed_stored(session, update);
    else if (session->phase == HF_CLIENT_WAIT_RESTART_STORED)
        hf_client_restart_stored(session, update);
    else if (session->phase == HF_CLIENT_WAIT_FEED_STORED)
        on_feed_stored(session, update);
    else if (session->phase == HF_CLIENT_WAIT_PURGE_STORED)
        on_purge_stored(session, update);
    else
        on_head_stored(session, update);
}

/* --- what the office answers --- */

/* Hands an answer to the caller and waits in `phase` until it is durable. */
static struct hf_client_action *store(struct hf_session_client *session, struct hf_client_update *update,
                                      enum hf_client_action_type type, enum hf_client_phase phase)
{
    session->phase = phase;
    struct hf_client_action *action = hf_client_act(update, type);
    action->message = &session->in;
    return action;
}

void hf_client_round_pushed(struct hf_session_client *session, struct hf_client_update *update)
{
    if (hf_client_check_pushed(&session->asked, &session->in, &session->err) != HF_OK) {
        hf_client_fail_with_err(session, update);
        return;
    }
    session->pending = session->in.as.pushed.count;
    hf_client_grow_log(session, session->in.as.pushed.results[session->pending - 1].index + 1);
    store(session, update, HF_CA_STORE_PUSHED, HF_CLIENT_WAIT_PUSHED_STORED);
}

void hf_client_round_feed(struct hf_session_client *session, struct hf_client_update *update)
{
    if (hf_client_check_feed(&session->asked, &session->in, &session->err) != HF_OK) {
        hf_client_fail_with_err(session, update);
        return;
    }
    session->pending = session->in.as.feed.item_count;
    session->more = session->in.as.feed.more;
    hf_client_grow_log(session, session->in.as.feed.next_cursor);
    store(session, update, HF_CA_STORE_FEED, HF_CLIENT_WAIT_FEED_STORED)->catchup = session->asked.pull.one_case;
}

void hf_client_round_head_is(struct hf_session_client *session, struct hf_client_update *update)
{
    if (hf_client_check_head(&session->asked, &session->in, &session->err) != HF_OK) {
        hf_client_fail_with_err(session, update);
        return;
    }
    session->pending = session->in.as.head_is.range_count;
    store(session, update, HF_CA_STORE_HEAD, HF_CLIENT_WAIT_HEAD_STORED);
}

void hf_client_round_purge_noted(struct hf_session_client *session, struct hf_client_update *update)
{
    session->pending = 0;
    store(session, update, HF_CA_STORE_PURGED, HF_CLIENT_WAIT_PURGE_STORED);
}
