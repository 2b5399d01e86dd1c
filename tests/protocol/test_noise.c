#include "protocol/noise.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct hf_slice nothing = {NULL, 0};

struct sides {
    struct hf_dh_key initiator_static, initiator_ephemeral, responder_static, responder_ephemeral;
    uint8_t psk[HF_KEY_BYTES];
    struct hf_noise initiator, responder;
    struct hf_buf message1, message2, payload;
};

static void dh_key_of(uint8_t fill, struct hf_dh_key *out)
{
    uint8_t seed[HF_DH_BYTES];
    memset(seed, fill, sizeof seed);
    hf_dh_key_from_seed(seed, out);
}

static void init_initiator(struct sides *sides)
{
    hf_noise_init(&sides->initiator, true, hf_slice_str("prologue"), &sides->initiator_static,
                  sides->responder_static.public_key, &sides->initiator_ephemeral);
}

static void init_responder(struct sides *sides)
{
    hf_noise_init(&sides->responder, false, hf_slice_str("prologue"), &sides->responder_static, NULL,
                  &sides->responder_ephemeral);
}

static int begin(void **state)
{
    static struct sides sides;
    sides = (struct sides){.psk = {7, 7, 7}};
    dh_key_of(1, &sides.initiator_static);
    dh_key_of(2, &sides.initiator_ephemeral);
    dh_key_of(3, &sides.responder_static);
    dh_key_of(4, &sides.responder_ephemeral);
    init_initiator(&sides);
    init_responder(&sides);
    *state = &sides;
    return 0;
}

static int end(void **state)
{
    struct sides *sides = *state;
    hf_buf_clear(&sides->message1);
    hf_buf_clear(&sides->message2);
    hf_buf_clear(&sides->payload);
    return 0;
}

static void write1(struct sides *sides)
{
    assert_int_equal(hf_noise_write1(&sides->initiator, nothing, &sides->message1), HF_OK);
}

static enum hf_status read1(struct sides *sides)
{
    return hf_noise_read1(&sides->responder, hf_buf_slice(&sides->message1), &sides->payload);
}

static void write2(struct sides *sides)
{
    assert_int_equal(hf_noise_write2(&sides->responder, sides->psk, nothing, &sides->message2), HF_OK);
}

static enum hf_status read2(struct sides *sides)
{
    return hf_noise_read2(&sides->initiator, sides->psk, hf_buf_slice(&sides->message2), &sides->payload);
}

static bool is_wiped(const void *data, size_t len)
{
    const uint8_t *bytes = data;
    uint8_t any = 0;
    for (size_t i = 0; i < len; i++)
        any |= bytes[i];
    return any == 0;
}

/* Cleared: nothing left but the mark that says so. */
static bool is_cleared(const struct hf_noise *noise)
{
    struct hf_noise copy = *noise;
    copy.step = 0;
    return is_wiped(&copy, sizeof copy);
}

static void handshake(struct sides *sides)
{
    write1(sides);
    assert_int_equal(read1(sides), HF_OK);
    write2(sides);
    assert_int_equal(read2(sides), HF_OK);
}

/* --- handshake --- */

static void handshake__both_sides_agree(void **state)
{
    struct sides *sides = *state;
    handshake(sides);
    assert_int_equal(sides->message1.len, HF_NOISE_MESSAGE1_BYTES);
    assert_int_equal(sides->message2.len, HF_NOISE_MESSAGE2_BYTES);
    assert_int_equal(sides->payload.len, 0);
    assert_memory_equal(sides->responder.remote_static, sides->initiator_static.public_key, HF_DH_BYTES);

    struct hf_noise_cipher send[2], receive[2];
    uint8_t hash[2][HF_HASH_BYTES];
    hf_noise_split(&sides->initiator, &send[0], &receive[0], hash[0]);
    hf_noise_split(&sides->responder, &send[1], &receive[1], hash[1]);
    assert_memory_equal(hash[0], hash[1], HF_HASH_BYTES);
    assert_memory_equal(send[0].key, receive[1].key, HF_KEY_BYTES);
    assert_memory_equal(send[1].key, receive[0].key, HF_KEY_BYTES);
    assert_memory_not_equal(send[0].key, send[1].key, HF_KEY_BYTES);
}

