/* Ids of parts that exist once (an agenda item, an attendance decision): derived, so that two devices meet in one
 * record, and so anybody who knows the parent can begin another record under such an id first, in another case or of
 * another type. That record stands; the part goes on under the id that follows, the same on every device
 * (docs/merge.md, decision 0014). */
#ifndef HF_CORE_REPLICA_PART_H
#define HF_CORE_REPLICA_PART_H

#include "core/replica/replica.h"

/* Where a part of this case and type is, or begins: `first` (hf_model_slot_id), or the first id after it that no other
 * record holds, as far as this device knows – its own records, and own changes that the office holds because another
 * record stands there. After HF_PART_IDS_MAX of them it is an id that
 * nobody can know before. Reads; now_ms for that one. */
HF_CHECKED enum hf_status hf_replica_part_id(struct hf_replica *replica, const struct hf_id *case_id, uint16_t type,
                                             const struct hf_id *first, uint64_t now_ms, struct hf_id *out);
/* Whether a record of another case or type stands under the id, as far as this device knows. */
HF_CHECKED enum hf_status hf_replica_id_taken(struct hf_replica *replica, const struct hf_id *case_id, uint16_t type,
                                              const struct hf_id *id, bool *out);

#endif
