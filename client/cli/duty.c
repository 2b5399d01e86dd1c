/* Duties: what the cases here owe, and why. */
#include "client/cli/cli.h"
#include "core/base/text.h"
#include "core/policy/day.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STATUS_COLUMNS 12
#define ID_COLUMNS     20
#define DAY_BYTES      48
#define RULE_INDENT    4

static const char *const weekdays[] = {"", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};

static void day_words(hf_day day, char out[DAY_BYTES])
{
    char date[HF_DATE_TEXT_BYTES];
    hf_day_format(day, date);
    (void)snprintf(out, DAY_BYTES, "%s %s", weekdays[hf_day_weekday(day)], date);
}

/* "Thu 2026-11-19" when it is the end of a day in London, with the time otherwise. */
static void limit_words(uint64_t ms, char out[DAY_BYTES])
{
    const hf_day day = hf_london_day(ms);
    day_words(day, out);
    if (ms + 1 == hf_london_day_start(day + 1))
        return;
    const int32_t minute = hf_london_minute(ms);
    const size_t len = strlen(out);
    (void)snprintf(out + len, DAY_BYTES - len, " %02d:%02d", minute / 60, minute % 60);
}

/* A day means its end, so that what fell due on it shows. */
static bool as_of(const struct cli *cli, uint64_t *out_ms)
{
    const struct hf_option *option = cli_option(cli, "--as-of");
    hf_day day = 0;
    *out_ms = 0;
    if (!option)
        return true;
    if (hf_day_parse(option->value, &day) == HF_OK) {
        *out_ms = hf_london_day_start(day + 1) - 1;
        return true;
    }
    if (hf_text_parse_time(option->value, out_ms) == HF_OK && *out_ms > 0)
        return true;
    (void)cli_refuse("--as-of takes a day such as 2026-12-24, or a time such as 2026-12-24T17:00:00Z.");
    return false;
}

/* False after it has said what is wrong. *out_case is NULL without --case. */
static bool case_of(const struct cli *cli, struct holdfast_id *id, const struct holdfast_id **out_case)
{
    const struct hf_option *option = cli_option(cli, "--case");
    *out_case = option ? id : NULL;
    return !option || cli_id(option->value, "--case", id);
}

/* --- list --- */

struct duty_list {
    json_t *json; /* NULL: text */
    struct holdfast_id last_case;
    size_t count;
    bool failed;
};

static json_t *roles_json(const struct holdfast_duty_row *row)
{
    json_t *roles = json_array();
    for (size_t i = 0; i < row->alert_role_count; i++)
        if (json_array_append_new(roles, json_string(row->alert_roles[i])) != 0) {
            json_decref(roles);
            return NULL;
        }
    return roles;
}

static bool is_none(const struct holdfast_id *id)
{
    static const struct holdfast_id none;
    return memcmp(id, &none, sizeof none) == 0;
}

static json_t *id_or_null(const struct holdfast_id *id)
{
    return is_none(id) ? json_null() : cli_json_id(id);
}

static json_t *duty_json(const struct holdfast_duty_row *row)
{
    json_t *alert = row->alert[0] ? json_pack("{s:s, s:o, s:b, s:o}", "code", row->alert, "raised_at",
                                              cli_json_time(row->alert_raised_ms), "acknowledged",
                                              row->alert_acknowledged, "to", roles_json(row))
                                  : json_null();
    return json_pack("{s:s, s:s, s:o, s:s, s:o, s:s, s:s, s:s, s:s, s:s, s:b, s:b, s:b, s:b, s:o, s:o, s:s, s:o, s:s, "
                     "s:o, s:s, s:s, s:s, s:s, s:s, s:o}",
                     "id", row->id, "duty", row->duty, "case", id_or_null(&row->case_id), "reference", row->reference,
                     "record", id_or_null(&row->record), "type", row->type, "title", row->title, "status", row->status,
                     "kind", row->kind, "strength", row->strength, "late", row->late, "by_reason", row->by_reason,
                     "information", row->information, "beyond_calendar", row->beyond_calendar, "due",
                     cli_json_time(row->due_ms), "first_due", cli_json_time(row->first_due_ms), "role", row->role,
                     "person", id_or_null(&row->person), "person_name", row->person_name, "instead_of",
                     id_or_null(&row->instead_of), "gate", row->gate, "policy", row->policy, "version", row->version,
                     "calendar", row->calendar, "calendar_version", row->calendar_version, "alert", alert);
}

