/* A new data key: a copy of the database sealed under it, read back, and put in place.
 *
 * The key file is what decides. Until it is renamed, NAME.db.new is nothing; from then on it is the database, whether
 * or not it bears the name yet. The old database stays open, and so locked, all the while: nobody can commit to it. */
#include "core/vault/rotate.h"

#include "core/vault/host.h"
#include "core/vault/recovery.h"
#include "core/vault/vault_internal.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LOCK_PAGE (0x40000000 / HF_VAULT_PAGE_BYTES + 1) /* SQLite never writes it: its locks lie there */

struct rotation {
    struct hf_vault_paths paths;
    struct hf_vault_draft draft;
    struct hf_keyfile keyfile;    /* the old one, then the new one */
    struct hf_keyfile_slot *slot; /* of the passphrase, in keyfile */
    struct hf_vault_secrets *old;
    struct hf_vault_secrets *new;
    struct hf_vault *source;
    const struct hf_vault_host *host; /* NULL: a host key goes */
    struct hf_vault_host_old old_host;
};

/* --- finishing -----------------------------------------------------------------------------------------------------
 */

static bool first_page(const char *path, uint8_t out[HF_VAULT_PAGE_BYTES])
{
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    bool got = fd >= 0 && read(fd, out, HF_VAULT_PAGE_BYTES) == HF_VAULT_PAGE_BYTES;

    if (fd >= 0)
        (void)close(fd);
    return got;
}

static enum hf_status opens(const struct hf_keyfile *keyfile, const uint8_t *data_key, const uint8_t *sealed,
                            bool *out_opens, struct hf_error *err)
{
    uint8_t plain[HF_VAULT_PAGE_BYTES];
    struct hf_vault_keys keys;
    enum hf_status status = hf_vault_keys_begin(&keys, keyfile->suite, &keyfile->db_id, data_key);

    if (status != HF_OK)
        return hf_error_set(err, status, "%s", hf_status_text(status));
    *out_opens = hf_vault_page_open(&keys, 1, sealed, plain);
    hf_wipe(plain, sizeof(plain));
    hf_vault_keys_end(&keys);
    return HF_OK;
}

/* Another process may have been quicker. */
static enum hf_status swap(const struct hf_vault_paths *paths, struct hf_error *err)
{
    enum hf_status status = hf_vault_file_rename(paths->db_new, paths->db, err);

    if (status == HF_ERR_NOT_FOUND)
        status = HF_OK;
    if (status == HF_OK)
        status = hf_vault_folder_sync(paths->folder, err);
    return status;
}

enum hf_status hf_vault_rotation_finish(const struct hf_vault_paths *paths, const struct hf_keyfile *keyfile,
                                        const uint8_t data_key[HF_KEY_BYTES], struct hf_error *err)
{
    uint8_t sealed[HF_VAULT_PAGE_BYTES];
    bool is_ours = false;
    enum hf_status status;

    if (!first_page(paths->db_new, sealed))
        return HF_OK;
    status = opens(keyfile, data_key, sealed, &is_ours, err);
    if (status == HF_OK && is_ours)
        status = swap(paths, err);
    return status;
}

/* --- the new key file ------------------------------------------------------------------------------------------------
 */

/* The passphrase given and every recovery key open the new file. What cannot be wrapped anew without its owner goes. */
static enum hf_status rewrap(struct rotation *rotation, struct hf_slice passphrase, struct hf_error *err)
{
    struct hf_keyfile *keyfile = &rotation->keyfile;
    struct hf_vault_kdf kdf;
    enum hf_status status = hf_vault_slot_kdf(rotation->slot, keyfile, &kdf, err);

