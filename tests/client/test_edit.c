/* Saving and reading: one edit is one change, bad input changes nothing, and nobody's words are overwritten. */
#include "tests/client/support_town.h"

#include <stdlib.h>
#include <string.h>

static struct holdfast_edit *edit(struct client *client, const struct holdfast_id *record)
{
    struct holdfast_edit *out = NULL;
    ok(client, holdfast_edit_record(client->hf, record, &out));
    return out;
}

static struct holdfast_edit *part(struct client *client, const struct holdfast_id *case_id, const char *type,
                                  const struct holdfast_id *parent, const char *slot)
{
    struct holdfast_edit *out = NULL;
    ok(client, holdfast_edit_new(client->hf, case_id, type, parent, slot, &out));
    return out;
}

static void several_fields__are_one_change(void **state)
{
    struct two *two = *state;
    const uint64_t before = counts(&two->ada).changes;
    struct holdfast_edit *action = part(&two->ada, &two->case_id, "action", NULL, NULL);
    const struct holdfast_id record = holdfast_edit_id(action);
    struct holdfast_id change;
    ok(&two->ada, holdfast_edit_set(action, "text", "Call the school"));
    ok(&two->ada, holdfast_edit_set(action, "due", "2026-12-01"));
    ok(&two->ada, holdfast_edit_set(action, "text", "Call the new school"));
    ok(&two->ada, holdfast_edit_reason(action, "agreed at the meeting"));
    ok(&two->ada, holdfast_edit_commit(action, &change));
    assert_int_equal(counts(&two->ada).changes, before + 1);
    assert_string_equal(field_text(&two->ada, &record, "text"), "Call the new school");
    assert_string_equal(field_text(&two->ada, &record, "due"), "2026-12-01");
}

static void nothing_changed__writes_nothing(void **state)
{
    struct two *two = *state;
    const struct holdfast_id record = new_record(&two->ada, &two->case_id, "action", "text", "Call the school");
    const uint64_t before = counts(&two->ada).changes;
    struct holdfast_edit *same = edit(&two->ada, &record);
    struct holdfast_id change;
    memset(&change, 1, sizeof change);
    ok(&two->ada, holdfast_edit_set(same, "text", "Call the school"));
    ok(&two->ada, holdfast_edit_commit(same, &change));
    for (size_t i = 0; i < sizeof change.bytes; i++)
        assert_int_equal(change.bytes[i], 0);
    assert_int_equal(counts(&two->ada).changes, before);
}

static void cleared_value__is_gone_for_readers(void **state)
{
    struct two *two = *state;
    const struct holdfast_id record = new_record(&two->ada, &two->case_id, "action", "text", "Call the school");
    save(&two->ada, &record, "due", "2026-12-01");
    save(&two->ada, &record, "due", "");
    assert_string_equal(field_text(&two->ada, &record, "due"), "");
}

static void edit_over_a_sync__is_a_clash_and_no_overwrite(void **state)
{
    struct two *two = *state;
    const struct holdfast_id record = new_record(&two->ada, &two->case_id, "action", "text", "Call the school");
    sync_both(two);
    struct holdfast_edit *mine = edit(&two->ada, &record);
    ok(&two->ada, holdfast_edit_set(mine, "text", "Ada's words"));
    save(&two->ben, &record, "text", "Ben's words");
    sync_both(two);
    assert_string_equal(field_text(&two->ada, &record, "text"), "Ben's words");
    ok(&two->ada, holdfast_edit_commit(mine, NULL));
    const char *both = field_text(&two->ada, &record, "text");
    assert_int_equal(both[0], '!');
    assert_non_null(strstr(both, "Ada's words"));
    assert_non_null(strstr(both, "Ben's words"));
    sync_both(two);
    assert_int_equal(conflict_count(&two->ben), 1);
    assert_same_digest(&two->ada, &two->ben);
}

static void first_words_over_a_sync__are_a_clash_too(void **state)
{
    struct two *two = *state;
    const struct holdfast_id record = new_record(&two->ada, &two->case_id, "action", "text", "Call the school");
    sync_both(two);
    struct holdfast_edit *mine = edit(&two->ada, &record); /* sees no due date */
    ok(&two->ada, holdfast_edit_set(mine, "due", "2026-12-01"));
    save(&two->ben, &record, "due", "2026-12-24");
    sync_both(two);
    ok(&two->ada, holdfast_edit_commit(mine, NULL));
    assert_int_equal(field_text(&two->ada, &record, "due")[0], '!');
}

