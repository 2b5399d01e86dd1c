#include "tools/simulator/mutants.h"

#include "core/base/mutant.h"

#include <string.h>

#ifdef HF_MUTANTS

#define NAME(mutant, what) [HF_MUTANT_##mutant] = what,
static const char *const names[HF_MUTANT_COUNT] = {[HF_MUTANT_NONE] = "", HF_MUTANT_LIST(NAME)};
enum hf_mutant hf_mutant_now;

size_t sim_mutant_count(void)
{
    return HF_MUTANT_COUNT - 1;
}

void sim_mutant_set(size_t at)
{
    hf_mutant_now = (enum hf_mutant)(at + 1);
}

bool sim_mutant_choose(const char *name)
{
    for (size_t i = 1; i < HF_MUTANT_COUNT; i++) {
        if (strcmp(names[i], name) != 0)
            continue;
        hf_mutant_now = (enum hf_mutant)i;
        return true;
    }
    return false;
}

const char *sim_mutant_name(void)
{
    return names[hf_mutant_now];
}

#else

size_t sim_mutant_count(void)
{
    return 0;
}

void sim_mutant_set(size_t at)
{
    (void)at;
}

bool sim_mutant_choose(const char *name)
{
    (void)name;
    return false;
}

const char *sim_mutant_name(void)
{
    return "";
}

#endif
