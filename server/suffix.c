/* Opening, and writing commits; reading them is in suffix_read.c. */
#include "server/suffix.h"

#include "core/pack/writer.h"
#include "server/suffix_form.h"

#include <stdio.h>
#include <string.h>

enum hf_status hf_suffix_open(const char *folder, const uint8_t key[HF_KEY_BYTES], struct hf_keystore *keystore,
                              struct hf_suffix *out)
{
    struct hf_suffix suffix = {.keystore = keystore};
    enum hf_status status = hf_web_open(folder, &suffix.web);
    if (status != HF_OK)
        return status;
    suffix.open = true;
    memcpy(suffix.key, key, sizeof suffix.key);
    *out = suffix;
    return HF_OK;
}

void hf_suffix_close(struct hf_suffix *suffix)
{
    if (suffix->open)
        hf_web_close(&suffix->web);
    if (suffix->aside_open)
        hf_web_close(&suffix->aside);
    hf_wipe(suffix, sizeof *suffix);
}

static uint64_t shard_of(const struct hf_suffix *suffix)
{
    return hf_keystore_server(suffix->keystore)->names.count - 1;
}

void hf_suffix_name(const struct hf_suffix *suffix, uint64_t size, char out[HF_WEB_PATH_BYTES])
{
    const unsigned long long shard = shard_of(suffix);
    if (shard > 0)
        (void)snprintf(out, HF_WEB_PATH_BYTES, "s%llu-%020llu.commit", shard, (unsigned long long)size);
    else
        (void)snprintf(out, HF_WEB_PATH_BYTES, "%020llu.commit", (unsigned long long)size);
}

void hf_suffix_aad(const struct hf_suffix *suffix, uint64_t size, uint8_t out[HF_SUFFIX_AAD_BYTES])
{
    memcpy(out, HF_SUFFIX_HEAD, sizeof HF_SUFFIX_HEAD - 1);
    hf_put_u64(out + sizeof HF_SUFFIX_HEAD - 1, size);
    hf_put_u64(out + sizeof HF_SUFFIX_HEAD - 1 + 8, shard_of(suffix));
}

/* --- the parts of a batch ---------------------------------------------------------------------------------------- */

static void put_fixed(struct hf_buf *out, const void *bytes, size_t len)
{
    hf_pack_bytes(out, hf_slice_of(bytes, len));
}

static void put_entries(const struct hf_store_batch *batch, struct hf_buf *out)
{
    hf_pack_array(out, (uint32_t)batch->entry_count);
    for (size_t i = 0; i < batch->entry_count; i++) {
        const struct hf_entry_row *row = &batch->entries[i];
        hf_pack_array(out, HF_SUFFIX_ENTRY_PARTS);
        hf_pack_id(out, &row->change_id);
        hf_pack_uint(out, row->kind);
        hf_pack_id(out, &row->case_id);
        hf_pack_id(out, &row->key_id);
        hf_pack_id(out, &row->record_id);
        hf_pack_uint(out, row->hold);
        hf_pack_bool(out, row->waiting);
        hf_pack_bytes(out, row->leaf);
        hf_pack_bytes(out, row->payload);
    }
}

/* Under the case's own key, so that it can be destroyed with it. Without a key the state is left out. */
static enum hf_status put_state(struct hf_keystore *keystore, const struct hf_record_write *record, struct hf_buf *out)
{
    struct hf_class_key key;
    uint8_t seal_key[HF_KEY_BYTES], nonce[HF_XNONCE_BYTES], tag[HF_TAG_BYTES];
    struct hf_buf sealed = {0};
    const struct hf_id none = hf_id_zero();
    enum hf_status status = hf_keystore_current(keystore, &record->case_id, &key);
    if (status == HF_ERR_NOT_FOUND) {
        hf_pack_id(out, &none);
        hf_pack_bytes(out, hf_slice_of(NULL, 0));
        return HF_OK;
    }
    if (status != HF_OK)
        return status;
    hf_derive(key.key, HF_SUFFIX_STATE_CONTEXT, seal_key);
    hf_random(nonce, sizeof nonce);
    hf_buf_append(&sealed, nonce, sizeof nonce);
    hf_buf_append_zeros(&sealed, record->packed.len);
    status = hf_buf_status(&sealed);
    if (status == HF_OK) {
        hf_seal(seal_key, nonce, hf_slice_of(record->record_id.bytes, HF_ID_BYTES), record->packed.data,
                record->packed.len, sealed.data + sizeof nonce, tag);
        hf_buf_append(&sealed, tag, sizeof tag);
        status = hf_buf_status(&sealed);
    }
    hf_pack_id(out, &key.key_id);
    hf_pack_bytes(out, hf_buf_slice(&sealed));
    hf_wipe(&key, sizeof key);
    hf_wipe(seal_key, sizeof seal_key);
    hf_buf_clear(&sealed);
    return status;
}

static enum hf_status put_records(struct hf_keystore *keystore, const struct hf_store_batch *batch, struct hf_buf *out)
{
    enum hf_status status = HF_OK;
    hf_pack_array(out, (uint32_t)batch->record_count);
    for (size_t i = 0; status == HF_OK && i < batch->record_count; i++) {
        const struct hf_record_write *record = &batch->records[i];
        hf_pack_array(out, HF_SUFFIX_RECORD_PARTS);
        hf_pack_id(out, &record->record_id);
        hf_pack_id(out, &record->case_id);
        hf_pack_uint(out, record->type);
        hf_pack_uint(out, record->conflict_count);
        status = put_state(keystore, record, out);
    }
    return status;
}

