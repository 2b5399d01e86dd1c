/* Ed25519 over context ‖ message. */
#include "core/crypto/crypto.h"

#include "core/base/assert.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define JOINED_STACK_BYTES 1024 /* a leaf with its context (267) and a checkpoint note stay off the heap */

_Static_assert(crypto_sign_PUBLICKEYBYTES == HF_SIGN_PUBLIC_BYTES, "public key size");
_Static_assert(crypto_sign_SECRETKEYBYTES == HF_SIGN_SECRET_BYTES, "secret key size");
_Static_assert(crypto_sign_SEEDBYTES == HF_SIGN_SEED_BYTES, "seed size");
_Static_assert(crypto_sign_BYTES == HF_SIGN_BYTES, "signature size");

/* Ed25519 reads its message twice, so libsodium wants it in one piece. */
struct joined {
    uint8_t small[JOINED_STACK_BYTES];
    uint8_t *large; /* NULL when small or borrowed */
    struct hf_slice all;
};

static bool join(struct joined *joined, struct hf_slice context, struct hf_slice message)
{
    joined->large = NULL;
    joined->all = message;
    if (context.len == 0)
        return true;
    if (message.len > SIZE_MAX - context.len)
        return false;

    size_t len = context.len + message.len;
    uint8_t *at = joined->small;
    if (len > sizeof joined->small) {
        joined->large = malloc(len);
        at = joined->large;
        if (!at)
            return false;
    }
    memcpy(at, context.data, context.len);
    if (message.len > 0)
        memcpy(at + context.len, message.data, message.len);
    joined->all = hf_slice_of(at, len);
    return true;
}

void hf_sign_key_from_seed(const uint8_t seed[HF_SIGN_SEED_BYTES], struct hf_sign_key *out_key)
{
    crypto_sign_seed_keypair(out_key->public_key, out_key->secret_key, seed);
}

void hf_sign(const struct hf_sign_key *key, struct hf_slice context, struct hf_slice message,
             uint8_t out_signature[HF_SIGN_BYTES])
{
    struct joined joined;
    bool fits = join(&joined, context, message);
    HF_ASSERT(fits); /* going on without memory would hand out a signature that is none */
    crypto_sign_detached(out_signature, NULL, joined.all.data, joined.all.len, key->secret_key);
    free(joined.large);
}

bool hf_verify(const uint8_t public_key[HF_SIGN_PUBLIC_BYTES], struct hf_slice context, struct hf_slice message,
               const uint8_t signature[HF_SIGN_BYTES])
{
    struct joined joined;
    if (!join(&joined, context, message))
        return false;
    bool fits = crypto_sign_verify_detached(signature, joined.all.data, joined.all.len, public_key) == 0;
    free(joined.large);
    return fits;
}
