#include "core/base/mutant.h"
#include "core/model/body_caseload.h"
#include "core/replica/feed.h"
#include "core/replica/given.h"
#include "core/replica/kept.h"
#include "core/replica/snapshot.h"

#include <string.h>

/* --- leaves of the server --- */

static enum hf_status take_enrol(struct hf_intake *intake, const struct hf_item *item)
{
    struct hf_enrol_body body;
    if (hf_enrol_body_decode(item->body, &body) != HF_OK)
        return hf_replica_bad_entry(intake->err, item->index, "the enrolment in it cannot be read");
    return hf_replica_device_enrol(intake->replica, &body, item->index, intake->err);
}

enum hf_status hf_replica_intake_identity(struct hf_intake *intake)
{
    struct hf_identity *identity = hf_secret_alloc(sizeof *identity);
    enum hf_status status = HF_OK;
    if (!identity)
        return hf_error_set(intake->err, HF_ERR_NOMEM, "%s", hf_status_text(HF_ERR_NOMEM));
    *identity = *intake->replica->identity;
    if (intake->revoked)
        identity->state = HF_IDENTITY_REVOKED;
    if (intake->role_changed)
        identity->role = intake->role;
    if (intake->rotated)
        status = hf_identity_take_certificate(identity, &intake->certificate);
    if (status == HF_OK)
        status = hf_replica_identity_write(intake->replica, identity, intake->err);
    hf_secret_free(identity);
    return status;
}

static enum hf_status take_revoke(struct hf_intake *intake, const struct hf_item *item)
{
    struct hf_revoke_body body;
    const struct hf_identity *own = intake->replica->identity;
    if (hf_revoke_body_decode(item->body, &body) != HF_OK)
        return hf_replica_bad_entry(intake->err, item->index, "the revocation in it cannot be read");
    enum hf_status status = hf_replica_device_revoke(intake->replica, &body, item->index, intake->err);
    if (status != HF_OK || memcmp(body.device, own->sign.public_key, sizeof body.device) != 0)
        return status;
    intake->revoked = true;
    return hf_replica_intake_identity(intake);
}

/* A further certificate of the server: keys were changed. One that is not newer is history. A new shard is followed at
 * the beginning of a sync (shard.h), never in the middle of one. */
static enum hf_status take_server(struct hf_intake *intake, const struct hf_item *item, const struct hf_note_body *body)
{
    const struct hf_identity *own = intake->replica->identity;
    const uint64_t known = intake->rotated ? intake->certificate.serial : own->serial;
    if (body->serial <= known)
        return HF_OK;
    if (!hf_server_certified(own->authority_key, own->log_id, body))
        return hf_replica_bad_entry(intake->err, item->index,
                                    "it names other keys for the server, and the authority did not "
                                    "sign it");
    struct hf_shard shard = {.number = 0};
    if (body->shard.len > 0 && (hf_shard_decode(body->shard, &shard) != HF_OK || shard.number > own->shard))
        return hf_error_set(intake->err, HF_ERR_STATE,
                            "The office began a new log in the middle of this sync. Nothing of this delivery was "
                            "stored; sync again.");
    intake->rotated = true;
    intake->certificate = *body;
    return hf_replica_intake_identity(intake);
}

static enum hf_status take_note(struct hf_intake *intake, const struct hf_item *item)
{
    struct hf_note_body body;
    enum hf_status status;
    if (hf_note_body_decode(item->body, &body) != HF_OK)
        return HF_OK; /* of a later version: kept, without effect */
    if (body.what == HF_NOTE_OTHER)
        return hf_replica_caseload_note(intake, item);
    switch (body.what) {
    case HF_NOTE_ASSIGN:
        status = hf_replica_given_take(intake->replica, &body, item->index, intake->err);
        if (status != HF_OK || !hf_id_equal(&body.person, &intake->replica->identity->person))
            return status;
        return hf_replica_case_assign(intake->replica, &body.case_id, body.held, hf_replica_intake_role(intake),
                                      item->index, intake->err);
    case HF_NOTE_RELEASE:
        return hf_replica_release_take(intake->replica, &body.change_id, body.released, intake->err);
    case HF_NOTE_SERVER:
        return take_server(intake, item, &body);
    case HF_NOTE_OTHER:
        return HF_OK;
    }
    return HF_OK;
}

/* Notes of other things than records do not. */
static bool looks_at_records(const struct hf_item *item, enum hf_leaf_kind kind)
{
    struct hf_caseload_note note;
    if (kind != HF_LEAF_NOTE)
        return kind != HF_LEAF_ENROL;
    if (hf_caseload_note_decode(item->body, &note) != HF_OK)
        return true;
    return note.what != HF_CASELOAD_CLOCK && note.what != HF_CASELOAD_INCARNATION &&
           note.what != HF_CASELOAD_EVIDENCE && note.what != HF_CASELOAD_PURGED;
}

static enum hf_status take_system(struct hf_intake *intake, const struct hf_entry_at *at)
{
    const bool looks = looks_at_records(at->item, at->leaf.kind);
    if (looks || at->leaf.kind == HF_LEAF_ENROL)
        hf_intake_forget(intake);
    if (looks) {
        const enum hf_status status = hf_replica_kept_write(intake->replica, intake->err);
        if (status != HF_OK)
            return status;
    }
    switch (at->leaf.kind) {
    case HF_LEAF_ENROL:
        return take_enrol(intake, at->item);
    case HF_LEAF_REVOKE:
        return take_revoke(intake, at->item);
    case HF_LEAF_NOTE:
        return take_note(intake, at->item);
    case HF_LEAF_ERASE:
        return hf_replica_erase_take(intake, at->item);
    default: /* the key of a new case came with the delivery; the other kinds have no effect here */
        return HF_OK;
    }
}

