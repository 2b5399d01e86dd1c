/* Taking notes apart, signing, opening. */
#include "core/log/note.h"

#include "core/base/assert.h"
#include "core/base/text.h"
#include "core/log/lines.h"

#include <string.h>

#define SIGNATURE_LINE_START "\xE2\x80\x94 " /* em dash, space */
#define KEY_ID_BYTES         4

/* Signature lines follow the last empty line. */
static bool split(struct hf_slice note, struct hf_slice *out_text, struct hf_slice *out_lines)
{
    for (size_t i = note.len; i >= 2; i--) {
        if (note.data[i - 1] == '\n' && note.data[i - 2] == '\n') {
            *out_text = hf_slice_of(note.data, i - 1);
            *out_lines = hf_slice_of(note.data + i, note.len - i);
            return out_lines->len > 0;
        }
    }
    return false;
}

static enum hf_status decode_signature(struct hf_slice base64, struct hf_buf *scratch, struct hf_note_line *out)
{
    hf_buf_reset(scratch);
    enum hf_status status = hf_text_unbase64(base64, scratch);
    if (status == HF_OK)
        status = hf_buf_status(scratch);
    if (status != HF_OK)
        return status;
    if (scratch->len <= KEY_ID_BYTES)
        return HF_ERR_INVALID;
    out->key_id = hf_get_u32(scratch->data);
    out->signature_bytes = scratch->len - KEY_ID_BYTES;
    size_t kept = out->signature_bytes < sizeof out->signature ? out->signature_bytes : sizeof out->signature;
    memcpy(out->signature, scratch->data + KEY_ID_BYTES, kept);
    return HF_OK;
}

static enum hf_status parse_line(struct hf_slice line, struct hf_buf *scratch, struct hf_note_line *out)
{
    *out = (struct hf_note_line){.key_id = 0};
    if (!hf_lines_skip(&line, SIGNATURE_LINE_START) || line.len == 0)
        return HF_ERR_INVALID;
    const uint8_t *space = memchr(line.data, ' ', line.len);
    if (!space)
        return HF_ERR_INVALID;
    size_t name_bytes = (size_t)(space - line.data);
    out->name = hf_slice_of(line.data, name_bytes);
    if (!hf_note_name_fits(out->name))
        return HF_ERR_INVALID;
    return decode_signature(hf_slice_of(space + 1, line.len - name_bytes - 1), scratch, out);
}

static enum hf_status parse_lines(struct hf_slice rest, struct hf_buf *scratch, struct hf_note_form *form)
{
    while (rest.len > 0) {
        struct hf_slice line;
        if (!hf_lines_take(&rest, &line))
            return HF_ERR_INVALID;
        if (form->count == HF_NOTE_SIGNATURES_MAX)
            return HF_ERR_LIMIT;
        enum hf_status status = parse_line(line, scratch, &form->line[form->count]);
        if (status != HF_OK)
            return status;
        form->count++;
    }
    return HF_OK;
}

enum hf_status hf_note_parse(struct hf_slice note, struct hf_note_form *out)
{
    struct hf_slice text;
    struct hf_slice lines;
    if (note.len > HF_NOTE_BYTES_MAX)
        return HF_ERR_LIMIT;
    if (!hf_lines_is_text(note) || !split(note, &text, &lines))
        return HF_ERR_INVALID;

    struct hf_note_form form = {.text = text, .count = 0};
    struct hf_buf scratch;
    hf_buf_init(&scratch, HF_NOTE_BYTES_MAX);
    enum hf_status status = parse_lines(lines, &scratch, &form);
    hf_buf_clear(&scratch);
    if (status == HF_OK)
        *out = form;
    return status;
}

static void append_signature_line(struct hf_slice text, const struct hf_note_key *key, const struct hf_sign_key *secret,
                                  struct hf_buf *out)
{
    uint8_t bytes[KEY_ID_BYTES + HF_SIGN_BYTES];
    hf_put_u32(bytes, key->id);
    hf_sign(secret, hf_slice_of(NULL, 0), text, bytes + KEY_ID_BYTES);
    hf_buf_append_str(out, SIGNATURE_LINE_START);
    hf_buf_append_str(out, key->name);
    hf_buf_append_u8(out, ' ');
    hf_text_base64(out, hf_slice_of(bytes, sizeof bytes));
    hf_buf_append_u8(out, '\n');
}

enum hf_status hf_note_sign(struct hf_slice text, const struct hf_note_key *key, const struct hf_sign_key *secret,
                            struct hf_buf *out)
{
    HF_ASSERT(memcmp(key->public_key, secret->public_key, sizeof key->public_key) == 0);
    if (text.len > HF_NOTE_BYTES_MAX)
        return HF_ERR_LIMIT;
    if (text.len == 0 || text.data[text.len - 1] != '\n' || !hf_lines_is_text(text))
        return HF_ERR_INVALID;

    struct hf_buf note;
    hf_buf_init(&note, HF_NOTE_BYTES_MAX);
    hf_buf_append_slice(&note, text);
    hf_buf_append_u8(&note, '\n');
    append_signature_line(text, key, secret, &note);
    enum hf_status status = hf_lines_hand_over(&note, out);
    hf_buf_clear(&note);
    return status;
}

enum hf_status hf_note_add_line(struct hf_slice line, struct hf_buf *note)
{
    size_t len_before = note->len;
    if (line.len == 0 || memchr(line.data, '\n', line.len) != line.data + line.len - 1)
        return HF_ERR_INVALID;
    hf_buf_append_slice(note, line);
    enum hf_status status = hf_buf_status(note);
    if (status != HF_OK)
        return status;
    struct hf_note_form form;
    status = hf_note_parse(hf_buf_slice(note), &form);
    if (status != HF_OK)
        note->len = len_before;
    return status;
}

static bool holds(const struct hf_note_line *line, struct hf_slice text, const struct hf_note_key *key)
{
    return line->signature_bytes == HF_SIGN_BYTES &&
           hf_verify(key->public_key, hf_slice_of(NULL, 0), text, line->signature);
}

enum hf_note_finding hf_note_find(const struct hf_note_form *form, const struct hf_note_key *key)
{
    enum hf_note_finding finding = HF_NOTE_ABSENT;
    for (size_t i = 0; i < form->count; i++) {
        const struct hf_note_line *line = &form->line[i];
        if (line->key_id != key->id || !hf_slice_equal(line->name, hf_slice_str(key->name)))
            continue;
        if (!holds(line, form->text, key))
            return HF_NOTE_FORGED;
        finding = HF_NOTE_HOLDS;
    }
    return finding;
}

enum hf_status hf_note_open(struct hf_slice note, const struct hf_note_key *key, struct hf_slice *out_text)
{
    struct hf_note_form form;
    enum hf_status status = hf_note_parse(note, &form);
    if (status != HF_OK)
        return status;
    if (hf_note_find(&form, key) != HF_NOTE_HOLDS)
        return HF_ERR_AUTH;
    *out_text = form.text;
    return HF_OK;
}