static void print_who(const struct holdfast_duty_row *row)
{
    if (row->role[0])
        cli_put_role(stdout, row->role);
    else if (!row->person_name[0])
        (void)fputs("nobody is named", stdout);
    if (row->role[0] && row->person_name[0])
        (void)fputs(": ", stdout);
    cli_put(stdout, row->person_name);
}

static const char *status_words(const struct holdfast_duty_row *row)
{
    static const struct {
        const char *code, *words;
    } words[] = {{"not_yet_due", "not yet due"},   {"due", "due"},         {"overdue", "overdue"}, {"done", "done"},
                 {"not_recorded", "not recorded"}, {"not_set", "not set"}, {"help", "help"}};
    if (row->late)
        return "done late";
    if (row->by_reason)
        return "by a reason";
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(words[i].code, row->status) == 0)
            return words[i].words;
    return row->status;
}

static void print_duty(const struct holdfast_duty_row *row)
{
    char limit[DAY_BYTES] = "no limit";
    if (row->due_ms != 0)
        limit_words(row->due_ms, limit);
    (void)fputs("  ", stdout);
    cli_put_column(status_words(row), STATUS_COLUMNS, false);
    (void)printf("  %-20s  ", limit);
    cli_put_column(row->id, ID_COLUMNS, false);
    (void)fputs("  ", stdout);
    cli_put(stdout, row->title);
    if (is_none(&row->case_id)) {
        (void)putchar(' ');
        cli_put(stdout, row->policy);
        (void)putchar(' ');
        cli_put(stdout, row->version);
    }
    (void)fputs(" (", stdout);
    print_who(row);
    (void)putchar(')');
    if (row->alert[0]) {
        (void)fputs("  ", stdout);
        cli_put(stdout, row->alert);
    }
    if (row->first_due_ms != 0 && row->first_due_ms != row->due_ms) {
        limit_words(row->first_due_ms, limit);
        (void)printf("  first due %s", limit);
    }
    if (row->beyond_calendar)
        (void)fputs("  the calendar ends before this day", stdout);
    (void)putchar('\n');
}

static bool show_duty(void *ctx, const struct holdfast_duty_row *row)
{
    struct duty_list *list = ctx;
    if (list->json) {
        json_t *object = duty_json(row);
        list->failed = !object || json_array_append_new(list->json, object) != 0;
        return !list->failed;
    }
    if (list->count++ == 0 || memcmp(&list->last_case, &row->case_id, sizeof row->case_id) != 0) {
        cli_put(stdout, is_none(&row->case_id) ? "Of no case"
                        : row->reference[0]    ? row->reference
                                               : "Case without a reference");
        (void)putchar('\n');
    }
    list->last_case = row->case_id;
    print_duty(row);
    return true;
}

enum cli_exit cli_duty_list(struct cli *cli)
{
    struct holdfast_id case_id, person;
    const struct hf_option *person_option = cli_option(cli, "--person");
    struct duty_list list = {.json = cli->json ? json_array() : NULL};
    struct holdfast_duty_filter filter = {.readings = true,
                                          .mine = cli_option(cli, "--mine") != NULL,
                                          .overdue = cli_option(cli, "--overdue") != NULL,
                                          .all = cli_option(cli, "--all") != NULL};
    if (!as_of(cli, &filter.as_of_ms) || !case_of(cli, &case_id, &filter.case_id) ||
        (person_option && !cli_person(cli, person_option->value, &person))) {
        json_decref(list.json);
        return CLI_FAILED;
    }
    filter.person = person_option ? &person : NULL;
    const enum holdfast_status status = holdfast_duties(cli->hf, &filter, show_duty, &list);
    if (status != HOLDFAST_OK || list.failed) {
        json_decref(list.json);
        return list.failed ? cli_refuse("There is not enough memory.") : cli_fail(cli, status);
    }
    if (cli->json)
        return cli_print_json(list.json);
    if (list.count == 0)
        (void)puts(filter.overdue ? "Nothing is overdue." : "Nothing is owed here.");
    return CLI_DONE;
}

