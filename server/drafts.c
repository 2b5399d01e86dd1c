#include "server/drafts.h"

#include "server/enrol.h"
#include "server/feed.h"

#include <stdlib.h>
#include <string.h>

#define CASES_KNOWN_MAX 1024 /* of drafts in one answer; those of further cases are not given out */

struct arrays {
    struct hf_draft_item items[HF_LIMIT_DRAFTS];
    enum hf_draft_result results[HF_LIMIT_DRAFTS];
    uint32_t gone[HF_LIMIT_DRAFTS_HELD];
    struct hf_draft_ref ended[HF_LIMIT_DRAFTS];
};
struct answering {
    struct hf_office *office;
    const struct hf_peer *peer;
    const struct hf_msg_drafts *asked;
    struct arrays *arrays;
    struct hf_msg_drafts said;
    struct hf_buf *bytes;
    size_t blob_at[HF_LIMIT_DRAFTS];
    size_t own_count, own_bytes; /* of this device, as they are kept */
    bool still_there[HF_LIMIT_DRAFTS_HELD];
    struct known_case {
        struct hf_id case_id;
        bool may;
    } cases[CASES_KNOWN_MAX];
    size_t case_count;
    enum hf_status status;
};

static bool may_read(const struct answering *answering, const struct hf_id *case_id)
{
    for (size_t i = 0; i < answering->case_count; i++)
        if (hf_id_equal(&answering->cases[i].case_id, case_id))
            return answering->cases[i].may;
    return false;
}

static void note_case(struct answering *answering, const struct hf_id *case_id)
{
    for (size_t i = 0; i < answering->case_count; i++)
        if (hf_id_equal(&answering->cases[i].case_id, case_id))
            return;
    if (answering->case_count < CASES_KNOWN_MAX)
        answering->cases[answering->case_count++] = (struct known_case){.case_id = *case_id};
}

static bool note_row(void *ctx, const struct hf_kept_draft *row)
{
    note_case(ctx, &row->item.case_id);
    return true;
}

/* Before the rows are looked at: their callback cannot ask the store. */
static enum hf_status learn_cases(struct answering *answering)
{
    struct hf_store *store = answering->office->store;
    enum hf_status status = store->ops->drafts(store, &answering->peer->person, note_row, answering);
    for (size_t i = 0; i < answering->asked->item_count; i++)
        note_case(answering, &answering->asked->items[i].case_id);
    for (size_t i = 0; status == HF_OK && i < answering->case_count; i++)
        status = hf_feed_may_read(answering->office, answering->peer, &answering->cases[i].case_id,
                                  &answering->cases[i].may);
    return status;
}

/* --- what the device brings --- */

static bool count_own(void *ctx, const struct hf_kept_draft *row)
{
    struct answering *answering = ctx;
    if (memcmp(row->item.device, answering->peer->device, sizeof row->item.device) == 0) {
        answering->own_count++;
        answering->own_bytes += row->item.blob.len;
    }
    return true;
}

static bool key_fits(struct answering *answering, const struct hf_draft_item *item)
{
    struct hf_class_key key;
    const enum hf_status status = hf_keystore_get(answering->office->keystore, &item->key_id, &key);
    const bool fits = status == HF_OK && hf_id_equal(&key.case_id, &item->case_id);
    hf_wipe(&key, sizeof key);
    if (status != HF_OK && status != HF_ERR_NOT_FOUND)
        answering->status = status;
    return fits;
}

struct holding {
    const struct hf_id *case_id;
    bool once;
};

static bool find_holding(void *ctx, const struct hf_assignment_row *row)
{
    struct holding *holding = ctx;
    holding->once = hf_id_equal(&row->case_id, holding->case_id);
    return !holding->once;
}

/* Who held the case once hands in what they had begun, as with changes. */
static bool held_once(struct answering *answering, const struct hf_id *case_id)
{
    struct hf_store *store = answering->office->store;
    struct holding holding = {.case_id = case_id};
    answering->status = store->ops->assignments(store, &answering->peer->person, find_holding, &holding);
    return holding.once;
}

