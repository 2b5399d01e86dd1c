/* What the authority signs when the log begins anew, from anywhere: a shard that decodes encodes to the same bytes, and
 * so does the list of what was lost, also when it comes alone; shards inside it are decoded as who reads them does. */
#include "core/base/assert.h"
#include "core/model/shard.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void assert_again(struct hf_buf *again, struct hf_slice bytes)
{
    HF_ASSERT(hf_buf_status(again) == HF_OK);
    HF_ASSERT(hf_slice_equal(hf_buf_slice(again), bytes));
    hf_buf_clear(again);
}

static void lost_list(struct hf_slice bytes, unsigned depth)
{
    struct hf_shard_lost_list list;
    struct hf_shard shard;
    struct hf_buf again = {0};
    if (hf_shard_lost_decode(bytes, &list) != HF_OK)
        return;
    HF_ASSERT(list.count <= HF_SHARD_LOST_MAX);
    if (list.count > 0) {
        hf_shard_lost_encode(&list, &again);
        assert_again(&again, bytes);
    }
    for (size_t i = 0; i < list.count; i++) {
        HF_ASSERT(i == 0 || (list.at[i].serial > list.at[i - 1].serial && list.at[i].at > list.at[i - 1].at));
        if (depth < HF_SHARDS_MAX && hf_shard_decode(list.at[i].shard, &shard) == HF_OK)
            lost_list(shard.lost, depth + 1);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct hf_slice bytes = hf_slice_of(data, size);
    struct hf_shard shard;
    struct hf_buf again = {0};
    lost_list(bytes, 0);
    if (hf_shard_decode(bytes, &shard) != HF_OK)
        return 0;
    hf_shard_encode(&shard, &again);
    assert_again(&again, bytes);
    lost_list(shard.lost, 0);
    return 0;
}
