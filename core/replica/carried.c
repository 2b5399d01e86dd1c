#include "core/replica/carried.h"

#include "core/replica/indexed.h"

#include <stdlib.h>
#include <string.h>

const char hf_replica_contact_tables[] =
    "CREATE TABLE contact(one INTEGER PRIMARY KEY CHECK(one = 1), request BLOB NOT NULL, offset_ms INTEGER NOT NULL,"
    " at_ms INTEGER NOT NULL);"
    "INSERT INTO contact VALUES(1, zeroblob(32), 0, 0);";

/* --- out --- */

enum hf_status hf_replica_carry_cases(struct hf_replica *replica, bool (*each)(void *ctx, const struct hf_id *case_id),
                                      void *ctx)
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, replica,
                       "SELECT case_id FROM cases WHERE assigned = 1 AND case_id <> ?"
                       " AND case_id IN (SELECT case_id FROM keys) ORDER BY case_id");
    hf_rows_bind_id(&rows, &replica->office_case);
    while (hf_rows_next(&rows)) {
        const struct hf_id case_id = hf_rows_id(&rows, 0);
        if (!each(ctx, &case_id))
            break;
    }
    return hf_rows_end(&rows, NULL);
}

static enum hf_status is_held(struct hf_replica *replica, const struct hf_id *case_id, bool *out)
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, replica, "SELECT 1 FROM cases WHERE case_id = ?1 AND assigned = 1 AND case_id <> ?2");
    hf_rows_bind_id(&rows, case_id);
    hf_rows_bind_id(&rows, &replica->office_case);
    *out = hf_rows_next(&rows);
    return hf_rows_end(&rows, NULL);
}

enum hf_status hf_replica_carry_key(struct hf_replica *replica, const struct hf_id *case_id, struct hf_class_key *out)
{
    bool held = false;
    enum hf_status status = is_held(replica, case_id, &held);
    if (status == HF_OK && !held)
        return HF_ERR_NOT_FOUND;
    return status == HF_OK ? hf_replica_key_newest(replica, case_id, out, NULL) : status;
}

enum hf_status hf_replica_carry_key_by_id(struct hf_replica *replica, const struct hf_id *key_id,
                                          struct hf_class_key *out)
{
    struct hf_class_key key = {0};
    bool held = false;
    enum hf_status status = hf_replica_key_find(replica, key_id, &key, NULL);
    if (status == HF_OK)
        status = is_held(replica, &key.case_id, &held);
    if (status == HF_OK && !held)
        status = HF_ERR_NOT_FOUND;
    if (status == HF_OK)
        *out = key;
    hf_wipe(&key, sizeof key);
    return status;
}

static bool is_restricted(const struct hf_data_body *body)
{
    const struct hf_record_spec *type = hf_model_type(body->type);
    return !type || type->restricted; /* of a later version: it may be */
}

enum hf_status hf_replica_carry_out(struct hf_replica *replica, const struct hf_id *case_id, bool all, hf_item_fn *each,
                                    void *ctx)
{
    struct hf_rows rows;
    struct hf_buf bytes = {0};
    enum hf_status status = HF_OK;
    struct hf_data_body *body = malloc(sizeof *body);
    if (!body)
        return HF_ERR_NOMEM;
    hf_rows_begin_text(&rows, replica,
                       "SELECT " HF_STORED_COLUMNS " FROM changes WHERE case_id = ?1 AND kind = 0 AND length(body) > 0"
                       " AND hold = 0 AND refused = 0 AND (log_index IS NULL OR ?2) ORDER BY seq");
    hf_rows_bind_id(&rows, case_id);
    hf_rows_bind_u64(&rows, all ? 1 : 0);
    while (status == HF_OK && hf_rows_next(&rows)) {
        struct hf_stored stored;
        hf_replica_stored_read(&rows, &stored, &bytes);
        if (rows.code != SQLITE_ROW)
            break;
        status = hf_replica_stored_check(replica, &stored, NULL);
        if (status != HF_OK || hf_data_body_decode(stored.body, body, NULL) != HF_OK || is_restricted(body))
            continue;
        const struct hf_item item = {.index = HF_INDEX_NONE,
                                     .leaf = stored.leaf,
                                     .case_id = stored.case_id,
                                     .key_id = stored.key_id,
                                     .body = stored.body};
        if (!each(ctx, &item))
            break;
    }
    free(body);
    hf_buf_wipe(&bytes);
    const enum hf_status ended = hf_rows_end(&rows, NULL);
    return status == HF_OK ? ended : status;
}

/* --- in --- */

