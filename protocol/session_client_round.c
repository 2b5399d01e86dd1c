#include "protocol/session_client_round.h"

#include "core/base/assert.h"
#include "protocol/session_client_restart.h"
#include "protocol/session_client_shard.h"
#include "protocol/session_client_snapshot.h"

/* Of the changes that this round knows of. */
static bool has_unsent(const struct hf_session_client *session)
{
    return !session->outbox_empty && session->push_next < session->facts.next_seq;
}

static size_t open_of(const struct hf_session_client *session, enum hf_message_type type)
{
    size_t count = 0;
    for (size_t i = 0; i < session->open_count; i++)
        count += session->open[i].type == type;
    return count;
}

/* --- what is asked --- */

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
    session->asked.with_pushed = open_of(session, HF_MSG_PUSH) > 0;
    session->head_asked = true;
    session->head_due_ms = 0;

    struct hf_message message = {.type = HF_MSG_HEAD};
    message.as.head.old_size = facts->checkpoint_size;
    message.as.head.ranges = ranges;
    message.as.head.range_count = facts->range_count;
    message.as.head.with_pushed = session->asked.with_pushed;
    hf_client_ask(session, update, &message);
}

/* A checkpoint and its proofs are longer than a short change: while the connection stays one serves for all that comes
 * in a moment, and later still when nobody here waits for a receipt. */
static bool puts_head_off(struct hf_session_client *session)
{
    if (!session->stays || !session->was_done || hf_client_is_hand_in(session))
        return false;
    const bool own = session->facts.range_count > 0 || open_of(session, HF_MSG_PUSH) > 0;
    const uint64_t wait_ms = own ? HF_LIMIT_RECEIPT_AFTER_MS : HF_LIMIT_CHECKPOINT_AFTER_MS;
    if (session->head_due_ms == 0 || session->head_due_ms > session->now_ms + wait_ms)
        session->head_due_ms = session->now_ms + wait_ms;
    return session->now_ms < session->head_due_ms;
}

/* Something is to be proved, or the log is not the one that the device has a checkpoint of. */
static bool wants_head(const struct hf_session_client *session)
{
    const struct hf_client_facts *facts = &session->facts;
    if (!session->head_asked)
        return facts->range_count > 0 || open_of(session, HF_MSG_PUSH) > 0 ||
               session->told.log_size != facts->checkpoint_size;
    /* Again for what was not asked for yet, as long as each gets somewhere, and when the log has grown. */
    const bool more = facts->range_count > 0 && (session->asked_head.range_count == 0 ||
                                                 facts->ranges[0].first != session->asked_head.ranges[0].first);
    return more || session->told.log_size > session->head_covers;
}

/* True when it was asked for. */
static bool begin_head(struct hf_session_client *session, struct hf_client_update *update)
{
    const bool wanted = wants_head(session);
    if (!wanted && !session->head_asked)
        session->head_due_ms = 0;
    if (!wanted || puts_head_off(session))
        return false;
    ask_head(session, update);
    return true;
}

/* What came as a snapshot is not wanted from the general feed. */
static uint64_t feed_until(const struct hf_client_facts *facts, uint64_t cursor)
{
    return cursor < facts->past ? facts->past : 0;
}

static void ask_pull(struct hf_session_client *session, struct hf_client_update *update, bool one_case, uint64_t cursor)
{
    const struct hf_client_facts *facts = &session->facts;
    session->asked.pull.one_case = one_case;
    session->asked.pull.cursor = cursor;
    session->asked.pull.case_id = one_case ? facts->catchup_case : hf_id_zero();
    session->asked.pull.until = one_case ? facts->catchup_until : feed_until(facts, cursor);
    session->pulled |= !one_case;
    session->reads_on &= one_case;

    struct hf_message message = {.type = HF_MSG_PULL};
    message.as.pull.cursor = session->asked.pull.cursor;
    message.as.pull.one_case = one_case;
    message.as.pull.case_id = session->asked.pull.case_id;
    message.as.pull.until = session->asked.pull.until;
    hf_client_ask(session, update, &message);
}

