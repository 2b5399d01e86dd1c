/* What every command of holdfast-audit that reads a bundle begins and ends with. */
#ifndef HF_TOOLS_AUDIT_SESSION_H
#define HF_TOOLS_AUDIT_SESSION_H

#include "tools/audit/audit.h"
#include "tools/audit/command.h"
#include "tools/audit/folder.h"

struct hf_audit_session {
    struct hf_audit_folder folder;
    struct hf_audit *audit; /* begun; the caller may set what it wants to be told before the run */
    struct hf_bundle_reader reader;
    struct hf_policy_file *demanded; /* hf_audit_session_demand */
    struct hf_buf demanded_text;
};

/* Reads the key file and opens the folder. False: it has said why on streams->errors, and there is nothing to close. */
bool hf_audit_session_open(struct hf_audit_session *session, const char *folder, const char *key_file,
                           const struct hf_audit_streams *streams);
/* The auditor's own policy, from a file: its quorum must be met. False: it has said why on streams->errors. */
bool hf_audit_session_demand(struct hf_audit_session *session, const char *policy_file,
                             const struct hf_audit_streams *streams);
/* hf_audit_run, with a bar on a terminal. */
HF_CHECKED enum hf_status hf_audit_session_run(struct hf_audit_session *session,
                                               const struct hf_audit_streams *streams);
void hf_audit_session_close(struct hf_audit_session *session);

#endif
