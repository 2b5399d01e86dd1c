#include "core/model/body_erase.h"
#include "tools/simulator/world.h"

#include <stdlib.h>
#include <string.h>

/* --- a tree of our own: the hashes of perfect subtrees on the right edge, largest first ----------------------------
 */

static void add_to_tree(struct sim_log *log, const uint8_t leaf[HF_LEAF_BYTES])
{
    uint8_t bytes[1 + HF_LEAF_BYTES] = {0};
    struct hf_hash hash;
    memcpy(bytes + 1, leaf, HF_LEAF_BYTES);
    hf_sha256_of(bytes, sizeof bytes, hash.bytes);
    log->nodes = sim_must(realloc(log->nodes, (log->node_count + 1) * sizeof *log->nodes));
    for (size_t size = log->count; size & 1; size >>= 1) {
        uint8_t pair[1 + 2 * HF_HASH_BYTES] = {1};
        memcpy(pair + 1, log->nodes[--log->node_count].bytes, HF_HASH_BYTES);
        memcpy(pair + 1 + HF_HASH_BYTES, hash.bytes, HF_HASH_BYTES);
        hf_sha256_of(pair, sizeof pair, hash.bytes);
    }
    log->nodes[log->node_count++] = hash;
}

static void own_root(const struct sim_log *log, struct hf_hash *out)
{
    *out = log->nodes[log->node_count - 1];
    for (size_t i = log->node_count - 1; i-- > 0;) {
        uint8_t pair[1 + 2 * HF_HASH_BYTES] = {1};
        memcpy(pair + 1, log->nodes[i].bytes, HF_HASH_BYTES);
        memcpy(pair + 1 + HF_HASH_BYTES, out->bytes, HF_HASH_BYTES);
        hf_sha256_of(pair, sizeof pair, out->bytes);
    }
}

/* --- new entries ---------------------------------------------------------------------------------------------------
 */

struct sim_case *sim_case_of(struct sim_world *world, const struct hf_id *case_id)
{
    for (size_t i = 0; i < world->case_count; i++)
        if (hf_id_equal(&world->cases[i].id, case_id))
            return &world->cases[i];
    return NULL;
}

static bool disk_is_in_the_way(const struct sim_world *world)
{
    return disk_is_stopped(world->office_disk) || disk_fault_happened(world->office_disk);
}

static void open_body(struct sim_world *world, struct hf_slice payload, const struct hf_id *key_id,
                      struct sim_entry *entry)
{
    struct hf_class_key key;
    if (entry->body.len > 0)
        return;
    if (hf_keystore_get(world->keystore, key_id, &key) != HF_OK ||
        hf_payload_open(&key, payload, &entry->decoded, &entry->body) != HF_OK)
        sim_fail(world, "the payload of a log entry cannot be opened");
    hf_wipe(&key, sizeof key);
}

static void note_assignment(struct sim_world *world, const struct sim_entry *entry)
{
    struct hf_note_body note;
    if (hf_note_body_decode(hf_buf_slice(&entry->body), &note) != HF_OK || note.what != HF_NOTE_ASSIGN)
        return;
    struct sim_case *found = sim_case_of(world, &note.case_id);
    for (size_t i = 0; found && i < world->person_count; i++) {
        if (!hf_id_equal(&world->people[i].id, &note.person))
            continue;
        found->people[i] =
            (struct sim_hold){.held = note.held, .since = world->moment, .held_before = found->people[i].held};
    }
}

static void note_erasure(struct sim_world *world, uint64_t index, const struct sim_entry *entry)
{
    struct hf_erase_body body;
    struct sim_case *found = NULL;
    if (hf_erase_body_decode(hf_buf_slice(&entry->body), &body) == HF_OK) {
        const size_t first = sim_person_of(world, &body.asked.person), second = sim_person_of(world, &body.person);
        if (first == SIM_PEOPLE_MAX || second == SIM_PEOPLE_MAX || !world->people[first].is_officer ||
            !world->people[second].is_officer)
            sim_fail(world, "log entry %llu erases for somebody who is no records officer", (unsigned long long)index);
        found = sim_case_of(world, &body.asked.case_id);
    }
    if (!found || found->is_erased || found->on_legal_hold) {
        sim_fail(world, "log entry %llu erases what it must not", (unsigned long long)index);
        return;
    }
    found->is_erased = true;
    found->erased_at = index;
    found->erased_moment = world->moment;
}

