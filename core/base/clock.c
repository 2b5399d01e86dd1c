#include "core/base/clock.h"

#include "core/base/assert.h"
#include "core/base/text.h"

#include <stdio.h>

#define COUNTER_BITS 16u
#define UNIX_MS_MAX  ((1ull << 48) - 1)

hf_clock hf_clock_make(uint64_t unix_ms, uint16_t counter)
{
    /* A wall clock past the year 10889 stands still rather than turning back to 1970. */
    uint64_t ms = unix_ms < UNIX_MS_MAX ? unix_ms : UNIX_MS_MAX;
    return ms << COUNTER_BITS | counter;
}

uint64_t hf_clock_ms(hf_clock clock)
{
    return clock >> COUNTER_BITS;
}

uint16_t hf_clock_counter(hf_clock clock)
{
    return (uint16_t)clock;
}

hf_clock hf_clock_tick(hf_clock last, uint64_t now_ms)
{
    HF_ASSERT(last < UINT64_MAX);
    hf_clock wall = hf_clock_make(now_ms, 0);
    return wall > last ? wall : last + 1; /* + 1 carries a full counter into the milliseconds */
}

hf_clock hf_clock_hear(hf_clock last, hf_clock heard, uint64_t now_ms)
{
    uint64_t heard_ms = hf_clock_ms(heard);
    if (heard <= last || (heard_ms > now_ms && heard_ms - now_ms > HF_CLOCK_LEAD_MS_MAX))
        return last;
    return heard;
}

int64_t hf_clock_offset(uint64_t office_ms, uint64_t device_ms)
{
    const uint64_t office = office_ms < UNIX_MS_MAX ? office_ms : UNIX_MS_MAX;
    const uint64_t device = device_ms < UNIX_MS_MAX ? device_ms : UNIX_MS_MAX;
    return (int64_t)office - (int64_t)device;
}

void hf_clock_off_text(int64_t offset_ms, char out[HF_CLOCK_OFF_BYTES])
{
    const uint64_t off = offset_ms < 0 ? 0 - (uint64_t)offset_ms : (uint64_t)offset_ms;
    char span[HF_CLOCK_OFF_BYTES - 8];
    out[0] = '\0';
    if (off < HF_CLOCK_TOLERATE_MS)
        return;
    hf_text_span(off, span, sizeof span);
    (void)snprintf(out, HF_CLOCK_OFF_BYTES, "%s %s", span, offset_ms > 0 ? "slow" : "fast");
}