/* --- explain --- */

static json_t *days_json(const struct holdfast_duty_explanation *told)
{
    json_t *days = json_array();
    for (size_t i = 0; i < told->day_count; i++) {
        const struct holdfast_duty_day *day = &told->days[i];
        if (json_array_append_new(days, json_pack("{s:s, s:o, s:s}", "date", day->date, "number",
                                                  day->number ? json_integer(day->number) : json_null(), "why",
                                                  day->why)) != 0)
            break;
    }
    return days;
}

static json_t *settings_json(const struct holdfast_duty_explanation *told)
{
    json_t *settings = json_array();
    for (size_t i = 0; i < told->setting_count; i++) {
        const struct holdfast_duty_setting *setting = &told->settings[i];
        if (json_array_append_new(settings, json_pack("{s:s, s:s, s:s, s:b}", "name", setting->name, "value",
                                                      setting->value, "amb", setting->amb, "local", setting->local)) !=
            0)
            break;
    }
    return settings;
}

static json_t *explanation_json(const struct holdfast_duty_explanation *told)
{
    json_t *rule = NULL;
    json_t *duty = duty_json(told->duty);
    if (hf_json_load(hf_slice_str(told->rule), &rule, NULL) != HF_OK)
        rule = json_null();
    return json_pack("{s:o, s:s, s:s, s:o, s:s, s:b, s:s, s:o, s:s, s:s, s:b, s:b, s:o, s:s, s:o}", "duty", duty,
                     "help", told->duty->help, "clears", told->duty->clears, "rule", rule, "deadline", told->deadline,
                     "before", told->is_before, "from", told->from, "n",
                     told->is_counted ? json_integer(told->n) : json_null(), "unit", told->unit, "unit_source",
                     told->unit_source, "first_day_counts", told->first_day_counts, "next_day", told->next_day, "days",
                     days_json(told), "done", told->done, "settings", settings_json(told));
}

static void print_line(const char *label, const char *text)
{
    if (text[0] == '\0')
        return;
    (void)printf("  %-13s ", label);
    cli_put(stdout, text);
    (void)putchar('\n');
}

static const char *unit_words(const char *unit)
{
    if (strcmp(unit, "working_day") == 0)
        return "working days";
    if (strcmp(unit, "calendar_day") == 0)
        return "calendar days";
    return strcmp(unit, "hour") == 0 ? "hours" : "months";
}

static void print_days(const struct holdfast_duty_explanation *told)
{
    for (size_t i = 0; i < told->day_count; i++) {
        const struct holdfast_duty_day *day = &told->days[i];
        char words[DAY_BYTES] = "";
        hf_day number = 0;
        if (hf_day_parse(hf_slice_str(day->date), &number) == HF_OK)
            day_words(number, words);
        (void)printf("    %s  ", words);
        if (day->number)
            (void)printf("%3u\n", day->number);
        else {
            (void)fputs("  -  ", stdout);
            cli_put(stdout, day->why);
            (void)putchar('\n');
        }
    }
}

