/* Slices (borrowed bytes), buffers (owned, growing bytes) and big-endian integers. */
#ifndef HF_CORE_BASE_BYTES_H
#define HF_CORE_BASE_BYTES_H

#include "core/base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Borrowed bytes; data may be NULL only when len is 0. Whoever made the slice owns what it points to. */
struct hf_slice {
    const uint8_t *data;
    size_t len;
};

struct hf_slice hf_slice_of(const void *data, size_t len);
/* The bytes of a NUL-terminated string, without the NUL. */
struct hf_slice hf_slice_str(const char *text);
bool hf_slice_equal(struct hf_slice a, struct hf_slice b);
/* Bytewise order, shorter first on a common prefix; <0, 0, >0. */
int hf_slice_compare(struct hf_slice a, struct hf_slice b);

/* Owned bytes that grow. Remembers its first error (HF_ERR_NOMEM or HF_ERR_LIMIT): writing code needs one check at
 * the end. After an error every append is a no-op. Zero-initialised is a valid empty buffer without a limit. */
struct hf_buf {
    uint8_t *data;
    size_t len;
    size_t cap;
    size_t limit; /* most bytes it may hold; 0: no limit */
    enum hf_status status;
};

void hf_buf_init(struct hf_buf *buf, size_t limit_bytes);
/* Overwrites and frees the bytes and leaves an empty buffer with the same limit. Growing overwrites what it leaves,
 * too.
 */
void hf_buf_clear(struct hf_buf *buf);
/* The same, said where the content is secret. */
void hf_buf_wipe(struct hf_buf *buf);
/* Keeps storage, forgets content and error. */
void hf_buf_reset(struct hf_buf *buf);
void hf_buf_reserve(struct hf_buf *buf, size_t more_bytes);
void hf_buf_append(struct hf_buf *buf, const void *data, size_t len);
void hf_buf_append_slice(struct hf_buf *buf, struct hf_slice slice);
void hf_buf_append_str(struct hf_buf *buf, const char *text);
void hf_buf_append_fmt(struct hf_buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
void hf_buf_append_u8(struct hf_buf *buf, uint8_t value);
void hf_buf_append_u16(struct hf_buf *buf, uint16_t value);
void hf_buf_append_u32(struct hf_buf *buf, uint32_t value);
void hf_buf_append_u64(struct hf_buf *buf, uint64_t value);
void hf_buf_append_zeros(struct hf_buf *buf, size_t len);
/* Borrowed view; valid until the next change of the buffer. */
struct hf_slice hf_buf_slice(const struct hf_buf *buf);
/* First error or HF_OK. */
HF_CHECKED enum hf_status hf_buf_status(const struct hf_buf *buf);

/* Big-endian integers in fixed places. */
void hf_put_u16(uint8_t out[2], uint16_t value);
void hf_put_u32(uint8_t out[4], uint32_t value);
void hf_put_u64(uint8_t out[8], uint64_t value);
uint16_t hf_get_u16(const uint8_t in[2]);
uint32_t hf_get_u32(const uint8_t in[4]);
uint64_t hf_get_u64(const uint8_t in[8]);

#endif
