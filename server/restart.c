#include "server/restart.h"

#include "core/model/body_caseload.h"
#include "server/batch.h"
#include "server/enrol.h"

#include <stdlib.h>
#include <string.h>

struct restart {
    struct hf_batch batch;
    const struct hf_peer *peer;
    const struct hf_message *request;
    struct hf_device_row row;
    struct hf_msg_pushed *results;
    size_t result_count;
    struct hf_buf evidence; /* leaves that the log does not have */
    struct hf_buf shown;    /* the newest leaf that the log has of the device … */
    uint64_t place;         /* … and where */
};

static struct hf_slice leaf_at(const struct hf_message *request, size_t at)
{
    return hf_slice_of(request->as.restart.leaves.data + at * HF_LEAF_BYTES, HF_LEAF_BYTES);
}

static bool is_own(const struct restart *restart, struct hf_slice bytes, struct hf_leaf *out)
{
    return hf_leaf_decode(bytes, out) == HF_OK && memcmp(out->device, restart->peer->device, sizeof out->device) == 0 &&
           hf_log_names_find(&hf_keystore_server(restart->batch.office->keystore)->names, out->log_id) <
               hf_keystore_server(restart->batch.office->keystore)->names.count &&
           hf_leaf_verify(bytes.data);
}

static enum hf_status look_at_leaf(struct restart *restart, struct hf_slice bytes)
{
    struct hf_leaf leaf;
    struct hf_change_standing standing;
    if (!is_own(restart, bytes, &leaf))
        return HF_ERR_INVALID;
    struct hf_id change = hf_leaf_change_id(bytes.data);
    enum hf_status status = hf_batch_standing(&restart->batch, &change, &standing);
    if (status == HF_OK)
        restart->results[restart->result_count++] =
            (struct hf_msg_pushed){.seq = leaf.seq, .index = standing.index, .hold = standing.hold};
    else if (status == HF_ERR_NOT_FOUND)
        hf_buf_append_slice(&restart->evidence, bytes);
    return status == HF_ERR_NOT_FOUND ? hf_buf_status(&restart->evidence) : status;
}

static enum hf_status keep_evidence(struct restart *restart)
{
    struct hf_caseload_note note = {.what = HF_CASELOAD_EVIDENCE,
                                    .incarnation = restart->request->as.restart.incarnation,
                                    .leaves = hf_buf_slice(&restart->evidence)};
    memcpy(note.device, restart->peer->device, sizeof note.device);
    return restart->evidence.len > 0 ? hf_batch_note(&restart->batch, &note) : HF_OK;
}

/* The number that this very store was given before, and lost the answer to. */
static bool granted_before(const struct restart *restart)
{
    return restart->row.incarnation > restart->request->as.restart.incarnation && restart->row.next_seq == 0 &&
           memcmp(restart->row.left_head, restart->request->as.restart.head, HF_HASH_BYTES) == 0;
}

static enum hf_status grant(struct restart *restart)
{
    struct hf_device_row *row = &restart->row;
    struct hf_device_row *kept = NULL;
    struct hf_caseload_note note = {.what = HF_CASELOAD_INCARNATION,
                                    .person = row->person,
                                    .old_incarnation = restart->request->as.restart.incarnation,
                                    .incarnation = (uint64_t)row->incarnation + 1,
                                    .next_seq = row->next_seq,
                                    .count = restart->evidence.len / HF_LEAF_BYTES};
    memcpy(note.device, row->device, sizeof note.device);
    memcpy(note.head, row->head, sizeof note.head);
    memcpy(note.own_head, restart->request->as.restart.head, sizeof note.own_head);
    if (row->incarnation == UINT32_MAX)
        return HF_ERR_LIMIT;
    enum hf_status status = hf_batch_note(&restart->batch, &note);
    row->incarnation++;
    row->next_seq = 0;
    row->clock = 0;
    memset(row->head, 0, sizeof row->head);
    memcpy(row->left_head, note.own_head, sizeof row->left_head);
    if (status == HF_OK)
        status = hf_enrol_restart_in(&restart->batch, row);
    if (status == HF_OK)
        status = hf_batch_device(&restart->batch, row->device, &kept);
    if (status == HF_OK)
        *kept = *row;
    return status;
}

static bool keep_shown(void *ctx, const struct hf_entry_row *row)
{
    struct restart *restart = ctx;
    hf_buf_append_slice(&restart->shown, row->leaf);
    restart->place = row->index;
    return true;
}

/* The device has to see what it signed elsewhere: a claim alone would let an office take a device's chain away. */
static enum hf_status show_newest(struct restart *restart)
{
    struct hf_store *store = restart->batch.office->store;
    const struct hf_id change = hf_id_from_bytes(restart->row.head);
    if (restart->row.next_seq == 0) /* a chain that was granted and has not begun */
        return HF_OK;
    enum hf_status status = store->ops->change(store, &change, keep_shown, restart);
    return status == HF_OK ? hf_buf_status(&restart->shown) : status;
}

static enum hf_status run(struct restart *restart)
{
    const bool more = restart->request->as.restart.more;
    const size_t count = restart->request->as.restart.leaves.len / HF_LEAF_BYTES;
    struct hf_device_row *row = NULL;
    enum hf_status status = hf_batch_device(&restart->batch, restart->peer->device, &row);
    if (status == HF_OK)
        restart->row = *row;
    if (status == HF_OK)
        status = show_newest(restart);
    for (size_t i = 0; status == HF_OK && i < count; i++)
        status = look_at_leaf(restart, leaf_at(restart->request, i));
    if (status != HF_OK || granted_before(restart))
        return status;
    status = keep_evidence(restart);
    if (status == HF_OK && !more)
        status = grant(restart);
    return status == HF_OK ? hf_batch_commit(&restart->batch) : status;
}

enum hf_status hf_restart_answer(struct hf_office *office, const struct hf_peer *peer, const struct hf_message *request,
                                 struct hf_reply *reply)
{
    const size_t count = request->as.restart.leaves.len / HF_LEAF_BYTES;
    struct restart restart = {.peer = peer, .request = request};
    restart.results = calloc(count + 1, sizeof *restart.results);
    if (!restart.results)
        return HF_ERR_NOMEM;
    reply->arrays = restart.results;
    reply->arrays_len = (count + 1) * sizeof *restart.results;
    hf_batch_begin(&restart.batch, office);
    enum hf_status status = run(&restart);
    if (status == HF_OK) {
        reply->message.type = HF_MSG_RESTARTED;
        reply->message.as.restarted.incarnation =
            request->as.restart.more ? request->as.restart.incarnation : restart.row.incarnation;
        reply->message.as.restarted.results = restart.results;
        reply->message.as.restarted.count = restart.result_count;
        reply->message.as.restarted.place = restart.place;
        hf_buf_append_slice(&reply->bytes, hf_buf_slice(&restart.shown));
        reply->message.as.restarted.leaf = hf_buf_slice(&reply->bytes);
        status = hf_buf_status(&reply->bytes);
    } else if (status == HF_ERR_INVALID) {
        status = hf_reply_error(reply, status, "These are not changes of this device. Nothing was stored.");
    }
    hf_batch_clear(&restart.batch);
    hf_buf_clear(&restart.evidence);
    hf_buf_clear(&restart.shown);
    hf_wipe(&restart.row, sizeof restart.row);
    return status;
}
