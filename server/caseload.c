#include "server/caseload.h"

#include "core/model/body_caseload.h"
#include "server/erase.h"
#include "server/feed.h"
#include "server/row.h"

#include <string.h>

struct assignment_search {
    const struct hf_id *case_id;
    bool found, held;
    uint64_t index;
};

static bool search_assignment(void *ctx, const struct hf_assignment_row *row)
{
    struct assignment_search *search = ctx;
    if (!hf_id_equal(&row->case_id, search->case_id))
        return true;
    search->found = true;
    search->held = row->held;
    search->index = row->index;
    return false;
}

/* --- noted before? --- */

struct note_search {
    struct hf_office *office;
    const struct hf_peer *peer;
    const struct hf_id *case_id;
    bool found;
    enum hf_status status;
};

static bool search_note(void *ctx, const struct hf_entry_row *row)
{
    struct note_search *search = ctx;
    struct hf_buf bytes = {0};
    struct hf_caseload_note note;
    if (row->kind != HF_LEAF_NOTE || row->payload.len == 0)
        return true;
    search->status = hf_row_open(search->office, row, &bytes);
    if (search->status == HF_OK && hf_caseload_note_decode(hf_buf_slice(&bytes), &note) == HF_OK)
        search->found = note.what == HF_CASELOAD_PURGED && hf_id_equal(&note.case_id, search->case_id) &&
                        memcmp(note.device, search->peer->device, sizeof note.device) == 0;
    hf_buf_clear(&bytes);
    return search->status == HF_OK && !search->found;
}

static enum hf_status write_note(struct hf_office *office, const struct hf_peer *peer, const struct hf_message *request)
{
    struct hf_caseload_note note = {.what = HF_CASELOAD_PURGED,
                                    .case_id = request->as.purged.case_id,
                                    .person = peer->person,
                                    .count = request->as.purged.changes};
    struct hf_class_key key = {0};
    struct hf_buf body = {0};
    struct hf_batch batch;
    memcpy(note.device, peer->device, sizeof note.device);
    hf_caseload_note_encode(&note, &body);
    hf_batch_begin(&batch, office);
    enum hf_status status = hf_buf_status(&body);
    if (status == HF_OK)
        status = hf_batch_office_key(&batch, &key);
    if (status == HF_OK)
        status = hf_batch_server_leaf(&batch, HF_LEAF_NOTE, &key, hf_buf_slice(&body));
    if (status == HF_OK)
        status = hf_batch_commit(&batch);
    hf_wipe(&key, sizeof key);
    hf_buf_clear(&body);
    hf_batch_clear(&batch);
    return status;
}

enum hf_status hf_caseload_purged(struct hf_office *office, const struct hf_peer *peer,
                                  const struct hf_message *request, struct hf_reply *reply)
{
    const struct hf_id *case_id = &request->as.purged.case_id;
    struct hf_store *store = office->store;
    struct assignment_search search = {.case_id = case_id};
    struct note_search noted = {.office = office, .peer = peer, .case_id = case_id};
    uint64_t erased_at = 0;
    enum hf_status status = store->ops->assignments(store, &peer->person, search_assignment, &search);
    enum hf_status erased = hf_erase_entry(office, case_id, &erased_at);
    if (status == HF_OK && erased != HF_OK && erased != HF_ERR_NOT_FOUND)
        status = erased;
    /* Given back meanwhile: the case comes again, and there is nothing to note. */
    const bool to_note = erased == HF_OK || (!search.held && !hf_feed_reads_all(peer->role));
    if (erased == HF_OK && (!search.found || search.index < erased_at))
        search.index = erased_at;
    search.found = search.found || erased == HF_OK;
    if (status == HF_OK && to_note && search.found) {
        struct hf_feed_filter filter = {.one_case = true, .case_id = office->office_case};
        status = store->ops->feed(store, &filter, search.index, search_note, &noted);
        if (status == HF_OK)
            status = noted.status;
    }
    if (status == HF_OK && to_note && !noted.found)
        status = write_note(office, peer, request);
    if (status == HF_OK)
        reply->message.type = HF_MSG_PURGE_NOTED;
    return status;
}
