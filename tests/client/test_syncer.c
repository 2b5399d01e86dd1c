/* The syncer against the office's session machine, in memory: standing, certificate, clock, and cuts at any message. */
#include "tests/client/support_client.h"

#include "client/attention.h"
#include "client/syncer.h"

#include <stdlib.h>
#include <string.h>

#define WALL_MS 1800000000000ull

struct meeting {
    struct office *office;
    struct client ada;
    struct holdfast_id case_id, record;

    /* one conversation */
    struct hf_syncer *syncer;
    struct office_peer *peer;
    struct hf_buf to_office[8], to_client[8];
    size_t to_office_count, to_client_count;
    uint64_t mono_ms;
    size_t moved; /* messages so far */
    size_t told;
};

static int setup(void **state)
{
    struct meeting *meeting = calloc(1, sizeof *meeting);
    meeting->office = office_new();
    meeting->ada = client_enrolled(meeting->office, "Ada Invented", HF_ROLE_OFFICE);
    meeting->case_id = new_case(&meeting->ada, "C-17");
    meeting->record = new_record(&meeting->ada, &meeting->case_id, "action", "text", "Call the school");
    *state = meeting;
    return 0;
}

static int teardown(void **state)
{
    struct meeting *meeting = *state;
    client_free(&meeting->ada);
    office_free(meeting->office);
    free(meeting);
    return 0;
}

static void put(struct hf_buf *queue, size_t *count, struct hf_slice message)
{
    assert_true(*count < 8);
    queue[*count] = (struct hf_buf){0};
    hf_buf_append_slice(&queue[(*count)++], message);
}

static struct hf_buf take(struct hf_buf *queue, size_t *count)
{
    struct hf_buf first = queue[0];
    memmove(queue, queue + 1, --*count * sizeof *queue);
    return first;
}

static enum hf_status send_to_office(void *ctx, struct hf_slice message)
{
    struct meeting *meeting = ctx;
    put(meeting->to_office, &meeting->to_office_count, message);
    return HF_OK;
}

static void send_to_client(void *ctx, struct hf_slice message)
{
    struct meeting *meeting = ctx;
    put(meeting->to_client, &meeting->to_client_count, message);
}

static void count_change(void *ctx, const struct hf_id *case_id, const struct hf_id *record)
{
    struct meeting *meeting = ctx;
    assert_false(hf_id_is_zero(case_id));
    assert_false(hf_id_is_zero(record));
    meeting->told++;
}

static struct hf_syncer_now now(const struct meeting *meeting)
{
    return (struct hf_syncer_now){.wall_ms = WALL_MS, .mono_ms = meeting->mono_ms};
}

static struct office_device *device(struct meeting *meeting)
{
    return office_device_of(meeting->office, hf_replica_identity(meeting->ada.hf->replica)->sign.public_key);
}

static void begin(struct meeting *meeting)
{
    const struct hf_peer who = office_peer_of(device(meeting));
    const struct hf_syncer_hooks hooks = {.ctx = meeting, .send = send_to_office, .changed = count_change};
    meeting->moved = meeting->told = 0;
    meeting->mono_ms = 50000;
    meeting->peer = office_peer_new(meeting->office, &who);
    assert_int_equal(hf_syncer_new(meeting->ada.hf->replica, &hooks, &meeting->syncer), HF_OK);
    hf_syncer_start(meeting->syncer, now(meeting));
}

/* Carries one message; false when there is none. */
static bool carry(struct meeting *meeting)
{
    struct hf_buf message;
    if (meeting->to_office_count > 0) {
        message = take(meeting->to_office, &meeting->to_office_count);
        (void)office_peer_take(meeting->peer, hf_buf_slice(&message), send_to_client, meeting);
    } else if (meeting->to_client_count > 0) {
        message = take(meeting->to_client, &meeting->to_client_count);
        hf_syncer_message(meeting->syncer, hf_buf_slice(&message), now(meeting));
    } else {
        return false;
    }
    hf_buf_clear(&message);
    meeting->moved++;
    return true;
}

static void end(struct meeting *meeting)
{
    while (meeting->to_office_count > 0)
        hf_buf_clear(&meeting->to_office[--meeting->to_office_count]);
    while (meeting->to_client_count > 0)
        hf_buf_clear(&meeting->to_client[--meeting->to_client_count]);
    hf_syncer_free(meeting->syncer);
    office_peer_free(meeting->peer);
}

