/* Once the office's log was found not to be the one this device saw before, the device trusts it no more: it keeps what
 * it found, and syncs no more until a person says that it should look again. Everything here is as it was. */
#ifndef HF_CORE_REPLICA_DISTRUST_H
#define HF_CORE_REPLICA_DISTRUST_H

#include "core/log/evidence.h"
#include "core/replica/replica.h"

struct hf_distrust {
    bool found;
    uint64_t found_ms;
    char text[HF_ERROR_TEXT_BYTES]; /* what was wrong, for a person */
};
HF_CHECKED enum hf_status hf_replica_distrust(struct hf_replica *replica, struct hf_distrust *out,
                                              struct hf_error *err);
/* Appends the evidence (core/log/evidence.h). HF_ERR_NOT_FOUND: this device trusts the log. */
HF_CHECKED enum hf_status hf_replica_evidence(struct hf_replica *replica, struct hf_buf *out, struct hf_error *err);
/* The next sync looks again, as hard as before; the evidence goes. HF_ERR_NOT_FOUND: there is nothing to forget. */
HF_CHECKED enum hf_status hf_replica_distrust_end(struct hf_replica *replica, struct hf_error *err);

/* --- inside core/replica --- */
extern const char hf_replica_distrust_tables[];
struct hf_finding {
    struct hf_slice note; /* the checkpoint that was shown; the one seen before when it is not about that */
    const struct hf_proof *consistency; /* as it was shown */
    struct hf_slice shown;              /* a leaf that the office calls this device's; empty: it is not about that */
    uint64_t place;                     /* of it in the log, as the office says */
    const char *text;                   /* for a person */
};
/* Keeps the first finding; a later one changes nothing. In a transaction of its own. */
HF_CHECKED enum hf_status hf_replica_distrust_begin(struct hf_replica *replica, const struct hf_finding *finding,
                                                    uint64_t now_ms);

#endif
