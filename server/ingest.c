#include "server/ingest.h"

#include "core/base/mutant.h"
#include "server/batch.h"
#include "server/effect.h"
#include "server/journal.h"
#include "server/keystore_erase.h"
#include "server/release.h"

#include <stdlib.h>
#include <string.h>

#define BROKEN_CHAIN                                                                                                   \
    "This device's changes do not continue what the office has received from it. Nothing was stored; its unsent work " \
    "stays on it, and goes on in a new chain."

/* One pushed item on its way through the checks. */
struct arrival {
    const struct hf_item *item;
    const uint8_t *device;        /* of the connection: who may have signed it */
    uint8_t bytes[HF_LEAF_BYTES]; /* the whole leaf */
    uint8_t hash[HF_HASH_BYTES];
    struct hf_leaf leaf;
    struct hf_id change_id;
    struct hf_class_key key;
    bool erased;     /* its case was: there is no key, and nothing of its content is kept */
    bool is_late;    /* a page of readings about a case that was erased: its key came with it, and is not kept either */
    bool is_new;     /* not in the log yet, as far as its number says */
    bool is_chained; /* it goes on where its device was; so its signature decides */
    bool is_signed;  /* known when the job of its push is finished */
    struct hf_buf payload;
};

/* All of one push. */
struct arrivals {
    struct arrival *at;
    size_t count;
    struct hf_crew_job signatures; /* all processors are at it */
};

static enum hf_status no_form(struct hf_error *err)
{
    return hf_error_set(err, HF_ERR_INVALID, "A change does not have the form of a change. Nothing was stored.");
}

/* A new case brings its key in the body, sealed to the key store, and so does the first page of a journal. */
static enum hf_status key_from_body(struct hf_office *office, struct arrival *arrival)
{
    if (arrival->leaf.kind == HF_LEAF_READ) {
        const enum hf_status status = hf_journal_key(office, arrival->device, arrival->item, &arrival->key);
        return status == HF_OK ? hf_keystore_erased(office->keystore, &arrival->key.case_id, &arrival->is_late)
                               : status;
    }
    if (hf_effect_case_key(office, arrival->item->body, &arrival->key) != HF_OK ||
        !hf_id_equal(&arrival->key.key_id, &arrival->item->key_id))
        return HF_ERR_NOT_FOUND;
    return HF_OK;
}

/* Without the key nothing can be derived and nothing checked but the signature: the leaf has to come whole. A device
 * that sends an outline has not heard of the erasure yet. */
static enum hf_status take_erased(struct arrival *arrival, enum hf_status status, struct hf_error *err)
{
    if (status != HF_OK)
        return status;
    if (arrival->item->form == HF_ITEM_OUTLINE)
        return hf_error_set(err, HF_ERR_WAITING,
                            "A change belongs to a case that was erased. The device has to hear of that first.");
    arrival->key = (struct hf_class_key){.case_id = arrival->item->case_id, .key_id = arrival->item->key_id};
    return HF_OK;
}

/* A case that was opened, or a journal that was begun, earlier in the same push: its key goes into the key store when
 * that change is taken. */
static enum hf_status key_from_before(const struct arrivals *before, struct arrival *arrival)
{
    for (size_t i = before ? before->count : 0; i-- > 0;) {
        const struct arrival *other = &before->at[i];
        if ((other->leaf.kind == HF_LEAF_CASE || other->leaf.kind == HF_LEAF_READ) && !other->erased &&
            hf_id_equal(&other->key.key_id, &arrival->item->key_id)) {
            arrival->key = other->key;
            return HF_OK;
        }
    }
    return HF_ERR_NOT_FOUND;
}

