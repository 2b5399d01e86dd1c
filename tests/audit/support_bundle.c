/* Bundles of the invented office's log. */
#include "tests/audit/support_bundle.h"

#include "core/base/assert.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static struct hf_buf *add_file(struct support_bundle *bundle, const char *name)
{
    HF_ASSERT(bundle->count < SUPPORT_FILES_MAX && strlen(name) < HF_BUNDLE_NAME_BYTES_MAX);
    struct support_file *file = &bundle->file[bundle->count++];
    memset(file, 0, sizeof *file);
    memcpy(file->name, name, strlen(name));
    return &file->bytes;
}

static enum hf_status add_tile(void *ctx, struct hf_slice path, struct hf_slice bytes)
{
    hf_buf_append_slice(add_file(ctx, (const char *)path.data), bytes);
    return HF_OK;
}

void support_bundle_sign(struct support_bundle *bundle, const char *name, const struct hf_checkpoint *checkpoint,
                         const struct hf_note_key *key, const struct hf_sign_key *secret)
{
    struct hf_buf *bytes = support_bundle_find(bundle, name);
    if (!bytes)
        bytes = add_file(bundle, name);
    hf_buf_reset(bytes);
    enum hf_status status = hf_checkpoint_sign(checkpoint, key, secret, bytes);
    HF_ASSERT(status == HF_OK);
}

static void sign_size(struct support_log *log, uint64_t size, const char *name, struct support_bundle *bundle)
{
    struct hf_checkpoint checkpoint = {.origin = SUPPORT_ORIGIN, .size = size};
    support_root(log, size, &checkpoint.root);
    support_bundle_sign(bundle, name, &checkpoint, &log->log_key, &log->log_secret);
}

void support_bundle_make(struct support_log *log, uint64_t prev_size, struct support_bundle *out)
{
    struct hf_tile_writer writer;
    struct hf_hash root;
    memset(out, 0, sizeof *out);
    hf_policy_file_format_log(&log->log_key, add_file(out, HF_BUNDLE_POLICY));
    sign_size(log, log->size, HF_BUNDLE_CHECKPOINT, out);
    if (prev_size > 0)
        sign_size(log, prev_size, HF_BUNDLE_PREV, out);
    hf_tile_writer_begin(&writer, add_tile, out);
    enum hf_status status = HF_OK;
    for (uint64_t i = 0; status == HF_OK && i < log->size; i++)
        status = hf_tile_writer_add(&writer, hf_slice_of(support_entry(log, i), HF_LEAF_BYTES));
    if (status == HF_OK)
        status = hf_tile_writer_finish(&writer, &root);
    hf_tile_writer_end(&writer);
    HF_ASSERT(status == HF_OK);
    out->size = log->size;
    out->ct = calloc(log->size, sizeof *out->ct);
    out->open = calloc(log->size, sizeof *out->open);
    HF_ASSERT(out->ct && out->open);
    for (uint64_t i = 0; i < log->size; i++) {
        hf_buf_append_slice(&out->ct[i], hf_buf_slice(&log->payloads[i]));
        hf_buf_append_slice(&out->open[i], hf_buf_slice(&log->openings[i]));
    }
}

void support_bundle_end(struct support_bundle *bundle)
{
    for (size_t i = 0; i < bundle->count; i++)
        hf_buf_clear(&bundle->file[i].bytes);
    for (uint64_t i = 0; i < bundle->size; i++) {
        hf_buf_clear(&bundle->ct[i]);
        hf_buf_clear(&bundle->open[i]);
    }
    free(bundle->ct);
    free(bundle->open);
}

static struct hf_buf *find_indexed(struct support_bundle *bundle, enum hf_bundle_kind kind, uint64_t index)
{
    struct hf_buf *list = kind == HF_BUNDLE_CT ? bundle->ct : bundle->open;
    return index < bundle->size && list[index].len > 0 ? &list[index] : NULL;
}

static struct support_file *find_file(struct support_bundle *bundle, const char *name)
{
    for (size_t i = 0; i < bundle->count; i++) {
        if (!bundle->file[i].missing && strcmp(bundle->file[i].name, name) == 0)
            return &bundle->file[i];
    }
    return NULL;
}

