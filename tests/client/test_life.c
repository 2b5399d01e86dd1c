/* The life of a handle: open, unlock, lock, close, and what it says when something does not go. */
#include "tests/client/support_client.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

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

static void open_on_a_folder_that_is_not_there__is_empty_and_touches_nothing(void **state)
{
    (void)state;
    struct client client = client_new();
    assert_int_equal(holdfast_get_state(client.hf), HOLDFAST_EMPTY);
    assert_string_equal(holdfast_error_text(client.hf), "");
    assert_int_equal(access(client.folder, F_OK), -1);
    refused(&client, holdfast_unlock(client.hf, PASSPHRASE), HOLDFAST_NOT_FOUND, "");
    assert_int_equal(access(client.folder, F_OK), -1);
    client_free(&client);
}

static void open_without_a_folder__is_refused(void **state)
{
    (void)state;
    struct holdfast *hf = NULL;
    assert_int_equal(holdfast_open(NULL, &hf), HOLDFAST_INVALID);
    assert_int_equal(holdfast_open("", &hf), HOLDFAST_INVALID);
    assert_null(hf);
    holdfast_close(NULL);
    assert_true(strlen(holdfast_error_text(NULL)) > 0);
}

static void lock_and_unlock__keep_what_is_saved(void **state)
{
    struct client client = client_enrolled(*state, "Ada Invented", HF_ROLE_WORKER);
    assert_int_equal(holdfast_get_state(client.hf), HOLDFAST_UNLOCKED);
    const struct holdfast_id case_id = new_case(&client, "C-1");
    const struct holdfast_id record = new_record(&client, &case_id, "action", "text", "Call the school");
    holdfast_lock(client.hf);
    assert_int_equal(holdfast_get_state(client.hf), HOLDFAST_IS_LOCKED);
    refused(&client, holdfast_read(client.hf, &record, NULL, NULL, NULL), HOLDFAST_LOCKED, "passphrase");
    ok(&client, holdfast_unlock(client.hf, PASSPHRASE));
    assert_string_equal(field_text(&client, &record, "text"), "Call the school");
    refused(&client, holdfast_unlock(client.hf, PASSPHRASE), HOLDFAST_STATE, "already");
    client_free(&client);
}

static void unlock_with_a_wrong_passphrase__stays_locked(void **state)
{
    struct client client = client_enrolled(*state, "Ada Invented", HF_ROLE_WORKER);
    holdfast_lock(client.hf);
    refused(&client, holdfast_unlock(client.hf, "another"), HOLDFAST_AUTH, "passphrase");
    assert_int_equal(holdfast_get_state(client.hf), HOLDFAST_IS_LOCKED);
    refused(&client, holdfast_unlock(client.hf, NULL), HOLDFAST_INVALID, "passphrase");
    ok(&client, holdfast_unlock(client.hf, PASSPHRASE));
    client_free(&client);
}

static void change_passphrase__only_the_new_one_opens(void **state)
{
    struct client client = client_enrolled(*state, "Ada Invented", HF_ROLE_WORKER);
    refused(&client, holdfast_change_passphrase(client.hf, "another", "new words"), HOLDFAST_AUTH, "passphrase");
    ok(&client, holdfast_change_passphrase(client.hf, PASSPHRASE, "new words"));
    holdfast_lock(client.hf);
    refused(&client, holdfast_unlock(client.hf, PASSPHRASE), HOLDFAST_AUTH, "passphrase");
    ok(&client, holdfast_unlock(client.hf, "new words"));
    client_free(&client);
}

static void open_twice__the_second_handle_is_busy_until_the_first_locks(void **state)
{
    struct client client = client_enrolled(*state, "Ada Invented", HF_ROLE_WORKER);
    struct holdfast *second = NULL;
    assert_int_equal(holdfast_open(client.folder, &second), HOLDFAST_OK);
    assert_int_equal(holdfast_unlock(second, PASSPHRASE), HOLDFAST_BUSY);
    assert_true(strlen(holdfast_error_text(second)) > 0);
    assert_int_equal(holdfast_get_state(second), HOLDFAST_IS_LOCKED);
    holdfast_lock(client.hf);
    assert_int_equal(holdfast_unlock(second, PASSPHRASE), HOLDFAST_OK);
    holdfast_close(second);
    client_free(&client);
}

