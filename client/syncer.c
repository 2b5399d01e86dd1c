#include "client/syncer.h"

#include "client/attach_lane.h"
#include "client/changed.h"
#include "client/clock.h"
#include "client/outbox_load.h"
#include "core/base/assert.h"
#include "core/base/mutant.h"
#include "core/replica/draft_sync.h"
#include "core/replica/lease.h"
#include "core/replica/shard.h"
#include "core/replica/snapshot.h"

#include <stdlib.h>
#include <string.h>

_Static_assert(HF_LIMIT_LEASE_DAYS == HF_LEASE_DAYS_MAX, "a lease that may be told is one that may be kept");
#define LEASE_AGAIN_MS 60000 /* a connection that stays renews it no more often: each time is a write to the disk */

_Static_assert(HF_FACT_RANGES_MAX <= HF_LIMIT_HEAD_RANGES, "every range that the replica names fits one HEAD");

struct hf_syncer {
    struct hf_replica *replica;
    struct hf_syncer_hooks hooks;
    struct hf_session_client *session;
    enum hf_syncer_state state;
    struct hf_error err;
    uint64_t wake_ms;
    uint64_t started_ms; /* monotonic; HELLO went out then */
    struct hf_syncer_now now;
    bool welcomed;
    bool stays;
    bool leased;
    uint64_t leased_ms; /* monotonic */
    enum hf_mode mode;
    int64_t clock_offset_ms;
    uint32_t lease_days; /* as the WELCOME says */

    /* What the next event of the session borrows. */
    struct hf_client_facts facts;
    struct hf_error answer_err;
    uint64_t erased; /* of what was sent: about cases that are no more */
    uint64_t pages;  /* of the read log, among what was sent */
    struct hf_outbox_load outbox;
    bool drafts_asked; /* on this channel */
    struct hf_drafts_out drafts;
    struct hf_msg_drafts drafts_message; /* borrows from drafts */
    struct hf_changed changed;
    struct hf_attach_lane lane;
    bool attaching; /* nothing but attachments is left to do */
};

enum hf_status hf_syncer_new(struct hf_replica *replica, const struct hf_syncer_hooks *hooks, struct hf_syncer **out)
{
    struct hf_syncer *syncer = calloc(1, sizeof *syncer);
    if (!syncer)
        return HF_ERR_NOMEM;
    enum hf_status status = hf_session_client_new(&syncer->session);
    if (status != HF_OK) {
        free(syncer);
        return status;
    }
    syncer->replica = replica;
    syncer->hooks = *hooks;
    syncer->wake_ms = UINT64_MAX;
    hf_attach_lane_begin(&syncer->lane);
    *out = syncer;
    return HF_OK;
}

void hf_syncer_free(struct hf_syncer *syncer)
{
    if (!syncer)
        return;
    hf_session_client_free(syncer->session);
    hf_outbox_load_begin(&syncer->outbox);
    hf_drafts_out_clear(&syncer->drafts);
    hf_attach_lane_end(&syncer->lane);
    hf_wipe(syncer, sizeof *syncer);
    free(syncer);
}

static void fail(struct hf_syncer *syncer, enum hf_status status, const char *text)
{
    if (syncer->state == HF_SYNCER_FAILED)
        return;
    syncer->state = HF_SYNCER_FAILED;
    syncer->wake_ms = UINT64_MAX;
    (void)hf_error_set(&syncer->err, status, "%s", text && text[0] != '\0' ? text : hf_status_text(status));
}

/* --- facts --- */

