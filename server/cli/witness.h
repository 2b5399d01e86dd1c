/* holdfastd witness: the half with files and HTTP; what it does to the office are commands of the office. */
#ifndef HF_SERVER_CLI_WITNESS_H
#define HF_SERVER_CLI_WITNESS_H

#include "server/admin.h"

/* args: behind "witness". True when it is one of this file's (policy, export, import, ask); *out_code is the exit
 * code then. The others are commands of the office alone. */
bool hf_cli_witness(const struct hf_slice *args, size_t count, int *out_code);

/* Asks the witnesses of a running server, by its own commands, every `seconds`, in a thread of its own. Journal gets a
 * line when something changes. NULL when seconds is 0 or no thread could be made. */
struct hf_cli_witness_asker;
struct hf_cli_witness_asker *hf_cli_witness_start(const char *data, unsigned seconds,
                                                  void (*journal)(void *ctx, const char *line));
/* Waits for the round under way, at most for one answer. NULL is fine. */
void hf_cli_witness_stop(struct hf_cli_witness_asker *asker);

#endif
