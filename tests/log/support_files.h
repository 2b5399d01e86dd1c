/* Shared by the tests of core/log: a folder of files in memory, filled by a tile writer, read by a bundle. */
#ifndef HF_TESTS_LOG_SUPPORT_FILES_H
#define HF_TESTS_LOG_SUPPORT_FILES_H

#include "core/log/bundle.h"

#define SUPPORT_FILES_MAX 64

struct support_file {
    char name[HF_BUNDLE_NAME_BYTES_MAX];
    struct hf_buf bytes;
};
struct support_files {
    size_t count;
    struct support_file file[SUPPORT_FILES_MAX];
};

void support_files_clear(struct support_files *files);
/* NULL when there is none of that name. */
struct support_file *support_files_find(struct support_files *files, const char *name);
/* Adds or replaces. */
void support_files_put(struct support_files *files, const char *name, struct hf_slice bytes);
void support_files_remove(struct support_files *files, const char *name);
/* An hf_tile_emit_fn; ctx is the files. */
enum hf_status support_files_emit(void *ctx, struct hf_slice path, struct hf_slice bytes);
struct hf_bundle_reader support_files_reader(struct support_files *files);

#endif
