#include "core/replica/draft_sync.h"
#include "core/replica/indexed.h"

#include "core/replica/drafts_internal.h"

#include <stdlib.h>
#include <string.h>

#define SEAL_CONTEXT "holdfast draft seal v1"
#define PAD_BYTES    64
#define ENDED_MAX    64
#define AAD_BYTES    (4 + 2 * HF_ID_BYTES + HF_SIGN_PUBLIC_BYTES + 8 + 1)

/* --- the seal ---------------------------------------------------------------------------------------------------- */

/* "HFD1" ‖ case ‖ record ‖ device ‖ version u64 ‖ shared u8 */
static void write_aad(const struct hf_draft_item *item, uint8_t out[AAD_BYTES])
{
    uint8_t *at = out;
    memcpy(at, "HFD1", 4);
    memcpy(at += 4, item->case_id.bytes, HF_ID_BYTES);
    memcpy(at += HF_ID_BYTES, item->record_id.bytes, HF_ID_BYTES);
    memcpy(at += HF_ID_BYTES, item->device, HF_SIGN_PUBLIC_BYTES);
    hf_put_u64(at += HF_SIGN_PUBLIC_BYTES, item->version);
    at[8] = item->shared;
}

/* Length, content, and zeros to a multiple of 64: how long a draft is, is told roughly only. */
static void pad(struct hf_slice content, struct hf_buf *out)
{
    hf_buf_reserve(out, 4 + content.len + PAD_BYTES);
    hf_buf_append_u32(out, (uint32_t)content.len);
    hf_buf_append_slice(out, content);
    hf_buf_append_zeros(out, (PAD_BYTES - out->len % PAD_BYTES) % PAD_BYTES);
}

static enum hf_status seal(const struct hf_class_key *key, const struct hf_draft_item *item, struct hf_slice content,
                           struct hf_buf *out)
{
    uint8_t subkey[HF_KEY_BYTES];
    uint8_t nonce[HF_XNONCE_BYTES];
    uint8_t tag[HF_TAG_BYTES];
    uint8_t aad[AAD_BYTES];
    struct hf_buf plain = {0};
    pad(content, &plain);
    hf_buf_reserve(out, sizeof nonce + plain.len + sizeof tag);
    enum hf_status status = hf_buf_status(&plain) == HF_OK ? hf_buf_status(out) : HF_ERR_NOMEM;
    if (status == HF_OK) {
        hf_derive(key->key, SEAL_CONTEXT, subkey);
        hf_random(nonce, sizeof nonce);
        write_aad(item, aad);
        hf_seal(subkey, nonce, hf_slice_of(aad, sizeof aad), plain.data, plain.len, plain.data, tag);
        hf_buf_append(out, nonce, sizeof nonce);
        hf_buf_append_slice(out, hf_buf_slice(&plain));
        hf_buf_append(out, tag, sizeof tag);
        hf_wipe(subkey, sizeof subkey);
    }
    hf_buf_wipe(&plain);
    return status;
}

static bool unpadded(const struct hf_buf *plain, struct hf_slice *out)
{
    if (plain->len < 4 || plain->len % PAD_BYTES != 0)
        return false;
    const size_t len = hf_get_u32(plain->data);
    if (len > plain->len - 4 || plain->len - 4 - len >= PAD_BYTES)
        return false;
    for (size_t i = 4 + len; i < plain->len; i++)
        if (plain->data[i] != 0)
            return false;
    *out = hf_slice_of(plain->data + 4, len);
    return true;
}

/* False when it does not fit. */
static bool unseal(const struct hf_class_key *key, const struct hf_draft_item *item, struct hf_buf *plain,
                   struct hf_slice *out_content)
{
    uint8_t subkey[HF_KEY_BYTES];
    uint8_t aad[AAD_BYTES];
    if (item->blob.len < HF_XNONCE_BYTES + HF_TAG_BYTES || !hf_id_equal(&key->case_id, &item->case_id))
        return false;
    const size_t len = item->blob.len - HF_XNONCE_BYTES - HF_TAG_BYTES;
    hf_buf_reset(plain);
    hf_buf_append_zeros(plain, len);
    if (hf_buf_status(plain) != HF_OK || len == 0)
        return false;
    hf_derive(key->key, SEAL_CONTEXT, subkey);
    write_aad(item, aad);
    const bool fits =
        hf_unseal(subkey, item->blob.data, hf_slice_of(aad, sizeof aad), item->blob.data + HF_XNONCE_BYTES, len,
                  item->blob.data + HF_XNONCE_BYTES + len, plain->data);
    hf_wipe(subkey, sizeof subkey);
    return fits && unpadded(plain, out_content);
}

