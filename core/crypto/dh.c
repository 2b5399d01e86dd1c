/* X25519 and the anonymous sealed box. */
#include "core/crypto/crypto.h"

#include "core/base/assert.h"

#include <sodium.h>
#include <string.h>

_Static_assert(crypto_scalarmult_BYTES == HF_DH_BYTES, "point size");
_Static_assert(crypto_scalarmult_SCALARBYTES == HF_DH_BYTES, "scalar size");
_Static_assert(crypto_box_SEALBYTES == HF_SEALED_OVERHEAD_BYTES, "sealed box overhead");
_Static_assert(crypto_box_PUBLICKEYBYTES == HF_DH_BYTES && crypto_box_SECRETKEYBYTES == HF_DH_BYTES, "box key sizes");

/* The seed is the scalar itself, as Noise and RFC 7748 write it; X25519 clamps it on use. */
void hf_dh_key_from_seed(const uint8_t seed[HF_DH_BYTES], struct hf_dh_key *out_key)
{
    memcpy(out_key->secret_key, seed, HF_DH_BYTES);
    int failed = crypto_scalarmult_base(out_key->public_key, out_key->secret_key);
    HF_ASSERT(!failed);
}

bool hf_dh(const uint8_t secret_key[HF_DH_BYTES], const uint8_t public_key[HF_DH_BYTES], uint8_t out[HF_DH_BYTES])
{
    uint8_t shared[HF_DH_BYTES] = {0};
    bool good = crypto_scalarmult(shared, secret_key, public_key) == 0;
    memcpy(out, shared, HF_DH_BYTES);
    hf_wipe(shared, sizeof shared);
    return good;
}

bool hf_box_seal(const uint8_t public_key[HF_DH_BYTES], const uint8_t *in, size_t len, uint8_t *out)
{
    const uint8_t nothing[1] = {0};
    if (crypto_box_seal(out, len ? in : nothing, len, public_key) != 0) {
        hf_wipe(out, len + HF_SEALED_OVERHEAD_BYTES);
        return false;
    }
    return true;
}

bool hf_box_open(const struct hf_dh_key *key, const uint8_t *in, size_t len, uint8_t *out)
{
    if (len < HF_SEALED_OVERHEAD_BYTES)
        return false;
    size_t plain_len = len - HF_SEALED_OVERHEAD_BYTES;
    uint8_t nowhere[1];
    if (crypto_box_seal_open(plain_len ? out : nowhere, in, len, key->public_key, key->secret_key) != 0) {
        hf_wipe(out, plain_len);
        return false;
    }
    return true;
}