static void payloads_of_the_handshake__arrive_appended(void **state)
{
    struct sides *sides = *state;
    hf_buf_append_str(&sides->payload, "before ");
    assert_int_equal(hf_noise_write1(&sides->initiator, hf_slice_str("one"), &sides->message1), HF_OK);
    assert_int_equal(read1(sides), HF_OK);
    assert_int_equal(hf_noise_write2(&sides->responder, sides->psk, hf_slice_str(" two"), &sides->message2), HF_OK);
    assert_int_equal(read2(sides), HF_OK);
    assert_true(hf_slice_equal(hf_buf_slice(&sides->payload), hf_slice_str("before one two")));
}

static void message1_with_any_bit_flipped__is_refused(void **state)
{
    struct sides *sides = *state;
    write1(sides);
    for (size_t bit = 0; bit < 8 * sides->message1.len; bit++) {
        init_responder(sides);
        sides->message1.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(read1(sides), HF_ERR_AUTH);
        sides->message1.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(sides->payload.len, 0);
        assert_true(is_cleared(&sides->responder));
    }
    init_responder(sides);
    assert_int_equal(read1(sides), HF_OK);
}

static void message2_with_any_bit_flipped__is_refused(void **state)
{
    struct sides *sides = *state;
    write1(sides);
    assert_int_equal(read1(sides), HF_OK);
    write2(sides);
    const struct hf_noise waiting = sides->initiator;
    for (size_t bit = 0; bit < 8 * sides->message2.len; bit++) {
        sides->initiator = waiting;
        sides->message2.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(read2(sides), HF_ERR_AUTH);
        sides->message2.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_true(is_cleared(&sides->initiator));
    }
    sides->initiator = waiting;
    assert_int_equal(read2(sides), HF_OK);
}

static void messages_cut_short_or_too_long__are_refused(void **state)
{
    struct sides *sides = *state;
    write1(sides);
    for (size_t len = 0; len < sides->message1.len; len++) {
        init_responder(sides);
        assert_int_equal(hf_noise_read1(&sides->responder, hf_slice_of(sides->message1.data, len), &sides->payload),
                         HF_ERR_PROTOCOL);
    }
    init_responder(sides);
    assert_int_equal(read1(sides), HF_OK);
    write2(sides);
    const struct hf_noise waiting = sides->initiator;
    hf_buf_append_zeros(&sides->message2, HF_NOISE_BYTES_MAX);
    for (size_t len = 0; len < HF_NOISE_MESSAGE2_BYTES; len++) {
        sides->initiator = waiting;
        assert_int_equal(
            hf_noise_read2(&sides->initiator, sides->psk, hf_slice_of(sides->message2.data, len), &sides->payload),
            HF_ERR_PROTOCOL);
    }
    sides->initiator = waiting;
    assert_int_equal(read2(sides), HF_ERR_PROTOCOL);
}

static void other_prologue__is_refused(void **state)
{
    struct sides *sides = *state;
    write1(sides);
    hf_noise_init(&sides->responder, false, hf_slice_str("prologuf"), &sides->responder_static, NULL,
                  &sides->responder_ephemeral);
    assert_int_equal(read1(sides), HF_ERR_AUTH);
}

static void other_server_key__is_refused(void **state)
{
    struct sides *sides = *state;
    write1(sides);
    struct hf_dh_key other;
    dh_key_of(9, &other);
    hf_noise_init(&sides->responder, false, hf_slice_str("prologue"), &other, NULL, &sides->responder_ephemeral);
    assert_int_equal(read1(sides), HF_ERR_AUTH);
}

static void other_psk__is_refused_by_the_initiator(void **state)
{
    struct sides *sides = *state;
    write1(sides);
    assert_int_equal(read1(sides), HF_OK);
    write2(sides);
    sides->psk[31] ^= 1;
    assert_int_equal(read2(sides), HF_ERR_AUTH);
}

/* The specification's HKDF, two outputs, written again for the forgery below. */
static void mix_key(uint8_t chaining_key[HF_HASH_BYTES], const uint8_t *input, uint8_t out_key[HF_HASH_BYTES])
{
    uint8_t secret[HF_HASH_BYTES];
    const uint8_t one = 1, two = 2;
    struct hf_slice part = hf_slice_of(input, HF_DH_BYTES);
    hf_hmac_sha256(hf_slice_of(chaining_key, HF_HASH_BYTES), &part, 1, secret);
    part = hf_slice_of(&one, 1);
    hf_hmac_sha256(hf_slice_of(secret, sizeof secret), &part, 1, chaining_key);
    const struct hf_slice parts[] = {hf_slice_of(chaining_key, HF_HASH_BYTES), hf_slice_of(&two, 1)};
    hf_hmac_sha256(hf_slice_of(secret, sizeof secret), parts, 2, out_key);
}

