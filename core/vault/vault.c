/* A vault as a folder: create, open, change the passphrase, wipe. */
#include "core/vault/vault.h"

#include "core/vault/files.h"
#include "core/vault/keys.h"
#include "core/vault/rotate.h"
#include "core/vault/vault_internal.h"

#include <string.h>
#include <unistd.h>

static bool is_there(const char *path)
{
    return access(path, F_OK) == 0;
}

static sqlite3_vfs *base_vfs(void)
{
    return sqlite3_vfs_find(HF_VAULT_BASE_VFS);
}

/* --- opening --------------------------------------------------------------------------------------------------------
 */

static unsigned with_suite(unsigned flags, uint8_t suite)
{
    return suite == HF_SUITE_XAES_256_GCM ? flags | HF_VAULT_HARDWARE_SUITE
                                          : flags & ~(unsigned)HF_VAULT_HARDWARE_SUITE;
}

/* A main file that is empty or gone is damage: SQLite would take it for a new database and drop the WAL. */
static enum hf_status check_main_file(const struct hf_vault_paths *paths, struct hf_error *err)
{
    uint64_t size = 0;
    enum hf_status status = hf_vault_file_size(paths->db, &size, err);

    if (status == HF_ERR_NOT_FOUND || (status == HF_OK && size < HF_VAULT_PAGE_BYTES))
        return hf_error_set(err, HF_ERR_CORRUPT,
                            "The file with the protected data is missing or cut short. Nothing was changed. Restore it "
                            "from a backup, or ask the office to set up this device again.");
    return status;
}

/* True when the key file at hand is no longer the one on the disk: another process put a new key in force meanwhile. */
static bool key_was_rotated(const struct hf_vault_paths *paths, const struct hf_keyfile *keyfile)
{
    struct hf_keyfile now;

    return hf_vault_keyfile_load(paths, &now, NULL) == HF_OK && !hf_id_equal(&now.db_id, &keyfile->db_id);
}

enum hf_status hf_vault_open_unlocked(const struct hf_vault_paths *paths, const struct hf_keyfile *keyfile,
                                      const struct hf_vault_secrets *secrets, unsigned flags,
                                      struct hf_vault **out_vault, struct hf_error *err)
{
    enum hf_status status = hf_vault_rotation_finish(paths, keyfile, secrets->data_key, err);

    if (status == HF_OK)
        status = check_main_file(paths, err);
    if (status == HF_OK)
        status = hf_vault_open_on(base_vfs(), paths->db, &keyfile->db_id, secrets->data_key,
                                  with_suite(flags, keyfile->suite), out_vault, err);
    if (status == HF_ERR_CORRUPT && key_was_rotated(paths, keyfile))
        status = hf_error_set(err, HF_ERR_BUSY, "The key of this data was being changed just now. Try again.");
    return status;
}

enum hf_status hf_vault_open(const char *folder, const char *name, struct hf_slice passphrase, unsigned flags,
                             struct hf_vault **out_vault, struct hf_error *err)
{
    struct hf_vault_paths paths;
    struct hf_keyfile keyfile;
    struct hf_keyfile_slot *slot;
    struct hf_vault_secrets *secrets = NULL;
    enum hf_status status = hf_vault_start(err);

    if (status == HF_OK)
        status = hf_vault_paths_make(folder, name, &paths, err);
    if (status == HF_OK)
        status = hf_vault_secrets_new(&secrets, err);
    if (status == HF_OK)
        status = hf_vault_unlock(&paths, passphrase, &keyfile, secrets, &slot, err);
    if (status == HF_OK)
        status = hf_vault_open_unlocked(&paths, &keyfile, secrets, flags, out_vault, err);
    hf_secret_free(secrets);
    return status;
}

/* --- making a new one
 * -------------------------------------------------------------------------------------------------- */