static void edit_of_a_clash__is_refused_and_kept(void **state)
{
    struct two *two = *state;
    const struct holdfast_id record = new_record(&two->ada, &two->case_id, "action", "text", "Call the school");
    sync_both(two);
    save(&two->ada, &record, "text", "Ada's words");
    save(&two->ben, &record, "text", "Ben's words");
    sync_both(two);
    struct holdfast_edit *third = edit(&two->ada, &record);
    ok(&two->ada, holdfast_edit_set(third, "text", "third words"));
    refused(&two->ada, holdfast_edit_commit(third, NULL), HOLDFAST_CONFLICT, "text");
    assert_int_equal(conflict_count(&two->ada), 1);
    holdfast_edit_cancel(third);
}

static void bad_input__names_the_field_and_changes_nothing(void **state)
{
    struct two *two = *state;
    static char long_text[20002];
    struct holdfast_edit *action = part(&two->ada, &two->case_id, "action", NULL, NULL);
    memset(long_text, 'a', sizeof long_text - 1);
    ok(&two->ada, holdfast_edit_set(action, "due", "2026-12-01"));
    refused(&two->ada, holdfast_edit_set(action, "due", "2026-02-30"), HOLDFAST_INVALID, "due");
    refused(&two->ada, holdfast_edit_set(action, "status", "whatever"), HOLDFAST_INVALID, "status");
    refused(&two->ada, holdfast_edit_set(action, "text", long_text), HOLDFAST_LIMIT, "20000");
    refused(&two->ada, holdfast_edit_set(action, "text", "\xff\xfe"), HOLDFAST_INVALID, "text");
    refused(&two->ada, holdfast_edit_set(action, "no_such", "x"), HOLDFAST_INVALID, "no_such");
    refused(&two->ada, holdfast_edit_add(action, "text", "x"), HOLDFAST_INVALID, "text");
    refused(&two->ada, holdfast_edit_reason(action, long_text), HOLDFAST_LIMIT, "2000");
    const struct holdfast_id record = holdfast_edit_id(action);
    ok(&two->ada, holdfast_edit_commit(action, NULL));
    assert_string_equal(field_text(&two->ada, &record, "due"), "2026-12-01");
    assert_string_equal(field_text(&two->ada, &record, "text"), "");
}

static void wrong_beginnings__are_refused(void **state)
{
    struct two *two = *state;
    struct holdfast_edit *none = NULL;
    struct holdfast_id other = {{1, 2, 3}};
    refused(&two->ada, holdfast_edit_new(two->ada.hf, &two->case_id, "no such", NULL, NULL, &none), HOLDFAST_NOT_FOUND,
            "no such");
    refused(&two->ada, holdfast_edit_new(two->ada.hf, &two->case_id, "case", NULL, NULL, &none), HOLDFAST_INVALID,
            "case");
    refused(&two->ada, holdfast_edit_new(two->ada.hf, &two->case_id, "action", NULL, "2a", &none), HOLDFAST_INVALID,
            "slot");
    refused(&two->ada, holdfast_edit_new(two->ada.hf, &two->case_id, "action", &other, NULL, &none), HOLDFAST_NOT_FOUND,
            "parent");
    refused(&two->ada, holdfast_edit_record(two->ada.hf, &other, &none), HOLDFAST_NOT_FOUND, "record");
    assert_null(none);
    struct holdfast_edit *lost = part(&two->ada, &other, "action", NULL, NULL);
    ok(&two->ada, holdfast_edit_set(lost, "text", "words"));
    refused(&two->ada, holdfast_edit_commit(lost, NULL), HOLDFAST_NOT_FOUND, "case");
    holdfast_edit_cancel(lost);
}

static void a_parent_in_another_case__is_refused(void **state)
{
    struct two *two = *state;
    struct holdfast_edit *none = NULL;
    const struct holdfast_id second = new_case(&two->ada, "C-18");
    const struct holdfast_id meeting = new_record(&two->ada, &second, "meeting", "place", "Town hall");
    refused(&two->ada, holdfast_edit_new(two->ada.hf, &two->case_id, "action", &meeting, NULL, &none), HOLDFAST_INVALID,
            "parent");
}

static void append__adds_entries_of_both_in_the_order_of_time(void **state)
{
    struct two *two = *state;
    const struct holdfast_id record = new_record(&two->ada, &two->case_id, "meeting", "amendments", "first");
    sync_both(two);
    struct holdfast_edit *mine = edit(&two->ada, &record);
    ok(&two->ada, holdfast_edit_set(mine, "amendments", "second, of Ada"));
    refused(&two->ada, holdfast_edit_set(mine, "amendments", "third"), HOLDFAST_LIMIT, "amendments");
    save(&two->ben, &record, "amendments", "second, of Ben");
    sync_both(two);
    ok(&two->ada, holdfast_edit_commit(mine, NULL));
    sync_both(two);
    assert_string_equal(field_text(&two->ada, &record, "amendments"), "first|second, of Ben|second, of Ada");
    assert_string_equal(field_text(&two->ben, &record, "amendments"), "first|second, of Ben|second, of Ada");
    assert_int_equal(conflict_count(&two->ada), 0);
}