static void note_legal_hold(struct sim_world *world, const struct sim_entry *entry)
{
    struct hf_hold_body body;
    struct sim_case *found = NULL;
    if (hf_hold_body_decode(hf_buf_slice(&entry->body), &body) == HF_OK)
        found = sim_case_of(world, &body.case_id);
    if (found)
        found->on_legal_hold = body.placed;
}

static void note_revoked(struct sim_world *world, struct sim_device *device)
{
    if (!device->is_revoked)
        device->revoked_since = world->moment;
    device->is_revoked = true;
}

static void note_entry(struct sim_world *world, const struct hf_entry_row *row, struct sim_entry *entry)
{
    struct sim_case *found = sim_case_of(world, &row->case_id);
    if (row->kind == HF_LEAF_CASE && !found && !hf_id_equal(&row->case_id, &world->office_case)) {
        /* opened on a disk that failed: nobody was told that it is there, and it is */
        if (world->case_count == SIM_CASES_MAX)
            abort();
        found = &world->cases[world->case_count++];
        found->id = row->case_id;
    }
    if (row->kind == HF_LEAF_CASE && found && row->hold == HF_HOLD_NONE)
        found->is_logged = true;
    /* What is erased later has to be known by then. */
    if (row->payload.len > 0 && (world->options.faults & SIM_ERASURES))
        open_body(world, row->payload, &row->key_id, entry);
    if ((row->kind != HF_LEAF_NOTE && row->kind != HF_LEAF_REVOKE && row->kind != HF_LEAF_ERASE &&
         row->kind != HF_LEAF_HOLD) ||
        row->hold != HF_HOLD_NONE)
        return;
    open_body(world, row->payload, &row->key_id, entry);
    if (row->kind == HF_LEAF_ERASE || row->kind == HF_LEAF_HOLD) {
        if (row->kind == HF_LEAF_ERASE)
            note_erasure(world, row->index, entry);
        else
            note_legal_hold(world, entry);
        return;
    }
    if (row->kind == HF_LEAF_NOTE) {
        note_assignment(world, entry);
        sim_roles_note(world, hf_buf_slice(&entry->body));
        return;
    }
    struct hf_revoke_body body;
    if (hf_revoke_body_decode(hf_buf_slice(&entry->body), &body) != HF_OK)
        return;
    for (size_t i = 0; i < world->device_count; i++)
        if (memcmp(world->devices[i].public_key, body.device, sizeof body.device) == 0)
            note_revoked(world, &world->devices[i]);
}

/* A disk in trouble may fail while a key is read. */
static bool key_is_readable(struct sim_world *world, const struct hf_entry_row *row)
{
    struct hf_class_key key = {0};
    const enum hf_status status = row->payload.len > 0 ? hf_keystore_get(world->keystore, &row->key_id, &key) : HF_OK;
    hf_wipe(&key, sizeof key);
    return status != HF_ERR_IO;
}

