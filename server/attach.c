#include "server/attach.h"

#include "server/attach_internal.h"
#include "server/attach_mark.h"

#include "core/attach/chunks.h"
#include "core/pack/cursor.h"
#include "server/feed.h"
#include "server/keystore_erase.h"
#include "server/policies.h"

#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

_Static_assert(HF_CHUNKS_RUN_MAX == HF_LIMIT_ATTACH_CHUNKS, "what is read at once fits one message");

/* --- what was signed --- */

struct search {
    struct hf_office *office;
    const struct hf_peer *peer;
    struct hf_attach_kept found;
    bool is_found;
    enum hf_status status;
};

bool hf_attach_content_in(struct hf_slice body, const struct hf_entry_row *row, struct hf_attach_content *out)
{
    struct hf_data_body data;
    if (hf_data_body_decode(body, &data, NULL) != HF_OK || data.type != HF_RECORD_ATTACHMENT ||
        !hf_id_equal(&data.case_id, &row->case_id))
        return false;
    for (uint32_t i = 0; i < data.edit_count; i++) {
        const struct hf_edit *edit = &data.edits[i];
        struct hf_cursor cursor;
        if (edit->field != HF_FIELD_ATTACH_CONTENT)
            continue;
        hf_cursor_init(&cursor, edit->value, 1);
        const struct hf_slice text = hf_cursor_text(&cursor, HF_ATTACH_CONTENT_TEXT_BYTES);
        return hf_cursor_end(&cursor) == HF_OK && hf_attach_content_decode(text, out) == HF_OK;
    }
    return false;
}

/* The first content that this device signed for the record. Held changes count: nothing that was made is lost. */
static bool search_entry(void *ctx, const struct hf_entry_row *row)
{
    struct search *search = ctx;
    struct hf_class_key key = {0};
    struct hf_buf body = {0};
    struct hf_leaf leaf;
    if (row->payload.len == 0 || hf_leaf_decode(row->leaf, &leaf) != HF_OK ||
        memcmp(leaf.device, search->peer->device, sizeof leaf.device) != 0)
        return true;
    enum hf_status status = hf_keystore_get(search->office->keystore, &row->key_id, &key);
    if (status == HF_OK)
        status = hf_payload_open(&key, row->payload, &leaf, &body);
    if (status == HF_OK && hf_attach_content_in(hf_buf_slice(&body), row, &search->found.content)) {
        search->is_found = true;
        search->found.record_id = row->record_id;
        search->found.case_id = row->case_id;
        memcpy(search->found.device, leaf.device, sizeof search->found.device);
    } else if (status != HF_OK && status != HF_ERR_NOT_FOUND) {
        search->status = status;
    }
    hf_wipe(&key, sizeof key);
    hf_buf_wipe(&body);
    return !search->is_found && search->status == HF_OK;
}

/* The class key of its content is that of its case. */
static enum hf_status key_fits(struct hf_office *office, const struct hf_attach_kept *row, bool *out)
{
    struct hf_class_key key = {0};
    enum hf_status status = hf_keystore_get(office->keystore, &row->content.key_id, &key);
    *out = status == HF_OK && hf_id_equal(&key.case_id, &row->case_id);
    hf_wipe(&key, sizeof key);
    return status == HF_ERR_NOT_FOUND ? HF_OK : status;
}

/* --- limits --- */

static enum hf_status allowed_size(struct hf_office *office, const struct hf_id *case_id, uint64_t *out)
{
    struct hf_batch batch; /* only its view of the log is used */
    struct hf_book *book = NULL;
    struct hf_record_state state = {0};
    struct hf_buf packed = {0};
    hf_batch_begin(&batch, office);
    enum hf_status status = hf_policies_book(&batch, &book);
    if (status == HF_OK)
        status = office->store->ops->record(office->store, case_id, &packed);
    if (status == HF_OK)
        status = hf_record_state_decode(hf_buf_slice(&packed), &state);
    const bool has_case = status == HF_OK;
    if (status == HF_OK || status == HF_ERR_NOT_FOUND)
        status = hf_book_attach_limit(book, has_case ? &state : NULL, office->wall_ms(office->clock_ctx), out);
    hf_record_state_clear(&state);
    hf_buf_wipe(&packed);
    hf_batch_clear(&batch);
    return status;
}

static bool disk_has_room(const struct hf_office *office, uint64_t bytes)
{
    struct statvfs disk;
    if (statvfs(office->attach_folder, &disk) != 0)
        return true; /* the folder is made by the first chunk, which fails if it cannot */
    return (uint64_t)disk.f_bavail * disk.f_frsize >= bytes + HF_ATTACH_DISK_LEFT_BYTES;
}

static enum hf_status check_limits(struct hf_office *office, const struct hf_attach_kept *row,
                                   enum hf_attach_result *out)
{
    uint64_t limit = 0, there = 0;
    enum hf_status status = allowed_size(office, &row->case_id, &limit);
    if (status == HF_OK)
        status = office->store->ops->attach_bytes(office->store, &there);
    if (status != HF_OK)
        return status;
    if (row->content.size > limit)
        *out = HF_ATTACH_TOO_LARGE;
    else if (there + row->content.size > HF_ATTACH_OFFICE_BYTES_MAX || !disk_has_room(office, row->content.size))
        *out = HF_ATTACH_FULL;
    return HF_OK;
}

