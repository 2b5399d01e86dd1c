/* What the packs in force say of one case. */
#include "core/policy/book_internal.h"

#include "core/base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DUTY_HASH_BYTES 6

static bool is_named(const struct hf_book_file *pack, struct hf_slice name)
{
    if (hf_slice_equal(name, hf_slice_str(pack->name)))
        return true;
    const json_t *document = hf_policy_pack_document(pack->pack);
    const char *const lists[] = {"names", "aliases"};
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        const json_t *list = json_object_get(document, lists[i]);
        for (size_t j = 0; j < json_array_size(list); j++) {
            const char *text = json_string_value(json_array_get(list, j));
            if (text && hf_slice_equal(name, hf_slice_str(text)))
                return true;
        }
    }
    return false;
}

bool hf_book_follows(const struct hf_book *book, const struct hf_record_state *case_record,
                     const struct hf_book_file *pack)
{
    const struct hf_policy_value named =
        case_record ? hf_book_value(case_record, "policy_id") : (struct hf_policy_value){.kind = HF_VALUE_NONE};
    if (named.kind != HF_VALUE_TEXT || is_named(pack, named.text))
        return true;
    for (size_t i = 0; i < book->file_count; i++)
        if (book->files[i].is_pack && is_named(&book->files[i], named.text))
            return false;
    return true;
}

static const struct hf_record_state *case_record_of(const struct hf_book_case *input)
{
    for (size_t i = 0; i < input->record_count; i++)
        if (input->records[i].type == HF_RECORD_CASE)
            return &input->records[i];
    return NULL;
}

static bool is_in_force(const struct hf_book *book, const struct hf_record_state *case_record,
                        const struct hf_book_file *file, uint64_t now_ms)
{
    return file->is_pack && hf_book_pack(book, file->name, now_ms) == file && hf_book_follows(book, case_record, file);
}

void hf_book_versions(const struct hf_book *book, const struct hf_record_state *case_record, uint64_t now_ms,
                      struct hf_buf *out)
{
    size_t count = 0;
    for (size_t i = 0; i < book->file_count; i++) {
        const struct hf_book_file *file = &book->files[i];
        if (is_in_force(book, case_record, file, now_ms))
            hf_buf_append_fmt(out, "%s%s %s", count++ > 0 ? ", " : "", file->name, file->version);
    }
}

/* The acknowledgements of the office case stand among the records: a pack may ask for them. */
static enum hf_status join(struct hf_book *book, const struct hf_book_case *input, size_t *out_count)
{
    size_t count = input->record_count;
    if (input->record_count + book->record_count > book->joined_cap) {
        const size_t cap = (input->record_count + book->record_count) * 2;
        struct hf_record_state *grown = realloc(book->joined, cap * sizeof *grown);
        if (!grown)
            return HF_ERR_NOMEM;
        book->joined = grown;
        book->joined_cap = cap;
    }
    if (input->record_count > 0)
        memcpy(book->joined, input->records, input->record_count * sizeof *input->records);
    for (size_t i = 0; input->record_count > 0 && i < book->record_count; i++)
        if (book->records[i].type == HF_RECORD_POLICY_ACK)
            book->joined[count++] = book->records[i];
    *out_count = count;
    return HF_OK;
}

struct evaluation {
    struct hf_book *book;
    const struct hf_book_case *input;
    size_t record_count; /* of the joined records */
    const struct hf_record_state *case_record;
    uint64_t next_ms;
    hf_book_fn *each;
    void *ctx;
    bool stopped;
    struct hf_error *err;
};

static struct hf_policy_input input_of(const struct evaluation *at, const struct hf_book_file *pack,
                                       const struct hf_book_file *calendar, const struct hf_policy_settings *settings)
{
    return (struct hf_policy_input){.pack = pack->pack,
                                    .calendar = calendar->calendar,
                                    .settings = settings,
                                    .records = at->book->joined,
                                    .record_count = at->record_count,
                                    .now_ms = at->input->now_ms,
                                    .with_help = at->input->with_help};
}

