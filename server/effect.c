#include "server/effect.h"

#include "core/base/mutant.h"
#include "core/model/body_caseload.h"
#include "server/enrol.h"
#include "server/journal.h"
#include "server/officers.h"
#include "server/policies.h"
#include "server/release.h"
#include "server/words.h"

#include <stdlib.h>
#include <string.h>

#define WAITING_MAX 256 /* changes of one record that wait for a base */

/* --- decide
 * -------------------------------------------------------------------------------------------------------------- */

/* A worker writes to the cases they hold, managers and the office to every case. In the office case staff records are
 * the server's alone; the rest is for server/policies.h to say. */
static enum hf_status may_write(struct hf_batch *batch, const struct hf_peer *peer, const struct hf_data_body *body,
                                bool *out)
{
    *out = false;
    if (hf_id_equal(&body->case_id, &batch->office->office_case))
        return hf_policies_may_write_office(batch, peer, body, out);
    if (!hf_enrol_role_holds_cases(peer->role))
        return HF_OK;
    *out = true;
    return peer->role == HF_ROLE_WORKER && !HF_MUTANT(RIGHTS_UNCHECKED)
               ? hf_batch_holds(batch, &peer->person, &body->case_id, out)
               : HF_OK;
}

struct base_search {
    struct hf_batch *batch;
    const struct hf_id *record_id;
    bool held;
    bool waiting;
    enum hf_status status;
};

static bool look_at_base(void *ctx, const struct hf_id *base)
{
    struct base_search *search = ctx;
    struct hf_change_standing standing;
    enum hf_status status = hf_batch_standing(search->batch, base, &standing);
    if (status == HF_ERR_NOT_FOUND)
        search->waiting = true;
    else if (status != HF_OK)
        search->status = status;
    else if (standing.hold != HF_HOLD_NONE || !hf_id_equal(&standing.record_id, search->record_id))
        search->held = true;
    else if (standing.waiting)
        search->waiting = true;
    return search->status == HF_OK;
}

static enum hf_status decide_bases(struct hf_batch *batch, const struct hf_data_body *body, struct hf_effect *out)
{
    struct base_search search = {.batch = batch, .record_id = &body->record_id};
    (void)hf_merge_bases(body, look_at_base, &search);
    if (search.held && !HF_MUTANT(BASE_HOLD_FORGOTTEN))
        out->hold = HF_HOLD_BASE;
    else
        out->waiting = search.waiting;
    if (search.status != HF_OK || out->hold != HF_HOLD_NONE || out->waiting)
        return search.status;
    return hf_words_decide(batch, body, &out->hold);
}

struct waiting_count {
    size_t count;
};

static bool count_waiting(void *ctx, const struct hf_entry_row *row)
{
    struct waiting_count *waiting = ctx;
    (void)row;
    return ++waiting->count < WAITING_MAX;
}

/* A record has so many places for changes that wait; beyond, a change is held: what waits may never be released. */
static enum hf_status check_waiting_room(struct hf_batch *batch, const struct hf_id *record_id, struct hf_effect *out)
{
    struct waiting_count waiting = {0};
    struct hf_store *store = batch->office->store;
    enum hf_status status = store->ops->waiting(store, record_id, count_waiting, &waiting);
    for (size_t i = 0; i < batch->entry_count; i++)
        waiting.count += batch->entries[i].row.waiting && hf_id_equal(&batch->entries[i].row.record_id, record_id);
    if (status == HF_OK && waiting.count >= WAITING_MAX) {
        out->waiting = false;
        out->hold = HF_HOLD_FORM;
    }
    return status;
}

/* Strictly decoded, into storage of the batch. */
static enum hf_status read_body(struct hf_batch *batch, struct hf_slice bytes)
{
    if (!batch->body)
        batch->body = malloc(sizeof *batch->body);
    if (!batch->body)
        return HF_ERR_NOMEM;
    batch->body_from = NULL;
    enum hf_status status = hf_data_body_decode(bytes, batch->body, NULL);
    if (status == HF_OK)
        batch->body_from = bytes.data;
    return status;
}

