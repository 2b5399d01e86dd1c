#include "server/snapshot.h"

#include "core/base/mutant.h"
#include "core/merge/standing.h"
#include "core/policy/restricted.h"
#include "server/enrol.h"
#include "server/feed.h"

#include <stdlib.h>
#include <string.h>

/* What a reply borrows from; may hold class keys. */
struct arrays {
    struct hf_class_key keys[HF_LIMIT_FEED_KEYS];
    struct hf_snapshot_device devices[HF_LIMIT_SNAPSHOT_DEVICES];
    struct hf_snapshot_case cases[HF_LIMIT_SNAPSHOT_CASES];
    struct hf_snapshot_record records[HF_LIMIT_SNAPSHOT_RECORDS];
    struct hf_snapshot_change changes[HF_LIMIT_SNAPSHOT_CHANGES];
    struct hf_id left[HF_LIMIT_SNAPSHOT_CASES];
    struct hf_proof consistency, inclusion;
};
/* A record whose bytes are still offsets. */
struct gathered {
    struct hf_id record_id;
    size_t packed_at, packed_len;
};
struct gather {
    struct hf_office *office;
    const struct hf_peer *peer;
    const struct hf_msg_snapshot *asked;
    struct hf_reply *reply;
    struct arrays *arrays;
    struct hf_snapshot_part *said;
    struct hf_id *cases; /* that the peer may read, ascending */
    size_t case_count, case_cap;
    struct gathered records[HF_LIMIT_SNAPSHOT_RECORDS];
    size_t change_count, packed_bytes;
    bool has_note;
    uint64_t note;
    struct hf_id skip_to; /* records up to this one are there already; zero: none */
    bool full;
    enum hf_status listed; /* HF_OK, or what ended the listing of cases */
    bool named;            /* the person may read a restricted record of the case at hand */
};

/* --- cases --- */

static bool add_case_id(void *ctx, const struct hf_id *case_id)
{
    struct gather *gather = ctx;
    if (hf_id_equal(case_id, &gather->office->office_case) ||
        (gather->asked->one_case && !hf_id_equal(case_id, &gather->asked->case_id)))
        return true;
    if (gather->case_count == gather->case_cap) {
        const size_t cap = gather->case_cap ? gather->case_cap * 2 : 64;
        struct hf_id *cases = realloc(gather->cases, cap * sizeof *cases);
        if (!cases) {
            gather->listed = HF_ERR_NOMEM;
            return false;
        }
        gather->cases = cases;
        gather->case_cap = cap;
    }
    gather->cases[gather->case_count++] = *case_id;
    return true;
}

static bool add_assignment(void *ctx, const struct hf_assignment_row *row)
{
    return !row->held || add_case_id(ctx, &row->case_id);
}

/* A case whose opening is held has an entry that is; a journal has none. */
static bool add_held_case(void *ctx, const struct hf_id *case_id)
{
    struct gather *gather = ctx;
    bool unsettled = false;
    gather->listed = hf_snapshot_unsettled(gather->office, case_id, &unsettled);
    return gather->listed == HF_OK && (!unsettled || add_case_id(gather, case_id));
}

static enum hf_status list_all_cases(struct gather *gather)
{
    struct hf_keystore *keystore = gather->office->keystore;
    enum hf_status status = hf_keystore_cases(keystore, add_case_id, gather);
    if (status == HF_OK && gather->listed == HF_OK)
        status = hf_keystore_never_in_use(keystore, add_held_case, gather);
    return status;
}

static int by_id(const void *left, const void *right)
{
    return memcmp(left, right, sizeof(struct hf_id));
}

static enum hf_status list_cases(struct gather *gather)
{
    struct hf_store *store = gather->office->store;
    enum hf_status status = HF_OK;
    if (hf_feed_reads_all(gather->peer->role))
        status = list_all_cases(gather);
    else if (hf_enrol_role_holds_cases(gather->peer->role))
        status = store->ops->assignments(store, &gather->peer->person, add_assignment, gather);
    if (status == HF_OK)
        status = gather->listed;
    if (gather->case_count > 0)
        qsort(gather->cases, gather->case_count, sizeof gather->cases[0], by_id);
    return status;
}

struct counting {
    uint64_t left;
};

static bool count_record(void *ctx, const struct hf_record_write *row)
{
    struct counting *counting = ctx;
    (void)row;
    return --counting->left > 0;
}

