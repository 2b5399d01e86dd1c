#include "core/base/assert.h"
#include "core/pack/writer.h"
#include "protocol/changes.h"
#include "protocol/channel.h"
#include "protocol/message_form.h"
#include "protocol/message_snapshot.h"

_Static_assert(HF_LIMIT_MESSAGE_BYTES == HF_CHANNEL_MESSAGE_BYTES_MAX, "a message fits the channel");

/* Most bytes of what a FEED holds beside keys and changes, and of one class key. */
#define OVERHEAD_BYTES 64
#define KEY_BYTES      96

/* Each writes the body of one type, `fields` elements. The message has passed hf_message_check: counts fit uint32_t. */
typedef void put_fn(struct hf_buf *out, const struct hf_message *message);

static void put_fixed(struct hf_buf *out, const uint8_t *bytes, size_t len)
{
    hf_pack_bytes(out, hf_slice_of(bytes, len));
}

static void put_count(struct hf_buf *out, size_t count)
{
    hf_pack_array(out, (uint32_t)count);
}

static void put_hello(struct hf_buf *out, const struct hf_message *message)
{
    hf_pack_uint(out, message->as.hello.version);
    hf_pack_uint(out, hf_get_u32(message->as.hello.device));
    hf_pack_uint(out, message->as.hello.incarnation);
    hf_pack_uint(out, message->as.hello.next_seq);
    hf_pack_uint(out, message->as.hello.cursor);
    hf_pack_uint(out, message->as.hello.checkpoint_size);
    hf_pack_uint(out, message->as.hello.clock_ms / 1000);
    hf_pack_uint(out, message->as.hello.known);
}

static void put_welcome(struct hf_buf *out, const struct hf_message *message)
{
    hf_pack_uint(out, message->as.welcome.version);
    hf_pack_uint(out, message->as.welcome.server_ms);
    hf_pack_uint(out, message->as.welcome.mode);
    hf_pack_uint(out, message->as.welcome.next_seq);
    hf_pack_uint(out, hf_get_u64(message->as.welcome.head));
    hf_pack_uint(out, message->as.welcome.log_size);
    hf_pack_bytes(out, message->as.welcome.certificate);
    hf_pack_uint(out, message->as.welcome.lease_days);
    hf_pack_uint(out, message->as.welcome.incarnation);
    hf_pack_bool(out, message->as.welcome.drafts);
    hf_pack_uint(out, message->as.welcome.attach_mark);
}

/* Errors show in the buffer. */
static void put_changes(struct hf_buf *out, const struct hf_buf *batch, const struct hf_buf *signatures)
{
    hf_pack_bytes(out, hf_buf_slice(batch));
    hf_pack_bytes(out, hf_buf_slice(signatures));
}

static void fail_buf(struct hf_buf *out, enum hf_status status)
{
    if (status != HF_OK && out->status == HF_OK)
        out->status = status;
}

static void put_push(struct hf_buf *out, const struct hf_message *message)
{
    struct hf_buf batch = {0};
    struct hf_buf signatures = {0};
    fail_buf(out, hf_changes_encode(message->as.push.items, message->as.push.count, false, &batch, &signatures));
    put_changes(out, &batch, &signatures);
    hf_buf_wipe(&batch);
    hf_buf_clear(&signatures);
}

static void put_results(struct hf_buf *out, const struct hf_msg_pushed *results, size_t count)
{
    put_count(out, count);
    for (size_t i = 0; i < count; i++) {
        hf_pack_array(out, 3);
        hf_pack_uint(out, results[i].seq);
        hf_pack_uint(out, results[i].index);
        hf_pack_uint(out, results[i].hold);
    }
}

static void put_pushed(struct hf_buf *out, const struct hf_message *message)
{
    put_results(out, message->as.pushed.results, message->as.pushed.count);
}

static void put_pull(struct hf_buf *out, const struct hf_message *message)
{
    hf_pack_uint(out, message->as.pull.cursor);
    if (message->as.pull.one_case)
        hf_pack_id(out, &message->as.pull.case_id);
    else
        hf_pack_nil(out);
    hf_pack_uint(out, message->as.pull.until);
}

static void put_keys(struct hf_buf *out, const struct hf_message *message)
{
    put_count(out, message->as.feed.key_count);
    for (size_t i = 0; i < message->as.feed.key_count; i++) {
        const struct hf_class_key *key = &message->as.feed.keys[i];
        hf_pack_array(out, 4);
        hf_pack_id(out, &key->case_id);
        hf_pack_id(out, &key->key_id);
        hf_pack_uint(out, key->epoch);
        put_fixed(out, key->key, sizeof key->key);
    }
}

