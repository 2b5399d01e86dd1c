/* A new shard of the log, when a store was put back from a backup and what was signed since cannot be had
 * (docs/keys.md, docs/decisions/0013). The log goes on under another name and with other keys from the entries that are
 * left; its first entry says so, and why, with the newest checkpoint of the log before, under the authority's
 * signature. The server is stopped. */
#ifndef HF_SERVER_NEW_SHARD_H
#define HF_SERVER_NEW_SHARD_H

#include "core/base/bytes.h"

#include <stdint.h>

struct hf_new_shard_wish {
    struct hf_slice name;   /* of the log from here on, never used before */
    struct hf_slice reason; /* 1 to 500 bytes */
    struct hf_slice note;   /* a checkpoint that somebody else has; empty: the newest that the guard remembers */
};
/* Appends the request, for `holdfastd key sign`. HF_ERR_STATE with text: nothing is missing, so there is nothing to
 * begin; HF_ERR_CONFLICT: the checkpoint contradicts the guard; HF_ERR_INVALID; HF_ERR_BUSY a server runs. */
HF_CHECKED enum hf_status hf_new_shard_request(const char *folder, const struct hf_new_shard_wish *wish,
                                               struct hf_buf *out, struct hf_error *err);
struct hf_new_shard {
    uint64_t number, size, lost; /* entries that are left, and that a checkpoint promised beyond them */
};
/* Takes the certificate: the first entry of the shard is written, and the guard lets the new name be signed from there.
 * Cut off in between, it is run again. Statuses as hf_rotate_take. */
HF_CHECKED enum hf_status hf_new_shard_take(const char *folder, struct hf_slice text, struct hf_new_shard *out,
                                            struct hf_error *err);

#endif
