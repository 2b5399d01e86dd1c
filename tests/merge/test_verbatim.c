/* A person's own words: which changes may take effect. */
#include "core/merge/verbatim.h"
#include "tests/merge/support_merge.h"

#include <string.h>

#define TYPE_MOVE  74
#define MOVE_TEXT  5  /* a text */
#define MOVE_WORDS 13 /* verbatim */

/* Answers from the changes that were made by hand. */
static enum hf_status value_of(void *ctx, const struct hf_id *change, uint16_t field, struct hf_buf *out)
{
    const struct changes *changes = ctx;
    for (size_t i = 0; i < changes->count; i++)
        for (uint32_t e = 0; e < changes->all[i].body.edit_count; e++)
            if (hf_id_equal(&changes->all[i].id, change) && changes->all[i].body.edits[e].field == field)
                hf_buf_append_slice(out, changes->all[i].body.edits[e].value);
    return HF_OK;
}

static bool keeps(struct changes *changes, const struct change *change)
{
    const struct hf_field_spec *broken = NULL;
    assert_ok(hf_merge_check_words(&change->body, value_of, changes, &broken));
    assert_true(!broken || broken->code == MOVE_WORDS);
    return broken == NULL;
}

static void words_of_another_text__may_not_take_their_place(void **state)
{
    struct changes changes = {0};
    (void)state;
    (void)changes_edit(&changes, 1, TYPE_MOVE, MOVE_WORDS, text_of("I want to stay"), (const int[]){-1});
    assert_true(keeps(&changes, &changes.all[0]));
    assert_false(keeps(
        &changes, changes_edit(&changes, 2, TYPE_MOVE, MOVE_WORDS, text_of("Wants to stay"), (const int[]){0, -1})));
    assert_true(keeps(&changes, changes_edit(&changes, 3, TYPE_MOVE, MOVE_WORDS, text_of("Let me stay"),
                                             (const int[]){-1}))); /* beside them */
    assert_true(keeps(&changes, changes_edit(&changes, 4, TYPE_MOVE, MOVE_WORDS, text_of("I want to stay"),
                                             (const int[]){0, -1}))); /* as they were said */
    changes_clear(&changes);
}

static void words_that_clash__are_picked_and_not_rewritten(void **state)
{
    struct changes changes = {0};
    (void)state;
    (void)changes_edit(&changes, 1, TYPE_MOVE, MOVE_WORDS, text_of("I want to stay"), (const int[]){-1});
    (void)changes_edit(&changes, 2, TYPE_MOVE, MOVE_WORDS, text_of("I like it here"), (const int[]){-1});
    assert_true(keeps(&changes, changes_edit(&changes, 3, TYPE_MOVE, MOVE_WORDS, text_of("I like it here"),
                                             (const int[]){0, 1, -1})));
    assert_false(keeps(&changes, changes_edit(&changes, 4, TYPE_MOVE, MOVE_WORDS, text_of("I like it and want to stay"),
                                              (const int[]){0, 1, -1})));
    changes_clear(&changes);
}

static void other_fields__are_not_looked_at(void **state)
{
    struct changes changes = {0};
    (void)state;
    (void)changes_edit(&changes, 1, TYPE_MOVE, MOVE_TEXT, text_of("one"), (const int[]){-1});
    assert_true(keeps(&changes, changes_edit(&changes, 2, TYPE_MOVE, MOVE_TEXT, text_of("two"), (const int[]){0, -1})));
    changes_clear(&changes);
}

static enum hf_status cannot_say(void *ctx, const struct hf_id *change, uint16_t field, struct hf_buf *out)
{
    (void)ctx;
    (void)change;
    (void)field;
    (void)out;
    return HF_ERR_IO;
}

static void unknown_words__are_an_error_and_no_answer(void **state)
{
    struct changes changes = {0};
    const struct hf_field_spec *broken = NULL;
    (void)state;
    (void)changes_edit(&changes, 1, TYPE_MOVE, MOVE_WORDS, text_of("one"), (const int[]){-1});
    const struct change *next = changes_edit(&changes, 2, TYPE_MOVE, MOVE_WORDS, text_of("one"), (const int[]){0, -1});
    assert_status(hf_merge_check_words(&next->body, cannot_say, NULL, &broken), HF_ERR_IO);
    changes_clear(&changes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_of_another_text__may_not_take_their_place),
        cmocka_unit_test(words_that_clash__are_picked_and_not_rewritten),
        cmocka_unit_test(other_fields__are_not_looked_at),
        cmocka_unit_test(unknown_words__are_an_error_and_no_answer),
    };
    return cmocka_run_group_tests_name("verbatim", tests, support_start, NULL);
}
