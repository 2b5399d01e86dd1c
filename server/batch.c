#include "server/batch.h"

#include "core/base/mutant.h"
#include "core/model/body_caseload.h"
#include "server/alerts.h"
#include "server/policies.h"

#include <stdlib.h>
#include <string.h>

#define ASKED_ONE_BY_ONE 4 /* questions about caseloads, before a whole one is read */

/* The array with room for one more item, or NULL (then the old one stays as it is). */
static void *grown(void *items, size_t count, size_t *cap, size_t item_bytes)
{
    if (count < *cap)
        return items;
    if (count >= HF_BATCH_ENTRIES_MAX)
        return NULL;
    size_t new_cap = *cap ? *cap * 2 : 8;
    void *bigger = realloc(items, new_cap * item_bytes);
    if (bigger)
        *cap = new_cap;
    return bigger;
}

void hf_batch_begin(struct hf_batch *batch, struct hf_office *office)
{
    struct hf_store_head head;
    hf_store_head(office->store, &head);
    *batch = (struct hf_batch){
        .office = office, .first_index = head.tree.size, .now_ms = office->wall_ms(office->clock_ctx)};
}

void hf_batch_clear(struct hf_batch *batch)
{
    for (size_t i = 0; i < batch->entry_count; i++)
        free(batch->entries[i].bytes);
    for (size_t i = 0; i < batch->state_count; i++) {
        hf_record_state_clear(&batch->states[i].state);
        hf_buf_clear(&batch->states[i].packed);
    }
    if (batch->device_count)
        hf_wipe(batch->devices, batch->device_count * sizeof *batch->devices);
    if (batch->invitation_count)
        hf_wipe(batch->invitations, batch->invitation_count * sizeof *batch->invitations);
    hf_batch_index_clear(&batch->entry_index);
    hf_batch_index_clear(&batch->state_index);
    free(batch->body);
    free(batch->entries);
    free(batch->states);
    free(batch->effects);
    free(batch->devices);
    free(batch->assignments);
    free(batch->caseload.cases);
    free(batch->invitations);
    hf_policies_given_up(batch->office);
    *batch = (struct hf_batch){.office = batch->office};
}

/* --- entries
 * ----------------------------------------------------------------------------------------------------------- */

uint64_t hf_batch_next_index(const struct hf_batch *batch)
{
    return batch->first_index + batch->entry_count;
}

static const struct hf_id *entry_id(const void *items, size_t at)
{
    return &((const struct hf_batch_entry *)items)[at].row.change_id;
}

struct hf_entry_row *hf_batch_entry_of(const struct hf_batch *batch, const struct hf_id *change_id)
{
    size_t at = 0;
    return hf_batch_index_find(&batch->entry_index, change_id, entry_id, batch->entries, &at) ? &batch->entries[at].row
                                                                                              : NULL;
}

enum hf_status hf_batch_add_entry(struct hf_batch *batch, const struct hf_entry_row *row)
{
    struct hf_batch_entry *entries =
        grown(batch->entries, batch->entry_count, &batch->entry_cap, sizeof *batch->entries);
    if (!entries)
        return HF_ERR_NOMEM;
    batch->entries = entries;
    uint8_t *bytes = malloc(row->leaf.len + row->payload.len);
    if (!bytes)
        return HF_ERR_NOMEM;
    memcpy(bytes, row->leaf.data, row->leaf.len);
    if (row->payload.len)
        memcpy(bytes + row->leaf.len, row->payload.data, row->payload.len);
    struct hf_batch_entry *entry = &batch->entries[batch->entry_count];
    entry->row = *row;
    entry->bytes = bytes;
    entry->row.leaf = hf_slice_of(bytes, row->leaf.len);
    entry->row.payload = hf_slice_of(bytes + row->leaf.len, row->payload.len);
    entry->row.index = hf_batch_next_index(batch);
    entry->row.change_id = hf_leaf_change_id(bytes);
    batch->entry_count++;
    batch->waited += row->waiting;
    return hf_batch_index_add(&batch->entry_index, entry_id, batch->entries);
}

static bool standing_of_row(void *ctx, const struct hf_entry_row *row)
{
    struct hf_change_standing *out = ctx;
    out->record_id = row->record_id;
    out->hold = row->hold;
    out->waiting = row->waiting;
    out->index = row->index;
    return false;
}

