#include "core/replica/snapshot.h"
#include "core/replica/indexed.h"

#include "core/merge/standing.h"
#include "core/pack/writer.h"
#include "core/replica/replica_internal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* `snapshot_parts` holds the beginning of a case that did not fit one part. */
const char hf_replica_snapshot_tables[] =
    "CREATE TABLE snapshots(case_id BLOB PRIMARY KEY, size INTEGER NOT NULL, note INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE snapshot_notes(idx INTEGER PRIMARY KEY, leaf BLOB NOT NULL, body BLOB NOT NULL,"
    " checkpoint BLOB NOT NULL, size INTEGER NOT NULL, proof BLOB NOT NULL);"
    "CREATE TABLE snapshot_parts(seq INTEGER PRIMARY KEY, packed BLOB NOT NULL, stubs BLOB NOT NULL);"
    "CREATE TABLE snapshot_run(one INTEGER PRIMARY KEY CHECK(one = 1), state INTEGER NOT NULL, past INTEGER NOT NULL,"
    " noted INTEGER NOT NULL, of_case BLOB, at_case BLOB, at_size INTEGER NOT NULL, at_record BLOB);"
    "INSERT INTO snapshot_run VALUES(1, 0, 0, 0, NULL, NULL, 0, NULL);";

enum { RUN_NOT_BEGUN = 0, RUN_UNDER_WAY = 1, RUN_OVER = 2 };
struct run {
    uint64_t state;
    uint64_t past;        /* log size when the first part of a first sync was gathered */
    uint64_t noted;       /* the newest note here: its index, plus 1 */
    struct hf_id of_case; /* zero: all */
    struct hf_snapshot_at at;
};

/* One part inside one transaction. */
struct intake {
    struct hf_replica *replica;
    const struct hf_snapshot_part *part;
    bool one_case;
    struct hf_id catchup_case;
    struct run run;
    struct hf_buf body; /* of the note that the part relies on */
    struct hf_digests_body digests;
    uint64_t *devices; /* numbers here of the part's devices */
    struct hf_error *err;
};

void hf_replica_snapshot_least(struct hf_replica *replica, uint64_t least)
{
    replica->snapshot_least = least;
}

/* --- the run --- */

static enum hf_status run_load(struct hf_replica *replica, struct run *out, struct hf_error *err)
{
    struct hf_rows rows;
    *out = (struct run){.state = RUN_NOT_BEGUN};
    hf_rows_begin_text(&rows, replica,
                       "SELECT state, past, noted, of_case, at_case, at_size, at_record FROM snapshot_run");
    if (hf_rows_next(&rows)) {
        out->state = hf_rows_u64(&rows, 0);
        out->past = hf_rows_u64(&rows, 1);
        out->noted = hf_rows_u64(&rows, 2);
        out->of_case = hf_rows_id(&rows, 3);
        out->at = (struct hf_snapshot_at){
            .case_id = hf_rows_id(&rows, 4), .size = hf_rows_u64(&rows, 5), .record_id = hf_rows_id(&rows, 6)};
    }
    return hf_rows_end(&rows, err);
}

static enum hf_status run_store(struct intake *intake)
{
    struct hf_rows rows;
    const struct run *run = &intake->run;
    hf_rows_begin_text(&rows, intake->replica,
                       "UPDATE snapshot_run SET state = ?, past = ?, noted = ?, of_case = ?, at_case = ?, at_size = ?,"
                       " at_record = ?");
    hf_rows_bind_u64(&rows, run->state);
    hf_rows_bind_u64(&rows, run->past);
    hf_rows_bind_u64(&rows, run->noted);
    hf_rows_bind_id(&rows, &run->of_case);
    hf_rows_bind_id(&rows, &run->at.case_id);
    hf_rows_bind_u64(&rows, run->at.size);
    hf_rows_bind_id(&rows, &run->at.record_id);
    return hf_rows_run(&rows, intake->err);
}

static enum hf_status run_sql(struct hf_replica *replica, const char *sql, const struct hf_id *id, struct hf_error *err)
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, replica, sql);
    if (id)
        hf_rows_bind_id(&rows, id);
    return hf_rows_run(&rows, err);
}

