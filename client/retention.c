/* Which cases have been kept long enough: worked out on this device from the dates on record and the procedures in
 * force. Nothing is erased by it. */
#include "client/retention.h"

#include "core/base/text.h"
#include "core/model/value.h"
#include "core/policy/pack.h"
#include "core/policy/retention.h"
#include "core/replica/policies.h"

#include <stdlib.h>
#include <string.h>

#define CLASS_CHILD  "child"
#define RECORD_CHILD 3 /* row of core/model/table.c */
#define CLASS_CARER  "carer"

/* What the clocks of a case say together: the latest of them counts, and one that cannot be read keeps the case. */
struct kept {
    bool known;
    const char *missing; /* a date that a rule asks for is not on record, or stands there twice; NULL */
    struct hf_retention longest;
    const struct hf_book_file *by;
};

/* Of one record, over all procedures. */
struct clocks {
    bool asked, answered;
};

static bool date_of(const struct hf_record_state *state, const char *name, hf_day *out)
{
    const struct hf_record_spec *type = hf_model_type(state->type);
    const struct hf_field_spec *field = type ? hf_model_field_named(type, hf_slice_str(name)) : NULL;
    const struct hf_field_state *value = field ? hf_record_state_field(state, field->code) : NULL;
    const struct hf_slice plain = value ? hf_merge_plain_value(type, value) : hf_slice_of(NULL, 0);
    struct hf_buf text = {0};
    if (plain.len)
        hf_value_to_text(field, plain, &text);
    const bool found =
        text.len && hf_buf_status(&text) == HF_OK && hf_policy_retention_day(hf_buf_slice(&text), out) == HF_OK;
    hf_buf_clear(&text);
    return found;
}

/* One clock by one procedure. One that does not speak of such records says nothing. */
static enum hf_status look(const struct hf_book_file *file, const char *class, const struct hf_retention_dates *dates,
                           struct clocks *clocks, struct kept *kept, struct hf_error *err)
{
    struct hf_retention found;
    struct hf_error said = {0};
    const json_t *document = hf_policy_pack_document(file->pack);
    if (!hf_policy_retention_speaks(document, class))
        return HF_OK;
    clocks->asked = true;
    enum hf_status status = hf_policy_retention_due(document, class, dates, &found, &said);
    if (status == HF_ERR_NOT_FOUND)
        return HF_OK;
    if (status != HF_OK)
        return hf_error_set(err, status, "%s", said.text);
    clocks->answered = true;
    if (!kept->known || found.until > kept->longest.until) {
        kept->longest = found;
        kept->by = file;
    }
    kept->known = true;
    return HF_OK;
}

/* The class of the record and the dates on it; NULL: no clock runs by it. One that was deleted counts too: deleting a
 * record ends no clock. */
static const char *clock_of(const struct hf_record_state *state, struct hf_retention_dates *out)
{
    const struct hf_record_spec *type = hf_model_type(state->type);
    *out = (struct hf_retention_dates){.has_birth = false};
    if (!type)
        return NULL;
    if (state->type == HF_RECORD_CARER_APPROVAL) {
        out->has_approval_ended = date_of(state, "ended_on", &out->approval_ended);
        return CLASS_CARER;
    }
    if (state->type != RECORD_CHILD)
        return NULL;
    out->has_birth = date_of(state, "date_of_birth", &out->birth);
    out->has_death = date_of(state, "date_of_death", &out->death);
    return CLASS_CHILD;
}

static enum hf_status look_at_record(const struct hf_book *book, const struct hf_record_state *state, struct kept *kept,
                                     struct hf_error *err)
{
    struct hf_retention_dates dates;
    struct clocks clocks = {.asked = false};
    const char *class = clock_of(state, &dates);
    enum hf_status status = HF_OK;
    for (size_t f = 0; class && status == HF_OK && f < hf_book_count(book); f++) {
        const struct hf_book_file *file = hf_book_file(book, f);
        if (file->is_pack && file == hf_book_pack(book, file->name, hf_wall_ms()))
            status = look(file, class, &dates, &clocks, kept, err);
    }
    if (clocks.asked && !clocks.answered)
        kept->missing = strcmp(class, CLASS_CHILD) == 0 ? "the child's date of birth" : "the end of a carer's approval";
    return status;
}

/* By the procedures in force now, whatever day is asked about. */
static enum hf_status look_at_case(struct holdfast *hf, const struct hf_book *book, const struct hf_id *case_id,
                                   struct kept *kept)
{
    struct hf_case_records records = {0};
    enum hf_status status = hf_replica_case_records(hf->replica, case_id, &records, &hf->err);
    static const struct hf_record_state nobody = {.type = RECORD_CHILD}; /* without dates */
    bool child = false;
    for (size_t i = 0; status == HF_OK && i < records.count; i++) {
        child = child || records.records[i].type == RECORD_CHILD;
        status = look_at_record(book, &records.records[i], kept, &hf->err);
    }
    if (status == HF_OK && !child) /* a case is a child's: a carer's clock alone says nothing about it */
        status = look_at_record(book, &nobody, kept, &hf->err);
    hf_case_records_clear(&records);
    return status;
}

