/* The other text forms of the log: tile paths, bundle names, entry bundles, proof files, policies. What parses is
 * written back as it stood, or to a form that parses to the same. */
#include "core/base/assert.h"
#include "core/log/bundle.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_names(struct hf_slice input)
{
    struct hf_tile_id id;
    char path[HF_TILE_PATH_BYTES_MAX];
    if (hf_tile_path_parse(input, &id) == HF_OK)
        HF_ASSERT(hf_slice_equal(hf_slice_of(path, hf_tile_path(&id, path)), input));

    enum hf_bundle_kind kind;
    uint64_t index;
    char name[HF_BUNDLE_NAME_BYTES_MAX];
    if (hf_bundle_name_parse(input, &kind, &index) == HF_OK) {
        hf_bundle_name(kind, index, name);
        HF_ASSERT(hf_slice_equal(hf_slice_str(name), input));
    }
}

static void check_entries(struct hf_slice input)
{
    struct hf_slice rest = input;
    struct hf_slice entry;
    struct hf_buf again = {0};
    while (hf_entry_next(&rest, &entry) == HF_OK)
        HF_ASSERT(hf_entry_append(entry, &again) == HF_OK);
    HF_ASSERT(again.len + rest.len == input.len);
    HF_ASSERT(again.len == 0 || memcmp(again.data, input.data, again.len) == 0);
    hf_buf_clear(&again);
}

static void check_proof_file(struct hf_slice input)
{
    static const uint8_t nothing[1];
    struct hf_proof_file file;
    struct hf_buf again = {0};
    if (hf_proof_file_parse(input, &file) != HF_OK)
        return;
    struct hf_slice extra =
        file.extra.len ? hf_buf_slice(&file.extra) : hf_slice_of(file.has_extra ? nothing : NULL, 0);
    HF_ASSERT(hf_proof_file_format(file.index, &file.proof, extra, file.checkpoint, &again) == HF_OK);
    HF_ASSERT(hf_slice_equal(hf_buf_slice(&again), input));
    hf_buf_clear(&again);
    hf_proof_file_clear(&file);
}

static void check_policy(struct hf_slice input)
{
    static struct hf_policy_file policy;
    static struct hf_policy_file second;
    struct hf_buf text = {0};
    struct hf_buf again = {0};
    if (hf_policy_file_parse(input, &policy, NULL) == HF_OK) {
        hf_policy_file_format(&policy, &text);
        HF_ASSERT(hf_policy_file_parse(hf_buf_slice(&text), &second, NULL) == HF_OK);
        hf_policy_file_format(&second, &again);
        HF_ASSERT(hf_slice_equal(hf_buf_slice(&text), hf_buf_slice(&again)));
    }
    hf_buf_clear(&text);
    hf_buf_clear(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool ready;
    if (!ready && hf_crypto_init(false) != HF_OK)
        return 0;
    ready = true;
    struct hf_slice input = hf_slice_of(data, size);
    check_names(input);
    check_entries(input);
    check_proof_file(input);
    check_policy(input);
    return 0;
}
