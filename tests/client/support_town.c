#include "tests/client/support_town.h"

#include <stdlib.h>

int town_setup(void **state)
{
    struct town *town = calloc(1, sizeof *town);
    assert_non_null(town);
    town->office = office_new();
    office_listen(town->office);
    town->ada = client_enrolled(office_at_rest(town->office), "Ada Invented", HF_ROLE_OFFICE);
    town->case_id = new_case(&town->ada, "C-17");
    town->record = new_record(&town->ada, &town->case_id, "action", "text", "Call the school");
    *state = town;
    return 0;
}

int town_teardown(void **state)
{
    struct town *town = *state;
    client_free(&town->ada);
    office_free(town->office);
    free(town);
    return 0;
}

int two_setup(void **state)
{
    struct two *two = calloc(1, sizeof *two);
    assert_non_null(two);
    two->office = office_new();
    two->ada = client_enrolled(two->office, "Ada Invented", HF_ROLE_OFFICE);
    two->ben = client_enrolled(two->office, "Ben Invented", HF_ROLE_OFFICE);
    two->case_id = new_case(&two->ada, "C-17");
    *state = two;
    return 0;
}

int two_teardown(void **state)
{
    struct two *two = *state;
    client_free(&two->ada);
    client_free(&two->ben);
    office_free(two->office);
    free(two);
    return 0;
}

void sync_both(struct two *two)
{
    sync_in_memory(&two->ada, two->office);
    sync_in_memory(&two->ben, two->office);
    sync_in_memory(&two->ada, two->office);
}

void clash_sync(struct clash *clash)
{
    sync_in_memory(&clash->ada, clash->office);
    sync_in_memory(&clash->ben, clash->office);
    sync_in_memory(&clash->ada, clash->office);
}

int clash_setup(void **state)
{
    struct clash *clash = calloc(1, sizeof *clash);
    assert_non_null(clash);
    clash->office = office_new();
    clash->ada = client_enrolled(clash->office, "Ada Invented", HF_ROLE_OFFICE);
    clash->ben = client_enrolled(clash->office, "Ben Invented", HF_ROLE_OFFICE);
    clash->case_id = new_case(&clash->ada, "C-17");
    clash->record = new_record(&clash->ada, &clash->case_id, "action", "text", "the first words");
    clash_sync(clash);
    save(&clash->ada, &clash->record, "text", "Ada's words");
    save(&clash->ben, &clash->record, "text", "Ben's words");
    clash_sync(clash);
    *state = clash;
    return 0;
}

int clash_teardown(void **state)
{
    struct clash *clash = *state;
    client_free(&clash->ada);
    client_free(&clash->ben);
    office_free(clash->office);
    free(clash);
    return 0;
}
