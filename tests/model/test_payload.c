#include "tests/model/support_model.h"

#include <string.h>

#define BODY "The child said: I like it here when it is quiet."

struct sealed {
    struct hf_class_key key;
    struct hf_leaf leaf;
    struct hf_buf payload;
};

static struct hf_slice body_of_text(void)
{
    return hf_slice_str(BODY);
}

static struct sealed seal(struct hf_slice body)
{
    struct sealed sealed = {.key = sample_class_key(), .leaf = sample_leaf()};
    assert_ok(hf_payload_seal(&sealed.key, body, &sealed.leaf, &sealed.payload));
    return sealed;
}

static enum hf_status open_again(const struct sealed *sealed)
{
    struct hf_buf body = {0};
    enum hf_status status = hf_payload_open(&sealed->key, hf_buf_slice(&sealed->payload), &sealed->leaf, &body);
    if (status != HF_OK)
        assert_int_equal(body.len, 0);
    hf_buf_clear(&body);
    return status;
}

/* A payload that an author made without following the rules, with a leaf that fits it in every hash. */
static void refit(struct sealed *sealed)
{
    sealed->leaf.payload_len = (uint32_t)sealed->payload.len;
    hf_sha256_of(sealed->payload.data, sealed->payload.len, sealed->leaf.payload_hash);
}

/* Seals `data` as it stands under `nonce`. */
static void seal_by_hand(struct sealed *sealed, const uint8_t nonce[HF_XNONCE_BYTES], struct hf_slice data)
{
    uint8_t seal_key[HF_KEY_BYTES];
    uint8_t bytes[HF_LEAF_BYTES];
    uint8_t out[512];
    uint8_t tag[HF_TAG_BYTES];
    assert_true(data.len <= sizeof out);
    hf_derive(sealed->key.key, "hf class seal v1", seal_key);
    hf_leaf_encode(&sealed->leaf, bytes);
    hf_seal(seal_key, nonce, hf_slice_of(bytes, HF_LEAF_AAD_BYTES), data.data, data.len, out, tag);
    hf_buf_reset(&sealed->payload);
    hf_buf_append(&sealed->payload, nonce, HF_XNONCE_BYTES);
    hf_buf_append(&sealed->payload, out, data.len);
    hf_buf_append(&sealed->payload, tag, sizeof tag);
    refit(sealed);
}

static void vectors__seal_and_open_to_the_same_bytes(void **state)
{
    (void)state;
    static const char *const files[] = {"leaf_first.hex", "leaf_exact.hex", "leaf_long.hex"};
    for (size_t i = 0; i < 3; i++) {
        struct hf_buf bytes = vector_bytes(files[i], "leaf");
        struct hf_buf body = vector_bytes(files[i], "body");
        struct hf_buf want = vector_bytes(files[i], "payload");
        struct hf_buf want_r = vector_bytes(files[i], "r");
        struct hf_class_key key = sample_class_key();
        struct hf_leaf leaf;
        struct hf_leaf again;
        struct hf_buf payload = {0};
        struct hf_buf opened = {0};
        uint8_t r[HF_OPENING_BYTES];
        uint8_t again_bytes[HF_LEAF_BYTES];
        assert_ok(hf_leaf_decode(hf_buf_slice(&bytes), &leaf));
        again = leaf;
        memset(again.subject_tag, 0, sizeof again.subject_tag);
        memset(again.payload_hash, 0, sizeof again.payload_hash);
        memset(again.commitment, 0, sizeof again.commitment);
        again.payload_len = 0;
        assert_ok(hf_payload_seal(&key, hf_buf_slice(&body), &again, &payload));
        hf_leaf_encode(&again, again_bytes);
        assert_memory_equal(again_bytes, bytes.data, HF_LEAF_BYTES);
        assert_true(hf_slice_equal(hf_buf_slice(&payload), hf_buf_slice(&want)));
        assert_ok(hf_payload_open(&key, hf_buf_slice(&want), &leaf, &opened));
        assert_true(hf_slice_equal(hf_buf_slice(&opened), hf_buf_slice(&body)));
        hf_payload_opening(&key, hf_buf_slice(&body), &leaf, r);
        assert_memory_equal(r, want_r.data, sizeof r);
        struct hf_buf *all[] = {&bytes, &body, &want, &want_r, &payload, &opened};
        for (size_t j = 0; j < sizeof all / sizeof all[0]; j++)
            hf_buf_clear(all[j]);
    }
}

