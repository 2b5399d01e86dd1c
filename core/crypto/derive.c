/* Keys from keys (BLAKE2b) and keys from passphrases (Argon2id). */
#include "core/crypto/crypto.h"

#include <sodium.h>

#define ARGON2ID_MEMORY_BYTES_MIN (64ull << 20)
#define ARGON2ID_PASSES_MIN       3u

_Static_assert(crypto_pwhash_argon2id_SALTBYTES == 16, "salt size");

void hf_derive(const uint8_t key[HF_KEY_BYTES], const char *context, uint8_t out[HF_KEY_BYTES])
{
    const struct hf_slice purpose = hf_slice_str(context);
    hf_blake2b(hf_slice_of(key, HF_KEY_BYTES), &purpose, 1, out, HF_KEY_BYTES);
}

enum hf_status hf_argon2id(struct hf_slice passphrase, const uint8_t salt[16], uint64_t memory_bytes, uint32_t passes,
                           bool weak_for_tests, uint8_t out[HF_KEY_BYTES])
{
    if (!weak_for_tests && (memory_bytes < ARGON2ID_MEMORY_BYTES_MIN || passes < ARGON2ID_PASSES_MIN))
        return HF_ERR_INVALID;
    if (memory_bytes < crypto_pwhash_argon2id_MEMLIMIT_MIN || memory_bytes > crypto_pwhash_argon2id_MEMLIMIT_MAX ||
        passes < crypto_pwhash_argon2id_OPSLIMIT_MIN || passphrase.len > crypto_pwhash_argon2id_PASSWD_MAX)
        return HF_ERR_INVALID;

    uint8_t key[HF_KEY_BYTES];
    const char *text = passphrase.len ? (const char *)passphrase.data : "";
    int failed = crypto_pwhash_argon2id(key, sizeof key, text, passphrase.len, salt, passes, (size_t)memory_bytes,
                                        crypto_pwhash_argon2id_ALG_ARGON2ID13);
    if (!failed) {
        for (size_t i = 0; i < sizeof key; i++)
            out[i] = key[i];
    }
    hf_wipe(key, sizeof key);
    return failed ? HF_ERR_NOMEM : HF_OK; /* the arguments were checked: only memory can be missing */
}