static enum hf_status any_row(struct hf_replica *replica, const char *sql, const struct hf_id *id, bool *out)
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, replica, sql);
    if (id)
        hf_rows_bind_id(&rows, id);
    *out = hf_rows_next(&rows);
    return hf_rows_end(&rows, NULL);
}

/* --- what is asked for --- */

/* A catch-up from the beginning of a case of which nothing is here. */
static enum hf_status first_fetch(struct hf_replica *replica, struct hf_id *out_case, bool *out)
{
    struct hf_rows rows;
    bool any = false;
    uint64_t start = 0, history = 0;
    hf_rows_begin_text(&rows, replica,
                       "SELECT case_id, start, history FROM catchups WHERE refused = 0 ORDER BY seq LIMIT 1");
    const bool found = hf_rows_next(&rows);
    if (found) {
        *out_case = hf_rows_id(&rows, 0);
        start = hf_rows_u64(&rows, 1);
        history = hf_rows_u64(&rows, 2);
    }
    enum hf_status status = hf_rows_end(&rows, NULL);
    *out = false;
    if (status != HF_OK || !found || start > 0 || history)
        return status;
    status = any_row(replica,
                     "SELECT 1 FROM changes WHERE case_id = ?1 UNION ALL SELECT 1 FROM snapshots WHERE case_id = ?1"
                     " LIMIT 1",
                     out_case, &any);
    *out = status == HF_OK && !any;
    return status;
}

enum hf_status hf_replica_snapshot_want(struct hf_replica *replica, struct hf_snapshot_want *out)
{
    struct run run;
    struct hf_rows rows;
    bool others = false;
    struct hf_snapshot_want want = {.least = replica->snapshot_least};
    enum hf_status status = run_load(replica, &run, NULL);
    if (status != HF_OK)
        return status;
    hf_rows_begin_text(&rows, replica, "SELECT cursor FROM sync");
    const uint64_t cursor = hf_rows_next(&rows) ? hf_rows_u64(&rows, 0) : 0;
    status = hf_rows_end(&rows, NULL);
    if (status == HF_OK)
        status = any_row(replica, "SELECT 1 FROM changes WHERE own = 0 LIMIT 1", NULL, &others);
    want.past = run.past;
    want.noted = run.noted;
    const bool may = want.least < UINT64_MAX && replica->identity->role != HF_ROLE_AUDITOR;
    if (run.state == RUN_UNDER_WAY && hf_id_is_zero(&run.of_case)) {
        want.due = true;
        want.at = run.at;
    } else if (status == HF_OK && may && run.state == RUN_NOT_BEGUN && cursor == 0 && !others) {
        want.due = true;
    } else if (status == HF_OK && may) {
        status = first_fetch(replica, &want.case_id, &want.one);
        want.due = want.one;
        if (want.one && hf_id_equal(&run.of_case, &want.case_id))
            want.at = run.at;
    }
    if (status == HF_OK)
        *out = want;
    return status;
}

/* --- checking --- */

static enum hf_status does_not_hold(struct hf_error *err, const char *what)
{
    return hf_error_set(err, HF_ERR_AUTH,
                        "What the office sent for this device's first sync does not hold: %s. Nothing of it was "
                        "stored; tell the office.",
                        what);
}

/* The key of the office case came with the part. */
static enum hf_status check_opened(struct intake *intake, const struct hf_snapshot_note *note,
                                   const struct hf_leaf *leaf)
{
    enum hf_status status = HF_ERR_AUTH;
    for (size_t i = 0; status == HF_ERR_AUTH && i < intake->part->key_count; i++)
        if (hf_id_equal(&intake->part->keys[i].case_id, &intake->replica->office_case))
            status = hf_payload_check_opened(&intake->part->keys[i], note->body, leaf, NULL);
    return status == HF_OK ? HF_OK : does_not_hold(intake->err, "its note is not what was signed");
}

/* store_head has checked the checkpoint and that it continues what was seen. */
static enum hf_status check_inclusion(struct intake *intake, const struct hf_snapshot_note *note)
{
    struct hf_seen seen;
    struct hf_hash hash;
    enum hf_status status = hf_replica_seen(intake->replica, &seen, intake->err);
    if (status != HF_OK)
        return status;
    if (seen.size != note->checkpoint_size)
        return does_not_hold(intake->err, "its checkpoint is of another size than it says");
    hf_tree_leaf_hash(note->leaf, &hash);
    if (hf_tree_verify_inclusion(note->index, seen.size, &hash, note->inclusion, &seen.root) != HF_OK)
        return does_not_hold(intake->err, "its note is not in the office's log");
    return HF_OK;
}

