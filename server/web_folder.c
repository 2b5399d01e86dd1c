#include "server/web_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MODE   0644 /* for the web server, which is another user */
#define FOLDER_MODE 0755
#define PART_SUFFIX ".part"
#define READ_BYTES  4096

static enum hf_status status_of_errno(void)
{
    switch (errno) {
    case ENOENT:
        return HF_ERR_NOT_FOUND;
    case ENOTDIR:
    case EISDIR:
    case ELOOP:
    case ENAMETOOLONG:
        return HF_ERR_INVALID;
    case EACCES:
    case EPERM:
    case EROFS:
        return HF_ERR_DENIED;
    case ENOSPC:
    case EDQUOT:
        return HF_ERR_FULL;
    default:
        return HF_ERR_IO;
    }
}

enum hf_status hf_web_open(const char *path, struct hf_web_folder *out)
{
    if (mkdir(path, FOLDER_MODE) != 0 && errno != EEXIST)
        return status_of_errno();
    return hf_web_open_there(path, out);
}

enum hf_status hf_web_open_there(const char *path, struct hf_web_folder *out)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return status_of_errno();
    *out = (struct hf_web_folder){.fd = fd};
    return HF_OK;
}

void hf_web_close(struct hf_web_folder *web)
{
    (void)close(web->fd);
    web->fd = -1;
}

bool hf_web_has(const struct hf_web_folder *web, const char *path, size_t bytes)
{
    struct stat facts;
    return fstatat(web->fd, path, &facts, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(facts.st_mode) && facts.st_size >= 0 &&
           (uint64_t)facts.st_size == bytes;
}

static enum hf_status read_all(int fd, size_t limit_bytes, struct hf_buf *out)
{
    uint8_t chunk[READ_BYTES];
    struct stat facts;
    size_t total = 0;
    if (fstat(fd, &facts) != 0 || !S_ISREG(facts.st_mode))
        return HF_ERR_INVALID;
    for (;;) {
        ssize_t got = read(fd, chunk, sizeof chunk);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return HF_ERR_IO;
        if (got == 0)
            return hf_buf_status(out);
        total += (size_t)got;
        if (total > limit_bytes)
            return HF_ERR_LIMIT;
        hf_buf_append(out, chunk, (size_t)got);
    }
}

enum hf_status hf_web_read(const struct hf_web_folder *web, const char *path, size_t limit_bytes, struct hf_buf *out)
{
    int fd = openat(web->fd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return status_of_errno();
    enum hf_status status = read_all(fd, limit_bytes, out);
    (void)close(fd);
    return status;
}

/* --- putting -------------------------------------------------------------------------------------------------------
 */

/* The folder that holds `path`: "" for the web folder itself. */
static void parent_of(const char *path, char out[HF_WEB_PATH_BYTES])
{
    const char *slash = strrchr(path, '/');
    size_t len = slash ? (size_t)(slash - path) : 0;
    memcpy(out, path, len);
    out[len] = '\0';
}

static enum hf_status sync_folder(const struct hf_web_folder *web, const char *path)
{
    int fd = openat(web->fd, *path ? path : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return status_of_errno();
    enum hf_status status = fsync(fd) == 0 ? HF_OK : HF_ERR_IO;
    (void)close(fd);
    return status;
}

enum hf_status hf_web_sync(struct hf_web_folder *web)
{
    if (!web->has_unsynced)
        return HF_OK;
    web->has_unsynced = false;
    return sync_folder(web, web->unsynced);
}

/* A folder that is new has its own name to bring to the disk. */
static enum hf_status make_folders(struct hf_web_folder *web, const char *path)
{
    char folder[HF_WEB_PATH_BYTES];
    char parent[HF_WEB_PATH_BYTES];
    for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
        size_t len = (size_t)(slash - path);
        memcpy(folder, path, len);
        folder[len] = '\0';
        if (mkdirat(web->fd, folder, FOLDER_MODE) == 0) {
            parent_of(folder, parent);
            enum hf_status status = sync_folder(web, parent);
            if (status != HF_OK)
                return status;
        } else if (errno != EEXIST) {
            return status_of_errno();
        }
    }
    return HF_OK;
}

static enum hf_status write_all(int fd, struct hf_slice bytes)
{
    size_t done = 0;
    while (done < bytes.len) {
        ssize_t wrote = write(fd, bytes.data + done, bytes.len - done);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0)
            return status_of_errno();
        done += (size_t)wrote;
    }
    return fsync(fd) == 0 ? HF_OK : HF_ERR_IO;
}

static enum hf_status write_part(const struct hf_web_folder *web, const char *part, struct hf_slice bytes)
{
    int fd = openat(web->fd, part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
    if (fd < 0)
        return status_of_errno();
    enum hf_status status = write_all(fd, bytes);
    if (close(fd) != 0 && status == HF_OK)
        status = HF_ERR_IO;
    return status;
}

enum hf_status hf_web_put(struct hf_web_folder *web, const char *path, struct hf_slice bytes)
{
    char part[HF_WEB_PATH_BYTES + sizeof PART_SUFFIX];
    char parent[HF_WEB_PATH_BYTES];
    if (strlen(path) >= HF_WEB_PATH_BYTES)
        return HF_ERR_LIMIT;
    parent_of(path, parent);
    (void)snprintf(part, sizeof part, "%s%s", path, PART_SUFFIX);
    enum hf_status status = HF_OK;
    if (web->has_unsynced && strcmp(web->unsynced, parent) != 0)
        status = hf_web_sync(web);
    if (status == HF_OK)
        status = make_folders(web, path);
    if (status == HF_OK)
        status = write_part(web, part, bytes);
    if (status == HF_OK && renameat(web->fd, part, web->fd, path) != 0)
        status = status_of_errno();
    if (status != HF_OK) {
        (void)unlinkat(web->fd, part, 0);
        return status;
    }
    memcpy(web->unsynced, parent, sizeof parent);
    web->has_unsynced = true;
    return HF_OK;
}

void hf_web_drop(const struct hf_web_folder *web, const char *path)
{
    int fd = openat(web->fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
    if (!folder) {
        if (fd >= 0)
            (void)close(fd);
        return;
    }
    const struct dirent *item;
    while ((item = readdir(folder)) != NULL) {
        if (item->d_name[strspn(item->d_name, "0123456789")] == '\0')
            (void)unlinkat(fd, item->d_name, 0);
    }
    (void)closedir(folder);
    (void)unlinkat(web->fd, path, AT_REMOVEDIR);
}
