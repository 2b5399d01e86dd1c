/* Scenes with more than two sides, each in every order of arrival: decisions against decisions, records that are made
 * final, deleted and amended while somebody writes, sets and statuses with a detour, texts from other keyboards. */
#include "core/merge/meet.h"
#include "core/merge/standing.h"
#include "core/merge/text_merge.h"
#include "core/model/act.h"
#include "tests/merge/support_merge.h"

#include <stdlib.h>
#include <string.h>

/* Of a meeting (22), a move (74) and an action (54). */
#define PLACE  7  /* value */
#define TEXT   18 /* narrative */
#define STATUS 8
#define SET    15
#define LOG    31 /* append */

#define NO_BASES   ((const int[]){-1})
#define BASES(...) ((const int[]){__VA_ARGS__, -1})
#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

struct scene {
    struct changes changes;
    struct hf_record_state merged;
};

/* Changes in any order, all of them; 7 in 5,040 at most. */
static void play(struct scene *scene)
{
    hf_record_state_clear(&scene->merged);
    (void)apply_in_every_order(&scene->changes, &scene->merged);
}

static void leave(struct scene *scene)
{
    hf_record_state_clear(&scene->merged);
    changes_clear(&scene->changes);
}

static void edit(struct scene *scene, hf_clock clock, uint16_t type, uint16_t field, const char *text, const int *bases)
{
    (void)changes_edit(&scene->changes, clock, type, field, text_of(text), bases);
}

static size_t clashes(const struct scene *scene)
{
    return hf_merge_conflict_count(&scene->merged);
}

static size_t proposals(const struct scene *scene)
{
    struct hf_changes open = {0};
    assert_ok(hf_standing_proposals(&scene->merged, &open));
    free(open.at);
    return open.count;
}

/* An act over the changes at these places, with what it says of one field; base: the place that the act and the field
 * build on, or -1. */
static void act(struct scene *scene, uint16_t field, enum hf_act what, const int *named, int follows, uint16_t says,
                const char *value, const int *over)
{
    struct hf_buf packed = {0};
    struct hf_id ids[8], bases[8], final;
    size_t count = 0, base_count = 0;
    for (; named[count] >= 0; count++)
        ids[count] = scene->changes.all[named[count]].id;
    for (; over && over[base_count] >= 0; base_count++)
        bases[base_count] = scene->changes.all[over[base_count]].id;
    hf_act_encode(what, ids, count, &packed);
    if (follows >= 0)
        final = scene->changes.all[follows].id;
    struct hf_edit_input edits[2] = {{says, value ? text_of(value) : hf_slice_of(NULL, 0), bases, base_count},
                                     {field, hf_buf_slice(&packed), &final, follows >= 0 ? 1 : 0}};
    (void)changes_add(&scene->changes, id_of((uint8_t)(0xa0 + scene->changes.count)), 4, 22, value ? edits : edits + 1,
                      value ? 2 : 1);
    hf_buf_clear(&packed);
}

/* --- more than two ------------------------------------------------------------------------------------------------ */

static void decision_about_two_of_three__leaves_the_third_beside_it(void **state)
{
    struct scene scene = {0};
    (void)state;
    edit(&scene, 5, 22, PLACE, "hall", NO_BASES);
    edit(&scene, 9, 22, PLACE, "school", BASES(0));
    edit(&scene, 1, 22, PLACE, "home", BASES(0));
    edit(&scene, 7, 22, PLACE, "office", BASES(0));
    edit(&scene, 2, 22, PLACE, "school, room 2", BASES(1, 2)); /* had seen two */
    play(&scene);
    assert_values(&scene.merged, PLACE, WORDS("office", "school, room 2"));
    assert_int_equal(clashes(&scene), 1);
    edit(&scene, 1, 22, PLACE, "office", BASES(3, 4));
    play(&scene);
    assert_values(&scene.merged, PLACE, WORDS("office"));
    assert_int_equal(clashes(&scene), 0);
    leave(&scene);
}

