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
