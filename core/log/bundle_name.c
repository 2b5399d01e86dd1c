/* Names with an index, and the bare forms of ct and open. */
#include "core/log/bundle.h"

#include "core/base/assert.h"
#include "core/log/lines.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const struct form {
    const char *folder;
    const char *suffix;
} forms[] = {
    [HF_BUNDLE_PROOF] = {"proof/", ".tlog-proof"},
    [HF_BUNDLE_CT] = {"ct/", ""},
    [HF_BUNDLE_OPEN] = {"open/", ""},
};

void hf_bundle_name(enum hf_bundle_kind kind, uint64_t index, char out[HF_BUNDLE_NAME_BYTES_MAX])
{
    int len = snprintf(out, HF_BUNDLE_NAME_BYTES_MAX, "%s%" PRIu64 "%s", forms[kind].folder, index, forms[kind].suffix);
    HF_ASSERT(len > 0 && len < HF_BUNDLE_NAME_BYTES_MAX);
}

enum hf_status hf_bundle_name_parse(struct hf_slice name, enum hf_bundle_kind *out_kind, uint64_t *out_index)
{
    for (size_t kind = 0; kind < sizeof forms / sizeof forms[0]; kind++) {
        struct hf_slice rest = name;
        size_t suffix_bytes = strlen(forms[kind].suffix);
        if (!hf_lines_skip(&rest, forms[kind].folder) || rest.len < suffix_bytes)
            continue;
        rest.len -= suffix_bytes;
        if (suffix_bytes > 0 && memcmp(rest.data + rest.len, forms[kind].suffix, suffix_bytes) != 0)
            return HF_ERR_INVALID;
        enum hf_status status = hf_lines_decimal(rest, out_index);
        if (status == HF_OK)
            *out_kind = (enum hf_bundle_kind)kind;
        return status;
    }
    return HF_ERR_INVALID;
}

enum hf_status hf_bundle_ct_parse(struct hf_slice bytes, struct hf_bundle_ct *out)
{
    if (bytes.len > HF_BUNDLE_CT_BYTES_MAX)
        return HF_ERR_LIMIT;
    if (bytes.len < HF_XNONCE_BYTES + HF_TAG_BYTES)
        return HF_ERR_INVALID;
    size_t ciphertext_bytes = bytes.len - HF_XNONCE_BYTES - HF_TAG_BYTES;
    out->nonce = bytes.data;
    out->ciphertext = hf_slice_of(bytes.data + HF_XNONCE_BYTES, ciphertext_bytes);
    out->tag = bytes.data + HF_XNONCE_BYTES + ciphertext_bytes;
    return HF_OK;
}

enum hf_status hf_bundle_opening_parse(struct hf_slice bytes, struct hf_bundle_opening *out)
{
    if (bytes.len > HF_BUNDLE_OPEN_BYTES_MAX)
        return HF_ERR_LIMIT;
    if (bytes.len < HF_OPENING_R_BYTES)
        return HF_ERR_INVALID;
    out->r = bytes.data;
    out->body = hf_slice_of(bytes.data + HF_OPENING_R_BYTES, bytes.len - HF_OPENING_R_BYTES);
    return HF_OK;
}

void hf_bundle_ct_format(const struct hf_bundle_ct *ct, struct hf_buf *out)
{
    hf_buf_append(out, ct->nonce, HF_XNONCE_BYTES);
    hf_buf_append_slice(out, ct->ciphertext);
    hf_buf_append(out, ct->tag, HF_TAG_BYTES);
}

void hf_bundle_opening_format(const struct hf_bundle_opening *opening, struct hf_buf *out)
{
    hf_buf_append(out, opening->r, HF_OPENING_R_BYTES);
    hf_buf_append_slice(out, opening->body);
}