enum hf_status hf_batch_standing(struct hf_batch *batch, const struct hf_id *change_id, struct hf_change_standing *out)
{
    const struct hf_entry_row *own = hf_batch_entry_of(batch, change_id);
    if (own) {
        (void)standing_of_row(out, own);
        return HF_OK;
    }
    struct hf_store *store = batch->office->store;
    enum hf_status status = store->ops->change(store, change_id, standing_of_row, out);
    for (size_t i = 0; status == HF_OK && i < batch->effect_count; i++) {
        if (hf_id_equal(&batch->effects[i].change_id, change_id)) {
            out->hold = batch->effects[i].hold;
            out->waiting = batch->effects[i].waiting;
        }
    }
    return status;
}

/* --- states
 * ------------------------------------------------------------------------------------------------------------ */

static enum hf_status load_state(struct hf_store *store, const struct hf_id *record_id, struct hf_record_state *out)
{
    struct hf_buf packed;
    hf_buf_init(&packed, HF_STATE_BYTES_MAX);
    enum hf_status status = store->ops->record(store, record_id, &packed);
    if (status == HF_OK)
        status = hf_record_state_decode(hf_buf_slice(&packed), out);
    else if (status == HF_ERR_NOT_FOUND)
        status = HF_OK;
    hf_buf_clear(&packed);
    return status;
}

static const struct hf_id *state_id(const void *items, size_t at)
{
    return &((const struct hf_batch_state *)items)[at].state.record_id;
}

enum hf_status hf_batch_state(struct hf_batch *batch, const struct hf_id *record_id, struct hf_batch_state **out)
{
    size_t at = 0;
    if (hf_batch_index_find(&batch->state_index, record_id, state_id, batch->states, &at)) {
        *out = &batch->states[at];
        return HF_OK;
    }
    struct hf_batch_state *states = grown(batch->states, batch->state_count, &batch->state_cap, sizeof *states);
    if (!states)
        return HF_ERR_NOMEM;
    batch->states = states;
    struct hf_batch_state *state = &batch->states[batch->state_count];
    memset(state, 0, sizeof *state);
    enum hf_status status = load_state(batch->office->store, record_id, &state->state);
    if (status != HF_OK)
        return status;
    state->state.record_id = *record_id;
    batch->state_count++;
    *out = state;
    return hf_batch_index_add(&batch->state_index, state_id, batch->states);
}

enum hf_status hf_batch_part_id(struct hf_batch *batch, const struct hf_id *case_id, uint16_t type,
                                const struct hf_id *first, struct hf_id *out)
{
    struct hf_id id = *first;
    for (size_t i = 0; i < HF_PART_IDS_MAX; i++) {
        struct hf_batch_state *state = NULL;
        enum hf_status status = hf_batch_state(batch, &id, &state);
        if (status != HF_OK)
            return status;
        if (!state->state.type || (state->state.type == type && hf_id_equal(&state->state.case_id, case_id))) {
            *out = id;
            return HF_OK;
        }
        id = hf_model_part_next(&id, type);
    }
    return HF_ERR_LIMIT;
}

const struct hf_record_state *hf_batch_state_known(const struct hf_batch *batch, const struct hf_id *record_id)
{
    size_t at = 0;
    return hf_batch_index_find(&batch->state_index, record_id, state_id, batch->states, &at) ? &batch->states[at].state
                                                                                             : NULL;
}

/* --- rows
 * ---------------------------------------------------------------------------------------------------------------- */

enum hf_status hf_batch_add_device(struct hf_batch *batch, const struct hf_device_row *row)
{
    struct hf_device_row *rows = grown(batch->devices, batch->device_count, &batch->device_cap, sizeof *rows);
    if (!rows)
        return HF_ERR_NOMEM;
    batch->devices = rows;
    rows[batch->device_count++] = *row;
    return HF_OK;
}

enum hf_status hf_batch_device(struct hf_batch *batch, const uint8_t device[HF_SIGN_PUBLIC_BYTES],
                               struct hf_device_row **out)
{
    for (size_t i = 0; i < batch->device_count; i++) {
        if (memcmp(batch->devices[i].device, device, HF_SIGN_PUBLIC_BYTES) == 0) {
            *out = &batch->devices[i];
            return HF_OK;
        }
    }
    struct hf_device_row row;
    struct hf_store *store = batch->office->store;
    enum hf_status status = store->ops->device(store, device, NULL, &row);
    if (status == HF_OK)
        status = hf_batch_add_device(batch, &row);
    if (status == HF_OK)
        *out = &batch->devices[batch->device_count - 1];
    hf_wipe(&row, sizeof row);
    return status;
}

