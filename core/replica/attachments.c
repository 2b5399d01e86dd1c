#include "core/replica/attachments_internal.h"
#include "core/replica/indexed.h"

#include "core/base/text.h"
#include "core/model/value.h"
#include "core/replica/policies.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

const char hf_replica_attach_tables[] =
    "CREATE TABLE attachments(record_id BLOB PRIMARY KEY, case_id BLOB NOT NULL, key_id BLOB NOT NULL,"
    " size INTEGER NOT NULL, count INTEGER NOT NULL, have INTEGER NOT NULL, sent INTEGER NOT NULL,"
    " root BLOB NOT NULL, own INTEGER NOT NULL, wanted INTEGER NOT NULL, answer INTEGER NOT NULL,"
    " asked INTEGER NOT NULL, pause INTEGER NOT NULL) WITHOUT ROWID;"
    /* what the office's mark was when it last spoke */
    "CREATE TABLE attachments_office(one INTEGER PRIMARY KEY CHECK(one = 1), mark INTEGER NOT NULL);"
    "CREATE INDEX attachments_of_case ON attachments(case_id);"
    "CREATE INDEX attachments_out ON attachments(record_id) WHERE own = 1 AND sent < count;"
    "CREATE INDEX attachments_in ON attachments(record_id) WHERE have < count;";

/* --- rows --- */

void hf_attach_row_read(struct hf_rows *rows, struct hf_attach_row *out)
{
    *out = (struct hf_attach_row){.record_id = hf_rows_id(rows, 0),
                                  .case_id = hf_rows_id(rows, 1),
                                  .key_id = hf_rows_id(rows, 2),
                                  .size = hf_rows_u64(rows, 3),
                                  .count = hf_rows_u64(rows, 4),
                                  .have = hf_rows_u64(rows, 5),
                                  .sent = hf_rows_u64(rows, 6),
                                  .own = hf_rows_u64(rows, 8) != 0,
                                  .wanted = hf_rows_u64(rows, 9) != 0,
                                  .answer = (enum hf_attach_result)hf_rows_u64(rows, 10),
                                  .asked = hf_rows_u64(rows, 11)};
    hf_rows_copy(rows, 7, out->root, sizeof out->root);
}

enum hf_status hf_attach_row_find(struct hf_replica *replica, const struct hf_id *record_id, struct hf_attach_row *out,
                                  struct hf_error *err)
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, replica, "SELECT " HF_ATTACH_COLUMNS " FROM attachments WHERE record_id = ?");
    hf_rows_bind_id(&rows, record_id);
    const bool found = hf_rows_next(&rows);
    if (found)
        hf_attach_row_read(&rows, out);
    enum hf_status status = hf_rows_end(&rows, err);
    return status == HF_OK && !found ? HF_ERR_NOT_FOUND : status;
}

enum hf_status hf_attach_row_add(struct hf_replica *replica, const struct hf_attach_row *row, struct hf_error *err)
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, replica,
                       "INSERT INTO attachments(" HF_ATTACH_COLUMNS
                       ", pause) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)");
    hf_rows_bind_id(&rows, &row->record_id);
    hf_rows_bind_bytes(&rows, hf_id_slice(&row->case_id));
    hf_rows_bind_bytes(&rows, hf_id_slice(&row->key_id));
    hf_rows_bind_u64(&rows, row->size);
    hf_rows_bind_u64(&rows, row->count);
    hf_rows_bind_u64(&rows, row->have);
    hf_rows_bind_u64(&rows, row->sent);
    hf_rows_bind_bytes(&rows, hf_slice_of(row->root, sizeof row->root));
    hf_rows_bind_u64(&rows, row->own);
    hf_rows_bind_u64(&rows, row->wanted);
    hf_rows_bind_u64(&rows, row->answer);
    hf_rows_bind_u64(&rows, row->asked);
    return hf_rows_run(&rows, err);
}

enum hf_status hf_attach_row_drop(struct hf_replica *replica, const struct hf_id *record_id, struct hf_error *err)
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, replica, "DELETE FROM attachments WHERE record_id = ?");
    hf_rows_bind_id(&rows, record_id);
    return hf_rows_run(&rows, err);
}

/* --- the folder --- */

/* After a crash between the file and its record there is a row of which no change speaks. */
static enum hf_status drop_unsigned(struct hf_replica *replica, struct hf_error *err)
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, replica,
                       "DELETE FROM attachments WHERE own = 1 AND NOT EXISTS(SELECT 1 FROM changes"
                       " WHERE " HF_CHANGES_OF_RECORD("attachments.record_id") ")");
    return hf_rows_run(&rows, err);
}

