/* SHA-256, HMAC-SHA-256, BLAKE2b. */
#include "core/crypto/crypto.h"

#include "core/base/assert.h"
#include "core/crypto/hash_way.h"

#include <sodium.h>
#include <stdatomic.h>

/* What a struct hf_sha256 holds: a hash is ended by whom it was begun. */
struct running {
    const struct hf_sha256_way *way;
    _Alignas(8) uint8_t state[HF_SHA256_STATE_BYTES];
};
_Static_assert(sizeof(crypto_hash_sha256_state) <= HF_SHA256_STATE_BYTES, "SHA-256 state must fit");
_Static_assert(_Alignof(crypto_hash_sha256_state) <= 8, "SHA-256 state must be aligned");
_Static_assert(sizeof(struct running) <= sizeof(((struct hf_sha256 *)0)->opaque), "SHA-256 state must fit");
_Static_assert(_Alignof(struct running) <= _Alignof(struct hf_sha256), "SHA-256 state must be aligned");
_Static_assert(crypto_hash_sha256_BYTES == HF_HASH_BYTES, "hash size");
_Static_assert(crypto_auth_hmacsha256_BYTES == HF_HASH_BYTES, "HMAC size");

static void plain_begin(void *state)
{
    crypto_hash_sha256_init(state);
}

static void plain_add(void *state, const void *data, size_t len)
{
    crypto_hash_sha256_update(state, data, len);
}

static void plain_end(void *state, uint8_t *out)
{
    crypto_hash_sha256_final(state, out);
}

static const struct hf_sha256_way by_libsodium = {plain_begin, plain_add, plain_end};
static const struct hf_sha256_way *_Atomic way_now = &by_libsodium;

void hf_sha256_use(const struct hf_sha256_way *way)
{
    atomic_store_explicit(&way_now, way, memory_order_release);
}

static struct running *running_of(struct hf_sha256 *hash)
{
    return (struct running *)(void *)hash->opaque;
}

void hf_sha256_begin(struct hf_sha256 *hash)
{
    struct running *running = running_of(hash);
    running->way = atomic_load_explicit(&way_now, memory_order_acquire);
    running->way->begin(running->state);
}

void hf_sha256_add(struct hf_sha256 *hash, const void *data, size_t len)
{
    struct running *running = running_of(hash);
    if (len > 0)
        running->way->add(running->state, data, len);
}

void hf_sha256_end(struct hf_sha256 *hash, uint8_t out[HF_HASH_BYTES])
{
    struct running *running = running_of(hash);
    running->way->end(running->state, out);
    hf_wipe(hash, sizeof *hash);
}

void hf_sha256_of(const void *data, size_t len, uint8_t out[HF_HASH_BYTES])
{
    struct hf_sha256 hash;
    hf_sha256_begin(&hash);
    hf_sha256_add(&hash, data, len);
    hf_sha256_end(&hash, out);
}

void hf_hmac_sha256(struct hf_slice key, const struct hf_slice *parts, size_t count, uint8_t out[HF_HASH_BYTES])
{
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, key.len ? key.data : (const uint8_t *)"", key.len);
    for (size_t i = 0; i < count; i++)
        crypto_auth_hmacsha256_update(&state, parts[i].data, parts[i].len);
    crypto_auth_hmacsha256_final(&state, out);
    hf_wipe(&state, sizeof state);
}

void hf_blake2b(struct hf_slice key, const struct hf_slice *parts, size_t count, uint8_t *out, size_t out_len)
{
    HF_ASSERT(out_len >= crypto_generichash_BYTES_MIN && out_len <= crypto_generichash_BYTES_MAX);
    HF_ASSERT(key.len <= crypto_generichash_KEYBYTES_MAX);

    crypto_generichash_state state;
    int failed = crypto_generichash_init(&state, key.len ? key.data : NULL, key.len, out_len);
    for (size_t i = 0; i < count; i++)
        failed |= crypto_generichash_update(&state, parts[i].data, parts[i].len);
    failed |= crypto_generichash_final(&state, out, out_len);
    hf_wipe(&state, sizeof state);
    HF_ASSERT(failed == 0);
}
