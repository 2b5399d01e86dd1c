#include "protocol/frame.h"

#include "core/base/assert.h"
#include "protocol/channel.h"

#include <string.h>

#define LENGTH_BYTES   4 /* before every message in `joined` */
#define PART_BYTES_MAX (HF_CHANNEL_FRAME_PLAIN_MAX - 1)

_Static_assert(HF_CHANNEL_FRAME_PLAIN_MAX + HF_TAG_BYTES == HF_NOISE_BYTES_MAX, "a full frame fits its length");

static size_t min_size(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* --- arriving --- */

/* Bytes of the growing message so far. */
static size_t grown_bytes(const struct hf_frame_inbox *inbox)
{
    return inbox->growing ? inbox->joined.len - inbox->growing_at - LENGTH_BYTES : 0;
}

bool hf_frame_waiting(const struct hf_frame_inbox *inbox)
{
    return inbox->taken < (inbox->growing ? inbox->growing_at : inbox->joined.len);
}

/* Messages carry keys, so storage that is left behind when growing is wiped. */
static enum hf_status make_room(struct hf_buf *buf, size_t more_bytes)
{
    size_t need = buf->len + more_bytes;
    if (need <= buf->cap)
        return HF_OK;
    size_t cap = min_size(2 * buf->cap, LENGTH_BYTES + HF_CHANNEL_MESSAGE_BYTES_MAX);
    struct hf_buf bigger = {0};
    hf_buf_reserve(&bigger, cap < need ? need : cap);
    hf_buf_append_slice(&bigger, hf_buf_slice(buf));
    enum hf_status status = hf_buf_status(&bigger);
    if (status != HF_OK)
        return status;
    hf_buf_wipe(buf);
    *buf = bigger;
    return HF_OK;
}

static enum hf_status join(struct hf_frame_inbox *inbox, struct hf_slice plain)
{
    HF_ASSERT(plain.len > 0);
    uint8_t more = plain.data[0];
    struct hf_slice part = hf_slice_of(plain.data + 1, plain.len - 1);
    if (more > 1 || (part.len == 0 && (more == 1 || inbox->growing)))
        return HF_ERR_PROTOCOL;

    enum hf_status status = make_room(&inbox->joined, (inbox->growing ? 0 : LENGTH_BYTES) + part.len);
    if (status != HF_OK)
        return status;
    if (!inbox->growing) {
        inbox->growing = true;
        inbox->growing_at = inbox->joined.len;
        hf_buf_append_zeros(&inbox->joined, LENGTH_BYTES);
    }
    hf_buf_append_slice(&inbox->joined, part);
    if (more == 0) {
        hf_put_u32(inbox->joined.data + inbox->growing_at, (uint32_t)grown_bytes(inbox));
        inbox->growing = false;
    }
    return hf_buf_status(&inbox->joined);
}

/* Refuses from the length alone what could never be accepted, before a byte of it is kept. */
static enum hf_status check_length(const struct hf_frame_inbox *inbox, size_t sealed_bytes)
{
    if (sealed_bytes < HF_FRAME_SEALED_BYTES_MIN)
        return HF_ERR_PROTOCOL;
    size_t part_bytes = sealed_bytes - HF_FRAME_SEALED_BYTES_MIN;
    return part_bytes > HF_CHANNEL_MESSAGE_BYTES_MAX - grown_bytes(inbox) ? HF_ERR_LIMIT : HF_OK;
}

static enum hf_status open_frame(struct hf_frame_inbox *inbox, struct hf_noise_cipher *receive, struct hf_slice sealed)
{
    enum hf_status status = check_length(inbox, sealed.len);
    if (status != HF_OK)
        return status;
    struct hf_buf plain = {0};
    status = hf_noise_decrypt(receive, sealed, &plain);
    if (status == HF_OK)
        status = join(inbox, hf_buf_slice(&plain));
    hf_buf_wipe(&plain);
    return status;
}

/* Bytes that a frame starting with these two takes in all. */
static size_t frame_bytes(const uint8_t header[HF_FRAME_HEADER_BYTES])
{
    return HF_FRAME_HEADER_BYTES + (size_t)hf_get_u16(header);
}

/* Moves what belongs to the first, unfinished frame out of bytes; opens the frame when that completes it. */
static enum hf_status feed_partial(struct hf_frame_inbox *inbox, struct hf_noise_cipher *receive,
                                   struct hf_slice *bytes)
{
    struct hf_buf *partial = &inbox->partial;
    size_t whole = partial->len < HF_FRAME_HEADER_BYTES ? HF_FRAME_HEADER_BYTES : frame_bytes(partial->data);
    size_t len = min_size(whole - partial->len, bytes->len);
    partial->limit = HF_FRAME_BYTES_MAX;
    hf_buf_append(partial, bytes->data, len);
    *bytes = hf_slice_of(bytes->data + len, bytes->len - len);

    enum hf_status status = hf_buf_status(partial);
    if (status != HF_OK || partial->len < whole)
        return status;
    size_t sealed_bytes = frame_bytes(partial->data) - HF_FRAME_HEADER_BYTES;
    if (partial->len == HF_FRAME_HEADER_BYTES)
        return check_length(inbox, sealed_bytes);
    status = open_frame(inbox, receive, hf_slice_of(partial->data + HF_FRAME_HEADER_BYTES, sealed_bytes));
    hf_buf_clear(partial);
    return status;
}

/* A frame that lies whole in bytes needs no copy. */
static enum hf_status feed_one(struct hf_frame_inbox *inbox, struct hf_noise_cipher *receive, struct hf_slice *bytes)
{
    bool whole =
        inbox->partial.len == 0 && bytes->len >= HF_FRAME_HEADER_BYTES && bytes->len >= frame_bytes(bytes->data);
    if (!whole)
        return feed_partial(inbox, receive, bytes);
    size_t len = frame_bytes(bytes->data);
    struct hf_slice sealed = hf_slice_of(bytes->data + HF_FRAME_HEADER_BYTES, len - HF_FRAME_HEADER_BYTES);
    *bytes = hf_slice_of(bytes->data + len, bytes->len - len);
    return open_frame(inbox, receive, sealed);
}

/* Moves a message that is still growing to the front, over those that were taken. */
static void drop_taken(struct hf_frame_inbox *inbox)
{
    if (inbox->taken == 0)
        return;
    inbox->joined.len -= inbox->taken;
    memmove(inbox->joined.data, inbox->joined.data + inbox->taken, inbox->joined.len);
    inbox->growing_at = 0;
    inbox->taken = 0;
}

enum hf_status hf_frame_feed(struct hf_frame_inbox *inbox, struct hf_noise_cipher *receive, struct hf_slice bytes)
{
    HF_ASSERT(!hf_frame_waiting(inbox));
    drop_taken(inbox);
    enum hf_status status = HF_OK;
    while (status == HF_OK && bytes.len > 0)
        status = feed_one(inbox, receive, &bytes);
    return status;
}

size_t hf_frame_waiting_bytes(const struct hf_frame_inbox *inbox)
{
    return hf_frame_waiting(inbox) ? hf_get_u32(inbox->joined.data + inbox->taken) : 0;
}

enum hf_status hf_frame_take(struct hf_frame_inbox *inbox, struct hf_buf *out_message)
{
    HF_ASSERT(hf_frame_waiting(inbox));
    const uint8_t *at = inbox->joined.data + inbox->taken;
    size_t len = hf_get_u32(at);
    if (out_message->cap < len)
        hf_buf_wipe(out_message); /* so that growing leaves no old message behind */
    hf_buf_reset(out_message);
    hf_buf_append(out_message, at + LENGTH_BYTES, len);
    enum hf_status status = hf_buf_status(out_message);
    if (status != HF_OK)
        return status;

    inbox->taken += LENGTH_BYTES + len;
    if (inbox->taken == inbox->joined.len) {
        hf_buf_wipe(&inbox->joined);
        inbox->taken = 0;
    }
    return HF_OK;
}

void hf_frame_wipe(struct hf_frame_inbox *inbox)
{
    hf_buf_clear(&inbox->partial);
    hf_buf_wipe(&inbox->joined);
    *inbox = (struct hf_frame_inbox){0};
}

/* --- leaving --- */

size_t hf_frame_sealed_bytes(size_t message_bytes)
{
    size_t frames = message_bytes == 0 ? 1 : (message_bytes - 1) / PART_BYTES_MAX + 1;
    return message_bytes + frames * HF_FRAME_OVERHEAD_BYTES;
}

static enum hf_status seal_part(struct hf_noise_cipher *send, bool more, struct hf_slice part, struct hf_buf *plain,
                                struct hf_buf *out)
{
    hf_buf_reset(plain);
    hf_buf_append_u8(plain, more ? 1 : 0);
    hf_buf_append_slice(plain, part);
    hf_buf_append_u16(out, (uint16_t)(plain->len + HF_TAG_BYTES));
    return hf_noise_encrypt(send, hf_buf_slice(plain), out);
}

enum hf_status hf_frame_seal(struct hf_noise_cipher *send, struct hf_slice message, struct hf_buf *out)
{
    if (message.len > HF_CHANNEL_MESSAGE_BYTES_MAX)
        return HF_ERR_LIMIT;
    /* All storage first: once a nonce is spent there is no way back. */
    struct hf_buf plain = {0};
    hf_buf_reserve(out, hf_frame_sealed_bytes(message.len));
    hf_buf_reserve(&plain, 1 + min_size(message.len, PART_BYTES_MAX));
    enum hf_status status = hf_buf_status(out);
    if (status == HF_OK)
        status = hf_buf_status(&plain);

    bool more = true;
    while (status == HF_OK && more) {
        size_t len = min_size(message.len, PART_BYTES_MAX);
        more = message.len > len;
        status = seal_part(send, more, hf_slice_of(message.data, len), &plain, out);
        message = hf_slice_of(len ? message.data + len : NULL, message.len - len);
    }
    hf_buf_wipe(&plain);
    return status;
}
