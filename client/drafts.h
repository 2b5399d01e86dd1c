/* What the files about drafts share, and the case's reference for rows. Inside client/. */
#ifndef HF_CLIENT_DRAFTS_H
#define HF_CLIENT_DRAFTS_H

#include "client/handle.h"
#include "client/texts.h"
#include "core/replica/drafts.h"

/* A draft as it was read for a place. */
struct hf_draft_at {
    struct hf_buf bytes;
    struct hf_draft draft; /* borrows from bytes */
    const struct hf_record_spec *type;
};
/* The draft of this record (device NULL: this device's), when it belongs to the case and form of the place; otherwise
 * HF_ERR_NOT_FOUND or HF_ERR_STATE with the handle's text. The caller wipes out->bytes in any case. */
HF_CHECKED enum hf_status hf_drafts_open(struct holdfast *hf, const struct holdfast_draft_place *place,
                                         const char *device, struct hf_draft_at *out);

/* The place of this device's draft, which another record may have taken since the window was opened: the draft moves
 * along, or has moved, and *out names where it is (draft_place.c). HF_ERR_STATE with the handle's text: there is a
 * draft there already. */
HF_CHECKED enum hf_status hf_drafts_follow(struct holdfast *hf, const struct holdfast_draft_place *place,
                                           struct holdfast_draft_place *out);

/* The body of the change that committing this device's draft would sign, appended (hf_replica_save_body). */
HF_CHECKED enum hf_status hf_draft_body(struct holdfast *hf, const struct holdfast_draft_place *place,
                                        struct hf_buf *out_body);

/* The reference of a case for people; "" when it is not here. Lives in texts. */
const char *hf_drafts_reference(struct holdfast *hf, const struct hf_id *case_id, struct hf_texts *texts);

#endif