static enum hf_status has_enough(struct gather *gather, bool *out)
{
    struct hf_store *store = gather->office->store;
    struct counting counting = {.left = gather->asked->least};
    enum hf_status status = HF_OK;
    for (size_t i = 0; status == HF_OK && counting.left > 0 && i < gather->case_count; i++)
        status = store->ops->records(store, &gather->cases[i], count_record, &counting);
    *out = counting.left == 0;
    return status;
}

/* --- notes --- */

/* One note for this case and those behind it that have none. */
static enum hf_status write_note(struct gather *gather, size_t from, const struct hf_snapshot_look *first,
                                 uint64_t *out)
{
    struct hf_case_digest *said = calloc(HF_DIGESTS_CASES_MAX, sizeof *said);
    size_t *travel = calloc(HF_DIGESTS_CASES_MAX, sizeof *travel);
    size_t count = 1, records = first->records;
    enum hf_status status = said && travel ? HF_OK : HF_ERR_NOMEM;
    if (status == HF_OK) {
        said[0].case_id = gather->cases[from];
        travel[0] = first->records;
        memcpy(said[0].digest, first->digest, HF_HASH_BYTES);
    }
    for (size_t i = from + 1;
         status == HF_OK && i < gather->case_count && count < HF_DIGESTS_CASES_MAX && records < HF_SNAPSHOT_AHEAD_MAX;
         i++) {
        struct hf_snapshot_look look;
        status = hf_snapshot_look_at(gather->office, gather->peer, &gather->cases[i], &look);
        if (status != HF_OK || !look.give)
            continue;
        records += look.records;
        travel[count] = look.records;
        said[count].case_id = gather->cases[i];
        memcpy(said[count++].digest, look.digest, HF_HASH_BYTES);
    }
    if (status == HF_OK)
        status = hf_snapshot_note_write(gather->office, said, travel, count, out);
    free(said);
    free(travel);
    return status;
}

/* --- records --- */

static void put_next(struct gather *gather, const struct hf_id *case_id, uint64_t size, const struct hf_id *record)
{
    gather->said->next =
        (struct hf_snapshot_at){.case_id = *case_id, .size = size, .record_id = record ? *record : hf_id_zero()};
}

/* A record that cannot be read names, to be safe, everybody. */
static bool names_peer(const struct gather *gather, struct hf_slice packed)
{
    struct hf_record_state state = {0};
    const bool names =
        hf_record_state_decode(packed, &state) != HF_OK || hf_restricted_names(&state, &gather->peer->person);
    hf_record_state_clear(&state);
    return names;
}

static bool take_record(void *ctx, const struct hf_record_write *row)
{
    struct gather *gather = ctx;
    struct hf_snapshot_part *said = gather->said;
    const struct hf_record_spec *type = hf_model_type(row->type);
    gather->named = type && type->restricted && names_peer(gather, row->packed);
    if (gather->named)
        return false;
    if (!type || type->restricted || (HF_MUTANT(SNAPSHOT_SHORT) && row->record_id.bytes[15] % 8 == 3) ||
        (!hf_id_is_zero(&gather->skip_to) && hf_id_compare(&row->record_id, &gather->skip_to) <= 0))
        return true;
    if (said->record_count == HF_LIMIT_SNAPSHOT_RECORDS ||
        gather->packed_bytes + row->packed.len > HF_LIMIT_SNAPSHOT_BYTES) {
        gather->full = true;
        return false;
    }
    gather->records[said->record_count++] = (struct gathered){
        .record_id = row->record_id, .packed_at = gather->reply->bytes.len, .packed_len = row->packed.len};
    hf_buf_append_slice(&gather->reply->bytes, row->packed);
    gather->packed_bytes += row->packed.len;
    return true;
}

struct change_found {
    struct gather *gather;
    struct hf_snapshot_change *out;
    bool full;
    enum hf_status status;
};

static bool take_change(void *ctx, const struct hf_entry_row *row)
{
    struct change_found *found = ctx;
    struct hf_snapshot_part *said = found->gather->said;
    struct hf_leaf leaf;
    size_t at = said->device_count;
    found->status = hf_leaf_decode(row->leaf, &leaf);
    if (found->status != HF_OK)
        return false;
    for (size_t i = 0; at == said->device_count && i < said->device_count; i++)
        if (said->devices[i].incarnation == leaf.incarnation &&
            memcmp(said->devices[i].device, leaf.device, sizeof leaf.device) == 0) {
            at = i;
            break;
        }
    if (at == HF_LIMIT_SNAPSHOT_DEVICES) {
        found->full = true;
        return false;
    }
    if (at == said->device_count) {
        memcpy(said->devices[at].device, leaf.device, sizeof leaf.device);
        said->devices[said->device_count++].incarnation = leaf.incarnation;
    }
    *found->out = (struct hf_snapshot_change){.index = row->index, .device = (uint32_t)at};
    return false;
}

