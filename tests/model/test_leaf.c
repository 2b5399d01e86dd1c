#include "tests/model/support_model.h"

#include <string.h>

static struct hf_leaf signed_leaf(uint8_t out_bytes[HF_LEAF_BYTES])
{
    struct hf_sign_key key = sample_sign_key();
    struct hf_leaf leaf = sample_leaf();
    hf_leaf_sign(&leaf, &key);
    hf_leaf_encode(&leaf, out_bytes);
    return leaf;
}

/* The leaf that continues `last`. */
static void continue_leaf(const uint8_t last[HF_LEAF_BYTES], struct hf_leaf *leaf)
{
    assert_ok(hf_leaf_decode(hf_slice_of(last, HF_LEAF_BYTES), leaf));
    leaf->seq++;
    leaf->clock++;
    hf_leaf_hash(last, leaf->prev);
}

static bool follows(const uint8_t last[HF_LEAF_BYTES], const struct hf_leaf *next)
{
    uint8_t bytes[HF_LEAF_BYTES];
    hf_leaf_encode(next, bytes);
    return hf_leaf_follows(last, bytes);
}

static void vectors__decode_encode_verify_and_name_the_change(void **state)
{
    (void)state;
    static const char *const files[] = {"leaf_first.hex", "leaf_exact.hex", "leaf_long.hex"};
    for (size_t i = 0; i < 3; i++) {
        struct hf_buf want = vector_bytes(files[i], "leaf");
        struct hf_buf change_id = vector_bytes(files[i], "change_id");
        struct hf_leaf leaf;
        uint8_t again[HF_LEAF_BYTES];
        assert_ok(hf_leaf_decode(hf_buf_slice(&want), &leaf));
        hf_leaf_encode(&leaf, again);
        assert_memory_equal(again, want.data, HF_LEAF_BYTES);
        assert_true(hf_leaf_verify(want.data));
        struct hf_id id = hf_leaf_change_id(want.data);
        assert_memory_equal(id.bytes, change_id.data, HF_ID_BYTES);
        hf_buf_clear(&want);
        hf_buf_clear(&change_id);
    }
}

static void vector__holds_its_fields_where_formats_says(void **state)
{
    (void)state;
    struct hf_buf bytes = vector_bytes("leaf_exact.hex", "leaf");
    struct hf_leaf leaf;
    assert_ok(hf_leaf_decode(hf_buf_slice(&bytes), &leaf));
    assert_int_equal(leaf.kind, HF_LEAF_DATA);
    assert_true(leaf.clock == 0x019AA8CF5A7B0004u);
    assert_int_equal(leaf.incarnation, 2);
    assert_true(leaf.seq == 0x0102030405u);
    assert_true(leaf.seen_size == 4096);
    assert_int_equal(leaf.payload_len, 64 + 40);
    assert_memory_equal(leaf.device, sample_sign_key().public_key, HF_SIGN_PUBLIC_BYTES);
    assert_memory_equal(leaf.prev, bytes.data + 92, HF_HASH_BYTES);
    assert_memory_equal(leaf.seen_root, bytes.data + 132, HF_HASH_BYTES);
    assert_memory_equal(leaf.subject_tag, bytes.data + 164, 16);
    assert_memory_equal(leaf.commitment, bytes.data + 216, HF_HASH_BYTES);
    hf_buf_clear(&bytes);
}

static void sign__gives_the_signature_of_the_vector(void **state)
{
    (void)state;
    struct hf_buf want = vector_bytes("leaf_first.hex", "leaf");
    struct hf_sign_key key = sample_sign_key();
    struct hf_leaf leaf;
    assert_ok(hf_leaf_decode(hf_buf_slice(&want), &leaf));
    memset(leaf.signature, 0, sizeof leaf.signature);
    hf_leaf_sign(&leaf, &key);
    assert_memory_equal(leaf.signature, want.data + HF_LEAF_SIGNED_BYTES, HF_SIGN_BYTES);
    hf_buf_clear(&want);
}

