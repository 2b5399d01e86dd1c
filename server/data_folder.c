#include "server/data_folder.h"

#include "core/base/text.h"
#include "core/log/note.h"
#include "core/vault/recovery.h"
#include "server/attach_mark.h"
#include "server/data_folder_internal.h"
#include "server/sql.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PATH_BYTES HF_FOLDER_PATH_BYTES
#define FILE_BYTES 4096

enum { STORE = HF_FOLDER_STORE, KEYS = HF_FOLDER_KEYS, GUARD = HF_FOLDER_GUARD, VAULT_COUNT };
static const char *const vault_names[VAULT_COUNT] = {"server", "keys", "guard"};
static const char *const vault_contexts[VAULT_COUNT] = {"holdfast server store v1", "holdfast server keys v1",
                                                        "holdfast server guard v1"};
static const char *const vault_id_contexts[VAULT_COUNT] = {"holdfast server store id v1", "holdfast server keys id v1",
                                                           "holdfast server guard id v1"};

/* --- small files
 * ----------------------------------------------------------------------------------------------------------- */

enum hf_status hf_folder_path(const char *folder, const char *name, char out[PATH_BYTES], struct hf_error *err)
{
    int len = snprintf(out, PATH_BYTES, "%s/%s", folder, name);
    if (len < 0 || len >= PATH_BYTES)
        return hf_error_set(err, HF_ERR_INVALID, "The name of the data folder is too long.");
    return HF_OK;
}

enum hf_status hf_folder_file_error(const char *path, struct hf_error *err)
{
    if (errno == ENOENT)
        return hf_error_set(err, HF_ERR_NOT_FOUND, "%s is not there. Make a data folder with `holdfastd init`.", path);
    if (errno == EEXIST)
        return hf_error_set(err, HF_ERR_EXISTS, "%s is there already. Nothing was changed.", path);
    if (errno == ENOSPC)
        return hf_error_set(err, HF_ERR_FULL, "The disk is full: %s could not be written.", path);
    return hf_error_set(err, HF_ERR_IO, "%s: %s.", path, strerror(errno));
}

static enum hf_status write_all(int fd, struct hf_slice bytes)
{
    for (size_t at = 0; at < bytes.len;) {
        ssize_t written = write(fd, bytes.data + at, bytes.len - at);
        if (written <= 0)
            return HF_ERR_IO;
        at += (size_t)written;
    }
    return fsync(fd) == 0 ? HF_OK : HF_ERR_IO;
}

/* A new file, durable; an old one is never touched. */
static enum hf_status write_new(const char *folder, const char *name, struct hf_slice bytes, mode_t mode,
                                struct hf_error *err)
{
    char path[PATH_BYTES];
    enum hf_status status = hf_folder_path(folder, name, path, err);
    if (status != HF_OK)
        return status;
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd < 0)
        return hf_folder_file_error(path, err);
    status = write_all(fd, bytes);
    if (status != HF_OK)
        (void)hf_folder_file_error(path, err);
    (void)close(fd);
    return status;
}

static enum hf_status read_small(const char *folder, const char *name, struct hf_buf *out, struct hf_error *err)
{
    char path[PATH_BYTES];
    uint8_t bytes[FILE_BYTES];
    enum hf_status status = hf_folder_path(folder, name, path, err);
    if (status != HF_OK)
        return status;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return hf_folder_file_error(path, err);
    ssize_t len = read(fd, bytes, sizeof bytes);
    if (len < 0)
        status = hf_folder_file_error(path, err);
    else
        hf_buf_append(out, bytes, (size_t)len);
    (void)close(fd);
    hf_wipe(bytes, sizeof bytes);
    return status == HF_OK ? hf_buf_status(out) : status;
}

static struct hf_slice first_line(struct hf_slice text)
{
    const uint8_t *end = text.len ? memchr(text.data, '\n', text.len) : NULL;
    return hf_slice_of(text.data, end ? (size_t)(end - text.data) : text.len);
}

