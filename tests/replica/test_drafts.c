/* Drafts in the vault: strict bytes, limits, and nothing lost but the call under way when the program is killed. */
#include "tests/replica/support_world.h"

#include "core/model/draft_item.h"
#include "core/replica/draft_sync.h"
#include "core/replica/drafts_internal.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static enum hf_status try_put(struct world *world, const struct hf_id *record_id, const char *text)
{
    const struct hf_draft_put_field field = {.field = ACTION_TEXT, .text = hf_slice_str(text)};
    const struct hf_draft_put put = {.case_id = world->case_id,
                                     .record_id = *record_id,
                                     .type = TYPE_ACTION,
                                     .form = hf_slice_str("action/1"),
                                     .fields = &field,
                                     .field_count = 1};
    return hf_replica_draft_put(world->device->replica, &put, ++world->device->now_ms, &world->device->err);
}

static void text_of(struct world *world, const struct hf_id *record_id, char *out, size_t size)
{
    struct hf_buf bytes = {0};
    struct hf_draft draft;
    out[0] = '\0';
    const enum hf_status status =
        hf_replica_draft(world->device->replica, record_id, NULL, &bytes, &draft, &world->device->err);
    if (status == HF_OK)
        (void)snprintf(out, size, "%.*s", (int)draft.fields[0].text.len, (const char *)draft.fields[0].text.data);
    else
        assert_int_equal(status, HF_ERR_NOT_FOUND);
    hf_buf_wipe(&bytes);
}

/* --- kill -9 --- */

static void type_until_killed(struct world *world, const struct hf_id *record_id, int report)
{
    char text[32];
    world->device->replica = NULL;
    if (device_open(world->device) != HF_OK)
        _exit(1);
    for (uint32_t word = 1;; word++) {
        (void)snprintf(text, sizeof text, "%u words", (unsigned)word);
        if (try_put(world, record_id, text) != HF_OK || write(report, &word, sizeof word) != sizeof word)
            _exit(1);
    }
}

/* The last word that the child reported before it was killed. */
static uint32_t kill_after(struct world *world, const struct hf_id *record_id, uint32_t words)
{
    int ends[2];
    uint32_t last = 0;
    uint32_t word = 0;
    assert_int_equal(pipe(ends), 0);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(ends[0]);
        type_until_killed(world, record_id, ends[1]);
    }
    close(ends[1]);
    while (read(ends[0], &word, sizeof word) == sizeof word) {
        last = word;
        if (word == words)
            kill(child, SIGKILL);
    }
    close(ends[0]);
    int how = 0;
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_true(WIFSIGNALED(how) && WTERMSIG(how) == SIGKILL);
    return last;
}

static void killed_while_typing__loses_at_most_the_call_under_way(void **state)
{
    struct world *world = *state;
    const struct hf_id record_id = device_id(world->device);
    for (uint32_t round = 1; round <= 5; round++) {
        char text[32];
        unsigned kept = 0;
        device_close(world->device);
        const uint32_t reported = kill_after(world, &record_id, round * 3);
        assert_int_equal(device_open(world->device), HF_OK);
        text_of(world, &record_id, text, sizeof text);
        assert_int_equal(sscanf(text, "%u words", &kept), 1);
        assert_true(kept == reported || kept == reported + 1);
    }
}

/* --- clocks --- */

static uint64_t version_of(struct world *world, const struct hf_id *record_id)
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, world->device->replica, "SELECT version FROM drafts WHERE record_id = ?");
    hf_rows_bind_id(&rows, record_id);
    const uint64_t version = hf_rows_next(&rows) ? hf_rows_u64(&rows, 0) : 0;
    assert_int_equal(hf_rows_end(&rows, NULL), HF_OK);
    return version;
}

/* An end of the draft before, told late by the office, must not take the words that were typed after the clock had been
 * put right. */
