#include "core/replica/replica_internal.h"

#include "core/pack/writer.h"

#include <string.h>

static struct hf_id new_id(uint64_t now_ms)
{
    uint8_t random[HF_ID_RANDOM_BYTES];
    hf_random(random, sizeof random);
    return hf_id_v7(now_ms, random);
}

static void new_key(uint64_t now_ms, struct hf_class_key *out)
{
    *out = (struct hf_class_key){.case_id = new_id(now_ms), .epoch = 0};
    hf_random(out->key_id.bytes, sizeof out->key_id.bytes);
    hf_random(out->key, sizeof out->key);
}

/* The kind 1 body: the class key, sealed so that the office can open it. */
static enum hf_status case_body(const struct hf_replica *replica, const struct hf_class_key *key, struct hf_buf *out,
                                struct hf_error *err)
{
    struct hf_case_body body = {
        .case_id = key->case_id, .key_id = key->key_id, .epoch = key->epoch, .retention_class = hf_slice_str("child")};
    if (!hf_box_seal(replica->identity->key_store_key, key->key, sizeof key->key, body.sealed_key))
        return hf_error_set(err, HF_ERR_STATE,
                            "This device does not know the office's key yet. Sync once, then open the case.");
    hf_case_body_encode(&body, out);
    return hf_buf_status(out);
}

static enum hf_status record_body(const struct hf_class_key *key, struct hf_slice reference, struct hf_buf *out,
                                  struct hf_error *err)
{
    struct hf_buf value = {0};
    hf_pack_text(&value, reference);
    const struct hf_edit_input edit = {.field = HF_FIELD_CASE_REFERENCE, .value = hf_buf_slice(&value)};
    const struct hf_data_body_input input = {
        .case_id = key->case_id, .record_id = key->case_id, .type = HF_RECORD_CASE, .edits = &edit, .edit_count = 1};
    enum hf_status status = hf_buf_status(&value);
    if (status == HF_OK)
        status = hf_data_body_encode(&input, out, err);
    hf_buf_wipe(&value);
    return status;
}

static enum hf_status note_opened_here(struct hf_replica *replica, const struct hf_id *case_id, struct hf_error *err)
{
    struct hf_rows rows;
    hf_rows_begin(&rows, replica, HF_STATEMENT_CASE_OPENED);
    hf_rows_bind_id(&rows, case_id);
    return hf_rows_run(&rows, err);
}

static enum hf_status write_both(struct hf_replica *replica, const struct hf_class_key *key, const struct hf_buf *first,
                                 const struct hf_buf *second, uint64_t now_ms, struct hf_error *err)
{
    struct hf_chain chain;
    struct hf_id ignored;
    enum hf_status status = hf_replica_key_store(replica, key, err);
    if (status == HF_OK)
        status = note_opened_here(replica, &key->case_id, err);
    if (status == HF_OK)
        status = hf_replica_chain_load(replica, &chain, err);
    if (status == HF_OK)
        status = hf_replica_chain_write(replica, &chain, HF_LEAF_CASE, key, hf_buf_slice(first), now_ms, &ignored, err);
    if (status == HF_OK)
        status =
            hf_replica_chain_write(replica, &chain, HF_LEAF_DATA, key, hf_buf_slice(second), now_ms, &ignored, err);
    if (status == HF_OK)
        status = hf_replica_chain_store(replica, &chain, err);
    return status;
}

enum hf_status hf_replica_case_new(struct hf_replica *replica, struct hf_slice reference, uint64_t now_ms,
                                   struct hf_id *out_case_id, struct hf_error *err)
{
    struct hf_class_key key;
    struct hf_buf first = {0};
    struct hf_buf second = {0};
    enum hf_status status = hf_replica_may_save(replica, err);
    if (status != HF_OK)
        return status;
    if (hf_replica_scope_of(replica->identity->role) == HF_SCOPE_NONE)
        return hf_error_set(err, HF_ERR_DENIED,
                            "Your role does not work with cases, so it opens none. Ask somebody who does, or an "
                            "administrator for another role.");
    new_key(now_ms, &key);
    status = case_body(replica, &key, &first, err);
    if (status == HF_OK)
        status = record_body(&key, reference, &second, err);
    if (status == HF_OK)
        status = hf_rows_transaction(replica, err);
    if (status == HF_OK)
        status = hf_rows_finish(replica, write_both(replica, &key, &first, &second, now_ms, err), err);
    if (status == HF_OK)
        *out_case_id = key.case_id;
    hf_wipe(&key, sizeof key);
    hf_buf_wipe(&first);
    hf_buf_wipe(&second);
    return status;
}