static enum hf_status decide_data(struct hf_batch *batch, const struct hf_peer *peer, const struct hf_class_key *key,
                                  struct hf_slice bytes, struct hf_effect *out)
{
    struct hf_batch_state *state = NULL;
    bool allowed = false;
    enum hf_status status = read_body(batch, bytes);
    const struct hf_data_body *body = batch->body;
    if (!body)
        return status;
    if (status != HF_OK || !hf_id_equal(&body->case_id, &key->case_id)) {
        out->hold = HF_HOLD_FORM;
        return HF_OK;
    }
    out->record_id = body->record_id;
    status = hf_batch_state(batch, &body->record_id, &state);
    if (status != HF_OK)
        return status;
    if (state->state.type && (state->state.type != body->type || !hf_id_equal(&state->state.case_id, &body->case_id))) {
        out->hold = HF_HOLD_FORM;
        return HF_OK;
    }
    status = may_write(batch, peer, body, &allowed);
    if (status == HF_OK && !hf_release_may_write(peer->role, body->type))
        allowed = false;
    if (status == HF_OK && !allowed)
        out->hold = HF_HOLD_RIGHT;
    else if (status == HF_OK)
        status = hf_officers_decide(batch, &peer->person, body, &out->hold);
    if (status == HF_OK && out->hold == HF_HOLD_NONE)
        status = decide_bases(batch, body, out);
    if (status == HF_OK && out->hold == HF_HOLD_NONE && !out->waiting)
        status = hf_policies_decide_rights(batch, &peer->person, body, &out->hold);
    if (status == HF_OK && out->waiting)
        status = check_waiting_room(batch, &body->record_id, out);
    return status;
}

enum hf_status hf_effect_case_key(const struct hf_office *office, struct hf_slice bytes, struct hf_class_key *out)
{
    struct hf_case_body body;
    if (hf_case_body_decode(bytes, &body) != HF_OK)
        return HF_ERR_INVALID;
    *out = (struct hf_class_key){.case_id = body.case_id, .key_id = body.key_id, .epoch = body.epoch};
    return hf_keystore_open_box(office->keystore, body.sealed_key, sizeof body.sealed_key, out->key) ? HF_OK
                                                                                                     : HF_ERR_INVALID;
}

/* The body brings the very key that it is sealed under. */
static bool brings_key(const struct hf_office *office, struct hf_slice body, const struct hf_class_key *key)
{
    struct hf_class_key brought;
    bool fits = hf_effect_case_key(office, body, &brought) == HF_OK && hf_id_equal(&brought.case_id, &key->case_id) &&
                hf_id_equal(&brought.key_id, &key->key_id) && brought.epoch == key->epoch &&
                hf_secret_equal(brought.key, key->key, sizeof key->key);
    hf_wipe(&brought, sizeof brought);
    return fits;
}

/* A case is opened once, by somebody who records. Whether it was opened is for the log to say: the key store may hold a
 * key whose entry was never committed. */
static enum hf_status decide_case(struct hf_batch *batch, const struct hf_peer *peer, const struct hf_class_key *key,
                                  struct hf_slice body, struct hf_effect *out)
{
    bool opened = false;
    enum hf_status status = hf_batch_case_opened(batch, &key->case_id, &opened);
    if (status != HF_OK)
        return status;
    if (!brings_key(batch->office, body, key))
        out->hold = HF_HOLD_FORM;
    else if (opened || !hf_enrol_role_holds_cases(peer->role) ||
             hf_id_equal(&key->case_id, &batch->office->office_case))
        out->hold = HF_HOLD_RIGHT;
    else if (key->epoch != 0)
        out->hold = HF_HOLD_FORM;
    return HF_OK;
}

