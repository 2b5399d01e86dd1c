/* A new shard of the office's log, as this device lived through it. */
#include "core/replica/shard.h"
#include "client/handle.h"

#include <string.h>

enum holdfast_status holdfast_get_shard(struct holdfast *hf, struct holdfast_shard *out)
{
    struct hf_shard_seen seen;
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_STATUS);
    if (status != HF_OK)
        return hf_handle_refused(status);
    status = hf_replica_shard_seen(hf->replica, &seen, &hf->err);
    if (status == HF_OK && !seen.any)
        status = hf_handle_fail(hf, HF_ERR_NOT_FOUND, "The office's log was never begun anew.");
    if (status == HF_OK) {
        *out = (struct holdfast_shard){.began_ms = seen.began_ms,
                                       .size = seen.size,
                                       .known_size = seen.known_size,
                                       .handed_on = seen.handed_on,
                                       .left = seen.left,
                                       .not_taken = seen.not_taken,
                                       .not_here = seen.not_here};
        _Static_assert(sizeof out->name == sizeof seen.name && sizeof out->reason == sizeof seen.reason,
                       "copied whole");
        memcpy(out->name, seen.name, sizeof out->name);
        memcpy(out->reason, seen.reason, sizeof out->reason);
    }
    return hf_handle_leave(hf, status);
}

enum holdfast_status holdfast_shard_evidence(struct holdfast *hf,
                                             void (*take)(void *ctx, const void *bytes, size_t len), void *ctx)
{
    struct hf_buf note = {0};
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_STATUS);
    if (status != HF_OK)
        return hf_handle_refused(status);
    status = hf_replica_shard_evidence(hf->replica, &note, &hf->err);
    if (status == HF_OK && note.len == 0)
        status = hf_handle_fail(hf, HF_ERR_NOT_FOUND, "This device has no checkpoint of a log before this one.");
    if (status == HF_OK)
        take(ctx, note.data, note.len);
    hf_buf_clear(&note);
    return hf_handle_leave(hf, status);
}
