#include "tools/simulator/world.h"

#include "core/replica/replica_internal.h"
#include "core/replica/snapshot.h"

#include <stdlib.h>
#include <string.h>

/* All changes of one record that take effect. */
struct group {
    struct hf_id record_id, case_id;
    uint16_t type;
    const struct sim_change **changes;
    size_t count;
    struct hf_buf packed; /* the office's state */
    size_t conflicts;
};
struct check {
    struct sim_world *world;
    struct sim_change *changes;
    size_t change_count;
    const struct sim_change **order; /* changes by record */
    struct group *groups;
    size_t group_count;
};

/* --- chains: one leaf per number, each the follower of the one before ----------------------------------------------
 */

static void check_chains(struct sim_world *world)
{
    struct {
        const uint8_t *last;
    } chains[SIM_DEVICES_MAX + 1] = {0};
    for (size_t i = 0; i < world->log.count && !sim_failed(world); i++) {
        const struct sim_entry *entry = &world->log.entries[i];
        size_t at = 0;
        while (at <= SIM_DEVICES_MAX && chains[at].last &&
               memcmp(chains[at].last + 48, entry->leaf + 48, HF_SIGN_PUBLIC_BYTES + 4) != 0)
            at++;
        if (at > SIM_DEVICES_MAX)
            abort();
        if (!hf_leaf_follows(chains[at].last, entry->leaf))
            sim_fail(world, "log entry %zu does not continue the chain of its device", i);
        chains[at].last = entry->leaf;
    }
}

/* --- from the log to records ---------------------------------------------------------------------------------------
 */

static int by_record(const void *a, const void *b)
{
    const struct sim_change *left = *(const struct sim_change *const *)a;
    const struct sim_change *right = *(const struct sim_change *const *)b;
    int order = hf_id_compare(&left->body.record_id, &right->body.record_id);
    return order ? order : left < right ? -1 : left > right;
}

static void gather(struct check *check)
{
    const struct sim_log *log = &check->world->log;
    check->changes = sim_must(calloc(log->count + 1, sizeof *check->changes));
    check->order = sim_must(calloc(log->count + 1, sizeof *check->order));
    check->groups = sim_must(calloc(log->count + 1, sizeof *check->groups));
    for (size_t i = 0; i < log->count; i++) {
        struct sim_change *change = &check->changes[check->change_count];
        const struct sim_case *of = sim_case_of(check->world, &log->entries[i].case_id);
        if (log->entries[i].decoded.kind != HF_LEAF_DATA || !log->entries[i].has_effect || (of && of->is_erased) ||
            hf_data_body_decode(hf_buf_slice(&log->entries[i].body), &change->body, NULL) != HF_OK)
            continue;
        change->id = log->entries[i].change_id;
        change->clock = log->entries[i].decoded.clock;
        check->order[check->change_count++] = change;
    }
    qsort(check->order, check->change_count, sizeof *check->order, by_record);
    for (size_t i = 0; i < check->change_count; i++) {
        const struct hf_data_body *body = &check->order[i]->body;
        struct group *last = check->group_count ? &check->groups[check->group_count - 1] : NULL;
        if (!last || !hf_id_equal(&last->record_id, &body->record_id)) {
            last = &check->groups[check->group_count++];
            *last = (struct group){body->record_id, body->case_id, body->type, &check->order[i], 0, {0}, 0};
        }
        last->count++;
    }
}

/* --- the office ----------------------------------------------------------------------------------------------------
 */

static void check_office_record(struct sim_world *world, struct group *group)
{
    struct hf_record_state state = {0};
    char text[SIM_TEXT_BYTES];
    if (world->store->ops->record(world->store, &group->record_id, &group->packed) != HF_OK ||
        hf_record_state_decode(hf_buf_slice(&group->packed), &state) != HF_OK) {
        sim_fail(world, "the office has no state of a record with %zu changes", group->count);
        return;
    }
    if (!sim_rules_record(group->changes, group->count, &state, group->type, text))
        sim_fail(world, "the office's record is not what the rules make of its log: %s", text);
    group->conflicts = sim_rules_conflicts(group->changes, group->count, group->type);
    world->result->counts.conflicts += group->conflicts;
    hf_record_state_clear(&state);
}

