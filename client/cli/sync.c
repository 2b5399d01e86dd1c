/* holdfast sync: one sync, or staying connected. */
#include "client/cli/cli.h"
#include "client/estimate.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define STEP_MS   200
#define BAR_CELLS 20

enum how { QUIET, ON_ONE_LINE, LINE_BY_LINE };

struct show {
    enum how how;
    uint64_t began_ms;
    uint64_t to_push;                       /* changes unsent when it began */
    uint64_t to_read;                       /* entries of the log that were not read when the office first answered */
    uint64_t first_read;                    /* where reading began */
    uint64_t to_send_bytes, to_fetch_bytes; /* of attachments, when it began, or when it heard of more */
    uint64_t counted_pulled;                /* when others' attachments were counted last */
    bool heard;                             /* the office answered */
    struct hf_estimate_bar bar;
};

static uint64_t mono_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static enum how how_to_show(const struct cli *cli)
{
    if (cli->json)
        return QUIET;
    return isatty(STDERR_FILENO) ? ON_ONE_LINE : LINE_BY_LINE;
}

static void put_bytes(uint64_t bytes)
{
    if (bytes < 10000)
        (void)fprintf(stderr, "%llu bytes", (unsigned long long)bytes);
    else if (bytes < 10000000)
        (void)fprintf(stderr, "%llu kB", (unsigned long long)(bytes / 1000));
    else
        (void)fprintf(stderr, "%llu MB", (unsigned long long)(bytes / 1000000));
}

/* Of all that is to be sent and read. What others write meanwhile makes it longer. A first sync that brings the state
 * of cases moves no cursor until its end: then its records count. */
static void estimate(const struct show *show, const struct holdfast_sync_progress *now, struct hf_estimate *out_all,
                     struct hf_estimate *out_done)
{
    const uint64_t read = now->cursor > show->first_read ? now->cursor - show->first_read : 0;
    *out_all = (struct hf_estimate){.push = show->to_push,
                                    .read = show->to_read,
                                    .send_bytes = show->to_send_bytes,
                                    .want_bytes = show->to_fetch_bytes};
    *out_done = (struct hf_estimate){.push = now->pushed,
                                     .read = read > now->pulled ? read : now->pulled,
                                     .send_bytes = now->attach_sent_bytes,
                                     .want_bytes = now->attach_fetched_bytes};
}

/* " attachments 3 MB of 50 MB," when there are any. */
static void put_attachments(const struct show *show, const struct holdfast_sync_progress *now)
{
    const uint64_t done = now->attach_sent_bytes + now->attach_fetched_bytes;
    const uint64_t all = show->to_send_bytes + show->to_fetch_bytes;
    if (done == 0 && all == 0)
        return;
    (void)fputs(", attachments ", stderr);
    put_bytes(done);
    if (done < all) {
        (void)fputs(" of ", stderr);
        put_bytes(all);
    }
}

static void put_bar(uint64_t thousandths)
{
    const uint64_t full = thousandths * BAR_CELLS / 1000;
    (void)fputc('[', stderr);
    for (uint64_t i = 0; i < BAR_CELLS; i++)
        (void)fputc(i < full ? '#' : '.', stderr);
    (void)fprintf(stderr, "] %llu%%  ", (unsigned long long)(thousandths / 10));
}

static void put_time_left(const struct show *show, uint64_t thousandths)
{
    char text[HF_ESTIMATE_TEXT_BYTES];
    hf_estimate_text(hf_estimate_left_s(mono_ms() - show->began_ms, thousandths), text);
    if (text[0])
        (void)fprintf(stderr, ", %s", text);
}

static void note_sizes(struct show *show, const struct holdfast_sync_progress *now)
{
    if (show->heard || now->log_size == 0)
        return;
    show->heard = true;
    show->first_read = now->cursor;
    show->to_read = now->log_size > now->cursor ? now->log_size - now->cursor : 0;
}

