/* New shards of a log (docs/decisions/0013): the entry that begins one, and entries of the log before that were handed
 * on into it. */
#include "tools/audit/internal.h"

#include <string.h>

const uint8_t *hf_audit_log_at(const struct hf_audit *audit, size_t log)
{
    return log == 0 ? audit->log_id : audit->shards[log - 1].id;
}

size_t hf_audit_find_log(const struct hf_audit *audit, const uint8_t id[HF_HASH_BYTES])
{
    size_t log = audit->shard_count + 1;
    while (log-- > 0)
        if (memcmp(hf_audit_log_at(audit, log), id, HF_HASH_BYTES) == 0)
            return log;
    return SIZE_MAX;
}

/* --- the first entry of a shard ------------------------------------------------------------------------------------
 */

static enum hf_status refuse(struct hf_audit *audit, uint64_t index, const char *why)
{
    return hf_audit_refuse_entry(audit, HF_AUDIT_CERTIFICATE, index, "Entry %llu begins a new shard of the log, %s",
                                 (unsigned long long)index, why);
}

/* The checkpoint in it was signed by the log before, with the key that it had last. */
static bool open_before(const struct hf_audit *audit, struct hf_slice note, struct hf_checkpoint *out)
{
    uint8_t id[HF_HASH_BYTES];
    struct hf_note_key key;
    const uint8_t *end = memchr(note.data, '\n', note.len);
    if (!end)
        return false;
    const struct hf_slice name = hf_slice_of(note.data, (size_t)(end - note.data));
    hf_log_id(name, id);
    return memcmp(id, hf_audit_log_at(audit, audit->shard_count), sizeof id) == 0 &&
           hf_note_key_init(name, audit->log_keys[audit->log_key_count - 1].key, &key) == HF_OK &&
           hf_checkpoint_open(note, &key, out) == HF_OK;
}

static void copy_text(struct hf_slice text, char *out)
{
    if (text.len)
        memcpy(out, text.data, text.len);
    out[text.len] = '\0';
}

static enum hf_status remember(struct hf_audit *audit, struct hf_slice bytes)
{
    hf_buf_reset(&audit->shard);
    hf_buf_append_slice(&audit->shard, bytes);
    return hf_buf_status(&audit->shard) == HF_OK
               ? HF_OK
               : hf_audit_give_up(audit, HF_ERR_NOMEM, "There is not enough memory to check this bundle.");
}

/* `at`: where its first entry is, or was: a shard that was lost whole began at `index`, or behind it. */
static enum hf_status begin(struct hf_audit *audit, uint64_t index, uint64_t at, const struct hf_shard *shard)
{
    struct hf_hash root;
    struct hf_audit_shard next = {
        .at = at,
    };
    if (shard->number != audit->shard_count + 1 || audit->shard_count == HF_SHARDS_MAX)
        return refuse(audit, index, "but not as the next one after those before it.");
    if (shard->size != at ||
        (at == index && (hf_tree_root_at(index, hf_audit_nodes_get, &audit->nodes, &root) != HF_OK ||
                         memcmp(root.bytes, shard->root, sizeof shard->root) != 0)))
        return refuse(audit, index, "and the entries before it are not those that the authority signed for.");
    if (!open_before(audit, shard->note, &next.before))
        return refuse(audit, index, "and the checkpoint in it was not signed by the log before.");
    if (next.before.size <= at)
        return refuse(audit, index, "but the log before had not lost anything.");
    copy_text(shard->name, next.name);
    copy_text(shard->reason, next.reason);
    hf_log_id(shard->name, next.id);
    if (hf_audit_find_log(audit, next.id) != SIZE_MAX)
        return refuse(audit, index, "under a name that the log had before.");
    audit->shards[audit->shard_count++] = next;
    return HF_OK;
}

enum hf_status hf_audit_begin_shard(struct hf_audit *audit, uint64_t index, struct hf_slice bytes)
{
    struct hf_shard shard;
    if (hf_shard_decode(bytes, &shard) != HF_OK)
        return refuse(audit, index, "and does not say which.");
    if (shard.number == audit->shard_count)
        return HF_OK; /* the one that is: every certificate repeats it */
    const uint64_t keys_lost = audit->keys_lost;
    enum hf_status status = begin(audit, index, index, &shard);
    if (status == HF_OK)
        audit->shards[audit->shard_count - 1].keys_lost = keys_lost;
    audit->keys_lost = 0;
    return status == HF_OK ? remember(audit, bytes) : status;
}

/* --- certificates that were lost -----------------------------------------------------------------------------------
 */