static enum hf_status check_note(struct intake *intake)
{
    const struct hf_snapshot_note *note = &intake->part->note;
    const struct hf_identity *own = intake->replica->identity;
    struct hf_leaf leaf;
    if (hf_leaf_decode(note->leaf, &leaf) != HF_OK || leaf.kind != HF_LEAF_NOTE ||
        memcmp(leaf.device, own->server_device, sizeof leaf.device) != 0 ||
        memcmp(leaf.log_id, hf_identity_leaf_log(own), sizeof leaf.log_id) != 0 || !hf_leaf_verify(note->leaf.data))
        return does_not_hold(intake->err, "its note is not signed by the office's server");
    enum hf_status status = check_inclusion(intake, note);
    if (status == HF_OK)
        status = check_opened(intake, note, &leaf);
    return status;
}

static enum hf_status keep_note(struct intake *intake)
{
    struct hf_rows rows;
    struct hf_buf proof = {0};
    const struct hf_snapshot_note *note = &intake->part->note;
    for (size_t i = 0; i < note->inclusion->count; i++)
        hf_buf_append(&proof, note->inclusion->hash[i].bytes, HF_HASH_BYTES);
    hf_rows_begin_text(&rows, intake->replica, "INSERT OR REPLACE INTO snapshot_notes VALUES(?, ?, ?, ?, ?, ?)");
    hf_rows_bind_u64(&rows, note->index);
    hf_rows_bind_bytes(&rows, note->leaf);
    hf_rows_bind_bytes(&rows, note->body);
    hf_rows_bind_bytes(&rows, note->checkpoint);
    hf_rows_bind_u64(&rows, note->checkpoint_size);
    hf_rows_bind_bytes(&rows, hf_buf_slice(&proof));
    enum hf_status status = hf_rows_run(&rows, intake->err);
    if (status == HF_OK)
        status = hf_buf_status(&proof);
    hf_buf_clear(&proof);
    return status;
}

/* The note that the part relies on: its own, or the newest that is here. */
static enum hf_status load_note(struct intake *intake)
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, intake->replica, "SELECT body FROM snapshot_notes WHERE idx = ?");
    hf_rows_bind_u64(&rows, intake->run.noted - 1);
    if (hf_rows_next(&rows))
        hf_buf_append_slice(&intake->body, hf_rows_bytes(&rows, 0));
    enum hf_status status = hf_rows_end(&rows, intake->err);
    if (status == HF_OK)
        status = hf_buf_status(&intake->body);
    if (status == HF_OK && hf_digests_body_decode(hf_buf_slice(&intake->body), &intake->digests) != HF_OK)
        status = does_not_hold(intake->err, "its note cannot be read");
    return status;
}

/* --- records --- */

static void encode_stubs(const struct intake *intake, const struct hf_snapshot_record *record, struct hf_buf *out)
{
    hf_buf_reset(out);
    for (size_t i = 0; i < record->change_count; i++) {
        hf_pack_uint(out, record->changes[i].index);
        hf_pack_uint(out, intake->devices[record->changes[i].device]);
    }
}

struct checking {
    struct intake *intake;
    const struct hf_snapshot_case *run;
    struct hf_digest digest;
    struct hf_id last;
    bool later; /* something that only a later program knows is in it */
};

static enum hf_status check_record(struct checking *checking, struct hf_slice packed, size_t change_count,
                                   struct hf_record_state *out)
{
    struct hf_error *err = checking->intake->err;
    struct hf_changes seen = {0};
    enum hf_status status = hf_record_state_decode(packed, out);
    if (status == HF_ERR_UNSUPPORTED) {
        checking->later = true;
        return HF_OK;
    }
    if (status == HF_ERR_NOMEM)
        return hf_error_set(err, status, "%s", hf_status_text(status));
    if (status != HF_OK)
        return does_not_hold(err, "a record has not the form of one");
    const struct hf_record_spec *type = hf_model_type(out->type);
    if (!hf_id_equal(&out->case_id, &checking->run->case_id) || hf_id_compare(&out->record_id, &checking->last) <= 0 ||
        type->restricted)
        return does_not_hold(err, "a record does not belong there");
    checking->last = out->record_id;
    status = hf_standing_named(out, &seen);
    if (status == HF_OK && change_count != SIZE_MAX && seen.count != change_count)
        status = does_not_hold(err, "a record names other changes than it says");
    free(seen.at);
    if (status == HF_OK)
        hf_digest_add(&checking->digest, out);
    return status;
}

