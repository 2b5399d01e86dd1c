/* Bytes written as hex in a test. */
#ifndef HF_TESTS_CRYPTO_SUPPORT_HEX_H
#define HF_TESTS_CRYPTO_SUPPORT_HEX_H

#include "core/base/bytes.h"

#define HEX_BYTES_MAX 256

struct hex {
    uint8_t bytes[HEX_BYTES_MAX];
    size_t len;
};

/* Fails the test when `text` is not hex or too long. */
struct hex hex_of(const char *text);
struct hf_slice hex_slice(const struct hex *hex);
void assert_hex(const uint8_t *bytes, size_t len, const char *expected);

#endif