static enum hf_status take_facts(struct hf_syncer *syncer)
{
    struct hf_sync_facts facts;
    struct hf_snapshot_want want;
    bool drafts_pending = false, drafts_held = false, attach_due = false;
    uint64_t hand_on = 0;
    enum hf_status status = hf_replica_facts(syncer->replica, &facts);
    if (status == HF_OK)
        status = hf_replica_snapshot_want(syncer->replica, &want);
    if (status == HF_OK)
        status = hf_replica_drafts_pending(syncer->replica, &drafts_pending, NULL);
    if (status == HF_OK && !syncer->drafts_asked)
        status = hf_replica_drafts_held(syncer->replica, &drafts_held, NULL);
    if (status == HF_OK)
        status = hf_attach_lane_due(&syncer->lane, syncer->replica, syncer->mode == HF_MODE_HAND_IN, &attach_due, NULL);
    if (status == HF_OK)
        status = hf_replica_hand_on_left(syncer->replica, &hand_on);
    if (status != HF_OK)
        return status;
    struct hf_client_facts *out = &syncer->facts;
    *out = (struct hf_client_facts){.incarnation = facts.incarnation,
                                    .next_seq = facts.next_seq,
                                    .unsent_seq = facts.unsent_seq,
                                    .cursor = facts.cursor,
                                    .has_catchup = facts.has_catchup,
                                    .catchup_case = facts.catchup_case,
                                    .catchup_from = facts.catchup_from,
                                    .catchup_until = facts.catchup_until,
                                    .past = want.past,
                                    .snapshot_due = want.due,
                                    .snapshot_one = want.one,
                                    .snapshot_case = want.case_id,
                                    .snapshot_least = want.least,
                                    .snapshot_noted = want.noted,
                                    .snapshot_at = want.at,
                                    .has_purge = facts.has_purge,
                                    .purge_case = facts.purge_case,
                                    .purge_changes = facts.purge_changes,
                                    .damaged = facts.damaged,
                                    .checkpoint_size = facts.checkpoint_size,
                                    .clock_ms = hf_clock_ms(hf_clock_tick(facts.clock, syncer->now.wall_ms)),
                                    .range_count = facts.range_count,
                                    .shard = hf_replica_identity(syncer->replica)->shard,
                                    .hand_on_due = hand_on > 0,
                                    .attach_due = attach_due,
                                    .known = hf_certificate_known(hf_replica_identity(syncer->replica)),
                                    .drafts_due = drafts_pending || (drafts_held && !syncer->drafts_asked),
                                    .drafts_unasked = !syncer->drafts_asked};
    memcpy(out->device, facts.device, sizeof out->device);
    memcpy(out->head, facts.head, sizeof out->head);
    for (size_t i = 0; i < facts.range_count; i++) {
        out->ranges[i].first = facts.ranges[i].first;
        out->ranges[i].count = facts.ranges[i].count;
    }
    return HF_OK;
}

/* --- the outbox --- */

static bool take_item(void *ctx, const struct hf_item *item)
{
    struct hf_syncer *syncer = ctx;
    struct hf_item whole = *item;
    if (syncer->mode != HF_MODE_NORMAL &&
        !HF_MUTANT(HAND_IN_SHORT)) /* it reads nothing any more, not even that a case and its key are gone */
        whole.form = HF_ITEM_WHOLE;
    return hf_outbox_load_add(&syncer->outbox, &whole);
}

static enum hf_status collect_hand_on(struct hf_syncer *syncer)
{
    hf_outbox_load_begin(&syncer->outbox);
    enum hf_status status = hf_replica_hand_on(syncer->replica, take_item, syncer);
    return status == HF_OK ? hf_outbox_load_end(&syncer->outbox) : status;
}

static enum hf_status store_handed_on(struct hf_syncer *syncer, const struct hf_message *message)
{
    const size_t count = message->as.pushed.count;
    struct hf_pushed *results = calloc(count + 1, sizeof *results);
    if (!results)
        return HF_ERR_NOMEM;
    for (size_t i = 0; i < count; i++) {
        const struct hf_msg_pushed *from = &message->as.pushed.results[i];
        results[i] = (struct hf_pushed){.seq = from->seq, .index = from->index, .hold = from->hold};
    }
    enum hf_status status = hf_replica_store_handed_on(syncer->replica, results, count, &syncer->answer_err);
    free(results);
    return status;
}

static enum hf_status collect_outbox(struct hf_syncer *syncer, uint64_t from_seq)
{
    hf_outbox_load_begin(&syncer->outbox);
    enum hf_status status = hf_replica_outbox(syncer->replica, from_seq, take_item, syncer);
    return status == HF_OK ? hf_outbox_load_end(&syncer->outbox) : status;
}

/* --- storing --- */

struct noting {
    struct hf_syncer *syncer;
    size_t left;
};

