#include "server/audit.h"

#include "core/base/mutant.h"
#include "core/log/note.h"
#include "server/batch.h"
#include "server/restricted.h"

#include <stdlib.h>
#include <string.h>

/* --- publish
 * --------------------------------------------------------------------------------------------------------------- */

/* What the guard signed last must be a beginning of this log. */
static enum hf_status check_guard(struct hf_office *office, const struct hf_guard_mark *mark, uint64_t size,
                                  struct hf_error *err)
{
    struct hf_hash root;
    struct hf_store_head head;
    hf_store_head(office->store, &head);
    if (HF_MUTANT(GUARD_BLIND))
        return HF_OK;
    const uint64_t shard = hf_keystore_server(office->keystore)->names.count - 1;
    if (mark->shard > shard)
        return hf_error_set(err, HF_ERR_CONFLICT,
                            "A new shard of the log was begun, and this folder does not know it: either `holdfastd "
                            "shard take` was cut off and has to be run again, or keys.db is older than that. Nothing "
                            "will be signed.");
    if (mark->shard < shard)
        return hf_error_set(err, HF_ERR_CONFLICT,
                            "guard.db is older than the newest shard of the log. Nothing will be signed. Put the "
                            "guard.db back that belongs to this folder.");
    if (mark->size > size)
        return hf_error_set(
            err, HF_ERR_CONFLICT,
            "The log ends at entry %llu, but a checkpoint for %llu entries was signed before: the store was "
            "restored from an older backup. Nothing will be signed. Put the newer store back, or follow "
            "docs/keys.md: `holdfastd recover-log`, or a new shard.",
            (unsigned long long)size, (unsigned long long)mark->size);
    if (mark->size < head.published_size) /* the guard moves first, always */
        return hf_error_set(err, HF_ERR_CONFLICT,
                            "guard.db is older than the log: it remembers %llu entries, and a checkpoint for %llu was "
                            "signed. Nothing will be signed. Put the guard.db back that belongs to this folder.",
                            (unsigned long long)mark->size, (unsigned long long)head.published_size);
    enum hf_status status = hf_tree_root_at(mark->size, hf_store_node, office->store, &root);
    if (status != HF_OK)
        return hf_error_set(err, status, "The log could not be read: %s", hf_status_text(status));
    if (memcmp(root.bytes, mark->root.bytes, sizeof root.bytes) != 0)
        return hf_error_set(
            err, HF_ERR_CONFLICT,
            "The first %llu entries of the log are not those that were signed before. Nothing will be signed.",
            (unsigned long long)mark->size);
    return HF_OK;
}

static enum hf_status sign_checkpoint(struct hf_office *office, const struct hf_guard_mark *mark, struct hf_buf *out)
{
    const struct hf_server_keys *keys = hf_keystore_server(office->keystore);
    struct hf_checkpoint checkpoint = {.size = mark->size, .root = mark->root};
    struct hf_note_key key;
    struct hf_buf text = {0};
    const char *name = hf_server_log_name(keys);
    memcpy(checkpoint.origin, name, strlen(name) + 1);
    enum hf_status status = hf_note_key_init(hf_slice_str(name), keys->log.public_key, &key);
    if (status == HF_OK) {
        hf_checkpoint_text(&checkpoint, &text);
        status = hf_buf_status(&text);
    }
    if (status == HF_OK)
        status = hf_note_sign(hf_buf_slice(&text), &key, &keys->log, out);
    hf_buf_clear(&text);
    return status;
}

enum hf_status hf_office_publish(struct hf_office *office, struct hf_error *err)
{
    struct hf_store_head head;
    struct hf_guard_mark mark, next;
    struct hf_buf note = {0};
    hf_store_head(office->store, &head);
    if (office->mark_checked && head.published_size == head.tree.size && office->mark.size == head.tree.size)
        return HF_OK;
    enum hf_status status = hf_guard_get(office->guard, &mark);
    if (status != HF_OK)
        return hf_error_set(err, status, "The signing guard could not be read. Nothing will be signed.");
    status = check_guard(office, &mark, head.tree.size, err);
    if (status != HF_OK)
        return status;
    next.size = head.tree.size;
    next.shard = mark.shard;
    hf_tree_root(&head.tree, &next.root);
    status = hf_keystore_changes(office->keystore, &next.keys);
    if (status == HF_OK)
        status = hf_guard_advance(office->guard, &mark, &next);
    if (status == HF_OK)
        status = sign_checkpoint(office, &next, &note);
    if (status == HF_OK)
        status = hf_store_publish(office->store, next.size, hf_buf_slice(&note));
    if (status == HF_OK) {
        office->mark = next;
        office->mark_checked = true;
    }
    hf_buf_clear(&note);
    return status == HF_OK ? HF_OK
                           : hf_error_set(err, status, "The log could not be signed: %s", hf_status_text(status));
}

