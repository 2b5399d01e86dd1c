/* Takes every part of every rule of the sample packs away, one at a time, and fails when no frame (support_frames.h)
 * and no line of docs/policy-coverage.md notices. What is taken away: each key of a rule, each arm of "and" and "or",
 * each word of a list, each condition behind a record; and the same in settings' users: roles, deadlines, named
 * selections, "applies". A pack that cannot be read any more counts as noticed.
 *
 * HF_SWEEP_ALL=1 prints every part with the frame that noticed it. */
#include "tests/policy/support_coverage.h"
#include "tests/policy/support_frames.h"
#include "tests/policy/support_tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH_BYTES 320

/* Walks over the parts of a value and takes the one away whose turn it is. */
struct walk {
    size_t turn; /* parts still to pass by */
    bool taken;
    char path[PATH_BYTES];
};

static bool its_turn(struct walk *walk)
{
    if (walk->taken || walk->turn > 0) {
        walk->turn -= walk->taken ? 0 : 1;
        return false;
    }
    walk->taken = true;
    return true;
}

static void name_part(struct walk *walk, const char *where, const char *what)
{
    (void)snprintf(walk->path, sizeof walk->path, "%s%s", where, what);
}

static void walk_value(struct walk *walk, json_t *value, const char *where);

/* Each entry from `first` on; the last one cannot go. */
static void walk_entries(struct walk *walk, json_t *list, size_t first, const char *where)
{
    for (size_t i = first; i < json_array_size(list) && json_array_size(list) > first + 1 && !walk->taken; i++)
        if (its_turn(walk)) {
            char what[64];
            const char *word = json_string_value(json_array_get(list, i));
            (void)snprintf(what, sizeof what, "[%zu] %s", i, word ? word : "");
            name_part(walk, where, what);
            assert_int_equal(json_array_remove(list, i), 0);
        }
}

static bool is_word(const json_t *list, const char *word)
{
    const char *name = json_string_value(json_array_get(list, 0));
    return name && strcmp(name, word) == 0;
}

static void walk_list(struct walk *walk, json_t *list, const char *where)
{
    const bool asks =
        is_word(list, "exists") || is_word(list, "count") || is_word(list, "first") || is_word(list, "last");
    const size_t least = is_word(list, "exists") ? 2 : 3;
    if (is_word(list, "and") || is_word(list, "or"))
        walk_entries(walk, list, 1, where);
    if (is_word(list, "in") && json_is_array(json_array_get(list, 2)))
        walk_entries(walk, json_array_get(list, 2), 0, where);
    if (is_word(list, "either") && its_turn(walk)) {
        name_part(walk, where, " either: its second");
        assert_int_equal(json_array_remove(list, 2), 0);
        assert_int_equal(json_array_insert(list, 2, json_array_get(list, 1)), 0);
    }
    if (asks && json_array_size(list) > least && its_turn(walk)) {
        name_part(walk, where, ": its condition");
        assert_int_equal(json_array_remove(list, least), 0);
    }
    for (size_t i = 1; i < json_array_size(list) && !walk->taken; i++) {
        char inner[PATH_BYTES];
        (void)snprintf(inner, sizeof inner, "%.280s[%zu]", where, i);
        if (!(is_word(list, "in") && i == 2))
            walk_value(walk, json_array_get(list, i), inner);
    }
}

/* Keys for people only. "id", "kind" and "title" are what makes a rule. */
static bool is_prose(const char *key)
{
    static const char *const prose[] = {"id",    "kind",   "title",       "help", "clears",
                                        "about", "source", "unit_source", "req",  "strength"};
    for (size_t i = 0; i < sizeof prose / sizeof prose[0]; i++)
        if (strcmp(prose[i], key) == 0)
            return true;
    return false;
}

