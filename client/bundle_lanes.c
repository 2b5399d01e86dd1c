#include "client/bundle_lanes.h"

#include "client/draft_lane.h"
#include "core/replica/attachments.h"

#include <string.h>

#define ROOM_BYTES (2u * 1024 * 1024) /* of a file that stays free for questions and for the office's answer */

struct lanes {
    struct holdfast *hf;
    struct hf_carry_writer *writer;
    uint32_t *request; /* NULL: in a file for holders, where the last part has to say that it is the last */
    struct hf_buf kept;
    struct hf_id last;
    struct holdfast_bundle *out;
    enum hf_status status;
    const struct hf_carry_header *header;
    const uint8_t *key;
    struct hf_buf *file;
};

/* --- writing --- */

static bool has_room(const struct hf_buf *file, size_t bytes)
{
    return file->len + bytes + ROOM_BYTES < HF_LIMIT_CARRY_BYTES;
}

/* False when there is no room: the rest follows. */
static bool put_message(struct lanes *at, struct hf_message *message)
{
    struct hf_buf bytes = {0};
    message->request = at->request ? ++*at->request : 1;
    at->status = hf_message_encode(message, &bytes);
    const bool fits = has_room(at->file, bytes.len + at->kept.len);
    if (at->status == HF_OK && fits && at->request) {
        at->status = hf_carry_put(at->writer, hf_buf_slice(&bytes), false);
    } else if (at->status == HF_OK && fits) {
        if (at->kept.len == 0)
            hf_carry_begin(at->writer, at->header, at->key, at->file);
        else
            at->status = hf_carry_put(at->writer, hf_buf_slice(&at->kept), false);
        hf_buf_wipe(&at->kept);
        hf_buf_append_slice(&at->kept, hf_buf_slice(&bytes));
        at->status = at->status == HF_OK ? hf_buf_status(&at->kept) : at->status;
    }
    hf_buf_wipe(&bytes);
    at->out->follows = at->out->follows || !fits;
    return at->status == HF_OK && fits;
}

static enum hf_status put_drafts(struct lanes *at)
{
    struct hf_drafts_out drafts = {0};
    struct hf_message message = {.type = HF_MSG_DRAFTS};
    enum hf_status status = hf_draft_lane_collect(at->hf->replica, &drafts, &message.as.drafts, &at->hf->err);
    if (status == HF_OK && put_message(at, &message))
        at->out->drafts += drafts.item_count;
    hf_drafts_out_clear(&drafts);
    return status == HF_OK ? at->status : status;
}

static bool put_chunks(void *ctx, const struct hf_attach_step *step)
{
    struct lanes *at = ctx;
    struct hf_slice chunks[HF_CHUNKS_RUN_MAX];
    memcpy(chunks, step->chunks, sizeof chunks);
    struct hf_message message = {.type = HF_MSG_ATTACH_PUT,
                                 .as.attach = {.record_id = step->record_id,
                                               .first = step->first,
                                               .chunks = chunks,
                                               .count = step->count,
                                               .proof = step->proof}};
    if (!put_message(at, &message))
        return false;
    at->out->attachments += !hf_id_equal(&at->last, &step->record_id);
    at->last = step->record_id;
    return true;
}

static bool put_question(void *ctx, const struct hf_attach_step *step)
{
    struct lanes *at = ctx;
    struct hf_message message = {
        .type = HF_MSG_ATTACH_GET,
        .as.attach = {.record_id = step->record_id, .first = step->first, .most = (uint32_t)step->count}};
    return put_message(at, &message);
}

enum hf_status hf_bundle_put_lanes(struct holdfast *hf, struct hf_carry_writer *writer, uint32_t *request,
                                   struct holdfast_bundle *out)
{
    struct lanes at = {.hf = hf, .writer = writer, .request = request, .out = out, .file = writer->out};
    const bool reads = hf_replica_identity(hf->replica)->state == HF_IDENTITY_ENROLLED;
    enum hf_status status = put_drafts(&at);
    if (status == HF_OK)
        status = hf_replica_attach_carry_out(hf->replica, put_chunks, &at, &hf->err);
    if (status == HF_OK && at.status == HF_OK && reads)
        status = hf_replica_attach_carry_wanted(hf->replica, put_question, &at, &hf->err);
    return status == HF_OK ? at.status : status;
}