static bool is_let_in(struct hf_intake *intake, const struct hf_item *item)
{
    struct hf_enrol_body body;
    struct hf_device device;
    return hf_enrol_body_decode(item->body, &body) == HF_OK &&
           hf_replica_device_find(intake->replica, body.device, body.incarnation, &device, NULL) == HF_OK &&
           device.enrolled_at != HF_INDEX_NONE;
}

/* Enrolments and revocations were handed on, too, and so have a place already; notes were not. Who was given which case
 * is kept over a new shard, so an assignment is not taken twice. */
static bool counts_again(struct hf_intake *intake, const struct hf_entry_at *at, const struct hf_stored *known)
{
    struct hf_note_body note;
    if (known->hold != HF_HOLD_NONE)
        return false;
    switch (at->leaf.kind) {
    case HF_LEAF_ENROL:
        return !is_let_in(intake, at->item);
    case HF_LEAF_REVOKE:
        return true;
    case HF_LEAF_NOTE:
        return known->index == HF_INDEX_NONE && hf_note_body_decode(at->item->body, &note) == HF_OK &&
               note.what != HF_NOTE_ASSIGN;
    default:
        return false;
    }
}

enum hf_status hf_replica_entry_again(struct hf_intake *intake, const struct hf_entry_at *at,
                                      const struct hf_stored *known)
{
    bool server = false;
    if (!counts_again(intake, at, known))
        return HF_OK;
    enum hf_status status =
        hf_replica_server_known(intake->replica, at->leaf.device, at->item->index, &server, intake->err);
    return status == HF_OK && server ? take_system(intake, at) : status;
}

/* --- holds --- */

/* A person's decision stands above the server's first answer; a change that its device wrote after it was revoked is
 * held whatever the server says, until a person releases it. */
static enum hf_status decide_hold(struct hf_intake *intake, const struct hf_entry_at *at, struct hf_stored *stored)
{
    enum hf_release release;
    enum hf_status status = hf_intake_release(intake, &at->change_id, &release);
    if (status != HF_OK)
        return status;
    stored->hold = at->item->hold;
    stored->refused = release == HF_RELEASE_REFUSED || (release == HF_RELEASE_NONE && stored->hold == HF_HOLD_REFUSED);
    if (release == HF_RELEASE_RELEASED)
        stored->hold = HF_HOLD_NONE;
    else if (stored->hold == HF_HOLD_NONE && at->device.revoked_at < at->item->index)
        stored->hold = HF_HOLD_REVOKED;
    return HF_OK;
}

/* --- storing --- */

static enum hf_status store_data(struct hf_intake *intake, struct hf_stored *stored)
{
    struct hf_id body_case;
    uint64_t came_at = 0;
    enum hf_status found = hf_intake_snapshot_size(intake, &stored->case_id, &came_at);
    if (found != HF_OK)
        return found;
    if (hf_replica_body_subject(stored->body, &body_case, &stored->record_id)) {
        if (stored->index < came_at) { /* counts when all of the history is here */
            stored->effect = HF_EFFECT_BEHIND;
            return hf_replica_stored_add(intake->replica, stored, intake->err);
        }
        enum hf_status status = hf_replica_state_take(intake->replica, stored, NULL, intake->err);
        return status == HF_OK && stored->effect != HF_EFFECT_HELD
                   ? hf_replica_restricted_take(intake->replica, stored, intake->feed->catchup, intake->err)
                   : status;
    }
    stored->effect = stored->hold != HF_HOLD_NONE || stored->refused ? HF_EFFECT_HELD : HF_EFFECT_NONE;
    return hf_replica_stored_add(intake->replica, stored, intake->err);
}

static enum hf_status store_system(struct hf_intake *intake, const struct hf_entry_at *at, struct hf_stored *stored)
{
    const bool held = stored->hold != HF_HOLD_NONE || stored->refused;
    stored->effect = held ? HF_EFFECT_HELD : HF_EFFECT_NONE;
    enum hf_status status = hf_replica_stored_add(intake->replica, stored, intake->err);
    return status == HF_OK && ((!held && at->server) || HF_MUTANT(DEVICE_SPEAKS)) ? take_system(intake, at) : status;
}

enum hf_status hf_replica_entry_store(struct hf_intake *intake, const struct hf_entry_at *at)
{
    const struct hf_item *item = at->item;
    bool own = memcmp(at->leaf.device, intake->replica->identity->sign.public_key, sizeof at->leaf.device) == 0;
    struct hf_stored stored = {.change_id = at->change_id,
                               .case_id = item->case_id,
                               .key_id = item->key_id,
                               .kind = at->leaf.kind,
                               .device = at->device.number,
                               .leaf_seq = at->leaf.seq,
                               .index = item->index,
                               .own = own,
                               .sent = own ? HF_SENT : HF_RECEIVED,
                               .leaf = item->leaf,
                               .body = item->body};
    enum hf_status status = decide_hold(intake, at, &stored);
    if (status == HF_OK)
        status = at->leaf.kind == HF_LEAF_DATA ? store_data(intake, &stored) : store_system(intake, at, &stored);
    if (status != HF_OK)
        return status;
    intake->chain.clock = hf_clock_hear(intake->chain.clock, at->leaf.clock, intake->now_ms);
    intake->chain.change_count = stored.row;
    return HF_OK;
}
