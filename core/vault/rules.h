/* The rules of docs/vault.md that a power failure or a failing disk puts to the test. All are always on: there is no
 * switch. The function exists so that one test can be linked with another one and show that, with any rule off, the
 * suite goes red. */
#ifndef HF_CORE_VAULT_RULES_H
#define HF_CORE_VAULT_RULES_H

#include <stdbool.h>

enum hf_vault_rule {
    HF_VAULT_RULE_PEEK,          /* 1: SQLite's peek at a torn page 1 is answered */
    HF_VAULT_RULE_TORN_TAIL,     /* 2: a torn last frame reads as end of log */
    HF_VAULT_RULE_LATER,         /* 2: two later commit frames prove damage */
    HF_VAULT_RULE_INHERITED,     /* an earlier process's frames are synced before anyone reads them */
    HF_VAULT_RULE_AFTER_FAILURE, /* after a failure or a crash the tail is cut off */
    HF_VAULT_RULE_LOST,          /* nothing is appended behind a frame that could not be written after all */
    HF_VAULT_RULE_MEND           /* frames that SQLite forgets to give a checksum get one */
};

/* True. */
bool hf_vault_rule_is_on(enum hf_vault_rule rule);

#endif
