/* The released procedures on the server: who may release, decide and record what, for real. The book is made from the
 * store when it is first asked for and kept; it is a pure function of the log, so it can be thrown away at any time. */
#ifndef HF_SERVER_POLICIES_H
#define HF_SERVER_POLICIES_H

#include "core/policy/book.h"
#include "server/batch.h"

/* As this batch leaves it. Borrowed until the batch goes on, hf_policies_forget or hf_office_close. */
HF_CHECKED enum hf_status hf_policies_book(struct hf_batch *batch, struct hf_book **out);
/* The book will be made anew: for when something that was held counts now, or the store is another one. */
void hf_policies_forget(struct hf_office *office);

/* A policy leaf (kind 9): HF_HOLD_ROLE unless the author's role may release; HF_HOLD_FORM for a file that cannot be
 * used, or a version that was released before with another content. Sets *out_hold only then. */
HF_CHECKED enum hf_status hf_policies_decide_release(struct hf_batch *batch, const struct hf_peer *peer,
                                                     const struct hf_class_key *key, struct hf_slice body,
                                                     enum hf_hold *out_hold);
/* A change of a record of the office case: settings and posts by the office and administrators, cover by managers too
 * and by the person who is away, an acknowledgement by the person whom it names. *out: it may. */
HF_CHECKED enum hf_status hf_policies_may_write_office(struct hf_batch *batch, const struct hf_peer *peer,
                                                       const struct hf_data_body *body, bool *out);
/* The rights of the packs in force: sets *out_hold to HF_HOLD_ROLE when the author has none of the roles that a right
 * asks for, to HF_HOLD_NEEDS when what it needs is missing. Roles and packs are those of the day that the log tells:
 * that of the last entry which the server signed itself. When that day is over the server signs a "day" note first
 * (core/model/body_caseload.h), so that whoever replays the log reaches the same answer. The clock of the change plays
 * no part: its author sets it. To be asked when all bases of the change are in the log and count. */
HF_CHECKED enum hf_status hf_policies_decide_rights(struct hf_batch *batch, const struct hf_id *person,
                                                    const struct hf_data_body *body, enum hf_hold *out_hold);

/* True when it is known that no pack was released and nobody covers for anybody: nothing follows from what a case's
 * records say but from a handover. */
bool hf_policies_idle(const struct hf_office *office);

/* After a change took effect inside a batch: the book goes with it. A release comes with its body. */
HF_CHECKED enum hf_status hf_policies_took_effect(struct hf_batch *batch, enum hf_leaf_kind kind,
                                                  const struct hf_id *change_id, const struct hf_id *case_id,
                                                  struct hf_slice body);
/* The batch was committed, or is cleared: what was not committed is forgotten. */
void hf_policies_committed(struct hf_office *office);
void hf_policies_given_up(struct hf_office *office);

/* The records of a case as the batch leaves them; clear with hf_policies_records_clear. */
struct hf_policies_records {
    struct hf_record_state *records;
    size_t count, cap;
};
HF_CHECKED enum hf_status hf_policies_records(struct hf_batch *batch, const struct hf_id *case_id,
                                              struct hf_policies_records *out);
void hf_policies_records_clear(struct hf_policies_records *records);

#endif