    hf_random(keyfile->db_id.bytes, sizeof(keyfile->db_id.bytes));
    hf_vault_slots_drop(keyfile, HF_KEYFILE_SLOT_PASSPHRASE, &rotation->slot);
    hf_vault_host_drop(keyfile, &rotation->slot, &rotation->old_host);
    if (status == HF_OK)
        status = hf_vault_slot_wrap(rotation->slot, keyfile, passphrase, rotation->new->device_secret, &kdf,
                                    rotation->new->data_key, err);
    for (size_t i = 0; status == HF_OK && i < keyfile->slot_count; i++) {
        const uint8_t *sealed_to = hf_recovery_slot_key(&keyfile->slots[i]);
        uint8_t key[HF_DH_BYTES];

        if (&keyfile->slots[i] == rotation->slot)
            continue;
        if (!sealed_to)
            return hf_error_set(err, HF_ERR_UNSUPPORTED,
                                "A newer version of Holdfast added a way to open this device's data. Update this "
                                "program and try again.");
        memcpy(key, sealed_to, sizeof(key));
        status = hf_recovery_wrap(&keyfile->slots[i], key, rotation->new->data_key, err);
    }
    if (status == HF_OK && rotation->host && rotation->old_host.len > 0)
        status = hf_vault_host_wrap(rotation->host, keyfile, rotation->new->data_key, err);
    return status;
}

/* --- the new database ------------------------------------------------------------------------------------------------
 */

static enum hf_status remove_left(const struct hf_vault_paths *paths, struct hf_error *err)
{
    enum hf_status status = hf_vault_file_remove(paths->db_new, err);

    if (status == HF_OK)
        status = hf_vault_file_remove(paths->db_new_wal, err);
    return status;
}

static enum hf_status open_new(const struct rotation *rotation, unsigned flags, struct hf_vault **out,
                               struct hf_error *err)
{
    if (rotation->keyfile.suite == HF_SUITE_XAES_256_GCM)
        flags |= HF_VAULT_HARDWARE_SUITE;
    return hf_vault_open_on(sqlite3_vfs_find(HF_VAULT_BASE_VFS), rotation->paths.db_new, &rotation->keyfile.db_id,
                            rotation->new->data_key, flags, out, err);
}

static enum hf_status make_empty(const struct rotation *rotation, struct hf_error *err)
{
    uint8_t page[HF_VAULT_PAGE_BYTES];
    enum hf_status status = remove_left(&rotation->paths, err);

    if (status != HF_OK)
        return status;
    status =
        hf_vault_seal_first_page_in(rotation->keyfile.suite, &rotation->keyfile.db_id, rotation->new->data_key, page);
    if (status != HF_OK)
        return hf_error_set(err, status, "%s", hf_status_text(status));
    return hf_vault_file_write(rotation->paths.db_new, hf_slice_of(page, sizeof(page)), err);
}

static enum hf_status copy_pages(struct hf_vault *source, struct hf_vault *target, struct hf_error *err)
{
    sqlite3_backup *backup = sqlite3_backup_init(hf_vault_db(target), "main", hf_vault_db(source), "main");
    int rc;

    if (!backup)
        return hf_vault_status(target, sqlite3_errcode(hf_vault_db(target)), err);
    (void)sqlite3_backup_step(backup, -1);
    rc = sqlite3_backup_finish(backup); /* tells of the step too */
    return hf_vault_status(target, rc, err);
}

static enum hf_status copy(const struct rotation *rotation, struct hf_error *err)
{
    struct hf_vault *target = NULL;
    enum hf_status status = open_new(rotation, HF_VAULT_READ_WRITE, &target, err);
    enum hf_status closed;

    if (status != HF_OK)
        return status;
    status = copy_pages(rotation->source, target, err);
    closed = hf_vault_close(target); /* and with it every page is in the main file, and synced */
    if (status == HF_OK && closed != HF_OK)
        status = hf_error_set(err, closed, "%s", hf_status_text(closed));
    if (status == HF_OK)
        status = hf_vault_folder_sync(rotation->paths.folder, err);
    return status;
}

static enum hf_status number_of(struct hf_vault *vault, const char *sql, int64_t *out, struct hf_error *err)
{
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(hf_vault_db(vault), sql, -1, &statement, NULL);

