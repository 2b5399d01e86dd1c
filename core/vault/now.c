/* The clocks of the delay, alone in a file so that a test can be linked with others. */
#include "core/vault/tries.h"

#include <time.h>

static uint64_t read_ms(clockid_t id)
{
    struct timespec at = {0};

    (void)clock_gettime(id, &at); /* cannot fail for these two */
    return (uint64_t)at.tv_sec * 1000u + (uint64_t)at.tv_nsec / 1000000u;
}

struct hf_vault_time hf_vault_now(void)
{
    return (struct hf_vault_time){.wall_ms = read_ms(CLOCK_REALTIME), .mono_ms = read_ms(CLOCK_MONOTONIC)};
}
