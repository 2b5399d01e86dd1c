/* Noting who reads what on this device (docs/decisions/0008). A row in the vault for each thing that is opened, written
 * before it is shown; the rows of a visit become one signed leaf of kind 8, which goes to the office like every change.
 * A visit lasts from one unlocking to the next; a long one is cut into pieces (HF_READS_VISIT_MS, HF_READS_LINES). */
#ifndef HF_CORE_REPLICA_READS_H
#define HF_CORE_REPLICA_READS_H

#include "core/model/body_read.h"
#include "core/replica/replica.h"

#define HF_READS_AGAIN_MS (60ull * 1000)      /* the same thing opened again within it is not noted again */
#define HF_READS_QUIET_MS (10ull * 60 * 1000) /* so long after the last opening a piece of a visit ends */
#define HF_READS_VISIT_MS (60ull * 60 * 1000) /* the longest piece */
#define HF_READS_LINES    256                 /* the most that it holds */

extern const char hf_replica_reads_tables[];

struct hf_read {
    struct hf_id case_id;   /* zero: every case */
    struct hf_id record_id; /* zero: the case as a whole */
    enum hf_read_what what;
    struct hf_slice reason; /* empty: none; cut at HF_READ_REASON_BYTES_MAX */
};
/* Durable when it returns. The office case is nobody's: nothing is noted of it. After a failure the reader reads on,
 * and the next leaf says that an opening was lost. */
HF_CHECKED enum hf_status hf_replica_read_note(struct hf_replica *replica, const struct hf_read *read, uint64_t now_ms,
                                               struct hf_error *err);

enum hf_reads_which {
    HF_READS_ENDED, /* of visits and pieces that are over */
    HF_READS_ALL
};
/* Signs what was noted: one leaf, more only when one cannot hold it. HF_ERR_STATE before the device is enrolled, and
 * while its store is damaged; what was noted stays. A revoked device signs too: it may hand this in. */
HF_CHECKED enum hf_status hf_replica_reads_sign(struct hf_replica *replica, enum hf_reads_which which, uint64_t now_ms,
                                                size_t *out_leaves, struct hf_error *err);
/* Whether hf_replica_reads_sign(HF_READS_ENDED) has something to do; cheap. */
bool hf_replica_reads_due(struct hf_replica *replica, uint64_t now_ms);
/* In how many ms it will, if nothing more is opened; UINT64_MAX: nothing is noted. */
uint64_t hf_replica_reads_due_in(struct hf_replica *replica, uint64_t now_ms);
/* Lines that were noted and not signed yet. */
HF_CHECKED enum hf_status hf_replica_reads_pending(struct hf_replica *replica, uint64_t *out);

/* Signed pages that the office has not acknowledged. */
HF_CHECKED enum hf_status hf_replica_reads_unsent(struct hf_replica *replica, uint64_t *out);

/* Inside the transaction that takes the office's answer to a page, by its row in `changes`: a page with a reason about
 * a case that was erased meanwhile is needed no more, and goes. */
HF_CHECKED enum hf_status hf_replica_reads_answered(struct hf_replica *replica, uint64_t row, struct hf_error *err);
/* Behind that transaction: nothing of such a page stays in the files. What keeps it from being done now, closing does.
 */
void hf_replica_reads_scrub(struct hf_replica *replica);

/* Whether the office gave this case to the device's person, or the person opened it here. Others (managers, the office)
 * read it all the same, and are asked why. */
/* Inside the transaction of an erasure: what was typed about the case as a reason goes, and of signed pages what the
 * office has. That something was opened stays to be told. */
HF_CHECKED enum hf_status hf_replica_reads_forget(struct hf_replica *replica, const struct hf_id *case_id,
                                                  struct hf_error *err);
HF_CHECKED enum hf_status hf_replica_case_is_own(struct hf_replica *replica, const struct hf_id *case_id, bool *out);

#endif
