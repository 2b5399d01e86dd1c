/* What people and cases are called, as the opened entries of a bundle tell it while they go by. Without opened contents
 * it stays empty, and ids stand for themselves. Grows with people and cases, not with the log. Zero-initialised is
 * empty. */
#ifndef HF_TOOLS_AUDIT_NAMES_H
#define HF_TOOLS_AUDIT_NAMES_H

#include "core/model/body.h"
#include "tools/audit/audit.h"

struct hf_audit_name {
    struct hf_id id; /* zero: a free place */
    char *text;
};
struct hf_audit_names {
    struct hf_audit_name *places; /* open addressing; `cap` is a power of two */
    size_t count;
    size_t cap;
    bool contents; /* some entry that may stay sealed stood open */
};

/* Looks at one entry: the name of a person, the reference of a case. HF_ERR_NOMEM. */
HF_CHECKED enum hf_status hf_audit_names_take(struct hf_audit_names *names, const struct hf_audit_entry *entry);
/* NULL when nothing is known. Borrowed until the next take. */
const char *hf_audit_name(const struct hf_audit_names *names, const struct hf_id *id);
/* Finds whoever is called so, or has this id as text. HF_ERR_NOT_FOUND. */
HF_CHECKED enum hf_status hf_audit_name_find(const struct hf_audit_names *names, struct hf_slice text,
                                             struct hf_id *out);
/* Appends the name and the id, or the id alone. names may be NULL. */
void hf_audit_name_append(const struct hf_audit_names *names, const struct hf_id *id, struct hf_buf *out);
void hf_audit_names_clear(struct hf_audit_names *names);

#endif
