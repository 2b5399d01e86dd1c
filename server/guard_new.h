/* A signing guard made anew, when the one before was lost with the machine: it is in no backup (docs/keys.md, "When the
 * whole machine is lost"). It begins at the newest checkpoint that somebody else has. From then on all is as after any
 * restore: the server refuses to sign while its log is shorter than that, and `recover-log` or a new shard lead on. The
 * authority is not asked: whoever has the folder has the log's key, and what finds out a server that forgot are the
 * checkpoints that others hold. The log says that it was done. */
#ifndef HF_SERVER_GUARD_NEW_H
#define HF_SERVER_GUARD_NEW_H

#include "server/office.h"

struct hf_guard_new_wish {
    struct hf_slice note; /* the newest checkpoint that anybody has; empty: nobody has one newer than the store's own */
    struct hf_slice reason; /* 1 to HF_GUARD_REASON_BYTES_MAX bytes */
};
struct hf_guard_made {
    uint64_t size;    /* of the checkpoint that it begins with */
    uint64_t entries; /* that the log has */
};
/* The server is stopped. HF_ERR_EXISTS: there is a guard; HF_ERR_INVALID: the reason, or a checkpoint that this log's
 * keys did not sign; HF_ERR_STATE: one that is older than the store's own, of a shard before, or there is none;
 * HF_ERR_CONFLICT: the checkpoint is of another history than the log, or key store and log do not belong together;
 * HF_ERR_BUSY. With text; no guard was made then. */
HF_CHECKED enum hf_status hf_guard_new(const char *folder, const struct hf_guard_new_wish *wish,
                                       struct hf_guard_made *out, struct hf_error *err);

/* As an office opens, behind its first hf_office_publish: the log says that its guard was made anew, once, also when
 * that was cut off. Cheap when there is nothing to say. */
HF_CHECKED enum hf_status hf_guard_new_settle(struct hf_office *office, struct hf_error *err);

#endif
