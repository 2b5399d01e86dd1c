/* Changes that somebody carries: files for the office, answers of the office, files for whoever holds a case
 * (protocol/carry.h, docs/decisions/0010). What an answer says is stored by the functions that store what a connection
 * brings, and checked by them in the same way. */
#include "client/bundle_lanes.h"
#include "client/distrust.h"
#include "client/handle.h"
#include "client/reads.h"

#include "core/replica/carried.h"
#include "core/replica/lease.h"
#include "core/vault/files.h"
#include "protocol/carry.h"
#include "protocol/message.h"

#include <stdlib.h>
#include <string.h>

#define ITEMS_MAX 65536 /* of one case in one file */

/* --- files --- */

static enum hf_status read_file(struct holdfast *hf, const char *path, struct hf_buf *out)
{
    struct hf_error cause = {0};
    enum hf_status status = hf_vault_file_read(path, HF_LIMIT_CARRY_BYTES, out, &cause);
    if (status == HF_ERR_NOT_FOUND)
        return hf_handle_fail(hf, status, "There is no file %s.", path);
    if (status == HF_ERR_CORRUPT)
        return hf_handle_fail(hf, HF_ERR_LIMIT, "%s is longer than %u MiB, which no such file is.", path,
                              HF_LIMIT_CARRY_BYTES >> 20);
    return status == HF_OK ? HF_OK : hf_handle_fail(hf, status, "%s could not be read: %s", path, cause.text);
}

static enum hf_status write_file(struct holdfast *hf, const char *path, const struct hf_buf *bytes)
{
    struct hf_error cause = {0};
    enum hf_status status = hf_vault_file_write(path, hf_buf_slice(bytes), &cause);
    if (status == HF_ERR_EXISTS)
        return hf_handle_fail(hf, status, "%s is there already. Name a file that is not.", path);
    return status == HF_OK ? HF_OK : hf_handle_fail(hf, status, "%s could not be written: %s", path, cause.text);
}

static enum hf_status put(struct holdfast *hf, struct hf_carry_writer *writer, struct hf_slice part, bool last)
{
    enum hf_status status = hf_carry_put(writer, part, last);
    if (status == HF_ERR_LIMIT)
        return hf_handle_fail(hf, status,
                              "There is more here than fits into one file of %u MiB: it has to go over a network.",
                              HF_LIMIT_CARRY_BYTES >> 20);
    return status;
}

static void fresh_key(struct hf_dh_key *out)
{
    uint8_t seed[HF_DH_BYTES];
    hf_random(seed, sizeof seed);
    hf_dh_key_from_seed(seed, out);
    hf_wipe(seed, sizeof seed);
}

/* --- for the office --- */

struct batch {
    struct hf_item items[HF_LIMIT_PUSH_ITEMS];
    size_t count, bytes;
    struct hf_buf storage; /* leaves and bodies */
};

static bool take_item(void *ctx, const struct hf_item *item)
{
    struct batch *batch = ctx;
    const size_t bytes = hf_message_item_bytes(item);
    if (batch->count == HF_LIMIT_PUSH_ITEMS || batch->bytes + bytes > HF_LIMIT_PUSH_BYTES)
        return false;
    struct hf_item *copy = &batch->items[batch->count];
    *copy = *item;
    copy->leaf.data = batch->storage.data + batch->storage.len;
    hf_buf_append_slice(&batch->storage, item->leaf);
    copy->body.data = batch->storage.data + batch->storage.len;
    hf_buf_append_slice(&batch->storage, item->body);
    batch->bytes += bytes;
    batch->count++;
    return true;
}

static enum hf_status put_message(struct holdfast *hf, struct hf_carry_writer *writer, struct hf_message *message,
                                  uint32_t request)
{
    struct hf_buf bytes = {0};
    message->request = request;
    enum hf_status status = hf_message_encode(message, &bytes);
    if (status == HF_OK)
        status = put(hf, writer, hf_buf_slice(&bytes), false);
    hf_buf_wipe(&bytes);
    return status;
}

