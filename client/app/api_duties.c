/* What the cases owe: a person's work, the duties of one case or record, and why a duty has its limit. */
#include "client/app/call.h"
#include "core/policy/day.h"

#include <stdlib.h>
#include <string.h>

#define WORK_MAX     400 /* duties shown at once; the counts tell of all */
#define WORK_AHEAD   7   /* days */
#define MINUTE_MS    60000u
#define DUTIES_FIRST 64

#define TITLE_CHARACTERS 80

/* --- a duty as JSON --- */

json_t *hf_app_json_duty(const struct holdfast_duty_row *row)
{
    json_t *limit = row->limit ? json_pack("{s:I, s:s, s:s}", "n", (json_int_t)row->limit, "unit", row->limit_unit,
                                           "from", row->limit_from)
                               : json_null();
    return json_pack("{s:s, s:s, s:o, s:s, s:o, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:b, s:b, s:b, s:o, s:o, "
                     "s:s, s:o, s:s, s:s, s:s, s:s, s:o}",
                     "id", row->id, "duty", row->duty, "case", hf_app_json_id(&row->case_id), "reference",
                     row->reference, "record", hf_app_json_id(&row->record), "type", row->type, "label", row->label,
                     "title", row->title, "help", row->help, "clears", row->clears, "status", row->status, "strength",
                     row->strength, "gate", row->gate, "late", row->late, "by_reason", row->by_reason, "information",
                     row->information, "beyond_calendar", row->beyond_calendar, "due", hf_app_json_ms(row->due_ms),
                     "first_due", hf_app_json_ms(row->first_due_ms), "role", row->role, "person",
                     hf_app_json_id(&row->person), "person_name", row->person_name, "policy", row->policy, "version",
                     row->version, "alert", row->alert, "limit", limit);
}

/* Ends with a whole character, and says that it goes on. */
static json_t *short_title(const char *title)
{
    size_t len = strlen(title), characters = 0, at = 0;
    for (; at < len && (characters += ((unsigned char)title[at] & 0xc0) != 0x80) <= TITLE_CHARACTERS; at++)
        ;
    return at == len ? json_string(title) : json_sprintf("%.*s\xe2\x80\xa6", (int)at, title);
}

static bool note_title(void *ctx, const struct holdfast_record_row *row)
{
    json_t **about = ctx;
    *about = short_title(row->title);
    return false;
}

/* A practice concern says nothing of what it is about but on its own page. */
static bool keeps_its_words(const json_t *duty)
{
    const char *type = json_string_value(json_object_get(duty, "type"));
    return type && strcmp(type, "practice_concern") == 0;
}

/* The list of a duty's record is looked at for its name only: it is not noted as read. */
enum holdfast_status hf_app_duties_about(struct holdfast *hf, json_t *duties)
{
    enum holdfast_status status = HOLDFAST_OK;
    for (size_t i = 0; status == HOLDFAST_OK && i < json_array_size(duties); i++) {
        json_t *duty = json_array_get(duties, i), *about = NULL;
        struct holdfast_id record;
        if (!keeps_its_words(duty) &&
            holdfast_id_parse(json_string_value(json_object_get(duty, "record")), &record) == HOLDFAST_OK) {
            const struct holdfast_filter filter = {.record = &record, .with_deleted = true};
            status = holdfast_list(hf, &filter, note_title, &about);
        }
        if (json_object_set_new(duty, "about", about ? about : json_string("")) != 0)
            status = HOLDFAST_NOMEM;
    }
    return status;
}

/* --- my work --- */

enum group { OVERDUE, TODAY, SOON, MISSING, LATER, GROUPS };
static const char *const group_names[GROUPS] = {"overdue", "today", "soon", "missing", "later"};

struct work_item {
    json_t *duty;
    enum group group;
    bool urgent;
    uint64_t due_ms;
    struct holdfast_id case_id, request; /* request zero: it is not about one that waits for its meeting */
};
struct work {
    struct work_item *items;
    size_t count, cap;
    size_t counts[GROUPS];
    struct holdfast_id me;
    bool everybody, failed;
    hf_day today;
};

static bool is_zero(const struct holdfast_id *id)
{
    static const struct holdfast_id zero;
    return memcmp(id, &zero, sizeof zero) == 0;
}

