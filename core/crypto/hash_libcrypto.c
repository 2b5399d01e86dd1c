/* SHA-256 by libcrypto, which has code for each processor: five to eight times libsodium's speed where there are
 * instructions for it. Its context is filled in place by the functions of before 3.0; those that came with 3.0 allocate
 * one for each hash, which costs more than the hash of a leaf. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "core/base/assert.h"
#include "core/crypto/crypto.h"
#include "core/crypto/hash_way.h"

#include <openssl/sha.h>

_Static_assert(sizeof(SHA256_CTX) <= HF_SHA256_STATE_BYTES, "SHA-256 state must fit");
_Static_assert(_Alignof(SHA256_CTX) <= _Alignof(struct hf_sha256), "SHA-256 state must be aligned");

static void begin(void *state)
{
    HF_ASSERT(SHA256_Init(state) == 1);
}

static void add(void *state, const void *data, size_t len)
{
    HF_ASSERT(SHA256_Update(state, data, len) == 1);
}

static void end(void *state, uint8_t out[HF_HASH_BYTES])
{
    HF_ASSERT(SHA256_Final(out, state) == 1);
}

void hf_sha256_by_libcrypto(void)
{
    static const struct hf_sha256_way way = {begin, add, end};
    hf_sha256_use(&way);
}
