/* A new shard, and the certificates of the part that was lost. */
#include "core/model/shard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct hf_shard shard_with(struct hf_slice lost)
{
    return (struct hf_shard){.number = 2,
                             .name = hf_slice_str("log.invented-council.example/3"),
                             .size = 40,
                             .note = hf_slice_str("an invented checkpoint"),
                             .reason = hf_slice_str("The disk failed (invented)."),
                             .lost = lost};
}

static void fill(struct hf_shard_lost_list *list)
{
    *list = (struct hf_shard_lost_list){.count = 2};
    for (size_t i = 0; i < list->count; i++) {
        struct hf_shard_lost *lost = &list->at[i];
        *lost = (struct hf_shard_lost){.serial = 3 + i, .at = 41 + 7 * i, .old_until_ms = i};
        memset(lost->device, (int)(10 * i + 1), sizeof lost->device);
        memset(lost->log, (int)(10 * i + 2), sizeof lost->log);
        memset(lost->channel, (int)(10 * i + 3), sizeof lost->channel);
        memset(lost->key_store, (int)(10 * i + 4), sizeof lost->key_store);
        memset(lost->authority_signature, (int)(10 * i + 5), sizeof lost->authority_signature);
    }
    list->at[1].shard = hf_slice_str("what a shard that was lost whole said");
}

static enum hf_status encode_and_decode(const struct hf_shard_lost_list *list, struct hf_buf *bytes,
                                        struct hf_shard_lost_list *out)
{
    hf_buf_reset(bytes);
    hf_shard_lost_encode(list, bytes);
    assert_int_equal(hf_buf_status(bytes), HF_OK);
    return hf_shard_lost_decode(hf_buf_slice(bytes), out);
}

static void a_shard__keeps_what_was_lost_and_reads_strictly(void **state)
{
    (void)state;
    struct hf_shard_lost_list list, again;
    struct hf_buf lost = {0}, bytes = {0};
    struct hf_shard shard;
    fill(&list);
    assert_int_equal(encode_and_decode(&list, &lost, &again), HF_OK);
    assert_int_equal(again.count, 2);
    assert_int_equal(again.at[1].serial, 4);
    assert_int_equal(again.at[1].at, 48);
    assert_memory_equal(again.at[1].log, list.at[1].log, sizeof list.at[1].log);
    assert_memory_equal(again.at[0].authority_signature, list.at[0].authority_signature, HF_SIGN_BYTES);
    assert_int_equal(again.at[0].shard.len, 0);
    assert_true(hf_slice_equal(again.at[1].shard, list.at[1].shard));
    const struct hf_shard with = shard_with(hf_buf_slice(&lost));
    hf_shard_encode(&with, &bytes);
    assert_int_equal(hf_shard_decode(hf_buf_slice(&bytes), &shard), HF_OK);
    assert_true(hf_slice_equal(shard.lost, hf_buf_slice(&lost)));
    for (size_t len = 0; len < bytes.len; len++) {
        uint8_t *cut = malloc(len + 1);
        assert_non_null(cut);
        memcpy(cut, bytes.data, len);
        assert_int_not_equal(hf_shard_decode(hf_slice_of(cut, len), &shard), HF_OK);
        free(cut);
    }
    hf_buf_reset(&bytes);
    const struct hf_shard without = shard_with(hf_slice_of(NULL, 0));
    hf_shard_encode(&without, &bytes);
    assert_int_equal(hf_shard_decode(hf_buf_slice(&bytes), &shard), HF_OK);
    assert_int_equal(shard.lost.len, 0);
    hf_buf_clear(&lost);
    hf_buf_clear(&bytes);
}

static void what_was_lost__stands_in_order_and_is_never_an_empty_list(void **state)
{
    (void)state;
    struct hf_shard_lost_list list, again;
    struct hf_buf bytes = {0};
    fill(&list);
    list.at[1].serial = list.at[0].serial;
    assert_int_not_equal(encode_and_decode(&list, &bytes, &again), HF_OK);
    fill(&list);
    list.at[1].at = list.at[0].at;
    assert_int_not_equal(encode_and_decode(&list, &bytes, &again), HF_OK);
    list.count = 0;
    assert_int_not_equal(encode_and_decode(&list, &bytes, &again), HF_OK);
    assert_int_equal(hf_shard_lost_decode(hf_slice_of(NULL, 0), &again), HF_OK);
    assert_int_equal(again.count, 0);
    hf_buf_clear(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_shard__keeps_what_was_lost_and_reads_strictly),
        cmocka_unit_test(what_was_lost__stands_in_order_and_is_never_an_empty_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
