#include "core/model/body_read.h"

#include "core/base/text.h"
#include "core/pack/cursor.h"
#include "core/pack/writer.h"

#include <string.h>

#define SECONDS_MAX UINT32_MAX /* of a visit */
#define KEYS_MAX    6
#define LINE_MAX    7

static const struct {
    const char *name, *text;
} words[HF_READ_WHAT_COUNT] = {
    {"unknown", "did something that this program does not know"},
    [HF_READ_RECORD] = {"record", "opened the record"},
    [HF_READ_HISTORY] = {"history", "opened the record's history"},
    [HF_READ_LIST] = {"list", "opened the list of the case's records"},
    [HF_READ_SEARCH] = {"search", "found the case by a search"},
    [HF_READ_DRAFT] = {"draft", "opened a draft"},
    [HF_READ_SAR] = {"sar", "made a copy of the case for the person that it is about"},
    [HF_READ_AUDIT] = {"audit", "exported the log with contents"},
    [HF_READ_CHRONOLOGY] = {"chronology", "opened the whole chronology of the case"},
    [HF_READ_PAPER] = {"paper", "made a paper of it to hand out"},
    [HF_READ_FILE] = {"file", "took it out in a file"},
    [HF_READ_RELEASE] = {"release", "released a copy of the case for the person that it is about, without marks"},
};

bool hf_read_what_needs_officer(enum hf_read_what what)
{
    return what == HF_READ_RELEASE;
}

const char *hf_read_what_text(enum hf_read_what what)
{
    return words[(unsigned)what < HF_READ_WHAT_COUNT ? what : 0].text;
}

const char *hf_read_what_name(enum hf_read_what what)
{
    return words[(unsigned)what < HF_READ_WHAT_COUNT ? what : 0].name;
}

struct hf_id hf_journal_id(const uint8_t log_id[HF_HASH_BYTES], const uint8_t device[HF_SIGN_PUBLIC_BYTES],
                           uint32_t year)
{
    uint8_t number[4];
    static const char context[] = "holdfast journal v1"; /* with its NUL */
    struct hf_sha256 hash;
    uint8_t bytes[HF_HASH_BYTES];
    hf_sha256_begin(&hash);
    hf_sha256_add(&hash, context, sizeof context);
    hf_sha256_add(&hash, log_id, HF_HASH_BYTES);
    hf_sha256_add(&hash, device, HF_SIGN_PUBLIC_BYTES);
    hf_put_u32(number, year);
    hf_sha256_add(&hash, number, sizeof number);
    hf_sha256_end(&hash, bytes);
    return hf_id_from_bytes(bytes);
}

uint32_t hf_journal_year(uint64_t began_ms)
{
    char text[HF_TIME_TEXT_BYTES];
    uint32_t year = 0;
    hf_text_time(began_ms, text);
    for (size_t i = 0; i < 4 && text[i] >= '0' && text[i] <= '9'; i++)
        year = year * 10 + (uint32_t)(text[i] - '0');
    return year;
}

static bool gives_reason(const struct hf_read_body *body)
{
    for (uint32_t i = 0; i < body->line_count; i++)
        if (body->lines[i].reason_at != HF_READ_NO_REASON && !hf_id_is_zero(&body->cases[body->lines[i].case_at]))
            return true;
    return false;
}

bool hf_read_body_is_about(const struct hf_read_body *body, struct hf_id *out_case)
{
    if (body->case_count != 1 || !gives_reason(body))
        return false;
    *out_case = body->cases[0];
    return true;
}

bool hf_read_body_stands_alone(const struct hf_read_body *body)
{
    return !gives_reason(body) || (body->case_count == 1 && body->has_key);
}

bool hf_read_body_needs_officer(const struct hf_read_body *body)
{
    bool needs = false;
    for (uint32_t i = 0; i < body->line_count; i++)
        needs = needs || hf_read_what_needs_officer(body->lines[i].what);
    return needs;
}

/* --- writing --- */

static void write_line(const struct hf_read_line *line, struct hf_buf *out)
{
    const bool reason = line->reason_at != HF_READ_NO_REASON;
    hf_pack_array(out, reason ? LINE_MAX : LINE_MAX - 1);
    hf_pack_uint(out, line->case_at);
    if (hf_id_is_zero(&line->record_id))
        hf_pack_nil(out);
    else
        hf_pack_id(out, &line->record_id);
    hf_pack_uint(out, (uint64_t)line->what);
    hf_pack_uint(out, line->at_s);
    hf_pack_uint(out, line->lasted_s);
    hf_pack_uint(out, line->times);
    if (reason)
        hf_pack_uint(out, line->reason_at);
}

