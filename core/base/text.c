#include "core/base/text.h"

#include <stdio.h>
#include <string.h>

#define MINUTE_MS UINT64_C(60000)
#define HOUR_MS   (60 * MINUTE_MS)
#define DAY_MS    (24 * HOUR_MS)
#define MONTH_MS  (2629746 * UINT64_C(1000)) /* a twelfth of the year below */
#define YEAR_MS   (31556952 * UINT64_C(1000))

/* --- UTF-8 --- */

/* Bytes of the well-formed character at `at`, 0 when there is none (Unicode 15, table 3-7; NUL is refused too). */
static size_t character_bytes(const uint8_t *at, size_t left)
{
    uint8_t lead = at[0];
    if (lead < 0x80)
        return lead != 0 ? 1 : 0;
    size_t need = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || left < need)
        return 0;

    uint8_t low = 0x80;
    uint8_t high = 0xBF;
    if (lead == 0xE0)
        low = 0xA0; /* below: overlong */
    else if (lead == 0xED)
        high = 0x9F; /* above: surrogates */
    else if (lead == 0xF0)
        low = 0x90; /* below: overlong */
    else if (lead == 0xF4)
        high = 0x8F; /* above: past U+10FFFF */
    if (at[1] < low || at[1] > high)
        return 0;
    for (size_t i = 2; i < need; i++) {
        if ((at[i] & 0xC0u) != 0x80u)
            return 0;
    }
    return need;
}

/* How many of the next bytes are plain ASCII and not NUL: eight at a time, because most text is. */
static size_t ascii_bytes(const uint8_t *at, size_t len)
{
    size_t i = 0;
    for (; i + 8 <= len; i += 8) {
        uint64_t eight;
        memcpy(&eight, at + i, sizeof eight);
        const uint64_t below_one = (eight - 0x0101010101010101u) & ~eight; /* its top bits show a NUL */
        if ((eight | below_one) & 0x8080808080808080u)
            break;
    }
    return i;
}

bool hf_text_is_utf8(struct hf_slice text)
{
    for (size_t i = 0; i < text.len;) {
        size_t plain = ascii_bytes(text.data + i, text.len - i);
        if (plain > 0) {
            i += plain;
            continue;
        }
        size_t step = character_bytes(text.data + i, text.len - i);
        if (step == 0)
            return false;
        i += step;
    }
    return true;
}

size_t hf_text_length(struct hf_slice text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++)
        count += (text.data[i] & 0xC0u) != 0x80u;
    return count;
}

/* --- hex --- */

void hf_text_hex(struct hf_buf *out, struct hf_slice bytes)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < bytes.len; i++) {
        const char pair[2] = {digits[bytes.data[i] >> 4], digits[bytes.data[i] & 0x0Fu]};
        hf_buf_append(out, pair, sizeof pair);
    }
}

static int nibble(uint8_t digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F')
        return digit - 'A' + 10;
    return -1;
}

enum hf_status hf_text_unhex(struct hf_slice hex, uint8_t *out, size_t out_len)
{
    if (hex.len % 2 != 0 || hex.len / 2 != out_len)
        return HF_ERR_INVALID;
    for (size_t i = 0; i < hex.len; i++) {
        if (nibble(hex.data[i]) < 0)
            return HF_ERR_INVALID;
    }
    for (size_t i = 0; i < out_len; i++)
        out[i] = (uint8_t)(nibble(hex.data[2 * i]) << 4 | nibble(hex.data[2 * i + 1]));
    return HF_OK;
}

/* --- base64 --- */

static const char alphabet_plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char alphabet_url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static void encode64(struct hf_buf *out, struct hf_slice bytes, const char *alphabet, bool padded)
{
    for (size_t i = 0; i < bytes.len; i += 3) {
        size_t have = bytes.len - i < 3 ? bytes.len - i : 3;
        uint32_t bits = (uint32_t)bytes.data[i] << 16;
        if (have > 1)
            bits |= (uint32_t)bytes.data[i + 1] << 8;
        if (have > 2)
            bits |= bytes.data[i + 2];

        char group[4] = {'=', '=', '=', '='};
        for (size_t j = 0; j <= have; j++)
            group[j] = alphabet[bits >> (18 - 6 * j) & 63u];
        hf_buf_append(out, group, padded ? 4 : have + 1);
    }
}

