#include "protocol/message_form.h"

#include "core/base/text.h"
#include "core/log/note.h"
#include "protocol/message_snapshot.h"

size_t hf_message_item_bytes(const struct hf_item *item)
{
    return item->leaf.len + item->body.len;
}

size_t hf_message_entry_bytes(const struct hf_msg_entry *entry)
{
    return entry->leaf.len + entry->payload.len + entry->body.len;
}

/* --- small rules --- */

static enum hf_status valid(bool holds)
{
    return holds ? HF_OK : HF_ERR_INVALID;
}

static enum hf_status within(size_t len, size_t min, size_t max)
{
    return len > max ? HF_ERR_LIMIT : valid(len >= min);
}

static enum hf_status check_text(struct hf_slice text, size_t max)
{
    enum hf_status status = within(text.len, 0, max);
    return status != HF_OK ? status : valid(hf_text_is_utf8(text));
}

static enum hf_status check_leaf_and_body(struct hf_slice leaf, struct hf_slice body)
{
    return leaf.len != HF_LEAF_BYTES ? HF_ERR_INVALID : within(body.len, 1, HF_BODY_BYTES_MAX);
}

/* --- changes --- */

static enum hf_status check_items(const struct hf_item *items, size_t count, size_t count_max, size_t bytes_max)
{
    enum hf_status status = within(count, 0, count_max);
    size_t bytes = 0;
    for (size_t i = 0; status == HF_OK && i < count; i++) {
        status = check_leaf_and_body(items[i].leaf, items[i].body);
        bytes += hf_message_item_bytes(&items[i]);
        if (status == HF_OK && bytes > bytes_max)
            status = HF_ERR_LIMIT;
    }
    return status;
}

static enum hf_status check_push(const struct hf_message *message)
{
    const size_t count = message->as.push.count;
    if (count == 0)
        return HF_ERR_INVALID;
    return check_items(message->as.push.items, count, HF_LIMIT_PUSH_ITEMS, HF_LIMIT_PUSH_BYTES);
}

static bool hold_fits(enum hf_hold hold)
{
    return (unsigned)hold < HF_HOLD_COUNT;
}

/* seq goes up by one and the index rises: a chain is logged in its order. */
static enum hf_status check_pushed(const struct hf_message *message)
{
    const struct hf_msg_pushed *results = message->as.pushed.results;
    const size_t count = message->as.pushed.count;
    enum hf_status status = within(count, 1, HF_LIMIT_PUSH_ITEMS);
    for (size_t i = 0; status == HF_OK && i < count; i++) {
        bool follows = i == 0 || (results[i].seq - 1 == results[i - 1].seq && results[i].seq != 0 &&
                                  results[i].index > results[i - 1].index);
        status = valid(follows && results[i].index != HF_INDEX_NONE && hold_fits(results[i].hold));
    }
    return status;
}

/* Of any device, in any order. */
static enum hf_status check_handed_on(const struct hf_message *message)
{
    const struct hf_msg_pushed *results = message->as.pushed.results;
    enum hf_status status = within(message->as.pushed.count, 1, HF_LIMIT_PUSH_ITEMS);
    for (size_t i = 0; status == HF_OK && i < message->as.pushed.count; i++)
        status = valid(results[i].index != HF_INDEX_NONE && hold_fits(results[i].hold));
    return status;
}

static enum hf_status check_pull(const struct hf_message *message)
{
    if (!message->as.pull.one_case)
        return HF_OK;
    return valid(message->as.pull.cursor <= message->as.pull.until);
}

