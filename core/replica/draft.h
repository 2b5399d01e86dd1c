/* What a draft holds, and its packed form: the row in the vault and, sealed, what travels to other devices. Text stands
 * as it was typed; no rule of a field is checked. Pure.
 *
 *   [1, case bin16, record bin16, type uint, parent bin16|nil, slot text, form text, cursor text, reason text,
 *    created ms uint, updated ms uint, [[field uint, text, [[change bin16, element|nil] …]] …]]
 *
 * The last list of a field is what its author saw there: the heads, and of a set the element that each had added. */
#ifndef HF_CORE_REPLICA_DRAFT_H
#define HF_CORE_REPLICA_DRAFT_H

#include "core/merge/merge.h"

#define HF_DRAFT_FIELDS_MAX       HF_EDITS_MAX
#define HF_DRAFT_TEXT_BYTES_MAX   250000u /* of all fields together */
#define HF_DRAFT_BYTES_MAX        (320u * 1024)
#define HF_DRAFT_SEEN_MAX         512 /* entries of one field; of a longer set the rest counts as not seen */
#define HF_DRAFT_SLOT_BYTES_MAX   64
#define HF_DRAFT_FORM_BYTES_MAX   64
#define HF_DRAFT_CURSOR_BYTES_MAX 200

struct hf_draft_field {
    uint16_t field;
    struct hf_slice text; /* empty: to be cleared */
    struct hf_slice seen; /* encoded list, read with hf_draft_seen; never empty */
};
/* Borrows everything. */
struct hf_draft {
    struct hf_id case_id;
    struct hf_id record_id;
    uint16_t type;
    struct hf_id parent; /* zero: none */
    struct hf_slice slot;
    struct hf_slice form;   /* name and version; never empty */
    struct hf_slice cursor; /* where the person was; only the program that wrote it reads it */
    struct hf_slice reason;
    uint64_t created_ms;
    uint64_t updated_ms;
    size_t field_count;
    struct hf_draft_field fields[HF_DRAFT_FIELDS_MAX]; /* ascending field codes */
};

/* HF_ERR_INVALID or HF_ERR_LIMIT with text; HF_ERR_UNSUPPORTED: a type or field that only a later program knows. */
HF_CHECKED enum hf_status hf_draft_check(const struct hf_draft *draft, struct hf_error *err);
/* Appends; the draft has passed hf_draft_check. */
void hf_draft_encode(const struct hf_draft *draft, struct hf_buf *out);
/* Strict, and passes hf_draft_check: what decodes encodes to the same bytes. HF_ERR_INVALID, HF_ERR_LIMIT,
 * HF_ERR_UNSUPPORTED. *out is meaningful only on HF_OK. */
HF_CHECKED enum hf_status hf_draft_decode(struct hf_slice bytes, struct hf_draft *out);

/* NULL: the draft does not have this field. */
struct hf_draft_field *hf_draft_field(struct hf_draft *draft, uint16_t field);

/* Writes the list of what is seen of a field; element is nil but for a set. Ascending, each once. */
void hf_draft_seen_encode(const struct hf_entry *entries, size_t count, bool is_set, struct hf_buf *out);
/* Reads up to max entries of a list that passed hf_draft_check; clock is 0, value empty but for a set. */
size_t hf_draft_seen(const struct hf_draft_field *field, struct hf_entry *out, size_t max);

#endif
