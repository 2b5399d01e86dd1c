/* People and devices: invitations, enrolment, confirmation, revocation, assignments. Each is a server leaf. */
#ifndef HF_SERVER_ENROL_H
#define HF_SERVER_ENROL_H

#include "protocol/invitation.h"
#include "server/batch.h"

struct hf_invite {
    struct hf_slice
        person_name; /* 1..200 bytes of UTF-8; somebody of this name and role is taken to be the same person */
    enum hf_role role;
    const struct hf_id *cases; /* assigned when the device enrols */
    size_t case_count;
    struct hf_slice address; /* tcp://host:port, as devices reach the server */
};
/* Makes the person's staff record when it is new, keeps the invitation, appends its line to out_line. HF_ERR_INVALID,
 * HF_ERR_LIMIT, HF_ERR_NOT_FOUND (a case that the office does not know), with text. */
HF_CHECKED enum hf_status hf_enrol_invite(struct hf_office *office, const struct hf_invite *invite,
                                          struct hf_id *out_person, uint64_t *out_expiry_ms, struct hf_buf *out_line,
                                          struct hf_error *err);

/* Answers ENROL of a peer that came with an invitation. Asking again with the same keys is safe. HF_ERR_USED,
 * HF_ERR_EXPIRED, HF_ERR_AUTH, HF_ERR_EXISTS with text. out_row is the device as stored (state pending or active): its
 * role is the one that the person has now, whatever the invitation said. */
HF_CHECKED enum hf_status hf_enrol_device(struct hf_office *office, const struct hf_peer *peer,
                                          const uint8_t device[HF_SIGN_PUBLIC_BYTES],
                                          const uint8_t signature[HF_SIGN_BYTES], struct hf_device_row *out_row,
                                          struct hf_error *err);

/* Every device of a person has the role that the person has: of the staff record into the row; one whose person is not
 * there keeps its own. */
HF_CHECKED enum hf_status hf_enrol_take_role(struct hf_office *office, struct hf_device_row *row);

/* An administrator's decision over a pending device. HF_ERR_NOT_FOUND, HF_ERR_STATE. */
HF_CHECKED enum hf_status hf_enrol_confirm(struct hf_office *office, const uint8_t device[HF_SIGN_PUBLIC_BYTES],
                                           struct hf_error *err);
/* The enrol leaf of a chain that begins anew, with the incarnation of this row; a revoked device stays revoked. */
HF_CHECKED enum hf_status hf_enrol_restart_in(struct hf_batch *batch, const struct hf_device_row *device);
/* reason_code: lost, left, replaced, other. From then on the device may only hand in. Revoking again is fine. */
HF_CHECKED enum hf_status hf_enrol_revoke(struct hf_office *office, const uint8_t device[HF_SIGN_PUBLIC_BYTES],
                                          struct hf_slice reason_code, struct hf_error *err);
/* True for roles that record, and so may hold cases and write to them. */
bool hf_enrol_role_holds_cases(enum hf_role role);
/* Gives a case to a person or takes it away. HF_ERR_NOT_FOUND: no such case or person; HF_ERR_INVALID: a person whose
 * role holds no cases, or an unknown reason. Nothing to change is fine. */
HF_CHECKED enum hf_status hf_enrol_assign(struct hf_office *office, const struct hf_id *case_id,
                                          const struct hf_id *person, bool held, struct hf_slice reason_code,
                                          struct hf_error *err);
/* The same inside a batch, without checks: leaf and row; the case's key turns when it is taken away (epoch.h). */
HF_CHECKED enum hf_status hf_enrol_assign_in(struct hf_batch *batch, const struct hf_id *case_id,
                                             const struct hf_id *person, bool held, struct hf_slice reason_code);

/* A new staff record inside a batch; name and role were checked. */
HF_CHECKED enum hf_status hf_enrol_add_person_in(struct hf_batch *batch, struct hf_slice name, enum hf_role role,
                                                 struct hf_id *out_person, struct hf_error *err);

/* People from the staff records, in order of id. */
struct hf_person_row {
    struct hf_id person;
    struct hf_slice name; /* borrowed */
    struct hf_slice role; /* name of the role */
    bool officer;         /* has the right of a records officer */
};
HF_CHECKED enum hf_status hf_enrol_people(struct hf_office *office,
                                          bool (*each)(void *ctx, const struct hf_person_row *row), void *ctx);
/* By exact name, or by id in text form. HF_ERR_NOT_FOUND; HF_ERR_CONFLICT: several people of that name, use the id. */
HF_CHECKED enum hf_status hf_enrol_find_person(struct hf_office *office, struct hf_slice name_or_id,
                                               struct hf_id *out_person, struct hf_error *err);
/* Name of a person, appended; nothing when unknown. */
void hf_enrol_person_name(struct hf_office *office, const struct hf_id *person, struct hf_buf *out);

#endif