struct hf_buf *support_bundle_find(struct support_bundle *bundle, const char *name)
{
    enum hf_bundle_kind kind;
    uint64_t index;
    if (hf_bundle_name_parse(hf_slice_str(name), &kind, &index) == HF_OK && kind != HF_BUNDLE_PROOF)
        return find_indexed(bundle, kind, index);
    struct support_file *file = find_file(bundle, name);
    return file ? &file->bytes : NULL;
}

size_t support_bundle_files(const struct support_bundle *bundle)
{
    return bundle->count + 2 * bundle->size;
}

struct hf_buf *support_bundle_at(struct support_bundle *bundle, size_t number, char out_name[HF_BUNDLE_NAME_BYTES_MAX])
{
    if (number < bundle->count) {
        memcpy(out_name, bundle->file[number].name, HF_BUNDLE_NAME_BYTES_MAX);
        return bundle->file[number].missing ? NULL : &bundle->file[number].bytes;
    }
    number -= bundle->count;
    HF_ASSERT(number < 2 * bundle->size);
    enum hf_bundle_kind kind = number < bundle->size ? HF_BUNDLE_CT : HF_BUNDLE_OPEN;
    hf_bundle_name(kind, number % bundle->size, out_name);
    return find_indexed(bundle, kind, number % bundle->size);
}

void support_bundle_drop(struct support_bundle *bundle, const char *name)
{
    struct support_file *file = find_file(bundle, name);
    struct hf_buf *bytes = support_bundle_find(bundle, name);
    HF_ASSERT(bytes);
    if (file)
        file->missing = true;
    else
        hf_buf_reset(bytes);
}

static enum hf_status read_file(void *ctx, const char *name, size_t limit_bytes, struct hf_buf *out)
{
    const struct hf_buf *bytes = support_bundle_find(ctx, name);
    if (!bytes)
        return HF_ERR_NOT_FOUND;
    if (bytes->len > limit_bytes)
        return HF_ERR_LIMIT;
    hf_buf_append_slice(out, hf_buf_slice(bytes));
    return hf_buf_status(out);
}

static enum hf_status list_files(void *ctx, enum hf_bundle_kind wanted, hf_bundle_index_fn *each, void *each_ctx)
{
    struct support_bundle *bundle = ctx;
    enum hf_status status = HF_OK;
    for (size_t i = 0; status == HF_OK && i < support_bundle_files(bundle); i++) {
        char name[HF_BUNDLE_NAME_BYTES_MAX];
        enum hf_bundle_kind kind;
        uint64_t index;
        if (support_bundle_at(bundle, i, name) && hf_bundle_name_parse(hf_slice_str(name), &kind, &index) == HF_OK &&
            kind == wanted)
            status = each(each_ctx, index);
    }
    return status;
}

struct hf_bundle_reader support_bundle_reader(struct support_bundle *bundle)
{
    return (struct hf_bundle_reader){.ctx = bundle, .read = read_file, .list = list_files};
}

void support_write_file(const char *folder, const char *name, struct hf_slice bytes)
{
    char path[512];
    int len = snprintf(path, sizeof path, "%s/%s", folder, name);
    HF_ASSERT(len > 0 && (size_t)len < sizeof path);
    for (char *at = strchr(path + strlen(folder) + 1, '/'); at; at = strchr(at + 1, '/')) {
        *at = '\0';
        (void)mkdir(path, 0700);
        *at = '/';
    }
    FILE *file = fopen(path, "wb");
    HF_ASSERT(file);
    size_t written = bytes.len > 0 ? fwrite(bytes.data, 1, bytes.len, file) : 0;
    int closed = fclose(file);
    HF_ASSERT(written == bytes.len && closed == 0);
}

void support_bundle_write(struct support_bundle *bundle, const char *folder)
{
    for (size_t i = 0; i < support_bundle_files(bundle); i++) {
        char name[HF_BUNDLE_NAME_BYTES_MAX];
        const struct hf_buf *bytes = support_bundle_at(bundle, i, name);
        if (bytes)
            support_write_file(folder, name, hf_buf_slice(bytes));
    }
}
