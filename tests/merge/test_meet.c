/* The table of docs/merge.md is the one in the code, and every cell that merging decides comes out as it says, in every
 * order of arrival. Erasing and reassigning are decided before merging: tests/server/test_meet.c. */
#include "core/merge/meet.h"
#include "core/merge/standing.h"
#include "core/model/act.h"
#include "tests/merge/support_merge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NO_BASES ((const int[]){-1})

/* A field of each kind, with a first value and two that clash or meet. */
static const struct sample {
    enum hf_field_kind kind;
    uint16_t type, field;
    const char *words[3];
} samples[] = {
    {HF_KIND_VALUE, 22, 7, {"Room 1", "Room 2", "Room 3"}},
    {HF_KIND_TEXT, 22, 18, {"To help", "To plan", "To listen"}},
    {HF_KIND_SET, 74, 15, {"child", "carer", "fostering_family"}},
    {HF_KIND_STATUS, 54, 8, {"open", "started", "done"}},
    {HF_KIND_VERBATIM, 74, 13, {"I want to stay", "I miss my dog", "It is loud"}},
    {HF_KIND_APPEND, 22, 31, {"first", "second", "third"}},
};
#define SAMPLE_COUNT (sizeof samples / sizeof samples[0])

static struct hf_slice value_of(const struct sample *sample, int word)
{
    if (sample->kind == HF_KIND_SET)
        return set_of((const char *const[]){sample->words[word], NULL}, NULL);
    return text_of(sample->words[word]);
}

static const int *bases_of(const struct sample *sample)
{
    static const int first[] = {0, -1}, none[] = {-1};
    return sample->kind == HF_KIND_SET || sample->kind == HF_KIND_APPEND ? none : first;
}

static void add_act(struct changes *changes, const struct sample *sample, uint16_t field, enum hf_act act,
                    const struct hf_edit_input *says_again, const struct hf_id *base)
{
    struct hf_buf value = {0};
    struct hf_id named[1] = {changes->all[0].id};
    hf_act_encode(act, named, 1, &value);
    struct hf_edit_input edits[2] = {{field, hf_buf_slice(&value), base, base ? 1 : 0}};
    size_t count = 1;
    if (says_again)
        edits[count++] = *says_again;
    (void)changes_add(changes, id_of((uint8_t)(0x80 + changes->count)), 3, sample->type, edits, count);
    hf_buf_clear(&value);
}

static struct hf_edit_input again(const struct changes *changes, const struct sample *sample, int word,
                                  const struct hf_id *base)
{
    bool named = sample->kind != HF_KIND_SET && sample->kind != HF_KIND_APPEND;
    (void)changes;
    return (struct hf_edit_input){sample->field, value_of(sample, word), base, named ? 1 : 0};
}

/* What the state says became of the later edit, whose change is the last one. */
static enum hf_meeting outcome(const struct sample *sample, const struct hf_record_state *state,
                               const struct hf_id *change)
{
    const struct hf_record_spec *type = hf_model_type(state->type);
    const struct hf_field_state *field = hf_record_state_field(state, sample->field);
    struct hf_changes proposals = {0};
    if (state->deleted == HF_DELETED_EDITED_SINCE)
        return HF_MEETING_EDITED_SINCE;
    assert_ok(hf_standing_proposals(state, &proposals));
    bool proposed = proposals.count == 1 && hf_id_equal(&proposals.at[0], change);
    free(proposals.at);
    if (proposed)
        return HF_MEETING_PROPOSED;
    if (hf_merge_in_conflict(type, field))
        return HF_MEETING_CLASH;
    if (sample->kind == HF_KIND_STATUS)
        return field->count > 1 ? HF_MEETING_FURTHER : HF_MEETING_COUNT;
    return HF_MEETING_BOTH;
}

static enum hf_meeting meet(const struct sample *sample, enum hf_against against)
{
    struct changes changes = {0};
    struct hf_record_state merged = {0};
    (void)changes_edit(&changes, 9, sample->type, sample->field, value_of(sample, 0), NO_BASES);
    const struct hf_id first = changes.all[0].id;
    const struct hf_edit_input same = again(&changes, sample, 0, &first);
    const bool status = sample->kind == HF_KIND_STATUS, append = sample->kind == HF_KIND_APPEND;
    if (against == HF_AGAINST_EDIT)
        (void)changes_edit(&changes, 8, sample->type, sample->field, value_of(sample, 2), bases_of(sample));
    else if (against == HF_AGAINST_DELETE)
        add_act(&changes, sample, HF_FIELD_DELETED, HF_ACT_DELETE, NULL, NULL);
    else {
        const struct hf_edit_input done = again(&changes, sample, 2, &first);
        add_act(&changes, sample, HF_FIELD_FINAL, HF_ACT_FINALISE, status ? &done : append ? NULL : &same, NULL);
    }
    if (against == HF_AGAINST_AMEND && !status) {
        const struct hf_id final = changes.all[1].id;
        const struct hf_edit_input other = again(&changes, sample, 2, &final);
        add_act(&changes, sample, HF_FIELD_FINAL, HF_ACT_AMEND, append ? NULL : &other, &final);
    }
    (void)changes_edit(&changes, 2, sample->type, sample->field, value_of(sample, 1), bases_of(sample));
    (void)apply_in_every_order(&changes, &merged);
    enum hf_meeting met = outcome(sample, &merged, &changes.all[changes.count - 1].id);
    hf_record_state_clear(&merged);
    changes_clear(&changes);
    return met;
}