static void opened_for_reading__others_may_read_and_nobody_may_write(void **state)
{
    struct client client = client_enrolled(*state, "Ada Invented", HF_ROLE_WORKER);
    const struct holdfast_id case_id = new_case(&client, "C-1");
    const struct holdfast_id record = new_record(&client, &case_id, "action", "text", "Call the school");
    struct holdfast *second = NULL;
    struct holdfast_id ignored;
    assert_int_equal(holdfast_open(client.folder, &second), HOLDFAST_OK);
    assert_int_equal(holdfast_unlock_read_only(second, PASSPHRASE), HOLDFAST_BUSY);
    holdfast_lock(client.hf);
    ok(&client, holdfast_unlock_read_only(client.hf, PASSPHRASE));
    assert_int_equal(holdfast_unlock_read_only(second, PASSPHRASE), HOLDFAST_OK);
    assert_string_equal(field_text(&client, &record, "text"), "Call the school");
    refused(&client, holdfast_case_new(client.hf, "C-2", &ignored), HOLDFAST_DENIED, "reading only");
    refused(&client, holdfast_sync_begin(client.hf, &weak), HOLDFAST_DENIED, "reading only");
    holdfast_lock(client.hf);
    refused(&client, holdfast_unlock(client.hf, PASSPHRASE), HOLDFAST_BUSY, "");
    holdfast_close(second);
    ok(&client, holdfast_unlock(client.hf, PASSPHRASE));
    (void)new_case(&client, "C-2");
    client_free(&client);
}

/* A child that dies with work in the log, which nothing but the log has. */
static void what_a_killed_program_left_in_the_log__is_read_without_writing(void **state)
{
    struct client client = client_enrolled(*state, "Ada Invented", HF_ROLE_WORKER);
    int result = -1;
    holdfast_lock(client.hf);
    const pid_t child = fork();
    if (child == 0) {
        struct holdfast *hf = NULL;
        struct holdfast_id ignored;
        if (holdfast_open(client.folder, &hf) != HOLDFAST_OK || holdfast_unlock(hf, PASSPHRASE) != HOLDFAST_OK)
            _exit(1);
        _exit(holdfast_case_new(hf, "C-1", &ignored) == HOLDFAST_OK ? 0 : 2);
    }
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_int_equal(result, 0);
    ok(&client, holdfast_unlock_read_only(client.hf, PASSPHRASE));
    assert_int_equal(counts(&client).cases, 1);
    holdfast_lock(client.hf);
    ok(&client, holdfast_unlock(client.hf, PASSPHRASE));
    assert_int_equal(counts(&client).cases, 1);
    client_free(&client);
}

static void wipe__is_refused_with_unsent_work_and_leaves_nothing_that_opens(void **state)
{
    struct client client = client_enrolled(*state, "Ada Invented", HF_ROLE_WORKER);
    struct holdfast_edit *open = NULL;
    const struct holdfast_id case_id = new_case(&client, "C-1");
    const struct holdfast_id record = new_record(&client, &case_id, "action", "text", "Call the school");
    refused(&client, holdfast_wipe(client.hf, false, NULL), HOLDFAST_STATE, "3 changes");
    holdfast_lock(client.hf);
    refused(&client, holdfast_wipe(client.hf, false, NULL), HOLDFAST_LOCKED, "Unlock it first");
    ok(&client, holdfast_unlock(client.hf, PASSPHRASE));
    sync_in_memory(&client, *state);
    ok(&client, holdfast_edit_record(client.hf, &record, &open));
    refused(&client, holdfast_wipe(client.hf, false, NULL), HOLDFAST_STATE, "not saved");
    holdfast_edit_cancel(open);
    ok(&client, holdfast_wipe(client.hf, false, NULL));
    assert_int_equal(holdfast_get_state(client.hf), HOLDFAST_EMPTY);
    refused(&client, holdfast_unlock(client.hf, PASSPHRASE), HOLDFAST_NOT_FOUND, "");
    assert_int_equal(access(client.folder, F_OK), -1);
    ok(&client, holdfast_wipe(client.hf, false, NULL)); /* asked again */
    client_free(&client);
}

/* A child that holds the replica until its end of the pipe is closed. */
static void hold_in_child(const char *folder, int ready, int end)
{
    struct holdfast *hf = NULL;
    char byte = 'x';
    if (holdfast_open(folder, &hf) != HOLDFAST_OK || holdfast_unlock(hf, PASSPHRASE) != HOLDFAST_OK)
        _exit(1);
    if (write(ready, &byte, 1) != 1 || read(end, &byte, 1) != 0)
        _exit(2);
    _exit(0);
}

static void open_in_another_process__is_busy_until_that_one_ends(void **state)
{
    struct client client = client_enrolled(*state, "Ada Invented", HF_ROLE_WORKER);
    int ready[2];
    int end[2];
    int result = -1;
    char byte;
    holdfast_lock(client.hf);
    assert_int_equal(pipe(ready), 0);
    assert_int_equal(pipe(end), 0);
    const pid_t child = fork();
    if (child == 0) {
        (void)close(end[1]);
        hold_in_child(client.folder, ready[1], end[0]);
    }
    (void)close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    refused(&client, holdfast_unlock(client.hf, PASSPHRASE), HOLDFAST_BUSY, "");
    (void)close(end[1]);
    (void)close(end[0]);
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_int_equal(result, 0);
    ok(&client, holdfast_unlock(client.hf, PASSPHRASE));
    (void)close(ready[0]);
    client_free(&client);
}

