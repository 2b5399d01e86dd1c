/* One round over all witnesses with an address: request, POST, take. The office is reached by its own commands, in this
 * process or in a server that runs, so that nobody waits for a witness but the caller. */
#ifndef HF_SERVER_WITNESS_ASK_H
#define HF_SERVER_WITNESS_ASK_H

#include "server/admin.h"

/* Runs one of the office's commands. */
typedef enum hf_status hf_witness_run_fn(void *ctx, const struct hf_slice *args, size_t count,
                                         struct hf_admin_result *result, struct hf_error *err);
struct hf_witness_round {
    size_t asked;       /* witnesses with an address */
    size_t signed_now;  /* of them, signed something new */
    size_t failed;      /* could not be reached, refused, or answered what does not hold */
    struct hf_buf text; /* a line for each that failed; the caller clears */
};
/* HF_OK also when witnesses failed: the round says so. Other statuses: the office could not be asked. */
HF_CHECKED enum hf_status hf_witness_ask(hf_witness_run_fn *run, void *ctx, struct hf_witness_round *out,
                                         struct hf_error *err);

#endif