static enum hf_status write_hex_of(const char *folder, const char *name, struct hf_slice key, mode_t mode,
                                   struct hf_error *err)
{
    struct hf_buf text = {0};
    hf_buf_reserve(&text, 2 * key.len + 2); /* so that growing leaves no copies of keys behind */
    hf_text_hex(&text, key);
    hf_buf_append_str(&text, "\n");
    enum hf_status status = hf_buf_status(&text);
    if (status == HF_OK)
        status = write_new(folder, name, hf_buf_slice(&text), mode, err);
    hf_buf_wipe(&text);
    return status;
}

enum hf_status hf_folder_write_hex(const char *folder, const char *name, const uint8_t *key, mode_t mode,
                                   struct hf_error *err)
{
    return write_hex_of(folder, name, hf_slice_of(key, HF_KEY_BYTES), mode, err);
}

/* The first line of a file. */
static enum hf_status read_hex(const char *folder, const char *name, uint8_t out[HF_KEY_BYTES], struct hf_error *err)
{
    struct hf_buf text = {0};
    hf_buf_reserve(&text, FILE_BYTES);
    enum hf_status status = read_small(folder, name, &text, err);
    if (status == HF_OK && hf_text_unhex(first_line(hf_buf_slice(&text)), out, HF_KEY_BYTES) != HF_OK)
        status =
            hf_error_set(err, HF_ERR_CORRUPT, "%s/%s is damaged: it must hold 64 hexadecimal digits.", folder, name);
    hf_buf_wipe(&text);
    return status;
}

/* --- secret.key: the key, and on a second line the suite of the vaults. Without one it is the portable suite. */

#define SUITE_PORTABLE "xchacha20-poly1305"
#define SUITE_HARDWARE "xaes-256-gcm"

static enum hf_status write_secret(const char *folder, const uint8_t secret[HF_KEY_BYTES], unsigned suite,
                                   struct hf_error *err)
{
    struct hf_buf text = {0};
    hf_buf_reserve(&text, FILE_BYTES);
    hf_text_hex(&text, hf_slice_of(secret, HF_KEY_BYTES));
    hf_buf_append_fmt(&text, "\n%s\n", suite ? SUITE_HARDWARE : SUITE_PORTABLE);
    enum hf_status status = hf_buf_status(&text);
    if (status == HF_OK)
        status = write_new(folder, "secret.key", hf_buf_slice(&text), 0600, err);
    hf_buf_wipe(&text);
    return status;
}

static enum hf_status suite_named(struct hf_slice name, const char *folder, unsigned *out, struct hf_error *err)
{
    *out = hf_slice_equal(name, hf_slice_str(SUITE_HARDWARE)) ? HF_VAULT_HARDWARE_SUITE : 0;
    if (*out != 0 || name.len == 0 || hf_slice_equal(name, hf_slice_str(SUITE_PORTABLE)))
        return HF_OK;
    return hf_error_set(err, HF_ERR_UNSUPPORTED,
                        "%s/secret.key names a way of encrypting that this version of Holdfast does not know. Use the "
                        "version that wrote this folder, or a later one.",
                        folder);
}

enum hf_status hf_folder_read_secret(const char *folder, uint8_t out[HF_KEY_BYTES], unsigned *out_suite,
                                     struct hf_error *err)
{
    struct hf_buf text = {0};
    enum hf_status status = read_hex(folder, "secret.key", out, err);
    if (status == HF_OK)
        hf_buf_reserve(&text, FILE_BYTES);
    if (status == HF_OK)
        status = read_small(folder, "secret.key", &text, err);
    if (status == HF_OK) {
        const size_t skip = first_line(hf_buf_slice(&text)).len + 1;
        const struct hf_slice rest = hf_slice_of(text.data + skip, text.len > skip ? text.len - skip : 0);
        status = suite_named(first_line(rest), folder, out_suite, err);
    }
    hf_buf_wipe(&text);
    return status;
}

