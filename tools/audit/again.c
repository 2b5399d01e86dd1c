/* Looking something up that was passed already. Nothing is kept of each entry, so it is read once more: this happens at
 * most once in a run, when the bundle is refused. */
#include "tools/audit/internal.h"

#include <string.h>

static bool is_it(struct hf_slice entry, const struct hf_leaf *wanted)
{
    struct hf_leaf leaf;
    return hf_leaf_decode(entry, &leaf) == HF_OK && leaf.seq == wanted->seq &&
           leaf.incarnation == wanted->incarnation && memcmp(leaf.device, wanted->device, sizeof leaf.device) == 0;
}

static bool look_in_tile(const struct hf_buf *bytes, uint64_t first, uint64_t end, const struct hf_leaf *wanted,
                         uint64_t *out_index, struct hf_hash *out_leaf_hash)
{
    struct hf_slice rest = hf_buf_slice(bytes);
    struct hf_slice entry;
    for (uint64_t index = first; index < end && hf_entry_next(&rest, &entry) == HF_OK; index++) {
        if (!is_it(entry, wanted))
            continue;
        *out_index = index;
        hf_tree_leaf_hash(entry, out_leaf_hash);
        return true;
    }
    return false;
}

bool hf_audit_find_again(struct hf_audit *audit, uint64_t end, const struct hf_leaf *leaf, uint64_t *out_index,
                         struct hf_hash *out_leaf_hash)
{
    char name[HF_TILE_PATH_BYTES_MAX];
    struct hf_buf bytes = {0};
    bool found = false;
    for (uint64_t number = 0; !found && number * HF_TILE_WIDTH < end; number++) {
        struct hf_tile_id id = {
            .entries = true, .index = number, .width = hf_tile_width_at(0, number, audit->checkpoint.size)};
        (void)hf_tile_path(&id, name);
        hf_buf_reset(&bytes);
        if (audit->reader.read(audit->reader.ctx, name, HF_ENTRY_BUNDLE_BYTES_MAX, &bytes) != HF_OK ||
            hf_buf_status(&bytes) != HF_OK)
            break;
        found = look_in_tile(&bytes, number * HF_TILE_WIDTH, end, leaf, out_index, out_leaf_hash);
    }
    hf_buf_clear(&bytes);
    return found;
}
