/* Squeezing the bytes of a batch with zstd before they are sealed in a channel. The door to zstd. Pure.
 *
 * Form: 0 ‖ the bytes as they are, or 1 ‖ one zstd frame that names its content's size. The shorter one is written.
 * Only bytes of one peer for one peer are squeezed together, so lengths tell a listener nothing about a secret of
 * somebody else beside them. */
#ifndef HF_CORE_PACK_SQUEEZE_H
#define HF_CORE_PACK_SQUEEZE_H

#include "core/base/bytes.h"

/* Appends; errors show in the buffer (HF_ERR_NOMEM, HF_ERR_LIMIT). */
void hf_squeeze(struct hf_slice bytes, struct hf_buf *out);
/* How many bytes come out. HF_ERR_LIMIT: more than max_bytes, as the frame itself says; nothing is decompressed to find
 * out. HF_ERR_INVALID: neither of the two forms, or a frame that does not say. */
HF_CHECKED enum hf_status hf_unsqueeze_size(struct hf_slice squeezed, size_t max_bytes, size_t *out_len);
/* Fills exactly len bytes, as hf_unsqueeze_size gave them; never writes more. HF_ERR_INVALID: damaged, or another
 * length than it says. HF_ERR_NOMEM. */
HF_CHECKED enum hf_status hf_unsqueeze(struct hf_slice squeezed, uint8_t *out, size_t len);

#endif