struct record_count {
    struct check *check;
    const struct hf_id *case_id;
    size_t count;
    struct hf_digest digest;
};

static bool look_at_row(void *ctx, const struct hf_record_write *row)
{
    struct record_count *seen = ctx;
    struct hf_record_state state = {0};
    seen->count++;
    for (size_t i = 0; i < seen->check->group_count; i++) {
        const struct group *group = &seen->check->groups[i];
        if (hf_id_equal(&group->record_id, &row->record_id) && group->conflicts != row->conflict_count)
            sim_fail(seen->check->world, "the office counts %u clashes in a record that has %zu",
                     (unsigned)row->conflict_count, group->conflicts);
    }
    if (hf_record_state_decode(row->packed, &state) != HF_OK)
        return false;
    hf_digest_add(&seen->digest, &state);
    hf_record_state_clear(&state);
    return true;
}

static size_t groups_of(const struct check *check, const struct hf_id *case_id)
{
    size_t count = 0;
    for (size_t i = 0; i < check->group_count; i++)
        count += hf_id_equal(&check->groups[i].case_id, case_id);
    return count;
}

/* Digest of the office's state of a case. */
static void check_office_case(struct check *check, const struct hf_id *case_id, uint8_t out[HF_HASH_BYTES])
{
    struct sim_world *world = check->world;
    struct record_count seen = {.check = check, .case_id = case_id};
    hf_digest_begin(&seen.digest);
    if (world->store->ops->records(world->store, case_id, look_at_row, &seen) != HF_OK ||
        seen.count != groups_of(check, case_id))
        sim_fail(world, "the office has %zu records of a case, by its log %zu", seen.count, groups_of(check, case_id));
    hf_digest_end(&seen.digest, out);
}

/* --- devices -------------------------------------------------------------------------------------------------------
 */

static bool count_row(void *ctx, const struct hf_conflict_row *row)
{
    (void)row;
    ++*(size_t *)ctx;
    return true;
}

static void check_device_record(struct sim_world *world, struct sim_device *device, const struct group *group)
{
    struct hf_record_state state = {0};
    struct hf_buf packed = {0};
    size_t conflicts = 0;
    if (hf_replica_record(device->replica, &group->record_id, &state) != HF_OK) {
        sim_fail(world, "device %zu has no record that its caseload holds", device->number);
        return;
    }
    hf_record_state_encode(&state, &packed);
    if (!hf_slice_equal(hf_buf_slice(&packed), hf_buf_slice(&group->packed)))
        sim_fail(world, "device %zu holds another state of a %s than the office", device->number,
                 hf_model_type(group->type)->name);
    else if (hf_replica_conflicts(device->replica, &group->record_id, count_row, &conflicts) != HF_OK ||
             conflicts != group->conflicts)
        sim_fail(world, "device %zu shows %zu clashes where there are %zu", device->number, conflicts,
                 group->conflicts);
    else if (group->type == HF_RECORD_MEETING && group->conflicts > 0)
        sim_roles_check_deciders(world, device, group->changes, group->count, &group->record_id, &group->case_id);
    hf_buf_clear(&packed);
    hf_record_state_clear(&state);
}

size_t sim_logged_times(const struct sim_world *world, const struct sim_device *device, hf_clock clock)
{
    size_t times = 0;
    for (size_t i = 0; i < world->log.count; i++) {
        const uint8_t *leaf = world->log.entries[i].leaf; /* clock at 8, device at 48 */
        times += hf_get_u64(leaf + 8) == clock && memcmp(leaf + 48, device->public_key, HF_SIGN_PUBLIC_BYTES) == 0;
    }
    return times;
}

struct own_look {
    struct sim_world *world;
    struct sim_device *device;
};

static bool look_at_own(void *ctx, const struct hf_item *item)
{
    struct own_look *look = ctx;
    const struct sim_log *log = &look->world->log;
    if (item->index >= log->count || memcmp(log->entries[item->index].leaf, item->leaf.data, HF_LEAF_BYTES) != 0)
        sim_fail(look->world, "device %zu believes that its change is log entry %llu, and it is not",
                 look->device->number, (unsigned long long)item->index);
    return !sim_failed(look->world);
}