/* Both deciders knew the same; a third one who knows both decisions ends it. */
static void decision_against_decision__clashes_until_somebody_knows_both(void **state)
{
    struct scene scene = {0};
    (void)state;
    edit(&scene, 5, 22, PLACE, "hall", NO_BASES);
    edit(&scene, 5, 22, PLACE, "home", NO_BASES);
    edit(&scene, 5, 22, PLACE, "hall", BASES(0, 1));
    edit(&scene, 5, 22, PLACE, "home", BASES(0, 1));
    play(&scene);
    assert_values(&scene.merged, PLACE, WORDS("hall", "home"));
    assert_int_equal(clashes(&scene), 1);
    edit(&scene, 5, 22, PLACE, "home", BASES(0)); /* made before both, comes after: it stands, as it named one only */
    play(&scene);
    assert_int_equal(hf_record_state_field(&scene.merged, PLACE)->count, 3);
    assert_int_equal(clashes(&scene), 1);
    edit(&scene, 5, 22, PLACE, "home", BASES(2, 3, 4));
    play(&scene);
    assert_values(&scene.merged, PLACE, WORDS("home"));
    leave(&scene);
}

/* The same decision twice is one, with two who signed it. */
static void two_who_decide_alike__agree(void **state)
{
    struct scene scene = {0};
    (void)state;
    edit(&scene, 5, 22, PLACE, "hall", NO_BASES);
    edit(&scene, 5, 22, PLACE, "home", NO_BASES);
    edit(&scene, 5, 22, PLACE, "home", BASES(0, 1));
    edit(&scene, 8, 22, PLACE, "home", BASES(0, 1));
    play(&scene);
    assert_int_equal(clashes(&scene), 0);
    assert_int_equal(hf_record_state_field(&scene.merged, PLACE)->count, 2);
    edit(&scene, 1, 22, PLACE, "hall", BASES(2)); /* who saw one of the two */
    play(&scene);
    assert_int_equal(clashes(&scene), 1);
    leave(&scene);
}

static void same_value_by_two__is_none_and_becomes_a_clash_with_a_third(void **state)
{
    struct scene scene = {0};
    (void)state;
    edit(&scene, 5, 22, TEXT, "before", NO_BASES);
    edit(&scene, 6, 22, TEXT, "after", BASES(0));
    edit(&scene, 6, 22, TEXT, "after", BASES(0));
    play(&scene);
    assert_int_equal(clashes(&scene), 0);
    edit(&scene, 1, 22, TEXT, "otherwise", BASES(1)); /* builds on one of the two */
    play(&scene);
    assert_values(&scene.merged, TEXT, WORDS("after", "otherwise"));
    assert_int_equal(clashes(&scene), 1);
    leave(&scene);
}

/* --- final -------------------------------------------------------------------------------------------------------- */

/* What clashed stays a clash of official values, and an amending change ends it. */
static void made_final_while_a_clash_is_open__keeps_both_and_is_decided_by_amending(void **state)
{
    struct scene scene = {0};
    (void)state;
    edit(&scene, 5, 22, PLACE, "hall", NO_BASES);
    edit(&scene, 5, 22, PLACE, "home", NO_BASES);
    act(&scene, HF_FIELD_FINAL, HF_ACT_FINALISE, BASES(0, 1), -1, 0, NULL, NULL);
    play(&scene);
    assert_true(scene.merged.is_final);
    assert_int_equal(clashes(&scene), 1);
    assert_int_equal(proposals(&scene), 0);
    edit(&scene, 9, 22, PLACE, "home", BASES(0, 1)); /* decided by who did not know that it is final */
    play(&scene);
    assert_true(hf_record_state_field(&scene.merged, PLACE)->count > 0);
    act(&scene, HF_FIELD_FINAL, HF_ACT_AMEND, BASES(0, 1, 3), 2, PLACE, "home", BASES(0, 1, 3));
    play(&scene);
    assert_int_equal(clashes(&scene), 0);
    assert_values(&scene.merged, PLACE, WORDS("home"));
    leave(&scene);
}

