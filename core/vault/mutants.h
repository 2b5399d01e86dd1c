/* Rules of the vault that a test may switch off, to show that the suite notices. Only a build with HF_VAULT_MUTANTS,
 * which tests/vault makes for itself, has the switches; anywhere else every rule is on and costs nothing. */
#ifndef HF_CORE_VAULT_MUTANTS_H
#define HF_CORE_VAULT_MUTANTS_H

enum hf_vault_rule {
    HF_VAULT_RULE_PEEK = 1 << 0,         /* 1: SQLite's peek at a torn page 1 is answered */
    HF_VAULT_RULE_TORN_TAIL = 1 << 1,    /* 2: a torn last frame reads as end of log */
    HF_VAULT_RULE_LATER = 1 << 2,        /* 2: two later commit frames prove damage */
    HF_VAULT_RULE_INHERITED = 1 << 3,    /* an earlier process's frames are synced before ours follow */
    HF_VAULT_RULE_AFTER_FAILURE = 1 << 4 /* after a failed write or sync the tail is cut off */
};

#ifdef HF_VAULT_MUTANTS
extern unsigned hf_vault_rules_off;
#define HF_VAULT_RULE_ON(rule) ((hf_vault_rules_off & (unsigned)(rule)) == 0)
#else
#define HF_VAULT_RULE_ON(rule) 1
#endif

#endif
