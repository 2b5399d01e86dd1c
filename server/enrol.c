#include "server/enrol.h"
#include "server/erase.h"

#include "core/base/text.h"
#include "core/pack/writer.h"
#include "server/epoch.h"
#include "server/urgent.h"

#include <string.h>

#define INVITE_MS HF_LIMIT_INVITATION_MS

/* --- people and assignments
 * ---------------------------------------------------------------------------------------------- */

enum hf_status hf_enrol_add_person_in(struct hf_batch *batch, struct hf_slice name, enum hf_role role,
                                      struct hf_id *out_person, struct hf_error *err)
{
    uint8_t random[HF_ID_RANDOM_BYTES];
    struct hf_buf name_value = {0}, role_value = {0}, body = {0};
    struct hf_class_key key;
    hf_random(random, sizeof random);
    struct hf_id person = hf_id_v7(batch->now_ms, random);
    hf_pack_text(&name_value, name);
    hf_pack_text(&role_value, hf_slice_str(hf_role_name(role)));
    struct hf_edit_input edits[] = {{.field = HF_FIELD_PERSON_NAME, .value = hf_buf_slice(&name_value)},
                                    {.field = HF_FIELD_PERSON_ROLE, .value = hf_buf_slice(&role_value)}};
    struct hf_data_body_input input = {.case_id = batch->office->office_case,
                                       .record_id = person,
                                       .type = HF_RECORD_PERSON,
                                       .edits = edits,
                                       .edit_count = 2};
    enum hf_status status = hf_data_body_encode(&input, &body, err);
    if (status == HF_OK)
        status = hf_batch_office_key(batch, &key);
    if (status == HF_OK)
        status = hf_batch_server_leaf(batch, HF_LEAF_DATA, &key, hf_buf_slice(&body));
    if (status == HF_OK)
        *out_person = person;
    hf_wipe(&key, sizeof key);
    hf_buf_clear(&name_value);
    hf_buf_clear(&role_value);
    hf_buf_clear(&body);
    return status;
}

static enum hf_status add_note(struct hf_batch *batch, enum hf_leaf_kind kind, struct hf_slice body)
{
    struct hf_class_key key;
    enum hf_status status = hf_batch_office_key(batch, &key);
    if (status == HF_OK)
        status = hf_batch_server_leaf(batch, kind, &key, body);
    hf_wipe(&key, sizeof key);
    return status;
}

enum hf_status hf_enrol_assign_in(struct hf_batch *batch, const struct hf_id *case_id, const struct hf_id *person,
                                  bool held, struct hf_slice reason_code)
{
    struct hf_note_body note = {
        .what = HF_NOTE_ASSIGN, .case_id = *case_id, .person = *person, .held = held, .reason_code = reason_code};
    struct hf_assignment_row row = {
        .case_id = *case_id, .person = *person, .held = held, .index = hf_batch_next_index(batch)};
    struct hf_buf body = {0};
    hf_note_body_encode(&note, &body);
    enum hf_status status = hf_buf_status(&body);
    if (status == HF_OK)
        status = add_note(batch, HF_LEAF_NOTE, hf_buf_slice(&body));
    if (status == HF_OK)
        status = hf_batch_assign(batch, &row);
    if (status == HF_OK && !held)
        status = hf_epoch_turn_in(batch, case_id);
    hf_buf_clear(&body);
    return status;
}

static enum hf_status case_known(struct hf_office *office, const struct hf_id *case_id, struct hf_error *err)
{
    struct hf_batch batch; /* nothing is written: only its view of the log is used */
    char text[HF_ID_TEXT_BYTES];
    bool opened = false;
    hf_batch_begin(&batch, office);
    enum hf_status status = hf_batch_case_opened(&batch, case_id, &opened);
    hf_batch_clear(&batch);
    if (status != HF_OK)
        return hf_error_set(err, status, "The log could not be read: %s", hf_status_text(status));
    if (opened && !hf_id_equal(case_id, &office->office_case))
        return HF_OK;
    hf_id_format(case_id, text);
    return hf_error_set(err, HF_ERR_NOT_FOUND,
                        "The office has no case %s. It is there after the device that opened it has synced.", text);
}

