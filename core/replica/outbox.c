#include "core/replica/indexed.h"
#include "core/replica/reads.h"
#include "core/replica/replica_internal.h"

#include <inttypes.h>
#include <string.h>

/* --- facts --- */

static enum hf_status sync_facts(struct hf_replica *replica, struct hf_sync_facts *out)
{
    struct hf_rows rows;
    hf_rows_begin(&rows, replica, HF_STATEMENT_SYNC_GET);
    out->cursor = hf_rows_next(&rows) ? hf_rows_u64(&rows, 0) : 0;
    enum hf_status status = hf_rows_end(&rows, NULL);
    if (status != HF_OK)
        return status;
    hf_rows_begin(&rows, replica, HF_STATEMENT_CATCHUP_FIRST);
    const bool any = hf_rows_next(&rows);
    out->catchup_refused = any && hf_rows_u64(&rows, 3) != 0; /* those stand last: no other is left */
    out->has_catchup = any && !out->catchup_refused;
    if (out->has_catchup) {
        out->catchup_case = hf_rows_id(&rows, 0);
        out->catchup_from = hf_rows_u64(&rows, 1);
        out->catchup_until = hf_rows_u64(&rows, 2);
    }
    return hf_rows_end(&rows, NULL);
}

static enum hf_status unsent_facts(struct hf_replica *replica, uint64_t device, struct hf_sync_facts *out)
{
    struct hf_rows rows;
    out->unsent_seq = out->next_seq;
    hf_rows_begin(&rows, replica, HF_STATEMENT_UNSENT_FIRST);
    hf_rows_bind_u64(&rows, device);
    if (hf_rows_next(&rows) && !hf_rows_is_null(&rows, 0))
        out->unsent_seq = hf_rows_u64(&rows, 0);
    return hf_rows_end(&rows, NULL);
}

/* Joins neighbouring places; the rest waits for the next sync when there are too many gaps. */
static enum hf_status range_facts(struct hf_replica *replica, struct hf_sync_facts *out)
{
    struct hf_rows rows;
    hf_rows_begin(&rows, replica, HF_STATEMENT_UNPROVED_INDICES);
    while (hf_rows_next(&rows)) {
        uint64_t index = hf_rows_u64(&rows, 0);
        struct hf_range *last = out->range_count > 0 ? &out->ranges[out->range_count - 1] : NULL;
        if (last && last->first + last->count == index)
            last->count++;
        else if (out->range_count < HF_FACT_RANGES_MAX)
            out->ranges[out->range_count++] = (struct hf_range){.first = index, .count = 1};
        else
            break;
    }
    return hf_rows_end(&rows, NULL);
}

/* A store that does not fit itself may hold leaves beyond the head that it remembers. */
static enum hf_status last_leaf(struct hf_replica *replica, uint64_t device, struct hf_sync_facts *out)
{
    struct hf_rows rows;
    hf_rows_begin_text(
        &rows, replica,
        "SELECT max(place) + 1 FROM (SELECT max(leaf_seq) AS place FROM changes WHERE indexed = 1 AND device = ?1"
        " UNION ALL SELECT max(leaf_seq) FROM changes WHERE " HF_CHANGES_END " AND device = ?1)");
    hf_rows_bind_u64(&rows, device);
    uint64_t next = hf_rows_next(&rows) && !hf_rows_is_null(&rows, 0) ? hf_rows_u64(&rows, 0) : 0;
    if (next > out->next_seq)
        out->next_seq = next;
    return hf_rows_end(&rows, NULL);
}

enum hf_status hf_replica_facts(struct hf_replica *replica, struct hf_sync_facts *out)
{
    struct hf_chain chain;
    struct hf_seen seen;
    struct hf_sync_facts facts = {.incarnation = replica->identity->incarnation};
    enum hf_status status = hf_replica_chain_load(replica, &chain, NULL);
    if (status == HF_OK)
        status = hf_replica_seen(replica, &seen, NULL);
    if (status == HF_OK)
        status = hf_replica_chain_check_records(replica, NULL);
    if (status != HF_OK)
        return status;
    memcpy(facts.device, replica->identity->sign.public_key, sizeof facts.device);
    memcpy(facts.head, chain.head, sizeof facts.head);
    facts.next_seq = chain.next_seq;
    facts.clock = chain.clock;
    facts.checkpoint_size = seen.size;
    facts.checkpoint_root = seen.root;
    facts.damaged = replica->damage.text[0] != '\0';
    status = sync_facts(replica, &facts);
    if (status == HF_OK && facts.damaged)
        status = last_leaf(replica, chain.device, &facts);
    if (status == HF_OK)
        status = unsent_facts(replica, chain.device, &facts);
    if (status == HF_OK)
        status = hf_replica_purge_receipt(replica, &facts.purge_case, &facts.purge_changes, &facts.has_purge);
    if (status == HF_OK)
        status = range_facts(replica, &facts);
    if (status == HF_OK)
        *out = facts;
    return status;
}

