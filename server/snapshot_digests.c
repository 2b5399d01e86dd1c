#include "server/snapshot.h"

#include "core/policy/restricted.h"
#include "server/batch.h"

#include <stdlib.h>
#include <string.h>

struct hf_snapshots {
    struct hf_snapshot_kept *rows; /* by case */
    size_t count, cap;
    uint64_t notes[HF_SNAPSHOT_NOTES_MAX];
    size_t note_count; /* ever */
};

void hf_snapshot_forget(struct hf_office *office)
{
    if (office->snapshots)
        free(office->snapshots->rows);
    free(office->snapshots);
    office->snapshots = NULL;
}

static struct hf_snapshots *snapshots_of(struct hf_office *office)
{
    if (!office->snapshots)
        office->snapshots = calloc(1, sizeof *office->snapshots);
    return office->snapshots;
}

bool hf_snapshot_wrote(const struct hf_office *office, uint64_t index)
{
    const struct hf_snapshots *all = office->snapshots;
    for (size_t i = 0; all && i < HF_SNAPSHOT_NOTES_MAX && i < all->note_count; i++)
        if (all->notes[i] == index)
            return true;
    return false;
}

static uint64_t log_size(const struct hf_office *office)
{
    struct hf_store_head head;
    hf_store_head(office->store, &head);
    return head.tree.size;
}

/* --- what is kept --- */

