#include "tools/audit/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_BYTES 65536

static enum hf_status status_of_errno(void)
{
    switch (errno) {
    case ENOENT:
        return HF_ERR_NOT_FOUND;
    case ELOOP:
    case ENOTDIR:
    case EISDIR:
    case ENXIO:
    case ENAMETOOLONG:
        return HF_ERR_INVALID;
    case EACCES:
    case EPERM:
        return HF_ERR_DENIED;
    case ENOMEM:
        return HF_ERR_NOMEM;
    default:
        return HF_ERR_IO;
    }
}

enum hf_status hf_audit_folder_open(const char *path, struct hf_audit_folder *out)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return status_of_errno();
    *out = (struct hf_audit_folder){.fd = fd};
    for (unsigned i = 0; i < HF_AUDIT_FOLDERS_OPEN; i++)
        out->below[i].fd = -1;
    return HF_OK;
}

void hf_audit_folder_close(struct hf_audit_folder *folder)
{
    if (folder->fd >= 0)
        (void)close(folder->fd);
    folder->fd = -1;
    for (unsigned i = 0; i < HF_AUDIT_FOLDERS_OPEN; i++) {
        if (folder->below[i].fd >= 0)
            (void)close(folder->below[i].fd);
        folder->below[i].fd = -1;
    }
}

/* --- one file ------------------------------------------------------------------------------------------------------
 */

static enum hf_status read_all(int fd, size_t limit_bytes, struct hf_buf *out)
{
    struct stat facts;
    uint8_t chunk[READ_BYTES];
    size_t total = 0;
    if (fstat(fd, &facts) != 0)
        return HF_ERR_IO;
    if (!S_ISREG(facts.st_mode))
        return HF_ERR_INVALID;
    if (facts.st_size < 0 || (uint64_t)facts.st_size > limit_bytes)
        return HF_ERR_LIMIT;
    for (;;) {
        ssize_t got = read(fd, chunk, sizeof chunk);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return HF_ERR_IO;
        if (got == 0)
            return hf_buf_status(out);
        total += (size_t)got;
        if (total > limit_bytes) /* it grew while it was read */
            return HF_ERR_LIMIT;
        hf_buf_append(out, chunk, (size_t)got);
    }
}

/* Waits for nobody: a pipe in the place of a file is opened without a writer, and then refused. */
static enum hf_status read_at(int folder, const char *name, int more_flags, size_t limit_bytes, struct hf_buf *out)
{
    int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | more_flags);
    if (fd < 0)
        return status_of_errno();
    enum hf_status status = read_all(fd, limit_bytes, out);
    (void)close(fd);
    return status;
}

enum hf_status hf_audit_folder_read_file(const char *path, size_t limit_bytes, struct hf_buf *out)
{
    return read_at(AT_FDCWD, path, 0, limit_bytes, out);
}

static enum hf_status open_folder_at(int parent, const char *name, int *out_fd)
{
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return status_of_errno();
    *out_fd = fd;
    return HF_OK;
}

/* Goes down one part at a time, because O_NOFOLLOW guards the last part of a path only. `path` is of folders. */
static enum hf_status open_below(int folder, const char *path, int *out_fd)
{
    char part[HF_BUNDLE_NAME_BYTES_MAX];
    int at = -1;
    while (*path) {
        size_t len = strcspn(path, "/");
        int next = -1;
        memcpy(part, path, len);
        part[len] = '\0';
        enum hf_status status = open_folder_at(at >= 0 ? at : folder, part, &next);
        if (at >= 0)
            (void)close(at);
        if (status != HF_OK)
            return status;
        at = next;
        path += len + (path[len] == '/');
    }
    *out_fd = at;
    return HF_OK;
}

