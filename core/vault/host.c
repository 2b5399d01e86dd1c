/* The slot of the host's key store. The host sees a key of this slot's own, never the data key. */
#include "core/vault/host.h"
#include "core/vault/vault_internal.h"

#include <string.h>

enum body_at { AT_NONCE = 0, AT_WRAPPED = 24, AT_TAG = 56, AT_HOST = 72 };

#define AAD_LABEL "hf vault host slot v1"
#define AAD_BYTES (sizeof(AAD_LABEL) - 1 + 1 + HF_ID_BYTES + 2 + HF_ID_BYTES + HF_VAULT_HOST_BYTES_MAX)

_Static_assert(AT_HOST + HF_VAULT_HOST_BYTES_MAX <= HF_KEYFILE_BODY_BYTES_MAX, "fits a slot");

/* Its length. */
static size_t aad_make(uint8_t out[AAD_BYTES], const struct hf_keyfile *keyfile, const struct hf_keyfile_slot *slot)
{
    const size_t host_len = slot->body_len - (size_t)AT_HOST;
    uint8_t *at = out;

    memcpy(at, AAD_LABEL, sizeof(AAD_LABEL) - 1);
    at += sizeof(AAD_LABEL) - 1;
    *at++ = keyfile->suite;
    memcpy(at, keyfile->db_id.bytes, HF_ID_BYTES);
    at += HF_ID_BYTES;
    *at++ = slot->type;
    *at++ = slot->flags;
    memcpy(at, slot->id.bytes, HF_ID_BYTES);
    at += HF_ID_BYTES;
    memcpy(at, slot->body + AT_HOST, host_len);
    return (size_t)(at - out) + host_len;
}

/* --- adding and removing ---------------------------------------------------------------------------------------------
 */

static enum hf_status ask_host(const struct hf_vault_host *host, const uint8_t *key, struct hf_keyfile_slot *slot,
                               struct hf_error *err)
{
    struct hf_buf wrapped;
    enum hf_status status;

    hf_buf_init(&wrapped, HF_VAULT_HOST_BYTES_MAX);
    status = host->wrap(host->ctx, key, &wrapped, err);
    if (status == HF_OK && (hf_buf_status(&wrapped) != HF_OK || wrapped.len == 0))
        status = hf_error_set(err, HF_ERR_LIMIT, "This device's key store gave something that cannot be kept.");
    if (status == HF_OK) {
        memcpy(slot->body + AT_HOST, wrapped.data, wrapped.len);
        slot->body_len = (uint16_t)(AT_HOST + wrapped.len);
    }
    hf_buf_wipe(&wrapped);
    return status;
}

static enum hf_status wrap(const struct hf_vault_host *host, const struct hf_keyfile *keyfile,
                           struct hf_keyfile_slot *slot, const uint8_t *data_key, struct hf_error *err)
{
    uint8_t aad[AAD_BYTES];
    uint8_t *key = hf_secret_alloc(HF_KEY_BYTES);
    enum hf_status status;

    if (!key)
        return hf_error_set(err, HF_ERR_NOMEM, "There is not enough free memory.");
    hf_random(key, HF_KEY_BYTES);
    status = ask_host(host, key, slot, err);
    if (status == HF_OK) {
        const size_t aad_len = aad_make(aad, keyfile, slot);

        hf_random(slot->body + AT_NONCE, HF_XNONCE_BYTES);
        hf_seal(key, slot->body + AT_NONCE, hf_slice_of(aad, aad_len), data_key, HF_KEY_BYTES, slot->body + AT_WRAPPED,
                slot->body + AT_TAG);
    }
    hf_secret_free(key);
    return status;
}

void hf_vault_host_drop(struct hf_keyfile *keyfile, struct hf_keyfile_slot **keep, struct hf_vault_host_old *out_old)
{
    const struct hf_keyfile_slot *slot = hf_keyfile_find(keyfile, HF_KEYFILE_SLOT_HOST, NULL);

    out_old->len = 0;
    if (slot && slot->body_len > AT_HOST && slot->body_len <= AT_HOST + HF_VAULT_HOST_BYTES_MAX) {
        out_old->len = slot->body_len - (size_t)AT_HOST;
        memcpy(out_old->bytes, slot->body + AT_HOST, out_old->len);
    }
    hf_vault_slots_drop(keyfile, HF_KEYFILE_SLOT_HOST, keep);
}

enum hf_status hf_vault_host_wrap(const struct hf_vault_host *host, struct hf_keyfile *keyfile,
                                  const uint8_t data_key[HF_KEY_BYTES], struct hf_error *err)
{
    struct hf_keyfile_slot *slot = NULL;
    enum hf_status status = hf_vault_slot_add(keyfile, HF_KEYFILE_SLOT_HOST, &slot, err);

    return status == HF_OK ? wrap(host, keyfile, slot, data_key, err) : status;
}

void hf_vault_host_forget(const struct hf_vault_host *host, const struct hf_vault_host_old *old)
{
    if (host && host->forget && old->len > 0)
        host->forget(host->ctx, hf_slice_of(old->bytes, old->len));
}

struct host_change {
    const struct hf_vault_host *host;
    struct hf_vault_host_old old;
};

static enum hf_status add(void *ctx, struct hf_keyfile *keyfile, struct hf_keyfile_slot *slot,
                          const struct hf_vault_secrets *secrets, struct hf_error *err)
{
    struct host_change *change = ctx;

    hf_vault_host_drop(keyfile, &slot, &change->old);
    return hf_vault_host_wrap(change->host, keyfile, secrets->data_key, err);
}

