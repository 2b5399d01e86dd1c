/* A first sync as a snapshot (docs/decisions/0006): the state of cases in its packed form instead of their history, and
 * the server's note that ties it to the log. What both sides and the wire say of it; nothing here computes.
 *
 * Records come in ascending order of case and record. The digest of a case is hf_merge_digest over its records, those
 * of restricted types left out: what only named people read travels with the feed. */
#ifndef HF_CORE_MODEL_SNAPSHOT_H
#define HF_CORE_MODEL_SNAPSHOT_H

#include "core/model/item.h"
#include "core/model/payload.h"

struct hf_proof; /* core/log/tree.h */

#define HF_DIGESTS_CASES_MAX 512 /* in one note */

/* How far a device has come. */
struct hf_snapshot_at {
    struct hf_id case_id;   /* zero: nothing is here yet */
    uint64_t size;          /* 0: the case is here as a whole; otherwise it is at this log size … */
    struct hf_id record_id; /* … and here up to this record */
};
/* Of a change that an entry of a state names. */
struct hf_snapshot_change {
    uint64_t index;  /* its place in the log */
    uint32_t device; /* number in the table of devices */
};
struct hf_snapshot_device {
    uint8_t device[HF_SIGN_PUBLIC_BYTES];
    uint32_t incarnation;
};
struct hf_snapshot_record {
    struct hf_slice packed;                   /* hf_record_state_encode */
    const struct hf_snapshot_change *changes; /* of hf_standing_named, in its order */
    size_t change_count;
};
/* A run of records of one case. */
struct hf_snapshot_case {
    struct hf_id case_id;
    uint64_t size; /* of the log whose note has the digest of the case */
    bool begins, ends;
    size_t record_count;
};
/* The server's note "digests" where it stands in the log, the checkpoint that covers it, and the proofs. */
struct hf_snapshot_note {
    uint64_t index;
    struct hf_slice leaf, body;
    struct hf_slice checkpoint;
    uint64_t checkpoint_size;           /* as the checkpoint says */
    const struct hf_proof *consistency; /* from the checkpoint that the device has */
    const struct hf_proof *inclusion;
};
struct hf_snapshot_part {
    bool few;          /* there are fewer records than the device asked for: it reads the history, and nothing else is
                          said here */
    uint64_t log_size; /* when this was gathered */
    struct hf_class_key *keys;
    size_t key_count;
    bool has_note; /* the one that this part relies on, when the device does not have it */
    struct hf_snapshot_note note;
    struct hf_snapshot_device *devices;
    size_t device_count;
    struct hf_snapshot_case *cases;
    size_t case_count;
    struct hf_snapshot_record *records;
    size_t record_count;
    struct hf_id *left; /* cases whose history the device is to read instead */
    size_t left_count;
    struct hf_snapshot_at next;
    bool more;
};

/* --- the note -------------------------------------------------------------------------------------------------------
 * { 1 "digests", 2 size uint, 3 bin: (case 16 ‖ SHA-256 32) … ascending }: the states of these cases as the log stands
 * at this size. Carries ids of cases only. */
struct hf_case_digest {
    struct hf_id case_id;
    uint8_t digest[HF_HASH_BYTES];
};
struct hf_digests_body {
    uint64_t size;
    size_t count;
    struct hf_slice rows; /* borrowed */
};
/* Cases ascend; 1 to HF_DIGESTS_CASES_MAX. Appends; errors show in the buffer. */
void hf_digests_body_encode(uint64_t size, const struct hf_case_digest *cases, size_t count, struct hf_buf *out);
/* HF_ERR_UNSUPPORTED: a note of another name; HF_ERR_INVALID, HF_ERR_LIMIT. Borrows. */
HF_CHECKED enum hf_status hf_digests_body_decode(struct hf_slice bytes, struct hf_digests_body *out);
/* NULL: the note does not name the case. Borrowed from the body. */
const uint8_t *hf_digests_body_find(const struct hf_digests_body *body, const struct hf_id *case_id);

#endif
