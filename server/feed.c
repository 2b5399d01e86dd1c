#include "server/feed.h"

#include "core/base/assert.h"
#include "core/base/mutant.h"
#include "server/batch.h"
#include "server/enrol.h"
#include "server/restricted.h"

#include <stdlib.h>
#include <string.h>

#define CASE_SCAN_MAX 4096 /* entries looked at for one answer */

/* An item whose slices are still offsets into the reply's bytes, which may move while they grow. */
struct gathered {
    struct hf_item item;
    size_t leaf_at, body_at, body_len;
};
struct arrays {
    struct hf_class_key keys[HF_LIMIT_FEED_KEYS];
    struct hf_item items[HF_LIMIT_FEED_ITEMS];
};
struct gather {
    struct hf_office *office;
    const struct hf_peer *peer;
    struct arrays *arrays;
    struct gathered gathered[HF_LIMIT_FEED_ITEMS];
    size_t key_count, item_count, scanned;
    struct hf_buf *bytes;
    uint64_t next_cursor;
    uint32_t incarnation; /* of the peer: what it signed in an earlier one may not be there any more */
    bool one_case;        /* a case that may have been here before: own changes too, which were purged with it */
    bool more;
    enum hf_status status;
};

bool hf_feed_reads_all(enum hf_role role)
{
    return role == HF_ROLE_MANAGER || role == HF_ROLE_OFFICE || HF_MUTANT(READS_ALL);
}

/* The key of an entry, taken once for each answer. */
static const struct hf_class_key *key_of(struct gather *gather, const struct hf_id *key_id)
{
    for (size_t i = 0; i < gather->key_count; i++)
        if (hf_id_equal(&gather->arrays->keys[i].key_id, key_id))
            return &gather->arrays->keys[i];
    if (gather->key_count == HF_LIMIT_FEED_KEYS)
        return NULL;
    struct hf_class_key *key = &gather->arrays->keys[gather->key_count];
    gather->status = hf_keystore_get(gather->office->keystore, key_id, key);
    if (gather->status != HF_OK)
        return NULL;
    gather->key_count++;
    return key;
}

static bool stop_before(struct gather *gather, const struct hf_entry_row *row)
{
    gather->next_cursor = row->index;
    gather->more = true;
    return false;
}

/* What the states of cases were is for who asks for them, and for auditors. */
static bool is_for_auditors(const struct hf_entry_row *row, const struct gather *gather, const struct gathered *slot)
{
    struct hf_digests_body digests;
    return row->kind == HF_LEAF_NOTE &&
           hf_digests_body_decode(hf_slice_of(gather->bytes->data + slot->body_at, slot->body_len), &digests) == HF_OK;
}

/* Who rebuilds a leaf takes it to be of the log as it is now. */
static bool of_this_log(const struct hf_office *office, const struct hf_leaf *leaf)
{
    return memcmp(leaf->log_id, office->leaf_log_id, sizeof leaf->log_id) == 0;
}

static enum hf_status add_item(struct gather *gather, const struct hf_entry_row *row, const struct hf_class_key *key,
                               const struct hf_leaf *leaf)
{
    struct gathered *slot = &gather->gathered[gather->item_count];
    slot->item = (struct hf_item){.index = row->index,
                                  .case_id = row->case_id,
                                  .key_id = row->key_id,
                                  .hold = row->hold,
                                  .form = of_this_log(gather->office, leaf) ? HF_ITEM_DERIVABLE : HF_ITEM_WHOLE};
    slot->leaf_at = gather->bytes->len;
    hf_buf_append_slice(gather->bytes, row->leaf);
    slot->body_at = gather->bytes->len;
    enum hf_status status = hf_payload_open(key, row->payload, leaf, gather->bytes);
    slot->body_len = gather->bytes->len - slot->body_at;
    if (status == HF_OK)
        status = hf_buf_status(gather->bytes);
    if (status == HF_OK && !is_for_auditors(row, gather, slot))
        gather->item_count++;
    return status;
}

static bool gather_row(void *ctx, const struct hf_entry_row *row)
{
    struct gather *gather = ctx;
    struct hf_leaf leaf;
    if (gather->item_count == HF_LIMIT_FEED_ITEMS || gather->scanned == CASE_SCAN_MAX ||
        (gather->item_count > 0 && gather->bytes->len + HF_LEAF_BYTES + row->payload.len > HF_LIMIT_FEED_BYTES))
        return stop_before(gather, row);
    gather->scanned++;
    gather->next_cursor = row->index + 1;
    gather->status = hf_leaf_decode(row->leaf, &leaf);
    if (gather->status != HF_OK || row->kind == HF_LEAF_READ || /* who looked is for auditors alone */
        (!gather->one_case && leaf.incarnation == gather->incarnation &&
         memcmp(leaf.device, gather->peer->device, sizeof leaf.device) == 0) ||
        row->payload.len == 0 || (HF_MUTANT(FEED_SKIPS) && row->kind == HF_LEAF_DATA && row->index % 7 == 3))
        return gather->status == HF_OK;
    const struct hf_class_key *key = key_of(gather, &row->key_id);
    if (gather->status == HF_ERR_NOT_FOUND) { /* its key was destroyed: nobody can read it, and the rest goes on */
        gather->status = HF_OK;
        return true;
    }
    if (!key)
        return gather->status == HF_OK ? stop_before(gather, row) : false;
    gather->status = add_item(gather, row, key, &leaf);
    return gather->status == HF_OK;
}