static bool note_item(void *ctx, const struct hf_item *item)
{
    struct noting *noting = ctx;
    struct hf_leaf leaf;
    /* A page of the read log is no work of the person: it is sent and not counted. */
    noting->syncer->pages += hf_leaf_decode(item->leaf, &leaf) == HF_OK && leaf.kind == HF_LEAF_READ;
    hf_changed_pushed(&noting->syncer->changed, item);
    return --noting->left > 0;
}

/* The outbox holds later changes by now. */
static enum hf_status note_pushed(struct hf_syncer *syncer, uint64_t from_seq, size_t count)
{
    struct noting noting = {.syncer = syncer, .left = count};
    return syncer->hooks.changed ? hf_replica_outbox(syncer->replica, from_seq, note_item, &noting) : HF_OK;
}

static enum hf_status store_pushed(struct hf_syncer *syncer, const struct hf_message *message)
{
    const size_t count = message->as.pushed.count;
    struct hf_pushed *results = calloc(count, sizeof *results);
    if (!results)
        return HF_ERR_NOMEM;
    for (size_t i = 0; i < count; i++) {
        const struct hf_msg_pushed *from = &message->as.pushed.results[i];
        results[i] = (struct hf_pushed){.seq = from->seq, .index = from->index, .hold = from->hold};
        syncer->erased += from->hold == HF_HOLD_ERASED;
    }
    enum hf_status status = hf_replica_store_pushed(syncer->replica, results, count, &syncer->answer_err);
    if (status == HF_OK)
        status = note_pushed(syncer, results[0].seq, count);
    free(results);
    return status;
}

static enum hf_status store_restarted(struct hf_syncer *syncer, const struct hf_message *message)
{
    const size_t count = message->as.restarted.count;
    struct hf_pushed *results = calloc(count + 1, sizeof *results); /* + 1: none is not an error */
    if (!results)
        return HF_ERR_NOMEM;
    for (size_t i = 0; i < count; i++) {
        const struct hf_msg_pushed *from = &message->as.restarted.results[i];
        results[i] = (struct hf_pushed){.seq = from->seq, .index = from->index, .hold = from->hold};
    }
    const struct hf_restart_answer answer = {.incarnation = message->as.restarted.incarnation,
                                             .results = results,
                                             .count = count,
                                             .shown = message->as.restarted.leaf,
                                             .place = message->as.restarted.place};
    enum hf_status status = hf_replica_restart(syncer->replica, &answer, syncer->now.wall_ms, &syncer->answer_err);
    free(results);
    return status;
}

static enum hf_status store_feed(struct hf_syncer *syncer, const struct hf_client_action *action)
{
    const struct hf_message *message = action->message;
    const struct hf_feed feed = {.keys = message->as.feed.keys,
                                 .key_count = message->as.feed.key_count,
                                 .items = message->as.feed.items,
                                 .item_count = message->as.feed.item_count,
                                 .catchup = action->catchup,
                                 .next_cursor = message->as.feed.next_cursor};
    enum hf_status status = hf_replica_store_feed(syncer->replica, &feed, syncer->now.wall_ms, &syncer->answer_err);
    for (size_t i = 0; status == HF_OK && i < feed.item_count; i++)
        hf_changed_fed(&syncer->changed, syncer->replica, &feed.items[i]);
    if (status == HF_OK && !feed.catchup && !message->as.feed.more) {
        size_t purged = 0;
        status = hf_replica_purge_ready(syncer->replica, &purged, &syncer->answer_err);
    }
    return status;
}

static enum hf_status store_snapshot(struct hf_syncer *syncer, const struct hf_client_action *action)
{
    const struct hf_snapshot_part *part = &action->message->as.snapshot_is;
    enum hf_status status =
        hf_replica_store_snapshot(syncer->replica, part, action->catchup, syncer->now.wall_ms, &syncer->answer_err);
    for (size_t i = 0; status == HF_OK && i < part->case_count; i++)
        hf_changed_case(&syncer->changed, &part->cases[i].case_id);
    return status;
}

