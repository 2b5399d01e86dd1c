#include "tests/server/support_store.h"

#include <string.h>

/* --- rows: everything follows from small numbers ------------------------------------------------------------------ */

struct hf_id id_of(char kind, uint64_t number)
{
    struct hf_id id = {{(uint8_t)kind}};
    hf_put_u64(id.bytes + 8, number);
    return id;
}

struct rows *rows_at(uint64_t size)
{
    static struct rows rows;
    memset(&rows, 0, sizeof rows);
    rows.batch = (struct hf_store_batch){.expected_size = size,
                                         .entries = rows.entries,
                                         .records = rows.records,
                                         .effects = rows.effects,
                                         .devices = rows.devices,
                                         .assignments = rows.assignments,
                                         .invitations = rows.invitations};
    return &rows;
}

struct hf_entry_row *add_entry(struct rows *rows, uint64_t case_number, uint64_t record_number)
{
    size_t i = rows->batch.entry_count++;
    uint64_t index = rows->batch.expected_size + i;
    assert_true(i < ROWS_MAX);
    hf_put_u64(rows->leaves[i], index);
    hf_put_u64(rows->payloads[i], ~index);
    rows->entries[i] = (struct hf_entry_row){.index = index,
                                             .change_id = id_of('c', index),
                                             .kind = (enum hf_leaf_kind)(index % HF_LEAF_KIND_COUNT),
                                             .case_id = id_of('C', case_number),
                                             .key_id = id_of('K', case_number),
                                             .leaf = hf_slice_of(rows->leaves[i], HF_LEAF_BYTES),
                                             .payload = hf_slice_of(rows->payloads[i], index % 64)};
    if (record_number)
        rows->entries[i].record_id = id_of('r', record_number);
    return &rows->entries[i];
}

void add_record(struct rows *rows, uint64_t number, uint64_t case_number, const char *packed)
{
    rows->records[rows->batch.record_count++] = (struct hf_record_write){.record_id = id_of('r', number),
                                                                         .case_id = id_of('C', case_number),
                                                                         .type = (uint16_t)(number % 90),
                                                                         .conflict_count = (uint32_t)number % 3,
                                                                         .packed = hf_slice_str(packed)};
}

struct hf_device_row *add_device(struct rows *rows, uint64_t number)
{
    struct hf_device_row *row = &rows->devices[rows->batch.device_count++];
    *row = (struct hf_device_row){.state = HF_DEVICE_ACTIVE,
                                  .person = id_of('p', number),
                                  .role = HF_ROLE_WORKER,
                                  .invitation = id_of('i', number),
                                  .enrolled_ms = 1000 - number, /* not in the order of the keys */
                                  .last_seen_ms = 5,
                                  .incarnation = UINT32_MAX,
                                  .next_seq = UINT64_MAX - number,
                                  .clock = UINT64_MAX - 7};
    hf_put_u64(row->device, number);
    hf_put_u64(row->channel_key, number + 1000);
    hf_put_u64(row->psk, number + 2000);
    hf_put_u64(row->head, number + 3000);
    hf_put_u64(row->handshake_hash, number + 4000);
    return row;
}

void add_assignment(struct rows *rows, uint64_t case_number, uint64_t person, bool held)
{
    struct hf_entry_row *note = add_entry(rows, 0, 0);
    rows->assignments[rows->batch.assignment_count++] = (struct hf_assignment_row){
        .case_id = id_of('C', case_number), .person = id_of('p', person), .held = held, .index = note->index};
}

struct hf_invitation_row *add_invitation(struct rows *rows, uint64_t number, size_t cases)
{
    struct hf_invitation_row *row = &rows->invitations[rows->batch.invitation_count++];
    *row = (struct hf_invitation_row){.id = id_of('i', number),
                                      .person = id_of('p', number),
                                      .role = HF_ROLE_MANAGER,
                                      .expiry_ms = 77 + number,
                                      .case_count = cases};
    hf_put_u64(row->token, number);
    for (size_t i = 0; i < cases; i++)
        row->cases[i] = id_of('C', i);
    return row;
}

