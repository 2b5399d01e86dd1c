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

enum hf_status hf_replica_ends_begin(struct hf_replica *replica, struct hf_error *err)
{
    return hf_vault_status(replica->vault, sqlite3_exec(replica->db, tables, NULL, NULL, NULL), err);
}
