/* SNAPSHOT and SNAPSHOT_IS: what they must not say, each rule broken once. */
#include "tests/protocol/support_message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

typedef void spoil_fn(struct sample_store *store, struct hf_message *message);

static enum hf_status spoiled(enum hf_message_type type, spoil_fn *spoil)
{
    struct sample_store store;
    struct hf_message message;
    struct hf_buf out = {0};
    sample_message(type, &store, &message);
    spoil(&store, &message);
    enum hf_status status = hf_message_encode(&message, &out);
    hf_buf_clear(&out);
    return status;
}

/* --- SNAPSHOT --- */

static void no_case_but_one(struct sample_store *store, struct hf_message *message)
{
    (void)store;
    message->as.snapshot.one_case = true;
}
static void size_without_record(struct sample_store *store, struct hf_message *message)
{
    (void)store;
    message->as.snapshot.at.record_id = hf_id_zero();
}
static void record_without_size(struct sample_store *store, struct hf_message *message)
{
    (void)store;
    message->as.snapshot.at.size = 0;
}
static void place_without_case(struct sample_store *store, struct hf_message *message)
{
    (void)store;
    message->as.snapshot.at.case_id = hf_id_zero();
}
static void place_in_another_case(struct sample_store *store, struct hf_message *message)
{
    (void)store;
    message->as.snapshot.one_case = true;
    message->as.snapshot.case_id.bytes[0] = 0x77;
}

static void snapshot__stands_at_a_place_that_there_can_be(void **state)
{
    static spoil_fn *const spoils[] = {no_case_but_one, size_without_record, record_without_size, place_without_case,
                                       place_in_another_case};
    (void)state;
    for (size_t i = 0; i < sizeof spoils / sizeof spoils[0]; i++)
        assert_int_equal(spoiled(HF_MSG_SNAPSHOT, spoils[i]), HF_ERR_INVALID);
}

/* --- SNAPSHOT_IS --- */

static void cases_fall(struct sample_store *store, struct hf_message *message)
{
    (void)message;
    store->snapshot_cases[0].case_id.bytes[0] = 0xFF;
}
static void first_goes_on(struct sample_store *store, struct hf_message *message)
{
    (void)message;
    store->snapshot_cases[0].ends = false;
}
static void second_was_begun_before(struct sample_store *store, struct hf_message *message)
{
    (void)message;
    store->snapshot_cases[1].begins = false;
}
static void case_of_no_size(struct sample_store *store, struct hf_message *message)
{
    (void)message;
    store->snapshot_cases[0].size = 0;
}
static void case_without_records(struct sample_store *store, struct hf_message *message)
{
    (void)message;
    store->snapshot_cases[0].record_count = 0;
}
static void more_records_than_there_are(struct sample_store *store, struct hf_message *message)
{
    (void)message;
    store->snapshot_cases[1].record_count = 2;
}
static void records_of_no_case(struct sample_store *store, struct hf_message *message)
{
    (void)store;
    message->as.snapshot_is.case_count = 1;
}
static void device_that_there_is_not(struct sample_store *store, struct hf_message *message)
{
    (void)message;
    store->snapshot_changes[2].device = 1;
}
static void record_without_changes(struct sample_store *store, struct hf_message *message)
{
    (void)message;
    store->snapshot_records[0].change_count = 0;
}
static void empty_record(struct sample_store *store, struct hf_message *message)
{
    (void)message;
    store->snapshot_records[0].packed.len = 0;
}
static void few_with_records(struct sample_store *store, struct hf_message *message)
{
    (void)store;
    message->as.snapshot_is.few = true;
}
static void note_beyond_the_checkpoint(struct sample_store *store, struct hf_message *message)
{
    (void)store;
    message->as.snapshot_is.note.index = 301;
}
static void note_without_leaf(struct sample_store *store, struct hf_message *message)
{
    (void)store;
    message->as.snapshot_is.note.leaf.len--;
}
static void note_without_proof(struct sample_store *store, struct hf_message *message)
{
    (void)store;
    message->as.snapshot_is.note.inclusion = NULL;
}
static void nameless_case_left(struct sample_store *store, struct hf_message *message)
{
    (void)message;
    store->snapshot_left[0] = hf_id_zero();
}

static void snapshot_is__keeps_every_rule_of_its_form(void **state)
{
    static spoil_fn *const spoils[] = {cases_fall,
                                       first_goes_on,
                                       second_was_begun_before,
                                       case_of_no_size,
                                       case_without_records,
                                       more_records_than_there_are,
                                       records_of_no_case,
                                       device_that_there_is_not,
                                       record_without_changes,
                                       empty_record,
                                       few_with_records,
                                       note_beyond_the_checkpoint,
                                       note_without_leaf,
                                       note_without_proof,
                                       nameless_case_left};
    (void)state;
    for (size_t i = 0; i < sizeof spoils / sizeof spoils[0]; i++)
        if (spoiled(HF_MSG_SNAPSHOT_IS, spoils[i]) != HF_ERR_INVALID)
            fail_msg("rule %zu", i);
}

static void snapshot_is__holds_at_most_its_limits(void **state)
{
    (void)state;
    struct sample_store store;
    struct hf_message message;
    struct hf_buf out = {0};
    const size_t len = HF_LIMIT_SNAPSHOT_BYTES;
    uint8_t *bytes = calloc(1, len + 1);
    struct hf_snapshot_change *changes = calloc(HF_LIMIT_SNAPSHOT_CHANGES + 1, sizeof *changes);
    assert_true(bytes && changes);
    sample_message(HF_MSG_SNAPSHOT_IS, &store, &message);
    message.as.snapshot_is.record_count = message.as.snapshot_is.case_count = 1;
    store.snapshot_records[0].packed = hf_slice_of(bytes, len);
    assert_int_equal(hf_message_encode(&message, &out), HF_OK);
    hf_buf_reset(&out);
    store.snapshot_records[0].packed.len = len + 1;
    assert_int_equal(hf_message_encode(&message, &out), HF_ERR_LIMIT);
    store.snapshot_records[0].packed.len = 1;
    store.snapshot_records[0].changes = changes;
    store.snapshot_records[0].change_count = HF_LIMIT_SNAPSHOT_CHANGES + 1;
    assert_int_equal(hf_message_encode(&message, &out), HF_ERR_LIMIT);
    store.snapshot_records[0].change_count = HF_LIMIT_SNAPSHOT_CHANGES;
    assert_int_equal(hf_message_encode(&message, &out), HF_OK);
    assert_int_equal(try_decode(hf_buf_slice(&out)), HF_OK);
    message.as.snapshot_is.left_count = HF_LIMIT_SNAPSHOT_CASES + 1;
    assert_int_equal(hf_message_encode(&message, &out), HF_ERR_LIMIT);
    free(bytes);
    free(changes);
    hf_buf_clear(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(snapshot__stands_at_a_place_that_there_can_be),
        cmocka_unit_test(snapshot_is__keeps_every_rule_of_its_form),
        cmocka_unit_test(snapshot_is__holds_at_most_its_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
