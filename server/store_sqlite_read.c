/* The reading half of the SQLite driver. */
#include "server/store_sqlite.h"

#include <string.h>

static struct hf_sql *sql_of(struct hf_store *store)
{
    return &((struct hf_store_sqlite *)store)->sql;
}

enum hf_status hf_sqlite_checkpoint(struct hf_store *store, struct hf_buf *out_note)
{
    struct hf_row row;
    hf_row_start(&row, sql_of(store), HF_SQLITE_HEAD_GET);
    if (hf_row_next(&row))
        hf_buf_append_slice(out_note, hf_row_slice(&row, 2));
    enum hf_status status = hf_row_end(&row);
    return status == HF_OK ? hf_buf_status(out_note) : status;
}

bool hf_sqlite_node(struct hf_store *store, unsigned level, uint64_t index, struct hf_hash *out)
{
    struct hf_row row;
    hf_row_start(&row, sql_of(store), HF_SQLITE_NODE_GET);
    hf_row_bind_u64(&row, level);
    hf_row_bind_u64(&row, index);
    bool found = hf_row_next(&row);
    if (found)
        hf_row_fixed(&row, 0, out->bytes, sizeof out->bytes);
    return hf_row_end(&row) == HF_OK && found;
}

static void read_entry(struct hf_row *row, struct hf_entry_row *out)
{
    out->index = hf_row_u64(row, 0);
    out->change_id = hf_row_id(row, 1);
    out->kind = (enum hf_leaf_kind)hf_row_u64(row, 2);
    out->case_id = hf_row_id(row, 3);
    out->key_id = hf_row_id(row, 4);
    out->record_id = hf_row_id(row, 5);
    out->hold = (enum hf_hold)hf_row_u64(row, 6);
    out->waiting = hf_row_u64(row, 7) != 0;
    out->leaf = hf_row_slice(row, 8);
    out->payload = hf_row_slice(row, 9);
}

static enum hf_status each_entry(struct hf_row *row, hf_entry_row_fn *each, void *ctx, size_t *out_count)
{
    bool go_on = true;
    *out_count = 0;
    while (go_on && hf_row_next(row)) {
        struct hf_entry_row entry;
        read_entry(row, &entry);
        if (row->code != SQLITE_OK)
            break;
        go_on = each(ctx, &entry);
        ++*out_count;
    }
    return hf_row_end(row);
}

/* An index may be any number that a peer says; SQLite counts to 2^63 - 1. */
static uint64_t clamp_index(uint64_t index)
{
    return index < INT64_MAX ? index : INT64_MAX;
}

enum hf_status hf_sqlite_entries(struct hf_store *store, uint64_t from, uint64_t count, hf_entry_row_fn *each,
                                 void *ctx)
{
    size_t seen;
    struct hf_row row;
    hf_row_start(&row, sql_of(store), HF_SQLITE_ENTRY_RANGE);
    from = clamp_index(from);
    hf_row_bind_u64(&row, from);
    hf_row_bind_u64(&row, from + (count < INT64_MAX - from ? count : INT64_MAX - from));
    return each_entry(&row, each, ctx, &seen);
}

static enum hf_sqlite_statement feed_statement(const struct hf_feed_filter *filter)
{
    if (filter->one_case)
        return HF_SQLITE_ENTRY_CASE;
    return filter->all_cases ? HF_SQLITE_ENTRY_RANGE : HF_SQLITE_ENTRY_FEED;
}

enum hf_status hf_sqlite_feed(struct hf_store *store, const struct hf_feed_filter *filter, uint64_t from,
                              hf_entry_row_fn *each, void *ctx)
{
    size_t seen;
    struct hf_row row;
    enum hf_sqlite_statement statement = feed_statement(filter);
    hf_row_start(&row, sql_of(store), statement);
    hf_row_bind_u64(&row, clamp_index(from));
    hf_row_bind_u64(&row, filter->until ? clamp_index(filter->until) : INT64_MAX);
    if (statement == HF_SQLITE_ENTRY_CASE)
        hf_row_bind_id(&row, &filter->case_id);
    if (statement == HF_SQLITE_ENTRY_FEED) {
        hf_row_bind_id(&row, &filter->office_case);
        hf_row_bind_id(&row, &filter->person);
    }
    return each_entry(&row, each, ctx, &seen);
}

enum hf_status hf_sqlite_change(struct hf_store *store, const struct hf_id *change_id, hf_entry_row_fn *each, void *ctx)
{
    size_t seen;
    struct hf_row row;
    hf_row_start(&row, sql_of(store), HF_SQLITE_ENTRY_CHANGE);
    hf_row_bind_id(&row, change_id);
    enum hf_status status = each_entry(&row, each, ctx, &seen);
    return status == HF_OK && seen == 0 ? HF_ERR_NOT_FOUND : status;
}

