/* Pure functions that are worked out once for one input in a run: the check of a signature, and sealing and opening
 * what a change says. Their answer depends on nothing but what is compared here, byte by byte, and every device of a
 * world asks for the same. The linker puts them before the product's own (cmake/programs.cmake). With and without them
 * the same seed gives the same root (tests/sim/test_memo.c). */
#ifndef HF_TOOLS_SIMULATOR_MEMO_H
#define HF_TOOLS_SIMULATOR_MEMO_H

#include <stdbool.h>
#include <stdint.h>

/* Off until it is said. */
void sim_memo_use(bool yes);
void sim_memo_forget(void);
struct sim_memo_counts {
    uint64_t remembered, worked_out; /* answers since the program began */
};
struct sim_memo_counts sim_memo_counts(void);

#endif