void hf_read_body_encode(const struct hf_read_body *body, struct hf_buf *out)
{
    hf_pack_map(out, 4 + (body->has_key ? 1u : 0u) + (body->lost ? 1u : 0u));
    hf_pack_uint(out, 1);
    hf_pack_uint(out, body->began_ms);
    hf_pack_uint(out, 2);
    hf_pack_array(out, body->case_count);
    for (uint32_t i = 0; i < body->case_count; i++)
        hf_pack_id(out, &body->cases[i]);
    hf_pack_uint(out, 3);
    hf_pack_array(out, body->reason_count);
    for (uint32_t i = 0; i < body->reason_count; i++)
        hf_pack_text(out, body->reasons[i]);
    hf_pack_uint(out, 4);
    hf_pack_array(out, body->line_count);
    for (uint32_t i = 0; i < body->line_count; i++)
        write_line(&body->lines[i], out);
    if (body->has_key) {
        hf_pack_uint(out, 5);
        hf_pack_bytes(out, hf_slice_of(body->sealed_key, sizeof body->sealed_key));
    }
    if (body->lost) {
        hf_pack_uint(out, 6);
        hf_pack_uint(out, body->lost);
    }
}

/* --- reading --- */

static void expect(struct hf_cursor *cursor, uint64_t key)
{
    if (hf_cursor_uint(cursor) != key)
        hf_cursor_fail(cursor, HF_ERR_INVALID);
}

static uint64_t number(struct hf_cursor *cursor, uint64_t from, uint64_t max)
{
    const uint64_t value = hf_cursor_uint(cursor);
    if (value < from || value > max)
        hf_cursor_fail(cursor, HF_ERR_INVALID);
    return value;
}

static void read_line(struct hf_cursor *cursor, struct hf_read_body *body)
{
    struct hf_read_line *line = &body->lines[body->line_count++];
    const uint32_t count = hf_cursor_array(cursor, LINE_MAX);
    *line = (struct hf_read_line){.reason_at = HF_READ_NO_REASON};
    if (count < LINE_MAX - 1 || body->case_count == 0)
        hf_cursor_fail(cursor, HF_ERR_INVALID);
    line->case_at = (uint32_t)number(cursor, 0, body->case_count ? body->case_count - 1 : 0);
    if (hf_cursor_peek(cursor) == HF_PACK_NIL)
        hf_cursor_nil(cursor);
    else
        line->record_id = hf_cursor_id(cursor);
    line->what = (enum hf_read_what)number(cursor, 1, HF_READ_WHAT_COUNT - 1);
    line->at_s = number(cursor, 0, SECONDS_MAX);
    line->lasted_s = number(cursor, 0, SECONDS_MAX);
    line->times = number(cursor, 1, UINT32_MAX);
    if (count == LINE_MAX) {
        if (body->reason_count == 0)
            hf_cursor_fail(cursor, HF_ERR_INVALID);
        line->reason_at = (uint32_t)number(cursor, 0, body->reason_count ? body->reason_count - 1 : 0);
    }
    hf_cursor_leave(cursor);
}

static void read_lists(struct hf_cursor *cursor, struct hf_read_body *body)
{
    expect(cursor, 2);
    const uint32_t cases = hf_cursor_array(cursor, HF_READ_CASES_MAX);
    for (body->case_count = 0; body->case_count < cases; body->case_count++)
        body->cases[body->case_count] = hf_cursor_id(cursor);
    hf_cursor_leave(cursor);
    expect(cursor, 3);
    const uint32_t reasons = hf_cursor_array(cursor, HF_READ_REASONS_MAX);
    for (body->reason_count = 0; body->reason_count < reasons; body->reason_count++) {
        body->reasons[body->reason_count] = hf_cursor_text(cursor, HF_READ_REASON_BYTES_MAX);
        if (body->reasons[body->reason_count].len == 0)
            hf_cursor_fail(cursor, HF_ERR_INVALID);
    }
    hf_cursor_leave(cursor);
    expect(cursor, 4);
    const uint32_t lines = hf_cursor_array(cursor, HF_READ_LINES_MAX);
    body->line_count = 0;
    while (body->line_count < lines)
        read_line(cursor, body);
    hf_cursor_leave(cursor);
}

enum hf_status hf_read_body_decode(struct hf_slice bytes, struct hf_read_body *out)
{
    struct hf_cursor cursor;
    hf_cursor_init(&cursor, bytes, HF_PACK_ELEMENTS_MAX);
    uint32_t left = hf_cursor_map(&cursor, KEYS_MAX);
    if (left < 4)
        hf_cursor_fail(&cursor, HF_ERR_INVALID);
    out->has_key = false;
    out->lost = 0;
    expect(&cursor, 1);
    out->began_ms = number(&cursor, 0, INT64_MAX);
    read_lists(&cursor, out);
    for (left = left < 4 ? 0 : left - 4; left > 0 && hf_cursor_status(&cursor) == HF_OK; left--) {
        const uint64_t key = hf_cursor_uint(&cursor);
        if (key == 5) {
            const uint8_t *sealed = hf_cursor_fixed(&cursor, sizeof out->sealed_key);
            if (sealed)
                memcpy(out->sealed_key, sealed, sizeof out->sealed_key);
            out->has_key = true;
        } else if (key == 6) {
            out->lost = number(&cursor, 1, UINT32_MAX);
        } else {
            hf_cursor_fail(&cursor, HF_ERR_INVALID);
        }
    }
    hf_cursor_leave(&cursor);
    return hf_cursor_end(&cursor);
}
