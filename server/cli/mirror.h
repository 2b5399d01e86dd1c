/* holdfastd mirror, holdfastd recover-log. */
#ifndef HF_SERVER_CLI_MIRROR_H
#define HF_SERVER_CLI_MIRROR_H

#include "core/base/bytes.h"

int hf_cli_mirror(const struct hf_slice *args, size_t count);
int hf_cli_recover_log(const struct hf_slice *args, size_t count);

#endif