/* --- vaults
 * ---------------------------------------------------------------------------------------------------------------------
 */

/* The number of each file's form: it goes up when its schema changes, so that no program works on tables that it takes
 * for others. */
static const unsigned vault_forms[VAULT_COUNT] = {1, 1, 2};

static enum hf_status check_form(const char *folder, int which, unsigned flags, struct hf_vault *vault,
                                 struct hf_error *err)
{
    uint64_t form = 0;
    enum hf_status status =
        flags & HF_VAULT_CREATE ? hf_sql_set_form(vault, vault_forms[which]) : hf_sql_form(vault, &form);
    if (status != HF_OK)
        return hf_error_set(err, status, "%s/%s.db could not be read: %s", folder, vault_names[which],
                            hf_status_text(status));
    if (flags & HF_VAULT_CREATE || form == vault_forms[which])
        return HF_OK;
    return hf_error_set(
        err, HF_ERR_UNSUPPORTED,
        "%s/%s.db was written by %s holdfastd: it has form %llu, and this one works with form %u. Nothing "
        "was changed. Use the version of holdfastd that wrote it; the three files of a folder belong to "
        "one version.",
        folder, vault_names[which], form > vault_forms[which] ? "a newer" : "an older", (unsigned long long)form,
        vault_forms[which]);
}

enum hf_status hf_folder_open_vault(const char *folder, const char *name, int which, const uint8_t secret[HF_KEY_BYTES],
                                    unsigned flags, struct hf_vault **out, struct hf_error *err)
{
    uint8_t key[HF_KEY_BYTES], id[HF_KEY_BYTES];
    hf_derive(secret, vault_contexts[which], key);
    hf_derive(secret, vault_id_contexts[which], id);
    struct hf_id db_id = hf_id_from_bytes(id);
    enum hf_status status = hf_vault_open_raw(folder, name, &db_id, key, flags, out, err);
    hf_wipe(key, sizeof key);
    hf_wipe(id, sizeof id);
    return status == HF_OK ? check_form(folder, which, flags, *out, err) : status;
}

static enum hf_status open_vault(const char *folder, int which, const uint8_t secret[HF_KEY_BYTES], unsigned flags,
                                 struct hf_vault **out, struct hf_error *err)
{
    return hf_folder_open_vault(folder, vault_names[which], which, secret, flags, out, err);
}

static void close_vaults(struct hf_vault *vaults[VAULT_COUNT])
{
    for (int i = VAULT_COUNT; i-- > 0;) {
        (void)hf_vault_close(vaults[i]);
        vaults[i] = NULL;
    }
}

/* --- init
 * ---------------------------------------------------------------------------------------------------------------------------
 */

static enum hf_status check_names(const char *authority_name, const char *origin, struct hf_error *err)
{
    struct hf_note_key key;
    static const uint8_t any[HF_SIGN_PUBLIC_BYTES];
    size_t len = strlen(authority_name);
    if (len == 0 || len > 200 || !hf_text_is_utf8(hf_slice_str(authority_name)))
        return hf_error_set(err, HF_ERR_INVALID, "--authority must be the authority's name, 1 to 200 bytes of text.");
    if (strlen(origin) > HF_NOTE_NAME_BYTES_MAX || hf_note_key_init(hf_slice_str(origin), any, &key) != HF_OK)
        return hf_error_set(err, HF_ERR_INVALID,
                            "--origin must be a name like example.gov.uk/holdfast, without spaces or “+”.");
    return HF_OK;
}

static void make_sign_key(struct hf_sign_key *out)
{
    uint8_t seed[HF_SIGN_SEED_BYTES];
    hf_random(seed, sizeof seed);
    hf_sign_key_from_seed(seed, out);
    hf_wipe(seed, sizeof seed);
}