/* Others' attachments are heard of on the way, with the records that name them. */
static void note_fetched(const struct cli *cli, struct show *show, const struct holdfast_sync_progress *now)
{
    struct holdfast_attachment_counts files;
    const bool more = now->pulled != show->counted_pulled || now->attach_fetched_bytes > show->to_fetch_bytes;
    if (more && holdfast_get_attachment_counts(cli->hf, &files) == HOLDFAST_OK)
        show->to_fetch_bytes = now->attach_fetched_bytes + files.to_fetch_bytes;
    show->counted_pulled = now->pulled;
}

/* The bar, and behind it how long the rest takes: of what is known now, and not of what the bar has shown before. */
static void put_syncing(struct show *show, const struct holdfast_sync_progress *now)
{
    struct hf_estimate all, done;
    const bool over = now->phase == HOLDFAST_SYNC_DONE;
    estimate(show, now, &all, &done);
    const uint64_t shown = show->heard ? hf_estimate_bar(&show->bar, &all, &done) : 0;
    if (show->how == ON_ONE_LINE)
        put_bar(over ? 1000 : shown);
    (void)fprintf(stderr, "Syncing… %llu sent, %llu fetched, ", (unsigned long long)now->pushed,
                  (unsigned long long)now->pulled);
    put_bytes(now->bytes_sent + now->bytes_received);
    put_attachments(show, now);
    if (show->how == ON_ONE_LINE && !over)
        put_time_left(show, hf_estimate_thousandths(&all, &done));
}

static void show_progress(const struct cli *cli, struct show *show, const struct holdfast_sync_progress *now)
{
    if (show->how == QUIET || (show->how == LINE_BY_LINE && now->phase == HOLDFAST_SYNC_DONE))
        return;
    note_sizes(show, now);
    note_fetched(cli, show, now);
    if (show->how == ON_ONE_LINE)
        (void)fputs("\r\033[K", stderr);
    if (now->phase == HOLDFAST_SYNC_CONNECTING)
        (void)fputs("Connecting…", stderr);
    else
        put_syncing(show, now);
    if (show->how == LINE_BY_LINE)
        (void)fputc('\n', stderr);
}

static bool same_step(const struct holdfast_sync_progress *one, const struct holdfast_sync_progress *other)
{
    return one->phase == other->phase && one->pushed == other->pushed && one->pulled == other->pulled &&
           one->attach_sent_bytes == other->attach_sent_bytes &&
           one->attach_fetched_bytes == other->attach_fetched_bytes;
}

static enum cli_exit print_with_states(const struct holdfast_counts *counts, json_t *json)
{
    if (json && !cli_put_states(json, counts)) {
        json_decref(json);
        json = NULL;
    }
    return cli_print_json(json);
}

static enum cli_exit sync_as_json(const struct holdfast_sync_progress *progress, const struct holdfast_counts *counts)
{
    return print_with_states(
        counts, json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:b, s:I, s:I, s:I}", "bytes_sent",
                          (json_int_t)progress->bytes_sent, "bytes_received", (json_int_t)progress->bytes_received,
                          "attach_sent_bytes", (json_int_t)progress->attach_sent_bytes, "attach_fetched_bytes",
                          (json_int_t)progress->attach_fetched_bytes, "pushed", (json_int_t)progress->pushed, "pulled",
                          (json_int_t)progress->pulled, "clock_offset_ms", (json_int_t)progress->clock_offset_ms,
                          "hand_in", progress->hand_in, "conflicts", (json_int_t)counts->conflicts, "held",
                          (json_int_t)counts->held, "checkpoint", (json_int_t)counts->checkpoint_size));
}

