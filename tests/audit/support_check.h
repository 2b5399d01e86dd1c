/* Asserting what the verifier says of a bundle. */
#ifndef HF_TESTS_AUDIT_SUPPORT_CHECK_H
#define HF_TESTS_AUDIT_SUPPORT_CHECK_H

#include "tests/audit/support_bundle.h"

/* Runs the verifier with this authority's key. `audit` may be looked at and is ended by the caller. */
enum hf_status support_run(struct support_bundle *bundle, const struct hf_sign_key *authority, struct hf_audit *audit);

/* The bundle of the whole log, with an earlier checkpoint at half of it, is accepted, or refused by this check naming
 * this entry (SUPPORT_NO_ENTRY: none). */
#define SUPPORT_NO_ENTRY UINT64_MAX
void support_log_accepted(struct support_log *log);
void support_log_refused(struct support_log *log, enum hf_audit_check check, uint64_t entry);
void support_accepted(struct support_bundle *bundle, const struct support_log *log);
void support_refused(struct support_bundle *bundle, const struct support_log *log, enum hf_audit_check check,
                     uint64_t entry);
/* Refused by this check, the finding names this file. */
void support_refused_file(struct support_bundle *bundle, const struct support_log *log, enum hf_audit_check check,
                          const char *file);
/* Refused, with this in the text. */
void support_refused_saying(struct support_bundle *bundle, const struct support_log *log, enum hf_audit_check check,
                            const char *part);

#endif
