/* Running holdfast-audit in this process. */
#ifndef HF_TESTS_AUDIT_SUPPORT_COMMAND_H
#define HF_TESTS_AUDIT_SUPPORT_COMMAND_H

#define SUPPORT_ARGUMENTS 16

/* What it said last, cut at these sizes. */
extern char out[32768];
extern char errors[16384];

/* The arguments end with NULL; returns what the command exits with. */
int support_command(const char *const *arguments);

#endif
