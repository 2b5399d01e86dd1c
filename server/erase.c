#include "server/erase.h"

#include "core/base/mutant.h"
#include "server/attach.h"
#include "server/erase_internal.h"
#include "server/journal_kept.h"
#include "server/keystore_erase.h"
#include "server/officers.h"
#include "server/officers_told.h"
#include "server/policies.h"
#include "server/row.h"

#include <stdlib.h>
#include <string.h>

/* Devices may sign entries of these kinds too: they are held, and mean nothing. */
bool hf_erase_is_own(const struct hf_entry_row *row)
{
    return row->hold == HF_HOLD_NONE && row->payload.len > 0;
}

/* --- legal hold --- */

struct hold_search {
    struct hf_office *office;
    const struct hf_id *case_id;
    bool placed;
    enum hf_status status;
};

static bool search_hold(void *ctx, const struct hf_entry_row *row)
{
    struct hold_search *search = ctx;
    struct hf_buf bytes = {0};
    struct hf_hold_body body;
    if (!hf_erase_is_own(row))
        return true;
    search->status = hf_row_open(search->office, row, &bytes);
    if (search->status == HF_OK && hf_hold_body_decode(hf_buf_slice(&bytes), &body) == HF_OK &&
        hf_id_equal(&body.case_id, search->case_id))
        search->placed = body.placed;
    hf_buf_clear(&bytes);
    return search->status == HF_OK;
}

enum hf_status hf_erase_is_on_hold(struct hf_office *office, const struct hf_id *case_id, bool *out)
{
    struct hold_search search = {.office = office, .case_id = case_id};
    enum hf_status status = office->store->ops->of_kind(office->store, HF_LEAF_HOLD, search_hold, &search);
    if (status == HF_OK)
        status = search.status;
    if (status == HF_OK)
        *out = search.placed;
    return status;
}

static enum hf_status write_hold(struct hf_office *office, const struct hf_hold_body *body)
{
    struct hf_batch batch;
    struct hf_class_key key = {0};
    struct hf_buf bytes = {0};
    hf_hold_body_encode(body, &bytes);
    hf_batch_begin(&batch, office);
    enum hf_status status = hf_buf_status(&bytes);
    if (status == HF_OK)
        status = hf_batch_office_key(&batch, &key);
    if (status == HF_OK)
        status = hf_batch_server_leaf(&batch, HF_LEAF_HOLD, &key, hf_buf_slice(&bytes));
    if (status == HF_OK)
        status = hf_batch_commit(&batch);
    hf_wipe(&key, sizeof key);
    hf_buf_clear(&bytes);
    hf_batch_clear(&batch);
    return status;
}

enum hf_status hf_erase_hold(struct hf_office *office, const struct hf_id *case_id, bool placed,
                             struct hf_slice reason_code, struct hf_error *err)
{
    struct hf_batch batch; /* only its view of the log is used */
    bool opened = false, on_hold = false, erased = false;
    if (!hf_hold_reason_known(reason_code))
        return hf_error_set(err, HF_ERR_INVALID,
                            "--reason must be one of litigation, inquiry, police, complaint, other.");
    /* What two officers erased, and a disk broke off, is finished: a hold would come too late for it. */
    enum hf_status status = office->is_erasing ? hf_erase_settle(office, err) : HF_OK;
    if (status != HF_OK)
        return status;
    hf_batch_begin(&batch, office);
    status = hf_batch_case_opened(&batch, case_id, &opened);
    hf_batch_clear(&batch);
    if (status == HF_OK)
        status = hf_keystore_erased(office->keystore, case_id, &erased);
    if (status == HF_OK && erased)
        return hf_error_set(err, HF_ERR_STATE, "This case was erased: nothing of it is left to hold.");
    if (status == HF_OK && !opened)
        return hf_error_set(err, HF_ERR_NOT_FOUND, "There is no such case.");
    if (status == HF_OK)
        status = hf_erase_is_on_hold(office, case_id, &on_hold);
    if (status == HF_OK && on_hold == placed)
        return hf_error_set(err, HF_ERR_STATE,
                            placed ? "There is a legal hold on this case already."
                                   : "There is no legal hold on this case.");
    return status == HF_OK
               ? write_hold(office,
                            &(struct hf_hold_body){.case_id = *case_id, .placed = placed, .reason_code = reason_code})
               : status;
}

