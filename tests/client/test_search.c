/* Search: every word of every text is found, by its beginning, and nothing that is not there any more. */
#include "tests/client/support_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct world {
    struct office *office;
    struct client ada;
    struct holdfast_id case_id;
};

static int setup(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    world->office = office_new();
    world->ada = client_enrolled(world->office, "Ada Invented", HF_ROLE_OFFICE);
    world->case_id = new_case(&world->ada, "INV-4821");
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    client_free(&world->ada);
    office_free(world->office);
    free(world);
    return 0;
}

static bool keep(void *ctx, const struct holdfast_search_row *row)
{
    char *text = ctx;
    const size_t len = strlen(text);
    (void)snprintf(text + len, 2000 - len, "%s%s.%s %s: %s", len > 0 ? " | " : "", row->type, row->field,
                   row->reference, row->snippet);
    return true;
}

static const char *find(struct world *world, const char *query)
{
    static char text[2000];
    text[0] = '\0';
    ok(&world->ada, holdfast_search(world->ada.hf, query, 20, keep, text, NULL));
    return text;
}

static uint64_t number(struct world *world, const char *query)
{
    char text[2000] = "";
    struct holdfast_search_found found;
    ok(&world->ada, holdfast_search(world->ada.hf, query, 20, keep, text, &found));
    return found.records;
}

static void words__are_found_by_their_beginning_whatever_the_case_and_accents(void **state)
{
    struct world *world = *state;
    (void)new_record(&world->ada, &world->case_id, "action", "text", "Zoë asks for the café near Brontë Road");
    assert_string_equal(find(world, "ZOE"), "action.text INV-4821: [Zoë] asks for the café near Brontë Road");
    assert_string_equal(find(world, "bront caf"), "action.text INV-4821: Zoë asks for the [café] near [Brontë] Road");
    assert_string_equal(find(world, "Café"), "action.text INV-4821: Zoë asks for the [café] near Brontë Road");
    assert_string_equal(find(world, "ronte"), "");
    assert_string_equal(find(world, "zoe dentist"), "");
}

static void a_reference__finds_its_case_first(void **state)
{
    struct world *world = *state;
    (void)new_record(&world->ada, &world->case_id, "action", "text", "Ask about inv-4821 again");
    const char *found = find(world, "inv-4821");
    assert_true(strncmp(found, "case.reference INV-4821: [INV]-[4821]", 37) == 0);
    assert_non_null(strstr(found, "action.text"));
}

static void what_was_edited__is_found_by_its_new_words_only(void **state)
{
    struct world *world = *state;
    const struct holdfast_id record = new_record(&world->ada, &world->case_id, "action", "text", "Book the dentist");
    assert_int_equal(number(world, "dentist"), 1);
    save(&world->ada, &record, "text", "Book the optician");
    assert_int_equal(number(world, "dentist"), 0);
    assert_int_equal(number(world, "book dentist"), 0);
    assert_int_equal(number(world, "optician"), 1);
    assert_int_equal(number(world, "book"), 1);
}

static void what_came_with_a_sync__is_found(void **state)
{
    struct world *world = *state;
    struct client ben = client_enrolled(world->office, "Ben Invented", HF_ROLE_OFFICE);
    (void)new_record(&world->ada, &world->case_id, "action", "text", "Ring the grandmother");
    sync_in_memory(&world->ada, world->office);
    char text[2000] = "";
    struct holdfast_search_found found;
    ok(&ben, holdfast_search(ben.hf, "grandmother", 20, keep, text, &found));
    assert_int_equal(found.records, 0);
    assert_int_equal(found.cases, 0);
    sync_in_memory(&ben, world->office);
    ok(&ben, holdfast_search(ben.hf, "grandmother", 20, keep, text, &found));
    assert_int_equal(found.records, 1);
    assert_int_equal(found.cases, 1);
    client_free(&ben);
}

static void staff__are_not_among_the_results(void **state)
{
    struct world *world = *state;
    sync_in_memory(&world->ada, world->office);
    assert_int_equal(number(world, "Ada"), 0);
    assert_int_equal(number(world, "Invented"), 0);
}

static void a_limit__says_that_there_is_more(void **state)
{
    struct world *world = *state;
    char text[2000] = "";
    struct holdfast_search_found found;
    for (int i = 0; i < 4; i++)
        (void)new_record(&world->ada, &world->case_id, "action", "text", "Ring the school");
    ok(&world->ada, holdfast_search(world->ada.hf, "school", 3, keep, text, &found));
    assert_int_equal(found.records, 3);
    assert_true(found.more);
    ok(&world->ada, holdfast_search(world->ada.hf, "school", 4, keep, text, &found));
    assert_int_equal(found.records, 4);
    assert_false(found.more);
}

