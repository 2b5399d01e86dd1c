/* Reports over an exported log: runs the program holdfast-audit, which stands beside this one, and hands its JSON on. A
 * report may take a while, so it is begun and asked for; one at a time. What it wrote is kept in memory, never on a
 * disk. Inside client/app. */
#ifndef HF_CLIENT_APP_AUDIT_H
#define HF_CLIENT_APP_AUDIT_H

#include "core/base/bytes.h"

#define HF_APP_REPORT_BYTES_MAX (4u << 20) /* what core/json reads */
#define HF_APP_REPORT_WORDS_MAX 32

struct hf_app_audit {
    long pid;       /* 0: none runs */
    bool has_files; /* out and errors are files in memory, of a fixed size */
    int out, errors;
    int exit_code; /* of the one that ended: 0 good, 1 refused, 2 it could not be run as asked */
    bool ended;    /* a result is there */
};
/* words end with NULL and do not name the program. HF_ERR_BUSY: one runs already; HF_ERR_NOT_FOUND: there is no such
 * program; HF_ERR_IO. Forgets the result of the one before. */
HF_CHECKED enum hf_status hf_app_audit_begin(struct hf_app_audit *audit, const char *const *words);
/* Looks whether it has ended, without waiting. */
void hf_app_audit_look(struct hf_app_audit *audit);
/* Appends what it wrote (errors: on its standard error). HF_ERR_LIMIT, HF_ERR_IO, HF_ERR_NOMEM. */
HF_CHECKED enum hf_status hf_app_audit_read(const struct hf_app_audit *audit, bool errors, struct hf_buf *out);
/* Takes the lines of progress ("progress 66048 of 200000", --progress) out of what it wrote on standard error; what is
 * left is for people. The last one tells how far it has come; total 0: none was there. A line under way stays. */
void hf_app_audit_progress(struct hf_buf *errors, uint64_t *out_done, uint64_t *out_total);
/* Stops what runs and forgets everything. */
void hf_app_audit_end(struct hf_app_audit *audit);

#endif
