#include "client/clock.h"

#include "core/replica/carried.h"
#include "core/replica/device_clocks.h"

#define MOVED_MS 30000 /* less is nothing new */

int64_t hf_clock_measure(uint64_t server_ms, uint64_t wall_ms, uint64_t round_trip_ms)
{
    if (server_ms > INT64_MAX / 2 || wall_ms > INT64_MAX / 2 || round_trip_ms > INT64_MAX / 2)
        return 0;
    return (int64_t)(server_ms + round_trip_ms / 2) - (int64_t)wall_ms;
}

enum hf_status hf_clock_keep(struct hf_replica *replica, int64_t offset_ms, uint64_t wall_ms, struct hf_error *err)
{
    struct hf_clock_seen seen = {0};
    enum hf_status status = hf_replica_clock_get(replica, &seen);
    if (status != HF_OK)
        return status;
    const int64_t moved = offset_ms - seen.offset_ms;
    if (seen.at_ms != 0 && moved <= MOVED_MS && moved >= -MOVED_MS)
        return HF_OK;
    seen = (struct hf_clock_seen){.offset_ms = offset_ms, .at_ms = wall_ms};
    return hf_replica_clock_put(replica, &seen, err);
}

enum hf_status hf_clock_of_change(struct hf_replica *replica, const uint8_t device[HF_SIGN_PUBLIC_BYTES],
                                  uint64_t log_index, bool own, int64_t *out_offset_ms)
{
    struct hf_clock_seen seen = {0};
    if (!own || log_index != HF_INDEX_NONE)
        return hf_replica_device_clock(replica, device, log_index, out_offset_ms);
    enum hf_status status = hf_replica_clock_get(replica, &seen);
    if (status == HF_OK)
        *out_offset_ms = seen.offset_ms;
    return status;
}
