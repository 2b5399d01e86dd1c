/* holdfast attach: photographs, papers, a film beside a record. */
#include "client/cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE_BYTES 65536
#define SIZE_TEXT   32
#define STEP_MS     200

static void size_text(uint64_t bytes, char out[SIZE_TEXT])
{
    if (bytes < 1000)
        (void)snprintf(out, SIZE_TEXT, "%llu bytes", (unsigned long long)bytes);
    else if (bytes < 1000000)
        (void)snprintf(out, SIZE_TEXT, "%.1f kB", (double)bytes / 1e3);
    else
        (void)snprintf(out, SIZE_TEXT, "%.1f MB", (double)bytes / 1e6);
}

/* --- add --- */

static bool open_file(const char *path, int *out_fd, uint64_t *out_size)
{
    struct stat found;
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &found) != 0) {
        (void)cli_refuse("%s: %s.", path, strerror(errno));
    } else if (!S_ISREG(found.st_mode)) {
        (void)cli_refuse("%s is not a file.", path);
    } else {
        *out_fd = fd;
        *out_size = (uint64_t)found.st_size;
        return true;
    }
    if (fd >= 0)
        (void)close(fd);
    return false;
}

/* The file as it is, piece by piece. Ctrl+C leaves nothing behind. */
static enum cli_exit copy_in(struct cli *cli, struct holdfast_attach *attach, int fd, struct holdfast_id *out)
{
    uint8_t *piece = malloc(PIECE_BYTES);
    enum holdfast_status status = piece ? HOLDFAST_OK : HOLDFAST_NOMEM;
    ssize_t got = 1;
    while (status == HOLDFAST_OK && got > 0 && !cli_stop_asked()) {
        got = read(fd, piece, PIECE_BYTES);
        if (got > 0)
            status = holdfast_attach_write(attach, piece, (size_t)got);
    }
    if (piece)
        cli_wipe(piece, PIECE_BYTES);
    free(piece);
    if (status == HOLDFAST_OK && got == 0) {
        status = holdfast_attach_finish(attach, out);
        return status == HOLDFAST_OK ? CLI_DONE : cli_fail(cli, status);
    }
    /* abandoning wipes no text of the failure */
    const enum cli_exit code = status != HOLDFAST_OK ? cli_fail(cli, status)
                               : got < 0             ? cli_refuse("The file cannot be read: %s.", strerror(errno))
                                                     : cli_refuse("Stopped. Nothing was attached.");
    holdfast_attach_abandon(attach);
    return code;
}

static enum cli_exit added(struct cli *cli, const struct holdfast_id *id)
{
    char text[HOLDFAST_ID_TEXT_BYTES];
    if (cli->json)
        return cli_print_json(json_pack("{s:o}", "attachment", cli_json_id(id)));
    holdfast_id_format(id, text);
    (void)puts(text);
    (void)puts("Saved here. It goes to the office with the next sync, behind everything else.");
    return CLI_DONE;
}

enum cli_exit cli_attach_add(struct cli *cli)
{
    struct holdfast_attach_spec spec = {0};
    struct holdfast_attach *attach = NULL;
    struct holdfast_id id;
    int fd = -1;
    enum cli_exit code = CLI_FAILED;
    if (!cli_id(cli->words[0], "CASE", &spec.case_id) || !cli_id(cli->words[1], "RECORD", &spec.parent))
        return CLI_FAILED;
    char *path = cli_text(cli->words[2]);
    char *title = cli_option_text(cli, "--title");
    spec.name = path;
    spec.title = title;
    if (open_file(path, &fd, &spec.size)) {
        enum holdfast_status status = holdfast_attach_begin(cli->hf, &spec, &attach);
        cli_stop_begin();
        code = status == HOLDFAST_OK ? copy_in(cli, attach, fd, &id) : cli_fail(cli, status);
        cli_stop_end();
        (void)close(fd);
    }
    if (code == CLI_DONE)
        code = added(cli, &id);
    free(path);
    free(title);
    return code;
}

/* --- list --- */

struct listing {
    json_t *json; /* NULL: text */
    size_t count;
    bool failed;
};

static const char *place_words(const struct holdfast_attachment *row)
{
    if (row->clashes)
        return "two contents clash";
    if (row->here)
        return "on this device";
    if (strcmp(row->sent, "lost") == 0)
        return "add it again";
    return row->wanted ? "asked for, comes with a sync" : "at the office";
}

static void print_row(const struct holdfast_attachment *row)
{
    char id[HOLDFAST_ID_TEXT_BYTES], size[SIZE_TEXT];
    holdfast_id_format(&row->record, id);
    size_text(row->size, size);
    (void)printf("%s  ", id);
    cli_put_column(row->title, 28, false);
    (void)printf("  %10s  %s, %s", size, cli_sent_words(row->sent), place_words(row));
    if (row->own && row->office_bytes > 0 && row->office_bytes < row->size)
        (void)printf(" (%llu%% at the office)", (unsigned long long)(row->office_bytes * 100 / row->size));
    (void)putchar('\n');
    if (row->why[0] != '\0')
        (void)printf("    %s\n", row->why);
}

static json_t *row_json(const struct holdfast_attachment *row)
{
    return json_pack("{s:o, s:o, s:o, s:s, s:s, s:s, s:I, s:I, s:I, s:b, s:b, s:b, s:b, s:s, s:s}", "attachment",
                     cli_json_id(&row->record), "case", cli_json_id(&row->case_id), "parent", cli_json_id(&row->parent),
                     "title", row->title, "name", row->name, "media_type", row->media_type, "size",
                     (json_int_t)row->size, "here_bytes", (json_int_t)row->here_bytes, "office_bytes",
                     (json_int_t)row->office_bytes, "own", row->own, "here", row->here, "wanted", row->wanted,
                     "clashes", row->clashes, "sent", row->sent, "why", row->why);
}