/* --- taking --- */

static enum hf_status why_not_there(struct hf_office *office, const struct hf_id *record_id,
                                    enum hf_attach_result *out);

/* A new attachment gets its row when it is first asked about: so limits are checked once, before any byte travels. */
static enum hf_status admit(struct hf_office *office, const struct hf_peer *peer, const struct hf_id *record_id,
                            struct hf_attach_kept *out, enum hf_attach_result *result)
{
    struct search search = {.office = office, .peer = peer};
    bool fits = false;
    enum hf_status status = office->store->ops->changes_of(office->store, record_id, search_entry, &search);
    if (status == HF_OK)
        status = search.status;
    if (status == HF_OK && !search.is_found)
        return why_not_there(office, record_id, result);
    if (status == HF_OK)
        status = key_fits(office, &search.found, &fits);
    if (status == HF_OK && !fits)
        *result = HF_ATTACH_UNKNOWN;
    else if (status == HF_OK)
        status = check_limits(office, &search.found, result);
    if (status == HF_OK && *result == HF_ATTACH_KEPT)
        status = office->store->ops->attach_put(office->store, &search.found);
    if (status == HF_OK)
        *out = search.found;
    return status;
}

/* Of a log that has lost its end the rows are lost too, and the files may be there. */
static enum hf_status find_or_admit(struct hf_office *office, const struct hf_peer *peer, const struct hf_id *record_id,
                                    struct hf_attach_kept *out, enum hf_attach_result *result)
{
    bool found = false;
    enum hf_status status = hf_attach_find_again(office, record_id, out, &found);
    if (status != HF_OK || !found)
        return status == HF_OK ? admit(office, peer, record_id, out, result) : status;
    if (memcmp(out->device, peer->device, sizeof out->device) != 0)
        *result = HF_ATTACH_UNKNOWN;
    return HF_OK;
}

/* The entries of an erased case have no payload. */
static bool see_erased(void *ctx, const struct hf_entry_row *row)
{
    bool *erased = ctx;
    *erased = *erased || row->payload.len == 0;
    return true;
}

static enum hf_status why_not_there(struct hf_office *office, const struct hf_id *record_id, enum hf_attach_result *out)
{
    bool erased = false;
    enum hf_status status = office->store->ops->changes_of(office->store, record_id, see_erased, &erased);
    *out = erased ? HF_ATTACH_GONE : HF_ATTACH_UNKNOWN;
    return status;
}

static enum hf_status write_chunks(struct hf_office *office, struct hf_attach_kept *row, uint64_t first,
                                   const struct hf_slice *parts, size_t count)
{
    struct hf_chunks chunks = {.fd = -1};
    struct hf_error err = {0};
    enum hf_status status =
        hf_chunks_open(office->attach_folder, &row->record_id, row->content.size, true, &chunks, &err);
    if (status == HF_OK)
        status = hf_chunks_holds(&chunks, first, &err);
    for (size_t i = 0; status == HF_OK && i < count; i++)
        status = hf_chunks_write(&chunks, first + i, parts[i], &err);
    if (status == HF_OK)
        status = hf_chunks_sync(&chunks, &err);
    hf_chunks_close(&chunks);
    if (status != HF_OK)
        return status;
    row->have = first + count;
    return office->store->ops->attach_put(office->store, row);
}

static void note_whole(struct hf_office *office, const struct hf_attach_kept *row)
{
    struct hf_whole *whole = &office->whole;
    if (row->have < hf_attach_chunk_count(row->content.size) || whole->count == HF_OFFICE_WHOLE_MAX)
        return;
    struct hf_whole_item *item = &whole->items[whole->count++];
    *item = (struct hf_whole_item){.record_id = row->record_id, .case_id = row->case_id};
    memcpy(item->device, row->device, sizeof item->device);
}

/* Chunks that are there already are passed over, those behind a gap are not taken: `have` says where to go on. */
static enum hf_status take(struct hf_office *office, struct hf_attach_kept *row, const struct hf_msg_attach *said,
                           enum hf_attach_result *result)
{
    if (said->count == 0 || said->first != row->have)
        return HF_OK;
    if (hf_chunks_verify(row->content.size, row->content.root, said->first, said->chunks, said->count, &said->proof) !=
        HF_OK) {
        *result = HF_ATTACH_DAMAGED;
        return HF_OK;
    }
    enum hf_status status = write_chunks(office, row, said->first, said->chunks, said->count);
    if (status == HF_OK)
        note_whole(office, row);
    if (status == HF_ERR_FULL) {
        *result = HF_ATTACH_FULL;
        return HF_OK;
    }
    if (status == HF_ERR_CORRUPT) { /* the file has less than the row says: an older folder was put back. Once more */
        row->have = 0;
        status = office->store->ops->attach_put(office->store, row);
    }
    return status;
}