static enum hf_status evaluate_pack(struct evaluation *at, const struct hf_book_file *pack)
{
    struct hf_policy_settings *settings = NULL;
    const char *name = hf_policy_pack_calendar(pack->pack);
    const struct hf_book_file *calendar = hf_book_calendar(at->book, name);
    if (!calendar)
        return hf_error_set(at->err, HF_ERR_NOT_FOUND,
                            "%s %s counts by the calendar %s, which the office has not released yet. Ask the office to "
                            "release it.",
                            pack->name, pack->version, name);
    enum hf_status status = hf_book_settings(at->book, pack->pack, at->input->now_ms, &settings);
    if (status != HF_OK)
        return hf_error_set(at->err, status, "%s", hf_status_text(status));
    const struct hf_policy_input input = input_of(at, pack, calendar, settings);
    const struct hf_book_view view = {.pack = pack,
                                      .calendar = calendar,
                                      .input = &input,
                                      .result = &at->book->result,
                                      .case_record = at->case_record};
    status = hf_policy_evaluate(&input, &at->book->result, at->err);
    const uint64_t next = at->book->result.next_ms;
    if (status == HF_OK && next != 0 && (at->next_ms == 0 || next < at->next_ms))
        at->next_ms = next;
    if (status == HF_OK)
        at->stopped = !at->each(at->ctx, &view);
    hf_policy_settings_free(settings);
    return status;
}

enum hf_status hf_book_evaluate(struct hf_book *book, const struct hf_book_case *input, hf_book_fn *each, void *ctx,
                                uint64_t *out_next_ms, struct hf_error *err)
{
    struct evaluation at = {
        .book = book, .input = input, .case_record = case_record_of(input), .each = each, .ctx = ctx, .err = err};
    enum hf_status status = join(book, input, &at.record_count);
    if (status != HF_OK)
        return hf_error_set(err, status, "%s", hf_status_text(status));
    for (size_t i = 0; status == HF_OK && !at.stopped && i < book->file_count; i++)
        if (is_in_force(book, at.case_record, &book->files[i], input->now_ms))
            status = evaluate_pack(&at, &book->files[i]);
    if (status == HF_OK && out_next_ms)
        *out_next_ms = at.next_ms;
    return status;
}

bool hf_book_keeps_first_due(const struct hf_book *book, uint16_t type, uint64_t now_ms)
{
    for (size_t i = 0; i < book->file_count; i++) {
        const struct hf_book_file *file = &book->files[i];
        if (file->is_pack && hf_policy_keeps_first_due(file->pack, type) &&
            hf_book_pack(book, file->name, now_ms) == file)
            return true;
    }
    return false;
}

/* --- rights ------------------------------------------------------------------------------------------------------- */

bool hf_book_has_rights(const struct hf_book *book, const struct hf_data_body *body, uint64_t now_ms)
{
    for (size_t i = 0; i < book->file_count; i++) {
        const struct hf_book_file *file = &book->files[i];
        if (file->is_pack && hf_policy_has_rights(file->pack, body) && hf_book_pack(book, file->name, now_ms) == file)
            return true;
    }
    return false;
}

static enum hf_status ask_pack(struct evaluation *at, const struct hf_book_file *pack,
                               struct hf_right_question *question, hf_policy_right_fn *each, void *ctx)
{
    struct hf_policy_settings *settings = NULL;
    const struct hf_book_file *calendar = hf_book_calendar(at->book, hf_policy_pack_calendar(pack->pack));
    if (!calendar)
        return HF_OK;
    enum hf_status status = hf_book_settings(at->book, pack->pack, at->input->now_ms, &settings);
    if (status != HF_OK)
        return hf_error_set(at->err, status, "%s", hf_status_text(status));
    const struct hf_policy_input input = input_of(at, pack, calendar, settings);
    question->input = &input;
    status = hf_policy_rights_over(question, each, ctx, at->err);
    hf_policy_settings_free(settings);
    return status;
}

/* Who has which role while one change is looked at. Somebody from outside the authority has the role that the case's
 * contacts name. */