static bool may_write(struct answering *answering, const struct hf_draft_item *item)
{
    if (!hf_enrol_role_holds_cases(answering->peer->role) || !key_fits(answering, item))
        return false;
    return answering->peer->mode == HF_MODE_HAND_IN || may_read(answering, &item->case_id) ||
           held_once(answering, &item->case_id);
}

/* A draft that is kept already counts once more here: the limit is a little lower for one that is overwritten. */
static enum hf_draft_result take(struct answering *answering, const struct hf_draft_item *item)
{
    struct hf_draft_item own = *item;
    if (!may_write(answering, item))
        return HF_DRAFT_NOT_HERE;
    if (answering->own_count >= HF_LIMIT_DRAFTS_DEVICE ||
        answering->own_bytes + item->blob.len > HF_LIMIT_DRAFTS_DEVICE_BYTES)
        return HF_DRAFT_TOO_MANY;
    memcpy(own.device, answering->peer->device, sizeof own.device);
    own.person = answering->peer->person;
    answering->status = answering->office->store->ops->draft_put(answering->office->store, &own);
    answering->own_count++;
    answering->own_bytes += item->blob.len;
    return HF_DRAFT_KEPT;
}

/* Whose draft may this person end? Their own devices'; that of another device only when it was shared with them. */
struct ending {
    struct answering *answering;
    const struct hf_draft_ref *ref;
    bool allowed;
};

static bool find_ending(void *ctx, const struct hf_kept_draft *row)
{
    struct ending *ending = ctx;
    if (!hf_id_equal(&row->item.record_id, &ending->ref->record_id) ||
        memcmp(row->item.device, ending->ref->device, sizeof row->item.device) != 0)
        return true;
    ending->allowed = hf_id_equal(&row->item.person, &ending->answering->peer->person) ||
                      (row->item.shared && may_read(ending->answering, &row->item.case_id));
    return false;
}

static enum hf_status end_one(struct answering *answering, const struct hf_draft_ref *ref)
{
    const struct hf_store_ops *ops = answering->office->store->ops;
    struct ending ending = {.answering = answering, .ref = ref};
    const bool own = memcmp(ref->device, answering->peer->device, sizeof ref->device) == 0;
    enum hf_status status = HF_OK;
    if (!own)
        status = ops->drafts(answering->office->store, &answering->peer->person, find_ending, &ending);
    if (status == HF_OK && (own || ending.allowed))
        status = ops->draft_end(answering->office->store, ref, own);
    return status;
}

static enum hf_status take_all(struct answering *answering)
{
    const struct hf_msg_drafts *asked = answering->asked;
    struct hf_store *store = answering->office->store;
    enum hf_status status = HF_OK;
    for (size_t i = 0; status == HF_OK && i < asked->ended_count; i++)
        status = end_one(answering, &asked->ended[i]);
    if (status == HF_OK && asked->item_count > 0)
        status = store->ops->drafts(store, &answering->peer->person, count_own, answering);
    for (size_t i = 0; status == HF_OK && i < asked->item_count; i++) {
        answering->arrays->results[i] = take(answering, &asked->items[i]);
        status = answering->status;
    }
    answering->said.result_count = asked->item_count;
    return status;
}

/* --- what it gets --- */

static size_t find_held(const struct answering *answering, const struct hf_draft_item *item)
{
    const struct hf_msg_drafts *asked = answering->asked;
    size_t at = 0;
    while (at < asked->held_count && !(hf_id_equal(&asked->held[at].record_id, &item->record_id) &&
                                       memcmp(asked->held[at].device, item->device, sizeof item->device) == 0))
        at++;
    return at;
}

static bool give_ended(struct answering *answering, const struct hf_draft_item *item)
{
    struct hf_msg_drafts *said = &answering->said;
    if (said->ended_count == HF_LIMIT_DRAFTS)
        said->more = true;
    else
        answering->arrays->ended[said->ended_count++] =
            (struct hf_draft_ref){.record_id = item->record_id, .version = item->version};
    return true;
}