/* --- everything a store can be asked, as text --------------------------------------------------------------------- */

static void dump_id(struct hf_buf *out, const struct hf_id *id)
{
    hf_buf_append_fmt(out, " %c%llu", id->bytes[0] ? id->bytes[0] : '-', (unsigned long long)hf_get_u64(id->bytes + 8));
}

bool dump_entry(void *ctx, const struct hf_entry_row *row)
{
    struct hf_buf *out = ctx;
    hf_buf_append_fmt(out, "\n  %llu", (unsigned long long)row->index);
    dump_id(out, &row->change_id);
    dump_id(out, &row->case_id);
    dump_id(out, &row->key_id);
    dump_id(out, &row->record_id);
    hf_buf_append_fmt(out, " kind %d hold %d waiting %d payload %zu", (int)row->kind, (int)row->hold, row->waiting,
                      row->payload.len);
    assert_int_equal(row->leaf.len, HF_LEAF_BYTES);
    assert_int_equal(hf_get_u64(row->leaf.data), row->index);
    if (row->payload.len >= 8)
        assert_int_equal(hf_get_u64(row->payload.data), ~row->index);
    return true;
}

static bool dump_record(void *ctx, const struct hf_record_write *row)
{
    struct hf_buf *out = ctx;
    hf_buf_append_str(out, "\n ");
    dump_id(out, &row->record_id);
    dump_id(out, &row->case_id);
    hf_buf_append_fmt(out, " type %u conflicts %u %.*s", row->type, row->conflict_count, (int)row->packed.len,
                      (const char *)row->packed.data);
    return true;
}

static void dump_device(struct hf_buf *out, const struct hf_device_row *row)
{
    hf_buf_append_fmt(out, "\n  device %llu", (unsigned long long)hf_get_u64(row->device));
    hf_buf_append_fmt(out, " %llu %llu %llu %llu", (unsigned long long)hf_get_u64(row->channel_key),
                      (unsigned long long)hf_get_u64(row->psk), (unsigned long long)hf_get_u64(row->head),
                      (unsigned long long)hf_get_u64(row->handshake_hash));
    dump_id(out, &row->person);
    dump_id(out, &row->invitation);
    hf_buf_append_fmt(out, " %d %d %llu %llu %u %llu %llu", (int)row->state, (int)row->role,
                      (unsigned long long)row->enrolled_ms, (unsigned long long)row->last_seen_ms, row->incarnation,
                      (unsigned long long)row->next_seq, (unsigned long long)row->clock);
}

static bool dump_device_row(void *ctx, const struct hf_device_row *row)
{
    dump_device(ctx, row);
    return true;
}

static bool dump_assignment(void *ctx, const struct hf_assignment_row *row)
{
    struct hf_buf *out = ctx;
    hf_buf_append_str(out, "\n ");
    dump_id(out, &row->case_id);
    dump_id(out, &row->person);
    hf_buf_append_fmt(out, " %d at %llu", row->held, (unsigned long long)row->index);
    return true;
}

static void dump_log(struct hf_store *store, struct hf_buf *out)
{
    struct hf_store_head head;
    struct hf_hash hash;
    hf_store_head(store, &head);
    hf_tree_root(&head.tree, &hash);
    hf_buf_append_fmt(out, "size %llu published %llu root %llx note ", (unsigned long long)head.tree.size,
                      (unsigned long long)head.published_size, (unsigned long long)hf_get_u64(hash.bytes));
    assert_int_equal(hf_store_checkpoint(store, out), HF_OK);
    hf_buf_append_str(out, "\nentries");
    assert_int_equal(store->ops->entries(store, 0, UINT64_MAX, dump_entry, out), HF_OK);
    for (unsigned level = 0; level < 8; level++)
        for (uint64_t i = 0; hf_store_node(store, level, i, &hash); i++)
            hf_buf_append_fmt(out, "\nnode %u %llu %llx", level, (unsigned long long)i,
                              (unsigned long long)hf_get_u64(hash.bytes));
}

