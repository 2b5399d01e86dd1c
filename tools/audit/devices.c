#include "tools/audit/devices.h"

#include "core/base/assert.h"

#include <stdlib.h>
#include <string.h>

/* Where the key stands, or where it would have to stand. */
static size_t place_of(const struct hf_audit_devices *devices, const uint8_t *key, bool *out_found)
{
    size_t low = 0;
    size_t high = devices->count;
    *out_found = false;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = memcmp(devices->sorted[middle]->key, key, HF_SIGN_PUBLIC_BYTES);
        if (order == 0) {
            *out_found = true;
            return middle;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct hf_audit_device *hf_audit_devices_find(const struct hf_audit_devices *devices,
                                              const uint8_t key[HF_SIGN_PUBLIC_BYTES])
{
    bool found;
    size_t place = place_of(devices, key, &found);
    return found ? devices->sorted[place] : NULL;
}

static bool make_room(struct hf_audit_devices *devices)
{
    if (devices->count < devices->cap)
        return true;
    size_t cap = devices->cap ? devices->cap * 2 : 16;
    struct hf_audit_device **sorted = realloc(devices->sorted, cap * sizeof(struct hf_audit_device *));
    if (!sorted)
        return false;
    devices->sorted = sorted;
    devices->cap = cap;
    return true;
}

struct hf_audit_device *hf_audit_devices_add(struct hf_audit_devices *devices, const uint8_t key[HF_SIGN_PUBLIC_BYTES])
{
    bool found;
    size_t place = place_of(devices, key, &found);
    HF_ASSERT(!found);
    struct hf_audit_device *device = calloc(1, sizeof *device);
    if (!device || !make_room(devices)) {
        free(device);
        return NULL;
    }
    memcpy(device->key, key, sizeof device->key);
    struct hf_audit_device **at = devices->sorted + place;
    memmove(at + 1, at, (devices->count - place) * sizeof(struct hf_audit_device *));
    *at = device;
    devices->count++;
    return device;
}

void hf_audit_device_restart(struct hf_audit_device *device, uint32_t incarnation)
{
    device->incarnation = incarnation;
    device->revoked = false;
    device->next_seq = 0;
    device->clock = 0;
    memset(device->head, 0, sizeof device->head);
}

void hf_audit_device_advance(struct hf_audit_device *device, uint64_t index, const struct hf_leaf *leaf,
                             const uint8_t chain_hash[HF_HASH_BYTES])
{
    device->changes++;
    device->next_seq = leaf->seq + 1;
    device->clock = leaf->clock;
    device->last_entry = index;
    memcpy(device->head, chain_hash, sizeof device->head);
}

enum hf_status hf_audit_device_add_gap(struct hf_audit_device *device, uint32_t incarnation, uint64_t first,
                                       uint64_t last)
{
    const struct hf_audit_gap gap = {.incarnation = incarnation, .first = first, .last = last};
    hf_buf_append(&device->gaps, &gap, sizeof gap);
    return hf_buf_status(&device->gaps);
}

enum hf_status hf_audit_device_fill_gap(struct hf_audit_device *device, uint32_t incarnation, uint64_t seq, bool *out)
{
    *out = false;
    for (size_t at = 0; at < device->gaps.len; at += sizeof(struct hf_audit_gap)) {
        struct hf_audit_gap gap;
        memcpy(&gap, device->gaps.data + at, sizeof gap);
        if (gap.incarnation != incarnation || seq < gap.first || seq > gap.last)
            continue;
        *out = true;
        const struct hf_audit_gap before = {incarnation, gap.first, seq - 1}; /* read only when it holds something */
        const bool has_before = seq > gap.first, has_after = seq < gap.last;
        gap.first = seq + 1;
        if (!has_after) /* an empty one: first above last */
            gap = (struct hf_audit_gap){.incarnation = incarnation, .first = 1, .last = 0};
        memcpy(device->gaps.data + at, has_before && !has_after ? &before : &gap, sizeof gap);
        return has_before && has_after ? hf_audit_device_add_gap(device, incarnation, before.first, before.last)
                                       : HF_OK;
    }
    return HF_OK;
}

static int compare_people(const void *a, const void *b)
{
    return hf_id_compare(a, b);
}

enum hf_status hf_audit_devices_people(const struct hf_audit_devices *devices, size_t *out_count)
{
    size_t known = 0;
    size_t count = 0;
    struct hf_id *people = calloc(devices->count + 1, sizeof *people);
    if (!people)
        return HF_ERR_NOMEM;
    for (size_t i = 0; i < devices->count; i++) {
        if (!hf_id_is_zero(&devices->sorted[i]->person))
            people[known++] = devices->sorted[i]->person;
    }
    qsort(people, known, sizeof *people, compare_people);
    for (size_t i = 0; i < known; i++)
        count += i == 0 || !hf_id_equal(&people[i], &people[i - 1]);
    free(people);
    *out_count = count;
    return HF_OK;
}

size_t hf_audit_devices_revoked(const struct hf_audit_devices *devices)
{
    size_t count = 0;
    for (size_t i = 0; i < devices->count; i++)
        count += devices->sorted[i]->revoked;
    return count;
}

void hf_audit_devices_clear(struct hf_audit_devices *devices)
{
    for (size_t i = 0; i < devices->count; i++) {
        hf_buf_clear(&devices->sorted[i]->gaps);
        free(devices->sorted[i]);
    }
    free(devices->sorted);
    *devices = (struct hf_audit_devices){.count = 0};
}
