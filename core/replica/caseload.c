/* What the server's notes about people and caseloads do on a device. */
#include "core/model/body_caseload.h"
#include "core/replica/feed.h"

static enum hf_status write_identity_role(struct hf_intake *intake, enum hf_role role)
{
    struct hf_identity *identity = hf_secret_alloc(sizeof *identity);
    if (!identity)
        return hf_error_set(intake->err, HF_ERR_NOMEM, "%s", hf_status_text(HF_ERR_NOMEM));
    *identity = *intake->replica->identity;
    identity->role = role;
    if (intake->revoked)
        identity->state = HF_IDENTITY_REVOKED;
    enum hf_status status = hf_replica_identity_write(intake->replica, identity, intake->err);
    hf_secret_free(identity);
    intake->role_changed = status == HF_OK;
    intake->role = role;
    return status;
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
    return write_identity_role(intake, note->role);
}

enum hf_status hf_replica_caseload_note(struct hf_intake *intake, const struct hf_item *item)
{
    struct hf_caseload_note note;
    if (hf_caseload_note_decode(item->body, &note) != HF_OK)
        return HF_OK; /* of a later version: kept, without effect */
    if (note.what == HF_CASELOAD_ROLE)
        return take_role(intake, &note);
    if (note.what == HF_CASELOAD_HELD)
        return hf_replica_hold_take(intake->replica, &note.change_id, note.hold, intake->err);
    return HF_OK;
}
