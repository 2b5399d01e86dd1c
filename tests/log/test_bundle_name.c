#include "tests/log/support_files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void names__go_out_and_come_back(void **state)
{
    (void)state;
    static const struct {
        enum hf_bundle_kind kind;
        uint64_t index;
        const char *name;
    } cases[] = {
        {HF_BUNDLE_PROOF, 0, "proof/0.tlog-proof"},
        {HF_BUNDLE_PROOF, 73894, "proof/73894.tlog-proof"},
        {HF_BUNDLE_CT, 12, "ct/12"},
        {HF_BUNDLE_OPEN, UINT64_MAX, "open/18446744073709551615"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char name[HF_BUNDLE_NAME_BYTES_MAX];
        enum hf_bundle_kind kind = HF_BUNDLE_CT;
        uint64_t index = 1;
        hf_bundle_name(cases[i].kind, cases[i].index, name);
        assert_string_equal(name, cases[i].name);
        assert_int_equal(hf_bundle_name_parse(hf_slice_str(name), &kind, &index), HF_OK);
        assert_int_equal(kind, cases[i].kind);
        assert_true(index == cases[i].index);
    }
}

static void other_names__are_invalid(void **state)
{
    (void)state;
    static const char *const names[] = {
        "",
        "ct",
        "ct/",
        "ct/01",
        "ct/-1",
        "ct/1 ",
        "ct/1/2",
        "ct/1a",
        "CT/1",
        "open/",
        "open/1.x",
        "proof/1",
        "proof/.tlog-proof",
        "proof/1.tlog-proof ",
        "/ct/1",
        "./ct/1",
        "ct/../1",
        "proof/01.tlog-proof",
        "ct/18446744073709551616",
        "policy",
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        enum hf_bundle_kind kind = HF_BUNDLE_OPEN;
        uint64_t index = 4;
        assert_int_equal(hf_bundle_name_parse(hf_slice_str(names[i]), &kind, &index), HF_ERR_INVALID);
        assert_int_equal(index, 4);
        assert_int_equal(kind, HF_BUNDLE_OPEN);
    }
}

static void ct__is_nonce_ciphertext_tag(void **state)
{
    (void)state;
    uint8_t bytes[24 + 5 + 16];
    struct hf_bundle_ct ct;
    struct hf_buf again = {.len = 0};
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)i;
    assert_int_equal(hf_bundle_ct_parse(hf_slice_of(bytes, sizeof bytes), &ct), HF_OK);
    assert_int_equal(ct.nonce[0], 0);
    assert_int_equal(ct.ciphertext.len, 5);
    assert_int_equal(ct.ciphertext.data[0], 24);
    assert_int_equal(ct.tag[0], 29);
    hf_bundle_ct_format(&ct, &again);
    assert_true(hf_slice_equal(hf_buf_slice(&again), hf_slice_of(bytes, sizeof bytes)));
    assert_int_equal(hf_bundle_ct_parse(hf_slice_of(bytes, 40), &ct), HF_OK);
    assert_int_equal(ct.ciphertext.len, 0);
    assert_int_equal(hf_bundle_ct_parse(hf_slice_of(bytes, 39), &ct), HF_ERR_INVALID);
    hf_buf_clear(&again);
}

static void opening__is_r_and_body(void **state)
{
    (void)state;
    uint8_t bytes[32 + 3];
    struct hf_bundle_opening opening;
    struct hf_buf again = {.len = 0};
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)i;
    assert_int_equal(hf_bundle_opening_parse(hf_slice_of(bytes, sizeof bytes), &opening), HF_OK);
    assert_int_equal(opening.r[31], 31);
    assert_int_equal(opening.body.len, 3);
    assert_int_equal(opening.body.data[0], 32);
    hf_bundle_opening_format(&opening, &again);
    assert_true(hf_slice_equal(hf_buf_slice(&again), hf_slice_of(bytes, sizeof bytes)));
    assert_int_equal(hf_bundle_opening_parse(hf_slice_of(bytes, 31), &opening), HF_ERR_INVALID);
    hf_buf_clear(&again);
}

static enum hf_status gather(void *ctx, uint64_t index)
{
    uint64_t *sum = ctx;
    *sum += index;
    return index == 99 ? HF_ERR_BUSY : HF_OK;
}

static void payloads__are_read_under_a_limit_and_listed(void **state)
{
    (void)state;
    static struct support_files files;
    static struct hf_bundle bundle;
    struct hf_buf large = {.len = 0};
    struct hf_buf out = {.len = 0};
    uint64_t sum = 0;
    hf_buf_append_zeros(&large, HF_BUNDLE_CT_BYTES_MAX + 1);
    support_files_put(&files, "ct/3", hf_slice_str("three"));
    support_files_put(&files, "ct/40", hf_buf_slice(&large));
    support_files_put(&files, "open/3", hf_slice_str("opening"));
    struct hf_bundle_reader reader = support_files_reader(&files);
    hf_bundle_begin(&bundle, &reader);

    hf_buf_append_str(&out, "before");
    assert_int_equal(hf_bundle_read_ct(&bundle, 3, &out), HF_OK);
    assert_true(hf_slice_equal(hf_buf_slice(&out), hf_slice_str("three")));
    assert_int_equal(hf_bundle_read_opening(&bundle, 3, &out), HF_OK);
    assert_true(hf_slice_equal(hf_buf_slice(&out), hf_slice_str("opening")));
    assert_int_equal(hf_bundle_read_ct(&bundle, 4, &out), HF_ERR_NOT_FOUND);
    assert_int_equal(hf_bundle_read_ct(&bundle, 40, &out), HF_ERR_LIMIT);
    assert_int_equal(hf_bundle_ct_parse(hf_buf_slice(&large), &(struct hf_bundle_ct){.nonce = NULL}), HF_ERR_LIMIT);

    assert_int_equal(out.len, 0);
    assert_int_equal(hf_bundle_list(&bundle, HF_BUNDLE_CT, gather, &sum), HF_OK);
    assert_int_equal(sum, 43);
    support_files_put(&files, "proof/99.tlog-proof", hf_slice_str("proof"));
    assert_int_equal(hf_bundle_list(&bundle, HF_BUNDLE_PROOF, gather, &sum), HF_ERR_BUSY);
    assert_int_equal(bundle.error.status, HF_ERR_BUSY);
    hf_bundle_end(&bundle);
    hf_buf_clear(&large);
    hf_buf_clear(&out);
    support_files_clear(&files);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names__go_out_and_come_back),
        cmocka_unit_test(other_names__are_invalid),
        cmocka_unit_test(ct__is_nonce_ciphertext_tag),
        cmocka_unit_test(opening__is_r_and_body),
        cmocka_unit_test(payloads__are_read_under_a_limit_and_listed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
