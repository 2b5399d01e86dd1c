/* Inside tools/audit: who may sign, and how far each one's chain has come. Sorted by key, so that no choice of keys
 * makes looking one up slow. */
#ifndef HF_TOOLS_AUDIT_DEVICES_H
#define HF_TOOLS_AUDIT_DEVICES_H

#include "core/model/body.h"

struct hf_audit_device {
    uint8_t key[HF_SIGN_PUBLIC_BYTES];
    enum hf_role role;   /* as enrolled, or as a later "role" note of the server says */
    struct hf_id person; /* zero for the server */
    uint32_t incarnation;
    uint64_t enrolled_at; /* entry */
    struct hf_id invitation;
    bool says_inviter;       /* its first enrolment does */
    struct hf_id invited_by; /* zero: at the office's own machine */
    uint64_t invited_ms;
    bool revoked;
    uint64_t revoked_at;  /* entry */
    bool given_up;        /* of the server: another key took its place … */
    uint64_t given_up_at; /* … with this entry */
    uint64_t changes;     /* in all incarnations */
    /* the chain of the present incarnation */
    uint64_t next_seq;
    uint8_t head[HF_HASH_BYTES]; /* of its last leaf; zero before the first */
    hf_clock clock;
    uint64_t last_entry; /* of the last leaf */
    size_t log;          /* that the last leaf was signed for: 0 the first, then a shard each */
    struct hf_buf gaps;  /* struct hf_audit_gap …: numbers that were lost with the end of a log, or may come yet */
    int64_t clock_offset_ms; /* the office's clock less the device's, as a "clock" note says; 0: never measured */
};

struct hf_audit_gap {
    uint32_t incarnation;
    uint64_t first, last;
};
HF_CHECKED enum hf_status hf_audit_device_add_gap(struct hf_audit_device *device, uint32_t incarnation, uint64_t first,
                                                  uint64_t last);
/* Takes a number out of the gaps; *out: it was in one. HF_ERR_NOMEM. */
HF_CHECKED enum hf_status hf_audit_device_fill_gap(struct hf_audit_device *device, uint32_t incarnation, uint64_t seq,
                                                   bool *out);

/* Zero-initialised is empty. */
struct hf_audit_devices {
    struct hf_audit_device **sorted;
    size_t count;
    size_t cap;
};

/* NULL when there is no such device. Borrowed. */
struct hf_audit_device *hf_audit_devices_find(const struct hf_audit_devices *devices,
                                              const uint8_t key[HF_SIGN_PUBLIC_BYTES]);
/* The key must be new. NULL: no memory. Borrowed; the rest is zero. */
struct hf_audit_device *hf_audit_devices_add(struct hf_audit_devices *devices, const uint8_t key[HF_SIGN_PUBLIC_BYTES]);
/* Begins a chain anew. */
void hf_audit_device_restart(struct hf_audit_device *device, uint32_t incarnation);
/* Moves the chain on by one leaf that was checked; chain_hash is its SHA-256. */
void hf_audit_device_advance(struct hf_audit_device *device, uint64_t index, const struct hf_leaf *leaf,
                             const uint8_t chain_hash[HF_HASH_BYTES]);
/* Distinct persons of the enrolled devices. HF_ERR_NOMEM. */
HF_CHECKED enum hf_status hf_audit_devices_people(const struct hf_audit_devices *devices, size_t *out_count);
size_t hf_audit_devices_revoked(const struct hf_audit_devices *devices);
void hf_audit_devices_clear(struct hf_audit_devices *devices);

#endif
