#include "core/replica/carried.h"
#include "core/replica/decided.h"
#include "core/replica/device_clocks.h"
#include "core/replica/distrust.h"
#include "core/replica/drafts_internal.h"
#include "core/replica/fold.h"
#include "core/replica/given.h"
#include "core/replica/lease.h"
#include "core/replica/officers.h"
#include "core/replica/proofs.h"
#include "core/replica/reads.h"
#include "core/replica/replica_internal.h"
#include "core/replica/search_internal.h"
#include "core/replica/shard.h"
#include "core/replica/snapshot.h"

#define STRING_OF(x) #x
#define TEXT_OF(x)   STRING_OF(x)

/* `indexed`: core/replica/indexed.h. `seq` is the order in which this device learned of something; rows of changes are
 * never deleted, so that the highest seq is their number. Wide columns stand last: lists do not read them. */
static const char tables[] =
    "CREATE TABLE replica(one INTEGER PRIMARY KEY CHECK(one = 1), schema INTEGER NOT NULL, identity BLOB NOT NULL);"
    "CREATE TABLE chain(one INTEGER PRIMARY KEY CHECK(one = 1), device INTEGER NOT NULL, next_seq INTEGER NOT NULL,"
    " head BLOB NOT NULL, clock INTEGER NOT NULL, change_count INTEGER NOT NULL,"
    " changes_end INTEGER, records_end INTEGER);"
    "CREATE TABLE sync(one INTEGER PRIMARY KEY CHECK(one = 1), cursor INTEGER NOT NULL, synced_ms INTEGER NOT NULL);"
    "CREATE TABLE checkpoint(one INTEGER PRIMARY KEY CHECK(one = 1), size INTEGER NOT NULL, root BLOB NOT NULL,"
    " verified_ms INTEGER NOT NULL, note BLOB NOT NULL, prev BLOB NOT NULL);"

    "CREATE TABLE devices(number INTEGER PRIMARY KEY, device BLOB NOT NULL, incarnation INTEGER NOT NULL, person BLOB,"
    " role INTEGER NOT NULL DEFAULT 0, enrolled_at INTEGER, revoked_at INTEGER, UNIQUE(device, incarnation));"

    "CREATE TABLE cases(case_id BLOB PRIMARY KEY, opened_here INTEGER NOT NULL DEFAULT 0,"
    " assigned INTEGER NOT NULL DEFAULT 1) WITHOUT ROWID;"
    "CREATE TABLE keys(key_id BLOB PRIMARY KEY, case_id BLOB NOT NULL, epoch INTEGER NOT NULL, key BLOB NOT NULL)"
    " WITHOUT ROWID;"
    "CREATE INDEX keys_of_case ON keys(case_id, epoch);"
    "CREATE TABLE catchups(seq INTEGER PRIMARY KEY, case_id BLOB NOT NULL UNIQUE, start INTEGER NOT NULL,"
    " until INTEGER NOT NULL, history INTEGER NOT NULL DEFAULT 0, refused INTEGER NOT NULL DEFAULT 0);"
    "CREATE INDEX catchups_in_turn ON catchups(refused);"

    "CREATE TABLE changes(seq INTEGER PRIMARY KEY, change_id BLOB NOT NULL, record_id BLOB,"
    " case_id BLOB NOT NULL, kind INTEGER NOT NULL, device INTEGER NOT NULL, leaf_seq INTEGER NOT NULL,"
    " log_index INTEGER, own INTEGER NOT NULL, sent INTEGER NOT NULL, hold INTEGER NOT NULL,"
    " refused INTEGER NOT NULL, effect INTEGER NOT NULL, indexed INTEGER NOT NULL DEFAULT 1, key_id BLOB, leaf BLOB "
    "NOT NULL, body BLOB NOT NULL);"
    "CREATE UNIQUE INDEX changes_of_chain ON changes(device, leaf_seq) WHERE indexed = 1;"
    "CREATE UNIQUE INDEX changes_named ON changes(change_id) WHERE indexed = 1;"
    "CREATE INDEX changes_of_record ON changes(record_id, effect) WHERE indexed = 1 AND record_id IS NOT NULL;"
    "CREATE UNIQUE INDEX changes_logged ON changes(log_index) WHERE log_index IS NOT NULL;"
    "CREATE INDEX changes_unsent ON changes(device, leaf_seq, case_id) WHERE indexed = 1 AND own = 1 AND sent = 0;"
    "CREATE INDEX changes_unproved ON changes(log_index) WHERE own = 1 AND sent = 1;"
    "CREATE INDEX changes_waiting ON changes(record_id) WHERE effect = 1;"
    "CREATE INDEX changes_held ON changes(refused) WHERE effect = 2;"
    "CREATE INDEX changes_not_understood ON changes(record_id) WHERE effect = 3;"
    "CREATE INDEX changes_policy ON changes(seq) WHERE kind = 9;"
    "CREATE TABLE releases(change_id BLOB PRIMARY KEY, released INTEGER NOT NULL) WITHOUT ROWID;"

    "CREATE TABLE records(seq INTEGER PRIMARY KEY, record_id BLOB NOT NULL, case_id BLOB NOT NULL,"
    " type INTEGER NOT NULL, conflicts INTEGER NOT NULL, is_final INTEGER NOT NULL, amendments INTEGER NOT NULL,"
    " deleted INTEGER NOT NULL, indexed INTEGER NOT NULL DEFAULT 1, changed INTEGER NOT NULL, parent BLOB, title TEXT, "
    "due TEXT,"
    " status TEXT, stubs BLOB, packed BLOB NOT NULL, base_title TEXT, base BLOB);"
    "CREATE UNIQUE INDEX records_named ON records(record_id) WHERE indexed = 1;"
    "CREATE INDEX records_of_case ON records(case_id) WHERE indexed = 1;"
    "CREATE INDEX records_of_parent ON records(parent) WHERE parent IS NOT NULL;"
    "CREATE INDEX records_of_type ON records(type, case_id) WHERE indexed = 1;"
    "CREATE INDEX records_final ON records(is_final) WHERE is_final = 1;"
    "CREATE INDEX records_in_conflict ON records(conflicts) WHERE conflicts > 0;"

    "CREATE TABLE lease(one INTEGER PRIMARY KEY CHECK(one = 1), days INTEGER NOT NULL, running INTEGER NOT NULL,"
    " spent_ms INTEGER NOT NULL, wall_ms INTEGER NOT NULL, machine_ms INTEGER NOT NULL);"
    "INSERT INTO lease VALUES(1, " TEXT_OF(
        HF_LEASE_DAYS_DEFAULT) ", 0, 0, 0, 0);"

                               "INSERT INTO replica VALUES(1, " TEXT_OF(
                                   HF_REPLICA_SCHEMA) ", x'');"
                                                      "INSERT INTO chain VALUES(1, 0, 0, zeroblob(32), 0, 0, NULL, "
                                                      "NULL);"
                                                      "INSERT INTO sync VALUES(1, 0, 0);"
                                                      "INSERT INTO checkpoint VALUES(1, 0, zeroblob(32), 0, x'', x'');";

