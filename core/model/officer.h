/* The right of a records officer: a right of one person, beside their role. Officers ask for an erasure and confirm it,
 * place and lift legal holds, restrict the use of contested entries and release copies for the person that a case is
 * about. An administrator gives the right and takes it back (server/officers.h); the log says so in an "officer" note
 * (core/model/body_caseload.h), which stands open. Server, devices and verifier judge by these functions. Pure. */
#ifndef HF_CORE_MODEL_OFFICER_H
#define HF_CORE_MODEL_OFFICER_H

#include "core/model/body.h"

/* Roles whose people may have it: those that read every case. Not administrators: they give it. */
bool hf_officer_may_be(enum hf_role role);
/* Records of this type count only when an officer wrote them (HF_HOLD_OFFICER). */
bool hf_officer_writes(uint16_t type);

#endif
