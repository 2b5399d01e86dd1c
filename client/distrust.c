#include "client/distrust.h"

#include "core/base/text.h"
#include "core/replica/distrust.h"

#include <string.h>

enum hf_status hf_distrust_check(struct holdfast *hf)
{
    struct hf_distrust distrust;
    char time[HF_TIME_TEXT_BYTES];
    enum hf_status status = hf_replica_distrust(hf->replica, &distrust, &hf->err);
    if (status != HF_OK || !distrust.found)
        return status;
    hf_text_time(distrust.found_ms, time);
    return hf_handle_fail(
        hf, HF_ERR_AUTH,
        "This device has not trusted the office's log since %s, so it does not sync. Work on: what you "
        "record stays saved here. Give the evidence to whoever checks the office (`holdfast log "
        "evidence`). It found: %.200s",
        time, distrust.text);
}

enum holdfast_status holdfast_get_distrust(struct holdfast *hf, struct holdfast_distrust *out)
{
    struct hf_distrust distrust;
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_STATUS);
    if (status != HF_OK)
        return hf_handle_refused(status);
    status = hf_replica_distrust(hf->replica, &distrust, &hf->err);
    if (status == HF_OK) {
        *out = (struct holdfast_distrust){.found = distrust.found, .found_ms = distrust.found_ms};
        const size_t len = strlen(distrust.text);
        memcpy(out->text, distrust.text, len < sizeof out->text ? len : sizeof out->text - 1);
    }
    return hf_handle_leave(hf, status);
}

enum holdfast_status holdfast_evidence(struct holdfast *hf, void (*take)(void *ctx, const void *bytes, size_t len),
                                       void *ctx)
{
    struct hf_buf file = {0};
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_STATUS);
    if (status != HF_OK)
        return hf_handle_refused(status);
    status = hf_replica_evidence(hf->replica, &file, &hf->err);
    if (status == HF_OK)
        take(ctx, file.data, file.len);
    hf_buf_clear(&file);
    return hf_handle_leave(hf, status);
}

enum holdfast_status holdfast_trust_again(struct holdfast *hf)
{
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_OFFICE);
    if (status != HF_OK)
        return hf_handle_refused(status);
    return hf_handle_leave(hf, hf_replica_distrust_end(hf->replica, &hf->err));
}
