/* What an authority and its managers decide: holdfast policy ack, setting, post, cover, handover; and escalation. */
#include "client/cli/cli.h"

#include <stdlib.h>
#include <string.h>

static enum cli_exit print_record(const struct holdfast_id *record)
{
    char text[HOLDFAST_ID_TEXT_BYTES];
    holdfast_id_format(record, text);
    (void)printf("%s\n", text);
    return CLI_DONE;
}

static enum cli_exit end_with_record(struct cli *cli, enum holdfast_status status, const struct holdfast_id *record)
{
    if (status != HOLDFAST_OK)
        return cli_fail(cli, status);
    return cli->json ? cli_print_json(json_pack("{s:o}", "record", cli_json_id(record))) : print_record(record);
}

/* Untouched when it was not given; false when it names nobody. */
static bool option_person(struct cli *cli, const char *name, struct holdfast_id *out)
{
    const struct hf_option *option = cli_option(cli, name);
    return !option || cli_person(cli, option->value, out);
}

/* --- policy ------------------------------------------------------------------------------------------------------- */

enum cli_exit cli_policy_ack(struct cli *cli)
{
    struct holdfast_id record = {0};
    char *name = cli_text(cli->words[0]);
    enum holdfast_status status = holdfast_policy_acknowledge(cli->hf, name, &record);
    free(name);
    return end_with_record(cli, status, &record);
}

/* --- settings, posts, cover --------------------------------------------------------------------------------------- */

static bool list_setting(void *ctx, const struct holdfast_setting_row *row)
{
    json_t *list = ctx;
    return json_array_append_new(list, json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:b,s:s,s:s,s:s,s:s}", "policy", row->policy,
                                                 "version", row->version, "name", row->name, "about", row->about, "amb",
                                                 row->amb, "value", row->value, "default", row->is_default,
                                                 "decided_by", row->decided_by_name, "decided_on", row->decided_on,
                                                 "from", row->from, "reason", row->reason)) == 0;
}

static bool print_setting(void *ctx, const struct holdfast_setting_row *row)
{
    (void)ctx;
    cli_put_column(row->policy, 14, false);
    cli_put_column(row->name, 28, false);
    cli_put_column(row->value, 22, false);
    cli_put_column(row->amb, 8, false);
    if (row->is_default) {
        (void)puts("default");
        return true;
    }
    (void)fputs("from ", stdout);
    cli_put(stdout, row->from);
    (void)fputs(", decided on ", stdout);
    cli_put(stdout, row->decided_on);
    if (row->decided_by_name[0])
        (void)fputs(" by ", stdout);
    cli_put(stdout, row->decided_by_name);
    if (row->reason[0])
        (void)fputs(": ", stdout);
    cli_put(stdout, row->reason);
    (void)putchar('\n');
    return true;
}

enum cli_exit cli_setting_list(struct cli *cli)
{
    json_t *list = cli->json ? json_array() : NULL;
    char *policy = cli_option_text(cli, "--policy");
    enum holdfast_status status = holdfast_settings(cli->hf, policy, cli->json ? list_setting : print_setting, list);
    free(policy);
    if (status == HOLDFAST_OK && cli->json)
        return cli_print_json(list);
    json_decref(list);
    return status == HOLDFAST_OK ? CLI_DONE : cli_fail(cli, status);
}

enum cli_exit cli_setting_set(struct cli *cli)
{
    struct holdfast_id record = {0};
    char *texts[] = {cli_text(cli->words[0]), cli_text(cli->words[1]), cli_text(cli->words[2]),
                     cli_option_text(cli, "--from"), cli_option_text(cli, "--reason")};
    const struct holdfast_setting_decision decision = {
        .policy = texts[0], .name = texts[1], .value = texts[2], .from = texts[3], .reason = texts[4]};
    enum holdfast_status status = holdfast_setting_decide(cli->hf, &decision, &record);
    enum cli_exit code = end_with_record(cli, status, &record);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        free(texts[i]);
    return code;
}

enum cli_exit cli_post_give(struct cli *cli)
{
    struct holdfast_id record = {0};
    char *texts[] = {cli_text(cli->words[1]), cli_option_text(cli, "--team"), cli_option_text(cli, "--from"),
                     cli_option_text(cli, "--until"), cli_option_text(cli, "--reason")};
    struct holdfast_post post = {
        .role = texts[0], .team = texts[1], .from = texts[2], .until = texts[3], .reason = texts[4]};
    enum cli_exit code = CLI_FAILED;
    if (cli_person(cli, cli->words[0], &post.person))
        code = end_with_record(cli, holdfast_post_give(cli->hf, &post, &record), &record);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        free(texts[i]);
    return code;
}

enum cli_exit cli_cover(struct cli *cli)
{
    struct holdfast_id record = {0};
    char *texts[] = {cli_option_text(cli, "--from"), cli_option_text(cli, "--until"), cli_option_text(cli, "--cause"),
                     cli_option_text(cli, "--reason")};
    struct holdfast_cover cover = {.from = texts[0], .until = texts[1], .cause = texts[2], .reason = texts[3]};
    enum cli_exit code = CLI_FAILED;
    if (cli_person(cli, cli->words[0], &cover.person) && option_person(cli, "--by", &cover.by))
        code = end_with_record(cli, holdfast_cover_set(cli->hf, &cover, &record), &record);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        free(texts[i]);
    return code;
}

