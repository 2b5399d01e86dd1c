/* What holds a record back from being final, and who may record what. */
#include "core/replica/policies.h"
#include "core/replica/replica_internal.h"

#include <stdio.h>
#include <stdlib.h>

#define PARENTS_MAX 8 /* records between a part and what it belongs to */

/* True when `inner` is `outer` or one of its parts, however deep. A circle ends after PARENTS_MAX steps. */
static enum hf_status is_part(struct hf_replica *replica, const struct hf_id *inner, const struct hf_id *outer,
                              bool *out, struct hf_error *err)
{
    struct hf_id at = *inner;
    *out = false;
    for (size_t i = 0; i <= PARENTS_MAX && !hf_id_is_zero(&at); i++) {
        struct hf_record_state state = {0};
        if (hf_id_equal(&at, outer)) {
            *out = true;
            return HF_OK;
        }
        enum hf_status status = hf_replica_record_load(replica, &at, &state, err);
        if (status == HF_ERR_NOT_FOUND)
            return HF_OK;
        if (status != HF_OK)
            return status;
        at = hf_book_reference(&state, "parent");
        hf_record_state_clear(&state);
    }
    return HF_OK;
}

struct gate_walk {
    struct hf_replica *replica;
    struct hf_id record;
    const char *gate;
    hf_duty_fn *each;
    void *ctx;
    enum hf_status status;
    struct hf_error *err;
};

static bool look_at_duty(void *ctx, const struct hf_duty_view *view)
{
    struct gate_walk *walk = ctx;
    bool about = false;
    const struct hf_id *subject = &view->duty->subject;
    if (!hf_duty_holds_back(view->duty, walk->gate))
        return true;
    walk->status = is_part(walk->replica, &walk->record, subject, &about, walk->err);
    if (walk->status == HF_OK && !about)
        walk->status = is_part(walk->replica, subject, &walk->record, &about, walk->err);
    if (walk->status != HF_OK)
        return false;
    return !about || walk->each(walk->ctx, view);
}

static enum hf_status find_case(struct hf_replica *replica, const struct hf_id *record, struct hf_id *out_case,
                                struct hf_error *err)
{
    struct hf_record_state state = {0};
    enum hf_status status = hf_replica_record_load(replica, record, &state, err);
    if (status == HF_ERR_NOT_FOUND)
        return hf_error_set(err, status, "There is no such record on this device.");
    if (status == HF_OK)
        *out_case = state.case_id;
    hf_record_state_clear(&state);
    return status;
}

enum hf_status hf_replica_held_back(struct hf_replica *replica, const struct hf_id *record, const char *gate,
                                    uint64_t now_ms, hf_duty_fn *each, void *ctx, struct hf_error *err)
{
    struct gate_walk walk = {.replica = replica, .record = *record, .gate = gate, .each = each, .ctx = ctx, .err = err};
    struct hf_duty_filter filter = {.now_ms = now_ms, .open_only = true};
    enum hf_status status = find_case(replica, record, &filter.case_id, err);
    if (status == HF_OK)
        status = hf_replica_duties(replica, &filter, look_at_duty, &walk, err);
    return status == HF_OK ? walk.status : status;
}

/* What is missing, each with its rule and title, as many as an error has room for. */
struct missing {
    size_t count, shown, len;
    char list[HF_ERROR_TEXT_BYTES - 120]; /* the words around it */
};

static bool count_missing(void *ctx, const struct hf_duty_view *view)
{
    struct missing *missing = ctx;
    const struct hf_policy_rule *rule = view->duty->rule;
    const size_t room = sizeof missing->list - missing->len;
    char *at = missing->list + missing->len;
    const int len = snprintf(at, room, "%s%s, %s", missing->count == 0 ? "" : "; ", rule->id, rule->title);
    const bool fits = len > 0 && (size_t)len < room && missing->shown == missing->count;
    missing->count++;
    if (!fits && missing->shown > 0) {
        *at = '\0'; /* only whole ones, and none behind one that had no room */
        return true;
    }
    missing->shown++;
    missing->len = len > 0 && (size_t)len < room ? missing->len + (size_t)len : sizeof missing->list - 1;
    return true;
}

static enum hf_status refuse_missing(const struct missing *missing, struct hf_error *err)
{
    char more[64] = "";
    if (missing->count > missing->shown)
        (void)snprintf(more, sizeof more, "; and %zu more (see the duties)", missing->count - missing->shown);
    return hf_error_set(err, HF_ERR_STATE, "%zu required %s missing before this can be final: %s%s. All is saved.",
                        missing->count, missing->count == 1 ? "part is" : "parts are", missing->list, more);
}

