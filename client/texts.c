#include "client/texts.h"

#include "core/crypto/crypto.h"
#include "core/model/value.h"

#include <stdlib.h>
#include <string.h>

struct hf_text {
    struct hf_text *next;
    size_t len;
    char bytes[];
};

const char *hf_texts_copy(struct hf_texts *texts, struct hf_slice text)
{
    if (text.len == 0)
        return "";
    struct hf_text *copy = malloc(sizeof *copy + text.len + 1);
    if (!copy) {
        texts->failed = true;
        return "";
    }
    memcpy(copy->bytes, text.data, text.len);
    copy->bytes[text.len] = '\0';
    copy->len = text.len;
    copy->next = texts->first;
    texts->first = copy;
    return copy->bytes;
}

static const char *take(struct hf_texts *texts, struct hf_buf *made)
{
    const char *text = "";
    if (hf_buf_status(made) == HF_OK)
        text = hf_texts_copy(texts, hf_buf_slice(made));
    else
        texts->failed = true;
    hf_buf_wipe(made);
    return text;
}

const char *hf_texts_value(struct hf_texts *texts, const struct hf_field_spec *field, struct hf_slice encoded)
{
    struct hf_buf made = {0};
    if (encoded.len > 0)
        hf_value_to_text(field, encoded, &made);
    return take(texts, &made);
}

static void append_elements(const struct hf_field_spec *field, const char *sign, const struct hf_slice *elements,
                            size_t count, struct hf_buf *out)
{
    for (size_t i = 0; i < count; i++) {
        if (out->len > 0)
            hf_buf_append_str(out, ", ");
        hf_buf_append_str(out, sign);
        hf_value_to_text(field, elements[i], out);
    }
}

const char *hf_texts_set_edit(struct hf_texts *texts, const struct hf_field_spec *field, struct hf_slice encoded)
{
    struct hf_buf made = {0};
    struct hf_set_edit set;
    if (hf_set_edit_decode(encoded, &set) == HF_OK) {
        append_elements(field, "+", set.added, set.added_count, &made);
        append_elements(field, "\u2212", set.removed, set.removed_count, &made);
    }
    return take(texts, &made);
}

enum hf_status hf_texts_status(const struct hf_texts *texts)
{
    return texts->failed ? HF_ERR_NOMEM : HF_OK;
}

void hf_texts_clear(struct hf_texts *texts)
{
    while (texts->first) {
        struct hf_text *text = texts->first;
        texts->first = text->next;
        hf_wipe(text->bytes, text->len);
        free(text);
    }
    texts->failed = false;
}