static const char no_cases[] = "Auditors and administrators do not hold cases. Give the case to a worker or a manager.";

bool hf_enrol_role_holds_cases(enum hf_role role)
{
    return role == HF_ROLE_WORKER || role == HF_ROLE_MANAGER || role == HF_ROLE_OFFICE;
}

struct person_search {
    const struct hf_id *person;
    bool found;
    bool known; /* the role is one of ours */
    enum hf_role role;
};

static bool search_person(void *ctx, const struct hf_person_row *row)
{
    struct person_search *search = ctx;
    search->found = hf_id_equal(&row->person, search->person);
    if (search->found)
        search->known = hf_role_parse(row->role, &search->role) == HF_OK;
    return !search->found;
}

static enum hf_status person_may(struct hf_office *office, const struct hf_id *person, bool held, struct hf_error *err)
{
    struct person_search search = {.person = person};
    enum hf_status status = hf_enrol_people(office, search_person, &search);
    if (status != HF_OK)
        return hf_error_set(err, status, "The staff records could not be read: %s", hf_status_text(status));
    if (!search.found)
        return hf_error_set(err, HF_ERR_NOT_FOUND,
                            "There is no such person. `holdfastd person list` shows who there is.");
    const bool holds_cases = search.known && hf_enrol_role_holds_cases(search.role);
    return holds_cases || !held ? HF_OK : hf_error_set(err, HF_ERR_INVALID, "%s", no_cases);
}

static bool valid_reason(struct hf_slice code, const char *const *codes)
{
    for (; *codes; codes++)
        if (hf_slice_equal(code, hf_slice_str(*codes)))
            return true;
    return false;
}

enum hf_status hf_enrol_assign(struct hf_office *office, const struct hf_id *case_id, const struct hf_id *person,
                               bool held, struct hf_slice reason_code, struct hf_error *err)
{
    static const char *const codes[] = {"allocated", "reallocated", "cover", "left", "other", NULL};
    struct hf_batch batch;
    bool holds = false, urgent = false;
    if (!valid_reason(reason_code, codes))
        return hf_error_set(err, HF_ERR_INVALID,
                            "The reason must be one of allocated, reallocated, cover, left, other.");
    enum hf_status status = case_known(office, case_id, err);
    if (status != HF_OK)
        return status;
    status = person_may(office, person, held, err);
    if (status != HF_OK)
        return status;
    hf_batch_begin(&batch, office);
    status = hf_batch_holds(&batch, person, case_id, &holds);
    if (status == HF_OK && holds && held)
        status = hf_urgent_is(office, case_id, person, &urgent);
    if (status == HF_OK && (holds != held || urgent)) {
        status = hf_enrol_assign_in(&batch, case_id, person, held, reason_code);
        if (status == HF_OK)
            status = hf_batch_commit(&batch);
    }
    hf_batch_clear(&batch);
    return status == HF_OK ? HF_OK
                           : hf_error_set(err, status, "The case could not be assigned: %s", hf_status_text(status));
}

/* --- invitations
 * ------------------------------------------------------------------------------------------------------------ */

struct same_person {
    struct hf_slice name, role;
    bool found;
    struct hf_id person;
};

static bool look_for_same(void *ctx, const struct hf_person_row *row)
{
    struct same_person *same = ctx;
    if (!hf_slice_equal(same->name, row->name) || !hf_slice_equal(same->role, row->role))
        return true;
    same->found = true;
    same->person = row->person;
    return false;
}

static enum hf_status check_invite(struct hf_office *office, const struct hf_invite *invite, struct hf_error *err)
{
    if (invite->person_name.len == 0 || invite->person_name.len > 200 || !hf_text_is_utf8(invite->person_name))
        return hf_error_set(err, HF_ERR_INVALID, "The person's name must be 1 to 200 bytes of text.");
    if (!hf_invitation_address_fits(invite->address))
        return hf_error_set(err, HF_ERR_INVALID,
                            "The invitation needs the address of the server, such as tcp://office.example:7450.");
    if (invite->case_count > 0 && !hf_enrol_role_holds_cases(invite->role))
        return hf_error_set(err, HF_ERR_INVALID, "%s", no_cases);
    if (invite->case_count > HF_INVITATION_CASES_MAX)
        return hf_error_set(err, HF_ERR_LIMIT, "One invitation can name at most %d cases.", HF_INVITATION_CASES_MAX);
    enum hf_status status = HF_OK;
    for (size_t i = 0; status == HF_OK && i < invite->case_count; i++)
        status = case_known(office, &invite->cases[i], err);
    return status;
}

