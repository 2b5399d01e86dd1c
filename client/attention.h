/* What a clock that is off is told as. Inside client/; the public functions are in attention.c. */
#ifndef HF_CLIENT_ATTENTION_H
#define HF_CLIENT_ATTENTION_H

#include <stddef.h>
#include <stdint.h>

#define HF_CLOCK_TEXT_BYTES  200
#define HF_CLOCK_TOLERATE_MS (5 * 60 * 1000) /* nobody is told of less */

/* offset_ms: the office's clock less this device's. "" when it is tolerable. Pure. */
void hf_clock_text(int64_t offset_ms, char out[HF_CLOCK_TEXT_BYTES]);
/* "3 years 2 months", "5 hours", "1 minute": the two largest units, rounded down. Pure. */
void hf_span_text(uint64_t span_ms, char *out, size_t size);

#endif
