/* The lane of attachments in the client's machine alone: how long its messages grow on near and far, fast and slow
 * lines, what goes between two of them, and the office's word that it may have lost some. */
#include "tests/protocol/support_client.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* In sync at the office's size, nothing to send or to prove; attachments are all that is left to do. */
static struct hf_client_facts quiet_facts(void)
{
    struct hf_client_facts facts = start_facts;
    facts.next_seq = facts.unsent_seq = 5;
    facts.cursor = facts.checkpoint_size = 30;
    facts.range_count = 0;
    facts.attach_due = true;
    return facts;
}

static struct hf_message quiet_welcome(const struct client_rig *rig)
{
    struct hf_message welcome = fitting_welcome(rig);
    for (size_t i = 0; i < HF_HEAD_MARK_BYTES; i++)
        welcome.as.welcome.head[i] = rig->facts.head[i];
    return welcome;
}

/* On a line whose other end is so far away. The size of the first message. */
static size_t greet(struct client_rig *rig, uint64_t far_ms)
{
    const struct hf_client_facts facts = quiet_facts();
    start_with(rig, &facts);
    const struct hf_message welcome = quiet_welcome(rig);
    rig->now_ms += far_ms;
    client_hears(rig, &welcome);
    const struct hf_client_action *last = &rig->update.actions[rig->update.count - 1];
    assert_int_equal(last->type, HF_CA_WANT_ATTACH);
    return last->chunks;
}

/* One message of `count` chunks, answered after took_ms. Leaves at the store. */
static void send_run(struct client_rig *rig, size_t count, uint64_t took_ms)
{
    static uint8_t chunk[HF_TAG_BYTES + 1];
    static struct hf_slice chunks[HF_LIMIT_ATTACH_CHUNKS];
    struct hf_msg_attach put = {.record_id = {{1}}, .chunks = chunks, .count = count};
    for (size_t i = 0; i < count; i++)
        chunks[i] = hf_slice_of(chunk, sizeof chunk);
    client_step(rig, (struct hf_client_event){.type = HF_CE_ATTACH, .attach = &put, .attach_put = true});
    assert_int_equal(rig->sent, HF_MSG_ATTACH_PUT);
    rig->now_ms += took_ms;
    struct hf_message has = {.type = HF_MSG_ATTACH_HAS, .request = rig->request};
    has.as.attach.have = count;
    client_hears(rig, &has);
    only_action(rig, HF_CA_STORE_ATTACH);
}

/* The size of the next one. */
static size_t after_run(struct client_rig *rig, size_t count, uint64_t took_ms)
{
    send_run(rig, count, took_ms);
    stored(rig);
    return only_action(rig, HF_CA_WANT_ATTACH)->chunks;
}

static size_t after_greeting_and_run(uint64_t far_ms, uint64_t took_ms)
{
    struct client_rig rig;
    assert_int_equal(greet(&rig, far_ms), 1);
    const size_t next = after_run(&rig, 1, took_ms);
    close_client_rig(&rig);
    return next;
}

static void distance__is_no_reason_for_short_messages(void **state)
{
    (void)state;
    assert_int_equal(after_greeting_and_run(0, HF_LIMIT_ATTACH_FAST_MS - 1), 2);
    assert_int_equal(after_greeting_and_run(0, HF_LIMIT_ATTACH_FAST_MS), 1);
    assert_int_equal(after_greeting_and_run(600, 600 + HF_LIMIT_ATTACH_FAST_MS - 1), 2); /* a satellite */
    assert_int_equal(after_greeting_and_run(600, 600 + HF_LIMIT_ATTACH_FAST_MS), 1);
    assert_int_equal(after_greeting_and_run(600, 100), 2); /* nearer than it seemed */
}

/* A greeting that took minutes (a line that stalled) does not make everything after it look near. */
static void distance__counts_for_a_second_at_most(void **state)
{
    (void)state;
    assert_int_equal(after_greeting_and_run(50000, HF_LIMIT_ATTACH_SLOW_MS + HF_LIMIT_ATTACH_FAST_MS - 1), 2);
    assert_int_equal(after_greeting_and_run(50000, HF_LIMIT_ATTACH_SLOW_MS + HF_LIMIT_ATTACH_FAST_MS), 1);
}

static void messages__grow_to_the_limit_and_halve_on_a_slow_line(void **state)
{
    static const size_t grows[] = {2, 4, 8, 16, HF_LIMIT_ATTACH_CHUNKS, HF_LIMIT_ATTACH_CHUNKS};
    (void)state;
    struct client_rig rig;
    size_t run = greet(&rig, 100);
    for (size_t i = 0; i < sizeof grows / sizeof grows[0]; i++) {
        run = after_run(&rig, run, 50);
        assert_int_equal(run, grows[i]);
    }
    assert_int_equal(after_run(&rig, run, 100 + HF_LIMIT_ATTACH_SLOW_MS), run); /* neither fast nor slow */
    assert_int_equal(after_run(&rig, run, 100 + HF_LIMIT_ATTACH_SLOW_MS + 1), run / 2);
    assert_int_equal(after_run(&rig, 1, 50), run / 2); /* the end of a file says nothing */
    close_client_rig(&rig);
}

/* Between two messages of chunks: what was saved meanwhile. */
static void a_note_saved_meanwhile__goes_before_the_next_chunk(void **state)
{
    (void)state;
    struct client_rig rig;
    const size_t run = greet(&rig, 0);
    send_run(&rig, run, 50);
    rig.facts.next_seq = 6;
    stored(&rig);
    assert_int_equal(only_action(&rig, HF_CA_WANT_OUTBOX)->from_seq, 5);
    close_client_rig(&rig);
}

static bool asks_for_attachments(bool own, uint32_t known_mark, uint32_t told_mark)
{
    struct client_rig rig;
    struct hf_client_facts facts = quiet_facts();
    facts.attach_due = false;
    facts.attach_own = own;
    facts.attach_mark = known_mark;
    start_with(&rig, &facts);
    struct hf_message welcome = quiet_welcome(&rig);
    welcome.as.welcome.attach_mark = told_mark;
    client_hears(&rig, &welcome);
    const bool asks = rig.update.actions[rig.update.count - 1].type == HF_CA_WANT_ATTACH;
    close_client_rig(&rig);
    return asks;
}

static void another_mark_of_the_office__makes_a_device_ask_about_its_own(void **state)
{
    (void)state;
    assert_true(asks_for_attachments(true, 7, 8));
    assert_true(asks_for_attachments(true, 0, 8));
    assert_true(asks_for_attachments(true, 7, 0));
    assert_false(asks_for_attachments(true, 7, 7)); /* a sync with nothing new stays as short as it was */
    assert_false(asks_for_attachments(false, 7, 8));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distance__is_no_reason_for_short_messages),
        cmocka_unit_test(distance__counts_for_a_second_at_most),
        cmocka_unit_test(messages__grow_to_the_limit_and_halve_on_a_slow_line),
        cmocka_unit_test(a_note_saved_meanwhile__goes_before_the_next_chunk),
        cmocka_unit_test(another_mark_of_the_office__makes_a_device_ask_about_its_own),
    };
    return cmocka_run_group_tests_name("protocol/session_client_attach", tests, NULL, NULL);
}
