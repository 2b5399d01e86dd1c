#include "client/sync.h"

#include "client/distrust.h"
#include "client/reads.h"
#include "core/replica/reads.h"

#include <inttypes.h>
#include <stdlib.h>

#define TIMEOUT_MS_MAX 600000
#define STEP_MS        1000 /* of a wait without a caller who wants to hear of progress */

uint32_t hf_sync_timeout_ms(const struct holdfast_options *options)
{
    if (!options || options->timeout_ms == 0)
        return HF_CLIENT_TIMEOUT_MS;
    return options->timeout_ms < TIMEOUT_MS_MAX ? options->timeout_ms : TIMEOUT_MS_MAX;
}

enum hf_status hf_sync_fail_text(struct holdfast *hf, enum hf_status status, enum hf_transport_stage stage)
{
    static const char safe[] = "Your work is saved here and will be sent at the next sync.";
    const char *address = hf_replica_identity(hf->replica)->address;
    if (status == HF_ERR_NOMEM)
        return hf_handle_fail(hf, status, "%s %s", hf_status_text(status), safe);
    if (status == HF_ERR_INVALID)
        return hf_handle_fail(hf, HF_ERR_NETWORK, "%s is not an address that this device can reach. %s", address, safe);
    if (stage == HF_TRANSPORT_DIALLING)
        return hf_handle_fail(hf, HF_ERR_NETWORK, "The office could not be reached at %s. %s", address, safe);
    if (status == HF_ERR_TIMEOUT)
        return hf_handle_fail(hf, status, "The office at %s did not answer in time. %s", address, safe);
    if (stage == HF_TRANSPORT_HANDSHAKE && status == HF_ERR_CLOSED)
        return hf_handle_fail(hf, HF_ERR_NETWORK,
                              "The office at %s did not let this device in. It may be busy; if this stays so, ask an "
                              "administrator whether it knows this device. %s",
                              address, safe);
    if (stage == HF_TRANSPORT_HANDSHAKE)
        return hf_handle_fail(hf, status,
                              "What answers at %s is not the office that this device was enrolled with. Tell an "
                              "administrator. %s",
                              address, safe);
    if (status == HF_ERR_CLOSED || status == HF_ERR_NETWORK)
        return hf_handle_fail(hf, status, "The connection to the office at %s broke off. %s", address, safe);
    return hf_handle_fail(hf, status, "The connection to the office at %s was disturbed and was given up. %s", address,
                          safe);
}

/* --- making --- */

static enum hf_status send_message(void *ctx, struct hf_slice message)
{
    struct hf_sync *sync = ctx;
    return hf_transport_send(sync->transport, message);
}

static void tell_changed(void *ctx, const struct hf_id *case_id, const struct hf_id *record)
{
    struct hf_sync *sync = ctx;
    hf_handle_tell(sync->hf, case_id, record);
}

static enum hf_status begin(struct hf_sync *sync, const struct holdfast_options *options, const struct hf_wake *wake)
{
    const struct hf_identity *identity = hf_replica_identity(sync->hf->replica);
    const struct hf_syncer_hooks hooks = {.ctx = sync, .send = send_message, .changed = tell_changed};
    const struct hf_transport_config config = {.address = identity->address,
                                               .origin = identity->origin,
                                               .static_key = &identity->channel,
                                               .server_key = identity->server_channel_key,
                                               .psk = identity->psk,
                                               .timeout_ms = hf_sync_timeout_ms(options),
                                               .stays = sync->stays,
                                               .wake = wake};
    enum hf_status status = hf_syncer_new(sync->hf->replica, &hooks, &sync->syncer);
    if (status == HF_OK && sync->stays)
        hf_syncer_stay(sync->syncer);
    if (status == HF_OK)
        status = hf_transport_new(&config, &sync->transport);
    return status == HF_OK ? HF_OK : hf_sync_fail_text(sync->hf, status, HF_TRANSPORT_DIALLING);
}

