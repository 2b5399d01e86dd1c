/* Taking a case off this device after it was taken from the person. What the device signed stays as leaves – its chain
 * has to stay whole – but nothing of what they say: bodies, state, keys, drafts and the search index go. The receipt is
 * kept until the office has noted it. */
#include "core/base/mutant.h"
#include "core/replica/fold.h"
#include "core/replica/indexed.h"
#include "core/replica/search.h"

const char hf_replica_purge_tables[] =
    "CREATE TABLE purges(case_id BLOB PRIMARY KEY, changes INTEGER NOT NULL) WITHOUT ROWID;";

/* Nothing of it waits to be handed in: no change, no draft and no chunk of an attachment of this device that the office
 * does not have. */
static enum hf_status next_ready(struct hf_replica *replica, struct hf_id *out_case, bool *out_found,
                                 struct hf_error *err)
{
    struct hf_rows rows;
    hf_rows_begin(&rows, replica, HF_STATEMENT_PURGE_READY);
    hf_rows_bind_id(&rows, &replica->office_case);
    *out_found = hf_rows_next(&rows);
    if (*out_found)
        *out_case = hf_rows_id(&rows, 0);
    return hf_rows_end(&rows, err);
}

static enum hf_status run(struct hf_replica *replica, const char *sql, const struct hf_id *case_id,
                          struct hf_error *err)
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, replica, sql);
    if (case_id)
        hf_rows_bind_id(&rows, case_id);
    return hf_rows_run(&rows, err);
}

enum hf_status hf_replica_purge_case(struct hf_replica *replica, const struct hf_id *case_id, struct hf_error *err)
{
    /* What is held stays so until a person settles it, also without its words. */
    static const char *const steps[] = {
        "INSERT INTO purges(case_id, changes) SELECT ?1, count(*) FROM changes WHERE case_id = ?1 AND own = 1"
        " ON CONFLICT DO UPDATE SET changes = excluded.changes",
        "DELETE FROM records WHERE " HF_RECORDS_OF_CASE("?1"),
        "DELETE FROM changes WHERE case_id = ?1 AND own = 0",
        "UPDATE changes SET body = x'', record_id = NULL, effect = CASE effect WHEN 2 THEN 2 ELSE 4 END"
        " WHERE case_id = ?1",
        "DELETE FROM drafts WHERE case_id = ?1",
        "DELETE FROM attachments WHERE case_id = ?1",
        "DELETE FROM catchups WHERE case_id = ?1",
        "DELETE FROM snapshots WHERE case_id = ?1",
        "DELETE FROM snapshot_parts WHERE (SELECT at_case FROM snapshot_run) = ?1",
        "UPDATE snapshot_run SET of_case = NULL, at_case = NULL, at_size = 0, at_record = NULL WHERE of_case = ?1",
        "DELETE FROM keys WHERE case_id = ?1",
        "UPDATE cases SET opened_here = 0 WHERE case_id = ?1",
    };
    enum hf_status status = HF_OK;
    for (size_t i = 0; status == HF_OK && i < sizeof steps / sizeof steps[0]; i++)
        if (!(HF_MUTANT(PURGE_KEEPS_STATE) && i == 1))
            status = run(replica, steps[i], case_id, err);
    if (status == HF_OK)
        status = run(replica, "UPDATE chain SET change_count = (SELECT coalesce(max(seq), 0) FROM changes)", NULL, err);
    return status == HF_OK ? hf_replica_search_rebuild(replica, err) : status;
}

enum hf_status hf_replica_purge_ready(struct hf_replica *replica, size_t *out_count, struct hf_error *err)
{
    struct hf_id case_id;
    bool found = false;
    size_t count = 0;
    const int changed_before = sqlite3_total_changes(replica->db);
    enum hf_status status = next_ready(replica, &case_id, &found, err);
    while (status == HF_OK && found) {
        status = hf_rows_transaction(replica, err);
        if (status == HF_OK)
            status = hf_rows_finish(replica, hf_replica_purge_case(replica, &case_id, err), err);
        if (status == HF_OK) {
            count++;
            status = next_ready(replica, &case_id, &found, err);
        }
    }
    if (status == HF_OK && count > 0)
        status = hf_replica_attach_sweep(replica, err);
    if (status == HF_OK)
        status = hf_replica_restricted_drop(replica, err);
    /* What went does not stay in the write-ahead log. What keeps it from being done now, closing does. */
    if (status == HF_OK && sqlite3_total_changes(replica->db) != changed_before)
        (void)!hf_vault_scrub(replica->vault);
    if (status == HF_OK)
        *out_count = count;
    return status;
}

enum hf_status hf_replica_purge_receipt(struct hf_replica *replica, struct hf_id *out_case, uint64_t *out_changes,
                                        bool *out_found)
{
    struct hf_rows rows;
    hf_rows_begin(&rows, replica, HF_STATEMENT_PURGE_RECEIPT);
    *out_found = hf_rows_next(&rows);
    if (*out_found) {
        *out_case = hf_rows_id(&rows, 0);
        *out_changes = hf_rows_u64(&rows, 1);
    }
    return hf_rows_end(&rows, NULL);
}

enum hf_status hf_replica_purge_noted(struct hf_replica *replica, const struct hf_id *case_id, struct hf_error *err)
{
    return run(replica, "DELETE FROM purges WHERE case_id = ?1", case_id, err);
}

/* --- a case that comes back --- */

enum hf_status hf_replica_purge_undo(struct hf_replica *replica, const struct hf_stored *stored,
                                     const struct hf_item *item, struct hf_error *err)
{
    struct hf_rows rows;
    struct hf_id body_case, record_id = hf_id_zero();
    bool subject = stored->kind == HF_LEAF_DATA && hf_replica_body_subject(item->body, &body_case, &record_id);
    struct hf_buf folded = {0};
    struct hf_stored again = *stored;
    again.record_id = record_id;
    again.body = item->body;
    enum hf_status status = hf_replica_fold_body(replica, &again, &folded, err);
    if (status != HF_OK) {
        hf_buf_wipe(&folded);
        return status;
    }
    hf_rows_begin_text(&rows, replica, "UPDATE changes SET body = ?, key_id = ?, record_id = ? WHERE seq = ?");
    hf_rows_bind_bytes(&rows, hf_buf_slice(&folded));
    hf_rows_bind_id(&rows, &item->key_id);
    hf_rows_bind_id(&rows, &record_id);
    hf_rows_bind_u64(&rows, stored->row);
    status = hf_rows_run(&rows, err);
    hf_buf_wipe(&folded);
    return status == HF_OK && subject ? hf_replica_state_again(replica, &record_id, err) : status;
}