/* Growing would leave class keys behind in storage that nobody wipes, so the room is taken first. */
/* All but the end. */
static void put_entries_fed(struct hf_buf *out, const struct hf_message *message)
{
    struct hf_buf batch = {0};
    struct hf_buf signatures = {0};
    fail_buf(out, hf_changes_encode(message->as.feed.items, message->as.feed.item_count, true, &batch, &signatures));
    hf_buf_reserve(out, OVERHEAD_BYTES + message->as.feed.key_count * KEY_BYTES + batch.len + signatures.len);
    const size_t cap = out->cap;
    put_keys(out, message);
    put_changes(out, &batch, &signatures);
    hf_pack_uint(out, message->as.feed.next_cursor);
    HF_ASSERT(out->cap == cap);
    hf_buf_wipe(&batch);
    hf_buf_clear(&signatures);
}

static void put_feed(struct hf_buf *out, const struct hf_message *message)
{
    put_entries_fed(out, message);
    hf_pack_bool(out, message->as.feed.more);
}

static void put_live(struct hf_buf *out, const struct hf_message *message)
{
    hf_pack_uint(out, message->as.feed.from);
    put_entries_fed(out, message);
}

static void put_head(struct hf_buf *out, const struct hf_message *message)
{
    hf_pack_uint(out, message->as.head.old_size);
    put_count(out, message->as.head.range_count);
    for (size_t i = 0; i < message->as.head.range_count; i++) {
        hf_pack_array(out, 2);
        hf_pack_uint(out, message->as.head.ranges[i].first);
        hf_pack_uint(out, message->as.head.ranges[i].count);
    }
    hf_pack_bool(out, message->as.head.with_pushed);
}

static void put_proof(struct hf_buf *out, const struct hf_proof *proof)
{
    put_count(out, proof->count);
    for (size_t i = 0; i < proof->count; i++)
        put_fixed(out, proof->hash[i].bytes, sizeof proof->hash[i].bytes);
}

static void put_head_is(struct hf_buf *out, const struct hf_message *message)
{
    hf_pack_bytes(out, message->as.head_is.note);
    put_proof(out, &message->as.head_is.consistency);
    put_count(out, message->as.head_is.range_count);
    for (size_t i = 0; i < message->as.head_is.range_count; i++) {
        const struct hf_msg_range *range = &message->as.head_is.ranges[i];
        hf_pack_array(out, 3);
        hf_pack_uint(out, range->first);
        hf_pack_uint(out, range->count);
        put_proof(out, &range->proof);
    }
}

static void put_witnessed_is(struct hf_buf *out, const struct hf_message *message)
{
    hf_pack_bytes(out, message->as.witnessed_is.note);
    hf_pack_text(out, message->as.witnessed_is.policy);
}

static void put_enrol(struct hf_buf *out, const struct hf_message *message)
{
    put_fixed(out, message->as.enrol.device, sizeof message->as.enrol.device);
    put_fixed(out, message->as.enrol.signature, sizeof message->as.enrol.signature);
}

static void put_enrolled(struct hf_buf *out, const struct hf_message *message)
{
    hf_pack_bool(out, message->as.enrolled.pending);
    hf_pack_id(out, &message->as.enrolled.person);
    hf_pack_uint(out, message->as.enrolled.role);
    hf_pack_text(out, message->as.enrolled.person_name);
    hf_pack_uint(out, message->as.enrolled.incarnation);
    put_fixed(out, message->as.enrolled.authority_key, sizeof message->as.enrolled.authority_key);
    hf_pack_bytes(out, message->as.enrolled.certificate);
}

static void put_entries(struct hf_buf *out, const struct hf_message *message)
{
    hf_pack_uint(out, message->as.entries.from);
    hf_pack_uint(out, message->as.entries.count);
    hf_pack_bool(out, message->as.entries.contents);
}

static void put_bytes_or_nil(struct hf_buf *out, const uint8_t *data, size_t len)
{
    if (data && len > 0)
        put_fixed(out, data, len);
    else
        hf_pack_nil(out);
}

