#include "core/attach/chunks.h"

#include "core/base/assert.h"
#include "core/base/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_BYTES 4096
#define NAME_BYTES (2 * HF_ID_BYTES + 1)

static enum hf_status failed(const char *what, struct hf_error *err)
{
    const enum hf_status status = errno == ENOSPC || errno == EDQUOT || errno == EFBIG ? HF_ERR_FULL : HF_ERR_IO;
    if (status == HF_ERR_FULL)
        return hf_error_set(err, status, "There is no room left on the disk for attachments. Free some and try again.");
    return hf_error_set(err, status, "An attachment could not be %s: %s.", what, strerror(errno));
}

static enum hf_status path_of(const char *folder, const struct hf_id *id, char out[PATH_BYTES], struct hf_error *err)
{
    struct hf_buf name = {0};
    hf_text_hex(&name, hf_slice_of(id->bytes, sizeof id->bytes));
    hf_buf_append_u8(&name, 0);
    enum hf_status status = hf_buf_status(&name);
    if (status == HF_OK) {
        const int len = snprintf(out, PATH_BYTES, "%s/%s", folder, (const char *)name.data);
        if (len < 0 || len >= PATH_BYTES)
            status = hf_error_set(err, HF_ERR_INVALID, "The name of the folder for attachments is too long.");
    }
    hf_buf_clear(&name);
    return status;
}

static enum hf_status sync_folder(const char *folder, struct hf_error *err)
{
    const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return failed("stored", err);
    enum hf_status status = fsync(fd) == 0 ? HF_OK : failed("stored", err);
    (void)close(fd);
    return status;
}

/* The folder's own name has to be durable too. */
static enum hf_status make_folder(const char *folder, struct hf_error *err)
{
    char above[PATH_BYTES];
    if (mkdir(folder, 0700) != 0)
        return errno == EEXIST ? HF_OK : failed("stored", err);
    const int len = snprintf(above, sizeof above, "%s/..", folder);
    if (len < 0 || len >= PATH_BYTES)
        return hf_error_set(err, HF_ERR_INVALID, "The name of the folder for attachments is too long.");
    return sync_folder(above, err);
}

enum hf_status hf_chunks_open(const char *folder, const struct hf_id *id, uint64_t size, bool make,
                              struct hf_chunks *out, struct hf_error *err)
{
    char path[PATH_BYTES];
    if (size == 0 || size > HF_ATTACH_BYTES_MAX)
        return hf_error_set(err, HF_ERR_INVALID, "No attachment has this size.");
    enum hf_status status = path_of(folder, id, path, err);
    if (status == HF_OK && make)
        status = make_folder(folder, err);
    if (status != HF_OK)
        return status;
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT && make) {
        fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (fd >= 0)
            status = sync_folder(folder, err);
    }
    if (fd < 0)
        return errno == ENOENT ? hf_error_set(err, HF_ERR_NOT_FOUND, "The content of this attachment is not here.")
                               : failed("opened", err);
    if (status != HF_OK) {
        (void)close(fd);
        return status;
    }
    *out = (struct hf_chunks){.fd = fd, .size = size, .count = hf_attach_chunk_count(size)};
    return HF_OK;
}

void hf_chunks_close(struct hf_chunks *chunks)
{
    if (chunks->fd >= 0)
        (void)close(chunks->fd);
    chunks->fd = -1;
}

/* --- places in the file --- */

static uint64_t chunk_at(uint64_t number)
{
    return number * HF_ATTACH_SEALED_BYTES;
}

static uint64_t node_at(const struct hf_chunks *chunks, unsigned level, uint64_t index)
{
    uint64_t before = 0;
    for (unsigned i = 0; i < level; i++)
        before += chunks->count >> i;
    return chunks->size + chunks->count * HF_TAG_BYTES + (before + index) * HF_HASH_BYTES;
}

static enum hf_status write_at(const struct hf_chunks *chunks, uint64_t at, const uint8_t *bytes, size_t len,
                               struct hf_error *err)
{
    while (len > 0) {
        const ssize_t done = pwrite(chunks->fd, bytes, len, (off_t)at);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return failed("stored", err);
        bytes += done;
        at += (uint64_t)done;
        len -= (size_t)done;
    }
    return HF_OK;
}

static enum hf_status read_at(const struct hf_chunks *chunks, uint64_t at, uint8_t *out, size_t len,
                              struct hf_error *err)
{
    while (len > 0) {
        const ssize_t done = pread(chunks->fd, out, len, (off_t)at);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return failed("read", err);
        if (done == 0)
            return hf_error_set(err, HF_ERR_CORRUPT, "The content of an attachment ends too early on this disk.");
        out += done;
        at += (uint64_t)done;
        len -= (size_t)done;
    }
    return HF_OK;
}

/* Fits hf_tree_get_fn. */
static bool get_node(void *ctx, unsigned level, uint64_t index, struct hf_hash *out)
{
    const struct hf_chunks *chunks = ctx;
    if (level >= HF_TREE_LEVELS_MAX || index >= chunks->count >> level)
        return false;
    return read_at(chunks, node_at(chunks, level, index), out->bytes, sizeof out->bytes, NULL) == HF_OK;
}

