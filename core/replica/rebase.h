/* Bodies and drafts that name changes which were signed again, and so have other names now. Internal to core/replica.
 */
#ifndef HF_CORE_REPLICA_REBASE_H
#define HF_CORE_REPLICA_REBASE_H

#include "core/replica/replica_internal.h"

/* Old name to new name; zero-initialised is empty. Ascending old names. */
struct hf_rebase {
    struct hf_rebase_pair {
        struct hf_id from, to;
    } * pairs;
    size_t count, cap;
};
HF_CHECKED enum hf_status hf_rebase_add(struct hf_rebase *rebase, const struct hf_id *from, const struct hf_id *to);
/* What it is called now; itself when it was not signed again. */
struct hf_id hf_rebase_id(const struct hf_rebase *rebase, const struct hf_id *change);
void hf_rebase_clear(struct hf_rebase *rebase);

/* Appends a data body with bases and acts renamed. One that this program does not understand stays as it is. */
HF_CHECKED enum hf_status hf_rebase_body(const struct hf_rebase *rebase, struct hf_slice body, struct hf_buf *out,
                                         struct hf_error *err);
/* What this device's drafts saw, renamed. Inside the caller's transaction. */
HF_CHECKED enum hf_status hf_rebase_drafts(const struct hf_rebase *rebase, struct hf_replica *replica,
                                           struct hf_error *err);

#endif