/* --- out --------------------------------------------------------------------------------------------------------- */

enum hf_status hf_replica_drafts_pending(struct hf_replica *replica, bool *out, struct hf_error *err)
{
    struct hf_rows rows;
    *out = false;
    hf_rows_begin_text(&rows, replica,
                       "SELECT EXISTS(SELECT 1 FROM drafts WHERE device = x'' AND sent <> version)"
                       " OR EXISTS(SELECT 1 FROM draft_drops)");
    if (hf_rows_next(&rows))
        *out = hf_rows_u64(&rows, 0) != 0;
    return hf_rows_end(&rows, err);
}

enum hf_status hf_replica_drafts_held(struct hf_replica *replica, uint64_t since, bool *out, struct hf_error *err)
{
    struct hf_rows rows;
    *out = false;
    hf_rows_begin_text(&rows, replica,
                       "SELECT EXISTS(SELECT 1 FROM drafts WHERE device <> x'' AND (?1 = 0 OR EXISTS("
                       "SELECT 1 FROM changes WHERE " HF_CHANGES_OF_RECORD("drafts.record_id") " AND seq > ?1)))");
    hf_rows_bind_u64(&rows, since);
    if (hf_rows_next(&rows))
        *out = hf_rows_u64(&rows, 0) != 0;
    return hf_rows_end(&rows, err);
}

void hf_drafts_out_clear(struct hf_drafts_out *out)
{
    free(out->items);
    free(out->ended);
    free(out->held);
    hf_buf_wipe(&out->bytes);
    *out = (struct hf_drafts_out){0};
}

struct outgoing {
    struct hf_replica *replica;
    struct hf_drafts_out *out;
    size_t *blob_at;
    size_t items_max, bytes_max;
    struct hf_error *err;
};

/* One more row; *out_full when it has no room any more. */
static enum hf_status add_item(struct outgoing *outgoing, struct hf_rows *rows, bool *out_full)
{
    struct hf_class_key key = {0};
    struct hf_drafts_out *out = outgoing->out;
    struct hf_draft_item *item = &out->items[out->item_count];
    const struct hf_slice content = hf_rows_bytes(rows, 4);
    *item = (struct hf_draft_item){.record_id = hf_rows_id(rows, 0),
                                   .person = outgoing->replica->identity->person,
                                   .case_id = hf_rows_id(rows, 1),
                                   .version = hf_rows_u64(rows, 2),
                                   .shared = hf_rows_u64(rows, 3) == 1};
    memcpy(item->device, outgoing->replica->identity->sign.public_key, sizeof item->device);
    *out_full = out->item_count > 0 && out->bytes.len + content.len + 256 > outgoing->bytes_max;
    if (*out_full)
        return HF_OK;
    enum hf_status status = hf_replica_key_newest(outgoing->replica, &item->case_id, &key, outgoing->err);
    if (status == HF_ERR_NOT_FOUND)
        return HF_OK; /* a case that is not here any more: nobody could read it */
    item->key_id = key.key_id;
    outgoing->blob_at[out->item_count] = out->bytes.len;
    if (status == HF_OK)
        status = seal(&key, item, content, &out->bytes);
    hf_wipe(&key, sizeof key);
    if (status == HF_OK) {
        item->blob.len = out->bytes.len - outgoing->blob_at[out->item_count];
        out->item_count++;
    }
    return status;
}

static enum hf_status add_items(struct outgoing *outgoing)
{
    struct hf_rows rows;
    bool full = false;
    enum hf_status status = HF_OK;
    hf_rows_begin_text(&rows, outgoing->replica,
                       "SELECT record_id, case_id, version, shared, content FROM drafts"
                       " WHERE device = x'' AND sent <> version ORDER BY seq");
    while (status == HF_OK && !full && outgoing->out->item_count < outgoing->items_max && hf_rows_next(&rows))
        status = add_item(outgoing, &rows, &full);
    const enum hf_status ended = hf_rows_end(&rows, status == HF_OK ? outgoing->err : NULL);
    for (size_t i = 0; i < outgoing->out->item_count; i++)
        outgoing->out->items[i].blob.data = outgoing->out->bytes.data + outgoing->blob_at[i];
    return status == HF_OK ? ended : status;
}

