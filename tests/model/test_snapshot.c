/* The body of the note "digests". */
#include "core/model/snapshot.h"

#include "core/pack/writer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void fill(struct hf_case_digest *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        memset(cases[i].case_id.bytes, 0x11, HF_ID_BYTES);
        cases[i].case_id.bytes[0] = (uint8_t)(i >> 8);
        cases[i].case_id.bytes[1] = (uint8_t)i;
        memset(cases[i].digest, (int)(i + 1), HF_HASH_BYTES);
    }
}

static void digests__are_found_by_case(void **state)
{
    (void)state;
    static struct hf_case_digest cases[HF_DIGESTS_CASES_MAX];
    struct hf_digests_body body;
    struct hf_buf bytes = {0};
    fill(cases, HF_DIGESTS_CASES_MAX);
    hf_digests_body_encode(70000, cases, HF_DIGESTS_CASES_MAX, &bytes);
    assert_int_equal(hf_digests_body_decode(hf_buf_slice(&bytes), &body), HF_OK);
    assert_int_equal(body.size, 70000);
    assert_int_equal(body.count, HF_DIGESTS_CASES_MAX);
    for (size_t i = 0; i < HF_DIGESTS_CASES_MAX; i++)
        assert_memory_equal(hf_digests_body_find(&body, &cases[i].case_id), cases[i].digest, HF_HASH_BYTES);
    const struct hf_id other = {.bytes = {0, 3, 9}};
    assert_null(hf_digests_body_find(&body, &other));
    hf_buf_clear(&bytes);
}

static void digests__have_one_form(void **state)
{
    (void)state;
    struct hf_case_digest cases[2];
    struct hf_digests_body body;
    struct hf_buf bytes = {0};
    fill(cases, 2);
    hf_digests_body_encode(5, cases, 2, &bytes);
    for (size_t len = 0; len < bytes.len; len++)
        assert_int_not_equal(hf_digests_body_decode(hf_slice_of(bytes.data, len), &body), HF_OK);
    hf_buf_append_u8(&bytes, 0xC0);
    assert_int_not_equal(hf_digests_body_decode(hf_buf_slice(&bytes), &body), HF_OK);
    hf_buf_reset(&bytes);
    cases[1].case_id = cases[0].case_id; /* named twice */
    hf_digests_body_encode(5, cases, 2, &bytes);
    assert_int_equal(hf_digests_body_decode(hf_buf_slice(&bytes), &body), HF_ERR_INVALID);
    hf_buf_reset(&bytes);
    hf_digests_body_encode(5, cases, 0, &bytes);
    assert_int_equal(hf_digests_body_decode(hf_buf_slice(&bytes), &body), HF_ERR_INVALID);
    hf_buf_clear(&bytes);
}

static void another_note__is_none(void **state)
{
    (void)state;
    struct hf_digests_body body;
    struct hf_buf bytes = {0};
    hf_pack_map(&bytes, 1);
    hf_pack_uint(&bytes, 1);
    hf_pack_text(&bytes, hf_slice_str("day"));
    assert_int_equal(hf_digests_body_decode(hf_buf_slice(&bytes), &body), HF_ERR_UNSUPPORTED);
    hf_buf_clear(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digests__are_found_by_case),
        cmocka_unit_test(digests__have_one_form),
        cmocka_unit_test(another_note__is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
