/* The lease: without contact to the office for some days a replica is to be locked until it has synced (formats.md 4).
 * Here is only the count; the client refuses what needs the records.
 *
 * What is counted is time that has passed, never a point in time: at each look the wall clock's step since the last
 * look, or that of the machine's own clock if it is longer. A clock that was set back takes nothing away, costs
 * HF_LEASE_SET_BACK_MS and from then on counts as before: whoever sets it back before every opening has 2 openings for
 * each day of the lease, and a device whose clock battery is flat as many starts. One that jumped far ahead ends the
 * lease; the next contact makes good for it, whatever the clock says then. */
#ifndef HF_CORE_REPLICA_LEASE_H
#define HF_CORE_REPLICA_LEASE_H

#include "core/replica/replica.h"

#define HF_LEASE_DAYS_DEFAULT 14
#define HF_LEASE_DAYS_MAX     366
#define HF_LEASE_DAY_MS       UINT64_C(86400000)
#define HF_LEASE_SLACK_MS     (HF_LEASE_DAY_MS / 24) /* a clock is put right by so much without cost */
#define HF_LEASE_SET_BACK_MS  (HF_LEASE_DAY_MS / 2)

struct hf_lease_now {
    uint64_t wall_ms;    /* Unix ms */
    uint64_t machine_ms; /* since the machine started, sleep included, by a clock that nobody sets; 0: not known */
};
struct hf_lease {
    uint32_t days;
    uint64_t left_ms; /* 0: it is over */
};

/* Counts the time since the last look. It begins with the first look after the enrolment; before, all of it is left.
 * Stored from time to time and with hf_replica_lease_keep; a disk that is full stops nobody. */
HF_CHECKED enum hf_status hf_replica_lease(struct hf_replica *replica, struct hf_lease_now now, struct hf_lease *out,
                                           struct hf_error *err);
/* Stores what was counted; before the replica closes. */
void hf_replica_lease_keep(struct hf_replica *replica);
/* The office was spoken to, and the sync came to its end: the whole lease is left again. days: what the office's policy
 * says. HF_ERR_INVALID for 0 or more than HF_LEASE_DAYS_MAX; nothing changes then. */
HF_CHECKED enum hf_status hf_replica_lease_renew(struct hf_replica *replica, uint32_t days, uint64_t wall_ms,
                                                 struct hf_error *err);

#endif
