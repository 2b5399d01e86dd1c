/* What is sent and received, what needs attention, and news for a page that waits. */
#include "client/app/call.h"

#include <string.h>

#define ATTENTION_MAX 1000

static const char *phase_name(const struct hf_app_sync *sync)
{
    if (!sync->running)
        return sync->failed ? "failed" : "rest";
    return sync->progress.phase == HOLDFAST_WATCH_CONNECTING ? "connecting" : "running";
}

static bool count_decided(void *ctx, const struct holdfast_decided *decided)
{
    json_int_t *count = ctx;
    (void)decided;
    (*count)++;
    return true;
}

/* How the last sync went says nothing about what is sent: that is counted from the office's receipts. */
static json_t *sync_json(struct hf_app_call *call)
{
    const struct hf_app_sync *sync = &call->app->sync;
    struct holdfast_counts counts = {0};
    json_int_t decided = 0;
    if (!hf_app_is_unlocked(call->app) || holdfast_get_counts(call->hf, &counts) != HOLDFAST_OK)
        return json_null();
    (void)holdfast_decisions_told(call->hf, NULL, count_decided, &decided); /* none while the records are closed */
    return json_pack(
        "{s:s, s:s, s:s, s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:I, s:I, s:b, s:I, s:I, s:I, s:I, s:I}", "phase",
        phase_name(sync), "error", sync->failed ? holdfast_status_name(sync->status) : "", "text", sync->text,
        "tried_at", hf_app_json_ms(sync->ended_wall_ms), "saved_here", (json_int_t)counts.saved_here, "sent",
        (json_int_t)counts.sent, "received", (json_int_t)counts.received, "held", (json_int_t)counts.held, "waiting",
        (json_int_t)counts.waiting, "conflicts", (json_int_t)counts.conflicts, "oldest_unsent",
        hf_app_json_ms(counts.oldest_unsent_ms), "last_sync", hf_app_json_ms(counts.last_sync_ms), "pushed",
        (json_int_t)sync->progress.pushed, "pulled", (json_int_t)sync->progress.pulled, "hand_in", sync->hand_in,
        "cases", (json_int_t)counts.cases, "records", (json_int_t)counts.records, "unverified",
        (json_int_t)counts.unverified, "checkpoint", (json_int_t)counts.checkpoint_size, "decided", decided);
}

static void read_sync(struct hf_app_call *call)
{
    hf_app_reply(call, json_pack("{s:o}", "sync", sync_json(call)));
}

static void sync_now(struct hf_app_call *call)
{
    hf_app_sync_again(call->app);
    read_sync(call);
}

/* --- news --- */

static uint64_t number_of(const char *text)
{
    uint64_t number = 0;
    for (size_t i = 0; text && i < 18 && text[i] >= '0' && text[i] <= '9'; i++)
        number = number * 10 + (uint64_t)(text[i] - '0');
    return number;
}

/* Answers at once when there is something newer than `after`, else when there is or the wait is over. */
static void news(struct hf_app_call *call)
{
    const struct hf_app *app = call->app;
    const uint64_t after = number_of(hf_app_query(call, "after"));
    if (after == app->news && !call->request->waited) {
        call->later = true;
        return;
    }
    hf_app_reply(call, json_pack("{s:I, s:b, s:b, s:o}", "news", (json_int_t)app->news, "records",
                                 after > app->news || app->records_news > after, "locked", !hf_app_is_unlocked(app),
                                 "sync", sync_json(call)));
}

/* --- needs attention --- */

struct attention {
    struct hf_app_call *call;
    json_t *wanted; /* by id: the records that something is held of; NULL: all, because something waits */
    json_t *records, *held, *notices, *decided;
    json_t *record; /* whose history is read, borrowed */
};

static bool want_record(void *ctx, const struct holdfast_held_row *row)
{
    char id[HOLDFAST_ID_TEXT_BYTES];
    holdfast_id_format(&row->record, id);
    return json_object_set_new(ctx, id, json_true()) == 0;
}