static enum cli_exit sync_done(struct cli *cli, const struct holdfast_sync_progress *progress)
{
    struct holdfast_counts counts;
    enum holdfast_status status = holdfast_get_counts(cli->hf, &counts);
    if (status != HOLDFAST_OK)
        return cli_fail(cli, status);
    if (cli->json)
        return sync_as_json(progress, &counts);
    if (progress->hand_in) {
        (void)printf("%llu sent. This device was revoked: the office holds what it has handed in, and it reads nothing "
                     "more. Ask the office for a new invitation.\n",
                     (unsigned long long)progress->pushed);
        if (progress->erased)
            (void)printf(
                "%llu of it %s about a case that was erased by two officers meanwhile: the log keeps that there "
                "was something, and not what it said.\n",
                (unsigned long long)progress->erased, progress->erased == 1 ? "was" : "were");
        return CLI_DONE;
    }
    (void)printf("%llu sent, %llu fetched. Checked against the signed log of %llu entries.\n",
                 (unsigned long long)progress->pushed, (unsigned long long)progress->pulled,
                 (unsigned long long)counts.checkpoint_size);
    if (counts.saved_here + counts.sent > 0) {
        cli_print_states(&counts, stdout);
        (void)puts(".");
    }
    struct holdfast_clock clock = {0};
    if (holdfast_get_clock(cli->hf, &clock) == HOLDFAST_OK && clock.text[0])
        (void)printf("%s\n", clock.text);
    if (counts.conflicts)
        (void)printf("To settle: %llu field%s with two values: `holdfast conflict list`.\n",
                     (unsigned long long)counts.conflicts, counts.conflicts == 1 ? "" : "s");
    if (counts.held)
        (void)printf("Waiting for the office: %llu change%s without effect so far.\n", (unsigned long long)counts.held,
                     counts.held == 1 ? "" : "s");
    return CLI_DONE;
}

static enum cli_exit sync_stopped(const struct holdfast_sync_progress *progress)
{
    return cli_refuse("Stopped after %llu sent and %llu fetched. Nothing is lost: the next sync goes on from there.",
                      (unsigned long long)progress->pushed, (unsigned long long)progress->pulled);
}

static void clear_line(const struct show *show)
{
    if (show->how == ON_ONE_LINE)
        (void)fputs("\r\033[K", stderr);
}

static enum cli_exit sync_once(struct cli *cli, struct show *show)
{
    struct holdfast_sync_progress progress = {0}, shown = {0};
    enum cli_exit code;
    show_progress(cli, show, &progress);
    enum holdfast_status status = holdfast_sync_begin(cli->hf, NULL);
    while (status == HOLDFAST_OK && progress.phase != HOLDFAST_SYNC_DONE && !cli_stop_asked()) {
        status = holdfast_sync_step(cli->hf, STEP_MS, &progress);
        if (status == HOLDFAST_OK && !same_step(&progress, &shown))
            show_progress(cli, show, &progress);
        shown = progress;
    }
    clear_line(show);
    if (status != HOLDFAST_OK)
        code = cli_fail(cli, status);
    else if (progress.phase == HOLDFAST_SYNC_DONE)
        code = sync_done(cli, &progress);
    else
        code = sync_stopped(&progress);
    holdfast_sync_end(cli->hf);
    return code;
}

/* A history that was asked for. What goes wrong is told by whoever asked. */
enum holdfast_status cli_sync_for_history(struct cli *cli)
{
    struct holdfast_sync_progress progress = {0};
    if (!cli->json)
        (void)fputs("Fetching the history of the case, to check every signature …\n", stderr);
    enum holdfast_status status = holdfast_sync_begin(cli->hf, NULL);
    while (status == HOLDFAST_OK && progress.phase != HOLDFAST_SYNC_DONE && !cli_stop_asked())
        status = holdfast_sync_step(cli->hf, STEP_MS, &progress);
    holdfast_sync_end(cli->hf);
    return status;
}

/* --- staying connected --- */

static bool same_state(const struct holdfast_watch_progress *one, const struct holdfast_watch_progress *other)
{
    return one->phase == other->phase && one->pushed == other->pushed && one->pulled == other->pulled &&
           one->connections == other->connections;
}

static const char *const phase_names[] = {"waiting", "connecting", "syncing", "in_sync"};

static void state_as_json(const struct holdfast_watch_progress *now, const struct holdfast_counts *counts)
{
    (void)print_with_states(counts,
                            json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:s}", "state", phase_names[now->phase], "pushed",
                                      (json_int_t)now->pushed, "pulled", (json_int_t)now->pulled, "bytes",
                                      (json_int_t)now->bytes, "connections", (json_int_t)now->connections, "retry_ms",
                                      (json_int_t)now->retry_ms, "text", now->text));
    (void)fflush(stdout);
}