static enum hf_status check_digest(struct checking *checking)
{
    uint8_t digest[HF_HASH_BYTES];
    struct intake *intake = checking->intake;
    const uint8_t *said = hf_digests_body_find(&intake->digests, &checking->run->case_id);
    hf_digest_end(&checking->digest, digest);
    if (checking->later)
        return HF_OK;
    if (!said || intake->digests.size != checking->run->size || memcmp(said, digest, sizeof digest) != 0)
        return does_not_hold(intake->err, "it is not the state that the office's log says");
    return HF_OK;
}

static enum hf_status is_here(struct intake *intake, const struct hf_id *case_id, bool *out)
{
    return any_row(intake->replica,
                   "SELECT 1 FROM changes WHERE case_id = ?1 UNION ALL SELECT 1 FROM records WHERE " HF_RECORDS_OF_CASE(
                       "?1") " LIMIT 1",
                   case_id, out);
}

/* The case's history comes instead. */
static enum hf_status leave(struct intake *intake, const struct hf_id *case_id, uint64_t until)
{
    struct hf_rows rows;
    if (intake->one_case)
        return run_sql(intake->replica, "UPDATE catchups SET history = 1 WHERE case_id = ?", case_id, intake->err);
    hf_rows_begin_text(&rows, intake->replica,
                       "INSERT INTO catchups(case_id, start, until, history) VALUES(?, 0, ?, 1)"
                       " ON CONFLICT(case_id) DO UPDATE SET until = max(until, excluded.until), history = 1");
    hf_rows_bind_id(&rows, case_id);
    hf_rows_bind_u64(&rows, until);
    return hf_rows_run(&rows, intake->err);
}

static enum hf_status add_snapshot(struct intake *intake, const struct hf_snapshot_case *run)
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, intake->replica, "INSERT INTO snapshots VALUES(?, ?, ?)");
    hf_rows_bind_id(&rows, &run->case_id);
    hf_rows_bind_u64(&rows, run->size);
    hf_rows_bind_u64(&rows, intake->run.noted - 1);
    enum hf_status status = hf_rows_run(&rows, intake->err);
    if (status == HF_OK && intake->one_case)
        status = run_sql(intake->replica, "DELETE FROM catchups WHERE case_id = ?", &run->case_id, intake->err);
    return status;
}

/* A case that came whole in this part: first all of it is checked, then it is stored. */
static enum hf_status take_whole(struct intake *intake, const struct hf_snapshot_case *run,
                                 const struct hf_snapshot_record *records)
{
    struct checking checking = {.intake = intake, .run = run};
    struct hf_record_state *states = calloc(run->record_count, sizeof *states);
    struct hf_buf stubs = {0};
    bool here = false;
    enum hf_status status = states ? is_here(intake, &run->case_id, &here) : HF_ERR_NOMEM;
    hf_digest_begin(&checking.digest);
    for (size_t i = 0; status == HF_OK && i < run->record_count; i++)
        status = check_record(&checking, records[i].packed, records[i].change_count, &states[i]);
    if (status == HF_OK)
        status = check_digest(&checking);
    const bool leaves = here || checking.later;
    if (status == HF_OK && leaves)
        status = leave(intake, &run->case_id, run->size);
    for (size_t i = 0; status == HF_OK && !leaves && i < run->record_count; i++) {
        encode_stubs(intake, &records[i], &stubs);
        status = hf_replica_record_add_snapshot(intake->replica, &states[i], hf_buf_slice(&stubs), intake->err);
    }
    if (status == HF_OK && !leaves)
        status = add_snapshot(intake, run);
    for (size_t i = 0; states && i < run->record_count; i++)
        hf_record_state_clear(&states[i]);
    free(states);
    hf_buf_clear(&stubs);
    return status;
}

/* --- a case in several parts --- */