static void ask_purged(struct hf_session_client *session, struct hf_client_update *update)
{
    struct hf_message message = {.type = HF_MSG_PURGED};
    session->asked.purge_case = session->facts.purge_case;
    message.as.purged.case_id = session->facts.purge_case;
    message.as.purged.changes = session->facts.purge_changes;
    hf_client_ask(session, update, &message);
}

/* Own changes move the cursor themselves when nothing of others lies before them. The first round believes the WELCOME;
 * with PUSHes, which may meet others' changes, the feed is asked for all the same: it costs no round trip. */
static bool nothing_to_pull(const struct hf_session_client *session)
{
    const bool just_told = session->rounds == 1 && open_of(session, HF_MSG_PUSH) == 0;
    return (just_told || (session->stays && session->was_done)) && !session->push_later &&
           session->told.log_size == session->facts.cursor;
}

static bool wants_pull(const struct hf_session_client *session)
{
    return !session->pulled && !hf_client_is_hand_in(session) && (session->reads_on || !nothing_to_pull(session));
}

/* --- the round --- */

void hf_client_round_end(struct hf_session_client *session, struct hf_client_update *update)
{
    if (session->push_later) {
        session->push_later = session->outbox_empty = false;
        session->again = true;
    }
    if (session->again || has_unsent(session)) {
        hf_client_round_begin(session, update);
        return;
    }
    if (hf_client_attach_begin(session, update))
        return;
    session->phase = HF_CLIENT_IDLE;
    session->was_done = true;
    hf_client_act(update, HF_CA_DONE)->hand_in = hf_client_is_hand_in(session);
    hf_client_refused_tell(session, update);
}

/* All pushes are under way: what does not depend on their answers goes with them. */
static void ask_tail(struct hf_session_client *session, struct hf_client_update *update)
{
    session->tail_asked = true;
    if (hf_client_snapshot_begin(session, update))
        return; /* it moves cursor and checkpoint: the rest follows */
    if (wants_pull(session))
        ask_pull(session, update, false, session->facts.cursor);
    if (session->phase != HF_CLIENT_FAILED)
        (void)begin_head(session, update);
    if (session->phase != HF_CLIENT_FAILED && !session->facts.has_catchup)
        (void)hf_client_drafts_begin(session, update);
}

/* All is answered. What the answers made necessary, one after the other. */
static void ask_rest(struct hf_session_client *session, struct hf_client_update *update)
{
    const bool reads = !hf_client_is_hand_in(session);
    if (hf_client_snapshot_begin(session, update))
        return;
    if (wants_pull(session))
        ask_pull(session, update, false, session->facts.cursor);
    else if (reads && session->facts.has_catchup)
        ask_pull(session, update, true, session->facts.catchup_from);
    else if (reads && session->facts.has_purge)
        ask_purged(session, update);
    else if (!begin_head(session, update) && session->phase != HF_CLIENT_FAILED &&
             !hf_client_drafts_begin(session, update))
        hf_client_round_end(session, update);
}

/* A change of a case that was erased cannot be rebuilt by anybody: what this device reads now tells it so. */
static void pull_first(struct hf_session_client *session, struct hf_client_update *update)
{
    session->pull_first = session->push_later = session->outbox_empty = true;
    session->tail_asked = session->pulled = false;
    hf_client_round_go_on(session, update);
}

static void changed_plan(struct hf_session_client *session, struct hf_client_update *update)
{
    const enum hf_client_then then = session->then;
    session->then = HF_CLIENT_THEN_NOTHING;
    if (then == HF_CLIENT_THEN_RESTART)
        hf_client_restart_begin(session, update);
    else
        pull_first(session, update);
}