static void seal__is_deterministic_and_hides_the_length_to_64(void **state)
{
    (void)state;
    uint8_t body[130] = {0};
    for (size_t len = 0; len <= sizeof body; len++) {
        struct sealed one = seal(hf_slice_of(body, len));
        struct sealed two = seal(hf_slice_of(body, len));
        assert_true(hf_slice_equal(hf_buf_slice(&one.payload), hf_buf_slice(&two.payload)));
        assert_int_equal(one.payload.len, (len + 4 + 63) / 64 * 64 + 40);
        assert_int_equal(one.leaf.payload_len, one.payload.len);
        assert_ok(open_again(&one));
        hf_buf_clear(&one.payload);
        hf_buf_clear(&two.payload);
    }
}

static void seal__without_a_buffer_fills_the_same_leaf(void **state)
{
    (void)state;
    struct sealed sealed = seal(body_of_text());
    struct hf_leaf leaf = sample_leaf();
    assert_ok(hf_payload_seal(&sealed.key, body_of_text(), &leaf, NULL));
    assert_memory_equal(leaf.payload_hash, sealed.leaf.payload_hash, HF_HASH_BYTES);
    assert_memory_equal(leaf.commitment, sealed.leaf.commitment, HF_HASH_BYTES);
    hf_buf_clear(&sealed.payload);
}

static void seal__appends_behind_what_is_there(void **state)
{
    (void)state;
    struct sealed sealed = seal(body_of_text());
    struct hf_leaf leaf = sample_leaf();
    struct hf_buf out = {0};
    hf_buf_append_str(&out, "before");
    assert_ok(hf_payload_seal(&sealed.key, body_of_text(), &leaf, &out));
    assert_memory_equal(out.data, "before", 6);
    assert_memory_equal(out.data + 6, sealed.payload.data, sealed.payload.len);
    assert_int_equal(out.len, 6 + sealed.payload.len);
    hf_buf_clear(&out);
    hf_buf_clear(&sealed.payload);
}

static void seal__refuses_more_than_the_limit(void **state)
{
    (void)state;
    struct hf_buf body = {0};
    struct hf_class_key key = sample_class_key();
    struct hf_leaf leaf = sample_leaf();
    struct hf_leaf before = leaf;
    hf_buf_append_zeros(&body, HF_BODY_BYTES_MAX + 1);
    assert_status(hf_payload_seal(&key, hf_buf_slice(&body), &leaf, NULL), HF_ERR_LIMIT);
    assert_memory_equal(&leaf, &before, sizeof leaf);
    body.len = HF_BODY_BYTES_MAX;
    struct hf_buf payload = {0};
    assert_ok(hf_payload_seal(&key, hf_buf_slice(&body), &leaf, &payload));
    assert_true(payload.len <= HF_PAYLOAD_BYTES_MAX);
    struct hf_buf opened = {0};
    assert_ok(hf_payload_open(&key, hf_buf_slice(&payload), &leaf, &opened));
    assert_int_equal(opened.len, HF_BODY_BYTES_MAX);
    hf_buf_clear(&opened);
    hf_buf_clear(&payload);
    hf_buf_clear(&body);
}

