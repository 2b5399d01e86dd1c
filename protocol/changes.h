/* The changes of a PUSH or a FEED as they travel: `batch`, squeezed msgpack, and `signatures`, which do not squeeze and
 * stand apart (docs/protocol.md, "Changes"). What can be derived is left out of items that are derivable
 * (core/model/item.h). Pure.
 *
 *   batch = [[device bin32 or nil, incarnation] …], [[seen size, seen root bin32] …], [[case bin16, key id bin16] …],
 *           [row …]
 *   row of an outline = [link, device, kind, clock ms - that of the row before, clock counter, seen, case, body]
 *       link = nil: follows the last row of its device; or [seq, prev bin32 (nil at seq 0)]
 *   row of a whole leaf = [leaf bin312, case, body]
 *   device, seen and case are numbers of table rows. In a FEED a row begins with its index - that of the row before - 1
 *   (the first: its index) and its hold. In a PUSH the device is nil: the one of the channel. */
#ifndef HF_PROTOCOL_CHANGES_H
#define HF_PROTOCOL_CHANGES_H

#include "core/model/item.h"
#include "protocol/limits.h"

/* Appends both parts. Items have passed hf_message_check. HF_ERR_INVALID: derivable items of several devices in a PUSH,
 * or a leaf that does not read; HF_ERR_LIMIT, HF_ERR_NOMEM. */
HF_CHECKED enum hf_status hf_changes_encode(const struct hf_item *items, size_t count, bool is_feed,
                                            struct hf_buf *out_batch, struct hf_buf *out_signatures);

/* Room that the message owns: zeroed, freed and wiped with it; NULL when there is none. */
typedef void *hf_changes_own_fn(void *ctx, size_t bytes);

/* Reads both parts; what the items borrow lies in room from `own`. HF_ERR_INVALID, HF_ERR_LIMIT, HF_ERR_NOMEM. */
HF_CHECKED enum hf_status hf_changes_decode(struct hf_slice batch, struct hf_slice signatures, bool is_feed,
                                            hf_changes_own_fn *own, void *ctx, struct hf_item **out_items,
                                            size_t *out_count);

#endif