static void put_effects(const struct hf_store_batch *batch, struct hf_buf *out)
{
    hf_pack_array(out, (uint32_t)batch->effect_count);
    for (size_t i = 0; i < batch->effect_count; i++) {
        hf_pack_array(out, HF_SUFFIX_EFFECT_PARTS);
        hf_pack_id(out, &batch->effects[i].change_id);
        hf_pack_uint(out, batch->effects[i].hold);
        hf_pack_bool(out, batch->effects[i].waiting);
    }
}

static void put_devices(const struct hf_store_batch *batch, struct hf_buf *out)
{
    hf_pack_array(out, (uint32_t)batch->device_count);
    for (size_t i = 0; i < batch->device_count; i++) {
        const struct hf_device_row *row = &batch->devices[i];
        hf_pack_array(out, HF_SUFFIX_DEVICE_PARTS);
        put_fixed(out, row->device, sizeof row->device);
        put_fixed(out, row->channel_key, sizeof row->channel_key);
        put_fixed(out, row->psk, sizeof row->psk);
        hf_pack_uint(out, row->state);
        hf_pack_id(out, &row->person);
        hf_pack_uint(out, row->role);
        hf_pack_id(out, &row->invitation);
        put_fixed(out, row->handshake_hash, sizeof row->handshake_hash);
        hf_pack_uint(out, row->enrolled_ms);
        hf_pack_uint(out, row->last_seen_ms);
        hf_pack_uint(out, row->incarnation);
        hf_pack_uint(out, row->next_seq);
        put_fixed(out, row->head, sizeof row->head);
        hf_pack_uint(out, row->clock);
        put_fixed(out, row->left_head, sizeof row->left_head);
        hf_pack_uint(out, row->clock_office_ms);
        hf_pack_uint(out, row->clock_device_ms);
    }
}

static void put_assignments(const struct hf_store_batch *batch, struct hf_buf *out)
{
    hf_pack_array(out, (uint32_t)batch->assignment_count);
    for (size_t i = 0; i < batch->assignment_count; i++) {
        hf_pack_array(out, HF_SUFFIX_ASSIGNMENT_PARTS);
        hf_pack_id(out, &batch->assignments[i].case_id);
        hf_pack_id(out, &batch->assignments[i].person);
        hf_pack_bool(out, batch->assignments[i].held);
        hf_pack_uint(out, batch->assignments[i].index);
    }
}

static void put_invitations(const struct hf_store_batch *batch, struct hf_buf *out)
{
    hf_pack_array(out, (uint32_t)batch->invitation_count);
    for (size_t i = 0; i < batch->invitation_count; i++) {
        const struct hf_invitation_row *row = &batch->invitations[i];
        hf_pack_array(out, HF_SUFFIX_INVITATION_PARTS);
        hf_pack_id(out, &row->id);
        put_fixed(out, row->token, sizeof row->token);
        hf_pack_id(out, &row->person);
        hf_pack_uint(out, row->role);
        hf_pack_uint(out, row->expiry_ms);
        hf_pack_uint(out, row->state);
        put_fixed(out, row->used_by, sizeof row->used_by);
        put_fixed(out, row->cases, row->case_count * sizeof row->cases[0]);
        hf_pack_id(out, &row->made_by);
        put_fixed(out, row->made_from, sizeof row->made_from);
    }
}

static enum hf_status put_batch(struct hf_keystore *keystore, const struct hf_store_batch *batch, struct hf_buf *out)
{
    const struct hf_id none = hf_id_zero();
    hf_pack_array(out, HF_SUFFIX_PARTS);
    hf_pack_uint(out, batch->expected_size);
    hf_pack_uint(out, batch->now_ms);
    put_entries(batch, out);
    enum hf_status status = put_records(keystore, batch, out);
    put_effects(batch, out);
    put_devices(batch, out);
    put_assignments(batch, out);
    put_invitations(batch, out);
    hf_pack_id(out, batch->erased_case ? batch->erased_case : &none);
    return status == HF_OK ? hf_buf_status(out) : status;
}

/* --- the file ------------------------------------------------------------------------------------------------------
 */

static enum hf_status seal(const struct hf_suffix *suffix, uint64_t size, const struct hf_buf *plain,
                           struct hf_buf *out)
{
    uint8_t aad[HF_SUFFIX_AAD_BYTES], nonce[HF_XNONCE_BYTES], tag[HF_TAG_BYTES];
    hf_suffix_aad(suffix, size, aad);
    hf_random(nonce, sizeof nonce);
    hf_buf_append(out, HF_SUFFIX_HEAD, sizeof HF_SUFFIX_HEAD - 1);
    hf_buf_append(out, nonce, sizeof nonce);
    const size_t at = out->len;
    hf_buf_append_zeros(out, plain->len);
    if (hf_buf_status(out) != HF_OK)
        return hf_buf_status(out);
    hf_seal(suffix->key, nonce, hf_slice_of(aad, sizeof aad), plain->data, plain->len, out->data + at, tag);
    hf_buf_append(out, tag, sizeof tag);
    return hf_buf_status(out);
}

enum hf_status hf_suffix_write(void *ctx, const struct hf_store_batch *batch)
{
    struct hf_suffix *suffix = ctx;
    char name[HF_WEB_PATH_BYTES];
    struct hf_buf plain, file;
    if (batch->entry_count == 0)
        return HF_OK;
    hf_buf_init(&plain, HF_SUFFIX_BYTES_MAX);
    hf_buf_init(&file, HF_SUFFIX_BYTES_MAX);
    hf_suffix_name(suffix, batch->expected_size, name);
    enum hf_status status = put_batch(suffix->keystore, batch, &plain);
    if (status == HF_OK)
        status = seal(suffix, batch->expected_size, &plain, &file);
    if (status == HF_OK)
        status = hf_suffix_keep(suffix, name, hf_buf_slice(&file));
    hf_buf_wipe(&plain);
    hf_buf_clear(&file);
    return status;
}
