#include "server/hand_on.h"

#include "core/model/body_caseload.h"
#include "server/batch.h"
#include "server/enrol.h"
#include "server/erase.h"
#include "server/ingest.h"
#include "server/keystore_rotate.h"
#include "server/people_office.h"

#include <stdlib.h>
#include <string.h>

struct handing {
    struct hf_batch batch;
    const struct hf_peer *peer;
    struct hf_msg_pushed *results;
    uint8_t (*revoked)[HF_SIGN_PUBLIC_BYTES]; /* to be revoked again, after the batch */
    size_t revoked_count;
    struct hf_hold_body *held; /* to be put under a legal hold again, after the batch */
    size_t held_count;
    struct hf_id *people; /* whose role was another in the part that was lost: told again, after the batch */
    size_t person_count;
};

/* --- is its number free? -------------------------------------------------------------------------------------------
 */

struct number {
    const struct hf_leaf *leaf;
    bool taken;
};

static void look_at(struct number *number, struct hf_slice bytes)
{
    struct hf_leaf other;
    if (hf_leaf_decode(bytes, &other) == HF_OK && other.seq == number->leaf->seq &&
        other.incarnation == number->leaf->incarnation &&
        memcmp(other.device, number->leaf->device, sizeof other.device) == 0)
        number->taken = true;
}

static bool look_at_row(void *ctx, const struct hf_entry_row *row)
{
    look_at(ctx, row->leaf);
    return !((struct number *)ctx)->taken;
}

/* Only for what comes out of its order, which is rare: all of the log is looked at. */
static enum hf_status number_taken(struct handing *handing, const struct hf_leaf *leaf, bool *out)
{
    struct hf_store *store = handing->batch.office->store;
    struct number number = {.leaf = leaf};
    struct hf_store_head head;
    hf_store_head(store, &head);
    for (size_t i = 0; i < handing->batch.entry_count; i++)
        look_at(&number, handing->batch.entries[i].row.leaf);
    enum hf_status status = number.taken ? HF_OK : store->ops->entries(store, 0, head.tree.size, look_at_row, &number);
    *out = number.taken;
    return status;
}

/* --- what the office signed itself ---------------------------------------------------------------------------------
 */

static void tell_role(struct handing *handing, const struct hf_id *person)
{
    for (size_t i = 0; i < handing->person_count; i++)
        if (hf_id_equal(&handing->people[i], person))
            return;
    handing->people[handing->person_count++] = *person;
}

/* The device comes back with the keys that it had; what it needs to speak to the office was lost, so it has to be
 * invited again, but what it recorded counts. */
static enum hf_status enrol_again(struct handing *handing, const struct hf_enrol_body *body)
{
    struct hf_device_row *known = NULL;
    struct hf_device_row row = {.state = HF_DEVICE_ACTIVE,
                                .person = body->person,
                                .role = body->role,
                                .invitation = body->invitation,
                                .incarnation = body->incarnation,
                                .enrolled_ms = handing->batch.now_ms};
    enum hf_status status = hf_batch_device(&handing->batch, body->device, &known);
    if (status != HF_ERR_NOT_FOUND)
        return status;
    status = hf_enrol_take_role(handing->batch.office, &row); /* that of the lost enrolment may be over */
    if (status != HF_OK)
        return status;
    if (row.role != body->role)
        tell_role(handing, &body->person);
    memcpy(row.device, body->device, sizeof row.device);
    memcpy(row.channel_key, body->channel_key, sizeof row.channel_key);
    hf_random(row.psk, sizeof row.psk);
    status = hf_batch_add_device(&handing->batch, &row);
    if (status == HF_OK)
        status = hf_enrol_restart_in(&handing->batch, &row);
    hf_wipe(&row, sizeof row);
    return status;
}

