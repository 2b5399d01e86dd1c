#include "client/syncer_internal.h"

#include "client/clock.h"
#include "core/base/assert.h"

#include <stdlib.h>

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
    if (status == HF_OK)
        status = hf_replica_attach_heard(syncer->replica, message->as.welcome.attach_mark, &err);
    if (status != HF_OK)
        fail(syncer, status, err.text);
}

static void on_done(struct hf_syncer *syncer)
{
    struct hf_error err = {0};
    enum hf_status status = hf_syncer_renew_lease(syncer, &err);
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
        if (hf_syncer_answer(syncer, action, out))
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
        status = hf_syncer_take_facts(syncer);
        if (status == HF_OK)
            run(syncer, (struct hf_client_event){.type = HF_CE_LOCAL, .facts = &syncer->facts}, now);
        else
            fail(syncer, status, NULL);
    }
}

static enum hf_status ask_refused_again(struct hf_syncer *syncer, struct hf_error *err)
{
    if (syncer->refused_until_ms == 0 || syncer->now.mono_ms < syncer->refused_until_ms)
        return HF_OK;
    syncer->refused_until_ms = 0;
    return hf_replica_catchups_anew(syncer->replica, err);
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
    bool saved = false;
    syncer->now = now;
    enum hf_status status = hf_syncer_take_saved(syncer, &saved); /* goes at once; all else has its turn behind it */
    if (status == HF_OK && !saved)
        status = hf_replica_purge_ready(syncer->replica, &purged, &err);
    if (status == HF_OK && !saved)
        status = hf_attach_lane_again(&syncer->lane, syncer->replica, now.mono_ms, &err);
    if (status == HF_OK && !saved)
        status = ask_refused_again(syncer, &err);
    if (status == HF_OK && !saved)
        status = hf_syncer_take_facts(syncer);
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
    enum hf_status status = hf_replica_catchups_anew(syncer->replica, NULL);
    if (status == HF_OK)
        status = hf_syncer_take_facts(syncer);
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
    const enum hf_status status = hf_syncer_take_facts(syncer);
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

uint64_t hf_syncer_rest_until_ms(const struct hf_syncer *syncer)
{
    uint64_t until_ms = syncer->wake_ms;
    if (!syncer->stays || syncer->state != HF_SYNCER_DONE)
        return until_ms;
    if (syncer->lane.again_ms > 0 && syncer->lane.again_ms < until_ms)
        until_ms = syncer->lane.again_ms;
    if (syncer->refused_until_ms > 0 && syncer->refused_until_ms < until_ms)
        until_ms = syncer->refused_until_ms;
    return until_ms;
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