/* Where the changes stand that the record's entries name. *out_fits: false when the part has no room for them. */
static enum hf_status find_changes(struct gather *gather, struct hf_slice packed, struct hf_snapshot_record *out,
                                   bool *out_fits)
{
    struct hf_store *store = gather->office->store;
    struct hf_record_state state = {0};
    struct hf_changes seen = {0};
    struct hf_snapshot_change *changes = gather->arrays->changes + gather->change_count;
    enum hf_status status = hf_record_state_decode(packed, &state);
    if (status == HF_OK)
        status = hf_standing_named(&state, &seen);
    *out_fits = seen.count <= HF_LIMIT_SNAPSHOT_CHANGES - gather->change_count;
    for (size_t i = 0; status == HF_OK && *out_fits && i < seen.count; i++) {
        struct change_found found = {.gather = gather, .out = &changes[i]};
        status = store->ops->change(store, &seen.at[i], take_change, &found);
        if (status == HF_OK)
            status = found.status;
        *out_fits = !found.full;
    }
    if (status == HF_OK && *out_fits) {
        *out = (struct hf_snapshot_record){.changes = changes, .change_count = seen.count};
        gather->change_count += seen.count;
    }
    free(seen.at);
    hf_record_state_clear(&state);
    return status;
}

/* The changes of the run's records; those that have no room begin the next part. */
static enum hf_status add_changes(struct gather *gather, size_t from)
{
    struct hf_snapshot_part *said = gather->said;
    for (size_t i = from; i < said->record_count; i++) {
        const struct gathered *slot = &gather->records[i];
        const struct hf_slice packed = hf_slice_of(gather->reply->bytes.data + slot->packed_at, slot->packed_len);
        bool fits = true;
        enum hf_status status = find_changes(gather, packed, &gather->arrays->records[i], &fits);
        if (status != HF_OK)
            return status;
        if (!fits) {
            gather->full = true;
            said->record_count = i;
        }
    }
    return HF_OK;
}

static enum hf_status add_key(struct gather *gather, const struct hf_id *case_id)
{
    struct hf_snapshot_part *said = gather->said;
    enum hf_status status =
        hf_keystore_current(gather->office->keystore, case_id, &gather->arrays->keys[said->key_count]);
    if (status == HF_OK)
        said->key_count++;
    return status;
}

/* A run of the case's records, from where the device stands in it. */
static enum hf_status add_run(struct gather *gather, const struct hf_id *case_id, uint64_t size, bool begins)
{
    struct hf_store *store = gather->office->store;
    struct hf_snapshot_part *said = gather->said;
    const size_t from = said->record_count, from_bytes = gather->packed_bytes;
    gather->skip_to = begins ? hf_id_zero() : gather->asked->at.record_id;
    gather->named = false;
    enum hf_status status = store->ops->records(store, case_id, take_record, gather);
    if (gather->named) {
        said->record_count = from;
        gather->packed_bytes = from_bytes;
        return status;
    }
    if (status == HF_OK)
        status = hf_buf_status(&gather->reply->bytes);
    if (status == HF_OK)
        status = add_changes(gather, from);
    if (status != HF_OK)
        return status;
    const size_t count = said->record_count - from;
    if (count == 0)
        return gather->full && from == 0 ? HF_ERR_LIMIT : HF_OK;
    if (begins)
        status = add_key(gather, case_id);
    gather->arrays->cases[said->case_count++] = (struct hf_snapshot_case){
        .case_id = *case_id, .size = size, .begins = begins, .ends = !gather->full, .record_count = count};
    if (gather->full)
        put_next(gather, case_id, size, &gather->records[said->record_count - 1].record_id);
    else
        put_next(gather, case_id, 0, NULL);
    return status;
}

/* --- one case after the other --- */

static bool is_full(const struct gather *gather)
{
    const struct hf_snapshot_part *said = gather->said;
    return gather->full || said->case_count == HF_LIMIT_SNAPSHOT_CASES || said->left_count == HF_LIMIT_SNAPSHOT_CASES ||
           said->key_count + 1 >= HF_LIMIT_FEED_KEYS || said->record_count == HF_LIMIT_SNAPSHOT_RECORDS;
}

