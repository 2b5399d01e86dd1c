/* holdfastd guard: new. */
#ifndef HF_SERVER_CLI_GUARD_H
#define HF_SERVER_CLI_GUARD_H

#include "core/base/bytes.h"

/* args: behind "guard". Returns the exit code. */
int hf_cli_guard(const struct hf_slice *args, size_t count);

#endif
