/* What travels in a carried file beside changes: drafts and chunks of attachments, as the messages of the protocol.
 * Inside client/. */
#ifndef HF_CLIENT_BUNDLE_LANES_H
#define HF_CLIENT_BUNDLE_LANES_H

#include "client/handle.h"
#include "protocol/carry.h"
#include "protocol/message.h"

/* For the office: drafts and ends of drafts that it does not know, chunks that it does not have and, unless the device
 * was revoked, what it would fetch. What does not fit any more goes with the next file: out->follows. */
HF_CHECKED enum hf_status hf_bundle_put_lanes(struct holdfast *hf, struct hf_carry_writer *writer, uint32_t *request,
                                              struct holdfast_bundle *out);
/* An answer of the office about these; others are passed over. `line`: a number of this file, not 0. */
HF_CHECKED enum hf_status hf_bundle_take_lane(struct holdfast *hf, uint64_t line, const struct hf_message *asked,
                                              const struct hf_message *said, struct holdfast_bundle *out);

/* For holders of a case: a bundle of kind 4 behind what is in the file; none when there is nothing. Drafts are not
 * handed on: they are not signed, and only the office can say whose they are. */
HF_CHECKED enum hf_status hf_bundle_put_attachments(struct holdfast *hf, const struct hf_class_key *key, bool all,
                                                    struct hf_buf *file, struct holdfast_bundle *out);
/* Parts of a bundle of kind 4: what fits the signed root is stored. HF_ERR_AUTH, HF_ERR_INVALID, with text. */
HF_CHECKED enum hf_status hf_bundle_take_attachments(struct holdfast *hf, uint64_t line, const struct hf_carry *bundle,
                                                     struct holdfast_bundle *out);

#endif
