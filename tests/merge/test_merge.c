/* Small cases made by hand, each applied in every order that bases allow. */
#include "tests/merge/support_merge.h"

#include "core/merge/state.h"

#include <string.h>

#define MEETING       22
#define PLACE         7 /* value */
#define STATUS        4 /* status */
#define ACTION        54
#define ACTION_STATUS 8
#define PURPOSE       18 /* text */
#define AMENDMENTS    31 /* append */
#define MOVE          74
#define CHILD_WORDS   13 /* verbatim */
#define DIFFICULT_FOR 15 /* set */

#define VALUES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define BASES(...)  ((const int[]){__VA_ARGS__, -1})
#define NO_BASES    ((const int[]){-1})

/* Single-value kinds share their rule: every case about them runs on each. */
static const struct single {
    uint16_t type, field;
    const char *words[4];
} singles[] = {
    {MEETING, PLACE, {"Room 1", "Room 2", "Room 3", "Room 4"}},
    {MEETING, PURPOSE, {"To help", "To plan", "To listen", "To learn"}},
    {ACTION, ACTION_STATUS, {"open", "done", "cancelled", "not_done"}},
    {MOVE, CHILD_WORDS, {"I want to stay", "I miss my dog", "I am not sure", "It is loud here"}},
};
#define SINGLE_COUNT (sizeof singles / sizeof singles[0])

static void edit(struct changes *changes, const struct single *single, int word, const int *bases)
{
    /* later changes get earlier clocks: clocks must not matter */
    hf_clock clock = 1000 - changes->count * 10;
    (void)changes_edit(changes, clock, single->type, single->field, text_of(single->words[word]), bases);
}

/* Conflict or not, in the state that every order gives. */
static void finish(struct changes *changes, struct hf_record_state *state, uint16_t field, bool conflict)
{
    const struct hf_record_spec *type = hf_model_type(state->type);
    assert_int_equal(hf_merge_in_conflict(type, hf_record_state_field(state, field)), conflict);
    assert_int_equal(hf_merge_conflict_count(state), conflict);
    assert_int_equal(hf_merge_plain_value(type, hf_record_state_field(state, field)).len > 0, !conflict);
    hf_record_state_clear(state);
    changes_clear(changes);
}

/* Edits of one field, by the number of their word, and what every order leaves of them. */
struct scene {
    struct {
        int word;
        const int *bases;
    } edits[4];
    size_t count;
    size_t orders; /* that bases allow; 0: not counted */
    const int *left;
    bool conflict;
};
#define WORDS(...) BASES(__VA_ARGS__)

static void play(const struct scene *scene, const struct single *single, struct changes *changes,
                 struct hf_record_state *merged)
{
    const char *left[5] = {0};
    for (size_t i = 0; i < scene->count; i++)
        edit(changes, single, scene->edits[i].word, scene->edits[i].bases);
    const size_t orders = apply_in_every_order(changes, merged);
    if (scene->orders)
        assert_int_equal(orders, scene->orders);
    for (size_t i = 0; scene->left[i] >= 0; i++)
        left[i] = single->words[scene->left[i]];
    assert_values(merged, single->field, left);
}

static void play_on_each(struct scene scene)
{
    for (const struct single *s = singles; s < singles + SINGLE_COUNT; s++) {
        struct changes changes = {0};
        struct hf_record_state merged = {0};
        play(&scene, s, &changes, &merged);
        finish(&changes, &merged, s->field, scene.conflict);
    }
}

static void one_edit__is_plain(void **state)
{
    (void)state;
    play_on_each((struct scene){{{0, NO_BASES}}, 1, 1, WORDS(0), false});
}

static void edit_of_a_value_seen__takes_its_place(void **state)
{
    (void)state;
    play_on_each((struct scene){{{0, NO_BASES}, {1, BASES(0)}}, 2, 1, WORDS(1), false});
}

static void merge_two_edits_of_one_field__keeps_both(void **state)
{
    (void)state;
    play_on_each((struct scene){{{0, NO_BASES}, {1, BASES(0)}, {2, BASES(0)}}, 3, 2, WORDS(1, 2), true});
}

static void merge_three_edits_of_one_field__keeps_all_three(void **state)
{
    (void)state;
    play_on_each((struct scene){{{0, NO_BASES}, {1, NO_BASES}, {2, NO_BASES}}, 3, 6, WORDS(0, 1, 2), true});
}