/* --- HEAD
 * ----------------------------------------------------------------------------------------------------------------------
 */

static enum hf_status prove_ranges(struct hf_office *office, const struct hf_message *request, uint64_t size,
                                   struct hf_msg_range *ranges)
{
    for (size_t i = 0; i < request->as.head.range_count; i++) {
        const struct hf_msg_range *asked = &request->as.head.ranges[i];
        ranges[i].first = asked->first;
        ranges[i].count = asked->count;
        if (asked->count == 0 || asked->first >= size || asked->count > size - asked->first)
            return HF_ERR_INVALID;
        enum hf_status status =
            hf_tree_prove_range(asked->first, asked->count, size, hf_store_node, office->store, &ranges[i].proof);
        if (status != HF_OK)
            return status;
    }
    return HF_OK;
}

enum hf_status hf_audit_head(struct hf_office *office, const struct hf_message *request, struct hf_reply *reply)
{
    struct hf_error err = {0};
    const size_t places = request->as.head.range_count > 0 ? request->as.head.range_count : 1;
    struct hf_msg_range *ranges = calloc(places, sizeof *ranges);
    if (!ranges)
        return HF_ERR_NOMEM;
    reply->arrays = ranges;
    reply->arrays_len = places * sizeof *ranges;
    enum hf_status status = hf_office_publish(office, &err);
    if (status == HF_ERR_CONFLICT)
        return hf_reply_error(reply, status,
                              "The office's log was set back and is not being signed. Your work stays saved here. "
                              "Tell the administrator.");
    if (status == HF_OK)
        status = hf_store_checkpoint(office->store, &reply->bytes);
    if (status != HF_OK)
        return status;
    uint64_t size = office->mark.size;
    if (request->as.head.old_size > size)
        return hf_reply_error(reply, HF_ERR_CONFLICT,
                              "The office's log is shorter than what this device has seen of it. Tell the "
                              "administrator.");
    reply->message.type = HF_MSG_HEAD_IS;
    reply->message.as.head_is.note = hf_buf_slice(&reply->bytes);
    reply->message.as.head_is.ranges = ranges;
    reply->message.as.head_is.range_count = request->as.head.range_count;
    reply->message.as.head_is.consistency.count = 0;
    if (request->as.head.old_size > 0)
        status = hf_tree_prove_consistency(request->as.head.old_size, size, hf_store_node, office->store,
                                           &reply->message.as.head_is.consistency);
    if (status == HF_OK)
        status = prove_ranges(office, request, size, ranges);
    if (status == HF_ERR_INVALID)
        return hf_reply_error(reply, status, "A proof was asked for entries that are not in the log.");
    return status;
}

/* --- ENTRIES
 * ----------------------------------------------------------------------------------------------------------------- */

struct collected {
    size_t leaf_at, payload_at, payload_len, r_at, body_at, body_len;
    bool opened;
};
struct collect {
    struct hf_office *office;
    bool contents; /* everything there is a key for stands open */
    struct hf_buf *bytes;
    struct collected entries[HF_LIMIT_ENTRIES];
    size_t count;
    enum hf_status status;
};

static bool always_open(enum hf_leaf_kind kind)
{
    return kind == HF_LEAF_ERASE || kind == HF_LEAF_ENROL || kind == HF_LEAF_REVOKE || kind == HF_LEAF_HOLD ||
           kind == HF_LEAF_NOTE || kind == HF_LEAF_POLICY;
}

static enum hf_status open_body(struct collect *collect, const struct hf_entry_row *row, struct collected *slot)
{
    struct hf_class_key key;
    struct hf_leaf leaf;
    struct hf_buf body = {0};
    uint8_t r[HF_OPENING_BYTES];
    enum hf_status status = hf_leaf_decode(row->leaf, &leaf);
    if (status == HF_OK)
        status = hf_keystore_get(collect->office->keystore, &row->key_id, &key);
    if (status == HF_ERR_NOT_FOUND && !always_open(row->kind))
        return HF_OK; /* nobody can open it: its key never came, or was destroyed */
    if (status == HF_OK)
        status = hf_payload_open(&key, row->payload, &leaf, &body);
    if (status == HF_OK) {
        hf_payload_opening(&key, hf_buf_slice(&body), &leaf, r);
        slot->opened = true;
        slot->r_at = collect->bytes->len;
        hf_buf_append(collect->bytes, r, sizeof r);
        slot->body_at = collect->bytes->len;
        slot->body_len = body.len;
        hf_buf_append_slice(collect->bytes, hf_buf_slice(&body));
    }
    hf_wipe(&key, sizeof key);
    hf_buf_clear(&body);
    return status;
}

