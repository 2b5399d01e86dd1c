/* One entry: is it what a known device signed, and does it continue what came before? */
#include "tools/audit/internal.h"

#include <string.h>

struct entry {
    uint64_t index;
    const struct hf_audit_alone *alone;
    const struct hf_leaf *leaf; /* of alone */
    bool without_effect;        /* of a kind that this device may not make */
    struct hf_audit_device *device;
    bool handed_in;
    bool handed_on; /* signed for a log before this one … */
    bool in_gap;    /* … and out of its order */
};

/* For printf. */
static unsigned long long number(uint64_t value)
{
    return value;
}

/* What the entry shows by itself. The signature comes first of all checks on content, so that a change made after
 * signing is called just that. */
static enum hf_status check_alone(struct hf_audit *audit, const struct entry *entry)
{
    unsigned long long at = number(entry->index);
    switch (entry->alone->verdict) {
    case HF_AUDIT_FITS:
        break;
    case HF_AUDIT_OTHER_LENGTH:
        return hf_audit_refuse_entry(audit, HF_AUDIT_FORM, entry->index,
                                     "Entry %llu is not a change: it has %zu bytes instead of %d.", at,
                                     entry->alone->bytes.len, HF_LEAF_BYTES);
    case HF_AUDIT_OTHER_FORM:
        if (entry->alone->bytes.len > 4 && memcmp(entry->alone->bytes.data, "HFC", 3) == 0 &&
            entry->alone->bytes.data[3] != '1')
            return hf_audit_refuse_entry(
                audit, HF_AUDIT_FORM, entry->index,
                "Entry %llu has another form than this program knows: it was written by a newer "
                "Holdfast, or changed. Check it with the newest holdfast-audit.",
                at);
        return hf_audit_refuse_entry(audit, HF_AUDIT_FORM, entry->index,
                                     "Entry %llu is not a change: its bytes do not have the form of one.", at);
    case HF_AUDIT_OTHER_SIGNATURE:
        return hf_audit_refuse_entry(audit, HF_AUDIT_SIGNATURE, entry->index,
                                     "Entry %llu was changed after it was signed: its signature does not fit.", at);
    }
    return HF_OK;
}

/* Of this log as it is here, or handed on from one before it. */
static enum hf_status check_log(struct hf_audit *audit, struct entry *entry)
{
    const size_t log = hf_audit_find_log(audit, entry->leaf->log_id);
    entry->handed_on = log < audit->shard_count;
    if (log != SIZE_MAX)
        return HF_OK;
    return hf_audit_refuse_entry(audit, HF_AUDIT_LOG, entry->index,
                                 "Entry %llu was signed for another log, not for %s.", number(entry->index),
                                 audit->checkpoint.origin);
}

static enum hf_status check_hash(struct hf_audit *audit, const struct entry *entry, const struct hf_hash *stored_hash,
                                 const char *hash_file)
{
    if (memcmp(entry->alone->leaf_hash.bytes, stored_hash->bytes, sizeof stored_hash->bytes) == 0)
        return HF_OK;
    return hf_audit_refuse_range(audit, HF_AUDIT_HASH_TILE, entry->index, entry->index, hash_file,
                                 "Entry %llu and its hash in the file %s do not fit each other: one of the two was "
                                 "changed or replaced.",
                                 number(entry->index), hash_file);
}

