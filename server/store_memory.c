/* The in-memory driver: for tests and for machines that simulate many years in a minute. Nothing survives close. */
#include "server/store.h"

#include "server/store_memory_list.h"

#include <stdlib.h>
#include <string.h>

struct entry {
    struct hf_entry_row row; /* slices point into bytes */
    uint8_t *bytes;
};
struct record {
    struct hf_record_write row; /* packed points into bytes */
    uint8_t *bytes;
};
struct level {
    struct list hashes;
};
struct memory {
    struct hf_store base;
    struct hf_memory_beside beside; /* second: store_memory_attach.c finds it */
    struct list entries;
    struct list records; /* ascending record id */
    struct list devices;
    struct list invitations;
    struct list assignments;
    struct level levels[HF_TREE_LEVELS_MAX];
    uint32_t *by_change; /* open addressing over entries: index + 1, 0 empty */
    size_t by_change_cap;
    size_t waiting_count;
    struct hf_buf note;
};

static struct memory *memory_of(struct hf_store *store)
{
    return (struct memory *)store;
}

static size_t change_slot(const struct memory *self, const struct hf_id *id)
{
    uint64_t hash = hf_get_u64(id->bytes);
    size_t slot = (size_t)hash & (self->by_change_cap - 1);
    while (self->by_change[slot]) {
        const struct entry *entry = list_at(&self->entries, self->by_change[slot] - 1);
        if (hf_id_equal(&entry->row.change_id, id))
            break;
        slot = (slot + 1) & (self->by_change_cap - 1);
    }
    return slot;
}

static struct entry *find_change(const struct memory *self, const struct hf_id *id)
{
    if (self->by_change_cap == 0)
        return NULL;
    uint32_t found = self->by_change[change_slot(self, id)];
    return found ? list_at(&self->entries, found - 1) : NULL;
}

static enum hf_status index_reserve(struct memory *self, size_t more)
{
    size_t want = (self->entries.count + more) * 2;
    if (want <= self->by_change_cap)
        return HF_OK;
    size_t cap = self->by_change_cap ? self->by_change_cap : 64;
    while (cap < want)
        cap *= 2;
    uint32_t *slots = calloc(cap, sizeof *slots);
    if (!slots)
        return HF_ERR_NOMEM;
    free(self->by_change);
    self->by_change = slots;
    self->by_change_cap = cap;
    for (size_t i = 0; i < self->entries.count; i++) {
        const struct entry *entry = list_at(&self->entries, i);
        self->by_change[change_slot(self, &entry->row.change_id)] = (uint32_t)i + 1;
    }
    return HF_OK;
}

