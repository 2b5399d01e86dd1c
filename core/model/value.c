#include "core/model/value.h"

#include "core/base/assert.h"
#include "core/base/text.h"
#include "core/model/act.h"
#include "core/pack/cursor.h"
#include "core/pack/writer.h"

#include <inttypes.h>
#include <string.h>

#define TIME_MS_MAX       253402300799999ull /* 9999-12-31T23:59:59.999Z, the last that is shown as it is */
#define CODES_TEXT_BYTES  220                /* room for the words of a code list in a message */
#define INT_DIGITS_MAX    19
#define VALUE_ELEMENT_MAX 1

static bool may_be_cleared(const struct hf_field_spec *field)
{
    return field->kind != HF_KIND_VERBATIM && field->kind != HF_KIND_APPEND && field->kind != HF_KIND_SET;
}

/* "open, done, cancelled"; a list too long for a message ends in "…". */
static void list_codes(const struct hf_field_spec *field, char out[CODES_TEXT_BYTES])
{
    static const char more[] = " and others";
    size_t len = 0;
    out[0] = '\0';
    for (size_t i = 0; field->codes[i]; i++) {
        size_t word = strlen(field->codes[i]);
        if (len + word + 2 + sizeof more > CODES_TEXT_BYTES) {
            memcpy(out + len, more, sizeof more);
            return;
        }
        if (len > 0) {
            memcpy(out + len, ", ", 2);
            len += 2;
        }
        memcpy(out + len, field->codes[i], word + 1);
        len += word;
    }
}

static enum hf_status wrong_form(const struct hf_field_spec *field, struct hf_error *err)
{
    char codes[CODES_TEXT_BYTES];
    const enum hf_status status = HF_ERR_INVALID;
    switch (field->type) {
    case HF_TYPE_TEXT:
        return hf_error_set(err, status, "%s must be text", field->name);
    case HF_TYPE_INT:
        return hf_error_set(err, status, "%s must be a whole number such as 3", field->name);
    case HF_TYPE_BOOL:
        return hf_error_set(err, status, "%s must be true or false", field->name);
    case HF_TYPE_DATE:
        return hf_error_set(err, status, "%s must be a date such as 2026-11-21", field->name);
    case HF_TYPE_TIME:
        return hf_error_set(err, status, "%s must be a date and time such as 2026-11-21T14:02:00Z", field->name);
    case HF_TYPE_CODE:
        list_codes(field, codes);
        return hf_error_set(err, status, "%s must be one of %s", field->name, codes);
    case HF_TYPE_REF:
        return hf_error_set(err, status, "%s must be the id of a record or person, such as %s", field->name,
                            "01939b2e-7c10-7a55-9f00-3c2d5e6f7a8b");
    case HF_TYPE_ACT:
    case HF_TYPE_TAKEN_OUT:
        return hf_error_set(err, status, "%s is not written like a field", field->name);
    }
    return status;
}

static enum hf_status cannot_be_empty(const struct hf_field_spec *field, struct hf_error *err)
{
    return hf_error_set(err, HF_ERR_INVALID, "%s cannot be empty here: write something, or leave it as it is",
                        field->name);
}

static enum hf_status too_long(const struct hf_field_spec *field, size_t len, struct hf_error *err)
{
    return hf_error_set(err, HF_ERR_LIMIT,
                        "%s can hold %" PRIu32 " bytes of text and this has %zu: shorten it, or put the rest in "
                        "another entry",
                        field->name, field->bytes_max, len);
}

static bool is_code(const struct hf_field_spec *field, struct hf_slice word)
{
    for (size_t i = 0; field->codes[i]; i++)
        if (hf_slice_equal(hf_slice_str(field->codes[i]), word))
            return true;
    return false;
}

/* Reads one element of the field's type; false when its content is not allowed. A wrong msgpack kind shows in the
 * cursor. */