static enum hf_status find_key(struct hf_office *office, const struct arrivals *before, struct arrival *arrival,
                               struct hf_error *err)
{
    enum hf_status status = hf_keystore_get(office->keystore, &arrival->item->key_id, &arrival->key);
    const bool is_page = arrival->leaf.kind == HF_LEAF_READ; /* where it belongs says what it says: hf_journal_decide */
    if (status == HF_ERR_NOT_FOUND && is_page)
        status = key_from_body(office, arrival); /* also of a journal that was erased: it is a late page then */
    if (status == HF_ERR_NOT_FOUND) {
        enum hf_status looked = hf_keystore_erased(office->keystore, &arrival->item->case_id, &arrival->erased);
        if (looked != HF_OK || arrival->erased)
            return take_erased(arrival, looked, err);
    }
    if (status == HF_ERR_NOT_FOUND && arrival->leaf.kind == HF_LEAF_CASE)
        status = key_from_body(office, arrival);
    if (status == HF_ERR_NOT_FOUND)
        status = key_from_before(before, arrival);
    if (status == HF_ERR_NOT_FOUND ||
        (status == HF_OK && !is_page && !hf_id_equal(&arrival->key.case_id, &arrival->item->case_id)))
        return hf_error_set(err, HF_ERR_INVALID,
                            "A change is sealed under a key that the office does not hold. Nothing was stored.");
    return status;
}

/* An outline becomes the leaf that must have been signed: sealing it again gives the payload as well. */
static enum hf_status rebuild(struct hf_office *office, const struct hf_peer *peer, const struct arrivals *before,
                              struct arrival *arrival, struct hf_error *err)
{
    const uint8_t *prev = before->count > 0 ? before->at[before->count - 1].hash : NULL;
    enum hf_status status = find_key(office, before, arrival, err);
    if (status != HF_OK)
        return status;
    const struct hf_item_rebuild with = {
        .log_id = office->leaf_log_id, .device = peer->device, .prev = prev, .key = &arrival->key};
    status = hf_item_rebuild(arrival->item, &with, &arrival->leaf, arrival->bytes, &arrival->payload);
    return status == HF_ERR_INVALID || status == HF_ERR_LIMIT ? no_form(err) : status;
}

static enum hf_status check_leaf(struct hf_office *office, const struct hf_peer *peer, const struct arrivals *before,
                                 struct arrival *arrival, struct hf_error *err)
{
    struct hf_slice bytes = arrival->item->leaf;
    if (hf_leaf_decode(bytes, &arrival->leaf) != HF_OK)
        return no_form(err);
    memcpy(arrival->bytes, bytes.data, sizeof arrival->bytes);
    if (arrival->item->form == HF_ITEM_OUTLINE) {
        enum hf_status status = rebuild(office, peer, before, arrival, err);
        if (status != HF_OK)
            return status;
    }
    if (memcmp(arrival->leaf.log_id, office->leaf_log_id, HF_HASH_BYTES) != 0)
        return hf_error_set(err, HF_ERR_INVALID, "A change was signed for another office's log. Nothing was stored.");
    if (memcmp(arrival->leaf.device, peer->device, HF_SIGN_PUBLIC_BYTES) != 0)
        return hf_error_set(err, HF_ERR_INVALID, "A change was signed by another device. Nothing was stored.");
    hf_leaf_hash(arrival->bytes, arrival->hash);
    arrival->change_id = hf_id_from_bytes(arrival->hash);
    return HF_OK;
}

/* True when the change is in the log already: a push that is repeated after a cut gets the answer it missed. */
static enum hf_status check_known(struct hf_batch *batch, const struct hf_device_row *device, struct arrival *arrival,
                                  struct hf_msg_pushed *result, bool *out_known, struct hf_error *err)
{
    const struct hf_leaf *leaf = &arrival->leaf;
    *out_known = !HF_MUTANT(LOG_TWICE) && leaf->incarnation == device->incarnation && leaf->seq < device->next_seq;
    if (!*out_known)
        return HF_OK;
    struct hf_change_standing standing;
    enum hf_status status = hf_batch_standing(batch, &arrival->change_id, &standing);
    if (HF_MUTANT(FORK_ACCEPTED) && status == HF_ERR_NOT_FOUND)
        *out_known = false;
    else if (status == HF_ERR_NOT_FOUND)
        return hf_error_set(
            err, HF_ERR_CONFLICT,
            "This device signed two different changes with the number %llu: it was probably restored from a "
            "backup. Nothing was stored; its unsent work goes on in a new chain.",
            (unsigned long long)leaf->seq);
    if (status == HF_OK)
        *result = (struct hf_msg_pushed){.seq = leaf->seq, .index = standing.index, .hold = standing.hold};
    return status;
}

