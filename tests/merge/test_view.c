#include "tests/merge/support_merge.h"

#include <string.h>

#define MEETING       22
#define PLACE         7
#define AMENDMENTS    31
#define MOVE          74
#define STATUS        2
#define CHILD_WORDS   13
#define DIFFICULT_FOR 15

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void heads__are_all_changes_of_the_field_ascending_and_cut_at_max(void **state)
{
    (void)state;
    struct changes changes = {0};
    struct hf_record_state merged = {0};
    struct hf_id heads[5];
    for (int i = 0; i < 5; i++)
        (void)changes_edit(&changes, 1, MEETING, PLACE, text_of("Room 1"), NULL);
    (void)apply_in_every_order(&changes, &merged);
    const struct hf_field_state *field = hf_record_state_field(&merged, PLACE);
    memset(heads, 0xEE, sizeof heads);
    assert_int_equal(hf_merge_heads(field, heads, 3), 5);
    assert_int_equal(heads[3].bytes[0], 0xEE); /* not written */
    assert_int_equal(hf_merge_heads(field, heads, 5), 5);
    for (size_t i = 1; i < 5; i++)
        assert_true(hf_id_compare(&heads[i - 1], &heads[i]) < 0);
    assert_int_equal(hf_merge_heads(NULL, heads, 5), 0);
    assert_int_equal(hf_merge_heads(field, NULL, 0), 5);
    hf_record_state_clear(&merged);
    changes_clear(&changes);
}

static void heads__of_a_set_name_a_change_once_and_can_be_asked_by_element(void **state)
{
    (void)state;
    struct changes changes = {0};
    struct hf_record_state merged = {0};
    struct hf_id heads[4];
    (void)changes_edit(&changes, 1, MOVE, DIFFICULT_FOR, set_of(WORDS("child", "carer"), NULL), NULL);
    (void)changes_edit(&changes, 1, MOVE, DIFFICULT_FOR, set_of(WORDS("child"), NULL), NULL);
    (void)changes_edit(&changes, 1, MOVE, DIFFICULT_FOR, set_of(WORDS("fostering_family"), NULL), NULL);
    (void)apply_in_every_order(&changes, &merged);
    const struct hf_field_state *field = hf_record_state_field(&merged, DIFFICULT_FOR);
    assert_int_equal(field->count, 4);
    assert_int_equal(hf_merge_heads(field, heads, 4), 3);
    struct hf_slice child = text_of("child");
    struct hf_slice carer = text_of("carer");
    assert_int_equal(hf_merge_removed_heads(field, &child, 1, heads, 4), 2);
    assert_int_equal(hf_merge_removed_heads(field, &carer, 1, heads, 4), 1);
    assert_true(hf_id_equal(&heads[0], &changes.all[0].id));
    struct hf_slice both[] = {carer, child};
    assert_int_equal(hf_merge_removed_heads(field, both, 2, heads, 4), 2);
    assert_int_equal(hf_merge_removed_heads(field, both, 0, heads, 4), 0);
    assert_int_equal(hf_merge_removed_heads(NULL, both, 2, heads, 4), 0);
    hf_record_state_clear(&merged);
    changes_clear(&changes);
}

/* What removal is for: an edit that names these heads takes the elements out, and no others. */
static void removed_heads__as_bases_take_exactly_these_elements_out(void **state)
{
    (void)state;
    struct changes changes = {0};
    struct hf_record_state merged = {0};
    struct hf_id heads[4];
    struct hf_slice child = text_of("child");
    (void)changes_edit(&changes, 1, MOVE, DIFFICULT_FOR, set_of(WORDS("child", "carer"), NULL), NULL);
    (void)changes_edit(&changes, 1, MOVE, DIFFICULT_FOR, set_of(WORDS("child"), NULL), NULL);
    (void)apply_in_every_order(&changes, &merged);
    size_t count = hf_merge_removed_heads(hf_record_state_field(&merged, DIFFICULT_FOR), &child, 1, heads, 4);
    const struct hf_edit_input edit = {DIFFICULT_FOR, set_of(NULL, WORDS("child")), heads, count};
    const struct change *change = changes_add(&changes, id_of(0x99), 1, MOVE, &edit, 1);
    assert_ok(hf_merge_apply(&merged, &change->body, &change->id, 1));
    assert_values(&merged, DIFFICULT_FOR, WORDS("carer"));
    hf_record_state_clear(&merged);
    changes_clear(&changes);
}

