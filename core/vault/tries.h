/* The growing delay after wrong passphrases: NAME.tries beside the key file (docs/vault.md has the bytes).
 *
 * It slows down whoever tries passphrases through Holdfast on this device. It does not stop somebody who can write the
 * folder: no key is known while the vault is locked, so the file carries a checksum and no MAC, and can be removed or
 * put back. Against such a person stand the device secret and Argon2id. Nothing here sleeps: it refuses. */
#ifndef HF_CORE_VAULT_TRIES_H
#define HF_CORE_VAULT_TRIES_H

#include "core/base/bytes.h"

#include <stdbool.h>
#include <stdint.h>

#define HF_VAULT_TRIES_FREE   3u /* wrong passphrases without a delay */
#define HF_VAULT_DELAY_MS_MAX (15ull * 60 * 1000)
#define HF_VAULT_TRIES_BYTES  40

struct hf_vault_time {
    uint64_t wall_ms; /* Unix */
    uint64_t mono_ms; /* since some moment, never set back while the machine runs */
};

struct hf_vault_tries {
    uint32_t failures;          /* in a row */
    struct hf_vault_time since; /* from when the delay counts */
};

/* After so many failures in a row: 0, 0, 0, 1 s, 2 s, 4 s … HF_VAULT_DELAY_MS_MAX. Pure. */
uint64_t hf_vault_delay_ms(uint32_t failures);

/* What is left of the delay. The clock that moved less counts, so setting one forward wins nothing while the machine
 * runs; after a restart only the wall clock is left. A wall clock that was set back lets the whole delay begin again:
 * *tries is then changed (its since), and the caller keeps it. Pure. */
uint64_t hf_vault_tries_left_ms(struct hf_vault_tries *tries, struct hf_vault_time now, bool *out_changed);

/* One more failure, at `now`. Pure. */
void hf_vault_tries_add(struct hf_vault_tries *tries, struct hf_vault_time now);

/* Bytes that are not such a file decode as no failures. */
void hf_vault_tries_encode(const struct hf_vault_tries *tries, uint8_t out[HF_VAULT_TRIES_BYTES]);
void hf_vault_tries_decode(struct hf_slice bytes, struct hf_vault_tries *out_tries);

/* Both clocks now. A test is linked with a function of its own. */
struct hf_vault_time hf_vault_now(void);

#endif
