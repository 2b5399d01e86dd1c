/* All chance of a simulation comes from one seed. hf_random of core/crypto is fed from here too: the simulator puts its
 * own source under libsodium before anything else runs, so that no product code changes. Never linked into a product.
 */
#ifndef HF_TOOLS_SIMULATOR_RANDOM_H
#define HF_TOOLS_SIMULATOR_RANDOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* splitmix64: small, and the same everywhere. */
uint64_t sim_next(uint64_t *state);
/* 0 .. limit - 1; limit above 0. */
size_t sim_below(uint64_t *state, size_t limit);
/* True `percent` times of a hundred. */
bool sim_chance(uint64_t *state, unsigned percent);

/* Takes the place of the system's source for the whole process; before hf_crypto_init. */
void sim_random_install(void);
/* Begins the stream behind hf_random anew. */
void sim_random_seed(uint64_t seed);

#endif