static void state_as_line(const struct show *show, const struct holdfast_watch_progress *now,
                          const struct holdfast_counts *counts)
{
    clear_line(show);
    if (now->phase == HOLDFAST_WATCH_WAITING)
        (void)fprintf(stderr, "No connection; trying again in %llu s. What you save is safe here.",
                      (unsigned long long)(now->retry_ms / 1000 + 1));
    else if (now->phase == HOLDFAST_WATCH_CONNECTING)
        (void)fputs("Connecting…", stderr);
    else
        (void)fprintf(stderr, "%s: %llu sent, %llu fetched.",
                      now->phase == HOLDFAST_WATCH_IN_SYNC ? "Connected, in sync" : "Connected, syncing",
                      (unsigned long long)now->pushed, (unsigned long long)now->pulled);
    if (counts->saved_here + counts->sent > 0) {
        (void)fputc(' ', stderr);
        cli_print_states(counts, stderr);
        (void)fputc('.', stderr);
    }
    if (show->how == LINE_BY_LINE)
        (void)fputc('\n', stderr);
}

struct watched {
    struct holdfast_watch_progress progress;
    struct holdfast_counts counts;
};

static bool waits(const struct holdfast_counts *counts)
{
    return counts->saved_here + counts->sent > 0;
}

static bool same_states(const struct holdfast_counts *one, const struct holdfast_counts *other)
{
    return one->saved_here == other->saved_here && one->sent == other->sent && one->received == other->received;
}

/* A receipt changes no phase: while some are awaited, whatever came over the line is a reason to count. */
static void show_state(const struct cli *cli, const struct show *show, const struct holdfast_watch_progress *now,
                       struct watched *shown)
{
    struct holdfast_counts counts = shown->counts;
    const bool same = same_state(now, &shown->progress);
    const bool moved = now->bytes != shown->progress.bytes;
    shown->progress = *now;
    if (same && !(moved && waits(&shown->counts)))
        return;
    (void)holdfast_get_counts(cli->hf, &counts);
    if (same && same_states(&counts, &shown->counts))
        return;
    shown->counts = counts;
    if (show->how == QUIET)
        state_as_json(now, &counts);
    else
        state_as_line(show, now, &counts);
}

static enum cli_exit watch(struct cli *cli, const struct show *show)
{
    struct holdfast_watch_progress progress = {0};
    struct watched shown = {.progress = {.phase = HOLDFAST_WATCH_WAITING, .pushed = UINT64_MAX}};
    enum holdfast_status status = holdfast_watch_begin(cli->hf, NULL);
    while (status == HOLDFAST_OK && !cli_stop_asked()) {
        status = holdfast_watch_step(cli->hf, 0, &progress);
        if (status != HOLDFAST_OK)
            break;
        show_state(cli, show, &progress, &shown);
        (void)cli_stop_wait(holdfast_watch_fd(cli->hf), progress.rest_ms);
    }
    clear_line(show);
    holdfast_watch_end(cli->hf);
    return status == HOLDFAST_OK ? CLI_DONE : cli_fail(cli, status);
}

enum cli_exit cli_sync(struct cli *cli)
{
    struct show show = {.how = how_to_show(cli), .began_ms = mono_ms()};
    struct holdfast_counts counts;
    if (holdfast_get_counts(cli->hf, &counts) == HOLDFAST_OK)
        show.to_push = counts.saved_here;
    struct holdfast_attachment_counts files;
    if (holdfast_get_attachment_counts(cli->hf, &files) == HOLDFAST_OK) {
        show.to_send_bytes = files.to_send_bytes;
        show.to_fetch_bytes = files.to_fetch_bytes;
    }
    struct holdfast_shard before = {.size = 0}, after = {.size = 0};
    (void)holdfast_get_shard(cli->hf, &before);
    bool asked = false;
    if (cli_option(cli, "--history")) {
        const enum holdfast_status status = holdfast_fetch_history(cli->hf, NULL, &asked);
        if (status != HOLDFAST_OK)
            return cli_fail(cli, status);
    }
    cli_stop_begin();
    enum cli_exit code = cli_option(cli, "--watch") ? watch(cli, &show) : sync_once(cli, &show);
    cli_stop_end();
    if (!cli->json && holdfast_get_shard(cli->hf, &after) == HOLDFAST_OK && strcmp(before.name, after.name) != 0)
        cli_print_shard(cli);
    return code;
}