static bool take_entry(void *ctx, const struct hf_entry_row *row)
{
    struct sim_world *world = ctx;
    struct sim_log *log = &world->log;
    if (disk_is_in_the_way(world) && !key_is_readable(world, row))
        return false;
    if (row->index != log->count || row->leaf.len != HF_LEAF_BYTES) {
        sim_fail(world, "the log shows entry %llu where %zu was to be", (unsigned long long)row->index, log->count);
        return false;
    }
    if (log->count == log->cap) {
        log->cap = log->cap ? log->cap * 2 : 64;
        log->entries = sim_must(realloc(log->entries, log->cap * sizeof *log->entries));
    }
    struct sim_entry *entry = &log->entries[log->count];
    memset(entry, 0, sizeof *entry);
    memcpy(entry->leaf, row->leaf.data, HF_LEAF_BYTES);
    if (hf_leaf_decode(row->leaf, &entry->decoded) != HF_OK) {
        sim_fail(world, "log entry %zu has not the form of a leaf", log->count);
        return false;
    }
    entry->change_id = row->change_id;
    entry->case_id = row->case_id;
    entry->record_id = row->record_id;
    add_to_tree(log, entry->leaf);
    log->count++;
    note_entry(world, row, entry);
    return !sim_failed(world);
}

/* Every signed checkpoint must be a root of the one log that we saw grow. */
static void check_checkpoint(struct sim_world *world)
{
    struct hf_checkpoint checkpoint;
    struct hf_buf note = {0};
    struct hf_hash root;
    if (world->store->published_size == world->log.noted_size)
        return;
    if (hf_store_checkpoint(world->store, &note) == HF_OK) {
        world->result->counts.checkpoints++;
        if (hf_checkpoint_open(hf_buf_slice(&note), &world->log_key, &checkpoint) != HF_OK)
            sim_fail(world, "the published checkpoint is not a signed checkpoint of this log");
        else if (checkpoint.size < world->log.noted_size)
            sim_fail(world, "a checkpoint of %llu entries follows one of %llu", (unsigned long long)checkpoint.size,
                     (unsigned long long)world->log.noted_size);
        else if (checkpoint.size == world->log.count) {
            own_root(&world->log, &root);
            if (memcmp(root.bytes, checkpoint.root.bytes, sizeof root.bytes) != 0)
                sim_fail(world, "the checkpoint at %llu is not the root of the log as it grew",
                         (unsigned long long)checkpoint.size);
        } else if (checkpoint.size > world->log.count) {
            sim_fail(world, "a checkpoint names more entries than the log has");
        }
        world->log.noted_size = world->store->published_size;
    }
    hf_buf_clear(&note);
}

void sim_log_watch(struct sim_world *world)
{
    if (sim_failed(world) || !world->office_is_up || world->is_rolled_back || disk_is_stopped(world->office_disk))
        return;
    uint64_t size = world->store->tree.size;
    if (size > world->log.count && world->store->ops->entries(world->store, world->log.count, size - world->log.count,
                                                              take_entry, world) != HF_OK) {
        if (!disk_is_in_the_way(world))
            sim_fail(world, "the log cannot be read");
        return;
    }
    if (size > world->log.count && disk_is_in_the_way(world)) /* the rest later */
        return;
    check_checkpoint(world);
}

static bool is_erased(struct sim_world *world, const struct hf_id *case_id)
{
    const struct sim_case *found = sim_case_of(world, case_id);
    return found && found->is_erased;
}

static bool look_again(void *ctx, const struct hf_entry_row *row)
{
    struct sim_world *world = ctx;
    struct sim_entry *entry = &world->log.entries[row->index];
    if (row->leaf.len != HF_LEAF_BYTES || memcmp(entry->leaf, row->leaf.data, HF_LEAF_BYTES) != 0)
        sim_fail(world, "log entry %llu is not the one that stood there before", (unsigned long long)row->index);
    entry->hold = row->hold;
    entry->waiting = row->waiting;
    entry->record_id = row->record_id;
    if (is_erased(world, &row->case_id))
        return true;
    hf_buf_reset(&entry->body);
    open_body(world, row->payload, &row->key_id, entry);
    return !sim_failed(world);
}

void sim_log_open_all(struct sim_world *world)
{
    if (world->store->ops->entries(world->store, 0, world->log.count, look_again, world) != HF_OK)
        sim_fail(world, "the log cannot be read");
}

void sim_log_free(struct sim_log *log)
{
    for (size_t i = 0; i < log->count; i++)
        hf_buf_clear(&log->entries[i].body);
    free(log->entries);
    free(log->nodes);
}