static void print_limit(const struct holdfast_duty_explanation *told)
{
    char limit[DAY_BYTES];
    if (told->is_before)
        print_line("Must be before", told->from[0] ? told->from : "a time that is not on record");
    if (told->deadline[0]) {
        print_line("Counted from", told->from[0] ? told->from : "a time that is not on record");
        if (told->is_counted)
            (void)printf("  %-13s %d %s", "Limit", told->n, unit_words(told->unit));
        else
            (void)printf("  %-13s none: not set by this procedure", "Limit");
        if (told->unit_source[0]) {
            (void)fputs(" (", stdout);
            cli_put(stdout, told->unit_source);
            (void)putchar(')');
        }
        (void)puts(told->first_day_counts ? ", the first day counts" : "");
        if (told->next_day)
            (void)printf("  %-13s late in its day, so it counts as of the next\n", "");
        print_days(told);
    }
    if (told->duty->due_ms != 0) {
        limit_words(told->duty->due_ms, limit);
        print_line("Due", limit);
    }
    if (told->duty->first_due_ms != 0) {
        limit_words(told->duty->first_due_ms, limit);
        print_line("First due", limit);
    }
    if (told->duty->beyond_calendar)
        print_line("Careful", "The calendar ends before this day. Load a newer one: the limit may be later.");
    print_line("Done at", told->done);
}

static bool show_explanation(void *ctx, const struct holdfast_duty_explanation *told)
{
    struct duty_list *list = ctx;
    const struct holdfast_duty_row *row = told->duty;
    if (list->json) {
        json_t *object = explanation_json(told);
        list->failed = !object || json_array_append_new(list->json, object) != 0;
        return !list->failed;
    }
    if (list->count++ > 0)
        (void)putchar('\n');
    cli_put(stdout, row->id);
    (void)fputs("  ", stdout);
    cli_put(stdout, row->title);
    (void)putchar('\n');
    print_line("Case", row->reference);
    print_line("About", row->label);
    print_line("Status", status_words(row));
    (void)printf("  %-13s ", "Who");
    print_who(row);
    (void)putchar('\n');
    print_line("Why", row->help);
    print_line("To do", row->clears);
    print_limit(told);
    print_line("Alert", row->alert);
    for (size_t i = 0; i < told->setting_count; i++) {
        const struct holdfast_duty_setting *setting = &told->settings[i];
        (void)printf("  %-13s ", i == 0 ? "Read with" : "");
        cli_put(stdout, setting->name);
        (void)fputs(" = ", stdout);
        cli_put(stdout, setting->value);
        (void)printf(" (%s%s%s)\n", setting->amb, setting->amb[0] ? ", " : "",
                     setting->local ? "decided here" : "the pack's default");
    }
    (void)printf("  %-13s ", "By");
    cli_put(stdout, row->policy);
    (void)putchar(' ');
    cli_put(stdout, row->version);
    if (row->calendar[0])
        (void)fputs(", calendar ", stdout);
    cli_put(stdout, row->calendar);
    (void)fputs(row->calendar[0] ? " " : "", stdout);
    cli_put(stdout, row->calendar_version);
    (void)puts("; the rule:");
    cli_put_block(told->rule, RULE_INDENT);
    return true;
}

enum cli_exit cli_duty_explain(struct cli *cli)
{
    struct holdfast_id case_id;
    const struct holdfast_id *only = NULL;
    uint64_t now_ms = 0;
    struct duty_list list = {.json = cli->json ? json_array() : NULL};
    if (!as_of(cli, &now_ms) || !case_of(cli, &case_id, &only)) {
        json_decref(list.json);
        return CLI_FAILED;
    }
    char *id = cli_text(cli->words[0]);
    const enum holdfast_status status = holdfast_duty_explain(cli->hf, id, only, now_ms, show_explanation, &list);
    free(id);
    if (status == HOLDFAST_OK && !list.failed)
        return cli->json ? cli_print_json(list.json) : CLI_DONE;
    json_decref(list.json);
    if (list.failed)
        return cli_refuse("There is not enough memory.");
    return cli_fail_with(
        cli, status, status == HOLDFAST_NOT_FOUND ? "`holdfast duty list --all` shows duties with their ids." : NULL);
}
