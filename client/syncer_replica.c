/* The side of the replica: what the session is told of it, what is taken out of it to be sent, and what is stored. */
#include "client/draft_lane.h"
#include "client/syncer_internal.h"
#include "core/base/mutant.h"
#include "core/replica/lease.h"
#include "core/replica/shard.h"
#include "core/replica/snapshot.h"

#include <stdlib.h>
#include <string.h>

_Static_assert(HF_LIMIT_LEASE_DAYS == HF_LEASE_DAYS_MAX, "a lease that may be told is one that may be kept");
#define REFUSED_AGAIN_MS 300000
#define LEASE_AGAIN_MS   60000 /* a connection that stays renews it no more often: each time is a write to the disk */

_Static_assert(HF_FACT_RANGES_MAX <= HF_LIMIT_HEAD_RANGES, "every range that the replica names fits one HEAD");

/* --- facts --- */

/* What the replica says of changes, cursor and checkpoint; the rest of *out stays. */
static void set_changes(struct hf_syncer *syncer, const struct hf_sync_facts *facts)
{
    struct hf_client_facts *out = &syncer->facts;
    out->incarnation = facts->incarnation;
    out->next_seq = facts->next_seq;
    out->unsent_seq = facts->unsent_seq;
    out->cursor = facts->cursor;
    out->has_catchup = facts->has_catchup;
    out->catchup_case = facts->catchup_case;
    out->catchup_from = facts->catchup_from;
    out->catchup_until = facts->catchup_until;
    out->catchup_refused = facts->catchup_refused;
    out->has_purge = facts->has_purge;
    out->purge_case = facts->purge_case;
    out->purge_changes = facts->purge_changes;
    out->damaged = facts->damaged;
    out->checkpoint_size = facts->checkpoint_size;
    out->clock_ms = hf_clock_ms(hf_clock_tick(facts->clock, syncer->now.wall_ms));
    out->range_count = facts->range_count;
    memcpy(out->device, facts->device, sizeof out->device);
    memcpy(out->head, facts->head, sizeof out->head);
    for (size_t i = 0; i < facts->range_count; i++) {
        out->ranges[i].first = facts->ranges[i].first;
        out->ranges[i].count = facts->ranges[i].count;
    }
}

enum hf_status hf_syncer_take_facts(struct hf_syncer *syncer)
{
    struct hf_sync_facts facts;
    struct hf_snapshot_want want;
    bool drafts_pending = false, drafts_held = false, attach_due = false, attach_own = false;
    uint32_t attach_mark = 0;
    uint64_t hand_on = 0;
    enum hf_status status = hf_replica_facts(syncer->replica, &facts);
    if (status == HF_OK)
        status = hf_replica_snapshot_want(syncer->replica, &want);
    if (status == HF_OK)
        status = hf_draft_lane_pending(syncer->replica, &drafts_pending, NULL);
    if (status == HF_OK)
        status =
            hf_replica_drafts_held(syncer->replica, syncer->drafts_asked ? syncer->drafts_seen : 0, &drafts_held, NULL);
    if (status == HF_OK)
        status = hf_attach_lane_due(&syncer->lane, syncer->replica, syncer->mode == HF_MODE_HAND_IN, &attach_due, NULL);
    if (status == HF_OK)
        status = hf_replica_attach_mark(syncer->replica, &attach_mark, &attach_own, NULL);
    if (status == HF_OK)
        status = hf_replica_hand_on_left(syncer->replica, &hand_on);
    if (status != HF_OK)
        return status;
    syncer->facts = (struct hf_client_facts){.past = want.past,
                                             .snapshot_due = want.due,
                                             .snapshot_one = want.one,
                                             .snapshot_case = want.case_id,
                                             .snapshot_least = want.least,
                                             .snapshot_noted = want.noted,
                                             .snapshot_at = want.at,
                                             .shard = hf_replica_identity(syncer->replica)->shard,
                                             .hand_on_due = hand_on > 0,
                                             .attach_due = attach_due,
                                             .attach_own = attach_own,
                                             .attach_mark = attach_mark,
                                             .known = hf_certificate_known(hf_replica_identity(syncer->replica)),
                                             .drafts_due = drafts_pending || drafts_held,
                                             .drafts_unasked = !syncer->drafts_asked};
    set_changes(syncer, &facts);
    return HF_OK;
}