/* The tree ends before this entry, so that every size it may have seen is there. */
static enum hf_status check_seen(struct hf_audit *audit, const struct entry *entry)
{
    const struct hf_leaf *leaf = entry->leaf;
    unsigned long long at = number(entry->index);
    if (entry->handed_on && leaf->seen_size > hf_audit_left_of(audit, hf_audit_find_log(audit, leaf->log_id))) {
        audit->summary.handed_on_seen++; /* entries that are lost: nobody can say */
        return HF_OK;
    }
    if (leaf->seen_size > entry->index)
        return hf_audit_refuse_entry(audit, HF_AUDIT_SEEN, entry->index,
                                     "Entry %llu says that its device had seen %llu entries, more than come before it: "
                                     "it was moved, or entries were removed.",
                                     at, number(leaf->seen_size));
    if (!audit->has_seen || audit->seen_size != leaf->seen_size) {
        if (hf_tree_root_at(leaf->seen_size, hf_audit_nodes_get, &audit->nodes, &audit->seen_root) != HF_OK)
            return hf_audit_refuse_nodes(audit);
        audit->has_seen = true;
        audit->seen_size = leaf->seen_size;
    }
    if (memcmp(audit->seen_root.bytes, leaf->seen_root, sizeof leaf->seen_root) == 0)
        return HF_OK;
    return hf_audit_refuse_entry(audit, HF_AUDIT_SEEN, entry->index,
                                 "Entry %llu was signed by a device that had been shown %llu other entries than the "
                                 "first %llu of this log: the log was rewritten, or the device was shown another one.",
                                 at, number(leaf->seen_size), number(leaf->seen_size));
}

static enum hf_status find_device(struct hf_audit *audit, const struct entry *entry, struct hf_audit_device **out)
{
    struct hf_audit_device *device = hf_audit_devices_find(&audit->devices, entry->leaf->device);
    if (!device)
        return hf_audit_refuse_entry(audit, HF_AUDIT_DEVICE, entry->index,
                                     "Entry %llu was signed by a device that the office had not enrolled.",
                                     number(entry->index));
    if (device->given_up)
        return hf_audit_refuse_entry(audit, HF_AUDIT_DEVICE, entry->index,
                                     "Entry %llu was signed with a key that the server had given up with entry %llu.",
                                     number(entry->index), number(device->given_up_at));
    if (entry->handed_on ? entry->leaf->incarnation > device->incarnation
                         : device->incarnation != entry->leaf->incarnation)
        return hf_audit_refuse_entry(audit, HF_AUDIT_INCARNATION, entry->index,
                                     "Entry %llu was signed in incarnation %u of its device; the office had enrolled "
                                     "incarnation %u.",
                                     number(entry->index), entry->leaf->incarnation, device->incarnation);
    *out = device;
    return HF_OK;
}

/* A number that the chain has passed already: the same change again, or another one. */
static enum hf_status refuse_repeated(struct hf_audit *audit, const struct entry *entry)
{
    struct hf_hash earlier_hash;
    uint64_t earlier = 0;
    const struct hf_hash *leaf_hash = &entry->alone->leaf_hash;
    if (!hf_audit_find_again(audit, entry->index, entry->leaf, &earlier, &earlier_hash))
        return hf_audit_refuse_entry(
            audit, HF_AUDIT_FORK, entry->index,
            "Entry %llu bears the number %llu, which its device had given to an earlier change "
            "already.",
            number(entry->index), number(entry->leaf->seq));
    if (memcmp(earlier_hash.bytes, leaf_hash->bytes, sizeof earlier_hash.bytes) == 0)
        return hf_audit_refuse_entry(audit, HF_AUDIT_DUPLICATE, entry->index, "Entry %llu is entry %llu once more.",
                                     number(entry->index), number(earlier));
    return hf_audit_refuse_entry(audit, HF_AUDIT_FORK, entry->index,
                                 "Entry %llu and entry %llu are two different changes that one device signed with the "
                                 "same number %llu (a fork): the device was copied, or restored from a backup.",
                                 number(entry->index), number(earlier), number(entry->leaf->seq));
}

static enum hf_status check_chain(struct hf_audit *audit, const struct entry *entry,
                                  const struct hf_audit_device *device)
{
    const struct hf_leaf *leaf = entry->leaf;
    unsigned long long at = number(entry->index);
    if (leaf->seq < device->next_seq)
        return refuse_repeated(audit, entry);
    if (leaf->seq > device->next_seq)
        return hf_audit_refuse_entry(audit, HF_AUDIT_SEQUENCE, entry->index,
                                     "Entry %llu is change number %llu of its device, but number %llu is missing from "
                                     "the log.",
                                     at, number(leaf->seq), number(device->next_seq));
    if (memcmp(leaf->prev, device->head, sizeof leaf->prev) != 0)
        return hf_audit_refuse_entry(audit, HF_AUDIT_CHAIN, entry->index,
                                     "Entry %llu does not continue entry %llu, the change of the same device before "
                                     "it: that one was exchanged.",
                                     at, number(device->last_entry));
    if (leaf->seq > 0 && leaf->clock <= device->clock)
        return hf_audit_refuse_entry(audit, HF_AUDIT_CLOCK, entry->index,
                                     "Entry %llu bears a time that is not later than that of entry %llu, the change of "
                                     "the same device before it.",
                                     at, number(device->last_entry));
    return HF_OK;
}

