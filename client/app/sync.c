/* The app stays connected while the replica is open, by the library's own watch: what is saved goes out at the next
 * step, what others save comes when the office tells it, a lost line is dialled again. The app adds nothing of its own
 * but when it begins anew after what a person has to settle. Nothing is looked at again and again: the library says
 * when a step is due, by a time and by the descriptor of the line. */
#include "client/app/call.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

void hf_app_sync_now(struct hf_app *app)
{
    app->sync.next_ms = hf_app_mono_ms(app);
}

void hf_app_sync_again(struct hf_app *app)
{
    app->sync.retry_ms = 0;
    hf_app_sync_stop(app);
    hf_app_sync_now(app);
}

/* After what a person has to settle the wait that is running stays: a save is no reason to knock again. */
void hf_app_sync_soon(struct hf_app *app)
{
    if (app->sync.watching)
        hf_app_sync_now(app);
}

void hf_app_sync_stop(struct hf_app *app)
{
    holdfast_watch_end(app->config.hf);
    app->sync.watching = app->sync.running = false;
}

static bool may_sync(struct hf_app *app)
{
    struct holdfast_identity identity;
    return hf_app_is_unlocked(app) && holdfast_get_identity(app->config.hf, &identity) == HOLDFAST_OK &&
           identity.role[0] != '\0';
}

/* A round is over, or a try. Records show how far they have come. */
static void ended(struct hf_app *app, enum holdfast_status status, const char *text, bool moved)
{
    struct hf_app_sync *sync = &app->sync;
    sync->running = false;
    sync->status = status;
    sync->failed = status != HOLDFAST_OK;
    sync->ended_wall_ms = hf_app_wall_ms(app);
    (void)snprintf(sync->text, sizeof sync->text, "%s", sync->failed ? text : "");
    hf_app_tell(app, moved);
}

/* What a person has to settle ended it: tried again now and then. */
static void gave_up(struct hf_app *app, enum holdfast_status status)
{
    struct hf_app_sync *sync = &app->sync;
    const bool handed_in = status == HOLDFAST_REVOKED;
    sync->watching = false;
    sync->progress.phase = HOLDFAST_WATCH_WAITING;
    sync->retry_ms = earlier(sync->retry_ms == 0 ? HF_APP_SYNC_RETRY_MS : 2 * sync->retry_ms, HF_APP_SYNC_MS);
    sync->next_ms = hf_app_mono_ms(app) + sync->retry_ms;
    sync->hand_in = handed_in;
    ended(app, handed_in ? HOLDFAST_OK : status, holdfast_error_text(app->config.hf), true);
}

static void begin(struct hf_app *app)
{
    struct hf_app_sync *sync = &app->sync;
    sync->was_revoked = hf_app_is_revoked(app);
    sync->progress = (struct holdfast_watch_progress){.phase = HOLDFAST_WATCH_CONNECTING, .text = ""};
    const enum holdfast_status status = holdfast_watch_begin(app->config.hf, &app->config.options);
    sync->watching = sync->running = status == HOLDFAST_OK;
    if (status != HOLDFAST_OK)
        gave_up(app, status);
    else
        hf_app_tell(app, false);
}

static bool is_under_way(enum holdfast_watch_phase phase)
{
    return phase == HOLDFAST_WATCH_CONNECTING || phase == HOLDFAST_WATCH_SYNCING;
}

/* What this step changed, for the page. Receipts come without a phase of their own: what went over the line says that
 * there may be some. */
static void note(struct hf_app *app, const struct holdfast_watch_progress *now)
{
    struct hf_app_sync *sync = &app->sync;
    const struct holdfast_watch_progress before = sync->progress;
    const bool moved = now->pushed != before.pushed || now->pulled != before.pulled || now->bytes != before.bytes;
    sync->progress = *now;
    sync->progress.text = "";
    sync->running = is_under_way(now->phase);
    if (now->phase == HOLDFAST_WATCH_IN_SYNC && (before.phase != now->phase || moved)) {
        sync->retry_ms = 0;
        sync->hand_in = false;
        ended(app, HOLDFAST_OK, "", true);
    } else if (now->phase == HOLDFAST_WATCH_WAITING && (before.phase != now->phase || !sync->failed)) {
        ended(app, HOLDFAST_NETWORK, now->text, false);
    } else if (before.phase != now->phase || moved) {
        hf_app_tell(app, false);
    }
}

static uint32_t left(uint64_t left_ms)
{
    return left_ms < HF_APP_STEP_NEVER ? (uint32_t)left_ms : HF_APP_STEP_NEVER;
}

static uint32_t step(struct hf_app *app)
{
    struct hf_app_sync *sync = &app->sync;
    struct holdfast_watch_progress progress = sync->progress;
    const enum holdfast_status status = holdfast_watch_step(app->config.hf, 0, &progress);
    if (status != HOLDFAST_OK)
        gave_up(app, status);
    else
        note(app, &progress);
    if (!sync->was_revoked && hf_app_is_revoked(app)) {
        hf_app_lock(app);
        return HF_APP_STEP_NEVER;
    }
    if (status != HOLDFAST_OK)
        return left(sync->next_ms - hf_app_mono_ms(app));
    sync->next_ms = progress.rest_ms == UINT64_MAX ? UINT64_MAX : hf_app_mono_ms(app) + progress.rest_ms;
    return left(progress.rest_ms);
}

static bool is_woken(const struct hf_app *app)
{
    struct pollfd line = {.fd = hf_app_fd(app), .events = POLLIN};
    return poll(&line, 1, 0) > 0;
}

uint32_t hf_app_sync_step(struct hf_app *app)
{
    const uint64_t now_ms = hf_app_mono_ms(app);
    if (now_ms < app->sync.next_ms && !(app->sync.watching && is_woken(app)))
        return left(app->sync.next_ms - now_ms);
    if (app->sync.watching)
        return step(app);
    if (!may_sync(app))
        return HF_APP_STEP_NEVER; /* what changes this comes with a request */
    begin(app);
    return 0;
}
