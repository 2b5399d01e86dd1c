/* Duties, for programs. */
#include "client/duties.h"

#include "client/handle.h"
#include "client/texts.h"
#include "core/policy/explain.h"

#include <string.h>

#define NAMES_MAX 8 /* looked up last: a case names a few people, again and again */

struct duty_rows {
    struct holdfast *hf;
    hf_duty_row_fn *each;
    void *ctx;
    enum hf_status status;
    struct duty_name {
        struct hf_id person;
        char name[HF_PERSON_NAME_BYTES_MAX + 1];
    } names[NAMES_MAX];
    size_t name_count;
};

static const char *name_of(struct duty_rows *rows, const struct hf_id *person)
{
    if (hf_id_is_zero(person))
        return "";
    for (size_t i = 0; i < NAMES_MAX; i++)
        if (hf_id_equal(&rows->names[i].person, person))
            return rows->names[i].name;
    struct duty_name *name = &rows->names[rows->name_count++ % NAMES_MAX];
    *name = (struct duty_name){.person = *person};
    enum hf_status status = hf_replica_person_name(rows->hf->replica, person, name->name);
    if (status != HF_OK && status != HF_ERR_NOT_FOUND)
        rows->status = status;
    return name->name;
}

static void fill_rule(const struct hf_duty_view *view, struct holdfast_duty_row *out)
{
    const struct hf_policy_rule *rule = view->duty->rule;
    const struct hf_record_spec *type = hf_model_type(view->duty->subject_type);
    out->duty = rule->id;
    out->record = hf_id_out(&view->duty->subject);
    out->type = type ? type->name : "";
    out->label = type ? type->label : "";
    out->title = rule->title;
    out->help = rule->help;
    out->clears = rule->clears;
    out->kind = hf_policy_kind_name(rule->kind);
    out->strength = hf_policy_strength_name(rule->strength);
    out->gate = rule->gate;
    out->information = rule->information;
    out->policy = view->view->pack->name;
    out->version = view->view->pack->version;
    out->calendar = view->view->calendar->name;
    out->calendar_version = view->view->calendar->version;
}

static void fill_state(const struct hf_duty_view *view, struct holdfast_duty_row *out)
{
    const struct hf_duty *duty = view->duty;
    out->status = hf_duty_status_name(duty->status);
    out->late = duty->late;
    out->by_reason = duty->by_reason;
    out->beyond_calendar = duty->beyond_calendar;
    out->due_ms = duty->has_due ? duty->due_ms : 0;
    out->first_due_ms = duty->first_due_ms;
    out->role = duty->owner;
    out->person = hf_id_out(&view->who.person);
    out->instead_of = hf_id_out(&view->who.instead_of);
    out->alert = view->alert ? view->alert->code : "";
    if (!view->alert)
        return;
    out->alert_raised_ms = view->alert->raised_ms;
    out->alert_acknowledged = view->alert->acknowledged;
    out->alert_role_count = view->alert->to_count;
    out->alert_roles = view->alert->to;
}

static bool show_duty(void *ctx, const struct hf_duty_view *view)
{
    struct duty_rows *rows = ctx;
    struct hf_texts texts = {0};
    struct hf_limit limit = {.from = ""};
    char id[HF_DUTY_ID_TEXT_BYTES];
    hf_book_duty_id(view->view->pack, view->duty, id);
    struct holdfast_duty_row row = {.id = id,
                                    .case_id = hf_id_out(&view->case_id),
                                    .reference = hf_texts_copy(&texts, view->reference),
                                    .person_name = name_of(rows, &view->who.person)};
    fill_rule(view, &row);
    fill_state(view, &row);
    if (hf_policy_limit(view->view->input, view->duty, &limit) && limit.count.n > 0)
        row.limit = (unsigned)limit.count.n;
    row.limit_unit = row.limit ? hf_unit_name(limit.count.unit) : "";
    row.limit_from = limit.from;
    if (rows->status == HF_OK)
        rows->status = hf_texts_status(&texts);
    const bool more = rows->status == HF_OK && rows->each(rows->ctx, view, &row, &rows->status);
    hf_texts_clear(&texts);
    return more;
}

static struct hf_duty_filter filter_in(const struct holdfast *hf, const struct holdfast_duty_filter *filter)
{
    struct hf_duty_filter own = {.now_ms = hf_wall_ms(), .open_only = true};
    if (!filter)
        return own;
    own.case_id = hf_id_in_or_zero(filter->case_id);
    own.person = filter->mine ? hf_replica_identity(hf->replica)->person : hf_id_in_or_zero(filter->person);
    own.overdue_only = filter->overdue;
    own.open_only = !filter->all;
    own.with_help = filter->all;
    if (filter->as_of_ms != 0)
        own.now_ms = filter->as_of_ms;
    return own;
}

enum hf_status hf_duties_walk(struct holdfast *hf, const struct holdfast_duty_filter *filter, hf_duty_row_fn *each,
                              void *ctx)
{
    struct duty_rows rows = {.hf = hf, .each = each, .ctx = ctx};
    const struct hf_duty_filter own = filter_in(hf, filter);
    const enum hf_status status = hf_replica_duties(hf->replica, &own, show_duty, &rows, &hf->err);
    return status == HF_OK ? rows.status : status;
}

struct plain {
    bool (*each)(void *ctx, const struct holdfast_duty_row *row);
    void *ctx;
};

static bool show_plain(void *ctx, const struct hf_duty_view *view, const struct holdfast_duty_row *row,
                       enum hf_status *status)
{
    const struct plain *plain = ctx;
    (void)view;
    (void)status;
    return plain->each(plain->ctx, row);
}

enum holdfast_status holdfast_duties(struct holdfast *hf, const struct holdfast_duty_filter *filter,
                                     bool (*each)(void *ctx, const struct holdfast_duty_row *row), void *ctx)
{
    struct plain plain = {.each = each, .ctx = ctx};
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_READ);
    if (status != HF_OK)
        return hf_handle_refused(status);
    return hf_handle_leave(hf, hf_duties_walk(hf, filter, show_plain, &plain));
}

enum holdfast_status holdfast_finalise_missing(struct holdfast *hf, const struct holdfast_id *record,
                                               bool (*each)(void *ctx, const struct holdfast_duty_row *row), void *ctx)
{
    struct plain plain = {.each = each, .ctx = ctx};
    struct duty_rows rows = {.hf = hf, .each = show_plain, .ctx = &plain};
    const struct hf_id id = hf_id_in(record);
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_READ);
    if (status != HF_OK)
        return hf_handle_refused(status);
    status = hf_replica_held_back(hf->replica, &id, "finalise", hf_wall_ms(), show_duty, &rows, &hf->err);
    return hf_handle_leave(hf, status == HF_OK ? rows.status : status);
}
