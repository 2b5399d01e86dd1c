/* The host's key store, the key of the data, and the end of both. */
#include "client/attach.h"
#include "client/reads.h"

#include "core/replica/drafts.h"

#include <unistd.h>

/* --- the callbacks of the host as those of the vault --- */

static enum hf_status host_failed(const struct holdfast_host_key *host, enum holdfast_status status,
                                  struct hf_error *err)
{
    const char *text = host->error_text ? host->error_text(host->ctx) : NULL;
    if (!text || text[0] == '\0')
        text = "This device's key store did not do what was asked. Use the passphrase.";
    return hf_error_set(err, (enum hf_status)status, "%s", text);
}

static enum hf_status host_wrap(void *ctx, const uint8_t secret[HF_KEY_BYTES], struct hf_buf *out, struct hf_error *err)
{
    const struct holdfast_host_key *host = ctx;
    uint8_t wrapped[HOLDFAST_HOST_WRAPPED_BYTES];
    size_t len = 0;
    enum holdfast_status status = host->wrap(host->ctx, secret, wrapped, &len);
    if (status != HOLDFAST_OK)
        return host_failed(host, status, err);
    if (len > sizeof wrapped)
        return hf_error_set(err, HF_ERR_LIMIT, "This device's key store gave something that cannot be kept.");
    hf_buf_append(out, wrapped, len);
    hf_wipe(wrapped, sizeof wrapped);
    return HF_OK;
}

static enum hf_status host_unwrap(void *ctx, struct hf_slice wrapped, uint8_t out_secret[HF_KEY_BYTES],
                                  struct hf_error *err)
{
    const struct holdfast_host_key *host = ctx;
    enum holdfast_status status = host->unwrap(host->ctx, wrapped.data, wrapped.len, out_secret);
    return status == HOLDFAST_OK ? HF_OK : host_failed(host, status, err);
}

static void host_forget(void *ctx, struct hf_slice wrapped)
{
    const struct holdfast_host_key *host = ctx;
    if (host->forget)
        host->forget(host->ctx, wrapped.data, wrapped.len);
}

/* `copy` outlives what is returned. */
static struct hf_vault_host vault_host(struct holdfast_host_key *copy)
{
    return (struct hf_vault_host){.ctx = copy, .wrap = host_wrap, .unwrap = host_unwrap, .forget = host_forget};
}

_Static_assert(HOLDFAST_HOST_SECRET_BYTES == HF_KEY_BYTES, "a key");
_Static_assert(HOLDFAST_HOST_WRAPPED_BYTES == HF_VAULT_HOST_BYTES_MAX, "the same room");

/* --- public --- */

static enum hf_status need_host(struct holdfast *hf, const struct holdfast_host_key *host)
{
    if (host && host->wrap && host->unwrap)
        return HF_OK;
    return hf_handle_fail(hf, HF_ERR_INVALID, "A key store of this device is needed here.");
}

enum holdfast_status holdfast_add_host_key(struct holdfast *hf, const char *passphrase,
                                           const struct holdfast_host_key *host)
{
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_ANY);
    if (status != HF_OK)
        return hf_handle_refused(status);
    status = hf_handle_need_passphrase(hf, passphrase);
    if (status == HF_OK)
        status = need_host(hf, host);
    if (status == HF_OK) {
        struct holdfast_host_key copy = *host;
        const struct hf_vault_host store = vault_host(&copy);
        status = hf_vault_add_host(hf->folder, HF_CLIENT_VAULT_NAME, hf_slice_str(passphrase), &store, &hf->err);
    }
    return hf_handle_leave(hf, status);
}

enum holdfast_status holdfast_remove_host_key(struct holdfast *hf, const char *passphrase,
                                              const struct holdfast_host_key *host)
{
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_ANY);
    if (status != HF_OK)
        return hf_handle_refused(status);
    struct holdfast_host_key copy = host ? *host : (struct holdfast_host_key){0};
    const struct hf_vault_host store = vault_host(&copy);
    status = hf_handle_need_passphrase(hf, passphrase);
    if (status == HF_OK)
        status = hf_vault_remove_host(hf->folder, HF_CLIENT_VAULT_NAME, hf_slice_str(passphrase), &store, &hf->err);
    return hf_handle_leave(hf, status);
}

bool holdfast_has_host_key(const struct holdfast *hf)
{
    return hf_vault_has_host(hf->folder, HF_CLIENT_VAULT_NAME);
}