enum hf_status hf_batch_effect(struct hf_batch *batch, const struct hf_effect_write *effect)
{
    struct hf_effect_write *rows = grown(batch->effects, batch->effect_count, &batch->effect_cap, sizeof *rows);
    if (!rows)
        return HF_ERR_NOMEM;
    batch->effects = rows;
    rows[batch->effect_count++] = *effect;
    return HF_OK;
}

enum hf_status hf_batch_assign(struct hf_batch *batch, const struct hf_assignment_row *row)
{
    struct hf_assignment_row *rows =
        grown(batch->assignments, batch->assignment_count, &batch->assignment_cap, sizeof *rows);
    if (!rows)
        return HF_ERR_NOMEM;
    batch->assignments = rows;
    rows[batch->assignment_count++] = *row;
    return HF_OK;
}

enum hf_status hf_batch_invitation(struct hf_batch *batch, const struct hf_invitation_row *row)
{
    struct hf_invitation_row *rows =
        grown(batch->invitations, batch->invitation_count, &batch->invitation_cap, sizeof *rows);
    if (!rows)
        return HF_ERR_NOMEM;
    batch->invitations = rows;
    rows[batch->invitation_count++] = *row;
    return HF_OK;
}

static bool add_held(void *ctx, const struct hf_assignment_row *row)
{
    struct hf_batch_caseload *load = ctx;
    if (!row->held)
        return true;
    if (load->count == load->cap) {
        const size_t cap = load->cap ? load->cap * 2 : 64;
        struct hf_id *cases = realloc(load->cases, cap * sizeof *cases);
        load->failed = !cases;
        if (!cases)
            return false;
        load->cases = cases;
        load->cap = cap;
    }
    load->cases[load->count++] = row->case_id;
    return true;
}

static enum hf_status load_caseload(struct hf_batch *batch, const struct hf_id *person)
{
    struct hf_batch_caseload *load = &batch->caseload;
    struct hf_store *store = batch->office->store;
    if (load->known && hf_id_equal(&load->person, person))
        return HF_OK;
    load->known = load->failed = false;
    load->count = 0;
    enum hf_status status = store->ops->assignments(store, person, add_held, load);
    if (status == HF_OK && load->failed)
        status = HF_ERR_NOMEM;
    load->person = *person;
    load->known = status == HF_OK;
    return status;
}

struct holder_search {
    const struct hf_id *person;
    bool found;
};

static bool is_holder(void *ctx, const struct hf_assignment_row *row)
{
    struct holder_search *search = ctx;
    search->found = row->held && hf_id_equal(&row->person, search->person);
    return !search->found;
}

static enum hf_status ask_holders(struct hf_batch *batch, const struct hf_id *person, const struct hf_id *case_id,
                                  bool *out)
{
    struct holder_search search = {.person = person};
    enum hf_status status = hf_store_holders(batch->office->store, case_id, is_holder, &search);
    if (status == HF_OK)
        *out = search.found;
    return status;
}

enum hf_status hf_batch_holds(struct hf_batch *batch, const struct hf_id *person, const struct hf_id *case_id,
                              bool *out)
{
    for (size_t i = batch->assignment_count; i-- > 0;) {
        const struct hf_assignment_row *row = &batch->assignments[i];
        if (hf_id_equal(&row->person, person) && hf_id_equal(&row->case_id, case_id)) {
            *out = row->held;
            return HF_OK;
        }
    }
    if (!batch->caseload.known && batch->caseload.asked++ < ASKED_ONE_BY_ONE)
        return ask_holders(batch, person, case_id, out);
    enum hf_status status = load_caseload(batch, person);
    if (status != HF_OK)
        return status;
    bool held = false;
    for (size_t i = 0; !held && i < batch->caseload.count; i++)
        held = hf_id_equal(&batch->caseload.cases[i], case_id);
    *out = held;
    return HF_OK;
}

static bool opens_case(const struct hf_entry_row *row)
{
    return row->kind == HF_LEAF_CASE && row->hold == HF_HOLD_NONE;
}

static bool search_opened(void *ctx, const struct hf_entry_row *row)
{
    bool *opened = ctx;
    *opened = opens_case(row);
    return !*opened;
}

