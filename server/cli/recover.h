/* holdfastd recover: opens a device's folder with the organisation's recovery key. */
#ifndef HF_SERVER_CLI_RECOVER_H
#define HF_SERVER_CLI_RECOVER_H

#include "core/base/bytes.h"

/* The words after "recover". The exit code. */
int hf_cli_recover(const struct hf_slice *args, size_t count);

#endif