static enum hf_status open_by_host(struct holdfast *hf, const struct holdfast_host_key *host)
{
    struct holdfast_host_key copy = *host;
    const struct hf_vault_host store = vault_host(&copy);
    if (hf->vault)
        return hf_handle_fail(hf, HF_ERR_STATE, "This is unlocked already.");
    enum hf_status status =
        hf_vault_open_host(hf->folder, HF_CLIENT_VAULT_NAME, &store, HF_VAULT_READ_WRITE, &hf->vault, &hf->err);
    return status == HF_OK ? hf_handle_read_replica(hf, false) : status;
}

enum holdfast_status holdfast_unlock_host(struct holdfast *hf, const struct holdfast_host_key *host)
{
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_ANY);
    if (status != HF_OK)
        return hf_handle_refused(status);
    status = need_host(hf, host);
    if (status == HF_OK)
        status = open_by_host(hf, host);
    return hf_handle_leave(hf, status);
}

enum holdfast_status holdfast_rotate_key(struct holdfast *hf, const char *passphrase,
                                         const struct holdfast_host_key *host)
{
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_ANY);
    if (status != HF_OK)
        return hf_handle_refused(status);
    struct holdfast_host_key copy = host ? *host : (struct holdfast_host_key){0};
    const struct hf_vault_host store = vault_host(&copy);
    status = hf_handle_need_passphrase(hf, passphrase);
    if (status == HF_OK && host)
        status = need_host(hf, host);
    if (status == HF_OK && hf->vault)
        status = hf_error_set(&hf->err, HF_ERR_BUSY, "This is unlocked. Lock it first, then change its key.");
    if (status == HF_OK)
        status =
            hf_vault_rotate(hf->folder, HF_CLIENT_VAULT_NAME, hf_slice_str(passphrase), host ? &store : NULL, &hf->err);
    return hf_handle_leave(hf, status);
}

/* --- the end --- */

static bool count_own(void *ctx, const struct hf_draft_row *row)
{
    size_t *count = ctx;
    *count += row->own;
    return true;
}

static enum hf_status may_wipe(struct holdfast *hf)
{
    struct hf_replica_counts counts = {0};
    size_t drafts = hf->edits ? 1 : 0;
    uint64_t reads = 0;
    if (!hf->replica && !hf_handle_has_vault(hf))
        return HF_OK;
    if (!hf->replica)
        return hf_handle_fail(hf, HF_ERR_LOCKED,
                              "While this is locked nobody can see whether everything in it was sent. Unlock it first, "
                              "or say that it is to go even with what was not sent.");
    enum hf_status status = hf_replica_counts(hf->replica, &counts);
    if (status == HF_OK)
        status = hf_replica_drafts(hf->replica, NULL, count_own, &drafts, &hf->err);
    if (status == HF_OK)
        status = hf_reads_unsent(hf, &reads);
    if (status == HF_OK && reads > 0)
        status =
            hf_handle_fail(hf, HF_ERR_STATE,
                           "What was read on this device has not been told to the office yet. Nothing was removed. "
                           "Sync first, or say that it is to go even so.");
    if (status == HF_OK && counts.saved_here > 0)
        status = hf_handle_fail(hf, HF_ERR_STATE,
                                "%llu change%s of yours %s not been sent to the office yet. Nothing was removed. Sync "
                                "first, or say that it is to go even so.",
                                (unsigned long long)counts.saved_here, counts.saved_here == 1 ? "" : "s",
                                counts.saved_here == 1 ? "has" : "have");
    else if (status == HF_OK && drafts > 0)
        status =
            hf_handle_fail(hf, HF_ERR_STATE,
                           "Something you typed is not saved yet. Nothing was removed. Save and sync first, or say "
                           "that it is to go even so.");
    return status;
}

enum holdfast_status holdfast_wipe(struct holdfast *hf, bool even_unsent, const struct holdfast_host_key *host)
{
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_ANY);
    if (status != HF_OK)
        return hf_handle_refused(status);
    if (!even_unsent)
        status = may_wipe(hf);
    if (status == HF_OK) {
        struct holdfast_host_key copy = host ? *host : (struct holdfast_host_key){0};
        const struct hf_vault_host store = vault_host(&copy);
        hf_handle_shut(hf);
        hf_vault_forget_host(hf->folder, HF_CLIENT_VAULT_NAME, &store);
        status = hf_vault_wipe(hf->folder, HF_CLIENT_VAULT_NAME, &hf->err);
        hf_attach_wipe(hf); /* sealed under keys that are gone */
    }
    if (status == HF_OK)
        (void)rmdir(hf->folder); /* when nothing else is in it */
    return hf_handle_leave(hf, status);
}
