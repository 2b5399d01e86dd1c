/* holdfast policy show: a pack for people to read. */
#include "client/cli/policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_COLUMNS 28
#define HELP_INDENT  4

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static void print_value(const json_t *value)
{
    struct hf_buf text = {0};
    if (json_is_string(value)) {
        cli_put(stdout, json_string_value(value));
        return;
    }
    if (!value || json_is_null(value)) {
        (void)fputs("not set by this procedure", stdout);
        return;
    }
    if (hf_json_dump(value, HF_JSON_COMPACT, &text) == HF_OK) {
        hf_buf_append_u8(&text, '\0');
        if (hf_buf_status(&text) == HF_OK)
            cli_put(stdout, (const char *)text.data);
    }
    hf_buf_clear(&text);
}

static void print_head(const json_t *document)
{
    static const char *const keys[] = {"policy",     "version",  "authority", "effective_from", "effective_until",
                                       "supersedes", "calendar", "names",     "aliases",        "legal_basis"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        (void)printf("%-16s ", keys[i]);
        print_value(json_object_get(document, keys[i]));
        (void)putchar('\n');
    }
}

static void print_settings(const json_t *document)
{
    const char *name = NULL;
    json_t *setting = NULL;
    (void)puts("\nSettings, with the default of the pack");
    json_object_foreach(json_object_get(document, "settings"), name, setting)
    {
        (void)fputs("  ", stdout);
        cli_put_column(name, NAME_COLUMNS, false);
        (void)fputs("  ", stdout);
        print_value(json_object_get(setting, "default"));
        if (text_of(setting, "amb")[0]) {
            (void)fputs("  ", stdout);
            cli_put(stdout, text_of(setting, "amb"));
        }
        (void)putchar('\n');
        cli_put_block(text_of(setting, "about"), HELP_INDENT);
    }
}

static void print_rule(const json_t *rule, bool whole)
{
    (void)fputs("  ", stdout);
    cli_put_column(text_of(rule, "id"), 8, false);
    (void)fputs("  ", stdout);
    cli_put_column(text_of(rule, "strength"), 10, false);
    (void)fputs("  ", stdout);
    cli_put(stdout, text_of(rule, "title"));
    if (text_of(rule, "owner")[0]) {
        (void)fputs(" (", stdout);
        cli_put(stdout, text_of(rule, "owner"));
        (void)putchar(')');
    }
    (void)putchar('\n');
    if (!whole)
        return;
    cli_put_block(text_of(rule, "help"), HELP_INDENT);
    cli_put_block(text_of(rule, "clears"), HELP_INDENT);
    struct hf_buf text = {0};
    if (hf_json_dump(rule, HF_JSON_INDENTED, &text) == HF_OK) {
        hf_buf_append_u8(&text, '\0');
        if (hf_buf_status(&text) == HF_OK)
            cli_put_block((const char *)text.data, HELP_INDENT);
    }
    hf_buf_clear(&text);
}

static enum cli_exit show_pack(struct cli *cli, const struct hf_policy_pack *pack)
{
    const json_t *document = hf_policy_pack_document(pack);
    char *only = cli_option_text(cli, "--rule");
    const json_t *rules = json_object_get(document, "rules");
    enum cli_exit code = CLI_DONE;
    if (only && !hf_policy_pack_rule_named(pack, only)) {
        code = cli_refuse("This pack has no rule %s. Without --rule it lists all of them.", only);
    } else if (cli->json && !only) {
        code = cli_print_json(json_deep_copy(document));
    } else {
        if (!only) {
            print_head(document);
            print_settings(document);
            (void)puts("\nDuties");
        }
        for (size_t i = 0; code == CLI_DONE && i < json_array_size(rules); i++) {
            json_t *rule = json_array_get(rules, i);
            const bool wanted = only && strcmp(text_of(rule, "id"), only) == 0;
            if (wanted && cli->json)
                code = cli_print_json(json_incref(rule));
            else if (!only || wanted)
                print_rule(rule, only != NULL);
        }
    }
    free(only);
    return code;
}

static void take_file(void *ctx, const void *bytes, size_t len)
{
    hf_buf_append(ctx, bytes, len);
}

static bool is_file(const char *name)
{
    const size_t len = strlen(name);
    return strchr(name, '/') || (len > 5 && strcmp(name + len - 5, ".json") == 0);
}

enum cli_exit cli_policy_show(struct cli *cli)
{
    struct hf_buf bytes = {0};
    struct hf_error err = {0};
    struct hf_policy_pack *pack = NULL;
    char *name = cli_text(cli->words[0]);
    char *version = cli_option_text(cli, "--version");
    enum cli_exit code = CLI_FAILED;
    if (is_file(name)) {
        pack = cli_policy_load(name);
    } else if (cli_open(cli) == CLI_DONE) {
        const enum holdfast_status status = holdfast_policy_file(cli->hf, name, version, take_file, &bytes);
        if (status != HOLDFAST_OK)
            (void)cli_fail_with(cli, status, "`holdfast policy list` shows those there are; a file ends in .json.");
        else if (hf_policy_pack_load(hf_buf_slice(&bytes), &pack, &err) != HF_OK)
            (void)cli_refuse("%s is no procedure but a calendar, or cannot be read here: %s", name, err.text);
    }
    if (pack)
        code = show_pack(cli, pack);
    hf_policy_pack_free(pack);
    hf_buf_clear(&bytes);
    free(version);
    free(name);
    return code;
}
