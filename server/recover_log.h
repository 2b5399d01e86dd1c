/* Bringing a store that was put back from a backup up to what was signed since, from the mirror (suffix.h). */
#ifndef HF_SERVER_RECOVER_LOG_H
#define HF_SERVER_RECOVER_LOG_H

#include "core/base/status.h"

#include <stdint.h>

struct hf_recovered {
    uint64_t before; /* log size of the store that was put back */
    uint64_t after;
    uint64_t commits;
    uint64_t lost_records; /* whose keys are not in the key store */
};
/* First reads all of the suffix and holds it against the newest checkpoint that the signing guard knows; then commits
 * it, one commit after the other. Stopped in between, it can be run again. HF_ERR_BUSY a server runs on the folder;
 * HF_ERR_CONFLICT with text: the mirror ends too early, or leads to another log: nothing was changed; HF_ERR_CORRUPT a
 * file of the mirror does not hold: nothing was changed. */
HF_CHECKED enum hf_status hf_recover_log(const char *folder, const char *mirror, struct hf_recovered *out,
                                         struct hf_error *err);

#endif
