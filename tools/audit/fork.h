/* holdfast-audit fork: what a device wrote when it stopped trusting the office's log, checked by somebody who
 * trusts neither. */
#ifndef HF_TOOLS_AUDIT_FORK_H
#define HF_TOOLS_AUDIT_FORK_H

#include "tools/audit/command.h"

/* argv: what stands after "fork". Returns the exit status. */
int hf_audit_fork(int argc, char *const *argv, const struct hf_audit_streams *streams);

#endif