enum hf_status hf_syncer_take_saved(struct hf_syncer *syncer, bool *out_saved)
{
    struct hf_sync_facts facts;
    const enum hf_status status = hf_replica_facts(syncer->replica, &facts);
    if (status != HF_OK)
        return status;
    *out_saved = facts.next_seq > syncer->facts.next_seq && facts.incarnation == syncer->facts.incarnation;
    if (*out_saved)
        set_changes(syncer, &facts);
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

/* What the office said of each change, for the replica; the caller frees it. NULL: no memory. */
static struct hf_pushed *results_of(const struct hf_msg_pushed *said, size_t count)
{
    struct hf_pushed *results = calloc(count + 1, sizeof *results); /* + 1: none is not an error */
    for (size_t i = 0; results && i < count; i++)
        results[i] = (struct hf_pushed){.seq = said[i].seq, .index = said[i].index, .hold = said[i].hold};
    return results;
}

static enum hf_status store_pushed(struct hf_syncer *syncer, const struct hf_message *message)
{
    const size_t count = message->as.pushed.count;
    struct hf_pushed *results = results_of(message->as.pushed.results, count);
    if (!results)
        return HF_ERR_NOMEM;
    for (size_t i = 0; i < count; i++)
        syncer->erased += results[i].hold == HF_HOLD_ERASED;
    enum hf_status status = hf_replica_store_pushed(syncer->replica, results, count, &syncer->answer_err);
    if (status == HF_OK)
        status = note_pushed(syncer, results[0].seq, count);
    free(results);
    return status;
}

static enum hf_status store_restarted(struct hf_syncer *syncer, const struct hf_message *message)
{
    const size_t count = message->as.restarted.count;
    struct hf_pushed *results = results_of(message->as.restarted.results, count);
    if (!results)
        return HF_ERR_NOMEM;
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

/* A connection that stays asks again after a while. */
static enum hf_status store_refused(struct hf_syncer *syncer, const struct hf_id *case_id)
{
    syncer->refused_until_ms = syncer->now.mono_ms + REFUSED_AGAIN_MS;
    return hf_replica_catchup_refused(syncer->replica, case_id, &syncer->answer_err);
}

/* --- drafts --- */

static enum hf_status collect_drafts(struct hf_syncer *syncer)
{
    hf_drafts_out_clear(&syncer->drafts);
    return hf_draft_lane_collect(syncer->replica, &syncer->drafts, &syncer->drafts_message, &syncer->answer_err);
}

static enum hf_status store_drafts(struct hf_syncer *syncer, const struct hf_message *message)
{
    enum hf_status status =
        hf_draft_lane_take(syncer->replica, &syncer->drafts_message, &message->as.drafts, &syncer->answer_err);
    if (status == HF_OK)
        status = hf_replica_seen_now(syncer->replica, &syncer->drafts_seen, &syncer->answer_err);
    syncer->drafts_asked = status == HF_OK;
    return status;
}

/* --- lease and attachments --- */

enum hf_status hf_syncer_renew_lease(struct hf_syncer *syncer, struct hf_error *err)
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
    enum hf_status status = hf_syncer_renew_lease(syncer, &syncer->answer_err);
    if (status != HF_OK)
        return status;
    syncer->attaching = true;
    return hf_attach_lane_next(&syncer->lane, syncer->replica, action, out, &syncer->answer_err);
}

/* --- answers --- */

bool hf_syncer_answer(struct hf_syncer *syncer, const struct hf_client_action *action, struct hf_client_event *out)
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
    else if (action->type == HF_CA_STORE_REFUSED)
        status = store_refused(syncer, &action->case_id);
    else if (action->type == HF_CA_STORE_RESTARTED)
        status = store_restarted(syncer, action->message);
    else if (action->type == HF_CA_STORE_PURGED)
        status = hf_replica_purge_noted(syncer->replica, &syncer->facts.purge_case, &syncer->answer_err);
    else
        return false;
    if (status == HF_OK && !outbox && !drafts && !attach && !hand_on)
        status = hf_syncer_take_facts(syncer);

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
