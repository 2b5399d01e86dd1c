/* A command of the office, run on the folder, or by the server that runs on it. */
#ifndef HF_SERVER_CLI_OFFICE_RUN_H
#define HF_SERVER_CLI_OFFICE_RUN_H

#include "server/admin.h"

#define HF_CLI_ARGS_MAX   64
#define HF_CLI_PATH_BYTES 4096

HF_CHECKED enum hf_status hf_cli_office_run(const char *data, const struct hf_slice *args, size_t count,
                                            struct hf_admin_result *result, struct hf_error *err);
/* Takes --data out of the arguments; the rest, in order, is at most `count` long. False: it is missing or too long. */
bool hf_cli_take_data(const struct hf_slice *args, size_t count, struct hf_slice *rest, size_t *rest_count,
                      char data[HF_CLI_PATH_BYTES]);

#endif
