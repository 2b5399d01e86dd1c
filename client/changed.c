#include "client/changed.h"

/* Neighbours in a delivery are often about the same record; the rest is found by looking. */
static void add(struct hf_changed *changed, const struct hf_id *case_id, const struct hf_id *record)
{
    for (size_t i = changed->count; i > 0; i--) {
        if (hf_id_equal(&changed->at[i - 1].record, record))
            return;
    }
    if (changed->count < HF_LIMIT_FEED_ITEMS) {
        changed->at[changed->count].case_id = *case_id;
        changed->at[changed->count].record = *record;
        changed->count++;
    }
}

void hf_changed_pushed(struct hf_changed *changed, const struct hf_item *item)
{
    struct hf_data_body body;
    struct hf_leaf leaf;
    if (hf_leaf_decode(item->leaf, &leaf) == HF_OK && leaf.kind == HF_LEAF_DATA &&
        hf_data_body_decode(item->body, &body, NULL) == HF_OK)
        add(changed, &body.case_id, &body.record_id);
}

void hf_changed_case(struct hf_changed *changed, const struct hf_id *case_id)
{
    add(changed, case_id, case_id);
}

static bool add_released(void *ctx, const struct hf_change_row *row)
{
    hf_changed_pushed(ctx, &row->item);
    return false;
}

void hf_changed_fed(struct hf_changed *changed, struct hf_replica *replica, const struct hf_item *item)
{
    struct hf_note_body note;
    struct hf_leaf leaf;
    if (hf_leaf_decode(item->leaf, &leaf) != HF_OK)
        return;
    if (leaf.kind == HF_LEAF_DATA)
        hf_changed_pushed(changed, item);
    else if (leaf.kind == HF_LEAF_NOTE && hf_note_body_decode(item->body, &note) == HF_OK &&
             note.what == HF_NOTE_RELEASE)
        (void)!hf_replica_change(replica, &note.change_id, add_released, changed);
}

void hf_changed_tell(const struct hf_changed *changed,
                     void (*tell)(void *ctx, const struct hf_id *case_id, const struct hf_id *record), void *ctx)
{
    for (size_t i = 0; i < changed->count; i++)
        tell(ctx, &changed->at[i].case_id, &changed->at[i].record);
}
