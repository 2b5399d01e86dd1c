/* holdfast-audit as a function, so that tests can call it. */
#ifndef HF_TOOLS_AUDIT_COMMAND_H
#define HF_TOOLS_AUDIT_COMMAND_H

#include <stdbool.h>
#include <stdio.h>

#define HF_AUDIT_EXIT_GOOD    0
#define HF_AUDIT_EXIT_REFUSED 1
#define HF_AUDIT_EXIT_USAGE   2 /* nothing was checked */

/* How far a check has come. A bar writes over itself, for a terminal; lines are for programs: "progress 66048 of
 * 200000", at most one for each hundredth. */
enum hf_audit_progress { HF_AUDIT_PROGRESS_NONE, HF_AUDIT_PROGRESS_BAR, HF_AUDIT_PROGRESS_LINES };

struct hf_audit_streams {
    FILE *out;
    FILE *errors;
    enum hf_audit_progress progress; /* on errors; --progress before the command says _LINES */
};

/* argv[0] is the name of the program. Returns the exit status. Crypto must have been started. */
int hf_audit_command(int argc, char *const *argv, const char *version, const struct hf_audit_streams *streams);

#endif