static enum hf_status store_head(struct hf_syncer *syncer, const struct hf_message *message)
{
    const size_t count = message->as.head_is.range_count;
    struct hf_range_proof *ranges = calloc(count + 1, sizeof *ranges); /* + 1: none is not an error */
    if (!ranges)
        return HF_ERR_NOMEM;
    for (size_t i = 0; i < count; i++) {
        const struct hf_msg_range *from = &message->as.head_is.ranges[i];
        ranges[i].range = (struct hf_range){.first = from->first, .count = from->count};
        ranges[i].proof = from->proof;
    }
    enum hf_status status =
        hf_replica_store_head(syncer->replica, message->as.head_is.note, &message->as.head_is.consistency, ranges,
                              count, syncer->now.wall_ms, &syncer->answer_err);
    free(ranges);
    return status;
}

/* --- drafts --- */

static enum hf_status collect_drafts(struct hf_syncer *syncer)
{
    hf_drafts_out_clear(&syncer->drafts);
    enum hf_status status = hf_replica_drafts_out(syncer->replica, HF_LIMIT_DRAFTS, HF_LIMIT_DRAFTS_BYTES,
                                                  &syncer->drafts, &syncer->answer_err);
    const struct hf_drafts_out *out = &syncer->drafts;
    syncer->drafts_message = (struct hf_msg_drafts){.items = out->items,
                                                    .item_count = out->item_count,
                                                    .ended = out->ended,
                                                    .ended_count = out->ended_count,
                                                    .held = out->held,
                                                    .held_count = out->held_count};
    return status;
}

static enum hf_status store_drafts(struct hf_syncer *syncer, const struct hf_message *message)
{
    const struct hf_msg_drafts *said = &message->as.drafts;
    const struct hf_drafts_in in = {.results = said->results,
                                    .result_count = said->result_count,
                                    .items = said->items,
                                    .item_count = said->item_count,
                                    .gone = said->gone,
                                    .gone_count = said->gone_count,
                                    .ended = said->ended,
                                    .ended_count = said->ended_count};
    enum hf_status status = hf_replica_drafts_in(syncer->replica, &syncer->drafts, &in, &syncer->answer_err);
    syncer->drafts_asked = status == HF_OK;
    return status;
}

/* --- welcome --- */

static void on_welcomed(struct hf_syncer *syncer, const struct hf_message *message)
{
    struct hf_error err = {0};
    enum hf_status status = hf_certificate_take(syncer->replica, message->as.welcome.certificate, &err);
    if (status != HF_OK) {
        fail(syncer, status, err.text);
        return;
    }
    syncer->welcomed = true;
    syncer->mode = message->as.welcome.mode;
    syncer->clock_offset_ms =
        hf_clock_measure(message->as.welcome.server_ms, syncer->now.wall_ms, syncer->now.mono_ms - syncer->started_ms);
    syncer->lease_days = message->as.welcome.lease_days;
    status = hf_clock_keep(syncer->replica, syncer->clock_offset_ms, syncer->now.wall_ms, &err);
    if (status != HF_OK)
        fail(syncer, status, err.text);
}

/* The lease begins anew, as long as the office says. A device that was revoked only hands in: its lease runs out. */
static enum hf_status renew_lease(struct hf_syncer *syncer, struct hf_error *err)
{
    if (syncer->mode != HF_MODE_NORMAL || (syncer->leased && syncer->now.mono_ms < syncer->leased_ms + LEASE_AGAIN_MS))
        return HF_OK;
    syncer->leased = true;
    syncer->leased_ms = syncer->now.mono_ms;
    return hf_replica_lease_renew(syncer->replica, syncer->lease_days, syncer->now.wall_ms, err);
}

/* Everything but attachments is in sync: a long film does not put the lease off. */
static enum hf_status attach_next(struct hf_syncer *syncer, const struct hf_client_action *action,
                                  struct hf_client_event *out)
{
    enum hf_status status = renew_lease(syncer, &syncer->answer_err);
    if (status != HF_OK)
        return status;
    syncer->attaching = true;
    return hf_attach_lane_next(&syncer->lane, syncer->replica, action, out, &syncer->answer_err);
}

static void on_done(struct hf_syncer *syncer)
{
    struct hf_error err = {0};
    enum hf_status status = renew_lease(syncer, &err);
    syncer->attaching = false;
    if (status == HF_OK)
        syncer->state = HF_SYNCER_DONE;
    else
        fail(syncer, status, err.text);
}