/* HF_ERR_NOT_FOUND: what stands in it is not what was signed, or cannot be checked. */
static enum hf_status check_body(const struct hf_office *office, const struct hf_item *item, const struct hf_leaf *leaf)
{
    struct hf_class_key key;
    enum hf_status status = hf_keystore_get(office->keystore, &item->key_id, &key);
    if (status == HF_OK)
        status = hf_payload_check_opened(&key, item->body, leaf, NULL);
    hf_wipe(&key, sizeof key);
    return status == HF_ERR_AUTH || status == HF_ERR_LIMIT ? HF_ERR_NOT_FOUND : status;
}

static enum hf_status redo(struct handing *handing, const struct hf_item *item, const struct hf_leaf *leaf)
{
    struct hf_enrol_body enrol;
    struct hf_revoke_body revoke;
    struct hf_hold_body hold;
    struct hf_caseload_note note;
    enum hf_status status = check_body(handing->batch.office, item, leaf);
    if (status == HF_ERR_NOT_FOUND)
        return HF_OK;
    if (status == HF_OK && leaf->kind == HF_LEAF_HOLD && hf_hold_body_decode(item->body, &hold) == HF_OK && hold.placed)
        handing->held[handing->held_count++] = hold;
    if (status == HF_OK && leaf->kind == HF_LEAF_NOTE && hf_caseload_note_decode(item->body, &note) == HF_OK &&
        note.what == HF_CASELOAD_ROLE)
        tell_role(handing, &note.person);
    if (status == HF_OK && leaf->kind == HF_LEAF_ENROL && hf_enrol_body_decode(item->body, &enrol) == HF_OK)
        return enrol_again(handing, &enrol);
    if (status == HF_OK && leaf->kind == HF_LEAF_REVOKE && hf_revoke_body_decode(item->body, &revoke) == HF_OK)
        memcpy(handing->revoked[handing->revoked_count++], revoke.device, sizeof revoke.device);
    return status;
}

static bool server_was(const struct hf_office *office, const uint8_t device[HF_SIGN_PUBLIC_BYTES])
{
    const struct hf_server_keys *keys = hf_keystore_server(office->keystore);
    for (size_t i = 0; i < keys->old_device_count; i++)
        if (memcmp(keys->old_devices[i], device, HF_SIGN_PUBLIC_BYTES) == 0)
            return true;
    return memcmp(keys->device.public_key, device, HF_SIGN_PUBLIC_BYTES) == 0;
}

/* --- what a device signed ------------------------------------------------------------------------------------------
 */

static struct hf_peer author_of(const struct hf_device_row *row)
{
    struct hf_peer author = {.kind = HF_PEER_DEVICE,
                             .mode = row->state == HF_DEVICE_ACTIVE ? HF_MODE_NORMAL : HF_MODE_HAND_IN,
                             .person = row->person,
                             .role = row->role};
    memcpy(author.device, row->device, sizeof author.device);
    memcpy(author.channel_key, row->channel_key, sizeof author.channel_key);
    return author;
}

/* The incarnation that the office had granted it in the part that was lost. */
static enum hf_status grant_again(struct handing *handing, struct hf_device_row *row, uint32_t incarnation)
{
    row->incarnation = incarnation;
    row->next_seq = 0;
    row->clock = 0;
    memset(row->head, 0, sizeof row->head);
    const struct hf_device_row copy = *row; /* adding the leaf may move the rows */
    return hf_enrol_restart_in(&handing->batch, &copy);
}

static enum hf_status find_place(struct handing *handing, const struct hf_leaf *leaf, bool *out_moves_on,
                                 bool *out_taken)
{
    struct hf_device_row *row = NULL;
    *out_moves_on = *out_taken = false;
    enum hf_status status = hf_batch_device(&handing->batch, leaf->device, &row);
    if (status == HF_OK && leaf->incarnation > row->incarnation)
        status = grant_again(handing, row, leaf->incarnation);
    if (status == HF_OK)
        status = hf_batch_device(&handing->batch, leaf->device, &row);
    if (status != HF_OK)
        return status;
    *out_moves_on = leaf->incarnation == row->incarnation && leaf->seq >= row->next_seq;
    return *out_moves_on ? HF_OK : number_taken(handing, leaf, out_taken);
}

