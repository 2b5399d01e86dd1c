#include "core/log/note.h"
#include "core/pack/cursor.h"
#include "protocol/changes.h"
#include "protocol/message_form.h"
#include "protocol/message_snapshot.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* Arrays of a decoded message: a list of blocks, so that clear can wipe and free them without knowing the type. */
struct block {
    struct block *next;
    size_t bytes;
    _Alignas(max_align_t) uint8_t data[];
};

struct reader {
    struct hf_cursor cursor;
    struct hf_message message;
};

/* Each reads the body of one type, `fields` elements. The cursor remembers the first error and gives empty values
 * after it. */
typedef void take_fn(struct reader *reader);

static bool going(const struct reader *reader)
{
    return hf_cursor_status(&reader->cursor) == HF_OK;
}

/* Room for an array whose count the cursor has checked against a limit and the bytes left; NULL when there is nothing
 * to hold or something failed. */
static void *own(struct reader *reader, uint32_t count, size_t size)
{
    if (!going(reader) || count == 0)
        return NULL;
    struct block *block = calloc(1, sizeof *block + count * size);
    if (!block) {
        hf_cursor_fail(&reader->cursor, HF_ERR_NOMEM);
        return NULL;
    }
    block->bytes = count * size;
    block->next = reader->message.owned;
    reader->message.owned = block;
    return block->data;
}

static void take_fixed(struct reader *reader, uint8_t *out, size_t len)
{
    const uint8_t *bytes = hf_cursor_fixed(&reader->cursor, len);
    if (bytes)
        memcpy(out, bytes, len);
}

static uint32_t take_u32(struct reader *reader)
{
    uint64_t value = hf_cursor_uint(&reader->cursor);
    if (value > UINT32_MAX)
        hf_cursor_fail(&reader->cursor, HF_ERR_INVALID);
    return (uint32_t)value;
}

/* A code that an enum can hold; which codes there are is checked by hf_message_check. */
static uint8_t take_code(struct reader *reader)
{
    uint64_t value = hf_cursor_uint(&reader->cursor);
    if (value > INT8_MAX)
        hf_cursor_fail(&reader->cursor, HF_ERR_INVALID);
    return (uint8_t)(value & INT8_MAX);
}

static void enter(struct reader *reader, uint32_t count)
{
    if (hf_cursor_array(&reader->cursor, UINT32_MAX) != count)
        hf_cursor_fail(&reader->cursor, HF_ERR_INVALID);
}

static void leave(struct reader *reader)
{
    hf_cursor_leave(&reader->cursor);
}

/* In ms. A clock may be centuries off, and works. */
static uint64_t take_seconds(struct reader *reader)
{
    const uint64_t seconds = hf_cursor_uint(&reader->cursor);
    if (seconds > UINT64_MAX / 1000)
        hf_cursor_fail(&reader->cursor, HF_ERR_INVALID);
    return seconds > UINT64_MAX / 1000 ? 0 : 1000 * seconds;
}

static void take_hello(struct reader *reader)
{
    struct hf_cursor *cursor = &reader->cursor;
    reader->message.as.hello.version = hf_cursor_uint(cursor);
    hf_put_u32(reader->message.as.hello.device, take_u32(reader));
    reader->message.as.hello.incarnation = take_u32(reader);
    reader->message.as.hello.next_seq = hf_cursor_uint(cursor);
    reader->message.as.hello.cursor = hf_cursor_uint(cursor);
    reader->message.as.hello.checkpoint_size = hf_cursor_uint(cursor);
    reader->message.as.hello.clock_ms = take_seconds(reader);
    reader->message.as.hello.known = hf_cursor_uint(cursor);
}

static void take_welcome(struct reader *reader)
{
    struct hf_cursor *cursor = &reader->cursor;
    reader->message.as.welcome.version = hf_cursor_uint(cursor);
    reader->message.as.welcome.server_ms = hf_cursor_uint(cursor);
    reader->message.as.welcome.mode = take_code(reader);
    reader->message.as.welcome.next_seq = hf_cursor_uint(cursor);
    hf_put_u64(reader->message.as.welcome.head, hf_cursor_uint(cursor));
    reader->message.as.welcome.log_size = hf_cursor_uint(cursor);
    reader->message.as.welcome.certificate = hf_cursor_bytes(cursor, HF_LIMIT_CERTIFICATE_BYTES);
    reader->message.as.welcome.lease_days = take_u32(reader);
    reader->message.as.welcome.incarnation = take_u32(reader);
    reader->message.as.welcome.drafts = hf_cursor_bool(cursor);
    reader->message.as.welcome.attach_mark = take_u32(reader);
}

