/* Payloads and openings. Payloads stay sealed: only their hash is looked at. Office entries stand open: they say who
 * may sign. */
#include "tools/audit/internal.h"

#include "core/model/body_caseload.h"
#include "core/model/body_policy.h"

#include <string.h>

bool hf_audit_may_sign(enum hf_leaf_kind kind, enum hf_role role)
{
    switch (kind) {
    case HF_LEAF_ERASE:
    case HF_LEAF_ENROL:
    case HF_LEAF_REVOKE:
    case HF_LEAF_HOLD:
    case HF_LEAF_NOTE:
        return role == HF_ROLE_SERVER;
    case HF_LEAF_POLICY:
        return hf_policy_may_release(role);
    default:
        return true;
    }
}

/* What the server signs it can always open. A release is a person's: a broken one must not spoil the bundle. */
static bool has_to_be_open(const struct hf_audit_entry *entry)
{
    return entry->device->role == HF_ROLE_SERVER && hf_audit_may_sign(entry->leaf->kind, HF_ROLE_SERVER) &&
           !hf_audit_may_sign(entry->leaf->kind, HF_ROLE_WORKER);
}

static enum hf_status fetch(struct hf_audit *audit, enum hf_bundle_kind kind, uint64_t index, size_t limit_bytes,
                            struct hf_buf *out)
{
    char name[HF_BUNDLE_NAME_BYTES_MAX];
    hf_bundle_name(kind, index, name);
    return hf_audit_fetch(audit, name, limit_bytes, (struct hf_audit_about){true, index, index}, out);
}

/* The finding names the file too. */
static enum hf_status refuse(struct hf_audit *audit, enum hf_audit_check check, enum hf_bundle_kind kind,
                             uint64_t index, const char *why)
{
    char name[HF_BUNDLE_NAME_BYTES_MAX];
    hf_bundle_name(kind, index, name);
    return hf_audit_refuse_range(audit, check, index, index, name, "Entry %llu: the file %s %s",
                                 (unsigned long long)index, name, why);
}

enum hf_status hf_audit_check_payload(struct hf_audit *audit, uint64_t index, const struct hf_leaf *leaf)
{
    enum hf_status status = fetch(audit, HF_BUNDLE_CT, index, HF_BUNDLE_CT_BYTES_MAX, &audit->file);
    if (status == HF_ERR_NOT_FOUND) {
        audit->summary.payloads_missing++;
        return hf_audit_note_missing(audit, index);
    }
    if (status != HF_OK)
        return status;
    if (audit->file.len != leaf->payload_len || !hf_payload_hash_fits(hf_buf_slice(&audit->file), leaf))
        return refuse(audit, HF_AUDIT_PAYLOAD, HF_BUNDLE_CT, index,
                      "is not the sealed content that was signed: it was changed or exchanged.");
    audit->summary.payloads++;
    return HF_OK;
}

enum hf_status hf_audit_read_opening(struct hf_audit *audit, uint64_t index, const struct hf_leaf *leaf,
                                     bool *out_present, struct hf_slice *out_body)
{
    struct hf_bundle_opening opening;
    enum hf_status status = fetch(audit, HF_BUNDLE_OPEN, index, HF_BUNDLE_OPEN_BYTES_MAX, &audit->opening);
    if (status == HF_ERR_NOT_FOUND) {
        *out_present = false;
        return HF_OK;
    }
    if (status != HF_OK)
        return status;
    if (hf_bundle_opening_parse(hf_buf_slice(&audit->opening), &opening) != HF_OK ||
        !hf_payload_commitment_fits(opening.r, opening.body, leaf))
        return refuse(audit, HF_AUDIT_OPENING, HF_BUNDLE_OPEN, index,
                      "does not fit the commitment that was signed: it was changed or exchanged.");
    *out_present = true;
    *out_body = opening.body;
    return HF_OK;
}

