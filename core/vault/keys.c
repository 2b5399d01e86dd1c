#include "core/vault/keys.h"

#include "core/base/assert.h"
#include "core/vault/gate.h"
#include "core/vault/vault_internal.h"

#include <string.h>
#include <unistd.h>

enum hf_status hf_vault_secrets_new(struct hf_vault_secrets **out, struct hf_error *err)
{
    struct hf_vault_secrets *secrets = hf_secret_alloc(sizeof(*secrets));

    if (!secrets)
        return hf_error_set(err, HF_ERR_NOMEM, "There is not enough free memory.");
    memset(secrets, 0, sizeof(*secrets));
    *out = secrets;
    return HF_OK;
}

/* --- reading -------------------------------------------------------------------------------------------------------
 */

enum hf_status hf_vault_keyfile_load(const struct hf_vault_paths *paths, struct hf_keyfile *out, struct hf_error *err)
{
    struct hf_buf bytes;
    enum hf_status status;

    hf_buf_init(&bytes, HF_KEYFILE_BYTES_MAX);
    status = hf_vault_file_read(paths->key, HF_KEYFILE_BYTES_MAX, &bytes, err);
    if (status == HF_ERR_NOT_FOUND)
        (void)hf_error_set(err, status, "There is no protected data in this folder yet.");
    if (status == HF_OK)
        status = hf_keyfile_decode(hf_buf_slice(&bytes), out, err);
    hf_buf_clear(&bytes);
    return status;
}

enum hf_status hf_vault_secret_load(const struct hf_vault_paths *paths, struct hf_vault_secrets *secrets,
                                    struct hf_error *err)
{
    struct hf_buf bytes;
    enum hf_status status;

    hf_buf_init(&bytes, HF_VAULT_SECRET_FILE_BYTES);
    hf_buf_reserve(&bytes, HF_VAULT_SECRET_FILE_BYTES);
    status = hf_vault_file_read(paths->secret, HF_VAULT_SECRET_FILE_BYTES, &bytes, err);
    if (status == HF_ERR_NOT_FOUND)
        status =
            hf_error_set(err, HF_ERR_AUTH,
                         "This device's secret is gone, so its data cannot be opened. Ask the office to set up this "
                         "device again.");
    if (status == HF_OK)
        status = hf_vault_secret_decode(hf_buf_slice(&bytes), secrets->device_secret, err);
    hf_buf_wipe(&bytes);
    return status;
}

enum hf_status hf_vault_keyfile_check(const struct hf_keyfile *keyfile, const uint8_t data_key[HF_KEY_BYTES],
                                      struct hf_error *err)
{
    if (hf_keyfile_mac_fits(keyfile, data_key))
        return HF_OK;
    return hf_error_set(err, HF_ERR_CORRUPT,
                        "The key file was changed by something other than Holdfast. Nothing was changed. Restore the "
                        "key file from a backup, or ask the office to set up this device again.");
}

/* Tries the passphrase slots in turn. *out_slot: the one that fits. */
static enum hf_status unwrap(struct hf_keyfile *keyfile, struct hf_slice passphrase, struct hf_vault_secrets *secrets,
                             struct hf_keyfile_slot **out_slot, struct hf_error *err)
{
    struct hf_keyfile_slot *slot = NULL;
    enum hf_status status = hf_error_set(err, HF_ERR_AUTH, "This device's data cannot be opened with a passphrase.");

    while ((slot = hf_keyfile_find(keyfile, HF_KEYFILE_SLOT_PASSPHRASE, slot)) != NULL) {
        status = hf_vault_slot_unwrap(slot, keyfile, passphrase, secrets->device_secret, secrets->data_key, err);
        if (status != HF_ERR_AUTH)
            break;
    }
    if (status == HF_OK)
        status = hf_vault_keyfile_check(keyfile, secrets->data_key, err);
    if (status == HF_OK)
        *out_slot = slot;
    return status;
}

enum hf_status hf_vault_unlock(const struct hf_vault_paths *paths, struct hf_slice passphrase,
                               struct hf_keyfile *keyfile, struct hf_vault_secrets *secrets,
                               struct hf_keyfile_slot **out_slot, struct hf_error *err)
{
    enum hf_status status = hf_vault_passphrase_check(passphrase, err);