static void amendment_of_an_amended_record__follows_it_and_two_at_once_clash(void **state)
{
    struct scene scene = {0};
    (void)state;
    edit(&scene, 5, 22, TEXT, "first", NO_BASES);
    act(&scene, HF_FIELD_FINAL, HF_ACT_FINALISE, BASES(0), -1, TEXT, "first", BASES(0));
    edit(&scene, 1, 22, TEXT, "second", BASES(1));
    play(&scene);
    assert_values(&scene.merged, TEXT, WORDS("first", "second"));
    assert_int_equal(proposals(&scene), 1);
    act(&scene, HF_FIELD_FINAL, HF_ACT_AMEND, BASES(2), 1, TEXT, "second", BASES(1, 2));
    play(&scene);
    assert_values(&scene.merged, TEXT, WORDS("second"));
    assert_int_equal(proposals(&scene), 0);
    act(&scene, HF_FIELD_FINAL, HF_ACT_AMEND, BASES(3), 1, TEXT, "third", BASES(3));
    act(&scene, HF_FIELD_FINAL, HF_ACT_AMEND, BASES(3), 1, TEXT, "another third", BASES(3));
    play(&scene);
    assert_values(&scene.merged, TEXT, WORDS("third", "another third"));
    assert_int_equal(clashes(&scene), 1); /* both signed for it */
    leave(&scene);
}

static void edit_that_finds_the_record_final_and_deleted__is_lost_in_neither(void **state)
{
    struct scene scene = {0};
    (void)state;
    edit(&scene, 5, 22, TEXT, "first", NO_BASES);
    act(&scene, HF_FIELD_DELETED, HF_ACT_DELETE, BASES(0), -1, 0, NULL, NULL);
    act(&scene, HF_FIELD_FINAL, HF_ACT_FINALISE, BASES(0), -1, TEXT, "first", BASES(0));
    edit(&scene, 1, 22, TEXT, "second", BASES(0));
    play(&scene);
    assert_true(scene.merged.deleted == HF_DELETED_EDITED_SINCE);
    assert_true(scene.merged.is_final);
    assert_int_equal(proposals(&scene), 1);
    assert_values(&scene.merged, TEXT, WORDS("first", "second"));
    leave(&scene);
}

/* --- deleted ------------------------------------------------------------------------------------------------------ */

static void decision_that_the_deleter_did_not_see__shows_the_record_again(void **state)
{
    struct scene scene = {0};
    (void)state;
    edit(&scene, 5, 22, PLACE, "hall", NO_BASES);
    edit(&scene, 5, 22, PLACE, "home", NO_BASES);
    act(&scene, HF_FIELD_DELETED, HF_ACT_DELETE, BASES(0, 1), -1, 0, NULL, NULL);
    play(&scene);
    assert_true(scene.merged.deleted == HF_DELETED_YES);
    edit(&scene, 9, 22, PLACE, "home", BASES(0, 1));
    play(&scene);
    assert_true(scene.merged.deleted == HF_DELETED_EDITED_SINCE);
    act(&scene, HF_FIELD_DELETED, HF_ACT_DELETE, BASES(3), 2, 0, NULL, NULL); /* having seen it */
    play(&scene);
    assert_true(scene.merged.deleted == HF_DELETED_YES);
    leave(&scene);
}

/* --- sets, entries, statuses -------------------------------------------------------------------------------------- */

static void set_edit(struct scene *scene, const char *added, const char *removed, const int *bases)
{
    (void)changes_edit(&scene->changes, 5, 74, SET, set_of(WORDS(added), WORDS(removed)), bases);
}

/* One takes an element out and puts it in again, the other takes it out for good: who put it in again was not seen. */
static void element_put_in_again__outlives_a_removal_of_the_first_one(void **state)
{
    struct scene scene = {0};
    (void)state;
    set_edit(&scene, "child", NULL, NO_BASES);
    set_edit(&scene, NULL, "child", BASES(0));
    set_edit(&scene, "child", NULL, NO_BASES);
    set_edit(&scene, NULL, "child", BASES(0)); /* somewhere else */
    play(&scene);
    assert_values(&scene.merged, SET, WORDS("child"));
    set_edit(&scene, NULL, "child", BASES(2));
    play(&scene);
    assert_null(hf_record_state_field(&scene.merged, SET));
    leave(&scene);
}

