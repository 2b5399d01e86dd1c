#include "core/log/cosignature.h"

#include "core/log/vkey.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define TIME_BYTES          8
#define STATEMENT_BYTES_MAX 64 /* the two lines before the checkpoint */

static void take(const struct hf_vkey *vkey, struct hf_cosigner *out)
{
    *out = (struct hf_cosigner){.id = vkey->id};
    memcpy(out->name, vkey->name.data, vkey->name.len);
    memcpy(out->public_key, vkey->public_key, sizeof out->public_key);
}

enum hf_status hf_cosigner_init(struct hf_slice name, const uint8_t public_key[HF_SIGN_PUBLIC_BYTES],
                                struct hf_cosigner *out)
{
    struct hf_vkey vkey;
    enum hf_status status = hf_vkey_make(name, HF_VKEY_TYPE_COSIGNATURE, public_key, &vkey);
    if (status == HF_OK)
        take(&vkey, out);
    return status;
}

enum hf_status hf_cosigner_parse(struct hf_slice text, struct hf_cosigner *out)
{
    struct hf_vkey vkey;
    enum hf_status status = hf_vkey_parse(text, HF_VKEY_TYPE_COSIGNATURE, &vkey);
    if (status == HF_OK)
        take(&vkey, out);
    return status;
}

void hf_cosigner_format(const struct hf_cosigner *cosigner, struct hf_buf *out)
{
    struct hf_vkey vkey = {.name = hf_slice_str(cosigner->name), .id = cosigner->id, .type = HF_VKEY_TYPE_COSIGNATURE};
    memcpy(vkey.public_key, cosigner->public_key, sizeof vkey.public_key);
    hf_vkey_format(&vkey, out);
}

/* False when the line is not a cosignature of this text; the time is told only when it is. */
static bool holds(const struct hf_note_line *line, struct hf_slice text, const struct hf_cosigner *cosigner,
                  uint64_t *out_unix_s)
{
    char statement[STATEMENT_BYTES_MAX];
    if (line->signature_bytes != TIME_BYTES + HF_SIGN_BYTES)
        return false;
    uint64_t unix_s = hf_get_u64(line->signature);
    if (unix_s > INT64_MAX)
        return false;
    int len = snprintf(statement, sizeof statement, "cosignature/v1\ntime %" PRIu64 "\n", unix_s);
    if (!hf_verify(cosigner->public_key, hf_slice_of(statement, (size_t)len), text, line->signature + TIME_BYTES))
        return false;
    *out_unix_s = unix_s;
    return true;
}

enum hf_note_finding hf_cosigner_find(const struct hf_note_form *form, const struct hf_cosigner *cosigner,
                                      uint64_t *out_unix_s)
{
    enum hf_note_finding finding = HF_NOTE_ABSENT;
    uint64_t latest_unix_s = 0;
    for (size_t i = 0; i < form->count; i++) {
        const struct hf_note_line *line = &form->line[i];
        uint64_t unix_s;
        if (line->key_id != cosigner->id || !hf_slice_equal(line->name, hf_slice_str(cosigner->name)))
            continue;
        if (!holds(line, form->text, cosigner, &unix_s))
            return HF_NOTE_FORGED;
        if (unix_s > latest_unix_s)
            latest_unix_s = unix_s;
        finding = HF_NOTE_HOLDS;
    }
    if (finding == HF_NOTE_HOLDS && out_unix_s)
        *out_unix_s = latest_unix_s;
    return finding;
}