/* Each is the next one, the authority signed it, and its entry stood in the part that was lost. */
static enum hf_status take_one(struct hf_audit *audit, uint64_t index, const struct hf_note_body *brings,
                               const struct hf_shard_lost *lost)
{
    struct hf_note_body body = {.what = HF_NOTE_SERVER,
                                .serial = lost->serial,
                                .old_until_ms = lost->old_until_ms,
                                .shard = lost->shard.len ? lost->shard : hf_buf_slice(&audit->shard)};
    memcpy(body.server_device, lost->device, sizeof body.server_device);
    memcpy(body.log_key, lost->log, sizeof body.log_key);
    memcpy(body.channel_key, lost->channel, sizeof body.channel_key);
    memcpy(body.key_store_key, lost->key_store, sizeof body.key_store_key);
    memcpy(body.recovery_key, brings->recovery_key, sizeof body.recovery_key);
    memcpy(body.authority_signature, lost->authority_signature, sizeof body.authority_signature);
    if (lost->serial != audit->serial + 1 || lost->at < index || audit->log_key_count + 1 >= HF_AUDIT_LOG_KEYS_MAX)
        return refuse(audit, index, "and the changes of the server's keys that it brings do not follow on each other.");
    if (!hf_server_certified(audit->authority_key, audit->log_id, &body))
        return refuse(audit, index, "and the authority did not sign a change of the server's keys that it brings.");
    audit->serial = lost->serial;
    return HF_OK;
}

static enum hf_status take_list(struct hf_audit *audit, uint64_t index, const struct hf_note_body *brings,
                                struct hf_slice bytes);

/* A shard that was lost whole brings what was lost before it. */
static enum hf_status take_shard(struct hf_audit *audit, uint64_t index, const struct hf_note_body *brings,
                                 const struct hf_shard_lost *lost)
{
    struct hf_shard shard;
    if (hf_shard_decode(lost->shard, &shard) != HF_OK || shard.number != audit->shard_count + 1)
        return refuse(audit, index, "and a shard before it does not follow on those before.");
    const uint64_t before = audit->keys_lost;
    audit->keys_lost = 0;
    enum hf_status status = take_list(audit, index, brings, shard.lost);
    if (status == HF_OK)
        status = take_one(audit, index, brings, lost);
    if (status == HF_OK)
        status = begin(audit, index, lost->at, &shard);
    if (status != HF_OK)
        return status;
    audit->shards[audit->shard_count - 1].keys_lost = audit->keys_lost;
    audit->shards[audit->shard_count - 1].lost_whole = true;
    audit->keys_lost = before;
    return remember(audit, lost->shard);
}

static enum hf_status take_list(struct hf_audit *audit, uint64_t index, const struct hf_note_body *brings,
                                struct hf_slice bytes)
{
    struct hf_shard_lost_list list;
    enum hf_status status = HF_OK;
    if (hf_shard_lost_decode(bytes, &list) != HF_OK)
        return refuse(audit, index, "and does not say what was lost.");
    for (size_t i = 0; status == HF_OK && i < list.count; i++) {
        const struct hf_shard_lost *lost = &list.at[i];
        status = lost->shard.len ? take_shard(audit, index, brings, lost) : take_one(audit, index, brings, lost);
        if (status == HF_OK)
            hf_audit_add_log_key(audit, lost->at, lost->log);
        audit->keys_lost += status == HF_OK && lost->shard.len == 0;
    }
    return status;
}

enum hf_status hf_audit_take_lost(struct hf_audit *audit, uint64_t index, const struct hf_note_body *body)
{
    struct hf_shard shard;
    audit->keys_lost = 0;
    if (body->shard.len == 0 || hf_shard_decode(body->shard, &shard) != HF_OK || shard.number <= audit->shard_count)
        return HF_OK;
    return take_list(audit, index, body, shard.lost);
}

/* --- entries of a log before ---------------------------------------------------------------------------------------
 */

uint64_t hf_audit_left_of(const struct hf_audit *audit, size_t log)
{
    uint64_t left = UINT64_MAX;
    for (size_t i = log; i < audit->shard_count; i++)
        if (audit->shards[i].at < left)
            left = audit->shards[i].at;
    return left;
}

static enum hf_status no_memory(struct hf_audit *audit)
{
    return hf_audit_give_up(audit, HF_ERR_NOMEM, "There is not enough memory to check this bundle.");
}