static void seal_and_hash(struct hf_noise *noise, const uint8_t key[HF_KEY_BYTES], struct hf_slice plain,
                          struct hf_buf *out)
{
    const uint8_t nonce[HF_NONCE_BYTES] = {0};
    size_t start = out->len;
    hf_buf_append_zeros(out, plain.len + HF_TAG_BYTES);
    hf_noise_seal(key, nonce, hf_slice_of(noise->hash, HF_HASH_BYTES), plain.data, plain.len, out->data + start);
    struct hf_sha256 hash;
    hf_sha256_begin(&hash);
    hf_sha256_add(&hash, noise->hash, HF_HASH_BYTES);
    hf_sha256_add(&hash, out->data + start, out->len - start);
    hf_sha256_end(&hash, noise->hash);
}

/* A message 1 whose ephemeral key is a point of small order, right in every other way: all its tags fit for a reader
 * who takes the all-zero shared secret. Only the explicit check can refuse it. */
static void forge_small_order(struct sides *sides, const uint8_t point[HF_DH_BYTES])
{
    struct hf_noise *noise = &sides->initiator; /* for its hash and chaining key */
    uint8_t key[HF_KEY_BYTES];
    uint8_t shared[HF_DH_BYTES] = {0};
    struct hf_sha256 hash;
    hf_buf_append(&sides->message1, point, HF_DH_BYTES);
    hf_sha256_begin(&hash);
    hf_sha256_add(&hash, noise->hash, HF_HASH_BYTES);
    hf_sha256_add(&hash, point, HF_DH_BYTES);
    hf_sha256_end(&hash, noise->hash);
    mix_key(noise->chaining_key, point, key);
    mix_key(noise->chaining_key, shared, key);
    seal_and_hash(noise, key, hf_slice_of(sides->initiator_static.public_key, HF_DH_BYTES), &sides->message1);
    assert_true(hf_dh(sides->initiator_static.secret_key, sides->responder_static.public_key, shared));
    mix_key(noise->chaining_key, shared, key);
    seal_and_hash(noise, key, nothing, &sides->message1);
}

static void points_of_small_order__are_refused(void **state)
{
    struct sides *sides = *state;
    const uint8_t points[2][HF_DH_BYTES] = {{0}, {1}};
    for (size_t i = 0; i < 2; i++) {
        init_initiator(sides);
        init_responder(sides);
        hf_buf_reset(&sides->message1);
        forge_small_order(sides, points[i]);
        assert_int_equal(sides->message1.len, HF_NOISE_MESSAGE1_BYTES);
        assert_int_equal(read1(sides), HF_ERR_AUTH);

        hf_noise_init(&sides->initiator, true, nothing, &sides->initiator_static, points[i],
                      &sides->initiator_ephemeral);
        hf_buf_reset(&sides->message1);
        assert_int_equal(hf_noise_write1(&sides->initiator, nothing, &sides->message1), HF_ERR_AUTH);
        assert_int_equal(sides->message1.len, 0);
        assert_true(is_cleared(&sides->initiator));
    }
}

/* --- order and limits --- */

static void calls_out_of_order__change_nothing(void **state)
{
    struct sides *sides = *state;
    struct hf_noise *initiator = &sides->initiator;
    struct hf_noise *responder = &sides->responder;
    struct hf_buf *out = &sides->payload;
    assert_int_equal(read2(sides), HF_ERR_STATE);
    assert_int_equal(hf_noise_read1(initiator, nothing, out), HF_ERR_STATE);
    assert_int_equal(hf_noise_write1(responder, nothing, out), HF_ERR_STATE);
    assert_int_equal(hf_noise_write2(responder, sides->psk, nothing, out), HF_ERR_STATE);
    write1(sides);
    assert_int_equal(hf_noise_write1(initiator, nothing, out), HF_ERR_STATE);
    assert_int_equal(read1(sides), HF_OK);
    assert_int_equal(read1(sides), HF_ERR_STATE);
    write2(sides);
    assert_int_equal(hf_noise_write2(responder, sides->psk, nothing, out), HF_ERR_STATE);
    assert_int_equal(read2(sides), HF_OK);
    assert_int_equal(read2(sides), HF_ERR_STATE);
    assert_int_equal(out->len, 0);
    hf_noise_clear(initiator);
    assert_int_equal(hf_noise_write1(initiator, nothing, out), HF_ERR_STATE);
}