static struct hf_error failure_of_a_sync(struct meeting *meeting)
{
    begin(meeting);
    while (carry(meeting))
        ;
    assert_int_equal(hf_syncer_state(meeting->syncer), HF_SYNCER_FAILED);
    const struct hf_error err = *hf_syncer_error(meeting->syncer);
    assert_int_equal(hf_syncer_wake_ms(meeting->syncer), UINT64_MAX);
    end(meeting);
    return err;
}

static void a_sync__sends_receives_and_proves(void **state)
{
    struct meeting *meeting = *state;
    struct hf_syncer_progress progress;
    assert_int_equal(counts(&meeting->ada).saved_here, 3);
    begin(meeting);
    while (carry(meeting))
        ;
    assert_int_equal(hf_syncer_state(meeting->syncer), HF_SYNCER_DONE);
    hf_syncer_progress(meeting->syncer, &progress);
    assert_int_equal(progress.pushed, 3);
    assert_false(progress.hand_in);
    end(meeting);
    const struct holdfast_counts after = counts(&meeting->ada);
    assert_int_equal(after.saved_here, 0);
    assert_int_equal(after.sent, 0);
    assert_int_equal(after.received, 3);
    assert_int_equal(after.checkpoint_size, meeting->office->server->size);
    assert_int_equal(after.last_sync_ms, WALL_MS);
    assert_true(meeting->told >= 2); /* the case and the action */
}

/* Whatever message the line is cut at, nothing is lost, nothing is there twice, and the next sync ends it. */
static void a_sync_cut_at_any_message__goes_on_at_the_next(void **state)
{
    struct meeting *meeting = *state;
    size_t cut = 0;
    bool whole = false;
    while (!whole) {
        save(&meeting->ada, &meeting->record, "text", cut % 2 ? "one" : "two");
        begin(meeting);
        while (meeting->moved < cut && carry(meeting))
            ;
        whole = hf_syncer_state(meeting->syncer) == HF_SYNCER_DONE;
        end(meeting);
        cut++;
    }
    assert_true(cut > 6);
    sync_in_memory(&meeting->ada, meeting->office);
    const struct holdfast_counts after = counts(&meeting->ada);
    assert_int_equal(after.received, 3 + cut);
    assert_int_equal(after.saved_here + after.sent, 0);
    assert_int_equal(after.conflicts, 0);
}

static void many_changes__go_in_several_pushes(void **state)
{
    struct meeting *meeting = *state;
    for (size_t i = 0; i < HF_LIMIT_PUSH_ITEMS + 40; i++)
        save(&meeting->ada, &meeting->record, "text", i % 2 ? "one" : "two");
    sync_in_memory(&meeting->ada, meeting->office);
    assert_int_equal(counts(&meeting->ada).received, 3 + HF_LIMIT_PUSH_ITEMS + 40);
}

static void long_changes__keep_to_the_bytes_of_a_push(void **state)
{
    struct meeting *meeting = *state;
    static char text[19001];
    memset(text, 'a', sizeof text - 1);
    for (size_t i = 0; i < 80; i++) {
        text[0] = (char)('a' + i % 26);
        save(&meeting->ada, &meeting->record, "text", text);
    }
    sync_in_memory(&meeting->ada, meeting->office);
    assert_int_equal(counts(&meeting->ada).received, 83);
}

static void clock_offset__is_the_servers_time_less_half_the_round_trip(void **state)
{
    struct meeting *meeting = *state;
    struct hf_syncer_progress progress;
    struct hf_message welcome = {0};
    begin(meeting);
    assert_true(carry(meeting));
    assert_int_equal(hf_message_decode(hf_buf_slice(&meeting->to_client[0]), &welcome), HF_OK);
    const int64_t server_ms = (int64_t)welcome.as.welcome.server_ms;
    hf_message_clear(&welcome);
    meeting->mono_ms += 600; /* there and back */
    assert_true(carry(meeting));
    hf_syncer_progress(meeting->syncer, &progress);
    assert_int_equal(progress.clock_offset_ms, server_ms + 300 - (int64_t)WALL_MS);
    end(meeting);
}

/* A device years behind syncs like any other, is told, and keeps what was measured. */
static void clock_years_off__is_told_and_kept(void **state)
{
    struct meeting *meeting = *state;
    struct holdfast_clock clock = {0};
    struct hf_syncer_progress progress;
    assert_int_equal(holdfast_get_clock(meeting->ada.hf, &clock), HOLDFAST_OK);
    assert_int_equal(clock.measured_ms, 0);
    assert_string_equal(clock.text, "");
    begin(meeting);
    while (carry(meeting))
        ;
    hf_syncer_progress(meeting->syncer, &progress);
    assert_int_equal(hf_syncer_state(meeting->syncer), HF_SYNCER_DONE);
    end(meeting);
    assert_int_equal(holdfast_get_clock(meeting->ada.hf, &clock), HOLDFAST_OK);
    assert_int_equal(clock.offset_ms, progress.clock_offset_ms);
    assert_int_equal(clock.measured_ms, WALL_MS);
}

