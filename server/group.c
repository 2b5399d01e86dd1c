#include "server/group.h"

#include "server/alerts.h"
#include "server/office.h"
#include "server/policies.h"
#include "server/snapshot.h"
#include "server/urgent.h"

bool hf_group_enter(struct hf_office *office)
{
    struct hf_group *group = &office->group;
    if (!group->allowed || office->is_erasing || group->failed)
        return false;
    if (!group->open) {
        struct hf_store_head head;
        if (group->pushes > 0 || hf_store_group_begin(office->store) != HF_OK)
            return false;
        hf_store_head(office->store, &head);
        group->began_at = head.tree.size;
        group->open = true;
        group->status = HF_OK;
    }
    group->pushes++;
    return true;
}

bool hf_group_is_over(const struct hf_office *office)
{
    const struct hf_group *group = &office->group;
    struct hf_store_head head;
    hf_store_head(office->store, &head);
    return group->pushes > 0 &&
           (!group->open || office->store->group_status != HF_OK || group->pushes >= HF_GROUP_PUSHES_MAX ||
            head.tree.size - group->began_at >= HF_GROUP_ENTRIES_MAX);
}

/* What was learnt from pushes that are not in the log after all. */
static void forget(struct hf_office *office)
{
    hf_alerts_forget(office);
    hf_urgent_forget(office);
    hf_policies_forget(office);
    hf_snapshot_forget(office);
}

void hf_group_end(struct hf_office *office)
{
    struct hf_group *group = &office->group;
    if (!group->open)
        return;
    group->open = false;
    group->status = hf_store_group_end(office->store);
    group->failed = group->status != HF_OK;
    if (group->failed)
        forget(office);
}

enum hf_status hf_group_take(struct hf_office *office)
{
    hf_group_end(office);
    const enum hf_status status = office->group.status;
    office->group.status = HF_OK;
    office->group.pushes = 0;
    return status;
}
