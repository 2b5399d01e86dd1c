/* From the state that came as a snapshot back to the changes that people signed. */
#include "core/base/mutant.h"
#include "core/merge/standing.h"
#include "core/pack/cursor.h"
#include "core/replica/distrust.h"
#include "core/replica/fold.h"
#include "core/replica/indexed.h"
#include "core/replica/replica_internal.h"
#include "core/replica/snapshot.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum hf_status hf_replica_snapshot_size(struct hf_replica *replica, const struct hf_id *case_id, uint64_t *out,
                                        struct hf_error *err)
{
    struct hf_rows rows;
    hf_rows_begin(&rows, replica, HF_STATEMENT_SNAPSHOT_SIZE);
    hf_rows_bind_id(&rows, case_id);
    *out = hf_rows_next(&rows) ? hf_rows_u64(&rows, 0) : 0;
    return hf_rows_end(&rows, err);
}

/* --- marks --- */

enum hf_status hf_replica_is_unproved(struct hf_replica *replica, const struct hf_id *record_id, bool *out)
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, replica, "SELECT 1 FROM records WHERE " HF_RECORD_NAMED("?1") " AND stubs IS NOT NULL");
    hf_rows_bind_id(&rows, record_id);
    *out = hf_rows_next(&rows) && !HF_MUTANT(SNAPSHOT_PROVED);
    return hf_rows_end(&rows, NULL);
}

enum hf_status hf_replica_unproved(struct hf_replica *replica, struct hf_unproved *out)
{
    struct hf_rows rows;
    *out = (struct hf_unproved){.cases = 0};
    hf_rows_begin_text(
        &rows, replica,
        "SELECT (SELECT count(*) FROM snapshots), (SELECT count(*) FROM records WHERE stubs IS NOT NULL),"
        " (SELECT count(*) FROM snapshots JOIN catchups USING(case_id))");
    if (hf_rows_next(&rows))
        *out = (struct hf_unproved){
            .cases = hf_rows_u64(&rows, 0), .records = hf_rows_u64(&rows, 1), .fetching = hf_rows_u64(&rows, 2)};
    return hf_rows_end(&rows, NULL);
}

enum hf_status hf_replica_snapshot_again(struct hf_replica *replica, const struct hf_id *case_id, struct hf_error *err)
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, replica,
                       "INSERT INTO catchups(case_id, start, until, history)"
                       " SELECT case_id, 0, size, 1 FROM snapshots WHERE case_id = ?1 OR ?1 IS NULL"
                       " ON CONFLICT(case_id) DO UPDATE SET until = max(until, excluded.until), history = 1,"
                       " refused = 0");
    if (case_id)
        hf_rows_bind_id(&rows, case_id);
    return hf_rows_run(&rows, err);
}

enum hf_status hf_replica_prove(struct hf_replica *replica, const struct hf_id *case_id, bool *out_asked,
                                struct hf_error *err)
{
    struct hf_unproved all;
    uint64_t size = 0;
    enum hf_status status = HF_OK;
    if (case_id)
        status = hf_replica_snapshot_size(replica, case_id, &size, err);
    else if ((status = hf_replica_unproved(replica, &all)) == HF_OK)
        size = all.cases;
    *out_asked = size > 0;
    if (status != HF_OK || size == 0 || sqlite3_db_readonly(replica->db, "main"))
        return status;
    status = hf_rows_transaction(replica, err);
    return status == HF_OK ? hf_rows_finish(replica, hf_replica_snapshot_again(replica, case_id, err), err) : status;
}

static enum hf_status case_of(struct hf_replica *replica, const struct hf_id *record_id, struct hf_id *out)
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, replica, "SELECT case_id FROM records WHERE " HF_RECORD_NAMED("?1"));
    hf_rows_bind_id(&rows, record_id);
    *out = hf_rows_next(&rows) ? hf_rows_id(&rows, 0) : hf_id_zero();
    return hf_rows_end(&rows, NULL);
}

enum hf_status hf_replica_needs_history(struct hf_replica *replica, const struct hf_id *record_id, struct hf_error *err)
{
    struct hf_id case_id;
    bool unproved = false, asked = false;
    enum hf_status status = hf_replica_is_unproved(replica, record_id, &unproved);
    if (status != HF_OK || !unproved)
        return status;
    status = case_of(replica, record_id, &case_id);
    if (status == HF_OK)
        status = hf_replica_prove(replica, &case_id, &asked, err);
    if (status != HF_OK)
        return status;
    return hf_error_set(
        err, HF_ERR_WAITING,
        "The history of this case is not on this device yet, only what it led to. The next sync fetches "
        "it and checks every signature. Sync, then do this again.");
}

/* --- the state as it came --- */