struct carrying {
    struct hf_replica *replica;
    const struct hf_id *case_id;
    uint64_t now_ms;
    struct hf_chain chain;
    struct hf_data_body *body;
    struct hf_carried done;
    struct hf_buf bytes;
    struct hf_error *err;
};

static enum hf_status altered(struct hf_error *err, const char *what)
{
    return hf_error_set(err, HF_ERR_AUTH,
                        "A change in this file does not hold: %s. Nothing of the case was taken in; tell the office.",
                        what);
}

static enum hf_status check_leaf(struct carrying *at, const struct hf_item *item, struct hf_leaf *leaf)
{
    const struct hf_identity *own = at->replica->identity;
    if (item->leaf.len != HF_LEAF_BYTES || hf_leaf_decode(item->leaf, leaf) != HF_OK || leaf->kind != HF_LEAF_DATA ||
        leaf->seq > HF_LOG_INDEX_MAX)
        return altered(at->err, "it has not the form of a change of a record");
    if (!hf_identity_knows_log(own, leaf->log_id))
        return altered(at->err, "it was signed for another office");
    if (!hf_leaf_verify(item->leaf.data))
        return altered(at->err, "its signature does not fit");
    if (memcmp(leaf->device, own->sign.public_key, sizeof leaf->device) == 0 && leaf->incarnation == own->incarnation)
        return altered(at->err, "it is said to be of this device, which has not made it: its store may be an old copy");
    return HF_OK;
}

static enum hf_status check_content(struct carrying *at, const struct hf_item *item, const struct hf_leaf *leaf)
{
    struct hf_class_key key = {0};
    enum hf_status status = hf_replica_key_find(at->replica, &item->key_id, &key, at->err);
    if (status == HF_ERR_NOT_FOUND)
        status = hf_error_set(at->err, HF_ERR_NOT_FOUND,
                              "This file uses a newer key of the case than this device has. Sync with the office, then "
                              "take the file in again; nothing of it is lost.");
    else if (status == HF_OK && !hf_id_equal(&key.case_id, at->case_id))
        status = altered(at->err, "its key belongs to another case");
    else if (status == HF_OK && hf_payload_check_opened(&key, item->body, leaf, NULL) != HF_OK)
        status = altered(at->err, "its content is not what was signed");
    hf_wipe(&key, sizeof key);
    if (status == HF_OK &&
        (hf_data_body_decode(item->body, at->body, NULL) != HF_OK || !hf_id_equal(&at->body->case_id, at->case_id)))
        status = altered(at->err, "this program cannot read it, or it is about another case");
    return status;
}

static enum hf_status check_place(struct carrying *at, const struct hf_device *device, const struct hf_leaf *leaf)
{
    struct hf_stored other;
    enum hf_status status =
        hf_replica_stored_of_chain(at->replica, device->number, leaf->seq, &other, &at->bytes, at->err);
    if (status == HF_ERR_NOT_FOUND)
        return HF_OK;
    return status == HF_OK ? altered(at->err, "its device signed two different changes with one number") : status;
}

static enum hf_status store(struct carrying *at, const struct hf_item *item, const struct hf_leaf *leaf,
                            const struct hf_device *device, const struct hf_id *change_id)
{
    struct hf_stored stored = {.change_id = *change_id,
                               .record_id = at->body->record_id,
                               .case_id = *at->case_id,
                               .key_id = item->key_id,
                               .kind = HF_LEAF_DATA,
                               .device = device->number,
                               .leaf_seq = leaf->seq,
                               .index = HF_INDEX_NONE,
                               .sent = HF_RECEIVED,
                               .leaf = item->leaf,
                               .body = item->body};
    enum hf_status status = hf_replica_state_take(at->replica, &stored, NULL, at->err);
    if (status != HF_OK)
        return status;
    at->chain.clock = hf_clock_hear(at->chain.clock, leaf->clock, at->now_ms);
    at->chain.change_count = stored.row;
    at->done.taken++;
    return HF_OK;
}

static enum hf_status take_one(struct carrying *at, const struct hf_item *item)
{
    struct hf_leaf leaf;
    struct hf_stored known;
    struct hf_device device;
    const struct hf_id change_id = hf_leaf_change_id(item->leaf.data);
    enum hf_status status = hf_replica_stored_find(at->replica, &change_id, &known, &at->bytes, at->err);
    if (status == HF_OK)
        at->done.known++;
    if (status != HF_ERR_NOT_FOUND)
        return status;
    status = check_leaf(at, item, &leaf);
    if (status == HF_OK)
        status = check_content(at, item, &leaf);
    if (status != HF_OK)
        return status;
    if (is_restricted(at->body)) {
        at->done.restricted++;
        return HF_OK;
    }
    status = hf_replica_device_find(at->replica, leaf.device, leaf.incarnation, &device, at->err);
    if (status == HF_ERR_NOT_FOUND || (status == HF_OK && device.enrolled_at == HF_INDEX_NONE)) {
        at->done.strangers++;
        return HF_OK;
    }
    if (status == HF_OK && device.revoked_at != HF_INDEX_NONE) {
        at->done.revoked++;
        return HF_OK;
    }
    if (status == HF_OK)
        status = check_place(at, &device, &leaf);
    return status == HF_OK ? store(at, item, &leaf, &device, &change_id) : status;
}