enum hf_status hf_chunks_write(struct hf_chunks *chunks, uint64_t number, struct hf_slice sealed, struct hf_error *err)
{
    if (number >= chunks->count || sealed.len != hf_attach_sealed_len(chunks->size, number))
        return hf_error_set(err, HF_ERR_INVALID, "A part of an attachment has not the length that it should have.");
    struct hf_hash hash, left;
    hf_tree_leaf_hash(sealed, &hash);
    enum hf_status status = write_at(chunks, chunk_at(number), sealed.data, sealed.len, err);
    unsigned level = 0;
    if (status == HF_OK)
        status = write_at(chunks, node_at(chunks, 0, number), hash.bytes, sizeof hash.bytes, err);
    for (; status == HF_OK && (number >> level & 1) != 0; level++) {
        status = read_at(chunks, node_at(chunks, level, (number >> level) - 1), left.bytes, sizeof left.bytes, err);
        if (status != HF_OK)
            break;
        hf_tree_node_hash(&left, &hash, &hash);
        status =
            write_at(chunks, node_at(chunks, level + 1, number >> (level + 1)), hash.bytes, sizeof hash.bytes, err);
    }
    return status;
}

enum hf_status hf_chunks_holds(const struct hf_chunks *chunks, uint64_t count, struct hf_error *err)
{
    struct hf_buf chunk = {0};
    struct hf_hash hash, node;
    HF_ASSERT(count <= chunks->count);
    if (count == 0)
        return HF_OK;
    enum hf_status status = hf_chunks_read(chunks, count - 1, &chunk, err);
    if (status == HF_OK)
        status = read_at(chunks, node_at(chunks, 0, count - 1), node.bytes, sizeof node.bytes, err);
    if (status == HF_OK) {
        hf_tree_leaf_hash(hf_buf_slice(&chunk), &hash);
        if (memcmp(hash.bytes, node.bytes, sizeof node.bytes) != 0)
            status = hf_error_set(err, HF_ERR_CORRUPT, "The content of an attachment has a hole on this disk.");
    }
    hf_buf_clear(&chunk);
    return status;
}

enum hf_status hf_chunks_sync(struct hf_chunks *chunks, struct hf_error *err)
{
    return fdatasync(chunks->fd) == 0 ? HF_OK : failed("stored", err);
}

enum hf_status hf_chunks_read(const struct hf_chunks *chunks, uint64_t number, struct hf_buf *out, struct hf_error *err)
{
    HF_ASSERT(number < chunks->count);
    const size_t len = hf_attach_sealed_len(chunks->size, number);
    const size_t before = out->len;
    hf_buf_append_zeros(out, len);
    enum hf_status status = hf_buf_status(out);
    return status == HF_OK ? read_at(chunks, chunk_at(number), out->data + before, len, err) : status;
}

enum hf_status hf_chunks_prove(const struct hf_chunks *chunks, uint64_t first, uint64_t count, struct hf_proof *out)
{
    struct hf_chunks reader = *chunks;
    return hf_tree_prove_range(first, count, chunks->count, get_node, &reader, out);
}

enum hf_status hf_chunks_root(const struct hf_chunks *chunks, uint8_t out[HF_HASH_BYTES])
{
    struct hf_chunks reader = *chunks;
    struct hf_hash root;
    enum hf_status status = hf_tree_root_at(chunks->count, get_node, &reader, &root);
    if (status == HF_OK)
        memcpy(out, root.bytes, sizeof root.bytes);
    return status;
}

enum hf_status hf_chunks_verify(uint64_t size, const uint8_t root[HF_HASH_BYTES], uint64_t first,
                                const struct hf_slice *chunks, size_t count, const struct hf_proof *proof)
{
    struct hf_hash hashes[HF_CHUNKS_RUN_MAX], whole;
    const uint64_t all = hf_attach_chunk_count(size);
    if (count == 0 || count > HF_CHUNKS_RUN_MAX || first >= all || count > all - first)
        return HF_ERR_INVALID;
    for (size_t i = 0; i < count; i++) {
        if (chunks[i].len != hf_attach_sealed_len(size, first + i))
            return HF_ERR_INVALID;
        hf_tree_leaf_hash(chunks[i], &hashes[i]);
    }
    memcpy(whole.bytes, root, sizeof whole.bytes);
    return hf_tree_verify_range(first, hashes, count, all, proof, &whole);
}

/* --- removing --- */

enum hf_status hf_chunks_remove(const char *folder, const struct hf_id *id, struct hf_error *err)
{
    char path[PATH_BYTES];
    enum hf_status status = path_of(folder, id, path, err);
    if (status == HF_OK && unlink(path) != 0 && errno != ENOENT)
        status = failed("removed", err);
    return status;
}

static enum hf_status sweep_one(const char *folder, const char *name, hf_chunks_keep_fn *keep, void *ctx,
                                struct hf_error *err)
{
    char path[PATH_BYTES];
    struct hf_id id;
    bool kept = false;
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return HF_OK;
    if (strlen(name) == NAME_BYTES - 1 && hf_text_unhex(hf_slice_str(name), id.bytes, sizeof id.bytes) == HF_OK) {
        enum hf_status status = keep(ctx, &id, &kept);
        if (status != HF_OK)
            return status;
    }
    const int len = snprintf(path, sizeof path, "%s/%s", folder, name);
    if (kept || len < 0 || len >= PATH_BYTES)
        return HF_OK;
    return unlink(path) == 0 || errno == ENOENT ? HF_OK : failed("removed", err);
}

enum hf_status hf_chunks_sweep(const char *folder, hf_chunks_keep_fn *keep, void *ctx, struct hf_error *err)
{
    DIR *list = opendir(folder);
    enum hf_status status = HF_OK;
    if (!list)
        return errno == ENOENT ? HF_OK : failed("looked for", err);
    const struct dirent *entry = NULL;
    while (status == HF_OK && (entry = readdir(list)) != NULL)
        status = sweep_one(folder, entry->d_name, keep, ctx, err);
    (void)closedir(list);
    return status == HF_OK ? sync_folder(folder, err) : status;
}