/* The main file appears whole or not at all. */
static enum hf_status write_main_file(const struct hf_vault_paths *paths, unsigned suite, const struct hf_id *db_id,
                                      const uint8_t *data_key, struct hf_error *err)
{
    uint8_t page[HF_VAULT_PAGE_BYTES];
    enum hf_status status = hf_vault_file_remove(paths->db_new, err); /* of an attempt cut short */

    if (status != HF_OK)
        return status;
    status = hf_vault_seal_first_page_in(suite, db_id, data_key, page);
    if (status != HF_OK)
        return hf_error_set(err, status, "%s", hf_status_text(status));
    status = hf_vault_file_write(paths->db_new, hf_slice_of(page, sizeof(page)), err);
    if (status == HF_OK)
        status = hf_vault_file_rename(paths->db_new, paths->db, err);
    if (status == HF_OK)
        status = hf_vault_folder_sync(paths->folder, err);
    return status;
}

/* What a creation that was cut short can leave: a draft with content, a database of one page that was never opened. */
static bool is_unfinished_creation(const struct hf_vault_paths *paths, const struct hf_vault_draft *draft)
{
    uint64_t size = 0;
    enum hf_status status = hf_vault_file_size(paths->db, &size, NULL);
    bool is_fresh = status == HF_ERR_NOT_FOUND || (status == HF_OK && size == HF_VAULT_PAGE_BYTES);

    return draft->had_content && is_fresh && !is_there(paths->wal);
}

/* Clears away an unfinished creation. Anything else of that name is somebody's data. */
static enum hf_status clear_the_way(const struct hf_vault_paths *paths, const struct hf_vault_draft *draft,
                                    struct hf_error *err)
{
    bool has_files = is_there(paths->db) || is_there(paths->wal) || is_there(paths->secret);
    enum hf_status status;

    if (is_there(paths->key) || (has_files && !is_unfinished_creation(paths, draft)))
        return hf_error_set(err, HF_ERR_EXISTS, "There is protected data of that name in this folder already.");
    status = hf_vault_file_remove(paths->db, err);
    if (status == HF_OK)
        status = hf_vault_file_remove(paths->secret, err);
    if (status == HF_OK)
        status = hf_vault_file_remove(paths->tries, err);
    return status;
}

static uint8_t suite_for(const struct hf_vault_kdf *kdf)
{
    if (kdf->suite != 0)
        return kdf->suite;
    return hf_hw_available() ? HF_SUITE_XAES_256_GCM : HF_SUITE_XCHACHA20_POLY1305;
}

/* Draws the keys and fills a key file with one passphrase slot. */
static enum hf_status draw_keys(struct hf_slice passphrase, const struct hf_vault_kdf *kdf, struct hf_keyfile *keyfile,
                                struct hf_vault_secrets *secrets, struct hf_error *err)
{
    memset(keyfile, 0, sizeof(*keyfile));
    keyfile->suite = suite_for(kdf);
    keyfile->flags = kdf->weak_for_tests ? HF_KEYFILE_WEAK_FOR_TESTS : 0;
    keyfile->slot_count = 1;
    hf_random(keyfile->db_id.bytes, sizeof(keyfile->db_id.bytes));
    hf_random(secrets->data_key, sizeof(secrets->data_key));
    hf_random(secrets->device_secret, sizeof(secrets->device_secret));
    hf_vault_secret_encode(secrets->device_secret, secrets->secret_file);
    return hf_vault_slot_wrap(&keyfile->slots[0], keyfile, passphrase, secrets->device_secret, kdf, secrets->data_key,
                              err);
}

/* Draft, secret, database, and last the key file: without it there is no vault. */
static enum hf_status write_files(const struct hf_vault_paths *paths, struct hf_vault_draft *draft,
                                  const struct hf_keyfile *keyfile, const struct hf_vault_secrets *secrets,
                                  struct hf_error *err)
{
    const struct hf_slice secret_file = hf_slice_of(secrets->secret_file, sizeof(secrets->secret_file));
    enum hf_status status = hf_vault_keyfile_draft(paths, draft, keyfile, secrets, err);