enum hf_status hf_attach_answer_put(struct hf_office *office, const struct hf_peer *peer,
                                    const struct hf_message *request, struct hf_reply *reply)
{
    const struct hf_msg_attach *said = &request->as.attach;
    struct hf_attach_kept row = {0};
    enum hf_attach_result result = HF_ATTACH_KEPT;
    enum hf_status status = HF_OK;
    if (!office->attach_folder)
        result = HF_ATTACH_FULL;
    else
        status = office->store->ops->attach(office->store, &said->record_id, &row);
    if (status == HF_ERR_NOT_FOUND)
        status = find_or_admit(office, peer, &said->record_id, &row, &result);
    else if (status == HF_OK && result == HF_ATTACH_KEPT && memcmp(row.device, peer->device, sizeof row.device) != 0)
        result = HF_ATTACH_UNKNOWN;
    if (status == HF_OK && result == HF_ATTACH_KEPT)
        status = take(office, &row, said, &result);
    if (status != HF_OK)
        return status;
    reply->message.type = HF_MSG_ATTACH_HAS;
    reply->message.as.attach = (struct hf_msg_attach){.result = result, .have = row.have};
    return HF_OK;
}

/* --- giving --- */

static enum hf_status load(struct hf_office *office, const struct hf_attach_kept *row, uint64_t first, size_t count,
                           struct hf_slice *parts, struct hf_reply *reply)
{
    struct hf_chunks chunks = {.fd = -1};
    struct hf_error err = {0};
    struct hf_msg_attach *answer = &reply->message.as.attach;
    enum hf_status status =
        hf_chunks_open(office->attach_folder, &row->record_id, row->content.size, false, &chunks, &err);
    for (size_t i = 0; status == HF_OK && i < count; i++)
        status = hf_chunks_read(&chunks, first + i, &reply->bytes, &err);
    if (status == HF_OK)
        status = hf_chunks_prove(&chunks, first, count, &answer->proof);
    hf_chunks_close(&chunks);
    size_t at = 0;
    for (size_t i = 0; status == HF_OK && i < count; i++) {
        const size_t len = hf_attach_sealed_len(row->content.size, first + i);
        parts[i] = hf_slice_of(reply->bytes.data + at, len);
        at += len;
    }
    return status;
}

static enum hf_status may_give(struct hf_office *office, const struct hf_peer *peer, const struct hf_id *record_id,
                               struct hf_attach_kept *row, enum hf_attach_result *out)
{
    bool may_read = false, fits = false;
    enum hf_status status =
        office->attach_folder ? office->store->ops->attach(office->store, record_id, row) : HF_ERR_NOT_FOUND;
    bool found = status == HF_OK;
    if (status == HF_ERR_NOT_FOUND)
        status = office->attach_folder ? hf_attach_find_again(office, record_id, row, &found) : HF_OK;
    if (status == HF_OK && !found) { /* whether there is such a record is nobody's business who cannot read it */
        *out = HF_ATTACH_NOT_YET;
        return HF_OK;
    }
    if (status == HF_OK)
        status = hf_feed_may_read(office, peer, &row->case_id, &may_read);
    if (status == HF_OK)
        status = key_fits(office, row, &fits);
    if (status == HF_OK && !may_read)
        *out = HF_ATTACH_NOT_YET;
    else if (status == HF_OK && !fits)
        *out = HF_ATTACH_GONE;
    else if (status == HF_OK && row->have < hf_attach_chunk_count(row->content.size))
        *out = HF_ATTACH_NOT_YET;
    return status;
}

enum hf_status hf_attach_answer_get(struct hf_office *office, const struct hf_peer *peer,
                                    const struct hf_message *request, struct hf_reply *reply)
{
    const struct hf_msg_attach *asked = &request->as.attach;
    struct hf_attach_kept row = {0};
    enum hf_attach_result result = HF_ATTACH_KEPT;
    enum hf_status status = may_give(office, peer, &asked->record_id, &row, &result);
    if (status != HF_OK)
        return status;
    const uint64_t all = hf_attach_chunk_count(row.content.size);
    size_t count = asked->most;
    if (result == HF_ATTACH_KEPT && asked->first >= all)
        result = HF_ATTACH_UNKNOWN;
    else if (result == HF_ATTACH_KEPT && count > all - asked->first)
        count = (size_t)(all - asked->first);
    reply->message.type = HF_MSG_ATTACH_IS;
    reply->message.as.attach = (struct hf_msg_attach){.result = result};
    if (result != HF_ATTACH_KEPT)
        return HF_OK;
    struct hf_slice *parts = calloc(count, sizeof *parts);
    if (!parts)
        return HF_ERR_NOMEM;
    reply->arrays = parts;
    reply->arrays_len = count * sizeof *parts;
    status = load(office, &row, asked->first, count, parts, reply);
    reply->message.as.attach.chunks = parts;
    reply->message.as.attach.count = count;
    if (status == HF_ERR_NOT_FOUND || status == HF_ERR_CORRUPT) {
        /* The store says that it is there, and the file is not: a backup without it was put back. */
        reply->message.as.attach = (struct hf_msg_attach){.result = HF_ATTACH_DAMAGED};
        status = hf_attach_lost(office, &row);
    }
    return status;
}
