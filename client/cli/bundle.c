/* holdfast bundle: changes on a stick, to the office, from the office, and from one holder of a case to another. */
#include "client/cli/cli.h"

#include <stdlib.h>
#include <string.h>

static enum cli_exit put_json(const struct holdfast_bundle *done, const char *file)
{
    return cli_print_json(json_pack(
        "{s:s, s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:b, s:b, s:I, s:I, s:b}", "file", file, "office",
        done->office, "changes", (json_int_t)done->changes, "known", (json_int_t)done->known, "cases",
        (json_int_t)done->cases, "cases_left_out", (json_int_t)done->cases_left_out, "strangers",
        (json_int_t)done->strangers, "left_out", (json_int_t)done->left_out, "sent", (json_int_t)done->sent, "received",
        (json_int_t)done->received, "receipts_follow", done->receipts_follow, "hand_in", done->hand_in, "attachments",
        (json_int_t)done->attachments, "drafts", (json_int_t)done->drafts, "follows", done->follows));
}

static const char *s_of(uint64_t count)
{
    return count == 1 ? "" : "s";
}

static void put_lanes(const struct holdfast_bundle *made)
{
    if (made->attachments || made->drafts)
        (void)printf("With them: %llu attachment%s and %llu draft%s.\n", (unsigned long long)made->attachments,
                     s_of(made->attachments), (unsigned long long)made->drafts, s_of(made->drafts));
    if (made->follows)
        (void)printf("Not all of the attachments fits into one file: export again when this one's answer is here.\n");
}

enum cli_exit cli_bundle_export(struct cli *cli)
{
    struct holdfast_bundle made;
    struct holdfast_id case_id;
    const struct hf_option *one = cli_option(cli, "--case");
    const bool holders = cli_option(cli, "--for-holders") != NULL;
    if (!cli_option(cli, "--out") || (!holders && (one || cli_option(cli, "--all"))))
        return cli_usage(cli);
    if (one && !cli_id(one->value, "case", &case_id))
        return CLI_FAILED;
    char *path = cli_option_text(cli, "--out");
    enum holdfast_status status = holders ? holdfast_bundle_export_cases(cli->hf, path, one ? &case_id : NULL,
                                                                         cli_option(cli, "--all") != NULL, &made)
                                          : holdfast_bundle_export(cli->hf, path, &made);
    enum cli_exit code = CLI_DONE;
    if (status != HOLDFAST_OK) {
        code = cli_fail(cli, status);
    } else if (cli->json) {
        code = put_json(&made, path);
    } else if (holders) {
        (void)printf("%llu change%s of %llu case%s for whoever holds %s. There: holdfast bundle import FILE\n",
                     (unsigned long long)made.changes, s_of(made.changes), (unsigned long long)made.cases,
                     s_of(made.cases), made.cases == 1 ? "it" : "them");
    } else {
        (void)printf("%llu unsent change%s for the office. There: holdfastd bundle import FILE --answer NEW-FILE\n"
                     "They stay here as saved until the office's answer is taken in.\n",
                     (unsigned long long)made.changes, s_of(made.changes));
    }
    if (code == CLI_DONE && !cli->json)
        put_lanes(&made);
    free(path);
    return code;
}

static void put_office(const struct holdfast_bundle *done)
{
    (void)printf("%llu sent, %llu received by the office, %llu fetched.\n", (unsigned long long)done->sent,
                 (unsigned long long)done->received, (unsigned long long)done->changes);
    if (done->attachments)
        (void)printf("%llu attachment%s came with it.\n", (unsigned long long)done->attachments,
                     s_of(done->attachments));
    if (done->hand_in)
        (void)printf("This device was revoked: the office holds what it has handed in, and it reads nothing more.\n");
    if (done->receipts_follow)
        (void)printf("This device has heard from the office since it asked: receipts come with the next exchange.\n");
}

static void put_cases(const struct holdfast_bundle *done)
{
    (void)printf("%llu new change%s of %llu case%s, %llu here before. The office has yet to log the new ones.\n",
                 (unsigned long long)done->changes, s_of(done->changes), (unsigned long long)done->cases,
                 s_of(done->cases), (unsigned long long)done->known);
    if (done->attachments)
        (void)printf("%llu attachment%s came with it.\n", (unsigned long long)done->attachments,
                     s_of(done->attachments));
    if (done->strangers)
        (void)printf("%llu left out: this device has not heard of who signed them. Sync with the office, then take the "
                     "file in again.\n",
                     (unsigned long long)done->strangers);
    if (done->left_out)
        (void)printf("%llu left out: only the office may pass them on.\n", (unsigned long long)done->left_out);
    if (done->cases_left_out)
        (void)printf(
            "%llu case%s left out: you do not hold it, or the file uses a newer key of it than this device has. "
            "If you hold it, sync with the office and take the file in again.\n",
            (unsigned long long)done->cases_left_out, s_of(done->cases_left_out));
}

enum cli_exit cli_bundle_import(struct cli *cli)
{
    struct holdfast_bundle done;
    char *path = cli_text(cli->words[0]);
    enum holdfast_status status = holdfast_bundle_import(cli->hf, path, &done);
    enum cli_exit code = CLI_DONE;
    if (status != HOLDFAST_OK)
        code = cli_fail(cli, status);
    else if (cli->json)
        code = put_json(&done, path);
    else if (done.office)
        put_office(&done);
    else
        put_cases(&done);
    free(path);
    return code;
}