/* True when two entries of this time say the same of the same record: signed again, and logged again. */
static bool is_twice(const struct sim_world *world, const struct sim_device *device, hf_clock clock)
{
    const struct sim_log *log = &world->log;
    const struct sim_entry *first = NULL;
    for (size_t i = 0; i < log->count; i++) {
        const struct sim_entry *entry = &log->entries[i];
        if (entry->decoded.clock != clock ||
            memcmp(entry->decoded.device, device->public_key, HF_SIGN_PUBLIC_BYTES) != 0)
            continue;
        if (first && first->decoded.payload_len == entry->decoded.payload_len &&
            hf_id_equal(&first->record_id, &entry->record_id))
            return true;
        first = first ? first : entry;
    }
    return false;
}

/* Two that go on under one key may give two changes one time, and so may one that was put back with its clock. */
static void check_saved(struct sim_world *world, struct sim_device *device, size_t at)
{
    const size_t times = sim_logged_times(world, device, device->saved[at]);
    size_t made = 0;
    for (size_t i = 0; i < device->made_count; i++)
        made += device->made[i] == device->saved[at];
    if (times == 0)
        sim_fail(world, "save %zu of device %zu was acknowledged and is not in the log", at, device->number);
    else if (times > made && !device->is_copied && is_twice(world, device, device->saved[at]))
        sim_fail(world, "save %zu of device %zu stands in the log %zu times", at, device->number, times);
}

static void check_own(struct sim_world *world, struct sim_device *device)
{
    struct own_look look = {world, device};
    struct hf_replica_counts counts;
    for (size_t i = 0; i < device->saved_count && !sim_failed(world); i++)
        check_saved(world, device, i);
    if (hf_replica_outbox(device->replica, 0, look_at_own, &look) != HF_OK ||
        hf_replica_counts(device->replica, &counts) != HF_OK)
        sim_fail(world, "device %zu cannot be read", device->number);
    else if (counts.saved_here > 0 || (counts.sent > 0 && !device->is_revoked))
        sim_fail(world, "device %zu is in sync and has %llu changes unsent, %llu without a receipt", device->number,
                 (unsigned long long)counts.saved_here, (unsigned long long)counts.sent);
}

/* A case that is not of its caseload any more has left the device: no record, no key. */
static void check_gone(struct sim_world *world, struct sim_device *device, const struct group *group)
{
    struct hf_record_state state = {0};
    struct hf_class_key key = {0};
    if (hf_replica_record(device->replica, &group->record_id, &state) != HF_ERR_NOT_FOUND)
        sim_fail(world, "device %zu has a %s of a case that it does not hold", device->number,
                 hf_model_type(group->type)->name);
    hf_record_state_clear(&state);
    if (hf_replica_key_newest(device->replica, &group->case_id, &key, NULL) != HF_ERR_NOT_FOUND)
        sim_fail(world, "device %zu has the key of a case that it does not hold", device->number);
    hf_wipe(&key, sizeof key);
}

/* The first entry of the log that is about its record. */
static bool is_first_of_record(const struct sim_log *log, size_t at)
{
    const struct hf_id *record_id = &log->entries[at].record_id;
    for (size_t i = 0; i < at; i++)
        if (log->entries[i].decoded.kind == HF_LEAF_DATA && hf_id_equal(&log->entries[i].record_id, record_id))
            return false;
    return log->entries[at].decoded.kind == HF_LEAF_DATA && !hf_id_is_zero(record_id);
}

/* By what the log has now; a device that was revoked is told of no erasure and no hold since, so what it was sent
 * before may be any record that the log ever had. */