static void merge_equal_values__is_no_conflict_and_keeps_both_heads(void **state)
{
    (void)state;
    const struct scene scene = {{{0, NO_BASES}, {1, BASES(0)}, {1, BASES(0)}}, 3, 2, WORDS(1, 1), false};
    for (const struct single *s = singles; s < singles + SINGLE_COUNT; s++) {
        struct changes changes = {0};
        struct hf_record_state merged = {0};
        struct hf_id heads[4];
        play(&scene, s, &changes, &merged);
        assert_int_equal(hf_merge_heads(hf_record_state_field(&merged, s->field), heads, 4), 2);
        finish(&changes, &merged, s->field, false);
    }
}

static void resolution_naming_all_heads__closes_the_conflict(void **state)
{
    (void)state;
    play_on_each(
        (struct scene){{{0, NO_BASES}, {1, NO_BASES}, {2, NO_BASES}, {3, BASES(0, 1, 2)}}, 4, 6, WORDS(3), false});
}

static void resolution__closes_exactly_what_it_names(void **state)
{
    (void)state;
    play_on_each(
        (struct scene){{{0, NO_BASES}, {1, NO_BASES}, {2, NO_BASES}, {3, BASES(0, 2)}}, 4, 0, WORDS(1, 3), true});
}

/* Two are settled, then comes an edit by somebody who had seen only the first. It waits for the first, as all do. */
static void late_edit_of_a_resolved_field__reopens_it(void **state)
{
    (void)state;
    play_on_each(
        (struct scene){{{0, NO_BASES}, {1, NO_BASES}, {2, BASES(0, 1)}, {3, BASES(0)}}, 4, 5, WORDS(2, 3), true});
}

static void two_resolutions_with_different_values__conflict_again(void **state)
{
    (void)state;
    play_on_each(
        (struct scene){{{0, NO_BASES}, {1, NO_BASES}, {2, BASES(0, 1)}, {3, BASES(0, 1)}}, 4, 0, WORDS(2, 3), true});
}

static void resolution_to_one_of_the_values__is_plain(void **state)
{
    (void)state;
    play_on_each((struct scene){{{0, NO_BASES}, {1, NO_BASES}, {1, BASES(0, 1)}}, 3, 0, WORDS(1), false});
}

static void clearing_against_an_edit__keeps_both(void **state)
{
    (void)state;
    struct changes changes = {0};
    struct hf_record_state merged = {0};
    edit(&changes, &singles[1], 0, NO_BASES);
    edit(&changes, &singles[1], 1, BASES(0));
    (void)changes_edit(&changes, 5, MEETING, PURPOSE, hf_slice_of("\xC0", 1), BASES(0));
    assert_int_equal(apply_in_every_order(&changes, &merged), 2);
    assert_int_equal(hf_record_state_field(&merged, PURPOSE)->count, 2);
    finish(&changes, &merged, PURPOSE, true);
}

static void cleared__differs_from_never_filled_in(void **state)
{
    (void)state;
    struct changes changes = {0};
    struct hf_record_state merged = {0};
    edit(&changes, &singles[0], 0, NO_BASES);
    (void)changes_edit(&changes, 5, MEETING, PLACE, hf_slice_of("\xC0", 1), BASES(0));
    (void)apply_in_every_order(&changes, &merged);
    struct hf_slice value = hf_merge_plain_value(hf_model_type(MEETING), hf_record_state_field(&merged, PLACE));
    assert_true(hf_slice_equal(value, hf_slice_of("\xC0", 1)));
    assert_null(hf_record_state_field(&merged, PURPOSE));
    finish(&changes, &merged, PLACE, false);
}

static void merge_edits_of_different_fields__keeps_both_without_conflict(void **state)
{
    (void)state;
    struct changes changes = {0};
    struct hf_record_state merged = {0};
    edit(&changes, &singles[0], 0, NO_BASES);
    edit(&changes, &singles[1], 1, NO_BASES);
    (void)changes_edit(&changes, 980, MEETING, STATUS, text_of("final"), NO_BASES);
    assert_int_equal(apply_in_every_order(&changes, &merged), 6);
    assert_values(&merged, PLACE, VALUES("Room 1"));
    assert_values(&merged, PURPOSE, VALUES("To plan"));
    assert_values(&merged, STATUS, VALUES("final"));
    finish(&changes, &merged, PLACE, false);
}

