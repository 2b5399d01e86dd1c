/* The body of a policy leaf: its golden vector, and its one strict form. */
#include "tests/model/support_model.h"

#include "core/model/body_policy.h"

#include <string.h>

static void vector__decodes_to_its_parts_and_encodes_again(void **state)
{
    (void)state;
    struct hf_buf bytes = vector_bytes("policy_release.hex", "body");
    struct hf_buf file = vector_bytes("policy_release.hex", "file");
    struct hf_buf again = {0};
    struct hf_policy_body body;
    assert_ok(hf_policy_body_decode(hf_buf_slice(&bytes), &body));
    assert_true(hf_slice_equal(body.what, hf_slice_str(HF_POLICY_WHAT_PACK)));
    assert_true(hf_slice_equal(body.name, hf_slice_str("eastmoor.support")));
    assert_true(hf_slice_equal(body.version, hf_slice_str("2026-1")));
    assert_true(hf_slice_equal(body.file, hf_buf_slice(&file)));
    assert_true(hf_slice_equal(body.effective_from, hf_slice_str("2026-12-01")));
    assert_true(hf_slice_equal(body.supersedes, hf_slice_str("a version with a long name, 2025")));
    hf_policy_body_encode(&body, &again);
    assert_true(hf_slice_equal(hf_buf_slice(&again), hf_buf_slice(&bytes)));
    hf_buf_clear(&again);
    hf_buf_clear(&file);
    hf_buf_clear(&bytes);
}

static void body__cut_or_longer_or_changed__is_refused_or_another_release(void **state)
{
    (void)state;
    struct hf_buf bytes = vector_bytes("policy_release.hex", "body");
    struct hf_policy_body body;
    struct hf_buf again = {0};
    for (size_t len = 0; len < bytes.len; len++)
        assert_int_not_equal(hf_policy_body_decode(hf_slice_of(bytes.data, len), &body), HF_OK);
    hf_buf_append_u8(&bytes, 0);
    assert_int_not_equal(hf_policy_body_decode(hf_buf_slice(&bytes), &body), HF_OK);
    bytes.len--;
    for (size_t at = 0; at < bytes.len; at++) {
        bytes.data[at] ^= 1;
        if (hf_policy_body_decode(hf_buf_slice(&bytes), &body) == HF_OK) {
            hf_buf_reset(&again);
            hf_policy_body_encode(&body, &again);
            assert_true(hf_slice_equal(hf_buf_slice(&again), hf_buf_slice(&bytes)));
        }
        bytes.data[at] ^= 1;
    }
    hf_buf_clear(&again);
    hf_buf_clear(&bytes);
}

static void body__whose_file_is_another_than_its_hash_says__is_refused(void **state)
{
    (void)state;
    struct hf_buf bytes = vector_bytes("policy_release.hex", "body");
    struct hf_policy_body body;
    assert_ok(hf_policy_body_decode(hf_buf_slice(&bytes), &body));
    bytes.data[(size_t)(body.file.data - bytes.data)] ^= 0x20;
    assert_status(hf_policy_body_decode(hf_buf_slice(&bytes), &body), HF_ERR_INVALID);
    hf_buf_clear(&bytes);
}

static void body__with_a_file_above_the_limit_or_without_a_name__is_refused(void **state)
{
    (void)state;
    static uint8_t large[HF_POLICY_FILE_BYTES_MAX + 1];
    struct hf_policy_body again;
    struct hf_policy_body body = {.what = hf_slice_str("calendar"),
                                  .name = hf_slice_str("england-and-wales"),
                                  .version = hf_slice_str("2027"),
                                  .file = hf_slice_of(large, sizeof large)};
    for (int i = 0; i < 3; i++) {
        struct hf_buf bytes = {0};
        if (i == 1)
            body.file.len--;
        if (i == 2)
            body.name.len = 0;
        hf_sha256_of(body.file.data, body.file.len, body.hash);
        hf_policy_body_encode(&body, &bytes);
        assert_int_equal(hf_policy_body_decode(hf_buf_slice(&bytes), &again), i == 0   ? HF_ERR_LIMIT
                                                                              : i == 1 ? HF_OK
                                                                                       : HF_ERR_INVALID);
        hf_buf_clear(&bytes);
    }
}

static void release__is_for_the_office_and_administrators(void **state)
{
    (void)state;
    for (int role = HF_ROLE_WORKER; role <= HF_ROLE_SERVER; role++)
        assert_int_equal(hf_policy_may_release((enum hf_role)role), role == HF_ROLE_OFFICE || role == HF_ROLE_ADMIN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vector__decodes_to_its_parts_and_encodes_again),
        cmocka_unit_test(body__cut_or_longer_or_changed__is_refused_or_another_release),
        cmocka_unit_test(body__whose_file_is_another_than_its_hash_says__is_refused),
        cmocka_unit_test(body__with_a_file_above_the_limit_or_without_a_name__is_refused),
        cmocka_unit_test(release__is_for_the_office_and_administrators),
    };
    return cmocka_run_group_tests_name("model/body_policy", tests, support_start, NULL);
}