static bool same_id(const struct holdfast_id *a, const struct holdfast_id *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

static enum group group_of(const struct work *work, const struct holdfast_duty_row *row)
{
    if (strcmp(row->status, "overdue") == 0)
        return OVERDUE;
    if (strcmp(row->status, "not_recorded") == 0)
        return MISSING;
    if (row->due_ms == 0) { /* without a limit of its own, and an alert is raised */
        if (strcmp(row->status, "due") != 0 || !row->alert[0])
            return LATER;
        if (strcmp(row->type, "action") == 0) /* its day has gone by */
            return OVERDUE;
        return strcmp(row->type, "request") == 0 ? TODAY
                                                 : LATER; /* support until an urgent meeting cannot wait for one */
    }
    const hf_day day = hf_london_day(row->due_ms);
    if (day <= work->today)
        return TODAY;
    return day <= work->today + WORK_AHEAD ? SOON : LATER;
}

/* What nobody is named for shows with everybody who holds the case: otherwise nobody would see it. */
static bool is_wanted(const struct work *work, const struct holdfast_duty_row *row)
{
    return work->everybody || is_zero(&row->person) || same_id(&row->person, &work->me) ||
           same_id(&row->instead_of, &work->me);
}

static bool add_item(struct work *work, const struct work_item *item)
{
    if (work->count == work->cap) {
        const size_t cap = work->cap ? work->cap * 2 : DUTIES_FIRST;
        struct work_item *grown = realloc(work->items, cap * sizeof *grown);
        if (!grown)
            return false;
        work->items = grown;
        work->cap = cap;
    }
    work->items[work->count++] = *item;
    return true;
}

static bool each_duty(void *ctx, const struct holdfast_duty_row *row)
{
    struct work *work = ctx;
    if (!is_wanted(work, row))
        return true;
    struct work_item item = {.group = group_of(work, row), .case_id = row->case_id};
    item.due_ms = row->due_ms ? row->due_ms : UINT64_MAX; /* behind those with a limit */
    work->counts[item.group]++;
    if (item.group == LATER)
        return true;
    if (item.group != MISSING && strcmp(row->type, "request") == 0)
        item.request = row->record;
    item.duty = hf_app_json_duty(row);
    work->failed = !item.duty || !add_item(work, &item);
    if (work->failed)
        json_decref(item.duty);
    return !work->failed;
}

static bool look_at_urgency(void *ctx, const struct holdfast_field_row *field)
{
    bool *urgent = ctx;
    if (strcmp(field->name, "urgency") == 0)
        for (size_t i = 0; i < field->value_count; i++)
            *urgent = *urgent || strcmp(field->values[i], "imminent") == 0;
    return true;
}

/* A case is urgent while something is due about an urgent request. */
static enum holdfast_status mark_urgent(struct holdfast *hf, struct work *work)
{
    enum holdfast_status status = HOLDFAST_OK;
    for (size_t i = 0; status == HOLDFAST_OK && i < work->count; i++) {
        bool urgent = false;
        if (is_zero(&work->items[i].request) || work->items[i].urgent)
            continue;
        const bool before = holdfast_read_quietly(hf, true); /* a sort order, shown to nobody */
        status = holdfast_read(hf, &work->items[i].request, NULL, look_at_urgency, &urgent);
        (void)holdfast_read_quietly(hf, before);
        for (size_t j = 0; urgent && j < work->count; j++)
            if (same_id(&work->items[j].case_id, &work->items[i].case_id))
                work->items[j].urgent = true;
    }
    return status == HOLDFAST_NOT_FOUND ? HOLDFAST_OK : status;
}

static int by_urgency_and_due(const void *a, const void *b)
{
    const struct work_item *one = a, *other = b;
    if (one->group != other->group)
        return one->group < other->group ? -1 : 1;
    if (one->urgent != other->urgent)
        return one->urgent ? -1 : 1;
    if (one->due_ms != other->due_ms)
        return one->due_ms < other->due_ms ? -1 : 1;
    const int by_case = memcmp(&one->case_id, &other->case_id, sizeof one->case_id);
    if (by_case != 0)
        return by_case;
    return strcmp(json_string_value(json_object_get(one->duty, "id")),
                  json_string_value(json_object_get(other->duty, "id")));
}

static json_t *work_json(struct holdfast *hf, struct work *work, uint64_t now_ms)
{
    json_t *duties = json_array(), *counts = json_object();
    if (work->count > 0)
        qsort(work->items, work->count, sizeof *work->items, by_urgency_and_due);
    for (size_t i = 0; duties && i < work->count && i < WORK_MAX; i++) {
        json_t *duty = work->items[i].duty;
        if (json_object_set_new(duty, "group", json_string(group_names[work->items[i].group])) != 0 ||
            json_object_set_new(duty, "urgent", json_boolean(work->items[i].urgent)) != 0 ||
            json_array_append(duties, duty) != 0) {
            json_decref(duties);
            duties = NULL;
        }
    }
    if (duties && hf_app_duties_about(hf, duties) != HOLDFAST_OK) {
        json_decref(duties);
        duties = NULL;
    }
    for (size_t i = 0; i < GROUPS; i++)
        (void)json_object_set_new(counts, group_names[i], json_integer((json_int_t)work->counts[i]));
    return json_pack("{s:o, s:o, s:o, s:b}", "now", hf_app_json_ms(now_ms), "counts", counts, "duties", duties, "more",
                     work->count > WORK_MAX);
}

void hf_app_work_forget(struct hf_app_work *work)
{
    hf_buf_wipe(&work->body);
}

static bool is_kept(struct hf_app_call *call, bool everybody, uint64_t now_ms)
{
    const struct hf_app *app = call->app;
    const struct hf_app_work *kept = &app->work;
    return kept->body.len > 0 && kept->records_news == app->records_news &&
           kept->synced_ms == app->sync.ended_wall_ms && kept->minute == now_ms / MINUTE_MS &&
           kept->everybody == everybody;
}

static void give_kept(struct hf_app_call *call)
{
    hf_buf_append_slice(&call->response->body, hf_buf_slice(&call->app->work.body));
    call->response->status = hf_buf_status(&call->response->body) == HF_OK ? 200 : 500;
    call->response->content_type = "application/json";
}

/* Without memory for it nothing is kept. */
static void keep(struct hf_app_call *call, bool everybody, uint64_t now_ms)
{
    struct hf_app *app = call->app;
    hf_app_work_forget(&app->work);
    if (call->response->status != 200)
        return;
    hf_buf_append_slice(&app->work.body, hf_buf_slice(&call->response->body));
    if (hf_buf_status(&app->work.body) != HF_OK)
        hf_app_work_forget(&app->work);
    app->work.records_news = app->records_news;
    app->work.synced_ms = app->sync.ended_wall_ms;
    app->work.minute = now_ms / MINUTE_MS;
    app->work.everybody = everybody;
}

static void my_work(struct hf_app_call *call)
{
    const uint64_t now_ms = hf_app_wall_ms(call->app);
    const char *who = hf_app_query(call, "who");
    const struct holdfast_duty_filter filter = {.as_of_ms = now_ms};
    struct holdfast_identity identity;
    struct work work = {.today = hf_london_day(now_ms), .everybody = who && strcmp(who, "all") == 0};
    if (is_kept(call, work.everybody, now_ms)) {
        give_kept(call);
        return;
    }
    enum holdfast_status status = holdfast_get_identity(call->hf, &identity);
    if (status == HOLDFAST_OK) {
        work.me = identity.person;
        status = holdfast_duties(call->hf, &filter, each_duty, &work);
    }
    if (status == HOLDFAST_OK && !work.failed)
        status = mark_urgent(call->hf, &work);
    if (status == HOLDFAST_OK)
        hf_app_reply(call, work.failed ? NULL : work_json(call->hf, &work, now_ms));
    else
        hf_app_fail(call, status);
    keep(call, work.everybody, now_ms);
    for (size_t i = 0; i < work.count; i++)
        json_decref(work.items[i].duty);
    free(work.items);
}

/* --- duties of a case, and what holds a record back --- */

struct duty_array {
    json_t *array;                    /* NULL: no memory */
    const struct holdfast_id *record; /* NULL: any */
};

static bool each_row(void *ctx, const struct holdfast_duty_row *row)
{
    struct duty_array *out = ctx;
    if (out->record && !same_id(&row->record, out->record))
        return true;
    if (out->array && json_array_append_new(out->array, hf_app_json_duty(row)) == 0)
        return true;
    json_decref(out->array);
    out->array = NULL;
    return false;
}

static void give(struct hf_app_call *call, enum holdfast_status status, struct duty_array *out)
{
    if (status == HOLDFAST_OK)
        status = hf_app_duties_about(call->hf, out->array);
    if (status == HOLDFAST_OK) {
        hf_app_reply(call, json_pack("{s:o}", "duties", out->array));
        return;
    }
    json_decref(out->array);
    hf_app_fail(call, status);
}

/* ?case= or ?record=&case=, &all=1 for those that are done too */
static void duties(struct hf_app_call *call)
{
    struct holdfast_id case_id, record;
    bool has_case = false, has_record = false;
    struct duty_array out = {0};
    if (!hf_app_query_id(call, "case", &case_id, &has_case) || !hf_app_query_id(call, "record", &record, &has_record))
        return;
    if (!has_case) {
        hf_app_refuse(call->response, 400, "invalid", "Say of which case.");
        return;
    }
    const struct holdfast_duty_filter filter = {
        .case_id = &case_id, .as_of_ms = hf_app_wall_ms(call->app), .all = hf_app_query(call, "all") != NULL};
    out = (struct duty_array){.array = json_array(), .record = has_record ? &record : NULL};
    give(call, holdfast_duties(call->hf, &filter, each_row, &out), &out);
}

static void missing(struct hf_app_call *call)
{
    struct duty_array out = {.array = json_array()};
    enum holdfast_status status = holdfast_finalise_missing(call->hf, &call->ids[0], each_row, &out);
    if (status == HOLDFAST_OK)
        status = hf_app_duties_about(call->hf, out.array);
    if (status == HOLDFAST_OK)
        hf_app_reply(call,
                     json_pack("{s:o, s:o}", "duties", out.array, "waits", hf_app_final_waits(call, &call->ids[0])));
    else
        give(call, status, &out);
}

/* --- why --- */

static json_t *days_json(const struct holdfast_duty_explanation *told)
{
    json_t *days = json_array();
    for (size_t i = 0; i < told->day_count; i++)
        (void)json_array_append_new(days, json_pack("{s:s, s:i, s:s}", "date", told->days[i].date, "number",
                                                    (int)told->days[i].number, "why", told->days[i].why));
    return days;
}

static json_t *settings_json(const struct holdfast_duty_explanation *told)
{
    json_t *settings = json_array();
    for (size_t i = 0; i < told->setting_count; i++)
        (void)json_array_append_new(settings, json_pack("{s:s, s:s, s:s, s:b}", "name", told->settings[i].name, "value",
                                                        told->settings[i].value, "amb", told->settings[i].amb, "local",
                                                        told->settings[i].local));
    return settings;
}

static bool each_explanation(void *ctx, const struct holdfast_duty_explanation *told)
{
    json_t **out = ctx;
    *out = json_pack("{s:o, s:b, s:s, s:I, s:s, s:s, s:b, s:b, s:o, s:s, s:o, s:s, s:s}", "duty",
                     hf_app_json_duty(told->duty), "before", told->is_before, "from", told->from, "n",
                     (json_int_t)(told->is_counted ? told->n : 0), "unit", told->unit, "unit_source", told->unit_source,
                     "first_day_counts", told->first_day_counts, "next_day", told->next_day, "days", days_json(told),
                     "done", told->done, "settings", settings_json(told), "calendar", told->duty->calendar,
                     "calendar_version", told->duty->calendar_version);
    return false;
}

/* ?duty=FSM-55.3fa2c1d09b12&case= */
static void explain(struct hf_app_call *call)
{
    struct holdfast_id case_id;
    bool has_case = false;
    json_t *out = NULL;
    const char *id = hf_app_query(call, "duty");
    if (!hf_app_query_id(call, "case", &case_id, &has_case))
        return;
    if (!id || !has_case) {
        hf_app_refuse(call->response, 400, "invalid", "Say which duty, and of which case.");
        return;
    }
    const enum holdfast_status status =
        holdfast_duty_explain(call->hf, id, &case_id, hf_app_wall_ms(call->app), each_explanation, &out);
    if (status == HOLDFAST_OK)
        hf_app_reply(call, out);
    else
        hf_app_fail(call, status);
}

static const struct hf_app_route rows[] = {
    {"GET", "/api/work", HF_APP_UNLOCKED, my_work},
    {"GET", "/api/duties", HF_APP_UNLOCKED, duties},
    {"GET", "/api/duties/explain", HF_APP_UNLOCKED, explain},
    {"GET", "/api/records/:id/missing", HF_APP_UNLOCKED, missing},
};
const struct hf_app_routes hf_app_duty_routes = HF_APP_ROUTES(rows);
