/* `holdfast-audit witness`: a small witness of our own. It works by files, on a machine without a network: the office
 * writes a request, the witness checks it against all it signed before and answers one line. */
#ifndef HF_TOOLS_AUDIT_WITNESS_H
#define HF_TOOLS_AUDIT_WITNESS_H

#include "tools/audit/command.h"

/* argv: what stands after "witness". Returns the exit status. */
int hf_audit_witness(int argc, char *const *argv, const struct hf_audit_streams *streams);

#endif
