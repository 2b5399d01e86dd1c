#include "client/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEPTH_MAX 12 /* folders in folders that removing follows; tiles need six */

static enum hf_status disk_error(struct hf_error *err, const char *path)
{
    switch (errno) {
    case ENOSPC:
    case EDQUOT:
        return hf_error_set(err, HF_ERR_FULL, "There is no space left on the disk. Free some space and try again.");
    case EACCES:
    case EPERM:
    case EROFS:
        return hf_error_set(err, HF_ERR_DENIED, "%.200s may not be written. Choose another folder.", path);
    case ENOENT:
    case ENOTDIR:
        return hf_error_set(err, HF_ERR_NOT_FOUND, "The folder above %.200s is not there.", path);
    case EEXIST:
    case ENOTEMPTY:
        return hf_error_set(err, HF_ERR_EXISTS, "%.200s is there already. Remove it, or choose another folder.", path);
    case ENOMEM:
        return hf_error_set(err, HF_ERR_NOMEM, "%s", hf_status_text(HF_ERR_NOMEM));
    default:
        return hf_error_set(err, HF_ERR_IO, "%.200s could not be written: %s.", path, strerror(errno));
    }
}

/* first ‖ second; NULL when there is no memory. */
static char *joined(const char *first, size_t first_len, const char *second)
{
    const size_t second_len = strlen(second);
    char *out = malloc(first_len + second_len + 1);
    if (!out)
        return NULL;
    memcpy(out, first, first_len);
    memcpy(out + first_len, second, second_len + 1);
    return out;
}

static bool is_dots(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static bool is_empty_folder(const char *path)
{
    DIR *folder = opendir(path);
    if (!folder)
        return false;
    const struct dirent *entry = readdir(folder);
    while (entry && is_dots(entry->d_name))
        entry = readdir(folder);
    (void)closedir(folder);
    return entry == NULL;
}

enum hf_status hf_folder_begin(const char *path, struct hf_folder *out, struct hf_error *err)
{
    struct stat found;
    size_t len = path ? strlen(path) : 0;
    while (len > 1 && path[len - 1] == '/')
        len--;
    if (len == 0 || path[len - 1] == '/')
        return hf_error_set(err, HF_ERR_INVALID, "A folder to write to is needed here.");
    *out = (struct hf_folder){.target = joined(path, len, ""), .part = joined(path, len, ".part")};
    if (!out->target || !out->part)
        return hf_error_set(err, HF_ERR_NOMEM, "%s", hf_status_text(HF_ERR_NOMEM));
    if (lstat(out->target, &found) == 0 && !is_empty_folder(out->target)) {
        errno = EEXIST;
        return disk_error(err, out->target);
    }
    if (mkdir(out->part, 0700) != 0)
        return disk_error(err, out->part);
    out->made = true;
    return HF_OK;
}

/* --- files --- */

static enum hf_status make_parents(char *path, size_t root_len, struct hf_error *err)
{
    for (size_t i = root_len + 1; path[i] != '\0'; i++) {
        if (path[i] != '/')
            continue;
        path[i] = '\0';
        if (mkdir(path, 0700) != 0 && errno != EEXIST)
            return disk_error(err, path);
        path[i] = '/';
    }
    return HF_OK;
}

static bool write_all(int fd, struct hf_slice bytes)
{
    while (bytes.len > 0) {
        const ssize_t written = write(fd, bytes.data, bytes.len);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return false;
        bytes = hf_slice_of(bytes.data + written, bytes.len - (size_t)written);
    }
    return true;
}

static enum hf_status write_file(const char *path, struct hf_slice bytes, struct hf_error *err)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return disk_error(err, path);
    const bool written = write_all(fd, bytes);
    const int error = errno;
    if (close(fd) == 0 && written)
        return HF_OK;
    if (!written)
        errno = error;
    return disk_error(err, path);
}

enum hf_status hf_folder_write(const struct hf_folder *folder, const char *name, struct hf_slice bytes,
                               struct hf_error *err)
{
    const size_t root_len = strlen(folder->part);
    char *root = joined(folder->part, root_len, "/");
    char *path = root ? joined(root, root_len + 1, name) : NULL;
    enum hf_status status = path ? make_parents(path, root_len, err) : HF_ERR_NOMEM;
    if (status == HF_OK)
        status = write_file(path, bytes, err);
    else if (status == HF_ERR_NOMEM)
        (void)hf_error_set(err, status, "%s", hf_status_text(status));
    free(root);
    free(path);
    return status;
}

/* --- the end --- */

/* Visits every file and folder below and at path, what is inside before what holds it; false when a visit said so. */
static bool walk(const char *path, unsigned depth, bool (*visit)(const char *path, bool is_folder))
{
    DIR *folder = depth < DEPTH_MAX ? opendir(path) : NULL;
    const struct dirent *entry;
    bool going = folder != NULL;
    while (going && (entry = readdir(folder)) != NULL) {
        struct stat found;
        if (is_dots(entry->d_name))
            continue;
        char *root = joined(path, strlen(path), "/");
        char *inside = root ? joined(root, strlen(root), entry->d_name) : NULL;
        going = inside && lstat(inside, &found) == 0;
        if (going)
            going = S_ISDIR(found.st_mode) ? walk(inside, depth + 1, visit) : visit(inside, false);
        free(root);
        free(inside);
    }
    if (folder)
        (void)closedir(folder);
    return visit(path, true) && going;
}

static bool flush(const char *path, bool is_folder)
{
    const int fd = open(path, (is_folder ? O_RDONLY | O_DIRECTORY : O_RDONLY) | O_CLOEXEC);
    if (fd < 0)
        return false;
    const bool flushed = fsync(fd) == 0;
    const int error = errno;
    (void)close(fd);
    errno = error;
    return flushed;
}

static bool remove_one(const char *path, bool is_folder)
{
    (void)(is_folder ? rmdir(path) : unlink(path));
    return true; /* as much as can be */
}

/* The folder that holds the name, so that the new name is on the disk too. */
static bool flush_above(const struct hf_folder *folder)
{
    const char *slash = strrchr(folder->target, '/');
    const size_t len = slash ? (size_t)(slash - folder->target) : 0;
    char *above = slash ? joined(folder->target, len > 0 ? len : 1, "") : joined(".", 1, "");
    const bool flushed = above && flush(above, true);
    free(above);
    return flushed;
}

/* Flushed in a pass of its own: the first takes the others with it, so that thousands of small files cost little. */
enum hf_status hf_folder_finish(struct hf_folder *folder, struct hf_error *err)
{
    if (!walk(folder->part, 0, flush) || rename(folder->part, folder->target) != 0)
        return disk_error(err, folder->target);
    folder->made = false;
    return flush_above(folder) ? HF_OK : disk_error(err, folder->target);
}

void hf_folder_end(struct hf_folder *folder)
{
    if (folder->made)
        (void)walk(folder->part, 0, remove_one);
    free(folder->target);
    free(folder->part);
    *folder = (struct hf_folder){0};
}