static void a_draft_after_the_clock_was_set_back__is_newer_than_the_one_before(void **state)
{
    struct world *world = *state;
    struct device *device = world->device;
    const struct hf_id record_id = device_id(device);
    const uint64_t right_ms = device->now_ms;
    char text[64];
    device->now_ms += 10ull * 365 * 24 * 3600 * 1000;
    assert_int_equal(try_put(world, &record_id, "typed while the clock was ten years ahead"), HF_OK);
    const uint64_t before = version_of(world, &record_id);
    assert_int_equal(hf_replica_draft_discard(device->replica, &record_id, &device->err), HF_OK);
    device->now_ms = right_ms;
    assert_int_equal(try_put(world, &record_id, "typed after it was put right"), HF_OK);
    assert_true(version_of(world, &record_id) > before);
    const struct hf_draft_ref ended = {.record_id = record_id, .version = before};
    const struct hf_drafts_out out = {0};
    const struct hf_drafts_in in = {.ended = &ended, .ended_count = 1};
    assert_int_equal(hf_replica_drafts_in(device->replica, &out, &in, &device->err), HF_OK);
    text_of(world, &record_id, text, sizeof text);
    assert_string_equal(text, "typed after it was put right");
}

/* --- bytes --- */

static void make_bytes(struct world *world, struct hf_buf *out)
{
    struct hf_rows rows;
    const struct hf_id record_id = device_id(world->device);
    device_save(world->device, &world->case_id, &record_id, TYPE_ACTION, ACTION_TEXT, text_value("as agreed"));
    assert_int_equal(try_put(world, &record_id, "otherwise"), HF_OK);
    hf_rows_begin_text(&rows, world->device->replica, "SELECT content FROM drafts");
    assert_true(hf_rows_next(&rows));
    hf_buf_append_slice(out, hf_rows_bytes(&rows, 0));
    assert_int_equal(hf_rows_end(&rows, NULL), HF_OK);
}

/* What is damaged is refused, or is another draft that reads and writes as itself. */
static bool stands_for_itself(struct hf_slice bytes)
{
    struct hf_draft draft;
    struct hf_buf again = {0};
    const bool reads = hf_draft_decode(bytes, &draft) == HF_OK;
    if (reads) {
        hf_draft_encode(&draft, &again);
        assert_true(hf_slice_equal(hf_buf_slice(&again), bytes));
    }
    hf_buf_clear(&again);
    return reads;
}

static void bytes_of_a_draft__read_strictly(void **state)
{
    struct world *world = *state;
    struct hf_buf bytes = {0};
    make_bytes(world, &bytes);
    assert_true(stands_for_itself(hf_buf_slice(&bytes)));
    for (size_t len = 0; len < bytes.len; len++)
        assert_false(stands_for_itself(hf_slice_of(bytes.data, len)));
    for (size_t bit = 0; bit < bytes.len * 8; bit++) {
        bytes.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        (void)stands_for_itself(hf_buf_slice(&bytes));
        bytes.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    hf_buf_append_u8(&bytes, 0xc0);
    assert_false(stands_for_itself(hf_buf_slice(&bytes)));
    hf_buf_clear(&bytes);
}

/* --- limits and ends --- */

static void the_number_of_drafts__has_a_limit_and_those_there_can_go_on(void **state)
{
    struct world *world = *state;
    struct hf_id first = device_id(world->device);
    assert_int_equal(try_put(world, &first, "first"), HF_OK);
    for (int i = 1; i < HF_DRAFTS_MAX; i++) {
        const struct hf_id record_id = device_id(world->device);
        assert_int_equal(try_put(world, &record_id, "more"), HF_OK);
    }
    const struct hf_id over = device_id(world->device);
    assert_int_equal(try_put(world, &over, "one too many"), HF_ERR_LIMIT);
    assert_int_equal(try_put(world, &first, "first, longer"), HF_OK);
    assert_int_equal(hf_replica_draft_discard(world->device->replica, &first, &world->device->err), HF_OK);
    assert_int_equal(try_put(world, &over, "now it fits"), HF_OK);
}

static void drafts__are_in_no_state_and_no_digest(void **state)
{
    struct world *world = *state;
    const struct hf_id record_id = device_id(world->device);
    const struct snapshot before = snapshot_of(world->device);
    assert_int_equal(try_put(world, &record_id, "not said yet"), HF_OK);
    assert_unchanged(world->device, &before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(killed_while_typing__loses_at_most_the_call_under_way, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(a_draft_after_the_clock_was_set_back__is_newer_than_the_one_before, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(bytes_of_a_draft__read_strictly, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(the_number_of_drafts__has_a_limit_and_those_there_can_go_on, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(drafts__are_in_no_state_and_no_digest, world_setup, world_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
