/* Records that a delivery is changing. A state is unpacked when its first change comes and packed when the delivery
 * ends, however many of its changes are about it. Internal to core/replica, and inside one transaction: what is not
 * written when it is given up was never there.
 *
 * Only the state's row waits. Rows of changes and their effects are written at once; so is a record's first row. Who
 * looks at rows of records in the middle of a delivery calls hf_replica_kept_write before. */
#ifndef HF_CORE_REPLICA_KEPT_H
#define HF_CORE_REPLICA_KEPT_H

#include "core/replica/replica_internal.h"

#define HF_KEPT_RECORDS 32 /* then all are written */

struct hf_kept_record {
    struct hf_id record_id;
    struct hf_record_state state;
    uint64_t changed; /* row of the change applied last */
    bool dirty;       /* its row is older */
};
struct hf_kept {
    size_t count;
    struct hf_kept_record at[HF_KEPT_RECORDS];
};

/* From here on states are kept in *kept, which is the caller's and outlives hf_replica_kept_end. */
void hf_replica_kept_begin(struct hf_replica *replica, struct hf_kept *kept);
/* Forgets them; what was not written is lost, and hf_replica_kept_write comes before it when it is not to be. */
void hf_replica_kept_end(struct hf_replica *replica);

/* Takes the record's state out, which is the caller's then; false: it is not kept, or nothing is. */
bool hf_replica_kept_take(struct hf_replica *replica, const struct hf_id *record_id, struct hf_kept_record *out);
/* Takes over record->state, also when it fails. Only while states are kept. */
HF_CHECKED enum hf_status hf_replica_kept_put(struct hf_replica *replica, struct hf_kept_record *record,
                                              struct hf_error *err);
/* What hf_replica_kept_write does, when this record's row is older than its state. */
HF_CHECKED enum hf_status hf_replica_kept_write_of(struct hf_replica *replica, const struct hf_id *record_id,
                                                   struct hf_error *err);
/* Writes what is dirty and forgets all; HF_OK when nothing is kept. */
HF_CHECKED enum hf_status hf_replica_kept_write(struct hf_replica *replica, struct hf_error *err);

#endif