    if (rc == SQLITE_OK)
        rc = sqlite3_step(statement);
    if (rc == SQLITE_ROW)
        *out = sqlite3_column_int64(statement, 0);
    (void)sqlite3_finalize(statement);
    return hf_vault_status(vault, rc, err);
}

static bool page_is_sound(struct hf_vault_keys *keys, int fd, uint32_t pgno)
{
    uint8_t sealed[HF_VAULT_PAGE_BYTES];
    uint8_t plain[HF_VAULT_PAGE_BYTES];
    const off_t at = (off_t)(pgno - 1) * HF_VAULT_PAGE_BYTES;
    bool sound = pread(fd, sealed, sizeof(sealed), at) == (ssize_t)sizeof(sealed) &&
                 hf_vault_page_open(keys, pgno, sealed, plain);

    hf_wipe(plain, sizeof(plain));
    return sound;
}

/* Every page, those that hold no row at the moment too: SQLite's own check does not read them. */
static enum hf_status check_pages(const struct rotation *rotation, int64_t count, bool *out_sound, struct hf_error *err)
{
    struct hf_vault_keys keys;
    bool sound;
    int fd;
    enum hf_status status =
        hf_vault_keys_begin(&keys, rotation->keyfile.suite, &rotation->keyfile.db_id, rotation->new->data_key);

    if (status != HF_OK)
        return hf_error_set(err, status, "%s", hf_status_text(status));
    fd = open(rotation->paths.db_new, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    sound = fd >= 0;
    for (int64_t pgno = 1; sound && pgno <= count; pgno++)
        sound = pgno == LOCK_PAGE || page_is_sound(&keys, fd, (uint32_t)pgno);
    if (fd >= 0)
        (void)close(fd);
    hf_vault_keys_end(&keys);
    *out_sound = sound;
    return HF_OK;
}

/* Every row and index entry is looked at, then every page. */
static enum hf_status read_back(const struct rotation *rotation, bool *out_sound, struct hf_error *err)
{
    static const char pages[] = "SELECT page_count FROM pragma_page_count";
    static const char sound[] = "SELECT count(*) = 1 AND min(integrity_check) = 'ok' FROM pragma_integrity_check";
    int64_t before = 0, after = 0, is_sound = 0;
    bool pages_are_sound = false;
    struct hf_vault *target = NULL;
    enum hf_status status = open_new(rotation, HF_VAULT_READ_ONLY, &target, err);

    if (status != HF_OK)
        return status;
    status = number_of(rotation->source, pages, &before, err);
    if (status == HF_OK)
        status = number_of(target, pages, &after, err);
    if (status == HF_OK)
        status = number_of(target, sound, &is_sound, err);
    (void)hf_vault_close(target); /* before its file is opened again: closing that would drop SQLite's lock */
    if (status == HF_OK)
        status = check_pages(rotation, before, &pages_are_sound, err);
    if (status == HF_OK)
        *out_sound = before == after && is_sound == 1 && pages_are_sound;
    return status;
}

/* A second look, because SQLite's check calls a page unsound that it had no memory to read. */
static enum hf_status verify(const struct rotation *rotation, struct hf_error *err)
{
    bool sound = false;
    enum hf_status status = read_back(rotation, &sound, err);

    if (status == HF_OK && !sound)
        status = read_back(rotation, &sound, err);
    if (status == HF_OK && !sound)
        status = hf_error_set(err, HF_ERR_CORRUPT,
                              "The copy under the new key did not read back as it should. Nothing was changed. Check "
                              "the disk and try again.");
    return status;
}

/* --- the whole -----------------------------------------------------------------------------------------------------
 */

static enum hf_status begin(struct rotation *rotation, struct hf_slice passphrase, struct hf_error *err)
{
    int rc;
    enum hf_status status = hf_vault_secrets_new(&rotation->old, err);

