/* A device that was away so long that the office's channel key is not answered any more: the administrator hands it the
 * certificate of the keys in use, which the authority signed. Everything else follows with the next sync. */
#include "client/handle.h"
#include "protocol/keys_text.h"

#include <string.h>

static enum hf_status check(struct holdfast *hf, struct hf_slice text, struct hf_keys_text *keys)
{
    const struct hf_identity *own = hf_replica_identity(hf->replica);
    enum hf_status status = hf_keys_text_read(text, keys, &hf->err);
    if (status != HF_OK)
        return status;
    if (own->state != HF_IDENTITY_ENROLLED && own->state != HF_IDENTITY_REVOKED)
        return hf_handle_fail(hf, HF_ERR_STATE, "This device is not enrolled yet. Nothing was changed.");
    if (!keys->is_signed || !hf_server_certified(own->authority_key, own->log_id, &keys->body))
        return hf_handle_fail(hf, HF_ERR_AUTH,
                              "The authority did not sign these keys for this office. Nothing was changed. Ask an "
                              "administrator for what `holdfastd key show` prints.");
    if (keys->body.serial < own->serial)
        return hf_handle_fail(hf, HF_ERR_STATE,
                              "The office had given these keys up when this device last heard of it. Nothing was "
                              "changed. Ask an administrator for what `holdfastd key show` prints now.");
    return HF_OK;
}

enum holdfast_status holdfast_follow_keys(struct holdfast *hf, const void *text, size_t len)
{
    struct hf_keys_text keys;
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_OFFICE);
    if (status != HF_OK)
        return hf_handle_refused(status);
    struct hf_identity *next = hf_secret_alloc(sizeof *next);
    status = next ? check(hf, hf_slice_of(text, len), &keys) : HF_ERR_NOMEM;
    if (status == HF_OK) {
        *next = *hf_replica_identity(hf->replica);
        memcpy(next->server_channel_key, keys.body.channel_key, sizeof next->server_channel_key);
        status = hf_replica_identity_put(hf->replica, next, &hf->err);
    }
    hf_secret_free(next);
    return hf_handle_leave(hf, status);
}