static size_t place_of(const struct hf_snapshots *all, const struct hf_id *case_id)
{
    size_t low = 0, high = all->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (hf_id_compare(&all->rows[middle].case_id, case_id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct hf_snapshot_kept *find(struct hf_office *office, const struct hf_id *case_id)
{
    struct hf_snapshots *all = snapshots_of(office);
    const size_t at = all ? place_of(all, case_id) : 0;
    return all && at < all->count && hf_id_equal(&all->rows[at].case_id, case_id) ? &all->rows[at] : NULL;
}

const struct hf_snapshot_kept *hf_snapshot_kept_now(struct hf_office *office, const struct hf_id *case_id)
{
    struct hf_snapshot_kept *row = find(office, case_id);
    return row && row->checked == log_size(office) ? row : NULL;
}

const struct hf_snapshot_kept *hf_snapshot_kept_of(struct hf_office *office, const struct hf_id *case_id,
                                                   const uint8_t digest[HF_HASH_BYTES])
{
    struct hf_snapshot_kept *row = find(office, case_id);
    if (!row || memcmp(row->digest, digest, HF_HASH_BYTES) != 0)
        return NULL;
    row->checked = log_size(office);
    return row;
}

/* A full table forgets everything: those who ask again get another note. */
static bool make_room(struct hf_snapshots *all)
{
    if (all->count == HF_SNAPSHOT_KEPT_MAX)
        all->count = 0;
    if (all->count < all->cap)
        return true;
    const size_t cap = all->cap ? all->cap * 2 : 64;
    struct hf_snapshot_kept *rows = realloc(all->rows, cap * sizeof *rows);
    if (!rows)
        return false;
    all->rows = rows;
    all->cap = cap;
    return true;
}

static bool keep(struct hf_office *office, const struct hf_case_digest *said, size_t records, uint64_t note)
{
    struct hf_snapshots *all = snapshots_of(office);
    struct hf_snapshot_kept *row = find(office, &said->case_id);
    if (!row) {
        if (!all || !make_room(all))
            return false;
        const size_t at = place_of(all, &said->case_id);
        row = &all->rows[at];
        memmove(row + 1, row, (all->count - at) * sizeof *row);
        all->count++;
        row->case_id = said->case_id;
    }
    row->note = note;
    row->checked = note + 1;
    row->records = records;
    memcpy(row->digest, said->digest, sizeof row->digest);
    return true;
}

/* --- looking at a case --- */

struct look {
    const struct hf_peer *peer;
    struct hf_snapshot_look *out;
    struct hf_digest digest;
    bool leave;
    enum hf_status status;
};

static bool look_at_record(void *ctx, const struct hf_record_write *row)
{
    struct look *look = ctx;
    struct hf_record_state state = {0};
    const struct hf_record_spec *type = hf_model_type(row->type);
    if (!type || row->packed.len > HF_SNAPSHOT_RECORD_MAX) {
        look->leave = true;
        return false;
    }
    look->status = hf_record_state_decode(row->packed, &state);
    if (look->status != HF_OK)
        return false;
    if (type->restricted)
        look->leave = look->leave || hf_restricted_names(&state, &look->peer->person);
    else {
        hf_digest_add(&look->digest, &state);
        look->out->records++;
    }
    hf_record_state_clear(&state);
    return !look->leave;
}

struct unsettled {
    bool found;
};

static bool look_at_entry(void *ctx, const struct hf_entry_row *row)
{
    struct unsettled *unsettled = ctx;
    unsettled->found = row->hold != HF_HOLD_NONE || row->waiting;
    return !unsettled->found;
}

enum hf_status hf_snapshot_unsettled(struct hf_office *office, const struct hf_id *case_id, bool *out)
{
    const struct hf_feed_filter filter = {.one_case = true, .case_id = *case_id};
    struct unsettled unsettled = {false};
    if (office->store->ops->unsettled)
        return office->store->ops->unsettled(office->store, case_id, out);
    enum hf_status status = office->store->ops->feed(office->store, &filter, 0, look_at_entry, &unsettled);
    *out = unsettled.found;
    return status;
}

enum hf_status hf_snapshot_look_at(struct hf_office *office, const struct hf_peer *peer, const struct hf_id *case_id,
                                   struct hf_snapshot_look *out)
{
    *out = (struct hf_snapshot_look){.give = false};
    struct look look = {.peer = peer, .out = out};
    bool unsettled = false;
    hf_digest_begin(&look.digest);
    enum hf_status status = hf_snapshot_unsettled(office, case_id, &unsettled);
    if (status == HF_OK)
        status = office->store->ops->records(office->store, case_id, look_at_record, &look);
    if (status == HF_OK)
        status = look.status;
    hf_digest_end(&look.digest, out->digest);
    out->give = !look.leave && !unsettled && out->records > 0;
    return status;
}

/* --- the note --- */

static enum hf_status write_leaf(struct hf_office *office, struct hf_slice body)
{
    struct hf_class_key key = {0};
    struct hf_batch batch;
    hf_batch_begin(&batch, office);
    enum hf_status status = hf_batch_office_key(&batch, &key);
    if (status == HF_OK)
        status = hf_batch_server_leaf(&batch, HF_LEAF_NOTE, &key, body);
    if (status == HF_OK)
        status = hf_batch_commit(&batch);
    hf_wipe(&key, sizeof key);
    hf_batch_clear(&batch);
    return status;
}

enum hf_status hf_snapshot_note_write(struct hf_office *office, const struct hf_case_digest *cases,
                                      const size_t *records, size_t count, uint64_t *out_index)
{
    struct hf_snapshots *all = snapshots_of(office);
    struct hf_buf body = {0};
    const uint64_t size = log_size(office);
    if (!all)
        return HF_ERR_NOMEM;
    hf_digests_body_encode(size, cases, count, &body);
    enum hf_status status = hf_buf_status(&body);
    if (status == HF_OK)
        status = write_leaf(office, hf_buf_slice(&body));
    hf_buf_clear(&body);
    if (status != HF_OK)
        return status;
    all->notes[all->note_count++ % HF_SNAPSHOT_NOTES_MAX] = size;
    for (size_t i = 0; i < all->count; i++) /* the note itself changed no case */
        if (all->rows[i].checked == size)
            all->rows[i].checked = size + 1;
    for (size_t i = 0; status == HF_OK && i < count; i++)
        status = keep(office, &cases[i], records[i], size) ? HF_OK : HF_ERR_NOMEM;
    *out_index = size;
    return status;
}
