#include "core/base/assert.h"

#include <stdio.h>
#include <stdlib.h>

void hf_assert_failed(const char *expression, const char *file, int line)
{
    fprintf(stderr, "%s:%d: this should never happen: %s\n", file, line, expression);
    abort();
}
