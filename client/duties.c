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

struct readings {
    const struct holdfast_duty_filter *filter;
    struct hf_id person;
    char name[HF_PERSON_NAME_BYTES_MAX + 1];
    bool (*each)(void *ctx, const struct holdfast_duty_row *row);
    void *ctx;
};

/* Reading a new version is everybody's own duty, of no case; the procedure's own rule asks it of the chair only. */
static bool show_reading(void *ctx, const struct hf_book_reading *reading)
{
    const struct readings *readings = ctx;
    static const char *const nobody[1] = {""};
    const struct hf_policy_rule *rule = reading->rule;
    if (reading->acknowledged && !readings->filter->all)
        return true;
    const struct holdfast_duty_row row = {.id = reading->id,
                                          .duty = rule ? rule->id : HF_BOOK_ACK_ALERT,
                                          .reference = "",
                                          .type = "policy_ack",
                                          .label = hf_model_type(HF_RECORD_POLICY_ACK)->label,
                                          .title = "Read the version in force",
                                          .help = rule ? rule->help : "",
                                          .clears = "Read it, then: holdfast policy ack",
                                          .status =
                                              hf_duty_status_name(reading->acknowledged ? HF_DUTY_DONE : HF_DUTY_DUE),
                                          .kind = "check",
                                          .strength = "expected",
                                          .gate = "",
                                          .limit_unit = "",
                                          .limit_from = "",
                                          .role = "",
                                          .person = hf_id_out(&readings->person),
                                          .person_name = readings->name,
                                          .policy = reading->pack->name,
                                          .version = reading->pack->version,
                                          .calendar = "",
                                          .calendar_version = "",
                                          .alert = reading->acknowledged ? "" : HF_BOOK_ACK_ALERT,
                                          .alert_roles = nobody};
    return readings->each(readings->ctx, &row);
}

enum hf_status hf_duties_readings(struct holdfast *hf, const struct holdfast_duty_filter *filter,
                                  bool (*each)(void *ctx, const struct holdfast_duty_row *row), void *ctx)
{
    struct hf_book *book = NULL;
    struct readings readings = {.filter = filter, .each = each, .ctx = ctx};
    readings.person = filter->person ? hf_id_in(filter->person) : hf_replica_identity(hf->replica)->person;
    enum hf_status status = hf_replica_book(hf->replica, &book, &hf->err);
    if (status == HF_OK)
        status = hf_replica_person_name(hf->replica, &readings.person, readings.name);
    if (status == HF_ERR_NOT_FOUND)
        status = HF_OK;
    if (status == HF_OK)
        hf_book_readings(book, &readings.person, filter->as_of_ms ? filter->as_of_ms : hf_wall_ms(), show_reading,
                         &readings);
    return status;
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
    bool stopped;
};

static bool show_plain(void *ctx, const struct hf_duty_view *view, const struct holdfast_duty_row *row,
                       enum hf_status *status)
{
    struct plain *plain = ctx;
    (void)view;
    (void)status;
    plain->stopped = !plain->each(plain->ctx, row);
    return !plain->stopped;
}

enum holdfast_status holdfast_duties(struct holdfast *hf, const struct holdfast_duty_filter *filter,
                                     bool (*each)(void *ctx, const struct holdfast_duty_row *row), void *ctx)
{
    struct plain plain = {.each = each, .ctx = ctx};
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_READ);
    if (status != HF_OK)
        return hf_handle_refused(status);
    status = hf_duties_walk(hf, filter, show_plain, &plain);
    if (status == HF_OK && !plain.stopped && filter && filter->readings && !filter->case_id && !filter->overdue)
        status = hf_duties_readings(hf, filter, each, ctx);
    return hf_handle_leave(hf, status);
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
