/* The made-up office and device of support_stores.h with snapshots: a record is an entry of somebody else that assigns
 * nothing, a case is what the office has of it now, and a part holds a few records. The device keeps what it was given
 * of a case apart until the case is whole, and asserts that nothing that it has is given again. */
#ifndef HF_TESTS_PROTOCOL_SUPPORT_SNAPSHOT_H
#define HF_TESTS_PROTOCOL_SUPPORT_SNAPSHOT_H

#include "protocol/message.h"
#include "protocol/session_client.h"

#define FAKE_PART     2 /* records in a part */
#define FAKE_SNAP_MAX 5 /* cases, as FAKE_CASES */

struct fake_snapshots {
    bool on;        /* the device asks for them */
    uint64_t least; /* as it says */
    bool done;      /* of the first sync */
    uint64_t past;  /* entries of cases below came so */
    uint64_t noted;
    struct hf_snapshot_at at;
    bool one_declined[FAKE_SNAP_MAX];
    uint64_t size[FAKE_SNAP_MAX]; /* log size at which a case came; 0: not so */
    uint64_t staged[64];
    size_t staged_count;
    size_t parts, records; /* stored */
};
/* What a reply borrows from. */
struct fake_part {
    struct hf_snapshot_device device;
    struct hf_snapshot_case cases[FAKE_SNAP_MAX];
    struct hf_snapshot_record records[FAKE_PART];
    struct hf_snapshot_change changes[FAKE_PART];
    uint8_t packed[FAKE_PART][2];
    uint8_t leaf[HF_LEAF_BYTES];
    struct hf_proof none;
};
struct fake_office;
struct fake_device;
void fake_snapshot_answer(const struct fake_office *office, const struct hf_message *request, struct hf_message *out,
                          struct fake_part *part);
void fake_snapshot_facts(const struct fake_device *device, struct hf_client_facts *out);
void fake_snapshot_store(struct fake_device *device, const struct hf_message *message, bool one_case);
/* No part that is here is asked for. */
void fake_snapshot_asked(const struct fake_device *device, const struct hf_msg_snapshot *asked);

#endif