/* Entries rise and lie below the next cursor; `more` is no promise without a step forward (the client checks that). */
static enum hf_status check_feed(const struct hf_message *message)
{
    const struct hf_item *items = message->as.feed.items;
    const size_t count = message->as.feed.item_count;
    enum hf_status status = within(message->as.feed.key_count, 0, HF_LIMIT_FEED_KEYS);
    if (status == HF_OK)
        status = check_items(items, count, HF_LIMIT_FEED_ITEMS, HF_LIMIT_FEED_BYTES);
    for (size_t i = 0; status == HF_OK && i < count; i++) {
        bool rises = i == 0 || items[i].index > items[i - 1].index;
        status = valid(rises && items[i].index < message->as.feed.next_cursor && hold_fits(items[i].hold));
    }
    return status;
}

/* Something is told, and all of it follows what the device is said to have. */
static enum hf_status check_live(const struct hf_message *message)
{
    enum hf_status status = check_feed(message);
    if (status != HF_OK)
        return status;
    const bool first_fits =
        message->as.feed.item_count == 0 || message->as.feed.items[0].index >= message->as.feed.from;
    return valid(message->as.feed.from < message->as.feed.next_cursor && first_fits && !message->as.feed.more);
}

/* --- the log --- */

static enum hf_status check_ranges(const struct hf_msg_range *ranges, size_t count, bool with_proofs)
{
    enum hf_status status = within(count, 0, HF_LIMIT_HEAD_RANGES);
    for (size_t i = 0; status == HF_OK && i < count; i++) {
        status = valid(ranges[i].count >= 1 && ranges[i].count <= UINT64_MAX - ranges[i].first);
        if (status == HF_OK && with_proofs)
            status = within(ranges[i].proof.count, 0, HF_PROOF_HASHES_MAX);
    }
    return status;
}

static enum hf_status check_head(const struct hf_message *message)
{
    return check_ranges(message->as.head.ranges, message->as.head.range_count, false);
}

static enum hf_status check_head_is(const struct hf_message *message)
{
    enum hf_status status = within(message->as.head_is.note.len, 1, HF_NOTE_BYTES_MAX);
    if (status == HF_OK)
        status = within(message->as.head_is.consistency.count, 0, HF_PROOF_HASHES_MAX);
    if (status == HF_OK)
        status = check_ranges(message->as.head_is.ranges, message->as.head_is.range_count, true);
    return status;
}

static enum hf_status check_entries(const struct hf_message *message)
{
    const uint64_t count = message->as.entries.count;
    if (count > HF_LIMIT_ENTRIES)
        return HF_ERR_LIMIT;
    return valid(count >= 1 && count <= UINT64_MAX - message->as.entries.from);
}

/* An opened entry shows r and body together. */
static enum hf_status check_entry(const struct hf_msg_entry *entry)
{
    if (entry->leaf.len != HF_LEAF_BYTES || (entry->r != NULL) != (entry->body.len > 0))
        return HF_ERR_INVALID;
    enum hf_status status = within(entry->payload.len, 0, HF_PAYLOAD_BYTES_MAX);
    return status != HF_OK ? status : within(entry->body.len, 0, HF_BODY_BYTES_MAX);
}

static enum hf_status check_entries_are(const struct hf_message *message)
{
    const struct hf_msg_entry *entries = message->as.entries_are.entries;
    const size_t count = message->as.entries_are.count;
    enum hf_status status = within(count, 0, HF_LIMIT_ENTRIES);
    size_t bytes = 0;
    for (size_t i = 0; status == HF_OK && i < count; i++) {
        status = check_entry(&entries[i]);
        bytes += hf_message_entry_bytes(&entries[i]);
        if (status == HF_OK && bytes > HF_LIMIT_ENTRIES_BYTES)
            status = HF_ERR_LIMIT;
    }
    return status;
}

/* --- people --- */

static enum hf_status check_welcome(const struct hf_message *message)
{
    if ((unsigned)message->as.welcome.mode > HF_MODE_PENDING)
        return HF_ERR_INVALID;
    if (message->as.welcome.lease_days == 0 || message->as.welcome.lease_days > HF_LIMIT_LEASE_DAYS)
        return HF_ERR_INVALID;
    return within(message->as.welcome.certificate.len, 0, HF_LIMIT_CERTIFICATE_BYTES);
}

