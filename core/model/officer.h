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

/* How a device came to be let in, as its enrolment says. */
struct hf_let_in {
    bool known; /* the enrolment says who made the invitation */
    struct hf_id person;
    struct hf_id by; /* zero: the administrator at the office's own machine */
    uint64_t at_ms;
};
/* Two officers have to be two people, which no program can see. What it can see is how both came in: a reason to ask,
 * not a finding. */
#define HF_OFFICERS_NEAR_DAYS 7
enum hf_officers_doubt {
    HF_OFFICERS_NO_DOUBT,
    HF_OFFICERS_FIRST_LET_IN,  /* the first was let in by the second */
    HF_OFFICERS_SECOND_LET_IN, /* the second was let in by the first */
    HF_OFFICERS_ONE_HAND       /* both by one person, or both at the office's own machine, within so many days */
};
enum hf_officers_doubt hf_officers_doubt(const struct hf_let_in *first, const struct hf_let_in *second);
/* A sentence that begins "the first …" or "both …", without a full stop; "" for no doubt. Never NULL. */
const char *hf_officers_doubt_text(enum hf_officers_doubt doubt);

#endif