/* All that is unsent, in as many messages as it takes. */
static enum hf_status put_outbox(struct holdfast *hf, struct hf_carry_writer *writer, const struct hf_sync_facts *facts,
                                 uint32_t *request, uint64_t *out_changes)
{
    struct batch *batch = calloc(1, sizeof *batch);
    uint64_t from = facts->unsent_seq;
    enum hf_status status = batch ? HF_OK : HF_ERR_NOMEM;
    while (status == HF_OK && from < facts->next_seq) {
        batch->count = batch->bytes = 0;
        hf_buf_wipe(&batch->storage);
        hf_buf_reserve(&batch->storage, HF_LIMIT_PUSH_BYTES); /* at once: the items point into it */
        status = hf_buf_status(&batch->storage);
        if (status == HF_OK)
            status = hf_replica_outbox(hf->replica, from, take_item, batch);
        if (status != HF_OK || batch->count == 0)
            break;
        struct hf_message message = {.type = HF_MSG_PUSH};
        message.as.push.items = batch->items;
        message.as.push.count = batch->count;
        status = put_message(hf, writer, &message, ++*request);
        from += batch->count;
        *out_changes += batch->count;
    }
    if (batch)
        hf_buf_wipe(&batch->storage);
    free(batch);
    return status;
}

static enum hf_status put_questions(struct holdfast *hf, struct hf_carry_writer *writer,
                                    const struct hf_sync_facts *facts, uint32_t *request)
{
    struct hf_msg_range ranges[HF_FACT_RANGES_MAX];
    struct hf_message message = {.type = HF_MSG_PULL};
    message.as.pull.cursor = facts->cursor;
    enum hf_status status = put_message(hf, writer, &message, ++*request);
    if (status == HF_OK && facts->has_catchup) {
        message.as.pull.cursor = facts->catchup_from;
        message.as.pull.one_case = true;
        message.as.pull.case_id = facts->catchup_case;
        message.as.pull.until = facts->catchup_until;
        status = put_message(hf, writer, &message, ++*request);
    }
    if (status == HF_OK && facts->has_purge) {
        message = (struct hf_message){.type = HF_MSG_PURGED};
        message.as.purged.case_id = facts->purge_case;
        message.as.purged.changes = facts->purge_changes;
        status = put_message(hf, writer, &message, ++*request);
    }
    for (size_t i = 0; i < facts->range_count; i++)
        ranges[i] = (struct hf_msg_range){.first = facts->ranges[i].first, .count = facts->ranges[i].count};
    message = (struct hf_message){.type = HF_MSG_HEAD};
    message.as.head.old_size = facts->checkpoint_size;
    message.as.head.ranges = ranges;
    message.as.head.range_count = facts->range_count;
    return status == HF_OK ? put_message(hf, writer, &message, ++*request) : status;
}

static enum hf_status put_all(struct holdfast *hf, struct hf_carry_writer *writer, const struct hf_sync_facts *facts,
                              struct holdfast_bundle *out)
{
    uint32_t request = 1;
    struct hf_message hello = {.type = HF_MSG_HELLO};
    hello.as.hello.version = HF_PROTOCOL_VERSION;
    memcpy(hello.as.hello.device, facts->device, sizeof hello.as.hello.device);
    hello.as.hello.incarnation = facts->incarnation;
    hello.as.hello.next_seq = facts->next_seq;
    hello.as.hello.cursor = facts->cursor;
    hello.as.hello.checkpoint_size = facts->checkpoint_size;
    enum hf_status status = put_message(hf, writer, &hello, request);
    if (status == HF_OK)
        status = put_outbox(hf, writer, facts, &request, &out->changes);
    if (status == HF_OK)
        status = put_questions(hf, writer, facts, &request);
    if (status == HF_OK)
        status = hf_bundle_put_lanes(hf, writer, &request, out);
    return status == HF_OK ? put(hf, writer, hf_slice_of(NULL, 0), true) : status;
}

static enum hf_status begin_for_office(struct holdfast *hf, struct hf_carry_writer *writer, struct hf_buf *out)
{
    const struct hf_identity *own = hf_replica_identity(hf->replica);
    struct hf_carry_header header = {.kind = HF_CARRY_TO_OFFICE};
    struct hf_dh_key once;
    uint8_t key[HF_KEY_BYTES];
    fresh_key(&once);
    memcpy(header.log_id, own->log_id, sizeof header.log_id);
    memcpy(header.party, own->channel.public_key, sizeof header.party);
    memcpy(header.once, once.public_key, sizeof header.once);
    enum hf_status status = hf_carry_channel_key(&header, own->psk, &own->channel, own->server_channel_key, &once, key);
    if (status == HF_OK)
        hf_carry_begin(writer, &header, key, out);
    hf_wipe(&once, sizeof once);
    hf_wipe(key, sizeof key);
    return status;
}

