/* At a terminal: prompts for the passphrase, other people's text, long text, the progress of a sync, Ctrl+C. */
#include "tests/e2e/support_replica.h"
#include "tests/e2e/support_terminal.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define CTRL_C    "\x03"
#define COLUMNS   80u
#define BAR_CELLS 20

/* Clears the screen, sets the title, comes in its one-byte form, turns the direction, hides with a carriage return. */
static const char hostile[] = "Calm\x1B[2J\x1B]0;title\x07 and \xC2\x9B"
                              "31mred\xE2\x80\xAE edoc\r\nnext\x08\x7F line";

struct scene {
    struct world world;
    struct holdfast_id case_id, record;
    char record_text[HOLDFAST_ID_TEXT_BYTES];
};

/* Nothing that a terminal obeys but what the program itself says: ends of lines, and its own line of progress. */
static void assert_harmless(const char *output)
{
    for (const char *at = output; *at; at++) {
        if (strncmp(at, "\r\033[K", 4) == 0)
            at += 3;
        else if (strncmp(at, "\r\n", 2) == 0)
            at++;
        else if ((unsigned char)*at < 0x20 || *at == 0x7F)
            fail_msg("control character %02x is shown in: %s", (unsigned)(unsigned char)*at, output);
    }
    assert_null(strstr(output, "\xC2\x9B"));
    assert_null(strstr(output, "\xE2\x80\xAE"));
}

static void start_at(struct scene *scene, struct terminal *terminal, const char *folder, const char *one,
                     const char *two, const char *word)
{
    const char *words[10] = {"holdfast", one};
    size_t count = 2;
    if (two)
        words[count++] = two;
    if (word)
        words[count++] = word;
    words[count++] = "--replica";
    words[count++] = world_path(&scene->world, folder);
    words[count++] = "--passphrase-file";
    words[count++] = world_path(&scene->world, "passphrase");
    terminal_start(terminal, COLUMNS, words);
}

static void start(struct scene *scene, struct terminal *terminal, const char *one, const char *two, const char *word)
{
    start_at(scene, terminal, "ann", one, two, word);
}

static void show(struct scene *scene, struct terminal *terminal, const char *one, const char *two, const char *word)
{
    start(scene, terminal, one, two, word);
    assert_int_equal(terminal_finish(terminal), 0);
    terminal_close(terminal);
}

static void another_persons_text__cannot_drive_the_terminal(void **state)
{
    struct scene *scene = *state;
    struct terminal terminal;
    const char *const of_record[][2] = {{"record", "show"}, {"record", "history"}, {"conflict", "show"}};
    for (size_t i = 0; i < 3; i++) {
        show(scene, &terminal, of_record[i][0], of_record[i][1], scene->record_text);
        assert_harmless(terminal.output);
        assert_non_null(strstr(terminal.output, "Calm\xE2\x90\x9B[2J"));
    }
    const char *const lists[][2] = {{"record", "list"}, {"case", "list"}, {"conflict", "list"}, {"status", NULL}};
    for (size_t i = 0; i < 4; i++) {
        show(scene, &terminal, lists[i][0], lists[i][1], NULL);
        assert_harmless(terminal.output);
    }
    /* Not only at a terminal: a pipe may end at one. */
    assert_int_equal(WORLD_RUN(&scene->world, "holdfast", "record", "show", scene->record_text, "--replica",
                               world_path(&scene->world, "ann")),
                     0);
    assert_null(strchr(scene->world.output, 0x1B));
    assert_null(strchr(scene->world.output, '\r'));
}

static void long_text__is_folded_to_the_terminal(void **state)
{
    struct scene *scene = *state;
    struct terminal terminal;
    char text[3000] = "";
    struct holdfast *hf = replica_open(world_path(&scene->world, "ann"));
    for (size_t i = 0; i < 200; i++)
        (void)snprintf(text + strlen(text), sizeof text - strlen(text), "%s", "Everybody said ");
    replica_set(hf, &scene->record, "reason", text);
    holdfast_close(hf);
    show(scene, &terminal, "record", "show", scene->record_text);
    for (char *line = strtok(terminal.output, "\r\n"); line; line = strtok(NULL, "\r\n"))
        assert_true(strlen(line) <= COLUMNS + 20); /* bytes; a few characters take three */
}

