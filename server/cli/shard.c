#include "server/cli/shard.h"

#include "core/base/options.h"
#include "protocol/keys_text.h"
#include "server/cli/file.h"
#include "server/new_shard.h"

#include <stdio.h>

#define CHECKPOINT_BYTES_MAX 131072

static const char usage_text[] =
    "Usage: holdfastd shard request --data DIR --name NEW-NAME --because TEXT [--checkpoint FILE] FILE\n"
    "                                                     the end of the log is lost: asks the authority for a new "
    "one\n"
    "       holdfastd key sign REQUEST --authority-key FILE --out CERTIFICATE\n"
    "                                                     where the authority's key is\n"
    "       holdfastd shard take --data DIR CERTIFICATE   the log goes on under its new name\n"
    "The server is stopped for both. docs/keys.md says when; look for a newer backup and for the mirror first.\n";

static int fail(enum hf_status status, const struct hf_error *err)
{
    (void)fprintf(stderr, "holdfastd: %s\n", err->text[0] ? err->text : hf_status_text(status));
    return 1;
}

static int usage(void)
{
    (void)fputs(usage_text, stderr);
    return 2;
}

static int request(const struct hf_slice *args, size_t count)
{
    struct hf_option options[] = {{.name = "--data", .has_value = true},
                                  {.name = "--name", .has_value = true},
                                  {.name = "--because", .has_value = true},
                                  {.name = "--checkpoint", .has_value = true}};
    struct hf_slice word[1];
    struct hf_error err = {0};
    struct hf_buf note = {0}, text = {0};
    char data[HF_CLI_PATH_BYTES], path[HF_CLI_PATH_BYTES], checkpoint[HF_CLI_PATH_BYTES];
    size_t words = 0;
    if (hf_options_parse(args, count, options, 4, word, 1, &words, &err) != HF_OK || words != 1 ||
        !hf_cli_path(options[0].value, data) || !hf_cli_path(word[0], path) || !options[1].seen || !options[2].seen ||
        (options[3].seen && !hf_cli_path(options[3].value, checkpoint)))
        return usage();
    enum hf_status status = options[3].seen ? hf_cli_read_file(checkpoint, CHECKPOINT_BYTES_MAX, &note, &err) : HF_OK;
    const struct hf_new_shard_wish wish = {
        .name = options[1].value, .reason = options[2].value, .note = hf_buf_slice(&note)};
    if (status == HF_OK)
        status = hf_new_shard_request(data, &wish, &text, &err);
    if (status == HF_OK)
        status = hf_cli_write_file(path, &text, &err);
    hf_buf_clear(&note);
    hf_buf_clear(&text);
    if (status != HF_OK)
        return fail(status, &err);
    (void)printf("%s asks the authority for a new log. Take it to where its key is: `holdfastd key sign`. Until its "
                 "certificate is taken nothing is changed.\n",
                 path);
    return 0;
}

static int take(const struct hf_slice *args, size_t count)
{
    struct hf_option options[] = {{.name = "--data", .has_value = true}};
    struct hf_slice word[1];
    struct hf_error err = {0};
    struct hf_buf text = {0};
    struct hf_new_shard done = {.number = 0};
    char data[HF_CLI_PATH_BYTES], path[HF_CLI_PATH_BYTES];
    size_t words = 0;
    if (hf_options_parse(args, count, options, 1, word, 1, &words, &err) != HF_OK || words != 1 ||
        !hf_cli_path(options[0].value, data) || !hf_cli_path(word[0], path))
        return usage();
    enum hf_status status = hf_cli_read_file(path, HF_KEYS_TEXT_BYTES_MAX, &text, &err);
    if (status == HF_OK)
        status = hf_new_shard_take(data, hf_buf_slice(&text), &done, &err);
    hf_buf_clear(&text);
    if (status != HF_OK)
        return fail(status, &err);
    (void)printf(
        "The log goes on from entry %llu under its new name. %llu entries that were signed after it are not in "
        "it: devices hand on what they have of them when they next sync. What the office itself wrote since "
        "(people, cases given and taken, decisions) has to be done again, but for enrolments and revocations.\n"
        "Now: start the server, make a backup, tell auditors and witnesses, publish into a new folder.\n",
        (unsigned long long)done.size, (unsigned long long)done.lost);
    return 0;
}

int hf_cli_shard(const struct hf_slice *args, size_t count)
{
    if (count > 0 && hf_slice_equal(args[0], hf_slice_str("request")))
        return request(args + 1, count - 1);
    if (count > 0 && hf_slice_equal(args[0], hf_slice_str("take")))
        return take(args + 1, count - 1);
    return usage();
}
