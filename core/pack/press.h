/* Pressing one small text at rest with zstd, each by itself, against words of our own that never change
 * (press_words.h). Nothing is pressed against another text, so what is deleted leaves no word in a neighbour.
 *
 * Form: 0 ‖ the bytes as they are, or 1 ‖ one zstd frame without its magic number, made with these words, that names
 * its content's size and ends with zstd's checksum of it. The shorter one is written. */
#ifndef HF_CORE_PACK_PRESS_H
#define HF_CORE_PACK_PRESS_H

#include "core/base/bytes.h"

/* Keeps zstd's working memory between calls. One thread at a time. */
struct hf_press;
/* NULL: no memory. */
struct hf_press *hf_press_new(void);
/* Overwrites what it held: pieces of the texts. NULL is fine. */
void hf_press_free(struct hf_press *press);

/* Appends the form; errors show in the buffer. */
void hf_press_pack(struct hf_press *press, struct hf_slice bytes, struct hf_buf *out);
/* Appends what was pressed. HF_ERR_LIMIT: more than max_bytes, as the frame itself says; nothing is unpacked to find
 * out. HF_ERR_CORRUPT: neither of the two forms, or damaged. HF_ERR_NOMEM. out is then as it was. */
HF_CHECKED enum hf_status hf_press_unpack(struct hf_press *press, struct hf_slice pressed, size_t max_bytes,
                                          struct hf_buf *out);

#endif
