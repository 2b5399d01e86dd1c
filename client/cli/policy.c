/* Procedures as data: checking a pack before it is released, comparing two, releasing. Reading files needs no replica.
 */
#include "client/cli/policy.h"

#include "core/policy/diff.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VALUE_COLUMNS 96

bool cli_policy_read(const char *path, struct hf_buf *out)
{
    uint8_t part[4096];
    FILE *file = fopen(path, "rbe");
    if (!file) {
        (void)cli_refuse("%s could not be read: %s.", path, strerror(errno));
        return false;
    }
    size_t got = 0;
    while (out->len <= HF_JSON_BYTES_MAX && (got = fread(part, 1, sizeof part, file)) > 0)
        hf_buf_append(out, part, got);
    const bool fine = !ferror(file) && hf_buf_status(out) == HF_OK;
    (void)fclose(file);
    if (!fine)
        (void)cli_refuse("%s could not be read.", path);
    return fine;
}

/* A file that is no JSON is told of in a sentence of its own; behind the path it goes on in small letters. */
static const char *line_word(const char *text)
{
    return strncmp(text, "Line ", strlen("Line ")) == 0 ? "line" : "";
}

struct hf_policy_pack *cli_policy_load(const char *path)
{
    struct hf_buf bytes = {0};
    struct hf_error err = {0};
    struct hf_policy_pack *pack = NULL;
    if (cli_policy_read(path, &bytes) && hf_policy_pack_load(hf_buf_slice(&bytes), &pack, &err) != HF_OK)
        (void)cli_refuse("%s, %s%s", path, line_word(err.text), err.text + strlen(line_word(err.text)));
    hf_buf_clear(&bytes);
    return pack;
}

/* --- lint --- */

struct linting {
    const char *path;
    json_t *json; /* NULL: text */
    size_t warnings;
};

static void add_finding(struct linting *linting, const char *kind, const char *text)
{
    if (linting->json) {
        (void)json_array_append_new(linting->json,
                                    json_pack("{s:s, s:s, s:s}", "file", linting->path, "kind", kind, "text", text));
        return;
    }
    cli_put(stdout, linting->path);
    (void)printf(", %s%s", strcmp(kind, "warning") == 0 ? "warning, " : "", line_word(text));
    cli_put(stdout, text + strlen(line_word(text)));
    (void)putchar('\n');
}

static void lint_problem(void *ctx, const char *text)
{
    add_finding(ctx, "problem", text);
}

static void lint_warning(void *ctx, const char *text)
{
    struct linting *linting = ctx;
    linting->warnings++;
    add_finding(linting, "warning", text);
}

enum cli_exit cli_policy_lint(struct cli *cli)
{
    struct hf_buf bytes = {0};
    char *path = cli_text(cli->words[0]);
    struct linting linting = {.path = path, .json = cli->json ? json_array() : NULL};
    enum cli_exit code = CLI_FAILED;
    if (cli_policy_read(path, &bytes)) {
        const size_t problems = hf_policy_pack_lint(hf_buf_slice(&bytes), lint_problem, lint_warning, &linting);
        code = problems == 0 ? CLI_DONE : CLI_FAILED;
        if (cli->json && cli_print_json(json_incref(linting.json)) != CLI_DONE)
            code = CLI_FAILED;
        if (!cli->json && problems == 0)
            (void)printf("This pack can be released: no problem, %zu warning%s.\n", linting.warnings,
                         linting.warnings == 1 ? "" : "s");
        if (!cli->json && problems > 0)
            (void)printf("%zu problem%s, %zu warning%s. It cannot be released like this.\n", problems,
                         problems == 1 ? "" : "s", linting.warnings, linting.warnings == 1 ? "" : "s");
    }
    json_decref(linting.json);
    hf_buf_clear(&bytes);
    free(path);
    return code;
}

/* --- diff --- */

static void print_value(const char *label, const json_t *value)
{
    struct hf_buf text = {0};
    if (!value)
        return;
    (void)printf("  %s ", label);
    if (json_is_string(value)) {
        cli_put(stdout, json_string_value(value));
    } else if (hf_json_dump(value, HF_JSON_COMPACT, &text) == HF_OK) {
        hf_buf_append_u8(&text, '\0');
        if (hf_buf_status(&text) == HF_OK && text.len > VALUE_COLUMNS)
            cli_put_column((const char *)text.data, VALUE_COLUMNS, true);
        else if (hf_buf_status(&text) == HF_OK)
            cli_put(stdout, (const char *)text.data);
    }
    (void)putchar('\n');
    hf_buf_clear(&text);
}

