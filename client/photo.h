/* Photographs, scaled to at most 1600 pixels on the long side, turned upright, and without what a camera writes into
 * them (position, time, device, thumbnail): domain.md UX-26. The pixels are decoded by a program of their own,
 * holdfast-photo, which gets the bytes by a pipe and gives bytes back: it opens no file and no connection and holds no
 * key, and when a hostile picture brings it down nothing is lost. Inside client/. */
#ifndef HF_CLIENT_PHOTO_H
#define HF_CLIENT_PHOTO_H

#include "core/base/bytes.h"

#define HF_PHOTO_BYTES_MAX (32u * 1024 * 1024)

/* Appends the clean picture (JPEG, or PNG for a PNG) to out. HF_ERR_UNSUPPORTED: the program is not there;
 * HF_ERR_INVALID: this is no picture that it can read; HF_ERR_LIMIT: too many pixels or bytes; HF_ERR_NOMEM; HF_ERR_IO.
 * Texts in err. Waits at most HF_PHOTO_WAIT_MS. */
#define HF_PHOTO_WAIT_MS 60000
HF_CHECKED enum hf_status hf_photo_clean(struct hf_slice picture, struct hf_buf *out, struct hf_error *err);

#endif