static void every_cell__comes_out_as_the_table_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < SAMPLE_COUNT; i++)
        for (int against = HF_AGAINST_EDIT; against <= HF_AGAINST_AMEND; against++) {
            print_message("%s against %s\n", samples[i].words[1], hf_against_name((enum hf_against)against));
            assert_string_equal(hf_meeting_name(meet(&samples[i], (enum hf_against)against)),
                                hf_meeting_name(hf_merge_meeting(samples[i].kind, (enum hf_against)against)));
        }
}

/* --- the document --- */

static void trim(char **text)
{
    while (**text == ' ')
        ++*text;
    for (size_t len = strlen(*text); len > 0 && ((*text)[len - 1] == ' ' || (*text)[len - 1] == '\n'); len--)
        (*text)[len - 1] = '\0';
}

static size_t cells_of(char *line, char *out[9])
{
    size_t count = 0;
    char *save = NULL;
    for (char *cell = strtok_r(line, "|", &save); cell && count < 9; cell = strtok_r(NULL, "|", &save)) {
        trim(&cell);
        if (*cell)
            out[count++] = cell;
    }
    return count;
}

/* The document, from a build folder inside the tree. */
static FILE *open_document(void)
{
    char path[64] = "docs/merge.md";
    FILE *file = fopen(path, "r");
    for (size_t up = 0; !file && up < 4; up++) {
        memmove(path + 3, path, strlen(path) + 1);
        memcpy(path, "../", 3);
        file = fopen(path, "r");
    }
    return file;
}

static void document__has_the_table_of_the_code(void **state)
{
    static const char *const kinds[] = {"value", "text", "status", "verbatim", "set", "append"};
    char line[1024];
    char *cells[9];
    size_t found = 0;
    FILE *file = open_document();
    (void)state;
    assert_non_null(file);
    while (fgets(line, sizeof line, file)) {
        if (line[0] != '|' || cells_of(line, cells) != 2 + HF_AGAINST_COUNT)
            continue;
        for (int kind = 0; kind <= HF_KIND_APPEND; kind++) {
            if (strcmp(cells[0], kinds[kind]) != 0)
                continue;
            found++;
            for (int against = 0; against < HF_AGAINST_COUNT; against++)
                assert_string_equal(cells[2 + against], hf_meeting_name(hf_merge_meeting((enum hf_field_kind)kind,
                                                                                         (enum hf_against)against)));
        }
        if (strcmp(cells[0], "kind") == 0)
            for (int against = 0; against < HF_AGAINST_COUNT; against++)
                assert_string_equal(cells[2 + against], hf_against_name((enum hf_against)against));
    }
    assert_int_equal(fclose(file), 0);
    assert_int_equal(found, SAMPLE_COUNT);
}

/* --- single rules --- */

static void unknown_step__takes_nothing_out_and_holds_back_no_other_field(void **state)
{
    (void)state;
    struct changes changes = {0};
    struct hf_record_state merged = {0};
    struct hf_id first = id_of(0x11), second = id_of(0x22);
    const struct hf_edit_input done[] = {{8, text_of("done"), NULL, 0}};
    const struct hf_edit_input both[] = {{2, text_of("Ring"), NULL, 0}, {8, text_of("cancelled"), &first, 1}};
    const struct hf_id heads[] = {first, second};
    const struct hf_edit_input decides[] = {{8, text_of("cancelled"), heads, 2}};
    (void)changes_add(&changes, first, 5, 54, done, 1);
    (void)changes_add(&changes, second, 6, 54, both, 2);
    (void)apply_in_every_order(&changes, &merged);
    assert_values(&merged, 8, (const char *const[]){"done", "cancelled", NULL});
    assert_values(&merged, 2, (const char *const[]){"Ring", NULL});
    assert_int_equal(hf_merge_conflict_count(&merged), 1);
    hf_record_state_clear(&merged);
    (void)changes_add(&changes, id_of(0x33), 7, 54, decides, 1); /* a person may decide for it */
    (void)apply_in_every_order(&changes, &merged);
    assert_values(&merged, 8, (const char *const[]){"cancelled", NULL});
    assert_int_equal(hf_merge_conflict_count(&merged), 0);
    hf_record_state_clear(&merged);
    changes_clear(&changes);
}

static void removal_that_a_finaliser_did_not_see__is_a_proposal(void **state)
{
    (void)state;
    const struct sample *set = &samples[2];
    struct changes changes = {0};
    struct hf_record_state merged = {0};
    struct hf_changes open = {0};
    (void)changes_edit(&changes, 9, set->type, set->field, value_of(set, 0), NO_BASES);
    const struct hf_edit_input same = {set->field, value_of(set, 0), NULL, 0};
    add_act(&changes, set, HF_FIELD_FINAL, HF_ACT_FINALISE, &same, NULL);
    (void)changes_edit(&changes, 1, set->type, set->field, set_of(NULL, (const char *const[]){set->words[0], NULL}),
                       (const int[]){0, -1});
    (void)apply_in_every_order(&changes, &merged);
    assert_true(hf_standing_holds(hf_record_state_field(&merged, set->field), text_of(set->words[0])));
    assert_ok(hf_standing_proposals(&merged, &open));
    assert_int_equal(open.count, 1);
    assert_true(hf_id_equal(&open.at[0], &changes.all[2].id));
    free(open.at);
    hf_record_state_clear(&merged);
    changes_clear(&changes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cell__comes_out_as_the_table_says),
        cmocka_unit_test(document__has_the_table_of_the_code),
        cmocka_unit_test(unknown_step__takes_nothing_out_and_holds_back_no_other_field),
        cmocka_unit_test(removal_that_a_finaliser_did_not_see__is_a_proposal),
    };
    return cmocka_run_group_tests(tests, support_start, NULL);
}