static json_t *or_null(const json_t *value)
{
    return value ? json_deep_copy(value) : json_null();
}

static void show_change(void *ctx, const struct hf_policy_change *change)
{
    json_t *list = ctx;
    if (list) {
        (void)json_array_append_new(list, json_pack("{s:s, s:s, s:o, s:o}", "what",
                                                    !change->before  ? "new"
                                                    : !change->after ? "gone"
                                                                     : "changed",
                                                    "path", change->path, "before", or_null(change->before), "after",
                                                    or_null(change->after)));
        return;
    }
    cli_put(stdout, change->path);
    (void)puts(!change->before ? " is new" : !change->after ? " is gone" : " changed");
    print_value("-", change->before);
    print_value("+", change->after);
}

enum cli_exit cli_policy_diff(struct cli *cli)
{
    char *paths[2] = {cli_text(cli->words[0]), cli_text(cli->words[1])};
    struct hf_policy_pack *older = cli_policy_load(paths[0]);
    struct hf_policy_pack *newer = older ? cli_policy_load(paths[1]) : NULL;
    json_t *list = cli->json ? json_array() : NULL;
    enum cli_exit code = CLI_FAILED;
    if (newer) {
        const size_t count =
            hf_policy_diff(hf_policy_pack_document(older), hf_policy_pack_document(newer), show_change, list);
        code = cli->json ? cli_print_json(json_incref(list)) : CLI_DONE;
        if (!cli->json && count == 0)
            (void)puts("The two say the same.");
    }
    json_decref(list);
    hf_policy_pack_free(older);
    hf_policy_pack_free(newer);
    free(paths[0]);
    free(paths[1]);
    return code;
}

/* --- list and release --- */

static bool show_release(void *ctx, const struct holdfast_policy_row *row)
{
    json_t *list = ctx;
    char hash[2 * sizeof row->sha256 + 1];
    cli_hex(row->sha256, sizeof row->sha256, hash);
    if (list)
        return json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:b, s:b, s:o}", "what",
                                                     row->what, "name", row->name, "sha256", hash, "version",
                                                     row->version, "effective_from", row->effective_from, "supersedes",
                                                     row->supersedes, "in_force", row->in_force, "reread_required",
                                                     row->reread_required, "acknowledged", row->acknowledged, "change",
                                                     cli_json_id(&row->change))) == 0;
    (void)printf("%-8s  ", row->what);
    cli_put_column(row->name, 24, false);
    (void)fputs("  ", stdout);
    cli_put_column(row->version, 12, false);
    (void)fputs(row->in_force ? "  in force" : "", stdout);
    if (row->effective_from[0]) {
        (void)fputs("  from ", stdout);
        cli_put(stdout, row->effective_from);
    }
    (void)puts(row->in_force && row->reread_required && !row->acknowledged ? "  to be read by you" : "");
    return true;
}

enum cli_exit cli_policy_list(struct cli *cli)
{
    json_t *list = cli->json ? json_array() : NULL;
    const enum holdfast_status status = holdfast_policies(cli->hf, show_release, list);
    if (status == HOLDFAST_OK)
        return cli->json ? cli_print_json(list) : CLI_DONE;
    json_decref(list);
    return cli_fail(cli, status);
}

enum cli_exit cli_policy_release(struct cli *cli)
{
    static const struct holdfast_id none;
    struct holdfast_id change;
    struct hf_buf bytes = {0};
    char *path = cli_text(cli->words[0]);
    enum cli_exit code = CLI_FAILED;
    if (cli_policy_read(path, &bytes)) {
        const enum holdfast_status status = holdfast_policy_release(cli->hf, bytes.data, bytes.len, &change);
        const bool again = status == HOLDFAST_OK && memcmp(&change, &none, sizeof none) == 0;
        if (status != HOLDFAST_OK) {
            char next[CLI_PATH_BYTES];
            (void)snprintf(next, sizeof next, "The file is %s.", path);
            code = cli_fail_with(cli, status, next);
        } else if (cli->json) {
            code = cli_print_json(json_pack("{s:o, s:b}", "change", again ? json_null() : cli_json_id(&change),
                                            "released_before", again));
        } else {
            (void)puts(again ? "This very file was released before."
                             : "Released. Saved here; sync sends it to everybody.");
            code = CLI_DONE;
        }
    }
    hf_buf_clear(&bytes);
    free(path);
    return code;
}