static bool show_row(void *ctx, const struct holdfast_attachment *row)
{
    struct listing *listing = ctx;
    listing->count++;
    if (listing->json)
        listing->failed = json_array_append_new(listing->json, row_json(row)) != 0;
    else
        print_row(row);
    return !listing->failed;
}

enum cli_exit cli_attach_list(struct cli *cli)
{
    struct listing listing = {.json = cli->json ? json_array() : NULL};
    struct holdfast_id case_id, parent;
    const bool has_parent = cli->word_count > 1;
    if (!cli_id(cli->words[0], "CASE", &case_id) || (has_parent && !cli_id(cli->words[1], "RECORD", &parent))) {
        json_decref(listing.json);
        return CLI_FAILED;
    }
    enum holdfast_status status =
        holdfast_attachments(cli->hf, &case_id, has_parent ? &parent : NULL, show_row, &listing);
    if (status != HOLDFAST_OK || listing.failed) {
        json_decref(listing.json);
        return listing.failed ? cli_refuse("There is not enough memory.") : cli_fail(cli, status);
    }
    if (cli->json)
        return cli_print_json(listing.json);
    if (listing.count == 0)
        (void)puts("No attachments here.");
    return CLI_DONE;
}

/* --- get --- */

struct writing {
    int fd;
    bool failed;
};

static bool write_piece(void *ctx, const void *bytes, size_t len)
{
    struct writing *writing = ctx;
    const uint8_t *at = bytes;
    while (len > 0) {
        const ssize_t put = write(writing->fd, at, len);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0) {
            writing->failed = true;
            return false;
        }
        at += put;
        len -= (size_t)put;
    }
    return true;
}

static enum holdfast_status sync_once(struct cli *cli)
{
    struct holdfast_sync_progress progress = {.phase = HOLDFAST_SYNC_CONNECTING};
    enum holdfast_status status = holdfast_sync_begin(cli->hf, NULL);
    while (status == HOLDFAST_OK && progress.phase != HOLDFAST_SYNC_DONE && !cli_stop_asked())
        status = holdfast_sync_step(cli->hf, STEP_MS, &progress);
    holdfast_sync_end(cli->hf);
    return status;
}

static bool see_here(void *ctx, const struct holdfast_attachment *row)
{
    *(bool *)ctx = row->here;
    return false;
}

/* What is not here yet is asked for, and fetched at once when the office can be reached. */
static enum cli_exit fetch(struct cli *cli, const struct holdfast_id *id)
{
    bool here = false;
    enum holdfast_status status = holdfast_attachment_show(cli->hf, id, see_here, &here);
    if (status != HOLDFAST_OK || here)
        return status == HOLDFAST_OK ? CLI_DONE : cli_fail(cli, status);
    status = holdfast_attachment_want(cli->hf, id);
    if (status != HOLDFAST_OK)
        return cli_fail(cli, status);
    cli_stop_begin();
    status = sync_once(cli);
    cli_stop_end();
    if (status != HOLDFAST_OK)
        return cli_fail_with(cli, status, "The attachment is asked for, and comes with the next sync.");
    return CLI_DONE;
}

static enum cli_exit copy_out(struct cli *cli, const struct holdfast_id *id, const char *path)
{
    struct writing writing = {.fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
    if (writing.fd < 0)
        return cli_refuse("%s: %s. Nothing was written.", path, strerror(errno));
    enum holdfast_status status = holdfast_attachment_read(cli->hf, id, 0, write_piece, &writing);
    const bool kept = close(writing.fd) == 0 && !writing.failed;
    if (status == HOLDFAST_OK && kept)
        return CLI_DONE;
    (void)unlink(path); /* half of a picture helps nobody */
    return status != HOLDFAST_OK ? cli_fail(cli, status)
                                 : cli_refuse("%s could not be written: %s.", path, strerror(errno));
}

enum cli_exit cli_attach_get(struct cli *cli)
{
    struct holdfast_id id;
    if (!cli_id(cli->words[0], "ATTACHMENT", &id))
        return CLI_FAILED;
    char *path = cli_text(cli->words[1]);
    enum cli_exit code = fetch(cli, &id);
    if (code == CLI_DONE)
        code = copy_out(cli, &id, path);
    if (code == CLI_DONE && !cli->json)
        (void)printf("Written to %s, in plain: it is yours to keep safe or delete.\n", path);
    free(path);
    return code;
}

/* --- remove --- */

enum cli_exit cli_attach_remove(struct cli *cli)
{
    struct holdfast_id id, change;
    bool here = false;
    if (!cli_id(cli->words[0], "ATTACHMENT", &id))
        return CLI_FAILED;
    enum holdfast_status status = holdfast_attachment_show(cli->hf, &id, see_here, &here); /* that it is one */
    char *reason = cli_option_text(cli, "--reason");
    if (status == HOLDFAST_OK)
        status = holdfast_delete(cli->hf, &id, reason ? reason : "", &change);
    free(reason);
    if (status != HOLDFAST_OK)
        return cli_fail(cli, status);
    if (!cli->json)
        (void)puts("Out of view. The log keeps that it was there; `holdfast record restore` brings it back.");
    return CLI_DONE;
}
