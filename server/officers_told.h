/* How the two officers of an erasure came in, for people: one human under two names is found by nobody but somebody who
 * looks, so what there is to look at is said wherever an erasure is asked for, confirmed and listed. */
#ifndef HF_SERVER_OFFICERS_TOLD_H
#define HF_SERVER_OFFICERS_TOLD_H

#include "core/model/officer.h"
#include "server/office.h"

/* By the device that signs. A device whose invitation the office does not have any more is one that nothing is known
 * of. */
HF_CHECKED enum hf_status hf_officers_let_in(struct hf_office *office, const uint8_t device[HF_SIGN_PUBLIC_BYTES],
                                             struct hf_let_in *out);
/* Appends "let in on 2026-11-20 by Ann Admin". */
void hf_officers_tell_let_in(struct hf_office *office, const struct hf_let_in *let_in, struct hf_buf *out);
/* Appends a line of its own when there is a reason to ask, and nothing otherwise. */
void hf_officers_tell_doubt(const struct hf_let_in *first, const struct hf_let_in *second, struct hf_buf *out);

/* Two devices that were let in by one invitation are one: HF_ERR_DENIED with text. */
HF_CHECKED enum hf_status hf_officers_need_two(struct hf_office *office, const uint8_t first[HF_SIGN_PUBLIC_BYTES],
                                               const uint8_t second[HF_SIGN_PUBLIC_BYTES], struct hf_error *err);

/* Appends a line for each device in use of a records officer. */
HF_CHECKED enum hf_status hf_officers_tell_all(struct hf_office *office, struct hf_buf *out);

#endif
