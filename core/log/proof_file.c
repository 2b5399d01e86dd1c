#include "core/log/proof_file.h"

#include "core/base/text.h"
#include "core/log/lines.h"

static void append_head(uint64_t index, const struct hf_proof *proof, struct hf_slice extra, struct hf_buf *out)
{
    hf_buf_append_str(out, HF_PROOF_FILE_HEAD "\n");
    if (extra.data) {
        hf_buf_append_str(out, "extra ");
        hf_text_base64(out, extra);
        hf_buf_append_u8(out, '\n');
    }
    hf_buf_append_fmt(out, "index %llu\n", (unsigned long long)index);
    for (size_t i = 0; i < proof->count; i++)
        hf_lines_add_hash(out, &proof->hash[i]);
}

enum hf_status hf_proof_file_format(uint64_t index, const struct hf_proof *proof, struct hf_slice extra,
                                    struct hf_slice checkpoint, struct hf_buf *out)
{
    struct hf_note_form form;
    if (extra.len > HF_PROOF_FILE_EXTRA_BYTES_MAX || proof->count > HF_PROOF_FILE_HASHES_MAX)
        return HF_ERR_LIMIT;
    enum hf_status status = hf_note_parse(checkpoint, &form);
    if (status != HF_OK)
        return status;

    struct hf_buf file;
    hf_buf_init(&file, HF_PROOF_FILE_BYTES_MAX);
    append_head(index, proof, extra, &file);
    hf_buf_append_u8(&file, '\n');
    hf_buf_append_slice(&file, checkpoint);
    status = hf_lines_hand_over(&file, out);
    hf_buf_clear(&file);
    return status;
}

static enum hf_status parse_extra(struct hf_slice base64, struct hf_proof_file *file)
{
    enum hf_status status = hf_text_unbase64(base64, &file->extra);
    if (status == HF_OK)
        status = hf_buf_status(&file->extra);
    file->has_extra = true;
    return status;
}

static enum hf_status parse_hashes(struct hf_slice *rest, struct hf_proof *proof)
{
    struct hf_slice line;
    for (;;) {
        if (!hf_lines_take(rest, &line))
            return HF_ERR_INVALID;
        if (line.len == 0)
            return HF_OK;
        if (proof->count == HF_PROOF_FILE_HASHES_MAX)
            return HF_ERR_LIMIT;
        enum hf_status status = hf_lines_hash(line, &proof->hash[proof->count]);
        if (status != HF_OK)
            return status;
        proof->count++;
    }
}

static enum hf_status parse_into(struct hf_slice rest, struct hf_proof_file *file)
{
    struct hf_slice line;
    struct hf_note_form form;
    if (!hf_lines_take(&rest, &line) || !hf_slice_equal(line, hf_slice_str(HF_PROOF_FILE_HEAD)) ||
        !hf_lines_take(&rest, &line))
        return HF_ERR_INVALID;

    if (hf_lines_skip(&line, "extra ")) {
        enum hf_status status = parse_extra(line, file);
        if (status != HF_OK)
            return status;
        if (!hf_lines_take(&rest, &line))
            return HF_ERR_INVALID;
    }
    if (!hf_lines_skip(&line, "index ") || hf_lines_decimal(line, &file->index) != HF_OK)
        return HF_ERR_INVALID;
    enum hf_status status = parse_hashes(&rest, &file->proof);
    if (status != HF_OK)
        return status;
    file->checkpoint = rest;
    return hf_note_parse(rest, &form);
}

enum hf_status hf_proof_file_parse(struct hf_slice bytes, struct hf_proof_file *out)
{
    struct hf_proof_file file = {.has_extra = false};
    if (bytes.len > HF_PROOF_FILE_BYTES_MAX)
        return HF_ERR_LIMIT;
    hf_buf_init(&file.extra, HF_PROOF_FILE_EXTRA_BYTES_MAX);
    enum hf_status status = parse_into(bytes, &file);
    if (status == HF_OK)
        *out = file;
    else
        hf_buf_clear(&file.extra);
    return status;
}

void hf_proof_file_clear(struct hf_proof_file *file)
{
    hf_buf_clear(&file->extra);
    file->has_extra = false;
    file->checkpoint = hf_slice_of(NULL, 0);
}

enum hf_status hf_proof_file_verify(const struct hf_proof_file *file, const struct hf_note_key *key,
                                    const struct hf_hash *leaf_hash, struct hf_checkpoint *out_checkpoint)
{
    struct hf_checkpoint checkpoint;
    enum hf_status status = hf_checkpoint_open(file->checkpoint, key, &checkpoint);
    if (status == HF_OK)
        status = hf_tree_verify_inclusion(file->index, checkpoint.size, leaf_hash, &file->proof, &checkpoint.root);
    if (status == HF_OK && out_checkpoint)
        *out_checkpoint = checkpoint;
    return status;
}
