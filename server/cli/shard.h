/* holdfastd shard … */
#ifndef HF_SERVER_CLI_SHARD_H
#define HF_SERVER_CLI_SHARD_H

#include "core/base/bytes.h"

int hf_cli_shard(const struct hf_slice *args, size_t count);

#endif