static int sextet(uint8_t digit, bool url)
{
    if (digit >= 'A' && digit <= 'Z')
        return digit - 'A';
    if (digit >= 'a' && digit <= 'z')
        return digit - 'a' + 26;
    if (digit >= '0' && digit <= '9')
        return digit - '0' + 52;
    if (digit == (url ? '-' : '+'))
        return 62;
    if (digit == (url ? '_' : '/'))
        return 63;
    return -1;
}

/* Decodes 2 to 4 digits into 1 to 3 bytes; 0 when a digit is foreign, spare bits are set or a digit stands alone. */
static size_t decode_group(const uint8_t *digits, size_t count, bool url, uint8_t out[3])
{
    uint32_t bits = 0;
    for (size_t i = 0; i < 4; i++) {
        int value = i < count ? sextet(digits[i], url) : 0;
        if (value < 0)
            return 0;
        bits = bits << 6 | (uint32_t)value;
    }
    size_t bytes = count - 1;
    if ((bits & (0xFFFFFFu >> (8 * bytes))) != 0)
        return 0;
    for (size_t i = 0; i < bytes; i++)
        out[i] = (uint8_t)(bits >> (16 - 8 * i));
    return bytes;
}

/* One pass with out NULL to check, one to append: a refused text leaves out as it was. */
static bool decode64(struct hf_slice digits, bool url, struct hf_buf *out)
{
    for (size_t i = 0; i < digits.len; i += 4) {
        uint8_t bytes[3];
        size_t count = digits.len - i < 4 ? digits.len - i : 4;
        size_t len = decode_group(digits.data + i, count, url, bytes);
        if (len == 0)
            return false;
        if (out)
            hf_buf_append(out, bytes, len);
    }
    return true;
}

static enum hf_status decode64_checked(struct hf_slice digits, bool url, struct hf_buf *out)
{
    if (!decode64(digits, url, NULL))
        return HF_ERR_INVALID;
    hf_buf_reserve(out, digits.len / 4 * 3 + (digits.len % 4 ? digits.len % 4 - 1 : 0));
    (void)decode64(digits, url, out);
    return hf_buf_status(out);
}

void hf_text_base64(struct hf_buf *out, struct hf_slice bytes)
{
    encode64(out, bytes, alphabet_plain, true);
}

enum hf_status hf_text_unbase64(struct hf_slice text, struct hf_buf *out)
{
    if (text.len % 4 != 0)
        return HF_ERR_INVALID;
    for (int pads = 0; pads < 2 && text.len > 0 && text.data[text.len - 1] == '='; pads++)
        text.len--;
    return decode64_checked(text, false, out);
}

void hf_text_base64url(struct hf_buf *out, struct hf_slice bytes)
{
    encode64(out, bytes, alphabet_url, false);
}

enum hf_status hf_text_unbase64url(struct hf_slice text, struct hf_buf *out)
{
    return decode64_checked(text, true, out);
}

void hf_text_csv_cell(const char *text, struct hf_buf *out)
{
    hf_buf_append_u8(out, '"');
    if (*text && strchr("=+-@\t", *text))
        hf_buf_append_u8(out, '\'');
    for (; *text; text++) {
        if (*text == '"')
            hf_buf_append_u8(out, '"');
        hf_buf_append_u8(out, (uint8_t)*text);
    }
    hf_buf_append_u8(out, '"');
}

void hf_text_span(uint64_t span_ms, char *out, size_t size)
{
    static const struct {
        uint64_t ms;
        const char *name;
    } units[] = {{YEAR_MS, "year"}, {MONTH_MS, "month"}, {DAY_MS, "day"}, {HOUR_MS, "hour"}, {MINUTE_MS, "minute"}};
    const size_t count = sizeof units / sizeof *units;
    size_t at = 0, len;
    while (at + 1 < count && span_ms < units[at].ms)
        at++;
    const uint64_t first = span_ms / units[at].ms;
    len = (size_t)snprintf(out, size, "%llu %s%s", (unsigned long long)first, units[at].name, first == 1 ? "" : "s");
    if (at + 1 == count || len >= size)
        return;
    const uint64_t second = span_ms % units[at].ms / units[at + 1].ms;
    if (second > 0)
        (void)snprintf(out + len, size - len, " %llu %s%s", (unsigned long long)second, units[at + 1].name,
                       second == 1 ? "" : "s");
}
