#include "protocol/noise.h"

#include "core/base/assert.h"

#include <string.h>

#define PAYLOAD1_BYTES_MAX  (HF_NOISE_BYTES_MAX - HF_NOISE_MESSAGE1_BYTES)
#define PAYLOAD2_BYTES_MAX  (HF_NOISE_BYTES_MAX - HF_NOISE_MESSAGE2_BYTES)
#define SEALED_STATIC_BYTES (HF_DH_BYTES + HF_TAG_BYTES)

static const char protocol_name[] = "Noise_IKpsk2_25519_ChaChaPoly_SHA256";

enum step { STEP_START, STEP_MESSAGE1, STEP_MESSAGE2, STEP_CLEARED };

/* --- cipher state --- */

/* Noise counts in little-endian, after four zero bytes. */
static void put_nonce(uint8_t out[HF_NONCE_BYTES], uint64_t nonce)
{
    memset(out, 0, HF_NONCE_BYTES);
    for (size_t i = 0; i < 8; i++)
        out[4 + i] = (uint8_t)(nonce >> (8 * i));
}

/* The last nonce is reserved by the specification for rekeying. */
static enum hf_status cipher_ready(const struct hf_noise_cipher *cipher)
{
    if (!cipher->has_key)
        return HF_ERR_STATE;
    return cipher->nonce == UINT64_MAX ? HF_ERR_LIMIT : HF_OK;
}

static enum hf_status seal(struct hf_noise_cipher *cipher, struct hf_slice aad, struct hf_slice plain,
                           struct hf_buf *out)
{
    enum hf_status status = cipher_ready(cipher);
    if (status != HF_OK)
        return status;
    if (plain.len > HF_NOISE_BYTES_MAX - HF_TAG_BYTES)
        return HF_ERR_LIMIT;

    size_t start = out->len;
    hf_buf_append_zeros(out, plain.len + HF_TAG_BYTES);
    status = hf_buf_status(out);
    if (status != HF_OK)
        return status;

    uint8_t nonce[HF_NONCE_BYTES];
    put_nonce(nonce, cipher->nonce);
    hf_noise_seal(cipher->key, nonce, aad, plain.data, plain.len, out->data + start);
    cipher->nonce++;
    return HF_OK;
}

/* out holds sealed.len - HF_TAG_BYTES. */
static enum hf_status unseal(struct hf_noise_cipher *cipher, struct hf_slice aad, struct hf_slice sealed, uint8_t *out)
{
    enum hf_status status = cipher_ready(cipher);
    if (status != HF_OK)
        return status;

    uint8_t nonce[HF_NONCE_BYTES];
    put_nonce(nonce, cipher->nonce);
    if (!hf_noise_unseal(cipher->key, nonce, aad, sealed.data, sealed.len, out))
        return HF_ERR_AUTH;
    cipher->nonce++;
    return HF_OK;
}

static enum hf_status unseal_append(struct hf_noise_cipher *cipher, struct hf_slice aad, struct hf_slice sealed,
                                    struct hf_buf *out)
{
    if (sealed.len > HF_NOISE_BYTES_MAX)
        return HF_ERR_LIMIT;
    if (sealed.len < HF_TAG_BYTES)
        return HF_ERR_AUTH;

    size_t start = out->len;
    /* Room for the tag as well, so that there is storage to point to when the content is empty. */
    hf_buf_append_zeros(out, sealed.len);
    enum hf_status status = hf_buf_status(out);
    if (status != HF_OK)
        return status;
    status = unseal(cipher, aad, sealed, out->data + start);
    out->len = status == HF_OK ? start + sealed.len - HF_TAG_BYTES : start;
    return status;
}

enum hf_status hf_noise_encrypt(struct hf_noise_cipher *cipher, struct hf_slice plain, struct hf_buf *out)
{
    return seal(cipher, hf_slice_of(NULL, 0), plain, out);
}

enum hf_status hf_noise_decrypt(struct hf_noise_cipher *cipher, struct hf_slice sealed, struct hf_buf *out)
{
    return unseal_append(cipher, hf_slice_of(NULL, 0), sealed, out);
}