static enum hf_status check_chain(const struct hf_device_row *device, struct arrival *arrival, struct hf_error *err)
{
    const struct hf_leaf *leaf = &arrival->leaf;
    if (HF_MUTANT(FORK_ACCEPTED) || HF_MUTANT(LOG_TWICE))
        return HF_OK;
    if (leaf->incarnation != device->incarnation || leaf->seq != device->next_seq ||
        memcmp(leaf->prev, device->head, HF_HASH_BYTES) != 0 || (leaf->seq > 0 && leaf->clock <= device->clock))
        return hf_error_set(err, HF_ERR_CONFLICT, BROKEN_CHAIN);
    arrival->is_chained = true;
    return HF_OK;
}

/* The root that was worked out last: the changes of a batch have mostly seen the same. */
struct seen {
    bool known;
    uint64_t size;
    struct hf_hash root;
};

/* What a device says it had been shown must be a beginning of this log. If it is not, one of the two is false, and the
 * entry would make the whole log fail for every auditor (docs/audit.md). */
static enum hf_status check_seen(struct hf_office *office, const struct hf_leaf *leaf, struct seen *seen,
                                 struct hf_error *err)
{
    struct hf_store_head head;
    hf_store_head(office->store, &head);
    bool fits = leaf->seen_size <= head.tree.size;
    if (fits && (!seen->known || seen->size != leaf->seen_size)) {
        enum hf_status status = hf_tree_root_at(leaf->seen_size, hf_store_node, office->store, &seen->root);
        if (status != HF_OK)
            return status;
        seen->known = true;
        seen->size = leaf->seen_size;
    }
    if (fits && memcmp(seen->root.bytes, leaf->seen_root, sizeof leaf->seen_root) == 0)
        return HF_OK;
    return hf_error_set(err, HF_ERR_STATE,
                        "A change says that its device had been shown another log than the office's. Nothing was "
                        "stored; the work stays on the device. Tell the administrator.");
}

/* Of an outline, key and payload are known, and its signature has shown that they are right. */
static enum hf_status check_seal(struct hf_office *office, struct arrival *arrival, struct hf_error *err)
{
    if (arrival->item->form == HF_ITEM_OUTLINE)
        return HF_OK;
    enum hf_status status = find_key(office, NULL, arrival, err);
    if (status != HF_OK)
        return status;
    if (arrival->erased)
        return HF_OK;
    status = hf_payload_check_opened(&arrival->key, arrival->item->body, &arrival->leaf, &arrival->payload);
    if (status != HF_OK)
        return hf_error_set(err, HF_ERR_AUTH,
                            "The content of a change does not fit its signature. Nothing was stored.");
    return HF_OK;
}