/* An own draft has no device in the table; here it is named. */
static enum hf_status add_refs(struct outgoing *outgoing, const char *sql, struct hf_draft_ref *refs, size_t max,
                               size_t *out_count)
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, outgoing->replica, sql);
    hf_rows_bind_u64(&rows, max);
    while (*out_count < max && hf_rows_next(&rows)) {
        struct hf_draft_ref *ref = &refs[*out_count];
        ref->record_id = hf_rows_id(&rows, 0);
        ref->version = hf_rows_u64(&rows, 2);
        if (hf_rows_bytes(&rows, 1).len == 0)
            memcpy(ref->device, outgoing->replica->identity->sign.public_key, sizeof ref->device);
        else
            hf_rows_copy(&rows, 1, ref->device, sizeof ref->device);
        ++*out_count;
    }
    return hf_rows_end(&rows, outgoing->err);
}

enum hf_status hf_replica_drafts_out(struct hf_replica *replica, size_t items_max, size_t bytes_max,
                                     struct hf_drafts_out *out, struct hf_error *err)
{
    struct outgoing outgoing = {
        .replica = replica, .out = out, .items_max = items_max, .bytes_max = bytes_max, .err = err};
    *out = (struct hf_drafts_out){.items = calloc(items_max, sizeof *out->items),
                                  .ended = calloc(ENDED_MAX, sizeof *out->ended),
                                  .held = calloc(HF_DRAFTS_OTHERS_MAX, sizeof *out->held)};
    outgoing.blob_at = calloc(items_max, sizeof *outgoing.blob_at);
    enum hf_status status = out->items && out->ended && out->held && outgoing.blob_at ? HF_OK : HF_ERR_NOMEM;
    if (status == HF_OK)
        status = add_items(&outgoing);
    if (status == HF_OK)
        status = add_refs(&outgoing, "SELECT record_id, device, version FROM draft_drops LIMIT ?", out->ended,
                          ENDED_MAX, &out->ended_count);
    if (status == HF_OK)
        status = add_refs(&outgoing,
                          "SELECT record_id, device, version FROM drafts WHERE device <> x''"
                          " ORDER BY record_id, device LIMIT ?",
                          out->held, HF_DRAFTS_OTHERS_MAX, &out->held_count);
    free(outgoing.blob_at);
    return status;
}

/* --- in ---------------------------------------------------------------------------------------------------------- */

static enum hf_status note_version(struct hf_replica *replica, const char *sql, const struct hf_id *record_id,
                                   uint64_t version, struct hf_error *err)
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, replica, sql);
    hf_rows_bind_id(&rows, record_id);
    hf_rows_bind_u64(&rows, version);
    return hf_rows_run(&rows, err);
}

static enum hf_status drop_ref(struct hf_replica *replica, const char *sql, const struct hf_draft_ref *ref, bool own,
                               struct hf_error *err)
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, replica, sql);
    hf_rows_bind_id(&rows, &ref->record_id);
    hf_rows_bind_bytes(&rows, hf_slice_of(ref->device, own ? 0 : sizeof ref->device));
    hf_rows_bind_u64(&rows, ref->version);
    return hf_rows_run(&rows, err);
}

static enum hf_status take_result(struct hf_replica *replica, const struct hf_draft_item *item,
                                  enum hf_draft_result result, struct hf_error *err)
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, replica,
                       "UPDATE drafts SET sent = ?2, refused = ?3 WHERE record_id = ?1 AND device = x''");
    hf_rows_bind_id(&rows, &item->record_id);
    hf_rows_bind_u64(&rows, item->version);
    hf_rows_bind_u64(&rows, result);
    return hf_rows_run(&rows, err);
}

static enum hf_status take_acks(struct hf_replica *replica, const struct hf_drafts_out *asked,
                                const struct hf_drafts_in *in, struct hf_error *err)
{
    enum hf_status status = HF_OK;
    for (size_t i = 0; status == HF_OK && i < asked->item_count; i++)
        status = take_result(replica, &asked->items[i], i < in->result_count ? in->results[i] : HF_DRAFT_NOT_HERE, err);
    for (size_t i = 0; status == HF_OK && i < asked->ended_count; i++) {
        const struct hf_draft_ref *ref = &asked->ended[i];
        const bool own = memcmp(ref->device, replica->identity->sign.public_key, sizeof ref->device) == 0;
        status = drop_ref(replica, "DELETE FROM draft_drops WHERE record_id = ? AND device = ? AND version <= ?", ref,
                          own, err);
    }
    return status;
}

/* What is inside says the same as what is outside. */
static bool is_of(const struct hf_draft *draft, const struct hf_draft_item *item)
{
    return hf_id_equal(&draft->case_id, &item->case_id) && hf_id_equal(&draft->record_id, &item->record_id);
}

