#define _XOPEN_SOURCE 700 /* realpath */

#include "core/vault/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER_MODE        0700
#define FILE_MODE          0600
#define LOCK_ATTEMPTS_MAX  8
#define READ_CHUNK_BYTES   1024
#define SHRED_BYTES_MAX    16384 /* the longest key file fits */
#define REAL_PATH_BYTES    4096
#define LONGEST_SUFFIX     "-journal"
#define FOLDER_SYNC_ACTION "make sure the folder of the protected data is on the disk"

/* The status and text for errno. `what` completes "Holdfast could not …". */
static enum hf_status fail(struct hf_error *err, const char *what)
{
    int number = errno;

    if (number == ENOSPC || number == EDQUOT)
        return hf_error_set(err, HF_ERR_FULL, "Holdfast could not %s: the disk is full. Free some space and try again.",
                            what);
    if (number == ENOENT)
        return hf_error_set(err, HF_ERR_NOT_FOUND, "Holdfast could not %s: it is not there.", what);
    if (number == EACCES || number == EPERM || number == EROFS)
        return hf_error_set(err, HF_ERR_DENIED,
                            "Holdfast could not %s: this user account may not do that. Check the folder's permissions.",
                            what);
    return hf_error_set(err, HF_ERR_IO, "Holdfast could not %s (%s). Check the disk and try again.", what,
                        strerror(number));
}

/* --- paths ---------------------------------------------------------------------------------------------------------
 */

static bool name_is_fine(const char *name)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    size_t len = strlen(name);

    return len > 0 && len <= HF_VAULT_NAME_BYTES_MAX && name[0] != '.' && strspn(name, allowed) == len;
}

static void join(char out[HF_VAULT_PATH_BYTES], const char *folder, const char *name, const char *suffix)
{
    const char *slash = strcmp(folder, "/") == 0 ? "" : "/";

    (void)snprintf(out, HF_VAULT_PATH_BYTES, "%s%s%s%s", folder, slash, name, suffix);
}

enum hf_status hf_vault_paths_make(const char *folder, const char *name, struct hf_vault_paths *out_paths,
                                   struct hf_error *err)
{
    char real[REAL_PATH_BYTES]; /* realpath writes at most PATH_MAX, which is this on Linux */

    if (!name_is_fine(name))
        return hf_error_set(err, HF_ERR_INVALID,
                            "A vault's name has letters, digits, dots, dashes and underscores, at most %d of them.",
                            HF_VAULT_NAME_BYTES_MAX);
    if (!realpath(folder, real))
        return fail(err, "open the folder of the protected data");
    if (strlen(real) + 1 + strlen(name) + sizeof(".tries.new") + sizeof(LONGEST_SUFFIX) > HF_VAULT_PATH_BYTES)
        return hf_error_set(err, HF_ERR_LIMIT,
                            "The path of the folder is too long. Choose a folder with a shorter path.");
    join(out_paths->folder, real, "", "");
    join(out_paths->db, real, name, ".db");
    join(out_paths->db_new, real, name, ".db.new");
    join(out_paths->db_new_wal, real, name, ".db.new-wal");
    join(out_paths->wal, real, name, ".db-wal");
    join(out_paths->key, real, name, ".key");
    join(out_paths->key_new, real, name, ".key.new");
    join(out_paths->secret, real, name, ".secret");
    join(out_paths->tries, real, name, ".tries");
    join(out_paths->tries_new, real, name, ".tries.new");
    return HF_OK;
}

/* --- folder --------------------------------------------------------------------------------------------------------
 */

enum hf_status hf_vault_folder_make(const char *folder, bool *out_made, struct hf_error *err)
{
    char parent[HF_VAULT_PATH_BYTES];

    if (mkdir(folder, FOLDER_MODE) == 0) {
        *out_made = true;
        if (snprintf(parent, sizeof(parent), "%s/..", folder) >= (int)sizeof(parent))
            return HF_OK; /* hf_vault_paths_make will refuse it */
        return hf_vault_folder_sync(parent, err);
    }
    if (errno != EEXIST)
        return fail(err, "make the folder for the protected data");
    *out_made = false;
    return HF_OK;
}

enum hf_status hf_vault_folder_sync(const char *folder, struct hf_error *err)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    enum hf_status status = HF_OK;

    if (fd < 0)
        return fail(err, FOLDER_SYNC_ACTION);
    if (fsync(fd) != 0)
        status = fail(err, FOLDER_SYNC_ACTION);
    (void)close(fd);
    return status;
}

/* --- whole files ----------------------------------------------------------------------------------------------------
 */

enum hf_status hf_vault_file_size(const char *path, uint64_t *out_bytes, struct hf_error *err)
{
    struct stat info;

    if (stat(path, &info) != 0)
        return fail(err, "look at a file of the protected data");
    if (!S_ISREG(info.st_mode))
        return hf_error_set(err, HF_ERR_CORRUPT, "Something that is no file lies where the protected data should be.");
    *out_bytes = (uint64_t)info.st_size;
    return HF_OK;
}

