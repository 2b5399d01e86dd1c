#include "tests/policy/support_frames.h"

#include "core/base/text.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_named(const json_t *list, const char *word)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (strcmp(json_string_value(json_array_get(list, i)), word) == 0)
            return true;
    return false;
}

static const json_t *hold(struct frames *frames, json_t *document)
{
    assert_int_equal(json_array_append_new(frames->held, document), 0);
    return document;
}

/* --- reading --------------------------------------------------------------------------------------------------- */

static void add_row(struct frame *frame, const char *name, const char *wanted)
{
    assert_in_range(frame->row_count, 0, ROWS_MAX - 1);
    struct row *row = &frame->rows[frame->row_count++];
    const size_t rule = strcspn(name, "@.");
    const char *at = name + rule;
    const size_t subject = *at == '@' ? strcspn(at + 1, ".") : 0;
    if (!wanted || rule >= sizeof row->rule || subject >= sizeof row->subject)
        fail_msg("%s: the row %s is malformed", frame->place, name);
    row->name = name;
    row->wanted = wanted;
    memcpy(row->rule, name, rule);
    row->rule[rule] = '\0';
    if (subject > 0)
        memcpy(row->subject, at + 1, subject);
    row->subject[subject] = '\0';
}

/* `laid` is the world with its change; it is held by the frames. */
static struct frame *add_frame(struct frames *frames, json_t *laid, const char *place, const char *part)
{
    struct frame *frame = calloc(1, sizeof *frame);
    assert_non_null(frame);
    assert_in_range(frames->count, 0, FRAMES_MAX - 1);
    frames->items[frames->count++] = frame;
    (void)hold(frames, laid);
    (void)snprintf(frame->place, sizeof frame->place, "%s, %s", place, part);
    frame->pack = json_string_value(json_object_get(laid, "pack"));
    frame->settings = json_object_get(laid, "settings");
    frame->now_ms = time_of(json_string_value(json_object_get(laid, "now")));
    frame->built = calloc(1, sizeof *frame->built);
    assert_non_null(frame->built);
    build_case(json_object_get(laid, "records"), frame->built);
    return frame;
}

static void read_scenario(struct frames *frames, const json_t *world, const json_t *scenario, const char *place)
{
    static const char *const parts[] = {"kept", "broken", "kept_too", "broken_too"};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        const json_t *part = json_object_get(scenario, parts[i]);
        if (!part && i < 2)
            fail_msg("%s has no \"%s\"", place, parts[i]);
        if (!part)
            continue;
        struct frame *frame = add_frame(frames, world_with(world, part), place, parts[i]);
        const char *subject = json_string_value(json_object_get(scenario, "subject"));
        add_row(frame, json_string_value(json_object_get(scenario, "rule")),
                json_string_value(json_object_get(part, "is")));
        if (subject)
            (void)snprintf(frame->rows[0].subject, sizeof frame->rows[0].subject, "%s", subject);
        frame->closed = part;
    }
}

static json_t *set_one(const char *outer, const char *inner, const char *field, const json_t *value)
{
    json_t *change = json_object();
    json_t *object = json_object();
    assert_int_equal(json_object_set(object, field, (json_t *)(uintptr_t)value), 0);
    if (inner) {
        json_t *records = json_object();
        assert_int_equal(json_object_set_new(records, inner, object), 0);
        object = records;
    }
    assert_int_equal(json_object_set_new(change, outer, object), 0);
    return change;
}

/* One change for each column, in order. */
static json_t *columns_of(const json_t *table, const char *place)
{
    json_t *columns = json_array();
    const json_t *vary = json_object_get(table, "vary");
    const json_t *settings = json_object_get(table, "settings_vary");
    const json_t *nows = json_object_get(table, "nows");
    const char *name = NULL;
    json_t *change = NULL;
    json_object_foreach(json_object_get(table, "columns"), name, change)
        assert_int_equal(json_array_append(columns, change), 0);
    for (size_t i = 0; i < json_array_size(json_object_get(vary, "values")); i++)
        assert_int_equal(
            json_array_append_new(columns, set_one("records", json_string_value(json_object_get(vary, "record")),
                                                   json_string_value(json_object_get(vary, "field")),
                                                   json_array_get(json_object_get(vary, "values"), i))),
            0);
    for (size_t i = 0; i < json_array_size(json_object_get(settings, "values")); i++)
        assert_int_equal(json_array_append_new(
                             columns, set_one("settings", NULL, json_string_value(json_object_get(settings, "name")),
                                              json_array_get(json_object_get(settings, "values"), i))),
                         0);
    for (size_t i = 0; i < json_array_size(nows); i++)
        assert_int_equal(json_array_append_new(columns, json_pack("{s:O}", "now", json_array_get(nows, i))), 0);
    if (json_array_size(columns) == 0)
        fail_msg("%s has no columns", place);
    return columns;
}