enum hf_status hf_effect_decide(struct hf_batch *batch, const struct hf_peer *peer, const struct hf_leaf *leaf,
                                const struct hf_class_key *key, struct hf_slice body, struct hf_effect *out)
{
    *out = (struct hf_effect){0};
    enum hf_status status = HF_OK;
    if (leaf->kind == HF_LEAF_DATA)
        status = decide_data(batch, peer, key, body, out);
    else if (leaf->kind == HF_LEAF_CASE)
        status = decide_case(batch, peer, key, body, out);
    else if (leaf->kind == HF_LEAF_POLICY)
        status = hf_policies_decide_release(batch, peer, key, body, &out->hold);
    else if (leaf->kind == HF_LEAF_READ)
        return hf_journal_decide(batch, &peer->person, leaf, key, body, &out->hold);
    else if (leaf->kind != HF_LEAF_CHAIN_END)
        out->hold = HF_HOLD_RIGHT;
    if (peer->mode != HF_MODE_NORMAL && !HF_MUTANT(REVOKED_COUNTS)) {
        out->hold = HF_HOLD_REVOKED;
        out->waiting = false;
    }
    return status;
}

/* --- apply
 * --------------------------------------------------------------------------------------------------------------- */

static enum hf_status merge_body(struct hf_batch *batch, const struct hf_data_body *body, const struct hf_id *change_id,
                                 hf_clock clock)
{
    struct hf_batch_state *state = NULL;
    enum hf_status status = hf_batch_state(batch, &body->record_id, &state);
    if (status == HF_OK)
        status = hf_merge_apply(&state->state, body, change_id, clock);
    if (status == HF_OK)
        state->changed = true;
    return status;
}

static enum hf_status merge_change(struct hf_batch *batch, struct hf_slice bytes, const struct hf_id *change_id,
                                   hf_clock clock)
{
    struct hf_data_body *body = malloc(sizeof *body);
    if (!body)
        return HF_ERR_NOMEM;
    enum hf_status status = hf_data_body_decode(bytes, body, NULL);
    if (status == HF_OK)
        status = merge_body(batch, body, change_id, clock);
    free(body);
    return status;
}

/* Changes that waited in the store for a base of this record. */
struct waiting_entry {
    struct hf_id change_id;
    hf_clock clock;
    uint8_t device[HF_SIGN_PUBLIC_BYTES];
    struct hf_buf body;
};
struct waiting_list {
    struct hf_batch *batch;
    size_t count;
    struct waiting_entry *entries; /* WAITING_MAX, or NULL while there are none: mostly nothing waits */
    enum hf_status status;
};

static bool collect_waiting(void *ctx, const struct hf_entry_row *row)
{
    struct waiting_list *list = ctx;
    struct hf_class_key key;
    struct hf_leaf leaf;
    if (!list->entries)
        list->entries = calloc(WAITING_MAX, sizeof *list->entries);
    list->status = list->entries ? HF_OK : HF_ERR_NOMEM;
    if (list->status != HF_OK)
        return false;
    struct waiting_entry *entry = &list->entries[list->count];
    *entry = (struct waiting_entry){.change_id = row->change_id};
    list->status = hf_leaf_decode(row->leaf, &leaf);
    if (list->status == HF_OK)
        list->status = hf_keystore_get(list->batch->office->keystore, &row->key_id, &key);
    if (list->status == HF_OK)
        list->status = hf_payload_open(&key, row->payload, &leaf, &entry->body);
    hf_wipe(&key, sizeof key);
    entry->clock = leaf.clock;
    memcpy(entry->device, leaf.device, sizeof entry->device);
    list->count++;
    return list->status == HF_OK && list->count < WAITING_MAX;
}

/* Devices that have the change work out what builds on a held base, and nothing else: they are told. */
static enum hf_status tell_held(struct hf_batch *batch, const struct hf_id *change_id, enum hf_hold hold)
{
    struct hf_caseload_note note = {.what = HF_CASELOAD_HELD, .change_id = *change_id, .hold = hold};
    if (hold == HF_HOLD_NONE || hold == HF_HOLD_BASE)
        return HF_OK;
    return hf_batch_note(batch, &note);
}