enum hf_status hf_vault_file_read(const char *path, size_t limit_bytes, struct hf_buf *out, struct hf_error *err)
{
    uint8_t chunk[READ_CHUNK_BYTES];
    enum hf_status status = HF_OK;
    size_t total = 0;
    ssize_t got;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return fail(err, "read a file of the protected data");
    while ((got = read(fd, chunk, sizeof(chunk))) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            status = fail(err, "read a file of the protected data");
            goto out;
        }
        total += (size_t)got;
        if (total > limit_bytes) {
            status = hf_error_set(err, HF_ERR_CORRUPT, "A file of the protected data is damaged: it is too long.");
            goto out;
        }
        hf_buf_append(out, chunk, (size_t)got);
    }
    status = hf_buf_status(out);
out:
    hf_wipe(chunk, sizeof(chunk));
    (void)close(fd);
    return status;
}

static bool write_all(int fd, const uint8_t *data, size_t len)
{
    while (len > 0) {
        ssize_t done = write(fd, data, len);

        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return false;
        data += done;
        len -= (size_t)done;
    }
    return true;
}

enum hf_status hf_vault_file_write(const char *path, struct hf_slice bytes, struct hf_error *err)
{
    enum hf_status status = HF_OK;
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, FILE_MODE);

    if (fd < 0 && errno == EEXIST)
        return hf_error_set(err, HF_ERR_EXISTS, "A vault of that name is in the folder already.");
    if (fd < 0)
        return fail(err, "write a file of the protected data");
    if (!write_all(fd, bytes.data, bytes.len) || fsync(fd) != 0) {
        status = fail(err, "write a file of the protected data");
        (void)unlink(path);
    }
    (void)close(fd);
    return status;
}

enum hf_status hf_vault_file_rename(const char *from, const char *to, struct hf_error *err)
{
    return rename(from, to) == 0 ? HF_OK : fail(err, "put a file of the protected data in place");
}

enum hf_status hf_vault_file_remove(const char *path, struct hf_error *err)
{
    if (unlink(path) != 0 && errno != ENOENT)
        return fail(err, "remove a file of the protected data");
    return HF_OK;
}

enum hf_status hf_vault_file_shred(const char *path, struct hf_error *err)
{
    uint8_t noise[SHRED_BYTES_MAX];
    struct stat info;
    int fd = open(path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);

    if (fd < 0 && errno == ENOENT)
        return HF_OK;
    if (fd >= 0) { /* best effort: removal below is what counts, and an SSD may keep the old block either way */
        hf_random(noise, sizeof(noise));
        if (fstat(fd, &info) == 0 && info.st_size > 0 && info.st_size <= SHRED_BYTES_MAX &&
            write_all(fd, noise, (size_t)info.st_size))
            (void)fsync(fd);
        (void)close(fd);
    }
    return hf_vault_file_remove(path, err);
}

/* --- the draft of a key file
 * ------------------------------------------------------------------------------------------ */

/* True when the path still names the file behind fd: another process may have renamed or removed it meanwhile. */
static bool is_same_file(int fd, const char *path, bool *out_had_content)
{
    struct stat open_file;
    struct stat named_file;

    if (fstat(fd, &open_file) != 0 || stat(path, &named_file) != 0)
        return false;
    *out_had_content = open_file.st_size > 0;
    return open_file.st_dev == named_file.st_dev && open_file.st_ino == named_file.st_ino;
}

enum hf_status hf_vault_draft_begin(const struct hf_vault_paths *paths, struct hf_vault_draft *out_draft,
                                    struct hf_error *err)
{
    for (int attempt = 0; attempt < LOCK_ATTEMPTS_MAX; attempt++) {
        bool had_content = false;
        int fd = open(paths->key_new, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, FILE_MODE);

        if (fd < 0)
            return fail(err, "prepare a new key file");
        /* A lock of this opening, not of the process: it keeps out another thread too. */
        if (flock(fd, LOCK_EX | LOCK_NB) == 0 && is_same_file(fd, paths->key_new, &had_content)) {
            out_draft->fd = fd;
            out_draft->had_content = had_content;
            out_draft->is_ours = !had_content;
            return HF_OK;
        }
        (void)close(fd);
    }
    return hf_error_set(err, HF_ERR_BUSY,
                        "Another Holdfast window is changing the key file. Wait a moment and try again.");
}

enum hf_status hf_vault_draft_write(const struct hf_vault_paths *paths, struct hf_vault_draft *draft,
                                    struct hf_slice bytes, struct hf_error *err)
{
    draft->is_ours = true;
    if (ftruncate(draft->fd, 0) != 0 || lseek(draft->fd, 0, SEEK_SET) != 0 ||
        !write_all(draft->fd, bytes.data, bytes.len) || fsync(draft->fd) != 0)
        return fail(err, "write the new key file");
    return hf_vault_folder_sync(paths->folder, err);
}

enum hf_status hf_vault_draft_commit(const struct hf_vault_paths *paths, struct hf_vault_draft *draft,
                                     struct hf_error *err)
{
    if (rename(paths->key_new, paths->key) != 0)
        return fail(err, "put the new key file in place");
    (void)close(draft->fd);
    draft->fd = -1;
    return hf_vault_folder_sync(paths->folder, err);
}

void hf_vault_draft_end(const struct hf_vault_paths *paths, struct hf_vault_draft *draft)
{
    if (draft->fd < 0)
        return;
    if (draft->is_ours)
        (void)unlink(paths->key_new);
    (void)close(draft->fd);
    draft->fd = -1;
}
