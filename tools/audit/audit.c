#include "tools/audit/audit.h"

#include "core/base/text.h"
#include "tools/audit/internal.h"

#include <string.h>

void hf_audit_begin(struct hf_audit *audit, const struct hf_bundle_reader *reader,
                    const uint8_t authority_key[HF_SIGN_PUBLIC_BYTES])
{
    memset(audit, 0, sizeof *audit);
    audit->reader = *reader;
    memcpy(audit->authority_key, authority_key, sizeof audit->authority_key);
}

void hf_audit_end(struct hf_audit *audit)
{
    hf_audit_devices_clear(&audit->devices);
    hf_audit_nodes_end(&audit->nodes);
    hf_buf_clear(&audit->policy_text);
    hf_buf_clear(&audit->hash_tile);
    hf_buf_clear(&audit->file);
    hf_buf_clear(&audit->opening);
    hf_buf_clear(&audit->missing);
    hf_buf_clear(&audit->officers);
    hf_buf_clear(&audit->shard);
    hf_buf_clear(&audit->carried);
}

enum hf_status hf_audit_run(struct hf_audit *audit)
{
    enum hf_status status = hf_audit_read_head(audit);
    if (status == HF_OK)
        status = hf_audit_walk(audit);
    return status == HF_OK ? hf_audit_check_proofs(audit) : status;
}

/* --- the authority's key -------------------------------------------------------------------------------------------
 */

static struct hf_slice take_line(struct hf_slice *rest)
{
    const uint8_t *end = memchr(rest->data, '\n', rest->len);
    size_t len = end ? (size_t)(end - rest->data) : rest->len;
    struct hf_slice line = hf_slice_of(rest->data, len);
    *rest = hf_slice_of(rest->data + len + (end ? 1 : 0), rest->len - len - (end ? 1 : 0));
    if (line.len > 0 && line.data[line.len - 1] == '\r')
        line.len--; /* a file that passed through Windows */
    return line;
}

enum hf_status hf_audit_authority_parse(struct hf_slice text, uint8_t out_key[HF_SIGN_PUBLIC_BYTES],
                                        struct hf_error *err)
{
    uint8_t key[HF_SIGN_PUBLIC_BYTES];
    size_t keys = 0;
    while (text.len > 0) {
        struct hf_slice line = take_line(&text);
        if (line.len == 0 || line.data[0] == '#')
            continue;
        if (hf_text_unhex(line, key, sizeof key) != HF_OK || ++keys > 1)
            return hf_error_set(
                err, HF_ERR_INVALID,
                "It must hold one line of 64 hex digits, the authority's public key, and otherwise only "
                "lines that begin with #.");
    }
    if (keys == 0)
        return hf_error_set(err, HF_ERR_INVALID, "It holds no key: one line of 64 hex digits is expected.");
    memcpy(out_key, key, sizeof key);
    return HF_OK;
}
