#include "server/cli/witness.h"

#include "core/base/options.h"
#include "core/log/policy_file.h"
#include "server/cli/file.h"
#include "server/cli/office_run.h"
#include "server/data_folder.h"
#include "server/listener.h"
#include "server/witness_ask.h"

#include <stdio.h>
#include <string.h>

#define PATH_BYTES     HF_CLI_PATH_BYTES
#define REPLY_ARGS_MAX 10

static const char usage_text[] =
    "Usage: holdfastd witness vkey --data DIR                     the log's key, for witnesses and policies\n"
    "       holdfastd witness policy --data DIR FILE | --none      which witnesses there are (C2SP tlog-policy)\n"
    "       holdfastd witness list --data DIR [--json]\n"
    "       holdfastd witness ask --data DIR                       asks those with an address, now\n"
    "       holdfastd witness export --data DIR FILE [--name NAME] [--from SIZE]\n"
    "                                                              the question as a file, for a stick\n"
    "       holdfastd witness import --data DIR FILE               what came back on it\n";

static int fail(enum hf_status status, const struct hf_error *err)
{
    (void)fprintf(stderr, "holdfastd: %s\n", err->text[0] ? err->text : hf_status_text(status));
    return 1;
}

static int usage(const char *what)
{
    if (what)
        (void)fprintf(stderr, "holdfastd: %s\n", what);
    (void)fputs(usage_text, stderr);
    return 2;
}

/* --- commands --- */

static int show(enum hf_status status, const struct hf_error *err, struct hf_admin_result *result)
{
    int code = (int)result->exit_code;
    if (status != HF_OK)
        code = fail(status, err);
    if (status == HF_OK && result->output.len)
        (void)fwrite(result->output.data, 1, result->output.len, stdout);
    if (status == HF_OK && result->errors.len)
        (void)fwrite(result->errors.data, 1, result->errors.len, stderr);
    hf_admin_result_clear(result);
    hf_listener_end_process();
    return code;
}

/* Hands a file's text to a command of the office. */
static int give_file(const char *data, const char *command, const char *option, const char *path, size_t limit_bytes)
{
    struct hf_admin_result result = {0};
    struct hf_error err = {0};
    struct hf_buf text = {0};
    enum hf_status status = hf_cli_read_file(path, limit_bytes, &text, &err);
    const struct hf_slice args[] = {hf_slice_str("witness"), hf_slice_str(command), hf_slice_str(option),
                                    hf_buf_slice(&text)};
    if (status == HF_OK)
        status = hf_cli_office_run(data, args, 4, &result, &err);
    hf_buf_clear(&text);
    return show(status, &err, &result);
}

static int policy(const char *data, const struct hf_slice *words, size_t count)
{
    char path[PATH_BYTES];
    if (count == 1 && hf_slice_equal(words[0], hf_slice_str("--none"))) {
        const struct hf_slice args[] = {hf_slice_str("witness"), hf_slice_str("policy"), words[0]};
        struct hf_admin_result result = {0};
        struct hf_error err = {0};
        return show(hf_cli_office_run(data, args, 3, &result, &err), &err, &result);
    }
    if (count != 1 || words[0].data[0] == '-' || !hf_cli_path(words[0], path))
        return usage("policy takes one file, or --none.");
    return give_file(data, "policy", "--text", path, HF_LIMIT_ADMIN_ARG_BYTES);
}

static int import(const char *data, const struct hf_slice *words, size_t count)
{
    char path[PATH_BYTES];
    if (count != 1 || !hf_cli_path(words[0], path))
        return usage("import takes one file.");
    return give_file(data, "take", "--reply", path, HF_LIMIT_ADMIN_ARG_BYTES);
}

static int export(const char *data, const struct hf_slice *words, size_t count)
{
    struct hf_option options[] = {{.name = "--name", .has_value = true}, {.name = "--from", .has_value = true}};
    struct hf_slice word[1], args[REPLY_ARGS_MAX] = {hf_slice_str("witness"), hf_slice_str("request")};
    struct hf_admin_result result = {0};
    struct hf_error err = {0};
    char path[PATH_BYTES];
    size_t word_count = 0, args_count = 2;
    if (hf_options_parse(words, count, options, 2, word, 1, &word_count, &err) != HF_OK)
        return usage(err.text);
    if (word_count != 1 || !hf_cli_path(word[0], path))
        return usage("export takes one file.");
    for (size_t i = 0; i < 2; i++) {
        if (options[i].seen) {
            args[args_count++] = hf_slice_str(options[i].name);
            args[args_count++] = options[i].value;
        }
    }
    enum hf_status status = hf_cli_office_run(data, args, args_count, &result, &err);
    if (status == HF_OK && result.exit_code == 0) {
        const bool nothing = result.output.len == 0;
        if (!nothing)
            status = hf_cli_write_file(path, &result.output, &err);
        hf_buf_reset(&result.output);
        if (nothing)
            hf_buf_append_str(&result.output, "The witness has signed the newest checkpoint. No file was written.\n");
        else
            hf_buf_append_fmt(&result.output,
                              "%s is the question. Take it to the witness (`holdfast-audit witness sign`) and bring "
                              "the reply back (`holdfastd witness import`).\n",
                              path);
    }
    return show(status, &err, &result);
}

static enum hf_status run_on(void *ctx, const struct hf_slice *args, size_t count, struct hf_admin_result *result,
                             struct hf_error *err)
{
    return hf_cli_office_run(ctx, args, count, result, err);
}

static int ask(char *data)
{
    struct hf_witness_round round;
    struct hf_error err = {0};
    enum hf_status status = hf_witness_ask(run_on, data, &round, &err);
    int code = round.failed > 0;
    if (status != HF_OK) {
        code = fail(status, &err);
    } else {
        (void)printf("%zu of %zu witnesses signed something new.\n", round.signed_now, round.asked);
        if (round.text.len)
            (void)fwrite(round.text.data, 1, round.text.len, stderr);
    }
    hf_buf_clear(&round.text);
    hf_listener_end_process();
    return code;
}

bool hf_cli_witness(const struct hf_slice *args, size_t count, int *out_code)
{
    struct hf_slice rest[HF_CLI_ARGS_MAX];
    char data[PATH_BYTES];
    size_t left = 0;
    static const char *const words[] = {"policy", "export", "import", "ask"};
    size_t which = 0;
    while (which < 4 && (count == 0 || !hf_slice_equal(args[0], hf_slice_str(words[which]))))
        which++;
    if (which == 4 && count > 0)
        return false;
    if (count == 0 || !hf_cli_take_data(args + 1, count - 1, rest, &left, data))
        *out_code = usage(count ? "--data DIR is missing." : NULL);
    else if (which == 0)
        *out_code = policy(data, rest, left);
    else if (which == 1)
        *out_code = export(data, rest, left);
    else if (which == 2)
        *out_code = import(data, rest, left);
    else
        *out_code = left > 0 ? usage("ask takes nothing else.") : ask(data);
    return true;
}
