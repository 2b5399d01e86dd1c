/* The one door to libsodium and to OpenSSL's libcrypto. Every signing, hashing and key-derivation purpose has a context
 * string of its own, never shared (formats.md). Functions are thread-safe after hf_crypto_init. Sizes are in bytes. */
#ifndef HF_CORE_CRYPTO_CRYPTO_H
#define HF_CORE_CRYPTO_CRYPTO_H

#include "core/base/bytes.h"

#define HF_SIGN_PUBLIC_BYTES     32
#define HF_SIGN_SECRET_BYTES     64 /* Ed25519 seed ‖ public key, as libsodium keeps it */
#define HF_SIGN_SEED_BYTES       32
#define HF_SIGN_BYTES            64
#define HF_HASH_BYTES            32
#define HF_KEY_BYTES             32
#define HF_TAG_BYTES             16
#define HF_XNONCE_BYTES          24 /* XChaCha20-Poly1305 */
#define HF_NONCE_BYTES           12 /* ChaCha20-Poly1305 IETF, used by Noise only */
#define HF_DH_BYTES              32 /* X25519 scalar, point, shared secret */
#define HF_SEALED_OVERHEAD_BYTES 48

/* Must be called once before anything else; idempotent. Also switches core dumps off for the process when
 * `no_core_dumps` is set (RLIMIT_CORE 0, not dumpable). HF_ERR_STATE when libsodium cannot start. */
HF_CHECKED enum hf_status hf_crypto_init(bool no_core_dumps);

/* --- random, wipe, compare ------------------------------------------------------------------------------------ */
void hf_random(void *out, size_t len);
void hf_wipe(void *data, size_t len);
/* The registers that copying and ciphers use, on x86-64 and arm64; elsewhere nothing. */
void hf_wipe_registers(void);
/* Constant time; true when equal. */
bool hf_secret_equal(const void *a, const void *b, size_t len);
/* Guarded, locked, wiped-on-free memory for keys (sodium_malloc). NULL when there is none. free(NULL) is fine. */
void *hf_secret_alloc(size_t len);
void hf_secret_free(void *secret);

/* --- hashes ----------------------------------------------------------------------------------------------------
 * SHA-256 is libsodium's, and libcrypto's once a sealer was begun (hash_way.h). */
struct hf_sha256 {
    _Alignas(8) uint8_t opaque[128];
};
void hf_sha256_begin(struct hf_sha256 *hash);
void hf_sha256_add(struct hf_sha256 *hash, const void *data, size_t len);
void hf_sha256_end(struct hf_sha256 *hash, uint8_t out[HF_HASH_BYTES]);
void hf_sha256_of(const void *data, size_t len, uint8_t out[HF_HASH_BYTES]);

/* HMAC-SHA-256 over the concatenation of `count` parts. Key of any length. */
void hf_hmac_sha256(struct hf_slice key, const struct hf_slice *parts, size_t count, uint8_t out[HF_HASH_BYTES]);

/* BLAKE2b of out_len (16..64) bytes over the concatenation of `count` parts; key of 0..64 bytes. */
void hf_blake2b(struct hf_slice key, const struct hf_slice *parts, size_t count, uint8_t *out, size_t out_len);

/* Subkey for one purpose: BLAKE2b-256(key = key, context). The context string is the purpose, such as
 * "hf class seal v1"; two purposes never share one. */
void hf_derive(const uint8_t key[HF_KEY_BYTES], const char *context, uint8_t out[HF_KEY_BYTES]);

/* Argon2id v1.3 with one lane. memory_bytes >= 64 MiB and passes >= 3 unless `weak_for_tests`; HF_ERR_INVALID below,
 * HF_ERR_NOMEM when the memory is not to be had. */
HF_CHECKED enum hf_status hf_argon2id(struct hf_slice passphrase, const uint8_t salt[16], uint64_t memory_bytes,
                                      uint32_t passes, bool weak_for_tests, uint8_t out[HF_KEY_BYTES]);

/* --- signatures: Ed25519 over context ‖ message ------------------------------------------------------------------ */
struct hf_sign_key {
    uint8_t public_key[HF_SIGN_PUBLIC_BYTES];
    uint8_t secret_key[HF_SIGN_SECRET_BYTES];
};
void hf_sign_key_from_seed(const uint8_t seed[HF_SIGN_SEED_BYTES], struct hf_sign_key *out_key);
/* context is prefixed as it stands, its terminating NUL included when context_len counts it (formats.md writes
 * "holdfast change v1\0"); pass an empty slice where a format signs bare bytes (signed notes). */
void hf_sign(const struct hf_sign_key *key, struct hf_slice context, struct hf_slice message,
             uint8_t out_signature[HF_SIGN_BYTES]);
/* True when the signature fits; refuses non-canonical and small-order input as libsodium does. */
bool hf_verify(const uint8_t public_key[HF_SIGN_PUBLIC_BYTES], struct hf_slice context, struct hf_slice message,
               const uint8_t signature[HF_SIGN_BYTES]);