/* --- symmetric state --- */

static struct hf_slice hash_slice(const struct hf_noise *noise)
{
    return hf_slice_of(noise->hash, sizeof noise->hash);
}

static void mix_hash(struct hf_noise *noise, const void *data, size_t len)
{
    struct hf_sha256 hash;
    hf_sha256_begin(&hash);
    hf_sha256_add(&hash, noise->hash, sizeof noise->hash);
    hf_sha256_add(&hash, data, len);
    hf_sha256_end(&hash, noise->hash);
}

/* HKDF of the Noise specification: `count` (2 or 3) outputs of 32 bytes. */
static void hkdf(const uint8_t chaining_key[HF_HASH_BYTES], struct hf_slice input, size_t count,
                 uint8_t out[][HF_HASH_BYTES])
{
    uint8_t secret[HF_HASH_BYTES];
    hf_hmac_sha256(hf_slice_of(chaining_key, HF_HASH_BYTES), &input, 1, secret);
    for (size_t i = 0; i < count; i++) {
        uint8_t number = (uint8_t)(i + 1);
        const struct hf_slice parts[] = {
            hf_slice_of(i > 0 ? out[i - 1] : NULL, i > 0 ? HF_HASH_BYTES : 0),
            hf_slice_of(&number, 1),
        };
        hf_hmac_sha256(hf_slice_of(secret, sizeof secret), parts, 2, out[i]);
    }
    hf_wipe(secret, sizeof secret);
}

static void set_key(struct hf_noise_cipher *cipher, const uint8_t key[HF_KEY_BYTES])
{
    memcpy(cipher->key, key, HF_KEY_BYTES);
    cipher->nonce = 0;
    cipher->has_key = true;
}

static void mix_key(struct hf_noise *noise, const uint8_t input[HF_DH_BYTES])
{
    uint8_t keys[2][HF_HASH_BYTES];
    hkdf(noise->chaining_key, hf_slice_of(input, HF_DH_BYTES), 2, keys);
    memcpy(noise->chaining_key, keys[0], HF_HASH_BYTES);
    set_key(&noise->cipher, keys[1]);
    hf_wipe(keys, sizeof keys);
}

static void mix_key_and_hash(struct hf_noise *noise, const uint8_t psk[HF_KEY_BYTES])
{
    uint8_t keys[3][HF_HASH_BYTES];
    hkdf(noise->chaining_key, hf_slice_of(psk, HF_KEY_BYTES), 3, keys);
    memcpy(noise->chaining_key, keys[0], HF_HASH_BYTES);
    mix_hash(noise, keys[1], HF_HASH_BYTES);
    set_key(&noise->cipher, keys[2]);
    hf_wipe(keys, sizeof keys);
}

/* The token "e": in patterns with a psk the public key is also mixed into the key. */
static void mix_ephemeral(struct hf_noise *noise, const uint8_t public_key[HF_DH_BYTES])
{
    mix_hash(noise, public_key, HF_DH_BYTES);
    mix_key(noise, public_key);
}

static enum hf_status mix_dh(struct hf_noise *noise, const struct hf_dh_key *local, const uint8_t remote[HF_DH_BYTES])
{
    uint8_t shared[HF_DH_BYTES];
    bool good = hf_dh(local->secret_key, remote, shared);
    if (good)
        mix_key(noise, shared);
    hf_wipe(shared, sizeof shared);
    return good ? HF_OK : HF_ERR_AUTH;
}

static enum hf_status seal_and_hash(struct hf_noise *noise, struct hf_slice plain, struct hf_buf *out)
{
    size_t start = out->len;
    enum hf_status status = seal(&noise->cipher, hash_slice(noise), plain, out);
    if (status == HF_OK)
        mix_hash(noise, out->data + start, out->len - start);
    return status;
}

