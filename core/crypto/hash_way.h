/* Whose code works out SHA-256. libsodium's does until a program that has libcrypto says otherwise (hf_sealer_begin
 * does); the verifier stays without libcrypto. Both give the same bytes. Inside core/crypto. */
#ifndef HF_CORE_CRYPTO_HASH_WAY_H
#define HF_CORE_CRYPTO_HASH_WAY_H

#include <stddef.h>
#include <stdint.h>

#define HF_SHA256_STATE_BYTES 112

struct hf_sha256_way {
    void (*begin)(void *state);
    void (*add)(void *state, const void *data, size_t len);
    void (*end)(void *state, uint8_t *out);
};
/* For every hash that begins from now on, in any thread. The way is borrowed for good. */
void hf_sha256_use(const struct hf_sha256_way *way);
void hf_sha256_by_libcrypto(void);

#endif