static bool collect_row(void *ctx, const struct hf_entry_row *row)
{
    struct collect *collect = ctx;
    size_t needed = HF_LEAF_BYTES + 2 * row->payload.len;
    if (collect->count == HF_LIMIT_ENTRIES ||
        (collect->count > 0 && collect->bytes->len + needed > HF_LIMIT_ENTRIES_BYTES))
        return false;
    struct collected *slot = &collect->entries[collect->count];
    slot->leaf_at = collect->bytes->len;
    hf_buf_append_slice(collect->bytes, row->leaf);
    slot->payload_at = collect->bytes->len;
    slot->payload_len = row->payload.len;
    hf_buf_append_slice(collect->bytes, row->payload);
    if ((collect->contents || always_open(row->kind)) && row->payload.len)
        collect->status = open_body(collect, row, slot);
    if (collect->status == HF_OK)
        collect->status = hf_buf_status(collect->bytes);
    if (collect->status == HF_OK)
        collect->count++;
    return collect->status == HF_OK;
}

/* What only named people read stays sealed for everybody else, also for an auditor. */
static enum hf_status seal_restricted(struct collect *collect, const struct hf_id *person)
{
    for (size_t i = 0; i < collect->count; i++) {
        struct collected *slot = &collect->entries[i];
        const struct hf_slice body = hf_slice_of(collect->bytes->data + slot->body_at, slot->body_len);
        struct hf_id record;
        if (!slot->opened || !hf_restricted_body(body, &record))
            continue;
        enum hf_status status = hf_restricted_may_read(collect->office, person, &record, &slot->opened);
        if (status != HF_OK)
            return status;
    }
    return HF_OK;
}

static void finish_entries(const struct collect *collect, struct hf_msg_entry *entries)
{
    const uint8_t *bytes = collect->bytes->data;
    for (size_t i = 0; i < collect->count; i++) {
        const struct collected *slot = &collect->entries[i];
        entries[i].leaf = hf_slice_of(bytes + slot->leaf_at, HF_LEAF_BYTES);
        entries[i].payload = hf_slice_of(bytes + slot->payload_at, slot->payload_len);
        if (slot->opened) {
            entries[i].r = bytes + slot->r_at;
            entries[i].body = hf_slice_of(bytes + slot->body_at, slot->body_len);
        }
    }
}

/* Contents are read by nobody in silence. */
static enum hf_status say_who_reads(struct hf_office *office, const struct hf_peer *peer, uint64_t size)
{
    struct hf_acting acting = {.person = peer->person, .command = HF_AUDIT_READS};
    uint64_t now_ms = office->wall_ms(office->clock_ctx);
    struct hf_batch batch;
    bool said = now_ms < office->reader_until_ms && now_ms + HF_AUDIT_READS_FOR_MS >= office->reader_until_ms &&
                memcmp(office->reader, peer->device, sizeof office->reader) == 0;
    if (said)
        return HF_OK;
    memcpy(acting.device, peer->device, sizeof acting.device);
    hf_batch_begin(&batch, office);
    enum hf_status status = hf_batch_say_asked(&batch, &acting, 0, size);
    if (status == HF_OK)
        status = hf_batch_commit(&batch);
    hf_batch_clear(&batch);
    if (status == HF_OK) {
        memcpy(office->reader, peer->device, sizeof office->reader);
        office->reader_until_ms = now_ms + HF_AUDIT_READS_FOR_MS;
    }
    return status;
}

enum hf_status hf_audit_entries(struct hf_office *office, const struct hf_peer *peer, const struct hf_message *request,
                                struct hf_reply *reply)
{
    uint64_t from = request->as.entries.from, size = office->mark.size;
    uint64_t count = from < size ? size - from : 0;
    struct collect *collect = calloc(1, sizeof *collect);
    struct hf_msg_entry *entries = calloc(HF_LIMIT_ENTRIES, sizeof *entries);
    if (!collect || !entries) {
        free(collect);
        free(entries);
        return HF_ERR_NOMEM;
    }
    reply->arrays = entries;
    reply->arrays_len = HF_LIMIT_ENTRIES * sizeof *entries;
    collect->office = office;
    collect->bytes = &reply->bytes;
    if (count > request->as.entries.count)
        count = request->as.entries.count;
    enum hf_status status = HF_OK;
    collect->contents = request->as.entries.contents;
    if (collect->contents)
        status = say_who_reads(office, peer, size);
    if (status == HF_OK && count > 0)
        status = office->store->ops->entries(office->store, from, count, collect_row, collect);
    if (status == HF_OK)
        status = collect->status;
    if (status == HF_OK)
        status = seal_restricted(collect, &peer->person);
    if (status == HF_OK) {
        finish_entries(collect, entries);
        reply->message.type = HF_MSG_ENTRIES_ARE;
        reply->message.as.entries_are.size = size;
        reply->message.as.entries_are.entries = entries;
        reply->message.as.entries_are.count = collect->count;
    }
    free(collect);
    return status;
}
