/* A page of the read log: its one strict form. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/model/body_read.h"
#include "core/pack/writer.h"

#include <string.h>

static struct hf_read_body body, again;

static struct hf_id id_of(uint8_t byte)
{
    struct hf_id id;
    memset(id.bytes, byte, sizeof id.bytes);
    return id;
}

/* Two cases; a record of the first, opened because of a handover, and the list of the second. */
static void fill(void)
{
    body = (struct hf_read_body){.began_ms = 1764000000000, .case_count = 2, .reason_count = 1, .line_count = 2};
    body.cases[0] = id_of(3);
    body.cases[1] = id_of(4);
    body.reasons[0] = hf_slice_str("Handover (sample)");
    body.lines[0] = (struct hf_read_line){
        .record_id = id_of(9), .what = HF_READ_RECORD, .at_s = 5, .lasted_s = 61, .times = 2, .reason_at = 0};
    body.lines[1] = (struct hf_read_line){
        .case_at = 1, .what = HF_READ_LIST, .at_s = 70, .times = 1, .reason_at = HF_READ_NO_REASON};
}

static enum hf_status decode_of(const struct hf_read_body *from, size_t cut)
{
    struct hf_buf bytes = {0};
    hf_read_body_encode(from, &bytes);
    assert_int_equal(hf_buf_status(&bytes), HF_OK);
    enum hf_status status = hf_read_body_decode(hf_slice_of(bytes.data, bytes.len - cut), &again);
    if (status == HF_OK) { /* what decodes has one form */
        struct hf_buf other = {0};
        hf_read_body_encode(&again, &other);
        assert_true(hf_slice_equal(hf_buf_slice(&other), hf_buf_slice(&bytes)));
        hf_buf_clear(&other);
    }
    hf_buf_clear(&bytes);
    return status;
}

static void a_page__comes_back_as_it_was(void **state)
{
    (void)state;
    fill();
    assert_int_equal(decode_of(&body, 0), HF_OK);
    assert_true(hf_id_equal(&again.lines[0].record_id, &body.lines[0].record_id));
    assert_int_equal(again.lines[0].lasted_s, 61);
    assert_true(hf_id_is_zero(&again.lines[1].record_id));
    assert_int_equal(again.lines[1].reason_at, HF_READ_NO_REASON);
    assert_false(again.has_key);
    body.has_key = true;
    memset(body.sealed_key, 7, sizeof body.sealed_key);
    body.lost = 3;
    assert_int_equal(decode_of(&body, 0), HF_OK);
    assert_true(again.has_key);
    assert_int_equal(again.lost, 3);
}

static void a_line__costs_some_thirty_bytes(void **state)
{
    struct hf_buf bytes = {0};
    (void)state;
    fill();
    body.reason_count = 0;
    body.line_count = 100;
    for (uint32_t i = 0; i < 100; i++)
        body.lines[i] = (struct hf_read_line){.record_id = id_of((uint8_t)(i + 1)),
                                              .what = HF_READ_RECORD,
                                              .at_s = 30 * i,
                                              .lasted_s = 20,
                                              .times = 1,
                                              .reason_at = HF_READ_NO_REASON};
    hf_read_body_encode(&body, &bytes);
    assert_int_equal(hf_buf_status(&bytes), HF_OK);
    assert_true(bytes.len < 100 * 30);
    hf_buf_clear(&bytes);
}

static void a_line_that_names_no_case_or_reason_of_its_page__is_refused(void **state)
{
    (void)state;
    fill();
    body.lines[1].case_at = 2;
    assert_int_equal(decode_of(&body, 0), HF_ERR_INVALID);
    fill();
    body.lines[0].reason_at = 1;
    assert_int_equal(decode_of(&body, 0), HF_ERR_INVALID);
    fill();
    body.lines[0].what = HF_READ_WHAT_COUNT;
    assert_int_equal(decode_of(&body, 0), HF_ERR_INVALID);
    fill();
    body.lines[0].times = 0;
    assert_int_equal(decode_of(&body, 0), HF_ERR_INVALID);
    fill();
    body.reasons[0] = hf_slice_str("");
    assert_int_equal(decode_of(&body, 0), HF_ERR_INVALID);
}

static void a_page_that_is_cut__is_refused(void **state)
{
    (void)state;
    fill();
    for (size_t cut = 1; cut < 60; cut++)
        assert_int_not_equal(decode_of(&body, cut), HF_OK);
}

static void limits__hold(void **state)
{
    char reason[HF_READ_REASON_BYTES_MAX + 2];
    (void)state;
    fill();
    memset(reason, 'a', sizeof reason);
    body.reasons[0] = hf_slice_of(reason, HF_READ_REASON_BYTES_MAX);
    assert_int_equal(decode_of(&body, 0), HF_OK);
    body.reasons[0] = hf_slice_of(reason, HF_READ_REASON_BYTES_MAX + 1);
    assert_int_equal(decode_of(&body, 0), HF_ERR_LIMIT);
}

static void journal_ids__differ_by_device_and_log(void **state)
{
    const uint8_t log[HF_HASH_BYTES] = {1}, other_log[HF_HASH_BYTES] = {2};
    const uint8_t device[HF_SIGN_PUBLIC_BYTES] = {3}, other[HF_SIGN_PUBLIC_BYTES] = {4};
    const struct hf_id id = hf_journal_id(log, device, 2026), b = hf_journal_id(log, other, 2026),
                       c = hf_journal_id(other_log, device, 2026), d = hf_journal_id(log, device, 2027);
    (void)state;
    assert_false(hf_id_equal(&id, &b));
    assert_false(hf_id_equal(&id, &c));
    assert_false(hf_id_equal(&id, &d));
    assert_int_equal(hf_journal_year(1798761599999), 2026);
    assert_int_equal(hf_journal_year(1798761600000), 2027);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_page__comes_back_as_it_was),
        cmocka_unit_test(a_line__costs_some_thirty_bytes),
        cmocka_unit_test(a_line_that_names_no_case_or_reason_of_its_page__is_refused),
        cmocka_unit_test(a_page_that_is_cut__is_refused),
        cmocka_unit_test(limits__hold),
        cmocka_unit_test(journal_ids__differ_by_device_and_log),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