/* --- outbox --- */

enum hf_status hf_replica_outbox(struct hf_replica *replica, uint64_t from_seq, hf_item_fn *each, void *ctx)
{
    static const uint8_t nothing = 0xc0; /* msgpack nil: a body has at least a byte */
    struct hf_rows rows;
    struct hf_chain chain;
    struct hf_buf bytes = {0};
    enum hf_status status = hf_replica_chain_load(replica, &chain, NULL);
    if (status != HF_OK)
        return status;
    hf_rows_begin_text(&rows, replica,
                       "SELECT " HF_STORED_COLUMNS " FROM changes WHERE indexed = 1 AND device = ?1"
                       " AND leaf_seq >= ?2 UNION ALL SELECT " HF_STORED_COLUMNS " FROM changes WHERE " HF_CHANGES_END
                       " AND device = ?1 AND leaf_seq >= ?2 ORDER BY leaf_seq");
    hf_rows_bind_u64(&rows, chain.device);
    hf_rows_bind_u64(&rows, from_seq);
    while (hf_rows_next(&rows)) {
        struct hf_stored stored;
        hf_replica_stored_read(&rows, &stored, &bytes);
        if (rows.code == SQLITE_ROW)
            status = hf_replica_stored_check(replica, &stored, NULL);
        const bool gone = stored.body.len == 0; /* erased or purged: only the leaf is left to hand in */
        const struct hf_item item = {.index = stored.index,
                                     .leaf = stored.leaf,
                                     .case_id = stored.case_id,
                                     .key_id = stored.key_id,
                                     .body = gone ? hf_slice_of(&nothing, 1) : stored.body,
                                     .hold = stored.hold,
                                     .form = gone ? HF_ITEM_WHOLE : HF_ITEM_DERIVABLE};
        if (status != HF_OK || rows.code != SQLITE_ROW || !each(ctx, &item))
            break;
    }
    const enum hf_status ended = hf_rows_end(&rows, NULL);
    hf_buf_wipe(&bytes);
    return status == HF_OK ? ended : status;
}

/* --- the server's answer --- */

static enum hf_status take_answer(struct hf_replica *replica, uint64_t device, const struct hf_pushed *pushed,
                                  struct hf_error *err)
{
    struct hf_stored stored;
    enum hf_status status = HF_ERR_NOT_FOUND;
    if (pushed->seq <= HF_LOG_INDEX_MAX)
        status = hf_replica_stored_of_chain(replica, device, pushed->seq, &stored, NULL, err);
    if (status == HF_ERR_NOT_FOUND)
        return hf_error_set(err, HF_ERR_PROTOCOL,
                            "The office answered about change %" PRIu64 ", which this device did not send. Nothing was "
                            "stored; tell the office.",
                            pushed->seq);
    if (status != HF_OK)
        return status;
    status = hf_replica_stored_logged(replica, &stored, pushed->index, pushed->hold, err);
    if (status == HF_OK && stored.kind == HF_LEAF_READ)
        status = hf_replica_reads_answered(replica, stored.row, err);
    return status;
}

/* Own changes that lie directly behind what was read need not be looked for in the feed, which leaves them out. */
static enum hf_status move_cursor(struct hf_replica *replica, const struct hf_pushed *results, size_t count,
                                  struct hf_error *err)
{
    struct hf_rows rows;
    if (count == 0 || results[count - 1].index - results[0].index != count - 1)
        return HF_OK; /* indices rise, so these follow one another */
    hf_rows_begin_text(&rows, replica, "UPDATE sync SET cursor = ?2 WHERE cursor = ?1");
    hf_rows_bind_u64(&rows, results[0].index);
    hf_rows_bind_u64(&rows, results[count - 1].index + 1);
    return hf_rows_run(&rows, err);
}

enum hf_status hf_replica_take_answers(struct hf_replica *replica, const struct hf_pushed *results, size_t count,
                                       struct hf_error *err)
{
    struct hf_chain chain;
    enum hf_status status = hf_replica_chain_load(replica, &chain, err);
    for (size_t i = 0; status == HF_OK && i < count; i++)
        status = take_answer(replica, chain.device, &results[i], err);
    if (status == HF_OK)
        status = move_cursor(replica, results, count, err);
    return status;
}

enum hf_status hf_replica_store_pushed(struct hf_replica *replica, const struct hf_pushed *results, size_t count,
                                       struct hf_error *err)
{
    enum hf_status status = hf_rows_transaction(replica, err);
    if (status != HF_OK)
        return status;
    status = hf_rows_finish(replica, hf_replica_take_answers(replica, results, count, err), err);
    if (status == HF_OK)
        hf_replica_reads_scrub(replica);
    return status;
}