enum hf_status hf_batch_case_opened(struct hf_batch *batch, const struct hf_id *case_id, bool *out)
{
    bool opened = false;
    struct hf_feed_filter filter = {.one_case = true, .case_id = *case_id};
    struct hf_store *store = batch->office->store;
    for (size_t i = 0; !opened && i < batch->entry_count; i++)
        opened = hf_id_equal(&batch->entries[i].row.case_id, case_id) && opens_case(&batch->entries[i].row);
    enum hf_status status = opened ? HF_OK : store->ops->feed(store, &filter, 0, search_opened, &opened);
    if (status == HF_OK)
        *out = opened;
    return status;
}

/* --- the server's own leaves
 * --------------------------------------------------------------------------------------------- */

enum hf_status hf_batch_office_key(struct hf_batch *batch, struct hf_class_key *out)
{
    return hf_keystore_current(batch->office->keystore, &batch->office->office_case, out);
}

static void fill_leaf(const struct hf_batch *batch, enum hf_leaf_kind kind, const struct hf_device_row *self,
                      struct hf_leaf *leaf)
{
    const struct hf_office *office = batch->office;
    *leaf = (struct hf_leaf){.kind = kind,
                             .clock = hf_clock_tick(self->clock, batch->now_ms),
                             .incarnation = self->incarnation,
                             .seq = self->next_seq,
                             .seen_size = office->mark.size};
    memcpy(leaf->log_id, office->leaf_log_id, sizeof leaf->log_id);
    memcpy(leaf->device, self->device, sizeof leaf->device);
    memcpy(leaf->prev, self->head, sizeof leaf->prev);
    memcpy(leaf->seen_root, office->mark.root.bytes, sizeof leaf->seen_root);
}

static enum hf_status merge_own(struct hf_batch *batch, struct hf_slice body, const struct hf_id *change,
                                hf_clock clock, struct hf_id *out_record)
{
    struct hf_data_body data;
    struct hf_batch_state *state = NULL;
    enum hf_status status = hf_data_body_decode(body, &data, NULL);
    if (status == HF_OK)
        status = hf_batch_state(batch, &data.record_id, &state);
    if (status == HF_OK)
        status = hf_merge_apply(&state->state, &data, change, clock);
    if (status == HF_OK) {
        state->changed = true;
        *out_record = data.record_id;
    }
    return status;
}

/* The server's row; a device key that is new begins one. */
static enum hf_status own_row(struct hf_batch *batch, const uint8_t device[HF_SIGN_PUBLIC_BYTES],
                              struct hf_device_row **out)
{
    struct hf_device_row self = {.state = HF_DEVICE_ACTIVE, .role = HF_ROLE_SERVER};
    enum hf_status status = hf_batch_device(batch, device, out);
    if (status != HF_ERR_NOT_FOUND)
        return status;
    memcpy(self.device, device, sizeof self.device);
    memcpy(self.channel_key, device, sizeof self.channel_key); /* nobody comes with it; channel keys differ */
    self.enrolled_ms = self.last_seen_ms = batch->now_ms;
    status = hf_batch_add_device(batch, &self);
    return status == HF_OK ? hf_batch_device(batch, device, out) : status;
}

enum hf_status hf_batch_server_leaf(struct hf_batch *batch, enum hf_leaf_kind kind, const struct hf_class_key *key,
                                    struct hf_slice body)
{
    return hf_batch_server_leaf_by(batch, &hf_keystore_server(batch->office->keystore)->device, kind, key, body);
}

enum hf_status hf_batch_server_leaf_by(struct hf_batch *batch, const struct hf_sign_key *device, enum hf_leaf_kind kind,
                                       const struct hf_class_key *key, struct hf_slice body)
{
    struct hf_device_row *self = NULL;
    struct hf_buf payload = {0};
    struct hf_leaf leaf;
    uint8_t bytes[HF_LEAF_BYTES];
    enum hf_status status = own_row(batch, device->public_key, &self);
    if (status != HF_OK)
        return status;
    fill_leaf(batch, kind, self, &leaf);
    status = hf_payload_seal(key, body, &leaf, &payload);
    if (status != HF_OK)
        goto out;
    hf_leaf_sign(&leaf, device);
    hf_leaf_encode(&leaf, bytes);
    struct hf_id change = hf_leaf_change_id(bytes);
    struct hf_entry_row row = {.kind = kind,
                               .case_id = key->case_id,
                               .key_id = key->key_id,
                               .leaf = hf_slice_of(bytes, sizeof bytes),
                               .payload = hf_buf_slice(&payload)};
    if (kind == HF_LEAF_DATA)
        status = merge_own(batch, body, &change, leaf.clock, &row.record_id);
    if (status == HF_OK)
        status = hf_batch_add_entry(batch, &row);
    if (status == HF_OK) {
        self->next_seq++;
        self->clock = leaf.clock;
        hf_leaf_hash(bytes, self->head);
    }
out:
    hf_buf_clear(&payload);
    return status;
}