static enum hf_status stage(struct intake *intake, const struct hf_snapshot_case *run,
                            const struct hf_snapshot_record *records)
{
    struct hf_rows rows;
    struct hf_buf stubs = {0};
    enum hf_status status = HF_OK;
    for (size_t i = 0; status == HF_OK && i < run->record_count; i++) {
        encode_stubs(intake, &records[i], &stubs);
        hf_rows_begin(&rows, intake->replica, HF_STATEMENT_SNAPSHOT_STAGE);
        hf_rows_bind_bytes(&rows, records[i].packed);
        hf_rows_bind_bytes(&rows, hf_buf_slice(&stubs));
        status = hf_rows_run(&rows, intake->err);
    }
    hf_buf_clear(&stubs);
    return status;
}

/* Each record that was set apart, with its state. */
typedef enum hf_status staged_fn(struct checking *checking, struct hf_slice packed, struct hf_slice stubs);

static enum hf_status each_staged(struct checking *checking, staged_fn *each)
{
    struct hf_rows rows;
    enum hf_status status = HF_OK;
    hf_rows_begin_text(&rows, checking->intake->replica, "SELECT packed, stubs FROM snapshot_parts ORDER BY seq");
    while (status == HF_OK && hf_rows_next(&rows))
        status = each(checking, hf_rows_bytes(&rows, 0), hf_rows_bytes(&rows, 1));
    const enum hf_status ended = hf_rows_end(&rows, checking->intake->err);
    return status == HF_OK ? ended : status;
}

static enum hf_status check_staged(struct checking *checking, struct hf_slice packed, struct hf_slice stubs)
{
    struct hf_record_state state = {0};
    (void)stubs;
    enum hf_status status = check_record(checking, packed, SIZE_MAX, &state);
    hf_record_state_clear(&state);
    return status;
}

static enum hf_status add_staged(struct checking *checking, struct hf_slice packed, struct hf_slice stubs)
{
    struct hf_record_state state = {0};
    enum hf_status status = hf_record_state_decode(packed, &state);
    if (status == HF_OK)
        status = hf_replica_record_add_snapshot(checking->intake->replica, &state, stubs, checking->intake->err);
    hf_record_state_clear(&state);
    return status;
}

static enum hf_status take_staged(struct intake *intake, const struct hf_snapshot_case *run)
{
    struct checking checking = {.intake = intake, .run = run};
    bool here = false;
    enum hf_status status = is_here(intake, &run->case_id, &here);
    hf_digest_begin(&checking.digest);
    if (status == HF_OK)
        status = each_staged(&checking, check_staged);
    if (status == HF_OK)
        status = check_digest(&checking);
    if (status == HF_OK && (here || checking.later))
        status = leave(intake, &run->case_id, run->size);
    else if (status == HF_OK)
        status = each_staged(&checking, add_staged);
    if (status == HF_OK && !here && !checking.later)
        status = add_snapshot(intake, run);
    return status == HF_OK ? run_sql(intake->replica, "DELETE FROM snapshot_parts", NULL, intake->err) : status;
}

static enum hf_status take_run(struct intake *intake, const struct hf_snapshot_case *run,
                               const struct hf_snapshot_record *records)
{
    enum hf_status status = HF_OK;
    for (size_t i = 0; i < run->record_count; i++) {
        if (records[i].change_count == 0)
            return does_not_hold(intake->err, "a record that nobody made");
        for (size_t j = 0; j < records[i].change_count; j++)
            if (records[i].changes[j].index >= run->size)
                return does_not_hold(intake->err, "a change stands behind the log that it is said to be of");
    }
    if (run->begins)
        status = run_sql(intake->replica, "DELETE FROM snapshot_parts", NULL, intake->err);
    if (status == HF_OK && run->begins && run->ends)
        return take_whole(intake, run, records);
    if (!run->begins && (!hf_id_equal(&run->case_id, &intake->run.at.case_id) || run->size != intake->run.at.size))
        return does_not_hold(intake->err, "a case goes on that was not begun");
    if (status == HF_OK)
        status = stage(intake, run, records);
    return status == HF_OK && run->ends ? take_staged(intake, run) : status;
}

/* --- a part --- */