static void clock_text__says_how_far_and_which_way(void **state)
{
    const int64_t minute = 60000, day = 24 * 60 * minute;
    char text[HF_CLOCK_TEXT_BYTES];
    (void)state;
    hf_clock_text(4 * minute, text);
    assert_string_equal(text, "");
    hf_clock_text(-4 * minute, text);
    assert_string_equal(text, "");
    hf_clock_text(3 * 31556952000ll + 2 * 2629746000ll + day, text);
    assert_non_null(strstr(text, "clock is 3 years 2 months slow"));
    hf_clock_text(-(day + 60 * minute), text);
    assert_non_null(strstr(text, "clock is 1 day 1 hour fast"));
    hf_clock_text(-6 * minute, text);
    assert_non_null(strstr(text, "clock is 6 minutes fast"));
}

/* The question whether the office is still there has ten seconds, however its own bytes move: they move into a buffer.
 */
static void a_check__is_not_lengthened_by_the_bytes_that_leave(void **state)
{
    struct meeting *meeting = *state;
    begin(meeting);
    while (carry(meeting))
        ;
    assert_int_equal(hf_syncer_state(meeting->syncer), HF_SYNCER_DONE);
    hf_syncer_check(meeting->syncer, now(meeting));
    hf_syncer_moving(meeting->syncer, now(meeting));
    meeting->mono_ms += HF_LIMIT_CHECK_MS - 1;
    hf_syncer_tick(meeting->syncer, now(meeting));
    assert_int_equal(hf_syncer_state(meeting->syncer), HF_SYNCER_DONE);
    meeting->mono_ms += 1;
    hf_syncer_tick(meeting->syncer, now(meeting));
    assert_int_equal(hf_syncer_state(meeting->syncer), HF_SYNCER_FAILED);
    end(meeting);
}

static void revoked_device__hands_in_and_may_save_no_more(void **state)
{
    struct meeting *meeting = *state;
    struct hf_syncer_progress progress;
    struct holdfast_identity identity;
    struct holdfast_id ignored;
    device(meeting)->revoked = true;
    begin(meeting);
    while (carry(meeting))
        ;
    assert_int_equal(hf_syncer_state(meeting->syncer), HF_SYNCER_DONE);
    hf_syncer_progress(meeting->syncer, &progress);
    assert_true(progress.hand_in);
    assert_int_equal(progress.pushed, 3);
    end(meeting);
    ok(&meeting->ada, holdfast_get_identity(meeting->ada.hf, &identity));
    assert_true(identity.enrolled && identity.revoked);
    refused(&meeting->ada, holdfast_case_new(meeting->ada.hf, "C-18", &ignored), HOLDFAST_REVOKED, "office");
    holdfast_lock(meeting->ada.hf);
    ok(&meeting->ada, holdfast_unlock(meeting->ada.hf, PASSPHRASE));
    ok(&meeting->ada, holdfast_get_identity(meeting->ada.hf, &identity));
    assert_true(identity.revoked);
}

static void set_state(struct meeting *meeting, enum hf_identity_state state)
{
    struct hf_identity identity = *hf_replica_identity(meeting->ada.hf->replica);
    identity.state = state;
    assert_int_equal(hf_replica_identity_put(meeting->ada.hf->replica, &identity, NULL), HF_OK);
}

static void pending_device__waits_until_it_is_confirmed(void **state)
{
    struct meeting *meeting = *state;
    struct holdfast_identity identity;
    set_state(meeting, HF_IDENTITY_PENDING);
    device(meeting)->pending = true;
    assert_int_equal(failure_of_a_sync(meeting).status, HF_ERR_WAITING);
    ok(&meeting->ada, holdfast_get_identity(meeting->ada.hf, &identity));
    assert_false(identity.enrolled);
    device(meeting)->pending = false;
    sync_in_memory(&meeting->ada, meeting->office);
    ok(&meeting->ada, holdfast_get_identity(meeting->ada.hf, &identity));
    assert_true(identity.enrolled);
}

static void another_certificate__ends_the_sync_before_anything_is_sent(void **state)
{
    struct meeting *meeting = *state;
    const uint64_t size = meeting->office->server->size;
    meeting->office->faults.certificate_gone = true;
    assert_int_equal(failure_of_a_sync(meeting).status, HF_ERR_AUTH);
    assert_int_equal(meeting->office->server->size, size);
    assert_int_equal(counts(&meeting->ada).saved_here, 3);
}