static void format_line(const struct hf_office *office, const struct hf_invite *invite,
                        const struct hf_invitation_row *row, struct hf_buf *out)
{
    const struct hf_server_keys *keys = hf_keystore_server(office->keystore);
    struct hf_invitation line = {.id = row->id, .expiry_ms = row->expiry_ms};
    memcpy(line.token, row->token, sizeof line.token);
    memcpy(line.server_key, keys->channel.public_key, sizeof line.server_key);
    hf_sha256_of(keys->authority_key, sizeof keys->authority_key, line.authority_hash);
    memcpy(line.address, invite->address.data, invite->address.len);
    memcpy(line.origin, keys->origin, strlen(keys->origin) + 1);
    hf_invitation_format(&line, out);
    hf_wipe(&line, sizeof line);
}

static void fill_invitation(const struct hf_batch *batch, const struct hf_invite *invite, const struct hf_id *person,
                            struct hf_invitation_row *row)
{
    uint8_t id[HF_ID_BYTES];
    hf_random(id, sizeof id);
    *row = (struct hf_invitation_row){.id = hf_id_from_bytes(id),
                                      .person = *person,
                                      .role = invite->role,
                                      .expiry_ms = batch->now_ms + INVITE_MS,
                                      .state = HF_INVITATION_OPEN,
                                      .case_count = invite->case_count};
    hf_random(row->token, sizeof row->token);
    if (batch->office->acting) {
        row->made_by = batch->office->acting->person;
        memcpy(row->made_from, batch->office->acting->device, sizeof row->made_from);
    }
    for (size_t i = 0; i < invite->case_count; i++)
        row->cases[i] = invite->cases[i];
}

enum hf_status hf_enrol_invite(struct hf_office *office, const struct hf_invite *invite, struct hf_id *out_person,
                               uint64_t *out_expiry_ms, struct hf_buf *out_line, struct hf_error *err)
{
    struct hf_batch batch;
    struct hf_invitation_row row = {0};
    struct same_person same = {.name = invite->person_name, .role = hf_slice_str(hf_role_name(invite->role))};
    enum hf_status status = check_invite(office, invite, err);
    if (status != HF_OK)
        return status;
    hf_batch_begin(&batch, office);
    status = hf_enrol_people(office, look_for_same, &same);
    if (status == HF_OK && !same.found)
        status = hf_enrol_add_person_in(&batch, invite->person_name, invite->role, &same.person, err);
    if (status == HF_OK) {
        fill_invitation(&batch, invite, &same.person, &row);
        status = hf_batch_invitation(&batch, &row);
    }
    if (status == HF_OK)
        status = hf_batch_commit(&batch);
    if (status == HF_OK) {
        format_line(office, invite, &row, out_line);
        *out_person = same.person;
        *out_expiry_ms = row.expiry_ms;
    }
    hf_wipe(&row, sizeof row);
    hf_batch_clear(&batch);
    return status == HF_OK ? HF_OK
                           : hf_error_set(err, status, "The invitation could not be made: %s", hf_status_text(status));
}

/* --- devices
 * ---------------------------------------------------------------------------------------------------------------- */

/* invitation NULL: a chain begins anew, or the device is taken out of use at once. */
static enum hf_status add_enrol_leaf(struct hf_batch *batch, const struct hf_device_row *device,
                                     const struct hf_invitation_row *invitation)
{
    struct hf_enrol_body enrol = {.incarnation = device->incarnation,
                                  .person = device->person,
                                  .role = device->role,
                                  .invitation = device->invitation};
    struct hf_buf body = {0};
    memcpy(enrol.device, device->device, sizeof enrol.device);
    memcpy(enrol.channel_key, device->channel_key, sizeof enrol.channel_key);
    if (invitation) {
        enrol.says_inviter = true;
        enrol.invited_by = invitation->made_by;
        enrol.invited_ms = invitation->expiry_ms - INVITE_MS;
        memcpy(enrol.invited_from, invitation->made_from, sizeof enrol.invited_from);
    }
    hf_enrol_body_encode(&enrol, &body);
    enum hf_status status = hf_buf_status(&body);
    if (status == HF_OK)
        status = add_note(batch, HF_LEAF_ENROL, hf_buf_slice(&body));
    hf_buf_clear(&body);
    return status;
}