static enum hf_status move_on(struct handing *handing, const struct hf_leaf *leaf, const uint8_t *bytes)
{
    struct hf_device_row *row = NULL;
    enum hf_status status = hf_batch_device(&handing->batch, leaf->device, &row);
    if (status != HF_OK)
        return status;
    row->next_seq = leaf->seq + 1;
    row->clock = leaf->clock;
    hf_leaf_hash(bytes, row->head);
    return HF_OK;
}

static enum hf_status take_change(struct handing *handing, const struct hf_item *item, const struct hf_leaf *leaf,
                                  struct hf_msg_pushed *result)
{
    struct hf_device_row *row = NULL;
    struct hf_error err = {0};
    bool moves_on = false, taken = false;
    enum hf_status status = find_place(handing, leaf, &moves_on, &taken);
    if (status == HF_ERR_NOT_FOUND || (status == HF_OK && taken))
        return HF_OK;
    if (status == HF_OK)
        status = hf_batch_device(&handing->batch, leaf->device, &row);
    if (status != HF_OK)
        return status;
    const struct hf_peer author = author_of(row);
    struct hf_msg_pushed logged = {.seq = leaf->seq};
    status = hf_ingest_log_whole(&handing->batch, &author, item, &logged, &err);
    if (status == HF_ERR_INVALID || status == HF_ERR_AUTH || status == HF_ERR_LIMIT)
        return HF_OK;
    if (status == HF_OK && moves_on)
        status = move_on(handing, leaf, item->leaf.data);
    if (status == HF_OK)
        *result = logged;
    return status;
}

static enum hf_status take(struct handing *handing, const struct hf_item *item, struct hf_msg_pushed *result)
{
    const struct hf_office *office = handing->batch.office;
    const struct hf_log_names *names = &hf_keystore_server(office->keystore)->names;
    struct hf_change_standing standing;
    struct hf_leaf leaf;
    if (item->form == HF_ITEM_OUTLINE || hf_leaf_decode(item->leaf, &leaf) != HF_OK ||
        hf_log_names_find(names, leaf.log_id) + 1 >= names->count || !hf_leaf_verify(item->leaf.data))
        return HF_ERR_INVALID;
    if (handing->peer->mode != HF_MODE_NORMAL && memcmp(leaf.device, handing->peer->device, sizeof leaf.device) != 0)
        return HF_ERR_INVALID;
    *result = (struct hf_msg_pushed){.seq = leaf.seq};
    const struct hf_id change = hf_leaf_change_id(item->leaf.data);
    enum hf_status status = hf_batch_standing(&handing->batch, &change, &standing);
    if (status == HF_OK) {
        result->index = standing.index;
        result->hold = standing.hold;
        return HF_OK;
    }
    if (status != HF_ERR_NOT_FOUND)
        return status;
    return server_was(office, leaf.device) ? redo(handing, item, &leaf) : take_change(handing, item, &leaf, result);
}

/* --- the whole -----------------------------------------------------------------------------------------------------
 */

static enum hf_status revoke_again(struct handing *handing, struct hf_error *err)
{
    enum hf_status status = HF_OK;
    for (size_t i = 0; status == HF_OK && i < handing->revoked_count; i++) {
        status = hf_enrol_revoke(handing->batch.office, handing->revoked[i], hf_slice_str("other"), err);
        if (status == HF_ERR_NOT_FOUND) /* one that was let in and out again in the part that was lost */
            status = HF_OK;
    }
    return status;
}

/* One that was lifted again in the part that was lost is lifted again by the office: whoever brings half of it must not
 * open the way. */