/* Entries of one moment stand in one order for everybody, whichever came first. */
static void entries_with_equal_clocks__stand_alike_everywhere(void **state)
{
    struct scene scene = {0};
    (void)state;
    for (int i = 0; i < 4; i++)
        edit(&scene, 5, 22, LOG, i % 2 ? "Rang the school" : "No answer", NO_BASES);
    play(&scene);
    assert_int_equal(hf_record_state_field(&scene.merged, LOG)->count, 4);
    assert_int_equal(clashes(&scene), 0);
    leave(&scene);
}

/* Open, started, done on one side; done at once on the other; cancelled by a third. */
static void status_that_goes_two_steps__agrees_with_one_and_clashes_with_a_cancel(void **state)
{
    const struct hf_record_spec *type = hf_model_type(54);
    struct scene scene = {0};
    (void)state;
    edit(&scene, 5, 54, STATUS, "open", NO_BASES);
    edit(&scene, 5, 54, STATUS, "started", BASES(0));
    edit(&scene, 5, 54, STATUS, "done", BASES(1));
    edit(&scene, 5, 54, STATUS, "done", BASES(0));
    play(&scene);
    assert_int_equal(clashes(&scene), 0);
    assert_true(
        hf_slice_equal(hf_merge_plain_value(type, hf_record_state_field(&scene.merged, STATUS)), text_of("done")));
    edit(&scene, 9, 54, STATUS, "started", BASES(0)); /* late, and further back */
    play(&scene);
    assert_int_equal(clashes(&scene), 0);
    edit(&scene, 1, 54, STATUS, "cancelled", BASES(1));
    play(&scene);
    assert_int_equal(clashes(&scene), 1);
    edit(&scene, 1, 54, STATUS, "cancelled", BASES(2, 3, 4, 5));
    play(&scene);
    assert_values(&scene.merged, STATUS, WORDS("cancelled"));
    leave(&scene);
}

/* Cancelled by somebody who knew that it was done: no step of the machine, so it stands beside it until it is decided.
 */
static void status_that_takes_no_step__stands_beside_what_it_meant_to_replace(void **state)
{
    struct scene scene = {0};
    (void)state;
    edit(&scene, 5, 54, STATUS, "open", NO_BASES);
    edit(&scene, 5, 54, STATUS, "done", BASES(0));
    edit(&scene, 9, 54, STATUS, "cancelled", BASES(1));
    play(&scene);
    assert_values(&scene.merged, STATUS, WORDS("cancelled", "done"));
    assert_int_equal(clashes(&scene), 1);
    edit(&scene, 1, 54, STATUS, "done", BASES(1, 2));
    play(&scene);
    assert_values(&scene.merged, STATUS, WORDS("done"));
    leave(&scene);
}

/* --- texts -------------------------------------------------------------------------------------------------------- */

static enum hf_status weave(const char *base, const char *left, const char *right, char out[400])
{
    struct hf_text_merge merge = {0};
    struct hf_text_merge swapped = {0};
    const enum hf_status status = hf_text_merge(hf_slice_str(base), hf_slice_str(left), hf_slice_str(right), &merge);
    assert_status(hf_text_merge(hf_slice_str(base), hf_slice_str(right), hf_slice_str(left), &swapped), status);
    assert_true(hf_slice_equal(hf_buf_slice(&merge.text), hf_buf_slice(&swapped.text)));
    out[0] = '\0';
    if (status == HF_OK) {
        assert_true(merge.text.len < 400);
        memcpy(out, merge.text.data, merge.text.len);
        out[merge.text.len] = '\0';
    }
    hf_text_merge_clear(&merge);
    hf_text_merge_clear(&swapped);
    return status;
}