/* --- the plan --- */

void hf_erase_plan_clear(struct hf_erase_plan *plan)
{
    hf_buf_clear(&plan->ranges);
    *plan = (struct hf_erase_plan){0};
}

struct planning {
    struct hf_erase_plan *plan;
    bool gone_too;
    enum hf_status status;
};

static bool plan_entry(void *ctx, const struct hf_entry_row *row)
{
    struct planning *planning = ctx;
    struct hf_erase_plan *plan = planning->plan;
    struct hf_leaf leaf;
    if (row->payload.len == 0 && !planning->gone_too)
        return true;
    planning->status = hf_leaf_decode(row->leaf, &leaf);
    if (planning->status == HF_OK && leaf.payload_len == 0)
        return true; /* it never had contents */
    if (planning->status == HF_OK)
        planning->status = hf_erase_ranges_add(&plan->ranges, row->index);
    if (planning->status != HF_OK)
        return false;
    uint64_t ms = hf_clock_ms(leaf.clock);
    plan->first_ms = plan->entry_count == 0 || ms < plan->first_ms ? ms : plan->first_ms;
    plan->last_ms = ms > plan->last_ms ? ms : plan->last_ms;
    plan->entry_count++;
    plan->payload_bytes += row->payload.len;
    return true;
}

static bool count_record(void *ctx, const struct hf_record_write *row)
{
    uint64_t *count = ctx;
    (void)row;
    ++*count;
    return true;
}

/* A journal of readings goes when its time is over, and for no other reason: it is evidence. */
static enum hf_status may_erase_journal(struct hf_office *office, const struct hf_id *case_id, struct hf_error *err)
{
    struct hf_journal_row row;
    char until[HF_DATE_TEXT_BYTES];
    enum hf_status status = hf_journal_named(office, case_id, &row, err);
    if (status != HF_OK || row.is_over)
        return status == HF_ERR_NOT_FOUND ? HF_OK : status;
    if (!row.known)
        return hf_error_set(err, HF_ERR_DENIED,
                            "No procedure in force says how long it is kept who read what (\"retention\", class "
                            "\"reads\"), so it is kept.");
    hf_day_format(row.until, until);
    return hf_error_set(err, HF_ERR_DENIED, "What was read in %u is kept until %s.", row.year, until);
}

/* Readings have a basis of their own, so that the log says which kind of thing went. */
static enum hf_status check_basis(struct hf_office *office, const struct hf_id *case_id, struct hf_slice basis,
                                  struct hf_error *err)
{
    struct hf_journal_row row;
    if (!hf_erase_basis_known(basis))
        return hf_error_set(err, HF_ERR_INVALID,
                            "--basis must be one of retention, never_recorded, court_order, duplicate, reads, other.");
    enum hf_status status = hf_journal_named(office, case_id, &row, err);
    const bool journal = status == HF_OK;
    if (status == HF_OK || status == HF_ERR_NOT_FOUND)
        status = HF_OK;
    if (status == HF_OK && journal != hf_slice_equal(basis, hf_slice_str(HF_ERASE_BASIS_READS)))
        return hf_error_set(err, HF_ERR_INVALID,
                            journal ? "This is a journal of readings: --basis reads."
                                    : "This is no journal of readings: `holdfast erase reads` lists them.");
    return status;
}

static enum hf_status may_erase(struct hf_office *office, const struct hf_id *case_id, bool *out_again,
                                struct hf_error *err)
{
    bool erased = false, on_hold = false;
    if (hf_id_equal(case_id, &office->office_case))
        return hf_error_set(err, HF_ERR_DENIED, "The office's own case holds the staff and the rules. It stays.");
    enum hf_status status = hf_keystore_erased(office->keystore, case_id, &erased);
    if (status == HF_OK && erased)
        status = hf_erase_was_carried(office, case_id, out_again);
    if (status == HF_OK && erased && !*out_again)
        return hf_error_set(err, HF_ERR_STATE, "This case was erased before.");
    if (status == HF_OK && !*out_again)
        status = hf_erase_is_on_hold(office, case_id, &on_hold);
    if (status == HF_OK && !*out_again)
        status = may_erase_journal(office, case_id, err);
    if (status == HF_OK && on_hold && !HF_MUTANT(LEGAL_HOLD_IGNORED))
        return hf_error_set(err, HF_ERR_DENIED,
                            "There is a legal hold on this case, so nothing of it may be erased. It has to be lifted "
                            "first.");
    return status;
}