static void leave_case(struct gather *gather, const struct hf_id *case_id)
{
    gather->arrays->left[gather->said->left_count++] = *case_id;
    put_next(gather, case_id, 0, NULL);
}

/* What the log says of the case: as it was found when the note was written, and read anew only when the log has grown
 * since. *out_kept: NULL when no note says what it is now. *out_left: it is not to be given. */
static enum hf_status find_kept(struct gather *gather, size_t at, struct hf_snapshot_look *look,
                                const struct hf_snapshot_kept **out_kept, bool *out_left)
{
    const struct hf_id *case_id = &gather->cases[at];
    *out_kept = hf_snapshot_kept_now(gather->office, case_id);
    if (*out_kept) {
        look->records = (*out_kept)->records;
        return HF_OK;
    }
    enum hf_status status = hf_snapshot_look_at(gather->office, gather->peer, case_id, look);
    *out_left = status == HF_OK && !look->give;
    if (status == HF_OK && look->give)
        *out_kept = hf_snapshot_kept_of(gather->office, case_id, look->digest);
    return status;
}

/* A part relies on one note, and a case that fits a part is not torn. *out_stop: this case begins the next part. */
static enum hf_status add_case(struct gather *gather, size_t at, bool *out_stop)
{
    struct hf_snapshot_part *said = gather->said;
    const struct hf_id *case_id = &gather->cases[at];
    const struct hf_snapshot_kept *kept = NULL;
    struct hf_snapshot_look look = {.give = false};
    uint64_t note = 0;
    bool left = false;
    enum hf_status status = find_kept(gather, at, &look, &kept, &left);
    if (status != HF_OK)
        return status;
    if (left) {
        leave_case(gather, case_id);
        return HF_OK;
    }
    if (look.records <= HF_LIMIT_SNAPSHOT_RECORDS && said->record_count + look.records > HF_LIMIT_SNAPSHOT_RECORDS) {
        *out_stop = true;
        return HF_OK;
    }
    if (kept)
        note = kept->note;
    if (gather->has_note && (!kept || note != gather->note)) {
        *out_stop = true;
        return HF_OK;
    }
    if (!kept)
        status = write_note(gather, at, &look, &note);
    if (status != HF_OK)
        return status;
    gather->has_note = true;
    gather->note = note;
    const bool midst = hf_id_equal(case_id, &gather->asked->at.case_id) && gather->asked->at.size == note;
    const size_t before = said->case_count;
    status = add_run(gather, case_id, note, !midst);
    if (status == HF_OK && gather->named) {
        leave_case(gather, case_id);
    } else if (status == HF_OK && said->case_count == before) { /* nothing of it had room, or nothing is left of it */
        *out_stop = gather->full;
        if (!gather->full)
            put_next(gather, case_id, 0, NULL);
    }
    return status;
}

static enum hf_status add_cases(struct gather *gather)
{
    const struct hf_snapshot_at *at = &gather->asked->at;
    enum hf_status status = HF_OK;
    bool stop = false;
    gather->said->next = *at;
    for (size_t i = 0; status == HF_OK && i < gather->case_count; i++) {
        const int order = hf_id_compare(&gather->cases[i], &at->case_id);
        if (order < 0 || (order == 0 && at->size == 0))
            continue;
        if (is_full(gather))
            stop = true;
        else
            status = add_case(gather, i, &stop);
        gather->said->more = stop || gather->full;
        if (gather->said->more)
            break;
    }
    return status;
}

/* --- the note of the part --- */

struct note_row {
    struct gather *gather;
    size_t leaf_at, body_at, body_len;
    enum hf_status status;
};

static bool open_note(void *ctx, const struct hf_entry_row *row)
{
    struct note_row *note = ctx;
    struct gather *gather = note->gather;
    struct hf_buf *bytes = &gather->reply->bytes;
    struct hf_class_key *key = &gather->arrays->keys[gather->said->key_count];
    struct hf_leaf leaf;
    note->status = hf_leaf_decode(row->leaf, &leaf);
    if (note->status == HF_OK)
        note->status = hf_keystore_get(gather->office->keystore, &row->key_id, key);
    if (note->status != HF_OK)
        return false;
    gather->said->key_count++;
    note->leaf_at = bytes->len;
    hf_buf_append_slice(bytes, row->leaf);
    note->body_at = bytes->len;
    note->status = hf_payload_open(key, row->payload, &leaf, bytes);
    note->body_len = bytes->len - note->body_at;
    return false;
}

