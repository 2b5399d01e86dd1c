/* The signed log as one device sees it. */
#include "client/cli/cli.h"

#include "core/base/bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

json_t *cli_log_head_json(struct cli *cli)
{
    struct holdfast_log_head head;
    char root[2 * sizeof head.root + 1];
    if (holdfast_get_log_head(cli->hf, &head) != HOLDFAST_OK)
        return NULL;
    if (head.size == 0)
        return json_null();
    cli_hex(head.root, sizeof head.root, root);
    return json_pack("{s:s, s:I, s:s, s:o}", "origin", head.origin, "size", (json_int_t)head.size, "root", root,
                     "checked", cli_json_time(head.checked_ms));
}

static void take(void *ctx, const void *bytes, size_t len)
{
    hf_buf_append(ctx, bytes, len);
}

/* A file that is there already is left alone: it may be the proof of something else. */
static enum cli_exit write_new(const char *path, struct hf_slice bytes)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0)
        return cli_refuse("%s could not be written: %s.", path, strerror(errno));
    size_t done = 0;
    ssize_t wrote = 0;
    while (done < bytes.len && (wrote = write(fd, bytes.data + done, bytes.len - done)) > 0)
        done += (size_t)wrote;
    bool fine = done == bytes.len && fsync(fd) == 0;
    int why = errno;
    if (close(fd) != 0 || !fine) {
        (void)unlink(path);
        return cli_refuse("%s could not be written: %s.", path, strerror(why));
    }
    return CLI_DONE;
}

json_t *cli_distrust_json(struct cli *cli)
{
    struct holdfast_distrust distrust;
    if (holdfast_get_distrust(cli->hf, &distrust) != HOLDFAST_OK || !distrust.found)
        return json_null();
    return json_pack("{s:o, s:s}", "since", cli_json_time(distrust.found_ms), "text", distrust.text);
}

void cli_print_distrust(struct cli *cli)
{
    struct holdfast_distrust distrust;
    if (holdfast_get_distrust(cli->hf, &distrust) == HOLDFAST_OK && distrust.found)
        (void)printf("This device does not trust the office's log and does not sync. %s\n"
                     "Keep the evidence: `holdfast log evidence --out FILE`.\n",
                     distrust.text);
}

static enum cli_exit trust_again(struct cli *cli)
{
    enum holdfast_status status = holdfast_trust_again(cli->hf);
    if (status != HOLDFAST_OK)
        return cli_fail(cli, status);
    if (cli->json)
        return cli_print_json(json_pack("{s:b}", "done", 1));
    (void)printf("The next sync looks again, as hard as before.\n");
    return CLI_DONE;
}

/* Ends a command that fetched a file: writes it where it was asked for and says what it is for. Takes file and path. */
static enum cli_exit keep_file(struct cli *cli, enum holdfast_status status, struct hf_buf *file, char *path,
                               const char *what, const char *use)
{
    enum cli_exit code;
    if (status != HOLDFAST_OK)
        code = cli_fail(cli, status);
    else if (hf_buf_status(file) != HF_OK)
        code = cli_refuse("There is not enough memory.");
    else
        code = write_new(path, hf_buf_slice(file));
    if (code == CLI_DONE && cli->json)
        code = cli_print_json(json_pack("{s:s}", "file", path));
    else if (code == CLI_DONE)
        (void)printf("%s is in %s. %s\n", what, path, use);
    hf_buf_clear(file);
    free(path);
    return code;
}

enum cli_exit cli_log_evidence(struct cli *cli)
{
    struct hf_buf file = {0};
    char *path = cli_option_text(cli, "--out");
    if ((path != NULL) == (cli_option(cli, "--trust-again") != NULL)) {
        free(path);
        return cli_usage(cli);
    }
    if (!path)
        return trust_again(cli);
    enum holdfast_status status = holdfast_evidence(cli->hf, take, &file);
    return keep_file(cli, status, &file, path, "The evidence", "Anybody can check it with `holdfast-audit fork`.");
}

enum cli_exit cli_log_proof(struct cli *cli)
{
    struct holdfast_id id;
    struct hf_buf file = {0};
    char *path = cli_option_text(cli, "--out");
    if (!path)
        return cli_usage(cli);
    if (!cli_id(cli->words[0], "CHANGE", &id)) {
        free(path);
        return CLI_FAILED;
    }
    enum holdfast_status status = holdfast_log_proof(cli->hf, &id, take, &file);
    return keep_file(cli, status, &file, path, "The proof", "Check it with `holdfast-audit proof`.");
}

/* --- a new shard --- */

enum cli_exit cli_log_before(struct cli *cli)
{
    struct hf_buf file = {0};
    char *path = cli_option_text(cli, "--out");
    if (!path)
        return cli_usage(cli);
    enum holdfast_status status = holdfast_shard_evidence(cli->hf, take, &file);
    return keep_file(cli, status, &file, path, "The checkpoint",
                     "An auditor holds it against the new log as the file prev.");
}

void cli_print_shard(struct cli *cli)
{
    struct holdfast_shard shard;
    char time[CLI_TIME_BYTES];
    if (holdfast_get_shard(cli->hf, &shard) != HOLDFAST_OK)
        return;
    cli_time(shard.began_ms, time);
    (void)printf("The office lost the end of its log. Since %s its log is ", time);
    cli_put(stdout, shard.name);
    (void)printf(", which the authority signed. Reason: ");
    cli_put(stdout, shard.reason);
    (void)printf("\n  It begins with the first %llu entries of the log before; this device knew %llu of that one.\n",
                 (unsigned long long)shard.size, (unsigned long long)shard.known_size);
    (void)printf("  %llu changes that it lacked went back to the office from here%s.\n",
                 (unsigned long long)shard.handed_on, shard.left ? "" : ", none is left to hand on");
    if (shard.left)
        (void)printf("  %llu more go with the next sync.\n", (unsigned long long)shard.left);
    if (shard.not_taken)
        (void)printf("  %llu the office could not take. They stay on this device: tell the office.\n",
                     (unsigned long long)shard.not_taken);
    if (shard.not_here)
        (void)printf("  %llu of yours are of cases that are not on this device any more: it cannot hand them on.\n",
                     (unsigned long long)shard.not_here);
}
