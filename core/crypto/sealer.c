/* Sealing by libcrypto. XChaCha20-Poly1305 is HChaCha20 of the key and the nonce's first 16 bytes, then
 * ChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03); XAES-256-GCM is CMAC of the nonce's first 12 bytes, then AES-256-GCM
 * (c2sp.org/XAES-256-GCM). */
#include "core/base/assert.h"
#include "core/crypto/crypto.h"
#include "core/crypto/hash_way.h"

#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <sodium.h>
#include <string.h>

#define BLOCK_BYTES       16
#define INNER_NONCE_BYTES 12
#define HCHACHA_BYTES     16 /* of the nonce: what HChaCha20 takes in */
#define CMAC_POLYNOMIAL   0x87
#define XAES_LABEL        'X'

_Static_assert(crypto_core_hchacha20_INPUTBYTES == HCHACHA_BYTES && crypto_core_hchacha20_OUTPUTBYTES == HF_KEY_BYTES,
               "HChaCha20 takes 16 bytes of nonce and gives a key");
_Static_assert(HF_SUITE_PREFIX_BYTES + INNER_NONCE_BYTES == HF_XNONCE_BYTES, "a prefix and GCM's nonce");

bool hf_hw_available(void)
{
#if defined(__x86_64__) || defined(__i386__)
    return __builtin_cpu_supports("aes") && __builtin_cpu_supports("pclmul");
#elif defined(__ARM_FEATURE_AES) || defined(__ARM_FEATURE_CRYPTO)
    return true;
#else
    return false;
#endif
}

/* --- ciphers of libcrypto ------------------------------------------------------------------------------------------
 */

/* A context with its cipher and no key yet: everything that can fail for want of memory has happened. */
static EVP_CIPHER_CTX *cipher_new(const EVP_CIPHER *cipher)
{
    EVP_CIPHER_CTX *context = cipher ? EVP_CIPHER_CTX_new() : NULL;

    if (context && !EVP_CipherInit_ex(context, cipher, NULL, NULL, NULL, 1)) {
        EVP_CIPHER_CTX_free(context);
        context = NULL;
    }
    return context;
}

static enum hf_status begin_xchacha(struct hf_sealer *sealer)
{
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, "ChaCha20-Poly1305", NULL);

    sealer->subkeys[0].cipher = cipher_new(cipher);
    EVP_CIPHER_free(cipher);
    return sealer->subkeys[0].cipher ? HF_OK : HF_ERR_NOMEM;
}

static void encrypt_block(struct hf_sealer *sealer, const uint8_t in[BLOCK_BYTES], uint8_t out[BLOCK_BYTES])
{
    int len = 0;

    HF_ASSERT(EVP_EncryptUpdate(sealer->block, out, &len, in, BLOCK_BYTES) == 1 && len == BLOCK_BYTES);
}

/* K1 of CMAC (NIST SP 800-38B, 6.1): twice the encrypted zero block, in the field of 2^128 elements. */
static void make_mask(struct hf_sealer *sealer)
{
    uint8_t zero[BLOCK_BYTES] = {0};
    uint8_t block[BLOCK_BYTES];
    unsigned carry;

    encrypt_block(sealer, zero, block);
    carry = block[0] >> 7;
    for (size_t i = 0; i + 1 < BLOCK_BYTES; i++)
        sealer->mask[i] = (uint8_t)((block[i] << 1) | (block[i + 1] >> 7));
    sealer->mask[BLOCK_BYTES - 1] = (uint8_t)(((unsigned)block[BLOCK_BYTES - 1] << 1) ^ (carry * CMAC_POLYNOMIAL));
    hf_wipe(block, sizeof(block));
}

static enum hf_status begin_xaes(struct hf_sealer *sealer)
{
    EVP_CIPHER *ecb = EVP_CIPHER_fetch(NULL, "AES-256-ECB", NULL);
    EVP_CIPHER *gcm = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
    bool is_complete;

    sealer->block = cipher_new(ecb);
    is_complete = sealer->block && EVP_EncryptInit_ex(sealer->block, NULL, NULL, sealer->key, NULL) == 1 &&
                  EVP_CIPHER_CTX_set_padding(sealer->block, 0) == 1;
    for (size_t i = 0; is_complete && i < HF_SEALER_SUBKEYS; i++) {
        sealer->subkeys[i].cipher = cipher_new(gcm);
        is_complete = sealer->subkeys[i].cipher != NULL;
    }
    EVP_CIPHER_free(ecb);
    EVP_CIPHER_free(gcm);
    if (is_complete)
        make_mask(sealer);
    return is_complete ? HF_OK : HF_ERR_NOMEM;
}

enum hf_status hf_sealer_begin(struct hf_sealer *sealer, unsigned suite, const uint8_t key[HF_KEY_BYTES])
{
    enum hf_status status = HF_ERR_UNSUPPORTED;

    memset(sealer, 0, sizeof(*sealer));
    /* No file of the system decides which code handles our keys. */
    if (!OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL))
        return HF_ERR_NOMEM;
    hf_sha256_by_libcrypto();
    memcpy(sealer->key, key, HF_KEY_BYTES);
    if (suite == HF_SUITE_XCHACHA20_POLY1305)
        status = begin_xchacha(sealer);
    if (suite == HF_SUITE_XAES_256_GCM)
        status = begin_xaes(sealer);
    if (status == HF_OK)
        sealer->suite = (enum hf_suite)suite;
    else
        hf_sealer_end(sealer);
    return status;
}