static void a_long_text__shows_a_snippet_around_the_word(void **state)
{
    struct world *world = *state;
    struct hf_buf text = {0};
    for (int i = 0; i < 100; i++)
        hf_buf_append_str(&text, "ééé und so weiter, ");
    hf_buf_append_str(&text, "the grandmother called");
    for (int i = 0; i < 50; i++)
        hf_buf_append_str(&text, " – more to come");
    hf_buf_append_u8(&text, 0);
    (void)new_record(&world->ada, &world->case_id, "action", "text", (const char *)text.data);
    hf_buf_clear(&text);
    const char *found = find(world, "grandmoth");
    assert_non_null(strstr(found, "the [grandmother] called"));
    assert_true(strlen(found) < 300);
    assert_non_null(strstr(found, ": …"));
}

/* None of these is an error, and none finds what it should not. */
static void what_was_deleted__is_not_found_until_it_is_restored(void **state)
{
    struct world *world = *state;
    const struct holdfast_id record = new_record(&world->ada, &world->case_id, "action", "text", "Book the dentist");
    assert_int_equal(number(world, "dentist"), 1);
    ok(&world->ada, holdfast_delete(world->ada.hf, &record, "recorded twice", NULL));
    assert_int_equal(number(world, "dentist"), 0);
    ok(&world->ada, holdfast_restore(world->ada.hf, &record, "it was not", NULL));
    assert_int_equal(number(world, "dentist"), 1);
}

static void proposed_words__are_not_found_until_they_are_accepted(void **state)
{
    struct world *world = *state;
    const struct holdfast_id record = new_record(&world->ada, &world->case_id, "need", "text", "Sees the dentist");
    struct holdfast_edit *edit = NULL;
    struct holdfast_id change;
    ok(&world->ada, holdfast_finalise(world->ada.hf, &record, NULL, NULL));
    ok(&world->ada, holdfast_edit_record(world->ada.hf, &record, &edit));
    ok(&world->ada, holdfast_edit_set(edit, "text", "Sees the optician"));
    ok(&world->ada, holdfast_edit_reason(edit, "the letter says so"));
    ok(&world->ada, holdfast_edit_propose(edit, &change));
    assert_int_equal(number(world, "dentist"), 1);
    assert_int_equal(number(world, "optician"), 0);
    ok(&world->ada, holdfast_amendment_accept(world->ada.hf, &record, &change, "checked", NULL));
    assert_int_equal(number(world, "dentist"), 0);
    assert_int_equal(number(world, "optician"), 1);
}

static void any_text__is_a_query(void **state)
{
    struct world *world = *state;
    static const char *const queries[] = {"",
                                          "\"",
                                          "dentist\"",
                                          "AND",
                                          "OR NOT",
                                          "NEAR(a b)",
                                          "text:book",
                                          "*",
                                          "-dentist",
                                          "^book",
                                          "(",
                                          "{text}:",
                                          "'; DROP TABLE records; --",
                                          "%",
                                          "a*b*c*",
                                          "\"\"\"\"",
                                          "\xf0\x9f\x99\x82",
                                          "e\xcc\x81\xcc\x81",
                                          "\n\t"};
    (void)new_record(&world->ada, &world->case_id, "action", "text", "Book the dentist and the optician");
    for (size_t i = 0; i < sizeof queries / sizeof queries[0]; i++)
        (void)number(world, queries[i]);
    assert_int_equal(number(world, "AND"), 1);
    assert_int_equal(number(world, "dentist OR plumber"), 0);
    assert_int_equal(number(world, "-dentist"), 1);
    assert_int_equal(number(world, "text:book"), 0);
    refused(&world->ada, holdfast_search(world->ada.hf, "\xff", 20, keep, NULL, NULL), HOLDFAST_INVALID, "UTF-8");
    char much[HOLDFAST_SEARCH_BYTES_MAX + 2];
    memset(much, 'x', sizeof much);
    much[sizeof much - 1] = '\0';
    refused(&world->ada, holdfast_search(world->ada.hf, much, 20, keep, NULL, NULL), HOLDFAST_LIMIT, "too long");
    refused(&world->ada, holdfast_search(world->ada.hf, "x", 0, keep, NULL, NULL), HOLDFAST_INVALID, "");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(words__are_found_by_their_beginning_whatever_the_case_and_accents),
        TEST(a_reference__finds_its_case_first),
        TEST(what_was_edited__is_found_by_its_new_words_only),
        TEST(what_came_with_a_sync__is_found),
        TEST(staff__are_not_among_the_results),
        TEST(a_limit__says_that_there_is_more),
        TEST(a_long_text__shows_a_snippet_around_the_word),
        TEST(what_was_deleted__is_not_found_until_it_is_restored),
        TEST(proposed_words__are_not_found_until_they_are_accepted),
        TEST(any_text__is_a_query),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
