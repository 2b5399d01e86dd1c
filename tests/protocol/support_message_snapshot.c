/* The samples of SNAPSHOT and SNAPSHOT_IS; the rest are in support_message.c. */
#include "tests/protocol/support_message.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct hf_id id_from(uint8_t first)
{
    struct hf_id id;
    fill_from(first, id.bytes, sizeof id.bytes);
    return id;
}

/* One whole case and the beginning of another. */
static void sample_snapshot_is(struct sample_store *store, struct hf_snapshot_part *out)
{
    fill_from(0x70, store->snapshot_device.device, HF_SIGN_PUBLIC_BYTES);
    store->snapshot_device.incarnation = 2;
    for (size_t i = 0; i < 3; i++)
        store->snapshot_changes[i].index = i == 1 ? 70000 : 200 + i;
    for (size_t i = 0; i < 2; i++) {
        store->snapshot_cases[i] = (struct hf_snapshot_case){
            .case_id = id_from((uint8_t)(0x10 + i)), .size = 300, .begins = true, .ends = i == 0, .record_count = 1};
        store->snapshot_records[i] =
            (struct hf_snapshot_record){.packed = hf_slice_of(store->body[i], sizeof store->body[i]),
                                        .changes = &store->snapshot_changes[i],
                                        .change_count = 1 + i};
        store->snapshot_proofs[i].count = 1 + i;
        fill_from(0x21, store->snapshot_proofs[i].hash[0].bytes, HF_HASH_BYTES);
    }
    store->snapshot_left[0] = id_from(0x0F);
    *out = (struct hf_snapshot_part){.log_size = 302,
                                     .keys = store->keys,
                                     .key_count = 1,
                                     .has_note = true,
                                     .note = {.index = 300,
                                              .leaf = hf_slice_of(store->leaf[0], HF_LEAF_BYTES),
                                              .body = hf_slice_of(store->payload, 20),
                                              .checkpoint = hf_slice_str("office.example/log\n301\n"),
                                              .checkpoint_size = 301,
                                              .consistency = &store->snapshot_proofs[0],
                                              .inclusion = &store->snapshot_proofs[1]},
                                     .devices = &store->snapshot_device,
                                     .device_count = 1,
                                     .cases = store->snapshot_cases,
                                     .case_count = 2,
                                     .records = store->snapshot_records,
                                     .record_count = 2,
                                     .left = store->snapshot_left,
                                     .left_count = 1,
                                     .next = {.case_id = id_from(0x11), .size = 300, .record_id = id_from(0x44)},
                                     .more = true};
}

void sample_snapshot(struct sample_store *store, struct hf_message *out)
{
    if (out->type == HF_MSG_SNAPSHOT_IS) {
        sample_snapshot_is(store, &out->as.snapshot_is);
        return;
    }
    out->as.snapshot =
        (struct hf_msg_snapshot){.least = 1000,
                                 .checkpoint_size = 256,
                                 .noted = 300,
                                 .at = {.case_id = id_from(0x11), .size = 300, .record_id = id_from(0x44)}};
}

static void assert_slices_equal(struct hf_slice a, struct hf_slice b)
{
    assert_true(hf_slice_equal(a, b));
}

static void assert_proofs_equal(const struct hf_proof *a, const struct hf_proof *b)
{
    assert_int_equal(a->count, b->count);
    if (a->count > 0)
        assert_memory_equal(a->hash, b->hash, a->count * sizeof a->hash[0]);
}

static void assert_at_equal(const struct hf_snapshot_at *a, const struct hf_snapshot_at *b)
{
    assert_true(hf_id_equal(&a->case_id, &b->case_id) && hf_id_equal(&a->record_id, &b->record_id));
    assert_int_equal(a->size, b->size);
}

static void assert_records_equal(const struct hf_snapshot_record *a, const struct hf_snapshot_record *b)
{
    assert_slices_equal(a->packed, b->packed);
    assert_int_equal(a->change_count, b->change_count);
    for (size_t i = 0; i < a->change_count; i++) {
        assert_int_equal(a->changes[i].index, b->changes[i].index);
        assert_int_equal(a->changes[i].device, b->changes[i].device);
    }
}

static void assert_parts_equal(const struct hf_snapshot_part *a, const struct hf_snapshot_part *b)
{
    assert_true(a->few == b->few && a->has_note == b->has_note && a->more == b->more);
    assert_int_equal(a->log_size, b->log_size);
    assert_int_equal(a->key_count, b->key_count);
    for (size_t i = 0; i < a->key_count; i++)
        assert_memory_equal(a->keys[i].key, b->keys[i].key, HF_KEY_BYTES);
    assert_int_equal(a->device_count, b->device_count);
    for (size_t i = 0; i < a->device_count; i++)
        assert_memory_equal(&a->devices[i], &b->devices[i], sizeof a->devices[i]);
    assert_int_equal(a->case_count, b->case_count);
    for (size_t i = 0; i < a->case_count; i++) {
        const struct hf_snapshot_case *x = &a->cases[i], *y = &b->cases[i];
        assert_true(hf_id_equal(&x->case_id, &y->case_id) && x->begins == y->begins && x->ends == y->ends);
        assert_true(x->size == y->size && x->record_count == y->record_count);
    }
    assert_int_equal(a->record_count, b->record_count);
    for (size_t i = 0; i < a->record_count; i++)
        assert_records_equal(&a->records[i], &b->records[i]);
    assert_int_equal(a->left_count, b->left_count);
    for (size_t i = 0; i < a->left_count; i++)
        assert_true(hf_id_equal(&a->left[i], &b->left[i]));
    assert_at_equal(&a->next, &b->next);
    if (!a->has_note)
        return;
    assert_true(a->note.index == b->note.index && a->note.checkpoint_size == b->note.checkpoint_size);
    assert_slices_equal(a->note.leaf, b->note.leaf);
    assert_slices_equal(a->note.body, b->note.body);
    assert_slices_equal(a->note.checkpoint, b->note.checkpoint);
    assert_proofs_equal(a->note.consistency, b->note.consistency);
    assert_proofs_equal(a->note.inclusion, b->note.inclusion);
}

void assert_snapshots_equal(const struct hf_message *a, const struct hf_message *b)
{
    if (a->type == HF_MSG_SNAPSHOT_IS) {
        assert_parts_equal(&a->as.snapshot_is, &b->as.snapshot_is);
        return;
    }
    const struct hf_msg_snapshot *x = &a->as.snapshot, *y = &b->as.snapshot;
    assert_true(x->one_case == y->one_case && hf_id_equal(&x->case_id, &y->case_id) && x->least == y->least);
    assert_true(x->checkpoint_size == y->checkpoint_size && x->noted == y->noted);
    assert_at_equal(&x->at, &y->at);
}