static enum hf_status set_effect(struct hf_batch *batch, const struct hf_id *change_id, enum hf_hold hold)
{
    struct hf_entry_row *own = hf_batch_entry_of(batch, change_id);
    if (own) {
        own->waiting = false;
        own->hold = hold;
        return HF_OK;
    }
    return hf_batch_effect(batch, &(struct hf_effect_write){.change_id = *change_id, .hold = hold});
}

/* Its author's connection may be gone by now: the device says who that was. The server's own changes need no right. */
static enum hf_status decide_role(struct hf_batch *batch, const struct waiting_entry *entry,
                                  const struct hf_data_body *body, struct hf_effect *effect)
{
    struct hf_device_row *device = NULL;
    enum hf_status status = hf_batch_device(batch, entry->device, &device);
    if (status == HF_ERR_NOT_FOUND)
        return HF_OK;
    return status == HF_OK ? hf_policies_decide_rights(batch, &device->person, body, &effect->hold) : status;
}

/* Applies one waiting change when its bases are there now; *out_moved says whether anything changed. */
static enum hf_status try_waiting(struct hf_batch *batch, const struct waiting_entry *entry, bool *out_moved)
{
    struct hf_change_standing standing;
    struct hf_effect effect = {0};
    enum hf_status status = hf_batch_standing(batch, &entry->change_id, &standing);
    if (status != HF_OK || !standing.waiting)
        return status;
    struct hf_data_body *body = malloc(sizeof *body);
    if (!body)
        return HF_ERR_NOMEM;
    status = hf_data_body_decode(hf_buf_slice(&entry->body), body, NULL);
    if (status == HF_OK)
        status = decide_bases(batch, body, &effect);
    if (status == HF_OK && effect.hold == HF_HOLD_NONE && !effect.waiting)
        status = decide_role(batch, entry, body, &effect);
    free(body);
    if (status != HF_OK || effect.waiting)
        return status;
    if (effect.hold == HF_HOLD_NONE)
        status = merge_change(batch, hf_buf_slice(&entry->body), &entry->change_id, entry->clock);
    if (status == HF_ERR_LIMIT) {
        effect.hold = HF_HOLD_FORM;
        status = HF_OK;
    }
    if (status == HF_OK)
        status = set_effect(batch, &entry->change_id, effect.hold);
    if (status == HF_OK)
        status = tell_held(batch, &entry->change_id, effect.hold);
    *out_moved = true;
    return status;
}

static enum hf_status collect_waiting_of_batch(struct hf_batch *batch, const struct hf_id *record_id,
                                               struct waiting_list *list)
{
    const size_t count = batch->waited > 0 ? batch->entry_count : 0;
    for (size_t i = 0; i < count && list->status == HF_OK && list->count < WAITING_MAX; i++) {
        const struct hf_entry_row *row = &batch->entries[i].row;
        if (row->waiting && hf_id_equal(&row->record_id, record_id))
            (void)collect_waiting(list, row);
    }
    return list->status;
}

static enum hf_status apply_waiting(struct hf_batch *batch, const struct hf_id *record_id)
{
    struct hf_store *store = batch->office->store;
    struct waiting_list list = {.batch = batch};
    enum hf_status status = store->ops->waiting(store, record_id, collect_waiting, &list);
    if (status == HF_OK)
        status = list.status;
    if (status == HF_OK)
        status = collect_waiting_of_batch(batch, record_id, &list);
    bool moved = list.count > 0;
    while (status == HF_OK && moved) {
        moved = false;
        for (size_t i = 0; status == HF_OK && i < list.count; i++)
            status = try_waiting(batch, &list.entries[i], &moved);
    }
    for (size_t i = 0; i < list.count; i++)
        hf_buf_wipe(&list.entries[i].body);
    free(list.entries);
    return status;
}

