#include "server/policies.h"

#include "core/model/body_caseload.h"
#include "core/policy/day.h"
#include "core/policy/rights.h"
#include "server/row.h"

#include <stdlib.h>
#include <string.h>

#define RECORDS_AT_FIRST 64
#define FIELD_PERSON     2 /* of an acknowledgement and of cover */

struct hf_policies {
    struct hf_book *book;
    bool records_stale; /* the office's records have changed since they were read */
    bool uncommitted;   /* the book holds something that is not in the store yet */
};

void hf_policies_forget(struct hf_office *office)
{
    if (office->policies)
        hf_book_free(office->policies->book);
    free(office->policies);
    office->policies = NULL;
}

void hf_policies_committed(struct hf_office *office)
{
    if (office->policies)
        office->policies->uncommitted = false;
}

void hf_policies_given_up(struct hf_office *office)
{
    if (office->policies && office->policies->uncommitted)
        hf_policies_forget(office);
}

/* --- records as a batch leaves them ------------------------------------------------------------------------------- */

void hf_policies_records_clear(struct hf_policies_records *records)
{
    for (size_t i = 0; i < records->count; i++)
        hf_record_state_clear(&records->records[i]);
    free(records->records);
    *records = (struct hf_policies_records){0};
}

struct records_walk {
    struct hf_batch *batch;
    struct hf_policies_records *out;
    enum hf_status status;
};

static const struct hf_batch_state *changed_state(const struct hf_batch *batch, const struct hf_id *record_id)
{
    for (size_t i = 0; i < batch->state_count; i++)
        if (batch->states[i].changed && hf_id_equal(&batch->states[i].state.record_id, record_id))
            return &batch->states[i];
    return NULL;
}

static enum hf_status add_packed(struct hf_policies_records *records, struct hf_slice packed)
{
    if (records->count == records->cap) {
        const size_t cap = records->cap ? records->cap * 2 : RECORDS_AT_FIRST;
        struct hf_record_state *grown = realloc(records->records, cap * sizeof *grown);
        if (!grown)
            return HF_ERR_NOMEM;
        records->records = grown;
        records->cap = cap;
    }
    struct hf_record_state state = {0};
    enum hf_status status = hf_record_state_decode(packed, &state);
    if (status == HF_OK)
        records->records[records->count++] = state;
    return status == HF_ERR_UNSUPPORTED ? HF_OK : status;
}

static bool add_stored(void *ctx, const struct hf_record_write *row)
{
    struct records_walk *walk = ctx;
    if (walk->out->count >= HF_POLICY_RECORDS_MAX)
        walk->status = HF_ERR_LIMIT;
    else if (!changed_state(walk->batch, &row->record_id))
        walk->status = add_packed(walk->out, row->packed);
    return walk->status == HF_OK;
}

static enum hf_status add_changed(struct hf_policies_records *records, const struct hf_record_state *state)
{
    struct hf_buf packed = {0};
    hf_record_state_encode(state, &packed);
    enum hf_status status = hf_buf_status(&packed);
    if (status == HF_OK)
        status = add_packed(records, hf_buf_slice(&packed));
    hf_buf_wipe(&packed);
    return status;
}

enum hf_status hf_policies_records(struct hf_batch *batch, const struct hf_id *case_id, struct hf_policies_records *out)
{
    struct hf_policies_records records = {0};
    struct records_walk walk = {.batch = batch, .out = &records};
    struct hf_store *store = batch->office->store;
    enum hf_status status = store->ops->records(store, case_id, add_stored, &walk);
    if (status == HF_OK)
        status = walk.status;
    for (size_t i = 0; status == HF_OK && i < batch->state_count; i++)
        if (batch->states[i].changed && hf_id_equal(&batch->states[i].state.case_id, case_id))
            status = add_changed(&records, &batch->states[i].state);
    if (status == HF_OK)
        *out = records;
    else
        hf_policies_records_clear(&records);
    return status;
}

/* --- the book ----------------------------------------------------------------------------------------------------- */

struct release_walk {
    struct hf_office *office;
    struct hf_book *book;
    enum hf_status status;
};

static enum hf_status take_release(struct hf_book *book, const struct hf_id *change, struct hf_slice bytes)
{
    struct hf_policy_body body;
    if (hf_policy_body_decode(bytes, &body) != HF_OK)
        return HF_OK;
    enum hf_status status = hf_book_release(book, &body, change, NULL);
    return status == HF_ERR_NOMEM ? status : HF_OK;
}