static void set__keeps_what_others_add_meanwhile(void **state)
{
    struct two *two = *state;
    const struct holdfast_id record = new_record(&two->ada, &two->case_id, "child", "identifiers", "one, two ,three,");
    assert_string_equal(field_text(&two->ada, &record, "identifiers"), "one|two|three");
    sync_both(two);
    struct holdfast_edit *mine = edit(&two->ada, &record);
    ok(&two->ada, holdfast_edit_set(mine, "identifiers", "two, four"));
    struct holdfast_edit *others = edit(&two->ben, &record);
    ok(&two->ben, holdfast_edit_add(others, "identifiers", "five"));
    ok(&two->ben, holdfast_edit_commit(others, NULL));
    sync_both(two);
    ok(&two->ada, holdfast_edit_commit(mine, NULL));
    sync_both(two);
    const char *left = field_text(&two->ben, &record, "identifiers");
    assert_null(strstr(left, "one"));
    assert_null(strstr(left, "three"));
    assert_non_null(strstr(left, "two"));
    assert_non_null(strstr(left, "four"));
    assert_non_null(strstr(left, "five"));
    assert_same_digest(&two->ada, &two->ben);
}

static void set__what_one_adds_again_stays_when_another_takes_it_out(void **state)
{
    struct two *two = *state;
    const struct holdfast_id record = new_record(&two->ada, &two->case_id, "child", "identifiers", "one");
    sync_both(two);
    struct holdfast_edit *mine = edit(&two->ada, &record);
    ok(&two->ada, holdfast_edit_add(mine, "identifiers", "one"));
    struct holdfast_edit *others = edit(&two->ben, &record);
    ok(&two->ben, holdfast_edit_remove(others, "identifiers", "one"));
    ok(&two->ben, holdfast_edit_commit(others, NULL));
    sync_both(two);
    assert_string_equal(field_text(&two->ada, &record, "identifiers"), "");
    ok(&two->ada, holdfast_edit_commit(mine, NULL));
    assert_string_equal(field_text(&two->ada, &record, "identifiers"), "one");
}

static void set__taking_out_what_is_not_there_is_refused(void **state)
{
    struct two *two = *state;
    const struct holdfast_id record = new_record(&two->ada, &two->case_id, "child", "identifiers", "one");
    struct holdfast_edit *mine = edit(&two->ada, &record);
    refused(&two->ada, holdfast_edit_remove(mine, "identifiers", "two"), HOLDFAST_NOT_FOUND, "identifiers");
    refused(&two->ada, holdfast_edit_add(mine, "identifiers", ""), HOLDFAST_INVALID, "identifiers");
    ok(&two->ada, holdfast_edit_add(mine, "identifiers", "two"));
    ok(&two->ada, holdfast_edit_remove(mine, "identifiers", "two"));
    ok(&two->ada, holdfast_edit_remove(mine, "identifiers", "one"));
    ok(&two->ada, holdfast_edit_add(mine, "identifiers", "one"));
    ok(&two->ada, holdfast_edit_commit(mine, NULL));
    assert_string_equal(field_text(&two->ada, &record, "identifiers"), "one");
}

static void verbatim__is_never_overwritten(void **state)
{
    struct two *two = *state;
    const struct holdfast_id record = new_record(&two->ada, &two->case_id, "views", "words", "I want to stay");
    struct holdfast_edit *mine = edit(&two->ada, &record);
    refused(&two->ada, holdfast_edit_set(mine, "words", ""), HOLDFAST_INVALID, "words");
    ok(&two->ada, holdfast_edit_set(mine, "words", "other words"));
    refused(&two->ada, holdfast_edit_commit(mine, NULL), HOLDFAST_STATE, "words");
    holdfast_edit_cancel(mine);
    assert_string_equal(field_text(&two->ada, &record, "words"), "I want to stay");
}