static enum hf_status keep_file(void *ctx, const struct hf_id *id, bool *out_keep)
{
    struct hf_replica *replica = ctx;
    struct hf_attach_row row;
    for (size_t i = 0; i < HF_ATTACH_ADDS_MAX; i++)
        if (hf_id_equal(&replica->attach_adding[i], id)) {
            *out_keep = true;
            return HF_OK;
        }
    enum hf_status status = hf_attach_row_find(replica, id, &row, NULL);
    *out_keep = status == HF_OK;
    return status == HF_ERR_NOT_FOUND ? HF_OK : status;
}

enum hf_status hf_replica_attach_sweep(struct hf_replica *replica, struct hf_error *err)
{
    if (!replica->attach_folder)
        return HF_OK;
    return hf_chunks_sweep(replica->attach_folder, keep_file, replica, err);
}

enum hf_status hf_replica_attach_folder(struct hf_replica *replica, const char *folder, bool sweep,
                                        struct hf_error *err)
{
    char *copy = malloc(strlen(folder) + 1);
    if (!copy)
        return hf_error_set(err, HF_ERR_NOMEM, "%s", hf_status_text(HF_ERR_NOMEM));
    memcpy(copy, folder, strlen(folder) + 1);
    free(replica->attach_folder);
    replica->attach_folder = copy;
    if (!sweep)
        return HF_OK;
    enum hf_status status = drop_unsigned(replica, err);
    return status == HF_OK ? hf_replica_attach_sweep(replica, err) : status;
}

/* --- what a record says --- */

static enum hf_status text_of(const struct hf_record_state *state, uint16_t code, struct hf_buf *out)
{
    const struct hf_record_spec *type = hf_model_type(HF_RECORD_ATTACHMENT);
    const struct hf_field_state *value = hf_record_state_field(state, code);
    if (!value)
        return HF_ERR_NOT_FOUND;
    const struct hf_slice plain = hf_merge_plain_value(type, value);
    if (plain.len == 0)
        return HF_ERR_CONFLICT;
    hf_value_to_text(hf_model_field(type, code), plain, out);
    return hf_buf_status(out);
}

enum hf_status hf_attach_content_of(const struct hf_record_state *state, struct hf_attach_content *out)
{
    struct hf_buf text = {0};
    enum hf_status status = state->type == HF_RECORD_ATTACHMENT ? HF_OK : HF_ERR_NOT_FOUND;
    if (status == HF_OK)
        status = text_of(state, HF_FIELD_ATTACH_CONTENT, &text);
    if (status == HF_OK && hf_attach_content_decode(hf_buf_slice(&text), out) != HF_OK)
        status = HF_ERR_NOT_FOUND;
    hf_buf_clear(&text);
    return status;
}

/* --- listing --- */

struct listed {
    struct hf_id record_id, parent;
    enum hf_sent_state sent;
};
struct listing {
    struct listed *at;
    size_t count, cap;
};

static bool note_listed(void *ctx, const struct hf_record_row *row)
{
    struct listing *listing = ctx;
    if (listing->count == listing->cap) {
        const size_t cap = listing->cap ? 2 * listing->cap : 16;
        struct listed *more = realloc(listing->at, cap * sizeof *more);
        if (!more)
            return false;
        listing->at = more;
        listing->cap = cap;
    }
    listing->at[listing->count++] =
        (struct listed){.record_id = row->record_id, .parent = row->parent, .sent = row->sent};
    return true;
}

bool hf_attach_is_lost(const struct hf_attach_row *row)
{
    return row->own && row->have == 0 && row->sent < row->count && row->answer == HF_ATTACH_DAMAGED;
}

/* Received means: the record, and all that belongs to it. */
static enum hf_sent_state state_of(const struct hf_attach_row *row, enum hf_sent_state record)
{
    return row->own && row->sent < row->count ? HF_SAVED_HERE : record;
}