    if (status == HF_OK)
        status = hf_vault_secrets_new(&rotation->new, err);
    if (status == HF_OK)
        status = hf_vault_unlock(&rotation->paths, passphrase, &rotation->keyfile, rotation->old, &rotation->slot, err);
    if (status == HF_OK)
        status = hf_vault_open_unlocked(&rotation->paths, &rotation->keyfile, rotation->old, HF_VAULT_READ_WRITE,
                                        &rotation->source, err);
    if (status != HF_OK)
        return status;
    hf_random(rotation->new->data_key, sizeof(rotation->new->data_key));
    memcpy(rotation->new->device_secret, rotation->old->device_secret, sizeof(rotation->new->device_secret));
    rc = sqlite3_wal_checkpoint_v2(hf_vault_db(rotation->source), NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    status = hf_vault_status(rotation->source, rc, err);
    if (status == HF_OK)
        hf_vault_freeze(rotation->source); /* closing it must not touch a log that may be the new file's by then */
    return status;
}

static enum hf_status make_new(struct rotation *rotation, struct hf_slice passphrase, struct hf_error *err)
{
    enum hf_status status = rewrap(rotation, passphrase, err);

    if (status == HF_OK)
        status = make_empty(rotation, err);
    if (status != HF_OK)
        return status;
    hf_vault_rotation_reached(HF_VAULT_ROTATION_EMPTY);
    status = copy(rotation, err);
    if (status != HF_OK)
        return status;
    hf_vault_rotation_reached(HF_VAULT_ROTATION_COPIED);
    status = verify(rotation, err);
    if (status == HF_OK)
        hf_vault_rotation_reached(HF_VAULT_ROTATION_VERIFIED);
    return status;
}

static enum hf_status put_in_place(struct rotation *rotation, struct hf_error *err)
{
    enum hf_status status =
        hf_vault_keyfile_draft(&rotation->paths, &rotation->draft, &rotation->keyfile, rotation->new, err);

    if (status != HF_OK)
        return status;
    hf_vault_rotation_reached(HF_VAULT_ROTATION_DRAFTED);
    status = hf_vault_draft_commit(&rotation->paths, &rotation->draft, err);
    if (status != HF_OK)
        return status;
    hf_vault_rotation_reached(HF_VAULT_ROTATION_KEY_SWAPPED);
    status = swap(&rotation->paths, err);
    if (status == HF_OK)
        hf_vault_rotation_reached(HF_VAULT_ROTATION_DONE);
    return status;
}

static enum hf_status rotate_in(struct rotation *rotation, struct hf_slice passphrase, struct hf_error *err)
{
    enum hf_status status = hf_vault_draft_begin(&rotation->paths, &rotation->draft, err);

    if (status != HF_OK)
        return status;
    status = begin(rotation, passphrase, err);
    if (status == HF_OK)
        hf_vault_rotation_reached(HF_VAULT_ROTATION_UNLOCKED);
    if (status == HF_OK) {
        status = make_new(rotation, passphrase, err);
        if (status != HF_OK)
            (void)!remove_left(&rotation->paths, NULL);
    }
    if (status == HF_OK)
        status = put_in_place(rotation, err);
    if (status == HF_OK)
        hf_vault_host_forget(rotation->host, &rotation->old_host);
    (void)hf_vault_close(rotation->source);
    hf_vault_draft_end(&rotation->paths, &rotation->draft);
    hf_secret_free(rotation->old);
    hf_secret_free(rotation->new);
    return status;
}

enum hf_status hf_vault_rotate(const char *folder, const char *name, struct hf_slice passphrase,
                               const struct hf_vault_host *host, struct hf_error *err)
{
    struct rotation rotation = {.draft = {.fd = -1}, .host = host};
    enum hf_status status = hf_vault_start(err);

    if (status == HF_OK)
        status = hf_vault_paths_make(folder, name, &rotation.paths, err);
    if (status == HF_OK && access(rotation.paths.key, F_OK) != 0)
        status = hf_error_set(err, HF_ERR_NOT_FOUND, "There is no protected data in this folder yet.");
    if (status == HF_OK)
        status = rotate_in(&rotation, passphrase, err);
    return status;
}
