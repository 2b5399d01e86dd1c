#include "core/replica/device_clocks.h"

#include "core/replica/replica_internal.h"

const char hf_replica_device_clock_tables[] =
    "CREATE TABLE device_clocks(device BLOB NOT NULL, log_index INTEGER NOT NULL, office_ms INTEGER NOT NULL,"
    " device_ms INTEGER NOT NULL, PRIMARY KEY(device, log_index)) WITHOUT ROWID;";

enum hf_status hf_replica_device_clock_take(struct hf_replica *replica, const struct hf_caseload_note *note,
                                            uint64_t log_index, struct hf_error *err)
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, replica, "INSERT OR REPLACE INTO device_clocks VALUES(?, ?, ?, ?)");
    hf_rows_bind_bytes(&rows, hf_slice_of(note->device, sizeof note->device));
    hf_rows_bind_u64(&rows, log_index);
    /* What no clock can say is bounded, so that it is kept as it was measured against. */
    hf_rows_bind_u64(&rows, note->office_ms < INT64_MAX ? note->office_ms : INT64_MAX);
    hf_rows_bind_u64(&rows, note->device_ms < INT64_MAX ? note->device_ms : INT64_MAX);
    return hf_rows_run(&rows, err);
}

enum hf_status hf_replica_device_clock(struct hf_replica *replica, const uint8_t device[HF_SIGN_PUBLIC_BYTES],
                                       uint64_t log_index, int64_t *out_offset_ms)
{
    struct hf_rows rows;
    int64_t offset = 0;
    hf_rows_begin_text(&rows, replica,
                       "SELECT office_ms, device_ms FROM device_clocks WHERE device = ? AND log_index < ?"
                       " ORDER BY log_index DESC LIMIT 1");
    hf_rows_bind_bytes(&rows, hf_slice_of(device, HF_SIGN_PUBLIC_BYTES));
    hf_rows_bind_u64(&rows, log_index < INT64_MAX ? log_index : INT64_MAX);
    if (hf_rows_next(&rows))
        offset = hf_clock_offset(hf_rows_u64(&rows, 0), hf_rows_u64(&rows, 1));
    enum hf_status status = hf_rows_end(&rows, NULL);
    if (status == HF_OK)
        *out_offset_ms = offset;
    return status;
}