static void list_entry(uint64_t index, uint64_t *count, uint64_t listed[HF_AUDIT_LISTED_MAX])
{
    if (*count < HF_AUDIT_LISTED_MAX)
        listed[*count] = index;
    ++*count;
}

static void count_entry(struct hf_audit *audit, const struct entry *entry)
{
    struct hf_audit_summary *summary = &audit->summary;
    if (entry->index == 0 || entry->leaf->clock < summary->first_clock)
        summary->first_clock = entry->leaf->clock;
    if (entry->index == 0 || entry->leaf->clock > summary->last_clock)
        summary->last_clock = entry->leaf->clock;
    if (entry->handed_in)
        list_entry(entry->index, &summary->handed_in, summary->handed_in_index);
    if (entry->without_effect)
        list_entry(entry->index, &summary->without_effect, summary->without_effect_index);
    else
        summary->kind[entry->leaf->kind]++;
}

/* The signer and the chain; entry 0 first makes the server known. An entry of a kind that its device may not make was
 * lawfully logged (every leaf whose signature and chain hold is), and changes nothing. */
static enum hf_status check_signer(struct hf_audit *audit, struct entry *entry)
{
    struct hf_audit_device *device = NULL;
    enum hf_status status = find_device(audit, entry, &device);
    if (status == HF_OK && entry->handed_on)
        status = hf_audit_check_handed_on(audit, entry->index, entry->leaf, device, &entry->in_gap);
    else if (status == HF_OK)
        status = check_chain(audit, entry, device);
    if (status != HF_OK)
        return status;
    entry->without_effect = !hf_audit_may_sign(entry->leaf->kind, device->role);
    entry->device = device;
    entry->handed_in = device->revoked;
    count_entry(audit, entry);
    audit->summary.handed_on += entry->handed_on;
    if (entry->in_gap) {
        device->changes++;
        return HF_OK;
    }
    hf_audit_device_advance(device, entry->index, entry->leaf, entry->alone->chain_hash);
    device->log = hf_audit_find_log(audit, entry->leaf->log_id);
    return HF_OK;
}

enum hf_status hf_audit_check_entry(struct hf_audit *audit, uint64_t index, const struct hf_audit_alone *alone,
                                    const struct hf_hash *stored_hash, const char *hash_file)
{
    struct entry entry = {.index = index, .alone = alone, .leaf = &alone->leaf};
    enum hf_status status = check_alone(audit, &entry);
    if (status == HF_OK && index == 0)
        memcpy(audit->log_id, entry.leaf->log_id, sizeof audit->log_id); /* which its certificate has to fit */
    if (status == HF_OK)
        status = check_hash(audit, &entry, stored_hash, hash_file);
    if (status == HF_OK)
        status =
            index == 0 ? hf_audit_begin_server(audit, entry.leaf) : hf_audit_take_certificate(audit, index, entry.leaf);
    if (status == HF_OK)
        status = check_log(audit, &entry);
    if (status == HF_OK)
        status = check_seen(audit, &entry);
    if (status == HF_OK)
        status = check_signer(audit, &entry);
    if (status == HF_OK)
        status = hf_audit_check_payload(audit, index, entry.leaf);
    if (status != HF_OK)
        return status;
    struct hf_audit_entry told = {.index = index,
                                  .leaf = entry.leaf,
                                  .device = entry.device,
                                  .without_effect = entry.without_effect,
                                  .handed_in = entry.handed_in};
    return hf_audit_check_opening(audit, &told);
}