static void walk_object(struct walk *walk, json_t *object, const char *where)
{
    const char *key = NULL;
    json_t *value = NULL;
    json_object_foreach(object, key, value)
    {
        char inner[PATH_BYTES];
        (void)snprintf(inner, sizeof inner, "%.200s%s%.80s", where, where[0] ? "." : "", key);
        if (is_prose(key))
            continue;
        if (its_turn(walk)) {
            name_part(walk, inner, "");
            assert_int_equal(json_object_del(object, key), 0);
            return;
        }
        if (strcmp(key, "normal") == 0 || strcmp(key, "to") == 0)
            walk_entries(walk, json_is_array(value) && !is_word(value, "first") ? value : NULL, 0, inner);
        walk_value(walk, value, inner);
        if (walk->taken)
            return;
    }
}

static void walk_value(struct walk *walk, json_t *value, const char *where)
{
    if (walk->taken)
        return;
    if (json_is_object(value))
        walk_object(walk, value, where);
    else if (json_is_array(value) && json_is_string(json_array_get(value, 0)))
        walk_list(walk, value, where);
    else if (json_is_array(value))
        for (size_t i = 0; i < json_array_size(value) && !walk->taken; i++) {
            char inner[PATH_BYTES];
            (void)snprintf(inner, sizeof inner, "%.280s[%zu]", where, i);
            if (its_turn(walk)) {
                name_part(walk, inner, "");
                assert_int_equal(json_array_remove(value, i), 0);
                return;
            }
            walk_value(walk, json_array_get(value, i), inner);
        }
}

/* --- noticing -------------------------------------------------------------------------------------------------- */

struct sweep {
    struct frames frames;
    struct hf_calendar *calendar;
    struct hf_policy_result result;
    const char *pack; /* its name */
    const json_t *document;
    size_t parts;
    size_t unnoticed;
    bool all;
};

static struct hf_policy_pack *load_document(const json_t *document)
{
    struct hf_buf bytes = {0};
    struct hf_policy_pack *pack = NULL;
    assert_ok(hf_json_dump(document, HF_JSON_COMPACT, &bytes));
    const enum hf_status status = hf_policy_pack_load(hf_buf_slice(&bytes), &pack, NULL);
    hf_buf_clear(&bytes);
    return status == HF_OK ? pack : NULL;
}

static bool frame_notices(struct sweep *sweep, const struct frame *frame, const struct hf_policy_pack *pack,
                          const char *only)
{
    struct hf_error err = {0};
    struct hf_policy_settings *settings = NULL;
    if (strcmp(frame->pack, sweep->pack) != 0)
        return false;
    if (hf_policy_settings_new(pack, frame->settings, &settings, &err) != HF_OK)
        return true; /* a setting that frames name is gone */
    hf_policy_settings_free(settings);
    frame_run(frame, pack, sweep->calendar, &sweep->result);
    return !frame_fits(frame, &sweep->result, only, false);
}

/* The frame that notices, or NULL. Those that name the rule come first: most need one. */
static const struct frame *noticed_by(struct sweep *sweep, const struct hf_policy_pack *pack, const char *only)
{
    for (int round = 0; round < 2; round++)
        for (size_t i = 0; i < sweep->frames.count; i++) {
            const struct frame *frame = sweep->frames.items[i];
            const bool names = only && frame_names(frame, only);
            if (names == (round == 0) && frame_notices(sweep, frame, pack, only))
                return frame;
        }
    return NULL;
}

static void judge(struct sweep *sweep, const json_t *document, const char *only, const char *rule, const char *path,
                  bool in_table)
{
    const char *by = "docs/policy-coverage.md";
    sweep->parts++;
    if (!in_table) {
        struct hf_policy_pack *pack = load_document(document);
        const struct frame *frame = pack ? noticed_by(sweep, pack, only) : NULL;
        by = pack ? (frame ? frame->place : NULL) : "reading the pack";
        hf_policy_pack_free(pack);
    }
    if (!by) {
        print_error("nobody notices that %s: %s is gone\n", rule, path);
        sweep->unnoticed++;
    } else if (sweep->all) {
        print_message("%s: %s | %s\n", rule, path, by);
    }
}

