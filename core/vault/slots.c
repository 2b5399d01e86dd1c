/* Ways to open a vault besides the passphrase: adding them, and what opens through them. */
#include "core/vault/keys.h"
#include "core/vault/recovery.h"
#include "core/vault/vault_internal.h"

#include <string.h>
#include <unistd.h>

/* --- the organisation's recovery key ---------------------------------------------------------------------------------
 */

static enum hf_status add_recovery(void *ctx, struct hf_keyfile *keyfile, struct hf_keyfile_slot *slot,
                                   const struct hf_vault_secrets *secrets, struct hf_error *err)
{
    const uint8_t *public_key = ctx;
    struct hf_keyfile_slot *there = NULL;
    enum hf_status status;

    (void)slot;
    while ((there = hf_keyfile_find(keyfile, HF_KEYFILE_SLOT_RECOVERY, there)) != NULL) {
        const uint8_t *key = hf_recovery_slot_key(there);

        if (key && memcmp(key, public_key, HF_DH_BYTES) == 0)
            return hf_error_set(err, HF_ERR_EXISTS, "This device holds that recovery key already.");
    }
    status = hf_vault_slot_add(keyfile, HF_KEYFILE_SLOT_RECOVERY, &there, err);
    if (status == HF_OK)
        status = hf_recovery_wrap(there, public_key, secrets->data_key, err);
    return status;
}

enum hf_status hf_vault_add_recovery(const char *folder, const char *name, struct hf_slice passphrase,
                                     const uint8_t public_key[HF_DH_BYTES], struct hf_error *err)
{
    uint8_t key[HF_DH_BYTES];

    memcpy(key, public_key, sizeof(key));
    return hf_vault_keyfile_change(folder, name, passphrase, add_recovery, key, err);
}

/* The first recovery slot that this key opens gives the data key. */
static enum hf_status unlock_by_recovery(struct hf_keyfile *keyfile, const struct hf_dh_key *key,
                                         struct hf_vault_secrets *secrets, struct hf_error *err)
{
    struct hf_keyfile_slot *slot = NULL;
    enum hf_status status = hf_error_set(err, HF_ERR_AUTH, "This device's data has no recovery key.");

    while (status != HF_OK && (slot = hf_keyfile_find(keyfile, HF_KEYFILE_SLOT_RECOVERY, slot)) != NULL)
        status = hf_recovery_unwrap(slot, key, secrets->data_key, err);
    if (status == HF_OK)
        status = hf_vault_keyfile_check(keyfile, secrets->data_key, err);
    return status;
}

/* A device secret that is gone or damaged opens nothing any more: a new one takes its place. */
static enum hf_status settle_secret(const struct hf_vault_paths *paths, struct hf_vault_secrets *secrets,
                                    struct hf_error *err)
{
    enum hf_status status = hf_vault_secret_load(paths, secrets, NULL);

    if (status != HF_ERR_AUTH && status != HF_ERR_CORRUPT)
        return status == HF_OK ? HF_OK : hf_error_set(err, status, "%s", hf_status_text(status));
    hf_random(secrets->device_secret, sizeof(secrets->device_secret));
    hf_vault_secret_encode(secrets->device_secret, secrets->secret_file);
    status = hf_vault_file_remove(paths->secret, err);
    if (status == HF_OK)
        status =
            hf_vault_file_write(paths->secret, hf_slice_of(secrets->secret_file, sizeof(secrets->secret_file)), err);
    if (status == HF_OK)
        status = hf_vault_folder_sync(paths->folder, err);
    return status;
}

/* One passphrase slot, for the new passphrase, at the cost of the old one; nobody else who could open it before can. */
static enum hf_status replace_passphrase(struct hf_keyfile *keyfile, struct hf_slice passphrase,
                                         const struct hf_vault_secrets *secrets, struct hf_error *err)
{
    struct hf_keyfile_slot *slot = hf_keyfile_find(keyfile, HF_KEYFILE_SLOT_PASSPHRASE, NULL);
    struct hf_vault_kdf kdf;
    enum hf_status status = HF_OK;

    if (!slot || hf_vault_slot_kdf(slot, keyfile, &kdf, NULL) != HF_OK)
        status = hf_vault_kdf_settle(NULL, &kdf, err);
    if (status == HF_OK && !slot)
        status = hf_vault_slot_add(keyfile, HF_KEYFILE_SLOT_PASSPHRASE, &slot, err);
    if (status != HF_OK)
        return status;
    hf_vault_slots_drop(keyfile, HF_KEYFILE_SLOT_PASSPHRASE, &slot);
    hf_vault_slots_drop(keyfile, HF_KEYFILE_SLOT_HOST, &slot);
    return hf_vault_slot_wrap(slot, keyfile, passphrase, secrets->device_secret, &kdf, secrets->data_key, err);
}

static enum hf_status recover_in(const struct hf_vault_paths *paths, const struct hf_dh_key *key,
                                 struct hf_slice passphrase, struct hf_error *err)
{
    struct hf_keyfile keyfile;
    struct hf_vault_draft draft;
    struct hf_vault_secrets *secrets = NULL;
    enum hf_status status = hf_vault_draft_begin(paths, &draft, err);

    if (status != HF_OK)
        return status;
    status = hf_vault_secrets_new(&secrets, err);
    if (status == HF_OK)
        status = hf_vault_keyfile_load(paths, &keyfile, err);
    if (status == HF_OK)
        status = unlock_by_recovery(&keyfile, key, secrets, err);
    if (status == HF_OK)
        status = settle_secret(paths, secrets, err);
    if (status == HF_OK)
        status = replace_passphrase(&keyfile, passphrase, secrets, err);
    if (status == HF_OK)
        status = hf_vault_keyfile_draft(paths, &draft, &keyfile, secrets, err);
    if (status == HF_OK)
        status = hf_vault_draft_commit(paths, &draft, err);
    if (status == HF_OK)
        status = hf_vault_file_remove(paths->tries, err);
    hf_vault_draft_end(paths, &draft);
    hf_secret_free(secrets);
    return status;
}

enum hf_status hf_vault_recover(const char *folder, const char *name, const struct hf_dh_key *key,
                                struct hf_slice new_pass, struct hf_error *err)
{
    struct hf_vault_paths paths;
    enum hf_status status = hf_vault_start(err);

    if (status == HF_OK)
        status = hf_vault_passphrase_check(new_pass, err);
    if (status == HF_OK)
        status = hf_vault_paths_make(folder, name, &paths, err);
    if (status == HF_OK && access(paths.key, F_OK) != 0) /* before a draft: it would pass for a creation cut short */
        status = hf_error_set(err, HF_ERR_NOT_FOUND, "There is no protected data in this folder.");
    if (status == HF_OK)
        status = recover_in(&paths, key, new_pass, err);
    return status;
}
