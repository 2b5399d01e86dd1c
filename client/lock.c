#include "client/lock.h"

#include "core/replica/lease.h"

/* --- the lease --- */

static enum hf_status look(struct holdfast *hf, struct hf_lease *out)
{
    const struct hf_lease_now now = {.wall_ms = hf_wall_ms(), .machine_ms = hf_machine_ms()};
    return hf_replica_lease(hf->replica, now, out, &hf->err);
}

enum hf_status hf_records_check(struct holdfast *hf)
{
    struct hf_lease lease;
    if (hf_replica_identity(hf->replica)->state == HF_IDENTITY_REVOKED)
        return hf_handle_fail(
            hf, HF_ERR_REVOKED,
            "The office has revoked this device, so its records stay closed. What was saved here goes "
            "to the office with a sync and is kept there. Ask the office for a new invitation.");
    enum hf_status status = look(hf, &lease);
    if (status != HF_OK)
        return hf_handle_fail(hf, status, "%s", hf->err.text);
    if (lease.left_ms > 0)
        return HF_OK;
    return hf_handle_fail(hf, HF_ERR_EXPIRED,
                          "This device has not been in contact with the office for %u day%s, so its records stay "
                          "closed until it has synced. Connect it to the network and sync. What was saved is safe "
                          "here and will be sent.",
                          (unsigned)lease.days, lease.days == 1 ? "" : "s");
}

void hf_lease_keep(struct holdfast *hf)
{
    struct hf_lease lease;
    if (look(hf, &lease) == HF_OK)
        hf_replica_lease_keep(hf->replica);
}

enum holdfast_status holdfast_get_lease(struct holdfast *hf, struct holdfast_lease *out)
{
    struct hf_lease lease;
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_STATUS);
    if (status != HF_OK)
        return hf_handle_refused(status);
    status = look(hf, &lease);
    if (status == HF_OK)
        *out = (struct holdfast_lease){
            .days = lease.days, .ends_ms = hf_wall_ms() + lease.left_ms, .is_over = lease.left_ms == 0};
    return hf_handle_leave(hf, status);
}

/* --- nobody at work --- */

void holdfast_set_idle_lock(struct holdfast *hf, uint64_t idle_ms)
{
    hf->idle_ms = idle_ms;
    hf->active_ms = hf_machine_ms();
}

void holdfast_idle_touch(struct holdfast *hf)
{
    hf->active_ms = hf_machine_ms();
}

bool holdfast_idle_check(struct holdfast *hf, uint64_t now_ms, uint64_t *out_left_ms)
{
    if (now_ms == 0)
        now_ms = hf_machine_ms();
    const uint64_t idle_ms = now_ms > hf->active_ms ? now_ms - hf->active_ms : 0;
    const bool counts = hf->vault && hf->idle_ms > 0;
    const bool due = counts && idle_ms >= hf->idle_ms;
    if (due && !hf->entered && !hf->telling)
        holdfast_lock(hf);
    if (out_left_ms)
        *out_left_ms = !counts ? UINT64_MAX : due ? 0 : hf->idle_ms - idle_ms;
    return due && !hf->vault;
}