static void both_put_something_in_at_one_place__nobody_guesses_the_order(void **state)
{
    char woven[400];
    (void)state;
    assert_status(weave("a\n\nb", "a\n\nmine\n\nb", "a\n\nyours\n\nb", woven), HF_ERR_CONFLICT);
    assert_status(weave("a", "a\n\nmine", "a\n\nyours", woven), HF_ERR_CONFLICT);
    assert_status(weave("", "mine", "yours", woven), HF_ERR_CONFLICT);
    assert_ok(weave("a\n\nb", "a\n\nalike\n\nb", "a\n\nalike\n\nb", woven));
    assert_string_equal(woven, "a\n\nalike\n\nb");
}

static void paragraph_that_one_moves_and_the_other_changes__is_not_guessed(void **state)
{
    char woven[400];
    (void)state;
    assert_status(weave("a\nb\nc", "b\nc\na", "A\nb\nc", woven), HF_ERR_CONFLICT);
    assert_status(weave("a\nb\nc", "c\na\nb", "a\nb\nC", woven), HF_ERR_CONFLICT);
    if (weave("a\nb\nc\nd", "b\na\nc\nd", "a\nb\nc\nD", woven) == HF_OK) /* moved far from the other's change */
        assert_string_equal(woven, "b\na\nc\nD");
}

/* The end of a line is no change of words, and no line has the end of another glued to it. */
static void lines_ended_by_another_system__are_the_same_paragraphs(void **state)
{
    char woven[400];
    (void)state;
    assert_ok(weave("a\n\nb\n\nc", "a\r\n\r\nb\r\n\r\nC", "A\n\nb\n\nc", woven));
    char plain[400];
    size_t len = 0;
    for (const char *at = woven; *at; at++)
        if (*at != '\r')
            plain[len++] = *at;
    plain[len] = '\0';
    assert_string_equal(plain, "A\n\nb\n\nC");
}

/* "é" as one character and as two looks alike and is not: nothing is made of it that nobody wrote. */
static void characters_written_in_two_ways__stay_as_each_wrote_them(void **state)
{
    char woven[400];
    (void)state;
    assert_status(weave("Ren\xc3\xa9", "Rene\xcc\x81", "Ren\xc3\xa9 came", woven), HF_ERR_CONFLICT);
    assert_ok(weave("Ren\xc3\xa9\n\nb", "Rene\xcc\x81\n\nb", "Ren\xc3\xa9\n\nB", woven));
    assert_string_equal(woven, "Rene\xcc\x81\n\nB");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decision_about_two_of_three__leaves_the_third_beside_it),
        cmocka_unit_test(decision_against_decision__clashes_until_somebody_knows_both),
        cmocka_unit_test(two_who_decide_alike__agree),
        cmocka_unit_test(same_value_by_two__is_none_and_becomes_a_clash_with_a_third),
        cmocka_unit_test(made_final_while_a_clash_is_open__keeps_both_and_is_decided_by_amending),
        cmocka_unit_test(amendment_of_an_amended_record__follows_it_and_two_at_once_clash),
        cmocka_unit_test(edit_that_finds_the_record_final_and_deleted__is_lost_in_neither),
        cmocka_unit_test(decision_that_the_deleter_did_not_see__shows_the_record_again),
        cmocka_unit_test(element_put_in_again__outlives_a_removal_of_the_first_one),
        cmocka_unit_test(entries_with_equal_clocks__stand_alike_everywhere),
        cmocka_unit_test(status_that_goes_two_steps__agrees_with_one_and_clashes_with_a_cancel),
        cmocka_unit_test(status_that_takes_no_step__stands_beside_what_it_meant_to_replace),
        cmocka_unit_test(both_put_something_in_at_one_place__nobody_guesses_the_order),
        cmocka_unit_test(paragraph_that_one_moves_and_the_other_changes__is_not_guessed),
        cmocka_unit_test(lines_ended_by_another_system__are_the_same_paragraphs),
        cmocka_unit_test(characters_written_in_two_ways__stay_as_each_wrote_them),
    };
    return cmocka_run_group_tests(tests, support_start, NULL);
}
