/* The index: which records hold a word. */
#include "core/replica/fold.h"
#include "core/replica/search_internal.h"

#define BATCH_RECORDS 2000 /* of one transaction */

/* Nothing of a record's text is kept but its words. Records above `upto` were never taken in; those in `search_todo`
 * have changed since. `stale` counts how often a record was taken in again: its old words stay behind. */
const char hf_replica_search_tables[] =
    "CREATE VIRTUAL TABLE search_texts USING fts5(text, content='', columnsize=0, detail=none,"
    " tokenize=\"unicode61 remove_diacritics 2\");"
    "CREATE VIRTUAL TABLE search_titles USING fts5(text, content='', columnsize=0, detail=none,"
    " tokenize=\"unicode61 remove_diacritics 2\");"
    "CREATE TABLE search(one INTEGER PRIMARY KEY CHECK(one = 1), upto INTEGER NOT NULL, stale INTEGER NOT NULL);"
    "CREATE TABLE search_todo(seq INTEGER PRIMARY KEY);"
    "CREATE TRIGGER search_changed AFTER UPDATE OF packed ON records WHEN new.seq <= (SELECT upto FROM search)"
    " BEGIN INSERT OR IGNORE INTO search_todo VALUES(new.seq); END;"
    "CREATE TRIGGER search_added AFTER INSERT ON records WHEN new.seq <= (SELECT upto FROM search)"
    " BEGIN INSERT OR IGNORE INTO search_todo VALUES(new.seq); END;"
    "INSERT INTO search VALUES(1, 0, 0);";

enum hf_status hf_replica_search_rebuild(struct hf_replica *replica, struct hf_error *err)
{
    static const char empty[] = "INSERT INTO search_texts(search_texts) VALUES('delete-all');"
                                "INSERT INTO search_titles(search_titles) VALUES('delete-all');"
                                "DELETE FROM search_todo; UPDATE search SET upto = 0, stale = 0;";
    return hf_vault_status(replica->vault, sqlite3_exec(replica->db, empty, NULL, NULL, NULL), err);
}

/* --- taking in --------------------------------------------------------------------------------------------------- */

struct taking {
    struct hf_replica *replica;
    struct hf_rows texts; /* open over the whole batch */
    struct hf_rows titles;
    uint16_t title_field;
    struct hf_buf text;
    struct hf_buf title;
    struct hf_error *err;
};

static bool add_text(void *ctx, const struct hf_field_spec *field, struct hf_slice text)
{
    struct taking *taking = ctx;
    hf_buf_append_slice(&taking->text, text);
    hf_buf_append_u8(&taking->text, '\n');
    if (field->code == taking->title_field) {
        hf_buf_append_slice(&taking->title, text);
        hf_buf_append_u8(&taking->title, '\n');
    }
    return true;
}

static enum hf_status write_words(struct taking *taking, struct hf_rows *into, uint64_t seq, const struct hf_buf *text)
{
    enum hf_status status = hf_buf_status(text);
    if (status != HF_OK || text->len == 0)
        return status;
    into->bound = 0;
    hf_rows_bind_u64(into, seq);
    hf_rows_bind_text(into, hf_buf_slice(text));
    while (hf_rows_next(into))
        ;
    if (into->code != SQLITE_DONE)
        return hf_vault_status(taking->replica->vault, into->code, taking->err);
    sqlite3_reset(into->stmt);
    into->code = SQLITE_OK;
    return HF_OK;
}

/* A record that a later program wrote has no words yet; staff records are not searched. */
static enum hf_status take_record(struct taking *taking, uint64_t seq, struct hf_rows *rows)
{
    struct hf_record_state state = {0};
    enum hf_status status = hf_replica_unfold_state(rows, 1, &state);
    hf_buf_reset(&taking->text);
    hf_buf_reset(&taking->title);
    if (status == HF_OK && !hf_id_equal(&state.case_id, &taking->replica->office_case)) {
        taking->title_field = hf_model_type(state.type)->title_field;
        hf_search_texts(&state, add_text, taking);
    }
    hf_record_state_clear(&state);
    if (status == HF_ERR_NOMEM)
        return status;
    status = write_words(taking, &taking->texts, seq, &taking->text);
    if (status == HF_OK)
        status = write_words(taking, &taking->titles, seq, &taking->title);
    return status;
}

