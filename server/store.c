#include "server/store.h"

#include "core/base/assert.h"

#include <stdlib.h>

struct nodes {
    struct hf_node_write *writes;
    size_t count;
    size_t cap;
};

/* n leaves complete fewer than 2n + levels nodes. */
static enum hf_status nodes_alloc(struct nodes *nodes, size_t entries)
{
    nodes->count = 0;
    nodes->cap = 2 * entries + HF_TREE_LEVELS_MAX;
    nodes->writes = calloc(nodes->cap, sizeof *nodes->writes);
    return nodes->writes ? HF_OK : HF_ERR_NOMEM;
}

static void nodes_add(void *ctx, unsigned level, uint64_t index, const struct hf_hash *hash)
{
    struct nodes *nodes = ctx;
    HF_ASSERT(nodes->count < nodes->cap);
    nodes->writes[nodes->count++] = (struct hf_node_write){.level = level, .index = index, .hash = *hash};
}

static bool batch_fits(const struct hf_store_batch *batch)
{
    for (size_t i = 0; i < batch->entry_count; i++) {
        const struct hf_entry_row *entry = &batch->entries[i];
        if (entry->index != batch->expected_size + i || entry->leaf.len != HF_LEAF_BYTES)
            return false;
    }
    bool writes_state = batch->record_count || batch->effect_count || batch->assignment_count || batch->erased_case;
    return batch->entry_count > 0 || !writes_state;
}

enum hf_status hf_store_commit(struct hf_store *store, const struct hf_store_batch *batch)
{
    if (store->is_grouped && store->group_status != HF_OK)
        return store->group_status;
    if (batch->expected_size != store->tree.size)
        return HF_ERR_CONFLICT;
    if (!batch_fits(batch))
        return HF_ERR_INVALID;
    struct nodes nodes;
    enum hf_status status = nodes_alloc(&nodes, batch->entry_count);
    if (status != HF_OK)
        return status;
    struct hf_tree tree = store->tree;
    for (size_t i = 0; i < batch->entry_count; i++) {
        struct hf_hash leaf_hash;
        hf_tree_leaf_hash(batch->entries[i].leaf, &leaf_hash);
        hf_tree_append(&tree, &leaf_hash, nodes_add, &nodes);
    }
    if (store->journal)
        status = store->journal(store->journal_ctx, batch);
    if (status == HF_OK)
        status = store->ops->commit(store, batch, nodes.writes, nodes.count);
    if (status == HF_OK)
        store->tree = tree;
    else if (store->is_grouped && store->group_status == HF_OK)
        store->group_status = status;
    free(nodes.writes);
    return status;
}

enum hf_status hf_store_group_begin(struct hf_store *store)
{
    HF_ASSERT(!store->is_grouped);
    if (!store->ops->group_begin)
        return HF_ERR_UNSUPPORTED;
    enum hf_status status = store->ops->group_begin(store);
    if (status != HF_OK)
        return status;
    store->is_grouped = true;
    store->group_status = HF_OK;
    store->group_tree = store->tree;
    return HF_OK;
}

enum hf_status hf_store_group_end(struct hf_store *store)
{
    HF_ASSERT(store->is_grouped);
    const enum hf_status before = store->group_status;
    enum hf_status status = store->ops->group_end(store, before == HF_OK);
    store->is_grouped = false;
    store->group_status = HF_OK;
    if (before != HF_OK)
        status = before;
    if (status != HF_OK)
        store->tree = store->group_tree;
    return status;
}

void hf_store_head(const struct hf_store *store, struct hf_store_head *out)
{
    out->tree = store->tree;
    out->published_size = store->published_size;
}

enum hf_status hf_store_publish(struct hf_store *store, uint64_t size, struct hf_slice note)
{
    HF_ASSERT(!store->is_grouped); /* what is signed is durable */
    if (size > store->tree.size || size < store->published_size)
        return HF_ERR_CONFLICT;
    enum hf_status status = store->ops->publish(store, size, note);
    if (status == HF_OK)
        store->published_size = size;
    return status;
}

enum hf_status hf_store_checkpoint(struct hf_store *store, struct hf_buf *out_note)
{
    return store->ops->checkpoint(store, out_note);
}

bool hf_store_node(void *store, unsigned level, uint64_t index, struct hf_hash *out)
{
    struct hf_store *self = store;
    return self->ops->node(self, level, index, out);
}

void hf_store_close(struct hf_store *store)
{
    if (!store)
        return;
    hf_store_text_list_free(store->texts);
    store->ops->close(store);
}

struct holders {
    const struct hf_id *case_id;
    bool (*each)(void *ctx, const struct hf_assignment_row *row);
    void *ctx;
};

static bool pass_holder(void *ctx, const struct hf_assignment_row *row)
{
    const struct holders *holders = ctx;
    return !row->held || !hf_id_equal(&row->case_id, holders->case_id) || holders->each(holders->ctx, row);
}

enum hf_status hf_store_holders(struct hf_store *store, const struct hf_id *case_id,
                                bool (*each)(void *ctx, const struct hf_assignment_row *row), void *ctx)
{
    struct holders holders = {.case_id = case_id, .each = each, .ctx = ctx};
    if (store->ops->holders)
        return store->ops->holders(store, case_id, each, ctx);
    return store->ops->assignments(store, NULL, pass_holder, &holders);
}