static bool each_record(void *ctx, const struct holdfast_record_row *row)
{
    struct attention *attention = ctx;
    char id[HOLDFAST_ID_TEXT_BYTES];
    holdfast_id_format(&row->id, id);
    if (attention->wanted && !json_object_get(attention->wanted, id))
        return true;
    return json_array_append_new(attention->records, hf_app_json_row(row)) == 0;
}

static bool each_change(void *ctx, const struct holdfast_change_row *row)
{
    struct attention *attention = ctx;
    if (!row->held[0] && !row->waiting)
        return true;
    json_t *change = hf_app_json_change(row);
    if (!change || json_object_set(change, "record", attention->record) != 0 ||
        json_array_append_new(attention->held, change) != 0)
        return false;
    return json_array_size(attention->held) < ATTENTION_MAX;
}

static bool is_known(const struct attention *attention, const struct holdfast_id *record)
{
    char id[HOLDFAST_ID_TEXT_BYTES];
    size_t i = 0;
    const json_t *row = NULL;
    holdfast_id_format(record, id);
    json_array_foreach(attention->records, i, row)
    {
        if (strcmp(json_string_value(json_object_get(row, "id")), id) == 0)
            return true;
    }
    return false;
}

/* A change that began a record, and is held, leaves no record behind: what was written is read by its id all the same.
 */
static bool each_begun(void *ctx, const struct holdfast_held_row *held)
{
    static const struct holdfast_id none;
    struct attention *attention = ctx;
    if (memcmp(&held->record, &none, sizeof none) == 0 || is_known(attention, &held->record))
        return true;
    const struct holdfast_record_row row = {.id = held->record,
                                            .case_id = held->case_id,
                                            .type = "",
                                            .label = held->type,
                                            .title = "",
                                            .due = "",
                                            .status = "",
                                            .sent = "received",
                                            .deleted = ""};
    return each_record(ctx, &row);
}

/* A record that came as a snapshot has nothing held, and its history is not fetched to look. */
static bool is_unverified(struct hf_app_call *call, const struct holdfast_id *id)
{
    struct holdfast_record_row row = {0};
    return holdfast_read(call->hf, id, &row, NULL, NULL) == HOLDFAST_OK && row.unverified;
}

static bool is_listed(const json_t *held, const char *change)
{
    size_t i;
    const json_t *row;
    json_array_foreach(held, i, row)
    {
        if (strcmp(json_string_value(json_object_get(row, "id")), change) == 0)
            return true;
    }
    return false;
}

/* Held so early that nothing of it is read by a record's id: a case. */
static bool each_held(void *ctx, const struct holdfast_held_row *row)
{
    struct attention *attention = ctx;
    char id[HOLDFAST_ID_TEXT_BYTES];
    holdfast_id_format(&row->change, id);
    if (is_listed(attention->held, id))
        return true;
    return json_array_append_new(attention->held, json_pack("{s:s, s:o, s:s, s:b, s:s, s:n, s:o, s:s}", "id", id,
                                                            "time", hf_app_json_ms(row->time_ms), "author", row->author,
                                                            "own", row->own, "held", row->why, "record", "case",
                                                            hf_app_json_id(&row->case_id), "label", row->type)) == 0 &&
           json_array_size(attention->held) < ATTENTION_MAX;
}

/* What is held, the library lists; what waits for something else is found among all changes. */
static enum holdfast_status read_held(struct attention *attention, bool something_waits)
{
    struct hf_app_call *call = attention->call;
    const bool before = holdfast_read_quietly(call->hf, true); /* looks for what is held */
    enum holdfast_status status = HOLDFAST_OK;
    if (!something_waits) {
        attention->wanted = json_object();
        status = attention->wanted ? holdfast_held(call->hf, want_record, attention->wanted) : HOLDFAST_NOMEM;
    }
    if (status == HOLDFAST_OK)
        status = holdfast_list(call->hf, NULL, each_record, attention);
    if (status == HOLDFAST_OK)
        status = holdfast_held(call->hf, each_begun, attention);
    for (size_t i = 0; status == HOLDFAST_OK && i < json_array_size(attention->records); i++) {
        struct holdfast_id id;
        attention->record = json_array_get(attention->records, i);
        status = holdfast_id_parse(json_string_value(json_object_get(attention->record, "id")), &id);
        if (status == HOLDFAST_OK && !is_unverified(call, &id))
            status = holdfast_history(call->hf, &id, each_change, attention);
    }
    if (status == HOLDFAST_OK)
        status = holdfast_held(call->hf, each_held, attention);
    (void)holdfast_read_quietly(call->hf, before);
    return status;
}

