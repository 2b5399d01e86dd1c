/* holdfast-audit evidence: what an inspection asks for, worked out from the log. */
#ifndef HF_TOOLS_AUDIT_EVIDENCE_H
#define HF_TOOLS_AUDIT_EVIDENCE_H

#include "tools/audit/command.h"

#define HF_AUDIT_SAMPLE_MAX 1000

/* argv: the words after the name. Returns the exit status. */
int hf_audit_evidence(int argc, char *const *argv, const struct hf_audit_streams *streams);

#endif
