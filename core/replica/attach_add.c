/* Adding an attachment: sealed on its way to the disk, durable there, and then signed. */
#include "core/replica/attachments_internal.h"

#include "core/base/assert.h"
#include "core/base/text.h"
#include "core/replica/policies.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_BYTES 201 /* as long as the fields */

struct hf_attach_add {
    struct hf_replica *replica;
    struct hf_attach_row row;
    struct hf_id parent;
    struct hf_chunks chunks;
    size_t place; /* in attach_adding */
    uint64_t written;
    size_t plain_len;
    char title[TEXT_BYTES], name[TEXT_BYTES], media_type[TEXT_BYTES];
    uint8_t key[HF_KEY_BYTES];
    uint8_t plain[HF_ATTACH_CHUNK_BYTES];
    uint8_t sealed[HF_ATTACH_SEALED_BYTES];
};

enum hf_status hf_replica_attach_limit(struct hf_replica *replica, const struct hf_id *case_id, uint64_t now_ms,
                                       uint64_t *out, struct hf_error *err)
{
    struct hf_record_state state = {0};
    struct hf_book *book = NULL;
    enum hf_status status = hf_replica_book(replica, &book, err);
    if (status != HF_OK)
        return status;
    status = hf_replica_record_load(replica, case_id, &state, err);
    if (status == HF_OK || status == HF_ERR_NOT_FOUND)
        status = hf_book_attach_limit(book, status == HF_OK ? &state : NULL, now_ms, out);
    hf_record_state_clear(&state);
    return status;
}

static enum hf_status check_size(struct hf_replica *replica, const struct hf_attach_spec *spec, uint64_t now_ms,
                                 struct hf_error *err)
{
    uint64_t limit = 0;
    if (spec->size == 0)
        return hf_error_set(err, HF_ERR_INVALID, "This file is empty, so there is nothing to attach.");
    enum hf_status status = hf_replica_attach_limit(replica, &spec->case_id, now_ms, &limit, err);
    if (status != HF_OK || spec->size <= limit)
        return status;
    return hf_error_set(err, HF_ERR_LIMIT,
                        "This file has %.1f MB, and the procedure allows %" PRIu64
                        " MB for one attachment. Make it smaller (a shorter video, a lower resolution), or ask the "
                        "office how else to hand it in.",
                        (double)spec->size / 1048576.0, limit / 1048576);
}

static enum hf_status check_parent(struct hf_replica *replica, const struct hf_attach_spec *spec, struct hf_error *err)
{
    struct hf_record_state state = {0};
    enum hf_status status = hf_replica_record_load(replica, &spec->parent, &state, err);
    if (status == HF_ERR_NOT_FOUND)
        return hf_error_set(err, status, "The record that this is to belong to is not on this device.");
    if (status == HF_OK && !hf_id_equal(&state.case_id, &spec->case_id))
        status = hf_error_set(err, HF_ERR_INVALID, "The record that this is to belong to is of another case.");
    else if (status == HF_OK && state.type == HF_RECORD_ATTACHMENT)
        status = hf_error_set(err, HF_ERR_INVALID, "An attachment cannot belong to another attachment.");
    hf_record_state_clear(&state);
    return status;
}

static enum hf_status copy_text(struct hf_slice text, char out[TEXT_BYTES], struct hf_error *err)
{
    if (text.len >= TEXT_BYTES || !hf_text_is_utf8(text) || (text.len > 0 && memchr(text.data, 0, text.len)))
        return hf_error_set(err, HF_ERR_INVALID, "Title and file name have at most %d bytes of plain text.",
                            TEXT_BYTES - 1);
    if (text.len > 0)
        memcpy(out, text.data, text.len);
    out[text.len] = '\0';
    return HF_OK;
}

static enum hf_status find_place(const struct hf_replica *replica, size_t *out, struct hf_error *err)
{
    size_t place = 0;
    while (place < HF_ATTACH_ADDS_MAX && !hf_id_is_zero(&replica->attach_adding[place]))
        place++;
    if (place == HF_ATTACH_ADDS_MAX)
        return hf_error_set(err, HF_ERR_LIMIT, "%d files are being attached already. Let one of them finish first.",
                            HF_ATTACH_ADDS_MAX);
    *out = place;
    return HF_OK;
}

static enum hf_status prepare(struct hf_attach_add *add, const struct hf_attach_spec *spec, uint64_t now_ms,
                              struct hf_error *err)
{
    struct hf_replica *replica = add->replica;
    struct hf_class_key key = {0};
    enum hf_status status = copy_text(spec->title, add->title, err);
    if (status == HF_OK)
        status = copy_text(spec->name, add->name, err);
    if (status == HF_OK)
        status = copy_text(spec->media_type, add->media_type, err);
    if (status == HF_OK)
        status = hf_replica_key_newest(replica, &spec->case_id, &key, err);
    if (status == HF_ERR_NOT_FOUND)
        return hf_error_set(err, status, "This case is not on this device.");
    if (status == HF_OK)
        status = check_parent(replica, spec, err);
    if (status == HF_OK)
        status = check_size(replica, spec, now_ms, err);
    if (status == HF_OK)
        status = find_place(replica, &add->place, err);
    if (status == HF_OK) {
        add->parent = spec->parent;
        add->row = (struct hf_attach_row){.record_id = hf_replica_new_id(now_ms),
                                          .case_id = spec->case_id,
                                          .key_id = key.key_id,
                                          .size = spec->size,
                                          .count = hf_attach_chunk_count(spec->size),
                                          .own = true};
        hf_attach_key(key.key, &add->row.record_id, add->key);
        status = hf_chunks_open(replica->attach_folder, &add->row.record_id, spec->size, true, &add->chunks, err);
    }
    hf_wipe(&key, sizeof key);
    return status;
}

