#include "server/carry_file.h"

#include "protocol/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum hf_status copy_path(const char *path, char out[HF_CARRY_FILE_PATH_BYTES], const char *ending,
                                struct hf_error *err)
{
    const int len = snprintf(out, HF_CARRY_FILE_PATH_BYTES, "%s%s", path, ending);
    if (len < 0 || len >= HF_CARRY_FILE_PATH_BYTES)
        return hf_error_set(err, HF_ERR_INVALID, "The name of the file is too long.");
    return HF_OK;
}

static enum hf_status exists(const char *path, struct hf_error *err)
{
    return hf_error_set(err, HF_ERR_EXISTS, "%s is there already. Name a file that is not.", path);
}

static enum hf_status not_written(const struct hf_carry_file *file, struct hf_error *err)
{
    const enum hf_status status = errno == ENOSPC || errno == EDQUOT || errno == EFBIG ? HF_ERR_FULL : HF_ERR_IO;
    return hf_error_set(err, status, "%s could not be written by the server: %s", file->path, strerror(errno));
}

enum hf_status hf_carry_file_open(const char *path, struct hf_carry_file *out, struct hf_error *err)
{
    struct hf_carry_file file = HF_CARRY_FILE_NONE;
    struct stat found;
    enum hf_status status = copy_path(path, file.path, "", err);
    if (status != HF_OK)
        return status;
    file.fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file.fd < 0 && errno == ENOENT)
        return hf_error_set(err, HF_ERR_NOT_FOUND, "There is no file %s that the server can read.", path);
    if (file.fd < 0 || fstat(file.fd, &found) != 0)
        status = hf_error_set(err, HF_ERR_IO, "%s could not be read: %s", path, strerror(errno));
    else if (!S_ISREG(found.st_mode))
        status = hf_error_set(err, HF_ERR_INVALID, "%s is not a file.", path);
    else if ((uint64_t)found.st_size > HF_LIMIT_CARRY_BYTES)
        status = hf_error_set(err, HF_ERR_LIMIT, "%s is longer than %u MiB, which no such file is.", path,
                              HF_LIMIT_CARRY_BYTES >> 20);
    if (status != HF_OK) {
        hf_carry_file_close(&file);
        return status;
    }
    file.size = (uint64_t)found.st_size;
    *out = file;
    return HF_OK;
}

enum hf_status hf_carry_file_read(void *ctx, uint64_t at, uint8_t *out, size_t len, struct hf_error *err)
{
    const struct hf_carry_file *file = ctx;
    while (len > 0) {
        const ssize_t done = pread(file->fd, out, len, (off_t)at);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return hf_error_set(err, HF_ERR_IO, "%s could not be read: %s", file->path, strerror(errno));
        if (done == 0)
            return hf_error_set(err, HF_ERR_CORRUPT, "%s was changed while it was being read.", file->path);
        out += done;
        at += (uint64_t)done;
        len -= (size_t)done;
    }
    return HF_OK;
}

enum hf_status hf_carry_file_make(const char *path, struct hf_carry_file *out, struct hf_error *err)
{
    struct hf_carry_file file = HF_CARRY_FILE_NONE;
    struct stat found;
    enum hf_status status = copy_path(path, file.path, "", err);
    if (status == HF_OK)
        status = copy_path(path, file.grows_as, ".part", err);
    if (status != HF_OK)
        return status;
    if (lstat(path, &found) == 0)
        return exists(path, err);
    (void)unlink(file.grows_as);
    file.fd = open(file.grows_as, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file.fd < 0)
        return not_written(&file, err);
    *out = file;
    return HF_OK;
}

enum hf_status hf_carry_file_append(void *ctx, struct hf_slice bytes, struct hf_error *err)
{
    struct hf_carry_file *file = ctx;
    while (bytes.len > 0) {
        const ssize_t done = write(file->fd, bytes.data, bytes.len);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return not_written(file, err);
        file->size += (uint64_t)done;
        bytes = hf_slice_of(bytes.data + done, bytes.len - (size_t)done);
    }
    return HF_OK;
}

enum hf_status hf_carry_file_finish(struct hf_carry_file *file, struct hf_error *err)
{
    if (fsync(file->fd) != 0)
        return not_written(file, err);
    if (link(file->grows_as, file->path) != 0) { /* unlike a rename it takes the place of nothing … */
        if (errno == EEXIST)
            return exists(file->path, err);
        if (rename(file->grows_as, file->path) != 0) /* … and a stick knows no links */
            return not_written(file, err);
    } else if (unlink(file->grows_as) != 0) {
        return not_written(file, err);
    }
    file->grows_as[0] = '\0';
    return HF_OK;
}

void hf_carry_file_close(struct hf_carry_file *file)
{
    if (file->fd >= 0)
        (void)close(file->fd);
    if (file->grows_as[0] != '\0')
        (void)unlink(file->grows_as);
    file->fd = -1;
    file->grows_as[0] = '\0';
}