static enum hf_status check_enrolled(const struct hf_message *message)
{
    const enum hf_role role = message->as.enrolled.role;
    if (role < HF_ROLE_WORKER || role > HF_ROLE_ADMIN)
        return HF_ERR_INVALID;
    enum hf_status status = check_text(message->as.enrolled.person_name, HF_LIMIT_PERSON_NAME_BYTES);
    return status != HF_OK ? status : within(message->as.enrolled.certificate.len, 0, HF_LIMIT_CERTIFICATE_BYTES);
}

static enum hf_status check_admin(const struct hf_message *message)
{
    enum hf_status status = within(message->as.admin.count, 1, HF_LIMIT_ADMIN_ARGS);
    for (size_t i = 0; status == HF_OK && i < message->as.admin.count; i++)
        status = check_text(message->as.admin.args[i], HF_LIMIT_ADMIN_ARG_BYTES);
    return status;
}

static enum hf_status check_admin_done(const struct hf_message *message)
{
    enum hf_status status = check_text(message->as.admin_done.output, HF_LIMIT_ADMIN_OUTPUT_BYTES);
    return status != HF_OK ? status : check_text(message->as.admin_done.errors, HF_LIMIT_ADMIN_OUTPUT_BYTES);
}

static enum hf_status check_error(const struct hf_message *message)
{
    const enum hf_status said = message->as.error.status;
    if (said == HF_OK || (unsigned)said >= HF_STATUS_COUNT)
        return HF_ERR_INVALID;
    return check_text(message->as.error.text, HF_LIMIT_ERROR_TEXT_BYTES);
}

static enum hf_status check_purged(const struct hf_message *message)
{
    return valid(!hf_id_is_zero(&message->as.purged.case_id));
}

/* --- drafts --- */

static enum hf_status check_draft_refs(const struct hf_draft_ref *refs, size_t count, size_t max)
{
    enum hf_status status = within(count, 0, max);
    for (size_t i = 0; status == HF_OK && i < count; i++)
        status = valid(!hf_id_is_zero(&refs[i].record_id) && refs[i].version <= INT64_MAX);
    return status;
}

static enum hf_status check_draft_items(const struct hf_msg_drafts *drafts, bool of_others)
{
    size_t bytes = 0;
    enum hf_status status = within(drafts->item_count, 0, HF_LIMIT_DRAFTS);
    for (size_t i = 0; status == HF_OK && i < drafts->item_count; i++) {
        const struct hf_draft_item *item = &drafts->items[i];
        if (hf_id_is_zero(&item->record_id) || hf_id_is_zero(&item->case_id) || hf_id_is_zero(&item->key_id) ||
            item->version > INT64_MAX || (of_others && hf_id_is_zero(&item->person)))
            return HF_ERR_INVALID;
        status = within(item->blob.len, HF_XNONCE_BYTES + HF_TAG_BYTES, HF_DRAFT_BLOB_BYTES_MAX);
        bytes += item->blob.len;
        if (status == HF_OK && bytes > HF_LIMIT_DRAFTS_BYTES)
            status = HF_ERR_LIMIT;
    }
    return status;
}

static enum hf_status check_drafts(const struct hf_message *message)
{
    const struct hf_msg_drafts *drafts = &message->as.drafts;
    enum hf_status status = check_draft_items(drafts, false);
    if (status == HF_OK)
        status = check_draft_refs(drafts->ended, drafts->ended_count, HF_LIMIT_DRAFTS);
    if (status == HF_OK)
        status = check_draft_refs(drafts->held, drafts->held_count, HF_LIMIT_DRAFTS_HELD);
    return status;
}

