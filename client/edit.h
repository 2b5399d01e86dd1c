/* An edit: what changes in which field, beside what the person saw. Inside client/. */
#ifndef HF_CLIENT_EDIT_H
#define HF_CLIENT_EDIT_H

#include "client/elements.h"
#include "client/handle.h"

/* What changes in one field. */
struct hf_field_edit {
    const struct hf_field_spec *spec;
    struct hf_buf value; /* encoded; not of a set */
    struct hf_elements added;
    struct hf_elements removed;
};

struct holdfast_edit {
    struct holdfast *hf;
    struct hf_id case_id;
    struct hf_id record_id;
    const struct hf_record_spec *type;
    struct hf_record_state seen; /* empty for a new record */
    struct hf_buf reason;
    size_t count;
    struct hf_field_edit *fields[HF_EDITS_MAX];
};

void hf_field_edit_free(struct hf_field_edit *field); /* wipes; NULL is fine */
/* The value replaces what this edit held for the field, and *value is empty then. HF_ERR_LIMIT with text, HF_ERR_NOMEM.
 */
HF_CHECKED enum hf_status hf_edit_put_value(struct holdfast_edit *edit, const struct hf_field_spec *spec,
                                            struct hf_buf *value);
/* What the person saw in this field; NULL when there was nothing. */
const struct hf_field_state *hf_edit_seen(const struct holdfast_edit *edit, const struct hf_field_spec *spec);

/* HF_ERR_INVALID or HF_ERR_LIMIT, with the handle's text. */
HF_CHECKED enum hf_status hf_edit_check_reason(struct holdfast *hf, struct hf_slice reason);

#endif
