/* holdfast-audit as a function, so that tests can call it. */
#ifndef HF_TOOLS_AUDIT_COMMAND_H
#define HF_TOOLS_AUDIT_COMMAND_H

#include <stdbool.h>
#include <stdio.h>

#define HF_AUDIT_EXIT_GOOD    0
#define HF_AUDIT_EXIT_REFUSED 1
#define HF_AUDIT_EXIT_USAGE   2 /* nothing was checked */

struct hf_audit_streams {
    FILE *out;
    FILE *errors;
    bool show_progress; /* on errors, which is a terminal then */
};

/* argv[0] is the name of the program. Returns the exit status. Crypto must have been started. */
int hf_audit_command(int argc, char *const *argv, const char *version, const struct hf_audit_streams *streams);

#endif
