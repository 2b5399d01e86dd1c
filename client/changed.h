/* Which records one answer of the office changed, each told once. Inside client/. */
#ifndef HF_CLIENT_CHANGED_H
#define HF_CLIENT_CHANGED_H

#include "core/replica/replica.h"
#include "protocol/limits.h"

/* Zero-initialised is empty. */
struct hf_changed {
    size_t count;
    struct {
        struct hf_id case_id, record;
    } at[HF_LIMIT_FEED_ITEMS];
};

/* An own change whose push was answered: how far it has come shows in lists, and a hold takes its effect away. */
void hf_changed_pushed(struct hf_changed *changed, const struct hf_item *item);
/* An entry that was taken in: a change of a record, or a decision over a held one. */
void hf_changed_fed(struct hf_changed *changed, struct hf_replica *replica, const struct hf_item *item);
/* All records of a case at once. */
void hf_changed_case(struct hf_changed *changed, const struct hf_id *case_id);
void hf_changed_tell(const struct hf_changed *changed,
                     void (*tell)(void *ctx, const struct hf_id *case_id, const struct hf_id *record), void *ctx);

#endif