static void *own_bytes(void *ctx, size_t bytes)
{
    struct reader *reader = ctx;
    return bytes <= HF_LIMIT_MESSAGE_BYTES ? own(reader, 1, bytes) : NULL;
}

static void take_changes(struct reader *reader, bool is_feed, struct hf_item **out_items, size_t *out_count)
{
    struct hf_slice batch = hf_cursor_bytes(&reader->cursor, 0);
    struct hf_slice signatures = hf_cursor_bytes(&reader->cursor, (size_t)HF_LIMIT_FEED_ITEMS * HF_SIGN_BYTES);
    if (!going(reader))
        return;
    enum hf_status status = hf_changes_decode(batch, signatures, is_feed, own_bytes, reader, out_items, out_count);
    if (status != HF_OK)
        hf_cursor_fail(&reader->cursor, status);
}

static void take_snapshot(struct reader *reader)
{
    hf_snapshot_take(&reader->cursor, &reader->message.as.snapshot);
}

static void take_snapshot_is(struct reader *reader)
{
    hf_snapshot_is_take(&reader->cursor, own_bytes, reader, &reader->message.as.snapshot_is);
}

static void take_push(struct reader *reader)
{
    struct hf_item *items = NULL;
    take_changes(reader, false, &items, &reader->message.as.push.count);
    reader->message.as.push.items = items;
}

static struct hf_msg_pushed *take_results(struct reader *reader, size_t *out_count)
{
    uint32_t count = hf_cursor_array(&reader->cursor, HF_LIMIT_PUSH_ITEMS);
    struct hf_msg_pushed *results = own(reader, count, sizeof *results);
    for (uint32_t i = 0; results && going(reader) && i < count; i++) {
        enter(reader, 3);
        results[i].seq = hf_cursor_uint(&reader->cursor);
        results[i].index = hf_cursor_uint(&reader->cursor);
        results[i].hold = take_code(reader);
        leave(reader);
    }
    leave(reader);
    *out_count = count;
    return results;
}

static void take_pushed(struct reader *reader)
{
    reader->message.as.pushed.results = take_results(reader, &reader->message.as.pushed.count);
}

static void take_pull(struct reader *reader)
{
    struct hf_cursor *cursor = &reader->cursor;
    reader->message.as.pull.cursor = hf_cursor_uint(cursor);
    reader->message.as.pull.one_case = hf_cursor_peek(cursor) != HF_PACK_NIL;
    if (reader->message.as.pull.one_case)
        reader->message.as.pull.case_id = hf_cursor_id(cursor);
    else
        hf_cursor_nil(cursor);
    reader->message.as.pull.until = hf_cursor_uint(cursor);
}

static void take_keys(struct reader *reader)
{
    uint32_t count = hf_cursor_array(&reader->cursor, HF_LIMIT_FEED_KEYS);
    struct hf_class_key *keys = own(reader, count, sizeof *keys);
    for (uint32_t i = 0; keys && going(reader) && i < count; i++) {
        enter(reader, 4);
        keys[i].case_id = hf_cursor_id(&reader->cursor);
        keys[i].key_id = hf_cursor_id(&reader->cursor);
        keys[i].epoch = take_u32(reader);
        take_fixed(reader, keys[i].key, sizeof keys[i].key);
        leave(reader);
    }
    leave(reader);
    reader->message.as.feed.keys = keys;
    reader->message.as.feed.key_count = count;
}

static void take_entries_fed(struct reader *reader)
{
    take_keys(reader);
    take_changes(reader, true, &reader->message.as.feed.items, &reader->message.as.feed.item_count);
    reader->message.as.feed.next_cursor = hf_cursor_uint(&reader->cursor);
}

static void take_live(struct reader *reader)
{
    reader->message.as.feed.from = hf_cursor_uint(&reader->cursor);
    take_entries_fed(reader);
}

static void take_feed(struct reader *reader)
{
    take_entries_fed(reader);
    reader->message.as.feed.more = hf_cursor_bool(&reader->cursor);
}