struct role_search {
    const struct evaluation *at;
};

static bool is_contact_with(const struct evaluation *at, const struct hf_id *person, const char *role)
{
    static const char type_name[] = "contact";
    const struct hf_record_spec *type = hf_model_type_named(hf_slice_str(type_name));
    for (size_t i = 0; i < at->input->record_count; i++)
        if (at->input->records[i].type == type->code && hf_id_equal(&at->input->records[i].record_id, person))
            return hf_book_value_is_text(&at->input->records[i], "role", hf_slice_str(role));
    return false;
}

static bool person_has_role(void *ctx, const struct hf_id *person, const char *role)
{
    const struct role_search *search = ctx;
    const char *roles[HF_BOOK_ROLES_MAX];
    const size_t count =
        hf_book_roles(search->at->book, search->at->case_record, person, search->at->input->now_ms, roles);
    for (size_t i = 0; i < count; i++)
        if (strcmp(roles[i], role) == 0)
            return true;
    return is_contact_with(search->at, person, role);
}

/* Who is told of one pack's right and wants no more is not asked for the next pack's. */
struct telling {
    hf_policy_right_fn *each;
    void *ctx;
    bool over;
};

static bool tell(void *ctx, const struct hf_policy_right *right, const struct hf_right_roles *by,
                 enum hf_right_answer answer)
{
    struct telling *telling = ctx;
    telling->over = !telling->each(telling->ctx, right, by, answer);
    return !telling->over;
}

enum hf_status hf_book_rights(struct hf_book *book, const struct hf_book_case *input,
                              const struct hf_book_question *question, hf_policy_right_fn *each, void *ctx,
                              struct hf_error *err)
{
    const char *roles[HF_BOOK_ROLES_MAX];
    struct evaluation at = {.book = book, .input = input, .case_record = case_record_of(input), .err = err};
    struct role_search search = {.at = &at};
    struct telling telling = {.each = each, .ctx = ctx};
    struct hf_right_question own = {.record = question->record,
                                    .fields = question->fields,
                                    .field_count = question->field_count,
                                    .roles = roles,
                                    .author = question->person,
                                    .has_role = person_has_role,
                                    .has_role_ctx = &search};
    enum hf_status status = join(book, input, &at.record_count);
    if (status != HF_OK)
        return hf_error_set(err, status, "%s", hf_status_text(status));
    own.role_count = hf_book_roles(book, at.case_record, &question->person, input->now_ms, roles);
    for (size_t i = 0; status == HF_OK && !telling.over && i < book->file_count; i++)
        if (is_in_force(book, at.case_record, &book->files[i], input->now_ms))
            status = ask_pack(&at, &book->files[i], &own, tell, &telling);
    return status;
}

struct right_listing {
    const struct evaluation *at;
    const struct hf_book_file *pack;
    const char *own[HF_BOOK_ROLES_MAX];
    size_t own_count;
    hf_book_right_fn *each;
    void *ctx;
    bool stopped;
};

static bool list_right(void *ctx, const struct hf_policy_right *right, const struct hf_right_roles *by)
{
    struct right_listing *listing = ctx;
    struct hf_book_person people[HF_RIGHT_ROLES_MAX];
    struct hf_book_right out = {.pack = listing->pack,
                                .right = right,
                                .may = right->role_count == 0,
                                .role_count = by->count,
                                .roles = by->names,
                                .people = people};
    for (size_t i = 0; i < by->count; i++) {
        people[i] = hf_book_who(listing->at->book, listing->at->case_record, by->names[i], listing->at->input->now_ms);
        for (size_t j = 0; j < listing->own_count; j++)
            out.may = out.may || strcmp(by->names[i], listing->own[j]) == 0;
    }
    listing->stopped = !listing->each(listing->ctx, &out);
    return !listing->stopped;
}