enum hf_status hf_erase_entries(struct hf_office *office, const struct hf_id *case_id, bool gone_too,
                                struct hf_erase_plan *out)
{
    struct hf_erase_plan plan = {0};
    struct planning planning = {.plan = &plan, .gone_too = gone_too};
    struct hf_feed_filter filter = {.one_case = true, .case_id = *case_id};
    enum hf_status status = office->store->ops->feed(office->store, &filter, 0, plan_entry, &planning);
    if (status == HF_OK)
        status = planning.status;
    if (status == HF_OK)
        *out = plan;
    else
        hf_erase_plan_clear(&plan);
    return status;
}

enum hf_status hf_erase_plan(struct hf_office *office, const struct hf_id *case_id, struct hf_erase_plan *out,
                             struct hf_error *err)
{
    struct hf_erase_plan plan = {0};
    bool again = false;
    enum hf_status status = may_erase(office, case_id, &again, err);
    if (status != HF_OK)
        return status;
    status = hf_erase_entries(office, case_id, again, &plan);
    if (status == HF_ERR_LIMIT)
        status = hf_error_set(err, status,
                              "This case lies in more than %d places of the log, which one erasure cannot name.",
                              HF_ERASE_RANGES_MAX);
    if (status == HF_OK && plan.entry_count == 0)
        status = hf_error_set(err, HF_ERR_NOT_FOUND, "There is no such case.");
    if (status == HF_OK)
        status = office->store->ops->records(office->store, case_id, count_record, &plan.record_count);
    if (status == HF_OK)
        *out = plan;
    else
        hf_erase_plan_clear(&plan);
    return status;
}

/* --- asking --- */

static void hash_ranges(const struct hf_erase_plan *plan, uint8_t out[HF_HASH_BYTES])
{
    hf_sha256_of(plan->ranges.data, plan->ranges.len, out);
}

enum hf_status hf_erase_draft(struct hf_office *office, const struct hf_acting *who, const struct hf_id *case_id,
                              struct hf_slice basis, struct hf_buf *out, struct hf_error *err)
{
    struct hf_erase_plan plan = {0};
    struct hf_store_head head;
    uint8_t random[HF_ID_RANDOM_BYTES];
    enum hf_status status = hf_officers_need(office, who, err);
    if (status == HF_OK)
        status = check_basis(office, case_id, basis, err);
    if (status == HF_OK)
        status = hf_erase_plan(office, case_id, &plan, err);
    if (status != HF_OK)
        return status;
    hf_store_head(office->store, &head);
    hf_random(random, sizeof random);
    struct hf_erase_request request = {.case_id = *case_id,
                                       .basis = basis,
                                       .log_size = head.tree.size,
                                       .entry_count = plan.entry_count,
                                       .asked_ms = office->wall_ms(office->clock_ctx),
                                       .person = who->person};
    request.erasure = hf_id_v7(request.asked_ms, random);
    memcpy(request.device, who->device, sizeof request.device);
    hash_ranges(&plan, request.ranges_hash);
    hf_erase_request_encode(&request, out);
    hf_erase_plan_clear(&plan);
    return hf_buf_status(out);
}

/* What was signed must still be what there is: otherwise the officers would not know what goes. */
static enum hf_status check_unchanged(const struct hf_erase_request *request, const struct hf_erase_plan *plan,
                                      struct hf_error *err)
{
    uint8_t hash[HF_HASH_BYTES];
    hash_ranges(plan, hash);
    if (plan->entry_count == request->entry_count && memcmp(hash, request->ranges_hash, sizeof hash) == 0)
        return HF_OK;
    return hf_error_set(err, HF_ERR_CONFLICT,
                        "The case has had changes since this erasure was asked for. Look at it again, and ask anew.");
}

