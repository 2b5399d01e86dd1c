#include "core/model/officer.h"

#include "core/model/table.h"

bool hf_officer_may_be(enum hf_role role)
{
    return role == HF_ROLE_OFFICE || role == HF_ROLE_MANAGER;
}

bool hf_officer_writes(uint16_t type)
{
    return type == HF_RECORD_RESTRICTION || type == HF_RECORD_COPY_CLOSED;
}

#define NEAR_MS (HF_OFFICERS_NEAR_DAYS * 86400000ull)

enum hf_officers_doubt hf_officers_doubt(const struct hf_let_in *first, const struct hf_let_in *second)
{
    if (first->known && hf_id_equal(&first->by, &second->person))
        return HF_OFFICERS_FIRST_LET_IN;
    if (second->known && hf_id_equal(&second->by, &first->person))
        return HF_OFFICERS_SECOND_LET_IN;
    if (!first->known || !second->known || !hf_id_equal(&first->by, &second->by))
        return HF_OFFICERS_NO_DOUBT;
    const uint64_t apart_ms =
        first->at_ms > second->at_ms ? first->at_ms - second->at_ms : second->at_ms - first->at_ms;
    return apart_ms <= NEAR_MS ? HF_OFFICERS_ONE_HAND : HF_OFFICERS_NO_DOUBT;
}

const char *hf_officers_doubt_text(enum hf_officers_doubt doubt)
{
    static const char *const texts[] = {"", "the first officer was let in by the second",
                                        "the second officer was let in by the first",
                                        ("both officers were let in by the same person, or both at the office's own "
                                         "machine, within 7 days")};
    return texts[(unsigned)doubt <= HF_OFFICERS_ONE_HAND ? doubt : 0];
}
