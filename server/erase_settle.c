/* Erasures that were begun, that came back with a backup, or that a log before had: what the key store and the log say
 * is held against each other before anything is served. */
#include "core/base/mutant.h"
#include "server/erase_internal.h"
#include "server/keystore_rotate.h"
#include "server/officers.h"
#include "server/officers_told.h"
#include "server/row.h"

#include <string.h>

uint64_t hf_erase_shard(const struct hf_office *office)
{
    return hf_keystore_server(office->keystore)->names.count - 1;
}

/* --- what the log says --- */

struct log_search {
    struct hf_office *office;
    const struct hf_id *case_id; /* NULL: every erasure; their keys go */
    const struct hf_id *erasure; /* or this one */
    bool found;
    uint64_t index;
    enum hf_status status;
};

/* The key store may be older than the log: what the log says is erased, it forgets again. */
static enum hf_status forget_again(struct hf_office *office, const struct hf_erase_body *body, struct hf_slice bytes)
{
    bool erased = false;
    const struct hf_erasure_row row = {
        .erasure = body->asked.erasure, .case_id = body->asked.case_id, .shard = hf_erase_shard(office), .body = bytes};
    enum hf_status status = hf_keystore_erased(office->keystore, &row.case_id, &erased);
    return status == HF_OK && !erased ? hf_keystore_destroy(office->keystore, &row) : status;
}

static bool search_log(void *ctx, const struct hf_entry_row *row)
{
    struct log_search *search = ctx;
    struct hf_buf bytes = {0};
    struct hf_erase_body body;
    if (!hf_erase_is_own(row))
        return true;
    search->status = hf_row_open(search->office, row, &bytes);
    if (search->status == HF_OK)
        search->status = hf_erase_body_decode(hf_buf_slice(&bytes), &body);
    if (search->status == HF_OK && !search->case_id && !search->erasure) {
        search->status = forget_again(search->office, &body, hf_buf_slice(&bytes));
    } else if (search->status == HF_OK) {
        search->found = search->case_id ? hf_id_equal(&body.asked.case_id, search->case_id)
                                        : hf_id_equal(&body.asked.erasure, search->erasure);
        search->index = row->index;
    }
    hf_buf_clear(&bytes);
    return search->status == HF_OK && !search->found;
}

static enum hf_status search(struct log_search *search)
{
    struct hf_store *store = search->office->store;
    enum hf_status status = store->ops->of_kind(store, HF_LEAF_ERASE, search_log, search);
    return status == HF_OK ? search->status : status;
}

struct last_search {
    struct hf_office *office;
    const struct hf_id *case_id;
    bool carried;
    enum hf_status status;
};

static bool search_last(void *ctx, const struct hf_entry_row *row)
{
    struct last_search *last = ctx;
    struct hf_buf bytes = {0};
    struct hf_erase_body body;
    if (!hf_erase_is_own(row))
        return true;
    last->status = hf_row_open(last->office, row, &bytes);
    if (last->status == HF_OK)
        last->status = hf_erase_body_decode(hf_buf_slice(&bytes), &body);
    if (last->status == HF_OK && hf_id_equal(&body.asked.case_id, last->case_id))
        last->carried = body.is_carried;
    hf_buf_clear(&bytes);
    return last->status == HF_OK;
}

enum hf_status hf_erase_was_carried(struct hf_office *office, const struct hf_id *case_id, bool *out)
{
    struct last_search last = {.office = office, .case_id = case_id};
    enum hf_status status = office->store->ops->of_kind(office->store, HF_LEAF_ERASE, search_last, &last);
    if (status == HF_OK)
        status = last.status;
    if (status == HF_OK)
        *out = last.carried;
    return status;
}

enum hf_status hf_erase_entry(struct hf_office *office, const struct hf_id *case_id, uint64_t *out_index)
{
    struct log_search of_case = {.office = office, .case_id = case_id};
    enum hf_status status = search(&of_case);
    if (status == HF_OK && !of_case.found)
        return HF_ERR_NOT_FOUND;
    if (status == HF_OK)
        *out_index = of_case.index;
    return status;
}

