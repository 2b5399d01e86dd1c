/* What locks a handle by itself: the lease and idleness; and that no lock loses what a person wrote. */
#include "tests/client/support_town.h"

#include "client/edit.h"
#include "core/replica/lease.h"

#include <stdlib.h>
#include <string.h>

/* --- the lease --- */

/* The device's clock, as seen by one look, stands that many days ahead. */
static void days_go_by(struct town *town, uint64_t days)
{
    struct hf_lease lease;
    const struct hf_lease_now now = {.wall_ms = hf_wall_ms() + days * HF_LEASE_DAY_MS};
    assert_int_equal(hf_replica_lease(town->ada.hf->replica, now, &lease, NULL), HF_OK);
}

static struct holdfast_lease lease_of(struct town *town)
{
    struct holdfast_lease lease;
    ok(&town->ada, holdfast_get_lease(town->ada.hf, &lease));
    return lease;
}

static void no_contact_for_14_days__closes_the_records_and_only_them(void **state)
{
    struct town *town = *state;
    struct holdfast *hf = town->ada.hf;
    struct holdfast_edit *none = NULL;
    struct holdfast_identity identity;
    struct holdfast_id ignored;
    uint8_t digest[HOLDFAST_DIGEST_BYTES];
    assert_false(lease_of(town).is_over);
    assert_int_equal(lease_of(town).days, 14);
    days_go_by(town, 14);
    assert_true(lease_of(town).is_over);
    refused(&town->ada, holdfast_read(hf, &town->record, NULL, NULL, NULL), HOLDFAST_EXPIRED, "14 days");
    refused(&town->ada, holdfast_list(hf, NULL, NULL, NULL), HOLDFAST_EXPIRED, "sync");
    refused(&town->ada, holdfast_cases(hf, NULL, NULL), HOLDFAST_EXPIRED, "sync");
    refused(&town->ada, holdfast_history(hf, &town->record, NULL, NULL), HOLDFAST_EXPIRED, "sync");
    refused(&town->ada, holdfast_conflicts(hf, NULL, NULL, NULL), HOLDFAST_EXPIRED, "sync");
    refused(&town->ada, holdfast_digest(hf, NULL, digest), HOLDFAST_EXPIRED, "sync");
    refused(&town->ada, holdfast_case_new(hf, "C-18", &ignored), HOLDFAST_EXPIRED, "sync");
    refused(&town->ada, holdfast_edit_record(hf, &town->record, &none), HOLDFAST_EXPIRED, "sync");
    ok(&town->ada, holdfast_get_identity(hf, &identity));
    assert_int_equal(counts(&town->ada).saved_here, 3);
}

static void the_clock_set_back_and_a_new_unlock__do_not_open_them(void **state)
{
    struct town *town = *state;
    days_go_by(town, 14); /* every look after this one has the clock of today, which is 14 days back */
    refused(&town->ada, holdfast_read(town->ada.hf, &town->record, NULL, NULL, NULL), HOLDFAST_EXPIRED, "sync");
    holdfast_lock(town->ada.hf);
    ok(&town->ada, holdfast_unlock(town->ada.hf, PASSPHRASE));
    refused(&town->ada, holdfast_read(town->ada.hf, &town->record, NULL, NULL, NULL), HOLDFAST_EXPIRED, "sync");
}

static void a_sync__opens_them_again_and_sends_what_was_unsent(void **state)
{
    struct town *town = *state;
    struct holdfast_edit *open = NULL;
    struct holdfast_sync_progress progress = {0};
    ok(&town->ada, holdfast_edit_record(town->ada.hf, &town->record, &open));
    ok(&town->ada, holdfast_edit_set(open, "text", "Write to the school"));
    days_go_by(town, 20);
    refused(&town->ada, holdfast_edit_commit(open, NULL), HOLDFAST_EXPIRED, "sync");
    ok(&town->ada, sync_over_tcp(&town->ada, &progress));
    assert_int_equal(progress.pushed, 3);
    assert_false(lease_of(town).is_over);
    assert_true(lease_of(town).ends_ms > hf_wall_ms() + 13 * HF_LEASE_DAY_MS);
    assert_string_equal(field_text(&town->ada, &town->record, "text"), "Call the school");
    ok(&town->ada, holdfast_edit_commit(open, NULL));
    assert_string_equal(field_text(&town->ada, &town->record, "text"), "Write to the school");
}

