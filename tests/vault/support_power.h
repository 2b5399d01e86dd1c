/* One run of the crash simulator: a vault on a disk in memory, seeded transactions, stops at random calls. */
#ifndef HF_TESTS_VAULT_SUPPORT_POWER_H
#define HF_TESTS_VAULT_SUPPORT_POWER_H

#include <stdbool.h>
#include <stdint.h>

#define POWER_TEXT_BYTES 256

/* True when after every stop the database opened, held exactly the state of the last reported commit (or of the one
 * under way), and could be written on. Otherwise `text` says what was wrong. */
bool power_run(uint64_t seed, char text[POWER_TEXT_BYTES]);

/* Runs seeds seed, seed + 1 … and prints each failure; returns how many failed. */
uint64_t power_runs(uint64_t seed, uint64_t runs);

/* A long commit fails at its sync, a short one follows, and power fails so that the first frame of the short one is
 * lost. True when the vault then opens. */
bool power_after_a_failed_commit(char text[POWER_TEXT_BYTES]);

/* Power fails so that the first frame of a long commit is lost and its commit frame is not; after opening, the same
 * happens to a short one. True when the vault then opens. */
bool power_twice_in_a_row(char text[POWER_TEXT_BYTES]);

#endif