static enum hf_status log_arrival(struct hf_batch *batch, const struct hf_peer *peer, struct arrival *arrival,
                                  struct hf_msg_pushed *result)
{
    struct hf_effect effect = {0};
    struct hf_entry_row row = {.kind = arrival->leaf.kind,
                               .case_id = arrival->key.case_id,
                               .key_id = arrival->key.key_id,
                               .leaf = hf_slice_of(arrival->bytes, sizeof arrival->bytes),
                               .payload = hf_buf_slice(&arrival->payload)};
    enum hf_status status = HF_OK;
    if (arrival->is_late)
        row.payload = hf_slice_of(NULL, 0);
    if (arrival->erased || arrival->is_late)
        effect.hold = HF_HOLD_ERASED;
    else
        status = hf_effect_decide(batch, peer, &arrival->leaf, &arrival->key, arrival->item->body, &effect);
    if (status != HF_OK)
        return status;
    row.record_id = effect.record_id;
    row.hold = effect.hold;
    row.waiting = effect.waiting;
    uint64_t index = hf_batch_next_index(batch);
    status = hf_batch_add_entry(batch, &row);
    if (status == HF_OK && !arrival->erased && !arrival->is_late)
        status = hf_effect_apply(batch, peer, &arrival->leaf, &arrival->change_id, &arrival->key, arrival->item->body,
                                 &effect);
    if (status == HF_OK && arrival->leaf.kind == HF_LEAF_DATA && effect.hold == HF_HOLD_NONE && !effect.waiting)
        status = hf_release_follow(batch, &effect.record_id);
    else if (status == HF_OK && arrival->leaf.kind == HF_LEAF_DATA && effect.hold != HF_HOLD_NONE &&
             !hf_id_is_zero(&effect.record_id) && !arrival->erased)
        status = hf_release_look(batch, &arrival->change_id, &arrival->key.case_id, &effect.record_id);
    if (status == HF_OK)
        *result = (struct hf_msg_pushed){
            .seq = arrival->leaf.seq, .index = index + (HF_MUTANT(WRONG_INDEX) ? 1 : 0), .hold = effect.hold};
    return status;
}

static enum hf_status advance_chain(struct hf_batch *batch, const struct arrival *arrival)
{
    struct hf_device_row *device = NULL;
    enum hf_status status = hf_batch_device(batch, arrival->leaf.device, &device);
    if (status != HF_OK)
        return status;
    device->next_seq++;
    device->clock = arrival->leaf.clock;
    device->last_seen_ms = batch->now_ms;
    memcpy(device->head, arrival->hash, sizeof device->head);
    return HF_OK;
}

static enum hf_status take_arrival(struct hf_batch *batch, const struct hf_peer *peer, struct arrival *arrival,
                                   struct seen *seen, struct hf_msg_pushed *result, struct hf_error *err)
{
    struct hf_device_row *device = NULL;
    bool known = false;
    enum hf_status status = hf_batch_device(batch, peer->device, &device);
    if (status == HF_OK)
        status = check_known(batch, device, arrival, result, &known, err);
    if (status != HF_OK || known)
        return status;
    status = check_chain(device, arrival, err);
    if (status == HF_OK)
        status = check_seen(batch->office, &arrival->leaf, seen, err);
    if (status == HF_OK)
        status = check_seal(batch->office, arrival, err);
    if (status == HF_OK)
        status = log_arrival(batch, peer, arrival, result);
    if (status == HF_OK)
        status = advance_chain(batch, arrival);
    return status;
}

enum hf_status hf_ingest_log_whole(struct hf_batch *batch, const struct hf_peer *author, const struct hf_item *item,
                                   struct hf_msg_pushed *result, struct hf_error *err)
{
    struct arrival *arrival = calloc(1, sizeof *arrival);
    if (!arrival)
        return HF_ERR_NOMEM;
    arrival->item = item;
    arrival->device = author->device;
    enum hf_status status = hf_leaf_decode(item->leaf, &arrival->leaf);
    if (status == HF_OK) {
        memcpy(arrival->bytes, item->leaf.data, sizeof arrival->bytes);
        hf_leaf_hash(arrival->bytes, arrival->hash);
        arrival->change_id = hf_id_from_bytes(arrival->hash);
        status = check_seal(batch->office, arrival, err);
    }
    if (status == HF_OK)
        status = log_arrival(batch, author, arrival, result);
    hf_wipe(&arrival->key, sizeof arrival->key);
    hf_buf_wipe(&arrival->payload);
    free(arrival);
    return status;
}

/* --- a whole push --- */

static void check_signature(void *ctx, size_t i)
{
    struct arrival *arrival = &((struct arrivals *)ctx)->at[i];
    arrival->is_signed = arrival->is_new && hf_leaf_verify(arrival->bytes);
}

