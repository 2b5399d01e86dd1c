/* The lane of attachments on a device: what is due, what goes out next, what an answer means. */
#include "core/replica/attachments_internal.h"
#include "core/replica/indexed.h"

#include "core/base/assert.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_OF_(x) #x
#define TEXT_OF(x)  TEXT_OF_(x)
#define SMALL       1048576
_Static_assert(SMALL == HF_ATTACH_SMALL_BYTES, "the statements below say the same");

/* Chunks go out when the record is in the log. */
#define OUT                                                                                                            \
    " own = 1 AND sent < count AND answer <> 4 AND pause <> ?1 AND EXISTS(SELECT 1 FROM changes WHERE"                 \
    " " HF_CHANGES_OF_RECORD("attachments.record_id") " AND changes.own = 1 AND changes.sent > 0)"
#define IN                                                                                                             \
    " have < count AND pause <> ?1 AND (wanted = 1 OR size <= " TEXT_OF(                                               \
        SMALL) ") AND EXISTS(SELECT 1 FROM records"                                                                    \
               " WHERE " HF_RECORD_NAMED(                                                                              \
                   "attachments.record_id") " AND records.deleted = 0)"                                                \
                                            " AND EXISTS(SELECT 1 FROM keys WHERE keys.key_id = attachments.key_id)"

/* --- records that came without a row --- */

static enum hf_status learn_one(struct hf_replica *replica, const struct hf_id *record_id, struct hf_error *err)
{
    struct hf_record_state state = {0};
    struct hf_attach_content content = {0};
    enum hf_status status = hf_replica_record_load(replica, record_id, &state, err);
    if (status == HF_OK) {
        struct hf_attach_row row = {.record_id = *record_id, .case_id = state.case_id};
        /* Nothing that could be fetched: a row of no chunks keeps it from being looked at again. */
        if (hf_attach_content_of(&state, &content) == HF_OK) {
            row.key_id = content.key_id;
            row.size = content.size;
            row.count = hf_attach_chunk_count(content.size);
            memcpy(row.root, content.root, sizeof row.root);
        }
        status = hf_attach_row_add(replica, &row, err);
    }
    hf_record_state_clear(&state);
    return status;
}

static enum hf_status learn(struct hf_replica *replica, struct hf_error *err)
{
    enum hf_status status = HF_OK;
    bool found = true;
    while (status == HF_OK && found) {
        struct hf_rows rows;
        struct hf_id record_id;
        hf_rows_begin_text(&rows, replica,
                           "SELECT record_id FROM records WHERE " HF_RECORDS_OF_TYPE(
                               TEXT_OF(HF_RECORD_ATTACHMENT)) " AND NOT EXISTS(SELECT 1 FROM attachments WHERE "
                                                              "attachments.record_id = records.record_id)"
                                                              " LIMIT 1");
        found = hf_rows_next(&rows);
        if (found)
            record_id = hf_rows_id(&rows, 0);
        status = hf_rows_end(&rows, err);
        if (status == HF_OK && found)
            status = learn_one(replica, &record_id, err);
    }
    return status;
}

/* --- what is next --- */

static enum hf_status pick(struct hf_replica *replica, const char *sql, uint64_t line, struct hf_attach_row *out,
                           bool *out_found, struct hf_error *err)
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, replica, sql);
    hf_rows_bind_u64(&rows, line);
    *out_found = hf_rows_next(&rows);
    if (*out_found)
        hf_attach_row_read(&rows, out);
    return hf_rows_end(&rows, err);
}

/* Own ones first; of those, and of the others, the one with least left. */
static enum hf_status find_next(struct hf_replica *replica, uint64_t line, bool hand_in, struct hf_attach_row *out,
                                bool *out_put, bool *out_found, struct hf_error *err)
{
    *out_put = true;
    enum hf_status status = pick(
        replica, "SELECT " HF_ATTACH_COLUMNS " FROM attachments WHERE" OUT " ORDER BY count - sent, record_id LIMIT 1",
        line, out, out_found, err);
    if (status != HF_OK || *out_found || hand_in)
        return status;
    *out_put = false;
    return pick(replica,
                "SELECT " HF_ATTACH_COLUMNS " FROM attachments WHERE" IN
                " ORDER BY wanted DESC, count - have, record_id LIMIT 1",
                line, out, out_found, err);
}