/* The standing that the server tells becomes this device's own: confirmed, or revoked. */
static void keep_standing(struct hf_syncer *syncer)
{
    const struct hf_identity *now = hf_replica_identity(syncer->replica);
    enum hf_identity_state state = now->state;
    if (syncer->mode == HF_MODE_HAND_IN)
        state = HF_IDENTITY_REVOKED;
    else if (syncer->mode == HF_MODE_NORMAL && now->state == HF_IDENTITY_PENDING)
        state = HF_IDENTITY_ENROLLED;
    if (state == now->state)
        return;
    struct hf_error err = {0};
    enum hf_status status = HF_ERR_NOMEM;
    struct hf_identity *next = hf_secret_alloc(sizeof *next);
    if (next) {
        *next = *now;
        next->state = state;
        status = hf_replica_identity_put(syncer->replica, next, &err);
        hf_secret_free(next);
    }
    if (status != HF_OK)
        fail(syncer, status, err.text);
}

/* --- actions --- */

/* True when the action asked for an answer, which is then in *out. */
static bool answer(struct hf_syncer *syncer, const struct hf_client_action *action, struct hf_client_event *out)
{
    enum hf_status status = HF_OK;
    bool outbox = action->type == HF_CA_WANT_OUTBOX;
    bool drafts = action->type == HF_CA_WANT_DRAFTS;
    bool attach = action->type == HF_CA_WANT_ATTACH;
    bool hand_on = action->type == HF_CA_WANT_HAND_ON;
    struct hf_client_event chunks = {0};
    syncer->answer_err = (struct hf_error){0};
    if (outbox)
        status = collect_outbox(syncer, action->from_seq);
    else if (hand_on)
        status = collect_hand_on(syncer);
    else if (action->type == HF_CA_STORE_SHARD)
        status = hf_certificate_take_shard(syncer->replica, action->message->as.welcome.certificate,
                                           syncer->now.wall_ms, &syncer->answer_err);
    else if (action->type == HF_CA_STORE_HANDED_ON)
        status = store_handed_on(syncer, action->message);
    else if (drafts)
        status = collect_drafts(syncer);
    else if (attach)
        status = attach_next(syncer, action, &chunks);
    else if (action->type == HF_CA_STORE_ATTACH)
        status = hf_attach_lane_store(&syncer->lane, syncer->replica, action->message, &syncer->answer_err);
    else if (action->type == HF_CA_STORE_DRAFTS)
        status = store_drafts(syncer, action->message);
    else if (action->type == HF_CA_STORE_PUSHED)
        status = store_pushed(syncer, action->message);
    else if (action->type == HF_CA_STORE_FEED)
        status = store_feed(syncer, action);
    else if (action->type == HF_CA_STORE_SNAPSHOT)
        status = store_snapshot(syncer, action);
    else if (action->type == HF_CA_STORE_HEAD)
        status = store_head(syncer, action->message);
    else if (action->type == HF_CA_STORE_RESTARTED)
        status = store_restarted(syncer, action->message);
    else if (action->type == HF_CA_STORE_PURGED)
        status = hf_replica_purge_noted(syncer->replica, &syncer->facts.purge_case, &syncer->answer_err);
    else
        return false;
    if (status == HF_OK && !outbox && !drafts && !attach && !hand_on)
        status = take_facts(syncer);

    *out = (struct hf_client_event){.type = outbox    ? HF_CE_OUTBOX
                                            : drafts  ? HF_CE_DRAFTS
                                            : attach  ? HF_CE_ATTACH
                                            : hand_on ? HF_CE_HAND_ON
                                                      : HF_CE_STORED,
                                    .now_ms = syncer->now.mono_ms,
                                    .facts = &syncer->facts,
                                    .items = syncer->outbox.items,
                                    .item_count = syncer->outbox.count,
                                    .drafts = &syncer->drafts_message,
                                    .attach = chunks.attach,
                                    .attach_put = chunks.attach_put};
    if (status != HF_OK) {
        out->type = HF_CE_FAILED;
        out->status = status;
        out->text = syncer->answer_err.text[0] != '\0' ? syncer->answer_err.text : hf_status_text(status);
    }
    return true;
}

