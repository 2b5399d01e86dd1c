#include "server/cli/guard.h"

#include "core/base/options.h"
#include "core/log/note.h"
#include "server/cli/file.h"
#include "server/guard_new.h"

#include <stdio.h>

static const char usage_text[] = "Usage: holdfastd guard new --data DIR --checkpoint FILE --because TEXT\n"
                                 "       holdfastd guard new --data DIR --none-newer --because TEXT\n"
                                 "The machine is lost, and with it guard.db. FILE is the newest checkpoint that "
                                 "anybody has: from the folder on the\n"
                                 "web, a witness, an auditor's bundle. --none-newer says that nobody has one newer "
                                 "than the backup of server.db. Put\n"
                                 "the newest backups in place first; the reason stands in the log for everybody who "
                                 "audits it, so name nobody in it.\n"
                                 "docs/keys.md, “When the whole machine is lost”.\n";

static int usage(void)
{
    (void)fputs(usage_text, stderr);
    return 2;
}

static void say(const struct hf_guard_made *made)
{
    (void)printf("A signing guard was made, from the checkpoint for %llu entries.\n", (unsigned long long)made->size);
    if (made->entries < made->size)
        (void)printf("The log here has %llu entries, so nothing will be signed yet. Next: `holdfastd recover-log` from "
                     "the mirror, or, when what is missing cannot be had, a new shard (docs/keys.md).\n",
                     (unsigned long long)made->entries);
    else
        (void)printf(
            "The log here has %llu entries: nothing that this checkpoint promised is missing. Next: `holdfastd "
            "serve`, then a backup.\n",
            (unsigned long long)made->entries);
    (void)printf("The log will say that its guard was made anew, when, and why. Tell your auditors and witnesses.\n");
}

static int make(const struct hf_slice *args, size_t count)
{
    struct hf_option options[] = {{.name = "--data", .has_value = true},
                                  {.name = "--checkpoint", .has_value = true},
                                  {.name = "--none-newer"},
                                  {.name = "--because", .has_value = true}};
    struct hf_error err = {0};
    struct hf_buf note = {0};
    struct hf_guard_made made = {.size = 0};
    char data[HF_CLI_PATH_BYTES], checkpoint[HF_CLI_PATH_BYTES];
    size_t words = 0;
    if (hf_options_parse(args, count, options, 4, NULL, 0, &words, &err) != HF_OK ||
        !hf_cli_path(options[0].value, data) || !options[3].seen || !options[1].seen == !options[2].seen ||
        (options[1].seen && !hf_cli_path(options[1].value, checkpoint)))
        return usage();
    enum hf_status status = options[1].seen ? hf_cli_read_file(checkpoint, HF_NOTE_BYTES_MAX, &note, &err) : HF_OK;
    if (status == HF_OK && options[1].seen && note.len == 0)
        status = hf_error_set(&err, HF_ERR_INVALID, "%s is empty: it is no checkpoint.", checkpoint);
    const struct hf_guard_new_wish wish = {.note = hf_buf_slice(&note), .reason = options[3].value};
    if (status == HF_OK)
        status = hf_guard_new(data, &wish, &made, &err);
    hf_buf_clear(&note);
    if (status != HF_OK) {
        (void)fprintf(stderr, "holdfastd: %s\n", err.text[0] ? err.text : hf_status_text(status));
        return 1;
    }
    say(&made);
    return 0;
}

int hf_cli_guard(const struct hf_slice *args, size_t count)
{
    if (count > 0 && hf_slice_equal(args[0], hf_slice_str("new")))
        return make(args + 1, count - 1);
    return usage();
}