static enum hf_status check_drafts_are(const struct hf_message *message)
{
    const struct hf_msg_drafts *drafts = &message->as.drafts;
    enum hf_status status = within(drafts->result_count, 0, HF_LIMIT_DRAFTS);
    for (size_t i = 0; status == HF_OK && i < drafts->result_count; i++)
        status = valid((unsigned)drafts->results[i] <= HF_DRAFT_NOT_HERE);
    if (status == HF_OK)
        status = check_draft_items(drafts, true);
    if (status == HF_OK)
        status = within(drafts->gone_count, 0, HF_LIMIT_DRAFTS_HELD);
    for (size_t i = 0; status == HF_OK && i < drafts->gone_count; i++)
        status = valid(drafts->gone[i] < HF_LIMIT_DRAFTS_HELD && (i == 0 || drafts->gone[i - 1] < drafts->gone[i]));
    if (status == HF_OK)
        status = check_draft_refs(drafts->ended, drafts->ended_count, HF_LIMIT_DRAFTS);
    return status;
}

static enum hf_status check_restart(const struct hf_message *message)
{
    const size_t len = message->as.restart.leaves.len;
    enum hf_status status = within(len, 0, (size_t)HF_LIMIT_RESTART_LEAVES * HF_LEAF_BYTES);
    return status != HF_OK ? status : valid(len % HF_LEAF_BYTES == 0 && (len > 0 || !message->as.restart.more));
}

static enum hf_status check_restarted(const struct hf_message *message)
{
    const struct hf_msg_pushed *results = message->as.restarted.results;
    const size_t leaf_len = message->as.restarted.leaf.len;
    enum hf_status status = within(message->as.restarted.count, 0, HF_LIMIT_RESTART_LEAVES);
    if (status == HF_OK)
        status = valid(leaf_len == HF_LEAF_BYTES ? message->as.restarted.place != HF_INDEX_NONE
                                                 : leaf_len == 0 && message->as.restarted.place == 0);
    for (size_t i = 0; status == HF_OK && i < message->as.restarted.count; i++) {
        bool rises = i == 0 || (results[i].seq > results[i - 1].seq && results[i].index > results[i - 1].index);
        status = valid(rises && results[i].index != HF_INDEX_NONE && hold_fits(results[i].hold));
    }
    return status;
}

static enum hf_status check_witnessed_is(const struct hf_message *message)
{
    enum hf_status status = within(message->as.witnessed_is.note.len, 0, HF_NOTE_BYTES_MAX);
    return status != HF_OK ? status : check_text(message->as.witnessed_is.policy, HF_LIMIT_POLICY_FILE_BYTES);
}

/* --- attachments --- */

#define CHUNKS_MAX (HF_ATTACH_BYTES_MAX / HF_ATTACH_CHUNK_BYTES)

/* How long each has to be follows from the size that was signed; that it is none at all or too long can be seen here.
 */
static enum hf_status check_chunks(const struct hf_msg_attach *attach)
{
    enum hf_status status = within(attach->count, 0, HF_LIMIT_ATTACH_CHUNKS);
    if (status == HF_OK)
        status = within(attach->proof.count, 0, HF_PROOF_HASHES_MAX);
    if (status == HF_OK)
        status = valid(attach->count > 0 || attach->proof.count == 0);
    for (size_t i = 0; status == HF_OK && i < attach->count; i++)
        status = within(attach->chunks[i].len, HF_TAG_BYTES + 1, HF_ATTACH_SEALED_BYTES);
    return status;
}

static enum hf_status check_attach_put(const struct hf_message *message)
{
    const struct hf_msg_attach *attach = &message->as.attach;
    if (hf_id_is_zero(&attach->record_id) || attach->first > CHUNKS_MAX)
        return HF_ERR_INVALID;
    return check_chunks(attach);
}

static enum hf_status check_attach_has(const struct hf_message *message)
{
    const struct hf_msg_attach *attach = &message->as.attach;
    return valid((unsigned)attach->result < HF_ATTACH_RESULT_COUNT && attach->have <= CHUNKS_MAX);
}

