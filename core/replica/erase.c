/* A case that was erased: checked against the signatures of both officers before anything is destroyed here, so that
 * neither the server nor one person alone can make a device forget. What goes is what a purge takes, at once: unsent
 * changes too, of which only the leaf is handed in. The receipt is the purge's. */
#include "core/base/mutant.h"
#include "core/model/body_erase.h"
#include "core/model/officer.h"
#include "core/replica/feed.h"
#include "core/replica/officers.h"
#include "core/replica/reads.h"

#include <string.h>

const char hf_replica_erase_tables[] =
    "CREATE TABLE erased(case_id BLOB PRIMARY KEY, log_index INTEGER NOT NULL) WITHOUT ROWID;";

/* A records officer with this device; false when it is not theirs, not enrolled, or revoked before. The role is the one
 * of now: who lost it has lost the right, which the log says. */
static enum hf_status officer(struct hf_intake *intake, const uint8_t *device, const struct hf_id *person,
                              uint64_t index, bool *out)
{
    struct hf_rows rows;
    bool enrolled = false;
    *out = false;
    hf_rows_begin_text(&rows, intake->replica,
                       "SELECT person, role FROM devices WHERE device = ?1 AND enrolled_at IS NOT NULL"
                       " AND enrolled_at < ?2 AND (revoked_at IS NULL OR revoked_at >= ?2)");
    hf_rows_bind_bytes(&rows, hf_slice_of(device, HF_SIGN_PUBLIC_BYTES));
    hf_rows_bind_u64(&rows, index);
    while (hf_rows_next(&rows)) {
        struct hf_id holder = hf_rows_id(&rows, 0);
        uint64_t role = hf_rows_u64(&rows, 1);
        if (hf_id_equal(&holder, person) && (role == HF_ROLE_OFFICE || role == HF_ROLE_MANAGER))
            enrolled = true;
    }
    enum hf_status status = hf_rows_end(&rows, intake->err);
    if (status == HF_OK && enrolled)
        status = hf_replica_officer_at(intake->replica, person, index, out, intake->err);
    return status;
}

/* *out_known: this log knows both as officers. When it does not, only an erasure of a log before may stand there: the
 * office has destroyed the keys, and nothing goes here until two officers have signed again. */
static enum hf_status check(struct hf_intake *intake, const struct hf_item *item, const struct hf_erase_body *body,
                            bool *out_known)
{
    const struct hf_identity *own = intake->replica->identity;
    bool first = false, second = false;
    if (!hf_erase_asked(own->log_id, body) || !hf_erase_confirmed(own->log_id, body))
        return hf_replica_bad_entry(intake->err, item->index, "two officers did not sign the erasure in it");
    enum hf_status status = officer(intake, body->asked.device, &body->asked.person, item->index, &first);
    if (status == HF_OK)
        status = officer(intake, body->device, &body->person, item->index, &second);
    *out_known = first && second;
    if (status == HF_OK && !*out_known && !body->is_carried)
        status = hf_replica_bad_entry(intake->err, item->index,
                                      "those who signed the erasure in it are no officers with a device in use");
    return status;
}

/* An erasure of a log before can only stand in a shard, and says what of this log went with it. */
static bool has_form(const struct hf_intake *intake, const struct hf_item *item, const struct hf_erase_body *body)
{
    const struct hf_replica *replica = intake->replica;
    uint64_t first = 0, count = 0;
    const size_t ranges = hf_erase_range_count(body->here);
    if (hf_id_equal(&body->asked.case_id, &replica->office_case))
        return false;
    if (!body->is_carried)
        return body->asked.log_size <= item->index;
    if (ranges > 0)
        hf_erase_range_at(body->here, ranges - 1, &first, &count);
    return replica->identity->shard > 0 && first + count <= item->index;
}

static enum hf_status run(struct hf_intake *intake, const char *sql, const struct hf_id *case_id, uint64_t index)
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, intake->replica, sql);
    hf_rows_bind_id(&rows, case_id);
    if (index != HF_INDEX_NONE)
        hf_rows_bind_u64(&rows, index);
    return hf_rows_run(&rows, intake->err);
}