static json_t *decided_json(const struct holdfast_decided *decided)
{
    return json_pack("{s:o, s:s, s:o, s:o, s:s, s:s, s:s, s:s, s:s, s:o, s:s, s:b, s:s, s:s}", "change",
                     hf_app_json_id(&decided->change), "about", decided->about, "case",
                     hf_app_json_id(&decided->case_id), "record", hf_app_json_id(&decided->record), "type",
                     decided->type, "type_label", decided->type_label, "field", decided->field, "label", decided->label,
                     "author", decided->author, "time", hf_app_json_ms(decided->time_ms), "reason", decided->reason,
                     "chosen", decided->chosen, "own", decided->own, "taken", decided->taken);
}

/* Held changes and clashes have lists with more in them. */
static bool each_notice(void *ctx, const struct holdfast_notice *notice)
{
    struct attention *attention = ctx;
    if (notice->decided && hf_app_is_revoked(attention->call->app))
        return true;
    if (notice->decided)
        return json_array_append_new(attention->decided, decided_json(notice->decided)) == 0;
    if (strcmp(notice->kind, "held") == 0 || strcmp(notice->kind, "clash") == 0)
        return true;
    return json_array_append_new(attention->notices, json_pack("{s:s, s:s, s:I, s:o, s:o}", "kind", notice->kind,
                                                               "text", notice->text, "count", (json_int_t)notice->count,
                                                               "since", hf_app_json_ms(notice->since_ms), "record",
                                                               hf_app_json_id(&notice->record))) == 0;
}

/* What the office holds, or what waits for something else, stays here until it is settled: it is read from the
 * replica each time, and nothing counts tries. */
static void needs_attention(struct hf_app_call *call)
{
    struct attention attention = {
        .call = call, .records = json_array(), .held = json_array(), .notices = json_array(), .decided = json_array()};
    struct holdfast_counts counts;
    enum holdfast_status status = holdfast_get_counts(call->hf, &counts);
    if (status == HOLDFAST_OK && counts.held + counts.waiting > 0 && !hf_app_is_revoked(call->app))
        status = read_held(&attention, counts.waiting > 0);
    if (status == HOLDFAST_OK)
        status = holdfast_attention(call->hf, each_notice, &attention);
    if (status == HOLDFAST_OK) {
        hf_app_reply(call, json_pack("{s:O, s:O, s:O, s:o}", "held", attention.held, "notices", attention.notices,
                                     "decided", attention.decided, "sync", sync_json(call)));
    } else {
        hf_app_fail(call, status);
    }
    json_decref(attention.wanted);
    json_decref(attention.held);
    json_decref(attention.records);
    json_decref(attention.notices);
    json_decref(attention.decided);
}

/* A person has seen how somebody else decided a clash of theirs. */
static void seen(struct hf_app_call *call)
{
    struct holdfast_id change;
    bool given = false;
    if (!hf_app_body_id(call, "change", &change, &given))
        return;
    if (!given) {
        hf_app_refuse(call->response, 400, "invalid", "Say which decision.");
        return;
    }
    const enum holdfast_status status = holdfast_decision_seen(call->hf, &change);
    if (status != HOLDFAST_OK) {
        hf_app_fail(call, status);
        return;
    }
    hf_app_tell(call->app, true);
    hf_app_reply(call, json_object());
}

static const struct hf_app_route rows[] = {
    {"GET", "/api/sync", HF_APP_STANDING, read_sync},
    {"POST", "/api/sync", HF_APP_STANDING, sync_now},
    {"GET", "/api/news", HF_APP_SESSION, news},
    {"GET", "/api/attention", HF_APP_STANDING, needs_attention},
    {"POST", "/api/attention/seen", HF_APP_UNLOCKED, seen},
};
const struct hf_app_routes hf_app_sync_routes = HF_APP_ROUTES(rows);