static void add_free(struct hf_attach_add *add)
{
    hf_chunks_close(&add->chunks);
    hf_wipe(add, sizeof *add);
    free(add);
}

enum hf_status hf_replica_attach_begin(struct hf_replica *replica, const struct hf_attach_spec *spec, uint64_t now_ms,
                                       struct hf_attach_add **out, struct hf_error *err)
{
    enum hf_status status = hf_replica_may_save(replica, err);
    if (status != HF_OK)
        return status;
    if (!replica->attach_folder)
        return hf_error_set(err, HF_ERR_UNSUPPORTED, "This device keeps no attachments.");
    struct hf_attach_add *add = calloc(1, sizeof *add);
    if (!add)
        return hf_error_set(err, HF_ERR_NOMEM, "%s", hf_status_text(HF_ERR_NOMEM));
    add->replica = replica;
    add->chunks.fd = -1;
    status = prepare(add, spec, now_ms, err);
    if (status != HF_OK) {
        add_free(add);
        return status;
    }
    replica->attach_adding[add->place] = add->row.record_id;
    *out = add;
    return HF_OK;
}

/* Seals what is at hand as the next chunk. */
static enum hf_status put_chunk(struct hf_attach_add *add, struct hf_error *err)
{
    hf_attach_seal(add->key, &add->row.record_id, add->row.have, hf_slice_of(add->plain, add->plain_len), add->sealed);
    enum hf_status status =
        hf_chunks_write(&add->chunks, add->row.have, hf_slice_of(add->sealed, add->plain_len + HF_TAG_BYTES), err);
    hf_wipe(add->plain, add->plain_len);
    add->plain_len = 0;
    add->row.have++;
    return status;
}

enum hf_status hf_attach_add_write(struct hf_attach_add *add, struct hf_slice bytes, struct hf_error *err)
{
    if (bytes.len > add->row.size - add->written)
        return hf_error_set(err, HF_ERR_INVALID,
                            "The file grew while it was being attached. Nothing was saved; try again.");
    enum hf_status status = HF_OK;
    add->written += bytes.len;
    while (status == HF_OK && bytes.len > 0) {
        const size_t room = sizeof add->plain - add->plain_len;
        const size_t len = bytes.len < room ? bytes.len : room;
        memcpy(add->plain + add->plain_len, bytes.data, len);
        add->plain_len += len;
        bytes = hf_slice_of(bytes.data + len, bytes.len - len);
        if (add->plain_len == sizeof add->plain)
            status = put_chunk(add, err);
    }
    return status;
}

static enum hf_status sign(struct hf_attach_add *add, uint64_t now_ms, struct hf_error *err)
{
    char content_text[HF_ATTACH_CONTENT_TEXT_BYTES], parent[HF_ID_TEXT_BYTES];
    struct hf_attach_content content = {.size = add->row.size, .key_id = add->row.key_id};
    struct hf_id change;
    memcpy(content.root, add->row.root, sizeof content.root);
    hf_attach_content_encode(&content, content_text);
    hf_id_format(&add->parent, parent);
    const struct hf_put_value values[] = {{"parent", parent},
                                          {"title", add->title[0] ? add->title : add->name},
                                          {"name", add->name},
                                          {"media_type", add->media_type},
                                          {"content", content_text}};
    const struct hf_put put = {.case_id = add->row.case_id,
                               .record_id = add->row.record_id,
                               .type = HF_RECORD_ATTACHMENT,
                               .values = values,
                               .count = sizeof values / sizeof values[0]};
    return hf_replica_put(add->replica, &put, now_ms, &change, err);
}

enum hf_status hf_attach_add_finish(struct hf_attach_add *add, uint64_t now_ms, struct hf_id *out_record,
                                    struct hf_error *err)
{
    struct hf_replica *replica = add->replica;
    if (add->written != add->row.size)
        return hf_error_set(err, HF_ERR_INVALID,
                            "The file ended early while it was being attached. Nothing was saved; try again.");
    enum hf_status status = add->plain_len > 0 ? put_chunk(add, err) : HF_OK;
    if (status == HF_OK)
        status = hf_chunks_sync(&add->chunks, err);
    if (status == HF_OK)
        status = hf_chunks_root(&add->chunks, add->row.root);
    if (status != HF_OK)
        return status;
    /* The row first: one without a change is dropped when the replica is opened, a change without a row would be
     * fetched from an office that does not have it. */
    status = hf_attach_row_add(replica, &add->row, err);
    if (status == HF_OK) {
        status = sign(add, now_ms, err);
        if (status != HF_OK)
            (void)hf_attach_row_drop(replica, &add->row.record_id, NULL);
    }
    if (status != HF_OK)
        return status;
    *out_record = add->row.record_id;
    replica->attach_adding[add->place] = hf_id_zero();
    add_free(add);
    return HF_OK;
}

void hf_attach_add_abandon(struct hf_attach_add *add)
{
    if (!add)
        return;
    struct hf_replica *replica = add->replica;
    replica->attach_adding[add->place] = hf_id_zero();
    (void)hf_chunks_remove(replica->attach_folder, &add->row.record_id, NULL); /* else it is swept later */
    add_free(add);
}
