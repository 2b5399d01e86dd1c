/* Inside tools/audit: the steps of a run, and how each one says no. Every step returns HF_OK or what hf_audit_run
 * returns, with the finding filled. */
#ifndef HF_TOOLS_AUDIT_INTERNAL_H
#define HF_TOOLS_AUDIT_INTERNAL_H

#include "tools/audit/audit.h"

/* Fill the finding; all return HF_ERR_AUTH. The text names the entry itself. */
enum hf_status hf_audit_refuse_entry(struct hf_audit *audit, enum hf_audit_check check, uint64_t index,
                                     const char *format, ...) __attribute__((format(printf, 4, 5)));
enum hf_status hf_audit_refuse_range(struct hf_audit *audit, enum hf_audit_check check, uint64_t first, uint64_t last,
                                     const char *file, const char *format, ...) __attribute__((format(printf, 6, 7)));
enum hf_status hf_audit_refuse_file(struct hf_audit *audit, enum hf_audit_check check, const char *file,
                                    const char *format, ...) __attribute__((format(printf, 4, 5)));
/* Returns `status`, which is HF_ERR_NOMEM, HF_ERR_LIMIT or HF_ERR_IO. */
enum hf_status hf_audit_give_up(struct hf_audit *audit, enum hf_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Replaces what is in out by the file. HF_ERR_NOT_FOUND without a finding; everything else that fails is refused as
 * HF_AUDIT_FILE, in the name of entries first to last when has_entry is set. */
struct hf_audit_about {
    bool has_entry;
    uint64_t first;
    uint64_t last;
};
HF_CHECKED enum hf_status hf_audit_fetch(struct hf_audit *audit, const char *name, size_t limit_bytes,
                                         struct hf_audit_about about, struct hf_buf *out);
/* Refuses a file that must be there. */
enum hf_status hf_audit_refuse_missing(struct hf_audit *audit, const char *name, struct hf_audit_about about);

/* policy, checkpoint, prev: form and signatures. (head.c) */
HF_CHECKED enum hf_status hf_audit_read_head(struct hf_audit *audit);
/* Every entry in order, each against its stored hash; then the upper tiles and both roots. (tree.c) */
HF_CHECKED enum hf_status hf_audit_walk(struct hf_audit *audit);
/* One entry, all that can be said of it with those before it. The tree still ends before it. (entry.c) */
HF_CHECKED enum hf_status hf_audit_check_entry(struct hf_audit *audit, uint64_t index, struct hf_slice entry,
                                               const struct hf_hash *leaf_hash, const struct hf_hash *stored_hash,
                                               const char *hash_file);
/* Payload and opening; what an office entry changes about who may sign. (contents.c) */
HF_CHECKED enum hf_status hf_audit_check_payload(struct hf_audit *audit, uint64_t index, const struct hf_leaf *leaf);
HF_CHECKED enum hf_status hf_audit_read_opening(struct hf_audit *audit, uint64_t index, const struct hf_leaf *leaf,
                                                bool *out_present, struct hf_slice *out_body);
HF_CHECKED enum hf_status hf_audit_begin_server(struct hf_audit *audit, const struct hf_leaf *leaf);
/* `without_effect`: it need not stand open, and is not applied. */
HF_CHECKED enum hf_status hf_audit_check_opening(struct hf_audit *audit, uint64_t index, const struct hf_leaf *leaf,
                                                 bool without_effect);
bool hf_audit_is_office_kind(enum hf_leaf_kind kind);
/* Proof files beside the tiles. (proofs.c) */
HF_CHECKED enum hf_status hf_audit_check_proofs(struct hf_audit *audit);

#endif
