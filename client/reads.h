/* Noting what is read, for the read log. Inside client/. None of these can fail: a reader never waits for the log, and
 * an opening that could not be noted is counted (core/replica/reads.h). */
#ifndef HF_CLIENT_READS_H
#define HF_CLIENT_READS_H

#include "client/handle.h"
#include "core/replica/reads.h"

#define HF_CLIENT_REASONS_MAX 32

/* Why a case is read in this session; kept until it is locked. */
struct hf_client_reason {
    struct hf_id case_id;
    char *text;
};

/* case_id NULL: the case of the record, when it is here. record_id NULL: the case as a whole. */
void hf_reads_note(struct holdfast *hf, const struct hf_id *case_id, const struct hf_id *record_id,
                   enum hf_read_what what);
/* With a reason of its own. */
void hf_reads_note_because(struct holdfast *hf, const struct hf_id *case_id, const struct hf_id *record_id,
                           enum hf_read_what what, const char *reason);
/* Signs what is due, before a sync; all: everything. Errors are passed over: it is tried again at the next. */
void hf_reads_sign(struct holdfast *hf, bool all);
/* Ends the visit at hand and counts what the office has not been told; HF_ERR_… only when that cannot be seen. */
HF_CHECKED enum hf_status hf_reads_unsent(struct holdfast *hf, uint64_t *out);
/* The session ends. */
void hf_reads_forget(struct holdfast *hf);

/* Cases that a list showed, each once. */
#define HF_READS_CASES_MAX 64
struct hf_reads_cases {
    size_t count;
    struct hf_id at[HF_READS_CASES_MAX];
};
void hf_reads_cases_add(struct hf_reads_cases *cases, const struct hf_id *case_id);

#endif