static void one_change_of_many_fields__is_applied_whole(void **state)
{
    (void)state;
    struct changes changes = {0};
    struct hf_record_state merged = {0};
    struct hf_id base = id_of(0x11);
    const struct hf_edit_input first[] = {{PLACE, text_of("Room 1"), NULL, 0}, {PURPOSE, text_of("To help"), NULL, 0}};
    const struct hf_edit_input second[] = {{PLACE, text_of("Room 2"), &base, 1}, {STATUS, text_of("held"), NULL, 0}};
    (void)changes_add(&changes, base, 7, MEETING, first, 2);
    (void)changes_add(&changes, id_of(0x22), 6, MEETING, second, 2);
    assert_int_equal(apply_in_every_order(&changes, &merged), 1);
    assert_values(&merged, PLACE, VALUES("Room 2"));
    assert_values(&merged, PURPOSE, VALUES("To help"));
    assert_values(&merged, STATUS, VALUES("held"));
    finish(&changes, &merged, PLACE, false);
}

/* A base names a change; only that field's entry of the change goes. */
static void edit_naming_a_change_of_two_fields__touches_its_own_field_only(void **state)
{
    (void)state;
    struct changes changes = {0};
    struct hf_record_state merged = {0};
    const struct hf_edit_input both[] = {{PLACE, text_of("Room 1"), NULL, 0}, {PURPOSE, text_of("To help"), NULL, 0}};
    (void)changes_add(&changes, id_of(0x11), 7, MEETING, both, 2);
    (void)changes_edit(&changes, 1, MEETING, PLACE, text_of("Room 2"), BASES(0));
    (void)changes_edit(&changes, 2, MEETING, PURPOSE, text_of("To plan"), BASES(0));
    assert_int_equal(apply_in_every_order(&changes, &merged), 2);
    assert_values(&merged, PLACE, VALUES("Room 2"));
    assert_values(&merged, PURPOSE, VALUES("To plan"));
    finish(&changes, &merged, PLACE, false);
}

/* --- sets
 * -------------------------------------------------------------------------------------------------------------- */

static void set_edit(struct changes *changes, const char *const *added, const char *const *removed, const int *bases)
{
    hf_clock clock = 1000 - changes->count;
    (void)changes_edit(changes, clock, MOVE, DIFFICULT_FOR, set_of(added, removed), bases);
}

static void assert_set(struct changes *changes, size_t orders, const char *const *values)
{
    struct hf_record_state merged = {0};
    assert_int_equal(apply_in_every_order(changes, &merged), orders);
    assert_values(&merged, DIFFICULT_FOR, values);
    assert_int_equal(hf_merge_conflict_count(&merged), 0);
    hf_record_state_clear(&merged);
    changes_clear(changes);
}

static void set__keeps_what_both_added(void **state)
{
    (void)state;
    struct changes changes = {0};
    set_edit(&changes, VALUES("child"), NULL, NO_BASES);
    set_edit(&changes, VALUES("carer", "fostering_family"), NULL, NO_BASES);
    assert_set(&changes, 2, VALUES("child", "carer", "fostering_family"));
}

static void set__removes_an_element_from_the_changes_named(void **state)
{
    (void)state;
    struct changes changes = {0};
    set_edit(&changes, VALUES("child", "carer"), NULL, NO_BASES);
    set_edit(&changes, NULL, VALUES("child"), BASES(0));
    assert_set(&changes, 1, VALUES("carer"));
}

static void set__removal_of_an_element_added_twice_needs_both_bases(void **state)
{
    (void)state;
    struct changes changes = {0};
    set_edit(&changes, VALUES("child"), NULL, NO_BASES);
    set_edit(&changes, VALUES("child"), NULL, NO_BASES);
    set_edit(&changes, NULL, VALUES("child"), BASES(0));
    assert_set(&changes, 3, VALUES("child"));
    set_edit(&changes, VALUES("child"), NULL, NO_BASES);
    set_edit(&changes, VALUES("child"), NULL, NO_BASES);
    set_edit(&changes, NULL, VALUES("child"), BASES(0, 1));
    struct hf_record_state merged = {0};
    (void)apply_in_every_order(&changes, &merged);
    assert_null(hf_record_state_field(&merged, DIFFICULT_FOR)); /* a field without entries is absent */
    assert_int_equal(merged.type, MOVE);
    hf_record_state_clear(&merged);
    changes_clear(&changes);
}