/* The device's own view of the office's keys is changed instead of the office's. */
static void know_otherwise(struct meeting *meeting, uint64_t serials, uint8_t key)
{
    struct hf_identity identity = *hf_replica_identity(meeting->ada.hf->replica);
    identity.serial += serials;
    identity.server_device[0] ^= key;
    assert_int_equal(hf_replica_identity_put(meeting->ada.hf->replica, &identity, NULL), HF_OK);
}

static void keys_given_up_or_other_keys_of_the_same_number__end_the_sync_before_anything_is_sent(void **state)
{
    struct meeting *meeting = *state;
    const uint64_t size = meeting->office->server->size;
    const struct hf_identity known = *hf_replica_identity(meeting->ada.hf->replica);
    know_otherwise(meeting, 1, 0); /* what the office shows is older */
    assert_int_equal(failure_of_a_sync(meeting).status, HF_ERR_AUTH);
    assert_int_equal(hf_replica_identity_put(meeting->ada.hf->replica, &known, NULL), HF_OK);
    know_otherwise(meeting, 0, 1);
    assert_int_equal(failure_of_a_sync(meeting).status, HF_ERR_AUTH);
    assert_int_equal(meeting->office->server->size, size);
    assert_int_equal(counts(&meeting->ada).saved_here, 3);
    assert_int_equal(hf_replica_identity_put(meeting->ada.hf->replica, &known, NULL), HF_OK);
    sync_in_memory(&meeting->ada, meeting->office);
}

/* What is not shown changes nothing: the device goes on believing the keys that it knows, and no others. */
static void a_certificate_left_out__changes_no_key(void **state)
{
    struct meeting *meeting = *state;
    const struct hf_identity known = *hf_replica_identity(meeting->ada.hf->replica);
    meeting->office->faults.certificate_left_out = true;
    sync_in_memory(&meeting->ada, meeting->office);
    const struct hf_identity *now_known = hf_replica_identity(meeting->ada.hf->replica);
    assert_int_equal(now_known->serial, known.serial);
    assert_memory_equal(now_known->log_key, known.log_key, sizeof known.log_key);
    assert_memory_equal(now_known->server_device, known.server_device, sizeof known.server_device);
    assert_int_equal(hf_certificate_known(now_known), hf_certificate_known(&known));
    assert_int_equal(counts(&meeting->ada).received, 3); /* proved under those keys */
}

static void a_server_with_an_old_log__changes_no_standing(void **state)
{
    struct meeting *meeting = *state;
    struct holdfast_identity identity;
    sync_in_memory(&meeting->ada, meeting->office);
    struct office *other = office_new(); /* the same keys, and a log without this device's changes */
    struct hf_identity known = *hf_replica_identity(meeting->ada.hf->replica);
    office_add_device(other, &known);
    struct office *real = meeting->office;
    meeting->office = other;
    device(meeting)->revoked = true;
    assert_int_equal(failure_of_a_sync(meeting).status, HF_ERR_STATE);
    meeting->office = real;
    office_free(other);
    ok(&meeting->ada, holdfast_get_identity(meeting->ada.hf, &identity));
    assert_false(identity.revoked);
    sync_in_memory(&meeting->ada, meeting->office);
}

static void garbage__ends_the_sync_with_everything_saved(void **state)
{
    struct meeting *meeting = *state;
    begin(meeting);
    hf_syncer_message(meeting->syncer, hf_slice_str("garbage"), now(meeting));
    assert_int_equal(hf_syncer_state(meeting->syncer), HF_SYNCER_FAILED);
    assert_int_equal(hf_syncer_error(meeting->syncer)->status, HF_ERR_PROTOCOL);
    hf_syncer_message(meeting->syncer, hf_slice_str("more"), now(meeting));
    hf_syncer_tick(meeting->syncer, now(meeting));
    end(meeting);
    assert_int_equal(counts(&meeting->ada).saved_here, 3);
}

#define HOUR_MS 3600000