static void make_dh_key(struct hf_dh_key *out)
{
    uint8_t seed[HF_DH_BYTES];
    hf_random(seed, sizeof seed);
    hf_dh_key_from_seed(seed, out);
    hf_wipe(seed, sizeof seed);
}

/* In hf_secret_alloc memory. */
struct made_keys {
    struct hf_server_keys server;
    struct hf_sign_key authority;
    uint8_t shares[HF_RECOVERY_SHARES][HF_RECOVERY_SHARE_BYTES];
    uint8_t secret[HF_KEY_BYTES];
};

static void make_keys(const char *authority_name, const char *origin, struct made_keys *made)
{
    struct hf_server_keys *keys = &made->server;
    struct hf_note_body certificate = {.what = HF_NOTE_SERVER};
    uint8_t log_id[HF_HASH_BYTES];
    (void)snprintf(keys->origin, sizeof keys->origin, "%s", origin);
    (void)snprintf(keys->authority_name, sizeof keys->authority_name, "%s", authority_name);
    hf_random(made->secret, sizeof made->secret);
    make_sign_key(&made->authority);
    hf_recovery_make(keys->recovery_key, made->shares);
    make_sign_key(&keys->device);
    make_sign_key(&keys->log);
    make_dh_key(&keys->channel);
    make_dh_key(&keys->key_store);
    memcpy(keys->authority_key, made->authority.public_key, sizeof keys->authority_key);
    memcpy(certificate.server_device, keys->device.public_key, sizeof certificate.server_device);
    memcpy(certificate.log_key, keys->log.public_key, sizeof certificate.log_key);
    memcpy(certificate.channel_key, keys->channel.public_key, sizeof certificate.channel_key);
    memcpy(certificate.key_store_key, keys->key_store.public_key, sizeof certificate.key_store_key);
    memcpy(certificate.recovery_key, keys->recovery_key, sizeof certificate.recovery_key);
    hf_log_id(hf_slice_str(origin), log_id);
    hf_server_certify(&made->authority, log_id, &certificate);
    memcpy(keys->authority_signature, certificate.authority_signature, sizeof keys->authority_signature);
}

static enum hf_status write_public(const char *folder, const struct hf_server_keys *keys, struct hf_error *err)
{
    struct hf_buf text = {0};
    hf_text_hex(&text, hf_slice_of(keys->channel.public_key, sizeof keys->channel.public_key));
    hf_buf_append_fmt(&text, "\n%s\n", keys->origin);
    enum hf_status status = hf_buf_status(&text);
    if (status == HF_OK)
        status = write_new(folder, "server.pub", hf_buf_slice(&text), 0644, err);
    hf_buf_clear(&text);
    return status;
}

/* The private half exists as two shares only, each worth nothing without the other. */
static enum hf_status write_recovery(const char *folder, const struct made_keys *made, struct hf_error *err)
{
    static const char *const names[HF_RECOVERY_SHARES] = {"recovery-1.share", "recovery-2.share"};
    enum hf_status status = hf_folder_write_hex(folder, "recovery.pub", made->server.recovery_key, 0644, err);
    for (size_t i = 0; status == HF_OK && i < HF_RECOVERY_SHARES; i++)
        status = write_hex_of(folder, names[i], hf_slice_of(made->shares[i], sizeof made->shares[i]), 0600, err);
    return status;
}

static enum hf_status write_files(const char *folder, const struct made_keys *made, struct hf_error *err)
{
    uint8_t admin[HF_KEY_BYTES];
    hf_random(admin, sizeof admin);
    enum hf_status status = hf_folder_write_hex(folder, "authority.key", made->authority.secret_key, 0600, err);
    if (status == HF_OK)
        status = hf_folder_write_hex(folder, "authority.pub", made->authority.public_key, 0644, err);
    if (status == HF_OK)
        status = hf_folder_write_hex(folder, "admin.key", admin, 0600, err);
    if (status == HF_OK)
        status = write_public(folder, &made->server, err);
    if (status == HF_OK)
        status = write_recovery(folder, made, err);
    hf_wipe(admin, sizeof admin);
    return status;
}

