#include "core/model/body_erase.h"

#include "core/pack/cursor.h"
#include "core/pack/writer.h"

#include <string.h>

#define REQUEST_KEYS 9
#define BODY_KEYS    6
#define HOLD_KEYS    3

static const struct {
    const char *code, *text;
} bases[] = {{"retention", "the time for which it had to be kept is over"},
             {"never_recorded", "it should never have been recorded"},
             {"court_order", "a court ordered it"},
             {"duplicate", "the child is recorded in another case"},
             {HF_ERASE_BASIS_READS, "the time for which it is kept who read what is over"},
             {"other", "another legal basis"}};

bool hf_erase_basis_known(struct hf_slice basis)
{
    for (size_t i = 0; i < sizeof bases / sizeof bases[0]; i++)
        if (hf_slice_equal(basis, hf_slice_str(bases[i].code)))
            return true;
    return false;
}

const char *hf_erase_basis_text(struct hf_slice basis)
{
    for (size_t i = 0; i < sizeof bases / sizeof bases[0]; i++)
        if (hf_slice_equal(basis, hf_slice_str(bases[i].code)))
            return bases[i].text;
    return "a legal basis that this version does not know";
}

bool hf_hold_reason_known(struct hf_slice code)
{
    static const char *const codes[] = {"litigation", "inquiry", "police", "complaint", "other"};
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        if (hf_slice_equal(code, hf_slice_str(codes[i])))
            return true;
    return false;
}

/* --- maps whose keys are 1, 2, 3 … --- */

static void begin(struct hf_cursor *cursor, struct hf_slice bytes, uint32_t pairs)
{
    hf_cursor_init(cursor, bytes, HF_PACK_ELEMENTS_MAX);
    if (hf_cursor_map(cursor, pairs) != pairs)
        hf_cursor_fail(cursor, HF_ERR_INVALID);
}

static void key(struct hf_cursor *cursor, uint64_t expected)
{
    if (hf_cursor_uint(cursor) != expected)
        hf_cursor_fail(cursor, HF_ERR_INVALID);
}

static void fixed(struct hf_cursor *cursor, uint64_t expected, uint8_t *out, size_t len)
{
    key(cursor, expected);
    const uint8_t *bytes = hf_cursor_fixed(cursor, len);
    if (bytes)
        memcpy(out, bytes, len);
}

static struct hf_id id_of(struct hf_cursor *cursor, uint64_t expected)
{
    key(cursor, expected);
    return hf_cursor_id(cursor);
}

static struct hf_slice code_of(struct hf_cursor *cursor, uint64_t expected)
{
    key(cursor, expected);
    struct hf_slice text = hf_cursor_text(cursor, HF_BODY_CODE_BYTES_MAX);
    if (text.len == 0)
        hf_cursor_fail(cursor, HF_ERR_INVALID);
    return text;
}

static uint64_t number_of(struct hf_cursor *cursor, uint64_t expected)
{
    key(cursor, expected);
    return hf_cursor_uint(cursor);
}

static enum hf_status end(struct hf_cursor *cursor)
{
    hf_cursor_leave(cursor);
    return hf_cursor_end(cursor);
}

/* --- the request --- */

void hf_erase_request_encode(const struct hf_erase_request *request, struct hf_buf *out)
{
    hf_pack_map(out, REQUEST_KEYS);
    hf_pack_uint(out, 1);
    hf_pack_id(out, &request->erasure);
    hf_pack_uint(out, 2);
    hf_pack_id(out, &request->case_id);
    hf_pack_uint(out, 3);
    hf_pack_text(out, request->basis);
    hf_pack_uint(out, 4);
    hf_pack_uint(out, request->log_size);
    hf_pack_uint(out, 5);
    hf_pack_uint(out, request->entry_count);
    hf_pack_uint(out, 6);
    hf_pack_bytes(out, hf_slice_of(request->ranges_hash, sizeof request->ranges_hash));
    hf_pack_uint(out, 7);
    hf_pack_uint(out, request->asked_ms);
    hf_pack_uint(out, 8);
    hf_pack_id(out, &request->person);
    hf_pack_uint(out, 9);
    hf_pack_bytes(out, hf_slice_of(request->device, sizeof request->device));
}

enum hf_status hf_erase_request_decode(struct hf_slice bytes, struct hf_erase_request *out)
{
    struct hf_cursor cursor;
    struct hf_erase_request request = {0};
    begin(&cursor, bytes, REQUEST_KEYS);
    request.erasure = id_of(&cursor, 1);
    request.case_id = id_of(&cursor, 2);
    request.basis = code_of(&cursor, 3);
    request.log_size = number_of(&cursor, 4);
    request.entry_count = number_of(&cursor, 5);
    fixed(&cursor, 6, request.ranges_hash, sizeof request.ranges_hash);
    request.asked_ms = number_of(&cursor, 7);
    request.person = id_of(&cursor, 8);
    fixed(&cursor, 9, request.device, sizeof request.device);
    enum hf_status status = end(&cursor);
    if (status == HF_OK && (hf_id_is_zero(&request.erasure) || hf_id_is_zero(&request.case_id)))
        status = HF_ERR_INVALID;
    if (status == HF_OK)
        *out = request;
    return status;
}