void hf_sealer_end(struct hf_sealer *sealer)
{
    EVP_CIPHER_CTX_free(sealer->block);
    for (size_t i = 0; i < HF_SEALER_SUBKEYS; i++)
        EVP_CIPHER_CTX_free(sealer->subkeys[i].cipher);
    hf_wipe(sealer, sizeof(*sealer));
}

/* --- a key and a nonce for the inner cipher ------------------------------------------------------------------------
 */

static EVP_CIPHER_CTX *set_xchacha(struct hf_sealer *sealer, const uint8_t *nonce, int is_sealing)
{
    EVP_CIPHER_CTX *cipher = sealer->subkeys[0].cipher;
    uint8_t subkey[HF_KEY_BYTES];
    uint8_t inner[INNER_NONCE_BYTES] = {0};

    (void)crypto_core_hchacha20(subkey, nonce, sealer->key, NULL);
    memcpy(inner + INNER_NONCE_BYTES - (HF_XNONCE_BYTES - HCHACHA_BYTES), nonce + HCHACHA_BYTES,
           HF_XNONCE_BYTES - HCHACHA_BYTES);
    HF_ASSERT(EVP_CipherInit_ex(cipher, NULL, NULL, subkey, inner, is_sealing) == 1);
    hf_wipe(subkey, sizeof(subkey));
    return cipher;
}

static void derive_subkey(struct hf_sealer *sealer, const uint8_t *prefix, uint8_t out[HF_KEY_BYTES])
{
    for (uint8_t half = 0; half < 2; half++) {
        uint8_t block[BLOCK_BYTES] = {0, (uint8_t)(half + 1), XAES_LABEL, 0};

        memcpy(block + BLOCK_BYTES - HF_SUITE_PREFIX_BYTES, prefix, HF_SUITE_PREFIX_BYTES);
        for (size_t i = 0; i < BLOCK_BYTES; i++)
            block[i] ^= sealer->mask[i];
        encrypt_block(sealer, block, out + half * BLOCK_BYTES);
    }
}

/* Each prefix has its one place: what was there before is derived again when it comes back. */
static EVP_CIPHER_CTX *set_xaes(struct hf_sealer *sealer, const uint8_t *nonce, int is_sealing)
{
    struct hf_sealer_subkey *subkey = &sealer->subkeys[nonce[0] % HF_SEALER_SUBKEYS];
    uint8_t key[HF_KEY_BYTES];

    if (!subkey->is_set || memcmp(subkey->prefix, nonce, HF_SUITE_PREFIX_BYTES) != 0) {
        derive_subkey(sealer, nonce, key);
        HF_ASSERT(EVP_CipherInit_ex(subkey->cipher, NULL, NULL, key, NULL, is_sealing) == 1);
        memcpy(subkey->prefix, nonce, HF_SUITE_PREFIX_BYTES);
        subkey->is_set = true;
        hf_wipe(key, sizeof(key));
    }
    HF_ASSERT(EVP_CipherInit_ex(subkey->cipher, NULL, NULL, NULL, nonce + HF_SUITE_PREFIX_BYTES, is_sealing) == 1);
    return subkey->cipher;
}

static EVP_CIPHER_CTX *set(struct hf_sealer *sealer, const uint8_t *nonce, struct hf_slice aad, int is_sealing)
{
    EVP_CIPHER_CTX *cipher = sealer->suite == HF_SUITE_XAES_256_GCM ? set_xaes(sealer, nonce, is_sealing)
                                                                    : set_xchacha(sealer, nonce, is_sealing);
    int len = 0;

    HF_ASSERT(aad.len <= INT_MAX);
    if (aad.len > 0)
        HF_ASSERT(EVP_CipherUpdate(cipher, NULL, &len, aad.data, (int)aad.len) == 1);
    return cipher;
}

/* --- sealing -------------------------------------------------------------------------------------------------------
 */

static void run(EVP_CIPHER_CTX *cipher, const uint8_t *in, size_t in_len, uint8_t *out)
{
    int len = 0;

    HF_ASSERT(in_len <= INT_MAX);
    if (in_len > 0)
        HF_ASSERT(EVP_CipherUpdate(cipher, out, &len, in, (int)in_len) == 1 && (size_t)len == in_len);
}

void hf_sealer_seal(struct hf_sealer *sealer, const uint8_t nonce[HF_XNONCE_BYTES], struct hf_slice aad,
                    const uint8_t *in, size_t len, uint8_t *out, uint8_t out_tag[HF_TAG_BYTES])
{
    EVP_CIPHER_CTX *cipher = set(sealer, nonce, aad, 1);
    uint8_t nothing[BLOCK_BYTES];
    int more = 0;

    run(cipher, in, len, out);
    HF_ASSERT(EVP_CipherFinal_ex(cipher, nothing, &more) == 1 && more == 0);
    HF_ASSERT(EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, HF_TAG_BYTES, out_tag) == 1);
}

bool hf_sealer_unseal(struct hf_sealer *sealer, const uint8_t nonce[HF_XNONCE_BYTES], struct hf_slice aad,
                      const uint8_t *in, size_t len, const uint8_t tag[HF_TAG_BYTES], uint8_t *out)
{
    EVP_CIPHER_CTX *cipher = set(sealer, nonce, aad, 0);
    uint8_t expected[HF_TAG_BYTES];
    uint8_t nothing[BLOCK_BYTES];
    int more = 0;
    bool fits;

    memcpy(expected, tag, sizeof(expected)); /* libcrypto's parameter is not const */
    HF_ASSERT(EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, HF_TAG_BYTES, expected) == 1);
    run(cipher, in, len, out);
    fits = EVP_CipherFinal_ex(cipher, nothing, &more) == 1;
    if (!fits)
        hf_wipe(out, len);
    return fits;
}
