/* What the log says about reading: one visit's lines after another, with whose case it was when it was read. For
 * who-read and the access reports. */
#ifndef HF_TOOLS_AUDIT_READS_H
#define HF_TOOLS_AUDIT_READS_H

#include "core/model/body_read.h"
#include "tools/audit/names.h"

#define HF_AUDIT_HELD_MAX     (1u << 22) /* spans of a person holding a case that are remembered */
#define HF_AUDIT_HELD_BUCKETS 65536

/* From when to when a person held a case, by the server's own entries (or since they opened it). */
struct hf_audit_holding {
    struct hf_id case_id, person;
    uint64_t from_ms, until_ms; /* UINT64_MAX: still */
    uint32_t next;              /* of the same bucket, plus one; 0: the last */
};
struct hf_audit_holders {
    struct hf_audit_holding *at;
    size_t count, cap;
    uint32_t *buckets; /* by case; place in `at` plus one */
};

struct hf_audit_read {
    const struct hf_audit_entry *entry;
    struct hf_id case_id; /* zero: every case */
    struct hf_id record_id;
    enum hf_read_what what;
    uint64_t from_ms, until_ms, times;
    struct hf_slice reason; /* empty: none */
    bool own;               /* the reader held the case then */
    size_t holders;         /* how many people held the case then */
    bool officer;           /* the reader was a records officer as the page reached the log */
};
typedef enum hf_status hf_audit_read_fn(void *ctx, const struct hf_audit_read *read);

/* Zero-initialised is ready. Feed every entry in order. */
struct hf_audit_reads {
    const struct hf_audit *audit; /* that hands out the entries */
    struct hf_audit_names names;
    struct hf_audit_holders holders;
    struct hf_read_body *body;
    uint64_t sealed;        /* pages that do not stand open */
    uint64_t lost;          /* openings that devices could not note */
    hf_audit_read_fn *each; /* may be NULL */
    void *ctx;
};
HF_CHECKED enum hf_status hf_audit_reads_take(struct hf_audit_reads *reads, const struct hf_audit_entry *entry);
/* Whether a person held the case at that moment; person zero: how many did. */
size_t hf_audit_holders_at(const struct hf_audit_holders *holders, const struct hf_id *case_id,
                           const struct hf_id *person, uint64_t at_ms);
void hf_audit_reads_clear(struct hf_audit_reads *reads);

#endif
