#include "server/epoch.h"

#include <string.h>

enum hf_status hf_epoch_say_in(struct hf_batch *batch, const struct hf_class_key *key, const char *retention_class)
{
    const struct hf_server_keys *keys = hf_keystore_server(batch->office->keystore);
    struct hf_case_body body = {.case_id = key->case_id,
                                .key_id = key->key_id,
                                .epoch = key->epoch,
                                .retention_class = hf_slice_str(retention_class)};
    struct hf_buf bytes = {0};
    if (!hf_box_seal(keys->key_store.public_key, key->key, sizeof key->key, body.sealed_key))
        return HF_ERR_STATE;
    hf_case_body_encode(&body, &bytes);
    enum hf_status status = hf_buf_status(&bytes);
    if (status == HF_OK)
        status = hf_batch_server_leaf(batch, HF_LEAF_CASE, key, hf_buf_slice(&bytes));
    hf_buf_clear(&bytes);
    return status;
}

enum hf_status hf_epoch_turn_in(struct hf_batch *batch, const struct hf_id *case_id)
{
    struct hf_keystore *keystore = batch->office->keystore;
    struct hf_class_key key = {0};
    uint8_t id[HF_ID_BYTES];
    enum hf_status status = hf_keystore_current(keystore, case_id, &key);
    if (status == HF_ERR_NOT_FOUND)
        return HF_OK;
    if (status == HF_OK && key.epoch == UINT32_MAX)
        status = HF_ERR_LIMIT;
    if (status == HF_OK) {
        hf_random(id, sizeof id);
        key.key_id = hf_id_from_bytes(id);
        key.epoch++;
        hf_random(key.key, sizeof key.key);
        status = hf_keystore_put(keystore, &key);
    }
    /* Should the commit not come to be, the key is in use all the same: devices get it with what is sealed under it. */
    if (status == HF_OK)
        status = hf_epoch_say_in(batch, &key, "child");
    hf_wipe(&key, sizeof key);
    return status;
}

struct held_cases {
    struct hf_id cases[HF_EPOCH_CASES_MAX];
    size_t count;
};

static bool gather(void *ctx, const struct hf_assignment_row *row)
{
    struct held_cases *held = ctx;
    if (row->held)
        held->cases[held->count++] = row->case_id;
    return held->count < HF_EPOCH_CASES_MAX;
}

enum hf_status hf_epoch_turn_held_in(struct hf_batch *batch, const struct hf_id *person)
{
    struct held_cases held = {.count = 0};
    struct hf_store *store = batch->office->store;
    enum hf_status status = store->ops->assignments(store, person, gather, &held);
    for (size_t i = 0; status == HF_OK && i < held.count; i++)
        status = hf_epoch_turn_in(batch, &held.cases[i]);
    return status;
}