static void set__add_against_remove_keeps_the_addition_not_seen(void **state)
{
    (void)state;
    struct changes changes = {0};
    set_edit(&changes, VALUES("child"), NULL, NO_BASES);
    set_edit(&changes, NULL, VALUES("child"), BASES(0));
    set_edit(&changes, VALUES("child"), NULL, BASES(0));
    assert_set(&changes, 2, VALUES("child")); /* the one of the third change; the first one's is gone */
}

static void set__takes_an_element_again_after_its_removal(void **state)
{
    (void)state;
    struct changes changes = {0};
    set_edit(&changes, VALUES("child"), NULL, NO_BASES);
    set_edit(&changes, NULL, VALUES("child"), BASES(0));
    set_edit(&changes, VALUES("child"), NULL, BASES(1));
    assert_set(&changes, 1, VALUES("child"));
}

static void set__two_removals_of_one_element_are_one(void **state)
{
    (void)state;
    struct changes changes = {0};
    set_edit(&changes, VALUES("child", "carer"), NULL, NO_BASES);
    set_edit(&changes, NULL, VALUES("child"), BASES(0));
    set_edit(&changes, NULL, VALUES("child"), BASES(0));
    assert_set(&changes, 2, VALUES("carer"));
}

static void set__bases_alone_remove_nothing(void **state)
{
    (void)state;
    struct changes changes = {0};
    set_edit(&changes, VALUES("child"), NULL, NO_BASES);
    set_edit(&changes, VALUES("carer"), NULL, BASES(0));
    assert_set(&changes, 1, VALUES("child", "carer"));
}

/* --- append
 * ------------------------------------------------------------------------------------------------------------ */

static void append__keeps_every_entry_even_equal_ones_and_those_named(void **state)
{
    (void)state;
    struct changes changes = {0};
    struct hf_record_state merged = {0};
    (void)changes_edit(&changes, 3, MEETING, AMENDMENTS, text_of("Date was wrong"), NO_BASES);
    (void)changes_edit(&changes, 2, MEETING, AMENDMENTS, text_of("Date was wrong"), NO_BASES);
    (void)changes_edit(&changes, 1, MEETING, AMENDMENTS, text_of("Name was wrong"), BASES(0));
    assert_int_equal(apply_in_every_order(&changes, &merged), 3);
    assert_values(&merged, AMENDMENTS, VALUES("Date was wrong", "Date was wrong", "Name was wrong"));
    assert_int_equal(hf_merge_conflict_count(&merged), 0);
    hf_record_state_clear(&merged);
    changes_clear(&changes);
}

/* --- the rest of the contract
 * -------------------------------------------------------------------------------------------- */

static void same_change_twice_in_a_row__changes_nothing(void **state)
{
    (void)state;
    struct changes changes = {0};
    struct hf_record_state merged = {0};
    edit(&changes, &singles[0], 0, NO_BASES);
    const struct change *change = &changes.all[0];
    assert_ok(hf_merge_apply(&merged, &change->body, &change->id, change->clock));
    struct hf_buf once = pack(&merged);
    assert_ok(hf_merge_apply(&merged, &change->body, &change->id, change->clock));
    struct hf_buf twice = pack(&merged);
    assert_true(hf_slice_equal(hf_buf_slice(&once), hf_buf_slice(&twice)));
    hf_buf_clear(&once);
    hf_buf_clear(&twice);
    hf_record_state_clear(&merged);
    changes_clear(&changes);
}

static void clocks__never_decide(void **state)
{
    (void)state;
    static const hf_clock clocks[][2] = {{1, 2}, {2, 1}, {5, 5}, {0, UINT64_MAX}, {UINT64_MAX, 0}};
    for (size_t i = 0; i < sizeof clocks / sizeof clocks[0]; i++) {
        struct changes changes = {0};
        struct hf_record_state merged = {0};
        (void)changes_edit(&changes, clocks[i][0], MEETING, PLACE, text_of("Room 1"), NO_BASES);
        (void)changes_edit(&changes, clocks[i][1], MEETING, PLACE, text_of("Room 2"), NO_BASES);
        (void)apply_in_every_order(&changes, &merged);
        assert_values(&merged, PLACE, VALUES("Room 1", "Room 2"));
        finish(&changes, &merged, PLACE, true);
    }
}