static bool count_marked(const struct check *check, const struct sim_device *device, uint64_t *out)
{
    const struct sim_log *log = &check->world->log;
    const size_t count = device->is_revoked ? log->count : check->group_count;
    uint64_t marked = 0;
    for (size_t i = 0; i < count; i++) {
        bool unproved = false;
        if (device->is_revoked && !is_first_of_record(log, i))
            continue;
        const struct hf_id *id = device->is_revoked ? &log->entries[i].record_id : &check->groups[i].record_id;
        if (hf_replica_is_unproved(device->replica, id, &unproved) != HF_OK)
            return false;
        marked += unproved;
    }
    *out = marked;
    return true;
}

/* What came as a snapshot says so, each record for itself, and on a device that asked for the histories nothing is left
 * of it. */
static void check_unproved(struct check *check, struct sim_device *device)
{
    struct hf_unproved all = {.cases = 0};
    uint64_t marked = 0;
    const bool ok = hf_replica_unproved(device->replica, &all) == HF_OK && count_marked(check, device, &marked);
    if (!ok || marked != all.records)
        sim_fail(check->world, "device %zu shows %llu records as not verified, and has %llu", device->number,
                 (unsigned long long)marked, (unsigned long long)all.records);
    else if (sim_proves(device) && all.cases > 0 && !device->is_revoked)
        sim_fail(check->world, "device %zu has no history of %llu cases that it asked for", device->number,
                 (unsigned long long)all.cases);
    check->world->result->counts.unproved += all.records;
}

static void check_device(struct check *check, struct sim_device *device)
{
    struct sim_world *world = check->world;
    if (!device->in_sync) {
        sim_fail(world, "device %zu cannot sync in the quiet", device->number);
        return;
    }
    check_own(world, device);
    check_unproved(check, device);
    if (device->is_forger) /* what it has beyond that is its own affair */
        return;
    for (size_t i = 0; i < check->group_count && !sim_failed(world) && !device->is_revoked; i++)
        if (sim_holds(world, device, &check->groups[i].case_id, UINT64_MAX))
            check_device_record(world, device, &check->groups[i]);
        else
            check_gone(world, device, &check->groups[i]);
}

static void check_digests(struct check *check, size_t case_at)
{
    struct sim_world *world = check->world;
    const struct hf_id *case_id = &world->cases[case_at].id;
    uint8_t want[HF_HASH_BYTES], got[HF_HASH_BYTES];
    check_office_case(check, case_id, want);
    for (size_t i = 0; i < world->device_count && !sim_failed(world); i++) {
        struct sim_device *device = &world->devices[i];
        if (!device->is_used || device->is_lost || device->is_forger || device->is_revoked ||
            world->cases[case_at].is_erased || !sim_holds(world, device, case_id, UINT64_MAX))
            continue;
        if (hf_replica_digest(device->replica, case_id, got) != HF_OK || memcmp(got, want, sizeof got) != 0)
            sim_fail(world, "device %zu has another digest of case %zu than the office", device->number, case_at);
    }
}

void sim_check_all(struct sim_world *world)
{
    struct check check = {.world = world};
    struct hf_error err = {0};
    if (hf_office_publish(&world->office, &err) != HF_OK)
        sim_fail(world, "the log cannot be signed: %s", err.text);
    sim_log_watch(world);
    if (!sim_failed(world) && world->log.noted_size != world->log.count)
        sim_fail(world, "the newest checkpoint does not cover the log");
    if (!sim_failed(world))
        sim_log_open_all(world);
    if (!sim_failed(world))
        check_chains(world);
    if (!sim_failed(world))
        sim_rules_holds(world);
    gather(&check);
    for (size_t i = 0; i < check.group_count && !sim_failed(world); i++)
        check_office_record(world, &check.groups[i]);
    for (size_t i = 0; i < world->device_count && !sim_failed(world); i++)
        if (world->devices[i].is_used && !world->devices[i].is_lost)
            check_device(&check, &world->devices[i]);
    for (size_t i = 0; i < world->case_count && !sim_failed(world); i++)
        if (world->cases[i].is_logged)
            check_digests(&check, i);
    if (!sim_failed(world))
        sim_erase_check(world);
    if (!sim_failed(world))
        sim_erase_check_old_keys(world);
    for (size_t i = 0; i < check.group_count; i++)
        hf_buf_clear(&check.groups[i].packed);
    free(check.changes);
    free(check.order);
    free(check.groups);
}
