/* SQLite's result codes as statuses with text for people. */
#include "core/vault/vault.h"

static const char damaged[] = "The protected data is damaged: a part of it is not what Holdfast wrote. Stop using this "
                              "copy, keep it as it is, and ask the office for help.";

static enum hf_status map_io(int code, struct hf_error *err)
{
    switch (code) {
    case SQLITE_IOERR_DATA:
    case SQLITE_IOERR_CORRUPTFS:
        return hf_error_set(err, HF_ERR_CORRUPT, "%s", damaged);
    case SQLITE_IOERR_NOMEM:
        return hf_error_set(err, HF_ERR_NOMEM, "There is not enough free memory. Close other programs and try again.");
    default:
        return hf_error_set(err, HF_ERR_IO,
                            "The disk reported an error (code %d). What was saved before is safe. Check the disk and "
                            "try again.",
                            code);
    }
}

static enum hf_status map_constraint(int code, struct hf_error *err)
{
    if (code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY || code == SQLITE_CONSTRAINT_ROWID)
        return hf_error_set(err, HF_ERR_EXISTS, "An entry with that identity is there already.");
    return hf_error_set(err, HF_ERR_INVALID, "The entry breaks a rule of the database.");
}

static enum hf_status map_rest(struct hf_vault *vault, int code, struct hf_error *err)
{
    sqlite3 *db = vault ? hf_vault_db(vault) : NULL;

    return hf_error_set(err, HF_ERR_STATE, "The database refused a command (code %d: %s).", code,
                        db ? sqlite3_errmsg(db) : sqlite3_errstr(code));
}

enum hf_status hf_vault_status(struct hf_vault *vault, int sqlite_code, struct hf_error *err)
{
    switch (sqlite_code & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return HF_OK;
    case SQLITE_FULL:
        return hf_error_set(err, HF_ERR_FULL,
                            "The disk is full. What was saved before is safe. Free some space and save again.");
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
        return hf_error_set(err, HF_ERR_CORRUPT, "%s", damaged);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return hf_error_set(err, HF_ERR_BUSY,
                            "The protected data is open in another window or program. Close it there and try again.");
    case SQLITE_NOMEM:
        return hf_error_set(err, HF_ERR_NOMEM, "There is not enough free memory. Close other programs and try again.");
    case SQLITE_READONLY:
        return hf_error_set(err, HF_ERR_DENIED, "The protected data is open for reading only.");
    case SQLITE_AUTH:
    case SQLITE_PERM:
        return hf_error_set(err, HF_ERR_DENIED, "That command is not allowed on protected data.");
    case SQLITE_TOOBIG:
        return hf_error_set(err, HF_ERR_LIMIT, "The entry is too large for the database.");
    case SQLITE_CONSTRAINT:
        return map_constraint(sqlite_code, err);
    case SQLITE_CANTOPEN:
        return hf_error_set(err, HF_ERR_IO,
                            "A file of the protected data could not be opened. Check the disk and the "
                            "folder's permissions.");
    case SQLITE_IOERR:
        return map_io(sqlite_code, err);
    default:
        return map_rest(vault, sqlite_code, err);
    }
}