/* A "vary" that takes away what is not there is a column like the world. */
static void forget_absent(const json_t *world, json_t *change)
{
    const char *label = NULL;
    json_t *over = NULL;
    void *more = NULL;
    json_object_foreach(json_object_get(change, "records"), label, over)
    {
        const json_t *record = json_object_get(json_object_get(world, "records"), label);
        const char *field = NULL;
        json_t *value = NULL;
        if (!record)
            continue;
        json_object_foreach_safe(over, more, field, value)
        {
            if (json_is_null(value) && !json_object_get(record, field))
                assert_int_equal(json_object_del(over, field), 0);
        }
    }
}

static void read_table(struct frames *frames, const json_t *world, const json_t *table, const char *place)
{
    const json_t *changes = hold(frames, columns_of(table, place));
    json_t *base = world_with(world, table);
    const json_t *expect = json_object_get(table, "expect");
    for (size_t i = 0; i < json_array_size(changes); i++) {
        char part[32];
        const char *name = NULL;
        json_t *words = NULL;
        json_t *change = json_array_get(changes, i);
        if (json_object_get(table, "vary"))
            forget_absent(base, change);
        (void)snprintf(part, sizeof part, "column %zu", i + 1);
        struct frame *frame = add_frame(frames, world_with(base, change), place, part);
        json_object_foreach((json_t *)(uintptr_t)expect, name, words)
        {
            if (json_is_array(words) && json_array_size(words) != json_array_size(changes))
                fail_msg("%s: %s has %zu words for %zu columns", place, name, json_array_size(words),
                         json_array_size(changes));
            add_row(frame, name, json_string_value(json_is_array(words) ? json_array_get(words, i) : words));
        }
    }
    json_decref(base);
}