static void put_entries_are(struct hf_buf *out, const struct hf_message *message)
{
    hf_pack_uint(out, message->as.entries_are.size);
    put_count(out, message->as.entries_are.count);
    for (size_t i = 0; i < message->as.entries_are.count; i++) {
        const struct hf_msg_entry *entry = &message->as.entries_are.entries[i];
        hf_pack_array(out, 4);
        hf_pack_bytes(out, entry->leaf);
        put_bytes_or_nil(out, entry->payload.data, entry->payload.len);
        put_bytes_or_nil(out, entry->r, HF_OPENING_BYTES);
        put_bytes_or_nil(out, entry->body.data, entry->body.len);
    }
}

static void put_admin(struct hf_buf *out, const struct hf_message *message)
{
    put_count(out, message->as.admin.count);
    for (size_t i = 0; i < message->as.admin.count; i++)
        hf_pack_text(out, message->as.admin.args[i]);
}

static void put_admin_done(struct hf_buf *out, const struct hf_message *message)
{
    hf_pack_uint(out, message->as.admin_done.exit_code);
    hf_pack_text(out, message->as.admin_done.output);
    hf_pack_text(out, message->as.admin_done.errors);
}

static void put_error(struct hf_buf *out, const struct hf_message *message)
{
    hf_pack_uint(out, message->as.error.status);
    hf_pack_text(out, message->as.error.text);
}

static void put_news(struct hf_buf *out, const struct hf_message *message)
{
    hf_pack_uint(out, message->as.news.log_size);
    if (message->as.news.whole)
        hf_pack_id(out, &message->as.news.attachment);
    else
        hf_pack_nil(out);
}

static void put_purged(struct hf_buf *out, const struct hf_message *message)
{
    hf_pack_id(out, &message->as.purged.case_id);
    hf_pack_uint(out, message->as.purged.changes);
}

/* --- drafts --- */

static void put_draft_items(struct hf_buf *out, const struct hf_msg_drafts *drafts, bool of_others)
{
    put_count(out, drafts->item_count);
    for (size_t i = 0; i < drafts->item_count; i++) {
        const struct hf_draft_item *item = &drafts->items[i];
        hf_pack_array(out, of_others ? 8 : 6);
        hf_pack_id(out, &item->record_id);
        if (of_others) {
            put_fixed(out, item->device, sizeof item->device);
            hf_pack_id(out, &item->person);
        }
        hf_pack_id(out, &item->case_id);
        hf_pack_id(out, &item->key_id);
        hf_pack_uint(out, item->version);
        hf_pack_bool(out, item->shared);
        hf_pack_bytes(out, item->blob);
    }
}

static void put_draft_refs(struct hf_buf *out, const struct hf_draft_ref *refs, size_t count, bool with_device)
{
    put_count(out, count);
    for (size_t i = 0; i < count; i++) {
        hf_pack_array(out, with_device ? 3 : 2);
        hf_pack_id(out, &refs[i].record_id);
        if (with_device)
            put_fixed(out, refs[i].device, sizeof refs[i].device);
        hf_pack_uint(out, refs[i].version);
    }
}

static void put_drafts(struct hf_buf *out, const struct hf_message *message)
{
    const struct hf_msg_drafts *drafts = &message->as.drafts;
    put_draft_items(out, drafts, false);
    put_draft_refs(out, drafts->ended, drafts->ended_count, true);
    put_draft_refs(out, drafts->held, drafts->held_count, true);
}

static void put_drafts_are(struct hf_buf *out, const struct hf_message *message)
{
    const struct hf_msg_drafts *drafts = &message->as.drafts;
    put_count(out, drafts->result_count);
    for (size_t i = 0; i < drafts->result_count; i++)
        hf_pack_uint(out, drafts->results[i]);
    put_draft_items(out, drafts, true);
    put_count(out, drafts->gone_count);
    for (size_t i = 0; i < drafts->gone_count; i++)
        hf_pack_uint(out, drafts->gone[i]);
    put_draft_refs(out, drafts->ended, drafts->ended_count, false);
    hf_pack_bool(out, drafts->more);
}

static void put_restart(struct hf_buf *out, const struct hf_message *message)
{
    hf_pack_uint(out, message->as.restart.incarnation);
    put_fixed(out, message->as.restart.head, sizeof message->as.restart.head);
    hf_pack_bool(out, message->as.restart.more);
    hf_pack_bytes(out, message->as.restart.leaves);
}

static void put_restarted(struct hf_buf *out, const struct hf_message *message)
{
    hf_pack_uint(out, message->as.restarted.incarnation);
    put_results(out, message->as.restarted.results, message->as.restarted.count);
    hf_pack_uint(out, message->as.restarted.place);
    hf_pack_bytes(out, message->as.restarted.leaf);
}

