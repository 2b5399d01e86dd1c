/* What the commands about procedures share. */
#ifndef HF_CLIENT_CLI_POLICY_H
#define HF_CLIENT_CLI_POLICY_H

#include "client/cli/cli.h"
#include "core/policy/pack.h"

/* Appends a file of at most HF_JSON_BYTES_MAX (and a little, so that reading it says that it is too long). False after
 * it has said what is wrong. */
bool cli_policy_read(const char *path, struct hf_buf *out);
/* NULL after it has said what is wrong, with file, line and key. */
struct hf_policy_pack *cli_policy_load(const char *path);

#endif
