#include "core/log/witness_file.h"

#include "core/base/assert.h"
#include "core/base/text.h"
#include "core/log/lines.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define KEY_ID_BYTES        4
#define TIME_BYTES          8
#define STATEMENT_BYTES_MAX 64
#define LINE_START          "\xE2\x80\x94 "

enum hf_status hf_witness_request_format(const struct hf_witness_request *request, struct hf_buf *out)
{
    struct hf_note_form form;
    struct hf_buf made;
    if (request->consistency.count > HF_WITNESS_HASHES_MAX)
        return HF_ERR_LIMIT;
    enum hf_status status = hf_note_parse(request->note, &form);
    if (status != HF_OK)
        return status;
    hf_buf_init(&made, HF_WITNESS_REQUEST_BYTES_MAX);
    hf_buf_append_fmt(&made, "old %llu\n", (unsigned long long)request->old_size);
    for (size_t i = 0; i < request->consistency.count; i++)
        hf_lines_add_hash(&made, &request->consistency.hash[i]);
    hf_buf_append_u8(&made, '\n');
    hf_buf_append_slice(&made, request->note);
    status = hf_lines_hand_over(&made, out);
    hf_buf_clear(&made);
    return status;
}

enum hf_status hf_witness_request_parse(struct hf_slice bytes, struct hf_witness_request *out)
{
    struct hf_witness_request request = {.old_size = 0};
    struct hf_note_form form;
    struct hf_slice rest = bytes, line;
    if (bytes.len > HF_WITNESS_REQUEST_BYTES_MAX)
        return HF_ERR_LIMIT;
    if (!hf_lines_take(&rest, &line) || !hf_lines_skip(&line, "old ") ||
        hf_lines_decimal(line, &request.old_size) != HF_OK)
        return HF_ERR_INVALID;
    for (;;) {
        if (!hf_lines_take(&rest, &line))
            return HF_ERR_INVALID;
        if (line.len == 0)
            break;
        if (request.consistency.count == HF_WITNESS_HASHES_MAX)
            return HF_ERR_LIMIT;
        enum hf_status status = hf_lines_hash(line, &request.consistency.hash[request.consistency.count]);
        if (status != HF_OK)
            return status;
        request.consistency.count++;
    }
    request.note = rest;
    enum hf_status status = hf_note_parse(rest, &form);
    if (status == HF_OK)
        *out = request;
    return status;
}

static enum hf_status fork_found(struct hf_error *err)
{
    return hf_error_set(err, HF_ERR_DENIED,
                        "The log does not continue what this witness signed: entries were changed or taken out. "
                        "Nothing was signed. Keep the request, it is evidence, and tell the authority.");
}

enum hf_status hf_witness_check(const struct hf_witness_request *request, const struct hf_note_key *log,
                                const struct hf_checkpoint *last, struct hf_checkpoint *out_next, struct hf_error *err)
{
    struct hf_checkpoint next;
    enum hf_status status = hf_checkpoint_open(request->note, log, &next);
    if (status == HF_ERR_NOMEM)
        return status;
    if (status != HF_OK)
        return hf_error_set(err, HF_ERR_AUTH, "The checkpoint is not signed by the log that this witness watches.");
    if (next.size < last->size)
        return hf_error_set(err, HF_ERR_DENIED,
                            "The log has %llu entries, and this witness signed one of %llu: it was set back. Nothing "
                            "was signed. Keep the request, it is evidence, and tell the authority.",
                            (unsigned long long)next.size, (unsigned long long)last->size);
    if (request->old_size != last->size)
        return hf_error_set(err, HF_ERR_CONFLICT,
                            "The request goes on from %llu entries, and this witness signed %llu. Ask for one from "
                            "there.",
                            (unsigned long long)request->old_size, (unsigned long long)last->size);
    if (last->size == 0)
        status = request->consistency.count == 0 ? HF_OK : HF_ERR_AUTH;
    else
        status = hf_tree_verify_consistency(last->size, &last->root, next.size, &next.root, &request->consistency);
    if (status != HF_OK)
        return fork_found(err);
    *out_next = next;
    return HF_OK;
}

enum hf_status hf_cosigner_sign(const struct hf_cosigner *cosigner, const struct hf_sign_key *secret, uint64_t unix_s,
                                struct hf_slice text, struct hf_buf *out)
{
    char statement[STATEMENT_BYTES_MAX];
    uint8_t bytes[KEY_ID_BYTES + TIME_BYTES + HF_SIGN_BYTES];
    struct hf_checkpoint checkpoint;
    HF_ASSERT(memcmp(cosigner->public_key, secret->public_key, sizeof cosigner->public_key) == 0);
    if (unix_s == 0 || unix_s > INT64_MAX || hf_checkpoint_parse(text, &checkpoint) != HF_OK)
        return HF_ERR_INVALID;
    int len = snprintf(statement, sizeof statement, "cosignature/v1\ntime %" PRIu64 "\n", unix_s);
    hf_put_u32(bytes, cosigner->id);
    hf_put_u64(bytes + KEY_ID_BYTES, unix_s);
    hf_sign(secret, hf_slice_of(statement, (size_t)len), text, bytes + KEY_ID_BYTES + TIME_BYTES);
    hf_buf_append_str(out, LINE_START);
    hf_buf_append_str(out, cosigner->name);
    hf_buf_append_u8(out, ' ');
    hf_text_base64(out, hf_slice_of(bytes, sizeof bytes));
    hf_buf_append_u8(out, '\n');
    return hf_buf_status(out);
}