enum hf_status hf_vault_add_host(const char *folder, const char *name, struct hf_slice passphrase,
                                 const struct hf_vault_host *host, struct hf_error *err)
{
    struct host_change change = {.host = host};
    enum hf_status status = hf_vault_keyfile_change(folder, name, passphrase, add, &change, err);

    if (status == HF_OK)
        hf_vault_host_forget(host, &change.old);
    return status;
}

static enum hf_status drop(void *ctx, struct hf_keyfile *keyfile, struct hf_keyfile_slot *slot,
                           const struct hf_vault_secrets *secrets, struct hf_error *err)
{
    struct host_change *change = ctx;

    (void)secrets;
    if (!hf_keyfile_find(keyfile, HF_KEYFILE_SLOT_HOST, NULL))
        return hf_error_set(err, HF_ERR_NOT_FOUND, "No key store of this device opens its data.");
    hf_vault_host_drop(keyfile, &slot, &change->old);
    return HF_OK;
}

enum hf_status hf_vault_remove_host(const char *folder, const char *name, struct hf_slice passphrase,
                                    const struct hf_vault_host *host, struct hf_error *err)
{
    struct host_change change = {.host = host};
    enum hf_status status = hf_vault_keyfile_change(folder, name, passphrase, drop, &change, err);

    if (status == HF_OK)
        hf_vault_host_forget(host, &change.old);
    return status;
}

static enum hf_status find_old(const char *folder, const char *name, struct hf_vault_host_old *out_old,
                               struct hf_error *err)
{
    struct hf_vault_paths paths;
    struct hf_keyfile keyfile;
    struct hf_keyfile_slot *none = NULL;
    enum hf_status status = hf_vault_paths_make(folder, name, &paths, err);

    if (status == HF_OK)
        status = hf_vault_keyfile_load(&paths, &keyfile, err);
    if (status == HF_OK && !hf_keyfile_find(&keyfile, HF_KEYFILE_SLOT_HOST, NULL))
        status = hf_error_set(err, HF_ERR_NOT_FOUND, "No key store of this device opens its data.");
    if (status == HF_OK)
        hf_vault_host_drop(&keyfile, &none, out_old);
    return status;
}

bool hf_vault_has_host(const char *folder, const char *name)
{
    struct hf_vault_host_old old;

    return find_old(folder, name, &old, NULL) == HF_OK;
}

void hf_vault_forget_host(const char *folder, const char *name, const struct hf_vault_host *host)
{
    struct hf_vault_host_old old;

    if (find_old(folder, name, &old, NULL) == HF_OK)
        hf_vault_host_forget(host, &old);
}

/* --- opening -------------------------------------------------------------------------------------------------------
 */

static enum hf_status unwrap(const struct hf_vault_host *host, const struct hf_keyfile *keyfile,
                             const struct hf_keyfile_slot *slot, uint8_t *out_data_key, struct hf_error *err)
{
    uint8_t aad[AAD_BYTES];
    uint8_t *key;
    enum hf_status status;

    if (slot->flags != 0 || slot->body_len <= AT_HOST || slot->body_len > AT_HOST + HF_VAULT_HOST_BYTES_MAX)
        return hf_error_set(err, HF_ERR_CORRUPT, "The key file is damaged. Nothing was changed.");
    key = hf_secret_alloc(HF_KEY_BYTES);
    if (!key)
        return hf_error_set(err, HF_ERR_NOMEM, "There is not enough free memory.");
    status = host->unwrap(host->ctx, hf_slice_of(slot->body + AT_HOST, slot->body_len - (size_t)AT_HOST), key, err);
    if (status == HF_OK) {
        const size_t aad_len = aad_make(aad, keyfile, slot);

        if (!hf_unseal(key, slot->body + AT_NONCE, hf_slice_of(aad, aad_len), slot->body + AT_WRAPPED, HF_KEY_BYTES,
                       slot->body + AT_TAG, out_data_key))
            status = hf_error_set(err, HF_ERR_AUTH,
                                  "The key in this device's key store does not open its data. Use the passphrase.");
    }
    hf_secret_free(key);
    return status;
}

static enum hf_status unlock(const struct hf_vault_paths *paths, const struct hf_vault_host *host,
                             struct hf_keyfile *keyfile, struct hf_vault_secrets *secrets, struct hf_error *err)
{
    struct hf_keyfile_slot *slot;
    enum hf_status status = hf_vault_keyfile_load(paths, keyfile, err);

    if (status != HF_OK)
        return status;
    slot = hf_keyfile_find(keyfile, HF_KEYFILE_SLOT_HOST, NULL);
    if (!slot)
        return hf_error_set(err, HF_ERR_NOT_FOUND, "No key store of this device opens its data. Use the passphrase.");
    status = unwrap(host, keyfile, slot, secrets->data_key, err);
    if (status == HF_OK)
        status = hf_vault_keyfile_check(keyfile, secrets->data_key, err);
    return status;
}

enum hf_status hf_vault_open_host(const char *folder, const char *name, const struct hf_vault_host *host,
                                  unsigned flags, struct hf_vault **out_vault, struct hf_error *err)
{
    struct hf_vault_paths paths;
    struct hf_keyfile keyfile;
    struct hf_vault_secrets *secrets = NULL;
    enum hf_status status = hf_vault_start(err);

    if (status == HF_OK)
        status = hf_vault_paths_make(folder, name, &paths, err);
    if (status == HF_OK)
        status = hf_vault_secrets_new(&secrets, err);
    if (status == HF_OK)
        status = unlock(&paths, host, &keyfile, secrets, err);
    if (status == HF_OK)
        status = hf_vault_open_unlocked(&paths, &keyfile, secrets, flags, out_vault, err);
    hf_secret_free(secrets);
    return status;
}
