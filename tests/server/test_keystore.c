#include "tests/server/support_office.h"

#include "server/keystore_erase.h"
#include "server/keystore_rotate.h"

#include <string.h>

static int setup(void **state)
{
    *state = office_new();
    return 0;
}

static int teardown(void **state)
{
    office_free(*state);
    return 0;
}

static void assert_key(const struct hf_class_key *a, const struct hf_class_key *b)
{
    assert_true(hf_id_equal(&a->key_id, &b->key_id) && hf_id_equal(&a->case_id, &b->case_id));
    assert_int_equal(a->epoch, b->epoch);
    assert_memory_equal(a->key, b->key, sizeof a->key);
}

static void keystore__keeps_the_servers_keys_over_a_restart(void **state)
{
    struct office *office = *state;
    struct hf_server_keys before = *hf_keystore_server(office->keystore);
    assert_int_equal(office_reopen(office), HF_OK);
    assert_memory_equal(&before, hf_keystore_server(office->keystore), sizeof before);
}

static void keystore__keeps_class_keys_over_a_restart(void **state)
{
    struct office *office = *state;
    struct hf_class_key key = new_class_key(), found;
    assert_int_equal(hf_keystore_get(office->keystore, &key.key_id, &found), HF_ERR_NOT_FOUND);
    assert_int_equal(hf_keystore_current(office->keystore, &key.case_id, &found), HF_ERR_NOT_FOUND);
    assert_int_equal(hf_keystore_put(office->keystore, &key), HF_OK);
    assert_int_equal(office_reopen(office), HF_OK);
    assert_int_equal(hf_keystore_get(office->keystore, &key.key_id, &found), HF_OK);
    assert_key(&found, &key);
    assert_int_equal(hf_keystore_current(office->keystore, &key.case_id, &found), HF_OK);
    assert_key(&found, &key);
}

static void keystore__never_changes_a_key(void **state)
{
    struct office *office = *state;
    struct hf_class_key key = new_class_key(), other, found;
    assert_int_equal(hf_keystore_put(office->keystore, &key), HF_OK);
    assert_int_equal(hf_keystore_put(office->keystore, &key), HF_OK);
    other = key;
    other.key[0] ^= 1;
    assert_int_equal(hf_keystore_put(office->keystore, &other), HF_ERR_EXISTS);
    assert_int_equal(hf_keystore_put_held(office->keystore, &other), HF_ERR_EXISTS);
    other = key;
    other.case_id = new_id();
    assert_int_equal(hf_keystore_put(office->keystore, &other), HF_ERR_EXISTS);
    other = new_class_key(); /* another key for this case and epoch */
    other.case_id = key.case_id;
    assert_int_equal(hf_keystore_put(office->keystore, &other), HF_ERR_EXISTS);
    assert_int_equal(hf_keystore_get(office->keystore, &key.key_id, &found), HF_OK);
    assert_key(&found, &key);
}

static void keystore__gives_the_newest_epoch_in_use(void **state)
{
    struct office *office = *state;
    struct hf_class_key first = new_class_key(), second = new_class_key(), held = new_class_key(), found;
    second.case_id = held.case_id = first.case_id;
    second.epoch = 1;
    held.epoch = 2;
    assert_int_equal(hf_keystore_put(office->keystore, &second), HF_OK);
    assert_int_equal(hf_keystore_put(office->keystore, &first), HF_OK);
    assert_int_equal(hf_keystore_put_held(office->keystore, &held), HF_OK);
    assert_int_equal(hf_keystore_current(office->keystore, &first.case_id, &found), HF_OK);
    assert_key(&found, &second);
    assert_int_equal(hf_keystore_get(office->keystore, &held.key_id, &found), HF_OK);
    assert_key(&found, &held);
    assert_int_equal(hf_keystore_put_held(office->keystore, &second), HF_OK); /* stays in use */
    assert_int_equal(hf_keystore_current(office->keystore, &first.case_id, &found), HF_OK);
    assert_key(&found, &second);
    assert_int_equal(hf_keystore_put(office->keystore, &held), HF_OK); /* comes into use */
    assert_int_equal(hf_keystore_current(office->keystore, &first.case_id, &found), HF_OK);
    assert_key(&found, &held);
}

static uint64_t changes_of(struct hf_keystore *keystore)
{
    uint64_t changes = 0;
    assert_int_equal(hf_keystore_changes(keystore, &changes), HF_OK);
    return changes;
}

/* An older copy must be told from a newer one, whatever was done in between. */
static void keystore__counts_whatever_was_changed(void **state)
{
    struct office *office = *state;
    struct hf_class_key key = new_class_key(), held = new_class_key();
    const struct hf_erasure_row row = {.erasure = new_id(), .case_id = key.case_id, .body = hf_slice_str("invented")};
    const struct hf_key_wish wish = {.parts = HF_KEYS_LOG};
    struct hf_key_row next;
    uint64_t before = changes_of(office->keystore);
    for (int step = 0; step < 6; step++) {
        enum hf_status status = step == 0   ? hf_keystore_put(office->keystore, &key)
                                : step == 1 ? hf_keystore_put_held(office->keystore, &held)
                                : step == 2 ? hf_keystore_put(office->keystore, &held) /* comes into use */
                                : step == 3 ? hf_keystore_erasure_ask(office->keystore, &row)
                                : step == 4 ? hf_keystore_destroy(office->keystore, &row)
                                            : hf_keystore_next_keys(office->keystore, &wish, &next);
        assert_int_equal(status, HF_OK);
        assert_true(changes_of(office->keystore) > before);
        before = changes_of(office->keystore);
    }
    assert_int_equal(office_reopen(office), HF_OK);
    assert_int_equal(changes_of(office->keystore), before);
}

static void keystore__is_made_once(void **state)
{
    struct office *office = *state;
    struct hf_server_keys keys = *hf_keystore_server(office->keystore);
    struct hf_keystore *second = NULL;
    assert_int_equal(hf_keystore_create(office->vaults[0], &keys, &second, &office->err), HF_ERR_EXISTS);
    assert_null(second);
}

static void keystore__that_is_empty_does_not_open(void **state)
{
    struct office *office = *state;
    struct hf_keystore *keystore = NULL;
    struct hf_vault *vault = office_vault(office->folder, "empty", office->vault_key);
    assert_int_equal(hf_keystore_open(vault, &keystore, &office->err), HF_ERR_NOT_FOUND);
    assert_null(keystore);
    assert_int_equal(hf_vault_close(vault), HF_OK);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(keystore__keeps_the_servers_keys_over_a_restart),
        TEST(keystore__keeps_class_keys_over_a_restart),
        TEST(keystore__never_changes_a_key),
        TEST(keystore__gives_the_newest_epoch_in_use),
        TEST(keystore__counts_whatever_was_changed),
        TEST(keystore__is_made_once),
        TEST(keystore__that_is_empty_does_not_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