static void open__fails_with_any_bit_of_the_payload_flipped(void **state)
{
    (void)state;
    struct sealed sealed = seal(body_of_text());
    assert_ok(open_again(&sealed));
    for (size_t bit = 0; bit < sealed.payload.len * 8; bit++) {
        struct hf_leaf honest = sealed.leaf;
        sealed.payload.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_status(open_again(&sealed), HF_ERR_AUTH);
        refit(&sealed); /* the author's leaf fits the damaged bytes: the tag or the nonce must tell */
        assert_status(open_again(&sealed), HF_ERR_AUTH);
        sealed.leaf = honest;
        sealed.payload.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    hf_buf_clear(&sealed.payload);
}

static void open__refuses_other_lengths(void **state)
{
    (void)state;
    struct sealed sealed = seal(body_of_text());
    hf_buf_append_zeros(&sealed.payload, 64);
    size_t full = sealed.payload.len;
    for (size_t len = 0; len <= full; len++) {
        sealed.payload.len = len;
        if (len == full - 64)
            continue;
        assert_status(open_again(&sealed), HF_ERR_AUTH);
    }
    hf_buf_clear(&sealed.payload);
}

/* Everything that the leaf says up to its payload hash binds the payload. */
static void open_and_check__fail_with_any_bound_field_changed(void **state)
{
    (void)state;
    static const struct {
        size_t at;
        const char *what;
    } fields[] = {{4, "kind"},         {8, "clock"},    {16, "log id"},     {48, "device"},
                  {83, "incarnation"}, {91, "seq"},     {131, "seen size"}, {132, "seen root"},
                  {164, "tag"},        {183, "length"}, {184, "hash"},      {216, "commitment"}};
    struct sealed sealed = seal(body_of_text());
    uint8_t bytes[HF_LEAF_BYTES];
    sealed.leaf.seq = 1; /* so that seq and prev may change on their own */
    sealed.leaf.prev[0] = 9;
    hf_buf_reset(&sealed.payload);
    assert_ok(hf_payload_seal(&sealed.key, body_of_text(), &sealed.leaf, &sealed.payload));
    hf_leaf_encode(&sealed.leaf, bytes);
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        struct sealed wrong = sealed;
        struct hf_buf out = {0};
        bytes[fields[i].at] ^= 2;
        assert_ok(hf_leaf_decode(hf_slice_of(bytes, sizeof bytes), &wrong.leaf));
        bytes[fields[i].at] ^= 2;
        if (open_again(&wrong) != HF_ERR_AUTH)
            fail_msg("opens with another %s", fields[i].what);
        if (hf_payload_check_opened(&sealed.key, body_of_text(), &wrong.leaf, &out) != HF_ERR_AUTH)
            fail_msg("checks with another %s", fields[i].what);
        assert_int_equal(out.len, 0);
        hf_buf_clear(&out);
    }
    sealed.leaf.prev[0] ^= 1;
    assert_status(open_again(&sealed), HF_ERR_AUTH);
    hf_buf_clear(&sealed.payload);
}

static void check_opened__seals_to_the_same_bytes(void **state)
{
    (void)state;
    struct sealed sealed = seal(body_of_text());
    struct hf_buf out = {0};
    assert_ok(hf_payload_check_opened(&sealed.key, body_of_text(), &sealed.leaf, &out));
    assert_true(hf_slice_equal(hf_buf_slice(&out), hf_buf_slice(&sealed.payload)));
    assert_ok(hf_payload_check_opened(&sealed.key, body_of_text(), &sealed.leaf, NULL));
    hf_buf_clear(&out);
    hf_buf_clear(&sealed.payload);
}

static void check_opened__refuses_another_body_or_key(void **state)
{
    (void)state;
    struct sealed sealed = seal(body_of_text());
    char other[] = BODY;
    for (size_t i = 0; i < sizeof other - 1; i++) {
        other[i] ^= 1;
        assert_status(hf_payload_check_opened(&sealed.key, hf_slice_str(other), &sealed.leaf, NULL), HF_ERR_AUTH);
        other[i] ^= 1;
    }
    struct hf_buf large = {0};
    hf_buf_append_zeros(&large, HF_BODY_BYTES_MAX + 1);
    assert_status(hf_payload_check_opened(&sealed.key, hf_buf_slice(&large), &sealed.leaf, NULL), HF_ERR_AUTH);
    hf_buf_clear(&large);
    for (size_t i = 0; i < HF_KEY_BYTES; i++) {
        sealed.key.key[i] ^= 0x40;
        assert_status(hf_payload_check_opened(&sealed.key, body_of_text(), &sealed.leaf, NULL), HF_ERR_AUTH);
        assert_status(open_again(&sealed), HF_ERR_AUTH);
        sealed.key.key[i] ^= 0x40;
    }
    hf_buf_clear(&sealed.payload);
}