static enum hf_status check_attach_get(const struct hf_message *message)
{
    const struct hf_msg_attach *attach = &message->as.attach;
    if (hf_id_is_zero(&attach->record_id) || attach->first >= CHUNKS_MAX)
        return HF_ERR_INVALID;
    return within(attach->most, 1, HF_LIMIT_ATTACH_CHUNKS);
}

/* Chunks come with a result that says so, and only then. */
static enum hf_status check_attach_is(const struct hf_message *message)
{
    const struct hf_msg_attach *attach = &message->as.attach;
    if ((unsigned)attach->result >= HF_ATTACH_RESULT_COUNT || (attach->result == HF_ATTACH_KEPT) != (attach->count > 0))
        return HF_ERR_INVALID;
    return check_chunks(attach);
}

/* --- all of them --- */

typedef enum hf_status check_fn(const struct hf_message *message);

/* Empty rows: any value is fine. */
static check_fn *const checks[HF_MSG_TYPE_COUNT] = {
    [HF_MSG_WELCOME] = check_welcome,
    [HF_MSG_PUSH] = check_push,
    [HF_MSG_PUSHED] = check_pushed,
    [HF_MSG_HAND_ON] = check_push,
    [HF_MSG_HANDED_ON] = check_handed_on,
    [HF_MSG_PULL] = check_pull,
    [HF_MSG_FEED] = check_feed,
    [HF_MSG_LIVE] = check_live,
    [HF_MSG_HEAD] = check_head,
    [HF_MSG_HEAD_IS] = check_head_is,
    [HF_MSG_ENROLLED] = check_enrolled,
    [HF_MSG_ENTRIES] = check_entries,
    [HF_MSG_ADMIN] = check_admin,
    [HF_MSG_ENTRIES_ARE] = check_entries_are,
    [HF_MSG_ERROR] = check_error,
    [HF_MSG_ADMIN_DONE] = check_admin_done,
    [HF_MSG_SNAPSHOT] = hf_snapshot_check,
    [HF_MSG_SNAPSHOT_IS] = hf_snapshot_is_check,
    [HF_MSG_PURGED] = check_purged,
    [HF_MSG_RESTART] = check_restart,
    [HF_MSG_RESTARTED] = check_restarted,
    [HF_MSG_WITNESSED_IS] = check_witnessed_is,
    [HF_MSG_ATTACH_PUT] = check_attach_put,
    [HF_MSG_ATTACH_HAS] = check_attach_has,
    [HF_MSG_ATTACH_GET] = check_attach_get,
    [HF_MSG_ATTACH_IS] = check_attach_is,
    [HF_MSG_DRAFTS] = check_drafts,
    [HF_MSG_DRAFTS_ARE] = check_drafts_are,
};

/* Requests and their replies carry an id; what the server says of its own accord carries 0. */
static bool request_fits(const struct hf_message *message)
{
    if (message->type == HF_MSG_ERROR)
        return true;
    return (message->type == HF_MSG_NEWS || message->type == HF_MSG_LIVE) == (message->request == 0);
}

bool hf_message_is_type(unsigned type)
{
    return (type >= HF_MSG_HELLO && type <= HF_MSG_LIVE) || (type >= HF_MSG_ATTACH_PUT && type <= HF_MSG_ATTACH_IS) ||
           type == HF_MSG_DRAFTS || type == HF_MSG_DRAFTS_ARE || type == HF_MSG_RESTART || type == HF_MSG_RESTARTED ||
           type == HF_MSG_WITNESSED || type == HF_MSG_WITNESSED_IS || type == HF_MSG_HAND_ON ||
           type == HF_MSG_HANDED_ON;
}

enum hf_status hf_message_check(const struct hf_message *message)
{
    if (!hf_message_is_type(message->type) || !request_fits(message))
        return HF_ERR_INVALID;
    return checks[message->type] ? checks[message->type](message) : HF_OK;
}
