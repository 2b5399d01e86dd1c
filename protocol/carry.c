#include "protocol/carry.h"

#include "core/base/assert.h"

#include <stdlib.h>
#include <string.h>

#define PART_HEAD_BYTES 5 /* length, last */
#define KIND_AT         4
#define ZEROS_AT        5
#define LOG_AT          8
#define PARTY_AT        (LOG_AT + HF_HASH_BYTES)
#define ONCE_AT         (PARTY_AT + HF_CARRY_PARTY_BYTES)

static const uint8_t magic[] = {'H', 'F', 'B', '1'};

static enum hf_status cut_off(struct hf_error *err)
{
    return hf_error_set(err, HF_ERR_CORRUPT,
                        "This file is cut off: it was not copied to its end. Nothing of it was taken in. Copy it again "
                        "from where it was made.");
}

/* --- header --- */

void hf_carry_header_encode(const struct hf_carry_header *header, uint8_t out[HF_CARRY_HEADER_BYTES])
{
    memset(out, 0, HF_CARRY_HEADER_BYTES);
    memcpy(out, magic, sizeof magic);
    out[KIND_AT] = (uint8_t)header->kind;
    memcpy(out + LOG_AT, header->log_id, sizeof header->log_id);
    memcpy(out + PARTY_AT, header->party, sizeof header->party);
    memcpy(out + ONCE_AT, header->once, sizeof header->once);
}

enum hf_status hf_carry_header_decode(struct hf_slice bytes, struct hf_carry_header *out, struct hf_error *err)
{
    if (bytes.len < sizeof magic || memcmp(bytes.data, magic, sizeof magic) != 0)
        return hf_error_set(err, HF_ERR_INVALID, "This is not a file that `holdfast bundle export` has made.");
    if (bytes.len < HF_CARRY_HEADER_BYTES)
        return cut_off(err);
    const uint8_t kind = bytes.data[KIND_AT];
    if (kind < HF_CARRY_TO_OFFICE || kind > HF_CARRY_OF_ATTACHMENTS || bytes.data[ZEROS_AT] != 0 ||
        bytes.data[ZEROS_AT + 1] != 0 || bytes.data[ZEROS_AT + 2] != 0)
        return hf_error_set(err, HF_ERR_UNSUPPORTED,
                            "This file was made by a later version of Holdfast. Update this program first.");
    out->kind = (enum hf_carry_kind)kind;
    memcpy(out->log_id, bytes.data + LOG_AT, sizeof out->log_id);
    memcpy(out->party, bytes.data + PARTY_AT, sizeof out->party);
    memcpy(out->once, bytes.data + ONCE_AT, sizeof out->once);
    return HF_OK;
}

/* --- keys --- */

enum hf_status hf_carry_channel_key(const struct hf_carry_header *header, const uint8_t psk[HF_KEY_BYTES],
                                    const struct hf_dh_key *own, const uint8_t other[HF_DH_BYTES],
                                    const struct hf_dh_key *once, uint8_t out[HF_KEY_BYTES])
{
    uint8_t bytes[HF_CARRY_HEADER_BYTES], fresh[HF_DH_BYTES], fixed[HF_DH_BYTES];
    const char *context = header->kind == HF_CARRY_TO_OFFICE ? "hf-bundle-office-v1" : "hf-bundle-device-v1";
    HF_ASSERT(header->kind == HF_CARRY_TO_OFFICE || header->kind == HF_CARRY_TO_DEVICE);
    hf_carry_header_encode(header, bytes);
    const bool shared = once ? hf_dh(once->secret_key, other, fresh) : hf_dh(own->secret_key, header->once, fresh);
    const bool known = hf_dh(own->secret_key, other, fixed);
    const struct hf_slice parts[] = {hf_slice_str(context), hf_slice_of(bytes, sizeof bytes),
                                     hf_slice_of(fresh, sizeof fresh), hf_slice_of(fixed, sizeof fixed)};
    if (shared && known)
        hf_blake2b(hf_slice_of(psk, HF_KEY_BYTES), parts, 4, out, HF_KEY_BYTES);
    hf_wipe(fresh, sizeof fresh);
    hf_wipe(fixed, sizeof fixed);
    return shared && known ? HF_OK : HF_ERR_AUTH;
}