static bool give(void *ctx, const struct hf_kept_draft *row)
{
    struct answering *answering = ctx;
    struct hf_msg_drafts *said = &answering->said;
    const struct hf_draft_item *item = &row->item;
    if (memcmp(item->device, answering->peer->device, sizeof item->device) == 0)
        return !row->ended || give_ended(answering, item);
    if (row->ended || !may_read(answering, &item->case_id))
        return true;
    const size_t held = find_held(answering, item);
    if (held < answering->asked->held_count) {
        answering->still_there[held] = true;
        if (answering->asked->held[held].version == item->version)
            return true;
    } else if (answering->asked->held_count + said->item_count >= HF_LIMIT_DRAFTS_HELD) {
        return true; /* as many as a device keeps of others */
    }
    if (said->item_count == HF_LIMIT_DRAFTS || answering->bytes->len + item->blob.len > HF_LIMIT_DRAFTS_BYTES) {
        said->more = true;
        return true;
    }
    answering->arrays->items[said->item_count] = *item;
    answering->blob_at[said->item_count++] = answering->bytes->len;
    hf_buf_append_slice(answering->bytes, item->blob);
    return true;
}

static enum hf_status give_all(struct answering *answering)
{
    struct hf_store *store = answering->office->store;
    enum hf_status status = store->ops->drafts(store, &answering->peer->person, give, answering);
    if (status == HF_OK)
        status = hf_buf_status(answering->bytes);
    for (size_t i = 0; status == HF_OK && i < answering->said.item_count; i++)
        answering->arrays->items[i].blob.data = answering->bytes->data + answering->blob_at[i];
    for (size_t i = 0; i < answering->asked->held_count; i++)
        if (!answering->still_there[i])
            answering->arrays->gone[answering->said.gone_count++] = (uint32_t)i;
    return status;
}

struct looking {
    const struct hf_peer *peer;
    bool found;
};

static bool look_for_news(void *ctx, const struct hf_kept_draft *row)
{
    struct looking *looking = ctx;
    const bool own = memcmp(row->item.device, looking->peer->device, sizeof row->item.device) == 0;
    looking->found = own == row->ended; /* an end of its own, or what another device began */
    return !looking->found;
}

enum hf_status hf_drafts_any(struct hf_office *office, const struct hf_peer *peer, bool *out)
{
    struct looking looking = {.peer = peer};
    enum hf_status status = office->store->ops->drafts(office->store, &peer->person, look_for_news, &looking);
    if (status == HF_OK)
        *out = looking.found;
    return status;
}

enum hf_status hf_drafts_answer(struct hf_office *office, const struct hf_peer *peer, const struct hf_message *request,
                                struct hf_reply *reply)
{
    struct answering *answering = calloc(1, sizeof *answering);
    struct arrays *arrays = calloc(1, sizeof *arrays);
    if (!answering || !arrays) {
        free(answering);
        free(arrays);
        return HF_ERR_NOMEM;
    }
    reply->arrays = arrays;
    reply->arrays_len = sizeof *arrays;
    *answering = (struct answering){
        .office = office,
        .peer = peer,
        .asked = &request->as.drafts,
        .arrays = arrays,
        .bytes = &reply->bytes,
        .said = {.items = arrays->items, .results = arrays->results, .gone = arrays->gone, .ended = arrays->ended}};
    enum hf_status status = learn_cases(answering);
    if (status == HF_OK)
        status = take_all(answering);
    if (status == HF_OK && peer->mode == HF_MODE_NORMAL)
        status = give_all(answering);
    if (status == HF_OK) {
        reply->message.type = HF_MSG_DRAFTS_ARE;
        reply->message.as.drafts = answering->said;
    }
    free(answering);
    return status;
}

enum hf_status hf_drafts_purge(struct hf_office *office, const struct hf_id *case_id)
{
    return office->store->ops->drafts_purge(office->store, case_id);
}