static enum hf_status go_to(struct hf_audit_folder *folder, const char *path, int *out_fd)
{
    for (unsigned i = 0; i < HF_AUDIT_FOLDERS_OPEN; i++) {
        if (folder->below[i].fd >= 0 && strcmp(folder->below[i].name, path) == 0) {
            *out_fd = folder->below[i].fd;
            return HF_OK;
        }
    }
    int fd = -1;
    enum hf_status status = open_below(folder->fd, path, &fd);
    if (status != HF_OK)
        return status;
    unsigned place = folder->next++ % HF_AUDIT_FOLDERS_OPEN;
    if (folder->below[place].fd >= 0)
        (void)close(folder->below[place].fd);
    folder->below[place].fd = fd;
    memcpy(folder->below[place].name, path, strlen(path) + 1);
    *out_fd = fd;
    return HF_OK;
}

static enum hf_status read_file(void *ctx, const char *name, size_t limit_bytes, struct hf_buf *out)
{
    struct hf_audit_folder *folder = ctx;
    char path[HF_BUNDLE_NAME_BYTES_MAX];
    const char *slash = strrchr(name, '/');
    if (!slash)
        return read_at(folder->fd, name, O_NOFOLLOW, limit_bytes, out);
    size_t len = (size_t)(slash - name);
    if (len >= sizeof path)
        return HF_ERR_INVALID;
    memcpy(path, name, len);
    path[len] = '\0';
    int fd = -1;
    enum hf_status status = go_to(folder, path, &fd);
    return status == HF_OK ? read_at(fd, slash + 1, O_NOFOLLOW, limit_bytes, out) : status;
}

/* --- what lies in the folder ---------------------------------------------------------------------------------------
 */

/* Told of each name; `path` is from the bundle's root, is_folder of the thing itself, never of what a link points to.
 * *descend may be set for folders. */
typedef enum hf_status visit_fn(void *ctx, const char *path, bool is_folder, bool *descend);

static enum hf_status visit_folder(int fd, const char *path, unsigned depth, visit_fn *visit, void *ctx);

