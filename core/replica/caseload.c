/* What the server's notes about people and caseloads do on a device. */
#include "core/base/mutant.h"
#include "core/model/body_caseload.h"
#include "core/replica/device_clocks.h"
#include "core/replica/feed.h"
#include "core/replica/given.h"
#include "core/replica/officers.h"

static enum hf_status write_identity_role(struct hf_intake *intake, enum hf_role role)
{
    intake->role_changed = true;
    intake->role = role;
    return hf_replica_intake_identity(intake);
}

enum hf_scope hf_replica_scope_of(enum hf_role role)
{
    if (role == HF_ROLE_OFFICE || role == HF_ROLE_MANAGER)
        return HF_SCOPE_ALL;
    return role == HF_ROLE_WORKER ? HF_SCOPE_HELD : HF_SCOPE_NONE;
}

enum hf_role hf_replica_intake_role(const struct hf_intake *intake)
{
    return intake->role_changed ? intake->role : intake->replica->identity->role;
}

/* Of a case that a first sync by snapshot left to its history there is nothing yet but that it is to be fetched. */
static enum hf_status list_cases(struct hf_intake *intake, struct hf_buf *out)
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, intake->replica,
                       "SELECT case_id FROM cases WHERE case_id <> ?1"
                       " UNION SELECT case_id FROM catchups WHERE case_id <> ?1");
    hf_rows_bind_id(&rows, &intake->replica->office_case);
    while (hf_rows_next(&rows)) {
        struct hf_id id = hf_rows_id(&rows, 0);
        hf_buf_append(out, id.bytes, sizeof id.bytes);
    }
    enum hf_status status = hf_rows_end(&rows, intake->err);
    return status == HF_OK ? hf_buf_status(out) : status;
}

static enum hf_status run_on(struct hf_intake *intake, const char *sql, const struct hf_id *case_id)
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, intake->replica, sql);
    hf_rows_bind_id(&rows, case_id);
    return hf_rows_run(&rows, intake->err);
}

/* A role that does not read every case: those that it does not read go (purge.c), once nothing of them waits to be
 * handed in. Those that are held and not here any more come as when they are given. */
static enum hf_status keep_held_only(struct hf_intake *intake, enum hf_scope before, enum hf_scope now, uint64_t index)
{
    struct hf_buf cases = {0};
    enum hf_status status = list_cases(intake, &cases);
    for (size_t at = 0; status == HF_OK && at < cases.len; at += HF_ID_BYTES) {
        struct hf_id case_id = hf_id_from_bytes(cases.data + at);
        bool held = false;
        if (now == HF_SCOPE_HELD)
            status =
                hf_replica_given_now(intake->replica, &case_id, &intake->replica->identity->person, &held, intake->err);
        if (status == HF_OK)
            status = run_on(intake,
                            held ? "INSERT INTO cases(case_id, assigned) VALUES(?, 1)"
                                   " ON CONFLICT DO UPDATE SET assigned = 1"
                                 : "UPDATE cases SET assigned = 0, opened_here = 0 WHERE case_id = ?",
                            &case_id);
        if (status == HF_OK && held && before == HF_SCOPE_NONE)
            status = hf_replica_catchup_again(intake->replica, &case_id, index, intake->err);
    }
    hf_buf_clear(&cases);
    if (status != HF_OK)
        return status;
    struct hf_rows rows; /* the office would not answer these any more */
    hf_rows_begin_text(&rows, intake->replica,
                       "DELETE FROM catchups WHERE case_id NOT IN (SELECT case_id FROM cases WHERE assigned = 1)");
    return hf_rows_run(&rows, intake->err);
}

/* Of cases that were taken off this device only the leaves of its own changes are here, and the general feed leaves out
 * what a device signed: those cases are fetched one by one. */
static enum hf_status fetch_purged(struct hf_intake *intake, uint64_t index)
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, intake->replica,
                       "INSERT INTO catchups(case_id, start, until, history)"
                       " SELECT DISTINCT case_id, 0, ?, 1 FROM changes WHERE own = 1 AND length(body) = 0"
                       " AND case_id NOT IN (SELECT case_id FROM erased)"
                       " ON CONFLICT(case_id) DO UPDATE SET start = 0, until = max(until, excluded.until), history = 1,"
                       " refused = 0");
    hf_rows_bind_u64(&rows, index);
    return hf_rows_run(&rows, intake->err);
}

