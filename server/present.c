#include "server/present.h"

#include "server/batch.h"

#include <string.h>

void hf_present_here(struct hf_office *office, struct hf_present *present, const uint8_t device[HF_SIGN_PUBLIC_BYTES])
{
    if (present->place)
        return;
    memcpy(present->device, device, sizeof present->device);
    present->next = office->present;
    present->place = &office->present;
    if (present->next)
        present->next->place = &present->next;
    office->present = present;
}

bool hf_present_is_here(const struct hf_office *office, const uint8_t device[HF_SIGN_PUBLIC_BYTES])
{
    for (const struct hf_present *at = office->present; at; at = at->next) {
        if (memcmp(at->device, device, sizeof at->device) == 0)
            return true;
    }
    return false;
}

void hf_present_note(struct hf_office *office, const uint8_t device[HF_SIGN_PUBLIC_BYTES], uint64_t every_ms)
{
    struct hf_batch batch;
    struct hf_device_row *row = NULL;
    hf_batch_begin(&batch, office);
    if (hf_batch_device(&batch, device, &row) == HF_OK && batch.now_ms > row->last_seen_ms + every_ms) {
        const uint64_t before_ms = row->last_seen_ms;
        row->last_seen_ms = batch.now_ms;
        if (hf_batch_commit(&batch) != HF_OK)
            row->last_seen_ms = before_ms;
    }
    hf_batch_clear(&batch);
}

void hf_present_gone(struct hf_present *present)
{
    if (!present->place)
        return;
    *present->place = present->next;
    if (present->next)
        present->next->place = present->place;
    present->place = NULL;
}