static enum hf_status prove_note(struct gather *gather)
{
    struct hf_office *office = gather->office;
    struct hf_snapshot_note *note = &gather->said->note;
    const uint64_t old_size = gather->asked->checkpoint_size;
    note->checkpoint_size = office->mark.size;
    note->consistency = &gather->arrays->consistency;
    note->inclusion = &gather->arrays->inclusion;
    enum hf_status status = HF_OK;
    if (old_size > 0)
        status = hf_tree_prove_consistency(old_size, office->mark.size, hf_store_node, office->store,
                                           &gather->arrays->consistency);
    if (status == HF_OK)
        status = hf_tree_prove_inclusion(note->index, office->mark.size, hf_store_node, office->store,
                                         &gather->arrays->inclusion);
    return status;
}

static enum hf_status add_note(struct gather *gather)
{
    struct hf_buf *bytes = &gather->reply->bytes;
    struct hf_snapshot_note *note = &gather->said->note;
    struct note_row row = {.gather = gather};
    if (!gather->has_note || gather->asked->noted == gather->note + 1)
        return HF_OK;
    struct hf_store *store = gather->office->store;
    enum hf_status status = store->ops->entries(store, gather->note, 1, open_note, &row);
    if (status == HF_OK)
        status = row.status;
    const size_t checkpoint_at = bytes->len;
    if (status == HF_OK)
        status = hf_store_checkpoint(store, bytes);
    if (status == HF_OK)
        status = hf_buf_status(bytes);
    if (status != HF_OK)
        return status;
    gather->said->has_note = true;
    note->index = gather->note;
    note->leaf = hf_slice_of(bytes->data + row.leaf_at, HF_LEAF_BYTES);
    note->body = hf_slice_of(bytes->data + row.body_at, row.body_len);
    note->checkpoint = hf_slice_of(bytes->data + checkpoint_at, bytes->len - checkpoint_at);
    return prove_note(gather);
}

/* --- the answer --- */

static void finish(struct gather *gather)
{
    struct hf_snapshot_part *said = gather->said;
    for (size_t i = 0; i < said->record_count; i++) {
        const struct gathered *slot = &gather->records[i];
        gather->arrays->records[i].packed = hf_slice_of(gather->reply->bytes.data + slot->packed_at, slot->packed_len);
    }
    said->keys = gather->arrays->keys;
    said->cases = gather->arrays->cases;
    said->records = gather->arrays->records;
    said->left = gather->arrays->left;
}

static enum hf_status fill(struct gather *gather)
{
    struct hf_store_head head;
    struct hf_error err = {0};
    bool enough = true;
    enum hf_status status = list_cases(gather);
    hf_store_head(gather->office->store, &head);
    gather->said->log_size = head.tree.size;
    if (status == HF_OK && hf_id_is_zero(&gather->asked->at.case_id))
        status = has_enough(gather, &enough);
    gather->said->few = !enough;
    if (status != HF_OK || !enough)
        return status;
    status = add_cases(gather);
    if (status == HF_OK)
        status = hf_office_publish(gather->office, &err);
    if (status == HF_ERR_CONFLICT || (status == HF_OK && gather->asked->checkpoint_size > gather->office->mark.size))
        return hf_reply_error(gather->reply, HF_ERR_CONFLICT,
                              "The office's log was set back and is not being signed. Your work stays saved here. Tell "
                              "the administrator.");
    if (status == HF_OK)
        status = add_note(gather);
    if (status == HF_OK)
        finish(gather);
    return status;
}

enum hf_status hf_snapshot_answer(struct hf_office *office, const struct hf_peer *peer,
                                  const struct hf_message *request, struct hf_reply *reply)
{
    bool allowed = true;
    if (request->as.snapshot.one_case) {
        enum hf_status status = hf_feed_may_read(office, peer, &request->as.snapshot.case_id, &allowed);
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
    reply->message.type = HF_MSG_SNAPSHOT_IS;
    *gather = (struct gather){.office = office,
                              .peer = peer,
                              .asked = &request->as.snapshot,
                              .reply = reply,
                              .arrays = arrays,
                              .said = &reply->message.as.snapshot_is};
    gather->said->devices = arrays->devices;
    enum hf_status status = fill(gather);
    free(gather->cases);
    free(gather);
    return status;
}