/* An answer that begins at the beginning, and leaves out nothing that came as a snapshot, was made for the new role. */
static enum hf_status has_read_before(struct hf_intake *intake, bool *out)
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, intake->replica,
                       "SELECT (SELECT cursor FROM sync) > 0 OR (SELECT past FROM snapshot_run) > 0");
    *out = hf_rows_next(&rows) && hf_rows_u64(&rows, 0) == 1;
    return hf_rows_end(&rows, intake->err);
}

/* Everything is to be read now: the feed begins again, also with what a first sync by snapshot spared it, and what is
 * here already is passed over. */
static enum hf_status read_everything(struct hf_intake *intake, uint64_t index)
{
    struct hf_rows rows;
    bool again = false;
    hf_rows_begin_text(&rows, intake->replica, "UPDATE cases SET assigned = 1");
    enum hf_status status = hf_rows_run(&rows, intake->err);
    if (status == HF_OK)
        status = has_read_before(intake, &again);
    if (status != HF_OK)
        return status;
    hf_rows_begin_text(&rows, intake->replica, "UPDATE snapshot_run SET past = 0");
    status = hf_rows_run(&rows, intake->err);
    intake->from_the_start = intake->from_the_start || again;
    return status == HF_OK ? fetch_purged(intake, index) : status;
}

static enum hf_status follow_role(struct hf_intake *intake, enum hf_role role_before, enum hf_role role, uint64_t index)
{
    const enum hf_scope before = hf_replica_scope_of(role_before), now = hf_replica_scope_of(role);
    if (before == now || HF_MUTANT(ROLE_UNFOLLOWED))
        return HF_OK;
    return now == HF_SCOPE_ALL ? read_everything(intake, index) : keep_held_only(intake, before, now, index);
}

/* What a person was before this device joined, the device was never told to be. */
static enum hf_status joined_before(struct hf_intake *intake, uint64_t index, bool *out)
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, intake->replica, "SELECT 1 FROM devices WHERE device = ?1 AND enrolled_at < ?2 LIMIT 1");
    hf_rows_bind_bytes(&rows, hf_slice_of(intake->replica->identity->sign.public_key,
                                          sizeof intake->replica->identity->sign.public_key));
    hf_rows_bind_u64(&rows, index);
    *out = hf_rows_next(&rows);
    return hf_rows_end(&rows, intake->err);
}

static enum hf_status take_role(struct hf_intake *intake, const struct hf_caseload_note *note, uint64_t index)
{
    struct hf_rows rows;
    bool mine = hf_id_equal(&note->person, &intake->replica->identity->person);
    hf_rows_begin_text(&rows, intake->replica, "UPDATE devices SET role = ? WHERE person = ?");
    hf_rows_bind_u64(&rows, (uint64_t)note->role);
    hf_rows_bind_id(&rows, &note->person);
    enum hf_status status = hf_rows_run(&rows, intake->err);
    if (status == HF_OK && mine)
        status = joined_before(intake, index, &mine);
    if (status != HF_OK || !mine)
        return status;
    const enum hf_role before = hf_replica_intake_role(intake);
    status = write_identity_role(intake, note->role);
    return status == HF_OK ? follow_role(intake, before, note->role, index) : status;
}

enum hf_status hf_replica_caseload_note(struct hf_intake *intake, const struct hf_item *item)
{
    struct hf_caseload_note note;
    if (hf_caseload_note_decode(item->body, &note) != HF_OK)
        return HF_OK; /* of a later version: kept, without effect */
    if (note.what == HF_CASELOAD_ROLE)
        return take_role(intake, &note, item->index);
    if (note.what == HF_CASELOAD_OFFICER)
        return hf_replica_officer_take(intake->replica, &note, item->index, intake->err);
    if (note.what == HF_CASELOAD_HELD)
        return hf_replica_hold_take(intake->replica, &note.change_id, note.hold, intake->err);
    if (note.what == HF_CASELOAD_CLOCK)
        return hf_replica_device_clock_take(intake->replica, &note, item->index, intake->err);
    return HF_OK;
}