static size_t record_place(const struct memory *self, const struct hf_id *id, bool *out_found)
{
    size_t low = 0, high = self->records.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct record *record = list_at(&self->records, middle);
        int order = hf_id_compare(&record->row.record_id, id);
        if (order == 0) {
            *out_found = true;
            return middle;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *out_found = false;
    return low;
}

/* --- commit: everything that can fail comes first ----------------------------------------------------------------- */

struct prepared {
    struct entry *entries;
    struct record *records;
};

static void prepared_free(struct prepared *prepared, const struct hf_store_batch *batch)
{
    for (size_t i = 0; prepared->entries && i < batch->entry_count; i++)
        free(prepared->entries[i].bytes);
    for (size_t i = 0; prepared->records && i < batch->record_count; i++)
        free(prepared->records[i].bytes);
    free(prepared->entries);
    free(prepared->records);
}

static enum hf_status copy_entry(const struct hf_entry_row *row, struct entry *out)
{
    out->row = *row;
    out->bytes = malloc(row->leaf.len + row->payload.len + 1);
    if (!out->bytes)
        return HF_ERR_NOMEM;
    memcpy(out->bytes, row->leaf.data, row->leaf.len);
    if (row->payload.len)
        memcpy(out->bytes + row->leaf.len, row->payload.data, row->payload.len);
    out->row.leaf = hf_slice_of(out->bytes, row->leaf.len);
    out->row.payload = hf_slice_of(out->bytes + row->leaf.len, row->payload.len);
    return HF_OK;
}

static enum hf_status copy_record(const struct hf_record_write *row, struct record *out)
{
    out->row = *row;
    out->bytes = malloc(row->packed.len + 1);
    if (!out->bytes)
        return HF_ERR_NOMEM;
    if (row->packed.len)
        memcpy(out->bytes, row->packed.data, row->packed.len);
    out->row.packed = hf_slice_of(out->bytes, row->packed.len);
    return HF_OK;
}

static enum hf_status prepare(const struct hf_store_batch *batch, struct prepared *out)
{
    out->entries = calloc(batch->entry_count + 1, sizeof *out->entries);
    out->records = calloc(batch->record_count + 1, sizeof *out->records);
    enum hf_status status = out->entries && out->records ? HF_OK : HF_ERR_NOMEM;
    for (size_t i = 0; status == HF_OK && i < batch->entry_count; i++)
        status = copy_entry(&batch->entries[i], &out->entries[i]);
    for (size_t i = 0; status == HF_OK && i < batch->record_count; i++)
        status = copy_record(&batch->records[i], &out->records[i]);
    return status;
}

static enum hf_status reserve_nodes(struct memory *self, const struct hf_node_write *nodes, size_t node_count)
{
    size_t more[HF_TREE_LEVELS_MAX] = {0};
    for (size_t i = 0; i < node_count; i++)
        more[nodes[i].level]++;
    enum hf_status status = HF_OK;
    for (size_t level = 0; status == HF_OK && level < HF_TREE_LEVELS_MAX; level++)
        if (more[level])
            status = list_reserve(&self->levels[level].hashes, more[level]);
    return status;
}

static enum hf_status reserve(struct memory *self, const struct hf_store_batch *batch,
                              const struct hf_node_write *nodes, size_t node_count)
{
    enum hf_status status = index_reserve(self, batch->entry_count);
    if (status == HF_OK)
        status = list_reserve(&self->entries, batch->entry_count);
    if (status == HF_OK)
        status = list_reserve(&self->records, batch->record_count);
    if (status == HF_OK)
        status = list_reserve(&self->devices, batch->device_count);
    if (status == HF_OK)
        status = list_reserve(&self->invitations, batch->invitation_count);
    if (status == HF_OK)
        status = list_reserve(&self->assignments, batch->assignment_count);
    return status == HF_OK ? reserve_nodes(self, nodes, node_count) : status;
}

/* A change id logged before, or twice in this batch, is a mistake of the caller. */
static bool ids_are_new(const struct memory *self, const struct hf_store_batch *batch)
{
    for (size_t i = 0; i < batch->entry_count; i++) {
        if (find_change(self, &batch->entries[i].change_id))
            return false;
        for (size_t j = 0; j < i; j++)
            if (hf_id_equal(&batch->entries[i].change_id, &batch->entries[j].change_id))
                return false;
    }
    return true;
}

static bool effects_are_known(const struct memory *self, const struct hf_store_batch *batch)
{
    for (size_t i = 0; i < batch->effect_count; i++) {
        bool known = find_change(self, &batch->effects[i].change_id) != NULL;
        for (size_t j = 0; !known && j < batch->entry_count; j++)
            known = hf_id_equal(&batch->entries[j].change_id, &batch->effects[i].change_id);
        if (!known)
            return false;
    }
    return true;
}

static bool channel_key_is_free(const struct list *devices, const struct hf_device_row *row)
{
    for (size_t i = 0; i < devices->count; i++) {
        const struct hf_device_row *other = list_at(devices, i);
        if (memcmp(other->channel_key, row->channel_key, HF_DH_BYTES) == 0 &&
            memcmp(other->device, row->device, HF_SIGN_PUBLIC_BYTES) != 0)
            return false;
    }
    return true;
}

/* A channel key belongs to one device, among those stored and those to come. */
static bool channel_keys_are_free(const struct memory *self, const struct hf_store_batch *batch)
{
    const struct list coming = {
        .items = (void *)(uintptr_t)batch->devices, .count = batch->device_count, .item_bytes = sizeof *batch->devices};
    for (size_t i = 0; i < batch->device_count; i++)
        if (!channel_key_is_free(&self->devices, &batch->devices[i]) ||
            !channel_key_is_free(&coming, &batch->devices[i]))
            return false;
    return true;
}

static void put_records(struct memory *self, struct prepared *prepared, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        bool found;
        size_t place = record_place(self, &prepared->records[i].row.record_id, &found);
        if (found) {
            struct record *record = list_at(&self->records, place);
            free(record->bytes);
            *record = prepared->records[i];
        } else {
            list_insert(&self->records, place, &prepared->records[i]);
        }
        prepared->records[i].bytes = NULL;
    }
}