/* --- what the office says ------------------------------------------------------------------------------------------
 */

static bool sees_all(enum hf_role role)
{
    return role == HF_ROLE_OFFICE || role == HF_ROLE_MANAGER;
}

bool sim_holds(const struct sim_world *world, const struct sim_device *device, const struct hf_id *case_id,
               uint64_t moment)
{
    const enum hf_role then = sim_role_at(world, device->person, moment), now = device->role;
    if (hf_id_equal(case_id, &world->office_case) || sees_all(then) || sees_all(now))
        return true;
    if (then != HF_ROLE_WORKER && now != HF_ROLE_WORKER)
        return false;
    for (size_t i = 0; i < world->case_count; i++) {
        const struct sim_hold *hold = &world->cases[i].people[device->person];
        if (hf_id_equal(&world->cases[i].id, case_id))
            return hold->held || (hold->held_before && moment < hold->since);
    }
    return false;
}

static void hear_pushed(struct sim_world *world, const struct sim_device *device, const struct hf_message *message)
{
    for (size_t i = 0; i < message->as.pushed.count; i++) {
        const struct hf_msg_pushed *result = &message->as.pushed.results[i];
        const struct sim_entry *entry = result->index < world->log.count ? &world->log.entries[result->index] : NULL;
        if (!entry || entry->decoded.seq != result->seq ||
            memcmp(entry->decoded.device, device->public_key, sizeof entry->decoded.device) != 0)
            sim_fail(world, "the office says that change %llu of device %zu is entry %llu, and it is not",
                     (unsigned long long)result->seq, device->number, (unsigned long long)result->index);
    }
}

static bool was_erased(const struct sim_world *world, const struct hf_id *case_id, uint64_t moment)
{
    for (size_t i = 0; i < world->case_count; i++)
        if (hf_id_equal(&world->cases[i].id, case_id))
            return world->cases[i].is_erased && moment > world->cases[i].erased_moment;
    return false;
}

static void hear_feed(struct sim_world *world, const struct sim_device *device, const struct hf_message *message,
                      uint64_t moment)
{
    if (device->is_revoked && moment > device->revoked_since)
        sim_fail(world, "device %zu may still read although it is revoked", device->number);
    for (size_t i = 0; i < message->as.feed.item_count; i++)
        if (message->as.feed.items[i].body.len > 0 && was_erased(world, &message->as.feed.items[i].case_id, moment))
            sim_fail(world, "device %zu is sent what entry %llu said, which was erased", device->number,
                     (unsigned long long)message->as.feed.items[i].index);
    for (size_t i = 0; i < message->as.feed.key_count; i++)
        if (was_erased(world, &message->as.feed.keys[i].case_id, moment))
            sim_fail(world, "device %zu is sent the key of a case that was erased", device->number);
    for (size_t i = 0; i < message->as.feed.item_count; i++)
        if (!sim_holds(world, device, &message->as.feed.items[i].case_id, moment))
            sim_fail(world, "device %zu is sent entry %llu of a case outside its caseload", device->number,
                     (unsigned long long)message->as.feed.items[i].index);
    for (size_t i = 0; i < message->as.feed.key_count; i++)
        if (!sim_holds(world, device, &message->as.feed.keys[i].case_id, moment))
            sim_fail(world, "device %zu is sent the key of a case outside its caseload", device->number);
}

void sim_log_hear(struct sim_world *world, const struct sim_device *device, struct hf_slice bytes, uint64_t moment)
{
    struct hf_message message;
    if (hf_message_decode(bytes, &message) != HF_OK) {
        sim_fail(world, "the office sends what is not a message");
        return;
    }
    if (message.type == HF_MSG_PUSHED)
        hear_pushed(world, device, &message);
    else if (message.type == HF_MSG_FEED || message.type == HF_MSG_LIVE)
        hear_feed(world, device, &message, moment);
    hf_message_clear(&message);
}