void hf_carry_case_key(const struct hf_carry_header *header, const struct hf_class_key *key, uint8_t out[HF_KEY_BYTES])
{
    uint8_t bytes[HF_CARRY_HEADER_BYTES];
    hf_carry_header_encode(header, bytes);
    const struct hf_slice parts[] = {hf_slice_str("hf-bundle-case-v1"), hf_slice_of(bytes, sizeof bytes)};
    hf_blake2b(hf_slice_of(key->key, sizeof key->key), parts, 2, out, HF_KEY_BYTES);
}

/* --- parts --- */

static void nonce_of(uint32_t number, uint8_t out[HF_XNONCE_BYTES])
{
    memset(out, 0, HF_XNONCE_BYTES);
    hf_put_u32(out + HF_XNONCE_BYTES - 4, number);
}

#define AAD_BYTES (HF_CARRY_HEADER_BYTES + 5)
static void aad_of(const uint8_t header[HF_CARRY_HEADER_BYTES], uint32_t number, bool last, uint8_t out[AAD_BYTES])
{
    memcpy(out, header, HF_CARRY_HEADER_BYTES);
    hf_put_u32(out + HF_CARRY_HEADER_BYTES, number);
    out[HF_CARRY_HEADER_BYTES + 4] = last ? 1 : 0;
}

void hf_carry_begin(struct hf_carry_writer *writer, const struct hf_carry_header *header,
                    const uint8_t key[HF_KEY_BYTES], struct hf_buf *out)
{
    *writer = (struct hf_carry_writer){.out = out};
    hf_carry_header_encode(header, writer->header);
    memcpy(writer->key, key, sizeof writer->key);
    hf_buf_append(out, writer->header, sizeof writer->header);
}

enum hf_status hf_carry_put(struct hf_carry_writer *writer, struct hf_slice part, bool last)
{
    uint8_t nonce[HF_XNONCE_BYTES], aad[AAD_BYTES], tag[HF_TAG_BYTES];
    struct hf_buf *out = writer->out;
    HF_ASSERT(!writer->ended);
    if (part.len > HF_LIMIT_MESSAGE_BYTES || writer->next == HF_LIMIT_CARRY_PARTS)
        return HF_ERR_LIMIT;
    hf_buf_append_u32(out, (uint32_t)(part.len + HF_TAG_BYTES));
    hf_buf_append_u8(out, last ? 1 : 0);
    const size_t at = out->len;
    hf_buf_append_zeros(out, part.len);
    if (hf_buf_status(out) != HF_OK)
        return hf_buf_status(out);
    nonce_of(writer->next, nonce);
    aad_of(writer->header, writer->next, last, aad);
    hf_seal(writer->key, nonce, hf_slice_of(aad, sizeof aad), part.data, part.len, out->data + at, tag);
    hf_buf_append(out, tag, sizeof tag);
    writer->next++;
    writer->ended = last;
    return hf_buf_status(out);
}

void hf_carry_end(struct hf_carry_writer *writer)
{
    hf_wipe(writer, sizeof *writer);
}

/* --- reading --- */

/* The next part as it lies there; false when it is cut off or says a length that no part has. */
static bool next_part(struct hf_slice bytes, size_t *at, struct hf_slice *out, bool *out_last)
{
    if (bytes.len - *at < PART_HEAD_BYTES)
        return false;
    const uint32_t len = hf_get_u32(bytes.data + *at);
    const uint8_t last = bytes.data[*at + 4];
    if (len < HF_TAG_BYTES || len > HF_LIMIT_MESSAGE_BYTES + HF_TAG_BYTES || last > 1 ||
        len > bytes.len - *at - PART_HEAD_BYTES)
        return false;
    *out = hf_slice_of(bytes.data + *at + PART_HEAD_BYTES, len);
    *out_last = last == 1;
    *at += PART_HEAD_BYTES + len;
    return true;
}

