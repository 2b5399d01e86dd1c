/* The text of a checkpoint, and its signed form. */
#include "core/log/lines.h"
#include "core/log/note.h"

#include <string.h>

void hf_checkpoint_text(const struct hf_checkpoint *checkpoint, struct hf_buf *out)
{
    hf_buf_append_fmt(out, "%s\n%llu\n", checkpoint->origin, (unsigned long long)checkpoint->size);
    hf_lines_add_hash(out, &checkpoint->root);
}

static enum hf_status parse_origin(struct hf_slice line, struct hf_checkpoint *checkpoint)
{
    if (line.len == 0)
        return HF_ERR_INVALID;
    if (line.len >= sizeof checkpoint->origin)
        return HF_ERR_LIMIT;
    memcpy(checkpoint->origin, line.data, line.len);
    return HF_OK;
}

enum hf_status hf_checkpoint_parse(struct hf_slice text, struct hf_checkpoint *out)
{
    struct hf_checkpoint checkpoint = {.size = 0};
    struct hf_slice rest = text;
    struct hf_slice origin;
    struct hf_slice size;
    struct hf_slice root;
    if (!hf_lines_is_text(text) || !hf_lines_take(&rest, &origin) || !hf_lines_take(&rest, &size) ||
        !hf_lines_take(&rest, &root))
        return HF_ERR_INVALID;

    enum hf_status status = parse_origin(origin, &checkpoint);
    if (status == HF_OK)
        status = hf_lines_decimal(size, &checkpoint.size);
    if (status == HF_OK)
        status = hf_lines_hash(root, &checkpoint.root);
    while (status == HF_OK && rest.len > 0) {
        struct hf_slice extension;
        if (!hf_lines_take(&rest, &extension) || extension.len == 0)
            status = HF_ERR_INVALID;
    }
    if (status == HF_OK)
        *out = checkpoint;
    return status;
}

enum hf_status hf_checkpoint_sign(const struct hf_checkpoint *checkpoint, const struct hf_note_key *key,
                                  const struct hf_sign_key *secret, struct hf_buf *out)
{
    if (strcmp(checkpoint->origin, key->name) != 0)
        return HF_ERR_INVALID;
    struct hf_buf text;
    hf_buf_init(&text, HF_NOTE_BYTES_MAX);
    hf_checkpoint_text(checkpoint, &text);
    enum hf_status status = hf_buf_status(&text);
    if (status == HF_OK)
        status = hf_note_sign(hf_buf_slice(&text), key, secret, out);
    hf_buf_clear(&text);
    return status;
}

enum hf_status hf_checkpoint_open(struct hf_slice note, const struct hf_note_key *key, struct hf_checkpoint *out)
{
    struct hf_slice text;
    struct hf_checkpoint checkpoint;
    enum hf_status status = hf_note_open(note, key, &text);
    if (status == HF_OK)
        status = hf_checkpoint_parse(text, &checkpoint);
    if (status == HF_OK && strcmp(checkpoint.origin, key->name) != 0)
        status = HF_ERR_AUTH;
    if (status == HF_OK)
        *out = checkpoint;
    return status;
}

void hf_log_id(struct hf_slice origin, uint8_t out[HF_HASH_BYTES])
{
    hf_sha256_of(origin.data, origin.len, out);
}