static enum hf_status refuse_unopened(struct hf_audit *audit, uint64_t index)
{
    return refuse(audit, HF_AUDIT_OPENING, HF_BUNDLE_OPEN, index,
                  "is missing. Entries of the office have to stand open, so that it can be checked who might sign.");
}

static enum hf_status refuse_content(struct hf_audit *audit, uint64_t index, const char *why)
{
    return refuse(audit, HF_AUDIT_CONTENT, HF_BUNDLE_OPEN, index, why);
}

/* --- entry 0 -------------------------------------------------------------------------------------------------------
 */

static enum hf_status check_certificate(struct hf_audit *audit, const struct hf_leaf *leaf,
                                        const struct hf_note_body *body)
{
    if (!hf_server_certified(audit->authority_key, audit->log_id, body))
        return hf_audit_refuse_entry(audit, HF_AUDIT_CERTIFICATE, 0,
                                     "Entry 0, the server's certificate, was not signed by this authority for the log "
                                     "%s. Check that the key file is the right one.",
                                     audit->checkpoint.origin);
    if (memcmp(body->server_device, leaf->device, sizeof leaf->device) != 0)
        return hf_audit_refuse_entry(audit, HF_AUDIT_CERTIFICATE, 0,
                                     "Entry 0, the server's certificate, was signed by another device than the server "
                                     "it names.");
    return HF_OK;
}

static enum hf_status add_device(struct hf_audit *audit, uint64_t index, const uint8_t *key, enum hf_role role,
                                 uint32_t incarnation, const struct hf_id *person)
{
    struct hf_audit_device *device = hf_audit_devices_find(&audit->devices, key);
    if (!device)
        device = hf_audit_devices_add(&audit->devices, key);
    else if (hf_audit_chain_ends(audit, device) != HF_OK)
        return HF_ERR_NOMEM;
    if (!device)
        return hf_audit_give_up(audit, HF_ERR_NOMEM, "There is not enough memory to check this bundle.");
    hf_audit_device_restart(device, incarnation);
    device->role = role;
    device->person = *person;
    device->enrolled_at = index;
    return HF_OK;
}

void hf_audit_add_log_key(struct hf_audit *audit, uint64_t index, const uint8_t *key)
{
    audit->log_keys[audit->log_key_count].from = index;
    audit->log_keys[audit->log_key_count].log = audit->shard_count;
    memcpy(audit->log_keys[audit->log_key_count++].key, key, HF_SIGN_PUBLIC_BYTES);
}

/* What the server signs with a device key that it gave up counts no more. */
static void give_up_servers(struct hf_audit *audit, uint64_t index)
{
    for (size_t i = 0; i < audit->devices.count; i++) {
        struct hf_audit_device *device = audit->devices.sorted[i];
        if (device->role == HF_ROLE_SERVER && !device->given_up) {
            device->given_up = true;
            device->given_up_at = index;
        }
    }
}

enum hf_status hf_audit_begin_server(struct hf_audit *audit, const struct hf_leaf *leaf)
{
    bool present = false;
    struct hf_slice bytes = {0};
    struct hf_note_body body;
    enum hf_status status = hf_audit_read_opening(audit, 0, leaf, &present, &bytes);
    if (status != HF_OK)
        return status;
    if (leaf->kind != HF_LEAF_NOTE)
        return hf_audit_refuse_entry(audit, HF_AUDIT_CERTIFICATE, 0, "Entry 0 is not the server's certificate.");
    if (!present)
        return refuse_unopened(audit, 0);
    if (hf_note_body_decode(bytes, &body) != HF_OK || body.what != HF_NOTE_SERVER)
        return hf_audit_refuse_entry(audit, HF_AUDIT_CERTIFICATE, 0, "Entry 0 is not the server's certificate.");
    status = check_certificate(audit, leaf, &body);
    if (status != HF_OK)
        return status;
    memcpy(audit->summary.authority_name, body.authority_name.data, body.authority_name.len);
    audit->summary.authority_name[body.authority_name.len] = '\0';
    struct hf_id nobody = hf_id_zero();
    hf_audit_add_log_key(audit, 0, body.log_key);
    return add_device(audit, 0, leaf->device, HF_ROLE_SERVER, leaf->incarnation, &nobody);
}