static void identity__says_whose_device_it_is(void **state)
{
    struct client client = client_enrolled(*state, "Ada Invented", HF_ROLE_OFFICE);
    struct holdfast_identity identity;
    ok(&client, holdfast_get_identity(client.hf, &identity));
    assert_string_equal(identity.person_name, "Ada Invented");
    assert_string_equal(identity.role, "office");
    assert_string_equal(identity.authority, "Invented Council");
    assert_string_equal(identity.origin, "log.invented-council.example/2026");
    assert_int_equal(strlen(identity.device), 64);
    assert_true(identity.enrolled);
    assert_false(identity.revoked);
    client_free(&client);
}

struct nested {
    struct client *client;
    enum holdfast_status inside;
    size_t rows;
};

static bool call_back_in(void *ctx, const struct holdfast_case_row *row)
{
    struct nested *nested = ctx;
    struct holdfast_counts ignored;
    (void)row;
    nested->rows++;
    nested->inside = holdfast_get_counts(nested->client->hf, &ignored);
    return true;
}

static void a_callback_that_calls_back_in__is_refused_and_the_list_goes_on(void **state)
{
    struct client client = client_enrolled(*state, "Ada Invented", HF_ROLE_WORKER);
    struct nested nested = {.client = &client};
    (void)new_case(&client, "C-1");
    (void)new_case(&client, "C-2");
    ok(&client, holdfast_cases(client.hf, call_back_in, &nested));
    assert_int_equal(nested.inside, HOLDFAST_STATE);
    assert_int_equal(nested.rows, 2);
    assert_int_equal(counts(&client).cases, 2);
    client_free(&client);
}

struct told {
    struct client *client;
    struct holdfast_id record;
    size_t count;
    enum holdfast_status reading, writing;
};

static void take_note(void *ctx, const struct holdfast_id *case_id, const struct holdfast_id *record)
{
    struct told *told = ctx;
    struct holdfast_id ignored;
    struct holdfast_counts counted;
    (void)case_id;
    told->record = *record;
    told->count++;
    told->reading = holdfast_get_counts(told->client->hf, &counted);
    told->writing = holdfast_case_new(told->client->hf, "C-9", &ignored);
}

static void on_change__is_told_after_a_save_and_may_read_but_not_write(void **state)
{
    struct client client = client_enrolled(*state, "Ada Invented", HF_ROLE_WORKER);
    const struct holdfast_id case_id = new_case(&client, "C-1");
    struct told told = {.client = &client};
    holdfast_on_change(client.hf, take_note, &told);
    const struct holdfast_id record = new_record(&client, &case_id, "action", "text", "Call the school");
    assert_int_equal(told.count, 1);
    assert_memory_equal(&told.record, &record, sizeof record);
    assert_int_equal(told.reading, HOLDFAST_OK);
    assert_int_equal(told.writing, HOLDFAST_STATE);
    holdfast_on_change(client.hf, NULL, NULL);
    save(&client, &record, "text", "Write to the school");
    assert_int_equal(told.count, 1);
    client_free(&client);
}

static void sync_before_enrolment__names_the_invitation(void **state)
{
    (void)state;
    struct client client = client_new();
    refused(&client, holdfast_sync_begin(client.hf, &weak), HOLDFAST_LOCKED, "");
    refused(&client, holdfast_sync_step(client.hf, 0, NULL), HOLDFAST_LOCKED, "");
    holdfast_sync_end(client.hf);
    client_free(&client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(open_on_a_folder_that_is_not_there__is_empty_and_touches_nothing),
        cmocka_unit_test(open_without_a_folder__is_refused),
        cmocka_unit_test_setup_teardown(lock_and_unlock__keep_what_is_saved, setup, teardown),
        cmocka_unit_test_setup_teardown(unlock_with_a_wrong_passphrase__stays_locked, setup, teardown),
        cmocka_unit_test_setup_teardown(change_passphrase__only_the_new_one_opens, setup, teardown),
        cmocka_unit_test_setup_teardown(open_twice__the_second_handle_is_busy_until_the_first_locks, setup, teardown),
        cmocka_unit_test_setup_teardown(open_in_another_process__is_busy_until_that_one_ends, setup, teardown),
        cmocka_unit_test_setup_teardown(opened_for_reading__others_may_read_and_nobody_may_write, setup, teardown),
        cmocka_unit_test_setup_teardown(what_a_killed_program_left_in_the_log__is_read_without_writing, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(wipe__is_refused_with_unsent_work_and_leaves_nothing_that_opens, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(identity__says_whose_device_it_is, setup, teardown),
        cmocka_unit_test_setup_teardown(a_callback_that_calls_back_in__is_refused_and_the_list_goes_on, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(on_change__is_told_after_a_save_and_may_read_but_not_write, setup, teardown),
        cmocka_unit_test(sync_before_enrolment__names_the_invitation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