static void apply__refuses_a_change_of_another_record_and_stays_as_it_was(void **state)
{
    (void)state;
    struct changes changes = {0};
    struct hf_record_state merged = {0};
    edit(&changes, &singles[0], 0, NO_BASES);
    edit(&changes, &singles[0], 1, NO_BASES);
    edit(&changes, &singles[3], 1, NO_BASES);
    assert_ok(hf_merge_apply(&merged, &changes.all[0].body, &changes.all[0].id, 1));
    struct hf_buf before = pack(&merged);
    struct hf_data_body wrong[3] = {changes.all[1].body, changes.all[1].body, changes.all[2].body /* another type */};
    wrong[0].case_id = id_of(1);
    wrong[1].record_id = id_of(1);
    for (size_t i = 0; i < 3; i++) {
        assert_status(hf_merge_apply(&merged, &wrong[i], &changes.all[1].id, 1), HF_ERR_INVALID);
        struct hf_buf after = pack(&merged);
        assert_true(hf_slice_equal(hf_buf_slice(&before), hf_buf_slice(&after)));
        hf_buf_clear(&after);
    }
    hf_buf_clear(&before);
    hf_record_state_clear(&merged);
    changes_clear(&changes);
}

static bool count_base(void *ctx, const struct hf_id *base)
{
    struct hf_id *last = ctx;
    assert_true(hf_id_compare(last, base) < 0); /* ascending, so each once */
    *last = *base;
    return base->bytes[0] != 0x33;
}

static void bases__are_given_each_once_until_one_says_no(void **state)
{
    (void)state;
    struct changes changes = {0};
    struct hf_id bases[] = {id_of(0x11), id_of(0x22), id_of(0x33), id_of(0x44)};
    const struct hf_edit_input edits[] = {{PLACE, text_of("Room 1"), bases, 2},
                                          {PURPOSE, text_of("To help"), bases + 1, 1},
                                          {STATUS, text_of("held"), NULL, 0}};
    const struct hf_edit_input more[] = {{PLACE, text_of("Room 1"), bases + 2, 2},
                                         {PURPOSE, text_of("To help"), bases, 2}};
    struct hf_id last = hf_id_zero();
    assert_true(hf_merge_bases(&changes_add(&changes, id_of(1), 1, MEETING, edits, 3)->body, count_base, &last));
    assert_int_equal(last.bytes[0], 0x22);
    last = hf_id_zero();
    assert_false(hf_merge_bases(&changes_add(&changes, id_of(2), 1, MEETING, more, 2)->body, count_base, &last));
    assert_int_equal(last.bytes[0], 0x33);
    changes_clear(&changes);
}

/* --- limits
 * -------------------------------------------------------------------------------------------------------------- */

static struct hf_id numbered_id(uint32_t number)
{
    struct hf_id id = id_of(0x70);
    hf_put_u32(id.bytes, number);
    return id;
}

static void field__holds_4096_entries_and_refuses_one_more_unchanged(void **state)
{
    (void)state;
    struct changes changes = {0};
    struct hf_record_state merged = {0};
    struct hf_id heads[HF_EDIT_BASES_MAX];
    (void)changes_edit(&changes, 1, MEETING, PLACE, text_of("Room 1"), NO_BASES);
    for (uint32_t i = 1; i <= HF_FIELD_ENTRIES_MAX; i++) {
        struct hf_id id = numbered_id(i);
        assert_ok(hf_merge_apply(&merged, &changes.all[0].body, &id, i));
    }
    struct hf_buf before = pack(&merged);
    struct hf_id one_more = numbered_id(HF_FIELD_ENTRIES_MAX + 1);
    assert_status(hf_merge_apply(&merged, &changes.all[0].body, &one_more, 1), HF_ERR_LIMIT);
    struct hf_buf after = pack(&merged);
    assert_true(hf_slice_equal(hf_buf_slice(&before), hf_buf_slice(&after)));
    /* a resolution makes room again */
    assert_int_equal(hf_merge_heads(&merged.fields[0], heads, HF_EDIT_BASES_MAX), HF_FIELD_ENTRIES_MAX);
    const struct hf_edit_input settle = {PLACE, text_of("Room 2"), heads, HF_EDIT_BASES_MAX};
    struct change *resolution = changes_add(&changes, one_more, 1, MEETING, &settle, 1);
    assert_ok(hf_merge_apply(&merged, &resolution->body, &resolution->id, 1));
    assert_int_equal(merged.fields[0].count, HF_FIELD_ENTRIES_MAX - HF_EDIT_BASES_MAX + 1);
    hf_buf_clear(&before);
    hf_buf_clear(&after);
    hf_record_state_clear(&merged);
    changes_clear(&changes);
}

