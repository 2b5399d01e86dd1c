#include "core/replica/ends.h"

#include "core/replica/indexed.h"

static const char tables[] =
    "CREATE TEMP TABLE IF NOT EXISTS changes_end(record_id BLOB NOT NULL, row INTEGER NOT NULL, PRIMARY KEY(record_id, "
    "row))"
    " WITHOUT ROWID;"
    "CREATE TEMP TABLE IF NOT EXISTS records_end(record_id BLOB PRIMARY KEY, row INTEGER NOT NULL) WITHOUT ROWID;"

    "CREATE TEMP TRIGGER IF NOT EXISTS changes_end_add AFTER INSERT ON main.changes"
    " WHEN NEW.indexed = 0 AND NEW.record_id IS NOT NULL"
    " BEGIN INSERT INTO changes_end VALUES(NEW.record_id, NEW.seq); END;"
    "CREATE TEMP TRIGGER IF NOT EXISTS changes_end_drop AFTER DELETE ON main.changes WHEN OLD.indexed = 0"
    " BEGIN DELETE FROM changes_end WHERE record_id = OLD.record_id AND row = OLD.seq; END;"
    "CREATE TEMP TRIGGER IF NOT EXISTS changes_end_move AFTER UPDATE OF seq, record_id, indexed ON main.changes"
    " WHEN OLD.indexed = 0 OR NEW.indexed = 0"
    " BEGIN DELETE FROM changes_end WHERE record_id = OLD.record_id AND row = OLD.seq;"
    "  INSERT INTO changes_end SELECT NEW.record_id, NEW.seq WHERE NEW.indexed = 0 AND NEW.record_id IS NOT NULL; END;"

    "CREATE TEMP TRIGGER IF NOT EXISTS records_end_add AFTER INSERT ON main.records WHEN NEW.indexed = 0"
    " BEGIN INSERT INTO records_end VALUES(NEW.record_id, NEW.seq); END;"
    "CREATE TEMP TRIGGER IF NOT EXISTS records_end_drop AFTER DELETE ON main.records WHEN OLD.indexed = 0"
    " BEGIN DELETE FROM records_end WHERE record_id = OLD.record_id; END;"
    "CREATE TEMP TRIGGER IF NOT EXISTS records_end_move AFTER UPDATE OF seq, record_id, indexed ON main.records"
    " WHEN OLD.indexed = 0 OR NEW.indexed = 0"
    " BEGIN DELETE FROM records_end WHERE record_id = OLD.record_id;"
    "  INSERT INTO records_end SELECT NEW.record_id, NEW.seq WHERE NEW.indexed = 0; END;"

    "DELETE FROM changes_end; DELETE FROM records_end;"
    "INSERT INTO changes_end SELECT record_id, seq FROM changes WHERE " HF_CHANGES_END " AND record_id IS NOT NULL;"
    "INSERT OR IGNORE INTO records_end SELECT record_id, seq FROM records WHERE " HF_RECORDS_END;

static int set_query_only(struct hf_replica *replica, bool on)
{
    return sqlite3_exec(replica->db, on ? "PRAGMA query_only=ON" : "PRAGMA query_only=OFF", NULL, NULL, NULL);
}

static enum hf_status is_query_only(struct hf_replica *replica, bool *out, struct hf_error *err)
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, replica, "PRAGMA query_only");
    *out = hf_rows_next(&rows) && hf_rows_u64(&rows, 0) != 0;
    return hf_rows_end(&rows, err);
}

/* A store that is opened for reading takes writes for tables in memory as writes; these are none. */
enum hf_status hf_replica_ends_begin(struct hf_replica *replica, struct hf_error *err)
{
    bool reads_only = false;
    enum hf_status status = is_query_only(replica, &reads_only, err);
    if (status != HF_OK)
        return status;
    int code = reads_only ? set_query_only(replica, false) : SQLITE_OK;
    if (code == SQLITE_OK)
        code = sqlite3_exec(replica->db, tables, NULL, NULL, NULL);
    const int again = reads_only ? set_query_only(replica, true) : SQLITE_OK;
    return hf_vault_status(replica->vault, code != SQLITE_OK ? code : again, err);
}
