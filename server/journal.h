/* Reads (kind 8): a page of a device's journal, sealed under a key that the device made and the key store keeps.
 * Logged, never fed to anybody, no state; auditors open it in a bundle with contents. */
#ifndef HF_SERVER_JOURNAL_H
#define HF_SERVER_JOURNAL_H

#include "core/model/item.h"
#include "server/batch.h"

/* The key that the first page of a journal brings. HF_ERR_NOT_FOUND when it brings none that can be opened. Wipe *out.
 */
HF_CHECKED enum hf_status hf_journal_key(const struct hf_office *office, const uint8_t device[HF_SIGN_PUBLIC_BYTES],
                                         const struct hf_item *item, struct hf_class_key *out);
/* A page belongs to the journal of its device and year, or, when it gives a reason about one case, to that case: it
 * goes with it (core/model/body_read.h).
 *
 * A page counts when it is sealed under its own device's journal key and can be read; also from a revoked device, whose
 * last readings are what an auditor asks for. Otherwise it is held: HF_HOLD_RIGHT, HF_HOLD_FORM; HF_HOLD_OFFICER when
 * it says that a copy was released by somebody who is no records officer as the page arrives. */
HF_CHECKED enum hf_status hf_journal_decide(struct hf_batch *batch, const struct hf_id *reader,
                                            const struct hf_leaf *leaf, const struct hf_class_key *key,
                                            struct hf_slice body, enum hf_hold *out);
/* Keeps the journal key of a page, once: of one that counts, and of one that is held for want of a right, which is what
 * auditors have to be able to read. */
HF_CHECKED enum hf_status hf_journal_keep_key(const struct hf_office *office, const struct hf_class_key *key);

#endif
