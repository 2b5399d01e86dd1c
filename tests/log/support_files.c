#include "tests/log/support_files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

void support_files_clear(struct support_files *files)
{
    for (size_t i = 0; i < files->count; i++)
        hf_buf_clear(&files->file[i].bytes);
    files->count = 0;
}

struct support_file *support_files_find(struct support_files *files, const char *name)
{
    for (size_t i = 0; i < files->count; i++) {
        if (strcmp(files->file[i].name, name) == 0)
            return &files->file[i];
    }
    return NULL;
}

void support_files_put(struct support_files *files, const char *name, struct hf_slice bytes)
{
    struct support_file *file = support_files_find(files, name);
    if (!file) {
        assert_true(files->count < SUPPORT_FILES_MAX);
        file = &files->file[files->count++];
        memset(file, 0, sizeof *file);
        assert_true(strlen(name) < sizeof file->name);
        memcpy(file->name, name, strlen(name) + 1);
    }
    hf_buf_reset(&file->bytes);
    hf_buf_append_slice(&file->bytes, bytes);
}

void support_files_remove(struct support_files *files, const char *name)
{
    struct support_file *file = support_files_find(files, name);
    assert_non_null(file);
    hf_buf_clear(&file->bytes);
    *file = files->file[--files->count];
}

enum hf_status support_files_emit(void *ctx, struct hf_slice path, struct hf_slice bytes)
{
    assert_int_equal(path.data[path.len], '\0');
    assert_int_equal(strlen((const char *)path.data), path.len);
    support_files_put(ctx, (const char *)path.data, bytes);
    return HF_OK;
}

static enum hf_status read_file(void *ctx, const char *name, size_t limit_bytes, struct hf_buf *out)
{
    const struct support_file *file = support_files_find(ctx, name);
    if (!file)
        return HF_ERR_NOT_FOUND;
    if (file->bytes.len > limit_bytes)
        return HF_ERR_LIMIT;
    hf_buf_append_slice(out, hf_buf_slice(&file->bytes));
    return hf_buf_status(out);
}

static enum hf_status list_files(void *ctx, enum hf_bundle_kind kind, hf_bundle_index_fn *each, void *each_ctx)
{
    const struct support_files *files = ctx;
    for (size_t i = 0; i < files->count; i++) {
        enum hf_bundle_kind found;
        uint64_t index;
        if (hf_bundle_name_parse(hf_slice_str(files->file[i].name), &found, &index) != HF_OK || found != kind)
            continue;
        enum hf_status status = each(each_ctx, index);
        if (status != HF_OK)
            return status;
    }
    return HF_OK;
}

struct hf_bundle_reader support_files_reader(struct support_files *files)
{
    return (struct hf_bundle_reader){.ctx = files, .read = read_file, .list = list_files};
}