/* wake NULL: it ends when it is done. */
static enum hf_status make(struct holdfast *hf, const struct holdfast_options *options, const struct hf_wake *wake,
                           struct hf_sync **out)
{
    if (hf_replica_identity(hf->replica)->state == HF_IDENTITY_NEW)
        return hf_handle_fail(hf, HF_ERR_STATE, "This device has not joined an office yet. Use an invitation first.");
    enum hf_status trusted = hf_distrust_check(hf);
    if (trusted != HF_OK)
        return trusted;
    struct hf_sync *sync = calloc(1, sizeof *sync);
    if (!sync)
        return HF_ERR_NOMEM;
    sync->hf = hf;
    sync->stays = wake != NULL;
    hf_reads_sign(hf, false);
    hf_buf_init(&sync->message, HF_LIMIT_MESSAGE_BYTES);
    enum hf_status status = begin(sync, options, wake);
    if (status != HF_OK) {
        hf_sync_free(sync);
        return status;
    }
    *out = sync;
    return HF_OK;
}

enum hf_status hf_sync_new(struct holdfast *hf, const struct holdfast_options *options, struct hf_sync **out)
{
    return make(hf, options, NULL, out);
}

enum hf_status hf_sync_new_stay(struct holdfast *hf, const struct holdfast_options *options, const struct hf_wake *wake,
                                struct hf_sync **out)
{
    return make(hf, options, wake, out);
}

void hf_sync_free(struct hf_sync *sync)
{
    if (!sync)
        return;
    hf_transport_free(sync->transport);
    hf_syncer_free(sync->syncer);
    hf_buf_wipe(&sync->message);
    free(sync);
}

/* --- stepping --- */

static struct hf_syncer_now now(void)
{
    return (struct hf_syncer_now){.wall_ms = hf_wall_ms(), .mono_ms = hf_mono_ms()};
}

/* A wait ends in time for the session's next tick. */
static uint32_t wait_for(const struct hf_sync *sync, uint32_t wait_ms)
{
    const uint64_t wake_ms = hf_syncer_wake_ms(sync->syncer);
    const uint64_t now_ms = hf_mono_ms();
    if (wake_ms <= now_ms)
        return 0;
    return wake_ms - now_ms < wait_ms ? (uint32_t)(wake_ms - now_ms) : wait_ms;
}

static bool line_moved(struct hf_sync *sync)
{
    uint64_t sent = 0, received = 0;
    hf_transport_bytes(sync->transport, &sent, &received);
    const bool moved = sent + received != sync->moved;
    sync->moved = sent + received;
    return moved;
}

/* What stirs may leave something for the next step's look at the replica: a case that was given, say. */
static void feed_syncer(struct hf_sync *sync)
{
    const enum hf_syncer_state before = hf_syncer_state(sync->syncer);
    sync->stirred = line_moved(sync);
    if (sync->stirred)
        hf_syncer_moving(sync->syncer, now());
    if (hf_transport_stage(sync->transport) == HF_TRANSPORT_OPEN && hf_syncer_state(sync->syncer) == HF_SYNCER_NEW)
        hf_syncer_start(sync->syncer, now());
    while (hf_transport_next(sync->transport, &sync->message)) {
        hf_syncer_message(sync->syncer, hf_buf_slice(&sync->message), now());
        hf_buf_wipe(&sync->message); /* class keys may have been in it */
    }
    if (hf_mono_ms() >= hf_syncer_wake_ms(sync->syncer))
        hf_syncer_tick(sync->syncer, now());
    sync->stirred = sync->stirred || hf_syncer_state(sync->syncer) != before;
}