static void want_outbox(struct hf_session_client *session, struct hf_client_update *update)
{
    session->phase = HF_CLIENT_WAIT_OUTBOX;
    hf_client_act(update, HF_CA_WANT_OUTBOX)->from_seq = session->push_next;
}

void hf_client_round_go_on(struct hf_session_client *session, struct hf_client_update *update)
{
    session->phase = HF_CLIENT_WAIT_REPLY;
    if (session->then != HF_CLIENT_THEN_NOTHING) {
        if (session->open_count == 0)
            changed_plan(session, update);
        return;
    }
    if (!session->tail_asked && has_unsent(session)) {
        if (open_of(session, HF_MSG_PUSH) < HF_LIMIT_PUSH_WINDOW)
            want_outbox(session, update);
        return;
    }
    if (!session->tail_asked)
        ask_tail(session, update);
    if (session->phase == HF_CLIENT_WAIT_REPLY && session->open_count == 0)
        ask_rest(session, update);
}

static void start_anew(struct hf_session_client *session)
{
    session->again = session->tail_asked = session->pulled = session->head_asked = false;
    session->push_next = session->facts.unsent_seq;
    session->drafts_rounds = 0;
    session->rounds += session->rounds < 2;
}

void hf_client_round_begin(struct hf_session_client *session, struct hf_client_update *update)
{
    start_anew(session);
    hf_client_round_go_on(session, update);
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
    session->outbox_empty = event->item_count == 0;
    if (event->item_count > 0) {
        struct hf_message message = {.type = HF_MSG_PUSH};
        message.as.push.items = event->items;
        message.as.push.count = event->item_count;
        session->asked.push.from_seq = session->push_next;
        session->asked.push.count = event->item_count;
        session->push_next += event->item_count;
        hf_client_ask(session, update, &message);
    }
    if (session->phase != HF_CLIENT_FAILED)
        hf_client_round_go_on(session, update);
}

static bool pushed_nothing(const struct hf_session_client *session)
{
    return session->facts.unsent_seq <= session->asked.push.from_seq;
}

/* A catch-up that did not move would be asked for again without end. */
static bool catchup_stands_still(const struct hf_session_client *session)
{
    const struct hf_client_facts *facts = &session->facts;
    return facts->has_catchup && hf_id_equal(&facts->catchup_case, &session->asked.pull.case_id) &&
           facts->catchup_from <= session->asked.pull.cursor;
}

/* A cursor that went back reads from there: another role reads more. From the beginning, it asks for more. */
static bool feed_stands_still(const struct hf_session_client *session)
{
    if (session->asked.pull.one_case)
        return catchup_stands_still(session);
    return session->more && session->facts.cursor == session->asked.pull.cursor &&
           feed_until(&session->facts, session->facts.cursor) == session->asked.pull.until;
}

static bool purge_stands_still(const struct hf_session_client *session)
{
    const struct hf_client_facts *facts = &session->facts;
    return facts->has_purge && hf_id_equal(&facts->purge_case, &session->asked.purge_case);
}