/* Enrol leaf, and the cases that the invitation promised, if the person's role is still one that holds any. */
static enum hf_status activate(struct hf_batch *batch, struct hf_device_row *device,
                               const struct hf_invitation_row *invitation)
{
    device->state = HF_DEVICE_ACTIVE;
    enum hf_status status = add_enrol_leaf(batch, device, invitation);
    const size_t count = hf_enrol_role_holds_cases(device->role) ? invitation->case_count : 0;
    for (size_t i = 0; status == HF_OK && i < count; i++) {
        bool holds = false;
        status = hf_batch_holds(batch, &device->person, &invitation->cases[i], &holds);
        if (status == HF_OK && !holds)
            status = hf_enrol_assign_in(batch, &invitation->cases[i], &device->person, true, hf_slice_str("allocated"));
    }
    return status;
}

static enum hf_status check_invitation(const struct hf_batch *batch, const struct hf_invitation_row *invitation,
                                       const uint8_t device[HF_SIGN_PUBLIC_BYTES], bool *out_again,
                                       struct hf_error *err)
{
    *out_again =
        invitation->state == HF_INVITATION_USED && memcmp(invitation->used_by, device, HF_SIGN_PUBLIC_BYTES) == 0;
    if (*out_again)
        return HF_OK;
    if (invitation->state == HF_INVITATION_USED)
        return hf_error_set(err, HF_ERR_USED,
                            "This invitation has been used by another device. Ask the office for a new one.");
    if (batch->now_ms > invitation->expiry_ms)
        return hf_error_set(err, HF_ERR_EXPIRED,
                            "This invitation has run out: it was good for 15 minutes. Ask the office for a new one.");
    return HF_OK;
}

static enum hf_status check_keys_new(struct hf_office *office, const struct hf_peer *peer,
                                     const uint8_t device[HF_SIGN_PUBLIC_BYTES], struct hf_error *err)
{
    struct hf_device_row other;
    enum hf_status by_device = office->store->ops->device(office->store, device, NULL, &other);
    enum hf_status by_channel = office->store->ops->device(office->store, NULL, peer->channel_key, &other);
    hf_wipe(&other, sizeof other);
    if (by_device == HF_ERR_NOT_FOUND && by_channel == HF_ERR_NOT_FOUND)
        return HF_OK;
    if (by_device != HF_OK && by_device != HF_ERR_NOT_FOUND)
        return by_device;
    if (by_channel != HF_OK && by_channel != HF_ERR_NOT_FOUND)
        return by_channel;
    return hf_error_set(err, HF_ERR_EXISTS, "This device is enrolled already.");
}

static void fill_device(const struct hf_batch *batch, const struct hf_peer *peer,
                        const struct hf_invitation_row *invitation, const uint8_t device[HF_SIGN_PUBLIC_BYTES],
                        struct hf_device_row *row)
{
    *row = (struct hf_device_row){.state = HF_DEVICE_PENDING,
                                  .person = invitation->person,
                                  .role = invitation->role,
                                  .invitation = invitation->id,
                                  .enrolled_ms = batch->now_ms,
                                  .last_seen_ms = batch->now_ms};
    memcpy(row->device, device, sizeof row->device);
    memcpy(row->channel_key, peer->channel_key, sizeof row->channel_key);
}

/* Also when it was another one as they were invited. */
enum hf_status hf_enrol_take_role(struct hf_office *office, struct hf_device_row *row)
{
    struct person_search search = {.person = &row->person};
    const enum hf_status status = hf_enrol_people(office, search_person, &search);
    if (status == HF_OK && search.found && search.known)
        row->role = search.role;
    return status;
}

