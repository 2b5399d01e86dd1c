/* What the simulator remembers instead of working it out again changes nothing (tools/simulator/memo.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tools/simulator/memo.h"
#include "tools/simulator/world.h"

#include <string.h>

static struct sim_result run(uint64_t seed, bool remembering)
{
    const struct sim_options options = {.seed = seed, .days = 4, .devices = 4, .faults = SIM_FAULTS_ALL};
    struct sim_result result;
    sim_memo_use(remembering);
    sim_run(&options, &result);
    if (result.failed)
        fail_msg("seed %llu: %s", (unsigned long long)seed, result.text);
    return result;
}

static void with_and_without_memory__a_seed_gives_one_root(void **state)
{
    (void)state;
    for (uint64_t seed = 500; seed < 506; seed++) {
        const struct sim_memo_counts before = sim_memo_counts();
        const struct sim_result plain = run(seed, false);
        const struct sim_memo_counts between = sim_memo_counts();
        const struct sim_result remembering = run(seed, true);
        const struct sim_memo_counts after = sim_memo_counts();
        assert_memory_equal(plain.root, remembering.root, sizeof plain.root);
        assert_memory_equal(&plain.counts, &remembering.counts, sizeof plain.counts);
        assert_int_equal(between.remembered + between.worked_out, before.remembered + before.worked_out);
        assert_true(after.remembered > between.remembered + 100);
        assert_true(after.worked_out > between.worked_out);
    }
}

static struct hf_class_key key_of(uint8_t fill)
{
    struct hf_class_key key = {.epoch = 1};
    memset(key.key, fill, sizeof key.key);
    return key;
}

/* One byte of what is asked is another: nothing that was remembered answers for it. */
static void another_input__is_worked_out(void **state)
{
    struct hf_class_key key = key_of(1), other_key = key_of(2);
    struct hf_leaf leaf = {.kind = HF_LEAF_DATA, .seq = 3, .clock = 77}, other;
    struct hf_buf payload = {0}, again = {0}, body = {0};
    (void)state;
    sim_memo_use(true);
    sim_memo_forget();
    other = leaf;
    assert_int_equal(hf_payload_seal(&key, hf_slice_str("what was said"), &leaf, &payload), HF_OK);
    assert_int_equal(hf_payload_seal(&key, hf_slice_str("what was said"), &other, &again), HF_OK);
    assert_memory_equal(&leaf, &other, sizeof leaf);
    assert_true(hf_slice_equal(hf_buf_slice(&payload), hf_buf_slice(&again)));

    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(hf_payload_open(&key, hf_buf_slice(&payload), &leaf, &body), HF_OK);
        assert_true(hf_slice_equal(hf_buf_slice(&body), hf_slice_str("what was said")));
        hf_buf_reset(&body);
        assert_int_equal(hf_payload_check_opened(&key, hf_slice_str("what was said"), &leaf, NULL), HF_OK);
    }
    assert_int_equal(hf_payload_open(&other_key, hf_buf_slice(&payload), &leaf, &body), HF_ERR_AUTH);
    assert_int_equal(hf_payload_check_opened(&other_key, hf_slice_str("what was said"), &leaf, NULL), HF_ERR_AUTH);
    assert_int_equal(hf_payload_check_opened(&key, hf_slice_str("what was sung"), &leaf, NULL), HF_ERR_AUTH);
    other = leaf;
    other.clock++;
    assert_int_equal(hf_payload_open(&key, hf_buf_slice(&payload), &other, &body), HF_ERR_AUTH);
    payload.data[30] ^= 1;
    assert_int_equal(hf_payload_open(&key, hf_buf_slice(&payload), &leaf, &body), HF_ERR_AUTH);
    assert_int_equal(body.len, 0);

    hf_buf_reset(&again);
    other = leaf;
    assert_int_equal(hf_payload_seal(&key, hf_slice_str("what was sung"), &other, &again), HF_OK);
    assert_memory_not_equal(leaf.payload_hash, other.payload_hash, sizeof leaf.payload_hash);
    hf_buf_clear(&payload);
    hf_buf_clear(&again);
    hf_buf_clear(&body);
}

static void signature__fits_what_was_signed_and_nothing_else(void **state)
{
    const uint8_t seed[HF_SIGN_SEED_BYTES] = {7}, other_seed[HF_SIGN_SEED_BYTES] = {8};
    const struct hf_slice context = hf_slice_str("a test"), words = hf_slice_str("what was signed");
    struct hf_sign_key key, other;
    uint8_t signature[HF_SIGN_BYTES], bent[HF_SIGN_BYTES];
    (void)state;
    hf_sign_key_from_seed(seed, &key);
    hf_sign_key_from_seed(other_seed, &other);
    for (size_t i = 0; i < 2; i++) {
        sim_memo_forget();
        sim_memo_use(i == 0);
        hf_sign(&key, context, words, signature);
        sim_memo_use(true);
        for (size_t again = 0; again < 2; again++) {
            assert_true(hf_verify(key.public_key, context, words, signature));
            assert_false(hf_verify(other.public_key, context, words, signature));
            assert_false(hf_verify(key.public_key, context, hf_slice_str("what was sighed"), signature));
            memcpy(bent, signature, sizeof bent);
            bent[40] ^= 1;
            assert_false(hf_verify(key.public_key, context, words, bent));
        }
    }
}

static int start(void **state)
{
    (void)state;
    sim_random_install();
    return hf_crypto_init(false) == HF_OK ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    sim_memo_forget();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(with_and_without_memory__a_seed_gives_one_root),
        cmocka_unit_test(another_input__is_worked_out),
        cmocka_unit_test(signature__fits_what_was_signed_and_nothing_else),
    };
    return cmocka_run_group_tests(tests, start, end);
}