static enum hf_status export_to_office(struct holdfast *hf, const char *path, struct holdfast_bundle *out)
{
    const enum hf_identity_state state = hf_replica_identity(hf->replica)->state;
    struct hf_carry_writer writer = {0};
    struct hf_sync_facts facts;
    struct hf_buf file = {0};
    uint8_t request[HF_HASH_BYTES];
    if (state != HF_IDENTITY_ENROLLED && state != HF_IDENTITY_REVOKED)
        return hf_handle_fail(hf, HF_ERR_STATE,
                              "This device has not joined an office yet, and that takes a network, once.");
    if (hf_replica_damage(hf->replica)[0] != '\0')
        return hf_handle_fail(hf, HF_ERR_STATE,
                              "This device's store does not fit itself. It has to speak to the office over a network, "
                              "which gives it a new chain; nothing is lost meanwhile.");
    hf_buf_init(&file, HF_LIMIT_CARRY_BYTES);
    enum hf_status status = hf_replica_catchups_anew(hf->replica, &hf->err);
    if (status == HF_OK)
        status = hf_replica_facts(hf->replica, &facts);
    if (status == HF_OK)
        status = begin_for_office(hf, &writer, &file);
    if (status == HF_OK)
        status = put_all(hf, &writer, &facts, out);
    if (status == HF_OK)
        status = write_file(hf, path, &file);
    if (status == HF_OK) {
        hf_sha256_of(file.data, HF_CARRY_HEADER_BYTES, request);
        status = hf_replica_request_put(hf->replica, request, &hf->err);
    }
    hf_carry_end(&writer);
    hf_buf_wipe(&file);
    return status;
}

enum holdfast_status holdfast_bundle_export(struct holdfast *hf, const char *path, struct holdfast_bundle *out)
{
    struct holdfast_bundle made = {.office = true};
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_OFFICE);
    if (status != HF_OK)
        return hf_handle_refused(status);
    status = hf_distrust_check(hf);
    if (status == HF_OK)
        status = export_to_office(hf, path, &made);
    if (status == HF_OK)
        *out = made;
    return hf_handle_leave(hf, status);
}

/* --- for whoever holds a case --- */

/* One item is kept back, so that the last one can be told to be it. */
struct case_file {
    struct holdfast *hf;
    struct hf_carry_writer writer;
    struct hf_buf *file;
    struct hf_class_key key;
    struct hf_buf kept;
    bool begun;
    bool all;
    uint64_t changes;
    enum hf_status status;
    const struct holdfast_id *only;
    struct holdfast_bundle *out;
};

static void begin_case(struct case_file *at)
{
    struct hf_carry_header header = {.kind = HF_CARRY_OF_CASE};
    uint8_t key[HF_KEY_BYTES];
    memcpy(header.log_id, hf_replica_identity(at->hf->replica)->log_id, sizeof header.log_id);
    memcpy(header.party, at->key.key_id.bytes, sizeof at->key.key_id.bytes);
    hf_random(header.once, sizeof header.once);
    hf_carry_case_key(&header, &at->key, key);
    hf_carry_begin(&at->writer, &header, key, at->file);
    hf_wipe(key, sizeof key);
    at->begun = true;
}

static bool put_item(void *ctx, const struct hf_item *item)
{
    struct case_file *at = ctx;
    if (!at->begun)
        begin_case(at);
    else
        at->status = put(at->hf, &at->writer, hf_buf_slice(&at->kept), false);
    hf_buf_wipe(&at->kept);
    hf_carry_item_encode(item, &at->kept);
    at->changes++;
    if (at->status == HF_OK)
        at->status = hf_buf_status(&at->kept);
    return at->status == HF_OK && at->changes < ITEMS_MAX;
}