static void put_device(struct memory *self, const struct hf_device_row *row)
{
    for (size_t i = 0; i < self->devices.count; i++) {
        struct hf_device_row *device = list_at(&self->devices, i);
        if (memcmp(device->device, row->device, sizeof row->device) == 0) {
            *device = *row;
            return;
        }
    }
    list_insert(&self->devices, self->devices.count, row);
}

static void put_invitation(struct memory *self, const struct hf_invitation_row *row)
{
    for (size_t i = 0; i < self->invitations.count; i++) {
        struct hf_invitation_row *invitation = list_at(&self->invitations, i);
        if (hf_id_equal(&invitation->id, &row->id)) {
            *invitation = *row;
            return;
        }
    }
    list_insert(&self->invitations, self->invitations.count, row);
}

static void put_assignment(struct memory *self, const struct hf_assignment_row *row)
{
    for (size_t i = 0; i < self->assignments.count; i++) {
        struct hf_assignment_row *assignment = list_at(&self->assignments, i);
        if (hf_id_equal(&assignment->case_id, &row->case_id) && hf_id_equal(&assignment->person, &row->person)) {
            *assignment = *row;
            return;
        }
    }
    list_insert(&self->assignments, self->assignments.count, row);
}

static void erase_case(struct memory *self, const struct hf_id *case_id)
{
    for (size_t i = 0; i < self->entries.count; i++) {
        struct entry *entry = list_at(&self->entries, i);
        if (!hf_id_equal(&entry->row.case_id, case_id))
            continue;
        hf_wipe(entry->bytes + entry->row.leaf.len, entry->row.payload.len);
        entry->row.payload.len = 0;
        self->waiting_count -= entry->row.waiting;
        entry->row.waiting = false;
    }
    size_t left = 0;
    for (size_t i = 0; i < self->records.count; i++) {
        struct record *record = list_at(&self->records, i);
        if (hf_id_equal(&record->row.case_id, case_id)) {
            hf_wipe(record->bytes, record->row.packed.len);
            free(record->bytes);
        } else {
            struct record *kept = list_at(&self->records, left++);
            *kept = *record;
        }
    }
    self->records.count = left;
    hf_memory_beside_purge(&self->beside, case_id);
}

static void put_all(struct memory *self, const struct hf_store_batch *batch, const struct hf_node_write *nodes,
                    size_t node_count, struct prepared *prepared)
{
    for (size_t i = 0; i < batch->entry_count; i++) {
        size_t slot = change_slot(self, &prepared->entries[i].row.change_id);
        list_insert(&self->entries, self->entries.count, &prepared->entries[i]);
        self->by_change[slot] = (uint32_t)self->entries.count;
        prepared->entries[i].bytes = NULL;
        self->waiting_count += batch->entries[i].waiting;
    }
    for (size_t i = 0; i < node_count; i++) {
        struct list *hashes = &self->levels[nodes[i].level].hashes;
        list_insert(hashes, hashes->count, &nodes[i].hash);
    }
    for (size_t i = 0; i < batch->effect_count; i++) {
        struct entry *entry = find_change(self, &batch->effects[i].change_id);
        if (entry) {
            self->waiting_count = self->waiting_count - entry->row.waiting + batch->effects[i].waiting;
            entry->row.hold = batch->effects[i].hold;
            entry->row.waiting = batch->effects[i].waiting;
        }
    }
    put_records(self, prepared, batch->record_count);
    for (size_t i = 0; i < batch->device_count; i++)
        put_device(self, &batch->devices[i]);
    for (size_t i = 0; i < batch->invitation_count; i++)
        put_invitation(self, &batch->invitations[i]);
    for (size_t i = 0; i < batch->assignment_count; i++)
        put_assignment(self, &batch->assignments[i]);
    if (batch->erased_case)
        erase_case(self, batch->erased_case);
}

static enum hf_status memory_commit(struct hf_store *store, const struct hf_store_batch *batch,
                                    const struct hf_node_write *nodes, size_t node_count)
{
    struct memory *self = memory_of(store);
    struct prepared prepared = {0};
    if (!ids_are_new(self, batch))
        return HF_ERR_EXISTS;
    if (!effects_are_known(self, batch))
        return HF_ERR_NOT_FOUND;
    if (!channel_keys_are_free(self, batch))
        return HF_ERR_EXISTS;
    enum hf_status status = prepare(batch, &prepared);
    if (status == HF_OK)
        status = reserve(self, batch, nodes, node_count);
    if (status == HF_OK)
        put_all(self, batch, nodes, node_count, &prepared);
    prepared_free(&prepared, batch);
    return status;
}

