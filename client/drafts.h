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

/* Whether a procedure that the case follows is read so that drafts of such a meeting are shown to nobody. */
HF_CHECKED enum hf_status hf_drafts_held_back(struct hf_replica *replica, const struct hf_draft *draft,
                                              bool *out_held_back, struct hf_error *err);
/* HF_ERR_DENIED with the handle's text when a procedure that the case follows is read so that drafts of its meetings
 * are shown to nobody (the setting "draft_sharing", draft_share.c). HF_OK for what is of no meeting. */
HF_CHECKED enum hf_status hf_drafts_may_share(struct holdfast *hf, const struct hf_id *record_id);

/* Own drafts that are shared and may not be any more are shared no more (hf_replica_draft_hold_back). Asked before
 * drafts are told to the office, so that no word goes to others after the decision is known here. */
HF_CHECKED enum hf_status hf_drafts_hold_back(struct hf_replica *replica, struct hf_error *err);

/* The reference of a case for people; "" when it is not here. Lives in texts. */
const char *hf_drafts_reference(struct holdfast *hf, const struct hf_id *case_id, struct hf_texts *texts);

#endif