static enum hf_status store_request(struct hf_office *office, const struct hf_erase_body *body)
{
    struct hf_buf bytes = {0};
    hf_erase_body_encode(body, &bytes);
    struct hf_erasure_row row = {
        .erasure = body->asked.erasure, .case_id = body->asked.case_id, .shard = hf_erase_shard(office)};
    row.body = hf_buf_slice(&bytes);
    enum hf_status status = hf_buf_status(&bytes);
    if (status == HF_OK)
        status = hf_keystore_erasure_ask(office->keystore, &row);
    hf_buf_clear(&bytes);
    return status;
}

enum hf_status hf_erase_ask(struct hf_office *office, const struct hf_acting *who, struct hf_slice request,
                            const uint8_t signature[HF_SIGN_BYTES], struct hf_id *out_erasure, struct hf_error *err)
{
    struct hf_erase_body body = {.request = request};
    struct hf_erase_plan plan = {0};
    if (hf_erase_request_decode(request, &body.asked) != HF_OK || !hf_erase_basis_known(body.asked.basis) ||
        !hf_id_equal(&body.asked.person, &who->person) ||
        memcmp(body.asked.device, who->device, sizeof who->device) != 0)
        return hf_error_set(err, HF_ERR_INVALID, "This is no request of this person and device.");
    memcpy(body.asked_signature, signature, sizeof body.asked_signature);
    if (!hf_erase_asked(office->log_id, &body))
        return hf_error_set(err, HF_ERR_AUTH, "The signature of the request does not fit. Nothing was stored.");
    enum hf_status status = hf_officers_need(office, who, err);
    if (status == HF_OK)
        status = check_basis(office, &body.asked.case_id, body.asked.basis, err);
    if (status == HF_OK)
        status = hf_erase_plan(office, &body.asked.case_id, &plan, err);
    if (status == HF_OK)
        status = check_unchanged(&body.asked, &plan, err);
    body.ranges = hf_buf_slice(&plan.ranges);
    if (status == HF_OK)
        status = store_request(office, &body);
    if (status == HF_OK)
        *out_erasure = body.asked.erasure;
    hf_erase_plan_clear(&plan);
    return status;
}

/* --- one request --- */

struct row_search {
    const struct hf_id *erasure;
    bool found;
    enum hf_erasure_state state;
    uint64_t shard;
    struct hf_buf body;
};

static bool search_row(void *ctx, const struct hf_erasure_row *row)
{
    struct row_search *search = ctx;
    if (!hf_id_equal(&row->erasure, search->erasure))
        return true;
    search->found = true;
    search->state = row->state;
    search->shard = row->shard;
    hf_buf_append_slice(&search->body, row->body);
    return false;
}

/* The body borrows from *bytes. */
static enum hf_status find_request(struct hf_office *office, const struct hf_id *erasure, struct hf_buf *bytes,
                                   struct hf_erase_body *out, struct hf_error *err)
{
    struct row_search search = {.erasure = erasure};
    enum hf_status status = hf_keystore_erasures(office->keystore, search_row, &search);
    if (status == HF_OK)
        status = hf_buf_status(&search.body);
    *bytes = search.body;
    if (status == HF_OK && !search.found)
        return hf_error_set(err, HF_ERR_NOT_FOUND, "Nobody has asked for such an erasure, or it was taken back.");
    if (status == HF_OK && search.state != HF_ERASURE_ASKED)
        return hf_error_set(err, HF_ERR_STATE, "This erasure was carried out already.");
    if (status == HF_OK && search.shard != hf_erase_shard(office))
        return hf_error_set(err, HF_ERR_CONFLICT,
                            "This erasure was asked for before the office lost the end of its log and began a new one. "
                            "What was there then may differ from what is there now. Take it back (`holdfast erase "
                            "cancel`), look at the case again, and ask anew.");
    return status == HF_OK ? hf_erase_body_decode(hf_buf_slice(bytes), out) : status;
}

enum hf_status hf_erase_request(struct hf_office *office, const struct hf_id *erasure, struct hf_buf *out,
                                struct hf_error *err)
{
    struct hf_buf bytes = {0};
    struct hf_erase_body body;
    enum hf_status status = find_request(office, erasure, &bytes, &body, err);
    if (status == HF_OK) {
        hf_buf_append_slice(out, body.request);
        status = hf_buf_status(out);
    }
    hf_buf_clear(&bytes);
    return status;
}