static bool read_element(const struct hf_field_spec *field, struct hf_cursor *cursor)
{
    struct hf_id id;
    switch (field->type) {
    case HF_TYPE_TEXT:
        return hf_cursor_text(cursor, 0).len > 0;
    case HF_TYPE_INT:
        (void)hf_cursor_int(cursor);
        return true;
    case HF_TYPE_BOOL:
        (void)hf_cursor_bool(cursor);
        return true;
    case HF_TYPE_DATE:
        return hf_text_is_date(hf_cursor_text(cursor, 0));
    case HF_TYPE_TIME:
        return hf_cursor_uint(cursor) <= TIME_MS_MAX;
    case HF_TYPE_CODE:
        return is_code(field, hf_cursor_text(cursor, 0));
    case HF_TYPE_REF:
        id = hf_cursor_id(cursor);
        return !hf_id_is_zero(&id);
    case HF_TYPE_ACT:
    case HF_TYPE_TAKEN_OUT:
        break; /* read as a whole: check_common */
    }
    return false;
}

/* Length of the text in an element that was read as one piece of text. */
static size_t text_bytes(struct hf_slice encoded)
{
    struct hf_cursor cursor;
    hf_cursor_init(&cursor, encoded, VALUE_ELEMENT_MAX);
    return hf_cursor_text(&cursor, 0).len;
}

/* What is no field of a form: acts, and what was taken out of sets. */
static enum hf_status check_common(const struct hf_record_spec *type, const struct hf_field_spec *field,
                                   struct hf_slice encoded, struct hf_error *err)
{
    struct hf_act_value act;
    struct hf_taken_out taken;
    enum hf_status status =
        field->type == HF_TYPE_ACT ? hf_act_decode(field, encoded, &act) : hf_taken_out_decode(type, encoded, &taken);
    return status == HF_OK ? HF_OK : wrong_form(field, err);
}

enum hf_status hf_value_check(const struct hf_record_spec *type, const struct hf_field_spec *field,
                              struct hf_slice encoded, struct hf_error *err)
{
    struct hf_cursor cursor;
    if (field->code >= HF_FIELD_COMMON)
        return check_common(type, field, encoded, err);
    hf_cursor_init(&cursor, encoded, VALUE_ELEMENT_MAX);
    if (hf_cursor_peek(&cursor) == HF_PACK_NIL) {
        hf_cursor_nil(&cursor);
        if (hf_cursor_end(&cursor) != HF_OK)
            return wrong_form(field, err);
        return may_be_cleared(field) ? HF_OK : cannot_be_empty(field, err);
    }
    bool allowed = read_element(field, &cursor);
    if (hf_cursor_end(&cursor) != HF_OK)
        return wrong_form(field, err);
    if (field->type == HF_TYPE_TEXT && !allowed)
        return cannot_be_empty(field, err);
    if (field->type == HF_TYPE_TEXT && text_bytes(encoded) > field->bytes_max)
        return too_long(field, text_bytes(encoded), err);
    return allowed ? HF_OK : wrong_form(field, err);
}

static bool parse_bool(struct hf_slice text, bool *out)
{
    bool yes = hf_slice_equal(text, hf_slice_str("true")) || hf_slice_equal(text, hf_slice_str("yes"));
    bool no = hf_slice_equal(text, hf_slice_str("false")) || hf_slice_equal(text, hf_slice_str("no"));
    *out = yes;
    return yes || no;
}

static bool parse_int(struct hf_slice text, int64_t *out)
{
    bool negative = text.len > 0 && text.data[0] == '-';
    size_t digits = text.len - (negative ? 1 : 0);
    uint64_t value = 0;
    if (digits == 0 || digits > INT_DIGITS_MAX)
        return false;
    for (size_t i = negative ? 1 : 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        value = value * 10 + (uint64_t)(text.data[i] - '0'); /* 19 digits fit 64 bits */
    }
    if (value > (uint64_t)INT64_MAX)
        return false;
    *out = negative ? -(int64_t)value : (int64_t)value;
    return true;
}

