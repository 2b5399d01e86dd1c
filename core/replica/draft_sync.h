/* Drafts between devices: sealed under a subkey of the case's class key, one for each record and device, by way of the
 * office, which cannot tell what is in them without opening its key store. The seal binds case, record, device, version
 * and whether it is shared; who wrote it is what the office says. */
#ifndef HF_CORE_REPLICA_DRAFT_SYNC_H
#define HF_CORE_REPLICA_DRAFT_SYNC_H

#include "core/model/draft_item.h"
#include "core/replica/drafts.h"

/* Whether this device has drafts, or ends of drafts, that the office does not know of. */
HF_CHECKED enum hf_status hf_replica_drafts_pending(struct hf_replica *replica, bool *out, struct hf_error *err);
/* Whether any of others is here whose record has changed since (hf_replica_seen_now): it may have ended. 0: any. */
HF_CHECKED enum hf_status hf_replica_drafts_held(struct hf_replica *replica, uint64_t since, bool *out,
                                                 struct hf_error *err);

/* What to tell the office in one exchange. Owns its memory. */
struct hf_drafts_out {
    struct hf_draft_item *items;
    size_t item_count;
    struct hf_draft_ref *ended;
    size_t ended_count;
    struct hf_draft_ref *held; /* of others, here */
    size_t held_count;
    struct hf_buf bytes; /* the blobs */
};
/* At most items_max drafts with at most bytes_max of blobs, and ends. The caller clears *out, also after an error. */
HF_CHECKED enum hf_status hf_replica_drafts_out(struct hf_replica *replica, size_t items_max, size_t bytes_max,
                                                struct hf_drafts_out *out, struct hf_error *err);
void hf_drafts_out_clear(struct hf_drafts_out *out);

/* What the office answered to `asked`. */
struct hf_drafts_in {
    const enum hf_draft_result *results; /* of asked->items */
    size_t result_count;
    const struct hf_draft_item *items; /* of others */
    size_t item_count;
    const uint32_t *gone; /* places in asked->held */
    size_t gone_count;
    const struct hf_draft_ref *ended; /* own ones, taken over and saved elsewhere */
    size_t ended_count;
};
/* All in one transaction. A draft that was changed since it was sent stays pending; one that the office refused is not
 * sent again until it changes. A blob whose seal does not fit, or whose key is not here, is left out: it is only a
 * draft. An own draft that ended elsewhere goes, unless it was changed here since. */
HF_CHECKED enum hf_status hf_replica_drafts_in(struct hf_replica *replica, const struct hf_drafts_out *asked,
                                               const struct hf_drafts_in *in, struct hf_error *err);

#endif