static enum hf_status visit_name(int fd, const char *path, const char *name, unsigned depth, visit_fn *visit, void *ctx)
{
    char full[HF_AUDIT_FOLDER_NAME_BYTES_MAX] = {0};
    struct stat facts;
    size_t path_len = strlen(path);
    size_t name_len = strlen(name);
    bool fits = path_len + 1 + name_len < sizeof full;
    memcpy(full, path, path_len);
    if (path_len > 0)
        full[path_len++] = '/';
    memcpy(full + path_len, name, fits ? name_len : sizeof full - 1 - path_len);
    bool is_folder = fstatat(fd, name, &facts, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(facts.st_mode);
    bool descend = false;
    enum hf_status status = visit(ctx, full, is_folder, &descend);
    int next = -1;
    if (status != HF_OK || !descend || !is_folder || !fits || depth >= HF_AUDIT_FOLDER_DEPTH_MAX)
        return status;
    status = open_folder_at(fd, name, &next);
    return status == HF_OK ? visit_folder(next, full, depth + 1, visit, ctx) : status;
}

/* Takes fd over. */
static enum hf_status visit_folder(int fd, const char *path, unsigned depth, visit_fn *visit, void *ctx)
{
    enum hf_status status = HF_OK;
    DIR *folder = fdopendir(fd);
    if (!folder) {
        (void)close(fd);
        return HF_ERR_IO;
    }
    const struct dirent *item;
    errno = 0;
    while (status == HF_OK && (item = readdir(folder)) != NULL) {
        if (strcmp(item->d_name, ".") != 0 && strcmp(item->d_name, "..") != 0)
            status = visit_name(dirfd(folder), path, item->d_name, depth, visit, ctx);
        errno = 0;
    }
    if (status == HF_OK && errno != 0)
        status = HF_ERR_IO;
    (void)closedir(folder);
    return status;
}

/* --- the indices of one kind ---------------------------------------------------------------------------------------
 */

struct listing {
    enum hf_bundle_kind kind;
    hf_bundle_index_fn *each;
    void *ctx;
};

static enum hf_status visit_index(void *ctx, const char *path, bool is_folder, bool *descend)
{
    const struct listing *listing = ctx;
    enum hf_bundle_kind kind;
    uint64_t index;
    (void)is_folder;
    (void)descend;
    if (hf_bundle_name_parse(hf_slice_str(path), &kind, &index) != HF_OK || kind != listing->kind)
        return HF_OK;
    return listing->each(listing->ctx, index);
}

static enum hf_status list_files(void *ctx, enum hf_bundle_kind kind, hf_bundle_index_fn *each, void *each_ctx)
{
    static const char *const folders[] = {
        [HF_BUNDLE_PROOF] = "proof", [HF_BUNDLE_CT] = "ct", [HF_BUNDLE_OPEN] = "open"};
    const struct hf_audit_folder *folder = ctx;
    struct listing listing = {.kind = kind, .each = each, .ctx = each_ctx};
    int fd = -1;
    enum hf_status status = open_folder_at(folder->fd, folders[kind], &fd);
    if (status == HF_ERR_NOT_FOUND)
        return HF_OK;
    return status == HF_OK ? visit_folder(fd, folders[kind], 1, visit_index, &listing) : status;
}

struct hf_bundle_reader hf_audit_folder_reader(struct hf_audit_folder *folder)
{
    return (struct hf_bundle_reader){.ctx = folder, .read = read_file, .list = list_files};
}

/* --- what has no place there ---------------------------------------------------------------------------------------
 */

struct stray_search {
    uint64_t size;
    struct hf_audit_strays *out;
};

static bool has_place(struct hf_slice path, uint64_t size)
{
    struct hf_tile_id id;
    enum hf_bundle_kind kind;
    uint64_t index;
    if (hf_slice_equal(path, hf_slice_str(HF_BUNDLE_POLICY)) ||
        hf_slice_equal(path, hf_slice_str(HF_BUNDLE_CHECKPOINT)) ||
        hf_slice_equal(path, hf_slice_str(HF_BUNDLE_PREV)) || hf_slice_equal(path, hf_slice_str(HF_BUNDLE_WITNESSED)))
        return true;
    if (hf_bundle_name_parse(path, &kind, &index) == HF_OK)
        return index < size;
    return hf_tile_path_parse(path, &id) == HF_OK && id.level < HF_TILE_LEVELS &&
           hf_tile_width_at(id.level, id.index, size) == id.width;
}

static bool may_hold_files(const char *path)
{
    return strcmp(path, "ct") == 0 || strcmp(path, "open") == 0 || strcmp(path, "proof") == 0 ||
           strcmp(path, "tile") == 0 || (strncmp(path, "tile/", 5) == 0 && strlen(path) < HF_TILE_PATH_BYTES_MAX);
}

static enum hf_status visit_stray(void *ctx, const char *path, bool is_folder, bool *descend)
{
    struct stray_search *search = ctx;
    struct hf_audit_strays *out = search->out;
    *descend = is_folder && may_hold_files(path);
    if (*descend || (!is_folder && has_place(hf_slice_str(path), search->size)))
        return HF_OK;
    if (out->count < HF_AUDIT_FOLDER_STRAY_LISTED_MAX) {
        size_t len = strlen(path);
        if (is_folder && len + 1 < HF_AUDIT_FOLDER_NAME_BYTES_MAX)
            memcpy(out->name[out->count] + len, "/", 2);
        memcpy(out->name[out->count], path, len);
    }
    out->count++;
    return HF_OK;
}

enum hf_status hf_audit_folder_strays(struct hf_audit_folder *folder, uint64_t size, struct hf_audit_strays *out)
{
    int fd = -1;
    memset(out, 0, sizeof *out);
    struct stray_search search = {.size = size, .out = out};
    enum hf_status status = open_folder_at(folder->fd, ".", &fd);
    return status == HF_OK ? visit_folder(fd, "", 0, visit_stray, &search) : status;
}