static bool put_case(void *ctx, const struct hf_id *case_id)
{
    struct case_file *at = ctx;
    if (at->only && memcmp(at->only->bytes, case_id->bytes, HF_ID_BYTES) != 0)
        return true;
    at->begun = false;
    at->changes = 0;
    at->status = hf_replica_carry_key(at->hf->replica, case_id, &at->key);
    if (at->status == HF_OK) {
        enum hf_status status = hf_replica_carry_out(at->hf->replica, case_id, at->all, put_item, at);
        at->status = at->status == HF_OK ? status : at->status;
    }
    if (at->status == HF_OK && at->begun) {
        at->status = put(at->hf, &at->writer, hf_buf_slice(&at->kept), true);
        at->out->cases++;
        at->out->changes += at->changes;
    }
    const uint64_t attachments = at->out->attachments;
    if (at->status == HF_OK)
        at->status = hf_bundle_put_attachments(at->hf, &at->key, at->all, at->file, at->out);
    if (at->status == HF_OK && (at->begun || at->out->attachments > attachments))
        hf_reads_note(at->hf, case_id, NULL, HF_READ_FILE);
    hf_buf_wipe(&at->kept);
    hf_carry_end(&at->writer);
    hf_wipe(&at->key, sizeof at->key);
    return at->status == HF_OK;
}

enum holdfast_status holdfast_bundle_export_cases(struct holdfast *hf, const char *path,
                                                  const struct holdfast_id *case_id, bool all,
                                                  struct holdfast_bundle *out)
{
    struct hf_buf file = {0};
    struct holdfast_bundle made = {0};
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_WRITE);
    if (status != HF_OK)
        return hf_handle_refused(status);
    struct case_file at = {.hf = hf, .file = &file, .only = case_id, .all = all, .out = &made};
    hf_buf_init(&file, HF_LIMIT_CARRY_BYTES);
    status = hf_replica_carry_cases(hf->replica, put_case, &at);
    if (status == HF_OK)
        status = at.status;
    if (status == HF_OK && made.changes == 0 && made.attachments == 0)
        status =
            hf_handle_fail(hf, HF_ERR_NOT_FOUND,
                           "There is nothing to hand over: no change of a case that you hold waits for the office. "
                           "With --all everything of the case goes.");
    if (status == HF_OK)
        status = write_file(hf, path, &file);
    hf_buf_wipe(&file);
    if (status == HF_OK)
        *out = made;
    return hf_handle_leave(hf, status);
}

/* --- taking in: of a case --- */

static enum hf_status take_items(struct holdfast *hf, const struct hf_carry *bundle, const struct hf_class_key *key,
                                 struct holdfast_bundle *out)
{
    struct hf_carried done = {0};
    struct hf_item *items = calloc(bundle->count, sizeof *items);
    enum hf_status status = items ? HF_OK : HF_ERR_NOMEM;
    for (size_t i = 0; status == HF_OK && i < bundle->count; i++)
        if (hf_carry_item_decode(bundle->parts[i], &key->case_id, &items[i]) != HF_OK)
            status = hf_handle_fail(hf, HF_ERR_INVALID, "This file does not hold changes of a case.");
    if (status == HF_OK)
        status = hf_replica_carry_in(hf->replica, &key->case_id, items, bundle->count, hf_wall_ms(), &done, &hf->err);
    free(items);
    if (status != HF_OK)
        return status;
    out->cases++;
    out->changes += done.taken;
    out->known += done.known;
    out->strangers += done.strangers;
    out->left_out += done.revoked + done.restricted;
    return HF_OK;
}

static uint64_t line_of_file(void)
{
    uint64_t line = 0;
    while (line == 0) {
        hf_random(&line, sizeof line);
        line >>= 1; /* SQLite's integers are signed */
    }
    return line;
}

static enum hf_status take_case(struct holdfast *hf, struct hf_slice file, const struct hf_carry_header *header,
                                struct holdfast_bundle *out)
{
    struct hf_class_key key = {0};
    struct hf_carry bundle = {0};
    uint8_t sealing[HF_KEY_BYTES];
    const struct hf_id key_id = hf_id_from_bytes(header->party);
    enum hf_status status = hf_replica_carry_key_by_id(hf->replica, &key_id, &key);
    const bool attachments = header->kind == HF_CARRY_OF_ATTACHMENTS;
    if (status == HF_ERR_NOT_FOUND) {
        out->cases_left_out += !attachments;
        return HF_OK;
    }
    if (status == HF_OK) {
        hf_carry_case_key(header, &key, sealing);
        status = hf_carry_open(file, sealing, &bundle, &hf->err);
    }
    if (status == HF_OK)
        status = attachments ? hf_bundle_take_attachments(hf, line_of_file(), &bundle, out)
                             : take_items(hf, &bundle, &key, out);
    hf_carry_clear(&bundle);
    hf_wipe(sealing, sizeof sealing);
    hf_wipe(&key, sizeof key);
    return status;
}