void hf_client_round_stored(struct hf_session_client *session, struct hf_client_update *update)
{
    bool stands_still = false;
    switch (session->phase) {
    case HF_CLIENT_WAIT_DRAFTS_STORED:
    case HF_CLIENT_WAIT_HEAD_STORED:
        break;
    case HF_CLIENT_WAIT_ATTACH_STORED:
        hf_client_attach_stored(session, update);
        return;
    case HF_CLIENT_WAIT_SHARD_STORED:
    case HF_CLIENT_WAIT_HANDED_ON_STORED:
        hf_client_shard_stored(session, update);
        return;
    case HF_CLIENT_WAIT_RESTART_STORED:
        hf_client_restart_stored(session, update);
        return;
    case HF_CLIENT_WAIT_PUSHED_STORED:
        session->told.pushed += session->pending;
        session->pull_first = false;
        stands_still = pushed_nothing(session);
        break;
    case HF_CLIENT_WAIT_FEED_STORED:
        session->told.pulled += session->pending;
        stands_still = feed_stands_still(session);
        break;
    case HF_CLIENT_WAIT_SNAPSHOT_STORED:
        session->told.pulled += session->pending;
        stands_still = hf_client_snapshot_stands_still(session);
        break;
    case HF_CLIENT_WAIT_REFUSED_STORED:
        stands_still = hf_client_refused_stands_still(session);
        break;
    case HF_CLIENT_WAIT_PURGE_STORED:
        stands_still = purge_stands_still(session);
        break;
    default:
        HF_ASSERT(false);
    }
    if (stands_still)
        fail_no_progress(session, update);
    else
        hf_client_round_go_on(session, update);
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

static void note_pushed(struct hf_client_span *span, const struct hf_msg_pushed *results, size_t count)
{
    if (!span->any || results[0].index < span->first)
        span->first = results[0].index;
    if (!span->any || results[count - 1].index > span->last)
        span->last = results[count - 1].index;
    span->any = true;
}

void hf_client_round_pushed(struct hf_session_client *session, struct hf_client_update *update)
{
    const struct hf_msg_pushed *results = session->in.as.pushed.results;
    if (hf_client_check_pushed(&session->asked, &session->in, &session->err) != HF_OK) {
        hf_client_fail_with_err(session, update);
        return;
    }
    session->pending = session->in.as.pushed.count;
    note_pushed(&session->pushed, results, session->pending);
    hf_client_grow_log(session, results[session->pending - 1].index + 1);
    store(session, update, HF_CA_STORE_PUSHED, HF_CLIENT_WAIT_PUSHED_STORED);
}

void hf_client_round_feed(struct hf_session_client *session, struct hf_client_update *update)
{
    const bool general = !session->asked.pull.one_case;
    if (hf_client_check_feed(&session->asked, &session->in, &session->err) != HF_OK) {
        hf_client_fail_with_err(session, update);
        return;
    }
    if (general && session->asked.pull.cursor > session->facts.cursor) { /* it went back meanwhile */
        session->pulled = false;
        hf_client_round_go_on(session, update);
        return;
    }
    const uint64_t next_cursor = session->in.as.feed.next_cursor;
    session->pending = session->in.as.feed.item_count;
    session->more = session->in.as.feed.more;
    hf_client_grow_log(session, next_cursor);
    if (general && session->more) { /* the office gathers the next while this is being stored */
        const struct hf_client_asked asked = session->asked;
        ask_pull(session, update, false, next_cursor);
        session->asked = asked;
    }
    if (session->phase != HF_CLIENT_FAILED)
        store(session, update, HF_CA_STORE_FEED, HF_CLIENT_WAIT_FEED_STORED)->catchup = !general;
}

/* A round whose feed came unasked. */
void hf_client_round_live(struct hf_session_client *session, struct hf_client_update *update)
{
    start_anew(session);
    session->asked.pull.one_case = false;
    session->asked.pull.cursor = session->in.as.feed.from;
    session->pending = session->in.as.feed.item_count;
    session->more = false;
    hf_client_grow_log(session, session->in.as.feed.next_cursor);
    store(session, update, HF_CA_STORE_FEED, HF_CLIENT_WAIT_FEED_STORED)->catchup = false;
}

void hf_client_round_head_is(struct hf_session_client *session, struct hf_client_update *update)
{
    if (hf_client_check_head(&session->asked, &session->in, &session->err) != HF_OK) {
        hf_client_fail_with_err(session, update);
        return;
    }
    session->asked_head = session->asked;
    session->head_covers = session->told.log_size;
    session->pushed.any = false;
    store(session, update, HF_CA_STORE_HEAD, HF_CLIENT_WAIT_HEAD_STORED);
}

void hf_client_round_purge_noted(struct hf_session_client *session, struct hf_client_update *update)
{
    session->pending = 0;
    store(session, update, HF_CA_STORE_PURGED, HF_CLIENT_WAIT_PURGE_STORED);
}