static enum hf_status memory_publish(struct hf_store *store, uint64_t size, struct hf_slice note)
{
    struct memory *self = memory_of(store);
    struct hf_buf copy = {0};
    (void)size;
    hf_buf_append_slice(&copy, note);
    enum hf_status status = hf_buf_status(&copy);
    if (status != HF_OK)
        return status;
    hf_buf_clear(&self->note);
    self->note = copy;
    return HF_OK;
}

/* --- reading ---------------------------------------------------------------------------------------------------------
 */

static enum hf_status memory_checkpoint(struct hf_store *store, struct hf_buf *out_note)
{
    hf_buf_append_slice(out_note, hf_buf_slice(&memory_of(store)->note));
    return hf_buf_status(out_note);
}

static bool memory_node(struct hf_store *store, unsigned level, uint64_t index, struct hf_hash *out)
{
    if (level >= HF_TREE_LEVELS_MAX)
        return false;
    const struct list *hashes = &memory_of(store)->levels[level].hashes;
    if (index >= hashes->count)
        return false;
    *out = *(const struct hf_hash *)list_at(hashes, (size_t)index);
    return true;
}

static enum hf_status memory_entries(struct hf_store *store, uint64_t from, uint64_t count, hf_entry_row_fn *each,
                                     void *ctx)
{
    const struct list *entries = &memory_of(store)->entries;
    for (uint64_t i = from; i < entries->count && i - from < count; i++) {
        const struct entry *entry = list_at(entries, (size_t)i);
        if (!each(ctx, &entry->row))
            break;
    }
    return HF_OK;
}

static bool person_holds(const struct memory *self, const struct hf_id *person, const struct hf_id *case_id)
{
    for (size_t i = 0; i < self->assignments.count; i++) {
        const struct hf_assignment_row *row = list_at(&self->assignments, i);
        if (row->held && hf_id_equal(&row->person, person) && hf_id_equal(&row->case_id, case_id))
            return true;
    }
    return false;
}

static bool feed_wants(const struct memory *self, const struct hf_feed_filter *filter, const struct hf_entry_row *row)
{
    if (filter->one_case)
        return hf_id_equal(&row->case_id, &filter->case_id);
    return filter->all_cases || hf_id_equal(&row->case_id, &filter->office_case) ||
           person_holds(self, &filter->person, &row->case_id);
}

static enum hf_status memory_feed(struct hf_store *store, const struct hf_feed_filter *filter, uint64_t from,
                                  hf_entry_row_fn *each, void *ctx)
{
    const struct memory *self = memory_of(store);
    uint64_t until = filter->until && filter->until < self->entries.count ? filter->until : self->entries.count;
    for (uint64_t i = from; i < until; i++) {
        const struct entry *entry = list_at(&self->entries, (size_t)i);
        if (feed_wants(self, filter, &entry->row) && !each(ctx, &entry->row))
            break;
    }
    return HF_OK;
}

static enum hf_status memory_change(struct hf_store *store, const struct hf_id *change_id, hf_entry_row_fn *each,
                                    void *ctx)
{
    const struct entry *entry = find_change(memory_of(store), change_id);
    if (!entry)
        return HF_ERR_NOT_FOUND;
    (void)each(ctx, &entry->row);
    return HF_OK;
}

static enum hf_status memory_changes_of(struct hf_store *store, const struct hf_id *record_id, hf_entry_row_fn *each,
                                        void *ctx)
{
    const struct list *entries = &memory_of(store)->entries;
    for (size_t i = 0; i < entries->count; i++) {
        const struct entry *entry = list_at(entries, i);
        if (hf_id_equal(&entry->row.record_id, record_id) && !each(ctx, &entry->row))
            break;
    }
    return HF_OK;
}

static enum hf_status memory_waiting(struct hf_store *store, const struct hf_id *record_id, hf_entry_row_fn *each,
                                     void *ctx)
{
    const struct list *entries = &memory_of(store)->entries;
    if (memory_of(store)->waiting_count == 0)
        return HF_OK;
    for (size_t i = 0; i < entries->count; i++) {
        const struct entry *entry = list_at(entries, i);
        if (entry->row.waiting && hf_id_equal(&entry->row.record_id, record_id) && !each(ctx, &entry->row))
            break;
    }
    return HF_OK;
}