/* --- ranges --- */

size_t hf_erase_range_count(struct hf_slice ranges)
{
    return ranges.len / HF_ERASE_RANGE_BYTES;
}

void hf_erase_range_at(struct hf_slice ranges, size_t at, uint64_t *out_first, uint64_t *out_count)
{
    const uint8_t *bytes = ranges.data + at * HF_ERASE_RANGE_BYTES;
    *out_first = hf_get_u64(bytes);
    *out_count = hf_get_u32(bytes + 8);
}

enum hf_status hf_erase_ranges_add(struct hf_buf *ranges, uint64_t index)
{
    size_t count = hf_erase_range_count(hf_buf_slice(ranges));
    if (count > 0) {
        uint8_t *last = ranges->data + (count - 1) * HF_ERASE_RANGE_BYTES;
        uint32_t length = hf_get_u32(last + 8);
        if (hf_get_u64(last) + length == index && length < UINT32_MAX) {
            hf_put_u32(last + 8, length + 1);
            return HF_OK;
        }
    }
    if (count == HF_ERASE_RANGES_MAX)
        return HF_ERR_LIMIT;
    hf_buf_append_u64(ranges, index);
    hf_buf_append_u32(ranges, 1);
    return hf_buf_status(ranges);
}

/* In order, all below `limit`. */
static bool count_ranges(struct hf_slice ranges, uint64_t limit, uint64_t *out_entries)
{
    uint64_t next = 0;
    *out_entries = 0;
    if (ranges.len % HF_ERASE_RANGE_BYTES)
        return false;
    for (size_t i = 0; i < hf_erase_range_count(ranges); i++) {
        uint64_t first, count;
        hf_erase_range_at(ranges, i, &first, &count);
        if (count == 0 || first < next || first >= limit || count > limit - first)
            return false;
        next = first + count + 1; /* two that touch would be one */
        *out_entries += count;
    }
    return true;
}

static bool ranges_fit(struct hf_slice ranges, const struct hf_erase_request *request)
{
    uint8_t hash[HF_HASH_BYTES];
    uint64_t entries = 0;
    if (ranges.len == 0 || !count_ranges(ranges, request->log_size, &entries))
        return false;
    hf_sha256_of(ranges.data, ranges.len, hash);
    return entries == request->entry_count && memcmp(hash, request->ranges_hash, sizeof hash) == 0;
}

struct hf_slice hf_erase_gone(const struct hf_erase_body *body)
{
    return body->is_carried ? body->here : body->ranges;
}

/* --- the body --- */

void hf_erase_body_encode(const struct hf_erase_body *body, struct hf_buf *out)
{
    hf_pack_map(out, BODY_KEYS + body->is_carried);
    hf_pack_uint(out, 1);
    hf_pack_bytes(out, body->request);
    hf_pack_uint(out, 2);
    hf_pack_bytes(out, body->ranges);
    hf_pack_uint(out, 3);
    hf_pack_bytes(out, hf_slice_of(body->asked_signature, sizeof body->asked_signature));
    hf_pack_uint(out, 4);
    hf_pack_id(out, &body->person);
    hf_pack_uint(out, 5);
    hf_pack_bytes(out, hf_slice_of(body->device, sizeof body->device));
    hf_pack_uint(out, 6);
    hf_pack_bytes(out, hf_slice_of(body->signature, sizeof body->signature));
    if (body->is_carried) {
        hf_pack_uint(out, 7);
        hf_pack_bytes(out, body->here);
    }
}

enum hf_status hf_erase_body_decode(struct hf_slice bytes, struct hf_erase_body *out)
{
    struct hf_cursor cursor;
    struct hf_erase_body body = {0};
    uint64_t entries = 0;
    hf_cursor_init(&cursor, bytes, HF_PACK_ELEMENTS_MAX);
    const uint32_t pairs = hf_cursor_map(&cursor, BODY_KEYS + 1);
    if (pairs < BODY_KEYS)
        hf_cursor_fail(&cursor, HF_ERR_INVALID);
    key(&cursor, 1);
    body.request = hf_cursor_bytes(&cursor, HF_ERASE_REQUEST_BYTES_MAX);
    key(&cursor, 2);
    body.ranges = hf_cursor_bytes(&cursor, (size_t)HF_ERASE_RANGES_MAX * HF_ERASE_RANGE_BYTES);
    fixed(&cursor, 3, body.asked_signature, sizeof body.asked_signature);
    body.person = id_of(&cursor, 4);
    fixed(&cursor, 5, body.device, sizeof body.device);
    fixed(&cursor, 6, body.signature, sizeof body.signature);
    body.is_carried = pairs > BODY_KEYS;
    if (body.is_carried) {
        key(&cursor, 7);
        body.here = hf_cursor_bytes(&cursor, (size_t)HF_ERASE_RANGES_MAX * HF_ERASE_RANGE_BYTES);
    }
    enum hf_status status = end(&cursor);
    if (status == HF_OK)
        status = hf_erase_request_decode(body.request, &body.asked);
    if (status == HF_OK && (!ranges_fit(body.ranges, &body.asked) || !count_ranges(body.here, UINT64_MAX, &entries)))
        status = HF_ERR_INVALID;
    if (status == HF_OK)
        *out = body;
    return status;
}

