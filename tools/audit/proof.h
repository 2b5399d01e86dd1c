/* `holdfast-audit proof`: one proof file, checked alone. */
#ifndef HF_TOOLS_AUDIT_PROOF_H
#define HF_TOOLS_AUDIT_PROOF_H

#include "tools/audit/command.h"

/* argv: what stands after "proof". Returns the exit status. */
int hf_audit_proof(int argc, char *const *argv, const struct hf_audit_streams *streams);

#endif