static void handshake_payload_that_does_not_fit__is_refused(void **state)
{
    struct sides *sides = *state;
    static const uint8_t big[HF_NOISE_BYTES_MAX];
    size_t most1 = HF_NOISE_BYTES_MAX - HF_NOISE_MESSAGE1_BYTES;
    size_t most2 = HF_NOISE_BYTES_MAX - HF_NOISE_MESSAGE2_BYTES;
    assert_int_equal(hf_noise_write1(&sides->initiator, hf_slice_of(big, most1 + 1), &sides->message1), HF_ERR_LIMIT);
    init_initiator(sides);
    assert_int_equal(hf_noise_write1(&sides->initiator, hf_slice_of(big, most1), &sides->message1), HF_OK);
    assert_int_equal(sides->message1.len, HF_NOISE_BYTES_MAX);
    assert_int_equal(read1(sides), HF_OK);
    assert_int_equal(sides->payload.len, most1);
    const struct hf_noise waiting = sides->responder;
    assert_int_equal(hf_noise_write2(&sides->responder, sides->psk, hf_slice_of(big, most2 + 1), &sides->message2),
                     HF_ERR_LIMIT);
    sides->responder = waiting;
    assert_int_equal(hf_noise_write2(&sides->responder, sides->psk, hf_slice_of(big, most2), &sides->message2), HF_OK);
    assert_int_equal(read2(sides), HF_OK);
}

static void out_buffer_without_room__fails_and_keeps_its_content(void **state)
{
    struct sides *sides = *state;
    hf_buf_init(&sides->message1, 64);
    hf_buf_append_str(&sides->message1, "kept");
    assert_int_equal(hf_noise_write1(&sides->initiator, nothing, &sides->message1), HF_ERR_LIMIT);
    assert_true(hf_slice_equal(hf_buf_slice(&sides->message1), hf_slice_str("kept")));
    assert_true(is_cleared(&sides->initiator));
}

/* --- secrets --- */

static void secrets__are_wiped_when_message2_is_done(void **state)
{
    struct sides *sides = *state;
    handshake(sides);
    const struct hf_noise *both[] = {&sides->initiator, &sides->responder};
    for (size_t i = 0; i < 2; i++) {
        assert_true(is_wiped(both[i]->ephemeral.secret_key, HF_DH_BYTES));
        assert_true(is_wiped(both[i]->static_key.secret_key, HF_DH_BYTES));
        assert_true(is_wiped(&both[i]->cipher, sizeof both[i]->cipher));
        assert_false(is_wiped(both[i]->chaining_key, HF_HASH_BYTES));
    }
    hf_noise_clear(&sides->initiator);
    hf_noise_clear(&sides->responder);
    assert_true(is_cleared(&sides->initiator));
    assert_true(is_cleared(&sides->responder));
}

/* --- transport --- */

static void opened(struct sides *sides, struct hf_noise_cipher *out_send, struct hf_noise_cipher *out_receive)
{
    struct hf_noise_cipher unused;
    uint8_t hash[HF_HASH_BYTES];
    handshake(sides);
    hf_noise_split(&sides->initiator, out_send, &unused, hash);
    hf_noise_split(&sides->responder, &unused, out_receive, hash);
    hf_buf_reset(&sides->message1);
}

static void replayed_or_swapped_messages__do_not_open_and_keep_the_nonce(void **state)
{
    struct sides *sides = *state;
    struct hf_noise_cipher send, receive;
    opened(sides, &send, &receive);
    struct hf_buf *sealed = &sides->message1;
    assert_int_equal(hf_noise_encrypt(&send, hf_slice_str("a"), sealed), HF_OK);
    assert_int_equal(hf_noise_encrypt(&send, hf_slice_str("b"), sealed), HF_OK);
    assert_int_equal(send.nonce, 2);
    struct hf_slice first = hf_slice_of(sealed->data, 17);
    struct hf_slice second = hf_slice_of(sealed->data + 17, 17);
    assert_memory_not_equal(first.data, second.data, 1); /* the key stream moved on */

    assert_int_equal(hf_noise_decrypt(&receive, second, &sides->payload), HF_ERR_AUTH);
    assert_int_equal(receive.nonce, 0);
    assert_int_equal(hf_noise_decrypt(&receive, first, &sides->payload), HF_OK);
    assert_int_equal(hf_noise_decrypt(&receive, first, &sides->payload), HF_ERR_AUTH);
    assert_int_equal(hf_noise_decrypt(&receive, second, &sides->payload), HF_OK);
    assert_true(hf_slice_equal(hf_buf_slice(&sides->payload), hf_slice_str("ab")));
    assert_int_equal(receive.nonce, 2);
}