static enum hf_status take_rows(struct taking *taking, const char *sql, uint64_t *out_last, uint64_t *out_count)
{
    struct hf_rows rows;
    enum hf_status status = HF_OK;
    hf_rows_begin_text(&rows, taking->replica, sql);
    hf_rows_bind_u64(&rows, BATCH_RECORDS);
    while (status == HF_OK && hf_rows_next(&rows)) {
        *out_last = hf_rows_u64(&rows, 0);
        ++*out_count;
        status = take_record(taking, *out_last, &rows);
    }
    const enum hf_status ended = hf_rows_end(&rows, taking->err);
    return status == HF_OK ? ended : status;
}

static enum hf_status note(struct taking *taking, const char *sql, uint64_t number)
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, taking->replica, sql);
    hf_rows_bind_u64(&rows, number);
    return hf_rows_run(&rows, taking->err);
}

static enum hf_status take_new(struct taking *taking, uint64_t *out_count)
{
    uint64_t last = 0;
    enum hf_status status =
        take_rows(taking,
                  "SELECT seq, " HF_STATE_COLUMNS " FROM records WHERE seq > (SELECT upto FROM search)"
                  " ORDER BY seq LIMIT ?",
                  &last, out_count);
    if (status == HF_OK && *out_count > 0)
        status = note(taking, "UPDATE search SET upto = ?", last);
    return status;
}

static enum hf_status take_changed(struct taking *taking, uint64_t *out_count)
{
    uint64_t last = 0;
    enum hf_status status = take_rows(taking,
                                      "SELECT seq, " HF_STATE_COLUMNS " FROM search_todo JOIN records USING(seq)"
                                      " ORDER BY seq LIMIT ?",
                                      &last, out_count);
    if (status != HF_OK)
        return status;
    status = note(taking, "UPDATE search SET stale = stale + ?", *out_count);
    if (status == HF_OK) /* fewer than the limit: those left over name records that are gone */
        status = note(taking, "DELETE FROM search_todo WHERE seq <= ?", *out_count < BATCH_RECORDS ? INT64_MAX : last);
    return status;
}

static enum hf_status take_batch(struct hf_replica *replica, bool *out_more, struct hf_error *err)
{
    struct taking taking = {.replica = replica, .err = err};
    uint64_t count = 0;
    uint64_t changed = 0;
    hf_rows_begin_text(&taking.texts, replica, "INSERT INTO search_texts(rowid, text) VALUES(?, ?)");
    hf_rows_begin_text(&taking.titles, replica, "INSERT INTO search_titles(rowid, text) VALUES(?, ?)");
    enum hf_status status = take_new(&taking, &count);
    if (status == HF_OK)
        status = take_changed(&taking, &changed);
    const enum hf_status first = hf_rows_end(&taking.texts, status == HF_OK ? err : NULL);
    const enum hf_status second = hf_rows_end(&taking.titles, status == HF_OK ? err : NULL);
    hf_buf_wipe(&taking.text);
    hf_buf_wipe(&taking.title);
    *out_more = count == BATCH_RECORDS || changed == BATCH_RECORDS;
    if (status == HF_OK)
        status = first == HF_OK ? second : first;
    return status;
}

/* --- is there anything to do? ------------------------------------------------------------------------------------ */

enum behind { UP_TO_DATE, BEHIND, WORN }; /* WORN: more old words than records */

static enum hf_status look(struct hf_replica *replica, enum behind *out, struct hf_error *err)
{
    struct hf_rows rows;
    *out = UP_TO_DATE;
    hf_rows_begin_text(&rows, replica,
                       "SELECT upto < (SELECT coalesce(max(seq), 0) FROM records)"
                       " OR EXISTS(SELECT 1 FROM search_todo), stale > 1000 + upto FROM search");
    if (hf_rows_next(&rows))
        *out = hf_rows_u64(&rows, 1) != 0 ? WORN : hf_rows_u64(&rows, 0) != 0 ? BEHIND : UP_TO_DATE;
    return hf_rows_end(&rows, err);
}

enum hf_status hf_replica_search_update(struct hf_replica *replica, struct hf_error *err)
{
    enum behind behind = UP_TO_DATE;
    enum hf_status status = look(replica, &behind, err);
    bool more = behind != UP_TO_DATE;
    if (sqlite3_db_readonly(replica->db, "main"))
        return status;
    while (status == HF_OK && more) {
        status = hf_rows_transaction(replica, err);
        if (status != HF_OK)
            break;
        if (behind == WORN)
            status = hf_replica_search_rebuild(replica, err);
        behind = BEHIND;
        if (status == HF_OK)
            status = take_batch(replica, &more, err);
        status = hf_rows_finish(replica, status, err);
    }
    return status;
}