enum cli_exit cli_handover(struct cli *cli)
{
    struct holdfast_id record = {0};
    char *texts[] = {cli_option_text(cli, "--role"), cli_option_text(cli, "--cause"), cli_option_text(cli, "--reason"),
                     cli_option_text(cli, "--passed-on")};
    struct holdfast_handover handover = {
        .role = texts[0], .cause = texts[1], .reason = texts[2], .passed_on = texts[3]};
    enum cli_exit code = CLI_FAILED;
    if (cli_id(cli->words[0], "CASE", &handover.case_id) && option_person(cli, "--to", &handover.to))
        code = end_with_record(cli, holdfast_handover(cli->hf, &handover, &record), &record);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        free(texts[i]);
    return code;
}

/* --- somebody leaves ---------------------------------------------------------------------------------------------- */

struct leaver_list {
    json_t *json; /* NULL: text */
    size_t count, left;
};

static bool show_leaver_row(void *ctx, const struct holdfast_leaver_row *row)
{
    struct leaver_list *list = ctx;
    list->count++;
    list->left += !row->moved;
    if (list->json)
        return json_array_append_new(list->json,
                                     json_pack("{s:s,s:s,s:s,s:o,s:s,s:b}", "what", row->what, "reference",
                                               row->reference, "role", row->role, "record", cli_json_id(&row->record),
                                               "title", row->title, "moved", row->moved)) == 0;
    cli_put_column(row->what, 8, false);
    cli_put_column(row->reference, 16, false);
    cli_put_column(row->role, 28, false);
    cli_put(stdout, row->title);
    (void)puts(row->moved ? "  moved" : "");
    return true;
}

static void end_leaver(const struct leaver_list *list, bool moves)
{
    if (list->count == 0)
        (void)puts("Nothing on this device carries this name.");
    else if (!moves)
        (void)puts("Nothing was changed. --to PERSON --reason TEXT moves all of it.");
    else if (list->left > 0)
        (void)puts("Posts are given by the office: holdfast post give.");
    if (moves)
        (void)puts("Saved here; sync sends it. Then sign their devices off: holdfast office device revoke DEVICE "
                   "--reason left.");
}

enum cli_exit cli_leaver(struct cli *cli)
{
    struct leaver_list list = {.json = cli->json ? json_array() : NULL};
    char *texts[] = {cli_option_text(cli, "--cause"), cli_option_text(cli, "--reason")};
    struct holdfast_leaver leaver = {.cause = texts[0], .reason = texts[1]};
    enum cli_exit code = CLI_FAILED;
    if (cli_person(cli, cli->words[0], &leaver.person) && option_person(cli, "--to", &leaver.to)) {
        const enum holdfast_status status = holdfast_leaver(cli->hf, &leaver, show_leaver_row, &list);
        code = status == HOLDFAST_OK ? CLI_DONE : cli_fail(cli, status);
        if (code == CLI_DONE && cli->json)
            code = cli_print_json(json_incref(list.json));
        else if (code == CLI_DONE)
            end_leaver(&list, cli_option(cli, "--to") != NULL);
    }
    json_decref(list.json);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        free(texts[i]);
    return code;
}

/* --- escalation --------------------------------------------------------------------------------------------------- */

enum cli_exit cli_escalate(struct cli *cli)
{
    struct holdfast_id record = {0};
    const struct hf_option *level = cli_option(cli, "--level");
    char *texts[] = {cli_option_text(cli, "--to-role"), cli_option_text(cli, "--reason"),
                     cli_option_text(cli, "--delay-effect")};
    struct holdfast_escalation escalation = {
        .level = 1, .to_role = texts[0], .reason = texts[1], .delay_effect = texts[2]};
    if (level)
        escalation.level = level->value.len == 1 ? level->value.data[0] - '0' : 0;
    enum cli_exit code = CLI_FAILED;
    if (cli_id(cli->words[0], "ACTION", &escalation.action) && option_person(cli, "--to", &escalation.to)) {
        code = end_with_record(cli, holdfast_escalate(cli->hf, &escalation, &record), &record);
        if (code == CLI_DONE && !cli->json)
            cli_tell_record_rights(cli, &record);
    }
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        free(texts[i]);
    return code;
}

enum cli_exit cli_escalation_reply(struct cli *cli)
{
    struct holdfast_id record = {0};
    char *text = cli_text(cli->words[1]);
    enum cli_exit code = CLI_FAILED;
    if (cli_id(cli->words[0], "ESCALATION", &record))
        code = end_with_record(cli, holdfast_escalation_reply(cli->hf, &record, text), &record);
    free(text);
    return code;
}

enum cli_exit cli_escalation_next(struct cli *cli)
{
    struct holdfast_id action;
    struct holdfast_escalation_step step;
    if (!cli_id(cli->words[0], "ACTION", &action))
        return CLI_FAILED;
    const enum holdfast_status status = holdfast_escalation_next(cli->hf, &action, &step);
    if (status != HOLDFAST_OK)
        return cli_fail(cli, status);
    if (cli->json)
        return cli_print_json(json_pack("{s:i,s:s,s:s,s:b}", "level", step.level, "role", step.role, "name", step.name,
                                        "needs_delay_effect", step.needs_delay_effect));
    if (step.level == 0) {
        (void)puts("The procedure has no further step.");
        return CLI_DONE;
    }
    (void)printf("Level %d: ", step.level);
    cli_put(stdout, step.role);
    if (step.name[0])
        (void)fputs(", ", stdout);
    cli_put(stdout, step.name);
    (void)printf(". holdfast escalate ACTION --level %d --reason TEXT%s\n", step.level,
                 step.needs_delay_effect ? " --delay-effect TEXT" : "");
    return CLI_DONE;
}