/* Field 992 is a field like others: what was ever taken out of the sets of a record is remembered up to the same limit.
 * Then a removal is refused whole and the element stays; adding, and every other field, goes on. */
static void set__forgets_no_removal_and_refuses_one_more_than_4096_whole(void **state)
{
    (void)state;
    const char *const child[] = {"child", NULL};
    struct changes changes = {0};
    struct hf_record_state merged = {0};
    struct change *adds = changes_edit(&changes, 1, MOVE, DIFFICULT_FOR, set_of(child, NULL), NO_BASES);
    const struct hf_id first = numbered_id(1);
    assert_ok(hf_merge_apply(&merged, &adds->body, &first, 1));
    const struct hf_edit_input takes = {DIFFICULT_FOR, set_of(NULL, child), &first, 1};
    struct change *removes = changes_add(&changes, id_of(0x71), 2, MOVE, &takes, 1);
    for (uint32_t i = 1; i <= HF_FIELD_ENTRIES_MAX; i++) {
        struct hf_id id = numbered_id(i + 1);
        assert_ok(hf_merge_apply(&merged, &removes->body, &id, i));
    }
    assert_int_equal(hf_record_state_field(&merged, HF_FIELD_TAKEN_OUT)->count, HF_FIELD_ENTRIES_MAX);
    const struct hf_id again = numbered_id(HF_FIELD_ENTRIES_MAX + 2), late = numbered_id(HF_FIELD_ENTRIES_MAX + 3);
    assert_ok(hf_merge_apply(&merged, &changes.all[0].body, &again, 1)); /* adding goes on */
    const struct hf_edit_input both[] = {{DIFFICULT_FOR, set_of(NULL, child), &again, 1},
                                         {5, text_of("late"), NULL, 0}};
    struct change *one_more = changes_add(&changes, id_of(0x72), 3, MOVE, both, 2);
    struct hf_buf before = pack(&merged);
    assert_status(hf_merge_apply(&merged, &one_more->body, &late, 3), HF_ERR_LIMIT);
    struct hf_buf after = pack(&merged);
    assert_true(hf_slice_equal(hf_buf_slice(&before), hf_buf_slice(&after)));
    assert_int_equal(hf_record_state_field(&merged, DIFFICULT_FOR)->count, 1);
    struct change *other = changes_add(&changes, id_of(0x73), 4, MOVE, &both[1], 1);
    assert_ok(hf_merge_apply(&merged, &other->body, &late, 4)); /* the other field alone */
    hf_buf_clear(&before);
    hf_buf_clear(&after);
    hf_record_state_clear(&merged);
    changes_clear(&changes);
}

static struct hf_slice long_text(void)
{
    static uint8_t text[3 + 20000];
    memset(text, 'x', sizeof text);
    text[0] = 0xDA;
    hf_put_u16(text + 1, 20000);
    return hf_slice_of(text, sizeof text);
}

static void state__stays_below_its_packed_limit_and_always_decodes(void **state)
{
    (void)state;
    struct changes changes = {0};
    struct hf_record_state merged = {0};
    struct hf_record_state again = {0};
    enum hf_status status = HF_OK;
    uint32_t taken = 0;
    (void)changes_edit(&changes, 1, MEETING, AMENDMENTS, long_text(), NO_BASES);
    while (status == HF_OK) {
        struct hf_id id = numbered_id(++taken);
        status = hf_merge_apply(&merged, &changes.all[0].body, &id, UINT64_MAX);
    }
    assert_status(status, HF_ERR_LIMIT);
    struct hf_buf packed = pack(&merged);
    assert_true(packed.len <= HF_STATE_BYTES_MAX && packed.len > HF_STATE_BYTES_MAX - 20100);
    assert_int_equal(packed.len, hf_state_packed_bytes(merged.type, merged.fields, merged.field_count));
    assert_ok(hf_record_state_decode(hf_buf_slice(&packed), &again));
    hf_buf_clear(&packed);
    hf_record_state_clear(&again);
    hf_record_state_clear(&merged);
    changes_clear(&changes);
}