static void the_office__says_how_long_a_device_may_go_without_it(void **state)
{
    struct town *town = *state;
    office_at_rest(town->office)->faults.lease_days = 3;
    ok(&town->ada, sync_over_tcp(&town->ada, NULL));
    assert_int_equal(lease_of(town).days, 3);
    days_go_by(town, 2);
    assert_false(lease_of(town).is_over);
    days_go_by(town, 3);
    refused(&town->ada, holdfast_read(town->ada.hf, &town->record, NULL, NULL, NULL), HOLDFAST_EXPIRED, "3 days");
    office_at_rest(town->office)->faults.lease_days = 30;
    ok(&town->ada, sync_over_tcp(&town->ada, NULL));
    assert_int_equal(lease_of(town).days, 30);
    days_go_by(town, 29);
    assert_false(lease_of(town).is_over);
}

static void a_revoked_device__hands_in_and_gets_no_new_lease(void **state)
{
    struct town *town = *state;
    sync_in_memory(&town->ada, town->office);
    save(&town->ada, &town->record, "text", "Write to the school");
    town->office->devices[0].revoked = true;
    days_go_by(town, 14);
    sync_in_memory(&town->ada, town->office);
    assert_int_equal(counts(&town->ada).saved_here, 0);
    assert_true(lease_of(town).is_over);
}

/* --- nobody at work --- */

#define MINUTE_MS 60000u

static void idle_for_long_enough__locks_once(void **state)
{
    struct town *town = *state;
    struct holdfast *hf = town->ada.hf;
    uint64_t left_ms = 0;
    assert_false(holdfast_idle_check(hf, hf_machine_ms() + 1000 * MINUTE_MS, &left_ms));
    assert_true(left_ms == UINT64_MAX); /* nobody asked for it */
    holdfast_set_idle_lock(hf, 10 * MINUTE_MS);
    assert_false(holdfast_idle_check(hf, hf->active_ms + 9 * MINUTE_MS, &left_ms));
    assert_int_equal(left_ms, MINUTE_MS);
    assert_int_equal(holdfast_get_state(hf), HOLDFAST_UNLOCKED);
    assert_true(holdfast_idle_check(hf, hf->active_ms + 10 * MINUTE_MS, &left_ms));
    assert_int_equal(holdfast_get_state(hf), HOLDFAST_IS_LOCKED);
    assert_false(holdfast_idle_check(hf, hf->active_ms + 20 * MINUTE_MS, &left_ms));
    ok(&town->ada, holdfast_unlock(hf, PASSPHRASE));
    assert_false(holdfast_idle_check(hf, 0, &left_ms)); /* unlocking is a sign of a person */
    assert_true(left_ms <= 10 * MINUTE_MS && left_ms > 0);
}

static void reading_and_typing__put_it_off_and_looking_at_counts_does_not(void **state)
{
    struct town *town = *state;
    struct holdfast *hf = town->ada.hf;
    holdfast_set_idle_lock(hf, 10 * MINUTE_MS);
    hf->active_ms = 1;
    (void)counts(&town->ada);
    (void)lease_of(town);
    sync_in_memory(&town->ada, town->office);
    assert_int_equal(hf->active_ms, 1);
    (void)field_text(&town->ada, &town->record, "text");
    assert_true(hf->active_ms > 1);
    hf->active_ms = 1;
    holdfast_idle_touch(hf);
    assert_true(hf->active_ms > 1);
    assert_false(holdfast_idle_check(hf, 0, NULL));
}

struct nested {
    struct holdfast *hf;
    bool locked;
};

static bool check_inside(void *ctx, const struct holdfast_case_row *row)
{
    struct nested *nested = ctx;
    (void)row;
    nested->locked = holdfast_idle_check(nested->hf, hf_machine_ms() + 1000 * MINUTE_MS, NULL);
    return true;
}

static void a_check_inside_a_callback__never_locks(void **state)
{
    struct town *town = *state;
    struct nested nested = {.hf = town->ada.hf, .locked = true};
    holdfast_set_idle_lock(town->ada.hf, MINUTE_MS);
    ok(&town->ada, holdfast_cases(town->ada.hf, check_inside, &nested));
    assert_false(nested.locked);
    assert_int_equal(holdfast_get_state(town->ada.hf), HOLDFAST_UNLOCKED);
}

/* --- open edits --- */

static bool holds(const void *bytes, size_t len, const char *words)
{
    const size_t want = strlen(words);
    for (size_t i = 0; i + want <= len; i++)
        if (memcmp((const char *)bytes + i, words, want) == 0)
            return true;
    return false;
}