static void slot__two_devices_meet_in_one_record(void **state)
{
    struct two *two = *state;
    const struct holdfast_id meeting = new_record(&two->ada, &two->case_id, "meeting", "place", "Town hall");
    sync_both(two);
    struct holdfast_edit *mine = part(&two->ada, &two->case_id, "agenda_item", &meeting, "2a");
    struct holdfast_edit *others = part(&two->ben, &two->case_id, "agenda_item", &meeting, "2a");
    const struct holdfast_id record = holdfast_edit_id(mine);
    const struct holdfast_id same = holdfast_edit_id(others);
    assert_memory_equal(&record, &same, sizeof record);
    ok(&two->ada, holdfast_edit_set(mine, "title", "School"));
    ok(&two->ben, holdfast_edit_set(others, "notes", "It goes well"));
    ok(&two->ada, holdfast_edit_commit(mine, NULL));
    ok(&two->ben, holdfast_edit_commit(others, NULL));
    sync_both(two);
    assert_string_equal(field_text(&two->ben, &record, "title"), "School");
    assert_string_equal(field_text(&two->ben, &record, "notes"), "It goes well");
    assert_int_equal(conflict_count(&two->ben), 0);

    struct holdfast_edit *again = part(&two->ada, &two->case_id, "agenda_item", &meeting, "2a");
    ok(&two->ada, holdfast_edit_set(again, "title", "School and clubs"));
    ok(&two->ada, holdfast_edit_commit(again, NULL));
    assert_string_equal(field_text(&two->ada, &record, "title"), "School and clubs");
    struct holdfast_edit *other_slot = part(&two->ada, &two->case_id, "agenda_item", &meeting, "2b");
    const struct holdfast_id different = holdfast_edit_id(other_slot);
    assert_memory_not_equal(&record, &different, sizeof record);
    holdfast_edit_cancel(other_slot);
}

static void an_edit__outlives_a_lock(void **state)
{
    struct two *two = *state;
    const struct holdfast_id record = new_record(&two->ada, &two->case_id, "action", "text", "Call the school");
    struct holdfast_edit *mine = edit(&two->ada, &record);
    ok(&two->ada, holdfast_edit_set(mine, "text", "Write to the school"));
    holdfast_lock(two->ada.hf);
    refused(&two->ada, holdfast_edit_commit(mine, NULL), HOLDFAST_LOCKED, "");
    ok(&two->ada, holdfast_unlock(two->ada.hf, PASSPHRASE));
    ok(&two->ada, holdfast_edit_commit(mine, NULL));
    assert_string_equal(field_text(&two->ada, &record, "text"), "Write to the school");
}

static void long_text__goes_out_whole(void **state)
{
    struct two *two = *state;
    static char text[7001];
    for (size_t i = 0; i < sizeof text - 1; i++)
        text[i] = (char)('a' + i % 26);
    const struct holdfast_id record = new_record(&two->ada, &two->case_id, "action", "text", text);
    assert_string_equal(field_text(&two->ada, &record, "text"), text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(several_fields__are_one_change, two_setup, two_teardown),
        cmocka_unit_test_setup_teardown(nothing_changed__writes_nothing, two_setup, two_teardown),
        cmocka_unit_test_setup_teardown(cleared_value__is_gone_for_readers, two_setup, two_teardown),
        cmocka_unit_test_setup_teardown(edit_over_a_sync__is_a_clash_and_no_overwrite, two_setup, two_teardown),
        cmocka_unit_test_setup_teardown(first_words_over_a_sync__are_a_clash_too, two_setup, two_teardown),
        cmocka_unit_test_setup_teardown(edit_of_a_clash__is_refused_and_kept, two_setup, two_teardown),
        cmocka_unit_test_setup_teardown(bad_input__names_the_field_and_changes_nothing, two_setup, two_teardown),
        cmocka_unit_test_setup_teardown(wrong_beginnings__are_refused, two_setup, two_teardown),
        cmocka_unit_test_setup_teardown(a_parent_in_another_case__is_refused, two_setup, two_teardown),
        cmocka_unit_test_setup_teardown(append__adds_entries_of_both_in_the_order_of_time, two_setup, two_teardown),
        cmocka_unit_test_setup_teardown(set__keeps_what_others_add_meanwhile, two_setup, two_teardown),
        cmocka_unit_test_setup_teardown(set__what_one_adds_again_stays_when_another_takes_it_out, two_setup,
                                        two_teardown),
        cmocka_unit_test_setup_teardown(set__taking_out_what_is_not_there_is_refused, two_setup, two_teardown),
        cmocka_unit_test_setup_teardown(verbatim__is_never_overwritten, two_setup, two_teardown),
        cmocka_unit_test_setup_teardown(slot__two_devices_meet_in_one_record, two_setup, two_teardown),
        cmocka_unit_test_setup_teardown(an_edit__outlives_a_lock, two_setup, two_teardown),
        cmocka_unit_test_setup_teardown(long_text__goes_out_whole, two_setup, two_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
