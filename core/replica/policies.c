#include "core/replica/policies.h"

#include "core/json/json.h"
#include "core/replica/replica_internal.h"

#include <stdlib.h>

/* --- the book ----------------------------------------------------------------------------------------------------- */

/* A number that moves whenever the book would read otherwise: the newest release or hold of one, the newest change of
 * a record of the office. */
static enum hf_status read_mark(struct hf_replica *replica, uint64_t *out, struct hf_error *err)
{
    struct hf_rows rows;
    uint64_t mark = 0;
    hf_rows_begin(&rows, replica, HF_STATEMENT_BOOK_MARK);
    hf_rows_bind_id(&rows, &replica->office_case);
    if (hf_rows_next(&rows))
        mark = hf_rows_u64(&rows, 0);
    enum hf_status status = hf_rows_end(&rows, err);
    if (status == HF_OK)
        *out = mark;
    return status;
}

/* In log order, those that are not logged yet last. What cannot be used is passed over: a later version may use it. */
static enum hf_status take_releases(struct hf_replica *replica, struct hf_book *book, struct hf_error *err)
{
    struct hf_rows rows;
    enum hf_status status = HF_OK;
    hf_rows_begin_text(&rows, replica,
                       "SELECT change_id, body FROM changes WHERE kind = 9 AND effect <> 2 AND hold = 0 AND refused = 0"
                       " ORDER BY log_index IS NULL, log_index, seq");
    while (status == HF_OK && hf_rows_next(&rows)) {
        struct hf_policy_body body;
        const struct hf_id change = hf_rows_id(&rows, 0);
        if (rows.code != SQLITE_ROW || hf_policy_body_decode(hf_rows_bytes(&rows, 1), &body) != HF_OK)
            continue;
        status = hf_book_release(book, &body, &change, NULL);
        if (status != HF_ERR_NOMEM)
            status = HF_OK;
    }
    const enum hf_status ended = hf_rows_end(&rows, err);
    return ended != HF_OK ? ended : status;
}

static enum hf_status take_records(struct hf_replica *replica, struct hf_book *book, struct hf_error *err)
{
    struct hf_case_records records = {0};
    enum hf_status status = hf_replica_case_records(replica, &replica->office_case, &records, err);
    for (size_t i = 0; status == HF_OK && i < records.count; i++)
        status = hf_book_record(book, &records.records[i]);
    hf_case_records_clear(&records);
    return status;
}

enum hf_status hf_replica_book(struct hf_replica *replica, struct hf_book **out, struct hf_error *err)
{
    uint64_t mark = 0;
    struct hf_book *book = NULL;
    const int64_t writes = sqlite3_total_changes64(replica->db);
    if (replica->book && replica->book_writes == writes) { /* nobody else writes beside this connection */
        *out = replica->book;
        return HF_OK;
    }
    enum hf_status status = read_mark(replica, &mark, err);
    if (status == HF_OK && replica->book && replica->book_mark == mark) {
        replica->book_writes = writes;
        *out = replica->book;
        return HF_OK;
    }
    if (status == HF_OK)
        status = hf_book_new(&book);
    if (status == HF_OK)
        status = take_releases(replica, book, err);
    if (status == HF_OK)
        status = take_records(replica, book, err);
    if (status != HF_OK) {
        hf_book_free(book);
        return hf_error_set(err, status, "The procedures on this device cannot be read: %s", hf_status_text(status));
    }
    hf_book_free(replica->book);
    replica->book = book;
    replica->book_mark = mark;
    replica->book_writes = writes;
    *out = book;
    return HF_OK;
}

/* --- releasing ---------------------------------------------------------------------------------------------------- */

/* A book that holds one release more, to see whether it would be taken. */
static enum hf_status check_release(struct hf_replica *replica, const struct hf_policy_body *body, bool *out_known,
                                    struct hf_error *err)
{
    struct hf_book *book = NULL;
    const struct hf_id none = hf_id_zero();
    enum hf_status status = hf_replica_book(replica, &book, err);
    if (status != HF_OK)
        return status;
    const size_t before = hf_book_count(book);
    status = hf_book_release(book, body, &none, err);
    *out_known = status == HF_OK && hf_book_count(book) == before;
    const struct hf_book_file *file =
        status == HF_OK && !*out_known ? hf_book_file(book, hf_book_count(book) - 1) : NULL;
    if (file && file->is_pack && !hf_book_calendar(book, hf_policy_pack_calendar(file->pack)))
        status = hf_error_set(err, HF_ERR_NOT_FOUND,
                              "%s counts by the calendar %s, which was not released yet. Release the calendar first.",
                              file->name, hf_policy_pack_calendar(file->pack));
    hf_book_free(replica->book);
    replica->book = NULL;
    return status;
}

static enum hf_status write_release(struct hf_replica *replica, const struct hf_policy_body *body, uint64_t now_ms,
                                    struct hf_id *out_change, struct hf_error *err)
{
    struct hf_class_key key = {0};
    struct hf_chain chain;
    struct hf_buf bytes = {0};
    enum hf_status status = hf_rows_transaction(replica, err);
    if (status != HF_OK)
        return status;
    hf_policy_body_encode(body, &bytes);
    status = hf_buf_status(&bytes);
    if (status == HF_OK)
        status = hf_replica_key_newest(replica, &replica->office_case, &key, err);
    if (status == HF_ERR_NOT_FOUND)
        status = hf_error_set(err, HF_ERR_STATE, "This device has not synced with the office yet. Sync once first.");
    if (status == HF_OK)
        status = hf_replica_chain_load(replica, &chain, err);
    if (status == HF_OK)
        status = hf_replica_chain_write(replica, &chain, HF_LEAF_POLICY, &key, hf_buf_slice(&bytes), now_ms, out_change,
                                        err);
    if (status == HF_OK)
        status = hf_replica_chain_store(replica, &chain, err);
    hf_wipe(&key, sizeof key);
    hf_buf_clear(&bytes);
    return hf_rows_finish(replica, status, err);
}

enum hf_status hf_replica_release(struct hf_replica *replica, struct hf_slice file, uint64_t now_ms,
                                  struct hf_id *out_change, struct hf_error *err)
{
    struct hf_policy_body body;
    json_t *json = NULL;
    bool known = false;
    struct hf_id change = hf_id_zero();
    enum hf_status status = hf_replica_may_save(replica, err);
    if (status == HF_OK && !hf_book_may_release(replica->identity->role))
        status = hf_error_set(err, HF_ERR_DENIED,
                              "Procedures and calendars are released by the office or an administrator.");
    if (status == HF_OK)
        status = hf_book_read_file(file, &body, &json, err);
    if (status != HF_OK)
        return status;
    status = check_release(replica, &body, &known, err);
    if (status == HF_OK && !known)
        status = write_release(replica, &body, now_ms, &change, err);
    json_decref(json);
    if (status == HF_OK)
        *out_change = change;
    return status;
}
