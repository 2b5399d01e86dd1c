/* Every command: --help, --json where it prints data, and the exit codes 0 done, 1 refused or failed, 2 usage. JSON is
 * read by the strict reader of core/json, with both streams in one: so beside the data nothing at all was said. */
#include "core/json/json.h"
#include "tests/e2e/support_world.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define WORDS_MAX 24

static const char *const commands[] = {"enrol",
                                       "case new",
                                       "case list",
                                       "case show",
                                       "record new",
                                       "record set",
                                       "record show",
                                       "record list",
                                       "record history",
                                       "record types",
                                       "conflict list",
                                       "conflict show",
                                       "conflict settle",
                                       "sync",
                                       "status",
                                       "passphrase change",
                                       "key rotate",
                                       "log proof",
                                       "log evidence",
                                       "audit export",
                                       "office",
                                       "urgent open",
                                       "urgent list",
                                       "urgent look",
                                       "attention",
                                       "bundle export",
                                       "bundle import",
                                       "held list",
                                       "held release",
                                       "held refuse",
                                       "held again",
                                       "key follow",
                                       "log before",
                                       "app",
                                       "draft list",
                                       "draft show",
                                       "draft put",
                                       "draft commit",
                                       "draft discard",
                                       "draft take",
                                       "draft share",
                                       "search",
                                       "keyring add",
                                       "keyring remove",
                                       "wipe",
                                       "duty list",
                                       "duty explain",
                                       "policy lint",
                                       "policy diff",
                                       "policy show",
                                       "policy list",
                                       "policy release",
                                       "record finalise",
                                       "record delete",
                                       "record restore",
                                       "amendment list",
                                       "amendment accept",
                                       "amendment decline",
                                       "policy ack",
                                       "setting list",
                                       "setting set",
                                       "post give",
                                       "cover",
                                       "handover",
                                       "escalate",
                                       "escalation reply",
                                       "erase",
                                       "hold",
                                       "rights",
                                       "leaver",
                                       "escalation next",
                                       "read why",
                                       "statement add",
                                       "restriction place",
                                       "restriction lift",
                                       "sar export",
                                       "attach add",
                                       "attach list",
                                       "attach get",
                                       "attach remove"};
#define COMMANDS (sizeof commands / sizeof commands[0])

/* Splits at spaces; '~' stands for a space within a word. */
static int run_line(struct world *world, const char *line)
{
    char copy[1024];
    const char *words[WORDS_MAX + 1] = {NULL};
    size_t count = 0;
    assert_true(strlen(line) < sizeof copy);
    (void)snprintf(copy, sizeof copy, "%s", line);
    for (char *word = strtok(copy, " "); word && count < WORDS_MAX; word = strtok(NULL, " ")) {
        for (char *at = word; *at; at++)
            *at = *at == '~' ? ' ' : *at;
        words[count++] = word;
    }
    return world_run(world, words);
}

static void need(struct world *world, int code, const char *line)
{
    int got = run_line(world, line);
    if (got != code)
        fail_msg("`%s` ends with %d and not with %d: %s", line, got, code, world->output);
}

/* The whole output is one JSON value, which the caller releases. */
static json_t *output_json(const struct world *world)
{
    json_t *value = NULL;
    struct hf_error err = {0};
    if (hf_json_load(hf_slice_str(world->output), &value, &err) != HF_OK)
        fail_msg("%s: %s", err.text, world->output);
    return value;
}

static void need_json(struct world *world, const char *line)
{
    char whole[1100];
    (void)snprintf(whole, sizeof whole, "%s --json", line);
    need(world, 0, whole);
    json_decref(output_json(world));
}

static void need_json_error(struct world *world, const char *line, const char *name)
{
    char whole[1100];
    const char *error = NULL, *text = NULL;
    (void)snprintf(whole, sizeof whole, "%s --json", line);
    need(world, 1, whole);
    json_t *value = output_json(world);
    assert_int_equal(hf_json_get_text(value, "error", 0, &error, NULL), HF_OK);
    assert_int_equal(hf_json_get_text(value, "text", 0, &text, NULL), HF_OK);
    assert_string_equal(error, name);
    assert_true(strlen(text) > 10);
    json_decref(value);
}