static enum hf_status tell(struct hf_replica *replica, const struct listed *listed, hf_attachment_fn *each, void *ctx,
                           bool *more, struct hf_error *err)
{
    struct hf_record_state state = {0};
    struct hf_attach_content content = {0};
    struct hf_attach_row row = {0};
    struct hf_buf title = {0}, name = {0}, media = {0};
    enum hf_status status = hf_replica_record_load(replica, &listed->record_id, &state, err);
    enum hf_status found = status == HF_OK ? hf_attach_content_of(&state, &content) : status;
    if (status == HF_OK) {
        (void)text_of(&state, HF_FIELD_ATTACH_TITLE, &title);
        (void)text_of(&state, HF_FIELD_ATTACH_NAME, &name);
        (void)text_of(&state, HF_FIELD_ATTACH_MEDIA, &media);
        status = hf_attach_row_find(replica, &listed->record_id, &row, err);
        if (status == HF_ERR_NOT_FOUND) {
            row = (struct hf_attach_row){.size = content.size, .count = hf_attach_chunk_count(content.size)};
            status = HF_OK;
        }
    }
    if (status == HF_OK) {
        const struct hf_attachment told = {.record_id = listed->record_id,
                                           .case_id = state.case_id,
                                           .parent = listed->parent,
                                           .title = hf_buf_slice(&title),
                                           .name = hf_buf_slice(&name),
                                           .media_type = hf_buf_slice(&media),
                                           .size = row.size,
                                           .chunk_count = row.count,
                                           .have = row.have,
                                           .sent = row.sent,
                                           .own = row.own,
                                           .wanted = row.wanted,
                                           .answer = row.answer,
                                           .is_lost = hf_attach_is_lost(&row),
                                           .state = state_of(&row, listed->sent),
                                           .clashes = found == HF_ERR_CONFLICT};
        *more = each(ctx, &told);
    }
    hf_buf_clear(&title);
    hf_buf_clear(&name);
    hf_buf_clear(&media);
    hf_record_state_clear(&state);
    return status;
}

static enum hf_status list(struct hf_replica *replica, const struct hf_record_filter *filter, const struct hf_id *only,
                           hf_attachment_fn *each, void *ctx, bool *out_found, struct hf_error *err)
{
    struct listing listing = {0};
    bool more = true;
    enum hf_status status = hf_replica_list(replica, filter, note_listed, &listing);
    for (size_t i = 0; status == HF_OK && more && i < listing.count; i++) {
        if (only && !hf_id_equal(only, &listing.at[i].record_id))
            continue;
        *out_found = true;
        status = tell(replica, &listing.at[i], each, ctx, &more, err);
    }
    free(listing.at);
    return status;
}

enum hf_status hf_replica_attachments(struct hf_replica *replica, const struct hf_id *case_id,
                                      const struct hf_id *parent, hf_attachment_fn *each, void *ctx,
                                      struct hf_error *err)
{
    bool found = false;
    const struct hf_record_filter filter = {.case_id = *case_id, .parent = *parent, .type = HF_RECORD_ATTACHMENT};
    return list(replica, &filter, NULL, each, ctx, &found, err);
}

enum hf_status hf_replica_attachment(struct hf_replica *replica, const struct hf_id *record_id, hf_attachment_fn *each,
                                     void *ctx, struct hf_error *err)
{
    struct hf_record_state state = {0};
    bool found = false;
    enum hf_status status = hf_replica_record_load(replica, record_id, &state, err);
    if (status == HF_OK) {
        const struct hf_record_filter filter = {
            .case_id = state.case_id, .type = HF_RECORD_ATTACHMENT, .with_deleted = true};
        status = list(replica, &filter, record_id, each, ctx, &found, err);
    }
    hf_record_state_clear(&state);
    if (status == HF_ERR_NOT_FOUND || (status == HF_OK && !found))
        return hf_error_set(err, HF_ERR_NOT_FOUND, "There is no attachment of that name on this device.");
    return status;
}

/* --- reading --- */

static enum hf_status read_row(struct hf_replica *replica, const struct hf_id *record_id, struct hf_attach_row *out,
                               struct hf_error *err)
{
    struct hf_record_state state = {0};
    struct hf_attach_content content;
    enum hf_status status = hf_replica_record_load(replica, record_id, &state, err);
    if (status == HF_OK)
        status = hf_attach_content_of(&state, &content);
    hf_record_state_clear(&state);
    if (status == HF_ERR_CONFLICT)
        return hf_error_set(err, status,
                            "Two contents stand side by side under this attachment. Settle the clash first: its record "
                            "shows both.");
    if (status == HF_OK)
        status = hf_attach_row_find(replica, record_id, out, err);
    if (status == HF_ERR_NOT_FOUND)
        return hf_error_set(err, status, "There is no attachment of that name on this device.");
    /* Whatever settled a clash meanwhile: only what the record names is given out. */
    if (status == HF_OK && memcmp(content.root, out->root, sizeof out->root) != 0)
        return hf_error_set(err, HF_ERR_CONFLICT, "The content on this device is not the one that the record names.");
    if (status == HF_OK && out->have < out->count)
        return hf_error_set(err, HF_ERR_WAITING,
                            "This attachment is not on this device yet: %" PRIu64 " of its %" PRIu64
                            " parts are. Ask for it and sync.",
                            out->have, out->count);
    return status;
}

