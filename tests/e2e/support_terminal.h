/* A program at a terminal: what a person at the keyboard types and sees. Everything asserts. */
#ifndef HF_TESTS_E2E_SUPPORT_TERMINAL_H
#define HF_TESTS_E2E_SUPPORT_TERMINAL_H

#include "tests/e2e/support_world.h"

#define TERMINAL_OUTPUT_BYTES 65536

struct terminal {
    int keyboard; /* the other end of it */
    pid_t child;
    char output[TERMINAL_OUTPUT_BYTES]; /* all that was shown so far */
    size_t len;
};

/* Starts a program from HOLDFAST_PROGRAMS at a terminal of this many columns. */
void terminal_start(struct terminal *terminal, unsigned short columns, const char *const *words);
#define TERMINAL_START(terminal, columns, ...)                                                                         \
    terminal_start(terminal, columns, (const char *const[]){__VA_ARGS__, NULL})
/* Waits until this text has been shown. */
void terminal_expect(struct terminal *terminal, const char *text);
void terminal_type(const struct terminal *terminal, const char *keys);
/* Whether typed keys are shown just now. */
bool terminal_echoes(const struct terminal *terminal);
/* Waits for its end: its exit code, or 128 and its signal. The terminal stays for looking at its settings. */
int terminal_finish(struct terminal *terminal);
void terminal_close(struct terminal *terminal);

#endif