static void passphrase__is_not_shown_and_asked_twice(void **state)
{
    struct scene *scene = *state;
    struct terminal terminal;
    const char *invitation = world_invite(&scene->world, "Cay Newcomer", "worker");
    unsetenv("HOLDFAST_PASSPHRASE_FILE");
    TERMINAL_START(&terminal, COLUMNS, "holdfast", "enrol", "--weak-kdf-for-tests", "--replica",
                   world_path(&scene->world, "cay"), invitation);
    terminal_expect(&terminal, "Choose a passphrase: ");
    assert_false(terminal_echoes(&terminal));
    terminal_type(&terminal, "one thing\n");
    terminal_expect(&terminal, "Once more: ");
    terminal_type(&terminal, "another\n");
    assert_int_equal(terminal_finish(&terminal), 1);
    assert_non_null(strstr(terminal.output, "The two were not the same. Nothing was changed"));
    assert_null(strstr(terminal.output, "one thing"));
    assert_null(strstr(terminal.output, "another"));
    assert_true(terminal_echoes(&terminal));
    assert_int_not_equal(access(world_path(&scene->world, "cay"), F_OK), 0); /* nothing was made */
    terminal_close(&terminal);

    TERMINAL_START(&terminal, COLUMNS, "holdfast", "enrol", "--weak-kdf-for-tests", "--replica",
                   world_path(&scene->world, "cay"), invitation);
    terminal_expect(&terminal, "Choose a passphrase: ");
    terminal_type(&terminal, "the same\n");
    terminal_expect(&terminal, "Once more: ");
    terminal_type(&terminal, "the same\n");
    assert_int_equal(terminal_finish(&terminal), 0);
    terminal_close(&terminal);

    TERMINAL_START(&terminal, COLUMNS, "holdfast", "status", "--replica", world_path(&scene->world, "cay"));
    terminal_expect(&terminal, "Passphrase: ");
    terminal_type(&terminal, "the same\n");
    assert_int_equal(terminal_finish(&terminal), 0);
    assert_non_null(strstr(terminal.output, "Cay Newcomer"));
    terminal_close(&terminal);
}

static void ctrl_c_at_the_prompt__leaves_the_terminal_as_it_was(void **state)
{
    struct scene *scene = *state;
    struct terminal terminal;
    unsetenv("HOLDFAST_PASSPHRASE_FILE");
    TERMINAL_START(&terminal, COLUMNS, "holdfast", "status", "--replica", world_path(&scene->world, "ann"));
    terminal_expect(&terminal, "Passphrase: ");
    assert_false(terminal_echoes(&terminal));
    terminal_type(&terminal, CTRL_C);
    assert_int_equal(terminal_finish(&terminal), 128 + SIGINT);
    assert_true(terminal_echoes(&terminal));
    terminal_close(&terminal);
}

static void sync__shows_one_line_at_a_terminal_and_one_a_step_elsewhere(void **state)
{
    struct scene *scene = *state;
    struct terminal terminal;
    show(scene, &terminal, "sync", NULL, NULL);
    assert_non_null(strstr(terminal.output, "\r\033[KConnecting…"));
    assert_non_null(strstr(terminal.output, "\r\033[K[")); /* the bar */
    assert_non_null(strstr(terminal.output, "%  Syncing…"));
    /* One line: the first end of a line comes after what is left standing. */
    assert_true(strstr(terminal.output, "Checked against the signed log") < strstr(terminal.output, "\r\n"));
    assert_int_equal(WORLD_RUN(&scene->world, "holdfast", "sync", "--replica", world_path(&scene->world, "ann"),
                               "--passphrase-file", world_path(&scene->world, "passphrase")),
                     0);
    assert_null(strchr(scene->world.output, '\r'));
    assert_non_null(strstr(scene->world.output, "Connecting…\n"));
    assert_non_null(strstr(scene->world.output, "Syncing… "));
}

/* Whatever the bar has shown, it does not take back; and it is full once, at the end. */
static void assert_bar_grows(const char *output)
{
    unsigned last = 0, shown = 0, full = 0;
    for (const char *at = output; (at = strstr(at, "\r\033[K[")) != NULL;) {
        at += strlen("\r\033[K[") + BAR_CELLS;
        assert_int_equal(sscanf(at, "] %u%%", &shown), 1);
        assert_true(shown >= last && shown <= 100 && full == 0);
        full += shown == 100;
        last = shown;
    }
    assert_int_equal(full, 1);
}