/* Writes text as an element of the field's type; false when it does not read as one. */
static bool pack_text(const struct hf_field_spec *field, struct hf_slice text, struct hf_buf *out)
{
    bool yes;
    int64_t number;
    uint64_t unix_ms;
    struct hf_id id;
    switch (field->type) {
    case HF_TYPE_TEXT:
    case HF_TYPE_DATE:
    case HF_TYPE_CODE:
        if (!hf_text_is_utf8(text))
            return false;
        hf_pack_text(out, text);
        return true;
    case HF_TYPE_INT:
        if (!parse_int(text, &number))
            return false;
        hf_pack_int(out, number);
        return true;
    case HF_TYPE_BOOL:
        if (!parse_bool(text, &yes))
            return false;
        hf_pack_bool(out, yes);
        return true;
    case HF_TYPE_TIME:
        if (hf_text_parse_time(text, &unix_ms) != HF_OK)
            return false;
        hf_pack_uint(out, unix_ms);
        return true;
    case HF_TYPE_REF:
        if (hf_id_parse(text, &id) != HF_OK)
            return false;
        hf_pack_id(out, &id);
        return true;
    case HF_TYPE_ACT:
    case HF_TYPE_TAKEN_OUT:
        break;
    }
    return false;
}

enum hf_status hf_value_from_text(const struct hf_record_spec *type, const struct hf_field_spec *field,
                                  struct hf_slice text, struct hf_buf *out, struct hf_error *err)
{
    struct hf_buf value = {0};
    enum hf_status status = HF_OK;
    if (field->type == HF_TYPE_TEXT && text.len > field->bytes_max)
        return too_long(field, text.len, err);
    if (text.len == 0)
        hf_pack_nil(&value);
    else if (!pack_text(field, text, &value))
        status = wrong_form(field, err);
    if (status == HF_OK && hf_buf_status(&value) != HF_OK)
        status = hf_error_set(err, hf_buf_status(&value), "%s", hf_status_text(hf_buf_status(&value)));
    if (status == HF_OK)
        status = hf_value_check(type, field, hf_buf_slice(&value), err);
    if (status == HF_OK) {
        hf_buf_append_slice(out, hf_buf_slice(&value));
        status = hf_buf_status(out);
        if (status != HF_OK)
            (void)hf_error_set(err, status, "%s", hf_status_text(status));
    }
    hf_buf_clear(&value);
    return status;
}

static void act_to_text(const struct hf_field_spec *field, struct hf_slice encoded, struct hf_buf *out)
{
    static const char *const of_final[] = {"", "final", "amended", "amendment declined"};
    static const char *const of_deleted[] = {"", "deleted", "restored"};
    struct hf_act_value act;
    struct hf_cursor cursor;
    hf_cursor_init(&cursor, encoded, VALUE_ELEMENT_MAX);
    if (hf_cursor_peek(&cursor) == HF_PACK_TEXT) /* what stands against an act, said in words */
        hf_buf_append_slice(out, hf_cursor_text(&cursor, 0));
    else if (hf_act_decode(field, encoded, &act) == HF_OK)
        hf_buf_append_str(out, field->code == HF_FIELD_FINAL ? of_final[act.act] : of_deleted[act.act]);
}

void hf_value_to_text(const struct hf_field_spec *field, struct hf_slice encoded, struct hf_buf *out)
{
    struct hf_cursor cursor;
    struct hf_id id;
    char text[HF_ID_TEXT_BYTES];
    hf_cursor_init(&cursor, encoded, VALUE_ELEMENT_MAX);
    if (hf_cursor_peek(&cursor) == HF_PACK_NIL)
        return;
    switch (field->type) {
    case HF_TYPE_TEXT:
    case HF_TYPE_DATE:
    case HF_TYPE_CODE:
        hf_buf_append_slice(out, hf_cursor_text(&cursor, 0));
        return;
    case HF_TYPE_INT:
        hf_buf_append_fmt(out, "%" PRId64, hf_cursor_int(&cursor));
        return;
    case HF_TYPE_BOOL:
        hf_buf_append_str(out, hf_cursor_bool(&cursor) ? "true" : "false");
        return;
    case HF_TYPE_TIME:
        hf_text_time(hf_cursor_uint(&cursor), text);
        hf_buf_append_str(out, text);
        return;
    case HF_TYPE_REF:
        id = hf_cursor_id(&cursor);
        hf_id_format(&id, text);
        hf_buf_append_str(out, text);
        return;
    case HF_TYPE_ACT:
        act_to_text(field, encoded, out);
        return;
    case HF_TYPE_TAKEN_OUT:
        return;
    }
}