static void on_news(struct hf_syncer *syncer, const struct hf_message *message)
{
    struct hf_error err = {0};
    if (message->type != HF_MSG_NEWS || !message->as.news.whole)
        return;
    enum hf_status status = hf_attach_lane_whole(&syncer->lane, syncer->replica, &message->as.news.attachment, &err);
    if (status != HF_OK)
        fail(syncer, status, err.text);
}

static void act(struct hf_syncer *syncer, const struct hf_client_action *action)
{
    enum hf_status status;
    switch (action->type) {
    case HF_CA_SEND:
        status = syncer->hooks.send(syncer->hooks.ctx, action->bytes);
        if (status != HF_OK)
            fail(syncer, status, NULL);
        break;
    case HF_CA_WELCOMED:
        on_welcomed(syncer, action->message);
        break;
    case HF_CA_DONE:
        on_done(syncer);
        break;
    case HF_CA_FAIL:
        fail(syncer, action->status, action->text);
        break;
    case HF_CA_NEWS: /* who stays sees by the log size that there is more, who does not syncs again when they like */
        on_news(syncer, action->message);
        break;
    default:
        break;
    }
}

static bool gives_up(const struct hf_client_update *update)
{
    for (size_t i = 0; i < update->count; i++)
        if (update->actions[i].type == HF_CA_FAIL)
            return true;
    return false;
}

/* A standing counts only from a server whose view of this device the session could square with its own. True when the
 * session was asked something back: *out is the answer to give it. */
static bool run_update(struct hf_syncer *syncer, const struct hf_client_update *update, struct hf_client_event *out)
{
    bool again = false;
    for (size_t i = 0; i < update->count && syncer->state != HF_SYNCER_FAILED; i++) {
        const struct hf_client_action *action = &update->actions[i];
        if (answer(syncer, action, out))
            again = true;
        else
            act(syncer, action);
        if (action->type == HF_CA_WELCOMED && syncer->state != HF_SYNCER_FAILED && !gives_up(update))
            keep_standing(syncer);
    }
    return again && syncer->state != HF_SYNCER_FAILED;
}

static void tell(struct hf_syncer *syncer)
{
    if (syncer->hooks.changed)
        hf_changed_tell(&syncer->changed, syncer->hooks.changed, syncer->hooks.ctx);
    syncer->changed.count = 0;
}

static void run(struct hf_syncer *syncer, struct hf_client_event event, struct hf_syncer_now now)
{
    struct hf_client_update update;
    bool again = true;
    if (syncer->state == HF_SYNCER_FAILED)
        return;
    syncer->now = now;
    event.now_ms = now.mono_ms;
    while (again) {
        hf_session_client_step(syncer->session, &event, &update);
        syncer->wake_ms = update.wake_ms;
        again = run_update(syncer, &update, &event);
        tell(syncer);
    }
    if (syncer->state == HF_SYNCER_FAILED)
        syncer->wake_ms = UINT64_MAX;
}

void hf_syncer_stay(struct hf_syncer *syncer)
{
    HF_ASSERT(syncer->state == HF_SYNCER_NEW);
    syncer->stays = true;
    hf_session_client_stay(syncer->session);
}

/* News that came while a round was under way, or after it. */
static bool has_more(const struct hf_syncer *syncer)
{
    struct hf_client_progress progress;
    hf_session_client_progress(syncer->session, &progress);
    return syncer->mode == HF_MODE_NORMAL && progress.log_size > syncer->facts.cursor;
}

static void go_round(struct hf_syncer *syncer, struct hf_syncer_now now)
{
    syncer->state = HF_SYNCER_RUNNING;
    run(syncer, (struct hf_client_event){.type = HF_CE_LOCAL, .facts = &syncer->facts}, now);
}

/* While chunks are on their way: what was saved meanwhile goes before the next of them. */
static void poke_attaching(struct hf_syncer *syncer, struct hf_syncer_now now)
{
    struct hf_sync_facts facts;
    enum hf_status status = hf_replica_facts(syncer->replica, &facts);
    if (status != HF_OK)
        fail(syncer, status, NULL);
    else if (facts.next_seq != syncer->facts.next_seq) {
        status = take_facts(syncer);
        if (status == HF_OK)
            run(syncer, (struct hf_client_event){.type = HF_CE_LOCAL, .facts = &syncer->facts}, now);
        else
            fail(syncer, status, NULL);
    }
}

