#include "server/cli/mirror.h"

#include "core/base/options.h"
#include "server/cli/office_run.h"
#include "server/data_folder.h"
#include "server/recover_log.h"

#include <stdio.h>
#include <string.h>

#define PATH_BYTES HF_CLI_PATH_BYTES

static int fail(enum hf_status status, const struct hf_error *err)
{
    if (status == HF_ERR_BUSY)
        (void)fputs("holdfastd: Stop the server on this folder first.\n", stderr);
    else
        (void)fprintf(stderr, "holdfastd: %s\n", err->text[0] ? err->text : hf_status_text(status));
    return 1;
}

static bool path_in(struct hf_slice word, char out[PATH_BYTES])
{
    if (word.len == 0 || word.len >= PATH_BYTES || memchr(word.data, 0, word.len))
        return false;
    memcpy(out, word.data, word.len);
    out[word.len] = '\0';
    return true;
}

int hf_cli_mirror(const struct hf_slice *args, size_t count)
{
    struct hf_option options[] = {{.name = "--data", .has_value = true}, {.name = "--none"}};
    struct hf_slice word[1];
    struct hf_error err = {0};
    char data[PATH_BYTES], mirror[PATH_BYTES];
    size_t words = 0;
    enum hf_status status = hf_options_parse(args, count, options, 2, word, 1, &words, &err);
    if (status != HF_OK || !path_in(options[0].value, data) || (words == 1) == (options[1].seen > 0) ||
        (words == 1 && (!path_in(word[0], mirror) || mirror[0] != '/'))) {
        (void)fprintf(stderr, "%s%sUsage: holdfastd mirror --data DIR /WHOLE/PATH | --none\n", err.text,
                      err.text[0] ? "\n" : "");
        return 2;
    }
    status = hf_data_folder_set_mirror(data, words ? mirror : NULL, &err);
    if (status != HF_OK)
        return fail(status, &err);
    if (words)
        (void)printf(
            "From now on every commit is written to %s first. Make a backup of server.db now: what came before "
            "it is in no mirror.\n",
            mirror);
    else
        (void)puts("Commits are written to no mirror any more.");
    return 0;
}

int hf_cli_recover_log(const struct hf_slice *args, size_t count)
{
    struct hf_option options[] = {{.name = "--data", .has_value = true}, {.name = "--from", .has_value = true}};
    struct hf_error err = {0};
    struct hf_recovered result;
    char data[PATH_BYTES], mirror[PATH_BYTES];
    size_t words = 0;
    enum hf_status status = hf_options_parse(args, count, options, 2, NULL, 0, &words, &err);
    if (status != HF_OK || !path_in(options[0].value, data) || !path_in(options[1].value, mirror)) {
        (void)fprintf(stderr, "%s%sUsage: holdfastd recover-log --data DIR --from MIRROR\n", err.text,
                      err.text[0] ? "\n" : "");
        return 2;
    }
    status = hf_recover_log(data, mirror, &result, &err);
    if (status != HF_OK)
        return fail(status, &err);
    (void)printf("The log goes on from entry %llu to entry %llu again (%llu commits).\n",
                 (unsigned long long)result.before, (unsigned long long)result.after,
                 (unsigned long long)result.commits);
    if (result.lost_records)
        (void)printf(
            "%llu states of records were left out: the keys of their cases are not in keys.db (erased, or keys.db "
            "is older than the mirror).\n",
            (unsigned long long)result.lost_records);
    return 0;
}
