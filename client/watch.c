#include "client/watch.h"

#include "client/netwatch.h"
#include "client/sync.h"
#include "client/wake.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TRIES_MAX 16 /* the pause has stopped growing long before */

struct hf_watch {
    struct holdfast_options options;
    struct hf_netwatch network;
    struct hf_wake wake;
    uint64_t writes;                             /* of the replica, when it was last looked at */
    unsigned tries;                              /* that failed in a row */
    uint64_t retry_ms;                           /* monotonic; while there is no sync */
    bool was_up;                                 /* the present line was counted */
    uint64_t pushed, pulled, bytes, connections; /* of the lines before, and lines */
    int64_t clock_offset_ms;
    char text[HF_CLIENT_ERROR_TEXT_BYTES];
};

uint64_t hf_watch_pause_ms(unsigned tries, uint32_t random)
{
    uint64_t whole = HF_WATCH_RETRY_MIN_MS;
    for (unsigned i = 0; i < tries && whole < HF_WATCH_RETRY_MAX_MS; i++)
        whole *= 2;
    if (whole > HF_WATCH_RETRY_MAX_MS)
        whole = HF_WATCH_RETRY_MAX_MS;
    return whole / 2 + random % (whole / 2 + 1);
}

uint64_t hf_watch_after(unsigned *tries, uint64_t now_ms, uint32_t random)
{
    const uint64_t due_ms = now_ms + hf_watch_pause_ms(*tries, random);
    *tries += *tries < TRIES_MAX;
    return due_ms;
}

bool hf_watch_may_retry(enum hf_status status)
{
    switch (status) {
    case HF_ERR_NETWORK:
    case HF_ERR_TIMEOUT:
    case HF_ERR_CLOSED:
    case HF_ERR_PROTOCOL: /* a line that changes bytes; a server that speaks otherwise says UNSUPPORTED */
    case HF_ERR_BUSY:
    case HF_ERR_WAITING: /* for an administrator's word */
        return true;
    default:
        return false;
    }
}

void hf_watch_free(struct hf_watch *watch)
{
    if (!watch)
        return;
    hf_wake_close(&watch->wake);
    hf_netwatch_close(&watch->network);
    free(watch);
}

void hf_watch_look(struct holdfast *hf)
{
    if (hf->watch && hf->replica && hf_replica_writes(hf->replica) != hf->watch->writes)
        hf_wake_signal(&hf->watch->wake);
}

/* --- one line after the other --- */

static void take_counts(struct holdfast *hf)
{
    struct holdfast_sync_progress progress;
    hf_sync_fill_progress(hf->sync, &progress);
    hf->watch->pushed += progress.pushed;
    hf->watch->pulled += progress.pulled;
    hf->watch->bytes += progress.bytes_sent + progress.bytes_received;
}

/* The line is lost, or could not be had. HF_OK: it will be tried again. */
static enum hf_status lost(struct holdfast *hf, enum hf_status status)
{
    struct hf_watch *watch = hf->watch;
    uint32_t random = 0;
    if (hf->sync) {
        take_counts(hf);
        hf_sync_end(hf);
    }
    watch->was_up = false;
    if (!hf_watch_may_retry(status))
        return status;
    (void)snprintf(watch->text, sizeof watch->text, "%s", hf->text);
    hf_random(&random, sizeof random);
    watch->retry_ms = hf_watch_after(&watch->tries, hf_mono_ms(), random);
    return HF_OK;
}

static enum hf_status dial(struct holdfast *hf)
{
    enum hf_status status = hf_sync_new_stay(hf, &hf->watch->options, &hf->watch->wake, &hf->sync);
    return status == HF_OK ? HF_OK : lost(hf, status);
}

/* Without a line: waits for its time, or for the network to come back. The first try after a change comes soon, but not
 * from every device of a building in the same moment. */
static enum hf_status rest(struct holdfast *hf, uint32_t wait_ms)
{
    struct hf_watch *watch = hf->watch;
    uint64_t now_ms = hf_mono_ms();
    if (now_ms < watch->retry_ms) {
        const uint64_t left_ms = watch->retry_ms - now_ms;
        (void)hf_wake_wait(&watch->wake, left_ms < wait_ms ? (uint32_t)left_ms : wait_ms);
        if (hf_netwatch_changed(&watch->network)) {
            uint32_t random = 0;
            hf_random(&random, sizeof random);
            watch->tries = 0;
            now_ms = hf_mono_ms();
            watch->retry_ms = now_ms + hf_watch_pause_ms(0, random);
        }
        now_ms = hf_mono_ms();
    }
    return now_ms >= watch->retry_ms ? dial(hf) : HF_OK;
}