    if (status == HF_OK)
        status = hf_vault_file_write(paths->secret, secret_file, err);
    if (status == HF_OK)
        status = write_main_file(paths, keyfile->suite, &keyfile->db_id, secrets->data_key, err);
    if (status == HF_OK)
        status = hf_vault_draft_commit(paths, draft, err);
    return status;
}

/* What creating left is worth nothing without a key file; removing it is an attempt. */
static void remove_files(const struct hf_vault_paths *paths)
{
    const char *const files[] = {paths->key, paths->secret, paths->wal, paths->db, paths->db_new};

    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        (void)!hf_vault_file_remove(files[i], NULL);
}

static enum hf_status create_in(const struct hf_vault_paths *paths, struct hf_slice passphrase,
                                const struct hf_vault_kdf *kdf, struct hf_vault **out_vault, struct hf_error *err)
{
    struct hf_keyfile keyfile;
    struct hf_vault_draft draft;
    struct hf_vault_secrets *secrets = NULL;
    enum hf_status status = hf_vault_draft_begin(paths, &draft, err);

    if (status != HF_OK)
        return status;
    status = clear_the_way(paths, &draft, err);
    if (status != HF_OK)
        goto out;
    status = hf_vault_secrets_new(&secrets, err);
    if (status == HF_OK)
        status = draw_keys(passphrase, kdf, &keyfile, secrets, err);
    if (status == HF_OK)
        status = write_files(paths, &draft, &keyfile, secrets, err);
    if (status == HF_OK)
        status = hf_vault_open_on(base_vfs(), paths->db, &keyfile.db_id, secrets->data_key,
                                  with_suite(HF_VAULT_READ_WRITE, keyfile.suite), out_vault, err);
    if (status != HF_OK)
        remove_files(paths);
out:
    hf_vault_draft_end(paths, &draft);
    hf_secret_free(secrets);
    return status;
}

enum hf_status hf_vault_create(const char *folder, const char *name, struct hf_slice passphrase,
                               const struct hf_vault_kdf *kdf, struct hf_vault **out_vault, struct hf_error *err)
{
    struct hf_vault_paths paths;
    struct hf_vault_kdf settled;
    bool made_folder = false;
    enum hf_status status = hf_vault_start(err);

    if (status == HF_OK)
        status = hf_vault_kdf_settle(kdf, &settled, err);
    if (status == HF_OK)
        status = hf_vault_passphrase_check(passphrase, err);
    if (status == HF_OK)
        status = hf_vault_folder_make(folder, &made_folder, err);
    if (status == HF_OK)
        status = hf_vault_paths_make(folder, name, &paths, err);
    if (status == HF_OK)
        status = create_in(&paths, passphrase, &settled, out_vault, err);
    if (status != HF_OK && made_folder)
        (void)rmdir(folder);
    return status;
}

/* --- by raw key
 * -------------------------------------------------------------------------------------------------------- */

static enum hf_status create_raw(const struct hf_vault_paths *paths, unsigned suite, const struct hf_id *db_id,
                                 const uint8_t *data_key, struct hf_error *err)
{
    if (is_there(paths->db))
        return HF_OK;
    if (is_there(paths->wal))
        return hf_error_set(err, HF_ERR_CORRUPT,
                            "The database file is missing although its log is there. Restore it from a backup.");
    return write_main_file(paths, suite, db_id, data_key, err);
}

enum hf_status hf_vault_open_raw(const char *folder, const char *name, const struct hf_id *db_id,
                                 const uint8_t data_key[HF_KEY_BYTES], unsigned flags, struct hf_vault **out_vault,
                                 struct hf_error *err)
{
    struct hf_vault_paths paths;
    bool made_folder = false;
    enum hf_status status = hf_vault_start(err);

