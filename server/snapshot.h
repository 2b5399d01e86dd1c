/* Answers SNAPSHOT: the state of cases instead of their history, for a device that has nothing of them
 * (docs/decisions/0006). What is given is tied to the log: a note "digests" says the digest of each case, written when
 * somebody asks and a case is not as the note before says, and the log is signed before the answer goes.
 *
 * Given are cases that the peer may read, without records of restricted types. Left to the feed are cases of which the
 * person may read a restricted record, cases with an entry that is held or waits (a snapshot is all that took effect,
 * and nothing else can ever come back into it), and cases with a record that does not fit. A case whose opening is held
 * is one of them: who reads all cases may write there, and what they write counts.
 *
 * Memory: one part, and for up to HF_SNAPSHOT_KEPT_MAX cases what the newest note said of them; lost with the process,
 * which then writes another note. */
#ifndef HF_SERVER_SNAPSHOT_H
#define HF_SERVER_SNAPSHOT_H

#include "server/office.h"

#define HF_SNAPSHOT_KEPT_MAX   8192
#define HF_SNAPSHOT_AHEAD_MAX  4096          /* records whose digests one note takes in */
#define HF_SNAPSHOT_NOTES_MAX  256           /* own notes that are no news for anybody */
#define HF_SNAPSHOT_RECORD_MAX (256u * 1024) /* a larger packed record leaves its case to the feed */

HF_CHECKED enum hf_status hf_snapshot_answer(struct hf_office *office, const struct hf_peer *peer,
                                             const struct hf_message *request, struct hf_reply *reply);
/* Whether the entry at this index is one of the newest "digests" notes of this process. */
bool hf_snapshot_wrote(const struct hf_office *office, uint64_t index);
void hf_snapshot_forget(struct hf_office *office);

/* --- snapshot_digests.c, inside these two files --- */

/* What the log says of a case. */
struct hf_snapshot_kept {
    struct hf_id case_id;
    uint64_t note;    /* index of the note that says it, which is also the log size that it holds for */
    uint64_t checked; /* log size at which the digest was found to be so still */
    size_t records;   /* that travel */
    uint8_t digest[HF_HASH_BYTES];
};
/* A case and what is to be known of it before it is given. */
struct hf_snapshot_look {
    bool give;      /* otherwise it is left to the feed */
    size_t records; /* that travel */
    uint8_t digest[HF_HASH_BYTES];
};
/* Reads the case's records. */
HF_CHECKED enum hf_status hf_snapshot_look_at(struct hf_office *office, const struct hf_peer *peer,
                                              const struct hf_id *case_id, struct hf_snapshot_look *out);
/* Whether an entry of the case is held or waits. */
HF_CHECKED enum hf_status hf_snapshot_unsettled(struct hf_office *office, const struct hf_id *case_id, bool *out);
/* The note that says what the case is now; NULL: none does, as far as this process knows. */
const struct hf_snapshot_kept *hf_snapshot_kept_of(struct hf_office *office, const struct hf_id *case_id,
                                                   const uint8_t digest[HF_HASH_BYTES]);
/* The same, without a look at the records: only while the log is as long as when it was checked. A person who may read
 * a restricted record of it is not given it all the same. */
const struct hf_snapshot_kept *hf_snapshot_kept_now(struct hf_office *office, const struct hf_id *case_id);
/* Writes one note for these cases, which ascend; `records` of each travel. *out_index: where it stands. */
HF_CHECKED enum hf_status hf_snapshot_note_write(struct hf_office *office, const struct hf_case_digest *cases,
                                                 const size_t *records, size_t count, uint64_t *out_index);

#endif