static enum hf_status go_on(struct holdfast *hf, uint32_t wait_ms)
{
    struct hf_watch *watch = hf->watch;
    if (hf_netwatch_changed(&watch->network))
        hf_sync_check(hf->sync);
    enum hf_status status = hf_sync_step(hf->sync, wait_ms);
    if (status != HF_OK)
        return lost(hf, status);
    struct holdfast_sync_progress progress;
    hf_sync_fill_progress(hf->sync, &progress);
    if (progress.phase != HOLDFAST_SYNC_DONE)
        return HF_OK;
    watch->connections += !watch->was_up;
    watch->was_up = true;
    watch->tries = 0;
    watch->clock_offset_ms = progress.clock_offset_ms;
    if (progress.hand_in)
        return hf_handle_fail(hf, HF_ERR_REVOKED,
                              "This device was revoked: the office holds what it has handed in, and it reads nothing "
                              "more. Ask the office for a new invitation.");
    return HF_OK;
}

static void fill(const struct holdfast *hf, struct holdfast_watch_progress *out)
{
    const struct hf_watch *watch = hf->watch;
    const uint64_t now_ms = hf_mono_ms();
    *out = (struct holdfast_watch_progress){.phase = HOLDFAST_WATCH_WAITING,
                                            .pushed = watch->pushed,
                                            .pulled = watch->pulled,
                                            .bytes = watch->bytes,
                                            .connections = watch->connections,
                                            .clock_offset_ms = watch->clock_offset_ms,
                                            .text = watch->text};
    if (!hf->sync) {
        out->rest_ms = out->retry_ms = watch->retry_ms > now_ms ? watch->retry_ms - now_ms : 0;
        return;
    }
    struct holdfast_sync_progress line;
    hf_sync_fill_progress(hf->sync, &line);
    out->text = "";
    out->rest_ms = hf_sync_rest_ms(hf->sync);
    out->pushed += line.pushed;
    out->pulled += line.pulled;
    out->bytes += line.bytes_sent + line.bytes_received;
    out->phase = line.phase == HOLDFAST_SYNC_DONE      ? HOLDFAST_WATCH_IN_SYNC
                 : line.phase == HOLDFAST_SYNC_RUNNING ? HOLDFAST_WATCH_SYNCING
                                                       : HOLDFAST_WATCH_CONNECTING;
}

/* --- public --- */

static enum hf_status begin(struct holdfast *hf, const struct holdfast_options *options)
{
    if (hf->sync || hf->watch)
        return hf_handle_fail(hf, HF_ERR_STATE, "A sync is under way already. Let it finish first.");
    if (hf_replica_identity(hf->replica)->state == HF_IDENTITY_NEW)
        return hf_handle_fail(hf, HF_ERR_STATE, "This device has not joined an office yet. Use an invitation first.");
    struct hf_watch *watch = calloc(1, sizeof *watch);
    if (!watch)
        return HF_ERR_NOMEM;
    if (options)
        watch->options = *options;
    hf_netwatch_open(&watch->network);
    enum hf_status status = hf_wake_open(&watch->wake);
    if (status == HF_OK && watch->network.fd >= 0)
        status = hf_wake_add(&watch->wake, watch->network.fd);
    if (status != HF_OK) {
        hf_watch_free(watch);
        return hf_handle_fail(hf, status,
                              "The system lets this program open nothing more. Close something, then try "
                              "again.");
    }
    hf_wake_signal(&watch->wake); /* the first step is due */
    hf->watch = watch;
    return HF_OK;
}

enum holdfast_status holdfast_watch_begin(struct holdfast *hf, const struct holdfast_options *options)
{
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_OFFICE);
    if (status != HF_OK)
        return hf_handle_refused(status);
    return hf_handle_leave(hf, begin(hf, options));
}

static void end(struct holdfast *hf)
{
    if (hf->watch)
        hf_sync_end(hf);
    hf_watch_free(hf->watch);
    hf->watch = NULL;
}

enum holdfast_status holdfast_watch_step(struct holdfast *hf, uint32_t wait_ms, struct holdfast_watch_progress *out)
{
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_OFFICE);
    if (status != HF_OK)
        return hf_handle_refused(status);
    if (!hf->watch) {
        status = hf_handle_fail(hf, HF_ERR_STATE, "Nothing stays connected. Begin that first.");
        return hf_handle_leave(hf, status);
    }
    hf_wake_clear(&hf->watch->wake);
    status = hf->sync ? go_on(hf, wait_ms) : rest(hf, wait_ms);
    hf->watch->writes = hf_replica_writes(hf->replica);
    if (status == HF_OK && out)
        fill(hf, out);
    if (status != HF_OK)
        end(hf);
    return hf_handle_leave(hf, status);
}

int holdfast_watch_fd(const struct holdfast *hf)
{
    return hf->watch ? hf->watch->wake.fd : -1;
}

void holdfast_watch_end(struct holdfast *hf)
{
    if (!hf->entered && !hf->telling)
        end(hf);
}
