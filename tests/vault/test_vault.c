/* A vault as its users see it: create, write, close, open again; who is refused and that nothing changes then. */
#include "support_vault.h"

static void create_write_close_open__rows_are_there(void **state)
{
    struct fixture *f = *state;
    struct hf_vault *vault = fixture_create(f);

    fixture_exec(vault, "CREATE TABLE visit(id INTEGER PRIMARY KEY, note TEXT)");
    fixture_exec(vault, "INSERT INTO visit(note) VALUES('Invented: all well')");
    assert_int_equal(hf_vault_close(vault), HF_OK);
    vault = fixture_open(f);
    assert_int_equal(fixture_number(vault, "SELECT count(*) FROM visit WHERE note='Invented: all well'"), 1);
    assert_int_equal(hf_vault_close(vault), HF_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(create_write_close_open__rows_are_there, fixture_setup, fixture_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