enum hf_status hf_sync_step(struct hf_sync *sync, uint32_t wait_ms)
{
    if (sync->failed != HF_OK)
        return sync->failed;
    if (sync->stays)
        hf_reads_sign(sync->hf, false);
    hf_syncer_poke(sync->syncer, now());
    sync->failed = hf_transport_wait(sync->transport, wait_for(sync, wait_ms));
    if (sync->failed != HF_OK) {
        sync->failed = hf_sync_fail_text(sync->hf, sync->failed, hf_transport_stage(sync->transport));
        return sync->failed;
    }
    feed_syncer(sync);
    if (hf_syncer_state(sync->syncer) == HF_SYNCER_FAILED) {
        const struct hf_error *err = hf_syncer_error(sync->syncer);
        sync->failed = hf_handle_fail(sync->hf, err->status, "%s", err->text);
    }
    return sync->failed;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

uint64_t hf_sync_rest_ms(const struct hf_sync *sync)
{
    const uint64_t now_ms = hf_mono_ms();
    const uint64_t wake_ms = hf_syncer_rest_until_ms(sync->syncer);
    if (sync->stirred || wake_ms <= now_ms)
        return 0;
    const uint64_t rest_ms = wake_ms == UINT64_MAX ? UINT64_MAX : wake_ms - now_ms;
    return earlier(rest_ms, hf_replica_reads_due_in(sync->hf->replica, hf_wall_ms()));
}

void hf_sync_check(struct hf_sync *sync)
{
    hf_syncer_check(sync->syncer, now());
}

bool hf_sync_is_done(const struct hf_sync *sync)
{
    return hf_syncer_state(sync->syncer) == HF_SYNCER_DONE;
}

enum hf_status hf_sync_finish(struct hf_sync *sync)
{
    enum hf_status status = HF_OK;
    while (status == HF_OK && !hf_sync_is_done(sync))
        status = hf_sync_step(sync, STEP_MS);
    return status;
}

/* --- public --- */

enum holdfast_status holdfast_sync_begin(struct holdfast *hf, const struct holdfast_options *options)
{
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_OFFICE);
    if (status != HF_OK)
        return hf_handle_refused(status);
    if (hf->sync || hf->watch)
        status = hf_handle_fail(hf, HF_ERR_STATE, "A sync is under way already. Let it finish first.");
    else
        status = hf_sync_new(hf, options, &hf->sync);
    return hf_handle_leave(hf, status);
}

void hf_sync_fill_progress(const struct hf_sync *sync, struct holdfast_sync_progress *out)
{
    struct hf_syncer_progress progress;
    hf_syncer_progress(sync->syncer, &progress);
    *out = (struct holdfast_sync_progress){.phase = HOLDFAST_SYNC_CONNECTING,
                                           .pushed = progress.pushed,
                                           .pulled = progress.pulled,
                                           .clock_offset_ms = progress.clock_offset_ms,
                                           .log_size = progress.log_size,
                                           .cursor = progress.cursor,
                                           .erased = progress.erased,
                                           .hand_in = progress.hand_in,
                                           .attach_sent_bytes = progress.attach_sent,
                                           .attach_fetched_bytes = progress.attach_received};
    hf_transport_bytes(sync->transport, &out->bytes_sent, &out->bytes_received);
    if (hf_sync_is_done(sync))
        out->phase = HOLDFAST_SYNC_DONE;
    else if (hf_transport_stage(sync->transport) == HF_TRANSPORT_OPEN)
        out->phase = HOLDFAST_SYNC_RUNNING;
}

void hf_sync_end(struct holdfast *hf)
{
    hf_sync_free(hf->sync);
    hf->sync = NULL;
}

enum holdfast_status holdfast_sync_step(struct holdfast *hf, uint32_t wait_ms, struct holdfast_sync_progress *out)
{
    struct holdfast_sync_progress progress;
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_OFFICE);
    if (status != HF_OK)
        return hf_handle_refused(status);
    if (!hf->sync || hf->watch) {
        status = hf_handle_fail(hf, HF_ERR_STATE, "No sync is under way. Begin one first.");
        return hf_handle_leave(hf, status);
    }
    status = hf_sync_step(hf->sync, wait_ms);
    if (status == HF_OK) {
        hf_sync_fill_progress(hf->sync, &progress);
        if (out)
            *out = progress;
    }
    if (status != HF_OK || progress.phase == HOLDFAST_SYNC_DONE)
        hf_sync_end(hf);
    return hf_handle_leave(hf, status);
}

void holdfast_sync_end(struct holdfast *hf)
{
    if (!hf->entered && !hf->telling && !hf->watch)
        hf_sync_end(hf);
}
