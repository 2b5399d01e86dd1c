/* Deliberate faults, one line each in the rooms, that the simulator must catch (tools/simulator, docs/sim.md). They
 * exist only in a build with HF_MUTANTS, which is never installed; everywhere else HF_MUTANT is false. */
#ifndef HF_CORE_BASE_MUTANT_H
#define HF_CORE_BASE_MUTANT_H

#ifdef HF_MUTANTS

#define HF_MUTANT_LIST(MUTANT)                                                                                         \
    MUTANT(DROP_HEAD, "drop-head")                   /* merge: an edit takes out entries that it does not name */      \
    MUTANT(COMPARE_CLOCKS, "compare-clocks")         /* merge: an older clock gives way */                             \
    MUTANT(KEEP_NAMED, "keep-named")                 /* merge: a named entry stays in a text */                        \
    MUTANT(SET_REMOVES_UNSEEN, "set-removes-unseen") /* merge: removing from a set does not ask who added */           \
    MUTANT(CONFLICT_UNSEEN, "conflict-unseen")       /* merge: a clash of two is not one */                            \
    MUTANT(ANY_STEP, "any-step")                     /* merge: a status takes every step */                            \
    MUTANT(FINAL_EDITED, "final-edited")             /* merge: an edit takes out what is final */                      \
    MUTANT(SEEN_FORGOTTEN, "seen-forgotten")         /* merge: what a finaliser saw is a proposal */                   \
    MUTANT(DELETE_WINS, "delete-wins")               /* merge: what the deleter did not see is out of view too */      \
    MUTANT(FORGET_PARENT, "forget-parent")           /* replica: a save names no bases */                              \
    MUTANT(NAME_TOO_FEW, "name-too-few")             /* replica: a resolution names the first head only */             \
    MUTANT(SKIP_CURSOR, "skip-cursor")               /* replica: the cursor moves one entry too far */                 \
    MUTANT(FORGET_WAITING, "forget-waiting")         /* replica: what waited for a base is not looked at again */      \
    MUTANT(ANSWER_UNKEPT, "answer-unkept")           /* replica: a push's answer is not kept */                        \
    MUTANT(IGNORE_HOLD, "ignore-hold")               /* replica: what the office holds takes effect */                 \
    MUTANT(APPLY_BEFORE_BASE, "apply-before-base")   /* replica: a missing base does not make a change wait */         \
    MUTANT(RESTART_DROPS, "restart-drops")           /* replica: a new chain begins without what was not sent */       \
    MUTANT(DROP_CATCHUP, "drop-catchup")             /* replica: a newly assigned case is not fetched */               \
    MUTANT(PURGE_KEEPS_STATE, "purge-keeps-state")   /* replica: a purge leaves the records */                         \
    MUTANT(TAKEN_FROM_ALL, "taken-from-all")         /* replica: a case that is taken from a manager goes */           \
    MUTANT(DECIDER_OF_BEFORE, "decider-of-before")   /* replica: a clash goes to who may not record any more */        \
    MUTANT(ROLE_OF_ENROLMENT, "role-of-enrolment")   /* server: judges by the role that a device was enrolled with */  \
    MUTANT(ROLE_OF_THE_LINE, "role-of-the-line")     /* server: judges by the role that a connection began with */     \
    MUTANT(OFFICER_UNCHECKED, "officer-unchecked")   /* server: who has no such right restricts an entry */            \
    MUTANT(OFFICER_STAYS, "officer-stays")           /* server: the right stays when the role goes */                  \
    MUTANT(RIGHT_REMEMBERED, "right-remembered")     /* server: who asked for an erasure lost the right since */       \
    MUTANT(ROLE_UNFOLLOWED, "role-unfollowed")       /* replica: another role reads what the one before it read */     \
    MUTANT(DEVICE_SPEAKS, "device-speaks")           /* replica: a device's word counts as the server's */             \
    MUTANT(KEPT_UNWRITTEN, "kept-unwritten")         /* replica: a delivery writes no record that it changed */        \
    MUTANT(SNAPSHOT_SHORT, "snapshot-short")         /* server: a snapshot leaves a record out */                      \
    MUTANT(SNAPSHOT_PROVED, "snapshot-proved")       /* replica: what came as a snapshot counts as verified */         \
    MUTANT(RIGHTS_UNCHECKED, "rights-unchecked")     /* server: every worker may write to every case */                \
    MUTANT(READS_ALL, "reads-all")                   /* server: every worker reads every case */                       \
    MUTANT(REVOKED_COUNTS, "revoked-counts")         /* server: what a revoked device hands in takes effect */         \
    MUTANT(FORK_ACCEPTED, "fork-accepted")           /* server: a broken chain is taken */                             \
    MUTANT(LOG_TWICE, "log-twice")                   /* server: a repeated push is logged again */                     \
    MUTANT(WRONG_INDEX, "wrong-index")               /* server: the answer to a push names the next entry */           \
    MUTANT(STATE_UNSTORED, "state-unstored")         /* server: one changed state of a batch is not stored */          \
    MUTANT(GUARD_BLIND, "guard-blind")               /* server: signs although the guard is ahead of the log */        \
    MUTANT(FEED_SKIPS, "feed-skips")                 /* server: the feed leaves out an entry now and then */           \
    MUTANT(BASE_HOLD_FORGOTTEN, "base-hold-forgotten") /* server: a held base holds nothing */                         \
    MUTANT(WORDS_UNCHECKED, "words-unchecked")         /* server: a person's words may be written anew */              \
    MUTANT(ANSWER_UNBOUND, "answer-unbound")           /* server: what is not final is amended */                      \
    MUTANT(LEGAL_HOLD_IGNORED, "legal-hold-ignored")   /* server: erases in spite of a legal hold */                   \
    MUTANT(ERASURE_UNHEARD, "erasure-unheard")         /* replica: a case that was erased stays */                     \
    MUTANT(TREE_FORGETS, "tree-forgets")               /* log: a node does not depend on its left child */             \
    /* found by the simulator, mended, and kept here so that they stay found */                                        \
    MUTANT(OPENED_HERE_STAYS, "opened-here-stays") /* replica: a case opened here, taken away and given back */        \
    MUTANT(ERASURE_HALF_DONE, "erasure-half-done") /* server: a disk that fails in an erasure leaves it there */       \
    MUTANT(HAND_IN_SHORT, "hand-in-short")         /* client: who is out sends what only a key can rebuild */

#define HF_MUTANT_ENUM(mutant, what) HF_MUTANT_##mutant,
enum hf_mutant { HF_MUTANT_NONE, HF_MUTANT_LIST(HF_MUTANT_ENUM) HF_MUTANT_COUNT };
extern enum hf_mutant hf_mutant_now; /* of the simulator */
#define HF_MUTANT(mutant) (hf_mutant_now == HF_MUTANT_##mutant)

#else
#include <stdbool.h>
#define HF_MUTANT(mutant) false
#endif

#endif
