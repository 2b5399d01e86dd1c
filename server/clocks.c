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

/* What was measured at `office_ms`. */
static void write_note(struct hf_office *office, const struct hf_device_row *device, uint64_t office_ms,
                       uint64_t device_ms)
{
    struct hf_batch batch;
    struct hf_device_row *row = NULL;
    hf_batch_begin(&batch, office);
    if (hf_batch_device(&batch, device->device, &row) == HF_OK) {
        row->clock_office_ms = office_ms;
        row->clock_device_ms = device_ms;
        if (add_note(&batch, row) != HF_OK || hf_batch_commit(&batch) != HF_OK)
            row->clock_office_ms = row->clock_device_ms = 0; /* nothing was written */
    }
    hf_batch_clear(&batch);
}

static bool is_worth_it(const struct hf_device_row *device, uint64_t office_ms, uint64_t device_ms)
{
    return device_ms != 0 && device->state != HF_DEVICE_PENDING && has_moved(device, office_ms, device_ms);
}

void hf_clocks_note(struct hf_office *office, const struct hf_device_row *device, uint64_t device_ms)
{
    const uint64_t now_ms = office->wall_ms(office->clock_ctx);
    if (is_worth_it(device, now_ms, device_ms))
        write_note(office, device, now_ms, device_ms);
}

/* --- measured, and nothing came yet --- */

static void note_kept(struct hf_office *office, struct hf_clock_kept *kept)
{
    struct hf_device_row row;
    if (kept->device_ms != 0 && office->store->ops->device(office->store, kept->device, NULL, &row) == HF_OK) {
        if (is_worth_it(&row, kept->office_ms, kept->device_ms))
            write_note(office, &row, kept->office_ms, kept->device_ms);
        hf_wipe(&row, sizeof row);
    }
    *kept = (struct hf_clock_kept){.device_ms = 0};
}

static struct hf_clock_kept *find_kept(struct hf_office *office, const uint8_t device[HF_SIGN_PUBLIC_BYTES])
{
    for (size_t i = 0; i < HF_CLOCKS_KEPT; i++) {
        struct hf_clock_kept *kept = &office->clocks.at[i];
        if (kept->device_ms != 0 && memcmp(kept->device, device, sizeof kept->device) == 0)
            return kept;
    }
    return NULL;
}

void hf_clocks_hello(struct hf_office *office, const struct hf_device_row *device, uint64_t device_ms, bool has_more)
{
    const uint64_t now_ms = office->wall_ms(office->clock_ctx);
    struct hf_clock_kept *kept = find_kept(office, device->device);
    if (kept) /* of an earlier connection */
        *kept = (struct hf_clock_kept){.device_ms = 0};
    if (!is_worth_it(device, now_ms, device_ms))
        return;
    if (has_more) {
        write_note(office, device, now_ms, device_ms);
        return;
    }
    kept = &office->clocks.at[office->clocks.next++ % HF_CLOCKS_KEPT];
    note_kept(office, kept);
    kept->office_ms = now_ms;
    kept->device_ms = device_ms;
    memcpy(kept->device, device->device, sizeof kept->device);
}

void hf_clocks_push(struct hf_office *office, const uint8_t device[HF_SIGN_PUBLIC_BYTES])
{
    struct hf_clock_kept *kept = find_kept(office, device);
    if (kept)
        note_kept(office, kept);
}
