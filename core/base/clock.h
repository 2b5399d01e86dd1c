/* The hybrid logical clock of a change chain: 48-bit Unix milliseconds ‖ 16-bit counter (formats.md 1, offset 8).
 * Pure: the wall clock is an argument. Clocks order a chain and inform people; they never decide a clash. */
#ifndef HF_CORE_BASE_CLOCK_H
#define HF_CORE_BASE_CLOCK_H

#include "core/base/status.h"

#include <stdint.h>

#define HF_CLOCK_LEAD_MS_MAX (24ull * 60 * 60 * 1000) /* how far others may take it forward of our own wall clock */

#define HF_CLOCK_TOLERATE_MS (5 * 60 * 1000) /* a device's clock is said to be off from so much on */

typedef uint64_t hf_clock;

hf_clock hf_clock_make(uint64_t unix_ms, uint16_t counter);
uint64_t hf_clock_ms(hf_clock clock);
uint16_t hf_clock_counter(hf_clock clock);

/* The next value of a chain whose last value was `last` when the wall clock says `now_ms`: strictly greater than
 * `last`. A counter that runs over carries into the milliseconds. */
hf_clock hf_clock_tick(hf_clock last, uint64_t now_ms);

/* What `last` becomes after hearing `heard` from others: the greater, but a `heard` more than HF_CLOCK_LEAD_MS_MAX
 * ahead of `now_ms` is ignored. */
hf_clock hf_clock_hear(hf_clock last, hf_clock heard, uint64_t now_ms);

/* office less device, both Unix ms; within what 49 bits hold. */
int64_t hf_clock_offset(uint64_t office_ms, uint64_t device_ms);
/* "3 years 2 months fast", "1 hour slow"; "" when it is tolerable. */
#define HF_CLOCK_OFF_BYTES 80
void hf_clock_off_text(int64_t offset_ms, char out[HF_CLOCK_OFF_BYTES]);

#endif