    if (status == HF_OK && (flags & HF_VAULT_CREATE))
        status = hf_vault_folder_make(folder, &made_folder, err);
    if (status == HF_OK)
        status = hf_vault_paths_make(folder, name, &paths, err);
    if (status == HF_OK && (flags & HF_VAULT_CREATE))
        status = create_raw(&paths, hf_vault_suite_of(flags), db_id, data_key, err);
    if (status == HF_OK && !is_there(paths.db))
        status = hf_error_set(err, HF_ERR_NOT_FOUND, "There is no database of that name in this folder.");
    if (status == HF_OK)
        status = check_main_file(&paths, err);
    if (status == HF_OK)
        status = hf_vault_open_on(base_vfs(), paths.db, db_id, data_key, flags, out_vault, err);
    if (status == HF_ERR_CORRUPT)
        (void)hf_error_set(err, status,
                           "The database is damaged, or it was made with another key. Nothing was changed.");
    return status;
}

/* --- passphrase and end
 * ------------------------------------------------------------------------------------------------ */

/* The passphrase in `slot` becomes the new one, at the same cost. */
static enum hf_status rewrap(void *ctx, struct hf_keyfile *keyfile, struct hf_keyfile_slot *slot,
                             const struct hf_vault_secrets *secrets, struct hf_error *err)
{
    const struct hf_slice *passphrase = ctx;
    struct hf_vault_kdf kdf;
    enum hf_status status = hf_vault_slot_kdf(slot, keyfile, &kdf, err);

    if (status == HF_OK)
        status = hf_vault_slot_wrap(slot, keyfile, *passphrase, secrets->device_secret, &kdf, secrets->data_key, err);
    return status;
}

enum hf_status hf_vault_change_passphrase(const char *folder, const char *name, struct hf_slice old_pass,
                                          struct hf_slice new_pass, struct hf_error *err)
{
    enum hf_status status = hf_vault_passphrase_check(new_pass, err);

    if (status == HF_OK)
        status = hf_vault_keyfile_change(folder, name, old_pass, rewrap, &new_pass, err);
    return status;
}

enum hf_status hf_vault_check_passphrase(const char *folder, const char *name, struct hf_slice passphrase,
                                         struct hf_error *err)
{
    struct hf_vault_paths paths;
    struct hf_keyfile keyfile;
    struct hf_keyfile_slot *slot;
    struct hf_vault_secrets *secrets = NULL;
    enum hf_status status = hf_vault_start(err);

    if (status == HF_OK)
        status = hf_vault_paths_make(folder, name, &paths, err);
    if (status == HF_OK)
        status = hf_vault_secrets_new(&secrets, err);
    if (status == HF_OK)
        status = hf_vault_unlock(&paths, passphrase, &keyfile, secrets, &slot, err);
    hf_secret_free(secrets);
    return status;
}

enum hf_status hf_vault_wipe(const char *folder, const char *name, struct hf_error *err)
{
    struct hf_vault_paths paths;
    enum hf_status status = hf_vault_start(err);

    if (status == HF_OK)
        status = hf_vault_paths_make(folder, name, &paths, err);
    if (status == HF_ERR_NOT_FOUND)
        return HF_OK;
    /* These first, and on the disk: from then on nothing left behind can be opened. */
    if (status == HF_OK)
        status = hf_vault_file_shred(paths.secret, err);
    if (status == HF_OK) /* slots of the host and of the office open without the secret */
        status = hf_vault_file_shred(paths.key, err);
    if (status == HF_OK)
        status = hf_vault_file_shred(paths.key_new, err);
    if (status == HF_OK)
        status = hf_vault_folder_sync(paths.folder, err);
    const char *const rest[] = {paths.wal, paths.db, paths.db_new, paths.db_new_wal, paths.tries, paths.tries_new};
    for (size_t i = 0; status == HF_OK && i < sizeof(rest) / sizeof(rest[0]); i++)
        status = hf_vault_file_remove(rest[i], err);
    if (status == HF_OK)
        status = hf_vault_folder_sync(paths.folder, err);
    return status;
}