    if (status == HF_OK)
        status = hf_vault_keyfile_load(paths, keyfile, err);
    if (status == HF_OK)
        status = hf_vault_secret_load(paths, secrets, err);
    if (status == HF_OK)
        status = hf_vault_gate_enter(paths, err);
    if (status != HF_OK)
        return status;
    status = unwrap(keyfile, passphrase, secrets, out_slot, err);
    hf_vault_gate_leave(paths, status);
    return status;
}

/* --- changing ------------------------------------------------------------------------------------------------------
 */

enum hf_status hf_vault_keyfile_draft(const struct hf_vault_paths *paths, struct hf_vault_draft *draft,
                                      const struct hf_keyfile *keyfile, const struct hf_vault_secrets *secrets,
                                      struct hf_error *err)
{
    struct hf_buf bytes;
    enum hf_status status;

    hf_buf_init(&bytes, HF_KEYFILE_BYTES_MAX);
    hf_keyfile_encode(keyfile, secrets->data_key, &bytes);
    status = hf_buf_status(&bytes);
    if (status == HF_OK)
        status = hf_vault_draft_write(paths, draft, hf_buf_slice(&bytes), err);
    hf_buf_clear(&bytes);
    return status;
}

static enum hf_status change_in(const struct hf_vault_paths *paths, struct hf_slice passphrase,
                                hf_vault_keyfile_fn *change, void *ctx, struct hf_error *err)
{
    struct hf_keyfile keyfile;
    struct hf_keyfile_slot *slot;
    struct hf_vault_draft draft;
    struct hf_vault_secrets *secrets = NULL;
    enum hf_status status = hf_vault_draft_begin(paths, &draft, err);

    if (status != HF_OK)
        return status;
    status = hf_vault_secrets_new(&secrets, err);
    if (status == HF_OK)
        status = hf_vault_unlock(paths, passphrase, &keyfile, secrets, &slot, err);
    if (status == HF_OK)
        status = change(ctx, &keyfile, slot, secrets, err);
    if (status == HF_OK)
        status = hf_vault_keyfile_draft(paths, &draft, &keyfile, secrets, err);
    if (status == HF_OK)
        status = hf_vault_draft_commit(paths, &draft, err);
    hf_vault_draft_end(paths, &draft);
    hf_secret_free(secrets);
    return status;
}

enum hf_status hf_vault_keyfile_change(const char *folder, const char *name, struct hf_slice passphrase,
                                       hf_vault_keyfile_fn *change, void *ctx, struct hf_error *err)
{
    struct hf_vault_paths paths;
    enum hf_status status = hf_vault_start(err);

    if (status == HF_OK)
        status = hf_vault_paths_make(folder, name, &paths, err);
    if (status == HF_OK && access(paths.key, F_OK) != 0) /* before a draft: it would pass for a creation cut short */
        status = hf_error_set(err, HF_ERR_NOT_FOUND, "There is no protected data in this folder yet.");
    if (status == HF_OK)
        status = change_in(&paths, passphrase, change, ctx, err);
    return status;
}

/* --- slots ---------------------------------------------------------------------------------------------------------
 */

enum hf_status hf_vault_slot_add(struct hf_keyfile *keyfile, enum hf_keyfile_slot_type type,
                                 struct hf_keyfile_slot **out_slot, struct hf_error *err)
{
    struct hf_keyfile_slot *slot;

    if (keyfile->slot_count >= HF_KEYFILE_SLOTS_MAX)
        return hf_error_set(err, HF_ERR_LIMIT, "This device's key file has no room for one more way to open it.");
    slot = &keyfile->slots[keyfile->slot_count++];
    memset(slot, 0, sizeof(*slot));
    slot->type = (uint8_t)type;
    hf_random(slot->id.bytes, sizeof(slot->id.bytes));
    *out_slot = slot;
    return HF_OK;
}

void hf_vault_slots_drop(struct hf_keyfile *keyfile, enum hf_keyfile_slot_type type, struct hf_keyfile_slot **keep)
{
    const struct hf_keyfile_slot *kept = keep ? *keep : NULL;
    size_t count = 0;

    for (size_t i = 0; i < keyfile->slot_count; i++) {
        const struct hf_keyfile_slot *slot = &keyfile->slots[i];

        if (slot->type == (uint8_t)type && slot != kept)
            continue;
        if (slot == kept)
            *keep = &keyfile->slots[count];
        if (count != i)
            keyfile->slots[count] = *slot;
        count++;
    }
    HF_ASSERT(count > 0);
    keyfile->slot_count = count;
}