static enum hf_status list_pack(struct evaluation *at, struct right_listing *listing)
{
    struct hf_policy_settings *settings = NULL;
    const struct hf_book_file *calendar = hf_book_calendar(at->book, hf_policy_pack_calendar(listing->pack->pack));
    if (!calendar)
        return HF_OK;
    enum hf_status status = hf_book_settings(at->book, listing->pack->pack, at->input->now_ms, &settings);
    if (status != HF_OK)
        return hf_error_set(at->err, status, "%s", hf_status_text(status));
    const struct hf_policy_input input = input_of(at, listing->pack, calendar, settings);
    status = hf_policy_rights_list(&input, list_right, listing, at->err);
    hf_policy_settings_free(settings);
    return status;
}

enum hf_status hf_book_rights_list(struct hf_book *book, const struct hf_book_case *input, const struct hf_id *person,
                                   hf_book_right_fn *each, void *ctx, struct hf_error *err)
{
    struct evaluation at = {.book = book, .input = input, .case_record = case_record_of(input), .err = err};
    struct right_listing listing = {.at = &at, .each = each, .ctx = ctx};
    enum hf_status status = join(book, input, &at.record_count);
    if (status != HF_OK)
        return hf_error_set(err, status, "%s", hf_status_text(status));
    listing.own_count = hf_book_roles(book, at.case_record, person, input->now_ms, listing.own);
    for (size_t i = 0; status == HF_OK && !listing.stopped && i < book->file_count; i++) {
        listing.pack = &book->files[i];
        if (is_in_force(book, at.case_record, listing.pack, input->now_ms))
            status = list_pack(&at, &listing);
    }
    return status;
}

static void duty_id(const struct hf_book_file *pack, const char *rule, const struct hf_id *subject,
                    char out[HF_DUTY_ID_TEXT_BYTES])
{
    struct hf_sha256 hash;
    uint8_t digest[HF_HASH_BYTES];
    static const char context[] = "holdfast duty v1"; /* its NUL is part of the context */
    hf_sha256_begin(&hash);
    hf_sha256_add(&hash, context, sizeof context);
    hf_sha256_add(&hash, pack->name, strlen(pack->name) + 1);
    hf_sha256_add(&hash, rule, strlen(rule) + 1);
    hf_sha256_add(&hash, subject->bytes, sizeof subject->bytes);
    hf_sha256_end(&hash, digest);
    size_t len = (size_t)snprintf(out, HF_DUTY_ID_TEXT_BYTES, "%.*s.", HF_PACK_NAME_BYTES_MAX - 1, rule);
    for (size_t i = 0; i < DUTY_HASH_BYTES; i++)
        len += (size_t)snprintf(out + len, HF_DUTY_ID_TEXT_BYTES - len, "%02x", digest[i]);
}

void hf_book_duty_id(const struct hf_book_file *pack, const struct hf_duty *duty, char out[HF_DUTY_ID_TEXT_BYTES])
{
    duty_id(pack, duty->rule->id, &duty->subject, out);
}

/* --- what a person still has to read ------------------------------------------------------------------------------ */

static const struct hf_policy_rule *rule_with_alert(const struct hf_policy_pack *pack, const char *alert)
{
    for (size_t i = 0; i < hf_policy_pack_rule_count(pack); i++)
        if (strcmp(hf_policy_pack_rule(pack, i)->alert, alert) == 0)
            return hf_policy_pack_rule(pack, i);
    return NULL;
}

void hf_book_readings(const struct hf_book *book, const struct hf_id *person, uint64_t now_ms, hf_book_reading_fn *each,
                      void *ctx)
{
    for (size_t i = 0; i < book->file_count; i++) {
        const struct hf_book_file *file = &book->files[i];
        if (!file->is_pack || !file->reread_required || hf_book_pack(book, file->name, now_ms) != file)
            continue;
        struct hf_book_reading reading = {.pack = file,
                                          .rule = rule_with_alert(file->pack, HF_BOOK_ACK_ALERT),
                                          .acknowledged = hf_book_acknowledged(book, person, file)};
        duty_id(file, reading.rule ? reading.rule->id : HF_BOOK_ACK_ALERT, person, reading.id);
        if (!each(ctx, &reading))
            return;
    }
}