/* Radio and processor of a phone: between keep-alives nobody is woken, and nothing goes over the line. */
static void a_quiet_hour__costs_its_keep_alives_and_nothing_else(void **state)
{
    struct meeting *meeting = *state;
    const struct hf_peer who = office_peer_of(device(meeting));
    const struct hf_syncer_hooks hooks = {.ctx = meeting, .send = send_to_office};
    meeting->mono_ms = 50000;
    meeting->moved = 0;
    meeting->peer = office_peer_new(meeting->office, &who);
    assert_int_equal(hf_syncer_new(meeting->ada.hf->replica, &hooks, &meeting->syncer), HF_OK);
    hf_syncer_stay(meeting->syncer);
    hf_syncer_start(meeting->syncer, now(meeting));
    while (carry(meeting))
        ;
    assert_int_equal(hf_syncer_state(meeting->syncer), HF_SYNCER_DONE);
    const size_t moved = meeting->moved;
    const uint64_t until_ms = meeting->mono_ms + HOUR_MS;
    size_t wakes = 0;
    for (; hf_syncer_rest_until_ms(meeting->syncer) < until_ms; wakes++) {
        assert_true(hf_syncer_rest_until_ms(meeting->syncer) > meeting->mono_ms);
        meeting->mono_ms = hf_syncer_rest_until_ms(meeting->syncer);
        hf_syncer_poke(meeting->syncer, now(meeting));
        hf_syncer_tick(meeting->syncer, now(meeting));
        while (carry(meeting))
            ;
        assert_int_equal(hf_syncer_state(meeting->syncer), HF_SYNCER_DONE);
    }
    assert_in_range(wakes, HOUR_MS / HF_LIMIT_KEEP_ALIVE_MS - 1, HOUR_MS / HF_LIMIT_KEEP_ALIVE_MS);
    assert_int_equal(meeting->moved - moved, 2 * wakes); /* there and back */
    end(meeting);
}

static void a_silent_office__ends_the_sync_in_time(void **state)
{
    struct meeting *meeting = *state;
    begin(meeting);
    assert_true(hf_syncer_wake_ms(meeting->syncer) <= 50000 + HF_LIMIT_REPLY_MS);
    meeting->mono_ms = hf_syncer_wake_ms(meeting->syncer);
    hf_syncer_tick(meeting->syncer, now(meeting));
    assert_int_equal(hf_syncer_error(meeting->syncer)->status, HF_ERR_TIMEOUT);
    end(meeting);
}

static void held_change__loses_its_effect_and_says_why(void **state)
{
    struct meeting *meeting = *state;
    meeting->office->server->hold = HF_HOLD_RIGHT;
    meeting->office->server->hold_seq = 2; /* the action */
    sync_in_memory(&meeting->ada, meeting->office);
    assert_int_equal(counts(&meeting->ada).held, 1);
    refused(&meeting->ada, holdfast_read(meeting->ada.hf, &meeting->record, NULL, NULL, NULL), HOLDFAST_NOT_FOUND,
            "record");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_sync__sends_receives_and_proves, setup, teardown),
        cmocka_unit_test_setup_teardown(a_sync_cut_at_any_message__goes_on_at_the_next, setup, teardown),
        cmocka_unit_test_setup_teardown(many_changes__go_in_several_pushes, setup, teardown),
        cmocka_unit_test_setup_teardown(long_changes__keep_to_the_bytes_of_a_push, setup, teardown),
        cmocka_unit_test_setup_teardown(clock_offset__is_the_servers_time_less_half_the_round_trip, setup, teardown),
        cmocka_unit_test_setup_teardown(clock_years_off__is_told_and_kept, setup, teardown),
        cmocka_unit_test_setup_teardown(a_check__is_not_lengthened_by_the_bytes_that_leave, setup, teardown),
        cmocka_unit_test(clock_text__says_how_far_and_which_way),
        cmocka_unit_test_setup_teardown(revoked_device__hands_in_and_may_save_no_more, setup, teardown),
        cmocka_unit_test_setup_teardown(pending_device__waits_until_it_is_confirmed, setup, teardown),
        cmocka_unit_test_setup_teardown(another_certificate__ends_the_sync_before_anything_is_sent, setup, teardown),
        cmocka_unit_test_setup_teardown(
            keys_given_up_or_other_keys_of_the_same_number__end_the_sync_before_anything_is_sent, setup, teardown),
        cmocka_unit_test_setup_teardown(a_certificate_left_out__changes_no_key, setup, teardown),
        cmocka_unit_test_setup_teardown(a_server_with_an_old_log__changes_no_standing, setup, teardown),
        cmocka_unit_test_setup_teardown(garbage__ends_the_sync_with_everything_saved, setup, teardown),
        cmocka_unit_test_setup_teardown(a_quiet_hour__costs_its_keep_alives_and_nothing_else, setup, teardown),
        cmocka_unit_test_setup_teardown(a_silent_office__ends_the_sync_in_time, setup, teardown),
        cmocka_unit_test_setup_teardown(held_change__loses_its_effect_and_says_why, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