static enum hf_status apply_data(struct hf_batch *batch, const struct hf_leaf *leaf, const struct hf_id *change_id,
                                 struct hf_slice body, struct hf_effect *effect)
{
    if (effect->waiting)
        return HF_OK;
    enum hf_status status = HF_OK;
    if (effect->hold == HF_HOLD_NONE && batch->body_from == body.data)
        status = merge_body(batch, batch->body, change_id, leaf->clock);
    else if (effect->hold == HF_HOLD_NONE)
        status = merge_change(batch, body, change_id, leaf->clock);
    batch->body_from = NULL;
    if (status == HF_ERR_LIMIT) {
        effect->hold = HF_HOLD_FORM;
        status = set_effect(batch, change_id, HF_HOLD_FORM);
    }
    if (status == HF_OK && !hf_id_is_zero(&effect->record_id))
        status = apply_waiting(batch, &effect->record_id);
    return status;
}

/* The key is kept even of a held case: what follows in that chain is sealed under it. */
static enum hf_status apply_case(struct hf_batch *batch, const struct hf_peer *peer, const struct hf_class_key *key,
                                 const struct hf_effect *effect)
{
    struct hf_keystore *keystore = batch->office->keystore;
    if (effect->hold != HF_HOLD_NONE)
        return hf_keystore_put_held(keystore, key);
    enum hf_status status = hf_keystore_put(keystore, key);
    if (status != HF_OK || peer->role != HF_ROLE_WORKER)
        return status;
    return hf_enrol_assign_in(batch, &key->case_id, &peer->person, true, hf_slice_str("opened"));
}

enum hf_status hf_effect_apply(struct hf_batch *batch, const struct hf_peer *peer, const struct hf_leaf *leaf,
                               const struct hf_id *change_id, const struct hf_class_key *key, struct hf_slice body,
                               struct hf_effect *effect)
{
    enum hf_status status = HF_OK;
    if (leaf->kind == HF_LEAF_DATA)
        status = apply_data(batch, leaf, change_id, body, effect);
    else if (leaf->kind == HF_LEAF_CASE)
        status = apply_case(batch, peer, key, effect);
    else if (leaf->kind == HF_LEAF_READ)
        return effect->hold == HF_HOLD_NONE || effect->hold == HF_HOLD_OFFICER ? hf_journal_keep_key(batch->office, key)
                                                                               : HF_OK;
    if (status == HF_OK && effect->hold == HF_HOLD_NONE)
        status = hf_policies_took_effect(batch, leaf->kind, change_id, &key->case_id, body);
    return status;
}

/* --- for releases --- */

enum hf_status hf_effect_of_bases(struct hf_batch *batch, const struct hf_data_body *body, struct hf_effect *out)
{
    *out = (struct hf_effect){.record_id = body->record_id};
    return decide_bases(batch, body, out);
}

enum hf_status hf_effect_merge(struct hf_batch *batch, struct hf_slice body, const struct hf_id *change_id,
                               hf_clock clock)
{
    return merge_change(batch, body, change_id, clock);
}

enum hf_status hf_effect_set(struct hf_batch *batch, const struct hf_id *change_id, enum hf_hold hold, bool waiting)
{
    struct hf_entry_row *own = hf_batch_entry_of(batch, change_id);
    if (own) {
        own->waiting = waiting;
        own->hold = hold;
        return HF_OK;
    }
    return hf_batch_effect(batch, &(struct hf_effect_write){.change_id = *change_id, .hold = hold, .waiting = waiting});
}

enum hf_status hf_effect_tell_held(struct hf_batch *batch, const struct hf_id *change_id, enum hf_hold hold)
{
    return tell_held(batch, change_id, hold);
}

enum hf_status hf_effect_apply_waiting(struct hf_batch *batch, const struct hf_id *record_id)
{
    return apply_waiting(batch, record_id);
}