static enum hf_status number_devices(struct intake *intake)
{
    const struct hf_snapshot_part *part = intake->part;
    enum hf_status status = HF_OK;
    intake->devices = calloc(part->device_count + 1, sizeof *intake->devices);
    if (!intake->devices)
        return HF_ERR_NOMEM;
    for (size_t i = 0; status == HF_OK && i < part->device_count; i++) {
        struct hf_device device;
        status = hf_replica_device_need(intake->replica, part->devices[i].device, part->devices[i].incarnation, &device,
                                        intake->err);
        if (status == HF_OK)
            intake->devices[i] = device.number;
    }
    return status;
}

static enum hf_status take_runs(struct intake *intake)
{
    const struct hf_snapshot_part *part = intake->part;
    enum hf_status status = part->case_count > 0 ? load_note(intake) : HF_OK;
    size_t at = 0;
    for (size_t i = 0; status == HF_OK && i < part->case_count; i++) {
        status = take_run(intake, &part->cases[i], &part->records[at]);
        at += part->cases[i].record_count;
    }
    for (size_t i = 0; status == HF_OK && i < part->left_count; i++)
        status = leave(intake, &part->left[i], intake->run.past);
    return status;
}

static void move_on(struct intake *intake)
{
    struct run *run = &intake->run;
    run->at = intake->part->next;
    run->of_case = intake->one_case ? intake->catchup_case : hf_id_zero();
    if (!intake->one_case)
        run->state = intake->part->more ? RUN_UNDER_WAY : RUN_OVER;
    if (!intake->part->more) {
        run->at = (struct hf_snapshot_at){.size = 0};
        run->of_case = hf_id_zero();
    }
}

static enum hf_status take_few(struct intake *intake)
{
    if (intake->one_case)
        return leave(intake, &intake->catchup_case, 0);
    intake->run.state = RUN_OVER;
    return run_store(intake);
}

static enum hf_status find_case(struct intake *intake)
{
    bool due = false;
    enum hf_status status = HF_OK;
    if (intake->one_case)
        status = first_fetch(intake->replica, &intake->catchup_case, &due);
    if (status == HF_OK && intake->one_case && !due)
        status = hf_error_set(intake->err, HF_ERR_STATE, "No case is being fetched for the first time. Sync again.");
    return status;
}

static enum hf_status take_part(struct intake *intake)
{
    const struct hf_snapshot_part *part = intake->part;
    enum hf_status status = run_load(intake->replica, &intake->run, intake->err);
    if (status == HF_OK)
        status = find_case(intake);
    if (status != HF_OK || part->few)
        return status == HF_OK ? take_few(intake) : status;
    if (part->log_size > HF_LOG_INDEX_MAX)
        return does_not_hold(intake->err, "it names a size that no log has");
    if (!intake->one_case && intake->run.state == RUN_NOT_BEGUN)
        intake->run.past = part->log_size;
    if (part->has_note) {
        status = check_note(intake);
        if (status == HF_OK)
            status = keep_note(intake);
        intake->run.noted = part->note.index + 1;
    }
    for (size_t i = 0; status == HF_OK && i < part->key_count; i++)
        status = hf_replica_key_store(intake->replica, &part->keys[i], intake->err);
    if (status == HF_OK)
        status = number_devices(intake);
    if (status == HF_OK)
        status = take_runs(intake);
    move_on(intake);
    return status == HF_OK ? run_store(intake) : status;
}

enum hf_status hf_replica_store_snapshot(struct hf_replica *replica, const struct hf_snapshot_part *part, bool one_case,
                                         uint64_t now_ms, struct hf_error *err)
{
    struct intake intake = {.replica = replica, .part = part, .one_case = one_case, .err = err};
    enum hf_status status = HF_OK;
    if (replica->identity->state != HF_IDENTITY_ENROLLED)
        return hf_error_set(err, HF_ERR_STATE, "This device is not enrolled, so it cannot check what it is sent.");
    if (part->has_note)
        status = hf_replica_store_head(replica, part->note.checkpoint, part->note.consistency, NULL, 0, now_ms, err);
    if (status == HF_OK)
        status = hf_rows_transaction(replica, err);
    if (status == HF_OK) {
        status = hf_replica_index_all(replica, err);
        status = hf_rows_finish(replica, status == HF_OK ? take_part(&intake) : status, err);
    }
    free(intake.devices);
    hf_buf_clear(&intake.body);
    return status;
}