static void plain_value__is_empty_for_absent_conflict_set_and_append(void **state)
{
    (void)state;
    struct changes changes = {0};
    struct hf_record_state merged = {0};
    const struct hf_record_spec *type = hf_model_type(MEETING);
    assert_int_equal(hf_merge_plain_value(type, NULL).len, 0);
    assert_false(hf_merge_in_conflict(type, NULL));
    (void)changes_edit(&changes, 1, MEETING, PLACE, text_of("Room 1"), NULL);
    (void)changes_edit(&changes, 1, MEETING, PLACE, text_of("Room 2"), NULL);
    (void)changes_edit(&changes, 1, MEETING, AMENDMENTS, text_of("Late"), NULL);
    (void)apply_in_every_order(&changes, &merged);
    assert_int_equal(hf_merge_plain_value(type, hf_record_state_field(&merged, PLACE)).len, 0);
    assert_int_equal(hf_merge_plain_value(type, hf_record_state_field(&merged, AMENDMENTS)).len, 0);
    assert_int_equal(hf_merge_conflict_count(&merged), 1);
    hf_record_state_clear(&merged);
    changes_clear(&changes);
}

/* Wherever the odd one out stands among its equals. */
static void conflict__is_seen_among_equal_values(void **state)
{
    (void)state;
    for (size_t odd = 0; odd < 3; odd++) {
        struct changes changes = {0};
        struct hf_record_state merged = {0};
        for (size_t i = 0; i < 3; i++)
            (void)changes_edit(&changes, 1, MEETING, PLACE, text_of(i == odd ? "Room 2" : "Room 1"), NULL);
        (void)apply_in_every_order(&changes, &merged);
        assert_true(hf_merge_in_conflict(hf_model_type(MEETING), hf_record_state_field(&merged, PLACE)));
        hf_record_state_clear(&merged);
        changes_clear(&changes);
    }
}

static void conflict_count__counts_fields_not_values(void **state)
{
    (void)state;
    struct changes changes = {0};
    struct hf_record_state merged = {0};
    (void)changes_edit(&changes, 1, MOVE, STATUS, text_of("planned"), NULL);
    (void)changes_edit(&changes, 1, MOVE, STATUS, text_of("happened"), NULL);
    (void)changes_edit(&changes, 1, MOVE, STATUS, text_of("called_off"), NULL);
    (void)changes_edit(&changes, 1, MOVE, CHILD_WORDS, text_of("I want to stay"), NULL);
    (void)changes_edit(&changes, 1, MOVE, CHILD_WORDS, text_of("I want to stay here"), NULL);
    (void)changes_edit(&changes, 1, MOVE, DIFFICULT_FOR, set_of(WORDS("child"), NULL), NULL);
    (void)changes_edit(&changes, 1, MOVE, DIFFICULT_FOR, set_of(WORDS("carer"), NULL), NULL);
    (void)apply_in_every_order(&changes, &merged);
    assert_int_equal(hf_merge_conflict_count(&merged), 2);
    hf_record_state_clear(&merged);
    assert_int_equal(hf_merge_conflict_count(&merged), 0); /* an empty state */
    changes_clear(&changes);
}

static void digest__of_several_records_depends_on_each(void **state)
{
    (void)state;
    uint8_t digests[3][HF_HASH_BYTES];
    struct changes changes = {0};
    struct hf_record_state one = {0};
    struct hf_record_state two = {0};
    (void)changes_edit(&changes, 1, MEETING, PLACE, text_of("Room 1"), NULL);
    (void)apply_in_every_order(&changes, &one);
    (void)apply_in_every_order(&changes, &two);
    two.record_id = id_of(0x60);
    const struct hf_record_state *fed[3][2] = {{&one, &two}, {&one, NULL}, {&two, NULL}};
    for (size_t i = 0; i < 3; i++) {
        struct hf_digest digest;
        hf_digest_begin(&digest);
        for (size_t j = 0; j < 2 && fed[i][j]; j++)
            hf_digest_add(&digest, fed[i][j]);
        hf_digest_end(&digest, digests[i]);
        for (size_t j = 0; j < i; j++)
            assert_memory_not_equal(digests[i], digests[j], HF_HASH_BYTES);
    }
    hf_record_state_clear(&one);
    hf_record_state_clear(&two);
    changes_clear(&changes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heads__are_all_changes_of_the_field_ascending_and_cut_at_max),
        cmocka_unit_test(heads__of_a_set_name_a_change_once_and_can_be_asked_by_element),
        cmocka_unit_test(removed_heads__as_bases_take_exactly_these_elements_out),
        cmocka_unit_test(plain_value__is_empty_for_absent_conflict_set_and_append),
        cmocka_unit_test(conflict__is_seen_among_equal_values),
        cmocka_unit_test(conflict_count__counts_fields_not_values),
        cmocka_unit_test(digest__of_several_records_depends_on_each),
    };
    return cmocka_run_group_tests_name("view", tests, support_start, NULL);
}
