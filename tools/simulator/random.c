#include "tools/simulator/random.h"

#include <sodium.h>
#include <string.h>

static uint64_t stream;

uint64_t sim_next(uint64_t *state)
{
    uint64_t z = (*state += 0x9E3779B97F4A7C15ull);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    return z ^ (z >> 31);
}

size_t sim_below(uint64_t *state, size_t limit)
{
    return (size_t)(sim_next(state) % limit);
}

bool sim_chance(uint64_t *state, unsigned percent)
{
    return sim_below(state, 100) < percent;
}

static const char *source_name(void)
{
    return "simulator";
}

static uint32_t source_word(void)
{
    return (uint32_t)sim_next(&stream);
}

static void source_fill(void *const out, const size_t len)
{
    uint8_t *at = out;
    for (size_t done = 0; done < len;) {
        uint64_t word = sim_next(&stream);
        size_t part = len - done < sizeof word ? len - done : sizeof word;
        memcpy(at + done, &word, part);
        done += part;
    }
}

void sim_random_install(void)
{
    static randombytes_implementation source = {
        .implementation_name = source_name, .random = source_word, .buf = source_fill};
    (void)randombytes_set_implementation(&source);
}

void sim_random_seed(uint64_t seed)
{
    stream = seed;
}