static size_t length_of(struct hf_slice bytes, size_t *out_parts)
{
    size_t at = HF_CARRY_HEADER_BYTES;
    struct hf_slice part;
    bool last = false;
    *out_parts = 0;
    if (bytes.len < at)
        return 0;
    while (!last) {
        if (*out_parts == HF_LIMIT_CARRY_PARTS || !next_part(bytes, &at, &part, &last))
            return 0;
        ++*out_parts;
    }
    return at;
}

size_t hf_carry_length(struct hf_slice bytes)
{
    size_t parts;
    return length_of(bytes, &parts);
}

/* Opens a part as it lies there into out, which has room for what is in it. */
static enum hf_status open_part(const uint8_t *header, const uint8_t key[HF_KEY_BYTES], uint32_t number,
                                struct hf_slice sealed, bool last, uint8_t *out, struct hf_error *err)
{
    uint8_t nonce[HF_XNONCE_BYTES], aad[AAD_BYTES];
    const size_t len = sealed.len - HF_TAG_BYTES;
    nonce_of(number, nonce);
    aad_of(header, number, last, aad);
    if (hf_unseal(key, nonce, hf_slice_of(aad, sizeof aad), sealed.data, len, sealed.data + len, out))
        return HF_OK;
    return hf_error_set(err, HF_ERR_CORRUPT,
                        "This file was altered or damaged on its way, or is not meant for here. Nothing of it "
                        "was taken in. Copy it again, or have it made again.");
}

static enum hf_status too_long(struct hf_error *err)
{
    return hf_error_set(err, HF_ERR_LIMIT, "This file is longer than %u MiB. Have it made in smaller parts.",
                        HF_LIMIT_CARRY_BYTES >> 20);
}

static enum hf_status open_all(struct hf_slice bytes, const uint8_t key[HF_KEY_BYTES], struct hf_carry *bundle,
                               struct hf_error *err)
{
    size_t at = HF_CARRY_HEADER_BYTES;
    bundle->plain.data = malloc(bundle->bytes_used);
    bundle->parts = calloc(bundle->count, sizeof *bundle->parts);
    if (!bundle->plain.data || !bundle->parts)
        return hf_error_set(err, HF_ERR_NOMEM, "%s", hf_status_text(HF_ERR_NOMEM));
    bundle->plain.cap = bundle->bytes_used;
    for (uint32_t i = 0; i < bundle->count; i++) {
        struct hf_slice sealed = {0};
        bool last = false;
        HF_ASSERT(next_part(bytes, &at, &sealed, &last));
        uint8_t *out = bundle->plain.data + bundle->plain.len;
        enum hf_status status = open_part(bytes.data, key, i, sealed, last, out, err);
        if (status != HF_OK)
            return status;
        bundle->parts[i] = hf_slice_of(out, sealed.len - HF_TAG_BYTES);
        bundle->plain.len += sealed.len - HF_TAG_BYTES;
    }
    return HF_OK;
}

enum hf_status hf_carry_open(struct hf_slice bytes, const uint8_t key[HF_KEY_BYTES], struct hf_carry *out,
                             struct hf_error *err)
{
    struct hf_carry bundle = {0};
    if (bytes.len > HF_LIMIT_CARRY_BYTES)
        return too_long(err);
    bundle.bytes_used = length_of(bytes, &bundle.count);
    if (bundle.bytes_used == 0)
        return cut_off(err);
    enum hf_status status = open_all(bytes, key, &bundle, err);
    if (status == HF_OK)
        *out = bundle;
    else
        hf_carry_clear(&bundle);
    return status;
}

void hf_carry_clear(struct hf_carry *bundle)
{
    if (bundle->plain.data)
        hf_wipe(bundle->plain.data, bundle->plain.cap);
    free(bundle->plain.data);
    free(bundle->parts);
    *bundle = (struct hf_carry){0};
}

/* --- reading in portions --- */