/* A pack with this rule alone is enough: rules do not see each other. */
static void sweep_rule(struct sweep *sweep, const json_t *rule)
{
    const char *id = json_string_value(json_object_get(rule, "id"));
    struct hf_buf line = {0};
    coverage_rule(rule, &line);
    for (size_t turn = 0;; turn++) {
        struct walk walk = {.turn = turn};
        struct hf_buf now = {0};
        json_t *copy = json_deep_copy(rule);
        walk_object(&walk, copy, "");
        if (walk.taken) {
            json_t *document = json_copy((json_t *)(uintptr_t)sweep->document);
            assert_int_equal(json_object_set_new(document, "rules", json_pack("[O]", copy)), 0);
            coverage_rule(copy, &now);
            judge(sweep, document, id, id, walk.path, !hf_slice_equal(hf_buf_slice(&line), hf_buf_slice(&now)));
            json_decref(document);
        }
        hf_buf_clear(&now);
        json_decref(copy);
        if (!walk.taken)
            break;
    }
    hf_buf_clear(&line);
}

static void sweep_section(struct sweep *sweep, const char *section)
{
    for (size_t turn = 0;; turn++) {
        struct walk walk = {.turn = turn};
        json_t *copy = json_deep_copy(json_object_get(sweep->document, section));
        json_t *document = json_copy((json_t *)(uintptr_t)sweep->document);
        walk_object(&walk, copy, "");
        assert_int_equal(json_object_set_new(document, section, copy), 0);
        if (walk.taken)
            judge(sweep, document, NULL, section, walk.path, false);
        json_decref(document);
        if (!walk.taken)
            break;
    }
}

static void note_all(struct sweep *sweep, const struct hf_policy_pack *pack)
{
    for (size_t i = 0; i < sweep->frames.count; i++)
        if (strcmp(sweep->frames.items[i]->pack, sweep->pack) == 0) {
            frame_run(sweep->frames.items[i], pack, sweep->calendar, &sweep->result);
            frame_note(sweep->frames.items[i], &sweep->result);
        }
}

static void sweep_pack(struct sweep *sweep, const char *name)
{
    static const char *const sections[] = {"deadlines", "roles", "context", "applies", "gates"};
    size_t index = 0;
    json_t *rule = NULL;
    struct hf_policy_pack *pack = load_pack(name);
    sweep->pack = name;
    sweep->document = hf_policy_pack_document(pack);
    note_all(sweep, pack);
    json_array_foreach(json_object_get(sweep->document, "rules"), index, rule) sweep_rule(sweep, rule);
    for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++)
        sweep_section(sweep, sections[i]);
    hf_policy_pack_free(pack);
}

static void sweep__every_part_of_every_rule_is_noticed_when_it_goes(void **state)
{
    (void)state;
    static struct sweep sweep;
    sweep = (struct sweep){.calendar = load_calendar(), .all = getenv("HF_SWEEP_ALL") != NULL};
    frames_load(&sweep.frames);
    sweep_pack(&sweep, "procedure-a-psm");
    sweep_pack(&sweep, "procedure-b-fsm");
    print_message("%zu parts taken away, %zu that nobody notices\n", sweep.parts, sweep.unnoticed);
    assert_true(sweep.parts > 1000);
    hf_policy_result_clear(&sweep.result);
    frames_free(&sweep.frames);
    hf_calendar_free(sweep.calendar);
    assert_int_equal(sweep.unnoticed, 0);
}

/* --- settings --------------------------------------------------------------------------------------------------- */

/* The values a setting may have; of numbers the ends, one in the middle, and null where it is allowed. */
static json_t *values_of(const json_t *setting)
{
    const json_t *choices = json_object_get(setting, "choices");
    if (choices)
        return json_deep_copy(choices);
    const json_int_t from = json_integer_value(json_object_get(setting, "from"));
    const json_int_t to = json_integer_value(json_object_get(setting, "to"));
    json_t *values = json_pack("[I,I,I]", from, from + (to - from) / 2, to);
    if (json_is_true(json_object_get(setting, "null")))
        assert_int_equal(json_array_append_new(values, json_null()), 0);
    assert_non_null(values);
    return values;
}