static void long_chain_of_edits__does_not_keep_old_values_in_memory(void **state)
{
    (void)state;
    struct changes changes = {0};
    struct hf_record_state merged = {0};
    struct hf_id id = numbered_id(0);
    (void)changes_edit(&changes, 1, MEETING, PURPOSE, long_text(), NO_BASES);
    assert_ok(hf_merge_apply(&merged, &changes.all[0].body, &id, 1));
    for (uint32_t i = 1; i < 200; i++) {
        const struct hf_edit_input next = {PURPOSE, long_text(), &id, 1};
        struct changes one = {0};
        struct change *change = changes_add(&one, numbered_id(i), i, MEETING, &next, 1);
        assert_ok(hf_merge_apply(&merged, &change->body, &change->id, i));
        id = change->id;
        changes_clear(&one);
        size_t held = 0;
        for (const struct hf_value_block *block = merged.arena; block; block = block->next)
            held += block->cap;
        assert_true(held < 5 * long_text().len + 64 * 1024);
    }
    assert_int_equal(merged.fields[0].count, 1);
    assert_true(hf_slice_equal(merged.fields[0].entries[0].value, long_text()));
    hf_record_state_clear(&merged);
    changes_clear(&changes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_edit__is_plain),
        cmocka_unit_test(edit_of_a_value_seen__takes_its_place),
        cmocka_unit_test(merge_two_edits_of_one_field__keeps_both),
        cmocka_unit_test(merge_three_edits_of_one_field__keeps_all_three),
        cmocka_unit_test(merge_equal_values__is_no_conflict_and_keeps_both_heads),
        cmocka_unit_test(resolution_naming_all_heads__closes_the_conflict),
        cmocka_unit_test(resolution__closes_exactly_what_it_names),
        cmocka_unit_test(late_edit_of_a_resolved_field__reopens_it),
        cmocka_unit_test(two_resolutions_with_different_values__conflict_again),
        cmocka_unit_test(resolution_to_one_of_the_values__is_plain),
        cmocka_unit_test(clearing_against_an_edit__keeps_both),
        cmocka_unit_test(cleared__differs_from_never_filled_in),
        cmocka_unit_test(merge_edits_of_different_fields__keeps_both_without_conflict),
        cmocka_unit_test(one_change_of_many_fields__is_applied_whole),
        cmocka_unit_test(edit_naming_a_change_of_two_fields__touches_its_own_field_only),
        cmocka_unit_test(set__keeps_what_both_added),
        cmocka_unit_test(set__removes_an_element_from_the_changes_named),
        cmocka_unit_test(set__removal_of_an_element_added_twice_needs_both_bases),
        cmocka_unit_test(set__add_against_remove_keeps_the_addition_not_seen),
        cmocka_unit_test(set__takes_an_element_again_after_its_removal),
        cmocka_unit_test(set__two_removals_of_one_element_are_one),
        cmocka_unit_test(set__bases_alone_remove_nothing),
        cmocka_unit_test(append__keeps_every_entry_even_equal_ones_and_those_named),
        cmocka_unit_test(same_change_twice_in_a_row__changes_nothing),
        cmocka_unit_test(clocks__never_decide),
        cmocka_unit_test(apply__refuses_a_change_of_another_record_and_stays_as_it_was),
        cmocka_unit_test(bases__are_given_each_once_until_one_says_no),
        cmocka_unit_test(field__holds_4096_entries_and_refuses_one_more_unchanged),
        cmocka_unit_test(set__forgets_no_removal_and_refuses_one_more_than_4096_whole),
        cmocka_unit_test(state__stays_below_its_packed_limit_and_always_decodes),
        cmocka_unit_test(long_chain_of_edits__does_not_keep_old_values_in_memory),
    };
    return cmocka_run_group_tests_name("merge", tests, support_start, NULL);
}
