/* Attachments of a handle. Inside client/. */
#ifndef HF_CLIENT_ATTACH_H
#define HF_CLIENT_ATTACH_H

#include "client/handle.h"

#define HF_CLIENT_ATTACH_FOLDER "attachments" /* in the device's folder */

/* After the replica was opened: says where its attachments lie. */
HF_CHECKED enum hf_status hf_attach_open_folder(struct holdfast *hf);
/* The device is wiped: its files go, as far as they can be removed. */
void hf_attach_wipe(const struct holdfast *hf);
/* Before it is closed: gives up what is being added. */
void hf_attach_give_up(struct holdfast *hf);

/* What kind of file begins like this; "application/octet-stream" when it is none of those known. A borrowed text. */
const char *hf_attach_media_type(struct hf_slice head);
#define HF_ATTACH_HEAD_BYTES 16 /* what it looks at */
/* A photograph that is to be scaled and cleaned before it is sealed. */
bool hf_attach_is_photo(const char *media_type);
/* A kind of picture that may name where it was taken and cannot be cleaned here. */
bool hf_attach_is_refused(const char *media_type);

/* What to do about one that is lost. */
#define HF_ATTACH_LOST_TEXT                                                                                            \
    "Its file is neither on this device nor at the office any more. Add it again from where you have it, then remove " \
    "this entry."

#endif