/* --- the cases --- */

struct due_case {
    struct hf_id case_id;
    char reference[256];
};
struct due_cases {
    struct due_case *at;
    size_t count, cap;
    bool failed;
};

static bool keep_case(void *ctx, const struct hf_case_row *row)
{
    struct due_cases *cases = ctx;
    if (cases->count == cases->cap) {
        const size_t cap = cases->cap ? cases->cap * 2 : 64;
        struct due_case *at = realloc(cases->at, cap * sizeof *at);
        if (!at) {
            cases->failed = true;
            return false;
        }
        cases->at = at;
        cases->cap = cap;
    }
    struct due_case *found = &cases->at[cases->count++];
    const size_t len = row->reference.len < sizeof found->reference ? row->reference.len : sizeof found->reference - 1;
    *found = (struct due_case){.case_id = row->case_id};
    if (len)
        memcpy(found->reference, row->reference.data, len);
    return true;
}

static enum hf_status tell(struct holdfast *hf, const struct hf_book *book, const struct due_case *found,
                           uint64_t as_of_ms, bool (*each)(void *ctx, const struct holdfast_retention_row *row),
                           void *ctx, bool *out_more)
{
    struct kept kept = {.known = false};
    char until[HF_DATE_TEXT_BYTES] = "", from[HF_DATE_TEXT_BYTES] = "";
    bool on_hold = false;
    enum hf_status status = look_at_case(hf, book, &found->case_id, &kept);
    if (status == HF_OK)
        status = hf_replica_on_hold(hf->replica, &found->case_id, &on_hold);
    if (status != HF_OK)
        return status;
    const bool sure = kept.known && !kept.missing;
    const struct hf_retention *longest = &kept.longest;
    struct holdfast_retention_row row = {.case_id = hf_id_out(&found->case_id),
                                         .reference = found->reference,
                                         .until = until,
                                         .from = "",
                                         .from_day = from,
                                         .source = "",
                                         .policy = "",
                                         .version = "",
                                         .missing = kept.missing ? kept.missing : "",
                                         .on_hold = on_hold};
    if (sure) {
        hf_day_format(longest->until, until);
        hf_day_format(longest->from_day, from);
        row.from = longest->from;
        row.source = longest->source;
        row.years = (unsigned)longest->years;
        row.policy = kept.by->name;
        row.version = kept.by->version;
        row.days = (long)longest->until - longest->from_day;
        row.days_left = (long)longest->until - hf_london_day(as_of_ms);
        row.is_over = row.days_left < 0;
    }
    *out_more = each(ctx, &row);
    return HF_OK;
}

enum holdfast_status holdfast_retention(struct holdfast *hf, uint64_t as_of_ms,
                                        bool (*each)(void *ctx, const struct holdfast_retention_row *row), void *ctx)
{
    struct due_cases cases = {.count = 0};
    struct hf_book *book = NULL;
    bool more = true;
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_READ);
    if (status != HF_OK)
        return hf_handle_refused(status);
    if (as_of_ms == 0)
        as_of_ms = hf_wall_ms();
    status = hf_replica_cases(hf->replica, keep_case, &cases);
    if (status == HF_OK && cases.failed)
        status = HF_ERR_NOMEM;
    if (status == HF_OK)
        status = hf_replica_book(hf->replica, &book, &hf->err);
    for (size_t i = 0; status == HF_OK && more && i < cases.count; i++)
        status = tell(hf, book, &cases.at[i], as_of_ms, each, ctx, &more);
    free(cases.at);
    return hf_handle_leave(hf, status);
}

/* As of now; by what this device knows. */
enum hf_status hf_retention_over(struct holdfast *hf, const struct hf_id *case_id)
{
    struct kept kept = {.known = false};
    struct hf_book *book = NULL;
    char until[HF_DATE_TEXT_BYTES] = "";
    enum hf_status status = hf_replica_book(hf->replica, &book, &hf->err);
    if (status == HF_OK)
        status = look_at_case(hf, book, case_id, &kept);
    if (status != HF_OK)
        return status;
    if (kept.missing)
        return hf_handle_fail(hf, HF_ERR_DENIED,
                              "The time of this case cannot be worked out: %s is not on record, or stands there twice. "
                              "So it is kept. Nothing was signed.",
                              kept.missing);
    if (!kept.known)
        return hf_handle_fail(hf, HF_ERR_DENIED,
                              "No procedure in force says until when this case is kept, so it is kept. Nothing was "
                              "signed.");
    if (kept.longest.until < hf_london_day(hf_wall_ms()))
        return HF_OK;
    hf_day_format(kept.longest.until, until);
    return hf_handle_fail(hf, HF_ERR_DENIED,
                          "This case is kept until %s (%d years from %s), so its time is not over. Nothing was signed.",
                          until, kept.longest.years, kept.longest.from);
}
