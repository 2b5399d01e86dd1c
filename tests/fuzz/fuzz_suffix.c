/* A commit read back from a mirror: the plain bytes behind the seal are anything. What is read lies within them, and
 * can be handed to a store, which takes all of it or nothing. The first byte says where a part of a well-formed commit
 * is changed, so that a change in its depth is reached too. */
#include "core/base/assert.h"
#include "core/pack/writer.h"
#include "server/store.h"
#include "server/suffix_form.h"

#include <string.h>

#define LOG_SIZE 0

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool inside(struct hf_slice part, const uint8_t *data, size_t size)
{
    return part.len == 0 || (part.data >= data && part.len <= size && (size_t)(part.data - data) <= size - part.len);
}

static void check(const struct hf_suffix_commit *commit, const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < commit->batch.entry_count; i++) {
        HF_ASSERT(inside(commit->batch.entries[i].leaf, data, size));
        HF_ASSERT(inside(commit->batch.entries[i].payload, data, size));
        HF_ASSERT(commit->batch.entries[i].index == LOG_SIZE + i);
    }
    for (size_t i = 0; i < commit->batch.invitation_count; i++)
        HF_ASSERT(commit->batch.invitations[i].case_count <= HF_INVITATION_CASES_MAX);
    HF_ASSERT(commit->batch.record_count == 0); /* there is no key to open a state with */
}

static void put_device(struct hf_buf *out, struct hf_slice bytes)
{
    static const uint8_t zeros[HF_SIGN_PUBLIC_BYTES];
    hf_pack_array(out, HF_SUFFIX_DEVICE_PARTS);
    hf_pack_bytes(out, hf_slice_of(bytes.len >= sizeof zeros ? bytes.data : zeros, sizeof zeros));
    for (int i = 1; i < HF_SUFFIX_DEVICE_PARTS; i++)
        hf_buf_append(out, bytes.len ? bytes.data + (size_t)i % bytes.len : zeros, 1);
}

/* The frame of a commit, with what is given in the place of one of its lists. */
static void put_frame(unsigned where, struct hf_slice bytes, struct hf_buf *out)
{
    const struct hf_id none = hf_id_zero();
    hf_pack_array(out, HF_SUFFIX_PARTS);
    hf_pack_uint(out, LOG_SIZE);
    hf_pack_uint(out, 1);
    for (unsigned list = 0; list < 6; list++) {
        if (list != where) {
            hf_pack_array(out, 0);
        } else if (list == 3 && bytes.len > 0 && bytes.data[0] & 1) {
            hf_pack_array(out, 1);
            put_device(out, bytes);
        } else {
            hf_buf_append_slice(out, bytes);
        }
    }
    hf_pack_id(out, &none);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hf_suffix_commit commit;
    struct hf_store *store = NULL;
    struct hf_buf bytes = {0};
    if (size == 0 || size > HF_SUFFIX_BYTES_MAX)
        return 0;
    if (data[0] < 6)
        put_frame(data[0], hf_slice_of(data + 1, size - 1), &bytes);
    else
        hf_buf_append(&bytes, data + 1, size - 1);
    if (hf_buf_status(&bytes) != HF_OK || hf_suffix_decode(NULL, LOG_SIZE, &bytes, &commit) != HF_OK) {
        hf_buf_clear(&bytes);
        return 0;
    }
    check(&commit, commit.bytes.data, commit.bytes.len);
    if (hf_store_memory_open(&store) == HF_OK && commit.batch.entry_count > 0) {
        const enum hf_status status = hf_store_commit(store, &commit.batch);
        struct hf_store_head head;
        hf_store_head(store, &head);
        HF_ASSERT(head.tree.size == (status == HF_OK ? commit.batch.entry_count : 0));
    }
    hf_store_close(store);
    hf_suffix_commit_clear(&commit);
    return 0;
}
