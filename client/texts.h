/* NUL-terminated copies of texts for one row of a callback, all freed and wiped together. Remembers when there was no
 * memory, so that code that fills a row checks once, at the end. Inside client/. */
#ifndef HF_CLIENT_TEXTS_H
#define HF_CLIENT_TEXTS_H

#include "core/model/set_edit.h"
#include "core/model/table.h"

struct hf_text;

/* Zero-initialised is empty. */
struct hf_texts {
    struct hf_text *first;
    bool failed;
};

/* Never NULL: "" when there was no memory. */
const char *hf_texts_copy(struct hf_texts *texts, struct hf_slice text);
/* The text of an encoded value (hf_value_to_text); "" for a cleared one. */
const char *hf_texts_value(struct hf_texts *texts, const struct hf_field_spec *field, struct hf_slice encoded);
/* An edit of a set: "+added, −removed", each element with its sign. */
const char *hf_texts_set_edit(struct hf_texts *texts, const struct hf_field_spec *field, struct hf_slice encoded);
/* HF_ERR_NOMEM when something could not be copied since the last clear. */
HF_CHECKED enum hf_status hf_texts_status(const struct hf_texts *texts);
/* Wipes and frees; empty again. */
void hf_texts_clear(struct hf_texts *texts);

#endif