enum hf_status hf_batch_note(struct hf_batch *batch, const struct hf_caseload_note *note)
{
    struct hf_class_key key = {0};
    struct hf_buf body = {0};
    hf_caseload_note_encode(note, &body);
    enum hf_status status = hf_buf_status(&body);
    if (status == HF_OK)
        status = hf_batch_office_key(batch, &key);
    if (status == HF_OK)
        status = hf_batch_server_leaf(batch, HF_LEAF_NOTE, &key, hf_buf_slice(&body));
    hf_wipe(&key, sizeof key);
    hf_buf_clear(&body);
    return status;
}

enum hf_status hf_batch_say_asked(struct hf_batch *batch, const struct hf_acting *acting, uint64_t first,
                                  uint64_t count)
{
    struct hf_caseload_note note = {.what = HF_CASELOAD_OFFICE,
                                    .person = acting->person,
                                    .command = hf_slice_str(acting->command),
                                    .first = first,
                                    .count = count};
    memcpy(note.device, acting->device, sizeof note.device);
    return hf_batch_note(batch, &note);
}

/* A command that changes something says in the same commit for whom, after what it wrote. */
static enum hf_status add_acting(struct hf_batch *batch)
{
    const struct hf_acting *acting = batch->office->acting;
    if (!acting || (batch->entry_count == 0 && batch->invitation_count == 0))
        return HF_OK;
    return hf_batch_say_asked(batch, acting, batch->first_index, batch->entry_count);
}

/* --- commit
 * ------------------------------------------------------------------------------------------------------------------ */

static enum hf_status pack_states(struct hf_batch *batch, struct hf_record_write *writes, size_t *out_count)
{
    *out_count = 0;
    for (size_t i = 0; i < batch->state_count; i++) {
        struct hf_batch_state *state = &batch->states[i];
        if (!state->changed || (HF_MUTANT(STATE_UNSTORED) && i > 0))
            continue;
        hf_record_state_encode(&state->state, &state->packed);
        enum hf_status status = hf_buf_status(&state->packed);
        if (status != HF_OK)
            return status;
        writes[(*out_count)++] =
            (struct hf_record_write){.record_id = state->state.record_id,
                                     .case_id = state->state.case_id,
                                     .type = state->state.type,
                                     .conflict_count = (uint32_t)hf_merge_conflict_count(&state->state),
                                     .packed = hf_buf_slice(&state->packed)};
    }
    return HF_OK;
}

enum hf_status hf_batch_commit(struct hf_batch *batch)
{
    enum hf_status status = add_acting(batch);
    if (status != HF_OK)
        return status;
    struct hf_record_write *writes = calloc(batch->state_count + 1, sizeof *writes);
    struct hf_entry_row *rows = calloc(batch->entry_count + 1, sizeof *rows);
    size_t write_count = 0;
    status = writes && rows ? pack_states(batch, writes, &write_count) : HF_ERR_NOMEM;
    if (status == HF_OK) {
        for (size_t i = 0; i < batch->entry_count; i++)
            rows[i] = batch->entries[i].row;
        struct hf_store_batch all = {.expected_size = batch->first_index,
                                     .now_ms = batch->now_ms,
                                     .entries = rows,
                                     .entry_count = batch->entry_count,
                                     .records = writes,
                                     .record_count = write_count,
                                     .effects = batch->effects,
                                     .effect_count = batch->effect_count,
                                     .devices = batch->devices,
                                     .device_count = batch->device_count,
                                     .assignments = batch->assignments,
                                     .assignment_count = batch->assignment_count,
                                     .invitations = batch->invitations,
                                     .invitation_count = batch->invitation_count,
                                     .erased_case = hf_id_is_zero(&batch->erased_case) ? NULL : &batch->erased_case};
        status = hf_store_commit(batch->office->store, &all);
    }
    if (status == HF_OK) {
        hf_policies_committed(batch->office);
        hf_alerts_touched(batch->office, batch);
    }
    free(writes);
    free(rows);
    return status;
}
