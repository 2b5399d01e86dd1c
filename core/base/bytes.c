#include "core/base/bytes.h"

#include "core/base/assert.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GROWTH_BYTES_MIN 64u

/* --- slices --- */

struct hf_slice hf_slice_of(const void *data, size_t len)
{
    HF_ASSERT(data || len == 0);
    return (struct hf_slice){.data = data, .len = len};
}

struct hf_slice hf_slice_str(const char *text)
{
    return hf_slice_of(text, strlen(text));
}

bool hf_slice_equal(struct hf_slice a, struct hf_slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

int hf_slice_compare(struct hf_slice a, struct hf_slice b)
{
    size_t common = a.len < b.len ? a.len : b.len;
    int order = common ? memcmp(a.data, b.data, common) : 0;
    if (order != 0)
        return order;
    return (a.len > b.len) - (a.len < b.len);
}

/* --- buffers --- */

void hf_buf_init(struct hf_buf *buf, size_t limit_bytes)
{
    *buf = (struct hf_buf){.limit = limit_bytes};
}

static void wipe(uint8_t *data, size_t len)
{
    memset(data, 0, len);
    /* Without this the compiler may drop a memset that comes just before free. */
    __asm__ __volatile__("" : : "r"(data) : "memory");
}

/* Wiped also where nobody asked for it: what is in it may be a record, and a lock leaves none in memory. */
void hf_buf_clear(struct hf_buf *buf)
{
    if (buf->data)
        wipe(buf->data, buf->cap);
    free(buf->data);
    hf_buf_init(buf, buf->limit);
}

void hf_buf_wipe(struct hf_buf *buf)
{
    hf_buf_clear(buf);
}

void hf_buf_reset(struct hf_buf *buf)
{
    buf->len = 0;
    buf->status = HF_OK;
}

static size_t next_capacity(const struct hf_buf *buf, size_t need)
{
    size_t cap = buf->cap <= SIZE_MAX / 2 ? buf->cap * 2 : need;
    if (buf->limit && cap > buf->limit)
        cap = buf->limit;
    if (cap < GROWTH_BYTES_MIN)
        cap = GROWTH_BYTES_MIN;
    return cap < need ? need : cap;
}

/* Makes room for more_bytes of content, which count against the limit, and spare_bytes of storage, which do not. */
static bool make_room(struct hf_buf *buf, size_t more_bytes, size_t spare_bytes)
{
    if (buf->status != HF_OK)
        return false;
    if (buf->limit && (buf->len > buf->limit || more_bytes > buf->limit - buf->len)) {
        buf->status = HF_ERR_LIMIT;
        return false;
    }
    size_t free_bytes = buf->cap - buf->len;
    if (more_bytes <= free_bytes && spare_bytes <= free_bytes - more_bytes)
        return true;
    if (more_bytes > SIZE_MAX - buf->len || spare_bytes > SIZE_MAX - buf->len - more_bytes) {
        buf->status = HF_ERR_NOMEM;
        return false;
    }
    size_t cap = next_capacity(buf, buf->len + more_bytes + spare_bytes);
    uint8_t *data = malloc(cap);
    if (!data) {
        buf->status = HF_ERR_NOMEM;
        return false;
    }
    if (buf->data) {
        memcpy(data, buf->data, buf->len);
        wipe(buf->data, buf->cap);
        free(buf->data);
    }
    buf->data = data;
    buf->cap = cap;
    return true;
}

void hf_buf_reserve(struct hf_buf *buf, size_t more_bytes)
{
    (void)make_room(buf, more_bytes, 0);
}

void hf_buf_append(struct hf_buf *buf, const void *data, size_t len)
{
    HF_ASSERT(data || len == 0);
    if (len == 0 || !make_room(buf, len, 0))
        return;
    memcpy(buf->data + buf->len, data, len);
    buf->len += len;
}

void hf_buf_append_slice(struct hf_buf *buf, struct hf_slice slice)
{
    hf_buf_append(buf, slice.data, slice.len);
}

void hf_buf_append_str(struct hf_buf *buf, const char *text)
{
    hf_buf_append(buf, text, strlen(text));
}

void hf_buf_append_fmt(struct hf_buf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    HF_ASSERT(len >= 0);

    /* vsnprintf ends with a NUL that is not content. */
    if (!make_room(buf, (size_t)len, 1))
        return;
    va_start(args, format);
    vsnprintf((char *)buf->data + buf->len, (size_t)len + 1, format, args);
    va_end(args);
    buf->len += (size_t)len;
}

void hf_buf_append_u8(struct hf_buf *buf, uint8_t value)
{
    hf_buf_append(buf, &value, sizeof value);
}

void hf_buf_append_u16(struct hf_buf *buf, uint16_t value)
{
    uint8_t bytes[2];
    hf_put_u16(bytes, value);
    hf_buf_append(buf, bytes, sizeof bytes);
}

void hf_buf_append_u32(struct hf_buf *buf, uint32_t value)
{
    uint8_t bytes[4];
    hf_put_u32(bytes, value);
    hf_buf_append(buf, bytes, sizeof bytes);
}

void hf_buf_append_u64(struct hf_buf *buf, uint64_t value)
{
    uint8_t bytes[8];
    hf_put_u64(bytes, value);
    hf_buf_append(buf, bytes, sizeof bytes);
}

void hf_buf_append_zeros(struct hf_buf *buf, size_t len)
{
    if (len == 0 || !make_room(buf, len, 0))
        return;
    memset(buf->data + buf->len, 0, len);
    buf->len += len;
}

struct hf_slice hf_buf_slice(const struct hf_buf *buf)
{
    return hf_slice_of(buf->data, buf->len);
}

enum hf_status hf_buf_status(const struct hf_buf *buf)
{
    return buf->status;
}

/* --- big-endian integers --- */

void hf_put_u16(uint8_t out[2], uint16_t value)
{
    out[0] = (uint8_t)(value >> 8);
    out[1] = (uint8_t)value;
}

void hf_put_u32(uint8_t out[4], uint32_t value)
{
    hf_put_u16(out, (uint16_t)(value >> 16));
    hf_put_u16(out + 2, (uint16_t)value);
}

void hf_put_u64(uint8_t out[8], uint64_t value)
{
    hf_put_u32(out, (uint32_t)(value >> 32));
    hf_put_u32(out + 4, (uint32_t)value);
}

uint16_t hf_get_u16(const uint8_t in[2])
{
    return (uint16_t)((unsigned)in[0] << 8 | in[1]);
}

uint32_t hf_get_u32(const uint8_t in[4])
{
    return (uint32_t)hf_get_u16(in) << 16 | hf_get_u16(in + 2);
}

uint64_t hf_get_u64(const uint8_t in[8])
{
    return (uint64_t)hf_get_u32(in) << 32 | hf_get_u32(in + 4);
}