/* --- before anything is served --- */

#define DESTROYED_HEAD (2 * HF_ID_BYTES + 8 + 4)

struct destroyed_list {
    struct hf_buf bytes; /* erasure, case, shard u64, length u32, body; each */
};

static bool collect_destroyed(void *ctx, const struct hf_erasure_row *row)
{
    struct destroyed_list *list = ctx;
    if (row->state != HF_ERASURE_DESTROYED)
        return true;
    hf_buf_append(&list->bytes, row->erasure.bytes, HF_ID_BYTES);
    hf_buf_append(&list->bytes, row->case_id.bytes, HF_ID_BYTES);
    hf_buf_append_u64(&list->bytes, row->shard);
    hf_buf_append_u32(&list->bytes, (uint32_t)row->body.len);
    hf_buf_append_slice(&list->bytes, row->body);
    return true;
}

/* How many entries of the log of that shard stand unchanged at the beginning of this one. */
static enum hf_status left_of(struct hf_office *office, uint64_t shard, uint64_t *out)
{
    uint64_t size = 0;
    enum hf_status status = HF_OK;
    *out = UINT64_MAX;
    while ((status = hf_keystore_shard_size(office->keystore, ++shard, &size)) == HF_OK)
        *out = size < *out ? size : *out;
    return status == HF_ERR_NOT_FOUND ? HF_OK : status;
}

static enum hf_status is_officer_here(struct hf_office *office, const struct hf_id *person, const uint8_t *device,
                                      bool *out)
{
    struct hf_acting who = {.person = *person};
    struct hf_error err = {0};
    memcpy(who.device, device, sizeof who.device);
    const enum hf_status status = hf_officers_need(office, &who, &err);
    *out = status == HF_OK;
    return status == HF_ERR_DENIED ? HF_OK : status;
}

/* Everything that it says is true of this log as well: it was asked for on what is left, what it names is what there
 * is of the case, and this log knows both officers. */
static enum hf_status holds_here(struct hf_office *office, const struct hf_erasure_row *row,
                                 const struct hf_erase_body *body, const struct hf_erase_plan *here, bool *out)
{
    uint64_t left = 0;
    bool first = false, second = false;
    struct hf_error err = {0};
    enum hf_status status = left_of(office, row->shard, &left);
    if (status == HF_OK)
        status = is_officer_here(office, &body->asked.person, body->asked.device, &first);
    if (status == HF_OK)
        status = is_officer_here(office, &body->person, body->device, &second);
    if (status == HF_OK && first && second)
        status = hf_officers_need_two(office, body->asked.device, body->device, &err);
    if (status == HF_ERR_DENIED) {
        first = false;
        status = HF_OK;
    }
    *out = first && second && body->asked.log_size <= left && hf_slice_equal(hf_buf_slice(&here->ranges), body->ranges);
    return status;
}

static enum hf_status log_carried(struct hf_office *office, const struct hf_erasure_row *row,
                                  const struct hf_erase_body *body, const struct hf_erase_plan *here)
{
    struct hf_erase_body carried = *body;
    struct hf_erasure_row as_logged = *row;
    struct hf_buf bytes = {0};
    carried.is_carried = true;
    carried.here = hf_buf_slice(&here->ranges);
    hf_erase_body_encode(&carried, &bytes);
    as_logged.body = hf_buf_slice(&bytes);
    enum hf_status status = hf_buf_status(&bytes);
    if (status == HF_OK)
        status = hf_erase_log(office, &as_logged);
    hf_buf_clear(&bytes);
    return status;
}

/* It was carried out in a part of the log that is lost, and the entry with it. The contents stay gone; the log says so
 * as far as it can be checked here. */
