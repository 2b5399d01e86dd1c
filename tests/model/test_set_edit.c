#include "tests/model/support_model.h"

#include "core/pack/writer.h"

static const struct hf_slice one = {(const uint8_t *)"\xA1x", 2};
static const struct hf_slice two = {(const uint8_t *)"\xA1y", 2};
static const struct hf_slice three = {(const uint8_t *)"\xA2xx", 3};

static void encode_decode__gives_both_lists_sorted(void **state)
{
    (void)state;
    const struct hf_slice added[] = {three, one};
    struct hf_buf value = {0};
    struct hf_set_edit set;
    hf_set_edit_encode(added, 2, &two, 1, &value);
    assert_ok(hf_set_edit_decode(hf_buf_slice(&value), &set));
    assert_int_equal(set.added_count, 2);
    assert_int_equal(set.removed_count, 1);
    assert_true(hf_slice_equal(set.added[0], one));
    assert_true(hf_slice_equal(set.added[1], three));
    assert_true(hf_slice_equal(set.removed[0], two));
    assert_true(hf_set_edit_has(set.added, set.added_count, three));
    assert_false(hf_set_edit_has(set.added, set.added_count, two));
    assert_false(hf_set_edit_has(set.added, 0, one));
    hf_buf_clear(&value);
}

static void decode__refuses_an_element_twice_in_one_list_only(void **state)
{
    (void)state;
    const struct hf_slice twice[] = {one, two, one};
    struct hf_buf value = {0};
    struct hf_set_edit set;
    hf_set_edit_encode(twice, 3, NULL, 0, &value);
    assert_status(hf_set_edit_decode(hf_buf_slice(&value), &set), HF_ERR_INVALID);
    hf_buf_reset(&value);
    hf_set_edit_encode(NULL, 0, twice, 3, &value);
    assert_status(hf_set_edit_decode(hf_buf_slice(&value), &set), HF_ERR_INVALID);
    hf_buf_reset(&value);
    hf_set_edit_encode(&one, 1, &one, 1, &value);
    assert_ok(hf_set_edit_decode(hf_buf_slice(&value), &set));
    hf_buf_clear(&value);
}

static void decode__refuses_other_forms(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
    } bad[] = {{"", 0},
               {"\xC0", 1},
               {"\x90", 1},
               {"\x91\x90", 2},
               {"\x92\x90", 2},
               {"\x92\x90\xC0", 3},
               {"\x92\x01\x90", 3},
               {"\x92\x90\x90\x90", 4},
               {"\x80", 1},
               {"\x93\x90\x90\x90", 4}};
    struct hf_set_edit set;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_true(hf_set_edit_decode(hf_slice_of(bad[i].bytes, bad[i].len), &set) != HF_OK);
    assert_ok(hf_set_edit_decode(hf_slice_of("\x92\x90\x90", 3), &set));
}

static void decode__takes_256_elements_and_refuses_257(void **state)
{
    (void)state;
    struct hf_buf numbers = {0};
    struct hf_slice elements[HF_SET_ELEMENTS_MAX + 1];
    struct hf_set_edit set;
    hf_buf_reserve(&numbers, 2000);
    for (size_t i = 0; i <= HF_SET_ELEMENTS_MAX; i++) {
        size_t at = numbers.len;
        hf_pack_uint(&numbers, 1000 - i);
        elements[i] = hf_slice_of(numbers.data + at, numbers.len - at);
    }
    for (size_t more = 0; more < 2; more++) {
        struct hf_buf added = {0};
        struct hf_buf removed = {0};
        enum hf_status want = more ? HF_ERR_LIMIT : HF_OK;
        hf_set_edit_encode(elements, HF_SET_ELEMENTS_MAX + more, NULL, 0, &added);
        hf_set_edit_encode(elements, HF_SET_ELEMENTS_MAX, elements, HF_SET_ELEMENTS_MAX + more, &removed);
        assert_status(hf_set_edit_decode(hf_buf_slice(&added), &set), want);
        assert_status(hf_set_edit_decode(hf_buf_slice(&removed), &set), want);
        hf_buf_clear(&added);
        hf_buf_clear(&removed);
    }
    hf_buf_clear(&numbers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(encode_decode__gives_both_lists_sorted),
        cmocka_unit_test(decode__refuses_an_element_twice_in_one_list_only),
        cmocka_unit_test(decode__refuses_other_forms),
        cmocka_unit_test(decode__takes_256_elements_and_refuses_257),
    };
    return cmocka_run_group_tests_name("set_edit", tests, support_start, NULL);
}