static void take_proof(struct reader *reader, struct hf_proof *proof)
{
    uint32_t count = hf_cursor_array(&reader->cursor, HF_PROOF_HASHES_MAX);
    for (uint32_t i = 0; i < count; i++)
        take_fixed(reader, proof->hash[i].bytes, HF_HASH_BYTES);
    leave(reader);
    proof->count = count;
}

static struct hf_msg_range *take_ranges(struct reader *reader, bool with_proofs, size_t *out_count)
{
    uint32_t count = hf_cursor_array(&reader->cursor, HF_LIMIT_HEAD_RANGES);
    struct hf_msg_range *ranges = own(reader, count, sizeof *ranges);
    for (uint32_t i = 0; ranges && going(reader) && i < count; i++) {
        enter(reader, with_proofs ? 3 : 2);
        ranges[i].first = hf_cursor_uint(&reader->cursor);
        ranges[i].count = hf_cursor_uint(&reader->cursor);
        if (with_proofs)
            take_proof(reader, &ranges[i].proof);
        leave(reader);
    }
    leave(reader);
    *out_count = count;
    return ranges;
}

static void take_head(struct reader *reader)
{
    reader->message.as.head.old_size = hf_cursor_uint(&reader->cursor);
    reader->message.as.head.ranges = take_ranges(reader, false, &reader->message.as.head.range_count);
    reader->message.as.head.with_pushed = hf_cursor_bool(&reader->cursor);
}

static void take_head_is(struct reader *reader)
{
    reader->message.as.head_is.note = hf_cursor_bytes(&reader->cursor, HF_NOTE_BYTES_MAX);
    take_proof(reader, &reader->message.as.head_is.consistency);
    reader->message.as.head_is.ranges = take_ranges(reader, true, &reader->message.as.head_is.range_count);
}

static void take_enrol(struct reader *reader)
{
    take_fixed(reader, reader->message.as.enrol.device, HF_SIGN_PUBLIC_BYTES);
    take_fixed(reader, reader->message.as.enrol.signature, HF_SIGN_BYTES);
}

static void take_enrolled(struct reader *reader)
{
    struct hf_cursor *cursor = &reader->cursor;
    reader->message.as.enrolled.pending = hf_cursor_bool(cursor);
    reader->message.as.enrolled.person = hf_cursor_id(cursor);
    reader->message.as.enrolled.role = take_code(reader);
    reader->message.as.enrolled.person_name = hf_cursor_text(cursor, HF_LIMIT_PERSON_NAME_BYTES);
    reader->message.as.enrolled.incarnation = take_u32(reader);
    take_fixed(reader, reader->message.as.enrolled.authority_key, HF_SIGN_PUBLIC_BYTES);
    reader->message.as.enrolled.certificate = hf_cursor_bytes(cursor, HF_LIMIT_CERTIFICATE_BYTES);
}

static void take_witnessed_is(struct reader *reader)
{
    reader->message.as.witnessed_is.note = hf_cursor_bytes(&reader->cursor, HF_NOTE_BYTES_MAX);
    reader->message.as.witnessed_is.policy = hf_cursor_text(&reader->cursor, HF_LIMIT_POLICY_FILE_BYTES);
}

static void take_entries(struct reader *reader)
{
    reader->message.as.entries.from = hf_cursor_uint(&reader->cursor);
    reader->message.as.entries.count = hf_cursor_uint(&reader->cursor);
    reader->message.as.entries.contents = hf_cursor_bool(&reader->cursor);
}

/* Bytes, or nil for none; empty bytes would be a second way to say none. */
static struct hf_slice take_bytes_or_nil(struct reader *reader, size_t max_bytes)
{
    if (hf_cursor_peek(&reader->cursor) == HF_PACK_NIL) {
        hf_cursor_nil(&reader->cursor);
        return (struct hf_slice){0};
    }
    struct hf_slice bytes = hf_cursor_bytes(&reader->cursor, max_bytes);
    if (bytes.len == 0)
        hf_cursor_fail(&reader->cursor, HF_ERR_INVALID);
    return bytes;
}