/* --- attachments --- */

static void put_chunks(struct hf_buf *out, const struct hf_msg_attach *attach)
{
    put_count(out, attach->count);
    for (size_t i = 0; i < attach->count; i++)
        hf_pack_bytes(out, attach->chunks[i]);
    put_proof(out, &attach->proof);
}

static void put_attach_put(struct hf_buf *out, const struct hf_message *message)
{
    hf_pack_id(out, &message->as.attach.record_id);
    hf_pack_uint(out, message->as.attach.first);
    put_chunks(out, &message->as.attach);
}

static void put_attach_has(struct hf_buf *out, const struct hf_message *message)
{
    hf_pack_uint(out, message->as.attach.result);
    hf_pack_uint(out, message->as.attach.have);
}

static void put_attach_get(struct hf_buf *out, const struct hf_message *message)
{
    hf_pack_id(out, &message->as.attach.record_id);
    hf_pack_uint(out, message->as.attach.first);
    hf_pack_uint(out, message->as.attach.most);
}

static void put_attach_is(struct hf_buf *out, const struct hf_message *message)
{
    hf_pack_uint(out, message->as.attach.result);
    put_chunks(out, &message->as.attach);
}

static const struct {
    uint32_t fields;
    put_fn *put;
} forms[HF_MSG_TYPE_COUNT] = {
    [HF_MSG_HELLO] = {8, put_hello},
    [HF_MSG_WELCOME] = {11, put_welcome},
    [HF_MSG_PUSH] = {2, put_push},
    [HF_MSG_PUSHED] = {1, put_pushed},
    [HF_MSG_HAND_ON] = {2, put_push},
    [HF_MSG_HANDED_ON] = {1, put_pushed},
    [HF_MSG_PULL] = {3, put_pull},
    [HF_MSG_FEED] = {5, put_feed},
    [HF_MSG_LIVE] = {5, put_live},
    [HF_MSG_HEAD] = {3, put_head},
    [HF_MSG_HEAD_IS] = {3, put_head_is},
    [HF_MSG_ENROL] = {2, put_enrol},
    [HF_MSG_ENROLLED] = {7, put_enrolled},
    [HF_MSG_ENTRIES] = {3, put_entries},
    [HF_MSG_ENTRIES_ARE] = {2, put_entries_are},
    [HF_MSG_ADMIN] = {1, put_admin},
    [HF_MSG_ADMIN_DONE] = {3, put_admin_done},
    [HF_MSG_PING] = {0, NULL},
    [HF_MSG_PONG] = {0, NULL},
    [HF_MSG_ERROR] = {2, put_error},
    [HF_MSG_NEWS] = {2, put_news},
    [HF_MSG_DRAFTS] = {3, put_drafts},
    [HF_MSG_DRAFTS_ARE] = {5, put_drafts_are},
    [HF_MSG_SNAPSHOT] = {5, hf_snapshot_put},
    [HF_MSG_SNAPSHOT_IS] = {8, hf_snapshot_is_put},
    [HF_MSG_PURGED] = {2, put_purged},
    [HF_MSG_PURGE_NOTED] = {0, NULL},
    [HF_MSG_WITNESSED] = {0, NULL},
    [HF_MSG_WITNESSED_IS] = {2, put_witnessed_is},
    [HF_MSG_ATTACH_PUT] = {4, put_attach_put},
    [HF_MSG_ATTACH_HAS] = {2, put_attach_has},
    [HF_MSG_ATTACH_GET] = {3, put_attach_get},
    [HF_MSG_ATTACH_IS] = {3, put_attach_is},
    [HF_MSG_RESTART] = {4, put_restart},
    [HF_MSG_RESTARTED] = {4, put_restarted},
};

enum hf_status hf_message_encode(const struct hf_message *message, struct hf_buf *out)
{
    enum hf_status status = hf_message_check(message);
    if (status != HF_OK)
        return status;

    const size_t start = out->len;
    hf_pack_array(out, 2 + forms[message->type].fields);
    hf_pack_uint(out, message->type);
    hf_pack_uint(out, message->request);
    if (forms[message->type].put)
        forms[message->type].put(out, message);

    status = hf_buf_status(out);
    if (status == HF_OK && out->len - start > HF_LIMIT_MESSAGE_BYTES)
        status = HF_ERR_LIMIT;
    return status;
}