static void read_file(struct frames *frames, const char *folder, const char *name)
{
    char path[320];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    const json_t *document = hold(frames, load_tree_json(path));
    (void)snprintf(path, sizeof path, "tests/policy/worlds/%s.json",
                   json_string_value(json_object_get(document, "world")));
    const json_t *world = hold(frames, load_tree_json(path));
    const json_t *tables = json_object_get(document, "tables");
    frames->files++;
    if (!tables)
        read_scenario(frames, world, document, name);
    for (size_t i = 0; i < json_array_size(tables); i++) {
        char place[128];
        const char *about = json_string_value(json_object_get(json_array_get(tables, i), "about"));
        (void)snprintf(place, sizeof place, "%.40s table %zu (%.60s)", name, i + 1, about ? about : "");
        read_table(frames, world, json_array_get(tables, i), place);
    }
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static void read_folder(struct frames *frames, const char *folder, const char *one)
{
    char path[512];
    char known[128];
    struct dirent **entries = NULL;
    (void)snprintf(known, sizeof known, "%s/%s", folder, one);
    (void)snprintf(path, sizeof path, "%s", tree_path(known));
    *strrchr(path, '/') = '\0';
    const int count = scandir(path, &entries, NULL, by_name);
    assert_true(count > 0);
    for (int i = 0; i < count; i++) {
        if (strstr(entries[i]->d_name, ".json"))
            read_file(frames, folder, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
}

void frames_load(struct frames *frames)
{
    *frames = (struct frames){.held = json_array()};
    read_folder(frames, "tests/policy/scenarios", "PSM-03.json");
    read_folder(frames, "tests/policy/tables", "a-meeting.json");
}

void frames_free(struct frames *frames)
{
    for (size_t i = 0; i < frames->count; i++) {
        clear_case(frames->items[i]->built);
        free(frames->items[i]->built);
        free(frames->items[i]);
    }
    json_decref(frames->held);
}

/* --- running --------------------------------------------------------------------------------------------------- */

void frame_run(const struct frame *frame, const struct hf_policy_pack *pack, const struct hf_calendar *calendar,
               struct hf_policy_result *result)
{
    evaluate(pack, calendar, frame->settings, frame->built, frame->now_ms, result);
}

void frame_note(struct frame *frame, const struct hf_policy_result *result)
{
    frame->raised_count = 0;
    for (size_t i = 0; i < result->alert_count; i++) {
        assert_in_range(frame->raised_count, 0, RAISED_MAX - 1);
        frame->raised[frame->raised_count].rule = result->duties[result->alerts[i].duty].rule->id;
        frame->raised[frame->raised_count++].code = result->alerts[i].code;
    }
}

static void time_word(uint64_t ms, char out[WORD_BYTES])
{
    char text[HF_TIME_TEXT_BYTES];
    hf_text_time(ms, text);
    (void)snprintf(out, WORD_BYTES, "%s", ms == 0 ? "none" : text);
}

void row_word(const struct row *row, const struct hf_policy_result *result, char out[WORD_BYTES])
{
    const struct hf_duty *duty = worst_duty(result, row->rule, row->subject[0] ? row->subject : NULL);
    const char *what = strchr(row->name, '.');
    char word[32];
    if (!duty) {
        (void)snprintf(out, WORD_BYTES, "no duty");
        return;
    }
    if (what && strcmp(what, ".owner") == 0) {
        (void)snprintf(out, WORD_BYTES, "%s", duty->owner[0] ? duty->owner : "nobody");
        return;
    }
    if (what) {
        time_word(strcmp(what, ".due") == 0 ? (duty->has_due ? duty->due_ms : 0) : duty->first_due_ms, out);
        return;
    }
    duty_word(duty, word);
    const char *alert = "";
    for (size_t i = 0; i < result->alert_count; i++)
        if (&result->duties[result->alerts[i].duty] == duty)
            alert = result->alerts[i].code;
    (void)snprintf(out, WORD_BYTES, "%s%s%s%s", word, alert[0] ? " " : "", alert,
                   duty->beyond_calendar ? " (beyond)" : "");
}

static bool rows_fit(const struct frame *frame, const struct hf_policy_result *result, const char *only, bool loud)
{
    bool fine = true;
    for (size_t i = 0; i < frame->row_count; i++) {
        const struct row *row = &frame->rows[i];
        char word[WORD_BYTES];
        if (only && strcmp(row->rule, only) != 0)
            continue;
        row_word(row, result, word);
        /* A scenario lists its alerts apart. */
        if (frame->closed && strstr(word, " AL-"))
            *strstr(word, " AL-") = '\0';
        if (strcmp(word, row->wanted) == 0)
            continue;
        if (loud)
            print_error("%s: %s is \"%s\", not \"%s\"\n", frame->place, row->name, word, row->wanted);
        fine = false;
    }
    return fine;
}

static bool others_fit(const struct frame *frame, const struct hf_policy_result *result, bool loud)
{
    bool fine = true;
    for (size_t i = 0; i < result->duty_count; i++) {
        const struct hf_duty *other = &result->duties[i];
        char word[32];
        if (!duty_is_open(other) || strcmp(other->rule->id, frame->rows[0].rule) == 0 ||
            is_named(json_object_get(frame->closed, "also_open"), other->rule->id))
            continue;
        duty_word(other, word);
        if (loud)
            print_error("%s: %s is open as well: %s\n", frame->place, other->rule->id, word);
        fine = false;
    }
    return fine;
}

static bool raises(const struct frame *frame, const struct hf_policy_result *result, const char *only, const char *code)
{
    for (size_t i = 0; i < result->alert_count; i++)
        if (strcmp(result->alerts[i].code, code) == 0)
            return true;
    for (size_t i = 0; only && i < frame->raised_count; i++)
        if (strcmp(frame->raised[i].rule, only) != 0 && strcmp(frame->raised[i].code, code) == 0)
            return true;
    return false;
}

static bool alerts_fit(const struct frame *frame, const struct hf_policy_result *result, const char *only, bool loud)
{
    const json_t *wanted = json_object_get(frame->closed, "alerts");
    bool fine = true;
    for (size_t i = 0; i < result->alert_count; i++)
        if (!is_named(wanted, result->alerts[i].code)) {
            if (loud)
                print_error("%s: alert that nobody expects: %s (%s)\n", frame->place, result->alerts[i].code,
                            result->duties[result->alerts[i].duty].rule->id);
            fine = false;
        }
    for (size_t i = 0; i < json_array_size(wanted); i++) {
        const char *code = json_string_value(json_array_get(wanted, i));
        if (raises(frame, result, only, code))
            continue;
        if (loud)
            print_error("%s: alert that is missing: %s\n", frame->place, code);
        fine = false;
    }
    return fine;
}

bool frame_fits(const struct frame *frame, const struct hf_policy_result *result, const char *only, bool loud)
{
    bool fine = rows_fit(frame, result, only, loud);
    if (frame->closed) {
        fine = others_fit(frame, result, loud) && fine;
        fine = alerts_fit(frame, result, only, loud) && fine;
    }
    return fine;
}

bool frame_names(const struct frame *frame, const char *rule)
{
    for (size_t i = 0; i < frame->row_count; i++)
        if (strcmp(frame->rows[i].rule, rule) == 0)
            return true;
    return false;
}
