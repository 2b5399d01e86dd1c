/* What a clock that is off is told as. Inside client/; the public functions are in attention.c. */
#ifndef HF_CLIENT_ATTENTION_H
#define HF_CLIENT_ATTENTION_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/clock.h"

#define HF_CLOCK_TEXT_BYTES 200

/* offset_ms: the office's clock less this device's. "" when it is tolerable. Pure. */
void hf_clock_text(int64_t offset_ms, char out[HF_CLOCK_TEXT_BYTES]);

#endif