static enum hf_status hold_again(struct handing *handing, struct hf_error *err)
{
    enum hf_status status = HF_OK;
    for (size_t i = 0; status == HF_OK && i < handing->held_count; i++) {
        const struct hf_hold_body *hold = &handing->held[i];
        status = hf_erase_hold(handing->batch.office, &hold->case_id, true, hold->reason_code, err);
        if (status == HF_ERR_NOT_FOUND || status == HF_ERR_STATE || status == HF_ERR_INVALID)
            status = HF_OK; /* the case is not here, or erased, or the hold is there already */
    }
    return status;
}

/* A role that was given in the part that was lost is not given again: whoever brings a part of it would decide. Their
 * devices hear which they have. */
static enum hf_status tell_roles(struct handing *handing)
{
    struct hf_office *office = handing->batch.office;
    const uint64_t number = hf_keystore_server(office->keystore)->names.count - 1;
    uint64_t shard = 0;
    if (handing->person_count == 0)
        return HF_OK;
    enum hf_status status = hf_keystore_shard_size(office->keystore, number, &shard);
    for (size_t i = 0; status == HF_OK && i < handing->person_count; i++)
        status = hf_people_say_role(office, &handing->people[i], shard);
    return status;
}

/* Before anything else that came with it: nothing of an erased case is taken in again. */
static enum hf_status erase_again(struct hf_office *office, const struct hf_peer *peer, const struct hf_item *item,
                                  struct hf_error *err)
{
    const struct hf_log_names *names = &hf_keystore_server(office->keystore)->names;
    struct hf_leaf leaf;
    if (peer->mode != HF_MODE_NORMAL || item->form == HF_ITEM_OUTLINE || hf_leaf_decode(item->leaf, &leaf) != HF_OK ||
        leaf.kind != HF_LEAF_ERASE)
        return HF_OK;
    const size_t log = hf_log_names_find(names, leaf.log_id);
    if (log + 1 >= names->count || !hf_leaf_verify(item->leaf.data) || !server_was(office, leaf.device))
        return HF_OK;
    enum hf_status status = check_body(office, item, &leaf);
    if (status == HF_OK)
        status = hf_erase_again(office, log, item->body, err);
    return status == HF_ERR_NOT_FOUND || status == HF_ERR_INVALID ? HF_OK : status;
}

enum hf_status hf_hand_on_answer(struct hf_office *office, const struct hf_peer *peer, const struct hf_message *request,
                                 struct hf_reply *reply)
{
    const size_t count = request->as.push.count;
    struct handing handing = {.peer = peer};
    struct hf_error err = {0};
    handing.results = calloc(count + 1, sizeof *handing.results);
    handing.revoked = calloc(count + 1, sizeof *handing.revoked);
    reply->arrays = handing.results;
    reply->arrays_len = (count + 1) * sizeof *handing.results;
    handing.held = calloc(count + 1, sizeof *handing.held);
    handing.people = calloc(count + 1, sizeof *handing.people);
    enum hf_status status = handing.results && handing.revoked && handing.held && handing.people ? HF_OK : HF_ERR_NOMEM;
    for (size_t i = 0; status == HF_OK && i < count; i++)
        status = erase_again(office, peer, &request->as.push.items[i], &err);
    hf_batch_begin(&handing.batch, office);
    for (size_t i = 0; status == HF_OK && i < count; i++)
        status = take(&handing, &request->as.push.items[i], &handing.results[i]);
    if (status == HF_OK && handing.batch.entry_count > 0)
        status = hf_batch_commit(&handing.batch);
    hf_batch_clear(&handing.batch);
    handing.batch.office = office;
    if (status == HF_OK)
        status = revoke_again(&handing, &err);
    if (status == HF_OK)
        status = hold_again(&handing, &err);
    if (status == HF_OK)
        status = tell_roles(&handing);
    free(handing.people);
    free(handing.revoked);
    free(handing.held);
    if (status == HF_ERR_INVALID)
        return hf_reply_error(reply, status, "These are not changes of a log before this one. Nothing was stored.");
    if (status == HF_OK) {
        reply->message.type = HF_MSG_HANDED_ON;
        reply->message.as.pushed.results = handing.results;
        reply->message.as.pushed.count = count;
    }
    return status;
}