static enum hf_status entries_of_record(struct hf_store *store, enum hf_sqlite_statement statement,
                                        const struct hf_id *record_id, hf_entry_row_fn *each, void *ctx)
{
    size_t seen;
    struct hf_row row;
    hf_row_start(&row, sql_of(store), statement);
    hf_row_bind_id(&row, record_id);
    return each_entry(&row, each, ctx, &seen);
}

enum hf_status hf_sqlite_changes_of(struct hf_store *store, const struct hf_id *record_id, hf_entry_row_fn *each,
                                    void *ctx)
{
    return entries_of_record(store, HF_SQLITE_ENTRY_RECORD, record_id, each, ctx);
}

enum hf_status hf_sqlite_waiting(struct hf_store *store, const struct hf_id *record_id, hf_entry_row_fn *each,
                                 void *ctx)
{
    return entries_of_record(store, HF_SQLITE_ENTRY_WAITING, record_id, each, ctx);
}

enum hf_status hf_sqlite_held(struct hf_store *store, hf_entry_row_fn *each, void *ctx)
{
    size_t seen;
    struct hf_row row;
    hf_row_start(&row, sql_of(store), HF_SQLITE_ENTRY_HELD);
    return each_entry(&row, each, ctx, &seen);
}

enum hf_status hf_sqlite_record(struct hf_store *store, const struct hf_id *record_id, struct hf_buf *out_packed)
{
    struct hf_row row;
    hf_row_start(&row, sql_of(store), HF_SQLITE_RECORD_GET);
    hf_row_bind_id(&row, record_id);
    bool found = hf_row_next(&row);
    if (found)
        hf_buf_append_slice(out_packed, hf_row_slice(&row, 0));
    enum hf_status status = hf_row_end(&row);
    if (status == HF_OK && !found)
        return HF_ERR_NOT_FOUND;
    return status == HF_OK ? hf_buf_status(out_packed) : status;
}

enum hf_status hf_sqlite_records(struct hf_store *store, const struct hf_id *case_id,
                                 bool (*each)(void *ctx, const struct hf_record_write *row), void *ctx)
{
    struct hf_row row;
    bool go_on = true;
    hf_row_start(&row, sql_of(store), HF_SQLITE_RECORD_CASE);
    hf_row_bind_id(&row, case_id);
    while (go_on && hf_row_next(&row)) {
        struct hf_record_write record = {
            .record_id = hf_row_id(&row, 0),
            .case_id = hf_row_id(&row, 1),
            .type = (uint16_t)hf_row_u64(&row, 2),
            .conflict_count = (uint32_t)hf_row_u64(&row, 3),
            .packed = hf_row_slice(&row, 4),
        };
        if (row.code != SQLITE_OK)
            break;
        go_on = each(ctx, &record);
    }
    return hf_row_end(&row);
}

static void read_device(struct hf_row *row, struct hf_device_row *out)
{
    hf_row_fixed(row, 0, out->device, sizeof out->device);
    hf_row_fixed(row, 1, out->channel_key, sizeof out->channel_key);
    hf_row_fixed(row, 2, out->psk, sizeof out->psk);
    out->state = (enum hf_device_state)hf_row_u64(row, 3);
    out->person = hf_row_id(row, 4);
    out->role = (enum hf_role)hf_row_u64(row, 5);
    out->invitation = hf_row_id(row, 6);
    hf_row_fixed(row, 7, out->handshake_hash, sizeof out->handshake_hash);
    out->enrolled_ms = hf_row_u64(row, 8);
    out->last_seen_ms = hf_row_u64(row, 9);
    out->incarnation = (uint32_t)hf_row_u64(row, 10);
    out->next_seq = hf_row_u64(row, 11);
    hf_row_fixed(row, 12, out->head, sizeof out->head);
    out->clock = hf_row_u64(row, 13);
    hf_row_fixed(row, 14, out->left_head, sizeof out->left_head);
    out->clock_office_ms = hf_row_u64(row, 15);
    out->clock_device_ms = hf_row_u64(row, 16);
}

enum hf_status hf_sqlite_device(struct hf_store *store, const uint8_t *device, const uint8_t *channel_key,
                                struct hf_device_row *out)
{
    struct hf_device_row found_row;
    struct hf_row row;
    hf_row_start(&row, sql_of(store), device ? HF_SQLITE_DEVICE_GET : HF_SQLITE_DEVICE_CHANNEL);
    if (device)
        hf_row_bind_blob(&row, device, HF_SIGN_PUBLIC_BYTES);
    else
        hf_row_bind_blob(&row, channel_key, HF_DH_BYTES);
    bool found = hf_row_next(&row);
    if (found)
        read_device(&row, &found_row);
    enum hf_status status = hf_row_end(&row);
    if (status == HF_OK && !found)
        return HF_ERR_NOT_FOUND;
    if (status == HF_OK)
        *out = found_row;
    return status;
}