static void take_entry(struct reader *reader, struct hf_msg_entry *entry)
{
    enter(reader, 4);
    const uint8_t *leaf = hf_cursor_fixed(&reader->cursor, HF_LEAF_BYTES);
    entry->leaf = hf_slice_of(leaf, leaf ? HF_LEAF_BYTES : 0);
    entry->payload = take_bytes_or_nil(reader, HF_PAYLOAD_BYTES_MAX);
    struct hf_slice r = take_bytes_or_nil(reader, 0);
    if (r.len != 0 && r.len != HF_OPENING_BYTES)
        hf_cursor_fail(&reader->cursor, HF_ERR_INVALID);
    entry->r = r.data;
    entry->body = take_bytes_or_nil(reader, HF_BODY_BYTES_MAX);
    leave(reader);
}

static void take_entries_are(struct reader *reader)
{
    reader->message.as.entries_are.size = hf_cursor_uint(&reader->cursor);
    uint32_t count = hf_cursor_array(&reader->cursor, HF_LIMIT_ENTRIES);
    struct hf_msg_entry *entries = own(reader, count, sizeof *entries);
    for (uint32_t i = 0; entries && going(reader) && i < count; i++)
        take_entry(reader, &entries[i]);
    leave(reader);
    reader->message.as.entries_are.entries = entries;
    reader->message.as.entries_are.count = count;
}

static void take_admin(struct reader *reader)
{
    uint32_t count = hf_cursor_array(&reader->cursor, HF_LIMIT_ADMIN_ARGS);
    struct hf_slice *args = own(reader, count, sizeof *args);
    for (uint32_t i = 0; args && i < count; i++)
        args[i] = hf_cursor_text(&reader->cursor, HF_LIMIT_ADMIN_ARG_BYTES);
    leave(reader);
    reader->message.as.admin.args = args;
    reader->message.as.admin.count = count;
}

static void take_admin_done(struct reader *reader)
{
    reader->message.as.admin_done.exit_code = take_u32(reader);
    reader->message.as.admin_done.output = hf_cursor_text(&reader->cursor, HF_LIMIT_ADMIN_OUTPUT_BYTES);
    reader->message.as.admin_done.errors = hf_cursor_text(&reader->cursor, HF_LIMIT_ADMIN_OUTPUT_BYTES);
}

/* A later program may know more reasons than this one; its text still helps. */
static void take_error(struct reader *reader)
{
    uint64_t status = hf_cursor_uint(&reader->cursor);
    reader->message.as.error.status = status < HF_STATUS_COUNT ? (enum hf_status)status : HF_ERR_PROTOCOL;
    reader->message.as.error.text = hf_cursor_text(&reader->cursor, HF_LIMIT_ERROR_TEXT_BYTES);
}

static void take_news(struct reader *reader)
{
    struct hf_cursor *cursor = &reader->cursor;
    reader->message.as.news.log_size = hf_cursor_uint(cursor);
    reader->message.as.news.whole = hf_cursor_peek(cursor) != HF_PACK_NIL;
    if (reader->message.as.news.whole)
        reader->message.as.news.attachment = hf_cursor_id(cursor);
    else
        hf_cursor_nil(cursor);
}

static void take_purged(struct reader *reader)
{
    reader->message.as.purged.case_id = hf_cursor_id(&reader->cursor);
    reader->message.as.purged.changes = hf_cursor_uint(&reader->cursor);
}

/* --- drafts --- */

static void take_draft(struct reader *reader, struct hf_draft_item *item, bool of_others)
{
    struct hf_cursor *cursor = &reader->cursor;
    enter(reader, of_others ? 8 : 6);
    item->record_id = hf_cursor_id(cursor);
    if (of_others) {
        take_fixed(reader, item->device, sizeof item->device);
        item->person = hf_cursor_id(cursor);
    }
    item->case_id = hf_cursor_id(cursor);
    item->key_id = hf_cursor_id(cursor);
    item->version = hf_cursor_uint(cursor);
    item->shared = hf_cursor_bool(cursor);
    item->blob = hf_cursor_bytes(cursor, HF_DRAFT_BLOB_BYTES_MAX);
    leave(reader);
}

static void take_draft_items(struct reader *reader, bool of_others)
{
    uint32_t count = hf_cursor_array(&reader->cursor, HF_LIMIT_DRAFTS);
    struct hf_draft_item *items = own(reader, count, sizeof *items);
    for (uint32_t i = 0; items && going(reader) && i < count; i++)
        take_draft(reader, &items[i], of_others);
    leave(reader);
    reader->message.as.drafts.items = items;
    reader->message.as.drafts.item_count = count;
}

