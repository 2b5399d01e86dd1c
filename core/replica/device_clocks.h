/* What the office measured of the devices' clocks, as its "clock" notes in the log say. It decides nothing: it stands
 * beside the times that changes bear. */
#ifndef HF_CORE_REPLICA_DEVICE_CLOCKS_H
#define HF_CORE_REPLICA_DEVICE_CLOCKS_H

#include "core/model/body_caseload.h"
#include "core/replica/replica.h"

extern const char hf_replica_device_clock_tables[];

/* A note at this place in the log; inside a transaction. The same note again changes nothing. */
HF_CHECKED enum hf_status hf_replica_device_clock_take(struct hf_replica *replica, const struct hf_caseload_note *note,
                                                       uint64_t log_index, struct hf_error *err);
/* The office's clock less the device's, as measured last before `log_index` (HF_INDEX_NONE: at all); 0: never. */
HF_CHECKED enum hf_status hf_replica_device_clock(struct hf_replica *replica,
                                                  const uint8_t device[HF_SIGN_PUBLIC_BYTES], uint64_t log_index,
                                                  int64_t *out_offset_ms);

#endif