/* A payload whose tag is right but whose leaf commits to something else is not what its author can be held to. */
static void open__refuses_a_commitment_to_another_body(void **state)
{
    (void)state;
    struct sealed sealed = seal(body_of_text());
    struct hf_leaf other = sample_leaf();
    assert_ok(hf_payload_seal(&sealed.key, hf_slice_str("something else"), &other, NULL));
    memcpy(sealed.leaf.commitment, other.commitment, sizeof other.commitment);
    assert_status(open_again(&sealed), HF_ERR_AUTH);
    assert_status(hf_payload_check_opened(&sealed.key, body_of_text(), &sealed.leaf, NULL), HF_ERR_AUTH);
    hf_buf_clear(&sealed.payload);
}

/* What opens must also seal again to the same bytes, or it could not travel opened. */
static void open__refuses_a_nonce_of_the_authors_own(void **state)
{
    (void)state;
    struct sealed sealed = seal(body_of_text());
    uint8_t nonce[HF_XNONCE_BYTES] = {1, 2, 3};
    uint8_t data[64] = {0};
    hf_put_u32(data, (uint32_t)strlen(BODY));
    memcpy(data + 4, BODY, strlen(BODY));
    seal_by_hand(&sealed, nonce, hf_slice_of(data, sizeof data));
    assert_status(open_again(&sealed), HF_ERR_AUTH);
    hf_buf_clear(&sealed.payload);
}

/* An author who makes up the subject tag, and everything else to fit it. */
static void open__refuses_a_subject_tag_of_the_authors_own(void **state)
{
    (void)state;
    for (uint8_t made_up = 0; made_up < 2; made_up++) {
        struct sealed sealed = seal(body_of_text());
        uint8_t bytes[HF_LEAF_BYTES];
        uint8_t nonce_key[HF_KEY_BYTES];
        uint8_t nonce[HF_XNONCE_BYTES];
        uint8_t r[HF_OPENING_BYTES];
        uint8_t data[64] = {0};
        struct hf_sha256 commitment;
        sealed.leaf.subject_tag[0] ^= made_up;
        hf_put_u32(data, (uint32_t)strlen(BODY));
        memcpy(data + 4, BODY, strlen(BODY));
        hf_leaf_encode(&sealed.leaf, bytes);
        hf_derive(sealed.key.key, "hf class nonce v1", nonce_key);
        const struct hf_slice parts[] = {hf_slice_of(bytes, HF_LEAF_AAD_BYTES), hf_slice_of(data, sizeof data)};
        hf_blake2b(hf_slice_of(nonce_key, sizeof nonce_key), parts, 2, nonce, sizeof nonce);
        seal_by_hand(&sealed, nonce, hf_slice_of(data, sizeof data));
        hf_payload_opening(&sealed.key, body_of_text(), &sealed.leaf, r);
        hf_sha256_begin(&commitment);
        hf_sha256_add(&commitment, "HFC1 open", 10);
        hf_sha256_add(&commitment, r, sizeof r);
        hf_sha256_add(&commitment, BODY, strlen(BODY));
        hf_sha256_end(&commitment, sealed.leaf.commitment);
        assert_status(open_again(&sealed), made_up ? HF_ERR_AUTH : HF_OK);
        hf_buf_clear(&sealed.payload);
    }
}

