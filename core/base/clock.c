#include "core/base/clock.h"

#include "core/base/assert.h"

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