/* Nothing to do, much to send, and much to read with an attachment that was not heard of when it began. */
static void the_bar__never_goes_back_and_is_full_only_at_the_end(void **state)
{
    struct scene *scene = *state;
    struct terminal terminal;
    show(scene, &terminal, "sync", NULL, NULL);
    assert_bar_grows(terminal.output);
    struct holdfast *hf = replica_open(world_path(&scene->world, "ann"));
    for (int i = 0; i < 150; i++)
        (void)replica_record(hf, &scene->case_id, "action", "text", "Plain", "status", "open");
    holdfast_close(hf);
    const char *paper = world_path(&scene->world, "paper.pdf");
    FILE *file = fopen(paper, "wb");
    assert_non_null(file);
    for (int i = 0; i < 300000; i++)
        (void)fputc("0123456789abcdef"[i * 7 % 16], file);
    assert_int_equal(fclose(file), 0);
    char case_text[HOLDFAST_ID_TEXT_BYTES];
    holdfast_id_format(&scene->case_id, case_text);
    assert_int_equal(WORLD_RUN(&scene->world, "holdfast", "attach", "add", "--replica",
                               world_path(&scene->world, "ann"), case_text, scene->record_text, paper),
                     0);
    show(scene, &terminal, "sync", NULL, NULL);
    assert_bar_grows(terminal.output);
    start_at(scene, &terminal, "ann2", "sync", NULL, NULL);
    assert_int_equal(terminal_finish(&terminal), 0);
    assert_bar_grows(terminal.output);
    assert_non_null(strstr(terminal.output, "attachments"));
    terminal_close(&terminal);
}

static void ctrl_c_in_mid_sync__leaves_no_damage(void **state)
{
    struct scene *scene = *state;
    struct terminal terminal;
    struct holdfast *hf = replica_open(world_path(&scene->world, "ann"));
    replica_set(hf, &scene->record, "status", "started");
    holdfast_close(hf);
    assert_int_equal(kill(scene->world.server, SIGSTOP), 0); /* takes connections and says nothing */
    start(scene, &terminal, "sync", NULL, NULL);
    terminal_expect(&terminal, "Connecting…");
    terminal_type(&terminal, CTRL_C);
    assert_int_equal(terminal_finish(&terminal), 128 + SIGINT);
    assert_non_null(strstr(terminal.output, "Nothing is lost"));
    terminal_close(&terminal);
    assert_int_equal(kill(scene->world.server, SIGCONT), 0);
    show(scene, &terminal, "sync", NULL, NULL);
    struct replica_view *view = replica_view(world_path(&scene->world, "ann"));
    assert_int_equal(view->counts.saved_here + view->counts.sent, 0);
    free(view);
}

/* --- the scene: Ann and Ben have said two hostile things about the same field --- */

static void enrol(struct world *world, const char *device, const char *person)
{
    const char *invitation = world_invite(world, person, "worker");
    assert_int_equal(WORLD_RUN(world, "holdfast", "enrol", "--weak-kdf-for-tests", "--replica",
                               world_path(world, device), invitation),
                     0);
}

static void sync_device(struct world *world, const char *device)
{
    if (WORLD_RUN(world, "holdfast", "sync", "--replica", world_path(world, device)) != 0)
        fail_msg("%s", world->output);
}

static int set_up(void **state)
{
    struct scene *scene = calloc(1, sizeof *scene);
    assert_non_null(scene);
    *state = scene;
    struct world *world = &scene->world;
    world_begin(world, 0);
    world_serve(world);
    enrol(world, "ann", "Ann Sample");
    enrol(world, "ann2", "Ann Sample");
    struct holdfast *hf = replica_open(world_path(world, "ann"));
    assert_int_equal(holdfast_case_new(hf, "CH-1 \x1B[31m", &scene->case_id), HOLDFAST_OK);
    scene->record = replica_record(hf, &scene->case_id, "action", "text", "Plain", "status", "open");
    holdfast_id_format(&scene->record, scene->record_text);
    holdfast_close(hf);
    sync_device(world, "ann");
    sync_device(world, "ann2");
    static const char *const devices[] = {"ann", "ann2"};
    for (size_t i = 0; i < 2; i++) {
        hf = replica_open(world_path(world, devices[i]));
        replica_set(hf, &scene->record, "owner_name", i ? hostile : "Calm\x1B[2J");
        replica_set(hf, &scene->record, "provider", hostile);
        holdfast_close(hf);
        sync_device(world, devices[i]);
    }
    sync_device(world, "ann");
    return 0;
}

static int put_passphrase_back(void **state)
{
    struct scene *scene = *state;
    return setenv("HOLDFAST_PASSPHRASE_FILE", world_path(&scene->world, "passphrase"), 1);
}

static int tear_down(void **state)
{
    struct scene *scene = *state;
    world_end(&scene->world);
    free(scene);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup(name, put_passphrase_back)

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(another_persons_text__cannot_drive_the_terminal),
                                       TEST(long_text__is_folded_to_the_terminal),
                                       TEST(passphrase__is_not_shown_and_asked_twice),
                                       TEST(ctrl_c_at_the_prompt__leaves_the_terminal_as_it_was),
                                       TEST(sync__shows_one_line_at_a_terminal_and_one_a_step_elsewhere),
                                       TEST(the_bar__never_goes_back_and_is_full_only_at_the_end),
                                       TEST(ctrl_c_in_mid_sync__leaves_no_damage)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
