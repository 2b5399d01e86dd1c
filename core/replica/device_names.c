#include "core/replica/device_names.h"

#include "core/replica/replica_internal.h"

/* A device that began its chain anew was let in again: it keeps its first place. */
enum hf_status hf_replica_device_number(struct hf_replica *replica, const uint8_t device[HF_SIGN_PUBLIC_BYTES],
                                        uint64_t *out_number)
{
    struct hf_rows rows;
    uint64_t number = 0;
    hf_rows_begin_text(&rows, replica,
                       "SELECT count(DISTINCT other.device) FROM devices AS other,"
                       " (SELECT person, min(enrolled_at) AS enrolled_at FROM devices"
                       "  WHERE device = ? AND person IS NOT NULL) AS this"
                       " WHERE other.person = this.person AND other.enrolled_at <= this.enrolled_at");
    hf_rows_bind_bytes(&rows, hf_slice_of(device, HF_SIGN_PUBLIC_BYTES));
    if (hf_rows_next(&rows))
        number = hf_rows_u64(&rows, 0);
    enum hf_status status = hf_rows_end(&rows, NULL);
    if (status == HF_OK)
        *out_number = number;
    return status;
}
