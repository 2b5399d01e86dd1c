/* XChaCha20-Poly1305 for what is stored, ChaCha20-Poly1305 for the channel. */
#include "core/crypto/crypto.h"

#include "core/base/assert.h"

#include <sodium.h>

_Static_assert(crypto_aead_xchacha20poly1305_ietf_KEYBYTES == HF_KEY_BYTES, "key size");
_Static_assert(crypto_aead_xchacha20poly1305_ietf_NPUBBYTES == HF_XNONCE_BYTES, "nonce size");
_Static_assert(crypto_aead_xchacha20poly1305_ietf_ABYTES == HF_TAG_BYTES, "tag size");
_Static_assert(crypto_aead_chacha20poly1305_ietf_KEYBYTES == HF_KEY_BYTES, "key size");
_Static_assert(crypto_aead_chacha20poly1305_ietf_NPUBBYTES == HF_NONCE_BYTES, "nonce size");
_Static_assert(crypto_aead_chacha20poly1305_ietf_ABYTES == HF_TAG_BYTES, "tag size");

void hf_seal(const uint8_t key[HF_KEY_BYTES], const uint8_t nonce[HF_XNONCE_BYTES], struct hf_slice aad,
             const uint8_t *in, size_t len, uint8_t *out, uint8_t out_tag[HF_TAG_BYTES])
{
    HF_ASSERT(len == 0 || (in && out));
    uint8_t nowhere[1]; /* libsodium wants an address even for no bytes */
    crypto_aead_xchacha20poly1305_ietf_encrypt_detached(len ? out : nowhere, out_tag, NULL, in, len, aad.data, aad.len,
                                                        NULL, nonce, key);
}

bool hf_unseal(const uint8_t key[HF_KEY_BYTES], const uint8_t nonce[HF_XNONCE_BYTES], struct hf_slice aad,
               const uint8_t *in, size_t len, const uint8_t tag[HF_TAG_BYTES], uint8_t *out)
{
    HF_ASSERT(len == 0 || (in && out));
    uint8_t nowhere[1] = {0};
    int failed = crypto_aead_xchacha20poly1305_ietf_decrypt_detached(len ? out : nowhere, NULL, len ? in : nowhere, len,
                                                                     tag, aad.data, aad.len, nonce, key);
    if (failed)
        hf_wipe(out, len);
    return !failed;
}

void hf_noise_seal(const uint8_t key[HF_KEY_BYTES], const uint8_t nonce[HF_NONCE_BYTES], struct hf_slice aad,
                   const uint8_t *in, size_t len, uint8_t *out)
{
    crypto_aead_chacha20poly1305_ietf_encrypt(out, NULL, in, len, aad.data, aad.len, NULL, nonce, key);
}

bool hf_noise_unseal(const uint8_t key[HF_KEY_BYTES], const uint8_t nonce[HF_NONCE_BYTES], struct hf_slice aad,
                     const uint8_t *in, size_t len_with_tag, uint8_t *out)
{
    if (len_with_tag < HF_TAG_BYTES)
        return false;
    size_t len = len_with_tag - HF_TAG_BYTES;
    uint8_t nowhere[1];
    int failed = crypto_aead_chacha20poly1305_ietf_decrypt_detached(len ? out : nowhere, NULL, in, len, in + len,
                                                                    aad.data, aad.len, nonce, key);
    if (failed)
        hf_wipe(out, len);
    return !failed;
}