void hf_syncer_poke(struct hf_syncer *syncer, struct hf_syncer_now now)
{
    size_t purged = 0;
    if (syncer->state == HF_SYNCER_RUNNING && syncer->attaching) {
        poke_attaching(syncer, now);
        return;
    }
    if (syncer->state != HF_SYNCER_DONE || !syncer->stays)
        return;
    struct hf_error err = {0};
    enum hf_status status = hf_replica_purge_ready(syncer->replica, &purged, &err);
    if (status == HF_OK)
        status = hf_attach_lane_again(&syncer->lane, syncer->replica, now.mono_ms, &err);
    if (status == HF_OK)
        status = take_facts(syncer);
    if (status != HF_OK)
        fail(syncer, status, err.text);
    else if (syncer->facts.unsent_seq < syncer->facts.next_seq || syncer->facts.has_purge ||
             syncer->facts.has_catchup || syncer->facts.drafts_due || syncer->facts.attach_due || has_more(syncer))
        go_round(syncer, now);
}

void hf_syncer_moving(struct hf_syncer *syncer, struct hf_syncer_now now)
{
    if (syncer->state != HF_SYNCER_NEW)
        run(syncer, (struct hf_client_event){.type = HF_CE_MOVING}, now);
}

void hf_syncer_check(struct hf_syncer *syncer, struct hf_syncer_now now)
{
    if (syncer->state == HF_SYNCER_DONE)
        run(syncer, (struct hf_client_event){.type = HF_CE_CHECK}, now);
}

void hf_syncer_start(struct hf_syncer *syncer, struct hf_syncer_now now)
{
    HF_ASSERT(syncer->state == HF_SYNCER_NEW);
    syncer->now = now;
    enum hf_status status = take_facts(syncer);
    if (status != HF_OK) {
        fail(syncer, status, NULL);
        return;
    }
    syncer->state = HF_SYNCER_RUNNING;
    syncer->started_ms = now.mono_ms;
    run(syncer, (struct hf_client_event){.type = HF_CE_START, .facts = &syncer->facts}, now);
}

/* True when an attachment that became whole at the office is to be fetched. */
static bool has_chunks(struct hf_syncer *syncer)
{
    if (!syncer->lane.told)
        return false;
    syncer->lane.told = false;
    const enum hf_status status = take_facts(syncer);
    if (status != HF_OK)
        fail(syncer, status, NULL);
    return status == HF_OK && syncer->facts.attach_due;
}

void hf_syncer_message(struct hf_syncer *syncer, struct hf_slice message, struct hf_syncer_now now)
{
    run(syncer, (struct hf_client_event){.type = HF_CE_MESSAGE, .bytes = message}, now);
    if (syncer->stays && syncer->state == HF_SYNCER_DONE && (has_more(syncer) || has_chunks(syncer)))
        go_round(syncer, now);
}

void hf_syncer_tick(struct hf_syncer *syncer, struct hf_syncer_now now)
{
    if (syncer->state != HF_SYNCER_NEW)
        run(syncer, (struct hf_client_event){.type = HF_CE_TICK}, now);
}

uint64_t hf_syncer_wake_ms(const struct hf_syncer *syncer)
{
    return syncer->wake_ms;
}

enum hf_syncer_state hf_syncer_state(const struct hf_syncer *syncer)
{
    return syncer->state;
}

const struct hf_error *hf_syncer_error(const struct hf_syncer *syncer)
{
    return &syncer->err;
}

void hf_syncer_progress(const struct hf_syncer *syncer, struct hf_syncer_progress *out)
{
    struct hf_client_progress progress;
    hf_session_client_progress(syncer->session, &progress);
    *out = (struct hf_syncer_progress){.pushed = progress.pushed - syncer->pages,
                                       .erased = syncer->erased,
                                       .pulled = progress.pulled,
                                       .log_size = progress.log_size,
                                       .cursor = syncer->facts.cursor,
                                       .attach_sent = syncer->lane.sent_bytes,
                                       .attach_received = syncer->lane.received_bytes,
                                       .clock_offset_ms = syncer->clock_offset_ms,
                                       .hand_in = syncer->welcomed && syncer->mode == HF_MODE_HAND_IN};
}