static enum hf_status unseal_and_hash(struct hf_noise *noise, struct hf_slice sealed, struct hf_buf *out)
{
    enum hf_status status = unseal_append(&noise->cipher, hash_slice(noise), sealed, out);
    if (status == HF_OK)
        mix_hash(noise, sealed.data, sealed.len);
    return status;
}

/* --- the pattern: IKpsk2 ---
 *   <- s
 *   ...
 *   -> e, es, s, ss
 *   <- e, ee, se, psk */

void hf_noise_init(struct hf_noise *noise, bool initiator, struct hf_slice prologue, const struct hf_dh_key *static_key,
                   const uint8_t remote_static[HF_DH_BYTES], const struct hf_dh_key *ephemeral)
{
    HF_ASSERT(initiator == (remote_static != NULL));
    *noise = (struct hf_noise){
        .static_key = *static_key, .ephemeral = *ephemeral, .initiator = initiator, .step = STEP_START};
    if (initiator)
        memcpy(noise->remote_static, remote_static, HF_DH_BYTES);

    /* The name is longer than a hash, so it is hashed. */
    hf_sha256_of(protocol_name, sizeof protocol_name - 1, noise->hash);
    memcpy(noise->chaining_key, noise->hash, HF_HASH_BYTES);
    mix_hash(noise, prologue.data, prologue.len);
    mix_hash(noise, initiator ? noise->remote_static : noise->static_key.public_key, HF_DH_BYTES);
}

static bool is_turn(const struct hf_noise *noise, bool initiator, enum step step)
{
    return noise->initiator == initiator && noise->step == step;
}

/* Ends one message: a step forward, or a wiped handshake and an out buffer as it was. */
static enum hf_status finish(struct hf_noise *noise, enum hf_status status, struct hf_buf *out, size_t start)
{
    if (status != HF_OK) {
        out->len = start;
        hf_noise_clear(noise);
        return status;
    }
    noise->step++;
    if (noise->step == STEP_MESSAGE2) {
        hf_wipe(noise->ephemeral.secret_key, sizeof noise->ephemeral.secret_key);
        hf_wipe(noise->static_key.secret_key, sizeof noise->static_key.secret_key);
        hf_wipe(&noise->cipher, sizeof noise->cipher);
    }
    return HF_OK;
}

enum hf_status hf_noise_write1(struct hf_noise *noise, struct hf_slice payload, struct hf_buf *out)
{
    size_t start = out->len;
    if (!is_turn(noise, true, STEP_START))
        return HF_ERR_STATE;
    if (payload.len > PAYLOAD1_BYTES_MAX)
        return finish(noise, HF_ERR_LIMIT, out, start);

    hf_buf_append(out, noise->ephemeral.public_key, HF_DH_BYTES);
    mix_ephemeral(noise, noise->ephemeral.public_key);
    enum hf_status status = mix_dh(noise, &noise->ephemeral, noise->remote_static);
    if (status == HF_OK)
        status = seal_and_hash(noise, hf_slice_of(noise->static_key.public_key, HF_DH_BYTES), out);
    if (status == HF_OK)
        status = mix_dh(noise, &noise->static_key, noise->remote_static);
    if (status == HF_OK)
        status = seal_and_hash(noise, payload, out);
    return finish(noise, status, out, start);
}

static enum hf_status read_static(struct hf_noise *noise, const uint8_t sealed[SEALED_STATIC_BYTES])
{
    struct hf_slice bytes = hf_slice_of(sealed, SEALED_STATIC_BYTES);
    enum hf_status status = unseal(&noise->cipher, hash_slice(noise), bytes, noise->remote_static);
    if (status == HF_OK)
        mix_hash(noise, sealed, SEALED_STATIC_BYTES);
    return status;
}

enum hf_status hf_noise_read1(struct hf_noise *noise, struct hf_slice message, struct hf_buf *out_payload)
{
    size_t start = out_payload->len;
    if (!is_turn(noise, false, STEP_START))
        return HF_ERR_STATE;
    if (message.len < HF_NOISE_MESSAGE1_BYTES || message.len > HF_NOISE_BYTES_MAX)
        return finish(noise, HF_ERR_PROTOCOL, out_payload, start);