static enum hf_status store_other(struct hf_replica *replica, const struct hf_draft_item *item, struct hf_slice content,
                                  uint64_t updated_ms, struct hf_error *err)
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, replica,
                       "INSERT INTO drafts(record_id, device, case_id, person, version, sent, shared, updated_ms,"
                       " content) VALUES(?1, ?2, ?3, ?4, ?5, ?5, ?6, ?7, ?8) ON CONFLICT(record_id, device) DO UPDATE"
                       " SET version = ?5, sent = ?5, shared = ?6, updated_ms = ?7, content = ?8, person = ?4,"
                       " case_id = ?3");
    hf_rows_bind_id(&rows, &item->record_id);
    hf_rows_bind_bytes(&rows, hf_slice_of(item->device, sizeof item->device));
    hf_rows_bind_id(&rows, &item->case_id);
    hf_rows_bind_id(&rows, &item->person);
    hf_rows_bind_u64(&rows, item->version);
    hf_rows_bind_u64(&rows, item->shared);
    hf_rows_bind_u64(&rows, updated_ms);
    hf_rows_bind_bytes(&rows, content);
    return hf_rows_run(&rows, err);
}

static enum hf_status count_others(struct hf_replica *replica, uint64_t *out, struct hf_error *err)
{
    struct hf_rows rows;
    *out = 0;
    hf_rows_begin_text(&rows, replica, "SELECT count(*) FROM drafts WHERE device <> x''");
    if (hf_rows_next(&rows))
        *out = hf_rows_u64(&rows, 0);
    return hf_rows_end(&rows, err);
}

static enum hf_status take_other(struct hf_replica *replica, const struct hf_draft_item *item, struct hf_draft *draft,
                                 struct hf_error *err)
{
    struct hf_class_key key = {0};
    struct hf_buf plain = {0};
    struct hf_slice content;
    uint64_t count = 0;
    if (memcmp(item->device, replica->identity->sign.public_key, sizeof item->device) == 0)
        return HF_OK;
    enum hf_status status = count_others(replica, &count, err);
    if (status != HF_OK || count >= HF_DRAFTS_OTHERS_MAX)
        return status;
    status = hf_replica_key_find(replica, &item->key_id, &key, err);
    if (status == HF_OK && unseal(&key, item, &plain, &content)) {
        const enum hf_status read = hf_draft_decode(content, draft);
        if ((read == HF_OK && is_of(draft, item)) || read == HF_ERR_UNSUPPORTED)
            status = store_other(replica, item, content, read == HF_OK ? draft->updated_ms : 0, err);
    }
    hf_wipe(&key, sizeof key);
    hf_buf_wipe(&plain);
    return status == HF_ERR_NOT_FOUND ? HF_OK : status;
}

/* The record was saved from a copy of this draft. Its row at the office goes when it hears that this is known. */
static enum hf_status end_own(struct hf_replica *replica, const struct hf_draft_ref *ref, struct hf_error *err)
{
    enum hf_status status =
        note_version(replica, "DELETE FROM drafts WHERE record_id = ?1 AND device = x'' AND version <= ?2",
                     &ref->record_id, ref->version, err);
    if (status == HF_OK)
        status = note_version(replica,
                              "INSERT INTO draft_drops(record_id, device, version) VALUES(?1, x'', ?2)"
                              " ON CONFLICT DO UPDATE SET version = max(version, excluded.version)",
                              &ref->record_id, ref->version, err);
    return status;
}

static enum hf_status take_in(struct hf_replica *replica, const struct hf_drafts_out *asked,
                              const struct hf_drafts_in *in, struct hf_draft *draft, struct hf_error *err)
{
    enum hf_status status = take_acks(replica, asked, in, err);
    for (size_t i = 0; status == HF_OK && i < in->gone_count && in->gone[i] < asked->held_count; i++)
        status = drop_ref(replica, "DELETE FROM drafts WHERE record_id = ? AND device = ? AND version <= ?",
                          &asked->held[in->gone[i]], false, err);
    for (size_t i = 0; status == HF_OK && i < in->item_count; i++)
        status = take_other(replica, &in->items[i], draft, err);
    for (size_t i = 0; status == HF_OK && i < in->ended_count; i++)
        status = end_own(replica, &in->ended[i], err);
    return status;
}

enum hf_status hf_replica_drafts_in(struct hf_replica *replica, const struct hf_drafts_out *asked,
                                    const struct hf_drafts_in *in, struct hf_error *err)
{
    struct hf_draft *draft = malloc(sizeof *draft);
    if (!draft)
        return hf_error_set(err, HF_ERR_NOMEM, "%s", hf_status_text(HF_ERR_NOMEM));
    enum hf_status status = hf_rows_transaction(replica, err);
    if (status == HF_OK)
        status = hf_rows_finish(replica, take_in(replica, asked, in, draft, err), err);
    free(draft);
    return status;
}
