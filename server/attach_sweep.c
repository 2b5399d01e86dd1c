/* What lies in the folder of attachments, held against the log. A store that was put back from a backup and brought up
 * to date by its mirror has the records, but no rows for what was taken since: those are outside the log. Their files
 * are there, and what was signed says what must be in them. */
#include "server/attach.h"

#include "core/attach/chunks.h"
#include "server/attach_internal.h"

#include <string.h>

static void ignore_node(void *ctx, unsigned level, uint64_t index, const struct hf_hash *hash)
{
    (void)ctx;
    (void)level;
    (void)index;
    (void)hash;
}

/* The tree is worked out from the chunks: the nodes in a file that nobody vouches for prove nothing. */
static enum hf_status root_of(const struct hf_chunks *chunks, struct hf_hash *out)
{
    struct hf_tree tree = {.size = 0};
    struct hf_buf chunk = {0};
    struct hf_error err = {0};
    enum hf_status status = HF_OK;
    for (uint64_t i = 0; status == HF_OK && i < chunks->count; i++) {
        struct hf_hash hash;
        chunk.len = 0;
        status = hf_chunks_read(chunks, i, &chunk, &err);
        if (status != HF_OK)
            break;
        hf_tree_leaf_hash(hf_buf_slice(&chunk), &hash);
        hf_tree_append(&tree, &hash, ignore_node, NULL);
    }
    hf_buf_clear(&chunk);
    if (status == HF_OK)
        hf_tree_root(&tree, out);
    return status;
}

/* Whether the file has the whole of this content. */
static enum hf_status is_whole(const struct hf_office *office, const struct hf_id *id,
                               const struct hf_attach_content *content, bool *out)
{
    struct hf_chunks chunks = {.fd = -1};
    struct hf_error err = {0};
    struct hf_hash root;
    uint8_t kept[HF_HASH_BYTES];
    *out = false;
    enum hf_status status = hf_chunks_open(office->attach_folder, id, content->size, false, &chunks, &err);
    if (status == HF_OK) /* the last node: a file that is not whole has none, and is not read through */
        status = hf_chunks_root(&chunks, kept);
    if (status == HF_OK && memcmp(kept, content->root, sizeof kept) == 0)
        status = root_of(&chunks, &root);
    else if (status == HF_OK)
        status = HF_ERR_CORRUPT;
    *out = status == HF_OK && memcmp(root.bytes, content->root, sizeof root.bytes) == 0;
    hf_chunks_close(&chunks);
    return status == HF_ERR_CORRUPT || status == HF_ERR_NOT_FOUND ? HF_OK : status;
}

struct search {
    struct hf_office *office;
    struct hf_attach_kept found;
    bool is_found;
    bool is_known; /* the log has entries of such a record, perhaps erased ones */
    enum hf_status status;
};

/* The first content that any device signed for the record and that is in the file; an erased change has none. */
static bool search_entry(void *ctx, const struct hf_entry_row *row)
{
    struct search *search = ctx;
    struct hf_class_key key = {0};
    struct hf_buf body = {0};
    struct hf_leaf leaf;
    search->is_known = true;
    if (row->payload.len == 0 || hf_leaf_decode(row->leaf, &leaf) != HF_OK)
        return true;
    enum hf_status status = hf_keystore_get(search->office->keystore, &row->key_id, &key);
    if (status == HF_OK)
        status = hf_payload_open(&key, row->payload, &leaf, &body);
    if (status == HF_OK && hf_attach_content_in(hf_buf_slice(&body), row, &search->found.content))
        status = is_whole(search->office, &row->record_id, &search->found.content, &search->is_found);
    if (search->is_found) {
        search->found.record_id = row->record_id;
        search->found.case_id = row->case_id;
        search->found.have = hf_attach_chunk_count(search->found.content.size);
        memcpy(search->found.device, leaf.device, sizeof search->found.device);
    } else if (status != HF_OK && status != HF_ERR_NOT_FOUND) {
        search->status = status;
    }
    hf_wipe(&key, sizeof key);
    hf_buf_wipe(&body);
    return !search->is_found && search->status == HF_OK;
}

static enum hf_status search_log(struct hf_office *office, const struct hf_id *id, struct search *out)
{
    *out = (struct search){.office = office};
    enum hf_status status = office->store->ops->changes_of(office->store, id, search_entry, out);
    if (status == HF_OK)
        status = out->status;
    if (status == HF_OK && out->is_found)
        status = office->store->ops->attach_put(office->store, &out->found);
    return status == HF_ERR_NOT_FOUND ? HF_OK : status;
}

enum hf_status hf_attach_find_again(struct hf_office *office, const struct hf_id *id, struct hf_attach_kept *out,
                                    bool *out_found)
{
    struct search search;
    enum hf_status status = search_log(office, id, &search);
    *out_found = status == HF_OK && search.is_found;
    if (*out_found)
        *out = search.found;
    return status;
}

/* A file without a row: kept when it is what was signed. Also when the log does not know of it at all: no chunk is
 * taken before its record is there, so the log is older than the folder, and devices hand the record on (hand_on.h). */
static enum hf_status find_again(struct hf_office *office, const struct hf_id *id, bool *out_keep)
{
    struct search search;
    enum hf_status status = search_log(office, id, &search);
    *out_keep = status == HF_OK && (search.is_found || !search.is_known);
    return status;
}

/* The row may be older than the file. */
static enum hf_status keep_file(void *ctx, const struct hf_id *id, bool *out_keep)
{
    struct hf_office *office = ctx;
    struct hf_attach_kept row;
    bool whole = false;
    enum hf_status status = office->store->ops->attach(office->store, id, &row);
    if (status == HF_ERR_NOT_FOUND)
        return find_again(office, id, out_keep);
    const uint64_t all = status == HF_OK ? hf_attach_chunk_count(row.content.size) : 0;
    if (status == HF_OK && row.have < all)
        status = is_whole(office, id, &row.content, &whole);
    if (status == HF_OK && whole) {
        row.have = all;
        status = office->store->ops->attach_put(office->store, &row);
    }
    *out_keep = true;
    return status;
}

enum hf_status hf_attach_sweep(struct hf_office *office, struct hf_error *err)
{
    if (!office->attach_folder)
        return HF_OK;
    return hf_chunks_sweep(office->attach_folder, keep_file, office, err);
}
