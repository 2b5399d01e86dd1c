#include "tools/audit/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_BYTES 4096
#define PART_BYTES 4096

static enum hf_status failed(const char *path, int why, struct hf_error *err)
{
    return hf_error_set(err, why == ENOENT ? HF_ERR_NOT_FOUND : HF_ERR_IO, "%s: %s.", path, strerror(why));
}

enum hf_status hf_audit_file_read(const char *path, size_t bytes_max, struct hf_buf *out, struct hf_error *err)
{
    uint8_t part[PART_BYTES];
    size_t before = out->len;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return failed(path, errno, err);
    ssize_t got = 0;
    while (out->len - before <= bytes_max && (got = read(fd, part, sizeof part)) > 0)
        hf_buf_append(out, part, (size_t)got);
    int why = errno;
    (void)close(fd);
    if (got < 0)
        return failed(path, why, err);
    if (out->len - before > bytes_max)
        return hf_error_set(err, HF_ERR_LIMIT, "%s is too long for what it should be.", path);
    return hf_buf_status(out);
}

static enum hf_status write_all(int fd, struct hf_slice bytes)
{
    size_t done = 0;
    while (done < bytes.len) {
        ssize_t wrote = write(fd, bytes.data + done, bytes.len - done);
        if (wrote <= 0)
            return HF_ERR_IO;
        done += (size_t)wrote;
    }
    return fsync(fd) == 0 ? HF_OK : HF_ERR_IO;
}

static enum hf_status sync_folder_of(const char *path)
{
    char folder[PATH_BYTES];
    (void)snprintf(folder, sizeof folder, "%s", path);
    char *slash = strrchr(folder, '/');
    if (slash)
        slash[slash == folder] = 0;
    int fd = open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return HF_ERR_IO;
    bool synced = fsync(fd) == 0;
    (void)close(fd);
    return synced ? HF_OK : HF_ERR_IO;
}

enum hf_status hf_audit_file_replace(const char *path, struct hf_slice bytes, unsigned mode, struct hf_error *err)
{
    char draft[PATH_BYTES];
    if ((size_t)snprintf(draft, sizeof draft, "%s.new", path) >= sizeof draft)
        return failed(path, ENAMETOOLONG, err);
    (void)unlink(draft); /* of a run that was cut */
    int fd = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, (mode_t)mode);
    if (fd < 0)
        return failed(draft, errno, err);
    enum hf_status status = write_all(fd, bytes);
    int why = errno;
    if (close(fd) != 0)
        status = HF_ERR_IO;
    if (status == HF_OK && rename(draft, path) != 0) {
        why = errno;
        status = HF_ERR_IO;
    }
    if (status == HF_OK)
        status = sync_folder_of(path);
    else
        (void)unlink(draft);
    return status == HF_OK ? HF_OK : failed(path, why, err);
}