static void open__refuses_padding_that_is_not_the_least_or_not_zero(void **state)
{
    (void)state;
    struct sealed sealed = seal(body_of_text());
    uint8_t nonce[HF_XNONCE_BYTES];
    uint8_t data[128] = {0};
    memcpy(nonce, sealed.payload.data, sizeof nonce);
    hf_put_u32(data, (uint32_t)strlen(BODY));
    memcpy(data + 4, BODY, strlen(BODY));
    seal_by_hand(&sealed, nonce, hf_slice_of(data, 64));
    assert_ok(open_again(&sealed)); /* by hand it is the same as by the rule … */
    data[63] = 1;
    seal_by_hand(&sealed, nonce, hf_slice_of(data, 64));
    assert_status(open_again(&sealed), HF_ERR_AUTH); /* … and these are not */
    data[63] = 0;
    seal_by_hand(&sealed, nonce, hf_slice_of(data, 128));
    assert_status(open_again(&sealed), HF_ERR_AUTH);
    hf_put_u32(data, 0xFFFFFFFF);
    seal_by_hand(&sealed, nonce, hf_slice_of(data, 64));
    assert_status(open_again(&sealed), HF_ERR_AUTH);
    hf_buf_clear(&sealed.payload);
}

static void disclosure__needs_r_and_body_and_no_key(void **state)
{
    (void)state;
    struct sealed sealed = seal(body_of_text());
    uint8_t r[HF_OPENING_BYTES];
    hf_payload_opening(&sealed.key, body_of_text(), &sealed.leaf, r);
    assert_true(hf_payload_commitment_fits(r, body_of_text(), &sealed.leaf));
    assert_true(hf_payload_hash_fits(hf_buf_slice(&sealed.payload), &sealed.leaf));
    assert_false(hf_payload_commitment_fits(r, hf_slice_str("something else"), &sealed.leaf));
    r[0] ^= 1;
    assert_false(hf_payload_commitment_fits(r, body_of_text(), &sealed.leaf));
    sealed.payload.data[50] ^= 1;
    assert_false(hf_payload_hash_fits(hf_buf_slice(&sealed.payload), &sealed.leaf));
    hf_buf_clear(&sealed.payload);
}

static void subject_tag__differs_from_change_to_change(void **state)
{
    (void)state;
    struct hf_class_key key = sample_class_key();
    struct hf_leaf one = sample_leaf();
    struct hf_leaf two = sample_leaf();
    two.incarnation = 1;
    assert_ok(hf_payload_seal(&key, body_of_text(), &one, NULL));
    assert_ok(hf_payload_seal(&key, body_of_text(), &two, NULL));
    assert_memory_not_equal(one.subject_tag, two.subject_tag, sizeof one.subject_tag);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors__seal_and_open_to_the_same_bytes),
        cmocka_unit_test(seal__is_deterministic_and_hides_the_length_to_64),
        cmocka_unit_test(seal__without_a_buffer_fills_the_same_leaf),
        cmocka_unit_test(seal__appends_behind_what_is_there),
        cmocka_unit_test(seal__refuses_more_than_the_limit),
        cmocka_unit_test(open__fails_with_any_bit_of_the_payload_flipped),
        cmocka_unit_test(open__refuses_other_lengths),
        cmocka_unit_test(open_and_check__fail_with_any_bound_field_changed),
        cmocka_unit_test(check_opened__seals_to_the_same_bytes),
        cmocka_unit_test(check_opened__refuses_another_body_or_key),
        cmocka_unit_test(open__refuses_a_commitment_to_another_body),
        cmocka_unit_test(open__refuses_a_nonce_of_the_authors_own),
        cmocka_unit_test(open__refuses_a_subject_tag_of_the_authors_own),
        cmocka_unit_test(open__refuses_padding_that_is_not_the_least_or_not_zero),
        cmocka_unit_test(disclosure__needs_r_and_body_and_no_key),
        cmocka_unit_test(subject_tag__differs_from_change_to_change),
    };
    return cmocka_run_group_tests_name("payload", tests, support_start, NULL);
}