static enum hf_status make_databases(const char *folder, const struct made_keys *made, unsigned suite,
                                     struct hf_error *err)
{
    struct hf_vault *vaults[VAULT_COUNT] = {0};
    struct hf_keystore *keystore = NULL;
    struct hf_guard *guard = NULL;
    struct hf_store *store = NULL;
    enum hf_status status = HF_OK;
    for (int i = 0; status == HF_OK && i < VAULT_COUNT; i++)
        status = open_vault(folder, i, made->secret, HF_VAULT_CREATE | suite, &vaults[i], err);
    if (status == HF_OK)
        status = hf_keystore_create(vaults[KEYS], &made->server, &keystore, err);
    if (status == HF_OK)
        status = hf_guard_create(vaults[GUARD], &guard, err);
    if (status == HF_OK)
        status = hf_store_sqlite_open(vaults[STORE], &store, err);
    hf_store_close(store);
    hf_keystore_close(keystore);
    hf_guard_close(guard);
    close_vaults(vaults);
    return status;
}

static const char *const made_names[] = {"secret.key", "authority.key", "authority.pub",    "admin.key",
                                         "server.pub", "recovery.pub",  "recovery-1.share", "recovery-2.share",
                                         "server.db",  "server.db-wal", "keys.db",          "keys.db-wal",
                                         "guard.db",   "guard.db-wal"};
#define MADE_COUNT (sizeof made_names / sizeof made_names[0])

/* A folder in which any of it is there belongs to an authority, even when its secret.key was moved away. */
static enum hf_status check_free(const char *folder, struct hf_error *err)
{
    char path[PATH_BYTES];
    struct stat found;
    for (size_t i = 0; i < MADE_COUNT; i++) {
        enum hf_status status = hf_folder_path(folder, made_names[i], path, err);
        if (status != HF_OK)
            return status;
        if (lstat(path, &found) == 0) {
            errno = EEXIST;
            return hf_folder_file_error(path, err);
        }
        if (errno != ENOENT)
            return hf_folder_file_error(path, err);
    }
    return HF_OK;
}

/* Only after check_free: whatever is there was made here. */
static void remove_made(const char *folder, bool made_folder)
{
    char path[PATH_BYTES];
    for (size_t i = 0; i < MADE_COUNT; i++)
        if (hf_folder_path(folder, made_names[i], path, NULL) == HF_OK)
            (void)unlink(path);
    if (made_folder)
        (void)rmdir(folder);
}

enum hf_status hf_folder_sync(const char *folder, struct hf_error *err)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return hf_folder_file_error(folder, err);
    enum hf_status status = fsync(fd) == 0 ? HF_OK : hf_folder_file_error(folder, err);
    (void)close(fd);
    return status;
}

enum hf_status hf_data_folder_init(const char *folder, const char *authority_name, const char *origin,
                                   struct hf_error *err)
{
    const unsigned suite = hf_hw_available() ? HF_VAULT_HARDWARE_SUITE : 0;
    enum hf_status status = check_names(authority_name, origin, err);
    if (status != HF_OK)
        return status;
    bool made_folder = mkdir(folder, 0700) == 0;
    if (!made_folder && errno != EEXIST)
        return hf_folder_file_error(folder, err);
    status = check_free(folder, err);
    if (status != HF_OK)
        return status;
    struct made_keys *made = hf_secret_alloc(sizeof *made);
    if (!made)
        return hf_error_set(err, HF_ERR_NOMEM, "There is not enough locked memory for the server's keys.");
    memset(made, 0, sizeof *made);
    make_keys(authority_name, origin, made);
    status = write_secret(folder, made->secret, suite, err); /* first: it says that the folder is taken */
    if (status == HF_OK) {
        status = write_files(folder, made, err);
        if (status == HF_OK)
            status = make_databases(folder, made, suite, err);
        if (status == HF_OK)
            status = hf_folder_sync(folder, err);
        if (status != HF_OK)
            remove_made(folder, made_folder);
    }
    hf_secret_free(made);
    return status;
}