/* Numbers that the lost part may have had in the chain that ends here. */
enum hf_status hf_audit_chain_ends(struct hf_audit *audit, struct hf_audit_device *device)
{
    if (audit->shard_count == 0)
        return HF_OK;
    return hf_audit_device_add_gap(device, device->incarnation, device->next_seq, UINT64_MAX) == HF_OK
               ? HF_OK
               : no_memory(audit);
}

enum hf_status hf_audit_check_handed_on(struct hf_audit *audit, uint64_t index, const struct hf_leaf *leaf,
                                        struct hf_audit_device *device, bool *out_in_gap)
{
    const unsigned long long at = index;
    bool in_gap = false;
    *out_in_gap = false;
    if (device->role == HF_ROLE_SERVER)
        return hf_audit_refuse_entry(audit, HF_AUDIT_LOG, index,
                                     "Entry %llu was signed by the server for the log before this one.", at);
    if (leaf->incarnation == device->incarnation && leaf->seq >= device->next_seq) {
        if (device->log > hf_audit_find_log(audit, leaf->log_id))
            return hf_audit_refuse_entry(audit, HF_AUDIT_LOG, index,
                                         "Entry %llu was signed for the log before this one, after its device had "
                                         "gone over to this one.",
                                         at);
        if (leaf->seq > device->next_seq &&
            hf_audit_device_add_gap(device, leaf->incarnation, device->next_seq, leaf->seq - 1) != HF_OK)
            return no_memory(audit);
        if (leaf->seq == device->next_seq && memcmp(leaf->prev, device->head, sizeof leaf->prev) != 0)
            return hf_audit_refuse_entry(audit, HF_AUDIT_CHAIN, index,
                                         "Entry %llu does not continue the change of the same device before it.", at);
        return HF_OK;
    }
    if (hf_audit_device_fill_gap(device, leaf->incarnation, leaf->seq, &in_gap) != HF_OK)
        return no_memory(audit);
    *out_in_gap = in_gap;
    return in_gap ? HF_OK
                  : hf_audit_refuse_entry(audit, HF_AUDIT_FORK, index,
                                          "Entry %llu bears the number %llu, which its device had given to an earlier "
                                          "change already.",
                                          at, (unsigned long long)leaf->seq);
}

/* --- checkpoints of a log before -----------------------------------------------------------------------------------
 */

/* Which log a checkpoint is of, with the key that it had at that size; SIZE_MAX: none. */
static size_t log_of(const struct hf_audit *audit, const struct hf_checkpoint *checkpoint, const uint8_t *key)
{
    uint8_t id[HF_HASH_BYTES];
    hf_log_id(hf_slice_str(checkpoint->origin), id);
    const size_t log = hf_audit_find_log(audit, id);
    for (size_t i = audit->log_key_count; log != SIZE_MAX && i-- > 0;)
        if (audit->log_keys[i].log == log && (audit->log_keys[i].from < checkpoint->size || checkpoint->size == 0))
            return memcmp(audit->log_keys[i].key, key, HF_SIGN_PUBLIC_BYTES) == 0 ? log : SIZE_MAX;
    return SIZE_MAX;
}

bool hf_audit_key_fits(const struct hf_audit *audit, const struct hf_checkpoint *checkpoint, const uint8_t *key)
{
    return log_of(audit, checkpoint, key) != SIZE_MAX;
}

bool hf_audit_of_last_log(const struct hf_audit *audit, const struct hf_checkpoint *checkpoint, const uint8_t *key)
{
    return log_of(audit, checkpoint, key) == audit->shard_count;
}

enum hf_status hf_audit_check_parted(struct hf_audit *audit)
{
    uint8_t id[HF_HASH_BYTES];
    hf_log_id(hf_slice_str(audit->prev.origin), id);
    const size_t log = hf_audit_find_log(audit, id);
    if (!audit->has_prev || log >= audit->shard_count || audit->prev.size <= hf_audit_left_of(audit, log))
        return HF_OK;
    const struct hf_audit_shard *shard = &audit->shards[log];
    if (audit->prev.size > shard->before.size ||
        (audit->prev.size == shard->before.size &&
         memcmp(audit->prev.root.bytes, shard->before.root.bytes, HF_HASH_BYTES) != 0))
        return hf_audit_refuse_file(
            audit, HF_AUDIT_PREV, HF_BUNDLE_PREV,
            "The file prev, the earlier checkpoint, counts %llu entries of the log before. When the new shard began, "
            "the authority was told of %llu: entries were kept from it, or the log had two histories.",
            (unsigned long long)audit->prev.size, (unsigned long long)shard->before.size);
    audit->prev_parted = true;
    return HF_OK;
}