static void transport_messages__are_from_a_tag_to_65535_bytes(void **state)
{
    struct sides *sides = *state;
    static const uint8_t big[HF_NOISE_BYTES_MAX + 1];
    struct hf_noise_cipher send, receive;
    opened(sides, &send, &receive);
    struct hf_buf *sealed = &sides->message1;
    size_t most = HF_NOISE_BYTES_MAX - HF_TAG_BYTES;
    assert_int_equal(hf_noise_encrypt(&send, hf_slice_of(big, most + 1), sealed), HF_ERR_LIMIT);
    assert_int_equal(send.nonce, 0);
    assert_int_equal(hf_noise_encrypt(&send, hf_slice_of(big, most), sealed), HF_OK);
    assert_int_equal(sealed->len, HF_NOISE_BYTES_MAX);
    assert_int_equal(hf_noise_decrypt(&receive, hf_slice_of(big, sizeof big), &sides->payload), HF_ERR_LIMIT);
    assert_int_equal(hf_noise_decrypt(&receive, hf_slice_of(big, HF_TAG_BYTES - 1), &sides->payload), HF_ERR_AUTH);
    assert_int_equal(hf_noise_decrypt(&receive, nothing, &sides->payload), HF_ERR_AUTH);
    assert_int_equal(hf_noise_decrypt(&receive, hf_buf_slice(sealed), &sides->payload), HF_OK);
    assert_int_equal(sides->payload.len, most);

    hf_buf_reset(sealed);
    assert_int_equal(hf_noise_encrypt(&send, nothing, sealed), HF_OK);
    assert_int_equal(sealed->len, HF_TAG_BYTES);
    assert_int_equal(hf_noise_decrypt(&receive, hf_buf_slice(sealed), &sides->payload), HF_OK);
    assert_int_equal(sides->payload.len, most);
}

static void cipher__stops_at_the_last_nonce_and_needs_a_key(void **state)
{
    struct sides *sides = *state;
    struct hf_noise_cipher send, receive;
    opened(sides, &send, &receive);
    send.nonce = receive.nonce = UINT64_MAX - 1;
    struct hf_buf *sealed = &sides->message1;
    assert_int_equal(hf_noise_encrypt(&send, hf_slice_str("last"), sealed), HF_OK);
    assert_int_equal(hf_noise_encrypt(&send, hf_slice_str("none"), sealed), HF_ERR_LIMIT);
    assert_int_equal(hf_noise_decrypt(&receive, hf_buf_slice(sealed), &sides->payload), HF_OK);
    assert_int_equal(hf_noise_decrypt(&receive, hf_buf_slice(sealed), &sides->payload), HF_ERR_LIMIT);
    struct hf_noise_cipher none = {0};
    assert_int_equal(hf_noise_encrypt(&none, nothing, sealed), HF_ERR_STATE);
    assert_int_equal(hf_noise_decrypt(&none, hf_buf_slice(sealed), &sides->payload), HF_ERR_STATE);
}

static int start_crypto(void **state)
{
    (void)state;
    return hf_crypto_init(false) == HF_OK ? 0 : -1;
}

#define NOISE_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        NOISE_TEST(handshake__both_sides_agree),
        NOISE_TEST(payloads_of_the_handshake__arrive_appended),
        NOISE_TEST(message1_with_any_bit_flipped__is_refused),
        NOISE_TEST(message2_with_any_bit_flipped__is_refused),
        NOISE_TEST(messages_cut_short_or_too_long__are_refused),
        NOISE_TEST(other_prologue__is_refused),
        NOISE_TEST(other_server_key__is_refused),
        NOISE_TEST(other_psk__is_refused_by_the_initiator),
        NOISE_TEST(points_of_small_order__are_refused),
        NOISE_TEST(calls_out_of_order__change_nothing),
        NOISE_TEST(handshake_payload_that_does_not_fit__is_refused),
        NOISE_TEST(out_buffer_without_room__fails_and_keeps_its_content),
        NOISE_TEST(secrets__are_wiped_when_message2_is_done),
        NOISE_TEST(replayed_or_swapped_messages__do_not_open_and_keep_the_nonce),
        NOISE_TEST(transport_messages__are_from_a_tag_to_65535_bytes),
        NOISE_TEST(cipher__stops_at_the_last_nonce_and_needs_a_key),
    };
    return cmocka_run_group_tests_name("noise", tests, start_crypto, NULL);
}
