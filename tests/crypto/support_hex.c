#include "tests/crypto/support_hex.h"

#include "core/base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct hex hex_of(const char *text)
{
    struct hex hex = {.len = strlen(text) / 2};
    assert_true(hex.len <= HEX_BYTES_MAX);
    assert_int_equal(hf_text_unhex(hf_slice_str(text), hex.bytes, hex.len), HF_OK);
    return hex;
}

struct hf_slice hex_slice(const struct hex *hex)
{
    return hf_slice_of(hex->bytes, hex->len);
}

void assert_hex(const uint8_t *bytes, size_t len, const char *expected)
{
    struct hex hex = hex_of(expected);
    assert_int_equal(len, hex.len);
    assert_memory_equal(bytes, hex.bytes, len);
}
