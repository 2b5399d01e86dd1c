#include "core/vault/rotate.h"

void hf_vault_rotation_reached(enum hf_vault_rotation step)
{
    (void)step;
}