static struct hf_draft_ref *take_draft_refs(struct reader *reader, uint32_t max, bool with_device, size_t *out_count)
{
    uint32_t count = hf_cursor_array(&reader->cursor, max);
    struct hf_draft_ref *refs = own(reader, count, sizeof *refs);
    for (uint32_t i = 0; refs && going(reader) && i < count; i++) {
        enter(reader, with_device ? 3 : 2);
        refs[i].record_id = hf_cursor_id(&reader->cursor);
        if (with_device)
            take_fixed(reader, refs[i].device, sizeof refs[i].device);
        refs[i].version = hf_cursor_uint(&reader->cursor);
        leave(reader);
    }
    leave(reader);
    *out_count = count;
    return refs;
}

static void take_drafts(struct reader *reader)
{
    struct hf_msg_drafts *drafts = &reader->message.as.drafts;
    take_draft_items(reader, false);
    drafts->ended = take_draft_refs(reader, HF_LIMIT_DRAFTS, true, &drafts->ended_count);
    drafts->held = take_draft_refs(reader, HF_LIMIT_DRAFTS_HELD, true, &drafts->held_count);
}

static void take_drafts_are(struct reader *reader)
{
    struct hf_msg_drafts *drafts = &reader->message.as.drafts;
    drafts->result_count = hf_cursor_array(&reader->cursor, HF_LIMIT_DRAFTS);
    drafts->results = own(reader, (uint32_t)drafts->result_count, sizeof *drafts->results);
    for (size_t i = 0; drafts->results && i < drafts->result_count; i++)
        drafts->results[i] = take_code(reader);
    leave(reader);
    take_draft_items(reader, true);
    drafts->gone_count = hf_cursor_array(&reader->cursor, HF_LIMIT_DRAFTS_HELD);
    drafts->gone = own(reader, (uint32_t)drafts->gone_count, sizeof *drafts->gone);
    for (size_t i = 0; drafts->gone && i < drafts->gone_count; i++)
        drafts->gone[i] = take_u32(reader);
    leave(reader);
    drafts->ended = take_draft_refs(reader, HF_LIMIT_DRAFTS, false, &drafts->ended_count);
    drafts->more = hf_cursor_bool(&reader->cursor);
}

static void take_restart(struct reader *reader)
{
    reader->message.as.restart.incarnation = take_u32(reader);
    take_fixed(reader, reader->message.as.restart.head, HF_HASH_BYTES);
    reader->message.as.restart.more = hf_cursor_bool(&reader->cursor);
    reader->message.as.restart.leaves =
        hf_cursor_bytes(&reader->cursor, (size_t)HF_LIMIT_RESTART_LEAVES * HF_LEAF_BYTES);
}

static void take_restarted(struct reader *reader)
{
    reader->message.as.restarted.incarnation = take_u32(reader);
    reader->message.as.restarted.results = take_results(reader, &reader->message.as.restarted.count);
    reader->message.as.restarted.place = hf_cursor_uint(&reader->cursor);
    reader->message.as.restarted.leaf = hf_cursor_bytes(&reader->cursor, HF_LEAF_BYTES);
}

/* --- attachments --- */

static void take_chunks(struct reader *reader)
{
    struct hf_msg_attach *attach = &reader->message.as.attach;
    const uint32_t count = hf_cursor_array(&reader->cursor, HF_LIMIT_ATTACH_CHUNKS);
    attach->chunks = own(reader, count, sizeof *attach->chunks);
    for (uint32_t i = 0; attach->chunks && i < count; i++)
        attach->chunks[i] = hf_cursor_bytes(&reader->cursor, HF_ATTACH_SEALED_BYTES);
    attach->count = attach->chunks ? count : 0;
    leave(reader);
    take_proof(reader, &attach->proof);
}

static void take_attach_put(struct reader *reader)
{
    reader->message.as.attach.record_id = hf_cursor_id(&reader->cursor);
    reader->message.as.attach.first = hf_cursor_uint(&reader->cursor);
    take_chunks(reader);
}

static void take_attach_has(struct reader *reader)
{
    reader->message.as.attach.result = (enum hf_attach_result)take_code(reader);
    reader->message.as.attach.have = hf_cursor_uint(&reader->cursor);
}

static void take_attach_get(struct reader *reader)
{
    reader->message.as.attach.record_id = hf_cursor_id(&reader->cursor);
    reader->message.as.attach.first = hf_cursor_uint(&reader->cursor);
    reader->message.as.attach.most = take_u32(reader);
}