enum hf_status hf_erase_cancel(struct hf_office *office, const struct hf_id *erasure, struct hf_error *err)
{
    enum hf_status status = hf_keystore_erasure_cancel(office->keystore, erasure);
    if (status == HF_ERR_NOT_FOUND)
        return hf_error_set(err, status, "No such erasure waits for a second officer.");
    return status;
}

/* --- erasing --- */

/* The leaf and the end of the contents, in one commit. */
enum hf_status hf_erase_log(struct hf_office *office, const struct hf_erasure_row *row)
{
    struct hf_batch batch;
    struct hf_class_key key = {0};
    hf_batch_begin(&batch, office);
    enum hf_status status = hf_batch_office_key(&batch, &key);
    if (status == HF_OK)
        status = hf_batch_server_leaf(&batch, HF_LEAF_ERASE, &key, row->body);
    batch.erased_case = row->case_id;
    if (status == HF_OK)
        status = hf_batch_commit(&batch);
    hf_wipe(&key, sizeof key);
    hf_batch_clear(&batch);
    if (status == HF_OK)
        hf_policies_forget(office);
    if (status == HF_OK)
        status = hf_attach_sweep(office, NULL);
    return status == HF_OK ? office->store->ops->scrub(office->store) : status;
}

static enum hf_status carry_out(struct hf_office *office, const struct hf_erase_body *body)
{
    struct hf_buf bytes = {0};
    hf_erase_body_encode(body, &bytes);
    struct hf_erasure_row row = {.erasure = body->asked.erasure,
                                 .case_id = body->asked.case_id,
                                 .shard = hf_erase_shard(office),
                                 .body = hf_buf_slice(&bytes)};
    enum hf_status status = hf_buf_status(&bytes);
    /* A disk that fails in between must not leave devices that ask for a key which is gone, and are not told why. */
    office->is_erasing = office->is_erasing || (status == HF_OK && !HF_MUTANT(ERASURE_HALF_DONE));
    if (status == HF_OK)
        status = hf_keystore_destroy(office->keystore, &row);
    if (status == HF_OK)
        status = hf_erase_log(office, &row);
    if (status == HF_OK)
        office->is_erasing = false;
    hf_buf_clear(&bytes);
    return status;
}

/* The first officer may have lost the right meanwhile, or the device. */
static enum hf_status first_still_may(struct hf_office *office, const struct hf_erase_request *asked,
                                      struct hf_error *err)
{
    struct hf_acting first = {.person = asked->person};
    memcpy(first.device, asked->device, sizeof first.device);
    return hf_officers_need(office, &first, err);
}

enum hf_status hf_erase_confirm(struct hf_office *office, const struct hf_acting *who, const struct hf_id *erasure,
                                const uint8_t signature[HF_SIGN_BYTES], struct hf_error *err)
{
    struct hf_buf bytes = {0};
    struct hf_erase_body body;
    struct hf_erase_plan plan = {0};
    enum hf_status status = find_request(office, erasure, &bytes, &body, err);
    if (status != HF_OK)
        goto out;
    body.person = who->person;
    memcpy(body.device, who->device, sizeof body.device);
    memcpy(body.signature, signature, sizeof body.signature);
    if (hf_id_equal(&body.person, &body.asked.person) ||
        memcmp(body.device, body.asked.device, sizeof body.device) == 0) {
        status = hf_error_set(err, HF_ERR_DENIED,
                              "An erasure needs two people: somebody else has to confirm it, from their own device.");
        goto out;
    }
    if (!hf_erase_asked(office->log_id, &body) || !hf_erase_confirmed(office->log_id, &body)) {
        status = hf_error_set(err, HF_ERR_AUTH, "The signature does not fit. Nothing was erased.");
        goto out;
    }
    status = hf_officers_need(office, who, err);
    if (status == HF_OK && !HF_MUTANT(RIGHT_REMEMBERED))
        status = first_still_may(office, &body.asked, err);
    if (status == HF_OK)
        status = hf_officers_need_two(office, body.asked.device, body.device, err);
    if (status == HF_OK)
        status = hf_erase_plan(office, &body.asked.case_id, &plan, err);
    if (status == HF_OK)
        status = check_unchanged(&body.asked, &plan, err);
    if (status == HF_OK)
        status = carry_out(office, &body);
out:
    hf_erase_plan_clear(&plan);
    hf_buf_clear(&bytes);
    return status;
}