/* --- later entries of the office -------------------------------------------------------------------------------------
 */

/* A device that is known may come again only with a later incarnation. */
static enum hf_status apply_enrol(struct hf_audit *audit, uint64_t index, struct hf_slice bytes)
{
    struct hf_enrol_body body;
    if (hf_enrol_body_decode(bytes, &body) != HF_OK)
        return refuse_content(audit, index, "does not have the form of an enrolment.");
    const struct hf_audit_device *known = hf_audit_devices_find(&audit->devices, body.device);
    if (known && known->role == HF_ROLE_SERVER)
        return refuse_content(audit, index, "enrols the server itself as an ordinary device.");
    if (known && body.incarnation <= known->incarnation)
        return refuse_content(audit, index, "enrols a device again without a new incarnation.");
    const bool is_new = !known;
    enum hf_status status = add_device(audit, index, body.device, body.role, body.incarnation, &body.person);
    struct hf_audit_device *device = status == HF_OK ? hf_audit_devices_find(&audit->devices, body.device) : NULL;
    if (device && is_new) {
        device->invitation = body.invitation;
        device->says_inviter = body.says_inviter;
        device->invited_by = body.invited_by;
        device->invited_ms = body.invited_ms;
    }
    return status;
}

/* A device that waits for its confirmation may be revoked before it was ever enrolled. */
static enum hf_status apply_revoke(struct hf_audit *audit, uint64_t index, struct hf_slice bytes)
{
    struct hf_revoke_body body;
    if (hf_revoke_body_decode(bytes, &body) != HF_OK)
        return refuse_content(audit, index, "does not have the form of a revocation.");
    struct hf_audit_device *device = hf_audit_devices_find(&audit->devices, body.device);
    if (device && device->role == HF_ROLE_SERVER)
        return refuse_content(audit, index, "revokes the server itself.");
    if (device && !device->revoked) {
        device->revoked = true;
        device->revoked_at = index;
    }
    return HF_OK;
}

/* The role of a person, from here on, on every device of theirs. */
static void apply_role(struct hf_audit *audit, const struct hf_caseload_note *note)
{
    for (size_t i = 0; i < audit->devices.count; i++) {
        struct hf_audit_device *device = audit->devices.sorted[i];
        if (device->role != HF_ROLE_SERVER && hf_id_equal(&device->person, &note->person))
            device->role = note->role;
    }
}

static enum hf_status apply_caseload(struct hf_audit *audit, struct hf_slice bytes)
{
    struct hf_caseload_note note;
    if (hf_caseload_note_decode(bytes, &note) != HF_OK)
        return HF_OK;
    if (note.what == HF_CASELOAD_OFFICER)
        return hf_audit_apply_officer(audit, &note.person, note.given);
    if (note.what == HF_CASELOAD_ROLE)
        apply_role(audit, &note);
    struct hf_audit_device *device =
        note.what == HF_CASELOAD_CLOCK ? hf_audit_devices_find(&audit->devices, note.device) : NULL;
    if (device)
        device->clock_offset_ms = hf_caseload_clock_offset(&note);
    return HF_OK;
}