static void take_attach_is(struct reader *reader)
{
    reader->message.as.attach.result = (enum hf_attach_result)take_code(reader);
    take_chunks(reader);
}

static const struct {
    uint32_t fields;
    take_fn *take;
} forms[HF_MSG_TYPE_COUNT] = {
    [HF_MSG_HELLO] = {8, take_hello},
    [HF_MSG_WELCOME] = {11, take_welcome},
    [HF_MSG_PUSH] = {2, take_push},
    [HF_MSG_PUSHED] = {1, take_pushed},
    [HF_MSG_HAND_ON] = {2, take_push},
    [HF_MSG_HANDED_ON] = {1, take_pushed},
    [HF_MSG_PULL] = {3, take_pull},
    [HF_MSG_FEED] = {5, take_feed},
    [HF_MSG_LIVE] = {5, take_live},
    [HF_MSG_HEAD] = {3, take_head},
    [HF_MSG_HEAD_IS] = {3, take_head_is},
    [HF_MSG_ENROL] = {2, take_enrol},
    [HF_MSG_ENROLLED] = {7, take_enrolled},
    [HF_MSG_ENTRIES] = {3, take_entries},
    [HF_MSG_ENTRIES_ARE] = {2, take_entries_are},
    [HF_MSG_ADMIN] = {1, take_admin},
    [HF_MSG_ADMIN_DONE] = {3, take_admin_done},
    [HF_MSG_PING] = {0, NULL},
    [HF_MSG_PONG] = {0, NULL},
    [HF_MSG_ERROR] = {2, take_error},
    [HF_MSG_NEWS] = {2, take_news},
    [HF_MSG_DRAFTS] = {3, take_drafts},
    [HF_MSG_DRAFTS_ARE] = {5, take_drafts_are},
    [HF_MSG_SNAPSHOT] = {5, take_snapshot},
    [HF_MSG_SNAPSHOT_IS] = {8, take_snapshot_is},
    [HF_MSG_PURGED] = {2, take_purged},
    [HF_MSG_PURGE_NOTED] = {0, NULL},
    [HF_MSG_ATTACH_PUT] = {4, take_attach_put},
    [HF_MSG_ATTACH_HAS] = {2, take_attach_has},
    [HF_MSG_ATTACH_GET] = {3, take_attach_get},
    [HF_MSG_ATTACH_IS] = {3, take_attach_is},
    [HF_MSG_RESTART] = {4, take_restart},
    [HF_MSG_WITNESSED] = {0, NULL},
    [HF_MSG_WITNESSED_IS] = {2, take_witnessed_is},
    [HF_MSG_RESTARTED] = {4, take_restarted},
};

static void take_message(struct reader *reader)
{
    uint32_t count = hf_cursor_array(&reader->cursor, UINT32_MAX);
    uint64_t type = hf_cursor_uint(&reader->cursor);
    reader->message.request = take_u32(reader);
    if (!going(reader))
        return;
    if (type > UINT32_MAX || !hf_message_is_type((unsigned)type) || count != 2 + forms[type].fields) {
        hf_cursor_fail(&reader->cursor, HF_ERR_INVALID);
        return;
    }
    reader->message.type = (enum hf_message_type)type;
    if (forms[type].take)
        forms[type].take(reader);
    leave(reader);
}

enum hf_status hf_message_decode(struct hf_slice bytes, struct hf_message *out)
{
    if (bytes.len > HF_LIMIT_MESSAGE_BYTES)
        return HF_ERR_LIMIT;
    struct reader reader = {0};
    hf_cursor_init(&reader.cursor, bytes, HF_LIMIT_MESSAGE_ELEMENTS);
    take_message(&reader);

    enum hf_status status = hf_cursor_end(&reader.cursor);
    if (status == HF_OK)
        status = hf_message_check(&reader.message);
    if (status != HF_OK) {
        hf_message_clear(&reader.message);
        return status == HF_ERR_INVALID ? HF_ERR_PROTOCOL : status;
    }
    *out = reader.message;
    return HF_OK;
}

void hf_message_clear(struct hf_message *message)
{
    struct block *block = message->owned;
    while (block) {
        struct block *next = block->next;
        hf_wipe(block->data, block->bytes);
        free(block);
        block = next;
    }
    *message = (struct hf_message){0};
}
