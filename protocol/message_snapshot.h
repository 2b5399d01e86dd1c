/* SNAPSHOT and SNAPSHOT_IS on the wire; the part of message.h for them. Inside protocol/. Pure.
 *
 * 19 SNAPSHOT    case bin16 or nil (every case that this device may read), least, checkpoint size, noted, at
 *     least: with fewer records than this in what is asked for the device reads the history instead
 *     noted: the index, plus 1, of the "digests" note that the device has; 0: none
 *     at: [case bin16 or nil, size, record bin16 or nil] (struct hf_snapshot_at)
 * 20 SNAPSHOT_IS few bool, log size, [[case, key id, epoch, key bin32] …], note, batch bin, [left case bin16 …], at,
 *     more bool
 *     note: nil, or [index, leaf bin312, body bin, checkpoint bin, its size, [hash …] consistency, [hash …] inclusion]
 *     batch, squeezed as that of a FEED: [[device bin32, incarnation] …], [[case bin16, size, begins, ends, records]
 * …], [packed bin …], [[index, device …] …]: for each record of the batch one list, an index as the difference to the
 *     index before it (0 at first), twice, minus 1 when it is negative */
#ifndef HF_PROTOCOL_MESSAGE_SNAPSHOT_H
#define HF_PROTOCOL_MESSAGE_SNAPSHOT_H

#include "core/pack/cursor.h"
#include "protocol/changes.h"
#include "protocol/message.h"

enum hf_status hf_snapshot_check(const struct hf_message *message);
enum hf_status hf_snapshot_is_check(const struct hf_message *message);

void hf_snapshot_put(struct hf_buf *out, const struct hf_message *message);
void hf_snapshot_is_put(struct hf_buf *out, const struct hf_message *message);

/* Errors show in the cursor. */
void hf_snapshot_take(struct hf_cursor *cursor, struct hf_msg_snapshot *out);
void hf_snapshot_is_take(struct hf_cursor *cursor, hf_changes_own_fn *own, void *ctx, struct hf_snapshot_part *out);

#endif
