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
    struct holdfast_edit *next; /* of the handle's open edits */
    struct hf_buf sealed;       /* while the handle is locked: everything from `type` on */
    struct hf_id case_id;
    struct hf_id record_id;
    const struct hf_record_spec *type;
    struct hf_record_state seen; /* empty for a new record */
    struct hf_buf reason;
    bool proposes; /* an amendment of what is final */
    size_t count;
    struct hf_field_edit *fields[HF_EDITS_MAX];
};

/* --- edit_sealed.c: open edits of a locked handle ---
 * What a person typed and saw is as secret as a record. Locking seals it under a key that only the unlocked replica
 * gives; unlocking opens it again. */
/* Seals every open edit and wipes what was in memory. An edit for which there is not memory enough is dropped to an
 * empty one. */
void hf_edits_seal(struct holdfast *hf);
/* The other way round. HF_ERR_NOMEM: they stay sealed; HF_ERR_AUTH: this is another replica than that they belong to.
 */
HF_CHECKED enum hf_status hf_edits_open(struct holdfast *hf);
/* Wipes the content. */
void hf_edit_forget(struct holdfast_edit *edit);
void hf_edit_unlist(struct holdfast_edit *edit);

void hf_field_edit_free(struct hf_field_edit *field); /* wipes; NULL is fine */
/* The value replaces what this edit held for the field, and *value is empty then. HF_ERR_LIMIT with text, HF_ERR_NOMEM.
 */
HF_CHECKED enum hf_status hf_edit_put_value(struct holdfast_edit *edit, const struct hf_field_spec *spec,
                                            struct hf_buf *value);
/* What the person saw in this field; NULL when there was nothing. */
const struct hf_field_state *hf_edit_seen(const struct holdfast_edit *edit, const struct hf_field_spec *spec);

/* A record that is not there yet, or a part that may be. */
struct hf_new_record {
    const struct hf_record_spec *type;
    struct hf_id case_id;
    struct hf_id parent; /* zero: none */
    bool has_slot;
    struct hf_slice slot;
};
/* Fills *out, which borrows from slot, and checks it; failures as holdfast_edit_new. */
HF_CHECKED enum hf_status hf_edit_wanted(struct holdfast *hf, const struct holdfast_id *case_id, const char *type,
                                         const struct holdfast_id *parent, const char *slot, struct hf_new_record *out);
/* The id that a part has as long as no other record stands under it. Only of a type that exists once per parent. */
struct hf_id hf_edit_first_id(const struct hf_new_record *wanted);
/* A new id, or that of the part (core/replica/part.h). */
HF_CHECKED enum hf_status hf_edit_new_id(struct holdfast *hf, const struct hf_new_record *wanted, struct hf_id *out);

/* As holdfast_edit_set, for a field of this type; the elements of a set stand between separators. */
HF_CHECKED enum hf_status hf_edit_set_text(struct holdfast_edit *edit, const struct hf_field_spec *spec,
                                           struct hf_slice text, char separator);
/* Signs and stores, and ends the record's draft when asked; the edit stays. *out_change is zero when nothing was
 * different. */
HF_CHECKED enum hf_status hf_edit_save(struct holdfast_edit *edit, bool end_draft, struct hf_id *out_change);

/* The body of the change that hf_edit_save would sign, appended; nothing when nothing would change or is written. */
HF_CHECKED enum hf_status hf_edit_body(struct holdfast_edit *edit, bool end_draft, struct hf_buf *out_body);

/* HF_ERR_INVALID or HF_ERR_LIMIT, with the handle's text. */
HF_CHECKED enum hf_status hf_edit_check_reason(struct holdfast *hf, struct hf_slice reason);

#endif