enum hf_status hf_replica_snapshot_state(struct hf_replica *replica, const struct hf_id *record_id,
                                         struct hf_record_state *out, bool *out_found, struct hf_error *err)
{
    struct hf_rows rows;
    enum hf_status decoded = HF_OK;
    hf_rows_begin(&rows, replica, HF_STATEMENT_SNAPSHOT_STATE);
    hf_rows_bind_id(&rows, record_id);
    *out = (struct hf_record_state){.type = 0};
    *out_found = hf_rows_next(&rows);
    if (*out_found)
        decoded = hf_replica_unfold_state(&rows, 0, out);
    enum hf_status status = hf_rows_end(&rows, err);
    if (status != HF_OK && decoded == HF_OK)
        hf_record_state_clear(out);
    if (status == HF_OK && decoded != HF_OK)
        (void)hf_error_set(err, decoded,
                           "A record on this device cannot be read. Do not delete anything; tell the office.");
    return status == HF_OK ? decoded : status;
}

bool hf_replica_state_names(const struct hf_record_state *state, const struct hf_id *change)
{
    for (size_t i = 0; i < state->field_count; i++)
        for (size_t j = 0; j < state->fields[i].count; j++)
            if (hf_id_equal(&state->fields[i].entries[j].change, change))
                return true;
    return false;
}

enum hf_status hf_replica_snapshot_names(struct hf_replica *replica, const struct hf_id *record_id,
                                         const struct hf_id *change, bool *out, struct hf_error *err)
{
    struct hf_record_state came;
    bool found = false;
    enum hf_status status = hf_replica_snapshot_state(replica, record_id, &came, &found, err);
    *out = status == HF_OK && hf_replica_state_names(&came, change);
    if (status == HF_OK)
        hf_record_state_clear(&came);
    return status;
}

static enum hf_status read_stub(struct hf_slice stubs, size_t at, uint64_t *out_index, uint64_t *out_device)
{
    struct hf_cursor cursor;
    hf_cursor_init(&cursor, stubs, HF_PACK_ELEMENTS_MAX);
    for (size_t i = 0; i <= at; i++) {
        *out_index = hf_cursor_uint(&cursor);
        *out_device = hf_cursor_uint(&cursor);
    }
    return hf_cursor_status(&cursor) == HF_OK ? HF_OK : HF_ERR_CORRUPT;
}

enum hf_status hf_replica_stub(struct hf_replica *replica, const struct hf_id *record_id, const struct hf_id *change,
                               uint64_t *out_index, uint64_t *out_device)
{
    struct hf_rows rows;
    struct hf_record_state state = {0};
    struct hf_changes seen = {0};
    struct hf_buf stubs = {0};
    bool found = false;
    hf_rows_begin_text(&rows, replica,
                       "SELECT stubs FROM records WHERE " HF_RECORD_NAMED("?1") " AND stubs IS NOT NULL");
    hf_rows_bind_id(&rows, record_id);
    if (hf_rows_next(&rows))
        hf_buf_append_slice(&stubs, hf_rows_bytes(&rows, 0));
    enum hf_status status = hf_rows_end(&rows, NULL);
    if (status == HF_OK)
        status = hf_buf_status(&stubs);
    if (status == HF_OK)
        status = hf_replica_snapshot_state(replica, record_id, &state, &found, NULL);
    if (status == HF_OK)
        status = hf_standing_named(&state, &seen);
    size_t at = 0;
    while (at < seen.count && !hf_id_equal(&seen.at[at], change))
        at++;
    if (status == HF_OK)
        status = at < seen.count ? read_stub(hf_buf_slice(&stubs), at, out_index, out_device) : HF_ERR_NOT_FOUND;
    free(seen.at);
    hf_record_state_clear(&state);
    hf_buf_clear(&stubs);
    return status;
}

/* --- the history is here --- */

static enum hf_status list_records(struct hf_replica *replica, const struct hf_id *case_id, struct hf_buf *out,
                                   struct hf_error *err)
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, replica,
                       "SELECT record_id FROM records WHERE " HF_RECORDS_OF_CASE(
                           "?1") " AND stubs IS NOT NULL"
                                 " UNION SELECT record_id FROM changes WHERE case_id = ?1 AND record_id IS NOT NULL"
                                 " AND effect IN (1, 5) ORDER BY record_id");
    hf_rows_bind_id(&rows, case_id);
    while (hf_rows_next(&rows)) {
        const struct hf_id id = hf_rows_id(&rows, 0);
        hf_buf_append(out, id.bytes, sizeof id.bytes);
    }
    enum hf_status status = hf_rows_end(&rows, err);
    return status == HF_OK ? hf_buf_status(out) : status;
}

/* *out_binds: false when the office has begun a new log since (shard.h): then the history alone counts. */
static enum hf_status digest_in_note(struct hf_replica *replica, const struct hf_id *case_id,
                                     uint8_t out[HF_HASH_BYTES], bool *out_binds, struct hf_error *err)
{
    struct hf_rows rows;
    struct hf_digests_body body;
    const uint8_t *said = NULL;
    hf_rows_begin_text(&rows, replica,
                       "SELECT n.body, s.size FROM snapshots s JOIN snapshot_notes n ON n.idx = s.note"
                       " WHERE s.case_id = ?");
    hf_rows_bind_id(&rows, case_id);
    if (hf_rows_next(&rows) && hf_digests_body_decode(hf_rows_bytes(&rows, 0), &body) == HF_OK)
        said = hf_digests_body_find(&body, case_id);
    if (said) {
        memcpy(out, said, HF_HASH_BYTES);
        *out_binds = body.size == hf_rows_u64(&rows, 1);
    }
    enum hf_status status = hf_rows_end(&rows, err);
    if (status == HF_OK && !said)
        status = hf_error_set(err, HF_ERR_CORRUPT,
                              "This device has lost the note that a case came with. Do not delete anything; tell the "
                              "office.");
    return status;
}

