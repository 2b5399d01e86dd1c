#include "server/attach_mark.h"

#include "core/attach/chunks.h"
#include "server/attach.h"
#include "server/data_folder_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_BYTES 5
#define PATH_MAX_  4200

/* --- the number --- */

static void pack(uint32_t mark, uint8_t out[FILE_BYTES])
{
    uint8_t check = 0x5a;
    for (unsigned i = 0; i < 4; i++) {
        out[i] = (uint8_t)(mark >> (8 * i));
        check = (uint8_t)(check + out[i]);
    }
    out[4] = check;
}

/* 0: there is none that can be read. */
static uint32_t unpack(const uint8_t bytes[FILE_BYTES])
{
    uint8_t again[FILE_BYTES];
    const uint32_t mark =
        (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
    pack(mark, again);
    return memcmp(bytes, again, FILE_BYTES) == 0 ? mark : 0;
}

static bool path_of(const struct hf_office *office, const char *ending, char out[PATH_MAX_])
{
    const int len = snprintf(out, PATH_MAX_, "%s.mark%s", office->attach_folder, ending);
    return len > 0 && len < PATH_MAX_;
}

static uint32_t read_mark(const struct hf_office *office)
{
    char path[PATH_MAX_];
    uint8_t bytes[FILE_BYTES];
    const int fd = path_of(office, "", path) ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    const ssize_t got = fd >= 0 ? read(fd, bytes, sizeof bytes) : 0;
    if (fd >= 0)
        (void)close(fd);
    return got == (ssize_t)sizeof bytes ? unpack(bytes) : 0;
}

static bool write_all(const char *path, const uint8_t bytes[FILE_BYTES])
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    const bool written = fd >= 0 && write(fd, bytes, FILE_BYTES) == FILE_BYTES && fsync(fd) == 0;
    return fd >= 0 && close(fd) == 0 && written;
}

/* Another one than before, in place before it is told. */
static enum hf_status draw(struct hf_office *office)
{
    char path[PATH_MAX_], grows[PATH_MAX_];
    uint8_t bytes[FILE_BYTES];
    uint32_t mark = 0;
    while (mark == 0 || mark == office->attach_mark)
        hf_random(&mark, sizeof mark);
    pack(mark, bytes);
    if (!path_of(office, "", path) || !path_of(office, ".new", grows))
        return HF_ERR_INVALID;
    if (!write_all(grows, bytes) || rename(grows, path) != 0)
        return errno == ENOSPC ? HF_ERR_FULL : HF_ERR_IO;
    office->attach_mark = mark;
    return HF_OK;
}

enum hf_status hf_attach_mark_forget(const char *folder, struct hf_error *err)
{
    char path[4096];
    enum hf_status status = hf_folder_path(folder, HF_ATTACH_MARK_FILE, path, err);
    if (status == HF_OK && unlink(path) != 0 && errno != ENOENT)
        return hf_folder_file_error(path, err);
    return status;
}

/* --- rows against files --- */

struct losses {
    struct hf_office *office;
    struct hf_attach_kept *at;
    size_t count, cap;
    enum hf_status status;
};

static bool is_there(const struct hf_office *office, const struct hf_attach_kept *row)
{
    struct hf_chunks chunks = {.fd = -1};
    struct hf_error err = {0};
    enum hf_status status =
        hf_chunks_open(office->attach_folder, &row->record_id, row->content.size, false, &chunks, &err);
    if (status == HF_OK)
        status = hf_chunks_holds(&chunks, row->have, &err);
    hf_chunks_close(&chunks);
    return status != HF_ERR_NOT_FOUND && status != HF_ERR_CORRUPT; /* a disk that fails has lost nothing yet */
}

static bool note_loss(void *ctx, const struct hf_attach_kept *row)
{
    struct losses *losses = ctx;
    if (row->have == 0 || is_there(losses->office, row))
        return true;
    if (losses->count == losses->cap) {
        const size_t cap = losses->cap ? 2 * losses->cap : 16;
        struct hf_attach_kept *more = realloc(losses->at, cap * sizeof *more);
        if (!more) {
            losses->status = HF_ERR_NOMEM;
            return false;
        }
        losses->at = more;
        losses->cap = cap;
    }
    losses->at[losses->count++] = *row;
    return true;
}

static enum hf_status begin_anew(struct hf_office *office, struct hf_attach_kept *row)
{
    row->have = 0;
    return office->store->ops->attach_put(office->store, row);
}

enum hf_status hf_attach_lost(struct hf_office *office, struct hf_attach_kept *row)
{
    enum hf_status status = begin_anew(office, row);
    return status == HF_OK ? draw(office) : status;
}

enum hf_status hf_attach_start(struct hf_office *office, struct hf_error *err)
{
    struct losses losses = {.office = office};
    enum hf_status status = hf_attach_sweep(office, err);
    if (status == HF_OK)
        status = office->store->ops->attach_each(office->store, note_loss, &losses);
    if (status == HF_OK)
        status = losses.status;
    for (size_t i = 0; status == HF_OK && i < losses.count; i++)
        status = begin_anew(office, &losses.at[i]);
    office->attach_mark = read_mark(office);
    if (status == HF_OK && (office->attach_mark == 0 || losses.count > 0))
        status = draw(office);
    free(losses.at);
    return status;
}
