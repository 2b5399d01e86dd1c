/* Which test cuts, repeats, swaps and delays the messages of each type at every point. A type without a row makes
 * test_message_forms fail; a row whose program did not disturb the type makes that program fail. */
#ifndef HF_TESTS_PROTOCOL_SUPPORT_SCENES_H
#define HF_TESTS_PROTOCOL_SUPPORT_SCENES_H

#include "protocol/message.h"

enum scene {
    SCENE_NONE, /* no row */
    SCENE_PAIR,
    SCENE_ATTACH,
    SCENE_DRAFTS,
    SCENE_LIVE,
    SCENE_REST,
    /* Not at every message, in memory. */
    SCENE_ENROL,  /* tests/client/test_enrol.c: an_answer_that_was_cut_off__is_asked_for_again */
    SCENE_EXPORT, /* tests/client/test_audit_export.c, tests/e2e/test_cuts.c */
    SCENE_ADMIN,  /* a command, no part of a sync: tests/server/test_admin.c, tests/e2e/test_office_commands.sh */
};
extern const enum scene scene_of_type[HF_MSG_TYPE_COUNT];

/* Every type of this scene was disturbed in this program so far (support_pair.c). */
void assert_scene_was_played(enum scene scene);

#endif
