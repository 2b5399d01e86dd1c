/* One durable commit for several pushes (docs/decisions/0011). While somebody who answers many connections allows it,
 * what a push writes goes into an open transaction of the store and its answer is held back; hf_group_end makes all of
 * it durable, and only then the answers go out. A push is checked as ever before it writes anything, so a refused one
 * leaves nothing behind and the others stay. Whatever is asked that is not a push ends the group first: nobody reads,
 * signs or hears of what is not durable yet. Nothing waits for a group to fill. The office's thread. */
#ifndef HF_SERVER_GROUP_H
#define HF_SERVER_GROUP_H

#include "core/base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HF_GROUP_PUSHES_MAX  64
#define HF_GROUP_ENTRIES_MAX 512 /* what a transaction writes stays within the store's cache */

struct hf_office;
struct hf_group {
    bool allowed; /* set by who answers many and looks at hf_group_is_over after each message */
    bool open;
    bool failed; /* the last one; pushes are committed one by one until one of them got through */
    size_t pushes;
    uint64_t began_at; /* size of the log */
    enum hf_status status;
};

/* Before a push: true when it goes into a group, and its answer is to be held until the group has ended. */
bool hf_group_enter(struct hf_office *office);
/* No further push fits, or the group has ended: its answers are to be let go before another one begins. */
bool hf_group_is_over(const struct hf_office *office);
/* Ends what is open. HF_OK: all of it is durable. Otherwise nothing of the group was stored and all its pushes have
 * this answer; the caches of the office are read anew. */
void hf_group_end(struct hf_office *office);
/* hf_group_end, then what came of it; forgets it, so that another group may begin. HF_OK when there was none. */
HF_CHECKED enum hf_status hf_group_take(struct hf_office *office);

#endif