enum hf_status hf_sqlite_devices(struct hf_store *store, bool (*each)(void *ctx, const struct hf_device_row *row),
                                 void *ctx)
{
    struct hf_row row;
    bool go_on = true;
    hf_row_start(&row, sql_of(store), HF_SQLITE_DEVICE_ALL);
    while (go_on && hf_row_next(&row)) {
        struct hf_device_row device;
        read_device(&row, &device);
        if (row.code != SQLITE_OK)
            break;
        go_on = each(ctx, &device);
    }
    return hf_row_end(&row);
}

static void read_invitation(struct hf_row *row, struct hf_invitation_row *out)
{
    out->id = hf_row_id(row, 0);
    hf_row_fixed(row, 1, out->token, sizeof out->token);
    out->person = hf_row_id(row, 2);
    out->role = (enum hf_role)hf_row_u64(row, 3);
    out->expiry_ms = hf_row_u64(row, 4);
    out->state = (enum hf_invitation_state)hf_row_u64(row, 5);
    hf_row_fixed(row, 6, out->used_by, sizeof out->used_by);
    struct hf_slice cases = hf_row_slice(row, 7);
    if (cases.len % HF_ID_BYTES || cases.len > sizeof out->cases) {
        row->code = SQLITE_CORRUPT;
        return;
    }
    out->case_count = cases.len / HF_ID_BYTES;
    if (cases.len)
        memcpy(out->cases, cases.data, cases.len);
    out->made_by = hf_row_id(row, 8);
    hf_row_fixed(row, 9, out->made_from, sizeof out->made_from);
}

enum hf_status hf_sqlite_invitation(struct hf_store *store, const struct hf_id *id, struct hf_invitation_row *out)
{
    struct hf_invitation_row found_row = {0};
    struct hf_row row;
    hf_row_start(&row, sql_of(store), HF_SQLITE_INVITATION_GET);
    hf_row_bind_id(&row, id);
    bool found = hf_row_next(&row);
    if (found)
        read_invitation(&row, &found_row);
    enum hf_status status = hf_row_end(&row);
    if (status == HF_OK && !found)
        return HF_ERR_NOT_FOUND;
    if (status == HF_OK)
        *out = found_row;
    return status;
}

enum hf_status hf_sqlite_unsettled(struct hf_store *store, const struct hf_id *case_id, bool *out)
{
    struct hf_row row;
    hf_row_start(&row, sql_of(store), HF_SQLITE_ENTRY_UNSETTLED);
    hf_row_bind_id(&row, case_id);
    *out = hf_row_next(&row) && hf_row_u64(&row, 0) != 0;
    return hf_row_end(&row);
}

enum hf_status hf_sqlite_counts(struct hf_store *store, struct hf_store_counts *out)
{
    struct hf_store_counts counts = {0};
    struct hf_row row;
    hf_row_start(&row, sql_of(store), HF_SQLITE_ENTRY_COUNTS);
    if (hf_row_next(&row))
        counts = (struct hf_store_counts){.held = hf_row_u64(&row, 0), .waiting = hf_row_u64(&row, 1)};
    enum hf_status status = hf_row_end(&row);
    if (status == HF_OK)
        *out = counts;
    return status;
}

static enum hf_status each_assignment(struct hf_row *row, bool (*each)(void *ctx, const struct hf_assignment_row *row),
                                      void *ctx)
{
    bool go_on = true;
    while (go_on && hf_row_next(row)) {
        struct hf_assignment_row assignment = {
            .case_id = hf_row_id(row, 0),
            .person = hf_row_id(row, 1),
            .held = hf_row_u64(row, 2) != 0,
            .index = hf_row_u64(row, 3),
        };
        if (row->code != SQLITE_OK)
            break;
        go_on = each(ctx, &assignment);
    }
    return hf_row_end(row);
}

enum hf_status hf_sqlite_assignments(struct hf_store *store, const struct hf_id *person,
                                     bool (*each)(void *ctx, const struct hf_assignment_row *row), void *ctx)
{
    struct hf_row row;
    hf_row_start(&row, sql_of(store), person ? HF_SQLITE_ASSIGNMENT_PERSON : HF_SQLITE_ASSIGNMENT_ALL);
    if (person)
        hf_row_bind_id(&row, person);
    return each_assignment(&row, each, ctx);
}

enum hf_status hf_sqlite_holders(struct hf_store *store, const struct hf_id *case_id,
                                 bool (*each)(void *ctx, const struct hf_assignment_row *row), void *ctx)
{
    struct hf_row row;
    hf_row_start(&row, sql_of(store), HF_SQLITE_ASSIGNMENT_HELD);
    hf_row_bind_id(&row, case_id);
    return each_assignment(&row, each, ctx);
}

enum hf_status hf_sqlite_of_kind(struct hf_store *store, enum hf_leaf_kind kind, hf_entry_row_fn *each, void *ctx)
{
    size_t seen;
    struct hf_row row;
    hf_row_start(&row, sql_of(store), HF_SQLITE_ENTRY_KIND);
    hf_row_bind_u64(&row, (uint64_t)kind);
    return each_entry(&row, each, ctx, &seen);
}