static void dump_feeds(struct hf_store *store, uint64_t number, struct hf_buf *out)
{
    struct hf_feed_filter person = {.person = id_of('p', number), .office_case = id_of('C', 0)};
    struct hf_feed_filter one = {.one_case = true, .case_id = id_of('C', number), .until = 20 + number};
    hf_buf_append_fmt(out, "\nfeed of person %llu", (unsigned long long)number);
    assert_int_equal(store->ops->feed(store, &person, number, dump_entry, out), HF_OK);
    hf_buf_append_str(out, "\nfeed of case");
    assert_int_equal(store->ops->feed(store, &one, number, dump_entry, out), HF_OK);
}

static void dump_number(struct hf_store *store, uint64_t number, struct hf_buf *out)
{
    struct hf_id record = id_of('r', number), case_id = id_of('C', number), person = id_of('p', number);
    struct hf_id invitation = id_of('i', number);
    struct hf_invitation_row invited;
    struct hf_device_row device;
    uint8_t key[HF_SIGN_PUBLIC_BYTES] = {0};
    hf_buf_append_fmt(out, "\nnumber %llu", (unsigned long long)number);
    hf_buf_append_fmt(out, " record %d ", (int)store->ops->record(store, &record, out));
    assert_int_equal(store->ops->changes_of(store, &record, dump_entry, out), HF_OK);
    hf_buf_append_str(out, "\nwaiting");
    assert_int_equal(store->ops->waiting(store, &record, dump_entry, out), HF_OK);
    hf_buf_append_str(out, "\nrecords");
    assert_int_equal(store->ops->records(store, &case_id, dump_record, out), HF_OK);
    hf_buf_append_str(out, "\nassigned");
    assert_int_equal(store->ops->assignments(store, &person, dump_assignment, out), HF_OK);
    enum hf_status status = store->ops->invitation(store, &invitation, &invited);
    hf_buf_append_fmt(out, "\ninvitation %d", (int)status);
    if (status == HF_OK) {
        dump_id(out, &invited.id);
        dump_id(out, &invited.person);
        hf_buf_append_fmt(out, " %d %llu %d %llu %llu cases %zu", (int)invited.role,
                          (unsigned long long)invited.expiry_ms, (int)invited.state,
                          (unsigned long long)hf_get_u64(invited.token),
                          (unsigned long long)hf_get_u64(invited.used_by), invited.case_count);
        for (size_t i = 0; i < invited.case_count; i++)
            dump_id(out, &invited.cases[i]);
    }
    hf_put_u64(key, number);
    if (store->ops->device(store, key, NULL, &device) == HF_OK)
        dump_device(out, &device);
    hf_put_u64(key, number + 1000);
    if (store->ops->device(store, NULL, key, &device) == HF_OK)
        dump_device(out, &device);
}

struct hf_buf dump(struct hf_store *store)
{
    struct hf_buf out = {0};
    struct hf_feed_filter all = {.all_cases = true};
    dump_log(store, &out);
    hf_buf_append_str(&out, "\ndevices");
    assert_int_equal(store->ops->devices(store, dump_device_row, &out), HF_OK);
    struct hf_store_counts counts;
    assert_int_equal(store->ops->counts(store, &counts), HF_OK);
    hf_buf_append_fmt(&out, "\nheld %llu waiting %llu\nassignments", (unsigned long long)counts.held,
                      (unsigned long long)counts.waiting);
    assert_int_equal(store->ops->assignments(store, NULL, dump_assignment, &out), HF_OK);
    hf_buf_append_str(&out, "\nfeed of all");
    assert_int_equal(store->ops->feed(store, &all, 3, dump_entry, &out), HF_OK);
    for (uint64_t number = 0; number < NUMBERS; number++) {
        dump_number(store, number, &out);
        dump_feeds(store, number, &out);
    }
    hf_buf_append_u8(&out, 0);
    assert_int_equal(hf_buf_status(&out), HF_OK);
    return out;
}