static enum hf_status check_log(struct holdfast *hf, const struct hf_carry_header *header)
{
    if (memcmp(header->log_id, hf_replica_identity(hf->replica)->log_id, sizeof header->log_id) == 0)
        return HF_OK;
    return hf_handle_fail(hf, HF_ERR_INVALID, "This file belongs to another office. Nothing of it was taken in.");
}

/* Every case is whole or nothing of the file is looked at; each is then taken in by itself. */
static enum hf_status take_cases(struct holdfast *hf, struct hf_slice file, struct holdfast_bundle *out)
{
    struct hf_carry_header header;
    enum hf_status status = HF_OK;
    for (int pass = 0; status == HF_OK && pass < 2; pass++) {
        for (size_t at = 0; status == HF_OK && at < file.len;) {
            const struct hf_slice rest = hf_slice_of(file.data + at, file.len - at);
            const size_t length = hf_carry_length(rest);
            status = hf_carry_header_decode(rest, &header, &hf->err);
            if (status == HF_OK)
                status = check_log(hf, &header);
            if (status == HF_OK &&
                (length == 0 || (header.kind != HF_CARRY_OF_CASE && header.kind != HF_CARRY_OF_ATTACHMENTS)))
                status = hf_handle_fail(hf, HF_ERR_CORRUPT,
                                        "This file is cut off: it was not copied to its end. Nothing of it was taken "
                                        "in. Copy it again from where it was made.");
            if (status == HF_OK && pass == 1)
                status = take_case(hf, hf_slice_of(rest.data, length), &header, out);
            at += length;
        }
    }
    if (status == HF_OK && out->cases == 0 && out->attachments == 0)
        status = hf_handle_fail(hf, HF_ERR_DENIED,
                                "This file is about cases that you do not hold, or it uses a newer key of a case than "
                                "this device has. Nothing of it was taken in, and nothing is lost. If you hold the "
                                "case, sync with the office and take the file in again.");
    return status;
}

/* --- taking in: the office's answer --- */

struct answer {
    struct holdfast *hf;
    struct hf_sync_facts facts;
    struct holdfast_bundle *out;
    uint64_t line; /* of attachments */
    bool welcomed;
    bool hand_in;
    uint32_t lease_days;
};

static enum hf_status on_welcome(struct answer *at, const struct hf_message *said)
{
    if (said->as.welcome.incarnation != at->facts.incarnation)
        return hf_handle_fail(at->hf, HF_ERR_STATE,
                              "This answer is for an earlier chain of this device. What it handed in since has to be "
                              "exported again; nothing is lost.");
    at->welcomed = true;
    at->hand_in = said->as.welcome.mode == HF_MODE_HAND_IN;
    at->lease_days = said->as.welcome.lease_days;
    return HF_OK;
}

static enum hf_status on_pushed(struct answer *at, const struct hf_message *said)
{
    const size_t count = said->as.pushed.count;
    struct hf_pushed *results = calloc(count, sizeof *results);
    if (!results)
        return HF_ERR_NOMEM;
    for (size_t i = 0; i < count; i++) {
        const struct hf_msg_pushed *from = &said->as.pushed.results[i];
        results[i] = (struct hf_pushed){.seq = from->seq, .index = from->index, .hold = from->hold};
    }
    enum hf_status status = hf_replica_store_pushed(at->hf->replica, results, count, &at->hf->err);
    free(results);
    at->out->sent += count;
    return status;
}