static enum hf_status read_chunks(const struct hf_chunks *chunks, const struct hf_attach_row *row,
                                  const uint8_t key[HF_KEY_BYTES], uint64_t first, hf_attach_bytes_fn *each, void *ctx,
                                  struct hf_error *err)
{
    struct hf_buf sealed = {0};
    uint8_t *plain = malloc(HF_ATTACH_CHUNK_BYTES);
    enum hf_status status = plain ? HF_OK : HF_ERR_NOMEM;
    bool more = true;
    for (uint64_t i = first; status == HF_OK && more && i < row->count; i++) {
        hf_buf_reset(&sealed);
        status = hf_chunks_read(chunks, i, &sealed, err);
        if (status == HF_OK && !hf_attach_unseal(key, &row->record_id, i, hf_buf_slice(&sealed), plain))
            status =
                hf_error_set(err, HF_ERR_CORRUPT,
                             "The content of this attachment was damaged on this disk. Nothing more of it was read.");
        if (status == HF_OK)
            more = each(ctx, hf_slice_of(plain, sealed.len - HF_TAG_BYTES));
    }
    if (plain)
        hf_wipe(plain, HF_ATTACH_CHUNK_BYTES);
    free(plain);
    hf_buf_clear(&sealed);
    return status;
}

/* What this disk has damaged or lost, the office has: it comes again. */
static enum hf_status fetch_again(struct hf_replica *replica, const struct hf_attach_row *row, enum hf_status status,
                                  struct hf_error *err)
{
    struct hf_rows rows;
    if ((status != HF_ERR_CORRUPT && status != HF_ERR_NOT_FOUND) || (row->own && row->sent < row->count))
        return status;
    hf_rows_begin_text(&rows, replica, "UPDATE attachments SET have = 0, wanted = 1, pause = 0 WHERE record_id = ?");
    hf_rows_bind_id(&rows, &row->record_id);
    if (hf_rows_run(&rows, NULL) != HF_OK) /* a disk that is full, or only read */
        return status;
    return hf_error_set(err, HF_ERR_CORRUPT,
                        "The content of this attachment was damaged on this disk. Sync: the office has it, and it is "
                        "fetched again.");
}

enum hf_status hf_replica_attach_read(struct hf_replica *replica, const struct hf_id *record_id, uint64_t first,
                                      hf_attach_bytes_fn *each, void *ctx, struct hf_error *err)
{
    struct hf_attach_row row;
    struct hf_class_key class_key = {0};
    struct hf_chunks chunks = {.fd = -1};
    uint8_t key[HF_KEY_BYTES];
    enum hf_status status = read_row(replica, record_id, &row, err);
    if (status == HF_OK) {
        status = hf_replica_key_find(replica, &row.key_id, &class_key, err);
        if (status == HF_ERR_NOT_FOUND)
            status = hf_error_set(err, status, "The key of this attachment is not on this device.");
    }
    const bool has_key = status == HF_OK && replica->attach_folder;
    if (status == HF_OK && !replica->attach_folder)
        status = hf_error_set(err, HF_ERR_UNSUPPORTED, "This device keeps no attachments.");
    if (status == HF_OK)
        status = hf_chunks_open(replica->attach_folder, record_id, row.size, false, &chunks, err);
    if (status == HF_OK) {
        hf_attach_key(class_key.key, record_id, key);
        status = read_chunks(&chunks, &row, key, first, each, ctx, err);
        hf_wipe(key, sizeof key);
    }
    hf_chunks_close(&chunks);
    if (has_key)
        status = fetch_again(replica, &row, status, err);
    hf_wipe(&class_key, sizeof class_key);
    return status;
}

enum hf_status hf_replica_attach_want(struct hf_replica *replica, const struct hf_id *record_id, struct hf_error *err)
{
    struct hf_attach_row row;
    struct hf_rows rows;
    bool due = false;
    enum hf_status status = hf_replica_attach_due(replica, 0, false, &due, err); /* takes note of what came */
    if (status == HF_OK)
        status = hf_attach_row_find(replica, record_id, &row, err);
    if (status == HF_ERR_NOT_FOUND)
        return hf_error_set(err, status, "There is no attachment of that name on this device.");
    if (status != HF_OK)
        return status;
    hf_rows_begin_text(&rows, replica, "UPDATE attachments SET wanted = 1, pause = 0 WHERE record_id = ?");
    hf_rows_bind_id(&rows, record_id);
    return hf_rows_run(&rows, err);
}