/* --- sealing ----------------------------------------------------------------------------------------------------- */
/* XChaCha20-Poly1305, detached tag. out may equal in; len may be 0. */
void hf_seal(const uint8_t key[HF_KEY_BYTES], const uint8_t nonce[HF_XNONCE_BYTES], struct hf_slice aad,
             const uint8_t *in, size_t len, uint8_t *out, uint8_t out_tag[HF_TAG_BYTES]);
/* False when it does not authenticate; out is then zeroed. */
HF_CHECKED bool hf_unseal(const uint8_t key[HF_KEY_BYTES], const uint8_t nonce[HF_XNONCE_BYTES], struct hf_slice aad,
                          const uint8_t *in, size_t len, const uint8_t tag[HF_TAG_BYTES], uint8_t *out);

/* --- sealing many things under one key --------------------------------------------------------------------------- */
/* Both take a 256-bit key, a 192-bit nonce and make a 128-bit tag. A nonce is never used twice with one key. */
enum hf_suite {
    HF_SUITE_XCHACHA20_POLY1305 = 1, /* the same bytes as hf_seal; fast on every processor */
    HF_SUITE_XAES_256_GCM = 2        /* c2sp.org/XAES-256-GCM; fast where the processor computes AES */
};

#define HF_SUITE_PREFIX_BYTES 12 /* of the nonce: what XAES-256-GCM derives its subkey from */
#define HF_SEALER_SUBKEYS     32

/* A key made ready, by libcrypto, several times faster than hf_seal on a page. Derived subkeys of XAES-256-GCM are
 * kept, one for each of the prefixes used last: sealing is cheaper when nonces share a prefix. The struct belongs in
 * hf_secret_alloc memory; libcrypto's own memory, which holds round keys, is wiped by hf_sealer_end and not locked.
 * For one thread at a time. */
struct hf_sealer {
    enum hf_suite suite;
    uint8_t key[HF_KEY_BYTES];
    uint8_t mask[HF_TAG_BYTES]; /* of CMAC, for XAES-256-GCM */
    void *block;
    struct hf_sealer_subkey {
        bool is_set;
        uint8_t prefix[HF_SUITE_PREFIX_BYTES];
        void *cipher;
    } subkeys[HF_SEALER_SUBKEYS]; /* XChaCha20-Poly1305 uses the first one's cipher only */
};

/* True when the processor has instructions for AES and its authentication. The suite works without, several times
 * slower. */
bool hf_hw_available(void);

/* HF_ERR_UNSUPPORTED for a suite unknown to this program, HF_ERR_NOMEM when libcrypto cannot give its ciphers; the
 * sealer then needs no end. */
HF_CHECKED enum hf_status hf_sealer_begin(struct hf_sealer *sealer, unsigned suite, const uint8_t key[HF_KEY_BYTES]);
/* Wipes everything. Fine for a sealer that was never begun but is zeroed. */
void hf_sealer_end(struct hf_sealer *sealer);

/* As hf_seal and hf_unseal: out may equal in, and is zeroed when it does not authenticate. */
void hf_sealer_seal(struct hf_sealer *sealer, const uint8_t nonce[HF_XNONCE_BYTES], struct hf_slice aad,
                    const uint8_t *in, size_t len, uint8_t *out, uint8_t out_tag[HF_TAG_BYTES]);
HF_CHECKED bool hf_sealer_unseal(struct hf_sealer *sealer, const uint8_t nonce[HF_XNONCE_BYTES], struct hf_slice aad,
                                 const uint8_t *in, size_t len, const uint8_t tag[HF_TAG_BYTES], uint8_t *out);

/* ChaCha20-Poly1305 IETF for the Noise channel; tag appended (out holds len + 16). */
void hf_noise_seal(const uint8_t key[HF_KEY_BYTES], const uint8_t nonce[HF_NONCE_BYTES], struct hf_slice aad,
                   const uint8_t *in, size_t len, uint8_t *out);
HF_CHECKED bool hf_noise_unseal(const uint8_t key[HF_KEY_BYTES], const uint8_t nonce[HF_NONCE_BYTES],
                                struct hf_slice aad, const uint8_t *in, size_t len_with_tag, uint8_t *out);

/* --- X25519 --------------------------------------------------------------------------------------------------------
 */
struct hf_dh_key {
    uint8_t public_key[HF_DH_BYTES];
    uint8_t secret_key[HF_DH_BYTES];
};
void hf_dh_key_from_seed(const uint8_t seed[HF_DH_BYTES], struct hf_dh_key *out_key);
/* False when the result is all zero (a small-order point). */
HF_CHECKED bool hf_dh(const uint8_t secret_key[HF_DH_BYTES], const uint8_t public_key[HF_DH_BYTES],
                      uint8_t out[HF_DH_BYTES]);
/* Anonymous sealed box to a public key: out holds len + HF_SEALED_OVERHEAD_BYTES. False for a small-order public key,
 * which anyone could open; out is then zeroed. */
HF_CHECKED bool hf_box_seal(const uint8_t public_key[HF_DH_BYTES], const uint8_t *in, size_t len, uint8_t *out);
/* out holds len - HF_SEALED_OVERHEAD_BYTES. */
HF_CHECKED bool hf_box_open(const struct hf_dh_key *key, const uint8_t *in, size_t len, uint8_t *out);

#endif