/* Where it goes on from must be here; what is here already does no harm. */
static enum hf_status on_feed(struct answer *at, const struct hf_message *asked, const struct hf_message *said)
{
    const bool one_case = asked->as.pull.one_case;
    const struct hf_feed feed = {.keys = said->as.feed.keys,
                                 .key_count = said->as.feed.key_count,
                                 .items = said->as.feed.items,
                                 .item_count = said->as.feed.item_count,
                                 .catchup = one_case,
                                 .next_cursor = said->as.feed.next_cursor};
    if (one_case &&
        (!at->facts.has_catchup || !hf_id_equal(&at->facts.catchup_case, &asked->as.pull.case_id) ||
         at->facts.catchup_from != asked->as.pull.cursor || at->facts.catchup_until != asked->as.pull.until))
        return HF_OK; /* fetched before, or not given any more */
    if (!one_case && asked->as.pull.cursor > at->facts.cursor)
        return hf_handle_fail(at->hf, HF_ERR_STATE,
                              "An earlier file of the office is missing: this one goes on from entry %llu, and this "
                              "device has read up to %llu. Take the earlier one in first, or export again.",
                              (unsigned long long)asked->as.pull.cursor, (unsigned long long)at->facts.cursor);
    if (!one_case && feed.next_cursor <= at->facts.cursor)
        return HF_OK;
    enum hf_status status = hf_replica_store_feed(at->hf->replica, &feed, hf_wall_ms(), &at->hf->err);
    at->out->changes += status == HF_OK ? feed.item_count : 0;
    return status;
}

static enum hf_status on_head(struct answer *at, const struct hf_message *asked, const struct hf_message *said)
{
    const size_t count = said->as.head_is.range_count;
    if (asked->as.head.old_size != at->facts.checkpoint_size) {
        at->out->receipts_follow = true; /* proved since, or by a later answer */
        return HF_OK;
    }
    struct hf_range_proof *ranges = calloc(count + 1, sizeof *ranges); /* + 1: none is not an error */
    if (!ranges)
        return HF_ERR_NOMEM;
    for (size_t i = 0; i < count; i++) {
        const struct hf_msg_range *from = &said->as.head_is.ranges[i];
        ranges[i].range = (struct hf_range){.first = from->first, .count = from->count};
        ranges[i].proof = from->proof;
        at->out->received += from->count;
    }
    enum hf_status status = hf_replica_store_head(at->hf->replica, said->as.head_is.note, &said->as.head_is.consistency,
                                                  ranges, count, hf_wall_ms(), &at->hf->err);
    free(ranges);
    return status;
}

static enum hf_status take_answer(struct answer *at, const struct hf_message *asked, const struct hf_message *said)
{
    if (said->type == HF_MSG_WELCOME)
        return on_welcome(at, said);
    if (said->type == HF_MSG_ERROR && asked->type == HF_MSG_PULL && asked->as.pull.one_case) /* the rest counts */
        return hf_replica_catchup_refused(at->hf->replica, &asked->as.pull.case_id, &at->hf->err);
    if (said->type == HF_MSG_ERROR)
        return hf_handle_fail(at->hf, said->as.error.status, "The office: %.*s", (int)said->as.error.text.len,
                              (const char *)said->as.error.text.data);
    if (!at->welcomed)
        return hf_handle_fail(at->hf, HF_ERR_PROTOCOL, "The office's answer is not of a form that is known here.");
    if (said->type == HF_MSG_PUSHED)
        return on_pushed(at, said);
    if (said->type == HF_MSG_FEED && asked->type == HF_MSG_PULL)
        return on_feed(at, asked, said);
    if (said->type == HF_MSG_HEAD_IS && asked->type == HF_MSG_HEAD)
        return on_head(at, asked, said);
    if (said->type == HF_MSG_PURGE_NOTED && asked->type == HF_MSG_PURGED)
        return hf_replica_purge_noted(at->hf->replica, &asked->as.purged.case_id, &at->hf->err);
    return hf_bundle_take_lane(at->hf, at->line, asked, said, at->out); /* and what is of a later version */
}

static enum hf_status take_pair(struct answer *at, struct hf_slice asked_bytes, struct hf_slice said_bytes)
{
    struct hf_message asked, said;
    enum hf_status status = hf_replica_facts(at->hf->replica, &at->facts);
    if (status == HF_OK)
        status = hf_message_decode(asked_bytes, &asked);
    if (status != HF_OK)
        return status;
    status = hf_message_decode(said_bytes, &said);
    if (status == HF_OK) {
        status = take_answer(at, &asked, &said);
        hf_message_clear(&said);
    }
    hf_message_clear(&asked);
    return status;
}

