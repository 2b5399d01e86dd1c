/* When the app syncs: soon after a save, now and then, at once when a person asks; a step at a time. */
#include "client/app/call.h"

#include <stdio.h>
#include <string.h>

#define STEP_MS 15u /* between two looks at the network while a sync is under way */
#define REST_MS 1000u

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

void hf_app_sync_now(struct hf_app *app)
{
    app->sync.asked = true;
    app->sync.retry_ms = 0;
    app->sync.next_ms = hf_app_mono_ms(app);
}

/* After a failure the wait that is running stays: a save is no reason to knock again. */
void hf_app_sync_soon(struct hf_app *app)
{
    if (!app->sync.failed)
        app->sync.next_ms = earlier(app->sync.next_ms, hf_app_mono_ms(app) + HF_APP_SYNC_SOON_MS);
}

void hf_app_sync_stop(struct hf_app *app)
{
    holdfast_sync_end(app->config.hf);
    app->sync.running = false;
}

static bool may_sync(struct hf_app *app)
{
    struct holdfast_identity identity;
    return hf_app_is_unlocked(app) && holdfast_get_identity(app->config.hf, &identity) == HOLDFAST_OK &&
           identity.role[0] != '\0';
}

static void ended(struct hf_app *app, enum holdfast_status status)
{
    struct hf_app_sync *sync = &app->sync;
    const uint64_t retry_ms = sync->retry_ms == 0 ? HF_APP_SYNC_RETRY_MS : 2 * sync->retry_ms;
    sync->running = false;
    sync->status = status;
    sync->failed = status != HOLDFAST_OK;
    sync->retry_ms = sync->failed ? earlier(retry_ms, HF_APP_SYNC_MS) : 0;
    sync->next_ms = hf_app_mono_ms(app) + (sync->failed ? sync->retry_ms : HF_APP_SYNC_MS);
    sync->ended_wall_ms = hf_app_wall_ms(app);
    (void)snprintf(sync->text, sizeof sync->text, "%s", sync->failed ? holdfast_error_text(app->config.hf) : "");
    const struct holdfast_sync_progress *done = &sync->progress;
    const bool moved = done->pushed + done->pulled + done->attach_sent_bytes + done->attach_fetched_bytes > 0;
    hf_app_tell(app, moved); /* records show how far they have come */
    if (!sync->was_revoked && hf_app_is_revoked(app))
        hf_app_lock(app);
}

static void begin(struct hf_app *app)
{
    struct hf_app_sync *sync = &app->sync;
    sync->asked = false;
    sync->was_revoked = hf_app_is_revoked(app);
    sync->progress = (struct holdfast_sync_progress){0};
    const enum holdfast_status status = holdfast_sync_begin(app->config.hf, &app->config.options);
    sync->running = status == HOLDFAST_OK;
    if (sync->running)
        hf_app_tell(app, false);
    else
        ended(app, status);
}

static uint32_t step(struct hf_app *app)
{
    struct holdfast_sync_progress progress = app->sync.progress;
    const enum holdfast_status status = holdfast_sync_step(app->config.hf, 0, &progress);
    const bool news = memcmp(&progress, &app->sync.progress, sizeof progress) != 0;
    app->sync.progress = progress;
    if (status != HOLDFAST_OK || progress.phase == HOLDFAST_SYNC_DONE)
        ended(app, status);
    else if (news)
        hf_app_tell(app, false);
    return news ? 0 : STEP_MS;
}

uint32_t hf_app_sync_step(struct hf_app *app)
{
    const uint64_t now_ms = hf_app_mono_ms(app);
    if (app->sync.running)
        return step(app);
    if (now_ms >= app->sync.next_ms) {
        if (!may_sync(app)) {
            app->sync.next_ms = now_ms + REST_MS;
            return REST_MS;
        }
        begin(app);
        return 0;
    }
    return (uint32_t)earlier(app->sync.next_ms - now_ms, REST_MS);
}
