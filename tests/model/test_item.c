#include "tests/model/support_model.h"

#include "core/model/item.h"

#include <string.h>

static void hold_text__is_a_sentence_of_its_own_for_every_reason(void **state)
{
    (void)state;
    const char *general = hf_hold_text((enum hf_hold)200);
    for (unsigned i = 0; i < HF_HOLD_COUNT; i++) {
        const char *text = hf_hold_text((enum hf_hold)i);
        if (text == general && ((i > HF_HOLD_WORDS && i < HF_HOLD_ROLE) || i > HF_HOLD_ERASED))
            continue; /* a number that is not given yet */
        assert_true(strlen(text) > 10 && text[strlen(text) - 1] == '.');
        for (unsigned j = 0; j < i; j++)
            assert_string_not_equal(text, hf_hold_text((enum hf_hold)j));
    }
    assert_non_null(hf_hold_text((enum hf_hold)200));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hold_text__is_a_sentence_of_its_own_for_every_reason),
    };
    return cmocka_run_group_tests_name("item", tests, support_start, NULL);
}