static enum hf_status is_here(struct hf_intake *intake, const struct hf_id *case_id, bool *out)
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, intake->replica, "SELECT 1 FROM cases WHERE case_id = ?");
    hf_rows_bind_id(&rows, case_id);
    *out = hf_rows_next(&rows);
    return hf_rows_end(&rows, intake->err);
}

/* The office waits for an answer of everybody who reads every case, also of those to whom this one never came. */
static bool is_waited_for(const struct hf_replica *replica)
{
    return hf_officer_may_be(replica->identity->role);
}

/* An answer that the office had in the part of its log that was lost is wanted again. */
static const char answer_again[] = "INSERT OR IGNORE INTO purges(case_id, changes)"
                                   " SELECT ?1, count(*) FROM changes WHERE case_id = ?1 AND own = 1";

static enum hf_status forget_journal(struct hf_intake *intake, const struct hf_id *name)
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, intake->replica,
                       "UPDATE changes SET body = x'' WHERE kind = 8 AND own = 1 AND case_id = ?");
    hf_rows_bind_id(&rows, name);
    enum hf_status status = hf_rows_run(&rows, intake->err);
    return status == HF_OK ? run(intake, "DELETE FROM keys WHERE case_id = ?", name, HF_INDEX_NONE) : status;
}

enum hf_status hf_replica_erase_take(struct hf_intake *intake, const struct hf_item *item)
{
    struct hf_erase_body body;
    bool here = false, known = false, before = false;
    if (hf_erase_body_decode(item->body, &body) != HF_OK || !has_form(intake, item, &body))
        return hf_replica_bad_entry(intake->err, item->index, "the erasure in it cannot be read");
    const struct hf_id *case_id = &body.asked.case_id;
    enum hf_status status = check(intake, item, &body, &known);
    if (status == HF_OK)
        status = hf_replica_erased(intake->replica, case_id, &before, intake->err);
    if (status != HF_OK || (!known && !before))
        return status;
    if (status == HF_OK)
        status = run(intake, "INSERT OR IGNORE INTO erased(case_id, log_index) VALUES(?, ?)", case_id, item->index);
    if (status == HF_OK)
        status = is_here(intake, case_id, &here);
    if (status == HF_OK && !here && (before || is_waited_for(intake->replica)))
        status = run(intake, answer_again, case_id, HF_INDEX_NONE);
    if (status == HF_OK && !here) /* a journal of this device, perhaps: it is no case */
        status = forget_journal(intake, case_id);
    if (status != HF_OK || !here || HF_MUTANT(ERASURE_UNHEARD))
        return status;
    status = hf_replica_purge_case(intake->replica, case_id, intake->err);
    if (status == HF_OK)
        status = run(intake, "DELETE FROM cases WHERE case_id = ?", case_id, HF_INDEX_NONE);
    if (status == HF_OK)
        status = hf_replica_reads_forget(intake->replica, case_id, intake->err);
    intake->erased = status == HF_OK;
    return status;
}

enum hf_status hf_replica_erased(struct hf_replica *replica, const struct hf_id *case_id, bool *out,
                                 struct hf_error *err)
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, replica, "SELECT 1 FROM erased WHERE case_id = ?");
    hf_rows_bind_id(&rows, case_id);
    bool found = hf_rows_next(&rows);
    enum hf_status status = hf_rows_end(&rows, err);
    if (status == HF_OK)
        *out = found;
    return status;
}

/* Only the office's server writes holds; one of a device is held and has no effect. */
enum hf_status hf_replica_on_hold(struct hf_replica *replica, const struct hf_id *case_id, bool *out)
{
    struct hf_rows rows;
    bool placed = false;
    hf_rows_begin_text(&rows, replica, "SELECT body FROM changes WHERE kind = 5 AND effect <> 2 ORDER BY log_index");
    while (hf_rows_next(&rows)) {
        struct hf_hold_body body;
        if (hf_hold_body_decode(hf_rows_bytes(&rows, 0), &body) == HF_OK && hf_id_equal(&body.case_id, case_id))
            placed = body.placed;
    }
    enum hf_status status = hf_rows_end(&rows, NULL);
    if (status == HF_OK)
        *out = placed;
    return status;
}