/* Every leaf whole again. Its signature is being checked while the next one is made, and while what follows is decided:
 * nothing is stored before all of them are known. */
static enum hf_status prepare(struct hf_batch *batch, const struct hf_peer *peer, const struct hf_item *items,
                              size_t count, struct arrivals *arrivals, struct hf_error *err)
{
    struct hf_device_row *device = NULL;
    enum hf_status status = hf_batch_device(batch, peer->device, &device);
    while (status == HF_OK && arrivals->count < count) {
        struct arrival *arrival = &arrivals->at[arrivals->count];
        arrival->item = &items[arrivals->count];
        arrival->device = peer->device;
        status = check_leaf(batch->office, peer, arrivals, arrival, err);
        arrival->is_new = HF_MUTANT(LOG_TWICE) || HF_MUTANT(FORK_ACCEPTED) ||
                          arrival->leaf.incarnation != device->incarnation || arrival->leaf.seq >= device->next_seq;
        arrivals->count++;
        if (status == HF_OK)
            hf_crew_offer(&arrivals->signatures, arrivals->count);
    }
    return status;
}

/* What the first change says whose signature does not fit comes before what any later one says. */
static enum hf_status all_signed(struct arrivals *arrivals, enum hf_status status, struct hf_error *err)
{
    hf_crew_finish(&arrivals->signatures, true);
    for (size_t i = 0; i < arrivals->count; i++)
        if (arrivals->at[i].is_chained && !arrivals->at[i].is_signed)
            return hf_error_set(err, HF_ERR_AUTH, "The signature of a change does not fit. Nothing was stored.");
    return status;
}

/* Decides and logs all, in memory. Keys that they bring are durable before any of it is committed, in one commit. */
static enum hf_status take_all(struct hf_batch *batch, const struct hf_peer *peer, struct arrivals *arrivals,
                               struct hf_msg_pushed *results, struct hf_error *err)
{
    struct hf_keystore *keystore = batch->office->keystore;
    struct seen seen = {.known = false};
    bool brings_keys = false;
    for (size_t i = 0; i < arrivals->count && !brings_keys; i++)
        brings_keys = arrivals->at[i].leaf.kind == HF_LEAF_CASE || arrivals->at[i].leaf.kind == HF_LEAF_READ;
    enum hf_status status = brings_keys ? hf_keystore_begin(keystore) : HF_OK;
    if (status != HF_OK)
        return status;
    for (size_t i = 0; status == HF_OK && i < arrivals->count; i++)
        status = take_arrival(batch, peer, &arrivals->at[i], &seen, &results[i], err);
    status = all_signed(arrivals, status, err);
    return brings_keys ? hf_keystore_finish(keystore, status) : status;
}

static void arrivals_free(struct arrivals *arrivals, size_t count)
{
    for (size_t i = 0; arrivals->at && i < count; i++) {
        hf_wipe(&arrivals->at[i].key, sizeof arrivals->at[i].key);
        hf_buf_wipe(&arrivals->at[i].payload);
    }
    free(arrivals->at);
}

enum hf_status hf_ingest_push(struct hf_office *office, const struct hf_peer *peer, const struct hf_item *items,
                              size_t count, struct hf_msg_pushed *results, struct hf_error *err)
{
    struct hf_batch batch;
    struct arrivals arrivals = {.at = calloc(count + 1, sizeof *arrivals.at)};
    if (!arrivals.at)
        return HF_ERR_NOMEM;
    hf_batch_begin(&batch, office);
    hf_crew_begin(&arrivals.signatures, office->crew, check_signature, &arrivals);
    enum hf_status status = prepare(&batch, peer, items, count, &arrivals, err);
    if (status == HF_OK)
        status = take_all(&batch, peer, &arrivals, results, err);
    hf_crew_finish(&arrivals.signatures, false);
    if (status == HF_OK && batch.entry_count > 0)
        status = hf_batch_commit(&batch);
    hf_batch_clear(&batch);
    arrivals_free(&arrivals, count);
    return status;
}
