#include "server/clocks.h"

#include "core/model/body_caseload.h"
#include "server/batch.h"

#include <string.h>

/* By how much the device was ahead of the office both times; 0 when it was not. */
static int64_t lead_of(int64_t noted, int64_t offset)
{
    const int64_t nearer = noted > offset ? noted : offset;
    return nearer < 0 ? -nearer : 0;
}

static bool has_moved(const struct hf_device_row *device, uint64_t office_ms, uint64_t device_ms)
{
    const int64_t noted = hf_clock_offset(device->clock_office_ms, device->clock_device_ms);
    const int64_t offset = hf_clock_offset(office_ms, device_ms);
    const int64_t moved = offset > noted ? offset - noted : noted - offset;
    return moved >= HF_CLOCK_TOLERATE_MS && moved >= lead_of(noted, offset) / HF_CLOCKS_LEAD_PART;
}

static enum hf_status add_note(struct hf_batch *batch, const struct hf_device_row *device)
{
    struct hf_caseload_note note = {
        .what = HF_CASELOAD_CLOCK, .office_ms = device->clock_office_ms, .device_ms = device->clock_device_ms};
    memcpy(note.device, device->device, sizeof note.device);
    return hf_batch_note(batch, &note);
}

void hf_clocks_note(struct hf_office *office, const struct hf_device_row *device, uint64_t device_ms)
{
    struct hf_batch batch;
    struct hf_device_row *row = NULL;
    if (device_ms == 0 || device->state == HF_DEVICE_PENDING)
        return;
    hf_batch_begin(&batch, office);
    if (has_moved(device, batch.now_ms, device_ms) && hf_batch_device(&batch, device->device, &row) == HF_OK) {
        row->clock_office_ms = batch.now_ms;
        row->clock_device_ms = device_ms;
        if (add_note(&batch, row) != HF_OK || hf_batch_commit(&batch) != HF_OK)
            row->clock_office_ms = row->clock_device_ms = 0; /* nothing was written */
    }
    hf_batch_clear(&batch);
}