static enum hf_status log_lost(struct hf_office *office, const struct hf_erasure_row *row)
{
    struct hf_erase_plan here = {0};
    struct hf_erase_body body;
    bool holds = false;
    enum hf_status status = hf_erase_body_decode(row->body, &body);
    if (status == HF_OK)
        status = hf_erase_entries(office, &row->case_id, true, &here);
    if (status == HF_OK)
        status = holds_here(office, row, &body, &here, &holds);
    if (status == HF_OK)
        status = holds && !body.is_carried ? hf_erase_log(office, row) : log_carried(office, row, &body, &here);
    hf_erase_plan_clear(&here);
    return status;
}

static enum hf_status settle_one(struct hf_office *office, const struct hf_erasure_row *row)
{
    struct hf_store_head head;
    struct log_search of_erasure = {.office = office, .erasure = &row->erasure};
    enum hf_status status = search(&of_erasure);
    if (status != HF_OK)
        return status;
    hf_store_head(office->store, &head);
    /* A store that is older than what was signed gets no entry: it is refused as a whole, but keeps nothing either. */
    if (of_erasure.found || office->mark.size > head.tree.size)
        return office->store->ops->destroy(office->store, &row->case_id);
    /* Cut off between key store and log, or lost with the end of a log before. */
    return row->shard == hf_erase_shard(office) ? hf_erase_log(office, row) : log_lost(office, row);
}

enum hf_status hf_erase_settle(struct hf_office *office, struct hf_error *err)
{
    struct destroyed_list list = {0};
    struct log_search all = {.office = office};
    enum hf_status status = search(&all);
    if (status == HF_OK)
        status = hf_keystore_erasures(office->keystore, collect_destroyed, &list);
    if (status == HF_OK)
        status = hf_buf_status(&list.bytes);
    for (size_t at = 0; status == HF_OK && at < list.bytes.len;) {
        const uint8_t *bytes = list.bytes.data + at;
        struct hf_erasure_row row = {.erasure = hf_id_from_bytes(bytes),
                                     .case_id = hf_id_from_bytes(bytes + HF_ID_BYTES)};
        row.shard = hf_get_u64(bytes + 2 * HF_ID_BYTES);
        row.body = hf_slice_of(bytes + DESTROYED_HEAD, hf_get_u32(bytes + 2 * HF_ID_BYTES + 8));
        at += DESTROYED_HEAD + row.body.len;
        status = settle_one(office, &row);
    }
    if (status == HF_OK && list.bytes.len > 0) {
        status = hf_keystore_scrub(office->keystore);
        if (status == HF_OK)
            status = office->store->ops->scrub(office->store);
    }
    hf_buf_clear(&list.bytes);
    if (status == HF_OK)
        office->is_erasing = false;
    return status == HF_OK ? HF_OK
                           : hf_error_set(err, status, "What was erased could not be erased from this copy: %s",
                                          hf_status_text(status));
}

/* --- from a log before ---------------------------------------------------------------------------------------------
 */

enum hf_status hf_erase_again(struct hf_office *office, uint64_t shard, struct hf_slice bytes, struct hf_error *err)
{
    struct hf_erase_body body;
    bool erased = false;
    if (hf_erase_body_decode(bytes, &body) != HF_OK || hf_id_equal(&body.asked.case_id, &office->office_case) ||
        !hf_erase_asked(office->log_id, &body) || !hf_erase_confirmed(office->log_id, &body))
        return HF_ERR_INVALID;
    const struct hf_erasure_row row = {
        .erasure = body.asked.erasure, .case_id = body.asked.case_id, .shard = shard, .body = bytes};
    enum hf_status status = hf_keystore_erased(office->keystore, &row.case_id, &erased);
    if (status != HF_OK || erased)
        return status;
    office->is_erasing = true;
    status = hf_keystore_destroy(office->keystore, &row);
    if (status == HF_OK)
        status = log_lost(office, &row);
    if (status == HF_OK)
        office->is_erasing = false;
    return status == HF_OK ? HF_OK
                           : hf_error_set(err, status, "What was erased before could not be erased again: %s",
                                          hf_status_text(status));
}