enum hf_status hf_replica_finalise_ready(struct hf_replica *replica, const struct hf_id *record, struct hf_slice reason,
                                         uint64_t now_ms, struct hf_id *out_change, struct hf_error *err)
{
    struct missing missing = {.count = 0};
    enum hf_status status = hf_replica_held_back(replica, record, "finalise", now_ms, count_missing, &missing, NULL);
    if (status == HF_ERR_NOMEM)
        return hf_error_set(err, status, "%s", hf_status_text(status));
    if (status == HF_OK && missing.count > 0)
        return refuse_missing(&missing, err);
    return hf_replica_finalise(replica, record, reason, now_ms, out_change, err);
}

static size_t fields_of(const struct hf_case_records *records, const struct hf_id *record, struct hf_right_touch *out)
{
    size_t count = 0;
    for (size_t i = 0; i < records->count; i++)
        if (hf_id_equal(&records->records[i].record_id, record))
            for (size_t j = 0; j < records->records[i].field_count && count < HF_EDITS_MAX; j++)
                out[count++] = (struct hf_right_touch){.field = records->records[i].fields[j].field};
    return count;
}

enum hf_status hf_replica_rights(struct hf_replica *replica, const struct hf_id *record,
                                 const struct hf_right_touch *fields, size_t count, uint64_t now_ms,
                                 hf_policy_right_fn *each, void *ctx, struct hf_error *err)
{
    struct hf_book *book = NULL;
    struct hf_case_records records = {0};
    struct hf_right_touch all[HF_EDITS_MAX];
    struct hf_id case_id;
    struct hf_book_question question = {
        .person = replica->identity->person, .record = *record, .fields = fields, .field_count = count};
    enum hf_status status = find_case(replica, record, &case_id, err);
    if (status == HF_OK)
        status = hf_replica_book(replica, &book, err);
    if (status == HF_OK)
        status = hf_replica_case_records(replica, &case_id, &records, err);
    if (status == HF_OK && count == 0) {
        question.fields = all;
        question.field_count = fields_of(&records, record, all);
    }
    const struct hf_book_case input = {.records = records.records, .record_count = records.count, .now_ms = now_ms};
    if (status == HF_OK)
        status = hf_book_rights(book, &input, &question, each, ctx, err);
    hf_case_records_clear(&records);
    return status;
}

/* Asks over the case's records as they would be. */
static enum hf_status ask_ahead(struct hf_replica *replica, struct hf_book *book, const struct hf_data_body *body,
                                uint64_t now_ms, hf_policy_right_fn *each, void *ctx, struct hf_error *err)
{
    struct hf_case_records records = {0};
    struct hf_right_touch touched[HF_EDITS_MAX];
    struct hf_book_question question = {
        .person = replica->identity->person, .record = body->record_id, .fields = touched};
    enum hf_status status = hf_replica_case_records(replica, &body->case_id, &records, err);
    if (status == HF_OK)
        status =
            hf_right_rehearse(&records.records, &records.count, &records.cap, body, touched, &question.field_count);
    const struct hf_book_case input = {.records = records.records, .record_count = records.count, .now_ms = now_ms};
    if (status == HF_OK)
        status = hf_book_rights(book, &input, &question, each, ctx, err);
    hf_case_records_clear(&records);
    return status;
}

enum hf_status hf_replica_rights_ahead(struct hf_replica *replica, struct hf_slice body, uint64_t now_ms,
                                       hf_policy_right_fn *each, void *ctx, struct hf_error *err)
{
    struct hf_book *book = NULL;
    struct hf_data_body *read = malloc(sizeof *read);
    enum hf_status status = read ? hf_data_body_decode(body, read, err) : HF_ERR_NOMEM;
    if (status == HF_OK && !hf_id_equal(&read->case_id, &replica->office_case))
        status = hf_replica_book(replica, &book, err);
    if (status == HF_OK && book && hf_book_has_rights(book, read, now_ms))
        status = ask_ahead(replica, book, read, now_ms, each, ctx, err);
    free(read);
    return status;
}

enum hf_status hf_replica_rights_list(struct hf_replica *replica, const struct hf_id *case_id,
                                      const struct hf_id *person, uint64_t now_ms, hf_book_right_fn *each, void *ctx,
                                      struct hf_error *err)
{
    struct hf_book *book = NULL;
    struct hf_case_records records = {0};
    enum hf_status status = hf_replica_book(replica, &book, err);
    if (status == HF_OK && !hf_id_is_zero(case_id))
        status = hf_replica_case_records(replica, case_id, &records, err);
    if (status == HF_OK && !hf_id_is_zero(case_id) && !hf_case_records_case(&records))
        status =
            hf_error_set(err, HF_ERR_NOT_FOUND, "This case is not on this device. Sync, or ask the office for it.");
    const struct hf_book_case input = {.records = records.records, .record_count = records.count, .now_ms = now_ms};
    if (status == HF_OK)
        status = hf_book_rights_list(book, &input, person, each, ctx, err);
    hf_case_records_clear(&records);
    return status;
}
