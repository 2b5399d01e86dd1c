/* By how much the office's clock and this device's differ, as a connection shows it. Inside client/. */
#ifndef HF_CLIENT_CLOCK_H
#define HF_CLIENT_CLOCK_H

#include "core/replica/replica.h"

/* The office's clock less this device's: the server read its own about half a round trip before its answer came. Pure.
 */
int64_t hf_clock_measure(uint64_t server_ms, uint64_t wall_ms, uint64_t round_trip_ms);
/* Kept when it says something new: each time is a write to the disk. */
HF_CHECKED enum hf_status hf_clock_keep(struct hf_replica *replica, int64_t offset_ms, uint64_t wall_ms,
                                        struct hf_error *err);
/* What the office measured when that device handed this in; for a change of this device that is not in the log yet
 * (HF_INDEX_NONE), what was measured here last. 0: never. */
HF_CHECKED enum hf_status hf_clock_of_change(struct hf_replica *replica, const uint8_t device[HF_SIGN_PUBLIC_BYTES],
                                             uint64_t log_index, bool own, int64_t *out_offset_ms);

#endif