static void open_edits__are_sealed_by_a_lock_and_go_on_after_it(void **state)
{
    struct town *town = *state;
    struct holdfast *hf = town->ada.hf;
    struct holdfast_edit *first = NULL;
    struct holdfast_edit *second = NULL;
    ok(&town->ada, holdfast_edit_record(hf, &town->record, &first));
    ok(&town->ada, holdfast_edit_set(first, "text", "Write to the invented school"));
    ok(&town->ada, holdfast_edit_reason(first, "The line was busy"));
    ok(&town->ada, holdfast_edit_new(hf, &town->case_id, "child", NULL, NULL, &second));
    ok(&town->ada, holdfast_edit_set(second, "name", "Robin Invented"));
    ok(&town->ada, holdfast_edit_add(second, "identifiers", "pupil 4821"));
    const struct holdfast_id child = holdfast_edit_id(second);
    holdfast_lock(hf);
    refused(&town->ada, holdfast_edit_set(first, "text", "More"), HOLDFAST_LOCKED, "passphrase");
    refused(&town->ada, holdfast_edit_commit(first, NULL), HOLDFAST_LOCKED, "passphrase");
    assert_int_equal(first->count + second->count, 0);
    assert_true(first->sealed.len > 0);
    assert_false(holds(first->sealed.data, first->sealed.len, "invented school"));
    ok(&town->ada, holdfast_unlock(hf, PASSPHRASE));
    holdfast_lock(hf);
    ok(&town->ada, holdfast_unlock(hf, PASSPHRASE));
    ok(&town->ada, holdfast_edit_commit(first, NULL));
    ok(&town->ada, holdfast_edit_commit(second, NULL));
    assert_string_equal(field_text(&town->ada, &town->record, "text"), "Write to the invented school");
    assert_string_equal(field_text(&town->ada, &child, "name"), "Robin Invented");
    assert_string_equal(field_text(&town->ada, &child, "identifiers"), "pupil 4821");
}

static void a_sync_between_lock_and_commit__still_shows_as_a_clash(void **state)
{
    struct town *town = *state;
    struct holdfast_edit *open = NULL;
    struct client ben = client_enrolled(town->office, "Ben Invented", HF_ROLE_OFFICE);
    sync_in_memory(&town->ada, town->office);
    sync_in_memory(&ben, town->office);
    ok(&town->ada, holdfast_edit_record(town->ada.hf, &town->record, &open));
    ok(&town->ada, holdfast_edit_set(open, "status", "done"));
    ok(&town->ada, holdfast_edit_set(open, "text", "Ada's words"));
    holdfast_lock(town->ada.hf);
    save(&ben, &town->record, "text", "Ben's words");
    sync_in_memory(&ben, town->office);
    ok(&town->ada, holdfast_unlock(town->ada.hf, PASSPHRASE));
    sync_in_memory(&town->ada, town->office);
    ok(&town->ada, holdfast_edit_commit(open, NULL));
    assert_int_equal(field_text(&town->ada, &town->record, "text")[0], '!');
    client_free(&ben);
}

static void edits_cancelled_while_locked_or_after_closing__do_no_harm(void **state)
{
    struct town *town = *state;
    struct holdfast_edit *first = NULL;
    struct holdfast_edit *second = NULL;
    ok(&town->ada, holdfast_edit_record(town->ada.hf, &town->record, &first));
    ok(&town->ada, holdfast_edit_record(town->ada.hf, &town->record, &second));
    holdfast_lock(town->ada.hf);
    holdfast_edit_cancel(first);
    holdfast_close(town->ada.hf);
    holdfast_edit_cancel(second);
    assert_int_equal(holdfast_open(town->ada.folder, &town->ada.hf), HOLDFAST_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(no_contact_for_14_days__closes_the_records_and_only_them, town_setup,
                                        town_teardown),
        cmocka_unit_test_setup_teardown(the_clock_set_back_and_a_new_unlock__do_not_open_them, town_setup,
                                        town_teardown),
        cmocka_unit_test_setup_teardown(a_sync__opens_them_again_and_sends_what_was_unsent, town_setup, town_teardown),
        cmocka_unit_test_setup_teardown(the_office__says_how_long_a_device_may_go_without_it, town_setup,
                                        town_teardown),
        cmocka_unit_test_setup_teardown(a_revoked_device__hands_in_and_gets_no_new_lease, town_setup, town_teardown),
        cmocka_unit_test_setup_teardown(idle_for_long_enough__locks_once, town_setup, town_teardown),
        cmocka_unit_test_setup_teardown(reading_and_typing__put_it_off_and_looking_at_counts_does_not, town_setup,
                                        town_teardown),
        cmocka_unit_test_setup_teardown(a_check_inside_a_callback__never_locks, town_setup, town_teardown),
        cmocka_unit_test_setup_teardown(open_edits__are_sealed_by_a_lock_and_go_on_after_it, town_setup, town_teardown),
        cmocka_unit_test_setup_teardown(a_sync_between_lock_and_commit__still_shows_as_a_clash, town_setup,
                                        town_teardown),
        cmocka_unit_test_setup_teardown(edits_cancelled_while_locked_or_after_closing__do_no_harm, town_setup,
                                        town_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