enum hf_status hf_replica_schema_make(struct hf_replica *replica, struct hf_error *err)
{
    int code = sqlite3_exec(replica->db, tables, NULL, NULL, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_exec(replica->db, hf_replica_fold_tables, NULL, NULL, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_exec(replica->db, hf_replica_officer_tables, NULL, NULL, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_exec(replica->db, hf_replica_given_tables, NULL, NULL, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_exec(replica->db, hf_replica_drafts_tables, NULL, NULL, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_exec(replica->db, hf_replica_search_tables, NULL, NULL, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_exec(replica->db, hf_replica_snapshot_tables, NULL, NULL, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_exec(replica->db, hf_replica_purge_tables, NULL, NULL, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_exec(replica->db, hf_replica_erase_tables, NULL, NULL, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_exec(replica->db, hf_replica_proof_tables, NULL, NULL, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_exec(replica->db, hf_replica_distrust_tables, NULL, NULL, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_exec(replica->db, hf_replica_decided_tables, NULL, NULL, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_exec(replica->db, hf_replica_reads_tables, NULL, NULL, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_exec(replica->db, hf_replica_contact_tables, NULL, NULL, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_exec(replica->db, hf_replica_device_clock_tables, NULL, NULL, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_exec(replica->db, hf_replica_attach_tables, NULL, NULL, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_exec(replica->db, hf_replica_certificate_tables, NULL, NULL, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_exec(replica->db, hf_replica_shard_tables, NULL, NULL, NULL);
    return hf_vault_status(replica->vault, code, err);
}

enum hf_status hf_replica_schema_find(struct hf_replica *replica, bool *out_found, struct hf_error *err)
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, replica, "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'replica'");
    bool found = hf_rows_next(&rows) && hf_rows_u64(&rows, 0) == 1;
    enum hf_status status = hf_rows_end(&rows, err);
    if (status == HF_OK)
        *out_found = found;
    return status;
}
