/* The office's first page: figures over the cases on this device, each with the records behind it; and what the
 * reviewing officer and the service managers look at. */
#include "client/app/call.h"
#include "client/app/figures.h"
#include "client/app/reading.h"

#include <string.h>

#define LEVELS 3

enum list { URGENT, MINUTES, PLANS, STABILITY, VIEWS, ESCALATE, LISTS };
static const char *const list_names[LISTS] = {"urgent", "minutes", "plans", "stability", "views", "escalate"};

struct board {
    json_t *figures;
    json_t *rows[LISTS];
    size_t counts[LISTS];
    size_t beyond; /* open duties whose day lies beyond the calendar */
    uint64_t now_ms;
    const char *const *roles; /* whose alerts are wanted, by how their codes begin; NULL: nobody's */
    json_t *alerts;
    size_t alert_count;
    bool failed;
};

static bool board_new(struct board *board)
{
    bool good = true;
    for (size_t i = 0; i < LISTS; i++)
        good = (board->rows[i] = json_array()) && good;
    board->alerts = json_array();
    return good && board->alerts;
}

static void board_free(struct board *board)
{
    for (size_t i = 0; i < LISTS; i++)
        json_decref(board->rows[i]);
    json_decref(board->alerts);
    json_decref(board->figures);
}

/* --- duties --- */

/* A limit that runs counts from the day it is known; what has none counts once its moment has come. */
static bool is_open(const struct holdfast_duty_row *row, enum list list)
{
    const bool counts_down = list == URGENT || list == MINUTES;
    return strcmp(row->status, "not_yet_due") != 0 || (counts_down && row->due_ms != 0);
}

static json_t *row_json(const struct board *board, const struct holdfast_duty_row *row)
{
    json_t *object = hf_app_json_duty(row);
    const json_int_t left = row->due_ms ? (json_int_t)row->due_ms - (json_int_t)board->now_ms : 0;
    if (object && json_object_set_new(object, "left_ms", row->due_ms ? json_integer(left) : json_null()) != 0) {
        json_decref(object);
        object = NULL;
    }
    return object;
}

static bool tells(const struct holdfast_duty_row *row, const char *const *roles)
{
    for (; *roles; roles++)
        for (size_t i = 0; i < row->alert_role_count; i++)
            if (strncmp(row->alert_roles[i], *roles, strlen(*roles)) == 0)
                return true;
    return false;
}

static bool each_duty(void *ctx, const struct holdfast_duty_row *row)
{
    struct board *board = ctx;
    const char *figure = hf_app_figure_of(board->figures, row);
    board->beyond += row->beyond_calendar;
    if (board->roles && row->alert[0] && tells(row, board->roles) && board->alert_count++ < HF_APP_ROWS_MAX)
        board->failed = board->failed || !hf_app_append(board->alerts, row_json(board, row));
    for (size_t i = 0; i < LISTS; i++)
        if (strcmp(figure, list_names[i]) == 0 && is_open(row, (enum list)i) && board->counts[i]++ < HF_APP_ROWS_MAX)
            board->failed = board->failed || !hf_app_append(board->rows[i], row_json(board, row));
    return !board->failed;
}

static enum holdfast_status read_duties(struct hf_app_call *call, struct board *board)
{
    const struct holdfast_duty_filter filter = {.as_of_ms = board->now_ms};
    enum holdfast_status status = hf_app_figures(call->hf, &board->figures);
    if (status == HOLDFAST_OK)
        status = holdfast_duties(call->hf, &filter, each_duty, board);
    for (size_t i = 0; status == HOLDFAST_OK && i < LISTS; i++)
        status = hf_app_duties_about(call->hf, board->rows[i]);
    if (status == HOLDFAST_OK)
        status = hf_app_duties_about(call->hf, board->alerts);
    return status == HOLDFAST_OK && board->failed ? HOLDFAST_NOMEM : status;
}

static json_t *list_json(struct board *board, enum list list)
{
    return json_pack("{s:I, s:O, s:b}", "count", (json_int_t)board->counts[list], "rows", board->rows[list], "more",
                     board->counts[list] > HF_APP_ROWS_MAX);
}

/* --- escalations --- */

static enum holdfast_status read_escalations(struct hf_app_call *call, json_t **out)
{
    const struct holdfast_filter filter = {.type = "escalation"};
    json_t *records = NULL, *levels = json_array();
    size_t open[LEVELS] = {0};
    const enum holdfast_status status = hf_app_read_records(call->hf, &filter, &records);
    for (size_t i = 0; i < json_array_size(records); i++) {
        const json_t *record = json_array_get(records, i);
        const char *level = hf_app_field(record, "level");
        if (level[0] >= '1' && level[0] <= '3' && hf_app_field_count(record, "responses") == 0)
            open[level[0] - '1']++;
    }
    for (size_t i = 0; i < LEVELS; i++)
        (void)hf_app_append(levels, json_integer((json_int_t)open[i]));
    if (status == HOLDFAST_OK)
        *out = json_pack("{s:o, s:o}", "levels", levels, "rows", records);
    else
        json_decref(levels);
    return status;
}

/* --- the child's views --- */

static bool was_held(const json_t *meeting)
{
    static const char *const after[] = {"held", "notes_draft", "final", "circulated", "filed"};
    for (size_t i = 0; i < sizeof after / sizeof after[0]; i++)
        if (hf_app_field_is(meeting, "status", after[i]))
            return true;
    return false;
}

/* Somebody's reason why there are none is no view. */
static void note_heard(json_t *heard, const json_t *views, const json_t *children)
{
    const bool of_child =
        hf_app_field_is(views, "role", "child") || json_object_get(children, hf_app_field(views, "person"));
    if (of_child &&
        (hf_app_field(views, "words")[0] || hf_app_field(views, "text")[0] || hf_app_field(views, "document")[0]))
        (void)json_object_set_new(heard, hf_app_text_of(views, "parent"), json_true());
}