static size_t count_lines(const char *text, const char *prefix)
{
    size_t count = 0;
    for (const char *at = text; at && *at; at = strchr(at, '\n') ? strchr(at, '\n') + 1 : NULL)
        count += strncmp(at, prefix, strlen(prefix)) == 0;
    return count;
}

static void every_command_has_help(void **state)
{
    struct world *world = *state;
    char line[128], usage[128];
    need(world, 0, "holdfast --help");
    char *options = strstr(world->output, "\nOptions of every command");
    assert_non_null(options);
    *options = '\0';
    assert_int_equal(count_lines(world->output, "  "), COMMANDS); /* the table above has them all */
    for (size_t i = 0; i < COMMANDS; i++) {
        (void)snprintf(line, sizeof line, "holdfast %s --help", commands[i]);
        (void)snprintf(usage, sizeof usage, "holdfast %s", commands[i]);
        need(world, 0, line);
        assert_int_equal(strncmp(world->output, usage, strlen(usage)), 0);
        assert_non_null(strstr(world->output, "--json"));
        assert_non_null(strstr(world->output, "Exit codes: 0 done, 1 refused or failed, 2 wrong usage."));
    }
    need(world, 0, "holdfast record --help");
    assert_int_equal(count_lines(world->output, "  record "), 9);
    need(world, 0, "holdfast --version");
}

static void wrong_usage__ends_with_2(void **state)
{
    static const char *const lines[] = {"holdfast",
                                        "holdfast nosuch",
                                        "holdfast record",
                                        "holdfast record nosuch",
                                        "holdfast status more",
                                        "holdfast case new",
                                        "holdfast record set",
                                        "holdfast record show",
                                        "holdfast enrol",
                                        "holdfast status --nosuch",
                                        "holdfast status --replica",
                                        "holdfast status --json=yes",
                                        "holdfast sync --replica a --replica b"};
    struct world *world = *state;
    char line[512];
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        need(world, 2, lines[i]);
        assert_true(strlen(world->output) > 0);
    }
    (void)snprintf(line, sizeof line, "holdfast record new action a=b --replica %s", world_path(world, "ann"));
    need(world, 2, line); /* no --case */
    (void)snprintf(line, sizeof line, "holdfast audit export --replica %s", world_path(world, "ann"));
    need(world, 2, line); /* no --out */
}

/* Runs `holdfast REST` on a device's folder, with JSON; afterwards the value of a key of the object it printed, if
 * asked. */
static void on_device(struct world *world, const char *device, const char *rest, const char *key, char *out,
                      size_t size)
{
    char line[1024];
    const char *text = NULL;
    (void)snprintf(line, sizeof line, "holdfast %s --replica %s --json", rest, world_path(world, device));
    need(world, 0, line);
    json_t *value = output_json(world);
    if (key) {
        assert_int_equal(hf_json_get_text(value, key, 0, &text, NULL), HF_OK);
        (void)snprintf(out, size, "%s", text);
    }
    json_decref(value);
}

/* The code of the one clash of a record, on Ann's device. */
static void shown_clash(struct world *world, const char *record, char *out, size_t size)
{
    char line[512];
    (void)snprintf(line, sizeof line, "holdfast conflict show %s --json --replica %s", record,
                   world_path(world, "ann"));
    need(world, 0, line);
    json_t *rows = output_json(world);
    assert_int_equal(json_array_size(rows), 1);
    const char *code = json_string_value(json_object_get(json_array_get(rows, 0), "clash"));
    assert_non_null(code);
    (void)snprintf(out, size, "%s", code);
    json_decref(rows);
}

static void enrol(struct world *world, const char *device, const char *person, const char *role)
{
    const char *invitation = world_invite(world, person, role);
    if (WORLD_RUN(world, "holdfast", "enrol", "--weak-kdf-for-tests", "--json", "--replica", world_path(world, device),
                  invitation) != 0)
        fail_msg("%s could not enrol: %s", person, world->output);
    json_decref(output_json(world));
}