/* A further certificate, signed with the device key that it names: other keys from here on. */
static enum hf_status apply_server(struct hf_audit *audit, uint64_t index, const struct hf_leaf *leaf,
                                   const struct hf_note_body *body)
{
    const struct hf_id nobody = hf_id_zero();
    if (audit->log_keys[audit->log_key_count - 1].from == index)
        return HF_OK; /* its signer was new: it was taken before that was looked for */
    if (memcmp(body->server_device, leaf->device, sizeof leaf->device) != 0)
        return refuse_content(audit, index, "names another device key for the server than the one that signed it.");
    if (!hf_server_certified(audit->authority_key, audit->log_id, body))
        return hf_audit_refuse_entry(audit, HF_AUDIT_CERTIFICATE, index,
                                     "Entry %llu changes the keys of the server, and the authority did not sign it.",
                                     (unsigned long long)index);
    enum hf_status status = hf_audit_take_lost(audit, index, body);
    if (status != HF_OK)
        return status;
    if (body->serial != audit->serial + 1 || audit->log_key_count == HF_AUDIT_LOG_KEYS_MAX)
        return refuse_content(audit, index,
                              "changes the keys of the server, but not as the next change after those before it.");
    if (body->shard.len > 0)
        status = hf_audit_begin_shard(audit, index, body->shard);
    if (status != HF_OK)
        return status;
    audit->serial = body->serial;
    hf_audit_add_log_key(audit, index, body->log_key);
    if (hf_audit_devices_find(&audit->devices, leaf->device))
        return HF_OK;
    give_up_servers(audit, index);
    return add_device(audit, index, leaf->device, HF_ROLE_SERVER, leaf->incarnation, &nobody);
}

enum hf_status hf_audit_take_certificate(struct hf_audit *audit, uint64_t index, const struct hf_leaf *leaf)
{
    bool present = false;
    struct hf_slice bytes = {0};
    struct hf_note_body body;
    if (leaf->kind != HF_LEAF_NOTE || hf_audit_devices_find(&audit->devices, leaf->device))
        return HF_OK;
    enum hf_status status = hf_audit_read_opening(audit, index, leaf, &present, &bytes);
    if (status != HF_OK || !present || hf_note_body_decode(bytes, &body) != HF_OK || body.what != HF_NOTE_SERVER)
        return status; /* then it is an entry of a stranger */
    return apply_server(audit, index, leaf, &body);
}

static enum hf_status apply_note(struct hf_audit *audit, uint64_t index, const struct hf_leaf *leaf,
                                 struct hf_slice bytes)
{
    struct hf_note_body body;
    if (hf_note_body_decode(bytes, &body) != HF_OK)
        return refuse_content(audit, index, "does not have the form of a note of the server.");
    if (index > 0 && body.what == HF_NOTE_SERVER)
        return apply_server(audit, index, leaf, &body);
    return body.what == HF_NOTE_OTHER ? apply_caseload(audit, bytes) : HF_OK;
}

static enum hf_status apply(struct hf_audit *audit, const struct hf_audit_entry *entry)
{
    switch (entry->leaf->kind) {
    case HF_LEAF_ENROL:
        return apply_enrol(audit, entry->index, entry->body);
    case HF_LEAF_REVOKE:
        return apply_revoke(audit, entry->index, entry->body);
    case HF_LEAF_ERASE:
        return hf_audit_apply_erase(audit, entry->index, entry->body);
    case HF_LEAF_HOLD:
        return hf_audit_check_hold(audit, entry->index, entry->body);
    case HF_LEAF_NOTE:
        return apply_note(audit, entry->index, entry->leaf, entry->body);
    default:
        return HF_OK; /* changes nothing about who may sign */
    }
}

enum hf_status hf_audit_check_opening(struct hf_audit *audit, struct hf_audit_entry *entry)
{
    bool counts = has_to_be_open(entry);
    enum hf_status status = hf_audit_read_opening(audit, entry->index, entry->leaf, &entry->opened, &entry->body);
    if (status != HF_OK)
        return status;
    audit->summary.openings += entry->opened;
    if (counts && !entry->opened)
        return refuse_unopened(audit, entry->index);
    if (audit->each)
        status = audit->each(audit->each_ctx, entry);
    return status == HF_OK && counts ? apply(audit, entry) : status;
}
