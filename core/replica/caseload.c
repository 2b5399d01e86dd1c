/* What the server's notes about people and caseloads do on a device. */
#include "core/model/body_caseload.h"
#include "core/replica/device_clocks.h"
#include "core/replica/feed.h"
#include "core/replica/officers.h"

static enum hf_status write_identity_role(struct hf_intake *intake, enum hf_role role)
{
    intake->role_changed = true;
    intake->role = role;
    return hf_replica_intake_identity(intake);
}

static bool sees_every_case(enum hf_role role)
{
    return role == HF_ROLE_OFFICE || role == HF_ROLE_MANAGER;
}

/* Whether the newest assign leaf for this person that is here gives the case. */
static enum hf_status holds(struct hf_intake *intake, const struct hf_id *case_id, bool *out)
{
    struct hf_rows rows;
    struct hf_note_body note;
    *out = false;
    hf_rows_begin_text(&rows, intake->replica,
                       "SELECT body FROM changes WHERE kind = 7 AND effect <> 2 AND log_index IS NOT NULL"
                       " ORDER BY log_index");
    while (hf_rows_next(&rows))
        if (hf_note_body_decode(hf_rows_bytes(&rows, 0), &note) == HF_OK && note.what == HF_NOTE_ASSIGN &&
            hf_id_equal(&note.case_id, case_id) && hf_id_equal(&note.person, &intake->replica->identity->person))
            *out = note.held;
    return hf_rows_end(&rows, intake->err);
}

static enum hf_status list_cases(struct hf_intake *intake, struct hf_buf *out)
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, intake->replica, "SELECT case_id FROM cases WHERE case_id <> ?");
    hf_rows_bind_id(&rows, &intake->replica->office_case);
    while (hf_rows_next(&rows)) {
        struct hf_id id = hf_rows_id(&rows, 0);
        hf_buf_append(out, id.bytes, sizeof id.bytes);
    }
    enum hf_status status = hf_rows_end(&rows, intake->err);
    return status == HF_OK ? hf_buf_status(out) : status;
}

/* From a role that reads every case to one that does not: those that the person does not hold go (purge.c). */
static enum hf_status keep_held_only(struct hf_intake *intake)
{
    struct hf_buf cases = {0};
    enum hf_status status = list_cases(intake, &cases);
    for (size_t at = 0; status == HF_OK && at < cases.len; at += HF_ID_BYTES) {
        struct hf_rows rows;
        struct hf_id case_id = hf_id_from_bytes(cases.data + at);
        bool held = false;
        status = holds(intake, &case_id, &held);
        if (status != HF_OK)
            break;
        hf_rows_begin_text(&rows, intake->replica, "UPDATE cases SET assigned = ?2 WHERE case_id = ?1");
        hf_rows_bind_id(&rows, &case_id);
        hf_rows_bind_u64(&rows, held ? 1 : 0);
        status = hf_rows_run(&rows, intake->err);
    }
    hf_buf_clear(&cases);
    return status;
}

static enum hf_status follow_role(struct hf_intake *intake, enum hf_role before, enum hf_role now)
{
    struct hf_rows rows;
    if (sees_every_case(before) == sees_every_case(now))
        return HF_OK;
    if (!sees_every_case(now))
        return keep_held_only(intake);
    /* Everything is to be read now: the feed begins again, and what is here already is passed over. */
    hf_rows_begin_text(&rows, intake->replica, "UPDATE cases SET assigned = 1");
    intake->from_the_start = true;
    return hf_rows_run(&rows, intake->err);
}

static enum hf_status take_role(struct hf_intake *intake, const struct hf_caseload_note *note)
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, intake->replica, "UPDATE devices SET role = ? WHERE person = ?");
    hf_rows_bind_u64(&rows, (uint64_t)note->role);
    hf_rows_bind_id(&rows, &note->person);
    enum hf_status status = hf_rows_run(&rows, intake->err);
    if (status != HF_OK || !hf_id_equal(&note->person, &intake->replica->identity->person))
        return status;
    const enum hf_role before = intake->role_changed ? intake->role : intake->replica->identity->role;
    status = write_identity_role(intake, note->role);
    return status == HF_OK ? follow_role(intake, before, note->role) : status;
}

enum hf_status hf_replica_caseload_note(struct hf_intake *intake, const struct hf_item *item)
{
    struct hf_caseload_note note;
    if (hf_caseload_note_decode(item->body, &note) != HF_OK)
        return HF_OK; /* of a later version: kept, without effect */
    if (note.what == HF_CASELOAD_ROLE)
        return take_role(intake, &note);
    if (note.what == HF_CASELOAD_OFFICER)
        return hf_replica_officer_take(intake->replica, &note, item->index, intake->err);
    if (note.what == HF_CASELOAD_HELD)
        return hf_replica_hold_take(intake->replica, &note.change_id, note.hold, intake->err);
    if (note.what == HF_CASELOAD_CLOCK)
        return hf_replica_device_clock_take(intake->replica, &note, item->index, intake->err);
    return HF_OK;
}