static bool read_release(void *ctx, const struct hf_entry_row *row)
{
    struct release_walk *walk = ctx;
    struct hf_buf body = {0};
    if (row->kind != HF_LEAF_POLICY || row->hold != HF_HOLD_NONE || row->payload.len == 0)
        return true;
    walk->status = hf_row_open(walk->office, row, &body);
    if (walk->status == HF_OK)
        walk->status = take_release(walk->book, &row->change_id, hf_buf_slice(&body));
    hf_buf_clear(&body);
    return walk->status == HF_OK;
}

static enum hf_status read_records(struct hf_batch *batch, struct hf_book *book)
{
    struct hf_policies_records records = {0};
    enum hf_status status = hf_policies_records(batch, &batch->office->office_case, &records);
    hf_book_forget_records(book);
    for (size_t i = 0; status == HF_OK && i < records.count; i++)
        status = hf_book_record(book, &records.records[i]);
    hf_policies_records_clear(&records);
    return status;
}

static enum hf_status make_book(struct hf_office *office)
{
    const struct hf_feed_filter filter = {.one_case = true, .case_id = office->office_case};
    struct release_walk walk = {.office = office};
    struct hf_policies *policies = calloc(1, sizeof *policies);
    enum hf_status status = policies ? hf_book_new(&policies->book) : HF_ERR_NOMEM;
    if (status == HF_OK) {
        walk.book = policies->book;
        status = office->store->ops->feed(office->store, &filter, 0, read_release, &walk);
    }
    if (status == HF_OK)
        status = walk.status;
    if (status != HF_OK) {
        if (policies)
            hf_book_free(policies->book);
        free(policies);
        return status;
    }
    policies->records_stale = true;
    office->policies = policies;
    return HF_OK;
}

enum hf_status hf_policies_book(struct hf_batch *batch, struct hf_book **out)
{
    struct hf_office *office = batch->office;
    enum hf_status status = office->policies ? HF_OK : make_book(office);
    if (status == HF_OK && office->policies->records_stale) {
        status = read_records(batch, office->policies->book);
        office->policies->records_stale = status != HF_OK;
    }
    if (status == HF_OK)
        *out = office->policies->book;
    return status;
}

bool hf_policies_idle(const struct hf_office *office)
{
    struct hf_book_cover cover;
    return office->policies && !office->policies->records_stale && hf_book_count(office->policies->book) == 0 &&
           !hf_book_cover(office->policies->book, 0, 0, &cover);
}

enum hf_status hf_policies_took_effect(struct hf_batch *batch, enum hf_leaf_kind kind, const struct hf_id *change_id,
                                       const struct hf_id *case_id, struct hf_slice body)
{
    struct hf_book *book = NULL;
    const bool is_office = hf_id_equal(case_id, &batch->office->office_case);
    if (kind != HF_LEAF_POLICY && !is_office)
        return HF_OK;
    if (kind == HF_LEAF_POLICY) {
        enum hf_status status = hf_policies_book(batch, &book);
        if (status == HF_OK)
            status = take_release(book, change_id, body);
        if (status != HF_OK)
            return status;
    }
    if (batch->office->policies) {
        batch->office->policies->uncommitted = true;
        batch->office->policies->records_stale = batch->office->policies->records_stale || kind == HF_LEAF_DATA;
    }
    return HF_OK;
}

/* --- who may ------------------------------------------------------------------------------------------------------ */

enum hf_status hf_policies_decide_release(struct hf_batch *batch, const struct hf_peer *peer,
                                          const struct hf_class_key *key, struct hf_slice bytes, enum hf_hold *out_hold)
{
    struct hf_book *book = NULL;
    struct hf_policy_body body;
    if (!hf_book_may_release(peer->role) || !hf_id_equal(&key->case_id, &batch->office->office_case)) {
        *out_hold = HF_HOLD_ROLE;
        return HF_OK;
    }
    if (hf_policy_body_decode(bytes, &body) != HF_OK) {
        *out_hold = HF_HOLD_FORM;
        return HF_OK;
    }
    enum hf_status status = hf_policies_book(batch, &book);
    if (status == HF_OK)
        status = hf_book_would_take(book, &body, NULL);
    if (status == HF_ERR_NOMEM)
        return status;
    if (status != HF_OK)
        *out_hold = HF_HOLD_FORM;
    return HF_OK;
}

static bool may_record(enum hf_role role, uint16_t type, bool own)
{
    switch (type) {
    case HF_RECORD_POLICY_ACK:
        return own;
    case HF_RECORD_COPY_CLOSED: /* a records officer: server/officers.h */
        return true;
    case HF_RECORD_SETTING:
    case HF_RECORD_POST:
        return hf_book_may_release(role);
    case HF_RECORD_COVER:
        return own || hf_book_may_release(role) || role == HF_ROLE_MANAGER;
    default:
        return false; /* staff records and the office case itself are the server's */
    }
}