static enum hf_status memory_held(struct hf_store *store, hf_entry_row_fn *each, void *ctx)
{
    const struct list *entries = &memory_of(store)->entries;
    for (size_t i = 0; i < entries->count; i++) {
        const struct entry *entry = list_at(entries, i);
        if (entry->row.hold != HF_HOLD_NONE && entry->row.hold != HF_HOLD_REFUSED && !each(ctx, &entry->row))
            break;
    }
    return HF_OK;
}

static enum hf_status memory_record(struct hf_store *store, const struct hf_id *record_id, struct hf_buf *out_packed)
{
    const struct memory *self = memory_of(store);
    bool found;
    size_t place = record_place(self, record_id, &found);
    if (!found)
        return HF_ERR_NOT_FOUND;
    const struct record *record = list_at(&self->records, place);
    hf_buf_append_slice(out_packed, record->row.packed);
    return hf_buf_status(out_packed);
}

static enum hf_status memory_records(struct hf_store *store, const struct hf_id *case_id,
                                     bool (*each)(void *ctx, const struct hf_record_write *row), void *ctx)
{
    const struct list *records = &memory_of(store)->records;
    for (size_t i = 0; i < records->count; i++) {
        const struct record *record = list_at(records, i);
        if (hf_id_equal(&record->row.case_id, case_id) && !each(ctx, &record->row))
            break;
    }
    return HF_OK;
}

static enum hf_status memory_device(struct hf_store *store, const uint8_t *device, const uint8_t *channel_key,
                                    struct hf_device_row *out)
{
    const struct list *devices = &memory_of(store)->devices;
    for (size_t i = 0; i < devices->count; i++) {
        const struct hf_device_row *row = list_at(devices, i);
        bool fits = device ? memcmp(row->device, device, HF_SIGN_PUBLIC_BYTES) == 0
                           : memcmp(row->channel_key, channel_key, HF_DH_BYTES) == 0;
        if (fits) {
            *out = *row;
            return HF_OK;
        }
    }
    return HF_ERR_NOT_FOUND;
}

static int compare_devices(const void *left, const void *right)
{
    const struct hf_device_row *a = *(const struct hf_device_row *const *)left;
    const struct hf_device_row *b = *(const struct hf_device_row *const *)right;
    if (a->enrolled_ms != b->enrolled_ms)
        return a->enrolled_ms < b->enrolled_ms ? -1 : 1;
    return memcmp(a->device, b->device, sizeof a->device);
}

static enum hf_status memory_devices(struct hf_store *store, bool (*each)(void *ctx, const struct hf_device_row *row),
                                     void *ctx)
{
    const struct list *devices = &memory_of(store)->devices;
    const void **items = sorted(devices, compare_devices);
    if (!items)
        return HF_ERR_NOMEM;
    for (size_t i = 0; i < devices->count; i++)
        if (!each(ctx, items[i]))
            break;
    free(items);
    return HF_OK;
}

static enum hf_status memory_invitation(struct hf_store *store, const struct hf_id *id, struct hf_invitation_row *out)
{
    const struct list *invitations = &memory_of(store)->invitations;
    for (size_t i = 0; i < invitations->count; i++) {
        const struct hf_invitation_row *row = list_at(invitations, i);
        if (hf_id_equal(&row->id, id)) {
            *out = *row;
            return HF_OK;
        }
    }
    return HF_ERR_NOT_FOUND;
}

static int compare_assignments(const void *left, const void *right)
{
    const struct hf_assignment_row *a = *(const struct hf_assignment_row *const *)left;
    const struct hf_assignment_row *b = *(const struct hf_assignment_row *const *)right;
    if (a->index != b->index)
        return a->index < b->index ? -1 : 1;
    int order = hf_id_compare(&a->case_id, &b->case_id);
    return order ? order : hf_id_compare(&a->person, &b->person);
}

static enum hf_status memory_assignments(struct hf_store *store, const struct hf_id *person,
                                         bool (*each)(void *ctx, const struct hf_assignment_row *row), void *ctx)
{
    const struct list *assignments = &memory_of(store)->assignments;
    const void **items = sorted(assignments, compare_assignments);
    if (!items)
        return HF_ERR_NOMEM;
    for (size_t i = 0; i < assignments->count; i++) {
        const struct hf_assignment_row *row = items[i];
        if ((!person || hf_id_equal(&row->person, person)) && !each(ctx, row))
            break;
    }
    free(items);
    return HF_OK;
}

