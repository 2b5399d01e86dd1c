#include "server/data_folder_internal.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_BYTES HF_FOLDER_PATH_BYTES

static enum hf_status is_there(const char *folder, const char *name, bool *out, struct hf_error *err)
{
    char path[PATH_BYTES];
    struct stat found;
    enum hf_status status = hf_folder_path(folder, name, path, err);
    if (status != HF_OK)
        return status;
    *out = lstat(path, &found) == 0;
    return *out || errno == ENOENT ? HF_OK : hf_folder_file_error(path, err);
}

/* It is in no backup: after a machine was lost this is what an administrator sees first. */
enum hf_status hf_folder_check_guard(const char *folder, struct hf_error *err)
{
    bool there = false;
    enum hf_status status = is_there(folder, "guard.db", &there, err);
    if (status != HF_OK || there)
        return status;
    return hf_error_set(err, HF_ERR_NOT_FOUND,
                        "guard.db is not there: the signing guard, which no backup holds. Without it nothing is "
                        "signed. If it still lies somewhere, put it back. If the machine is lost, find the newest "
                        "checkpoint that anybody has, and run `holdfastd guard new` (docs/keys.md, “When the whole "
                        "machine is lost”).");
}

enum hf_status hf_data_folder_open_unguarded(const char *folder, struct hf_data_folder *out, struct hf_error *err)
{
    static const char *const names[] = {[HF_FOLDER_STORE] = "server", [HF_FOLDER_KEYS] = "keys"};
    uint8_t secret[HF_KEY_BYTES];
    unsigned suite = 0;
    bool there = false;
    memset(out, 0, sizeof *out);
    enum hf_status status = hf_folder_read_secret(folder, secret, &suite, err);
    for (int i = 0; status == HF_OK && i < HF_FOLDER_GUARD; i++)
        status = hf_folder_open_vault(folder, names[i], i, secret, HF_VAULT_READ_WRITE | suite, &out->vaults[i], err);
    hf_wipe(secret, sizeof secret);
    if (status == HF_OK)
        status = is_there(folder, "guard.db", &there, err);
    if (status == HF_OK && there)
        status = hf_error_set(err, HF_ERR_EXISTS,
                              "%s/guard.db is there. A guard is only made where there is none: this one knows better "
                              "than any checkpoint what was signed. Nothing was changed.",
                              folder);
    if (status == HF_OK)
        status = hf_keystore_open(out->vaults[HF_FOLDER_KEYS], &out->keystore, err);
    if (status == HF_OK)
        status = hf_store_sqlite_open(out->vaults[HF_FOLDER_STORE], &out->store, err);
    if (status != HF_OK)
        hf_data_folder_close(out);
    return status;
}

static enum hf_status put_missing(const char *folder, const char *name, const uint8_t key[HF_KEY_BYTES], mode_t mode,
                                  struct hf_error *err)
{
    bool there = false;
    enum hf_status status = is_there(folder, name, &there, err);
    return status == HF_OK && !there ? hf_folder_write_hex(folder, name, key, mode, err) : status;
}

/* In no backup either, and easily had again: the commands' key is any key, the public ones stand in keys.db. */
static enum hf_status put_small_files(const char *folder, const struct hf_server_keys *keys, struct hf_error *err)
{
    static const uint8_t none[HF_KEY_BYTES];
    uint8_t admin[HF_KEY_BYTES];
    hf_random(admin, sizeof admin);
    enum hf_status status = put_missing(folder, "admin.key", admin, 0600, err);
    hf_wipe(admin, sizeof admin);
    if (status == HF_OK)
        status = put_missing(folder, "authority.pub", keys->authority_key, 0644, err);
    if (status == HF_OK && memcmp(keys->recovery_key, none, sizeof none) != 0)
        status = put_missing(folder, "recovery.pub", keys->recovery_key, 0644, err);
    return status;
}

#define GUARD_DRAFT "guard-new"

/* link, because a rename would take the place of a guard that came meanwhile. */
static enum hf_status settle_draft(const char *folder, struct hf_error *err)
{
    char draft[PATH_BYTES], path[PATH_BYTES];
    bool open_log = false;
    enum hf_status status = is_there(folder, GUARD_DRAFT ".db-wal", &open_log, err);
    if (status == HF_OK && open_log)
        status = hf_error_set(err, HF_ERR_IO, "The new signing guard could not be written whole. Try again.");
    if (status == HF_OK)
        status = hf_folder_path(folder, GUARD_DRAFT ".db", draft, err);
    if (status == HF_OK)
        status = hf_folder_path(folder, "guard.db", path, err);
    if (status == HF_OK && link(draft, path) != 0)
        status = hf_folder_file_error(path, err);
    return status == HF_OK ? hf_folder_sync(folder, err) : status;
}

static void remove_draft(const char *folder)
{
    char path[PATH_BYTES];
    if (hf_folder_path(folder, GUARD_DRAFT ".db", path, NULL) == HF_OK)
        (void)unlink(path);
    if (hf_folder_path(folder, GUARD_DRAFT ".db-wal", path, NULL) == HF_OK)
        (void)unlink(path);
}

enum hf_status hf_data_folder_put_guard(const char *folder, const struct hf_data_folder *parts,
                                        const struct hf_guard_mark *mark, struct hf_slice note, struct hf_error *err)
{
    uint8_t secret[HF_KEY_BYTES];
    unsigned suite = 0;
    struct hf_vault *vault = NULL;
    struct hf_guard *guard = NULL;
    enum hf_status status = put_small_files(folder, hf_keystore_server(parts->keystore), err);
    if (status == HF_OK)
        status = hf_folder_read_secret(folder, secret, &suite, err);
    if (status != HF_OK)
        return status;
    remove_draft(folder); /* of an attempt that was cut off */
    status = hf_folder_open_vault(folder, GUARD_DRAFT, HF_FOLDER_GUARD, secret, HF_VAULT_CREATE | suite, &vault, err);
    hf_wipe(secret, sizeof secret);
    if (status == HF_OK)
        status = hf_guard_create_at(vault, mark, note, &guard, err);
    hf_guard_close(guard);
    const enum hf_status closed = hf_vault_close(vault);
    if (status == HF_OK && closed != HF_OK)
        status = hf_error_set(err, closed, "The new signing guard could not be written: %s", hf_status_text(closed));
    if (status == HF_OK)
        status = settle_draft(folder, err);
    remove_draft(folder);
    return status;
}