enum hf_status hf_replica_attach_due(struct hf_replica *replica, uint64_t line, bool hand_in, bool *out,
                                     struct hf_error *err)
{
    struct hf_attach_row row;
    bool put = false, found = false;
    if (!replica->attach_folder) {
        *out = false;
        return HF_OK;
    }
    enum hf_status status = learn(replica, err);
    if (status == HF_OK)
        status = find_next(replica, line, hand_in, &row, &put, &found, err);
    if (status == HF_OK)
        *out = found;
    return status;
}

void hf_attach_step_clear(struct hf_attach_step *step)
{
    hf_buf_clear(&step->bytes);
    *step = (struct hf_attach_step){0};
}

enum hf_status hf_attach_load(struct hf_replica *replica, const struct hf_attach_row *row, uint64_t first, size_t most,
                              struct hf_attach_step *step, struct hf_error *err)
{
    struct hf_chunks chunks = {.fd = -1};
    const uint64_t left = row->count - first;
    const size_t count = left < most ? (size_t)left : most;
    enum hf_status status = hf_chunks_open(replica->attach_folder, &row->record_id, row->size, false, &chunks, err);
    for (size_t i = 0; status == HF_OK && i < count; i++)
        status = hf_chunks_read(&chunks, first + i, &step->bytes, err);
    if (status == HF_OK)
        status = hf_chunks_prove(&chunks, first, count, &step->proof);
    size_t at = 0;
    for (size_t i = 0; status == HF_OK && i < count; i++) {
        const size_t len = hf_attach_sealed_len(row->size, first + i);
        step->chunks[i] = hf_slice_of(step->bytes.data + at, len);
        at += len;
    }
    step->count = status == HF_OK ? count : 0;
    hf_chunks_close(&chunks);
    return status;
}

static enum hf_status note(struct hf_replica *replica, const struct hf_id *record_id, const char *sql, uint64_t a,
                           uint64_t b, struct hf_error *err)
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, replica, sql);
    hf_rows_bind_u64(&rows, a);
    hf_rows_bind_u64(&rows, b);
    hf_rows_bind_id(&rows, record_id);
    return hf_rows_run(&rows, err);
}

static enum hf_status put_off(struct hf_replica *replica, uint64_t line, const struct hf_id *record_id,
                              enum hf_attach_result result, struct hf_error *err)
{
    return note(replica, record_id, "UPDATE attachments SET answer = ?, pause = ? WHERE record_id = ?", result, line,
                err);
}

enum hf_status hf_replica_attach_next(struct hf_replica *replica, uint64_t line, bool hand_in, size_t most,
                                      struct hf_attach_step *out, struct hf_error *err)
{
    struct hf_attach_row row;
    struct hf_attach_step step = {0};
    HF_ASSERT(most >= 1 && most <= HF_CHUNKS_RUN_MAX);
    enum hf_status status = find_next(replica, line, hand_in, &row, &step.put, &step.any, err);
    if (status == HF_OK && step.any) {
        const uint64_t left = row.count - row.have;
        step.record_id = row.record_id;
        step.first = step.put ? row.sent : row.have;
        step.count = step.put ? 0 : (left < most ? (size_t)left : most);
        if (step.put && row.asked == line)
            status = hf_attach_load(replica, &row, row.sent, most, &step, err);
    }
    if (status == HF_ERR_CORRUPT || (status == HF_ERR_NOT_FOUND && step.any)) {
        /* Its file was taken away from below, and the office has not all of it: it is lost, and must not stop the
         * others. Should the office find it, it comes from there. */
        status = note(replica, &row.record_id,
                      "UPDATE attachments SET answer = ?, pause = ?, have = 0, wanted = 1 WHERE record_id = ?",
                      HF_ATTACH_DAMAGED, line, err);
        hf_attach_step_clear(&step);
        return status == HF_OK ? hf_replica_attach_next(replica, line, hand_in, most, out, err) : status;
    }
    if (status == HF_OK)
        *out = step;
    else
        hf_attach_step_clear(&step);
    return status;
}

/* --- answers --- */