static enum hf_status take_all(struct carrying *at, const struct hf_item *items, size_t count)
{
    bool held = false;
    enum hf_status status = is_held(at->replica, at->case_id, &held);
    if (status == HF_OK && !held)
        return hf_error_set(at->err, HF_ERR_NOT_FOUND, "This device does not hold the case.");
    if (status == HF_OK)
        status = hf_replica_chain_load(at->replica, &at->chain, at->err);
    for (size_t i = 0; status == HF_OK && i < count; i++)
        status = take_one(at, &items[i]);
    return status == HF_OK ? hf_replica_chain_store(at->replica, &at->chain, at->err) : status;
}

enum hf_status hf_replica_carry_in(struct hf_replica *replica, const struct hf_id *case_id, const struct hf_item *items,
                                   size_t count, uint64_t now_ms, struct hf_carried *out, struct hf_error *err)
{
    struct carrying at = {.replica = replica, .case_id = case_id, .now_ms = now_ms, .err = err};
    if (replica->identity->state != HF_IDENTITY_ENROLLED)
        return hf_error_set(err, HF_ERR_STATE,
                            "This device is not enrolled, or was revoked: it takes nothing in from others.");
    at.body = malloc(sizeof *at.body);
    if (!at.body)
        return hf_error_set(err, HF_ERR_NOMEM, "%s", hf_status_text(HF_ERR_NOMEM));
    enum hf_status status = hf_rows_transaction(replica, err);
    if (status == HF_OK) {
        status = hf_replica_index_all(replica, err);
        status = hf_rows_finish(replica, status == HF_OK ? take_all(&at, items, count) : status, err);
    }
    free(at.body);
    hf_buf_wipe(&at.bytes);
    if (status == HF_OK)
        *out = at.done;
    return status;
}

/* --- contact --- */

enum hf_status hf_replica_request_put(struct hf_replica *replica, const uint8_t request[HF_HASH_BYTES],
                                      struct hf_error *err)
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, replica, "UPDATE contact SET request = ?");
    hf_rows_bind_bytes(&rows, hf_slice_of(request, HF_HASH_BYTES));
    return hf_rows_run(&rows, err);
}

enum hf_status hf_replica_request_get(struct hf_replica *replica, uint8_t out[HF_HASH_BYTES])
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, replica, "SELECT request FROM contact");
    if (hf_rows_next(&rows))
        hf_rows_copy(&rows, 0, out, HF_HASH_BYTES);
    return hf_rows_end(&rows, NULL);
}

/* The sign lies in the lowest bit, because numbers are bound without one. */
static uint64_t zigzag(int64_t value)
{
    return value < 0 ? (uint64_t)(-(value + 1)) * 2 + 1 : (uint64_t)value * 2;
}

enum hf_status hf_replica_clock_put(struct hf_replica *replica, const struct hf_clock_seen *seen, struct hf_error *err)
{
    struct hf_rows rows;
    const int64_t most = INT64_MAX / 4;
    const int64_t offset = seen->offset_ms > most ? most : seen->offset_ms < -most ? -most : seen->offset_ms;
    hf_rows_begin_text(&rows, replica, "UPDATE contact SET offset_ms = ?, at_ms = ?");
    hf_rows_bind_u64(&rows, zigzag(offset));
    hf_rows_bind_u64(&rows, seen->at_ms);
    return hf_rows_run(&rows, err);
}

enum hf_status hf_replica_clock_get(struct hf_replica *replica, struct hf_clock_seen *out)
{
    struct hf_rows rows;
    struct hf_clock_seen seen = {0};
    hf_rows_begin_text(&rows, replica, "SELECT offset_ms, at_ms FROM contact");
    if (hf_rows_next(&rows)) {
        const uint64_t stored = hf_rows_u64(&rows, 0);
        seen.offset_ms = stored % 2 ? -(int64_t)(stored / 2) - 1 : (int64_t)(stored / 2);
        seen.at_ms = hf_rows_u64(&rows, 1);
    }
    enum hf_status status = hf_rows_end(&rows, NULL);
    if (status == HF_OK)
        *out = seen;
    return status;
}