enum hf_status hf_feed_may_read(struct hf_office *office, const struct hf_peer *peer, const struct hf_id *case_id,
                                bool *out)
{
    struct hf_batch batch; /* nothing is written: only its view of the assignments is used */
    *out = hf_feed_reads_all(peer->role);
    if (*out || peer->role != HF_ROLE_WORKER)
        return HF_OK;
    hf_batch_begin(&batch, office);
    enum hf_status status = hf_batch_holds(&batch, &peer->person, case_id, out);
    hf_batch_clear(&batch);
    return status;
}

/* What only named people read goes to nobody else. The store can be asked now that the walk is over. */
static enum hf_status leave_out_restricted(struct gather *gather)
{
    size_t left = 0;
    for (size_t i = 0; i < gather->item_count; i++) {
        const struct gathered *slot = &gather->gathered[i];
        const struct hf_slice body = hf_slice_of(gather->bytes->data + slot->body_at, slot->body_len);
        bool may = true;
        enum hf_status status = hf_restricted_may_have(gather->office, &gather->peer->person, body, &may);
        if (status != HF_OK)
            return status;
        if (may)
            gather->gathered[left++] = *slot;
    }
    gather->item_count = left;
    return HF_OK;
}

static void finish(struct gather *gather, struct hf_reply *reply)
{
    for (size_t i = 0; i < gather->item_count; i++) {
        struct gathered *slot = &gather->gathered[i];
        slot->item.leaf = hf_slice_of(gather->bytes->data + slot->leaf_at, HF_LEAF_BYTES);
        slot->item.body = hf_slice_of(gather->bytes->data + slot->body_at, slot->body_len);
        gather->arrays->items[i] = slot->item;
    }
    reply->message.type = HF_MSG_FEED;
    reply->message.as.feed.keys = gather->arrays->keys;
    reply->message.as.feed.key_count = gather->key_count;
    reply->message.as.feed.items = gather->arrays->items;
    reply->message.as.feed.item_count = gather->item_count;
    reply->message.as.feed.next_cursor = gather->next_cursor;
    reply->message.as.feed.more = gather->more;
}

static enum hf_status incarnation_of(struct hf_office *office, const struct hf_peer *peer, uint32_t *out)
{
    struct hf_device_row row;
    enum hf_status status = office->store->ops->device(office->store, peer->device, NULL, &row);
    if (status == HF_OK)
        *out = row.incarnation;
    hf_wipe(&row, sizeof row);
    return status;
}

/* The cases came by snapshot: below `until` only what everybody reads. */
static void leave_out_cases(const struct hf_office *office, uint64_t size, const struct hf_message *request,
                            struct hf_feed_filter *filter)
{
    filter->one_case = true;
    filter->case_id = office->office_case;
    if (request->as.pull.until < size)
        filter->until = request->as.pull.until;
}

enum hf_status hf_feed_answer(struct hf_office *office, const struct hf_peer *peer, const struct hf_message *request,
                              struct hf_reply *reply)
{
    struct hf_store_head head;
    bool allowed = true;
    hf_store_head(office->store, &head);
    struct hf_feed_filter filter = {.person = hf_enrol_role_holds_cases(peer->role) ? peer->person : hf_id_zero(),
                                    .all_cases = hf_feed_reads_all(peer->role),
                                    .one_case = request->as.pull.one_case,
                                    .case_id = request->as.pull.case_id,
                                    .office_case = office->office_case,
                                    .until = request->as.pull.one_case ? request->as.pull.until : 0};
    if (filter.until == 0 || filter.until > head.tree.size)
        filter.until = head.tree.size;
    if (filter.one_case) {
        enum hf_status status = hf_feed_may_read(office, peer, &filter.case_id, &allowed);
        if (status != HF_OK)
            return status;
    }
    if (!allowed)
        return hf_reply_error(reply, HF_ERR_DENIED, "This case is not assigned to you.");
    struct gather *gather = calloc(1, sizeof *gather);
    struct arrays *arrays = calloc(1, sizeof *arrays);
    if (!gather || !arrays) {
        free(gather);
        free(arrays);
        return HF_ERR_NOMEM;
    }
    reply->arrays = arrays;
    reply->arrays_len = sizeof *arrays;
    gather->office = office;
    gather->peer = peer;
    gather->arrays = arrays;
    gather->bytes = &reply->bytes;
    gather->one_case = filter.one_case;
    enum hf_status status = incarnation_of(office, peer, &gather->incarnation);
    if (status == HF_OK && !filter.one_case && request->as.pull.cursor < request->as.pull.until)
        leave_out_cases(office, head.tree.size, request, &filter);
    if (status == HF_OK)
        status = office->store->ops->feed(office->store, &filter, request->as.pull.cursor, gather_row, gather);
    if (status == HF_OK)
        status = gather->status;
    if (status == HF_OK)
        status = leave_out_restricted(gather);
    if (status == HF_OK && !gather->more) {
        gather->next_cursor = filter.until > request->as.pull.cursor ? filter.until : request->as.pull.cursor;
        gather->more = !request->as.pull.one_case && gather->next_cursor < head.tree.size;
    }
    if (status == HF_OK)
        finish(gather, reply);
    free(gather);
    return status;
}
