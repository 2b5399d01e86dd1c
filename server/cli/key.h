/* holdfastd key: request, sign, take. */
#ifndef HF_SERVER_CLI_KEY_H
#define HF_SERVER_CLI_KEY_H

#include "core/base/bytes.h"

/* args: behind "key". Returns the exit code. */
int hf_cli_key(const struct hf_slice *args, size_t count);

#endif