enum hf_status hf_replica_attach_has(struct hf_replica *replica, uint64_t line, const struct hf_attach_step *step,
                                     enum hf_attach_result result, uint64_t have, struct hf_error *err)
{
    struct hf_attach_row row;
    enum hf_status status = hf_attach_row_find(replica, &step->record_id, &row, err);
    if (status == HF_ERR_NOT_FOUND)
        return HF_OK; /* its case went meanwhile */
    if (status != HF_OK)
        return status;
    if (result != HF_ATTACH_KEPT)
        return put_off(replica, line, &row.record_id, result, err);
    if (have > row.count)
        return hf_error_set(err, HF_ERR_PROTOCOL,
                            "The office says that it has more of an attachment than there is. Tell an administrator.");
    if (step->count > 0 && have == step->first) /* it took nothing: not again on this line */
        return put_off(replica, line, &row.record_id, HF_ATTACH_DAMAGED, err);
    status = note(replica, &row.record_id, "UPDATE attachments SET sent = ?, asked = ?, answer = 0 WHERE record_id = ?",
                  have, line, err);
    return status;
}

static enum hf_status store_part(struct hf_replica *replica, const struct hf_attach_row *row,
                                 const struct hf_slice *parts, size_t count, struct hf_error *err)
{
    struct hf_chunks chunks = {.fd = -1};
    enum hf_status status = hf_chunks_open(replica->attach_folder, &row->record_id, row->size, true, &chunks, err);
    if (status == HF_OK)
        status = hf_chunks_holds(&chunks, row->have, err);
    for (size_t i = 0; status == HF_OK && i < count; i++)
        status = hf_chunks_write(&chunks, row->have + i, parts[i], err);
    if (status == HF_OK)
        status = hf_chunks_sync(&chunks, err);
    hf_chunks_close(&chunks);
    if (status != HF_OK && status != HF_ERR_CORRUPT)
        return status;
    /* Not where the row says: from the beginning. */
    return note(replica, &row->record_id, "UPDATE attachments SET have = ?, answer = ? WHERE record_id = ?",
                status == HF_OK ? row->have + count : 0, HF_ATTACH_KEPT, err);
}

enum hf_status hf_replica_attach_part(struct hf_replica *replica, uint64_t line, const struct hf_attach_step *step,
                                      enum hf_attach_result result, const struct hf_slice *chunks, size_t count,
                                      const struct hf_proof *proof, struct hf_error *err)
{
    struct hf_attach_row row;
    enum hf_status status = hf_attach_row_find(replica, &step->record_id, &row, err);
    if (status == HF_ERR_NOT_FOUND)
        return HF_OK;
    if (status != HF_OK)
        return status;
    if (result != HF_ATTACH_KEPT || count == 0)
        return put_off(replica, line, &row.record_id, result == HF_ATTACH_KEPT ? HF_ATTACH_NOT_YET : result, err);
    if (row.have != step->first)
        return HF_OK; /* fetched on another way meanwhile */
    if (hf_chunks_verify(row.size, row.root, row.have, chunks, count, proof) != HF_OK)
        return hf_error_set(err, HF_ERR_AUTH,
                            "The office sent a part of an attachment that does not fit what its author signed. Nothing "
                            "of it was stored; tell the office.");
    return store_part(replica, &row, chunks, count, err);
}

/* --- what the office may have lost --- */

enum hf_status hf_replica_attach_mark(struct hf_replica *replica, uint32_t *out_mark, bool *out_own,
                                      struct hf_error *err)
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, replica,
                       "SELECT coalesce((SELECT mark FROM attachments_office), 0),"
                       " EXISTS(SELECT 1 FROM attachments WHERE own = 1 AND sent > 0 AND answer <> 4)");
    const bool found = hf_rows_next(&rows);
    const uint32_t mark = found ? (uint32_t)hf_rows_u64(&rows, 0) : 0;
    const bool own = found && hf_rows_u64(&rows, 1) != 0;
    enum hf_status status = hf_rows_end(&rows, err);
    if (status != HF_OK)
        return status;
    *out_mark = mark;
    *out_own = own;
    return HF_OK;
}

