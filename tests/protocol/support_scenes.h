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
    SCENE_ASK,
};
extern const enum scene scene_of_type[HF_MSG_TYPE_COUNT];

/* Every type of this scene was disturbed in this program so far (support_pair.c). */
void assert_scene_was_played(enum scene scene);

#endif