static bool each_child(void *ctx, const struct holdfast_record_row *row)
{
    char id[HOLDFAST_ID_TEXT_BYTES];
    holdfast_id_format(&row->id, id);
    return json_object_set_new(ctx, id, json_true()) == 0;
}

static json_t *voice_json(const json_t *meetings, const json_t *heard)
{
    json_t *rows = json_array();
    json_int_t held = 0, with = 0;
    for (size_t i = 0; i < json_array_size(meetings); i++) {
        json_t *meeting = json_array_get(meetings, i);
        if (!was_held(meeting))
            continue;
        held++;
        if (json_object_get(heard, hf_app_text_of(meeting, "id")))
            with++;
        else if (json_array_size(rows) < HF_APP_ROWS_MAX)
            (void)json_array_append(rows, meeting);
    }
    return json_pack("{s:I, s:I, s:o}", "held", held, "heard", with, "rows", rows);
}

static enum holdfast_status read_voice(struct hf_app_call *call, json_t **out)
{
    const struct holdfast_filter for_meetings = {.type = "meeting"}, for_views = {.type = "views"},
                                 for_children = {.type = "child"};
    json_t *meetings = NULL, *views = NULL, *heard = json_object(), *children = json_object();
    enum holdfast_status status = hf_app_look_at_records(call->hf, &for_meetings, &meetings);
    if (status == HOLDFAST_OK)
        status = hf_app_look_at_records(call->hf, &for_views, &views);
    if (status == HOLDFAST_OK)
        status = holdfast_list(call->hf, &for_children, each_child, children);
    for (size_t i = 0; i < json_array_size(views); i++)
        note_heard(heard, json_array_get(views, i), children);
    if (status == HOLDFAST_OK)
        *out = voice_json(meetings, heard);
    json_decref(meetings);
    json_decref(views);
    json_decref(heard);
    json_decref(children);
    return status;
}

/* --- the pages --- */

static void dashboard(struct hf_app_call *call)
{
    struct board board = {.now_ms = hf_app_wall_ms(call->app)};
    json_t *escalations = NULL, *voice = NULL;
    struct holdfast_counts counts = {0};
    enum holdfast_status status = board_new(&board) ? read_duties(call, &board) : HOLDFAST_NOMEM;
    if (status == HOLDFAST_OK)
        status = read_escalations(call, &escalations);
    if (status == HOLDFAST_OK)
        status = read_voice(call, &voice);
    if (status == HOLDFAST_OK)
        status = holdfast_get_counts(call->hf, &counts);
    if (status == HOLDFAST_OK)
        hf_app_reply(call, json_pack("{s:o, s:I, s:o, s:o, s:o, s:o, s:O, s:O, s:I, s:I, s:I}", "now",
                                     hf_app_json_ms(board.now_ms), "cases", (json_int_t)counts.cases, "urgent",
                                     list_json(&board, URGENT), "minutes", list_json(&board, MINUTES), "plans",
                                     list_json(&board, PLANS), "escalate", list_json(&board, ESCALATE), "escalations",
                                     escalations, "voice", voice, "beyond", (json_int_t)board.beyond, "conflicts",
                                     (json_int_t)counts.conflicts, "held", (json_int_t)counts.held));
    else
        hf_app_fail(call, status);
    json_decref(escalations);
    json_decref(voice);
    board_free(&board);
}

static const char *const officer_roles[] = {"iro", NULL};
static const char *const manager_roles[] = {"sm_", "fostering_service_manager", NULL};

/* ?who=iro or managers: what alerts tell them, views that are missing, homes that may not last. */
static void oversight(struct hf_app_call *call)
{
    const char *who = hf_app_query(call, "who");
    const bool managers = who && strcmp(who, "managers") == 0;
    const struct holdfast_filter for_notices = {.type = "stability_notice"}, for_told = {.type = "alert"};
    struct board board = {.now_ms = hf_app_wall_ms(call->app), .roles = managers ? manager_roles : officer_roles};
    json_t *notices = NULL, *escalations = NULL, *told = NULL;
    enum holdfast_status status = HOLDFAST_NOMEM;
    if (!who || (!managers && strcmp(who, "iro") != 0)) {
        hf_app_refuse(call->response, 400, "invalid", "Say for whom: iro or managers.");
        return;
    }
    if (board_new(&board))
        status = read_duties(call, &board);
    if (status == HOLDFAST_OK)
        status = hf_app_read_records(call->hf, &for_notices, &notices);
    if (status == HOLDFAST_OK)
        status = read_escalations(call, &escalations);
    if (status == HOLDFAST_OK)
        status = hf_app_read_records(call->hf, &for_told, &told);
    if (status == HOLDFAST_OK)
        hf_app_reply(call,
                     json_pack("{s:o, s:{s:I, s:O}, s:o, s:o, s:O, s:O, s:O}", "now", hf_app_json_ms(board.now_ms),
                               "alerts", "count", (json_int_t)board.alert_count, "rows", board.alerts, "views",
                               list_json(&board, VIEWS), "unstable", list_json(&board, STABILITY), "notices", notices,
                               "escalations", escalations, "told", told));
    else
        hf_app_fail(call, status);
    json_decref(told);
    json_decref(notices);
    json_decref(escalations);
    board_free(&board);
}

static const struct hf_app_route rows[] = {
    {"GET", "/api/dashboard", HF_APP_UNLOCKED, dashboard},
    {"GET", "/api/oversight", HF_APP_UNLOCKED, oversight},
};
const struct hf_app_routes hf_app_dashboard_routes = HF_APP_ROUTES(rows);
