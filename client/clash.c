#include "client/clash.h"

#include "core/merge/text_merge.h"
#include "core/model/value.h"

#include <stdlib.h>

#define CLASH_CODE_BYTES ((HOLDFAST_CLASH_CODE_TEXT_BYTES - 1) / 2)

void hf_clash_code(const struct hf_conflict_row *row, char out[HOLDFAST_CLASH_CODE_TEXT_BYTES])
{
    static const char digits[] = "0123456789abcdef";
    struct hf_sha256 sha;
    uint8_t field[2];
    uint8_t hash[HF_HASH_BYTES];
    hf_put_u16(field, row->field);
    hf_sha256_begin(&sha);
    hf_sha256_add(&sha, row->record_id.bytes, sizeof row->record_id.bytes);
    hf_sha256_add(&sha, field, sizeof field);
    for (size_t i = 0; i < row->head_count; i++)
        hf_sha256_add(&sha, row->heads[i].change_id.bytes, sizeof row->heads[i].change_id.bytes);
    hf_sha256_end(&sha, hash);
    for (size_t i = 0; i < CLASH_CODE_BYTES; i++) {
        out[2 * i] = digits[hash[i] >> 4];
        out[2 * i + 1] = digits[hash[i] & 15];
    }
    out[2 * CLASH_CODE_BYTES] = '\0';
}

/* --- a suggestion --- */

static enum holdfast_suggestion_by who(enum hf_text_from from)
{
    switch (from) {
    case HF_TEXT_FROM_BASE:
        return HOLDFAST_BY_NOBODY;
    case HF_TEXT_FROM_LEFT:
        return HOLDFAST_BY_FIRST;
    case HF_TEXT_FROM_RIGHT:
        return HOLDFAST_BY_SECOND;
    case HF_TEXT_FROM_BOTH:
        return HOLDFAST_BY_BOTH;
    }
    return HOLDFAST_BY_NOBODY;
}

/* Both together may be longer than the field allows, or nothing at all. */
static bool is_allowed(const struct hf_record_spec *type, const struct hf_field_spec *field, struct hf_slice text)
{
    struct hf_buf encoded = {0};
    bool allowed = text.len > 0 && hf_value_from_text(type, field, text, &encoded, NULL) == HF_OK;
    hf_buf_wipe(&encoded);
    return allowed;
}

static enum hf_status show_merge(const struct hf_text_merge *merge, struct hf_texts *texts,
                                 struct holdfast_conflict_row *row, struct holdfast_suggestion_part **out_parts)
{
    struct holdfast_suggestion_part *parts = calloc(merge->part_count, sizeof *parts);
    if (!parts)
        return HF_ERR_NOMEM;
    *out_parts = parts;
    for (size_t i = 0; i < merge->part_count; i++)
        parts[i] = (struct holdfast_suggestion_part){.text = hf_texts_copy(texts, merge->parts[i].text),
                                                     .by = who(merge->parts[i].from),
                                                     .removed = merge->parts[i].removed};
    row->suggestion = hf_texts_copy(texts, hf_buf_slice(&merge->text));
    row->suggestion_part_count = merge->part_count;
    row->suggestion_parts = parts;
    return hf_texts_status(texts);
}

enum hf_status hf_clash_suggest(const struct hf_record_spec *type, const struct hf_field_spec *field,
                                struct hf_texts *texts, struct holdfast_conflict_row *row,
                                struct holdfast_suggestion_part **out_parts)
{
    struct hf_text_merge merge = {0};
    row->suggestion = "";
    if (field->kind != HF_KIND_TEXT || row->value_count != 2 || row->base[0] == '\0')
        return HF_OK;
    enum hf_status status = hf_text_merge(hf_slice_str(row->base), hf_slice_str(row->values[0].value),
                                          hf_slice_str(row->values[1].value), &merge);
    if (status == HF_OK && is_allowed(type, field, hf_buf_slice(&merge.text)))
        status = show_merge(&merge, texts, row, out_parts);
    hf_text_merge_clear(&merge);
    return status == HF_ERR_CONFLICT || status == HF_ERR_LIMIT ? HF_OK : status;
}

/* --- who should decide --- */

static const char *role_text(enum hf_decider_role role)
{
    switch (role) {
    case HF_DECIDER_CHAIR:
        return "chair";
    case HF_DECIDER_MINUTER:
        return "note taker";
    case HF_DECIDER_ARRANGER:
        return "arranged the meeting";
    }
    return "";
}

void hf_clash_deciders(const struct hf_conflict_row *from, struct hf_texts *texts, struct holdfast_conflict_row *row)
{
    struct hf_buf text = {0};
    for (size_t i = 0; i < from->decider_count; i++) {
        const struct hf_decider *decider = &from->deciders[i];
        row->deciders[row->decider_count++] = hf_id_out(&decider->person);
        hf_buf_append_fmt(&text, "%s%s (%s)", i > 0 ? ", " : "",
                          decider->name[0] ? decider->name : "somebody whose name is not known here",
                          role_text(decider->role));
    }
    hf_buf_append_str(&text, from->decider_count > 0 ? ", or else the office" : "the office");
    row->decider = hf_texts_copy(texts, hf_buf_slice(&text));
    texts->failed = texts->failed || hf_buf_status(&text) != HF_OK;
    hf_buf_clear(&text);
}
