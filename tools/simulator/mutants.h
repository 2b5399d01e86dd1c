/* Deliberate faults in the product, switched at run time (core/base/mutant.h). A build without them has none. */
#ifndef HF_TOOLS_SIMULATOR_MUTANTS_H
#define HF_TOOLS_SIMULATOR_MUTANTS_H

#include <stdbool.h>
#include <stddef.h>

size_t sim_mutant_count(void);
void sim_mutant_set(size_t at);
bool sim_mutant_choose(const char *name); /* false: there is none of that name */
const char *sim_mutant_name(void);        /* of the one that is on; "" for none */

#endif