static enum hf_status add_to_digest(struct hf_replica *replica, const struct hf_id *record_id, struct hf_digest *digest,
                                    struct hf_error *err)
{
    struct hf_record_state state = {0};
    enum hf_status status = hf_replica_state_behind(replica, record_id, &state, err);
    const struct hf_record_spec *type = status == HF_OK && state.type ? hf_model_type(state.type) : NULL;
    if (type && !type->restricted)
        hf_digest_add(digest, &state);
    hf_record_state_clear(&state);
    return status;
}

static enum hf_status forget(struct hf_replica *replica, const struct hf_id *case_id, struct hf_error *err)
{
    static const char *const steps[] = {
        "UPDATE records SET stubs = NULL, base = NULL, base_title = NULL WHERE " HF_RECORDS_OF_CASE(
            "?1") " AND stubs IS NOT NULL",
        "UPDATE changes SET effect = 1 WHERE case_id = ?1 AND effect = 5",
        "DELETE FROM snapshots WHERE case_id = ?1",
        ("DELETE FROM snapshot_notes WHERE idx NOT IN (SELECT note FROM snapshots) AND ?1 IS NOT NULL"
         " AND idx + 1 <> (SELECT noted FROM snapshot_run)"),
    };
    enum hf_status status = HF_OK;
    for (size_t i = 0; status == HF_OK && i < sizeof steps / sizeof steps[0]; i++) {
        struct hf_rows rows;
        hf_rows_begin_text(&rows, replica, steps[i]);
        hf_rows_bind_id(&rows, case_id);
        status = hf_rows_run(&rows, err);
    }
    return status;
}

static enum hf_status compare(struct hf_replica *replica, const struct hf_id *case_id, const struct hf_buf *records,
                              struct hf_error *err)
{
    struct hf_digest digest;
    uint8_t came[HF_HASH_BYTES], said[HF_HASH_BYTES];
    bool binds = true;
    enum hf_status status = digest_in_note(replica, case_id, said, &binds, err);
    hf_digest_begin(&digest);
    for (size_t at = 0; status == HF_OK && at < records->len; at += HF_ID_BYTES) {
        const struct hf_id id = hf_id_from_bytes(records->data + at);
        status = add_to_digest(replica, &id, &digest, err);
    }
    hf_digest_end(&digest, came);
    if (status != HF_OK || !binds || memcmp(came, said, sizeof came) == 0)
        return status;
    char text[HF_ID_TEXT_BYTES];
    hf_id_format(case_id, text);
    return hf_error_set(err, HF_ERR_AUTH,
                        "The history of case %s does not lead to the state that the office signed and sent for it "
                        "before. Nothing was changed and your records are safe on this device; tell the office, which "
                        "has to find out why.",
                        text);
}

enum hf_status hf_replica_snapshot_settle(struct hf_replica *replica, const struct hf_id *case_id, struct hf_error *err)
{
    struct hf_buf records = {0};
    uint64_t size = 0;
    enum hf_status status = hf_replica_snapshot_size(replica, case_id, &size, err);
    if (status != HF_OK || size == 0)
        return status;
    status = list_records(replica, case_id, &records, err);
    if (status == HF_OK)
        status = compare(replica, case_id, &records, err);
    if (status == HF_OK)
        status = forget(replica, case_id, err);
    for (size_t at = 0; status == HF_OK && at < records.len; at += HF_ID_BYTES) {
        const struct hf_id id = hf_id_from_bytes(records.data + at);
        status = hf_replica_state_again(replica, &id, err);
    }
    hf_buf_clear(&records);
    return status;
}

void hf_replica_snapshot_convict(struct hf_replica *replica, const struct hf_id *case_id, uint64_t now_ms,
                                 const char *text)
{
    struct hf_rows rows;
    struct hf_buf checkpoint = {0};
    const struct hf_proof none = {.count = 0};
    hf_rows_begin_text(
        &rows, replica,
        "SELECT checkpoint FROM snapshot_notes WHERE idx = (SELECT note FROM snapshots WHERE case_id = ?)");
    hf_rows_bind_id(&rows, case_id);
    if (hf_rows_next(&rows))
        hf_buf_append_slice(&checkpoint, hf_rows_bytes(&rows, 0));
    const struct hf_finding finding = {.note = hf_buf_slice(&checkpoint), .consistency = &none, .text = text};
    if (hf_rows_end(&rows, NULL) == HF_OK && hf_buf_status(&checkpoint) == HF_OK && checkpoint.len > 0)
        (void)!hf_replica_distrust_begin(replica, &finding, now_ms);
    hf_buf_clear(&checkpoint);
}