/* Settings that no duty hangs on, and the test that holds every value of each: its file, and its name in there. */
static const struct {
    const char *setting, *file, *test;
} held_elsewhere[] = {
    {"draft_sharing", "tests/app/test_sharing.c",
     "a_draft_of_a_meeting__is_shown_to_others_as_far_as_the_office_decided"},
};

/* The test is there, and names the setting and the value. */
static bool is_held_elsewhere(const char *name, const json_t *value)
{
    bool held = false;
    for (size_t i = 0; i < sizeof held_elsewhere / sizeof held_elsewhere[0]; i++) {
        if (strcmp(held_elsewhere[i].setting, name) != 0)
            continue;
        assert_true(json_is_string(value));
        struct hf_buf text = read_tree_file(held_elsewhere[i].file);
        hf_buf_append(&text, "", 1);
        assert_ok(hf_buf_status(&text));
        const char *words = (const char *)text.data;
        char run[160], quoted[64];
        (void)snprintf(run, sizeof run, "TEST(%s)", held_elsewhere[i].test);
        (void)snprintf(quoted, sizeof quoted, "\"%s\"", json_string_value(value));
        held = strstr(words, run) && strstr(words, name) && strstr(words, quoted);
        hf_buf_clear(&text);
    }
    return held;
}

/* Some frame is no longer as it should be when this setting has this value. */
static bool value_matters(struct sweep *sweep, const struct hf_policy_pack *pack, const char *name, json_t *value)
{
    bool matters = false;
    for (size_t i = 0; i < sweep->frames.count && !matters; i++) {
        struct frame frame = *sweep->frames.items[i];
        if (strcmp(frame.pack, sweep->pack) != 0)
            continue;
        json_t *settings = frame.settings ? json_deep_copy(frame.settings) : json_object();
        assert_int_equal(json_object_set(settings, name, value), 0);
        frame.settings = settings;
        frame_run(&frame, pack, sweep->calendar, &sweep->result);
        matters = !frame_fits(&frame, &sweep->result, NULL, false);
        json_decref(settings);
    }
    return matters;
}

static size_t sweep_settings(struct sweep *sweep, const char *pack_name)
{
    const char *name = NULL;
    json_t *setting = NULL;
    size_t idle = 0;
    struct hf_policy_pack *pack = load_pack(pack_name);
    sweep->pack = pack_name;
    json_object_foreach(json_object_get(hf_policy_pack_document(pack), "settings"), name, setting)
    {
        json_t *values = values_of(setting);
        assert_true(json_array_size(values) > 1);
        for (size_t i = 0; i < json_array_size(values); i++)
            if (!is_held_elsewhere(name, json_array_get(values, i)) &&
                !value_matters(sweep, pack, name, json_array_get(values, i))) {
                print_error("%s: value %zu of the setting \"%s\" changes nothing\n", pack_name, i + 1, name);
                idle++;
            }
        json_decref(values);
    }
    hf_policy_pack_free(pack);
    return idle;
}

static void sweep__every_value_of_every_setting_changes_an_answer_or_is_held_elsewhere(void **state)
{
    (void)state;
    static struct sweep sweep;
    sweep = (struct sweep){.calendar = load_calendar()};
    frames_load(&sweep.frames);
    const size_t idle = sweep_settings(&sweep, "procedure-a-psm") + sweep_settings(&sweep, "procedure-b-fsm");
    hf_policy_result_clear(&sweep.result);
    frames_free(&sweep.frames);
    hf_calendar_free(sweep.calendar);
    assert_int_equal(idle, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sweep__every_part_of_every_rule_is_noticed_when_it_goes),
        cmocka_unit_test(sweep__every_value_of_every_setting_changes_an_answer_or_is_held_elsewhere),
    };
    return cmocka_run_group_tests(tests, support_start, NULL);
}