static void every_command_prints_json(void **state)
{
    struct world *world = *state;
    char case_id[64], record[64], line[512];
    on_device(world, "ann", "case new CH-1", "case", case_id, sizeof case_id);
    (void)snprintf(line, sizeof line,
                   "record new action --case %s text=\xC2\x9B[31mRed\x1B[0m~\xE2\x80\xAE due=2026-12-01", case_id);
    on_device(world, "ann", line, "record", record, sizeof record);
    assert_null(strstr(world->output, "\x1B"));
    on_device(world, "ann", "sync", NULL, NULL, 0);
    (void)snprintf(line, sizeof line, "record set %s due=2026-12-02", record);
    on_device(world, "ann2", "sync", NULL, NULL, 0);
    on_device(world, "ann2", line, "change", NULL, 0);
    (void)snprintf(line, sizeof line, "record set %s due=2026-12-03 --reason Later~is~better", record);
    on_device(world, "ann", line, "change", NULL, 0);
    on_device(world, "ann2", "sync", NULL, NULL, 0);
    on_device(world, "ann", "sync", NULL, NULL, 0);

    static const char *const plain[] = {"case list",           "record list", "record types",
                                        "record types action", "draft list",  "search school",
                                        "conflict list",       "status",      "sync"};
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
        on_device(world, "ann", plain[i], NULL, NULL, 0);
    static const char *const of_record[] = {"record show", "record history", "conflict show"};
    for (size_t i = 0; i < sizeof of_record / sizeof of_record[0]; i++) {
        (void)snprintf(line, sizeof line, "%s %s", of_record[i], record);
        on_device(world, "ann", line, NULL, NULL, 0);
        assert_null(strstr(world->output, "\x1B"));     /* JSON escapes those … */
        assert_null(strstr(world->output, "\xC2\x9B")); /* … and we these */
    }
    (void)snprintf(line, sizeof line, "case show %s", case_id);
    on_device(world, "ann", line, NULL, NULL, 0);
    char clash[16];
    shown_clash(world, record, clash, sizeof clash);
    (void)snprintf(line, sizeof line, "conflict settle %s due --clash %s --pick 1 --reason Agreed", record, clash);
    on_device(world, "ann", line, "change", line, sizeof line);
    (void)snprintf(line, sizeof line, "passphrase change --new-passphrase-file %s", world_path(world, "passphrase"));
    on_device(world, "ann", line, NULL, NULL, 0);
    (void)snprintf(line, sizeof line, "audit export --out %s", world_path(world, "bundle"));
    on_device(world, "ivo", line, "bundle", line, sizeof line);
    (void)snprintf(line, sizeof line, "holdfast-audit verify %s --authority-key %s", world_path(world, "bundle"),
                   world_path(world, "office/authority.pub"));
    need_json(world, line);
    static const char *const server[] = {
        "invite --person Zoe --role worker", "enrol list", "device list", "case list", "person list", "status"};
    for (size_t i = 0; i < sizeof server / sizeof server[0]; i++) {
        (void)snprintf(line, sizeof line, "holdfastd %s --data %s", server[i], world_path(world, "office"));
        need_json(world, line);
    }
}

static void errors_are_json_too(void **state)
{
    struct world *world = *state;
    char line[512];
    const char *ann = world_path(world, "ann");
    (void)snprintf(line, sizeof line, "holdfast record show --replica %s 01a2f0c4-7d1e-7abc-8def-0123456789ab", ann);
    need_json_error(world, line, "not_found");
    (void)snprintf(line, sizeof line, "holdfast record show --replica %s 17", ann);
    need_json_error(world, line, "refused");
    (void)snprintf(line, sizeof line, "holdfast status --replica %s", world_path(world, "nobody"));
    need_json_error(world, line, "refused");
    (void)snprintf(line, sizeof line, "holdfast status --replica %s --passphrase-file %s", ann,
                   world_path(world, "office/authority.pub"));
    need_json_error(world, line, "auth");
    (void)snprintf(line, sizeof line, "holdfast audit export --replica %s --out %s", ann, world_path(world, "no"));
    need_json_error(world, line, "denied");
    assert_int_equal(world_stop(world, SIGTERM), 0);
    (void)snprintf(line, sizeof line, "holdfast sync --replica %s", ann);
    need_json_error(world, line, "network");
    world_serve(world);
}

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    *state = world;
    world_begin(world, 0);
    world_serve(world);
    enrol(world, "ann", "Ann Sample", "worker");
    enrol(world, "ann2", "Ann Sample", "worker");
    enrol(world, "ivo", "Ivo Checker", "auditor");
    return 0;
}

static int tear_down(void **state)
{
    world_end(*state);
    free(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_command_has_help), cmocka_unit_test(wrong_usage__ends_with_2),
        cmocka_unit_test(every_command_prints_json), cmocka_unit_test(errors_are_json_too)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
