/* holdfast-audit show: the entries of a verified log in human words. */
#ifndef HF_TOOLS_AUDIT_SHOW_H
#define HF_TOOLS_AUDIT_SHOW_H

#include "tools/audit/audit.h"
#include "tools/audit/command.h"
#include "tools/audit/names.h"

/* argv: the words after `show`. Returns the exit status. */
int hf_audit_show(int argc, char *const *argv, const struct hf_audit_streams *streams);

/* --- one entry in words, for other commands too (words.c) --------------------------------------------------------- */

#define HF_AUDIT_DEVICE_DIGITS 16

/* What an opened entry is about; zero where it is about no such thing. */
struct hf_audit_subject {
    struct hf_id person;
    struct hf_id case_id;
    struct hf_id record_id;
    const char *record_type; /* NULL: about no record */
    bool has_device;
    uint8_t device[HF_SIGN_PUBLIC_BYTES];
};

/* "data", "enrol": stable, for --kind and scripts. */
const char *hf_audit_kind_name(enum hf_leaf_kind kind);
HF_CHECKED enum hf_status hf_audit_kind_parse(struct hf_slice name, enum hf_leaf_kind *out);
/* Appends what the entry says, or that it is sealed, as one line without control characters. names may be NULL. */
void hf_audit_entry_words(const struct hf_audit_entry *entry, const struct hf_audit_names *names, struct hf_buf *out,
                          struct hf_audit_subject *out_subject);
/* Parts of it (words_data.c): false when the body has another form, and nothing was appended. */
bool hf_audit_data_words(struct hf_slice bytes, const struct hf_audit_names *names, struct hf_buf *out,
                         struct hf_audit_subject *subject);
bool hf_audit_case_words(struct hf_slice bytes, struct hf_buf *out, struct hf_audit_subject *subject);
/* words_erase.c */
bool hf_audit_erase_words(struct hf_slice bytes, const struct hf_audit_names *names, struct hf_buf *out,
                          struct hf_audit_subject *subject);
bool hf_audit_hold_words(struct hf_slice bytes, const struct hf_audit_names *names, struct hf_buf *out,
                         struct hf_audit_subject *subject);
/* words_read.c */
bool hf_audit_page_words(struct hf_slice bytes, const struct hf_audit_names *names, struct hf_buf *out,
                         struct hf_audit_subject *subject);
bool hf_audit_policy_words(struct hf_slice bytes, struct hf_buf *out);

#endif