static void memory_close(struct hf_store *store)
{
    struct memory *self = memory_of(store);
    for (size_t i = 0; i < self->entries.count; i++)
        free(((struct entry *)list_at(&self->entries, i))->bytes);
    for (size_t i = 0; i < self->records.count; i++)
        free(((struct record *)list_at(&self->records, i))->bytes);
    for (size_t level = 0; level < HF_TREE_LEVELS_MAX; level++)
        free(self->levels[level].hashes.items);
    if (self->devices.count)
        hf_wipe(self->devices.items, self->devices.count * self->devices.item_bytes);
    if (self->invitations.count)
        hf_wipe(self->invitations.items, self->invitations.count * self->invitations.item_bytes);
    free(self->entries.items);
    free(self->records.items);
    free(self->devices.items);
    free(self->invitations.items);
    free(self->assignments.items);
    free(self->by_change);
    hf_buf_clear(&self->note);
    hf_memory_beside_clear(&self->beside);
    free(self);
}

static enum hf_status memory_counts(struct hf_store *store, struct hf_store_counts *out)
{
    const struct list *entries = &memory_of(store)->entries;
    *out = (struct hf_store_counts){.waiting = memory_of(store)->waiting_count};
    for (size_t i = 0; i < entries->count; i++) {
        enum hf_hold hold = ((const struct entry *)list_at(entries, i))->row.hold;
        out->held += hold != HF_HOLD_NONE && hold != HF_HOLD_REFUSED;
    }
    return HF_OK;
}

static enum hf_status memory_of_kind(struct hf_store *store, enum hf_leaf_kind kind, hf_entry_row_fn *each, void *ctx)
{
    const struct list *entries = &memory_of(store)->entries;
    for (size_t i = 0; i < entries->count; i++) {
        const struct entry *entry = list_at(entries, i);
        if (entry->row.kind == kind && !each(ctx, &entry->row))
            break;
    }
    return HF_OK;
}

static enum hf_status memory_destroy(struct hf_store *store, const struct hf_id *case_id)
{
    erase_case(memory_of(store), case_id);
    return HF_OK;
}

static enum hf_status memory_scrub(struct hf_store *store)
{
    (void)store;
    return HF_OK;
}

static const struct hf_store_ops memory_ops = {
    .close = memory_close,
    .commit = memory_commit,
    .publish = memory_publish,
    .checkpoint = memory_checkpoint,
    .node = memory_node,
    .entries = memory_entries,
    .feed = memory_feed,
    .change = memory_change,
    .changes_of = memory_changes_of,
    .waiting = memory_waiting,
    .held = memory_held,
    .record = memory_record,
    .records = memory_records,
    .device = memory_device,
    .devices = memory_devices,
    .invitation = memory_invitation,
    .counts = memory_counts,
    .assignments = memory_assignments,
    .draft_put = hf_memory_draft_put,
    .draft_end = hf_memory_draft_end,
    .drafts = hf_memory_drafts,
    .drafts_purge = hf_memory_drafts_purge,
    .attach_put = hf_memory_attach_put,
    .attach = hf_memory_attach,
    .attach_bytes = hf_memory_attach_bytes,
    .attach_each = hf_memory_attach_each,
    .of_kind = memory_of_kind,
    .destroy = memory_destroy,
    .scrub = memory_scrub,
    .text_put = hf_memory_text_put,
    .text_get = hf_memory_text_get,
};

enum hf_status hf_store_memory_open(struct hf_store **out)
{
    struct memory *self = calloc(1, sizeof *self);
    if (!self)
        return HF_ERR_NOMEM;
    self->base.ops = &memory_ops;
    self->entries.item_bytes = sizeof(struct entry);
    self->records.item_bytes = sizeof(struct record);
    self->devices.item_bytes = sizeof(struct hf_device_row);
    self->invitations.item_bytes = sizeof(struct hf_invitation_row);
    self->assignments.item_bytes = sizeof(struct hf_assignment_row);
    for (size_t level = 0; level < HF_TREE_LEVELS_MAX; level++)
        self->levels[level].hashes.item_bytes = sizeof(struct hf_hash);
    *out = &self->base;
    return HF_OK;
}