/* --- open
 * -----------------------------------------------------------------------------------------------------------------------------
 */

static uint64_t wall_ms(void *ctx)
{
    struct timespec now;
    (void)ctx;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

enum hf_status hf_data_folder_open_parts(const char *folder, struct hf_data_folder *out,
                                         uint8_t out_suffix_key[HF_KEY_BYTES], struct hf_error *err)
{
    uint8_t secret[HF_KEY_BYTES];
    unsigned suite = 0;
    memset(out, 0, sizeof *out);
    enum hf_status status = hf_folder_read_secret(folder, secret, &suite, err);
    for (int i = 0; status == HF_OK && i < VAULT_COUNT; i++) {
        if (i == GUARD)
            status = hf_folder_check_guard(folder, err);
        if (status == HF_OK)
            status = open_vault(folder, i, secret, HF_VAULT_READ_WRITE | suite, &out->vaults[i], err);
    }
    if (status == HF_OK) {
        hf_derive(secret, HF_SUFFIX_KEY_CONTEXT, out_suffix_key);
        status = read_hex(folder, "admin.key", out->admin_key, err);
    }
    hf_wipe(secret, sizeof secret);
    if (status == HF_OK)
        status = hf_keystore_open(out->vaults[KEYS], &out->keystore, err);
    if (status == HF_OK)
        status = hf_guard_open(out->vaults[GUARD], &out->guard, err);
    if (status == HF_OK)
        status = hf_store_sqlite_open(out->vaults[STORE], &out->store, err);
    if (status != HF_OK)
        hf_data_folder_close(out);
    return status;
}

/* The second line says which mirror it is, so that an empty folder in its place is not taken for it. */
static bool mirror_lines(struct hf_slice text, char path[PATH_BYTES], char name[HF_SUFFIX_NAME_BYTES])
{
    const struct hf_slice first = first_line(text);
    const size_t skip = first.len + 1;
    const struct hf_slice second = first_line(hf_slice_of(text.data + skip, text.len > skip ? text.len - skip : 0));
    if (first.len == 0 || first.len >= PATH_BYTES || second.len != HF_SUFFIX_NAME_BYTES - 1)
        return false;
    memcpy(path, first.data, first.len);
    path[first.len] = '\0';
    memcpy(name, second.data, second.len);
    name[second.len] = '\0';
    return true;
}

static enum hf_status read_mirror(const char *folder, char path[PATH_BYTES], char name[HF_SUFFIX_NAME_BYTES],
                                  struct hf_error *err)
{
    struct hf_buf text = {0};
    enum hf_status status = read_small(folder, "mirror", &text, err);
    if (status == HF_OK && !mirror_lines(hf_buf_slice(&text), path, name))
        status = hf_error_set(err, HF_ERR_CORRUPT,
                              "%s/mirror is damaged: it must hold the path of the mirror and its name. Set the mirror "
                              "again with `holdfastd mirror`.",
                              folder);
    hf_buf_clear(&text);
    return status;
}

/* One that is away does not keep the office from its work: what comes meanwhile waits for it (suffix.h). */
static enum hf_status open_mirror(const char *folder, struct hf_data_folder *out, const uint8_t key[HF_KEY_BYTES],
                                  struct hf_error *err)
{
    char path[PATH_BYTES], name[HF_SUFFIX_NAME_BYTES];
    enum hf_status status = read_mirror(folder, path, name, err);
    if (status == HF_ERR_NOT_FOUND)
        return HF_OK;
    if (status != HF_OK)
        return status;
    status = hf_suffix_attach(folder, path, name, key, out->keystore, &out->suffix);
    if (status != HF_OK)
        return hf_error_set(err, status, "%s/mirror-waiting cannot be used, where commits wait for the mirror: %s",
                            folder, hf_status_text(status));
    out->store->journal = hf_suffix_write;
    out->store->journal_ctx = &out->suffix;
    return HF_OK;
}

/* The channel key was changed: the commands of this machine come with the new one from here on. Until then they come
 * with the old one, which is answered to them for ever. */
static enum hf_status refresh_public(const char *folder, const struct hf_server_keys *keys, struct hf_error *err)
{
    uint8_t now[HF_DH_BYTES];
    char path[PATH_BYTES];
    enum hf_status status = read_hex(folder, "server.pub", now, err);
    if (status == HF_OK && memcmp(now, keys->channel.public_key, sizeof now) == 0)
        return HF_OK;
    if (status == HF_OK || status == HF_ERR_NOT_FOUND)
        status = hf_folder_path(folder, "server.pub", path, err);
    if (status == HF_OK && unlink(path) != 0 && errno != ENOENT)
        status = hf_folder_file_error(path, err);
    return status == HF_OK ? write_public(folder, keys, err) : status;
}

enum hf_status hf_data_folder_open(const char *folder, struct hf_data_folder *out, struct hf_error *err)
{
    uint8_t key[HF_KEY_BYTES];
    struct hf_error why = {0};
    enum hf_status status = hf_data_folder_open_parts(folder, out, key, err);
    if (status != HF_OK)
        return status;
    status = open_mirror(folder, out, key, &why);
    hf_wipe(key, sizeof key);
    if (status != HF_OK)
        (void)hf_error_set(err, status, "%s", why.text);
    else
        status = hf_office_open(&out->office, out->store, out->keystore, out->guard, wall_ms, NULL, err);
    if (status != HF_OK) {
        hf_data_folder_close(out);
        return status;
    }
    status = refresh_public(folder, hf_keystore_server(out->keystore), err);
    if (status != HF_OK) {
        hf_data_folder_close(out);
        return status;
    }
    out->office.mirror = out->suffix.attached ? &out->suffix : NULL;
    out->office.has_admin_key = true;
    memcpy(out->office.admin_key, out->admin_key, sizeof out->admin_key);
    status = hf_folder_path(folder, "attachments", out->attach_folder, err);
    out->office.attach_folder = out->attach_folder;
    if (status == HF_OK)
        status = hf_attach_start(&out->office, err);
    if (status != HF_OK)
        hf_data_folder_close(out);
    return status;
}

static enum hf_status name_mirror(const char *mirror, const uint8_t key[HF_KEY_BYTES], struct hf_keystore *keystore,
                                  char name[HF_SUFFIX_NAME_BYTES], struct hf_error *err)
{
    struct hf_suffix suffix;
    enum hf_status status = hf_suffix_open(mirror, key, keystore, &suffix);
    if (status == HF_OK) {
        status = hf_suffix_name_mirror(&suffix, name);
        hf_suffix_close(&suffix);
    }
    return status == HF_OK ? HF_OK : hf_error_set(err, status, "%s cannot be used: %s", mirror, hf_status_text(status));
}

static enum hf_status write_mirror(const char *folder, const char *mirror, const char *name, struct hf_error *err)
{
    char path[PATH_BYTES];
    struct hf_buf text = {0};
    enum hf_status status = hf_folder_path(folder, "mirror", path, err);
    if (status == HF_OK && unlink(path) != 0 && errno != ENOENT)
        status = hf_folder_file_error(path, err);
    if (status == HF_OK && mirror) {
        hf_buf_append_fmt(&text, "%s\n%s\n", mirror, name);
        status = hf_buf_status(&text);
        if (status == HF_OK)
            status = write_new(folder, "mirror", hf_buf_slice(&text), 0600, err);
    }
    hf_buf_clear(&text);
    return status;
}

enum hf_status hf_data_folder_set_mirror(const char *folder, const char *mirror, struct hf_error *err)
{
    uint8_t key[HF_KEY_BYTES];
    char name[HF_SUFFIX_NAME_BYTES] = "", old_path[PATH_BYTES], old_name[HF_SUFFIX_NAME_BYTES] = "";
    struct hf_data_folder parts;
    enum hf_status status = hf_data_folder_open_parts(folder, &parts, key, err); /* nobody else works on it */
    if (status != HF_OK)
        return status;
    if (mirror)
        status = name_mirror(mirror, key, parts.keystore, name, err);
    hf_wipe(key, sizeof key);
    const bool same = status == HF_OK && mirror && read_mirror(folder, old_path, old_name, NULL) == HF_OK &&
                      strcmp(old_name, name) == 0;
    if (status == HF_OK && !same)
        status = hf_suffix_forget_waiting(folder);
    if (status == HF_OK)
        status = write_mirror(folder, mirror, name, err);
    hf_data_folder_close(&parts);
    return status;
}

void hf_data_folder_close(struct hf_data_folder *folder)
{
    hf_office_close(&folder->office);
    hf_store_close(folder->store);
    hf_keystore_close(folder->keystore);
    hf_guard_close(folder->guard);
    close_vaults(folder->vaults);
    hf_suffix_close(&folder->suffix);
    hf_wipe(folder, sizeof *folder);
}

enum hf_status hf_data_folder_admin_key(const char *folder, uint8_t out[HF_KEY_BYTES], struct hf_error *err)
{
    return read_hex(folder, "admin.key", out, err);
}

enum hf_status hf_data_folder_public(const char *folder, uint8_t out_channel_key[HF_DH_BYTES], char out_origin[201],
                                     struct hf_error *err)
{
    struct hf_buf text = {0};
    enum hf_status status = read_hex(folder, "server.pub", out_channel_key, err);
    if (status == HF_OK)
        status = read_small(folder, "server.pub", &text, err);
    if (status == HF_OK) {
        size_t skip = first_line(hf_buf_slice(&text)).len + 1;
        struct hf_slice origin = first_line(hf_slice_of(text.data + skip, text.len > skip ? text.len - skip : 0));
        if (origin.len == 0 || origin.len > HF_NOTE_NAME_BYTES_MAX)
            status = hf_error_set(err, HF_ERR_CORRUPT, "%s/server.pub is damaged: its second line must be the origin.",
                                  folder);
        else
            (void)snprintf(out_origin, 201, "%.*s", (int)origin.len, (const char *)origin.data);
    }
    hf_buf_clear(&text);
    return status;
}

enum hf_status hf_data_folder_put_address(const char *folder, const char *address, struct hf_error *err)
{
    char path[PATH_BYTES];
    enum hf_status status = hf_folder_path(folder, "listen", path, err);
    if (status != HF_OK)
        return status;
    if (unlink(path) != 0 && errno != ENOENT)
        return hf_folder_file_error(path, err);
    return address ? write_new(folder, "listen", hf_slice_str(address), 0644, err) : HF_OK;
}

enum hf_status hf_data_folder_get_address(const char *folder, char *out, size_t out_bytes, struct hf_error *err)
{
    struct hf_buf text = {0};
    enum hf_status status = read_small(folder, "listen", &text, err);
    if (status == HF_ERR_NOT_FOUND)
        (void)hf_error_set(err, status, "Another command works on %s at the moment. Try again when it is done.",
                           folder);
    if (status == HF_OK) {
        struct hf_slice line = first_line(hf_buf_slice(&text));
        (void)snprintf(out, out_bytes, "%.*s", (int)line.len, (const char *)line.data);
    }
    hf_buf_clear(&text);
    return status;
}