/* The psk follows the handshake of the last asking, which is the one the device has stored. */
static void take_handshake(const struct hf_peer *peer, const struct hf_invitation_row *invitation,
                           struct hf_device_row *row)
{
    memcpy(row->handshake_hash, peer->handshake_hash, sizeof row->handshake_hash);
    hf_invitation_device_psk(invitation->token, peer->handshake_hash, row->psk);
}

static enum hf_status enrol_new(struct hf_batch *batch, const struct hf_peer *peer,
                                struct hf_invitation_row *invitation, const uint8_t device[HF_SIGN_PUBLIC_BYTES],
                                struct hf_device_row *row, struct hf_error *err)
{
    enum hf_status status = check_keys_new(batch->office, peer, device, err);
    if (status != HF_OK)
        return status;
    fill_device(batch, peer, invitation, device, row);
    take_handshake(peer, invitation, row);
    status = hf_enrol_take_role(batch->office, row);
    if (status == HF_OK && row->role != HF_ROLE_ADMIN)
        status = activate(batch, row, invitation);
    if (status == HF_OK)
        status = hf_batch_add_device(batch, row);
    invitation->state = HF_INVITATION_USED;
    memcpy(invitation->used_by, device, sizeof invitation->used_by);
    return status == HF_OK ? hf_batch_invitation(batch, invitation) : status;
}

static enum hf_status enrol_again(struct hf_batch *batch, const struct hf_peer *peer,
                                  const struct hf_invitation_row *invitation,
                                  const uint8_t device[HF_SIGN_PUBLIC_BYTES], struct hf_device_row *out,
                                  struct hf_error *err)
{
    struct hf_device_row *row = NULL;
    enum hf_status status = hf_batch_device(batch, device, &row);
    if (status != HF_OK)
        return status;
    if (memcmp(row->channel_key, peer->channel_key, sizeof row->channel_key) != 0 || row->state == HF_DEVICE_REVOKED)
        return hf_error_set(err, HF_ERR_USED, "This invitation has been used. Ask the office for a new one.");
    take_handshake(peer, invitation, row);
    *out = *row;
    return HF_OK;
}

enum hf_status hf_enrol_device(struct hf_office *office, const struct hf_peer *peer,
                               const uint8_t device[HF_SIGN_PUBLIC_BYTES], const uint8_t signature[HF_SIGN_BYTES],
                               struct hf_device_row *out_row, struct hf_error *err)
{
    struct hf_batch batch;
    struct hf_invitation_row invitation;
    struct hf_device_row row;
    bool again = false;
    if (!hf_invitation_signature_fits(device, peer->handshake_hash, signature))
        return hf_error_set(err, HF_ERR_AUTH, "The device could not prove its key. Try again.");
    enum hf_status status = office->store->ops->invitation(office->store, &peer->invitation, &invitation);
    if (status != HF_OK)
        return hf_error_set(err, HF_ERR_AUTH, "The office does not know this invitation. Ask for a new one.");
    hf_batch_begin(&batch, office);
    status = check_invitation(&batch, &invitation, device, &again, err);
    if (status == HF_OK && again)
        status = enrol_again(&batch, peer, &invitation, device, &row, err);
    else if (status == HF_OK)
        status = enrol_new(&batch, peer, &invitation, device, &row, err);
    if (status == HF_OK)
        status = hf_batch_commit(&batch);
    if (status == HF_OK)
        *out_row = row;
    hf_wipe(&row, sizeof row);
    hf_wipe(&invitation, sizeof invitation);
    hf_batch_clear(&batch);
    return status;
}

enum hf_status hf_enrol_confirm(struct hf_office *office, const uint8_t device[HF_SIGN_PUBLIC_BYTES],
                                struct hf_error *err)
{
    struct hf_batch batch;
    struct hf_device_row *row = NULL;
    struct hf_invitation_row invitation = {0};
    hf_batch_begin(&batch, office);
    enum hf_status status = hf_batch_device(&batch, device, &row);
    if (status == HF_ERR_NOT_FOUND)
        (void)hf_error_set(err, status, "There is no such device. `holdfastd device list` shows those there are.");
    if (status == HF_OK && row->state != HF_DEVICE_PENDING)
        status = hf_error_set(err, HF_ERR_STATE, "This device does not wait for a confirmation.");
    if (status == HF_OK)
        status = office->store->ops->invitation(office->store, &row->invitation, &invitation);
    if (status == HF_OK) {
        struct hf_device_row copy = *row; /* activate may add the server's own row and move this one */
        status = activate(&batch, &copy, &invitation);
        if (status == HF_OK)
            status = hf_batch_device(&batch, device, &row);
        if (status == HF_OK)
            row->state = HF_DEVICE_ACTIVE;
        hf_wipe(&copy, sizeof copy);
    }
    if (status == HF_OK)
        status = hf_batch_commit(&batch);
    if (status == HF_OK)
        office->standing++;
    hf_wipe(&invitation, sizeof invitation);
    hf_batch_clear(&batch);
    return status;
}

