#include "core/log/evidence.h"

#include "core/base/text.h"
#include "core/log/lines.h"

#include <string.h>

#define HEAD "holdfast evidence v1"

static bool says_fits(struct hf_slice says)
{
    for (size_t i = 0; i < says.len; i++)
        if (says.data[i] < 0x20 || says.data[i] == 0x7F)
            return false;
    return says.len <= HF_EVIDENCE_SAYS_MAX && hf_text_is_utf8(says);
}

static void add_note(struct hf_buf *out, const char *name, struct hf_slice note)
{
    hf_buf_append_fmt(out, "%s %zu\n", name, note.len);
    hf_buf_append_slice(out, note);
    hf_buf_append_u8(out, '\n');
}

enum hf_status hf_evidence_format(const struct hf_evidence *evidence, struct hf_buf *out)
{
    struct hf_buf made;
    if (!says_fits(evidence->says) || evidence->proof.count > HF_PROOF_HASHES_MAX ||
        evidence->shown.len > HF_EVIDENCE_SHOWN_MAX)
        return HF_ERR_INVALID;
    hf_buf_init(&made, HF_EVIDENCE_BYTES_MAX);
    hf_buf_append_fmt(&made, HEAD "\nfound %llu\ndevice ", (unsigned long long)evidence->found_ms);
    hf_text_hex(&made, hf_slice_of(evidence->device, sizeof evidence->device));
    hf_buf_append_str(&made, "\nlog ");
    hf_note_key_format(&evidence->log, &made);
    hf_buf_append_str(&made, "\nsays ");
    hf_buf_append_slice(&made, evidence->says);
    hf_buf_append_u8(&made, '\n');
    add_note(&made, "earlier", evidence->earlier);
    add_note(&made, "later", evidence->later);
    hf_buf_append_fmt(&made, "proof %zu\n", evidence->proof.count);
    for (size_t i = 0; i < evidence->proof.count; i++)
        hf_lines_add_hash(&made, &evidence->proof.hash[i]);
    if (evidence->shown.len > 0) {
        hf_buf_append_fmt(&made, "shown %llu ", (unsigned long long)evidence->place);
        hf_text_hex(&made, evidence->shown);
        hf_buf_append_u8(&made, '\n');
    }
    enum hf_status status = hf_lines_hand_over(&made, out);
    hf_buf_clear(&made);
    return status;
}

/* The rest of the next line, behind `name` and a space. */
static bool take_named(struct hf_slice *rest, const char *name, struct hf_slice *out)
{
    return hf_lines_take(rest, out) && hf_lines_skip(out, name) && hf_lines_skip(out, " ");
}

static bool take_number(struct hf_slice *rest, const char *name, uint64_t *out)
{
    struct hf_slice line;
    return take_named(rest, name, &line) && hf_lines_decimal(line, out) == HF_OK;
}

static bool take_note(struct hf_slice *rest, const char *name, struct hf_slice *out)
{
    uint64_t len = 0;
    if (!take_number(rest, name, &len) || len > HF_NOTE_BYTES_MAX || rest->len < len + 1 || rest->data[len] != '\n')
        return false;
    *out = hf_slice_of(rest->data, (size_t)len);
    *rest = hf_slice_of(rest->data + len + 1, rest->len - (size_t)len - 1);
    return true;
}

static bool take_proof(struct hf_slice *rest, struct hf_proof *out)
{
    uint64_t count = 0;
    if (!take_number(rest, "proof", &count) || count > HF_PROOF_HASHES_MAX)
        return false;
    for (out->count = 0; out->count < count; out->count++) {
        struct hf_slice line;
        if (!hf_lines_take(rest, &line) || hf_lines_hash(line, &out->hash[out->count]) != HF_OK)
            return false;
    }
    return true;
}

/* The line is there only when it is about such a change. */
static bool take_shown(struct hf_slice *rest, struct hf_evidence *out)
{
    struct hf_slice line;
    if (rest->len == 0)
        return true;
    if (!take_named(rest, "shown", &line))
        return false;
    const uint8_t *gap = memchr(line.data, ' ', line.len);
    const size_t digits = gap ? (size_t)(gap - line.data) : 0;
    const size_t hex = gap ? line.len - digits - 1 : 0;
    if (hex == 0 || hex % 2 != 0 || hex / 2 > HF_EVIDENCE_SHOWN_MAX ||
        hf_lines_decimal(hf_slice_of(line.data, digits), &out->place) != HF_OK ||
        hf_text_unhex(hf_slice_of(gap + 1, hex), out->leaf, hex / 2) != HF_OK)
        return false;
    out->shown.len = hex / 2;
    return true;
}

enum hf_status hf_evidence_parse(struct hf_slice bytes, struct hf_evidence *out)
{
    struct hf_evidence evidence = {.found_ms = 0};
    struct hf_slice rest = bytes, head, device, log;
    if (bytes.len > HF_EVIDENCE_BYTES_MAX)
        return HF_ERR_LIMIT;
    bool fits = hf_lines_take(&rest, &head) && hf_slice_equal(head, hf_slice_str(HEAD)) &&
                take_number(&rest, "found", &evidence.found_ms) && take_named(&rest, "device", &device) &&
                hf_text_unhex(device, evidence.device, sizeof evidence.device) == HF_OK &&
                take_named(&rest, "log", &log) && hf_note_key_parse(log, &evidence.log) == HF_OK &&
                take_named(&rest, "says", &evidence.says) && says_fits(evidence.says) &&
                take_note(&rest, "earlier", &evidence.earlier) && take_note(&rest, "later", &evidence.later) &&
                take_proof(&rest, &evidence.proof) && take_shown(&rest, &evidence) && rest.len == 0;
    if (!fits)
        return HF_ERR_INVALID;
    *out = evidence;
    out->shown.data = out->leaf;
    return HF_OK;
}

enum hf_evidence_finding hf_evidence_judge(const struct hf_evidence *evidence, struct hf_checkpoint *out_earlier,
                                           struct hf_checkpoint *out_later)
{
    struct hf_checkpoint a, b;
    if (hf_checkpoint_open(evidence->earlier, &evidence->log, &a) != HF_OK ||
        hf_checkpoint_open(evidence->later, &evidence->log, &b) != HF_OK)
        return HF_EVIDENCE_UNSIGNED;
    *out_earlier = a;
    *out_later = b;
    const bool same_root = memcmp(a.root.bytes, b.root.bytes, sizeof a.root.bytes) == 0;
    if (a.size == b.size)
        return same_root ? HF_EVIDENCE_CONTINUES : HF_EVIDENCE_PROVES;
    if (a.size < b.size && hf_tree_verify_consistency(a.size, &a.root, b.size, &b.root, &evidence->proof) == HF_OK)
        return HF_EVIDENCE_CONTINUES;
    return HF_EVIDENCE_ACCUSES;
}
