#include "core/vault/rules.h"

bool hf_vault_rule_is_on(enum hf_vault_rule rule)
{
    (void)rule;
    return true;
}