void hf_carry_reader_begin(struct hf_carry_reader *reader, const struct hf_carry_header *header,
                           const uint8_t key[HF_KEY_BYTES], hf_carry_read_fn *read, void *ctx, uint64_t size)
{
    *reader = (struct hf_carry_reader){.read = read, .ctx = ctx, .size = size, .at = HF_CARRY_HEADER_BYTES};
    hf_carry_header_encode(header, reader->header);
    memcpy(reader->key, key, sizeof reader->key);
}

/* Length and last of the part at hand, from its first bytes. */
static enum hf_status read_part_head(struct hf_carry_reader *reader, size_t *out_len, bool *out_last,
                                     struct hf_error *err)
{
    uint8_t head[PART_HEAD_BYTES];
    if (reader->size > HF_LIMIT_CARRY_BYTES)
        return too_long(err);
    if (reader->next == HF_LIMIT_CARRY_PARTS || reader->at > reader->size ||
        reader->size - reader->at < PART_HEAD_BYTES)
        return cut_off(err);
    enum hf_status status = reader->read(reader->ctx, reader->at, head, sizeof head, err);
    if (status != HF_OK)
        return status;
    const uint32_t len = hf_get_u32(head);
    if (len < HF_TAG_BYTES || len > HF_LIMIT_MESSAGE_BYTES + HF_TAG_BYTES || head[4] > 1 ||
        len > reader->size - reader->at - PART_HEAD_BYTES)
        return cut_off(err);
    *out_len = len;
    *out_last = head[4] == 1;
    return HF_OK;
}

enum hf_status hf_carry_reader_next(struct hf_carry_reader *reader, struct hf_buf *sealed, struct hf_buf *out,
                                    struct hf_error *err)
{
    size_t len = 0;
    bool last = false;
    HF_ASSERT(!reader->ended);
    enum hf_status status = read_part_head(reader, &len, &last, err);
    if (status != HF_OK)
        return status;
    hf_buf_reset(sealed);
    hf_buf_reset(out);
    hf_buf_append_zeros(sealed, len);
    hf_buf_append_zeros(out, len - HF_TAG_BYTES);
    if (hf_buf_status(sealed) != HF_OK || hf_buf_status(out) != HF_OK)
        return hf_error_set(err, HF_ERR_NOMEM, "%s", hf_status_text(HF_ERR_NOMEM));
    status = reader->read(reader->ctx, reader->at + PART_HEAD_BYTES, sealed->data, len, err);
    if (status == HF_OK)
        status = open_part(reader->header, reader->key, reader->next, hf_buf_slice(sealed), last, out->data, err);
    if (status == HF_OK && last && reader->at + PART_HEAD_BYTES + len != reader->size)
        status = hf_error_set(err, HF_ERR_CORRUPT,
                              "There is something behind the end of this file: it was altered. Nothing was taken in.");
    if (status != HF_OK)
        return status;
    reader->at += PART_HEAD_BYTES + len;
    reader->next++;
    reader->ended = last;
    return HF_OK;
}

void hf_carry_reader_rewind(struct hf_carry_reader *reader)
{
    reader->at = HF_CARRY_HEADER_BYTES;
    reader->next = 0;
    reader->ended = false;
}

void hf_carry_reader_end(struct hf_carry_reader *reader)
{
    hf_wipe(reader, sizeof *reader);
}

/* --- a change --- */

void hf_carry_item_encode(const struct hf_item *item, struct hf_buf *out)
{
    hf_buf_append_slice(out, hf_id_slice(&item->key_id));
    hf_buf_append_slice(out, item->leaf);
    hf_buf_append_slice(out, item->body);
}

enum hf_status hf_carry_item_decode(struct hf_slice part, const struct hf_id *case_id, struct hf_item *out)
{
    const size_t body_at = HF_ID_BYTES + HF_LEAF_BYTES;
    if (part.len <= body_at)
        return HF_ERR_INVALID;
    *out = (struct hf_item){.index = HF_INDEX_NONE,
                            .leaf = hf_slice_of(part.data + HF_ID_BYTES, HF_LEAF_BYTES),
                            .case_id = *case_id,
                            .key_id = hf_id_from_bytes(part.data),
                            .body = hf_slice_of(part.data + body_at, part.len - body_at)};
    return HF_OK;
}