/* The mark last: cut off in between, it is done again. */
enum hf_status hf_replica_attach_heard(struct hf_replica *replica, uint32_t mark, struct hf_error *err)
{
    struct hf_rows rows;
    uint32_t before = 0;
    bool own = false;
    enum hf_status status = hf_replica_attach_mark(replica, &before, &own, err);
    if (status != HF_OK || before == mark)
        return status;
    if (own) {
        hf_rows_begin_text(&rows, replica,
                           "UPDATE attachments SET sent = 0, asked = 0, pause = 0 WHERE own = 1 AND answer <> 4");
        status = hf_rows_run(&rows, err);
    }
    if (status == HF_OK) {
        hf_rows_begin_text(&rows, replica, "INSERT OR REPLACE INTO attachments_office VALUES(1, ?)");
        hf_rows_bind_u64(&rows, mark);
        status = hf_rows_run(&rows, err);
    }
    return status;
}

enum hf_status hf_replica_attach_lost(struct hf_replica *replica, hf_attach_lost_fn *each, void *ctx)
{
    struct hf_rows rows;
    bool more = true;
    hf_rows_begin_text(&rows, replica,
                       "SELECT record_id, case_id FROM attachments WHERE " HF_ATTACH_LOST
                       " AND EXISTS(SELECT 1 FROM records WHERE " HF_RECORD_NAMED(
                           "attachments.record_id") " AND records.deleted = 0) ORDER BY record_id");
    while (more && hf_rows_next(&rows)) {
        const struct hf_id record_id = hf_rows_id(&rows, 0), case_id = hf_rows_id(&rows, 1);
        more = each(ctx, &record_id, &case_id);
    }
    return hf_rows_end(&rows, NULL);
}

enum hf_status hf_replica_attach_put_off(struct hf_replica *replica, uint64_t line, bool *out, struct hf_error *err)
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, replica, "SELECT 1 FROM attachments WHERE pause = ? AND NOT " HF_ATTACH_LOST " LIMIT 1");
    hf_rows_bind_u64(&rows, line);
    const bool found = hf_rows_next(&rows);
    enum hf_status status = hf_rows_end(&rows, err);
    if (status == HF_OK)
        *out = found;
    return status;
}

enum hf_status hf_replica_attach_again(struct hf_replica *replica, uint64_t line, struct hf_error *err)
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, replica, "UPDATE attachments SET pause = 0 WHERE pause = ? AND NOT " HF_ATTACH_LOST);
    hf_rows_bind_u64(&rows, line);
    return hf_rows_run(&rows, err);
}

enum hf_status hf_replica_attach_whole(struct hf_replica *replica, const struct hf_id *record_id, struct hf_error *err)
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, replica, "UPDATE attachments SET pause = 0 WHERE record_id = ? AND own = 0");
    hf_rows_bind_id(&rows, record_id);
    return hf_rows_run(&rows, err);
}

enum hf_status hf_replica_attach_counts(struct hf_replica *replica, struct hf_attach_counts *out)
{
    struct hf_rows rows;
    struct hf_attach_counts counts = {0};
    hf_rows_begin_text(
        &rows, replica,
        "SELECT count(*), coalesce(sum(size - min(size, sent * 32768)), 0), coalesce(sum(answer <> 0), 0)"
        " FROM attachments WHERE own = 1 AND sent < count AND answer <> 4 AND NOT " HF_ATTACH_LOST);
    if (hf_rows_next(&rows)) {
        counts.out_count = hf_rows_u64(&rows, 0);
        counts.out_bytes = hf_rows_u64(&rows, 1);
        counts.refused = hf_rows_u64(&rows, 2);
    }
    enum hf_status status = hf_rows_end(&rows, NULL);
    if (status != HF_OK)
        return status;
    hf_rows_begin_text(&rows, replica,
                       "SELECT count(*), coalesce(sum(size - min(size, have * 32768)), 0) FROM attachments"
                       " WHERE have < count AND (wanted = 1 OR size <= " TEXT_OF(SMALL) ") AND NOT " HF_ATTACH_LOST);
    if (hf_rows_next(&rows)) {
        counts.in_count = hf_rows_u64(&rows, 0);
        counts.in_bytes = hf_rows_u64(&rows, 1);
    }
    status = hf_rows_end(&rows, NULL);
    if (status == HF_OK)
        *out = counts;
    return status;
}