    const uint8_t *sealed_static = message.data + HF_DH_BYTES;
    const uint8_t *sealed_payload = sealed_static + SEALED_STATIC_BYTES;
    size_t payload_len = message.len - HF_DH_BYTES - SEALED_STATIC_BYTES;
    memcpy(noise->remote_ephemeral, message.data, HF_DH_BYTES);
    mix_ephemeral(noise, noise->remote_ephemeral);
    enum hf_status status = mix_dh(noise, &noise->static_key, noise->remote_ephemeral);
    if (status == HF_OK)
        status = read_static(noise, sealed_static);
    if (status == HF_OK)
        status = mix_dh(noise, &noise->static_key, noise->remote_static);
    if (status == HF_OK)
        status = unseal_and_hash(noise, hf_slice_of(sealed_payload, payload_len), out_payload);
    return finish(noise, status, out_payload, start);
}

enum hf_status hf_noise_write2(struct hf_noise *noise, const uint8_t psk[HF_KEY_BYTES], struct hf_slice payload,
                               struct hf_buf *out)
{
    size_t start = out->len;
    if (!is_turn(noise, false, STEP_MESSAGE1))
        return HF_ERR_STATE;
    if (payload.len > PAYLOAD2_BYTES_MAX)
        return finish(noise, HF_ERR_LIMIT, out, start);

    hf_buf_append(out, noise->ephemeral.public_key, HF_DH_BYTES);
    mix_ephemeral(noise, noise->ephemeral.public_key);
    enum hf_status status = mix_dh(noise, &noise->ephemeral, noise->remote_ephemeral);
    if (status == HF_OK)
        status = mix_dh(noise, &noise->ephemeral, noise->remote_static);
    if (status == HF_OK) {
        mix_key_and_hash(noise, psk);
        status = seal_and_hash(noise, payload, out);
    }
    return finish(noise, status, out, start);
}

enum hf_status hf_noise_read2(struct hf_noise *noise, const uint8_t psk[HF_KEY_BYTES], struct hf_slice message,
                              struct hf_buf *out_payload)
{
    size_t start = out_payload->len;
    if (!is_turn(noise, true, STEP_MESSAGE1))
        return HF_ERR_STATE;
    if (message.len < HF_NOISE_MESSAGE2_BYTES || message.len > HF_NOISE_BYTES_MAX)
        return finish(noise, HF_ERR_PROTOCOL, out_payload, start);

    struct hf_slice sealed = hf_slice_of(message.data + HF_DH_BYTES, message.len - HF_DH_BYTES);
    memcpy(noise->remote_ephemeral, message.data, HF_DH_BYTES);
    mix_ephemeral(noise, noise->remote_ephemeral);
    enum hf_status status = mix_dh(noise, &noise->ephemeral, noise->remote_ephemeral);
    if (status == HF_OK)
        status = mix_dh(noise, &noise->static_key, noise->remote_ephemeral);
    if (status == HF_OK) {
        mix_key_and_hash(noise, psk);
        status = unseal_and_hash(noise, sealed, out_payload);
    }
    return finish(noise, status, out_payload, start);
}

void hf_noise_split(const struct hf_noise *noise, struct hf_noise_cipher *out_send, struct hf_noise_cipher *out_receive,
                    uint8_t out_handshake_hash[HF_HASH_BYTES])
{
    HF_ASSERT(noise->step == STEP_MESSAGE2);
    uint8_t keys[2][HF_HASH_BYTES];
    hkdf(noise->chaining_key, hf_slice_of(NULL, 0), 2, keys);
    set_key(out_send, keys[noise->initiator ? 0 : 1]);
    set_key(out_receive, keys[noise->initiator ? 1 : 0]);
    memcpy(out_handshake_hash, noise->hash, HF_HASH_BYTES);
    hf_wipe(keys, sizeof keys);
}

void hf_noise_clear(struct hf_noise *noise)
{
    hf_wipe(noise, sizeof *noise);
    noise->step = STEP_CLEARED;
}
