/* Ingest: pushed changes of one device. Checks leaf, chain, signature and seal; decides with core/merge what takes
 * effect; commits all of it at once. Every leaf whose signature and chain hold is logged; what may not take effect is
 * held, with a reason (formats.md 1, "Held, not dropped"). */
#ifndef HF_SERVER_INGEST_H
#define HF_SERVER_INGEST_H

#include "server/batch.h"

/* Fills results[0..count) (same order as items) and commits. A change that is in the log already gets its old answer.
 * An item that cannot be logged (broken chain, fork, bad signature, unknown key) ends the batch: nothing of this call
 * is stored and err says what to do; HF_ERR_AUTH, HF_ERR_STATE, HF_ERR_INVALID. HF_ERR_FULL/HF_ERR_IO: the disk. */
HF_CHECKED enum hf_status hf_ingest_push(struct hf_office *office, const struct hf_peer *peer,
                                         const struct hf_item *items, size_t count, struct hf_msg_pushed *results,
                                         struct hf_error *err);

/* For hand_on.h: logs one whole change, whose signature and number were checked, as a change of `author`; what it has
 * seen is not looked at. HF_ERR_AUTH, HF_ERR_INVALID: its content does not fit, or its key is not here. */
HF_CHECKED enum hf_status hf_ingest_log_whole(struct hf_batch *batch, const struct hf_peer *author,
                                              const struct hf_item *item, struct hf_msg_pushed *result,
                                              struct hf_error *err);

#endif