enum hf_status hf_bundle_put_attachments(struct holdfast *hf, const struct hf_class_key *key, bool all,
                                         struct hf_buf *file, struct holdfast_bundle *out)
{
    struct hf_carry_writer writer = {0};
    struct hf_carry_header header = {.kind = HF_CARRY_OF_ATTACHMENTS};
    uint8_t sealing[HF_KEY_BYTES];
    memcpy(header.log_id, hf_replica_identity(hf->replica)->log_id, sizeof header.log_id);
    memcpy(header.party, key->key_id.bytes, sizeof key->key_id.bytes);
    hf_random(header.once, sizeof header.once);
    hf_carry_case_key(&header, key, sealing);
    struct lanes at = {.hf = hf, .writer = &writer, .out = out, .header = &header, .key = sealing, .file = file};
    enum hf_status status = hf_replica_attach_carry_case(hf->replica, &key->case_id, all, put_chunks, &at, &hf->err);
    if (status == HF_OK)
        status = at.status;
    if (status == HF_OK && at.kept.len > 0)
        status = hf_carry_put(&writer, hf_buf_slice(&at.kept), true);
    hf_buf_wipe(&at.kept);
    hf_carry_end(&writer);
    hf_wipe(sealing, sizeof sealing);
    return status;
}

/* --- taking in --- */

/* Rows are made for attachments that came with records of the same file. */
static enum hf_status take_part(struct holdfast *hf, uint64_t line, const struct hf_id *record_id, uint64_t first,
                                const struct hf_msg_attach *part)
{
    const struct hf_attach_step step = {.any = true, .record_id = *record_id, .first = first};
    bool due = false;
    enum hf_status status = hf_replica_attach_due(hf->replica, line, false, &due, &hf->err);
    if (status == HF_OK)
        status = hf_replica_attach_part(hf->replica, line, &step, part->result, part->chunks, part->count, &part->proof,
                                        &hf->err);
    return status;
}

enum hf_status hf_bundle_take_lane(struct holdfast *hf, uint64_t line, const struct hf_message *asked,
                                   const struct hf_message *said, struct holdfast_bundle *out)
{
    const struct hf_msg_attach *was = &asked->as.attach;
    if (said->type == HF_MSG_DRAFTS_ARE && asked->type == HF_MSG_DRAFTS)
        return hf_draft_lane_take(hf->replica, &asked->as.drafts, &said->as.drafts, &hf->err);
    if (!hf->replica || (said->type != HF_MSG_ATTACH_HAS && said->type != HF_MSG_ATTACH_IS))
        return HF_OK;
    if (said->type == HF_MSG_ATTACH_HAS && asked->type == HF_MSG_ATTACH_PUT) {
        const struct hf_attach_step step = {.any = true, .put = true, .record_id = was->record_id};
        return hf_replica_attach_has(hf->replica, line, &step, said->as.attach.result, said->as.attach.have, &hf->err);
    }
    if (asked->type != HF_MSG_ATTACH_GET)
        return HF_OK;
    out->attachments += was->first == 0 && said->as.attach.count > 0;
    return take_part(hf, line, &was->record_id, was->first, &said->as.attach);
}

enum hf_status hf_bundle_take_attachments(struct holdfast *hf, uint64_t line, const struct hf_carry *bundle,
                                          struct holdfast_bundle *out)
{
    enum hf_status status = HF_OK;
    for (size_t i = 0; status == HF_OK && i < bundle->count; i++) {
        struct hf_message message;
        if (hf_message_decode(bundle->parts[i], &message) != HF_OK)
            return hf_handle_fail(hf, HF_ERR_INVALID, "This file does not hold attachments of a case.");
        if (message.type != HF_MSG_ATTACH_PUT) {
            status = hf_handle_fail(hf, HF_ERR_INVALID, "This file does not hold attachments of a case.");
        } else {
            const struct hf_msg_attach *part = &message.as.attach;
            status = take_part(hf, line, &part->record_id, part->first, part);
            out->attachments += part->first == 0;
        }
        hf_message_clear(&message);
    }
    if (status == HF_ERR_AUTH)
        return hf_handle_fail(hf, status,
                              "A part of an attachment in this file does not fit what its author signed. Nothing of it "
                              "was stored; tell the office.");
    return status;
}