/* --- signatures --- */

static const char request_context[] = "holdfast erase request v1"; /* its NUL is part of the context */
static const char confirm_context[] = "holdfast erase confirm v1"; /* likewise */

#define MESSAGE_BYTES_MAX (HF_HASH_BYTES + HF_ID_BYTES + HF_ERASE_REQUEST_BYTES_MAX)

static struct hf_slice message_of(const uint8_t *log_id, const struct hf_id *person, struct hf_slice request,
                                  uint8_t out[MESSAGE_BYTES_MAX])
{
    size_t len = HF_HASH_BYTES;
    memcpy(out, log_id, HF_HASH_BYTES);
    if (person) {
        memcpy(out + len, person->bytes, HF_ID_BYTES);
        len += HF_ID_BYTES;
    }
    if (request.len > HF_ERASE_REQUEST_BYTES_MAX)
        request.len = 0; /* no request is as long: what is signed then fits none */
    if (request.len)
        memcpy(out + len, request.data, request.len);
    return hf_slice_of(out, len + request.len);
}

void hf_erase_sign_request(const struct hf_sign_key *sign, const uint8_t log_id[HF_HASH_BYTES], struct hf_slice request,
                           uint8_t out[HF_SIGN_BYTES])
{
    uint8_t bytes[MESSAGE_BYTES_MAX];
    hf_sign(sign, hf_slice_of(request_context, sizeof request_context), message_of(log_id, NULL, request, bytes), out);
}

void hf_erase_sign_confirm(const struct hf_sign_key *sign, const uint8_t log_id[HF_HASH_BYTES],
                           const struct hf_id *person, struct hf_slice request, uint8_t out[HF_SIGN_BYTES])
{
    uint8_t bytes[MESSAGE_BYTES_MAX];
    hf_sign(sign, hf_slice_of(confirm_context, sizeof confirm_context), message_of(log_id, person, request, bytes),
            out);
}

bool hf_erase_asked(const uint8_t log_id[HF_HASH_BYTES], const struct hf_erase_body *body)
{
    uint8_t bytes[MESSAGE_BYTES_MAX];
    return hf_verify(body->asked.device, hf_slice_of(request_context, sizeof request_context),
                     message_of(log_id, NULL, body->request, bytes), body->asked_signature);
}

bool hf_erase_confirmed(const uint8_t log_id[HF_HASH_BYTES], const struct hf_erase_body *body)
{
    uint8_t bytes[MESSAGE_BYTES_MAX];
    return !hf_id_is_zero(&body->person) && !hf_id_equal(&body->person, &body->asked.person) &&
           memcmp(body->device, body->asked.device, sizeof body->device) != 0 &&
           hf_verify(body->device, hf_slice_of(confirm_context, sizeof confirm_context),
                     message_of(log_id, &body->person, body->request, bytes), body->signature);
}

/* --- legal hold --- */

void hf_hold_body_encode(const struct hf_hold_body *body, struct hf_buf *out)
{
    hf_pack_map(out, HOLD_KEYS);
    hf_pack_uint(out, 1);
    hf_pack_id(out, &body->case_id);
    hf_pack_uint(out, 2);
    hf_pack_bool(out, body->placed);
    hf_pack_uint(out, 3);
    hf_pack_text(out, body->reason_code);
}

enum hf_status hf_hold_body_decode(struct hf_slice bytes, struct hf_hold_body *out)
{
    struct hf_cursor cursor;
    struct hf_hold_body body = {0};
    begin(&cursor, bytes, HOLD_KEYS);
    body.case_id = id_of(&cursor, 1);
    key(&cursor, 2);
    body.placed = hf_cursor_bool(&cursor);
    body.reason_code = code_of(&cursor, 3);
    enum hf_status status = end(&cursor);
    if (status == HF_OK && hf_id_is_zero(&body.case_id))
        status = HF_ERR_INVALID;
    if (status == HF_OK)
        *out = body;
    return status;
}
