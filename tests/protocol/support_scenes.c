#include "tests/protocol/support_scenes.h"

#include "tests/protocol/support_pair.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

const enum scene scene_of_type[HF_MSG_TYPE_COUNT] = {
    [HF_MSG_HELLO] = SCENE_PAIR,        [HF_MSG_WELCOME] = SCENE_PAIR,      [HF_MSG_PUSH] = SCENE_PAIR,
    [HF_MSG_PUSHED] = SCENE_PAIR,       [HF_MSG_PULL] = SCENE_PAIR,         [HF_MSG_FEED] = SCENE_PAIR,
    [HF_MSG_HEAD] = SCENE_PAIR,         [HF_MSG_HEAD_IS] = SCENE_PAIR,      [HF_MSG_SNAPSHOT] = SCENE_PAIR,
    [HF_MSG_SNAPSHOT_IS] = SCENE_PAIR,  [HF_MSG_NEWS] = SCENE_PAIR,         [HF_MSG_LIVE] = SCENE_LIVE,
    [HF_MSG_ATTACH_PUT] = SCENE_ATTACH, [HF_MSG_ATTACH_HAS] = SCENE_ATTACH, [HF_MSG_ATTACH_GET] = SCENE_ATTACH,
    [HF_MSG_ATTACH_IS] = SCENE_ATTACH,  [HF_MSG_DRAFTS] = SCENE_DRAFTS,     [HF_MSG_DRAFTS_ARE] = SCENE_DRAFTS,
    [HF_MSG_ENROL] = SCENE_ASK,         [HF_MSG_ENROLLED] = SCENE_ASK,      [HF_MSG_ENTRIES] = SCENE_ASK,
    [HF_MSG_ENTRIES_ARE] = SCENE_ASK,   [HF_MSG_WITNESSED] = SCENE_ASK,     [HF_MSG_WITNESSED_IS] = SCENE_ASK,
    [HF_MSG_ADMIN] = SCENE_ASK,         [HF_MSG_ADMIN_DONE] = SCENE_ASK,    [HF_MSG_PURGED] = SCENE_REST,
    [HF_MSG_PURGE_NOTED] = SCENE_REST,  [HF_MSG_RESTART] = SCENE_REST,      [HF_MSG_RESTARTED] = SCENE_REST,
    [HF_MSG_HAND_ON] = SCENE_REST,      [HF_MSG_HANDED_ON] = SCENE_REST,    [HF_MSG_PING] = SCENE_REST,
    [HF_MSG_PONG] = SCENE_REST,         [HF_MSG_ERROR] = SCENE_REST,
};

void assert_scene_was_played(enum scene scene)
{
    for (unsigned type = 1; type < HF_MSG_TYPE_COUNT; type++)
        if (scene_of_type[type] == scene && !pair_was_disturbed((enum hf_message_type)type))
            fail_msg("no message of type %u was cut, repeated, swapped or delayed here", type);
}