static void verify__fails_with_any_bit_flipped(void **state)
{
    (void)state;
    uint8_t bytes[HF_LEAF_BYTES];
    (void)signed_leaf(bytes);
    assert_true(hf_leaf_verify(bytes));
    for (size_t bit = 0; bit < HF_LEAF_BYTES * 8; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        if (hf_leaf_verify(bytes))
            fail_msg("a leaf with bit %zu flipped still verifies", bit);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_true(hf_leaf_verify(bytes));
}

static void verify__fails_for_the_signature_of_another_device(void **state)
{
    (void)state;
    struct hf_leaf leaf = sample_leaf();
    struct hf_sign_key other;
    uint8_t seed[HF_SIGN_SEED_BYTES] = {0xEE};
    uint8_t bytes[HF_LEAF_BYTES];
    hf_sign_key_from_seed(seed, &other);
    memcpy(leaf.device, other.public_key, sizeof leaf.device);
    hf_leaf_sign(&leaf, &other);
    memcpy(leaf.device, sample_sign_key().public_key, sizeof leaf.device);
    hf_leaf_encode(&leaf, bytes);
    assert_false(hf_leaf_verify(bytes));
}

static void change_id__differs_for_every_bit(void **state)
{
    (void)state;
    uint8_t bytes[HF_LEAF_BYTES];
    (void)signed_leaf(bytes);
    struct hf_id id = hf_leaf_change_id(bytes);
    uint8_t hash[HF_HASH_BYTES];
    hf_leaf_hash(bytes, hash);
    assert_memory_equal(id.bytes, hash, HF_ID_BYTES);
    for (size_t bit = 0; bit < HF_LEAF_BYTES * 8; bit += 7) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        struct hf_id other = hf_leaf_change_id(bytes);
        assert_false(hf_id_equal(&id, &other));
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

static void decode__refuses_another_length(void **state)
{
    (void)state;
    uint8_t bytes[HF_LEAF_BYTES + 1] = {0};
    struct hf_leaf leaf;
    (void)signed_leaf(bytes);
    for (size_t len = 0; len < HF_LEAF_BYTES; len++)
        assert_status(hf_leaf_decode(hf_slice_of(bytes, len), &leaf), HF_ERR_INVALID);
    assert_status(hf_leaf_decode(hf_slice_of(bytes, HF_LEAF_BYTES + 1), &leaf), HF_ERR_INVALID);
}

static void decode__refuses_magic_kind_flags_and_leaves_out_untouched(void **state)
{
    (void)state;
    static const struct {
        size_t at;
        uint8_t value;
    } damage[] = {{0, 'h'}, {3, '2'}, {4, HF_LEAF_KIND_COUNT}, {4, 0xFF}, {5, 1}, {6, 1}, {7, 0x80}};
    for (size_t i = 0; i < sizeof damage / sizeof damage[0]; i++) {
        uint8_t bytes[HF_LEAF_BYTES];
        struct hf_leaf leaf;
        struct hf_leaf untouched;
        (void)signed_leaf(bytes);
        bytes[damage[i].at] = damage[i].value;
        memset(&leaf, 0x77, sizeof leaf);
        memset(&untouched, 0x77, sizeof untouched);
        assert_status(hf_leaf_decode(hf_slice_of(bytes, sizeof bytes), &leaf), HF_ERR_INVALID);
        assert_memory_equal(&leaf, &untouched, sizeof leaf);
    }
}

static void decode__wants_a_zero_prev_exactly_at_the_start(void **state)
{
    (void)state;
    uint8_t bytes[HF_LEAF_BYTES];
    struct hf_leaf leaf = sample_leaf();
    struct hf_leaf out;
    leaf.prev[31] = 1;
    hf_leaf_encode(&leaf, bytes);
    assert_status(hf_leaf_decode(hf_slice_of(bytes, sizeof bytes), &out), HF_ERR_INVALID);
    leaf.seq = 1;
    hf_leaf_encode(&leaf, bytes);
    assert_ok(hf_leaf_decode(hf_slice_of(bytes, sizeof bytes), &out));
    leaf.prev[31] = 0;
    hf_leaf_encode(&leaf, bytes);
    assert_status(hf_leaf_decode(hf_slice_of(bytes, sizeof bytes), &out), HF_ERR_INVALID);
}

static void follows__accepts_the_next_of_the_chain_only(void **state)
{
    (void)state;
    uint8_t last[HF_LEAF_BYTES];
    struct hf_leaf next;
    (void)signed_leaf(last);
    continue_leaf(last, &next);
    assert_true(follows(last, &next));

    struct hf_leaf wrong = next;
    wrong.seq++;
    assert_false(follows(last, &wrong));
    wrong = next;
    wrong.clock--;
    assert_false(follows(last, &wrong));
    wrong = next;
    wrong.prev[0] ^= 1;
    assert_false(follows(last, &wrong));
    wrong = next;
    wrong.incarnation++;
    assert_false(follows(last, &wrong));
    wrong = next;
    wrong.device[0] ^= 1;
    assert_false(follows(last, &wrong));
    wrong = next;
    wrong.log_id[0] ^= 1;
    assert_false(follows(last, &wrong));
}

static void follows__without_a_last_leaf_wants_seq_0(void **state)
{
    (void)state;
    uint8_t first[HF_LEAF_BYTES];
    struct hf_leaf next;
    (void)signed_leaf(first);
    assert_true(hf_leaf_follows(NULL, first));
    continue_leaf(first, &next);
    assert_false(follows(NULL, &next));
    assert_false(hf_leaf_follows(first, first));
}

static void follows__does_not_run_over_the_last_seq(void **state)
{
    (void)state;
    uint8_t last[HF_LEAF_BYTES];
    struct hf_leaf leaf = sample_leaf();
    leaf.seq = UINT64_MAX;
    leaf.prev[0] = 1;
    hf_leaf_encode(&leaf, last);
    struct hf_leaf next = leaf;
    next.clock++;
    next.seq = 0;
    memset(next.prev, 0, sizeof next.prev);
    assert_false(follows(last, &next));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors__decode_encode_verify_and_name_the_change),
        cmocka_unit_test(vector__holds_its_fields_where_formats_says),
        cmocka_unit_test(sign__gives_the_signature_of_the_vector),
        cmocka_unit_test(verify__fails_with_any_bit_flipped),
        cmocka_unit_test(verify__fails_for_the_signature_of_another_device),
        cmocka_unit_test(change_id__differs_for_every_bit),
        cmocka_unit_test(decode__refuses_another_length),
        cmocka_unit_test(decode__refuses_magic_kind_flags_and_leaves_out_untouched),
        cmocka_unit_test(decode__wants_a_zero_prev_exactly_at_the_start),
        cmocka_unit_test(follows__accepts_the_next_of_the_chain_only),
        cmocka_unit_test(follows__without_a_last_leaf_wants_seq_0),
        cmocka_unit_test(follows__does_not_run_over_the_last_seq),
    };
    return cmocka_run_group_tests_name("leaf", tests, support_start, NULL);
}