enum hf_status hf_policies_may_write_office(struct hf_batch *batch, const struct hf_peer *peer,
                                            const struct hf_data_body *body, bool *out)
{
    struct hf_record_state after = {0};
    struct hf_batch_state *before = NULL;
    enum hf_status status = hf_batch_state(batch, &body->record_id, &before);
    if (status != HF_OK)
        return status;
    const bool was_own = before->state.type == 0 || hf_book_names(&before->state, "person", &peer->person);
    status = hf_merge_apply(&after, body, &body->record_id, 0);
    const bool names = hf_record_state_field(&after, FIELD_PERSON) != NULL;
    const bool own =
        was_own && (before->state.type != 0 || names) && (!names || hf_book_names(&after, "person", &peer->person));
    hf_record_state_clear(&after);
    if (status == HF_OK)
        *out = may_record(peer->role, body->type, own);
    return status == HF_ERR_NOMEM ? status : HF_OK;
}

/* --- rights of the packs ------------------------------------------------------------------------------------------ */

struct touched {
    struct hf_right_touch fields[HF_EDITS_MAX];
    size_t count;
};

static bool keep_answer(void *ctx, const struct hf_policy_right *right, const struct hf_right_roles *by,
                        enum hf_right_answer answer)
{
    enum hf_right_answer *kept = ctx;
    (void)right;
    (void)by;
    *kept = answer;
    return answer == HF_RIGHT_MAY;
}

static enum hf_status ask_book(struct hf_book *book, const struct hf_policies_records *records,
                               const struct hf_id *person, const struct hf_id *record, const struct touched *touched,
                               uint64_t now_ms, enum hf_right_answer *out)
{
    const struct hf_book_case input = {.records = records->records, .record_count = records->count, .now_ms = now_ms};
    const struct hf_book_question question = {
        .person = *person, .record = *record, .fields = touched->fields, .field_count = touched->count};
    return hf_book_rights(book, &input, &question, keep_answer, out, NULL);
}

static enum hf_status log_time(struct hf_batch *batch, uint64_t *out_ms)
{
    struct hf_device_row *self = NULL;
    enum hf_status status =
        hf_batch_device(batch, hf_keystore_server(batch->office->keystore)->device.public_key, &self);
    if (status == HF_OK)
        *out_ms = hf_clock_ms(self->clock);
    return status;
}

static enum hf_status say_day(struct hf_batch *batch)
{
    const struct hf_caseload_note note = {.what = HF_CASELOAD_DAY};
    return hf_batch_note(batch, &note);
}

/* The moment that the log tells, once it tells of today. *out_asked: a right is asked about; without one no note is
 * needed. */
static enum hf_status judge_at(struct hf_batch *batch, const struct hf_book *book, const struct hf_data_body *body,
                               uint64_t *out_ms, bool *out_asked)
{
    uint64_t told_ms = 0;
    enum hf_status status = log_time(batch, &told_ms);
    if (status != HF_OK)
        return status;
    *out_asked = hf_book_has_rights(book, body, told_ms) || hf_book_has_rights(book, body, batch->now_ms);
    if (*out_asked && hf_london_day(told_ms) < hf_london_day(batch->now_ms)) {
        status = say_day(batch);
        if (status == HF_OK)
            status = log_time(batch, &told_ms);
    }
    *out_ms = told_ms;
    return status;
}

enum hf_status hf_policies_decide_rights(struct hf_batch *batch, const struct hf_id *person,
                                         const struct hf_data_body *body, enum hf_hold *out_hold)
{
    struct hf_book *book = NULL;
    struct hf_policies_records records = {0};
    enum hf_right_answer answer = HF_RIGHT_MAY;
    struct touched touched = {.count = 0};
    bool asked = false;
    uint64_t now_ms = 0;
    if (hf_id_equal(&body->case_id, &batch->office->office_case))
        return HF_OK;
    enum hf_status status = hf_policies_book(batch, &book);
    if (status == HF_OK)
        status = judge_at(batch, book, body, &now_ms, &asked);
    if (status != HF_OK || !asked)
        return status;
    status = hf_policies_records(batch, &body->case_id, &records);
    if (status == HF_OK)
        status =
            hf_right_rehearse(&records.records, &records.count, &records.cap, body, touched.fields, &touched.count);
    if (status == HF_OK)
        status = ask_book(book, &records, person, &body->record_id, &touched, now_ms, &answer);
    hf_policies_records_clear(&records);
    if (status == HF_OK && answer != HF_RIGHT_MAY)
        *out_hold = answer == HF_RIGHT_LACKS ? HF_HOLD_NEEDS : HF_HOLD_ROLE;
    return status == HF_ERR_LIMIT ? HF_OK : status; /* merging finds that too, and holds it by its form */
}