/* An answer to what this device asked last is as good as a sync: the lease begins anew, once. */
static enum hf_status end_answer(struct answer *at, struct hf_slice request)
{
    static const uint8_t none[HF_HASH_BYTES];
    uint8_t asked[HF_HASH_BYTES] = {0};
    size_t purged = 0;
    struct holdfast *hf = at->hf;
    enum hf_status status = hf_replica_purge_ready(hf->replica, &purged, &hf->err);
    if (status == HF_OK)
        status = hf_replica_request_get(hf->replica, asked);
    if (status != HF_OK || request.len != sizeof asked || memcmp(asked, none, sizeof none) == 0 ||
        memcmp(asked, request.data, sizeof asked) != 0)
        return status;
    if (!at->hand_in && at->lease_days > 0)
        status = hf_replica_lease_renew(hf->replica, at->lease_days, hf_wall_ms(), &hf->err);
    return status == HF_OK ? hf_replica_request_put(hf->replica, none, &hf->err) : status;
}

static enum hf_status open_answer(struct holdfast *hf, struct hf_slice file, const struct hf_carry_header *header,
                                  struct hf_carry *out)
{
    const struct hf_identity *own = hf_replica_identity(hf->replica);
    uint8_t key[HF_KEY_BYTES];
    if (memcmp(header->party, own->channel.public_key, sizeof header->party) != 0)
        return hf_handle_fail(hf, HF_ERR_DENIED, "This file is for another device. Nothing of it was taken in.");
    enum hf_status status = hf_carry_channel_key(header, own->psk, &own->channel, own->server_channel_key, NULL, key);
    if (status == HF_OK)
        status = hf_carry_open(file, key, out, &hf->err);
    hf_wipe(key, sizeof key);
    return status;
}

static enum hf_status take_office(struct holdfast *hf, struct hf_slice file, const struct hf_carry_header *header,
                                  struct holdfast_bundle *out)
{
    struct hf_carry bundle = {0};
    struct answer at = {.hf = hf, .out = out, .line = line_of_file()};
    out->office = true;
    enum hf_status status = open_answer(hf, file, header, &bundle);
    if (status == HF_OK && (bundle.bytes_used != file.len || bundle.count < 2))
        status = hf_handle_fail(hf, HF_ERR_CORRUPT, "This file is not what the office wrote. Nothing was taken in.");
    for (size_t i = 1; status == HF_OK && i + 2 < bundle.count; i += 2)
        status = take_pair(&at, bundle.parts[i], bundle.parts[i + 1]);
    if (status == HF_OK)
        status = end_answer(&at, bundle.parts[0]);
    out->hand_in = at.hand_in;
    hf_carry_clear(&bundle);
    return status;
}

static enum hf_status import(struct holdfast *hf, const char *path, struct holdfast_bundle *out)
{
    struct hf_buf file = {0};
    struct hf_carry_header header;
    enum hf_status status = read_file(hf, path, &file);
    if (status == HF_OK)
        status = hf_carry_header_decode(hf_buf_slice(&file), &header, &hf->err);
    if (status == HF_OK)
        status = check_log(hf, &header);
    if (status == HF_OK && header.kind == HF_CARRY_TO_OFFICE)
        status = hf_handle_fail(hf, HF_ERR_INVALID,
                                "This file is for the office: there it is taken in with `holdfastd bundle import`.");
    else if (status == HF_OK && header.kind == HF_CARRY_TO_DEVICE)
        status = take_office(hf, hf_buf_slice(&file), &header, out);
    else if (status == HF_OK)
        status = take_cases(hf, hf_buf_slice(&file), out);
    hf_buf_wipe(&file);
    return status;
}

enum holdfast_status holdfast_bundle_import(struct holdfast *hf, const char *path, struct holdfast_bundle *out)
{
    struct holdfast_bundle done = {0};
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_OFFICE);
    if (status != HF_OK)
        return hf_handle_refused(status);
    status = hf_distrust_check(hf);
    if (status == HF_OK)
        status = import(hf, path, &done);
    if (status == HF_OK)
        *out = done;
    return hf_handle_leave(hf, status);
}