static enum hf_status add_revoke_leaf(struct hf_batch *batch, const uint8_t device[HF_SIGN_PUBLIC_BYTES],
                                      struct hf_slice reason_code)
{
    struct hf_revoke_body revoke = {.reason_code = reason_code};
    struct hf_buf body = {0};
    memcpy(revoke.device, device, sizeof revoke.device);
    hf_revoke_body_encode(&revoke, &body);
    enum hf_status status = hf_buf_status(&body);
    if (status == HF_OK)
        status = add_note(batch, HF_LEAF_REVOKE, hf_buf_slice(&body));
    hf_buf_clear(&body);
    return status;
}

/* A device that still waited for its confirmation is enrolled and revoked in one: it may hand in, and whoever signs in
 * this log was enrolled in it. */
static enum hf_status add_revocation(struct hf_batch *batch, struct hf_device_row *row, struct hf_slice reason_code)
{
    enum hf_status status = HF_OK;
    struct hf_device_row copy = *row; /* adding a leaf may move the row */
    if (row->state == HF_DEVICE_PENDING)
        status = add_enrol_leaf(batch, &copy, NULL);
    if (status == HF_OK)
        status = add_revoke_leaf(batch, copy.device, reason_code);
    if (status == HF_OK)
        status = hf_batch_device(batch, copy.device, &row);
    if (status == HF_OK) {
        row->state = HF_DEVICE_REVOKED;
        status = hf_epoch_turn_held_in(batch, &copy.person);
    }
    hf_wipe(&copy, sizeof copy);
    return status;
}

enum hf_status hf_enrol_restart_in(struct hf_batch *batch, const struct hf_device_row *device)
{
    enum hf_status status = add_enrol_leaf(batch, device, NULL);
    /* To be let in again is not to be trusted again. */
    return status == HF_OK && device->state == HF_DEVICE_REVOKED
               ? add_revoke_leaf(batch, device->device, hf_slice_str("other"))
               : status;
}

enum hf_status hf_enrol_revoke(struct hf_office *office, const uint8_t device[HF_SIGN_PUBLIC_BYTES],
                               struct hf_slice reason_code, struct hf_error *err)
{
    static const char *const codes[] = {"lost", "left", "replaced", "other", NULL};
    struct hf_batch batch;
    struct hf_device_row *row = NULL;
    if (!valid_reason(reason_code, codes))
        return hf_error_set(err, HF_ERR_INVALID, "The reason must be one of lost, left, replaced, other.");
    if (memcmp(device, hf_keystore_server(office->keystore)->device.public_key, HF_SIGN_PUBLIC_BYTES) == 0)
        return hf_error_set(err, HF_ERR_DENIED, "The server itself cannot be revoked.");
    /* What two officers confirmed, and a disk broke off, is logged while both still have their devices. */
    enum hf_status status = office->is_erasing ? hf_erase_settle(office, err) : HF_OK;
    if (status != HF_OK)
        return status;
    hf_batch_begin(&batch, office);
    status = hf_batch_device(&batch, device, &row);
    if (status == HF_ERR_NOT_FOUND)
        (void)hf_error_set(err, status, "There is no such device. `holdfastd device list` shows those there are.");
    if (status == HF_OK && row->state != HF_DEVICE_REVOKED) {
        status = add_revocation(&batch, row, reason_code);
        if (status == HF_OK)
            status = hf_batch_commit(&batch);
        if (status == HF_OK)
            office->standing++;
    }
    hf_batch_clear(&batch);
    return status;
}
